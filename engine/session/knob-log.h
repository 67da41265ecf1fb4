/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to session/: which knobs were turned at which step, so that an earlier keyframe can be shown with the values of then. */
#include "engine/methods/method.h"
#include "engine/session/json.h"

G_BEGIN_DECLS

typedef struct _KdKnobLog KdKnobLog;

typedef struct {
  int64_t step; /* made before */
  int run;
  char *id, *before, *after; /* exact texts; owned by the log */
} KdKnobTurn;

KdKnobLog *kd_knob_log_new (void);
void kd_knob_log_free (KdKnobLog *log);
/* In the order of time. Any thread. */
void kd_knob_log_add (
    KdKnobLog *log, int64_t step, int run, const char *id, const char *before, const char *after);
/* Take back in @knobs what was turned in @run after step @step was made. Any thread. */
void kd_knob_log_take_back (KdKnobLog *log, int run, int64_t step, KdKnobs *knobs);
/* A list of objects, and back; what is none of ours is passed over. While nobody else uses the log. */
void kd_knob_log_write (KdKnobLog *log, JsonBuilder *builder);
void kd_knob_log_read (KdKnobLog *log, JsonArray *list, int n_runs);
/* While nobody else uses the log; borrowed. */
int kd_knob_log_turns (KdKnobLog *log, const KdKnobTurn **turns);

G_END_DECLS
