/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to session/: how far the fast kernels are from the plain ones. */
#include "engine/session/trainer.h"

G_BEGIN_DECLS

/*
 * Of an undistilled student's first steps, each from other weights on another batch: the largest difference of an array's gradients, of its largest. Where
 * rounding puts a value on the other side of a ReLU's corner, a gradient is there or not: some first steps are far off,
 * whatever the kernels. So the median says what the kernels do. (Methods add more such corners: absolute differences.)
 */
#define KD_ACCURACY_STEPS 9
typedef struct {
  double errors[KD_ACCURACY_STEPS]; /* ascending */
  char worst[64];                   /* the array of the last */
} KdAccuracy;

/* A step by either each time, of @config but for its runs. No graph may be in use meanwhile. */
bool kd_accuracy_measure (const KdConfig *config, KdAccuracy *accuracy, GError **error);

G_END_DECLS
