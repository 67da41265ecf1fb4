/* SPDX-License-Identifier: MIT */
#pragma once

/* KdSpareLabel: a word that is there where all of it fits, and not at all elsewhere: the letter and the dots that ellipsizing leaves tell nothing. */
#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_SPARE_LABEL (kd_spare_label_get_type ())
G_DECLARE_FINAL_TYPE (KdSpareLabel, kd_spare_label, KD, SPARE_LABEL, GtkWidget)

/* @gap: px to what follows, where the word is there. */
GtkWidget *kd_spare_label_new (const char *text, int gap);

G_END_DECLS
