/* SPDX-License-Identifier: MIT */

/* What a first phase learned, as a file: parameters and curves, and in its metadata a key of all that they depend on. */
#include "engine/base/i18n.h"
#include "engine/session/config.h"
#include "engine/session/prologue.h"
#include "engine/session/weights.h"

#include <math.h>
#include <string.h>

#define FILE_NAME "learned.safetensors"
#define CURVE "curve."
/* Raise it when the same settings come to learn something else. */
#define VERSION 1

/* ---- names ---- */

/* SHA-256 of all settings that the learned values depend on. */
static char *
make_key (const KdPrologue *prologue)
{
  const KdConfig *config = prologue->config;
  g_autoptr (GString) text = g_string_new (NULL);
  g_string_append_printf (text, "%d %s %s %dx%d %d %" G_GUINT64_FORMAT " %d", VERSION,
                          prologue->teacher->id, kd_knobs_method (prologue->knobs)->id,
                          config->scenes.size.width, config->scenes.size.height,
                          config->scenes.max_objects, config->seed, config->batch);
  g_autofree char *difficulty = kd_number_text (config->scenes.difficulty);
  g_string_append_printf (text, " %s", difficulty);
  for (int i = 0; i < kd_knobs_count (prologue->knobs); i++) {
    const KdKnob *knob = kd_knobs_knob (prologue->knobs, i);
    if (!knob->learning)
      continue;
    g_autofree char *value = kd_knob_text (prologue->knobs, knob->id);
    g_string_append_printf (text, " %s=%s", knob->id, value);
  }
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text->str, -1);
}

/* NULL: the session has no folder. A new session's is not looked at: it may yet turn out to be another's. */
static char *
path_in_run (const KdPrologue *prologue)
{
  const char *out = prologue->config->out;
  return out ? g_build_filename (out, prologue->run->id, FILE_NAME, NULL) : NULL;
}

/* NULL: without a cache. */
static char *
path_in_cache (const KdPrologue *prologue, const char *key)
{
  const char *folder = prologue->config->cache;
  if (folder && !*folder)
    return NULL;
  const KdMethod *method = kd_knobs_method (prologue->knobs);
  g_autofree char *name =
      g_strdup_printf ("%s-%s-%.32s.safetensors", method->id, method->learns, key);
  return folder ? g_build_filename (folder, name, NULL)
                : g_build_filename (g_get_user_cache_dir (), "kdscope", name, NULL);
}

/* ---- reading ---- */

static bool
check_finite (const KdParams *params, const char *path, GError **error)
{
  for (int i = 0; i < kd_params_count (params); i++) {
    const KdParam *param = kd_params_at (params, i);
    for (size_t k = 0; k < kd_shape_count (param->shape); k++) {
      if (isfinite (param->value[k]))
        continue;
      g_set_error (error, KD_ERROR, KD_ERROR_FORMAT,
                   _ ("%s: %s: expected finite numbers, found %g"), path, param->name,
                   (double) param->value[k]);
      return false;
    }
  }
  return true;
}

static bool
read_curves (KdPrologue *prologue, const KdArrays *arrays, const char *path, GError **error)
{
  const KdShape shape = kd_shape ((int) prologue->steps, 1, 1, 1);
  for (int i = 0; i < prologue->n_columns; i++) {
    g_autofree char *name = g_strconcat (CURVE, kd_series_name (prologue->columns[i]), NULL);
    const KdArray *array = kd_arrays_find (arrays, name);
    if (!array || !kd_array_has_shape (array, shape, KD_AXIS_N)) {
      g_autofree char *found = array ? kd_array_shape_to_string (array) : g_strdup ("nothing");
      g_set_error (error, KD_ERROR, KD_ERROR_SCHEMA, _ ("%s: %s: expected [%d], found %s"), path,
                   name, shape.n, found);
      return false;
    }
    kd_array_to_values (array, shape, prologue->curves[i]);
  }
  return true;
}

/* False without an error: the file is of other settings. */
static bool
read_file (KdPrologue *prologue, const char *path, const char *key, GError **error)
{
  GError *problem = NULL;
  g_autofree char *theirs = kd_safetensors_metadata (path, "key", &problem);
  if (problem) {
    g_propagate_error (error, problem);
    return false;
  }
  if (g_strcmp0 (theirs, key) != 0)
    return false;
  g_autoptr (KdArrays) arrays = kd_arrays_load (path, error);
  return arrays &&
         kd_weights_from_arrays (prologue->params, KD_WEIGHTS_VALUE, arrays, path, error) &&
         check_finite (prologue->params, path, error) &&
         read_curves (prologue, arrays, path, error);
}

bool
kd_prologue_find (KdPrologue *prologue)
{
  KD_FILE_WORDS; /* notes are kept in the run's folder */
  g_autofree char *key = make_key (prologue);
  g_autofree char *in_run = prologue->config->resume ? path_in_run (prologue) : NULL;
  g_autofree char *in_cache = path_in_cache (prologue, key);
  const char *const paths[] = { in_run, in_cache };
  for (size_t i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_autoptr (GError) error = NULL;
    if (!paths[i] || !g_file_test (paths[i], G_FILE_TEST_EXISTS))
      continue;
    if (read_file (prologue, paths[i], key, &error)) {
      g_autofree char *text = g_strdup_printf ("%s were learned before: %s",
                                               kd_knobs_method (prologue->knobs)->learns, paths[i]);
      kd_prologue_add_note (prologue, text);
      return true;
    }
    if (error) {
      g_autofree char *text = g_strdup_printf ("%s; learning again", error->message);
      kd_prologue_add_note (prologue, text);
    }
  }
  return false;
}

/* ---- writing ---- */

static bool
write_file (const KdArrays *arrays, const char *path, const char *key, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  if (g_mkdir_with_parents (folder, 0700) != 0) {
    g_set_error (error, KD_ERROR, KD_ERROR_FILE, _ ("%s: cannot be made"), folder);
    return false;
  }
  const char *const metadata[] = { "key", key, NULL };
  return kd_arrays_save (arrays, path, metadata, error);
}

void
kd_prologue_save (KdPrologue *prologue)
{
  KD_FILE_WORDS;
  g_autofree char *key = make_key (prologue);
  g_autofree char *in_run = path_in_run (prologue), *in_cache = path_in_cache (prologue, key);
  g_autoptr (KdArrays) arrays = kd_arrays_new ();
  kd_weights_to_arrays (prologue->params, KD_WEIGHTS_VALUE, arrays);
  const KdShape shape = kd_shape ((int) prologue->steps, 1, 1, 1);
  for (int i = 0; i < prologue->n_columns; i++) {
    g_autofree char *name = g_strconcat (CURVE, kd_series_name (prologue->columns[i]), NULL);
    kd_arrays_add (arrays, kd_array_from_values (name, shape, KD_AXIS_N, prologue->curves[i]));
  }
  const char *const paths[] = { in_run, in_cache };
  for (size_t i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_autoptr (GError) error = NULL;
    if (paths[i] && !write_file (arrays, paths[i], key, &error))
      kd_prologue_add_note (prologue, error->message);
  }
}
