/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdTimeline: the steps of a session as a track: what has been made, recorded keyframes to scrub to, and flags (a knob changed, a number was
 * not finite, the best AP50 of the selected student). Dragging, arrows, Home and End show keyframes; the end of the track is live. Signal "cursor"
 * (double step, NAN: none): a person points at a step.
 */
#include "ui/session-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_TIMELINE (kd_timeline_get_type ())
G_DECLARE_FINAL_TYPE (KdTimeline, kd_timeline, KD, TIMELINE, GtkWidget)

GtkWidget *kd_timeline_new (KdSessionModel *model);
/* Go @places keyframes forth or back from what is shown; G_MININT, G_MAXINT: the first, live. */
void kd_timeline_scrub (KdTimeline *timeline, int places);
/* A line at a step that somebody points at elsewhere; NAN: none. Does not emit. */
void kd_timeline_set_cursor (KdTimeline *timeline, double step);
double kd_timeline_get_cursor (KdTimeline *timeline);
/* Flags there are, for tests and readers: kind as the event says (KD_EVENT_KNOB, KD_EVENT_BAD_NUMBERS), or -1 for the best AP50. */
typedef struct {
  int64_t step;
  int kind;
  char text[160];
} KdFlag;
int kd_timeline_flags (KdTimeline *timeline, const KdFlag **flags);

G_END_DECLS
