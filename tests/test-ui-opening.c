/* SPDX-License-Identifier: MIT */

/* Ways in and out of the window: what is dropped on it, what was opened lately, and a citation that is copied. */
#include "tests/window-fixture.h"
#include "ui/compare-page.h"
#include "ui/method-card.h"
#include "ui/opening.h"
#include "ui/run-table.h"

#include <string.h>

static char *example; /* the bundled dump */

static void
train_runs (const Fixture *fixture, const char *out)
{
  KdConfig config = fixture->config;
  config.runs = fixture->runs; /* the fixture moved since */
  config.out = out;
  kd_session_free (fixture_run (&config));
}

static GtkWidget *
page_on_screen (const Opened *opened)
{
  g_autoptr (GPtrArray) stacks = all_of (opened, ADW_TYPE_VIEW_STACK);
  return adw_view_stack_get_visible_child (stacks->pdata[0]);
}

static GtkDropTarget *
drop_target_of (const Opened *opened)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (GTK_WIDGET (opened->window));
  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++) {
    g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);
    if (GTK_IS_DROP_TARGET (controller))
      return GTK_DROP_TARGET (controller);
  }
  g_assert_not_reached ();
}

/* As when a file manager lets go of them over the window. @last: NULL is one file. */
static void
drop (const Opened *opened, const char *first, const char *last)
{
  g_autoptr (GFile) a = g_file_new_for_path (first);
  g_autoptr (GFile) b = last ? g_file_new_for_path (last) : NULL;
  GFile *files[] = { a, b };
  g_auto (GValue) value = G_VALUE_INIT;
  gboolean taken = FALSE;
  g_value_init (&value, GDK_TYPE_FILE_LIST);
  g_value_take_boxed (&value, gdk_file_list_new_from_array (files, last ? 2 : 1));
  g_signal_emit_by_name (drop_target_of (opened), "drop", &value, 1.0, 1.0, &taken);
  g_assert_true (taken);
}

static void
test_dropped_runs (void)
{
  Opened opened = open_window (true);
  g_autofree char *out = fixture_path (&opened.fixture, "trained");
  train_runs (&opened.fixture, out);
  g_autofree char *none = g_build_filename (out, "none", NULL);
  g_autofree char *fgd = g_build_filename (out, "fgd", NULL);
  drop (&opened, none, fgd);
  g_assert_true (KD_IS_COMPARE_PAGE (page_on_screen (&opened)));
  g_autoptr (GPtrArray) tables = all_of (&opened, KD_TYPE_RUN_TABLE);
  g_autofree char *first = kd_run_table_text (tables->pdata[0], 0, "Run");
  g_autofree char *second = kd_run_table_text (tables->pdata[0], 1, "Run");
  g_assert_nonnull (second); /* as many as were dropped */
  g_assert_true (g_str_has_suffix (first, "none") && g_str_has_suffix (second, "fgd"));
  close_window (&opened);
}

/* The menu's entry for @path; -1: there is none. */
static int
entry_for (GMenuModel *menu, const char *path)
{
  for (int i = 0; i < g_menu_model_get_n_items (menu); i++) {
    g_autofree char *target = NULL;
    g_menu_model_get_item_attribute (menu, i, G_MENU_ATTRIBUTE_TARGET, "s", &target);
    if (g_strcmp0 (target, path) == 0)
      return i;
  }
  return -1;
}

static void
test_dropped_dump (void)
{
  Opened opened = open_window (true);
  g_autoptr (GMenuModel) recent = kd_opening_recent_menu ();
  g_assert_cmpint (entry_for (recent, example), ==, -1);
  GtkWidget *before = page_on_screen (&opened);
  drop (&opened, example, NULL);
  g_assert_true (page_on_screen (&opened) != before);
  g_assert_cmpstr (G_OBJECT_TYPE_NAME (page_on_screen (&opened)), ==, "KdInspectPage");
  WAIT_UNTIL (entry_for (recent, example) == 0); /* the newest; the open menu follows */
  close_window (&opened);
}

static void
take_text (GObject *clipboard, GAsyncResult *result, gpointer text)
{
  *(char **) text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (clipboard), result, NULL);
}

static void
test_citation_is_copied (void)
{
  Opened opened = open_window (true); /* FGD is shown */
  g_autoptr (GPtrArray) cards = in_live (&opened, KD_TYPE_METHOD_CARD);
  g_autoptr (GPtrArray) buttons = g_ptr_array_new ();
  collect (cards->pdata[0], GTK_TYPE_BUTTON, buttons);
  g_autofree char *text = NULL;
  for (guint i = 0; i < buttons->len; i++)
    if (g_strcmp0 (gtk_button_get_label (buttons->pdata[i]), "Copy as BibTeX") == 0)
      g_signal_emit_by_name (buttons->pdata[i], "clicked");
  gdk_clipboard_read_text_async (gtk_widget_get_clipboard (GTK_WIDGET (opened.window)), NULL,
                                 take_text, &text);
  WAIT_UNTIL (text);
  g_assert_true (g_str_has_prefix (text, "@"));
  g_assert_nonnull (strstr (text, "Focal and Global Knowledge Distillation for Detectors"));
  close_window (&opened);
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = g_dir_make_tmp ("kdscope-XXXXXX", NULL);
  g_setenv ("XDG_DATA_HOME", folder, TRUE); /* nobody's recent files */
  window_test_init (&argc, &argv);
  g_assert_cmpint (argc, ==, 2);
  example = g_canonicalize_filename (argv[1], NULL);
  g_test_add_func ("/ui/opening/dropped-runs", test_dropped_runs);
  g_test_add_func ("/ui/opening/dropped-dump-becomes-recent", test_dropped_dump);
  g_test_add_func ("/ui/opening/citation-is-copied", test_citation_is_copied);
  const int status = g_test_run ();
  g_free (example);
  fixture_remove (folder);
  return status;
}
