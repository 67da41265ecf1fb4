/* SPDX-License-Identifier: MIT */

/* Where a sheet's panels are: rows one under another, or side by side where that lets them be larger. */
#include "engine/render/sheet-private.h"

#define ROW_GAP_PX 8.0
#define BESIDE_PX 36.0    /* between two rows of one line */
#define MAP_MOST_PX 230.0 /* rows of maps alone are not higher */
#define SMALL_MOST_PX 140.0
#define PLOT_MOST_PX 330.0
#define SMALLEST_PX 24.0
#define GROWTH_MOST 3.0  /* of all these where there is room */
#define GROWTH_LEAST 0.7 /* where there is not */
#define GROWTH_STEP 0.05
#define GROWTH_OF_PAGES 1.0 /* more would only be longer */
#define WORTH_GROWING 1.03  /* so much fuller a page must be to be longer */
#define BAR_PX 34.0         /* a bar with its number */
#define NAMED_BAR_PX 72.0

static double
aspect (const KdSheet *sheet, const KdPanel *panel)
{
  switch (panel->kind) {
  case KD_PANEL_MAP:
  case KD_PANEL_CLASSES:
    return panel->height > 0 ? (double) panel->width / panel->height : 1;
  case KD_PANEL_IMAGE:
    return sheet->image.height > 0 ? (double) sheet->image.width / sheet->image.height : 1;
  case KD_PANEL_MATRIX:
  case KD_PANEL_BARS:
    return 1;
  default:
    return 1.15;
  }
}

/* ---- rows ---------------------------------------------------------------------------------------------- */

typedef struct {
  int first, end, n_bars;
  double aspects; /* of all its panels */
  double beside;  /* width of what is between them */
  double side;    /* height of its pictures */
  double spare;   /* width for each of its bar panels to widen by */
  bool captions, rules;
} Row;

static Row
measure_row (const KdSheet *sheet, int first, double width, double growth)
{
  Row row = { .first = first, .end = first };
  double most = MAP_MOST_PX;
  for (; row.end < sheet->n_panels && sheet->panels[row.end].row == sheet->panels[first].row;
       row.end++) {
    const KdPanel *panel = &sheet->panels[row.end];
    row.aspects += aspect (sheet, panel);
    row.beside += (row.end > first ? KD_SHEET_GAP_PX : 0) + (panel->lead ? KD_SHEET_LEAD_PX : 0);
    row.captions = row.captions || panel->caption;
    row.rules = row.rules || panel->ruled;
    row.n_bars += panel->kind == KD_PANEL_BARS;
    const bool plot = panel->kind == KD_PANEL_IMAGE || panel->kind > KD_PANEL_BARS;
    if (panel->small)
      most = MIN (most, plot ? MAP_MOST_PX : SMALL_MOST_PX);
    else if (plot)
      most = PLOT_MOST_PX;
  }
  row.side = CLAMP (floor ((width - row.beside) / row.aspects), SMALLEST_PX, floor (most * growth));
  return row;
}

/* Without wider bars. */
static double
row_width (const Row *row)
{
  return row->beside + row->side * row->aspects;
}

static double
row_height (const Row *row)
{
  return KD_SHEET_TITLE_PX + row->side + (row->rules ? KD_SHEET_RULE_PX : 0) +
         (row->captions ? KD_SHEET_CAPTION_PX : 0);
}

/* Bars take what their row leaves, up to what shows every number. */
static double
panel_width (const KdSheet *sheet, const KdPanel *panel, const Row *row)
{
  const double least = floor (row->side * aspect (sheet, panel));
  if (panel->kind != KD_PANEL_BARS)
    return least;
  const double wanted = panel->width * (panel->names ? NAMED_BAR_PX : BAR_PX);
  return MAX (least, MIN (wanted, least + row->spare));
}

static void
place_row (const KdSheet *sheet, const Row *row, double x, double y, KdRect *plots)
{
  for (int i = row->first; i < row->end; i++) {
    const KdPanel *panel = &sheet->panels[i];
    x += panel->lead ? KD_SHEET_LEAD_PX : 0;
    plots[i] = (KdRect){ x, y + KD_SHEET_TITLE_PX, panel_width (sheet, panel, row), row->side };
    x += plots[i].width + KD_SHEET_GAP_PX;
  }
}

/* ---- lines of rows ------------------------------------------------------------------------------------- */

/* Whether the next row stands beside @row, which begins at @x. */
static bool
has_neighbour (
    const KdSheet *sheet, const Row *row, double width, double growth, bool flowing, double x)
{
  if (!flowing || row->end >= sheet->n_panels)
    return false;
  const Row next = measure_row (sheet, row->end, width, growth);
  return x + row_width (row) + BESIDE_PX + row_width (&next) <= width;
}

/* Returns the height of all. @flowing: rows that fit stand side by side. */
static double
place_lines (const KdSheet *sheet, double width, double growth, bool flowing, KdRect *plots)
{
  double x = 0, y = 0, height = 0;
  for (int i = 0; i < sheet->n_panels;) {
    Row row = measure_row (sheet, i, width, growth);
    if (x > 0 && (!flowing || x + row_width (&row) > width)) {
      x = 0;
      y += height + ROW_GAP_PX;
      height = 0;
    }
    if (row.n_bars && !has_neighbour (sheet, &row, width, growth, flowing, x))
      row.spare = (width - x - row_width (&row)) / row.n_bars;
    place_row (sheet, &row, x, y, plots);
    x += row_width (&row) + BESIDE_PX;
    height = MAX (height, row_height (&row));
    i = row.end;
  }
  return y + height + (sheet->n_panels ? ROW_GAP_PX : 0);
}

static double
area (const KdSheet *sheet, const KdRect *plots)
{
  double sum = 0;
  for (int i = 0; i < sheet->n_panels; i++)
    sum += plots[i].width * plots[i].height;
  return sum;
}

double
kd_sheet_place (const KdSheet *sheet, double width, double room, KdRect *plots)
{
  double best = GROWTH_LEAST, largest = 0;
  bool flows = true, fits = true;
  /* Whatever does not fit does not fit when it is larger. */
  for (double growth = GROWTH_LEAST; fits && growth <= GROWTH_MOST; growth += GROWTH_STEP) {
    fits = false;
    for (int flowing = 0; flowing < 2; flowing++) {
      if (place_lines (sheet, width, growth, flowing, plots) > room)
        continue;
      fits = true;
      if (area (sheet, plots) <= largest)
        continue;
      largest = area (sheet, plots);
      best = growth;
      flows = flowing;
    }
  }
  return place_lines (sheet, width, best, flows, plots);
}

double
kd_sheet_fullest (const KdSheet *sheet, double width)
{
  g_autofree KdRect *plots = g_new (KdRect, MAX (sheet->n_panels, 1));
  double best = 0, fullest = 0;
  for (double growth = GROWTH_LEAST; growth <= GROWTH_OF_PAGES + GROWTH_STEP / 2;
       growth += GROWTH_STEP)
    for (int flowing = 0; flowing < 2; flowing++) {
      const double height = place_lines (sheet, width, growth, flowing, plots);
      const double full = area (sheet, plots) / (width * height);
      if (full > fullest * (fullest > 0 ? WORTH_GROWING : 1)) {
        fullest = full;
        best = height;
      }
    }
  return best;
}
