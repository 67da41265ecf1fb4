/* SPDX-License-Identifier: MIT */
#pragma once

/* A chart as a picture or as numbers to export: a copy, so that curves may grow or go while a person chooses a name. Plain C. */
#include "engine/render/render.h"

G_BEGIN_DECLS

typedef struct _KdChartPicture KdChartPicture;
/* All of @chart is copied but its dashes, which live for ever; the crosshair is left out. @step: of training, into the metadata. */
KdChartPicture *kd_chart_picture_new (const KdChart *chart, int64_t step);
void kd_chart_picture_free (KdChartPicture *picture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KdChartPicture, kd_chart_picture_free)
/*
 * By the ending: .png, .svg, .pdf; or the values within the chart's range: .csv, a column of steps and one a curve (empty: not measured at
 * that step), or .npy, the same columns as float64 with NAN.
 */
bool kd_chart_picture_export (const KdChartPicture *picture, const char *path, GError **error);

G_END_DECLS
