/* SPDX-License-Identifier: MIT */
#include "tests/gradcheck.h"

/* Convolution, norms, pooling, losses and the fused composites. */

#define BUILD(name, call)                                                                          \
  static KdNode *build_##name (KdGraph *g, KdNode *const *in)                                      \
  {                                                                                                \
    return call;                                                                                   \
  }

BUILD (conv_3x3, kd_conv2d (g, in[0], in[1], in[2], 1, 1))
BUILD (conv_3x3_no_bias, kd_conv2d (g, in[0], in[1], NULL, 1, 1))
BUILD (conv_stride, kd_conv2d (g, in[0], in[1], in[2], 2, 1))
BUILD (conv_valid, kd_conv2d (g, in[0], in[1], NULL, 1, 0))
BUILD (conv_stride_1x1, kd_conv2d (g, in[0], in[1], NULL, 2, 0))
BUILD (group_norm, kd_group_norm (g, in[0], in[1], in[2], 2, 1e-5, NULL, false))
BUILD (group_norm_residual, kd_group_norm (g, in[0], in[1], in[2], 4, 1e-5, in[3], false))
/* A large bias keeps every value on one side of the ReLU's kink: all pass, or none of channel 0. */
BUILD (group_norm_relu,
       kd_group_norm (
           g, in[0], in[1], kd_mul (g, in[2], kd_scalar (g, "far", 9)), 1, 1e-5, in[3], true))
BUILD (layer_norm, kd_layer_norm (g, in[0], in[1], in[2], 1e-5))
BUILD (upsample_twice, kd_upsample (g, in[0], (KdSize){ 6, 10 }))
BUILD (upsample_odd, kd_upsample (g, in[0], (KdSize){ 7, 11 }))
BUILD (max_pool, kd_max_pool (g, in[0], 3, 2, 1))
BUILD (max_pool_valid, kd_max_pool (g, in[0], 2, 1, 0))
BUILD (shift_means, kd_shift2d_means (g, in[0]))
BUILD (roi_align, kd_roi_align (g, in[0], in[1], in[2], NULL, 0, 4, 3, 2))
BUILD (roi_align_level, kd_roi_align (g, in[0], in[1], in[2], in[3], 1, 8, 2, 3))
BUILD (focal, kd_focal_bce (g, in[0], in[1], NULL, 0.25, 2))
BUILD (focal_weight, kd_focal_bce (g, in[0], in[1], in[2], 0.4, 1.5))
BUILD (bce, kd_bce_with_logits (g, in[0], in[1]))
BUILD (sse, kd_weighted_sse (g, in[0], in[1], NULL, NULL))
BUILD (sse_spatial, kd_weighted_sse (g, in[0], in[1], in[2], NULL))
BUILD (sse_channel, kd_weighted_sse (g, in[0], in[1], NULL, in[2]))
BUILD (sse_both, kd_weighted_sse (g, in[0], in[1], in[2], in[3]))
BUILD (sse_map, kd_weighted_sse_map (g, in[0], in[1], in[2], in[3]))
BUILD (sse_map_plain, kd_weighted_sse_map (g, in[0], in[1], NULL, NULL))
BUILD (abs_mean_c, kd_abs_mean (g, in[0], KD_AXIS_C))
BUILD (abs_mean_hw, kd_abs_mean (g, in[0], KD_AXES_HW))
BUILD (weighted_pool, kd_weighted_pool (g, in[0], in[1]))

#define FEATURE                                                                                    \
  {                                                                                                \
    2, 4, 3, 5                                                                                     \
  }
#define ANY(...)                                                                                   \
  {                                                                                                \
    .shape = __VA_ARGS__, .low = -1.5, .high = 1.5                                                 \
  }
#define INTS(low_, high_, ...)                                                                     \
  {                                                                                                \
    .shape = __VA_ARGS__, .low = low_, .high = high_, .ints = true                                 \
  }
#define AWAY(...)                                                                                  \
  {                                                                                                \
    .shape = __VA_ARGS__, .low = -1.5, .high = 1.5, .kinks = { 0 }, .n_kinks = 1                   \
  }

#define CONSTANT(low_, high_, ...)                                                                 \
  {                                                                                                \
    .shape = __VA_ARGS__, .low = low_, .high = high_, .constant = true                             \
  }

#define LIVE_BOXES(rows, low_, high_, ...)                                                         \
  {                                                                                                \
    .shape = __VA_ARGS__, .low = low_, .high = high_, .constant = true, .live = rows               \
  }

// clang-format off
const KdGradientCase kd_gradient_cases_networks[] = {
  { "conv2d", "3x3", { ANY ({ 2, 3, 5, 4 }), ANY ({ 4, 3, 3, 3 }), ANY ({ 1, 4, 1, 1 }) }, build_conv_3x3 },
  { "conv2d", "3x3-without-bias", { ANY ({ 2, 3, 5, 4 }), ANY ({ 4, 3, 3, 3 }) }, build_conv_3x3_no_bias },
  { "conv2d", "3x3-on-one-cell", { ANY ({ 2, 3, 1, 1 }), ANY ({ 4, 3, 3, 3 }), ANY ({ 1, 4, 1, 1 }) }, build_conv_3x3 },
  { "conv2d", "stride-2-odd", { ANY ({ 2, 3, 7, 5 }), ANY ({ 4, 3, 3, 3 }), ANY ({ 1, 4, 1, 1 }) }, build_conv_stride },
  { "conv2d", "stride-2-even", { ANY ({ 2, 3, 6, 8 }), ANY ({ 4, 3, 3, 3 }), ANY ({ 1, 4, 1, 1 }) }, build_conv_stride },
  { "conv2d", "1x1", { ANY ({ 2, 5, 3, 4 }), ANY ({ 3, 5, 1, 1 }) }, build_conv_valid },
  { "conv2d", "1x1-stride-2", { ANY ({ 2, 5, 4, 6 }), ANY ({ 3, 5, 1, 1 }) }, build_conv_stride_1x1 },
  { "conv2d", "5x5-valid", { ANY ({ 1, 2, 7, 6 }), ANY ({ 3, 2, 5, 5 }) }, build_conv_valid },
  { "conv2d", "many-channels", { ANY ({ 2, 16, 4, 4 }), ANY ({ 130, 16, 3, 3 }), ANY ({ 1, 130, 1, 1 }) }, build_conv_3x3 },

  { "group_norm", "two-groups", { ANY (FEATURE), ANY ({ 1, 4, 1, 1 }), ANY ({ 1, 4, 1, 1 }) }, build_group_norm },
  { "group_norm", "residual", { ANY (FEATURE), ANY ({ 1, 4, 1, 1 }), ANY ({ 1, 4, 1, 1 }), ANY (FEATURE) }, build_group_norm_residual },
  { "group_norm", "relu", { ANY (FEATURE), { .shape = { 1, 4, 1, 1 }, .low = 0.1, .high = 0.5 }, { .shape = { 1, 4, 1, 1 }, .low = -1.5, .high = 1.5, .kinks = { 0, 0.2, -0.2 }, .n_kinks = 3 }, { .shape = FEATURE, .low = -0.01, .high = 0.01 } }, build_group_norm_relu },
  { "layer_norm", "vector", { ANY ({ 3, 6, 1, 1 }), ANY ({ 1, 6, 1, 1 }), ANY ({ 1, 6, 1, 1 }) }, build_layer_norm },
  { "layer_norm", "map", { ANY (FEATURE), ANY ({ 1, 4, 1, 1 }), ANY ({ 1, 4, 1, 1 }) }, build_layer_norm },

  { "upsample", "twice", { ANY (FEATURE) }, build_upsample_twice },
  { "upsample", "odd", { ANY (FEATURE) }, build_upsample_odd },

  { "max_pool", "overlapping-padded", { ANY ({ 2, 3, 7, 6 }) }, build_max_pool },
  { "max_pool", "valid", { ANY ({ 2, 3, 4, 5 }) }, build_max_pool_valid },
  { "max_pool", "one-cell", { ANY ({ 2, 3, 1, 1 }) }, build_max_pool },
  { "shift2d_means", "map", { ANY (FEATURE) }, build_shift_means },
  { "shift2d_means", "one-cell", { ANY ({ 2, 3, 1, 1 }) }, build_shift_means },
  { "roi_align", "any-boxes", { ANY (FEATURE), CONSTANT (-8, 28, { 6, 4, 1, 1 }), INTS (0, 1, { 6, 1, 1, 1 }) }, build_roi_align },
  { "roi_align", "levels-and-live-rows", { ANY ({ 2, 4, 6, 6 }), LIVE_BOXES (5, -8, 56, { 9, 4, 1, 1 }), INTS (0, 1, { 9, 1, 1, 1 }), INTS (0, 1, { 9, 1, 1, 1 }) }, build_roi_align_level },

  { "focal_bce", "plain", { ANY (FEATURE), CONSTANT (0, 1, FEATURE) }, build_focal },
  { "focal_bce", "weighted", { ANY (FEATURE), CONSTANT (0, 1, FEATURE), CONSTANT (0, 2, { 2, 1, 3, 5 }) }, build_focal_weight },
  { "focal_bce", "one-weight", { ANY (FEATURE), CONSTANT (0, 1, FEATURE), CONSTANT (0.5, 2, { 1, 1, 1, 1 }) }, build_focal_weight },
  { "bce_with_logits", "feature", { ANY (FEATURE), CONSTANT (0, 1, FEATURE) }, build_bce },

  { "weighted_sse", "plain", { ANY (FEATURE), ANY (FEATURE) }, build_sse },
  { "weighted_sse", "spatial", { ANY (FEATURE), ANY (FEATURE), CONSTANT (0, 1, { 2, 1, 3, 5 }) }, build_sse_spatial },
  { "weighted_sse", "channel", { ANY (FEATURE), ANY (FEATURE), CONSTANT (0, 1, { 2, 4, 1, 1 }) }, build_sse_channel },
  { "weighted_sse", "both", { ANY (FEATURE), ANY (FEATURE), CONSTANT (0, 1, { 2, 1, 3, 5 }), CONSTANT (0, 1, FEATURE) }, build_sse_both },
  { "weighted_sse", "one-image-one-cell", { ANY ({ 1, 4, 1, 1 }), ANY ({ 1, 4, 1, 1 }) }, build_sse },
  { "weighted_sse_map", "both", { ANY (FEATURE), ANY (FEATURE), CONSTANT (0, 1, { 2, 1, 3, 5 }), CONSTANT (0, 1, { 2, 4, 1, 1 }) }, build_sse_map },
  { "weighted_sse_map", "plain", { ANY (FEATURE), ANY (FEATURE) }, build_sse_map_plain },
  { "weighted_sse_map", "one-cell-one-channel", { ANY ({ 1, 1, 1, 1 }), ANY ({ 1, 1, 1, 1 }) }, build_sse_map_plain },
  { "abs_mean", "channels", { AWAY (FEATURE) }, build_abs_mean_c },
  { "abs_mean", "pixels", { AWAY (FEATURE) }, build_abs_mean_hw },
  { "weighted_pool", "feature", { ANY (FEATURE), ANY ({ 2, 1, 3, 5 }) }, build_weighted_pool },
  { NULL, NULL, { { .live = 0 } }, NULL },
};
// clang-format on
