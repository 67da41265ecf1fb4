/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdLesson: a guided lesson, read from a key file: short cards, each of which may set the window's state, point at a widget and wait for an act of
 * the learner. The format is explained at the top of resources/lessons/distillation.ini, in the help and in kdscope-lesson(5).
 */
#include "ui/lesson-condition.h"

G_BEGIN_DECLS

typedef struct {
  char *title, *text; /* @text: Pango markup */
  char *task;      /* what the learner is asked for, likewise; NULL: nothing, reading is enough */
  char *spotlight; /* name of the widget to point at; NULL: none */
  GArray *before;  /* KdLessonAct: done when the card comes up */
  GArray *waits;   /* KdLessonCondition: all must hold */
  GArray *shows;   /* KdLessonAct: "Show me" */
} KdLessonCard;

typedef struct {
  char *id, *title, *about;
  char *group; /* heading in the list; NULL: none */
  int minutes;
  GPtrArray
      *methods; /* const KdMethod *: runs that the session must have; none: any session will do */
  GPtrArray *cards; /* KdLessonCard */
} KdLesson;

/* One sentence naming @name (the file), group, key, what was expected and found. */
KdLesson *kd_lesson_parse (const char *name, const char *data, gssize length, GError **error);
KdLesson *kd_lesson_load (const char *path, GError **error);
void kd_lesson_free (KdLesson *lesson);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KdLesson, kd_lesson_free)

/* The ones that come with the program, in the order in which they are offered. */
GPtrArray *kd_lessons_bundled (void);

G_END_DECLS
