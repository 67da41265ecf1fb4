/* SPDX-License-Identifier: MIT */
#include "engine/tape/kernels/wide-kernels.h"
#include "engine/tape/tape.h"

/* Widths in order; a processor that runs one runs those before it. */
#define WIDTH(width)                                                                               \
  {                                                                                                \
    .name = #width, .gemm = kd_wide_gemm_##width, .f2 = &kd_wide_winograd_f2_##width,              \
    .f4 = &kd_wide_winograd_f4_##width, .norm_forward = kd_norm_forward_##width,                   \
    .norm_backward = kd_norm_backward_##width                                                      \
  }

static const KdWide widths[] = {
  WIDTH (baseline),
#ifdef KD_WIDE_X86
  WIDTH (avx2),
  WIDTH (avx512),
#endif
};

int
kd_wide_count (void)
{
#ifdef KD_WIDE_X86
  if (__builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("avx512vl"))
    return 3;
  return __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma") ? 2 : 1;
#else
  return 1;
#endif
}

const KdWide *
kd_wide_at (int index)
{
  return &widths[index];
}

static _Atomic KdKernels chosen;

void
kd_kernels_choose (KdKernels kernels)
{
  atomic_store (&chosen, kernels);
}

KdKernels
kd_kernels_chosen (void)
{
  return atomic_load_explicit (&chosen, memory_order_relaxed);
}

const KdWide *
kd_wide (void)
{
  return &widths[kd_kernels_chosen () == KD_KERNELS_PLAIN ? 0 : kd_wide_count () - 1];
}
