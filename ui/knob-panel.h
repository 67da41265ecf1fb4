/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdKnobPanel: a method's hyperparameters, from its table. Every knob has its way back to the paper's value, and presets set all of them.
 * Signals: "changed" (const char *id, const char *text): a person turned a knob; "preset" (const char *name): chose a preset.
 * Whoever shows the panel applies them, and shows the values that came of it.
 */
#include "engine/session/session.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_KNOB_PANEL (kd_knob_panel_get_type ())
G_DECLARE_FINAL_TYPE (KdKnobPanel, kd_knob_panel, KD, KNOB_PANEL, GtkBox)

GtkWidget *kd_knob_panel_new (void);
/* Rows for these values' method; copied. Does not emit. */
void kd_knob_panel_show (KdKnobPanel *panel, const KdKnobs *values);

G_END_DECLS
