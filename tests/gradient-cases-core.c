/* SPDX-License-Identifier: MIT */
#include "tests/gradcheck.h"

/* Pointwise operations, reductions, softmax, matrices and rows. */

#define BUILD(name, call)                                                                          \
  static KdNode *build_##name (KdGraph *g, KdNode *const *in)                                      \
  {                                                                                                \
    return call;                                                                                   \
  }

BUILD (scale, kd_scale (g, in[0], -1.7))
BUILD (shift, kd_shift (g, in[0], 0.3))
BUILD (abs, kd_abs (g, in[0]))
BUILD (square, kd_square (g, in[0]))
BUILD (sqrt, kd_sqrt (g, in[0]))
BUILD (exp, kd_exp (g, in[0]))
BUILD (log, kd_log (g, in[0]))
BUILD (sigmoid, kd_sigmoid (g, in[0]))
BUILD (relu, kd_relu (g, in[0]))
BUILD (clamp, kd_clamp (g, in[0], -0.5, 0.7))
BUILD (huber, kd_huber (g, in[0], 0.4))
BUILD (huber_zero, kd_huber (g, in[0], 0))
BUILD (add, kd_add (g, in[0], in[1]))
BUILD (sub, kd_sub (g, in[0], in[1]))
BUILD (mul, kd_mul (g, in[0], in[1]))
BUILD (mul_self, kd_mul (g, in[0], in[0]))
BUILD (div, kd_div (g, in[0], in[1]))
BUILD (sum_hw, kd_sum (g, in[0], KD_AXES_HW))
BUILD (sum_c, kd_sum (g, in[0], KD_AXIS_C))
BUILD (sum_nc, kd_sum (g, in[0], KD_AXES_NC))
BUILD (sum_n, kd_sum (g, in[0], KD_AXIS_N))
BUILD (sum_all, kd_sum (g, in[0], KD_AXES_NCHW))
BUILD (mean_hw, kd_mean (g, in[0], KD_AXES_HW))
BUILD (mean_n, kd_mean (g, in[0], KD_AXIS_N))
BUILD (mean_all, kd_mean (g, in[0], KD_AXES_NCHW))
BUILD (max_hw, kd_max (g, in[0], KD_AXES_HW))
BUILD (max_c, kd_max (g, in[0], KD_AXIS_C))
BUILD (max_n, kd_max (g, in[0], KD_AXIS_N))
BUILD (max_all, kd_max (g, in[0], KD_AXES_NCHW))
BUILD (softmax_c, kd_softmax (g, in[0], KD_AXIS_C))
BUILD (softmax_hw, kd_softmax (g, in[0], KD_AXES_HW))
BUILD (softmax_n, kd_softmax (g, in[0], KD_AXIS_N))
BUILD (softmax_nw, kd_softmax (g, in[0], KD_AXIS_N | KD_AXIS_W))
BUILD (log_softmax_c, kd_log_softmax (g, in[0], KD_AXIS_C))
BUILD (log_softmax_hw, kd_log_softmax (g, in[0], KD_AXES_HW))
BUILD (log_softmax_n, kd_log_softmax (g, in[0], KD_AXIS_N))
BUILD (matmul, kd_matmul (g, in[0], in[1], false, false))
BUILD (matmul_ta, kd_matmul (g, in[0], in[1], true, false))
BUILD (matmul_tb, kd_matmul (g, in[0], in[1], false, true))
BUILD (matmul_tab, kd_matmul (g, in[0], in[1], true, true))
BUILD (pairwise, kd_pairwise_distance (g, in[0], 1e-12))
BUILD (pairwise_floor, kd_pairwise_distance (g, in[0], 2.0))
BUILD (reshape, kd_square (g, kd_reshape (g, in[0], kd_shape (3, 8, 1, 5))))
BUILD (anchor_rows, kd_square (g, kd_anchor_rows (g, in[0], 2)))
BUILD (gather, kd_gather (g, in[0], in[1]))

static KdNode *
concat (KdGraph *g, KdNode *const *in, KdAxes axis)
{
  return kd_concat (g, in, 3, axis);
}
BUILD (concat_c, concat (g, in, KD_AXIS_C))
BUILD (concat_n, concat (g, in, KD_AXIS_N))
BUILD (concat_h, concat (g, in, KD_AXIS_H))
BUILD (concat_w, concat (g, in, KD_AXIS_W))

// clang-format off
#define FEATURE { 2, 4, 3, 5 }
#define LARGE { 3, 16, 33, 31 }
#define ANY(...) { .shape = __VA_ARGS__, .low = -2, .high = 2 }
#define POSITIVE(...) { .shape = __VA_ARGS__, .low = 0.3, .high = 2 }
#define LIVE(rows, ...) { .shape = __VA_ARGS__, .low = 0.3, .high = 2, .live = rows }
#define KINK(...) { .shape = FEATURE, .low = -2, .high = 2, .kinks = { __VA_ARGS__ }, .n_kinks = 3 }

const KdGradientCase kd_gradient_cases_core[] = {
  { "scale", "feature", { ANY (FEATURE) }, build_scale },
  { "shift", "feature", { ANY (FEATURE) }, build_shift },
  { "abs", "feature", { KINK (0, 0, 0) }, build_abs },
  { "square", "feature", { ANY (FEATURE) }, build_square },
  { "square", "large", { ANY (LARGE) }, build_square },
  { "square", "live-rows", { LIVE (3, { 5, 4, 1, 1 }) }, build_square },
  { "sqrt", "feature", { POSITIVE (FEATURE) }, build_sqrt },
  { "exp", "feature", { ANY (FEATURE) }, build_exp },
  { "log", "feature", { POSITIVE (FEATURE) }, build_log },
  { "log", "live-rows", { LIVE (2, { 4, 3, 1, 1 }) }, build_log },
  { "sigmoid", "feature", { ANY (FEATURE) }, build_sigmoid },
  { "relu", "feature", { KINK (0, 0, 0) }, build_relu },
  { "clamp", "feature", { KINK (-0.5, 0.7, 0) }, build_clamp },
  { "huber", "feature", { KINK (-0.4, 0.4, 0) }, build_huber },
  { "huber", "beta-zero", { KINK (0, 0, 0) }, build_huber_zero },

  { "add", "equal", { ANY (FEATURE), ANY (FEATURE) }, build_add },
  { "add", "broadcast-channels", { ANY (FEATURE), ANY ({ 1, 4, 1, 1 }) }, build_add },
  { "sub", "equal", { ANY (FEATURE), ANY (FEATURE) }, build_sub },
  { "sub", "broadcast-left", { ANY ({ 2, 1, 3, 5 }), ANY (FEATURE) }, build_sub },
  { "mul", "equal", { ANY (FEATURE), ANY (FEATURE) }, build_mul },
  { "mul", "equal-large", { ANY (LARGE), ANY (LARGE) }, build_mul },
  { "mul", "itself", { ANY (FEATURE) }, build_mul_self },
  { "mul", "broadcast-scalar", { ANY (FEATURE), ANY ({ 1, 1, 1, 1 }) }, build_mul },
  { "mul", "broadcast-scalar-large", { ANY ({ 1, 1, 1, 1 }), ANY (LARGE) }, build_mul },
  { "mul", "broadcast-image", { ANY (FEATURE), ANY ({ 2, 1, 1, 1 }) }, build_mul },
  { "mul", "broadcast-map", { ANY (FEATURE), ANY ({ 2, 1, 3, 5 }) }, build_mul },
  { "mul", "broadcast-map-large", { ANY (LARGE), ANY ({ 3, 1, 33, 31 }) }, build_mul },
  { "mul", "broadcast-vector", { ANY (FEATURE), ANY ({ 2, 4, 1, 1 }) }, build_mul },
  { "mul", "broadcast-vector-large", { ANY (LARGE), ANY ({ 3, 16, 1, 1 }) }, build_mul },
  { "mul", "broadcast-channels-large", { ANY (LARGE), ANY ({ 1, 16, 1, 1 }) }, build_mul },
  { "mul", "broadcast-rows", { ANY (FEATURE), ANY ({ 1, 4, 3, 1 }) }, build_mul },
  { "mul", "broadcast-both", { ANY ({ 2, 4, 1, 1 }), ANY ({ 1, 1, 3, 5 }) }, build_mul },
  { "mul", "live-rows", { LIVE (3, { 5, 4, 1, 1 }), LIVE (3, { 5, 1, 1, 1 }) }, build_mul },
  { "mul", "live-rows-scalar", { LIVE (3, { 5, 4, 1, 1 }), ANY ({ 1, 1, 1, 1 }) }, build_mul },
  { "div", "equal", { ANY (FEATURE), POSITIVE (FEATURE) }, build_div },
  { "div", "broadcast-below", { ANY (FEATURE), POSITIVE ({ 2, 1, 1, 1 }) }, build_div },
  { "div", "broadcast-above", { ANY ({ 1, 4, 1, 5 }), POSITIVE (FEATURE) }, build_div },

  { "sum", "pixels", { ANY (FEATURE) }, build_sum_hw },
  { "sum", "pixels-large", { ANY (LARGE) }, build_sum_hw },
  { "sum", "channels", { ANY (FEATURE) }, build_sum_c },
  { "sum", "images-and-channels", { ANY (FEATURE) }, build_sum_nc },
  { "sum", "images", { ANY (FEATURE) }, build_sum_n },
  { "sum", "all", { ANY (FEATURE) }, build_sum_all },
  { "sum", "all-large", { ANY (LARGE) }, build_sum_all },
  { "sum", "live-rows", { LIVE (3, { 5, 4, 2, 1 }) }, build_sum_n },
  { "sum", "within-live-rows", { LIVE (3, { 5, 4, 2, 1 }) }, build_sum_c },
  { "mean", "pixels", { ANY (FEATURE) }, build_mean_hw },
  { "mean", "all", { ANY (FEATURE) }, build_mean_all },
  { "mean", "live-rows", { LIVE (3, { 5, 4, 2, 1 }) }, build_mean_n },
  { "max", "pixels", { ANY (FEATURE) }, build_max_hw },
  { "max", "channels", { ANY (FEATURE) }, build_max_c },
  { "max", "channels-large", { ANY (LARGE) }, build_max_c },
  { "max", "all", { ANY (FEATURE) }, build_max_all },
  { "max", "live-rows", { LIVE (3, { 5, 4, 2, 1 }) }, build_max_n },

  { "softmax", "channels", { ANY (FEATURE) }, build_softmax_c },
  { "softmax", "channels-large", { ANY (LARGE) }, build_softmax_c },
  { "softmax", "pixels", { ANY (FEATURE) }, build_softmax_hw },
  { "softmax", "pixels-of-a-map", { ANY ({ 3, 1, 5, 7 }) }, build_softmax_hw },
  { "softmax", "images-and-columns", { ANY (FEATURE) }, build_softmax_nw },
  { "softmax", "live-rows", { LIVE (3, { 5, 4, 1, 1 }) }, build_softmax_n },
  { "softmax", "within-live-rows", { LIVE (3, { 5, 4, 1, 1 }) }, build_softmax_c },
  { "log_softmax", "channels", { ANY (FEATURE) }, build_log_softmax_c },
  { "log_softmax", "pixels", { ANY (FEATURE) }, build_log_softmax_hw },
  { "log_softmax", "live-rows", { LIVE (3, { 5, 4, 1, 1 }) }, build_log_softmax_n },

  { "matmul", "plain", { ANY ({ 5, 7, 1, 1 }), ANY ({ 7, 3, 1, 1 }) }, build_matmul },
  { "matmul", "left-transposed", { ANY ({ 7, 5, 1, 1 }), ANY ({ 7, 3, 1, 1 }) }, build_matmul_ta },
  { "matmul", "right-transposed", { ANY ({ 5, 7, 1, 1 }), ANY ({ 3, 7, 1, 1 }) }, build_matmul_tb },
  { "matmul", "both-transposed", { ANY ({ 7, 5, 1, 1 }), ANY ({ 3, 7, 1, 1 }) }, build_matmul_tab },
  { "matmul", "large", { ANY ({ 150, 96, 1, 1 }), ANY ({ 96, 130, 1, 1 }) }, build_matmul },
  { "matmul", "live-rows", { LIVE (3, { 5, 7, 1, 1 }), ANY ({ 7, 4, 1, 1 }) }, build_matmul },
  { "matmul", "live-inner-rows", { LIVE (3, { 5, 7, 1, 1 }), LIVE (3, { 5, 4, 1, 1 }) }, build_matmul_ta },
  { "pairwise_distance", "plain", { ANY ({ 6, 9, 1, 1 }) }, build_pairwise },
  { "pairwise_distance", "live-rows", { LIVE (4, { 6, 9, 1, 1 }) }, build_pairwise },
  { "pairwise_distance", "floor", { ANY ({ 6, 2, 1, 1 }) }, build_pairwise_floor },

  { "reshape", "square", { ANY (FEATURE) }, build_reshape },
  { "reshape", "anchor-rows", { ANY ({ 2, 6, 3, 2 }) }, build_anchor_rows },
  { "gather", "rows", { ANY ({ 6, 4, 1, 1 }), { .shape = { 9, 1, 1, 1 }, .low = 0, .high = 5, .ints = true } }, build_gather },
  { "gather", "live-rows", { ANY ({ 6, 4, 1, 1 }), { .shape = { 9, 1, 1, 1 }, .low = 0, .high = 5, .ints = true, .live = 4 } }, build_gather },
  { "concat", "channels", { ANY ({ 2, 4, 3, 5 }), ANY ({ 2, 1, 3, 5 }), ANY ({ 2, 2, 3, 5 }) }, build_concat_c },
  { "concat", "images", { ANY ({ 2, 4, 3, 5 }), ANY ({ 1, 4, 3, 5 }), ANY ({ 3, 4, 3, 5 }) }, build_concat_n },
  { "concat", "rows", { ANY ({ 2, 4, 3, 5 }), ANY ({ 2, 4, 1, 5 }), ANY ({ 2, 4, 2, 5 }) }, build_concat_h },
  { "concat", "columns", { ANY ({ 2, 4, 3, 5 }), ANY ({ 2, 4, 3, 1 }), ANY ({ 2, 4, 3, 2 }) }, build_concat_w },
  { NULL, NULL, { { .live = 0 } }, NULL },
};
// clang-format on
