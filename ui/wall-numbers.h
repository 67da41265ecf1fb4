/* SPDX-License-Identifier: MIT */
#pragma once

/* The numbers behind a wall's pictures, as files that other programs read. Plain C. */
#include "engine/session/session.h"

G_BEGIN_DECLS

/* One map as it was drawn: channels already one number a cell. All borrowed. */
typedef struct {
  const char *name;     /* "attention_t" */
  const char *level;    /* "P3" */
  const char *channels; /* the rule that made one of several: "mean |x|"; NULL: there was one */
  const float *values;  /* [height*width] */
  int width, height;    /* a vector: its length, 1 */
} KdWallNumbers;

/* Whether a file of this name is for numbers rather than pictures. */
bool kd_wall_numbers_handles (const char *path);
/*
 * By the ending: .csv, a line a cell (map,level,channels,y,x,value; 9 digits, which name a float exactly); .npy, float32 [H,W] of a single map;
 * .npz, "attention_t.P3" and so on.
 */
bool kd_wall_numbers_write (const KdWallNumbers *maps, int n, const char *path, GError **error);

G_END_DECLS
