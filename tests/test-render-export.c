/* SPDX-License-Identifier: MIT */
#include "engine/render/render.h"

#include <glib/gstdio.h>
#include <string.h>

/* @data: a KdColor for the disc. */
static void
draw_disc (cairo_t *cr, KdSize size, void *data)
{
  const KdColor *color = data;
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_paint (cr);
  cairo_set_source_rgb (cr, color->red, color->green, color->blue);
  cairo_arc (cr, size.width / 2.0, size.height / 2.0, size.height / 3.0, 0, 2 * G_PI);
  cairo_fill (cr);
}

static const KdSize size = { .height = 60, .width = 90 };
static const char *const metadata[] = { "Software", "kdscope",        "Run", "fgd", "Step", "412",
                                        "Title",    "\316\261 = 0.5", NULL };

static char *
export_disc (const char *folder, const char *name, KdColor color, gsize *length)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (folder, name, NULL);
  char *bytes = NULL;
  g_assert_true (kd_export_picture (path, size, draw_disc, &color, metadata, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &bytes, length, NULL));
  g_remove (path);
  return bytes;
}

static bool
contains (const char *bytes, gsize length, const char *text, gsize text_length)
{
  for (gsize i = 0; i + text_length <= length; i++)
    if (memcmp (bytes + i, text, text_length) == 0)
      return true;
  return false;
}

static void
png_has_the_same_bytes_twice (void)
{
  g_autofree char *folder = g_dir_make_tmp ("kdscope-XXXXXX", NULL);
  gsize length, again_length, other_length;
  g_autofree char *bytes = export_disc (folder, "a.png", (KdColor){ 1, 0, 0 }, &length);
  g_autofree char *again = export_disc (folder, "b.png", (KdColor){ 1, 0, 0 }, &again_length);
  g_autofree char *other = export_disc (folder, "c.png", (KdColor){ 0, 0, 1 }, &other_length);
  g_assert_cmpmem (bytes, length, again, again_length);
  g_assert_false (length == other_length && memcmp (bytes, other, length) == 0);
  g_assert_true (contains (bytes, length, "tEXtStep\000412", 12));
  g_assert_true (contains (bytes, length, "iTXtTitle", 9)); /* not ASCII */
  g_assert_false (contains (bytes, length, "tIME", 4));
  g_rmdir (folder);
}

/* Another reader of PNG (Cairo's) sees the pixels that were drawn. */
static void
png_holds_the_picture (void)
{
  g_autofree char *folder = g_dir_make_tmp ("kdscope-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "a.png", NULL);
  KdColor color = { 0.2, 0.6, 0.4 };
  g_assert_true (kd_export_picture (path, size, draw_disc, &color, NULL, NULL));
  cairo_surface_t *read = cairo_image_surface_create_from_png (path);
  cairo_surface_t *drawn =
      cairo_image_surface_create (CAIRO_FORMAT_ARGB32, size.width, size.height);
  cairo_t *cr = cairo_create (drawn);
  draw_disc (cr, size, &color);
  g_assert_cmpint (cairo_image_surface_get_width (read), ==, size.width);
  g_assert_cmpint (cairo_image_surface_get_height (read), ==, size.height);
  for (int y = 0; y < size.height; y++)
    for (int x = 0; x < size.width; x++) {
      const uint32_t *left =
          (const uint32_t *) (const void *) (cairo_image_surface_get_data (read) +
                                             y * cairo_image_surface_get_stride (read));
      const uint32_t *right =
          (const uint32_t *) (const void *) (cairo_image_surface_get_data (drawn) +
                                             y * cairo_image_surface_get_stride (drawn));
      g_assert_cmphex (left[x] & 0xffffff, ==, right[x] & 0xffffff);
    }
  cairo_destroy (cr);
  cairo_surface_destroy (drawn);
  cairo_surface_destroy (read);
  g_remove (path);
  g_rmdir (folder);
}

static void
vector_formats (void)
{
  g_autofree char *folder = g_dir_make_tmp ("kdscope-XXXXXX", NULL);
  gsize length;
  g_autofree char *svg = export_disc (folder, "a.svg", (KdColor){ 1, 0, 0 }, &length);
  g_assert_true (contains (svg, length, "<svg", 4));
  g_assert_true (contains (svg, length, "width=\"90px\" height=\"60px\"", 26));
  g_assert_true (contains (svg, length, "<path", 5));
  g_autofree char *pdf = export_disc (folder, "a.pdf", (KdColor){ 1, 0, 0 }, &length);
  g_assert_true (g_str_has_prefix (pdf, "%PDF-"));
  g_rmdir (folder);
}

static void
errors_are_one_sentence (void)
{
  g_autoptr (GError) ending = NULL;
  g_autoptr (GError) folder = NULL;
  g_autoptr (GError) large = NULL;
  KdColor color = { 0 };
  g_assert_false (kd_export_picture ("map.jpg", size, draw_disc, &color, NULL, &ending));
  g_assert_error (ending, KD_ERROR, KD_ERROR_CONFIG);
  g_assert_nonnull (strstr (ending->message, "map.jpg"));
  g_assert_nonnull (strstr (ending->message, ".png"));
  g_assert_false (kd_export_picture ("/nonexistent/a.png", size, draw_disc, &color, NULL, &folder));
  g_assert_error (folder, KD_ERROR, KD_ERROR_FILE);
  g_assert_nonnull (strstr (folder->message, "/nonexistent/a.png"));
  g_assert_false (
      kd_export_picture ("a.png", (KdSize){ 40000, 40000 }, draw_disc, &color, NULL, &large));
  g_assert_error (large, KD_ERROR, KD_ERROR_SYSTEM);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/render/export/png-has-the-same-bytes-twice", png_has_the_same_bytes_twice);
  g_test_add_func ("/render/export/png-holds-the-picture", png_holds_the_picture);
  g_test_add_func ("/render/export/vector-formats", vector_formats);
  g_test_add_func ("/render/export/errors-are-one-sentence", errors_are_one_sentence);
  return g_test_run ();
}
