/* SPDX-License-Identifier: MIT */
#include "ui/window.h"

#include "ui/charts-page.h"
#include "ui/curves.h"
#include "ui/knob-panel.h"
#include "ui/map-wall.h"
#include "ui/method-card.h"
#include "ui/probe-panel.h"
#include "ui/run-list.h"
#include "ui/transport.h"
#include "ui/view-bar.h"
#include "ui/view-port.h"
#include "ui/view-settings.h"

struct _KdWindow {
  AdwApplicationWindow parent_instance;
  KdSessionModel *model;
  KdViewSettings *settings;
  KdViewPort *port;
  GtkWidget *title, *toasts, *banner, *banner_label, *sidebar, *transport, *view_bar, *wall;
};

G_DEFINE_FINAL_TYPE (KdWindow, kd_window, ADW_TYPE_APPLICATION_WINDOW)

/* ---- actions ------------------------------------------------------------------------------------ */

typedef void (*Act) (KdWindow *window);

static void
act_play (KdWindow *window)
{
  kd_transport_toggle (KD_TRANSPORT (window->transport));
}

static void
act_step (KdWindow *window)
{
  kd_transport_step (KD_TRANSPORT (window->transport));
}

static void
act_slower (KdWindow *window)
{
  kd_transport_change_speed (KD_TRANSPORT (window->transport), -1);
}

static void
act_faster (KdWindow *window)
{
  kd_transport_change_speed (KD_TRANSPORT (window->transport), 1);
}

static void
act_next_image (KdWindow *window)
{
  kd_view_bar_change_image (KD_VIEW_BAR (window->view_bar), 1);
}

static void
act_previous_image (KdWindow *window)
{
  kd_view_bar_change_image (KD_VIEW_BAR (window->view_bar), -1);
}

static void
act_colormap (KdWindow *window)
{
  kd_view_bar_next_colormap (KD_VIEW_BAR (window->view_bar));
}

static void
act_share (KdWindow *window)
{
  kd_view_bar_next_share (KD_VIEW_BAR (window->view_bar));
}

static void
act_boxes (KdWindow *window)
{
  kd_view_bar_toggle_boxes (KD_VIEW_BAR (window->view_bar));
}

static void
act_overlay (KdWindow *window)
{
  kd_view_bar_toggle_overlay (KD_VIEW_BAR (window->view_bar));
}

static void
act_fit (KdWindow *window)
{
  kd_view_port_reset (window->port);
}

static void
act_sidebar (KdWindow *window)
{
  gtk_widget_set_visible (window->sidebar, !gtk_widget_get_visible (window->sidebar));
}

static void
act_fullscreen (KdWindow *window)
{
  if (gtk_window_is_fullscreen (GTK_WINDOW (window)))
    gtk_window_unfullscreen (GTK_WINDOW (window));
  else
    gtk_window_fullscreen (GTK_WINDOW (window));
}

static void
act_dark (KdWindow *window)
{
  (void) window;
  AdwStyleManager *style = adw_style_manager_get_default ();
  adw_style_manager_set_color_scheme (style, adw_style_manager_get_dark (style)
                                                 ? ADW_COLOR_SCHEME_FORCE_LIGHT
                                                 : ADW_COLOR_SCHEME_FORCE_DARK);
}

static void
act_shortcuts (KdWindow *window)
{
  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_resource ("/org/kdscope/ui/shortcuts.ui");
  GtkWindow *shortcuts = GTK_WINDOW (gtk_builder_get_object (builder, "shortcuts"));
  gtk_window_set_transient_for (shortcuts, GTK_WINDOW (window));
  gtk_window_present (shortcuts);
}

/* Single keys act only when no entry has taken them, so they are bubble-phase shortcuts and not accelerators. */
static const struct {
  const char *name;
  Act act;
  const char *keys;
} acts[] = {
  { "play", act_play, "space" },
  { "step", act_step, "period" },
  { "slower", act_slower, "bracketleft" },
  { "faster", act_faster, "bracketright" },
  { "next-image", act_next_image, "Page_Down" },
  { "previous-image", act_previous_image, "Page_Up" },
  { "colormap", act_colormap, "c" },
  { "share", act_share, "s" },
  { "boxes", act_boxes, "b" },
  { "overlay", act_overlay, "o" },
  { "fit", act_fit, "<Control>0" },
  { "sidebar", act_sidebar, "F9" },
  { "fullscreen", act_fullscreen, "F11" },
  { "dark", act_dark, NULL },
  { "shortcuts", act_shortcuts, "<Control>question" },
};

static void
on_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  (void) parameter;
  const char *name = g_action_get_name (G_ACTION (action));
  for (size_t i = 0; i < G_N_ELEMENTS (acts); i++) {
    if (g_str_equal (acts[i].name, name))
      acts[i].act (data);
  }
}

static void
add_actions (KdWindow *window)
{
  GtkEventController *controller = gtk_shortcut_controller_new ();
  for (size_t i = 0; i < G_N_ELEMENTS (acts); i++) {
    g_autoptr (GSimpleAction) action = g_simple_action_new (acts[i].name, NULL);
    g_signal_connect (action, "activate", G_CALLBACK (on_action), window);
    g_action_map_add_action (G_ACTION_MAP (window), G_ACTION (action));
    if (!acts[i].keys)
      continue;
    g_autofree char *full = g_strconcat ("win.", acts[i].name, NULL);
    gtk_shortcut_controller_add_shortcut (
        GTK_SHORTCUT_CONTROLLER (controller),
        gtk_shortcut_new (gtk_shortcut_trigger_parse_string (acts[i].keys),
                          gtk_named_action_new (full)));
  }
  gtk_widget_add_controller (GTK_WIDGET (window), controller);
}

/* ---- what the session says ------------------------------------------------------------------------ */

static void
show_title (KdWindow *window)
{
  KdSession *session = kd_session_model_get_session (window->model);
  const int run = kd_session_model_get_selected (window->model);
  const KdStatus status = kd_session_status (session);
  g_autofree char *subtitle =
      g_strdup_printf ("%s, drawn scenes, step %" G_GINT64_FORMAT,
                       kd_session_run_method (session, run)->title, status.step);
  adw_window_title_set_subtitle (ADW_WINDOW_TITLE (window->title), subtitle);
}

static void
on_event (KdSessionModel *model, const KdEvent *event, KdWindow *window)
{
  const KdStatus status = kd_session_status (kd_session_model_get_session (model));
  if (event->kind == KD_EVENT_BAD_NUMBERS || event->kind == KD_EVENT_ERROR) {
    gtk_label_set_text (GTK_LABEL (window->banner_label), event->text);
    gtk_info_bar_set_revealed (GTK_INFO_BAR (window->banner), TRUE);
  } else if (event->kind == KD_EVENT_STATE && status.state == KD_STATE_RUNNING) {
    gtk_info_bar_set_revealed (GTK_INFO_BAR (window->banner), FALSE);
  } else if (event->kind == KD_EVENT_CHECKPOINT) {
    g_autofree char *text = g_strdup_printf ("Saved to %s", event->text);
    adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (window->toasts), adw_toast_new (text));
  }
}

/* ---- layout ------------------------------------------------------------------------------------------ */

static GtkWidget *
make_header (KdWindow *window)
{
  GtkWidget *header = adw_header_bar_new ();
  window->title = adw_window_title_new ("kdscope", NULL);
  adw_header_bar_set_title_widget (ADW_HEADER_BAR (header), window->title);

  GtkWidget *sidebar = gtk_button_new_from_icon_name ("sidebar-show-symbolic");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (sidebar), "win.sidebar");
  gtk_widget_set_tooltip_text (sidebar, "Sidebar (F9)");
  gtk_accessible_update_property (GTK_ACCESSIBLE (sidebar), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  "Sidebar", -1);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), sidebar);

  g_autoptr (GMenu) menu = g_menu_new ();
  g_menu_append (menu, "Light or dark", "win.dark");
  g_menu_append (menu, "Full screen", "win.fullscreen");
  g_menu_append (menu, "Keyboard shortcuts", "win.shortcuts");
  g_menu_append (menu, "About kdscope", "app.about");
  GtkWidget *button = gtk_menu_button_new ();
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (button), "open-menu-symbolic");
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (button), G_MENU_MODEL (menu));
  gtk_menu_button_set_primary (GTK_MENU_BUTTON (button), TRUE);
  gtk_widget_set_tooltip_text (button, "Menu (F10)");
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, "Menu",
                                  -1);
  adw_header_bar_pack_end (ADW_HEADER_BAR (header), button);
  return header;
}

static GtkWidget *
heading (const char *text)
{
  GtkWidget *label = gtk_label_new (text);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "heading");
  return label;
}

static GtkWidget *
make_sidebar (KdWindow *window)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 10);
  gtk_widget_set_margin_start (box, 12);
  gtk_widget_set_margin_end (box, 12);
  gtk_widget_set_margin_top (box, 12);
  gtk_widget_set_margin_bottom (box, 12);
  gtk_box_append (GTK_BOX (box), heading ("Students"));
  gtk_box_append (GTK_BOX (box), kd_run_list_new (window->model));
  gtk_box_append (GTK_BOX (box), heading ("Parameters"));
  gtk_box_append (GTK_BOX (box), kd_knob_panel_new (window->model));
  gtk_box_append (GTK_BOX (box), gtk_separator_new (GTK_ORIENTATION_HORIZONTAL));
  gtk_box_append (GTK_BOX (box), kd_method_card_new (window->model));

  window->sidebar = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (window->sidebar), box);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (window->sidebar), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_widget_set_size_request (window->sidebar, 250, -1);
  gtk_widget_add_css_class (window->sidebar, "sidebar");
  return window->sidebar;
}

static GtkWidget *
make_centre (KdWindow *window)
{
  window->wall = kd_map_wall_new (window->model, window->settings, window->port);
  GtkWidget *probe = kd_probe_panel_new (window->model, window->settings, window->port);
  GtkWidget *across = gtk_paned_new (GTK_ORIENTATION_HORIZONTAL);
  gtk_paned_set_start_child (GTK_PANED (across), window->wall);
  gtk_paned_set_end_child (GTK_PANED (across), probe);
  gtk_paned_set_resize_end_child (GTK_PANED (across), FALSE);
  gtk_paned_set_shrink_start_child (GTK_PANED (across), FALSE);
  gtk_paned_set_shrink_end_child (GTK_PANED (across), FALSE);

  g_autoptr (KdCurves) curves = kd_curves_new (window->model);
  GtkWidget *charts = kd_charts_page_new (window->model, curves);
  window->transport = kd_transport_new (window->model);
  GtkWidget *bottom = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_box_append (GTK_BOX (bottom), window->transport);
  gtk_box_append (GTK_BOX (bottom), gtk_separator_new (GTK_ORIENTATION_HORIZONTAL));
  gtk_box_append (GTK_BOX (bottom), charts);

  GtkWidget *down = gtk_paned_new (GTK_ORIENTATION_VERTICAL);
  gtk_paned_set_start_child (GTK_PANED (down), across);
  gtk_paned_set_end_child (GTK_PANED (down), bottom);
  gtk_paned_set_resize_end_child (GTK_PANED (down), FALSE);
  gtk_paned_set_shrink_start_child (GTK_PANED (down), FALSE);
  gtk_paned_set_shrink_end_child (GTK_PANED (down), FALSE);
  gtk_widget_set_vexpand (down, TRUE);

  window->view_bar = kd_view_bar_new (window->model, window->settings);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_box_append (GTK_BOX (box), window->view_bar);
  gtk_box_append (GTK_BOX (box), gtk_separator_new (GTK_ORIENTATION_HORIZONTAL));
  gtk_box_append (GTK_BOX (box), down);
  return box;
}

static void
close_banner (GtkInfoBar *banner, int response, gpointer data)
{
  (void) response;
  (void) data;
  gtk_info_bar_set_revealed (banner, FALSE);
}

static GtkWidget *
make_banner (KdWindow *window)
{
  window->banner = gtk_info_bar_new ();
  window->banner_label = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (window->banner_label), TRUE);
  gtk_label_set_xalign (GTK_LABEL (window->banner_label), 0);
  gtk_info_bar_add_child (GTK_INFO_BAR (window->banner), window->banner_label);
  gtk_info_bar_set_message_type (GTK_INFO_BAR (window->banner), GTK_MESSAGE_ERROR);
  gtk_info_bar_set_revealed (GTK_INFO_BAR (window->banner), FALSE);
  gtk_info_bar_set_show_close_button (GTK_INFO_BAR (window->banner), TRUE);
  g_signal_connect (window->banner, "response", G_CALLBACK (close_banner), NULL);
  return window->banner;
}

static void
load_style (void)
{
  static bool loaded; /* one provider per process, whatever the number of windows */
  if (loaded)
    return;
  loaded = true;
  g_autoptr (GtkCssProvider) provider = gtk_css_provider_new ();
  gtk_css_provider_load_from_resource (provider, "/org/kdscope/style.css");
  gtk_style_context_add_provider_for_display (gdk_display_get_default (),
                                              GTK_STYLE_PROVIDER (provider),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}

/* Space plays from the first moment: the button has the focus, not the first widget of the header. */
static void
kd_window_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (kd_window_parent_class)->map (widget);
  gtk_widget_grab_focus (gtk_widget_get_first_child (KD_WINDOW (widget)->transport));
}

static void
kd_window_dispose (GObject *object)
{
  KdWindow *window = KD_WINDOW (object);
  if (window->model)
    g_signal_handlers_disconnect_by_data (window->model, window);
  g_clear_object (&window->settings);
  g_clear_object (&window->port);
  G_OBJECT_CLASS (kd_window_parent_class)->dispose (object);
  /* Last, when no widget asks it any more: joins the engine thread. */
  g_clear_object (&window->model);
}

static void
kd_window_class_init (KdWindowClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_window_dispose;
  GTK_WIDGET_CLASS (class)->map = kd_window_map;
}

static void
kd_window_init (KdWindow *window)
{
  window->settings = kd_view_settings_new ();
  window->port = kd_view_port_new ();
}

KdWindow *
kd_window_new (GtkApplication *application, KdSessionModel *model)
{
  load_style ();
  KdWindow *window = g_object_new (KD_TYPE_WINDOW, "application", application, "default-width",
                                   1280, "default-height", 800, "title", "kdscope", NULL);
  window->model = g_object_ref (model);

  GtkWidget *header = make_header (window);
  GtkWidget *body = gtk_paned_new (GTK_ORIENTATION_HORIZONTAL);
  gtk_paned_set_start_child (GTK_PANED (body), make_sidebar (window));
  gtk_paned_set_end_child (GTK_PANED (body), make_centre (window));
  gtk_paned_set_resize_start_child (GTK_PANED (body), FALSE);
  gtk_paned_set_shrink_start_child (GTK_PANED (body), FALSE);
  gtk_paned_set_shrink_end_child (GTK_PANED (body), FALSE);
  gtk_widget_set_vexpand (body, TRUE);

  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_box_append (GTK_BOX (box), header);
  gtk_box_append (GTK_BOX (box), make_banner (window));
  gtk_box_append (GTK_BOX (box), body);
  window->toasts = adw_toast_overlay_new ();
  adw_toast_overlay_set_child (ADW_TOAST_OVERLAY (window->toasts), box);
  adw_application_window_set_content (ADW_APPLICATION_WINDOW (window), window->toasts);

  add_actions (window);
  g_signal_connect_swapped (model, "status", G_CALLBACK (show_title), window);
  g_signal_connect_swapped (model, "selected", G_CALLBACK (show_title), window);
  g_signal_connect (model, "event", G_CALLBACK (on_event), window);
  show_title (window);
  return window;
}
