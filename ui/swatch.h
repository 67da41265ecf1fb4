/* SPDX-License-Identifier: MIT */
#pragma once

/* KdSwatch: a short line in the colour and dash that a run has in every chart. */
#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_SWATCH (kd_swatch_get_type ())
G_DECLARE_FINAL_TYPE (KdSwatch, kd_swatch, KD, SWATCH, GtkWidget)

GtkWidget *kd_swatch_new (int index); /* as kd_series_color () */
void kd_swatch_set_index (KdSwatch *swatch, int index);

G_END_DECLS
