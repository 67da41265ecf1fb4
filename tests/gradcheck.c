/* SPDX-License-Identifier: MIT */
#include "tests/gradcheck.h"

#include <math.h>
#include <string.h>

#define MOST_ELEMENTS 60 /* of an input, compared with differences */
#define STEP 1e-5

typedef struct {
  KdGraph *graph;
  KdNode *inputs[KD_GRADIENT_MAX_INPUTS];
  int n_inputs;
  KdNode *root;
} Trial;

static int
input_count (const KdGradientCase *c)
{
  int count = 0;
  while (count < KD_GRADIENT_MAX_INPUTS && c->inputs[count].shape.n > 0)
    count++;
  return count;
}

static double
draw (KdRandom *random, const KdGradientInput *input)
{
  for (;;) {
    const double value = kd_random_uniform (random, input->low, input->high);
    bool near = false;
    for (int i = 0; i < input->n_kinks; i++)
      near = near || fabs (value - input->kinks[i]) < 0.02;
    if (!near)
      return value;
  }
}

static void
fill (const KdGradientInput *input, KdNode *node, KdRandom *random)
{
  const size_t count = kd_shape_count (input->shape);
  for (size_t i = 0; i < count; i++) {
    if (input->ints)
      kd_node_ints (node)[i] = kd_random_int (random, (int) input->low, (int) input->high);
    else
      kd_node_value (node)[i] = (kd_real) draw (random, input);
  }
  /* Rows that do not count must not be looked at. */
  const size_t row = count / (size_t) input->shape.n;
  for (size_t i = row * (size_t) kd_node_live_rows (node); i < count && !input->ints; i++)
    kd_node_value (node)[i] = (kd_real) NAN;
}

/* A term of the root: sum of weights * y, the weights fixed random numbers. */
static KdNode *
weighted_sum (KdGraph *g, KdNode *y, uint64_t stream)
{
  const KdShape shape = kd_node_shape (y);
  KdRandom random = kd_random (11, stream);
  g_autofree kd_real *weights = g_new (kd_real, kd_shape_count (shape));
  for (size_t i = 0; i < kd_shape_count (shape); i++)
    weights[i] = (kd_real) kd_random_uniform (&random, 0.5, 1.5);
  KdNode *constant = kd_constant (g, "weights", shape, weights);
  return kd_sum (g, kd_mul (g, y, constant), KD_AXES_NCHW);
}

/* @only: the one input whose gradient is wanted, or -1 for all. */
static Trial
trial_new (const KdGradientCase *c, KdPool *pool, int only)
{
  Trial trial = { .graph = kd_graph_new (c->op), .n_inputs = input_count (c) };
  KdRandom random = kd_random (7, kd_hash_string (c->what));
  for (int i = 0; i < trial.n_inputs; i++) {
    const KdGradientInput *input = &c->inputs[i];
    g_autofree char *name = g_strdup_printf ("input%d", i);
    KdNode *node =
        kd_input (trial.graph, name, input->shape, input->ints ? KD_TYPE_INT32 : KD_TYPE_REAL);
    if (input->live)
      kd_node_set_live_rows (node, input->live);
    if (!input->constant && !input->ints && (only < 0 || only == i))
      kd_node_want_gradient (node);
    fill (input, node, &random);
    trial.inputs[i] = node;
  }
  KdNode *first = c->build (trial.graph, trial.inputs);
  KdNode *second = c->build (trial.graph, trial.inputs);
  trial.root = kd_add (trial.graph, weighted_sum (trial.graph, first, 1),
                       weighted_sum (trial.graph, second, 2));
  kd_graph_compile (trial.graph, pool, &(KdCompile){ .roots = &trial.root, .n_roots = 1 });
  return trial;
}

static double
value_of (const Trial *trial)
{
  kd_graph_forward (trial->graph, NULL);
  return kd_node_scalar (trial->root);
}

static double
largest (const kd_real *values, size_t count)
{
  double most = 0;
  for (size_t i = 0; i < count; i++)
    most = fmax (most, fabs ((double) values[i]));
  return most;
}

static void
check_input (const KdGradientCase *c, const Trial *trial, int which)
{
  KdNode *input = trial->inputs[which];
  const KdShape shape = kd_node_shape (input);
  const size_t count = kd_shape_count (shape);
  const size_t live = count / (size_t) shape.n * (size_t) kd_node_live_rows (input);
  const double root = value_of (trial);
  g_assert_true (isfinite (root));
  kd_graph_backward (trial->graph, trial->root, NULL, 0);
  g_autofree kd_real *gradient = g_memdup2 (kd_node_gradient (input), count * sizeof (kd_real));
  /* Truncation is about STEP^2, rounding about 1e-16 * root / STEP. */
  const double tolerance = 1e-6 * largest (gradient, live) + 1e-10 * fmax (fabs (root), 1);

  KdRandom random = kd_random (5, 0);
  for (size_t k = 0; k < MIN (live, MOST_ELEMENTS); k++) {
    const size_t i =
        live <= MOST_ELEMENTS ? k : (size_t) kd_random_int (&random, 0, (int) live - 1);
    const kd_real value = kd_node_value (input)[i];
    kd_node_value (input)[i] = value + (kd_real) STEP;
    const double above = value_of (trial);
    kd_node_value (input)[i] = value - (kd_real) STEP;
    const double below = value_of (trial);
    kd_node_value (input)[i] = value;
    const double difference = (above - below) / (2 * STEP);
    if (!(fabs (difference - (double) gradient[i]) <= tolerance))
      g_error ("%s/%s: input %d, element %zu: gradient %.12g, difference %.12g, tolerance %.3g",
               c->op, c->what, which, i, (double) gradient[i], difference, tolerance);
  }
  for (size_t i = live; i < count; i++)
    g_assert_cmpfloat (gradient[i], ==, 0);
}

/* The same gradient when no other input wants one, and whoever computes it. */
static void
check_alone (const KdGradientCase *c, KdPool *pool, const Trial *all, int which)
{
  Trial alone = trial_new (c, pool, which);
  value_of (all);
  kd_graph_backward (all->graph, all->root, NULL, 0);
  value_of (&alone);
  kd_graph_backward (alone.graph, alone.root, NULL, 0);
  const size_t bytes = kd_shape_count (c->inputs[which].shape) * sizeof (kd_real);
  g_assert_cmpmem (kd_node_gradient (all->inputs[which]), bytes,
                   kd_node_gradient (alone.inputs[which]), bytes);
  kd_graph_free (alone.graph);
}

void
kd_gradient_check (const KdGradientCase *gradient_case)
{
  KdPool *one = kd_pool_new (1), *three = kd_pool_new (3);
  Trial trial = trial_new (gradient_case, one, -1);
  int checked = 0;
  for (int i = 0; i < trial.n_inputs; i++) {
    if (!kd_node_gradient (trial.inputs[i]))
      continue;
    checked++;
    check_input (gradient_case, &trial, i);
    check_alone (gradient_case, one, &trial, i);
    check_alone (gradient_case, three, &trial, i);
  }
  g_assert_cmpint (checked, >, 0);
  kd_graph_free (trial.graph);
  kd_pool_free (one);
  kd_pool_free (three);
}
