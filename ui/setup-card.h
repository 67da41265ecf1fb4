/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdSetupCard: whether the session can show anything at all, before anybody wonders why AP does not rise: the teacher and what it reaches on
 * the students' own test, whether it is better than they are, whether a twin trains beside, whether every term pulls. A button that
 * says the worst of it, and a card with a sentence and the way out for each.
 */
#include "ui/session-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_SETUP_CARD (kd_setup_card_get_type ())
G_DECLARE_FINAL_TYPE (KdSetupCard, kd_setup_card, KD, SETUP_CARD, GtkBox)

typedef enum { KD_SETUP_UNKNOWN, KD_SETUP_GOOD, KD_SETUP_BAD } KdSetupVerdict;
typedef enum {
  KD_SETUP_TEACHER, /* what it reaches */
  KD_SETUP_BETTER,  /* than its students */
  KD_SETUP_TWIN,
  KD_SETUP_PULLS, /* every term */
  KD_N_SETUP_CHECKS
} KdSetupCheck;

GtkWidget *kd_setup_card_new (KdSessionModel *model);
/* What the card says of @check; the sentence is borrowed until the session goes on, and may be NULL. */
KdSetupVerdict kd_setup_card_get (KdSetupCard *card, KdSetupCheck check, const char **sentence);

G_END_DECLS
