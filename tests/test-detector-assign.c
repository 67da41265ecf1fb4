/* SPDX-License-Identifier: MIT */
#include "engine/detector/assign.h"

#include <math.h>

static const KdDetectorConfig config = { .image = { .height = 96, .width = 128 }, .anchors = 3 };
static const KdAssignRule rule = { .image = { .height = 96, .width = 128 },
                                   .anchors = 3,
                                   .positive_iou = 0.5,
                                   .negative_iou = 0.4,
                                   .minimum_iou = 0.1 };

/* The same in the plainest words: every anchor against every box. */
static void
assign_plainly (
    const kd_real *boxes, const int32_t *images, int n_boxes, int image, int32_t *matched)
{
  const int n_anchors = kd_anchor_count (&config);
  g_autofree KdBox *anchors = g_new (KdBox, n_anchors);
  kd_anchors_make (&config, anchors);
  for (int i = 0; i < n_anchors; i++) {
    double best = 0;
    matched[i] = KD_ANCHOR_BACKGROUND;
    for (int g = 0; g < n_boxes; g++) {
      const double iou = images[g] == image ? kd_box_iou (anchors[i], kd_box_of_row (boxes, g)) : 0;
      if (iou > best) {
        best = iou;
        matched[i] = g;
      }
    }
    if (best < 0.4)
      matched[i] = KD_ANCHOR_BACKGROUND;
    else if (best < 0.5)
      matched[i] = KD_ANCHOR_IGNORED;
  }
  for (int g = 0; g < n_boxes; g++) {
    if (images[g] != image)
      continue;
    int best = 0;
    for (int i = 1; i < n_anchors; i++)
      if (kd_box_iou (anchors[i], kd_box_of_row (boxes, g)) >
          kd_box_iou (anchors[best], kd_box_of_row (boxes, g)))
        best = i;
    if (kd_box_iou (anchors[best], kd_box_of_row (boxes, g)) > 0.1)
      matched[best] = g;
  }
}

static void
compare (const kd_real *boxes, const int32_t *images, int n_boxes)
{
  const int n_anchors = kd_anchor_count (&config);
  g_autofree int32_t *matched = g_new (int32_t, n_anchors);
  g_autofree int32_t *expected = g_new (int32_t, n_anchors);
  int32_t best_anchor[64];
  g_assert_cmpint (n_boxes, <=, 64);
  for (int image = 0; image < 2; image++) {
    kd_assign (&rule, boxes, images, n_boxes, image, matched, best_anchor);
    assign_plainly (boxes, images, n_boxes, image, expected);
    g_assert_cmpmem (matched, sizeof (int32_t) * (size_t) n_anchors, expected,
                     sizeof (int32_t) * (size_t) n_anchors);
  }
}

static void
test_agrees_with_plain (void)
{
  KdRandom random = kd_random (3, 0);
  for (int trial = 0; trial < 200; trial++) {
    const int n_boxes = kd_random_int (&random, 0, 12);
    kd_real boxes[12 * 4];
    int32_t images[12];
    for (int g = 0; g < n_boxes; g++) {
      const double x = kd_random_uniform (&random, -20, 120);
      const double y = kd_random_uniform (&random, -20, 90);
      boxes[4 * g] = (kd_real) x;
      boxes[4 * g + 1] = (kd_real) y;
      boxes[4 * g + 2] = (kd_real) (x + kd_random_uniform (&random, 2, 100));
      boxes[4 * g + 3] = (kd_real) (y + kd_random_uniform (&random, 2, 100));
      images[g] = kd_random_int (&random, 0, 1);
    }
    compare (boxes, images, n_boxes);
  }
}

static void
test_agrees_on_ties (void)
{
  /* Boxes on the anchors' own grid: many equal IoUs, doubled boxes, a box that four anchors cover alike. */
  KdRandom random = kd_random (4, 0);
  for (int trial = 0; trial < 200; trial++) {
    kd_real boxes[10 * 4];
    int32_t images[10];
    for (int g = 0; g < 10; g++) {
      const int x = 8 * kd_random_int (&random, 0, 12), y = 8 * kd_random_int (&random, 0, 9);
      const int side = 8 << kd_random_int (&random, 0, 3);
      const kd_real box[] = { (kd_real) x, (kd_real) y, (kd_real) (x + side),
                              (kd_real) (y + side) };
      for (int j = 0; j < 4; j++)
        boxes[4 * g + j] = box[j];
      images[g] = 0;
    }
    compare (boxes, images, 10);
  }
}

static void
test_odd_boxes_match_nothing (void)
{
  const kd_real boxes[] = { 40,
                            40,
                            40,
                            60, /* no width */
                            60,
                            60,
                            20,
                            20, /* reversed */
                            300,
                            300,
                            340,
                            340, /* outside */
                            (kd_real) NAN,
                            0,
                            20,
                            20 };
  const int32_t images[] = { 0, 0, 0, 0 };
  const int n_anchors = kd_anchor_count (&config);
  g_autofree int32_t *matched = g_new (int32_t, n_anchors);
  int32_t best_anchor[4];
  kd_assign (&rule, boxes, images, 4, 0, matched, best_anchor);
  for (int i = 0; i < n_anchors; i++)
    g_assert_cmpint (matched[i], ==, KD_ANCHOR_BACKGROUND);
  for (int g = 0; g < 4; g++)
    g_assert_cmpint (best_anchor[g], ==, -1);
}

static void
test_later_box_takes_a_shared_anchor (void)
{
  const kd_real boxes[] = { 32, 32, 48, 48, 32, 32, 48, 48 };
  const int32_t images[] = { 0, 0 };
  g_autofree int32_t *matched = g_new (int32_t, kd_anchor_count (&config));
  int32_t best_anchor[2];
  kd_assign (&rule, boxes, images, 2, 0, matched, best_anchor);
  g_assert_cmpint (best_anchor[0], ==, best_anchor[1]);
  g_assert_cmpint (matched[best_anchor[0]], ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/detector/assign/agrees-with-plain", test_agrees_with_plain);
  g_test_add_func ("/detector/assign/agrees-on-ties", test_agrees_on_ties);
  g_test_add_func ("/detector/assign/odd-boxes-match-nothing", test_odd_boxes_match_nothing);
  g_test_add_func ("/detector/assign/later-box-takes-a-shared-anchor",
                   test_later_box_takes_a_shared_anchor);
  return g_test_run ();
}
