/* SPDX-License-Identifier: MIT */
#include "engine/base/i18n.h"
#include "engine/render/render.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <png.h>
#include <setjmp.h>
#include <string.h>

static cairo_status_t
append_cairo (void *bytes, const unsigned char *data, unsigned int length)
{
  g_byte_array_append (bytes, data, length);
  return CAIRO_STATUS_SUCCESS;
}

static void
append_png (png_structp png, png_bytep data, png_size_t length)
{
  g_byte_array_append (png_get_io_ptr (png), data, (guint) length);
}

static void
flush_png (png_structp png)
{
  (void) png;
}

/* Keys that are not PNG keywords (1 to 79 bytes) would make libpng warn and drop them: they are ours, so that is our mistake. */
static void
write_text (png_structp png, png_infop info, const char *const *text)
{
  for (; text && text[0]; text += 2) {
    g_assert (*text[0] && strlen (text[0]) < 80);
    png_text entry = {
      .compression =
          g_str_is_ascii (text[1]) ? PNG_TEXT_COMPRESSION_NONE : PNG_ITXT_COMPRESSION_NONE,
      .key = (png_charp) text[0],
      .text = (png_charp) text[1],
      .text_length = strlen (text[1]),
    };
    png_set_text (png, info, &entry, 1);
  }
}

/* Cairo's pixels as opaque RGB over white. */
static void
copy_row (const uint32_t *pixels, int width, uint8_t *rgb)
{
  for (int x = 0; x < width; x++, rgb += 3) {
    const uint32_t pixel = pixels[x], rest = 255 - (pixel >> 24);
    rgb[0] = (uint8_t) ((pixel >> 16 & 0xff) + rest);
    rgb[1] = (uint8_t) ((pixel >> 8 & 0xff) + rest);
    rgb[2] = (uint8_t) ((pixel & 0xff) + rest);
  }
}

/*
 * No date and fixed settings, so that the same picture has the same bytes. Only libpng's own failures (memory) jump; what must survive
 * the jump is not changed after setjmp ().
 */
static bool
write_png (cairo_surface_t *surface, KdSize size, const char *const *text, GByteArray *bytes)
{
  png_structp png = png_create_write_struct (PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
  png_infop info = png_create_info_struct (png);
  uint8_t *const row = g_malloc ((size_t) size.width * 3);
  if (setjmp (png_jmpbuf (png))) {
    png_destroy_write_struct (&png, &info);
    g_free (row);
    return false;
  }
  png_set_write_fn (png, bytes, append_png, flush_png);
  png_set_IHDR (png, info, (png_uint_32) size.width, (png_uint_32) size.height, 8,
                PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                PNG_FILTER_TYPE_DEFAULT);
  png_set_compression_level (png, 6);
  png_set_filter (png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
  write_text (png, info, text);
  png_write_info (png, info);
  const unsigned char *data = cairo_image_surface_get_data (surface);
  const int stride = cairo_image_surface_get_stride (surface);
  for (int y = 0; y < size.height; y++) {
    copy_row ((const uint32_t *) (const void *) (data + (size_t) y * (size_t) stride), size.width,
              row);
    png_write_row (png, row);
  }
  png_write_end (png, info);
  png_destroy_write_struct (&png, &info);
  g_free (row);
  return true;
}

typedef enum { FORMAT_PNG, FORMAT_SVG, FORMAT_PDF, N_FORMATS } Format;

/* In px, as the numbers that draw are; Cairo's own choice is points. */
static cairo_surface_t *
svg_surface_new (KdSize size, GByteArray *bytes)
{
  cairo_surface_t *surface =
      cairo_svg_surface_create_for_stream (append_cairo, bytes, size.width, size.height);
  cairo_svg_surface_set_document_unit (surface, CAIRO_SVG_UNIT_PX);
  return surface;
}

static cairo_surface_t *
surface_new (Format format, KdSize size, GByteArray *bytes)
{
  switch (format) {
  case FORMAT_SVG:
    return svg_surface_new (size, bytes);
  case FORMAT_PDF:
    return cairo_pdf_surface_create_for_stream (append_cairo, bytes, size.width, size.height);
  default:
    return cairo_image_surface_create (CAIRO_FORMAT_ARGB32, size.width, size.height);
  }
}

/* PDF has one field for words; SVG's writer in Cairo has none. */
static void
set_keywords (cairo_surface_t *surface, const char *const *text)
{
  GString *keywords = g_string_new (NULL);
  for (; text && text[0]; text += 2)
    g_string_append_printf (keywords, "%s%s=%s", keywords->len ? ", " : "", text[0], text[1]);
  cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_KEYWORDS, keywords->str);
  g_string_free (keywords, TRUE);
}

static bool
find_format (const char *path, Format *format, GError **error)
{
  static const char *const endings[N_FORMATS] = { ".png", ".svg", ".pdf" };
  for (int i = 0; i < N_FORMATS; i++)
    if (g_str_has_suffix (path, endings[i])) {
      *format = (Format) i;
      return true;
    }
  g_set_error (
      error, KD_ERROR, KD_ERROR_CONFIG,
      _ ("%s: pictures are written as .png, .svg or .pdf, so the name must end in one of these"),
      path);
  return false;
}

bool
kd_export_picture (const char *path,
                   KdSize size,
                   KdDrawFunc draw,
                   void *data,
                   const char *const *text,
                   GError **error)
{
  Format format;
  if (!find_format (path, &format, error))
    return false;
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  cairo_surface_t *surface = surface_new (format, size, bytes);
  cairo_t *cr = cairo_create (surface);
  if (format == FORMAT_PDF)
    set_keywords (surface, text);
  draw (cr, size, data);
  cairo_show_page (cr);
  cairo_surface_flush (surface);
  bool written = cairo_status (cr) == CAIRO_STATUS_SUCCESS;
  if (written && format == FORMAT_PNG)
    written = write_png (surface, size, text, bytes);
  cairo_destroy (cr);
  cairo_surface_finish (surface);
  written = written && cairo_surface_status (surface) == CAIRO_STATUS_SUCCESS;
  cairo_surface_destroy (surface);
  if (!written) {
    g_set_error (error, KD_ERROR, KD_ERROR_SYSTEM,
                 _ ("%s: a picture of %d x %d px could not be drawn: too large or out of memory"),
                 path, size.width, size.height);
    return false;
  }
  g_autoptr (GError) cause = NULL;
  if (!g_file_set_contents (path, (const char *) bytes->data, bytes->len, &cause)) {
    g_set_error (error, KD_ERROR, KD_ERROR_FILE, _ ("%s: cannot be written: %s"), path,
                 cause->message);
    return false;
  }
  return true;
}
