/* SPDX-License-Identifier: MIT */
#include "engine/tape/kernels/focal.h"
#include "engine/tape/ops.h"

#include <tgmath.h>

/* Rows of a chunk (axis N H W); a chunk's sum is one number, chunks are added in order. */
#define CHUNK_ROWS 512

/* log (1 + e^z) without overflow. */
static double
softplus (double z)
{
  return z > 0 ? z + log1p (exp (-z)) : log1p (exp (z));
}

static double
sigmoid (double z)
{
  return z >= 0 ? 1 / (1 + exp (-z)) : exp (z) / (1 + exp (z));
}

/* ---- focal loss: sum weight * alpha_t (1-p_t)^gamma BCE (z, t), 1-p_t = |t-p| for t in {0,1} -------- */

enum { LOGITS, TARGET, WEIGHT };

typedef struct {
  double alpha, gamma;
} Focal;

static size_t
rows_of (const KdNode *node)
{
  return kd_shape_count (node->shape) / (size_t) node->shape.c;
}

static int
chunks_of (const KdNode *logits)
{
  return (int) ((rows_of (logits) + CHUNK_ROWS - 1) / CHUNK_ROWS);
}

/* The weight of element (row, c) lies at row * row_step + c * channel_step: [N,C,H,W], [N,1,H,W] or one number for all. */
typedef struct {
  const kd_real *values;
  size_t row_step, channel_step;
} Weights;

static Weights
weights_of (const KdNode *node)
{
  static const kd_real one = 1;
  const KdNode *weight = node->n_inputs > WEIGHT ? node->inputs[WEIGHT] : NULL;
  if (!weight)
    return (Weights){ &one, 0, 0 };
  if (kd_shape_count (weight->shape) == 1)
    return (Weights){ weight->value, 0, 0 };
  return (Weights){ weight->value, (size_t) weight->shape.c, weight->shape.c > 1 };
}

/* A chunk's elements before they are weighted. @value and @slope are the halves of the worker's scratch. */
typedef struct {
  size_t from, to; /* rows */
  kd_real *value, *slope;
} FocalChunk;

static FocalChunk
focal_chunk (const KdNode *node, int chunk, void *scratch)
{
  const KdNode *logits = node->inputs[LOGITS], *target = node->inputs[TARGET];
  const Focal *focal = node->attributes;
  const size_t channels = (size_t) logits->shape.c;
  FocalChunk c = { .from = (size_t) chunk * CHUNK_ROWS, .value = scratch };
  c.to = MIN (c.from + CHUNK_ROWS, rows_of (logits));
  c.slope = c.value + CHUNK_ROWS * channels;
  kd_focal_elements ((int) ((c.to - c.from) * channels), logits->value + c.from * channels,
                     target->value + c.from * channels, focal->alpha, focal->gamma, c.value,
                     c.slope);
  return c;
}

static void
focal_forward_chunk (void *data, int chunk, void *scratch)
{
  const KdNode *node = data;
  const size_t channels = (size_t) node->inputs[LOGITS]->shape.c;
  const Weights weights = weights_of (node);
  const FocalChunk c = focal_chunk (node, chunk, scratch);
  const kd_real *value = c.value;
  double sum = 0;
  for (size_t row = c.from; row < c.to; row++)
    for (size_t k = 0; k < channels; k++, value++) {
      const kd_real weight = weights.values[row * weights.row_step + k * weights.channel_step];
      if (weight != 0)
        sum += (double) weight * (double) *value;
    }
  ((double *) node->workspace)[chunk] = sum;
}

static void
focal_forward (KdNode *node, KdPool *pool)
{
  const int chunks = chunks_of (node->inputs[LOGITS]);
  kd_parallel_for (pool, chunks, focal_forward_chunk, node);
  double sum = 0;
  for (int i = 0; i < chunks; i++)
    sum += ((double *) node->workspace)[i];
  node->value[0] = (kd_real) sum;
}

static void
focal_backward_chunk (void *data, int chunk, void *scratch)
{
  const KdNode *node = data;
  const size_t channels = (size_t) node->inputs[LOGITS]->shape.c;
  const Weights weights = weights_of (node);
  const FocalChunk c = focal_chunk (node, chunk, scratch);
  const kd_real *slope = c.slope;
  kd_real *gradient = node->inputs[LOGITS]->gradient + c.from * channels;
  const kd_real pull = node->gradient[0];
  for (size_t row = c.from; row < c.to; row++)
    for (size_t k = 0; k < channels; k++, slope++, gradient++) {
      const kd_real weight = weights.values[row * weights.row_step + k * weights.channel_step];
      if (weight != 0)
        *gradient += pull * weight * *slope;
    }
}

static void
focal_backward (KdNode *node, KdPool *pool)
{
  if (node->inputs[LOGITS]->needs_gradient)
    kd_parallel_for (pool, chunks_of (node->inputs[LOGITS]), focal_backward_chunk, node);
}

static KdOpNeeds
focal_needs (const KdNode *node)
{
  const KdNode *logits = node->inputs[LOGITS];
  return (KdOpNeeds){ .workspace = sizeof (double) * (size_t) chunks_of (logits),
                      .scratch = 2 * sizeof (kd_real) * CHUNK_ROWS * (size_t) logits->shape.c };
}

static const KdOp focal_bce_op = {
  .name = "focal_bce", .forward = focal_forward, .backward = focal_backward, .needs = focal_needs
};

KdNode *
kd_focal_bce (
    KdGraph *g, KdNode *logits, KdNode *target, KdNode *weight, double alpha, double gamma)
{
  KdNode *inputs[] = { logits, target, weight };
  const int n_inputs = weight ? 3 : 2;
  if (!kd_shape_equal (logits->shape, target->shape))
    kd_build_error ("focal_bce", inputs, n_inputs, "logits and target must have one shape");
  if (weight) {
    KdShape one = logits->shape;
    one.c = 1;
    if (!kd_shape_equal (weight->shape, logits->shape) && !kd_shape_equal (weight->shape, one) &&
        kd_shape_count (weight->shape) != 1)
      kd_build_error ("focal_bce", inputs, n_inputs,
                      "weight must be [N,C,H,W], [N,1,H,W] or a scalar");
  }
  KdNode *node = kd_node_new (g, &focal_bce_op, KD_SCALAR_SHAPE, KD_TYPE_REAL, inputs, n_inputs,
                              sizeof (Focal));
  *(Focal *) node->attributes = (Focal){ .alpha = alpha, .gamma = gamma };
  return node;
}

/* ---- BCE with logits, element by element: p softplus(-z) + (1-p) softplus(z) -------------------------- */

static void
bce_forward_chunk (void *data, int chunk, void *scratch)
{
  (void) scratch;
  const KdNode *node = data;
  const size_t channels = (size_t) node->shape.c;
  const size_t from = (size_t) chunk * CHUNK_ROWS * channels;
  const size_t to = MIN (from + CHUNK_ROWS * channels, kd_shape_count (node->shape));
  const kd_real *z = node->inputs[LOGITS]->value, *p = node->inputs[TARGET]->value;
  for (size_t i = from; i < to; i++)
    node->value[i] = (kd_real) ((double) p[i] * softplus (-(double) z[i]) +
                                (1 - (double) p[i]) * softplus ((double) z[i]));
}

static void
bce_forward (KdNode *node, KdPool *pool)
{
  kd_parallel_for (pool, chunks_of (node), bce_forward_chunk, node);
}

/* d/dz = sigmoid (z) - p */
static void
bce_backward_chunk (void *data, int chunk, void *scratch)
{
  (void) scratch;
  const KdNode *node = data;
  const size_t channels = (size_t) node->shape.c;
  const size_t from = (size_t) chunk * CHUNK_ROWS * channels;
  const size_t to = MIN (from + CHUNK_ROWS * channels, kd_shape_count (node->shape));
  const kd_real *z = node->inputs[LOGITS]->value, *p = node->inputs[TARGET]->value;
  kd_real *gradient = node->inputs[LOGITS]->gradient;
  for (size_t i = from; i < to; i++)
    gradient[i] +=
        (kd_real) ((double) node->gradient[i] * (sigmoid ((double) z[i]) - (double) p[i]));
}

static void
bce_backward (KdNode *node, KdPool *pool)
{
  if (node->inputs[LOGITS]->needs_gradient)
    kd_parallel_for (pool, chunks_of (node), bce_backward_chunk, node);
}

static const KdOp bce_with_logits_op = { .name = "bce_with_logits",
                                         .forward = bce_forward,
                                         .backward = bce_backward };

KdNode *
kd_bce_with_logits (KdGraph *g, KdNode *logits, KdNode *target)
{
  KdNode *inputs[] = { logits, target };
  if (!kd_shape_equal (logits->shape, target->shape))
    kd_build_error ("bce_with_logits", inputs, 2, "logits and target must have one shape");
  return kd_node_new (g, &bce_with_logits_op, logits->shape, KD_TYPE_REAL, inputs, 2, 0);
}

const KdOp *const kd_ops_loss[] = { &focal_bce_op, &bce_with_logits_op, NULL };
