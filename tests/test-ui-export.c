/* SPDX-License-Identifier: MIT */

/*
 * What the window exports: the same bytes as the command line's for the same state, charts as their numbers, files by the chooser.
 *
 * usage: test-ui-export KDSCOPE_CLI
 */
#include "engine/base/i18n.h"
#include "tests/exported-files.h"
#include "tests/window-fixture.h"
#include "ui/chart-slot.h"
#include "ui/compare-grid.h"
#include "ui/compare-page.h"
#include "ui/exporting.h"
#include "ui/figure-view.h"
#include "ui/live-page.h"
#include "ui/map-wall.h"
#include "ui/page.h"

#include <glib/gstdio.h>
#include <locale.h>
#include <math.h>
#include <string.h>

static const char *program;

static char *
make_folder (void)
{
  g_autoptr (GError) error = NULL;
  char *folder = g_dir_make_tmp ("kdscope-XXXXXX", &error);
  g_assert_no_error (error);
  return folder;
}

static KdLivePage *
page_of (const Opened *opened)
{
  g_autoptr (GPtrArray) pages = all_of (opened, KD_TYPE_LIVE_PAGE);
  return KD_LIVE_PAGE (pages->pdata[0]);
}

static int
row_named (KdWallModel *model, const char *name)
{
  const GArray *rows = kd_wall_model_get_rows (model);
  for (guint i = 0; i < rows->len; i++) {
    if (g_str_equal (g_array_index (rows, KdWallRowData, i).name, name))
      return (int) i;
  }
  g_assert_not_reached ();
}

typedef struct {
  const char *options, *row; /* of the command line; the panel alone: its row, level 1; NULL: all */
  const char *ending;
  KdView view;
  const char *order; /* NULL: the usual */
} State;

/* The state as the window has it, and said in options, as files of one kind. */
static void
assert_exported_as_rendered (const Opened *opened, const State *state, const char *folder)
{
  g_autoptr (GError) error = NULL;
  KdWallModel *model = kd_live_page_get_wall (page_of (opened));
  g_auto (GStrv) order = state->order ? g_strsplit (state->order, ",", -1) : NULL;
  kd_view_settings_set (kd_wall_model_get_settings (model), &state->view);
  kd_wall_model_set_order (model, kd_wall_model_get_method (model), (const char *const *) order);
  KdKnobs *knobs = kd_session_run_knobs (session_of (opened), 1);
  const int row = state->row ? row_named (model, state->row) : -1;
  g_autoptr (KdWallPicture) picture = kd_exporting_wall (model, row, row < 0 ? -1 : 1, knobs);
  g_autofree char *ours = g_strconcat (folder, "/window", state->ending, NULL);
  g_autofree char *theirs = g_strconcat (folder, "/line", state->ending, NULL);
  g_assert_true (kd_wall_picture_export (picture, ours, &error));
  g_assert_no_error (error);
  g_autofree char *arguments = g_strdup_printf (
      "%s/%s %s", folder, kd_session_run_id (session_of (opened), 1), state->options);
  exported_render (program, arguments, theirs);
  exported_assert_same (ours, theirs);
  kd_knobs_free (knobs);
}

static bool
has_checkpoint (const Opened *opened, const char *folder)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *run =
      g_build_filename (folder, kd_session_run_id (session_of (opened), 1), NULL);
  g_autofree char *found = kd_checkpoint_find (run, &error);
  return found != NULL;
}

static int64_t
shown_step (const Opened *opened)
{
  KdPicture *picture = kd_wall_model_get_picture (kd_live_page_get_wall (page_of (opened)));
  return picture ? kd_picture_info (picture)->step : -1;
}

static void
test_the_command_line_writes_the_same_bytes (void)
{
  g_autofree char *folder = make_folder ();
  Opened opened = open_window_writing (folder);
  kd_session_model_select (opened.model, 1);
  act (&opened, "step");
  WAIT_UNTIL (shown_step (&opened) == 1 && find_map (&opened, "pull", 1));
  kd_session_checkpoint (session_of (&opened));
  WAIT_UNTIL (has_checkpoint (&opened, folder));

  KdView plain = kd_view_default (), other = plain, level = plain;
  other.channels = KD_CHANNELS_ONE;
  other.channel = 3;
  other.colormap = KD_COLORMAP_MAGMA;
  other.share = KD_SHARE_PANEL;
  other.overlay = 0.5;
  other.boxes = false;
  level.level = 1;
  level.smooth = true;
  KdView difference = plain;
  kd_view_toggle_difference (&difference);
  const State states[] = {
    { "--difference student_feat-teacher_feat", NULL, ".png", difference, NULL },
    { "--difference student_feat-teacher_feat --panel difference:P4", "difference", ".npy",
      difference, NULL },
    { "", NULL, ".png", plain, NULL },
    { "", NULL, ".csv", plain, NULL },
    { "", NULL, ".svg", plain, NULL },
    { "", NULL, ".pdf", plain, NULL },
    { "", NULL, ".npz", plain, NULL },
    { "--channel 3 --colormap magma --share panel --overlay 0.5 --no-boxes", NULL, ".png", other,
      NULL },
    { "--level P4 --smooth", NULL, ".png", level, NULL },
    { "--panel student_feat:P4 --channels one --channel 3 --colormap magma --share panel "
      "--overlay 0.5 --no-boxes",
      "student_feat", ".png", other, NULL },
    { "--level P4 --smooth", NULL, ".svg", level, NULL },
    { "--level P4 --smooth", NULL, ".pdf", level, NULL },
    { "--panel loss_density:1", "loss_density", ".npy", plain, NULL },
    { "--panel loss_density:1", "loss_density", ".csv", plain, NULL },
    { "--order pull,teacher_feat,P5,P3", NULL, ".png", plain, "pull,teacher_feat,P5,P3" },
    { "--order pull,teacher_feat,P5,P3", NULL, ".csv", plain, "pull,teacher_feat,P5,P3" },
    { "--order loss_density,difference --difference student_feat-teacher_feat", NULL, ".png",
      difference, "loss_density,difference" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (states); i++)
    assert_exported_as_rendered (&opened, &states[i], folder);
  close_window (&opened);
  fixture_remove (folder);
}

/* ---- charts ------------------------------------------------------------------------------------------- */

static void
test_a_chart_is_a_table (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, "chart.csv", NULL);
  g_autoptr (GError) error = NULL;
  KdCurve *curves[2] = { kd_curve_new (), kd_curve_new () };
  kd_curve_append (curves[0], 0, 0.5);
  kd_curve_append (curves[0], 1, NAN);
  kd_curve_append (curves[0], 2, 0.25);
  kd_curve_append (curves[0], 9, 7);
  kd_curve_append (curves[1], 2, 4);
  kd_curve_append (curves[1], 3, 8);
  const KdChartCurve shown[] = { { .curve = curves[0], .label = "none" },
                                 { .curve = curves[1], .label = "fgd, boxes" } };
  const KdChart chart = { .curves = shown,
                          .n_curves = 2,
                          .title = "Loss",
                          .x_label = "step",
                          .x_min = 0,
                          .x_max = 5,
                          .cursor_x = 1 };
  g_autoptr (KdChartPicture) picture = kd_chart_picture_new (&chart, 9);
  kd_curve_free (curves[0]); /* the picture has its own */
  kd_curve_free (curves[1]);
  g_assert_true (kd_chart_picture_export (picture, path, &error));
  g_assert_no_error (error);
  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "\"step\",\"none\",\"fgd, boxes\"\n0,0.5,\n1,,\n2,0.25,4\n3,,8\n");

  static const char *const others[] = { "chart.png", "chart.svg", "chart.pdf", "chart.npy" };
  for (size_t i = 0; i < G_N_ELEMENTS (others); i++) {
    g_autofree char *other = g_build_filename (folder, others[i], NULL);
    GStatBuf about;
    g_assert_true (kd_chart_picture_export (picture, other, &error));
    g_assert_no_error (error);
    g_assert_cmpint (g_stat (other, &about), ==, 0);
    g_assert_cmpint (about.st_size, >, 150);
  }
  fixture_remove (folder);
}

/* ---- the chooser ------------------------------------------------------------------------------------------ */

static GtkWidget *
find_chooser (void)
{
  g_autoptr (GList) windows = gtk_window_list_toplevels ();
  for (GList *window = windows; window; window = window->next) {
    if (GTK_IS_FILE_CHOOSER_DIALOG (window->data) && gtk_widget_get_mapped (window->data))
      return window->data;
  }
  return NULL;
}

/* A chooser is on screen, proposes @name, and is cancelled. */
static void
cancel (const char *name)
{
  GtkWidget *dialog;
  WAIT_UNTIL ((dialog = find_chooser ()));
  g_autofree char *proposed = gtk_file_chooser_get_current_name (GTK_FILE_CHOOSER (dialog));
  g_assert_cmpstr (proposed, ==, name);
  gtk_dialog_response (GTK_DIALOG (dialog), GTK_RESPONSE_CANCEL);
  WAIT_UNTIL (!find_chooser ());
}

/* A figure is asked for by watching its probes: the next picture has them. */
static bool
has_probes (KdWallModel *model, KdFigureView *view)
{
  const KdPicture *picture = kd_wall_model_get_picture (model);
  const KdFigure *figure = kd_figure_view_get_figure (view);
  const KdPictureInfo *info = kd_picture_info (picture);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (int));
  kd_figure_add_probes (figure, info->run, info->probes, info->n_probes, ids);
  for (guint i = 0; i < ids->len; i++) {
    KdMap map;
    if (!kd_picture_map (picture, g_array_index (ids, int, i), &map))
      return false;
  }
  return true;
}

/* What Ctrl+E saves while a figure is shown, chosen in the dialog, is what render --figure draws. */
static void
test_the_figure_is_exported (void)
{
  g_autofree char *folder = make_folder ();
  Opened opened = open_window_writing (folder);
  kd_session_model_select (opened.model, 1);
  act (&opened, "step");
  WAIT_UNTIL (shown_step (&opened) == 1 && find_map (&opened, "pull", 1));
  kd_session_checkpoint (session_of (&opened));
  WAIT_UNTIL (has_checkpoint (&opened, folder));
  act (&opened, "figure");
  g_assert_cmpstr (kd_live_page_get_figure (page_of (&opened)), !=, "");
  g_autoptr (GPtrArray) views = in_live (&opened, KD_TYPE_FIGURE_VIEW);
  KdFigureView *view = views->pdata[0];
  WAIT_UNTIL (has_probes (kd_live_page_get_wall (page_of (&opened)), view));
  kd_figure_view_point_at (view, 60, 80); /* what is pointed at is not part of the file */

  g_autoptr (GError) error = NULL;
  g_autofree char *ours = g_build_filename (folder, "window.png", NULL);
  g_autofree char *theirs = g_build_filename (folder, "line.png", NULL);
  g_autoptr (KdFigurePlot) plot = kd_figure_view_make_titled (view);
  g_assert_true (kd_figure_plot_export (plot, ours, &error));
  g_assert_no_error (error);
  g_autofree char *command = g_strdup_printf ("%s render %s/%s --figure %s --out %s", program,
                                              folder, kd_session_run_id (session_of (&opened), 1),
                                              kd_live_page_get_figure (page_of (&opened)), theirs);
  int status;
  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, &status, &error));
  g_assert_cmpint (status, ==, 0);
  exported_assert_same_bytes (ours, theirs);

  act (&opened, "export");
  cancel ("fgd-step-1-pipeline.png");
  close_window (&opened);
  fixture_remove (folder);
}

static KdCompareGrid *
grid_of (const Opened *opened)
{
  g_autoptr (GPtrArray) grids = g_ptr_array_new ();
  g_autoptr (GPtrArray) pages = all_of (opened, KD_TYPE_COMPARE_PAGE);
  AdwViewStack *stack =
      ADW_VIEW_STACK (gtk_widget_get_ancestor (pages->pdata[0], ADW_TYPE_VIEW_STACK));
  adw_view_stack_set_visible_child (stack, pages->pdata[0]);
  collect (pages->pdata[0], KD_TYPE_COMPARE_GRID, grids);
  return grids->pdata[0];
}

static void
test_each_asks_for_a_name (void)
{
  Opened opened = open_window (true);
  kd_session_model_select (opened.model, 1);
  WAIT_UNTIL (find_map (&opened, "pull", 1));
  act (&opened, "export");
  cancel ("fgd-step-0.png");
  g_autoptr (GPtrArray) walls = all_of (&opened, KD_TYPE_MAP_WALL);
  KdWallModel *model = kd_live_page_get_wall (page_of (&opened));
  g_assert_true (gtk_widget_activate_action (walls->pdata[0], "wall.export", "(ii)",
                                             row_named (model, "teacher_feat"), 1));
  cancel ("fgd-step-0-teacher_feat-P4.png");
  g_autoptr (GPtrArray) slots = all_of (&opened, KD_TYPE_CHART_SLOT);
  g_assert_true (gtk_widget_activate_action (slots->pdata[0], "chart.export", NULL));
  cancel ("detection-loss-step-0.png");
  KdCompareGrid *grid = grid_of (&opened);
  WAIT_UNTIL (kd_compare_grid_get_rows (grid)->rows[KD_COMPARE_PULL].places[1].valid);
  act (&opened, "export");
  cancel ("compare.png");
  g_assert_true (
      gtk_widget_activate_action (GTK_WIDGET (grid), "compare.export", "(ii)", KD_COMPARE_PULL, 1));
  cancel ("compare-fgd-pull.png");
  close_window (&opened);
}

static void
take_text (GObject *clipboard, GAsyncResult *result, gpointer text)
{
  *(char **) text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (clipboard), result, NULL);
}

/* Every loss of every step, to the last bit. */
static void
assert_same_losses (const char *one, const char *other)
{
  g_autoptr (GError) error = NULL;
  KdRunLog *a = kd_run_log_open (one, &error), *b = kd_run_log_open (other, &error);
  g_assert_no_error (error);
  int n = 0;
  for (int i = 0; i < a->n_series; i++) {
    if (!g_str_has_prefix (a->names[i], "loss."))
      continue;
    const GArray *points = kd_run_log_find (b, a->names[i]);
    g_assert_nonnull (points);
    g_assert_cmpuint (points->len, ==, a->points[i]->len);
    for (guint k = 0; k < points->len; k++)
      g_assert_cmpfloat (g_array_index (points, KdPoint, k).value, ==,
                         g_array_index (a->points[i], KdPoint, k).value);
    n += (int) points->len;
  }
  g_assert_cmpint (n, >=, 3 * 12);
  kd_run_log_free (a);
  kd_run_log_free (b);
}

/* What Ctrl+Shift+C copies, pasted into a shell: the students of the window, a knob turned before the first step included. */
static void
test_the_copied_command_trains_the_same (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *out = g_build_filename (folder, "window", NULL);
  g_autofree char *again = g_build_filename (folder, "runs", "again", NULL);
  Opened opened = open_window (true);
  KdConfig config = opened.fixture.config;
  config.runs = opened.fixture.runs; /* the fixture has moved since it was made */
  config.out = out;
  config.steps = 12;
  config.paused = true;
  g_autoptr (GError) error = NULL;
  g_assert_true (kd_session_model_start (opened.model, &config, &error));
  WAIT_UNTIL (kd_session_model_get_snapshot (opened.model));
  g_assert_true (kd_session_set_knob (session_of (&opened), 1, "alpha", "0.0123", &error));
  g_assert_no_error (error);
  act (&opened, "copy-command");
  char *line = NULL;
  gdk_clipboard_read_text_async (gtk_widget_get_clipboard (GTK_WIDGET (opened.window)), NULL,
                                 take_text, &line);
  WAIT_UNTIL (line);
  act (&opened, "play");
  WAIT_UNTIL (kd_session_status (session_of (&opened)).state == KD_STATE_DONE);

  g_auto (GStrv) words = NULL;
  g_assert_true (g_shell_parse_argv (line, NULL, &words, &error));
  g_assert_cmpstr (words[0], ==, "kdscope-cli");
  g_free (words[0]);
  words[0] = g_canonicalize_filename (program, NULL); /* it runs in another folder */
  int status = -1;
  g_assert_true (g_spawn_sync (folder, words, NULL,
                               G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                               NULL, NULL, &status, &error));
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
  static const char *const runs[] = { "none", "fgd" };
  for (int i = 0; i < 2; i++) {
    g_autofree char *one = g_build_filename (out, runs[i], NULL);
    g_autofree char *other = g_build_filename (again, runs[i], NULL);
    assert_same_losses (one, other);
  }
  g_free (line);
  close_window (&opened);
}

int
main (int argc, char **argv)
{
  window_test_init (&argc, &argv);
  setlocale (LC_ALL, ""); /* GTK's tests leave the person's language */
  kd_i18n_init ();
  program = argv[1];
  g_test_add_func ("/ui/export/the-command-line-writes-the-same-bytes",
                   test_the_command_line_writes_the_same_bytes);
  g_test_add_func ("/ui/export/the-figure-is-exported", test_the_figure_is_exported);
  g_test_add_func ("/ui/export/a-chart-is-a-table", test_a_chart_is_a_table);
  g_test_add_func ("/ui/export/each-asks-for-a-name", test_each_asks_for_a_name);
  g_test_add_func ("/ui/export/the-copied-command-trains-the-same",
                   test_the_copied_command_trains_the_same);
  return g_test_run ();
}
