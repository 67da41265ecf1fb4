/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to tape/: walking two operands of unequal shapes, for pointwise operations and reductions. */
#include "engine/tape/node.h"

G_BEGIN_DECLS

/*
 * The result's axes in memory order (N H W C, outermost first), axes of size 1 dropped and neighbours merged where both
 * operands repeat or advance alike, so that the innermost run is as long as it can be. Sizes of unused axes are 1.
 */
typedef struct {
  size_t size[4], stride_a[4], stride_b[4], stride_y[4]; /* values; stride 0: repeated */
  int split;                                             /* the axis that work is cut along */
  size_t step;                                           /* indices of it a chunk */
} KdBroadcast;

/* How many values a chunk has, about. */
#define KD_CHUNK_VALUES 16384

/* Each axis of @a and @b is that of @y or 1. With @rows axis N is left alone and is the one that is split. */
KdBroadcast kd_broadcast (KdShape a, KdShape b, KdShape y, bool rows);

/* One innermost run: offsets of its first value in the operands and the result. */
typedef struct {
  size_t a, b, y, count;
} KdRun;
typedef void (*KdRunFunc) (void *data, KdRun run);

/* @func for every run, in parallel; with live rows only the first @rows of axis N (else pass SIZE_MAX). */
void
kd_broadcast_each (const KdBroadcast *plan, size_t rows, KdPool *pool, KdRunFunc func, void *data);

/* The values of a run: written into @buffer (KD_RUN_BUFFER values; runs are cut to fit) or found elsewhere. */
#define KD_RUN_BUFFER 512
typedef const kd_real *(*KdRunSource) (void *data, KdRun run, kd_real *buffer);

typedef enum { KD_OPERAND_A, KD_OPERAND_B } KdOperand;

/* target[j] += factor * the sum of the values of all runs that meet element j of @operand. In double, in a fixed order.
 * @workspace: kd_broadcast_workspace () bytes. */
void kd_broadcast_reduce (const KdBroadcast *plan,
                          size_t rows,
                          KdPool *pool,
                          KdOperand operand,
                          KdRunSource source,
                          void *data,
                          double factor,
                          kd_real *target,
                          void *workspace);
size_t kd_broadcast_workspace (const KdBroadcast *plan, KdOperand operand);

/* Sum of @count values, in double, with a fixed grouping that vectorises. */
double kd_sum_values (const kd_real *values, size_t count);

/* Live rows as kd_broadcast_each () wants them. */
static inline size_t
kd_live_limit (const KdNode *node)
{
  return node->live_rows ? (size_t) *node->live_rows : SIZE_MAX;
}

G_END_DECLS
