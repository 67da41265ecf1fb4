/* SPDX-License-Identifier: MIT */
#pragma once

/* Small sessions for tests: tiny students, 64x64 scenes, an untrained tiny teacher in a temporary folder. */
#include "engine/session/session.h"

typedef struct {
  char *folder;  /* temporary, removed by fixture_clear () */
  char *teacher; /* a file in it */
  KdKnobs *none, *fgd;
  KdRunConfig runs[4];
  KdConfig config; /* run 0 none, run 1 fgd; 12 steps; nothing written, no keyframes */
} Fixture;

void fixture_init (Fixture *fixture);
void fixture_clear (Fixture *fixture);
char *fixture_path (const Fixture *fixture, const char *name); /* owned by the caller */

/* kd_session_new () that must succeed; and the same, waited for until its end. */
KdSession *fixture_start (const KdConfig *config);
KdSession *fixture_run (const KdConfig *config);
/* Wait until this state; aborts after a minute. */
void fixture_wait_state (KdSession *session, KdState state);
void fixture_wait_step (KdSession *session, int64_t step);
/* The next event of this kind, waited for. */
KdEvent fixture_wait_event (KdSession *session, KdEventKind kind);
/* The next snapshot of at least @step, wanted and waited for. */
KdSnapshot *fixture_wait_snapshot (KdSession *session, int64_t step);

/* All points of a curve. */
GArray *fixture_series (KdSession *session, int run, const char *name);
/* Same names, same steps, same bits, for one run each. */
void fixture_assert_same_series (KdSession *a, int run_a, KdSession *b, int run_b);
void fixture_assert_same_file (const char *a, const char *b);
void fixture_remove (const char *path); /* and all below it */

/* A method with a structural knob "size" of 1 to 9: refuses to be built with more than 3, and has another term with 3. */
extern const KdMethod fixture_picky;
