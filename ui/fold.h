/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdFold: a GtkPaned whose end child folds away where the room is better given to the start child, until a person asks for it; hidden by a
 * person it stays so. What was asked for is kept in GSettings.
 */
#include <gtk/gtk.h>
#include <stdbool.h>

G_BEGIN_DECLS

#define KD_TYPE_FOLD (kd_fold_get_type ())
G_DECLARE_FINAL_TYPE (KdFold, kd_fold, KD, FOLD, GtkWidget)

/* @least: length of the pane, px: below, its end child folds. @key: of GSettings, one of org.kdscope.Kdscope.Folding. */
GtkWidget *kd_fold_new (GtkPaned *paned, int least, const char *key);
/* Another length; 0: its end child never folds by itself. */
void kd_fold_set_least (KdFold *fold, int least);
/* Show what is hidden, hide what is shown. */
void kd_fold_toggle (KdFold *fold);

G_END_DECLS
