/* SPDX-License-Identifier: MIT */
#include "engine/tape/kernels/conv-kinds.h"

/* Maps with fewer tiles than this do not feed the products. */
#define MIN_TILES 8
/* Winograd's transforms cost as much as what they save below this many channels. */
#define MIN_CHANNELS 8

static int
tiles_of (const KdConv *conv, int m)
{
  const int images = conv->batch > 0 ? conv->batch : conv->n;
  return images * ((conv->out_h + m - 1) / m) * ((conv->out_w + m - 1) / m);
}

/* Patches of more values than this are better gathered: the products are deep enough to hide it. */
#define MAX_BAND_PATCH 288
/* Products of one row of outputs need as many pixels, as their rows forward, as their depth for the weights. */
#define MIN_BAND_COLUMNS 8
#define MIN_BAND_DEPTH 16

static KdConvKernel
direct_kernel (const KdConv *conv, KdConvPass pass)
{
  const bool pays = conv->stride > 1 || conv->in_c < MIN_CHANNELS;
  return pays && pass != KD_CONV_DATA && kd_conv_patch (conv) <= MAX_BAND_PATCH &&
                 conv->out_w >= (pass == KD_CONV_FORWARD ? MIN_BAND_COLUMNS : MIN_BAND_DEPTH)
             ? KD_CONV_BANDS
             : KD_CONV_PANELS;
}

/*
 * Measured (tests/bench-tape.c): F4 gains most where the map is not small beside its tiles. On maps of 4x4 its filters are the
 * work: to transform where they change, to read from memory where they are kept (9 MB of a 256->256 layer). There F2 is
 * ahead. The double build keeps to the direct sums.
 */
KdConvKernel
kd_conv_kernel (const KdConv *conv, KdConvPass pass)
{
  if (kd_kernels_chosen () == KD_KERNELS_PLAIN)
    return KD_CONV_PANELS;
  if (sizeof (kd_real) != sizeof (float) || conv->kernel != 3 || conv->stride != 1 ||
      conv->padding > 2 || MIN (conv->in_c, conv->out_c) < MIN_CHANNELS)
    return direct_kernel (conv, pass);
  const int side = MIN (conv->out_h, conv->out_w);
  if (side >= 8 && tiles_of (conv, 4) >= MIN_TILES)
    return KD_CONV_F4;
  return side >= 4 && tiles_of (conv, 2) >= MIN_TILES ? KD_CONV_F2 : direct_kernel (conv, pass);
}

static int
tile_size (KdConvKernel kernel)
{
  return kernel == KD_CONV_F2 ? 2 : 4;
}

static size_t
scratch_size (const KdConv *conv, KdConvKernel kernel)
{
  switch (kernel) {
  case KD_CONV_PANELS:
    return kd_panels_scratch_size (conv);
  case KD_CONV_BANDS:
    return kd_bands_scratch_size (conv);
  default:
    return kd_winograd_scratch_size (conv, tile_size (kernel));
  }
}

static size_t
workspace_size (const KdConv *conv, KdConvKernel kernel)
{
  switch (kernel) {
  case KD_CONV_PANELS:
    return kd_panels_workspace_size (conv);
  case KD_CONV_BANDS:
    return kd_bands_workspace_size (conv);
  default:
    return kd_winograd_workspace_size (conv, tile_size (kernel));
  }
}

size_t
kd_conv_scratch_size (const KdConv *conv)
{
  size_t bytes = 0;
  for (KdConvPass pass = KD_CONV_FORWARD; pass <= KD_CONV_WEIGHTS; pass++)
    bytes = MAX (bytes, scratch_size (conv, kd_conv_kernel (conv, pass)));
  return bytes;
}

size_t
kd_conv_workspace_size (const KdConv *conv)
{
  size_t bytes = 0;
  for (KdConvPass pass = KD_CONV_FORWARD; pass <= KD_CONV_WEIGHTS; pass++)
    bytes = MAX (bytes, workspace_size (conv, kd_conv_kernel (conv, pass)));
  return bytes;
}

static bool
is_winograd (KdConvKernel kernel)
{
  return kernel == KD_CONV_F2 || kernel == KD_CONV_F4;
}

size_t
kd_conv_pass_workspace_size (const KdConv *conv)
{
  const KdConvKernel kernel = kd_conv_kernel (conv, KD_CONV_WEIGHTS);
  return is_winograd (kernel) ? kd_winograd_pass_workspace_size (conv, tile_size (kernel))
                              : kd_conv_workspace_size (conv);
}

size_t
kd_conv_prepared_size (const KdConv *conv)
{
  const KdConvKernel kernel = kd_conv_kernel (conv, KD_CONV_FORWARD);
  return is_winograd (kernel) ? kd_winograd_prepared_size (conv, tile_size (kernel))
                              : kd_panels_prepared_size (conv);
}

size_t
kd_conv_turned_size (const KdConv *conv)
{
  const KdConvKernel kernel = kd_conv_kernel (conv, KD_CONV_DATA);
  return is_winograd (kernel) ? kd_winograd_turned_size (conv, tile_size (kernel))
                              : kd_panels_turned_size (conv);
}

void
kd_conv_prepare (KdPool *pool, const KdConv *conv, const kd_real *weight, void *prepared)
{
  const KdConvKernel kernel = kd_conv_kernel (conv, KD_CONV_FORWARD);
  if (is_winograd (kernel))
    kd_winograd_prepare (kd_wide (), tile_size (kernel), pool, conv, weight, prepared);
  else
    kd_panels_prepare (pool, conv, weight, prepared);
}

void
kd_conv_turn (KdPool *pool, const KdConv *conv, const kd_real *weight, void *turned)
{
  const KdConvKernel kernel = kd_conv_kernel (conv, KD_CONV_DATA);
  if (is_winograd (kernel))
    kd_winograd_turn (kd_wide (), tile_size (kernel), pool, conv, weight, turned);
  else
    kd_panels_turn (conv, weight, turned);
}

void
kd_conv_forward (KdPool *pool,
                 const KdConv *conv,
                 const kd_real *x,
                 const kd_real *weight,
                 void *prepared,
                 const kd_real *bias,
                 kd_real *y,
                 void *workspace)
{
  const KdConvKernel kernel = kd_conv_kernel (conv, KD_CONV_FORWARD);
  if (is_winograd (kernel)) {
    kd_winograd_forward (kd_wide (), tile_size (kernel), pool, conv, x, weight, prepared, bias, y,
                         workspace);
    return;
  }
  if (weight)
    kd_panels_prepare (pool, conv, weight, prepared);
  if (kernel == KD_CONV_PANELS)
    kd_panels_forward (kd_wide (), pool, conv, x, prepared, bias, y);
  else
    kd_bands_forward (kd_wide (), pool, conv, x, prepared, bias, y);
}

/* dbias[o] += sum over all pixels, in double and in order: few layers, small ones. */
static void
add_bias_gradient (const KdConv *conv, const kd_real *dy, kd_real *dbias)
{
  const size_t pixels = (size_t) conv->n * (size_t) conv->out_h * (size_t) conv->out_w;
  for (int from = 0; from < conv->out_c; from += KD_WIDE_COLUMNS) {
    double sums[KD_WIDE_COLUMNS] = { 0 };
    const int columns = MIN (KD_WIDE_COLUMNS, conv->out_c - from);
    for (size_t p = 0; p < pixels; p++)
      for (int o = 0; o < columns; o++)
        sums[o] += (double) dy[p * (size_t) conv->out_c + (size_t) (from + o)];
    for (int o = 0; o < columns; o++)
      dbias[from + o] += (kd_real) sums[o];
  }
}

static void
panels_backward_data (KdPool *pool, const KdConv *conv, const KdConvBackward *what, void *workspace)
{
  if (!what->turned)
    kd_panels_turn (conv, what->weight, workspace);
  kd_panels_backward_data (kd_wide (), pool, conv, what->dy,
                           what->turned ? what->turned : workspace, what->dx);
}

void
kd_conv_backward (KdPool *pool, const KdConv *conv, const KdConvBackward *what, void *workspace)
{
  const KdConvKernel kernel = kd_conv_kernel (conv, KD_CONV_WEIGHTS);
  if (what->dbias && !(is_winograd (kernel) && what->dweight))
    add_bias_gradient (conv, what->dy, what->dbias);
  if (is_winograd (kernel)) {
    kd_winograd_backward (kd_wide (), tile_size (kernel), pool, conv, what, workspace);
    return;
  }
  if (what->dx.values)
    panels_backward_data (pool, conv, what, workspace);
  if (what->dweight && kernel == KD_CONV_PANELS)
    kd_panels_backward_weights (kd_wide (), pool, conv, what->x, what->dy, what->dweight,
                                workspace);
  else if (what->dweight)
    kd_bands_backward_weights (kd_wide (), pool, conv, what->x, what->dy, what->dweight, workspace);
}
