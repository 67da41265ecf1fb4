/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The ways to convolve, behind conv.c. Both take the kernels of one vector width, so that tests can try each.
 * Workspaces are 64-byte aligned.
 */
#include "engine/tape/kernels/conv.h"
#include "engine/tape/kernels/wide.h"

G_BEGIN_DECLS

/* 64 bytes or a multiple: what lies behind such a block is aligned again. */
static inline size_t
kd_conv_align (size_t bytes)
{
  return (bytes + 63) / 64 * 64;
}

/* ---- panels of patches ------------------------------------------------------------------------------ */

size_t kd_panels_scratch_size (const KdConv *conv);
size_t kd_panels_workspace_size (const KdConv *conv);
size_t kd_panels_prepared_size (const KdConv *conv);
size_t kd_panels_turned_size (const KdConv *conv);
void kd_panels_prepare (KdPool *pool, const KdConv *conv, const kd_real *weight, kd_real *prepared);
void kd_panels_turn (const KdConv *conv, const kd_real *weight, kd_real *turned);
void kd_panels_forward (const KdWide *wide,
                        KdPool *pool,
                        const KdConv *conv,
                        const kd_real *x,
                        const kd_real *prepared,
                        const kd_real *bias,
                        kd_real *y);
void kd_panels_backward_data (const KdWide *wide,
                              KdPool *pool,
                              const KdConv *conv,
                              const kd_real *dy,
                              const kd_real *turned,
                              KdTarget dx);
void kd_panels_backward_weights (const KdWide *wide,
                                 KdPool *pool,
                                 const KdConv *conv,
                                 const kd_real *x,
                                 const kd_real *dy,
                                 kd_real *dweight,
                                 void *workspace);

/* ---- bands of rows: weights prepared as for panels; no backward to the data --------------------------- */

size_t kd_bands_scratch_size (const KdConv *conv);
size_t kd_bands_workspace_size (const KdConv *conv);
void kd_bands_forward (const KdWide *wide,
                       KdPool *pool,
                       const KdConv *conv,
                       const kd_real *x,
                       const kd_real *prepared,
                       const kd_real *bias,
                       kd_real *y);
void kd_bands_backward_weights (const KdWide *wide,
                                KdPool *pool,
                                const KdConv *conv,
                                const kd_real *x,
                                const kd_real *dy,
                                kd_real *dweight,
                                void *workspace);

/* ---- Winograd: kernel 3, stride 1, padding 0..2; @m is 2 or 4 ----------------------------------------- */

size_t kd_winograd_scratch_size (const KdConv *conv, int m);
size_t kd_winograd_workspace_size (const KdConv *conv, int m);
size_t kd_winograd_pass_workspace_size (const KdConv *conv, int m); /* one gradient at a time */
size_t kd_winograd_prepared_size (const KdConv *conv, int m);
size_t kd_winograd_turned_size (const KdConv *conv, int m);
void kd_winograd_prepare (const KdWide *wide,
                          int m,
                          KdPool *pool,
                          const KdConv *conv,
                          const kd_real *weight,
                          kd_real *prepared);
void kd_winograd_turn (const KdWide *wide,
                       int m,
                       KdPool *pool,
                       const KdConv *conv,
                       const kd_real *weight,
                       kd_real *turned);
/* @weight: transformed into @prepared first; NULL: that is done already */
void kd_winograd_forward (const KdWide *wide,
                          int m,
                          KdPool *pool,
                          const KdConv *conv,
                          const kd_real *x,
                          const kd_real *weight,
                          kd_real *prepared,
                          const kd_real *bias,
                          kd_real *y,
                          void *workspace);
void kd_winograd_backward (const KdWide *wide,
                           int m,
                           KdPool *pool,
                           const KdConv *conv,
                           const KdConvBackward *what,
                           void *workspace);

G_END_DECLS
