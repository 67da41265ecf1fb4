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

/* Images @from..@to-1 of a batch. */
typedef struct {
  int from, to;
} KdImages;

/*
 * How an operation runs for some images: image n of its result depends on image n of its inputs alone (and on parameters), so that
 * one worker takes its images through a chain of such nodes without waiting for others. However the batch is cut, the
 * bits are the same. All of these work inside chunks, where kd_parallel_for () runs inline; @scratch: the worker's own block.
 */
typedef struct {
  unsigned parameters; /* bit i: input i is one that all images share; it must be a leaf */
  bool (*suits) (const KdNode *node); /* NULL: always */
  void (*forward) (KdNode *node, KdImages images, KdPool *pool, void *scratch);
  /* To the inputs that are no parameters. */
  void (*backward) (KdNode *node, KdImages images, KdPool *pool, void *scratch);
  /* To the parameters, from all images, once the images are done. NULL: there are none. */
  void (*backward_parameters) (KdNode *node, KdPool *pool, void *scratch);
  /* What the forward or backward passes read of the parameters, laid out before them. NULL: nothing. */
  void (*prepare) (KdNode *node, KdPool *pool, bool backward);
  bool (*same_prepared) (const KdNode *a, const KdNode *b); /* then b uses a's cache */
} KdImagesOp;

/* An operation: a static const table beside its builder. */
typedef struct {
  const char *name;
  void (*forward) (KdNode *node, KdPool *pool);
  /* Adds into the gradients of the inputs whose needs_gradient is set. NULL: constant by definition. */
  void (*backward) (KdNode *node, KdPool *pool);
  KdOpNeeds (*needs) (const KdNode *node); /* NULL: nothing */
  const KdImagesOp *by_images;             /* NULL: with all images at once only */
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

  kd_real *value; /* or NULL for int32 */
  int32_t *ints;  /* or NULL for real */
  kd_real
      *gradient; /* NULL unless needs_gradient; in an arena's slot it is valid during a pass only */
  bool needs_gradient;
  bool
      gradient_empty; /* nothing was added yet in this backward pass: what the memory holds counts as zeros */
  int *live_rows;  /* NULL: all rows; shared along row-wise ops */
  void *workspace; /* the graph's block or its slot, valid during forward and backward */
  void *cache;     /* needs ().cache bytes of this node's own, zero at first */

  bool in_chain; /* runs by op->by_images */
  KdNode *
      prepared; /* in a chain: the node whose cache holds what was prepared; itself, or an earlier one */
  /* Of values that live inside a chain only: a share of images has its part of the chain's memory, from its first image times
   * @share_stride on, and this value from @share_offset times its images on. 0: images follow one another. */
  size_t share_stride, share_offset;
  unsigned stored; /* of the backward pass in progress. Bit i: nothing was added to input i yet */

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

/* Where @node's operation puts the gradient of its input @i. */
static inline KdTarget
kd_gradient_target (const KdNode *node, int i)
{
  const KdNode *input = node->inputs[i];
  return (KdTarget){ input->needs_gradient ? input->gradient : NULL, !(node->stored >> i & 1) };
}

/* Values of one image. */
static inline size_t
kd_image_values (const KdNode *node)
{
  return kd_shape_count (node->shape) / (size_t) node->shape.n;
}

/* Where the values of @images begin: for ops that run in chains. */
static inline kd_real *
kd_images_value (const KdNode *node, KdImages images)
{
  const size_t from = (size_t) images.from, count = (size_t) (images.to - images.from);
  if (node->share_stride == 0)
    return node->value + from * kd_image_values (node);
  const size_t all = (size_t) node->shape.n; /* node->value is where one share of all would lie */
  return node->value - node->share_offset * (all - count) + from * node->share_stride;
}

/* Values before those of @images, and how many theirs are. */
static inline size_t
kd_images_begin (const KdNode *node, KdImages images)
{
  return (size_t) images.from * kd_image_values (node);
}

static inline size_t
kd_images_count (const KdNode *node, KdImages images)
{
  return (size_t) (images.to - images.from) * kd_image_values (node);
}

static inline int
kd_rows (const KdNode *node)
{
  return node->live_rows ? *node->live_rows : node->shape.n;
}

/* Abort while building, naming the op and the nodes' shapes: "add: a.b [1,2,3,4] and c.d [..]: <why>". */
G_NORETURN void kd_build_error (const char *op, KdNode *const *nodes, int n_nodes, const char *why);

G_END_DECLS
