/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdColorBar: a numbered vertical colour bar with its unit, drawn as exported pictures draw it, a histogram of the values at its left and a
 * handle at either end. Signal "moved" (const KdScale *): a person dragged a handle or pressed an arrow on it; "reset": double-clicked.
 */
#include "engine/render/render.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_COLOR_BAR_WIDTH 78 /* px, with its numbers */
#define KD_COLOR_BAR_BINS 32

#define KD_TYPE_COLOR_BAR (kd_color_bar_get_type ())
G_DECLARE_FINAL_TYPE (KdColorBar, kd_color_bar, KD, COLOR_BAR, GtkWidget)

GtkWidget *kd_color_bar_new (void);
void
kd_color_bar_set (KdColorBar *bar, const KdScale *scale, KdColormap colormap, const char *unit);
/* How often values of each part of the scale occur, lowest first; copied. */
void kd_color_bar_set_histogram (KdColorBar *bar, const size_t bins[KD_COLOR_BAR_BINS]);

G_END_DECLS
