/* SPDX-License-Identifier: MIT */
#pragma once

/* Vectors of the width that this file is being built for. Only for files that are built once a width. */
#include "engine/tape/kernels/wide-kernels.h"

#include <string.h>

#if defined(__AVX512F__)
#define KD_VECTOR_BYTES 64
#define KD_WIDE_NAME(name) name##_avx512
#elif defined(__AVX2__)
#define KD_VECTOR_BYTES 32
#define KD_WIDE_NAME(name) name##_avx2
#else
#define KD_VECTOR_BYTES 16
#define KD_WIDE_NAME(name) name##_baseline
#endif

typedef kd_real KdVector __attribute__ ((vector_size (KD_VECTOR_BYTES)));
/* In an array of numbers, where it may begin anywhere. */
typedef kd_real KdVectorAt
    __attribute__ ((vector_size (KD_VECTOR_BYTES), aligned (sizeof (kd_real)), may_alias));

#define KD_LANES ((int) (KD_VECTOR_BYTES / sizeof (kd_real)))

/* Of templates whose constants must be known. */
#define KD_INLINE static inline __attribute__ ((always_inline))

KD_INLINE KdVector
kd_load (const kd_real *from)
{
  return *(const KdVectorAt *) from;
}

KD_INLINE void
kd_store (kd_real *to, KdVector v)
{
  *(KdVectorAt *) to = v;
}

/* The first @count values; the rest is 0. Through memory: a lane's index would keep whole arrays of vectors there. */
KD_INLINE KdVector
kd_load_some (const kd_real *from, int count)
{
  if (count >= KD_LANES)
    return kd_load (from);
  kd_real values[KD_LANES] = { 0 };
  for (int i = 0; i < count; i++)
    values[i] = from[i];
  return kd_load (values);
}

KD_INLINE void
kd_store_some (kd_real *to, int count, KdVector v)
{
  if (count >= KD_LANES) {
    kd_store (to, v);
    return;
  }
  kd_real values[KD_LANES];
  kd_store (values, v);
  for (int i = 0; i < count; i++)
    to[i] = values[i];
}

/* v in the lanes where @condition is above 0, elsewhere 0. */
KD_INLINE KdVector
kd_where_positive (KdVector condition, KdVector v)
{
  const __typeof__ (condition > 0) mask = condition > 0;
  return (KdVector) ((__typeof__ (condition > 0)) v & mask);
}

/* v, but 0 where it is below 0; a NaN stays one. */
KD_INLINE KdVector
kd_not_negative (KdVector v)
{
  return (KdVector) ((__typeof__ (v < 0)) v & ~(v < 0));
}
