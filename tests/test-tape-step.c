/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "engine/tape/tape.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* A small network trained for some steps: nothing is allocated on the way, and any number of workers gives the same bits. */

/* ---- counting allocations ---------------------------------------------------------------------- */

/* The sanitizers bring an allocator of their own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define KD_COUNTS_ALLOCATIONS 0
#else
#define KD_COUNTS_ALLOCATIONS 1
#endif

static atomic_bool counting;
static atomic_int allocations;

#if KD_COUNTS_ALLOCATIONS
/* glibc's own, behind the names that this program defines for itself and for all libraries it loads. */
extern void *__libc_malloc (size_t size);
extern void *__libc_calloc (size_t count, size_t size);
extern void *__libc_realloc (void *memory, size_t size);
extern void *__libc_memalign (size_t alignment, size_t size);

static void
count_allocation (void)
{
  if (atomic_load_explicit (&counting, memory_order_relaxed))
    atomic_fetch_add (&allocations, 1);
}

void *
malloc (size_t size)
{
  count_allocation ();
  return __libc_malloc (size);
}

void *
calloc (size_t count, size_t size)
{
  count_allocation ();
  return __libc_calloc (count, size);
}

void *
realloc (void *memory, size_t size)
{
  count_allocation ();
  return __libc_realloc (memory, size);
}

void *
aligned_alloc (size_t alignment, size_t size)
{
  count_allocation ();
  return __libc_memalign (alignment, size);
}

int
posix_memalign (void **memory, size_t alignment, size_t size)
{
  count_allocation ();
  *memory = __libc_memalign (alignment, size);
  return *memory ? 0 : ENOMEM;
}
#endif

/* ---- the network ------------------------------------------------------------------------------- */

#define BATCH 300
#define FEATURES 40
#define HIDDEN 96
#define CLASSES 10

typedef struct {
  KdPool *pool;
  KdGraph *graph;
  KdParams *params;
  KdNode *x, *image, *root;
} Net;

/* Every third row (and round again), as many as the first value of the batch says. */
static void
choose_rows (const KdHostCall *call, const void *data)
{
  (void) data;
  const double first = fabs ((double) kd_node_value (call->inputs[0])[0]);
  const int live = MIN (50 + (int) (20 * first), BATCH);
  for (int i = 0; i < live; i++)
    call->ints[0][i] = 3 * i % BATCH;
  call->live[0] = live;
}

static KdNode *
layer (KdGraph *g, KdParams *params, const char *name, KdNode *x, int outputs)
{
  const int inputs = kd_node_shape (x).c;
  g_autofree char *weight = g_strconcat (name, ".weight", NULL);
  g_autofree char *bias = g_strconcat (name, ".bias", NULL);
  KdNode *w = kd_param (g, params, weight, kd_shape (outputs, inputs, 1, 1), KD_AXES_NC,
                        (KdInit){ KD_INIT_NORMAL, sqrt (2.0 / inputs) }, 0);
  KdNode *b = kd_param (g, params, bias, kd_shape (1, outputs, 1, 1), KD_AXIS_C,
                        (KdInit){ KD_INIT_ZEROS, 0 }, KD_PARAM_NO_DECAY);
  return kd_add (g, kd_matmul (g, x, w, false, true), b);
}

/* Vectors through two layers, a choice of rows, and maps weighted and pooled: all kinds of chunks and sums. */
static Net
net_new (KdPool *pool)
{
  Net net = { pool, kd_graph_new ("net"), kd_params_new (), NULL, NULL, NULL };
  KdGraph *g = net.graph;
  net.x = kd_input (g, "x", kd_shape (BATCH, FEATURES, 1, 1), KD_TYPE_REAL);
  net.image = kd_input (g, "image", kd_shape (4, 8, 40, 40), KD_TYPE_REAL);
  KdNode *hidden = kd_relu (g, layer (g, net.params, "one", net.x, HIDDEN));
  KdNode *logits = layer (g, net.params, "two", hidden, CLASSES);
  const KdHostOutput output = { kd_shape (BATCH, 1, 1, 1), KD_TYPE_INT32, true };
  KdNode *rows = kd_host (g, "rows", &output, 1, choose_rows, NULL, 0, &net.x, 1);
  KdNode *chosen = kd_gather (g, logits, rows);
  KdNode *entropy = kd_mean (g, kd_square (g, kd_log_softmax (g, chosen, KD_AXIS_C)), KD_AXES_NCHW);
  KdNode *spread = kd_mean (g, kd_pairwise_distance (g, chosen, 1e-12), KD_AXES_NCHW);

  KdNode *channels = kd_param (g, net.params, "channels", kd_shape (1, 8, 1, 1), KD_AXIS_C,
                               (KdInit){ KD_INIT_NORMAL, 1 }, 0);
  KdNode *cells = kd_param (g, net.params, "cells", kd_shape (1, 1, 40, 40), KD_AXES_HW,
                            (KdInit){ KD_INIT_NORMAL, 1 }, 0);
  KdNode *kernel = kd_param (g, net.params, "kernel", kd_shape (8, 8, 3, 3), KD_AXES_NCHW,
                             (KdInit){ KD_INIT_NORMAL, 0.2 }, 0);
  KdNode *gain = kd_param (g, net.params, "gain", kd_shape (1, 8, 1, 1), KD_AXIS_C,
                           (KdInit){ KD_INIT_CONSTANT, 1 }, KD_PARAM_NO_DECAY);
  KdNode *offset = kd_param (g, net.params, "offset", kd_shape (1, 8, 1, 1), KD_AXIS_C,
                             (KdInit){ KD_INIT_ZEROS, 0 }, KD_PARAM_NO_DECAY);
  KdNode *filtered = kd_conv2d (g, net.image, kernel, NULL, 1, 1);
  KdNode *normal = kd_group_norm (g, filtered, gain, offset, 2, 1e-5, net.image, true);
  KdNode *deeper = kd_conv2d (g, normal, kernel, offset, 1, 1);
  KdNode *map = kd_mul (g, kd_mul (g, deeper, channels), cells);
  KdNode *attention = kd_softmax (g, kd_mean (g, kd_abs (g, map), KD_AXIS_C), KD_AXES_HW);
  KdNode *pooled = kd_sum (g, kd_mul (g, map, attention), KD_AXES_HW);
  KdNode *peak = kd_sum (g, kd_max (g, map, KD_AXIS_C), KD_AXES_NCHW);
  KdNode *maps =
      kd_add (g, kd_sum (g, kd_square (g, pooled), KD_AXES_NCHW), kd_scale (g, peak, 1e-3));
  net.root = kd_add (g, kd_sub (g, entropy, kd_scale (g, spread, 1e-3)), maps);
  kd_graph_compile (g, net.pool,
                    &(KdCompile){ .roots = &net.root,
                                  .n_roots = 1,
                                  .param_gradients = KD_PARAM_GRADIENTS_SHARED });
  kd_params_init (net.params, 5);
  return net;
}

static void
net_free (Net *net)
{
  kd_graph_free (net->graph);
  kd_params_free (net->params);
}

static double
net_step (Net *net, int step)
{
  KdRandom random = kd_random (9, (uint64_t) step);
  KdNode *inputs[] = { net->x, net->image };
  for (int k = 0; k < 2; k++) {
    for (size_t i = 0; i < kd_shape_count (kd_node_shape (inputs[k])); i++)
      kd_node_value (inputs[k])[i] = (kd_real) kd_random_normal (&random);
  }
  const KdOptimizer optimizer = kd_optimizer_default ();
  kd_graph_forward (net->graph, NULL);
  kd_params_zero_gradients (net->params);
  kd_graph_backward (net->graph, net->root, NULL, 0);
  const double norm = kd_params_gradient_norm (net->params, net->pool);
  kd_optimizer_step (&optimizer, net->params, net->pool, 1e-2, step, norm);
  return kd_node_scalar (net->root);
}

/* ---- tests ------------------------------------------------------------------------------------- */

static void
test_no_allocation (void)
{
  if (!KD_COUNTS_ALLOCATIONS) {
    g_test_skip ("a sanitizer's allocator is in the way");
    return;
  }
  KdPool *pool = kd_pool_new (3);
  Net net = net_new (pool);
  net_step (&net, 1); /* OpenBLAS takes its buffers in the first products */
  atomic_store (&counting, true);
  g_free (g_malloc (100));
  g_assert_cmpint (atomic_exchange (&allocations, 0), ==, 1); /* the counter counts */
  for (int step = 2; step <= 11; step++)
    net_step (&net, step);
  atomic_store (&counting, false);
  g_assert_cmpint (atomic_load (&allocations), ==, 0);
  net_free (&net);
  kd_pool_free (pool);
}

static void
test_learns (void)
{
  KdPool *pool = kd_pool_new (2);
  Net net = net_new (pool);
  const double first = net_step (&net, 1);
  double last = first;
  for (int step = 2; step <= 60; step++)
    last = net_step (&net, step);
  g_assert_true (isfinite (last));
  g_assert_cmpfloat (last, <, 0.5 * first);
  net_free (&net);
  kd_pool_free (pool);
}

static void
test_same_bits (void)
{
  g_autofree kd_real *values = NULL, *gradients = NULL;
  size_t bytes = 0;
  for (int n_workers = 1; n_workers <= 4; n_workers++) {
    KdPool *pool = kd_pool_new (n_workers);
    Net net = net_new (pool);
    for (int step = 1; step <= 8; step++)
      net_step (&net, step);
    if (n_workers == 1) {
      bytes = kd_params_size (net.params) * sizeof (kd_real);
      values = g_memdup2 (kd_params_values (net.params), bytes);
      gradients = g_memdup2 (kd_params_gradients (net.params), bytes);
    }
    g_assert_cmpmem (values, bytes, kd_params_values (net.params), bytes);
    g_assert_cmpmem (gradients, bytes, kd_params_gradients (net.params), bytes);
    net_free (&net);
    kd_pool_free (pool);
  }
}

typedef struct {
  Net nets[4];
  int step;
} Runs;

static void
run_chunk (void *data, int chunk, void *scratch)
{
  (void) scratch;
  Runs *runs = data;
  net_step (&runs->nets[chunk], runs->step);
}

/* Whole runs as chunks of the pool that each of them would split its operations over, as a session does it: each must come out
 * as if it were alone. */
static void
test_whole_runs_on_workers (void)
{
  KdPool *one = kd_pool_new (1), *pool = kd_pool_new (4);
  Net alone = net_new (one);
  Runs runs = { .step = 0 };
  for (int i = 0; i < 4; i++)
    runs.nets[i] = net_new (pool);
  for (int step = 1; step <= 5; step++) {
    net_step (&alone, step);
    runs.step = step;
    kd_parallel_for (pool, 4, run_chunk, &runs);
  }
  const size_t bytes = kd_params_size (alone.params) * sizeof (kd_real);
  for (int i = 0; i < 4; i++) {
    g_assert_cmpmem (kd_params_values (alone.params), bytes, kd_params_values (runs.nets[i].params),
                     bytes);
    net_free (&runs.nets[i]);
  }
  net_free (&alone);
  kd_pool_free (one);
  kd_pool_free (pool);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_true (kd_blas_init (NULL));
  g_test_add_func ("/tape/step/allocates-nothing", test_no_allocation);
  g_test_add_func ("/tape/step/lowers-the-loss", test_learns);
  g_test_add_func ("/tape/step/same-bits-for-any-number-of-workers", test_same_bits);
  g_test_add_func ("/tape/step/whole-runs-on-workers", test_whole_runs_on_workers);
  return g_test_run ();
}
