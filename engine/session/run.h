/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to session/: one student in training: its parameters, optimiser state, graph, method and curves. */
#include "engine/session/series.h"
#include "engine/session/student.h"

G_BEGIN_DECLS

/* total, cls, reg, a term each; grad_norm, lr, five of AP; a ratio for each term and for all. */
#define KD_MAX_COLUMNS (10 + KD_MAX_TERMS + KD_MAX_TERMS + 1)

typedef struct {
  int index;
  const char *id; /* borrowed from the session's configuration */
  KdKnobs *knobs;
  KdParams *params;
  KdStudent *student;
  double gradient_norm;            /* of the last backward */
  double ratios[KD_MAX_TERMS + 1]; /* of each term, then of all; NAN: not measured at this step */

  int n_columns, n_terms;
  int ap_column, ratio_column;       /* where these begin */
  char *term_ids[KD_MAX_TERMS];      /* as the method declares them, always the same */
  KdSeries *columns[KD_MAX_COLUMNS]; /* names of series.csv, in its order */
  double values[KD_MAX_COLUMNS];     /* of the last step; NAN: not measured */
} KdRun;

typedef struct {
  KdPool *pool;
  KdArena *arena; /* of its graphs and their views' */
  const KdDetectorConfig *detector;
  KdTeacher *teacher; /* NULL: none */
  int batch;
  uint64_t seed;
  int64_t steps;
} KdRunEnvironment;

/* @knobs: copied. With initial values. */
KdRun *kd_run_new (
    int index, const char *id, const KdKnobs *knobs, const KdRunEnvironment *env, GError **error);
void kd_run_free (KdRun *run);
/* After a structural knob: a new graph; parameters of equal name and shape survive with their moments. Errors: the method cannot be built
 * so, or its loss would have other terms; the run is as it was then. */
bool kd_run_rebuild (KdRun *run, const KdRunEnvironment *env, GError **error);

/* Parts of a step; @step: updates made before it. False: cancelled. */
bool kd_run_forward (KdRun *run, KdPhase phase, const atomic_bool *cancel);
void kd_run_backward (KdRun *run, KdPool *pool, int64_t step);
bool kd_run_is_finite (const KdRun *run);
/* "fgd: loss.fgd.fg [0,0,0,0] is nan": the first bad tensor and cell. */
void kd_run_describe_bad (const KdRun *run, char *text, size_t size);
void
kd_run_update (KdRun *run, KdPool *pool, const KdOptimizer *optimizer, double rate, int64_t step);

/* Take the numbers of the step just made into @values; AP columns become NAN. */
void kd_run_collect (KdRun *run, double rate);
void kd_run_set_ap (KdRun *run, const double numbers[KD_COCO_NUMBERS]);
/* Append what was measured to the curves. */
void kd_run_record (KdRun *run, int64_t step);
size_t kd_run_bytes (const KdRun *run);

G_END_DECLS
