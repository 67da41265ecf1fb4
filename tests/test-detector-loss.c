/* SPDX-License-Identifier: MIT */
#include "engine/detector/assign.h"
#include "engine/detector/detector.h"

#include <math.h>

enum { N_IMAGES = 2, CAPACITY = 8, CLASSES = 4 };

static const KdDetectorConfig config = { .image = { .height = 64, .width = 96 },
                                         .anchors = 3,
                                         .classes = CLASSES };

/* A head whose outputs the test writes itself, and the loss on it. */
typedef struct {
  KdPool *pool;
  KdGraph *graph;
  KdDetectorOutputs out;
  KdTargets targets;
  KdDetectionLoss loss;
} Fixture;

static void
fixture_init (Fixture *fixture)
{
  fixture->pool = kd_pool_new (1);
  fixture->graph = kd_graph_new ("loss");
  fixture->out = (KdDetectorOutputs){ .n_levels = KD_DETECTOR_LEVELS };
  KdNode *keeps[KD_DETECTOR_LEVELS + 1];
  for (int l = 0; l < KD_DETECTOR_LEVELS; l++) {
    const int height = 64 / kd_detector_strides[l], width = 96 / kd_detector_strides[l];
    fixture->out.cls[l] = kd_input (fixture->graph, "cls",
                                    kd_shape (N_IMAGES, 3 * CLASSES, height, width), KD_TYPE_REAL);
    fixture->out.reg[l] =
        kd_input (fixture->graph, "reg", kd_shape (N_IMAGES, 3 * 4, height, width), KD_TYPE_REAL);
    kd_node_want_gradient (fixture->out.cls[l]);
    kd_node_want_gradient (fixture->out.reg[l]);
  }
  fixture->targets = kd_targets_new (fixture->graph, CAPACITY);
  const KdDetectionLossConfig loss = kd_detection_loss_default ();
  fixture->loss =
      kd_detection_loss_build (fixture->graph, &config, &loss, &fixture->out, &fixture->targets);
  for (int l = 0; l < KD_DETECTOR_LEVELS; l++)
    keeps[l] = fixture->loss.cls_target[l];
  keeps[KD_DETECTOR_LEVELS] = fixture->loss.positives;
  kd_graph_compile (fixture->graph, fixture->pool,
                    &(KdCompile){ .roots = &fixture->loss.total,
                                  .n_roots = 1,
                                  .keeps = keeps,
                                  .n_keeps = G_N_ELEMENTS (keeps) });
  KdRandom random = kd_random (21, 0);
  for (int l = 0; l < KD_DETECTOR_LEVELS; l++)
    for (size_t i = 0; i < kd_shape_count (kd_node_shape (fixture->out.cls[l])); i++) {
      kd_node_value (fixture->out.cls[l])[i] = (kd_real) (2 * kd_random_normal (&random));
      kd_node_value (fixture->out.reg[l])[i] = (kd_real) (0.3 * kd_random_normal (&random));
    }
}

static void
fixture_clear (Fixture *fixture)
{
  kd_graph_free (fixture->graph);
  kd_pool_free (fixture->pool);
}

static void
fixture_set_truths (
    Fixture *fixture, int n, const kd_real *boxes, const int32_t *labels, const int32_t *images)
{
  for (int i = 0; i < 4 * n; i++)
    kd_node_value (fixture->targets.boxes)[i] = boxes[i];
  for (int g = 0; g < n; g++) {
    kd_node_ints (fixture->targets.labels)[g] = labels[g];
    kd_node_ints (fixture->targets.images)[g] = images[g];
  }
  kd_node_set_live_rows (fixture->targets.boxes, n);
  kd_node_set_live_rows (fixture->targets.labels, n);
  kd_node_set_live_rows (fixture->targets.images, n);
}

/* -alpha_t (1 - p_t)^2 log p_t, straight from the paper. */
static double
focal (double logit, bool positive)
{
  const double p = 1 / (1 + exp (-logit)), p_t = positive ? p : 1 - p;
  return -(positive ? 0.25 : 0.75) * (1 - p_t) * (1 - p_t) * log (p_t);
}

static double
smooth_l1 (double x)
{
  const double beta = 1.0 / 9;
  return fabs (x) < beta ? x * x / (2 * beta) : fabs (x) - beta / 2;
}

typedef struct {
  double cls, reg;
  int positives;
} Expected;

static Expected
loss_plainly (const Fixture *fixture, const int32_t *labels, const kd_real *boxes, int n_boxes)
{
  const KdAssignRule rule = { config.image, 3, 0.5, 0.4, 0.1 };
  const int n_anchors = kd_anchor_count (&config);
  g_autofree KdBox *anchors = g_new (KdBox, n_anchors);
  g_autofree int32_t *matched = g_new (int32_t, n_anchors);
  kd_anchors_make (&config, anchors);
  Expected expected = { 0 };
  for (int n = 0; n < N_IMAGES; n++) {
    int32_t best_anchor[CAPACITY];
    kd_assign (&rule, boxes, kd_node_ints (fixture->targets.images), n_boxes, n, matched,
               best_anchor);
    int i = 0;
    for (int l = 0; l < KD_DETECTOR_LEVELS; l++) {
      const KdShape shape = kd_node_shape (fixture->out.cls[l]);
      for (int row = 0; row < shape.h * shape.w * 3; row++, i++) {
        const int at = n * shape.h * shape.w * 3 + row;
        const int g = matched[i];
        if (g == KD_ANCHOR_IGNORED)
          continue;
        for (int k = 0; k < CLASSES; k++)
          expected.cls += focal ((double) kd_node_value (fixture->out.cls[l])[at * CLASSES + k],
                                 g >= 0 && labels[g] == k);
        if (g < 0)
          continue;
        expected.positives++;
        const KdBox a = anchors[i], b = kd_box_of_row (boxes, g);
        const double width = a.x2 - a.x1, height = a.y2 - a.y1;
        const double target[] = { ((b.x1 + b.x2) / 2 - (a.x1 + a.x2) / 2) / width,
                                  ((b.y1 + b.y2) / 2 - (a.y1 + a.y2) / 2) / height,
                                  log (fmax (1, b.x2 - b.x1) / width),
                                  log (fmax (1, b.y2 - b.y1) / height) };
        for (int j = 0; j < 4; j++)
          expected.reg +=
              smooth_l1 ((double) kd_node_value (fixture->out.reg[l])[at * 4 + j] - target[j]);
      }
    }
  }
  expected.cls /= MAX (1, expected.positives);
  expected.reg /= MAX (1, expected.positives);
  return expected;
}

/* Image 0: two boxes and a thin one that must not give log 0; image 1: one. */
static const kd_real some_boxes[] = { 5,  6,  24, 22, 30, 10, 80, 60, 40, 40, (kd_real) 40.5,
                                      70, 50, 20, 70, 44 };
static const int32_t some_labels[] = { 0, 3, 1, 2 }, some_images[] = { 0, 0, 0, 1 };

static void
test_agrees_with_formulas (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  fixture_set_truths (&fixture, 4, some_boxes, some_labels, some_images);
  kd_graph_forward (fixture.graph, NULL);
  const Expected expected = loss_plainly (&fixture, some_labels, some_boxes, 4);
  g_assert_cmpint (expected.positives, >, 5);
  g_assert_cmpfloat (kd_node_scalar (fixture.loss.positives), ==, expected.positives);
  g_assert_cmpfloat_with_epsilon (kd_node_scalar (fixture.loss.cls), expected.cls,
                                  1e-12 * expected.cls);
  g_assert_cmpfloat_with_epsilon (kd_node_scalar (fixture.loss.reg), expected.reg,
                                  1e-12 * expected.reg);
  g_assert_cmpfloat_with_epsilon (kd_node_scalar (fixture.loss.total), expected.cls + expected.reg,
                                  1e-12 * expected.cls);

  int targets = 0;
  for (int l = 0; l < KD_DETECTOR_LEVELS; l++)
    for (size_t i = 0; i < kd_shape_count (kd_node_shape (fixture.loss.cls_target[l])); i++)
      targets += kd_node_value (fixture.loss.cls_target[l])[i] == 1;
  g_assert_cmpint (targets, ==, expected.positives);
  fixture_clear (&fixture);
}

static void
test_gradient_is_the_slope (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  fixture_set_truths (&fixture, 4, some_boxes, some_labels, some_images);
  kd_graph_forward (fixture.graph, NULL);
  kd_graph_backward (fixture.graph, fixture.loss.total, NULL, 0);
  KdRandom random = kd_random (22, 0);
  int not_zero = 0;
  for (int trial = 0; trial < 400; trial++) {
    const int l = kd_random_int (&random, 0, 2);
    KdNode *node = trial % 2 ? fixture.out.cls[l] : fixture.out.reg[l];
    const int at = kd_random_int (&random, 0, (int) kd_shape_count (kd_node_shape (node)) - 1);
    const double gradient = kd_node_gradient (node)[at], h = 1e-6;
    kd_real *value = &kd_node_value (node)[at];
    const kd_real kept = *value;
    double loss[2];
    for (int side = 0; side < 2; side++) {
      *value = kept + (kd_real) (side ? h : -h);
      kd_graph_forward (fixture.graph, NULL);
      loss[side] = kd_node_scalar (fixture.loss.total);
    }
    *value = kept;
    g_assert_cmpfloat_with_epsilon (gradient, (loss[1] - loss[0]) / (2 * h), 1e-7);
    not_zero += gradient != 0;
  }
  g_assert_cmpint (not_zero, >, 150);
  fixture_clear (&fixture);
}

static void
test_no_truth_is_all_background (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  fixture_set_truths (&fixture, 4, some_boxes, some_labels, some_images);
  kd_graph_forward (fixture.graph, NULL);
  /* Rows of the run before must leave no trace. */
  fixture_set_truths (&fixture, 0, NULL, NULL, NULL);
  kd_graph_forward (fixture.graph, NULL);
  const Expected expected = loss_plainly (&fixture, NULL, NULL, 0);
  g_assert_cmpfloat (kd_node_scalar (fixture.loss.positives), ==, 0);
  g_assert_cmpfloat (kd_node_scalar (fixture.loss.reg), ==, 0);
  g_assert_cmpfloat_with_epsilon (kd_node_scalar (fixture.loss.cls), expected.cls,
                                  1e-12 * expected.cls);
  fixture_clear (&fixture);
}

static void
test_phases_are_select_and_loss (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  g_assert_cmpint (kd_node_phase (fixture.loss.positives), ==, KD_PHASE_SELECT);
  g_assert_cmpint (kd_node_phase (fixture.loss.total), ==, KD_PHASE_LOSS);
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/detector/loss/agrees-with-formulas", test_agrees_with_formulas);
  g_test_add_func ("/detector/loss/gradient-is-the-slope", test_gradient_is_the_slope);
  g_test_add_func ("/detector/loss/no-truth-is-all-background", test_no_truth_is_all_background);
  g_test_add_func ("/detector/loss/phases-are-select-and-loss", test_phases_are_select_and_loss);
  return g_test_run ();
}
