/* SPDX-License-Identifier: MIT */

#include "tests/bench-drawing.h"

#include <math.h>
#include <stdlib.h>

#define N_MAPS 24
#define CELLS 40
#define MAP_PX 220
#define N_CURVES 9
#define ROUNDS 200

static int
compare (const void *a, const void *b)
{
  const double left = *(const double *) a, right = *(const double *) b;
  return (left > right) - (left < right);
}

/* Median milliseconds of @work. */
static double
median_ms (void (*work) (void *data), void *data)
{
  double times[ROUNDS];
  for (int i = 0; i < ROUNDS; i++) {
    const double start = kd_now_s ();
    work (data);
    times[i] = (kd_now_s () - start) * 1e3;
  }
  qsort (times, ROUNDS, sizeof *times, compare);
  return times[ROUNDS / 2];
}

static cairo_t *
canvas_new (int width, int height)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width, height);
  cairo_t *cr = cairo_create (surface);
  cairo_surface_destroy (surface);
  return cr;
}

/* ---- maps ---------------------------------------------------------------------------------------------------- */

typedef struct {
  cairo_t *cr;
  KdHeatmap *heatmaps[N_MAPS];
  float values[N_MAPS][CELLS * CELLS];
  KdScale scale;
} Maps;

static void
color_maps (void *data)
{
  Maps *maps = data;
  for (int i = 0; i < N_MAPS; i++)
    kd_heatmap_set (maps->heatmaps[i], maps->values[i], CELLS, CELLS, &maps->scale,
                    KD_COLORMAP_VIRIDIS);
}

static void
paint_maps (void *data)
{
  Maps *maps = data;
  for (int i = 0; i < N_MAPS; i++) {
    const KdRect target = { i % 6 * (MAP_PX + 4), i / 6 * (MAP_PX + 4), MAP_PX, MAP_PX };
    kd_heatmap_draw (maps->heatmaps[i], maps->cr, &target, false, 1);
  }
}

static double
measure_maps (BenchDrawing what)
{
  Maps *maps = g_new0 (Maps, 1);
  KdRandom random = kd_random (1, 1);
  maps->cr = canvas_new (6 * (MAP_PX + 4), 4 * (MAP_PX + 4));
  for (int i = 0; i < N_MAPS; i++) {
    maps->heatmaps[i] = kd_heatmap_new ();
    for (int c = 0; c < CELLS * CELLS; c++)
      maps->values[i][c] = (float) kd_random_uniform (&random, 0.001, 1);
  }
  maps->scale = (KdScale){ .low = 0.001, .high = 1, .log = what == BENCH_COLOR_LOG_MAPS };
  color_maps (maps);
  const double ms = median_ms (what == BENCH_PAINT_MAPS ? paint_maps : color_maps, maps);
  for (int i = 0; i < N_MAPS; i++)
    kd_heatmap_free (maps->heatmaps[i]);
  cairo_destroy (maps->cr);
  g_free (maps);
  return ms;
}

/* ---- charts -------------------------------------------------------------------------------------------------- */

typedef struct {
  cairo_t *cr;
  KdChart chart;
} Frame;

static void
draw_chart (void *data)
{
  Frame *frame = data;
  kd_chart_draw (frame->cr, &(KdRect){ 0, 0, 900, 300 }, &frame->chart);
}

static KdCurve *
noisy_curve_new (int index, int n_points)
{
  KdCurve *curve = kd_curve_new ();
  KdRandom random = kd_random (2, (uint64_t) index);
  for (int i = 0; i < n_points; i++) {
    const double loss = (1.0 + 0.2 * index) * (0.2 + exp (-5.0 * i / n_points));
    kd_curve_append (curve, i, loss * exp (0.15 * kd_random_normal (&random)));
  }
  return curve;
}

static double
measure_chart (BenchDrawing what, int n_points)
{
  static const char *const labels[N_CURVES] = { "none", "mimic", "fgfi",   "gid",  "defeat",
                                                "frs",  "fgd",   "rm_pfi", "maskd" };
  KdChartCurve curves[N_CURVES];
  for (int i = 0; i < N_CURVES; i++)
    curves[i] = (KdChartCurve){ .curve = noisy_curve_new (i, n_points),
                                .color = kd_series_color (i, false),
                                .smoothing = what == BENCH_SMOOTH_CURVES ? 200 : 0,
                                .label = labels[i] };
  Frame frame = { .cr = canvas_new (900, 300),
                  .chart = { .curves = curves,
                             .n_curves = what == BENCH_EMPTY_CHART ? 0 : N_CURVES,
                             .title = "Loss",
                             .x_label = "step",
                             .log_y = what == BENCH_LOG_CURVES || what == BENCH_SMOOTH_CURVES,
                             .cursor_x = NAN,
                             .text = { 0.1, 0.1, 0.1 },
                             .grid = { 0.9, 0.9, 0.9 },
                             .background = { 1, 1, 1 },
                             .legend = true } };
  const double ms = median_ms (draw_chart, &frame);
  for (int i = 0; i < N_CURVES; i++)
    kd_curve_free ((KdCurve *) curves[i].curve);
  cairo_destroy (frame.cr);
  return ms;
}

double
bench_drawing_ms (BenchDrawing what, int n_points)
{
  return what <= BENCH_PAINT_MAPS ? measure_maps (what) : measure_chart (what, n_points);
}
