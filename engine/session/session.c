/* SPDX-License-Identifier: MIT */
#include "engine/base/i18n.h"
#include "engine/session/clock.h"
#include "engine/session/recording.h"
#include "engine/session/session-private.h"

#define HISTORY_BYTES ((size_t) 64 << 20)

/* ---- life ---- */

/* NULL: the bundled one, "": none. */
bool
kd_session_find_teacher (const KdConfig *config, char **path, GError **error)
{
  *path = NULL;
  if (config->teacher && !*config->teacher)
    return true;
  *path = config->teacher ? g_strdup (config->teacher) : kd_teacher_find (error);
  if (!*path)
    return false;
  if (g_file_test (*path, G_FILE_TEST_IS_REGULAR))
    return true;
  g_set_error (error, KD_ERROR, KD_ERROR_FILE, _ ("%s: expected a teacher's .safetensors file"),
               *path);
  g_clear_pointer (path, g_free);
  return false;
}

/* Beside the runs' folders, or in the user's cache. */
static char *
weights_folder (const KdConfig *config)
{
  return config->out ? g_strdup (config->out)
                     : g_build_filename (g_get_user_cache_dir (), "kdscope", NULL);
}

static KdSession *
session_new (KdSavedConfig *saved, char *teacher, KdBranch *branch, size_t history_bytes)
{
  KdSession *session = g_new0 (KdSession, 1);
  session->saved = saved;
  session->config = kd_saved_config_get (saved);
  session->teacher = teacher;
  session->commands = kd_commands_new ();
  session->events = kd_events_new ();
  session->mailbox = kd_mailbox_new ();
  session->pool = kd_snapshot_pool_new ();
  session->history = kd_history_new (history_bytes, session->config->n_runs);
  session->turned = kd_knob_log_new ();
  g_autofree char *folder = weights_folder (session->config);
  session->weights = kd_weight_store_new (folder, KD_WEIGHT_LIMITS);
  session->branch = branch;
  pthread_mutex_init (&session->mutex, NULL);
  pthread_mutex_init (&session->wake_mutex, NULL);
  kd_cond_init (&session->state_changed);
  session->status = (KdStatus){
    .state = KD_STATE_LOADING,
    .steps = session->config->steps,
    .eta_s = -1,
    .learning = -1,
  };
  for (int r = 0; r < session->config->n_runs; r++)
    session->knobs[r] = kd_knobs_copy (session->config->runs[r].knobs);
  return session;
}

static void
series_table_free (KdSeriesTable *table, bool with_series)
{
  if (!table)
    return;
  for (int i = 0; with_series && i < table->n; i++)
    kd_series_free (table->series[i]);
  g_free (table->infos);
  g_free (table->series);
  g_free (table);
}

static void
session_destroy (KdSession *session)
{
  for (int r = 0; r < session->config->n_runs; r++)
    kd_knobs_free (session->knobs[r]);
  kd_probe_list_free (session->probes);
  kd_probe_list_free (session->offered);
  series_table_free (atomic_load (&session->series), session->still);
  kd_commands_free (session->commands);
  kd_events_free (session->events);
  kd_mailbox_free (session->mailbox);
  kd_history_free (session->history);
  kd_knob_log_free (session->turned);
  kd_weight_store_free (session->weights);
  kd_branch_free (session->branch);
  kd_snapshot_pool_unref (session->pool);
  pthread_cond_destroy (&session->state_changed);
  pthread_mutex_destroy (&session->mutex);
  pthread_mutex_destroy (&session->wake_mutex);
  g_free (session->teacher);
  kd_saved_config_free (session->saved);
  g_free (session);
}

KdSession *
kd_session_new (const KdConfig *config, GError **error)
{
  char *teacher = NULL;
  if (!kd_blas_init (error) || !kd_config_check (config, error) ||
      !kd_session_find_teacher (config, &teacher, error))
    return NULL;
  KdSavedConfig *saved = kd_saved_config_new (config);
  if (config->out && config->resume && !kd_saved_config_resume (saved, error)) {
    kd_saved_config_free (saved);
    g_free (teacher);
    return NULL;
  }
  return kd_session_start (saved, teacher, NULL, error);
}

KdSession *
kd_session_start (KdSavedConfig *saved, char *teacher, KdBranch *branch, GError **error)
{
  KdSession *session = session_new (saved, teacher, branch, HISTORY_BYTES);
  const int problem = pthread_create (&session->thread, NULL, kd_engine_main, session);
  if (problem) {
    g_set_error (error, KD_ERROR, KD_ERROR_SYSTEM, _ ("the engine's thread cannot be made: %s"),
                 g_strerror (problem));
    session_destroy (session);
    return NULL;
  }
  return session;
}

KdSession *
kd_session_new_still (KdSavedConfig *saved)
{
  KdSession *session = session_new (saved, NULL, NULL, SIZE_MAX);
  session->still = session->stale = true;
  session->status.state = KD_STATE_PAUSED;
  return session;
}

void
kd_session_free (KdSession *session)
{
  if (!session)
    return;
  kd_session_set_wake (session, NULL, NULL);
  atomic_store (&session->stop, true);
  kd_commands_kick (session->commands);
  if (!session->still)
    pthread_join (session->thread, NULL);
  session_destroy (session);
}

void
kd_session_set_wake (KdSession *session, void (*wake) (void *data), void *data)
{
  pthread_mutex_lock (&session->wake_mutex);
  session->wake = wake;
  session->wake_data = data;
  pthread_mutex_unlock (&session->wake_mutex);
}

void
kd_session_wake (KdSession *session)
{
  if (atomic_exchange (&session->woken, true))
    return;
  pthread_mutex_lock (&session->wake_mutex);
  if (session->wake)
    session->wake (session->wake_data);
  pthread_mutex_unlock (&session->wake_mutex);
}

static bool
has_ended (KdState state)
{
  return state == KD_STATE_DONE || state == KD_STATE_BAD_NUMBERS || state == KD_STATE_FAILED;
}

bool
kd_session_wait (KdSession *session, double timeout_s)
{
  if (session->still)
    return true;
  const double deadline_s = timeout_s < 0 ? -1 : kd_now_s () + timeout_s;
  pthread_mutex_lock (&session->mutex);
  while (!has_ended (session->status.state)) {
    if (!kd_cond_wait_until (&session->state_changed, &session->mutex, deadline_s))
      break;
  }
  const bool ended = has_ended (session->status.state);
  pthread_mutex_unlock (&session->mutex);
  return ended;
}

KdStatus
kd_session_status (KdSession *session)
{
  pthread_mutex_lock (&session->mutex);
  const KdStatus status = session->status;
  pthread_mutex_unlock (&session->mutex);
  return status;
}

/* ---- events and probes ---- */

/* The main thread's list becomes the engine's newest. */
static void
adopt_probes (KdSession *session)
{
  pthread_mutex_lock (&session->mutex);
  KdProbeList *offered = g_steal_pointer (&session->offered);
  pthread_mutex_unlock (&session->mutex);
  if (!offered)
    return;
  kd_probe_list_free (session->probes);
  session->probes = offered;
}

bool
kd_session_next_event (KdSession *session, KdEvent *event)
{
  atomic_store (&session->woken, false);
  if (!kd_events_pop (session->events, event))
    return false;
  if (event->kind == KD_EVENT_PROBES)
    adopt_probes (session);
  return true;
}

const KdProbeInfo *
kd_session_probes (KdSession *session, int *n_probes)
{
  if (!session->probes)
    adopt_probes (session);
  *n_probes = session->probes ? session->probes->n : 0;
  return session->probes ? session->probes->infos : NULL;
}

int
kd_session_find_probe (KdSession *session, int run, const char *name, int level)
{
  if (!session->probes)
    adopt_probes (session);
  return session->probes ? kd_probe_list_find (session->probes, run, name, level) : -1;
}

/* ---- commands ---- */

/* Takes what is in the command. There is nobody to obey in a recording. */
static void
push_command (KdSession *session, KdCommand command)
{
  if (session->still)
    kd_command_clear (&command);
  else
    kd_commands_push (session->commands, &command);
}

static void
push (KdSession *session, KdCommandKind kind)
{
  push_command (session, (KdCommand){ .kind = kind });
}

void
kd_session_play (KdSession *session)
{
  push (session, KD_COMMAND_PLAY);
}

void
kd_session_pause (KdSession *session)
{
  push (session, KD_COMMAND_PAUSE);
}

void
kd_session_step_once (KdSession *session)
{
  if (session->still)
    kd_recording_step (session);
  else
    push (session, KD_COMMAND_STEP);
}

void
kd_session_step_phase (KdSession *session)
{
  push (session, KD_COMMAND_STEP_PHASE);
}

void
kd_session_checkpoint (KdSession *session)
{
  push (session, KD_COMMAND_CHECKPOINT);
}

void
kd_session_balance (KdSession *session, int run, double ratio)
{
  g_return_if_fail (run >= 0 && run < session->config->n_runs && ratio > 0);
  push_command (session, (KdCommand){ .kind = KD_COMMAND_BALANCE, .run = run, .number = ratio });
}

void
kd_session_set_speed (KdSession *session, double steps_per_s)
{
  push_command (session, (KdCommand){ .kind = KD_COMMAND_SPEED, .number = steps_per_s });
}

void
kd_session_pin_image (KdSession *session, uint64_t held_out_index)
{
  if (!session->still)
    session->image = held_out_index;
  push_command (session, (KdCommand){ .kind = KD_COMMAND_PIN, .index = held_out_index });
}

bool
kd_session_set_knob (KdSession *session, int run, const char *id, const char *text, GError **error)
{
  g_return_val_if_fail (run >= 0 && run < session->config->n_runs, false);
  if (session->still) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 _ ("%s: a recording only shows; start a session to turn its knobs"), id);
    return false;
  }
  pthread_mutex_lock (&session->mutex);
  const bool accepted = kd_knobs_set (session->knobs[run], id, text, error);
  pthread_mutex_unlock (&session->mutex);
  if (!accepted)
    return false;
  push_command (session, (KdCommand){
                             .kind = KD_COMMAND_KNOB,
                             .run = run,
                             .id = g_strdup (id),
                             .text = g_strdup (text),
                         });
  return true;
}

void
kd_session_watch (KdSession *session, const int *probe_ids, int n_ids)
{
  if (!session->probes)
    adopt_probes (session);
  push_command (session, (KdCommand){
                             .kind = KD_COMMAND_WATCH,
                             .ids = g_memdup2 (probe_ids, (gsize) n_ids * sizeof (int)),
                             .n_ids = n_ids,
                             .generation = session->probes ? session->probes->generation : 0,
                         });
}

void
kd_session_want_snapshot (KdSession *session)
{
  if (session->still) {
    kd_recording_show (session);
    return;
  }
  atomic_store (&session->wanted, true);
  kd_commands_kick (session->commands);
}

/* ---- runs ---- */

const KdConfig *
kd_session_config (KdSession *session)
{
  return session->config;
}

int
kd_session_runs (KdSession *session)
{
  return session->config->n_runs;
}

const char *
kd_session_run_id (KdSession *session, int run)
{
  g_return_val_if_fail (run >= 0 && run < session->config->n_runs, NULL);
  return session->config->runs[run].id;
}

const KdMethod *
kd_session_run_method (KdSession *session, int run)
{
  g_return_val_if_fail (run >= 0 && run < session->config->n_runs, NULL);
  return kd_knobs_method (session->config->runs[run].knobs);
}

KdKnobs *
kd_session_run_knobs (KdSession *session, int run)
{
  g_return_val_if_fail (run >= 0 && run < session->config->n_runs, NULL);
  pthread_mutex_lock (&session->mutex);
  KdKnobs *knobs = kd_knobs_copy (session->knobs[run]);
  pthread_mutex_unlock (&session->mutex);
  return knobs;
}

KdKnobs *
kd_session_run_knobs_at (KdSession *session, int run, int64_t step)
{
  KdKnobs *knobs = kd_session_run_knobs (session, run);
  if (knobs)
    kd_knob_log_take_back (session->turned, run, step, knobs);
  return knobs;
}

/* ---- snapshots and keyframes ---- */

KdSnapshot *
kd_session_take_snapshot (KdSession *session)
{
  atomic_store (&session->woken, false);
  if (!session->probes)
    adopt_probes (session);
  KdSnapshot *snapshot = kd_mailbox_take (session->mailbox);
  /* Its ids mean another list than the reader's, who has KD_EVENT_PROBES waiting. */
  if (snapshot && (!session->probes || snapshot->generation != session->probes->generation))
    g_clear_pointer (&snapshot, kd_snapshot_unref);
  return snapshot;
}

int
kd_session_keyframes (KdSession *session, int64_t *steps, int max)
{
  return kd_history_steps (session->history, session->image, steps, max);
}

KdSnapshot *
kd_session_keyframe (KdSession *session, int64_t step)
{
  if (!session->probes)
    adopt_probes (session);
  return session->probes ? kd_history_get (session->history, session->image, step, session->pool,
                                           session->probes)
                         : NULL;
}

bool
kd_session_keyframe_has_weights (KdSession *session, int64_t step)
{
  return kd_weight_store_has (session->weights, step);
}

/* ---- series ---- */

const KdSeriesInfo *
kd_session_series (KdSession *session, int *n_series)
{
  const KdSeriesTable *table = atomic_load (&session->series);
  *n_series = table ? table->n : 0;
  return table ? table->infos : NULL;
}

size_t
kd_session_read_series (KdSession *session, int series, size_t from, KdPoint *points, size_t max)
{
  const KdSeriesTable *table = atomic_load (&session->series);
  g_return_val_if_fail (table && series >= 0 && series < table->n, 0);
  return kd_series_read (table->series[series], from, points, max);
}
