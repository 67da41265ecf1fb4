/* SPDX-License-Identifier: MIT */
#include "ui/inspect-model.h"

#include "engine/base/i18n.h"
#include "ui/dump-reader.h"

#include <gio/gio.h>
#include <glib/gstdio.h>

/* A training script overwrites its dump in pieces: read it when nothing has come for this long. */
#define SETTLED_MS 300
/* From here on reading takes long enough to be noticed. */
#define LARGE_BYTES (8 << 20)

/* A dump that inspections in other threads may still read. */
typedef struct {
  KdDumpCheck *check;
  bool partial; /* the first image of several, or of a file that has not been checked */
} Opened;

typedef struct {
  const KdMethod *method;
  KdKnobs *knobs;
  KdInspection *inspection;
  char *obstacle;
  guint64 wanted, computed; /* serial numbers of what was asked for and what is there */
} Method;

struct _KdInspectModel {
  GObject parent_instance;
  Opened *opened; /* atomically counted; NULL: none */
  Opened *
      coming; /* all of a large file, while the selected method is computed on it; a reference; NULL: none */
  GArray *methods; /* Method */
  int selected;
  guint64 serial;
  bool computing;
  KdInspector *kept; /* the selected method's graph, of @kept_of; lent to the job that computes */
  Opened *kept_of;   /* a reference */
  KdDumpReader *reader; /* owned; of large files */
  GFileMonitor *monitor;
  guint settled; /* timeout after the file changed, 0: none */
};

G_DEFINE_FINAL_TYPE (KdInspectModel, kd_inspect_model, G_TYPE_OBJECT)

enum { DUMP, METHOD, SELECTED, PROBLEM, READING, N_SIGNALS };
static guint signals[N_SIGNALS];

static Method *
method_at (KdInspectModel *model, int index)
{
  return &g_array_index (model->methods, Method, index);
}

static void
clear_opened (gpointer data)
{
  kd_dump_check_free (((Opened *) data)->check);
}

static void
unref_opened (gpointer data)
{
  g_atomic_rc_box_release_full (data, clear_opened);
}

/* ---- computing -------------------------------------------------------------------------------------- */

/* One method on one dump, carried to another thread and back. */
typedef struct {
  Opened *opened;
  KdKnobs *knobs;
  int index;
  guint64 serial;
  KdInspector *inspector; /* of @opened */
} Job;

static void
free_job (gpointer data)
{
  Job *job = data;
  kd_inspector_free (job->inspector);
  unref_opened (job->opened);
  kd_knobs_free (job->knobs);
  g_free (job);
}

static void
compute (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  (void) source;
  (void) cancellable;
  const Job *job = data;
  GError *error = NULL;
  KdInspection *inspection = kd_inspector_run (job->inspector, job->knobs, NULL, &error);
  if (inspection)
    g_task_return_pointer (task, inspection, (GDestroyNotify) kd_inspection_free);
  else
    g_task_return_error (task, error);
}

static void compute_next (KdInspectModel *model);

static void
drop_kept (KdInspectModel *model)
{
  g_clear_pointer (&model->kept, kd_inspector_free);
  g_clear_pointer (&model->kept_of, unref_opened);
}

static void
keep (KdInspectModel *model, Job *job)
{
  drop_kept (model);
  model->kept = g_steal_pointer (&job->inspector);
  model->kept_of = g_atomic_rc_box_acquire (job->opened);
}

/* The graph that is there for this method and dump, or a new one. */
static KdInspector *
inspector_for (KdInspectModel *model, const Opened *opened, const KdMethod *method)
{
  if (model->kept && model->kept_of == opened && kd_inspector_method (model->kept) == method)
    return g_steal_pointer (&model->kept);
  return kd_inspector_new (opened->check->dump, MAX (1, (int) g_get_num_processors () - 1));
}

static void put_dump (KdInspectModel *model, Opened *opened, int computed);

/* What a job found, of the dump that is shown; takes @inspection. */
static void
put_inspection (KdInspectModel *model,
                const Job *job,
                KdInspection *inspection,
                const GError *error)
{
  Method *method = method_at (model, job->index);
  KdInspection *old = method->inspection;
  g_free (method->obstacle);
  method->inspection = inspection;
  method->obstacle = inspection ? NULL : g_strdup (error->message);
  method->computed = job->serial;
  g_signal_emit (model, signals[METHOD], 0, job->index);
  kd_inspection_free (old); /* its pictures are let go of by now */
}

static void
on_computed (GObject *source, GAsyncResult *result, gpointer data)
{
  (void) data;
  KdInspectModel *model = KD_INSPECT_MODEL (source);
  Job *job = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  KdInspection *inspection = g_task_propagate_pointer (G_TASK (result), &error);
  model->computing = false;
  const bool selected = job->index == model->selected;
  if (job->opened == model->coming && selected)
    put_dump (model, g_steal_pointer (&model->coming), job->index);
  if (job->opened == model->opened) {
    put_inspection (model, job, inspection, error);
    if (selected)
      keep (model, job); /* its knobs are what is turned next */
  } else {               /* of a dump that is gone, or a method that is not on screen any more */
    kd_inspection_free (inspection);
  }
  compute_next (model);
}

static bool
is_due (KdInspectModel *model, int index)
{
  const Method *method = method_at (model, index);
  return method->computed != method->wanted;
}

/* One at a time, with all workers; what is on screen first, and before that what is about to be. */
static void
compute_next (KdInspectModel *model)
{
  int index = model->selected;
  Opened *opened = model->coming ? model->coming : model->opened;
  if (model->computing || !opened)
    return;
  if (opened == model->opened && !opened->partial)
    for (int i = 0; !is_due (model, index) && i < (int) model->methods->len; i++)
      index = i;
  if (opened == model->opened && !is_due (model, index))
    return;
  Job *job = g_new0 (Job, 1);
  *job = (Job){ g_atomic_rc_box_acquire (opened), kd_knobs_copy (method_at (model, index)->knobs),
                index, method_at (model, index)->wanted,
                inspector_for (model, opened, method_at (model, index)->method) };
  model->computing = true;
  g_autoptr (GTask) task = g_task_new (model, NULL, on_computed, NULL);
  g_task_set_task_data (task, job, free_job);
  g_task_run_in_thread (task, compute);
}

/* ---- the file ---------------------------------------------------------------------------------------- */

/* Takes @check. */
static Opened *
new_opened (KdDumpCheck *check, bool partial)
{
  Opened *opened = g_atomic_rc_box_new0 (Opened);
  *opened = (Opened){ check, partial };
  return opened;
}

/* Takes the reference. @computed: the method whose inspection will be put at once; -1: none. */
static void
put_dump (KdInspectModel *model, Opened *opened, int computed)
{
  Opened *old = model->opened;
  GArray *gone = g_array_new (FALSE, FALSE, sizeof (KdInspection *));
  for (guint i = 0; i < model->methods->len; i++) {
    Method *method = method_at (model, (int) i);
    g_array_append_val (gone, method->inspection);
    method->inspection = NULL;
    g_clear_pointer (&method->obstacle, g_free);
    if ((int) i != computed)
      method->wanted = ++model->serial;
  }
  model->opened = opened;
  drop_kept (model);
  g_signal_emit (model, signals[DUMP], 0);
  for (guint i = 0; i < gone->len; i++)
    kd_inspection_free (g_array_index (gone, KdInspection *, i));
  g_array_unref (gone);
  g_clear_pointer (&old, unref_opened);
}

static bool
read_dump (KdInspectModel *model, const char *path, GError **error)
{
  KdDumpCheck *check = kd_dump_read (path, NULL, error);
  if (check) {
    put_dump (model, new_opened (check, false), -1);
    compute_next (model);
  }
  return check != NULL;
}

static void
on_first (void *user, KdDumpCheck *check)
{
  KdInspectModel *model = user;
  put_dump (model, new_opened (check, true), -1);
  compute_next (model);
}

static void
on_all (void *user, KdDumpCheck *check)
{
  KdInspectModel *model = user;
  model->coming = new_opened (check, false);
  compute_next (model);
}

static void
on_failed (void *user, const GError *error)
{
  g_signal_emit (user, signals[PROBLEM], 0, error->message);
}

static void
on_progress (void *user)
{
  g_signal_emit (user, signals[READING], 0);
}

/* A large file is read beside the window, which stays alive: its first image in a moment, unless an older one is on screen. What is wrong with it
 * comes as "problem". */
static bool
read_large (KdInspectModel *model, const char *path, bool first)
{
  GStatBuf about;
  kd_dump_reader_stop (model->reader);
  g_clear_pointer (&model->coming, unref_opened);
  if (g_stat (path, &about) != 0 || about.st_size < LARGE_BYTES)
    return false;
  kd_dump_reader_start (model->reader, path, first);
  return true;
}

/* What is on screen stays there until all of the file is. */
static void
read_again (KdInspectModel *model)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_strdup (model->opened->check->dump->path);
  if (!read_large (model, path, false) && !read_dump (model, path, &error)) {
    g_autofree char *text =
        g_strdup_printf (_ ("%s; what was read before stays on screen"), error->message);
    g_signal_emit (model, signals[PROBLEM], 0, text);
  }
}

static gboolean
on_settled (gpointer data)
{
  KdInspectModel *model = data;
  model->settled = 0;
  read_again (model);
  return G_SOURCE_REMOVE;
}

static void
on_file_changed (KdInspectModel *model, GFile *file, GFile *other, GFileMonitorEvent event)
{
  (void) file;
  (void) other;
  if (event == G_FILE_MONITOR_EVENT_DELETED || event == G_FILE_MONITOR_EVENT_ATTRIBUTE_CHANGED)
    return; /* a new one may follow */
  g_clear_handle_id (&model->settled, g_source_remove);
  model->settled = g_timeout_add (SETTLED_MS, on_settled, model);
}

static void
watch_file (KdInspectModel *model, const char *path)
{
  if (model->monitor)
    g_signal_handlers_disconnect_by_data (model->monitor, model);
  g_clear_object (&model->monitor);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  model->monitor = g_file_monitor_file (file, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
  if (model->monitor)
    g_signal_connect_swapped (model->monitor, "changed", G_CALLBACK (on_file_changed), model);
}

bool
kd_inspect_model_open (KdInspectModel *model, const char *path, GError **error)
{
  g_return_val_if_fail (KD_IS_INSPECT_MODEL (model), false);
  if (!read_large (model, path, true) && !read_dump (model, path, error))
    return false;
  watch_file (model, path);
  return true;
}

const KdDump *
kd_inspect_model_get_dump (KdInspectModel *model)
{
  g_return_val_if_fail (KD_IS_INSPECT_MODEL (model), NULL);
  return model->opened ? model->opened->check->dump : NULL;
}

const KdDumpCheck *
kd_inspect_model_get_check (KdInspectModel *model)
{
  g_return_val_if_fail (KD_IS_INSPECT_MODEL (model), NULL);
  return model->opened ? model->opened->check : NULL;
}

double
kd_inspect_model_get_progress (KdInspectModel *model)
{
  g_return_val_if_fail (KD_IS_INSPECT_MODEL (model), -1);
  return model->coming ? 1 : kd_dump_reader_progress (model->reader);
}

bool
kd_inspect_model_is_partial (KdInspectModel *model)
{
  g_return_val_if_fail (KD_IS_INSPECT_MODEL (model), false);
  return model->opened && model->opened->partial;
}

void
kd_inspect_model_read_all (KdInspectModel *model)
{
  g_return_if_fail (KD_IS_INSPECT_MODEL (model) && model->opened);
  read_again (model);
}

void
kd_inspect_model_stop (KdInspectModel *model)
{
  g_return_if_fail (KD_IS_INSPECT_MODEL (model));
  g_clear_pointer (&model->coming, unref_opened);
  kd_dump_reader_stop (model->reader);
  g_signal_emit (model, signals[READING], 0);
}

/* ---- methods ------------------------------------------------------------------------------------------- */

int
kd_inspect_model_count (KdInspectModel *model)
{
  g_return_val_if_fail (KD_IS_INSPECT_MODEL (model), 0);
  return (int) model->methods->len;
}

#define CHECK_INDEX(model, index, value)                                                           \
  g_return_val_if_fail (                                                                           \
      KD_IS_INSPECT_MODEL (model) && index >= 0 && index < (int) model->methods->len, value)

const KdMethod *
kd_inspect_model_get_method (KdInspectModel *model, int index)
{
  CHECK_INDEX (model, index, NULL);
  return method_at (model, index)->method;
}

KdKnobs *
kd_inspect_model_get_knobs (KdInspectModel *model, int index)
{
  CHECK_INDEX (model, index, NULL);
  return kd_knobs_copy (method_at (model, index)->knobs);
}

const KdInspection *
kd_inspect_model_get_inspection (KdInspectModel *model, int index)
{
  CHECK_INDEX (model, index, NULL);
  return method_at (model, index)->inspection;
}

const char *
kd_inspect_model_get_obstacle (KdInspectModel *model, int index)
{
  CHECK_INDEX (model, index, NULL);
  return method_at (model, index)->obstacle;
}

KdPicture *
kd_inspect_model_get_picture (KdInspectModel *model, int index, int image)
{
  CHECK_INDEX (model, index, NULL);
  const Method *method = method_at (model, index);
  if (!method->inspection || image >= model->opened->check->dump->n_images)
    return NULL;
  return kd_picture_of_inspection (model->opened->check->dump, method->method, method->inspection,
                                   image);
}

int
kd_inspect_model_get_selected (KdInspectModel *model)
{
  g_return_val_if_fail (KD_IS_INSPECT_MODEL (model), 0);
  return model->selected;
}

void
kd_inspect_model_select (KdInspectModel *model, int index)
{
  g_return_if_fail (KD_IS_INSPECT_MODEL (model) && index >= 0 && index < (int) model->methods->len);
  if (model->selected == index)
    return;
  model->selected = index;
  g_signal_emit (model, signals[SELECTED], 0);
  compute_next (model);
}

void
kd_inspect_model_set_knobs (KdInspectModel *model, int index, const KdKnobs *knobs)
{
  g_return_if_fail (KD_IS_INSPECT_MODEL (model) && index >= 0 && index < (int) model->methods->len);
  Method *method = method_at (model, index);
  KdKnobs *old = method->knobs;
  method->knobs = kd_knobs_copy (knobs);
  kd_knobs_free (old);
  method->wanted = ++model->serial;
  compute_next (model);
}

/* ---- life ------------------------------------------------------------------------------------------------ */

static void
clear_method (gpointer data)
{
  Method *method = data;
  kd_knobs_free (method->knobs);
  kd_inspection_free (method->inspection);
  g_free (method->obstacle);
}

static void
kd_inspect_model_dispose (GObject *object)
{
  KdInspectModel *model = KD_INSPECT_MODEL (object);
  if (model->monitor)
    g_signal_handlers_disconnect_by_data (model->monitor, model);
  g_clear_object (&model->monitor);
  g_clear_pointer (&model->reader, kd_dump_reader_free);
  g_clear_pointer (&model->coming, unref_opened);
  g_clear_handle_id (&model->settled, g_source_remove);
  G_OBJECT_CLASS (kd_inspect_model_parent_class)->dispose (object);
}

static void
kd_inspect_model_finalize (GObject *object)
{
  KdInspectModel *model = KD_INSPECT_MODEL (object);
  g_array_unref (model->methods);
  drop_kept (model);
  g_clear_pointer (&model->opened, unref_opened);
  G_OBJECT_CLASS (kd_inspect_model_parent_class)->finalize (object);
}

static void
kd_inspect_model_class_init (KdInspectModelClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_inspect_model_dispose;
  G_OBJECT_CLASS (class)->finalize = kd_inspect_model_finalize;
  static const struct {
    const char *name;
    GType argument;
  } named[N_SIGNALS] = { { "dump", G_TYPE_NONE },
                         { "method", G_TYPE_INT },
                         { "selected", G_TYPE_NONE },
                         { "problem", G_TYPE_STRING },
                         { "reading", G_TYPE_NONE } };
  for (int i = 0; i < N_SIGNALS; i++)
    signals[i] =
        g_signal_new (named[i].name, KD_TYPE_INSPECT_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, named[i].argument != G_TYPE_NONE, named[i].argument);
}

/* A dump's values: the paper's, without scale and ramp. */
static void
kd_inspect_model_init (KdInspectModel *model)
{
  static const KdDumpReaderEvents events = { on_first, on_all, on_failed, on_progress };
  model->reader = kd_dump_reader_new (&events, model);
  model->methods = g_array_new (FALSE, TRUE, sizeof (Method));
  g_array_set_clear_func (model->methods, clear_method);
  int n_methods;
  const KdMethod *const *methods = kd_methods (&n_methods);
  for (int i = 0; i < n_methods; i++) {
    const Method method = { .method = methods[i], .knobs = kd_knobs_new (methods[i], NULL, NULL) };
    if (methods[i]->n_knobs)
      g_array_append_val (model->methods, method);
    else
      kd_knobs_free (method.knobs); /* the twin sees nothing */
  }
}

KdInspectModel *
kd_inspect_model_new (void)
{
  return g_object_new (KD_TYPE_INSPECT_MODEL, NULL);
}
