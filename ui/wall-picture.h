/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A method's wall of maps as a picture to export: photo, features, the rows of the method's table, loss density and pull, over the
 * levels. Plain C without widgets: the command line builds it too, so that both write the same bytes.
 */
#include "engine/render/render.h"
#include "engine/session/session.h"

G_BEGIN_DECLS

/* Where the maps come from: a snapshot, a keyframe or an inspection. All borrowed. */
typedef struct {
  const KdMethod *method;
  int run; /* of the method's probes; the teacher's are run -1 */
  const KdProbeInfo *probes;
  int n_probes;
  /* One image's map of probe @index of @probes; false: none. */
  bool (*map) (const void *data, int index, KdMap *map);
  const void *data;
  const char *title, *subtitle;
  const uint8_t *rgb; /* [H,W,3], NULL: no photo */
  KdSize image;
  const KdDetection *truths;
  int n_truths;
} KdWallSource;

typedef struct _KdWallPicture KdWallPicture;
KdWallPicture *kd_wall_picture_new (const KdWallSource *source);
void kd_wall_picture_free (KdWallPicture *picture);
/* By the ending .png, .svg or .pdf. */
bool kd_wall_picture_export (const KdWallPicture *picture, const char *path, GError **error);

G_END_DECLS
