/* SPDX-License-Identifier: MIT */
#include "engine/tape/broadcast.h"

#include <string.h>

/* Parts that a sum over the split axis is cut into, at most: each has its own sums until they are added. */
#define MAX_PARTS 32

KdBroadcast
kd_broadcast (KdShape a, KdShape b, KdShape y, bool rows)
{
  const int sizes_a[4] = { a.n, a.h, a.w, a.c }, sizes_b[4] = { b.n, b.h, b.w, b.c };
  const int sizes_y[4] = { y.n, y.h, y.w, y.c };
  KdBroadcast plan = { .size = { 1, 1, 1, 1 } };
  size_t next_a = 1, next_b = 1, next_y = 1;
  int axis = 4; /* the plan's axes fill up from the innermost */
  bool last_a = false, last_b = false;
  for (int i = 3; i >= 0; i--) {
    const bool is_rows = rows && i == 0;
    if (sizes_y[i] == 1 && !is_rows)
      continue;
    const bool has_a = sizes_a[i] > 1, has_b = sizes_b[i] > 1;
    const bool merges = axis < 4 && has_a == last_a && has_b == last_b && !is_rows;
    if (!merges) {
      axis = is_rows ? 0 : axis - 1;
      plan.stride_a[axis] = has_a ? next_a : 0;
      plan.stride_b[axis] = has_b ? next_b : 0;
      plan.stride_y[axis] = next_y;
    }
    plan.size[axis] *= (size_t) sizes_y[i];
    next_a *= (size_t) sizes_a[i];
    next_b *= (size_t) sizes_b[i];
    next_y *= (size_t) sizes_y[i];
    last_a = has_a;
    last_b = has_b;
  }
  plan.split = rows ? 0 : MIN (axis, 3);
  const size_t per_index = next_y / plan.size[plan.split];
  plan.step = MAX (KD_CHUNK_VALUES / MAX (per_index, 1), 1);
  return plan;
}

/* All runs whose index on the split axis is in [from, to). */
static void
walk (const KdBroadcast *plan, size_t from, size_t to, KdRunFunc func, void *data)
{
  size_t low[4] = { 0 }, high[4];
  memcpy (high, plan->size, sizeof high);
  low[plan->split] = from;
  high[plan->split] = to;
  const size_t *sa = plan->stride_a, *sb = plan->stride_b, *sy = plan->stride_y;
  for (size_t i = low[0]; i < high[0]; i++) {
    for (size_t j = low[1]; j < high[1]; j++) {
      for (size_t k = low[2]; k < high[2]; k++) {
        const KdRun run = {
          .a = i * sa[0] + j * sa[1] + k * sa[2] + low[3] * sa[3],
          .b = i * sb[0] + j * sb[1] + k * sb[2] + low[3] * sb[3],
          .y = i * sy[0] + j * sy[1] + k * sy[2] + low[3] * sy[3],
          .count = high[3] - low[3],
        };
        func (data, run);
      }
    }
  }
}

typedef struct {
  const KdBroadcast *plan;
  size_t end, step;
  KdRunFunc func;
  void *data;
} Each;

static void
each_chunk (void *data, int chunk, void *scratch)
{
  (void) scratch;
  const Each *each = data;
  const size_t from = (size_t) chunk * each->step;
  walk (each->plan, from, MIN (from + each->step, each->end), each->func, each->data);
}

static size_t
split_end (const KdBroadcast *plan, size_t rows)
{
  return MIN (plan->size[plan->split], rows);
}

void
kd_broadcast_each (const KdBroadcast *plan, size_t rows, KdPool *pool, KdRunFunc func, void *data)
{
  Each each = {
    .plan = plan, .end = split_end (plan, rows), .step = plan->step, .func = func, .data = data
  };
  kd_parallel_for (pool, (int) ((each.end + each.step - 1) / each.step), each_chunk, &each);
}

/* ---- sums -------------------------------------------------------------------------------------- */

double
kd_sum_values (const kd_real *values, size_t count)
{
  double sums[8] = { 0 };
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    for (size_t k = 0; k < 8; k++)
      sums[k] += (double) values[i + k];
  }
  for (; i < count; i++)
    sums[0] += (double) values[i];
  return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

typedef struct {
  const KdBroadcast *plan;
  const size_t *stride; /* of the operand that is reduced to */
  KdOperand operand;
  KdRunSource source;
  void *data;
  size_t end, step;
  size_t count;    /* values of the operand */
  bool owns_parts; /* parts have sums of their own; else they write different ones */
  double *sums;
} Reduce;

typedef struct {
  const Reduce *reduce;
  double *sums;
} Part;

static size_t
operand_count (const KdBroadcast *plan, const size_t *stride)
{
  size_t count = 1;
  for (int i = 0; i < 4; i++)
    count *= stride[i] ? plan->size[i] : 1;
  return count;
}

static const size_t *
operand_stride (const KdBroadcast *plan, KdOperand operand)
{
  return operand == KD_OPERAND_A ? plan->stride_a : plan->stride_b;
}

/* By shape alone: how many parts have sums of their own. */
static size_t
part_count (const KdBroadcast *plan, const size_t *stride)
{
  if (stride[plan->split])
    return 1;
  const size_t per_index = plan->stride_y[plan->split];
  const size_t total = plan->size[plan->split] * per_index, count = operand_count (plan, stride);
  const size_t chunks = (plan->size[plan->split] + plan->step - 1) / plan->step;
  return CLAMP (total / (2 * count), 1, MIN (chunks, MAX_PARTS));
}

size_t
kd_broadcast_workspace (const KdBroadcast *plan, KdOperand operand)
{
  const size_t *stride = operand_stride (plan, operand);
  return part_count (plan, stride) * operand_count (plan, stride) * sizeof (double);
}

static void
add_run (void *data, KdRun run)
{
  const Part *part = data;
  const Reduce *reduce = part->reduce;
  const KdBroadcast *plan = reduce->plan;
  const size_t at = reduce->operand == KD_OPERAND_A ? run.a : run.b;
  const bool repeats = reduce->stride[3] == 0;
  kd_real buffer[KD_RUN_BUFFER];
  for (size_t i = 0; i < run.count; i += KD_RUN_BUFFER) {
    const KdRun piece = { run.a + i * plan->stride_a[3], run.b + i * plan->stride_b[3],
                          run.y + i * plan->stride_y[3], MIN (run.count - i, KD_RUN_BUFFER) };
    const kd_real *values = reduce->source (reduce->data, piece, buffer);
    if (repeats) {
      part->sums[at] += kd_sum_values (values, piece.count);
    } else {
      double *restrict sums = part->sums + at + i;
      for (size_t k = 0; k < piece.count; k++)
        sums[k] += (double) values[k];
    }
  }
}

static void
reduce_chunk (void *data, int chunk, void *scratch)
{
  (void) scratch;
  const Reduce *reduce = data;
  const size_t from = (size_t) chunk * reduce->step;
  Part part = {
    .reduce = reduce,
    .sums = reduce->sums + (reduce->owns_parts ? (size_t) chunk * reduce->count : 0),
  };
  walk (reduce->plan, from, MIN (from + reduce->step, reduce->end), add_run, &part);
}

void
kd_broadcast_reduce (const KdBroadcast *plan,
                     size_t rows,
                     KdPool *pool,
                     KdOperand operand,
                     KdRunSource source,
                     void *data,
                     double factor,
                     kd_real *target,
                     void *workspace)
{
  const size_t *stride = operand_stride (plan, operand);
  const size_t parts = part_count (plan, stride);
  Reduce reduce = {
    .plan = plan,
    .stride = stride,
    .operand = operand,
    .source = source,
    .data = data,
    .end = split_end (plan, rows),
    .step = plan->step,
    .count = operand_count (plan, stride),
    .owns_parts = stride[plan->split] == 0,
    .sums = workspace,
  };
  if (reduce.owns_parts)
    reduce.step = (plan->size[plan->split] + parts - 1) / parts;
  memset (reduce.sums, 0, parts * reduce.count * sizeof (double));
  kd_parallel_for (pool, (int) ((reduce.end + reduce.step - 1) / reduce.step), reduce_chunk,
                   &reduce);
  for (size_t j = 0; j < reduce.count; j++) {
    double sum = reduce.sums[j];
    for (size_t part = 1; part < parts; part++)
      sum += reduce.sums[part * reduce.count + j];
    target[j] += (kd_real) (factor * sum);
  }
}
