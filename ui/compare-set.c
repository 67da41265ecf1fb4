/* SPDX-License-Identifier: MIT */
#include "ui/compare-set.h"

#include "ui/chart-kind.h"
#include "ui/compare-picture.h"

#include <gio/gio.h>
#include <math.h>
#include <string.h>

static const char *const curve_names[KD_N_COLUMN_CURVES] = { "ap50", "ap", "loss.total" };

typedef struct {
  KdCompareColumn column;
  int run;                        /* of the live session */
  int series[KD_N_COLUMN_CURVES]; /* of the live session */
  size_t read[KD_N_COLUMN_CURVES];
  KdPoint best;            /* of AP50 */
  char *folder;            /* NULL: live */
  KdRunPictures *pictures; /* of the folder */
} Column;

struct _KdCompareSet {
  GObject parent_instance;
  KdSessionModel *model; /* owned */
  GPtrArray *columns;    /* Column */
  bool live, shown;
  uint64_t image;       /* of folders */
  GCancellable *making; /* pictures of folders; NULL: none are being made */
};

G_DEFINE_FINAL_TYPE (KdCompareSet, kd_compare_set, G_TYPE_OBJECT)

enum { LEAVING, COLUMNS, CHANGED, FAILED, N_SIGNALS };
static guint signals[N_SIGNALS];

static KdSession *
session_of (KdCompareSet *set)
{
  return kd_session_model_get_session (set->model);
}

/* From @n on; whoever borrowed from them hears it first. */
static void
drop_columns (KdCompareSet *set, guint n)
{
  g_signal_emit (set, signals[LEAVING], 0);
  g_ptr_array_set_size (set->columns, (int) n);
}

static void
free_column (gpointer data)
{
  Column *column = data;
  g_free (column->column.title);
  kd_knobs_free (column->column.knobs);
  g_clear_pointer (&column->column.picture, kd_picture_unref);
  for (int i = 0; i < KD_N_COLUMN_CURVES; i++)
    kd_curve_free (column->column.curves[i]);
  kd_run_pictures_free (column->pictures);
  g_free (column->folder);
  g_free (column);
}

static Column *
new_column (const char *title, const KdKnobs *knobs)
{
  Column *column = g_new0 (Column, 1);
  column->column.title = g_strdup (title);
  column->column.knobs = kd_knobs_copy (knobs);
  column->column.method = kd_knobs_method (knobs);
  column->column.steps_per_s = NAN;
  column->best.value = NAN;
  for (int i = 0; i < KD_N_COLUMN_CURVES; i++)
    column->column.curves[i] = kd_curve_new ();
  return column;
}

static void
add_point (Column *column, KdColumnCurve curve, KdPoint point)
{
  point.value = kd_chart_value (curve_names[curve], point.value);
  kd_curve_append (column->column.curves[curve], (double) point.step, point.value);
  column->column.step = MAX (column->column.step, point.step);
  if (curve == KD_COLUMN_AP50 && !(point.value <= column->best.value))
    column->best = point;
}

/* ---- the live session ------------------------------------------------------------------------------- */

static void
grow_curves (KdCompareSet *set, Column *column)
{
  for (int i = 0; i < KD_N_COLUMN_CURVES; i++) {
    KdPoint points[256];
    size_t got;
    while (column->series[i] >= 0 &&
           (got = kd_session_read_series (session_of (set), column->series[i], column->read[i],
                                          points, G_N_ELEMENTS (points))) > 0) {
      for (size_t k = 0; k < got; k++)
        add_point (column, i, points[k]);
      column->read[i] += got;
    }
  }
}

static void
find_series (KdCompareSet *set, Column *column)
{
  int n_series;
  const KdSeriesInfo *series = kd_session_series (session_of (set), &n_series);
  for (int i = 0; i < KD_N_COLUMN_CURVES; i++) {
    column->series[i] = -1;
    for (int k = 0; k < n_series; k++) {
      if (series[k].run == column->run && g_str_equal (series[k].name, curve_names[i]))
        column->series[i] = series[k].id;
    }
  }
}

static void
on_status (KdCompareSet *set)
{
  if (!set->live || !set->shown)
    return;
  const KdStatus status = kd_session_status (session_of (set));
  for (guint i = 0; i < set->columns->len; i++) {
    Column *column = g_ptr_array_index (set->columns, i);
    if (column->series[KD_COLUMN_LOSS] < 0)
      find_series (set, column);
    grow_curves (set, column);
    column->column.steps_per_s = status.steps_per_s;
    kd_knobs_free (column->column.knobs);
    column->column.knobs = kd_session_run_knobs (session_of (set), column->run);
  }
  g_signal_emit (set, signals[CHANGED], 0);
}

static void
on_snapshot (KdCompareSet *set)
{
  KdSnapshot *snapshot = kd_session_model_get_snapshot (set->model);
  if (!set->live || !set->shown || !snapshot)
    return;
  for (guint i = 0; i < set->columns->len; i++) {
    Column *column = g_ptr_array_index (set->columns, i);
    g_clear_pointer (&column->column.picture, kd_picture_unref);
    column->column.picture = kd_picture_of_snapshot (session_of (set), snapshot, column->run);
  }
  g_signal_emit (set, signals[CHANGED], 0);
}

/* What every run has, and the first map of each method's own. */
static void
watch (KdCompareSet *set)
{
  if (!set->live || !set->shown)
    return;
  int n_probes;
  const KdProbeInfo *probes = kd_session_probes (session_of (set), &n_probes);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (int));
  for (int i = 0; i < n_probes; i++) {
    const KdProbeInfo *info = &probes[i];
    if (g_str_equal (info->name, "student_feat") || g_str_equal (info->name, "loss_density") ||
        g_str_equal (info->name, "pull"))
      g_array_append_val (ids, info->id);
  }
  kd_session_watch (session_of (set), (const int *) (void *) ids->data, (int) ids->len);
  kd_session_want_snapshot (session_of (set));
}

/* Old pictures know probes that are gone. */
static void
on_probes (KdCompareSet *set)
{
  for (guint i = 0; set->live && i < set->columns->len; i++)
    g_clear_pointer (&((Column *) g_ptr_array_index (set->columns, i))->column.picture,
                     kd_picture_unref);
  watch (set);
}

/* "FGD", and "FGD-2" for the second of a method: a run's id begins with its method's. */
static char *
live_title (KdSession *session, int run)
{
  const KdMethod *method = kd_session_run_method (session, run);
  const char *id = kd_session_run_id (session, run);
  return g_str_has_prefix (id, method->id)
             ? g_strconcat (method->title, id + strlen (method->id), NULL)
             : g_strdup (id);
}

void
kd_compare_set_show_live (KdCompareSet *set)
{
  g_return_if_fail (KD_IS_COMPARE_SET (set));
  if (set->making)
    g_cancellable_cancel (set->making);
  g_clear_object (&set->making);
  set->live = true;
  drop_columns (set, 0);
  KdSession *session = session_of (set);
  for (int run = 0; run < kd_session_runs (session); run++) {
    KdKnobs *knobs = kd_session_run_knobs (session, run);
    g_autofree char *title = live_title (session, run);
    Column *column = new_column (title, knobs);
    kd_knobs_free (knobs);
    column->run = run;
    const KdConfig *config = kd_session_config (session);
    column->column.seed = config ? config->seed : 0;
    find_series (set, column);
    g_ptr_array_add (set->columns, column);
  }
  g_signal_emit (set, signals[COLUMNS], 0);
  watch (set);
  on_status (set);
  on_snapshot (set);
}

static void
on_session (KdCompareSet *set)
{
  if (set->live)
    kd_compare_set_show_live (set);
}

void
kd_compare_set_watch (KdCompareSet *set, bool shown)
{
  g_return_if_fail (KD_IS_COMPARE_SET (set));
  set->shown = shown;
  watch (set);
  on_status (set);
  on_snapshot (set);
}

/* ---- folders ------------------------------------------------------------------------------------------ */

typedef struct {
  char *folder;
  uint64_t image;
} Making;

static void
free_making (gpointer data)
{
  Making *making = data;
  g_free (making->folder);
  g_free (making);
}

static void
make_picture (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  (void) source;
  (void) cancellable;
  const Making *making = data;
  GError *error = NULL;
  KdRunPictures *pictures = kd_run_pictures_open (making->folder, making->image, 1, &error);
  if (pictures)
    g_task_return_pointer (task, pictures, (GDestroyNotify) kd_run_pictures_free);
  else
    g_task_return_error (task, error);
}

static void
on_picture_made (GObject *source, GAsyncResult *result, gpointer data)
{
  (void) data;
  KdCompareSet *set = KD_COMPARE_SET (source);
  g_autoptr (GError) error = NULL;
  const Making *making = g_task_get_task_data (G_TASK (result));
  KdRunPictures *pictures = g_task_propagate_pointer (G_TASK (result), &error);
  if (!pictures) {
    if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
      g_signal_emit (set, signals[FAILED], 0, error->message);
    return;
  }
  for (guint i = 0; i < set->columns->len; i++) {
    Column *column = g_ptr_array_index (set->columns, i);
    if (g_strcmp0 (column->folder, making->folder) != 0 || set->image != making->image)
      continue;
    g_clear_pointer (&column->column.picture, kd_picture_unref);
    kd_run_pictures_free (column->pictures);
    column->pictures = g_steal_pointer (&pictures);
    column->column.picture = kd_picture_of_run (column->pictures);
    g_signal_emit (set, signals[CHANGED], 0);
    return;
  }
  kd_run_pictures_free (pictures); /* nobody wants it any more */
}

static void
make_pictures (KdCompareSet *set, const Column *column)
{
  if (!set->making)
    set->making = g_cancellable_new ();
  g_autoptr (GTask) task = g_task_new (set, set->making, on_picture_made, NULL);
  Making *making = g_new0 (Making, 1);
  *making = (Making){ g_strdup (column->folder), set->image };
  g_task_set_task_data (task, making, free_making);
  g_task_run_in_thread (task, make_picture);
}

static bool
open_run (KdCompareSet *set, const char *folder, GError **error)
{
  for (guint i = 0; i < set->columns->len; i++) {
    const Column *column = g_ptr_array_index (set->columns, i);
    if (g_strcmp0 (column->folder, folder) == 0)
      return true; /* it is there already */
  }
  KdRunLog *log = kd_run_log_open (folder, error);
  if (!log)
    return false;
  g_autofree char *title = kd_compare_title (folder);
  Column *column = new_column (title, log->config->runs[0].knobs);
  column->folder = g_strdup (folder);
  column->column.seed = log->config->seed;
  column->column.steps_per_s = log->steps_per_s;
  for (int i = 0; i < KD_N_COLUMN_CURVES; i++) {
    const GArray *points = kd_run_log_find (log, curve_names[i]);
    for (guint k = 0; points && k < points->len; k++)
      add_point (column, i, g_array_index (points, KdPoint, k));
  }
  kd_run_log_free (log);
  g_ptr_array_add (set->columns, column);
  make_pictures (set, column);
  return true;
}

/* A session's folder holds one folder a run. */
static bool
open_runs (KdCompareSet *set, const char *folder, GError **error)
{
  g_auto (GStrv) runs = kd_run_folders (folder, error);
  bool ok = runs != NULL;
  for (int i = 0; ok && runs[i]; i++)
    ok = open_run (set, runs[i], error);
  return ok;
}

/* Differences are to the first column: the undistilled one, wherever its folder came among those dropped together. */
static void
put_twin_first (KdCompareSet *set)
{
  for (guint i = 0; i < set->columns->len; i++) {
    Column *column = g_ptr_array_index (set->columns, i);
    if (!g_str_equal (column->column.method->id, "none"))
      continue;
    for (guint k = i; k > 0; k--)
      set->columns->pdata[k] = set->columns->pdata[k - 1];
    set->columns->pdata[0] = column;
    return;
  }
}

bool
kd_compare_set_open (KdCompareSet *set, const char *folder, GError **error)
{
  g_return_val_if_fail (KD_IS_COMPARE_SET (set), false);
  const guint n_before = set->live ? 0 : set->columns->len;
  if (set->live) {
    drop_columns (set, 0);
    set->live = false;
  }
  if (!open_runs (set, folder, error)) {
    drop_columns (set, n_before);
    if (n_before == 0)
      kd_compare_set_show_live (set);
    return false;
  }
  if (set->columns->len > KD_MAX_RUNS) {
    drop_columns (set, KD_MAX_RUNS);
    g_signal_emit (set, signals[FAILED], 0, "Twelve runs fit side by side; the rest is left out");
  }
  put_twin_first (set);
  g_signal_emit (set, signals[COLUMNS], 0);
  return true;
}

bool
kd_compare_set_is_live (KdCompareSet *set)
{
  g_return_val_if_fail (KD_IS_COMPARE_SET (set), true);
  return set->live;
}

void
kd_compare_set_pin_image (KdCompareSet *set, uint64_t index)
{
  g_return_if_fail (KD_IS_COMPARE_SET (set));
  set->image = index;
  if (set->live) {
    kd_session_pin_image (session_of (set), index);
    return;
  }
  for (guint i = 0; i < set->columns->len; i++)
    make_pictures (set, g_ptr_array_index (set->columns, i));
}

/* ---- pictures from elsewhere -------------------------------------------------------------------------- */

/* The place of a method in kd_methods (). */
static int
place_of (const KdMethod *method)
{
  int n = 0, place = 0;
  const KdMethod *const *methods = kd_methods (&n);
  while (place < n && methods[place] != method)
    place++;
  return place;
}

void
kd_compare_set_put (KdCompareSet *set, const char *title, const KdKnobs *knobs, KdPicture *picture)
{
  g_return_if_fail (KD_IS_COMPARE_SET (set) && picture);
  set->live = false;
  for (guint i = 0; i < set->columns->len; i++) {
    Column *column = g_ptr_array_index (set->columns, i);
    if (!g_str_equal (column->column.title, title))
      continue;
    kd_picture_ref (picture);
    g_clear_pointer (&column->column.picture, kd_picture_unref);
    column->column.picture = picture;
    g_signal_emit (set, signals[CHANGED], 0);
    return;
  }
  if (set->columns->len == KD_MAX_RUNS)
    return;
  Column *column = new_column (title, knobs);
  column->column.picture = kd_picture_ref (picture);
  guint at = 0;
  while (at < set->columns->len &&
         place_of (column->column.method) > place_of (kd_compare_set_at (set, (int) at)->method))
    at++;
  g_ptr_array_insert (set->columns, (int) at, column);
  g_signal_emit (set, signals[COLUMNS], 0);
}

void
kd_compare_set_clear (KdCompareSet *set)
{
  g_return_if_fail (KD_IS_COMPARE_SET (set));
  set->live = false;
  drop_columns (set, 0);
  g_signal_emit (set, signals[COLUMNS], 0);
}

/* ---- reading --------------------------------------------------------------------------------------------- */

int
kd_compare_set_count (KdCompareSet *set)
{
  g_return_val_if_fail (KD_IS_COMPARE_SET (set), 0);
  return (int) set->columns->len;
}

const KdCompareColumn *
kd_compare_set_at (KdCompareSet *set, int index)
{
  g_return_val_if_fail (KD_IS_COMPARE_SET (set) && index >= 0 && index < (int) set->columns->len,
                        NULL);
  return &((Column *) g_ptr_array_index (set->columns, (guint) index))->column;
}

double
kd_compare_column_last (const KdCompareColumn *column, KdColumnCurve curve)
{
  double x, y;
  return kd_curve_at (column->curves[curve], INFINITY, &x, &y) ? y : NAN;
}

double
kd_compare_column_best (const KdCompareColumn *column, int64_t *step)
{
  const Column *whole = (const Column *) (const void *) column;
  *step = whole->best.step;
  return whole->best.value;
}

/* ---- life -------------------------------------------------------------------------------------------------- */

static void
kd_compare_set_dispose (GObject *object)
{
  KdCompareSet *set = KD_COMPARE_SET (object);
  if (set->making)
    g_cancellable_cancel (set->making);
  g_clear_object (&set->making);
  if (set->model)
    g_signal_handlers_disconnect_by_data (set->model, set);
  g_ptr_array_set_size (set->columns, 0);
  g_clear_object (&set->model);
  G_OBJECT_CLASS (kd_compare_set_parent_class)->dispose (object);
}

static void
kd_compare_set_finalize (GObject *object)
{
  g_ptr_array_unref (KD_COMPARE_SET (object)->columns);
  G_OBJECT_CLASS (kd_compare_set_parent_class)->finalize (object);
}

static void
kd_compare_set_class_init (KdCompareSetClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_compare_set_dispose;
  G_OBJECT_CLASS (class)->finalize = kd_compare_set_finalize;
  static const char *const names[N_SIGNALS] = { "leaving", "columns", "changed", "failed" };
  for (int i = 0; i < N_SIGNALS; i++)
    signals[i] = g_signal_new (names[i], KD_TYPE_COMPARE_SET, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                               NULL, G_TYPE_NONE, i == FAILED, G_TYPE_STRING);
}

static void
kd_compare_set_init (KdCompareSet *set)
{
  set->columns = g_ptr_array_new_with_free_func (free_column);
  set->live = true;
}

KdCompareSet *
kd_compare_set_new (KdSessionModel *model)
{
  KdCompareSet *set = g_object_new (KD_TYPE_COMPARE_SET, NULL);
  if (!model) {
    set->live = false;
    return set;
  }
  set->model = g_object_ref (model);
  g_signal_connect_swapped (model, "session", G_CALLBACK (on_session), set);
  g_signal_connect_swapped (model, "probes", G_CALLBACK (on_probes), set);
  g_signal_connect_swapped (model, "snapshot", G_CALLBACK (on_snapshot), set);
  g_signal_connect_swapped (model, "status", G_CALLBACK (on_status), set);
  kd_compare_set_show_live (set);
  return set;
}
