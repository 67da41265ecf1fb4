/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The help: topics at the left with a search entry, the topic's text at the right. The text is resources/help/help.txt: "# " begins a
 * topic, "## " a heading, "- " an item, four spaces are code; `word` is code, too. Everything else are paragraphs, one a line.
 */
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* @topic: to show first, as its heading says; NULL: the first one. */
GtkWidget *kd_help_new (GtkWindow *parent, const char *topic);

G_END_DECLS
