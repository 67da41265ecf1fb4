/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to session/: what training can go on from, recorded at keyframes: weights, moments and knobs of all runs. */
#include "engine/session/run.h"

G_BEGIN_DECLS

/* All runs at one step. Immutable, shared by reference. */
typedef struct _KdKeyframeWeights KdKeyframeWeights;
KdKeyframeWeights *kd_keyframe_weights_new (int64_t step, KdRun *const *runs, int n_runs);
KdKeyframeWeights *kd_keyframe_weights_ref (KdKeyframeWeights *weights);
void kd_keyframe_weights_unref (KdKeyframeWeights *weights); /* any thread; NULL is fine */
int64_t kd_keyframe_weights_step (const KdKeyframeWeights *weights);
const KdKnobs *kd_keyframe_weights_knobs (const KdKeyframeWeights *weights, int run);
/* Values and moments of what @params has by the same name and shape; the rest stays. */
void kd_keyframe_weights_restore (const KdKeyframeWeights *weights, int run, KdParams *params);

/* Names, shapes and knobs without the numbers. */
KdKeyframeWeights *kd_keyframe_weights_outline (const KdKeyframeWeights *weights);
/* An outline with room for its numbers, which are yet to be read. */
KdKeyframeWeights *kd_keyframe_weights_fill (const KdKeyframeWeights *outline);
/* The numbers of all runs; NULL: an outline. @bytes: their size, or what it would be. */
kd_real *kd_keyframe_weights_values (KdKeyframeWeights *weights, size_t *bytes);

G_END_DECLS
