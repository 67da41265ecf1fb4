/* SPDX-License-Identifier: MIT */

/* A person's own dump in the window: the bundled example, methods and images, knobs, a file that changes, files that are wrong. */
#include "tests/window-fixture.h"
#include "ui/dump-checklist.h"
#include "ui/figure-view.h"
#include "ui/inspect-page.h"
#include "ui/knob-row.h"
#include "ui/page.h"

#include <math.h>
#include <string.h>

static KdInspectPage *
page_of (const Opened *opened)
{
  g_autoptr (GPtrArray) pages = all_of (opened, KD_TYPE_INSPECT_PAGE);
  g_assert_cmpuint (pages->len, ==, 1);
  AdwViewStack *stack =
      ADW_VIEW_STACK (gtk_widget_get_ancestor (pages->pdata[0], ADW_TYPE_VIEW_STACK));
  adw_view_stack_set_visible_child (stack, pages->pdata[0]);
  return pages->pdata[0];
}

static int
index_of (KdInspectModel *model, const char *id)
{
  for (int i = 0; i < kd_inspect_model_count (model); i++) {
    if (g_str_equal (kd_inspect_model_get_method (model, i)->id, id))
      return i;
  }
  g_assert_not_reached ();
}

/* The example in a folder of this test's own. */
static char *
copy_example (const Opened *opened)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *example = kd_example_find (&error);
  g_assert_no_error (error);
  char *path = fixture_path (&opened->fixture, "mine.npz"), *bytes;
  gsize size;
  g_assert_true (g_file_get_contents (example, &bytes, &size, &error));
  g_assert_true (g_file_set_contents (path, bytes, (gssize) size, &error));
  g_free (bytes);
  return path;
}

static KdInspectModel *
open_dump (const Opened *opened, const char *path)
{
  g_autoptr (GError) error = NULL;
  KdInspectPage *page = page_of (opened);
  g_assert_true (kd_page_open (KD_PAGE (page), KD_FILE_DUMP, path, &error));
  g_assert_no_error (error);
  return kd_inspect_page_get_model (page);
}

static double
total_of (KdInspectModel *model, int index)
{
  const KdInspection *inspection = kd_inspect_model_get_inspection (model, index);
  return inspection ? kd_array_get (kd_arrays_find (inspection->outputs, "loss.total"), 0) : NAN;
}

/* Every method says something of the example, the same as the engine says without a window. */
static void
test_every_method (void)
{
  Opened opened = open_window (true);
  g_autofree char *path = copy_example (&opened);
  KdInspectModel *model = open_dump (&opened, path);
  g_assert_cmpint (kd_inspect_model_count (model), ==, 10);
  for (int i = 0; i < kd_inspect_model_count (model); i++) {
    WAIT_UNTIL (kd_inspect_model_get_inspection (model, i));
    KdKnobs *knobs = kd_inspect_model_get_knobs (model, i);
    g_autoptr (GError) error = NULL;
    KdInspection *alone = kd_inspect (kd_inspect_model_get_dump (model), knobs, 1, &error);
    g_assert_no_error (error);
    g_assert_cmpfloat (kd_array_get (kd_arrays_find (alone->outputs, "loss.total"), 0), ==,
                       total_of (model, i));
    kd_inspection_free (alone);
    kd_knobs_free (knobs);
  }
  close_window (&opened);
}

static void
test_methods_and_images (void)
{
  Opened opened = open_window (true);
  g_autofree char *path = copy_example (&opened);
  KdInspectModel *model = open_dump (&opened, path);
  KdWallModel *wall = kd_inspect_page_get_wall (page_of (&opened));
  const int fgd = index_of (model, "fgd");
  kd_inspect_model_select (model, fgd);
  WAIT_UNTIL (kd_wall_model_get_picture (wall) &&
              kd_picture_info (kd_wall_model_get_picture (wall))->method == kd_method_find ("fgd"));
  const KdPictureInfo *info = kd_picture_info (kd_wall_model_get_picture (wall));
  g_assert_cmpint (info->n_images, ==, 3);
  g_assert_cmpint (info->n_truths, >, 0);
  act (&opened, "next-image");
  info = kd_picture_info (kd_wall_model_get_picture (wall));
  g_assert_cmpint ((int) info->image_index, ==, 1);
  /* Its attention sums to the number of cells, by FGD's definition. */
  const int probe =
      kd_picture_find (kd_wall_model_get_picture (wall), "spatial_attention_teacher", 0);
  KdMap map;
  g_assert_true (kd_picture_map (kd_wall_model_get_picture (wall), probe, &map));
  double sum = 0;
  for (int y = 0; y < map.height; y++)
    for (int x = 0; x < map.width; x++)
      sum += (double) kd_map_get (&map, 0, y, x);
  g_assert_cmpfloat_with_epsilon (sum, map.height * map.width, 1e-2);
  close_window (&opened);
}

/* F9, as in the live view; a hidden sidebar comes back. */
static void
test_the_sidebar_hides (void)
{
  Opened opened = open_window (true);
  g_autofree char *path = copy_example (&opened);
  open_dump (&opened, path);
  g_autoptr (GPtrArray) lists = all_of (&opened, KD_TYPE_DUMP_CHECKLIST);
  WAIT_UNTIL (gtk_widget_get_mapped (lists->pdata[0]));
  act (&opened, "sidebar");
  g_assert_false (gtk_widget_get_mapped (lists->pdata[0]));
  act (&opened, "sidebar");
  WAIT_UNTIL (gtk_widget_get_mapped (lists->pdata[0]));
  close_window (&opened);
}

static void
test_knobs_compute_anew (void)
{
  Opened opened = open_window (true);
  g_autofree char *path = copy_example (&opened);
  KdInspectModel *model = open_dump (&opened, path);
  const int kd = index_of (model, "kd");
  kd_inspect_model_select (model, kd);
  WAIT_UNTIL (kd_inspect_model_get_inspection (model, kd));
  const double before = total_of (model, kd);
  KdKnobs *knobs = kd_inspect_model_get_knobs (model, kd);
  g_autofree char *weight = g_strdup_printf ("%.10g", 2 * kd_knobs_get (knobs, "weight"));
  kd_knobs_set (knobs, "weight", weight, NULL);
  kd_inspect_model_set_knobs (model, kd, knobs);
  kd_knobs_free (knobs);
  WAIT_UNTIL (total_of (model, kd) != before);
  g_assert_cmpfloat_with_epsilon (total_of (model, kd), 2 * before, 1e-5 * before);
  close_window (&opened);
}

static void
on_problem (KdInspectModel *model, const char *text, gpointer data)
{
  (void) model;
  g_free (*(char **) data);
  *(char **) data = g_strdup (text);
}

/* A script writes its dump again: read anew. Half a file: what was there stays. */
static void
test_file_changes (void)
{
  Opened opened = open_window (true);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = copy_example (&opened), *bytes = NULL, *problem = NULL;
  KdInspectModel *model = open_dump (&opened, path);
  g_signal_connect (model, "problem", G_CALLBACK (on_problem), &problem);
  const KdDump *first = kd_inspect_model_get_dump (model);
  gsize size;
  g_assert_true (g_file_get_contents (path, &bytes, &size, &error));
  g_assert_true (g_file_set_contents (path, bytes, (gssize) (size / 2), &error));
  WAIT_UNTIL (problem);
  g_assert_nonnull (strstr (problem, "mine.npz"));
  g_assert_true (kd_inspect_model_get_dump (model) == first);
  g_assert_true (g_file_set_contents (path, bytes, (gssize) size, &error));
  WAIT_UNTIL (kd_inspect_model_get_dump (model) != first);
  const int fgd = index_of (model, "fgd");
  WAIT_UNTIL (kd_inspect_model_get_inspection (model, fgd));
  close_window (&opened);
}

static gboolean
set_true (gpointer data)
{
  *(bool *) data = true;
  return G_SOURCE_REMOVE;
}

/* The example with 64 MB more than it needs. */
static char *
write_large (const Opened *opened)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *example = kd_example_find (&error);
  char *large = fixture_path (&opened->fixture, "large.safetensors");
  g_autoptr (KdArrays) arrays = kd_arrays_load (example, &error);
  g_assert_no_error (error);
  kd_arrays_add (arrays, kd_array_new ("more", KD_DTYPE_F32, 2, (int64_t[]){ 4096, 4096 }));
  g_assert_true (kd_arrays_save (arrays, large, NULL, &error));
  return large;
}

typedef struct {
  KdInspectPage *page;
  int n_first, n_all, n_blank; /* dumps of the first image, of all; frames of those without maps */
} Watched;

static void
on_dump (KdInspectModel *model, Watched *watched)
{
  watched->n_first += kd_inspect_model_is_partial (model);
  watched->n_all += !kd_inspect_model_is_partial (model);
}

static void
on_frame (GdkFrameClock *clock, Watched *watched)
{
  (void) clock;
  watched->n_blank +=
      watched->n_all && !kd_wall_model_get_picture (kd_inspect_page_get_wall (watched->page));
}

/* The first image of a large dump is there before the rest has been read, and stays until all has maps; reading can be stopped and taken up
 * again. */
static void
test_first_image_first (void)
{
  Opened opened = open_window (true);
  g_autofree char *large = write_large (&opened);
  Watched watched = { .page = page_of (&opened) };
  KdInspectModel *model = kd_inspect_page_get_model (watched.page);
  KdWallModel *wall = kd_inspect_page_get_wall (watched.page);
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (opened.window));
  g_signal_connect (model, "dump", G_CALLBACK (on_dump), &watched);
  g_signal_connect (clock, "after-paint", G_CALLBACK (on_frame), &watched);
  kd_window_open (opened.window, large);
  WAIT_UNTIL (watched.n_first == 1);
  g_assert_cmpfloat (kd_inspect_model_get_progress (model), >=, 0);
  g_assert_cmpint (kd_inspect_model_get_dump (model)->n_images, ==, 1);
  g_assert_cmpint (kd_inspect_model_get_check (model)->n_file_images, >, 1);
  kd_inspect_model_stop (model);
  g_assert_cmpfloat (kd_inspect_model_get_progress (model), <, 0);
  WAIT_UNTIL (kd_wall_model_get_picture (wall));
  wait_frames (&opened);
  g_assert_true (says (GTK_WIDGET (watched.page), "large.safetensors: *"));
  g_assert_cmpint (watched.n_all, ==, 0);

  kd_inspect_model_read_all (model);
  WAIT_UNTIL (watched.n_all == 1);
  wait_frames (&opened);
  g_assert_cmpint (watched.n_blank, ==, 0);
  g_assert_cmpint (kd_inspect_model_get_dump (model)->n_images, >, 1);
  for (int i = 0; i < kd_inspect_model_count (model); i++)
    WAIT_UNTIL (kd_inspect_model_get_inspection (model, i) ||
                kd_inspect_model_get_obstacle (model, i));
  g_signal_handlers_disconnect_by_data (model, &watched);
  g_signal_handlers_disconnect_by_data (clock, &watched);
  close_window (&opened);
}

/* A large file is still being read when another is opened: it does not take that one's place later. */
static void
test_last_opened_stays (void)
{
  Opened opened = open_window (true);
  g_autoptr (GError) error = NULL;
  g_autofree char *small = copy_example (&opened), *large = write_large (&opened);
  KdInspectModel *model = kd_inspect_page_get_model (page_of (&opened));
  g_assert_true (kd_inspect_model_open (model, large, &error));
  g_assert_null (kd_inspect_model_get_dump (model)); /* else it was not read beside the window */
  g_assert_true (kd_inspect_model_open (model, small, &error));
  bool passed = false;
  g_timeout_add (1000, set_true, &passed);
  WAIT_UNTIL (passed);
  g_assert_cmpstr (kd_inspect_model_get_dump (model)->path, ==, small);
  close_window (&opened);
}

/* Only what the arrays of @keep begin with. */
static char *
write_part (const Opened *opened, const char *name, const char *const *keep)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *example = kd_example_find (&error);
  g_autoptr (KdArrays) all = kd_arrays_load (example, &error), part = kd_arrays_new ();
  g_assert_no_error (error);
  for (int i = 0; i < kd_arrays_count (all); i++) {
    const KdArray *array = kd_arrays_at (all, i);
    bool kept = false;
    for (int k = 0; keep[k]; k++)
      kept |= g_str_has_prefix (array->name, keep[k]);
    if (!kept)
      continue;
    KdArray *copy = kd_array_new (array->name, array->dtype, array->rank, array->dims);
    memcpy (copy->data, array->data, kd_array_count (array) * kd_dtype_size (array->dtype));
    kd_arrays_add (part, copy);
  }
  char *path = fixture_path (&opened->fixture, name);
  g_assert_true (kd_arrays_save (part, path, NULL, &error));
  return path;
}

/* A missing array switches off the methods that need it, with its name, and no others. */
/* The title of the page that says why there are no maps; NULL: it is not shown. */
static const char *
off_title (const Opened *opened)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new ();
  collect (GTK_WIDGET (page_of (opened)), ADW_TYPE_STATUS_PAGE, notes);
  for (guint i = 0; i < notes->len; i++) {
    if (gtk_widget_get_child_visible (notes->pdata[i]))
      return adw_status_page_get_title (notes->pdata[i]);
  }
  return NULL;
}

static void
test_missing_array (void)
{
  Opened opened = open_window (true);
  static const char *const keep[] = { "image",        "strides",     "gt_", "teacher_feat",
                                      "student_feat", "class_names", NULL };
  g_autofree char *path = write_part (&opened, "part.npz", keep);
  KdInspectModel *model = open_dump (&opened, path);
  const int frs = index_of (model, "frs"), fgd = index_of (model, "fgd");
  WAIT_UNTIL (kd_inspect_model_get_obstacle (model, frs) &&
              kd_inspect_model_get_inspection (model, fgd));
  g_assert_nonnull (strstr (kd_inspect_model_get_obstacle (model, frs), "teacher_cls"));
  /* In the middle stands why there are no maps, until a method that has some is chosen. */
  kd_inspect_model_select (model, frs);
  g_assert_cmpstr (off_title (&opened), ==, "FRS has nothing to show");
  kd_inspect_model_select (model, fgd);
  g_assert_null (off_title (&opened));
  close_window (&opened);
}

/* Wrong arrays are listed first in the window with what was expected, and the rest can be looked at. */
static void
test_wrong_arrays (void)
{
  Opened opened = open_window (true);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = fixture_path (&opened.fixture, "wrong.npz");
  g_autofree char *example = kd_example_find (&error);
  g_autoptr (KdArrays) arrays = kd_arrays_load (example, &error);
  g_assert_no_error (error);
  kd_arrays_remove (arrays, "teacher_cls.1");
  kd_arrays_add (arrays, kd_array_new ("teacher_cls.1", KD_DTYPE_F32, 2, (int64_t[]){ 3, 4 }));
  g_assert_true (kd_arrays_save (arrays, path, NULL, &error));
  KdInspectModel *model = open_dump (&opened, path);
  const KdDumpCheck *check = kd_inspect_model_get_check (model);
  g_assert_cmpint (check->n_wrong, ==, 1);
  g_autoptr (GPtrArray) lists = all_of (&opened, KD_TYPE_DUMP_CHECKLIST);
  g_autoptr (GPtrArray) labels = g_ptr_array_new ();
  collect (lists->pdata[0], GTK_TYPE_LABEL, labels);
  bool said = false;
  for (guint i = 0; i < labels->len; i++)
    said |= g_str_has_prefix (gtk_label_get_text (labels->pdata[i]), "✗  teacher_cls.1  [3,4]");
  g_assert_true (said);
  const int fgd = index_of (model, "fgd"), frs = index_of (model, "frs");
  WAIT_UNTIL (kd_inspect_model_get_inspection (model, fgd) &&
              kd_inspect_model_get_obstacle (model, frs));
  close_window (&opened);
}

/* The key that turns to the method's figure works here as in Live. */
static void
test_figure_of_a_dump (void)
{
  Opened opened = open_window (true);
  g_autofree char *path = copy_example (&opened);
  KdInspectModel *model = open_dump (&opened, path);
  kd_inspect_model_select (model, index_of (model, "gid"));
  WAIT_UNTIL (kd_inspect_model_get_inspection (model, index_of (model, "gid")));
  g_autoptr (GPtrArray) figures = g_ptr_array_new ();
  collect (GTK_WIDGET (page_of (&opened)), KD_TYPE_FIGURE_VIEW, figures);
  g_assert_cmpuint (figures->len, ==, 1);
  g_assert_false (gtk_widget_get_mapped (figures->pdata[0]));
  act (&opened, "figure");
  WAIT_UNTIL (gtk_widget_get_mapped (figures->pdata[0]) &&
              kd_figure_view_get_plot (figures->pdata[0]));
  g_assert_cmpint (kd_figure_view_get_plot (figures->pdata[0])->sheet.n_panels, >, 5);
  act (&opened, "figure");
  WAIT_UNTIL (!gtk_widget_get_mapped (figures->pdata[0]));
  close_window (&opened);
}

int
main (int argc, char **argv)
{
  window_test_init (&argc, &argv);
  g_test_add_func ("/ui/inspect/every-method", test_every_method);
  g_test_add_func ("/ui/inspect/methods-and-images", test_methods_and_images);
  g_test_add_func ("/ui/inspect/knobs-compute-anew", test_knobs_compute_anew);
  g_test_add_func ("/ui/inspect/the-sidebar-hides", test_the_sidebar_hides);
  g_test_add_func ("/ui/inspect/file-changes", test_file_changes);
  g_test_add_func ("/ui/inspect/first-image-first", test_first_image_first);
  g_test_add_func ("/ui/inspect/last-opened-stays", test_last_opened_stays);
  g_test_add_func ("/ui/inspect/missing-array-names-itself", test_missing_array);
  g_test_add_func ("/ui/inspect/wrong-arrays-are-listed", test_wrong_arrays);
  g_test_add_func ("/ui/inspect/figure-of-a-dump", test_figure_of_a_dump);
  return g_test_run ();
}
