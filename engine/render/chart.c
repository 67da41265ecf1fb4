/* SPDX-License-Identifier: MIT */
#include "engine/render/chart-layout.h"

#include <math.h>

#define CURVE_PX 1.6
#define RAW_PX 1.0
#define RAW_OPACITY 0.28
#define BAND_OPACITY 0.15
#define MARKER_PX 2.6
#define MARKER_ROOM_PX 7.0 /* markers only while points are this far apart */
#define READOUT_PAD_PX 6.0
#define CARD_SWATCH_PX 18.0
#define CARD_COLUMN_GAP_PX 14.0

static void
line (cairo_t *cr, double x1, double y1, double x2, double y2)
{
  cairo_move_to (cr, x1, y1);
  cairo_line_to (cr, x2, y2);
  cairo_stroke (cr);
}

static double
tick_step (const double *ticks, int n)
{
  return n > 1 ? ticks[1] - ticks[0] : 0;
}

/* ---- frame --------------------------------------------------------------------------------------------------- */

static void
draw_y_axis (cairo_t *cr, const KdChart *chart, const KdChartLayout *layout, KdText *text)
{
  const double step = tick_step (layout->y_ticks, layout->n_y_ticks);
  for (int i = 0; i < layout->n_y_ticks; i++) {
    char number[32];
    const double y = kd_crisp (kd_axis_to_px (&layout->y, layout->y_ticks[i]));
    kd_chart_tick_format (layout->y_ticks[i], step, layout->y.log, number, sizeof number);
    kd_set_color (cr, chart->grid, 1);
    line (cr, layout->plot.x, y, layout->plot.x + layout->plot.width, y);
    kd_set_color (cr, chart->text, 0.85);
    kd_text_draw (text, number, layout->plot.x - 6, y, KD_ALIGN_END);
  }
}

/* The axis' name sits at the right end of the numbers' line; numbers that would touch it or each other are left out. */
static void
draw_x_axis (cairo_t *cr,
             const KdRect *rect,
             const KdChart *chart,
             const KdChartLayout *layout,
             KdText *text)
{
  const double bottom = layout->plot.y + layout->plot.height;
  const double y = bottom + 4 + KD_CHART_LINE_PX / 2;
  const double step = tick_step (layout->x_ticks, layout->n_x_ticks);
  double free_from = rect->x, free_to = rect->x + rect->width;
  if (chart->x_label) {
    kd_set_color (cr, chart->text, 0.7);
    kd_text_draw (text, chart->x_label, free_to, y, KD_ALIGN_END);
    free_to -= kd_text_width (text, chart->x_label) + 8;
  }
  for (int i = 0; i < layout->n_x_ticks; i++) {
    char number[32];
    const double x = kd_crisp (kd_axis_to_px (&layout->x, layout->x_ticks[i]));
    kd_chart_tick_format (layout->x_ticks[i], step, layout->x.log, number, sizeof number);
    const double half = kd_text_width (text, number) / 2;
    kd_set_color (cr, chart->grid, 1);
    line (cr, x, layout->plot.y, x, bottom + 3);
    if (x - half < free_from || x + half > free_to)
      continue;
    kd_set_color (cr, chart->text, 0.85);
    kd_text_draw (text, number, x, y, KD_ALIGN_MIDDLE);
    free_from = x + half + 6;
  }
}

static void
draw_title (cairo_t *cr, const KdRect *rect, const KdChart *chart, KdText *text)
{
  double x = rect->x;
  const double y = rect->y + KD_CHART_LINE_PX / 2;
  kd_set_color (cr, chart->text, 1);
  if (chart->title) {
    kd_text_set_size (text, KD_CHART_TITLE_PX, true);
    kd_text_draw (text, chart->title, x, y, KD_ALIGN_START);
    x += kd_text_width (text, chart->title) + KD_LEGEND_GAP_PX / 2;
    kd_text_set_size (text, KD_CHART_TEXT_PX, false);
  }
  if (chart->y_label) {
    kd_set_color (cr, chart->text, 0.7);
    kd_text_draw (text, chart->y_label, x, y, KD_ALIGN_START);
  }
}

/* A line of the curve's colour and dash, with its marker. */
static void
draw_swatch (cairo_t *cr, const KdChartCurve *curve, double x, double y, double width)
{
  kd_set_color (cr, curve->color, 1);
  cairo_set_line_width (cr, 2);
  cairo_set_dash (cr, curve->dash, curve->dash ? curve->n_dashes : 0, 0);
  line (cr, x, y, x + width, y);
  cairo_set_dash (cr, NULL, 0, 0);
  cairo_set_line_width (cr, 1);
  if (curve->markers) {
    cairo_arc (cr, x + width / 2, y, MARKER_PX, 0, 2 * G_PI);
    cairo_fill (cr);
  }
}

static void
draw_legend (cairo_t *cr,
             const KdRect *rect,
             const KdChart *chart,
             const KdChartLayout *layout,
             KdText *text)
{
  for (int i = 0; i < chart->n_curves; i++) {
    double x, y;
    if (!kd_chart_legend_place (rect, chart, text, layout, i, &x, &y))
      return;
    draw_swatch (cr, &chart->curves[i], x, floor (y), KD_LEGEND_SWATCH_PX - 5);
    kd_set_color (cr, chart->text, 1);
    kd_text_draw (text, chart->curves[i].label, x + KD_LEGEND_SWATCH_PX, y, KD_ALIGN_START);
  }
}

/* ---- curves -------------------------------------------------------------------------------------------------- */

static void
draw_markers (cairo_t *cr, const KdChartCurve *curve, const KdChartLayout *layout)
{
  const KdCurve *points = curve->curve;
  const size_t first = kd_curve_search (points, layout->x.low, 0);
  const size_t last = kd_curve_search (points, nextafter (layout->x.high, INFINITY), first);
  if ((double) (last - first) * MARKER_ROOM_PX > layout->plot.width)
    return;
  for (size_t i = first; i < last; i++) {
    if (!isfinite (points->raw.values[i]))
      continue;
    cairo_new_sub_path (cr);
    cairo_arc (cr, kd_axis_to_px (&layout->x, points->x[i]),
               kd_axis_to_px (&layout->y, points->raw.values[i]), MARKER_PX, 0, 2 * G_PI);
  }
  kd_set_color (cr, curve->color, 1);
  cairo_fill (cr);
}

/* The area below a curve, one corner a column of pixels. */
static void
fill_below (cairo_t *cr, const KdChartCurve *curve, const KdChartLayout *layout)
{
  const KdCurve *points = curve->curve;
  const KdPyramid *values = kd_curve_values (points, curve->smoothing);
  const double bottom = layout->plot.y + layout->plot.height;
  if (values->n == 0)
    return;
  double last = NAN;
  cairo_new_path (cr);
  for (double px = 0; px <= layout->plot.width; px++) {
    const double x = kd_axis_to_value (&layout->x, layout->plot.x + px);
    const size_t at = kd_curve_search (points, x, 0);
    if (x < points->x[0] || at >= values->n || !isfinite (values->values[at]))
      continue;
    const double y =
        fmin (fmax (kd_axis_to_px (&layout->y, values->values[at]), layout->plot.y), bottom);
    if (isnan (last))
      cairo_move_to (cr, layout->plot.x + px, bottom);
    cairo_line_to (cr, layout->plot.x + px, y);
    last = layout->plot.x + px;
  }
  if (isnan (last))
    return;
  cairo_line_to (cr, last, bottom);
  cairo_close_path (cr);
  kd_set_color (cr, curve->color, 1);
  cairo_fill (cr);
}

static void
draw_band (cairo_t *cr, const KdChartCurve *curve, const KdChartLayout *layout)
{
  const KdChartBand *band = curve->band;
  for (int side = 0; side < 2; side++) /* there, and back */
    for (int k = 0; k < band->n; k++) {
      const int i = side ? band->n - 1 - k : k;
      const double x = kd_axis_to_px (&layout->x, band->x[i]);
      const double y = kd_axis_to_px (&layout->y, side ? band->high[i] : band->low[i]);
      if (isfinite (x) && isfinite (y)) /* a step 0 has no place on a logarithmic axis */
        cairo_line_to (cr, x, y);
    }
  kd_set_color (cr, curve->color, BAND_OPACITY);
  cairo_fill (cr);
}

static void
draw_bands (cairo_t *cr, const KdChart *chart, const KdChartLayout *layout)
{
  cairo_save (cr);
  cairo_rectangle (cr, layout->plot.x, layout->plot.y, layout->plot.width, layout->plot.height);
  cairo_clip (cr);
  for (int i = 0; i < chart->n_curves; i++)
    if (chart->curves[i].band)
      draw_band (cr, &chart->curves[i], layout);
  cairo_restore (cr);
}

/* All raw values beneath all means, so that no mean is hidden by another curve's noise. */
static void
draw_curves (cairo_t *cr, const KdChart *chart, const KdChartLayout *layout)
{
  for (int i = 0; i < chart->n_curves; i++) {
    const KdPen faint = { .color = chart->curves[i].color,
                          .opacity = RAW_OPACITY,
                          .width = RAW_PX };
    if (chart->curves[i].filled)
      fill_below (cr, &chart->curves[i], layout);
    else if (chart->curves[i].smoothing > 1)
      kd_curve_draw (chart->curves[i].curve, 0, cr, &layout->x, &layout->y, &faint);
  }
  for (int i = 0; i < chart->n_curves; i++) {
    const KdChartCurve *curve = &chart->curves[i];
    const KdPen pen = { .color = curve->color,
                        .opacity = 1,
                        .width = CURVE_PX,
                        .dash = curve->dash,
                        .n_dashes = curve->n_dashes };
    kd_curve_draw (curve->curve, curve->smoothing, cr, &layout->x, &layout->y, &pen);
    if (curve->markers)
      draw_markers (cr, curve, layout);
  }
}

/* ---- crosshair ----------------------------------------------------------------------------------------------- */

/* The value a curve shows at @x: of its mean, if that is what is drawn strongly. False: no point there. */
static bool
value_at (const KdChartCurve *curve, double x, double *point_x, double *value)
{
  double raw;
  if (!kd_curve_at (curve->curve, x, point_x, &raw))
    return false;
  *value = kd_curve_values (curve->curve, curve->smoothing)
               ->values[kd_curve_search (curve->curve, *point_x, 0)];
  return isfinite (*value);
}

/* The card beside the crosshair: x, then each curve's value, in as many columns as the height asks for. */
typedef struct {
  int n, rows, columns;
  double label, number; /* px of the widest that are drawn */
  double width, height;
  char head[64];
} Card;

static double
card_width (const Card *card, KdText *text)
{
  const double column = CARD_SWATCH_PX + card->label + 10 + card->number;
  const double columns = card->columns * (column + CARD_COLUMN_GAP_PX) - CARD_COLUMN_GAP_PX;
  return ceil (MAX (kd_text_width (text, card->head), columns) + 2 * READOUT_PAD_PX);
}

static Card
measure_card (const KdRect *rect, const KdChart *chart, KdText *text)
{
  Card card = { 0 };
  char number[32];
  kd_chart_tick_format (chart->cursor_x, 1, false, number, sizeof number);
  g_snprintf (card.head, sizeof card.head, "%s %s", chart->x_label ? chart->x_label : "x", number);
  for (int i = 0; i < chart->n_curves; i++) {
    double point_x, value;
    if (!value_at (&chart->curves[i], chart->cursor_x, &point_x, &value))
      continue;
    kd_number_format (value, number, sizeof number);
    card.label = MAX (card.label, ceil (kd_text_width (text, chart->curves[i].label)));
    card.number = MAX (card.number, ceil (kd_text_width (text, number)));
    card.n++;
  }
  const int room = (int) ((rect->height - READOUT_PAD_PX) / KD_CHART_LINE_PX) - 1;
  card.columns = MAX (1, (card.n + MAX (room, 1) - 1) / MAX (room, 1));
  card.rows = (card.n + card.columns - 1) / card.columns;
  card.width = card_width (&card, text);
  if (card.width > rect->width) { /* colours and dashes tell curves apart, too */
    card.label = MAX (floor (card.label - (card.width - rect->width) / card.columns), 0);
    card.width = MIN (card_width (&card, text), rect->width);
  }
  card.height = (card.rows + 1) * KD_CHART_LINE_PX + READOUT_PAD_PX;
  return card;
}

static void
draw_card_entry (
    cairo_t *cr, const KdChart *chart, const Card *card, KdText *text, int i, double x, double y)
{
  char number[32];
  double point_x, value = NAN;
  value_at (&chart->curves[i], chart->cursor_x, &point_x, &value);
  draw_swatch (cr, &chart->curves[i], x, floor (y), CARD_SWATCH_PX - 5);
  kd_number_format (value, number, sizeof number);
  kd_set_color (cr, chart->text, 1);
  if (card->label > 0) {
    kd_text_set_width (text, card->label + 1, 1);
    kd_text_draw (text, chart->curves[i].label, x + CARD_SWATCH_PX, y, KD_ALIGN_START);
    kd_text_set_width (text, 0, 0);
  }
  kd_text_draw (text, number, x + CARD_SWATCH_PX + card->label + 10 + card->number, y,
                KD_ALIGN_END);
}

/* Right of the crosshair if there is more room than on its left; never out of the chart. */
static void
draw_readout (cairo_t *cr,
              const KdRect *rect,
              const KdChart *chart,
              const KdChartLayout *layout,
              KdText *text,
              double cursor_px)
{
  const Card card = measure_card (rect, chart, text);
  if (card.n == 0)
    return;
  const double right_end = rect->x + rect->width;
  const bool on_right = right_end - cursor_px >= MIN (cursor_px - rect->x, card.width + 10);
  const double wanted = floor (cursor_px) + (on_right ? 10 : -10 - card.width);
  const double x = floor (MAX (MIN (wanted, right_end - card.width), rect->x));
  const double top =
      floor (MAX (MIN (layout->plot.y + 4, rect->y + rect->height - card.height), rect->y));

  cairo_rectangle (cr, x + 0.5, top + 0.5, card.width - 1, card.height - 1);
  kd_set_color (cr, chart->background, 0.92);
  cairo_fill_preserve (cr);
  kd_set_color (cr, chart->grid, 1);
  cairo_stroke (cr);
  const double first = top + READOUT_PAD_PX / 2 + KD_CHART_LINE_PX / 2;
  kd_set_color (cr, chart->text, 0.7);
  kd_text_draw (text, card.head, x + READOUT_PAD_PX, first, KD_ALIGN_START);
  const double column = CARD_SWATCH_PX + card.label + 10 + card.number + CARD_COLUMN_GAP_PX;
  for (int i = 0, place = 0; i < chart->n_curves; i++) {
    double point_x, value;
    if (!value_at (&chart->curves[i], chart->cursor_x, &point_x, &value))
      continue;
    draw_card_entry (cr, chart, &card, text, i, x + READOUT_PAD_PX + place / card.rows * column,
                     first + (place % card.rows + 1) * KD_CHART_LINE_PX);
    place++;
  }
}

static void
draw_cursor (cairo_t *cr,
             const KdRect *rect,
             const KdChart *chart,
             const KdChartLayout *layout,
             KdText *text)
{
  const double cursor = kd_axis_to_px (&layout->x, chart->cursor_x);
  if (!(cursor >= layout->plot.x && cursor <= layout->plot.x + layout->plot.width))
    return;
  kd_set_color (cr, chart->text, 0.6);
  line (cr, kd_crisp (cursor), layout->plot.y, kd_crisp (cursor),
        layout->plot.y + layout->plot.height);
  for (int i = 0; i < chart->n_curves; i++) {
    double x, value;
    if (!value_at (&chart->curves[i], chart->cursor_x, &x, &value))
      continue;
    const double px = kd_axis_to_px (&layout->x, x), py = kd_axis_to_px (&layout->y, value);
    if (px < layout->plot.x || px > layout->plot.x + layout->plot.width || py < layout->plot.y ||
        py > layout->plot.y + layout->plot.height)
      continue;
    cairo_new_sub_path (cr);
    cairo_arc (cr, px, py, 3.5, 0, 2 * G_PI);
    kd_set_color (cr, chart->background, 1);
    cairo_fill_preserve (cr);
    kd_set_color (cr, chart->curves[i].color, 1);
    cairo_set_line_width (cr, 1.5);
    cairo_stroke (cr);
    cairo_set_line_width (cr, 1);
  }
  if (!chart->cursor_mark)
    draw_readout (cr, rect, chart, layout, text, cursor);
}

static void
draw_empty (cairo_t *cr, const KdChart *chart, const KdChartLayout *layout, KdText *text)
{
  for (int i = 0; i < chart->n_curves; i++)
    if (kd_curve_count (chart->curves[i].curve) > 0)
      return;
  kd_set_color (cr, chart->text, 0.7);
  kd_text_draw (text, chart->empty, layout->plot.x + layout->plot.width / 2,
                layout->plot.y + layout->plot.height / 2, KD_ALIGN_MIDDLE);
}

void
kd_chart_draw (cairo_t *cr, const KdRect *rect, const KdChart *chart)
{
  KdText text;
  KdChartLayout layout;
  cairo_save (cr);
  cairo_new_path (cr);
  cairo_rectangle (cr, rect->x, rect->y, rect->width, rect->height);
  kd_set_color (cr, chart->background, 1);
  cairo_fill (cr);
  cairo_set_line_width (cr, 1);
  kd_text_init (&text, cr, KD_CHART_TEXT_PX);
  kd_chart_layout (rect, chart, &text, &layout);
  draw_y_axis (cr, chart, &layout, &text);
  draw_x_axis (cr, rect, chart, &layout, &text);
  draw_title (cr, rect, chart, &text);
  if (chart->legend)
    draw_legend (cr, rect, chart, &layout, &text);
  draw_bands (cr, chart, &layout);
  draw_curves (cr, chart, &layout);
  if (chart->empty)
    draw_empty (cr, chart, &layout, &text);
  if (isfinite (chart->cursor_x))
    draw_cursor (cr, rect, chart, &layout, &text);
  kd_text_clear (&text);
  cairo_restore (cr);
}
