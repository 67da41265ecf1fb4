/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What runs have in common, ready to be drawn side by side: for each row (features, loss density, pull) one map a run on one level, and the one
 * scale that all of them share. Loss density and pull are percent of each run's own whole. Plain C, no widgets.
 */
#include "ui/picture.h"
#include "ui/view.h"

G_BEGIN_DECLS

typedef enum {
  KD_COMPARE_SIDE_BY_SIDE,
  KD_COMPARE_DIFFERENCE, /* signed, to the first run that has the map: the twin has neither density nor pull */
  KD_COMPARE_WIPE,      /* two runs in one picture, a line between them */
  KD_COMPARE_FLICKER,   /* two runs in one place, one of them at a time */
  KD_COMPARE_CONSENSUS, /* where the runs put their loss: how many, and who */
  KD_N_COMPARE_MODES,
} KdCompareMode;

typedef enum {
  KD_COMPARE_FEATURES,
  KD_COMPARE_DENSITY,
  KD_COMPARE_PULL,
  KD_N_COMPARE_ROWS,
} KdCompareRowKind;

typedef struct {
  bool valid;
  int width, height;
  float *values; /* [height*width]; owned by the rows */
  KdMapStats stats;
} KdComparePlace;

typedef struct {
  const char *name, *title, *help, *unit; /* @name: its probes' */
  KdComparePlace places[KD_MAX_RUNS];
  int reference; /* of a difference: the column that is subtracted; -1: none has the map */
  KdScale scale;
  KdColormap colormap;
} KdCompareRow;

typedef struct {
  KdCompareRow rows[KD_N_COMPARE_ROWS];
  /* Per cell: how many runs put more than a part of their loss there; 0 x 0 without any. */
  KdComparePlace consensus;
  KdComparePlace votes[KD_MAX_RUNS]; /* 1 in the cells that a run counts for, 0 elsewhere */
  int n_columns, n_voters;           /* runs that have a loss density */
} KdCompareRows;

KdCompareRows *kd_compare_rows_new (void);
/* Whether @place is what the others of a difference are compared with: 0 everywhere. */
bool kd_compare_row_subtracts (const KdCompareRow *row, const KdComparePlace *place);
/* How many cells a run counts for. */
int kd_compare_votes_of (const KdComparePlace *votes);
/* The runs that a wipe and a flicker begin with: two that distil say more than the twin beside one of them. */
void kd_compare_first_pair (int n_columns, int pair[2]);
/* "of 9 students": who could have been counted in the consensus. Owned by the caller. */
char *kd_compare_voters (const KdCompareRows *rows);
void kd_compare_rows_free (KdCompareRows *rows);
/**
 * kd_compare_rows_update:
 * @pictures: [n], NULL where there is none yet; all of one image
 * @threshold: part of a run's whole loss above which a cell counts for the consensus, 0..1
 */
void kd_compare_rows_update (KdCompareRows *rows,
                             KdPicture *const *pictures,
                             int n,
                             int level,
                             KdCompareMode mode,
                             double threshold,
                             const KdView *view);

G_END_DECLS
