/* SPDX-License-Identifier: MIT */
#include "engine/session/clock.h"

#include <math.h>
#include <time.h>

void
kd_cond_init (pthread_cond_t *cond)
{
  pthread_condattr_t attributes;
  pthread_condattr_init (&attributes);
  pthread_condattr_setclock (&attributes, CLOCK_MONOTONIC);
  pthread_cond_init (cond, &attributes);
  pthread_condattr_destroy (&attributes);
}

bool
kd_cond_wait_until (pthread_cond_t *cond, pthread_mutex_t *mutex, double deadline_s)
{
  if (deadline_s < 0)
    return pthread_cond_wait (cond, mutex) == 0;
  const double whole = floor (deadline_s);
  const struct timespec until = { (time_t) whole, (long) ((deadline_s - whole) * 1e9) };
  return pthread_cond_timedwait (cond, mutex, &until) == 0;
}
