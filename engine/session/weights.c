/* SPDX-License-Identifier: MIT */
#include "engine/session/weights.h"

#include "engine/base/i18n.h"

#include <string.h>

static const char *const prefixes[KD_N_WEIGHTS] = { "", "moment1.", "moment2." };

static kd_real *
values_of (const KdParam *param, KdWeights which)
{
  switch (which) {
  case KD_WEIGHTS_MOMENT1:
    return param->moment1;
  case KD_WEIGHTS_MOMENT2:
    return param->moment2;
  default:
    return param->value;
  }
}

void
kd_weights_to_arrays (const KdParams *params, KdWeights which, KdArrays *arrays)
{
  for (int i = 0; i < kd_params_count (params); i++) {
    const KdParam *param = kd_params_at (params, i);
    g_autofree char *name = g_strconcat (prefixes[which], param->name, NULL);
    kd_arrays_add (
        arrays, kd_array_from_values (name, param->shape, param->axes, values_of (param, which)));
  }
}

bool
kd_weights_from_arrays (
    KdParams *params, KdWeights which, const KdArrays *arrays, const char *path, GError **error)
{
  for (int i = 0; i < kd_params_count (params); i++) {
    const KdParam *param = kd_params_at (params, i);
    g_autofree char *name = g_strconcat (prefixes[which], param->name, NULL);
    const KdArray *array = kd_arrays_find (arrays, name);
    g_autofree char *expected = kd_shape_to_string (param->shape, param->axes);
    if (!array) {
      g_set_error (error, KD_ERROR, KD_ERROR_SCHEMA, _ ("%s: %s: expected %s, found nothing"), path,
                   name, expected);
      return false;
    }
    if (!kd_array_has_shape (array, param->shape, param->axes)) {
      g_autofree char *found = kd_array_shape_to_string (array);
      g_set_error (error, KD_ERROR, KD_ERROR_SCHEMA, _ ("%s: %s: expected %s, found %s"), path,
                   name, expected, found);
      return false;
    }
    kd_array_to_values (array, param->shape, values_of (param, which));
  }
  kd_params_touch (params);
  return true;
}

void
kd_weights_copy (KdParams *to, const KdParams *from)
{
  for (int i = 0; i < kd_params_count (to); i++) {
    const KdParam *target = kd_params_at (to, i);
    const KdParam *source = kd_params_find (from, target->name);
    if (!source || !kd_shape_equal (source->shape, target->shape))
      continue;
    const size_t bytes = kd_shape_count (target->shape) * sizeof (kd_real);
    memcpy (target->value, source->value, bytes);
    memcpy (target->moment1, source->moment1, bytes);
    memcpy (target->moment2, source->moment2, bytes);
  }
  kd_params_touch (to);
}

/* ---- the detector in a file's metadata ---- */

/* Leaves @value alone where the file says nothing. */
static bool
read_metadata (
    const char *path, const char *key, double low, double high, double *value, GError **error)
{
  GError *problem = NULL;
  g_autofree char *text = kd_safetensors_metadata (path, key, &problem);
  if (problem) {
    g_propagate_error (error, problem);
    return false;
  }
  if (!text)
    return true;
  char *end = NULL;
  const double number = g_ascii_strtod (text, &end);
  if (end == text || *end || !(number >= low && number <= high)) {
    g_set_error (error, KD_ERROR, KD_ERROR_FORMAT,
                 _ ("%s: metadata %s: expected %g to %g, found %s"), path, key, low, high, text);
    return false;
  }
  *value = number;
  return true;
}

static bool
read_count (const char *path, const char *key, int high, int *value, GError **error)
{
  double number = *value;
  if (!read_metadata (path, key, 1, high, &number, error))
    return false;
  *value = (int) number;
  return true;
}

static bool
read_size (const char *path, KdSize *size, GError **error)
{
  if (!read_count (path, "image_height", 1024, &size->height, error) ||
      !read_count (path, "image_width", 1024, &size->width, error))
    return false;
  if (size->height % 32 == 0 && size->width % 32 == 0)
    return true;
  g_set_error (error, KD_ERROR, KD_ERROR_FORMAT,
               _ ("%s: metadata image size: expected multiples of 32, found %dx%d"), path,
               size->width, size->height);
  return false;
}

bool
kd_weights_read_config (const char *path, KdDetectorConfig *config, GError **error)
{
  GError *problem = NULL;
  g_autofree char *kind = kd_safetensors_metadata (path, "detector", &problem);
  if (problem) {
    g_propagate_error (error, problem);
    return false;
  }
  const KdDetectorKind *found = kind ? kd_detector_kind_find (kind) : NULL;
  if (!found) {
    g_set_error (
        error, KD_ERROR, KD_ERROR_FORMAT,
        _ ("%s: metadata detector: expected the kind of a detector, found %s; is it a file of "
           "kdscope-cli teacher or train?"),
        path, kind ? kind : "nothing");
    return false;
  }
  *config = (KdDetectorConfig){ found, kd_scene_config_default ().size, 3, KD_SCENE_CLASSES };
  return read_size (path, &config->image, error) &&
         read_count (path, "anchors", 16, &config->anchors, error) &&
         read_count (path, "classes", 4096, &config->classes, error);
}

bool
kd_checkpoint_step (const char *path, int64_t *step, GError **error)
{
  double number = -1;
  if (!read_metadata (path, "step", 0, 1e15, &number, error))
    return false;
  if (number < 0) {
    g_set_error (error, KD_ERROR, KD_ERROR_FORMAT,
                 _ ("%s: metadata step: expected a number, found nothing; is it a checkpoint of "
                    "kdscope-cli train?"),
                 path);
    return false;
  }
  *step = (int64_t) number;
  return true;
}

bool
kd_checkpoint_scenes (const char *checkpoint, KdSceneConfig *scenes, GError **error)
{
  *scenes = kd_scene_config_default ();
  return read_size (checkpoint, &scenes->size, error) &&
         read_metadata (checkpoint, "difficulty", 0, 1, &scenes->difficulty, error) &&
         read_count (checkpoint, "max_objects", KD_SCENE_MAX_OBJECTS, &scenes->max_objects, error);
}
