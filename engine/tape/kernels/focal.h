/* SPDX-License-Identifier: MIT */
#pragma once

/* Focal loss, element by element. */
#include "engine/base/base.h"

G_BEGIN_DECLS

/**
 * kd_focal_elements:
 * @logits, @targets: [n], targets in 0..1
 * @value: [n], written: alpha_t (1-p_t)^gamma BCE (z, t), with alpha_t = alpha t + (1-alpha)(1-t) and 1-p_t = p(1-t) + (1-p)t
 * @slope: [n], written: d value / d z
 *
 * Within a few units of the last place of the plain form, in the float build without a call to the mathematical library.
 * A NaN stays one. May not overlap.
 */
void kd_focal_elements (int n,
                        const kd_real *logits,
                        const kd_real *targets,
                        double alpha,
                        double gamma,
                        kd_real *value,
                        kd_real *slope);

G_END_DECLS
