/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdWipeView: two maps in one place: the first left of a line that can be dragged (arrows move it), the second right of it. Showing one
 * of them whole and then the other makes differences flicker.
 */
#include "engine/render/render.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_WIPE_VIEW (kd_wipe_view_get_type ())
G_DECLARE_FINAL_TYPE (KdWipeView, kd_wipe_view, KD, WIPE_VIEW, GtkWidget)

GtkWidget *kd_wipe_view_new (void);
/* @which: 0 left, 1 right; NULL values: nothing there. Copied. */
void kd_wipe_view_set_map (KdWipeView *view,
                           int which,
                           const char *name,
                           const float *values,
                           int width,
                           int height,
                           const KdScale *scale,
                           KdColormap colormap);
void kd_wipe_view_set_side (KdWipeView *view, int side_px);
/* Where the line is, 0..1. */
double kd_wipe_view_get_position (KdWipeView *view);
void kd_wipe_view_set_position (KdWipeView *view, double position);

G_END_DECLS
