/* SPDX-License-Identifier: MIT */
#include "engine/render/sheet-private.h"

#define REACH_PX 7.0
#define SMALLEST_LINE_PX 11.0 /* between two places, for numbers beside them */
#define AXIS_PX 46.0          /* left of a scatter and beside slopes */
#define FOOT_PX 26.0
#define EDGE_PX 12.0 /* half of the last number under a scatter */

/* ---- bars -------------------------------------------------------------------------------------------- */

static double
largest_of (const KdPanel *panel)
{
  double most = panel->scale.high;
  for (int i = 0; !(panel->scale.high > 0) && i < panel->width; i++)
    most = MAX (most, (double) panel->values[i]);
  return most > 0 ? most : 1;
}

/* All bars have their numbers, or none has. */
static bool
numbers_fit (KdSheetPen *pen, const KdPanel *panel, double pitch)
{
  for (int i = 0; i < panel->width; i++) {
    char number[32];
    kd_number_format_short ((double) panel->values[i], number, sizeof number);
    if (kd_text_width (pen->text, number) > pitch)
      return false;
  }
  return true;
}

/* Where the bars are too narrow for their numbers: how much the highest is. */
static void
draw_bars_axis (KdSheetPen *pen, const KdRect *plot, double top, double most)
{
  char number[32];
  kd_number_format_short (most, number, sizeof number);
  const double end = plot->x + plot->width - kd_text_width (pen->text, number);
  cairo_move_to (pen->cr, plot->x, kd_crisp (top));
  cairo_line_to (pen->cr, end - 4, kd_crisp (top));
  cairo_stroke (pen->cr);
  kd_set_color (pen->cr, pen->look->text, 1);
  kd_text_draw (pen->text, number, end, top, KD_ALIGN_START);
}

static void
draw_bars (KdSheetPen *pen, const KdPanel *panel, const KdRect *plot)
{
  cairo_t *cr = pen->cr;
  const double pitch = plot->width / MAX (panel->width, 1), most = largest_of (panel);
  const double room = plot->height - 28, base = plot->y + 14 + room;
  const bool roomy = numbers_fit (pen, panel, pitch);
  const int every = (int) ceil ((kd_text_width (pen->text, "00") + 3) / pitch);
  for (int i = 0; i < panel->width; i++) {
    char number[32], name[16];
    const double value = (double) panel->values[i], height = room * MAX (value, 0) / most;
    const double x = plot->x + i * pitch;
    kd_set_color (cr, panel->colors ? panel->colors[i] : pen->look->text, 0.85);
    cairo_rectangle (cr, round (x + 0.12 * pitch), base - height, MAX (round (0.76 * pitch), 1),
                     height);
    cairo_fill_preserve (cr);
    if (panel->lit == i) {
      kd_set_color (cr, pen->look->text, 1);
      cairo_set_line_width (cr, 2);
      cairo_stroke (cr);
    }
    cairo_new_path (cr);
    kd_set_color (cr, pen->look->text, 1);
    kd_number_format_short (value, number, sizeof number);
    g_snprintf (name, sizeof name, "%d", i + 1);
    const char *below = panel->names ? panel->names[i] : name;
    if (roomy)
      kd_text_draw (pen->text, number, x + pitch / 2, base - height - 7, KD_ALIGN_MIDDLE);
    kd_text_set_width (pen->text, pitch, panel->names ? 1 : 0);
    if (panel->names || i % every == 0)
      kd_text_draw (pen->text, below, x + pitch / 2, base + 8, KD_ALIGN_MIDDLE);
    kd_text_set_width (pen->text, 0, 0);
  }
  kd_set_color (cr, pen->look->frame, 1);
  cairo_set_line_width (cr, 1);
  cairo_move_to (cr, plot->x, kd_crisp (base));
  cairo_line_to (cr, plot->x + plot->width, kd_crisp (base));
  cairo_stroke (cr);
  if (!roomy)
    draw_bars_axis (pen, plot, base - room, most);
}

/* ---- slopes -------------------------------------------------------------------------------------------- */

static KdRect
slopes_rect (const KdRect *plot)
{
  return (KdRect){ plot->x + AXIS_PX, plot->y + 16, plot->width - 2 * AXIS_PX, plot->height - 22 };
}

static double
place_y (const KdPanel *panel, const KdRect *inside, int place)
{
  return inside->y + (place + 0.5) * inside->height / MAX (panel->n_lines, 1);
}

static void
draw_line (KdSheetPen *pen, const KdPanel *panel, const KdRect *inside, const KdSheetLine *line)
{
  static const double dash[] = { 4, 3 };
  cairo_t *cr = pen->cr;
  const double left = place_y (panel, inside, line->from),
               right = place_y (panel, inside, line->to);
  cairo_move_to (cr, inside->x, left);
  cairo_line_to (cr, inside->x + inside->width, right);
  kd_set_color (cr, line->crossing ? kd_sheet_alarm (pen->look) : pen->look->text,
                line->lit ? 1 : (line->crossing ? 0.8 : 0.7));
  cairo_set_dash (cr, dash, line->crossing && !line->lit ? 2 : 0, 0);
  cairo_set_line_width (cr, line->lit ? 3 : 1.4);
  cairo_stroke (cr);
  cairo_set_dash (cr, NULL, 0, 0);
  const bool roomy = inside->height / MAX (panel->n_lines, 1) >= SMALLEST_LINE_PX;
  kd_set_color (cr, pen->look->text, 1);
  if (roomy || line->lit || line->from == 0) {
    char number[32];
    kd_number_format (line->left, number, sizeof number);
    kd_text_draw (pen->text, number, inside->x - 4, left, KD_ALIGN_END);
  }
  if (roomy || line->lit || line->to == 0) {
    char number[32];
    kd_number_format (line->right, number, sizeof number);
    kd_text_draw (pen->text, number, inside->x + inside->width + 4, right, KD_ALIGN_START);
  }
}

static void
draw_slopes (KdSheetPen *pen, const KdPanel *panel, const KdRect *plot)
{
  cairo_t *cr = pen->cr;
  const KdRect inside = slopes_rect (plot);
  kd_set_color (cr, pen->look->frame, 1);
  cairo_set_line_width (cr, 1);
  for (int side = 0; side < 2; side++) {
    const double x = kd_crisp (inside.x + side * inside.width);
    cairo_move_to (cr, x, inside.y);
    cairo_line_to (cr, x, inside.y + inside.height);
    cairo_stroke (cr);
  }
  kd_set_color (cr, pen->look->text, 1);
  if (panel->x_label)
    kd_text_draw (pen->text, panel->x_label, plot->x, plot->y + 7, KD_ALIGN_START);
  if (panel->y_label)
    kd_text_draw (pen->text, panel->y_label, plot->x + plot->width, plot->y + 7, KD_ALIGN_END);
  /* the lit one last, over the others */
  for (int pass = 0; pass < 2; pass++)
    for (int i = 0; i < panel->n_lines; i++)
      if (panel->lines[i].lit == (pass == 1))
        draw_line (pen, panel, &inside, &panel->lines[i]);
}

static int
line_at (const KdPanel *panel, const KdRect *plot, double x, double y)
{
  const KdRect inside = slopes_rect (plot);
  const double across = CLAMP ((x - inside.x) / MAX (inside.width, 1), 0, 1);
  int nearest = -1;
  double least = REACH_PX;
  for (int i = 0; i < panel->n_lines; i++) {
    const double left = place_y (panel, &inside, panel->lines[i].from);
    const double right = place_y (panel, &inside, panel->lines[i].to);
    const double distance = fabs (left + across * (right - left) - y);
    if (distance <= least) {
      least = distance;
      nearest = i;
    }
  }
  return nearest;
}

/* ---- scatter -------------------------------------------------------------------------------------------- */

/* Both axes: from the smallest positive value to the largest. */
static KdScale
axis_of (const KdPanel *panel, bool vertical)
{
  KdScale scale = { .low = INFINITY, .log = true };
  for (int i = 0; i < panel->n_points; i++) {
    const double value = vertical ? panel->points[i].y : panel->points[i].x;
    if (value > 0 && isfinite (value)) {
      scale.low = MIN (scale.low, value);
      scale.high = MAX (scale.high, value);
    }
  }
  if (!(scale.high > 0))
    return (KdScale){ .low = 0.1, .high = 1, .log = true };
  scale.low = MAX (scale.low / 1.3, scale.high * 1e-6);
  scale.high *= 1.3;
  return scale;
}

static KdRect
scatter_rect (const KdRect *plot)
{
  return (KdRect){ plot->x + AXIS_PX, plot->y + 4, plot->width - AXIS_PX - EDGE_PX,
                   plot->height - FOOT_PX - 4 };
}

double
kd_sheet_along (const KdScale *axis, double value)
{
  return value > axis->low ? kd_scale_position (axis, value) : 0;
}

void
kd_sheet_axes (const KdPanel *panel, KdScale *across, KdScale *up)
{
  *across = axis_of (panel, false);
  *up = axis_of (panel, true);
}

void
kd_sheet_plot_fractions (
    const KdPanel *panel, const KdRect *plot, double x, double y, double *across, double *up)
{
  const KdRect inside = panel->kind == KD_PANEL_SCATTER ? scatter_rect (plot) : *plot;
  *across = CLAMP ((x - inside.x) / inside.width, 0, 1);
  *up = CLAMP (1 - (y - inside.y) / inside.height, 0, 1);
}

static void
draw_ticks (KdSheetPen *pen, const KdScale *scale, const KdRect *inside, bool vertical)
{
  double ticks[8];
  const int n = kd_scale_ticks (scale, 4, ticks);
  for (int i = 0; i < n; i++) {
    char number[32];
    kd_number_format_short (ticks[i], number, sizeof number);
    const double at = kd_scale_position (scale, ticks[i]);
    const double x = inside->x + at * inside->width, y = inside->y + (1 - at) * inside->height;
    kd_set_color (pen->cr, pen->look->frame, 0.5);
    cairo_move_to (pen->cr, vertical ? inside->x : kd_crisp (x),
                   vertical ? kd_crisp (y) : inside->y);
    cairo_line_to (pen->cr, vertical ? inside->x + inside->width : kd_crisp (x),
                   vertical ? kd_crisp (y) : inside->y + inside->height);
    cairo_set_line_width (pen->cr, 1);
    cairo_stroke (pen->cr);
    kd_set_color (pen->cr, pen->look->text, 1);
    if (vertical)
      kd_text_draw (pen->text, number, inside->x - 3, y, KD_ALIGN_END);
    else
      kd_text_draw (pen->text, number, x, inside->y + inside->height + 7, KD_ALIGN_MIDDLE);
  }
}

static void
draw_scatter (KdSheetPen *pen, const KdPanel *panel, const KdRect *plot)
{
  cairo_t *cr = pen->cr;
  const KdRect inside = scatter_rect (plot);
  const KdScale across = axis_of (panel, false), up = axis_of (panel, true);
  draw_ticks (pen, &across, &inside, false);
  draw_ticks (pen, &up, &inside, true);
  kd_set_color (cr, pen->look->frame, 1);
  cairo_rectangle (cr, kd_crisp (inside.x), kd_crisp (inside.y), floor (inside.width),
                   floor (inside.height));
  cairo_stroke (cr);
  const KdColor lit = kd_sheet_alarm (pen->look);
  for (int pass = 0; pass < 2; pass++)
    for (int i = 0; i < panel->n_points; i++) {
      const KdSheetPoint *point = &panel->points[i];
      if (point->lit != (pass == 1) || !isfinite (point->x) || !isfinite (point->y))
        continue;
      const double x = inside.x + kd_sheet_along (&across, point->x) * inside.width;
      const double y = inside.y + (1 - kd_sheet_along (&up, point->y)) * inside.height;
      cairo_new_sub_path (cr);
      cairo_arc (cr, x, y, point->lit ? 3.5 : 2, 0, 2 * G_PI);
      kd_set_color (cr, point->lit ? lit : pen->look->text, point->lit ? 1 : 0.55);
      cairo_fill (cr);
    }
  if (panel->brush.width > 0) {
    cairo_rectangle (cr, inside.x + panel->brush.x * inside.width,
                     inside.y + (1 - panel->brush.y - panel->brush.height) * inside.height,
                     panel->brush.width * inside.width, panel->brush.height * inside.height);
    kd_set_color (cr, lit, 0.15);
    cairo_fill_preserve (cr);
    kd_set_color (cr, lit, 1);
    cairo_set_line_width (cr, 1);
    cairo_stroke (cr);
  }
  kd_set_color (cr, pen->look->text, 1);
  if (panel->x_label) {
    const bool fits = kd_text_width (pen->text, panel->x_label) <= inside.width;
    kd_text_set_width (pen->text, plot->width, 1);
    kd_text_draw (pen->text, panel->x_label,
                  fits ? inside.x + inside.width / 2 : plot->x + plot->width / 2,
                  plot->y + plot->height - 6, KD_ALIGN_MIDDLE);
  }
  if (panel->y_label) {
    cairo_save (cr);
    cairo_translate (cr, plot->x + 6, inside.y + inside.height / 2);
    cairo_rotate (cr, -G_PI / 2);
    kd_text_set_width (pen->text, inside.height, 1); /* not into the title, nor the other name */
    kd_text_draw (pen->text, panel->y_label, 0, 0, KD_ALIGN_MIDDLE);
    cairo_restore (cr);
  }
  kd_text_set_width (pen->text, 0, 0);
}

static int
point_at (const KdPanel *panel, const KdRect *plot, double x, double y)
{
  const KdRect inside = scatter_rect (plot);
  const KdScale across = axis_of (panel, false), up = axis_of (panel, true);
  int nearest = -1;
  double least = REACH_PX * REACH_PX;
  for (int i = 0; i < panel->n_points; i++) {
    const double dx = inside.x + kd_sheet_along (&across, panel->points[i].x) * inside.width - x;
    const double dy = inside.y + (1 - kd_sheet_along (&up, panel->points[i].y)) * inside.height - y;
    if (dx * dx + dy * dy <= least) {
      least = dx * dx + dy * dy;
      nearest = i;
    }
  }
  return nearest;
}

/* ---- all three -------------------------------------------------------------------------------------------- */

void
kd_sheet_draw_plot (KdSheetPen *pen, const KdPanel *panel, const KdRect *plot)
{
  if (panel->kind == KD_PANEL_BARS)
    draw_bars (pen, panel, plot);
  else if (panel->kind == KD_PANEL_SLOPES)
    draw_slopes (pen, panel, plot);
  else
    draw_scatter (pen, panel, plot);
}

int
kd_sheet_plot_at (const KdPanel *panel, const KdRect *plot, double x, double y)
{
  if (panel->kind == KD_PANEL_SLOPES)
    return line_at (panel, plot, x, y);
  if (panel->kind == KD_PANEL_SCATTER)
    return point_at (panel, plot, x, y);
  return panel->width > 0 ? CLAMP ((int) (x / plot->width * panel->width), 0, panel->width - 1)
                          : -1;
}
