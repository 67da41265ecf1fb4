/* SPDX-License-Identifier: MIT */
#include "engine/session/views.h"

#include <string.h>

struct _KdViews {
  KdTrainer *trainer;
  KdSnapshotPool *pool;
  KdView *views[KD_MAX_RUNS];
  KdProbeList *list;
  GArray *watched;     /* ids */
  GArray *all;         /* ids */
  KdViewExtent wanted; /* what the graphs are set to compute */

  KdScenes *scenes;
  KdInputs *inputs; /* the pinned image */
  KdPinned *pinned;
  KdDetector *teacher_detector; /* NULL without a teacher */
};

/* ---- the pinned image ---- */

static void
ask_teacher (KdViews *views, KdPinned *pinned)
{
  KdTeacher *teacher = views->trainer->teacher;
  if (!teacher)
    return;
  kd_teacher_ask (teacher, views->trainer->pool, views->inputs->image);
  const KdDetectorOutputs *out = &teacher->answer;
  pinned->n_detections = kd_detect (views->teacher_detector, out, 0, pinned->detections);
  size_t count = 0;
  for (int l = 0; l < out->n_levels; l++)
    count += kd_shape_count (kd_node_shape (out->feature[l]));
  pinned->values = g_new (float, count);
  float *values = pinned->values;
  for (int l = 0; l < out->n_levels; l++) {
    const KdShape shape = kd_node_shape (out->feature[l]);
    memcpy (values, kd_node_value (out->feature[l]), kd_shape_count (shape) * sizeof (float));
    pinned->features[l] = (KdMap){
      .data = values,
      .channels = shape.c,
      .height = shape.h,
      .width = shape.w,
      .stride_c = 1,
      .stride_y = (size_t) shape.w * (size_t) shape.c,
      .stride_x = (size_t) shape.c,
    };
    values += kd_shape_count (shape);
  }
  pinned->n_features = out->n_levels;
}

void
kd_views_pin (KdViews *views, uint64_t held_out_index)
{
  KdPinned *pinned = kd_pinned_new (held_out_index, views->trainer->detector.image);
  kd_scenes_draw (views->scenes, KD_SPLIT_HELD_OUT, held_out_index, pinned->rgb, &pinned->truth);
  kd_inputs_fill (views->inputs, views->trainer->pool, pinned->rgb, &pinned->truth);
  ask_teacher (views, pinned);
  kd_pinned_unref (views->pinned);
  views->pinned = pinned;
}

/* ---- probes ---- */

static void
list_teacher (KdViews *views, KdProbeList *list)
{
  for (int l = 0; l < views->pinned->n_features; l++) {
    const KdProbeInfo info = {
      .run = -1,
      .name = "teacher_feat",
      .title = "Features, teacher",
      .help = "What the frozen teacher's neck gives its head",
      .group = "features",
      .unit = "",
      .kind = KD_PROBE_FEATURE,
      .level = l,
      .stride = kd_detector_strides[l],
    };
    kd_probe_list_add (list, &info, &(KdProbeSource){ .kind = KD_SOURCE_TEACHER });
  }
}

static void
list_probes (KdViews *views)
{
  KdProbeList *list = kd_probe_list_new ();
  list_teacher (views, list);
  for (int r = 0; r < views->trainer->n_runs; r++)
    kd_view_list_probes (views->views[r], list);
  const KdProbeList *earlier = views->list;
  const bool same = earlier && kd_probe_list_equal (list, earlier);
  list->generation = earlier ? earlier->generation + (same ? 0 : 1) : 1;
  kd_probe_list_free (views->list);
  views->list = list;
  if (!same)
    g_array_set_size (views->watched, 0);
  g_array_set_size (views->all, 0);
  for (int i = 0; i < list->n; i++)
    g_array_append_val (views->all, i);
}

const KdProbeList *
kd_views_probes (const KdViews *views)
{
  return views->list;
}

static void
set_wanted (KdViews *views, KdViewExtent extent)
{
  const GArray *ids = extent == KD_VIEW_ALL ? views->all : views->watched;
  for (int r = 0; r < views->trainer->n_runs; r++)
    kd_view_watch (views->views[r], views->list, (const int *) (const void *) ids->data,
                   (int) ids->len);
  views->wanted = extent;
}

static bool
is_watched (const KdViews *views, int id)
{
  for (guint i = 0; i < views->watched->len; i++) {
    if (g_array_index (views->watched, int, i) == id)
      return true;
  }
  return false;
}

void
kd_views_watch (KdViews *views, const int *ids, int n_ids, unsigned generation)
{
  if (generation != views->list->generation)
    return;
  g_array_set_size (views->watched, 0);
  for (int i = 0; i < n_ids; i++) {
    if (ids[i] >= 0 && ids[i] < views->list->n && !is_watched (views, ids[i]))
      g_array_append_val (views->watched, ids[i]);
  }
  set_wanted (views, KD_VIEW_WATCHED);
}

/* ---- making ---- */

void
kd_views_drop_run (KdViews *views, int run)
{
  g_clear_pointer (&views->views[run], kd_view_free);
}

bool
kd_views_rebuild_run (KdViews *views, int run, GError **error)
{
  const KdRunEnvironment env = kd_trainer_environment (views->trainer);
  kd_views_drop_run (views, run);
  views->views[run] = kd_view_new (views->trainer->runs[run], &env, error);
  if (!views->views[run])
    return false;
  list_probes (views);
  set_wanted (views, KD_VIEW_WATCHED);
  return true;
}

KdViews *
kd_views_new (KdTrainer *trainer, KdSnapshotPool *pool, GError **error)
{
  const KdRunEnvironment env = kd_trainer_environment (trainer);
  const KdDetectConfig detect = kd_detect_default ();
  KdViews *views = g_new0 (KdViews, 1);
  views->trainer = trainer;
  views->pool = pool;
  views->watched = g_array_new (FALSE, FALSE, sizeof (int));
  views->all = g_array_new (FALSE, FALSE, sizeof (int));
  views->scenes = kd_scenes_new (&trainer->config->scenes, KD_HELD_OUT_SEED);
  views->inputs = kd_inputs_new (1, trainer->detector.image);
  if (trainer->teacher)
    views->teacher_detector = kd_detector_new (&trainer->teacher->config, &detect);
  kd_views_pin (views, 0);
  for (int r = 0; r < trainer->n_runs; r++) {
    views->views[r] = kd_view_new (trainer->runs[r], &env, error);
    if (!views->views[r]) {
      kd_views_free (views);
      return NULL;
    }
  }
  list_probes (views);
  set_wanted (views, KD_VIEW_WATCHED);
  return views;
}

void
kd_views_free (KdViews *views)
{
  if (!views)
    return;
  for (int r = 0; r < KD_MAX_RUNS; r++)
    kd_view_free (views->views[r]);
  if (views->teacher_detector)
    kd_detector_free (views->teacher_detector);
  kd_probe_list_free (views->list);
  kd_pinned_unref (views->pinned);
  kd_inputs_free (views->inputs);
  kd_scenes_free (views->scenes);
  g_array_unref (views->watched);
  g_array_unref (views->all);
  g_free (views);
}

/* ---- snapshots ---- */

static bool
is_on_screen (const KdViews *views, int run)
{
  for (guint i = 0; i < views->watched->len; i++) {
    if (views->list->infos[g_array_index (views->watched, int, i)].run == run)
      return true;
  }
  return false;
}

typedef struct {
  KdViews *views;
  KdSnapshot *snapshot;
  int runs[KD_MAX_RUNS], n_runs;
  KdNorms norms;
  const atomic_bool *cancel;
  atomic_bool cancelled;
} SnapshotJob;

static void
view_chunk (void *data, int chunk, void *scratch)
{
  (void) scratch;
  SnapshotJob *job = data;
  const int run = job->runs[chunk];
  if (!kd_view_run (job->views->views[run], job->views->inputs, job->views->trainer->step,
                    job->norms, job->cancel, &job->snapshot->runs[run]))
    atomic_store (&job->cancelled, true);
}

static void
copy_probes (KdViews *views, const GArray *ids, KdSnapshot *snapshot)
{
  for (guint i = 0; i < ids->len; i++) {
    const int id = g_array_index (ids, int, i);
    const KdProbeInfo *info = &views->list->infos[id];
    if (info->run < 0)
      kd_snapshot_add_shared (snapshot, id, &views->pinned->features[info->level]);
    else
      kd_view_copy_probe (info, &views->list->sources[id], snapshot);
  }
}

KdSnapshot *
kd_views_snapshot (KdViews *views, KdViewExtent extent, KdNorms norms, const atomic_bool *cancel)
{
  KdTrainer *trainer = views->trainer;
  const GArray *ids = extent == KD_VIEW_ALL ? views->all : views->watched;
  if (views->wanted != extent)
    set_wanted (views, extent);
  size_t n_values = 0;
  for (guint i = 0; i < ids->len; i++) {
    const int id = g_array_index (ids, int, i);
    if (views->list->infos[id].run >= 0)
      n_values += kd_view_probe_capacity (&views->list->sources[id]);
  }
  SnapshotJob job = { .views = views, .norms = norms, .cancel = cancel };
  job.snapshot = kd_snapshot_new (views->pool, views->pinned, (int) ids->len, n_values);
  job.snapshot->step = trainer->step;
  job.snapshot->generation = views->list->generation;
  for (int r = 0; r < trainer->n_runs; r++) {
    if (extent == KD_VIEW_ALL || is_on_screen (views, r))
      job.runs[job.n_runs++] = r;
  }
  if (job.n_runs == 1)
    view_chunk (&job, 0, NULL);
  else if (job.n_runs > 1)
    kd_parallel_for (trainer->pool, job.n_runs, view_chunk, &job);
  if (atomic_load (&job.cancelled)) {
    kd_snapshot_unref (job.snapshot);
    return NULL;
  }
  copy_probes (views, ids, job.snapshot);
  return job.snapshot;
}

size_t
kd_views_bytes (const KdViews *views)
{
  size_t bytes = kd_snapshot_pool_bytes (views->pool);
  for (int r = 0; r < views->trainer->n_runs; r++)
    bytes += kd_view_bytes (views->views[r]);
  return bytes;
}
