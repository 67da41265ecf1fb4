/* SPDX-License-Identifier: MIT */
#include "engine/render/text.h"

#include <math.h>
#include <string.h>

#define TEXT_PX 10.0
#define LINE_PX 13.0
#define GAP_PX 4.0
#define TICK_EVERY_PX 22.0
#define LEAST_TICKS 3
#define MAX_TICKS 8
#define NARROWEST_PAIR_PX                                                                          \
  4.0 /* below: the second series becomes a line over the first one's bars */

/* What all parts of one drawing share. */
typedef struct {
  cairo_t *cr;
  const KdBars *bars;
  const int *order; /* the value at each place */
  KdRect plot;
  KdScale scale;
} Drawing;

static int
compare_descending (const void *a, const void *b, void *data)
{
  const float *values = data;
  const float left = values[*(const int *) a], right = values[*(const int *) b];
  /* NaN last, equal values by channel: the same picture from the same numbers. */
  if (isnan (left) || isnan (right))
    return isnan (left) - isnan (right);
  return left > right ? -1 : (left < right ? 1 : *(const int *) a - *(const int *) b);
}

static int *
places (const KdBars *bars)
{
  int *order = g_new (int, bars->n_values);
  for (int i = 0; i < bars->n_values; i++)
    order[i] = i;
  if (bars->sorted)
    g_qsort_with_data (order, bars->n_values, sizeof *order, compare_descending,
                       (void *) bars->values[0]);
  return order;
}

/* From 0, or from below it where values are negative, to the largest value or the reference. */
static KdScale
value_scale (const KdBars *bars)
{
  KdMapStats stats = kd_map_stats (bars->values[0], (size_t) bars->n_values);
  for (int s = 1; s < bars->n_series; s++) {
    const KdMapStats other = kd_map_stats (bars->values[s], (size_t) bars->n_values);
    kd_map_stats_join (&stats, &other);
  }
  KdScale scale = kd_scale_from_stats (&stats, false, false, true);
  if (isfinite (bars->reference)) {
    scale.low = MIN (scale.low, bars->reference);
    scale.high = MAX (scale.high, bars->reference);
  }
  scale.high += 0.05 * (scale.high - scale.low);
  return scale;
}

static double
value_y (const Drawing *drawing, double value)
{
  return drawing->plot.y + (1 - kd_scale_position (&drawing->scale, value)) * drawing->plot.height;
}

static void
draw_axis (Drawing *drawing, KdText *text)
{
  cairo_t *cr = drawing->cr;
  double ticks[MAX_TICKS];
  const int wanted = CLAMP ((int) (drawing->plot.height / TICK_EVERY_PX), LEAST_TICKS, MAX_TICKS);
  const int n = kd_scale_ticks (&drawing->scale, wanted, ticks);
  cairo_set_line_width (cr, 1);
  for (int i = 0; i < n; i++) {
    char number[32];
    const double y = kd_crisp (value_y (drawing, ticks[i]));
    kd_number_format (ticks[i], number, sizeof number);
    kd_set_color (cr, drawing->bars->text, ticks[i] == 0 ? 0.6 : 0.18);
    cairo_move_to (cr, drawing->plot.x, y);
    cairo_line_to (cr, drawing->plot.x + drawing->plot.width, y);
    cairo_stroke (cr);
    kd_set_color (cr, drawing->bars->text, 1);
    kd_text_draw (text, number, drawing->plot.x - GAP_PX, y, KD_ALIGN_END);
  }
}

/* The left edges of all bars as one path: from the zero line to the value, @from..@to of each place's width. */
static void
add_bars (Drawing *drawing, int series, double from, double to)
{
  const KdBars *bars = drawing->bars;
  const double pitch = drawing->plot.width / bars->n_values;
  const double zero = value_y (drawing, 0);
  for (int i = 0; i < bars->n_values; i++) {
    const double value = (double) bars->values[series][drawing->order[i]];
    if (!isfinite (value))
      continue;
    const double left = round (drawing->plot.x + (i + from) * pitch);
    const double right = round (drawing->plot.x + (i + to) * pitch);
    const double y = value_y (drawing, value);
    if (right > left)
      cairo_rectangle (drawing->cr, left, MIN (y, zero), right - left, fabs (y - zero));
  }
}

static void
add_line (Drawing *drawing, int series)
{
  const KdBars *bars = drawing->bars;
  const double pitch = drawing->plot.width / bars->n_values;
  for (int i = 0; i < bars->n_values; i++) {
    const double value = (double) bars->values[series][drawing->order[i]];
    if (isfinite (value)) {
      const double y = value_y (drawing, value);
      cairo_line_to (drawing->cr, drawing->plot.x + i * pitch, y);
      cairo_line_to (drawing->cr, drawing->plot.x + (i + 1) * pitch, y);
    } else {
      cairo_new_sub_path (drawing->cr);
    }
  }
}

/* More values than pixels: each pixel column shows the largest of its values, or thin bars would vanish between pixels. */
static void
add_columns (Drawing *drawing, int series)
{
  const KdBars *bars = drawing->bars;
  const int n_columns = (int) drawing->plot.width;
  const double zero = value_y (drawing, 0);
  for (int column = 0; column < n_columns; column++) {
    const int first = (int) ((int64_t) column * bars->n_values / n_columns);
    const int last = (int) ((int64_t) (column + 1) * bars->n_values / n_columns);
    double largest = NAN;
    for (int i = first; i < last; i++) {
      const double value = (double) bars->values[series][drawing->order[i]];
      if (isfinite (value) && !(fabs (value) <= fabs (largest)))
        largest = value;
    }
    if (isnan (largest))
      continue;
    const double y = value_y (drawing, largest);
    cairo_rectangle (drawing->cr, floor (drawing->plot.x) + column, MIN (y, zero), 1,
                     fabs (y - zero));
  }
}

static void
draw_series (Drawing *drawing)
{
  cairo_t *cr = drawing->cr;
  const KdBars *bars = drawing->bars;
  const double pitch = drawing->plot.width / bars->n_values;
  if (pitch >= NARROWEST_PAIR_PX) {
    const double share = 0.84 / bars->n_series;
    for (int s = 0; s < bars->n_series; s++) {
      add_bars (drawing, s, 0.08 + s * share, 0.08 + (s + 1) * share);
      kd_set_color (cr, bars->colors[s], 1);
      cairo_fill (cr);
    }
    return;
  }
  if (pitch >= 1)
    add_bars (drawing, 0, 0, 1);
  else
    add_columns (drawing, 0);
  kd_set_color (cr, bars->colors[0], bars->n_series > 1 ? 0.75 : 1);
  cairo_fill (cr);
  if (bars->n_series > 1) {
    add_line (drawing, 1);
    kd_set_color (cr, bars->colors[1], 1);
    cairo_set_line_width (cr, 1.2);
    cairo_stroke (cr);
  }
}

static void
draw_reference (Drawing *drawing)
{
  static const double dash[] = { 3, 3 };
  cairo_t *cr = drawing->cr;
  const double y = kd_crisp (value_y (drawing, drawing->bars->reference));
  kd_set_color (cr, drawing->bars->text, 0.9);
  cairo_set_line_width (cr, 1);
  cairo_set_dash (cr, dash, 2, 0);
  cairo_move_to (cr, drawing->plot.x, y);
  cairo_line_to (cr, drawing->plot.x + drawing->plot.width, y);
  cairo_stroke (cr);
  cairo_set_dash (cr, NULL, 0, 0);
}

static double
widest_tick (KdText *text, const KdScale *scale, double height)
{
  double ticks[MAX_TICKS], widest = 0;
  const int n =
      kd_scale_ticks (scale, CLAMP ((int) (height / TICK_EVERY_PX), LEAST_TICKS, MAX_TICKS), ticks);
  for (int i = 0; i < n; i++) {
    char number[32];
    kd_number_format (ticks[i], number, sizeof number);
    widest = MAX (widest, kd_text_width (text, number));
  }
  return widest;
}

void
kd_bars_draw (cairo_t *cr, const KdRect *rect, const KdBars *bars)
{
  if (bars->n_values <= 0 || bars->n_series <= 0)
    return;
  KdText text;
  Drawing drawing = { .cr = cr, .bars = bars, .scale = value_scale (bars) };
  cairo_save (cr);
  kd_text_init (&text, cr, TEXT_PX);
  const double height = rect->height - LINE_PX / 2 - LINE_PX - GAP_PX;
  const double left = ceil (widest_tick (&text, &drawing.scale, height)) + GAP_PX;
  drawing.plot = (KdRect){ rect->x + left, rect->y + LINE_PX / 2, rect->width - left, height };
  if (drawing.plot.width >= 8 && drawing.plot.height >= LINE_PX) {
    g_autofree int *order = places (bars);
    drawing.order = order;
    draw_axis (&drawing, &text);
    draw_series (&drawing);
    if (isfinite (bars->reference))
      draw_reference (&drawing);
    g_autofree char *caption =
        g_strdup_printf (bars->sorted ? "%d channels, largest first" : "channels 0 to %d",
                         bars->sorted ? bars->n_values : bars->n_values - 1);
    kd_set_color (cr, bars->text, 1);
    kd_text_set_width (&text, drawing.plot.width, 1);
    kd_text_draw (&text, caption, drawing.plot.x, rect->y + rect->height - LINE_PX / 2,
                  KD_ALIGN_START);
  }
  kd_text_clear (&text);
  cairo_restore (cr);
}
