/* SPDX-License-Identifier: MIT */

/* DeFeat's edge cases: which cells are object, which background, and proposals of either kind or none. */
#include "tests/method-fixture.h"

#include <math.h>
#include <string.h>

/* Cells of one box on level 0 or 1 of a 64x64 image. */
static double
cells_of (const float *box, int level, const char *knob, const char *value)
{
  KdDump *dump = fixture_dump ((const float (*)[4]) box, 1);
  KdInspection *inspection = fixture_inspect (dump, "defeat", knob, value, NULL);
  g_autofree char *name = g_strdup_printf ("map.fg.%d", level);
  const double cells = fixture_sum (fixture_output (inspection, name));
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
  return cells;
}

static void
test_corners_round_toward_zero (void)
{
  /* stride 8: the last, partly covered cell is left out */
  g_assert_cmpfloat (cells_of ((const float[]){ 0, 0, 63, 63 }, 0, NULL, NULL), ==, 49);
  g_assert_cmpfloat (cells_of ((const float[]){ 0, 0, 64, 64 }, 0, NULL, NULL), ==, 64);
  g_assert_cmpfloat (cells_of ((const float[]){ 7, 7, 17, 25 }, 0, NULL, NULL), ==, 6);
}

static void
test_thin_objects_mark_one_cell (void)
{
  const float thin[] = { 0, 1, 64, 5 };
  g_assert_cmpfloat (cells_of (thin, 0, NULL, NULL), ==, 1);
  g_assert_cmpfloat (cells_of (thin, 0, "thin_fix", "1"), ==, 8);
  g_assert_cmpfloat (cells_of ((const float[]){ 20, 20, 20, 20 }, 0, NULL, NULL), ==, 1);
}

static void
test_boxes_are_clipped (void)
{
  g_assert_cmpfloat (cells_of ((const float[]){ -40, -30, 24, 17 }, 0, NULL, NULL), ==, 6);
  g_assert_cmpfloat (cells_of ((const float[]){ 50, 50, 200, 80 }, 0, NULL, NULL), ==, 4);
  /* on the near edge only: a line of no width, one cell */
  g_assert_cmpfloat (cells_of ((const float[]){ -40, 10, 0, 30 }, 0, NULL, NULL), ==, 1);
}

static void
test_an_object_is_background_elsewhere (void)
{
  const float boxes[][4] = { { 4, 4, 60, 60 } };
  KdDump *dump = fixture_dump (boxes, 1);
  KdInspection *inspection = fixture_inspect (dump, "defeat", "base_scale", "14", NULL);
  fixture_assert_all (fixture_output (inspection, "map.fg.0"), 0, 0);
  fixture_assert_all (fixture_output (inspection, "map.bg.0"), 1, 0);
  g_assert_cmpfloat (fixture_sum (fixture_output (inspection, "map.fg.1")), ==, 9);
  g_assert_cmpfloat (fixture_sum (fixture_output (inspection, "map.bg.1")), ==, 7);
  const KdMap level = fixture_picture (inspection, "box_level", -1, 0);
  g_assert_cmpfloat (kd_map_get (&level, 0, 0, 0), ==, 1);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_no_objects_leave_the_background (void)
{
  const float boxes[][4] = {
    { -20, 5, -1, 30 },     { 64, 5, 90, 30 },  { 5, 64, 30, 70 }, { 30, 30, 20, 40 },
    { 5, 5, 30, INFINITY }, { NAN, 5, 30, 30 }, { 5, -9, 30, -1 }, { 30, 40, 40, 30 },
  };
  for (int n = 0; n <= 8; n += 8) {
    KdDump *dump = fixture_dump (boxes, n);
    KdInspection *inspection = fixture_inspect (dump, "defeat", NULL);
    fixture_assert_all (fixture_output (inspection, "map.fg.0"), 0, 0);
    g_assert_cmpfloat (fixture_loss (inspection, "neck_fg"), ==, 0);
    double expected = 0;
    for (int l = 0; l < 2; l++) {
      g_autofree char *diff = g_strdup_printf ("map.diff.%d", l);
      const KdArray *map = fixture_output (inspection, diff);
      expected += 12.0 / 2 * fixture_sum (map) / (2.0 * (double) kd_array_count (map));
    }
    g_assert_cmpfloat_with_epsilon (fixture_loss (inspection, "neck_bg"), expected,
                                    1e-5 * expected);
    fixture_assert_finite (inspection);
    kd_inspection_free (inspection);
    synthetic_dump_free (dump);
  }
}

static void
test_objects_everywhere (void)
{
  const float boxes[][4] = { { 0, 0, 64, 64 }, { 0, 0, 30, 64 }, { 29, 0, 64, 64 } };
  KdDump *dump = fixture_dump (boxes, 1);
  dump->n_levels = 1;
  KdInspection *inspection = fixture_inspect (dump, "defeat", NULL);
  fixture_assert_all (fixture_output (inspection, "map.bg.0"), 0, 0);
  g_assert_cmpfloat (fixture_loss (inspection, "neck_bg"), ==, 0);
  g_assert_cmpfloat (fixture_loss (inspection, "neck_fg"), >, 0);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_without_weights_nothing_is_left (void)
{
  const float boxes[][4] = { { 5, 9, 40, 44 } };
  KdDump *dump = fixture_dump (boxes, 1);
  KdInspection *inspection =
      fixture_inspect (dump, "defeat", "weight_fg", "0", "weight_bg", "0", NULL);
  g_assert_cmpfloat (fixture_loss (inspection, "total"), ==, 0);
  fixture_assert_all (fixture_output (inspection, "grad.student_feat.0"), 0, 0);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_contributions_are_the_neck_terms (void)
{
  const float boxes[][4] = { { 5, 9, 40, 44 }, { 30, 3, 61, 22 } };
  KdDump *dump = fixture_dump (boxes, 2);
  KdInspection *inspection = fixture_inspect (dump, "defeat", "channel_mean", "0", NULL);
  const double sum = fixture_sum (fixture_output (inspection, "map.contrib.0")) +
                     fixture_sum (fixture_output (inspection, "map.contrib.1"));
  g_assert_cmpfloat_with_epsilon (
      sum, fixture_loss (inspection, "neck_fg") + fixture_loss (inspection, "neck_bg"), 1e-5 * sum);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

/* ---- proposals ---------------------------------------------------------------------------------------- */

static KdDump *
two_stage_dump (const float (*boxes)[4], int n_boxes)
{
  SyntheticDump config = synthetic_dump_default ();
  config.boxes = boxes;
  config.n_boxes = n_boxes;
  config.n_proposals = 9;
  return synthetic_dump_new (&config);
}

static void
test_head_is_off_unless_asked_for (void)
{
  KdDump *dump = two_stage_dump (NULL, 0);
  KdInspection *inspection = fixture_inspect (dump, "defeat", NULL);
  g_assert_null (kd_arrays_find (inspection->outputs, "loss.head_fg"));
  g_assert_null (kd_arrays_find (inspection->outputs, "grad.student_roi_cls"));
  fixture_assert_all (fixture_output (inspection, "map.roi_pos"), 0, 0);
  g_assert_cmpfloat (fixture_sum (fixture_output (inspection, "map.roi_kl")), >, 0);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_a_group_without_proposals_gives_nothing (void)
{
  KdDump *dump = two_stage_dump (NULL, 0);
  KdInspection *inspection = fixture_inspect (dump, "defeat", "head", "1", NULL);
  g_assert_cmpfloat (fixture_loss (inspection, "head_fg"), ==, 0);
  const double mean = fixture_sum (fixture_output (inspection, "map.roi_kl")) / 9;
  g_assert_cmpfloat_with_epsilon (fixture_loss (inspection, "head_bg"), 2 * mean, 1e-5 * mean);
  fixture_assert_finite (inspection);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_no_proposals (void)
{
  KdDump *dump = two_stage_dump (NULL, 0);
  static const struct {
    const char *name;
    int columns;
  } rows[] = { { "proposals", 4 }, { "teacher_roi_cls", 4 }, { "student_roi_cls", 4 } };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    fixture_replace (dump, rows[i].name,
                     synthetic_array (rows[i].name, 2, (int64_t[]){ 0, rows[i].columns }, 1));
  fixture_replace (dump, "proposal_image",
                   kd_array_new ("proposal_image", KD_DTYPE_I64, 1, (int64_t[]){ 0 }));
  KdInspection *inspection = fixture_inspect (dump, "defeat", "head", "1", NULL);
  g_assert_cmpfloat (fixture_loss (inspection, "head_fg"), ==, 0);
  g_assert_cmpfloat (fixture_loss (inspection, "head_bg"), ==, 0);
  g_autofree char *shape = kd_array_shape_to_string (fixture_output (inspection, "map.roi_kl"));
  g_assert_cmpstr (shape, ==, "[0]");
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_a_one_stage_dump_says_so (void)
{
  KdDump *dump = fixture_dump (NULL, 0);
  KdInspection *inspection = fixture_inspect (dump, "defeat", "head", "1", NULL);
  g_assert_cmpstr (inspection->note, ==,
                   "the head terms are left out: there are no proposals scored by both sides");
  g_assert_null (kd_arrays_find (inspection->outputs, "loss.head_bg"));
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autoptr (GError) error = NULL;
  kd_blas_init (&error);
  g_assert_no_error (error);
  g_test_add_func ("/methods/defeat/corners-round-toward-zero", test_corners_round_toward_zero);
  g_test_add_func ("/methods/defeat/thin-objects-mark-one-cell", test_thin_objects_mark_one_cell);
  g_test_add_func ("/methods/defeat/boxes-are-clipped", test_boxes_are_clipped);
  g_test_add_func ("/methods/defeat/an-object-is-background-elsewhere",
                   test_an_object_is_background_elsewhere);
  g_test_add_func ("/methods/defeat/no-objects-leave-the-background",
                   test_no_objects_leave_the_background);
  g_test_add_func ("/methods/defeat/objects-everywhere", test_objects_everywhere);
  g_test_add_func ("/methods/defeat/without-weights-nothing-is-left",
                   test_without_weights_nothing_is_left);
  g_test_add_func ("/methods/defeat/contributions-are-the-neck-terms",
                   test_contributions_are_the_neck_terms);
  g_test_add_func ("/methods/defeat/head-is-off-unless-asked-for",
                   test_head_is_off_unless_asked_for);
  g_test_add_func ("/methods/defeat/a-group-without-proposals-gives-nothing",
                   test_a_group_without_proposals_gives_nothing);
  g_test_add_func ("/methods/defeat/no-proposals", test_no_proposals);
  g_test_add_func ("/methods/defeat/a-one-stage-dump-says-so", test_a_one_stage_dump_says_so);
  return g_test_run ();
}
