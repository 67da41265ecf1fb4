/* SPDX-License-Identifier: MIT */
#include "engine/methods/importance.h"

#include <math.h>

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

/* Maps follow, KD_N_IMPORTANCE a level. */
enum { OUT_GAUSSIAN, OUT_PICKS, OUT_INSIDES, OUT_SCRATCH, OUT_LEVELS };

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
  return call->values[OUT_LEVELS + KD_N_IMPORTANCE * level + which] + (size_t) image * cells;
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
rate_locations (const Object *o, KdTower tower)
{
  const double xi =
      kd_select_number (o->call->inputs[tower == KD_TOWER_CLS ? IN_XI_CLS : IN_XI_REG]);
  const bool inside_first = kd_node_scalar (o->call->inputs[IN_INSIDE_FIRST]) != 0;
  for (int l = 0; l < o->job->n_levels; l++) {
    const LevelLayout *level = &o->job->levels[l];
    kd_real *picture = map_of (o->call, o->job, l, KD_IMPORTANCE_QUALITY + (int) tower, o->image);
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

/* One pick for the pictures. */
static void
list_pick (const Object *o, KdTower tower, int place, int level, int cell, Point at, double weight)
{
  const double columns[KD_N_PICK_COLUMNS] = {
    [KD_PICK_OBJECT] = o->row, [KD_PICK_TOWER] = (double) tower,
    [KD_PICK_PLACE] = place,   [KD_PICK_LEVEL] = level,
    [KD_PICK_CELL] = cell,     [KD_PICK_X] = at.x,
    [KD_PICK_Y] = at.y,        [KD_PICK_QUALITY] = o->quality[o->job->levels[level].first + cell],
    [KD_PICK_WEIGHT] = weight,
  };
  kd_real *row = o->call->values[OUT_PICKS] + KD_N_PICK_COLUMNS * o->call->live[OUT_PICKS]++;
  for (int i = 0; i < KD_N_PICK_COLUMNS; i++)
    row[i] = (kd_real) columns[i];
}

static void
weigh_object (const Object *o, KdTower tower)
{
  int picks[KD_IMPORTANCE_MAX_PICKS];
  Point points[KD_IMPORTANCE_MAX_PICKS] = { { 0, 0 } };
  rate_locations (o, tower);
  const int topk =
      CLAMP ((int) kd_node_scalar (o->call->inputs[IN_TOPK]), 1, KD_IMPORTANCE_MAX_PICKS);
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
        &map_of (o->call, o->job, l, KD_IMPORTANCE_WEIGHT + (int) tower, o->image)[cell];
    const double weight =
        !is_inside (points[k], o->box) ? 0 : (n == 1 ? 1 : gaussian_at (&fit, points[k]));
    *importance = (kd_real) fmax ((double) *importance, weight);
    list_pick (o, tower, k + 1, l, cell, points[k], weight);
  }
  const double row[] = { fit.x, fit.y, fit.xx, fit.xy, fit.yy, n };
  kd_real *out = o->call->values[OUT_GAUSSIAN] + 12 * o->row + 6 * (int) tower;
  for (int i = 0; i < 6; i++)
    out[i] = (kd_real) row[i];
}

/* The locations inside the box are no background; they are counted for the pictures. */
static void
clear_background (const Object *o)
{
  for (int l = 0; l < o->job->n_levels; l++) {
    kd_real *background = map_of (o->call, o->job, l, KD_IMPORTANCE_BACKGROUND, o->image);
    kd_real *insides = &o->call->values[OUT_INSIDES][o->row * o->job->n_levels + l];
    for (int cell = 0; cell < o->job->levels[l].height * o->job->levels[l].width; cell++)
      if (is_inside (position (o, l, cell), o->box)) {
        background[cell] = 0;
        *insides += 1;
      }
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
  const int from[] = { KD_IMPORTANCE_WEIGHT + KD_TOWER_CLS, KD_IMPORTANCE_BACKGROUND },
            to[] = { KD_IMPORTANCE_FG, KD_IMPORTANCE_BG };
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
      kd_real *used = map_of (call, job, l, KD_IMPORTANCE_USED_FG + k, image);
      for (int other = 0; other < job->n_images; other++) {
        const kd_real *own = map_of (call, job, l, KD_IMPORTANCE_FG + k, other);
        for (int i = 0; (cross || other == image) && i < n; i++)
          used[i] += own[i];
      }
    }
  const kd_real *importance = map_of (call, job, l, KD_IMPORTANCE_WEIGHT + KD_TOWER_REG, 0);
  const int count = count_non_zero (importance, n * job->n_images);
  for (int i = 0; count && i < n * job->n_images; i++) {
    map_of (call, job, l, KD_IMPORTANCE_REG_WEIGHT, 0)[i] =
        (kd_real) ((double) importance[i] / count);
    map_of (call, job, l, KD_IMPORTANCE_REG_SHARE, 0)[i] =
        (kd_real) (importance[i] > 0 ? 1.0 / count : 0);
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
  call->live[OUT_GAUSSIAN] = call->live[OUT_INSIDES] = n_boxes;
  for (int n = 0; n < job->n_images; n++) {
    decode_image (call, job, n, decoded);
    for (int l = 0; l < job->n_levels; l++)
      for (int i = 0; i < job->levels[l].height * job->levels[l].width; i++)
        map_of (call, job, l, KD_IMPORTANCE_BACKGROUND, n)[i] = 1;
    for (int row = 0; row < n_boxes; row++) {
      Object object = {
        .call = call, .job = job, .decoded = decoded, .quality = quality, .image = n
      };
      if (images[row] != n || !read_object (&object, row))
        continue;
      weigh_object (&object, KD_TOWER_CLS);
      weigh_object (&object, KD_TOWER_REG);
      clear_background (&object);
    }
    for (int l = 0; l < job->n_levels; l++)
      normalise_image (call, job, l, n);
  }
  for (int l = 0; l < job->n_levels; l++)
    normalise_batch (call, job, l);
}

KdNode *
kd_importance (KdMethodCx *cx)
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
  KdHostOutput outputs[OUT_LEVELS + KD_N_IMPORTANCE * KD_MAX_LEVELS] = { { .live = false } };
  for (int l = 0; l < in->n_levels; l++) {
    const KdShape scores = kd_node_shape (in->cls[KD_TEACHER][l]);
    job.levels[l] = (LevelLayout){ scores.h, scores.w, job.n_locations };
    job.n_locations += scores.h * scores.w;
    KdNode **level = inputs + IN_LEVELS + N_IN_LEVEL * l;
    level[IN_ANCHORS] = in->anchors[l];
    level[IN_SCORES] = in->cls[KD_TEACHER][l];
    level[IN_DELTAS] = in->reg[KD_TEACHER][l];
    for (int i = 0; i < KD_N_IMPORTANCE; i++)
      outputs[OUT_LEVELS + KD_N_IMPORTANCE * l + i].shape =
          kd_shape (in->n_images, 1, scores.h, scores.w);
  }
  const int n_boxes = kd_node_shape (in->targets.boxes).n;
  const int n_picks = n_boxes * KD_N_TOWERS * MIN (KD_IMPORTANCE_MAX_PICKS, job.n_locations);
  outputs[OUT_GAUSSIAN] =
      (KdHostOutput){ .shape = kd_shape (n_boxes, 1, KD_N_TOWERS, 6), .live = true };
  outputs[OUT_PICKS] =
      (KdHostOutput){ .shape = kd_shape (n_picks, KD_N_PICK_COLUMNS, 1, 1), .live = true };
  outputs[OUT_INSIDES] =
      (KdHostOutput){ .shape = kd_shape (n_boxes, in->n_levels, 1, 1), .live = true };
  /* a decoded box per anchor and a quality per location, in double */
  const int scratch = (4 * job.n_anchors + 1) * (int) (sizeof (double) / sizeof (int32_t));
  outputs[OUT_SCRATCH] =
      (KdHostOutput){ .shape = kd_shape (job.n_locations, scratch, 1, 1), .type = KD_TYPE_INT32 };
  return kd_host (kd_cx_graph (cx), "prediction_importance", outputs,
                  OUT_LEVELS + KD_N_IMPORTANCE * in->n_levels, weigh_batch, &job, sizeof job,
                  inputs, IN_LEVELS + N_IN_LEVEL * in->n_levels);
}

KdNode *
kd_importance_map (KdNode *importance, int level, int map)
{
  return kd_host_output (importance, OUT_LEVELS + KD_N_IMPORTANCE * level + map);
}

KdNode *
kd_importance_gaussians (KdNode *importance)
{
  return kd_host_output (importance, OUT_GAUSSIAN);
}

KdNode *
kd_importance_picks (KdNode *importance)
{
  return kd_host_output (importance, OUT_PICKS);
}

KdNode *
kd_importance_insides (KdNode *importance)
{
  return kd_host_output (importance, OUT_INSIDES);
}
