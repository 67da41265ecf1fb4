/* SPDX-License-Identifier: MIT */
#include "engine/render/sheet-private.h"

#define PHOTO_UNDER_CLASSES 0.55
#define PHOTO_BEYOND_WIPE 0.35
#define SMALLEST_PATTERN_PX 5.0
#define SMALLEST_SIGN_PX 11.0
#define DOT_PX 3.5
#define SMALL_PX 8.5 /* numbers in neighbouring cells */
#define SPECK_PX 3.5

int
kd_sheet_cell_at (const KdPanel *panel, double fraction_x, double fraction_y)
{
  const int x = CLAMP ((int) (fraction_x * panel->width), 0, panel->width - 1);
  const int y = CLAMP ((int) (fraction_y * panel->height), 0, panel->height - 1);
  return y * panel->width + x;
}

static KdRect
cell_rect (const KdPanel *panel, const KdRect *plot, int cell)
{
  const double w = plot->width / panel->width, h = plot->height / panel->height;
  return (KdRect){ plot->x + cell % panel->width * w, plot->y + (double) (cell / panel->width) * h,
                   w, h };
}

/* ---- cells ------------------------------------------------------------------------------------------- */

/* Diagonal lines through one cell, farther apart in a large one. */
static void
hatch (cairo_t *cr, const KdRect *cell, KdColor color)
{
  cairo_save (cr);
  cairo_rectangle (cr, cell->x, cell->y, cell->width, cell->height);
  cairo_clip (cr);
  const double reach = cell->width + cell->height;
  const double apart = CLAMP (round (MIN (cell->width, cell->height) / 4), 4, 9);
  for (double d = apart; d < reach; d += apart) {
    cairo_move_to (cr, cell->x + d, cell->y);
    cairo_line_to (cr, cell->x + d - reach, cell->y + reach);
  }
  kd_set_color (cr, color, 0.9);
  cairo_set_line_width (cr, 0.8);
  cairo_stroke (cr);
  cairo_restore (cr);
}

static void
dotted (cairo_t *cr, const KdRect *cell, KdColor color)
{
  cairo_new_sub_path (cr);
  cairo_arc (cr, cell->x + cell->width / 2, cell->y + cell->height / 2,
             MIN (cell->width, cell->height) / 5, 0, 2 * G_PI);
  kd_set_color (cr, color, 0.95);
  cairo_fill (cr);
}

static void
draw_class (KdSheetPen *pen, const KdPanel *panel, const KdRect *plot, int i)
{
  const int number = (int) panel->values[i];
  if (number < 1 || number > pen->sheet->n_classes)
    return;
  cairo_t *cr = pen->cr;
  const KdCellClass *class = &pen->sheet->classes[number - 1];
  const double strength = panel->strength ? CLAMP ((double) panel->strength[i], 0, 1) : 1;
  const KdRect cell = cell_rect (panel, plot, i);
  /* Edges on whole pixels, or seams show between neighbours. */
  const double x1 = round (cell.x), y1 = round (cell.y);
  kd_set_color (cr, class->color, strength);
  cairo_rectangle (cr, x1, y1, round (cell.x + cell.width) - x1, round (cell.y + cell.height) - y1);
  cairo_fill (cr);
  const double side = MIN (cell.width, cell.height);
  const KdColor black = { 0, 0, 0 }, white = { 1, 1, 1 };
  if (side >= SMALLEST_PATTERN_PX && class->pattern == KD_PATTERN_HATCH)
    hatch (cr, &cell, black);
  if (side >= SMALLEST_PATTERN_PX && class->pattern == KD_PATTERN_DOTS)
    dotted (cr, &cell, black);
  if (side >= SMALLEST_SIGN_PX && class->sign) {
    kd_set_color (cr, white, 1);
    kd_text_draw (pen->text, class->sign, cell.x + cell.width / 2, cell.y + cell.height / 2,
                  KD_ALIGN_MIDDLE);
  }
}

static void
draw_values (KdSheetPen *pen, const KdPanel *panel, const KdRect *plot)
{
  KdHeatmap *map = kd_heatmap_new ();
  kd_heatmap_set (map, panel->values, panel->width, panel->height, &panel->scale, panel->colormap);
  kd_heatmap_draw (map, pen->cr, plot, false, 1);
  if (panel->kind == KD_PANEL_MATRIX && !panel->wordless)
    kd_heatmap_draw_values (map, pen->cr, plot);
  kd_heatmap_free (map);
}

static void
draw_marks (KdSheetPen *pen, const KdPanel *panel, const KdRect *plot)
{
  const KdColor white = { 1, 1, 1 };
  for (int i = 0; panel->marks && i < panel->width * panel->height; i++) {
    const KdRect cell = cell_rect (panel, plot, i);
    if (panel->marks[i])
      hatch (pen->cr, &cell, white);
  }
}

/* ---- over the picture --------------------------------------------------------------------------------- */

/* A line that is seen on light and dark: the path stays. */
static void
stroke_rimmed (cairo_t *cr, KdColor color, double width, bool dashed)
{
  static const double dash[] = { 5, 3 };
  cairo_set_source_rgba (cr, 0, 0, 0, 0.55);
  cairo_set_line_width (cr, width + 2);
  cairo_stroke_preserve (cr);
  cairo_set_dash (cr, dash, dashed ? 2 : 0, 0);
  kd_set_color (cr, color, 1);
  cairo_set_line_width (cr, width);
  cairo_stroke (cr);
  cairo_set_dash (cr, NULL, 0, 0);
}

/* White on a dark tag, at @x,@y its upper left corner. */
static void
draw_tag (KdSheetPen *pen, const char *label, double x, double y)
{
  const double width = kd_text_width (pen->text, label) + 4;
  cairo_set_source_rgba (pen->cr, 0, 0, 0, 0.7);
  cairo_rectangle (pen->cr, x, y, width, 12);
  cairo_fill (pen->cr);
  cairo_set_source_rgb (pen->cr, 1, 1, 1);
  kd_text_draw (pen->text, label, x + 2, y + 6, KD_ALIGN_START);
}

/* Inside the box's corner, and inside the picture. */
static void
draw_box_label (KdSheetPen *pen, const KdSheetBox *box, const KdRect *plot, double sx, double sy)
{
  const double width = kd_text_width (pen->text, box->label) + 5;
  const bool right = box->corner == KD_CORNER_LOWER_RIGHT;
  const bool low = box->corner != KD_CORNER_UPPER_LEFT;
  const double x = plot->x + (right ? box->box.x2 * sx - width : box->box.x1 * sx + 1);
  const double y = plot->y + (low ? box->box.y2 * sy - 13 : box->box.y1 * sy + 1);
  draw_tag (pen, box->label, CLAMP (x, plot->x + 1, plot->x + plot->width - width),
            CLAMP (y, plot->y + 1, plot->y + plot->height - 13));
}

/* Cells on the other side of the wipe show the photo only; the wipe has a handle. */
static void
draw_wipe (KdSheetPen *pen, const KdPanel *panel, const KdRect *plot)
{
  cairo_t *cr = pen->cr;
  const KdColor white = { 1, 1, 1 };
  const double at = plot->x + CLAMP (panel->wipe, 0, 1) * plot->width;
  cairo_save (cr);
  for (int i = 0; i < panel->width * panel->height; i++) {
    const KdRect cell = cell_rect (panel, plot, i);
    const double x1 = round (cell.x), x2 = round (cell.x + cell.width), y = round (cell.y);
    const double from = panel->sides[i] ? MAX (x1, at) : x1;
    const double to = panel->sides[i] ? x2 : MIN (x2, at);
    if (to > from)
      cairo_rectangle (cr, from, y, to - from, round (cell.y + cell.height) - y);
  }
  cairo_clip (cr);
  kd_set_color (cr, pen->look->background, 1);
  cairo_paint (cr);
  if (pen->photo)
    kd_heatmap_draw (pen->photo, cr, plot, false, PHOTO_BEYOND_WIPE);
  cairo_restore (cr);
  cairo_new_path (cr);
  cairo_move_to (cr, at, plot->y);
  cairo_line_to (cr, at, plot->y + plot->height);
  stroke_rimmed (cr, white, 2, false);
  cairo_new_sub_path (cr);
  cairo_arc (cr, at, plot->y + plot->height / 2, 5, 0, 2 * G_PI);
  stroke_rimmed (cr, white, 2, false);
}

static void
draw_links (KdSheetPen *pen, const KdPanel *panel, const KdRect *plot, double sx, double sy)
{
  for (int i = 0; i < panel->n_links; i++) {
    const KdSheetLink *link = &panel->links[i];
    const double x = plot->x + link->x2 * sx, y = plot->y + link->y2 * sy;
    cairo_move_to (pen->cr, plot->x + link->x1 * sx, plot->y + link->y1 * sy);
    cairo_line_to (pen->cr, x, y);
    stroke_rimmed (pen->cr, (KdColor){ 1, 1, 1 }, 1.2, true);
    cairo_new_sub_path (pen->cr);
    cairo_arc (pen->cr, x, y, 3, 0, 2 * G_PI);
    stroke_rimmed (pen->cr, (KdColor){ 1, 1, 1 }, 1.2, false);
  }
}

static void
draw_boxes (KdSheetPen *pen, const KdPanel *panel, const KdRect *plot, double sx, double sy)
{
  for (int i = 0; i < panel->n_boxes; i++) {
    const KdSheetBox *box = &panel->boxes[i];
    cairo_rectangle (pen->cr, kd_crisp (plot->x + box->box.x1 * sx),
                     kd_crisp (plot->y + box->box.y1 * sy),
                     MAX (round ((box->box.x2 - box->box.x1) * sx), 1),
                     MAX (round ((box->box.y2 - box->box.y1) * sy), 1));
    if (box->fade > 0) {
      kd_set_color (pen->cr, box->color, 1 - box->fade);
      cairo_set_line_width (pen->cr, box->line_width);
      cairo_stroke (pen->cr);
    } else {
      stroke_rimmed (pen->cr, box->color, box->line_width, box->dashed);
    }
  }
  for (int i = 0; i < panel->n_boxes; i++)
    if (panel->boxes[i].label)
      draw_box_label (pen, &panel->boxes[i], plot, sx, sy);
}

/* One and two sigma: the unit circle through the square root of the covariance. */
static void
draw_ellipse (KdSheetPen *pen,
              const KdSheetEllipse *e,
              const KdRect *plot,
              double sx,
              double sy,
              double sigma)
{
  const double l11 = sqrt (MAX (e->xx, 1e-12)), l21 = e->xy / l11;
  const double l22 = sqrt (MAX (e->yy - l21 * l21, 1e-12));
  cairo_new_path (pen->cr);
  for (int i = 0; i <= 48; i++) {
    const double c = sigma * cos (i * G_PI / 24), s = sigma * sin (i * G_PI / 24);
    cairo_line_to (pen->cr, plot->x + (e->x + l11 * c) * sx,
                   plot->y + (e->y + l21 * c + l22 * s) * sy);
  }
  cairo_close_path (pen->cr);
  stroke_rimmed (pen->cr, e->color, sigma > 1 ? 1 : 1.6, e->dashed);
}

static bool
meet (const KdRect *a, const KdRect *b)
{
  return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height &&
         b->y < a->y + a->height;
}

/* Numbers in their places; one that would cover an earlier one is a speck. */
static void
draw_numbers (KdSheetPen *pen, const KdPanel *panel, const KdRect *plot, double sx, double sy)
{
  g_autofree KdRect *tags = g_new (KdRect, panel->n_dots + 1);
  int n_tags = 0;
  kd_text_set_size (pen->text, SMALL_PX, true);
  for (int i = 0; i < panel->n_dots; i++) {
    const KdSheetDot *dot = &panel->dots[i];
    if (!dot->label_only || dot->lit)
      continue;
    const double x = plot->x + dot->x * sx, y = plot->y + dot->y * sy;
    const double half = kd_text_width (pen->text, dot->label) / 2 + 1;
    const KdRect tag = { x - half, y - SMALL_PX / 2 - 1, 2 * half, SMALL_PX + 2 };
    bool free = true;
    for (int k = 0; free && k < n_tags; k++)
      free = !meet (&tag, &tags[k]);
    const KdRect speck = { x - SPECK_PX / 2, y - SPECK_PX / 2, SPECK_PX, SPECK_PX };
    const KdRect *drawn = free ? &tag : &speck;
    cairo_rectangle (pen->cr, drawn->x, drawn->y, drawn->width, drawn->height);
    if (free) {
      tags[n_tags++] = tag;
      cairo_set_source_rgba (pen->cr, 0, 0, 0, 0.75);
      cairo_fill (pen->cr);
      kd_set_color (pen->cr, dot->color, dot->hollow ? 0.55 : 1);
      kd_text_draw (pen->text, dot->label, x, y, KD_ALIGN_MIDDLE);
    } else {
      kd_set_color (pen->cr, dot->color, dot->hollow ? 0.55 : 1);
      cairo_fill_preserve (pen->cr);
      cairo_set_source_rgba (pen->cr, 0, 0, 0, 0.75);
      cairo_set_line_width (pen->cr, 1);
      cairo_stroke (pen->cr);
    }
  }
  kd_text_set_size (pen->text, KD_SHEET_TEXT_PX, false);
}

static void
draw_dot (KdSheetPen *pen, const KdSheetDot *dot, const KdRect *plot, double sx, double sy)
{
  const double x = plot->x + dot->x * sx, y = plot->y + dot->y * sy;
  const double radius = dot->lit ? DOT_PX + 2.5 : DOT_PX;
  if (dot->label_only && !dot->lit)
    return;
  cairo_new_sub_path (pen->cr);
  cairo_arc (pen->cr, x, y, radius, 0, 2 * G_PI);
  if (dot->hollow) {
    stroke_rimmed (pen->cr, dot->color, 1.5, false);
  } else {
    kd_set_color (pen->cr, dot->color, 1);
    cairo_fill_preserve (pen->cr);
    cairo_set_source_rgba (pen->cr, 0, 0, 0, 0.7);
    cairo_set_line_width (pen->cr, 1);
    cairo_stroke (pen->cr);
  }
  if (dot->label)
    draw_tag (pen, dot->label, x + radius + 1, y - 6);
}

static void
draw_over (KdSheetPen *pen, const KdPanel *panel, const KdRect *plot)
{
  const KdSize image = pen->sheet->image;
  if (image.width <= 0 || image.height <= 0 || panel->kind == KD_PANEL_MATRIX)
    return;
  const double sx = plot->width / image.width, sy = plot->height / image.height;
  draw_boxes (pen, panel, plot, sx, sy);
  draw_links (pen, panel, plot, sx, sy);
  for (int i = 0; i < panel->n_ellipses; i++)
    for (int sigma = 1; sigma <= panel->ellipses[i].sigmas; sigma++)
      draw_ellipse (pen, &panel->ellipses[i], plot, sx, sy, sigma);
  draw_numbers (pen, panel, plot, sx, sy);
  for (int i = 0; i < panel->n_dots; i++)
    draw_dot (pen, &panel->dots[i], plot, sx, sy);
}

/* ---- the whole ------------------------------------------------------------------------------------------ */

void
kd_sheet_draw_cells (KdSheetPen *pen, const KdPanel *panel, const KdRect *plot)
{
  cairo_t *cr = pen->cr;
  cairo_save (cr);
  cairo_rectangle (cr, plot->x, plot->y, plot->width, plot->height);
  cairo_clip (cr);
  if (panel->kind == KD_PANEL_IMAGE || panel->kind == KD_PANEL_CLASSES) {
    kd_set_color (cr, pen->look->frame, panel->kind == KD_PANEL_IMAGE ? 0.35 : 0.2);
    cairo_paint (cr);
    if (pen->photo)
      kd_heatmap_draw (pen->photo, cr, plot, false,
                       panel->kind == KD_PANEL_IMAGE ? 1 : PHOTO_UNDER_CLASSES);
  }
  if (panel->kind == KD_PANEL_CLASSES)
    for (int i = 0; i < panel->width * panel->height; i++)
      draw_class (pen, panel, plot, i);
  else if (panel->values && panel->kind != KD_PANEL_IMAGE)
    draw_values (pen, panel, plot);
  draw_marks (pen, panel, plot);
  if (panel->sides)
    draw_wipe (pen, panel, plot);
  draw_over (pen, panel, plot);
  if (panel->lit >= 0 && panel->kind != KD_PANEL_IMAGE &&
      panel->lit < panel->width * panel->height) {
    const KdRect cell = cell_rect (panel, plot, panel->lit);
    cairo_rectangle (cr, kd_crisp (cell.x), kd_crisp (cell.y), MAX (floor (cell.width), 2),
                     MAX (floor (cell.height), 2));
    stroke_rimmed (cr, (KdColor){ 1, 1, 1 }, 1.5, false);
  }
  cairo_restore (cr);
}
