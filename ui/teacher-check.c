/* SPDX-License-Identifier: MIT */
#include "ui/teacher-check.h"

#include <gio/gio.h>
#include <math.h>

#define LOOK_MS 100 /* how often progress is looked at */

/* One measurement, carried to another thread and back. */
typedef struct {
  char *path;
  KdSceneConfig scenes;
  int n_images;
  atomic_bool cancelled;
  atomic_int done;
  double numbers[KD_COCO_NUMBERS];
} Job;

struct _KdTeacherCheck {
  GObject parent_instance;
  KdSessionModel *model; /* owned */
  KdTeacherState state;
  char *path, *reason;
  Job *job; /* being measured; owned by its task */
  guint look;
  int n_images;
  double ap, ap50;
  bool stopped; /* by a person */
};

G_DEFINE_FINAL_TYPE (KdTeacherCheck, kd_teacher_check, G_TYPE_OBJECT)

static guint changed_signal;

static void
change (KdTeacherCheck *check, KdTeacherState state)
{
  check->state = state;
  g_signal_emit (check, changed_signal, 0);
}

static KdSession *
session_of (const KdTeacherCheck *check)
{
  return kd_session_model_get_session (check->model);
}

/* ---- measuring -------------------------------------------------------------------------------------- */

static void
free_job (gpointer data)
{
  Job *job = data;
  g_free (job->path);
  g_free (job);
}

static void
on_image (int done, int total, void *data)
{
  (void) total;
  Job *job = data;
  atomic_store (&job->done, done);
}

static void
measure (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  (void) source;
  (void) cancellable;
  Job *job = data;
  GError *error = NULL;
  /* One thread: students go on being trained. */
  if (kd_evaluate (job->path, &job->scenes, KD_HELD_OUT_SEED, job->n_images, 1, on_image, job,
                   &job->cancelled, job->numbers, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_measured (GObject *source, GAsyncResult *result, gpointer data)
{
  (void) data;
  KdTeacherCheck *check = KD_TEACHER_CHECK (source);
  const Job *job = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  const bool ok = g_task_propagate_boolean (G_TASK (result), &error);
  if (job != check->job) /* of another session, or stopped */
    return;
  check->job = NULL;
  g_clear_handle_id (&check->look, g_source_remove);
  if (!ok) {
    g_free (check->reason);
    check->reason = g_strdup (error->message);
    change (check, KD_TEACHER_FAILED);
    return;
  }
  check->ap = job->numbers[0];
  check->ap50 = job->numbers[1];
  change (check, KD_TEACHER_MEASURED);
}

static gboolean
look (gpointer data)
{
  g_signal_emit (data, changed_signal, 0);
  return G_SOURCE_CONTINUE;
}

/* What is being measured counts for nothing any more. */
static void
drop_job (KdTeacherCheck *check)
{
  if (check->job)
    atomic_store (&check->job->cancelled, true);
  check->job = NULL;
  g_clear_handle_id (&check->look, g_source_remove);
}

void
kd_teacher_check_start (KdTeacherCheck *check)
{
  g_return_if_fail (KD_IS_TEACHER_CHECK (check));
  if (check->state == KD_TEACHER_NONE || check->state == KD_TEACHER_MEASURING)
    return;
  Job *job = g_new0 (Job, 1);
  job->path = g_strdup (check->path);
  job->scenes = kd_session_config (session_of (check))->scenes;
  job->n_images = check->n_images;
  check->job = job;
  g_autoptr (GTask) task = g_task_new (check, NULL, on_measured, NULL);
  g_task_set_task_data (task, job, free_job);
  g_task_run_in_thread (task, measure);
  check->look = g_timeout_add (LOOK_MS, look, check);
  change (check, KD_TEACHER_MEASURING);
}

void
kd_teacher_check_stop (KdTeacherCheck *check)
{
  g_return_if_fail (KD_IS_TEACHER_CHECK (check));
  if (check->state != KD_TEACHER_MEASURING)
    return;
  drop_job (check);
  check->stopped = true;
  change (check, KD_TEACHER_WAITING);
}

KdTeacherStatus
kd_teacher_check_status (KdTeacherCheck *check)
{
  g_return_val_if_fail (KD_IS_TEACHER_CHECK (check), (KdTeacherStatus){ .state = KD_TEACHER_NONE });
  const bool measured = check->state == KD_TEACHER_MEASURED;
  return (KdTeacherStatus){
    .state = check->state,
    .path = check->path,
    .done = check->job ? atomic_load (&check->job->done) : 0,
    .n_images = check->n_images,
    .ap = measured ? check->ap : NAN,
    .ap50 = measured ? check->ap50 : NAN,
    .reason = check->state == KD_TEACHER_FAILED ? check->reason : NULL,
  };
}

/* ---- the session -------------------------------------------------------------------------------------- */

static bool
is_a_student_measured (const KdTeacherCheck *check)
{
  int n;
  const KdSeriesInfo *series = kd_session_series (session_of (check), &n);
  KdPoint point;
  for (int i = 0; i < n; i++)
    if (g_str_equal (series[i].name, "ap50") &&
        kd_session_read_series (session_of (check), series[i].id, 0, &point, 1) > 0)
      return true;
  return false;
}

static void
on_series (KdTeacherCheck *check)
{
  if (check->state == KD_TEACHER_WAITING && !check->stopped && is_a_student_measured (check))
    kd_teacher_check_start (check);
}

static void
on_session (KdTeacherCheck *check)
{
  const KdConfig *config = kd_session_config (session_of (check));
  drop_job (check);
  check->stopped = false;
  check->n_images = config->eval_images;
  g_clear_pointer (&check->path, g_free);
  if (!kd_session_is_recording (session_of (check)) && config->eval_images > 0) {
    if (!config->teacher)
      check->path = kd_teacher_find (NULL);
    else if (*config->teacher)
      check->path = g_strdup (config->teacher);
  }
  change (check, check->path ? KD_TEACHER_WAITING : KD_TEACHER_NONE);
  on_series (check);
}

static void
kd_teacher_check_dispose (GObject *object)
{
  KdTeacherCheck *check = KD_TEACHER_CHECK (object);
  drop_job (check);
  if (check->model)
    g_signal_handlers_disconnect_by_data (check->model, check);
  g_clear_object (&check->model);
  g_clear_pointer (&check->path, g_free);
  g_clear_pointer (&check->reason, g_free);
  G_OBJECT_CLASS (kd_teacher_check_parent_class)->dispose (object);
}

static void
kd_teacher_check_class_init (KdTeacherCheckClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_teacher_check_dispose;
  changed_signal = g_signal_new ("changed", KD_TYPE_TEACHER_CHECK, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 0);
}

static void
kd_teacher_check_init (KdTeacherCheck *check)
{
  check->state = KD_TEACHER_NONE;
}

KdTeacherCheck *
kd_teacher_check_new (KdSessionModel *model)
{
  KdTeacherCheck *check = g_object_new (KD_TYPE_TEACHER_CHECK, NULL);
  check->model = g_object_ref (model);
  g_signal_connect_swapped (model, "session", G_CALLBACK (on_session), check);
  g_signal_connect_swapped (model, "series", G_CALLBACK (on_series), check);
  on_session (check);
  return check;
}
