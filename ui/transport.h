/* SPDX-License-Identifier: MIT */
#pragma once

/* KdTransport: play, pause, single step, speed, progress with ETA, and the state of training in words. Signal "cursor" (double step, NAN: none):
 * a person points at a step on the timeline. */
#include "ui/session-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_TRANSPORT (kd_transport_get_type ())
G_DECLARE_FINAL_TYPE (KdTransport, kd_transport, KD, TRANSPORT, GtkBox)

GtkWidget *kd_transport_new (KdSessionModel *model);
/* To the play button, as soon as there is something to play. */
void kd_transport_focus (KdTransport *transport);
/* What the buttons do, for actions and shortcuts. */
void kd_transport_toggle (KdTransport *transport);
void kd_transport_step (KdTransport *transport);
void kd_transport_step_phase (KdTransport *transport);
/* By recorded keyframes; G_MININT: the first, G_MAXINT: live. */
void kd_transport_scrub (KdTransport *transport, int places);
void kd_transport_set_cursor (KdTransport *transport, double step); /* does not emit */
/* One place faster (1) or slower (-1) in the list of speeds. */
void kd_transport_change_speed (KdTransport *transport, int places);

G_END_DECLS
