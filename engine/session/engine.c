/* SPDX-License-Identifier: MIT */
#include "engine/session/checkpoint.h"
#include "engine/session/session-private.h"
#include "engine/session/views.h"

#include <math.h>
#include <string.h>

/* Looking may take this share of the engine's time while it trains. */
#define VIEW_SHARE 0.03
/* Gradient norms cost a backward pass a term: while training they are computed for every fourth view. */
#define VIEWS_PER_NORMS 4
/* Rows of series.csv reach other programs at least this often. */
#define FLUSH_S 1.0
/* Span over which the speed is measured. */
#define SPEED_S 0.5

typedef struct {
  KdSession *session;
  const KdConfig *config;
  KdTrainer *trainer;
  KdViews *views;
  KdFolder *folder; /* NULL: nothing is written */

  KdState state; /* as in the session's status */
  bool running;
  int steps_due, phases_due; /* single steps asked for while paused */
  double speed;              /* steps per second; 0: as fast as it goes */
  double next_step_s;
  bool checkpoint_asked;

  bool wanted;       /* a snapshot */
  bool stale;        /* something changed since the last view */
  bool hurry;        /* it was changed by the user: show it now */
  double view_due_s; /* while running */
  int views_made;
  int64_t last_keyframe;

  double measured_s, flushed_s;
  int64_t measured_step;
} Engine;

/* ---- telling ---- */

static void
wake (KdSession *session)
{
  if (atomic_exchange (&session->woken, true))
    return;
  pthread_mutex_lock (&session->wake_mutex);
  if (session->wake)
    session->wake (session->wake_data);
  pthread_mutex_unlock (&session->wake_mutex);
}

static void
tell (Engine *engine, KdEventKind kind, int run, const char *text)
{
  KdEvent event = {
    .kind = kind,
    .step = engine->trainer ? engine->trainer->step : 0,
    .run = run,
  };
  g_strlcpy (event.text, text, sizeof event.text);
  kd_events_push (engine->session->events, &event);
  wake (engine->session);
}

static void
set_state (Engine *engine, KdState state)
{
  static const char *const names[] = {
    "loading", "paused", "running", "evaluating", "done", "bad numbers", "failed",
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
  tell (engine, KD_EVENT_STATE, -1, names[state]);
}

static void
fail (Engine *engine, GError *error)
{
  engine->running = false;
  engine->steps_due = engine->phases_due = 0;
  tell (engine, KD_EVENT_ERROR, -1, error->message);
  set_state (engine, KD_STATE_FAILED);
  g_error_free (error);
}

static size_t
bytes_in_use (const Engine *engine)
{
  size_t bytes = kd_trainer_bytes (engine->trainer) + kd_history_bytes (engine->session->history);
  return engine->views ? bytes + kd_views_bytes (engine->views) : bytes;
}

static void
measure_speed (Engine *engine, KdStatus *status)
{
  const double now = kd_now_s (), span = now - engine->measured_s;
  if (!engine->running) {
    status->steps_per_s = 0;
    status->eta_s = -1;
    return;
  }
  if (span < SPEED_S)
    return;
  const double fresh = (double) (status->step - engine->measured_step) / span;
  status->steps_per_s = status->steps_per_s > 0 ? 0.5 * (status->steps_per_s + fresh) : fresh;
  status->eta_s =
      status->steps_per_s > 0 ? (double) (status->steps - status->step) / status->steps_per_s : -1;
  status->bytes = bytes_in_use (engine);
  engine->measured_s = now;
  engine->measured_step = status->step;
}

static void
update_status (Engine *engine)
{
  KdSession *session = engine->session;
  KdStatus status = kd_session_status (session);
  status.step = engine->trainer->step;
  status.next_phase = engine->trainer->next_phase;
  measure_speed (engine, &status);
  pthread_mutex_lock (&session->mutex);
  session->status = status;
  pthread_mutex_unlock (&session->mutex);
}

static void
restart_speed (Engine *engine)
{
  engine->measured_s = engine->next_step_s = kd_now_s ();
  engine->measured_step = engine->trainer->step;
}

/* ---- loading ---- */

static void
publish_series (Engine *engine)
{
  const KdTrainer *trainer = engine->trainer;
  KdSeriesTable *table = g_new0 (KdSeriesTable, 1);
  for (int r = 0; r < trainer->n_runs; r++)
    table->n += trainer->runs[r]->n_columns;
  table->infos = g_new0 (KdSeriesInfo, table->n);
  table->series = g_new0 (KdSeries *, table->n);
  for (int r = 0, id = 0; r < trainer->n_runs; r++) {
    for (int i = 0; i < trainer->runs[r]->n_columns; i++, id++) {
      table->series[id] = trainer->runs[r]->columns[i];
      table->infos[id] = (KdSeriesInfo){ id, r, kd_series_name (table->series[id]) };
    }
  }
  atomic_store (&engine->session->series, table);
}

static void
publish_probes (Engine *engine)
{
  KdProbeList *list = kd_probe_list_copy (kd_views_probes (engine->views));
  pthread_mutex_lock (&engine->session->mutex);
  KdProbeList *earlier = engine->session->offered;
  engine->session->offered = list;
  pthread_mutex_unlock (&engine->session->mutex);
  kd_probe_list_free (earlier);
  tell (engine, KD_EVENT_PROBES, -1, "");
}

static void
rest (Engine *engine)
{
  const bool done = engine->trainer->step >= engine->config->steps;
  engine->running = false;
  set_state (engine, done ? KD_STATE_DONE : KD_STATE_PAUSED);
}

static bool
load (Engine *engine, GError **error)
{
  KdSession *session = engine->session;
  engine->trainer = kd_trainer_new (engine->config, session->teacher, error);
  if (!engine->trainer)
    return false;
  if (atomic_load (&session->stop))
    return true;
  if (engine->config->out) {
    engine->folder = kd_folder_open (engine->trainer, error);
    if (!engine->folder)
      return false;
  }
  publish_series (engine);
  engine->views = kd_views_new (engine->trainer, session->pool, error);
  if (!engine->views)
    return false;
  publish_probes (engine);
  pthread_mutex_lock (&session->mutex);
  session->status.threads = kd_pool_workers (engine->trainer->pool);
  session->status.bytes = bytes_in_use (engine);
  pthread_mutex_unlock (&session->mutex);
  engine->stale = engine->hurry = true;
  engine->last_keyframe = -1;
  restart_speed (engine);
  rest (engine);
  update_status (engine);
  return true;
}

/* ---- looking ---- */

static void
charge_view (Engine *engine, double began_s)
{
  const double now = kd_now_s ();
  engine->view_due_s = MAX (engine->view_due_s, now) + (now - began_s) / VIEW_SHARE;
}

static void
record_keyframe (Engine *engine)
{
  const int64_t step = engine->trainer->step;
  const int every = engine->config->keyframe_every;
  if (every <= 0 || step % every != 0 || step == engine->last_keyframe)
    return;
  const double began_s = kd_now_s ();
  KdSnapshot *snapshot =
      kd_views_snapshot (engine->views, KD_VIEW_ALL, KD_NORMS_FRESH, &engine->session->stop);
  if (!snapshot)
    return;
  kd_history_add (engine->session->history, snapshot, kd_views_probes (engine->views));
  kd_snapshot_unref (snapshot);
  engine->last_keyframe = step;
  charge_view (engine, began_s);
}

static void
look (Engine *engine)
{
  KdSession *session = engine->session;
  if (engine->state == KD_STATE_FAILED)
    return;
  record_keyframe (engine);
  const bool due = !engine->running || engine->hurry || kd_now_s () >= engine->view_due_s;
  if (!engine->stale || !due || !engine->wanted)
    return;
  const double began_s = kd_now_s ();
  const bool norms = !engine->running || engine->views_made % VIEWS_PER_NORMS == 0;
  KdSnapshot *snapshot = kd_views_snapshot (
      engine->views, KD_VIEW_WATCHED, norms ? KD_NORMS_FRESH : KD_NORMS_LATEST, &session->stop);
  if (!snapshot)
    return;
  kd_mailbox_put (session->mailbox, snapshot);
  engine->views_made++;
  engine->wanted = engine->stale = engine->hurry = false;
  charge_view (engine, began_s);
  wake (session);
}

static void
changed_by_user (Engine *engine)
{
  engine->stale = engine->hurry = true;
}

/* ---- commands ---- */

/* False: the method cannot be built like that; everything is as before. */
static bool
rebuild (Engine *engine, int run, GError **error)
{
  GError *problem = NULL;
  const unsigned generation = kd_views_probes (engine->views)->generation;
  kd_views_drop_run (engine->views, run);
  const bool rebuilt = kd_trainer_rebuild_run (engine->trainer, run, error);
  if (!kd_views_rebuild_run (engine->views, run, &problem))
    fail (engine, problem);
  else if (kd_views_probes (engine->views)->generation != generation)
    publish_probes (engine);
  return rebuilt;
}

/* Also the main thread's copy, which had the new value already. */
static void
restore_knob (Engine *engine, int run, const char *id, const char *text)
{
  kd_knobs_set (engine->trainer->runs[run]->knobs, id, text, NULL);
  pthread_mutex_lock (&engine->session->mutex);
  kd_knobs_set (engine->session->knobs[run], id, text, NULL);
  pthread_mutex_unlock (&engine->session->mutex);
}

static void
tell_knob (Engine *engine, int run, const char *id, const char *before, const char *after)
{
  GError *error = NULL;
  const char *method = kd_knobs_method (engine->trainer->runs[run]->knobs)->id;
  const bool of_run = g_str_has_prefix (id, "run.");
  g_autofree char *text = g_strdup_printf ("%s%s%s %s -> %s", of_run ? "" : method,
                                           of_run ? "" : ".", id, before, after);
  tell (engine, KD_EVENT_KNOB, run, text);
  if (engine->folder &&
      !kd_folder_event (engine->folder, run, engine->trainer->step, "knob", text, &error))
    fail (engine, error);
}

static void
set_knob (Engine *engine, const KdCommand *command)
{
  KdKnobs *knobs = engine->trainer->runs[command->run]->knobs;
  const char *id = command->id;
  g_autofree char *before = kd_knobs_format (knobs, id);
  g_autofree char *exact = kd_knob_text (knobs, id);
  const double value = kd_knobs_get (knobs, id);
  /* The main thread has checked it. */
  if (!kd_knobs_set (knobs, id, command->text, NULL) || kd_knobs_get (knobs, id) == value)
    return;
  g_autofree char *after = kd_knobs_format (knobs, id);
  g_autoptr (GError) error = NULL;
  if (kd_knobs_is_structural (knobs, id) && !rebuild (engine, command->run, &error)) {
    restore_knob (engine, command->run, id, exact);
    tell (engine, KD_EVENT_ERROR, command->run, error->message);
    return;
  }
  tell_knob (engine, command->run, id, before, after);
  changed_by_user (engine);
}

/* After bad numbers the step is tried anew: a knob may have been turned. */
static bool
can_train (Engine *engine)
{
  if (engine->state == KD_STATE_FAILED || engine->trainer->step >= engine->config->steps)
    return false;
  if (engine->state == KD_STATE_BAD_NUMBERS) {
    kd_trainer_restart_step (engine->trainer);
    set_state (engine, KD_STATE_PAUSED);
  }
  return true;
}

static void
play (Engine *engine)
{
  if (engine->running || !can_train (engine))
    return;
  engine->running = true;
  restart_speed (engine);
  set_state (engine, KD_STATE_RUNNING);
}

static void
pause_training (Engine *engine)
{
  engine->steps_due = engine->phases_due = 0;
  if (!engine->running)
    return;
  rest (engine);
  update_status (engine);
}

static void
apply (Engine *engine, const KdCommand *command)
{
  if (engine->state == KD_STATE_FAILED)
    return;
  switch (command->kind) {
  case KD_COMMAND_PLAY:
    play (engine);
    break;
  case KD_COMMAND_PAUSE:
    pause_training (engine);
    break;
  case KD_COMMAND_STEP:
    pause_training (engine);
    engine->steps_due = can_train (engine) ? 1 : 0;
    break;
  case KD_COMMAND_STEP_PHASE:
    pause_training (engine);
    engine->phases_due = can_train (engine) ? 1 : 0;
    break;
  case KD_COMMAND_SPEED:
    engine->speed = MAX (command->number, 0);
    engine->next_step_s = kd_now_s ();
    break;
  case KD_COMMAND_KNOB:
    set_knob (engine, command);
    break;
  case KD_COMMAND_PIN:
    kd_views_pin (engine->views, command->index);
    changed_by_user (engine);
    break;
  case KD_COMMAND_WATCH:
    kd_views_watch (engine->views, command->ids, command->n_ids, command->generation);
    changed_by_user (engine);
    break;
  case KD_COMMAND_CHECKPOINT:
    engine->checkpoint_asked = true;
    break;
  }
}

/* ---- files ---- */

static void
write_checkpoint (Engine *engine)
{
  GError *error = NULL;
  if (!engine->folder) {
    tell (engine, KD_EVENT_ERROR, -1, "there is no folder to write a checkpoint to");
    return;
  }
  if (!kd_folder_checkpoint (engine->folder, &error))
    fail (engine, error);
  else
    tell (engine, KD_EVENT_CHECKPOINT, -1, engine->config->out);
}

static bool
write_rows (Engine *engine)
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
    fail (engine, error);
  return ok;
}

/* ---- steps ---- */

/* Measuring takes a while: whoever looks gets pictures meanwhile. */
static void
look_meanwhile (int done, int total, void *data)
{
  (void) done;
  (void) total;
  Engine *engine = data;
  engine->wanted = atomic_exchange (&engine->session->wanted, false) || engine->wanted;
  look (engine);
}

/* Images to measure AP on after this step; 0: none. Fixed steps, so that a resumed run measures at the same ones. */
static int
evaluation_images (const Engine *engine)
{
  const KdConfig *config = engine->config;
  const int64_t step = engine->trainer->step;
  if (step == config->steps && config->final_eval_images > 0)
    return config->final_eval_images;
  return config->eval_every > 0 && step % config->eval_every == 0 ? config->eval_images : 0;
}

static bool
evaluate (Engine *engine)
{
  const int n_images = evaluation_images (engine);
  if (n_images == 0)
    return true;
  const KdState state = engine->state;
  set_state (engine, KD_STATE_EVALUATING);
  const bool done = kd_trainer_evaluate (engine->trainer, n_images, look_meanwhile, engine,
                                         &engine->session->stop);
  set_state (engine, state);
  return done;
}

static void
finish_step (Engine *engine)
{
  KdTrainer *trainer = engine->trainer;
  if (!evaluate (engine))
    return;
  for (int r = 0; r < trainer->n_runs; r++)
    kd_run_record (trainer->runs[r], trainer->step);
  if (!write_rows (engine))
    return;
  const bool last = trainer->step >= engine->config->steps;
  const int every = engine->config->checkpoint_every;
  if (engine->folder && (last || (every > 0 && trainer->step % every == 0)))
    write_checkpoint (engine);
  if (last && engine->state != KD_STATE_FAILED)
    rest (engine);
}

static void
stop_at_bad_numbers (Engine *engine)
{
  const KdTrainer *trainer = engine->trainer;
  engine->running = false;
  engine->steps_due = engine->phases_due = 0;
  for (int r = 0; r < trainer->n_runs; r++) {
    if (kd_run_is_finite (trainer->runs[r]))
      continue;
    char text[sizeof ((KdEvent *) NULL)->text];
    kd_run_describe_bad (trainer->runs[r], text, sizeof text);
    tell (engine, KD_EVENT_BAD_NUMBERS, r, text);
    GError *error = NULL;
    if (engine->folder &&
        !kd_folder_event (engine->folder, r, trainer->step, "bad numbers", text, &error)) {
      fail (engine, error);
      return;
    }
  }
  set_state (engine, KD_STATE_BAD_NUMBERS);
}

static void
train (Engine *engine)
{
  KdTrainer *trainer = engine->trainer;
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
    finish_step (engine);
  engine->stale = true;
  update_status (engine);
  wake (engine->session);
}

/* ---- the loop ---- */

static void
drain (Engine *engine)
{
  KdCommand command;
  while (kd_commands_pop (engine->session->commands, &command)) {
    apply (engine, &command);
    kd_command_clear (&command);
  }
  if (engine->checkpoint_asked) {
    engine->checkpoint_asked = false;
    write_checkpoint (engine);
  }
}

/* Seconds until the next step of a slowed run; 0: now; < 0: nothing to do. */
static double
time_to_step (Engine *engine)
{
  if (engine->steps_due > 0 || engine->phases_due > 0)
    return 0;
  if (!engine->running)
    return -1;
  if (engine->speed <= 0)
    return 0;
  return MAX (engine->next_step_s - kd_now_s (), 0);
}

static void
run_loop (Engine *engine)
{
  KdSession *session = engine->session;
  while (!atomic_load (&session->stop)) {
    /* Before the commands: whoever watches something and then wants a snapshot gets one that holds it. */
    engine->wanted = atomic_exchange (&session->wanted, false) || engine->wanted;
    drain (engine);
    look (engine);
    const double wait_s = time_to_step (engine);
    if (wait_s != 0) {
      kd_pool_park (engine->trainer->pool);
      kd_commands_wait (session->commands, wait_s);
      continue;
    }
    if (engine->running && engine->speed > 0)
      engine->next_step_s = MAX (engine->next_step_s, kd_now_s () - 1) + 1 / engine->speed;
    train (engine);
  }
}

/* Loading failed: there is nothing to command, but the session must be freed in its own time. */
static void
wait_for_stop (KdSession *session)
{
  while (!atomic_load (&session->stop))
    kd_commands_wait (session->commands, -1);
}

void *
kd_engine_main (void *data)
{
  KdSession *session = data;
  Engine engine = { .session = session, .config = session->config };
  GError *error = NULL;
  if (!load (&engine, &error)) {
    fail (&engine, error);
    wait_for_stop (session);
  } else if (!atomic_load (&session->stop)) {
    if (!session->config->paused)
      play (&engine);
    run_loop (&engine);
  }
  kd_views_free (engine.views);
  kd_folder_free (engine.folder);
  kd_trainer_free (engine.trainer);
  return NULL;
}
