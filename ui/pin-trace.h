/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdPinTrace: the pinned cells of one map over time: a curve a pin through the session's recorded keyframes, up to the picture on screen. A list
 * chooses the map. It is only there while something is pinned and the session has an earlier moment.
 */
#include "ui/session-model.h"
#include "ui/view-port.h"
#include "ui/wall-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_PIN_TRACE (kd_pin_trace_get_type ())
G_DECLARE_FINAL_TYPE (KdPinTrace, kd_pin_trace, KD, PIN_TRACE, GtkBox)

GtkWidget *kd_pin_trace_new (KdSessionModel *sessions, KdWallModel *model, KdViewPort *port);
/* Which place of a row: the level. */
void kd_pin_trace_set_place (KdPinTrace *trace, int place);
/* Which row of the model's: by its name. */
void kd_pin_trace_show_row (KdPinTrace *trace, const char *name);
/* Of pin @pin, from 0: borrowed until the next change. */
const KdCurve *kd_pin_trace_get_curve (KdPinTrace *trace, int pin);

G_END_DECLS
