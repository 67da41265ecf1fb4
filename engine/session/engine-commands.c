/* SPDX-License-Identifier: MIT */
#include "engine/session/balance.h"
#include "engine/session/engine.h"

static void
changed_by_user (KdEngine *engine)
{
  engine->stale = engine->hurry = true;
}

/* The main thread's copy too, unless it asked for yet another value meanwhile. */
static void
restore_knob (KdEngine *engine, const KdCommand *command, const char *text)
{
  KdKnobs *mine = engine->trainer->runs[command->run]->knobs;
  KdKnobs *theirs = engine->session->knobs[command->run];
  const double refused = kd_knobs_get (mine, command->id);
  kd_knobs_set (mine, command->id, text, NULL);
  pthread_mutex_lock (&engine->session->mutex);
  if (kd_knobs_get (theirs, command->id) == refused)
    kd_knobs_set (theirs, command->id, text, NULL);
  pthread_mutex_unlock (&engine->session->mutex);
}

/* @before: the knob's value till now. False: the method cannot be built with the new one; everything is as before. */
static bool
rebuild (KdEngine *engine, const KdCommand *command, const char *before, GError **error)
{
  GError *problem = NULL;
  const int run = command->run;
  const unsigned generation = kd_views_probes (engine->views)->generation;
  kd_views_drop_run (engine->views, run);
  const bool rebuilt = kd_trainer_rebuild_run (engine->trainer, run, error);
  if (!rebuilt) /* first: the view is built with the run's knobs */
    restore_knob (engine, command, before);
  kd_engine_update_status (engine); /* a step that was begun begins anew */
  if (!kd_views_rebuild_run (engine->views, run, &problem))
    kd_engine_fail (engine, problem);
  else if (kd_views_probes (engine->views)->generation != generation)
    kd_engine_publish_probes (engine);
  return rebuilt;
}

static void
tell_knob (KdEngine *engine, int run, const char *id, const char *before, const char *after)
{
  GError *error = NULL;
  const char *method = kd_knobs_method (engine->trainer->runs[run]->knobs)->id;
  const bool of_run = g_str_has_prefix (id, "run.");
  g_autofree char *text = g_strdup_printf ("%s%s%s %s -> %s", of_run ? "" : method,
                                           of_run ? "" : ".", id, before, after);
  kd_engine_tell (engine, KD_EVENT_KNOB, run, text);
  if (engine->folder &&
      !kd_folder_event (engine->folder, run, engine->trainer->step, "knob", text, &error))
    kd_engine_fail (engine, error);
}

static void
set_knob (KdEngine *engine, const KdCommand *command)
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
  if (kd_knobs_is_structural (knobs, id) && !rebuild (engine, command, exact, &error)) {
    kd_engine_tell (engine, KD_EVENT_ERROR, command->run, error->message);
    return;
  }
  g_autofree char *exactly_after = kd_knob_text (knobs, id);
  kd_knob_log_add (engine->session->turned, engine->trainer->step, command->run, id, exact,
                   exactly_after);
  tell_knob (engine, command->run, id, before, after);
  changed_by_user (engine);
}

/* As if the user had set the scale, on both sides; the main thread's stays where it asked for yet another value meanwhile. */
static void
balance (KdEngine *engine, const KdCommand *command)
{
  const int run = command->run;
  const KdPrologue *prologue = engine->trainer->prologues[run];
  if (prologue &&
      kd_prologue_is_due (prologue)) { /* what it would be measured with is still to be learned */
    engine->balance_due[run] = command->number;
    return;
  }
  g_autoptr (GError) error = NULL;
  double scale;
  const bool found = kd_balance_find_scale (engine->trainer, run, command->number,
                                            &engine->session->stop, &scale, &error);
  kd_engine_update_status (engine); /* a step that was begun begins anew */
  KdKnobs *mine = engine->trainer->runs[run]->knobs;
  const double before = kd_knobs_get (mine, "run.scale");
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  KdKnobs *tried = kd_knobs_copy (mine);
  if (found && kd_knobs_set (tried, "run.scale", g_ascii_formatd (text, sizeof text, "%.4g", scale),
                             &error)) {
    pthread_mutex_lock (&engine->session->mutex);
    KdKnobs *theirs = engine->session->knobs[run];
    if (kd_knobs_get (theirs, "run.scale") == before)
      kd_knobs_set (theirs, "run.scale", text, NULL);
    pthread_mutex_unlock (&engine->session->mutex);
    set_knob (engine, &(KdCommand){ .run = run, .id = (char *) "run.scale", .text = text });
  }
  kd_knobs_free (tried);
  if (error)
    kd_engine_tell (engine, KD_EVENT_ERROR, run, error->message);
}

/* After bad numbers the step is tried anew: a knob may have been turned. */
static bool
can_train (KdEngine *engine)
{
  if (engine->state == KD_STATE_FAILED || engine->trainer->step >= engine->config->steps)
    return false;
  if (engine->state == KD_STATE_BAD_NUMBERS) {
    kd_trainer_restart_step (engine->trainer);
    kd_engine_set_state (engine, KD_STATE_PAUSED);
  }
  return true;
}

void
kd_engine_play (KdEngine *engine)
{
  if ((engine->running && !engine->held) || !(engine->evaluating || can_train (engine)))
    return;
  engine->running = true;
  kd_engine_restart_speed (engine);
  if (engine->evaluating)
    kd_engine_release (engine);
  else
    kd_engine_set_state (engine, kd_engine_running_state (engine));
}

static void
pause_training (KdEngine *engine)
{
  engine->steps_due = engine->phases_due = 0;
  if (!engine->running && !engine->evaluating)
    return;
  engine->held = engine->evaluating;
  kd_engine_rest (engine);
  kd_engine_update_status (engine);
}

static void
apply (KdEngine *engine, const KdCommand *command)
{
  if (engine->state == KD_STATE_FAILED)
    return;
  switch (command->kind) {
  case KD_COMMAND_PLAY:
    kd_engine_play (engine);
    break;
  case KD_COMMAND_PAUSE:
    pause_training (engine);
    break;
  case KD_COMMAND_STEP:
    pause_training (engine);
    kd_engine_release (engine);
    engine->steps_due = can_train (engine) ? 1 : 0;
    break;
  case KD_COMMAND_STEP_PHASE:
    pause_training (engine);
    kd_engine_release (engine);
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
    engine->last_keyframe = -1; /* of this image there may be none at this step */
    changed_by_user (engine);
    break;
  case KD_COMMAND_WATCH:
    kd_views_watch (engine->views, command->ids, command->n_ids, command->generation);
    changed_by_user (engine);
    break;
  case KD_COMMAND_BALANCE:
    balance (engine, command);
    break;
  case KD_COMMAND_CHECKPOINT:
    engine->checkpoint_asked = true;
    break;
  }
}

void
kd_engine_drain (KdEngine *engine)
{
  KdCommand command;
  while (kd_commands_pop (engine->session->commands, &command)) {
    apply (engine, &command);
    kd_command_clear (&command);
  }
  if (!engine->checkpoint_asked)
    return;
  if (engine->evaluating) { /* a checkpoint is of a whole step */
    kd_engine_release (engine);
    return;
  }
  engine->checkpoint_asked = false;
  kd_engine_checkpoint (engine);
}
