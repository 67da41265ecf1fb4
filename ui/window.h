/* SPDX-License-Identifier: MIT */
#pragma once

/* KdWindow: the explorer's main window: the Live view of one session. */
#include "ui/session-model.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define KD_TYPE_WINDOW (kd_window_get_type ())
G_DECLARE_FINAL_TYPE (KdWindow, kd_window, KD, WINDOW, AdwApplicationWindow)

KdWindow *kd_window_new (GtkApplication *application, KdSessionModel *model);

G_END_DECLS
