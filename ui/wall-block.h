/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdWallBlock: one row of a wall model: its title with the channel rule, its levels side by side, one numbered colour bar.
 * Signal "activated" (int place): a panel was double-clicked or Enter was pressed on it.
 */
#include "ui/view-port.h"
#include "ui/wall-arrange.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_WALL_BLOCK (kd_wall_block_get_type ())
G_DECLARE_FINAL_TYPE (KdWallBlock, kd_wall_block, KD, WALL_BLOCK, GtkBox)

/* Row @row of the model's present layout; the block must not outlive it. @place: only this one; -1: all. */
GtkWidget *kd_wall_block_new (KdWallModel *model, KdViewPort *port, int row, int place);
/* Draw the model's picture; captions and colour bars only if asked: numbers that change with every picture cannot be read. */
void kd_wall_block_show (KdWallBlock *block, bool captions);
/* The wall was: what was out of sight may be seen now. */
void kd_wall_block_scrolled (KdWallBlock *block);
/* Side of a map; vectors take @wide x @side. */
void kd_wall_block_set_side (KdWallBlock *block, int side, int wide);

/* The panel that @inside is, or is in; anywhere else in the block its row as a whole. */
KdWallSpot kd_wall_block_spot (KdWallBlock *block, GtkWidget *inside);
void kd_wall_block_focus (KdWallBlock *block, int place); /* of its panels; -1: the first */
/* "Attention, teacher, P3", or the row's alone (-1); owned by the caller. */
char *kd_wall_block_name (KdWallBlock *block, int place);

#define KD_WALL_GAP 6 /* px between panels */

G_END_DECLS
