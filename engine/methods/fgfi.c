/* SPDX-License-Identifier: MIT */

/*
 * FGFI: Distilling Object Detectors with Fine-grained Feature Imitation
 * Wang, Yuan, Zhang, Feng; CVPR 2019, arXiv 1906.03609
 *
 * top(g)   = the best IoU of box g with any anchor of the level that it goes to
 * mask     = 1 at cells with an anchor whose IoU with a box is > psi top of that box (strictly)
 * S_l      = sum of mask (a - t)^2 over a level, a the student's feature after its adapter; P_l = sum of mask over the batch
 * L        = weight 1/n_levels sum_l S_l / max (1, 2 P_l)            (norm = level)
 *          = weight sum_l S_l / max (1, 2 sum_l P_l)                 (norm = global)
 *
 * The paper and its code (twangnh/Distilling-Object-Detectors) know one level, stride 16: assign = level, iou_plus_one and
 * adapt_relu give that formula ("single-level"). For a pyramid we follow the only code near an author's word (ggjy/DeFeat.pytorch,
 * mask-neck-roi): a box goes to one level by its size, IoU without +1, the mean over levels; that code also divides by the channels and
 * weighs with 3 ("fpn"). Normaliser and weight are the first one's by default: 0.01 * 256 channels is about 3.
 * Departures, each on purpose:
 *   - the paper says that psi = 0 keeps every cell, the code those with any overlap: we follow the code;
 *   - an image without objects divides by zero there: max (1, .) changes no other case;
 *   - the code starts adapters at fmod (N(0,1), 2) * 1e-4: ours is N(0, 1e-4) without that wrap of the tails.
 */
#include "engine/methods/method.h"

#include <math.h>

/* ---- the constants -------------------------------------------------------------------------------- */

enum { ASSIGN_SIZE, ASSIGN_LEVEL, ASSIGN_GLOBAL };
enum { INIT_REFERENCE, INIT_FAST };

static const char *const assign_choices[] = { "size", "level", "global", NULL };
static const char *const norm_choices[] = { "level", "global", NULL };
static const char *const init_choices[] = { "reference", "fast", NULL };

/* clang-format off */
static const KdKnob knobs[] = {
  { .id = "weight", .label = "Weight",
    .help = "scales loss and gradient; no effect on the mask",
    .type = KD_KNOB_REAL, .value = 0.01, .min = 1e-5, .max = 10, .log = true, .zero = true,
    .presets = { { "fpn", 3 }, { "single-level", 0.01 }, { "two-stage", 0.01 } } },
  { .id = "psi", .label = "Threshold",
    .help = "of each object's own best IoU; up: regions shrink to the object's centre; 1: empty; 0: any overlap",
    .type = KD_KNOB_REAL, .value = 0.5, .min = 0, .max = 1 },
  { .id = "assign", .label = "Level of an object",
    .help = "size: one level by the object's size; level: every level with its own best anchor; global: every level against the best of all",
    .type = KD_KNOB_CHOICE, .value = ASSIGN_SIZE, .choices = assign_choices,
    .presets = { { "single-level", ASSIGN_LEVEL } } },
  { .id = "base_scale", .label = "Base scale",
    .help = "px; objects up to twice this side go to the finest level; 0: 7 times the finest stride",
    .type = KD_KNOB_REAL, .value = 56, .min = 4, .max = 256, .log = true, .zero = true, .at_zero = "auto",
    .presets = { { "demo", 16 } } },
  { .id = "norm", .label = "Norm",
    .help = "level: each level is divided by its own number of cells; global: all by the sum",
    .type = KD_KNOB_CHOICE, .value = 0, .choices = norm_choices },
  { .id = "channel_mean", .label = "Mean over channels",
    .help = "on: the loss is divided by the teacher's channels too; then the weight is 2 to 3",
    .type = KD_KNOB_SWITCH, .value = 0, .min = 0, .max = 1,
    .presets = { { "fpn", 1 } } },
  { .id = "adapt_relu", .label = "ReLU after the adapter",
    .help = "for teacher features taken after a ReLU",
    .type = KD_KNOB_SWITCH, .value = 0, .min = 0, .max = 1, .structural = true,
    .presets = { { "single-level", 1 } } },
  { .id = "iou_plus_one", .label = "IoU with +1",
    .help = "old pixel-inclusive boxes; differs visibly only for tiny ones",
    .type = KD_KNOB_SWITCH, .value = 0, .min = 0, .max = 1,
    .presets = { { "single-level", 1 } } },
  { .id = "warmup_steps", .label = "Warm-up",
    .help = "training steps during which the term is off; no effect on a dump",
    .type = KD_KNOB_INT, .value = 400, .min = 0, .max = 100000,
    .presets = { { "demo", 0 } } },
  { .id = "adapter_init", .label = "Adapter's start",
    .help = "reference: so small that the student feels nothing at first; fast: N(0, 1/(3 sqrt (channels)))",
    .type = KD_KNOB_CHOICE, .value = INIT_REFERENCE, .choices = init_choices, .structural = true },
};

static const KdPart parts[] = {
  { "adapters", "a 3x3 convolution per level to the teacher's channels, trained with the student, dropped at inference", "adapt" },
};

static const KdWallRow wall[] = {
  { "Imitation region", { "mask" } },
  { "IoU of the best anchor", { "near" } },
  { "By anchor shape", { "near_by_anchor" } },
  { "Anchors that pass", { "count" } },
  { "Difference", { "diff" } },
  { "Difference in the region", { "masked_diff" } },
};

static const KdFigure figures[] = {
  { .kind = KD_FIGURE_ANCHORS, .id = "anchors", .title = "Anchors and their union",
    .help = "The threshold is relative to each object's own best anchor; the region reaches outside the box; an object that is on no level has none",
    .probes = { "iou_of_box", "best_iou_of_box", "threshold_of_box", "cells_of_box", "near_by_anchor", "mask", "count" },
    .knobs = { "psi" } },
};
/* clang-format on */

/* ---- the imitation region: boxes and anchors to cells --------------------------------------------- */

typedef struct {
  KdSize image;
  int n_images, n_levels, first_stride, channels;
  KdShape map[KD_MAX_LEVELS]; /* [N,A,H,W] */
} Regions;

enum { BOXES, IMAGES, PSI, ASSIGN, BASE_SCALE, PLUS_ONE, NORM, CHANNEL_MEAN, ANCHORS };

/* Outputs: these for every level, then the two that have none. */
enum {
  COUNT,          /* [N,1,H,W] pairs of a box and an anchor that pass */
  NEAR,           /* [N,1,H,W] largest IoU / top */
  NEAR_BY_ANCHOR, /* [N,A,H,W] the same for each anchor of the cell */
  SHARE,          /* scalar: what norm and channel_mean make of a summed square */
  N_PER_LEVEL
};
enum { CELLS_OF_BOX, WITHOUT_CELLS, N_REST };

/* One box on its way: best IoU on each level, and on which levels it takes part. */
typedef struct {
  KdBox box;
  int index, image;
  double top[KD_MAX_LEVELS];
} Object;

/* Width and height are e larger than the difference of the corners: e = 1 counts pixels. */
static double
iou (KdBox a, KdBox b, double e)
{
  const double area_a = (a.x2 - a.x1 + e) * (a.y2 - a.y1 + e);
  const double area_b = (b.x2 - b.x1 + e) * (b.y2 - b.y1 + e);
  const double width = fmax (fmin (a.x2, b.x2) - fmax (a.x1, b.x1) + e, 0);
  const double height = fmax (fmin (a.y2, b.y2) - fmax (a.y1, b.y1) + e, 0);
  const double both = width * height, all = area_a + area_b - both;
  return all > 0 ? both / all : 0;
}

/* A box that overlaps nothing by definition. */
static bool
is_empty (KdBox box, double e)
{
  const bool flat = box.x1 == box.x2, low = box.y1 == box.y2;
  return e > 0 ? flat && low : flat || low;
}

static double
best_iou (const KdNode *anchors, KdBox box, double e)
{
  double best = 0;
  for (int p = 0; p < kd_node_live_rows (anchors); p++)
    best = fmax (best, iou (kd_select_box (anchors, p), box, e));
  return best;
}

static double
base_scale (const KdHostCall *call, const Regions *regions)
{
  const double given = kd_select_number (call->inputs[BASE_SCALE]);
  return given > 0 ? given : 7.0 * regions->first_stride;
}

/* top of the box on each level, 0 where it does not take part */
static void
find_tops (const KdHostCall *call, const Regions *r, Object *object)
{
  const double e = kd_select_number (call->inputs[PLUS_ONE]);
  const int assign = (int) kd_select_number (call->inputs[ASSIGN]);
  const KdBox box = object->box;
  const int own = kd_select_box_level (box.x2 - box.x1 + 1, box.y2 - box.y1 + 1,
                                       base_scale (call, r), r->n_levels);
  double best = 0;
  for (int l = 0; l < r->n_levels; l++) {
    const bool takes_part = assign != ASSIGN_SIZE || l == own;
    object->top[l] =
        takes_part && !is_empty (box, e) ? best_iou (call->inputs[ANCHORS + l], box, e) : 0;
    best = fmax (best, object->top[l]);
  }
  if (assign == ASSIGN_GLOBAL)
    for (int l = 0; l < r->n_levels; l++)
      object->top[l] = best;
}

/* Returns the number of the level's cells that the box marks. */
static int
mark_level (const KdHostCall *call, const Regions *r, const Object *object, int l)
{
  const double top = object->top[l];
  if (!(top > 0))
    return 0;
  const double e = kd_select_number (call->inputs[PLUS_ONE]);
  const double least = kd_select_number (call->inputs[PSI]) * top;
  const KdNode *anchors = call->inputs[ANCHORS + l];
  const int A = r->map[l].c, n_cells = r->map[l].h * r->map[l].w;
  const size_t first = (size_t) object->image * (size_t) n_cells;
  kd_real *const *level = call->values + l * N_PER_LEVEL;
  int n_marked = 0;
  for (int cell = 0; cell < n_cells; cell++) {
    const size_t at = first + (size_t) cell;
    bool marked = false;
    for (int a = 0; a < A; a++) {
      const double overlap = iou (kd_select_box (anchors, cell * A + a), object->box, e);
      const kd_real near = (kd_real) (overlap / top);
      kd_real *by_anchor = &level[NEAR_BY_ANCHOR][at * (size_t) A + (size_t) a];
      *by_anchor = MAX (*by_anchor, near);
      level[NEAR][at] = MAX (level[NEAR][at], near);
      if (overlap > least) {
        level[COUNT][at] += 1;
        marked = true;
      }
    }
    n_marked += marked;
  }
  return n_marked;
}

/* 1 / (n_levels max (1, 2 q P_l)), or 1 / max (1, 2 q sum P) on all levels */
static void
share_out (const KdHostCall *call, const Regions *r)
{
  const bool global = kd_select_number (call->inputs[NORM]) > 0;
  const double q = kd_select_number (call->inputs[CHANNEL_MEAN]) > 0 ? r->channels : 1;
  double P[KD_MAX_LEVELS] = { 0 }, all = 0;
  for (int l = 0; l < r->n_levels; l++) {
    const size_t n = (size_t) r->map[l].n * (size_t) r->map[l].h * (size_t) r->map[l].w;
    for (size_t i = 0; i < n; i++)
      P[l] += call->values[l * N_PER_LEVEL + COUNT][i] > 0;
    all += P[l];
  }
  for (int l = 0; l < r->n_levels; l++) {
    const double share =
        global ? 1 / fmax (1, 2 * q * all) : 1 / (r->n_levels * fmax (1, 2 * q * P[l]));
    call->values[l * N_PER_LEVEL + SHARE][0] = (kd_real) share;
  }
}

static void
select_regions (const KdHostCall *call, const void *data)
{
  const Regions *r = data;
  const int rest = r->n_levels * N_PER_LEVEL;
  const int n_boxes = kd_node_live_rows (call->inputs[BOXES]);
  call->live[rest + CELLS_OF_BOX] = n_boxes;
  for (int i = 0; i < n_boxes; i++) {
    Object object = { .box = kd_select_box (call->inputs[BOXES], i),
                      .index = i,
                      .image = kd_node_ints (call->inputs[IMAGES])[i] };
    if (!kd_select_box_is_usable (object.box, r->image))
      continue;
    find_tops (call, r, &object);
    int n_marked = 0;
    for (int l = 0; l < r->n_levels; l++) {
      const int n = mark_level (call, r, &object, l);
      call->values[rest + CELLS_OF_BOX][i * r->n_levels + l] = (kd_real) n;
      n_marked += n;
    }
    call->values[rest + WITHOUT_CELLS][0] += n_marked ? 0 : 1;
  }
  share_out (call, r);
}

/* For people: every object's IoU with each anchor of a level [G,A*H*W], anchor shape by anchor shape; then best and least [G,L]. */
enum { BEST_OF_BOX, LEAST_OF_BOX, N_OBJECT_REST };

static void
compare_objects (const KdHostCall *call, const void *data)
{
  const Regions *r = data;
  const double e = kd_select_number (call->inputs[PLUS_ONE]);
  const double psi = kd_select_number (call->inputs[PSI]);
  const int n_boxes = kd_node_live_rows (call->inputs[BOXES]);
  for (int i = 0; i < r->n_levels + N_OBJECT_REST; i++)
    call->live[i] = n_boxes;
  for (int i = 0; i < n_boxes; i++) {
    Object object = { .box = kd_select_box (call->inputs[BOXES], i) };
    if (!kd_select_box_is_usable (object.box, r->image))
      continue;
    find_tops (call, r, &object);
    for (int l = 0; l < r->n_levels; l++) {
      const int A = r->map[l].c, n_cells = r->map[l].h * r->map[l].w;
      kd_real *row = call->values[l] + (size_t) i * (size_t) (A * n_cells);
      for (int p = 0; object.top[l] > 0 && p < A * n_cells; p++)
        row[p % A * n_cells + p / A] =
            (kd_real) iou (kd_select_box (call->inputs[ANCHORS + l], p), object.box, e);
      call->values[r->n_levels + BEST_OF_BOX][i * r->n_levels + l] = (kd_real) object.top[l];
      call->values[r->n_levels + LEAST_OF_BOX][i * r->n_levels + l] =
          (kd_real) (psi * object.top[l]);
    }
  }
}

static void
show_anchors (KdMethodCx *cx, const Regions *data, KdNode *const *inputs)
{
  const int L = data->n_levels, n_boxes = kd_node_shape (inputs[BOXES]).n;
  KdHostOutput outputs[KD_MAX_LEVELS + N_OBJECT_REST];
  for (int l = 0; l < L; l++)
    outputs[l] = (KdHostOutput){
      .shape = kd_shape (n_boxes, data->map[l].c * data->map[l].h * data->map[l].w, 1, 1),
      .live = true,
    };
  for (int i = 0; i < N_OBJECT_REST; i++)
    outputs[L + i] = (KdHostOutput){ .shape = kd_shape (n_boxes, L, 1, 1), .live = true };
  KdNode *objects = kd_host (kd_cx_graph (cx), "object_anchors", outputs, L + N_OBJECT_REST,
                             compare_objects, data, sizeof *data, inputs, ANCHORS + L);
  for (int l = 0; l < L; l++) {
    KdProbe *p =
        kd_cx_probe (cx, KD_PROBE_LIST, "iou_of_box", "IoU of each object with the anchors", l,
                     kd_host_output (objects, l));
    p->axes = KD_AXES_NC;
    p->in_dump = false;
    p->help = "a row an object: anchor shape by anchor shape, row by row; 0: not on this level";
  }
  static const struct {
    const char *name, *title, *help;
  } lists[N_OBJECT_REST] = {
    { "best_iou_of_box", "Best IoU of each object",
      "a row an object, a column a level; 0: not on this level" },
    { "threshold_of_box", "Threshold of each object",
      "IoU that an anchor must exceed: a row an object, a column a level" },
  };
  for (int i = 0; i < N_OBJECT_REST; i++) {
    KdProbe *p = kd_cx_probe (cx, KD_PROBE_LIST, lists[i].name, lists[i].title, -1,
                              kd_host_output (objects, L + i));
    p->axes = KD_AXES_NC;
    p->in_dump = false;
    p->help = lists[i].help;
  }
}

static KdNode *
build_regions (KdMethodCx *cx)
{
  KdGraph *g = kd_cx_graph (cx);
  const KdMethodInputs *in = kd_cx_inputs (cx);
  const int n_levels = kd_cx_levels (cx);
  Regions data = { .image = in->image,
                   .n_images = in->n_images,
                   .n_levels = n_levels,
                   .first_stride = in->strides[0],
                   .channels = kd_cx_channels (cx, KD_TEACHER) };
  KdNode *inputs[ANCHORS + KD_MAX_LEVELS] = {
    [BOXES] = in->targets.boxes,
    [IMAGES] = in->targets.images,
    [PSI] = kd_cx_knob (cx, "psi"),
    [ASSIGN] = kd_cx_knob (cx, "assign"),
    [BASE_SCALE] = kd_cx_knob (cx, "base_scale"),
    [PLUS_ONE] = kd_cx_knob (cx, "iou_plus_one"),
    [NORM] = kd_cx_knob (cx, "norm"),
    [CHANNEL_MEAN] = kd_cx_knob (cx, "channel_mean"),
  };
  KdHostOutput outputs[KD_MAX_LEVELS * N_PER_LEVEL + N_REST];
  for (int l = 0; l < n_levels; l++) {
    const KdShape s = kd_node_shape (kd_cx_feature (cx, KD_TEACHER, l));
    const int A = kd_node_shape (in->anchors[l]).n / (s.h * s.w);
    data.map[l] = kd_shape (s.n, A, s.h, s.w);
    inputs[ANCHORS + l] = in->anchors[l];
    KdHostOutput *level = outputs + l * N_PER_LEVEL;
    level[COUNT] = (KdHostOutput){ .shape = kd_shape (s.n, 1, s.h, s.w) };
    level[NEAR] = (KdHostOutput){ .shape = kd_shape (s.n, 1, s.h, s.w) };
    level[NEAR_BY_ANCHOR] = (KdHostOutput){ .shape = data.map[l] };
    level[SHARE] = (KdHostOutput){ .shape = KD_SCALAR_SHAPE };
  }
  KdHostOutput *rest = outputs + n_levels * N_PER_LEVEL;
  const int n_boxes = kd_node_shape (in->targets.boxes).n;
  rest[CELLS_OF_BOX] = (KdHostOutput){ .shape = kd_shape (n_boxes, n_levels, 1, 1), .live = true };
  rest[WITHOUT_CELLS] = (KdHostOutput){ .shape = KD_SCALAR_SHAPE };
  show_anchors (cx, &data, inputs);
  return kd_host (g, "imitation_regions", outputs, n_levels * N_PER_LEVEL + N_REST, select_regions,
                  &data, sizeof data, inputs, ANCHORS + n_levels);
}

/* ---- pictures -------------------------------------------------------------------------------------- */

/* Nodes of one level that people look at. */
typedef struct {
  KdNode *mask, *count, *near, *near_by_anchor;
  KdNode *error,
      *masked; /* squared difference summed over channels, everywhere and in the region */
} LevelMaps;

static void
show_level (KdMethodCx *cx, int l, const LevelMaps *m)
{
  KdGraph *g = kd_cx_graph (cx);
  const double per_channel = 1.0 / kd_cx_channels (cx, KD_TEACHER);
  KdProbe *p = kd_cx_probe (cx, KD_PROBE_MAP, "mask", "Imitation region", l, m->mask);
  p->style = KD_STYLE_BINARY;
  p->help =
      "cells whose anchors are nearly as good as an object's best one; it reaches outside the "
      "box, and an object on another level has none here";
  p = kd_cx_probe (cx, KD_PROBE_MAP, "count", "Anchors that pass", l, m->count);
  p->help = "pairs of an object and an anchor of this cell above the threshold";
  p = kd_cx_probe (cx, KD_PROBE_MAP, "near", "IoU / the object's best", l, m->near);
  p->group = "near";
  p->help = "the region is where this exceeds the threshold: it is relative to each object's best";
  p = kd_cx_probe (cx, KD_PROBE_FEATURE, "near_by_anchor", "IoU by anchor shape", l,
                   m->near_by_anchor);
  p->group = "near";
  p->in_dump = false;
  p->help = "the same for each anchor of a cell, one channel a shape; their union makes the region";
  p = kd_cx_probe (cx, KD_PROBE_MAP, "diff", "Difference", l, kd_scale (g, m->error, per_channel));
  p->group = "difference";
  p->help = "mean over channels of (student - teacher)², also where nothing is imitated";
  p = kd_cx_probe (cx, KD_PROBE_MAP, "masked_diff", "Difference in the region", l,
                   kd_scale (g, m->masked, per_channel));
  p->group = "difference";
  p->help = "where this loss comes from";
}

static void
show_objects (KdMethodCx *cx, KdNode *cells_of_box, KdNode *without_cells)
{
  KdProbe *p =
      kd_cx_probe (cx, KD_PROBE_MATRIX, "cells_of_box", "Cells of each object", -1, cells_of_box);
  p->in_dump = false;
  p->unit = "cells";
  p->help = "a row per object, a column per level: an object with no cell at all is not imitated";
  kd_cx_warn (cx, without_cells, "an object has no cell in any level's region: it is not imitated");
}

/* ---- the term --------------------------------------------------------------------------------------- */

static KdNode *
adapt (KdMethodCx *cx, int l)
{
  const double fan_in = 9.0 * kd_cx_channels (cx, KD_STUDENT);
  const bool fast = kd_cx_structural (cx, "adapter_init") == INIT_FAST;
  const KdInit init = { KD_INIT_NORMAL, fast ? 1 / sqrt (fan_in) : 1e-4 };
  return kd_cx_adapted (cx, l, 3, &init);
}

/* The weight, 0 while training warms up. */
static KdNode *
current_weight (KdMethodCx *cx)
{
  KdGraph *g = kd_cx_graph (cx);
  KdNode *weight = kd_cx_knob (cx, "weight");
  if (kd_cx_is_dump (cx))
    return weight;
  KdNode *after = kd_sub (g, kd_cx_step (cx), kd_cx_knob (cx, "warmup_steps"));
  return kd_mul (g, weight, kd_clamp (g, kd_shift (g, after, 1), 0, 1));
}

static void
build (KdMethodCx *cx)
{
  KdGraph *g = kd_cx_graph (cx);
  const int n_levels = kd_cx_levels (cx);
  KdNode *adapted[KD_MAX_LEVELS];
  for (int l = 0; l < n_levels; l++)
    adapted[l] = adapt (cx, l);

  kd_graph_set_phase (g, KD_PHASE_SELECT);
  KdNode *regions = build_regions (cx);
  KdNode *weight = current_weight (cx);

  kd_graph_set_phase (g, KD_PHASE_LOSS);
  KdNode *cells[KD_MAX_LEVELS] = { NULL }, *value = NULL;
  for (int l = 0; l < n_levels; l++) {
    const int first = l * N_PER_LEVEL;
    LevelMaps m = { .count = kd_host_output (regions, first + COUNT),
                    .near = kd_host_output (regions, first + NEAR),
                    .near_by_anchor = kd_host_output (regions, first + NEAR_BY_ANCHOR) };
    m.mask = kd_clamp (g, m.count, 0, 1);
    m.error = kd_weighted_sse_map (g, adapted[l], kd_cx_feature (cx, KD_TEACHER, l), NULL, NULL);
    m.masked = kd_mul (g, m.error, m.mask);
    cells[l] = kd_mul (g, m.masked, kd_mul (g, weight, kd_host_output (regions, first + SHARE)));
    KdNode *sum = kd_sum (g, cells[l], KD_AXES_NCHW);
    value = value ? kd_add (g, value, sum) : sum;
    show_level (cx, l, &m);
  }
  const int rest = n_levels * N_PER_LEVEL;
  show_objects (cx, kd_host_output (regions, rest + CELLS_OF_BOX),
                kd_host_output (regions, rest + WITHOUT_CELLS));
  kd_cx_term (cx, "imitation", value, cells, NULL);
}

/* clang-format off */
static const KdSymbol symbols[] = {
  { "L<sub>im</sub>", "error inside the imitation region", .term = "imitation" },
  { "M", "imitation region: 1 near objects, else 0", .probe = "mask" },
  { "IoU", "the best anchor's overlap with an object, cell by cell", .probe = "near" },
  { "ψ", "threshold, relative to the object's own best anchor", .knob = "psi" },
  { "w", "weight", .knob = "weight" },
};

static const KdDeparture departures[] = {
  { "one level (stride 16): every object is compared there", "the same; pyramids assign an object to one level by its size, as the code of DeFeat's authors does", "assign", "level", "size", .mark = "M" },
  { "ψ = 0 keeps every cell", "only cells with any overlap; followed here", .mark = "ψ" },
};
/* clang-format on */

const KdMethod kd_method_fgfi = {
  .id = "fgfi",
  .title = "FGFI",
  .venue = "CVPR 2019",
  .paper = "Distilling Object Detectors with Fine-grained Feature Imitation; Wang, Yuan, Zhang, "
           "Feng; arXiv 1906.03609",
  .bibtex = "@inproceedings{wang2019fgfi,\n"
            "  title     = {Distilling Object Detectors with Fine-grained Feature Imitation},\n"
            "  author    = {Wang, Tao and Yuan, Li and Zhang, Xiaopeng and Feng, Jiashi},\n"
            "  booktitle = {IEEE/CVF Conference on Computer Vision and Pattern Recognition},\n"
            "  pages     = {4933--4942},\n"
            "  year      = {2019}\n"
            "}\n",
  .idea =
      "A detector cares about the places whose anchors overlap an object, not about the whole "
      "map. For every object, the cells that hold an anchor nearly as good as its best one form "
      "the imitation region. The student copies the teacher's features there and nowhere else, "
      "so it learns how the response changes from cell to cell around an object.",
  .formula = "L<sub>im</sub> = w/L Σ<sub>l</sub> 1/(2 P<sub>l</sub>) Σ M (r(F<sub>s</sub>) − "
             "F<sub>t</sub>)²\n"
             "M = 1 where an anchor's IoU &gt; ψ · the object's best IoU,  P = Σ M",
  .symbols = symbols,
  .n_symbols = G_N_ELEMENTS (symbols),
  .departures = departures,
  .n_departures = G_N_ELEMENTS (departures),
  .needs = KD_NEEDS_TEACHER_FEATURE | KD_NEEDS_STUDENT_FEATURE | KD_NEEDS_ANCHORS | KD_NEEDS_BOXES |
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
  /* Built-in scenes, shipped teacher, AP above the twin's. 3,000 steps, seed 16: 8.5 (the gradient at the student's features is 0.5 times
   * the detection loss's). 1,500 steps: the reference's small start 4.6 (scale 3, seed 13); the fast start 1.3 (3, seed 11) and 2.1
   * (1, seed 13). */
  .demo_scale = 3,
  .demo_ramp = 100,
  .build = build,
};
