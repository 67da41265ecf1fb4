/* SPDX-License-Identifier: MIT */
#include "tests/guarded.h"

#include <math.h>
#include <string.h>

#define GUARD 16
static const kd_real guard_value = 12345;

kd_real *
guarded_new (KdRandom *random, size_t count)
{
  kd_real *block = g_new0 (kd_real, count + 2 * GUARD);
  for (size_t i = 0; i < GUARD; i++)
    block[i] = block[GUARD + count + i] = guard_value;
  for (size_t i = 0; random && i < count; i++)
    block[GUARD + i] = (kd_real) kd_random_normal (random);
  return block + GUARD;
}

kd_real *
guarded_copy (const kd_real *values, size_t count)
{
  kd_real *copy = guarded_new (NULL, count);
  memcpy (copy, values, count * sizeof (kd_real));
  return copy;
}

void
guarded_free (kd_real *values, size_t count)
{
  for (size_t i = 0; i < GUARD; i++) {
    g_assert_true (values[-1 - (ptrdiff_t) i] == guard_value);
    g_assert_true (values[count + i] == guard_value);
  }
  g_free (values - GUARD);
}

void
assert_close (const char *what,
              int seed,
              const char *shape,
              const kd_real *fast,
              const kd_real *plain,
              size_t count,
              double tolerance)
{
  double largest = 0;
  for (size_t i = 0; i < count; i++)
    largest = fmax (largest, fabs ((double) plain[i]));
  for (size_t i = 0; i < count; i++) {
    if (!(fabs ((double) fast[i] - (double) plain[i]) <= tolerance * largest))
      g_error ("%s, seed %d, %s: index %zu is %g, plain %g (largest %g)", what, seed, shape, i,
               (double) fast[i], (double) plain[i], largest);
  }
}

KdTarget
guarded_target (kd_real *values, size_t count, bool add)
{
  for (size_t i = 0; i < count && !add; i++)
    values[i] = (kd_real) NAN;
  return (KdTarget){ values, add };
}
