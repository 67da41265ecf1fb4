/* SPDX-License-Identifier: MIT */
#include "engine/session/engine.h"

#include <math.h>

/* ---- loading ---- */

static void
publish_series (KdEngine *engine)
{
  const KdTrainer *trainer = engine->trainer;
  KdSeriesTable *table = g_new0 (KdSeriesTable, 1);
  for (int r = 0; r < trainer->n_runs; r++)
    table->n += trainer->runs[r]->n_columns +
                (trainer->prologues[r] ? trainer->prologues[r]->n_columns : 0);
  table->infos = g_new0 (KdSeriesInfo, table->n);
  table->series = g_new0 (KdSeries *, table->n);
  for (int r = 0, id = 0; r < trainer->n_runs; r++) {
    for (int i = 0; i < trainer->runs[r]->n_columns; i++, id++) {
      table->series[id] = trainer->runs[r]->columns[i];
      table->infos[id] = (KdSeriesInfo){ id, r, kd_series_name (table->series[id]) };
    }
    const KdPrologue *prologue = trainer->prologues[r];
    for (int i = 0; prologue && i < prologue->n_columns; i++, id++) {
      table->series[id] = prologue->columns[i];
      table->infos[id] = (KdSeriesInfo){ id, r, kd_series_name (table->series[id]) };
    }
  }
  atomic_store (&engine->session->series, table);
}

/* Each run's log says where it comes from. */
static bool
log_branch (KdEngine *engine, GError **error)
{
  const KdBranch *branch = engine->session->branch;
  for (int r = 0; branch && r < engine->trainer->n_runs; r++) {
    g_autofree char *text = kd_branch_describe (branch, r);
    if (!kd_folder_event (engine->folder, r, engine->trainer->step, "branch", text, error))
      return false;
  }
  return !branch || kd_folder_checkpoint (engine->folder, error);
}

static bool
load (KdEngine *engine, GError **error)
{
  KdSession *session = engine->session;
  engine->trainer = kd_trainer_new (engine->config, session->teacher, error);
  if (!engine->trainer)
    return false;
  if (session->branch)
    kd_branch_apply (session->branch, engine->trainer);
  if (atomic_load (&session->stop))
    return true;
  if (engine->config->out) {
    engine->folder = kd_folder_open (engine->trainer, error);
    if (!engine->folder || !log_branch (engine, error))
      return false;
  }
  publish_series (engine);
  kd_engine_tell_notes (engine);
  engine->views = kd_views_new (engine->trainer, session->pool, error);
  if (!engine->views)
    return false;
  kd_engine_publish_probes (engine);
  pthread_mutex_lock (&session->mutex);
  session->status.threads = kd_pool_workers (engine->trainer->pool);
  session->status.bytes = kd_engine_bytes (engine);
  pthread_mutex_unlock (&session->mutex);
  engine->stale = engine->hurry = true;
  engine->last_keyframe = -1;
  kd_engine_restart_speed (engine);
  kd_engine_rest (engine);
  kd_engine_update_status (engine);
  return true;
}

/* ---- the loop ---- */

/* Seconds until the next step of a slowed run; 0: now; < 0: nothing to do. */
static double
time_to_step (KdEngine *engine)
{
  if (engine->evaluating)
    return engine->held ? -1 : 0;
  if (engine->steps_due > 0 || engine->phases_due > 0)
    return 0;
  if (!engine->running)
    return -1;
  if (engine->speed <= 0)
    return 0;
  return MAX (engine->next_step_s - kd_now_s (), 0);
}

/* The same for the next look, between the steps of a slowed run. */
static double
time_to_look (KdEngine *engine)
{
  return engine->wanted && engine->stale ? MAX (engine->view_due_s - kd_now_s (), 0) : INFINITY;
}

static void
run_loop (KdEngine *engine)
{
  KdSession *session = engine->session;
  while (!atomic_load (&session->stop)) {
    /* Before the commands: whoever watches something and then wants a snapshot gets one that holds it. */
    engine->wanted = atomic_exchange (&session->wanted, false) || engine->wanted;
    kd_engine_drain (engine);
    kd_engine_look (engine);
    const double wait_s = time_to_step (engine);
    if (wait_s != 0) {
      kd_pool_park (engine->trainer->pool);
      kd_commands_wait (session->commands, wait_s < 0 ? -1 : MIN (wait_s, time_to_look (engine)));
      continue;
    }
    if (engine->evaluating) {
      kd_engine_evaluate (engine);
      continue;
    }
    if (engine->running && engine->speed > 0)
      engine->next_step_s = MAX (engine->next_step_s, kd_now_s () - 1) + 1 / engine->speed;
    kd_engine_train (engine);
  }
}

/* Loading failed: commands are for nobody, but the session must be freed in its own time. */
static void
wait_for_stop (KdSession *session)
{
  KdCommand command;
  while (!atomic_load (&session->stop)) {
    kd_commands_wait (session->commands, -1);
    while (kd_commands_pop (session->commands, &command))
      kd_command_clear (&command);
  }
}

void *
kd_engine_main (void *data)
{
  KdSession *session = data;
  KdEngine engine = { .session = session, .config = session->config };
  GError *error = NULL;
  if (session->config->gives_way)
    kd_thread_give_way (); /* before its workers are made */
  if (!load (&engine, &error)) {
    kd_engine_fail (&engine, error);
    wait_for_stop (session);
  } else if (!atomic_load (&session->stop)) {
    if (!session->config->paused)
      kd_engine_play (&engine);
    run_loop (&engine);
  }
  kd_views_free (engine.views);
  kd_folder_free (engine.folder);
  kd_trainer_free (engine.trainer);
  return NULL;
}
