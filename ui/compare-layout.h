/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Where the rows of Compare lie so that as many large panels as possible are in sight: one below the other, in blocks side by side where the
 * window is wide for its students, or with the consensus, which is one panel, beside the others. Plain numbers, no widgets.
 */
#include "ui/compare-rows.h"

G_BEGIN_DECLS

#define KD_COMPARE_TITLE_WIDTH 92    /* px, of a row's title at the left */
#define KD_COMPARE_CAPTION_HEIGHT 24 /* px, above a panel */
#define KD_COMPARE_GAP 6             /* px, between panels */
#define KD_COMPARE_SMALLEST 66       /* px, side of a panel, whatever there is room for */

/* Row 0: the image; then those of KdCompareRowKind; last the consensus, where there is one. */
typedef struct {
  int side; /* of a panel, px */
  int n_columns, n_rows;
  int n_blocks;
  bool aside; /* the consensus has the second block for itself */
} KdCompareLayout;

typedef struct {
  int block, line; /* from 0 */
} KdCompareSpot;

/* @width, @height: px of the whole view, one below the other for @n_columns students. */
KdCompareLayout kd_compare_layout_fit (int width, int height, int n_columns, bool consensus);
KdCompareSpot kd_compare_layout_spot (const KdCompareLayout *layout, int row);
/* Whether rows lie at the same places, whatever the side. */
bool kd_compare_layout_same_places (const KdCompareLayout *a, const KdCompareLayout *b);

G_END_DECLS
