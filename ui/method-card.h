/* SPDX-License-Identifier: MIT */
#pragma once

/* KdMethodCard: what a method is: idea, formula, parts that are trained and thrown away, citation. */
#include "engine/session/session.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_METHOD_CARD (kd_method_card_get_type ())
G_DECLARE_FINAL_TYPE (KdMethodCard, kd_method_card, KD, METHOD_CARD, GtkBox)

GtkWidget *kd_method_card_new (void);
void kd_method_card_show (KdMethodCard *card, const KdMethod *method);

G_END_DECLS
