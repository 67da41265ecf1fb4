/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdFigureKnobs: the few hyperparameters whose effect a figure shows, in reach above it. Signal "changed" (const char *id, const char *text): a
 * person turned one; whoever shows the figure applies it, and shows the values that came of it.
 */
#include "engine/session/session.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_FIGURE_KNOBS (kd_figure_knobs_get_type ())
G_DECLARE_FINAL_TYPE (KdFigureKnobs, kd_figure_knobs, KD, FIGURE_KNOBS, GtkBox)

GtkWidget *kd_figure_knobs_new (void);
/* Rows for the figure's knobs at these values of its method; hidden where it has none. NULL, either: no figure is shown. Does not emit. */
void kd_figure_knobs_show (KdFigureKnobs *rows, const KdFigure *figure, const KdKnobs *values);

G_END_DECLS
