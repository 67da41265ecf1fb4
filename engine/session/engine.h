/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Private to session/: what the engine's thread owns, and its parts: engine.c loads and loops, engine-status.c tells,
 * engine-views.c looks, engine-commands.c obeys, engine-steps.c trains. All of it on that thread.
 */
#include "engine/session/checkpoint.h"
#include "engine/session/session-private.h"
#include "engine/session/views.h"

G_BEGIN_DECLS

typedef struct {
  KdSession *session;
  const KdConfig *config;
  KdTrainer *trainer;
  KdViews *views;
  KdFolder *folder; /* NULL: nothing is written */

  KdState state; /* as in the session's status */
  bool running;
  int steps_due, phases_due; /* single steps asked for while paused */
  double speed;              /* steps per second; 0: as fast as it goes */
  double next_step_s;
  bool checkpoint_asked;
  double balance_due[KD_MAX_RUNS]; /* ratios asked for before the run had learned; 0: none */
  bool evaluating; /* the step just made is being measured; it counts as unfinished until then */
  bool held;       /* and that was interrupted by a pause */

  bool wanted;                                    /* a snapshot */
  bool stale;                                     /* something changed since the last view */
  bool hurry;                                     /* it was changed by the user: show it now */
  double view_due_s, view_made_s, view_longest_s; /* while running */
  int views_made;
  int64_t last_keyframe;

  double measured_s, flushed_s;
  int64_t measured_step;
} KdEngine;

/* -- engine-status.c -- */
void kd_engine_tell (KdEngine *engine, KdEventKind kind, int run, const char *text);
void kd_engine_set_state (KdEngine *engine, KdState state);
/* The world's error ends training; takes @error. */
void kd_engine_fail (KdEngine *engine, GError *error);
void kd_engine_update_status (KdEngine *engine);
void kd_engine_restart_speed (KdEngine *engine);
/* Of whoever trains: RUNNING, or LEARNING. */
KdState kd_engine_running_state (const KdEngine *engine);
void kd_engine_tell_notes (KdEngine *engine);
/* Not training any more: PAUSED, or DONE. */
void kd_engine_rest (KdEngine *engine);

/* -- engine-views.c -- */
void kd_engine_publish_probes (KdEngine *engine);
/* A snapshot if one is wanted and due, a keyframe if one is due. */
void kd_engine_look (KdEngine *engine);
size_t kd_engine_bytes (const KdEngine *engine);

/* -- engine-commands.c -- */
void kd_engine_play (KdEngine *engine);
void kd_engine_drain (KdEngine *engine);

/* -- engine-steps.c -- */
/* A step, or a phase of one. */
void kd_engine_train (KdEngine *engine);
/* A slice of the measurement that is under way. */
void kd_engine_evaluate (KdEngine *engine);
/* Go on with a measurement that was interrupted. */
void kd_engine_release (KdEngine *engine);
void kd_engine_checkpoint (KdEngine *engine);

G_END_DECLS
