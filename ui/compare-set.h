/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdCompareSet: runs side by side, all on one image: the students of the live session at one instant, or run folders that were opened, each at
 * its newest checkpoint. Signals: "leaving": the columns are about to go; "columns": there are other runs; "changed": newer pictures or numbers; "failed" (const char *): a folder
 * could not be shown. Main thread; folders are read in the background.
 */
#include "ui/picture.h"
#include "ui/session-model.h"

G_BEGIN_DECLS

typedef enum { KD_COLUMN_AP50, KD_COLUMN_AP, KD_COLUMN_LOSS, KD_N_COLUMN_CURVES } KdColumnCurve;

typedef struct {
  char *title; /* "FGD", or "first/fgd" of a folder */
  const KdMethod *method;
  KdKnobs *knobs;
  uint64_t seed;
  int64_t step;                        /* of its curves' end */
  KdPicture *picture;                  /* NULL: still being made */
  KdCurve *curves[KD_N_COLUMN_CURVES]; /* AP in percent */
  double steps_per_s;                  /* live; NAN: unknown */
} KdCompareColumn;

#define KD_TYPE_COMPARE_SET (kd_compare_set_get_type ())
G_DECLARE_FINAL_TYPE (KdCompareSet, kd_compare_set, KD, COMPARE_SET, GObject)

/* @model NULL: only what kd_compare_set_put () gives. */
KdCompareSet *kd_compare_set_new (KdSessionModel *model);
/* A picture of a method with these knobs as another column, in the order of kd_methods (), or in place of the one of this title. A reference is
 * taken. */
void
kd_compare_set_put (KdCompareSet *set, const char *title, const KdKnobs *knobs, KdPicture *picture);
void kd_compare_set_clear (KdCompareSet *set);
/* Watch the live session's pictures while they are on screen. */
void kd_compare_set_watch (KdCompareSet *set, bool shown);
int kd_compare_set_count (KdCompareSet *set);
const KdCompareColumn *kd_compare_set_at (KdCompareSet *set,
                                          int index); /* borrowed until a signal */
/* Show a run's folder, or all runs of a session's folder, beside what folders are there already; the live session gives way. */
bool kd_compare_set_open (KdCompareSet *set, const char *folder, GError **error);
bool kd_compare_set_is_live (KdCompareSet *set);
void kd_compare_set_show_live (KdCompareSet *set);
void kd_compare_set_pin_image (KdCompareSet *set, uint64_t index);
/* The last value of a curve; NAN: none yet. */
double kd_compare_column_last (const KdCompareColumn *column, KdColumnCurve curve);
/* The highest value of AP50 and its step; NAN: none. */
double kd_compare_column_best (const KdCompareColumn *column, int64_t *step);

G_END_DECLS
