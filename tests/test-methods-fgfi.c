/* SPDX-License-Identifier: MIT */

/* FGFI's edge cases: thresholds, levels and boxes that are none. */
#include "tests/method-fixture.h"

#include <math.h>
#include <string.h>

static const float two_boxes[][4] = { { 5, 9, 40, 44 }, { 30, 3, 61, 22 } };

static double
marked (const KdInspection *inspection, int level)
{
  g_autofree char *name = g_strdup_printf ("map.mask.%d", level);
  return fixture_sum (fixture_output (inspection, name));
}

/* ---- the threshold --------------------------------------------------------------------------------- */

/* IoU of a cell's anchor with a box, as the synthetic dump makes anchors: side 2 stride 2^(a/3). */
static double
anchor_iou (int stride, int y, int x, int a, const float *box)
{
  const double half = stride * pow (2, a / 3.0), cx = (x + 0.5) * stride, cy = (y + 0.5) * stride;
  const double anchor[] = { (double) (float) (cx - half), (double) (float) (cy - half),
                            (double) (float) (cx + half), (double) (float) (cy + half) };
  const double w = fmin (anchor[2], (double) box[2]) - fmax (anchor[0], (double) box[0]);
  const double h = fmin (anchor[3], (double) box[3]) - fmax (anchor[1], (double) box[1]);
  const double both = fmax (w, 0) * fmax (h, 0);
  return both / ((anchor[2] - anchor[0]) * (anchor[3] - anchor[1]) +
                 (double) (box[2] - box[0]) * (double) (box[3] - box[1]) - both);
}

/* The specification's sentence, written plainly: count = pairs with IoU > psi times that box's own best. */
static void
test_regions_follow_each_boxs_own_best (void)
{
  KdDump *dump = fixture_dump (two_boxes, 2);
  KdInspection *inspection = fixture_inspect (dump, "fgfi", "assign", "level", "psi", "0.6", NULL);
  for (int l = 0; l < 2; l++) {
    const int side = 8 >> l, stride = 8 << l;
    double best[2] = { 0 };
    for (int i = 0; i < side * side * 3 * 2; i++)
      best[i % 2] = fmax (best[i % 2], anchor_iou (stride, i / 6 / side, i / 6 % side, i / 2 % 3,
                                                   two_boxes[i % 2]));
    g_autofree char *count = g_strdup_printf ("map.count.%d", l);
    g_autofree char *near = g_strdup_printf ("map.near.%d", l);
    for (int i = 0; i < side * side; i++) {
      int expected = 0;
      double nearest = 0;
      for (int k = 0; k < 6; k++) {
        const double v = anchor_iou (stride, i / side, i % side, k / 2, two_boxes[k % 2]);
        expected += v > 0.6 * best[k % 2];
        nearest = fmax (nearest, v / best[k % 2]);
      }
      g_assert_cmpfloat (kd_array_get (fixture_output (inspection, count), (size_t) i), ==,
                         expected);
      g_assert_cmpfloat_with_epsilon (kd_array_get (fixture_output (inspection, near), (size_t) i),
                                      nearest, 1e-6);
    }
  }
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_the_best_anchor_itself_does_not_exceed_itself (void)
{
  KdDump *dump = fixture_dump (two_boxes, 2);
  KdInspection *inspection = fixture_inspect (dump, "fgfi", "psi", "1", "assign", "level", NULL);
  g_assert_cmpfloat (marked (inspection, 0) + marked (inspection, 1), ==, 0);
  g_assert_cmpfloat (fixture_loss (inspection, "total"), ==, 0);
  g_assert_nonnull (strstr (inspection->note, "an object has no cell"));
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_thin_objects_get_cells (void)
{
  const float boxes[][4] = { { 4, 30, 60, 31.5f } };
  KdDump *dump = fixture_dump (boxes, 1);
  KdInspection *inspection = fixture_inspect (dump, "fgfi", NULL);
  g_assert_cmpfloat (marked (inspection, 0), >, 0);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

/* ---- levels ------------------------------------------------------------------------------------------ */

static void
test_size_decides_the_level (void)
{
  /* sides 15 and 31 and one more each, as the level rule counts: exactly base and twice the base */
  const float boxes[][4] = { { 10, 10, 25, 25 }, { 10, 10, 41, 41 } };
  for (int i = 0; i < 2; i++) {
    KdDump *dump = fixture_dump (&boxes[i], 1);
    KdInspection *fine = fixture_inspect (dump, "fgfi", "base_scale", "56", NULL);
    KdInspection *own = fixture_inspect (dump, "fgfi", "base_scale", "16", NULL);
    g_assert_cmpfloat (marked (fine, 0), >, 0);
    g_assert_cmpfloat (marked (fine, 1), ==, 0);
    g_assert_cmpfloat (marked (own, i), >, 0);
    g_assert_cmpfloat (marked (own, 1 - i), ==, 0);
    kd_inspection_free (fine);
    kd_inspection_free (own);
    synthetic_dump_free (dump);
  }
}

static void
test_base_scale_0_is_7_strides (void)
{
  KdDump *dump = fixture_dump (two_boxes, 2);
  KdInspection *automatic = fixture_inspect (dump, "fgfi", "base_scale", "0", NULL);
  KdInspection *given = fixture_inspect (dump, "fgfi", "base_scale", "56", NULL);
  fixture_assert_same (fixture_output (automatic, "map.mask.0"),
                       fixture_output (given, "map.mask.0"), 0);
  kd_inspection_free (automatic);
  kd_inspection_free (given);
  synthetic_dump_free (dump);
}

/* A level without an object gives nothing, but the mean over levels still counts it; norm = global does not. */
static void
test_empty_levels_count_in_the_mean (void)
{
  KdDump *dump = fixture_dump (two_boxes, 2);
  KdInspection *level = fixture_inspect (dump, "fgfi", NULL);
  KdInspection *global = fixture_inspect (dump, "fgfi", "norm", "global", NULL);
  const double S = 6 * fixture_sum (fixture_output (level, "map.masked_diff.0"));
  const double P = marked (level, 0);
  g_assert_cmpfloat (marked (level, 1), ==, 0);
  g_assert_cmpfloat_with_epsilon (fixture_loss (level, "total"), 0.01 * S / (2 * P) / 2,
                                  1e-6 * S / P);
  g_assert_cmpfloat_with_epsilon (fixture_loss (global, "total"), 0.01 * S / (2 * P), 1e-6 * S / P);
  fixture_assert_all (fixture_output (level, "grad.student_feat.1"), 0, 0);
  kd_inspection_free (level);
  kd_inspection_free (global);
  synthetic_dump_free (dump);
}

/* ---- boxes --------------------------------------------------------------------------------------------- */

static void
assert_nothing (const float (*boxes)[4], int n_boxes)
{
  KdDump *dump = fixture_dump (boxes, n_boxes);
  KdInspection *inspection = fixture_inspect (dump, "fgfi", "assign", "level", "psi", "0", NULL);
  for (int l = 0; l < 2; l++) {
    g_autofree char *gradient = g_strdup_printf ("grad.student_feat.%d", l);
    g_assert_cmpfloat (marked (inspection, l), ==, 0);
    fixture_assert_all (fixture_output (inspection, gradient), 0, 0);
  }
  g_assert_cmpfloat (fixture_loss (inspection, "total"), ==, 0);
  g_assert_cmpfloat (fixture_sum (fixture_output (inspection, "map.diff.0")), >, 0);
  fixture_assert_finite (inspection);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_no_objects (void)
{
  assert_nothing (NULL, 0);
}

static void
test_boxes_that_are_none_are_dropped (void)
{
  const float boxes[][4] = {
    { -20, 5, -1, 30 }, { 5, -9, 30, -0.5f },   { 64, 5, 90, 30 },        { 5, 64, 30, 70 },
    { 30, 30, 20, 40 }, { 30, 40, 40, 30 },     { 12, 12, 12, 30 },       { NAN, 5, 30, 30 },
    { 5, 5, NAN, 30 },  { 5, 5, 30, INFINITY }, { -INFINITY, 5, 30, 30 }, { 9, 9, 9, 9 },
  };
  assert_nothing (boxes, G_N_ELEMENTS (boxes));
}

static void
test_boxes_are_not_clipped (void)
{
  /* half outside: its own best IoU is that of the whole box, so that the region is not that of its visible half */
  const float boxes[][4] = { { -24, 10, 24, 50 }, { 0, 10, 24, 50 } };
  KdInspection *of[2];
  for (int i = 0; i < 2; i++) {
    KdDump *dump = fixture_dump (&boxes[i], 1);
    of[i] = fixture_inspect (dump, "fgfi", NULL);
    synthetic_dump_free (dump);
  }
  g_assert_cmpfloat (marked (of[0], 0), >, 0);
  double most = 0;
  const KdArray *a = fixture_output (of[0], "map.near.0"),
                *b = fixture_output (of[1], "map.near.0");
  for (size_t i = 0; i < kd_array_count (a); i++)
    most = fmax (most, fabs (kd_array_get (a, i) - kd_array_get (b, i)));
  g_assert_cmpfloat (most, >, 0.1);
  kd_inspection_free (of[0]);
  kd_inspection_free (of[1]);
}

static void
test_boxes_of_one_image_stay_there (void)
{
  SyntheticDump config = synthetic_dump_default ();
  config.n_images = 3;
  config.boxes = two_boxes;
  config.n_boxes = 2;
  config.box_images = (const int[]){ 2, 0 };
  KdDump *dump = synthetic_dump_new (&config);
  KdInspection *inspection = fixture_inspect (dump, "fgfi", NULL);
  const KdArray *mask = fixture_output (inspection, "map.mask.0");
  double per_image[3] = { 0 };
  for (size_t i = 0; i < kd_array_count (mask); i++)
    per_image[i / 64] += kd_array_get (mask, i);
  g_assert_cmpfloat (per_image[0], >, 0);
  g_assert_cmpfloat (per_image[1], ==, 0);
  g_assert_cmpfloat (per_image[2], >, 0);
  const KdMap cells = fixture_picture (inspection, "cells_of_box", -1, 0);
  g_assert_cmpfloat (kd_map_get (&cells, 0, 0, 0), ==, per_image[2]);
  g_assert_cmpfloat (kd_map_get (&cells, 0, 1, 0), ==, per_image[0]);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

/* ---- adapters ------------------------------------------------------------------------------------------- */

static void
test_relu_needs_an_adapter (void)
{
  KdDump *dump = fixture_dump (two_boxes, 2);
  KdInspection *off = fixture_inspect (dump, "fgfi", NULL);
  KdInspection *on = fixture_inspect (dump, "fgfi", "adapt_relu", "1", NULL);
  fixture_assert_same (fixture_output (off, "map.diff.0"), fixture_output (on, "map.diff.0"), 0);
  g_assert_false (off->untrained);
  kd_inspection_free (off);
  kd_inspection_free (on);
  synthetic_dump_free (dump);
}

static void
test_one_threshold_per_shape_of_anchor (void)
{
  KdDump *dump = fixture_dump (two_boxes, 2);
  KdInspection *inspection = fixture_inspect (dump, "fgfi", NULL);
  const KdMap by_anchor = fixture_picture (inspection, "near_by_anchor", 0, 0);
  const KdMap near = fixture_picture (inspection, "near", 0, 0);
  g_assert_cmpint (by_anchor.channels, ==, 3);
  for (int i = 0; i < 64; i++) {
    double most = 0;
    for (int a = 0; a < 3; a++)
      most = fmax (most, (double) kd_map_get (&by_anchor, a, i / 8, i % 8));
    g_assert_cmpfloat (most, ==, (double) kd_map_get (&near, 0, i / 8, i % 8));
  }
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
  g_test_add_func ("/methods/fgfi/regions-follow-each-boxs-own-best",
                   test_regions_follow_each_boxs_own_best);
  g_test_add_func ("/methods/fgfi/the-best-anchor-itself-does-not-exceed-itself",
                   test_the_best_anchor_itself_does_not_exceed_itself);
  g_test_add_func ("/methods/fgfi/thin-objects-get-cells", test_thin_objects_get_cells);
  g_test_add_func ("/methods/fgfi/size-decides-the-level", test_size_decides_the_level);
  g_test_add_func ("/methods/fgfi/base-scale-0-is-7-strides", test_base_scale_0_is_7_strides);
  g_test_add_func ("/methods/fgfi/empty-levels-count-in-the-mean",
                   test_empty_levels_count_in_the_mean);
  g_test_add_func ("/methods/fgfi/no-objects", test_no_objects);
  g_test_add_func ("/methods/fgfi/boxes-that-are-none-are-dropped",
                   test_boxes_that_are_none_are_dropped);
  g_test_add_func ("/methods/fgfi/boxes-are-not-clipped", test_boxes_are_not_clipped);
  g_test_add_func ("/methods/fgfi/boxes-of-one-image-stay-there",
                   test_boxes_of_one_image_stay_there);
  g_test_add_func ("/methods/fgfi/relu-needs-an-adapter", test_relu_needs_an_adapter);
  g_test_add_func ("/methods/fgfi/one-threshold-per-shape-of-anchor",
                   test_one_threshold_per_shape_of_anchor);
  return g_test_run ();
}
