/* SPDX-License-Identifier: MIT */
#pragma once

/* What each width's build of the wide kernels defines; wide.c chooses among them. */
#include "engine/tape/kernels/wide.h"

G_BEGIN_DECLS

#define KD_DECLARE_WIDE(width)                                                                     \
  void kd_wide_gemm_##width (const KdWideGemm *gemm);                                              \
  KdNormForward kd_norm_forward_##width;                                                           \
  KdNormBackward kd_norm_backward_##width;                                                         \
  extern const KdWideWinograd kd_wide_winograd_f2_##width, kd_wide_winograd_f4_##width;

KD_DECLARE_WIDE (baseline)
KD_DECLARE_WIDE (avx2)
KD_DECLARE_WIDE (avx512)

G_END_DECLS
