/* SPDX-License-Identifier: MIT */
#include "ui/window.h"

#include "engine/base/i18n.h"
#include "ui/alarm.h"
#include "ui/app-settings.h"
#include "ui/command-line.h"
#include "ui/compare-page.h"
#include "ui/edits.h"
#include "ui/exporting.h"
#include "ui/help.h"
#include "ui/inspect-page.h"
#include "ui/lesson-pane.h"
#include "ui/live-page.h"
#include "ui/live-text.h"
#include "ui/opening.h"
#include "ui/preferences.h"
#include "ui/saving.h"
#include "ui/session-form.h"
#include "ui/session-swap.h"
#include "ui/shortcuts.h"
#include "ui/view-settings.h"
#include "ui/window-menu.h"

#include <inttypes.h>

#define AFTER_FIRST_FRAME_MS 100
/* What is left of a view beside the lessons, at least. */
#define VIEW_WIDTH 600

struct _KdWindow {
  AdwApplicationWindow parent_instance;
  GtkWidget *compare; /* NULL: the other views have not been made yet */
  guint making;       /* timeout that makes them, 0: none */
  KdSessionModel *model;
  KdViewSettings *settings;
  KdEdits *edits;
  KdSessionSwap swap;
  GtkWidget *subtitle, *toasts, *alarm, *pages, *live, *lessons, *flap, *new_session;
  bool teaching; /* the lessons are open, or about to be */
};

G_DEFINE_FINAL_TYPE (KdWindow, kd_window, ADW_TYPE_APPLICATION_WINDOW)

/* ---- acts of the window itself -------------------------------------------------------------------- */

static void
toast (KdWindow *window, const char *text)
{
  adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (window->toasts), adw_toast_new (text));
}

static void
act_undo (KdWindow *window)
{
  g_autofree char *text = g_strdup_printf (_ ("Undone: %s"), kd_edits_undo_label (window->edits));
  if (kd_edits_undo (window->edits))
    toast (window, text);
}

static void
act_redo (KdWindow *window)
{
  g_autofree char *text =
      g_strdup_printf (_ ("Done again: %s"), kd_edits_redo_label (window->edits));
  if (kd_edits_redo (window->edits))
    toast (window, text);
}

/* ---- other sessions ------------------------------------------------------------------------------- */

static void
complain (KdWindow *window, const char *text)
{
  kd_alarm_say (window->swap.alarm, text, NULL);
}

static void
on_start (KdSessionForm *form, const KdConfig *config, KdWindow *window)
{
  (void) form;
  gtk_menu_button_popdown (GTK_MENU_BUTTON (window->new_session));
  kd_session_swap_start (&window->swap, config);
}

/* A lesson's students take the place of those of now, kept for Undo as with any new session. */
static void
on_lesson_session (KdLessonPane *lessons, const KdConfig *config, KdWindow *window)
{
  (void) lessons;
  kd_session_swap_start (&window->swap, config);
}

static void
on_alarm_help (KdWindow *window, int number)
{
  kd_session_swap_go_back (&window->swap, number == 1);
}

static void
act_branch (KdWindow *window)
{
  kd_session_swap_branch (&window->swap);
}

static void
act_restart (KdWindow *window)
{
  kd_session_swap_restart (&window->swap);
}

static void
act_train_live (KdWindow *window)
{
  kd_session_swap_train_live (&window->swap);
}

/* What a lesson put aside; its students can be had again by Undo. */
static void
on_lesson_back (KdWindow *window)
{
  if (kd_session_model_swap (window->model))
    kd_session_swap_tell (&window->swap, _ ("The students from before the lesson are back"));
}

static void
show_live (KdWindow *window)
{
  adw_view_stack_set_visible_child (ADW_VIEW_STACK (window->pages), window->live);
}

static gboolean
reveal_flap (GtkWidget *flap, GdkFrameClock *clock, gpointer data)
{
  (void) clock;
  adw_flap_set_reveal_flap (ADW_FLAP (flap), ((KdWindow *) data)->teaching);
  return G_SOURCE_REMOVE;
}

/* A frame's callbacks come before its layout. */
static gboolean
reveal_flap_soon (GtkWidget *flap, GdkFrameClock *clock, gpointer data)
{
  (void) clock;
  gtk_widget_add_tick_callback (flap, reveal_flap, data, NULL);
  return G_SOURCE_REMOVE;
}

/* Slides in when the flap has been laid out and knows how wide it is: it divides by that. So it must not be hidden while it slides out; after
 * that the flap does it. */
static void
reveal_lessons (KdWindow *window, bool shown)
{
  window->teaching = shown;
  if (shown)
    gtk_widget_set_visible (window->lessons, TRUE);
  gtk_widget_add_tick_callback (window->flap, reveal_flap_soon, window, NULL);
}

static void
close_lessons (KdWindow *window)
{
  reveal_lessons (window, false);
}

static void
act_lessons (KdWindow *window)
{
  reveal_lessons (window, !window->teaching);
}

static void
act_new_session (KdWindow *window)
{
  gtk_menu_button_popup (GTK_MENU_BUTTON (window->new_session));
}

static void
act_copy_command (KdWindow *window)
{
  g_autofree char *line = kd_command_of_session (kd_session_model_get_session (window->model));
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (window)), line);
  toast (window, _ ("Copied the kdscope-cli command that trains these students"));
}

static void
act_balance (KdWindow *window)
{
  kd_live_page_balance (KD_LIVE_PAGE (window->live));
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
  const bool dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  if (kd_app_settings ())
    g_settings_set_string (kd_app_settings (), "color-scheme", dark ? "light" : "dark");
}

static void
act_open (KdWindow *window)
{
  kd_opening_ask (GTK_WINDOW (window), false);
}

static void
act_open_folder (KdWindow *window)
{
  kd_opening_ask (GTK_WINDOW (window), true);
}

static void
act_preferences (KdWindow *window)
{
  GtkWidget *preferences = kd_preferences_new (GTK_WINDOW (window));
  if (preferences)
    gtk_window_present (GTK_WINDOW (preferences));
  else
    toast (window, _ ("Settings cannot be kept on this computer"));
}

static void
act_help (KdWindow *window)
{
  gtk_window_present (GTK_WINDOW (kd_help_new (GTK_WINDOW (window), NULL)));
}

static void
act_shortcuts (KdWindow *window)
{
  GtkWindow *list = kd_shortcuts_list_new ();
  gtk_window_set_transient_for (list, GTK_WINDOW (window));
  gtk_window_present (list);
}

/* Undo and redo are there when there is something to take back. */
static void
on_edits (KdWindow *window)
{
  const struct {
    const char *name;
    bool can;
  } both[] = {
    { "undo", kd_edits_undo_label (window->edits) != NULL },
    { "redo", kd_edits_redo_label (window->edits) != NULL },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (both); i++) {
    GAction *action = g_action_map_lookup_action (G_ACTION_MAP (window), both[i].name);
    g_simple_action_set_enabled (G_SIMPLE_ACTION (action), both[i].can);
  }
}

/* ---- what the session says ------------------------------------------------------------------------ */

static void
show_title (KdWindow *window)
{
  KdSession *session = kd_session_model_get_session (window->model);
  const int run = kd_session_model_get_selected (window->model);
  const KdStatus status = kd_session_status (session);
  const char *view = adw_view_stack_get_visible_child_name (ADW_VIEW_STACK (window->pages));
  GAction *sidebar = g_action_map_lookup_action (G_ACTION_MAP (window), "sidebar");
  g_simple_action_set_enabled (G_SIMPLE_ACTION (sidebar), g_strcmp0 (view, "compare") != 0);
  if (g_strcmp0 (view, "compare") == 0) {
    kd_live_text_set (KD_LIVE_TEXT (window->subtitle), _ ("runs side by side"));
    return;
  }
  if (g_strcmp0 (view, "inspect") == 0) { /* nothing trains there */
    kd_live_text_set (KD_LIVE_TEXT (window->subtitle), _ ("a dump of your own"));
    return;
  }
  g_autofree char *subtitle =
      g_strdup_printf (_ ("%s, drawn scenes, step %" PRId64),
                       kd_translated (kd_session_run_method (session, run)->title), status.step);
  kd_live_text_set (KD_LIVE_TEXT (window->subtitle), subtitle);
}

static void
on_event (KdSessionModel *model, const KdEvent *event, KdWindow *window)
{
  const KdStatus status = kd_session_status (kd_session_model_get_session (model));
  if (event->kind == KD_EVENT_BAD_NUMBERS) {
    kd_session_swap_bad_numbers (&window->swap, event->text);
  } else if (event->kind == KD_EVENT_ERROR) {
    complain (window, event->text);
  } else if (event->kind == KD_EVENT_STATE &&
             (status.state == KD_STATE_RUNNING || status.state == KD_STATE_LEARNING)) {
    kd_alarm_hide (KD_ALARM (window->alarm));
  } else if (event->kind == KD_EVENT_CHECKPOINT) {
    g_autofree char *text = g_strdup_printf (_ ("Saved to %s"), event->text);
    toast (window, text);
  }
}

/* Keys belong to the view that was gone to, not to the first of its entries, which the stack gives the focus. */
static void
on_view (KdWindow *window)
{
  show_title (window);
  GtkWidget *focus = gtk_root_get_focus (GTK_ROOT (window));
  if (focus && GTK_IS_EDITABLE (focus))
    gtk_window_set_focus (GTK_WINDOW (window), NULL);
}

/* ---- layout ------------------------------------------------------------------------------------------ */

static GtkWidget *
make_new_session (KdWindow *window)
{
  GtkWidget *form = kd_session_form_new (window->model);
  g_signal_connect (form, "start", G_CALLBACK (on_start), window);
  GtkWidget *popover = gtk_popover_new ();
  gtk_popover_set_child (GTK_POPOVER (popover), form);
  window->new_session = gtk_menu_button_new ();
  gtk_widget_set_name (window->new_session, "new-session");
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (window->new_session), "list-add-symbolic");
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (window->new_session), popover);
  gtk_widget_set_tooltip_text (window->new_session,
                               _ ("New session: choose the students (Ctrl+N)"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (window->new_session),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("New session"), -1);
  return window->new_session;
}

/* As AdwWindowTitle, but its second line is live. */
static GtkWidget *
make_title (KdWindow *window)
{
  GtkWidget *box = g_object_new (GTK_TYPE_BOX, "css-name", "windowtitle", "orientation",
                                 GTK_ORIENTATION_VERTICAL, "valign", GTK_ALIGN_CENTER, NULL);
  GtkWidget *title = gtk_label_new ("kdscope");
  gtk_label_set_ellipsize (GTK_LABEL (title), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (title, "title");
  gtk_box_append (GTK_BOX (box), title);
  window->subtitle = kd_live_text_new (KD_LIVE_WIDTH, 0, 0.5F);
  gtk_widget_add_css_class (window->subtitle, "subtitle");
  gtk_box_append (GTK_BOX (box), window->subtitle);
  return box;
}

static GtkWidget *
make_header (KdWindow *window)
{
  GtkWidget *header = adw_header_bar_new ();

  GtkWidget *sidebar = gtk_button_new_from_icon_name ("sidebar-show-symbolic");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (sidebar), "win.sidebar");
  gtk_widget_set_tooltip_text (sidebar, _ ("Sidebar (F9)"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (sidebar), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  C_ ("pane", "Sidebar"), -1);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), sidebar);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), make_new_session (window));
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), make_title (window));
  GtkWidget *switcher = adw_view_switcher_new ();
  adw_view_switcher_set_policy (ADW_VIEW_SWITCHER (switcher), ADW_VIEW_SWITCHER_POLICY_WIDE);
  adw_view_switcher_set_stack (ADW_VIEW_SWITCHER (switcher), ADW_VIEW_STACK (window->pages));
  adw_header_bar_set_title_widget (ADW_HEADER_BAR (header), switcher);

  adw_header_bar_pack_end (ADW_HEADER_BAR (header), kd_window_menu_new ());
  GtkWidget *lessons = gtk_button_new_with_label (C_ ("view", "Lessons"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (lessons), "win.lessons");
  gtk_widget_set_tooltip_text (lessons, _ ("Guided lessons beside the live view (Ctrl+L)"));
  adw_header_bar_pack_end (ADW_HEADER_BAR (header), lessons);
  return header;
}

static void
add_page (KdWindow *window, GtkWidget *page, const char *name, const char *title, const char *icon)
{
  AdwViewStackPage *added =
      adw_view_stack_add_titled (ADW_VIEW_STACK (window->pages), page, name, title);
  adw_view_stack_page_set_icon_name (added, icon);
}

/* A view wider than what the lessons leave of the window is scrolled, so that nothing of it is out of reach. */
static GtkWidget *
make_scroller (GtkWidget *pages)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_AUTOMATIC,
                                  GTK_POLICY_NEVER);
  gtk_scrolled_window_set_min_content_width (GTK_SCROLLED_WINDOW (scroller), VIEW_WIDTH);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), pages);
  return scroller;
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

/* The views that are not on screen at first are made when the first one has been drawn, or when one is asked for. */
static void
make_other_pages (KdWindow *window)
{
  g_clear_handle_id (&window->making, g_source_remove);
  if (window->compare)
    return;
  window->compare = kd_compare_page_new (window->model, window->settings);
  g_signal_connect_swapped (window->compare, "problem", G_CALLBACK (complain), window);
  add_page (window, window->compare, "compare", C_ ("view", "Compare"), "view-dual-symbolic");
  GtkWidget *inspect = kd_inspect_page_new (window->settings, window->edits);
  g_signal_connect_swapped (inspect, "problem", G_CALLBACK (complain), window);
  add_page (window, inspect, "inspect", C_ ("view", "Inspect"), "edit-find-symbolic");
}

static gboolean
make_later (gpointer data)
{
  KdWindow *window = data;
  window->making = 0;
  make_other_pages (window);
  return G_SOURCE_REMOVE;
}

/* ---- acts by name ----------------------------------------------------------------------------------- */

static void
act_next_view (KdWindow *window)
{
  make_other_pages (window);
  GtkWidget *shown = adw_view_stack_get_visible_child (ADW_VIEW_STACK (window->pages));
  GtkWidget *next = gtk_widget_get_next_sibling (shown);
  adw_view_stack_set_visible_child (ADW_VIEW_STACK (window->pages), next ? next : window->live);
}

static void
act_save_recording (KdWindow *window)
{
  kd_saving_ask (window->live, window->model);
}

/* The rest is done by the view that is shown. */
static const struct {
  const char *name;
  void (*act) (KdWindow *window);
} acts[] = {
  { "new-session", act_new_session },
  { "restart", act_restart },
  { "train-live", act_train_live },
  { "copy-command", act_copy_command },
  { "balance", act_balance },
  { "branch", act_branch },
  { "next-view", act_next_view },
  { "save-recording", act_save_recording },
  { "open", act_open },
  { "open-folder", act_open_folder },
  { "undo", act_undo },
  { "redo", act_redo },
  { "fullscreen", act_fullscreen },
  { "dark", act_dark },
  { "lessons", act_lessons },
  { "preferences", act_preferences },
  { "help", act_help },
  { "shortcuts", act_shortcuts },
};

static void
on_act (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  (void) parameter;
  KdWindow *window = data;
  const char *name = g_action_get_name (G_ACTION (action));
  for (size_t i = 0; i < G_N_ELEMENTS (acts); i++) {
    if (g_str_equal (acts[i].name, name)) {
      acts[i].act (window);
      return;
    }
  }
  AdwViewStack *pages = ADW_VIEW_STACK (window->pages);
  if (g_str_has_prefix (name, "view-")) {
    make_other_pages (window);
    adw_view_stack_set_visible_child_name (pages, name + strlen ("view-"));
    return;
  }
  kd_page_act (KD_PAGE (adw_view_stack_get_visible_child (pages)), name);
}

static void
on_open_path (GSimpleAction *action, GVariant *path, gpointer window)
{
  (void) action;
  kd_window_open (window, g_variant_get_string (path, NULL));
}

static void
add_actions (KdWindow *window)
{
  g_autoptr (GSimpleAction) open = g_simple_action_new ("open-path", G_VARIANT_TYPE_STRING);
  g_signal_connect (open, "activate", G_CALLBACK (on_open_path), window);
  g_action_map_add_action (G_ACTION_MAP (window), G_ACTION (open));
  kd_exporting_add_actions (G_ACTION_MAP (window));
  kd_shortcuts_add (GTK_WIDGET (window), on_act);
}

/* ---- the widget ------------------------------------------------------------------------------------- */

/* Space plays from the first moment: the button has the focus, not the first widget of the header. */
static void
kd_window_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (kd_window_parent_class)->map (widget);
  KdWindow *window = KD_WINDOW (widget);
  kd_live_page_focus (KD_LIVE_PAGE (window->live));
  if (!window->compare && !window->making)
    window->making = g_timeout_add (AFTER_FIRST_FRAME_MS, make_later, window);
}

static void
kd_window_dispose (GObject *object)
{
  KdWindow *window = KD_WINDOW (object);
  g_clear_handle_id (&window->making, g_source_remove);
  if (window->model)
    g_signal_handlers_disconnect_by_data (window->model, window);
  g_clear_object (&window->settings);
  if (window->edits)
    kd_edits_clear (window->edits); /* edits keep what they changed alive, and that keeps them */
  g_clear_object (&window->edits);
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
  window->edits = kd_edits_new ();
}

KdWindow *
kd_window_new (GtkApplication *application, KdSessionModel *model)
{
  load_style ();
  KdWindow *window = g_object_new (KD_TYPE_WINDOW, "application", application, "default-width",
                                   1280, "default-height", 800, "title", "kdscope", NULL);
  window->model = g_object_ref (model);
  kd_app_settings_keep_style ();
  kd_app_settings_keep_window (GTK_WINDOW (window));
  kd_app_settings_keep_view (window->settings);

  window->pages = adw_view_stack_new ();
  GtkWidget *header = make_header (window);
  gtk_widget_set_vexpand (window->pages, TRUE);
  adw_view_stack_set_hhomogeneous (ADW_VIEW_STACK (window->pages), FALSE);
  window->live = kd_live_page_new (model, window->settings, window->edits);
  add_page (window, window->live, "live", C_ ("view", "Live"), "media-playback-start-symbolic");
  window->lessons = kd_lesson_pane_new (model, KD_LIVE_PAGE (window->live));
  g_signal_connect (window->lessons, "session", G_CALLBACK (on_lesson_session), window);
  g_signal_connect_swapped (window->lessons, "back", G_CALLBACK (on_lesson_back), window);
  g_signal_connect_swapped (window->lessons, "live", G_CALLBACK (show_live), window);
  g_signal_connect_swapped (window->lessons, "closed", G_CALLBACK (close_lessons), window);
  GtkWidget *body = window->flap = adw_flap_new ();
  adw_flap_set_flap_position (ADW_FLAP (body), GTK_PACK_END);
  adw_flap_set_locked (ADW_FLAP (body), TRUE);
  adw_flap_set_modal (ADW_FLAP (body), FALSE);
  adw_flap_set_swipe_to_open (ADW_FLAP (body), FALSE);
  adw_flap_set_swipe_to_close (ADW_FLAP (body), FALSE);
  adw_flap_set_flap (ADW_FLAP (body), window->lessons);
  adw_flap_set_content (ADW_FLAP (body), make_scroller (window->pages));
  gtk_widget_set_visible (window->lessons, FALSE);
  adw_flap_set_reveal_flap (ADW_FLAP (body), FALSE);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_box_append (GTK_BOX (box), header);
  window->alarm = kd_alarm_new ();
  g_signal_connect_swapped (window->alarm, "help", G_CALLBACK (on_alarm_help), window);
  gtk_box_append (GTK_BOX (box), window->alarm);
  gtk_box_append (GTK_BOX (box), body);
  window->toasts = adw_toast_overlay_new ();
  adw_toast_overlay_set_child (ADW_TOAST_OVERLAY (window->toasts), box);
  adw_application_window_set_content (ADW_APPLICATION_WINDOW (window), window->toasts);
  window->swap = (KdSessionSwap){ model, window->edits, ADW_TOAST_OVERLAY (window->toasts),
                                  KD_ALARM (window->alarm) };

  add_actions (window);
  kd_opening_accept_drops (GTK_WINDOW (window));
  g_signal_connect_swapped (window->edits, "changed", G_CALLBACK (on_edits), window);
  on_edits (window);
  g_signal_connect_swapped (window->pages, "notify::visible-child", G_CALLBACK (on_view), window);
  g_signal_connect_swapped (model, "session", G_CALLBACK (show_title), window);
  g_signal_connect_swapped (model, "status", G_CALLBACK (show_title), window);
  g_signal_connect_swapped (model, "selected", G_CALLBACK (show_title), window);
  g_signal_connect (model, "event", G_CALLBACK (on_event), window);
  show_title (window);
  return window;
}

/* The first view that opens this kind; NULL: none does. */
static KdPage *
page_for (KdWindow *window, KdFileKind kind)
{
  make_other_pages (window);
  for (GtkWidget *page = gtk_widget_get_first_child (window->pages); page;
       page = gtk_widget_get_next_sibling (page))
    if (KD_IS_PAGE (page) && kd_page_opens (KD_PAGE (page), kind))
      return KD_PAGE (page);
  return NULL;
}

void
kd_window_open (KdWindow *window, const char *path)
{
  g_return_if_fail (KD_IS_WINDOW (window));
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = NULL;
  const KdFileKind kind = kd_file_kind (path, &folder, &error);
  KdPage *page = kind == KD_FILE_UNKNOWN ? NULL : page_for (window, kind);
  if (kind != KD_FILE_UNKNOWN && !page)
    g_set_error (&error, KD_ERROR, KD_ERROR_FORMAT,
                 _ ("%s: no view of this window opens such a file; kdscope-cli reads it"), path);
  if (page && kd_page_open (page, kind, folder ? folder : path, &error)) {
    adw_view_stack_set_visible_child (ADW_VIEW_STACK (window->pages), GTK_WIDGET (page));
    kd_opening_remember (folder ? folder : path, kind);
    if (kind == KD_FILE_RECORDING)
      kd_session_swap_tell (&window->swap, _ ("Opened a recording"));
  } else {
    complain (window, error->message);
  }
}

void
kd_window_open_lesson (KdWindow *window, const char *path)
{
  g_return_if_fail (KD_IS_WINDOW (window));
  g_autoptr (GError) error = NULL;
  if (kd_lesson_pane_open (KD_LESSON_PANE (window->lessons), path, &error))
    reveal_lessons (window, true);
  else
    complain (window, error->message);
}
