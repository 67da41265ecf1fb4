/* SPDX-License-Identifier: MIT */
#pragma once

/* Saving the session that is on screen as a recording: a file chooser that asks before it overwrites, then a toast that opens the folder. */
#include "ui/session-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* @from: a widget of the window: the chooser is its window's, the toast its AdwToastOverlay's. */
void kd_saving_ask (GtkWidget *from, KdSessionModel *model);
/* What the chooser's answer does, without a dialog. */
void kd_saving_save (GtkWidget *from, KdSessionModel *model, const char *path);

G_END_DECLS
