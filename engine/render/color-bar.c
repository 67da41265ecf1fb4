/* SPDX-License-Identifier: MIT */
#include "engine/render/text.h"

#define BAR_PX 14.0
#define TICK_PX 4.0
#define GAP_PX 3.0
#define TEXT_PX 10.0
#define LINE_PX 14.0 /* a label's height */
#define TICK_EVERY_PX 22.0
#define MAX_TICKS 12

/* The colours, lowest at the bottom. */
static void
draw_colors (cairo_t *cr, const KdRect *bar, KdColormap colormap)
{
  const uint32_t *table = kd_colormap_table (colormap);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, 1, 256);
  unsigned char *data = cairo_image_surface_get_data (surface);
  const int stride = cairo_image_surface_get_stride (surface);
  for (int i = 0; i < 256; i++)
    *(uint32_t *) (void *) (data + i * stride) = table[255 - i];
  cairo_surface_mark_dirty (surface);
  cairo_save (cr);
  cairo_rectangle (cr, bar->x, bar->y, bar->width, bar->height);
  cairo_clip (cr);
  cairo_translate (cr, bar->x, bar->y);
  cairo_scale (cr, bar->width, bar->height / 256);
  cairo_set_source_surface (cr, surface, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_NEAREST);
  cairo_pattern_set_extend (cairo_get_source (cr), CAIRO_EXTEND_PAD);
  cairo_paint (cr);
  cairo_restore (cr);
  cairo_surface_destroy (surface);
}

/* A tick and its number; @widest grows to the number's width. */
static void
draw_tick (cairo_t *cr, KdText *text, const KdRect *bar, double y, double value, double *widest)
{
  char number[32];
  kd_number_format (value, number, sizeof number);
  const double right = bar->x + bar->width;
  const double tick_y = CLAMP (kd_crisp (y), bar->y + 0.5, bar->y + bar->height - 0.5);
  cairo_move_to (cr, right, tick_y);
  cairo_line_to (cr, right + TICK_PX, tick_y);
  cairo_stroke (cr);
  kd_text_draw (text, number, right + TICK_PX + GAP_PX, tick_y, KD_ALIGN_START);
  const double width = kd_text_width (text, number);
  *widest = MAX (*widest, width);
}

KdRect
kd_color_bar_rect (const KdRect *rect, const char *unit)
{
  const double top = unit && *unit ? LINE_PX + LINE_PX / 2 : LINE_PX / 2;
  return (KdRect){ floor (rect->x), floor (rect->y + top), BAR_PX,
                   floor (rect->height - top - LINE_PX / 2) };
}

double
kd_color_bar_draw (cairo_t *cr,
                   const KdRect *rect,
                   const KdScale *scale,
                   KdColormap colormap,
                   const char *unit,
                   KdColor color)
{
  KdText text;
  const KdRect bar = kd_color_bar_rect (rect, unit);
  if (bar.height < LINE_PX)
    return 0;
  cairo_save (cr);
  kd_text_init (&text, cr, TEXT_PX);
  draw_colors (cr, &bar, colormap);
  cairo_set_line_width (cr, 1);
  kd_set_color (cr, color, 0.5);
  cairo_rectangle (cr, bar.x + 0.5, bar.y + 0.5, bar.width - 1, bar.height - 1);
  cairo_stroke (cr);

  kd_set_color (cr, color, 1);
  double widest = 0;
  if (unit && *unit) {
    kd_text_draw (&text, unit, bar.x, rect->y + LINE_PX / 2, KD_ALIGN_START);
    widest = kd_text_width (&text, unit) - BAR_PX - TICK_PX - GAP_PX;
  }
  /* The ends with their true numbers, then round numbers where they do not touch those. */
  const bool constant = !(scale->high > scale->low);
  const double bottom = bar.y + bar.height;
  if (constant) {
    draw_tick (cr, &text, &bar, bar.y + bar.height / 2, scale->low, &widest);
  } else {
    double ticks[MAX_TICKS];
    const int wanted = CLAMP ((int) (bar.height / TICK_EVERY_PX), 1, MAX_TICKS);
    const int n = kd_scale_ticks (scale, wanted, ticks);
    draw_tick (cr, &text, &bar, bar.y, scale->high, &widest);
    draw_tick (cr, &text, &bar, bottom, scale->low, &widest);
    for (int i = 0; i < n; i++) {
      const double y = bottom - kd_scale_position (scale, ticks[i]) * bar.height;
      if (y - bar.y >= LINE_PX && bottom - y >= LINE_PX)
        draw_tick (cr, &text, &bar, y, ticks[i], &widest);
    }
  }
  kd_text_clear (&text);
  cairo_restore (cr);
  return ceil (BAR_PX + TICK_PX + GAP_PX + widest);
}
