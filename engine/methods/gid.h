/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to GID: what its selection gives to its terms. */
#include "engine/methods/method.h"

G_BEGIN_DECLS

/* Outputs of the selection: */
enum {
  KD_GID_BOX,          /* [I,4] live rows, clipped */
  KD_GID_BOX_SCORE,    /* [I] */
  KD_GID_IMAGE,        /* int32 [I] */
  KD_GID_ANCHOR,       /* int32 [I] flat in the image */
  KD_GID_FROM_TEACHER, /* int32 [I] */
  KD_GID_KIND,         /* int32 [I] */
  KD_GID_LEVEL,        /* int32 [I] */
  KD_GID_CANDIDATES,   /* memory */
  KD_GID_CONSIDERED, /* [Q,KD_GID_N_COLUMNS] live rows, for people: what reached NMS, best first */
  KD_GID_TRUTH_BEST, /* memory: a double per truth, its best IoU with any anchor */
  KD_GID_PER_BIN,    /* scalar 1 / max (1, I P^2) */
  KD_GID_PER_PAIR,   /* scalar 1 / (I^2 - I), 0 if I < 3 */
  KD_GID_RELATED,    /* scalar 1, 0 if I < 3 */
  KD_GID_PER_ANCHOR, /* scalar 1 / max (1, n) */
  KD_GID_NONE,       /* scalar 1 if I = 0 */
  KD_GID_N_REST,
};
/* Columns of what reached NMS. */
enum {
  KD_GID_AT_IMAGE,
  KD_GID_AT_BOX, /* clipped xyxy px */
  KD_GID_AT_SCORE = KD_GID_AT_BOX + 4,
  KD_GID_AT_FROM_TEACHER,
  KD_GID_AT_DROPPED_BY, /* place among its image's; -1: kept; -2: there were enough before */
  KD_GID_AT_IOU,        /* with that one */
  KD_GID_N_COLUMNS
};
#define KD_GID_MOST_CONSIDERED 128 /* of an image */

/* Then for every level: */
enum {
  KD_GID_CELL_SCORE, /* [N,1,H,W] */
  KD_GID_CELL_MASK,  /* [N,1,H,W] */
  KD_GID_MARKED,     /* [N,A,H,W] 1 at anchors that match an instance */
  KD_GID_ROWS,       /* int32 [N H W A] live rows: the marked ones */
  KD_GID_N_PER_LEVEL
};

/* The host node that selects, phase SELECT; output KD_GID_N_REST + level * KD_GID_N_PER_LEVEL + i is the level's. */
KdNode *kd_gid_instances (KdMethodCx *cx);

G_END_DECLS
