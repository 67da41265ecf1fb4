/* SPDX-License-Identifier: MIT */
#pragma once

/* The two children of a GtkPaned: how the room is shared before anybody drags the handle, and where the handle was left the last time. */
#include <gtk/gtk.h>
#include <stdbool.h>

G_BEGIN_DECLS

/**
 * kd_pane_keep:
 * @key: of GSettings, which keeps the child's size in px; -1 there: nobody has dragged
 * @end: of its end child, else of its start child
 * @share: of the pane's length for that child until a person drags, if it does not ask for more; above 1: px, or what there is room for; 0: what
 *   it asks for
 *
 * Before the pane is shown. Main thread.
 */
void kd_pane_keep (GtkPaned *paned, const char *key, bool end, double share);

G_END_DECLS
