/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Private to session/: the lock-step itself, without doors: one teacher, any number of runs, the same batches. Used by one thread.
 */
#include "engine/session/evaluate.h"
#include "engine/session/prologue.h"
#include "engine/session/run.h"

G_BEGIN_DECLS

typedef struct {
  const KdConfig *config; /* borrowed; runs have ids */
  KdDetectorConfig detector;
  KdPool *pool;
  KdArena *arena;     /* for the students' passes */
  KdTeacher *teacher; /* NULL: none */
  KdRun *runs[KD_MAX_RUNS];
  KdPrologue *prologues[KD_MAX_RUNS]; /* NULL: the run's method has one phase */
  int n_runs;
  int64_t step; /* updates made */
  KdStepPhase next_phase;

  KdProducer *producer;
  const KdBatch *batch; /* of the step being made; NULL between steps */
  bool one_batch;       /* for benchmarks: every step takes the first step's */
  KdInputs *inputs;
  KdEvaluator *evaluator; /* made when first needed */
} KdTrainer;

typedef enum {
  KD_STEP_DONE,
  KD_STEP_CANCELLED,
  KD_STEP_BAD, /* a loss or gradient is not finite: nothing was updated, next_phase is UPDATE */
} KdStepResult;

/* Loads the teacher and builds all runs with initial values at step 0. @teacher: path, NULL: none, "untrained": random weights. */
KdTrainer *kd_trainer_new (const KdConfig *config, const char *teacher, GError **error);
void kd_trainer_free (KdTrainer *trainer);
/* What its runs, and the views of them, are built in. */
KdRunEnvironment kd_trainer_environment (const KdTrainer *trainer);

#define KD_TEACHER_UNTRAINED "untrained"

/* Go on at @step, whose weights were loaded into the runs. */
void kd_trainer_seek (KdTrainer *trainer, int64_t step);
/* All five phases from next_phase on. */
KdStepResult kd_trainer_step (KdTrainer *trainer, const atomic_bool *cancel);
/* next_phase only, over all runs. The last one counts the step. */
KdStepResult kd_trainer_phase (KdTrainer *trainer, const atomic_bool *cancel);
/* The run whose first phase is due before the next step; -1: none. Steps do not look: whoever trains learns first. */
int kd_trainer_learning (const KdTrainer *trainer);
/* One step of it. A step that was begun begins anew after the last one. */
KdPrologueResult kd_trainer_learn (KdTrainer *trainer, const atomic_bool *cancel);
/* Phase FORWARD in its parts, for benchmarks: draw and convert, the teacher, the students. */
void kd_trainer_fetch (KdTrainer *trainer);
bool kd_trainer_teach (KdTrainer *trainer, const atomic_bool *cancel);
/* next_phase of the students' graphs: FORWARD, SELECT or LOSS. */
KdStepResult kd_trainer_students_forward (KdTrainer *trainer, const atomic_bool *cancel);
/* A run's graph was rebuilt, or the step is to be repeated: begin it anew with the same batch. */
void kd_trainer_restart_step (KdTrainer *trainer);
/* The same when the inputs were used for something else. */
void kd_trainer_repeat_step (KdTrainer *trainer);
bool kd_trainer_rebuild_run (KdTrainer *trainer, int run, GError **error);

/* AP of all runs into their values, which are there after the last slice. No step is made meanwhile. */
void kd_trainer_begin_evaluation (KdTrainer *trainer, int n_images);
KdSlice kd_trainer_evaluate (KdTrainer *trainer, const atomic_bool *cancel);
size_t kd_trainer_bytes (const KdTrainer *trainer);

G_END_DECLS
