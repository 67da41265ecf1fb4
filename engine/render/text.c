/* SPDX-License-Identifier: MIT */
#include "engine/render/text.h"

void
kd_text_init (KdText *text, cairo_t *cr, double size_px)
{
  cairo_font_options_t *options = cairo_font_options_create ();
  cairo_font_options_set_antialias (options, CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style (options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics (options, CAIRO_HINT_METRICS_OFF);
  PangoContext *context = pango_cairo_create_context (cr);
  pango_cairo_context_set_font_options (context, options);
  text->cr = cr;
  text->layout = pango_layout_new (context);
  g_object_unref (context);
  cairo_font_options_destroy (options);
  kd_text_set_size (text, size_px, false);
}

void
kd_text_clear (KdText *text)
{
  g_clear_object (&text->layout);
}

void
kd_text_set_size (KdText *text, double size_px, bool bold)
{
  PangoFontDescription *font = pango_font_description_new ();
  pango_font_description_set_family_static (font, "Sans");
  pango_font_description_set_absolute_size (font, size_px * PANGO_SCALE);
  pango_font_description_set_weight (font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_layout_set_font_description (text->layout, font);
  pango_font_description_free (font);
}

void
kd_text_set_width (KdText *text, double width_px, int lines)
{
  pango_layout_set_width (text->layout, lines > 0 ? (int) (width_px * PANGO_SCALE) : -1);
  pango_layout_set_height (text->layout, lines > 0 ? -lines : -1);
  pango_layout_set_wrap (text->layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_ellipsize (text->layout, lines > 0 ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE);
}

double
kd_text_width (KdText *text, const char *string)
{
  int width;
  pango_layout_set_text (text->layout, string, -1);
  pango_layout_get_size (text->layout, &width, NULL);
  return width / (double) PANGO_SCALE;
}

void
kd_text_draw (KdText *text, const char *string, double x, double y, KdAlign align)
{
  PangoRectangle extents;
  pango_layout_set_text (text->layout, string, -1);
  pango_layout_get_extents (text->layout, NULL, &extents);
  const double width = extents.width / (double) PANGO_SCALE;
  const double height = extents.height / (double) PANGO_SCALE;
  const double left =
      x - (extents.x / (double) PANGO_SCALE) -
      (align == KD_ALIGN_START ? 0 : (align == KD_ALIGN_MIDDLE ? width / 2 : width));
  cairo_move_to (text->cr, left, y - height / 2);
  pango_cairo_show_layout (text->cr, text->layout);
}
