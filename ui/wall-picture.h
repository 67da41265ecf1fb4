/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A wall as a picture to export: photo, features, the rows of the method's table, loss density and pull, over the levels, as the
 * window shows them with the same KdView. Plain C without widgets: the command line builds it too, so that both write the same bytes.
 */
#include "ui/picture.h"
#include "ui/view.h"

G_BEGIN_DECLS

/* The ends of a row's colour scale, where a person put them. */
typedef struct {
  const char *row; /* its probes' name */
  double low, high;
} KdWallEnds;

/* What of the wall, and what a reader of the file may want to know beside it. All borrowed. */
typedef struct {
  const char *row;        /* this one alone, by its probes' name: "attention_t"; NULL: all */
  int level;              /* of that row; -1: all that the view shows */
  const KdWallEnds *ends; /* of KD_SHARE_FIXED; other rows have those of alike rows */
  int n_ends;
  const char *const
      *order; /* of rows and levels, by their names (kd_wall_rows_arrange); NULL: the usual */
  const KdKnobs *knobs; /* written into the picture's metadata; NULL: not */
} KdWallPart;

typedef struct _KdWallPicture KdWallPicture;
/* @picture is referenced. @part NULL: the whole wall. Error: no such row or level, with those there are. */
KdWallPicture *kd_wall_picture_new (KdPicture *picture,
                                    const KdView *view,
                                    const KdWallPart *part,
                                    GError **error);
void kd_wall_picture_free (KdWallPicture *picture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KdWallPicture, kd_wall_picture_free)
/* By the ending: .png, .svg or .pdf, or the numbers as .csv, .npy (of one map) or .npz. */
bool kd_wall_picture_export (const KdWallPicture *picture, const char *path, GError **error);
/* "alpha=0.001 T=0.5": values as metadata has them. Owned by the caller. */
char *kd_wall_picture_knobs (const KdKnobs *knobs);

G_END_DECLS
