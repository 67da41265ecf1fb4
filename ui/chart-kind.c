/* SPDX-License-Identifier: MIT */
#include "ui/chart-kind.h"

#include "engine/base/i18n.h"

#include <string.h>

static const KdChartKindInfo kinds[KD_N_CHART_KINDS] = {
  [KD_CHART_DETECTION] = { .title = N_ ("Detection loss"),
                           .unit = N_ ("loss"),
                           .help = N_ ("Classes and boxes, every student"),
                           .log_y = true },
  [KD_CHART_TOTAL] = { .title = N_ ("Total loss"),
                       .unit = N_ ("loss"),
                       .help = N_ ("Detection and distillation, every student. A higher one may be "
                                   "the better student: terms differ in size, AP does not"),
                       .log_y = true },
  [KD_CHART_TERMS] = { .title = N_ ("Distillation terms"),
                       .unit = N_ ("loss"),
                       .help = N_ ("The selected student's, weighted and scaled"),
                       .log_y = true,
                       .none = N_ ("No distillation: no terms"),
                       .of_selected = true },
  [KD_CHART_SHARES] = { .title = N_ ("Shares of the total"),
                        .unit = "%",
                        .help = N_ ("What part of the selected student's total loss each term is"),
                        .none = N_ ("No distillation: no terms"),
                        .of_selected = true },
  [KD_CHART_RATIOS] = { .title = N_ ("Gradient ratios"),
                        .unit = N_ ("× the task's"),
                        .help =
                            N_ ("Norm of each term's gradient at the student's features over that "
                                "of the "
                                "detection loss; 0.1 to 1 worked well"),
                        .log_y = true,
                        .none = N_ ("No distillation: no terms"),
                        .of_selected = true },
  [KD_CHART_TOKENS] = { .title = N_ ("Learning of tokens"),
                        .unit = N_ ("loss"),
                        .help = N_ ("MasKD's first phase: task loss masked and not, Dice, entropy"),
                        .none = N_ ("Only MasKD learns tokens first"),
                        .of_selected = true },
  [KD_CHART_GRADIENT] = { .title = N_ ("Gradient norm"),
                          .unit = N_ ("norm"),
                          .help = N_ ("Over all parameters, before clipping"),
                          .log_y = true },
  [KD_CHART_RATE] = { .title = N_ ("Learning rate"),
                      .unit = "",
                      .help = N_ ("Warm-up, then cosine") },
  [KD_CHART_AP50] = { .title = N_ ("AP50, held-out"),
                      .unit = N_ ("AP50, %"),
                      .help = N_ ("On held-out scenes, at an IoU of 0.5"),
                      .measured = true },
  [KD_CHART_AP] = { .title = N_ ("AP, held-out"),
                    .unit = N_ ("AP, %"),
                    .help = N_ ("On held-out scenes, mean over IoU 0.50 to 0.95"),
                    .measured = true },
  [KD_CHART_AP_SMALL] = { .title = N_ ("AP of small objects"),
                          .unit = N_ ("AP, %"),
                          .help = N_ ("Area below 32² px"),
                          .measured = true },
  [KD_CHART_AP_MEDIUM] = { .title = N_ ("AP of medium objects"),
                           .unit = N_ ("AP, %"),
                           .help = N_ ("Area from 32² px"),
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
