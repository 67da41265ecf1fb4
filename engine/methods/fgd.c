/* SPDX-License-Identifier: MIT */

/*
 * FGD: Focal and Global Knowledge Distillation for Detectors
 * Yang, Li, Jiang, Gong, Yuan, Zhao, Yuan; CVPR 2022, arXiv 2111.11837
 *
 * One level, S the student's feature after its adapter, T the teacher's, both [N,C,H,W]; sums over levels:
 *   As(F) = H W softmax_p (mean_c |F| / temp)      Ac(F) = C softmax_c (mean_p |F| / temp)
 *   fg    = max over boxes that cover the cell of 1 / (their number of cells)
 *   bg    = 1 / (number of cells without a box) there, else 0
 *   L_fg        = alpha/N sum fg As(T) Ac(T) (S - T)^2      L_bg = beta/N sum bg As(T) Ac(T) (S - T)^2
 *   L_attention = gamma/N (sum |As(S) - As(T)| + sum |Ac(S) - Ac(T)|)
 *   L_relation  = lambda/N sum (R_s(S) - R_t(T))^2
 *   R(F)[p] = F[p] + W2 ReLU (LN (W1 sum_q softmax_q (k F[q] + b) F[q] + c1)) + c2
 * Only the teacher's attention weighs the features; both context blocks learn, neither is used after training.
 *
 * Compared with the official code (yzd-v/FGD, its loss class run unchanged on random cases): terms, masks and gradients agree.
 * Departures, each on purpose:
 *   - boxes are divided by the size of the tensor that the network saw, not by the unpadded image's, which stretches the
 *     mask in batches of mixed shapes;
 *   - cells are found in double, multiplied before divided: the official float32 puts up to 1.4 % of edges one cell off;
 *   - boxes are clipped to the image: a negative corner wraps there, and the object vanishes.
 * The paper's box size in cells is the code's inclusive count before the cut to the map; we follow the code.
 */
#include "engine/methods/method.h"

#include <math.h>

/* ---- the constants -------------------------------------------------------------------------------- */

/* clang-format off */
static const KdKnob knobs[] = {
  { .id = "temp", .label = "Temperature",
    .help = "up: attention flattens towards 1 everywhere; down: one hot spot per image",
    .type = KD_KNOB_REAL, .value = 0.5, .min = 0.1, .max = 2, .log = true,
    .presets = { { "anchor-free", 0.5 }, { "fcos", 0.8 }, { "two-stage", 0.5 } } },
  { .id = "alpha", .label = "Foreground weight",
    .help = "up: objects dominate the weight map",
    .type = KD_KNOB_REAL, .value = 1e-3, .min = 1e-6, .max = 1e-1, .log = true, .zero = true,
    .presets = { { "anchor-free", 1.6e-3 }, { "fcos", 1.6e-3 }, { "two-stage", 5e-5 } } },
  { .id = "beta", .label = "Background weight",
    .help = "up: the background dominates the weight map",
    .type = KD_KNOB_REAL, .value = 5e-4, .min = 1e-6, .max = 1e-1, .log = true, .zero = true,
    .presets = { { "anchor-free", 8e-4 }, { "fcos", 8e-4 }, { "two-stage", 2.5e-5 } } },
  { .id = "gamma", .label = "Attention weight",
    .help = "up: the student's attention is pulled onto the teacher's",
    .type = KD_KNOB_REAL, .value = 5e-4, .min = 1e-6, .max = 1e-1, .log = true, .zero = true,
    .presets = { { "anchor-free", 8e-4 }, { "fcos", 8e-4 }, { "two-stage", 5e-5 } } },
  { .id = "lambda", .label = "Global weight",
    .help = "up: the even error over the whole map counts more",
    .type = KD_KNOB_REAL, .value = 5e-6, .min = 1e-8, .max = 1e-3, .log = true, .zero = true,
    .presets = { { "anchor-free", 8e-6 }, { "fcos", 8e-6 }, { "two-stage", 5e-7 } } },
  { .id = "levels", .label = "Levels",
    .help = "how many levels are distilled, from the finest; -1 or 0: all of them",
    .type = KD_KNOB_INT, .value = -1, .min = -1, .max = KD_MAX_LEVELS, .structural = true, .at_zero = "all",
    .presets = { { "two-stage", 4 } } },
  { .id = "per_pixel", .label = "Per pixel",
    .help = "on: each level's terms are divided by its number of cells, so that the finest level no longer leads",
    .type = KD_KNOB_SWITCH, .value = 0, .min = 0, .max = 1 },
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
  { "adapters", "a convolution per level (1x1 in the paper) to the teacher's channels, only where they differ; trained with the student, dropped at inference", "adapt" },
  { "context blocks", "one per level and side, the teacher's too: they start as the identity, are trained with the student and dropped at inference", "gc_" },
};

static const KdWallRow wall[] = {
  { "Spatial attention", { "spatial_attention_teacher", "spatial_attention_student", "spatial_attention_difference" } },
  { "Channel attention", { "channel_attention_teacher", "channel_attention_student" } },
  { "Scale mask", { "fg_mask" } },
  { "Boxes a cell", { "boxes_per_cell" } },
  { "Background", { "bg_mask" } },
  { "Effective weight", { "weight" } },
  { "Focal loss by cell", { "error" } },
  { "Context", { "context_teacher", "context_student" } },
  { "Context vector", { "context_add_teacher", "context_add_student" } },
};

static const KdFigure figures[] = {
  { .kind = KD_FIGURE_PIPELINE, .id = "pipeline", .title = "From features to loss",
    .help = "Attention is a distribution times the number of cells; small objects get large weights; only the teacher's attention weighs the loss; the context blocks are dropped afterwards",
    .probes = { "energy_teacher", "spatial_attention_teacher", "effective_cells_teacher", "effective_cells_student", "fg_mask", "boxes_per_cell", "weight", "loss_density", "channel_attention_teacher", "channel_attention_student", "context_teacher", "context_student" },
    .knobs = { "temp" } },
};
/* clang-format on */

/* ---- one level ------------------------------------------------------------------------------------ */

typedef struct {
  KdNode *energy;  /* mean_c |F| [N,1,H,W] */
  KdNode *spatial; /* As [N,1,H,W], mean 1 */
  KdNode *channel; /* Ac [N,C,1,1], mean 1 */
} Attention;

/* As = H W softmax_p (mean_c |F| / temp), Ac = C softmax_c (mean_p |F| / temp) */
static Attention
attention (KdMethodCx *cx, KdNode *x)
{
  KdGraph *g = kd_cx_graph (cx);
  const KdShape s = kd_node_shape (x);
  KdNode *temp = kd_cx_knob (cx, "temp");
  KdNode *energy = kd_abs_mean (g, x, KD_AXIS_C);
  KdNode *strength = kd_div (g, kd_abs_mean (g, x, KD_AXES_HW), temp);
  return (Attention){
    .energy = energy,
    .spatial =
        kd_scale (g, kd_softmax (g, kd_div (g, energy, temp), KD_AXES_HW), (double) s.h * s.w),
    .channel = kd_scale (g, kd_softmax (g, strength, KD_AXIS_C), s.c),
  };
}

/* A parameter of a side's context block at a level: "gc_s.0.mask.weight". */
static KdNode *
block_param (
    KdMethodCx *cx, const char *block, const char *name, KdShape shape, KdAxes axes, KdInit init)
{
  g_autofree char *full = g_strdup_printf ("%s.%s", block, name);
  const bool decays = axes == KD_AXES_NCHW;
  return kd_cx_param (cx, full, shape, axes, init, decays ? KD_PARAM_DEFAULT : KD_PARAM_NO_DECAY);
}

typedef struct {
  KdNode *pooled; /* a [N,1,H,W]: where the context comes from, sums to 1 */
  KdNode *add;    /* [N,C,1,1]: what is added to every pixel */
} Context;

/* a = softmax_p (k F + b);  add = W2 ReLU (LN (W1 sum_p a F + c1)) + c2, so that R (F) = F + add */
static Context
context (KdMethodCx *cx, const char *block, KdNode *x)
{
  KdGraph *g = kd_cx_graph (cx);
  const int C = kd_node_shape (x).c;
  const int half = MAX (C / 2, 1);
  const KdInit uniform = { KD_INIT_UNIFORM, 1 / sqrt ((double) C) };
  const KdInit zeros = { KD_INIT_ZEROS, 0 }, ones = { KD_INIT_CONSTANT, 1 };
  const KdInit normal = { KD_INIT_NORMAL, sqrt (2.0 / C) };
  const KdShape squeezed = kd_shape (1, half, 1, 1);

  KdNode *k = block_param (cx, block, "mask.weight", kd_shape (1, C, 1, 1), KD_AXES_NCHW, normal);
  KdNode *b = block_param (cx, block, "mask.bias", KD_SCALAR_SHAPE, KD_AXIS_C, zeros);
  KdNode *w1 =
      block_param (cx, block, "down.weight", kd_shape (half, C, 1, 1), KD_AXES_NCHW, uniform);
  KdNode *c1 = block_param (cx, block, "down.bias", squeezed, KD_AXIS_C, uniform);
  KdNode *scale = block_param (cx, block, "norm.weight", squeezed, KD_AXES_CHW, ones);
  KdNode *shift = block_param (cx, block, "norm.bias", squeezed, KD_AXES_CHW, zeros);
  KdNode *w2 = block_param (cx, block, "up.weight", kd_shape (C, half, 1, 1), KD_AXES_NCHW, zeros);
  KdNode *c2 = block_param (cx, block, "up.bias", kd_shape (1, C, 1, 1), KD_AXIS_C, zeros);

  KdNode *pooled = kd_softmax (g, kd_conv2d (g, x, k, b, 1, 0), KD_AXES_HW);
  KdNode *ctx = kd_weighted_pool (g, x, pooled);
  KdNode *u = kd_add (g, kd_matmul (g, ctx, w1, false, true), c1);
  KdNode *v = kd_relu (g, kd_layer_norm (g, u, scale, shift, 1e-5));
  return (Context){ pooled, kd_add (g, kd_matmul (g, v, w2, false, true), c2) };
}

/* What the terms of one level are made of. */
typedef struct {
  KdNode *fg, *bg;        /* summands by cell [N,1,H,W] */
  KdNode *attention;      /* its spatial half, by cell */
  KdNode *attention_rest; /* its channel half, a scalar without a place */
  KdNode *relation;       /* by cell */
} LevelTerms;

/* Nodes of one level that people look at. */
typedef struct {
  KdNode *cells; /* kd_select_box_cells () */
  Attention teacher, student;
  Context context_teacher, context_student;
  KdNode *weight, *error;
} LevelMaps;

/* exp of the entropy of the attention as a distribution: how many cells carry it. [N,1,1,1] */
static KdNode *
effective_cells (KdGraph *g, KdNode *spatial)
{
  const KdShape s = kd_node_shape (spatial);
  const double n_cells = (double) s.h * s.w;
  KdNode *a = kd_scale (g, spatial, 1 / n_cells);
  /* a cell below 1e-30 adds less than 1e-28 to the entropy, and log 0 would add a NaN */
  KdNode *entropy = kd_sum (g, kd_mul (g, a, kd_log (g, kd_clamp (g, a, 1e-30, 2))), KD_AXES_HW);
  return kd_exp (g, kd_scale (g, entropy, -1));
}

static KdProbe *
map (KdMethodCx *cx, const char *name, const char *title, int level, KdNode *node)
{
  return kd_cx_probe (cx, KD_PROBE_MAP, name, title, level, node);
}

static void
show_masks (KdMethodCx *cx, int l, const LevelMaps *m)
{
  KdGraph *g = kd_cx_graph (cx);
  KdNode *count = kd_host_output (m->cells, KD_BOX_CELLS_COUNT);
  KdProbe *p = map (cx, "fg_mask", "Scale mask", l, kd_host_output (m->cells, KD_BOX_CELLS_FG));
  p->style = KD_STYLE_LOG;
  p->unit = "1/cells";
  p->help = "1 / (cells of the smallest box here): a small object's cells weigh more, every object "
            "as much in all";
  p = map (cx, "bg_mask", "Background", l, kd_host_output (m->cells, KD_BOX_CELLS_BG));
  p->unit = "1/cells";
  p->help = "even over all cells outside the boxes, 1 in all";
  p = map (cx, "region", "Object cells", l, kd_clamp (g, count, 0, 1));
  p->style = KD_STYLE_BINARY;
  p->help = "cells that some box covers";
  p = map (cx, "boxes_per_cell", "Boxes a cell", l, count);
  p->in_dump = false;
  p->help = "2 and more: boxes overlap, and the smallest one's weight is taken, not the sum";
  p = kd_cx_probe (cx, KD_PROBE_LIST, "box_mass", "Weight of each object", l,
                   kd_host_output (m->cells, KD_BOX_CELLS_MASS));
  p->in_dump = false;
  p->help =
      "scale mask summed over a box's cells: 1 for an object inside the map, whatever its size";
}

static void
show_attention (KdMethodCx *cx, int l, const LevelMaps *m)
{
  KdGraph *g = kd_cx_graph (cx);
  const struct {
    const char *spatial, *channel, *cells, *titles[3];
    const Attention *attention;
  } sides[] = {
    { "spatial_attention_teacher",
      "channel_attention_teacher",
      "effective_cells_teacher",
      { "Attention, teacher", "Channel attention, teacher", "Effective cells, teacher" },
      &m->teacher },
    { "spatial_attention_student",
      "channel_attention_student",
      "effective_cells_student",
      { "Attention, student", "Channel attention, student", "Effective cells, student" },
      &m->student },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (sides); i++) {
    KdProbe *p = map (cx, sides[i].spatial, sides[i].titles[0], l, sides[i].attention->spatial);
    p->group = "attention";
    p->help =
        "where the network is strong, as a distribution times the number of cells: 1 is the mean";
    p = kd_cx_probe (cx, KD_PROBE_VECTOR, sides[i].channel, sides[i].titles[1], l,
                     sides[i].attention->channel);
    p->group = "channel attention";
    p->help = "which channels are strong over the whole map: 1 is the mean";
    p = kd_cx_probe (cx, KD_PROBE_VECTOR, sides[i].cells, sides[i].titles[2], l,
                     effective_cells (g, sides[i].attention->spatial));
    p->in_dump = false;
    p->unit = "cells";
    p->help = "exp of the attention's entropy: how many cells share it; the temperature moves it";
  }
  KdProbe *p = map (cx, "energy_teacher", "Mean |x|, teacher", l, m->teacher.energy);
  p->in_dump = false;
  p->help = "mean size of the teacher's feature over its channels: what the softmax sharpens";
  p = map (cx, "spatial_attention_difference", "Attention, student - teacher", l,
           kd_sub (g, m->student.spatial, m->teacher.spatial));
  p->style = KD_STYLE_DIVERGING;
  p->in_dump = false;
  p->help = "what the attention term pulls to 0";
}

static void
show_context (KdMethodCx *cx, int l, const LevelMaps *m)
{
  KdGraph *g = kd_cx_graph (cx);
  const struct {
    const char *where, *add, *titles[2];
    const Context *context;
  } sides[] = {
    { "context_teacher",
      "context_add_teacher",
      { "Context, teacher", "Context vector, teacher" },
      &m->context_teacher },
    { "context_student",
      "context_add_student",
      { "Context, student", "Context vector, student" },
      &m->context_student },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (sides); i++) {
    KdNode *pooled = sides[i].context->pooled;
    const KdShape s = kd_node_shape (pooled);
    KdNode *where = kd_scale (g, pooled, (double) s.h * s.w);
    KdProbe *p = map (cx, sides[i].where, sides[i].titles[0], l, where);
    p->group = "context";
    p->help = "where the learned block pools its context vector: 1 is the mean";
    p = kd_cx_probe (cx, KD_PROBE_VECTOR, sides[i].add, sides[i].titles[1], l,
                     sides[i].context->add);
    p->style = KD_STYLE_DIVERGING;
    p->group = "context vector";
    p->help = "what the block adds to every pixel; 0 at the start, so that the global term begins "
              "as a plain difference";
  }
}

static void
show_level (KdMethodCx *cx, int l, const LevelMaps *m)
{
  show_masks (cx, l, m);
  show_attention (cx, l, m);
  KdProbe *p = map (cx, "weight", "Effective weight", l, m->weight);
  p->style = KD_STYLE_LOG;
  p->help = "teacher's attention times the weighted masks: what a cell's squared difference is "
            "multiplied by";
  p = map (cx, "error", "Focal loss by cell", l, m->error);
  p->help = "what each cell adds to the foreground and background terms";
  show_context (cx, l, m);
}

/* @S after its adapter. */
static LevelTerms
build_level (KdMethodCx *cx, int l, KdNode *S)
{
  KdGraph *g = kd_cx_graph (cx);
  const KdMethodInputs *in = kd_cx_inputs (cx);
  KdNode *T = kd_cx_feature (cx, KD_TEACHER, l);
  const KdShape shape = kd_node_shape (T);
  const double n_cells = (double) shape.h * shape.w;
  LevelMaps m;

  kd_graph_set_phase (g, KD_PHASE_SELECT);
  m.cells = kd_select_box_cells (g, in->targets.boxes, in->targets.images, in->image, in->n_images,
                                 shape.h, shape.w);
  KdNode *alpha = kd_cx_knob (cx, "alpha"), *beta = kd_cx_knob (cx, "beta");
  m.teacher = attention (cx, T);
  KdNode *weight_fg =
      kd_mul (g, kd_mul (g, kd_host_output (m.cells, KD_BOX_CELLS_FG), alpha), m.teacher.spatial);
  KdNode *weight_bg =
      kd_mul (g, kd_mul (g, kd_host_output (m.cells, KD_BOX_CELLS_BG), beta), m.teacher.spatial);
  m.weight = kd_add (g, weight_fg, weight_bg);
  /* 1/N, and with per_pixel 1/(N H W) */
  KdNode *share =
      kd_scale (g, kd_shift (g, kd_scale (g, kd_cx_knob (cx, "per_pixel"), 1 / n_cells - 1), 1),
                1.0 / in->n_images);

  kd_graph_set_phase (g, KD_PHASE_LOSS);
  /* sum_c Ac(T) (S - T)^2 by cell, once for both masks */
  KdNode *difference = kd_mul (g, kd_weighted_sse_map (g, S, T, NULL, m.teacher.channel), share);
  LevelTerms terms;
  terms.fg = kd_mul (g, difference, weight_fg);
  terms.bg = kd_mul (g, difference, weight_bg);
  m.error = kd_add (g, terms.fg, terms.bg);

  m.student = attention (cx, S);
  KdNode *gamma = kd_mul (g, kd_cx_knob (cx, "gamma"), share);
  terms.attention = kd_mul (g, kd_abs (g, kd_sub (g, m.student.spatial, m.teacher.spatial)), gamma);
  KdNode *channels = kd_abs (g, kd_sub (g, m.student.channel, m.teacher.channel));
  terms.attention_rest = kd_mul (g, kd_sum (g, channels, KD_AXES_NCHW), gamma);

  g_autofree char *block_s = g_strdup_printf ("gc_s.%d", l);
  g_autofree char *block_t = g_strdup_printf ("gc_t.%d", l);
  m.context_teacher = context (cx, block_t, T);
  m.context_student = context (cx, block_s, S);
  /* R_s(S) - R_t(T) = (S + add_s - add_t) - T, which writes one map instead of two */
  KdNode *shifted = kd_add (g, S, kd_sub (g, m.context_student.add, m.context_teacher.add));
  KdNode *lambda = kd_mul (g, kd_cx_knob (cx, "lambda"), share);
  terms.relation = kd_mul (g, kd_weighted_sse_map (g, shifted, T, NULL, NULL), lambda);

  show_level (cx, l, &m);
  kd_cx_warn (cx, kd_host_output (m.cells, KD_BOX_CELLS_LOST),
              "an image has boxes but no foreground cells: its objects are not distilled");
  return terms;
}

/* ---- the terms --------------------------------------------------------------------------------------- */

static void
build (KdMethodCx *cx)
{
  KdGraph *g = kd_cx_graph (cx);
  const int wanted = (int) kd_cx_structural (cx, "levels");
  const int n_levels = wanted < 1 ? kd_cx_levels (cx) : MIN (wanted, kd_cx_levels (cx));

  KdNode *adapted[KD_MAX_LEVELS];
  for (int l = 0; l < n_levels; l++) {
    g_autofree char *name = g_strdup_printf ("adapt.%d", l);
    KdNode *student = kd_cx_feature (cx, KD_STUDENT, l);
    const int channels = kd_node_shape (kd_cx_feature (cx, KD_TEACHER, l)).c;
    adapted[l] = kd_cx_adapter (cx, name, student, channels, 1, false, NULL);
  }

  KdNode *fg[KD_MAX_LEVELS] = { NULL }, *bg[KD_MAX_LEVELS] = { NULL };
  KdNode *attention_cells[KD_MAX_LEVELS] = { NULL }, *relation[KD_MAX_LEVELS] = { NULL };
  KdNode *attention_rest = NULL;
  for (int l = 0; l < n_levels; l++) {
    const LevelTerms level = build_level (cx, l, adapted[l]);
    fg[l] = level.fg;
    bg[l] = level.bg;
    attention_cells[l] = level.attention;
    attention_rest =
        attention_rest ? kd_add (g, attention_rest, level.attention_rest) : level.attention_rest;
    relation[l] = level.relation;
  }
  kd_graph_set_phase (g, KD_PHASE_LOSS);
  kd_cx_term (cx, "fg", NULL, fg, NULL);
  kd_cx_term (cx, "bg", NULL, bg, NULL);
  kd_cx_term (cx, "attention", NULL, attention_cells, attention_rest);
  kd_cx_term (cx, "relation", NULL, relation, NULL);
}

/* clang-format off */
static const KdSymbol symbols[] = {
  { "L<sub>fg</sub>", "focal error inside objects", .term = "fg" },
  { "L<sub>bg</sub>", "focal error outside of all boxes", .term = "bg" },
  { "L<sub>attention</sub>", "the student's attention against the teacher's", .term = "attention" },
  { "L<sub>global</sub>", "error of the maps with their contexts added", .term = "relation" },
  { "M<sup>fg</sup>", "scale mask: 1 over the cells of the smallest box that covers the cell", .probe = "fg_mask" },
  { "M<sup>bg</sup>", "1 over the cells without a box, there", .probe = "bg_mask" },
  { "A<sup>S</sup>", "the teacher's attention over cells: its mean is 1", .probe = "spatial_attention_teacher" },
  { "A<sup>C</sup>", "the teacher's attention over channels: its mean is 1", .probe = "channel_attention_teacher" },
  { "R", "a map plus one context vector for the whole image", .probe = "context_teacher" },
  { "T", "temperature: low makes the attention sharp", .knob = "temp" },
  { "α", "weight of the objects", .knob = "alpha" },
  { "β", "weight of the background", .knob = "beta" },
  { "γ", "weight of the attention", .knob = "gamma" },
  { "λ", "weight of the global error", .knob = "lambda" },
};

static const KdDeparture departures[] = {
  { "a box is divided by its area, height times width", "by the number of cells that it touches, both edges included, counted before the cut to the map; followed here", .mark = "M<sup>fg</sup>" },
};
/* clang-format on */

const KdMethod kd_method_fgd = {
  .id = "fgd",
  .title = "FGD",
  .venue = "CVPR 2022",
  .paper = "Focal and Global Knowledge Distillation for Detectors; Yang, Li, Jiang, Gong, Yuan, "
           "Zhao, Yuan; arXiv 2111.11837",
  .bibtex = "@inproceedings{yang2022fgd,\n"
            "  title     = {Focal and Global Knowledge Distillation for Detectors},\n"
            "  author    = {Yang, Zhendong and Li, Zhe and Jiang, Xiaohu and Gong, Yuan and Yuan, "
            "Zehuan and Zhao, Danpei and Yuan, Chun},\n"
            "  booktitle = {IEEE/CVF Conference on Computer Vision and Pattern Recognition},\n"
            "  pages     = {4643--4652},\n"
            "  year      = {2022}\n"
            "}\n",
  .idea = "Teacher and student look at different pixels and channels, and they differ more inside "
          "objects than outside, so copying a whole map evenly helps little. Focal distillation "
          "splits the map into objects and background, gives every object the same total weight "
          "whatever its size, and weighs pixels and channels by where the teacher is strong. "
          "Global distillation puts back what the split cut: a small learned block pools one "
          "context vector per image, and the student must match the teacher with that context.",
  .formula =
      "L<sub>fg</sub> = α/N Σ M<sup>fg</sup> A<sup>S</sup> A<sup>C</sup> (F<sub>s</sub> − "
      "F<sub>t</sub>)²\n"
      "L<sub>bg</sub> = β/N Σ M<sup>bg</sup> A<sup>S</sup> A<sup>C</sup> (F<sub>s</sub> − "
      "F<sub>t</sub>)²\n"
      "L<sub>attention</sub> = γ/N (Σ |A<sup>S</sup><sub>s</sub> − A<sup>S</sup><sub>t</sub>| + Σ "
      "|A<sup>C</sup><sub>s</sub> − A<sup>C</sup><sub>t</sub>|)\n"
      "L<sub>global</sub> = λ/N Σ (R(F<sub>s</sub>) − R(F<sub>t</sub>))²\n"
      "A<sup>S</sup> = HW softmax(mean<sub>c</sub> |F<sub>t</sub>| / T),  A<sup>C</sup> = C "
      "softmax(mean<sub>p</sub> |F<sub>t</sub>| / T)",
  .symbols = symbols,
  .n_symbols = G_N_ELEMENTS (symbols),
  .departures = departures,
  .n_departures = G_N_ELEMENTS (departures),
  .needs =
      KD_NEEDS_TEACHER_FEATURE | KD_NEEDS_STUDENT_FEATURE | KD_NEEDS_BOXES | KD_NEEDS_IMAGE_SIZE,
  .knobs = knobs,
  .n_knobs = G_N_ELEMENTS (knobs),
  .n_phases = 1,
  .parts = parts,
  .n_parts = G_N_ELEMENTS (parts),
  .figures = figures,
  .n_figures = G_N_ELEMENTS (figures),
  .wall = wall,
  .n_wall = G_N_ELEMENTS (wall),
  /* Built-in scenes, shipped teacher, AP above the twin's. 3,000 steps, scale 8: 11.9 and 7.3 (seeds 16, 18). 1,500 steps: a small
   * start 10.2 (1x1) and 13.5 (3x3) with scale 5 (seed 14); 3x3 with scale 2, 5, 12: 6.7, 9.1, 9.1 (seed 15), the gradient at the student's
   * features being 0.20, 0.45, 0.97 times the detection loss's. A uniform 1x1 start with 0.5, 2, 5: 1.1 (seed 11), 0.1, 2.0 (seed 12). */
  .demo_scale = 8,
  .demo_ramp = 100,
  .build = build,
};
