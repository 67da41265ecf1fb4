/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Runs side by side as a picture to export: a column a run, rows as in the window's Compare view, one scale a row. Plain C without widgets:
 * the command line builds it too, so that both write the same bytes.
 */
#include "ui/compare-rows.h"

G_BEGIN_DECLS

/* One run; borrowed. */
typedef struct {
  const char *title; /* "first/fgd" of a folder: what all columns' titles begin with is left away */
  KdPicture *picture;   /* NULL: none yet */
  const KdKnobs *knobs; /* for the metadata */
} KdCompareSource;

typedef struct {
  KdCompareMode mode;
  int level;
  double threshold; /* of the consensus: part of a run's loss, 0..1 */
  const char *
      row; /* this one alone: "student_feat", "loss_density", "pull", "consensus", "votes"; NULL: all */
  /* These alone, on the scale of all; of a wipe left and right, of a flicker the run that is shown and the other; NULL: all, or the first pair. */
  const int *columns;
  int n_columns;
  double split; /* of a wipe: where the line is, fraction of the width */
} KdComparePart;

typedef struct _KdComparePicture KdComparePicture;
/* Pictures are of one image and referenced, none: NULL with an error. At most KD_MAX_RUNS. */
KdComparePicture *kd_compare_picture_new (const KdCompareSource *sources,
                                          int n,
                                          const KdView *view,
                                          const KdComparePart *part,
                                          GError **error);
void kd_compare_picture_free (KdComparePicture *picture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KdComparePicture, kd_compare_picture_free)
/* By the ending: .png, .svg or .pdf, or the numbers as .csv, .npy (of one map) or .npz: "fgd.loss_density.P3". */
bool kd_compare_picture_export (const KdComparePicture *picture, const char *path, GError **error);
/* "session/run" of a run's folder. Owned by the caller. */
char *kd_compare_title (const char *folder);
/* How many characters up to a slash all titles begin with: of no use to tell runs apart. */
size_t kd_compare_common (const char *const *titles, int n);

G_END_DECLS
