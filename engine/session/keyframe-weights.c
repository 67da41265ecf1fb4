/* SPDX-License-Identifier: MIT */
#include "engine/session/keyframe-weights.h"

#include <stdatomic.h>
#include <string.h>

typedef struct {
  const char *name; /* interned */
  KdShape shape;
  size_t first, count; /* in each of the three blocks */
} KeptParam;

typedef struct {
  KdKnobs *knobs;
  KeptParam *params;
  int n_params;
  size_t n_values, first; /* of a block; where the three begin in the values of all runs */
} KeptRun;

struct _KdKeyframeWeights {
  atomic_int references;
  int64_t step;
  KeptRun runs[KD_MAX_RUNS];
  int n_runs;
  kd_real *values; /* of each run: values, first moments, second moments; NULL: an outline */
  size_t n_values;
};

static void
keep_run (KeptRun *kept, const KdRun *run, size_t first)
{
  const int n = kd_params_count (run->params);
  *kept = (KeptRun){
    .knobs = kd_knobs_copy (run->knobs),
    .params = g_new (KeptParam, n),
    .n_params = n,
    .first = first,
  };
  for (int i = 0; i < n; i++) {
    const KdParam *param = kd_params_at (run->params, i);
    const size_t count = kd_shape_count (param->shape);
    kept->params[i] = (KeptParam){
      g_intern_string (param->name),
      param->shape,
      kept->n_values,
      count,
    };
    kept->n_values += count;
  }
}

static void
copy_run (const KeptRun *kept, const KdRun *run, kd_real *values)
{
  for (int i = 0; i < kept->n_params; i++) {
    const KdParam *param = kd_params_at (run->params, i);
    const kd_real *const blocks[] = { param->value, param->moment1, param->moment2 };
    kd_real *to = values + kept->first + kept->params[i].first;
    for (size_t b = 0; b < G_N_ELEMENTS (blocks); b++)
      memcpy (to + b * kept->n_values, blocks[b], kept->params[i].count * sizeof (kd_real));
  }
}

KdKeyframeWeights *
kd_keyframe_weights_new (int64_t step, KdRun *const *runs, int n_runs)
{
  KdKeyframeWeights *weights = g_new0 (KdKeyframeWeights, 1);
  atomic_init (&weights->references, 1);
  weights->step = step;
  weights->n_runs = n_runs;
  for (int r = 0; r < n_runs; r++) {
    keep_run (&weights->runs[r], runs[r], weights->n_values);
    weights->n_values += 3 * weights->runs[r].n_values;
  }
  weights->values = g_new (kd_real, weights->n_values);
  for (int r = 0; r < n_runs; r++)
    copy_run (&weights->runs[r], runs[r], weights->values);
  return weights;
}

KdKeyframeWeights *
kd_keyframe_weights_ref (KdKeyframeWeights *weights)
{
  atomic_fetch_add_explicit (&weights->references, 1, memory_order_relaxed);
  return weights;
}

void
kd_keyframe_weights_unref (KdKeyframeWeights *weights)
{
  if (!weights || atomic_fetch_sub_explicit (&weights->references, 1, memory_order_acq_rel) > 1)
    return;
  for (int r = 0; r < weights->n_runs; r++) {
    kd_knobs_free (weights->runs[r].knobs);
    g_free (weights->runs[r].params);
  }
  g_free (weights->values);
  g_free (weights);
}

int64_t
kd_keyframe_weights_step (const KdKeyframeWeights *weights)
{
  return weights->step;
}

const KdKnobs *
kd_keyframe_weights_knobs (const KdKeyframeWeights *weights, int run)
{
  g_assert (run >= 0 && run < weights->n_runs);
  return weights->runs[run].knobs;
}

void
kd_keyframe_weights_restore (const KdKeyframeWeights *weights, int run, KdParams *params)
{
  g_assert (run >= 0 && run < weights->n_runs && weights->values);
  const KeptRun *kept = &weights->runs[run];
  for (int i = 0; i < kept->n_params; i++) {
    const KeptParam *source = &kept->params[i];
    const KdParam *param = kd_params_find (params, source->name);
    if (!param || !kd_shape_equal (param->shape, source->shape))
      continue;
    kd_real *const blocks[] = { param->value, param->moment1, param->moment2 };
    const kd_real *from = weights->values + kept->first + source->first;
    for (size_t b = 0; b < G_N_ELEMENTS (blocks); b++)
      memcpy (blocks[b], from + b * kept->n_values, source->count * sizeof (kd_real));
  }
  kd_params_touch (params);
}

KdKeyframeWeights *
kd_keyframe_weights_outline (const KdKeyframeWeights *weights)
{
  KdKeyframeWeights *copy = g_memdup2 (weights, sizeof *weights);
  atomic_init (&copy->references, 1);
  copy->values = NULL;
  for (int r = 0; r < copy->n_runs; r++) {
    KeptRun *run = &copy->runs[r];
    run->knobs = kd_knobs_copy (run->knobs);
    run->params = g_memdup2 (run->params, (gsize) run->n_params * sizeof (KeptParam));
  }
  return copy;
}

KdKeyframeWeights *
kd_keyframe_weights_fill (const KdKeyframeWeights *outline)
{
  KdKeyframeWeights *weights = kd_keyframe_weights_outline (outline);
  weights->values = g_new (kd_real, weights->n_values);
  return weights;
}

kd_real *
kd_keyframe_weights_values (KdKeyframeWeights *weights, size_t *bytes)
{
  *bytes = weights->n_values * sizeof (kd_real);
  return weights->values;
}
