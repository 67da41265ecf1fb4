/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdRunTable: the runs of a comparison as a sortable table: step, AP, AP50, best AP50, speed, and of their hyperparameters only those
 * in which runs of one method differ.
 */
#include "ui/compare-set.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_RUN_TABLE (kd_run_table_get_type ())
G_DECLARE_FINAL_TYPE (KdRunTable, kd_run_table, KD, RUN_TABLE, GtkBox)

/* Ctrl+C and a menu copy it as text; the menu also as CSV, and it sorts: heads are for the pointer alone. */
GtkWidget *kd_run_table_new (KdCompareSet *set);
/* What is copied: rows and columns as they are shown, between tabs; or @csv, numbers alone and the best AP50's step in a column of its own. Owned by
 * the caller. */
char *kd_run_table_copy (KdRunTable *table, bool csv);
/* What row @row of the table as it is sorted now says in the column of this title; owned by the caller, NULL: no such cell. For tests. */
char *kd_run_table_text (KdRunTable *table, int row, const char *column);

G_END_DECLS
