/* SPDX-License-Identifier: MIT */
#include "ui/chart-slot.h"

#include "engine/base/i18n.h"
#include "ui/app-settings.h"
#include "ui/chart-view.h"
#include "ui/cut-choice.h"
#include "ui/demo-bands.h"
#include "ui/exporting.h"
#include "ui/shares.h"

#include <adwaita.h>
#include <math.h>

/* Exponential mean over about this many steps at first, the raw curve faint beneath. */
#define SMOOTHING 30
#define MOST_SMOOTHING 200
/* More students than this show one curve each of the detection loss, or nobody could tell them apart. */
#define MAX_RUNS_WITH_BOXES 3
/* Wide enough to see the first steps move, then the past fills the width. */
#define FEWEST_STEPS 50
/* An axis of AP reaches at least so far. */
#define LEAST_PERCENT 10.0

struct _KdChartSlot {
  GtkBox parent_instance;
  KdSessionModel *model; /* owned */
  KdCurves *curves;      /* owned */
  KdChartKind kind;
  GtkWidget *chart, *choice, *log_x, *log_y, *bands, *smoothing;
  KdShares *shares;  /* of the selected run while they are shown, else NULL */
  GPtrArray *labels; /* owned strings that the chart borrows */
  double low, high;  /* steps shown; equal: all */
};

G_DEFINE_FINAL_TYPE (KdChartSlot, kd_chart_slot, GTK_TYPE_BOX)

static guint cursor_signal, zoomed_signal;

static KdSession *
session_of (KdChartSlot *slot)
{
  return kd_session_model_get_session (slot->model);
}

static double
smoothing_of (KdChartSlot *slot)
{
  return kd_chart_kind_info (slot->kind)->measured
             ? 0
             : gtk_range_get_value (GTK_RANGE (slot->smoothing));
}

/* ---- curves --------------------------------------------------------------------------------------- */

static const char *
keep_label (KdChartSlot *slot, char *label)
{
  g_ptr_array_add (slot->labels, label);
  return label;
}

static KdChartCurve
describe (KdChartSlot *slot, const KdCurve *curve, int color, const char *label)
{
  const bool dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  KdChartCurve described = {
    .curve = curve,
    .color = kd_series_color (color, dark),
    .smoothing = smoothing_of (slot),
    .markers = kd_chart_kind_info (slot->kind)->measured,
    .label = label,
  };
  described.dash = kd_series_dash (color, &described.n_dashes);
  return described;
}

/* Everything up to the last term is filled first, so that each term's own part stays visible. */
static void
choose_shares (KdChartSlot *slot, GArray *chosen)
{
  slot->shares = kd_shares_new (session_of (slot), kd_session_model_get_selected (slot->model));
  for (int i = kd_shares_count (slot->shares) - 1; i >= 0; i--) {
    const char *label = keep_label (slot, g_strdup (kd_shares_name (slot->shares, i)));
    KdChartCurve curve = describe (slot, kd_shares_curve (slot->shares, i), i, label);
    curve.dash = NULL; /* areas are told apart by their order in the legend */
    curve.filled = true;
    g_array_append_val (chosen, curve);
  }
}

static bool
has_boxes (KdChartSlot *slot)
{
  return kd_session_runs (session_of (slot)) <= MAX_RUNS_WITH_BOXES;
}

/* Whether terms are drawn over where the demo's ran. */
static bool
has_bands (KdChartSlot *slot)
{
  return slot->kind == KD_CHART_TERMS &&
         gtk_check_button_get_active (GTK_CHECK_BUTTON (slot->bands));
}

static char *
label_of (KdChartSlot *slot, const KdSeriesInfo *info)
{
  if (kd_chart_kind_info (slot->kind)->of_selected)
    return g_strdup (strrchr (info->name, '.') + 1);
  const char *run = kd_session_run_id (session_of (slot), info->run);
  if (slot->kind == KD_CHART_DETECTION && has_boxes (slot))
    return g_str_equal (info->name, "loss.reg") ? g_strdup_printf (_ ("%s, boxes"), run)
                                                : g_strdup_printf (_ ("%s, classes"), run);
  return g_strdup (run);
}

static void
choose_series (KdChartSlot *slot, GArray *chosen)
{
  const KdChartKindInfo *kind = kd_chart_kind_info (slot->kind);
  const int selected = kd_session_model_get_selected (slot->model);
  int place = 0;
  for (int i = 0; i < kd_curves_count (slot->curves); i++) {
    const KdSeriesInfo *info = kd_curves_info (slot->curves, i);
    const bool regression = g_str_equal (info->name, "loss.reg");
    if (info->run < 0 || !kd_chart_kind_has (slot->kind, info) ||
        (kind->of_selected && info->run != selected) || (regression && !has_boxes (slot)))
      continue;
    place++;
    KdChartCurve curve =
        describe (slot, kd_curves_at (slot->curves, i), kind->of_selected ? place : info->run,
                  keep_label (slot, label_of (slot, info)));
    if (slot->kind == KD_CHART_DETECTION && has_boxes (slot))
      curve.dash = kd_series_dash (regression ? 2 : 0, &curve.n_dashes);
    if (has_bands (slot))
      curve.band = kd_demo_band (info->name);
    g_array_append_val (chosen, curve);
  }
}

static void
choose_curves (KdChartSlot *slot)
{
  /* The chart borrows the old ones until it has new ones. */
  GPtrArray *old_labels = slot->labels;
  KdShares *old_shares = g_steal_pointer (&slot->shares);
  slot->labels = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) chosen = g_array_new (FALSE, TRUE, sizeof (KdChartCurve));
  if (slot->kind == KD_CHART_SHARES)
    choose_shares (slot, chosen);
  else
    choose_series (slot, chosen);
  const KdChartKindInfo *kind = kd_chart_kind_info (slot->kind);
  kd_chart_view_set_titles (KD_CHART_VIEW (slot->chart), kind->title,
                            slot->kind == KD_CHART_DETECTION && !has_boxes (slot)
                                ? N_ ("loss of classes")
                            : has_bands (slot) ? N_ ("loss; bands: the demo's")
                                               : kind->unit);
  const bool loading = kd_curves_count (slot->curves) == 0;
  kd_chart_view_set_empty (KD_CHART_VIEW (slot->chart), loading          ? NULL
                                                        : !chosen->len   ? kind->none
                                                        : kind->measured ? N_ ("Not measured yet")
                                                                         : NULL);
  kd_chart_view_set_curves (KD_CHART_VIEW (slot->chart),
                            (const KdChartCurve *) (void *) chosen->data, (int) chosen->len);
  kd_shares_free (old_shares);
  g_ptr_array_unref (old_labels);
}

/* ---- axes ------------------------------------------------------------------------------------------- */

/* A measured percentage starts at 0 and its axis grows with the best so far, so that differences stay visible. */
static void
fit_measured (KdChartSlot *slot)
{
  double best = LEAST_PERCENT;
  for (int i = 0; i < kd_curves_count (slot->curves); i++) {
    double x, y;
    if (kd_chart_kind_has (slot->kind, kd_curves_info (slot->curves, i)) &&
        kd_curve_at (kd_curves_at (slot->curves, i), INFINITY, &x, &y) && isfinite (y))
      best = fmax (best, y);
  }
  kd_chart_view_set_y_range (KD_CHART_VIEW (slot->chart), 0, fmin (100, 1.15 * best));
}

static void
fit_axes (KdChartSlot *slot)
{
  KdChartView *chart = KD_CHART_VIEW (slot->chart);
  if (kd_chart_kind_info (slot->kind)->measured)
    fit_measured (slot);
  else if (slot->kind == KD_CHART_SHARES)
    kd_chart_view_set_y_range (chart, 0, 100);
  else
    kd_chart_view_set_y_range (chart, 0, 0);
  if (slot->high > slot->low) {
    kd_chart_view_set_x_range (chart, slot->low, slot->high);
    return;
  }
  const KdStatus status = kd_session_status (session_of (slot));
  const bool log_x = gtk_check_button_get_active (GTK_CHECK_BUTTON (slot->log_x));
  if (slot->kind == KD_CHART_TOKENS) /* by its own steps */
    kd_chart_view_set_x_range (chart, 0, 0);
  else
    kd_chart_view_set_x_range (chart, log_x,
                               kd_session_is_recording (session_of (slot))
                                   ? (double) status.steps
                                   : fmax (FEWEST_STEPS, (double) status.step));
}

static void
on_curves (KdChartSlot *slot)
{
  if (slot->shares)
    kd_shares_grow (slot->shares);
  if (slot->labels->len == 0)
    choose_curves (slot);
  fit_axes (slot);
  kd_chart_view_refresh (KD_CHART_VIEW (slot->chart));
}

/* The curves are about to go. */
static void
on_cleared (KdChartSlot *slot)
{
  kd_chart_view_set_curves (KD_CHART_VIEW (slot->chart), NULL, 0);
  g_clear_pointer (&slot->shares, kd_shares_free);
  g_ptr_array_set_size (slot->labels, 0);
  slot->low = slot->high = 0;
}

/* ---- what a person chooses --------------------------------------------------------------------------- */

static void
on_axes_chosen (KdChartSlot *slot)
{
  KdChartView *chart = KD_CHART_VIEW (slot->chart);
  kd_chart_view_set_log_x (chart, gtk_check_button_get_active (GTK_CHECK_BUTTON (slot->log_x)));
  kd_chart_view_set_log_y (chart, gtk_check_button_get_active (GTK_CHECK_BUTTON (slot->log_y)));
  fit_axes (slot);
}

static void
show_kind (KdChartSlot *slot)
{
  const KdChartKindInfo *kind = kd_chart_kind_info (slot->kind);
  gtk_widget_set_tooltip_text (slot->choice, kd_translated (kind->help));
  gtk_widget_set_sensitive (slot->smoothing, !kind->measured);
  gtk_widget_set_visible (slot->bands, slot->kind == KD_CHART_TERMS);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (slot->log_y), kind->log_y);
  choose_curves (slot);
  on_axes_chosen (slot);
}

static void
on_choice (KdChartSlot *slot)
{
  const guint chosen = gtk_drop_down_get_selected (GTK_DROP_DOWN (slot->choice));
  if (chosen == slot->kind || chosen >= KD_N_CHART_KINDS)
    return;
  slot->kind = chosen;
  show_kind (slot);
}

static void
on_cursor (KdChartView *chart, double step, KdChartSlot *slot)
{
  (void) chart;
  g_signal_emit (slot, cursor_signal, 0, step);
}

static void
on_zoomed (KdChartView *chart, double low, double high, KdChartSlot *slot)
{
  (void) chart;
  g_signal_emit (slot, zoomed_signal, 0, low, high);
}

/* With a file's words: labels are made anew, and once more for the screen. */
static KdChartPicture *
picture_of (KdChartSlot *slot, char **name)
{
  KdChartPicture *picture;
  {
    KD_FILE_WORDS;
    choose_curves (slot);
    const KdChart chart = kd_chart_view_get_chart (KD_CHART_VIEW (slot->chart));
    const int64_t step = kd_session_status (session_of (slot)).step;
    g_autofree char *title = g_ascii_strdown (chart.title, -1);
    *name = g_strdup_printf ("%s-step-%" G_GINT64_FORMAT ".png",
                             g_strcanon (title, "abcdefghijklmnopqrstuvwxyz0123456789", '-'), step);
    picture = kd_chart_picture_new (&chart, step);
  }
  choose_curves (slot);
  return picture;
}

static void
export_chart (GtkWidget *widget, const char *action, GVariant *parameter)
{
  (void) action;
  (void) parameter;
  KdChartSlot *slot = KD_CHART_SLOT (widget);
  g_autofree char *name = NULL;
  KdChartPicture *picture = picture_of (slot, &name);
  kd_exporting_ask_chart (widget, name, picture);
}

/* ---- life --------------------------------------------------------------------------------------------- */

static GtkWidget *
make_options (KdChartSlot *slot)
{
  slot->log_x = gtk_check_button_new_with_label (_ ("Logarithmic steps"));
  slot->log_y = gtk_check_button_new_with_label (_ ("Logarithmic values"));
  slot->bands = gtk_check_button_new_with_label (_ ("Bands of the demo"));
  gtk_check_button_set_active (GTK_CHECK_BUTTON (slot->bands), TRUE);
  gtk_widget_set_tooltip_text (
      slot->bands, _ ("Where each term ran when its method's demo preset was trained: 10th to 90th "
                      "percentile of three seeds. A loss far outside has other factors: size of "
                      "the maps, channels, batch or weight"));
  if (kd_app_settings ())
    g_settings_bind (kd_app_settings (), "demo-bands", slot->bands, "active",
                     G_SETTINGS_BIND_DEFAULT);
  slot->smoothing = gtk_scale_new_with_range (GTK_ORIENTATION_HORIZONTAL, 0, MOST_SMOOTHING, 5);
  gtk_range_set_value (GTK_RANGE (slot->smoothing), SMOOTHING);
  gtk_scale_set_draw_value (GTK_SCALE (slot->smoothing), TRUE);
  gtk_widget_set_size_request (slot->smoothing, 180, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (slot->smoothing), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Smoothing, steps"), -1);
  g_signal_connect_swapped (slot->log_x, "toggled", G_CALLBACK (on_axes_chosen), slot);
  g_signal_connect_swapped (slot->log_y, "toggled", G_CALLBACK (on_axes_chosen), slot);
  g_signal_connect_swapped (slot->bands, "toggled", G_CALLBACK (choose_curves), slot);
  g_signal_connect_swapped (slot->smoothing, "value-changed", G_CALLBACK (choose_curves), slot);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  gtk_box_append (GTK_BOX (box), slot->log_x);
  gtk_box_append (GTK_BOX (box), slot->log_y);
  gtk_box_append (GTK_BOX (box), slot->bands);
  gtk_box_append (GTK_BOX (box), gtk_label_new (_ ("Smoothing over raw values, steps")));
  gtk_box_append (GTK_BOX (box), slot->smoothing);
  GtkWidget *popover = gtk_popover_new ();
  gtk_popover_set_child (GTK_POPOVER (popover), box);
  GtkWidget *button = gtk_menu_button_new ();
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (button), popover);
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (button), "view-more-symbolic");
  gtk_menu_button_set_has_frame (GTK_MENU_BUTTON (button), FALSE);
  gtk_widget_add_css_class (button, "chart-options");
  gtk_widget_set_tooltip_text (button, _ ("Axes and smoothing"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Axes and smoothing"), -1);
  return button;
}

static GtkWidget *
make_choice (KdChartSlot *slot)
{
  const char *titles[KD_N_CHART_KINDS + 1] = { NULL };
  for (int i = 0; i < KD_N_CHART_KINDS; i++)
    titles[i] = kd_translated (kd_chart_kind_info ((KdChartKind) i)->title);
  slot->choice = gtk_drop_down_new_from_strings (titles);
  kd_choice_cut (GTK_DROP_DOWN (slot->choice), 9, -1);
  gtk_widget_add_css_class (slot->choice, "chart-choice");
  gtk_accessible_update_property (GTK_ACCESSIBLE (slot->choice), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("What this chart shows"), -1);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (slot->choice), slot->kind);
  g_signal_connect_swapped (slot->choice, "notify::selected", G_CALLBACK (on_choice), slot);
  return slot->choice;
}

static void
kd_chart_slot_dispose (GObject *object)
{
  KdChartSlot *slot = KD_CHART_SLOT (object);
  if (slot->model)
    g_signal_handlers_disconnect_by_data (slot->model, slot);
  if (slot->curves) {
    g_signal_handlers_disconnect_by_data (slot->curves, slot);
    on_cleared (slot);
  }
  g_signal_handlers_disconnect_by_data (adw_style_manager_get_default (), slot);
  g_clear_object (&slot->curves);
  g_clear_object (&slot->model);
  G_OBJECT_CLASS (kd_chart_slot_parent_class)->dispose (object);
}

static void
kd_chart_slot_finalize (GObject *object)
{
  g_ptr_array_unref (KD_CHART_SLOT (object)->labels);
  G_OBJECT_CLASS (kd_chart_slot_parent_class)->finalize (object);
}

static void
kd_chart_slot_class_init (KdChartSlotClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_chart_slot_dispose;
  G_OBJECT_CLASS (class)->finalize = kd_chart_slot_finalize;
  gtk_widget_class_install_action (GTK_WIDGET_CLASS (class), "chart.export", NULL, export_chart);
  cursor_signal = g_signal_new ("cursor", KD_TYPE_CHART_SLOT, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 1, G_TYPE_DOUBLE);
  zoomed_signal = g_signal_new ("zoomed", KD_TYPE_CHART_SLOT, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 2, G_TYPE_DOUBLE, G_TYPE_DOUBLE);
}

static void
kd_chart_slot_init (KdChartSlot *slot)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (slot), GTK_ORIENTATION_VERTICAL);
  slot->labels = g_ptr_array_new_with_free_func (g_free);
}

GtkWidget *
kd_chart_slot_new (KdSessionModel *model, KdCurves *curves, KdChartKind kind)
{
  KdChartSlot *slot = g_object_new (KD_TYPE_CHART_SLOT, NULL);
  slot->model = g_object_ref (model);
  slot->curves = g_object_ref (curves);
  slot->kind = kind;
  const KdChartKindInfo *info = kd_chart_kind_info (kind);
  slot->chart = kd_chart_view_new (info->title, N_ ("step"), info->unit);
  gtk_widget_set_size_request (slot->chart, 160, 120);
  gtk_widget_set_hexpand (slot->chart, TRUE);
  gtk_widget_set_vexpand (slot->chart, TRUE);
  g_signal_connect (slot->chart, "cursor", G_CALLBACK (on_cursor), slot);
  g_signal_connect (slot->chart, "zoomed", G_CALLBACK (on_zoomed), slot);
  GtkWidget *head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  gtk_box_append (GTK_BOX (head), make_choice (slot));
  GtkWidget *options = make_options (slot);
  gtk_widget_set_hexpand (options, TRUE);
  gtk_widget_set_halign (options, GTK_ALIGN_END);
  gtk_box_append (GTK_BOX (head), options);
  gtk_box_append (GTK_BOX (slot), head);
  gtk_box_append (GTK_BOX (slot), slot->chart);
  kd_exporting_add_menu (slot->chart, _ ("Export this chart…"), "chart.export", NULL, NULL);
  g_signal_connect_swapped (curves, "changed", G_CALLBACK (on_curves), slot);
  g_signal_connect_swapped (curves, "cleared", G_CALLBACK (on_cleared), slot);
  g_signal_connect_swapped (model, "status", G_CALLBACK (fit_axes), slot);
  g_signal_connect_swapped (model, "selected", G_CALLBACK (choose_curves), slot);
  g_signal_connect_swapped (adw_style_manager_get_default (), "notify::dark",
                            G_CALLBACK (choose_curves), slot);
  show_kind (slot);
  return GTK_WIDGET (slot);
}

void
kd_chart_slot_set_kind (KdChartSlot *slot, KdChartKind kind)
{
  g_return_if_fail (KD_IS_CHART_SLOT (slot));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (slot->choice), kind);
}

KdChartKind
kd_chart_slot_get_kind (KdChartSlot *slot)
{
  g_return_val_if_fail (KD_IS_CHART_SLOT (slot), KD_CHART_DETECTION);
  return slot->kind;
}

void
kd_chart_slot_set_cursor (KdChartSlot *slot, double step)
{
  g_return_if_fail (KD_IS_CHART_SLOT (slot));
  kd_chart_view_set_cursor (KD_CHART_VIEW (slot->chart), step);
}

void
kd_chart_slot_set_mark (KdChartSlot *slot, double step)
{
  g_return_if_fail (KD_IS_CHART_SLOT (slot));
  kd_chart_view_set_mark (KD_CHART_VIEW (slot->chart), step);
}

void
kd_chart_slot_set_range (KdChartSlot *slot, double low, double high)
{
  g_return_if_fail (KD_IS_CHART_SLOT (slot));
  slot->low = low;
  slot->high = high;
  fit_axes (slot);
  gtk_widget_queue_draw (slot->chart); /* at once: it is under the pointer */
}
