/* SPDX-License-Identifier: MIT */

/*
 * Every method against its cases, tests/reference/<id>/<case>.{in.npz,hp.json,out.npz}: expected losses, maps and gradients computed
 * in float64 by an independent implementation that was checked against the methods' official code. Read once as .npz and
 * once converted to .safetensors, through kd_inspect (), which builds what trains. Built twice: kd_real float and double.
 *
 * usage: test-methods-reference FOLDER
 */
#include "engine/session/session.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

/* Of an array's largest value. The expected values are stored as float32, so double cannot show less than 6e-8. */
static const double tolerance = sizeof (kd_real) == 8 ? 1e-6 : 3e-4;
/* Gradients that are 0 but for rounding (a bias before a softmax) are below this share of the case's largest gradient. */
static const double rounding = sizeof (kd_real) == 8 ? 1e-13 : 1e-5;

typedef struct {
  const KdMethod *method;
  char *stem; /* folder/case */
  bool safetensors;
} Case;

/* ---- reading a case ------------------------------------------------------------------------------- */

static KdDump *
open_input (const Case *c)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_strconcat (c->stem, ".in.npz", NULL);
  if (!c->safetensors) {
    KdDump *dump = kd_dump_open (path, &error);
    g_assert_no_error (error);
    return dump;
  }
  g_autoptr (KdArrays) arrays = kd_arrays_load (path, &error);
  g_assert_no_error (error);
  g_autofree char *folder = g_dir_make_tmp ("kdscope-XXXXXX", &error);
  g_assert_no_error (error);
  g_autofree char *converted = g_build_filename (folder, "dump.safetensors", NULL);
  kd_arrays_save (arrays, converted, NULL, &error);
  g_assert_no_error (error);
  KdDump *dump = kd_dump_open (converted, &error);
  g_assert_no_error (error);
  g_remove (converted);
  g_rmdir (folder);
  return dump;
}

/* A value as `--set` would be given it. */
static char *
value_text (JsonNode *node)
{
  const GType type = json_node_get_value_type (node);
  if (type == G_TYPE_STRING)
    return g_strdup (json_node_get_string (node));
  if (type == G_TYPE_BOOLEAN)
    return g_strdup (json_node_get_boolean (node) ? "true" : "false");
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  return g_strdup (g_ascii_dtostr (text, sizeof text, json_node_get_double (node)));
}

static KdKnobs *
read_knobs (const Case *c)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_strconcat (c->stem, ".hp.json", NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  json_parser_load_from_file (parser, path, &error);
  g_assert_no_error (error);
  KdKnobs *knobs = kd_knobs_new (c->method, NULL, &error);
  g_assert_no_error (error);

  JsonObject *object = json_node_get_object (json_parser_get_root (parser));
  JsonObjectIter iter;
  const char *id;
  JsonNode *value;
  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &id, &value)) {
    g_autofree char *text = value_text (value);
    kd_knobs_set (knobs, id, text, &error);
    g_assert_no_error (error);
  }
  return knobs;
}

/* ---- comparing ------------------------------------------------------------------------------------- */

static double
largest (const KdArray *array)
{
  double most = 0;
  for (size_t i = 0; i < kd_array_count (array); i++)
    most = fmax (most, fabs (kd_array_get (array, i)));
  return most;
}

static double
largest_gradient (const KdArrays *arrays)
{
  double most = 0;
  for (int i = 0; i < kd_arrays_count (arrays); i++) {
    const KdArray *array = kd_arrays_at (arrays, i);
    if (g_str_has_prefix (array->name, "grad."))
      most = fmax (most, largest (array));
  }
  return most;
}

static bool
is_integer (const KdArray *array)
{
  return array->dtype != KD_DTYPE_F32 && array->dtype != KD_DTYPE_F64;
}

static void
assert_agrees (const KdArray *expected, const KdArray *found, double floor_value)
{
  g_autofree char *expected_shape = kd_array_shape_to_string (expected);
  g_autofree char *found_shape = kd_array_shape_to_string (found);
  g_assert_cmpstr (found_shape, ==, expected_shape);
  g_assert_cmpint (is_integer (found), ==, is_integer (expected));

  const double allowed =
      is_integer (expected) ? 0 : fmax (tolerance * largest (expected), floor_value);
  double worst = 0;
  size_t where = 0;
  for (size_t i = 0; i < kd_array_count (expected); i++) {
    const double difference = fabs (kd_array_get (expected, i) - kd_array_get (found, i));
    if (!(difference <= worst)) {
      worst = difference;
      where = i;
      if (isnan (difference))
        break;
    }
  }
  if (!(worst <= allowed))
    g_error ("%s: entry %zu is %.9g, expected %.9g (allowed difference %.3g)", expected->name,
             where, kd_array_get (found, where), kd_array_get (expected, where), allowed);
}

/* A gradient that one side leaves out is zero. */
static void
assert_nothing (const KdArray *gradient, double floor_value)
{
  const double most = largest (gradient);
  if (!(most <= floor_value))
    g_error ("%s: expected nothing, found up to %.9g", gradient->name, most);
}

static void
compare (const KdArrays *expected, const KdArrays *found)
{
  const double floor_value = rounding * largest_gradient (expected);
  int n_compared = 0;
  for (int i = 0; i < kd_arrays_count (expected); i++) {
    const KdArray *want = kd_arrays_at (expected, i);
    if (g_str_has_prefix (want->name, "level."))
      continue; /* a help for debugging, no part of the format */
    const bool gradient = g_str_has_prefix (want->name, "grad.");
    const KdArray *have = kd_arrays_find (found, want->name);
    if (!have && !gradient)
      g_error ("%s is missing", want->name);
    if (have)
      assert_agrees (want, have, gradient ? floor_value : 0);
    else
      assert_nothing (want, floor_value);
    n_compared++;
  }
  g_assert_cmpint (n_compared, >, 0);

  for (int i = 0; i < kd_arrays_count (found); i++) {
    const KdArray *have = kd_arrays_at (found, i);
    if (kd_arrays_find (expected, have->name))
      continue;
    if (g_str_has_prefix (have->name, "grad."))
      assert_nothing (have, floor_value);
    else if (!g_str_has_prefix (have->name, "map.loss_density.") &&
             !g_str_has_prefix (have->name, "map.pull."))
      g_error ("%s is not in the case", have->name);
  }
}

static void
test_case (const void *data)
{
  const Case *c = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (KdDump) dump = open_input (c);
  KdKnobs *knobs = read_knobs (c);
  KdInspection *inspection = kd_inspect (dump, knobs, 2, &error);
  g_assert_no_error (error);

  g_autofree char *path = g_strconcat (c->stem, ".out.npz", NULL);
  g_autoptr (KdArrays) expected = kd_arrays_load (path, &error);
  g_assert_no_error (error);
  compare (expected, inspection->outputs);
  kd_inspection_free (inspection);
  kd_knobs_free (knobs);
}

/* ---- finding the cases -------------------------------------------------------------------------------- */

static void
free_case (void *data)
{
  Case *c = data;
  g_free (c->stem);
  g_free (c);
}

static void
add_case (const KdMethod *method, const char *folder, const char *file)
{
  g_autofree char *name = g_strndup (file, strlen (file) - strlen (".in.npz"));
  for (int safetensors = 0; safetensors < 2; safetensors++) {
    Case *c = g_new0 (Case, 1);
    c->method = method;
    c->stem = g_build_filename (folder, name, NULL);
    c->safetensors = safetensors;
    g_autofree char *path = g_strdup_printf ("/methods/%s/matches-reference/%s/%s", method->id,
                                             name, safetensors ? "safetensors" : "npz");
    g_test_add_data_func_full (path, c, test_case, free_case);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  g_autoptr (GError) error = NULL;
  kd_blas_init (&error);
  g_assert_no_error (error);

  int n_methods;
  const KdMethod *const *methods = kd_methods (&n_methods);
  for (int m = 0; m < n_methods; m++) {
    g_autofree char *folder = g_build_filename (argv[1], methods[m]->id, NULL);
    GDir *files = g_dir_open (folder, 0, NULL);
    const char *file;
    while (files && (file = g_dir_read_name (files)))
      if (g_str_has_suffix (file, ".in.npz"))
        add_case (methods[m], folder, file);
    g_clear_pointer (&files, g_dir_close);
  }
  return g_test_run ();
}
