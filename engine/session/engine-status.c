/* SPDX-License-Identifier: MIT */
#include "engine/session/engine.h"

/* Span over which the speed is measured. */
#define SPEED_S 0.5

static void
tell (KdEngine *engine, KdEventKind kind, int run, bool refused, const char *text)
{
  KdEvent event = {
    .kind = kind,
    .step = engine->trainer ? engine->trainer->step : 0,
    .run = run,
    .refused = refused,
  };
  g_strlcpy (event.text, text, sizeof event.text);
  kd_events_push (engine->session->events, &event);
  kd_session_wake (engine->session);
}

void
kd_engine_tell (KdEngine *engine, KdEventKind kind, int run, const char *text)
{
  tell (engine, kind, run, false, text);
}

void
kd_engine_set_state (KdEngine *engine, KdState state)
{
  static const char *const names[] = {
    "loading", "paused", "running", "learning", "evaluating", "done", "bad numbers", "failed",
  };
  if (engine->state == state)
    return;
  engine->state = state;
  pthread_mutex_lock (&engine->session->mutex);
  engine->session->status.state = state;
  if (engine->trainer) { /* who sees the new state sees its step */
    engine->session->status.step = engine->trainer->step;
    engine->session->status.next_phase = engine->trainer->next_phase;
  }
  pthread_cond_broadcast (&engine->session->state_changed);
  pthread_mutex_unlock (&engine->session->mutex);
  kd_engine_tell (engine, KD_EVENT_STATE, -1, names[state]);
}

void
kd_engine_fail (KdEngine *engine, GError *error)
{
  engine->running = false;
  engine->steps_due = engine->phases_due = 0;
  const bool refused = g_error_matches (error, KD_ERROR, KD_ERROR_CONFIG) ||
                       g_error_matches (error, KD_ERROR, KD_ERROR_SCHEMA) ||
                       g_error_matches (error, KD_ERROR, KD_ERROR_FORMAT);
  tell (engine, KD_EVENT_ERROR, -1, refused, error->message);
  kd_engine_set_state (engine, KD_STATE_FAILED);
  g_error_free (error);
}

KdState
kd_engine_running_state (const KdEngine *engine)
{
  return kd_trainer_learning (engine->trainer) >= 0 ? KD_STATE_LEARNING : KD_STATE_RUNNING;
}

void
kd_engine_tell_notes (KdEngine *engine)
{
  KdTrainer *trainer = engine->trainer;
  for (int r = 0; r < trainer->n_runs; r++) {
    g_autofree char *note =
        trainer->prologues[r] ? kd_prologue_take_note (trainer->prologues[r]) : NULL;
    if (note)
      kd_engine_tell (engine, KD_EVENT_NOTE, r, note);
  }
}

static void
measure_speed (KdEngine *engine, KdStatus *status)
{
  const double now = kd_now_s (), span = now - engine->measured_s;
  if (!engine->running) {
    status->steps_per_s = 0;
    status->eta_s = -1;
    return;
  }
  if (span < SPEED_S)
    return;
  const bool learning = status->learning >= 0;
  const int64_t step = learning ? status->learned : status->step;
  const double fresh = (double) (step - engine->measured_step) / span;
  status->steps_per_s = status->steps_per_s > 0 ? 0.5 * (status->steps_per_s + fresh) : fresh;
  status->eta_s = status->steps_per_s > 0 && !learning
                      ? (double) (status->steps - step) / status->steps_per_s
                      : -1;
  status->bytes = kd_engine_bytes (engine);
  engine->measured_s = now;
  engine->measured_step = step;
}

void
kd_engine_update_status (KdEngine *engine)
{
  KdSession *session = engine->session;
  KdStatus status = kd_session_status (session);
  status.step = engine->trainer->step;
  status.next_phase = engine->trainer->next_phase;
  status.learning = kd_trainer_learning (engine->trainer);
  if (status.learning >= 0) {
    const KdPrologue *prologue = engine->trainer->prologues[status.learning];
    status.learned = prologue->step;
    status.to_learn = prologue->steps;
  }
  measure_speed (engine, &status);
  pthread_mutex_lock (&session->mutex);
  session->status = status;
  pthread_mutex_unlock (&session->mutex);
}

void
kd_engine_restart_speed (KdEngine *engine)
{
  engine->measured_s = engine->next_step_s = kd_now_s ();
  const int learning = kd_trainer_learning (engine->trainer);
  engine->measured_step =
      learning >= 0 ? engine->trainer->prologues[learning]->step : engine->trainer->step;
}

void
kd_engine_rest (KdEngine *engine)
{
  const bool done = engine->trainer->step >= engine->config->steps && !engine->evaluating;
  engine->running = false;
  kd_engine_set_state (engine, done ? KD_STATE_DONE : KD_STATE_PAUSED);
}
