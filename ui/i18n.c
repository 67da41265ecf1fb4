/* SPDX-License-Identifier: MIT */
#include "ui/i18n.h"

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
