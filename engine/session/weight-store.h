/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Private to session/: the weights of all keyframes. The newest are kept in memory, older ones in a file without a name, which is gone with
 * the session, however it ends: checkpoints are what lasts.
 */
#include "engine/session/history.h"
#include "engine/session/keyframe-weights.h"

G_BEGIN_DECLS

typedef struct {
  size_t memory_bytes; /* beyond them the older ones go to the file, but never the newest */
  size_t file_bytes;   /* beyond them every second step of the older half is dropped */
} KdWeightLimits;
/* Two runs of the small student take 12 MB a step: two steps in memory, ninety in the file. */
#define KD_WEIGHT_LIMITS ((KdWeightLimits){ (size_t) 24 << 20, (size_t) 1 << 30 })

typedef struct _KdWeightStore KdWeightStore;
/* @folder: where the file lies, made when first needed; NULL, or one that cannot be written: what does not fit into memory is dropped. */
KdWeightStore *kd_weight_store_new (const char *folder, KdWeightLimits limits);
void kd_weight_store_free (KdWeightStore *store);

/* Engine thread. Takes the reference. Steps ascend; the same step again replaces it. */
void kd_weight_store_add (KdWeightStore *store, KdKeyframeWeights *weights);
/* Engine thread: drop what is in the file and of no keyframe any more. */
void kd_weight_store_thin (KdWeightStore *store, KdHistory *history);
/* Any thread. */
bool kd_weight_store_has (KdWeightStore *store, int64_t step);
/* Any thread: a reference; errors: there is none, the file cannot be read. */
KdKeyframeWeights *kd_weight_store_get (KdWeightStore *store, int64_t step, GError **error);
size_t kd_weight_store_bytes (KdWeightStore *store); /* in memory */

G_END_DECLS
