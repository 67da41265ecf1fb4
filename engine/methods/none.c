/* SPDX-License-Identifier: MIT */

/*
 * No distillation: the student learns from the labels alone. The twin that every other run is measured against, and the place to see what all
 * runs share: which anchors learn which object.
 */
#include "engine/methods/method.h"

#include <math.h>

static const KdSymbol symbols[] = {
  { .markup = "L<sub>cls</sub>", .meaning = "focal loss of the classes, every anchor" },
  { .markup = "L<sub>reg</sub>", .meaning = "smooth L1 loss of the boxes, matched anchors alone" },
};

/* clang-format off */
static const KdWallRow wall[] = {
  { "Anchors that learn an object", { "positives" } },
  { "Best overlap with an object", { "overlap" } },
};

static const KdFigure figures[] = {
  { .kind = KD_FIGURE_ASSIGNMENT, .id = "assignment", .title = "Which anchor learns which object",
    .help = "Nobody tells an object its level: the anchors that overlap it enough do. What no anchor fits is learnt by its best one alone",
    .probes = { "owner", "overlap_by_anchor", "positives", "overlap", "anchors_of_box", "best_of_box" } },
};
/* clang-format on */

/* ---- the detection loss's assignment, for people ---------------------------------------------------- */

typedef struct {
  int n_images, n_levels;
  KdShape map[KD_MAX_LEVELS]; /* [N,A,H,W] */
} Levels;

enum { BOXES, IMAGES, MATCHED, ANCHORS };

/* Outputs: these for every level, then the two that have none. */
enum {
  OWNER,     /* [N,A,H,W] 1 + row of the object that the anchor learns, 0 background, -1 ignored */
  BY_ANCHOR, /* [N,A,H,W] IoU with the object that the anchor overlaps most */
  POSITIVES, /* [N,1,H,W] anchors of the cell that learn an object */
  OVERLAP,   /* [N,1,H,W] the largest of the cell's anchors */
  N_PER_LEVEL
};
enum { ANCHORS_OF_BOX, BEST_OF_BOX, N_REST }; /* [G,L] */

/* Largest overlap of an anchor with any object of its image; writes the objects' own best on the way. */
static double
overlap_objects (const KdHostCall *call, const Levels *levels, int l, int image, KdBox anchor)
{
  kd_real *best_of_box = call->values[levels->n_levels * N_PER_LEVEL + BEST_OF_BOX];
  double most = 0;
  for (int i = 0; i < kd_node_live_rows (call->inputs[BOXES]); i++) {
    if (kd_node_ints (call->inputs[IMAGES])[i] != image)
      continue;
    const double iou = kd_box_iou (anchor, kd_select_box (call->inputs[BOXES], i));
    kd_real *best = &best_of_box[i * levels->n_levels + l];
    *best = MAX (*best, (kd_real) iou);
    most = fmax (most, iou);
  }
  return most;
}

/* One level of one image; @matched: its part of the assignment. */
static void
show_level (const KdHostCall *call, const Levels *levels, int l, int image, const int32_t *matched)
{
  const int A = levels->map[l].c, n_cells = levels->map[l].h * levels->map[l].w;
  kd_real *const *level = call->values + l * N_PER_LEVEL;
  kd_real *anchors_of_box = call->values[levels->n_levels * N_PER_LEVEL + ANCHORS_OF_BOX];
  for (int p = 0; p < n_cells * A; p++) {
    const size_t cell = (size_t) image * (size_t) n_cells + (size_t) (p / A);
    const size_t at = cell * (size_t) A + (size_t) (p % A);
    const double iou =
        overlap_objects (call, levels, l, image, kd_select_box (call->inputs[ANCHORS + l], p));
    level[BY_ANCHOR][at] = (kd_real) iou;
    level[OVERLAP][cell] = MAX (level[OVERLAP][cell], (kd_real) iou);
    const int32_t row = matched[p];
    level[OWNER][at] = row >= 0 ? (kd_real) (row + 1) : row == KD_ANCHOR_IGNORED ? -1 : 0;
    if (row < 0)
      continue;
    level[POSITIVES][cell] += 1;
    anchors_of_box[row * levels->n_levels + l] += 1;
  }
}

static void
show_assignment (const KdHostCall *call, const void *data)
{
  const Levels *levels = data;
  for (int i = 0; i < N_REST; i++)
    call->live[levels->n_levels * N_PER_LEVEL + i] = kd_node_live_rows (call->inputs[BOXES]);
  const int32_t *matched = kd_node_ints (call->inputs[MATCHED]);
  for (int n = 0; n < levels->n_images; n++)
    for (int l = 0; l < levels->n_levels; l++) {
      show_level (call, levels, l, n, matched);
      matched += levels->map[l].c * levels->map[l].h * levels->map[l].w;
    }
}

static void
name_level (KdMethodCx *cx, KdNode *assignment, int l)
{
  static const struct {
    KdProbeKind kind;
    const char *name, *title, *help;
  } probes[N_PER_LEVEL] = {
    { KD_PROBE_FEATURE, "owner", "Object of each anchor",
      "number of the object in its batch, one channel an anchor shape; 0: background, -1: "
      "ignored" },
    { KD_PROBE_FEATURE, "overlap_by_anchor", "Overlap of each anchor",
      "IoU with the object that the anchor overlaps most, one channel an anchor shape" },
    { KD_PROBE_MAP, "positives", "Anchors that learn an object",
      "how many anchors of the cell are positive: with none, an object is not learnt on this "
      "level" },
    { KD_PROBE_MAP, "overlap", "Best overlap with an object",
      "the largest IoU of the cell's anchors with an object" },
  };
  for (int i = 0; i < N_PER_LEVEL; i++) {
    KdProbe *p = kd_cx_probe (cx, probes[i].kind, probes[i].name, probes[i].title, l,
                              kd_host_output (assignment, l * N_PER_LEVEL + i));
    p->help = probes[i].help;
    p->in_dump = false;
    if (i == BY_ANCHOR || i == OVERLAP)
      p->group = "overlap";
  }
}

static void
name_objects (KdMethodCx *cx, KdNode *assignment, int n_levels)
{
  static const struct {
    const char *name, *title, *help;
  } probes[N_REST] = {
    { "anchors_of_box", "Anchors of each object", "a row an object, a column a level" },
    { "best_of_box", "Best overlap of each object", "IoU: a row an object, a column a level" },
  };
  for (int i = 0; i < N_REST; i++) {
    KdProbe *p = kd_cx_probe (cx, KD_PROBE_LIST, probes[i].name, probes[i].title, -1,
                              kd_host_output (assignment, n_levels * N_PER_LEVEL + i));
    p->help = probes[i].help;
    p->axes = KD_AXES_NC;
    p->in_dump = false;
  }
}

static void
build (KdMethodCx *cx)
{
  const KdMethodInputs *in = kd_cx_inputs (cx);
  if (!in->matched) /* a dump: its detector's rule is its own */
    return;
  const int L = in->n_levels, n_boxes = kd_node_shape (in->targets.boxes).n;
  Levels data = { .n_images = in->n_images, .n_levels = L };
  KdNode *inputs[ANCHORS + KD_MAX_LEVELS] = {
    [BOXES] = in->targets.boxes,
    [IMAGES] = in->targets.images,
    [MATCHED] = in->matched,
  };
  KdHostOutput outputs[KD_MAX_LEVELS * N_PER_LEVEL + N_REST];
  for (int l = 0; l < L; l++) {
    const KdShape s = kd_node_shape (in->feature[KD_STUDENT][l]);
    const int A = kd_node_shape (in->anchors[l]).n / (s.h * s.w);
    data.map[l] = kd_shape (s.n, A, s.h, s.w);
    inputs[ANCHORS + l] = in->anchors[l];
    for (int i = 0; i < N_PER_LEVEL; i++)
      outputs[l * N_PER_LEVEL + i] =
          (KdHostOutput){ .shape = i == OWNER || i == BY_ANCHOR ? data.map[l]
                                                                : kd_shape (s.n, 1, s.h, s.w) };
  }
  for (int i = 0; i < N_REST; i++)
    outputs[L * N_PER_LEVEL + i] =
        (KdHostOutput){ .shape = kd_shape (n_boxes, L, 1, 1), .live = true };
  kd_graph_set_phase (kd_cx_graph (cx), KD_PHASE_SELECT);
  KdNode *assignment =
      kd_host (kd_cx_graph (cx), "assignment_view", outputs, L * N_PER_LEVEL + N_REST,
               show_assignment, &data, sizeof data, inputs, ANCHORS + L);
  for (int l = 0; l < L; l++)
    name_level (cx, assignment, l);
  name_objects (cx, assignment, L);
}

const KdMethod kd_method_none = {
  .id = "none",
  .title = "No distillation",
  .venue = "",
  .paper = "Training on the labels alone",
  .bibtex = "",
  .idea = "The student sees the same images in the same order as every other run and starts from "
          "the same weights, but nobody "
          "teaches it. What a method gains is its distance to this twin.",
  .formula = "L = L<sub>cls</sub> + L<sub>reg</sub>",
  .symbols = symbols,
  .n_symbols = G_N_ELEMENTS (symbols),
  .needs = KD_NEEDS_NOTHING,
  .n_phases = 1,
  .wall = wall,
  .n_wall = G_N_ELEMENTS (wall),
  .figures = figures,
  .n_figures = G_N_ELEMENTS (figures),
  .demo_scale = 1,
  .build = build,
};
