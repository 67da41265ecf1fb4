/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Sums over the channels of a pixel and over the pixels of an image. Few values at a time are summed in kd_real, these sums in
 * double, in an order that depends on the sizes alone.
 */
#include "engine/base/base.h"

G_BEGIN_DECLS

/* sum of weight (a-b)^2 over @n channels; @weight may be NULL: 1 */
double kd_row_squared_error (int n, const kd_real *a, const kd_real *b, const kd_real *weight);

double kd_row_dot (int n, const kd_real *a, const kd_real *b);
double kd_row_abs (int n, const kd_real *x);

/* x [pixels, channels]; @block: scratch for the channels; @sums [channels], written */
void kd_rows_abs (int pixels, int channels, const kd_real *x, kd_real *block, double *sums);
/* sum of weight x, one weight a pixel */
void kd_rows_weighted (int pixels,
                       int channels,
                       const kd_real *x,
                       const kd_real *weights,
                       kd_real *block,
                       double *sums);

/* da += pull weight (a-b); @weight may be NULL: 1 */
void kd_row_error_pull (
    int n, kd_real pull, const kd_real *a, const kd_real *b, const kd_real *weight, kd_real *da);
/* dx += share g sign (x), 0 at 0; @g may be NULL: 1; a NaN stays one */
void kd_row_abs_pull (int n, kd_real share, const kd_real *g, const kd_real *x, kd_real *dx);
/* y += factor x */
void kd_row_add (int n, kd_real factor, const kd_real *x, kd_real *y);

G_END_DECLS
