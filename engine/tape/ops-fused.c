/* SPDX-License-Identifier: MIT */
#include "engine/tape/kernels/rows.h"
#include "engine/tape/ops.h"

/* Composites that several methods share, in one pass each. One image a chunk; the images' sums are added in order. */

static size_t
pixels_of (KdShape shape)
{
  return (size_t) shape.h * (size_t) shape.w;
}

/* Of the sums over an image's pixels: a double and a kd_real a channel. */
static size_t
rows_scratch (int channels)
{
  return (sizeof (double) + sizeof (kd_real)) * (size_t) channels;
}

/* ---- weighted squared error: spatial * channel * (a-b)^2 -------------------------------------------- */

enum { A, B };

typedef struct {
  int spatial, channel; /* places among the inputs, 0: absent */
} Weighted;

static const KdNode *
spatial_of (const KdNode *node)
{
  const Weighted *w = node->attributes;
  return w->spatial ? node->inputs[w->spatial] : NULL;
}

static const KdNode *
channel_of (const KdNode *node)
{
  const Weighted *w = node->attributes;
  return w->channel ? node->inputs[w->channel] : NULL;
}

/* The channel weights of one pixel, or NULL: [N,C,1,1] repeat over the image, [N,C,H,W] do not. */
static const kd_real *
channel_row (const KdNode *channel, int n, size_t pixel, size_t pixels)
{
  if (!channel)
    return NULL;
  const size_t c = (size_t) channel->shape.c;
  return channel->value +
         (kd_shape_equal (channel->shape, kd_shape (channel->shape.n, channel->shape.c, 1, 1))
              ? (size_t) n * c
              : ((size_t) n * pixels + pixel) * c);
}

static double
spatial_weight (const KdNode *spatial, size_t at)
{
  return spatial ? (double) spatial->value[at] : 1;
}

static void
sse_map_chunk (void *data, int n, void *scratch)
{
  (void) scratch;
  const KdNode *node = data;
  const KdShape shape = node->inputs[A]->shape;
  const size_t pixels = pixels_of (shape), c = (size_t) shape.c;
  for (size_t p = 0; p < pixels; p++) {
    const size_t at = (size_t) n * pixels + p;
    node->value[at] =
        (kd_real) (spatial_weight (spatial_of (node), at) *
                   kd_row_squared_error (shape.c, node->inputs[A]->value + at * c,
                                         node->inputs[B]->value + at * c,
                                         channel_row (channel_of (node), n, p, pixels)));
  }
}

static void
sse_map_forward (KdNode *node, KdPool *pool)
{
  kd_parallel_for (pool, node->shape.n, sse_map_chunk, node);
}

static void
sse_chunk (void *data, int n, void *scratch)
{
  (void) scratch;
  const KdNode *node = data;
  const KdShape shape = node->inputs[A]->shape;
  const size_t pixels = pixels_of (shape), c = (size_t) shape.c;
  double sum = 0;
  for (size_t p = 0; p < pixels; p++) {
    const size_t at = (size_t) n * pixels + p;
    const double weight = spatial_weight (spatial_of (node), at);
    if (weight != 0) /* NaN is not 0 */
      sum += weight * kd_row_squared_error (shape.c, node->inputs[A]->value + at * c,
                                            node->inputs[B]->value + at * c,
                                            channel_row (channel_of (node), n, p, pixels));
  }
  ((double *) node->workspace)[n] = sum;
}

static void
sse_forward (KdNode *node, KdPool *pool)
{
  const int images = node->inputs[A]->shape.n;
  kd_parallel_for (pool, images, sse_chunk, node);
  double sum = 0;
  for (int n = 0; n < images; n++)
    sum += ((double *) node->workspace)[n];
  node->value[0] = (kd_real) sum;
}

/* da = 2 g spatial channel (a-b), db = -da; g is one number for the sum, one a cell for the map. */
static void
sse_backward_chunk (void *data, int n, void *scratch)
{
  (void) scratch;
  const KdNode *node = data;
  const KdNode *a = node->inputs[A], *b = node->inputs[B];
  const KdShape shape = a->shape;
  const size_t pixels = pixels_of (shape), channels = (size_t) shape.c;
  const bool one = kd_shape_count (node->shape) == 1 && kd_shape_count (shape) != 1;
  for (size_t p = 0; p < pixels; p++) {
    const size_t at = (size_t) n * pixels + p;
    const kd_real pull = (kd_real) (2 * (double) node->gradient[one ? 0 : at] *
                                    spatial_weight (spatial_of (node), at));
    const kd_real *weight = channel_row (channel_of (node), n, p, pixels);
    if (a->needs_gradient)
      kd_row_error_pull (shape.c, pull, a->value + at * channels, b->value + at * channels, weight,
                         a->gradient + at * channels);
    if (b->needs_gradient)
      kd_row_error_pull (shape.c, pull, b->value + at * channels, a->value + at * channels, weight,
                         b->gradient + at * channels);
  }
}

static void
sse_backward (KdNode *node, KdPool *pool)
{
  kd_parallel_for (pool, node->inputs[A]->shape.n, sse_backward_chunk, node);
}

static KdOpNeeds
sse_needs (const KdNode *node)
{
  return (KdOpNeeds){ .workspace = sizeof (double) * (size_t) node->inputs[A]->shape.n };
}

static const KdOp weighted_sse_op = {
  .name = "weighted_sse", .forward = sse_forward, .backward = sse_backward, .needs = sse_needs
};
static const KdOp weighted_sse_map_op = { .name = "weighted_sse_map",
                                          .forward = sse_map_forward,
                                          .backward = sse_backward };

static KdNode *
weighted (
    KdGraph *g, const KdOp *op, KdShape out, KdNode *a, KdNode *b, KdNode *spatial, KdNode *channel)
{
  KdNode *inputs[4] = { a, b };
  int n_inputs = 2;
  Weighted places = { 0 };
  if (spatial) {
    places.spatial = n_inputs;
    inputs[n_inputs++] = spatial;
  }
  if (channel) {
    places.channel = n_inputs;
    inputs[n_inputs++] = channel;
  }
  const KdShape s = a->shape;
  if (!kd_shape_equal (s, b->shape))
    kd_build_error (op->name, inputs, n_inputs, "both maps must have one shape");
  if (spatial && !kd_shape_equal (spatial->shape, kd_shape (s.n, 1, s.h, s.w)))
    kd_build_error (op->name, inputs, n_inputs, "spatial weights must be [N,1,H,W]");
  if (channel && !kd_shape_equal (channel->shape, kd_shape (s.n, s.c, 1, 1)) &&
      !kd_shape_equal (channel->shape, s))
    kd_build_error (op->name, inputs, n_inputs, "channel weights must be [N,C,1,1] or [N,C,H,W]");
  KdNode *node = kd_node_new (g, op, out, KD_TYPE_REAL, inputs, n_inputs, sizeof (Weighted));
  *(Weighted *) node->attributes = places;
  return node;
}

KdNode *
kd_weighted_sse (KdGraph *g, KdNode *a, KdNode *b, KdNode *spatial, KdNode *channel)
{
  return weighted (g, &weighted_sse_op, KD_SCALAR_SHAPE, a, b, spatial, channel);
}

KdNode *
kd_weighted_sse_map (KdGraph *g, KdNode *a, KdNode *b, KdNode *spatial, KdNode *channel)
{
  return weighted (g, &weighted_sse_map_op, kd_shape (a->shape.n, 1, a->shape.h, a->shape.w), a, b,
                   spatial, channel);
}

/* ---- mean of |x| over channels or over pixels ------------------------------------------------------------ */

static void
abs_mean_forward_chunk (void *data, int n, void *scratch)
{
  const KdNode *node = data;
  const KdShape shape = node->inputs[0]->shape;
  const size_t pixels = pixels_of (shape), channels = (size_t) shape.c;
  const kd_real *x = node->inputs[0]->value + (size_t) n * pixels * channels;
  const bool over_channels =
      node->shape.c == 1 && node->shape.h == shape.h && node->shape.w == shape.w;
  if (over_channels) {
    for (size_t p = 0; p < pixels; p++)
      node->value[(size_t) n * pixels + p] =
          (kd_real) (kd_row_abs (shape.c, x + p * channels) / (double) channels);
    return;
  }
  double *sums = scratch;
  kd_rows_abs ((int) pixels, shape.c, x, (kd_real *) (sums + channels), sums);
  for (size_t c = 0; c < channels; c++)
    node->value[(size_t) n * channels + c] = (kd_real) (sums[c] / (double) pixels);
}

static void
abs_mean_forward (KdNode *node, KdPool *pool)
{
  kd_parallel_for (pool, node->shape.n, abs_mean_forward_chunk, node);
}

/* dx += g sign(x) / count */
static void
abs_mean_backward_chunk (void *data, int n, void *scratch)
{
  (void) scratch;
  const KdNode *node = data;
  const KdShape shape = node->inputs[0]->shape;
  const size_t pixels = pixels_of (shape), channels = (size_t) shape.c;
  const size_t image = (size_t) n * pixels * channels;
  const kd_real *x = node->inputs[0]->value + image;
  kd_real *dx = node->inputs[0]->gradient + image;
  const bool over_channels =
      node->shape.c == 1 && node->shape.h == shape.h && node->shape.w == shape.w;
  const kd_real share = (kd_real) (1 / (double) (over_channels ? channels : pixels));
  for (size_t p = 0; p < pixels; p++, x += channels, dx += channels) {
    if (over_channels)
      kd_row_abs_pull (shape.c, share * node->gradient[(size_t) n * pixels + p], NULL, x, dx);
    else
      kd_row_abs_pull (shape.c, share, node->gradient + (size_t) n * channels, x, dx);
  }
}

static void
abs_mean_backward (KdNode *node, KdPool *pool)
{
  kd_parallel_for (pool, node->shape.n, abs_mean_backward_chunk, node);
}

static KdOpNeeds
abs_mean_needs (const KdNode *node)
{
  return (KdOpNeeds){ .scratch = rows_scratch (node->inputs[0]->shape.c) };
}

static const KdOp abs_mean_op = { .name = "abs_mean",
                                  .forward = abs_mean_forward,
                                  .backward = abs_mean_backward,
                                  .needs = abs_mean_needs };

KdNode *
kd_abs_mean (KdGraph *g, KdNode *x, KdAxes axes)
{
  const KdShape s = x->shape;
  KdShape shape;
  if (axes == KD_AXIS_C)
    shape = kd_shape (s.n, 1, s.h, s.w);
  else if (axes == KD_AXES_HW)
    shape = kd_shape (s.n, s.c, 1, 1);
  else
    kd_build_error ("abs_mean", &x, 1, "goes over channels (C) or pixels (H,W)");
  return kd_node_new (g, &abs_mean_op, shape, KD_TYPE_REAL, &x, 1, 0);
}

/* ---- weighted pooling: sum over pixels of weight * x ------------------------------------------------------- */

enum { MAP, WEIGHTS };

static void
pool_forward_chunk (void *data, int n, void *scratch)
{
  const KdNode *node = data;
  const KdShape shape = node->inputs[MAP]->shape;
  const size_t pixels = pixels_of (shape), channels = (size_t) shape.c;
  const kd_real *x = node->inputs[MAP]->value + (size_t) n * pixels * channels;
  const kd_real *weight = node->inputs[WEIGHTS]->value + (size_t) n * pixels;
  double *sums = scratch;
  kd_rows_weighted ((int) pixels, shape.c, x, weight, (kd_real *) (sums + channels), sums);
  for (size_t c = 0; c < channels; c++)
    node->value[(size_t) n * channels + c] = (kd_real) sums[c];
}

static void
pool_forward (KdNode *node, KdPool *pool)
{
  kd_parallel_for (pool, node->shape.n, pool_forward_chunk, node);
}

/* dx[p] += weight[p] g;  dweight[p] += g . x[p] */
static void
pool_backward_chunk (void *data, int n, void *scratch)
{
  (void) scratch;
  const KdNode *node = data;
  const KdNode *map = node->inputs[MAP], *weights = node->inputs[WEIGHTS];
  const size_t pixels = pixels_of (map->shape), channels = (size_t) map->shape.c;
  const kd_real *g = node->gradient + (size_t) n * channels;
  for (size_t p = 0; p < pixels; p++) {
    const size_t at = (size_t) n * pixels + p;
    if (map->needs_gradient)
      kd_row_add (map->shape.c, weights->value[at], g, map->gradient + at * channels);
    if (weights->needs_gradient)
      weights->gradient[at] += (kd_real) kd_row_dot (map->shape.c, g, map->value + at * channels);
  }
}

static void
pool_backward (KdNode *node, KdPool *pool)
{
  kd_parallel_for (pool, node->shape.n, pool_backward_chunk, node);
}

static KdOpNeeds
pool_needs (const KdNode *node)
{
  return (KdOpNeeds){ .scratch = rows_scratch (node->shape.c) };
}

static const KdOp weighted_pool_op = {
  .name = "weighted_pool", .forward = pool_forward, .backward = pool_backward, .needs = pool_needs
};

KdNode *
kd_weighted_pool (KdGraph *g, KdNode *x, KdNode *weights)
{
  KdNode *inputs[] = { x, weights };
  if (!kd_shape_equal (weights->shape, kd_shape (x->shape.n, 1, x->shape.h, x->shape.w)))
    kd_build_error ("weighted_pool", inputs, 2, "weights must be [N,1,H,W]");
  return kd_node_new (g, &weighted_pool_op, kd_shape (x->shape.n, x->shape.c, 1, 1), KD_TYPE_REAL,
                      inputs, 2, 0);
}

const KdOp *const kd_ops_fused[] = { &weighted_sse_op, &weighted_sse_map_op, &abs_mean_op,
                                     &weighted_pool_op, NULL };
