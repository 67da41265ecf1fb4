/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to session/: why a term has no gradient, found out and not guessed. */
#include "engine/session/student.h"

G_BEGIN_DECLS

typedef char KdLampReason[sizeof ((KdTermStatus *) NULL)->reason];

/* A graph whose forward pass was just run with @knobs at @step, and what of the student is in it. */
typedef struct {
  KdGraph *graph;
  KdBuilt *built;
  const KdKnobs *knobs;
  int64_t step;           /* < 0: a dump */
  KdNode *const *student; /* nodes whose gradients count; each has one */
  int n_student;
  KdNode *boxes; /* ground truth; NULL: none was given */
} KdLampSubject;

/**
 * kd_lamp_explain:
 * @term: one of the roots that the graph was compiled with
 * @norm: of its gradient: 0, or not finite
 * @reason: written
 *
 * Knobs at 0 are tried at another value, one by one: only one that lights the lamp is the reason. Then what the graph shows: no way to
 * the student, no object, an empty selection, the method's own warnings. Leaves the forward pass as it was, gradients not.
 */
void kd_lamp_explain (const KdLampSubject *subject, KdNode *term, double norm, KdLampReason reason);
/* A student in training or in a view. */
KdLampSubject kd_lamp_subject (const KdStudent *student, const KdKnobs *knobs, int64_t step);
/* After a forward pass: d @term / d the student's nodes. Whether any of it is not 0; @norm of the first @n_norm nodes, may be NULL. */
bool kd_lamp_is_lit (const KdLampSubject *subject, KdNode *term, int n_norm, double *norm);

G_END_DECLS
