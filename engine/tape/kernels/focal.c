/* SPDX-License-Identifier: MIT */
#include "engine/tape/kernels/focal.h"
#include "engine/tape/kernels/clones.h"
#include "engine/tape/kernels/exponential.h"

#include <tgmath.h>

/* What the loss is made of, at one logit z and target t. */
typedef struct {
  kd_real alpha; /* of this target */
  kd_real bce;
  kd_real miss;       /* 1-p_t */
  kd_real miss_slope; /* d miss / dz = p (1-p) (1-2t) */
  kd_real bce_slope;  /* p - t, written so that it does not cancel */
} Parts;

static inline Parts
parts_at (kd_real z, kd_real t, kd_real alpha)
{
  const kd_real e = kd_exp_not_positive (z > 0 ? -z : z);
  const kd_real larger = 1 / (1 + e), smaller = e * larger;
  const kd_real p = z > 0 ? larger : smaller, q = z > 0 ? smaller : larger;
  /* softplus (z) and softplus (-z) */
  const kd_real tail = kd_log1p_of_unit (e);
  const kd_real up = (z > 0 ? z : 0) + tail, down = (z > 0 ? 0 : -z) + tail;
  return (Parts){
    .alpha = alpha * t + (1 - alpha) * (1 - t),
    .bce = t * down + (1 - t) * up,
    .miss = p * (1 - t) + q * t,
    .miss_slope = p * q * (1 - 2 * t),
    .bce_slope = p * (1 - t) - q * t,
  };
}

/* gamma = 2, the paper's: no power to take. */
KD_CLONES static void
elements_squared (int n,
                  const kd_real *restrict logits,
                  const kd_real *restrict targets,
                  kd_real alpha,
                  kd_real *restrict value,
                  kd_real *restrict slope)
{
  for (int i = 0; i < n; i++) {
    const Parts at = parts_at (logits[i], targets[i], alpha);
    value[i] = at.alpha * at.miss * at.miss * at.bce;
    slope[i] = at.alpha * at.miss * (2 * at.miss_slope * at.bce + at.miss * at.bce_slope);
  }
}

static void
elements_of_power (int n,
                   const kd_real *logits,
                   const kd_real *targets,
                   kd_real alpha,
                   kd_real gamma,
                   kd_real *value,
                   kd_real *slope)
{
  for (int i = 0; i < n; i++) {
    const Parts at = parts_at (logits[i], targets[i], alpha);
    const kd_real modulation = pow (at.miss, gamma);
    const kd_real modulation_slope = at.miss > 0 ? gamma * modulation / at.miss * at.miss_slope : 0;
    value[i] = at.alpha * modulation * at.bce;
    slope[i] = at.alpha * (modulation_slope * at.bce + modulation * at.bce_slope);
  }
}

void
kd_focal_elements (int n,
                   const kd_real *logits,
                   const kd_real *targets,
                   double alpha,
                   double gamma,
                   kd_real *value,
                   kd_real *slope)
{
  if (gamma == 2)
    elements_squared (n, logits, targets, (kd_real) alpha, value, slope);
  else
    elements_of_power (n, logits, targets, (kd_real) alpha, (kd_real) gamma, value, slope);
}
