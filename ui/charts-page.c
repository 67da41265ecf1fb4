/* SPDX-License-Identifier: MIT */
#include "ui/charts-page.h"

#include "ui/chart-view.h"

#include <adwaita.h>
#include <math.h>

/* Detection loss of every student; the selected method's terms; AP50. One time axis. */
enum { DETECTION, TERMS, PRECISION, N_CHARTS };

/* Exponential mean over about this many steps, the raw curve faint beneath. */
#define SMOOTHING 30

struct _KdChartsPage {
  GtkBox parent_instance;
  KdSessionModel *model; /* owned */
  KdCurves *curves;      /* owned */
  GtkWidget *charts[N_CHARTS];
  GPtrArray *labels; /* owned strings that charts borrow */
};

G_DEFINE_FINAL_TYPE (KdChartsPage, kd_charts_page, GTK_TYPE_BOX)

/* More students than this show one curve each of the detection loss, or nobody could tell them apart. */
#define MAX_RUNS_WITH_BOXES 3

/* Which chart a series belongs to: -1 none. */
static int
chart_of (const KdSeriesInfo *info, int selected, int n_runs)
{
  if (g_str_equal (info->name, "ap50"))
    return PRECISION;
  if (g_str_equal (info->name, "loss.cls"))
    return DETECTION;
  if (g_str_equal (info->name, "loss.reg"))
    return n_runs <= MAX_RUNS_WITH_BOXES ? DETECTION : -1;
  if (g_str_equal (info->name, "loss.total") || !g_str_has_prefix (info->name, "loss."))
    return -1;
  return info->run == selected ? TERMS : -1;
}

static void
choose_curves (KdChartsPage *page)
{
  KdSession *session = kd_session_model_get_session (page->model);
  const bool dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  const int selected = kd_session_model_get_selected (page->model);
  GPtrArray *old_labels = page->labels; /* the charts borrow them until they have new curves */
  page->labels = g_ptr_array_new_with_free_func (g_free);

  for (int chart = 0; chart < N_CHARTS; chart++) {
    g_autoptr (GArray) chosen = g_array_new (FALSE, TRUE, sizeof (KdChartCurve));
    int place = 0;
    for (int i = 0; i < kd_curves_count (page->curves); i++) {
      const KdSeriesInfo *info = kd_curves_info (page->curves, i);
      if (info->run < 0 || chart_of (info, selected, kd_session_runs (session)) != chart)
        continue;
      place++;
      const char *run = kd_session_run_method (session, info->run)->title;
      const bool regression = g_str_equal (info->name, "loss.reg");
      char *label = chart == TERMS ? g_strdup (strrchr (info->name, '.') + 1)
                    : chart == PRECISION
                        ? g_strdup (run)
                        : g_strdup_printf ("%s, %s", run, regression ? "boxes" : "classes");
      g_ptr_array_add (page->labels, label);
      KdChartCurve curve = {
        .curve = kd_curves_at (page->curves, i),
        .color = kd_series_color (chart == TERMS ? place : info->run, dark),
        .smoothing = chart == PRECISION ? 0 : SMOOTHING,
        .markers = chart == PRECISION,
        .label = label,
      };
      curve.dash = kd_series_dash (chart == TERMS ? place : regression ? 2 : 0, &curve.n_dashes);
      g_array_append_val (chosen, curve);
    }
    kd_chart_view_set_curves (KD_CHART_VIEW (page->charts[chart]),
                              (const KdChartCurve *) (void *) chosen->data, (int) chosen->len);
  }
  g_ptr_array_unref (old_labels);
}

/* AP starts at 0 and its axis grows with the best so far, so that differences stay visible. */
static void
fit_precision (KdChartsPage *page)
{
  double best = 0.1;
  for (int i = 0; i < kd_curves_count (page->curves); i++) {
    double x, y;
    if (chart_of (kd_curves_info (page->curves, i), -1, 0) == PRECISION &&
        kd_curve_at (kd_curves_at (page->curves, i), INFINITY, &x, &y))
      best = fmax (best, y);
  }
  kd_chart_view_set_y_range (KD_CHART_VIEW (page->charts[PRECISION]), 0, fmin (1, 1.15 * best));
}

static void
on_curves (KdChartsPage *page)
{
  if (page->labels->len == 0)
    choose_curves (page);
  fit_precision (page);
  for (int i = 0; i < N_CHARTS; i++)
    kd_chart_view_refresh (KD_CHART_VIEW (page->charts[i]));
}

static void
on_status (KdChartsPage *page)
{
  const KdStatus status = kd_session_status (kd_session_model_get_session (page->model));
  /* Wide enough to see the first steps move, then the past fills the width. */
  const double end = fmax (50, (double) status.step);
  for (int i = 0; i < N_CHARTS; i++)
    kd_chart_view_set_x_range (KD_CHART_VIEW (page->charts[i]), 0, end);
}

/* The crosshair stands where the timeline does. */
static void
on_shown (KdChartsPage *page)
{
  const int64_t shown = kd_session_model_get_shown (page->model);
  for (int i = 0; i < N_CHARTS; i++)
    kd_chart_view_set_cursor (KD_CHART_VIEW (page->charts[i]), shown < 0 ? NAN : (double) shown);
}

static void
on_cursor (KdChartView *chart, double step, KdChartsPage *page)
{
  for (int i = 0; i < N_CHARTS; i++) {
    if (page->charts[i] != GTK_WIDGET (chart))
      kd_chart_view_set_cursor (KD_CHART_VIEW (page->charts[i]), step);
  }
}

/* The curves are about to go. */
static void
on_cleared (KdChartsPage *page)
{
  for (int i = 0; i < N_CHARTS; i++)
    kd_chart_view_set_curves (KD_CHART_VIEW (page->charts[i]), NULL, 0);
  g_ptr_array_set_size (page->labels, 0);
}

static void
kd_charts_page_dispose (GObject *object)
{
  KdChartsPage *page = KD_CHARTS_PAGE (object);
  if (page->model)
    g_signal_handlers_disconnect_by_data (page->model, page);
  if (page->curves)
    g_signal_handlers_disconnect_by_data (page->curves, page);
  g_signal_handlers_disconnect_by_data (adw_style_manager_get_default (), page);
  if (page->curves)
    on_cleared (page);
  g_clear_pointer (&page->labels, g_ptr_array_unref);
  g_clear_object (&page->curves);
  g_clear_object (&page->model);
  G_OBJECT_CLASS (kd_charts_page_parent_class)->dispose (object);
}

static void
kd_charts_page_class_init (KdChartsPageClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_charts_page_dispose;
}

static void
kd_charts_page_init (KdChartsPage *page)
{
  static const char *const titles[N_CHARTS] = { "Detection loss", "Distillation terms",
                                                "AP50 on held-out scenes" };
  static const char *const units[N_CHARTS] = { "loss", "loss", "AP50" };
  page->labels = g_ptr_array_new_with_free_func (g_free);
  gtk_box_set_homogeneous (GTK_BOX (page), TRUE);
  gtk_box_set_spacing (GTK_BOX (page), 6);
  for (int i = 0; i < N_CHARTS; i++) {
    page->charts[i] = kd_chart_view_new (titles[i], "step", units[i]);
    gtk_widget_set_size_request (page->charts[i], 200, 150);
    gtk_widget_set_hexpand (page->charts[i], TRUE);
    gtk_widget_set_vexpand (page->charts[i], TRUE);
    g_signal_connect (page->charts[i], "cursor", G_CALLBACK (on_cursor), page);
    gtk_box_append (GTK_BOX (page), page->charts[i]);
  }
  kd_chart_view_set_log_y (KD_CHART_VIEW (page->charts[DETECTION]), true);
  kd_chart_view_set_log_y (KD_CHART_VIEW (page->charts[TERMS]), true);
}

GtkWidget *
kd_charts_page_new (KdSessionModel *model, KdCurves *curves)
{
  KdChartsPage *page = g_object_new (KD_TYPE_CHARTS_PAGE, NULL);
  page->model = g_object_ref (model);
  page->curves = g_object_ref (curves);
  g_signal_connect_swapped (curves, "changed", G_CALLBACK (on_curves), page);
  g_signal_connect_swapped (curves, "cleared", G_CALLBACK (on_cleared), page);
  g_signal_connect_swapped (model, "status", G_CALLBACK (on_status), page);
  g_signal_connect_swapped (model, "shown", G_CALLBACK (on_shown), page);
  g_signal_connect_swapped (model, "selected", G_CALLBACK (choose_curves), page);
  g_signal_connect_swapped (adw_style_manager_get_default (), "notify::dark",
                            G_CALLBACK (choose_curves), page);
  return GTK_WIDGET (page);
}
