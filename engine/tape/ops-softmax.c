/* SPDX-License-Identifier: MIT */
#include "engine/tape/broadcast.h"
#include "engine/tape/ops.h"

#include <tgmath.h>

/*
 * Softmax over any axes. In the plan operand A is x (and the result), operand B has one place a group, that is, for each
 * index of the axes that are kept. Each pass walks all runs; a group's sums are in double and in memory order.
 */

typedef struct {
  KdBroadcast plan;
  size_t groups;
} Softmax;

typedef struct {
  KdNode *node;
  size_t stride; /* of the group along a run: 0 or 1 */
  double *
      largest; /* per group; on the way back the sum of y, which is 1 but for its values' rounding */
  double *sum; /* per group */
} Pass;

/* Where a run is one group, or a part of it, its sum stays in a register. */

/* sum += values */
static void
add_values (const Pass *pass, KdRun run, const kd_real *values)
{
  double *sum = pass->sum + run.b;
  if (pass->stride == 0) {
    *sum += kd_sum_values (values, run.count);
    return;
  }
  for (size_t i = 0; i < run.count; i++)
    sum[i] += (double) values[i];
}

static void
largest_run (void *data, KdRun run)
{
  const Pass *pass = data;
  const kd_real *x = pass->node->inputs[0]->value + run.a;
  double *largest = pass->largest + run.b;
  if (pass->stride == 0) {
    double most = *largest;
    for (size_t i = 0; i < run.count; i++)
      most = (double) x[i] > most ? (double) x[i] : most;
    *largest = most;
    return;
  }
  for (size_t i = 0; i < run.count; i++)
    largest[i] = (double) x[i] > largest[i] ? (double) x[i] : largest[i];
}

static void
exponent_run (void *data, KdRun run)
{
  const Pass *pass = data;
  const kd_real *x = pass->node->inputs[0]->value + run.a;
  kd_real *y = pass->node->value + run.a;
  for (size_t i = 0; i < run.count; i++)
    y[i] = exp (x[i] - (kd_real) pass->largest[run.b + i * pass->stride]);
  add_values (pass, run, y);
}

static void
divide_run (void *data, KdRun run)
{
  const Pass *pass = data;
  kd_real *y = pass->node->value + run.a;
  if (pass->stride == 0) {
    const double factor = 1 / pass->sum[run.b];
    for (size_t i = 0; i < run.count; i++)
      y[i] = (kd_real) ((double) y[i] * factor);
    return;
  }
  for (size_t i = 0; i < run.count; i++)
    y[i] = (kd_real) ((double) y[i] / pass->sum[run.b + i]);
}

/* sum becomes log sum exp of the group */
static void
logarithm_run (void *data, KdRun run)
{
  const Pass *pass = data;
  const kd_real *x = pass->node->inputs[0]->value + run.a;
  kd_real *y = pass->node->value + run.a;
  for (size_t i = 0; i < run.count; i++) {
    const size_t group = run.b + i * pass->stride;
    y[i] = (kd_real) ((double) x[i] - pass->sum[group]);
  }
}

/* Chunks may meet in a group unless the axis they are cut along is kept. */
static void
each_run (const Pass *pass, KdPool *pool, KdRunFunc func)
{
  KdBroadcast plan = ((const Softmax *) pass->node->attributes)->plan;
  if (plan.stride_b[plan.split] == 0)
    plan.step = plan.size[plan.split];
  kd_broadcast_each (&plan, kd_live_limit (pass->node), pool, func, (void *) pass);
}

static Pass
pass_of (KdNode *node)
{
  const Softmax *softmax = node->attributes;
  Pass pass = {
    .node = node,
    .stride = softmax->plan.stride_b[3],
    .largest = node->workspace,
    .sum = (double *) node->workspace + softmax->groups,
  };
  for (size_t i = 0; i < softmax->groups; i++) {
    pass.largest[i] = -INFINITY;
    pass.sum[i] = 0;
  }
  return pass;
}

/* y = exp (x - max) / sum exp (x - max) */
static void
softmax_forward (KdNode *node, KdPool *pool)
{
  const Pass pass = pass_of (node);
  each_run (&pass, pool, largest_run);
  each_run (&pass, pool, exponent_run);
  each_run (&pass, pool, divide_run);
}

/* y = x - max - log sum exp (x - max) */
static void
log_softmax_forward (KdNode *node, KdPool *pool)
{
  const Pass pass = pass_of (node);
  each_run (&pass, pool, largest_run);
  each_run (&pass, pool, exponent_run);
  for (size_t i = 0; i < ((const Softmax *) node->attributes)->groups; i++)
    pass.sum[i] = pass.largest[i] + log (pass.sum[i]);
  each_run (&pass, pool, logarithm_run);
}

static void
product_run (void *data, KdRun run)
{
  const Pass *pass = data;
  const kd_real *y = pass->node->value + run.a, *g = pass->node->gradient + run.a;
  double *sum = pass->sum + run.b, *total = pass->largest + run.b;
  if (pass->stride == 0) {
    double sums[4] = { 0 };
    for (size_t i = 0; i < run.count; i++)
      sums[i % 4] += (double) g[i] * (double) y[i];
    *sum += (sums[0] + sums[2]) + (sums[1] + sums[3]);
    *total += kd_sum_values (y, run.count);
    return;
  }
  for (size_t i = 0; i < run.count; i++) {
    sum[i] += (double) g[i] * (double) y[i];
    total[i] += (double) y[i];
  }
}

static void
softmax_pull_run (void *data, KdRun run)
{
  const Pass *pass = data;
  const kd_real *y = pass->node->value + run.a, *g = pass->node->gradient + run.a;
  kd_real *gx = pass->node->inputs[0]->gradient + run.a;
  for (size_t i = 0; i < run.count; i++)
    gx[i] += y[i] * (kd_real) ((double) g[i] - pass->sum[run.b + i * pass->stride]);
}

/* gx += y * (g - sum of g*y / sum of y): a gradient that is nearly the same everywhere leaves no rest but its own. */
static void
softmax_backward (KdNode *node, KdPool *pool)
{
  const Pass pass = pass_of (node);
  const size_t groups = ((const Softmax *) node->attributes)->groups;
  for (size_t i = 0; i < groups; i++)
    pass.largest[i] = 0;
  each_run (&pass, pool, product_run);
  for (size_t i = 0; i < groups; i++)
    pass.sum[i] /= pass.largest[i];
  each_run (&pass, pool, softmax_pull_run);
}

static void
gradient_run (void *data, KdRun run)
{
  const Pass *pass = data;
  add_values (pass, run, pass->node->gradient + run.a);
}

static void
log_softmax_pull_run (void *data, KdRun run)
{
  const Pass *pass = data;
  const kd_real *y = pass->node->value + run.a, *g = pass->node->gradient + run.a;
  kd_real *gx = pass->node->inputs[0]->gradient + run.a;
  for (size_t i = 0; i < run.count; i++)
    gx[i] += g[i] - exp (y[i]) * (kd_real) pass->sum[run.b + i * pass->stride];
}

/* gx += g - exp (y) * sum of g */
static void
log_softmax_backward (KdNode *node, KdPool *pool)
{
  const Pass pass = pass_of (node);
  each_run (&pass, pool, gradient_run);
  each_run (&pass, pool, log_softmax_pull_run);
}

static KdOpNeeds
softmax_needs (const KdNode *node)
{
  const Softmax *softmax = node->attributes;
  return (KdOpNeeds){ .workspace = 2 * softmax->groups * sizeof (double) };
}

static const KdOp softmax_op = {
  .name = "softmax",
  .forward = softmax_forward,
  .backward = softmax_backward,
  .needs = softmax_needs,
};
static const KdOp log_softmax_op = {
  .name = "log_softmax",
  .forward = log_softmax_forward,
  .backward = log_softmax_backward,
  .needs = softmax_needs,
};

static KdNode *
softmax (KdGraph *g, const KdOp *op, KdNode *x, KdAxes axes)
{
  if (x->type != KD_TYPE_REAL)
    kd_build_error (op->name, &x, 1, "needs real values");
  const KdShape s = x->shape;
  const KdShape groups = kd_shape (axes & KD_AXIS_N ? 1 : s.n, axes & KD_AXIS_C ? 1 : s.c,
                                   axes & KD_AXIS_H ? 1 : s.h, axes & KD_AXIS_W ? 1 : s.w);
  KdNode *node = kd_node_new (g, op, s, KD_TYPE_REAL, &x, 1, sizeof (Softmax));
  *(Softmax *) node->attributes = (Softmax){
    .plan = kd_broadcast (s, groups, s, x->live_rows != NULL),
    .groups = kd_shape_count (groups),
  };
  return node;
}

KdNode *
kd_softmax (KdGraph *g, KdNode *x, KdAxes axes)
{
  return softmax (g, &softmax_op, x, axes);
}

KdNode *
kd_log_softmax (KdGraph *g, KdNode *x, KdAxes axes)
{
  return softmax (g, &log_softmax_op, x, axes);
}

const KdOp *const kd_ops_softmax[] = { &softmax_op, &log_softmax_op, NULL };
