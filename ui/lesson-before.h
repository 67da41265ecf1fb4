/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the window showed before a lesson, and the students' knobs, to be put back when it is left. The knobs only if the students are
 * still the same: one more edit that can be undone.
 */
#include "ui/lesson-stage.h"

typedef struct {
  KdView view;
  char *figure; /* owned */
  int image, selected;
  KdSession *session;          /* to compare only */
  KdKnobs *knobs[KD_MAX_RUNS]; /* of its runs; NULL: none */
} KdLessonBefore;

void kd_lesson_before_keep (KdLessonBefore *before, const KdLessonStage *stage);
void kd_lesson_before_put_back (KdLessonBefore *before, const KdLessonStage *stage);
void kd_lesson_before_clear (KdLessonBefore *before);
