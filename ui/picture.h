/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdPicture: what one method shows of one image at one instant, wherever it comes from: a live snapshot, a recorded keyframe, a
 * run's checkpoint or a dump. The wall, the probe, figures and exports read this and nothing else. Immutable; plain C, no
 * widgets, so that the command line draws from it, too.
 */
#include "engine/render/render.h"
#include "engine/session/session.h"

G_BEGIN_DECLS

/* What a person would call found: detections below are not drawn. */
#define KD_MIN_SHOWN_SCORE 0.3f

/* All borrowed from what the picture was made of. */
typedef struct {
  const KdMethod *method;
  int run;            /* of the method's probes; the teacher's are run -1 */
  const char *run_id; /* "fgd-2"; NULL: a dump */
  const char *path;   /* the dump's file; NULL: a run */
  int64_t step;       /* -1: a dump, which has none */
  const KdProbeInfo *probes;
  int n_probes;
  const char *const *class_names; /* NULL: unknown */
  int n_classes;                  /* names there are */
  const uint8_t *rgb;             /* [H,W,3]; NULL: no photo */
  KdSize image;
  uint64_t image_index;                          /* held-out index, or place in the dump's batch */
  int n_images;                                  /* of the dump; 0: scenes without end */
  const KdDetection *truths, *teacher, *student; /* detections best first */
  int n_truths, n_teacher, n_student;
  const int *truth_rows; /* of each truth in lists of the batch's objects; NULL: its own number */
  const KdTermStatus *terms;
  int n_terms;
  double total, placeless; /* of loss density: all cells and the rest */
  const char *note;        /* "untrained adapter: ..."; NULL: none */
} KdPictureInfo;

typedef struct _KdPicture KdPicture;

/* One image's map of probe @index of the list; false: it is not in this picture. Valid as long as the picture. */
typedef bool (*KdPictureMap) (const void *data, int index, KdMap *map);

/* @data is taken: @free_data (data) when the last reference goes. */
KdPicture *
kd_picture_new (const KdPictureInfo *info, KdPictureMap map, void *data, GDestroyNotify free_data);
KdPicture *kd_picture_ref (KdPicture *picture);
void kd_picture_unref (KdPicture *picture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KdPicture, kd_picture_unref)

const KdPictureInfo *kd_picture_info (const KdPicture *picture);
bool kd_picture_map (const KdPicture *picture, int index, KdMap *map);
/* Probe of the method (teacher_feat: the teacher's) by its name; level -1: none. -1: there is none. */
int kd_picture_find (const KdPicture *picture, const char *name, int level);
/* Where this image's truth @truth stands in lists with a row an object, which are of the whole batch. */
int kd_picture_truth_row (const KdPicture *picture, int truth);

/* Run @run of a session in @snapshot (a reference is taken); the session must outlive the picture, its list of probes be the one of now. */
KdPicture *kd_picture_of_snapshot (KdSession *session, KdSnapshot *snapshot, int run);
/* @run is borrowed and must outlive the picture. */
KdPicture *kd_picture_of_run (const KdRunPictures *run);
/* Image @image of a dump as @method sees it. All borrowed, all must outlive the picture. Terms are those of the whole batch. */
KdPicture *kd_picture_of_inspection (const KdDump *dump,
                                     const KdMethod *method,
                                     const KdInspection *inspection,
                                     int image);

/* "FGD: run fgd, step 412, held-out scene 3": what exported pictures are headed by. Owned by the caller. */
char *kd_picture_title (const KdPicture *picture);
/* What a reader must know of the numbers: that one image differs from the curves, or the dump's note. NULL: nothing. */
const char *kd_picture_remark (const KdPicture *picture);

/* Level names by stride: "P3" of stride 8. Owned by the caller. */
char *kd_level_name (const KdProbeInfo *probes, int n_probes, int level);
/* The level called so, or by its number from 0; -1: there is none. */
int kd_level_find (const KdProbeInfo *probes, int n_probes, const char *name);

G_END_DECLS
