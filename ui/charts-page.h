/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdChartsPage: losses and AP of all students over one time axis, with one crosshair. Signal "cursor" (double step, NAN: none): a person points
 * at a step.
 */
#include "ui/curves.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_CHARTS_PAGE (kd_charts_page_get_type ())
G_DECLARE_FINAL_TYPE (KdChartsPage, kd_charts_page, KD, CHARTS_PAGE, GtkBox)

GtkWidget *kd_charts_page_new (KdSessionModel *model, KdCurves *curves);
void kd_charts_page_set_cursor (KdChartsPage *page, double step); /* does not emit */

G_END_DECLS
