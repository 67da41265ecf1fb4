/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdCompareGrid: what runs have in common as a grid: a column a run, a row a kind of map (and the image with each run's boxes), one scale a row.
 * Or two runs in one place with a line between them, or flickering; or the runs' consensus. All panels share zoom, pan, pointer and pins.
 */
#include "ui/compare-picture.h"
#include "ui/compare-set.h"
#include "ui/view-port.h"
#include "ui/view-settings.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_COMPARE_GRID (kd_compare_grid_get_type ())
G_DECLARE_FINAL_TYPE (KdCompareGrid, kd_compare_grid, KD, COMPARE_GRID, GtkWidget)

GtkWidget *kd_compare_grid_new (KdCompareSet *set, KdViewSettings *settings, KdViewPort *port);
/* The rows as they are drawn, borrowed. */
const KdCompareRows *kd_compare_grid_get_rows (KdCompareGrid *grid);
void kd_compare_grid_set_level (KdCompareGrid *grid, int level);
void kd_compare_grid_set_mode (KdCompareGrid *grid, KdCompareMode mode);
/* Of KD_COMPARE_WIPE and KD_COMPARE_FLICKER: the two columns. */
void kd_compare_grid_set_pair (KdCompareGrid *grid, int left, int right);
/* Part of a run's loss above which a cell counts for the consensus. */
void kd_compare_grid_set_threshold (KdCompareGrid *grid, double threshold);
/* While @flicked the right run of the pair is whole; of a flicker the one that is not shown. */
void kd_compare_grid_flick (KdCompareGrid *grid, bool flicked);
/* Where the pair's line is, 0..1; of a flicker 1 shows the left run and 0 the right one. */
void kd_compare_grid_set_split (KdCompareGrid *grid, double split);
/*
 * What is on screen, to export. @row: a KdCompareRowKind, KD_N_COMPARE_ROWS: the consensus, one more: who is counted in it, -1: all; @column: -1: all.
 * NULL: there is no picture yet.
 */
KdComparePicture *kd_compare_grid_picture (KdCompareGrid *grid, int row, int column);
/* Ask for a file's name for it and save it there. */
void kd_compare_grid_export (KdCompareGrid *grid, int row, int column);

G_END_DECLS
