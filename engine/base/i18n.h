/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Words for people, in their language. `_("...")` marks and translates, `C_("context", "...")` a single word, `ngettext ()` what is
 * counted, `N_("...")` marks what a table holds and kd_translated () translates where it is shown. Sentences are translated whole,
 * with printf's placeholders. The catalogues are in resources/po; `./dev translate` brings them up to date.
 *
 * What is on the screen is in the user's language, with the locale's decimal point: widgets, and what is drawn in them. What goes
 * into a file or onto the clipboard is English with a point whatever the locale, so that the window and kdscope-cli write the same
 * bytes everywhere: pictures with their titles, CSV heads, metadata, commands. Who makes such a thing does it within
 * KD_FILE_WORDS. The engine's errors and kdscope-cli's help are for people, too; what kdscope-cli prints for scripts has a point in
 * its numbers. File formats and names (members, keys, methods, networks, units) are English.
 */
#define GETTEXT_PACKAGE "kdscope"
#include <glib/gi18n-lib.h>

G_BEGIN_DECLS

/* libintl.h's asks the program's own domain, which is not that of a test. */
#undef ngettext
#define ngettext(one, many, n) g_dngettext (GETTEXT_PACKAGE, one, many, n)

/* The catalogues: of $KDSCOPE_LOCALES, of the folder that this was built in, else the installed ones. Main thread, before the first
 * word is shown. */
void kd_i18n_init (void);
/* Of a table's text, N_() or the engine's. Borrowed; NULL and "" stay what they are. */
const char *kd_translated (const char *text) G_GNUC_FORMAT (1);

/* The same of many, NULL-terminated. The vector is the caller's (g_free), what is in it borrowed. */
const char **kd_translated_all (const char *const *texts);
/* A number as a file or a command has it, with the locale's decimal point; anything else as it is. Owned by the caller. */
char *kd_number_for_people (const char *written);

/* The rest of the block writes for a file: words and numbers of this thread are not translated. May be nested. */
typedef void KdFileWords;
KdFileWords *kd_file_words_begin (void);
void kd_file_words_end (KdFileWords *before);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KdFileWords, kd_file_words_end)
#define KD_FILE_WORDS g_autoptr (KdFileWords) file_words G_GNUC_UNUSED = kd_file_words_begin ()

G_END_DECLS
