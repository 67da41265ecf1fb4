/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Private to session/: one run looked at through the pinned image: a second graph at N = 1 that shares the run's parameters and writes no
 * parameter gradients, so that looking never changes training.
 */
#include "engine/session/probes.h"
#include "engine/session/run.h"
#include "engine/session/snapshot.h"

G_BEGIN_DECLS

typedef struct _KdView KdView;
KdView *kd_view_new (KdRun *run, const KdRunEnvironment *env, GError **error);
void kd_view_free (KdView *view); /* before the run's parameters */

/* What this run offers, appended to @list: student_feat, loss_density, pull, then the method's own. */
void kd_view_list_probes (const KdView *view, KdProbeList *list);
/* Compute these probes of @list from now on; ids of other runs are passed over. No id twice. */
void kd_view_watch (KdView *view, const KdProbeList *list, const int *ids, int n_ids);

/* Gradient norms per term, a backward pass each: computed anew, or those of the latest view that did. */
typedef enum { KD_NORMS_LATEST, KD_NORMS_FRESH } KdNorms;

/**
 * kd_view_run:
 * @inputs: the pinned image and its truths
 * @picture: written
 *
 * False: cancelled.
 */
bool kd_view_run (KdView *view,
                  const KdInputs *inputs,
                  int64_t step,
                  KdNorms norms,
                  const atomic_bool *cancel,
                  KdRunPicture *picture);
/* Most values that a probe may have, and its values after a run. */
size_t kd_view_probe_capacity (const KdProbeSource *source);
void
kd_view_copy_probe (const KdProbeInfo *info, const KdProbeSource *source, KdSnapshot *snapshot);
size_t kd_view_bytes (const KdView *view);

G_END_DECLS
