/* SPDX-License-Identifier: MIT */
#include "engine/tape/tape.h"

#include <math.h>

/* Values of the operations against loops over the logical shape, in double, on random shapes with axes of size 1. */

#define ROUNDS 60

typedef struct {
  KdPool *pool;
  KdGraph *graph;
  KdRandom random;
} Bench;

static Bench
bench_new (uint64_t stream)
{
  return (Bench){ kd_pool_new (3), kd_graph_new ("values"), kd_random (21, stream) };
}

static void
bench_free (Bench *bench)
{
  kd_graph_free (bench->graph);
  kd_pool_free (bench->pool);
}

static int
draw_size (KdRandom *random)
{
  static const int sizes[] = { 1, 1, 2, 3, 5, 8, 13, 33 };
  return sizes[kd_random_int (random, 0, G_N_ELEMENTS (sizes) - 1)];
}

static KdShape
draw_shape (KdRandom *random)
{
  return kd_shape (draw_size (random), draw_size (random), draw_size (random), draw_size (random));
}

static KdNode *
draw_input (Bench *bench, KdShape shape, double low, double high)
{
  KdNode *node = kd_input (bench->graph, "x", shape, KD_TYPE_REAL);
  for (size_t i = 0; i < kd_shape_count (shape); i++)
    kd_node_value (node)[i] = (kd_real) kd_random_uniform (&bench->random, low, high);
  return node;
}

static void
run (Bench *bench, KdNode *node)
{
  kd_graph_compile (bench->graph, bench->pool, &(KdCompile){ .keeps = &node, .n_keeps = 1 });
  kd_graph_forward (bench->graph, NULL);
}

/* Element (n,c,y,x), where an axis of size 1 is repeated. */
static double
at (const KdNode *node, int n, int c, int y, int x)
{
  const KdShape s = kd_node_shape (node);
  n = s.n == 1 ? 0 : n;
  c = s.c == 1 ? 0 : c;
  y = s.h == 1 ? 0 : y;
  x = s.w == 1 ? 0 : x;
  return (double) kd_node_value (node)[((n * s.h + y) * s.w + x) * s.c + c];
}

#define EACH(s)                                                                                    \
  for (int n = 0; n < (s).n; n++)                                                                  \
    for (int c = 0; c < (s).c; c++)                                                                \
      for (int y = 0; y < (s).h; y++)                                                              \
        for (int x = 0; x < (s).w; x++)

static void
assert_near (double got, double expected)
{
  g_assert_cmpfloat_with_epsilon (got, expected, 2e-6 * (1 + fabs (expected)));
}

/* ---- pointwise --------------------------------------------------------------------------------- */

typedef KdNode *(*Binary) (KdGraph *g, KdNode *a, KdNode *b);

static double
plain_binary (Binary op, double a, double b)
{
  return op == kd_add ? a + b : op == kd_sub ? a - b : op == kd_mul ? a * b : a / b;
}

static void
test_binary (void)
{
  static const Binary ops[] = { kd_add, kd_sub, kd_mul, kd_div };
  for (int round = 0; round < ROUNDS; round++) {
    Bench bench = bench_new ((uint64_t) round);
    KdShape shapes[2] = { draw_shape (&bench.random) };
    shapes[1] = shapes[0];
    for (int i = 0; i < 8; i++) {
      KdShape *s = &shapes[i % 2];
      if (kd_random_int (&bench.random, 0, 2) > 0)
        continue;
      *(int *[]){ &s->n, &s->c, &s->h, &s->w }[i / 2] = 1;
    }
    KdNode *a = draw_input (&bench, shapes[0], -3, 3), *b = draw_input (&bench, shapes[1], 0.5, 3);
    const Binary op = ops[round % 4];
    KdNode *result = op (bench.graph, a, b);
    run (&bench, result);
    const KdShape s = kd_node_shape (result);
    EACH (s)
    assert_near (at (result, n, c, y, x),
                 plain_binary (op, at (a, n, c, y, x), at (b, n, c, y, x)));
    bench_free (&bench);
  }
}

static double
plain_huber (double x, double beta)
{
  return fabs (x) < beta ? x * x / (2 * beta) : fabs (x) - beta / 2;
}

static void
test_unary (void)
{
  Bench bench = bench_new (0);
  KdGraph *g = bench.graph;
  const KdShape s = { 3, 17, 29, 23 };
  KdNode *a = draw_input (&bench, s, -2, 2), *p = draw_input (&bench, s, 0.1, 4);
  kd_node_value (a)[0] = 0;
  KdNode *nodes[] = {
    kd_scale (g, a, 1.5), kd_shift (g, a, -0.5),    kd_abs (g, a),
    kd_square (g, a),     kd_sqrt (g, p),           kd_exp (g, a),
    kd_log (g, p),        kd_sigmoid (g, a),        kd_relu (g, a),
    kd_huber (g, a, 0.7), kd_clamp (g, a, -0.5, 1), kd_huber (g, a, 0),
  };
  kd_graph_compile (g, bench.pool, &(KdCompile){ .keeps = nodes, .n_keeps = G_N_ELEMENTS (nodes) });
  kd_graph_forward (g, NULL);
  EACH (s)
  {
    const double u = at (a, n, c, y, x), v = at (p, n, c, y, x);
    const double expected[] = {
      1.5 * u,
      u - 0.5,
      fabs (u),
      u * u,
      sqrt (v),
      exp (u),
      log (v),
      1 / (1 + exp (-u)),
      u > 0 ? u : 0,
      plain_huber (u, 0.7),
      fmin (fmax (u, -0.5), 1),
      fabs (u),
    };
    for (size_t i = 0; i < G_N_ELEMENTS (nodes); i++)
      assert_near (at (nodes[i], n, c, y, x), expected[i]);
  }
  bench_free (&bench);
}

static void
test_sigmoid_of_large_values (void)
{
  Bench bench = bench_new (0);
  KdNode *x = draw_input (&bench, kd_shape (1, 2, 1, 1), 0, 1);
  KdNode *y = kd_sigmoid (bench.graph, x);
  kd_node_value (x)[0] = -200;
  kd_node_value (x)[1] = 200;
  run (&bench, y);
  g_assert_cmpfloat (kd_node_value (y)[0], ==, 0);
  g_assert_cmpfloat (kd_node_value (y)[1], ==, 1);
  bench_free (&bench);
}

/* A NaN must reach the loss, or nobody would hear of it. */
static void
test_nan_passes (void)
{
  for (int place = 0; place < 9; place++) {
    Bench bench = bench_new (0);
    KdGraph *g = bench.graph;
    KdNode *x = draw_input (&bench, kd_shape (1, 9, 1, 1), -1, 1);
    kd_node_value (x)[place] = (kd_real) NAN;
    KdNode *kept[] = { kd_relu (g, x), kd_clamp (g, x, 0, 0.5), kd_huber (g, x, 0.5), kd_abs (g, x),
                       kd_sqrt (g, x) };
    KdNode *whole[] = { kd_max (g, x, KD_AXIS_C), kd_sum (g, x, KD_AXIS_C),
                        kd_mean (g, x, KD_AXIS_C), kd_softmax (g, x, KD_AXIS_C),
                        kd_log_softmax (g, x, KD_AXIS_C) };
    KdNode *all[G_N_ELEMENTS (kept) + G_N_ELEMENTS (whole)];
    for (size_t i = 0; i < G_N_ELEMENTS (all); i++)
      all[i] = i < G_N_ELEMENTS (kept) ? kept[i] : whole[i - G_N_ELEMENTS (kept)];
    kd_graph_compile (g, bench.pool, &(KdCompile){ .keeps = all, .n_keeps = G_N_ELEMENTS (all) });
    kd_graph_forward (g, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS (kept); i++)
      g_assert_true (isnan (kd_node_value (kept[i])[place]));
    for (size_t i = 0; i < G_N_ELEMENTS (whole); i++)
      g_assert_true (isnan (kd_node_value (whole[i])[0]));
    bench_free (&bench);
  }
}

/* ---- reductions and softmax -------------------------------------------------------------------- */

typedef struct {
  double sum, largest, exponents, count;
} Group;

/* Every group of the axes that are kept, at the place of its first element. */
static Group *
plain_groups (const KdNode *node, KdAxes axes)
{
  const KdShape s = kd_node_shape (node);
  Group *groups = g_new0 (Group, kd_shape_count (s));
  for (int pass = 0; pass < 2; pass++) {
    EACH (s)
    {
      const int gn = axes & KD_AXIS_N ? 0 : n, gc = axes & KD_AXIS_C ? 0 : c;
      const int gy = axes & KD_AXIS_H ? 0 : y, gx = axes & KD_AXIS_W ? 0 : x;
      Group *group = &groups[((gn * s.c + gc) * s.h + gy) * s.w + gx];
      const double value = at (node, n, c, y, x);
      if (pass == 0) {
        group->largest = group->count > 0 ? fmax (group->largest, value) : value;
        group->sum += value;
        group->count++;
      } else {
        group->exponents += exp (value - group->largest);
      }
    }
  }
  return groups;
}

static void
test_groups (void)
{
  for (int round = 0; round < 2 * 16; round++) {
    Bench bench = bench_new ((uint64_t) round);
    KdGraph *g = bench.graph;
    const KdAxes axes = (KdAxes) (round % 16);
    const KdShape s = draw_shape (&bench.random);
    KdNode *a = draw_input (&bench, s, -2, 3);
    KdNode *nodes[] = { kd_sum (g, a, axes), kd_mean (g, a, axes), kd_max (g, a, axes),
                        kd_softmax (g, a, axes), kd_log_softmax (g, a, axes) };
    kd_graph_compile (g, bench.pool,
                      &(KdCompile){ .keeps = nodes, .n_keeps = G_N_ELEMENTS (nodes) });
    kd_graph_forward (g, NULL);
    g_autofree Group *groups = plain_groups (a, axes);
    EACH (s)
    {
      const int gn = axes & KD_AXIS_N ? 0 : n, gc = axes & KD_AXIS_C ? 0 : c;
      const int gy = axes & KD_AXIS_H ? 0 : y, gx = axes & KD_AXIS_W ? 0 : x;
      const Group *group = &groups[((gn * s.c + gc) * s.h + gy) * s.w + gx];
      const double shifted = at (a, n, c, y, x) - group->largest;
      assert_near (at (nodes[0], gn, gc, gy, gx), group->sum);
      assert_near (at (nodes[1], gn, gc, gy, gx), group->sum / group->count);
      assert_near (at (nodes[2], gn, gc, gy, gx), group->largest);
      assert_near (at (nodes[3], n, c, y, x), exp (shifted) / group->exponents);
      assert_near (at (nodes[4], n, c, y, x), shifted - log (group->exponents));
    }
    bench_free (&bench);
  }
}

/* A million equal values: a float sum would be off by hundreds. */
static void
test_sum_in_double (void)
{
  Bench bench = bench_new (0);
  const KdShape s = { 1, 1, 1000, 1000 };
  KdNode *x = draw_input (&bench, s, 0, 1);
  for (size_t i = 0; i < kd_shape_count (s); i++)
    kd_node_value (x)[i] = (kd_real) 0.1;
  KdNode *sum = kd_sum (bench.graph, x, KD_AXES_NCHW);
  run (&bench, sum);
  const double exact = 1e6 * (double) (kd_real) 0.1;
  g_assert_cmpfloat (fabs (kd_node_scalar (sum) - exact), <=, 1e-7 * exact);
  bench_free (&bench);
}

/* ---- matrices and rows ------------------------------------------------------------------------- */

static void
test_matmul (void)
{
  for (int round = 0; round < ROUNDS; round++) {
    Bench bench = bench_new ((uint64_t) round);
    const bool ta = round & 1, tb = round & 2;
    const int rows = kd_random_int (&bench.random, 1, 90), k = draw_size (&bench.random);
    const int columns = kd_random_int (&bench.random, 1, 40);
    KdNode *a =
        draw_input (&bench, ta ? kd_shape (k, rows, 1, 1) : kd_shape (rows, k, 1, 1), -1, 1);
    KdNode *b =
        draw_input (&bench, tb ? kd_shape (columns, k, 1, 1) : kd_shape (k, columns, 1, 1), -1, 1);
    KdNode *product = kd_matmul (bench.graph, a, b, ta, tb);
    run (&bench, product);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        double sum = 0;
        for (int m = 0; m < k; m++) {
          const double left = k == 1 && rows == 1 ? at (a, 0, 0, 0, 0)
                              : ta                ? at (a, m, i, 0, 0)
                                                  : at (a, i, m, 0, 0);
          sum += left * (tb ? at (b, j, m, 0, 0) : at (b, m, j, 0, 0));
        }
        assert_near (at (product, i, j, 0, 0), sum);
      }
    }
    bench_free (&bench);
  }
}

static void
test_pairwise (void)
{
  Bench bench = bench_new (0);
  const int rows = 9, columns = 13;
  KdNode *x = draw_input (&bench, kd_shape (rows, columns, 1, 1), -1, 1);
  for (int c = 0; c < columns;
       c++) /* two rows a hair apart, where a product formula has only noise */
    kd_node_value (x)[columns + c] = kd_node_value (x)[c] + (c == 3 ? (kd_real) 1e-4 : 0);
  KdNode *distance = kd_pairwise_distance (bench.graph, x, 1e-12);
  run (&bench, distance);
  for (int i = 0; i < rows; i++) {
    for (int j = 0; j < rows; j++) {
      double sum = 0;
      for (int c = 0; c < columns; c++)
        sum += pow (at (x, i, c, 0, 0) - at (x, j, c, 0, 0), 2);
      const double expected = i == j ? 0 : sqrt (fmax (sum, 1e-12));
      g_assert_cmpfloat (fabs (at (distance, i, j, 0, 0) - expected), <=, 1e-6 * expected);
    }
  }
  bench_free (&bench);
}

static void
test_concat (void)
{
  static const KdAxes axes[] = { KD_AXIS_N, KD_AXIS_C, KD_AXIS_H, KD_AXIS_W };
  for (int round = 0; round < 8; round++) {
    Bench bench = bench_new ((uint64_t) round);
    const KdAxes axis = axes[round % 4];
    KdNode *parts[3];
    const KdShape common = draw_shape (&bench.random);
    for (int k = 0; k < 3; k++) {
      KdShape s = common;
      *(axis == KD_AXIS_N   ? &s.n
        : axis == KD_AXIS_C ? &s.c
        : axis == KD_AXIS_H ? &s.h
                            : &s.w) = k + 2;
      parts[k] = draw_input (&bench, s, -1, 1);
    }
    KdNode *joined = kd_concat (bench.graph, parts, 3, axis);
    run (&bench, joined);
    int offset = 0;
    for (int k = 0; k < 3; k++) {
      const KdShape s = kd_node_shape (parts[k]);
      EACH (s)
      g_assert_cmpfloat (
          at (joined, n + (axis == KD_AXIS_N ? offset : 0), c + (axis == KD_AXIS_C ? offset : 0),
              y + (axis == KD_AXIS_H ? offset : 0), x + (axis == KD_AXIS_W ? offset : 0)),
          ==, at (parts[k], n, c, y, x));
      offset += k + 2;
    }
    bench_free (&bench);
  }
}

/* Row ((n*H+y)*W+x)*A+a, column k of the rows is channel a*K+k of the head's output. */
static void
test_anchor_rows (void)
{
  Bench bench = bench_new (0);
  const int A = 3, K = 4;
  const KdShape s = { 2, A * K, 3, 5 };
  KdNode *head = draw_input (&bench, s, -1, 1);
  KdNode *rows = kd_anchor_rows (bench.graph, head, K);
  run (&bench, rows);
  EACH (s)
  g_assert_cmpfloat (at (rows, ((n * s.h + y) * s.w + x) * A + c / K, c % K, 0, 0), ==,
                     at (head, n, c, y, x));
  bench_free (&bench);
}

/* ---- gradients that are what is left of differences ------------------------------------------------ */

/* d root / d x, root = sum result * pull. */
static const kd_real *
pulled (Bench *bench, KdNode *x, KdNode *result, KdNode *pull)
{
  KdNode *root = kd_sum (bench->graph, kd_mul (bench->graph, result, pull), KD_AXES_NCHW);
  kd_graph_compile (bench->graph, bench->pool, &(KdCompile){ .roots = &root, .n_roots = 1 });
  kd_graph_forward (bench->graph, NULL);
  kd_graph_backward (bench->graph, root, NULL, 0);
  return kd_node_gradient (x);
}

/* Two normed values are +-1 whatever x is, but for eps: the gradient is a hundred-thousandth of what it is the rest of. */
static void
test_layer_norm_of_two (void)
{
  for (int round = 0; round < ROUNDS; round++) {
    Bench bench = bench_new ((uint64_t) round);
    const KdShape shape = kd_shape (3, 2, 1, 1), row = kd_shape (1, 2, 1, 1);
    const double eps = 1e-5;
    KdNode *x = draw_input (&bench, shape, -1, 1), *pull = draw_input (&bench, shape, -1, 1);
    KdNode *weight = draw_input (&bench, row, 0.5, 2), *bias = draw_input (&bench, row, -1, 1);
    kd_node_want_gradient (x);
    const kd_real *found =
        pulled (&bench, x, kd_layer_norm (bench.graph, x, weight, bias, eps), pull);
    for (int n = 0; n < shape.n; n++) {
      /* y_c = w_c h (+1, -1) / sqrt (h^2 + eps), h half the distance: d y_c / d h = +-w_c eps / (h^2 + eps)^(3/2) */
      const double h = (at (x, n, 0, 0, 0) - at (x, n, 1, 0, 0)) / 2;
      const double expected = eps / pow (h * h + eps, 1.5) / 2 *
                              (at (weight, 0, 0, 0, 0) * at (pull, n, 0, 0, 0) -
                               at (weight, 0, 1, 0, 0) * at (pull, n, 1, 0, 0));
      for (int c = 0; c < 2; c++)
        g_assert_cmpfloat (fabs ((double) found[2 * n + c] - (c == 0 ? expected : -expected)), <=,
                           1e-5 * fabs (expected));
    }
    bench_free (&bench);
  }
}

/* A pull that is nearly the same everywhere: only its deviation from the mean under y moves x. */
static void
test_softmax_even_pull (void)
{
  for (int round = 0; round < 8; round++) {
    Bench bench = bench_new ((uint64_t) round);
    const KdShape shape = kd_shape (2, 1, 23, 31);
    KdNode *x = draw_input (&bench, shape, -2, 2), *pull = draw_input (&bench, shape, 0, 1e-4);
    kd_node_want_gradient (x);
    for (size_t i = 0; i < kd_shape_count (shape); i++)
      kd_node_value (pull)[i] += 1;
    const kd_real *found = pulled (&bench, x, kd_softmax (bench.graph, x, KD_AXES_HW), pull);
    for (int n = 0; n < shape.n; n++) {
      double total = 0, product = 0, largest = 0, worst = 0;
      for (int y = 0; y < shape.h; y++)
        for (int c = 0; c < shape.w; c++) {
          total += exp (at (x, n, 0, y, c));
          product += exp (at (x, n, 0, y, c)) * at (pull, n, 0, y, c);
        }
      for (int y = 0; y < shape.h; y++)
        for (int c = 0; c < shape.w; c++) {
          const double expected =
              exp (at (x, n, 0, y, c)) / total * (at (pull, n, 0, y, c) - product / total);
          largest = fmax (largest, fabs (expected));
          worst = fmax (worst, fabs ((double) found[(n * shape.h + y) * shape.w + c] - expected));
        }
      g_assert_cmpfloat (worst, <=, 1e-6 * largest);
    }
    bench_free (&bench);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_true (kd_blas_init (NULL));
  g_test_add_func ("/tape/pointwise/two-operands-with-repeated-axes", test_binary);
  g_test_add_func ("/tape/pointwise/one-operand", test_unary);
  g_test_add_func ("/tape/sigmoid/saturates", test_sigmoid_of_large_values);
  g_test_add_func ("/tape/pointwise/nan-passes", test_nan_passes);
  g_test_add_func ("/tape/reduce/over-all-sets-of-axes", test_groups);
  g_test_add_func ("/tape/sum/accumulates-in-double", test_sum_in_double);
  g_test_add_func ("/tape/matmul/all-transpositions", test_matmul);
  g_test_add_func ("/tape/pairwise-distance/near-rows", test_pairwise);
  g_test_add_func ("/tape/layer-norm/two-values-barely-move", test_layer_norm_of_two);
  g_test_add_func ("/tape/softmax/even-pull-leaves-its-deviation", test_softmax_even_pull);
  g_test_add_func ("/tape/concat/along-each-axis", test_concat);
  g_test_add_func ("/tape/anchor-rows/order", test_anchor_rows);
  return g_test_run ();
}
