/* SPDX-License-Identifier: MIT */
#include "engine/render/render.h"

#include <math.h>

static const double tiny = 1e-12;

static void
statistics_leave_out_bad_cells (void)
{
  const float values[] = { 3, NAN, -1, INFINITY, 0, 0.5f, -INFINITY };
  const KdMapStats stats = kd_map_stats (values, G_N_ELEMENTS (values));
  g_assert_cmpuint (stats.n_finite, ==, 4);
  g_assert_cmpuint (stats.n_bad, ==, 3);
  g_assert_cmpfloat (stats.min, ==, -1);
  g_assert_cmpfloat (stats.max, ==, 3);
  g_assert_cmpfloat_with_epsilon (stats.mean, 2.5 / 4, tiny);
  g_assert_cmpfloat (stats.smallest_positive, ==, 0.5);

  const float bad[] = { NAN, NAN };
  const KdMapStats none = kd_map_stats (bad, 2);
  g_assert_cmpuint (none.n_finite, ==, 0);
  g_assert_cmpuint (none.n_bad, ==, 2);
}

/* Joining the statistics of parts gives those of the whole, in any order and with parts that hold nothing finite. */
static void
statistics_join (void)
{
  KdRandom random = kd_random (7, 1);
  for (int round = 0; round < 50; round++) {
    float values[30];
    for (int i = 0; i < 30; i++)
      values[i] =
          kd_random_int (&random, 0, 4) == 0 ? (float) NAN : (float) kd_random_normal (&random);
    const size_t first = (size_t) kd_random_int (&random, 0, 30);
    KdMapStats joined = kd_map_stats (values, first);
    const KdMapStats rest = kd_map_stats (values + first, 30 - first);
    const KdMapStats whole = kd_map_stats (values, 30);
    kd_map_stats_join (&joined, &rest);
    g_assert_cmpuint (joined.n_finite, ==, whole.n_finite);
    g_assert_cmpuint (joined.n_bad, ==, whole.n_bad);
    g_assert_cmpfloat (joined.min, ==, whole.min);
    g_assert_cmpfloat (joined.max, ==, whole.max);
    g_assert_cmpfloat (joined.smallest_positive, ==, whole.smallest_positive);
    g_assert_cmpfloat_with_epsilon (joined.mean, whole.mean, 1e-9);
  }
}

/* A position's value has that position, on straight and logarithmic scales, also beyond the ends. */
static void
values_of_positions (void)
{
  const KdScale straight = { .low = -2, .high = 6 },
                log = { .low = 0.01, .high = 100, .log = true };
  g_assert_cmpfloat_with_epsilon (kd_scale_value (&straight, 0.25), 0, tiny);
  g_assert_cmpfloat_with_epsilon (kd_scale_value (&straight, 1.5), 10, tiny);
  g_assert_cmpfloat_with_epsilon (kd_scale_value (&log, 0.5), 1, tiny);
  g_assert_cmpfloat_with_epsilon (kd_scale_value (&log, 1.25), 1000, 1e-9);
}

/* Ends belong to the first and last bin; what is outside or not finite is not counted; counts add up. */
static void
histogram_counts_what_is_inside (void)
{
  const KdScale scale = { .low = 0, .high = 1 };
  const float values[] = { 0, 0.1f, 0.3f, 0.6f, 0.99f, 1, 1.01f, -0.01f, NAN, INFINITY };
  size_t bins[4] = { 10, 0, 0, 0 };
  kd_scale_histogram (&scale, values, G_N_ELEMENTS (values), 4, bins);
  g_assert_cmpuint (bins[0], ==, 12);
  g_assert_cmpuint (bins[1], ==, 1);
  g_assert_cmpuint (bins[2], ==, 1);
  g_assert_cmpuint (bins[3], ==, 2);
}

/* Channels-last, two cells of three channels. */
static void
channels_reduce (void)
{
  const float data[] = { 3, -4, 0, -1, -2, -6 };
  const KdMap map = { .data = data,
                      .channels = 3,
                      .height = 1,
                      .width = 2,
                      .stride_c = 1,
                      .stride_y = 6,
                      .stride_x = 3 };
  const double expected[][2] = {
    [KD_CHANNELS_MEAN_ABS] = { 7.0 / 3, 3 }, [KD_CHANNELS_L2] = { 5, sqrt (41) },
    [KD_CHANNELS_MEAN] = { -1.0 / 3, -3 },   [KD_CHANNELS_MAX] = { 3, -1 },
    [KD_CHANNELS_ONE] = { -4, -2 },
  };
  for (int rule = 0; rule <= KD_CHANNELS_ONE; rule++) {
    float out[2];
    kd_map_reduce (&map, (KdChannelRule) rule, 1, out);
    for (int i = 0; i < 2; i++)
      g_assert_cmpfloat_with_epsilon ((double) out[i], expected[rule][i], 1e-6);
  }
  g_assert_cmpstr (kd_channel_rule_name (KD_CHANNELS_MEAN_ABS), ==, "mean |x|");
}

static void
one_channel_is_copied (void)
{
  const float data[] = { -2, 5, NAN, 1 };
  const KdMap map = { .data = data,
                      .channels = 1,
                      .height = 2,
                      .width = 2,
                      .stride_c = 4,
                      .stride_y = 2,
                      .stride_x = 1 };
  for (int rule = 0; rule <= KD_CHANNELS_ONE; rule++) {
    float out[4];
    kd_map_reduce (&map, (KdChannelRule) rule, 17, out);
    g_assert_cmpmem (out, sizeof out, data, sizeof data);
  }
}

/* A NaN in any channel must not be hidden by the rule that makes one number of them. */
static void
bad_channels_show (void)
{
  for (int at = 0; at < 3; at++) {
    float data[] = { 1, 2, 3 }, out;
    data[at] = NAN;
    const KdMap map = { .data = data,
                        .channels = 3,
                        .height = 1,
                        .width = 1,
                        .stride_c = 1,
                        .stride_y = 3,
                        .stride_x = 3 };
    for (int rule = 0; rule < KD_CHANNELS_ONE; rule++) {
      kd_map_reduce (&map, (KdChannelRule) rule, 0, &out);
      g_assert_true (isnan (out));
    }
  }
}

static void
scales_from_statistics (void)
{
  const float signed_values[] = { -3, 1, 2 }, positive[] = { 0, 0.001f, 8 }, zeros[] = { 0, 0 };
  const KdMapStats both = kd_map_stats (signed_values, 3), above = kd_map_stats (positive, 3);
  const KdMapStats flat = kd_map_stats (zeros, 2), nothing = kd_map_stats (zeros, 0);

  KdScale scale = kd_scale_from_stats (&both, true, false, false);
  g_assert_true (scale.centred && scale.low == -3 && scale.high == 3);
  scale = kd_scale_from_stats (&both, false, false, false);
  g_assert_true (!scale.centred && scale.low == -3 && scale.high == 2);
  scale = kd_scale_from_stats (&above, false, true, false);
  g_assert_true (scale.log && scale.high == 8);
  g_assert_cmpfloat_with_epsilon (scale.low, 0.001, 1e-9);
  scale = kd_scale_from_stats (&flat, false, true, true);
  g_assert_true (!scale.log && scale.low == 0 && scale.high == 1);
  g_assert_cmpfloat (kd_scale_position (&scale, 0), ==, 0);
  scale = kd_scale_from_stats (&nothing, true, false, false);
  g_assert_true (scale.low == 0 && scale.high == 1);
}

static void
positions_follow_the_formula (void)
{
  const KdScale linear = { .low = -2, .high = 6 },
                decades = { .low = 0.01, .high = 100, .log = true };
  const KdScale constant = { .low = 4, .high = 4 };
  g_assert_cmpfloat_with_epsilon (kd_scale_position (&linear, 0), 0.25, tiny);
  g_assert_cmpfloat_with_epsilon (kd_scale_position (&decades, 1), 0.5, tiny);
  g_assert_cmpfloat_with_epsilon (kd_scale_position (&decades, 0.1), 0.25, tiny);
  g_assert_cmpfloat (kd_scale_position (&linear, -9), ==, 0);
  g_assert_cmpfloat (kd_scale_position (&linear, 9), ==, 1);
  g_assert_cmpfloat (kd_scale_position (&linear, 6), ==, 1);
  g_assert_cmpfloat (kd_scale_position (&decades, -1), ==, 0);
  g_assert_cmpfloat (kd_scale_position (&constant, 4), ==, 0.5);
  g_assert_true (isnan (kd_scale_position (&linear, NAN)));
  g_assert_true (isnan (kd_scale_position (&linear, INFINITY)));
}

static void
assert_ticks (double low, double high, bool log, int max, const double *expected, int n_expected)
{
  const KdScale scale = { .low = low, .high = high, .log = log };
  double ticks[32];
  g_assert_cmpint (kd_scale_ticks (&scale, max, ticks), ==, n_expected);
  for (int i = 0; i < n_expected; i++)
    g_assert_cmpfloat_with_epsilon (ticks[i], expected[i], 1e-9 * MAX (1, fabs (expected[i])));
}

static void
ticks_by_hand (void)
{
  assert_ticks (0, 1, false, 6, (double[]){ 0, 0.2, 0.4, 0.6, 0.8, 1 }, 6);
  assert_ticks (0, 1, false, 5, (double[]){ 0, 0.5, 1 }, 3);
  assert_ticks (-0.3, 0.3, false, 7, (double[]){ -0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3 }, 7);
  assert_ticks (12, 3000, false, 8, (double[]){ 500, 1000, 1500, 2000, 2500, 3000 }, 6);
  assert_ticks (0.001, 1000, true, 7, (double[]){ 0.001, 0.01, 0.1, 1, 10, 100, 1000 }, 7);
  assert_ticks (0.001, 1000, true, 4, (double[]){ 0.01, 1, 100 }, 3);
  assert_ticks (0.7, 30, true, 8, (double[]){ 1, 2, 5, 10, 20 }, 5);
  assert_ticks (41, 46, true, 6, (double[]){ 41, 42, 43, 44, 45, 46 }, 6);
  assert_ticks (3, 3, false, 6, (double[]){ 3 }, 1);
}

/* Counts: whole numbers only, all of them where there is room. */
static void
ticks_of_counts (void)
{
  for (int high = 1; high <= 40; high++) {
    const KdScale scale = { .high = high, .whole = true };
    double ticks[12];
    const int n = kd_scale_ticks (&scale, 12, ticks);
    g_assert_cmpint (n, ==, high < 12 ? high + 1 : n);
    for (int i = 0; i < n; i++)
      g_assert_cmpfloat (ticks[i], ==, round (ticks[i]));
  }
}

/* Whatever the scale: inside it, ascending, no more than asked, equal 1-2-5 steps, and not needlessly few. */
static void
ticks_of_random_scales (void)
{
  KdRandom random = kd_random (3, 2);
  for (int round = 0; round < 2000; round++) {
    double ticks[12];
    const double low = kd_random_normal (&random) * pow (10, kd_random_int (&random, -8, 8));
    const double high = low + pow (10, kd_random_uniform (&random, -6, 6)) * fabs (low);
    const int max = kd_random_int (&random, 2, 12);
    const KdScale scale = { .low = low, .high = high };
    const int n = kd_scale_ticks (&scale, max, ticks);
    const double slack = 1e-8 * (high - low);
    g_assert_cmpint (n, <=, max);
    g_assert_cmpint (n, >=, MAX (1, max / 4));
    for (int i = 0; i < n; i++) {
      g_assert_cmpfloat (ticks[i], >=, low - slack);
      g_assert_cmpfloat (ticks[i], <=, high + slack);
    }
    for (int i = 2; i < n; i++)
      g_assert_cmpfloat_with_epsilon (ticks[i] - ticks[i - 1], ticks[1] - ticks[0], slack);
  }
}

static void
numbers (void)
{
  const struct {
    double value;
    const char *text;
  } cases[] = {
    { 0, "0" },
    { -0.0, "0" },
    { 0.0123, "0.0123" },
    { 1.2e-5, "1.2e-5" },
    { 0.000147, "1.47e-4" },
    { 5e-6, "5e-6" },
    { -0.00099, "-9.9e-4" },
    { 0.001, "0.001" },
    { 3.14159, "3.14" },
    { 99.96, "100" },
    { 412, "412" },
    { 12345.6, "12346" },
    { -0.5, "-0.5" },
    { 1e7, "1e7" },
    { -2.5e6, "-2.5e6" },
    { NAN, "NaN" },
    { INFINITY, "inf" },
    { 1.0 / 3, "0.333" },
    { -INFINITY, "-inf" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    char text[32];
    kd_number_format (cases[i].value, text, sizeof text);
    g_assert_cmpstr (text, ==, cases[i].text);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/render/map-stats/leave-out-bad-cells", statistics_leave_out_bad_cells);
  g_test_add_func ("/render/map-stats/join", statistics_join);
  g_test_add_func ("/render/map-reduce/channels", channels_reduce);
  g_test_add_func ("/render/map-reduce/one-channel-is-copied", one_channel_is_copied);
  g_test_add_func ("/render/map-reduce/bad-channels-show", bad_channels_show);
  g_test_add_func ("/render/scale/values-of-positions", values_of_positions);
  g_test_add_func ("/render/scale/histogram-counts-what-is-inside",
                   histogram_counts_what_is_inside);
  g_test_add_func ("/render/scale/from-statistics", scales_from_statistics);
  g_test_add_func ("/render/scale/positions-follow-the-formula", positions_follow_the_formula);
  g_test_add_func ("/render/scale/ticks-by-hand", ticks_by_hand);
  g_test_add_func ("/render/scale/ticks-of-counts", ticks_of_counts);
  g_test_add_func ("/render/scale/ticks-of-random-scales", ticks_of_random_scales);
  g_test_add_func ("/render/number/format", numbers);
  return g_test_run ();
}
