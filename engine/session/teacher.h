/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to session/: the frozen teacher, one pass per batch for all runs and one for the pinned image. */
#include "engine/session/inputs.h"
#include "engine/session/pass.h"

G_BEGIN_DECLS

typedef struct {
  KdParams *params;
  KdDetectorConfig config;
  char *id;      /* kd_teacher_content_id () of its file */
  KdPass *batch; /* NULL: no run needs it */
  KdGraph *answer_graph;
  KdDetectorOutputs answer; /* copies of all outputs for one image, inputs of @answer_graph */
} KdTeacher;

/* A file's content as git names it: SHA-1 of "blob <size>\0" and the bytes. Owned by the caller. */
char *kd_teacher_content_id (const char *path, GError **error);
/* @path: safetensors, any detector kind; image size and classes from @config. */
KdTeacher *
kd_teacher_load (const char *path, const KdDetectorConfig *config, KdPool *pool, GError **error);
/* Untrained, for benchmarks on a machine without a teacher file. */
KdTeacher *kd_teacher_new_untrained (const KdDetectorConfig *config, KdPool *pool);
void kd_teacher_free (KdTeacher *teacher);

/* The answer for one image [1,3,H,W]. Rarely asked, so the network for it is made each time: it would hold 25 MB. */
void kd_teacher_ask (KdTeacher *teacher, KdPool *pool, const kd_real *image);
/* Before runs bind to it. @needs: all that any run's method needs of the teacher; none: no pass. */
void kd_teacher_build_batch (KdTeacher *teacher, KdPool *pool, int n_images, KdNeeds needs);

/* An input "<array>.<level>" of another graph that reads the teacher's @source in place. */
KdNode *kd_teacher_bind (KdGraph *g, const char *array, int level, KdNode *source);

#define KD_NEEDS_OF_TEACHER (KD_NEEDS_TEACHER_FEATURE | KD_NEEDS_TEACHER_CLS | KD_NEEDS_TEACHER_REG)

G_END_DECLS
