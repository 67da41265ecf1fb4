/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdCurves: all series of a session as curves that grow with it, shared by the charts; AP in percent.
 */
#include "engine/render/render.h"
#include "ui/session-model.h"

G_BEGIN_DECLS

#define KD_TYPE_CURVES (kd_curves_get_type ())
G_DECLARE_FINAL_TYPE (KdCurves, kd_curves, KD, CURVES, GObject)

KdCurves *kd_curves_new (KdSessionModel *model);
/* Emits "changed" after growing, "cleared" before all curves go because another session begins. */
int kd_curves_count (KdCurves *curves);
const KdCurve *kd_curves_at (KdCurves *curves, int index); /* borrowed; index = series id */
const KdSeriesInfo *kd_curves_info (KdCurves *curves, int index);

G_END_DECLS
