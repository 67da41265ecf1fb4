/* SPDX-License-Identifier: MIT */

/*
 * Fast norms, rows and the focal loss against plain loops, side by side, on random shapes with odd sizes and ones. Outputs lie
 * between guard values that must survive. A miss prints seed, shape and the first bad index.
 */
#include "engine/tape/kernels/focal.h"
#include "engine/tape/kernels/rows.h"
#include "engine/tape/kernels/wide.h"
#include "tests/guarded.h"

#include <math.h>

/* ---- norm ------------------------------------------------------------------------------------------ */

/* The equation, image by image, group by group, in double. */
static void
plain_norm (const KdNorm *norm,
            const kd_real *x,
            const kd_real *weight,
            const kd_real *bias,
            const kd_real *residual,
            double *xhat,
            double *rstd,
            kd_real *y)
{
  const int width = norm->channels / norm->groups;
  for (int g = 0; g < norm->groups; g++) {
    double sum = 0, square = 0;
    for (int p = 0; p < norm->pixels; p++)
      for (int c = g * width; c < (g + 1) * width; c++)
        sum += (double) x[p * norm->channels + c];
    const double count = (double) width * norm->pixels, mean = sum / count;
    for (int p = 0; p < norm->pixels; p++)
      for (int c = g * width; c < (g + 1) * width; c++)
        square += ((double) x[p * norm->channels + c] - mean) *
                  ((double) x[p * norm->channels + c] - mean);
    rstd[g] = 1 / sqrt (square / count + norm->eps);
    for (int p = 0; p < norm->pixels; p++)
      for (int c = g * width; c < (g + 1) * width; c++) {
        const int i = p * norm->channels + c;
        xhat[i] = ((double) x[i] - mean) * rstd[g];
        const double v =
            xhat[i] * (double) weight[c] + (double) bias[c] + (residual ? (double) residual[i] : 0);
        y[i] = (kd_real) (norm->relu && v < 0 ? 0 : v);
      }
  }
}

static void
check_norm (int seed, const KdWide *wide, const KdNorm *norm, bool with_residual, KdRandom *random)
{
  const size_t count = (size_t) norm->pixels * (size_t) norm->channels;
  const size_t channels = (size_t) norm->channels;
  g_autofree char *shape =
      g_strdup_printf ("%s: %d pixels, %d channels, %d groups, relu %d, residual %d", wide->name,
                       norm->pixels, norm->channels, norm->groups, norm->relu, with_residual);
  kd_real *x = guarded_new (random, count), *w = guarded_new (random, channels),
          *b = guarded_new (random, channels), *r = guarded_new (random, count),
          *dy = guarded_new (random, count), *dx = guarded_new (NULL, count),
          *dr = guarded_new (NULL, count), *y = guarded_new (NULL, count),
          *y_plain = guarded_new (NULL, count), *dx_plain = guarded_new (NULL, count),
          *dr_plain = guarded_new (NULL, count);
  for (size_t i = 0; i < count; i++)
    x[i] = x[i] * 2 + 50; /* a mean far from 0, where sums of squares would cancel */
  g_autofree double *xhat = g_new (double, count), *rstd = g_new (double, norm->groups),
                    *stats = g_new (double, 2 * norm->groups), *sums = g_new (double, 2 * channels);
  g_autofree void *scratch = g_malloc (kd_norm_scratch_size (norm));

  plain_norm (norm, x, w, b, with_residual ? r : NULL, xhat, rstd, y_plain);
  wide->norm_forward (norm, x, w, b, with_residual ? r : NULL, y, stats, scratch);
  assert_close ("forward", seed, shape, y, y_plain, count, 2e-5);

  wide->norm_backward (norm, x, w, y, stats, dy, guarded_target (dx, count, seed % 2),
                       guarded_target (dr, count, seed % 3), sums, scratch);
  const int width = norm->channels / norm->groups;
  for (int g = 0; g < norm->groups; g++) {
    double mean = 0, product = 0;
    for (int p = 0; p < norm->pixels; p++)
      for (int c = g * width; c < (g + 1) * width; c++) {
        const int i = p * norm->channels + c;
        const double pull = norm->relu && !(y[i] > 0) ? 0 : (double) dy[i];
        mean += pull * (double) w[c];
        product += pull * (double) w[c] * xhat[i];
      }
    const double n = (double) width * norm->pixels;
    for (int p = 0; p < norm->pixels; p++)
      for (int c = g * width; c < (g + 1) * width; c++) {
        const int i = p * norm->channels + c;
        const double pull = norm->relu && !(y[i] > 0) ? 0 : (double) dy[i];
        dr_plain[i] = (kd_real) pull;
        dx_plain[i] =
            (kd_real) (rstd[g] * (pull * (double) w[c] - mean / n - xhat[i] * product / n));
      }
  }
  assert_close ("backward", seed, shape, dx, dx_plain, count, 5e-5);
  assert_close ("residual", seed, shape, dr, dr_plain, count, 0);
  for (size_t c = 0; c < channels; c++) {
    double bias = 0, weight = 0, size = 0;
    for (int p = 0; p < norm->pixels; p++) {
      const size_t i = (size_t) p * channels + c;
      bias += (double) dr_plain[i];
      weight += (double) dr_plain[i] * xhat[i];
      size += fabs ((double) dr_plain[i]) * (1 + fabs (xhat[i]));
    }
    g_assert_cmpfloat (fabs (sums[c] - bias), <=, 1e-5 * size);
    g_assert_cmpfloat (fabs (sums[channels + c] - weight), <=, 5e-5 * size);
  }
  guarded_free (x, count);
  guarded_free (w, channels);
  guarded_free (b, channels);
  guarded_free (r, count);
  guarded_free (dy, count);
  guarded_free (dx, count);
  guarded_free (dr, count);
  guarded_free (y, count);
  guarded_free (y_plain, count);
  guarded_free (dx_plain, count);
  guarded_free (dr_plain, count);
}

static void
test_norm (void)
{
  static const int widths[] = { 1, 2, 8, 8, 16 };
  for (int width_index = 0; width_index < kd_wide_count (); width_index++)
    for (int seed = 1; seed <= 60; seed++) {
      KdRandom random = kd_random ((uint64_t) seed, 8);
      const int width = widths[kd_random_int (&random, 0, 4)];
      const int groups = kd_random_int (&random, 1, 8);
      /* One pixel too, but no group of a single value. */
      const KdNorm norm = { .pixels =
                                width > 1 && seed % 6 == 0 ? 1 : kd_random_int (&random, 2, 300),
                            .channels = width * groups,
                            .groups = groups,
                            .eps = 1e-5,
                            .relu = kd_random_int (&random, 0, 1) };
      check_norm (seed, kd_wide_at (width_index), &norm, kd_random_int (&random, 0, 1), &random);
    }
}

/* The paper's formula in double; p and 1-p each from its own exponential, and p-t from both, so that nothing cancels. */
static double
focal_plainly (double z, double t, double alpha, double gamma, double *slope)
{
  const double p = 1 / (1 + exp (-z)), q = 1 / (1 + exp (z));
  const double bce = t * log1p (exp (-z)) + (1 - t) * log1p (exp (z));
  const double alpha_t = alpha * t + (1 - alpha) * (1 - t), miss = p * (1 - t) + q * t;
  *slope = alpha_t * (gamma * pow (miss, gamma - 1) * p * q * (1 - 2 * t) * bce +
                      pow (miss, gamma) * (p * (1 - t) - q * t));
  return alpha_t * pow (miss, gamma) * bce;
}

static void
test_focal (void)
{
  for (int seed = 0; seed < 20; seed++) {
    KdRandom random = kd_random ((uint64_t) seed, 2);
    const int n = kd_random_int (&random, 1, 300);
    const size_t count = (size_t) n;
    const double gamma = seed % 2 ? 2 : 1.5, alpha = 0.25;
    const bool soft = seed % 4 >= 2;
    kd_real *z = guarded_new (NULL, count), *t = guarded_new (NULL, count);
    kd_real *value = guarded_new (NULL, count), *slope = guarded_new (NULL, count);
    for (int i = 0; i < n; i++) {
      z[i] = i == 0 ? 0 : (kd_real) kd_random_uniform (&random, -25, 25);
      t[i] = soft ? (kd_real) kd_random_uniform (&random, 0, 1)
                  : (kd_real) kd_random_int (&random, 0, 1);
    }
    kd_focal_elements (n, z, t, alpha, gamma, value, slope);
    for (int i = 0; i < n; i++) {
      double expected_slope;
      const double expected =
          focal_plainly ((double) z[i], (double) t[i], alpha, gamma, &expected_slope);
      /* A hard target's slope never changes sign, so every bit of it counts; a soft one's passes through 0. */
      const double slack = soft ? 1e-5 : 0;
      if (!(fabs ((double) value[i] - expected) <= 2e-6 * expected) ||
          !(fabs ((double) slope[i] - expected_slope) <= 2e-6 * fabs (expected_slope) + slack))
        g_error ("focal, seed %d, n %d, gamma %g: index %d, z %g t %g: %g %g, plain %g %g", seed, n,
                 gamma, i, (double) z[i], (double) t[i], (double) value[i], (double) slope[i],
                 expected, expected_slope);
    }
    guarded_free (z, count);
    guarded_free (t, count);
    guarded_free (value, count);
    guarded_free (slope, count);
  }
}

/* Far out nothing overflows, and a NaN stays one. */
static void
test_focal_extremes (void)
{
  const kd_real z[] = { -1000, 1000, 1000, -1000, (kd_real) NAN, (kd_real) NAN };
  const kd_real t[] = { 0, 1, 0, 1, 0, 1 };
  kd_real value[6], slope[6];
  for (double gamma = 1.5; gamma <= 2; gamma += 0.5) {
    kd_focal_elements (6, z, t, 0.25, gamma, value, slope);
    for (int i = 0; i < 2; i++) {
      g_assert_cmpfloat_with_epsilon ((double) value[i], 0, 1e-30);
      g_assert_cmpfloat_with_epsilon ((double) slope[i], 0, 1e-30);
    }
    g_assert_cmpfloat_with_epsilon ((double) value[2], 750, 1e-3);
    g_assert_cmpfloat_with_epsilon ((double) slope[2], 0.75, 1e-6);
    g_assert_cmpfloat_with_epsilon ((double) value[3], 250, 1e-3);
    g_assert_cmpfloat_with_epsilon ((double) slope[3], -0.25, 1e-6);
    for (int i = 4; i < 6; i++)
      g_assert_true (isnan (value[i]) && isnan (slope[i]));
  }
}

/* Sums in double of what is exact in double, within a few units of kd_real of the sum of what is added. */
static void
assert_sum (const char *what, int seed, int n, double fast, double plain, double size)
{
  if (!(fabs (fast - plain) <= 2e-6 * size))
    g_error ("%s, seed %d, %d values: %g, plain %g (added %g)", what, seed, n, fast, plain, size);
}

static void
check_row_sums (int seed, int n, const kd_real *a, const kd_real *b, const kd_real *weight)
{
  double error = 0, weighted = 0, weighted_size = 0, dot = 0, dot_size = 0, sizes = 0;
  for (int i = 0; i < n; i++) {
    const double x = (double) a[i], y = (double) b[i], w = (double) weight[i];
    error += (x - y) * (x - y);
    weighted += w * (x - y) * (x - y);
    weighted_size += fabs (w) * (x - y) * (x - y);
    dot += x * y;
    dot_size += fabs (x * y);
    sizes += fabs (x);
  }
  assert_sum ("squared error", seed, n, kd_row_squared_error (n, a, b, NULL), error, error);
  assert_sum ("weighted error", seed, n, kd_row_squared_error (n, a, b, weight), weighted,
              weighted_size);
  assert_sum ("dot", seed, n, kd_row_dot (n, a, b), dot, dot_size);
  assert_sum ("abs", seed, n, kd_row_abs (n, a), sizes, sizes);
}

static void
check_row_pulls (int seed, int n, const kd_real *a, const kd_real *b, const kd_real *weight)
{
  const size_t count = (size_t) n;
  const kd_real pull = (kd_real) 0.75;
  for (int way = 0; way < 5; way++) {
    kd_real *fast = guarded_copy (b, count), *plain = guarded_copy (b, count);
    for (int i = 0; i < n; i++) {
      const kd_real sign = a[i] > 0 ? 1 : a[i] < 0 ? -1 : 0;
      const kd_real steps[] = { a[i] - weight[i], weight[i] * (a[i] - weight[i]), sign,
                                weight[i] * sign, a[i] };
      plain[i] += pull * steps[way];
    }
    if (way < 2)
      kd_row_error_pull (n, pull, a, weight, way == 1 ? weight : NULL, fast);
    else if (way < 4)
      kd_row_abs_pull (n, pull, way == 3 ? weight : NULL, a, fast);
    else
      kd_row_add (n, pull, a, fast);
    g_autofree char *shape = g_strdup_printf ("%d values, way %d", n, way);
    assert_close ("row pull", seed, shape, fast, plain, count, 1e-6);
    guarded_free (fast, count);
    guarded_free (plain, count);
  }
}

static void
check_rows (int seed, int pixels, int channels, const kd_real *x, const kd_real *weights)
{
  const size_t count = (size_t) channels;
  kd_real *block = guarded_new (NULL, count);
  g_autofree double *abs_sums = g_new (double, channels), *sums = g_new (double, channels);
  kd_rows_abs (pixels, channels, x, block, abs_sums);
  kd_rows_weighted (pixels, channels, x, weights, block, sums);
  for (int c = 0; c < channels; c++) {
    double size = 0, sum = 0, weighted_size = 0;
    for (int p = 0; p < pixels; p++) {
      const double v = (double) x[p * channels + c], w = (double) weights[p];
      size += fabs (v);
      sum += w * v;
      weighted_size += fabs (w * v);
    }
    assert_sum ("sums of |x|", seed, pixels, abs_sums[c], size, size);
    assert_sum ("weighted sums", seed, pixels, sums[c], sum, weighted_size);
  }
  guarded_free (block, count);
}

static void
test_rows (void)
{
  for (int seed = 1; seed <= 40; seed++) {
    KdRandom random = kd_random ((uint64_t) seed, 9);
    const int channels = seed <= 2 ? seed : kd_random_int (&random, 1, 90);
    const int pixels = seed <= 2 ? 1 : kd_random_int (&random, 1, 100);
    const size_t count = (size_t) channels, values = count * (size_t) pixels;
    kd_real *a = guarded_new (&random, count), *b = guarded_new (&random, count),
            *weight = guarded_new (&random, count), *x = guarded_new (&random, values),
            *weights = guarded_new (&random, (size_t) pixels);
    a[channels / 2] = 0;
    check_row_sums (seed, channels, a, b, weight);
    check_row_pulls (seed, channels, a, b, weight);
    check_rows (seed, pixels, channels, x, weights);
    guarded_free (a, count);
    guarded_free (b, count);
    guarded_free (weight, count);
    guarded_free (x, values);
    guarded_free (weights, (size_t) pixels);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tape/kernels/norm/matches-the-equation", test_norm);
  g_test_add_func ("/tape/kernels/rows/agree-with-plain-sums", test_rows);
  g_test_add_func ("/tape/kernels/focal/agrees-with-formula", test_focal);
  g_test_add_func ("/tape/kernels/focal/extremes", test_focal_extremes);
  return g_test_run ();
}
