/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Convolution, one interface a pass. Maps are channels-last, weights [O,I,k,k] lie O k k I. Work is cut by shape alone,
 * so that the bits do not depend on the number of workers. Which kernel serves a shape is a fixed rule too.
 */
#include "engine/tape/kernels/target.h"
#include "engine/tape/tape.h"

G_BEGIN_DECLS

typedef struct {
  int n; /* images */
  int in_h, in_w, in_c;
  int out_h, out_w, out_c;
  int kernel, stride, padding;
  bool frozen; /* the weights stay: what is prepared of them is kept */
  int batch;   /* images that the choice of kernel goes by, 0: n; a call may be for some of them */
} KdConv;

typedef enum {
  KD_CONV_PANELS, /* patches gathered into panels, times the weights */
  KD_CONV_BANDS,  /* the rows under a row of outputs, times the weights; not to the data */
  KD_CONV_F2,     /* Winograd, 2x2 outputs a tile */
  KD_CONV_F4,     /* Winograd, 4x4 outputs a tile */
} KdConvKernel;

typedef enum { KD_CONV_FORWARD, KD_CONV_DATA, KD_CONV_WEIGHTS } KdConvPass;

static inline int
kd_conv_patch (const KdConv *conv) /* values of one row of the patch matrix */
{
  return conv->kernel * conv->kernel * conv->in_c;
}

/* The fixed rule. Winograd serves 3x3 kernels at stride 1. */
KdConvKernel kd_conv_kernel (const KdConv *conv, KdConvPass pass);

/* Bytes that each worker needs, and that one call needs beside them (the larger of the passes). */
size_t kd_conv_scratch_size (const KdConv *conv);
size_t kd_conv_workspace_size (const KdConv *conv);
/* The same where gradients are asked for one at a time and weights were laid out before. */
size_t kd_conv_pass_workspace_size (const KdConv *conv);

/* Bytes of the weights as the forward pass and the one to the data read them; 64-byte aligned, as the workspace. */
size_t kd_conv_prepared_size (const KdConv *conv);
size_t kd_conv_turned_size (const KdConv *conv);
void kd_conv_prepare (KdPool *pool, const KdConv *conv, const kd_real *weight, void *prepared);
void kd_conv_turn (KdPool *pool, const KdConv *conv, const kd_real *weight, void *turned);

/**
 * kd_conv_forward:
 * @weight: laid out in @prepared first; NULL: @prepared holds them already
 * @bias: [O] or NULL
 *
 * y = conv (x, weight) + bias.
 */
void kd_conv_forward (KdPool *pool,
                      const KdConv *conv,
                      const kd_real *x,
                      const kd_real *weight,
                      void *prepared,
                      const kd_real *bias,
                      kd_real *y,
                      void *workspace);

/* The gradients; NULL: not wanted. Those of the weights and the bias are added to. */
typedef struct {
  const kd_real *x, *weight, *dy;
  void *turned; /* from kd_conv_turn (); NULL: made of the weight in the workspace */
  KdTarget dx;
  kd_real *dweight, *dbias;
} KdConvBackward;

void
kd_conv_backward (KdPool *pool, const KdConv *conv, const KdConvBackward *what, void *workspace);

/* The plain loops that the fast ones are tested against. */
void kd_conv_forward_plain (
    const KdConv *conv, const kd_real *x, const kd_real *weight, const kd_real *bias, kd_real *y);
void kd_conv_backward_data_plain (const KdConv *conv,
                                  const kd_real *dy,
                                  const kd_real *weight,
                                  kd_real *dx);
void kd_conv_backward_weights_plain (const KdConv *conv,
                                     const kd_real *x,
                                     const kd_real *dy,
                                     kd_real *dweight);

G_END_DECLS
