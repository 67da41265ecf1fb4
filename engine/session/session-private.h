/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to session/: the doors that the main thread and the engine share. What the engine alone owns is in engine.c. */
#include "engine/session/branch.h"
#include "engine/session/commands.h"
#include "engine/session/config.h"
#include "engine/session/events.h"
#include "engine/session/history.h"
#include "engine/session/knob-log.h"
#include "engine/session/mailbox.h"
#include "engine/session/probes.h"
#include "engine/session/series.h"
#include "engine/session/weight-store.h"

#include <pthread.h>
#include <stdatomic.h>

G_BEGIN_DECLS

/* run-major: the columns of run 0, then of run 1, ... Fixed once made. */
typedef struct {
  KdSeriesInfo *infos;
  KdSeries **series; /* owned by the runs, which live as long as the engine thread */
  int n;
} KdSeriesTable;

struct _KdSession {
  KdSavedConfig *saved;
  const KdConfig *config; /* of @saved; constant */
  char *teacher;          /* path; NULL: none; constant */
  pthread_t thread;

  KdCommands *commands;
  KdEvents *events;
  KdMailbox *mailbox;
  KdSnapshotPool *pool;
  KdHistory *history;
  KdKnobLog *turned;
  KdWeightStore *weights;
  KdBranch *branch;                 /* where it begins; NULL: at initial values; constant */
  atomic_bool stop;                 /* looked at between nodes */
  atomic_bool wanted;               /* a snapshot */
  _Atomic (KdSeriesTable *) series; /* NULL while loading */

  /* Guards the status, the offered probes and the knobs; held for a few instructions, no other lock is taken inside. */
  pthread_mutex_t mutex;
  pthread_cond_t state_changed;
  KdStatus status;
  KdProbeList *offered;        /* a newer list for the main thread, or NULL */
  KdKnobs *knobs[KD_MAX_RUNS]; /* as the main thread set them, or the engine had to take back */

  /* Guards the callback, so that none runs after it was taken away. Held during the call; no other lock is taken inside. */
  pthread_mutex_t wake_mutex;
  void (*wake) (void *data);
  void *wake_data;
  atomic_bool woken; /* and nothing was taken since */

  /* Main thread only. */
  KdProbeList *probes;
  uint64_t image; /* pinned last */
  bool still;     /* a recording: no engine thread; constant */
  bool stale;     /* of a recording: the keyframe it is at was not shown yet */
};

/* The teacher's file that @config asks for; NULL: none. */
bool kd_session_find_teacher (const KdConfig *config, char **path, GError **error);

/* Makes the session and starts its thread. Takes all three; @branch may be NULL. */
KdSession *kd_session_start (KdSavedConfig *saved, char *teacher, KdBranch *branch, GError **error);

/* Without a thread, paused, nothing in it yet: recordings. Takes @saved. */
KdSession *kd_session_new_still (KdSavedConfig *saved);
/* Tell whoever looks that something is new. Any thread. */
void kd_session_wake (KdSession *session);

/* The engine thread's function; @data is the session. */
void *kd_engine_main (void *data);

G_END_DECLS
