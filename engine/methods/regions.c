/* SPDX-License-Identifier: MIT */

/* Regions that several papers pool: boxes chosen among a dense head's anchors, and pooled errors brought back to cells. */
#include "engine/methods/method.h"

#include <math.h>

/* ---- candidates ------------------------------------------------------------------------------------- */

/* two scores and three boxes; order, best, chosen, kept */
enum { DOUBLES_A_CANDIDATE = 2 + 3 * 4, INTS_A_CANDIDATE = 4 };

KdHostOutput
kd_candidates_output (int n)
{
  const int ints =
      DOUBLES_A_CANDIDATE * (int) (sizeof (double) / sizeof (int32_t)) + INTS_A_CANDIDATE;
  return (KdHostOutput){ .shape = kd_shape (n, ints, 1, 1), .type = KD_TYPE_INT32 };
}

KdCandidates
kd_candidates_in (int32_t *memory, int n)
{
  KdCandidates c = { .n = n, .scores = (double *) (void *) memory };
  c.ranked_scores = c.scores + n;
  c.boxes = (KdBox *) (void *) (c.ranked_scores + n);
  c.ranked_boxes = c.boxes + n;
  c.kept_boxes = c.ranked_boxes + n;
  c.order = (int *) (void *) (c.kept_boxes + n);
  c.best = c.order + n;
  c.chosen = c.best + n;
  c.kept = c.chosen + n;
  return c;
}

static bool
is_finite (KdBox box)
{
  return isfinite (box.x1) && isfinite (box.y1) && isfinite (box.x2) && isfinite (box.y2);
}

static bool
is_large_enough (KdBox box, const KdCandidateRule *rule)
{
  const double side = fmin (box.x2 - box.x1, box.y2 - box.y1);
  return rule->exceed ? side > rule->min_size : side >= rule->min_size;
}

void
kd_candidates_choose (KdCandidates *c, const KdCandidateRule *rule)
{
  const int n_best = kd_best_scores (c->scores, c->n, rule->pre_nms, c->order, c->best);
  int n_ranked = 0;
  for (int i = 0; i < n_best && c->scores[c->best[i]] > -INFINITY; i++) {
    const int anchor = c->best[i];
    if (!is_finite (c->boxes[anchor]))
      continue;
    const KdBox box = kd_box_clip (c->boxes[anchor], rule->image);
    if (!is_large_enough (box, rule))
      continue;
    c->best[n_ranked] = anchor;
    c->ranked_scores[n_ranked] = c->scores[anchor];
    c->ranked_boxes[n_ranked++] = box;
  }
  c->n_ranked = n_ranked;
  c->n_kept = kd_nms (c->ranked_boxes, c->ranked_scores, n_ranked, rule->nms_iou, rule->max,
                      c->order, c->chosen);
  for (int i = 0; i < c->n_kept; i++) {
    c->kept[i] = c->best[c->chosen[i]];
    c->kept_boxes[i] = c->ranked_boxes[c->chosen[i]];
  }
}

/* ---- dense heads -------------------------------------------------------------------------------------- */

int
kd_regions_anchors (const KdMethodInputs *inputs)
{
  int n = 0;
  for (int l = 0; l < inputs->n_levels; l++)
    n += kd_node_shape (inputs->anchors[l]).n;
  return n;
}

KdBox
kd_regions_decode (
    const KdNode *anchors, const KdNode *deltas, int image, int p, double max_log, bool both_ends)
{
  const size_t row = (size_t) image * (size_t) kd_node_shape (anchors).n + (size_t) p;
  const kd_real *at = kd_node_value (deltas) + 4 * row;
  const double delta[] = { (double) at[0], (double) at[1], (double) at[2], (double) at[3] };
  /* the cut to max_log would swallow a NaN */
  if (isnan (delta[2]) || isnan (delta[3]))
    return (KdBox){ NAN, NAN, NAN, NAN };
  return kd_box_decode (kd_select_box (anchors, p), delta, max_log, both_ends);
}

/* ---- regions to cells ----------------------------------------------------------------------------------- */

typedef struct {
  int n_levels, pool, sampling;
  double strides[KD_MAX_LEVELS];
  KdSize map[KD_MAX_LEVELS];
} Spread;

enum { BINS, BOXES, IMAGES, LEVELS, N_SPREAD_INPUTS };

/* What one bin adds to a map; in two passes, as its weights are made to sum to 1. */
typedef struct {
  const Spread *spread;
  KdBox box;
  int level, row, column;
} Bin;

/* Add @amount times the bin's weights to @map, or only sum them where @map is NULL. */
static double
spread_bin (const Bin *bin, double amount, kd_real *map)
{
  const Spread *s = bin->spread;
  const KdSize size = s->map[bin->level];
  const double stride = s->strides[bin->level];
  double sum = 0;
  for (int i = 0; i < s->sampling * s->sampling; i++) {
    KdRoiSample y, x;
    const int iy = bin->row * s->sampling + i / s->sampling;
    const int ix = bin->column * s->sampling + i % s->sampling;
    if (!kd_roi_sample (bin->box.y1, bin->box.y2, iy, stride, s->pool, s->sampling, size.height,
                        &y) ||
        !kd_roi_sample (bin->box.x1, bin->box.x2, ix, stride, s->pool, s->sampling, size.width, &x))
      continue;
    sum += 1;
    for (int k = 0; map && k < 4; k++) {
      const double weight = (k / 2 ? y.share : 1 - y.share) * (k % 2 ? x.share : 1 - x.share);
      map[(k / 2 ? y.far : y.near) * size.width + (k % 2 ? x.far : x.near)] +=
          (kd_real) (amount * weight);
    }
  }
  return sum;
}

static void
spread_regions (const KdHostCall *call, const void *data)
{
  const Spread *s = data;
  for (int r = 0; r < kd_node_live_rows (call->inputs[BINS]); r++) {
    const int level = kd_node_ints (call->inputs[LEVELS])[r];
    const size_t n_cells = (size_t) s->map[level].height * (size_t) s->map[level].width;
    kd_real *map = call->values[level] + (size_t) kd_node_ints (call->inputs[IMAGES])[r] * n_cells;
    for (int i = 0; i < s->pool * s->pool; i++) {
      const Bin bin = { s, kd_select_box (call->inputs[BOXES], r), level, i / s->pool,
                        i % s->pool };
      const double value = (double) kd_node_value (call->inputs[BINS])[r * s->pool * s->pool + i];
      const double sum = spread_bin (&bin, 0, NULL);
      if (sum > 0)
        spread_bin (&bin, value / sum, map);
    }
  }
}

void
kd_regions_to_cells (KdMethodCx *cx,
                     KdNode *bins,
                     KdNode *boxes,
                     KdNode *images,
                     KdNode *levels,
                     int sampling,
                     KdNode **cells)
{
  const KdMethodInputs *in = kd_cx_inputs (cx);
  Spread data = { .n_levels = in->n_levels, .pool = kd_node_shape (bins).h, .sampling = sampling };
  KdHostOutput outputs[KD_MAX_LEVELS];
  for (int l = 0; l < in->n_levels; l++) {
    const KdShape s = kd_node_shape (in->feature[KD_TEACHER][l]);
    data.strides[l] = in->strides[l];
    data.map[l] = (KdSize){ .height = s.h, .width = s.w };
    outputs[l] = (KdHostOutput){ .shape = kd_shape (s.n, 1, s.h, s.w) };
  }
  KdNode *const inputs[N_SPREAD_INPUTS] = { bins, boxes, images, levels };
  KdNode *host = kd_host (kd_cx_graph (cx), "regions_to_cells", outputs, in->n_levels,
                          spread_regions, &data, sizeof data, inputs, N_SPREAD_INPUTS);
  for (int l = 0; l < in->n_levels; l++)
    cells[l] = kd_host_output (host, l);
}
