/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdDepartureRow: where a method's paper and its code differ, with a switch between both readings if a knob realises them.
 * Signal "changed" (const char *id, const char *text): a person chose a reading, which is this value of this knob.
 */
#include "engine/session/session.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_DEPARTURE_ROW (kd_departure_row_get_type ())
G_DECLARE_FINAL_TYPE (KdDepartureRow, kd_departure_row, KD, DEPARTURE_ROW, GtkBox)

/* @index of the method's departures. */
GtkWidget *kd_departure_row_new (const KdMethod *method, int index);
/* Stand on the reading that these values of the method's knobs are, or on neither. Does not emit. */
void kd_departure_row_show (KdDepartureRow *row, const KdKnobs *values);

G_END_DECLS
