/* SPDX-License-Identifier: MIT */
#include "engine/session/weights.h"

#include <stdlib.h>
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

/* The array's dimensions are those of the parameter's axes, in the file's order. */
static bool
shape_agrees (const KdArray *array, const KdParam *param)
{
  const int sizes[] = { param->shape.n, param->shape.c, param->shape.h, param->shape.w };
  int rank = 0;
  for (int axis = 0; axis < 4; axis++) {
    if (!(param->axes & (1 << axis)))
      continue;
    if (rank >= array->rank || array->dims[rank] != sizes[axis])
      return false;
    rank++;
  }
  return rank == array->rank;
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
      g_set_error (error, KD_ERROR, KD_ERROR_SCHEMA, "%s: %s: expected %s, found nothing", path,
                   name, expected);
      return false;
    }
    if (!shape_agrees (array, param)) {
      g_autofree char *found = kd_array_shape_to_string (array);
      g_set_error (error, KD_ERROR, KD_ERROR_SCHEMA, "%s: %s: expected %s, found %s", path, name,
                   expected, found);
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

static bool
read_number (const char *path, const char *key, int *value, GError **error)
{
  g_autofree char *text = kd_safetensors_metadata (path, key, error);
  if (!text)
    return error == NULL || *error == NULL;
  char *end = NULL;
  const long number = strtol (text, &end, 10);
  if (end == text || *end || number < 1 || number > 4096) {
    g_set_error (error, KD_ERROR, KD_ERROR_FORMAT, "%s: metadata %s: expected 1 to 4096, found %s",
                 path, key, text);
    return false;
  }
  *value = (int) number;
  return true;
}

bool
kd_weights_read_config (const char *path, KdDetectorConfig *config, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autofree char *kind = kd_safetensors_metadata (path, "detector", &problem);
  if (problem) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return false;
  }
  const KdDetectorKind *found = kind ? kd_detector_kind_find (kind) : NULL;
  if (!found) {
    g_set_error (
        error, KD_ERROR, KD_ERROR_FORMAT,
        "%s: metadata detector: expected the kind of a detector, found %s; is it a file of "
        "kdscope-cli teacher or train?",
        path, kind ? kind : "nothing");
    return false;
  }
  *config = (KdDetectorConfig){ found, kd_scene_config_default ().size, 3, KD_SCENE_CLASSES };
  GError *local = NULL;
  const bool ok = read_number (path, "image_height", &config->image.height, &local) &&
                  read_number (path, "image_width", &config->image.width, &local) &&
                  read_number (path, "anchors", &config->anchors, &local) &&
                  read_number (path, "classes", &config->classes, &local);
  if (local)
    g_propagate_error (error, local);
  return ok;
}
