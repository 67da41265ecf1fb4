/* SPDX-License-Identifier: MIT */
#include "engine/render/text.h"

#define LABEL_PX 10.0
#define LABEL_HEIGHT 13.0
#define HALO_PX 2.0 /* the dark rim that keeps a box visible over any colour */

static const double box_dash[] = { 4, 3 };

/* The outline on pixel middles, so that it is sharp; a thin box keeps a pixel of width. */
static void
outline (
    cairo_t *cr, const KdBox *box, double origin_x, double origin_y, double scale, double width)
{
  const double nudge = (int) width % 2 == 1 ? 0.5 : 0;
  const double x1 = floor (origin_x + box->x1 * scale) + nudge;
  const double y1 = floor (origin_y + box->y1 * scale) + nudge;
  const double x2 = ceil (origin_x + box->x2 * scale) - nudge;
  const double y2 = ceil (origin_y + box->y2 * scale) - nudge;
  cairo_rectangle (cr, x1, y1, MAX (x2 - x1, 1), MAX (y2 - y1, 1));
}

/* A tag above the box's corner; inside it if there is no room above. */
static void
draw_label (
    cairo_t *cr, KdText *text, const char *label, double x, double y, const KdBoxStyle *style)
{
  double left, top, right, bottom;
  cairo_clip_extents (cr, &left, &top, &right, &bottom);
  const double width = kd_text_width (text, label) + 6;
  const double tag_y = y - LABEL_HEIGHT >= top ? y - LABEL_HEIGHT : y;
  const double tag_x = CLAMP (x, left, MAX (left, right - width));
  kd_set_color (cr, style->color, 0.95);
  cairo_rectangle (cr, floor (tag_x), floor (tag_y), ceil (width), LABEL_HEIGHT);
  cairo_fill (cr);
  cairo_set_source_rgb (cr, 1, 1, 1);
  kd_text_draw (text, label, floor (tag_x) + 3, floor (tag_y) + LABEL_HEIGHT / 2, KD_ALIGN_START);
}

void
kd_boxes_draw (cairo_t *cr,
               const KdDetection *boxes,
               int n,
               double origin_x,
               double origin_y,
               double scale,
               const KdBoxStyle *style)
{
  KdText text;
  cairo_save (cr);
  cairo_new_path (cr);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_MITER);
  kd_text_init (&text, cr, LABEL_PX);
  /* One path for all boxes: where they cross, the rim is not darker and covers no other box's line. */
  for (int i = 0; i < n; i++)
    if ((double) boxes[i].score >= style->min_score)
      outline (cr, &boxes[i].box, origin_x, origin_y, scale, style->line_width);
  cairo_set_source_rgba (cr, 0, 0, 0, 0.5);
  cairo_set_line_width (cr, style->line_width + HALO_PX);
  cairo_stroke_preserve (cr);
  kd_set_color (cr, style->color, 1);
  cairo_set_dash (cr, box_dash, style->dashed ? 2 : 0, 0);
  cairo_set_line_width (cr, style->line_width);
  cairo_stroke (cr);
  /* Labels last, so that no box crosses them; in reverse, so that the surest is on top. */
  for (int i = n - 1; i >= 0 && (style->names || style->scores); i--) {
    if ((double) boxes[i].score < style->min_score)
      continue;
    char score[16] = "";
    if (style->scores)
      g_snprintf (score, sizeof score, "%d%%", (int) ((double) boxes[i].score * 100 + 0.5));
    g_autofree char *label = g_strconcat (style->names ? style->names[boxes[i].label] : "",
                                          style->names && style->scores ? " " : "", score, NULL);
    draw_label (cr, &text, label, origin_x + boxes[i].box.x1 * scale,
                origin_y + boxes[i].box.y1 * scale, style);
  }
  kd_text_clear (&text);
  cairo_restore (cr);
}
