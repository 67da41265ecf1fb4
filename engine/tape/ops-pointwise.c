/* SPDX-License-Identifier: MIT */
#include "engine/tape/broadcast.h"
#include "engine/tape/ops.h"

#include <tgmath.h>

/* One value from one value. */

/* y = f(x); @p: the op's constants. */
typedef void (*UnaryMap) (kd_real *restrict y,
                          const kd_real *restrict x,
                          size_t n,
                          const double *p);
/* gx += g * f'(x), from x and y = f(x) */
typedef void (*UnaryPull) (kd_real *restrict gx,
                           const kd_real *restrict g,
                           const kd_real *restrict x,
                           const kd_real *restrict y,
                           size_t n,
                           const double *p);

typedef struct {
  KdOp op; /* first, so that a node's op is its UnaryOp */
  UnaryMap map;
  UnaryPull pull;
} UnaryOp;

static size_t
live_values (const KdNode *node)
{
  return kd_shape_count (node->shape) / (size_t) node->shape.n * (size_t) kd_rows (node);
}

static int
chunks_of (size_t count)
{
  return (int) ((count + KD_CHUNK_VALUES - 1) / KD_CHUNK_VALUES);
}

static void
unary_forward_chunk (void *data, int chunk, void *scratch)
{
  (void) scratch;
  const KdNode *node = data;
  const UnaryOp *op = (const UnaryOp *) node->op;
  const size_t from = (size_t) chunk * KD_CHUNK_VALUES;
  op->map (node->value + from, node->inputs[0]->value + from,
           MIN (live_values (node) - from, KD_CHUNK_VALUES), node->attributes);
}

static void
unary_forward (KdNode *node, KdPool *pool)
{
  kd_parallel_for (pool, chunks_of (live_values (node)), unary_forward_chunk, node);
}

static void
unary_backward_chunk (void *data, int chunk, void *scratch)
{
  (void) scratch;
  const KdNode *node = data;
  const UnaryOp *op = (const UnaryOp *) node->op;
  const size_t from = (size_t) chunk * KD_CHUNK_VALUES;
  op->pull (node->inputs[0]->gradient + from, node->gradient + from, node->inputs[0]->value + from,
            node->value + from, MIN (live_values (node) - from, KD_CHUNK_VALUES), node->attributes);
}

static void
unary_backward (KdNode *node, KdPool *pool)
{
  kd_parallel_for (pool, chunks_of (live_values (node)), unary_backward_chunk, node);
}

static void
unary_forward_images (KdNode *node, KdImages images, KdPool *pool, void *scratch)
{
  (void) pool;
  (void) scratch;
  ((const UnaryOp *) node->op)
      ->map (kd_images_value (node, images), kd_images_value (node->inputs[0], images),
             kd_images_count (node, images), node->attributes);
}

static void
unary_backward_images (KdNode *node, KdImages images, KdPool *pool, void *scratch)
{
  (void) pool;
  (void) scratch;
  const size_t count = kd_images_count (node, images), from = kd_images_begin (node, images);
  ((const UnaryOp *) node->op)
      ->pull (node->inputs[0]->gradient + from, node->gradient + from,
              node->inputs[0]->value + from, node->value + from, count, node->attributes);
}

/* Maps: handing out a few values takes longer than computing them. */
static bool
is_map (const KdNode *node)
{
  return kd_image_values (node) >= 256;
}

static const KdImagesOp unary_by_images = { .suits = is_map,
                                            .forward = unary_forward_images,
                                            .backward = unary_backward_images };

static KdNode *
unary (KdGraph *g, const UnaryOp *op, KdNode *x, double p0, double p1)
{
  if (x->type != KD_TYPE_REAL)
    kd_build_error (op->op.name, &x, 1, "needs real values");
  KdNode *node = kd_node_new (g, &op->op, x->shape, KD_TYPE_REAL, &x, 1, 2 * sizeof (double));
  double *p = node->attributes;
  p[0] = p0;
  p[1] = p1;
  return node;
}

/* The operation @NAME: y and dy/dx as expressions of X, Y and the constants P0 and P1. */
#define UNARY(NAME, FORWARD, DERIVATIVE)                                                           \
  static void NAME##_map (kd_real *restrict y, const kd_real *restrict x, size_t n,                \
                          const double *p)                                                         \
  {                                                                                                \
    const kd_real P0 = (kd_real) p[0], P1 = (kd_real) p[1];                                        \
    (void) P0;                                                                                     \
    (void) P1;                                                                                     \
    for (size_t i = 0; i < n; i++) {                                                               \
      const kd_real X = x[i];                                                                      \
      y[i] = FORWARD;                                                                              \
    }                                                                                              \
  }                                                                                                \
  static void NAME##_pull (kd_real *restrict gx, const kd_real *restrict g,                        \
                           const kd_real *restrict x, const kd_real *restrict y, size_t n,         \
                           const double *p)                                                        \
  {                                                                                                \
    const kd_real P0 = (kd_real) p[0], P1 = (kd_real) p[1];                                        \
    (void) P0;                                                                                     \
    (void) P1;                                                                                     \
    for (size_t i = 0; i < n; i++) {                                                               \
      const kd_real X = x[i], Y = y[i];                                                            \
      (void) X;                                                                                    \
      (void) Y;                                                                                    \
      gx[i] += g[i] * (DERIVATIVE);                                                                \
    }                                                                                              \
  }                                                                                                \
  static const UnaryOp NAME##_op = { { .name = #NAME,                                              \
                                       .forward = unary_forward,                                   \
                                       .backward = unary_backward,                                 \
                                       .by_images = &unary_by_images },                            \
                                     NAME##_map,                                                   \
                                     NAME##_pull }

/* Comparisons are written so that NaN passes: x < 0 ? 0 : x keeps it, x > 0 ? x : 0 would swallow it. */
// clang-format off
UNARY (scale, X * P0, P0);
UNARY (shift, X + P0, 1);
UNARY (abs, fabs (X), X > 0 ? 1 : X < 0 ? -1 : X);
UNARY (square, X * X, 2 * X);
UNARY (sqrt, sqrt (X), Y == 0 ? 0 : (kd_real) 0.5 / Y);
UNARY (exp, exp (X), Y);
UNARY (log, log (X), 1 / X);
UNARY (sigmoid, 1 / (1 + exp (-X)), Y * (1 - Y));
UNARY (relu, X < 0 ? 0 : X, X > 0 ? 1 : 0);
UNARY (clamp, X < P0 ? P0 : X > P1 ? P1 : X, X > P0 && X < P1 ? 1 : 0);
UNARY (huber, fabs (X) < P0 ? X * X / (2 * P0) : fabs (X) - P0 / 2,
       fabs (X) < P0 ? X / P0 : X > 0 ? 1 : X < 0 ? -1 : X);
// clang-format on

KdNode *
kd_scale (KdGraph *g, KdNode *x, double factor)
{
  return unary (g, &scale_op, x, factor, 0);
}

KdNode *
kd_shift (KdGraph *g, KdNode *x, double amount)
{
  return unary (g, &shift_op, x, amount, 0);
}

KdNode *
kd_abs (KdGraph *g, KdNode *x)
{
  return unary (g, &abs_op, x, 0, 0);
}

KdNode *
kd_square (KdGraph *g, KdNode *x)
{
  return unary (g, &square_op, x, 0, 0);
}

KdNode *
kd_sqrt (KdGraph *g, KdNode *x)
{
  return unary (g, &sqrt_op, x, 0, 0);
}

KdNode *
kd_exp (KdGraph *g, KdNode *x)
{
  return unary (g, &exp_op, x, 0, 0);
}

KdNode *
kd_log (KdGraph *g, KdNode *x)
{
  return unary (g, &log_op, x, 0, 0);
}

KdNode *
kd_sigmoid (KdGraph *g, KdNode *x)
{
  return unary (g, &sigmoid_op, x, 0, 0);
}

KdNode *
kd_relu (KdGraph *g, KdNode *x)
{
  return unary (g, &relu_op, x, 0, 0);
}

KdNode *
kd_clamp (KdGraph *g, KdNode *x, double low, double high)
{
  g_assert (low <= high);
  return unary (g, &clamp_op, x, low, high);
}

KdNode *
kd_huber (KdGraph *g, KdNode *x, double beta)
{
  g_assert (beta >= 0);
  return unary (g, &huber_op, x, beta, 0);
}

/* ---- two operands ------------------------------------------------------------------------------ */

/* t = what the op makes of runs of a and b (and of the result's gradient g); strides 1, or 0 for a repeated operand. */
typedef void (*BinaryRun) (kd_real *restrict t,
                           const kd_real *g,
                           const kd_real *a,
                           size_t stride_a,
                           const kd_real *b,
                           size_t stride_b,
                           size_t n);

typedef struct {
  KdOp op; /* first, so that a node's op is its BinaryOp */
  BinaryRun map, pull_a, pull_b;
} BinaryOp;

typedef struct {
  const KdNode *node;
  const KdBroadcast *plan;
  BinaryRun run;
  kd_real *target; /* backward: the operand's gradient */
  KdOperand operand;
} Binary;

static void
call_run (const Binary *binary, KdRun run, kd_real *t)
{
  const KdNode *node = binary->node;
  const kd_real *g = node->gradient ? node->gradient + run.y : NULL;
  binary->run (t, g, node->inputs[0]->value + run.a, binary->plan->stride_a[3],
               node->inputs[1]->value + run.b, binary->plan->stride_b[3], run.count);
}

static void
forward_run (void *data, KdRun run)
{
  const Binary *binary = data;
  call_run (binary, run, binary->node->value + run.y);
}

static void
binary_forward (KdNode *node, KdPool *pool)
{
  Binary binary = { .node = node,
                    .plan = node->attributes,
                    .run = ((const BinaryOp *) node->op)->map };
  kd_broadcast_each (binary.plan, kd_live_limit (node), pool, forward_run, &binary);
}

static const kd_real *
pull_source (void *data, KdRun run, kd_real *buffer)
{
  call_run (data, run, buffer);
  return buffer;
}

/* An operand as large as the result: each value has one place to go. */
static void
pull_run (void *data, KdRun run)
{
  const Binary *binary = data;
  const KdBroadcast *plan = binary->plan;
  kd_real buffer[KD_RUN_BUFFER];
  for (size_t i = 0; i < run.count; i += KD_RUN_BUFFER) {
    const KdRun piece = { run.a + i * plan->stride_a[3], run.b + i * plan->stride_b[3], run.y + i,
                          MIN (run.count - i, KD_RUN_BUFFER) };
    call_run (binary, piece, buffer);
    kd_real *restrict target =
        binary->target + (binary->operand == KD_OPERAND_A ? piece.a : piece.b);
    for (size_t k = 0; k < piece.count; k++)
      target[k] += buffer[k];
  }
}

/* What pulls at operand @i. */
static Binary
pull_of (const KdNode *node, int i)
{
  const BinaryOp *op = (const BinaryOp *) node->op;
  return (Binary){
    .node = node,
    .plan = node->attributes,
    .run = i == 0 ? op->pull_a : op->pull_b,
    .target = node->inputs[i]->gradient,
    .operand = i == 0 ? KD_OPERAND_A : KD_OPERAND_B,
  };
}

static bool
are_maps_alike (const KdNode *node)
{
  return is_map (node) && kd_shape_equal (node->inputs[0]->shape, node->shape) &&
         kd_shape_equal (node->inputs[1]->shape, node->shape);
}

static KdRun
images_run (const KdNode *node, KdImages images)
{
  const size_t count = kd_images_count (node, images), from = kd_images_begin (node, images);
  return (KdRun){ from, from, from, count };
}

static void
binary_forward_images (KdNode *node, KdImages images, KdPool *pool, void *scratch)
{
  (void) pool;
  (void) scratch;
  ((const BinaryOp *) node->op)
      ->map (kd_images_value (node, images), NULL, kd_images_value (node->inputs[0], images), 1,
             kd_images_value (node->inputs[1], images), 1, kd_images_count (node, images));
}

static void
binary_backward_images (KdNode *node, KdImages images, KdPool *pool, void *scratch)
{
  (void) pool;
  (void) scratch;
  for (int i = 0; i < 2; i++) {
    Binary binary = pull_of (node, i);
    if (node->inputs[i]->needs_gradient)
      pull_run (&binary, images_run (node, images));
  }
}

static const KdImagesOp binary_by_images = { .suits = are_maps_alike,
                                             .forward = binary_forward_images,
                                             .backward = binary_backward_images };

static void
binary_backward (KdNode *node, KdPool *pool)
{
  for (int i = 0; i < 2; i++) {
    const KdNode *input = node->inputs[i];
    if (!input->needs_gradient)
      continue;
    Binary binary = pull_of (node, i);
    if (kd_shape_equal (input->shape, node->shape))
      kd_broadcast_each (binary.plan, kd_live_limit (node), pool, pull_run, &binary);
    else
      kd_broadcast_reduce (binary.plan, kd_live_limit (node), pool, binary.operand, pull_source,
                           &binary, 1, input->gradient, node->workspace);
  }
}

static KdOpNeeds
binary_needs (const KdNode *node)
{
  size_t workspace = 0;
  for (int i = 0; i < 2; i++) {
    if (node->inputs[i]->needs_gradient && !kd_shape_equal (node->inputs[i]->shape, node->shape))
      workspace = MAX (workspace, kd_broadcast_workspace (node->attributes,
                                                          i == 0 ? KD_OPERAND_A : KD_OPERAND_B));
  }
  return (KdOpNeeds){ .workspace = workspace };
}

/* The larger of two sizes of an axis, where they agree or one is 1; else 0. */
static int
common_size (int a, int b)
{
  return a == b || b == 1 ? a : a == 1 ? b : 0;
}

static KdNode *
binary (KdGraph *g, const BinaryOp *op, KdNode *a, KdNode *b)
{
  KdNode *const inputs[] = { a, b };
  const KdShape shape = { common_size (a->shape.n, b->shape.n),
                          common_size (a->shape.c, b->shape.c),
                          common_size (a->shape.h, b->shape.h),
                          common_size (a->shape.w, b->shape.w) };
  if (kd_shape_count (shape) == 0)
    kd_build_error (op->op.name, inputs, 2, "each axis must agree or be 1");
  if (a->type != KD_TYPE_REAL || b->type != KD_TYPE_REAL)
    kd_build_error (op->op.name, inputs, 2, "needs real values");
  KdNode *node = kd_node_new (g, &op->op, shape, KD_TYPE_REAL, inputs, 2, sizeof (KdBroadcast));
  *(KdBroadcast *) node->attributes =
      kd_broadcast (a->shape, b->shape, shape, node->live_rows != NULL);
  return node;
}

/* Three loops, so that each has constant strides and vectorises. At least one operand is not repeated along a run, or the
 * run is one value long. */
#define RUN(NAME, EXPRESSION)                                                                      \
  static void NAME (kd_real *restrict t, const kd_real *g, const kd_real *a, size_t stride_a,      \
                    const kd_real *b, size_t stride_b, size_t n)                                   \
  {                                                                                                \
    (void) g;                                                                                      \
    if (stride_a && stride_b) {                                                                    \
      for (size_t i = 0; i < n; i++) {                                                             \
        const kd_real A = a[i], B = b[i];                                                          \
        (void) A;                                                                                  \
        (void) B;                                                                                  \
        t[i] = EXPRESSION;                                                                         \
      }                                                                                            \
    } else if (stride_a) {                                                                         \
      const kd_real B = *b;                                                                        \
      (void) B;                                                                                    \
      for (size_t i = 0; i < n; i++) {                                                             \
        const kd_real A = a[i];                                                                    \
        (void) A;                                                                                  \
        t[i] = EXPRESSION;                                                                         \
      }                                                                                            \
    } else {                                                                                       \
      const kd_real A = *a;                                                                        \
      (void) A;                                                                                    \
      for (size_t i = 0; i < n; i++) {                                                             \
        const kd_real B = b[i];                                                                    \
        (void) B;                                                                                  \
        t[i] = EXPRESSION;                                                                         \
      }                                                                                            \
    }                                                                                              \
  }

/* The operation @NAME: the result and what its gradient g[i] adds to either operand, as expressions of A and B. */
#define BINARY(NAME, FORWARD, TO_A, TO_B)                                                          \
  RUN (NAME##_map, FORWARD)                                                                        \
  RUN (NAME##_pull_a, TO_A)                                                                        \
  RUN (NAME##_pull_b, TO_B)                                                                        \
  static const BinaryOp NAME##_op = { { .name = #NAME,                                             \
                                        .forward = binary_forward,                                 \
                                        .backward = binary_backward,                               \
                                        .needs = binary_needs,                                     \
                                        .by_images = &binary_by_images },                          \
                                      NAME##_map,                                                  \
                                      NAME##_pull_a,                                               \
                                      NAME##_pull_b }

// clang-format off
BINARY (add, A + B, g[i], g[i]);
BINARY (sub, A - B, g[i], -g[i]);
BINARY (mul, A * B, g[i] * B, g[i] * A);
BINARY (div, A / B, g[i] / B, -g[i] * A / (B * B));
// clang-format on

KdNode *
kd_add (KdGraph *g, KdNode *a, KdNode *b)
{
  return binary (g, &add_op, a, b);
}

KdNode *
kd_sub (KdGraph *g, KdNode *a, KdNode *b)
{
  return binary (g, &sub_op, a, b);
}

KdNode *
kd_mul (KdGraph *g, KdNode *a, KdNode *b)
{
  return binary (g, &mul_op, a, b);
}

KdNode *
kd_div (KdGraph *g, KdNode *a, KdNode *b)
{
  return binary (g, &div_op, a, b);
}

const KdOp *const kd_ops_pointwise[] = {
  &scale_op.op, &shift_op.op, &abs_op.op,     &square_op.op, &sqrt_op.op,  &exp_op.op,
  &log_op.op,   &relu_op.op,  &sigmoid_op.op, &clamp_op.op,  &huber_op.op, &add_op.op,
  &sub_op.op,   &mul_op.op,   &div_op.op,     NULL,
};
