/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdLessonStage: the live view as a lesson sees it: it measures what a condition asks for, from the model, and does acts as a person would, so that
 * they can be undone.
 */
#include "ui/lesson.h"
#include "ui/live-page.h"

G_BEGIN_DECLS

typedef struct {
  KdSessionModel *model; /* borrowed */
  KdLivePage *live;      /* borrowed */
  GtkWidget *anchor;     /* borrowed: in the window whose views are looked at */
  KdSession *session;    /* when the card came up: to compare only */
  int64_t step;          /* likewise */
} KdLessonStage;

/* A card comes up: what it counts begins now. */
void kd_lesson_stage_begin (KdLessonStage *stage);

/* As KdLessonMeasure; @stage is a KdLessonStage. */
bool kd_lesson_stage_measure (void *stage, const KdLessonCondition *condition, double *value);
bool kd_lesson_stage_all_hold (KdLessonStage *stage, const GArray *conditions);
/* KdLessonAct in order; what cannot be done now is left out: there is no such run. */
void kd_lesson_stage_do (KdLessonStage *stage, const GArray *acts);
/* Whether the session that is there has a run of every method of the lesson, and is none that only shows. */
bool kd_lesson_stage_has_runs (KdLessonStage *stage, const KdLesson *lesson);
/* The same, and it can train. */
bool kd_lesson_stage_fits (KdLessonStage *stage, const KdLesson *lesson);
/* The first of @conditions that does not hold, for people, where it stands; NULL: nothing to say. Owned by the caller. */
char *kd_lesson_stage_tell (KdLessonStage *stage, const GArray *conditions);
/* A visible widget below @root by its name; NULL: none. */
GtkWidget *kd_lesson_stage_find (GtkWidget *root, const char *name);

G_END_DECLS
