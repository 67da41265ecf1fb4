/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The rows of a wall: which probes each shows, their values reduced to one number a cell, and the scale they share. Plain C, no
 * widgets: the wall, the probe panel, exported pictures and tests agree on what is drawn.
 */
#include "ui/picture.h"
#include "ui/view.h"

G_BEGIN_DECLS

/* One place of a row: a map of one level, or a vector. */
typedef struct {
  int probe;  /* index into the layout's list, -1: none */
  int second; /* vectors: the student's beside the teacher's, -1: none */
  int level;
  char level_name[16]; /* "P3" */
  bool valid;          /* the last picture held it */
  int width, height;   /* vectors: the number of values, 1 */
  bool two;            /* a vector's second half holds the second series */
  float *values;       /* [height*width], reduced; owned */
  size_t capacity;
  KdMapStats stats;
} KdWallPlace;

typedef struct {
  const char *name; /* of its probes: "attention_t" */
  const char *title, *help, *unit, *group;
  char *own_title; /* behind @title, if that is made; owned */
  int of[2];       /* KD_ROW_DIFFERENCE: the rows it is of; others: -1 */
  KdProbeKind kind;
  KdProbeStyle style;
  KdStepPhase made_in;
  KdWallPlace places[KD_MAX_LEVELS];
  int n_places;
  bool reduced;  /* more than one channel: the rule belongs in the caption */
  KdScale scale; /* of the row; panels of their own scale compute theirs from stats */
  bool fixed;    /* KD_SHARE_FIXED: @scale stays */
  KdColormap colormap;
} KdWallRowData;

/* The name of the row that is the difference of two others. */
#define KD_ROW_DIFFERENCE "difference"

/* Rows of a method's run @run over a list of probes (borrowed for the rows' life): loss density, features of teacher and
 * student, the method's table, pull; before them the difference that @view asks for. Elements own their buffers. */
GArray *kd_wall_rows_new (
    const KdMethod *method, int run, const KdProbeInfo *probes, int n_probes, const KdView *view);
/* Bring the rows that @names names, and the places of levels it names ("P3"), into its order, on the places that they have among the others:
 * two names change places if they stood the other way round. NULL-terminated; what there is not is passed over. */
void kd_wall_rows_arrange (GArray *rows, const char *const *names);
/* May @row be one of the two of a difference? */
bool kd_wall_row_subtracts (const KdWallRowData *row);
/* Read a picture's maps into the rows and settle the scales. The picture's probes are the layout's. */
void kd_wall_rows_update (GArray *rows, const KdPicture *picture, const KdView *view);
/* What place @place of row @index of these rows would show at image fraction (@x,@y) of another picture of the same probes, by the channel
 * rule of @view: false if that holds no such map. */
bool kd_wall_rows_read (const GArray *rows,
                        int index,
                        int place,
                        const KdPicture *picture,
                        const KdView *view,
                        double x,
                        double y,
                        float *value);
/* The scale of one place: the row's, or its own when every panel has one. */
KdScale
kd_wall_place_scale (const KdWallRowData *row, const KdWallPlace *place, const KdView *view);
/* "Attention, teacher, mean |x|, interpolated": title with the channel rule, owned by the caller. */
char *kd_wall_row_caption (const KdWallRowData *row, const KdView *view);
/* The value at image fraction (@x,@y): false if this place has no map now. */
bool kd_wall_place_value (
    const KdWallPlace *place, double x, double y, int *cell_x, int *cell_y, float *value);

G_END_DECLS
