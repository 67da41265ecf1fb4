/* SPDX-License-Identifier: MIT */
#include "engine/tape/kernels/conv.h"
#include "engine/tape/ops.h"

enum { X, WEIGHT, BIAS };

static bool
has_bias (const KdNode *node)
{
  return node->n_inputs > BIAS;
}

static size_t
align (size_t bytes)
{
  return (bytes + 63) / 64 * 64;
}

static const kd_real *
bias_of (const KdNode *node)
{
  return has_bias (node) ? node->inputs[BIAS]->value : NULL;
}

/* ---- laid out weights ---- */

/* What lies behind it was made of weights that stay, if these are still the same. */
typedef struct {
  _Alignas(64) const kd_real *weight;
  uint64_t version;
} Kept;

/* Of weights that stay both passes' layouts are kept, one behind the other; else the backward one takes the other's place. */
static Kept *
kept_of (const KdNode *node, bool backward)
{
  const KdConv *conv = node->attributes;
  const bool behind = conv->frozen && backward;
  return (Kept *) ((char *) node->cache +
                   (behind ? sizeof (Kept) + align (kd_conv_prepared_size (conv)) : 0));
}

static size_t
kept_size (const KdNode *node)
{
  const KdConv *conv = node->attributes;
  const size_t forward = sizeof (Kept) + align (kd_conv_prepared_size (conv));
  const size_t backward = node->in_chain && node->inputs[X]->needs_gradient
                              ? sizeof (Kept) + align (kd_conv_turned_size (conv))
                              : 0;
  return conv->frozen ? forward + backward : MAX (forward, backward);
}

static void
conv2d_prepare (KdNode *node, KdPool *pool, bool backward)
{
  const KdConv *conv = node->attributes;
  const KdNode *weight = node->inputs[WEIGHT];
  if (backward && !node->inputs[X]->needs_gradient)
    return;
  Kept *kept = kept_of (node->prepared, backward);
  const uint64_t version = conv->frozen ? kd_params_version (weight->params) : 0;
  if (conv->frozen && kept->weight == weight->value && kept->version == version)
    return;
  if (backward)
    kd_conv_turn (pool, conv, weight->value, kept + 1);
  else
    kd_conv_prepare (pool, conv, weight->value, kept + 1);
  kept->weight = weight->value;
  kept->version = version;
}

static bool
conv2d_same_prepared (const KdNode *a, const KdNode *b)
{
  const KdConv *x = a->attributes, *y = b->attributes;
  const KdNode *weight = a->inputs[WEIGHT];
  return weight->param && weight->param == b->inputs[WEIGHT]->param &&
         a->inputs[X]->needs_gradient == b->inputs[X]->needs_gradient &&
         kd_conv_kernel (x, KD_CONV_FORWARD) == kd_conv_kernel (y, KD_CONV_FORWARD) &&
         kd_conv_kernel (x, KD_CONV_DATA) == kd_conv_kernel (y, KD_CONV_DATA) &&
         x->stride == y->stride && x->padding == y->padding;
}

/* ---- all images at once ---- */

static void
conv2d_forward (KdNode *node, KdPool *pool)
{
  const KdConv *conv = node->attributes;
  const KdNode *weight = node->inputs[WEIGHT];
  if (!conv->frozen) {
    kd_conv_forward (pool, conv, node->inputs[X]->value, weight->value, node->workspace,
                     bias_of (node), node->value,
                     (char *) node->workspace + align (kd_conv_prepared_size (conv)));
    return;
  }
  conv2d_prepare (node, pool, false);
  kd_conv_forward (pool, conv, node->inputs[X]->value, NULL, kept_of (node, false) + 1,
                   bias_of (node), node->value, node->workspace);
}

static KdConvBackward
backward_of (const KdNode *node)
{
  const KdNode *x = node->inputs[X], *weight = node->inputs[WEIGHT];
  const KdNode *bias = has_bias (node) ? node->inputs[BIAS] : NULL;
  return (KdConvBackward){
    .x = x->value,
    .weight = weight->value,
    .dy = node->gradient,
    .dx = kd_gradient_target (node, X),
    .dweight = weight->needs_gradient ? weight->gradient : NULL,
    .dbias = bias && bias->needs_gradient ? bias->gradient : NULL,
  };
}

static void
conv2d_backward (KdNode *node, KdPool *pool)
{
  const KdConvBackward what = backward_of (node);
  kd_conv_backward (pool, node->attributes, &what, node->workspace);
}

/* ---- some images ---- */

/* Of some images: the kernel is chosen as for all. */
static KdConv
part_of (const KdConv *conv, KdImages images)
{
  KdConv part = *conv;
  part.batch = conv->n;
  part.n = images.to - images.from;
  return part;
}

/* Behind what the kernels' chunks use. */
static void *
image_workspace (const KdConv *conv, void *scratch)
{
  return (char *) scratch + align (kd_conv_scratch_size (conv));
}

static void
conv2d_forward_images (KdNode *node, KdImages images, KdPool *pool, void *scratch)
{
  const KdConv part = part_of (node->attributes, images);
  const KdNode *x = node->inputs[X];
  kd_conv_forward (pool, &part, kd_images_value (x, images), NULL,
                   kept_of (node->prepared, false) + 1, bias_of (node),
                   kd_images_value (node, images), image_workspace (node->attributes, scratch));
}

static void
conv2d_backward_images (KdNode *node, KdImages images, KdPool *pool, void *scratch)
{
  const KdConv part = part_of (node->attributes, images);
  const KdNode *x = node->inputs[X];
  if (!x->needs_gradient)
    return;
  const KdConvBackward what = {
    .dy = node->gradient + kd_images_begin (node, images),
    .dx = kd_target_at (kd_gradient_target (node, X), kd_images_begin (x, images)),
    .turned = kept_of (node->prepared, true) + 1,
  };
  kd_conv_backward (pool, &part, &what, image_workspace (node->attributes, scratch));
}

static void
conv2d_backward_parameters (KdNode *node, KdPool *pool, void *scratch)
{
  KdConvBackward what = backward_of (node);
  what.dx.values = NULL;
  if (what.dweight || what.dbias)
    kd_conv_backward (pool, node->attributes, &what, image_workspace (node->attributes, scratch));
}

/* Rows of one image's product, as which the kernel sees a convolution. */
static int
rows_of_image (const KdConv *conv)
{
  const KdConvKernel kernel = kd_conv_kernel (conv, KD_CONV_FORWARD);
  const int side = kernel == KD_CONV_F4 ? 4 : kernel == KD_CONV_F2 ? 2 : 1;
  return ((conv->out_h + side - 1) / side) * ((conv->out_w + side - 1) / side);
}

/* Weights are read again by each worker: they must stay in its L2, or serve many rows. */
static bool
conv2d_suits (const KdNode *node)
{
  const KdConv *conv = node->attributes;
  const size_t bytes = kd_conv_prepared_size (conv);
  return bytes <= 320 << 10 || (bytes <= 1 << 20 && rows_of_image (conv) >= 16);
}

static const KdImagesOp conv2d_by_images = { .parameters = 1 << WEIGHT | 1 << BIAS,
                                             .suits = conv2d_suits,
                                             .forward = conv2d_forward_images,
                                             .backward = conv2d_backward_images,
                                             .backward_parameters = conv2d_backward_parameters,
                                             .prepare = conv2d_prepare,
                                             .same_prepared = conv2d_same_prepared };

/* ---- the operation ---- */

static KdOpNeeds
conv2d_needs (const KdNode *node)
{
  const KdConv *conv = node->attributes;
  const double flop = 2.0 * (double) kd_shape_count (node->shape) * (double) kd_conv_patch (conv);
  const double passes =
      (double) node->inputs[X]->needs_gradient + (double) node->inputs[WEIGHT]->needs_gradient;
  const size_t all = kd_conv_workspace_size (conv), scratch = align (kd_conv_scratch_size (conv));
  KdOpNeeds needs = { .forward_flop = flop, .backward_flop = passes * flop };
  if (node->in_chain) {
    needs.scratch = scratch + kd_conv_pass_workspace_size (conv);
    needs.cache = node->prepared == node ? kept_size (node) : 0;
  } else {
    needs.scratch = scratch;
    needs.workspace = all + (conv->frozen ? 0 : align (kd_conv_prepared_size (conv)));
    needs.cache = conv->frozen ? kept_size (node) : 0;
  }
  return needs;
}

static const KdOp conv2d_op = { .name = "conv2d",
                                .forward = conv2d_forward,
                                .backward = conv2d_backward,
                                .needs = conv2d_needs,
                                .by_images = &conv2d_by_images,
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
