/* SPDX-License-Identifier: MIT */
#include "engine/tape/kernels/conv-kinds.h"

/* Maps with fewer tiles than this do not feed the products. */
#define MIN_TILES 8
/* Winograd's transforms cost as much as what they save below this many channels. */
#define MIN_CHANNELS 8

static int
tiles_of (const KdConv *conv, int m)
{
  return conv->n * ((conv->out_h + m - 1) / m) * ((conv->out_w + m - 1) / m);
}

/*
 * Measured (tests/bench-tape.c): F4 gains most where the map is not small beside its tiles. Filters that change are transformed
 * in each step, which costs more of them on small maps: there F2 is ahead.
 */
KdConvKernel
kd_conv_kernel (const KdConv *conv, KdConvPass pass)
{
  if (sizeof (kd_real) != sizeof (float)) /* the double build is the plain one */
    return KD_CONV_PANELS;
  if (conv->kernel != 3 || conv->stride != 1 || conv->padding > 2 ||
      MIN (conv->in_c, conv->out_c) < MIN_CHANNELS)
    return KD_CONV_PANELS;
  const int side = MIN (conv->out_h, conv->out_w);
  const bool kept = conv->frozen && pass == KD_CONV_FORWARD;
  if (side >= (kept ? 4 : 8) && tiles_of (conv, 4) >= MIN_TILES)
    return KD_CONV_F4;
  return side >= 4 && tiles_of (conv, 2) >= MIN_TILES ? KD_CONV_F2 : KD_CONV_PANELS;
}

static int
tile_size (const KdConv *conv, KdConvPass pass)
{
  return kd_conv_kernel (conv, pass) == KD_CONV_F2 ? 2 : 4;
}

size_t
kd_conv_scratch_size (const KdConv *conv)
{
  size_t bytes = 0;
  for (KdConvPass pass = KD_CONV_FORWARD; pass <= KD_CONV_WEIGHTS; pass++)
    bytes = MAX (bytes, kd_conv_kernel (conv, pass) == KD_CONV_PANELS
                            ? kd_panels_scratch_size (conv)
                            : kd_winograd_scratch_size (conv, tile_size (conv, pass)));
  return bytes;
}

size_t
kd_conv_workspace_size (const KdConv *conv)
{
  size_t bytes = 0;
  for (KdConvPass pass = KD_CONV_FORWARD; pass <= KD_CONV_WEIGHTS; pass++)
    bytes = MAX (bytes, kd_conv_kernel (conv, pass) == KD_CONV_PANELS
                            ? kd_panels_workspace_size (conv)
                            : kd_winograd_workspace_size (conv, tile_size (conv, pass)));
  return bytes;
}

size_t
kd_conv_prepared_size (const KdConv *conv)
{
  return kd_conv_kernel (conv, KD_CONV_FORWARD) == KD_CONV_PANELS
             ? kd_panels_prepared_size (conv)
             : kd_winograd_prepared_size (conv, tile_size (conv, KD_CONV_FORWARD));
}

void
kd_conv_prepare (KdPool *pool, const KdConv *conv, const kd_real *weight, void *prepared)
{
  if (kd_conv_kernel (conv, KD_CONV_FORWARD) == KD_CONV_PANELS)
    kd_panels_prepare (pool, conv, weight, prepared);
  else
    kd_winograd_prepare (kd_wide (), tile_size (conv, KD_CONV_FORWARD), pool, conv, weight,
                         prepared);
}

void
kd_conv_forward (KdPool *pool,
                 const KdConv *conv,
                 const kd_real *x,
                 const void *prepared,
                 const kd_real *bias,
                 kd_real *y,
                 void *workspace)
{
  if (kd_conv_kernel (conv, KD_CONV_FORWARD) == KD_CONV_PANELS)
    kd_panels_forward (kd_wide (), pool, conv, x, prepared, bias, y);
  else
    kd_winograd_forward (kd_wide (), tile_size (conv, KD_CONV_FORWARD), pool, conv, x, prepared,
                         bias, y, workspace);
}

void
kd_conv_backward_data (KdPool *pool,
                       const KdConv *conv,
                       const kd_real *dy,
                       const kd_real *weight,
                       kd_real *dx,
                       void *workspace)
{
  if (kd_conv_kernel (conv, KD_CONV_DATA) == KD_CONV_PANELS)
    kd_panels_backward_data (kd_wide (), pool, conv, dy, weight, dx, workspace);
  else
    kd_winograd_backward_data (kd_wide (), tile_size (conv, KD_CONV_DATA), pool, conv, dy, weight,
                               dx, workspace);
}

void
kd_conv_backward_weights (KdPool *pool,
                          const KdConv *conv,
                          const kd_real *x,
                          const kd_real *dy,
                          kd_real *dweight,
                          void *workspace)
{
  if (kd_conv_kernel (conv, KD_CONV_WEIGHTS) == KD_CONV_PANELS)
    kd_panels_backward_weights (kd_wide (), pool, conv, x, dy, dweight, workspace);
  else
    kd_winograd_backward_weights (kd_wide (), tile_size (conv, KD_CONV_WEIGHTS), pool, conv, x, dy,
                                  dweight, workspace);
}
