/* SPDX-License-Identifier: MIT */
#include "tests/exported-files.h"

#include <gio/gio.h>
#include <string.h>

void
exported_assert_same_bytes (const char *one, const char *other)
{
  g_autofree char *a = NULL, *b = NULL;
  size_t n_a, n_b;
  g_assert_true (g_file_get_contents (one, &a, &n_a, NULL));
  g_assert_true (g_file_get_contents (other, &b, &n_b, NULL));
  g_assert_cmpuint (n_a, >, 100);
  g_assert_cmpmem (a, n_a, b, n_b);
}

/* Names that Cairo numbers through a process or a file, numbered by the order in which this text has them. */
static char *
in_order (const char *text, const char *names)
{
  g_autoptr (GRegex) id = g_regex_new (names, G_REGEX_RAW, 0, NULL);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GString *ordered = g_string_new (NULL);
  g_autoptr (GMatchInfo) match = NULL;
  int from = 0;
  for (g_regex_match (id, text, 0, &match); g_match_info_matches (match);
       g_match_info_next (match, NULL)) {
    int start, end;
    char *name = g_match_info_fetch (match, 0);
    g_match_info_fetch_pos (match, 0, &start, &end);
    if (!g_hash_table_contains (seen, name))
      g_hash_table_insert (seen, g_strdup (name), GINT_TO_POINTER (g_hash_table_size (seen) + 1));
    g_string_append_len (ordered, text + from, start - from);
    g_string_append_printf (ordered, "<%d>", GPOINTER_TO_INT (g_hash_table_lookup (seen, name)));
    from = end;
    g_free (name);
  }
  g_string_append (ordered, text + from);
  return g_string_free (ordered, FALSE);
}

/* One stream of a PDF, unpacked; NULL: it is not a packed one. */
static GBytes *
unpack (const char *packed, size_t n)
{
  g_autoptr (GZlibDecompressor) zlib = g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB);
  GByteArray *plain = g_byte_array_new ();
  for (GConverterResult result = G_CONVERTER_CONVERTED; result == G_CONVERTER_CONVERTED;) {
    guint8 part[4096];
    gsize read = 0, written = 0;
    result = g_converter_convert (G_CONVERTER (zlib), packed, n, part, sizeof part,
                                  G_CONVERTER_NO_FLAGS, &read, &written, NULL);
    if (result == G_CONVERTER_ERROR)
      break;
    g_byte_array_append (plain, part, (guint) written);
    packed += read;
    n -= read;
  }
  return g_byte_array_free_to_bytes (plain);
}

static bool
begins_with (GBytes *bytes, const char *start, size_t n)
{
  return g_bytes_get_size (bytes) >= n && memcmp (g_bytes_get_data (bytes, NULL), start, n) == 0;
}

/*
 * What a PDF draws: its pictures and its lines. Which subset of a font a glyph is kept in depends on what else the process drew, so
 * fonts and their names are left away.
 */
static GPtrArray *
drawing_of (const char *pdf, size_t n)
{
  static const char key[] = "\nstream\n", true_type[] = "\0\1\0", map[] = "/CIDInit",
                    page[] = "1 0 0 -1 0 ";
  g_autoptr (GRegex) font = g_regex_new ("/f-[0-9]+-[0-9]+", G_REGEX_RAW, 0, NULL);
  GPtrArray *streams = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  for (size_t i = 0; i + sizeof key < n; i++) {
    if (memcmp (pdf + i, key, sizeof key - 1) != 0)
      continue;
    GBytes *stream = unpack (pdf + i + sizeof key - 1, n - i - (sizeof key - 1));
    if (begins_with (stream, true_type, 3) || begins_with (stream, map, sizeof map - 1)) {
      g_bytes_unref (stream);
      continue;
    }
    gsize size;
    const char *text = g_bytes_get_data (stream, &size);
    if (begins_with (stream, page, sizeof page - 1)) {
      g_autofree char *faces =
          g_regex_replace_literal (font, text, (gssize) size, 0, "/f", 0, NULL);
      char *nameless = in_order (faces, "/x[0-9]+");
      g_bytes_unref (stream);
      stream = g_bytes_new_take (nameless, strlen (nameless));
    }
    g_ptr_array_add (streams, stream);
  }
  return streams;
}

static bool
same_streams (const GPtrArray *one, const GPtrArray *other)
{
  bool same = one->len > 3 && one->len == other->len;
  for (guint i = 0; same && i < one->len; i++)
    same = g_bytes_equal (one->pdata[i], other->pdata[i]);
  return same;
}

bool
exported_same_drawing (const char *one, const char *other)
{
  g_autofree char *a = NULL, *b = NULL;
  size_t n_a, n_b;
  g_assert_true (g_file_get_contents (one, &a, &n_a, NULL));
  g_assert_true (g_file_get_contents (other, &b, &n_b, NULL));
  g_assert_cmpuint (n_a, >, 1000);
  if (g_str_has_suffix (one, ".svg")) {
    static const char names[] = "\\b(surface|image|source|clip|mask|glyph|pattern|linear|radial|"
                                "filter)[0-9]*(-[0-9]+)*\\b";
    g_autofree char *c = in_order (a, names), *d = in_order (b, names);
    return g_str_equal (c, d);
  }
  g_autoptr (GPtrArray) c = drawing_of (a, n_a), d = drawing_of (b, n_b);
  return same_streams (c, d);
}

void
exported_assert_same (const char *one, const char *other)
{
  if (g_str_has_suffix (one, ".svg") || g_str_has_suffix (one, ".pdf"))
    g_assert_true (exported_same_drawing (one, other));
  else
    exported_assert_same_bytes (one, other);
}

void
exported_render (const char *program, const char *arguments, const char *out)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *command = g_strdup_printf ("%s render %s --out %s", program, arguments, out);
  g_autofree char *said = NULL;
  int status;
  g_assert_true (g_spawn_command_line_sync (command, NULL, &said, &status, &error));
  g_assert_cmpstr (said, ==, "");
  g_assert_cmpint (status, ==, 0);
}
