/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdComparePair: two runs of a comparison in one place, a picture a kind of map: left and right of one line that all pictures share, or flickering:
 * one of them whole, then the other.
 */
#include "ui/compare-rows.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_COMPARE_PAIR (kd_compare_pair_get_type ())
G_DECLARE_FINAL_TYPE (KdComparePair, kd_compare_pair, KD, COMPARE_PAIR, GtkWidget)

/* @rows: for their titles; @flickers: no line, one run at a time. */
GtkWidget *kd_compare_pair_new (const KdCompareRows *rows, bool flickers);
/* @columns, @titles: of the two; @of: the image with its truths. */
void kd_compare_pair_show (KdComparePair *pair,
                           const KdCompareRows *rows,
                           const int columns[2],
                           const char *const titles[2],
                           const KdPictureInfo *of,
                           const KdView *view);
/* Into this room, px. */
void kd_compare_pair_fit (KdComparePair *pair, int width, int height);
/* While @held the second run is whole (flickering: the one that is not shown). */
void kd_compare_pair_hold (KdComparePair *pair, bool held);
/* Where the line is drawn, 0..1: 0 while the second run is whole, 1 while the first one is. */
double kd_compare_pair_get_split (KdComparePair *pair);
void kd_compare_pair_set_split (KdComparePair *pair, double split);
/* The picture of this kind of map, borrowed. */
GtkWidget *kd_compare_pair_panel (KdComparePair *pair, int row);

G_END_DECLS
