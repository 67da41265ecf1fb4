/* SPDX-License-Identifier: MIT */

/*
 * The first step's gradients by the fast kernels (float) against direct sums (the double build of this very program, which this one
 * calls), array by array, for the teacher's and the small student's network on drawn values.
 *
 *   test-detector-first-step PROGRAM-IN-DOUBLE
 *   test-detector-first-step --write KIND        (doubles to standard output)
 */
#include "engine/detector/detector.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

enum { BATCH = 8, SIDE = 128, CLASSES = 8 };

/* Of each array's largest gradient. */
static const double tolerance = 1e-4;

static const char *double_program;

typedef struct {
  KdPool *pool;
  KdGraph *graph;
  KdParams *params;
} FirstStep;

static void
draw_values (KdNode *node, uint64_t stream)
{
  KdRandom random = kd_random (1, stream);
  for (size_t i = 0; i < kd_shape_count (kd_node_shape (node)); i++)
    kd_node_value (node)[i] = (float) kd_random_normal (&random);
}

/* Four boxes an image. */
static void
draw_targets (const KdTargets *targets)
{
  KdRandom random = kd_random (1, 3);
  const int live = 4 * BATCH;
  for (int i = 0; i < live; i++) {
    kd_real *box = kd_node_value (targets->boxes) + (size_t) i * 4;
    for (int k = 0; k < 2; k++) {
      box[k] = (float) kd_random_uniform (&random, 0, 0.6 * SIDE);
      box[2 + k] = box[k] + (float) kd_random_uniform (&random, 12, 0.4 * SIDE);
    }
    kd_node_ints (targets->labels)[i] = kd_random_int (&random, 0, CLASSES - 1);
    kd_node_ints (targets->images)[i] = i % BATCH;
  }
  kd_node_set_live_rows (targets->boxes, live);
  kd_node_set_live_rows (targets->labels, live);
  kd_node_set_live_rows (targets->images, live);
}

/* One forward and backward pass of a new network; the gradients are in its parameters. */
static FirstStep
first_step (const char *kind)
{
  FirstStep step = { kd_pool_new (2), kd_graph_new (kind), kd_params_new () };
  const KdDetectorConfig config = {
    .kind = kd_detector_kind_find (kind), .image = { SIDE, SIDE }, .anchors = 3, .classes = CLASSES
  };
  KdNode *image = kd_input (step.graph, "image", kd_shape (BATCH, 3, SIDE, SIDE), KD_TYPE_REAL);
  const KdTargets targets = kd_targets_new (step.graph, 16 * BATCH);
  const KdDetectionLossConfig loss_config = kd_detection_loss_default ();
  KdDetectorOutputs outputs;
  kd_detector_build (step.graph, step.params, "", &config, KD_PARAM_DEFAULT, image, &outputs);
  const KdDetectionLoss loss =
      kd_detection_loss_build (step.graph, &config, &loss_config, &outputs, &targets);
  kd_graph_compile (step.graph, step.pool,
                    &(KdCompile){ .roots = &loss.total,
                                  .n_roots = 1,
                                  .param_gradients = KD_PARAM_GRADIENTS_SHARED });
  kd_params_init (step.params, 1);
  draw_values (image, 4);
  draw_targets (&targets);
  kd_graph_forward (step.graph, NULL);
  kd_params_zero_gradients (step.params);
  kd_graph_backward (step.graph, loss.total, NULL, 0);
  return step;
}

static void
first_step_clear (FirstStep *step)
{
  kd_graph_free (step->graph);
  kd_params_free (step->params);
  kd_pool_free (step->pool);
}

static int
write_gradients (const char *kind)
{
  FirstStep step = first_step (kind);
  for (int i = 0; i < kd_params_count (step.params); i++) {
    const KdParam *param = kd_params_at (step.params, i);
    for (size_t k = 0; k < kd_shape_count (param->shape); k++) {
      const double value = param->gradient[k];
      fwrite (&value, sizeof value, 1, stdout);
    }
  }
  first_step_clear (&step);
  return 0;
}

/* The gradients of all parameters in order, from the program in double. */
static double *
read_gradients (const char *kind, size_t *count)
{
  g_autoptr (GError) error = NULL;
  const char *argv[] = { double_program, "--write", kind, NULL };
  int out, status;
  GPid pid;
  g_spawn_async_with_pipes (NULL, (char **) argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid,
                            NULL, &out, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  FILE *pipe = fdopen (out, "rb");
  guint8 block[65536];
  for (size_t n; (n = fread (block, 1, sizeof block, pipe)) > 0;)
    g_byte_array_append (bytes, block, (guint) n);
  fclose (pipe);
  waitpid (pid, &status, 0);
  g_spawn_close_pid (pid);
  g_assert_true (g_spawn_check_wait_status (status, &error));
  *count = bytes->len / sizeof (double);
  return g_memdup2 (bytes->data, bytes->len);
}

static void
assert_array (const KdParam *param, const double *exact)
{
  const size_t count = kd_shape_count (param->shape);
  double largest = 0, worst = 0;
  for (size_t k = 0; k < count; k++) {
    largest = fmax (largest, fabs (exact[k]));
    worst = fmax (worst, fabs ((double) param->gradient[k] - exact[k]));
  }
  g_test_message ("%s: %.2g of the largest, %.2g", param->name, worst / largest, largest);
  if (!(largest > 0 && worst <= tolerance * largest))
    g_error ("%s: the gradients differ by %g, the largest is %g", param->name, worst, largest);
}

static void
test_gradients (const void *data)
{
  const char *kind = data;
  size_t count, at = 0;
  g_autofree double *exact = read_gradients (kind, &count);
  FirstStep step = first_step (kind);
  for (int i = 0; i < kd_params_count (step.params); i++) {
    const KdParam *param = kd_params_at (step.params, i);
    g_assert_cmpuint (at + kd_shape_count (param->shape), <=, count);
    assert_array (param, exact + at);
    at += kd_shape_count (param->shape);
  }
  g_assert_cmpuint (at, ==, count);
  first_step_clear (&step);
}

int
main (int argc, char **argv)
{
  if (!kd_blas_init (NULL))
    return 1;
  if (argc == 3 && strcmp (argv[1], "--write") == 0)
    return write_gradients (argv[2]);
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  double_program = argv[1];
  g_test_add_data_func ("/detector/first-step/small/fast-gradients-are-exact", "small",
                        test_gradients);
  g_test_add_data_func ("/detector/first-step/teacher/fast-gradients-are-exact", "teacher",
                        test_gradients);
  return g_test_run ();
}
