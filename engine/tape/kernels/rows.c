/* SPDX-License-Identifier: MIT */
#include "engine/tape/kernels/rows.h"
#include "engine/tape/kernels/clones.h"

#include <tgmath.h>

/* So many sums side by side, a vector of the widest processor. */
#define LANES 16
/* Pixels that are summed in kd_real. */
#define BLOCK 32

#define ADD_LANES(sum, lanes)                                                                      \
  for (int lane = 0; lane < LANES; lane++)                                                         \
  sum += (double) lanes[lane]

KD_CLONES double
kd_row_squared_error (int n,
                      const kd_real *restrict a,
                      const kd_real *restrict b,
                      const kd_real *restrict weight)
{
  kd_real lanes[LANES] = { 0 };
  const int whole = n / LANES * LANES;
  for (int c = 0; c < whole && !weight; c += LANES)
    for (int i = 0; i < LANES; i++) {
      const kd_real d = a[c + i] - b[c + i];
      lanes[i] += d * d;
    }
  for (int c = 0; c < whole && weight; c += LANES)
    for (int i = 0; i < LANES; i++) {
      const kd_real d = a[c + i] - b[c + i];
      lanes[i] += weight[c + i] * d * d;
    }
  for (int c = whole; c < n; c++)
    lanes[c - whole] += (weight ? weight[c] : 1) * (a[c] - b[c]) * (a[c] - b[c]);
  double sum = 0;
  ADD_LANES (sum, lanes);
  return sum;
}

KD_CLONES double
kd_row_dot (int n, const kd_real *restrict a, const kd_real *restrict b)
{
  kd_real lanes[LANES] = { 0 };
  const int whole = n / LANES * LANES;
  for (int c = 0; c < whole; c += LANES)
    for (int i = 0; i < LANES; i++)
      lanes[i] += a[c + i] * b[c + i];
  for (int c = whole; c < n; c++)
    lanes[c - whole] += a[c] * b[c];
  double sum = 0;
  ADD_LANES (sum, lanes);
  return sum;
}

KD_CLONES double
kd_row_abs (int n, const kd_real *x)
{
  kd_real lanes[LANES] = { 0 };
  const int whole = n / LANES * LANES;
  for (int c = 0; c < whole; c += LANES)
    for (int i = 0; i < LANES; i++)
      lanes[i] += fabs (x[c + i]);
  for (int c = whole; c < n; c++)
    lanes[c - whole] += fabs (x[c]);
  double sum = 0;
  ADD_LANES (sum, lanes);
  return sum;
}

static inline void
flush (int channels, kd_real *restrict block, double *restrict sums)
{
  for (int c = 0; c < channels; c++) {
    sums[c] += (double) block[c];
    block[c] = 0;
  }
}

KD_CLONES void
kd_rows_abs (
    int pixels, int channels, const kd_real *restrict x, kd_real *restrict block, double *sums)
{
  for (int c = 0; c < channels; c++)
    sums[c] = block[c] = 0;
  for (int p = 0; p < pixels; p++, x += channels) {
    for (int c = 0; c < channels; c++)
      block[c] += fabs (x[c]);
    if (p % BLOCK == BLOCK - 1 || p == pixels - 1)
      flush (channels, block, sums);
  }
}

KD_CLONES void
kd_rows_weighted (int pixels,
                  int channels,
                  const kd_real *restrict x,
                  const kd_real *weights,
                  kd_real *restrict block,
                  double *sums)
{
  for (int c = 0; c < channels; c++)
    sums[c] = block[c] = 0;
  for (int p = 0; p < pixels; p++, x += channels) {
    for (int c = 0; c < channels; c++)
      block[c] += weights[p] * x[c];
    if (p % BLOCK == BLOCK - 1 || p == pixels - 1)
      flush (channels, block, sums);
  }
}

KD_CLONES void
kd_row_error_pull (int n,
                   kd_real pull,
                   const kd_real *restrict a,
                   const kd_real *restrict b,
                   const kd_real *restrict weight,
                   kd_real *restrict da)
{
  if (weight) {
    for (int c = 0; c < n; c++)
      da[c] += pull * weight[c] * (a[c] - b[c]);
  } else {
    for (int c = 0; c < n; c++)
      da[c] += pull * (a[c] - b[c]);
  }
}

/* Multiplying keeps a NaN. */
#define SIGN(x) ((x) > 0 ? 1 : (x) < 0 ? -1 : (x))

KD_CLONES void
kd_row_abs_pull (int n,
                 kd_real share,
                 const kd_real *restrict g,
                 const kd_real *restrict x,
                 kd_real *restrict dx)
{
  if (g) {
    for (int c = 0; c < n; c++)
      dx[c] += share * g[c] * SIGN (x[c]);
  } else {
    for (int c = 0; c < n; c++)
      dx[c] += share * SIGN (x[c]);
  }
}

KD_CLONES void
kd_row_add (int n, kd_real factor, const kd_real *restrict x, kd_real *restrict y)
{
  for (int c = 0; c < n; c++)
    y[c] += factor * x[c];
}
