/* SPDX-License-Identifier: MIT */
#include "engine/detector/detector.h"
#include "engine/detector/overlap.h"

#include <math.h>

double
kd_box_area (KdBox box)
{
  return kd_overlap_area (&box);
}

double
kd_box_intersection (KdBox a, KdBox b)
{
  return kd_overlap_intersection (&a, &b);
}

double
kd_box_iou (KdBox a, KdBox b)
{
  return kd_overlap_iou (&a, &b);
}

static double
clip (double x, double low, double high)
{
  return fmin (fmax (x, low), high);
}

KdBox
kd_box_clip (KdBox box, KdSize image)
{
  return (KdBox){ clip (box.x1, 0, image.width), clip (box.y1, 0, image.height),
                  clip (box.x2, 0, image.width), clip (box.y2, 0, image.height) };
}

/* centre = anchor centre + d * anchor size; size = anchor size * exp (d). */
KdBox
kd_box_decode (KdBox anchor, const double delta[4], double max_log, bool both_ends)
{
  const double min_log = both_ends ? -max_log : -INFINITY;
  const double anchor_width = anchor.x2 - anchor.x1, anchor_height = anchor.y2 - anchor.y1;
  const double x = (anchor.x1 + anchor.x2) / 2 + delta[0] * anchor_width;
  const double y = (anchor.y1 + anchor.y2) / 2 + delta[1] * anchor_height;
  const double width = anchor_width * exp (clip (delta[2], min_log, max_log));
  const double height = anchor_height * exp (clip (delta[3], min_log, max_log));
  return (KdBox){ x - width / 2, y - height / 2, x + width / 2, y + height / 2 };
}

void
kd_box_encode (KdBox anchor, KdBox box, double delta[4])
{
  const double anchor_width = anchor.x2 - anchor.x1, anchor_height = anchor.y2 - anchor.y1;
  delta[0] = ((box.x1 + box.x2) - (anchor.x1 + anchor.x2)) / 2 / anchor_width;
  delta[1] = ((box.y1 + box.y2) - (anchor.y1 + anchor.y2)) / 2 / anchor_height;
  delta[2] = log ((box.x2 - box.x1) / anchor_width);
  delta[3] = log ((box.y2 - box.y1) / anchor_height);
}
