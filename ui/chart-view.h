/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdChartView: curves over steps with a crosshair and a readout of all values at the pointer. Charts that share a time axis share the crosshair
 * through "cursor" (emitted with the step under the pointer, NAN when it leaves) and the range through "zoomed" (low, high; equal: all), which
 * Ctrl+wheel, dragging and double clicks emit, and the keys +, -, Backspace and arrows at the ends; whoever shows them sets the range.
 */
#include "engine/render/render.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_CHART_VIEW (kd_chart_view_get_type ())
G_DECLARE_FINAL_TYPE (KdChartView, kd_chart_view, KD, CHART_VIEW, GtkWidget)

/* Titles and labels are N_() or have been translated: what they say follows the moment of drawing. */
GtkWidget *kd_chart_view_new (const char *title, const char *x_label, const char *y_label);
/* Curves are borrowed and must outlive the view or be replaced; labels and dashes are borrowed for ever. */
void kd_chart_view_set_curves (KdChartView *view, const KdChartCurve *curves, int n_curves);
/* The curves grew. Painted within a few frames, one chart each, as is what another range of an axis shows. */
void kd_chart_view_refresh (KdChartView *view);
/* Copied; the title is not drawn any more, since something above the chart says it. */
void kd_chart_view_set_titles (KdChartView *view, const char *title, const char *y_label);
/* Said while no curve has a point; borrowed for ever, NULL: nothing. */
void kd_chart_view_set_empty (KdChartView *view, const char *words);
void kd_chart_view_set_log_x (KdChartView *view, bool log_x);
void kd_chart_view_set_log_y (KdChartView *view, bool log_y);
/* Fixed axis, e.g. 0..100 %; equal values: from the data. */
void kd_chart_view_set_y_range (KdChartView *view, double low, double high);
void kd_chart_view_set_x_range (KdChartView *view, double low, double high);
/* What is drawn, with its title; borrowed until the next change. */
KdChart kd_chart_view_get_chart (KdChartView *view);
void kd_chart_view_set_cursor (KdChartView *view, double x); /* NAN: none; does not emit */
/* The step whose pictures are on screen: a line without numbers while there is no crosshair. NAN: none. */
void kd_chart_view_set_mark (KdChartView *view, double x);

G_END_DECLS
