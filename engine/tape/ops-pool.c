/* SPDX-License-Identifier: MIT */
#include "engine/tape/ops.h"

#include <string.h>

/* ---- nearest upsampling: source row = floor (y * in / out), as torch ------------------------------ */

/* Row @row, counted over images; @x and @y: of the first one counted. */
static void
upsample_row (const KdNode *node, int row, const kd_real *x, kd_real *y)
{
  const KdShape out = node->shape, in = node->inputs[0]->shape;
  const size_t c = (size_t) out.c;
  const size_t source = (size_t) (row / out.h * in.h + row % out.h * in.h / out.h);
  const kd_real *from = x + source * (size_t) in.w * c;
  kd_real *to = y + (size_t) row * (size_t) out.w * c;
  for (int i = 0; i < out.w; i++, to += c)
    memcpy (to, from + (size_t) (i * in.w / out.w) * c, c * sizeof (kd_real));
}

static void
upsample_forward_chunk (void *data, int row, void *scratch)
{
  (void) scratch;
  const KdNode *node = data;
  upsample_row (node, row, node->inputs[0]->value, node->value);
}

static void
upsample_forward (KdNode *node, KdPool *pool)
{
  kd_parallel_for (pool, node->shape.n * node->shape.h, upsample_forward_chunk, node);
}

/* One image a chunk: its outputs fall on its own inputs. */
static void
upsample_backward_chunk (void *data, int n, void *scratch)
{
  (void) scratch;
  const KdNode *node = data;
  const KdShape out = node->shape, in = node->inputs[0]->shape;
  const size_t c = (size_t) out.c;
  const kd_real *g = node->gradient + (size_t) n * (size_t) out.h * (size_t) out.w * c;
  kd_real *image = node->inputs[0]->gradient + (size_t) n * (size_t) in.h * (size_t) in.w * c;
  for (int y = 0; y < out.h; y++)
    for (int x = 0; x < out.w; x++, g += c) {
      kd_real *restrict to =
          image + ((size_t) (y * in.h / out.h) * (size_t) in.w + (size_t) (x * in.w / out.w)) * c;
      for (size_t i = 0; i < c; i++)
        to[i] += g[i];
    }
}

static void
upsample_backward (KdNode *node, KdPool *pool)
{
  kd_parallel_for (pool, node->shape.n, upsample_backward_chunk, node);
}

static void
upsample_forward_images (KdNode *node, KdImages images, KdPool *pool, void *scratch)
{
  (void) pool;
  (void) scratch;
  for (int row = 0; row < (images.to - images.from) * node->shape.h; row++)
    upsample_row (node, row, kd_images_value (node->inputs[0], images),
                  kd_images_value (node, images));
}

static void
upsample_backward_images (KdNode *node, KdImages images, KdPool *pool, void *scratch)
{
  (void) pool;
  for (int n = images.from; n < images.to; n++)
    upsample_backward_chunk (node, n, scratch);
}

static const KdImagesOp upsample_by_images = { .forward = upsample_forward_images,
                                               .backward = upsample_backward_images };
static const KdOp upsample_op = { .name = "upsample",
                                  .forward = upsample_forward,
                                  .backward = upsample_backward,
                                  .by_images = &upsample_by_images };

KdNode *
kd_upsample (KdGraph *g, KdNode *x, KdSize size)
{
  if (size.height < x->shape.h || size.width < x->shape.w)
    kd_build_error ("upsample", &x, 1, "the target is smaller than the map");
  const KdShape shape = kd_shape (x->shape.n, x->shape.c, size.height, size.width);
  return kd_node_new (g, &upsample_op, shape, KD_TYPE_REAL, &x, 1, 0);
}

/* ---- max pooling: the largest of a window, cells outside the map left out ------------------------- */

typedef struct {
  int kernel, stride, padding;
} Window;

/* y[c] and the pixel it came from, over one window; the first largest stays, NaN wins. */
static void
pool_window (const KdNode *x, size_t image, int y0, int x0, int kernel, kd_real *value, int *from)
{
  const KdShape in = x->shape;
  const size_t c = (size_t) in.c;
  bool first = true;
  for (int y = MAX (y0, 0); y < MIN (y0 + kernel, in.h); y++)
    for (int px = MAX (x0, 0); px < MIN (x0 + kernel, in.w); px++) {
      const int pixel = y * in.w + px;
      const kd_real *restrict row = x->value + (image + (size_t) pixel) * c;
      for (size_t i = 0; i < c; i++) {
        if (first || row[i] > value[i] || (isnan (row[i]) && !isnan (value[i]))) {
          value[i] = row[i];
          from[i] = pixel;
        }
      }
      first = false;
    }
}

static void
max_pool_forward_chunk (void *data, int row, void *scratch)
{
  (void) scratch;
  const KdNode *node = data, *x = node->inputs[0];
  const Window *window = node->attributes;
  const KdShape out = node->shape;
  const size_t image = (size_t) (row / out.h) * (size_t) x->shape.h * (size_t) x->shape.w;
  const int y0 = row % out.h * window->stride - window->padding;
  for (int ox = 0; ox < out.w; ox++) {
    const size_t at = ((size_t) row * (size_t) out.w + (size_t) ox) * (size_t) out.c;
    pool_window (x, image, y0, ox * window->stride - window->padding, window->kernel,
                 node->value + at, (int *) node->cache + at);
  }
}

static void
max_pool_forward (KdNode *node, KdPool *pool)
{
  kd_parallel_for (pool, node->shape.n * node->shape.h, max_pool_forward_chunk, node);
}

/* Windows overlap within an image only. */
static void
max_pool_backward_chunk (void *data, int n, void *scratch)
{
  (void) scratch;
  const KdNode *node = data, *x = node->inputs[0];
  const size_t c = (size_t) node->shape.c;
  const size_t pixels = (size_t) node->shape.h * (size_t) node->shape.w;
  kd_real *image = x->gradient + (size_t) n * (size_t) x->shape.h * (size_t) x->shape.w * c;
  for (size_t p = (size_t) n * pixels; p < ((size_t) n + 1) * pixels; p++)
    for (size_t i = 0; i < c; i++)
      image[(size_t) ((const int *) node->cache)[p * c + i] * c + i] += node->gradient[p * c + i];
}

static void
max_pool_backward (KdNode *node, KdPool *pool)
{
  kd_parallel_for (pool, node->shape.n, max_pool_backward_chunk, node);
}

static KdOpNeeds
max_pool_needs (const KdNode *node)
{
  return (KdOpNeeds){ .cache = sizeof (int) * kd_shape_count (node->shape) };
}

static const KdOp max_pool_op = { .name = "max_pool",
                                  .forward = max_pool_forward,
                                  .backward = max_pool_backward,
                                  .needs = max_pool_needs };

KdNode *
kd_max_pool (KdGraph *g, KdNode *x, int kernel, int stride, int padding)
{
  const KdShape in = x->shape;
  if (kernel < 1 || stride < 1 || padding < 0 || padding > kernel / 2)
    kd_build_error ("max_pool", &x, 1, "needs kernel, stride >= 1, padding 0..kernel/2");
  if (in.h + 2 * padding < kernel || in.w + 2 * padding < kernel)
    kd_build_error ("max_pool", &x, 1, "the window is larger than the padded map");
  const KdShape out = kd_shape (in.n, in.c, (in.h + 2 * padding - kernel) / stride + 1,
                                (in.w + 2 * padding - kernel) / stride + 1);
  KdNode *node = kd_node_new (g, &max_pool_op, out, KD_TYPE_REAL, &x, 1, sizeof (Window));
  *(Window *) node->attributes = (Window){ kernel, stride, padding };
  return node;
}

/* ---- nine window means: Z[c,ky,kx] = 1/(HW) sum_{y,x} x[c, y+ky-1, x+kx-1] -------------------------- */

/* Whether pixel @at of @size is seen by tap 0..2 of some output: at + 1 - tap must lie on the map. */
static bool
tap_sees (int tap, int at, int size)
{
  return at + 1 - tap >= 0 && at + 1 - tap < size;
}

static void
shift_forward_chunk (void *data, int n, void *scratch)
{
  const KdNode *node = data, *x = node->inputs[0];
  const KdShape in = x->shape;
  const size_t c = (size_t) in.c;
  double *restrict sums = scratch; /* [9,C] */
  memset (sums, 0, sizeof (double) * 9 * c);
  const kd_real *restrict row = x->value + (size_t) n * (size_t) in.h * (size_t) in.w * c;
  for (int y = 0; y < in.h; y++)
    for (int px = 0; px < in.w; px++, row += c)
      for (int tap = 0; tap < 9; tap++) {
        if (!tap_sees (tap / 3, y, in.h) || !tap_sees (tap % 3, px, in.w))
          continue;
        for (size_t i = 0; i < c; i++)
          sums[(size_t) tap * c + i] += (double) row[i];
      }
  kd_real *restrict out = node->value + (size_t) n * 9 * c;
  for (size_t i = 0; i < 9 * c; i++)
    out[i] = (kd_real) (sums[i] / ((double) in.h * in.w));
}

static void
shift_forward (KdNode *node, KdPool *pool)
{
  kd_parallel_for (pool, node->shape.n, shift_forward_chunk, node);
}

static void
shift_backward_chunk (void *data, int n, void *scratch)
{
  (void) scratch;
  const KdNode *node = data, *x = node->inputs[0];
  const KdShape in = x->shape;
  const size_t c = (size_t) in.c;
  const kd_real share = (kd_real) (1 / ((double) in.h * in.w));
  const kd_real *restrict g = node->gradient + (size_t) n * 9 * c;
  kd_real *restrict row = x->gradient + (size_t) n * (size_t) in.h * (size_t) in.w * c;
  for (int y = 0; y < in.h; y++)
    for (int px = 0; px < in.w; px++, row += c)
      for (int tap = 0; tap < 9; tap++) {
        if (!tap_sees (tap / 3, y, in.h) || !tap_sees (tap % 3, px, in.w))
          continue;
        for (size_t i = 0; i < c; i++)
          row[i] += share * g[(size_t) tap * c + i];
      }
}

static void
shift_backward (KdNode *node, KdPool *pool)
{
  kd_parallel_for (pool, node->shape.n, shift_backward_chunk, node);
}

static KdOpNeeds
shift_needs (const KdNode *node)
{
  return (KdOpNeeds){ .scratch = sizeof (double) * 9 * (size_t) node->shape.c };
}

static const KdOp shift2d_means_op = { .name = "shift2d_means",
                                       .forward = shift_forward,
                                       .backward = shift_backward,
                                       .needs = shift_needs };

KdNode *
kd_shift2d_means (KdGraph *g, KdNode *x)
{
  return kd_node_new (g, &shift2d_means_op, kd_shape (x->shape.n, x->shape.c, 3, 3), KD_TYPE_REAL,
                      &x, 1, 0);
}

const KdOp *const kd_ops_pool[] = { &upsample_op, &max_pool_op, &shift2d_means_op, NULL };
