/* SPDX-License-Identifier: MIT */
#include "engine/render/render.h"

#include <math.h>

const char *
kd_channel_rule_name (KdChannelRule rule)
{
  switch (rule) {
  case KD_CHANNELS_MEAN_ABS:
    return "mean |x|";
  case KD_CHANNELS_L2:
    return "L2 norm";
  case KD_CHANNELS_MEAN:
    return "mean";
  case KD_CHANNELS_MAX:
    return "max";
  case KD_CHANNELS_ONE:
    return "channel";
  }
  g_assert_not_reached ();
}

/* NaN anywhere in the cell stays NaN: a sum does that by itself, a maximum must be told. */
static double
cell_maximum (const float *values, int n, size_t stride)
{
  double maximum = -INFINITY;
  for (int c = 0; c < n; c++) {
    const double value = (double) values[(size_t) c * stride];
    if (isnan (value))
      return NAN;
    maximum = MAX (maximum, value);
  }
  return maximum;
}

static double
reduce_cell (const float *values, int n, size_t stride, KdChannelRule rule)
{
  if (rule == KD_CHANNELS_MAX)
    return cell_maximum (values, n, stride);
  double sum = 0;
  for (int c = 0; c < n; c++) {
    const double value = (double) values[(size_t) c * stride];
    sum += rule == KD_CHANNELS_L2 ? value * value
                                  : (rule == KD_CHANNELS_MEAN_ABS ? fabs (value) : value);
  }
  return rule == KD_CHANNELS_L2 ? sqrt (sum) : sum / n;
}

void
kd_map_reduce (const KdMap *map, KdChannelRule rule, int channel, float *out)
{
  g_assert (map->channels > 0);
  const bool one = map->channels == 1 || rule == KD_CHANNELS_ONE;
  const int chosen = map->channels == 1 ? 0 : channel;
  g_assert (!one || (chosen >= 0 && chosen < map->channels));
  for (int y = 0; y < map->height; y++)
    for (int x = 0; x < map->width; x++) {
      const float *cell = map->data + (size_t) y * map->stride_y + (size_t) x * map->stride_x;
      *out++ = one ? cell[(size_t) chosen * map->stride_c]
                   : (float) reduce_cell (cell, map->channels, map->stride_c, rule);
    }
}

KdMapStats
kd_map_stats (const float *values, size_t n)
{
  KdMapStats stats = { .min = INFINITY, .max = -INFINITY, .smallest_positive = INFINITY };
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    const double value = (double) values[i];
    if (!isfinite (value)) {
      stats.n_bad++;
      continue;
    }
    stats.n_finite++;
    sum += value;
    stats.min = MIN (stats.min, value);
    stats.max = MAX (stats.max, value);
    if (value > 0)
      stats.smallest_positive = MIN (stats.smallest_positive, value);
  }
  if (stats.n_finite == 0)
    return (KdMapStats){ .n_bad = stats.n_bad };
  stats.mean = sum / (double) stats.n_finite;
  if (isinf (stats.smallest_positive))
    stats.smallest_positive = 0;
  return stats;
}

void
kd_map_stats_join (KdMapStats *into, const KdMapStats *other)
{
  const size_t n_bad = into->n_bad + other->n_bad;
  if (into->n_finite == 0) {
    *into = *other;
  } else if (other->n_finite > 0) {
    const double n = (double) into->n_finite, m = (double) other->n_finite;
    into->mean = (into->mean * n + other->mean * m) / (n + m);
    into->min = MIN (into->min, other->min);
    into->max = MAX (into->max, other->max);
    if (into->smallest_positive == 0 ||
        (other->smallest_positive > 0 && other->smallest_positive < into->smallest_positive))
      into->smallest_positive = other->smallest_positive;
    into->n_finite += other->n_finite;
  }
  into->n_bad = n_bad;
}
