/* SPDX-License-Identifier: MIT */
#include "engine/tape/params.h"
#include "engine/tape/graph.h"

#include <stdlib.h>
#include <string.h>

static void
param_free (void *data)
{
  KdParam *param = data;
  g_free ((char *) param->name);
  g_free (param);
}

KdParams *
kd_params_new (void)
{
  KdParams *params = g_new0 (KdParams, 1);
  params->list = g_ptr_array_new_with_free_func (param_free);
  params->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  return params;
}

void
kd_params_free (KdParams *params)
{
  if (!params)
    return;
  g_hash_table_unref (params->by_name);
  g_ptr_array_unref (params->list);
  free (params->value);
  free (params->gradient);
  free (params->moment1);
  free (params->moment2);
  g_free (params->first_param);
  g_free (params->chunk_sum);
  g_free (params);
}

int
kd_params_count (const KdParams *params)
{
  return (int) params->list->len;
}

const KdParam *
kd_params_at (const KdParams *params, int index)
{
  g_assert (index >= 0 && index < kd_params_count (params));
  return params->list->pdata[index];
}

const KdParam *
kd_params_find (const KdParams *params, const char *name)
{
  return g_hash_table_lookup (params->by_name, name);
}

size_t
kd_params_size (const KdParams *params)
{
  return params->size;
}

KdParam *
kd_params_declare (
    KdParams *params, const char *name, KdShape shape, KdAxes axes, KdInit init, KdParamFlags flags)
{
  KdParam *param = g_hash_table_lookup (params->by_name, name);
  if (param && !kd_shape_equal (param->shape, shape)) {
    g_autofree char *known = kd_shape_to_string (param->shape, KD_AXES_NCHW);
    g_autofree char *asked = kd_shape_to_string (shape, KD_AXES_NCHW);
    g_error ("parameter %s is %s, asked for as %s", name, known, asked);
  }
  if (param)
    return param;
  if (params->laid_out)
    g_error ("parameter %s is new, but the parameters are laid out already", name);
  param = g_new0 (KdParam, 1);
  *param = (KdParam){
    .name = g_strdup (name), .shape = shape, .axes = axes, .init = init, .flags = flags
  };
  g_ptr_array_add (params->list, param);
  g_hash_table_insert (params->by_name, (char *) param->name, param);
  return param;
}

/* Values a parameter takes in the blocks: every one begins on a cache line. */
static size_t
padded_count (const KdParam *param)
{
  const size_t line = 64 / sizeof (kd_real);
  return (kd_shape_count (param->shape) + line - 1) / line * line;
}

static bool
all_frozen (const KdParams *params)
{
  for (int i = 0; i < kd_params_count (params); i++) {
    if (!(kd_params_at (params, i)->flags & KD_PARAM_FROZEN))
      return false;
  }
  return kd_params_count (params) > 0;
}

void
kd_params_layout (KdParams *params)
{
  if (params->laid_out)
    return;
  params->laid_out = true;
  for (int i = 0; i < kd_params_count (params); i++)
    params->size += padded_count (kd_params_at (params, i));
  params->value = kd_aligned_zeros (params->size * sizeof (kd_real));
  /* A frozen teacher is three quarters of its blocks lighter. */
  if (!all_frozen (params)) {
    params->gradient = kd_aligned_zeros (params->size * sizeof (kd_real));
    params->moment1 = kd_aligned_zeros (params->size * sizeof (kd_real));
    params->moment2 = kd_aligned_zeros (params->size * sizeof (kd_real));
  }
  params->n_chunks = (int) ((params->size + KD_PARAMS_CHUNK - 1) / KD_PARAMS_CHUNK);
  params->first_param = g_new0 (int, params->n_chunks + 1);
  params->chunk_sum = g_new0 (double, params->n_chunks + 1);

  size_t offset = 0;
  int chunk = 0;
  for (int i = 0; i < kd_params_count (params); i++) {
    KdParam *param = params->list->pdata[i];
    param->value = params->value + offset;
    if (params->gradient) {
      param->gradient = params->gradient + offset;
      param->moment1 = params->moment1 + offset;
      param->moment2 = params->moment2 + offset;
    }
    offset += padded_count (param);
    for (; chunk < params->n_chunks && (size_t) chunk * KD_PARAMS_CHUNK < offset; chunk++)
      params->first_param[chunk] = i;
  }
}

static double
draw (KdRandom *random, KdInit init)
{
  switch (init.kind) {
  case KD_INIT_CONSTANT:
    return init.amount;
  case KD_INIT_NORMAL:
    return init.amount * kd_random_normal (random);
  case KD_INIT_UNIFORM:
    return kd_random_uniform (random, -init.amount, init.amount);
  case KD_INIT_ZEROS:
    break;
  }
  return 0;
}

void
kd_params_init (KdParams *params, uint64_t seed)
{
  kd_params_layout (params);
  for (int i = 0; i < kd_params_count (params); i++) {
    const KdParam *param = kd_params_at (params, i);
    KdRandom random = kd_random (seed, kd_hash_string (param->name));
    const size_t count = kd_shape_count (param->shape);
    for (size_t k = 0; k < count; k++)
      param->value[k] = (kd_real) draw (&random, param->init);
  }
  kd_params_zero_gradients (params);
  if (params->moment1) {
    memset (params->moment1, 0, params->size * sizeof (kd_real));
    memset (params->moment2, 0, params->size * sizeof (kd_real));
  }
  kd_params_touch (params);
}

kd_real *
kd_params_values (KdParams *params)
{
  return params->value;
}

kd_real *
kd_params_gradients (KdParams *params)
{
  return params->gradient;
}

void
kd_params_touch (KdParams *params)
{
  params->version++;
}

uint64_t
kd_params_version (const KdParams *params)
{
  return params->version;
}

void
kd_params_zero_gradients (KdParams *params)
{
  if (params->gradient)
    memset (params->gradient, 0, params->size * sizeof (kd_real));
}
