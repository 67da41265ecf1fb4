/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to session/: parameters to arrays of a file and back. */
#include "engine/session/session.h"

G_BEGIN_DECLS

typedef enum { KD_WEIGHTS_VALUE, KD_WEIGHTS_MOMENT1, KD_WEIGHTS_MOMENT2, KD_N_WEIGHTS } KdWeights;

/* Adds "<name>", "moment1.<name>" or "moment2.<name>" of every parameter. */
void kd_weights_to_arrays (const KdParams *params, KdWeights which, KdArrays *arrays);
/* All parameters must be there with their shapes; @path for the message. Arrays without a parameter are ignored. */
bool kd_weights_from_arrays (
    KdParams *params, KdWeights which, const KdArrays *arrays, const char *path, GError **error);
/* Values and moments of parameters that both have, by name and shape. */
void kd_weights_copy (KdParams *to, const KdParams *from);

/* What a file says about the detector whose weights it holds. */
bool kd_weights_read_config (const char *path, KdDetectorConfig *config, GError **error);
/* The step that a training's checkpoint was written at. */
bool kd_checkpoint_step (const char *path, int64_t *step, GError **error);

G_END_DECLS
