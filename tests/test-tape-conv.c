/* SPDX-License-Identifier: MIT */

/*
 * Matrix products and every way to convolve against plain loops, side by side, on random shapes with odd sizes and ones, at every
 * vector width. Outputs lie between guard values that must survive. A miss prints seed, shape and the first bad index.
 */
#include "engine/tape/kernels/conv-kinds.h"
#include "tests/guarded.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* As aligned_alloc () wants it. */
static size_t
round_up (size_t bytes)
{
  return (bytes + 63) / 64 * 64;
}

static KdConv
random_conv (KdRandom *random)
{
  static const int channels[] = { 1, 2, 3, 5, 8, 16, 24, 32, 64, 128 };
  static const int kernels[] = { 1, 3, 3, 3, 5 };
  KdConv conv = { .n = kd_random_int (random, 1, 3),
                  .in_h = kd_random_int (random, 1, 20),
                  .in_w = kd_random_int (random, 1, 20),
                  .in_c = channels[kd_random_int (random, 0, 8)],
                  .out_c = channels[kd_random_int (random, 0, 9)],
                  .kernel = kernels[kd_random_int (random, 0, 4)],
                  .stride = kd_random_int (random, 1, 2) };
  conv.padding = kd_random_int (random, 0, 3) ? conv.kernel / 2 : 0;
  if (conv.in_h + 2 * conv.padding < conv.kernel || conv.in_w + 2 * conv.padding < conv.kernel)
    conv.padding = conv.kernel / 2 + 1;
  conv.out_h = (conv.in_h + 2 * conv.padding - conv.kernel) / conv.stride + 1;
  conv.out_w = (conv.in_w + 2 * conv.padding - conv.kernel) / conv.stride + 1;
  return conv;
}

/* ---- every vector width -------------------------------------------------------------------------- */

/* Products of all forms: A plain or transposed, C set, with bias or added to, between guards. */
static void
check_gemm (int seed, const KdWide *wide, KdRandom *random)
{
  const int m = kd_random_int (random, 1, 40), n = kd_random_int (random, 1, 70),
            k = kd_random_int (random, 1, seed % 5 == 0 ? 600 : 40);
  const bool transposed = kd_random_int (random, 0, 1), add = kd_random_int (random, 0, 1);
  const bool with_bias = !add && kd_random_int (random, 0, 1);
  const int b_row = kd_wide_pad (n), c_row = n + kd_random_int (random, 0, 3);
  const size_t n_c = (size_t) ((m - 1) * c_row + n);
  g_autofree char *shape = g_strdup_printf ("%s: [%d,%d] [%d,%d]%s%s%s", wide->name, m, k, k, n,
                                            transposed ? " transposed" : "", add ? " added" : "",
                                            with_bias ? " with bias" : "");
  kd_real *a = guarded_new (random, (size_t) (m * k)),
          *b = guarded_new (random, (size_t) (k * b_row)), *bias = guarded_new (random, (size_t) n),
          *c = guarded_new (random, n_c), *plain = guarded_copy (c, n_c);
  const KdWideGemm gemm = { .m = m,
                            .n = n,
                            .k = k,
                            .a = a,
                            .b = b,
                            .bias = with_bias ? bias : NULL,
                            .c = c,
                            .a_row = transposed ? 1 : k,
                            .a_column = transposed ? m : 1,
                            .b_row = b_row,
                            .c_row = c_row,
                            .add = add };
  for (int i = 0; i < m; i++)
    for (int j = 0; j < n; j++) {
      double sum = add ? (double) plain[i * c_row + j] : with_bias ? (double) bias[j] : 0;
      for (int q = 0; q < k; q++)
        sum += (double) a[i * gemm.a_row + q * gemm.a_column] * (double) b[q * b_row + j];
      plain[i * c_row + j] = (kd_real) sum;
    }
  wide->gemm (&gemm);
  assert_close ("product", seed, shape, c, plain, n_c, 1e-5);
  guarded_free (a, (size_t) (m * k));
  guarded_free (b, (size_t) (k * b_row));
  guarded_free (bias, (size_t) n);
  guarded_free (c, n_c);
  guarded_free (plain, n_c);
}

static void
test_gemm (void)
{
  for (int width = 0; width < kd_wide_count (); width++)
    for (int seed = 1; seed <= 100; seed++) {
      KdRandom random = kd_random ((uint64_t) seed, 9);
      check_gemm (seed, kd_wide_at (width), &random);
    }
}

/* A 3x3 convolution at stride 1 whose shape the rule may or may not give to Winograd. */
static KdConv
random_winograd (KdRandom *random)
{
  static const int channels[] = { 1, 3, 8, 12, 16, 17, 24, 32, 48, 64 };
  KdConv conv = { .n = kd_random_int (random, 1, 9),
                  .in_h = kd_random_int (random, 1, 20),
                  .in_w = kd_random_int (random, 1, 20),
                  .in_c = channels[kd_random_int (random, 0, 9)],
                  .out_c = channels[kd_random_int (random, 0, 9)],
                  .kernel = 3,
                  .stride = 1,
                  .padding = kd_random_int (random, 0, 2) };
  if (MIN (conv.in_h, conv.in_w) + 2 * conv.padding < 3)
    conv.padding = 1;
  conv.out_h = conv.in_h + 2 * conv.padding - 2;
  conv.out_w = conv.in_w + 2 * conv.padding - 2;
  return conv;
}

enum { Y, DX, DWEIGHT, DBIAS, N_OUTPUTS };
static const char *const output_names[] = { "forward", "backward-data", "backward-weights",
                                            "backward-bias" };
static const char *const kind_names[] = { "panels", "bands", "F2", "F4", "the rule" };
enum { BY_RULE = KD_CONV_F4 + 1, MAX_WORKERS = 4 };

typedef struct {
  const kd_real *x, *weight, *bias, *dy;
  size_t counts[N_OUTPUTS];
  bool add; /* to dx */
} Problem;

static KdConvBackward
backward_of (const Problem *p, kd_real *const *out)
{
  return (KdConvBackward){ .x = p->x,
                           .weight = p->weight,
                           .dy = p->dy,
                           .dx = guarded_target (out[DX], p->counts[DX], p->add),
                           .dweight = out[DWEIGHT],
                           .dbias = out[DBIAS] };
}

/* All passes as the engine runs them. */
static void
run_rule (KdPool *pool, const KdConv *conv, const Problem *p, kd_real *const *out)
{
  kd_pool_reserve_scratch (pool, kd_conv_scratch_size (conv));
  void *workspace = aligned_alloc (64, round_up (kd_conv_workspace_size (conv)));
  void *prepared = aligned_alloc (64, round_up (kd_conv_prepared_size (conv)));
  const KdConvBackward backward = backward_of (p, out);
  kd_conv_forward (pool, conv, p->x, p->weight, prepared, p->bias, out[Y], workspace);
  kd_conv_backward (pool, conv, &backward, workspace);
  /* Again from what was prepared, which must still be there. */
  memset (out[Y], 0, p->counts[Y] * sizeof (kd_real));
  kd_conv_forward (pool, conv, p->x, NULL, prepared, p->bias, out[Y], workspace);
  free (workspace);
  free (prepared);
}

static void
run_winograd (const KdWide *wide,
              int m,
              KdPool *pool,
              const KdConv *conv,
              const Problem *p,
              kd_real *const *out)
{
  kd_pool_reserve_scratch (pool, kd_winograd_scratch_size (conv, m));
  void *workspace = aligned_alloc (64, round_up (kd_winograd_workspace_size (conv, m)));
  void *prepared = aligned_alloc (64, round_up (kd_winograd_prepared_size (conv, m)));
  const KdConvBackward backward = backward_of (p, out);
  kd_winograd_forward (wide, m, pool, conv, p->x, p->weight, prepared, p->bias, out[Y], workspace);
  kd_winograd_backward (wide, m, pool, conv, &backward, workspace);
  free (workspace);
  free (prepared);
}

/* Bands have no way to the data. */
static void
run_direct (const KdWide *wide,
            bool bands,
            KdPool *pool,
            const KdConv *conv,
            const Problem *p,
            kd_real *const *out)
{
  kd_pool_reserve_scratch (pool, MAX (kd_panels_scratch_size (conv), kd_bands_scratch_size (conv)));
  void *workspace = aligned_alloc (
      64, round_up (MAX (kd_panels_workspace_size (conv), kd_bands_workspace_size (conv))));
  void *prepared = aligned_alloc (64, round_up (kd_panels_prepared_size (conv)));
  kd_panels_prepare (pool, conv, p->weight, prepared);
  kd_panels_turn (conv, p->weight, workspace);
  kd_panels_backward_data (wide, pool, conv, p->dy, workspace,
                           guarded_target (out[DX], p->counts[DX], p->add));
  if (bands) {
    kd_bands_forward (wide, pool, conv, p->x, prepared, p->bias, out[Y]);
    kd_bands_backward_weights (wide, pool, conv, p->x, p->dy, out[DWEIGHT], workspace);
  } else {
    kd_panels_forward (wide, pool, conv, p->x, prepared, p->bias, out[Y]);
    kd_panels_backward_weights (wide, pool, conv, p->x, p->dy, out[DWEIGHT], workspace);
  }
  free (workspace);
  free (prepared);
}

static void
run_plain (const KdConv *conv, const Problem *p, kd_real *const *out)
{
  kd_conv_forward_plain (conv, p->x, p->weight, p->bias, out[Y]);
  kd_conv_backward_data_plain (conv, p->dy, p->weight, out[DX]);
  kd_conv_backward_weights_plain (conv, p->x, p->dy, out[DWEIGHT]);
  for (size_t i = 0; i < p->counts[Y]; i++)
    out[DBIAS][i % (size_t) conv->out_c] += p->dy[i];
}

/* One way at one width against the plain loops, between guards, and the bits of one to four workers. */
static void
check_conv (int seed, const KdWide *wide, int kind, const KdConv *conv, KdRandom *random)
{
  g_autofree char *shape =
      g_strdup_printf ("%s, %s: x [%d,%d,%d,%d] to %d, kernel %d, stride %d, padding %d",
                       kind_names[kind], wide->name, conv->n, conv->in_c, conv->in_h, conv->in_w,
                       conv->out_c, conv->kernel, conv->stride, conv->padding);
  const size_t n_x =
      (size_t) conv->n * (size_t) conv->in_h * (size_t) conv->in_w * (size_t) conv->in_c;
  const size_t n_b = (size_t) conv->out_c;
  const size_t n_y = (size_t) conv->n * (size_t) conv->out_h * (size_t) conv->out_w * n_b;
  const size_t n_w = n_b * (size_t) kd_conv_patch (conv);
  kd_real *x = guarded_new (random, n_x), *w = guarded_new (random, n_w),
          *b = guarded_new (random, n_b), *dy = guarded_new (random, n_y);
  const Problem problem = { .x = x,
                            .weight = w,
                            .bias = kd_random_int (random, 0, 1) ? b : NULL,
                            .dy = dy,
                            .counts = { n_y, n_x, n_w, n_b },
                            .add = seed % 4 < 2 };
  kd_real *plain[N_OUTPUTS], *out[MAX_WORKERS][N_OUTPUTS];
  for (int i = 0; i < N_OUTPUTS; i++) {
    plain[i] = guarded_new (i == DX && !problem.add ? NULL : random, problem.counts[i]);
    for (int k = 0; k < MAX_WORKERS; k++)
      out[k][i] = guarded_copy (plain[i], problem.counts[i]);
  }
  run_plain (conv, &problem, plain);
  for (int i = 0; i < MAX_WORKERS; i++) {
    KdPool *pool = kd_pool_new (i + 1);
    if (kind == BY_RULE)
      run_rule (pool, conv, &problem, out[i]);
    else if (kind == KD_CONV_F2 || kind == KD_CONV_F4)
      run_winograd (wide, kind == KD_CONV_F2 ? 2 : 4, pool, conv, &problem, out[i]);
    else
      run_direct (wide, kind == KD_CONV_BANDS, pool, conv, &problem, out[i]);
    kd_pool_free (pool);
  }
  for (int i = 0; i < N_OUTPUTS; i++) {
    const size_t count = problem.counts[i];
    if (i != DBIAS || kind >= KD_CONV_F2)
      assert_close (output_names[i], seed, shape, out[0][i], plain[i], count,
                    kind >= KD_CONV_F4 ? 5e-5 : 1e-5);
    for (int k = 1; k < MAX_WORKERS; k++) {
      g_assert_cmpmem (out[0][i], count * sizeof (kd_real), out[k][i], count * sizeof (kd_real));
      guarded_free (out[k][i], count);
    }
    guarded_free (out[0][i], count);
    guarded_free (plain[i], count);
  }
  guarded_free (x, n_x);
  guarded_free (w, n_w);
  guarded_free (b, n_b);
  guarded_free (dy, n_y);
}

static void
test_conv_rule (void)
{
  for (int seed = 1; seed <= 100; seed++) {
    KdRandom random = kd_random ((uint64_t) seed, 7);
    const KdConv conv = seed % 2 ? random_conv (&random) : random_winograd (&random);
    check_conv (seed, kd_wide (), BY_RULE, &conv, &random);
  }
}

static void
test_every_width (void)
{
  for (int width = 0; width < kd_wide_count (); width++)
    for (int kind = KD_CONV_PANELS; kind <= KD_CONV_F4; kind++)
      for (int seed = 1; seed <= 40; seed++) {
        KdRandom random = kd_random ((uint64_t) seed, 10);
        const KdConv conv = kind >= KD_CONV_F2 ? random_winograd (&random) : random_conv (&random);
        check_conv (seed, kd_wide_at (width), kind, &conv, &random);
      }
}

/* ---- some images -------------------------------------------------------------------------------------- */

/* Behind a workspace. */
enum { GUARD_BYTES = 64, GUARD_BYTE = 90 };

/* However a batch is cut, its images have the bits that they have all at once. */
static void
check_parts (int seed, const KdConv *conv, KdRandom *random)
{
  const size_t image_x = (size_t) conv->in_h * (size_t) conv->in_w * (size_t) conv->in_c;
  const size_t image_y = (size_t) conv->out_h * (size_t) conv->out_w * (size_t) conv->out_c;
  const size_t n_x = (size_t) conv->n * image_x, n_y = (size_t) conv->n * image_y;
  const size_t n_w = (size_t) conv->out_c * (size_t) kd_conv_patch (conv);
  kd_real *x = guarded_new (random, n_x), *w = guarded_new (random, n_w),
          *dy = guarded_new (random, n_y), *y = guarded_new (NULL, n_y),
          *dx = guarded_new (NULL, n_x), *y_parts = guarded_new (NULL, n_y),
          *dx_parts = guarded_new (NULL, n_x), *dw = guarded_new (NULL, n_w);
  KdPool *pool = kd_pool_new (1);
  kd_pool_reserve_scratch (pool, kd_conv_scratch_size (conv));
  void *workspace = aligned_alloc (64, round_up (kd_conv_workspace_size (conv)));
  const size_t pass_bytes = kd_conv_pass_workspace_size (conv);
  char *pass = aligned_alloc (64, round_up (pass_bytes + GUARD_BYTES));
  memset (pass + pass_bytes, GUARD_BYTE, GUARD_BYTES);
  void *prepared = aligned_alloc (64, round_up (kd_conv_prepared_size (conv)));
  void *turned = aligned_alloc (64, round_up (kd_conv_turned_size (conv)));
  kd_conv_forward (pool, conv, x, w, prepared, NULL, y, workspace);
  kd_conv_backward (
      pool, conv, &(KdConvBackward){ .weight = w, .dy = dy, .dx = guarded_target (dx, n_x, false) },
      workspace);
  memset (prepared, 0, kd_conv_prepared_size (conv));
  kd_conv_prepare (pool, conv, w, prepared);
  kd_conv_turn (pool, conv, w, turned);
  for (int from = 0, to; from < conv->n; from = to) {
    to = kd_random_int (random, from + 1, conv->n);
    KdConv part = *conv;
    part.n = to - from;
    part.batch = conv->n;
    kd_conv_forward (pool, &part, x + (size_t) from * image_x, NULL, prepared, NULL,
                     y_parts + (size_t) from * image_y, pass);
    const KdTarget target =
        guarded_target (dx_parts + (size_t) from * image_x, (size_t) part.n * image_x, false);
    kd_conv_backward (
        pool, &part,
        &(KdConvBackward){ .dy = dy + (size_t) from * image_y, .turned = turned, .dx = target },
        pass);
  }
  kd_conv_backward (pool, conv, &(KdConvBackward){ .x = x, .dy = dy, .dweight = dw }, pass);
  for (int i = 0; i < GUARD_BYTES; i++)
    g_assert_cmpint (pass[pass_bytes + (size_t) i], ==, GUARD_BYTE);
  g_test_message ("seed %d", seed);
  g_assert_cmpmem (y, n_y * sizeof (kd_real), y_parts, n_y * sizeof (kd_real));
  g_assert_cmpmem (dx, n_x * sizeof (kd_real), dx_parts, n_x * sizeof (kd_real));
  kd_pool_free (pool);
  free (workspace);
  free (pass);
  free (prepared);
  free (turned);
  guarded_free (x, n_x);
  guarded_free (w, n_w);
  guarded_free (dy, n_y);
  guarded_free (y, n_y);
  guarded_free (dx, n_x);
  guarded_free (y_parts, n_y);
  guarded_free (dx_parts, n_x);
  guarded_free (dw, n_w);
}

static void
test_parts (void)
{
  for (int seed = 1; seed <= 100; seed++) {
    KdRandom random = kd_random ((uint64_t) seed, 12);
    const KdConv conv = seed % 2 ? random_conv (&random) : random_winograd (&random);
    check_parts (seed, &conv, &random);
  }
}

/* By the plain kernels no shape takes a short cut. */
static void
test_plain_kernels (void)
{
  kd_kernels_choose (KD_KERNELS_PLAIN);
  g_assert_cmpstr (kd_wide ()->name, ==, kd_wide_at (0)->name);
  for (int seed = 1; seed <= 20; seed++) {
    KdRandom random = kd_random ((uint64_t) seed, 13);
    const KdConv conv = seed % 2 ? random_conv (&random) : random_winograd (&random);
    for (KdConvPass pass = KD_CONV_FORWARD; pass <= KD_CONV_WEIGHTS; pass++)
      g_assert_cmpint (kd_conv_kernel (&conv, pass), ==, KD_CONV_PANELS);
    check_conv (seed, kd_wide (), KD_CONV_PANELS, &conv, &random);
  }
  kd_kernels_choose (KD_KERNELS_FAST);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_test_init (&argc, &argv, NULL);
  kd_blas_init (&error);
  g_assert_no_error (error);
  g_test_add_func ("/tape/conv/matches-plain-loops", test_conv_rule);
  g_test_add_func ("/tape/conv/every-way-and-width", test_every_width);
  g_test_add_func ("/tape/conv/the-same-bits-however-a-batch-is-cut", test_parts);
  g_test_add_func ("/tape/conv/plain-kernels-take-no-short-cut", test_plain_kernels);
  g_test_add_func ("/tape/product/every-width", test_gemm);
  return g_test_run ();
}
