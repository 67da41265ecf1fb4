/* SPDX-License-Identifier: MIT */
#include "engine/render/sheet-private.h"

#include <math.h>
#include <string.h>

#define HEAD_PX 22.0
#define LEGEND_PX 18.0
#define SWATCH_PX 12.0
#define NAMES_PX 20.0 /* left of and above a matrix */
#define SMALLEST_NAME_PX 9.0
#define REACH_PX 8.0 /* from a dot */

KdSheetLook
kd_sheet_look (bool dark)
{
  return dark ? (KdSheetLook){ { 0.94, 0.94, 0.94 },
                               { 0.4, 0.4, 0.4 },
                               { 0.118, 0.118, 0.118 },
                               true }
              : (KdSheetLook){ { 0.12, 0.12, 0.12 }, { 0.68, 0.68, 0.68 }, { 1, 1, 1 }, false };
}

static bool
has_cells (const KdPanel *panel)
{
  return panel->kind <= KD_PANEL_MATRIX;
}

/* ---- head and legend --------------------------------------------------------------------------------- */

static double
lines_height (KdText *text, const char *lines, double width)
{
  if (!lines || !*lines)
    return 0;
  int height;
  kd_text_set_width (text, width, 8);
  pango_layout_set_text (text->layout, lines, -1);
  pango_layout_get_size (text->layout, NULL, &height);
  kd_text_set_width (text, 0, 0);
  return ceil (height / (double) PANGO_SCALE) + 6;
}

static double
title_height (const KdSheet *sheet)
{
  return sheet->title ? HEAD_PX : 0;
}

/* Title, summary and alarm. */
static double
head_height (KdText *text, const KdSheet *sheet, double width)
{
  return title_height (sheet) + lines_height (text, sheet->summary, width) +
         lines_height (text, sheet->alarm, width);
}

/* Returns where they end. */
static double
draw_lines (KdText *text, const char *lines, double x, double y, double width)
{
  const double height = lines_height (text, lines, width);
  if (height > 0) {
    kd_text_set_width (text, width, 8);
    kd_text_draw (text, lines, x, y + (height - 6) / 2, KD_ALIGN_START);
    kd_text_set_width (text, 0, 0);
  }
  return y + height;
}

static void
draw_swatch (KdSheetPen *pen, const KdCellClass *class, double x, double y)
{
  const float one = 1;
  const KdSheet alone = { .classes = class, .n_classes = 1 };
  const KdPanel swatch = {
    .kind = KD_PANEL_CLASSES, .values = &one, .width = 1, .height = 1, .lit = -1
  };
  KdSheetPen small = *pen;
  small.sheet = &alone;
  small.photo = NULL;
  kd_sheet_draw_cells (&small, &swatch, &(KdRect){ x, y - SWATCH_PX / 2, SWATCH_PX, SWATCH_PX });
}

/* All lines of the legend side by side, as many a line as fit; returns its height. @pen NULL: only measured. */
static double
walk_legend (
    KdText *text, KdSheetPen *pen, const KdSheet *sheet, double left, double top, double width)
{
  double x = 0, y = 0;
  int n_words = 0;
  while (sheet->legend && sheet->legend[n_words])
    n_words++;
  for (int i = 0; i < sheet->n_classes + n_words; i++) {
    const bool class = i < sheet->n_classes;
    const char *label = class ? sheet->classes[i].label : sheet->legend[i - sheet->n_classes];
    if (!label)
      continue;
    const double swatch = class ? SWATCH_PX + 5 : 0;
    const double wide = MIN (swatch + kd_text_width (text, label), width);
    if (x > 0 && x + wide > width) {
      x = 0;
      y += LEGEND_PX;
    }
    if (pen) {
      if (class)
        draw_swatch (pen, &sheet->classes[i], left + x, top + y + LEGEND_PX / 2);
      kd_set_color (pen->cr, pen->look->text, 1);
      kd_text_set_width (text, width - swatch, 1);
      kd_text_draw (text, label, left + x + swatch, top + y + LEGEND_PX / 2, KD_ALIGN_START);
      kd_text_set_width (text, 0, 0);
    }
    x += wide + 16;
  }
  return x > 0 || y > 0 ? y + LEGEND_PX : 0;
}

/* Places all panels as large as the height allows; returns where the last row ends, from the sheet's top. */
static double
fill_height (KdText *text, const KdSheet *sheet, double width, double height, KdRect *plots)
{
  const double top = head_height (text, sheet, width);
  const double legend = walk_legend (text, NULL, sheet, 0, 0, width);
  const double end = top + kd_sheet_place (sheet, width, height - top - legend, plots);
  for (int i = 0; i < sheet->n_panels; i++)
    plots[i].y += top;
  return end;
}

double
kd_sheet_height (cairo_t *cr, const KdSheet *sheet, double width)
{
  KdText text;
  kd_text_init (&text, cr, KD_SHEET_TEXT_PX);
  g_autofree KdRect *plots = g_new (KdRect, MAX (sheet->n_panels, 1));
  const double height =
      fill_height (&text, sheet, width, 0, plots) + walk_legend (&text, NULL, sheet, 0, 0, width);
  kd_text_clear (&text);
  return ceil (height);
}

double
kd_sheet_room (cairo_t *cr, const KdSheet *sheet, double width, double room)
{
  const double least = kd_sheet_height (cr, sheet, width);
  if (least <= room)
    return least;
  KdText text;
  kd_text_init (&text, cr, KD_SHEET_TEXT_PX);
  const double beside =
      head_height (&text, sheet, width) + walk_legend (&text, NULL, sheet, 0, 0, width);
  kd_text_clear (&text);
  return ceil (beside + kd_sheet_readable (sheet, width));
}

double
kd_sheet_page_height (cairo_t *cr, const KdSheet *sheet, double width)
{
  KdText text;
  kd_text_init (&text, cr, KD_SHEET_TEXT_PX);
  const double beside =
      head_height (&text, sheet, width) + walk_legend (&text, NULL, sheet, 0, 0, width);
  kd_text_clear (&text);
  return ceil (beside + kd_sheet_fullest (sheet, width));
}

/* ---- drawing ------------------------------------------------------------------------------------------- */

/* A map's scale as a strip of its colours between its two ends. */
static void
draw_rule (KdSheetPen *pen, const KdPanel *panel, const KdRect *plot)
{
  char low[32], high[32];
  const double y = plot->y + plot->height + KD_SHEET_RULE_PX / 2 + 1;
  kd_number_format_short (panel->scale.low, low, sizeof low);
  kd_number_format_short (panel->scale.high, high, sizeof high);
  g_autofree char *logarithmic = g_strconcat (high, " log", NULL);
  const double left = kd_text_width (pen->text, low) + 4;
  const bool named =
      panel->scale.log && left + kd_text_width (pen->text, logarithmic) < plot->width;
  const char *end = named ? logarithmic : high;
  const double right = kd_text_width (pen->text, end) + 4;
  kd_set_color (pen->cr, pen->look->text, 1);
  kd_text_draw (pen->text, low, plot->x, y, KD_ALIGN_START);
  kd_text_draw (pen->text, end, plot->x + plot->width, y, KD_ALIGN_END);
  const KdRect strip = { plot->x + left, y - 3, plot->width - left - right, 6 };
  if (strip.width < 6)
    return;
  float steps[64];
  const KdScale even = { .high = 1 };
  for (int i = 0; i < 64; i++)
    steps[i] = (float) ((i + 0.5) / 64);
  KdHeatmap *colors = kd_heatmap_new ();
  kd_heatmap_set (colors, steps, 64, 1, &even, panel->colormap);
  kd_heatmap_draw (colors, pen->cr, &strip, false, 1);
  kd_heatmap_free (colors);
}

/* Rows of a matrix have names beside them where there is room; columns then have theirs, as many as fit. */
static bool
shows_names (const KdPanel *panel, const KdRect *plot)
{
  return panel->kind == KD_PANEL_MATRIX && panel->names &&
         (plot->height - NAMES_PX) / panel->height >= SMALLEST_NAME_PX;
}

static KdRect
cells_rect (const KdPanel *panel, const KdRect *plot)
{
  if (!shows_names (panel, plot))
    return *plot;
  return (KdRect){ plot->x + NAMES_PX, plot->y + NAMES_PX, plot->width - NAMES_PX,
                   plot->height - NAMES_PX };
}

static void
draw_names (KdSheetPen *pen, const KdPanel *panel, const KdRect *cells)
{
  const double w = cells->width / panel->width, h = cells->height / panel->height;
  kd_set_color (pen->cr, pen->look->text, 1);
  for (int y = 0; y < panel->height; y++)
    kd_text_draw (pen->text, panel->names[y], cells->x - 4, cells->y + (y + 0.5) * h, KD_ALIGN_END);
  double widest = 0;
  for (int x = 0; panel->columns && x < panel->width; x++)
    widest = MAX (widest, kd_text_width (pen->text, panel->columns[x]) + 3);
  const int every = (int) ceil (widest / w);
  for (int x = 0; panel->columns && x < panel->width; x += every)
    kd_text_draw (pen->text, panel->columns[x], cells->x + (x + 0.5) * w, cells->y - 8,
                  KD_ALIGN_MIDDLE);
}

/* How far right its words may go: up to the next panel, of which nothing but a sign, half way down, is before. */
static double
room_of_words (const KdRect *plots, int n, int index, double end)
{
  const double below = KD_SHEET_RULE_PX + KD_SHEET_CAPTION_PX + KD_SHEET_TITLE_PX;
  const KdRect *plot = &plots[index];
  for (int i = 0; i < n; i++)
    if (plots[i].x > plot->x + plot->width / 2 && plots[i].y < plot->y + plot->height + below &&
        plot->y < plots[i].y + plots[i].height + below)
      end = fmin (end, plots[i].x - KD_SHEET_GAP_PX / 2);
  return fmax (end - plot->x, plot->width);
}

static void
draw_panel (KdSheetPen *pen, const KdPanel *panel, const KdRect *plot, double room, bool rules)
{
  cairo_t *cr = pen->cr;
  kd_set_color (cr, pen->look->text, 1);
  kd_text_set_size (pen->text, KD_SHEET_TEXT_PX, true);
  kd_text_set_width (pen->text, room, 1);
  if (panel->title)
    kd_text_draw (pen->text, panel->title, plot->x, plot->y - KD_SHEET_TITLE_PX / 2 - 1,
                  KD_ALIGN_START);
  kd_text_set_size (pen->text, KD_SHEET_TEXT_PX, false);
  const double below =
      plot->y + plot->height + (rules ? KD_SHEET_RULE_PX : 0) + KD_SHEET_CAPTION_PX / 2;
  if (panel->caption)
    kd_text_draw (pen->text, panel->caption, plot->x, below, KD_ALIGN_START);
  kd_text_set_width (pen->text, 0, 0);
  if (panel->lead) {
    kd_text_set_size (pen->text, 14, true);
    kd_text_draw (pen->text, panel->lead, plot->x - (KD_SHEET_GAP_PX + KD_SHEET_LEAD_PX) / 2,
                  plot->y + plot->height / 2, KD_ALIGN_MIDDLE);
    kd_text_set_size (pen->text, KD_SHEET_TEXT_PX, false);
  }
  if (panel->ruled)
    draw_rule (pen, panel, plot);
  const KdRect cells = cells_rect (panel, plot);
  if (shows_names (panel, plot))
    draw_names (pen, panel, &cells);
  if (has_cells (panel))
    kd_sheet_draw_cells (pen, panel, &cells);
  else
    kd_sheet_draw_plot (pen, panel, plot);
}

static bool
row_has_rules (const KdSheet *sheet, int row)
{
  for (int i = 0; i < sheet->n_panels; i++)
    if (sheet->panels[i].row == row && sheet->panels[i].ruled)
      return true;
  return false;
}

void
kd_sheet_draw (cairo_t *cr, const KdRect *rect, const KdSheet *sheet, const KdSheetLook *look)
{
  KdText text;
  KdSheetPen pen = { cr, &text, sheet, look, NULL };
  cairo_save (cr);
  kd_text_init (&text, cr, KD_SHEET_TEXT_PX);
  if (sheet->rgb) {
    pen.photo = kd_heatmap_new ();
    kd_heatmap_set_rgb (pen.photo, sheet->rgb, sheet->image);
  }
  kd_set_color (cr, look->text, 1);
  if (sheet->title) {
    kd_text_set_size (&text, 14, true);
    kd_text_set_width (&text, rect->width, 1);
    kd_text_draw (&text, sheet->title, rect->x, rect->y + HEAD_PX / 2 - 1, KD_ALIGN_START);
    kd_text_set_size (&text, KD_SHEET_TEXT_PX, false);
  }
  const double summary_end =
      draw_lines (&text, sheet->summary, rect->x, rect->y + title_height (sheet), rect->width);
  kd_set_color (cr, kd_sheet_alarm (look), 1);
  draw_lines (&text, sheet->alarm, rect->x, summary_end, rect->width);
  kd_set_color (cr, look->text, 1);
  g_autofree KdRect *plots = g_new (KdRect, MAX (sheet->n_panels, 1));
  const double end = fill_height (&text, sheet, rect->width, rect->height, plots);
  for (int i = 0; i < sheet->n_panels; i++) {
    plots[i].x += rect->x;
    plots[i].y += rect->y;
  }
  for (int i = 0; i < sheet->n_panels; i++)
    draw_panel (&pen, &sheet->panels[i], &plots[i],
                room_of_words (plots, sheet->n_panels, i, rect->x + rect->width),
                row_has_rules (sheet, sheet->panels[i].row));
  walk_legend (&text, &pen, sheet, rect->x, rect->y + end, rect->width);
  kd_heatmap_free (pen.photo);
  kd_text_clear (&text);
  cairo_restore (cr);
}

/* ---- places --------------------------------------------------------------------------------------------- */

/* The dot at or next to image position (@x,@y); -1: none is near. */
static int
dot_at (const KdPanel *panel, double x, double y, double reach)
{
  int nearest = -1;
  double least = reach * reach;
  for (int i = 0; i < panel->n_dots; i++) {
    const double dx = panel->dots[i].x - x, dy = panel->dots[i].y - y;
    if (dx * dx + dy * dy <= least) {
      least = dx * dx + dy * dy;
      nearest = i;
    }
  }
  return nearest;
}

/* The smallest box to pick at image position (@x,@y); -1: none. */
static int
box_at (const KdPanel *panel, double x, double y)
{
  int smallest = -1;
  double least = INFINITY;
  for (int i = 0; i < panel->n_pickable; i++) {
    const KdBox *box = &panel->boxes[i].box;
    const double area = (box->x2 - box->x1) * (box->y2 - box->y1);
    if (x >= box->x1 && x <= box->x2 && y >= box->y1 && y <= box->y2 && area < least) {
      least = area;
      smallest = i;
    }
  }
  return smallest;
}

/* A matrix's names are no cells. */
static int
cell_at (const KdPanel *panel, const KdRect *plot, double x, double y)
{
  const KdRect cells = cells_rect (panel, plot);
  const double across = (x - cells.x) / cells.width, down = (y - cells.y) / cells.height;
  return across < 0 || down < 0 ? -1 : kd_sheet_cell_at (panel, across, down);
}

/* @left, @top: in the panel's picture. */
static KdSheetSpot
spot_in_panel (const KdSheet *sheet, int index, const KdRect *plot, double left, double top)
{
  const KdPanel *panel = &sheet->panels[index];
  const KdRect own = { 0, 0, plot->width, plot->height };
  const double across = left / plot->width, down = top / plot->height;
  KdSheetSpot spot = { index, -1, across * sheet->image.width, down * sheet->image.height };
  if (panel->n_pickable)
    spot.item = box_at (panel, spot.x, spot.y);
  else if (panel->kind == KD_PANEL_IMAGE)
    spot.item = dot_at (panel, spot.x, spot.y, REACH_PX * sheet->image.width / plot->width);
  else if (has_cells (panel))
    spot.item = cell_at (panel, &own, left, top);
  else
    spot.item = kd_sheet_plot_at (panel, &own, left, top);
  if (panel->kind == KD_PANEL_SCATTER)
    kd_sheet_plot_fractions (panel, &own, left, top, &spot.x, &spot.y);
  else if (panel->kind > KD_PANEL_IMAGE)
    spot.x = spot.y = NAN;
  return spot;
}

static KdRect *
place_plots (cairo_t *cr, const KdRect *rect, const KdSheet *sheet)
{
  KdText text;
  KdRect *plots = g_new (KdRect, MAX (sheet->n_panels, 1));
  kd_text_init (&text, cr, KD_SHEET_TEXT_PX);
  fill_height (&text, sheet, rect->width, rect->height, plots);
  kd_text_clear (&text);
  return plots;
}

KdSheetSpot
kd_sheet_spot (cairo_t *cr, const KdRect *rect, const KdSheet *sheet, double x, double y)
{
  g_autofree KdRect *plots = place_plots (cr, rect, sheet);
  for (int i = 0; i < sheet->n_panels; i++) {
    const double left = x - rect->x - plots[i].x, top = y - rect->y - plots[i].y;
    if (left >= 0 && top >= 0 && left < plots[i].width && top < plots[i].height)
      return spot_in_panel (sheet, i, &plots[i], left, top);
  }
  return (KdSheetSpot){ -1, -1, NAN, NAN };
}

KdSheetSpot
kd_sheet_spot_in (
    cairo_t *cr, const KdRect *rect, const KdSheet *sheet, int panel, double x, double y)
{
  g_assert (panel >= 0 && panel < sheet->n_panels);
  g_autofree KdRect *plots = place_plots (cr, rect, sheet);
  const KdRect *plot = &plots[panel];
  return spot_in_panel (sheet, panel, plot, CLAMP (x - rect->x - plot->x, 0, plot->width),
                        CLAMP (y - rect->y - plot->y, 0, plot->height));
}

static int
item_count (const KdPanel *panel)
{
  switch (panel->kind) {
  case KD_PANEL_IMAGE:
    return panel->n_pickable ? panel->n_pickable : panel->n_dots;
  case KD_PANEL_BARS:
    return panel->width;
  case KD_PANEL_SLOPES:
    return panel->n_lines;
  case KD_PANEL_SCATTER:
    return panel->n_points;
  default:
    return panel->width * panel->height;
  }
}

/* The place of an item that was reached without a pointer. */
static KdSheetSpot
spot_of (const KdSheet *sheet, int index, int item)
{
  const KdPanel *panel = &sheet->panels[index];
  KdSheetSpot spot = { index, item, NAN, NAN };
  if (panel->n_pickable) {
    spot.x = (panel->boxes[item].box.x1 + panel->boxes[item].box.x2) / 2;
    spot.y = (panel->boxes[item].box.y1 + panel->boxes[item].box.y2) / 2;
  } else if (panel->kind == KD_PANEL_IMAGE) {
    spot.x = panel->dots[item].x;
    spot.y = panel->dots[item].y;
  } else if (panel->kind <= KD_PANEL_CLASSES) {
    spot.x = (item % panel->width + 0.5) / panel->width * sheet->image.width;
    spot.y = ((double) (item / panel->width) + 0.5) / panel->height * sheet->image.height;
  }
  return spot;
}

KdSheetSpot
kd_sheet_step (const KdSheet *sheet, const KdSheetSpot *from, int dx, int dy)
{
  const int direction = dx + dy < 0 ? -1 : 1;
  if (from->panel >= 0 && from->panel < sheet->n_panels) {
    const KdPanel *panel = &sheet->panels[from->panel];
    const bool grid = has_cells (panel) && panel->kind != KD_PANEL_IMAGE;
    const int x = grid ? from->item % MAX (panel->width, 1) + dx : 0;
    const int item = from->item < 0 ? 0 : from->item + (grid ? dx + dy * panel->width : dx + dy);
    if (item >= 0 && item < item_count (panel) && (!grid || (x >= 0 && x < panel->width)))
      return spot_of (sheet, from->panel, item);
  }
  for (int i = from->panel + direction; i >= 0 && i < sheet->n_panels; i += direction)
    if (item_count (&sheet->panels[i]) > 0)
      return spot_of (sheet, i, direction > 0 ? 0 : item_count (&sheet->panels[i]) - 1);
  return *from;
}
