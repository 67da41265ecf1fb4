/* SPDX-License-Identifier: MIT */

/* A run's folder looked at without touching it: its newest checkpoint seen through one held-out scene. */
#include "engine/session/session-private.h"
#include "engine/session/views.h"
#include "engine/session/weights.h"

typedef struct {
  KdRunPictures pictures;
  KdSavedConfig *saved;
  KdConfig config; /* the folder's, writing nothing */
  KdTrainer *trainer;
  KdSnapshotPool *pool;
  KdViews *views;
} Opened;

/* The configuration of a folder of one run. */
static bool
load_config (Opened *self, const char *folder, int threads, GError **error)
{
  self->saved = kd_config_load (folder, error);
  if (!self->saved)
    return false;
  self->config = *kd_saved_config_get (self->saved);
  if (self->config.n_runs != 1) {
    kd_config_refuse_session (&self->config, folder, error);
    return false;
  }
  self->config.out = NULL;
  self->config.resume = false;
  self->config.threads = threads;
  return kd_config_check (&self->config, error);
}

/* The run as it was at its newest checkpoint. */
static bool
load_run (Opened *self, const char *folder, GError **error)
{
  g_autofree char *path = kd_checkpoint_find (folder, error);
  g_autofree char *teacher = NULL;
  if (!path || !kd_session_find_teacher (&self->config, &teacher, error))
    return false;
  g_autoptr (KdArrays) arrays = kd_arrays_load (path, error);
  int64_t step;
  if (!arrays || !kd_checkpoint_step (path, &step, error))
    return false;
  self->trainer = kd_trainer_new (&self->config, teacher, error);
  if (!self->trainer)
    return false;
  self->trainer->step = step;
  return kd_weights_from_arrays (self->trainer->runs[0]->params, KD_WEIGHTS_VALUE, arrays, path,
                                 error);
}

KdRunPictures *
kd_run_pictures_open (const char *folder, uint64_t held_out_index, int threads, GError **error)
{
  Opened *self = g_new0 (Opened, 1);
  KdRunPictures *pictures = &self->pictures;
  if (!kd_blas_init (error) || !load_config (self, folder, threads, error) ||
      !load_run (self, folder, error)) {
    kd_run_pictures_free (pictures);
    return NULL;
  }
  self->pool = kd_snapshot_pool_new ();
  self->views = kd_views_new (self->trainer, self->pool, error);
  if (!self->views) {
    kd_run_pictures_free (pictures);
    return NULL;
  }
  kd_views_pin (self->views, held_out_index);
  const KdProbeList *list = kd_views_probes (self->views);
  *pictures = (KdRunPictures){
    .run = self->config.runs[0].id,
    .method = kd_knobs_method (self->config.runs[0].knobs),
    .knobs = self->config.runs[0].knobs,
    .probes = list->infos,
    .n_probes = list->n,
    .snapshot = kd_views_snapshot (self->views, KD_VIEW_ALL, KD_NORMS_FRESH, NULL),
  };
  return pictures;
}

void
kd_run_pictures_free (KdRunPictures *pictures)
{
  if (!pictures)
    return;
  Opened *self = (Opened *) pictures;
  g_clear_pointer (&pictures->snapshot, kd_snapshot_unref);
  g_clear_pointer (&self->views, kd_views_free);
  g_clear_pointer (&self->pool, kd_snapshot_pool_unref);
  g_clear_pointer (&self->trainer, kd_trainer_free);
  g_clear_pointer (&self->saved, kd_saved_config_free);
  g_free (self);
}
