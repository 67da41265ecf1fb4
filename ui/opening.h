/* SPDX-License-Identifier: MIT */
#pragma once

/* The ways in which a person names a file or a folder to open: the file chooser, dropping it on the window, the list of recent ones. */
#include "ui/file-kind.h"

#include <gtk/gtk.h>
#include <stdbool.h>

G_BEGIN_DECLS

/* Asks for a file, or for a run's or session's folder. What was chosen goes to the action "win.open-path". */
void kd_opening_ask (GtkWindow *window, bool folder);
/* Files and folders that are dropped on @window go there, too, each by itself. */
void kd_opening_accept_drops (GtkWindow *window);
/* What this program opened lately, newest first, as a menu of "win.open-path"; it follows the list until it is freed. */
GMenuModel *kd_opening_recent_menu (void);
void kd_opening_remember (const char *path, KdFileKind kind);

G_END_DECLS
