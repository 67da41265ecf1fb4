/* SPDX-License-Identifier: MIT */
#include "engine/detector/detector.h"

#include <math.h>

static const KdDetectorConfig config = { .image = { .height = 64, .width = 96 },
                                         .anchors = 3,
                                         .classes = 8 };

static void
test_count_covers_all_levels (void)
{
  g_assert_cmpint (kd_anchor_count (&config), ==, 3 * (8 * 12 + 4 * 6 + 2 * 3));
}

static void
test_order_is_level_y_x_a (void)
{
  g_autofree KdBox *anchors = g_new (KdBox, kd_anchor_count (&config));
  kd_anchors_make (&config, anchors);
  const KdBox *anchor = anchors;
  const int strides[] = { 8, 16, 32 };
  for (int l = 0; l < 3; l++)
    for (int y = 0; y < 64 / strides[l]; y++)
      for (int x = 0; x < 96 / strides[l]; x++)
        for (int a = 0; a < 3; a++, anchor++) {
          g_assert_cmpfloat ((anchor->x1 + anchor->x2) / 2, ==, (x + 0.5) * strides[l]);
          g_assert_cmpfloat ((anchor->y1 + anchor->y2) / 2, ==, (y + 0.5) * strides[l]);
          const double side = 2 * strides[l] * pow (2, a / 3.0);
          g_assert_cmpfloat_with_epsilon (anchor->x2 - anchor->x1, side, 1e-12);
          g_assert_cmpfloat_with_epsilon (anchor->y2 - anchor->y1, side, 1e-12);
        }
  g_assert_true (anchor == anchors + kd_anchor_count (&config));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/detector/anchors/count-covers-all-levels", test_count_covers_all_levels);
  g_test_add_func ("/detector/anchors/order-is-level-y-x-a", test_order_is_level_y_x_a);
  return g_test_run ();
}
