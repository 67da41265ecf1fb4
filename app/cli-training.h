/* SPDX-License-Identifier: MIT */
#pragma once

/* What the commands that train have in common: their options, and the runs that --methods, --preset and --set ask for. */
#include "engine/session/session.h"

/* A number that was not given stays at this, which nobody means: -1 and NaN are given, and refused. */
#define CLI_NOT_GIVEN G_MININT

typedef struct {
  char *methods, *preset, *student, *teacher;
  char **set;
  gint64 steps;
  int batch, threads, size, final_images, checkpoint_every, warmup;
  double rate, clip, difficulty;
} CliTraining;

CliTraining cli_training_default (void);
void cli_training_clear (CliTraining *training);

/* @own, ended by a NULL entry, then the common ones, ended likewise; g_array_unref (). */
GArray *cli_training_entries (CliTraining *training, const GOptionEntry *own);

/* Nothing was given but what may change when a training goes on: --steps, --threads, --teacher, --checkpoint-every. */
bool cli_training_is_resumable (const CliTraining *training);

/* Put what was given into @config, but for the runs. Borrowed strings. */
void cli_training_apply (const CliTraining *training, KdConfig *config);

/* Runs with ids of their own: "fgd,fgd" and "fgd,fgd-2" are fgd and fgd-2, so that --set can tell them apart. */
typedef struct {
  KdRunConfig runs[KD_MAX_RUNS];
  int n;
} CliRuns;

/* Of @methods, with knobs as --preset and --set say. False: nothing to clear. */
bool
cli_runs_init (CliRuns *runs, const char *methods, const CliTraining *training, GError **error);
void cli_runs_clear (CliRuns *runs);
/* Put them into @config, which then needs no teacher if none of them does. */
void cli_runs_apply (const CliRuns *runs, KdConfig *config);
