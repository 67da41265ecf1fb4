/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdMethodCard: what a method is: idea, formula with a line per symbol in the colour of its curve or panel and the number it has now, lamps of terms that
 * do not reach the student, parts that are trained and thrown away, where paper and code differ, citation.
 */
#include "ui/wall-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_METHOD_CARD (kd_method_card_get_type ())
G_DECLARE_FINAL_TYPE (KdMethodCard, kd_method_card, KD, METHOD_CARD, GtkBox)

/* Its numbers are those of @model's picture, at most four times a second. */
GtkWidget *kd_method_card_new (KdWallModel *model);
void kd_method_card_show (KdMethodCard *card, const KdMethod *method);
/* The run's values now; copied. */
void kd_method_card_set_knobs (KdMethodCard *card, const KdKnobs *knobs);
/* The number beside symbol @index of the method's table, as it is shown; borrowed. */
const char *kd_method_card_get_value (KdMethodCard *card, int index);

G_END_DECLS
