/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A wall as a picture to export: photo, features, the rows of the method's table, loss density and pull, over the levels, as the
 * window shows them with the same KdView. Plain C without widgets: the command line builds it too, so that both write the same bytes.
 */
#include "ui/picture.h"
#include "ui/view.h"

G_BEGIN_DECLS

typedef struct _KdWallPicture KdWallPicture;
/* @picture is referenced. */
KdWallPicture *kd_wall_picture_new (KdPicture *picture, const KdView *view);
void kd_wall_picture_free (KdWallPicture *picture);
/* By the ending .png, .svg or .pdf. */
bool kd_wall_picture_export (const KdWallPicture *picture, const char *path, GError **error);

G_END_DECLS
