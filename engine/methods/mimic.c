/* SPDX-License-Identifier: MIT */

/*
 * Mimic: Mimicking Very Efficient Network for Object Detection
 * Li, Jin, Yan; CVPR 2017
 *
 * Regions i = 1..R of the batch, each on the level that its size says; D = a - t, a the student's feature after its adapter:
 *   Q_i       = D sampled in region i (roialign: pool x pool bins; crop: the cells it touches), m_i values
 *   L_feature = weight/(2 max (1, R)) sum_i |Q_i|^2 / m_i
 *   L_logit   = logit_weight/(2 max (1, Z)) sum (z_s - z_t)^2 over the Z proposals' class scores (the paper's second stage)
 *
 * There is no official code. Closest is "SampleFeature" of United-Perception (by the authors' company): RoIAlign 7x7 on the assigned FPN
 * level, mean squared error, /2, weight 1, which is the term above with m_i = C 7 7. Against it and the paper:
 *   - the paper samples one map by spatial pyramids (max pooling at a few grids); we use RoIAlign, with the half-pixel shift that
 *     the other lacks;
 *   - regions are the student's, as in the paper, not the teacher's; a one-stage student has no proposals, so its dense head plays
 *     their part: best class scores, decoded, NMS over all classes and levels;
 *   - no region gives 0; the other asserts.
 * Sampling is linear: the difference is sampled once instead of either side.
 */
#include "engine/base/i18n.h"
#include "engine/methods/method.h"

#include <math.h>

/* ---- the constants -------------------------------------------------------------------------------- */

enum { SAMPLE_ROIALIGN, SAMPLE_CROP };
enum { SOURCE_AUTO, SOURCE_PROPOSALS, SOURCE_STUDENT, SOURCE_TEACHER, SOURCE_GT };

static const char *const sample_choices[] = { "roialign", "crop", NULL };
static const char *const source_choices[] = {
  "auto", "proposals", "student", "teacher", "gt", NULL
};

/* clang-format off */
static const KdKnob knobs[] = {
  { .id = "weight", .label = "Weight",
    .help = "scales the loss only",
    .type = KD_KNOB_REAL, .value = 1, .min = 1e-3, .max = 100, .log = true, .zero = true },
  { .id = "sample", .label = "Sampling",
    .help = "roialign: as many samples for every region; crop: the cells that it touches",
    .type = KD_KNOB_CHOICE, .value = SAMPLE_ROIALIGN, .choices = sample_choices, .structural = true },
  { .id = "pool", .label = "Bins a side",
    .help = "up: a finer comparison inside each region",
    .type = KD_KNOB_INT, .value = 7, .min = 1, .max = 14, .structural = true,
    .presets = { { "demo", 4 } } },
  { .id = "sampling", .label = "Samples a bin's side",
    .help = "up: each bin averages over more points",
    .type = KD_KNOB_INT, .value = 2, .min = 1, .max = 4, .structural = true },
  { .id = "source", .label = "Regions from",
    .help = "whose boxes are compared; auto: proposals where there are some, else the student's own detections",
    .type = KD_KNOB_CHOICE, .value = SOURCE_AUTO, .choices = source_choices, .structural = true,
    .presets = { { "two-stage", SOURCE_PROPOSALS } } },
  { .id = "num_proposals", .label = "Regions an image",
    .help = "up: coverage spreads from objects over the image",
    .type = KD_KNOB_INT, .value = 64, .min = 1, .max = 512, .structural = true,
    .presets = { { "demo", 16 } } },
  { .id = "pre_nms", .label = "Candidates",
    .help = "best scores of an image that reach NMS",
    .type = KD_KNOB_INT, .value = 1000, .min = 10, .max = 4000,
    .presets = { { "demo", 200 } } },
  { .id = "nms_iou", .label = "NMS IoU",
    .help = "up: stacks of near-equal boxes on objects",
    .type = KD_KNOB_REAL, .value = 0.7, .min = 0.3, .max = 0.95 },
  { .id = "min_size", .label = "Smallest side",
    .help = "px; regions with a shorter side are dropped",
    .type = KD_KNOB_REAL, .value = 1, .min = 0, .max = 32 },
  { .id = "base_scale", .label = "Base scale",
    .help = "px; regions up to twice this side are compared on the finest level; 0: 7 times the finest stride",
    .type = KD_KNOB_REAL, .value = 56, .min = 4, .max = 256, .log = true, .zero = true, .at_zero = "auto",
    .presets = { { "demo", 16 } } },
  { .id = "roi_levels", .label = "Levels",
    .help = "how many levels hold regions, from the finest; 0: all of them",
    .type = KD_KNOB_INT, .value = 0, .min = 0, .max = KD_MAX_LEVELS, .at_zero = "all",
    .presets = { { "two-stage", 4 } } },
  { .id = "adapt_relu", .label = "ReLU after the adapter",
    .help = "for teacher features taken after a ReLU",
    .type = KD_KNOB_SWITCH, .value = 0, .min = 0, .max = 1, .structural = true },
  { .id = "logit_weight", .label = "Weight of class scores",
    .help = "the paper's second stage: up: the proposals' class scores are imitated too; two-stage detectors only",
    .type = KD_KNOB_REAL, .value = 0, .min = 0, .max = 10, .structural = true },
  { .id = "adapter_start", .label = "Adapter's start",
    .help = "uniform: as PyTorch's convolutions; small: so small that the student feels nothing until the adapter has learned",
    .type = KD_KNOB_CHOICE, .value = KD_ADAPTER_UNIFORM, .choices = kd_adapter_starts, .structural = true,
    .presets = { { "demo", KD_ADAPTER_SMALL } } },
  { .id = "adapter_kernel", .label = "Adapter's size",
    .help = "3x3: the adapter sees the neighbouring cells, too",
    .type = KD_KNOB_CHOICE, .value = KD_ADAPTER_1X1, .choices = kd_adapter_kernels, .structural = true,
    .presets = { { "demo", KD_ADAPTER_3X3 } } },
};

static const KdPart parts[] = {
  { "adapters", "a convolution per level (1x1 in the paper) to the teacher's channels (the paper's transformation layer), trained with the student, dropped at inference", "adapt" },
};

static const KdWallRow wall[] = {
  { "Coverage", { "coverage" } },
  { "Compared cells", { "mask" } },
  { "Difference", { "diff" } },
};

static const KdFigure figures[] = {
  { .kind = KD_FIGURE_REGIONS, .id = "regions", .title = "Regions and their tiles",
    .help = "Only regions are imitated; cells under several of them count several times, so an object with many regions weighs more",
    .probes = { "regions", "region_image", "region_level", "region_error", "coverage", "tile_teacher", "tile_student", "tile_error" } },
};
/* clang-format on */

/* ---- regions ----------------------------------------------------------------------------------------- */

typedef struct {
  KdSize image;
  int n_images, n_levels, source, max, n_anchors, n_classes, capacity;
  int strides[KD_MAX_LEVELS], anchors_a_cell[KD_MAX_LEVELS];
  KdSize map[KD_MAX_LEVELS];
} Regions;

enum {
  MIN_SIZE,
  BASE_SCALE,
  ROI_LEVELS,
  PRE_NMS,
  NMS_IOU,
  BOXES,
  IMAGES = BOXES + 1,
  HEADS = BOXES
};
/* Of a dense source, from HEADS on, for every level. */
enum { HEAD_ANCHORS, HEAD_CLS, HEAD_REG, N_PER_HEAD };
enum { N_INPUTS = HEADS + N_PER_HEAD * KD_MAX_LEVELS };

enum {
  REGION,       /* [R,4] clipped, live rows */
  REGION_IMAGE, /* int32 [R] */
  REGION_LEVEL, /* int32 [R] */
  PER_REGION,   /* scalar 1 / max (1, R) */
  NONE,         /* scalar: 1 if there is no region at all */
  CANDIDATES,   /* memory of the dense sources */
  N_REST,
};
/* Then for every level: */
enum {
  COVERAGE,    /* [N,1,H,W] number of regions over a cell */
  CROP_WEIGHT, /* [N,1,H,W] sum over them of 1 / (their cells) */
  N_PER_LEVEL
};

typedef struct {
  int column0, row0, column1, row1; /* half-open */
} Cells;

static Cells
region_cells (KdBox box, int stride, KdSize map)
{
  Cells c = { .column0 = MIN ((int) (box.x1 / stride), map.width - 1),
              .row0 = MIN ((int) (box.y1 / stride), map.height - 1) };
  c.column1 = MIN (MAX ((int) ceil (box.x2 / stride), c.column0 + 1), map.width);
  c.row1 = MIN (MAX ((int) ceil (box.y2 / stride), c.row0 + 1), map.height);
  return c;
}

static void
cover (const KdHostCall *call, const Regions *r, KdBox box, int image, int level)
{
  const KdSize map = r->map[level];
  const Cells c = region_cells (box, r->strides[level], map);
  const size_t first = (size_t) image * (size_t) map.height * (size_t) map.width;
  kd_real *const *maps = call->values + N_REST + level * N_PER_LEVEL;
  const double weight = 1.0 / ((c.column1 - c.column0) * (c.row1 - c.row0));
  for (int y = c.row0; y < c.row1; y++)
    for (int x = c.column0; x < c.column1; x++) {
      maps[COVERAGE][first + (size_t) (y * map.width + x)] += 1;
      maps[CROP_WEIGHT][first + (size_t) (y * map.width + x)] += (kd_real) weight;
    }
}

/* One more region; @box is clipped. */
static void
add_region (const KdHostCall *call, const Regions *r, KdBox box, int image)
{
  const double given = kd_select_number (call->inputs[BASE_SCALE]);
  const double base = given > 0 ? given : 7.0 * r->strides[0];
  const int wanted = (int) kd_select_number (call->inputs[ROI_LEVELS]);
  const int n_levels = wanted < 1 ? r->n_levels : MIN (wanted, r->n_levels);
  const int level = kd_select_box_level (box.x2 - box.x1, box.y2 - box.y1, base, n_levels);
  const int row = call->live[REGION]++;
  kd_real *corner = call->values[REGION] + 4 * row;
  corner[0] = (kd_real) box.x1;
  corner[1] = (kd_real) box.y1;
  corner[2] = (kd_real) box.x2;
  corner[3] = (kd_real) box.y2;
  call->ints[REGION_IMAGE][row] = image;
  call->ints[REGION_LEVEL][row] = level;
  cover (call, r, box, image, level);
}

/* Proposals or objects, in their own order. */
static void
take_given (const KdHostCall *call, const Regions *r)
{
  const double min_size = kd_select_number (call->inputs[MIN_SIZE]);
  for (int i = 0; i < kd_node_live_rows (call->inputs[BOXES]); i++) {
    KdBox box = kd_select_box (call->inputs[BOXES], i);
    if (r->source == SOURCE_GT && !kd_select_box_is_usable (box, r->image))
      continue;
    if (!isfinite (box.x1) || !isfinite (box.y1) || !isfinite (box.x2) || !isfinite (box.y2))
      continue;
    box = kd_box_clip (box, r->image);
    if (box.x2 - box.x1 < min_size || box.y2 - box.y1 < min_size)
      continue;
    add_region (call, r, box, kd_node_ints (call->inputs[IMAGES])[i]);
  }
}

/* Best class logit of an anchor; -INFINITY if one is a NaN. */
static double
objectness (const kd_real *logits, int n_classes)
{
  double best = -INFINITY;
  for (int k = 0; k < n_classes; k++) {
    if (isnan (logits[k]))
      return -INFINITY;
    best = fmax (best, (double) logits[k]);
  }
  return best;
}

static void
propose (const KdHostCall *call, const Regions *r, int image)
{
  KdCandidates c = kd_candidates_in (call->ints[CANDIDATES], r->n_anchors);
  int at = 0;
  for (int l = 0; l < r->n_levels; l++) {
    KdNode *const *head = call->inputs + HEADS + l * N_PER_HEAD;
    const int n = kd_node_shape (head[HEAD_ANCHORS]).n;
    const kd_real *logits =
        kd_node_value (head[HEAD_CLS]) + (size_t) image * (size_t) n * (size_t) r->n_classes;
    for (int p = 0; p < n; p++, at++) {
      c.scores[at] = objectness (logits + (size_t) p * (size_t) r->n_classes, r->n_classes);
      c.boxes[at] =
          kd_regions_decode (head[HEAD_ANCHORS], head[HEAD_REG], image, p, log (62.5), true);
    }
  }
  const KdCandidateRule rule = { .image = r->image,
                                 .pre_nms = (int) kd_select_number (call->inputs[PRE_NMS]),
                                 .min_size = kd_select_number (call->inputs[MIN_SIZE]),
                                 .nms_iou = kd_select_number (call->inputs[NMS_IOU]),
                                 .max = r->max };
  kd_candidates_choose (&c, &rule);
  for (int i = 0; i < c.n_kept; i++)
    add_region (call, r, c.kept_boxes[i], image);
}

static void
select_regions (const KdHostCall *call, const void *data)
{
  const Regions *r = data;
  if (r->source == SOURCE_PROPOSALS || r->source == SOURCE_GT)
    take_given (call, r);
  else
    for (int n = 0; n < r->n_images; n++)
      propose (call, r, n);
  const int R = call->live[REGION];
  call->live[REGION_IMAGE] = call->live[REGION_LEVEL] = R;
  call->values[PER_REGION][0] = (kd_real) (1.0 / MAX (R, 1));
  call->values[NONE][0] = R == 0;
}

/* What "auto" means for these inputs. */
static int
actual_source (const KdMethodInputs *in, int source)
{
  if (source != SOURCE_AUTO)
    return source;
  return in->proposals && in->proposal_image ? SOURCE_PROPOSALS : SOURCE_STUDENT;
}

/* Inputs of the source, and what the host must know of them. Returns their number. */
static int
bind_source (KdMethodCx *cx, Regions *r, KdNode **inputs)
{
  const KdMethodInputs *in = kd_cx_inputs (cx);
  if (r->source == SOURCE_PROPOSALS || r->source == SOURCE_GT) {
    const bool gt = r->source == SOURCE_GT;
    inputs[BOXES] = gt ? in->targets.boxes : in->proposals;
    inputs[IMAGES] = gt ? in->targets.images : in->proposal_image;
    r->n_anchors = 1;
    r->capacity = kd_node_shape (inputs[BOXES]).n;
    return IMAGES + 1;
  }
  const KdSide side = r->source == SOURCE_TEACHER ? KD_TEACHER : KD_STUDENT;
  for (int l = 0; l < r->n_levels; l++) {
    KdNode **head = inputs + HEADS + l * N_PER_HEAD;
    head[HEAD_ANCHORS] = in->anchors[l];
    head[HEAD_CLS] = in->cls[side][l];
    head[HEAD_REG] = in->reg[side][l];
  }
  const KdShape cls = kd_node_shape (in->cls[side][0]);
  r->n_classes = cls.c * cls.h * cls.w / kd_node_shape (in->anchors[0]).n;
  r->n_anchors = kd_regions_anchors (in);
  r->max = (int) kd_cx_structural (cx, "num_proposals");
  r->capacity = r->n_images * r->max;
  return HEADS + r->n_levels * N_PER_HEAD;
}

static KdNode *
build_regions (KdMethodCx *cx)
{
  const KdMethodInputs *in = kd_cx_inputs (cx);
  Regions data = { .image = in->image,
                   .n_images = in->n_images,
                   .n_levels = in->n_levels,
                   .source = actual_source (in, (int) kd_cx_structural (cx, "source")) };
  KdNode *inputs[N_INPUTS] = {
    [MIN_SIZE] = kd_cx_knob (cx, "min_size"),     [BASE_SCALE] = kd_cx_knob (cx, "base_scale"),
    [ROI_LEVELS] = kd_cx_knob (cx, "roi_levels"), [PRE_NMS] = kd_cx_knob (cx, "pre_nms"),
    [NMS_IOU] = kd_cx_knob (cx, "nms_iou"),
  };
  const int n_inputs = bind_source (cx, &data, inputs);
  const KdShape rows = kd_shape (data.capacity, 1, 1, 1);
  KdHostOutput outputs[N_REST + N_PER_LEVEL * KD_MAX_LEVELS] = {
    [REGION] = { .shape = kd_shape (data.capacity, 4, 1, 1), .live = true },
    [REGION_IMAGE] = { .shape = rows, .type = KD_TYPE_INT32, .live = true },
    [REGION_LEVEL] = { .shape = rows, .type = KD_TYPE_INT32, .live = true },
    [PER_REGION] = { .shape = KD_SCALAR_SHAPE },
    [NONE] = { .shape = KD_SCALAR_SHAPE },
    [CANDIDATES] = kd_candidates_output (data.n_anchors),
  };
  for (int l = 0; l < in->n_levels; l++) {
    const KdShape s = kd_node_shape (kd_cx_feature (cx, KD_TEACHER, l));
    data.strides[l] = in->strides[l];
    data.map[l] = (KdSize){ .height = s.h, .width = s.w };
    for (int i = 0; i < N_PER_LEVEL; i++)
      outputs[N_REST + l * N_PER_LEVEL + i] =
          (KdHostOutput){ .shape = kd_shape (s.n, 1, s.h, s.w) };
  }
  return kd_host (kd_cx_graph (cx), "mimic_regions", outputs, N_REST + in->n_levels * N_PER_LEVEL,
                  select_regions, &data, sizeof data, inputs, n_inputs);
}

/* ---- the difference inside the regions ------------------------------------------------------------------ */

/* What both kinds of sampling give. */
typedef struct {
  KdNode *region_error; /* [R] e_i */
  KdNode *sum;          /* scalar: their sum */
  KdNode *cells[KD_MAX_LEVELS];
} Errors;

/* For people: [R,1,pool,pool] mean over channels of |x| of one side's tiles. */
static KdNode *
pooled_magnitude (KdMethodCx *cx, KdNode *regions, KdNode *const *features)
{
  KdGraph *g = kd_cx_graph (cx);
  KdNode *tiles = NULL;
  for (int l = 0; l < kd_cx_levels (cx); l++) {
    KdNode *level = kd_roi_align (
        g, features[l], kd_host_output (regions, REGION), kd_host_output (regions, REGION_IMAGE),
        kd_host_output (regions, REGION_LEVEL), l, kd_cx_inputs (cx)->strides[l],
        (int) kd_cx_structural (cx, "pool"), (int) kd_cx_structural (cx, "sampling"));
    tiles = tiles ? kd_add (g, tiles, level) : level;
  }
  return kd_mean (g, kd_abs (g, tiles), KD_AXIS_C);
}

static void
show_tiles (KdMethodCx *cx, const char *name, const char *title, const char *help, KdNode *tiles)
{
  const KdShape s = kd_node_shape (tiles);
  KdNode *rows = kd_reshape (kd_cx_graph (cx), tiles, kd_shape (s.n, s.h * s.w, 1, 1));
  KdProbe *p = kd_cx_probe (cx, KD_PROBE_LIST, name, title, -1, rows);
  p->axes = KD_AXES_NC;
  p->in_dump = false;
  p->help = help;
}

/* @weight: scalar, weight / (2 R) */
static Errors
roi_align_errors (KdMethodCx *cx, KdNode *regions, KdNode *const *adapted, KdNode *weight)
{
  KdGraph *g = kd_cx_graph (cx);
  const KdMethodInputs *in = kd_cx_inputs (cx);
  const int pool = (int) kd_cx_structural (cx, "pool");
  const int sampling = (int) kd_cx_structural (cx, "sampling");
  KdNode *boxes = kd_host_output (regions, REGION);
  KdNode *images = kd_host_output (regions, REGION_IMAGE);
  KdNode *levels = kd_host_output (regions, REGION_LEVEL);
  KdNode *bins = NULL; /* [R,1,pool,pool] sum over channels of Q^2 */
  for (int l = 0; l < kd_cx_levels (cx); l++) {
    KdNode *difference = kd_sub (g, adapted[l], kd_cx_feature (cx, KD_TEACHER, l));
    KdNode *Q =
        kd_roi_align (g, difference, boxes, images, levels, l, in->strides[l], pool, sampling);
    KdNode *squares = kd_sum (g, kd_square (g, Q), KD_AXIS_C);
    bins = bins ? kd_add (g, bins, squares) : squares;
  }
  const double per_channel = 1.0 / kd_cx_channels (cx, KD_TEACHER);
  KdNode *mean = kd_scale (g, bins, per_channel);
  Errors e = { .region_error = kd_mean (g, mean, KD_AXES_HW) };
  e.sum = kd_sum (g, e.region_error, KD_AXES_NCHW);

  KdNode *spread[KD_MAX_LEVELS];
  kd_regions_to_cells (cx, kd_scale (g, mean, 1.0 / (pool * pool)), boxes, images, levels, sampling,
                       spread);
  for (int l = 0; l < kd_cx_levels (cx); l++)
    e.cells[l] = kd_mul (g, spread[l], weight);
  KdNode *features[KD_MAX_LEVELS];
  for (int l = 0; l < kd_cx_levels (cx); l++)
    features[l] = kd_cx_feature (cx, KD_TEACHER, l);
  show_tiles (cx, "tile_teacher", "Teacher's tile of each region", "mean over channels of |x|",
              pooled_magnitude (cx, regions, features));
  show_tiles (cx, "tile_student", "Student's tile of each region",
              "mean over channels of |x|, after the adapter",
              pooled_magnitude (cx, regions, adapted));
  show_tiles (cx, "tile_error", "Error inside each region",
              "squared difference of the two pooled tiles, mean over channels", mean);
  return e;
}

/* e_i of the crops, for people: the loss takes each cell's summed weight instead. */
typedef struct {
  int n_levels, channels;
  int strides[KD_MAX_LEVELS];
} CropErrors;

static void
crop_errors_of_regions (const KdHostCall *call, const void *data)
{
  const CropErrors *crop = data;
  const int R = call->live[0] = kd_node_live_rows (call->inputs[REGION]);
  for (int i = 0; i < R; i++) {
    const int level = kd_node_ints (call->inputs[REGION_LEVEL])[i];
    const KdNode *error = call->inputs[REGION_LEVEL + 1 + level];
    const KdShape s = kd_node_shape (error);
    const Cells c = region_cells (kd_select_box (call->inputs[REGION], i), crop->strides[level],
                                  (KdSize){ .height = s.h, .width = s.w });
    const kd_real *map =
        kd_node_value (error) +
        (size_t) kd_node_ints (call->inputs[REGION_IMAGE])[i] * (size_t) s.h * (size_t) s.w;
    double sum = 0;
    for (int y = c.row0; y < c.row1; y++)
      for (int x = c.column0; x < c.column1; x++)
        sum += (double) map[y * s.w + x];
    const int n_cells = (c.row1 - c.row0) * (c.column1 - c.column0);
    call->values[0][i] = (kd_real) (sum / n_cells / crop->channels);
  }
}

static Errors
crop_errors (KdMethodCx *cx, KdNode *regions, KdNode *const *error, KdNode *weight)
{
  KdGraph *g = kd_cx_graph (cx);
  const KdMethodInputs *in = kd_cx_inputs (cx);
  CropErrors data = { .n_levels = in->n_levels, .channels = kd_cx_channels (cx, KD_TEACHER) };
  KdNode *inputs[REGION_LEVEL + 1 + KD_MAX_LEVELS];
  for (int i = REGION; i <= REGION_LEVEL; i++)
    inputs[i] = kd_host_output (regions, i);
  Errors e = { .sum = NULL };
  for (int l = 0; l < in->n_levels; l++) {
    inputs[REGION_LEVEL + 1 + l] = error[l];
    data.strides[l] = in->strides[l];
    KdNode *weights = kd_host_output (regions, N_REST + l * N_PER_LEVEL + CROP_WEIGHT);
    KdNode *weighted = kd_scale (g, kd_mul (g, error[l], weights), 1.0 / data.channels);
    KdNode *sum = kd_sum (g, weighted, KD_AXES_NCHW);
    e.sum = e.sum ? kd_add (g, e.sum, sum) : sum;
    e.cells[l] = kd_mul (g, weighted, weight);
  }
  KdHostOutput output = { .shape = kd_shape (kd_node_shape (inputs[REGION]).n, 1, 1, 1),
                          .live = true };
  e.region_error = kd_host (g, "crop_errors", &output, 1, crop_errors_of_regions, &data,
                            sizeof data, inputs, REGION_LEVEL + 1 + in->n_levels);
  return e;
}

/* ---- pictures --------------------------------------------------------------------------------------------- */

static void
show_level (KdMethodCx *cx, int l, KdNode *coverage, KdNode *error)
{
  KdGraph *g = kd_cx_graph (cx);
  KdProbe *p = kd_cx_probe (cx, KD_PROBE_MAP, "coverage", "Coverage", l, coverage);
  p->help = "regions of this level over the cell: an object with many weighs more";
  p = kd_cx_probe (cx, KD_PROBE_MAP, "mask", "Compared cells", l, kd_clamp (g, coverage, 0, 1));
  p->style = KD_STYLE_BINARY;
  p->help = "cells under any region: nothing else is imitated";
  p = kd_cx_probe (cx, KD_PROBE_MAP, "diff", "Difference", l,
                   kd_scale (g, error, 1.0 / kd_cx_channels (cx, KD_TEACHER)));
  p->help = "mean over channels of (student - teacher)², also where there is no region";
}

static void
show_regions (KdMethodCx *cx, KdNode *regions, KdNode *region_error)
{
  KdProbe *p =
      kd_cx_probe (cx, KD_PROBE_BOXES, "regions", "Regions", -1, kd_host_output (regions, REGION));
  p->unit = "px";
  p->help = "the same boxes on both maps";
  p = kd_cx_probe (cx, KD_PROBE_LIST, "region_image", "Image of each region", -1,
                   kd_host_output (regions, REGION_IMAGE));
  p = kd_cx_probe (cx, KD_PROBE_LIST, "region_level", "Level of each region", -1,
                   kd_host_output (regions, REGION_LEVEL));
  p->help = "where the region is compared, by its size";
  p = kd_cx_probe (cx, KD_PROBE_LIST, "region_error", "Error of each region", -1, region_error);
  p->help = "mean squared difference inside it: every region counts as much, whatever its size";
  kd_cx_warn (cx, kd_host_output (regions, NONE), "there is no region: nothing is imitated");
}

/* ---- the terms -------------------------------------------------------------------------------------------- */

static void
build_feature (KdMethodCx *cx, KdNode *const *adapted)
{
  KdGraph *g = kd_cx_graph (cx);
  kd_graph_set_phase (g, KD_PHASE_SELECT);
  KdNode *regions = build_regions (cx);
  KdNode *per_region = kd_scale (g, kd_host_output (regions, PER_REGION), 0.5);
  KdNode *weight = kd_mul (g, kd_cx_knob (cx, "weight"), per_region);

  kd_graph_set_phase (g, KD_PHASE_LOSS);
  KdNode *error[KD_MAX_LEVELS];
  for (int l = 0; l < kd_cx_levels (cx); l++) {
    error[l] = kd_weighted_sse_map (g, adapted[l], kd_cx_feature (cx, KD_TEACHER, l), NULL, NULL);
    show_level (cx, l, kd_host_output (regions, N_REST + l * N_PER_LEVEL + COVERAGE), error[l]);
  }
  const bool crop = kd_cx_structural (cx, "sample") == SAMPLE_CROP;
  const Errors e = crop ? crop_errors (cx, regions, error, weight)
                        : roi_align_errors (cx, regions, adapted, weight);
  show_regions (cx, regions, e.region_error);
  kd_cx_term (cx, "feature", kd_mul (g, e.sum, weight), e.cells, NULL);
}

/* The paper's second stage: squared differences of the proposals' class scores. */
static void
build_logit (KdMethodCx *cx)
{
  KdGraph *g = kd_cx_graph (cx);
  const KdMethodInputs *in = kd_cx_inputs (cx);
  const double weight = kd_cx_structural (cx, "logit_weight");
  if (weight == 0)
    return;
  if (!in->roi_cls[KD_TEACHER] || !in->roi_cls[KD_STUDENT]) {
    kd_cx_note (cx, "the class scores are left out: no proposals were scored by both sides");
    return;
  }
  const int Z = kd_node_live_rows (in->roi_cls[KD_STUDENT]);
  KdNode *difference = kd_sub (g, in->roi_cls[KD_STUDENT], in->roi_cls[KD_TEACHER]);
  KdNode *sum = kd_sum (g, kd_square (g, difference), KD_AXES_NCHW);
  kd_cx_term (cx, "logit", kd_scale (g, sum, weight / (2.0 * MAX (Z, 1))), NULL, NULL);
}

static void
build (KdMethodCx *cx)
{
  KdNode *adapted[KD_MAX_LEVELS];
  for (int l = 0; l < kd_cx_levels (cx); l++)
    adapted[l] = kd_cx_adapted (cx, l, 1, NULL);
  build_feature (cx, adapted);
  build_logit (cx);
}

/* The source's own arrays. */
static char *
unfit (const KdMethodInputs *in, const KdKnobs *values)
{
  const int source = actual_source (in, (int) kd_knobs_get (values, "source"));
  if (source == SOURCE_PROPOSALS)
    return in->proposals && in->proposal_image
               ? NULL
               : g_strdup (_ ("Mimic is off: source = proposals, but the dump lacks proposals or "
                              "proposal_image; add them or set another source"));
  if (source == SOURCE_GT)
    return in->targets.boxes && in->targets.images
               ? NULL
               : g_strdup (
                     _ ("Mimic is off: source = gt, but the dump lacks gt_boxes or gt_image; add "
                        "them or set another source"));
  const KdSide side = source == SOURCE_TEACHER ? KD_TEACHER : KD_STUDENT;
  const char *name = source_choices[source];
  for (int l = 0; l < in->n_levels; l++)
    if (!in->anchors[l] || !in->cls[side][l] || !in->reg[side][l])
      return g_strdup_printf (
          _ ("Mimic is off: source = %s, but the dump lacks anchors.%d, %s_cls.%d or "
             "%s_reg.%d; add them or set another source"),
          name, l, name, l, name, l);
  return NULL;
}

/* clang-format off */
static const KdSymbol symbols[] = {
  { "L<sub>feature</sub>", "error inside the regions, each by its own size", .term = "feature" },
  { "L<sub>logit</sub>", "class scores of the proposals (two-stage)", .term = "logit" },
  { "φ<sub>i</sub>", "samples region i; the map counts the regions of a cell", .probe = "coverage" },
  { "w", "weight", .knob = "weight" },
  { "R", "regions an image, at most", .knob = "num_proposals" },
  { "w<sub>z</sub>", "weight of the class scores", .knob = "logit_weight" },
};

static const KdDeparture departures[] = {
  { "regions are pooled by spatial pyramids", "there is no official code; RoIAlign here, or the cells themselves", "sample", .mark = "φ<sub>i</sub>", .other = "Here" },
  { "the student's proposals", "the teacher's, in the code of its authors' company; a one-stage student has no proposals: its own detections stand for them", "source", "student", "teacher", .mark = "R", .other = "Public code" },
};
/* clang-format on */

const KdMethod kd_method_mimic = {
  .id = "mimic",
  .title = "Mimic",
  .venue = "CVPR 2017",
  .paper = "Mimicking Very Efficient Network for Object Detection; Li, Jin, Yan",
  .bibtex = "@inproceedings{li2017mimic,\n"
            "  title     = {Mimicking Very Efficient Network for Object Detection},\n"
            "  author    = {Li, Quanquan and Jin, Shengying and Yan, Junjie},\n"
            "  booktitle = {IEEE Conference on Computer Vision and Pattern Recognition},\n"
            "  pages     = {6356--6364},\n"
            "  year      = {2017}\n"
            "}\n",
  .idea =
      "Copying the teacher's whole map is hard: it is large and mostly empty. Mimic copies only "
      "what a detector looks at: the features inside proposed regions, the same regions on both "
      "maps. Each region's squared error is divided by its own number of values, so that large "
      "regions do not dominate.",
  .formula =
      "L<sub>feature</sub> = w/2R Σ<sub>i</sub> 1/m<sub>i</sub> ‖φ<sub>i</sub>(r(F<sub>s</sub>)) "
      "− φ<sub>i</sub>(F<sub>t</sub>)‖²\n"
      "φ<sub>i</sub> samples region i of R,  m<sub>i</sub> its number of values\n"
      "L<sub>logit</sub> = w<sub>z</sub>/2Z Σ (z<sub>s</sub> − z<sub>t</sub>)²",
  .symbols = symbols,
  .n_symbols = G_N_ELEMENTS (symbols),
  .departures = departures,
  .n_departures = G_N_ELEMENTS (departures),
  .needs =
      KD_NEEDS_TEACHER_FEATURE | KD_NEEDS_STUDENT_FEATURE | KD_NEEDS_IMAGE_SIZE | KD_NEEDS_STRIDES,
  .wants = KD_NEEDS_TEACHER_CLS | KD_NEEDS_TEACHER_REG, /* for source = teacher */
  .knobs = knobs,
  .n_knobs = G_N_ELEMENTS (knobs),
  .n_phases = 1,
  .parts = parts,
  .n_parts = G_N_ELEMENTS (parts),
  .wall = wall,
  .n_wall = G_N_ELEMENTS (wall),
  .figures = figures,
  .n_figures = G_N_ELEMENTS (figures),
  /* Built-in scenes, shipped teacher, AP above the twin's. 3,000 steps: 9.6 and 5.4 (seeds 16, 18; the gradient at the student's features
   * is 0.8 times the detection loss's). 1,500 steps, the truth's boxes as regions: a small start 12.6 (1x1) and 13.3 (3x3), a uniform
   * one 6.8 (3x3), all seed 14 and scale 20; the student's regions 5.9 (3x3, seed 15) and 5.0, 32 of the teacher's 5.6 (seed 17).
   * Uniform 1x1 with scale 5 was 2.1 below the twin (seed 11). */
  .demo_scale = 20,
  .demo_ramp = 100,
  .unfit = unfit,
  .build = build,
};
