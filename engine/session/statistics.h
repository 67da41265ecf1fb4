/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to session/: numbers about few numbers. */
#include "engine/base/base.h"

G_BEGIN_DECLS

/* Sorts @values; n >= 1. */
double kd_values_median (double *values, size_t n);
double kd_values_mean (const double *values, size_t n);

/**
 * kd_student_t_within:
 * @t: >= 0
 *
 * The probability that a value of Student's t distribution with @freedom >= 1 degrees of freedom lies between -@t and @t.
 * Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
 */
double kd_student_t_within (double t, int freedom);
/* The t for which that is @probability (0 to 1, both excluded). */
double kd_student_t_limit (double probability, int freedom);

/* The mean's 95 % interval by Student's t; both NAN for fewer than two values. */
void kd_values_interval (const double *values, size_t n, double *low, double *high);

G_END_DECLS
