/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to data/: validation that goes on after the first problem. */
#include "engine/data/data.h"

G_BEGIN_DECLS

typedef struct {
  char *member;  /* "student_feat.2" or, of a whole family, "student_feat"; NULL: no features */
  char *message; /* "expected [2,64,25,34] like teacher_feat.2, found [2,64,25,33]" */
  KdDumpState state;
} KdDumpProblem;

void kd_dump_problem_free (KdDumpProblem *problem);

/* Fills what validation derives from @dump's arrays. @problems: of KdDumpProblem, appended; what depends on a faulty array is not
 * looked at. True: there were none. */
bool kd_dump_validate (KdDump *dump, GPtrArray *problems);

/* Whether the format names an array so; of a family of levels "teacher_feat" and "teacher_feat.2" alike. */
bool kd_dump_format_has (const char *name);

/* The checklist of @arrays, taken. @refused: KdRefused, arrays of the file that could not be read; may be NULL. */
KdDumpCheck *kd_dump_check_arrays (const char *path, KdArrays *arrays, const GPtrArray *refused);

G_END_DECLS
