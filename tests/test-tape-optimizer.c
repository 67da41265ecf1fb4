/* SPDX-License-Identifier: MIT */
#include "engine/tape/tape.h"

#include <math.h>

/* Initial values, gradient norm and updates against the formulas, written out plainly in double. */

typedef struct {
  const char *name;
  KdShape shape;
  KdInit init;
  KdParamFlags flags;
} Spec;

/* More than one chunk, a parameter across chunks, and odd sizes, so that there is padding. */
static const Spec specs[] = {
  { "weight", { 50, 70, 3, 3 }, { KD_INIT_NORMAL, 0.5 }, 0 },
  { "bias", { 1, 7, 1, 1 }, { KD_INIT_CONSTANT, 0.25 }, KD_PARAM_NO_DECAY },
  { "token", { 3, 5, 1, 1 }, { KD_INIT_UNIFORM, 2 }, KD_PARAM_FROZEN },
  { "scale", { 1, 1, 1, 1 }, { KD_INIT_ZEROS, 0 }, 0 },
};

/* @order: +1 or -1, the order in which parameters are declared. */
static KdParams *
make_params (KdPool *pool, int order, uint64_t seed)
{
  KdParams *params = kd_params_new ();
  KdGraph *g = kd_graph_new ("params");
  const int count = G_N_ELEMENTS (specs);
  for (int i = 0; i < count; i++) {
    const Spec *spec = &specs[order > 0 ? i : count - 1 - i];
    kd_param (g, params, spec->name, spec->shape, KD_AXES_NCHW, spec->init, spec->flags);
  }
  kd_graph_compile (g, pool, &(KdCompile){ .n_roots = 0 });
  kd_params_init (params, seed);
  kd_graph_free (g);
  return params;
}

static void
test_init (void)
{
  KdPool *pool = kd_pool_new (1);
  KdParams *a = make_params (pool, 1, 7), *b = make_params (pool, -1, 7);
  KdParams *other = make_params (pool, 1, 8);
  for (int i = 0; i < kd_params_count (a); i++) {
    const KdParam *param = kd_params_at (a, i);
    const size_t count = kd_shape_count (param->shape);
    g_assert_cmpuint ((uintptr_t) param->value % 64, ==, 0);
    g_assert_cmpmem (param->value, count * sizeof (kd_real), kd_params_find (b, param->name)->value,
                     count * sizeof (kd_real));
  }
  const KdParam *weight = kd_params_find (a, "weight"), *token = kd_params_find (a, "token");
  g_assert_cmpfloat (weight->value[0], !=, kd_params_find (other, "weight")->value[0]);

  const size_t count = kd_shape_count (weight->shape);
  double sum = 0, squares = 0;
  for (size_t i = 0; i < count; i++) {
    sum += (double) weight->value[i];
    squares += (double) weight->value[i] * (double) weight->value[i];
  }
  /* Five standard errors of 31,500 draws. */
  const double error = 5 * 0.5 / sqrt ((double) count);
  g_assert_cmpfloat (fabs (sum / (double) count), <, error);
  g_assert_cmpfloat (fabs (sqrt (squares / (double) count) - 0.5), <, error);
  double low = 0, high = 0;
  for (int i = 0; i < 15; i++) {
    low = fmin (low, (double) token->value[i]);
    high = fmax (high, (double) token->value[i]);
  }
  g_assert_true (low >= -2 && low < -0.5 && high <= 2 && high > 0.5);
  g_assert_cmpfloat (kd_params_find (a, "bias")->value[6], ==, 0.25);
  g_assert_cmpfloat (kd_params_find (a, "scale")->value[0], ==, 0);

  const uint64_t version = kd_params_version (a);
  kd_params_touch (a);
  g_assert_cmpuint (kd_params_version (a), !=, version);
  kd_params_free (a);
  kd_params_free (b);
  kd_params_free (other);
  kd_pool_free (pool);
}

static void
draw_gradients (KdParams *params, uint64_t step)
{
  for (int i = 0; i < kd_params_count (params); i++) {
    const KdParam *param = kd_params_at (params, i);
    KdRandom random = kd_random (step, kd_hash_string (param->name));
    for (size_t k = 0; k < kd_shape_count (param->shape); k++)
      param->gradient[k] = (kd_real) kd_random_normal (&random);
  }
}

static double
plain_norm (const KdParams *params)
{
  double sum = 0;
  for (int i = 0; i < kd_params_count (params); i++) {
    const KdParam *param = kd_params_at (params, i);
    for (size_t k = 0; k < kd_shape_count (param->shape) && !(param->flags & KD_PARAM_FROZEN); k++)
      sum += (double) param->gradient[k] * (double) param->gradient[k];
  }
  return sqrt (sum);
}

/* One parameter's state in double. */
typedef struct {
  double *value, *moment1, *moment2;
} Plain;

static void
plain_step (
    const KdOptimizer *o, const KdParam *param, Plain *p, double rate, int step, double clip)
{
  if (param->flags & KD_PARAM_FROZEN)
    return;
  const double decay = param->flags & KD_PARAM_NO_DECAY ? 0 : o->weight_decay;
  for (size_t i = 0; i < kd_shape_count (param->shape); i++) {
    double g = clip * (double) param->gradient[i];
    if (o->kind == KD_OPTIMIZER_SGD) {
      g += decay * p->value[i];
      p->moment1[i] = o->momentum * p->moment1[i] + g;
      p->value[i] -= rate * p->moment1[i];
    } else {
      if (o->kind == KD_OPTIMIZER_ADAM)
        g += decay * p->value[i];
      p->moment1[i] = o->beta1 * p->moment1[i] + (1 - o->beta1) * g;
      p->moment2[i] = o->beta2 * p->moment2[i] + (1 - o->beta2) * g * g;
      const double m = p->moment1[i] / (1 - pow (o->beta1, step));
      const double v = p->moment2[i] / (1 - pow (o->beta2, step));
      if (o->kind == KD_OPTIMIZER_ADAMW)
        p->value[i] -= rate * decay * p->value[i];
      p->value[i] -= rate * m / (sqrt (v) + o->epsilon);
    }
  }
}

static void
check_optimizer (KdOptimizer optimizer)
{
  KdPool *pool = kd_pool_new (3);
  KdParams *params = make_params (pool, 1, 3);
  Plain plain[G_N_ELEMENTS (specs)];
  for (int i = 0; i < kd_params_count (params); i++) {
    const KdParam *param = kd_params_at (params, i);
    const size_t count = kd_shape_count (param->shape);
    plain[i] = (Plain){ g_new0 (double, count), g_new0 (double, count), g_new0 (double, count) };
    for (size_t k = 0; k < count; k++)
      plain[i].value[k] = (double) param->value[k];
  }
  for (int step = 1; step <= 10; step++) {
    const double rate = 2e-3 * step;
    draw_gradients (params, (uint64_t) step);
    const double norm = kd_params_gradient_norm (params, pool);
    g_assert_cmpfloat_with_epsilon (norm / plain_norm (params), 1, 1e-12);
    const double clip =
        optimizer.clip_norm > 0 && norm > optimizer.clip_norm ? optimizer.clip_norm / norm : 1;
    for (int i = 0; i < kd_params_count (params); i++)
      plain_step (&optimizer, kd_params_at (params, i), &plain[i], rate, step, clip);
    kd_optimizer_step (&optimizer, params, pool, rate, step, norm);
  }
  for (int i = 0; i < kd_params_count (params); i++) {
    const KdParam *param = kd_params_at (params, i);
    for (size_t k = 0; k < kd_shape_count (param->shape); k++)
      g_assert_cmpfloat_with_epsilon (param->value[k], plain[i].value[k], 2e-6);
    g_free (plain[i].value);
    g_free (plain[i].moment1);
    g_free (plain[i].moment2);
  }
  kd_params_free (params);
  kd_pool_free (pool);
}

static void
test_adamw (void)
{
  KdOptimizer optimizer = kd_optimizer_default ();
  g_assert_cmpint (optimizer.kind, ==, KD_OPTIMIZER_ADAMW);
  check_optimizer (optimizer);
  optimizer.clip_norm = 0;
  optimizer.weight_decay = 0.3;
  check_optimizer (optimizer);
}

static void
test_adam (void)
{
  KdOptimizer optimizer = kd_optimizer_default ();
  optimizer.kind = KD_OPTIMIZER_ADAM;
  optimizer.weight_decay = 0.3;
  check_optimizer (optimizer);
  optimizer.clip_norm = 0;
  check_optimizer (optimizer);
}

static void
test_sgd (void)
{
  KdOptimizer optimizer = kd_optimizer_default ();
  optimizer.kind = KD_OPTIMIZER_SGD;
  check_optimizer (optimizer);
  optimizer.clip_norm = 1e6;
  optimizer.weight_decay = 0.1;
  check_optimizer (optimizer);
}

static void
test_norm_shows_non_finite (void)
{
  KdPool *pool = kd_pool_new (2);
  KdParams *params = make_params (pool, 1, 3);
  draw_gradients (params, 1);
  kd_params_find (params, "token")->gradient[0] = (kd_real) NAN; /* frozen: does not count */
  g_assert_true (isfinite (kd_params_gradient_norm (params, pool)));
  kd_params_find (params, "weight")->gradient[30000] = (kd_real) NAN;
  g_assert_false (isfinite (kd_params_gradient_norm (params, pool)));
  kd_params_find (params, "weight")->gradient[30000] = (kd_real) INFINITY;
  g_assert_false (isfinite (kd_params_gradient_norm (params, pool)));
  kd_params_free (params);
  kd_pool_free (pool);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tape/params/initial-values-depend-on-seed-and-name", test_init);
  g_test_add_func ("/tape/optimizer/adamw-follows-its-formula", test_adamw);
  g_test_add_func ("/tape/optimizer/adam-adds-its-decay-to-the-gradient", test_adam);
  g_test_add_func ("/tape/optimizer/sgd-follows-its-formula", test_sgd);
  g_test_add_func ("/tape/params/gradient-norm-shows-non-finite", test_norm_shows_non_finite);
  return g_test_run ();
}
