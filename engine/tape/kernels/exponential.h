/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Exponential and logarithm on the ranges that a stable sigmoid and softplus need, without branches or calls, so that loops over them
 * become vector code. The double build calls the mathematical library.
 */
#include "engine/base/base.h"

#include <math.h>

#ifdef KD_REAL_IS_DOUBLE

static inline double
kd_exp_not_positive (double x)
{
  return exp (x);
}

static inline double
kd_log1p_of_unit (double x)
{
  return log1p (x);
}

#else

/* exp (x) for x <= 0, down to exp (-87) = 1.6e-38; below that it stays there. Cephes' expf: 2^n times a polynomial on +-ln 2 / 2. */
static inline float
kd_exp_not_positive (float x)
{
  union {
    float number;
    uint32_t bits;
  } rounded, power;
  const float limited = x < -87.0f ? -87.0f : x;
  /* Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits. */
  rounded.number = limited * 1.44269504f + 12582912.0f;
  const float n = rounded.number - 12582912.0f;
  /* ln 2 in two parts, the first exact in few bits. */
  const float r = limited - n * 0.693359375f + n * 2.12194440e-4f;
  float y = 1.9875691500e-4f;
  y = y * r + 1.3981999507e-3f;
  y = y * r + 8.3334519073e-3f;
  y = y * r + 4.1665795894e-2f;
  y = y * r + 1.6666665459e-1f;
  y = y * r + 5.0000001201e-1f;
  y = y * r * r + r + 1.0f;
  power.bits = (rounded.bits + 127u) << 23;
  return y * power.number;
}

/* log (1 + x) for 0 <= x <= 1: 2 artanh (s), s = x/(2+x) <= 1/3, by its series; what is left out is below 2e-8 of it. */
static inline float
kd_log1p_of_unit (float x)
{
  const float s = x / (2.0f + x), square = s * s;
  float y = 1.0f / 15;
  y = y * square + 1.0f / 13;
  y = y * square + 1.0f / 11;
  y = y * square + 1.0f / 9;
  y = y * square + 1.0f / 7;
  y = y * square + 1.0f / 5;
  y = y * square + 1.0f / 3;
  return 2.0f * s * (y * square + 1.0f);
}

#endif
