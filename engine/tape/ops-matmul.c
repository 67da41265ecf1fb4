/* SPDX-License-Identifier: MIT */
#include "engine/tape/ops.h"

#include <cblas.h>
#include <string.h>
#include <tgmath.h>

/* ---- matrix product ---------------------------------------------------------------------------- */

/* A matrix as it lies in memory, row major, and whether it is read transposed. */
typedef struct {
  const kd_real *values;
  int columns;
  bool transposed;
} Matrix;

/* y[m,n] (+)= a[m,k] b[k,n], cut into rows of y. */
typedef struct {
  int m, n, k;
  Matrix a, b;
  kd_real *y;
  bool adds;
  int step;
} Product;

/* Enough work a chunk to be worth handing over; a rule of shapes alone, as the rows of a product change bits when cut
 * differently. */
static int
rows_per_chunk (int n, int k)
{
  const double multiply_adds = (double) n * k;
  return 16 * (int) ceil (0x1p19 / multiply_adds / 16);
}

static void
product_chunk (void *data, int chunk, void *scratch)
{
  (void) scratch;
  const Product *p = data;
  const int from = chunk * p->step, rows = MIN (p->step, p->m - from);
  kd_real *y = p->y + (size_t) from * (size_t) p->n;
  if (p->k == 0) {
    if (!p->adds)
      memset (y, 0, (size_t) rows * (size_t) p->n * sizeof (kd_real));
    return;
  }
  const size_t skip = p->a.transposed ? 1 : (size_t) p->a.columns;
  const kd_real *a = p->a.values + (size_t) from * skip;
  const enum CBLAS_TRANSPOSE transpose_a = p->a.transposed ? CblasTrans : CblasNoTrans;
  const enum CBLAS_TRANSPOSE transpose_b = p->b.transposed ? CblasTrans : CblasNoTrans;
#ifdef KD_REAL_IS_DOUBLE
  cblas_dgemm (CblasRowMajor, transpose_a, transpose_b, rows, p->n, p->k, 1, a, p->a.columns,
               p->b.values, p->b.columns, p->adds, y, p->n);
#else
  cblas_sgemm (CblasRowMajor, transpose_a, transpose_b, rows, p->n, p->k, 1, a, p->a.columns,
               p->b.values, p->b.columns, p->adds, y, p->n);
#endif
}

static void
multiply (Product *p, KdPool *pool)
{
  p->step = rows_per_chunk (p->n, MAX (p->k, 1));
  kd_parallel_for (pool, (p->m + p->step - 1) / p->step, product_chunk, p);
}

typedef struct {
  bool transpose_a, transpose_b;
} Matmul;

static Matrix
matrix (const KdNode *node, const kd_real *values, bool transposed)
{
  return (Matrix){ values, node->shape.c, transposed };
}

/* How many of the inner dimension count: rows of a transposed left or a plain right factor may be dead. */
static int
inner_size (const KdNode *node)
{
  const Matmul *matmul = node->attributes;
  const KdNode *a = node->inputs[0], *b = node->inputs[1];
  return MIN (matmul->transpose_a ? kd_rows (a) : a->shape.c,
              matmul->transpose_b ? b->shape.c : kd_rows (b));
}

static void
matmul_forward (KdNode *node, KdPool *pool)
{
  const Matmul *matmul = node->attributes;
  const KdNode *a = node->inputs[0], *b = node->inputs[1];
  Product y = {
    .m = kd_rows (node),
    .n = node->shape.c,
    .k = inner_size (node),
    .a = matrix (a, a->value, matmul->transpose_a),
    .b = matrix (b, b->value, matmul->transpose_b),
    .y = node->value,
  };
  multiply (&y, pool);
}

/* ga = g b' (or its transpose, b g', where a is read transposed) */
static void
pull_a (KdNode *node, KdPool *pool)
{
  const Matmul *matmul = node->attributes;
  const KdNode *a = node->inputs[0], *b = node->inputs[1];
  const Matrix g = matrix (node, node->gradient, false);
  Product product = { .m = kd_rows (node),
                      .n = a->shape.c,
                      .k = node->shape.c,
                      .a = g,
                      .b = matrix (b, b->value, !matmul->transpose_b),
                      .y = a->gradient,
                      .adds = true };
  if (matmul->transpose_a) {
    product.m = inner_size (node);
    product.n = a->shape.c;
    product.a = matrix (b, b->value, matmul->transpose_b);
    product.b = matrix (node, node->gradient, true);
  }
  multiply (&product, pool);
}

/* gb = a' g (or its transpose, g' a, where b is read transposed) */
static void
pull_b (KdNode *node, KdPool *pool)
{
  const Matmul *matmul = node->attributes;
  const KdNode *a = node->inputs[0], *b = node->inputs[1];
  Product product = { .m = inner_size (node),
                      .n = b->shape.c,
                      .k = kd_rows (node),
                      .a = matrix (a, a->value, !matmul->transpose_a),
                      .b = matrix (node, node->gradient, false),
                      .y = b->gradient,
                      .adds = true };
  if (matmul->transpose_b) {
    product.m = node->shape.c;
    product.a = matrix (node, node->gradient, true);
    product.b = matrix (a, a->value, matmul->transpose_a);
  }
  multiply (&product, pool);
}

static void
matmul_backward (KdNode *node, KdPool *pool)
{
  if (node->inputs[0]->needs_gradient)
    pull_a (node, pool);
  if (node->inputs[1]->needs_gradient)
    pull_b (node, pool);
}

static KdOpNeeds
matmul_needs (const KdNode *node)
{
  const Matmul *matmul = node->attributes;
  const KdShape a = node->inputs[0]->shape;
  const double flop =
      2.0 * node->shape.n * node->shape.c * (double) (matmul->transpose_a ? a.n : a.c);
  const int factors = node->inputs[0]->needs_gradient + node->inputs[1]->needs_gradient;
  return (KdOpNeeds){ .forward_flop = flop, .backward_flop = factors * flop };
}

static const KdOp matmul_op = {
  .name = "matmul",
  .forward = matmul_forward,
  .backward = matmul_backward,
  .needs = matmul_needs,
};

static bool
is_matrix (const KdNode *x)
{
  return x->type == KD_TYPE_REAL && x->shape.h == 1 && x->shape.w == 1;
}

KdNode *
kd_matmul (KdGraph *g, KdNode *a, KdNode *b, bool transpose_a, bool transpose_b)
{
  KdNode *const inputs[] = { a, b };
  const int inner_a = transpose_a ? a->shape.n : a->shape.c;
  const int inner_b = transpose_b ? b->shape.c : b->shape.n;
  if (!is_matrix (a) || !is_matrix (b))
    kd_build_error ("matmul", inputs, 2, "needs real matrices");
  if (inner_a != inner_b)
    kd_build_error ("matmul", inputs, 2, "the inner sizes differ");
  const KdShape shape =
      kd_shape (transpose_a ? a->shape.c : a->shape.n, transpose_b ? b->shape.n : b->shape.c, 1, 1);
  KdNode *node = kd_node_new (g, &matmul_op, shape, KD_TYPE_REAL, inputs, 2, sizeof (Matmul));
  *(Matmul *) node->attributes = (Matmul){ transpose_a, transpose_b };
  node->live_rows = transpose_a ? NULL : a->live_rows;
  return node;
}

/* ---- pairwise distance ------------------------------------------------------------------------- */

typedef struct {
  double floor; /* of the squared distance */
} Pairwise;

/* Differences first: |a|^2 + |b|^2 - 2ab would lose the distance of near rows to rounding. */
static double
squared_distance (const kd_real *a, const kd_real *b, int count)
{
  double sums[4] = { 0 };
  int i = 0;
  for (; i + 4 <= count; i += 4) {
    for (int k = 0; k < 4; k++) {
      const double d = (double) a[i + k] - (double) b[i + k];
      sums[k] += d * d;
    }
  }
  for (; i < count; i++) {
    const double d = (double) a[i] - (double) b[i];
    sums[0] += d * d;
  }
  return (sums[0] + sums[2]) + (sums[1] + sums[3]);
}

static const kd_real *
row_of (const kd_real *values, const KdNode *node, int row)
{
  return values + (size_t) row * (size_t) node->shape.c;
}

/* Row i against all later ones; y is symmetric, so each pair is written twice and owned by its lower row. */
static void
pairwise_forward_chunk (void *data, int i, void *scratch)
{
  (void) scratch;
  KdNode *node = data;
  const KdNode *x = node->inputs[0];
  const double floor = ((const Pairwise *) node->attributes)->floor;
  const size_t size = (size_t) node->shape.c, row = (size_t) i;
  node->value[row * size + row] = 0;
  for (size_t j = row + 1; j < (size_t) kd_rows (node); j++) {
    const double squared =
        squared_distance (row_of (x->value, x, i), row_of (x->value, x, (int) j), x->shape.c);
    const kd_real distance = (kd_real) sqrt (squared < floor ? floor : squared);
    node->value[row * size + j] = node->value[j * size + row] = distance;
  }
}

/* Columns of dead rows are zero as well. */
static void
pairwise_forward (KdNode *node, KdPool *pool)
{
  const size_t size = (size_t) node->shape.c, live = (size_t) kd_rows (node);
  for (size_t i = 0; i < live; i++)
    memset (node->value + i * size + live, 0, (size - live) * sizeof (kd_real));
  kd_parallel_for (pool, kd_rows (node), pairwise_forward_chunk, node);
}

/* gx_i += sum over j of (g_ij + g_ji) * (x_i - x_j) / y_ij, where the floor does not act */
static void
pairwise_backward_chunk (void *data, int i, void *scratch)
{
  (void) scratch;
  KdNode *node = data;
  const KdNode *x = node->inputs[0];
  const kd_real lowest = (kd_real) sqrt (((const Pairwise *) node->attributes)->floor);
  const size_t size = (size_t) node->shape.c, row = (size_t) i;
  kd_real *restrict gx = x->gradient + row * (size_t) x->shape.c;
  const kd_real *xi = row_of (x->value, x, i);
  for (size_t j = 0; j < (size_t) kd_rows (node); j++) {
    const kd_real distance = node->value[row * size + j];
    if (j == row || distance <= lowest)
      continue;
    const kd_real slope =
        (node->gradient[row * size + j] + node->gradient[j * size + row]) / distance;
    const kd_real *xj = row_of (x->value, x, (int) j);
    for (int c = 0; c < x->shape.c; c++)
      gx[c] += slope * (xi[c] - xj[c]);
  }
}

static void
pairwise_backward (KdNode *node, KdPool *pool)
{
  kd_parallel_for (pool, kd_rows (node), pairwise_backward_chunk, node);
}

static const KdOp pairwise_op = { .name = "pairwise_distance",
                                  .forward = pairwise_forward,
                                  .backward = pairwise_backward };

KdNode *
kd_pairwise_distance (KdGraph *g, KdNode *x, double floor)
{
  if (!is_matrix (x))
    kd_build_error ("pairwise_distance", &x, 1, "needs a real matrix");
  g_assert (floor >= 0);
  const KdShape shape = kd_shape (x->shape.n, x->shape.n, 1, 1);
  KdNode *node = kd_node_new (g, &pairwise_op, shape, KD_TYPE_REAL, &x, 1, sizeof (Pairwise));
  *(Pairwise *) node->attributes = (Pairwise){ floor };
  return node;
}

const KdOp *const kd_ops_matmul[] = { &matmul_op, &pairwise_op, NULL };
