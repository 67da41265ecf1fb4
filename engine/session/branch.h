/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to session/: where a branched session begins. */
#include "engine/session/keyframe-weights.h"
#include "engine/session/trainer.h"

G_BEGIN_DECLS

typedef struct _KdBranch KdBranch;
void kd_branch_free (KdBranch *branch);
/* A trainer with initial values becomes what the other session was: weights, moments, curves, step. */
void kd_branch_apply (const KdBranch *branch, KdTrainer *trainer);
/* "fgd at step 50 of another session": for the log of @run. Owned by the caller. */
char *kd_branch_describe (const KdBranch *branch, int run);

G_END_DECLS
