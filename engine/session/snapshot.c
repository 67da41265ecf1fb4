/* SPDX-License-Identifier: MIT */
#include "engine/session/snapshot.h"

#include <pthread.h>
#include <string.h>

/* One is drawn, one waits in the mailbox, one is being filled. */
#define KEPT 3

/* The mutex guards @idle, @n_idle and @bytes. It is the innermost one: no other is taken while it is held. */
struct _KdSnapshotPool {
  atomic_int references; /* the owner's and one a living snapshot */
  pthread_mutex_t mutex;
  KdSnapshot *idle;
  int n_idle;
  size_t bytes;
};

KdSnapshotPool *
kd_snapshot_pool_new (void)
{
  KdSnapshotPool *pool = g_new0 (KdSnapshotPool, 1);
  atomic_init (&pool->references, 1);
  pthread_mutex_init (&pool->mutex, NULL);
  return pool;
}

static void
snapshot_destroy (KdSnapshot *snapshot)
{
  g_free (snapshot->maps);
  g_free (snapshot->values);
  g_free (snapshot);
}

void
kd_snapshot_pool_unref (KdSnapshotPool *pool)
{
  if (atomic_fetch_sub_explicit (&pool->references, 1, memory_order_acq_rel) > 1)
    return;
  while (pool->idle) {
    KdSnapshot *snapshot = pool->idle;
    pool->idle = snapshot->next;
    snapshot_destroy (snapshot);
  }
  pthread_mutex_destroy (&pool->mutex);
  g_free (pool);
}

static size_t
snapshot_bytes (const KdSnapshot *snapshot)
{
  return sizeof *snapshot + snapshot->values_capacity * sizeof (float) +
         (size_t) snapshot->maps_capacity * sizeof (KdSnapshotMap);
}

size_t
kd_snapshot_pool_bytes (KdSnapshotPool *pool)
{
  pthread_mutex_lock (&pool->mutex);
  const size_t bytes = pool->bytes;
  pthread_mutex_unlock (&pool->mutex);
  return bytes;
}

static KdSnapshot *
pool_take (KdSnapshotPool *pool)
{
  pthread_mutex_lock (&pool->mutex);
  KdSnapshot *snapshot = pool->idle;
  if (snapshot) {
    pool->idle = snapshot->next;
    pool->n_idle--;
    pool->bytes -= snapshot_bytes (snapshot);
  }
  pthread_mutex_unlock (&pool->mutex);
  return snapshot ? snapshot : g_new0 (KdSnapshot, 1);
}

KdSnapshot *
kd_snapshot_new (KdSnapshotPool *pool, KdPinned *pinned, int n_maps, size_t n_values)
{
  KdSnapshot *snapshot = pool_take (pool);
  if (n_maps > snapshot->maps_capacity) {
    snapshot->maps = g_renew (KdSnapshotMap, snapshot->maps, n_maps);
    snapshot->maps_capacity = n_maps;
  }
  if (n_values > snapshot->values_capacity) {
    g_free (snapshot->values);
    snapshot->values = g_new (float, n_values);
    snapshot->values_capacity = n_values;
  }
  pthread_mutex_lock (&pool->mutex);
  pool->bytes += snapshot_bytes (snapshot);
  pthread_mutex_unlock (&pool->mutex);
  atomic_fetch_add_explicit (&pool->references, 1, memory_order_relaxed);
  atomic_store_explicit (&snapshot->references, 1, memory_order_relaxed);
  snapshot->pool = pool;
  snapshot->next = NULL;
  snapshot->pinned = kd_pinned_ref (pinned);
  snapshot->n_maps = 0;
  snapshot->n_values = 0;
  for (int run = 0; run < KD_MAX_RUNS; run++)
    snapshot->runs[run].n_detections = snapshot->runs[run].n_terms = 0;
  for (int run = 0; run < KD_MAX_RUNS; run++)
    snapshot->runs[run].total = snapshot->runs[run].placeless = 0;
  return snapshot;
}

KdSnapshot *
kd_snapshot_ref (KdSnapshot *snapshot)
{
  atomic_fetch_add_explicit (&snapshot->references, 1, memory_order_relaxed);
  return snapshot;
}

void
kd_snapshot_unref (KdSnapshot *snapshot)
{
  if (!snapshot || atomic_fetch_sub_explicit (&snapshot->references, 1, memory_order_acq_rel) > 1)
    return;
  KdSnapshotPool *pool = snapshot->pool;
  g_clear_pointer (&snapshot->pinned, kd_pinned_unref);
  pthread_mutex_lock (&pool->mutex);
  const bool keep = pool->n_idle < KEPT;
  if (keep) {
    snapshot->next = pool->idle;
    pool->idle = snapshot;
    pool->n_idle++;
  } else {
    pool->bytes -= snapshot_bytes (snapshot);
  }
  pthread_mutex_unlock (&pool->mutex);
  if (!keep)
    snapshot_destroy (snapshot);
  kd_snapshot_pool_unref (pool);
}

float *
kd_snapshot_add (KdSnapshot *snapshot, int probe, int channels, int height, int width)
{
  const size_t n = (size_t) channels * (size_t) height * (size_t) width;
  g_assert (snapshot->n_maps < snapshot->maps_capacity);
  g_assert (snapshot->n_values + n <= snapshot->values_capacity);
  float *values = snapshot->values + snapshot->n_values;
  snapshot->n_values += n;
  snapshot->maps[snapshot->n_maps++] = (KdSnapshotMap){
    .probe = probe,
    .map = {
      .data = values,
      .channels = channels,
      .height = height,
      .width = width,
      .stride_c = 1,
      .stride_y = (size_t) width * (size_t) channels,
      .stride_x = (size_t) channels,
    },
  };
  return values;
}

void
kd_snapshot_add_shared (KdSnapshot *snapshot, int probe, const KdMap *map)
{
  g_assert (snapshot->n_maps < snapshot->maps_capacity);
  snapshot->maps[snapshot->n_maps++] = (KdSnapshotMap){ probe, *map };
}

int64_t
kd_snapshot_step (const KdSnapshot *snapshot)
{
  return snapshot->step;
}

const uint8_t *
kd_snapshot_rgb (const KdSnapshot *snapshot, KdSize *size)
{
  *size = snapshot->pinned->size;
  return snapshot->pinned->rgb;
}

uint64_t
kd_snapshot_image (const KdSnapshot *snapshot)
{
  return snapshot->pinned->index;
}

bool
kd_snapshot_map (const KdSnapshot *snapshot, int probe_id, KdMap *map)
{
  for (int i = 0; i < snapshot->n_maps; i++) {
    if (snapshot->maps[i].probe == probe_id) {
      *map = snapshot->maps[i].map;
      return true;
    }
  }
  return false;
}

const KdDetection *
kd_snapshot_truths (const KdSnapshot *snapshot, int *n)
{
  *n = snapshot->pinned->truth.n_objects;
  return snapshot->pinned->truth.objects;
}

const KdDetection *
kd_snapshot_detections (const KdSnapshot *snapshot, int run, int *n)
{
  if (run < 0) {
    *n = snapshot->pinned->n_detections;
    return snapshot->pinned->detections;
  }
  g_assert (run < KD_MAX_RUNS);
  *n = snapshot->runs[run].n_detections;
  return snapshot->runs[run].detections;
}

int
kd_snapshot_terms (const KdSnapshot *snapshot, int run, const KdTermStatus **terms)
{
  g_assert (run >= 0 && run < KD_MAX_RUNS);
  *terms = snapshot->runs[run].terms;
  return snapshot->runs[run].n_terms;
}

double
kd_snapshot_total (const KdSnapshot *snapshot, int run, double *placeless)
{
  g_assert (run >= 0 && run < KD_MAX_RUNS);
  if (placeless)
    *placeless = snapshot->runs[run].placeless;
  return snapshot->runs[run].total;
}
