/* SPDX-License-Identifier: MIT */
#pragma once

/* KdViewBar: which image the maps show and how: channel rule, shared scale, and in a popover colours, overlay, boxes, size.
 * Signal "image" (int): another one was chosen. */
#include "ui/view-settings.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_VIEW_BAR (kd_view_bar_get_type ())
G_DECLARE_FINAL_TYPE (KdViewBar, kd_view_bar, KD, VIEW_BAR, GtkBox)

GtkWidget *kd_view_bar_new (KdViewSettings *settings, int n_images);
void kd_view_bar_set_images (KdViewBar *bar, int n_images);
int kd_view_bar_get_image (KdViewBar *bar);
/* NULL-terminated; at first P3, P4, P5. */
void kd_view_bar_set_levels (KdViewBar *bar, const char *const *names);
/* For shortcuts. */
void kd_view_bar_change_image (KdViewBar *bar, int places);
void kd_view_bar_set_image (KdViewBar *bar, int index);
void kd_view_bar_next_colormap (KdViewBar *bar);
void kd_view_bar_next_level (KdViewBar *bar);
void kd_view_bar_next_share (KdViewBar *bar);
void kd_view_bar_toggle_boxes (KdViewBar *bar);
void kd_view_bar_toggle_overlay (KdViewBar *bar);

G_END_DECLS
