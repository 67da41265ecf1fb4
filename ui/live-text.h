/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdLiveText: words that change while training runs. A label asks for other room with each change, and each such wish lays the whole
 * window out, for which GTK asks the X server a score of questions. This one asks for more room when its words do not fit and for
 * less never, so it is only painted anew, and nothing beside it moves.
 */
#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef enum {
  KD_LIVE_LINE, /* one line in the room that its parent gives it; what does not fit is cut, with dots */
  KD_LIVE_WIDTH, /* the same, and would be as wide as its widest words so far */
  KD_LIVE_LINES, /* wrapped, as high as the highest so far */
} KdLiveRoom;

#define KD_TYPE_LIVE_TEXT (kd_live_text_get_type ())
G_DECLARE_FINAL_TYPE (KdLiveText, kd_live_text, KD, LIVE_TEXT, GtkWidget)

/* @chars: at least so wide. */
GtkWidget *kd_live_text_new (KdLiveRoom room, int chars, float xalign);
void kd_live_text_set (KdLiveText *text, const char *words);
/* Borrowed until the next kd_live_text_set (). */
const char *kd_live_text_get (KdLiveText *text);

G_END_DECLS
