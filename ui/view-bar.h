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
/* A recording's: there is no other. kd_view_bar_set_images () offers others again. */
void kd_view_bar_fix_image (KdViewBar *bar, int index);
int kd_view_bar_get_image (KdViewBar *bar);
/* NULL-terminated; at first P3, P4, P5. */
void kd_view_bar_set_levels (KdViewBar *bar, const char *const *names);
void kd_view_bar_set_image (KdViewBar *bar, int index);
/* What a shortcut asks for: next-image, previous-image, colormap, level, share, boxes, overlay; false: not one of these. */
bool kd_view_bar_act (KdViewBar *bar, const char *name);

G_END_DECLS
