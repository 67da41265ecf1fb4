/* SPDX-License-Identifier: MIT */
#include "engine/tape/kernels/conv-kinds.h"

#include <string.h>

/*
 * Convolution without gathering patches: under a row of outputs each row of the kernel sees one run of a bordered input row,
 * so that a product whose factor has k runs reads the band of bordered rows itself. For strides, and for maps of so few
 * channels that gathering would take longer than multiplying.
 */

/* Output pixels of a chunk, about; their band stays in L1 or L2. */
#define CHUNK_PIXELS 512
/* At most this many partial sums of the weights' gradient. */
#define MAX_SPLITS 16

static int
divide_up (int a, int b)
{
  return (a + b - 1) / b;
}

static int
run_length (const KdConv *conv)
{
  return conv->kernel * conv->in_c;
}

static int
rows_per_chunk (const KdConv *conv)
{
  return CLAMP (CHUNK_PIXELS / conv->out_w, 1, conv->out_h);
}

/* Values of a bordered row; never less than the last kernel position needs. */
static int
band_pitch (const KdConv *conv)
{
  const int columns = MAX (conv->in_w + conv->padding,
                           (conv->out_w - 1) * conv->stride + conv->kernel - conv->padding);
  return (columns + conv->padding) * conv->in_c;
}

/* Rows of a chunk's band, and as much behind as a vector may read over. */
static size_t
band_size (const KdConv *conv)
{
  const int rows = (rows_per_chunk (conv) - 1) * conv->stride + conv->kernel;
  return (size_t) rows * (size_t) band_pitch (conv) + KD_WIDE_COLUMNS;
}

typedef struct {
  const kd_real *values; /* of the first output row's first kernel row */
  int pitch;
} Band;

/* Input rows under output rows @from..@to-1 of image @n, with zeros around the map; the map itself where it needs none. */
static Band
band_of (const KdConv *conv, const kd_real *x, int n, int from, int to, kd_real *scratch)
{
  const size_t row_values = (size_t) conv->in_w * (size_t) conv->in_c;
  const kd_real *image = x + (size_t) n * (size_t) conv->in_h * row_values;
  const int first = from * conv->stride - conv->padding;
  if (conv->padding == 0 && run_length (conv) % KD_WIDE_COLUMNS == 0)
    return (Band){ image + (size_t) first * row_values, (int) row_values };

  const int pitch = band_pitch (conv), rows = (to - from - 1) * conv->stride + conv->kernel;
  const size_t left = (size_t) (conv->padding * conv->in_c);
  kd_real *row = scratch;
  for (int i = 0; i < rows; i++, row += pitch) {
    const int y = first + i;
    if (y < 0 || y >= conv->in_h) {
      memset (row, 0, (size_t) pitch * sizeof (kd_real));
      continue;
    }
    memset (row, 0, left * sizeof (kd_real));
    memcpy (row + left, image + (size_t) y * row_values, row_values * sizeof (kd_real));
    memset (row + left + row_values, 0, ((size_t) pitch - left - row_values) * sizeof (kd_real));
  }
  memset (row, 0, KD_WIDE_COLUMNS * sizeof (kd_real));
  return (Band){ scratch, pitch };
}

/* ---- forward ------------------------------------------------------------------------------------ */

typedef struct {
  const KdWide *wide;
  const KdConv *conv;
  const kd_real *x, *weight, *bias;
  kd_real *y;
  int rows, chunks; /* of an image */
} Forward;

static void
forward_chunk (void *data, int chunk, void *scratch)
{
  const Forward *f = data;
  const KdConv *conv = f->conv;
  const int n = chunk / f->chunks, from = chunk % f->chunks * f->rows;
  const int to = MIN (from + f->rows, conv->out_h);
  const Band band = band_of (conv, f->x, n, from, to, scratch);
  for (int oy = from; oy < to; oy++) {
    const size_t pixel = ((size_t) n * (size_t) conv->out_h + (size_t) oy) * (size_t) conv->out_w;
    f->wide->gemm (&(KdWideGemm){
        .m = conv->out_w,
        .n = conv->out_c,
        .k = kd_conv_patch (conv),
        .a = band.values + (ptrdiff_t) (oy - from) * conv->stride * band.pitch,
        .a_row = (ptrdiff_t) conv->stride * conv->in_c,
        .a_column = 1,
        .runs = conv->kernel,
        .a_run = band.pitch,
        .b = f->weight,
        .b_row = kd_wide_pad (conv->out_c),
        .bias = f->bias,
        .c = f->y + pixel * (size_t) conv->out_c,
        .c_row = conv->out_c,
    });
  }
}

void
kd_bands_forward (const KdWide *wide,
                  KdPool *pool,
                  const KdConv *conv,
                  const kd_real *x,
                  const kd_real *prepared,
                  const kd_real *bias,
                  kd_real *y)
{
  Forward f = { .wide = wide,
                .conv = conv,
                .x = x,
                .weight = prepared,
                .bias = bias,
                .y = y,
                .rows = rows_per_chunk (conv) };
  f.chunks = divide_up (conv->out_h, f.rows);
  kd_parallel_for (pool, conv->n * f.chunks, forward_chunk, &f);
}

/* ---- backward to the weights ------------------------------------------------------------------------- */

typedef struct {
  const KdWide *wide;
  const KdConv *conv;
  const kd_real *x, *dy;
  kd_real *partials; /* [splits, k, O, padded k I] */
  kd_real *dweight;
  int images, splits;
} Weights;

/* Part of a split: one row of the kernel. */
static size_t
part_size (const KdConv *conv)
{
  return (size_t) conv->out_c * (size_t) kd_wide_pad (run_length (conv));
}

static void
weights_chunk (void *data, int split, void *scratch)
{
  const Weights *w = data;
  const KdConv *conv = w->conv;
  const int k = conv->kernel, rows = rows_per_chunk (conv),
            columns = kd_wide_pad (run_length (conv));
  const int first = split * w->images, last = MIN (first + w->images, conv->n);
  kd_real *part = w->partials + (size_t) split * (size_t) k * part_size (conv);
  for (int n = first; n < last; n++)
    for (int from = 0; from < conv->out_h; from += rows) {
      const int to = MIN (from + rows, conv->out_h);
      const Band band = band_of (conv, w->x, n, from, to, scratch);
      for (int i = 0; i < (to - from) * k; i++) {
        const int oy = from + i / k, ky = i % k;
        const size_t pixel =
            ((size_t) n * (size_t) conv->out_h + (size_t) oy) * (size_t) conv->out_w;
        w->wide->gemm (&(KdWideGemm){
            .m = conv->out_c,
            .n = columns,
            .k = conv->out_w,
            .a = w->dy + pixel * (size_t) conv->out_c,
            .a_row = 1,
            .a_column = conv->out_c,
            .b = band.values + (ptrdiff_t) ((oy - from) * conv->stride + ky) * band.pitch,
            .b_row = (ptrdiff_t) conv->stride * conv->in_c,
            .c = part + (size_t) ky * part_size (conv),
            .c_row = columns,
            .add = n > first || oy > 0,
        });
      }
    }
}

static void
reduce_chunk (void *data, int o, void *scratch)
{
  (void) scratch;
  const Weights *w = data;
  const KdConv *conv = w->conv;
  const int length = run_length (conv), columns = kd_wide_pad (length);
  for (int i = 0; i < w->splits * conv->kernel; i++) {
    const kd_real *restrict part =
        w->partials + (size_t) i * part_size (conv) + (size_t) o * (size_t) columns;
    kd_real *restrict sum =
        w->dweight +
        ((size_t) o * (size_t) conv->kernel + (size_t) (i % conv->kernel)) * (size_t) length;
    for (int j = 0; j < length; j++)
      sum[j] += part[j];
  }
}

static int
images_per_split (const KdConv *conv)
{
  return divide_up (conv->n, MAX_SPLITS);
}

void
kd_bands_backward_weights (const KdWide *wide,
                           KdPool *pool,
                           const KdConv *conv,
                           const kd_real *x,
                           const kd_real *dy,
                           kd_real *dweight,
                           void *workspace)
{
  Weights w = { .wide = wide,
                .conv = conv,
                .x = x,
                .dy = dy,
                .partials = workspace,
                .dweight = dweight,
                .images = images_per_split (conv) };
  w.splits = divide_up (conv->n, w.images);
  kd_parallel_for (pool, w.splits, weights_chunk, &w);
  kd_parallel_for (pool, conv->out_c, reduce_chunk, &w);
}

/* ---- sizes ---------------------------------------------------------------------------------------------- */

size_t
kd_bands_scratch_size (const KdConv *conv)
{
  return sizeof (kd_real) * band_size (conv);
}

size_t
kd_bands_workspace_size (const KdConv *conv)
{
  return sizeof (kd_real) * (size_t) divide_up (conv->n, images_per_split (conv)) *
         (size_t) conv->kernel * part_size (conv);
}
