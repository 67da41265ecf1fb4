/* SPDX-License-Identifier: MIT */
#include "engine/tape/graph.h"
#include "engine/tape/kernels/wide.h"

#include <cblas.h>
#include <stdlib.h>

/* What one core reaches at best, as the yardstick of everything else: the best of many short runs. */
#define SECONDS 0.15

/* A product whose factors stay in L1 and L2: rows by depth by columns. */
enum { ROWS = 480, DEPTH = 64, COLUMNS = 64 };
enum { BLAS_SIDE = 1024 };

static void
multiply_own (kd_real *memory)
{
  kd_real *a = memory, *b = a + ROWS * DEPTH, *c = b + DEPTH * COLUMNS;
  for (int i = 0; i < 8; i++)
    kd_wide ()->gemm (&(KdWideGemm){ .m = ROWS,
                                     .n = COLUMNS,
                                     .k = DEPTH,
                                     .a = a,
                                     .a_row = DEPTH,
                                     .a_column = 1,
                                     .b = b,
                                     .b_row = COLUMNS,
                                     .c = c,
                                     .c_row = COLUMNS });
}

static void
multiply_blas (float *memory)
{
  const size_t matrix = (size_t) BLAS_SIDE * BLAS_SIDE;
  cblas_sgemm (CblasRowMajor, CblasNoTrans, CblasNoTrans, BLAS_SIDE, BLAS_SIDE, BLAS_SIDE, 1,
               memory, BLAS_SIDE, memory + matrix, BLAS_SIDE, 0, memory + 2 * matrix, BLAS_SIDE);
}

static double
best_gflop_per_s (bool own, void *memory)
{
  const double flop =
      own ? 8 * 2.0 * ROWS * DEPTH * COLUMNS : 2.0 * BLAS_SIDE * (double) BLAS_SIDE * BLAS_SIDE;
  double best = INFINITY;
  for (const double end = kd_now_s () + SECONDS; kd_now_s () < end;) {
    const double start = kd_now_s ();
    if (own)
      multiply_own (memory);
    else
      multiply_blas (memory);
    best = fmin (best, kd_now_s () - start);
  }
  return 1e-9 * flop / best;
}

KdPeak
kd_peak_measure (void)
{
  void *memory = kd_aligned_zeros (sizeof (double) * 3 * BLAS_SIDE * BLAS_SIDE);
  const KdPeak peak = { .own = best_gflop_per_s (true, memory),
                        .blas = best_gflop_per_s (false, memory) };
  free (memory);
  return peak;
}
