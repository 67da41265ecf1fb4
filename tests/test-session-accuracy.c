/* SPDX-License-Identifier: MIT */

/*
 * A training step's gradients by the fast kernels against plain sums. Where they differ by more than rounding, the gradient itself has a
 * corner there (a value of a ReLU within rounding of 0): plain sums make the same jump, in the same array and as far, when the weights move by
 * a millionth. And with the signs that the plain run's ReLUs saw, no array of any first step differs by more.
 */
#include "engine/session/trainer.h"
#include "engine/tape/graph.h"
#include "engine/tape/kernels/norm.h"

#include <math.h>

enum { SEEDS = 6, NUDGES = 24, SIGN_SEEDS = 10 };

/* Of each array's largest gradient. */
static const double tolerance = 1e-4;

/* The first step of an undistilled small student, every weight moved by up to @nudge of itself. */
static KdTrainer *
first_step (const KdConfig *config, KdKernels kernels, double nudge, uint64_t draw)
{
  GError *error = NULL;
  kd_kernels_choose (kernels);
  KdTrainer *trainer = kd_trainer_new (config, NULL, &error);
  g_assert_no_error (error);
  KdParams *params = trainer->runs[0]->params;
  KdRandom random = kd_random (draw, 1);
  for (int i = 0; nudge > 0 && i < kd_params_count (params); i++) {
    const KdParam *param = kd_params_at (params, i);
    for (size_t k = 0; k < kd_shape_count (param->shape); k++)
      param->value[k] *= (kd_real) (1 + nudge * kd_random_uniform (&random, -1, 1));
  }
  kd_params_touch (params);
  g_assert_cmpint (kd_trainer_step (trainer, NULL), ==, KD_STEP_DONE);
  return trainer;
}

/* Of the array's largest. */
static double
difference (const KdTrainer *a, const KdTrainer *b, int i)
{
  const KdParam *x = kd_params_at (a->runs[0]->params, i);
  const KdParam *y = kd_params_at (b->runs[0]->params, i);
  double largest = 0, worst = 0;
  for (size_t k = 0; k < kd_shape_count (y->shape); k++) {
    largest = fmax (largest, fabs ((double) y->gradient[k]));
    worst = fmax (worst, fabs ((double) x->gradient[k] - (double) y->gradient[k]));
  }
  return largest > 0 ? worst / largest : worst;
}

static int
worst_array (const KdTrainer *a, const KdTrainer *b)
{
  int worst = 0;
  for (int i = 0; i < kd_params_count (a->runs[0]->params); i++) {
    if (difference (a, b, i) > difference (a, b, worst))
      worst = i;
  }
  return worst;
}

/* Whether plain sums jump as far in that array for some nudge. */
static bool
plain_jumps (const KdConfig *config, const KdTrainer *plain, int array, double far)
{
  bool jumps = false;
  for (uint64_t draw = 1; draw <= NUDGES && !jumps; draw++) {
    KdTrainer *nudged = first_step (config, KD_KERNELS_PLAIN, 1e-6, draw);
    jumps = fabs (difference (nudged, plain, array) - far) < 0.05 * far;
    kd_trainer_free (nudged);
  }
  return jumps;
}

static void
test_kernels_agree (void)
{
  GError *error = NULL;
  g_assert_true (kd_blas_init (&error));
  KdKnobs *none = kd_knobs_new (kd_method_find ("none"), NULL, &error);
  g_assert_no_error (error);
  const KdRunConfig run = { .id = "none", .knobs = none };
  KdConfig config = kd_config_default ();
  config.runs = &run;
  config.n_runs = 1;
  config.threads = 2;
  int within = 0;
  for (config.seed = 1; config.seed <= SEEDS; config.seed++) {
    KdTrainer *plain = first_step (&config, KD_KERNELS_PLAIN, 0, 0);
    KdTrainer *fast = first_step (&config, KD_KERNELS_FAST, 0, 0);
    const int array = worst_array (fast, plain);
    const double far = difference (fast, plain, array);
    g_test_message ("seed %d: %.1e in %s", (int) config.seed, far,
                    kd_params_at (plain->runs[0]->params, array)->name);
    within += far <= tolerance;
    g_assert_true (far <= tolerance || plain_jumps (&config, plain, array, far));
    kd_trainer_free (fast);
    kd_trainer_free (plain);
  }
  /* Corners are the exception. */
  g_assert_cmpint (within, >, SEEDS / 2);
  kd_kernels_choose (KD_KERNELS_FAST);
  kd_knobs_free (none);
}

/* ---- the signs of plain sums ---- */

static KdTrainer *
forward_pass (const KdConfig *config, KdKernels kernels)
{
  GError *error = NULL;
  kd_kernels_choose (kernels);
  KdTrainer *trainer = kd_trainer_new (config, NULL, &error);
  g_assert_no_error (error);
  while (trainer->next_phase < KD_STEP_BACKWARD)
    g_assert_cmpint (kd_trainer_phase (trainer, NULL), ==, KD_STEP_DONE);
  return trainer;
}

static void
backward_pass (KdTrainer *trainer, KdKernels kernels)
{
  kd_kernels_choose (kernels);
  g_assert_cmpint (kd_trainer_phase (trainer, NULL), ==, KD_STEP_DONE);
}

/* Whose signs the way back through @node reads; NULL: no ReLU, or none that learns. */
static KdNode *
signs_of (const KdGraph *graph, int index)
{
  KdNode *node = kd_graph_node (graph, index);
  if (!node->op || !graph->plans[index].live || !node->needs_gradient)
    return NULL;
  if (g_str_equal (node->op->name, "relu"))
    return node->inputs[0];
  const bool norm = g_str_equal (node->op->name, "group_norm");
  return norm && ((const KdNorm *) node->attributes)->relu ? node : NULL;
}

/* Where the signs differ, @fast takes plain's value, which must be 0 but for rounding. Returns in how many cells. */
static int
take_signs (const KdNode *plain, KdNode *fast)
{
  const size_t count = kd_shape_count (plain->shape);
  double squares = 0;
  int n_taken = 0;
  g_assert_cmpint ((int) plain->share_stride, ==, 0);
  for (size_t k = 0; k < count; k++)
    squares += (double) plain->value[k] * (double) plain->value[k];
  const double rounding = 1e-5 * sqrt (squares / (double) count);
  for (size_t k = 0; k < count; k++) {
    if ((plain->value[k] > 0) == (fast->value[k] > 0))
      continue;
    g_assert_cmpfloat (fabs ((double) plain->value[k]), <=, rounding);
    g_assert_cmpfloat (fabs ((double) fast->value[k]), <=, rounding);
    fast->value[k] = plain->value[k];
    n_taken++;
  }
  return n_taken;
}

static void
check_signs (const KdConfig *config)
{
  KdTrainer *plain = forward_pass (config, KD_KERNELS_PLAIN);
  KdTrainer *fast = forward_pass (config, KD_KERNELS_FAST);
  const KdGraph *graph = plain->runs[0]->student->graph;
  int n_taken = 0, n_relus = 0;
  for (int i = 0; i < kd_graph_size (graph); i++) {
    const KdNode *signs = signs_of (graph, i);
    if (!signs)
      continue;
    n_relus++;
    n_taken += take_signs (signs, kd_graph_node (fast->runs[0]->student->graph, signs->index));
  }
  g_assert_cmpint (n_relus, >, 0);
  backward_pass (plain, KD_KERNELS_PLAIN);
  backward_pass (fast, KD_KERNELS_FAST);
  const int array = worst_array (fast, plain);
  g_test_message ("seed %d: %d signs taken, then %.1e in %s", (int) config->seed, n_taken,
                  difference (fast, plain, array),
                  kd_params_at (plain->runs[0]->params, array)->name);
  g_assert_cmpfloat (difference (fast, plain, array), <=, tolerance);
  kd_trainer_free (fast);
  kd_trainer_free (plain);
}

static void
test_signs (void)
{
  GError *error = NULL;
  g_assert_true (kd_blas_init (&error));
  KdKnobs *none = kd_knobs_new (kd_method_find ("none"), NULL, &error);
  g_assert_no_error (error);
  const KdRunConfig run = { .id = "none", .knobs = none };
  KdConfig config = kd_config_default ();
  config.runs = &run;
  config.n_runs = 1;
  config.threads = 2;
  for (config.seed = 1; config.seed <= SIGN_SEEDS; config.seed++)
    check_signs (&config);
  kd_kernels_choose (KD_KERNELS_FAST);
  kd_knobs_free (none);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/accuracy/fast-kernels-differ-at-corners-only", test_kernels_agree);
  g_test_add_func ("/session/accuracy/with-plain-signs-every-gradient-agrees", test_signs);
  return g_test_run ();
}
