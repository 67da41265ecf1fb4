/* SPDX-License-Identifier: MIT */
#include "ui/live-page.h"

#include "engine/base/i18n.h"
#include "ui/app-settings.h"
#include "ui/charts-page.h"
#include "ui/curves.h"
#include "ui/exporting.h"
#include "ui/fold.h"
#include "ui/knob-edits.h"
#include "ui/knob-panel.h"
#include "ui/map-wall.h"
#include "ui/method-card.h"
#include "ui/pane.h"
#include "ui/probe-panel.h"
#include "ui/run-list.h"
#include "ui/setup-card.h"
#include "ui/transport.h"
#include "ui/view-bar.h"
#include "ui/wall-tabs.h"

#include <adwaita.h>

/* Held-out scenes offered for pinning; AP is measured on the same ones. */
#define N_IMAGES 1000
/* Of the height below the tools: a tall screen is for tall charts, too. */
#define CHARTS_SHARE 0.25
/* Height below the tools, px, from which on a figure leaves room for charts: it is higher than a wall's first row. */
#define FIGURE_AND_CHARTS_PX 640
#define SIDEBAR_WIDTH 250
#define SIDEBAR_LEAST 200 /* px, beside an open lesson in a small window */

struct _KdLivePage {
  GtkBox parent_instance;
  KdSessionModel *model;    /* owned */
  KdViewSettings *settings; /* owned */
  KdEdits *edits;           /* owned */
  KdViewPort *port;         /* owned */
  KdWallModel *wall_model;  /* owned */
  KdKnobEdits *turned;      /* owned */
  AdwToast *told;           /* weak: that recordings keep their parameters; NULL: not on screen */
  GtkWidget *sidebar, *knobs, *balance, *card, *transport, *view_bar, *wall, *tabs, *probe, *charts;
};

static void kd_live_page_page_init (KdPageInterface *interface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KdLivePage,
                               kd_live_page,
                               GTK_TYPE_BOX,
                               G_IMPLEMENT_INTERFACE (KD_TYPE_PAGE, kd_live_page_page_init))

static KdSession *
session_of (KdLivePage *page)
{
  return kd_session_model_get_session (page->model);
}

static int
selected_of (KdLivePage *page)
{
  return kd_session_model_get_selected (page->model);
}

static void on_selected (KdLivePage *page);

/* ---- knobs --------------------------------------------------------------------------------------- */

/* Of the moment on screen. */
static void
show_knobs (KdLivePage *page)
{
  KdKnobs *now = kd_session_model_is_back (page->model)
                     ? kd_session_run_knobs_at (session_of (page), selected_of (page),
                                                kd_session_model_get_step (page->model))
                     : kd_session_run_knobs (session_of (page), selected_of (page));
  kd_knob_panel_show (KD_KNOB_PANEL (page->knobs), now);
  kd_method_card_set_knobs (KD_METHOD_CARD (page->card), now);
  kd_wall_tabs_set_knobs (KD_WALL_TABS (page->tabs), now);
  gtk_widget_set_visible (page->balance,
                          kd_knobs_method (now)->n_knobs > 0); /* the twin has no terms */
  kd_knobs_free (now);
}

/* Once at a time, and with what can be done. */
static void
on_refused (KdLivePage *page)
{
  GtkWidget *overlay = gtk_widget_get_ancestor (GTK_WIDGET (page), ADW_TYPE_TOAST_OVERLAY);
  if (page->told || !overlay)
    return;
  AdwToast *toast = adw_toast_new (_ ("A recording keeps the parameters it was made with"));
  adw_toast_set_button_label (toast, _ ("Train live"));
  adw_toast_set_action_name (toast, "win.train-live");
  g_set_weak_pointer (&page->told, toast);
  adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (overlay), toast);
}

void
kd_live_page_turn (KdLivePage *page, const char *id, const char *text)
{
  g_return_if_fail (KD_IS_LIVE_PAGE (page));
  kd_knob_edits_turn (page->turned, id, text);
}

static void
on_knob (GtkWidget *from, const char *id, const char *text, KdLivePage *page)
{
  (void) from;
  kd_knob_edits_turn (page->turned, id, text);
}

void
kd_live_page_choose_preset (KdLivePage *page, const char *name)
{
  g_return_if_fail (KD_IS_LIVE_PAGE (page));
  kd_knob_edits_choose_preset (page->turned, name);
}

static void
on_preset (KdKnobPanel *panel, const char *name, KdLivePage *page)
{
  (void) panel;
  kd_knob_edits_choose_preset (page->turned, name);
}

void
kd_live_page_put_knobs (KdLivePage *page, int run, const KdKnobs *knobs, const char *label)
{
  g_return_if_fail (KD_IS_LIVE_PAGE (page));
  kd_knob_edits_put (page->turned, run, knobs, label);
}

void
kd_live_page_balance (KdLivePage *page)
{
  g_return_if_fail (KD_IS_LIVE_PAGE (page));
  kd_knob_edits_balance (page->turned);
}

/* Whoever turned a knob. A method may refuse a value that its table allows: the session takes it back, and so do the rows. */
static void
on_event (KdSessionModel *model, const KdEvent *event, KdLivePage *page)
{
  (void) model;
  if ((event->kind == KD_EVENT_ERROR || event->kind == KD_EVENT_KNOB) &&
      event->run == selected_of (page))
    show_knobs (page);
}

/* ---- the image ------------------------------------------------------------------------------------- */

static void
on_image (KdViewBar *bar, int index, KdLivePage *page)
{
  (void) bar;
  kd_session_model_show (page->model, -1); /* keyframes belong to an image */
  kd_session_pin_image (session_of (page), (uint64_t) index);
}

/* A recording holds one image; any other session shows the one that was shown. */
static void
offer_images (KdLivePage *page)
{
  KdViewBar *bar = KD_VIEW_BAR (page->view_bar);
  const int only = kd_session_model_get_only_image (page->model);
  if (only >= 0) {
    kd_view_bar_fix_image (bar, only);
  } else {
    kd_view_bar_set_images (bar, N_IMAGES);
    kd_session_pin_image (session_of (page), (uint64_t) kd_view_bar_get_image (bar));
  }
}

static void
on_session (KdLivePage *page)
{
  offer_images (page);
  on_selected (page);
}

/* ---- pictures -------------------------------------------------------------------------------------- */

static void
add_id (GArray *ids, int id)
{
  if (id >= 0)
    g_array_append_val (ids, id);
}

/* The session computes what is on screen only. */
static void
watch (KdLivePage *page)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (int));
  const GArray *rows = kd_wall_model_get_rows (page->wall_model);
  for (guint i = 0; i < rows->len; i++) {
    const KdWallRowData *row = &g_array_index (rows, KdWallRowData, i);
    for (int k = 0; k < row->n_places; k++) {
      add_id (ids, row->places[k].probe);
      add_id (ids, row->places[k].second);
    }
  }
  const KdFigure *figure = page->tabs ? kd_wall_tabs_get_figure (KD_WALL_TABS (page->tabs)) : NULL;
  int n_probes;
  const KdProbeInfo *probes = kd_session_probes (session_of (page), &n_probes);
  if (figure)
    kd_figure_add_probes (figure, selected_of (page), probes, n_probes, ids);
  if (!gtk_widget_get_mapped (GTK_WIDGET (page)))
    return;
  kd_session_watch (session_of (page), (const int *) (void *) ids->data, (int) ids->len);
  kd_session_want_snapshot (session_of (page));
}

static void
on_figure (KdLivePage *page)
{
  const bool figure = kd_wall_tabs_get_figure (KD_WALL_TABS (page->tabs)) != NULL;
  kd_fold_set_least (KD_FOLD (page->charts), figure ? FIGURE_AND_CHARTS_PX : 0);
  watch (page);
}

static void
show_snapshot (KdLivePage *page)
{
  KdSnapshot *snapshot = kd_session_model_get_snapshot (page->model);
  if (!snapshot || !kd_wall_model_get_method (page->wall_model) ||
      !gtk_widget_get_mapped (GTK_WIDGET (page)))
    return;
  g_autoptr (KdPicture) picture =
      kd_picture_of_snapshot (session_of (page), snapshot, selected_of (page));
  kd_wall_model_set_picture (page->wall_model, picture);
  if (kd_session_is_recording (session_of (page)))
    show_knobs (page);
}

static void
lay_out (KdLivePage *page)
{
  int n_probes;
  const KdProbeInfo *probes = kd_session_probes (session_of (page), &n_probes);
  kd_wall_model_set_layout (page->wall_model,
                            kd_session_run_method (session_of (page), selected_of (page)),
                            selected_of (page), probes, n_probes);
  watch (page);
  show_snapshot (page);
}

static void
on_selected (KdLivePage *page)
{
  kd_method_card_show (KD_METHOD_CARD (page->card),
                       kd_session_run_method (session_of (page), selected_of (page)));
  show_knobs (page);
  lay_out (page);
}

/* Between two phases of a step: which rows the last one has made. */
static void
show_phase (KdLivePage *page)
{
  const KdStatus status = kd_session_status (session_of (page));
  const bool between = status.state == KD_STATE_PAUSED && status.next_phase != KD_STEP_FORWARD;
  kd_map_wall_mark_phase (KD_MAP_WALL (page->wall), between ? (int) status.next_phase - 1 : -1);
}

/* ---- acts ------------------------------------------------------------------------------------------ */

static void
select_method (KdLivePage *page, const char *digit)
{
  const int run = atoi (digit);
  if (run < kd_session_runs (session_of (page)))
    kd_session_model_select (page->model, run);
}

static void
pin (KdLivePage *page)
{
  double x, y;
  if (kd_view_port_get_hover (page->port, &x, &y))
    kd_view_port_toggle_pin (page->port, x, y);
}

static void
browse_channels (KdLivePage *page)
{
  kd_wall_tabs_show (KD_WALL_TABS (page->tabs), NULL);
  kd_map_wall_browse (KD_MAP_WALL (page->wall));
}

/* The knobs belong to what is trained now, not to an earlier keyframe. */
static void
export_part (KdLivePage *page, int row, int place)
{
  KdKnobs *knobs = kd_session_model_get_shown (page->model) < 0
                       ? kd_session_run_knobs (session_of (page), selected_of (page))
                       : NULL;
  kd_exporting_ask_wall (GTK_WIDGET (page), page->wall_model, row, place, knobs);
  kd_knobs_free (knobs);
}

static void
export_shown (KdLivePage *page)
{
  if (!kd_wall_tabs_export (KD_WALL_TABS (page->tabs)))
    export_part (page, -1, -1);
}

static bool
kd_live_page_act (KdPage *self, const char *name)
{
  KdLivePage *page = KD_LIVE_PAGE (self);
  KdTransport *transport = KD_TRANSPORT (page->transport);
  if (g_str_equal (name, "play"))
    kd_transport_toggle (transport);
  else if (g_str_equal (name, "step"))
    kd_transport_step (transport);
  else if (g_str_equal (name, "step-phase"))
    kd_transport_step_phase (transport);
  else if (g_str_equal (name, "scrub-back"))
    kd_transport_scrub (transport, -1);
  else if (g_str_equal (name, "scrub-forth"))
    kd_transport_scrub (transport, 1);
  else if (g_str_equal (name, "scrub-back-ten"))
    kd_transport_scrub (transport, -10);
  else if (g_str_equal (name, "scrub-forth-ten"))
    kd_transport_scrub (transport, 10);
  else if (g_str_equal (name, "scrub-first"))
    kd_transport_scrub (transport, G_MININT);
  else if (g_str_equal (name, "scrub-live"))
    kd_transport_scrub (transport, G_MAXINT);
  else if (g_str_equal (name, "slower"))
    kd_transport_change_speed (transport, -1);
  else if (g_str_equal (name, "faster"))
    kd_transport_change_speed (transport, 1);
  else if (g_str_equal (name, "figure"))
    kd_wall_tabs_next (KD_WALL_TABS (page->tabs));
  else if (g_str_equal (name, "pin"))
    pin (page);
  else if (g_str_equal (name, "zoom-cells"))
    kd_map_wall_zoom_cells (KD_MAP_WALL (page->wall), KD_CELL_PX);
  else if (g_str_equal (name, "channels"))
    browse_channels (page);
  else if (g_str_equal (name, "export"))
    export_shown (page);
  else if (g_str_equal (name, "sidebar"))
    gtk_widget_set_visible (page->sidebar, !gtk_widget_get_visible (page->sidebar));
  else if (g_str_equal (name, "probe"))
    kd_fold_toggle (KD_FOLD (page->probe));
  else if (g_str_equal (name, "charts"))
    kd_fold_toggle (KD_FOLD (page->charts));
  else if (g_str_equal (name, "escape"))
    return kd_map_wall_shrink (KD_MAP_WALL (page->wall));
  else if (g_str_has_prefix (name, "student-"))
    select_method (page, name + strlen ("student-"));
  else
    return kd_view_bar_act (KD_VIEW_BAR (page->view_bar), name) ||
           kd_view_port_act (page->port, name);
  return true;
}

static bool
kd_live_page_open (KdPage *self, KdFileKind kind, const char *path, GError **error)
{
  (void) kind;
  KdSession *recording = kd_session_new_for_recording (path, error);
  if (recording)
    kd_session_model_put (KD_LIVE_PAGE (self)->model, recording);
  return recording != NULL;
}

static void
kd_live_page_page_init (KdPageInterface *interface)
{
  interface->act = kd_live_page_act;
  interface->opens = 1u << KD_FILE_RECORDING;
  interface->open = kd_live_page_open;
}

/* ---- layout ------------------------------------------------------------------------------------------ */

static GtkWidget *
heading (const char *text)
{
  GtkWidget *label = gtk_label_new (text);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "heading");
  return label;
}

static GtkWidget *
make_balance (void)
{
  GtkWidget *button = gtk_button_new_with_label (C_ ("button", "Balance"));
  gtk_widget_set_halign (button, GTK_ALIGN_START);
  gtk_widget_set_tooltip_text (
      button, _ ("Set the scale so that the method pulls at the student's features as hard as the "
                 "detection loss does (over the next training batches). Train some hundred steps "
                 "first: an adapter that has not learned yet pulls weakly, and the scale comes out "
                 "far too large"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "win.balance");
  gtk_widget_set_name (button, "balance");
  return button;
}

static GtkWidget *
make_sidebar (KdLivePage *page)
{
  page->knobs = kd_knob_panel_new ();
  g_signal_connect (page->knobs, "changed", G_CALLBACK (on_knob), page);
  g_signal_connect (page->knobs, "preset", G_CALLBACK (on_preset), page);
  page->card = kd_method_card_new (page->wall_model);
  g_signal_connect (page->card, "changed", G_CALLBACK (on_knob), page);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 10);
  gtk_widget_set_margin_start (box, 12);
  gtk_widget_set_margin_end (box, 12);
  gtk_widget_set_margin_top (box, 12);
  gtk_widget_set_margin_bottom (box, 12);
  gtk_box_append (GTK_BOX (box), heading (C_ ("list", "Students")));
  GtkWidget *students = kd_run_list_new (page->model);
  gtk_widget_set_name (students, "students");
  gtk_box_append (GTK_BOX (box), students);
  gtk_box_append (GTK_BOX (box), kd_setup_card_new (page->model));
  gtk_box_append (GTK_BOX (box), heading (C_ ("list", "Parameters")));
  gtk_box_append (GTK_BOX (box), page->knobs);
  page->balance = make_balance ();
  gtk_box_append (GTK_BOX (box), page->balance);
  gtk_box_append (GTK_BOX (box), gtk_separator_new (GTK_ORIENTATION_HORIZONTAL));
  gtk_box_append (GTK_BOX (box), page->card);

  page->sidebar = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (page->sidebar), box);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (page->sidebar), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_widget_set_size_request (page->sidebar, SIDEBAR_LEAST, -1);
  gtk_widget_add_css_class (page->sidebar, "sidebar");
  if (kd_app_settings ())
    g_settings_bind (kd_app_settings (), "sidebar", page->sidebar, "visible",
                     G_SETTINGS_BIND_DEFAULT);
  return page->sidebar;
}

static GtkWidget *
make_paned (GtkOrientation orientation, GtkWidget *start, GtkWidget *end, bool start_grows)
{
  GtkWidget *paned = gtk_paned_new (orientation);
  gtk_paned_set_start_child (GTK_PANED (paned), start);
  gtk_paned_set_end_child (GTK_PANED (paned), end);
  gtk_paned_set_resize_start_child (GTK_PANED (paned), start_grows);
  gtk_paned_set_resize_end_child (GTK_PANED (paned), !start_grows);
  gtk_paned_set_shrink_start_child (GTK_PANED (paned), FALSE);
  gtk_paned_set_shrink_end_child (GTK_PANED (paned), FALSE);
  return paned;
}

/* Which way the charts will go. */
static gboolean
arrow_for (GBinding *binding, const GValue *shown, GValue *icon, gpointer data)
{
  (void) binding;
  (void) data;
  g_value_set_static_string (icon,
                             g_value_get_boolean (shown) ? "pan-down-symbolic" : "pan-up-symbolic");
  return TRUE;
}

/* What moves time stays in sight when the charts beneath it fold away, and brings them back. */
static GtkWidget *
make_transport_line (KdLivePage *page, GtkWidget *charts)
{
  page->transport = kd_transport_new (page->model);
  gtk_widget_set_hexpand (page->transport, TRUE);
  GtkWidget *fold = gtk_button_new ();
  gtk_actionable_set_action_name (GTK_ACTIONABLE (fold), "win.charts");
  gtk_widget_add_css_class (fold, "flat");
  gtk_widget_set_valign (fold, GTK_ALIGN_CENTER);
  gtk_widget_set_margin_end (fold, 6);
  gtk_widget_set_tooltip_text (fold, _ ("Charts, shown or hidden (Ctrl+F9)"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (fold), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  C_ ("panel", "Charts"), -1);
  g_object_bind_property_full (charts, "visible", fold, "icon-name", G_BINDING_SYNC_CREATE,
                               arrow_for, NULL, NULL, NULL);
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  gtk_box_append (GTK_BOX (line), page->transport);
  gtk_box_append (GTK_BOX (line), fold);
  return line;
}

static GtkWidget *
make_centre (KdLivePage *page)
{
  page->wall = kd_map_wall_new (page->wall_model, page->port, page->edits);
  g_signal_connect_swapped (page->wall, "export", G_CALLBACK (export_part), page);
  page->tabs = kd_wall_tabs_new (page->wall_model, page->port, page->wall);
  g_signal_connect (page->tabs, "turned", G_CALLBACK (on_knob), page);
  gtk_widget_set_name (page->tabs, "figures");
  gtk_widget_set_name (page->wall, "wall");
  g_signal_connect_swapped (page->tabs, "figure", G_CALLBACK (on_figure), page);
  GtkWidget *probe = kd_probe_panel_new (page->wall_model, page->port, page->model);
  gtk_widget_set_name (probe, "probe");
  GtkWidget *across = make_paned (GTK_ORIENTATION_HORIZONTAL, page->tabs, probe, true);
  kd_pane_keep (GTK_PANED (across), "probe-width", true, 0);
  page->probe = kd_fold_new (GTK_PANED (across), KD_PROBE_ROOM, "probe");

  g_autoptr (KdCurves) curves = kd_curves_new (page->model);
  GtkWidget *top = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_widget_set_vexpand (page->probe, TRUE);
  gtk_box_append (GTK_BOX (top), page->probe);
  gtk_box_append (GTK_BOX (top), gtk_separator_new (GTK_ORIENTATION_HORIZONTAL));
  GtkWidget *charts = kd_charts_page_new (page->model, curves);
  gtk_widget_set_name (charts, "charts");
  gtk_box_append (GTK_BOX (top), make_transport_line (page, charts));
  g_signal_connect_object (charts, "cursor", G_CALLBACK (kd_transport_set_cursor), page->transport,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (page->transport, "cursor", G_CALLBACK (kd_charts_page_set_cursor),
                           charts, G_CONNECT_SWAPPED);
  GtkWidget *down = make_paned (GTK_ORIENTATION_VERTICAL, top, charts, true);
  kd_pane_keep (GTK_PANED (down), "charts-height", true, CHARTS_SHARE);
  page->charts = kd_fold_new (GTK_PANED (down), 0, "charts");
  gtk_widget_set_vexpand (page->charts, TRUE);

  page->view_bar = kd_view_bar_new (page->settings, N_IMAGES);
  g_signal_connect (page->view_bar, "image", G_CALLBACK (on_image), page);
  gtk_widget_set_name (page->view_bar, "tools");
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_box_append (GTK_BOX (box), page->view_bar);
  gtk_box_append (GTK_BOX (box), gtk_separator_new (GTK_ORIENTATION_HORIZONTAL));
  gtk_box_append (GTK_BOX (box), page->charts);
  return box;
}

/* ---- life ---------------------------------------------------------------------------------------------- */

static void
kd_live_page_dispose (GObject *object)
{
  KdLivePage *page = KD_LIVE_PAGE (object);
  if (page->model)
    g_signal_handlers_disconnect_by_data (page->model, page);
  if (page->turned) {
    g_signal_handlers_disconnect_by_data (page->turned, page);
    g_object_run_dispose (G_OBJECT (page->turned)); /* edits keep it alive, and it keeps them */
  }
  g_clear_weak_pointer (&page->told);
  g_clear_object (&page->wall_model); /* its picture asks the session, which goes with the model */
  g_clear_object (&page->settings);
  g_clear_object (&page->turned);
  g_clear_object (&page->edits);
  g_clear_object (&page->port);
  g_clear_object (&page->model);
  G_OBJECT_CLASS (kd_live_page_parent_class)->dispose (object);
}

/* Another view may have watched other probes meanwhile. */
static void
kd_live_page_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (kd_live_page_parent_class)->map (widget);
  watch (KD_LIVE_PAGE (widget));
}

static void
kd_live_page_class_init (KdLivePageClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_live_page_dispose;
  GTK_WIDGET_CLASS (class)->map = kd_live_page_map;
}

static void
kd_live_page_init (KdLivePage *page)
{
  page->port = kd_view_port_new ();
}

GtkWidget *
kd_live_page_new (KdSessionModel *model, KdViewSettings *settings, KdEdits *edits)
{
  KdLivePage *page = g_object_new (KD_TYPE_LIVE_PAGE, NULL);
  page->model = g_object_ref (model);
  page->settings = g_object_ref (settings);
  page->edits = g_object_ref (edits);
  page->wall_model = kd_wall_model_new (settings);
  page->turned = kd_knob_edits_new (model, edits);
  g_signal_connect_swapped (page->turned, "applied", G_CALLBACK (show_knobs), page);
  g_signal_connect_swapped (page->turned, "refused", G_CALLBACK (on_refused), page);
  GtkWidget *body =
      make_paned (GTK_ORIENTATION_HORIZONTAL, make_sidebar (page), make_centre (page), false);
  kd_pane_keep (GTK_PANED (body), "sidebar-width", false, SIDEBAR_WIDTH);
  gtk_widget_set_vexpand (body, TRUE);
  gtk_widget_set_hexpand (body, TRUE);
  gtk_box_append (GTK_BOX (page), body);
  g_signal_connect_swapped (model, "session", G_CALLBACK (on_session), page);
  g_signal_connect_swapped (model, "selected", G_CALLBACK (on_selected), page);
  g_signal_connect_swapped (model, "probes", G_CALLBACK (lay_out), page);
  g_signal_connect_swapped (model, "snapshot", G_CALLBACK (show_snapshot), page);
  g_signal_connect_swapped (model, "status", G_CALLBACK (show_phase), page);
  g_signal_connect_swapped (model, "shown", G_CALLBACK (show_knobs), page);
  g_signal_connect (model, "event", G_CALLBACK (on_event), page);
  offer_images (page);
  on_selected (page);
  return GTK_WIDGET (page);
}

KdWallModel *
kd_live_page_get_wall (KdLivePage *page)
{
  g_return_val_if_fail (KD_IS_LIVE_PAGE (page), NULL);
  return page->wall_model;
}

KdViewPort *
kd_live_page_get_port (KdLivePage *page)
{
  g_return_val_if_fail (KD_IS_LIVE_PAGE (page), NULL);
  return page->port;
}

void
kd_live_page_set_image (KdLivePage *page, int held_out_index)
{
  g_return_if_fail (KD_IS_LIVE_PAGE (page));
  kd_view_bar_set_image (KD_VIEW_BAR (page->view_bar), held_out_index);
}

int
kd_live_page_get_image (KdLivePage *page)
{
  g_return_val_if_fail (KD_IS_LIVE_PAGE (page), 0);
  return kd_view_bar_get_image (KD_VIEW_BAR (page->view_bar));
}

const char *
kd_live_page_get_figure (KdLivePage *page)
{
  g_return_val_if_fail (KD_IS_LIVE_PAGE (page), "");
  const KdFigure *figure = kd_wall_tabs_get_figure (KD_WALL_TABS (page->tabs));
  return figure ? figure->id : "";
}

void
kd_live_page_show_figure (KdLivePage *page, const char *id)
{
  g_return_if_fail (KD_IS_LIVE_PAGE (page));
  kd_wall_tabs_show (KD_WALL_TABS (page->tabs), *id ? id : NULL);
}

bool
kd_live_page_has_sidebar (KdLivePage *page)
{
  g_return_val_if_fail (KD_IS_LIVE_PAGE (page), false);
  return gtk_widget_get_visible (page->sidebar);
}

void
kd_live_page_focus (KdLivePage *page)
{
  g_return_if_fail (KD_IS_LIVE_PAGE (page));
  kd_transport_focus (KD_TRANSPORT (page->transport));
}
