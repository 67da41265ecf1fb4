/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Private to session/: recorded keyframes of the pinned image, as float16 in bounded memory. When it is full, every second frame of the
 * older half goes: the recent past stays dense, the whole stays covered.
 */
#include "engine/session/probes.h"
#include "engine/session/snapshot.h"

G_BEGIN_DECLS

typedef struct _KdHistory KdHistory;
KdHistory *kd_history_new (size_t max_bytes, int n_runs);
void kd_history_free (KdHistory *history);

/* Engine thread: record a snapshot of all probes of @list. Steps ascend; the same image at the same step replaces its frame. */
void kd_history_add (KdHistory *history, const KdSnapshot *snapshot, const KdProbeList *list);
/* Any thread: of one image, ascending; returns how many there are. */
int kd_history_steps (KdHistory *history, uint64_t image, int64_t *steps, int max);
/* Any thread: whether any image has a frame of @step. */
bool kd_history_has_step (KdHistory *history, int64_t step);
/* Any thread: the frame as a snapshot with the ids of @list; NULL: there is none. */
KdSnapshot *kd_history_get (KdHistory *history,
                            uint64_t image,
                            int64_t step,
                            KdSnapshotPool *pool,
                            const KdProbeList *list);
size_t kd_history_bytes (KdHistory *history);

G_END_DECLS
