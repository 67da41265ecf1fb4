/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to session/: waiting on a condition with a timeout, on the clock that never jumps. */
#include <glib.h>
#include <pthread.h>
#include <stdbool.h>

G_BEGIN_DECLS

void kd_cond_init (pthread_cond_t *cond);
/* pthread_cond_wait () until @deadline_s of kd_now_s (); < 0: for ever. False: the deadline passed. */
bool kd_cond_wait_until (pthread_cond_t *cond, pthread_mutex_t *mutex, double deadline_s);

G_END_DECLS
