/* SPDX-License-Identifier: MIT */
#include "engine/render/chart-layout.h"

#include <float.h>
#include <math.h>

#define TICK_EVERY_X_PX 65.0
#define TICK_EVERY_Y_PX 26.0
#define GAP_PX 5.0
/* With so many allowed there are two at least. */
#define FEWEST_TICKS_FROM 5
#define LARGEST_LEGEND_SHARE 0.4 /* of the height; what does not fit is left out */

/* ---- ranges -------------------------------------------------------------------------------------------------- */

static void
x_range (const KdChart *chart, KdAxis *axis)
{
  axis->low = chart->x_min;
  axis->high = chart->x_max;
  if (!(chart->x_max > chart->x_min)) {
    axis->low = INFINITY;
    axis->high = -INFINITY;
    for (int i = 0; i < chart->n_curves; i++) {
      const KdCurve *curve = chart->curves[i].curve;
      const size_t first = chart->log_x ? kd_curve_search (curve, DBL_MIN, 0) : 0;
      if (first < curve->raw.n) {
        axis->low = MIN (axis->low, curve->x[first]);
        axis->high = MAX (axis->high, curve->x[curve->raw.n - 1]);
      }
    }
  }
  axis->log = chart->log_x;
  if (axis->log && axis->low <= 0)
    axis->low = MIN (1, axis->high / 10);
  if (!(axis->high > axis->low)) {
    /* No point, or one: steps begin at 0, so it goes to the end. */
    const double only = isfinite (axis->low) && axis->low != 0 ? axis->low : 1;
    axis->low = chart->log_x ? only / 10 : MIN (only, 0);
    axis->high = MAX (only, 0);
  }
}

static void
include_band (const KdChartBand *band, const KdAxis *x, KdSpan *span)
{
  for (int i = 0; i < band->n; i++)
    if (band->x[i] >= x->low && band->x[i] <= x->high) {
      kd_span_include (span, band->low[i]);
      kd_span_include (span, band->high[i]);
    }
}

/* What the curves and their bands reach between the ends of the x axis. Where a mean is drawn its range counts: raw outliers may leave the plot. */
static KdSpan
y_span (const KdChart *chart, const KdAxis *x, double *smallest_positive)
{
  KdSpan span = KD_EMPTY_SPAN;
  *smallest_positive = INFINITY;
  for (int i = 0; i < chart->n_curves; i++) {
    const KdCurve *curve = chart->curves[i].curve;
    const KdPyramid *values = kd_curve_values (curve, chart->curves[i].smoothing);
    const size_t first = kd_curve_search (curve, x->low, 0);
    const size_t last = kd_curve_search (curve, nextafter (x->high, INFINITY), first);
    if (chart->curves[i].band)
      include_band (chart->curves[i].band, x, &span);
    const KdSpan range = kd_pyramid_range (values, first, last);
    if (range.low > range.high)
      continue;
    kd_span_include (&span, range.low);
    kd_span_include (&span, range.high);
    if (range.low > 0)
      *smallest_positive = MIN (*smallest_positive, range.low);
  }
  return span;
}

static void
y_range (const KdChart *chart, const KdAxis *x, KdAxis *axis)
{
  double smallest;
  KdSpan span = y_span (chart, x, &smallest);
  axis->log = chart->log_y;
  if (chart->y_max > chart->y_min) {
    axis->low = chart->y_min;
    axis->high = chart->y_max;
    if (!axis->log || axis->low > 0)
      return;
    span.high = axis->high;
  }
  if (span.low > span.high)
    span = axis->log ? (KdSpan){ 0.1, 1 } : (KdSpan){ 0, 1 };
  if (axis->log) {
    axis->high = span.high > 0 ? span.high * 1.2 : 1;
    axis->low = span.low > 0 ? span.low / 1.2
                             : MIN (isfinite (smallest) ? smallest : axis->high, axis->high) / 1000;
    return;
  }
  /* From 0 unless that would squeeze the curves into the upper part. */
  const double margin = 0.06 * (span.high - span.low);
  axis->low = span.low >= 0 && span.low < 0.6 * span.high ? 0 : span.low - margin;
  axis->high = span.high + margin;
  if (!(axis->high > axis->low)) {
    /* One value: its distance from 0 is all there is to see. */
    axis->low = MIN (1.15 * span.low, 0);
    axis->high = span.low == 0 ? 1 : MAX (1.15 * span.high, 0);
  }
}

/* ---- ticks --------------------------------------------------------------------------------------------------- */

/* At least two, or an axis says nothing; more only where there is room. */
static int
axis_ticks (const KdAxis *axis, double length, double every, double *ticks)
{
  const KdScale scale = { .low = axis->low, .high = axis->high, .log = axis->log };
  int most = CLAMP ((int) (length / every), 2, KD_CHART_MAX_TICKS), n;
  while ((n = kd_scale_ticks (&scale, most, ticks)) < 2 && most < FEWEST_TICKS_FROM)
    most++;
  return n;
}

void
kd_chart_tick_format (double value, double step, bool log, char *text, size_t size)
{
  const double magnitude = fabs (value);
  if (log || !(step > 0) || magnitude >= 1e6 || step < 1e-4) {
    kd_number_format (value, text, size);
    return;
  }
  const int decimals = MAX (0, (int) ceil (-log10 (step) - 1e-9));
  char format[16];
  g_snprintf (format, sizeof format, "%%.%df", decimals);
  g_snprintf (text, size, format, value);
}

static double
widest_y_label (const KdChartLayout *layout, KdText *text)
{
  double widest = 0;
  const double step = layout->n_y_ticks > 1 ? layout->y_ticks[1] - layout->y_ticks[0] : 0;
  for (int i = 0; i < layout->n_y_ticks; i++) {
    char number[32];
    kd_chart_tick_format (layout->y_ticks[i], step, layout->y.log, number, sizeof number);
    widest = MAX (widest, kd_text_width (text, number));
  }
  return ceil (widest);
}

/* ---- legend -------------------------------------------------------------------------------------------------- */

/* Entries flow in lines from the title's right; returns the line and place of entry @index. */
static int
legend_flow (
    const KdRect *rect, const KdChart *chart, KdText *text, double first_x, int index, double *x)
{
  int line = 0;
  double next = first_x;
  for (int i = 0; i <= index; i++) {
    const double width = KD_LEGEND_SWATCH_PX + kd_text_width (text, chart->curves[i].label);
    if (next + width > rect->x + rect->width && next > rect->x) {
      line++;
      next = rect->x;
    }
    *x = next;
    next += width + KD_LEGEND_GAP_PX;
  }
  return line;
}

static int
header_lines (const KdRect *rect, const KdChart *chart, KdText *text, double legend_x)
{
  int lines = chart->title || chart->y_label ? 1 : 0;
  if (chart->legend && chart->n_curves > 0) {
    double x;
    const int legend = 1 + legend_flow (rect, chart, text, legend_x, chart->n_curves - 1, &x);
    const int most = (int) (LARGEST_LEGEND_SHARE * rect->height / KD_CHART_LINE_PX);
    lines = MAX (lines, MIN (legend, MAX (most, 1)));
  }
  return lines;
}

bool
kd_chart_legend_place (const KdRect *rect,
                       const KdChart *chart,
                       KdText *text,
                       const KdChartLayout *layout,
                       int index,
                       double *x,
                       double *y)
{
  const int line = legend_flow (rect, chart, text, layout->legend_x, index, x);
  *y = rect->y + (line + 0.5) * KD_CHART_LINE_PX;
  return *y < layout->plot.y;
}

/* ---- all ----------------------------------------------------------------------------------------------------- */

static double
title_width (const KdChart *chart, KdText *text)
{
  double width = 0;
  if (chart->title) {
    kd_text_set_size (text, KD_CHART_TITLE_PX, true);
    width += kd_text_width (text, chart->title) + KD_LEGEND_GAP_PX;
    kd_text_set_size (text, KD_CHART_TEXT_PX, false);
  }
  if (chart->y_label)
    width += kd_text_width (text, chart->y_label) + KD_LEGEND_GAP_PX;
  return width;
}

void
kd_chart_layout (const KdRect *rect, const KdChart *chart, KdText *text, KdChartLayout *layout)
{
  x_range (chart, &layout->x);
  y_range (chart, &layout->x, &layout->y);
  layout->legend_x = rect->x + title_width (chart, text);
  const int lines = header_lines (rect, chart, text, layout->legend_x);
  const double top = rect->y + lines * KD_CHART_LINE_PX + GAP_PX + 2;
  const double bottom = rect->y + rect->height - KD_CHART_LINE_PX - GAP_PX;
  layout->n_y_ticks = axis_ticks (&layout->y, bottom - top, TICK_EVERY_Y_PX, layout->y_ticks);
  const double left = rect->x + widest_y_label (layout, text) + GAP_PX + 2;
  const double right = rect->x + rect->width - GAP_PX;
  layout->plot = (KdRect){ ceil (left), ceil (top), MAX (floor (right) - ceil (left), 1),
                           MAX (floor (bottom) - ceil (top), 1) };
  layout->n_x_ticks = axis_ticks (&layout->x, layout->plot.width, TICK_EVERY_X_PX, layout->x_ticks);
  layout->x.origin = layout->plot.x;
  layout->x.extent = layout->plot.width;
  layout->y.origin = layout->plot.y + layout->plot.height;
  layout->y.extent = -layout->plot.height;
}

void
kd_chart_plot_rect (cairo_t *cr,
                    const KdRect *rect,
                    const KdChart *chart,
                    KdRect *plot,
                    double *x_min,
                    double *x_max)
{
  KdText text;
  KdChartLayout layout;
  kd_text_init (&text, cr, KD_CHART_TEXT_PX);
  kd_chart_layout (rect, chart, &text, &layout);
  kd_text_clear (&text);
  *plot = layout.plot;
  *x_min = layout.x.low;
  *x_max = layout.x.high;
}
