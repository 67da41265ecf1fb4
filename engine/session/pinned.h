/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Private to session/: the pinned image and what the frozen teacher says about it. Computed once an image, then immutable and
 * shared by reference between the views, their snapshots and keyframes.
 */
#include "engine/session/session.h"

G_BEGIN_DECLS

#define KD_MAX_DETECTIONS 100 /* of one image, as kd_detect_default () */

typedef struct {
  atomic_int references;
  uint64_t index; /* of the held-out scene */
  KdSize size;
  uint8_t *rgb; /* [H,W,3] */
  KdSceneTruth truth;
  int n_detections;
  KdDetection detections[KD_MAX_DETECTIONS]; /* the teacher's */
  int n_features;
  KdMap features[KD_MAX_LEVELS]; /* the teacher's, into @values */
  float *values;
} KdPinned;

/* With one reference, rgb allocated, everything else to be filled before it is shared. */
KdPinned *kd_pinned_new (uint64_t index, KdSize size);
KdPinned *kd_pinned_ref (KdPinned *pinned);
void kd_pinned_unref (KdPinned *pinned); /* any thread; NULL is fine */

G_END_DECLS
