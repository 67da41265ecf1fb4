/* SPDX-License-Identifier: MIT */

/* PGD's edge cases: picks and their Gaussian, boxes that are none, masks of images and batches. */
#include "tests/method-fixture.h"

#include <math.h>
#include <string.h>

#define SIDE 8 /* cells of the one level; a cell is 8 px */

static const float inner_box[][4] = { { 1, 1, 63, 63 } };

/* One class and one anchor of 16 px a cell, not moved by the teacher; only @cells score high, each less than the one before. */
static KdDump *
scored_dump (const float (*boxes)[4], int n_boxes, const int *cells, int n_cells)
{
  SyntheticDump config = synthetic_dump_default ();
  config.n_levels = 1;
  config.anchors = config.classes = 1;
  config.student_channels = config.teacher_channels;
  config.boxes = boxes;
  config.n_boxes = n_boxes;
  KdDump *dump = synthetic_dump_new (&config);
  KdArray *scores = synthetic_copy (dump, "teacher_cls.0", "teacher_cls.0");
  KdArray *deltas = synthetic_copy (dump, "teacher_reg.0", "teacher_reg.0");
  KdArray *anchors = synthetic_copy (dump, "anchors.0", "anchors.0");
  for (int i = 0; i < SIDE * SIDE; i++) {
    ((float *) scores->data)[i] = -20;
    for (int k = 0; k < 4; k++) {
      ((float *) deltas->data)[4 * i + k] = 0;
      const int centre = 8 * (k % 2 ? i / SIDE : i % SIDE) + 4;
      ((float *) anchors->data)[4 * i + k] = (float) (centre + (k < 2 ? -8 : 8));
    }
  }
  for (int k = 0; k < n_cells; k++)
    ((float *) scores->data)[cells[k]] = (float) (4 - k);
  fixture_replace (dump, "teacher_cls.0", scores);
  fixture_replace (dump, "teacher_reg.0", deltas);
  fixture_replace (dump, "anchors.0", anchors);
  return dump;
}

/* Expected weights of three picks, the best first: d^2 is 3/2, 0, 3/2 on any line, whatever its direction. */
static void
assert_picks (const int *cells, int n, const char *topk, const double *weights)
{
  KdDump *dump = scored_dump (inner_box, 1, cells, n);
  /* pure score, so that overlap does not choose */
  KdInspection *inspection =
      fixture_inspect (dump, "pgd", "topk", topk, "xi_cls", "0", "xi_reg", "0", NULL);
  const char *const maps[] = { "map.importance_cls.0", "map.importance_reg.0" };
  for (int m = 0; m < 2; m++) {
    const KdArray *map = fixture_output (inspection, maps[m]);
    double total = 0;
    for (int k = 0; k < n; k++) {
      g_assert_cmpfloat_with_epsilon (kd_array_get (map, (size_t) cells[k]), weights[k], 1e-4);
      total += weights[k];
    }
    g_assert_cmpfloat_with_epsilon (fixture_sum (map), total, 1e-4);
  }
  const KdArray *gaussian = fixture_output (inspection, "map.gaussian");
  g_assert_cmpint (gaussian->rank, ==, 3);
  g_assert_cmpfloat (kd_array_get (gaussian, 5), ==, n);
  fixture_assert_finite (inspection);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_one_pick_weighs_one (void)
{
  assert_picks ((int[]){ 27 }, 1, "1", (double[]){ 1 });
}

static void
test_two_picks_weigh_alike (void)
{
  assert_picks ((int[]){ 27, 36 }, 2, "2", (double[]){ exp (-0.5), exp (-0.5) });
}

static void
test_picks_on_a_line (void)
{
  const double weights[] = { exp (-0.75), 1, exp (-0.75) };
  assert_picks ((int[]){ 26, 27, 28 }, 3, "3", weights); /* a row */
  assert_picks ((int[]){ 19, 27, 35 }, 3, "3", weights); /* a column */
  assert_picks ((int[]){ 18, 27, 36 }, 3, "3", weights); /* a diagonal */
}

/* Equal scores and overlaps: the lower index is picked. */
static void
test_ties_go_to_the_lower_location (void)
{
  const float box[][4] = { { 16, 16, 48, 48 } };
  KdDump *dump = scored_dump (box, 1, NULL, 0);
  KdInspection *inspection = fixture_inspect (dump, "pgd", "topk", "1", "xi_cls", "0", NULL);
  const KdArray *map = fixture_output (inspection, "map.importance_cls.0");
  /* cell (1, 1) overlaps first, but lies outside the box: the pick is lost */
  g_assert_cmpfloat (fixture_sum (map), ==, 0);
  kd_inspection_free (inspection);
  inspection = fixture_inspect (dump, "pgd", "topk", "1", "xi_cls", "0", "inside_first", "1", NULL);
  map = fixture_output (inspection, "map.importance_cls.0");
  g_assert_cmpfloat (kd_array_get (map, 2 * SIDE + 2), ==, 1);
  g_assert_cmpfloat (fixture_sum (map), ==, 1);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_fewer_locations_than_picks (void)
{
  KdDump *dump = scored_dump (inner_box, 1, NULL, 0);
  KdInspection *inspection = fixture_inspect (dump, "pgd", "topk", "100", NULL);
  g_assert_cmpfloat (kd_array_get (fixture_output (inspection, "map.gaussian"), 5), ==,
                     SIDE * SIDE);
  fixture_assert_finite (inspection);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
assert_nothing_selected (KdDump *dump)
{
  KdInspection *inspection = fixture_inspect (dump, "pgd", NULL);
  for (int l = 0; l < dump->n_levels; l++) {
    g_autofree char *background = g_strdup_printf ("map.background.%d", l);
    g_autofree char *importance = g_strdup_printf ("map.importance_cls.%d", l);
    fixture_assert_all (fixture_output (inspection, background), 1, 0);
    fixture_assert_all (fixture_output (inspection, importance), 0, 0);
  }
  g_assert_cmpfloat (fixture_loss (inspection, "cls_fg"), ==, 0);
  g_assert_cmpfloat (fixture_loss (inspection, "reg"), ==, 0);
  g_assert_cmpfloat (fixture_loss (inspection, "reg_attention"), ==, 0);
  g_assert_cmpfloat (fixture_loss (inspection, "cls_bg"), >, 0);
  fixture_assert_finite (inspection);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_no_objects (void)
{
  assert_nothing_selected (fixture_dump (NULL, 0));
}

static void
test_boxes_that_are_none_are_ignored (void)
{
  const float boxes[][4] = {
    { 70, 10, 90, 50 }, { 40, 10, 20, 30 },     { 10, 10, 10, 30 },
    { NAN, 0, 20, 20 }, { 0, 0, INFINITY, 20 },
  };
  assert_nothing_selected (fixture_dump (boxes, G_N_ELEMENTS (boxes)));
}

static void
test_an_object_everywhere_leaves_no_background (void)
{
  const float box[][4] = { { -5, -5, 80, 80 } };
  KdDump *dump = fixture_dump (box, 1);
  KdInspection *inspection = fixture_inspect (dump, "pgd", NULL);
  fixture_assert_all (fixture_output (inspection, "map.background.0"), 0, 0);
  g_assert_cmpfloat (fixture_loss (inspection, "cls_bg"), ==, 0);
  g_assert_cmpfloat (fixture_loss (inspection, "cls_fg"), >, 0);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

/* No anchor reaches the box: no picks, but the background still leaves it out. */
static void
test_an_object_out_of_reach_is_no_background (void)
{
  KdDump *dump = scored_dump (inner_box, 1, NULL, 0);
  KdArray *anchors = synthetic_copy (dump, "anchors.0", "anchors.0");
  for (size_t i = 0; i < kd_array_count (anchors); i += 4) {
    const float x = ((float *) anchors->data)[i] + 8, y = ((float *) anchors->data)[i + 1] + 8;
    /* anchors without area keep their centres */
    const float flat[] = { x, y, x, y };
    for (size_t k = 0; k < 4; k++)
      ((float *) anchors->data)[i + k] = flat[k];
  }
  fixture_replace (dump, "anchors.0", anchors);
  KdInspection *inspection = fixture_inspect (dump, "pgd", NULL);
  fixture_assert_all (fixture_output (inspection, "map.importance_cls.0"), 0, 0);
  fixture_assert_all (fixture_output (inspection, "map.background.0"), 0, 0);
  fixture_assert_all (fixture_output (inspection, "map.gaussian"), 0, 0);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_attention_has_mean_one (void)
{
  KdDump *dump = fixture_dump (inner_box, 1);
  KdInspection *inspection = fixture_inspect (dump, "pgd", NULL);
  const KdArray *spatial = fixture_output (inspection, "map.spatial_attention_teacher.0");
  const KdArray *channel = fixture_output (inspection, "map.channel_attention_teacher.0");
  g_assert_cmpfloat_with_epsilon (fixture_sum (spatial), (double) kd_array_count (spatial), 1e-3);
  g_assert_cmpfloat_with_epsilon (fixture_sum (channel), (double) kd_array_count (channel), 1e-4);
  g_assert_nonnull (inspection->note); /* the towers are missing, and it is said */
  g_assert_nonnull (strstr (inspection->note, "both branches use the neck's features"));
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

/* What the picture of the picks draws: where they lie, in their order, with the quality that ranked them. */
static void
test_list_of_picks (void)
{
  const int cells[] = { 26, 27, 28 };
  const double weights[] = { exp (-0.75), 1, exp (-0.75) };
  KdDump *dump = scored_dump (inner_box, 1, cells, 3);
  KdInspection *inspection =
      fixture_inspect (dump, "pgd", "topk", "3", "xi_cls", "0", "xi_reg", "0", NULL);
  const KdMap picks = fixture_picture (inspection, "picks", -1, 0);
  g_assert_cmpint (picks.height, ==, 2 * 3);
  g_assert_cmpint (picks.width, ==, 9);
  for (int tower = 0; tower < 2; tower++)
    for (int k = 0; k < 3; k++) {
      const double expected[] = {
        0,
        tower,
        k + 1,
        0,
        cells[k],
        8 * (cells[k] % SIDE) + 4,
        8 * (cells[k] / SIDE) + 4,
        1 / (1 + exp (k - 4)),
        weights[k],
      };
      for (int column = 0; column < 9; column++)
        g_assert_cmpfloat_with_epsilon ((double) kd_map_get (&picks, 0, 3 * tower + k, column),
                                        expected[column], 1e-4);
    }
  const KdMap insides = fixture_picture (inspection, "inside_cells", -1, 0);
  g_assert_cmpint (insides.height, ==, 1);
  g_assert_cmpfloat ((double) kd_map_get (&insides, 0, 0, 0), ==, SIDE * SIDE);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/methods/pgd/one-pick-weighs-one", test_one_pick_weighs_one);
  g_test_add_func ("/methods/pgd/two-picks-weigh-alike", test_two_picks_weigh_alike);
  g_test_add_func ("/methods/pgd/picks-on-a-line", test_picks_on_a_line);
  g_test_add_func ("/methods/pgd/ties-go-to-the-lower-location",
                   test_ties_go_to_the_lower_location);
  g_test_add_func ("/methods/pgd/fewer-locations-than-picks", test_fewer_locations_than_picks);
  g_test_add_func ("/methods/pgd/no-objects", test_no_objects);
  g_test_add_func ("/methods/pgd/boxes-that-are-none-are-ignored",
                   test_boxes_that_are_none_are_ignored);
  g_test_add_func ("/methods/pgd/an-object-everywhere-leaves-no-background",
                   test_an_object_everywhere_leaves_no_background);
  g_test_add_func ("/methods/pgd/an-object-out-of-reach-is-no-background",
                   test_an_object_out_of_reach_is_no_background);
  g_test_add_func ("/methods/pgd/attention-has-mean-one", test_attention_has_mean_one);
  g_test_add_func ("/methods/pgd/list-of-picks", test_list_of_picks);
  return g_test_run ();
}
