/* SPDX-License-Identifier: MIT */
#include "engine/render/text.h"

#include <math.h>

#define MARGIN_PX 16.0
#define GAP_PX 12.0
#define TITLE_PX 16.0
#define TEXT_PX 10.0
#define TITLE_LINE_PX 24.0
#define LINE_PX 16.0
#define CAPTION_LINES 2
#define CAPTION_PX 28.0
#define ROW_GAP_PX 14.0
#define BAR_PX 74.0 /* a colour bar with its numbers */
#define BAR_GAP_PX 8.0
#define BARS_SHARE 0.7 /* height of bars against a panel's side */
#define BOX_PX 2.0
#define WIPE_LINE_PX 2.0
#define COLUMN_GAP_PX 32.0
#define MOST_COLUMNS 4
#define TALLEST 1.6 /* height against width */

typedef struct {
  KdColor background, text, frame;
} Style;

static Style
wall_style (const KdWall *wall)
{
  return wall->dark ? (Style){ { 0.118, 0.118, 0.118 }, { 0.94, 0.94, 0.94 }, { 0.35, 0.35, 0.35 } }
                    : (Style){ { 1, 1, 1 }, { 0.12, 0.12, 0.12 }, { 0.75, 0.75, 0.75 } };
}

/* ---- sizes --------------------------------------------------------------------------------------------------- */

static double
panel_side (const KdWall *wall)
{
  return wall->panel_px > 0 ? wall->panel_px : 160;
}

/* The largest size of the picture's shape within a panel. */
static void
fit (double side, double width, double height, double *fitted_width, double *fitted_height)
{
  const double scale = side / MAX (width, height);
  *fitted_width = MAX (round (width * scale), 1);
  *fitted_height = MAX (round (height * scale), 1);
}

static bool
has_map (const KdWallCell *cell)
{
  return cell->values || cell->beyond;
}

/* The side of a cell's map as it is drawn. */
static void
fit_map (const KdWall *wall, const KdWallCell *cell, double *width, double *height)
{
  if (cell->values)
    fit (panel_side (wall), cell->width, cell->height, width, height);
  else
    fit (panel_side (wall), cell->beyond_width, cell->beyond_height, width, height);
}

static double
row_panel_height (const KdWall *wall, const KdWallPanelRow *row)
{
  if (row->bars)
    return round (panel_side (wall) * BARS_SHARE);
  double tallest = 0;
  for (int i = 0; i < row->n_cells; i++) {
    double width, height;
    const KdWallCell *cell = &row->cells[i];
    if (cell->rgb)
      fit (panel_side (wall), wall->image.width, wall->image.height, &width, &height);
    else if (has_map (cell))
      fit_map (wall, cell, &width, &height);
    else
      continue;
    tallest = MAX (tallest, height);
  }
  return tallest > 0 ? tallest : panel_side (wall) / 2;
}

static const KdWallCell *
first_cell (const KdWallPanelRow *row)
{
  for (int i = 0; i < row->n_cells; i++)
    if (has_map (&row->cells[i]))
      return &row->cells[i];
  return NULL;
}

/* One bar serves the row if all its maps have the same scale and colours; else each map has its own beside it. */
static bool
row_shares_scale (const KdWallPanelRow *row)
{
  const KdWallCell *first = first_cell (row);
  for (int i = 0; !row->bars && i < row->n_cells; i++) {
    const KdWallCell *cell = &row->cells[i];
    if (has_map (cell) &&
        (cell->scale.low != first->scale.low || cell->scale.high != first->scale.high ||
         cell->scale.log != first->scale.log || cell->colormap != first->colormap))
      return false;
  }
  return true;
}

/* From one panel to the next; the same in all rows, so that levels stand in columns. */
static double
column_pitch (const KdWall *wall)
{
  double pitch = panel_side (wall) + GAP_PX;
  for (int i = 0; i < wall->n_rows; i++)
    if (!row_shares_scale (&wall->rows[i]))
      return pitch + BAR_PX + BAR_GAP_PX;
  return pitch;
}

static int
level_count (const KdWall *wall)
{
  int n = 1;
  for (int i = 0; i < wall->n_rows; i++)
    n = MAX (n, wall->rows[i].n_cells);
  return n;
}

static double
head_height (const KdWall *wall)
{
  return (wall->title ? TITLE_LINE_PX : 0) + (wall->subtitle ? LINE_PX : 0);
}

static double
photo_height (const KdWall *wall)
{
  double width, height = 0;
  if (wall->rgb)
    fit (panel_side (wall), wall->image.width, wall->image.height, &width, &height);
  return height;
}

static double
row_height (const KdWall *wall, const KdWallPanelRow *row)
{
  return (row->title ? LINE_PX : 0) + CAPTION_PX + row_panel_height (wall, row);
}

/* ---- flow: many rows stand in columns, first down, then right --------------------------------------------------- */

typedef struct {
  int n;                       /* columns */
  int first[MOST_COLUMNS + 1]; /* the rows where they begin; the last: the number of rows */
  double width, height;        /* of a column, and of the highest */
} Flow;

static double
rows_width (const KdWall *wall)
{
  const double pitch = column_pitch (wall);
  const bool bars_at_ends = pitch < panel_side (wall) + BAR_PX;
  return level_count (wall) * pitch - GAP_PX + (bars_at_ends ? BAR_GAP_PX + BAR_PX : 0);
}

static double
rows_height (const KdWall *wall, int first, int last)
{
  double height = 0;
  for (int i = first; i < last; i++)
    height += row_height (wall, &wall->rows[i]) + ROW_GAP_PX;
  return height;
}

/* The photo is the first thing of the first column. */
static double
photo_block (const KdWall *wall)
{
  return wall->rgb ? photo_height (wall) + ROW_GAP_PX : 0;
}

/* A column takes rows while the larger part of the next one is still within its share of what is left; the last takes the rest. */
static Flow
flow_in_columns (const KdWall *wall, int n)
{
  Flow flow = { .n = n, .width = rows_width (wall) };
  int row = 0;
  double height = photo_block (wall);
  for (int column = 0; column < n; column++) {
    const double share = (height + rows_height (wall, row, wall->n_rows)) / (n - column);
    flow.first[column] = row;
    for (; row < wall->n_rows; row++) {
      const double next = rows_height (wall, row, row + 1);
      if (column < n - 1 && row > flow.first[column] && height + next / 2 > share)
        break;
      height += next;
    }
    flow.height = MAX (flow.height, height);
    height = 0;
  }
  flow.first[n] = wall->n_rows;
  return flow;
}

static KdSize
flowed_size (const KdWall *wall, const Flow *flow)
{
  const double height = 2 * MARGIN_PX + head_height (wall) + flow->height;
  const double width = 2 * MARGIN_PX + flow->n * flow->width + (flow->n - 1) * COLUMN_GAP_PX;
  return (KdSize){ .height = (int) ceil (height), .width = (int) ceil (width) };
}

/* As few columns as make a picture that fits a page or a screen. */
static Flow
choose_flow (const KdWall *wall)
{
  Flow flow = flow_in_columns (wall, 1);
  for (int n = 2; n <= MIN (MOST_COLUMNS, wall->n_rows); n++) {
    const KdSize size = flowed_size (wall, &flow);
    if (size.height <= TALLEST * size.width)
      break;
    flow = flow_in_columns (wall, n);
  }
  return flow;
}

KdSize
kd_wall_size (const KdWall *wall)
{
  const Flow flow = choose_flow (wall);
  return flowed_size (wall, &flow);
}

/* ---- drawing ------------------------------------------------------------------------------------------------- */

static void
draw_frame (cairo_t *cr, const Style *style, double x, double y, double width, double height)
{
  kd_set_color (cr, style->frame, 1);
  cairo_set_line_width (cr, 1);
  cairo_rectangle (cr, x - 0.5, y - 0.5, width + 1, height + 1);
  cairo_stroke (cr);
}

static void
draw_head (cairo_t *cr, const KdWall *wall, KdText *text, const Style *style, double width)
{
  double y = MARGIN_PX;
  kd_text_set_width (text, width - 2 * MARGIN_PX, 1);
  if (wall->title) {
    kd_text_set_size (text, TITLE_PX, true);
    kd_set_color (cr, style->text, 1);
    kd_text_draw (text, wall->title, MARGIN_PX, y + TITLE_LINE_PX / 2 - 2, KD_ALIGN_START);
    y += TITLE_LINE_PX;
  }
  kd_text_set_size (text, TEXT_PX, false);
  if (wall->subtitle) {
    kd_set_color (cr, style->text, 0.75);
    kd_text_draw (text, wall->subtitle, MARGIN_PX, y + LINE_PX / 2 - 2, KD_ALIGN_START);
  }
  kd_text_set_width (text, 0, 0);
}

/* The boxes of a picture @width px wide, cut at its edges. */
static void
draw_boxes (cairo_t *cr,
            const KdWall *wall,
            const KdDetection *boxes,
            int n,
            const KdRect *target,
            const KdBoxStyle *box_style)
{
  if (n == 0 || wall->image.width <= 0)
    return;
  cairo_save (cr);
  cairo_rectangle (cr, target->x, target->y, target->width, target->height);
  cairo_clip (cr);
  kd_boxes_draw (cr, boxes, n, target->x, target->y, target->width / wall->image.width, box_style);
  cairo_restore (cr);
}

static void
draw_photo (cairo_t *cr, const KdWall *wall, KdText *text, const Style *style, double y)
{
  KdRect target = { .x = MARGIN_PX, .y = y };
  const KdBoxStyle truths = { .color = kd_truth_color (), .line_width = BOX_PX };
  KdHeatmap *photo = kd_heatmap_new ();
  fit (panel_side (wall), wall->image.width, wall->image.height, &target.width, &target.height);
  kd_heatmap_set_rgb (photo, wall->rgb, wall->image);
  kd_heatmap_draw (photo, cr, &target, true, 1);
  kd_heatmap_free (photo);
  draw_boxes (cr, wall, wall->truths, wall->n_truths, &target, &truths);
  draw_frame (cr, style, target.x, target.y, target.width, target.height);

  const double left = target.x + target.width + GAP_PX;
  double line_y = y + LINE_PX / 2;
  g_autofree char *size =
      g_strdup_printf ("image, %d x %d px", wall->image.width, wall->image.height);
  kd_set_color (cr, style->text, 1);
  kd_text_draw (text, size, left, line_y, KD_ALIGN_START);
  if (wall->n_truths > 0) {
    g_autofree char *count = g_strdup_printf ("ground truth, %d", wall->n_truths);
    line_y += LINE_PX;
    kd_set_color (cr, kd_truth_color (), 1);
    cairo_set_line_width (cr, 2);
    cairo_rectangle (cr, left + 1, floor (line_y) - 4, 12, 8);
    cairo_stroke (cr);
    kd_set_color (cr, style->text, 1);
    kd_text_draw (text, count, left + 20, line_y, KD_ALIGN_START);
  }
}

/* What was found over what there is. */
static void
draw_photo_cell (
    cairo_t *cr, const KdWall *wall, const KdWallCell *cell, const Style *style, double x, double y)
{
  KdRect target = { .x = x, .y = y };
  const KdBoxStyle truths = { .color = kd_truth_color (), .line_width = BOX_PX };
  const KdBoxStyle found = { .color = kd_student_color (), .line_width = BOX_PX };
  KdHeatmap *photo = kd_heatmap_new ();
  fit (panel_side (wall), wall->image.width, wall->image.height, &target.width, &target.height);
  kd_heatmap_set_rgb (photo, cell->rgb, wall->image);
  kd_heatmap_draw (photo, cr, &target, true, 1);
  kd_heatmap_free (photo);
  draw_boxes (cr, wall, cell->boxes, cell->n_boxes, &target, &truths);
  draw_boxes (cr, wall, cell->found, cell->n_found, &target, &found);
  draw_frame (cr, style, target.x, target.y, target.width, target.height);
}

static void
draw_under (cairo_t *cr, const KdWall *wall, const KdRect *target)
{
  if (!wall->under)
    return;
  KdHeatmap *photo = kd_heatmap_new ();
  kd_heatmap_set_rgb (photo, wall->under, wall->image);
  kd_heatmap_draw (photo, cr, target, true, 1);
  kd_heatmap_free (photo);
}

/* One map of a cell, with boxes and numbers; of a wipe as far as its side of the line goes. */
static void
draw_map (cairo_t *cr,
          const KdWall *wall,
          const KdWallCell *cell,
          bool beyond,
          const KdRect *target,
          const KdRect *part)
{
  const KdBoxStyle boxes = { .color = kd_truth_color (), .line_width = BOX_PX };
  const float *values = beyond ? cell->beyond : cell->values;
  if (!values || part->width <= 0)
    return;
  KdHeatmap *heatmap = kd_heatmap_new ();
  kd_heatmap_set (heatmap, values, beyond ? cell->beyond_width : cell->width,
                  beyond ? cell->beyond_height : cell->height, &cell->scale, cell->colormap);
  cairo_save (cr);
  if (cell->wiped) {
    cairo_rectangle (cr, part->x, part->y, part->width, part->height);
    cairo_clip (cr);
  }
  kd_heatmap_draw (heatmap, cr, target, wall->smooth, wall->under ? wall->overlay : 1);
  draw_boxes (cr, wall, cell->boxes, cell->n_boxes, target, &boxes);
  if (!wall->smooth)
    kd_heatmap_draw_values (heatmap, cr, target);
  cairo_restore (cr);
  kd_heatmap_free (heatmap);
}

static void
draw_cell (
    cairo_t *cr, const KdWall *wall, const KdWallCell *cell, const Style *style, double x, double y)
{
  KdRect target = { .x = x, .y = y };
  fit_map (wall, cell, &target.width, &target.height);
  draw_under (cr, wall, &target);
  if (!cell->wiped) {
    draw_map (cr, wall, cell, false, &target, &target);
  } else {
    const double line = round (cell->split * target.width);
    const KdRect left = { x, y, line, target.height };
    const KdRect right = { x + line, y, target.width - line, target.height };
    draw_map (cr, wall, cell, false, &target, &left);
    draw_map (cr, wall, cell, true, &target, &right);
    cairo_set_source_rgb (cr, 1, 1, 1);
    cairo_rectangle (cr, CLAMP (x + line - WIPE_LINE_PX / 2, x, x + target.width - WIPE_LINE_PX), y,
                     WIPE_LINE_PX, target.height);
    cairo_fill (cr);
  }
  draw_frame (cr, style, target.x, target.y, target.width, target.height);
}

static void
draw_color_bar (cairo_t *cr,
                const KdWallPanelRow *row,
                const KdWallCell *cell,
                const Style *style,
                double x,
                double y,
                double height)
{
  const KdRect rect = { x, y - 4, BAR_PX, height + 8 };
  kd_color_bar_draw (cr, &rect, &cell->scale, cell->colormap, row->unit, style->text);
}

static void
draw_empty (
    cairo_t *cr, KdText *text, const Style *style, double x, double y, double width, double height)
{
  draw_frame (cr, style, x, y, width, height);
  kd_set_color (cr, style->text, 0.5);
  kd_text_draw (text, "no map", x + width / 2, y + height / 2, KD_ALIGN_MIDDLE);
}

/* Which colour is whose, right of the title; returns where the next word may go. */
static double
draw_series_name (cairo_t *cr,
                  KdText *text,
                  const Style *style,
                  KdColor color,
                  const char *name,
                  double x,
                  double y)
{
  kd_set_color (cr, color, 1);
  cairo_rectangle (cr, x, floor (y) - 4, 9, 9);
  cairo_fill (cr);
  kd_set_color (cr, style->text, 1);
  kd_text_draw (text, name, x + 13, y, KD_ALIGN_START);
  return x + 13 + kd_text_width (text, name) + GAP_PX;
}

static void
draw_row_title (cairo_t *cr, const KdWallPanelRow *row, KdText *text, const Style *style, double y)
{
  const double middle = y + LINE_PX / 2;
  kd_text_set_size (text, TEXT_PX + 1, true);
  kd_set_color (cr, style->text, 1);
  kd_text_draw (text, row->title, MARGIN_PX, middle, KD_ALIGN_START);
  double x = ceil (MARGIN_PX + kd_text_width (text, row->title) + GAP_PX);
  kd_text_set_size (text, TEXT_PX, false);
  if (row->bars && row->n_cells > 0) {
    x = draw_series_name (cr, text, style, row->bars[0].colors[0], "teacher", x, middle);
    if (row->bars[0].n_series > 1)
      draw_series_name (cr, text, style, row->bars[0].colors[1], "student", ceil (x), middle);
  }
}

static void
draw_row (cairo_t *cr,
          const KdWall *wall,
          const KdWallPanelRow *row,
          KdText *text,
          const Style *style,
          double y)
{
  const double side = panel_side (wall), pitch = column_pitch (wall);
  const double height = row_panel_height (wall, row);
  const bool shared = row_shares_scale (row);
  if (row->title) {
    draw_row_title (cr, row, text, style, y);
    y += LINE_PX;
  }
  for (int i = 0; i < row->n_cells; i++) {
    const double x = MARGIN_PX + i * pitch;
    const KdWallCell *cell = &row->cells[i];
    kd_set_color (cr, style->text, 0.85);
    kd_text_set_width (text, side, CAPTION_LINES);
    if (cell->caption)
      kd_text_draw (text, cell->caption, x, y + CAPTION_PX / 2 - 1, KD_ALIGN_START);
    kd_text_set_width (text, 0, 0);
    const double top = y + CAPTION_PX;
    if (row->bars)
      kd_bars_draw (cr, &(KdRect){ x, top, side, height }, &row->bars[i]);
    else if (cell->rgb)
      draw_photo_cell (cr, wall, cell, style, x, top);
    else if (!has_map (cell))
      draw_empty (cr, text, style, x, top, side, height);
    else
      draw_cell (cr, wall, cell, style, x, top);
    if (!shared && has_map (cell))
      draw_color_bar (cr, row, cell, style, x + side + BAR_GAP_PX, top, height);
  }
  const KdWallCell *first = first_cell (row);
  if (shared && !row->bars && first)
    draw_color_bar (cr, row, first, style,
                    MARGIN_PX + (row->n_cells - 1) * pitch + side + BAR_GAP_PX, y + CAPTION_PX,
                    height);
}

static void
draw_rows (
    cairo_t *cr, const KdWall *wall, const Flow *flow, KdText *text, const Style *style, double top)
{
  cairo_save (cr);
  for (int column = 0; column < flow->n; column++) {
    double y = top + (column == 0 ? photo_block (wall) : 0);
    for (int i = flow->first[column]; i < flow->first[column + 1]; i++) {
      draw_row (cr, wall, &wall->rows[i], text, style, y);
      y += row_height (wall, &wall->rows[i]) + ROW_GAP_PX;
    }
    cairo_translate (cr, flow->width + COLUMN_GAP_PX, 0);
  }
  cairo_restore (cr);
}

void
kd_wall_draw (cairo_t *cr, const KdWall *wall)
{
  KdText text;
  const Style style = wall_style (wall);
  const Flow flow = choose_flow (wall);
  const KdSize size = flowed_size (wall, &flow);
  cairo_save (cr);
  kd_set_color (cr, style.background, 1);
  cairo_rectangle (cr, 0, 0, size.width, size.height);
  cairo_fill (cr);
  kd_text_init (&text, cr, TEXT_PX);
  draw_head (cr, wall, &text, &style, size.width);
  const double top = MARGIN_PX + head_height (wall) + ROW_GAP_PX;
  if (wall->rgb)
    draw_photo (cr, wall, &text, &style, top);
  draw_rows (cr, wall, &flow, &text, &style, top);
  kd_text_clear (&text);
  cairo_restore (cr);
}
