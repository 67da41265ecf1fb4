/* SPDX-License-Identifier: MIT */
#include "engine/tape/ops.h"

#include <string.h>

/* ---- nearest upsampling: source row = floor (y * in / out), as torch ------------------------------ */

static void
upsample_forward_chunk (void *data, int row, void *scratch)
{
  (void) scratch;
  const KdNode *node = data;
  const KdShape out = node->shape, in = node->inputs[0]->shape;
  const size_t c = (size_t) out.c;
  const int n = row / out.h, y = row % out.h;
  const kd_real *from =
      node->inputs[0]->value +
      ((size_t) n * (size_t) in.h + (size_t) (y * in.h / out.h)) * (size_t) in.w * c;
  kd_real *to = node->value + (size_t) row * (size_t) out.w * c;
  for (int x = 0; x < out.w; x++, to += c)
    memcpy (to, from + (size_t) (x * in.w / out.w) * c, c * sizeof (kd_real));
}

static void
upsample_forward (KdNode *node, KdPool *pool)
{
  kd_parallel_for (pool, node->shape.n * node->shape.h, upsample_forward_chunk, node);
}

/* One image a chunk: its outputs fall on its own inputs. */
static void
upsample_backward_chunk (void *data, int n, void *scratch)
{
  (void) scratch;
  const KdNode *node = data;
  const KdShape out = node->shape, in = node->inputs[0]->shape;
  const size_t c = (size_t) out.c;
  const kd_real *g = node->gradient + (size_t) n * (size_t) out.h * (size_t) out.w * c;
  kd_real *image = node->inputs[0]->gradient + (size_t) n * (size_t) in.h * (size_t) in.w * c;
  for (int y = 0; y < out.h; y++)
    for (int x = 0; x < out.w; x++, g += c) {
      kd_real *restrict to =
          image + ((size_t) (y * in.h / out.h) * (size_t) in.w + (size_t) (x * in.w / out.w)) * c;
      for (size_t i = 0; i < c; i++)
        to[i] += g[i];
    }
}

static void
upsample_backward (KdNode *node, KdPool *pool)
{
  kd_parallel_for (pool, node->shape.n, upsample_backward_chunk, node);
}

static const KdOp upsample_op = { "upsample", upsample_forward, upsample_backward, NULL };

const KdOp *const kd_ops_pool[] = { &upsample_op, NULL };

KdNode *
kd_upsample (KdGraph *g, KdNode *x, KdSize size)
{
  if (size.height < x->shape.h || size.width < x->shape.w)
    kd_build_error ("upsample", &x, 1, "the target is smaller than the map");
  const KdShape shape = kd_shape (x->shape.n, x->shape.c, size.height, size.width);
  return kd_node_new (g, &upsample_op, shape, KD_TYPE_REAL, &x, 1, 0);
}
