/* SPDX-License-Identifier: MIT */
#include "ui/dump-reader.h"

#include "engine/base/i18n.h"

#include <gio/gio.h>

/* How often to tell how far it is. */
#define TELL_MS 100

/* One file on its way, shared with the thread that reads it. Atomically counted. */
typedef struct {
  KdReading state;
  char *path;
} Job;

struct _KdDumpReader {
  const KdDumpReaderEvents *events;
  void *user;
  Job *job;      /* a reference; NULL: nothing is read */
  guint telling; /* timeout meanwhile, 0: none */
};

static void
clear_job (gpointer data)
{
  Job *job = data;
  g_free (job->path);
}

static void
unref_job (gpointer job)
{
  g_atomic_rc_box_release_full (job, clear_job);
}

/* ---- other threads ----------------------------------------------------------------------------------------- */

KdDumpCheck *
kd_dump_read (const char *path, KdReading *state, GError **error)
{
  KdDumpCheck *check = kd_dump_check (path, state, error);
  if (check && check->dump->n_levels == 0) {
    g_set_error (error, KD_ERROR, KD_ERROR_SCHEMA,
                 _ ("%s: no teacher_feat.0 or student_feat.0 that can be used; kdscope-cli inspect "
                    "--check lists why"),
                 path);
    g_clear_pointer (&check, kd_dump_check_free);
  }
  return check;
}

static void
return_check (GTask *task, KdDumpCheck *check, GError *error)
{
  if (check)
    g_task_return_pointer (task, check, (GDestroyNotify) kd_dump_check_free);
  else
    g_task_return_error (task, error);
}

static void
read_all (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  (void) source;
  (void) cancellable;
  Job *job = data;
  GError *error = NULL;
  KdDumpCheck *check = kd_dump_read (job->path, &job->state, &error);
  return_check (task, check, error);
}

static void
read_first (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  (void) source;
  (void) cancellable;
  Job *job = data;
  GError *error = NULL;
  KdDumpCheck *check = kd_dump_peek (job->path, NULL, &job->state, &error);
  return_check (task, check, error);
}

/* ---- the main loop ------------------------------------------------------------------------------------------ */

static void
run (KdDumpReader *reader, GTaskThreadFunc function, GAsyncReadyCallback done)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, done, reader);
  g_task_set_task_data (task, g_atomic_rc_box_acquire (reader->job), unref_job);
  g_task_run_in_thread (task, function);
}

/* NULL with no error: it was given up, and @reader may be gone. */
static KdDumpCheck *
take_result (const KdDumpReader *reader, GAsyncResult *result, GError **error)
{
  GTask *task = G_TASK (result);
  const Job *job = g_task_get_task_data (task);
  KdDumpCheck *check = g_task_propagate_pointer (task, error);
  if (!atomic_load (&job->state.cancelled) && job == reader->job)
    return check;
  kd_dump_check_free (check);
  g_clear_error (error);
  return NULL;
}

static void
on_all (GObject *source, GAsyncResult *result, gpointer data)
{
  (void) source;
  KdDumpReader *reader = data;
  g_autoptr (GError) error = NULL;
  KdDumpCheck *check = take_result (reader, result, &error);
  if (!check && !error)
    return;
  kd_dump_reader_stop (reader);
  if (check)
    reader->events->all (reader->user, check);
  else
    reader->events->failed (reader->user, error);
}

/* What is wrong with the file is said when all of it has been read. */
static void
on_first (GObject *source, GAsyncResult *result, gpointer data)
{
  (void) source;
  KdDumpReader *reader = data;
  g_autoptr (GError) error = NULL;
  KdDumpCheck *check = take_result (reader, result, &error);
  if (!check && !error)
    return;
  run (reader, read_all, on_all);
  if (check && check->dump->n_levels > 0)
    reader->events->first (reader->user, check);
  else
    kd_dump_check_free (check);
}

static gboolean
tell (gpointer data)
{
  KdDumpReader *reader = data;
  reader->events->progress (reader->user);
  return G_SOURCE_CONTINUE;
}

KdDumpReader *
kd_dump_reader_new (const KdDumpReaderEvents *events, void *user)
{
  KdDumpReader *reader = g_new0 (KdDumpReader, 1);
  *reader = (KdDumpReader){ .events = events, .user = user };
  return reader;
}

/* Without a word. */
static void
give_up (KdDumpReader *reader)
{
  if (reader->job)
    atomic_store (&reader->job->state.cancelled, true);
  g_clear_pointer (&reader->job, unref_job);
  g_clear_handle_id (&reader->telling, g_source_remove);
}

void
kd_dump_reader_free (KdDumpReader *reader)
{
  if (!reader)
    return;
  give_up (reader);
  g_free (reader);
}

void
kd_dump_reader_start (KdDumpReader *reader, const char *path, bool first)
{
  give_up (reader);
  reader->job = g_atomic_rc_box_new0 (Job);
  reader->job->path = g_strdup (path);
  reader->telling = g_timeout_add (TELL_MS, tell, reader);
  run (reader, first ? read_first : read_all, first ? on_first : on_all);
  reader->events->progress (reader->user);
}

void
kd_dump_reader_stop (KdDumpReader *reader)
{
  if (!reader->job)
    return;
  give_up (reader);
  reader->events->progress (reader->user);
}

double
kd_dump_reader_progress (const KdDumpReader *reader)
{
  if (!reader->job)
    return -1;
  const size_t total = atomic_load (&reader->job->state.total);
  return total ? (double) atomic_load (&reader->job->state.done) / (double) total : 0;
}
