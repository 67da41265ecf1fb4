/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdCompareVotes: where the runs of a comparison put their loss: a large map of how many put more than a part of it into a cell, beside it the image
 * and, run by run, the cells that it is counted for. All share zoom, pan and pointer.
 */
#include "ui/compare-rows.h"
#include "ui/view-port.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_COMPARE_VOTES (kd_compare_votes_get_type ())
G_DECLARE_FINAL_TYPE (KdCompareVotes, kd_compare_votes, KD, COMPARE_VOTES, GtkWidget)

GtkWidget *kd_compare_votes_new (KdViewPort *port, int n_columns);
/* @titles: [n_columns]; @of: the image with its truths; @threshold: the part, 0..1. */
void kd_compare_votes_show (KdCompareVotes *votes,
                            const KdCompareRows *rows,
                            const char *const *titles,
                            const KdPictureInfo *of,
                            double threshold,
                            const KdView *view);
/* Into this room, px. */
void kd_compare_votes_fit (KdCompareVotes *votes, int width, int height);
/* The cells of a run, or with -1 how many there are; borrowed. */
GtkWidget *kd_compare_votes_panel (KdCompareVotes *votes, int column);

G_END_DECLS
