/* SPDX-License-Identifier: MIT */
#include "engine/tape/kernels/norm.h"

#include "engine/tape/kernels/wide.h"

/* Two vectors of double and four of kd_real, each of the channels. */
size_t
kd_norm_scratch_size (const KdNorm *norm)
{
  return (size_t) norm->channels * (2 * sizeof (double) + 4 * sizeof (kd_real));
}

void
kd_norm_forward (const KdNorm *norm,
                 const kd_real *x,
                 const kd_real *weight,
                 const kd_real *bias,
                 const kd_real *residual,
                 kd_real *y,
                 double *stats,
                 void *scratch)
{
  kd_wide ()->norm_forward (norm, x, weight, bias, residual, y, stats, scratch);
}

void
kd_norm_backward (const KdNorm *norm,
                  const kd_real *x,
                  const kd_real *weight,
                  const kd_real *y,
                  const double *stats,
                  const kd_real *dy,
                  KdTarget dx,
                  KdTarget dresidual,
                  double *sums,
                  void *scratch)
{
  kd_wide ()->norm_backward (norm, x, weight, y, stats, dy, dx, dresidual, sums, scratch);
}
