/* SPDX-License-Identifier: MIT */
#pragma once

/* KdWindow: the explorer's main window: its views side by side in a stack, and what belongs to all of them. */
#include "ui/session-model.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define KD_TYPE_WINDOW (kd_window_get_type ())
G_DECLARE_FINAL_TYPE (KdWindow, kd_window, KD, WINDOW, AdwApplicationWindow)

KdWindow *kd_window_new (GtkApplication *application, KdSessionModel *model);
/* Show a dump, a run folder or a recording in the view that opens its kind; what is wrong with it is said in the window. */
void kd_window_open (KdWindow *window, const char *path);
/* Begin a teacher's own lesson; what is wrong with the file is said in the window. */
void kd_window_open_lesson (KdWindow *window, const char *path);

G_END_DECLS
