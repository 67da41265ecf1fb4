/* SPDX-License-Identifier: MIT */
#pragma once

/* KdMethodCard: what the selected run's method is: idea, formula, parts that are trained and thrown away, citation. */
#include "ui/session-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_METHOD_CARD (kd_method_card_get_type ())
G_DECLARE_FINAL_TYPE (KdMethodCard, kd_method_card, KD, METHOD_CARD, GtkBox)

GtkWidget *kd_method_card_new (KdSessionModel *model);

G_END_DECLS
