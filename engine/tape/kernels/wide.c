/* SPDX-License-Identifier: MIT */
#include "engine/tape/kernels/wide-kernels.h"

/* Widths in order; a processor that runs one runs those before it. */
static const KdWide widths[] = {
  { "baseline", kd_wide_gemm_baseline, &kd_wide_winograd_f2_baseline,
    &kd_wide_winograd_f4_baseline },
#ifdef KD_WIDE_X86
  { "avx2", kd_wide_gemm_avx2, &kd_wide_winograd_f2_avx2, &kd_wide_winograd_f4_avx2 },
  { "avx512", kd_wide_gemm_avx512, &kd_wide_winograd_f2_avx512, &kd_wide_winograd_f4_avx512 },
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

const KdWide *
kd_wide (void)
{
  return &widths[kd_wide_count () - 1];
}
