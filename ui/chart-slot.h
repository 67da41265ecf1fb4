/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdChartSlot: a place for a chart with a choice above it: what it is about, logarithmic axes, smoothing. Signals: "cursor" (double step, NAN:
 * none) and "zoomed" (double low, double high; equal: all) as a person pointed and zoomed, for charts that share a time axis.
 */
#include "ui/chart-kind.h"
#include "ui/curves.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_CHART_SLOT (kd_chart_slot_get_type ())
G_DECLARE_FINAL_TYPE (KdChartSlot, kd_chart_slot, KD, CHART_SLOT, GtkBox)

GtkWidget *kd_chart_slot_new (KdSessionModel *model, KdCurves *curves, KdChartKind kind);
void kd_chart_slot_set_kind (KdChartSlot *slot, KdChartKind kind);
KdChartKind kd_chart_slot_get_kind (KdChartSlot *slot);
void kd_chart_slot_set_cursor (KdChartSlot *slot, double step);
void kd_chart_slot_set_mark (KdChartSlot *slot, double step); /* as kd_chart_view_set_mark () */
/* Steps shown; equal: all there are. */
void kd_chart_slot_set_range (KdChartSlot *slot, double low, double high);

G_END_DECLS
