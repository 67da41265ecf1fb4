/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdProbePanel: the image position under the pointer and the value of every map there, level by level; beside it those of pinned places, which
 * are drawn over time, too.
 */
#include "ui/session-model.h"
#include "ui/view-port.h"
#include "ui/wall-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Width of wall and panel from which on both have room: else the wall would have one block a line. */
#define KD_PROBE_ROOM 960

#define KD_TYPE_PROBE_PANEL (kd_probe_panel_get_type ())
G_DECLARE_FINAL_TYPE (KdProbePanel, kd_probe_panel, KD, PROBE_PANEL, GtkBox)

/* @sessions: whose keyframes pinned places are followed through; NULL: a dump, which has no time. */
GtkWidget *kd_probe_panel_new (KdWallModel *model, KdViewPort *port, KdSessionModel *sessions);

G_END_DECLS
