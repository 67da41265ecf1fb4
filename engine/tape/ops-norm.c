/* SPDX-License-Identifier: MIT */
#include "engine/tape/kernels/norm.h"
#include "engine/tape/ops.h"

enum { X, WEIGHT, BIAS, RESIDUAL };

typedef struct {
  KdNorm norm;
} NormAttributes;

static const KdNorm *
norm_of (const KdNode *node)
{
  return &((const NormAttributes *) node->attributes)->norm;
}

static const KdNode *
residual_of (const KdNode *node)
{
  return node->n_inputs > RESIDUAL ? node->inputs[RESIDUAL] : NULL;
}

/* In the cache behind the statistics: each image's gradients of bias and weight, [2, channels]. */
static double *
sums_of (const KdNode *node)
{
  return (double *) node->cache + (size_t) node->shape.n * 2 * (size_t) norm_of (node)->groups;
}

/* One image a chunk: its statistics, then its values. The statistics wait in the cache for the way back. */
static void
forward_images (KdNode *node, KdImages images, KdPool *pool, void *scratch)
{
  (void) pool;
  const KdNorm *norm = norm_of (node);
  const KdNode *residual = residual_of (node);
  const size_t count = kd_image_values (node);
  const kd_real *x = kd_images_value (node->inputs[X], images);
  const kd_real *skip = residual ? kd_images_value (residual, images) : NULL;
  kd_real *y = kd_images_value (node, images);
  for (int n = images.from; n < images.to; n++, x += count, y += count) {
    kd_norm_forward (norm, x, node->inputs[WEIGHT]->value, node->inputs[BIAS]->value, skip, y,
                     (double *) node->cache + (size_t) n * 2 * (size_t) norm->groups, scratch);
    skip = skip ? skip + count : NULL;
  }
}

static void
forward_chunk (void *data, int n, void *scratch)
{
  forward_images (data, (KdImages){ n, n + 1 }, NULL, scratch);
}

static void
norm_forward (KdNode *node, KdPool *pool)
{
  kd_parallel_for (pool, node->shape.n, forward_chunk, node);
}

static void
backward_chunk (void *data, int n, void *scratch)
{
  const KdNode *node = data;
  const KdNorm *norm = norm_of (node);
  const KdNode *x = node->inputs[X];
  const size_t image = (size_t) n * (size_t) norm->pixels * (size_t) norm->channels;
  kd_norm_backward (norm, x->value + image, node->inputs[WEIGHT]->value, node->value + image,
                    (const double *) node->cache + (size_t) n * 2 * (size_t) norm->groups,
                    node->gradient + image, kd_target_at (kd_gradient_target (node, X), image),
                    residual_of (node) ? kd_target_at (kd_gradient_target (node, RESIDUAL), image)
                                       : (KdTarget){ NULL, false },
                    sums_of (node) + (size_t) n * 2 * (size_t) norm->channels, scratch);
}

static void
backward_images (KdNode *node, KdImages images, KdPool *pool, void *scratch)
{
  (void) pool;
  for (int n = images.from; n < images.to; n++)
    backward_chunk (node, n, scratch);
}

/* d weight and d bias: the images' sums in image order. */
static void
backward_parameters (KdNode *node, KdPool *pool, void *scratch)
{
  (void) pool;
  (void) scratch;
  const int channels = norm_of (node)->channels;
  const double *sums = sums_of (node);
  for (int which = 0; which < 2; which++) {
    KdNode *parameter = node->inputs[which == 0 ? BIAS : WEIGHT];
    if (!parameter->needs_gradient)
      continue;
    for (int c = 0; c < channels; c++) {
      double sum = 0;
      for (int n = 0; n < node->shape.n; n++)
        sum += sums[((size_t) n * 2 + (size_t) which) * (size_t) channels + (size_t) c];
      parameter->gradient[c] += (kd_real) sum;
    }
  }
}

static void
norm_backward (KdNode *node, KdPool *pool)
{
  kd_parallel_for (pool, node->shape.n, backward_chunk, node);
  backward_parameters (node, pool, NULL);
}

static KdOpNeeds
norm_needs (const KdNode *node)
{
  const KdNorm *norm = norm_of (node);
  const size_t values = (size_t) (norm->groups + (node->needs_gradient ? norm->channels : 0));
  return (KdOpNeeds){
    .scratch = kd_norm_scratch_size (norm),
    .cache = sizeof (double) * 2 * values * (size_t) node->shape.n,
  };
}

static const KdImagesOp norm_by_images = { .parameters = 1 << WEIGHT | 1 << BIAS,
                                           .forward = forward_images,
                                           .backward = backward_images,
                                           .backward_parameters = backward_parameters };

static const KdOp group_norm_op = { .name = "group_norm",
                                    .forward = norm_forward,
                                    .backward = norm_backward,
                                    .needs = norm_needs,
                                    .by_images = &norm_by_images,
                                    .stores = 1 << X | 1 << RESIDUAL };
static const KdOp layer_norm_op = { .name = "layer_norm",
                                    .forward = norm_forward,
                                    .backward = norm_backward,
                                    .needs = norm_needs,
                                    .by_images = &norm_by_images,
                                    .stores = 1 << X };

const KdOp *const kd_ops_norm[] = { &group_norm_op, &layer_norm_op, NULL };

static KdNode *
norm (KdGraph *g,
      const KdOp *op,
      KdNode *const *inputs,
      int n_inputs,
      int groups,
      double eps,
      bool relu)
{
  const KdShape shape = inputs[X]->shape;
  const KdShape vector = kd_shape (1, shape.c, 1, 1);
  if (!kd_shape_equal (inputs[WEIGHT]->shape, vector) ||
      !kd_shape_equal (inputs[BIAS]->shape, vector))
    kd_build_error (op->name, inputs, n_inputs, "weight and bias must be [1,C,1,1]");
  if (groups < 1 || shape.c % groups != 0)
    kd_build_error (op->name, inputs, n_inputs, "the groups must divide the channels");
  if (n_inputs > RESIDUAL && !kd_shape_equal (inputs[RESIDUAL]->shape, shape))
    kd_build_error (op->name, inputs, n_inputs, "the residual must have the map's shape");
  KdNode *node =
      kd_node_new (g, op, shape, KD_TYPE_REAL, inputs, n_inputs, sizeof (NormAttributes));
  ((NormAttributes *) node->attributes)->norm = (KdNorm){
    .pixels = shape.h * shape.w, .channels = shape.c, .groups = groups, .eps = eps, .relu = relu
  };
  return node;
}

KdNode *
kd_group_norm (KdGraph *g,
               KdNode *x,
               KdNode *weight,
               KdNode *bias,
               int groups,
               double eps,
               KdNode *residual,
               bool relu)
{
  KdNode *const inputs[] = { x, weight, bias, residual };
  return norm (g, &group_norm_op, inputs, residual ? 4 : 3, groups, eps, relu);
}

KdNode *
kd_layer_norm (KdGraph *g, KdNode *x, KdNode *weight, KdNode *bias, double eps)
{
  KdNode *const inputs[] = { x, weight, bias };
  return norm (g, &layer_norm_op, inputs, 3, 1, eps, false);
}
