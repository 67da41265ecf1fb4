/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to session/: why a term has no gradient, found out and not guessed. */
#include "engine/session/student.h"

G_BEGIN_DECLS

typedef char KdLampReason[sizeof ((KdTermStatus *) NULL)->reason];

/**
 * kd_lamp_explain:
 * @student: compiled with all its roots, its forward pass just run with @knobs at @step
 * @norm: of the term's gradient at the features: 0, or not finite
 * @reason: written
 *
 * Knobs at 0 are tried at another value, one by one: only one that lights the lamp is the reason. Then what the graph shows: no way to
 * the student, no object, an empty selection, the method's own warnings. Leaves the forward pass as it was, gradients not.
 */
void kd_lamp_explain (const KdStudent *student,
                      const KdKnobs *knobs,
                      int64_t step,
                      int term,
                      double norm,
                      KdLampReason reason);

G_END_DECLS
