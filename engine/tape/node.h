/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to tape/: what an operation is, and what a node holds. Op files include this. */
#include "engine/tape/kernels/target.h"
#include "engine/tape/tape.h"

#include <assert.h>
#include <math.h>

G_BEGIN_DECLS

typedef struct {
  size_t
      workspace; /* bytes of the graph's shared block during this op's forward or backward (the larger) */
  size_t scratch; /* bytes of each worker's own block inside chunks */
  size_t
      cache; /* bytes that live as long as the graph (transformed filters of frozen parameters, argmax, statistics) */
  double forward_flop, backward_flop;
} KdOpNeeds;

/* An operation: a static const table beside its builder. */
typedef struct {
  const char *name;
  void (*forward) (KdNode *node, KdPool *pool);
  /* Adds into the gradients of the inputs whose needs_gradient is set. NULL: constant by definition. */
  void (*backward) (KdNode *node, KdPool *pool);
  KdOpNeeds (*needs) (const KdNode *node); /* NULL: nothing */
  /* Bit i: backward reaches every value of input i's gradient and goes through kd_gradient_target (), so that it need not be
   * zeroed first. */
  unsigned stores;
} KdOp;

struct _KdNode {
  const KdOp *op; /* NULL: a leaf */
  KdGraph *graph;
  char *name;
  int index;
  KdShape shape;
  KdType type;
  KdPhase phase;
  KdNode **inputs;
  int n_inputs;
  void *attributes; /* the op's own struct, owned by the graph */
  KdNode *alias;    /* reshape, detach: shares this node's memory (value; reshape: gradient too) */

  kd_real *value;    /* or NULL for int32 */
  int32_t *ints;     /* or NULL for real */
  kd_real *gradient; /* NULL unless needs_gradient */
  bool needs_gradient;
  bool
      gradient_empty; /* nothing was added yet in this backward pass: what the memory holds counts as zeros */
  int *live_rows;  /* NULL: all rows; shared along row-wise ops */
  void *workspace; /* the graph's block, valid during forward and backward */
  void *cache;     /* needs ().cache bytes of this node's own, zero at first */

  const KdParam *param; /* of a parameter leaf */
  KdParams *params;
  bool wants_gradient; /* kd_node_want_gradient () */
};

/* A new node of @op; @inputs copied; attributes zeroed, @attributes_size bytes (may be 0). Used by builders. */
KdNode *kd_node_new (KdGraph *g,
                     const KdOp *op,
                     KdShape shape,
                     KdType type,
                     KdNode *const *inputs,
                     int n_inputs,
                     size_t attributes_size);

static inline KdTarget
kd_gradient_target (const KdNode *input)
{
  return (KdTarget){ input->needs_gradient ? input->gradient : NULL, !input->gradient_empty };
}

static inline int
kd_rows (const KdNode *node)
{
  return node->live_rows ? *node->live_rows : node->shape.n;
}

/* Abort while building, naming the op and the nodes' shapes: "add: a.b [1,2,3,4] and c.d [..]: <why>". */
G_NORETURN void kd_build_error (const char *op, KdNode *const *nodes, int n_nodes, const char *why);

G_END_DECLS
