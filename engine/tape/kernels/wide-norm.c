/* SPDX-License-Identifier: MIT */
#include "engine/tape/kernels/vector.h"

#include <math.h>

/* Values are summed in kd_real over this many pixels, the blocks' sums in double. */
#define BLOCK 32

typedef struct {
  double *sum_a, *sum_b;
  kd_real *a, *b, *c, *d;
} Scratch;

static Scratch
split (const KdNorm *norm, void *scratch)
{
  const size_t channels = (size_t) norm->channels;
  Scratch s = { .sum_a = scratch };
  s.sum_b = s.sum_a + channels;
  s.a = (kd_real *) (s.sum_b + channels);
  s.b = s.a + channels;
  s.c = s.b + channels;
  s.d = s.c + channels;
  return s;
}

/* total += sums, @channels of them from @c on. */
KD_INLINE void
flush (double *restrict total, KdVector sums, int channels)
{
  kd_real values[KD_LANES];
  kd_store (values, sums);
  for (int i = 0; i < MIN (channels, KD_LANES); i++)
    total[i] += (double) values[i];
}

/* Sum and sum of squares of (x - shift) of each channel; the shift keeps squares from cancelling. */
static void
channel_moments (const KdNorm *norm, const kd_real *x, const kd_real *shift, Scratch *s)
{
  const int channels = norm->channels;
  memset (s->sum_a, 0, sizeof (double) * (size_t) channels);
  memset (s->sum_b, 0, sizeof (double) * (size_t) channels);
  for (int from = 0; from < norm->pixels; from += BLOCK) {
    const int to = MIN (from + BLOCK, norm->pixels);
    for (int c = 0; c < channels; c += KD_LANES) {
      const int left = channels - c;
      const KdVector base = kd_load_some (shift + c, left);
      KdVector sum = { 0 }, square = { 0 };
      for (int p = from; p < to; p++) {
        const KdVector v = kd_load_some (x + (ptrdiff_t) p * channels + c, left) - base;
        sum += v;
        square += v * v;
      }
      flush (s->sum_a + c, sum, left);
      flush (s->sum_b + c, square, left);
    }
  }
}

/* One loop for each case, so that a value is read and written once. */
KD_INLINE void
apply_case (const KdNorm *norm,
            const kd_real *x,
            const kd_real *scale,
            const kd_real *shift,
            const kd_real *residual,
            kd_real *y,
            const bool relu)
{
  const int channels = norm->channels;
  for (int p = 0; p < norm->pixels; p++)
    for (int c = 0; c < channels; c += KD_LANES) {
      const ptrdiff_t at = (ptrdiff_t) p * channels + c;
      const int left = channels - c;
      KdVector v = kd_load_some (x + at, left) * kd_load_some (scale + c, left) +
                   kd_load_some (shift + c, left);
      if (residual)
        v += kd_load_some (residual + at, left);
      if (relu)
        v = kd_not_negative (v);
      kd_store_some (y + at, left, v);
    }
}

static void
apply (const KdNorm *norm,
       const kd_real *x,
       const kd_real *scale,
       const kd_real *shift,
       const kd_real *residual,
       kd_real *y)
{
  if (norm->relu)
    apply_case (norm, x, scale, shift, residual, y, true);
  else
    apply_case (norm, x, scale, shift, residual, y, false);
}

void
KD_WIDE_NAME (kd_norm_forward) (const KdNorm *norm,
                                const kd_real *x,
                                const kd_real *weight,
                                const kd_real *bias,
                                const kd_real *residual,
                                kd_real *y,
                                double *stats,
                                void *scratch)
{
  Scratch s = split (norm, scratch);
  const int channels = norm->channels, width = channels / norm->groups;
  memcpy (s.c, x, sizeof (kd_real) * (size_t) channels); /* the first pixel as shift */
  channel_moments (norm, x, s.c, &s);
  const double count = (double) width * norm->pixels;
  for (int g = 0; g < norm->groups; g++) {
    double mean = 0, square = 0;
    for (int c = g * width; c < (g + 1) * width; c++)
      mean += s.sum_a[c] + (double) s.c[c] * norm->pixels;
    mean /= count;
    /* sum (x-mean)^2 = sum (v + shift - mean)^2 with v = x - shift */
    for (int c = g * width; c < (g + 1) * width; c++) {
      const double offset = (double) s.c[c] - mean;
      square += s.sum_b[c] + 2 * offset * s.sum_a[c] + offset * offset * norm->pixels;
    }
    stats[2 * g] = mean;
    stats[2 * g + 1] = 1 / sqrt ((square < 0 ? 0 : square) / count + norm->eps);
  }
  for (int c = 0; c < channels; c++) {
    const double *stat = stats + 2 * (c / width);
    const double scale = (double) weight[c] * stat[1];
    s.a[c] = (kd_real) scale;
    s.b[c] = (kd_real) ((double) bias[c] - stat[0] * scale);
  }
  apply (norm, x, s.a, s.b, residual, y);
}

/* Sums over pixels of dy and of dy * xhat per channel, where xhat = x * scale + shift and dy is 0 where the ReLU is. */
static void
channel_pulls (const KdNorm *norm,
               const kd_real *x,
               const kd_real *y,
               const kd_real *dy,
               const kd_real *scale,
               const kd_real *shift,
               Scratch *s)
{
  const int channels = norm->channels;
  memset (s->sum_a, 0, sizeof (double) * (size_t) channels);
  memset (s->sum_b, 0, sizeof (double) * (size_t) channels);
  for (int from = 0; from < norm->pixels; from += BLOCK) {
    const int to = MIN (from + BLOCK, norm->pixels);
    for (int c = 0; c < channels; c += KD_LANES) {
      const int left = channels - c;
      const KdVector factor = kd_load_some (scale + c, left);
      const KdVector offset = kd_load_some (shift + c, left);
      KdVector sum = { 0 }, product = { 0 };
      for (int p = from; p < to; p++) {
        const ptrdiff_t at = (ptrdiff_t) p * channels + c;
        KdVector pull = kd_load_some (dy + at, left);
        if (norm->relu)
          pull = kd_where_positive (kd_load_some (y + at, left), pull);
        sum += pull;
        product += pull * (kd_load_some (x + at, left) * factor + offset);
      }
      flush (s->sum_a + c, sum, left);
      flush (s->sum_b + c, product, left);
    }
  }
}

KD_INLINE void
put (KdTarget target, ptrdiff_t at, int left, KdVector v)
{
  if (target.add)
    v += kd_load_some (target.values + at, left);
  kd_store_some (target.values + at, left, v);
}

/* dx = pull * keep - (x * slope + level), pull = dy behind the ReLU; dresidual = pull. */
static void
pull_back (const KdNorm *norm,
           const kd_real *x,
           const kd_real *y,
           const kd_real *dy,
           const kd_real *keep,
           const kd_real *slope,
           const kd_real *level,
           KdTarget dx,
           KdTarget dresidual)
{
  const int channels = norm->channels;
  for (int p = 0; p < norm->pixels; p++)
    for (int c = 0; c < channels; c += KD_LANES) {
      const ptrdiff_t at = (ptrdiff_t) p * channels + c;
      const int left = channels - c;
      KdVector pull = kd_load_some (dy + at, left);
      if (norm->relu)
        pull = kd_where_positive (kd_load_some (y + at, left), pull);
      if (dx.values)
        put (dx, at, left,
             pull * kd_load_some (keep + c, left) -
                 (kd_load_some (x + at, left) * kd_load_some (slope + c, left) +
                  kd_load_some (level + c, left)));
      if (dresidual.values)
        put (dresidual, at, left, pull);
    }
}

void
KD_WIDE_NAME (kd_norm_backward) (const KdNorm *norm,
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
  Scratch s = split (norm, scratch);
  const int channels = norm->channels, width = channels / norm->groups;
  for (int c = 0; c < channels; c++) {
    const double *stat = stats + 2 * (c / width);
    s.a[c] = (kd_real) stat[1];
    s.b[c] = (kd_real) (-stat[0] * stat[1]);
  }
  channel_pulls (norm, x, y, dy, s.a, s.b, &s);
  memcpy (sums, s.sum_a, sizeof (double) * (size_t) channels);
  memcpy (sums + channels, s.sum_b, sizeof (double) * (size_t) channels);

  /* dx = rstd * (w dy - mean (w dy) - xhat * mean (w dy xhat)), the means over the group. */
  const double count = (double) width * norm->pixels;
  for (int g = 0; g < norm->groups; g++) {
    const double mean = stats[2 * g], rstd = stats[2 * g + 1];
    double mean_pull = 0, mean_product = 0;
    for (int c = g * width; c < (g + 1) * width; c++) {
      mean_pull += (double) weight[c] * s.sum_a[c];
      mean_product += (double) weight[c] * s.sum_b[c];
    }
    mean_pull /= count;
    mean_product /= count;
    for (int c = g * width; c < (g + 1) * width; c++) {
      s.a[c] = (kd_real) ((double) weight[c] * rstd);
      s.b[c] = (kd_real) (rstd * rstd * mean_product);
      s.c[c] = (kd_real) (rstd * (mean_pull - mean * rstd * mean_product));
    }
  }
  pull_back (norm, x, y, dy, s.a, s.b, s.c, dx, dresidual);
}
