/* SPDX-License-Identifier: MIT */
#include "engine/render/render.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Below this many decades under the largest value a log scale stops: softmax tails reach 1e-30 and would take all the colours. */
#define LOG_DECADES 6

KdScale
kd_scale_from_stats (const KdMapStats *stats, bool centred, bool log, bool from_zero)
{
  if (stats->n_finite == 0)
    return (KdScale){ .low = 0, .high = 1 };
  if (centred) {
    const double reach = MAX (fabs (stats->min), fabs (stats->max));
    return (KdScale){ .low = -reach, .high = reach, .centred = true };
  }
  if (log && stats->smallest_positive > 0) {
    const double floor = stats->max * pow (10, -LOG_DECADES);
    return (
        KdScale){ .low = MAX (stats->smallest_positive, floor), .high = stats->max, .log = true };
  }
  KdScale scale = { .low = stats->min, .high = stats->max };
  if (from_zero) {
    scale.low = MIN (scale.low, 0);
    scale.high = MAX (scale.high, 0);
    if (scale.low == scale.high)
      scale.high = 1; /* an empty mask is the lowest colour, not a middle one */
  }
  return scale;
}

double
kd_scale_position (const KdScale *scale, double value)
{
  if (!isfinite (value))
    return NAN;
  if (value == scale->low && value == scale->high)
    return 0.5; /* a constant map */
  if (value <= scale->low)
    return 0;
  if (value >= scale->high)
    return 1;
  return scale->log ? log (value / scale->low) / log (scale->high / scale->low)
                    : (value - scale->low) / (scale->high - scale->low);
}

/* ---- ticks --------------------------------------------------------------------------------------------------- */

/* A tick that misses an end by rounding alone is inside. */
#define TICK_SLACK 1e-9

static int
linear_ticks (double low, double high, int max, double *ticks)
{
  static const double multiples[] = { 1, 2, 5 };
  for (int decade = (int) floor (log10 ((high - low) / max));; decade++)
    for (size_t m = 0; m < G_N_ELEMENTS (multiples); m++) {
      const double step = multiples[m] * pow (10, decade);
      const double first = ceil (low / step - TICK_SLACK);
      const double last = floor (high / step + TICK_SLACK);
      if (last - first >= max)
        continue;
      int n = 0;
      for (double i = first; i <= last; i++)
        ticks[n++] = i == 0 ? 0 : i * step;
      return n;
    }
}

/* Every @stride-th decade, with 2 and 5 between them if @halves. */
static int
decade_ticks (double low, double high, int stride, bool halves, int max, double *ticks)
{
  int n = 0;
  for (int decade = (int) floor (log10 (low)); decade <= (int) ceil (log10 (high)); decade++) {
    if (decade % stride != 0)
      continue;
    for (int multiple = 1; multiple <= (halves ? 5 : 1); multiple += multiple == 1 ? 1 : 3) {
      const double tick = multiple * pow (10, decade);
      if (tick < low * (1 - TICK_SLACK) || tick > high * (1 + TICK_SLACK))
        continue;
      if (n == max)
        return max + 1;
      ticks[n++] = tick;
    }
  }
  return n;
}

static int
log_ticks (double low, double high, int max, double *ticks)
{
  int n = decade_ticks (low, high, 1, true, max, ticks);
  for (int stride = 1; n > max; stride++)
    n = decade_ticks (low, high, stride, false, max, ticks);
  return n >= 2 ? n : linear_ticks (low, high, max, ticks);
}

int
kd_scale_ticks (const KdScale *scale, int max, double *ticks)
{
  g_assert (max >= 1);
  if (!(scale->high > scale->low)) {
    ticks[0] = scale->low;
    return 1;
  }
  if (scale->log)
    return log_ticks (scale->low, scale->high, max, ticks);
  const double whole_numbers = floor (scale->high) - ceil (scale->low) + 1;
  return linear_ticks (scale->low, scale->high,
                       scale->whole ? (int) CLAMP (whole_numbers, 1, max) : max, ticks);
}

double
kd_scale_value (const KdScale *scale, double position)
{
  if (scale->log)
    return scale->low * pow (scale->high / scale->low, position);
  return scale->low + position * (scale->high - scale->low);
}

void
kd_scale_histogram (const KdScale *scale, const float *values, size_t n, int n_bins, size_t *bins)
{
  if (!(scale->high > scale->low))
    return;
  for (size_t i = 0; i < n; i++) {
    const double value = (double) values[i];
    if (!(value >= scale->low && value <= scale->high))
      continue;
    const int bin = (int) (kd_scale_position (scale, value) * n_bins);
    bins[MIN (bin, n_bins - 1)]++;
  }
}

/* ---- numbers ------------------------------------------------------------------------------------------------- */

/* "1.47e-4", "2e6": shorter than 0.000147, 1.47e-04 and 2e+06, so that it fits a cell, a caption, a column. */
static void
format_power (double value, int digits, char *text, size_t size)
{
  char format[8], exponential[32];
  g_snprintf (format, sizeof format, "%%.%de", digits - 1);
  g_snprintf (exponential, sizeof exponential, format, value);
  char *e = strchr (exponential, 'e');
  const int power = atoi (e + 1);
  char *end = e; /* zeros at the end of the mantissa, and a point left alone, say nothing */
  while (digits > 1 && end[-1] == '0')
    end--;
  while (!g_ascii_isdigit (end[-1]))
    end--;
  *end = '\0';
  g_snprintf (text, size, "%se%d", exponential, power);
}

static void
format_number (double value, int digits, char *text, size_t size)
{
  if (!isfinite (value)) {
    g_strlcpy (text, isnan (value) ? "NaN" : (value > 0 ? "inf" : "-inf"), size);
    return;
  }
  /* Up to a million in full: "12345" is read at once, "1.23e4" is not. */
  const double size_of_value = fabs (value);
  char format[8];
  g_snprintf (format, sizeof format, "%%.%dg", digits);
  if (size_of_value != 0 && (size_of_value < 0.9995e-3 || size_of_value >= 999999.5))
    format_power (value, digits, text, size);
  else
    g_snprintf (text, size, size_of_value >= pow (10, digits - 1) - 0.05 ? "%.0f" : format,
                value == 0 ? 0 : value);
}

void
kd_number_format (double value, char *text, size_t size)
{
  format_number (value, 3, text, size);
}

void
kd_number_format_short (double value, char *text, size_t size)
{
  format_number (value, 2, text, size);
}
