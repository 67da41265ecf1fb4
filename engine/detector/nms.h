/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to detector/: candidates in order of score without sorting all of them, and NMS within classes. */
#include "engine/detector/detector.h"

G_BEGIN_DECLS

/* A heap of indices into @scores: best score on top, lower index first where scores are equal. */
typedef struct {
  const double *scores; /* borrowed */
  int *order;           /* borrowed, [n] */
  int n;
} KdScoreHeap;

/* All indices 0..n-1. @order is written. */
void kd_score_heap_init (KdScoreHeap *heap, const double *scores, int *order, int n);
/* Remove and return the best index; the heap must not be empty. */
int kd_score_heap_pop (KdScoreHeap *heap);

/* As kd_nms (), but a box is dropped only for a kept one of the same label. @labels may be NULL: all are of one class. */
int kd_nms_by_label (const KdBox *boxes,
                     const double *scores,
                     const int *labels,
                     int n,
                     double iou,
                     int max_keep,
                     int *order,
                     int *keep);

G_END_DECLS
