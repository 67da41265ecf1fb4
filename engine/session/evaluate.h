/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to session/: AP of students on held-out scenes, with a forward-only graph at batch 8. */
#include "engine/session/session.h"

G_BEGIN_DECLS

typedef struct _KdEvaluator KdEvaluator;
KdEvaluator *kd_evaluator_new (const KdDetectorConfig *config,
                               const KdSceneConfig *scenes,
                               uint64_t seed,
                               KdPool *pool);
void kd_evaluator_free (KdEvaluator *evaluator);

typedef void (*KdProgress) (int done, int total, void *data);

/**
 * kd_evaluator_measure:
 * @params: one per student; each needs the detector's parameters, by name
 * @numbers: [n], the twelve COCO numbers of each
 * @cancel, @progress: may be NULL
 *
 * Held-out scenes 0..n_images-1, each drawn once for all students. Returns false if cancelled.
 */
bool kd_evaluator_measure (KdEvaluator *evaluator,
                           KdParams *const *params,
                           int n,
                           int n_images,
                           const atomic_bool *cancel,
                           KdProgress progress,
                           void *data,
                           double (*numbers)[KD_COCO_NUMBERS]);
size_t kd_evaluator_bytes (const KdEvaluator *evaluator);

G_END_DECLS
