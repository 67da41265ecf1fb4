/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdWallRow's data side: which probes a row shows, their reduced values and the scale they share. Plain C, no widgets, so that the
 * wall, the probe panel and tests agree on what is on screen.
 */
#include "ui/session-model.h"
#include "ui/view-settings.h"

G_BEGIN_DECLS

#define KD_ROW_LEVELS KD_DETECTOR_LEVELS

/* One place of a row: a map of one level, or a vector. */
typedef struct {
  int probe;  /* id, -1: none */
  int second; /* vectors: the student's beside the teacher's, -1: none */
  int level;
  bool valid; /* the last snapshot held it */
  int width, height;
  float *values; /* [height*width], reduced; owned */
  size_t capacity;
  KdMapStats stats;
} KdWallPlace;

typedef struct {
  const char *title, *help, *unit, *group;
  KdProbeKind kind;
  KdProbeStyle style;
  KdWallPlace places[KD_ROW_LEVELS];
  int n_places;
  bool reduced;  /* more than one channel: the rule belongs in the caption */
  KdScale scale; /* of the row; panels of their own scale compute theirs from stats */
  KdColormap colormap;
} KdWallRowData;

/* Rows of run @run: loss density, features of teacher and student, the method's table, pull. Elements own their buffers. */
GArray *kd_wall_rows_new (KdSession *session, int run);
/* Read a snapshot's maps into the rows and settle the scales. */
void kd_wall_rows_update (GArray *rows, const KdSnapshot *snapshot, const KdView *view);
/* The scale of one place: the row's, or its own when every panel has one. */
KdScale
kd_wall_place_scale (const KdWallRowData *row, const KdWallPlace *place, const KdView *view);

G_END_DECLS
