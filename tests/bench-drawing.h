/* SPDX-License-Identifier: MIT */
#pragma once

/* What a frame of the window costs in drawing alone, without a window: maps and curves, as the goals name them. */
#include "engine/render/render.h"

typedef enum {
  BENCH_COLOR_MAPS,     /* 24 maps of 40x40: values to colours */
  BENCH_COLOR_LOG_MAPS, /* the same on a log scale */
  BENCH_PAINT_MAPS,     /* the same, coloured already, painted at 220 px */
  BENCH_EMPTY_CHART,    /* a chart's frame without curves, 900x300 */
  BENCH_CURVES,         /* 9 curves in it */
  BENCH_LOG_CURVES,
  BENCH_SMOOTH_CURVES, /* on a log axis, means over faint raw values */
} BenchDrawing;

/* Median milliseconds. @n_points: of each curve. */
double bench_drawing_ms (BenchDrawing what, int n_points);
