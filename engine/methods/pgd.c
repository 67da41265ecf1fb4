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
#include "engine/methods/method.h"

#include <math.h>

/* ---- the constants -------------------------------------------------------------------------------- */

#define MAX_PICKS 100

/* clang-format off */
static const KdKnob knobs[] = {
  { .id = "topk", .label = "Picks an object",
    .help = "up: more dots per object, a wider ellipse",
    .type = KD_KNOB_INT, .value = 30, .min = 1, .max = MAX_PICKS, .presets = { { "atss", 9 } } },
  { .id = "xi_cls", .label = "Overlap's share, class",
    .help = "0: pure class score; 1: pure overlap: the dots move from the class evidence to the box's centre",
    .type = KD_KNOB_REAL, .value = 0.8, .min = 0, .max = 1 },
  { .id = "xi_reg", .label = "Overlap's share, box",
    .help = "the same for the regression tower's map",
    .type = KD_KNOB_REAL, .value = 0.6, .min = 0, .max = 1 },
  { .id = "temp", .label = "Temperature",
    .help = "up: attention flattens",
    .type = KD_KNOB_REAL, .value = 0.8, .min = 0.1, .max = 3, .log = true, .presets = { { "autoassign", 0.4 } } },
  { .id = "alpha", .label = "Feature weight",
    .help = "up: all feature terms grow, foreground, background and regression",
    .type = KD_KNOB_REAL, .value = 0.04, .min = 1e-5, .max = 1, .log = true, .zero = true,
    .presets = { { "fcos", 0.04 }, { "gfl", 0.04 }, { "atss", 0.08 }, { "ddod", 0.08 }, { "autoassign", 0.08 } } },
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
    .type = KD_KNOB_REAL, .value = 0.25, .min = 0, .max = 1 },
  { .id = "inside_first", .label = "Inside first",
    .help = "on: picks never leave the box, the paper's rule; off: all locations compete, the code's",
    .type = KD_KNOB_SWITCH, .value = 0, .min = 0, .max = 1 },
  { .id = "jitter", .label = "Jitter",
    .help = "width in px of the noise whose covariance keeps the Gaussian from collapsing",
    .type = KD_KNOB_REAL, .value = 0.1, .min = 0, .max = 10 },
  { .id = "batch_cross", .label = "As released",
    .help = "on: the classification masks are summed over the batch, the release's mistake: about N times the strength, smeared",
    .type = KD_KNOB_SWITCH, .value = 0, .min = 0, .max = 1 },
};

static const KdPart parts[] = {
  { "adapters", "a 1x1 convolution per level and tower to the teacher's channels, only where they differ; trained with the student, dropped at inference" },
};

static const KdWallRow wall[] = {
  { "Importance, class and box", { "importance_cls", "importance_reg" } },
  { "Quality, class and box", { "quality_cls", "quality_reg" } },
  { "Background", { "background" } },
  { "Spatial attention", { "spatial_attention_teacher", "spatial_attention_student", "spatial_attention_difference" } },
  { "Channel attention", { "channel_attention_teacher", "channel_attention_student" } },
  { "Loss by cell, class and box", { "error_cls", "error_reg" } },
  { "Gaussians of the picks", { "gaussian" } },
};
/* clang-format on */

/* ---- importance: which locations predict an object well ----------------------------------------------- */

typedef enum { CLS, REG, N_BRANCHES } Branch;

typedef struct {
  int height, width, first; /* first: of the level's locations among all */
} LevelLayout;

typedef struct {
  KdSize image;
  int n_images, n_levels, n_anchors, n_classes, n_locations;
  LevelLayout levels[KD_MAX_LEVELS];
} ImportanceJob;

enum {
  IN_BOXES,
  IN_LABELS,
  IN_IMAGES,
  IN_TOPK,
  IN_XI_CLS,
  IN_XI_REG,
  IN_INSIDE_FIRST,
  IN_JITTER,
  IN_BATCH_CROSS,
  IN_LEVELS,
};
enum { IN_ANCHORS, IN_SCORES, IN_DELTAS, N_IN_LEVEL };

enum { OUT_GAUSSIAN, OUT_SCRATCH, OUT_LEVELS };
/* [N,1,H,W] each, + N_OUT_LEVEL * level */
enum {
  OUT_IMPORTANCE,                            /* + branch: I */
  OUT_QUALITY = OUT_IMPORTANCE + N_BRANCHES, /* + branch */
  OUT_BACKGROUND = OUT_QUALITY + N_BRANCHES, /* B */
  OUT_FG,                                    /* M: I_cls over its non-zeros in the image */
  OUT_BG,                                    /* B' */
  OUT_USED_FG,                               /* what the loss takes: M, or its sum over the batch */
  OUT_USED_BG,
  OUT_REG_WEIGHT, /* I_reg / Q */
  OUT_REG_SHARE,  /* 1 / Q where I_reg is not 0 */
  N_OUT_LEVEL,
};

/* One object against all locations of its image. */
typedef struct {
  const KdHostCall *call;
  const ImportanceJob *job;
  const KdBox *decoded; /* the image's, in the order of anchors */
  double *quality;      /* [n_locations] scratch */
  int image, label, row;
  KdBox box;
} Object;

typedef struct {
  double x, y;
} Point;

static KdNode *
level_input (const KdHostCall *call, int level, int which)
{
  return call->inputs[IN_LEVELS + N_IN_LEVEL * level + which];
}

/* The map of @image. */
static kd_real *
map_of (const KdHostCall *call, const ImportanceJob *job, int level, int which, int image)
{
  const size_t cells = (size_t) (job->levels[level].height * job->levels[level].width);
  return call->values[OUT_LEVELS + N_OUT_LEVEL * level + which] + (size_t) image * cells;
}

static int
level_of (const ImportanceJob *job, int location)
{
  int l = 0;
  while (l + 1 < job->n_levels && location >= job->levels[l + 1].first)
    l++;
  return l;
}

static Point
position (const Object *o, int level, int cell)
{
  const KdBox anchor =
      kd_select_box (level_input (o->call, level, IN_ANCHORS), cell * o->job->n_anchors);
  return (Point){ (anchor.x1 + anchor.x2) / 2, (anchor.y1 + anchor.y2) / 2 };
}

static bool
is_inside (Point at, KdBox box)
{
  return at.x > box.x1 + 1e-10 && at.y > box.y1 + 1e-10 && at.x < box.x2 - 1e-10 &&
         at.y < box.y2 - 1e-10;
}

/* Overlap over union, the union at least 1e-6. */
static double
overlap_ratio (KdBox a, KdBox b)
{
  const double both = kd_box_intersection (a, b);
  return both / fmax (kd_box_area (a) + kd_box_area (b) - both, 1e-6);
}

/* Every anchor's box of @image as the teacher moves it; ln 62.5 bounds the change of a side. */
static void
decode_image (const KdHostCall *call, const ImportanceJob *job, int image, KdBox *decoded)
{
  for (int l = 0; l < job->n_levels; l++) {
    const LevelLayout *level = &job->levels[l];
    for (int p = 0; p < level->height * level->width * job->n_anchors; p++)
      *decoded++ = kd_regions_decode (level_input (call, l, IN_ANCHORS),
                                      level_input (call, l, IN_DELTAS), image, p, log (62.5), true);
  }
}

/* q of one location: the best of its anchors; 0 where none overlaps. */
static double
location_quality (const Object *o, int level, int cell, double xi)
{
  const ImportanceJob *job = o->job;
  const LevelLayout *layout = &job->levels[level];
  const kd_real *scores = kd_node_value (level_input (o->call, level, IN_SCORES));
  double best = 0;
  for (int a = 0; a < job->n_anchors; a++) {
    const double iou =
        overlap_ratio (o->decoded[(layout->first + cell) * job->n_anchors + a], o->box);
    if (!(iou > 0))
      continue;
    const size_t row =
        ((size_t) o->image * (size_t) (layout->height * layout->width) + (size_t) cell) *
            (size_t) job->n_anchors +
        (size_t) a;
    const double z = (double) scores[row * (size_t) job->n_classes + (size_t) o->label];
    const double quality = pow (1 / (1 + exp (-z)), 1 - xi) * pow (iou, xi);
    if (quality > best)
      best = quality;
  }
  return best;
}

/* Fill the object's qualities and the picture of those inside the box. */
static void
rate_locations (const Object *o, Branch branch)
{
  const double xi = kd_select_number (o->call->inputs[branch == CLS ? IN_XI_CLS : IN_XI_REG]);
  const bool inside_first = kd_node_scalar (o->call->inputs[IN_INSIDE_FIRST]) != 0;
  for (int l = 0; l < o->job->n_levels; l++) {
    const LevelLayout *level = &o->job->levels[l];
    kd_real *picture = map_of (o->call, o->job, l, OUT_QUALITY + (int) branch, o->image);
    for (int cell = 0; cell < level->height * level->width; cell++) {
      const bool inside = is_inside (position (o, l, cell), o->box);
      const double quality = location_quality (o, l, cell, xi);
      if (inside)
        picture[cell] = (kd_real) fmax ((double) picture[cell], quality);
      o->quality[level->first + cell] = inside || !inside_first ? quality : 0;
    }
  }
}

/* The best locations, best first, the lower one of equals first; those of quality 0 are no picks. */
static int
pick_best (const double *quality, int n, int topk, int *picks)
{
  int n_picks = 0;
  for (int i = 0; i < n; i++) {
    if (!(quality[i] > 0) || (n_picks == topk && quality[i] <= quality[picks[n_picks - 1]]))
      continue;
    int at = n_picks < topk ? n_picks++ : topk - 1;
    for (; at > 0 && quality[picks[at - 1]] < quality[i]; at--)
      picks[at] = picks[at - 1];
    picks[at] = i;
  }
  return n_picks;
}

typedef struct {
  double x, y, xx, xy, yy; /* mean and covariance */
} Gaussian;

/* Maximum likelihood, plus the covariance that uniform noise of width @jitter would add to the mean's residuals. */
static Gaussian
fit_gaussian (const Point *points, int n, double jitter)
{
  Gaussian fit = { 0, 0, 0, 0, 0 };
  for (int k = 0; k < n; k++) {
    fit.x += points[k].x / n;
    fit.y += points[k].y / n;
  }
  for (int k = 0; k < n; k++) {
    const double dx = points[k].x - fit.x, dy = points[k].y - fit.y;
    fit.xx += dx * dx / n;
    fit.xy += dx * dy / n;
    fit.yy += dy * dy / n;
  }
  const double noise = jitter * jitter / 12 * (1 - 1.0 / n);
  fit.xx += noise;
  fit.yy += noise;
  return fit;
}

/* exp (-1/2 d' Sigma^-1 d), relative to the centre's 1. */
static double
gaussian_at (const Gaussian *fit, Point at)
{
  const double dx = at.x - fit->x, dy = at.y - fit->y;
  const double determinant = fit->xx * fit->yy - fit->xy * fit->xy + 1e-10;
  const double distance =
      (dx * dx * fit->yy - 2 * dx * dy * fit->xy + dy * dy * fit->xx) / determinant;
  return exp (-0.5 * distance);
}

static void
weigh_object (const Object *o, Branch branch)
{
  int picks[MAX_PICKS];
  Point points[MAX_PICKS];
  rate_locations (o, branch);
  const int topk = CLAMP ((int) kd_node_scalar (o->call->inputs[IN_TOPK]), 1, MAX_PICKS);
  const int n = pick_best (o->quality, o->job->n_locations, topk, picks);
  if (!n)
    return;
  for (int k = 0; k < n; k++) {
    const int l = level_of (o->job, picks[k]);
    points[k] = position (o, l, picks[k] - o->job->levels[l].first);
  }
  const Gaussian fit = fit_gaussian (points, n, kd_select_number (o->call->inputs[IN_JITTER]));
  for (int k = 0; k < n; k++) {
    const int l = level_of (o->job, picks[k]), cell = picks[k] - o->job->levels[l].first;
    kd_real *importance =
        &map_of (o->call, o->job, l, OUT_IMPORTANCE + (int) branch, o->image)[cell];
    const double weight = n == 1 ? 1 : gaussian_at (&fit, points[k]);
    if (is_inside (points[k], o->box))
      *importance = (kd_real) fmax ((double) *importance, weight);
  }
  const double row[] = { fit.x, fit.y, fit.xx, fit.xy, fit.yy, n };
  kd_real *out = o->call->values[OUT_GAUSSIAN] + 12 * o->row + 6 * (int) branch;
  for (int i = 0; i < 6; i++)
    out[i] = (kd_real) row[i];
}

static void
clear_background (const Object *o)
{
  for (int l = 0; l < o->job->n_levels; l++) {
    kd_real *background = map_of (o->call, o->job, l, OUT_BACKGROUND, o->image);
    for (int cell = 0; cell < o->job->levels[l].height * o->job->levels[l].width; cell++)
      if (is_inside (position (o, l, cell), o->box))
        background[cell] = 0;
  }
}

static int
count_non_zero (const kd_real *map, int n)
{
  int count = 0;
  for (int i = 0; i < n; i++)
    count += map[i] > 0;
  return count;
}

/* M and B' of one image. */
static void
normalise_image (const KdHostCall *call, const ImportanceJob *job, int l, int image)
{
  const int from[] = { OUT_IMPORTANCE + CLS, OUT_BACKGROUND }, to[] = { OUT_FG, OUT_BG };
  const int n = job->levels[l].height * job->levels[l].width;
  for (int k = 0; k < 2; k++) {
    const kd_real *map = map_of (call, job, l, from[k], image);
    kd_real *out = map_of (call, job, l, to[k], image);
    const double count = MAX (count_non_zero (map, n), 1);
    for (int i = 0; i < n; i++)
      out[i] = (kd_real) ((double) map[i] / count);
  }
}

/* What the terms of a level multiply by: everything that counts over the batch. */
static void
normalise_batch (const KdHostCall *call, const ImportanceJob *job, int l)
{
  const bool cross = kd_node_scalar (call->inputs[IN_BATCH_CROSS]) != 0;
  const int n = job->levels[l].height * job->levels[l].width;
  for (int image = 0; image < job->n_images; image++)
    for (int k = 0; k < 2; k++) {
      kd_real *used = map_of (call, job, l, OUT_USED_FG + k, image);
      for (int other = 0; other < job->n_images; other++) {
        const kd_real *own = map_of (call, job, l, OUT_FG + k, other);
        for (int i = 0; (cross || other == image) && i < n; i++)
          used[i] += own[i];
      }
    }
  const kd_real *importance = map_of (call, job, l, OUT_IMPORTANCE + REG, 0);
  const int count = count_non_zero (importance, n * job->n_images);
  for (int i = 0; count && i < n * job->n_images; i++) {
    map_of (call, job, l, OUT_REG_WEIGHT, 0)[i] = (kd_real) ((double) importance[i] / count);
    map_of (call, job, l, OUT_REG_SHARE, 0)[i] = (kd_real) (importance[i] > 0 ? 1.0 / count : 0);
  }
}

/* The row as an object of its image; false if it is to be ignored: not finite, nothing left inside, no such class. */
static bool
read_object (Object *o, int row)
{
  const KdBox box = kd_select_box (o->call->inputs[IN_BOXES], row);
  if (!isfinite (box.x1) || !isfinite (box.y1) || !isfinite (box.x2) || !isfinite (box.y2))
    return false;
  o->row = row;
  o->label = o->job->n_classes == 1 ? 0 : kd_node_ints (o->call->inputs[IN_LABELS])[row];
  o->box = kd_box_clip (box, o->job->image);
  return o->box.x2 > o->box.x1 && o->box.y2 > o->box.y1 && o->label >= 0 &&
         o->label < o->job->n_classes;
}

static void
weigh_batch (const KdHostCall *call, const void *data)
{
  const ImportanceJob *job = data;
  const int32_t *images = kd_node_ints (call->inputs[IN_IMAGES]);
  const int n_boxes = kd_node_live_rows (call->inputs[IN_BOXES]);
  KdBox *decoded = (KdBox *) (void *) call->ints[OUT_SCRATCH];
  double *quality = (double *) (void *) (decoded + job->n_locations * job->n_anchors);
  call->live[OUT_GAUSSIAN] = n_boxes;
  for (int n = 0; n < job->n_images; n++) {
    decode_image (call, job, n, decoded);
    for (int l = 0; l < job->n_levels; l++)
      for (int i = 0; i < job->levels[l].height * job->levels[l].width; i++)
        map_of (call, job, l, OUT_BACKGROUND, n)[i] = 1;
    for (int row = 0; row < n_boxes; row++) {
      Object object = {
        .call = call, .job = job, .decoded = decoded, .quality = quality, .image = n
      };
      if (images[row] != n || !read_object (&object, row))
        continue;
      weigh_object (&object, CLS);
      weigh_object (&object, REG);
      clear_background (&object);
    }
    for (int l = 0; l < job->n_levels; l++)
      normalise_image (call, job, l, n);
  }
  for (int l = 0; l < job->n_levels; l++)
    normalise_batch (call, job, l);
}

static KdNode *
importance (KdMethodCx *cx)
{
  const KdMethodInputs *in = kd_cx_inputs (cx);
  const KdShape finest = kd_node_shape (in->cls[KD_TEACHER][0]);
  ImportanceJob job = { .image = in->image, .n_images = in->n_images, .n_levels = in->n_levels };
  job.n_anchors = kd_node_live_rows (in->anchors[0]) / (finest.h * finest.w);
  job.n_classes = finest.c / job.n_anchors;

  KdNode *inputs[IN_LEVELS + N_IN_LEVEL * KD_MAX_LEVELS] = {
    [IN_BOXES] = in->targets.boxes,
    [IN_LABELS] = in->targets.labels,
    [IN_IMAGES] = in->targets.images,
    [IN_TOPK] = kd_cx_knob (cx, "topk"),
    [IN_XI_CLS] = kd_cx_knob (cx, "xi_cls"),
    [IN_XI_REG] = kd_cx_knob (cx, "xi_reg"),
    [IN_INSIDE_FIRST] = kd_cx_knob (cx, "inside_first"),
    [IN_JITTER] = kd_cx_knob (cx, "jitter"),
    [IN_BATCH_CROSS] = kd_cx_knob (cx, "batch_cross"),
  };
  KdHostOutput outputs[OUT_LEVELS + N_OUT_LEVEL * KD_MAX_LEVELS] = { { .live = false } };
  for (int l = 0; l < in->n_levels; l++) {
    const KdShape scores = kd_node_shape (in->cls[KD_TEACHER][l]);
    job.levels[l] = (LevelLayout){ scores.h, scores.w, job.n_locations };
    job.n_locations += scores.h * scores.w;
    KdNode **level = inputs + IN_LEVELS + N_IN_LEVEL * l;
    level[IN_ANCHORS] = in->anchors[l];
    level[IN_SCORES] = in->cls[KD_TEACHER][l];
    level[IN_DELTAS] = in->reg[KD_TEACHER][l];
    for (int i = 0; i < N_OUT_LEVEL; i++)
      outputs[OUT_LEVELS + N_OUT_LEVEL * l + i].shape =
          kd_shape (in->n_images, 1, scores.h, scores.w);
  }
  outputs[OUT_GAUSSIAN] =
      (KdHostOutput){ .shape = kd_shape (kd_node_shape (in->targets.boxes).n, 1, N_BRANCHES, 6),
                      .live = true };
  /* a decoded box per anchor and a quality per location, in double */
  const int scratch = (4 * job.n_anchors + 1) * (int) (sizeof (double) / sizeof (int32_t));
  outputs[OUT_SCRATCH] =
      (KdHostOutput){ .shape = kd_shape (job.n_locations, scratch, 1, 1), .type = KD_TYPE_INT32 };
  return kd_host (kd_cx_graph (cx), "prediction_importance", outputs,
                  OUT_LEVELS + N_OUT_LEVEL * in->n_levels, weigh_batch, &job, sizeof job, inputs,
                  IN_LEVELS + N_IN_LEVEL * in->n_levels);
}

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
  const int base = OUT_LEVELS + N_OUT_LEVEL * l;
  for (int b = 0; b < N_BRANCHES; b++) {
    KdProbe *p = map (cx, branches[b].names[0], branches[b].titles[0], l,
                      kd_host_output (masks, base + OUT_QUALITY + b));
    p->group = "quality";
    p->help = "how well the teacher predicts an object from here: right class and good overlap";
    p = map (cx, branches[b].names[1], branches[b].titles[1], l,
             kd_host_output (masks, base + OUT_IMPORTANCE + b));
    p->group = "importance";
    p->help = "the few best locations, by how near they are to the centre of their Gaussian";
  }
  KdProbe *p =
      map (cx, "background", "Background", l, kd_host_output (masks, base + OUT_BACKGROUND));
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
  const int base = OUT_LEVELS + N_OUT_LEVEL * l;
  KdNode *own_fg = kd_host_output (masks, base + OUT_FG);
  KdNode *own_bg = kd_host_output (masks, base + OUT_BG);
  KdNode *alpha = kd_cx_knob (cx, "alpha"), *delta = kd_cx_knob (cx, "delta");
  KdNode *beta = kd_mul (g, alpha, kd_cx_knob (cx, "beta_ratio"));
  KdNode *gamma = kd_mul (g, alpha, kd_cx_knob (cx, "gamma_ratio"));
  const double share = 1.0 / kd_cx_images (cx);

  Tower *cls = &towers[CLS], *reg = &towers[REG];
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
  terms[TERM_FG] = kd_mul (g, error, kd_mul (g, kd_host_output (masks, base + OUT_USED_FG), alpha));
  terms[TERM_BG] = kd_mul (g, error, kd_mul (g, kd_host_output (masks, base + OUT_USED_BG), beta));
  KdNode *where = kd_abs (g, kd_sub (g, spatial[KD_STUDENT], spatial[KD_TEACHER]));
  KdNode *both = kd_add (g, kd_scale (g, cls->attention, 1 / n_cells), where);
  terms[TERM_CLS_ATTENTION] = kd_mul (g, kd_scale (g, both, share), delta);

  KdNode *reg_error = kd_scale (g, reg->error, 1.0 / kd_node_shape (reg->teacher).c);
  terms[TERM_REG] =
      kd_mul (g, reg_error, kd_mul (g, kd_host_output (masks, base + OUT_REG_WEIGHT), gamma));
  terms[TERM_REG_ATTENTION] =
      kd_mul (g, reg->attention, kd_mul (g, kd_host_output (masks, base + OUT_REG_SHARE), delta));

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
tower_features (const KdMethodInputs *in, Branch branch, KdSide side)
{
  return branch == CLS ? in->clsfeat[side] : in->regfeat[side];
}

/* Whether both sides have the tower's features at every level. */
static bool
has_tower (const KdMethodInputs *in, Branch branch)
{
  for (int l = 0; l < in->n_levels; l++)
    if (!tower_features (in, branch, KD_TEACHER)[l] || !tower_features (in, branch, KD_STUDENT)[l])
      return false;
  return true;
}

static char *
unfit (const KdMethodInputs *in, G_GNUC_UNUSED const KdKnobs *values)
{
  static const char *const names[][2] = { [CLS] = { "teacher_clsfeat", "student_clsfeat" },
                                          [REG] = { "teacher_regfeat", "student_regfeat" } };
  for (int b = 0; b < N_BRANCHES; b++)
    for (int l = 0; has_tower (in, (Branch) b) && l < in->n_levels; l++) {
      const KdShape cells = kd_node_shape (in->cls[KD_TEACHER][l]);
      for (int side = KD_TEACHER; side <= KD_STUDENT; side++) {
        const KdShape s = kd_node_shape (tower_features (in, (Branch) b, (KdSide) side)[l]);
        if (s.n != cells.n || s.h != cells.h || s.w != cells.w)
          return g_strdup_printf (
              "%s.%d: expected %d maps of %dx%d like teacher_cls.%d, found %d of %dx%d",
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
  const char *const adapters[] = { [CLS] = "adapt_cls", [REG] = "adapt_reg" };
  const bool has[] = { has_tower (in, CLS), has_tower (in, REG) };
  if (!has[CLS] && !has[REG])
    kd_cx_note (cx, "both branches use the neck's features");
  else if (!has[CLS])
    kd_cx_note (cx, "the classification branch uses the neck's features");
  else if (!has[REG])
    kd_cx_note (cx, "the regression branch uses the neck's features");

  Tower towers[KD_MAX_LEVELS][N_BRANCHES] = { 0 };
  for (int b = 0; b < N_BRANCHES; b++)
    for (int l = 0; l < in->n_levels; l++) {
      Tower *t = &towers[l][b];
      t->teacher =
          (has[b] ? tower_features (in, (Branch) b, KD_TEACHER) : in->feature[KD_TEACHER])[l];
      KdNode *student =
          (has[b] ? tower_features (in, (Branch) b, KD_STUDENT) : in->feature[KD_STUDENT])[l];
      g_autofree char *name = g_strdup_printf ("%s.%d", adapters[b], l);
      t->student = kd_cx_adapter (cx, name, student, kd_node_shape (t->teacher).c, 1, false, NULL);
    }

  kd_graph_set_phase (g, KD_PHASE_SELECT);
  KdNode *masks = importance (cx);
  KdProbe *p = kd_cx_probe (cx, KD_PROBE_LIST, "gaussian", "Gaussians of the picks", -1,
                            kd_host_output (masks, OUT_GAUSSIAN));
  p->axes = KD_AXES_NHW;
  p->unit = "px";
  p->help = "a row an object, class then box: mean x and y, covariance xx, xy and yy, and the "
            "number of picks";

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
      "L<sub>cls</sub> = α/N Σ M A<sup>S</sup> A<sup>C</sup> (F<sub>s</sub> − F<sub>t</sub>)² + "
      "β/N Σ B A<sup>S</sup> A<sup>C</sup> (F<sub>s</sub> − F<sub>t</sub>)²\n"
      "L<sub>reg</sub> = γ/Q Σ I<sub>reg</sub> mean<sub>c</sub> A<sup>C</sup> (F<sub>s</sub> − "
      "F<sub>t</sub>)²\n"
      "L<sub>attention</sub> = δ Σ |A<sub>s</sub> − A<sub>t</sub>|",
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
  .demo_scale = 1,
  .demo_ramp = 100,
  .unfit = unfit,
  .build = build,
};
