/* SPDX-License-Identifier: MIT */
#pragma once

/* What a teacher's own predictions say about each location: PGD's maps, computed in double and without gradient. */
#include "engine/methods/method.h"

#define KD_IMPORTANCE_MAX_PICKS 100

/* Towers of a dense head. */
typedef enum { KD_TOWER_CLS, KD_TOWER_REG, KD_N_TOWERS } KdTower;

/* Maps of a level, [N,1,H,W] each. */
typedef enum {
  KD_IMPORTANCE_WEIGHT,                                           /* + tower: I, mostly 0 */
  KD_IMPORTANCE_QUALITY = KD_IMPORTANCE_WEIGHT + KD_N_TOWERS,     /* + tower: q inside the boxes */
  KD_IMPORTANCE_BACKGROUND = KD_IMPORTANCE_QUALITY + KD_N_TOWERS, /* B */
  KD_IMPORTANCE_FG,         /* M: the class tower's I over its non-zeros in the image */
  KD_IMPORTANCE_BG,         /* B over its non-zeros in the image */
  KD_IMPORTANCE_USED_FG,    /* what the loss takes: FG, or its sum over the batch */
  KD_IMPORTANCE_USED_BG,    /* BG likewise */
  KD_IMPORTANCE_REG_WEIGHT, /* the box tower's I over its non-zeros Q in the batch */
  KD_IMPORTANCE_REG_SHARE,  /* 1 / Q where it is not 0 */
  KD_N_IMPORTANCE,
} KdImportance;

/* Host node of all levels. Reads the knobs topk, xi_cls, xi_reg, inside_first, jitter, batch_cross and the teacher's head. */
KdNode *kd_importance (KdMethodCx *cx);
KdNode *kd_importance_map (KdNode *importance, int level, int map);
/* [G,1,2,6] live rows: per object and tower mean x, y, covariance xx, xy, yy in px, and the number of picks; zeros: ignored. */
KdNode *kd_importance_gaussians (KdNode *importance);
/* [P,KD_N_PICK_COLUMNS] live rows: every pick of every object and tower, best first: for pictures. */
enum {
  KD_PICK_OBJECT, /* row of the boxes */
  KD_PICK_TOWER,
  KD_PICK_PLACE, /* 1: the best */
  KD_PICK_LEVEL,
  KD_PICK_CELL, /* y W + x */
  KD_PICK_X,    /* position in px */
  KD_PICK_Y,
  KD_PICK_QUALITY,
  KD_PICK_WEIGHT, /* 0: outside the box, it only shapes the Gaussian */
  KD_N_PICK_COLUMNS,
};
KdNode *kd_importance_picks (KdNode *importance);
/* [G,n_levels] live rows: how many locations of each level lie inside the object's box. */
KdNode *kd_importance_insides (KdNode *importance);
