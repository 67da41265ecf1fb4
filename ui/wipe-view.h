/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdWipeView: two maps in one place: the first left of a line that can be dragged (arrows, Home and End move it), the second right of it. One that
 * flickers has no line: it shows one of them whole and, clicked, or by the arrows, the other. Signal "moved" (double): a person wants the line
 * there; whoever shows it sets the position.
 */
#include "engine/render/render.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_WIPE_VIEW (kd_wipe_view_get_type ())
G_DECLARE_FINAL_TYPE (KdWipeView, kd_wipe_view, KD, WIPE_VIEW, GtkWidget)

GtkWidget *kd_wipe_view_new (bool flickers);
/* @which: 0 left, 1 right; NULL values: nothing there. Copied. */
void kd_wipe_view_set_map (KdWipeView *view,
                           int which,
                           const char *name,
                           const float *values,
                           int width,
                           int height,
                           const KdScale *scale,
                           KdColormap colormap);
/* Between cells; boxes in px of the image of this size, copied. */
void kd_wipe_view_set_smooth (KdWipeView *view, bool smooth);
void kd_wipe_view_set_boxes (KdWipeView *view, const KdDetection *boxes, int n, KdSize image);
void kd_wipe_view_set_side (KdWipeView *view, int side_px);
/* Where the line is, 0..1; flickering: 1 shows the first map, 0 the second. */
double kd_wipe_view_get_position (KdWipeView *view);
void kd_wipe_view_set_position (KdWipeView *view, double position);

G_END_DECLS
