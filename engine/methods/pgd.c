/* SPDX-License-Identifier: MIT */

/*
 * PGD: Prediction-Guided Distillation for Dense Object Detection
 * Yang, Ochal, Storkey, Crowley; ECCV 2022, arXiv 2203.05469
 *
 * Importance, from the teacher's predictions alone; a location i is a cell of any level, at its first anchor's centre:
 *   q_i = max over its anchors of p^(1-xi) IoU^xi      p: the object's class, IoU: of the decoded box with the object
 *   X   = the topk locations of largest q over all levels; q = 0 drops out
 *   w_i = exp (-1/2 (X_i - mu)' Sigma^-1 (X_i - mu)) for those inside the box, mu and Sigma: mean and covariance of X
 *   I_i = max over objects of w_i, with xi_cls for the classification tower, with xi_reg for the regression tower
 *   B_i = 1 outside all boxes
 * One level l, S the student's feature of a tower after its adapter, T the teacher's; sums over levels:
 *   As(F) = H W softmax_p (mean_c |F| / temp)      Ac(F) = C softmax_c (|F| / temp), at every pixel
 *   L_cls_fg        = (1 + level_step l) alpha/N sum M As(T) Ac(T) (S - T)^2      M = I_cls / its non-zeros in the image
 *   L_cls_bg        = (1 + level_step l) beta/N sum B' As(T) Ac(T) (S - T)^2      B' likewise of B
 *   L_cls_attention = delta/N (sum |Ac(S) - Ac(T)| / (H W) + sum |As(S) - As(T)|)
 *   L_reg           = gamma/Q sum I_reg mean_c (Ac(T) (S - T)^2)      Q: non-zeros of I_reg in the batch
 *   L_reg_attention = delta/Q sum over those of |Ac(S) - Ac(T)|
 *   beta = beta_ratio alpha, gamma = gamma_ratio alpha
 *
 * Compared with the official code (ChenhongyiYang/PGD): the reference cases come from an implementation that agrees with it.
 * Departures, each on purpose:
 *   - each image's errors meet its own masks; the release multiplies every image's error by every image's mask (batch_cross);
 *   - the 0.1 px noise on positions is replaced by its expected covariance, so that runs agree; the fit is in double;
 *   - picks of quality 0, arbitrary in the release, are dropped; fewer locations than topk are all taken;
 *   - levels are told apart by number, not by size.
 * Where the towers' features are missing, both branches use the neck's.
 */
#include "engine/base/i18n.h"
#include "engine/methods/importance.h"

#include <math.h>

/* ---- the constants -------------------------------------------------------------------------------- */

/* clang-format off */
static const KdKnob knobs[] = {
  { .id = "topk", .label = "Picks an object",
    .help = "up: more dots per object, a wider ellipse",
    .type = KD_KNOB_INT, .value = 30, .min = 1, .max = KD_IMPORTANCE_MAX_PICKS, .presets = { { "demo", 9 }, { "atss", 9 } } },
  { .id = "xi_cls", .label = "Overlap's share, class",
    .help = "0: pure class score; 1: pure overlap: the dots move from the class evidence to the box's centre",
    .type = KD_KNOB_REAL, .value = 0.8, .min = 0, .max = 1 },
  { .id = "xi_reg", .label = "Overlap's share, box",
    .help = "the same for the regression tower's map",
    .type = KD_KNOB_REAL, .value = 0.6, .min = 0, .max = 1 },
  { .id = "temp", .label = "Temperature",
    .help = "up: attention flattens",
    .type = KD_KNOB_REAL, .value = 0.8, .min = 0.1, .max = 3, .log = true, .presets = { { "demo", 3 }, { "autoassign", 0.4 } } },
  { .id = "alpha", .label = "Feature weight",
    .help = "up: all feature terms grow, foreground, background and regression",
    .type = KD_KNOB_REAL, .value = 0.04, .min = 1e-5, .max = 1, .log = true, .zero = true,
    .presets = { { "fcos", 0.04 }, { "gfl", 0.04 }, { "atss", 0.08 }, { "ddod", 0.08 }, { "autoassign", 0.08 }, { "mobilenet", 0.04 }, { "crowdhuman", 1e-3 } } },
  { .id = "beta_ratio", .label = "Background ratio",
    .help = "up: the classification tower's background counts more",
    .type = KD_KNOB_REAL, .value = 0.5, .min = 0, .max = 4 },
  { .id = "gamma_ratio", .label = "Regression ratio",
    .help = "up: the regression tower counts more",
    .type = KD_KNOB_REAL, .value = 1.6, .min = 0, .max = 4 },
  { .id = "delta", .label = "Attention weight",
    .help = "up: the student's attention is pulled onto the teacher's",
    .type = KD_KNOB_REAL, .value = 8e-4, .min = 1e-6, .max = 0.1, .log = true, .zero = true },
  { .id = "level_step", .label = "Level step",
    .help = "up: coarse levels count more",
    .type = KD_KNOB_REAL, .value = 0.25, .min = 0, .max = 1,
    .presets = { { "demo", 0 } } },
  { .id = "inside_first", .label = "Inside first",
    .help = "on: picks never leave the box, the paper's rule; off: all locations compete, the code's",
    .type = KD_KNOB_SWITCH, .value = 0, .min = 0, .max = 1 },
  { .id = "jitter", .label = "Jitter",
    .help = "width in px of the noise whose covariance keeps the Gaussian from collapsing",
    .type = KD_KNOB_REAL, .value = 0.1, .min = 0, .max = 10 },
  { .id = "batch_cross", .label = "As released",
    .help = "on: the classification masks are summed over the batch, the release's mistake: about N times the strength, smeared",
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
  { "adapters", "a convolution per level (1x1 in the paper) and tower to the teacher's channels, only where they differ; trained with the student, dropped at inference", "adapt" },
};

static const KdWallRow wall[] = {
  { "Quality, class and box", { "quality_cls", "quality_reg" } },
  { "Importance, class and box", { "importance_cls", "importance_reg" } },
  { "Background", { "background" } },
  { "Spatial attention", { "spatial_attention_teacher", "spatial_attention_student", "spatial_attention_difference" } },
  { "Channel attention", { "channel_attention_teacher", "channel_attention_student" } },
  { "Loss by cell, class and box", { "error_cls", "error_reg" } },
};

static const KdFigure figures[] = {
  { .kind = KD_FIGURE_PICKS, .id = "picks", .title = "Picks and Gaussians",
    .help = "A handful of cells inside the box decide; they are counted over all levels at once; the class and the box tower are distilled separately",
    .probes = { "picks", "gaussian", "inside_cells", "importance_cls", "importance_reg", "background" },
    .knobs = { "topk", "xi_cls" } },
};
/* clang-format on */

/* ---- one level ------------------------------------------------------------------------------------ */

/* As = H W softmax_p (mean_c |F| / temp) */
static KdNode *
spatial_attention (KdMethodCx *cx, KdNode *x)
{
  KdGraph *g = kd_cx_graph (cx);
  const KdShape s = kd_node_shape (x);
  KdNode *energy = kd_div (g, kd_abs_mean (g, x, KD_AXIS_C), kd_cx_knob (cx, "temp"));
  return kd_scale (g, kd_softmax (g, energy, KD_AXES_HW), (double) s.h * s.w);
}

/* Ac = C softmax_c (|F| / temp), at every pixel for itself */
static KdNode *
channel_attention (KdMethodCx *cx, KdNode *x)
{
  KdGraph *g = kd_cx_graph (cx);
  KdNode *strength = kd_div (g, kd_abs (g, x), kd_cx_knob (cx, "temp"));
  return kd_scale (g, kd_softmax (g, strength, KD_AXIS_C), kd_node_shape (x).c);
}

/* One tower's features of a level, and what both kinds of terms are made of. */
typedef struct {
  KdNode *teacher, *student;                   /* [N,C,H,W], the student's after its adapter */
  KdNode *teacher_channels, *student_channels; /* Ac */
  KdNode *error;                               /* sum_c Ac(T) (S - T)^2 [N,1,H,W] */
  KdNode *attention;                           /* sum_c |Ac(S) - Ac(T)| [N,1,H,W] */
} Tower;

static void
compare_tower (KdMethodCx *cx, Tower *t)
{
  KdGraph *g = kd_cx_graph (cx);
  t->teacher_channels = channel_attention (cx, t->teacher);
  t->student_channels = channel_attention (cx, t->student);
  t->error = kd_weighted_sse_map (g, t->student, t->teacher, NULL, t->teacher_channels);
  t->attention =
      kd_sum (g, kd_abs (g, kd_sub (g, t->student_channels, t->teacher_channels)), KD_AXIS_C);
}

enum { TERM_FG, TERM_BG, TERM_CLS_ATTENTION, TERM_REG, TERM_REG_ATTENTION, N_TERMS };

static KdProbe *
map (KdMethodCx *cx, const char *name, const char *title, int level, KdNode *node)
{
  return kd_cx_probe (cx, KD_PROBE_MAP, name, title, level, node);
}

static void
show_selection (KdMethodCx *cx, int l, KdNode *masks)
{
  const struct {
    const char *names[2], *titles[2];
  } branches[] = {
    { { "quality_cls", "importance_cls" }, { "Quality, class", "Importance, class" } },
    { { "quality_reg", "importance_reg" }, { "Quality, box", "Importance, box" } },
  };
  for (int b = 0; b < KD_N_TOWERS; b++) {
    KdProbe *p = map (cx, branches[b].names[0], branches[b].titles[0], l,
                      kd_importance_map (masks, l, KD_IMPORTANCE_QUALITY + b));
    p->group = "quality";
    p->help = "how well the teacher predicts an object from here: right class and good overlap";
    p = map (cx, branches[b].names[1], branches[b].titles[1], l,
             kd_importance_map (masks, l, KD_IMPORTANCE_WEIGHT + b));
    p->group = "importance";
    p->help = "the few best locations, by how near they are to the centre of their Gaussian";
  }
  KdProbe *p = map (cx, "background", "Background", l,
                    kd_importance_map (masks, l, KD_IMPORTANCE_BACKGROUND));
  p->style = KD_STYLE_BINARY;
  p->help = "locations outside all boxes; the regression tower has no background";
}

static void
show_attention (KdMethodCx *cx, int l, const Tower *t, KdNode *const spatial[2])
{
  KdGraph *g = kd_cx_graph (cx);
  const struct {
    const char *spatial, *channel, *titles[2];
    KdNode *channels;
  } sides[] = {
    [KD_TEACHER] = { "spatial_attention_teacher",
                     "channel_attention_teacher",
                     { "Attention, teacher", "Channel attention, teacher" },
                     t->teacher_channels },
    [KD_STUDENT] = { "spatial_attention_student",
                     "channel_attention_student",
                     { "Attention, student", "Channel attention, student" },
                     t->student_channels },
  };
  for (int side = KD_TEACHER; side <= KD_STUDENT; side++) {
    KdProbe *p = map (cx, sides[side].spatial, sides[side].titles[0], l, spatial[side]);
    p->group = "attention";
    p->help = "where the classification tower is strong: 1 is the mean";
    p = kd_cx_probe (cx, KD_PROBE_VECTOR, sides[side].channel, sides[side].titles[1], l,
                     kd_mean (g, sides[side].channels, KD_AXES_HW));
    p->group = "channel attention";
    p->help = "each pixel has its own channel attention; this is the mean over the map";
  }
  KdProbe *p = map (cx, "spatial_attention_difference", "Attention, student - teacher", l,
                    kd_sub (g, spatial[KD_STUDENT], spatial[KD_TEACHER]));
  p->style = KD_STYLE_DIVERGING;
  p->in_dump = false;
  p->help = "what the attention term pulls to 0";
}

static void
build_level (KdMethodCx *cx, int l, KdNode *masks, Tower *towers, KdNode *terms[N_TERMS])
{
  KdGraph *g = kd_cx_graph (cx);
  KdNode *own_fg = kd_importance_map (masks, l, KD_IMPORTANCE_FG);
  KdNode *own_bg = kd_importance_map (masks, l, KD_IMPORTANCE_BG);
  KdNode *alpha = kd_cx_knob (cx, "alpha"), *delta = kd_cx_knob (cx, "delta");
  KdNode *beta = kd_mul (g, alpha, kd_cx_knob (cx, "beta_ratio"));
  KdNode *gamma = kd_mul (g, alpha, kd_cx_knob (cx, "gamma_ratio"));
  const double share = 1.0 / kd_cx_images (cx);

  Tower *cls = &towers[KD_TOWER_CLS], *reg = &towers[KD_TOWER_REG];
  compare_tower (cx, cls);
  compare_tower (cx, reg);
  KdNode *spatial[] = {
    [KD_TEACHER] = spatial_attention (cx, cls->teacher),
    [KD_STUDENT] = spatial_attention (cx, cls->student),
  };
  const KdShape shape = kd_node_shape (cls->teacher);
  const double n_cells = (double) shape.h * shape.w;

  KdNode *level_weight = kd_shift (g, kd_scale (g, kd_cx_knob (cx, "level_step"), l), 1);
  KdNode *weight = kd_scale (g, kd_mul (g, spatial[KD_TEACHER], level_weight), share);
  KdNode *error = kd_mul (g, cls->error, weight);
  terms[TERM_FG] =
      kd_mul (g, error, kd_mul (g, kd_importance_map (masks, l, KD_IMPORTANCE_USED_FG), alpha));
  terms[TERM_BG] =
      kd_mul (g, error, kd_mul (g, kd_importance_map (masks, l, KD_IMPORTANCE_USED_BG), beta));
  KdNode *where = kd_abs (g, kd_sub (g, spatial[KD_STUDENT], spatial[KD_TEACHER]));
  KdNode *both = kd_add (g, kd_scale (g, cls->attention, 1 / n_cells), where);
  terms[TERM_CLS_ATTENTION] = kd_mul (g, kd_scale (g, both, share), delta);

  KdNode *reg_error = kd_scale (g, reg->error, 1.0 / kd_node_shape (reg->teacher).c);
  terms[TERM_REG] = kd_mul (
      g, reg_error, kd_mul (g, kd_importance_map (masks, l, KD_IMPORTANCE_REG_WEIGHT), gamma));
  terms[TERM_REG_ATTENTION] = kd_mul (
      g, reg->attention, kd_mul (g, kd_importance_map (masks, l, KD_IMPORTANCE_REG_SHARE), delta));

  show_selection (cx, l, masks);
  show_attention (cx, l, cls, spatial);
  KdNode *own = kd_add (g, kd_mul (g, own_fg, alpha), kd_mul (g, own_bg, beta));
  KdProbe *p = map (cx, "error_cls", "Class loss by cell", l, kd_mul (g, error, own));
  p->style = KD_STYLE_LOG;
  p->help = "what each location adds to the foreground and background terms";
  p = map (cx, "error_reg", "Box loss by cell", l, terms[TERM_REG]);
  p->style = KD_STYLE_LOG;
  p->help = "what each location adds to the regression term: nothing outside the picks";
}

/* ---- the terms --------------------------------------------------------------------------------------- */

static KdNode *const *
features_of (const KdMethodInputs *in, KdTower tower, KdSide side)
{
  return tower == KD_TOWER_CLS ? in->clsfeat[side] : in->regfeat[side];
}

/* Whether both sides have the tower's features at every level. */
static bool
has_tower (const KdMethodInputs *in, KdTower tower)
{
  for (int l = 0; l < in->n_levels; l++)
    if (!features_of (in, tower, KD_TEACHER)[l] || !features_of (in, tower, KD_STUDENT)[l])
      return false;
  return true;
}

static char *
unfit (const KdMethodInputs *in, G_GNUC_UNUSED const KdKnobs *values)
{
  static const char *const names[][2] = { [KD_TOWER_CLS] = { "teacher_clsfeat", "student_clsfeat" },
                                          [KD_TOWER_REG] = { "teacher_regfeat",
                                                             "student_regfeat" } };
  for (int b = 0; b < KD_N_TOWERS; b++)
    for (int l = 0; has_tower (in, (KdTower) b) && l < in->n_levels; l++) {
      const KdShape cells = kd_node_shape (in->cls[KD_TEACHER][l]);
      for (int side = KD_TEACHER; side <= KD_STUDENT; side++) {
        const KdShape s = kd_node_shape (features_of (in, (KdTower) b, (KdSide) side)[l]);
        if (s.n != cells.n || s.h != cells.h || s.w != cells.w)
          return g_strdup_printf (
              _ ("%s.%d: expected %d maps of %dx%d like teacher_cls.%d, found %d of %dx%d"),
              names[b][side], l, cells.n, cells.h, cells.w, l, s.n, s.h, s.w);
      }
    }
  return NULL;
}

static void
build (KdMethodCx *cx)
{
  KdGraph *g = kd_cx_graph (cx);
  const KdMethodInputs *in = kd_cx_inputs (cx);
  const char *const adapters[] = { [KD_TOWER_CLS] = "adapt_cls", [KD_TOWER_REG] = "adapt_reg" };
  const bool has[] = { has_tower (in, KD_TOWER_CLS), has_tower (in, KD_TOWER_REG) };
  if (!has[KD_TOWER_CLS] && !has[KD_TOWER_REG])
    kd_cx_note (cx, "both branches use the neck's features");
  else if (!has[KD_TOWER_CLS])
    kd_cx_note (cx, "the classification tower uses the neck's features");
  else if (!has[KD_TOWER_REG])
    kd_cx_note (cx, "the regression tower uses the neck's features");

  Tower towers[KD_MAX_LEVELS][KD_N_TOWERS] = { 0 };
  for (int b = 0; b < KD_N_TOWERS; b++)
    for (int l = 0; l < in->n_levels; l++) {
      Tower *t = &towers[l][b];
      t->teacher =
          (has[b] ? features_of (in, (KdTower) b, KD_TEACHER) : in->feature[KD_TEACHER])[l];
      KdNode *student =
          (has[b] ? features_of (in, (KdTower) b, KD_STUDENT) : in->feature[KD_STUDENT])[l];
      g_autofree char *name = g_strdup_printf ("%s.%d", adapters[b], l);
      t->student = kd_cx_adapter (cx, name, student, kd_node_shape (t->teacher).c, 1, false, NULL);
    }

  kd_graph_set_phase (g, KD_PHASE_SELECT);
  KdNode *masks = kd_importance (cx);
  KdProbe *p = kd_cx_probe (cx, KD_PROBE_LIST, "gaussian", "Gaussians of the picks", -1,
                            kd_importance_gaussians (masks));
  p->axes = KD_AXES_NHW;
  p->unit = "px";
  p->help = "a row an object, class then box: mean x and y, covariance xx, xy and yy, and the "
            "number of picks";
  p = kd_cx_probe (cx, KD_PROBE_LIST, "picks", "Picks", -1, kd_importance_picks (masks));
  p->axes = KD_AXES_NC;
  p->in_dump = false;
  p->help =
      "a row a pick, the best first: object, tower, place, level, cell, x, y, quality, weight";
  p = kd_cx_probe (cx, KD_PROBE_LIST, "inside_cells", "Locations inside the box", -1,
                   kd_importance_insides (masks));
  p->axes = KD_AXES_NC;
  p->in_dump = false;
  p->unit = "cells";
  p->help = "by object and level: what a plain box mask would take";

  kd_graph_set_phase (g, KD_PHASE_LOSS);
  static const char *const ids[] = { "cls_fg", "cls_bg", "cls_attention", "reg", "reg_attention" };
  KdNode *cells[N_TERMS][KD_MAX_LEVELS] = { { NULL } };
  for (int l = 0; l < in->n_levels; l++) {
    KdNode *terms[N_TERMS];
    build_level (cx, l, masks, towers[l], terms);
    for (int t = 0; t < N_TERMS; t++)
      cells[t][l] = terms[t];
  }
  for (int t = 0; t < N_TERMS; t++)
    kd_cx_term (cx, ids[t], NULL, cells[t], NULL);
}

/* clang-format off */
static const KdSymbol symbols[] = {
  { "L<sub>fg</sub>", "class tower, near the picks", .term = "cls_fg" },
  { "L<sub>bg</sub>", "class tower, outside of all boxes", .term = "cls_bg" },
  { "L<sub>att</sub>", "class tower: the student's attention against the teacher's", .term = "cls_attention" },
  { "L<sub>reg</sub>", "box tower, near the picks", .term = "reg" },
  { "L<sub>ratt</sub>", "box tower: attention over channels", .term = "reg_attention" },
  { "I<sub>cls</sub>", "importance for the class tower, from the best k cells of each object", .probe = "importance_cls" },
  { "I<sub>reg</sub>", "importance for the box tower", .probe = "importance_reg" },
  { "B", "1 outside of all boxes", .probe = "background" },
  { "A<sup>S</sup>", "the teacher's attention over cells", .probe = "spatial_attention_teacher" },
  { "k", "picks an object", .knob = "topk" },
  { "ξ", "share of the overlap in the quality q (class tower)", .knob = "xi_cls" },
  { "α", "weight of the features", .knob = "alpha" },
  { "β/α", "of the background", .knob = "beta_ratio" },
  { "γ/α", "of the box tower", .knob = "gamma_ratio" },
  { "δ", "weight of the attention", .knob = "delta" },
};

static const KdDeparture departures[] = {
  { "only cells inside the box are candidates", "all cells compete, and what lies outside is cut afterwards", "inside_first", "1", "0", .mark = "q" },
  { "each image's errors meet its own masks", "the release multiplies every image's error by every image's mask", "batch_cross", "0", "1", .mark = "I<sub>cls</sub>/n" },
};
/* clang-format on */

const KdMethod kd_method_pgd = {
  .id = "pgd",
  .title = "PGD",
  .venue = "ECCV 2022",
  .paper =
      "Prediction-Guided Distillation for Dense Object Detection; Yang, Ochal, Storkey, Crowley; "
      "arXiv 2203.05469",
  .bibtex = "@inproceedings{yang2022pgd,\n"
            "  title     = {Prediction-Guided Distillation for Dense Object Detection},\n"
            "  author    = {Yang, Chenhongyi and Ochal, Mateusz and Storkey, Amos and Crowley, "
            "Elliot J.},\n"
            "  booktitle = {European Conference on Computer Vision},\n"
            "  year      = {2022}\n"
            "}\n",
  .idea = "Inside an object's box only a few locations make the teacher's good detections, and the "
          "teacher's own predictions tell which: confident in the right class and overlapping the "
          "box well. PGD scores every location that way, keeps the best of each object over all "
          "levels, fits one Gaussian to their positions, and lets each weigh by how near it is to "
          "the centre. The classification tower is distilled with one such map and the background, "
          "the regression tower with another that has no background.",
  .formula =
      "q = max p<sup>1−ξ</sup> IoU<sup>ξ</sup>,  I = exp(−½ (x−μ)ᵀ Σ⁻¹ (x−μ)) at the best k of "
      "each object\n"
      "L<sub>fg</sub> = α/N Σ I<sub>cls</sub>/n A<sup>S</sup> A<sup>C</sup> (F<sub>s</sub> − "
      "F<sub>t</sub>)²\n"
      "L<sub>bg</sub> = β/N Σ B/n A<sup>S</sup> A<sup>C</sup> (F<sub>s</sub> − F<sub>t</sub>)²\n"
      "L<sub>reg</sub> = γ/Q Σ I<sub>reg</sub> mean<sub>c</sub> A<sup>C</sup> (F<sub>s</sub> − "
      "F<sub>t</sub>)²\n"
      "L<sub>att</sub> = δ/N (Σ |A<sup>S</sup><sub>s</sub> − A<sup>S</sup><sub>t</sub>| + 1/HW Σ "
      "|A<sup>C</sup><sub>s</sub> − A<sup>C</sup><sub>t</sub>|)\n"
      "L<sub>ratt</sub> = δ/Q Σ |A<sup>C</sup><sub>s</sub> − A<sup>C</sup><sub>t</sub>|",
  .symbols = symbols,
  .n_symbols = G_N_ELEMENTS (symbols),
  .departures = departures,
  .n_departures = G_N_ELEMENTS (departures),
  .needs = KD_NEEDS_TEACHER_FEATURE | KD_NEEDS_STUDENT_FEATURE | KD_NEEDS_TEACHER_CLS |
           KD_NEEDS_TEACHER_REG | KD_NEEDS_ANCHORS | KD_NEEDS_BOXES | KD_NEEDS_LABELS |
           KD_NEEDS_IMAGE_SIZE,
  .knobs = knobs,
  .n_knobs = G_N_ELEMENTS (knobs),
  .n_phases = 1,
  .parts = parts,
  .n_parts = G_N_ELEMENTS (parts),
  .wall = wall,
  .n_wall = G_N_ELEMENTS (wall),
  .figures = figures,
  .n_figures = G_N_ELEMENTS (figures),
  /* Built-in scenes, shipped teacher, AP above the twin's. 3,000 steps: 2.1; with scale 0.02 and beta_ratio 4 1.2, and 1.4 with the
   * paper's 30 picks and level step (seed 18); 100 picks, beta_ratio and gamma_ratio 4, temp 0.8 and scale 0.005 3.3 (seed 16). 1,500
   * steps, 9 picks, all levels alike: temp 3 and scale 0.01 3.7, temp 0.8 with scale 0.005 0.8, with 0.002 1.0, with beta_ratio 4 1.5
   * (seed 17); temp 3 and scale 0.01, 0.02: 1.9, 2.4 (seed 19). The paper's 30 picks, level step and temp with scale 0.005: 5.1 (seed
   * 14), -0.1 (seed 15), with 0.015 -1.0 (seed 15); from a uniform 1x1 start 1.1 (seed 14), with 0.02 -7.5 (seed 13). So a flatter attention
   * helps; at its strength of 0.3 times the detection loss's gradient nearly all comes from the class tower's foreground. */
  .demo_scale = 0.01,
  .demo_ramp = 100,
  .unfit = unfit,
  .build = build,
};
