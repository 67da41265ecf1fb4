/* SPDX-License-Identifier: MIT */
#include "engine/detector/detector.h"

#include <math.h>
#include <stdlib.h>

#define N_IMAGES 2

static const KdDetectorConfig config = { .image = { .height = 64, .width = 96 },
                                         .anchors = 3,
                                         .classes = 4 };

/* A head whose outputs the test writes itself. */
typedef struct {
  KdPool *pool;
  KdGraph *graph;
  KdDetectorOutputs out;
} Head;

static void
head_init (Head *head)
{
  head->pool = kd_pool_new (1);
  head->graph = kd_graph_new ("head");
  head->out = (KdDetectorOutputs){ .n_levels = KD_DETECTOR_LEVELS };
  KdNode *keeps[2 * KD_DETECTOR_LEVELS];
  for (int l = 0; l < KD_DETECTOR_LEVELS; l++) {
    const int height = 64 / kd_detector_strides[l], width = 96 / kd_detector_strides[l];
    keeps[2 * l] = head->out.cls[l] =
        kd_input (head->graph, "cls", kd_shape (N_IMAGES, 3 * 4, height, width), KD_TYPE_REAL);
    keeps[2 * l + 1] = head->out.reg[l] =
        kd_input (head->graph, "reg", kd_shape (N_IMAGES, 3 * 4, height, width), KD_TYPE_REAL);
  }
  kd_graph_compile (head->graph, head->pool, &(KdCompile){ .keeps = keeps, .n_keeps = 6 });
}

static void
head_clear (Head *head)
{
  kd_graph_free (head->graph);
  kd_pool_free (head->pool);
}

static void
head_fill (Head *head, double logit_low, double logit_high, double delta)
{
  KdRandom random = kd_random (8, 0);
  for (int l = 0; l < KD_DETECTOR_LEVELS; l++) {
    const size_t count = kd_shape_count (kd_node_shape (head->out.cls[l]));
    for (size_t i = 0; i < count; i++)
      kd_node_value (head->out.cls[l])[i] =
          (kd_real) kd_random_uniform (&random, logit_low, logit_high);
    for (size_t i = 0; i < count; i++)
      kd_node_value (head->out.reg[l])[i] = (kd_real) kd_random_uniform (&random, -delta, delta);
  }
}

/* One class score of one anchor. */
typedef struct {
  KdBox box;
  double score;
  int label;
  bool dropped;
} Candidate;

static int
compare_candidates (const void *a, const void *b)
{
  const double x = ((const Candidate *) a)->score, y = ((const Candidate *) b)->score;
  return (x < y) - (x > y);
}

/* The same in the plainest words: sort, cut, sort all, drop what a better box of the class covers. */
static int
detect_plainly (const Head *head, const KdDetectConfig *detect, int n, Candidate *result)
{
  g_autofree KdBox *anchors = g_new (KdBox, kd_anchor_count (&config));
  kd_anchors_make (&config, anchors);
  g_autofree Candidate *all = g_new (Candidate, kd_anchor_count (&config) * config.classes);
  int n_all = 0, first_anchor = 0;
  for (int l = 0; l < KD_DETECTOR_LEVELS; l++) {
    const KdShape shape = kd_node_shape (head->out.cls[l]);
    const int n_rows = shape.h * shape.w * 3;
    const kd_real *logits = kd_node_value (head->out.cls[l]) + n * n_rows * config.classes;
    const kd_real *deltas = kd_node_value (head->out.reg[l]) + n * n_rows * 4;
    Candidate *level = all + n_all;
    int n_level = 0;
    for (int i = 0; i < n_rows; i++)
      for (int k = 0; k < config.classes; k++) {
        const double score = 1 / (1 + exp (-(double) logits[i * config.classes + k]));
        const double delta[] = { deltas[4 * i], deltas[4 * i + 1], deltas[4 * i + 2],
                                 deltas[4 * i + 3] };
        const KdBox box = kd_box_clip (
            kd_box_decode (anchors[first_anchor + i], delta, log (62.5), false), config.image);
        if (score > detect->score_threshold)
          level[n_level++] = (Candidate){ box, score, k, false };
      }
    qsort (level, (size_t) n_level, sizeof *level, compare_candidates);
    n_all += MIN (n_level, detect->pre_nms);
    first_anchor += n_rows;
  }
  qsort (all, (size_t) n_all, sizeof *all, compare_candidates);
  int n_result = 0;
  for (int i = 0; i < n_all; i++) {
    for (int j = 0; j < i; j++)
      all[i].dropped |= !all[j].dropped && all[j].label == all[i].label &&
                        kd_box_iou (all[i].box, all[j].box) > detect->nms_iou;
    if (!all[i].dropped && n_result < detect->max_per_image)
      result[n_result++] = all[i];
  }
  return n_result;
}

static void
compare (const Head *head, const KdDetectConfig *detect, int least)
{
  KdDetector *detector = kd_detector_new (&config, detect);
  g_autofree KdDetection *found = g_new (KdDetection, detect->max_per_image);
  g_autofree Candidate *expected = g_new (Candidate, detect->max_per_image);
  for (int n = 0; n < N_IMAGES; n++) {
    const int n_found = kd_detect (detector, &head->out, n, found);
    g_assert_cmpint (n_found, ==, detect_plainly (head, detect, n, expected));
    g_assert_cmpint (n_found, >=, least);
    for (int i = 0; i < n_found; i++) {
      g_assert_cmpint (found[i].label, ==, expected[i].label);
      g_assert_cmpfloat (found[i].score, ==, (float) expected[i].score);
      g_assert_cmpfloat_with_epsilon (found[i].box.x1, expected[i].box.x1, 1e-9);
      g_assert_cmpfloat_with_epsilon (found[i].box.y1, expected[i].box.y1, 1e-9);
      g_assert_cmpfloat_with_epsilon (found[i].box.x2, expected[i].box.x2, 1e-9);
      g_assert_cmpfloat_with_epsilon (found[i].box.y2, expected[i].box.y2, 1e-9);
    }
  }
  kd_detector_free (detector);
}

static void
test_agrees_with_plain (void)
{
  Head head;
  head_init (&head);
  head_fill (&head, -8, 2, 0.5);
  KdDetectConfig detect = kd_detect_default ();
  compare (&head, &detect, 100);
  detect.max_per_image = 2000;
  compare (&head, &detect, 200);
  detect.pre_nms = 7;
  compare (&head, &detect, 10);
  detect = (KdDetectConfig){
    .score_threshold = 0.8, .nms_iou = 0.3, .pre_nms = 50, .max_per_image = 30
  };
  compare (&head, &detect, 20);
  head_clear (&head);
}

static void
test_nothing_above_the_threshold (void)
{
  Head head;
  head_init (&head);
  head_fill (&head, -9, -4, 0.1);
  const KdDetectConfig detect = kd_detect_default ();
  KdDetector *detector = kd_detector_new (&config, &detect);
  KdDetection found[100];
  g_assert_cmpint (kd_detect (detector, &head.out, 0, found), ==, 0);
  kd_detector_free (detector);
  head_clear (&head);
}

static void
test_one_box_in_its_place (void)
{
  Head head;
  head_init (&head);
  head_fill (&head, -9, -8, 0);
  /* Image 1, level 1 (stride 16), cell y 2, x 3, anchor 0 (32 px), class 2; moved right by a quarter of the anchor. */
  const int row = ((1 * 4 + 2) * 6 + 3) * 3;
  kd_node_value (head.out.cls[1])[row * 4 + 2] = 0;
  kd_node_value (head.out.reg[1])[row * 4] = (kd_real) 0.25;
  const KdDetectConfig detect = kd_detect_default ();
  KdDetector *detector = kd_detector_new (&config, &detect);
  KdDetection found[100];
  g_assert_cmpint (kd_detect (detector, &head.out, 0, found), ==, 0);
  g_assert_cmpint (kd_detect (detector, &head.out, 1, found), ==, 1);
  g_assert_cmpint (found[0].label, ==, 2);
  g_assert_cmpfloat (found[0].score, ==, 0.5f);
  g_assert_cmpfloat_with_epsilon (found[0].box.x1, 48, 1e-9);
  g_assert_cmpfloat_with_epsilon (found[0].box.y1, 24, 1e-9);
  g_assert_cmpfloat_with_epsilon (found[0].box.x2, 80, 1e-9);
  g_assert_cmpfloat_with_epsilon (found[0].box.y2, 56, 1e-9);
  kd_detector_free (detector);
  head_clear (&head);
}

static void
test_not_a_number_is_no_box (void)
{
  Head head;
  head_init (&head);
  head_fill (&head, -9, -8, 0);
  kd_node_value (head.out.cls[0])[0] = (kd_real) NAN;
  kd_node_value (head.out.cls[0])[100] = 3;
  kd_node_value (head.out.reg[0])[100] = (kd_real) NAN;
  const KdDetectConfig detect = kd_detect_default ();
  KdDetector *detector = kd_detector_new (&config, &detect);
  KdDetection found[100];
  g_assert_cmpint (kd_detect (detector, &head.out, 0, found), ==, 0);
  kd_detector_free (detector);
  head_clear (&head);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/detector/detect/agrees-with-plain", test_agrees_with_plain);
  g_test_add_func ("/detector/detect/nothing-above-the-threshold",
                   test_nothing_above_the_threshold);
  g_test_add_func ("/detector/detect/one-box-in-its-place", test_one_box_in_its_place);
  g_test_add_func ("/detector/detect/not-a-number-is-no-box", test_not_a_number_is_no_box);
  return g_test_run ();
}
