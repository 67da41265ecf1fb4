/* SPDX-License-Identifier: MIT */

/* A session's file that is not as it was written: one sentence that names it, whatever its bytes are. */
#include "engine/session/session.h"

#include <glib/gstdio.h>
#include <string.h>

/* The sentence behind the file's path. */
static void
assert_refused (const char *text, size_t size, const char *sentence)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("kdscope-XXXXXX", &error);
  g_assert_no_error (error);
  g_autofree char *path = g_build_filename (folder, "session.json", NULL);
  g_file_set_contents (path, text, (gssize) size, &error);
  g_assert_no_error (error);

  g_assert_null (kd_config_load (folder, &error));
  g_test_message ("%s", error->message);
  g_assert_true (error->domain == KD_ERROR);
  g_autofree char *start = g_strconcat (path, ": ", sentence, NULL);
  g_assert_true (g_str_has_prefix (error->message, start));
  g_assert_null (strstr (error->message + 1, path));
  g_assert_null (strpbrk (error->message, "\n\r\t"));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_remove (path);
  g_rmdir (folder);
}

static void
assert_text_refused (const char *text, const char *sentence)
{
  assert_refused (text, strlen (text), sentence);
}

static void
test_damage_is_one_sentence (void)
{
  assert_text_refused ("{ \"seed\": \"a\nb\n\" 5 }", "the file is damaged: ");
  assert_text_refused ("{ \"seed\": \xff\xfe }", "the file is not JSON of ours");
  assert_text_refused ("[1]", "expected a JSON object");
  assert_text_refused ("", "expected a JSON object");
  assert_refused ("{}\0{}", 5, "the file is not JSON of ours");
}

static void
test_values_are_quoted_on_one_line (void)
{
  assert_text_refused ("{ \"runs\": [ { \"id\": \"a\", \"method\": \"f\\ng\\u0007d\" } ] }",
                       "there is no method \"f g d\"");
  assert_text_refused (
      "{ \"runs\": [ { \"id\": \"a\", \"method\": \"fgd\", \"knobs\": { \"te\\nmp\": \"1\" } } ] }",
      "fgd has no knob \"te mp\"");
}

/* Nested so deep that a reader that follows it would leave its stack. */
static void
test_depth_is_bounded (void)
{
  const size_t depth = 4 << 20;
  g_autofree char *text = g_malloc (2 * depth);
  memset (text, '[', depth);
  memset (text + depth, ']', depth);
  assert_refused (text, 2 * depth, "the file is not JSON of ours");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/config/damage-is-one-sentence", test_damage_is_one_sentence);
  g_test_add_func ("/session/config/values-are-quoted-on-one-line",
                   test_values_are_quoted_on_one_line);
  g_test_add_func ("/session/config/depth-is-bounded", test_depth_is_bounded);
  return g_test_run ();
}
