/* SPDX-License-Identifier: MIT */

/* Charts of the Live view: what each place shows, stacked shares against the series they are made of, zoom, another session. */
#include "tests/window-fixture.h"
#include "ui/app-settings.h"
#include "ui/chart-slot.h"
#include "ui/chart-view.h"
#include "ui/demo-bands.h"
#include "ui/shares.h"
#include "ui/timeline.h"

#include <math.h>
#include <stdio.h>

static Opened
open_trained (int64_t steps)
{
  Opened opened = open_window (false);
  WAIT_UNTIL (kd_session_status (session_of (&opened)).step >= steps);
  act (&opened, "play");
  WAIT_UNTIL (kd_session_status (session_of (&opened)).state == KD_STATE_PAUSED);
  return opened;
}

/* Of the charts at the bottom; the probe has one of its own. */
static GPtrArray *
charts_of (const Opened *opened)
{
  g_autoptr (GPtrArray) slots = all_of (opened, KD_TYPE_CHART_SLOT);
  GPtrArray *charts = g_ptr_array_new ();
  for (guint i = 0; i < slots->len; i++)
    collect (slots->pdata[i], KD_TYPE_CHART_VIEW, charts);
  return charts;
}

static double
value_at (KdSession *session, int run, const char *name, int64_t step)
{
  int n;
  const KdSeriesInfo *series = kd_session_series (session, &n);
  for (int i = 0; i < n; i++) {
    KdPoint point;
    if (series[i].run == run && g_str_equal (series[i].name, name) &&
        kd_session_read_series (session, series[i].id, (size_t) (step - 1), &point, 1) == 1)
      return point.value;
  }
  g_assert_not_reached ();
}

/* At step 3: classes, boxes, and FGD's four terms, each cumulative part recomputed from the series. */
static void
test_shares (void)
{
  Opened opened = open_trained (5);
  KdSession *session = session_of (&opened);
  KdShares *shares = kd_shares_new (session, 1);
  g_assert_cmpint (kd_shares_count (shares), ==, 6);
  static const char *const names[] = { "loss.cls", "loss.reg" };
  static const char *const parts[] = { "classes", "boxes", "fg", "bg", "attention", "relation" };
  double terms[6], total = 0;
  for (int i = 0; i < 6; i++) {
    g_autofree char *name = g_strdup_printf ("loss.fgd.%s", parts[i]);
    terms[i] = value_at (session, 1, i < 2 ? names[i] : name, 3);
    total += terms[i];
  }
  double sum = 0;
  for (int i = 0; i < 6; i++) {
    int place = 0;
    while (!g_str_equal (kd_shares_name (shares, i), parts[place]))
      place++;
    sum += terms[place];
    double x, y;
    g_assert_true (kd_curve_at (kd_shares_curve (shares, i), 3, &x, &y));
    g_assert_cmpfloat (x, ==, 3);
    g_assert_cmpfloat_with_epsilon (y, 100 * sum / total, 1e-9);
  }
  kd_shares_free (shares);
  close_window (&opened);
}

static void
test_kinds (void)
{
  Opened opened = open_trained (5);
  g_autoptr (GPtrArray) slots = all_of (&opened, KD_TYPE_CHART_SLOT);
  g_assert_cmpuint (slots->len, ==, 3);
  for (KdChartKind kind = 0; kind < KD_N_CHART_KINDS; kind++) {
    kd_chart_slot_set_kind (slots->pdata[1], kind);
    g_assert_cmpint (kd_chart_slot_get_kind (slots->pdata[1]), ==, kind);
    g_autoptr (GPtrArray) charts = g_ptr_array_new ();
    collect (slots->pdata[1], KD_TYPE_CHART_VIEW, charts);
    wait_frames (&opened);
    cairo_surface_t *surface = paint (charts->pdata[0]);
    const int colors = count_colors (surface);
    cairo_surface_destroy (surface);
    if (kind == KD_CHART_DETECTION || kind == KD_CHART_TERMS || kind == KD_CHART_SHARES)
      g_assert_cmpint (colors, >, 40); /* curves over grid and text */
  }
  close_window (&opened);
}

static void
on_cursor (KdChartView *chart, double step, gpointer data)
{
  (void) chart;
  *(double *) data = step;
}

/* Charts share what they show of the time axis: zoomed in one, the right end of all is the zoom's. */
static void
test_zoom (void)
{
  Opened opened = open_trained (20);
  g_autoptr (GPtrArray) charts = charts_of (&opened);
  g_signal_emit_by_name (charts->pdata[0], "zoomed", 5.0, 12.0);
  double cursor = NAN;
  g_signal_connect (charts->pdata[2], "cursor", G_CALLBACK (on_cursor), &cursor);
  g_assert_true (press_key (charts->pdata[2], GDK_KEY_End));
  g_assert_cmpfloat_with_epsilon (cursor, 12, 1e-9);
  close_window (&opened);
}

static void
press (GtkWidget *widget, guint key)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);
  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++) {
    g_autoptr (GObject) controller = g_list_model_get_item (controllers, i);
    gboolean handled = FALSE;
    if (GTK_IS_EVENT_CONTROLLER_KEY (controller))
      g_signal_emit_by_name (controller, "key-pressed", key, 0, 0, &handled);
  }
}

/* By keys: + and - zoom at the crosshair of all charts, arrows beyond the end take the range along, Backspace shows all. */
static void
test_zoom_by_keys (void)
{
  Opened opened = open_trained (20);
  g_autoptr (GPtrArray) charts = charts_of (&opened);
  g_signal_emit_by_name (charts->pdata[0], "zoomed", 4.0, 14.0);
  press (charts->pdata[0], GDK_KEY_End);
  press (charts->pdata[0], GDK_KEY_plus);
  /* At 14, a factor of 1.25 nearer: 10 steps become 8. */
  KdChart other = kd_chart_view_get_chart (charts->pdata[2]);
  g_assert_cmpfloat_with_epsilon (other.x_min, 6, 1e-9);
  g_assert_cmpfloat_with_epsilon (other.x_max, 14, 1e-9);
  press (charts->pdata[0], GDK_KEY_Right); /* a hundredth of 8 steps */
  other = kd_chart_view_get_chart (charts->pdata[1]);
  g_assert_cmpfloat_with_epsilon (other.x_min, 6.08, 1e-9);
  g_assert_cmpfloat_with_epsilon (other.x_max, 14.08, 1e-9);
  g_assert_cmpfloat_with_epsilon (kd_chart_view_get_chart (charts->pdata[0]).cursor_x, 14.08, 1e-9);
  press (charts->pdata[0], GDK_KEY_minus);
  other = kd_chart_view_get_chart (charts->pdata[1]);
  g_assert_cmpfloat_with_epsilon (other.x_max - other.x_min, 10, 1e-9);
  press (charts->pdata[0], GDK_KEY_BackSpace);
  other = kd_chart_view_get_chart (charts->pdata[1]);
  g_assert_cmpfloat (other.x_min, ==, 0);
  g_assert_cmpfloat (other.x_max, >=, 20);
  close_window (&opened);
}

/* AP is in percent on the axis, as it is in every table. */
static void
test_percent (void)
{
  Opened opened = open_window (true);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = kd_recording_find (&error);
  g_assert_no_error (error);
  kd_window_open (opened.window, path);
  KdSession *session = session_of (&opened);
  g_autoptr (GPtrArray) charts = charts_of (&opened);
  const KdChart chart = kd_chart_view_get_chart (charts->pdata[2]);
  g_assert_cmpstr (chart.y_label, ==, "AP50, %");
  g_assert_cmpint (chart.n_curves, ==, kd_session_runs (session));
  int n, run = 0;
  const KdSeriesInfo *series = kd_session_series (session, &n);
  for (int i = 0; i < n; i++) {
    KdPoint point;
    double x, y;
    if (!g_str_equal (series[i].name, "ap50"))
      continue;
    g_assert_cmpuint (kd_session_read_series (session, series[i].id, 2, &point, 1), ==, 1);
    g_assert_true (kd_curve_at (chart.curves[run++].curve, (double) point.step, &x, &y));
    g_assert_cmpfloat (y, ==, 100 * point.value);
    g_assert_cmpfloat (chart.y_max, >, y);
  }
  g_assert_cmpint (run, ==, chart.n_curves);
  close_window (&opened);
}

/* One step is marked in the charts and on the timeline: where the pictures come from, and where somebody points. */
static void
test_one_cursor (void)
{
  Opened opened = open_trained (20);
  g_autoptr (GPtrArray) charts = charts_of (&opened);
  g_autoptr (GPtrArray) timelines = all_of (&opened, KD_TYPE_TIMELINE);
  g_assert_true (isnan (kd_chart_view_get_chart (charts->pdata[0]).cursor_x));
  act (&opened, "scrub-back");
  const KdChart marked = kd_chart_view_get_chart (charts->pdata[1]);
  g_assert_true (marked.cursor_mark);
  g_assert_cmpfloat (marked.cursor_x, ==, (double) kd_session_model_get_shown (opened.model));
  g_signal_emit_by_name (charts->pdata[0], "cursor", 7.0);
  const KdChart pointed = kd_chart_view_get_chart (charts->pdata[2]);
  g_assert_true (!pointed.cursor_mark && pointed.cursor_x == 7);
  g_assert_cmpfloat (kd_timeline_get_cursor (timelines->pdata[0]), ==, 7);
  g_signal_emit_by_name (charts->pdata[0], "cursor", (double) NAN);
  g_assert_true (isnan (kd_timeline_get_cursor (timelines->pdata[0])));
  g_signal_emit_by_name (timelines->pdata[0], "cursor", 9.0);
  g_assert_cmpfloat (kd_chart_view_get_chart (charts->pdata[0]).cursor_x, ==, 9);
  g_signal_emit_by_name (timelines->pdata[0], "cursor", (double) NAN);
  g_assert_true (kd_chart_view_get_chart (charts->pdata[0]).cursor_mark);
  act (&opened, "scrub-live");
  g_assert_true (isnan (kd_chart_view_get_chart (charts->pdata[0]).cursor_x));
  close_window (&opened);
}

static void
test_another_session (void)
{
  Opened opened = open_trained (5);
  g_autoptr (GPtrArray) slots = all_of (&opened, KD_TYPE_CHART_SLOT);
  kd_chart_slot_set_kind (slots->pdata[0], KD_CHART_SHARES);
  g_autoptr (GError) error = NULL;
  KdConfig config = *kd_session_config (session_of (&opened));
  config.paused = false;
  g_assert_true (kd_session_model_start (opened.model, &config, &error));
  g_assert_no_error (error);
  kd_session_model_forget (opened.model); /* nothing borrows from it any more */
  WAIT_UNTIL (kd_session_status (session_of (&opened)).step >= 3);
  close_window (&opened);
}

/* The twin has no terms, and nothing has been measured at step 0: a chart says so rather than show an empty plot. */
static void
test_empty_charts_say_why (void)
{
  Opened opened = open_window (true);
  g_autoptr (GPtrArray) charts = charts_of (&opened);
  WAIT_UNTIL (kd_chart_view_get_chart (charts->pdata[1]).n_curves > 0);
  g_assert_null (kd_chart_view_get_chart (charts->pdata[1]).empty);
  g_assert_cmpstr (kd_chart_view_get_chart (charts->pdata[2]).empty, ==, "Not measured yet");
  kd_session_model_select (opened.model, 0);
  g_assert_cmpint (kd_chart_view_get_chart (charts->pdata[1]).n_curves, ==, 0);
  g_assert_cmpstr (kd_chart_view_get_chart (charts->pdata[1]).empty, ==,
                   "No distillation: no terms");
  kd_session_model_select (opened.model, 1);
  g_assert_null (kd_chart_view_get_chart (charts->pdata[1]).empty);
  close_window (&opened);
}

/* The numbers of a series' lines in the file that the bands are made of. */
static void
assert_band (const char *file, const char *series)
{
  const KdChartBand *band = kd_demo_band (series);
  g_assert_nonnull (band);
  int n = 0;
  g_auto (GStrv) lines = g_strsplit (file, "\n", -1);
  for (char **line = lines; *line; line++) {
    char name[64];
    double step, low, high;
    if (sscanf (*line, "%63[^,],%lf,%lf,%lf", name, &step, &low, &high) != 4 ||
        !g_str_equal (name, series))
      continue;
    g_assert_cmpint (n, <, band->n);
    g_assert_cmpfloat (band->x[n], ==, step);
    g_assert_cmpfloat (band->low[n], ==, low);
    g_assert_cmpfloat (band->high[n], ==, high);
    g_assert_cmpfloat (low, <=, high);
    g_assert_true (n == 0 || step > band->x[n - 1]);
    n++;
  }
  g_assert_cmpint (n, ==, band->n);
  g_assert_cmpint (n, >, 20);
}

/* Every term of the selected student is drawn over where the demo's ran, until somebody does not want it; that is kept. */
static void
test_bands (void)
{
  Opened opened = open_trained (2);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (g_getenv ("KDSCOPE_RESOURCES"), "demo-bands.csv", NULL);
  g_autofree char *file = NULL;
  g_file_get_contents (path, &file, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (GPtrArray) charts = charts_of (&opened);
  g_autoptr (GPtrArray) slots = all_of (&opened, KD_TYPE_CHART_SLOT);
  kd_chart_slot_set_kind (slots->pdata[1], KD_CHART_TERMS);
  for (int wanted = 1; wanted >= 0; wanted--) {
    g_settings_set_boolean (kd_app_settings (), "demo-bands", wanted);
    const KdChart chart = kd_chart_view_get_chart (charts->pdata[1]);
    g_assert_cmpint (chart.n_curves, ==, 4);
    for (int i = 0; i < chart.n_curves; i++) {
      g_autofree char *series = g_strdup_printf ("loss.fgd.%s", chart.curves[i].label);
      g_assert_true (chart.curves[i].band == (wanted ? kd_demo_band (series) : NULL));
      assert_band (file, series);
    }
  }
  g_settings_reset (kd_app_settings (), "demo-bands");
  kd_chart_slot_set_kind (slots->pdata[1], KD_CHART_TOTAL);
  g_assert_null (kd_chart_view_get_chart (charts->pdata[1]).curves[0].band);
  close_window (&opened);
}

/* A term may be off in the demo; no method is. */
static void
test_every_method_has_bands (void)
{
  int n_methods;
  const KdMethod *const *methods = kd_methods (&n_methods);
  for (int i = 0; i < n_methods; i++) {
    int n_terms = 0, n_bands = 0;
    for (int k = 0; k < methods[i]->n_symbols; k++) {
      const char *term = methods[i]->symbols[k].term;
      g_autofree char *series = g_strdup_printf ("loss.%s.%s", methods[i]->id, term ? term : "");
      n_terms += term != NULL;
      n_bands += term && kd_demo_band (series);
    }
    g_test_message ("%s", methods[i]->id);
    g_assert_true (n_terms == 0 || n_bands > 0);
  }
}

int
main (int argc, char **argv)
{
  window_test_init (&argc, &argv);
  g_test_add_func ("/ui/charts/shares-add-up", test_shares);
  g_test_add_func ("/ui/charts/every-kind-draws", test_kinds);
  g_test_add_func ("/ui/charts/zoom-is-shared", test_zoom);
  g_test_add_func ("/ui/charts/zoom-by-keys", test_zoom_by_keys);
  g_test_add_func ("/ui/charts/ap-in-percent", test_percent);
  g_test_add_func ("/ui/charts/one-cursor-with-the-timeline", test_one_cursor);
  g_test_add_func ("/ui/charts/empty-ones-say-why", test_empty_charts_say_why);
  g_test_add_func ("/ui/charts/bands-of-the-demo", test_bands);
  g_test_add_func ("/ui/charts/every-method-has-bands", test_every_method_has_bands);
  g_test_add_func ("/ui/charts/another-session", test_another_session);
  return g_test_run ();
}
