/* SPDX-License-Identifier: MIT */
#include "engine/detector/assign.h"
#include "engine/detector/anchors.h"
#include "engine/detector/overlap.h"

typedef struct {
  int first, end;
} Range;

/* Cells of one axis whose anchors of @side can touch low..high; a NaN gives some range within 0..cells. */
static Range
cells_near (double low, double high, double side, int stride, int cells)
{
  const double first = floor ((low - side / 2) / stride - 0.5);
  const double last = ceil ((high + side / 2) / stride - 0.5);
  return (Range){ (int) fmax (0, fmin (first, cells)), (int) fmax (0, fmin (last + 1, cells)) };
}

typedef struct {
  const KdAssignRule *rule;
  const kd_real *boxes;
  int row;
  KdBox box;
  int32_t *matched;
  int best_anchor; /* of this row so far */
  double best_iou;
} RowVisit;

static inline void
visit_anchor (RowVisit *visit, int index, const KdBox *anchor)
{
  const double iou = kd_overlap_iou (anchor, &visit->box);
  if (iou > visit->best_iou) {
    visit->best_iou = iou;
    visit->best_anchor = index;
  }
  /* Below negative_iou it is background whoever wins. A rival's IoU is computed again rather than kept: a float would round
   * it at the thresholds. */
  if (!(iou > 0 && iou >= visit->rule->negative_iou))
    return;
  const int rival = visit->matched[index];
  if (rival < 0 || iou > kd_box_iou (*anchor, kd_box_of_row (visit->boxes, rival)))
    visit->matched[index] = visit->row;
}

/* All anchors that a box can overlap, in the order of anchors; the others' IoU is 0. */
static void
visit_row (RowVisit *visit)
{
  const int anchors = visit->rule->anchors;
  int level_start = 0;
  for (int l = 0; l < KD_DETECTOR_LEVELS; l++) {
    const KdSize size = kd_level_size (visit->rule->image, l);
    const int stride = kd_detector_strides[l];
    double sides[KD_DETECTOR_MAX_ANCHORS];
    for (int a = 0; a < anchors; a++)
      sides[a] = kd_anchor_side (l, a, anchors);
    const double largest = sides[anchors - 1];
    const Range ys = cells_near (visit->box.y1, visit->box.y2, largest, stride, size.height);
    const Range xs = cells_near (visit->box.x1, visit->box.x2, largest, stride, size.width);
    for (int y = ys.first; y < ys.end; y++)
      for (int x = xs.first; x < xs.end; x++)
        for (int a = 0; a < anchors; a++) {
          const KdBox anchor = kd_anchor_at (l, y, x, sides[a]);
          visit_anchor (visit, level_start + (y * size.width + x) * anchors + a, &anchor);
        }
    level_start += size.height * size.width * anchors;
  }
}

/* What overlaps most, by negative_iou or more, is learnt or ignored. */
static void
apply_thresholds (const KdAssignRule *rule, const kd_real *boxes, int32_t *matched)
{
  for (int l = 0; l < KD_DETECTOR_LEVELS; l++) {
    const KdSize size = kd_level_size (rule->image, l);
    for (int y = 0; y < size.height; y++)
      for (int x = 0; x < size.width; x++)
        for (int a = 0; a < rule->anchors; a++, matched++) {
          if (*matched < 0)
            continue;
          const KdBox anchor = kd_anchor_at (l, y, x, kd_anchor_side (l, a, rule->anchors));
          if (kd_box_iou (anchor, kd_box_of_row (boxes, *matched)) < rule->positive_iou)
            *matched = KD_ANCHOR_IGNORED;
        }
  }
}

void
kd_assign (const KdAssignRule *rule,
           const kd_real *boxes,
           const int32_t *images,
           int n_boxes,
           int image,
           int32_t *matched,
           int32_t *best_anchor)
{
  g_assert (rule->anchors >= 1 && rule->anchors <= KD_DETECTOR_MAX_ANCHORS);
  const int n_anchors =
      kd_anchor_count (&(KdDetectorConfig){ .image = rule->image, .anchors = rule->anchors });
  for (int i = 0; i < n_anchors; i++)
    matched[i] = KD_ANCHOR_BACKGROUND;

  for (int g = 0; g < n_boxes; g++) {
    if (images[g] != image)
      continue;
    RowVisit visit = { rule, boxes, g, kd_box_of_row (boxes, g), matched, -1, 0 };
    visit_row (&visit);
    best_anchor[g] = visit.best_iou > rule->minimum_iou ? visit.best_anchor : -1;
  }
  apply_thresholds (rule, boxes, matched);
  for (int g = 0; g < n_boxes; g++)
    if (images[g] == image && best_anchor[g] >= 0)
      matched[best_anchor[g]] = g;
}
