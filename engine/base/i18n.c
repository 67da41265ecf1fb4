/* SPDX-License-Identifier: MIT */
#include "engine/base/i18n.h"

#include <locale.h>

void
kd_i18n_init (void)
{
  const char *override = g_getenv ("KDSCOPE_LOCALES");
  const char *folder = override && *override ? override : KDSCOPE_BUILT_LOCALES;
  bindtextdomain (GETTEXT_PACKAGE,
                  g_file_test (folder, G_FILE_TEST_IS_DIR) ? folder : KDSCOPE_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  /* GLib translates nothing, its own words included, in a program that has not said what it is. */
  textdomain (GETTEXT_PACKAGE);
}

const char *
kd_translated (const char *text)
{
  return text && *text ? g_dgettext (GETTEXT_PACKAGE, text) : text;
}

const char **
kd_translated_all (const char *const *texts)
{
  const guint n = g_strv_length ((char **) texts);
  const char **translated = g_new0 (const char *, n + 1);
  for (guint i = 0; i < n; i++)
    translated[i] = kd_translated (texts[i]);
  return translated;
}

char *
kd_number_for_people (const char *written)
{
  char *end;
  g_ascii_strtod (written, &end);
  if (end == written || *end)
    return g_strdup (written);
  g_auto (GStrv) parts = g_strsplit (written, ".", 2);
  return g_strjoinv (localeconv ()->decimal_point, parts);
}

/* ---- files --------------------------------------------------------------------------------------------- */

/* Letters stay the user's: file names are in them. */
static locale_t
file_locale (void)
{
  static gsize made;
  if (g_once_init_enter (&made)) {
    locale_t user = duplocale (LC_GLOBAL_LOCALE);
    locale_t file = newlocale (LC_MESSAGES_MASK | LC_NUMERIC_MASK | LC_TIME_MASK, "C", user);
    g_once_init_leave (&made, (gsize) file);
  }
  return (locale_t) made;
}

KdFileWords *
kd_file_words_begin (void)
{
  return (KdFileWords *) uselocale (file_locale ());
}

void
kd_file_words_end (KdFileWords *before)
{
  uselocale ((locale_t) before);
}
