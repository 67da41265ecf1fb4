/* SPDX-License-Identifier: MIT */

/* GID's general instances: from both sides' heads to boxes, their kinds, and the anchors that match them. Without gradient. */
#include "engine/methods/gid.h"

#include <math.h>

enum { SCORE_CODE, SCORE_PAPER };

typedef struct {
  KdSize image;
  int n_images, n_levels, n_anchors, n_classes, topk, pool;
  int first_stride, last_stride;
  double tie_tol;
  bool has_truths;
  KdShape map[KD_MAX_LEVELS]; /* [N,A,H,W] */
} Instances;

enum {
  SCORE_MODE,
  GI_MODE,
  PRE_NMS,
  MIN_SIZE,
  NMS_IOU,
  CANONICAL_SIZE,
  CANONICAL_LEVEL,
  MATCH_HI,
  LOW_QUALITY,
  IOP_LO,
  IOP_HI,
  TRUTHS,
  TRUTH_IMAGES,
  HEADS
};
/* From HEADS on, for every level. */
enum { ANCHORS, TEACHER_CLS, STUDENT_CLS, TEACHER_REG, STUDENT_REG, N_PER_HEAD };
enum { N_INPUTS = HEADS + N_PER_HEAD * KD_MAX_LEVELS };

enum { KIND_POSITIVE, KIND_SEMI_POSITIVE, KIND_NEGATIVE, KIND_BETWEEN };

/* Where a flat anchor of an image is. */
typedef struct {
  int level, index; /* of the level */
} Place;

static Place
place_of (const Instances *in, int anchor)
{
  Place place = { 0, anchor };
  for (;;) {
    const KdShape s = in->map[place.level];
    const int n = s.h * s.w * s.c;
    if (place.index < n)
      return place;
    place.index -= n;
    place.level++;
  }
}

static KdBox
anchor_box (const KdHostCall *call, int level, int index)
{
  return kd_select_box (call->inputs[HEADS + level * N_PER_HEAD + ANCHORS], index);
}

typedef struct {
  double teacher, student; /* best class scores */
  double gap;              /* largest difference of a class */
} Scores;

static Scores
anchor_scores (const kd_real *teacher, const kd_real *student, int n_classes)
{
  Scores s = { 0, 0, 0 };
  for (int k = 0; k < n_classes; k++) {
    const double t = 1 / (1 + exp (-(double) teacher[k]));
    const double z = 1 / (1 + exp (-(double) student[k]));
    if (isnan (t) || isnan (z))
      return (Scores){ NAN, NAN, NAN };
    s.teacher = fmax (s.teacher, t);
    s.student = fmax (s.student, z);
    s.gap = fmax (s.gap, fabs (t - z));
  }
  return s;
}

/* Score and box of every anchor of an image, and the picture of the scores. */
static void
score_image (const KdHostCall *call, const Instances *in, int image, KdCandidates *c)
{
  const bool paper = kd_select_number (call->inputs[SCORE_MODE]) == SCORE_PAPER;
  int at = 0;
  for (int l = 0; l < in->n_levels; l++) {
    KdNode *const *head = call->inputs + HEADS + l * N_PER_HEAD;
    const KdShape s = in->map[l];
    const int n = s.h * s.w * s.c;
    kd_real *cells = call->values[KD_GID_N_REST + l * KD_GID_N_PER_LEVEL + KD_GID_CELL_SCORE] +
                     image * s.h * s.w;
    for (int p = 0; p < n; p++, at++) {
      const size_t row = ((size_t) image * (size_t) n + (size_t) p) * (size_t) in->n_classes;
      const Scores scores = anchor_scores (kd_node_value (head[TEACHER_CLS]) + row,
                                           kd_node_value (head[STUDENT_CLS]) + row, in->n_classes);
      const double score = paper ? scores.gap : fabs (scores.teacher - scores.student);
      const bool teachers = scores.teacher > scores.student;
      c->boxes[at] = kd_regions_decode (head[ANCHORS], head[teachers ? TEACHER_REG : STUDENT_REG],
                                        image, p, log (1000.0 / 16), false);
      const KdBox b = c->boxes[at];
      /* before the best are taken, so that a candidate that is none takes no one's place */
      const bool finite = isfinite (score) && isfinite (b.x1 + b.x2) && isfinite (b.y1 + b.y2);
      c->scores[at] = finite ? score : -INFINITY;
      kd_real *cell = &cells[p / s.c];
      if (!isnan (*cell) && !((double) *cell >= score)) /* a NaN is shown and stays */
        *cell = (kd_real) score;
    }
  }
}

static bool
is_from_teacher (const KdHostCall *call, const Instances *in, int image, int anchor)
{
  const Place place = place_of (in, anchor);
  const KdShape s = in->map[place.level];
  KdNode *const *head = call->inputs + HEADS + place.level * N_PER_HEAD;
  const size_t row =
      ((size_t) image * (size_t) (s.h * s.w * s.c) + (size_t) place.index) * (size_t) in->n_classes;
  const Scores scores = anchor_scores (kd_node_value (head[TEACHER_CLS]) + row,
                                       kd_node_value (head[STUDENT_CLS]) + row, in->n_classes);
  return scores.teacher > scores.student;
}

/* ---- matching --------------------------------------------------------------------------------------- */

static double
best_anchor (const KdHostCall *call, const Instances *in, KdBox box)
{
  double best = 0;
  for (int l = 0; l < in->n_levels; l++)
    for (int p = 0; p < in->map[l].h * in->map[l].w * in->map[l].c; p++)
      best = fmax (best, kd_box_iou (box, anchor_box (call, l, p)));
  return best;
}

/* Mark the anchors that match an instance. */
static void
match_anchors (const KdHostCall *call, const Instances *in, int image, KdBox box)
{
  const double high = kd_select_number (call->inputs[MATCH_HI]);
  const bool low_quality = kd_select_number (call->inputs[LOW_QUALITY]) > 0;
  const double best = best_anchor (call, in, box);
  for (int l = 0; l < in->n_levels; l++) {
    const KdShape s = in->map[l];
    const int n = s.h * s.w * s.c;
    kd_real *marked =
        call->values[KD_GID_N_REST + l * KD_GID_N_PER_LEVEL + KD_GID_MARKED] + image * n;
    for (int p = 0; p < n; p++) {
      const double iou = kd_box_iou (box, anchor_box (call, l, p));
      if (iou >= high || (low_quality && iou > 0 && iou >= best - in->tie_tol))
        marked[p] = 1;
    }
  }
}

/* Truths that count in naming kinds: inside the image, with an area. */
static bool
is_truth (KdBox b, KdSize image)
{
  return isfinite (b.x1) && isfinite (b.y1) && isfinite (b.x2) && isfinite (b.y2) && b.x2 > b.x1 &&
         b.y2 > b.y1 && b.x2 > 0 && b.y2 > 0 && b.x1 < image.width && b.y1 < image.height;
}

static double *
truth_best (const KdHostCall *call)
{
  return (double *) (void *) call->ints[KD_GID_TRUTH_BEST];
}

static void
measure_truths (const KdHostCall *call, const Instances *in)
{
  for (int i = 0; in->has_truths && i < kd_node_live_rows (call->inputs[TRUTHS]); i++) {
    const KdBox truth = kd_select_box (call->inputs[TRUTHS], i);
    truth_best (call)[i] = is_truth (truth, in->image) ? best_anchor (call, in, truth) : 0;
  }
}

/* Whether an instance is an object, a part of one, or background. */
static int
kind_of (const KdHostCall *call, const Instances *in, int image, KdBox box, int anchor)
{
  const Place place = place_of (in, anchor);
  const KdBox source = anchor_box (call, place.level, place.index);
  const double high = kd_select_number (call->inputs[MATCH_HI]);
  double inside = 0;
  for (int i = 0; in->has_truths && i < kd_node_live_rows (call->inputs[TRUTHS]); i++) {
    const KdBox truth = kd_select_box (call->inputs[TRUTHS], i);
    if (kd_node_ints (call->inputs[TRUTH_IMAGES])[i] != image || !is_truth (truth, in->image))
      continue;
    const double iou = kd_box_iou (truth, source);
    if (iou >= high || (iou > 0 && iou >= truth_best (call)[i] - in->tie_tol))
      return KIND_POSITIVE;
    inside = fmax (inside, kd_box_intersection (truth, box) / kd_box_area (box));
  }
  if (inside >= kd_select_number (call->inputs[IOP_HI]))
    return KIND_SEMI_POSITIVE;
  return inside < kd_select_number (call->inputs[IOP_LO]) ? KIND_NEGATIVE : KIND_BETWEEN;
}

static int
level_of (const KdHostCall *call, const Instances *in, KdBox box)
{
  const double first = log2 (in->first_stride), last = log2 (in->last_stride);
  const double size = kd_select_number (call->inputs[CANONICAL_SIZE]);
  const double level = floor (kd_select_number (call->inputs[CANONICAL_LEVEL]) +
                              log2 (sqrt (kd_box_area (box)) / size + 1e-8));
  return (int) (CLAMP (level, first, last) - first);
}

/* ---- selection, the whole ------------------------------------------------------------------------------ */

static void
add_instance (const KdHostCall *call, const Instances *in, int image, const KdCandidates *c, int i)
{
  const KdBox box = c->kept_boxes[i];
  const int anchor = c->kept[i];
  const int kind = kind_of (call, in, image, box, anchor);
  const int mode = (int) kd_select_number (call->inputs[GI_MODE]);
  if (mode >= 1 && kind != mode - 1)
    return;
  const int row = call->live[KD_GID_BOX]++;
  kd_real *corner = call->values[KD_GID_BOX] + 4 * row;
  corner[0] = (kd_real) box.x1;
  corner[1] = (kd_real) box.y1;
  corner[2] = (kd_real) box.x2;
  corner[3] = (kd_real) box.y2;
  call->values[KD_GID_BOX_SCORE][row] = (kd_real) c->scores[anchor];
  call->ints[KD_GID_IMAGE][row] = image;
  call->ints[KD_GID_ANCHOR][row] = anchor;
  call->ints[KD_GID_FROM_TEACHER][row] = is_from_teacher (call, in, image, anchor);
  call->ints[KD_GID_KIND][row] = kind;
  call->ints[KD_GID_LEVEL][row] = level_of (call, in, box);
  match_anchors (call, in, image, box);
}

/* How NMS went: the first of the kept ones that overlaps a candidate too much drops it. */
static void
list_considered (const KdHostCall *call, const Instances *in, int image, const KdCandidates *c)
{
  const double most = kd_select_number (call->inputs[NMS_IOU]);
  int n_kept = 0;
  for (int i = 0; i < MIN (c->n_ranked, KD_GID_MOST_CONSIDERED); i++) {
    const KdBox box = c->ranked_boxes[i];
    kd_real *row =
        call->values[KD_GID_CONSIDERED] + KD_GID_N_COLUMNS * call->live[KD_GID_CONSIDERED]++;
    const double corners[] = { box.x1, box.y1, box.x2, box.y2 };
    for (int k = 0; k < 4; k++)
      row[KD_GID_AT_BOX + k] = (kd_real) corners[k];
    row[KD_GID_AT_IMAGE] = (kd_real) image;
    row[KD_GID_AT_SCORE] = (kd_real) c->ranked_scores[i];
    row[KD_GID_AT_FROM_TEACHER] = is_from_teacher (call, in, image, c->best[i]);
    row[KD_GID_AT_DROPPED_BY] = n_kept < c->n_kept || n_kept < in->topk ? -1 : -2;
    if (n_kept < c->n_kept && c->chosen[n_kept] == i) {
      n_kept++;
      continue;
    }
    for (int k = 0; k < n_kept && row[KD_GID_AT_DROPPED_BY] == -1; k++) {
      const double iou = kd_box_iou (c->ranked_boxes[c->chosen[k]], box);
      if (iou > most) {
        row[KD_GID_AT_DROPPED_BY] = (kd_real) c->chosen[k];
        row[KD_GID_AT_IOU] = (kd_real) iou;
      }
    }
  }
}

/* Marked anchors as rows, and the cells that have one. Returns their number. */
static int
list_matches (const KdHostCall *call, const Instances *in)
{
  int n_all = 0;
  for (int l = 0; l < in->n_levels; l++) {
    const KdShape s = in->map[l];
    const int first = KD_GID_N_REST + l * KD_GID_N_PER_LEVEL;
    int n = 0;
    for (int i = 0; i < s.n * s.h * s.w * s.c; i++)
      if (call->values[first + KD_GID_MARKED][i] > 0) {
        call->ints[first + KD_GID_ROWS][n++] = i;
        call->values[first + KD_GID_CELL_MASK][i / s.c] = 1;
      }
    call->live[first + KD_GID_ROWS] = n;
    n_all += n;
  }
  return n_all;
}

static void
select_instances (const KdHostCall *call, const void *data)
{
  const Instances *in = data;
  KdCandidates c = kd_candidates_in (call->ints[KD_GID_CANDIDATES], in->n_anchors);
  const KdCandidateRule rule = { .image = in->image,
                                 .pre_nms = (int) kd_select_number (call->inputs[PRE_NMS]),
                                 .min_size = kd_select_number (call->inputs[MIN_SIZE]),
                                 .exceed = true,
                                 .nms_iou = kd_select_number (call->inputs[NMS_IOU]),
                                 .max = in->topk };
  measure_truths (call, in);
  for (int n = 0; n < in->n_images; n++) {
    score_image (call, in, n, &c);
    kd_candidates_choose (&c, &rule);
    for (int i = 0; i < c.n_kept; i++)
      add_instance (call, in, n, &c, i);
    list_considered (call, in, n, &c);
  }
  const int I = call->live[KD_GID_BOX];
  for (int i = KD_GID_BOX_SCORE; i <= KD_GID_LEVEL; i++)
    call->live[i] = I;
  const double pairs = (double) I * I - I;
  call->values[KD_GID_PER_BIN][0] = (kd_real) (1 / fmax (1, (double) I * in->pool * in->pool));
  call->values[KD_GID_PER_PAIR][0] = (kd_real) (I < 3 ? 0 : 1 / pairs);
  call->values[KD_GID_RELATED][0] = I >= 3;
  call->values[KD_GID_PER_ANCHOR][0] = (kd_real) (1.0 / MAX (1, list_matches (call, in)));
  call->values[KD_GID_NONE][0] = I == 0;
}

KdNode *
kd_gid_instances (KdMethodCx *cx)
{
  const KdMethodInputs *in = kd_cx_inputs (cx);
  const int L = in->n_levels;
  Instances data = { .image = in->image,
                     .n_images = in->n_images,
                     .n_levels = L,
                     .n_anchors = kd_regions_anchors (in),
                     .topk = (int) kd_cx_structural (cx, "topk"),
                     .pool = (int) kd_cx_structural (cx, "roi_size"),
                     .first_stride = in->strides[0],
                     .last_stride = in->strides[L - 1],
                     .tie_tol = kd_cx_structural (cx, "tie_tol"),
                     .has_truths = in->targets.boxes && in->targets.images };
  /* without truths any node stands in: it is not read */
  KdNode *inputs[N_INPUTS] = {
    [SCORE_MODE] = kd_cx_knob (cx, "gi_score_mode"),
    [GI_MODE] = kd_cx_knob (cx, "gi_mode"),
    [PRE_NMS] = kd_cx_knob (cx, "pre_nms"),
    [MIN_SIZE] = kd_cx_knob (cx, "min_size"),
    [NMS_IOU] = kd_cx_knob (cx, "nms_iou"),
    [CANONICAL_SIZE] = kd_cx_knob (cx, "canonical_size"),
    [CANONICAL_LEVEL] = kd_cx_knob (cx, "canonical_level"),
    [MATCH_HI] = kd_cx_knob (cx, "match_hi"),
    [LOW_QUALITY] = kd_cx_knob (cx, "low_quality"),
    [IOP_LO] = kd_cx_knob (cx, "iop_lo"),
    [IOP_HI] = kd_cx_knob (cx, "iop_hi"),
    [TRUTHS] = data.has_truths ? in->targets.boxes : in->anchors[0],
    [TRUTH_IMAGES] = data.has_truths ? in->targets.images : in->anchors[0],
  };
  const int capacity = in->n_images * data.topk;
  const KdShape rows = kd_shape (capacity, 1, 1, 1);
  const KdHostOutput ints = { .shape = rows, .type = KD_TYPE_INT32, .live = true };
  const KdHostOutput scalar = { .shape = KD_SCALAR_SHAPE };
  KdHostOutput outputs[KD_GID_N_REST + KD_GID_N_PER_LEVEL * KD_MAX_LEVELS] = {
    [KD_GID_BOX] = { .shape = kd_shape (capacity, 4, 1, 1), .live = true },
    [KD_GID_BOX_SCORE] = { .shape = rows, .live = true },
    [KD_GID_IMAGE] = ints,
    [KD_GID_ANCHOR] = ints,
    [KD_GID_FROM_TEACHER] = ints,
    [KD_GID_KIND] = ints,
    [KD_GID_LEVEL] = ints,
    [KD_GID_CANDIDATES] = kd_candidates_output (data.n_anchors),
    [KD_GID_CONSIDERED] = { .shape = kd_shape (in->n_images * KD_GID_MOST_CONSIDERED,
                                               KD_GID_N_COLUMNS, 1, 1),
                            .live = true },
    [KD_GID_TRUTH_BEST] = { .shape = kd_shape (kd_node_shape (inputs[TRUTHS]).n, 2, 1, 1),
                            .type = KD_TYPE_INT32 },
    [KD_GID_PER_BIN] = scalar,
    [KD_GID_PER_PAIR] = scalar,
    [KD_GID_RELATED] = scalar,
    [KD_GID_PER_ANCHOR] = scalar,
    [KD_GID_NONE] = scalar,
  };
  for (int l = 0; l < L; l++) {
    const KdShape s = kd_node_shape (in->cls[KD_TEACHER][l]);
    const int n_anchors = kd_node_shape (in->anchors[l]).n, A = n_anchors / (s.h * s.w);
    data.map[l] = kd_shape (s.n, A, s.h, s.w);
    data.n_classes = s.c / A;
    KdNode **head = inputs + HEADS + l * N_PER_HEAD;
    head[ANCHORS] = in->anchors[l];
    head[TEACHER_CLS] = in->cls[KD_TEACHER][l];
    head[STUDENT_CLS] = in->cls[KD_STUDENT][l];
    head[TEACHER_REG] = in->reg[KD_TEACHER][l];
    head[STUDENT_REG] = in->reg[KD_STUDENT][l];
    KdHostOutput *level = outputs + KD_GID_N_REST + l * KD_GID_N_PER_LEVEL;
    level[KD_GID_CELL_SCORE] = level[KD_GID_CELL_MASK] =
        (KdHostOutput){ .shape = kd_shape (s.n, 1, s.h, s.w) };
    level[KD_GID_MARKED] = (KdHostOutput){ .shape = data.map[l] };
    level[KD_GID_ROWS] = (KdHostOutput){ .shape = kd_shape (s.n * n_anchors, 1, 1, 1),
                                         .type = KD_TYPE_INT32,
                                         .live = true };
  }
  return kd_host (kd_cx_graph (cx), "general_instances", outputs,
                  KD_GID_N_REST + L * KD_GID_N_PER_LEVEL, select_instances, &data, sizeof data,
                  inputs, HEADS + L * N_PER_HEAD);
}
