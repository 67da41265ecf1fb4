/* SPDX-License-Identifier: MIT */
#include "ui/run-list.h"

#include "engine/base/i18n.h"
#include "engine/render/render.h"
#include "ui/live-text.h"
#include "ui/swatch.h"

#include <math.h>

/* One student: its row in the list and where its numbers have been read up to. */
typedef struct {
  GtkWidget *row, *numbers;
  int ap50_series, loss_series;
  size_t ap50_read, loss_read;
  double ap50, loss;
} Student;

struct _KdRunList {
  GtkBox parent_instance;
  KdSessionModel *model; /* owned */
  GtkWidget *list;
  Student students[KD_MAX_RUNS];
  int n_students;
  int64_t limit;   /* the last step that was read */
  bool rebuilding; /* rows come and go: nobody chose */
};

G_DEFINE_FINAL_TYPE (KdRunList, kd_run_list, GTK_TYPE_BOX)

/* The last point of a series from index *@read on, up to step @limit; leaves @value when nothing is new. */
static void
read_last (KdSession *session, int series, int64_t limit, size_t *read, double *value)
{
  KdPoint points[256];
  size_t got;
  while (series >= 0 && (got = kd_session_read_series (session, series, *read, points,
                                                       G_N_ELEMENTS (points))) > 0) {
    for (size_t i = 0; i < got; i++) {
      if (points[i].step > limit)
        return;
      *value = points[i].value;
      ++*read;
    }
  }
}

/* The step whose pictures are on screen, of a recording or an earlier keyframe; live: without end. */
static int64_t
find_limit (KdRunList *self)
{
  return kd_session_model_is_back (self->model) ? kd_session_model_get_step (self->model)
                                                : G_MAXINT64;
}

/* Numbers belong to the pictures beside them: scrubbing back takes them back. */
static void
go_to (KdRunList *self, int64_t limit)
{
  for (int i = 0; limit < self->limit && i < self->n_students; i++) {
    Student *student = &self->students[i];
    student->ap50_read = student->loss_read = 0;
    student->ap50 = student->loss = NAN;
  }
  self->limit = limit;
}

static void
show_numbers (KdRunList *self)
{
  KdSession *session = kd_session_model_get_session (self->model);
  go_to (self, find_limit (self));
  for (int i = 0; i < self->n_students; i++) {
    Student *student = &self->students[i];
    read_last (session, student->ap50_series, self->limit, &student->ap50_read, &student->ap50);
    read_last (session, student->loss_series, self->limit, &student->loss_read, &student->loss);
    char loss[32];
    kd_number_format (student->loss, loss, sizeof loss);
    g_autofree char *ap50 =
        isnan (student->ap50) ? NULL : g_strdup_printf (_ ("AP50 %.1f %%"), 100 * student->ap50);
    g_autofree char *text = !isnan (student->loss)
                                /* a dash: there is no room for a sentence beside a number */
                                ? g_strdup_printf (_ ("%s   loss %s"), ap50 ? ap50 : "AP50 –", loss)
                                : g_strdup (ap50 ? ap50 : _ ("AP50 not yet measured"));
    kd_live_text_set (KD_LIVE_TEXT (student->numbers), text);
  }
}

/* While training, "series" says when there is something new. */
static void
on_snapshot (KdRunList *self)
{
  if (find_limit (self) != self->limit)
    show_numbers (self);
}

static void
find_series (KdRunList *self)
{
  int n_series;
  const KdSeriesInfo *series =
      kd_session_series (kd_session_model_get_session (self->model), &n_series);
  for (int i = 0; i < n_series; i++) {
    if (series[i].run < 0 || series[i].run >= self->n_students)
      continue;
    Student *student = &self->students[series[i].run];
    if (g_str_equal (series[i].name, "ap50"))
      student->ap50_series = series[i].id;
    else if (g_str_equal (series[i].name, "loss.total"))
      student->loss_series = series[i].id;
  }
  show_numbers (self);
}

static void
on_row_selected (GtkListBox *list, GtkListBoxRow *row, gpointer data)
{
  (void) list;
  KdRunList *self = data;
  if (row && !self->rebuilding)
    kd_session_model_select (self->model, gtk_list_box_row_get_index (row));
}

static void
on_model_selected (KdRunList *self)
{
  GtkListBox *list = GTK_LIST_BOX (self->list);
  gtk_list_box_select_row (
      list, gtk_list_box_get_row_at_index (list, kd_session_model_get_selected (self->model)));
}

static void
add_student (KdRunList *self, int run)
{
  KdSession *session = kd_session_model_get_session (self->model);
  const KdMethod *method = kd_session_run_method (session, run);
  Student *student = &self->students[run];
  *student = (Student){ .ap50_series = -1, .loss_series = -1, .ap50 = NAN, .loss = NAN };

  GtkWidget *title = gtk_label_new (kd_translated (method->title));
  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_label_set_ellipsize (GTK_LABEL (title), PANGO_ELLIPSIZE_END);
  student->numbers = kd_live_text_new (KD_LIVE_LINE, 0, 0);
  gtk_widget_add_css_class (student->numbers, "caption");
  gtk_widget_add_css_class (student->numbers, "dim-label");
  gtk_widget_add_css_class (student->numbers, "numeric");

  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_widget_set_hexpand (texts, TRUE);
  gtk_box_append (GTK_BOX (texts), title);
  gtk_box_append (GTK_BOX (texts), student->numbers);
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  gtk_widget_set_margin_start (line, 6);
  gtk_widget_set_margin_end (line, 6);
  gtk_widget_set_margin_top (line, 4);
  gtk_widget_set_margin_bottom (line, 4);
  gtk_box_append (GTK_BOX (line), kd_swatch_new (run));
  gtk_box_append (GTK_BOX (line), texts);
  gtk_list_box_append (GTK_LIST_BOX (self->list), line);
  student->row = gtk_widget_get_parent (line);
  gtk_accessible_update_property (GTK_ACCESSIBLE (student->row), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  kd_translated (method->title), -1);
}

static void
rebuild (KdRunList *self)
{
  GtkListBoxRow *row;
  self->rebuilding = true;
  while ((row = gtk_list_box_get_row_at_index (GTK_LIST_BOX (self->list), 0)))
    gtk_list_box_remove (GTK_LIST_BOX (self->list), GTK_WIDGET (row));
  self->n_students = kd_session_runs (kd_session_model_get_session (self->model));
  for (int i = 0; i < self->n_students; i++)
    add_student (self, i);
  on_model_selected (self);
  self->rebuilding = false;
  find_series (self);
}

static void
kd_run_list_dispose (GObject *object)
{
  KdRunList *self = KD_RUN_LIST (object);
  if (self->model)
    g_signal_handlers_disconnect_by_data (self->model, self);
  g_clear_object (&self->model);
  G_OBJECT_CLASS (kd_run_list_parent_class)->dispose (object);
}

static void
kd_run_list_class_init (KdRunListClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_run_list_dispose;
}

static void
kd_run_list_init (KdRunList *self)
{
  self->list = gtk_list_box_new ();
  gtk_widget_set_hexpand (self->list, TRUE);
  gtk_widget_add_css_class (self->list, "boxed-list");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  C_ ("list", "Students"), -1);
  gtk_box_append (GTK_BOX (self), self->list);
}

GtkWidget *
kd_run_list_new (KdSessionModel *model)
{
  KdRunList *self = g_object_new (KD_TYPE_RUN_LIST, NULL);
  self->model = g_object_ref (model);
  g_signal_connect (self->list, "row-selected", G_CALLBACK (on_row_selected), self);
  g_signal_connect_swapped (model, "session", G_CALLBACK (rebuild), self);
  g_signal_connect_swapped (model, "selected", G_CALLBACK (on_model_selected), self);
  g_signal_connect_swapped (model, "probes", G_CALLBACK (find_series), self);
  g_signal_connect_swapped (model, "series", G_CALLBACK (show_numbers), self);
  g_signal_connect_swapped (model, "shown", G_CALLBACK (show_numbers), self);
  g_signal_connect_swapped (model, "snapshot", G_CALLBACK (on_snapshot), self);
  rebuild (self);
  return GTK_WIDGET (self);
}
