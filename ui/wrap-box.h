/* SPDX-License-Identifier: MIT */
#pragma once

/* KdWrapBox: children side by side at their natural widths, on as many lines as that takes: what a GtkFlowBox does in columns. */
#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_WRAP_BOX (kd_wrap_box_get_type ())
G_DECLARE_FINAL_TYPE (KdWrapBox, kd_wrap_box, KD, WRAP_BOX, GtkWidget)

/* px between children of a line, and between lines. */
GtkWidget *kd_wrap_box_new (int across, int down);
/* At the end. */
void kd_wrap_box_append (KdWrapBox *box, GtkWidget *child);
void kd_wrap_box_remove (KdWrapBox *box, GtkWidget *child);

G_END_DECLS
