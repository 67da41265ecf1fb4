/* SPDX-License-Identifier: MIT */
#pragma once

/* How far the learner has come in each lesson, over all starts of the program. */
#include "ui/lesson.h"

/* Cards that were finished, at most as many as the lesson has. */
guint kd_lesson_progress (const KdLesson *lesson);
/* Never goes back. */
void kd_lesson_keep_progress (const KdLesson *lesson, guint n);
