/* SPDX-License-Identifier: MIT */
#pragma once

/* How maps are shown, the same for all panels, on screen and in exported pictures. */
#include "engine/render/render.h"

G_BEGIN_DECLS

/* Which panels share one colour scale. */
typedef enum {
  KD_SHARE_ROW,   /* the levels of one row */
  KD_SHARE_GROUP, /* rows that mean the same: attention of teacher and student */
  KD_SHARE_PANEL, /* every panel its own: shapes only, not comparable */
  KD_SHARE_ALL,   /* all maps that are drawn alike: signed, binary and logarithmic ones apart */
  KD_SHARE_FIXED, /* as they were when this was chosen, or where a person put the ends */
  KD_N_SHARES,
} KdShare;

typedef struct {
  KdChannelRule channels;
  int channel;         /* of KD_CHANNELS_ONE; features with fewer channels show their last */
  KdColormap colormap; /* of data that is not signed */
  KdShare share;
  double overlay; /* opacity of the maps over the photo, 0: no photo, maps alone */
  bool boxes;     /* boxes on maps */
  bool smooth;    /* interpolated, captioned so */
  int level;      /* the only one shown; -1: all */
  /* Names of the two rows whose difference, the first minus the second, stands before all others; interned. NULL: none does.
   * Rows that a method does not have: the features of student and teacher instead. */
  const char *minuend, *subtrahend;
  int panel_px; /* smallest side of a panel; panels grow to fill the wall's width */
} KdView;

/* The names of the rows that every method has. */
#define KD_ROW_TEACHER "teacher_feat"
#define KD_ROW_STUDENT "student_feat"

KdView kd_view_default (void);
/* The student's features minus the teacher's, or, if there is a difference, none. */
void kd_view_toggle_difference (KdView *view);
const char *kd_share_name (KdShare share); /* "each row", for people */
/* By the names that options have: "mean-abs", "l2", "mean", "max", "one"; "row", "group", "panel", "all", "fixed". */
bool kd_channel_rule_find (const char *id, KdChannelRule *rule);
bool kd_share_find (const char *id, KdShare *share);
/* "mean |x|", "channel 5": the rule as captions print it; owned by the caller. */
char *kd_view_channel_text (const KdView *view);

G_END_DECLS
