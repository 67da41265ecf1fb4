/* SPDX-License-Identifier: MIT */
#include "engine/session/half.h"

#include <math.h>
#include <string.h>

/* Largest values are scaled to 2^13..2^14: two powers below float16's end, so that rounding up cannot overflow. */
#define TOP_EXPONENT 14

static uint16_t
encode (float value)
{
  uint32_t bits;
  memcpy (&bits, &value, sizeof bits);
  const uint16_t sign = (uint16_t) ((bits >> 16) & 0x8000);
  const uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000)
    return sign | 0x7e00; /* NaN */
  if (magnitude >= 0x47800000)
    return sign | 0x7c00; /* infinity, or beyond 65536 */
  if (magnitude < 0x38800000) {
    /* Subnormal: a whole number of 2^-24; rintf rounds ties to even. */
    return sign | (uint16_t) (int) rintf (ldexpf (fabsf (value), 24));
  }
  const uint32_t rounded = magnitude + 0xfff + ((magnitude >> 13) & 1);
  return sign | (uint16_t) ((rounded - 0x38000000) >> 13);
}

static float
decode (uint16_t half)
{
  const int exponent = (half >> 10) & 0x1f;
  const int mantissa = half & 0x3ff;
  float magnitude;
  if (exponent == 0x1f)
    magnitude = mantissa ? NAN : INFINITY;
  else if (exponent == 0)
    magnitude = ldexpf ((float) mantissa, -24);
  else
    magnitude = ldexpf ((float) (mantissa + 1024), exponent - 25);
  return half & 0x8000 ? -magnitude : magnitude;
}

int
kd_half_encode (const float *values, size_t n, uint16_t *halves)
{
  float largest = 0;
  for (size_t i = 0; i < n; i++) {
    const float magnitude = fabsf (values[i]);
    if (isfinite (magnitude) && magnitude > largest)
      largest = magnitude;
  }
  int exponent = 0;
  if (largest > 0)
    frexpf (largest, &exponent);
  exponent = largest > 0 ? TOP_EXPONENT - exponent : 0;
  for (size_t i = 0; i < n; i++)
    halves[i] = encode (ldexpf (values[i], exponent));
  return exponent;
}

void
kd_half_decode (const uint16_t *halves, size_t n, int exponent, float *values)
{
  for (size_t i = 0; i < n; i++)
    values[i] = ldexpf (decode (halves[i]), -exponent);
}
