/* SPDX-License-Identifier: MIT */
#pragma once

/* What a chart can be about: which series it draws and how. A table, so that every place for a chart offers the same. */
#include "engine/session/session.h"

G_BEGIN_DECLS

typedef enum {
  KD_CHART_DETECTION,
  KD_CHART_TOTAL,
  KD_CHART_TERMS,
  KD_CHART_SHARES,
  KD_CHART_RATIOS,
  KD_CHART_TOKENS,
  KD_CHART_GRADIENT,
  KD_CHART_RATE,
  KD_CHART_AP50,
  KD_CHART_AP,
  KD_CHART_AP_SMALL,
  KD_CHART_AP_MEDIUM,
  KD_N_CHART_KINDS,
} KdChartKind;

typedef struct {
  const char *title, *unit, *help;
  const char *none; /* why there is no curve; NULL: there always is one */
  bool log_y;       /* at first */
  bool measured;    /* few points: markers, no smoothing, an axis from 0 */
  bool
      of_selected; /* the selected run's series, told apart by term; else all runs', told apart by run */
} KdChartKindInfo;

const KdChartKindInfo *kd_chart_kind_info (KdChartKind kind);
/* A value of a series as it is shown: AP in percent, as everywhere on screen. */
double kd_chart_value (const char *series, double value);
/* Whether a series belongs to it. KD_CHART_SHARES is derived from the losses and has none of its own. */
bool kd_chart_kind_has (KdChartKind kind, const KdSeriesInfo *series);

G_END_DECLS
