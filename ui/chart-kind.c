/* SPDX-License-Identifier: MIT */
#include "ui/chart-kind.h"

#include <string.h>

static const KdChartKindInfo kinds[KD_N_CHART_KINDS] = {
  [KD_CHART_DETECTION] = { .title = "Detection loss",
                           .unit = "loss",
                           .help = "Classes and boxes, every student",
                           .log_y = true },
  [KD_CHART_TOTAL] = { .title = "Total loss",
                       .unit = "loss",
                       .help = "Detection and distillation, every student",
                       .log_y = true },
  [KD_CHART_TERMS] = { .title = "Distillation terms",
                       .unit = "loss",
                       .help = "The selected student's, weighted and scaled",
                       .log_y = true,
                       .of_selected = true },
  [KD_CHART_SHARES] = { .title = "Shares of the total",
                        .unit = "%",
                        .help = "What part of the selected student's total loss each term is",
                        .of_selected = true },
  [KD_CHART_RATIOS] = { .title = "Gradient ratios",
                        .unit = "× the task's",
                        .help = "Norm of each term's gradient at the student's features over that "
                                "of the "
                                "detection loss; 0.1 to 1 worked well",
                        .log_y = true,
                        .of_selected = true },
  [KD_CHART_TOKENS] = { .title = "Learning of tokens",
                        .unit = "loss",
                        .help = "MasKD's first phase: task loss masked and not, Dice, entropy",
                        .of_selected = true },
  [KD_CHART_GRADIENT] = { .title = "Gradient norm",
                          .unit = "norm",
                          .help = "Over all parameters, before clipping",
                          .log_y = true },
  [KD_CHART_RATE] = { .title = "Learning rate", .unit = "", .help = "Warm-up, then cosine" },
  [KD_CHART_AP50] = { .title = "AP50, held-out",
                      .unit = "AP50, %",
                      .help = "On held-out scenes, at an IoU of 0.5",
                      .measured = true },
  [KD_CHART_AP] = { .title = "AP, held-out",
                    .unit = "AP, %",
                    .help = "On held-out scenes, mean over IoU 0.50 to 0.95",
                    .measured = true },
  [KD_CHART_AP_SMALL] = { .title = "AP of small objects",
                          .unit = "AP, %",
                          .help = "Area below 32² px",
                          .measured = true },
  [KD_CHART_AP_MEDIUM] = { .title = "AP of medium objects",
                           .unit = "AP, %",
                           .help = "Area from 32² px",
                           .measured = true },
};

const KdChartKindInfo *
kd_chart_kind_info (KdChartKind kind)
{
  return &kinds[kind];
}

double
kd_chart_value (const char *series, double value)
{
  return g_str_has_prefix (series, "ap") ? 100 * value : value;
}

bool
kd_chart_kind_has (KdChartKind kind, const KdSeriesInfo *series)
{
  const char *name = series->name;
  switch (kind) {
  case KD_CHART_DETECTION:
    return !strcmp (name, "loss.cls") || !strcmp (name, "loss.reg");
  case KD_CHART_TOTAL:
    return !strcmp (name, "loss.total");
  case KD_CHART_TERMS: /* loss.<method>.<term> */
    return g_str_has_prefix (name, "loss.") && strchr (name + strlen ("loss."), '.');
  case KD_CHART_RATIOS:
    return g_str_has_prefix (name, "ratio.");
  case KD_CHART_TOKENS:
    return g_str_has_prefix (name, "tokens.");
  case KD_CHART_GRADIENT:
    return !strcmp (name, "grad_norm");
  case KD_CHART_RATE:
    return !strcmp (name, "lr");
  case KD_CHART_AP50:
    return !strcmp (name, "ap50");
  case KD_CHART_AP:
    return !strcmp (name, "ap");
  case KD_CHART_AP_SMALL:
    return !strcmp (name, "ap_small");
  case KD_CHART_AP_MEDIUM:
    return !strcmp (name, "ap_medium");
  default:
    return false;
  }
}
