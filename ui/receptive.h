/* SPDX-License-Identifier: MIT */
#pragma once

/* What one cell of the features has seen of the image. Plain C, no widgets. */
#include "ui/picture.h"

G_BEGIN_DECLS

typedef struct {
  int x, y, stride;       /* the cell; px a cell */
  KdBox cell;             /* of the image, px */
  bool known;             /* the network behind the features */
  KdBox teacher, student; /* receptive fields, not cut to the image */
} KdReceptive;

/* Of the cell of @level at image fraction (@x,@y); false: the picture has no features there. A dump says nothing of its networks. */
bool kd_receptive_find (const KdPicture *picture, int level, double x, double y, KdReceptive *what);
/* Three lines for people: the cell, and what each network sees. Owned by the caller. */
char *kd_receptive_text (const KdPicture *picture, int level, const KdReceptive *what);

G_END_DECLS
