/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdMapWall: the selected run's pictures: rows by the method's table, columns by pyramid level, one numbered colour bar a
 * row. All panels share zoom, pan and pointer.
 */
#include "ui/session-model.h"
#include "ui/view-port.h"
#include "ui/view-settings.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_MAP_WALL (kd_map_wall_get_type ())
G_DECLARE_FINAL_TYPE (KdMapWall, kd_map_wall, KD, MAP_WALL, GtkWidget)

GtkWidget *kd_map_wall_new (KdSessionModel *model, KdViewSettings *settings, KdViewPort *port);

G_END_DECLS
