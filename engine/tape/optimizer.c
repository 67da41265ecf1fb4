/* SPDX-License-Identifier: MIT */
#include "engine/tape/params.h"

#include <tgmath.h>

/*
 * The gradient's norm and the update. Both walk the parameter blocks in chunks of a fixed size, so the
 * result has the same bits for any number of workers.
 */

KdOptimizer
kd_optimizer_default (void)
{
  return (KdOptimizer){
    .kind = KD_OPTIMIZER_ADAMW,
    .momentum = 0.9,
    .beta1 = 0.9,
    .beta2 = 0.999,
    .epsilon = 1e-8,
    .weight_decay = 0.01,
    .clip_norm = 1,
  };
}

/* The part of parameter @index that lies in @chunk, as a range of the blocks. False when past the chunk. */
static bool
part_in_chunk (const KdParams *params, int index, int chunk, size_t *from, size_t *to)
{
  const size_t begin = (size_t) chunk * KD_PARAMS_CHUNK, end = begin + KD_PARAMS_CHUNK;
  const KdParam *param = kd_params_at (params, index);
  const size_t first = (size_t) (param->value - params->value);
  *from = MAX (first, begin);
  *to = MIN (first + kd_shape_count (param->shape), end);
  return first < end;
}

/* sum of x^2. Eight running sums, because one would wait for its own last addition each time. */
static double
sum_of_squares (const kd_real *x, size_t count)
{
  double sums[8] = { 0 };
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    for (size_t k = 0; k < 8; k++)
      sums[k] += (double) x[i + k] * (double) x[i + k];
  }
  for (; i < count; i++)
    sums[0] += (double) x[i] * (double) x[i];
  return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

static void
norm_chunk (void *data, int chunk, void *scratch)
{
  (void) scratch;
  const KdParams *params = data;
  double sum = 0;
  size_t from, to;
  for (int i = params->first_param[chunk];
       i < kd_params_count (params) && part_in_chunk (params, i, chunk, &from, &to); i++) {
    if (from < to && !(kd_params_at (params, i)->flags & KD_PARAM_FROZEN))
      sum += sum_of_squares (params->gradient + from, to - from);
  }
  params->chunk_sum[chunk] = sum;
}

double
kd_params_gradient_norm (const KdParams *params, KdPool *pool)
{
  kd_parallel_for (pool, params->n_chunks, norm_chunk, (void *) params);
  double sum = 0;
  for (int chunk = 0; chunk < params->n_chunks; chunk++)
    sum += params->chunk_sum[chunk];
  return sqrt (sum);
}

typedef struct {
  const KdOptimizer *optimizer;
  KdParams *params;
  double rate;
  double clip;                     /* factor of the gradient */
  double correction1, correction2; /* AdamW, Adam: 1 - beta^step */
} Update;

/* v = momentum*v + g + decay*w; w -= rate*v */
static void
sgd (const Update *update, size_t from, size_t to, double weight_decay)
{
  kd_real *restrict value = update->params->value;
  kd_real *restrict velocity = update->params->moment1;
  const kd_real *restrict gradient = update->params->gradient;
  const kd_real clip = (kd_real) update->clip, decay = (kd_real) weight_decay;
  const kd_real momentum = (kd_real) update->optimizer->momentum, rate = (kd_real) update->rate;
  for (size_t i = from; i < to; i++) {
    velocity[i] = momentum * velocity[i] + (clip * gradient[i] + decay * value[i]);
    value[i] -= rate * velocity[i];
  }
}

/*
 * m = beta1*m + (1-beta1)*g; v = beta2*v + (1-beta2)*g^2
 * w = (1 - rate*decay)*w - rate/(1-beta1^t) * m / (sqrt (v/(1-beta2^t)) + epsilon)
 * Adam: g += decay*w instead of the factor of w.
 */
static void
adam (const Update *update, size_t from, size_t to, double weight_decay)
{
  const bool decoupled = update->optimizer->kind == KD_OPTIMIZER_ADAMW;
  const KdOptimizer *o = update->optimizer;
  kd_real *restrict value = update->params->value;
  kd_real *restrict mean = update->params->moment1;
  kd_real *restrict square = update->params->moment2;
  const kd_real *restrict gradient = update->params->gradient;
  const kd_real clip = (kd_real) update->clip, decay = (kd_real) (decoupled ? 0 : weight_decay);
  const kd_real keep = (kd_real) (decoupled ? 1 - update->rate * weight_decay : 1);
  const kd_real beta1 = (kd_real) o->beta1, rest1 = (kd_real) (1 - o->beta1);
  const kd_real beta2 = (kd_real) o->beta2, rest2 = (kd_real) (1 - o->beta2);
  const kd_real pace = (kd_real) (update->rate / update->correction1);
  const kd_real root = (kd_real) (1 / sqrt (update->correction2)), epsilon = (kd_real) o->epsilon;
  for (size_t i = from; i < to; i++) {
    const kd_real g = clip * gradient[i] + decay * value[i];
    mean[i] = beta1 * mean[i] + rest1 * g;
    square[i] = beta2 * square[i] + rest2 * (g * g);
    value[i] = keep * value[i] - pace * mean[i] / (sqrt (square[i]) * root + epsilon);
  }
}

static void
update_chunk (void *data, int chunk, void *scratch)
{
  (void) scratch;
  const Update *update = data;
  const KdParams *params = update->params;
  size_t from, to;
  for (int i = params->first_param[chunk];
       i < kd_params_count (params) && part_in_chunk (params, i, chunk, &from, &to); i++) {
    const KdParamFlags flags = kd_params_at (params, i)->flags;
    if (from >= to || (flags & KD_PARAM_FROZEN))
      continue;
    const double decay = flags & KD_PARAM_NO_DECAY ? 0 : update->optimizer->weight_decay;
    if (update->optimizer->kind == KD_OPTIMIZER_SGD)
      sgd (update, from, to, decay);
    else
      adam (update, from, to, decay);
  }
}

void
kd_optimizer_step (const KdOptimizer *optimizer,
                   KdParams *params,
                   KdPool *pool,
                   double rate,
                   int64_t step,
                   double gradient_norm)
{
  g_assert (step >= 1);
  const bool clips = optimizer->clip_norm > 0 && gradient_norm > optimizer->clip_norm;
  Update update = {
    .optimizer = optimizer,
    .params = params,
    .rate = rate,
    .clip = clips ? optimizer->clip_norm / gradient_norm : 1,
    .correction1 = 1 - pow (optimizer->beta1, (double) step),
    .correction2 = 1 - pow (optimizer->beta2, (double) step),
  };
  kd_parallel_for (pool, params->n_chunks, update_chunk, &update);
}
