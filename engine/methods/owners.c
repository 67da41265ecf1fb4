/* SPDX-License-Identifier: MIT */

/* Which object each anchor belongs to: max-IoU assignment in the ways that papers write it. Plain C in double, without gradient. */
#include "engine/methods/method.h"

#include <math.h>

enum { IN_BOXES, IN_IMAGES, IN_POSITIVE, IN_MINIMUM, IN_TIE_TOL, IN_ANCHORS };

typedef struct {
  int n_images, n_levels;
  bool first_only;
} OwnersJob;

/* An anchor by its level and its place there, all anchors in their order. */
typedef struct {
  int level, row;
} AnchorAt;

static bool
next_anchor (const KdHostCall *call, const OwnersJob *job, AnchorAt *at)
{
  at->row++;
  while (at->level < job->n_levels &&
         at->row >= kd_node_live_rows (call->inputs[IN_ANCHORS + at->level])) {
    at->level++;
    at->row = 0;
  }
  return at->level < job->n_levels;
}

static bool
is_finite (KdBox box)
{
  return isfinite (box.x1) && isfinite (box.y1) && isfinite (box.x2) && isfinite (box.y2);
}

static double
overlap (const KdHostCall *call, AnchorAt at, int g)
{
  const KdBox box = kd_select_box (call->inputs[IN_BOXES], g);
  if (!is_finite (box))
    return 0;
  return kd_box_iou (kd_select_box (call->inputs[IN_ANCHORS + at.level], at.row), box);
}

/* Where @at's entries of image @n are in its level's outputs. */
static size_t
entry (const KdHostCall *call, AnchorAt at, int n)
{
  const int rows = kd_node_live_rows (call->inputs[IN_ANCHORS + at.level]);
  return (size_t) n * (size_t) rows + (size_t) at.row;
}

static int32_t *
owner_of (const KdHostCall *call, AnchorAt at, int n)
{
  return call->ints[KD_OWNERS_LEVELS + 2 * at.level] + entry (call, at, n);
}

/* The box that an anchor overlaps most, the first of equals. */
static void
take_largest (const KdHostCall *call, const OwnersJob *job, int n)
{
  const double positive = kd_select_number (call->inputs[IN_POSITIVE]);
  const int32_t *images = kd_node_ints (call->inputs[IN_IMAGES]);
  const int n_boxes = kd_node_live_rows (call->inputs[IN_BOXES]);
  for (AnchorAt at = { 0, -1 }; next_anchor (call, job, &at);) {
    double best = 0;
    int owner = -1;
    for (int g = 0; g < n_boxes; g++) {
      const double iou = images[g] == n ? overlap (call, at, g) : 0;
      if (iou > best) {
        best = iou;
        owner = g;
      }
    }
    *owner_of (call, at, n) = best >= positive ? owner : -1;
    call->values[KD_OWNERS_LEVELS + 2 * at.level + 1][entry (call, at, n)] = (kd_real) best;
  }
}

/* Every box keeps what it overlaps most, whatever the threshold; a later box takes it from an earlier one. */
static void
keep_best (const KdHostCall *call, const OwnersJob *job, int n, int g)
{
  const double minimum = kd_select_number (call->inputs[IN_MINIMUM]);
  const double tie_tol = kd_node_scalar (call->inputs[IN_TIE_TOL]);
  double top = 0;
  for (AnchorAt at = { 0, -1 }; next_anchor (call, job, &at);)
    top = fmax (top, overlap (call, at, g));
  if (!(top > 0 && top >= minimum))
    return;
  for (AnchorAt at = { 0, -1 }; next_anchor (call, job, &at);) {
    const double iou = overlap (call, at, g);
    if (!(iou > 0 && iou >= top - tie_tol))
      continue;
    *owner_of (call, at, n) = g;
    if (job->first_only)
      return;
  }
}

static void
find_owners (const KdHostCall *call, const void *data)
{
  const OwnersJob *job = data;
  const int32_t *images = kd_node_ints (call->inputs[IN_IMAGES]);
  const int n_boxes = kd_node_live_rows (call->inputs[IN_BOXES]);
  int positives = 0;
  for (int n = 0; n < job->n_images; n++) {
    take_largest (call, job, n);
    for (int g = 0; g < n_boxes; g++)
      if (images[g] == n)
        keep_best (call, job, n, g);
    for (AnchorAt at = { 0, -1 }; next_anchor (call, job, &at);)
      positives += *owner_of (call, at, n) >= 0;
  }
  *call->values[KD_OWNERS_POSITIVES] = (kd_real) positives;
}

KdNode *
kd_select_owners (KdGraph *g, const KdMethodInputs *in, const KdOwnersRule *rule)
{
  const OwnersJob job = { in->n_images, in->n_levels, rule->first_only };
  KdHostOutput outputs[KD_OWNERS_LEVELS + 2 * KD_MAX_LEVELS] = {
    [KD_OWNERS_POSITIVES] = { .shape = KD_SCALAR_SHAPE },
  };
  KdNode *inputs[IN_ANCHORS + KD_MAX_LEVELS] = {
    [IN_BOXES] = in->targets.boxes,     [IN_IMAGES] = in->targets.images,
    [IN_POSITIVE] = rule->positive_iou, [IN_MINIMUM] = rule->minimum_iou,
    [IN_TIE_TOL] = rule->tie_tol,
  };
  for (int l = 0; l < in->n_levels; l++) {
    const KdShape map = kd_node_shape (in->cls[KD_STUDENT][l]);
    const int rows = kd_node_live_rows (in->anchors[l]);
    inputs[IN_ANCHORS + l] = in->anchors[l];
    outputs[KD_OWNERS_LEVELS + 2 * l] = (KdHostOutput){
      .shape = kd_shape (in->n_images * rows, 1, 1, 1),
      .type = KD_TYPE_INT32,
    };
    outputs[KD_OWNERS_LEVELS + 2 * l + 1].shape =
        kd_shape (in->n_images, rows / (map.h * map.w), map.h, map.w);
  }
  return kd_host (g, "owners", outputs, KD_OWNERS_LEVELS + 2 * in->n_levels, find_owners, &job,
                  sizeof job, inputs, IN_ANCHORS + in->n_levels);
}
