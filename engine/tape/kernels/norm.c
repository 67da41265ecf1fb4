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

/* One pixel: a vector's few values, in double, since dx is what is left of their differences (two values: next to nothing). */
static void
backward_vector (const KdNorm *norm,
                 const kd_real *x,
                 const kd_real *weight,
                 const kd_real *y,
                 const double *stats,
                 const kd_real *dy,
                 KdTarget dx,
                 KdTarget dresidual,
                 double *sums)
{
  const int width = norm->channels / norm->groups;
  for (int g = 0; g < norm->groups; g++) {
    const double mean = stats[2 * g], rstd = stats[2 * g + 1];
    double mean_pull = 0, mean_product = 0;
    for (int c = g * width; c < (g + 1) * width; c++) {
      const double pull = norm->relu && !(y[c] > 0) ? 0 : (double) dy[c];
      sums[c] = pull;
      sums[norm->channels + c] = pull * ((double) x[c] - mean) * rstd;
      mean_pull += (double) weight[c] * pull / width;
      mean_product += (double) weight[c] * sums[norm->channels + c] / width;
    }
    for (int c = g * width; c < (g + 1) * width; c++) {
      const double xhat = ((double) x[c] - mean) * rstd;
      const double d = rstd * ((double) weight[c] * sums[c] - mean_pull - xhat * mean_product);
      if (dx.values)
        dx.values[c] = (kd_real) ((dx.add ? (double) dx.values[c] : 0) + d);
      if (dresidual.values)
        dresidual.values[c] =
            (kd_real) ((dresidual.add ? (double) dresidual.values[c] : 0) + sums[c]);
    }
  }
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
  if (norm->pixels == 1) {
    backward_vector (norm, x, weight, y, stats, dy, dx, dresidual, sums);
    return;
  }
  kd_wide ()->norm_backward (norm, x, weight, y, stats, dy, dx, dresidual, sums, scratch);
}
