/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdLessonPane: guided lessons beside the live view: the list of lessons with the learner's progress, and the cards of one. A card that waits
 * opens the way to the next when the model says that it was done, by the learner or by "Show me". When the lesson
 * is left, the window shows its maps as before. Signals: "session" (const KdConfig *, valid during the call): the lesson needs other
 * students; "back": those of before are wanted again; "live": show the live view; "closed".
 */
#include "ui/live-page.h"

G_BEGIN_DECLS

#define KD_TYPE_LESSON_PANE (kd_lesson_pane_get_type ())
G_DECLARE_FINAL_TYPE (KdLessonPane, kd_lesson_pane, KD, LESSON_PANE, GtkBox)

GtkWidget *kd_lesson_pane_new (KdSessionModel *model, KdLivePage *live);
/* A teacher's own lesson, begun at once. */
bool kd_lesson_pane_open (KdLessonPane *pane, const char *path, GError **error);

/* For tests and shortcuts. A lesson by its id; false: there is none. It goes on where the learner left it. */
bool kd_lesson_pane_begin (KdLessonPane *pane, const char *id);
int kd_lesson_pane_get_card (KdLessonPane *pane); /* -1: the list */
bool kd_lesson_pane_is_done (KdLessonPane *pane); /* the card that is shown */
void kd_lesson_pane_show_me (KdLessonPane *pane);
bool kd_lesson_pane_next (KdLessonPane *pane);                /* false: the card still waits */
GtkWidget *kd_lesson_pane_get_spotlight (KdLessonPane *pane); /* NULL: none */

G_END_DECLS
