/* SPDX-License-Identifier: MIT */
#pragma once

/* What a person does with two panels of a wall: they change places, or one is subtracted from the other. Both can be undone. */
#include "ui/edits.h"
#include "ui/wall-model.h"

G_BEGIN_DECLS

/* A panel: a row of the model's layout and one of its places; -1: the row as a whole. */
typedef struct {
  int row, place;
} KdWallSpot;

/* Panels of two rows: the rows change places. Of one row: the two levels do, in all rows. Kept for the method that is shown. */
void
kd_wall_swap (KdWallModel *model, KdEdits *edits, const KdWallSpot *one, const KdWallSpot *other);
/* The order that the method's table has. */
void kd_wall_restore_order (KdWallModel *model, KdEdits *edits);
/* Before all rows, @one minus @other, cell by cell. Returns NULL, or why that cannot be: a sentence, owned by the caller. */
char *kd_wall_subtract (KdWallModel *model,
                        KdEdits *edits,
                        const KdWallSpot *one,
                        const KdWallSpot *other);

G_END_DECLS
