/* SPDX-License-Identifier: MIT */
#include "engine/detector/detector.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#ifdef KD_REAL_IS_DOUBLE
#define TOLERANCE 1e-10 /* of an array's largest value */
#else
#define TOLERANCE 1e-4
#endif

static const char *reference_path;

/* The network of tests/tools/detector-reference.py. */
static const KdDetectorKind kind = { "test",         "Test",   { 4, 8, 8, 16 },
                                     { 2, 1, 1, 1 }, .fpn = 8, .towers = 2 };
static const KdDetectorConfig config = {
  .kind = &kind, .image = { .height = 32, .width = 64 }, .anchors = 3, .classes = 3
};
enum { N_IMAGES = 2 };

/* ---- a safetensors file, read as plainly as can be: data/ has no double build -------------------- */

typedef struct {
  GBytes *bytes;
  JsonParser *parser;
  JsonObject *header;
  const char *data;
} Reference;

static void
reference_init (Reference *reference)
{
  g_autoptr (GError) error = NULL;
  char *contents;
  gsize size;
  g_file_get_contents (reference_path, &contents, &size, &error);
  g_assert_no_error (error);
  reference->bytes = g_bytes_new_take (contents, size);
  uint64_t length;
  memcpy (&length, contents, sizeof length);
  reference->parser = json_parser_new ();
  json_parser_load_from_data (reference->parser, contents + 8, (gssize) length, &error);
  g_assert_no_error (error);
  reference->header = json_node_get_object (json_parser_get_root (reference->parser));
  reference->data = contents + 8 + length;
}

static void
reference_clear (Reference *reference)
{
  g_object_unref (reference->parser);
  g_bytes_unref (reference->bytes);
}

/* Any type, as an array of doubles in a file's order. */
static KdArray *
reference_array (const Reference *reference, const char *name)
{
  JsonObject *entry = json_object_get_object_member (reference->header, name);
  if (!entry)
    g_error ("%s is not in the reference", name);
  const char *dtype = json_object_get_string_member (entry, "dtype");
  JsonArray *shape = json_object_get_array_member (entry, "shape");
  int64_t dims[KD_ARRAY_MAX_RANK];
  for (guint i = 0; i < json_array_get_length (shape); i++)
    dims[i] = json_array_get_int_element (shape, i);
  const char *data = reference->data + json_array_get_int_element (
                                           json_object_get_array_member (entry, "data_offsets"), 0);
  KdArray *array = kd_array_new (name, KD_DTYPE_F64, (int) json_array_get_length (shape), dims);
  for (size_t i = 0; i < kd_array_count (array); i++) {
    double value = 0;
    if (g_str_equal (dtype, "F64"))
      memcpy (&value, data + 8 * i, 8);
    else if (g_str_equal (dtype, "F32")) {
      float single;
      memcpy (&single, data + 4 * i, 4);
      value = (double) single;
    } else {
      int32_t integer;
      memcpy (&integer, data + 4 * i, 4);
      value = integer;
    }
    ((double *) array->data)[i] = value;
  }
  return array;
}

static void
reference_load (const Reference *reference, const char *name, KdShape shape, kd_real *values)
{
  g_autoptr (KdArray) array = reference_array (reference, name);
  kd_array_to_values (array, shape, values);
}

static void
reference_load_ints (const Reference *reference, const char *name, int32_t *values)
{
  g_autoptr (KdArray) array = reference_array (reference, name);
  for (size_t i = 0; i < kd_array_count (array); i++)
    values[i] = (int32_t) kd_array_get (array, i);
}

static void
assert_agrees (const Reference *reference, const char *name, KdShape shape, const kd_real *values)
{
  const size_t count = kd_shape_count (shape);
  g_autofree kd_real *expected = g_new (kd_real, count);
  reference_load (reference, name, shape, expected);
  double largest = 0, worst = 0;
  for (size_t i = 0; i < count; i++) {
    largest = fmax (largest, fabs ((double) expected[i]));
    worst = fmax (worst, fabs ((double) expected[i] - (double) values[i]));
  }
  g_test_message ("%s: off by %.1e of its largest value", name, worst / largest);
  g_assert_cmpfloat (largest, >, 0);
  g_assert_cmpfloat (worst, <=, TOLERANCE * largest);
}

/* ---- the network under test ------------------------------------------------------------------------- */

typedef struct {
  KdPool *pool;
  KdParams *params;
  KdGraph *graph;
  KdNode *image;
  KdTargets targets;
  KdDetectorOutputs out;
  KdDetectionLoss loss;
} Network;

static void
network_init (Network *network)
{
  network->pool = kd_pool_new (2);
  network->params = kd_params_new ();
  network->graph = kd_graph_new ("network");
  KdGraph *g = network->graph;
  network->image = kd_input (g, "image", kd_shape (N_IMAGES, 3, 32, 64), KD_TYPE_REAL);
  network->targets = kd_targets_new (g, 16);
  kd_detector_build (g, network->params, "", &config, KD_PARAM_DEFAULT, network->image,
                     &network->out);
  const KdDetectionLossConfig loss = kd_detection_loss_default ();
  network->loss = kd_detection_loss_build (g, &config, &loss, &network->out, &network->targets);
  KdNode *keeps[5 * KD_DETECTOR_LEVELS + 1] = { network->loss.positives };
  for (int l = 0; l < KD_DETECTOR_LEVELS; l++) {
    KdNode *level[] = { network->out.feature[l], network->out.cls[l], network->out.reg[l],
                        network->out.clsfeat[l], network->out.regfeat[l] };
    memcpy (keeps + 1 + 5 * l, level, sizeof level);
  }
  kd_graph_compile (g, network->pool,
                    &(KdCompile){ .roots = &network->loss.total,
                                  .n_roots = 1,
                                  .keeps = keeps,
                                  .n_keeps = G_N_ELEMENTS (keeps),
                                  .param_gradients = KD_PARAM_GRADIENTS_SHARED });
}

static void
network_clear (Network *network)
{
  kd_graph_free (network->graph);
  kd_params_free (network->params);
  kd_pool_free (network->pool);
}

static void
network_load (Network *network, const Reference *reference)
{
  for (int i = 0; i < kd_params_count (network->params); i++) {
    const KdParam *param = kd_params_at (network->params, i);
    reference_load (reference, param->name, param->shape, param->value);
  }
  kd_params_touch (network->params);
  reference_load (reference, "image", kd_node_shape (network->image),
                  kd_node_value (network->image));
  g_autoptr (KdArray) boxes = reference_array (reference, "gt_boxes");
  const int n_boxes = (int) boxes->dims[0];
  kd_array_to_values (boxes, kd_shape (n_boxes, 4, 1, 1), kd_node_value (network->targets.boxes));
  reference_load_ints (reference, "gt_labels", kd_node_ints (network->targets.labels));
  reference_load_ints (reference, "gt_image", kd_node_ints (network->targets.images));
  kd_node_set_live_rows (network->targets.boxes, n_boxes);
  kd_node_set_live_rows (network->targets.labels, n_boxes);
  kd_node_set_live_rows (network->targets.images, n_boxes);
}

static void
assert_node_agrees (const Reference *reference, const char *name, int level, KdNode *node)
{
  g_autofree char *array = g_strdup_printf ("%s.%d", name, level);
  assert_agrees (reference, array, kd_node_shape (node), kd_node_value (node));
}

static void
test_agrees_with_pytorch (void)
{
  Reference reference;
  reference_init (&reference);
  Network network;
  network_init (&network);
  network_load (&network, &reference);
  kd_graph_forward (network.graph, NULL);
  for (int l = 0; l < KD_DETECTOR_LEVELS; l++) {
    assert_node_agrees (&reference, "feature", l, network.out.feature[l]);
    assert_node_agrees (&reference, "clsfeat", l, network.out.clsfeat[l]);
    assert_node_agrees (&reference, "regfeat", l, network.out.regfeat[l]);
    assert_node_agrees (&reference, "cls", l, network.out.cls[l]);
    assert_node_agrees (&reference, "reg", l, network.out.reg[l]);
  }
  assert_agrees (&reference, "positives", KD_SCALAR_SHAPE, kd_node_value (network.loss.positives));
  assert_agrees (&reference, "loss.cls", KD_SCALAR_SHAPE, kd_node_value (network.loss.cls));
  assert_agrees (&reference, "loss.reg", KD_SCALAR_SHAPE, kd_node_value (network.loss.reg));

  kd_params_zero_gradients (network.params);
  kd_graph_backward (network.graph, network.loss.total, NULL, 0);
  for (int i = 0; i < kd_params_count (network.params); i++) {
    const KdParam *param = kd_params_at (network.params, i);
    g_autofree char *name = g_strconcat ("grad.", param->name, NULL);
    assert_agrees (&reference, name, param->shape, param->gradient);
  }
  network_clear (&network);
  reference_clear (&reference);
}

#ifdef KD_REAL_IS_DOUBLE
/* d loss / d parameter against (loss (p + h) - loss (p - h)) / 2h, for three values of every parameter. */
static void
test_gradient_is_the_slope (void)
{
  Network network;
  network_init (&network);
  kd_params_init (network.params, 11);
  KdRandom random = kd_random (12, 0);
  for (size_t i = 0; i < kd_shape_count (kd_node_shape (network.image)); i++)
    kd_node_value (network.image)[i] = kd_random_normal (&random);
  const double boxes[] = { 3, 4, 22, 21, 30, 2, 60, 30, 11, 8, 30, 25 };
  memcpy (kd_node_value (network.targets.boxes), boxes, sizeof boxes);
  memcpy (kd_node_ints (network.targets.labels), (const int32_t[]){ 0, 2, 1 }, 12);
  memcpy (kd_node_ints (network.targets.images), (const int32_t[]){ 0, 0, 1 }, 12);
  kd_node_set_live_rows (network.targets.boxes, 3);
  kd_node_set_live_rows (network.targets.labels, 3);
  kd_node_set_live_rows (network.targets.images, 3);

  kd_graph_forward (network.graph, NULL);
  kd_params_zero_gradients (network.params);
  kd_graph_backward (network.graph, network.loss.total, NULL, 0);
  for (int i = 0; i < kd_params_count (network.params); i++) {
    const KdParam *param = kd_params_at (network.params, i);
    for (int trial = 0; trial < 3; trial++) {
      const int at = kd_random_int (&random, 0, (int) kd_shape_count (param->shape) - 1);
      const double value = param->value[at], h = 1e-6;
      double loss[2];
      for (int side = 0; side < 2; side++) {
        param->value[at] = value + (side ? h : -h);
        kd_params_touch (network.params);
        kd_graph_forward (network.graph, NULL);
        loss[side] = kd_node_scalar (network.loss.total);
      }
      param->value[at] = value;
      const double slope = (loss[1] - loss[0]) / (2 * h);
      g_test_message ("%s[%d]: %g, slope %g", param->name, at, param->gradient[at], slope);
      g_assert_cmpfloat_with_epsilon (param->gradient[at], slope, 1e-6 * fmax (1, fabs (slope)));
    }
  }
  network_clear (&network);
}
#endif

static double
deviation (const KdParams *params, const char *name)
{
  const KdParam *param = kd_params_find (params, name);
  const size_t count = kd_shape_count (param->shape);
  double sum = 0;
  for (size_t i = 0; i < count; i++)
    sum += (double) param->value[i] * (double) param->value[i];
  return sqrt (sum / (double) count);
}

static void
test_initial_values (void)
{
  KdPool *pool = kd_pool_new (1);
  KdParams *params = kd_params_new ();
  KdGraph *g = kd_graph_new ("network");
  KdNode *image = kd_input (g, "image", kd_shape (1, 3, 32, 32), KD_TYPE_REAL);
  KdDetectorOutputs out;
  const KdDetectorConfig teacher = { .kind = kd_detector_kind_find ("teacher"),
                                     .image = { .height = 32, .width = 32 },
                                     .anchors = 3,
                                     .classes = 8 };
  kd_detector_build (g, params, "t.", &teacher, KD_PARAM_FROZEN, image, &out);
  kd_graph_compile (g, pool, &(KdCompile){ .keeps = &out.cls[0], .n_keeps = 1 });
  kd_params_init (params, 1);
  /* He: sqrt (2 / (out * k * k)). */
  g_assert_cmpfloat_with_epsilon (deviation (params, "t.stage4.1.conv2.weight"),
                                  sqrt (2.0 / (256 * 9)), 1e-4);
  g_assert_cmpfloat_with_epsilon (deviation (params, "t.stage3.0.proj.weight"), sqrt (2.0 / 128),
                                  3e-3);
  g_assert_cmpfloat_with_epsilon (deviation (params, "t.head.cls_out.weight"), 0.01, 5e-4);
  g_assert_cmpfloat_with_epsilon (deviation (params, "t.head.reg_out.weight"), 0.01, 5e-4);
  g_assert_cmpfloat_with_epsilon (deviation (params, "t.head.cls_out.bias"), log (99), 1e-6);
  g_assert_cmpfloat (deviation (params, "t.stem_norm.weight"), ==, 1);
  g_assert_cmpfloat (deviation (params, "t.neck.smooth.2.bias"), ==, 0);
  g_assert_null (kd_params_find (params, "t.stage1.1.proj.weight"));
  for (int i = 0; i < kd_params_count (params); i++) {
    const KdParam *param = kd_params_at (params, i);
    g_assert_true (param->flags & KD_PARAM_FROZEN);
    g_assert_cmpint (!!(param->flags & KD_PARAM_NO_DECAY), ==, param->axes == KD_AXIS_C);
  }
  kd_graph_free (g);
  kd_params_free (params);
  kd_pool_free (pool);
}

/* FLOP of an image of 128x128 and number of parameters as PyTorch counts them in the yardstick's networks. */
static void
test_kinds_have_the_stated_size (void)
{
  const struct {
    const char *id;
    double flop;
    size_t parameters;
  } stated[] = { { "teacher", 427466752, 3104260 }, { "small", 74371072, 390228 } };
  for (size_t i = 0; i < G_N_ELEMENTS (stated); i++) {
    KdPool *pool = kd_pool_new (1);
    KdParams *params = kd_params_new ();
    KdGraph *g = kd_graph_new ("network");
    KdNode *image = kd_input (g, "image", kd_shape (1, 3, 128, 128), KD_TYPE_REAL);
    KdDetectorOutputs out;
    const KdDetectorConfig whole = { .kind = kd_detector_kind_find (stated[i].id),
                                     .image = { .height = 128, .width = 128 },
                                     .anchors = 3,
                                     .classes = 8 };
    kd_detector_build (g, params, "", &whole, KD_PARAM_DEFAULT, image, &out);
    KdNode *keeps[] = { out.cls[0], out.cls[1], out.cls[2], out.reg[0], out.reg[1], out.reg[2] };
    kd_graph_compile (g, pool, &(KdCompile){ .keeps = keeps, .n_keeps = 6 });
    g_assert_cmpfloat (kd_graph_stats (g).forward_flop, ==, stated[i].flop);
    size_t parameters = 0;
    for (int p = 0; p < kd_params_count (params); p++)
      parameters += kd_shape_count (kd_params_at (params, p)->shape);
    g_assert_cmpuint (parameters, ==, stated[i].parameters);
    kd_graph_free (g);
    kd_params_free (params);
    kd_pool_free (pool);
  }
}

/* The head built again on the same features has the same parameters and the same outputs. */
static void
test_head_alone_is_the_same_head (void)
{
  KdPool *pool = kd_pool_new (1);
  KdParams *params = kd_params_new ();
  KdGraph *g = kd_graph_new ("network");
  KdNode *image = kd_input (g, "image", kd_shape (1, 3, 32, 64), KD_TYPE_REAL);
  KdDetectorOutputs whole, head;
  kd_graph_set_prefix (g, "outer.");
  kd_detector_build (g, params, "a.", &config, KD_PARAM_DEFAULT, image, &whole);
  kd_detector_build_head (g, params, "a.", &config, KD_PARAM_DEFAULT, whole.feature, 3, &head);
  g_assert_cmpstr (kd_graph_prefix (g), ==, "outer.");
  KdNode *keeps[] = { whole.cls[1], head.cls[1], whole.reg[2], head.reg[2] };
  kd_graph_compile (g, pool, &(KdCompile){ .keeps = keeps, .n_keeps = 4 });
  kd_params_init (params, 3);
  for (int i = 0; i < 3 * 32 * 64; i++)
    kd_node_value (image)[i] = (kd_real) sin (i);
  kd_graph_forward (g, NULL);
  for (int i = 0; i < 4; i += 2) {
    const size_t size = sizeof (kd_real) * kd_shape_count (kd_node_shape (keeps[i]));
    g_assert_cmpmem (kd_node_value (keeps[i]), size, kd_node_value (keeps[i + 1]), size);
  }
  kd_graph_free (g);
  kd_params_free (params);
  kd_pool_free (pool);
}

/* ---- receptive fields ---------------------------------------------------------------------------------- */

#define AXIS_PX 256

/* Which cells of one axis see something: 3 wide, padded by 1. */
static int
spread (const bool *in, int n, int stride, bool *out)
{
  const int n_out = n / stride;
  for (int x = 0; x < n_out; x++) {
    out[x] = false;
    for (int k = -1; k <= 1; k++)
      out[x] |= x * stride + k >= 0 && x * stride + k < n && in[x * stride + k];
  }
  return n_out;
}

/* What sees pixel @p, layer by layer as the network is written down: stem, stages of residual blocks, neck. */
static void
light (const KdDetectorKind *network, int p, bool seen[KD_DETECTOR_LEVELS][AXIS_PX])
{
  bool a[AXIS_PX] = { false }, b[AXIS_PX], stages[4][AXIS_PX], merged[AXIS_PX];
  a[p] = true;
  int n = spread (a, AXIS_PX, 2, b);
  for (int stage = 0; stage < 4; stage++) {
    for (int block = 0; block < network->blocks[stage]; block++) {
      n = spread (b, n, block == 0 ? 2 : 1, a);
      spread (a, n, 1, b);
    }
    memcpy (stages[stage], b, sizeof b);
  }
  for (int l = KD_DETECTOR_LEVELS - 1; l >= 0; l--) {
    const int cells = AXIS_PX / kd_detector_strides[l];
    for (int x = cells - 1; x >= 0;
         x--) /* from the far end: a parent is read before it is written */
      merged[x] = stages[l + 1][x] || (l + 1 < KD_DETECTOR_LEVELS && merged[x / 2]);
    spread (merged, cells, 1, seen[l]);
  }
}

static void
test_receptive_boxes (void)
{
  int n_kinds;
  const KdDetectorKind *kinds = kd_detector_kinds (&n_kinds);
  for (int i = 0; i < n_kinds; i++) {
    g_assert_true (kd_detector_kind_of_features (kinds[i].fpn) == &kinds[i]);
    int low[KD_DETECTOR_LEVELS][AXIS_PX], high[KD_DETECTOR_LEVELS][AXIS_PX];
    memset (high, 0, sizeof high);
    for (int p = 0; p < AXIS_PX; p++) {
      bool seen[KD_DETECTOR_LEVELS][AXIS_PX];
      light (&kinds[i], p, seen);
      for (int l = 0; l < KD_DETECTOR_LEVELS; l++)
        for (int x = 0; x < AXIS_PX / kd_detector_strides[l]; x++) {
          if (!seen[l][x])
            continue;
          if (!high[l][x])
            low[l][x] = p;
          high[l][x] = p + 1;
        }
    }
    for (int l = 0; l < KD_DETECTOR_LEVELS; l++)
      for (int x = 0; x < AXIS_PX / kd_detector_strides[l]; x++) {
        const KdBox box = kd_detector_receptive_box (&kinds[i], l, x, 0);
        g_assert_cmpfloat (MAX (box.x1, 0), ==, low[l][x]);
        g_assert_cmpfloat (MIN (box.x2, AXIS_PX), ==, high[l][x]);
      }
  }
  g_assert_null (kd_detector_kind_of_features (3));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autoptr (GError) error = NULL;
  kd_blas_init (&error);
  g_assert_no_error (error);
  g_assert_cmpint (argc, ==, 2);
  reference_path = argv[1];
  g_test_add_func ("/detector/network/agrees-with-pytorch", test_agrees_with_pytorch);
#ifdef KD_REAL_IS_DOUBLE
  g_test_add_func ("/detector/network/gradient-is-the-slope", test_gradient_is_the_slope);
#endif
  g_test_add_func ("/detector/network/receptive-boxes", test_receptive_boxes);
  g_test_add_func ("/detector/network/initial-values", test_initial_values);
  g_test_add_func ("/detector/network/kinds-have-the-stated-size", test_kinds_have_the_stated_size);
  g_test_add_func ("/detector/network/head-alone-is-the-same-head",
                   test_head_alone_is_the_same_head);
  return g_test_run ();
}
