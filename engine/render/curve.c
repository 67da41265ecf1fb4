/* SPDX-License-Identifier: MIT */
#include "engine/render/curve.h"

#include <math.h>

#define BLOCK 4

/* Grows geometrically, so that appending costs O(1). */
static void *
grow (void *items, size_t size, size_t needed, size_t *capacity)
{
  if (needed <= *capacity)
    return items;
  *capacity = MAX (needed, MAX ((size_t) 64, *capacity * 2));
  return g_realloc_n (items, *capacity, size);
}

/* ---- pyramid ------------------------------------------------------------------------------------------------- */

static void
pyramid_clear (KdPyramid *pyramid)
{
  g_free (pyramid->values);
  for (int level = 0; level < KD_PYRAMID_LEVELS; level++)
    g_free (pyramid->blocks[level]);
  *pyramid = (KdPyramid){ 0 };
}

static void
pyramid_append (KdPyramid *pyramid, double value)
{
  const size_t at = pyramid->n++;
  pyramid->values = grow (pyramid->values, sizeof *pyramid->values, pyramid->n, &pyramid->capacity);
  pyramid->values[at] = value;
  size_t size = BLOCK;
  for (int level = 0; level < KD_PYRAMID_LEVELS; level++, size *= BLOCK) {
    const size_t block = at / size;
    pyramid->blocks[level] = grow (pyramid->blocks[level], sizeof *pyramid->blocks[level],
                                   block + 1, &pyramid->capacities[level]);
    if (at % size == 0)
      pyramid->blocks[level][block] = KD_EMPTY_SPAN;
    kd_span_include (&pyramid->blocks[level][block], value);
  }
}

static void
include_values (const KdPyramid *pyramid, size_t first, size_t last, KdSpan *span)
{
  for (size_t i = first; i < last; i++)
    kd_span_include (span, pyramid->values[i]);
}

static void
include_blocks (const KdSpan *blocks, size_t first, size_t last, KdSpan *span)
{
  for (size_t i = first; i < last; i++) {
    span->low = MIN (span->low, blocks[i].low);
    span->high = MAX (span->high, blocks[i].high);
  }
}

KdSpan
kd_pyramid_range (const KdPyramid *pyramid, size_t first, size_t last)
{
  KdSpan span = KD_EMPTY_SPAN;
  if (last - first < 2 * BLOCK) {
    include_values (pyramid, first, last, &span);
    return span;
  }
  /* The ragged ends on this level, the whole blocks between them on the next. */
  size_t inner_first = (first + BLOCK - 1) / BLOCK, inner_last = last / BLOCK;
  include_values (pyramid, first, inner_first * BLOCK, &span);
  include_values (pyramid, inner_last * BLOCK, last, &span);
  for (int level = 0; inner_first < inner_last; level++) {
    const KdSpan *blocks = pyramid->blocks[level];
    first = inner_first;
    last = inner_last;
    if (level == KD_PYRAMID_LEVELS - 1 || last - first < 2 * BLOCK) {
      include_blocks (blocks, first, last, &span);
      break;
    }
    inner_first = (first + BLOCK - 1) / BLOCK;
    inner_last = last / BLOCK;
    include_blocks (blocks, first, inner_first * BLOCK, &span);
    include_blocks (blocks, inner_last * BLOCK, last, &span);
  }
  return span;
}

/* ---- curve --------------------------------------------------------------------------------------------------- */

KdCurve *
kd_curve_new (void)
{
  KdCurve *curve = g_new0 (KdCurve, 1);
  curve->smooth = g_malloc0 (sizeof *curve->smooth);
  return curve;
}

void
kd_curve_clear (KdCurve *curve)
{
  g_clear_pointer (&curve->x, g_free);
  curve->x_capacity = 0;
  pyramid_clear (&curve->raw);
  pyramid_clear (&curve->smooth->pyramid);
  curve->smooth->sum = curve->smooth->weight = 0;
}

void
kd_curve_free (KdCurve *curve)
{
  if (!curve)
    return;
  kd_curve_clear (curve);
  g_free (curve->smooth);
  g_free (curve);
}

void
kd_curve_append (KdCurve *curve, double x, double y)
{
  const size_t n = curve->raw.n;
  g_assert (n == 0 || x >= curve->x[n - 1]);
  curve->x = grow (curve->x, sizeof *curve->x, n + 1, &curve->x_capacity);
  curve->x[n] = x;
  pyramid_append (&curve->raw, isfinite (y) ? y : (double) NAN);
}

size_t
kd_curve_count (const KdCurve *curve)
{
  return curve->raw.n;
}

size_t
kd_curve_search (const KdCurve *curve, double x, size_t from)
{
  const size_t n = curve->raw.n;
  size_t low = from, step = 1;
  while (low + step < n && curve->x[low + step] < x) {
    low += step;
    step *= 2;
  }
  size_t high = MIN (low + step, n);
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (curve->x[middle] < x)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

void
kd_curve_point (const KdCurve *curve, size_t index, double *x, double *y)
{
  g_return_if_fail (index < curve->raw.n);
  *x = curve->x[index];
  *y = curve->raw.values[index];
}

bool
kd_curve_at (const KdCurve *curve, double x, double *point_x, double *point_y)
{
  const size_t n = curve->raw.n;
  if (n == 0)
    return false;
  size_t i = kd_curve_search (curve, x, 0);
  if (i == n || (i > 0 && x - curve->x[i - 1] < curve->x[i] - x))
    i--;
  *point_x = curve->x[i];
  *point_y = curve->raw.values[i];
  return true;
}

/*
 * s_i = sum_j d^(i-j) v_j / sum_j d^(i-j), d = 1 - 2/(smoothing+1): the mean of the last points with falling weights, without the pull
 * towards the first value that a plain exponential mean has. Gaps stay gaps and weigh nothing.
 */
const KdPyramid *
kd_curve_values (const KdCurve *curve, double smoothing)
{
  if (smoothing <= 1)
    return &curve->raw;
  if (curve->smooth->smoothing != smoothing) {
    pyramid_clear (&curve->smooth->pyramid);
    curve->smooth->smoothing = smoothing;
    curve->smooth->sum = curve->smooth->weight = 0;
  }
  const double decay = 1 - 2 / (smoothing + 1);
  for (size_t i = curve->smooth->pyramid.n; i < curve->raw.n; i++) {
    const double value = curve->raw.values[i];
    if (isfinite (value)) {
      curve->smooth->sum = decay * curve->smooth->sum + value;
      curve->smooth->weight = decay * curve->smooth->weight + 1;
    }
    pyramid_append (&curve->smooth->pyramid,
                    isfinite (value) ? curve->smooth->sum / curve->smooth->weight : (double) NAN);
  }
  return &curve->smooth->pyramid;
}
