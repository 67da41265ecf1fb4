/* SPDX-License-Identifier: MIT */
#include "engine/render/text.h"

#include <math.h>

#define MARGIN_PX 20.0
#define TITLE_PX 16.0
#define TEXT_PX 12.0
#define TITLE_LINE_PX 24.0
#define LINE_PX 18.0
#define ROW_PX 30.0
#define GAP_PX 12.0
#define TICK_EVERY_PX 70.0
#define MAX_TICKS 12
#define POINT_PX 2.5
#define MEAN_PX 5.0
#define CAP_PX 5.0 /* half the height of an interval's ends */
#define PLOT_PX 420.0
#define SPARE 0.04 /* of the values' range, left free at both ends */

typedef struct {
  cairo_t *cr;
  KdText *text;
  const KdIntervals *intervals;
  KdRect plot;
  KdScale scale;
} Drawing;

/* ---- sizes ---- */

static int
heading_lines (const KdIntervals *intervals)
{
  return (intervals->title ? 1 : 0) + (intervals->subtitle ? 1 : 0);
}

KdSize
kd_intervals_size (const KdIntervals *intervals)
{
  const double heading = heading_lines (intervals) * TITLE_LINE_PX;
  const double axis = 2 * LINE_PX;
  return (KdSize){ .height = (int) (2 * MARGIN_PX + heading + intervals->n_rows * ROW_PX + axis),
                   .width = (int) (2 * MARGIN_PX + PLOT_PX + 2 * 130) };
}

static void
include (KdScale *scale, double value)
{
  if (!isfinite (value))
    return;
  scale->low = MIN (scale->low, value);
  scale->high = MAX (scale->high, value);
}

/* 0 and all that is drawn. */
static KdScale
value_scale (const KdIntervals *intervals)
{
  KdScale scale = { 0 };
  for (int r = 0; r < intervals->n_rows; r++) {
    const KdIntervalRow *row = &intervals->rows[r];
    include (&scale, row->value);
    include (&scale, row->low);
    include (&scale, row->high);
    for (int i = 0; i < row->n_points; i++)
      include (&scale, row->points[i]);
  }
  if (scale.low == scale.high)
    scale = (KdScale){ .low = -1, .high = 1 };
  const double spare = SPARE * (scale.high - scale.low);
  scale.low -= spare;
  scale.high += spare;
  return scale;
}

static double
widest (KdText *text, const KdIntervals *intervals, bool notes)
{
  double width = 0;
  for (int r = 0; r < intervals->n_rows; r++) {
    const char *string = notes ? intervals->rows[r].note : intervals->rows[r].label;
    if (string)
      width = MAX (width, kd_text_width (text, string));
  }
  return ceil (width);
}

/* ---- parts ---- */

static double
value_x (const Drawing *drawing, double value)
{
  return drawing->plot.x + kd_scale_position (&drawing->scale, value) * drawing->plot.width;
}

static void
draw_line (cairo_t *cr, double x1, double y1, double x2, double y2)
{
  cairo_move_to (cr, x1, y1);
  cairo_line_to (cr, x2, y2);
  cairo_stroke (cr);
}

static void
draw_axis (Drawing *drawing)
{
  cairo_t *cr = drawing->cr;
  const KdIntervals *intervals = drawing->intervals;
  const double top = drawing->plot.y, bottom = top + drawing->plot.height;
  double ticks[MAX_TICKS];
  const int wanted = CLAMP ((int) (drawing->plot.width / TICK_EVERY_PX), 2, MAX_TICKS);
  const int n = kd_scale_ticks (&drawing->scale, wanted, ticks);
  for (int i = 0; i < n; i++) {
    char number[32], shown[40];
    const double x = kd_crisp (value_x (drawing, ticks[i]));
    kd_number_format (ticks[i], number, sizeof number);
    g_snprintf (shown, sizeof shown, "%s%s", ticks[i] > 0 ? "+" : "", number);
    cairo_set_line_width (cr, 1);
    kd_set_color (cr, intervals->grid, 1);
    draw_line (cr, x, top, x, bottom);
    kd_set_color (cr, intervals->text, 1);
    kd_text_draw (drawing->text, shown, x, bottom + LINE_PX / 2, KD_ALIGN_MIDDLE);
  }
  const double zero = kd_crisp (value_x (drawing, 0));
  cairo_set_line_width (cr, 1.5);
  kd_set_color (cr, intervals->text, 0.8);
  draw_line (cr, zero, top, zero, bottom);
  if (intervals->x_label) {
    kd_set_color (cr, intervals->text, 1);
    kd_text_draw (drawing->text, intervals->x_label, drawing->plot.x + drawing->plot.width / 2,
                  bottom + 1.5 * LINE_PX, KD_ALIGN_MIDDLE);
  }
}

static void
draw_interval (Drawing *drawing, const KdIntervalRow *row, double y)
{
  cairo_t *cr = drawing->cr;
  kd_set_color (cr, row->color, 1);
  cairo_set_line_width (cr, 2);
  if (isfinite (row->low) && isfinite (row->high)) {
    const double low = value_x (drawing, row->low), high = value_x (drawing, row->high);
    draw_line (cr, low, y, high, y);
    draw_line (cr, low, y - CAP_PX, low, y + CAP_PX);
    draw_line (cr, high, y - CAP_PX, high, y + CAP_PX);
  }
  if (isfinite (row->value)) {
    cairo_arc (cr, value_x (drawing, row->value), y, MEAN_PX, 0, 2 * G_PI);
    cairo_fill (cr);
  }
  /* Hollow, so that they are seen on the line and on the mean. */
  cairo_set_line_width (cr, 1.2);
  for (int i = 0; i < row->n_points; i++) {
    if (!isfinite (row->points[i]))
      continue;
    cairo_new_sub_path (cr);
    cairo_arc (cr, value_x (drawing, row->points[i]), y, POINT_PX, 0, 2 * G_PI);
    kd_set_color (cr, drawing->intervals->background, 1);
    cairo_fill_preserve (cr);
    kd_set_color (cr, row->color, 1);
    cairo_stroke (cr);
  }
}

static void
draw_rows (Drawing *drawing, double left, double right)
{
  cairo_t *cr = drawing->cr;
  for (int r = 0; r < drawing->intervals->n_rows; r++) {
    const KdIntervalRow *row = &drawing->intervals->rows[r];
    const double y = kd_crisp (drawing->plot.y + (r + 0.5) * ROW_PX);
    kd_set_color (cr, drawing->intervals->text, 1);
    kd_text_draw (drawing->text, row->label, left, y, KD_ALIGN_START);
    if (row->note)
      kd_text_draw (drawing->text, row->note, right, y, KD_ALIGN_END);
    draw_interval (drawing, row, y);
  }
}

static double
draw_heading (Drawing *drawing, double x, double y)
{
  const KdIntervals *intervals = drawing->intervals;
  kd_set_color (drawing->cr, intervals->text, 1);
  if (intervals->title) {
    kd_text_set_size (drawing->text, TITLE_PX, true);
    kd_text_draw (drawing->text, intervals->title, x, y + TITLE_LINE_PX / 2, KD_ALIGN_START);
    y += TITLE_LINE_PX;
  }
  kd_text_set_size (drawing->text, TEXT_PX, false);
  if (intervals->subtitle) {
    kd_text_draw (drawing->text, intervals->subtitle, x, y + LINE_PX / 2, KD_ALIGN_START);
    y += TITLE_LINE_PX;
  }
  return y;
}

void
kd_intervals_draw (cairo_t *cr, const KdRect *rect, const KdIntervals *intervals)
{
  KdText text;
  Drawing drawing = {
    .cr = cr, .text = &text, .intervals = intervals, .scale = value_scale (intervals)
  };
  cairo_save (cr);
  kd_set_color (cr, intervals->background, 1);
  cairo_rectangle (cr, rect->x, rect->y, rect->width, rect->height);
  cairo_fill (cr);
  kd_text_init (&text, cr, TEXT_PX);
  const double left = rect->x + MARGIN_PX, right = rect->x + rect->width - MARGIN_PX;
  const double top = draw_heading (&drawing, left, rect->y + MARGIN_PX);
  const double labels = widest (&text, intervals, false), notes = widest (&text, intervals, true);
  drawing.plot = (KdRect){ .x = left + labels + GAP_PX,
                           .y = top,
                           .width = right - left - labels - notes - 2 * GAP_PX,
                           .height = intervals->n_rows * ROW_PX };
  if (drawing.plot.width > 0) {
    draw_axis (&drawing);
    draw_rows (&drawing, left, right);
  }
  kd_text_clear (&text);
  cairo_restore (cr);
}
