/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to session/: float16 with a power-of-two scale per map, for recorded keyframes. */
#include <stddef.h>
#include <stdint.h>

/*
 * Nearest, ties to even; NaN and infinities stay. The scale brings the largest finite value near the top of float16's range, so that
 * what is lost is relative to the map: 11 bits, down to 2^-38 of its largest value.
 */
int
kd_half_encode (const float *values, size_t n, uint16_t *halves); /* returns the scale's exponent */
void kd_half_decode (const uint16_t *halves, size_t n, int exponent, float *values);
