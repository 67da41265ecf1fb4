/* SPDX-License-Identifier: MIT */

/* What a frame of the window costs in drawing: 24 maps of 40x40 painted at 220 px, and nine curves of 100,000 points at 900x300. */
#include "tests/bench-drawing.h"

#include <stdio.h>

int
main (void)
{
  static const struct {
    const char *what;
    BenchDrawing drawing;
  } rows[] = {
    { "24 maps 40x40: values to colours", BENCH_COLOR_MAPS },
    { "24 maps 40x40: painted at 220 px (goal 1)", BENCH_PAINT_MAPS },
    { "24 maps 40x40: values to colours, log scale", BENCH_COLOR_LOG_MAPS },
    { "a chart's frame without curves, 900x300", BENCH_EMPTY_CHART },
    { "9 curves x 100,000 points, 900x300 (goal 1)", BENCH_CURVES },
    { "the same, log y", BENCH_LOG_CURVES },
    { "the same, means over faint raw values", BENCH_SMOOTH_CURVES },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    printf ("%-52s %8.3f ms\n", rows[i].what, bench_drawing_ms (rows[i].drawing, 100000));
  return 0;
}
