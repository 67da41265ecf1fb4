/* SPDX-License-Identifier: MIT */
#include "engine/tape/broadcast.h"
#include "engine/tape/ops.h"

#include <string.h>

/* Sums, means and maxima over axes. In the plan operand A is x, operand B the result, repeated along reduced axes. */

static KdShape
reduced_shape (KdShape s, KdAxes axes)
{
  return kd_shape (axes & KD_AXIS_N ? 1 : s.n, axes & KD_AXIS_C ? 1 : s.c,
                   axes & KD_AXIS_H ? 1 : s.h, axes & KD_AXIS_W ? 1 : s.w);
}

static KdNode *
reduction (KdGraph *g, const KdOp *op, KdNode *x, KdAxes axes)
{
  if (x->type != KD_TYPE_REAL)
    kd_build_error (op->name, &x, 1, "needs real values");
  const KdShape shape = reduced_shape (x->shape, axes);
  KdNode *node = kd_node_new (g, op, shape, KD_TYPE_REAL, &x, 1, sizeof (KdBroadcast));
  *(KdBroadcast *) node->attributes =
      kd_broadcast (x->shape, shape, x->shape, x->live_rows != NULL);
  if (axes & KD_AXIS_N)
    node->live_rows = NULL;
  return node;
}

/* ---- sum and mean ------------------------------------------------------------------------------ */

static const KdOp mean_op;

/* y = factor * sum of x: 1, or one over how many values count. */
static double
factor_of (const KdNode *node)
{
  if (node->op != &mean_op)
    return 1;
  const KdNode *x = node->inputs[0];
  const size_t per_row = kd_shape_count (x->shape) / (size_t) x->shape.n;
  const size_t per_result = kd_shape_count (node->shape) / (size_t) node->shape.n;
  const bool over_rows = x->live_rows && !node->live_rows;
  const double rows = over_rows ? kd_rows (x) : x->shape.n / node->shape.n;
  return rows > 0 ? (double) per_result / ((double) per_row * rows) : 0;
}

static const kd_real *
input_run (void *data, KdRun run, kd_real *buffer)
{
  (void) buffer;
  const KdNode *node = data;
  return node->inputs[0]->value + run.a;
}

static void
sum_forward (KdNode *node, KdPool *pool)
{
  memset (node->value, 0, kd_shape_count (node->shape) * sizeof (kd_real));
  kd_broadcast_reduce (node->attributes, kd_live_limit (node->inputs[0]), pool, KD_OPERAND_B,
                       input_run, node, factor_of (node), node->value, node->workspace);
}

typedef struct {
  const KdNode *node;
  kd_real factor;
  bool repeats; /* one gradient for the whole run */
} Spread;

static void
spread_run (void *data, KdRun run)
{
  const Spread *spread = data;
  kd_real *restrict gx = spread->node->inputs[0]->gradient + run.a;
  const kd_real *restrict g = spread->node->gradient + run.b;
  if (spread->repeats) {
    const kd_real amount = spread->factor * g[0];
    for (size_t i = 0; i < run.count; i++)
      gx[i] += amount;
  } else {
    for (size_t i = 0; i < run.count; i++)
      gx[i] += spread->factor * g[i];
  }
}

static void
sum_backward (KdNode *node, KdPool *pool)
{
  const KdBroadcast *plan = node->attributes;
  Spread spread = { .node = node,
                    .factor = (kd_real) factor_of (node),
                    .repeats = plan->stride_b[3] == 0 };
  kd_broadcast_each (plan, kd_live_limit (node->inputs[0]), pool, spread_run, &spread);
}

static KdOpNeeds
sum_needs (const KdNode *node)
{
  return (KdOpNeeds){ .workspace = kd_broadcast_workspace (node->attributes, KD_OPERAND_B) };
}

static const KdOp sum_op = {
  .name = "sum", .forward = sum_forward, .backward = sum_backward, .needs = sum_needs
};
static const KdOp mean_op = {
  .name = "mean", .forward = sum_forward, .backward = sum_backward, .needs = sum_needs
};

KdNode *
kd_sum (KdGraph *g, KdNode *x, KdAxes axes)
{
  return reduction (g, &sum_op, x, axes);
}

KdNode *
kd_mean (KdGraph *g, KdNode *x, KdAxes axes)
{
  return reduction (g, &mean_op, x, axes);
}

/* ---- maximum ----------------------------------------------------------------------------------- */

/* The cache holds the index in x of each largest value; -1 where no row counts. */
static void
max_run (void *data, KdRun run)
{
  KdNode *node = data;
  const kd_real *x = node->inputs[0]->value + run.a;
  kd_real *y = node->value + run.b;
  int32_t *largest = (int32_t *) node->cache + run.b;
  const size_t stride = ((const KdBroadcast *) node->attributes)->stride_b[3];
  for (size_t i = 0; i < run.count; i++) {
    const size_t j = i * stride;
    const bool first_nan = isnan (x[i]) && !isnan (y[j]);
    if (largest[j] < 0 || x[i] > y[j] || first_nan) {
      y[j] = x[i];
      largest[j] = (int32_t) (run.a + i);
    }
  }
}

static void
max_forward (KdNode *node, KdPool *pool)
{
  KdBroadcast plan = *(const KdBroadcast *) node->attributes;
  const size_t count = kd_shape_count (node->shape);
  memset (node->value, 0, count * sizeof (kd_real));
  memset (node->cache, 0xff, count * sizeof (int32_t));
  /* Chunks write different results only if the axis they are cut along is kept. */
  if (plan.stride_b[plan.split] == 0)
    plan.step = plan.size[plan.split];
  kd_broadcast_each (&plan, kd_live_limit (node->inputs[0]), pool, max_run, node);
}

static void
max_backward (KdNode *node, KdPool *pool)
{
  (void) pool;
  const int32_t *largest = node->cache;
  const size_t count = kd_shape_count (node->shape);
  for (size_t j = 0; j < count; j++) {
    if (largest[j] >= 0)
      node->inputs[0]->gradient[largest[j]] += node->gradient[j];
  }
}

static KdOpNeeds
max_needs (const KdNode *node)
{
  return (KdOpNeeds){ .cache = kd_shape_count (node->shape) * sizeof (int32_t) };
}

static const KdOp max_op = {
  .name = "max", .forward = max_forward, .backward = max_backward, .needs = max_needs
};

KdNode *
kd_max (KdGraph *g, KdNode *x, KdAxes axes)
{
  if (kd_shape_count (x->shape) > INT32_MAX)
    kd_build_error ("max", &x, 1, "too large to index");
  return reduction (g, &max_op, x, axes);
}

const KdOp *const kd_ops_reduce[] = { &sum_op, &mean_op, &max_op, NULL };
