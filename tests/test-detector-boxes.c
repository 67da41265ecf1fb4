/* SPDX-License-Identifier: MIT */
#include "engine/detector/nms.h"

#include <math.h>

#define assert_near(a, b, tolerance) g_assert_cmpfloat_with_epsilon (a, b, tolerance)

static void
test_areas_and_overlaps (void)
{
  const KdBox a = { 0, 0, 10, 20 }, b = { 5, 10, 15, 30 }, reversed = { 10, 20, 0, 0 };
  g_assert_cmpfloat (kd_box_area (a), ==, 200);
  g_assert_cmpfloat (kd_box_area (reversed), ==, 0);
  g_assert_cmpfloat (kd_box_intersection (a, b), ==, 50);
  g_assert_cmpfloat (kd_box_iou (a, b), ==, 50.0 / 350.0);
  g_assert_cmpfloat (kd_box_iou (a, a), ==, 1);
  g_assert_cmpfloat (kd_box_iou (a, (KdBox){ 10, 0, 20, 20 }), ==, 0);
  g_assert_cmpfloat (kd_box_iou (a, (KdBox){ 11, 21, 20, 30 }), ==, 0);
  g_assert_cmpfloat (kd_box_iou (reversed, reversed), ==, 0);
  g_assert_cmpfloat (kd_box_iou (a, (KdBox){ NAN, 0, 10, 20 }), ==, 0);
}

static void
test_clip_to_image (void)
{
  const KdBox box = kd_box_clip ((KdBox){ -3, 4, 50, 99 }, (KdSize){ .height = 32, .width = 48 });
  g_assert_true (box.x1 == 0 && box.y1 == 4 && box.x2 == 48 && box.y2 == 32);
}

static void
test_decode_moves_and_scales (void)
{
  const KdBox anchor = { 10, 20, 30, 60 };
  const KdBox box = kd_box_decode (anchor, (double[]){ 0.5, -0.25, log (2), log (0.5) }, 4, false);
  /* Centre 20,40 moves by 10,-10; size 20,40 becomes 40,20. */
  assert_near (box.x1, 10, 1e-12);
  assert_near (box.y1, 20, 1e-12);
  assert_near (box.x2, 50, 1e-12);
  assert_near (box.y2, 40, 1e-12);
}

static void
test_decode_limits_size (void)
{
  const KdBox anchor = { 0, 0, 1, 1 };
  const double delta[] = { 0, 0, 50, -50 };
  const KdBox above = kd_box_decode (anchor, delta, log (8), false);
  assert_near (above.x2 - above.x1, 8, 1e-12);
  assert_near (above.y2 - above.y1, exp (-50), 1e-12);
  const KdBox both = kd_box_decode (anchor, delta, log (8), true);
  assert_near (both.x2 - both.x1, 8, 1e-12);
  assert_near (both.y2 - both.y1, 0.125, 1e-12);
}

static void
test_encode_is_the_inverse (void)
{
  KdRandom random = kd_random (1, 0);
  for (int i = 0; i < 100; i++) {
    KdBox boxes[2];
    for (int j = 0; j < 2; j++) {
      boxes[j].x1 = kd_random_uniform (&random, -20, 100);
      boxes[j].y1 = kd_random_uniform (&random, -20, 100);
      boxes[j].x2 = boxes[j].x1 + kd_random_uniform (&random, 1, 80);
      boxes[j].y2 = boxes[j].y1 + kd_random_uniform (&random, 1, 80);
    }
    double delta[4];
    kd_box_encode (boxes[0], boxes[1], delta);
    const KdBox back = kd_box_decode (boxes[0], delta, 20, false);
    assert_near (back.x1, boxes[1].x1, 1e-10);
    assert_near (back.y1, boxes[1].y1, 1e-10);
    assert_near (back.x2, boxes[1].x2, 1e-10);
    assert_near (back.y2, boxes[1].y2, 1e-10);
  }
}

static void
test_heap_is_a_stable_sort (void)
{
  enum { N = 200 };
  KdRandom random = kd_random (2, 0);
  double scores[N];
  int order[N];
  for (int i = 0; i < N; i++)
    scores[i] = kd_random_int (&random, 0, 9);
  KdScoreHeap heap;
  kd_score_heap_init (&heap, scores, order, N);
  int previous = kd_score_heap_pop (&heap);
  for (int i = 1; i < N; i++) {
    const int next = kd_score_heap_pop (&heap);
    g_assert_true (scores[previous] > scores[next] ||
                   (scores[previous] == scores[next] && previous < next));
    previous = next;
  }
  g_assert_cmpint (heap.n, ==, 0);
}

static void
test_nms_keeps_the_best (void)
{
  /* 1 is dropped for 0 (IoU 0.9); 3 touches 0 at exactly the threshold (IoU 0.5) and stays; 4 ties with 2 and comes later. */
  const KdBox boxes[] = {
    { 0, 0, 10, 10 }, { 0, 0, 9, 10 }, { 50, 50, 60, 60 }, { 0, 0, 10, 5 }, { 50, 50, 60, 60 }
  };
  const double scores[] = { 0.9, 0.8, 0.95, 0.5, 0.95 };
  int order[5], keep[5];
  g_assert_cmpint (kd_nms (boxes, scores, 5, 0.5, 5, order, keep), ==, 3);
  g_assert_cmpint (keep[0], ==, 2);
  g_assert_cmpint (keep[1], ==, 0);
  g_assert_cmpint (keep[2], ==, 3);
  g_assert_cmpint (kd_nms (boxes, scores, 5, 0.5, 2, order, keep), ==, 2);
  g_assert_cmpint (kd_nms (boxes, scores, 0, 0.5, 5, order, keep), ==, 0);
}

static void
test_nms_spares_other_labels (void)
{
  const KdBox boxes[] = { { 0, 0, 10, 10 }, { 0, 0, 10, 10 }, { 0, 0, 10, 10 } };
  const double scores[] = { 0.3, 0.2, 0.1 };
  const int labels[] = { 1, 2, 1 };
  int order[3], keep[3];
  g_assert_cmpint (kd_nms_by_label (boxes, scores, labels, 3, 0.5, 3, order, keep), ==, 2);
  g_assert_cmpint (keep[0], ==, 0);
  g_assert_cmpint (keep[1], ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/detector/boxes/areas-and-overlaps", test_areas_and_overlaps);
  g_test_add_func ("/detector/boxes/clip-to-image", test_clip_to_image);
  g_test_add_func ("/detector/boxes/decode-moves-and-scales", test_decode_moves_and_scales);
  g_test_add_func ("/detector/boxes/decode-limits-size", test_decode_limits_size);
  g_test_add_func ("/detector/boxes/encode-is-the-inverse", test_encode_is_the_inverse);
  g_test_add_func ("/detector/nms/heap-is-a-stable-sort", test_heap_is_a_stable_sort);
  g_test_add_func ("/detector/nms/keeps-the-best", test_nms_keeps_the_best);
  g_test_add_func ("/detector/nms/spares-other-labels", test_nms_spares_other_labels);
  return g_test_run ();
}
