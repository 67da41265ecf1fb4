/* SPDX-License-Identifier: MIT */
#include "engine/tape/ops.h"

#include <string.h>

/*
 * RoIAlign, "aligned": the mean of sampling x sampling bilinear samples in each of pool x pool bins of a box.
 * Start and bin in cells: u = x1/stride - 0.5, bin = (x2-x1)/(stride pool); half a pixel off, as cell 0 has its centre at 0.
 */

enum { X, BOXES, IMAGES, LEVELS };

typedef struct {
  int level, pool, sampling;
  double stride;
} Roi;

bool
kd_roi_sample (double start,
               double end,
               int index,
               double stride,
               int pool,
               int sampling,
               int size,
               KdRoiSample *sample)
{
  const double u = start / stride - 0.5;
  const double bin = (end - start) / (stride * pool);
  const double at = u + bin * (index / sampling) + (index % sampling + 0.5) * bin / sampling;
  if (!(at >= -1 && at <= size)) /* a NaN is nowhere */
    return false;
  const double inside = MAX (at, 0.0);
  const int near = (int) inside;
  *sample = near >= size - 1 ? (KdRoiSample){ size - 1, size - 1, 0 }
                             : (KdRoiSample){ near, near + 1, inside - near };
  return true;
}

static bool
sample_axis (kd_real start, kd_real end, int index, const Roi *roi, int size, KdRoiSample *sample)
{
  return kd_roi_sample ((double) start, (double) end, index, roi->stride, roi->pool, roi->sampling,
                        size, sample);
}

typedef void (*Corner) (kd_real *cell, kd_real *bin, kd_real weight, int channels);

/* bin += weight * cell */
static void
read_corner (kd_real *cell, kd_real *bin, kd_real weight, int channels)
{
  const kd_real *restrict from = cell;
  kd_real *restrict to = bin;
  for (int c = 0; c < channels; c++)
    to[c] += weight * from[c];
}

/* cell += weight * bin */
static void
write_corner (kd_real *cell, kd_real *bin, kd_real weight, int channels)
{
  read_corner (bin, cell, weight, channels);
}

/* Every corner of every sample of row @r, with its weight: @map is the image's, @bins the row's. */
static void
visit_corners (const KdNode *node, int r, kd_real *map, kd_real *bins, Corner corner)
{
  const Roi *roi = node->attributes;
  const KdShape in = node->inputs[X]->shape;
  const kd_real *box = node->inputs[BOXES]->value + (size_t) r * 4;
  const int steps = roi->pool * roi->sampling;
  const double share = 1.0 / (roi->sampling * roi->sampling);
  for (int iy = 0; iy < steps; iy++) {
    KdRoiSample y, x;
    if (!sample_axis (box[1], box[3], iy, roi, in.h, &y))
      continue;
    for (int ix = 0; ix < steps; ix++) {
      if (!sample_axis (box[0], box[2], ix, roi, in.w, &x))
        continue;
      kd_real *bin =
          bins + (size_t) (iy / roi->sampling * roi->pool + ix / roi->sampling) * (size_t) in.c;
      for (int i = 0; i < 4; i++) {
        const double weight =
            share * (i / 2 ? y.share : 1 - y.share) * (i % 2 ? x.share : 1 - x.share);
        const size_t cell =
            (size_t) (i / 2 ? y.far : y.near) * (size_t) in.w + (size_t) (i % 2 ? x.far : x.near);
        corner (map + cell * (size_t) in.c, bin, (kd_real) weight, in.c);
      }
    }
  }
}

static size_t
image_size (const KdNode *x)
{
  return kd_shape_count (x->shape) / (size_t) x->shape.n;
}

static size_t
row_size (const KdNode *node)
{
  return kd_shape_count (node->shape) / (size_t) node->shape.n;
}

static bool
is_on_level (const KdNode *node, int r)
{
  return node->n_inputs <= LEVELS ||
         node->inputs[LEVELS]->ints[r] == ((Roi *) node->attributes)->level;
}

static void
roi_forward_chunk (void *data, int r, void *scratch)
{
  (void) scratch;
  const KdNode *node = data, *x = node->inputs[X];
  kd_real *bins = node->value + (size_t) r * row_size (node);
  memset (bins, 0, row_size (node) * sizeof (kd_real));
  if (!is_on_level (node, r))
    return;
  const int image = node->inputs[IMAGES]->ints[r];
  assert (image >= 0 && image < x->shape.n);
  visit_corners (node, r, x->value + (size_t) image * image_size (x), bins, read_corner);
}

static void
roi_forward (KdNode *node, KdPool *pool)
{
  kd_parallel_for (pool, kd_rows (node), roi_forward_chunk, node);
}

/* One image a chunk: its rows in order, as boxes overlap. */
static void
roi_backward_chunk (void *data, int image, void *scratch)
{
  (void) scratch;
  const KdNode *node = data, *x = node->inputs[X];
  for (int r = 0; r < kd_rows (node); r++) {
    if (node->inputs[IMAGES]->ints[r] == image && is_on_level (node, r))
      visit_corners (node, r, x->gradient + (size_t) image * image_size (x),
                     node->gradient + (size_t) r * row_size (node), write_corner);
  }
}

static void
roi_backward (KdNode *node, KdPool *pool)
{
  if (node->inputs[X]->needs_gradient)
    kd_parallel_for (pool, node->inputs[X]->shape.n, roi_backward_chunk, node);
}

static const KdOp roi_align_op = { .name = "roi_align",
                                   .forward = roi_forward,
                                   .backward = roi_backward };

const KdOp *const kd_ops_roi[] = { &roi_align_op, NULL };

KdNode *
kd_roi_align (KdGraph *g,
              KdNode *x,
              KdNode *boxes,
              KdNode *images,
              KdNode *levels,
              int level,
              double stride,
              int pool,
              int sampling)
{
  KdNode *const inputs[] = { x, boxes, images, levels };
  const int n_inputs = levels ? 4 : 3;
  const int rows = boxes->shape.n;
  if (!kd_shape_equal (boxes->shape, kd_shape (rows, 4, 1, 1)))
    kd_build_error ("roi_align", inputs, n_inputs, "boxes must be [R,4]");
  for (int i = IMAGES; i < n_inputs; i++) {
    if (inputs[i]->type != KD_TYPE_INT32 ||
        !kd_shape_equal (inputs[i]->shape, kd_shape (rows, 1, 1, 1)))
      kd_build_error ("roi_align", inputs, n_inputs, "images and levels must be int32 [R]");
  }
  if (!(stride > 0) || pool < 1 || sampling < 1)
    kd_build_error ("roi_align", inputs, n_inputs, "needs stride > 0, pool and sampling >= 1");
  KdNode *node = kd_node_new (g, &roi_align_op, kd_shape (rows, x->shape.c, pool, pool),
                              KD_TYPE_REAL, inputs, n_inputs, sizeof (Roi));
  *(Roi *) node->attributes =
      (Roi){ .level = level, .pool = pool, .sampling = sampling, .stride = stride };
  node->live_rows = boxes->live_rows;
  return node;
}
