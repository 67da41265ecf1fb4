/* SPDX-License-Identifier: MIT */
#pragma once

/* KdReadingRow: how far a large dump has been read, with a button that stops it, or reads what was left; hidden where all is there. */
#include "ui/inspect-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_READING_ROW (kd_reading_row_get_type ())
G_DECLARE_FINAL_TYPE (KdReadingRow, kd_reading_row, KD, READING_ROW, GtkBox)

GtkWidget *kd_reading_row_new (KdInspectModel *model);

G_END_DECLS
