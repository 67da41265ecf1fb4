/* SPDX-License-Identifier: MIT */

/*
 * KD: plain distillation of the class scores
 * Distilling the Knowledge in a Neural Network; Hinton, Vinyals, Dean; arXiv 1503.02531, for a dense head with sigmoid scores
 *
 * z the class logits of every anchor and class, p_t = sigmoid (z_t):
 *   L_kd = weight / max (1, positives) sum [BCE (z_s, p_t) - H (p_t)]
 *   BCE (z, p) = p softplus (-z) + (1 - p) softplus (z)      H (p) = -p ln p - (1 - p) ln (1 - p) = BCE (z_t, p)
 * The difference is the divergence of the two networks' scores: 0 for equal ones. Positives as in the detection loss: anchors
 * whose largest IoU with a box is at least 0.5, and each box's best anchor if their IoU is above 0.1.
 *
 * The yardstick of the other methods: no features, no masks, no parameters, one weight.
 */
#include "engine/methods/method.h"

/* ---- the constants -------------------------------------------------------------------------------- */

/* clang-format off */
static const KdKnob knobs[] = {
  { .id = "weight", .label = "Weight",
    .help = "up: the student's scores are pulled harder onto the teacher's",
    .type = KD_KNOB_REAL, .value = 1, .min = 1e-3, .max = 100, .log = true, .zero = true },
};

static const KdWallRow wall[] = {
  { "Divergence of the scores", { "score_gap" } },
  { "Highest score", { "score_teacher", "score_student", "score_difference" } },
  { "Teacher's doubt", { "entropy_teacher" } },
};

static const KdFigure figures[] = {
  { .kind = KD_FIGURE_SCORES, .id = "scores", .title = "From scores to divergence",
    .help = "Every anchor is copied, also in the background; where the teacher doubts, even a perfect student's error against it stays, and is taken off",
    .probes = { "score_student", "score_teacher", "score_difference", "score_gap", "entropy_teacher" } },
};
/* clang-format on */

/* ---- the term ------------------------------------------------------------------------------------- */

static KdNode *
positives (KdMethodCx *cx)
{
  KdGraph *g = kd_cx_graph (cx);
  const KdOwnersRule rule = {
    .positive_iou = kd_scalar (g, "positive_iou", 0.5),
    .minimum_iou = kd_scalar (g, "minimum_iou", 0.1),
    .tie_tol = kd_scalar (g, "tie_tol", 0),
    .first_only = true,
  };
  KdNode *owners = kd_select_owners (g, kd_cx_inputs (cx), &rule);
  return kd_clamp (g, kd_host_output (owners, KD_OWNERS_POSITIVES), 1, 1e9);
}

static KdNode *
highest (KdGraph *g, KdNode *scores)
{
  return kd_max (g, scores, KD_AXIS_C);
}

static KdProbe *
map (KdMethodCx *cx, const char *name, const char *title, int level, KdNode *node)
{
  return kd_cx_probe (cx, KD_PROBE_MAP, name, title, level, node);
}

/* Sum over a cell's anchors and classes of the divergence. */
static KdNode *
build_level (KdMethodCx *cx, int l)
{
  KdGraph *g = kd_cx_graph (cx);
  KdNode *teacher = kd_cx_inputs (cx)->cls[KD_TEACHER][l];
  KdNode *student = kd_cx_inputs (cx)->cls[KD_STUDENT][l];
  KdNode *target = kd_sigmoid (g, teacher);
  KdNode *entropy = kd_bce_with_logits (g, teacher, target);
  KdNode *gap = kd_sum (g, kd_sub (g, kd_bce_with_logits (g, student, target), entropy), KD_AXIS_C);

  KdProbe *p = map (cx, "score_gap", "Divergence of the scores", l, gap);
  p->help = "how far the student's class scores are from the teacher's, summed over a cell's "
            "anchors and classes: 0 for equal ones";
  KdNode *best_teacher = highest (g, target), *best_student = highest (g, kd_sigmoid (g, student));
  p = map (cx, "score_teacher", "Highest score, teacher", l, best_teacher);
  p->group = "score";
  p->help = "what the teacher detects: its soft scores show doubt that labels do not";
  p = map (cx, "score_student", "Highest score, student", l, best_student);
  p->group = "score";
  p->help = "what the student detects so far";
  p = map (cx, "score_difference", "Highest score, student - teacher", l,
           kd_sub (g, best_student, best_teacher));
  p->style = KD_STYLE_DIVERGING;
  p->help = "what the term pulls to 0";
  p = map (cx, "entropy_teacher", "Teacher's doubt", l, kd_sum (g, entropy, KD_AXIS_C));
  p->help = "entropy of the teacher's scores: what no student can get below, and what is taken off";
  return gap;
}

static void
build (KdMethodCx *cx)
{
  KdGraph *g = kd_cx_graph (cx);
  kd_graph_set_phase (g, KD_PHASE_SELECT);
  KdNode *share = kd_div (g, kd_cx_knob (cx, "weight"), positives (cx));
  kd_graph_set_phase (g, KD_PHASE_LOSS);
  KdNode *cells[KD_MAX_LEVELS] = { NULL };
  for (int l = 0; l < kd_cx_levels (cx); l++)
    cells[l] = kd_mul (g, build_level (cx, l), share);
  kd_cx_term (cx, "kd", NULL, cells, NULL);
}

/* clang-format off */
static const KdSymbol symbols[] = {
  { "L<sub>kd</sub>", "divergence of the class scores, all anchors", .term = "kd" },
  { "p<sub>t</sub>", "the teacher's scores; its map shows the highest of each cell", .probe = "score_teacher" },
  { "H", "the teacher's own doubt, which no student can undercut", .probe = "entropy_teacher" },
  { "w", "weight", .knob = "weight" },
};

static const KdDeparture departures[] = {
  { "softmax scores at a raised temperature, for classification", "no detection code of its authors: sigmoid scores of every anchor and class here, which have no temperature", .mark = "σ(z<sub>t</sub>)", .other = "Here" },
};
/* clang-format on */

const KdMethod kd_method_kd = {
  .id = "kd",
  .title = "KD",
  .venue = "arXiv 2015",
  .paper = "Distilling the Knowledge in a Neural Network; Hinton, Vinyals, Dean; arXiv 1503.02531; "
           "for the scores of a dense head",
  .bibtex = "@article{hinton2015distilling,\n"
            "  title   = {Distilling the Knowledge in a Neural Network},\n"
            "  author  = {Hinton, Geoffrey and Vinyals, Oriol and Dean, Jeff},\n"
            "  journal = {arXiv preprint arXiv:1503.02531},\n"
            "  year    = {2015}\n"
            "}\n",
  .idea = "The teacher's class scores say more than labels do: how sure it is, what else it might "
          "be, which neighbouring anchor is nearly as good. The student copies all of them, "
          "everywhere. No features, no masks and nothing extra to train: the yardstick that the "
          "other methods have to beat.",
  .formula = "L<sub>kd</sub> = w / max(1, positives) Σ [BCE(z<sub>s</sub>, p<sub>t</sub>) − "
             "H(p<sub>t</sub>)],  p<sub>t</sub> = σ(z<sub>t</sub>)",
  .symbols = symbols,
  .n_symbols = G_N_ELEMENTS (symbols),
  .departures = departures,
  .n_departures = G_N_ELEMENTS (departures),
  .needs = KD_NEEDS_TEACHER_CLS | KD_NEEDS_STUDENT_CLS | KD_NEEDS_ANCHORS | KD_NEEDS_BOXES,
  .knobs = knobs,
  .n_knobs = G_N_ELEMENTS (knobs),
  .n_phases = 1,
  .wall = wall,
  .n_wall = G_N_ELEMENTS (wall),
  .figures = figures,
  .n_figures = G_N_ELEMENTS (figures),
  /* Built-in scenes, shipped teacher, AP above the twin's: 4.8 and 3.0 after 3,000 steps (seeds 16, 18; AP50 7.4, 5.6), 5.3 after 1,500
   * (seed 11). The gradient at the student's features is 3.5 times the detection loss's. Unlike feature terms it does not drown the
   * task, it is one: after 600 steps AP50 was 51.7 at scale 1, 47.7 at 0.3 and 37.8 without it (one tuning seed, easier scenes). */
  .demo_scale = 1,
  .demo_ramp = 100,
  .build = build,
};
