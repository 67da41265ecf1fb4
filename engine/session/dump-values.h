/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Private to session/: a dump's maps as graphs and readers want them, made once for all methods: most of what a large dump's first graph
 * would cost. One thread at a time.
 */
#include "engine/session/session.h"

G_BEGIN_DECLS

typedef struct _KdDumpValues KdDumpValues;
/* @threads 0: all cores. Arrays given to it are borrowed until it is freed. */
KdDumpValues *kd_dump_values_new (int threads);
void kd_dump_values_free (KdDumpValues *values);

KdPool *kd_dump_values_pool (const KdDumpValues *values);

/* @arrays: KdArray of the dump, [N,C,H,W]: lay out those that are not yet, on all workers. */
void kd_dump_values_lay_out (KdDumpValues *values, GPtrArray *arrays);
/* Of an array that is laid out: channels-last; and how many of its numbers are not finite. */
const kd_real *
kd_dump_values_get (const KdDumpValues *values, const KdArray *array, size_t *n_not_finite);
/* The array itself where it is in single precision, else a copy that is. */
KdArray *kd_dump_values_picture (KdDumpValues *values, const KdArray *array);

G_END_DECLS
