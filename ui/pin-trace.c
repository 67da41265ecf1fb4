/* SPDX-License-Identifier: MIT */
#include "ui/pin-trace.h"

#include "engine/base/i18n.h"
#include "ui/chart-view.h"

#include <adwaita.h>
#include <math.h>

#define HEIGHT_PX 112
/* Keyframes come seldom; the picture on screen goes on between them. */
#define INTERVAL_MS 250

typedef struct {
  int64_t step;
  float values[KD_MAX_PINS];
} Moment;

struct _KdPinTrace {
  GtkBox parent_instance;
  KdSessionModel *sessions; /* owned */
  KdWallModel *model;       /* owned */
  KdViewPort *port;         /* owned */
  GtkWidget *choice, *chart;
  char *row; /* name of the chosen one */
  int place;
  GArray *moments; /* Moment, of keyframes, by step */
  uint64_t image;  /* that they are of */
  KdView view;     /* and the channel rule they were read by */
  KdPin pins[KD_MAX_PINS];
  int n_pins;
  KdCurve *curves[KD_MAX_PINS];
  guint refresh; /* timeout, 0: none */
  bool choosing; /* the list is being filled: nobody chose */
};

G_DEFINE_FINAL_TYPE (KdPinTrace, kd_pin_trace, GTK_TYPE_BOX)

/* ---- the map ------------------------------------------------------------------------------------------- */

static const KdWallRowData *
row_at (const KdPinTrace *trace, guint index)
{
  return &g_array_index (kd_wall_model_get_rows (trace->model), KdWallRowData, index);
}

/* Of the chosen name; else of the first map there is. -1: no maps. */
static int
find_row (const KdPinTrace *trace)
{
  const guint n = kd_wall_model_get_rows (trace->model)->len;
  int first = -1;
  for (guint i = 0; i < n; i++) {
    const KdWallRowData *row = row_at (trace, i);
    if (row->kind == KD_PROBE_VECTOR)
      continue;
    if (!g_strcmp0 (row->name, trace->row))
      return (int) i;
    first = first < 0 ? (int) i : first;
  }
  return first;
}

static void
offer_rows (KdPinTrace *trace)
{
  const guint n = kd_wall_model_get_rows (trace->model)->len;
  const int chosen = find_row (trace);
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);
  guint selected = 0;
  for (guint i = 0; i < n; i++) {
    if (row_at (trace, i)->kind == KD_PROBE_VECTOR)
      continue;
    if ((int) i == chosen)
      selected = g_list_model_get_n_items (G_LIST_MODEL (titles));
    gtk_string_list_append (titles, row_at (trace, i)->title);
  }
  trace->choosing = true;
  gtk_drop_down_set_model (GTK_DROP_DOWN (trace->choice), G_LIST_MODEL (titles));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (trace->choice), selected);
  trace->choosing = false;
}

/* ---- moments ------------------------------------------------------------------------------------------- */

static bool
read_pins (const KdPinTrace *trace, const KdPicture *picture, int row, float *values)
{
  const GArray *rows = kd_wall_model_get_rows (trace->model);
  for (int i = 0; i < trace->n_pins; i++) {
    if (!kd_wall_rows_read (rows, row, trace->place, picture, &trace->view, trace->pins[i].x,
                            trace->pins[i].y, &values[i]))
      return false;
  }
  return true;
}

/* Those keyframes that came since the last look. */
static void
extend (KdPinTrace *trace, int row)
{
  KdSession *session = kd_session_model_get_session (trace->sessions);
  const int run = kd_session_model_get_selected (trace->sessions);
  const int n = kd_session_keyframes (session, NULL, 0);
  g_autofree int64_t *steps = g_new (int64_t, n + 1);
  const int n_read = MIN (n, kd_session_keyframes (session, steps, n));
  const int64_t last = trace->moments->len
                           ? g_array_index (trace->moments, Moment, trace->moments->len - 1).step
                           : -1;
  for (int i = 0; i < n_read; i++) {
    KdSnapshot *snapshot = steps[i] > last ? kd_session_keyframe (session, steps[i]) : NULL;
    if (!snapshot)
      continue;
    g_autoptr (KdPicture) picture = kd_picture_of_snapshot (session, snapshot, run);
    Moment moment = { .step = steps[i] };
    if (kd_picture_info (picture)->image_index == trace->image &&
        read_pins (trace, picture, row, moment.values))
      g_array_append_val (trace->moments, moment);
    kd_snapshot_unref (snapshot);
  }
}

/* The curves from the moments, and what is on screen if that is newer. */
static void
draw (KdPinTrace *trace, const KdPicture *picture, int row)
{
  static const char *const labels[KD_MAX_PINS] = { "1", "2", "3", "4" };
  const bool dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  const guint n = trace->moments->len;
  Moment now = { .step = kd_picture_info (picture)->step };
  const bool newer = (n == 0 || now.step > g_array_index (trace->moments, Moment, n - 1).step) &&
                     read_pins (trace, picture, row, now.values);
  KdChartCurve shown[KD_MAX_PINS];
  for (int pin = 0; pin < trace->n_pins; pin++) {
    kd_curve_clear (trace->curves[pin]);
    for (guint i = 0; i < n; i++) {
      const Moment *moment = &g_array_index (trace->moments, Moment, i);
      kd_curve_append (trace->curves[pin], (double) moment->step, (double) moment->values[pin]);
    }
    if (newer)
      kd_curve_append (trace->curves[pin], (double) now.step, (double) now.values[pin]);
    shown[pin] = (KdChartCurve){ .curve = trace->curves[pin],
                                 .color = kd_series_color (pin + 1, dark),
                                 .label = labels[pin] };
    shown[pin].dash = kd_series_dash (pin + 1, &shown[pin].n_dashes);
  }
  kd_chart_view_set_curves (KD_CHART_VIEW (trace->chart), shown, trace->n_pins);
  kd_chart_view_set_titles (KD_CHART_VIEW (trace->chart), _ ("Pinned cells"),
                            row_at (trace, (guint) row)->unit);
  kd_chart_view_set_mark (KD_CHART_VIEW (trace->chart), (double) now.step);
  gtk_widget_set_visible (GTK_WIDGET (trace), n + newer > 1);
}

static void
show (KdPinTrace *trace)
{
  const KdPicture *picture = kd_wall_model_get_picture (trace->model);
  const int row = find_row (trace);
  if (!picture || row < 0 || trace->n_pins == 0 || kd_picture_info (picture)->step < 0) {
    gtk_widget_set_visible (GTK_WIDGET (trace), FALSE);
    return;
  }
  const KdView *view = kd_view_settings_get (kd_wall_model_get_settings (trace->model));
  const uint64_t image = kd_picture_info (picture)->image_index;
  if (image != trace->image || view->channels != trace->view.channels ||
      view->channel != trace->view.channel)
    g_array_set_size (trace->moments, 0);
  trace->image = image;
  trace->view = *view;
  extend (trace, row);
  draw (trace, picture, row);
}

static gboolean
show_later (gpointer data)
{
  KdPinTrace *trace = data;
  trace->refresh = 0;
  show (trace);
  return G_SOURCE_REMOVE;
}

static void
on_picture (KdPinTrace *trace)
{
  if (!trace->refresh && trace->n_pins > 0)
    trace->refresh = g_timeout_add (INTERVAL_MS, show_later, trace);
}

/* Other cells, another map or session: everything is read anew. */
static void
start_over (KdPinTrace *trace)
{
  g_array_set_size (trace->moments, 0);
  show (trace);
}

/* What is on screen is still the session before's. */
static void
on_session (KdPinTrace *trace)
{
  g_array_set_size (trace->moments, 0);
  gtk_widget_set_visible (GTK_WIDGET (trace), FALSE);
}

static void
on_pins (KdPinTrace *trace)
{
  trace->n_pins = kd_view_port_get_pins (trace->port, trace->pins);
  start_over (trace);
}

static void
on_layout (KdPinTrace *trace)
{
  offer_rows (trace);
  start_over (trace);
}

static void
on_chosen (KdPinTrace *trace)
{
  if (trace->choosing)
    return;
  guint index = gtk_drop_down_get_selected (GTK_DROP_DOWN (trace->choice));
  for (guint i = 0; i < kd_wall_model_get_rows (trace->model)->len; i++) {
    const KdWallRowData *row = row_at (trace, i);
    if (row->kind == KD_PROBE_VECTOR || index-- > 0)
      continue;
    g_free (trace->row);
    trace->row = g_strdup (row->name);
    break;
  }
  start_over (trace);
}

/* ---- life ---------------------------------------------------------------------------------------------- */

static void
kd_pin_trace_dispose (GObject *object)
{
  KdPinTrace *trace = KD_PIN_TRACE (object);
  gpointer told[] = { trace->sessions, trace->model, trace->port };
  for (size_t i = 0; i < G_N_ELEMENTS (told); i++)
    if (told[i])
      g_signal_handlers_disconnect_by_data (told[i], trace);
  g_clear_handle_id (&trace->refresh, g_source_remove);
  g_clear_object (&trace->sessions);
  g_clear_object (&trace->model);
  g_clear_object (&trace->port);
  G_OBJECT_CLASS (kd_pin_trace_parent_class)->dispose (object);
}

static void
kd_pin_trace_finalize (GObject *object)
{
  KdPinTrace *trace = KD_PIN_TRACE (object);
  g_array_unref (trace->moments);
  g_free (trace->row);
  for (int i = 0; i < KD_MAX_PINS; i++)
    kd_curve_free (trace->curves[i]);
  G_OBJECT_CLASS (kd_pin_trace_parent_class)->finalize (object);
}

static void
kd_pin_trace_class_init (KdPinTraceClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_pin_trace_dispose;
  G_OBJECT_CLASS (class)->finalize = kd_pin_trace_finalize;
}

static void
kd_pin_trace_init (KdPinTrace *trace)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (trace), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (trace), 0);
  trace->moments = g_array_new (FALSE, FALSE, sizeof (Moment));
  for (int i = 0; i < KD_MAX_PINS; i++)
    trace->curves[i] = kd_curve_new ();
  static const char *const none[] = { NULL };
  trace->choice = gtk_drop_down_new_from_strings (none);
  gtk_widget_set_tooltip_text (trace->choice, _ ("The map whose pinned cells are drawn over time"));
  gtk_widget_add_css_class (trace->choice, "chart-choice");
  gtk_widget_set_halign (trace->choice, GTK_ALIGN_START);
  gtk_accessible_update_property (GTK_ACCESSIBLE (trace->choice), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Map of the pinned cells"), -1);
  g_signal_connect_swapped (trace->choice, "notify::selected", G_CALLBACK (on_chosen), trace);
  trace->chart = kd_chart_view_new (N_ ("Pinned cells"), N_ ("step"), "");
  gtk_widget_set_size_request (trace->chart, -1, HEIGHT_PX);
  gtk_box_append (GTK_BOX (trace), trace->choice);
  gtk_box_append (GTK_BOX (trace), trace->chart);
  gtk_widget_set_visible (GTK_WIDGET (trace), FALSE);
}

GtkWidget *
kd_pin_trace_new (KdSessionModel *sessions, KdWallModel *model, KdViewPort *port)
{
  KdPinTrace *trace = g_object_new (KD_TYPE_PIN_TRACE, NULL);
  trace->sessions = g_object_ref (sessions);
  trace->model = g_object_ref (model);
  trace->port = g_object_ref (port);
  g_signal_connect_swapped (sessions, "session", G_CALLBACK (on_session), trace);
  g_signal_connect_swapped (model, "layout", G_CALLBACK (on_layout), trace);
  g_signal_connect_swapped (model, "changed", G_CALLBACK (on_picture), trace);
  g_signal_connect_swapped (port, "pins", G_CALLBACK (on_pins), trace);
  offer_rows (trace);
  return GTK_WIDGET (trace);
}

void
kd_pin_trace_set_place (KdPinTrace *trace, int place)
{
  g_return_if_fail (KD_IS_PIN_TRACE (trace));
  if (trace->place == place)
    return;
  trace->place = place;
  start_over (trace);
}

void
kd_pin_trace_show_row (KdPinTrace *trace, const char *name)
{
  g_return_if_fail (KD_IS_PIN_TRACE (trace));
  g_free (trace->row);
  trace->row = g_strdup (name);
  offer_rows (trace);
  start_over (trace);
}

const KdCurve *
kd_pin_trace_get_curve (KdPinTrace *trace, int pin)
{
  g_return_val_if_fail (KD_IS_PIN_TRACE (trace) && pin >= 0 && pin < KD_MAX_PINS, NULL);
  return trace->curves[pin];
}
