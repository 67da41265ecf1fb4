/* SPDX-License-Identifier: MIT */
#include "engine/session/series.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/*
 * A point is written once, before the count that shows it is raised (release), and never again; a reader that sees the
 * count (acquire) sees the points. So there is no lock to wait for, on either side.
 */
struct _KdSeries {
  char *name;
  KdPoint *points;
  size_t capacity;
  atomic_size_t count;
};

KdSeries *
kd_series_new (const char *name, size_t capacity)
{
  KdSeries *series = g_new0 (KdSeries, 1);
  series->name = g_strdup (name);
  series->capacity = MAX (capacity, 1);
  /* calloc leaves fresh pages untouched: a planned million steps costs nothing before they are made. */
  series->points = calloc (series->capacity, sizeof (KdPoint));
  if (!series->points)
    g_error ("no memory for %zu points of %s", series->capacity, name);
  return series;
}

void
kd_series_free (KdSeries *series)
{
  if (!series)
    return;
  free (series->points);
  g_free (series->name);
  g_free (series);
}

const char *
kd_series_name (const KdSeries *series)
{
  return series->name;
}

void
kd_series_append (KdSeries *series, int64_t step, double value)
{
  const size_t count = atomic_load_explicit (&series->count, memory_order_relaxed);
  g_assert (count < series->capacity);
  series->points[count] = (KdPoint){ step, value };
  atomic_store_explicit (&series->count, count + 1, memory_order_release);
}

size_t
kd_series_read (const KdSeries *series, size_t from, KdPoint *points, size_t max)
{
  const size_t count = atomic_load_explicit (&series->count, memory_order_acquire);
  if (from >= count)
    return 0;
  const size_t n = MIN (max, count - from);
  memcpy (points, series->points + from, n * sizeof (KdPoint));
  return n;
}
