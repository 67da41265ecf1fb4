/* SPDX-License-Identifier: MIT */
#pragma once

/* Where everything in a chart goes: measured once, used to draw and to find what is under the pointer. */
#include "engine/render/curve.h"
#include "engine/render/text.h"

G_BEGIN_DECLS

#define KD_CHART_TEXT_PX 10.0
#define KD_CHART_TITLE_PX 12.0
#define KD_CHART_LINE_PX 15.0 /* height of a line of text */
#define KD_CHART_MAX_TICKS 16
#define KD_LEGEND_SWATCH_PX 22.0
#define KD_LEGEND_GAP_PX 12.0

typedef struct {
  KdRect plot;
  KdAxis x, y;
  int n_x_ticks, n_y_ticks;
  double x_ticks[KD_CHART_MAX_TICKS], y_ticks[KD_CHART_MAX_TICKS];
  double legend_x; /* where the legend's lines start, right of the title in the first */
} KdChartLayout;

void
kd_chart_layout (const KdRect *rect, const KdChart *chart, KdText *text, KdChartLayout *layout);
/* A number beside ticks that are @step apart, with as many decimals as those need. */
void kd_chart_tick_format (double value, double step, bool log, char *text, size_t size);
/* Place of legend entry @index (its middle line); false: it has no room. */
bool kd_chart_legend_place (const KdRect *rect,
                            const KdChart *chart,
                            KdText *text,
                            const KdChartLayout *layout,
                            int index,
                            double *x,
                            double *y);

G_END_DECLS
