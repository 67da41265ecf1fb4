/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdKnobPanel: the selected run's hyperparameters, from its method's table. A change goes to the session at once (while paused the maps
 * follow); every knob has its way back to the paper's value, and presets set all of them.
 */
#include "ui/session-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_KNOB_PANEL (kd_knob_panel_get_type ())
G_DECLARE_FINAL_TYPE (KdKnobPanel, kd_knob_panel, KD, KNOB_PANEL, GtkBox)

GtkWidget *kd_knob_panel_new (KdSessionModel *model);

G_END_DECLS
