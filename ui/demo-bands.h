/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Where the terms of each method's loss ran when its demo preset was trained, by step: what somebody else's curve is compared with. Read
 * from resources/demo-bands.csv, which says how it was made. Main thread.
 */
#include "engine/render/render.h"

/* @series: of a session, "loss.fgd.fg". Static; NULL: nothing was recorded. */
const KdChartBand *kd_demo_band (const char *series);
