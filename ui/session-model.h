/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdSessionModel: a GObject over a KdSession, so that widgets can listen. It takes what the engine offers on the main loop and
 * tells its listeners once per change. Main thread only.
 */
#include "engine/session/session.h"

#include <glib-object.h>

G_BEGIN_DECLS

#define KD_TYPE_SESSION_MODEL (kd_session_model_get_type ())
G_DECLARE_FINAL_TYPE (KdSessionModel, kd_session_model, KD, SESSION_MODEL, GObject)

/*
 * Signals, all without arguments unless said:
 *   "snapshot"  a newer picture of the pinned image: kd_session_model_get_snapshot ()
 *   "series"    curves grew
 *   "status"    state, step, speed
 *   "probes"    the list of probes was made or made anew: forget old ids
 *   "selected"  another run is on the wall
 *   "event" (const KdEvent *)  valid during the call
 *   "shown"     another keyframe is shown, or none any more; "snapshot" follows
 *   "session"   another session: runs, probes, series and status are all new; comes before any other signal of it
 */
KdSessionModel *kd_session_model_new (const KdConfig *config, GError **error);
KdSessionModel *kd_session_model_new_for (KdSession *session); /* taken */
/*
 * Put another session in place of this one, which is paused and kept for kd_session_model_swap () until the next start or
 * kd_session_model_forget (). On an error nothing changes.
 */
bool kd_session_model_start (KdSessionModel *model, const KdConfig *config, GError **error);
/* The same with a session that is there already: a branch, a recording. It is taken. */
void kd_session_model_put (KdSessionModel *model, KdSession *session);
/* Back to the session before, and forth again; false: none is kept. */
bool kd_session_model_swap (KdSessionModel *model);
void kd_session_model_forget (KdSessionModel *model);
KdSession *kd_session_model_get_session (KdSessionModel *model);
/* Borrowed until the next "snapshot"; NULL at first. */
KdSnapshot *kd_session_model_get_snapshot (KdSessionModel *model);
/* Show the recorded keyframe of @step instead of what is new; -1: live again. A recording goes there and stays. False: there is no such
 * keyframe. */
bool kd_session_model_show (KdSessionModel *model, int64_t step);
int64_t kd_session_model_get_shown (KdSessionModel *model); /* -1: live, or a recording */
/* Of the pictures on screen: a keyframe's, or the newest. */
int64_t kd_session_model_get_step (KdSessionModel *model);
/* Whether that is in the past: a live session's keyframe, or anywhere in a recording. */
bool kd_session_model_is_back (KdSessionModel *model);
/* The one image that a recording holds, a held-out index; -1: any can be asked for. */
int kd_session_model_get_only_image (KdSessionModel *model);
/* The run that the wall shows. Emits "selected". */
int kd_session_model_get_selected (KdSessionModel *model);
void kd_session_model_select (KdSessionModel *model, int run);

G_END_DECLS
