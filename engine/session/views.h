/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to session/: the pinned image seen through the teacher and all runs, and snapshots of it. */
#include "engine/session/trainer.h"
#include "engine/session/view.h"

G_BEGIN_DECLS

typedef struct _KdViews KdViews;
KdViews *kd_views_new (KdTrainer *trainer, KdSnapshotPool *pool, GError **error);
void kd_views_free (KdViews *views);

/* Borrowed until a rebuild. */
const KdProbeList *kd_views_probes (const KdViews *views);
/* Around a run's rebuild: its graph leaves the old parameters, then is made for the new ones. */
void kd_views_drop_run (KdViews *views, int run);
bool kd_views_rebuild_run (KdViews *views, int run, GError **error);

void kd_views_pin (KdViews *views, uint64_t held_out_index);
/* What snapshots hold; ids of the list of @generation, ignored if that is an older one. */
void kd_views_watch (KdViews *views, const int *ids, int n_ids, unsigned generation);

typedef enum {
  KD_VIEW_WATCHED, /* probes on screen, of the runs they belong to */
  KD_VIEW_ALL,     /* every probe of every run: a keyframe */
} KdViewExtent;

/* A new snapshot, owned by the caller; NULL: cancelled. */
KdSnapshot *
kd_views_snapshot (KdViews *views, KdViewExtent extent, KdNorms norms, const atomic_bool *cancel);
size_t kd_views_bytes (const KdViews *views);

G_END_DECLS
