/* SPDX-License-Identifier: MIT */
#pragma once

/* Row-major matrix products of kd_real by OpenBLAS. One thread: the pool splits the work. */
#include "engine/base/base.h"

#include <cblas.h>

G_BEGIN_DECLS

/* c [m,n] = a [m,k] b [k,n] + beta c; leading dimensions are the memory rows' lengths. */
static inline void
kd_gemm (bool transpose_a,
         bool transpose_b,
         int m,
         int n,
         int k,
         const kd_real *a,
         int row_a,
         const kd_real *b,
         int row_b,
         kd_real beta,
         kd_real *c,
         int row_c)
{
  const CBLAS_TRANSPOSE ta = transpose_a ? CblasTrans : CblasNoTrans;
  const CBLAS_TRANSPOSE tb = transpose_b ? CblasTrans : CblasNoTrans;
#ifdef KD_REAL_IS_DOUBLE
  cblas_dgemm (CblasRowMajor, ta, tb, m, n, k, 1, a, row_a, b, row_b, beta, c, row_c);
#else
  cblas_sgemm (CblasRowMajor, ta, tb, m, n, k, 1, a, row_a, b, row_b, beta, c, row_c);
#endif
}

G_END_DECLS
