/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Private to session/: what training can go on from, recorded at keyframes: weights, moments and knobs of all runs. The newest are kept in
 * memory, older ones in a folder of the session's, which is emptied when it ends: checkpoints are what lasts.
 */
#include "engine/session/history.h"
#include "engine/session/run.h"

G_BEGIN_DECLS

/* In memory: the newest 8, but of many runs no more than fit, the newest two always. Two runs of the small student take 80 MB. */
#define KD_KEYFRAME_WEIGHTS_KEPT 8
#define KD_KEYFRAME_WEIGHTS_BYTES ((size_t) 160 << 20)

/* All runs at one step. Immutable, shared by reference. */
typedef struct _KdKeyframeWeights KdKeyframeWeights;
KdKeyframeWeights *kd_keyframe_weights_new (int64_t step, KdRun *const *runs, int n_runs);
KdKeyframeWeights *kd_keyframe_weights_ref (KdKeyframeWeights *weights);
void kd_keyframe_weights_unref (KdKeyframeWeights *weights); /* any thread; NULL is fine */
int64_t kd_keyframe_weights_step (const KdKeyframeWeights *weights);
const KdKnobs *kd_keyframe_weights_knobs (const KdKeyframeWeights *weights, int run);
/* Values and moments of what @params has by the same name and shape; the rest stays. */
void kd_keyframe_weights_restore (const KdKeyframeWeights *weights, int run, KdParams *params);

typedef struct _KdWeightStore KdWeightStore;
/* @folder: made when first needed, for what does not fit; NULL: that is dropped. */
KdWeightStore *kd_weight_store_new (const char *folder, size_t max_bytes);
void kd_weight_store_free (KdWeightStore *store);

/* Engine thread. Takes the reference. Steps ascend; the same step again replaces it. */
void kd_weight_store_add (KdWeightStore *store, KdKeyframeWeights *weights);
/* Engine thread: drop what is in the folder and of no keyframe any more. */
void kd_weight_store_thin (KdWeightStore *store, KdHistory *history);
/* Any thread. */
bool kd_weight_store_has (KdWeightStore *store, int64_t step);
/* Any thread: a reference; errors: there is none, its file is gone or damaged. */
KdKeyframeWeights *kd_weight_store_get (KdWeightStore *store, int64_t step, GError **error);
size_t kd_weight_store_bytes (KdWeightStore *store); /* in memory */

G_END_DECLS
