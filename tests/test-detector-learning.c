/* SPDX-License-Identifier: MIT */
#include "engine/detector/detector.h"

#include <string.h>

enum { SIDE = 64, N_IMAGES = 2, N_TRUTHS = 4, CLASSES = 3 };

/* Flat rectangles on noise: image, class, box. */
static const struct {
  int image, label;
  int x1, y1, x2, y2;
} truths[N_TRUTHS] = {
  { 0, 0, 6, 8, 22, 24 },
  { 0, 2, 28, 20, 62, 54 },
  { 1, 1, 30, 4, 54, 30 },
  { 1, 0, 4, 36, 22, 56 },
};

typedef struct {
  KdPool *pool;
  KdParams *params;
  KdGraph *graph;
  KdDetectorConfig config;
  KdDetectorOutputs out;
  KdDetectionLoss loss;
} Trainer;

static void
draw_scenes (kd_real *image)
{
  KdRandom random = kd_random (31, 0);
  for (int i = 0; i < N_IMAGES * SIDE * SIDE * 3; i++)
    image[i] = (kd_real) kd_random_uniform (&random, -0.5, 0.5);
  for (int g = 0; g < N_TRUTHS; g++)
    for (int y = truths[g].y1; y < truths[g].y2; y++)
      for (int x = truths[g].x1; x < truths[g].x2; x++)
        for (int c = 0; c < 3; c++)
          image[((truths[g].image * SIDE + y) * SIDE + x) * 3 + c] =
              c == truths[g].label ? 2 : (kd_real) -1;
}

static void
trainer_init (Trainer *trainer, int workers)
{
  trainer->pool = kd_pool_new (workers);
  trainer->params = kd_params_new ();
  trainer->graph = kd_graph_new ("student");
  trainer->config = (KdDetectorConfig){ .kind = kd_detector_kind_find ("tiny"),
                                        .image = { .height = SIDE, .width = SIDE },
                                        .anchors = 3,
                                        .classes = CLASSES };
  KdGraph *g = trainer->graph;
  KdNode *image = kd_input (g, "image", kd_shape (N_IMAGES, 3, SIDE, SIDE), KD_TYPE_REAL);
  const KdTargets targets = kd_targets_new (g, 8);
  const KdDetectionLossConfig loss = kd_detection_loss_default ();
  kd_detector_build (g, trainer->params, "", &trainer->config, KD_PARAM_DEFAULT, image,
                     &trainer->out);
  trainer->loss = kd_detection_loss_build (g, &trainer->config, &loss, &trainer->out, &targets);
  kd_graph_compile (g, trainer->pool,
                    &(KdCompile){ .roots = &trainer->loss.total,
                                  .n_roots = 1,
                                  .param_gradients = KD_PARAM_GRADIENTS_SHARED });
  kd_params_init (trainer->params, 1);

  draw_scenes (kd_node_value (image));
  for (int i = 0; i < N_TRUTHS; i++) {
    const kd_real box[] = { (kd_real) truths[i].x1, (kd_real) truths[i].y1, (kd_real) truths[i].x2,
                            (kd_real) truths[i].y2 };
    memcpy (kd_node_value (targets.boxes) + 4 * i, box, sizeof box);
    kd_node_ints (targets.labels)[i] = truths[i].label;
    kd_node_ints (targets.images)[i] = truths[i].image;
  }
  kd_node_set_live_rows (targets.boxes, N_TRUTHS);
  kd_node_set_live_rows (targets.labels, N_TRUTHS);
  kd_node_set_live_rows (targets.images, N_TRUTHS);
}

static void
trainer_clear (Trainer *trainer)
{
  kd_graph_free (trainer->graph);
  kd_params_free (trainer->params);
  kd_pool_free (trainer->pool);
}

/* Returns the loss before the update. */
static double
trainer_step (Trainer *trainer, int step)
{
  const KdOptimizer optimizer = kd_optimizer_default ();
  kd_graph_forward (trainer->graph, NULL);
  kd_params_zero_gradients (trainer->params);
  kd_graph_backward (trainer->graph, trainer->loss.total, NULL, 0);
  kd_optimizer_step (&optimizer, trainer->params, trainer->pool, 5e-3, step,
                     kd_params_gradient_norm (trainer->params, trainer->pool));
  return kd_node_scalar (trainer->loss.total);
}

static void
test_learns_two_scenes_by_heart (void)
{
  Trainer trainer;
  trainer_init (&trainer, 2);
  const double first = trainer_step (&trainer, 1);
  for (int step = 2; step <= 200; step++)
    trainer_step (&trainer, step);
  const double last = trainer_step (&trainer, 201);
  g_test_message ("loss %g, then %g", first, last);
  g_assert_cmpfloat (last, <, first / 10);

  /* And finds every object. (Anchors that are ignored in training may say anything: no count of what else is found.) */
  const KdDetectConfig detect = kd_detect_default ();
  KdDetector *detector = kd_detector_new (&trainer.config, &detect);
  KdDetection found[100];
  bool is_found[N_TRUTHS] = { false };
  for (int n = 0; n < N_IMAGES; n++) {
    const int n_found = kd_detect (detector, &trainer.out, n, found);
    for (int i = 0; i < n_found; i++)
      for (int g = 0; g < N_TRUTHS; g++) {
        const KdBox box = { truths[g].x1, truths[g].y1, truths[g].x2, truths[g].y2 };
        is_found[g] |= truths[g].image == n && truths[g].label == found[i].label &&
                       found[i].score > 0.8f && kd_box_iou (box, found[i].box) > 0.7;
      }
  }
  for (int g = 0; g < N_TRUTHS; g++)
    g_assert_true (is_found[g]);
  kd_detector_free (detector);
  trainer_clear (&trainer);
}

static void
test_same_bits_for_any_number_of_workers (void)
{
  enum { STEPS = 5 };
  double losses[STEPS];
  g_autofree kd_real *values = NULL;
  for (int workers = 1; workers <= 4; workers++) {
    Trainer trainer;
    trainer_init (&trainer, workers);
    for (int step = 0; step < STEPS; step++) {
      const double loss = trainer_step (&trainer, step + 1);
      if (workers == 1)
        losses[step] = loss;
      g_assert_cmpfloat (loss, ==, losses[step]);
    }
    const size_t size = sizeof (kd_real) * kd_params_size (trainer.params);
    if (workers == 1)
      values = g_memdup2 (kd_params_values (trainer.params), size);
    g_assert_cmpmem (kd_params_values (trainer.params), size, values, size);
    trainer_clear (&trainer);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autoptr (GError) error = NULL;
  kd_blas_init (&error);
  g_assert_no_error (error);
  g_test_add_func ("/detector/learning/learns-two-scenes-by-heart",
                   test_learns_two_scenes_by_heart);
  g_test_add_func ("/detector/learning/same-bits-for-any-number-of-workers",
                   test_same_bits_for_any_number_of_workers);
  return g_test_run ();
}
