/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to detector/: the anchor grid as a formula. */
#include "engine/detector/detector.h"

#include <math.h>

G_BEGIN_DECLS

#define KD_DETECTOR_MAX_ANCHORS 16 /* per cell */

/* Cells of a level: ceil (image / stride). */
static inline KdSize
kd_level_size (KdSize image, int level)
{
  const int stride = kd_detector_strides[level];
  return (KdSize){ (image.height + stride - 1) / stride, (image.width + stride - 1) / stride };
}

/* Side of anchor @a of @anchors: 2 * stride * 2^(a/anchors). */
static inline double
kd_anchor_side (int level, int a, int anchors)
{
  return 2.0 * kd_detector_strides[level] * exp2 ((double) a / anchors);
}

static inline KdBox
kd_anchor_at (int level, int y, int x, double side)
{
  const int stride = kd_detector_strides[level];
  const double centre_y = (y + 0.5) * stride, centre_x = (x + 0.5) * stride;
  return (KdBox){ centre_x - side / 2, centre_y - side / 2, centre_x + side / 2,
                  centre_y + side / 2 };
}

G_END_DECLS
