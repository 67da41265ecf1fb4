/* SPDX-License-Identifier: MIT */

/*
 * GID: General Instance Distillation for Object Detection
 * Dai, Jiang, Wu, Bao, Wang, Liu, Zhou; CVPR 2021, arXiv 2103.02340
 *
 * T_r, S_r = best class score of anchor r of teacher and student; general instances (GI): boxes of the more confident side where
 * |T_r - S_r| is largest, after NMS, the topk best of an image; I of them in the batch. t_i, s_i: RoIAlign of both sides' features, s adapted.
 *   L_feature      = w_feature sum (t_i - s_i)^2 / max (1, I P^2)
 *   L_relation     = w_relation sum_{i != j} huber (D^t_ij - D^s_ij) / (I^2 - I),  D = distances |x_i - x_j| over their mean; 0 if I < 3
 *   L_response_cls = w_response_cls/n sum over anchors that match a GI of BCE (z_s, sigmoid (z_t)), n = their number
 *   L_response_reg = w_response_reg/n sum over the same of huber (delta_s - delta_t)
 *
 * We follow the first author's own port (detectron2, RetinaNet) where it runs. Paper and port differ:
 *   - score: the paper takes the largest difference of any class (gi_score_mode = paper), the port that of the best scores;
 *   - the adapter is meant there but never applied nor trained: we apply it, as in the paper;
 *   - the paper relates the instances of one image, the port those of the batch: we follow the port.
 * Departures, each on purpose: the port's exact equality of best overlaps picks a subset that rounding decides, so a tolerance (tie_tol)
 * takes all of them; and it fails on images without ground truth and with gi_mode, which here is bookkeeping only.
 * Two-stage: the RPN's head is the dense head with one class, match_hi 0.7; its official path does not run, so this follows the paper.
 */
#include "engine/methods/gid.h"

#include "engine/base/i18n.h"

#include <math.h>

/* ---- the constants -------------------------------------------------------------------------------- */

static const char *const score_choices[] = { "code", "paper", NULL };
static const char *const mode_choices[] = { "all", "positive", "semi-positive", "negative", NULL };

/* clang-format off */
static const KdKnob knobs[] = {
  { .id = "topk", .label = "Instances an image",
    .help = "up: more boxes; the paper: 5 give most of the gain, 10 to 100 alike, 300 worse",
    .type = KD_KNOB_INT, .value = 10, .min = 1, .max = 300, .structural = true,
    .presets = { { "demo", 6 } } },
  { .id = "nms_iou", .label = "NMS IoU",
    .help = "down: boxes spread over the image; up: piles of near-duplicates",
    .type = KD_KNOB_REAL, .value = 0.3, .min = 0.05, .max = 0.95 },
  { .id = "gi_score_mode", .label = "Score",
    .help = "paper: also reacts where the sides disagree on which class it is",
    .type = KD_KNOB_CHOICE, .value = 0, .choices = score_choices },
  { .id = "gi_mode", .label = "Kinds",
    .help = "keep one kind of instance only: on objects, on parts of them, on background",
    .type = KD_KNOB_CHOICE, .value = 0, .choices = mode_choices },
  { .id = "pre_nms", .label = "Candidates",
    .help = "best scores of an image that reach NMS; rarely visible",
    .type = KD_KNOB_INT, .value = 3000, .min = 100, .max = 10000,
    .presets = { { "demo", 300 } } },
  { .id = "min_size", .label = "Smallest side",
    .help = "px; boxes whose sides do not exceed it are dropped",
    .type = KD_KNOB_REAL, .value = 10, .min = 0, .max = 64,
    .presets = { { "demo", 4 } } },
  { .id = "canonical_size", .label = "Canonical size",
    .help = "px; the side of a box that is pooled from the canonical level; small images need a small one",
    .type = KD_KNOB_REAL, .value = 224, .min = 8, .max = 512, .log = true,
    .presets = { { "demo", 35.84 } } },
  { .id = "canonical_level", .label = "Canonical level",
    .help = "log2 of its stride: up: all boxes are pooled from coarser levels",
    .type = KD_KNOB_INT, .value = 4, .min = 2, .max = 6 },
  { .id = "roi_size", .label = "Bins a side",
    .help = "up: finer pooled tiles",
    .type = KD_KNOB_INT, .value = 10, .min = 3, .max = 14, .structural = true,
    .presets = { { "demo", 5 } } },
  { .id = "sampling", .label = "Samples a bin's side",
    .help = "up: each bin averages over more points",
    .type = KD_KNOB_INT, .value = 2, .min = 1, .max = 4, .structural = true },
  { .id = "match_lo", .label = "Match, low",
    .help = "separates background from ignored anchors in the official code; no effect on any output",
    .type = KD_KNOB_REAL, .value = 0.4, .min = 0, .max = 1,
    .presets = { { "two-stage", 0.3 } } },
  { .id = "match_hi", .label = "Match, high",
    .help = "up: fewer anchors light up in the response mask",
    .type = KD_KNOB_REAL, .value = 0.5, .min = 0, .max = 1,
    .presets = { { "two-stage", 0.7 } } },
  { .id = "low_quality", .label = "Every instance matches",
    .help = "on: every instance claims at least its best anchors",
    .type = KD_KNOB_SWITCH, .value = 1, .min = 0, .max = 1 },
  { .id = "iop_lo", .label = "Background below",
    .help = "share of the instance inside an object; colours of the kinds only",
    .type = KD_KNOB_REAL, .value = 0.4, .min = 0, .max = 1 },
  { .id = "iop_hi", .label = "Part of an object above",
    .help = "share of the instance inside an object; colours of the kinds only",
    .type = KD_KNOB_REAL, .value = 0.5, .min = 0, .max = 1 },
  { .id = "w_feature", .label = "Feature weight",
    .help = "up: pooled features are pulled harder",
    .type = KD_KNOB_REAL, .value = 5e-4, .min = 1e-5, .max = 1e-1, .log = true, .zero = true },
  { .id = "w_relation", .label = "Relation weight",
    .help = "up: distances between instances are pulled harder",
    .type = KD_KNOB_REAL, .value = 40, .min = 0, .max = 200,
    .presets = { { "demo", 10 } } },
  { .id = "w_response_cls", .label = "Class response weight",
    .help = "up: class scores near instances are pulled harder",
    .type = KD_KNOB_REAL, .value = 0.1, .min = 0, .max = 5 },
  { .id = "w_response_reg", .label = "Box response weight",
    .help = "up: box deltas near instances are pulled harder",
    .type = KD_KNOB_REAL, .value = 1, .min = 0, .max = 5 },
  { .id = "relation_beta", .label = "Relation's kink",
    .help = "up: quadratic for larger differences of distances",
    .type = KD_KNOB_REAL, .value = 1, .min = 0, .max = 2, .structural = true },
  { .id = "reg_beta", .label = "Box response's kink",
    .help = "up: quadratic for larger differences of deltas; 0: absolute",
    .type = KD_KNOB_REAL, .value = 0, .min = 0, .max = 2, .structural = true },
  { .id = "tie_tol", .label = "Ties",
    .help = "anchors whose overlap is within this of an instance's best share it; 0: rounding decides",
    .type = KD_KNOB_REAL, .value = 1e-6, .min = 0, .max = 1e-3, .structural = true, .hidden = true },
};

static const KdPart parts[] = {
  { "adapter", "one 3x3 convolution to the teacher's channels for all levels, trained with the student, dropped at inference", "adapt" },
};

static const KdWallRow wall[] = {
  { "Disagreement", { "gi_score" } },
  { "Matched anchors", { "gi_mask" } },
};

static const KdFigure figures[] = {
  { .kind = KD_FIGURE_INSTANCES, .id = "instances", .title = "From disagreement to instances",
    .help = "Instances are where the two disagree, also on background; few are kept, and the distances between each two of them are imitated, too",
    .probes = { "gi_score", "gi_candidates", "gi_boxes", "gi_box_score", "gi_image", "gi_from_teacher", "gi_kind", "gi_level", "relation_teacher", "relation_student", "relation_diff" },
    .knobs = { "nms_iou" } },
};
/* clang-format on */

/* ---- features and relations ----------------------------------------------------------------------------- */

/* One side's features of all instances, each from its level: [I,C,P,P]. */
static KdNode *
pool_instances (KdMethodCx *cx, KdNode *instances, KdNode *const *features)
{
  KdGraph *g = kd_cx_graph (cx);
  const KdMethodInputs *in = kd_cx_inputs (cx);
  KdNode *pooled = NULL;
  for (int l = 0; l < in->n_levels; l++) {
    KdNode *level = kd_roi_align (g, features[l], kd_host_output (instances, KD_GID_BOX),
                                  kd_host_output (instances, KD_GID_IMAGE),
                                  kd_host_output (instances, KD_GID_LEVEL), l, in->strides[l],
                                  (int) kd_cx_structural (cx, "roi_size"),
                                  (int) kd_cx_structural (cx, "sampling"));
    pooled = pooled ? kd_add (g, pooled, level) : level;
  }
  return pooled;
}

static void
build_feature (KdMethodCx *cx, KdNode *instances, KdNode *teacher, KdNode *student)
{
  KdGraph *g = kd_cx_graph (cx);
  KdNode *bins = kd_sum (g, kd_square (g, kd_sub (g, teacher, student)), KD_AXIS_C);
  KdNode *weight =
      kd_mul (g, kd_cx_knob (cx, "w_feature"), kd_host_output (instances, KD_GID_PER_BIN));
  KdNode *cells[KD_MAX_LEVELS] = { NULL };
  kd_regions_to_cells (
      cx, bins, kd_host_output (instances, KD_GID_BOX), kd_host_output (instances, KD_GID_IMAGE),
      kd_host_output (instances, KD_GID_LEVEL), (int) kd_cx_structural (cx, "sampling"), cells);
  for (int l = 0; l < kd_cx_levels (cx); l++)
    cells[l] = kd_mul (g, cells[l], weight);
  KdProbe *p = kd_cx_probe (cx, KD_PROBE_MATRIX, "gi_feat_err", "Error inside instances", -1,
                            kd_scale (g, bins, 1.0 / kd_cx_channels (cx, KD_TEACHER)));
  p->axes = KD_AXES_NHW;
  p->help = "squared difference of the two pooled tiles, mean over channels";
  kd_cx_term (cx, "feature", kd_mul (g, kd_sum (g, bins, KD_AXES_NCHW), weight), cells, NULL);
}

/* D: distances between the instances' flattened tiles over their mean [I,I]; zeros if there are fewer than three */
static KdNode *
relations (KdGraph *g, KdNode *instances, KdNode *pooled)
{
  const KdShape s = kd_node_shape (pooled);
  KdNode *rows = kd_reshape (g, pooled, kd_shape (s.n, s.c * s.h * s.w, 1, 1));
  KdNode *distance = kd_pairwise_distance (g, rows, 1e-12);
  KdNode *mean =
      kd_mul (g, kd_sum (g, distance, KD_AXES_NCHW), kd_host_output (instances, KD_GID_PER_PAIR));
  return kd_mul (g, kd_div (g, distance, kd_clamp (g, mean, 1e-12, 1e30)),
                 kd_host_output (instances, KD_GID_RELATED));
}

static void
build_relation (KdMethodCx *cx, KdNode *instances, KdNode *teacher, KdNode *student)
{
  KdGraph *g = kd_cx_graph (cx);
  KdNode *of_teacher = relations (g, instances, teacher);
  KdNode *of_student = relations (g, instances, student);
  KdNode *difference = kd_sub (g, of_teacher, of_student);
  KdNode *bent = kd_huber (g, difference, kd_cx_structural (cx, "relation_beta"));
  KdNode *weight =
      kd_mul (g, kd_cx_knob (cx, "w_relation"), kd_host_output (instances, KD_GID_PER_PAIR));
  const struct {
    const char *name, *title, *help, *group;
    KdNode *node;
    KdProbeStyle style;
  } pictures[] = {
    { "relation_teacher", "Relations, teacher",
      "distance of each pair of instances over the mean distance", "relation", of_teacher,
      KD_STYLE_SEQUENTIAL },
    { "relation_student", "Relations, student",
      "distance of each pair of instances over the mean distance", "relation", of_student,
      KD_STYLE_SEQUENTIAL },
    { "relation_diff", "Relations, teacher - student", "what the relation term pulls to 0", NULL,
      difference, KD_STYLE_DIVERGING },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (pictures); i++) {
    KdProbe *p = kd_cx_probe (cx, KD_PROBE_MATRIX, pictures[i].name, pictures[i].title, -1,
                              pictures[i].node);
    p->square = true;
    p->group = pictures[i].group;
    p->style = pictures[i].style;
    p->help = pictures[i].help;
  }
  kd_cx_term (cx, "relation", kd_mul (g, kd_sum (g, bent, KD_AXES_NCHW), weight), NULL, NULL);
}

/* ---- responses ------------------------------------------------------------------------------------------ */

/* Numbers of a level's matched anchors, at their cells. */
static void
rows_to_cells (const KdHostCall *call, const void *data)
{
  const int *n_anchors = data;
  const int32_t *rows = kd_node_ints (call->inputs[1]);
  for (int i = 0; i < kd_node_live_rows (call->inputs[1]); i++)
    call->values[0][rows[i] / *n_anchors] += kd_node_value (call->inputs[0])[i];
}

static KdNode *
to_cells (KdGraph *g, KdNode *values, KdNode *rows, KdShape map)
{
  KdHostOutput output = { .shape = kd_shape (map.n, 1, map.h, map.w) };
  KdNode *const inputs[] = { values, rows };
  return kd_host (g, "rows_to_cells", &output, 1, rows_to_cells, &map.c, sizeof map.c, inputs, 2);
}

/* Matched anchors' rows of both sides, and what their difference costs: [Q,1]. */
static KdNode *
response (KdMethodCx *cx, KdNode *teacher, KdNode *student, KdNode *rows, bool cls, int columns)
{
  KdGraph *g = kd_cx_graph (cx);
  KdNode *t = kd_gather (g, kd_anchor_rows (g, teacher, columns), rows);
  KdNode *s = kd_gather (g, kd_anchor_rows (g, student, columns), rows);
  KdNode *costs = cls ? kd_bce_with_logits (g, s, kd_sigmoid (g, t))
                      : kd_huber (g, kd_sub (g, s, t), kd_cx_structural (cx, "reg_beta"));
  return kd_sum (g, costs, KD_AXIS_C);
}

static void
build_response (KdMethodCx *cx, KdNode *instances, bool cls)
{
  KdGraph *g = kd_cx_graph (cx);
  const KdMethodInputs *in = kd_cx_inputs (cx);
  KdNode *weight = kd_mul (g, kd_cx_knob (cx, cls ? "w_response_cls" : "w_response_reg"),
                           kd_host_output (instances, KD_GID_PER_ANCHOR));
  KdNode *cells[KD_MAX_LEVELS] = { NULL }, *value = NULL;
  for (int l = 0; l < in->n_levels; l++) {
    KdNode *teacher = (cls ? in->cls : in->reg)[KD_TEACHER][l];
    KdNode *student = (cls ? in->cls : in->reg)[KD_STUDENT][l];
    KdShape map = kd_node_shape (teacher);
    const int columns = map.c * map.h * map.w / kd_node_shape (in->anchors[l]).n;
    map.c /= columns;
    KdNode *rows = kd_host_output (instances, KD_GID_N_REST + l * KD_GID_N_PER_LEVEL + KD_GID_ROWS);
    KdNode *costs = response (cx, teacher, student, rows, cls, columns);
    cells[l] = kd_mul (g, to_cells (g, costs, rows, map), weight);
    KdNode *sum = kd_mul (g, kd_sum (g, costs, KD_AXES_NCHW), weight);
    value = value ? kd_add (g, value, sum) : sum;
  }
  kd_cx_term (cx, cls ? "response_cls" : "response_reg", value, cells, NULL);
}

/* ---- pictures ---------------------------------------------------------------------------------------------- */

static void
show_instances (KdMethodCx *cx, KdNode *instances)
{
  for (int l = 0; l < kd_cx_levels (cx); l++) {
    const int first = KD_GID_N_REST + l * KD_GID_N_PER_LEVEL;
    KdProbe *p = kd_cx_probe (cx, KD_PROBE_MAP, "gi_score", "Disagreement", l,
                              kd_host_output (instances, first + KD_GID_CELL_SCORE));
    p->group = "gi_score";
    p->help =
        "largest difference of the two sides' scores at the cell's anchors: also on background";
    p = kd_cx_probe (cx, KD_PROBE_MAP, "gi_mask", "Matched anchors", l,
                     kd_host_output (instances, first + KD_GID_CELL_MASK));
    p->style = KD_STYLE_BINARY;
    p->help = "cells with an anchor that matches an instance: where the answers are imitated";
  }
  static const struct {
    int output;
    KdProbeKind kind;
    const char *name, *title, *help;
  } lists[] = {
    { KD_GID_BOX, KD_PROBE_BOXES, "gi_boxes", "Instances",
      "boxes of the more confident side where both disagree most" },
    { KD_GID_BOX_SCORE, KD_PROBE_LIST, "gi_box_score", "Score of each instance",
      "how far the two sides' scores are apart" },
    { KD_GID_IMAGE, KD_PROBE_LIST, "gi_image", "Image of each instance", "" },
    { KD_GID_ANCHOR, KD_PROBE_LIST, "gi_anchor", "Anchor of each instance",
      "which anchor of its image, all levels counted" },
    { KD_GID_FROM_TEACHER, KD_PROBE_LIST, "gi_from_teacher", "Whose box",
      "1: the teacher's, as it is the more confident; 0: the student's" },
    { KD_GID_KIND, KD_PROBE_LIST, "gi_kind", "Kind of each instance",
      "0: an object, 1: a part of one, 2: background, 3: in between" },
    { KD_GID_LEVEL, KD_PROBE_LIST, "gi_level", "Level of each instance",
      "where its features are pooled, by its size" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (lists); i++) {
    KdProbe *p = kd_cx_probe (cx, lists[i].kind, lists[i].name, lists[i].title, -1,
                              kd_host_output (instances, lists[i].output));
    p->help = lists[i].help;
  }
  KdProbe *considered = kd_cx_probe (cx, KD_PROBE_LIST, "gi_candidates", "Candidates", -1,
                                     kd_host_output (instances, KD_GID_CONSIDERED));
  considered->axes = KD_AXES_NC;
  considered->in_dump = false;
  considered->help =
      "a row a candidate, the best first: image, box, score, from the teacher, which "
      "one dropped it (-1: kept, -2: there were enough), their IoU";
  kd_cx_warn (cx, kd_host_output (instances, KD_GID_NONE),
              "there is no instance: the boxes on which the sides disagree are all too small");
}

static void
build (KdMethodCx *cx)
{
  KdGraph *g = kd_cx_graph (cx);
  KdNode *adapted[KD_MAX_LEVELS], *teachers[KD_MAX_LEVELS];
  for (int l = 0; l < kd_cx_levels (cx); l++) {
    teachers[l] = kd_cx_feature (cx, KD_TEACHER, l);
    adapted[l] = kd_cx_adapter (cx, "adapt", kd_cx_feature (cx, KD_STUDENT, l),
                                kd_node_shape (teachers[l]).c, 3, !kd_cx_is_dump (cx), NULL);
  }
  kd_graph_set_phase (g, KD_PHASE_SELECT);
  KdNode *instances = kd_gid_instances (cx);
  KdNode *teacher = pool_instances (cx, instances, teachers);
  kd_graph_set_phase (g, KD_PHASE_LOSS);
  KdNode *student = pool_instances (cx, instances, adapted);
  show_instances (cx, instances);
  build_feature (cx, instances, teacher, student);
  build_relation (cx, instances, teacher, student);
  build_response (cx, instances, true);
  build_response (cx, instances, false);
}

/* Levels are counted in powers of two. */
static char *
unfit (const KdMethodInputs *in, const KdKnobs *values)
{
  (void) values;
  for (int l = 0; l + 1 < in->n_levels; l++)
    if (in->strides[l + 1] != 2 * in->strides[l])
      return g_strdup_printf (
          _ ("GID is off: strides must double from level to level, found %d after "
             "%d; leave the other levels out"),
          in->strides[l + 1], in->strides[l]);
  return NULL;
}

/* clang-format off */
static const KdSymbol symbols[] = {
  { "L<sub>feature</sub>", "pooled features of the instances", .term = "feature" },
  { "L<sub>relation</sub>", "distances between the instances", .term = "relation" },
  { "L<sub>cls</sub>", "class scores of the anchors that match an instance", .term = "response_cls" },
  { "L<sub>reg</sub>", "box deltas of the same anchors", .term = "response_reg" },
  { "GI", "general instances: where the two sides disagree most", .probe = "gi_score" },
  { "Σ<sub>M</sub>", "over the anchors that match an instance", .probe = "gi_mask" },
  { "λ<sub>f</sub>", "weight of the features", .knob = "w_feature" },
  { "λ<sub>r</sub>", "weight of the relations", .knob = "w_relation" },
  { "α", "weight of the class scores", .knob = "w_response_cls" },
  { "β", "weight of the box deltas", .knob = "w_response_reg" },
};

static const KdDeparture departures[] = {
  { "the score is the largest difference of any one class", "the difference of the two best scores", "gi_score_mode", "paper", "code", .mark = "|max p<sub>t</sub> − max p<sub>s</sub>|" },
  { "an adapter brings the student's channels to the teacher's", "the adapter is built but never applied nor trained; here it is applied, as in the paper", .mark = "s<sub>i</sub>" },
  { "a norm of each instance's difference, averaged over the instances", "its square, averaged over bins, too; followed here", .mark = "I P²" },
  { "relates the instances of one image", "those of the whole batch; followed here", .mark = "Σ<sub>i≠j</sub>" },
};
/* clang-format on */

const KdMethod kd_method_gid = {
  .id = "gid",
  .title = "GID",
  .venue = "CVPR 2021",
  .paper = "General Instance Distillation for Object Detection; Dai, Jiang, Wu, Bao, Wang, Liu, "
           "Zhou; arXiv 2103.02340",
  .bibtex = "@inproceedings{dai2021gid,\n"
            "  title     = {General Instance Distillation for Object Detection},\n"
            "  author    = {Dai, Xing and Jiang, Zeren and Wu, Zhao and Bao, Yiping and Wang, "
            "Zhicheng and Liu, Si and Zhou, Erjin},\n"
            "  booktitle = {IEEE/CVF Conference on Computer Vision and Pattern Recognition},\n"
            "  pages     = {7842--7851},\n"
            "  year      = {2021}\n"
            "}\n",
  .idea =
      "Do not ask the labels where to distil: ask where teacher and student disagree. At every "
      "anchor the two scores are compared, the box of the more confident side is taken, "
      "duplicates are removed, and the few boxes with the largest disagreement are kept: objects, "
      "parts of objects, or telling background. On those boxes the student copies the teacher's "
      "features, the distances between instances, and its answers.",
  .formula =
      "GI: boxes of the surer side, largest |max p<sub>t</sub> − max p<sub>s</sub>|, after NMS\n"
      "L<sub>feature</sub> = λ<sub>f</sub>/(I P²) Σ (t<sub>i</sub> − s<sub>i</sub>)²\n"
      "L<sub>relation</sub> = λ<sub>r</sub>/(I² − I) Σ<sub>i≠j</sub> "
      "huber(D<sup>t</sup><sub>ij</sub> − D<sup>s</sup><sub>ij</sub>)\n"
      "L<sub>cls</sub> = α/n Σ<sub>M</sub> BCE(z<sub>s</sub>, p<sub>t</sub>),  L<sub>reg</sub> = "
      "β/n Σ<sub>M</sub> |δ<sub>s</sub> − δ<sub>t</sub>|",
  .symbols = symbols,
  .n_symbols = G_N_ELEMENTS (symbols),
  .departures = departures,
  .n_departures = G_N_ELEMENTS (departures),
  .needs = KD_NEEDS_TEACHER_FEATURE | KD_NEEDS_STUDENT_FEATURE | KD_NEEDS_TEACHER_CLS |
           KD_NEEDS_STUDENT_CLS | KD_NEEDS_TEACHER_REG | KD_NEEDS_STUDENT_REG | KD_NEEDS_ANCHORS |
           KD_NEEDS_IMAGE_SIZE | KD_NEEDS_STRIDES,
  .knobs = knobs,
  .n_knobs = G_N_ELEMENTS (knobs),
  .n_phases = 1,
  .parts = parts,
  .n_parts = G_N_ELEMENTS (parts),
  .wall = wall,
  .n_wall = G_N_ELEMENTS (wall),
  .figures = figures,
  .n_figures = G_N_ELEMENTS (figures),
  /* Built-in scenes, shipped teacher, AP above the twin's: 5.1 and 1.8 after 3,000 steps (seeds 16, 18); 5.4 and 3.5 after 1,500 (seeds 11,
   * 15). At scale 1, against the detection loss's gradient at the student's features, from step 50 to 200 (held-out images): box response
   * 0.4 to 1.03, relation 0.23 to 0.88 (the paper's weight of 40 would make it four times that), class response 0.05 to 0.17, features
   * 0.01 to 0.03; half of it all was 0.43 at the end. */
  .demo_scale = 0.5,
  .demo_ramp = 100,
  .unfit = unfit,
  .build = build,
};
