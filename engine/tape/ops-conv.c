/* SPDX-License-Identifier: MIT */
#include "engine/tape/kernels/conv.h"
#include "engine/tape/ops.h"

enum { X, WEIGHT, BIAS };

static bool
has_bias (const KdNode *node)
{
  return node->n_inputs > BIAS;
}

/* Of weights that stay: which values were prepared; what was made of them lies behind. */
typedef struct {
  _Alignas(64) const kd_real *weight;
  uint64_t version;
} Kept;

static size_t
prepared_size (const KdConv *conv)
{
  return (kd_conv_prepared_size (conv) + 63) / 64 * 64;
}

static void
conv2d_forward (KdNode *node, KdPool *pool)
{
  const KdConv *conv = node->attributes;
  const KdNode *weight = node->inputs[WEIGHT];
  const kd_real *bias = has_bias (node) ? node->inputs[BIAS]->value : NULL;
  if (!conv->frozen) {
    kd_conv_forward (pool, conv, node->inputs[X]->value, weight->value, node->workspace, bias,
                     node->value, (char *) node->workspace + prepared_size (conv));
    return;
  }
  Kept *kept = node->cache;
  const uint64_t version = kd_params_version (weight->params);
  const bool fresh = kept->weight == weight->value && kept->version == version;
  kd_conv_forward (pool, conv, node->inputs[X]->value, fresh ? NULL : weight->value, kept + 1, bias,
                   node->value, node->workspace);
  kept->weight = weight->value;
  kept->version = version;
}

static void
conv2d_backward (KdNode *node, KdPool *pool)
{
  const KdNode *x = node->inputs[X], *weight = node->inputs[WEIGHT];
  const KdNode *bias = has_bias (node) ? node->inputs[BIAS] : NULL;
  const KdConvBackward what = {
    .x = x->value,
    .weight = weight->value,
    .dy = node->gradient,
    .dx = kd_gradient_target (x),
    .dweight = weight->needs_gradient ? weight->gradient : NULL,
    .dbias = bias && bias->needs_gradient ? bias->gradient : NULL,
  };
  kd_conv_backward (pool, node->attributes, &what, node->workspace);
}

static KdOpNeeds
conv2d_needs (const KdNode *node)
{
  const KdConv *conv = node->attributes;
  const double flop = 2.0 * (double) kd_shape_count (node->shape) * (double) kd_conv_patch (conv);
  const double passes =
      (double) node->inputs[X]->needs_gradient + (double) node->inputs[WEIGHT]->needs_gradient;
  return (KdOpNeeds){
    .workspace = kd_conv_workspace_size (conv) + (conv->frozen ? 0 : prepared_size (conv)),
    .scratch = kd_conv_scratch_size (conv),
    .cache = conv->frozen ? sizeof (Kept) + prepared_size (conv) : 0,
    .forward_flop = flop,
    .backward_flop = passes * flop,
  };
}

static const KdOp conv2d_op = { .name = "conv2d",
                                .forward = conv2d_forward,
                                .backward = conv2d_backward,
                                .needs = conv2d_needs,
                                .stores = 1 << X };

const KdOp *const kd_ops_conv[] = { &conv2d_op, NULL };

KdNode *
kd_conv2d (KdGraph *g, KdNode *x, KdNode *weight, KdNode *bias, int stride, int padding)
{
  KdNode *inputs[] = { x, weight, bias };
  const int n_inputs = bias ? 3 : 2;
  const KdShape in = x->shape, w = weight->shape;
  if (w.c != in.c)
    kd_build_error ("conv2d", inputs, n_inputs,
                    "the weight's input channels differ from the map's");
  if (w.h != w.w || w.h < 1 || stride < 1 || padding < 0)
    kd_build_error ("conv2d", inputs, n_inputs, "needs a square kernel, stride >= 1, padding >= 0");
  if (bias && !kd_shape_equal (bias->shape, kd_shape (1, w.n, 1, 1)))
    kd_build_error ("conv2d", inputs, n_inputs, "bias must be [1,O,1,1]");
  if (in.h + 2 * padding < w.h || in.w + 2 * padding < w.w)
    kd_build_error ("conv2d", inputs, n_inputs, "the kernel is larger than the padded map");
  const KdShape out = kd_shape (in.n, w.n, (in.h + 2 * padding - w.h) / stride + 1,
                                (in.w + 2 * padding - w.w) / stride + 1);
  KdNode *node = kd_node_new (g, &conv2d_op, out, KD_TYPE_REAL, inputs, n_inputs, sizeof (KdConv));
  *(KdConv *) node->attributes =
      (KdConv){ .n = in.n,
                .in_h = in.h,
                .in_w = in.w,
                .in_c = in.c,
                .out_h = out.h,
                .out_w = out.w,
                .out_c = out.c,
                .kernel = w.h,
                .stride = stride,
                .padding = padding,
                .frozen = weight->param && (weight->param->flags & KD_PARAM_FROZEN) };
  return node;
}
