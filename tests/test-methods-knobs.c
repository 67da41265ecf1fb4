/* SPDX-License-Identifier: MIT */

/* The tables of all methods, and reading of knob values. */
#include "engine/methods/method.h"

#include <string.h>

static KdKnobs *
knobs_of (const char *method, const char *preset)
{
  g_autoptr (GError) error = NULL;
  KdKnobs *knobs = kd_knobs_new (kd_method_find (method), preset, &error);
  g_assert_no_error (error);
  return knobs;
}

static void
assert_refused (const char *id, const char *text, const char *message)
{
  KdKnobs *knobs = knobs_of ("fgd", NULL);
  const double before = kd_knobs_get (knobs, "temp");
  g_autoptr (GError) error = NULL;
  g_assert_false (kd_knobs_set (knobs, id, text, &error));
  g_assert_error (error, KD_ERROR, KD_ERROR_CONFIG);
  g_assert_cmpstr (error->message, ==, message);
  g_assert_cmpfloat (kd_knobs_get (knobs, "temp"), ==, before);
  kd_knobs_free (knobs);
}

static void
test_unknown_lists_what_exists (void)
{
  assert_refused (
      "tmep", "1",
      "fgd has no knob \"tmep\", choose one of: temp, alpha, beta, gamma, lambda, levels, "
      "per_pixel, adapter_start, adapter_kernel, run.scale, run.ramp");
  g_autoptr (GError) error = NULL;
  g_assert_null (kd_knobs_new (kd_method_find ("fgd"), "papper", &error));
  g_assert_cmpstr (
      error->message, ==,
      "fgd has no preset \"papper\", choose one of: paper, demo, anchor-free, fcos, two-stage");
  g_assert_null (kd_method_find ("FGD"));
}

static void
test_out_of_range_is_refused (void)
{
  assert_refused ("temp", "2.5", "temp: expected a number from 0.1 to 2, found 2.5");
  assert_refused ("temp", "0", "temp: expected a number from 0.1 to 2, found 0");
  assert_refused ("temp", "nan", "temp: expected a number from 0.1 to 2, found nan");
  assert_refused ("temp", "hot", "temp: expected a number, found \"hot\"");
  assert_refused ("temp", "", "temp: expected a number, found \"\"");
  assert_refused ("temp", "1x", "temp: expected a number, found \"1x\"");
  assert_refused ("alpha", "1", "alpha: expected 0 or a number from 1e-06 to 0.1, found 1");
  assert_refused ("levels", "1.5", "levels: expected a whole number from -1 to 8, found 1.5");
  assert_refused ("per_pixel", "yes",
                  "per_pixel is a switch: expected 0, 1, true or false, found \"yes\"");
  assert_refused ("run.ramp", "-1", "run.ramp: expected a whole number from 0 to 1e+06, found -1");
}

static void
test_values_are_read (void)
{
  KdKnobs *knobs = knobs_of ("fgd", NULL);
  const struct {
    const char *id, *text;
    double value;
    const char *again;
  } cases[] = {
    { "temp", "2", 2, "2" },
    { "alpha", "0", 0, "0" },
    { "alpha", "1.6e-3", 1.6e-3, "0.0016" },
    { "lambda", "0.00012345678901234567", 0.00012345678901234567, "0.00012345678901234567" },
    { "per_pixel", "true", 1, "1" },
    { "per_pixel", "0", 0, "0" },
    { "levels", "4", 4, "4" },
    { "run.scale", "0.01", 0.01, "0.01" },
    { "run.ramp", "100", 100, "100" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_true (kd_knobs_set (knobs, cases[i].id, cases[i].text, &error));
    g_assert_no_error (error);
    g_assert_cmpfloat (kd_knobs_get (knobs, cases[i].id), ==, cases[i].value);
    g_autofree char *text = kd_knobs_format (knobs, cases[i].id);
    g_assert_cmpfloat (g_ascii_strtod (text, NULL), ==, cases[i].value);
    if (strlen (text) < 10)
      g_assert_cmpstr (text, ==, cases[i].again);
  }
  kd_knobs_free (knobs);
}

static void
test_copies_are_apart (void)
{
  KdKnobs *knobs = knobs_of ("fgd", NULL), *copy = kd_knobs_copy (knobs);
  g_assert_true (kd_knobs_set (copy, "temp", "1", NULL));
  g_assert_cmpfloat (kd_knobs_get (knobs, "temp"), ==, 0.5);
  g_assert_cmpfloat (kd_knobs_get (copy, "temp"), ==, 1);
  g_assert_true (kd_knobs_method (copy) == kd_method_find ("fgd"));
  g_assert_true (kd_knobs_is_structural (copy, "levels"));
  g_assert_false (kd_knobs_is_structural (copy, "run.scale"));
  kd_knobs_free (knobs);
  kd_knobs_free (copy);
}

static void
test_fgd_has_the_papers_constants (void)
{
  /* One row per official configuration: RetinaNet and GFL, RepPoints, FCOS, Faster and Mask R-CNN. */
  const struct {
    const char *preset;
    double temp, alpha, beta, gamma, lambda, levels;
  } rows[] = {
    { "paper", 0.5, 1e-3, 5e-4, 5e-4, 5e-6, -1 },
    { "anchor-free", 0.5, 1.6e-3, 8e-4, 8e-4, 8e-6, -1 },
    { "fcos", 0.8, 1.6e-3, 8e-4, 8e-4, 8e-6, -1 },
    { "two-stage", 0.5, 5e-5, 2.5e-5, 5e-5, 5e-7, 4 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    KdKnobs *knobs = knobs_of ("fgd", rows[i].preset);
    g_assert_cmpfloat (kd_knobs_get (knobs, "temp"), ==, rows[i].temp);
    g_assert_cmpfloat (kd_knobs_get (knobs, "alpha"), ==, rows[i].alpha);
    g_assert_cmpfloat (kd_knobs_get (knobs, "beta"), ==, rows[i].beta);
    g_assert_cmpfloat (kd_knobs_get (knobs, "gamma"), ==, rows[i].gamma);
    g_assert_cmpfloat (kd_knobs_get (knobs, "lambda"), ==, rows[i].lambda);
    g_assert_cmpfloat (kd_knobs_get (knobs, "levels"), ==, rows[i].levels);
    g_assert_cmpfloat (kd_knobs_get (knobs, "per_pixel"), ==, 0);
    g_assert_cmpfloat (kd_knobs_get (knobs, "adapter_start"), ==, KD_ADAPTER_UNIFORM);
    g_assert_cmpfloat (kd_knobs_get (knobs, "adapter_kernel"), ==, KD_ADAPTER_1X1);
    g_assert_cmpfloat (kd_knobs_get (knobs, "run.scale"), ==, 1);
    g_assert_cmpfloat (kd_knobs_get (knobs, "run.ramp"), ==, 0);
    kd_knobs_free (knobs);
  }
}

static void
check_knob (const KdMethod *method, const KdKnob *knob)
{
  g_assert_true (knob->label && *knob->label && knob->help && *knob->help);
  g_assert_true (kd_method_knob (method, knob->id) == knob);
  if (knob->type == KD_KNOB_CHOICE) {
    g_assert_nonnull (knob->choices);
    return;
  }
  g_assert_cmpfloat (knob->min, <, knob->max);
  if (knob->log)
    g_assert_cmpfloat (knob->min, >, 0);
}

/* What every row of every table must have, and every value of every preset within its own range. */
static void
test_tables_are_whole (void)
{
  int n_methods;
  const KdMethod *const *methods = kd_methods (&n_methods);
  g_assert_cmpstr (methods[0]->id, ==, "none");
  for (int m = 0; m < n_methods; m++) {
    const KdMethod *method = methods[m];
    g_assert_true (kd_method_find (method->id) == method);
    g_assert_true (method->title && method->venue && method->paper && method->bibtex &&
                   method->idea && method->formula && method->build);
    g_assert_cmpint (method->n_phases, >=, 1);
    g_assert_cmpfloat (method->demo_scale, >, 0);
    for (int k = 0; k < method->n_knobs; k++)
      check_knob (method, &method->knobs[k]);

    g_autofree const char **presets = kd_method_presets (method);
    g_assert_cmpstr (presets[0], ==, "paper");
    for (int p = 0; presets[p]; p++) {
      KdKnobs *knobs = knobs_of (method->id, presets[p]);
      g_assert_cmpint (kd_knobs_count (knobs), ==, method->n_knobs + 2);
      for (int k = 0; k < kd_knobs_count (knobs); k++) {
        const char *id = kd_knobs_knob (knobs, k)->id;
        const double value = kd_knobs_get (knobs, id);
        g_autofree char *text = kd_knobs_format (knobs, id);
        g_autoptr (GError) error = NULL;
        kd_knobs_set (knobs, id, text, &error);
        g_assert_no_error (error);
        g_assert_cmpfloat (kd_knobs_get (knobs, id), ==, value);
      }
      kd_knobs_free (knobs);
    }
  }
}

static void
test_missing_arrays_are_named (void)
{
  const KdMethodInputs nothing = { .n_levels = 2 };
  g_autofree char *sentence = kd_method_missing (kd_method_find ("fgd"), &nothing);
  g_assert_cmpstr (sentence, ==,
                   "FGD is off: the dump lacks teacher_feat.0, student_feat.0, gt_boxes, gt_image, "
                   "image_size; add them");
  g_assert_null (kd_method_missing (kd_method_find ("none"), &nothing));
  g_autofree const char **names = kd_needs_names (KD_NEEDS_BOXES | KD_NEEDS_TEACHER_CLS);
  g_assert_cmpstr (names[0], ==, "teacher_cls");
  g_assert_cmpstr (names[1], ==, "gt_boxes");
  g_assert_cmpstr (names[2], ==, "gt_image");
  g_assert_null (names[3]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/methods/knobs/unknown-lists-what-exists", test_unknown_lists_what_exists);
  g_test_add_func ("/methods/knobs/out-of-range-is-refused", test_out_of_range_is_refused);
  g_test_add_func ("/methods/knobs/values-are-read", test_values_are_read);
  g_test_add_func ("/methods/knobs/copies-are-apart", test_copies_are_apart);
  g_test_add_func ("/methods/fgd/has-the-papers-constants", test_fgd_has_the_papers_constants);
  g_test_add_func ("/methods/tables-are-whole", test_tables_are_whole);
  g_test_add_func ("/methods/missing-arrays-are-named", test_missing_arrays_are_named);
  return g_test_run ();
}
