/* SPDX-License-Identifier: MIT */
#include "engine/tape/tape.h"

#include <math.h>
#include <string.h>

/* The graph: what lives, what runs, in which order, and where gradients go. */

static const KdShape vector = { 1, 4, 1, 1 };

static KdNode *
input (KdGraph *g, const char *name)
{
  return kd_input (g, name, vector, KD_TYPE_REAL);
}

static KdNode *
total (KdGraph *g, KdNode *x)
{
  return kd_sum (g, x, KD_AXES_NCHW);
}

static KdNode *
param (KdGraph *g, KdParams *params, const char *name, double amount)
{
  return kd_param (g, params, name, vector, KD_AXIS_C, (KdInit){ KD_INIT_CONSTANT, amount }, 0);
}

static void
fill (KdNode *node, double first)
{
  const size_t count = kd_shape_count (kd_node_shape (node));
  for (size_t i = 0; i < count; i++)
    kd_node_value (node)[i] = (kd_real) (first + (double) i);
}

static void
assert_values (const kd_real *values, double a, double b, double c, double d)
{
  const double expected[] = { a, b, c, d };
  for (int i = 0; i < 4; i++)
    g_assert_cmpfloat_with_epsilon (values[i], expected[i], 1e-6);
}

static void
test_drops_dead_nodes (void)
{
  KdPool *pool = kd_pool_new (1);
  KdGraph *g = kd_graph_new ("dead");
  KdNode *x = input (g, "x");
  KdNode *unused = input (g, "unused");
  KdNode *kept = kd_exp (g, x);
  KdNode *dead = kd_square (g, kd_exp (g, unused));
  KdNode *root = total (g, kd_square (g, x));
  kd_graph_compile (g, pool,
                    &(KdCompile){ .roots = &root, .n_roots = 1, .keeps = &kept, .n_keeps = 1 });
  const KdGraphStats stats = kd_graph_stats (g);
  g_assert_cmpint (stats.n_nodes, ==, 7);
  g_assert_cmpint (stats.n_live, ==, 4); /* x, kept, square, sum */
  g_assert_null (kd_node_value (dead));
  g_assert_nonnull (kd_node_value (unused)); /* callers may still fill it */
  g_assert_nonnull (kd_node_value (kept));
  kd_graph_free (g);
  kd_pool_free (pool);
}

static void
test_names (void)
{
  KdGraph *g = kd_graph_new ("names");
  KdParams *params = kd_params_new ();
  kd_graph_set_prefix (g, "backbone.");
  g_assert_cmpstr (kd_graph_prefix (g), ==, "backbone.");
  KdNode *x = input (g, "x");
  KdNode *w = param (g, params, "stem.weight", 1);
  KdNode *y = kd_mul (g, x, w);
  g_assert_cmpstr (kd_node_name (x), ==, "backbone.x");
  g_assert_cmpstr (kd_node_name (w), ==, "backbone.stem.weight");
  g_assert_nonnull (kd_params_find (params, "backbone.stem.weight"));
  g_assert_true (g_str_has_prefix (kd_node_name (y), "backbone.mul"));
  g_assert_true (kd_node_graph (y) == g);
  g_assert_true (param (g, params, "stem.weight", 1) == w);
  kd_graph_free (g);
  kd_params_free (params);
}

static void
test_phases (void)
{
  KdPool *pool = kd_pool_new (1);
  KdGraph *g = kd_graph_new ("phases");
  KdNode *x = input (g, "x");
  KdNode *feature = kd_square (g, x);
  kd_graph_set_phase (g, KD_PHASE_LOSS);
  KdNode *term = kd_scale (g, feature, 2);
  kd_graph_set_phase (g, KD_PHASE_FORWARD);
  KdNode *late = kd_scale (g, term, 2); /* built in the first phase, needs the last */
  g_assert_cmpint (kd_node_phase (feature), ==, KD_PHASE_FORWARD);
  g_assert_cmpint (kd_node_phase (term), ==, KD_PHASE_LOSS);
  g_assert_cmpint (kd_node_phase (late), ==, KD_PHASE_LOSS);
  KdNode *keeps[] = { feature, late };
  kd_graph_compile (g, pool, &(KdCompile){ .keeps = keeps, .n_keeps = 2 });
  fill (x, 1);
  g_assert_true (kd_graph_run_phase (g, KD_PHASE_FORWARD, NULL));
  assert_values (kd_node_value (feature), 1, 4, 9, 16);
  assert_values (kd_node_value (late), 0, 0, 0, 0);
  g_assert_true (kd_graph_run_phase (g, KD_PHASE_LOSS, NULL));
  assert_values (kd_node_value (late), 4, 16, 36, 64);

  atomic_bool cancel = true;
  g_assert_false (kd_graph_forward (g, &cancel));
  cancel = false;
  g_assert_true (kd_graph_forward (g, &cancel));
  kd_graph_free (g);
  kd_pool_free (pool);
}

/* ---- memory of forward passes ---- */

#define DAG_NODES 60
#define DAG_KEEPS 4

/* A random graph of pointwise nodes over several phases; the same for the same seed. */
static KdNode *
random_dag (KdGraph *g, uint64_t seed, KdNode **x, KdNode **keeps)
{
  KdRandom random = kd_random (seed, 1);
  KdNode *nodes[DAG_NODES];
  nodes[0] = *x = input (g, "x");
  for (int i = 1; i < DAG_NODES; i++) {
    KdNode *a = nodes[kd_random_int (&random, MAX (0, i - 6), i - 1)];
    KdNode *b = nodes[kd_random_int (&random, 0, i - 1)];
    kd_graph_set_phase (g, (KdPhase) kd_random_int (&random, 0, KD_N_PHASES - 1));
    switch (kd_random_int (&random, 0, 4)) {
    case 0:
      nodes[i] = kd_add (g, a, b);
      break;
    case 1:
      nodes[i] = kd_sub (g, a, kd_scale (g, b, 0.5));
      break;
    case 2:
      nodes[i] = kd_detach (g, kd_sigmoid (g, a));
      break;
    case 3:
      nodes[i] = kd_reshape (g, kd_reshape (g, a, kd_shape (4, 1, 1, 1)), kd_node_shape (nodes[0]));
      break;
    default:
      nodes[i] = kd_mul (g, a, kd_sigmoid (g, b));
    }
  }
  for (int k = 0; k < DAG_KEEPS; k++)
    keeps[k] = nodes[kd_random_int (&random, 1, DAG_NODES - 1)];
  return kd_mean (g, nodes[DAG_NODES - 1], KD_AXES_NCHW);
}

/* A graph that is only run forward lets dead values' memory go to the next; what is kept is the same to the bit. */
static void
test_shares_memory (void)
{
  KdPool *pool = kd_pool_new (1);
  size_t shared_bytes = 0, own_bytes = 0;
  for (uint64_t seed = 0; seed < 200; seed++) {
    KdGraph *shared = kd_graph_new ("shared"), *own = kd_graph_new ("own");
    KdNode *shared_keeps[DAG_KEEPS + 1], *own_keeps[DAG_KEEPS], *inputs[2];
    shared_keeps[DAG_KEEPS] = random_dag (shared, seed, &inputs[0], shared_keeps);
    KdNode *root = random_dag (own, seed, &inputs[1], own_keeps);
    kd_graph_compile (shared, pool,
                      &(KdCompile){ .keeps = shared_keeps, .n_keeps = DAG_KEEPS + 1 });
    kd_graph_compile (
        own, pool,
        &(KdCompile){ .roots = &root, .n_roots = 1, .keeps = own_keeps, .n_keeps = DAG_KEEPS });
    for (int run = 1; run <= 2; run++) {
      for (int i = 0; i < 2; i++)
        fill (inputs[i], 0.25 * run);
      g_assert_true (kd_graph_forward (shared, NULL));
      g_assert_true (kd_graph_forward (own, NULL));
      for (int k = 0; k < DAG_KEEPS; k++)
        g_assert_cmpmem (kd_node_value (shared_keeps[k]), 4 * sizeof (kd_real),
                         kd_node_value (own_keeps[k]), 4 * sizeof (kd_real));
      g_assert_cmpfloat (kd_node_scalar (shared_keeps[DAG_KEEPS]), ==, kd_node_scalar (root));
    }
    shared_bytes += kd_graph_stats (shared).value_bytes;
    own_bytes += kd_graph_stats (own).value_bytes;
    kd_graph_free (shared);
    kd_graph_free (own);
  }
  g_test_message ("%zu bytes of %zu", shared_bytes, own_bytes);
  g_assert_cmpuint (shared_bytes, <, own_bytes / 2);
  kd_pool_free (pool);
}

static void
test_wanted (void)
{
  KdPool *pool = kd_pool_new (1);
  KdGraph *g = kd_graph_new ("wanted");
  KdNode *x = input (g, "x");
  KdNode *keeps[] = { kd_square (g, x), kd_scale (g, x, 3) };
  kd_graph_compile (g, pool, &(KdCompile){ .keeps = keeps, .n_keeps = 2 });
  fill (x, 1);
  kd_graph_set_wanted (g, NULL, 0, &keeps[1], 1);
  kd_graph_forward (g, NULL);
  assert_values (kd_node_value (keeps[0]), 0, 0, 0, 0);
  assert_values (kd_node_value (keeps[1]), 3, 6, 9, 12);
  kd_graph_set_wanted (g, NULL, 0, keeps, 2);
  kd_graph_forward (g, NULL);
  assert_values (kd_node_value (keeps[0]), 1, 4, 9, 16);
  kd_graph_free (g);
  kd_pool_free (pool);
}

/* Two terms over one feature of a trained parameter: roots one by one, down to the feature and down to the parameter. */
static void
test_roots_and_stops (void)
{
  KdPool *pool = kd_pool_new (2);
  KdGraph *g = kd_graph_new ("roots");
  KdParams *params = kd_params_new ();
  KdNode *x = input (g, "x");
  KdNode *w = param (g, params, "w", 3);
  KdNode *feature = kd_mul (g, x, w);
  KdNode *view = kd_reshape (g, feature, kd_shape (4, 1, 1, 1));
  KdNode *one = total (g, kd_square (g, feature));
  KdNode *two = total (g, kd_scale (g, view, 5));
  KdNode *roots[] = { one, two, kd_add (g, one, two) };
  kd_graph_compile (
      g, pool,
      &(KdCompile){ .roots = roots, .n_roots = 3, .param_gradients = KD_PARAM_GRADIENTS_SHARED });
  kd_params_init (params, 1);
  fill (x, 1);
  kd_graph_forward (g, NULL);

  kd_graph_backward (g, one, &feature, 1);
  assert_values (kd_node_gradient (feature), 6, 12, 18, 24);
  kd_graph_backward (g, two, &feature, 1);
  assert_values (kd_node_gradient (feature), 5, 5, 5, 5);
  g_assert_true (kd_node_gradient (view) == kd_node_gradient (feature));
  assert_values (kd_node_gradient (w), 0, 0, 0, 0);

  kd_graph_backward (g, roots[2], NULL, 0);
  assert_values (kd_node_gradient (feature), 11, 17, 23, 29);
  assert_values (kd_node_gradient (w), 11, 34, 69, 116);
  /* Added to, never zeroed, by the graph. */
  kd_graph_backward (g, roots[2], NULL, 0);
  assert_values (kd_node_gradient (feature), 11, 17, 23, 29);
  assert_values (kd_node_gradient (w), 22, 68, 138, 232);
  kd_params_zero_gradients (params);
  assert_values (kd_node_gradient (w), 0, 0, 0, 0);
  kd_graph_free (g);
  kd_params_free (params);
  kd_pool_free (pool);
}

/*
 * Gradients are not zeroed before a backward pass: operations that reach every value write over what an earlier one left. The
 * first pass meets memory that is all zeros, later ones do not; a map feeds several operations, one of them twice.
 */
static void
test_backward_again (void)
{
  const KdShape map = { 2, 4, 3, 5 };
  KdPool *pool = kd_pool_new (2);
  KdParams *params = kd_params_new ();
  KdGraph *g = kd_graph_new ("again");
  KdNode *x = kd_input (g, "x", map, KD_TYPE_REAL),
         *aside = kd_input (g, "aside", map, KD_TYPE_REAL);
  kd_node_want_gradient (x);
  kd_node_want_gradient (aside);
  KdNode *weight = kd_param (g, params, "weight", kd_shape (4, 4, 3, 3), KD_AXES_NCHW,
                             (KdInit){ KD_INIT_NORMAL, 0.5 }, 0);
  KdNode *scale = param (g, params, "scale", 1), *shift = param (g, params, "shift", 0.1);
  KdNode *twice = kd_group_norm (g, x, scale, shift, 2, 1e-5, x, true);
  KdNode *flat = kd_reshape (g, kd_conv2d (g, twice, weight, NULL, 1, 1), kd_shape (2, 60, 1, 1));
  KdNode *again =
      kd_conv2d (g, kd_group_norm (g, twice, scale, shift, 1, 1e-5, x, false), weight, NULL, 2, 1);
  KdNode *beside = kd_mul (g, kd_detach (g, twice), x); /* adds nothing to twice's */
  KdNode *parts[] = { total (g, kd_square (g, flat)), total (g, kd_square (g, again)),
                      total (g, beside) };
  KdNode *roots[] = { kd_add (g, kd_add (g, parts[0], parts[1]), parts[2]),
                      total (g, kd_square (g, kd_conv2d (g, aside, weight, NULL, 1, 1))) };
  kd_graph_compile (g, pool, &(KdCompile){ .roots = roots, .n_roots = 2 });
  kd_params_init (params, 3);
  fill (x, -20);
  fill (aside, 1);
  kd_graph_forward (g, NULL);

  const size_t bytes = kd_shape_count (map) * sizeof (kd_real);
  kd_graph_backward (g, roots[0], NULL, 0);
  g_autofree kd_real *first = g_memdup2 (kd_node_gradient (x), bytes);
  kd_graph_backward (g, roots[1], NULL, 0);
  for (size_t i = 0; i < kd_shape_count (map); i++)
    g_assert_true (kd_node_gradient (x)[i] == 0); /* not of this root */
  kd_graph_backward (g, roots[0], NULL, 0);
  g_assert_cmpmem (kd_node_gradient (x), bytes, first, bytes);
  for (size_t i = 0; i < kd_shape_count (map); i++)
    g_assert_true (kd_node_gradient (aside)[i] == 0);
  kd_graph_backward (g, roots[0], &twice, 1);
  kd_graph_backward (g, roots[0], NULL, 0);
  g_assert_cmpmem (kd_node_gradient (x), bytes, first, bytes);
  kd_graph_free (g);
  kd_params_free (params);
  kd_pool_free (pool);
}

/* A stop that the root does not reach has a zero gradient, not an old one. */
static void
test_unreached_stop (void)
{
  KdPool *pool = kd_pool_new (1);
  KdGraph *g = kd_graph_new ("unreached");
  KdNode *inputs[] = { input (g, "a"), input (g, "b") };
  kd_node_want_gradient (inputs[0]);
  kd_node_want_gradient (inputs[1]);
  KdNode *roots[] = { total (g, inputs[0]), total (g, inputs[1]) };
  kd_graph_compile (g, pool, &(KdCompile){ .roots = roots, .n_roots = 2 });
  kd_graph_forward (g, NULL);
  for (int i = 0; i < 2; i++) {
    kd_graph_backward (g, roots[i], inputs, 2);
    const double a = i == 0, b = i == 1;
    assert_values (kd_node_gradient (inputs[0]), a, a, a, a);
    assert_values (kd_node_gradient (inputs[1]), b, b, b, b);
  }
  kd_graph_free (g);
  kd_pool_free (pool);
}

/* A view of the same parameters computes with them and never touches their gradients; a frozen one has none. */
static void
test_shared_params (void)
{
  KdPool *pool = kd_pool_new (1);
  KdParams *params = kd_params_new ();
  KdGraph *train = kd_graph_new ("train"), *view = kd_graph_new ("view");
  KdNode *w[2], *feature[2], *root[2], *frozen = NULL;
  for (int i = 0; i < 2; i++) {
    KdGraph *g = i == 0 ? train : view;
    KdNode *x = input (g, "x");
    w[i] = param (g, params, "w", 2);
    frozen = kd_param (g, params, "token", vector, KD_AXIS_C, (KdInit){ KD_INIT_CONSTANT, 1 },
                       KD_PARAM_FROZEN);
    feature[i] = kd_mul (g, kd_mul (g, x, w[i]), frozen);
    if (i == 1)
      kd_node_want_gradient (feature[i]);
    root[i] = total (g, kd_square (g, feature[i]));
    kd_graph_compile (g, pool,
                      &(KdCompile){ .roots = &root[i],
                                    .n_roots = 1,
                                    .param_gradients = i == 0 ? KD_PARAM_GRADIENTS_SHARED
                                                              : KD_PARAM_GRADIENTS_NONE });
    fill (x, 1);
  }
  g_assert_cmpint (kd_params_count (params), ==, 2);
  kd_params_init (params, 1);
  g_assert_true (kd_node_value (w[0]) == kd_node_value (w[1]));
  for (int i = 0; i < 2; i++) {
    kd_graph_forward (i == 0 ? train : view, NULL);
    kd_graph_backward (i == 0 ? train : view, root[i], NULL, 0);
  }
  assert_values (kd_params_find (params, "w")->gradient, 4, 16, 36, 64);
  assert_values (kd_params_find (params, "token")->gradient, 0, 0, 0, 0);
  g_assert_null (kd_node_gradient (w[1]));
  g_assert_null (kd_node_gradient (frozen));
  assert_values (kd_node_gradient (feature[1]), 4, 8, 12, 16);
  kd_graph_free (train);
  kd_graph_free (view);
  kd_params_free (params);
  kd_pool_free (pool);
}

static void
test_detach_and_reshape (void)
{
  KdPool *pool = kd_pool_new (1);
  KdGraph *g = kd_graph_new ("aliases");
  KdNode *x = kd_input_bound (g, "x", vector);
  kd_node_want_gradient (x);
  KdNode *view = kd_reshape (g, kd_reshape (g, x, kd_shape (2, 2, 1, 1)), kd_shape (1, 1, 2, 2));
  KdNode *cut = kd_detach (g, x);
  KdNode *root = total (g, kd_mul (g, kd_reshape (g, view, vector), cut));
  kd_graph_compile (g, pool, &(KdCompile){ .roots = &root, .n_roots = 1 });
  kd_real first[] = { 1, 2, 3, 4 }, second[] = { 5, 6, 7, 8 };
  kd_node_bind (x, first);
  g_assert_true (kd_node_value (view) == first && kd_node_value (cut) == first);
  kd_graph_forward (g, NULL);
  g_assert_cmpfloat (kd_node_scalar (root), ==, 30);
  kd_node_bind (x, second);
  kd_graph_forward (g, NULL);
  kd_graph_backward (g, root, NULL, 0);
  g_assert_cmpfloat (kd_node_scalar (root), ==, 174);
  assert_values (kd_node_gradient (x), 5, 6, 7, 8); /* not twice that: one factor is cut off */
  g_assert_null (kd_node_gradient (cut));
  kd_graph_free (g);
  kd_pool_free (pool);
}

/* ---- host nodes and live rows ------------------------------------------------------------------ */

typedef struct {
  int wanted;
} Choice;

/* Chooses rows 1, 2, ... of its input, as many as its own data say: their numbers and their doubled values. */
static void
choose (const KdHostCall *call, const void *data)
{
  const Choice *choice = data;
  const KdShape shape = kd_node_shape (call->inputs[0]);
  const int capacity = 3, live = MIN (choice->wanted, capacity);
  g_assert_cmpint (call->n_inputs, ==, 1);
  g_assert_cmpint (call->n_outputs, ==, 3);
  g_assert_true (!call->values[0] && call->ints[0] && call->values[1] && !call->ints[1]);
  for (int i = 0; i < live; i++) {
    call->ints[0][i] = i + 1;
    call->values[1][i] = 2 * kd_node_value (call->inputs[0])[(i + 1) * shape.c];
  }
  call->values[2][0] += (kd_real) live; /* zeroed before each call */
  call->live[0] = call->live[1] = live;
  *call->overflow = choice->wanted - live;
}

static void
test_host (void)
{
  KdPool *pool = kd_pool_new (1);
  for (int wanted = 0; wanted <= 5; wanted++) {
    KdGraph *g = kd_graph_new ("host");
    KdNode *x = kd_input (g, "x", kd_shape (5, 2, 1, 1), KD_TYPE_REAL);
    kd_node_want_gradient (x);
    const KdHostOutput outputs[] = {
      { kd_shape (3, 1, 1, 1), KD_TYPE_INT32, true },
      { kd_shape (3, 1, 1, 1), KD_TYPE_REAL, true },
      { KD_SCALAR_SHAPE, KD_TYPE_REAL, false },
    };
    const Choice choice = { wanted };
    KdNode *rows = kd_host (g, "choice", outputs, 3, choose, &choice, sizeof choice, &x, 1);
    KdNode *count = kd_host_output (rows, 2);
    KdNode *chosen = kd_gather (g, x, rows);
    KdNode *shifted = kd_shift (g, chosen, 1); /* would make dead rows 1 */
    KdNode *root = total (g, shifted);
    KdNode *keeps[] = { count, kd_mean (g, shifted, KD_AXIS_N) };
    kd_graph_compile (g, pool,
                      &(KdCompile){ .roots = &root, .n_roots = 1, .keeps = keeps, .n_keeps = 2 });
    fill (x, 0); /* rows 0 1, 2 3, 4 5, ... */
    for (int round = 0; round < 2; round++)
      kd_graph_forward (g, NULL);
    kd_graph_backward (g, root, NULL, 0);

    const int live = MIN (wanted, 3);
    double sum = 0;
    for (int i = 1; i <= live; i++)
      sum += 4 * i + 1 + 2;
    g_assert_cmpint (kd_node_live_rows (shifted), ==, live);
    g_assert_cmpint (kd_node_live_rows (count), ==, 1);
    g_assert_cmpint (kd_node_overflow (count), ==, MAX (wanted - 3, 0));
    g_assert_cmpfloat (kd_node_scalar (count), ==, live);
    g_assert_cmpfloat (kd_node_scalar (root), ==, sum);
    const double mean = live ? sum / live : 0;
    g_assert_cmpfloat_with_epsilon (kd_node_value (keeps[1])[0] + kd_node_value (keeps[1])[1], mean,
                                    1e-6);
    for (int i = 0; i < 5; i++)
      g_assert_cmpfloat (kd_node_gradient (x)[2 * i], ==, i >= 1 && i <= live ? 1 : 0);
    g_assert_cmpint (kd_node_ints (rows)[2], ==, live == 3 ? 3 : 0);
    kd_graph_free (g);
  }
  kd_pool_free (pool);
}

/* Fewer rows than in the run before: nothing of that run may be left behind. */
static void
test_shrinking_live_rows (void)
{
  KdPool *pool = kd_pool_new (1);
  KdGraph *g = kd_graph_new ("live");
  KdNode *x = kd_input (g, "x", kd_shape (4, 1, 1, 1), KD_TYPE_REAL);
  kd_node_set_live_rows (x, 4);
  kd_node_want_gradient (x);
  KdNode *y = kd_exp (g, x);
  KdNode *root = total (g, y);
  kd_graph_compile (g, pool, &(KdCompile){ .roots = &root, .n_roots = 1 });
  for (int live = 4; live >= 0; live--) {
    kd_node_set_live_rows (x, live);
    kd_graph_forward (g, NULL);
    kd_graph_backward (g, root, NULL, 0);
    g_assert_cmpfloat (kd_node_scalar (root), ==, live);
    for (int i = 0; i < 4; i++) {
      g_assert_cmpfloat (kd_node_value (y)[i], ==, i < live ? 1 : 0);
      g_assert_cmpfloat (kd_node_gradient (x)[i], ==, i < live ? 1 : 0);
    }
  }
  kd_graph_free (g);
  kd_pool_free (pool);
}

/* ---- looking at a run -------------------------------------------------------------------------- */

static void
test_non_finite (void)
{
  KdPool *pool = kd_pool_new (1);
  KdGraph *g = kd_graph_new ("non-finite");
  KdNode *x = kd_input (g, "x", kd_shape (2, 3, 2, 2), KD_TYPE_REAL);
  kd_node_want_gradient (x);
  kd_graph_set_prefix (g, "loss.");
  KdNode *y = kd_log (g, x);
  KdNode *root = total (g, kd_scale (g, y, 2));
  kd_graph_compile (g, pool, &(KdCompile){ .roots = &root, .n_roots = 1 });
  for (size_t i = 0; i < 24; i++)
    kd_node_value (x)[i] = 1;
  KdNonFinite where;
  kd_graph_forward (g, NULL);
  kd_graph_backward (g, root, NULL, 0);
  g_assert_false (kd_graph_find_non_finite (g, &where));

  const int n = 1, c = 2, row = 0, column = 1;
  kd_node_value (x)[((n * 2 + row) * 2 + column) * 3 + c] = -1;
  kd_graph_forward (g, NULL);
  g_assert_true (kd_graph_find_non_finite (g, &where));
  g_assert_cmpstr (where.name, ==, kd_node_name (y));
  g_assert_false (where.gradient);
  g_assert_cmpint (where.n, ==, n);
  g_assert_cmpint (where.c, ==, c);
  g_assert_cmpint (where.y, ==, row);
  g_assert_cmpint (where.x, ==, column);
  g_assert_true (isnan (where.value));

  /* Finite values, but 1 / x overflows on the way back. */
  kd_node_value (x)[7] = sizeof (kd_real) == 4 ? (kd_real) 1e-40 : (kd_real) 1e-310;
  kd_node_value (x)[((n * 2 + row) * 2 + column) * 3 + c] = 1;
  kd_graph_forward (g, NULL);
  kd_graph_backward (g, root, NULL, 0);
  g_assert_true (kd_graph_find_non_finite (g, &where));
  g_assert_true (where.gradient);
  g_assert_cmpstr (where.name, ==, "x");
  kd_graph_free (g);
  kd_pool_free (pool);
}

/* Where a gradient lies in an arena the way back is gone again to find the same place, and leaves parameters as they were. */
static void
find_in_chain (int n_workers, bool with_arena, KdNonFinite *where, char name[64])
{
  const kd_real big = sizeof (kd_real) == 4 ? (kd_real) 1e30 : (kd_real) 1e250;
  const KdInit inits[] = { { KD_INIT_CONSTANT, 1 / (double) big },
                           { KD_INIT_CONSTANT, (double) big },
                           { KD_INIT_CONSTANT, (double) big } };
  KdPool *pool = kd_pool_new (n_workers);
  KdArena *arena = with_arena ? kd_arena_new (1) : NULL;
  KdParams *params = kd_params_new ();
  KdGraph *g = kd_graph_new ("chain");
  KdNode *x = kd_input (g, "x", kd_shape (4, 3, 5, 5), KD_TYPE_REAL), *y = x;
  for (int i = 0; i < 3; i++) {
    const char *const names[] = { "w0", "w1", "w2" };
    KdNode *w = kd_param (g, params, names[i], kd_shape (3, 3, 1, 1), KD_AXES_NCHW, inits[i],
                          KD_PARAM_DEFAULT);
    y = kd_relu (g, kd_conv2d (g, y, w, NULL, 1, 0));
  }
  KdNode *root = total (g, y);
  const KdCompile what = {
    .roots = &root, .n_roots = 1, .param_gradients = KD_PARAM_GRADIENTS_SHARED, .arena = arena
  };
  kd_graph_compile (g, pool, &what);
  kd_params_init (params, 1);
  for (size_t i = 0; i < 4 * 3 * 5 * 5; i++)
    kd_node_value (x)[i] = 1;
  kd_graph_forward (g, NULL);
  kd_graph_backward (g, root, NULL, 0);
  const size_t bytes = kd_params_size (params) * sizeof (kd_real);
  g_autofree kd_real *before = g_memdup2 (kd_params_gradients (params), bytes);
  g_assert_true (kd_graph_find_non_finite (g, where));
  g_strlcpy (name, where->name, 64);
  g_assert_cmpmem (kd_params_gradients (params), bytes, before, bytes);
  g_assert_true ((kd_node_gradient (y) == NULL) == with_arena);
  g_assert_cmpfloat (kd_node_gradient (root)[0], ==, 1); /* a root's stays */
  kd_graph_free (g);
  kd_params_free (params);
  kd_arena_free (arena);
  kd_pool_free (pool);
}

static void
test_non_finite_in_arena (void)
{
  KdNonFinite plain, where;
  char plain_name[64], name[64];
  find_in_chain (1, false, &plain, plain_name);
  g_assert_true (plain.gradient);
  g_assert_true (g_str_has_prefix (plain_name, "relu")); /* big^2 on its way to the first layer */
  for (int n_workers = 1; n_workers <= 3; n_workers++) {
    find_in_chain (n_workers, true, &where, name);
    g_assert_cmpstr (name, ==, plain_name);
    g_assert_true (where.gradient);
    g_assert_cmpint (where.n, ==, plain.n);
    g_assert_cmpint (where.c, ==, plain.c);
    g_assert_cmpint (where.y, ==, plain.y);
    g_assert_cmpint (where.x, ==, plain.x);
  }
}

static void
test_op_times (void)
{
  KdPool *pool = kd_pool_new (1);
  KdGraph *g = kd_graph_new ("times");
  KdNode *x = kd_input (g, "x", kd_shape (6, 5, 1, 1), KD_TYPE_REAL);
  kd_node_want_gradient (x);
  KdNode *root = total (g, kd_matmul (g, kd_square (g, x), kd_square (g, x), false, true));
  kd_graph_compile (g, pool, &(KdCompile){ .roots = &root, .n_roots = 1 });
  KdOpTime times[8];
  kd_graph_set_profiling (g, true);
  for (int i = 0; i < 3; i++) {
    kd_graph_forward (g, NULL);
    kd_graph_backward (g, root, NULL, 0);
  }
  g_assert_cmpint (kd_graph_op_times (g, times, 8), ==, 3);
  g_assert_cmpstr (times[0].op, ==, "matmul");
  g_assert_cmpint (times[0].calls, ==, 3);
  g_assert_cmpfloat (times[0].forward_flop, ==, 3 * 2 * 6 * 5 * 6);
  g_assert_cmpfloat (times[0].backward_flop, ==, 2 * times[0].forward_flop);
  g_assert_cmpfloat (times[0].forward_s, >, 0);
  g_assert_cmpstr (times[1].op, ==, "square");
  g_assert_cmpint (times[1].calls, ==, 6);
  g_assert_cmpfloat (kd_graph_stats (g).forward_flop, ==, 2 * 6 * 5 * 6);
  kd_graph_set_profiling (g, false);
  kd_graph_op_times (g, times, 8);
  g_assert_cmpint (times[0].calls, ==, 0);
  kd_graph_free (g);
  kd_pool_free (pool);
}

static void
test_wrong_shapes_name_both_nodes (void)
{
  if (g_test_subprocess ()) {
    KdGraph *g = kd_graph_new ("wrong");
    KdNode *a = kd_input (g, "student.p3", kd_shape (1, 4, 5, 5), KD_TYPE_REAL);
    KdNode *b = kd_input (g, "teacher.p3", kd_shape (1, 4, 5, 6), KD_TYPE_REAL);
    kd_sub (g, a, b);
    return;
  }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*sub: student.p3 ?1,4,5,5? and teacher.p3 ?1,4,5,6?*");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tape/graph/drops-dead-nodes", test_drops_dead_nodes);
  g_test_add_func ("/tape/graph/prefixes-names", test_names);
  g_test_add_func ("/tape/graph/runs-by-phase", test_phases);
  g_test_add_func ("/tape/graph/shares-memory-forward-only", test_shares_memory);
  g_test_add_func ("/tape/graph/runs-what-is-wanted", test_wanted);
  g_test_add_func ("/tape/graph/backward-from-each-root-to-stops", test_roots_and_stops);
  g_test_add_func ("/tape/graph/backward-again-gives-the-same", test_backward_again);
  g_test_add_func ("/tape/graph/unreached-stops-have-zero-gradient", test_unreached_stop);
  g_test_add_func ("/tape/graph/shares-parameters", test_shared_params);
  g_test_add_func ("/tape/graph/aliases-share-memory", test_detach_and_reshape);
  g_test_add_func ("/tape/graph/host-nodes-choose-live-rows", test_host);
  g_test_add_func ("/tape/graph/live-rows-may-shrink", test_shrinking_live_rows);
  g_test_add_func ("/tape/graph/finds-the-first-non-finite", test_non_finite);
  g_test_add_func ("/tape/graph/finds-the-first-non-finite-in-an-arena", test_non_finite_in_arena);
  g_test_add_func ("/tape/graph/times-by-operation", test_op_times);
  g_test_add_func ("/tape/graph/wrong-shapes-name-both-nodes", test_wrong_shapes_name_both_nodes);
  return g_test_run ();
}
