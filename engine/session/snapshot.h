/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Private to session/: what one snapshot holds and the pool it comes from. Filled by one thread, immutable once it was put in
 * the mailbox; goes back to its pool, which lives as long as the last snapshot, when the last reference is gone.
 */
#include "engine/session/pinned.h"

G_BEGIN_DECLS

typedef struct {
  int n_detections;
  KdDetection detections[KD_MAX_DETECTIONS];
  int n_terms;
  KdTermStatus terms[KD_MAX_TERMS];
  double total, placeless;
} KdRunPicture;

typedef struct {
  int probe; /* id in the probe list of @generation */
  KdMap map;
} KdSnapshotMap;

typedef struct _KdSnapshotPool KdSnapshotPool;

struct _KdSnapshot {
  atomic_int references;
  KdSnapshotPool *pool;
  KdSnapshot *next; /* in the pool */

  unsigned generation; /* of the probe list that ids mean */
  int64_t step;
  KdPinned *pinned;
  KdRunPicture runs[KD_MAX_RUNS];
  KdSnapshotMap *maps;
  int n_maps, maps_capacity;
  float *values;
  size_t n_values, values_capacity;
};

KdSnapshotPool *kd_snapshot_pool_new (void);
/* The owner's reference; snapshots keep theirs. */
void kd_snapshot_pool_unref (KdSnapshotPool *pool);
size_t kd_snapshot_pool_bytes (KdSnapshotPool *pool);

/* An empty snapshot with room for @n_maps maps of @n_values values together. Takes a reference of @pinned. */
KdSnapshot *kd_snapshot_new (KdSnapshotPool *pool, KdPinned *pinned, int n_maps, size_t n_values);
/* Room for one map's values; @map's data and strides are set (channels-last). */
float *kd_snapshot_add (KdSnapshot *snapshot, int probe, int channels, int height, int width);
/* A map whose values belong to the pinned image: no copy. */
void kd_snapshot_add_shared (KdSnapshot *snapshot, int probe, const KdMap *map);

G_END_DECLS
