/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to detector/: which ground truth every anchor learns. */
#include "engine/detector/detector.h"

G_BEGIN_DECLS

typedef struct {
  KdSize image;
  int anchors; /* per cell */
  double positive_iou, negative_iou, minimum_iou;
} KdAssignRule;

/**
 * kd_assign:
 * @boxes: [G,4] xyxy px rows of a batch
 * @images: [G]: only rows of @image count
 * @matched: [anchors of all levels], written: a row of @boxes, KD_ANCHOR_BACKGROUND or KD_ANCHOR_IGNORED
 * @best_anchor: [G], written for the image's rows: the first anchor of the largest IoU, or -1 if that is not > minimum_iou
 *
 * Max-IoU assignment of one image. An anchor takes the box it overlaps most (the first of equals): from positive_iou on it learns it,
 * from negative_iou on it is ignored. Then every box keeps its best anchor if their IoU is > minimum_iou; where two boxes
 * share one, the later has it. No allocation.
 */
void kd_assign (const KdAssignRule *rule,
                const kd_real *boxes,
                const int32_t *images,
                int n_boxes,
                int image,
                int32_t *matched,
                int32_t *best_anchor);

static inline KdBox
kd_box_of_row (const kd_real *boxes, int row)
{
  const kd_real *box = boxes + 4 * (size_t) row;
  return (KdBox){ box[0], box[1], box[2], box[3] };
}

G_END_DECLS
