/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Private to session/: the folder of one run: run.json, series.csv (append-only), events.jsonl, checkpoints/, pictures/. Both logs
 * are cut back to what a checkpoint knew when a session is resumed.
 */
#include "engine/session/series.h"

G_BEGIN_DECLS

typedef struct _KdRunDirectory KdRunDirectory;

/* Lengths of the logs at an instant, for session.json. */
typedef struct {
  int64_t series_bytes, events_bytes;
  int64_t rows; /* of series.csv: one a step; not written, it is the session's step */
} KdLogSizes;

/**
 * kd_run_directory_open:
 * @columns: [n_columns], named as in series.csv
 * @resume: NULL: a new run, folders are made and logs begun; else cut the logs back to these sizes and read the rows into @columns.
 *   Errors then: a log that is shorter, other columns, a row that is damaged or missing.
 */
KdRunDirectory *kd_run_directory_open (const char *path,
                                       KdSeries *const *columns,
                                       int n_columns,
                                       const KdLogSizes *resume,
                                       GError **error);
void kd_run_directory_free (KdRunDirectory *directory); /* flushes */

const char *kd_run_directory_path (const KdRunDirectory *directory);
/* One row: NAN is an empty cell. No allocation. */
bool kd_run_directory_append (KdRunDirectory *directory,
                              int64_t step,
                              const double *values,
                              GError **error);
/* Kind of the line that says how many steps a second the session made before a checkpoint. */
#define KD_SPEED_EVENT "steps per second"

/* One line of events.jsonl: { "step": .., "kind": .., "text": .. }. */
bool kd_run_directory_event (
    KdRunDirectory *directory, int64_t step, const char *kind, const char *text, GError **error);
/* Hand what is buffered to the system, so that readers see it. */
bool kd_run_directory_flush (KdRunDirectory *directory, GError **error);
/* Flush to the disk; @sizes is then a place to resume from. */
bool kd_run_directory_sync (KdRunDirectory *directory, KdLogSizes *sizes, GError **error);

G_END_DECLS
