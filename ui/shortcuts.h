/* SPDX-License-Identifier: MIT */
#pragma once

/* All that can be done by name or key: "win." actions, their keys, and the window that lists them. */
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Of "activate": the action's name says which. */
typedef void (*KdActHandler) (GSimpleAction *action, GVariant *parameter, gpointer window);

/* Adds an action for each name to @window, which is a GActionMap, and its key. */
void kd_shortcuts_add (GtkWidget *window, KdActHandler handler);
/* The list of keys; GTK's until it is destroyed. */
GtkWindow *kd_shortcuts_list_new (void);

G_END_DECLS
