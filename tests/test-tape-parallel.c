/* SPDX-License-Identifier: MIT */
#include "engine/tape/tape.h"

#include <cblas.h>

/* The worker pool: every chunk once, nested calls inline, sleeping and waking, and BLAS from all workers. */

#define MOST_CHUNKS 512

typedef struct {
  KdPool *pool;
  int counts[MOST_CHUNKS];
  int rounds[MOST_CHUNKS];
  int round;
} Marks;

static void
mark (void *data, int chunk, void *scratch)
{
  Marks *marks = data;
  g_assert_cmpuint ((uintptr_t) scratch % 64, ==, 0);
  *(int *) scratch = chunk; /* ours alone: the sanitizer would tell */
  marks->counts[chunk]++;
  marks->rounds[chunk] = marks->round;
}

static void
check_every_chunk_once (KdPool *pool, int n_chunks, int round)
{
  static Marks marks;
  marks = (Marks){ .pool = pool, .round = round };
  kd_parallel_for (pool, n_chunks, mark, &marks);
  for (int i = 0; i < MOST_CHUNKS; i++) {
    g_assert_cmpint (marks.counts[i], ==, i < n_chunks ? 1 : 0);
    if (i < n_chunks)
      g_assert_cmpint (marks.rounds[i], ==, round);
  }
}

/* Short jobs in a row, of all sizes, with gaps in which workers fall asleep, are sent to sleep or still spin. */
static void
test_every_chunk_once (void)
{
  for (int n_workers = 1; n_workers <= 5; n_workers++) {
    KdPool *pool = kd_pool_new (n_workers);
    g_assert_cmpint (kd_pool_workers (pool), ==, n_workers);
    KdRandom random = kd_random (1, (uint64_t) n_workers);
    for (int round = 1; round <= 3000; round++) {
      check_every_chunk_once (pool, kd_random_int (&random, 0, 40), round);
      if (round % 100 == 0)
        check_every_chunk_once (pool, MOST_CHUNKS, round);
      if (round % 150 == 0)
        g_usleep (300);
      if (round % 70 == 0)
        kd_pool_park (pool);
      if (round == 1000)
        kd_pool_reserve_scratch (pool, 100000);
    }
    g_assert_cmpuint (kd_pool_scratch_size (pool), >=, 100000);
    kd_pool_free (pool);
  }
}

static void
test_start_and_stop (void)
{
  KdPool *all = kd_pool_new (0);
  g_assert_cmpint (kd_pool_workers (all), ==, MIN ((int) g_get_num_processors (), KD_MAX_WORKERS));
  kd_pool_free (all);
  for (int i = 0; i < 200; i++) {
    KdPool *pool = kd_pool_new (4);
    if (i % 2)
      check_every_chunk_once (pool, 8, i);
    if (i % 3 == 0)
      kd_pool_park (pool);
    kd_pool_free (pool);
  }
}

typedef struct {
  KdPool *pool;
  int sums[16];
  int last[16]; /* the inner chunk that ran last: inline means in order */
} Nested;

typedef struct {
  int *sum, *last;
} Inner;

static void
inner_chunk (void *data, int chunk, void *scratch)
{
  (void) scratch;
  Inner *inner = data;
  g_assert_cmpint (*inner->last, ==, chunk - 1);
  *inner->sum += chunk;
  *inner->last = chunk;
}

static void
outer_chunk (void *data, int chunk, void *scratch)
{
  (void) scratch;
  Nested *nested = data;
  Inner inner = { &nested->sums[chunk], &nested->last[chunk] };
  nested->last[chunk] = -1;
  kd_parallel_for (nested->pool, 10, inner_chunk, &inner);
}

static void
test_nested (void)
{
  KdPool *pool = kd_pool_new (4);
  for (int round = 0; round < 500; round++) {
    Nested nested = { .pool = pool };
    kd_parallel_for (pool, 16, outer_chunk, &nested);
    for (int i = 0; i < 16; i++)
      g_assert_cmpint (nested.sums[i], ==, 45);
  }
  kd_pool_free (pool);
}

/* ---- BLAS -------------------------------------------------------------------------------------- */

#define ROWS 48
#define DEPTH 300
#define COLUMNS 70
#define PRODUCTS 8

typedef struct {
  float a[PRODUCTS][ROWS * DEPTH], b[PRODUCTS][DEPTH * COLUMNS], y[PRODUCTS][ROWS * COLUMNS];
} Products;

static void
multiply (void *data, int chunk, void *scratch)
{
  (void) scratch;
  Products *products = data;
  cblas_sgemm (CblasRowMajor, CblasNoTrans, CblasNoTrans, ROWS, COLUMNS, DEPTH, 1,
               products->a[chunk], DEPTH, products->b[chunk], COLUMNS, 0, products->y[chunk],
               COLUMNS);
}

static void
check_product (const Products *products, int which)
{
  for (int i = 0; i < ROWS; i++) {
    for (int j = 0; j < COLUMNS; j++) {
      double sum = 0, size = 0;
      for (int k = 0; k < DEPTH; k++) {
        const double term = (double) products->a[which][i * DEPTH + k] *
                            (double) products->b[which][k * COLUMNS + j];
        sum += term;
        size += ABS (term);
      }
      const double got = (double) products->y[which][i * COLUMNS + j];
      g_assert_cmpfloat (ABS (got - sum), <=, 1e-6 * size + 1e-6);
    }
  }
}

static void
test_blas_from_four_threads (void)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (kd_blas_init (&error));
  g_assert_no_error (error);
  g_assert_cmpint (openblas_get_num_threads (), ==, 1);

  KdPool *pool = kd_pool_new (4);
  Products *products = g_new0 (Products, 1);
  KdRandom random = kd_random (3, 0);
  for (int round = 0; round < 20; round++) {
    for (int p = 0; p < PRODUCTS; p++) {
      for (int i = 0; i < ROWS * DEPTH; i++)
        products->a[p][i] = (float) kd_random_uniform (&random, -1, 1);
      for (int i = 0; i < DEPTH * COLUMNS; i++)
        products->b[p][i] = (float) kd_random_uniform (&random, -1, 1);
    }
    kd_parallel_for (pool, PRODUCTS, multiply, products);
    for (int p = 0; p < PRODUCTS; p++)
      check_product (products, p);
  }
  g_free (products);
  kd_pool_free (pool);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tape/pool/runs-every-chunk-once", test_every_chunk_once);
  g_test_add_func ("/tape/pool/starts-and-stops", test_start_and_stop);
  g_test_add_func ("/tape/pool/runs-nested-calls-inline-in-order", test_nested);
  g_test_add_func ("/tape/blas/from-four-threads", test_blas_from_four_threads);
  return g_test_run ();
}
