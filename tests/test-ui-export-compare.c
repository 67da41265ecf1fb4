/* SPDX-License-Identifier: MIT */

/*
 * Runs and methods side by side, exported as they are shown: wiped, flickering, counted; the same bytes as the command line's.
 *
 * usage: test-ui-export-compare KDSCOPE_CLI
 */
#include "tests/exported-files.h"
#include "tests/window-fixture.h"
#include "ui/compare-grid.h"
#include "ui/compare-page.h"
#include "ui/inspect-page.h"
#include "ui/page.h"

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

static bool
has_checkpoint (const Opened *opened, const char *folder)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *run =
      g_build_filename (folder, kd_session_run_id (session_of (opened), 1), NULL);
  g_autofree char *found = kd_checkpoint_find (run, &error);
  return found != NULL;
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

typedef struct {
  const char *options, *ending;
  KdCompareMode mode;
  int level, row, column;
  double split; /* of two runs in one place */
} Side;

static void
assert_grid_as_rendered (KdCompareGrid *grid, const Side *side, const char *folder)
{
  g_autoptr (GError) error = NULL;
  kd_compare_grid_set_mode (grid, side->mode);
  kd_compare_grid_set_level (grid, side->level);
  kd_compare_grid_set_split (grid, side->split);
  g_autoptr (KdComparePicture) picture = kd_compare_grid_picture (grid, side->row, side->column);
  g_autofree char *ours = g_strconcat (folder, "/window", side->ending, NULL);
  g_autofree char *theirs = g_strconcat (folder, "/line", side->ending, NULL);
  g_assert_true (kd_compare_picture_export (picture, ours, &error));
  g_assert_no_error (error);
  g_autofree char *arguments = g_strdup_printf ("%s %s", folder, side->options);
  exported_render (program, arguments, theirs);
  exported_assert_same (ours, theirs);
}

/* The row's numbers that a picture of this state holds, written and read again. Owned by the caller. */
static float *
numbers_of (KdCompareGrid *grid, KdCompareMode mode, double split, const char *folder, int *n)
{
  g_autoptr (GError) error = NULL;
  kd_compare_grid_set_mode (grid, mode);
  kd_compare_grid_set_level (grid, 0);
  kd_compare_grid_set_split (grid, split);
  g_autoptr (KdComparePicture) picture = kd_compare_grid_picture (grid, KD_COMPARE_FEATURES, -1);
  g_autofree char *path = g_strconcat (folder, "/one.npy", NULL);
  g_assert_true (kd_compare_picture_export (picture, path, &error));
  g_assert_no_error (error);
  g_autofree char *bytes = NULL;
  size_t size;
  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  const KdComparePlace *place =
      &kd_compare_grid_get_rows (grid)->rows[KD_COMPARE_FEATURES].places[0];
  *n = place->width * place->height;
  const size_t bulk = (size_t) *n * sizeof (float);
  g_assert_cmpuint (size, >, bulk);
  return g_memdup2 (bytes + size - bulk, bulk);
}

/* A flicker's file holds the run that is on screen: the first, then the second, to the last bit. */
static void
assert_flickers (KdCompareGrid *grid, const char *folder)
{
  const KdCompareRow *row = &kd_compare_grid_get_rows (grid)->rows[KD_COMPARE_FEATURES];
  for (int c = 0; c < 2; c++) {
    int n;
    g_autofree float *numbers = numbers_of (grid, KD_COMPARE_FLICKER, c == 0, folder, &n);
    const size_t bulk = (size_t) n * sizeof (float);
    g_assert_cmpmem (numbers, bulk, row->places[c].values, bulk);
    g_assert_true (memcmp (numbers, row->places[1 - c].values, bulk) != 0);
  }
  /* Held, it is the other one. */
  kd_compare_grid_set_split (grid, 1);
  kd_compare_grid_flick (grid, true);
  g_autoptr (KdComparePicture) held = kd_compare_grid_picture (grid, -1, -1);
  kd_compare_grid_flick (grid, false);
  kd_compare_grid_set_split (grid, 0);
  g_autoptr (KdComparePicture) chosen = kd_compare_grid_picture (grid, -1, -1);
  g_autofree char *one = g_strconcat (folder, "/held.png", NULL);
  g_autofree char *other = g_strconcat (folder, "/chosen.png", NULL);
  g_assert_true (kd_compare_picture_export (held, one, NULL));
  g_assert_true (kd_compare_picture_export (chosen, other, NULL));
  exported_assert_same_bytes (one, other);
}

/* The features' wipe alone in a file: its pixels left of the line are the left run's, right of it the right run's. */
static void
assert_wiped (KdCompareGrid *grid, const char *folder)
{
  static const double splits[] = { 1, 0, 0.5 };
  cairo_surface_t *surfaces[3];
  kd_compare_grid_set_mode (grid, KD_COMPARE_WIPE);
  for (int i = 0; i < 3; i++) {
    kd_compare_grid_set_split (grid, splits[i]);
    g_autoptr (KdComparePicture) picture = kd_compare_grid_picture (grid, KD_COMPARE_FEATURES, -1);
    g_autofree char *path = g_strconcat (folder, "/wiped.png", NULL);
    g_assert_true (kd_compare_picture_export (picture, path, NULL));
    surfaces[i] = cairo_image_surface_create_from_png (path);
    cairo_surface_flush (surfaces[i]);
  }
  const int width = cairo_image_surface_get_width (surfaces[0]);
  const int height = cairo_image_surface_get_height (surfaces[0]);
  const int stride = cairo_image_surface_get_stride (surfaces[0]) / 4;
  const uint32_t *left = (const uint32_t *) (void *) cairo_image_surface_get_data (surfaces[0]);
  const uint32_t *right = (const uint32_t *) (void *) cairo_image_surface_get_data (surfaces[1]);
  const uint32_t *both = (const uint32_t *) (void *) cairo_image_surface_get_data (surfaces[2]);
  int only_left = 0, only_right = 0;
  for (int y = height / 3; y < height - 40; y++) /* below the words */
    for (int x = 0; x < width; x++) {
      const int at = y * stride + x;
      if (left[at] == right[at])
        continue;
      only_left += both[at] == left[at] && x > 40 && x < 200;
      only_right += both[at] == right[at] && x > 300 && x < 480;
      g_assert_false (both[at] == right[at] && x > 40 && x < 200);
      g_assert_false (both[at] == left[at] && x > 300 && x < 480);
    }
  g_assert_cmpint (only_left, >, 1000);
  g_assert_cmpint (only_right, >, 1000);
  for (int i = 0; i < 3; i++)
    cairo_surface_destroy (surfaces[i]);
}

static void
test_runs_side_by_side (void)
{
  g_autofree char *folder = make_folder ();
  Opened opened = open_window_writing (folder);
  act (&opened, "step");
  WAIT_UNTIL (kd_session_status (session_of (&opened)).step == 1);
  kd_session_checkpoint (session_of (&opened));
  WAIT_UNTIL (has_checkpoint (&opened, folder));
  KdCompareGrid *grid = grid_of (&opened);
  g_autoptr (GPtrArray) pages = all_of (&opened, KD_TYPE_COMPARE_PAGE);
  g_autoptr (GError) error = NULL;
  g_assert_true (kd_page_open (KD_PAGE (pages->pdata[0]), KD_FILE_RUN, folder, &error));
  g_assert_no_error (error);
  const KdCompareRows *rows = kd_compare_grid_get_rows (grid);
  WAIT_UNTIL (rows->n_columns == 2 && rows->rows[KD_COMPARE_PULL].places[1].valid &&
              rows->rows[KD_COMPARE_FEATURES].places[0].valid);
  const Side sides[] = {
    { "", ".png", KD_COMPARE_SIDE_BY_SIDE, 0, -1, -1, 0 },
    { "", ".svg", KD_COMPARE_SIDE_BY_SIDE, 0, -1, -1, 0 },
    { "", ".pdf", KD_COMPARE_SIDE_BY_SIDE, 0, -1, -1, 0 },
    { "", ".csv", KD_COMPARE_SIDE_BY_SIDE, 0, -1, -1, 0 },
    { "", ".npz", KD_COMPARE_SIDE_BY_SIDE, 0, -1, -1, 0 },
    { "--level P4 --mode difference", ".png", KD_COMPARE_DIFFERENCE, 1, -1, -1, 0 },
    { "--level P4 --mode difference", ".csv", KD_COMPARE_DIFFERENCE, 1, -1, -1, 0 },
    { "--panel loss_density --columns 2", ".npy", KD_COMPARE_SIDE_BY_SIDE, 0, KD_COMPARE_DENSITY, 1,
      0 },
    { "--panel pull:P5 --columns 2", ".png", KD_COMPARE_SIDE_BY_SIDE, 2, KD_COMPARE_PULL, 1, 0 },
    { "--panel consensus", ".npy", KD_COMPARE_SIDE_BY_SIDE, 0, KD_N_COMPARE_ROWS, -1, 0 },
    { "--mode wipe", ".png", KD_COMPARE_WIPE, 0, -1, -1, 0.5 },
    { "--mode wipe --columns 1,2 --split 30 --level P4", ".png", KD_COMPARE_WIPE, 1, -1, -1, 0.3 },
    { "--mode wipe --split 30", ".svg", KD_COMPARE_WIPE, 0, -1, -1, 0.3 },
    { "--mode wipe --split 30", ".pdf", KD_COMPARE_WIPE, 0, -1, -1, 0.3 },
    { "--mode wipe --split 30", ".csv", KD_COMPARE_WIPE, 0, -1, -1, 0.3 },
    { "--mode wipe --split 85 --panel pull", ".png", KD_COMPARE_WIPE, 0, KD_COMPARE_PULL, -1,
      0.85 },
    { "--mode flicker --columns 1,2", ".png", KD_COMPARE_FLICKER, 0, -1, -1, 1 },
    { "--mode flicker --columns 2,1", ".png", KD_COMPARE_FLICKER, 0, -1, -1, 0 },
    { "--mode flicker --columns 2,1 --panel pull:P5", ".npy", KD_COMPARE_FLICKER, 2,
      KD_COMPARE_PULL, -1, 0 },
    { "--mode consensus", ".png", KD_COMPARE_CONSENSUS, 0, -1, -1, 0 },
    { "--mode consensus", ".npz", KD_COMPARE_CONSENSUS, 0, -1, -1, 0 },
    { "--mode consensus --columns 2 --panel votes:P4", ".npy", KD_COMPARE_CONSENSUS, 1,
      KD_N_COMPARE_ROWS + 1, 1, 0 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (sides); i++)
    assert_grid_as_rendered (grid, &sides[i], folder);
  assert_flickers (grid, folder);
  assert_wiped (grid, folder);
  /* Another picture is another drawing: what was compared above can differ. */
  g_autofree char *window = g_strconcat (folder, "/window.svg", NULL);
  g_autofree char *other = g_strconcat (folder, "/other.svg", NULL);
  g_autofree char *arguments = g_strdup_printf ("%s --level P4", folder);
  exported_render (program, arguments, other);
  g_assert_false (exported_same_drawing (window, other));
  g_autofree char *page = g_strconcat (folder, "/window.pdf", NULL);
  g_autofree char *other_page = g_strconcat (folder, "/other.pdf", NULL);
  exported_render (program, arguments, other_page);
  g_assert_false (exported_same_drawing (page, other_page));
  close_window (&opened);
  fixture_remove (folder);
}

/* ---- every method on a dump ----------------------------------------------------------------------------- */

/* "All in a row" of the bundled example, a method other than the first computed first: columns are in the usual order all the same. */
static void
test_all_in_a_row (void)
{
  Opened opened = open_window (true);
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = make_folder ();
  g_autofree char *example = kd_example_find (&error);
  g_assert_no_error (error);
  kd_window_open (opened.window, example);
  g_autoptr (GPtrArray) pages = all_of (&opened, KD_TYPE_INSPECT_PAGE);
  KdInspectModel *model = kd_inspect_page_get_model (pages->pdata[0]);
  kd_inspect_model_select (model, 5);
  const int n = kd_inspect_model_count (model);
  g_autoptr (GPtrArray) grids = g_ptr_array_new ();
  collect (pages->pdata[0], KD_TYPE_COMPARE_GRID, grids);
  KdCompareGrid *grid = grids->pdata[0];
  g_assert_cmpint (n, >=, 9);
  WAIT_UNTIL (kd_compare_grid_get_rows (grid)->n_columns == n);
  static const struct {
    const char *options, *ending;
    KdCompareMode mode;
    int row;
  } states[] = {
    { "--method all", ".png", KD_COMPARE_SIDE_BY_SIDE, -1 },
    { "--method all", ".svg", KD_COMPARE_SIDE_BY_SIDE, -1 },
    { "--method all", ".npz", KD_COMPARE_SIDE_BY_SIDE, -1 },
    { "--method all --panel pull", ".csv", KD_COMPARE_SIDE_BY_SIDE, KD_COMPARE_PULL },
    { "--method all --mode difference", ".png", KD_COMPARE_DIFFERENCE, -1 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (states); i++) {
    kd_compare_grid_set_mode (grid, states[i].mode);
    g_autoptr (KdComparePicture) picture = kd_compare_grid_picture (grid, states[i].row, -1);
    g_autofree char *ours = g_strconcat (folder, "/window", states[i].ending, NULL);
    g_autofree char *theirs = g_strconcat (folder, "/line", states[i].ending, NULL);
    g_autofree char *arguments = g_strdup_printf ("%s %s", example, states[i].options);
    g_assert_true (kd_compare_picture_export (picture, ours, &error));
    g_assert_no_error (error);
    exported_render (program, arguments, theirs);
    exported_assert_same (ours, theirs);
  }
  close_window (&opened);
  fixture_remove (folder);
}

int
main (int argc, char **argv)
{
  window_test_init (&argc, &argv);
  program = argv[1];
  g_test_add_func ("/ui/export/runs-side-by-side-are-the-command-lines", test_runs_side_by_side);
  g_test_add_func ("/ui/export/all-methods-in-a-row-are-the-command-lines", test_all_in_a_row);
  return g_test_run ();
}
