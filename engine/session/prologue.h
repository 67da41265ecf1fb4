/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Private to session/: the first phase of a method that has two: what it learns on the frozen teacher (MasKD's tokens) before its
 * student is distilled. A graph of its own with parameters of its own, which are copied into the run's frozen ones after every step, so
 * that the run's view shows them change. Batches come from a producer of its own: training's are the same with and without it.
 */
#include "engine/session/run.h"

G_BEGIN_DECLS

#define KD_MAX_PROLOGUE_COLUMNS (KD_MAX_TERMS + KD_MAX_MEASURES)

typedef struct {
  KdRun *run; /* borrowed, as are config, teacher and pool */
  const KdConfig *config;
  KdTeacher *teacher;
  KdPool *pool;

  bool learned;
  KdKnobs *knobs;      /* learned with, or being learned with; run.scale 1 */
  int64_t step, steps; /* of learning */
  char *note;          /* NULL, or one sentence to be told once */

  int n_columns;
  KdSeries *columns[KD_MAX_PROLOGUE_COLUMNS]; /* "tokens.dice": terms, then measures */
  kd_real *curves[KD_MAX_PROLOGUE_COLUMNS];   /* [steps] of this learning */
  KdNode *numbers[KD_MAX_PROLOGUE_COLUMNS];   /* NULL when there is no graph */
  int64_t recorded;                           /* points of each series */

  /* While learning, else NULL. */
  KdGraph *graph;
  KdParams *params;
  KdMethodInputs inputs;
  KdBuilt *built;
  KdProducer *producer;
} KdPrologue;

/*
 * Begins: looks for a file of what was learned with the same teacher, scenes, seed and knobs, in the run's folder, then in the cache;
 * makes the learning graph if there is none. Errors: the method cannot be built.
 */
KdPrologue *kd_prologue_new (
    KdRun *run, const KdConfig *config, KdTeacher *teacher, KdPool *pool, GError **error);
void kd_prologue_free (KdPrologue *prologue);
/* Nothing was learned yet, or with other knobs. */
bool kd_prologue_is_due (const KdPrologue *prologue);

typedef enum {
  KD_PROLOGUE_DONE,
  KD_PROLOGUE_CANCELLED,
  KD_PROLOGUE_BAD, /* a loss or gradient is not finite: nothing was updated */
} KdPrologueResult;

/* One step of learning; the last one freezes what was learned and writes its files. @inputs: overwritten. */
KdPrologueResult
kd_prologue_step (KdPrologue *prologue, KdInputs *inputs, const atomic_bool *cancel);
void kd_prologue_describe_bad (const KdPrologue *prologue, char *text, size_t size);
/* What is to be told since the last call, or NULL; owned by the caller. */
char *kd_prologue_take_note (KdPrologue *prologue);

/* -- prologue-file.c -- */
/* True: parameters and curves come from a file. A file that cannot be used is noted, and passed over. */
bool kd_prologue_find (KdPrologue *prologue);
/* Into the run's folder and the cache. What cannot be written is noted: the session goes on without. */
void kd_prologue_save (KdPrologue *prologue);
void kd_prologue_add_note (KdPrologue *prologue, const char *text);

G_END_DECLS
