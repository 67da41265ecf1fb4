/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdMapWall: a wall model's rows as blocks of panels: the photo with boxes first, then one block a row, its levels side by side with one
 * numbered colour bar. All panels share zoom, pan and pointer. Captions are dragged onto others
 * to swap panels or, with Ctrl, to see their difference. Signal "export" (row, place): a person asked for this panel as a file.
 */
#include "ui/edits.h"
#include "ui/view-port.h"
#include "ui/wall-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_MAP_WALL (kd_map_wall_get_type ())
G_DECLARE_FINAL_TYPE (KdMapWall, kd_map_wall, KD, MAP_WALL, GtkWidget)

/* @edits: where swaps and differences are recorded. */
GtkWidget *kd_map_wall_new (KdWallModel *model, KdViewPort *port, KdEdits *edits);
/* One panel fills the wall, and back (false: there was none). Double click and Enter do the same. */
void kd_map_wall_enlarge (KdMapWall *wall, int row, int place);
bool kd_map_wall_shrink (KdMapWall *wall);
/* All channels of the features instead, until one is chosen or the wall shrinks; nothing without a picture of features. */
void kd_map_wall_browse (KdMapWall *wall);
/* Mark the rows that this phase of a step has made, and bring the first into sight; -1: none. */
void kd_map_wall_mark_phase (KdMapWall *wall, int phase);
#define KD_CELL_PX 16.0 /* of Ctrl+1 */
/* Zoom so that a cell of the finest map is @cell_px wide in a panel. */
void kd_map_wall_zoom_cells (KdMapWall *wall, double cell_px);

G_END_DECLS
