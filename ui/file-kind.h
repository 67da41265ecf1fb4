/* SPDX-License-Identifier: MIT */
#pragma once

/* What a file or folder that a person opens is, told by its content; of two zips, the recording is the one called .kdrun. */
#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  KD_FILE_UNKNOWN,
  KD_FILE_DUMP,      /* arrays of a teacher and a student: .npz, .safetensors */
  KD_FILE_RUN,       /* a folder that training wrote: of one run, or of a session with several */
  KD_FILE_RECORDING, /* keyframes to look at: .kdrun */
} KdFileKind;

/**
 * kd_file_kind:
 * @folder: of a run, the folder to open (@path itself, or where its session.json or run.json is); else NULL
 *
 * KD_FILE_UNKNOWN comes with an error: the world has no such file, or it is something else.
 */
KdFileKind kd_file_kind (const char *path, char **folder, GError **error);

G_END_DECLS
