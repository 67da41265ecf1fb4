/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Kernels that are built once for each vector width of the processor family; kd_wide () gives the widest that this
 * processor runs. A kernel's bits depend on the width, never on the number of workers.
 */
#include "engine/tape/kernels/norm.h"

G_BEGIN_DECLS

/* Rows of what the kernels read by vectors are padded to a multiple of this many values. */
#define KD_WIDE_COLUMNS 16

static inline int
kd_wide_pad (int columns)
{
  return (columns + KD_WIDE_COLUMNS - 1) / KD_WIDE_COLUMNS * KD_WIDE_COLUMNS;
}

/*
 * C = A B + bias, or C += A B. A [m,k] with any strides, so that it may be a transposed one; B [k,n] by padded rows, so that
 * whole vectors may be read; C [m,n] by rows. With @runs > 1 A's columns lie in that many equal runs, @a_run apart: the rows of
 * a map under a convolution's kernel, which need not be gathered.
 */
typedef struct {
  int m, n, k;
  const kd_real *a, *b, *bias; /* bias [n] or NULL */
  kd_real *c;
  ptrdiff_t a_row, a_column, b_row, c_row; /* values from one row or column to the next */
  int runs;                                /* 0 or 1: k columns evenly apart */
  ptrdiff_t a_run;
  bool add;
} KdWideGemm;

/* Tiles of a map for Winograd: outputs of tile (ty,tx) begin at (ty m, tx m), their inputs @padding before. */
typedef struct {
  int in_h, in_w, in_c;
  int out_h, out_w, out_c;
  int padding;
  int rows, columns; /* tiles of an image */
} KdWideTiles;

/*
 * The transforms of Winograd's F(m x m, 3 x 3), t = m + 2. A transformed thing is t*t matrices @step values apart:
 * [tiles, padded channels], or [I, padded O] of filters. Padding is written as 0.
 */
typedef struct {
  int m;
  /* V = B^T d B of tiles @from..@to-1 of x; @v: of tile @from */
  void (*data) (
      const KdWideTiles *map, const kd_real *x, int from, int to, kd_real *v, size_t step);
  /* y = A^T M A + bias (may be NULL), or += with @add; @products: of tile @from */
  void (*output) (const KdWideTiles *map,
                  const kd_real *products,
                  size_t step,
                  int from,
                  int to,
                  const kd_real *bias,
                  bool add,
                  kd_real *y);
  /* E = A dy A^T of tiles @from..@to-1; @e: of tile @from */
  void (*pull) (
      const KdWideTiles *map, const kd_real *dy, int from, int to, kd_real *e, size_t step);
  /* U = G g G^T of filters [O,3,3,I]: rows @from..@to-1 of [I, padded O] */
  void (*filters) (
      int out_c, int in_c, const kd_real *weight, int from, int to, kd_real *u, size_t step);
  /* The same of filters turned by 180 degrees with O and I swapped: rows @from..@to-1 of [O, padded I] */
  void (*turned_filters) (
      int out_c, int in_c, const kd_real *weight, int from, int to, kd_real *u, size_t step);
  /* dg += G^T dU G of outputs @from..@to-1; reads [O, padded I] */
  void (*filter_gradients) (
      int out_c, int in_c, const kd_real *du, size_t step, int from, int to, kd_real *dweight);
} KdWideWinograd;

typedef struct {
  const char *name;
  void (*gemm) (const KdWideGemm *gemm);
  const KdWideWinograd *f2, *f4;
  KdNormForward *norm_forward;
  KdNormBackward *norm_backward;
} KdWide;

const KdWide *kd_wide (void);
/* What was built and runs on this processor, narrowest first: the tests try all of them. */
int kd_wide_count (void);
const KdWide *kd_wide_at (int index);

G_END_DECLS
