/* SPDX-License-Identifier: MIT */
#pragma once

/* The button with the window's main menu: what can be done by name and has no button of its own. */
#include <gtk/gtk.h>

G_BEGIN_DECLS

GtkWidget *kd_window_menu_new (void);

G_END_DECLS
