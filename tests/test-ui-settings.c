/* SPDX-License-Identifier: MIT */

/* What the window keeps for the next start, in the memory backend of GSettings; and what files are. */
#include "tests/window-fixture.h"
#include "ui/app-settings.h"
#include "ui/file-kind.h"
#include "ui/live-page.h"
#include "ui/shortcuts.h"
#include "ui/wall-model.h"

#include <adwaita.h>
#include <glib/gstdio.h>
#include <string.h>

static KdLivePage *
live_of (const Opened *opened)
{
  g_autoptr (GPtrArray) found = all_of (opened, KD_TYPE_LIVE_PAGE);
  g_assert_cmpuint (found->len, ==, 1);
  return g_ptr_array_index (found, 0);
}

/* The panes from the outside in: sidebar, charts, probe. */
static GtkPaned *
pane (const Opened *opened, guint index)
{
  g_autoptr (GPtrArray) found = all_of (opened, GTK_TYPE_PANED);
  g_assert_cmpuint (found->len, >=, 3);
  return g_ptr_array_index (found, index);
}

static const KdView *
view_of (const Opened *opened)
{
  return kd_view_settings_get (
      kd_wall_model_get_settings (kd_live_page_get_wall (live_of (opened))));
}

static gboolean
raise_flag (gpointer flag)
{
  *(bool *) flag = true;
  return G_SOURCE_REMOVE;
}

static void
settle (void)
{
  bool done = false;
  g_timeout_add (300, raise_flag, &done);
  WAIT_UNTIL (done);
}

static void
test_view_survives (void)
{
  Opened opened = open_window (true);
  act (&opened, "colormap");
  act (&opened, "boxes");
  act (&opened, "sidebar");
  act (&opened, "slower");
  close_window (&opened);
  g_assert_cmpint (g_settings_get_enum (kd_app_settings (), "colormap"), ==, KD_COLORMAP_CIVIDIS);
  g_assert_cmpfloat (g_settings_get_double (kd_app_settings (), "speed"), ==, 20);

  opened = open_window_again (NULL, true);
  const KdView *view = view_of (&opened);
  g_assert_cmpint (view->colormap, ==, KD_COLORMAP_CIVIDIS);
  g_assert_false (view->boxes);
  g_assert_false (kd_live_page_has_sidebar (live_of (&opened)));
  close_window (&opened);
}

static void
test_instants_are_not_kept (void)
{
  Opened opened = open_window (true);
  KdView first = *view_of (&opened);
  for (int i = 0; i < KD_N_SHARES; i++) {
    act (&opened, "share");
    if (view_of (&opened)->share == KD_SHARE_FIXED)
      break;
  }
  close_window (&opened);
  opened = open_window_again (NULL, true);
  g_assert_cmpint (view_of (&opened)->share, !=, KD_SHARE_FIXED);
  g_assert_cmpint (first.share, ==, KD_SHARE_GROUP);
  close_window (&opened);
}

static void
test_panes_survive (void)
{
  Opened opened = open_window (true);
  settle ();
  gtk_paned_set_position (pane (&opened, 0), 320);
  settle ();
  const int height = gtk_widget_get_height (GTK_WIDGET (pane (&opened, 1)));
  gtk_paned_set_position (pane (&opened, 1), height - 260);
  settle ();
  g_assert_cmpint (gtk_paned_get_position (pane (&opened, 1)), ==, height - 260);
  close_window (&opened);
  g_assert_cmpint (g_settings_get_int (kd_app_settings (), "sidebar-width"), ==, 320);
  g_assert_cmpint (g_settings_get_int (kd_app_settings (), "charts-height"), ==, 260);
  g_assert_cmpint (g_settings_get_int (kd_app_settings (), "probe-width"), ==, -1);

  opened = open_window_again (NULL, true);
  settle ();
  g_assert_cmpint (gtk_paned_get_position (pane (&opened, 0)), ==, 320);
  g_assert_cmpint (gtk_paned_get_position (pane (&opened, 1)), ==, height - 260);
  close_window (&opened);
}

/* Nobody has dragged: on a taller screen the charts are taller, too. After a drag the height is the person's. */
static void
test_charts_take_a_share (void)
{
  Opened opened = open_window (true);
  int heights[2];
  for (int i = 0; i < 2; i++) {
    gtk_window_set_default_size (GTK_WINDOW (opened.window), 1300, i ? 1400 : 800);
    settle ();
    GtkWidget *paned = GTK_WIDGET (pane (&opened, 1));
    heights[i] = gtk_widget_get_height (gtk_paned_get_end_child (GTK_PANED (paned)));
    if (i)
      g_assert_cmpint (ABS (heights[1] - (int) (0.25 * gtk_widget_get_height (paned))), <=, 5);
  }
  g_assert_cmpint (heights[1], >, heights[0] + 100);
  GtkPaned *down = pane (&opened, 1);
  const int dragged = gtk_paned_get_position (down) - 60;
  gtk_paned_set_position (down, dragged);
  settle ();
  gtk_window_set_default_size (GTK_WINDOW (opened.window), 1300, 1300);
  settle ();
  g_assert_cmpint (gtk_paned_get_position (down), ==, dragged - 100);
  close_window (&opened);
  g_assert_cmpint (g_settings_get_int (kd_app_settings (), "charts-height"), >=, heights[1] + 50);
}

static void
test_size_survives (void)
{
  Opened opened = open_window (true);
  gtk_window_set_default_size (GTK_WINDOW (opened.window), 1100, 700);
  settle ();
  close_window (&opened);
  opened = open_window_again (NULL, true);
  settle ();
  int width, height;
  gtk_window_get_default_size (GTK_WINDOW (opened.window), &width, &height);
  g_assert_cmpint (width, ==, 1100);
  g_assert_cmpint (height, ==, 700);
  close_window (&opened);
}

static void
test_color_scheme (void)
{
  Opened opened = open_window (true);
  AdwStyleManager *style = adw_style_manager_get_default ();
  g_assert_cmpint (adw_style_manager_get_color_scheme (style), ==, ADW_COLOR_SCHEME_DEFAULT);
  g_settings_set_string (kd_app_settings (), "color-scheme", "dark");
  g_assert_true (adw_style_manager_get_dark (style));
  act (&opened, "dark");
  g_assert_false (adw_style_manager_get_dark (style));
  g_assert_cmpint (adw_style_manager_get_color_scheme (style), ==, ADW_COLOR_SCHEME_FORCE_LIGHT);
  close_window (&opened);
}

/* Enumerations are kept by name and read as numbers: both must mean the same. */
static void
test_names_are_the_sources (void)
{
  GSettings *settings = kd_app_settings ();
  for (int i = 0; i < KD_COLORMAP_DIVERGING; i++) {
    g_settings_set_enum (settings, "colormap", i);
    g_autofree char *nick = g_settings_get_string (settings, "colormap");
    g_assert_cmpstr (nick, ==, kd_colormap_name ((KdColormap) i));
  }
  static const char *const rules[] = { "mean-abs", "l2", "mean", "max" };
  static const KdChannelRule values[] = { KD_CHANNELS_MEAN_ABS, KD_CHANNELS_L2, KD_CHANNELS_MEAN,
                                          KD_CHANNELS_MAX };
  static const char *const shares[] = { "row", "group", "panel", "all" };
  static const KdShare share_values[] = { KD_SHARE_ROW, KD_SHARE_GROUP, KD_SHARE_PANEL,
                                          KD_SHARE_ALL };
  for (size_t i = 0; i < G_N_ELEMENTS (rules); i++) {
    g_settings_set_string (settings, "channels", rules[i]);
    g_assert_cmpint (g_settings_get_enum (settings, "channels"), ==, values[i]);
    g_settings_set_string (settings, "share", shares[i]);
    g_assert_cmpint (g_settings_get_enum (settings, "share"), ==, share_values[i]);
  }
  const KdView view = kd_view_default ();
  g_settings_reset (settings, "panel-size");
  g_assert_cmpint (g_settings_get_int (settings, "panel-size"), ==, view.panel_px);
}

static void
test_kinds_of_files (void)
{
  g_autofree char *top = g_dir_make_tmp ("kdscope-kinds-XXXXXX", NULL);
  const struct {
    const char *name, *bytes;
    gssize n_bytes;
    KdFileKind kind;
  } files[] = {
    { "features", "PK\3\4....", 8, KD_FILE_DUMP },
    { "run.kdrun", "PK\3\4....", 8, KD_FILE_RECORDING },
    { "weights.bin", "\10\0\0\0\0\0\0\0{}      ", 16, KD_FILE_DUMP },
    { "notes.npz", "dear diary", 10, KD_FILE_UNKNOWN },
    { "empty.npz", "", 0, KD_FILE_UNKNOWN },
    { "session.json", "{}", 2, KD_FILE_RUN },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *path = g_build_filename (top, files[i].name, NULL);
    g_autofree char *folder = NULL;
    g_autoptr (GError) error = NULL;
    if (files[i].kind == KD_FILE_RUN) {
      g_assert_cmpint (kd_file_kind (top, &folder, &error), ==, KD_FILE_UNKNOWN);
      g_assert_nonnull (strstr (error->message, "session.json"));
      g_clear_error (&error);
    }
    g_assert_true (g_file_set_contents (path, files[i].bytes, files[i].n_bytes, NULL));
    g_assert_cmpint (kd_file_kind (path, &folder, &error), ==, files[i].kind);
    g_assert_true ((error != NULL) == (files[i].kind == KD_FILE_UNKNOWN));
    if (error)
      g_assert_nonnull (strstr (error->message, files[i].name));
    g_assert_cmpstr (folder, ==, files[i].kind == KD_FILE_RUN ? top : NULL);
  }
  g_autofree char *folder = NULL;
  g_assert_cmpint (kd_file_kind (top, &folder, NULL), ==, KD_FILE_RUN);
  g_autoptr (GError) error = NULL;
  g_autofree char *none = g_build_filename (top, "absent.npz", NULL);
  g_free (g_steal_pointer (&folder));
  g_assert_cmpint (kd_file_kind (none, &folder, &error), ==, KD_FILE_UNKNOWN);
  g_assert_nonnull (strstr (error->message, "no such file"));
  for (size_t i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *path = g_build_filename (top, files[i].name, NULL);
    g_unlink (path);
  }
  g_rmdir (top);
}

/* What stands in the line above the views; NULL: it is folded away. */
static const char *
banner_of (const Opened *opened)
{
  g_autoptr (GPtrArray) bars = all_of (opened, GTK_TYPE_INFO_BAR);
  g_autoptr (GPtrArray) labels = g_ptr_array_new ();
  collect (g_ptr_array_index (bars, 0), GTK_TYPE_LABEL, labels);
  return gtk_info_bar_get_revealed (g_ptr_array_index (bars, 0))
             ? gtk_label_get_text (g_ptr_array_index (labels, 0))
             : NULL;
}

static void
test_says_what_is_wrong_with_a_file (void)
{
  Opened opened = open_window (true);
  g_assert_null (banner_of (&opened));
  g_action_group_activate_action (G_ACTION_GROUP (opened.window), "open-path",
                                  g_variant_new_string ("/nowhere/features.npz"));
  g_assert_nonnull (banner_of (&opened));
  g_assert_nonnull (strstr (banner_of (&opened), "/nowhere/features.npz"));
  close_window (&opened);
}

/* The window on top that is not the main one. */
static GtkWidget *
other_window (const Opened *opened)
{
  g_autoptr (GList) windows = gtk_window_list_toplevels ();
  for (GList *i = windows; i; i = i->next)
    if (GTK_IS_WINDOW (i->data) &&
        gtk_window_get_transient_for (i->data) == GTK_WINDOW (opened->window))
      return i->data;
  return NULL;
}

static GtkWidget *
row_titled (GtkWidget *top, const char *title)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new ();
  collect (top, ADW_TYPE_PREFERENCES_ROW, rows);
  for (guint i = 0; i < rows->len; i++)
    if (g_strcmp0 (adw_preferences_row_get_title (rows->pdata[i]), title) == 0)
      return rows->pdata[i];
  return NULL;
}

static void
test_preferences_act (void)
{
  Opened opened = open_window (true);
  act (&opened, "preferences");
  GtkWidget *preferences = other_window (&opened);
  g_assert_nonnull (preferences);
  adw_combo_row_set_selected (ADW_COMBO_ROW (row_titled (preferences, "Colours")), 2);
  g_assert_cmpint (view_of (&opened)->colormap, ==, KD_COLORMAP_MAGMA);
  adw_combo_row_set_selected (ADW_COMBO_ROW (row_titled (preferences, "Style")), 2);
  g_assert_true (adw_style_manager_get_dark (adw_style_manager_get_default ()));
  g_autoptr (GPtrArray) spins = g_ptr_array_new ();
  collect (row_titled (preferences, "Workers"), GTK_TYPE_SPIN_BUTTON, spins);
  gtk_spin_button_set_value (spins->pdata[0], 2);
  g_assert_cmpint (g_settings_get_int (kd_app_settings (), "threads"), ==, 2);
  g_assert_false (gtk_widget_get_sensitive (row_titled (preferences, "Folder for runs")));
  g_settings_set_boolean (kd_app_settings (), "keep-runs", TRUE);
  g_settings_set_string (kd_app_settings (), "runs-folder", "/some/where");
  GtkWidget *folder = row_titled (preferences, "Folder for runs");
  g_assert_true (gtk_widget_get_sensitive (folder));
  g_assert_cmpstr (adw_action_row_get_subtitle (ADW_ACTION_ROW (folder)), ==, "/some/where");
  /* And back: the view's bar changes what the preferences show. */
  act (&opened, "colormap");
  g_assert_cmpuint (
      adw_combo_row_get_selected (ADW_COMBO_ROW (row_titled (preferences, "Colours"))), ==,
      KD_COLORMAP_GREY);
  gtk_window_destroy (GTK_WINDOW (preferences));
  close_window (&opened);
}

/* Each view by its name and in turn; the list of keys names what the window's actions are. */
static void
test_views_by_name (void)
{
  Opened opened = open_window (true);
  AdwViewStack *pages = ADW_VIEW_STACK (gtk_widget_get_parent (GTK_WIDGET (live_of (&opened))));
  static const char *const names[] = { "view-inspect", "view-compare", "view-live" };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    act (&opened, names[i]);
    g_assert_cmpstr (adw_view_stack_get_visible_child_name (pages), ==,
                     names[i] + strlen ("view-"));
  }
  static const char *const in_turn[] = { "compare", "inspect", "live" };
  for (size_t i = 0; i < G_N_ELEMENTS (in_turn); i++) {
    act (&opened, "next-view");
    g_assert_cmpstr (adw_view_stack_get_visible_child_name (pages), ==, in_turn[i]);
  }
  GtkWidget *list = GTK_WIDGET (kd_shortcuts_list_new ());
  g_autoptr (GPtrArray) rows = g_ptr_array_new ();
  collect (list, GTK_TYPE_SHORTCUTS_SHORTCUT, rows);
  bool save = false;
  for (guint i = 0; i < rows->len; i++) {
    g_autofree char *title = NULL, *keys = NULL;
    guint key = 0;
    GdkModifierType modifiers = 0;
    g_object_get (rows->pdata[i], "title", &title, "accelerator", &keys, NULL);
    g_assert_true (title && *title);
    g_assert_true (strstr (keys, "...") || gtk_accelerator_parse (keys, &key, &modifiers));
    save = save || (key == GDK_KEY_s && modifiers == GDK_CONTROL_MASK);
  }
  g_assert_true (save);
  g_assert_cmpuint (rows->len, >, 40);
  g_autofree char *page = NULL;
  g_object_get (list, "section-name", &page, NULL);
  g_assert_cmpstr (page, ==, "section-0");
  int height, width; /* no higher than the lowest window, all pages of it */
  gtk_widget_measure (list, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &width, NULL, NULL);
  gtk_widget_measure (list, GTK_ORIENTATION_VERTICAL, width, &height, NULL, NULL, NULL);
  g_assert_cmpint (height, <=, 640);
  gtk_window_destroy (GTK_WINDOW (list));
  close_window (&opened);
}

static guint
visible_rows (GtkListBox *list)
{
  guint n = 0;
  GtkListBoxRow *row;
  for (int i = 0; (row = gtk_list_box_get_row_at_index (list, i)); i++)
    n += gtk_widget_get_child_visible (GTK_WIDGET (row));
  return n;
}

static void
test_help_searches (void)
{
  Opened opened = open_window (true);
  act (&opened, "help");
  GtkWidget *help = other_window (&opened);
  settle ();
  g_autoptr (GPtrArray) lists = g_ptr_array_new ();
  g_autoptr (GPtrArray) entries = g_ptr_array_new ();
  g_autoptr (GPtrArray) stacks = g_ptr_array_new ();
  collect (help, GTK_TYPE_LIST_BOX, lists);
  collect (help, GTK_TYPE_SEARCH_ENTRY, entries);
  collect (help, GTK_TYPE_STACK, stacks);
  g_assert_cmpuint (visible_rows (lists->pdata[0]), >=, 6);
  gtk_editable_set_text (entries->pdata[0], "TORCHVISION hook");
  settle ();
  g_assert_cmpuint (visible_rows (lists->pdata[0]), ==, 1);
  g_assert_cmpstr (gtk_stack_get_visible_child_name (stacks->pdata[0]), ==,
                   "Hooks for torchvision");
  gtk_editable_set_text (entries->pdata[0], "no such words");
  settle ();
  g_assert_cmpuint (visible_rows (lists->pdata[0]), ==, 0);
  gtk_window_destroy (GTK_WINDOW (help));
  close_window (&opened);
}

int
main (int argc, char **argv)
{
  window_test_init (&argc, &argv);
  g_test_add_func ("/ui/settings/names-are-the-sources", test_names_are_the_sources);
  g_test_add_func ("/ui/settings/the-view-survives-a-restart", test_view_survives);
  g_test_add_func ("/ui/settings/instants-are-not-kept", test_instants_are_not_kept);
  g_test_add_func ("/ui/settings/panes-survive-a-restart", test_panes_survive);
  g_test_add_func ("/ui/settings/charts-take-a-share-of-a-tall-window", test_charts_take_a_share);
  g_test_add_func ("/ui/settings/the-size-survives-a-restart", test_size_survives);
  g_test_add_func ("/ui/settings/light-and-dark", test_color_scheme);
  g_test_add_func ("/ui/file-kind/by-content", test_kinds_of_files);
  g_test_add_func ("/ui/open/says-what-is-wrong", test_says_what_is_wrong_with_a_file);
  g_test_add_func ("/ui/preferences/act-at-once", test_preferences_act);
  g_test_add_func ("/ui/settings/views-by-name", test_views_by_name);
  g_test_add_func ("/ui/help/searches", test_help_searches);
  return g_test_run ();
}
