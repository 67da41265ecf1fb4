/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdTeacherCheck: what the session's teacher itself reaches, measured by the code that measures its students, on the scenes that they are
 * measured on. It begins by itself once a student has been measured, in a thread beside the training. Signal "changed": the state,
 * or how far it is. Main thread.
 */
#include "ui/session-model.h"

G_BEGIN_DECLS

typedef enum {
  KD_TEACHER_NONE,    /* the session has none, or only shows a recording */
  KD_TEACHER_WAITING, /* not measured yet */
  KD_TEACHER_MEASURING,
  KD_TEACHER_MEASURED,
  KD_TEACHER_FAILED,
} KdTeacherState;

typedef struct {
  KdTeacherState state;
  const char *path;   /* of the teacher's file; NULL: none */
  int done, n_images; /* held-out scenes, from the first one */
  double ap, ap50;    /* 0..1; NAN until measured */
  const char *reason; /* why it failed */
} KdTeacherStatus;

#define KD_TYPE_TEACHER_CHECK (kd_teacher_check_get_type ())
G_DECLARE_FINAL_TYPE (KdTeacherCheck, kd_teacher_check, KD, TEACHER_CHECK, GObject)

KdTeacherCheck *kd_teacher_check_new (KdSessionModel *model);
/* Strings are borrowed until the next change. */
KdTeacherStatus kd_teacher_check_status (KdTeacherCheck *check);
/* Measure now, or anew; nothing where it is being measured or there is none. */
void kd_teacher_check_start (KdTeacherCheck *check);
/* Leave it; it is waiting again, and does not begin by itself any more. */
void kd_teacher_check_stop (KdTeacherCheck *check);

G_END_DECLS
