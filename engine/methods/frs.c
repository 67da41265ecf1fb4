/* SPDX-License-Identifier: MIT */

/*
 * FRS: Distilling Object Detectors with Feature Richness
 * Du, Zhang, Chang, Zhang, Liu, Chen, Chen; NeurIPS 2021, arXiv 2111.00674
 *
 * One level, S the student's feature after its adapter, T the teacher's, z the class logits [N,A K,H,W]; sums over levels:
 *   M = max over all A K channels of sigmoid (z_t)                 the richness, a constant
 *   E = sum_c (T - S)^2
 *   B = sum_k [p_t softplus (-z_s) + (1 - p_t) softplus (z_s)]     p_t = sigmoid (z_t)
 *   L_feature = w_feat warm sum M E / sum M        L_cls = w_cls warm sum M B / sum M
 *   warm      = step / warm_steps before step warm_steps, then 1
 * sum M runs over the whole batch; a level whose sum is at most 1e-12 has no loss.
 *
 * Compared with the official code (its detectors and its neck run unchanged on random cases): losses and gradients agree.
 * Departures, each on purpose:
 *   - the class error is computed from logits: the official BCE of probabilities clamps their logarithm at -100, so that a
 *     logit of 20 against a target of 0.1 costs 90 instead of 18 and has no gradient;
 *   - a level without any richness has no loss, where the official code divides 0 by 0.
 * The paper's normaliser N_l is the code's sum of the mask; the warm-up is the code's alone. We follow the code.
 */
#include "engine/methods/method.h"

/* ---- the constants -------------------------------------------------------------------------------- */

/* clang-format off */
static const KdKnob knobs[] = {
  { .id = "w_feat", .label = "Feature weight",
    .help = "up: the student's features are pulled harder where the teacher is rich",
    .type = KD_KNOB_REAL, .value = 0.005, .min = 1e-4, .max = 1, .log = true, .zero = true,
    .presets = { { "fcos", 0.01 }, { "gfl", 0.1 }, { "two-stage", 0.002 } } },
  { .id = "w_cls", .label = "Score weight",
    .help = "up: the student's class scores are pulled harder where the teacher is rich",
    .type = KD_KNOB_REAL, .value = 0.02, .min = 1e-3, .max = 1, .log = true, .zero = true,
    .presets = { { "fcos", 0.05 }, { "gfl", 0.05 }, { "two-stage", 0.1 } } },
  { .id = "warm_steps", .label = "Warm-up",
    .help = "steps over which both terms rise from 0; about 5 % of a short run",
    .type = KD_KNOB_INT, .value = 500, .min = 0, .max = 2000,
    .presets = { { "demo", 150 } } },
  { .id = "step", .label = "Step of a dump",
    .help = "where in the warm-up a dump is taken to be; a training run uses its own step",
    .type = KD_KNOB_INT, .value = 500, .min = 0, .max = 1000000, .hidden = true },
  { .id = "adapter_start", .label = "Adapter's start",
    .help = "uniform: as PyTorch's convolutions; small: so small that the student feels nothing until the adapter has learned",
    .type = KD_KNOB_CHOICE, .value = KD_ADAPTER_UNIFORM, .choices = kd_adapter_starts, .structural = true,
    .presets = { { "demo", KD_ADAPTER_SMALL } } },
};

static const KdPart parts[] = {
  { "adapters", "a 3x3 convolution per level to the teacher's channels, even where they agree; trained with the student, dropped at inference", "adapt" },
};

static const KdWallRow wall[] = {
  { "Richness", { "richness", "richness_student", "richness_diff" } },
  { "Against the boxes", { "richness_against_boxes" } },
  { "Feature error", { "feat_err", "feat_term" } },
  { "Score error", { "cls_err", "cls_term" } },
};

static const KdFigure figures[] = {
  { .kind = KD_FIGURE_RICHNESS, .id = "richness", .title = "Richness against boxes",
    .help = "A box is a poor mask: some cells outside every box are rich, and much of the inside is not",
    .probes = { "richness", "inside_boxes", "scores_teacher" } },
};
/* clang-format on */

/* ---- numbers that need a condition --------------------------------------------------------------- */

static void
find_warm (const KdHostCall *call, const void *data)
{
  const double step = kd_node_scalar (call->inputs[0]);
  const double warm_steps = kd_node_scalar (call->inputs[1]);
  (void) data;
  *call->values[0] = (kd_real) (step < warm_steps ? step / warm_steps : 1);
}

/* 1 / sum M; 0 for none. A sum that is not a number is not "at most", so that it shows. */
static void
invert_mass (const KdHostCall *call, const void *data)
{
  const double mass = kd_node_scalar (call->inputs[0]);
  (void) data;
  *call->values[0] = (kd_real) (mass <= 1e-12 ? 0 : 1 / mass);
}

/* How many levels' masks differ by less than 0.05 between any two cells. */
static void
count_flat (const KdHostCall *call, const void *data)
{
  (void) data;
  for (int l = 0; l < call->n_inputs; l++) {
    const kd_real *mask = kd_node_value (call->inputs[l]);
    const size_t n = kd_shape_count (kd_node_shape (call->inputs[l]));
    double least = (double) mask[0], most = least;
    for (size_t i = 1; i < n; i++) {
      least = MIN (least, (double) mask[i]);
      most = MAX (most, (double) mask[i]);
    }
    *call->values[0] += most - least < 0.05;
  }
}

static KdNode *
number (KdMethodCx *cx, const char *name, KdHostFunc function, KdNode *const *inputs, int n_inputs)
{
  const KdHostOutput output = { .shape = KD_SCALAR_SHAPE };
  return kd_host (kd_cx_graph (cx), name, &output, 1, function, NULL, 0, inputs, n_inputs);
}

/* ---- one level ------------------------------------------------------------------------------------ */

typedef struct {
  KdNode *scores;                      /* p_t [N,A K,H,W] */
  KdNode *richness, *richness_student; /* [N,1,H,W] */
  KdNode *feature_error, *feature_term;
  KdNode *class_error, *class_term;
} LevelMaps;

static KdProbe *
map (KdMethodCx *cx, const char *name, const char *title, int level, KdNode *node)
{
  return kd_cx_probe (cx, KD_PROBE_MAP, name, title, level, node);
}

/* 1 for cells whose centre lies in some box: floor and ceil of its edges would make half of a coarse map "inside". */
static void
find_inside (const KdHostCall *call, const void *data)
{
  const KdSize *image = data;
  const KdShape s = kd_node_shape (call->inputs[2]);
  const int32_t *images = kd_node_ints (call->inputs[1]);
  for (int g = 0; g < kd_node_live_rows (call->inputs[0]); g++) {
    const KdBox box = kd_select_box (call->inputs[0], g);
    kd_real *map = call->values[0] + images[g] * s.h * s.w;
    for (int i = 0; i < s.h * s.w; i++) {
      const double x = (i % s.w + 0.5) * image->width / s.w;
      const double y = ((double) (i / s.w) + 0.5) * image->height / s.h;
      if (x >= box.x1 && x <= box.x2 && y >= box.y1 && y <= box.y2)
        map[i] = 1;
    }
  }
}

/* Where the mask and the boxes disagree: what a box would have missed or wasted. */
static void
show_boxes (KdMethodCx *cx, int l, const LevelMaps *m)
{
  const KdMethodInputs *in = kd_cx_inputs (cx);
  if (!in->targets.boxes || !in->targets.images || in->image.height <= 0)
    return;
  KdGraph *g = kd_cx_graph (cx);
  const KdShape s = kd_node_shape (m->richness);
  KdNode *const inputs[] = { in->targets.boxes, in->targets.images, m->richness };
  const KdHostOutput output = { .shape = s };
  KdNode *inside = kd_host (g, "inside_boxes", &output, 1, find_inside, &in->image,
                            sizeof in->image, inputs, G_N_ELEMENTS (inputs));
  KdProbe *p =
      map (cx, "richness_against_boxes", "Richness and boxes", l, kd_sub (g, m->richness, inside));
  p->style = KD_STYLE_DIVERGING;
  p->in_dump = false;
  p->help =
      "positive: rich although outside every box; negative: poor although inside one; near 0: "
      "boxes and teacher agree";
  p = map (cx, "inside_boxes", "Inside a box", l, inside);
  p->style = KD_STYLE_BINARY;
  p->in_dump = false;
  p->help = "cells whose centre lies in a box: what a box mask would copy";

  KdNode *outside = kd_sub (g, m->richness, kd_mul (g, m->richness, inside));
  KdNode *mass = kd_clamp (g, kd_sum (g, m->richness, KD_AXES_HW), 1e-12, 1e12);
  KdNode *share = kd_div (g, kd_sum (g, outside, KD_AXES_HW), mass);
  p = kd_cx_probe (cx, KD_PROBE_VECTOR, "outside_share", "Weight outside the boxes", l,
                   kd_scale (g, share, 100));
  p->in_dump = false;
  p->unit = "%";
  p->help = "how much of the mask lies outside every box: what a box mask would have thrown away";
}

/* p_t - p_s = p_t (1 - p_s) - (1 - p_t) p_s of the two best scores, 1 - sigmoid (z) = sigmoid (-z): where both are nearly 1 the plain
 * difference has lost its digits. */
static KdNode *
richness_gap (KdMethodCx *cx, int l)
{
  KdGraph *g = kd_cx_graph (cx);
  KdNode *p[2], *rest[2];
  for (int side = 0; side < 2; side++) {
    KdNode *best = kd_max (g, kd_cx_inputs (cx)->cls[side][l], KD_AXIS_C);
    p[side] = kd_sigmoid (g, best);
    rest[side] = kd_sigmoid (g, kd_scale (g, best, -1));
  }
  return kd_sub (g, kd_mul (g, p[KD_TEACHER], rest[KD_STUDENT]),
                 kd_mul (g, rest[KD_TEACHER], p[KD_STUDENT]));
}

static void
show_level (KdMethodCx *cx, int l, const LevelMaps *m)
{
  KdProbe *p = map (cx, "richness", "Richness", l, m->richness);
  p->group = "richness";
  p->help = "the teacher's highest class score, the mask of both terms: fine levels light small "
            "objects, coarse ones large objects";
  p = map (cx, "richness_student", "Richness, student", l, m->richness_student);
  p->group = "richness";
  p->help = "the student's highest class score; it weighs nothing";
  p = map (cx, "richness_diff", "Richness, teacher - student", l, richness_gap (cx, l));
  p->style = KD_STYLE_DIVERGING;
  p->help = "positive: the teacher sees more there than the student";
  p = kd_cx_probe (cx, KD_PROBE_FEATURE, "scores_teacher", "Class scores, teacher", l, m->scores);
  p->in_dump = false;
  p->help = "the teacher's score of every class at every anchor: the richness is their maximum";
  p = map (cx, "feat_err", "Feature error", l, m->feature_error);
  p->help = "squared difference of the features, before the mask";
  p = map (cx, "feat_term", "Feature error, masked", l, m->feature_term);
  p->help = "times the richness: what is copied";
  p = map (cx, "cls_err", "Score error", l, m->class_error);
  p->help =
      "cross entropy of the class scores, before the mask; the teacher's own entropy is in it";
  p = map (cx, "cls_term", "Score error, masked", l, m->class_term);
  p->help = "times the richness: which scores are copied";
  show_boxes (cx, l, m);
}

/* ---- the terms ------------------------------------------------------------------------------------ */

static void
build (KdMethodCx *cx)
{
  KdGraph *g = kd_cx_graph (cx);
  const KdMethodInputs *in = kd_cx_inputs (cx);
  const int n_levels = kd_cx_levels (cx);

  KdNode *adapted[KD_MAX_LEVELS];
  for (int l = 0; l < n_levels; l++) {
    g_autofree char *name = g_strdup_printf ("adapt.%d", l);
    const int channels = kd_node_shape (kd_cx_feature (cx, KD_TEACHER, l)).c;
    adapted[l] = kd_cx_adapter (cx, name, kd_cx_feature (cx, KD_STUDENT, l), channels, 3,
                                !kd_cx_is_dump (cx), NULL);
  }

  kd_graph_set_phase (g, KD_PHASE_SELECT);
  KdNode *steps[] = { kd_cx_step (cx), kd_cx_knob (cx, "warm_steps") };
  KdNode *warm = number (cx, "warm", find_warm, steps, G_N_ELEMENTS (steps));
  KdNode *feature_weight = kd_mul (g, kd_cx_knob (cx, "w_feat"), warm);
  KdNode *class_weight = kd_mul (g, kd_cx_knob (cx, "w_cls"), warm);

  KdNode *feature[KD_MAX_LEVELS] = { NULL }, *class[KD_MAX_LEVELS] = { NULL };
  KdNode *masks[KD_MAX_LEVELS];
  for (int l = 0; l < n_levels; l++) {
    LevelMaps m;
    KdNode *logits = in->cls[KD_STUDENT][l];
    kd_graph_set_phase (g, KD_PHASE_SELECT);
    KdNode *target = m.scores = kd_sigmoid (g, in->cls[KD_TEACHER][l]);
    masks[l] = m.richness = kd_max (g, target, KD_AXIS_C);
    KdNode *mass = kd_sum (g, m.richness, KD_AXES_NCHW);
    KdNode *share = number (cx, "inverse_mass", invert_mass, &mass, 1);

    kd_graph_set_phase (g, KD_PHASE_LOSS);
    m.richness_student = kd_max (g, kd_sigmoid (g, logits), KD_AXIS_C);
    m.feature_error =
        kd_weighted_sse_map (g, adapted[l], kd_cx_feature (cx, KD_TEACHER, l), NULL, NULL);
    m.feature_term = kd_mul (g, m.feature_error, m.richness);
    m.class_error = kd_sum (g, kd_bce_with_logits (g, logits, target), KD_AXIS_C);
    m.class_term = kd_mul (g, m.class_error, m.richness);
    feature[l] = kd_mul (g, m.feature_term, kd_mul (g, share, feature_weight));
    class[l] = kd_mul (g, m.class_term, kd_mul (g, share, class_weight));
    show_level (cx, l, &m);
  }
  kd_cx_warn (cx, number (cx, "flat_levels", count_flat, masks, n_levels),
              "richness is nearly the same over a whole level: there FRS is plain imitation");
  kd_graph_set_phase (g, KD_PHASE_LOSS);
  kd_cx_term (cx, "feature", NULL, feature, NULL);
  kd_cx_term (cx, "cls", NULL, class, NULL);
}

/* clang-format off */
static const KdSymbol symbols[] = {
  { "L<sub>feature</sub>", "feature error, weighted by richness", .term = "feature" },
  { "L<sub>cls</sub>", "error of the class scores, weighted alike", .term = "cls" },
  { "M", "richness: the teacher's highest class score in the cell", .probe = "richness" },
  { "w<sub>feat</sub>", "weight of the features", .knob = "w_feat" },
  { "w<sub>cls</sub>", "weight of the class scores", .knob = "w_cls" },
  { "warm steps", "both terms rise from 0 over so many steps", .knob = "warm_steps" },
};

static const KdDeparture departures[] = {
  { "divides by N, the number of features", "by the sum of the mask over the batch; followed here", .mark = "/ Σ M" },
  { "no warm-up", "both terms rise over the first steps; 0 turns it off", "warm_steps", "0", "500", .mark = "warm" },
};
/* clang-format on */

const KdMethod kd_method_frs = {
  .id = "frs",
  .title = "FRS",
  .venue = "NeurIPS 2021",
  .paper = "Distilling Object Detectors with Feature Richness; Du, Zhang, Chang, Zhang, Liu, "
           "Chen, Chen; arXiv 2111.00674",
  .bibtex = "@inproceedings{du2021frs,\n"
            "  title     = {Distilling Object Detectors with Feature Richness},\n"
            "  author    = {Du, Zhixing and Zhang, Rui and Chang, Ming and Zhang, Xishan and Liu, "
            "Shaoli and Chen, Tianshi and Chen, Yunji},\n"
            "  booktitle = {Advances in Neural Information Processing Systems},\n"
            "  year      = {2021}\n"
            "}\n",
  .idea = "Boxes are a poor mask: useful objects without a label lie outside them, and dull "
          "background lies inside. The teacher already says, pixel by pixel and level by level, "
          "how much it sees there: its highest class probability. That soft map weighs both what "
          "is copied of the features and what is copied of the class scores.",
  .formula = "M = max<sub>k</sub> σ(z<sub>t</sub>)\n"
             "L<sub>feature</sub> = w<sub>feat</sub> warm Σ M Σ<sub>c</sub> (F<sub>s</sub> − "
             "F<sub>t</sub>)² / Σ M\n"
             "L<sub>cls</sub> = w<sub>cls</sub> warm Σ M Σ<sub>k</sub> BCE(z<sub>s</sub>, "
             "σ(z<sub>t</sub>)) / Σ M\n"
             "warm = min(1, step / warm steps)",
  .symbols = symbols,
  .n_symbols = G_N_ELEMENTS (symbols),
  .departures = departures,
  .n_departures = G_N_ELEMENTS (departures),
  .needs = KD_NEEDS_TEACHER_FEATURE | KD_NEEDS_STUDENT_FEATURE | KD_NEEDS_TEACHER_CLS |
           KD_NEEDS_STUDENT_CLS,
  .knobs = knobs,
  .n_knobs = G_N_ELEMENTS (knobs),
  .n_phases = 1,
  .parts = parts,
  .n_parts = G_N_ELEMENTS (parts),
  .wall = wall,
  .n_wall = G_N_ELEMENTS (wall),
  .figures = figures,
  .n_figures = G_N_ELEMENTS (figures),
  /* Built-in scenes, shipped teacher, AP above the twin's, small and uniform start: 7.8 and 7.1 after 3,000 steps (seed 16), 7.2 and 5.9
   * after 1,500 (seed 17); small 4.5 after 3,000 (seed 18). The gradient at the student's features is 0.5 times the detection loss's. */
  .demo_scale = 1,
  .build = build,
};
