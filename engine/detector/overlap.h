/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Private to detector/: kd_box_area () and kd_box_iou () for loops over many boxes. Inline, as a box given by value goes through memory
 * (assignment took twice as long), and with comparisons instead of fmin and fmax, which are calls.
 */
#include "engine/base/base.h"

G_BEGIN_DECLS

static inline double
kd_overlap_area (const KdBox *box)
{
  const double width = box->x2 - box->x1, height = box->y2 - box->y1;
  return width > 0 && height > 0 ? width * height : 0;
}

static inline double
kd_overlap_intersection (const KdBox *a, const KdBox *b)
{
  const KdBox both = {
    .x1 = a->x1 > b->x1 ? a->x1 : b->x1,
    .y1 = a->y1 > b->y1 ? a->y1 : b->y1,
    .x2 = a->x2 < b->x2 ? a->x2 : b->x2,
    .y2 = a->y2 < b->y2 ? a->y2 : b->y2,
  };
  return kd_overlap_area (&both);
}

static inline double
kd_overlap_iou (const KdBox *a, const KdBox *b)
{
  const double area_a = kd_overlap_area (a), area_b = kd_overlap_area (b);
  /* Also where a coordinate is not a number. */
  if (!(area_a > 0 && area_b > 0))
    return 0;
  const double intersection = kd_overlap_intersection (a, b);
  return intersection / (area_a + area_b - intersection);
}

G_END_DECLS
