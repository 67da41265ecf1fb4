/* SPDX-License-Identifier: MIT */
#include "engine/session/history.h"

#include "engine/session/half.h"

#include <pthread.h>
#include <string.h>

typedef struct {
  const char *name; /* lives as long as the session */
  int run, level;
  int channels, height, width;
  int exponent;
  size_t first; /* in the frame's values */
} FrameMap;

typedef struct {
  int64_t step;
  KdPinned *pinned;
  KdRunPicture *runs;
  FrameMap *maps;
  int n_maps;
  uint16_t *values;
  size_t n_values, bytes;
} Frame;

/* The mutex guards all fields. Held while a frame is expanded (about 1 ms), the only lock taken inside is the pool's. */
struct _KdHistory {
  pthread_mutex_t mutex;
  GPtrArray *frames; /* Frame, ascending by step */
  size_t bytes, max_bytes;
  int n_runs;
};

static void
frame_free (void *data)
{
  Frame *frame = data;
  kd_pinned_unref (frame->pinned);
  g_free (frame->runs);
  g_free (frame->maps);
  g_free (frame->values);
  g_free (frame);
}

KdHistory *
kd_history_new (size_t max_bytes, int n_runs)
{
  KdHistory *history = g_new0 (KdHistory, 1);
  pthread_mutex_init (&history->mutex, NULL);
  history->frames = g_ptr_array_new_with_free_func (frame_free);
  history->max_bytes = max_bytes;
  history->n_runs = n_runs;
  return history;
}

void
kd_history_free (KdHistory *history)
{
  if (!history)
    return;
  g_ptr_array_unref (history->frames);
  pthread_mutex_destroy (&history->mutex);
  g_free (history);
}

static size_t
map_count (const KdMap *map)
{
  return (size_t) map->channels * (size_t) map->height * (size_t) map->width;
}

/* The teacher's maps stay in the pinned image, which the frame holds. */
static Frame *
frame_new (const KdSnapshot *snapshot, const KdProbeList *list, int n_runs)
{
  Frame *frame = g_new0 (Frame, 1);
  frame->step = snapshot->step;
  frame->pinned = kd_pinned_ref (snapshot->pinned);
  frame->runs = g_memdup2 (snapshot->runs, (gsize) n_runs * sizeof (KdRunPicture));
  frame->maps = g_new (FrameMap, snapshot->n_maps);
  frame->values = g_new (uint16_t, snapshot->n_values);
  for (int i = 0; i < snapshot->n_maps; i++) {
    const KdMap *map = &snapshot->maps[i].map;
    const KdProbeInfo *info = &list->infos[snapshot->maps[i].probe];
    if (info->run < 0)
      continue;
    const size_t n = map_count (map);
    const int exponent = kd_half_encode (map->data, n, frame->values + frame->n_values);
    frame->maps[frame->n_maps++] = (FrameMap){
      info->name,  info->run,  info->level, map->channels,
      map->height, map->width, exponent,    frame->n_values,
    };
    frame->n_values += n;
  }
  frame->bytes = sizeof *frame + (size_t) n_runs * sizeof (KdRunPicture) +
                 (size_t) snapshot->n_maps * sizeof (FrameMap) +
                 snapshot->n_values * sizeof (uint16_t);
  return frame;
}

static const Frame *
frame_at (const KdHistory *history, guint index)
{
  return g_ptr_array_index (history->frames, index);
}

static void
remove_frame (KdHistory *history, guint index)
{
  history->bytes -= frame_at (history, index)->bytes;
  g_ptr_array_remove_index (history->frames, index);
}

/* Every second frame of the older half; the first one stays: it shows where training began. */
static void
thin (KdHistory *history)
{
  const guint half = history->frames->len / 2;
  for (guint i = half; i > 0; i--) {
    if (i % 2 == 1)
      remove_frame (history, i);
  }
}

void
kd_history_add (KdHistory *history, const KdSnapshot *snapshot, const KdProbeList *list)
{
  Frame *frame = frame_new (snapshot, list, history->n_runs);
  pthread_mutex_lock (&history->mutex);
  for (guint i = history->frames->len; i-- > 0 && frame_at (history, i)->step >= frame->step;) {
    if (frame_at (history, i)->pinned->index == frame->pinned->index)
      remove_frame (history, i);
  }
  g_ptr_array_add (history->frames, frame);
  history->bytes += frame->bytes;
  while (history->bytes > history->max_bytes && history->frames->len > 2)
    thin (history);
  pthread_mutex_unlock (&history->mutex);
}

int
kd_history_steps (KdHistory *history, uint64_t image, int64_t *steps, int max)
{
  int n = 0;
  pthread_mutex_lock (&history->mutex);
  for (guint i = 0; i < history->frames->len; i++) {
    if (frame_at (history, i)->pinned->index != image)
      continue;
    if (n < max)
      steps[n] = frame_at (history, i)->step;
    n++;
  }
  pthread_mutex_unlock (&history->mutex);
  return n;
}

bool
kd_history_has_step (KdHistory *history, int64_t step)
{
  bool has = false;
  pthread_mutex_lock (&history->mutex);
  for (guint i = 0; i < history->frames->len && !has; i++)
    has = frame_at (history, i)->step == step;
  pthread_mutex_unlock (&history->mutex);
  return has;
}

static void
expand_map (const Frame *frame, const FrameMap *map, int probe, KdSnapshot *snapshot)
{
  float *values = kd_snapshot_add (snapshot, probe, map->channels, map->height, map->width);
  const size_t n = (size_t) map->channels * (size_t) map->height * (size_t) map->width;
  kd_half_decode (frame->values + map->first, n, map->exponent, values);
}

static KdSnapshot *
expand (const Frame *frame, int n_runs, KdSnapshotPool *pool, const KdProbeList *list)
{
  KdSnapshot *snapshot =
      kd_snapshot_new (pool, frame->pinned, frame->n_maps + KD_MAX_LEVELS, frame->n_values);
  snapshot->step = frame->step;
  snapshot->generation = list->generation;
  memcpy (snapshot->runs, frame->runs, (size_t) n_runs * sizeof (KdRunPicture));
  for (int i = 0; i < list->n; i++) {
    if (list->infos[i].run < 0 && list->infos[i].level < frame->pinned->n_features)
      kd_snapshot_add_shared (snapshot, i, &frame->pinned->features[list->infos[i].level]);
  }
  for (int i = 0; i < frame->n_maps; i++) {
    const FrameMap *map = &frame->maps[i];
    const int probe = kd_probe_list_find (list, map->run, map->name, map->level);
    if (probe >= 0)
      expand_map (frame, map, probe, snapshot);
  }
  return snapshot;
}

KdSnapshot *
kd_history_get (
    KdHistory *history, uint64_t image, int64_t step, KdSnapshotPool *pool, const KdProbeList *list)
{
  KdSnapshot *snapshot = NULL;
  pthread_mutex_lock (&history->mutex);
  for (guint i = 0; i < history->frames->len && !snapshot; i++) {
    if (frame_at (history, i)->step == step && frame_at (history, i)->pinned->index == image)
      snapshot = expand (frame_at (history, i), history->n_runs, pool, list);
  }
  pthread_mutex_unlock (&history->mutex);
  return snapshot;
}

size_t
kd_history_bytes (KdHistory *history)
{
  pthread_mutex_lock (&history->mutex);
  const size_t bytes = history->bytes;
  pthread_mutex_unlock (&history->mutex);
  return bytes;
}
