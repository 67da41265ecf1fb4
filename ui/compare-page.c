/* SPDX-License-Identifier: MIT */
#include "ui/compare-page.h"

#include "engine/base/i18n.h"
#include "ui/chart-view.h"
#include "ui/compare-grid.h"
#include "ui/file-kind.h"
#include "ui/live-text.h"
#include "ui/pane.h"
#include "ui/run-table.h"
#include "ui/spare-label.h"
#include "ui/tooltip.h"

#include <adwaita.h>
#include <inttypes.h>
#include <math.h>

#define N_IMAGES 1000
/* Largest part of the loss that the consensus asks of a cell, %. */
#define MOST_PERCENT 10
/* Of the height, for table and chart. */
#define NUMBERS_SHARE 0.27

static const char *const mode_names[KD_N_COMPARE_MODES + 1] = {
  N_ ("side by side"), N_ ("difference"), N_ ("wipe"), N_ ("flicker"), N_ ("consensus"), NULL
};
static const char *const curve_titles[KD_N_COLUMN_CURVES + 1] = { N_ ("AP50"), N_ ("AP"),
                                                                  N_ ("Total loss"), NULL };

static const char *const curve_units[KD_N_COLUMN_CURVES] = { N_ ("AP50, %"), N_ ("AP, %"),
                                                             N_ ("loss") };

struct _KdComparePage {
  GtkBox parent_instance;
  KdSessionModel *model; /* owned */
  KdCompareSet *set;     /* owned */
  KdViewPort *port;      /* owned */
  GtkWidget *image, *level, *mode, *left, *right, *pair, *threshold, *consensus, *live;
  GtkWidget *grid, *chart, *curve, *step;
  double low, high; /* steps of the chart that a person chose; equal: all */
  bool showing;     /* lists are being filled: nobody chose */
};

static void kd_compare_page_page_init (KdPageInterface *interface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KdComparePage,
                               kd_compare_page,
                               GTK_TYPE_BOX,
                               G_IMPLEMENT_INTERFACE (KD_TYPE_PAGE, kd_compare_page_page_init))

static guint problem_signal;

static KdCompareGrid *
grid_of (KdComparePage *page)
{
  return KD_COMPARE_GRID (page->grid);
}

static guint
chosen (GtkWidget *drop_down)
{
  return gtk_drop_down_get_selected (GTK_DROP_DOWN (drop_down));
}

/* ---- curves ----------------------------------------------------------------------------------------- */

/* Training begins at step 0, measuring later: a first measurement stands where it belongs. */
static void
fit_steps (KdComparePage *page)
{
  double last = 0;
  for (int i = 0; i < kd_compare_set_count (page->set); i++)
    last = fmax (last, (double) kd_compare_set_at (page->set, i)->step);
  const bool chosen_by_hand = page->high > page->low;
  kd_chart_view_set_x_range (KD_CHART_VIEW (page->chart), chosen_by_hand ? page->low : 0,
                             chosen_by_hand ? page->high : last);
}

/* Percentages from 0: a few points apart are not worlds apart. */
static void
fit_percent (KdComparePage *page)
{
  const KdColumnCurve which = chosen (page->curve);
  double best = 0;
  for (int i = 0; which != KD_COLUMN_LOSS && i < kd_compare_set_count (page->set); i++) {
    const KdCurve *curve = kd_compare_set_at (page->set, i)->curves[which];
    for (size_t k = 0; k < kd_curve_count (curve); k++) {
      double x, y;
      kd_curve_point (curve, k, &x, &y);
      best = fmax (best, y);
    }
  }
  kd_chart_view_set_y_range (KD_CHART_VIEW (page->chart), 0, fmin (100, 1.15 * best));
}

static void
on_zoomed (KdChartView *chart, double low, double high, KdComparePage *page)
{
  (void) chart;
  page->low = low;
  page->high = high;
  fit_steps (page);
}

static void
choose_curves (KdComparePage *page)
{
  const bool dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  const KdColumnCurve which = chosen (page->curve);
  KdChartCurve curves[KD_MAX_RUNS];
  const int n = kd_compare_set_count (page->set);
  for (int i = 0; i < n; i++) {
    const KdCompareColumn *column = kd_compare_set_at (page->set, i);
    curves[i] = (KdChartCurve){
      .curve = column->curves[which],
      .color = kd_series_color (i, dark),
      .markers = which != KD_COLUMN_LOSS,
      .smoothing = which == KD_COLUMN_LOSS ? 30 : 0,
      .label = kd_translated (column->title),
    };
    curves[i].dash = kd_series_dash (i, &curves[i].n_dashes);
  }
  kd_chart_view_set_titles (KD_CHART_VIEW (page->chart), curve_titles[which], curve_units[which]);
  kd_chart_view_set_log_y (KD_CHART_VIEW (page->chart), which == KD_COLUMN_LOSS);
  kd_chart_view_set_empty (KD_CHART_VIEW (page->chart),
                           which == KD_COLUMN_LOSS ? NULL : N_ ("Not measured yet"));
  kd_chart_view_set_curves (KD_CHART_VIEW (page->chart), curves, n);
  fit_steps (page);
  fit_percent (page);
}

/* A recording holds one image. */
static void
offer_images (KdComparePage *page)
{
  const int only =
      kd_compare_set_is_live (page->set) ? kd_session_model_get_only_image (page->model) : -1;
  gtk_spin_button_set_range (GTK_SPIN_BUTTON (page->image), MAX (only, 0),
                             only < 0 ? N_IMAGES - 1 : only);
  gtk_widget_set_sensitive (page->image, only < 0);
  gtk_widget_set_tooltip_text (page->image,
                               only < 0 ? NULL : _ ("A recording holds this image alone"));
}

static void
show_step (KdComparePage *page)
{
  g_autofree char *text = NULL;
  if (kd_compare_set_is_live (page->set)) {
    KdSession *session = kd_session_model_get_session (page->model);
    text = g_strdup_printf (kd_session_is_recording (session) ? _ ("Step %" PRId64 ", recording")
                            : kd_session_model_is_back (page->model) ? _ ("Step %" PRId64)
                                                                     : _ ("Step %" PRId64 ", live"),
                            kd_session_model_get_step (page->model));
  } else {
    const int n = kd_compare_set_count (page->set);
    text = g_strdup_printf (ngettext ("%d run folder, newest checkpoint",
                                      "%d run folders, newest checkpoints", (unsigned) n),
                            n);
  }
  kd_live_text_set (KD_LIVE_TEXT (page->step), text);
  kd_tooltip_set_live (page->step, text);
  gtk_widget_set_visible (page->live, !kd_compare_set_is_live (page->set));
}

static void
on_changed (KdComparePage *page)
{
  fit_steps (page);
  fit_percent (page);
  kd_chart_view_refresh (KD_CHART_VIEW (page->chart));
  show_step (page);
}

/* ---- choices ------------------------------------------------------------------------------------------ */

static void
on_pair (KdComparePage *page)
{
  if (!page->showing)
    kd_compare_grid_set_pair (grid_of (page), (int) chosen (page->left),
                              (int) chosen (page->right));
}

static void
on_columns (KdComparePage *page)
{
  const int n = kd_compare_set_count (page->set);
  g_autofree const char **names = g_new0 (const char *, n + 1);
  for (int i = 0; i < n; i++)
    names[i] = kd_translated (kd_compare_set_at (page->set, i)->title);
  g_autoptr (GtkStringList) left = gtk_string_list_new (names);
  g_autoptr (GtkStringList) right = gtk_string_list_new (names);
  page->showing = true;
  gtk_drop_down_set_model (GTK_DROP_DOWN (page->left), G_LIST_MODEL (left));
  gtk_drop_down_set_model (GTK_DROP_DOWN (page->right), G_LIST_MODEL (right));
  int pair[2];
  kd_compare_first_pair (n, pair);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (page->left), (guint) pair[0]);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (page->right), (guint) pair[1]);
  page->showing = false;
  on_pair (page);
  choose_curves (page);
  offer_images (page);
  show_step (page);
}

/* Curves belong to columns that are about to go. */
static void
on_columns_first (KdComparePage *page)
{
  kd_chart_view_set_curves (KD_CHART_VIEW (page->chart), NULL, 0);
  page->low = page->high = 0;
}

static void
on_mode (KdComparePage *page)
{
  const KdCompareMode mode = chosen (page->mode);
  gtk_widget_set_visible (page->pair, mode == KD_COMPARE_WIPE || mode == KD_COMPARE_FLICKER);
  gtk_widget_set_visible (page->consensus,
                          mode == KD_COMPARE_SIDE_BY_SIDE || mode == KD_COMPARE_CONSENSUS);
  kd_compare_grid_set_mode (grid_of (page), mode);
}

static void
on_level (KdComparePage *page)
{
  kd_compare_grid_set_level (grid_of (page), (int) chosen (page->level));
}

static void
on_threshold (KdComparePage *page)
{
  kd_compare_grid_set_threshold (grid_of (page),
                                 gtk_range_get_value (GTK_RANGE (page->threshold)) / 100);
}

static void
on_image (KdComparePage *page)
{
  kd_compare_set_pin_image (
      page->set, (uint64_t) gtk_spin_button_get_value_as_int (GTK_SPIN_BUTTON (page->image)));
}

static void
on_live (KdComparePage *page)
{
  kd_compare_set_show_live (page->set);
}

static void
on_failed (KdCompareSet *set, const char *text, KdComparePage *page)
{
  (void) set;
  g_signal_emit (page, problem_signal, 0, text);
}

/* ---- what the window asks ---------------------------------------------------------------------------- */

static void
next_choice (GtkWidget *drop_down, guint n)
{
  gtk_drop_down_set_selected (GTK_DROP_DOWN (drop_down), (chosen (drop_down) + 1) % n);
}

static void
change_image (KdComparePage *page, int places)
{
  GtkSpinButton *image = GTK_SPIN_BUTTON (page->image);
  gtk_spin_button_set_value (image, gtk_spin_button_get_value (image) + places);
}

static void
toggle_play (KdComparePage *page)
{
  KdSession *session = kd_session_model_get_session (page->model);
  if (kd_session_status (session).state == KD_STATE_RUNNING)
    kd_session_pause (session);
  else
    kd_session_play (session);
}

static bool
kd_compare_page_act (KdPage *self, const char *name)
{
  KdComparePage *page = KD_COMPARE_PAGE (self);
  if (g_str_equal (name, "play"))
    toggle_play (page);
  else if (g_str_equal (name, "step"))
    kd_session_step_once (kd_session_model_get_session (page->model));
  else if (g_str_equal (name, "next-image"))
    change_image (page, 1);
  else if (g_str_equal (name, "previous-image"))
    change_image (page, -1);
  else if (g_str_equal (name, "level"))
    next_choice (page->level, KD_DETECTOR_LEVELS);
  else if (g_str_equal (name, "export"))
    kd_compare_grid_export (grid_of (page), -1, -1);
  else if (g_str_equal (name, "difference"))
    gtk_drop_down_set_selected (GTK_DROP_DOWN (page->mode),
                                chosen (page->mode) == KD_COMPARE_DIFFERENCE
                                    ? KD_COMPARE_SIDE_BY_SIDE
                                    : KD_COMPARE_DIFFERENCE);
  else
    return kd_view_port_act (page->port, name);
  return true;
}

static bool
kd_compare_page_open (KdPage *self, KdFileKind kind, const char *path, GError **error)
{
  (void) kind;
  return kd_compare_set_open (KD_COMPARE_PAGE (self)->set, path, error);
}

static void
kd_compare_page_page_init (KdPageInterface *interface)
{
  interface->act = kd_compare_page_act;
  interface->opens = 1u << KD_FILE_RUN;
  interface->open = kd_compare_page_open;
}

/* Held down, backslash shows the other run of the pair. */
static gboolean
on_key_pressed (
    GtkEventControllerKey *keys, guint key, guint code, GdkModifierType state, gpointer data)
{
  (void) keys;
  (void) code;
  (void) state;
  if (key != GDK_KEY_backslash)
    return FALSE;
  kd_compare_grid_flick (grid_of (data), true);
  return TRUE;
}

static void
on_key_released (
    GtkEventControllerKey *keys, guint key, guint code, GdkModifierType state, gpointer data)
{
  (void) keys;
  (void) code;
  (void) state;
  if (key == GDK_KEY_backslash)
    kd_compare_grid_flick (grid_of (data), false);
}

/* ---- layout ------------------------------------------------------------------------------------------------ */

static GtkWidget *
labelled (const char *text, GtkWidget *widget, const char *help)
{
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *label = kd_spare_label_new (text, 6);
  gtk_widget_add_css_class (label, "dim-label");
  gtk_box_append (GTK_BOX (line), label);
  gtk_box_append (GTK_BOX (line), widget);
  gtk_widget_set_tooltip_text (line, help);
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, text,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, help, -1);
  return line;
}

static GtkWidget *
choice (KdComparePage *page, const char *const *names, void (*changed) (KdComparePage *page))
{
  GtkWidget *drop_down = gtk_drop_down_new_from_strings (names);
  g_signal_connect_swapped (drop_down, "notify::selected", G_CALLBACK (changed), page);
  return drop_down;
}

static GtkWidget *
make_tools (KdComparePage *page)
{
  static const char *const levels[] = { "P3", "P4", "P5", NULL }, *const none[] = { NULL };
  page->image = gtk_spin_button_new_with_range (0, N_IMAGES - 1, 1);
  g_signal_connect_swapped (page->image, "value-changed", G_CALLBACK (on_image), page);
  page->level = choice (page, levels, on_level);
  g_autofree const char **modes = kd_translated_all (mode_names);
  page->mode = choice (page, modes, on_mode);
  page->left = choice (page, none, on_pair);
  page->right = choice (page, none, on_pair);
  page->pair = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  gtk_box_append (GTK_BOX (page->pair),
                  labelled (C_ ("side", "Left"), page->left, _ ("Left of the line")));
  gtk_box_append (GTK_BOX (page->pair),
                  labelled (C_ ("side", "Right"), page->right,
                            _ ("Right of the line; hold \\ to see it whole")));
  page->threshold = gtk_scale_new_with_range (GTK_ORIENTATION_HORIZONTAL, 0.1, MOST_PERCENT, 0.1);
  gtk_range_set_value (GTK_RANGE (page->threshold), 1);
  gtk_scale_set_draw_value (GTK_SCALE (page->threshold), TRUE);
  gtk_scale_set_value_pos (GTK_SCALE (page->threshold), GTK_POS_RIGHT);
  gtk_widget_set_size_request (page->threshold, 110, -1);
  g_signal_connect_swapped (page->threshold, "value-changed", G_CALLBACK (on_threshold), page);
  page->consensus = labelled (
      _ ("Share, %"), page->threshold,
      _ ("Consensus: a cell counts for a student that puts more than this part of its loss there"));
  page->live = gtk_button_new_with_label (C_ ("view", "Live"));
  g_signal_connect_swapped (page->live, "clicked", G_CALLBACK (on_live), page);
  GtkWidget *open = gtk_button_new_with_label (_ ("Add runs…"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (open), "win.open-folder");
  page->step = kd_live_text_new (KD_LIVE_WIDTH, 0, 1);
  gtk_widget_set_hexpand (page->step, TRUE);
  gtk_widget_set_halign (page->step, GTK_ALIGN_END);
  gtk_widget_add_css_class (page->step, "dim-label");

  GtkWidget *tools = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  gtk_widget_add_css_class (tools, "toolbar");
  gtk_box_append (GTK_BOX (tools), labelled (C_ ("number of", "Image"), page->image,
                                             _ ("Which held-out scene (Page Up, Page Down)")));
  gtk_box_append (GTK_BOX (tools),
                  labelled (C_ ("of the pyramid", "Level"), page->level, _ ("Pyramid level (L)")));
  gtk_box_append (GTK_BOX (tools), labelled (C_ ("how runs are compared", "Show"), page->mode,
                                             _ ("How runs are compared (D)")));
  gtk_box_append (GTK_BOX (tools), page->pair);
  gtk_box_append (GTK_BOX (tools), page->consensus);
  gtk_box_append (GTK_BOX (tools), page->step);
  gtk_box_append (GTK_BOX (tools), page->live);
  gtk_box_append (GTK_BOX (tools), open);
  return tools;
}

static GtkWidget *
make_numbers (KdComparePage *page)
{
  g_autofree const char **titles = kd_translated_all (curve_titles);
  page->curve = choice (page, titles, choose_curves);
  gtk_widget_add_css_class (page->curve, "chart-choice");
  gtk_widget_set_halign (page->curve, GTK_ALIGN_START);
  gtk_accessible_update_property (GTK_ACCESSIBLE (page->curve), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("What the chart shows"), -1);
  page->chart = kd_chart_view_new (curve_titles[0], N_ ("step"), curve_units[0]);
  g_signal_connect (page->chart, "zoomed", G_CALLBACK (on_zoomed), page);
  gtk_widget_set_size_request (page->chart, 260, 150);
  gtk_widget_set_vexpand (page->chart, TRUE);
  GtkWidget *curves = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_box_append (GTK_BOX (curves), page->curve);
  gtk_box_append (GTK_BOX (curves), page->chart);
  GtkWidget *paned = gtk_paned_new (GTK_ORIENTATION_HORIZONTAL);
  GtkWidget *table = kd_run_table_new (page->set);
  gtk_widget_set_size_request (table, 320, -1);
  gtk_paned_set_start_child (GTK_PANED (paned), table);
  gtk_paned_set_end_child (GTK_PANED (paned), curves);
  gtk_paned_set_shrink_start_child (GTK_PANED (paned), FALSE);
  gtk_paned_set_shrink_end_child (GTK_PANED (paned), FALSE);
  return paned;
}

static void
kd_compare_page_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (kd_compare_page_parent_class)->map (widget);
  kd_compare_set_watch (KD_COMPARE_PAGE (widget)->set, true);
}

static void
kd_compare_page_unmap (GtkWidget *widget)
{
  kd_compare_set_watch (KD_COMPARE_PAGE (widget)->set, false);
  GTK_WIDGET_CLASS (kd_compare_page_parent_class)->unmap (widget);
}

static void
kd_compare_page_dispose (GObject *object)
{
  KdComparePage *page = KD_COMPARE_PAGE (object);
  if (page->set) {
    g_signal_handlers_disconnect_by_data (page->set, page);
    on_columns_first (page);
  }
  g_signal_handlers_disconnect_by_data (adw_style_manager_get_default (), page);
  g_clear_object (&page->set);
  g_clear_object (&page->port);
  g_clear_object (&page->model);
  G_OBJECT_CLASS (kd_compare_page_parent_class)->dispose (object);
}

static void
kd_compare_page_class_init (KdComparePageClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_compare_page_dispose;
  GTK_WIDGET_CLASS (class)->map = kd_compare_page_map;
  GTK_WIDGET_CLASS (class)->unmap = kd_compare_page_unmap;
  problem_signal = g_signal_new ("problem", KD_TYPE_COMPARE_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
kd_compare_page_init (KdComparePage *page)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (page), GTK_ORIENTATION_VERTICAL);
  page->port = kd_view_port_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key_pressed), page);
  g_signal_connect (keys, "key-released", G_CALLBACK (on_key_released), page);
  gtk_widget_add_controller (GTK_WIDGET (page), keys);
}

GtkWidget *
kd_compare_page_new (KdSessionModel *model, KdViewSettings *settings)
{
  KdComparePage *page = g_object_new (KD_TYPE_COMPARE_PAGE, NULL);
  page->model = g_object_ref (model);
  page->set = kd_compare_set_new (model);
  page->grid = kd_compare_grid_new (page->set, settings, page->port);
  GtkWidget *numbers = make_numbers (page);
  GtkWidget *tools = make_tools (page);
  GtkWidget *body = gtk_paned_new (GTK_ORIENTATION_VERTICAL);
  gtk_paned_set_start_child (GTK_PANED (body), page->grid);
  gtk_paned_set_end_child (GTK_PANED (body), numbers);
  gtk_paned_set_resize_end_child (GTK_PANED (body), FALSE);
  gtk_paned_set_shrink_end_child (GTK_PANED (body), FALSE);
  kd_pane_keep (GTK_PANED (body), "compare-height", true, NUMBERS_SHARE);
  gtk_widget_set_vexpand (body, TRUE);
  gtk_box_append (GTK_BOX (page), tools);
  gtk_box_append (GTK_BOX (page), gtk_separator_new (GTK_ORIENTATION_HORIZONTAL));
  gtk_box_append (GTK_BOX (page), body);
  g_signal_connect_swapped (page->set, "leaving", G_CALLBACK (on_columns_first), page);
  g_signal_connect_swapped (page->set, "columns", G_CALLBACK (on_columns), page);
  g_signal_connect_swapped (page->set, "changed", G_CALLBACK (on_changed), page);
  g_signal_connect (page->set, "failed", G_CALLBACK (on_failed), page);
  g_signal_connect_swapped (adw_style_manager_get_default (), "notify::dark",
                            G_CALLBACK (choose_curves), page);
  on_columns (page);
  on_mode (page);
  return GTK_WIDGET (page);
}
