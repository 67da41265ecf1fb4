/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdKnobRow: one hyperparameter as label, slider (logarithmic where the method says so), spin button, switch or choice, and an
 * arrow back to its reference value.
 */
#include "engine/session/session.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_KNOB_ROW (kd_knob_row_get_type ())
G_DECLARE_FINAL_TYPE (KdKnobRow, kd_knob_row, KD, KNOB_ROW, GtkBox)

/* @knob is borrowed for the life of the row (methods' tables are constants). Emits "changed" when a person changed it. */
GtkWidget *kd_knob_row_new (const KdKnob *knob, double value, double reference);
/* Name, slider and number on one line instead of two. */
void kd_knob_row_lay_flat (KdKnobRow *row);
/* As kd_knobs_set () reads it; owned by the caller. */
char *kd_knob_row_dup_text (KdKnobRow *row);
const KdKnob *kd_knob_row_get_knob (KdKnobRow *row);
/* Show another value without "changed". */
void kd_knob_row_set_value (KdKnobRow *row, double value);

G_END_DECLS
