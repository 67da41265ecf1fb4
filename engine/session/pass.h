/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to session/: a detector run forward only: the teacher on a batch or the pinned image, a student being measured. */
#include "engine/session/session.h"

G_BEGIN_DECLS

typedef struct {
  KdGraph *graph;
  KdNode *image;
  KdDetectorOutputs outputs;
} KdPass;

/* @needs: which of KD_NEEDS_TEACHER_FEATURE, _CLS, _REG are kept; what none of them reads is never computed. */
KdPass *kd_pass_new (const char *name,
                     KdPool *pool,
                     KdParams *params,
                     const KdDetectorConfig *config,
                     KdParamFlags flags,
                     int n_images,
                     KdNeeds needs);
void kd_pass_free (KdPass *pass);
/* @image: [N,3,H,W], borrowed until the next run. False: cancelled. */
bool kd_pass_run (KdPass *pass, const kd_real *image, const atomic_bool *cancel);
size_t kd_pass_bytes (const KdPass *pass);

G_END_DECLS
