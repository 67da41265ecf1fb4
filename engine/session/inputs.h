/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to session/: one batch as the networks read it, made once and shared by the teacher and all runs. */
#include "engine/session/session.h"

G_BEGIN_DECLS

typedef struct {
  int n_images, capacity; /* rows of truths that fit */
  KdSize size;
  kd_real *image; /* [N,3,H,W], (rgb/255 - 0.5)/0.25, channels-last */
  int n_truths;
  kd_real *boxes;  /* [capacity,4] xyxy px */
  int32_t *labels; /* [capacity] */
  int32_t *images; /* [capacity]: which image of the batch */
} KdInputs;

KdInputs *kd_inputs_new (int n_images, KdSize size);
void kd_inputs_free (KdInputs *inputs);
/* @rgb: [N,H,W,3] of all images; @truths: one an image, NULL: none are needed. No allocation. */
void
kd_inputs_fill (KdInputs *inputs, KdPool *pool, const uint8_t *rgb, const KdSceneTruth *truths);
/* Into a graph's own target inputs. */
void kd_inputs_copy_targets (const KdInputs *inputs, const KdTargets *targets);

G_END_DECLS
