/* SPDX-License-Identifier: MIT */
#include "engine/tape/ops.h"

#include <string.h>

/* Rows and views: what moves values without computing. */

/* ---- aliases ----------------------------------------------------------------------------------- */

/* Value (and gradient) are the input's own memory. */
static void
alias_nothing (KdNode *node, KdPool *pool)
{
  (void) node;
  (void) pool;
}

static const KdOp reshape_op = { .name = "reshape",
                                 .forward = alias_nothing,
                                 .backward = alias_nothing };
static const KdOp detach_op = { .name = "detach", .forward = alias_nothing };

KdNode *
kd_reshape (KdGraph *g, KdNode *x, KdShape shape)
{
  if (kd_shape_count (x->shape) != kd_shape_count (shape))
    kd_build_error ("reshape", &x, 1, "the new shape has another number of values");
  KdNode *node = kd_node_new (g, &reshape_op, shape, x->type, &x, 1, 0);
  node->alias = x;
  return node;
}

KdNode *
kd_anchor_rows (KdGraph *g, KdNode *x, int columns)
{
  const KdShape s = x->shape;
  if (s.c % columns != 0)
    kd_build_error ("anchor_rows", &x, 1, "the channels are not a multiple of the columns");
  return kd_reshape (g, x, kd_shape (s.n * s.h * s.w * (s.c / columns), columns, 1, 1));
}

KdNode *
kd_detach (KdGraph *g, KdNode *x)
{
  KdNode *node = kd_node_new (g, &detach_op, x->shape, x->type, &x, 1, 0);
  node->alias = x;
  return node;
}

/* ---- gather ------------------------------------------------------------------------------------ */

static size_t
row_size (const KdNode *node)
{
  return kd_shape_count (node->shape) / (size_t) node->shape.n;
}

/* y_q = x_rows(q) */
static void
gather_forward (KdNode *node, KdPool *pool)
{
  (void) pool;
  const KdNode *x = node->inputs[0], *rows = node->inputs[1];
  const size_t size = row_size (node);
  for (int q = 0; q < kd_rows (node); q++) {
    const int row = rows->ints[q];
    assert (row >= 0 && row < x->shape.n);
    memcpy (node->value + (size_t) q * size, x->value + (size_t) row * size,
            size * sizeof (kd_real));
  }
}

/* One thread, as a row may be gathered twice and the order of sums is fixed. */
static void
gather_backward (KdNode *node, KdPool *pool)
{
  (void) pool;
  const KdNode *x = node->inputs[0], *rows = node->inputs[1];
  const size_t size = row_size (node);
  for (int q = 0; q < kd_rows (node); q++) {
    kd_real *restrict gx = x->gradient + (size_t) rows->ints[q] * size;
    const kd_real *restrict g = node->gradient + (size_t) q * size;
    for (size_t i = 0; i < size; i++)
      gx[i] += g[i];
  }
}

static const KdOp gather_op = { .name = "gather",
                                .forward = gather_forward,
                                .backward = gather_backward };

KdNode *
kd_gather (KdGraph *g, KdNode *x, KdNode *rows)
{
  KdNode *const inputs[] = { x, rows };
  if (x->type != KD_TYPE_REAL || rows->type != KD_TYPE_INT32 || row_size (rows) != 1)
    kd_build_error ("gather", inputs, 2, "needs real rows and an int32 list");
  const KdShape shape = kd_shape (rows->shape.n, x->shape.c, x->shape.h, x->shape.w);
  KdNode *node = kd_node_new (g, &gather_op, shape, KD_TYPE_REAL, inputs, 2, 0);
  node->live_rows = rows->live_rows;
  return node;
}

/* ---- concat ------------------------------------------------------------------------------------ */

typedef struct {
  size_t outer; /* stretches: the axes before the joined one in memory */
  size_t inner; /* values of one stretch of the result */
} Concat;

/* Sizes in memory order, N H W C. */
static void
memory_sizes (KdShape s, int sizes[4])
{
  sizes[0] = s.n;
  sizes[1] = s.h;
  sizes[2] = s.w;
  sizes[3] = s.c;
}

static int
memory_axis (KdAxes axis)
{
  return axis == KD_AXIS_N ? 0 : axis == KD_AXIS_H ? 1 : axis == KD_AXIS_W ? 2 : 3;
}

#define STRETCH_VALUES 16384 /* of a chunk, about */

static size_t
stretches_per_chunk (const Concat *concat)
{
  return MAX (STRETCH_VALUES / concat->inner, 1);
}

static int
stretch_chunks (const Concat *concat)
{
  const size_t step = stretches_per_chunk (concat);
  return (int) ((concat->outer + step - 1) / step);
}

static void
concat_forward_chunk (void *data, int chunk, void *scratch)
{
  (void) scratch;
  const KdNode *node = data;
  const Concat *concat = node->attributes;
  const size_t from = (size_t) chunk * stretches_per_chunk (concat);
  const size_t to = MIN (from + stretches_per_chunk (concat), concat->outer);
  for (size_t i = from; i < to; i++) {
    kd_real *y = node->value + i * concat->inner;
    for (int k = 0; k < node->n_inputs; k++) {
      const size_t count = kd_shape_count (node->inputs[k]->shape) / concat->outer;
      memcpy (y, node->inputs[k]->value + i * count, count * sizeof (kd_real));
      y += count;
    }
  }
}

static void
concat_forward (KdNode *node, KdPool *pool)
{
  kd_parallel_for (pool, stretch_chunks (node->attributes), concat_forward_chunk, node);
}

static void
concat_backward_chunk (void *data, int chunk, void *scratch)
{
  (void) scratch;
  const KdNode *node = data;
  const Concat *concat = node->attributes;
  const size_t from = (size_t) chunk * stretches_per_chunk (concat);
  const size_t to = MIN (from + stretches_per_chunk (concat), concat->outer);
  for (size_t i = from; i < to; i++) {
    const kd_real *restrict g = node->gradient + i * concat->inner;
    for (int k = 0; k < node->n_inputs; k++) {
      const size_t count = kd_shape_count (node->inputs[k]->shape) / concat->outer;
      if (node->inputs[k]->needs_gradient) {
        kd_real *restrict gx = node->inputs[k]->gradient + i * count;
        for (size_t j = 0; j < count; j++)
          gx[j] += g[j];
      }
      g += count;
    }
  }
}

static void
concat_backward (KdNode *node, KdPool *pool)
{
  kd_parallel_for (pool, stretch_chunks (node->attributes), concat_backward_chunk, node);
}

static const KdOp concat_op = { .name = "concat",
                                .forward = concat_forward,
                                .backward = concat_backward };

KdNode *
kd_concat (KdGraph *g, KdNode *const *parts, int n_parts, KdAxes axis)
{
  g_assert (n_parts >= 1);
  const int joined = memory_axis (axis);
  int sizes[4];
  memory_sizes (parts[0]->shape, sizes);
  for (int k = 0; k < n_parts; k++) {
    int other[4];
    memory_sizes (parts[k]->shape, other);
    for (int i = 0; i < 4; i++) {
      if (i != joined && other[i] != sizes[i])
        kd_build_error ("concat", parts, n_parts, "the other axes must agree");
    }
    if (parts[k]->type != KD_TYPE_REAL)
      kd_build_error ("concat", parts, n_parts, "needs real values");
    if (k > 0)
      sizes[joined] += other[joined];
  }
  const KdShape shape = kd_shape (sizes[0], sizes[3], sizes[1], sizes[2]);
  KdNode *node = kd_node_new (g, &concat_op, shape, KD_TYPE_REAL, parts, n_parts, sizeof (Concat));
  Concat *concat = node->attributes;
  concat->outer = 1;
  for (int i = 0; i < joined; i++)
    concat->outer *= (size_t) sizes[i];
  concat->inner = kd_shape_count (shape) / concat->outer;
  /* Dead rows of joined lists lie between live ones: they stay, as zeros. */
  if (joined == 0)
    node->live_rows = NULL;
  return node;
}

const KdOp *const kd_ops_rows[] = { &reshape_op, &detach_op, &gather_op, &concat_op, NULL };
