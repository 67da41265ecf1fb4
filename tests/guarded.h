/* SPDX-License-Identifier: MIT */
#pragma once

/* For tests of kernels: arrays between guard values, and comparing with what a plain loop says. */
#include "engine/tape/kernels/target.h"

G_BEGIN_DECLS

/* @count values between guards, random or 0 with @random NULL; free with guarded_free (), which looks at the guards. */
kd_real *guarded_new (KdRandom *random, size_t count);
kd_real *guarded_copy (const kd_real *values, size_t count);
void guarded_free (kd_real *values, size_t count);

/* Fails with seed, shape and the first index that differs by more than @tolerance of the largest plain value. */
void assert_close (const char *what,
                   int seed,
                   const char *shape,
                   const kd_real *fast,
                   const kd_real *plain,
                   size_t count,
                   double tolerance);

/* A gradient to add to what is there, or to write over what must not be read. */
KdTarget guarded_target (kd_real *values, size_t count, bool add);

G_END_DECLS
