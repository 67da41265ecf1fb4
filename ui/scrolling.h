/* SPDX-License-Identifier: MIT */
#pragma once

/* What scrolls to the focus by itself: not while the focus goes to a menu above it, or to what has just been clicked. */
#include <gtk/gtk.h>
#include <stdbool.h>

static inline void
kd_scrolls_to_focus (GtkWidget *inside, bool scrolls)
{
  GtkWidget *viewport = gtk_widget_get_ancestor (inside, GTK_TYPE_VIEWPORT);
  if (viewport)
    gtk_viewport_set_scroll_to_focus (GTK_VIEWPORT (viewport), scrolls);
}
