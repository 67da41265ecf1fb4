/* SPDX-License-Identifier: MIT */

/* Runs side by side: one scale a row, differences and consensus against sums made here, folders of runs, the table. */
#include "tests/window-fixture.h"
#include "ui/chart-view.h"
#include "ui/color-bar.h"
#include "ui/compare-grid.h"
#include "ui/compare-layout.h"
#include "ui/compare-page.h"
#include "ui/page.h"
#include "ui/run-table.h"
#include "ui/wipe-view.h"

#include <math.h>

/* ---- rows, without a window -------------------------------------------------------------------------- */

#define CELLS 4

/* A picture whose only maps are a loss density and a pull on one level. */
typedef struct {
  float density[CELLS], pull[CELLS];
} Maps;

static const KdProbeInfo probes[] = {
  { .id = 0, .name = "loss_density", .title = "Loss density", .kind = KD_PROBE_MAP, .stride = 8 },
  { .id = 1, .name = "pull", .title = "Pull", .kind = KD_PROBE_MAP, .stride = 8 },
};

static bool
read_map (const void *data, int index, KdMap *map)
{
  const Maps *maps = data;
  *map = (KdMap){ .data = index == 0 ? maps->density : maps->pull,
                  .channels = 1,
                  .height = 2,
                  .width = 2,
                  .stride_c = CELLS,
                  .stride_y = 2,
                  .stride_x = 1 };
  return true;
}

static KdPicture *
picture_of (Maps *maps, double total)
{
  const KdPictureInfo info = {
    .method = kd_method_find ("fgd"), .probes = probes, .n_probes = 2, .total = total
  };
  return kd_picture_new (&info, read_map, maps, NULL);
}

static Maps three[] = {
  { { 0.5f, 0.02f, 0.3f, 0 }, { 1, 2, 3, 4 } },
  { { 0.1f, 0.1f, 0.7f, 0.05f }, { 2, 2, 5, 1 } },
  { { 0, 0, 2, 0.019f }, { 0, 10, 3, 4 } },
};

static KdCompareRows *
rows_of (KdCompareMode mode, double threshold)
{
  const double totals[] = { 1, 1, 2 };
  KdPicture *pictures[3];
  for (int i = 0; i < 3; i++)
    pictures[i] = picture_of (&three[i], totals[i]);
  KdCompareRows *rows = kd_compare_rows_new ();
  const KdView view = kd_view_default ();
  kd_compare_rows_update (rows, pictures, 3, 0, mode, threshold, &view);
  for (int i = 0; i < 3; i++)
    kd_picture_unref (pictures[i]);
  return rows;
}

/* Percent of the pull on all cells: the three sums are 10, 10 and 17. */
static double
share_of_pull (int run, int cell)
{
  static const double sums[] = { 10, 10, 17 };
  return 100 * (double) three[run].pull[cell] / sums[run];
}

static void
test_one_scale (void)
{
  KdCompareRows *rows = rows_of (KD_COMPARE_SIDE_BY_SIDE, 0.01);
  g_assert_false (rows->rows[KD_COMPARE_FEATURES].places[0].valid);
  const KdCompareRow *pull = &rows->rows[KD_COMPARE_PULL];
  g_assert_cmpfloat (pull->scale.low, ==, 0);
  g_assert_cmpfloat_with_epsilon (pull->scale.high, share_of_pull (2, 1), 1e-5);
  g_assert_cmpfloat_with_epsilon (pull->places[1].values[2], 50, 1e-5);
  /* A loss of 2 and one of 1: each in percent of itself. */
  const KdCompareRow *density = &rows->rows[KD_COMPARE_DENSITY];
  g_assert_cmpfloat_with_epsilon (density->places[2].values[2], 100, 1e-5);
  g_assert_cmpfloat_with_epsilon (density->places[1].values[2], 70, 1e-5);
  g_assert_cmpstr (density->unit, ==, "%");
  kd_compare_rows_free (rows);
}

static void
test_difference (void)
{
  KdCompareRows *rows = rows_of (KD_COMPARE_DIFFERENCE, 0.01);
  const KdCompareRow *pull = &rows->rows[KD_COMPARE_PULL];
  double largest = 0;
  for (int c = 0; c < 3; c++)
    for (int i = 0; i < CELLS; i++) {
      const double difference = share_of_pull (c, i) - share_of_pull (0, i);
      g_assert_cmpfloat_with_epsilon (pull->places[c].values[i], difference, 1e-4);
      largest = fmax (largest, fabs (difference));
    }
  g_assert_true (pull->scale.centred);
  g_assert_cmpfloat_with_epsilon (pull->scale.high, largest, 1e-4);
  g_assert_cmpfloat_with_epsilon (pull->scale.low, -largest, 1e-4);
  kd_compare_rows_free (rows);
}

/* A run without the map, as the twin, is not what the others are compared with. */
static void
test_difference_without_the_twin (void)
{
  KdPicture *pictures[3] = { NULL, picture_of (&three[0], 1), picture_of (&three[1], 1) };
  KdCompareRows *rows = kd_compare_rows_new ();
  const KdView view = kd_view_default ();
  kd_compare_rows_update (rows, pictures, 3, 0, KD_COMPARE_DIFFERENCE, 0.01, &view);
  const KdCompareRow *density = &rows->rows[KD_COMPARE_DENSITY];
  g_assert_cmpint (density->reference, ==, 1);
  g_assert_false (density->places[0].valid);
  g_assert_cmpfloat (density->places[1].values[2], ==, 0);
  g_assert_cmpfloat_with_epsilon (density->places[2].values[2], 70 - 30, 1e-4);
  g_assert_cmpint (rows->rows[KD_COMPARE_FEATURES].reference, ==, -1);
  kd_compare_rows_free (rows);
  kd_picture_unref (pictures[1]);
  kd_picture_unref (pictures[2]);
}

/* Cells above 1 % of 1, 1 and 2: the last run's 0.019 is below 0.02. */
static void
test_consensus (void)
{
  KdCompareRows *rows = rows_of (KD_COMPARE_SIDE_BY_SIDE, 0.01);
  static const float votes[CELLS] = { 2, 2, 3, 1 };
  g_assert_cmpint (rows->n_voters, ==, 3);
  for (int i = 0; i < CELLS; i++)
    g_assert_cmpfloat (rows->consensus.values[i], ==, votes[i]);
  kd_compare_rows_free (rows);
}

/* ---- the page -------------------------------------------------------------------------------------------- */

static KdComparePage *
show_page (const Opened *opened)
{
  g_autoptr (GPtrArray) pages = all_of (opened, KD_TYPE_COMPARE_PAGE);
  g_assert_cmpuint (pages->len, ==, 1);
  AdwViewStack *stack =
      ADW_VIEW_STACK (gtk_widget_get_ancestor (pages->pdata[0], ADW_TYPE_VIEW_STACK));
  adw_view_stack_set_visible_child (stack, pages->pdata[0]);
  WAIT_UNTIL (gtk_widget_get_mapped (pages->pdata[0]));
  return pages->pdata[0];
}

static const KdCompareRows *
rows_on (KdComparePage *page)
{
  g_autoptr (GPtrArray) grids = g_ptr_array_new ();
  collect (GTK_WIDGET (page), KD_TYPE_COMPARE_GRID, grids);
  return kd_compare_grid_get_rows (grids->pdata[0]);
}

static void
test_live_page (void)
{
  Opened opened = open_window (true);
  KdComparePage *page = show_page (&opened);
  const KdCompareRows *rows = rows_on (page);
  WAIT_UNTIL (rows->rows[KD_COMPARE_PULL].places[1].valid &&
              rows->rows[KD_COMPARE_FEATURES].places[0].valid);
  g_assert_cmpint (rows->n_columns, ==, 2);
  g_assert_false (rows->rows[KD_COMPARE_DENSITY].places[0].valid); /* the twin distils nothing */
  const KdMapStats *stats = &rows->rows[KD_COMPARE_FEATURES].places[1].stats;
  g_assert_cmpfloat (rows->rows[KD_COMPARE_FEATURES].scale.high, >=, stats->max);

  act (&opened, "difference");
  g_assert_cmpfloat (rows->rows[KD_COMPARE_FEATURES].places[0].stats.max, ==, 0);
  act (&opened, "difference");
  g_assert_true (kd_page_act (KD_PAGE (page), "next-image"));
  WAIT_UNTIL (kd_snapshot_image (kd_session_model_get_snapshot (opened.model)) == 1);
  close_window (&opened);
}

static void
test_table (void)
{
  Opened opened = open_window (false);
  WAIT_UNTIL (kd_session_status (session_of (&opened)).step >= 3);
  act (&opened, "play");
  KdComparePage *page = show_page (&opened);
  g_autoptr (GPtrArray) tables = g_ptr_array_new ();
  collect (GTK_WIDGET (page), KD_TYPE_RUN_TABLE, tables);
  g_autofree char *second = kd_run_table_text (tables->pdata[0], 1, "Run");
  g_assert_cmpstr (second, ==, "FGD");
  g_autofree char *ap = kd_run_table_text (tables->pdata[0], 1, "AP");
  g_assert_cmpstr (ap, ==, "–"); /* not measured */
  char *step = NULL;
  do {
    g_free (step);
    g_main_context_iteration (NULL, TRUE);
    step = kd_run_table_text (tables->pdata[0], 0, "Step");
  } while (atoi (step) < 3);
  g_free (step);
  close_window (&opened);
}

/* New numbers come into the lines that are there: who walks the table by keys stays where he is. */
static void
test_table_keeps_the_focus (void)
{
  Opened opened = open_window (true);
  KdComparePage *page = show_page (&opened);
  g_autoptr (GPtrArray) tables = g_ptr_array_new (), views = g_ptr_array_new ();
  collect (GTK_WIDGET (page), KD_TYPE_RUN_TABLE, tables);
  collect (tables->pdata[0], GTK_TYPE_COLUMN_VIEW, views);
  WAIT_UNTIL (says (tables->pdata[0], "FGD"));
  g_assert_true (gtk_widget_child_focus (views->pdata[0], GTK_DIR_TAB_FORWARD));
  GtkWidget *line = gtk_window_get_focus (GTK_WINDOW (opened.window));
  g_assert_true (gtk_widget_is_ancestor (line, views->pdata[0]));
  for (int step = 1; step <= 2; step++) {
    g_autofree char *words = g_strdup_printf ("%d", step);
    g_autofree char *told = NULL;
    act (&opened, "step");
    do {
      g_free (told);
      g_main_context_iteration (NULL, TRUE);
      told = kd_run_table_text (tables->pdata[0], 0, "Step");
    } while (atoi (told) < step);
    WAIT_UNTIL (says (tables->pdata[0], words));
    g_assert_true (gtk_window_get_focus (GTK_WINDOW (opened.window)) == line);
  }
  close_window (&opened);
}

static bool
has_title (GtkWidget *panel)
{
  g_autofree char *found = gtk_test_accessible_check_property (GTK_ACCESSIBLE (panel),
                                                               GTK_ACCESSIBLE_PROPERTY_LABEL, "");
  return found != NULL; /* NULL: it is the empty one */
}

/* The titles of the table's columns that are in sight. */
static char *
visible_columns (GtkWidget *table)
{
  g_autoptr (GPtrArray) views = g_ptr_array_new ();
  collect (table, GTK_TYPE_COLUMN_VIEW, views);
  GListModel *columns = gtk_column_view_get_columns (views->pdata[0]);
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < g_list_model_get_n_items (columns); i++) {
    g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (columns, i);
    if (gtk_column_view_column_get_visible (column))
      g_string_append_printf (text, "%s|", gtk_column_view_column_get_title (column));
  }
  return g_string_free (text, FALSE);
}

/* Trained as the fixture says, into a folder; whatever speed was told there is @events instead. Owned by the caller. */
static char *
write_runs (Opened *opened, const char *events)
{
  KdConfig config = opened->fixture.config;
  char *out = fixture_path (&opened->fixture, "trained");
  config.runs = opened->fixture.runs; /* the fixture has moved since it was made */
  config.out = out;
  kd_session_free (fixture_run (&config));
  static const char *const runs[] = { "none", "fgd" };
  for (int i = 0; i < 2; i++) {
    g_autofree char *path = g_build_filename (out, runs[i], "events.jsonl", NULL);
    g_assert_true (g_file_set_contents (path, events, -1, NULL));
  }
  return out;
}

/* A session's folder brings all its runs, each at its newest checkpoint; a folder of something else is a sentence and changes nothing. */
static void
test_folders (void)
{
  Opened opened = open_window (true);
  g_autofree char *out = write_runs (&opened, "");
  KdComparePage *page = show_page (&opened);
  g_autoptr (GError) error = NULL;
  g_assert_false (kd_page_open (KD_PAGE (page), KD_FILE_RUN, opened.fixture.folder, &error));
  g_assert_error (error, KD_ERROR, KD_ERROR_FILE);
  g_clear_error (&error);
  WAIT_UNTIL (rows_on (page)->rows[KD_COMPARE_PULL].places[1].valid);
  g_assert_true (kd_page_open (KD_PAGE (page), KD_FILE_RUN, out, &error));
  g_assert_no_error (error);
  g_autoptr (GPtrArray) tables = g_ptr_array_new ();
  collect (GTK_WIDGET (page), KD_TYPE_RUN_TABLE, tables);
  g_autofree char *title = kd_run_table_text (tables->pdata[0], 1, "Run");
  g_assert_cmpstr (title, ==, "trained/fgd");
  g_autofree char *step = kd_run_table_text (tables->pdata[0], 1, "Step");
  g_assert_cmpstr (step, ==, "12");
  /* Nothing says how fast it was, and all runs of a method the same knobs. */
  g_autofree char *columns = visible_columns (tables->pdata[0]);
  g_assert_cmpstr (columns, ==, "Run|Seed|Step|AP|AP50|Best AP50|");
  const KdCompareRows *rows = rows_on (page);
  WAIT_UNTIL (rows->n_columns == 2 && rows->rows[KD_COMPARE_DENSITY].places[1].valid &&
              rows->rows[KD_COMPARE_FEATURES].places[0].valid);
  /* However close pictures come one after another, each column says what it shows in the end. */
  wait_frames (&opened);
  g_autoptr (GPtrArray) views = g_ptr_array_new ();
  collect (GTK_WIDGET (page), KD_TYPE_MAP_VIEW, views);
  g_assert_cmpuint (views->len, >=, 2);
  for (int c = 0; c < 2; c++)
    WAIT_UNTIL (has_title (views->pdata[c]));
  /* Measured once, at the end: the axes begin at step 0 and 0 %, a zoom by the chart stays. */
  g_autoptr (GPtrArray) charts = g_ptr_array_new ();
  collect (GTK_WIDGET (page), KD_TYPE_CHART_VIEW, charts);
  g_signal_emit_by_name (charts->pdata[0], "zoomed", 3.0, 9.0);
  g_assert_cmpfloat (kd_chart_view_get_chart (charts->pdata[0]).x_min, ==, 3);
  g_signal_emit_by_name (charts->pdata[0], "zoomed", 0.0, 0.0);
  const KdChart chart = kd_chart_view_get_chart (charts->pdata[0]);
  g_assert_cmpfloat (chart.x_min, ==, 0);
  g_assert_cmpfloat (chart.x_max, ==, 12);
  g_assert_cmpfloat (chart.y_min, ==, 0);
  /* One of them once more is there already; the live session comes back. */
  g_autofree char *again = g_build_filename (out, "fgd", NULL);
  g_assert_true (kd_page_open (KD_PAGE (page), KD_FILE_RUN, again, &error));
  g_assert_no_error (error);
  g_assert_cmpint (rows->n_columns, ==, 2);
  close_window (&opened);
}

/* Folders dropped together come by their names: the undistilled student is first all the same. The last speed told counts. */
static void
test_twin_is_first (void)
{
  Opened opened = open_window (true);
  g_autofree char *out =
      write_runs (&opened, "{\"step\":6,\"kind\":\"steps per second\",\"text\":\"7\"}\n"
                           "{\"step\":9,\"kind\":\"knob\",\"text\":\"temp = 0.3\"}\n"
                           "{\"step\":12,\"kind\":\"steps per second\",\"text\":\"41.46\"}\n"
                           "{\"step\":12,");
  KdComparePage *page = show_page (&opened);
  static const char *const runs[] = { "fgd", "none" };
  for (int i = 0; i < 2; i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *folder = g_build_filename (out, runs[i], NULL);
    g_assert_true (kd_page_open (KD_PAGE (page), KD_FILE_RUN, folder, &error));
    g_assert_no_error (error);
  }
  g_autoptr (GPtrArray) tables = g_ptr_array_new ();
  collect (GTK_WIDGET (page), KD_TYPE_RUN_TABLE, tables);
  g_autofree char *first = kd_run_table_text (tables->pdata[0], 0, "Run");
  g_assert_cmpstr (first, ==, "trained/none");
  g_autofree char *speed = kd_run_table_text (tables->pdata[0], 1, "Steps/s");
  g_assert_cmpstr (speed, ==, "41.5");
  close_window (&opened);
}

/* Whatever the names, and whatever stands below, no student has a wider column than another. */
static void
test_even_columns (void)
{
  Opened opened = open_window (true);
  KdComparePage *page = show_page (&opened);
  WAIT_UNTIL (rows_on (page)->rows[KD_COMPARE_FEATURES].places[0].valid);
  g_autoptr (GPtrArray) views = g_ptr_array_new ();
  collect (GTK_WIDGET (page), KD_TYPE_MAP_VIEW, views);
  for (int before = -1; before != gtk_widget_get_width (views->pdata[0]);) {
    before = gtk_widget_get_width (views->pdata[0]);
    wait_frames (&opened);
    g_ptr_array_set_size (views, 0);
    collect (GTK_WIDGET (page), KD_TYPE_MAP_VIEW, views);
  }
  for (guint i = 1; i < views->len; i++)
    g_assert_cmpint (gtk_widget_get_width (views->pdata[i]), ==,
                     gtk_widget_get_width (views->pdata[0]));
  close_window (&opened);
}

/* ---- the table is copied, sorted ------------------------------------------------------------------------- */

/* Of two runs with AP50 measured at steps 6 and 12: values from their own series.csv. Owned by the caller. */
static char *
expected_csv (const char *out, const char *const *order)
{
  GString *text = g_string_new ("Run,Seed,Step,AP,AP50,Best AP50,Best step\n");
  for (int i = 0; i < 2; i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *folder = g_build_filename (out, order[i], NULL);
    KdRunLog *log = kd_run_log_open (folder, &error);
    g_assert_no_error (error);
    const GArray *ap = kd_run_log_find (log, "ap"), *ap50 = kd_run_log_find (log, "ap50");
    g_string_append_printf (text, "trained/%s,%d,12,", order[i], (int) log->config->seed);
    if (ap && ap->len) {
      KdPoint best = g_array_index (ap50, KdPoint, 0);
      for (guint k = 1; k < ap50->len; k++)
        if (g_array_index (ap50, KdPoint, k).value > best.value)
          best = g_array_index (ap50, KdPoint, k);
      g_string_append_printf (text, "%.9g,%.9g,%.9g,%d\n",
                              100 * g_array_index (ap, KdPoint, ap->len - 1).value,
                              100 * g_array_index (ap50, KdPoint, ap50->len - 1).value,
                              100 * best.value, (int) best.step);
    } else {
      g_string_append (text, ",,,\n");
    }
    kd_run_log_free (log);
  }
  return g_string_free (text, FALSE);
}

static void
take_text (GObject *clipboard, GAsyncResult *result, gpointer text)
{
  *(char **) text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (clipboard), result, NULL);
}

static char *
copied (const Opened *opened, GtkWidget *table, const char *action)
{
  char *text = NULL;
  g_assert_true (gtk_widget_activate_action (table, action, NULL));
  gdk_clipboard_read_text_async (gtk_widget_get_clipboard (GTK_WIDGET (opened->window)), NULL,
                                 take_text, &text);
  WAIT_UNTIL (text);
  return text;
}

/* The table's menu, by the keyboard: everything in it can be chosen. */
static void
assert_menu (const Opened *opened, GtkWidget *table)
{
  g_autoptr (GPtrArray) scrollers = g_ptr_array_new ();
  collect (table, GTK_TYPE_SCROLLED_WINDOW, scrollers);
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (scrollers->pdata[0]);
  bool opens = false;
  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++) {
    g_autoptr (GObject) controller = g_list_model_get_item (controllers, i);
    if (!GTK_IS_SHORTCUT_CONTROLLER (controller))
      continue;
    g_autoptr (GtkShortcut) shortcut = g_list_model_get_item (G_LIST_MODEL (controller), 0);
    GtkShortcutAction *action = shortcut ? gtk_shortcut_get_action (shortcut) : NULL;
    opens |= GTK_IS_CALLBACK_ACTION (action) &&
             gtk_shortcut_action_activate (action, 0, scrollers->pdata[0], NULL);
  }
  g_assert_true (opens);
  wait_frames (opened);
  g_autoptr (GPtrArray) menus = g_ptr_array_new (), items = g_ptr_array_new ();
  collect (table, GTK_TYPE_POPOVER_MENU, menus);
  g_assert_cmpuint (menus->len, >=, 1);
  collect (menus->pdata[0], g_type_from_name ("GtkModelButton"), items);
  g_assert_cmpuint (items->len, >=, 3);
  for (guint i = 0; i < items->len; i++)
    g_assert_true (gtk_widget_is_sensitive (items->pdata[i]));
  gtk_popover_popdown (menus->pdata[0]);
  wait_frames (opened);
}

static void
test_copied_table (void)
{
  Opened opened = open_window (true);
  g_autofree char *out = write_runs (&opened, "");
  KdComparePage *page = show_page (&opened);
  g_autoptr (GError) error = NULL;
  g_assert_true (kd_page_open (KD_PAGE (page), KD_FILE_RUN, out, &error));
  g_autoptr (GPtrArray) tables = g_ptr_array_new ();
  collect (GTK_WIDGET (page), KD_TYPE_RUN_TABLE, tables);
  assert_menu (&opened, tables->pdata[0]);
  static const char *const ascending[] = { "fgd", "none" }, *const descending[] = { "none", "fgd" };
  gtk_widget_activate_action (tables->pdata[0], "table.sort", "s", "Run");
  g_autofree char *first = copied (&opened, tables->pdata[0], "table.copy-csv");
  g_autofree char *expected = expected_csv (out, ascending);
  g_assert_cmpstr (first, ==, expected);
  gtk_widget_activate_action (tables->pdata[0], "table.sort", "s", "Run");
  g_autofree char *second = copied (&opened, tables->pdata[0], "table.copy-csv");
  g_autofree char *turned = expected_csv (out, descending);
  g_assert_cmpstr (second, ==, turned);
  g_autofree char *text = copied (&opened, tables->pdata[0], "table.copy-text");
  g_assert_true (g_str_has_prefix (text, "Run\tSeed\tStep\tAP\tAP50\tBest AP50\ntrained/none\t"));
  close_window (&opened);
}

/* ---- two runs in one place --------------------------------------------------------------------------------- */

static void
choose_mode (KdComparePage *page, KdCompareMode mode)
{
  g_autoptr (GPtrArray) choices = g_ptr_array_new ();
  collect (GTK_WIDGET (page), GTK_TYPE_DROP_DOWN, choices);
  for (guint i = 0; i < choices->len; i++) {
    GListModel *model = gtk_drop_down_get_model (choices->pdata[i]);
    if (g_list_model_get_n_items (model) == KD_N_COMPARE_MODES)
      gtk_drop_down_set_selected (choices->pdata[i], mode);
  }
}

static void
key (GtkWidget *widget, const char *signal, guint value)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);
  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++) {
    g_autoptr (GObject) controller = g_list_model_get_item (controllers, i);
    gboolean handled = FALSE;
    if (GTK_IS_EVENT_CONTROLLER_KEY (controller))
      g_signal_emit_by_name (controller, signal, value, 0, 0, &handled);
  }
}

/* How many of two pictures' pixels differ. */
static int
n_different (cairo_surface_t *one, cairo_surface_t *other)
{
  const int n = cairo_image_surface_get_stride (one) / 4 * cairo_image_surface_get_height (one);
  g_assert_cmpint (cairo_image_surface_get_width (one), ==, cairo_image_surface_get_width (other));
  const uint32_t *a = (const uint32_t *) (void *) cairo_image_surface_get_data (one);
  const uint32_t *b = (const uint32_t *) (void *) cairo_image_surface_get_data (other);
  int different = 0;
  for (int i = 0; i < n; i++)
    different += a[i] != b[i];
  return different;
}

/* One line for all three pictures, by keys; backslash held shows the right run whole, let go the line is where it was. */
static void
test_pair (void)
{
  Opened opened = open_window (true);
  KdComparePage *page = show_page (&opened);
  WAIT_UNTIL (rows_on (page)->rows[KD_COMPARE_FEATURES].places[1].valid &&
              rows_on (page)->rows[KD_COMPARE_FEATURES].places[0].valid);
  choose_mode (page, KD_COMPARE_WIPE);
  g_autoptr (GPtrArray) wipes = g_ptr_array_new ();
  collect (GTK_WIDGET (page), KD_TYPE_WIPE_VIEW, wipes);
  g_assert_cmpuint (wipes->len, ==, KD_N_COMPARE_ROWS);
  key (wipes->pdata[1], "key-pressed", GDK_KEY_Left);
  for (int i = 0; i < KD_N_COMPARE_ROWS; i++)
    g_assert_cmpfloat_with_epsilon (kd_wipe_view_get_position (wipes->pdata[i]), 0.48, 1e-9);
  key (GTK_WIDGET (page), "key-pressed", GDK_KEY_backslash);
  g_assert_cmpfloat (kd_wipe_view_get_position (wipes->pdata[0]), ==, 0);
  key (GTK_WIDGET (page), "key-released", GDK_KEY_backslash);
  g_assert_cmpfloat_with_epsilon (kd_wipe_view_get_position (wipes->pdata[2]), 0.48, 1e-9);

  choose_mode (page, KD_COMPARE_FLICKER);
  g_ptr_array_set_size (wipes, 0);
  collect (GTK_WIDGET (page), KD_TYPE_WIPE_VIEW, wipes);
  for (int before = -1; before != gtk_widget_get_height (wipes->pdata[0]);) { /* room is shared */
    before = gtk_widget_get_height (wipes->pdata[0]);
    wait_frames (&opened);
  }
  cairo_surface_t *left = paint (wipes->pdata[0]);
  key (wipes->pdata[0], "key-pressed", GDK_KEY_Right);
  g_assert_cmpfloat (kd_wipe_view_get_position (wipes->pdata[2]), ==, 0);
  wait_frames (&opened);
  cairo_surface_t *right = paint (wipes->pdata[0]);
  g_assert_cmpint (n_different (left, right), >, 1000); /* another run's features */
  g_assert_cmpint (count_colors (right), >, 10);
  key (GTK_WIDGET (page), "key-pressed", GDK_KEY_backslash);
  wait_frames (&opened);
  cairo_surface_t *held = paint (wipes->pdata[0]);
  g_assert_cmpint (n_different (left, held), ==, 0);
  key (GTK_WIDGET (page), "key-released", GDK_KEY_backslash);
  g_assert_cmpfloat (kd_wipe_view_get_position (wipes->pdata[2]), ==, 0);
  cairo_surface_destroy (left);
  cairo_surface_destroy (right);
  cairo_surface_destroy (held);
  close_window (&opened);
}

/* A vote is a cell above the part of the run's loss; the map of all is their sum. */
static void
test_votes (void)
{
  KdCompareRows *rows = rows_of (KD_COMPARE_CONSENSUS, 0.01);
  static const int counted[3] = { 3, 4, 1 };
  for (int c = 0; c < 3; c++)
    g_assert_cmpint (kd_compare_votes_of (&rows->votes[c]), ==, counted[c]);
  for (int i = 0; i < CELLS; i++)
    g_assert_cmpfloat (rows->consensus.values[i], ==,
                       rows->votes[0].values[i] + rows->votes[1].values[i] +
                           rows->votes[2].values[i]);
  kd_compare_rows_free (rows);
}

static void
test_wipe (void)
{
  GtkWidget *view = g_object_ref_sink (kd_wipe_view_new (false));
  kd_wipe_view_set_position (KD_WIPE_VIEW (view), 1.7);
  g_assert_cmpfloat (kd_wipe_view_get_position (KD_WIPE_VIEW (view)), ==, 1);
  kd_wipe_view_set_position (KD_WIPE_VIEW (view), 0.25);
  g_assert_cmpfloat (kd_wipe_view_get_position (KD_WIPE_VIEW (view)), ==, 0.25);
  g_object_unref (view);
}

/* Whatever the window and however many students: no two rows lie at the same place, and as long as panels need not be smaller than
 * the smallest, nothing is wider than the window. */
static void
test_layout (void)
{
  static const int widths[] = { 760, 1024, 1280, 1920, 2560, 3840 };
  static const int heights[] = { 250, 370, 520, 1000, 1700 };
  for (size_t i = 0; i < G_N_ELEMENTS (widths) * G_N_ELEMENTS (heights) * KD_MAX_RUNS * 2; i++) {
    const int width = widths[i % 6], height = heights[i / 6 % 5];
    const int n = 1 + (int) (i / 30 % KD_MAX_RUNS);
    const bool consensus = i / 30 / KD_MAX_RUNS;
    const KdCompareLayout layout = kd_compare_layout_fit (width, height, n, consensus);
    g_assert_cmpint (layout.n_rows, ==, 1 + KD_N_COMPARE_ROWS + consensus);
    int right = 0;
    for (int row = 0; row < layout.n_rows; row++) {
      const KdCompareSpot spot = kd_compare_layout_spot (&layout, row);
      const bool alone = consensus && row == layout.n_rows - 1;
      g_assert_cmpint (spot.block, <, layout.n_blocks);
      for (int other = 0; other < row; other++) {
        const KdCompareSpot taken = kd_compare_layout_spot (&layout, other);
        g_assert_true (taken.block != spot.block || taken.line != spot.line);
      }
      const int each = layout.side + KD_COMPARE_GAP,
                frame = KD_COMPARE_TITLE_WIDTH + KD_COLOR_BAR_WIDTH;
      right = MAX (right, spot.block * (frame + n * each) + frame + (alone ? 1 : n) * each);
    }
    if (layout.side > KD_COMPARE_SMALLEST)
      g_assert_cmpint (right, <=, width);
  }
  /* Two students in a wide window: the rows lie side by side and all are in sight. */
  const KdCompareLayout wide = kd_compare_layout_fit (2560, 1150, 2, true);
  g_assert_cmpint (wide.n_blocks, >, 1);
  g_assert_cmpint (wide.side, >, 300);
  int last_line = 0;
  for (int row = 0; row < wide.n_rows; row++)
    last_line = MAX (last_line, kd_compare_layout_spot (&wide, row).line);
  g_assert_cmpint ((last_line + 1) * (wide.side + KD_COMPARE_CAPTION_HEIGHT), <, 1150);
  /* Six in a window of 1280 x 800, two as well: no row is left out. */
  const KdCompareLayout six = kd_compare_layout_fit (1270, 508, 6, true);
  const KdCompareLayout two = kd_compare_layout_fit (1270, 508, 2, true);
  const KdCompareLayout *both[] = { &six, &two };
  for (size_t i = 0; i < G_N_ELEMENTS (both); i++)
    for (int row = 0; row < both[i]->n_rows; row++)
      g_assert_cmpint ((kd_compare_layout_spot (both[i], row).line + 1) *
                           (both[i]->side + KD_COMPARE_CAPTION_HEIGHT + KD_COMPARE_GAP),
                       <, 508 - 40);
  /* Ten have all the width. */
  g_assert_cmpint (kd_compare_layout_fit (1280, 520, 10, false).n_blocks, ==, 1);
}

int
main (int argc, char **argv)
{
  window_test_init (&argc, &argv);
  g_test_add_func ("/ui/compare/one-scale-a-row", test_one_scale);
  g_test_add_func ("/ui/compare/difference-to-the-first", test_difference);
  g_test_add_func ("/ui/compare/difference-without-the-twin", test_difference_without_the_twin);
  g_test_add_func ("/ui/compare/consensus-counts-students", test_consensus);
  g_test_add_func ("/ui/compare/twin-is-first", test_twin_is_first);
  g_test_add_func ("/ui/compare/wipe-stays-inside", test_wipe);
  g_test_add_func ("/ui/compare/columns-are-even", test_even_columns);
  g_test_add_func ("/ui/compare/votes-add-up", test_votes);
  g_test_add_func ("/ui/compare/two-runs-in-one-place", test_pair);
  g_test_add_func ("/ui/compare/table-is-copied-as-it-is-sorted", test_copied_table);
  g_test_add_func ("/ui/compare/rows-fill-the-window", test_layout);
  g_test_add_func ("/ui/compare/live-students", test_live_page);
  g_test_add_func ("/ui/compare/table", test_table);
  g_test_add_func ("/ui/compare/table-keeps-the-focus", test_table_keeps_the_focus);
  g_test_add_func ("/ui/compare/folders", test_folders);
  return g_test_run ();
}
