/* SPDX-License-Identifier: MIT */
#include "engine/tape/kernels/vector.h"

/*
 * Tiles of C that stay in registers: a column of A's rows times two vectors of B, nothing packed. B's panel of DEPTH x 2
 * vectors stays in L1 while A's rows pass by.
 */

/* As many sums as the registers hold beside two vectors of B and one value of A. */
#define TILE_ROWS (KD_VECTOR_BYTES == 64 ? 12 : 6)
#define TILE_VECTORS 2
#define DEPTH 256

/* One tile: pointers to its rows of A, columns of B, and C; where its sums begin, @start_row 0 for all rows alike. */
typedef struct {
  const kd_real *a, *b, *start;
  kd_real *c;
  ptrdiff_t start_row, c_row;
  int k, runs; /* of each run */
} Tile;

KD_INLINE void
tile (const KdWideGemm *g, const Tile *t, const int rows, const int vectors)
{
  KdVector sum[TILE_ROWS][TILE_VECTORS];
#pragma GCC unroll 16
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
    for (int j = 0; j < vectors; j++)
      sum[i][j] = kd_load (t->start + i * t->start_row + j * KD_LANES);
  const kd_real *b = t->b;
  for (int run = 0; run < t->runs; run++) {
    const kd_real *a = t->a + run * g->a_run;
    for (int k = 0; k < t->k; k++) {
      KdVector right[TILE_VECTORS];
#pragma GCC unroll 2
      for (int j = 0; j < vectors; j++)
        right[j] = kd_load (b + j * KD_LANES);
#pragma GCC unroll 16
      for (int i = 0; i < rows; i++) {
        const kd_real left = a[i * g->a_row];
#pragma GCC unroll 2
        for (int j = 0; j < vectors; j++)
          sum[i][j] += left * right[j];
      }
      a += g->a_column;
      b += g->b_row;
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
    for (int j = 0; j < vectors; j++)
      kd_store (t->c + i * t->c_row + j * KD_LANES, sum[i][j]);
}

#define TILE_CASE(rows)                                                                            \
  case rows:                                                                                       \
    if (vectors == 2)                                                                              \
      tile (g, t, rows, 2);                                                                        \
    else                                                                                           \
      tile (g, t, rows, 1);                                                                        \
    break;

static void
whole_tile (const KdWideGemm *g, const Tile *t, int rows, int vectors)
{
  switch (rows) {
    TILE_CASE (1)
    TILE_CASE (2)
    TILE_CASE (3)
    TILE_CASE (4)
    TILE_CASE (5)
    TILE_CASE (6)
#if KD_VECTOR_BYTES == 64
    TILE_CASE (7)
    TILE_CASE (8)
    TILE_CASE (9)
    TILE_CASE (10)
    TILE_CASE (11)
    TILE_CASE (12)
#endif
  default:
    break;
  }
}

/* The last columns, fewer than the vectors have lanes: by way of a whole tile beside C. */
static void
partial_tile (const KdWideGemm *g, const Tile *t, int rows, int vectors, int columns)
{
  kd_real block[TILE_ROWS * TILE_VECTORS * KD_LANES] = { 0 };
  const int width = vectors * KD_LANES;
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < columns; j++)
      block[i * width + j] = t->start[i * t->start_row + j];
  Tile beside = *t;
  beside.start = beside.c = block;
  beside.start_row = beside.c_row = width;
  whole_tile (g, &beside, rows, vectors);
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < columns; j++)
      t->c[i * t->c_row + j] = block[i * width + j];
}

/* All rows of @vectors vectors of columns from @column on, for @t's part of k. */
static void
column_panel (const KdWideGemm *g, Tile t, bool add, int column, int vectors)
{
  static const kd_real zeros[TILE_VECTORS * KD_LANES];
  const int columns = g->n - column;
  const int tiles = (g->m + TILE_ROWS - 1) / TILE_ROWS;
  const kd_real *a = t.a;
  t.c_row = g->c_row;
  t.start_row = add ? g->c_row : 0;
  for (int i = 0, row = 0; i < tiles; i++) {
    /* Equal tiles: 14 rows are 7 and 7, not 12 and 2. */
    const int rows = (g->m - row + tiles - i - 1) / (tiles - i);
    t.a = a + row * g->a_row;
    t.c = g->c + row * g->c_row + column;
    t.start = add ? t.c : g->bias ? g->bias + column : zeros;
    if (columns >= vectors * KD_LANES)
      whole_tile (g, &t, rows, vectors);
    else
      partial_tile (g, &t, rows, vectors, columns);
    row += rows;
  }
}

/* All columns for one part of k, @runs of @depth. */
static void
depth_panel (const KdWideGemm *g, int from, int depth, int runs)
{
  int vectors;
  for (int column = 0; column < g->n; column += vectors * KD_LANES) {
    vectors = g->n - column > KD_LANES ? 2 : 1;
    const Tile t = {
      .a = g->a + from * g->a_column, .b = g->b + from * g->b_row + column, .k = depth, .runs = runs
    };
    column_panel (g, t, g->add || from > 0, column, vectors);
  }
}

void
KD_WIDE_NAME (kd_wide_gemm) (const KdWideGemm *g)
{
  if (g->runs > 1) {
    depth_panel (g, 0, g->k / g->runs, g->runs);
    return;
  }
  for (int from = 0; from < g->k; from += DEPTH)
    depth_panel (g, from, MIN (DEPTH, g->k - from), 1);
}
