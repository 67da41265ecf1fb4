/* SPDX-License-Identifier: MIT */

/*
 * Fused operations against the composition of plain ones that they replace, values and gradients, and the operations on maps
 * against plain loops.
 */
#include "engine/tape/tape.h"

#include <math.h>
#include <string.h>

#define MAX_INPUTS 4

typedef KdNode *(*Build) (KdGraph *g, KdNode *const *in);

/* ---- two ways to the same values and gradients ---------------------------------------------------- */

typedef struct {
  const char *what;
  KdShape shapes[MAX_INPUTS]; /* n = 0: no more */
  double low, high;           /* of the values drawn */
  unsigned constants;         /* bit i: input i gets no gradient */
  Build fused, composed;
} Pair;

/* A scalar that depends on every element of @y in its own way. */
static KdNode *
weighted_sum (KdGraph *g, KdNode *y)
{
  const KdShape shape = kd_node_shape (y);
  const size_t count = kd_shape_count (shape);
  g_autofree kd_real *weights = g_new (kd_real, count);
  KdRandom random = kd_random (3, 1);
  for (size_t i = 0; i < count; i++)
    weights[i] = (kd_real) kd_random_uniform (&random, 0.5, 1.5);
  return kd_sum (g, kd_mul (g, y, kd_constant (g, "weights", shape, weights)), KD_AXES_NCHW);
}

static void
assert_near (const char *what, const kd_real *fused, const kd_real *composed, size_t count)
{
  double largest = 0;
  for (size_t i = 0; i < count; i++)
    largest = fmax (largest, fabs ((double) composed[i]));
  for (size_t i = 0; i < count; i++) {
    if (!(fabs ((double) fused[i] - (double) composed[i]) <= 1e-5 * largest))
      g_error ("%s: index %zu is %g, composed %g (largest %g)", what, i, (double) fused[i],
               (double) composed[i], largest);
  }
}

static void
test_pair (const void *data)
{
  const Pair *pair = data;
  KdPool *pool = kd_pool_new (2);
  KdGraph *g = kd_graph_new (pair->what);
  KdRandom random = kd_random (5, kd_hash_string (pair->what));
  KdNode *in[MAX_INPUTS] = { NULL };
  int n_inputs = 0;
  for (; n_inputs < MAX_INPUTS && pair->shapes[n_inputs].n > 0; n_inputs++) {
    KdNode *input = in[n_inputs] = kd_input (g, "input", pair->shapes[n_inputs], KD_TYPE_REAL);
    for (size_t i = 0; i < kd_shape_count (pair->shapes[n_inputs]); i++)
      kd_node_value (input)[i] = (kd_real) kd_random_uniform (&random, pair->low, pair->high);
    if (!(pair->constants >> n_inputs & 1))
      kd_node_want_gradient (input);
  }
  KdNode *nodes[2] = { pair->fused (g, in), pair->composed (g, in) };
  KdNode *roots[2] = { weighted_sum (g, nodes[0]), weighted_sum (g, nodes[1]) };
  kd_graph_compile (g, pool, &(KdCompile){ .roots = roots, .n_roots = 2 });
  kd_graph_forward (g, NULL);
  g_assert_true (kd_shape_equal (kd_node_shape (nodes[0]), kd_node_shape (nodes[1])));
  assert_near (pair->what, kd_node_value (nodes[0]), kd_node_value (nodes[1]),
               kd_shape_count (kd_node_shape (nodes[0])));

  kd_real *gradients[MAX_INPUTS] = { NULL };
  for (int way = 0; way < 2; way++) {
    kd_graph_backward (g, roots[way], NULL, 0);
    for (int i = 0; i < n_inputs; i++) {
      const size_t count = kd_shape_count (pair->shapes[i]);
      if (pair->constants >> i & 1)
        continue;
      if (way == 0)
        gradients[i] = g_memdup2 (kd_node_gradient (in[i]), count * sizeof (kd_real));
      else
        assert_near (pair->what, gradients[i], kd_node_gradient (in[i]), count);
    }
  }
  for (int i = 0; i < n_inputs; i++)
    g_free (gradients[i]);
  kd_graph_free (g);
  kd_pool_free (pool);
}

#define WAY(name, call)                                                                            \
  static KdNode *name (KdGraph *g, KdNode *const *in)                                              \
  {                                                                                                \
    return call;                                                                                   \
  }

/* weight * (a-b)^2 */
static KdNode *
squares (KdGraph *g, KdNode *const *in)
{
  return kd_square (g, kd_sub (g, in[0], in[1]));
}

WAY (sse, kd_weighted_sse (g, in[0], in[1], NULL, NULL))
WAY (sse_plain, kd_sum (g, squares (g, in), KD_AXES_NCHW))
WAY (sse_spatial, kd_weighted_sse (g, in[0], in[1], in[2], NULL))
WAY (sse_channel, kd_weighted_sse (g, in[0], in[1], NULL, in[2]))
WAY (sse_one_weight, kd_sum (g, kd_mul (g, squares (g, in), in[2]), KD_AXES_NCHW))
WAY (sse_both, kd_weighted_sse (g, in[0], in[1], in[2], in[3]))
WAY (sse_both_plain,
     kd_sum (g, kd_mul (g, kd_mul (g, squares (g, in), in[2]), in[3]), KD_AXES_NCHW))
WAY (map_both, kd_weighted_sse_map (g, in[0], in[1], in[2], in[3]))
WAY (map_both_plain, kd_sum (g, kd_mul (g, kd_mul (g, squares (g, in), in[2]), in[3]), KD_AXIS_C))
WAY (abs_c, kd_abs_mean (g, in[0], KD_AXIS_C))
WAY (abs_c_plain, kd_mean (g, kd_abs (g, in[0]), KD_AXIS_C))
WAY (abs_hw, kd_abs_mean (g, in[0], KD_AXES_HW))
WAY (abs_hw_plain, kd_mean (g, kd_abs (g, in[0]), KD_AXES_HW))
WAY (pooled, kd_weighted_pool (g, in[0], in[1]))
WAY (pooled_plain, kd_sum (g, kd_mul (g, in[0], in[1]), KD_AXES_HW))

/* softplus (z) = -log (sigmoid (-z)), good enough for moderate z */
static KdNode *
softplus (KdGraph *g, KdNode *z)
{
  return kd_scale (g, kd_log (g, kd_sigmoid (g, kd_scale (g, z, -1))), -1);
}

static KdNode *
one_minus (KdGraph *g, KdNode *x)
{
  return kd_shift (g, kd_scale (g, x, -1), 1);
}

WAY (bce, kd_bce_with_logits (g, in[0], in[1]))

static KdNode *
bce_plain (KdGraph *g, KdNode *const *in)
{
  return kd_add (g, kd_mul (g, in[1], softplus (g, kd_scale (g, in[0], -1))),
                 kd_mul (g, one_minus (g, in[1]), softplus (g, in[0])));
}

WAY (focal, kd_focal_bce (g, in[0], in[1], in[2], 0.25, 2))

/* alpha_t (1-p_t)^2 BCE, with the square written out */
static KdNode *
focal_plain (KdGraph *g, KdNode *const *in)
{
  KdNode *p = kd_sigmoid (g, in[0]), *t = in[1];
  KdNode *alpha = kd_add (g, kd_scale (g, t, 0.25), kd_scale (g, one_minus (g, t), 0.75));
  KdNode *miss = kd_add (g, kd_mul (g, p, one_minus (g, t)), kd_mul (g, one_minus (g, p), t));
  KdNode *value = kd_mul (g, kd_mul (g, alpha, kd_square (g, miss)), bce_plain (g, in));
  return kd_sum (g, kd_mul (g, value, in[2]), KD_AXES_NCHW);
}

WAY (norm, kd_group_norm (g, in[0], in[1], in[2], 1, 1e-3, in[3], true))

static KdNode *
norm_plain (KdGraph *g, KdNode *const *in)
{
  KdNode *centred = kd_sub (g, in[0], kd_mean (g, in[0], KD_AXES_CHW));
  KdNode *variance = kd_mean (g, kd_square (g, centred), KD_AXES_CHW);
  KdNode *xhat = kd_div (g, centred, kd_sqrt (g, kd_shift (g, variance, 1e-3)));
  KdNode *y = kd_add (g, kd_mul (g, xhat, in[1]), in[2]);
  return kd_relu (g, kd_add (g, y, in[3]));
}

WAY (layer, kd_layer_norm (g, in[0], in[1], in[2], 1e-3))

static KdNode *
layer_plain (KdGraph *g, KdNode *const *in)
{
  KdNode *centred = kd_sub (g, in[0], kd_mean (g, in[0], KD_AXES_CHW));
  KdNode *variance = kd_mean (g, kd_square (g, centred), KD_AXES_CHW);
  KdNode *xhat = kd_div (g, centred, kd_sqrt (g, kd_shift (g, variance, 1e-3)));
  return kd_add (g, kd_mul (g, xhat, in[1]), in[2]);
}

/* The mean of a convolution is the convolution's weights times the nine window means. */
WAY (means, kd_sum (g, kd_mul (g, kd_shift2d_means (g, in[0]), in[1]), KD_AXES_CHW))
WAY (means_plain, kd_mean (g, kd_conv2d (g, in[0], in[1], NULL, 1, 1), KD_AXES_HW))

#define MAP                                                                                        \
  {                                                                                                \
    3, 17, 5, 9                                                                                    \
  }
#define WEIGHTS                                                                                    \
  {                                                                                                \
    3, 1, 5, 9                                                                                     \
  }
#define VECTOR                                                                                     \
  {                                                                                                \
    1, 17, 1, 1                                                                                    \
  }

// clang-format off
static const Pair pairs[] = {
  { "weighted-sse/plain", { MAP, MAP }, -2, 2, 0, sse, sse_plain },
  { "weighted-sse/spatial", { MAP, MAP, WEIGHTS }, -2, 2, 4, sse_spatial, sse_one_weight },
  { "weighted-sse/channel", { MAP, MAP, { 3, 17, 1, 1 } }, -2, 2, 4, sse_channel, sse_one_weight },
  { "weighted-sse/both", { MAP, MAP, WEIGHTS, MAP }, -2, 2, 12, sse_both, sse_both_plain },
  { "weighted-sse/both-repeated", { MAP, MAP, WEIGHTS, { 3, 17, 1, 1 } }, -2, 2, 12, sse_both, sse_both_plain },
  { "weighted-sse-map/both", { MAP, MAP, WEIGHTS, MAP }, -2, 2, 12, map_both, map_both_plain },
  { "abs-mean/channels", { MAP }, -2, 2, 0, abs_c, abs_c_plain },
  { "abs-mean/pixels", { MAP }, -2, 2, 0, abs_hw, abs_hw_plain },
  { "weighted-pool/map", { MAP, WEIGHTS }, -2, 2, 0, pooled, pooled_plain },
  { "bce-with-logits/map", { MAP, MAP }, 0, 1, 2, bce, bce_plain },
  { "focal/map", { MAP, MAP, WEIGHTS }, 0, 1, 6, focal, focal_plain },
  { "group-norm/residual-and-relu", { MAP, VECTOR, VECTOR, MAP }, -2, 2, 0, norm, norm_plain },
  { "layer-norm/map", { MAP, VECTOR, VECTOR }, -2, 2, 0, layer, layer_plain },
  { "shift2d-means/mean-of-a-convolution", { MAP, { 1, 17, 3, 3 } }, -2, 2, 0, means, means_plain },
  { "shift2d-means/one-row", { { 2, 3, 1, 4 }, { 1, 3, 3, 3 } }, -2, 2, 0, means, means_plain },
};
// clang-format on

/* ---- maps against plain loops ----------------------------------------------------------------------- */

/* One operation on one input, run; the graph is kept for the caller to free. */
static KdGraph *
run_one (KdShape shape, const kd_real *x, Build build, KdPool *pool, KdNode **y)
{
  KdGraph *g = kd_graph_new ("one");
  KdNode *input = kd_input (g, "x", shape, KD_TYPE_REAL);
  memcpy (kd_node_value (input), x, kd_shape_count (shape) * sizeof (kd_real));
  *y = build (g, &input);
  kd_graph_compile (g, pool, &(KdCompile){ .keeps = y, .n_keeps = 1 });
  kd_graph_forward (g, NULL);
  return g;
}

WAY (max_3x3, kd_max_pool (g, in[0], 3, 2, 1))

/* The largest of each window of 3 at stride 2; a NaN in it wins, as in torch. */
static void
test_max_pool (void)
{
  const KdShape shape = { 2, 3, 7, 6 };
  const size_t count = kd_shape_count (shape);
  g_autofree kd_real *x = g_new (kd_real, count);
  KdRandom random = kd_random (1, 2);
  for (size_t i = 0; i < count; i++)
    x[i] = (kd_real) kd_random_uniform (&random, -3, -1); /* below the 0 that padding must not be */
  x[(size_t) ((2 * 6 + 3) * 3 + 1)] = (kd_real) NAN;      /* image 0, row 2, column 3, channel 1 */
  x[0] = (kd_real) -INFINITY;
  KdPool *pool = kd_pool_new (1);
  KdNode *node;
  KdGraph *g = run_one (shape, x, max_3x3, pool, &node);
  g_assert_true (kd_shape_equal (kd_node_shape (node), kd_shape (2, 3, 4, 3)));
  const kd_real *y = kd_node_value (node);
  for (int n = 0; n < 2; n++)
    for (int oy = 0; oy < 4; oy++)
      for (int ox = 0; ox < 3; ox++)
        for (int c = 0; c < 3; c++) {
          double most = -INFINITY;
          for (int iy = MAX (2 * oy - 1, 0); iy <= MIN (2 * oy + 1, 6); iy++)
            for (int ix = MAX (2 * ox - 1, 0); ix <= MIN (2 * ox + 1, 5); ix++) {
              const double v = (double) x[((n * 7 + iy) * 6 + ix) * 3 + c];
              most = isnan (v) || isnan (most) ? NAN : MAX (most, v);
            }
          const double got = (double) y[((n * 4 + oy) * 3 + ox) * 3 + c];
          g_assert_true (isnan (most) ? isnan (got) : got == most);
        }
  kd_graph_free (g);
  kd_pool_free (pool);
}

WAY (upsampled, kd_upsample (g, in[0], (KdSize){ 7, 8 }))

static void
test_upsample (void)
{
  const KdShape shape = { 2, 3, 4, 4 };
  g_autofree kd_real *x = g_new (kd_real, kd_shape_count (shape));
  for (size_t i = 0; i < kd_shape_count (shape); i++)
    x[i] = (kd_real) i;
  KdPool *pool = kd_pool_new (1);
  KdNode *node;
  KdGraph *g = run_one (shape, x, upsampled, pool, &node);
  /* torch's interpolate (nearest) of 4 rows to 7 and of 4 columns to 8 */
  static const int rows[7] = { 0, 0, 1, 1, 2, 2, 3 }, columns[8] = { 0, 0, 1, 1, 2, 2, 3, 3 };
  for (int n = 0; n < 2; n++)
    for (int oy = 0; oy < 7; oy++)
      for (int ox = 0; ox < 8; ox++)
        for (int c = 0; c < 3; c++)
          g_assert_true (kd_node_value (node)[((n * 7 + oy) * 8 + ox) * 3 + c] ==
                         x[((n * 4 + rows[oy]) * 4 + columns[ox]) * 3 + c]);
  kd_graph_free (g);
  kd_pool_free (pool);
}

/* Mimic's matrix form: the weights of all cells on one axis for one bin. */
static void
axis_weights (double low,
              double high,
              double stride,
              int bins,
              int samples,
              int bin,
              int size,
              double *weights)
{
  memset (weights, 0, sizeof (double) * (size_t) size);
  const double step = (high - low) / (stride * bins);
  for (int k = 0; k < samples; k++) {
    double at = low / stride - 0.5 + step * bin + step * (k + 0.5) / samples;
    if (at < -1 || at > size)
      continue;
    at = MAX (at, 0.0);
    const int i0 = (int) floor (at);
    if (i0 >= size - 1) {
      weights[size - 1] += 1.0 / samples;
    } else {
      weights[i0] += (1 - (at - i0)) / samples;
      weights[i0 + 1] += (at - i0) / samples;
    }
  }
}

/* Q_c = My D_c Mx^T for boxes inside, across and outside the map, of no size, and on another level. */
static void
test_roi_align (void)
{
  enum { ROWS = 7, LIVE = 6, POOL = 3, SAMPLES = 2, H = 5, W = 6, C = 3 };
  static const kd_real boxes[ROWS][4] = {
    { 3, 5, 29, 22 }, { -20, -9, 12, 61 }, { 100, 100, 120, 130 }, { 16, 16, 16, 16 },
    { 0, 0, 48, 40 }, { 1, 2, 30, 30 },    { 0, 0, 8, 8 },
  };
  static const int images[ROWS] = { 0, 1, 0, 1, 1, 0, 1 }, levels[ROWS] = { 2, 2, 2, 2, 2, 1, 2 };
  KdPool *pool = kd_pool_new (2);
  KdGraph *g = kd_graph_new ("roi");
  KdNode *x = kd_input (g, "x", kd_shape (2, C, H, W), KD_TYPE_REAL);
  KdNode *box = kd_input (g, "boxes", kd_shape (ROWS, 4, 1, 1), KD_TYPE_REAL);
  KdNode *image = kd_input (g, "images", kd_shape (ROWS, 1, 1, 1), KD_TYPE_INT32);
  KdNode *level = kd_input (g, "levels", kd_shape (ROWS, 1, 1, 1), KD_TYPE_INT32);
  kd_node_set_live_rows (box, LIVE);
  KdRandom random = kd_random (1, 3);
  for (int i = 0; i < 2 * H * W * C; i++)
    kd_node_value (x)[i] = (kd_real) kd_random_normal (&random);
  memcpy (kd_node_value (box), boxes, sizeof boxes);
  memcpy (kd_node_ints (image), images, sizeof images);
  memcpy (kd_node_ints (level), levels, sizeof levels);
  KdNode *y = kd_roi_align (g, x, box, image, level, 2, 8, POOL, SAMPLES);
  kd_graph_compile (g, pool, &(KdCompile){ .keeps = &y, .n_keeps = 1 });
  kd_graph_forward (g, NULL);
  g_assert_cmpint (kd_node_live_rows (y), ==, LIVE);
  for (int r = 0; r < ROWS; r++)
    for (int py = 0; py < POOL; py++)
      for (int px = 0; px < POOL; px++)
        for (int c = 0; c < C; c++) {
          double mx[W], my[H], expected = 0;
          axis_weights ((double) boxes[r][0], (double) boxes[r][2], 8, POOL, SAMPLES, px, W, mx);
          axis_weights ((double) boxes[r][1], (double) boxes[r][3], 8, POOL, SAMPLES, py, H, my);
          for (int iy = 0; iy < H && r < LIVE && levels[r] == 2; iy++)
            for (int ix = 0; ix < W; ix++)
              expected += my[iy] * mx[ix] *
                          (double) kd_node_value (x)[((images[r] * H + iy) * W + ix) * C + c];
          const double got = (double) kd_node_value (y)[((r * POOL + py) * POOL + px) * C + c];
          g_assert_cmpfloat (fabs (got - expected), <=, 1e-6);
        }
  kd_graph_free (g);
  kd_pool_free (pool);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_test_init (&argc, &argv, NULL);
  kd_blas_init (&error);
  g_assert_no_error (error);
  for (size_t i = 0; i < G_N_ELEMENTS (pairs); i++) {
    g_autofree char *path = g_strdup_printf ("/tape/fused/%s", pairs[i].what);
    g_test_add_data_func (path, &pairs[i], test_pair);
  }
  g_test_add_func ("/tape/max-pool/largest-of-windows-and-nan", test_max_pool);
  g_test_add_func ("/tape/upsample/nearest-as-torch", test_upsample);
  g_test_add_func ("/tape/roi-align/matrix-form", test_roi_align);
  return g_test_run ();
}
