/* SPDX-License-Identifier: MIT */
#include "engine/base/i18n.h"
#include "engine/session/engine.h"

/* Rows of series.csv reach other programs at least this often. */
#define FLUSH_S 1.0

/* ---- files ---- */

/* How fast the session trains: what a folder says of it when it is opened again. */
static bool
write_speed (KdEngine *engine, GError **error)
{
  const KdStatus status = kd_session_status (engine->session);
  if (status.steps_per_s <= 0 || status.learning >= 0)
    return true;
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  g_ascii_formatd (text, sizeof text, "%.4g", status.steps_per_s);
  for (int r = 0; r < engine->trainer->n_runs; r++) {
    if (!kd_folder_event (engine->folder, r, engine->trainer->step, KD_SPEED_EVENT, text, error))
      return false;
  }
  return true;
}

void
kd_engine_checkpoint (KdEngine *engine)
{
  GError *error = NULL;
  if (!engine->folder) {
    kd_engine_tell (engine, KD_EVENT_ERROR, -1, _ ("there is no folder to write a checkpoint to"));
    return;
  }
  if (!write_speed (engine, &error) || !kd_folder_checkpoint (engine->folder, &error))
    kd_engine_fail (engine, error);
  else
    kd_engine_tell (engine, KD_EVENT_CHECKPOINT, -1, engine->config->out);
}

static bool
write_rows (KdEngine *engine)
{
  if (!engine->folder)
    return true;
  GError *error = NULL;
  bool ok = kd_folder_append (engine->folder, &error);
  if (ok && kd_now_s () - engine->flushed_s > FLUSH_S) {
    ok = kd_folder_flush (engine->folder, &error);
    engine->flushed_s = kd_now_s ();
  }
  if (!ok)
    kd_engine_fail (engine, error);
  return ok;
}

/* ---- steps ---- */

/* Images to measure AP on after this step; 0: none. Fixed steps, so that a resumed run measures at the same ones. */
static int
evaluation_images (const KdEngine *engine)
{
  const KdConfig *config = engine->config;
  const int64_t step = engine->trainer->step;
  if (step == config->steps && config->final_eval_images > 0)
    return config->final_eval_images;
  return config->eval_every > 0 && step % config->eval_every == 0 ? config->eval_images : 0;
}

static void
finish_step (KdEngine *engine)
{
  KdTrainer *trainer = engine->trainer;
  for (int r = 0; r < trainer->n_runs; r++)
    kd_run_record (trainer->runs[r], trainer->step);
  if (!write_rows (engine))
    return;
  const bool last = trainer->step >= engine->config->steps;
  const int every = engine->config->checkpoint_every;
  if (engine->folder && (last || (every > 0 && trainer->step % every == 0)))
    kd_engine_checkpoint (engine);
  if (last && engine->state != KD_STATE_FAILED)
    kd_engine_rest (engine);
}

/* Measured first, if it is time to: AP belongs to the step's row. */
static void
end_step (KdEngine *engine)
{
  const int n_images = evaluation_images (engine);
  if (n_images == 0) {
    finish_step (engine);
    return;
  }
  kd_trainer_begin_evaluation (engine->trainer, n_images);
  engine->evaluating = true;
  kd_engine_release (engine);
}

void
kd_engine_release (KdEngine *engine)
{
  engine->held = false;
  if (engine->evaluating)
    kd_engine_set_state (engine, KD_STATE_EVALUATING);
}

void
kd_engine_evaluate (KdEngine *engine)
{
  if (kd_trainer_evaluate (engine->trainer, &engine->session->stop) != KD_SLICE_LAST)
    return;
  engine->evaluating = false;
  kd_engine_set_state (engine,
                       engine->running ? kd_engine_running_state (engine) : KD_STATE_PAUSED);
  finish_step (engine);
  kd_engine_update_status (engine);
  kd_session_wake (engine->session);
}

static void
stop_at_bad_numbers (KdEngine *engine)
{
  const KdTrainer *trainer = engine->trainer;
  engine->running = false;
  engine->steps_due = engine->phases_due = 0;
  for (int r = 0; r < trainer->n_runs; r++) {
    if (kd_run_is_finite (trainer->runs[r]))
      continue;
    char text[sizeof ((KdEvent *) NULL)->text];
    kd_run_describe_bad (trainer->runs[r], text, sizeof text);
    kd_engine_tell (engine, KD_EVENT_BAD_NUMBERS, r, text);
    GError *error = NULL;
    if (engine->folder &&
        !kd_folder_event (engine->folder, r, trainer->step, "bad numbers", text, &error)) {
      kd_engine_fail (engine, error);
      return;
    }
  }
  kd_engine_set_state (engine, KD_STATE_BAD_NUMBERS);
}

static void
stop_at_bad_learning (KdEngine *engine, int run)
{
  char text[sizeof ((KdEvent *) NULL)->text];
  kd_prologue_describe_bad (engine->trainer->prologues[run], text, sizeof text);
  engine->running = false;
  engine->steps_due = engine->phases_due = 0;
  kd_engine_tell (engine, KD_EVENT_BAD_NUMBERS, run, text);
  kd_engine_set_state (engine, KD_STATE_BAD_NUMBERS);
}

/* What waited for @run to have learned. */
static void
end_learning (KdEngine *engine, int run)
{
  const double ratio = engine->balance_due[run];
  engine->balance_due[run] = 0;
  if (ratio > 0)
    kd_session_balance (engine->session, run, ratio);
  if (engine->running)
    kd_engine_set_state (engine, kd_engine_running_state (engine));
  kd_engine_restart_speed (engine);
}

/* A step of @run's first phase; all runs wait. */
static void
learn (KdEngine *engine, int run)
{
  KdTrainer *trainer = engine->trainer;
  if (engine->running)
    kd_engine_set_state (engine, KD_STATE_LEARNING);
  const KdPrologueResult result = kd_trainer_learn (trainer, &engine->session->stop);
  engine->phases_due = engine->steps_due = 0;
  kd_engine_tell_notes (engine);
  if (result == KD_PROLOGUE_BAD)
    stop_at_bad_learning (engine, run);
  else if (kd_trainer_learning (trainer) != run)
    end_learning (engine, run);
  engine->stale = true;
  kd_engine_update_status (engine);
  kd_session_wake (engine->session);
}

void
kd_engine_train (KdEngine *engine)
{
  KdTrainer *trainer = engine->trainer;
  const int learning = kd_trainer_learning (trainer);
  if (learning >= 0) {
    learn (engine, learning);
    return;
  }
  const int64_t step = trainer->step;
  const bool by_phase = engine->phases_due > 0;
  const KdStepResult result = by_phase ? kd_trainer_phase (trainer, &engine->session->stop)
                                       : kd_trainer_step (trainer, &engine->session->stop);
  engine->phases_due = MAX (engine->phases_due - 1, 0);
  if (!by_phase)
    engine->steps_due = MAX (engine->steps_due - 1, 0);
  if (result == KD_STEP_BAD)
    stop_at_bad_numbers (engine);
  else if (result == KD_STEP_DONE && trainer->step > step)
    end_step (engine);
  engine->stale = true;
  kd_engine_update_status (engine);
  kd_session_wake (engine->session);
}
