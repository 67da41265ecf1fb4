/* SPDX-License-Identifier: MIT */
#include "engine/data/data.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
  char *folder;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void) data;
  fixture->folder = g_dir_make_tmp ("kd-png-XXXXXX", NULL);
  g_assert_nonnull (fixture->folder);
}

/* The folder must hold nothing but what the test named: no temporary file is left behind. */
static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void) data;
  const char *const names[] = { "a.png", "b.png" };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (fixture->folder, names[i], NULL);
    g_unlink (path);
  }
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->folder);
}

static const KdSize picture_size = { 5, 7 };

static void
fill_picture (uint8_t *pixels, int count)
{
  for (int i = 0; i < count; i++)
    pixels[i] = (uint8_t) (i * 37 + i * i);
}

static void
test_round_trip (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *path = g_build_filename (fixture->folder, "a.png", NULL);
  g_autoptr (GError) error = NULL;
  uint8_t pixels[5 * 7 * 3];
  fill_picture (pixels, sizeof pixels);
  g_assert_true (kd_png_write (path, pixels, 3, picture_size, NULL, &error));
  g_assert_no_error (error);
  KdSize size = { 0, 0 };
  g_autofree uint8_t *back = kd_png_read (path, &size, &error);
  g_assert_no_error (error);
  g_assert_cmpint (size.height, ==, 5);
  g_assert_cmpint (size.width, ==, 7);
  g_assert_cmpmem (back, sizeof pixels, pixels, sizeof pixels);
}

static void
test_transparent_pixels_lie_on_white (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *path = g_build_filename (fixture->folder, "a.png", NULL);
  g_autoptr (GError) error = NULL;
  const uint8_t pixels[] = { 10, 20, 30, 255, 10, 20, 30, 0 };
  g_assert_true (kd_png_write (path, pixels, 4, (KdSize){ 1, 2 }, NULL, &error));
  KdSize size = { 0, 0 };
  g_autofree uint8_t *back = kd_png_read (path, &size, &error);
  g_assert_no_error (error);
  const uint8_t expected[] = { 10, 20, 30, 255, 255, 255 };
  g_assert_cmpmem (back, sizeof expected, expected, sizeof expected);
}

static bool
has_bytes (const char *bytes, size_t length, const char *wanted, size_t count)
{
  for (size_t i = 0; i + count <= length; i++)
    if (memcmp (bytes + i, wanted, count) == 0)
      return true;
  return false;
}

static void
test_same_bytes_twice (Fixture *fixture, gconstpointer data)
{
  (void) data;
  uint8_t pixels[5 * 7 * 3];
  fill_picture (pixels, sizeof pixels);
  const char *const text[] = { "Title", "a wall of maps", "Seed", "7", NULL };
  const char *const names[] = { "a.png", "b.png" };
  char *bytes[2] = { NULL, NULL };
  gsize lengths[2] = { 0, 0 };
  for (int i = 0; i < 2; i++) {
    g_autofree char *path = g_build_filename (fixture->folder, names[i], NULL);
    g_assert_true (kd_png_write (path, pixels, 3, picture_size, text, NULL));
    g_assert_true (g_file_get_contents (path, &bytes[i], &lengths[i], NULL));
  }
  g_assert_cmpmem (bytes[0], lengths[0], bytes[1], lengths[1]);
  /* tEXt: keyword, a zero, the text. */
  g_assert_true (has_bytes (bytes[0], lengths[0], "tEXtTitle\0a wall of maps", 24));
  g_assert_false (has_bytes (bytes[0], lengths[0], "tIME", 4));
  g_free (bytes[0]);
  g_free (bytes[1]);
}

static void
test_every_truncation_is_one_sentence (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *path = g_build_filename (fixture->folder, "a.png", NULL);
  uint8_t pixels[5 * 7 * 3];
  fill_picture (pixels, sizeof pixels);
  g_assert_true (kd_png_write (path, pixels, 3, picture_size, NULL, NULL));
  g_autofree char *bytes = NULL;
  gsize length = 0;
  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  /* The closing IEND chunk (12 bytes) carries no pixel. */
  for (gsize kept = 0; kept < length - 16; kept++) {
    g_autoptr (GError) error = NULL;
    KdSize size = { -1, -1 };
    g_assert_true (kd_file_write_atomic (path, bytes, kept, NULL));
    g_assert_null (kd_png_read (path, &size, &error));
    g_assert_nonnull (error);
    g_assert_true (error->domain == KD_ERROR);
    g_assert_nonnull (strstr (error->message, "a.png: "));
    g_assert_null (strchr (error->message, '\n'));
    g_assert_cmpint (size.height, ==, -1);
  }
}

static void
test_missing_places_are_named (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *path = g_build_filename (fixture->folder, "nowhere", "a.png", NULL);
  g_autoptr (GError) error = NULL;
  const uint8_t pixel[3] = { 0, 0, 0 };
  g_assert_false (kd_png_write (path, pixel, 3, (KdSize){ 1, 1 }, NULL, &error));
  g_assert_error (error, KD_ERROR, KD_ERROR_FILE);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);
  KdSize size = { 0, 0 };
  g_assert_null (kd_png_read (path, &size, &error));
  g_assert_error (error, KD_ERROR, KD_ERROR_FILE);
  g_assert_nonnull (strstr (error->message, path));
}

static void
test_writing_replaces_whole_files (Fixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *path = g_build_filename (fixture->folder, "a.png", NULL);
  g_assert_true (kd_file_write_atomic (path, "a long first text", 17, NULL));
  g_assert_true (kd_file_write_atomic (path, "short", 5, NULL));
  g_autofree char *bytes = NULL;
  gsize length = 0;
  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  g_assert_cmpmem (bytes, length, "short", 5);
}

#define ADD(path, test) g_test_add (path, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/data/png/round-trip", test_round_trip);
  ADD ("/data/png/transparent-pixels-lie-on-white", test_transparent_pixels_lie_on_white);
  ADD ("/data/png/same-bytes-twice", test_same_bytes_twice);
  ADD ("/data/png/every-truncation-is-one-sentence", test_every_truncation_is_one_sentence);
  ADD ("/data/png/missing-places-are-named", test_missing_places_are_named);
  ADD ("/data/file/writing-replaces-whole-files", test_writing_replaces_whole_files);
  return g_test_run ();
}
