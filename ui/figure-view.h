/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdFigureView: one of a method's figures of a wall model's picture, with what a person can choose in it: an object, the figure's
 * switch, where its slider stands (also by dragging a wipe), cells by dragging over a scatter. What is under the pointer, or under the keyboard's cursor (arrow keys), is read out below.
 */
#include "ui/figure.h"
#include "ui/view-port.h"
#include "ui/wall-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_FIGURE_VIEW (kd_figure_view_get_type ())
G_DECLARE_FINAL_TYPE (KdFigureView, kd_figure_view, KD, FIGURE_VIEW, GtkBox)

/* @figure of the model's present layout; the view must not outlive it. */
GtkWidget *kd_figure_view_new (KdWallModel *model, KdViewPort *port, const KdFigure *figure);
const KdFigure *kd_figure_view_get_figure (KdFigureView *view);
/* What is drawn; borrowed until the next picture or act; NULL: nothing yet. */
const KdFigurePlot *kd_figure_view_get_plot (KdFigureView *view);
/* The same for a file: titled, without what is pointed at. Owned by the caller; NULL: no picture yet. */
KdFigurePlot *kd_figure_view_make_titled (KdFigureView *view);
/* As if the pointer were there, px of the drawing. */
void kd_figure_view_point_at (KdFigureView *view, double x, double y);
/* The figure's slider, 0 to what the plot says. */
void kd_figure_view_slide (KdFigureView *view, int to);
/* -1: the one that the figure finds most telling. */
void kd_figure_view_choose (KdFigureView *view, int object);

G_END_DECLS
