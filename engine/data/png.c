/* SPDX-License-Identifier: MIT */
#include "engine/base/i18n.h"
#include "engine/data/data.h"

#include <png.h>
#include <string.h>

/* A picture beyond this is a damaged header or an attack rather than a picture for us. */
#define LONGEST_SIDE 32768

/* ---- writing ---- */

typedef struct {
  GByteArray *bytes;
  char message[128]; /* libpng's last error */
} PngSink;

static void
on_error (png_structp png, png_const_charp message)
{
  PngSink *sink = png_get_error_ptr (png);
  g_strlcpy (sink->message, message, sizeof sink->message);
  png_longjmp (png, 1);
}

static void
on_warning (png_structp png, png_const_charp message)
{
  (void) png;
  (void) message;
}

static void
on_write (png_structp png, png_bytep data, size_t size)
{
  PngSink *sink = png_get_io_ptr (png);
  g_byte_array_append (sink->bytes, data, (guint) size);
}

static void
on_flush (png_structp png)
{
  (void) png;
}

/* Key, value pairs as tEXt chunks. */
static void
write_text (png_structp png, png_infop info, const char *const *text)
{
  for (; text && text[0]; text += 2) {
    png_text entry = { .compression = PNG_TEXT_COMPRESSION_NONE,
                       .key = (png_charp) text[0],
                       .text = (png_charp) text[1],
                       .text_length = strlen (text[1]) };
    png_set_text (png, info, &entry, 1);
  }
}

/* Fixed level, strategy and filter, and no tIME chunk: the same bytes for the same input. */
static bool
encode (PngSink *sink, const uint8_t *pixels, int channels, KdSize size, const char *const *text)
{
  png_structp png = png_create_write_struct (PNG_LIBPNG_VER_STRING, sink, on_error, on_warning);
  png_infop info = png ? png_create_info_struct (png) : NULL;
  if (!info || setjmp (png_jmpbuf (png))) {
    png_destroy_write_struct (&png, &info);
    return false;
  }
  png_set_write_fn (png, sink, on_write, on_flush);
  png_set_compression_level (png, 6);
  png_set_filter (png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB | PNG_FILTER_UP);
  png_set_IHDR (png, info, (png_uint_32) size.width, (png_uint_32) size.height, 8,
                channels == 4 ? PNG_COLOR_TYPE_RGBA : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  write_text (png, info, text);
  png_write_info (png, info);
  for (int y = 0; y < size.height; y++)
    png_write_row (png, pixels + (size_t) y * (size_t) size.width * (size_t) channels);
  png_write_end (png, info);
  png_destroy_write_struct (&png, &info);
  return true;
}

bool
kd_png_write (const char *path,
              const uint8_t *pixels,
              int channels,
              KdSize size,
              const char *const *text,
              GError **error)
{
  g_assert (channels == 3 || channels == 4);
  PngSink sink = { .bytes = g_byte_array_new () };
  bool ok = encode (&sink, pixels, channels, size, text);
  if (ok)
    ok = kd_file_write_atomic (path, sink.bytes->data, sink.bytes->len, error);
  else
    g_set_error (error, KD_ERROR, KD_ERROR_FORMAT, _ ("%s: cannot be a PNG: %s"), path,
                 sink.message);
  g_byte_array_unref (sink.bytes);
  return ok;
}

/* ---- reading ---- */

static uint8_t *
decode (png_image *image, const char *path, GError **error)
{
  if (image->width > LONGEST_SIDE || image->height > LONGEST_SIDE) {
    g_set_error (error, KD_ERROR, KD_ERROR_FORMAT,
                 _ ("%s: expected at most %d pixels a side, found %ux%u"), path, LONGEST_SIDE,
                 (unsigned) image->width, (unsigned) image->height);
    return NULL;
  }
  const png_color paper = { 255, 255, 255 }; /* under transparent pixels */
  image->format = PNG_FORMAT_RGB;
  uint8_t *rgb = g_try_malloc ((size_t) image->width * image->height * 3);
  if (!rgb) {
    g_set_error (error, KD_ERROR, KD_ERROR_SYSTEM, _ ("%s: not enough memory for the picture"),
                 path);
    return NULL;
  }
  if (!png_image_finish_read (image, &paper, rgb, 0, NULL)) {
    g_set_error (error, KD_ERROR, KD_ERROR_FILE,
                 _ ("%s: the PNG is truncated or damaged (%s); write or copy it again"), path,
                 image->message);
    g_free (rgb);
    return NULL;
  }
  return rgb;
}

uint8_t *
kd_png_read (const char *path, KdSize *size, GError **error)
{
  g_autofree char *bytes = NULL;
  g_autoptr (GError) cause = NULL;
  gsize length = 0;
  if (!g_file_get_contents (path, &bytes, &length, &cause)) {
    g_set_error (error, KD_ERROR, KD_ERROR_FILE, _ ("cannot read a PNG: %s"), cause->message);
    return NULL;
  }
  png_image image = { .version = PNG_IMAGE_VERSION };
  if (!png_image_begin_read_from_memory (&image, bytes, length)) {
    g_set_error (error, KD_ERROR, KD_ERROR_FORMAT,
                 _ ("%s: expected a PNG, found something else or its first bytes only (%s)"), path,
                 image.message);
    return NULL;
  }
  uint8_t *rgb = decode (&image, path, error);
  if (rgb)
    *size = (KdSize){ (int) image.height, (int) image.width };
  png_image_free (&image);
  return rgb;
}
