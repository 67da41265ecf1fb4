/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Private to session/: a session on disk. A checkpoint is one safetensors file a run and then, atomically, session.json, which names the
 * step: whenever the program is killed, session.json points to files that are whole.
 */
#include "engine/session/run-directory.h"
#include "engine/session/trainer.h"

G_BEGIN_DECLS

typedef struct _KdFolder KdFolder;

/**
 * kd_folder_open:
 *
 * The folders of config->out for a trainer at step 0, or at a branch's with its curves. With config->resume the runs' weights and moments, the curves and the
 * trainer's step become those of the folder's last checkpoint (its configuration and knobs are the trainer's already, see
 * kd_saved_config_resume ()). Without, the folder must not hold a session yet.
 */
KdFolder *kd_folder_open (KdTrainer *trainer, GError **error);
void kd_folder_free (KdFolder *folder);

/* Rows of the step just made. */
bool kd_folder_append (KdFolder *folder, GError **error);
bool kd_folder_event (
    KdFolder *folder, int run, int64_t step, const char *kind, const char *text, GError **error);
bool kd_folder_flush (KdFolder *folder, GError **error);
bool kd_folder_checkpoint (KdFolder *folder, GError **error);

G_END_DECLS
