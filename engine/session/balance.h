/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to session/: the scale at which a method pulls as hard at the student as the detection loss does. */
#include "engine/session/trainer.h"

G_BEGIN_DECLS

/**
 * kd_balance_find_scale:
 * @ratio: of the method's gradient norm at the features to the detection loss's, > 0
 * @scale: written: the run.scale that gives it
 *
 * Norms are means over the next KD_BALANCE_BATCHES training batches with the run's knobs, but for its scale and ramp; the gradient is
 * linear in the scale, so one measurement tells all. Nothing is trained; a step that was begun begins anew. Errors: no gradient. False
 * without an error: cancelled.
 */
bool kd_balance_find_scale (KdTrainer *trainer,
                            int run,
                            double ratio,
                            const atomic_bool *cancel,
                            double *scale,
                            GError **error);

G_END_DECLS
