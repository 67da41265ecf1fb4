/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to session/: curves that lose no point. One thread appends, any thread reads. */
#include "engine/session/session.h"

G_BEGIN_DECLS

typedef struct _KdSeries KdSeries;

/* @capacity: the most points there will ever be; the memory is touched as points come. */
KdSeries *kd_series_new (const char *name, size_t capacity);
void kd_series_free (KdSeries *series);
const char *kd_series_name (const KdSeries *series);

/* Engine thread. No allocation, no lock. */
void kd_series_append (KdSeries *series, int64_t step, double value);
/* Any thread: up to @max points from index @from; returns how many. */
size_t kd_series_read (const KdSeries *series, size_t from, KdPoint *points, size_t max);

G_END_DECLS
