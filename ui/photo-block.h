/* SPDX-License-Identifier: MIT */
#pragma once

/* KdPhotoBlock: the photo of a wall model's picture, once with each kind of boxes: ground truth, teacher, student. */
#include "ui/view-port.h"
#include "ui/wall-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_PHOTO_BLOCK (kd_photo_block_get_type ())
G_DECLARE_FINAL_TYPE (KdPhotoBlock, kd_photo_block, KD, PHOTO_BLOCK, GtkBox)

GtkWidget *kd_photo_block_new (KdWallModel *model, KdViewPort *port);
void kd_photo_block_show (KdPhotoBlock *block, bool captions);
void kd_photo_block_set_side (KdPhotoBlock *block, int side);

G_END_DECLS
