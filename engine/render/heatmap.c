/* SPDX-License-Identifier: MIT */
#include "engine/render/text.h"

#include <math.h>
#include <string.h>

#define LOWEST_PRINTED_PX 14.0 /* a line of its digits */
#define HATCH_PX 8
#define LONGEST_CELL_TEXT 24
#define LARGEST_ENLARGEMENT 64

struct _KdHeatmap {
  int width, height;
  float *values; /* [height*width]; NULL: the photo */
  /* The same pixels twice: opaque without bad cells, so that Cairo copies rather than blends; with alpha 0 in bad cells otherwise. */
  uint32_t *pixels;
  int stride; /* bytes */
  cairo_surface_t *opaque, *holed;
  /* Where the bad cells are, 0xff; made when the first one comes. */
  cairo_surface_t *bad_mask;
  cairo_surface_t *hatch;
  size_t n_bad;
};

KdHeatmap *
kd_heatmap_new (void)
{
  return g_new0 (KdHeatmap, 1);
}

static void
clear_pixels (KdHeatmap *heatmap)
{
  g_clear_pointer (&heatmap->opaque, cairo_surface_destroy);
  g_clear_pointer (&heatmap->holed, cairo_surface_destroy);
  g_clear_pointer (&heatmap->bad_mask, cairo_surface_destroy);
  g_clear_pointer (&heatmap->pixels, g_free);
  g_clear_pointer (&heatmap->values, g_free);
}

void
kd_heatmap_free (KdHeatmap *heatmap)
{
  if (!heatmap)
    return;
  clear_pixels (heatmap);
  g_clear_pointer (&heatmap->hatch, cairo_surface_destroy);
  g_free (heatmap);
}

/* Pixels for the size, free to be written. */
static void
prepare (KdHeatmap *heatmap, int width, int height)
{
  g_assert (width > 0 && height > 0);
  if (!heatmap->pixels || width != heatmap->width || height != heatmap->height) {
    clear_pixels (heatmap);
    heatmap->width = width;
    heatmap->height = height;
    heatmap->stride = cairo_format_stride_for_width (CAIRO_FORMAT_ARGB32, width);
    heatmap->pixels = g_malloc0 ((size_t) heatmap->stride * (size_t) height);
    unsigned char *data = (unsigned char *) heatmap->pixels;
    heatmap->opaque = cairo_image_surface_create_for_data (data, CAIRO_FORMAT_RGB24, width, height,
                                                           heatmap->stride);
    heatmap->holed = cairo_image_surface_create_for_data (data, CAIRO_FORMAT_ARGB32, width, height,
                                                          heatmap->stride);
  }
  /* Recorded drawings (GTK's render nodes) keep the old pixels: flushing makes them copy first. */
  cairo_surface_flush (heatmap->opaque);
  cairo_surface_flush (heatmap->holed);
  heatmap->n_bad = 0;
}

static void
written (KdHeatmap *heatmap)
{
  cairo_surface_mark_dirty (heatmap->opaque);
  cairo_surface_mark_dirty (heatmap->holed);
}

static void
mark_bad_cells (KdHeatmap *heatmap)
{
  if (!heatmap->bad_mask)
    heatmap->bad_mask =
        cairo_image_surface_create (CAIRO_FORMAT_A8, heatmap->width, heatmap->height);
  cairo_surface_flush (heatmap->bad_mask);
  unsigned char *mask = cairo_image_surface_get_data (heatmap->bad_mask);
  const int stride = cairo_image_surface_get_stride (heatmap->bad_mask);
  const float *value = heatmap->values;
  for (int y = 0; y < heatmap->height; y++)
    for (int x = 0; x < heatmap->width; x++)
      mask[y * stride + x] = isfinite (*value++) ? 0 : 0xff;
  cairo_surface_mark_dirty (heatmap->bad_mask);
}

/* Index of the colour: 256 equal parts of the scale, the last one closed. */
static inline uint32_t
color_of (const uint32_t *table, double position)
{
  return table[MIN ((int) (position * 256), 255)];
}

static size_t
color_cells (KdHeatmap *heatmap, const KdScale *scale, const uint32_t *table)
{
  const int row_pixels = heatmap->stride / 4;
  const float *value = heatmap->values;
  const bool plain = !scale->log && scale->high > scale->low;
  const double factor = plain ? 256 / (scale->high - scale->low) : 0;
  size_t n_bad = 0;
  for (int y = 0; y < heatmap->height; y++) {
    uint32_t *row = heatmap->pixels + y * row_pixels;
    for (int x = 0; x < heatmap->width; x++, value++) {
      if (!isfinite (*value)) {
        row[x] = 0;
        n_bad++;
      } else if (plain) {
        const double index = ((double) *value - scale->low) * factor;
        row[x] = table[index <= 0 ? 0 : (index >= 255 ? 255 : (int) index)];
      } else {
        row[x] = color_of (table, kd_scale_position (scale, (double) *value));
      }
    }
  }
  return n_bad;
}

void
kd_heatmap_set (KdHeatmap *heatmap,
                const float *values,
                int width,
                int height,
                const KdScale *scale,
                KdColormap colormap)
{
  const size_t n = (size_t) width * (size_t) height;
  prepare (heatmap, width, height);
  if (!heatmap->values)
    heatmap->values = g_new (float, n);
  memcpy (heatmap->values, values, n * sizeof *values);
  heatmap->n_bad = color_cells (heatmap, scale, kd_colormap_table (colormap));
  if (heatmap->n_bad > 0)
    mark_bad_cells (heatmap);
  written (heatmap);
}

void
kd_heatmap_set_rgb (KdHeatmap *heatmap, const uint8_t *rgb, KdSize size)
{
  prepare (heatmap, size.width, size.height);
  g_clear_pointer (&heatmap->values, g_free);
  for (int y = 0; y < size.height; y++) {
    uint32_t *row = heatmap->pixels + y * (heatmap->stride / 4);
    for (int x = 0; x < size.width; x++, rgb += 3)
      row[x] = 0xff000000u | (uint32_t) rgb[0] << 16 | (uint32_t) rgb[1] << 8 | rgb[2];
  }
  written (heatmap);
}

/* ---- drawing ------------------------------------------------------------------------------------------------- */

/* Every pixel as a square of @factor px. */
static cairo_surface_t *
enlarged (cairo_surface_t *surface, const KdHeatmap *heatmap, int factor)
{
  cairo_surface_t *large = cairo_image_surface_create (
      cairo_image_surface_get_format (surface), heatmap->width * factor, heatmap->height * factor);
  cairo_t *cr = cairo_create (large);
  cairo_scale (cr, factor, factor);
  cairo_set_source_surface (cr, surface, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_NEAREST);
  cairo_set_operator (cr, CAIRO_OPERATOR_SOURCE);
  cairo_paint (cr);
  cairo_destroy (cr);
  return large;
}

/*
 * @surface stretched to @target. The edge is repeated, or interpolation would fade it. SVG has no word for flat cells that all
 * viewers know, so there the picture is enlarged beforehand until their interpolation is finer than a pixel.
 */
static cairo_pattern_t *
stretched (cairo_t *cr,
           cairo_surface_t *surface,
           const KdHeatmap *heatmap,
           const KdRect *target,
           bool smooth)
{
  const double cell = MAX (target->width / heatmap->width, target->height / heatmap->height);
  const bool svg = cairo_surface_get_type (cairo_get_target (cr)) == CAIRO_SURFACE_TYPE_SVG;
  const int factor = svg && !smooth ? CLAMP ((int) ceil (2 * cell), 1, LARGEST_ENLARGEMENT) : 1;
  cairo_surface_t *source =
      factor > 1 ? enlarged (surface, heatmap, factor) : cairo_surface_reference (surface);
  cairo_pattern_t *pattern = cairo_pattern_create_for_surface (source);
  cairo_matrix_t matrix;
  cairo_surface_destroy (source);
  cairo_matrix_init_scale (&matrix, factor * heatmap->width / target->width,
                           factor * heatmap->height / target->height);
  cairo_matrix_translate (&matrix, -target->x, -target->y);
  cairo_pattern_set_matrix (pattern, &matrix);
  cairo_pattern_set_filter (pattern, smooth ? CAIRO_FILTER_BILINEAR : CAIRO_FILTER_NEAREST);
  cairo_pattern_set_extend (pattern, CAIRO_EXTEND_PAD);
  return pattern;
}

/* Magenta stripes on near-black: no colour map has them, and they are seen without colour vision, too. */
static cairo_surface_t *
hatch_new (void)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, HATCH_PX, HATCH_PX);
  uint32_t *pixels = (uint32_t *) (void *) cairo_image_surface_get_data (surface);
  const int row_pixels = cairo_image_surface_get_stride (surface) / 4;
  for (int y = 0; y < HATCH_PX; y++)
    for (int x = 0; x < HATCH_PX; x++)
      pixels[y * row_pixels + x] = (x + y) % (HATCH_PX / 2) < 2 ? 0xff00ff : 0x1a001a;
  cairo_surface_mark_dirty (surface);
  return surface;
}

static void
draw_hatch (KdHeatmap *heatmap, cairo_t *cr, const KdRect *target)
{
  if (!heatmap->hatch)
    heatmap->hatch = hatch_new ();
  cairo_pattern_t *mask = stretched (cr, heatmap->bad_mask, heatmap, target, false);
  cairo_set_source_surface (cr, heatmap->hatch, floor (target->x), floor (target->y));
  cairo_pattern_set_extend (cairo_get_source (cr), CAIRO_EXTEND_REPEAT);
  cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_NEAREST);
  cairo_mask (cr, mask);
  cairo_pattern_destroy (mask);
}

void
kd_heatmap_draw (KdHeatmap *heatmap, cairo_t *cr, const KdRect *target, bool smooth, double opacity)
{
  if (!heatmap->pixels || target->width <= 0 || target->height <= 0)
    return;
  cairo_surface_t *surface = heatmap->n_bad ? heatmap->holed : heatmap->opaque;
  cairo_save (cr);
  cairo_rectangle (cr, target->x, target->y, target->width, target->height);
  cairo_clip (cr);
  cairo_pattern_t *pattern = stretched (cr, surface, heatmap, target, smooth);
  cairo_set_source (cr, pattern);
  if (opacity < 1)
    cairo_paint_with_alpha (cr, opacity);
  else
    cairo_paint (cr);
  cairo_pattern_destroy (pattern);
  if (heatmap->n_bad)
    draw_hatch (heatmap, cr, target);
  cairo_restore (cr);
}

/* ---- values in cells ------------------------------------------------------------------------------------------- */

/* "0.0123" -> ".0123", "1.2e-05" -> "1.2e-5": what a reader does not miss in a cell. */
static void
format_short (double value, int digits, char text[LONGEST_CELL_TEXT])
{
  char full[LONGEST_CELL_TEXT], format[8];
  g_snprintf (format, sizeof format, "%%.%dg", digits);
  if (!isfinite (value) || (fabs (value) >= 100 && fabs (value) < 1e4))
    kd_number_format (value, full, sizeof full);
  else
    g_snprintf (full, sizeof full, format, value == 0 ? 0 : value);
  const char *from = full;
  char *to = text;
  if (*from == '-')
    *to++ = *from++;
  if (from[0] == '0' && from[1] && !g_ascii_isalnum (from[1])) /* the decimal point */
    from++;
  for (; *from; from++) {
    *to++ = *from;
    if (*from != 'e')
      continue;
    from += from[1] == '+' ? 1 : 0;
    if (from[1] == '-')
      *to++ = *++from;
    while (from[1] == '0')
      from++;
  }
  *to = '\0';
}

/* WCAG's relative luminance, close enough without the gamma's linear foot. */
static bool
is_light (uint32_t pixel)
{
  const double red = (pixel >> 16 & 0xff) / 255.0, green = (pixel >> 8 & 0xff) / 255.0;
  const double blue = (pixel & 0xff) / 255.0;
  return 0.2126 * pow (red, 2.2) + 0.7152 * pow (green, 2.2) + 0.0722 * pow (blue, 2.2) > 0.18;
}

/* Adds the glyphs of a number centred at (@x,@y), as many digits as @width takes; returns how many glyphs. */
static int
cell_glyphs (cairo_scaled_font_t *font,
             double value,
             double x,
             double y,
             double width,
             cairo_glyph_t glyphs[LONGEST_CELL_TEXT])
{
  char text[LONGEST_CELL_TEXT];
  for (int digits = 3; digits >= 1; digits--) {
    cairo_text_extents_t extents;
    cairo_glyph_t *placed = glyphs;
    int n = LONGEST_CELL_TEXT;
    format_short (value, digits, text);
    cairo_scaled_font_text_to_glyphs (font, 0, 0, text, -1, &placed, &n, NULL, NULL, NULL);
    cairo_scaled_font_glyph_extents (font, glyphs, n, &extents);
    if (extents.x_advance > width)
      continue;
    for (int i = 0; i < n; i++) {
      glyphs[i].x += x - extents.x_advance / 2;
      glyphs[i].y += y;
    }
    return n;
  }
  return 0;
}

/* The cells of one axis that the clip shows: [first, last). */
static void
visible_cells (double origin, double cell, int n, double clip_low, double clip_high, int range[2])
{
  range[0] = CLAMP ((int) floor ((clip_low - origin) / cell), 0, n);
  range[1] = CLAMP ((int) ceil ((clip_high - origin) / cell), 0, n);
}

/*
 * All cells' glyphs are collected and shown in two calls, dark on light cells and light on dark ones. Cairo's own glyphs
 * rather than a Pango layout a cell: hundreds of cells are on screen, and digits need no shaping.
 */
void
kd_heatmap_draw_values (KdHeatmap *heatmap, cairo_t *cr, const KdRect *target)
{
  if (!heatmap->values)
    return;
  const double cell_width = target->width / heatmap->width;
  const double cell_height = target->height / heatmap->height;
  if (cell_width < KD_PRINTED_CELL_PX || cell_height < LOWEST_PRINTED_PX)
    return;
  double left, top, right, bottom;
  int columns[2], rows[2];
  cairo_clip_extents (cr, &left, &top, &right, &bottom);
  visible_cells (target->x, cell_width, heatmap->width, left, right, columns);
  visible_cells (target->y, cell_height, heatmap->height, top, bottom, rows);

  cairo_save (cr);
  cairo_select_font_face (cr, "Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size (cr, CLAMP (cell_width / 4, 8, 12));
  cairo_scaled_font_t *font = cairo_get_scaled_font (cr);
  cairo_font_extents_t line;
  cairo_scaled_font_extents (font, &line);
  GArray *glyphs[2]; /* on dark cells, on light cells */
  for (int light = 0; light < 2; light++)
    glyphs[light] = g_array_new (FALSE, FALSE, sizeof (cairo_glyph_t));
  for (int y = rows[0]; y < rows[1]; y++)
    for (int x = columns[0]; x < columns[1]; x++) {
      cairo_glyph_t placed[LONGEST_CELL_TEXT];
      const float value = heatmap->values[y * heatmap->width + x];
      const uint32_t pixel = heatmap->pixels[y * (heatmap->stride / 4) + x];
      const int n = cell_glyphs (
          font, (double) value, target->x + (x + 0.5) * cell_width,
          target->y + (y + 0.5) * cell_height + (line.ascent - line.descent) / 2, 0.84 * cell_width,
          placed); /* air, so that neighbours do not read as one number */
      g_array_append_vals (glyphs[is_light (pixel)], placed, (guint) n);
    }
  for (int light = 0; light < 2; light++) {
    cairo_set_source_rgb (cr, light ? 0 : 1, light ? 0 : 1, light ? 0 : 1);
    cairo_show_glyphs (cr, (cairo_glyph_t *) (void *) glyphs[light]->data,
                       (int) glyphs[light]->len);
    g_array_free (glyphs[light], TRUE);
  }
  cairo_restore (cr);
}
