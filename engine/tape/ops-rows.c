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

const KdOp *const kd_ops_rows[] = { &reshape_op, &detach_op, NULL };
