/* SPDX-License-Identifier: MIT */

/*
 * Each convolution of the teacher and of the small student, pass by pass, then a training step of each by kind of
 * operation; batch 8, 128x128, with 1 worker and with all. Medians, in turn; the frozen teacher has a forward pass only.
 */
#include "engine/detector/detector.h"
#include "engine/tape/graph.h"
#include "engine/tape/kernels/conv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 8, SIDE = 128, CLASSES = 8, WARM_UPS = 3, REPEATS = 15, MAX_OPS = 64 };

static const KdDetectorConfig *
config_of (const char *kind)
{
  static KdDetectorConfig config;
  config = (KdDetectorConfig){
    .kind = kd_detector_kind_find (kind), .image = { SIDE, SIDE }, .anchors = 3, .classes = CLASSES
  };
  return &config;
}

static void
draw_values (KdNode *node, uint64_t stream)
{
  KdRandom random = kd_random (1, stream);
  kd_real *values = kd_node_value (node);
  for (size_t i = 0; i < kd_shape_count (kd_node_shape (node)); i++)
    values[i] = (kd_real) kd_random_normal (&random);
}

static int
compare_doubles (const void *a, const void *b)
{
  const double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

static double
median (double *values, int n)
{
  qsort (values, (size_t) n, sizeof *values, compare_doubles);
  return values[n / 2];
}

/* ---- layer by layer ------------------------------------------------------------------------------- */

typedef struct {
  KdShape in, weight;
  int stride, padding;
  bool to_pixels; /* the first layer: nobody wants the gradient of the image */
  int count;      /* layers of this shape */
} Layer;

static bool
same_layer (const Layer *a, const Layer *b)
{
  return kd_shape_equal (a->in, b->in) && kd_shape_equal (a->weight, b->weight) &&
         a->stride == b->stride && a->padding == b->padding;
}

static GArray *
layers_new (const char *kind)
{
  GArray *layers = g_array_new (FALSE, FALSE, sizeof (Layer));
  KdGraph *graph = kd_graph_new (kind);
  KdParams *params = kd_params_new ();
  KdNode *image = kd_input (graph, "image", kd_shape (BATCH, 3, SIDE, SIDE), KD_TYPE_REAL);
  KdDetectorOutputs outputs;
  kd_detector_build (graph, params, "", config_of (kind), KD_PARAM_DEFAULT, image, &outputs);
  for (int i = 0; i < kd_graph_size (graph); i++) {
    const KdNode *node = kd_graph_node (graph, i);
    if (!node->op || !g_str_equal (node->op->name, "conv2d"))
      continue;
    const KdConv *conv = node->attributes;
    const Layer layer = { .in = node->inputs[0]->shape,
                          .weight = node->inputs[1]->shape,
                          .stride = conv->stride,
                          .padding = conv->padding,
                          .to_pixels = node->inputs[0] == image,
                          .count = 1 };
    bool known = false;
    for (guint k = 0; k < layers->len && !known; k++) {
      Layer *other = &g_array_index (layers, Layer, k);
      known = same_layer (other, &layer);
      other->count += known;
    }
    if (!known)
      g_array_append_val (layers, layer);
  }
  kd_graph_free (graph);
  kd_params_free (params);
  return layers;
}

typedef enum { FORWARD, DATA, WEIGHTS, N_PASSES } Pass;
static const char *const pass_titles[N_PASSES] = { "forward", "data", "weights" };

/* One layer alone, such that only @pass has work to do on the way back. */
typedef struct {
  KdPool *pool;
  KdParams *params;
  KdGraph *graph;
  KdNode *root;
  Pass pass;
  double seconds[REPEATS];
} Bench;

static void
bench_init (Bench *bench, const Layer *layer, Pass pass, bool frozen, KdPool *pool)
{
  *bench = (Bench){ .pool = pool, .params = kd_params_new (), .pass = pass };
  KdGraph *graph = bench->graph = kd_graph_new ("layer");
  KdNode *x = kd_input (graph, "x", layer->in, KD_TYPE_REAL);
  if (pass == DATA)
    kd_node_want_gradient (x);
  KdNode *weight =
      kd_param (graph, bench->params, "weight", layer->weight, KD_AXES_NCHW,
                (KdInit){ KD_INIT_NORMAL, 0.05 }, frozen ? KD_PARAM_FROZEN : KD_PARAM_DEFAULT);
  if (pass == DATA)
    weight = kd_detach (graph, weight);
  bench->root = kd_sum (graph, kd_conv2d (graph, x, weight, NULL, layer->stride, layer->padding),
                        KD_AXES_NCHW);
  kd_graph_compile (graph, pool,
                    &(KdCompile){ .roots = &bench->root,
                                  .n_roots = 1,
                                  .param_gradients = KD_PARAM_GRADIENTS_SHARED });
  kd_params_init (bench->params, 1);
  draw_values (x, 2);
}

static void
bench_clear (Bench *bench)
{
  kd_graph_free (bench->graph);
  kd_params_free (bench->params);
}

static KdOpTime
conv_time (const KdGraph *graph)
{
  KdOpTime times[MAX_OPS];
  const int n = MIN (kd_graph_op_times (graph, times, MAX_OPS), MAX_OPS);
  for (int i = 0; i < n; i++) {
    if (g_str_equal (times[i].op, "conv2d"))
      return times[i];
  }
  return (KdOpTime){ 0 };
}

static double
bench_once (Bench *bench)
{
  kd_graph_set_profiling (bench->graph, true);
  kd_graph_forward (bench->graph, NULL);
  if (bench->pass != FORWARD)
    kd_graph_backward (bench->graph, bench->root, NULL, 0);
  const KdOpTime time = conv_time (bench->graph);
  return bench->pass == FORWARD ? time.forward_s : time.backward_s;
}

static double
gflop_of (const Layer *layer)
{
  const int side = (layer->in.h + 2 * layer->padding - layer->weight.h) / layer->stride + 1;
  return 2e-9 * BATCH * side * side * (double) kd_shape_count (layer->weight);
}

/* Seconds of one pass of @layer with each of @pools, measured in turn. */
static void
time_layer (const Layer *layer, Pass pass, bool frozen, KdPool *const pools[2], double seconds[2])
{
  Bench benches[2];
  for (int p = 0; p < 2; p++)
    bench_init (&benches[p], layer, pass, frozen, pools[p]);
  for (int i = -WARM_UPS; i < REPEATS; i++)
    for (int p = 0; p < 2; p++)
      benches[p].seconds[MAX (i, 0)] = bench_once (&benches[p]);
  for (int p = 0; p < 2; p++) {
    seconds[p] = median (benches[p].seconds, REPEATS);
    bench_clear (&benches[p]);
  }
}

static void
print_layers (const char *kind, bool frozen, KdPool *const pools[2])
{
  const int passes = frozen ? 1 : N_PASSES;
  printf ("\n%s: ms and GFLOP/s of each layer with 1 and %d workers\n%-30s %5s", kind,
          kd_pool_workers (pools[1]), "input, weights, stride", "times");
  for (int pass = 0; pass < passes; pass++)
    printf (" | %-27s", pass_titles[pass]);
  double sum_s[N_PASSES][2] = { { 0 } }, sum_gflop[N_PASSES] = { 0 };
  g_autoptr (GArray) layers = layers_new (kind);
  for (guint i = 0; i < layers->len; i++) {
    const Layer *layer = &g_array_index (layers, Layer, i);
    char title[64];
    snprintf (title, sizeof title, "%dx%dx%d, %d->%d %dx%d, %d", BATCH, layer->in.h, layer->in.w,
              layer->weight.c, layer->weight.n, layer->weight.h, layer->weight.w, layer->stride);
    printf ("\n%-30s %5d", title, layer->count);
    for (int pass = 0; pass < passes; pass++) {
      if (layer->to_pixels && pass == DATA) {
        printf (" | %27s", "");
        continue;
      }
      const double gflop = gflop_of (layer);
      double seconds[2];
      time_layer (layer, (Pass) pass, frozen, pools, seconds);
      printf (" | %6.3f %5.0f  %6.3f %5.0f ", 1e3 * seconds[0], gflop / seconds[0],
              1e3 * seconds[1], gflop / seconds[1]);
      for (int p = 0; p < 2; p++)
        sum_s[pass][p] += layer->count * seconds[p];
      sum_gflop[pass] += layer->count * gflop;
    }
    fflush (stdout);
  }
  printf ("\n%-36s", "all");
  for (int pass = 0; pass < passes; pass++)
    printf (" | %6.2f %5.0f  %6.2f %5.0f ", 1e3 * sum_s[pass][0], sum_gflop[pass] / sum_s[pass][0],
            1e3 * sum_s[pass][1], sum_gflop[pass] / sum_s[pass][1]);
  printf ("\n");
}

/* ---- a training step by kind of operation -------------------------------------------------------- */

static void
draw_targets (const KdTargets *targets)
{
  KdRandom random = kd_random (1, 3);
  const int live = 4 * BATCH;
  for (int i = 0; i < live; i++) {
    kd_real *box = kd_node_value (targets->boxes) + (size_t) i * 4;
    for (int k = 0; k < 2; k++) {
      box[k] = (kd_real) kd_random_uniform (&random, 0, 0.6 * SIDE);
      box[2 + k] = box[k] + (kd_real) kd_random_uniform (&random, 12, 0.4 * SIDE);
    }
    kd_node_ints (targets->labels)[i] = kd_random_int (&random, 0, CLASSES - 1);
    kd_node_ints (targets->images)[i] = i % BATCH;
  }
  kd_node_set_live_rows (targets->boxes, live);
  kd_node_set_live_rows (targets->labels, live);
  kd_node_set_live_rows (targets->images, live);
}

static int
compare_op_times (const void *a, const void *b)
{
  const KdOpTime *x = a, *y = b;
  const double s = x->forward_s + x->backward_s, t = y->forward_s + y->backward_s;
  return (s < t) - (s > t);
}

static void
print_step (const char *kind, KdPool *pool)
{
  KdGraph *graph = kd_graph_new (kind);
  KdParams *params = kd_params_new ();
  const KdDetectorConfig *config = config_of (kind);
  KdNode *image = kd_input (graph, "image", kd_shape (BATCH, 3, SIDE, SIDE), KD_TYPE_REAL);
  const KdTargets targets = kd_targets_new (graph, 16 * BATCH);
  const KdDetectionLossConfig loss_config = kd_detection_loss_default ();
  KdDetectorOutputs outputs;
  kd_detector_build (graph, params, "", config, KD_PARAM_DEFAULT, image, &outputs);
  const KdDetectionLoss loss =
      kd_detection_loss_build (graph, config, &loss_config, &outputs, &targets);
  kd_graph_compile (graph, pool,
                    &(KdCompile){ .roots = &loss.total,
                                  .n_roots = 1,
                                  .param_gradients = KD_PARAM_GRADIENTS_SHARED });
  kd_params_init (params, 1);
  draw_values (image, 4);
  draw_targets (&targets);

  double forward[REPEATS], backward[REPEATS];
  for (int i = -WARM_UPS; i < REPEATS; i++) {
    if (i == 0)
      kd_graph_set_profiling (graph, true);
    const double start = kd_now_s ();
    kd_graph_forward (graph, NULL);
    const double middle = kd_now_s ();
    kd_params_zero_gradients (params);
    kd_graph_backward (graph, loss.total, NULL, 0);
    forward[MAX (i, 0)] = middle - start;
    backward[MAX (i, 0)] = kd_now_s () - middle;
  }
  KdOpTime times[MAX_OPS];
  const int n = MIN (kd_graph_op_times (graph, times, MAX_OPS), MAX_OPS);
  qsort (times, (size_t) n, sizeof *times, compare_op_times);
  printf ("\n%s, %d workers: forward %.2f ms, backward %.2f ms (medians)\n%-16s %5s %10s %10s\n",
          kind, kd_pool_workers (pool), 1e3 * median (forward, REPEATS),
          1e3 * median (backward, REPEATS), "operation", "nodes", "forward ms", "backw. ms");
  for (int i = 0; i < n; i++) {
    const double per_ms = 1e3 / REPEATS;
    if (times[i].forward_s + times[i].backward_s > 1e-6 * REPEATS)
      printf ("%-16s %5d %10.3f %10.3f\n", times[i].op, times[i].calls / REPEATS,
              times[i].forward_s * per_ms, times[i].backward_s * per_ms);
  }
  kd_graph_free (graph);
  kd_params_free (params);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  if (!kd_blas_init (&error)) {
    fprintf (stderr, "bench-tape: %s\n", error->message);
    return 1;
  }
  const int workers = argc > 1 ? atoi (argv[1]) : (int) g_get_num_processors ();
  if (workers < 1 || argc > 2) {
    fprintf (stderr, "usage: bench-tape [WORKERS]\n");
    return 2;
  }
  KdPool *const pools[2] = { kd_pool_new (1), kd_pool_new (workers) };
  print_layers ("teacher", true, pools);
  print_layers ("small", false, pools);
  for (int p = 0; p < 2; p++) {
    print_step ("teacher", pools[p]);
    print_step ("small", pools[p]);
  }
  for (int p = 0; p < 2; p++)
    kd_pool_free (pools[p]);
  return 0;
}
