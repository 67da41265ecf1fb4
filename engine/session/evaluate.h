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

/*
 * In slices, so that whoever measures can do something else in between: begin, then go on until the last slice is done. A slice is one
 * student on one batch. Another begin drops what was begun. The students may not be trained meanwhile.
 */
typedef enum { KD_SLICE_MORE, KD_SLICE_LAST, KD_SLICE_CANCELLED } KdSlice;
void kd_evaluator_begin (KdEvaluator *evaluator, int n_students, int n_images);
/* @params: [n_students], the same each time. A cancelled slice is made again by the next call. */
KdSlice
kd_evaluator_go_on (KdEvaluator *evaluator, KdParams *const *params, const atomic_bool *cancel);
/* How many images all students have seen. */
int kd_evaluator_done (const KdEvaluator *evaluator);
/* After the last slice: the twelve COCO numbers of each. */
void kd_evaluator_finish (KdEvaluator *evaluator, double (*numbers)[KD_COCO_NUMBERS]);

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
