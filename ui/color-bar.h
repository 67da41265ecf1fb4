/* SPDX-License-Identifier: MIT */
#pragma once

/* KdColorBar: a numbered vertical colour bar with its unit, drawn as exported pictures draw it. */
#include "engine/render/render.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_COLOR_BAR_WIDTH 66 /* px, with its numbers */

#define KD_TYPE_COLOR_BAR (kd_color_bar_get_type ())
G_DECLARE_FINAL_TYPE (KdColorBar, kd_color_bar, KD, COLOR_BAR, GtkWidget)

GtkWidget *kd_color_bar_new (void);
void
kd_color_bar_set (KdColorBar *bar, const KdScale *scale, KdColormap colormap, const char *unit);

G_END_DECLS
