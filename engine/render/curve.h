/* SPDX-License-Identifier: MIT */
#pragma once

/* Inside a KdCurve: values with a pyramid of minima and maxima over blocks of 4, 16, 64, ..., so that any range costs O(log n). */
#include "engine/render/render.h"

G_BEGIN_DECLS

#define KD_PYRAMID_LEVELS 15 /* blocks of up to 4^15 points */

typedef struct {
  double low, high; /* low > high: nothing finite */
} KdSpan;

#define KD_EMPTY_SPAN ((KdSpan){ INFINITY, -INFINITY })

typedef struct {
  double *values; /* finite, or NAN: a gap */
  size_t n, capacity;
  KdSpan *blocks[KD_PYRAMID_LEVELS];
  size_t capacities[KD_PYRAMID_LEVELS];
} KdPyramid;

struct _KdCurve {
  double *x;
  size_t x_capacity;
  KdPyramid raw;
  /* The exponential mean of the last drawing, extended as points come; another smoothing starts it anew. */
  struct {
    KdPyramid pyramid;
    double smoothing;
    double sum, weight;
  } * smooth;
};

/* A NaN compares false, so it leaves the span as it is. */
static inline void
kd_span_include (KdSpan *span, double value)
{
  span->low = value < span->low ? value : span->low;
  span->high = value > span->high ? value : span->high;
}

/* Of the finite values first <= i < last. */
KdSpan kd_pyramid_range (const KdPyramid *pyramid, size_t first, size_t last);
/* The first point whose x is >= @x, at or after @from. */
size_t kd_curve_search (const KdCurve *curve, double x, size_t from);
/* @smoothing 0: the values themselves. */
const KdPyramid *kd_curve_values (const KdCurve *curve, double smoothing);

/* ---- pixels -------------------------------------------------------------------------------------------------- */

/* Data to pixels of the user space, either axis. */
typedef struct {
  double low, high;      /* data */
  double origin, extent; /* px of low; px from low to high, negative upwards */
  bool log;
} KdAxis;

double kd_axis_to_px (const KdAxis *axis, double value);
double kd_axis_to_value (const KdAxis *axis, double px);

typedef struct {
  KdColor color;
  double opacity, width;
  const double *dash; /* NULL: solid */
  int n_dashes;
} KdPen;

/**
 * kd_curve_draw:
 * @x, @y: the axes; the plot's inside is between their ends
 *
 * Draws with one vertical span for each pixel column, so that the time depends on the width and not on the number of points. On image
 * surfaces the spans are blended straight into the pixels; elsewhere (SVG, PDF) they become a path.
 */
void kd_curve_draw (const KdCurve *curve,
                    double smoothing,
                    cairo_t *cr,
                    const KdAxis *x,
                    const KdAxis *y,
                    const KdPen *pen);

G_END_DECLS
