/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdWallTabs: a method's maps, and beside them its own figures, one at a time under a row of names. Signal "figure": another one is on
 * screen, or none; its probes must be in the pictures. Signal "turned" (const char *id, const char *text): a person turned a knob above a figure.
 */
#include "ui/figure.h"
#include "ui/view-port.h"
#include "ui/wall-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_WALL_TABS (kd_wall_tabs_get_type ())
G_DECLARE_FINAL_TYPE (KdWallTabs, kd_wall_tabs, KD, WALL_TABS, GtkBox)

/* @wall: the widget of the maps. */
GtkWidget *kd_wall_tabs_new (KdWallModel *model, KdViewPort *port, GtkWidget *wall);
/* The run's values now, for the knobs above figures; copied. */
void kd_wall_tabs_set_knobs (KdWallTabs *tabs, const KdKnobs *values);
/* NULL: the maps are on screen. */
const KdFigure *kd_wall_tabs_get_figure (KdWallTabs *tabs);
/* NULL: the maps. An id that the method does not have: the maps. */
void kd_wall_tabs_show (KdWallTabs *tabs, const char *figure);
/* Ask for a file for the figure on screen; false: the maps are. */
bool kd_wall_tabs_export (KdWallTabs *tabs);
/* The next one, after the last the maps: for a shortcut. */
void kd_wall_tabs_next (KdWallTabs *tabs);

G_END_DECLS
