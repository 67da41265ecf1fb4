/* SPDX-License-Identifier: MIT */
#pragma once

/* Group normalisation of one image [pixels, channels], with an optional residual added before an optional ReLU. */
#include "engine/tape/kernels/target.h"

G_BEGIN_DECLS

typedef struct {
  int pixels, channels, groups;
  double eps; /* inside the root */
  bool relu;
} KdNorm;

size_t kd_norm_scratch_size (const KdNorm *norm);

/* y = act ((x - mean_g) / sqrt (var_g + eps) * weight + bias + residual); @stats: [groups,2] mean and 1/deviation, written. */
typedef void KdNormForward (const KdNorm *norm,
                            const kd_real *x,
                            const kd_real *weight,
                            const kd_real *bias,
                            const kd_real *residual,
                            kd_real *y,
                            double *stats,
                            void *scratch);

/**
 * KdNormBackward:
 * @sums: [2,channels] written: gradients of bias and of weight from this image
 */
typedef void KdNormBackward (const KdNorm *norm,
                             const kd_real *x,
                             const kd_real *weight,
                             const kd_real *y,
                             const double *stats,
                             const kd_real *dy,
                             KdTarget dx,
                             KdTarget dresidual,
                             double *sums,
                             void *scratch);

/* At this processor's vector width. */
KdNormForward kd_norm_forward;
KdNormBackward kd_norm_backward;

G_END_DECLS
