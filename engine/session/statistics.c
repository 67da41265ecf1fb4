/* SPDX-License-Identifier: MIT */
#include "engine/session/statistics.h"

#include <math.h>
#include <stdlib.h>

#define HALVINGS 200 /* more than a double has bits, from any start */

static int
compare_doubles (const void *a, const void *b)
{
  const double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

double
kd_values_median (double *values, size_t n)
{
  qsort (values, n, sizeof *values, compare_doubles);
  return 0.5 * (values[(n - 1) / 2] + values[n / 2]);
}

double
kd_values_mean (const double *values, size_t n)
{
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += values[i];
  return sum / (double) n;
}

/* With theta = atan (t / sqrt (freedom)), c = cos theta, s = sin theta:
 *   even: s (1 + 1/2 c^2 + 1 3/(2 4) c^4 + ... to c^(freedom-2))
 *   odd:  2/pi (theta + s (c + 2/3 c^3 + 2 4/(3 5) c^5 + ... to c^(freedom-2))) */
double
kd_student_t_within (double t, int freedom)
{
  g_assert (freedom >= 1);
  const double theta = atan (t / sqrt (freedom)), c = cos (theta);
  const bool odd = freedom % 2 == 1;
  double term = odd ? c : 1, sum = 0;
  for (int power = odd ? 1 : 0; power <= freedom - 2; power += 2) {
    sum += term;
    term *= c * c * (power + 1) / (power + 2);
  }
  return odd ? 2 / G_PI * (theta + sin (theta) * sum) : sin (theta) * sum;
}

double
kd_student_t_limit (double probability, int freedom)
{
  double low = 0, high = 1;
  while (kd_student_t_within (high, freedom) < probability)
    high *= 2;
  for (int i = 0; i < HALVINGS; i++) {
    const double middle = 0.5 * (low + high);
    if (kd_student_t_within (middle, freedom) < probability)
      low = middle;
    else
      high = middle;
  }
  return 0.5 * (low + high);
}

/* mean -+ t s / sqrt n,  s^2 = sum (x - mean)^2 / (n - 1) */
void
kd_values_interval (const double *values, size_t n, double *low, double *high)
{
  *low = *high = NAN;
  if (n < 2)
    return;
  const double mean = kd_values_mean (values, n);
  double squares = 0;
  for (size_t i = 0; i < n; i++)
    squares += (values[i] - mean) * (values[i] - mean);
  const double deviation = sqrt (squares / (double) (n - 1));
  const double reach = kd_student_t_limit (0.95, (int) n - 1) * deviation / sqrt ((double) n);
  *low = mean - reach;
  *high = mean + reach;
}
