/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Captions of a wall that are dragged onto other panels: both change places, or with Ctrl the dragged one minus the other is shown. What
 * it comes to is the wall's action "wall.swap" or "wall.subtract" with both spots (iiii), which menus call too.
 */
#include "ui/wall-block.h"

G_BEGIN_DECLS

/* @caption: inside a block, whose spot it stands for. */
void kd_wall_drag_add_source (GtkWidget *caption);
void kd_wall_drag_add_target (KdWallBlock *block);

G_END_DECLS
