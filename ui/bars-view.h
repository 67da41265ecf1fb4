/* SPDX-License-Identifier: MIT */
#pragma once

/* KdBarsView: a vector as bars (channel attention), one or two series side by side, with a title line. */
#include "engine/render/render.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_BARS_VIEW (kd_bars_view_get_type ())
G_DECLARE_FINAL_TYPE (KdBarsView, kd_bars_view, KD, BARS_VIEW, GtkBox)

GtkWidget *kd_bars_view_new (void);
void kd_bars_view_set_side (KdBarsView *view, int width_px, int height_px);
/* The label of the caption, to be dragged; borrowed. */
GtkWidget *kd_bars_view_get_caption (KdBarsView *view);
void kd_bars_view_set_title (KdBarsView *view, const char *title, const char *help);
/* Copied. @values[1] NULL: one series. Series 0 is the teacher's colour, 1 the student's. @reference: a line; NAN: none. */
void kd_bars_view_set_values (
    KdBarsView *view, const float *const values[2], int n_values, bool sorted, double reference);

G_END_DECLS
