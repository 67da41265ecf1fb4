/* SPDX-License-Identifier: MIT */

/* Mimic: the first so many regions on the image, their errors in order and by object, the worst ones' tiles of both sides, and how many
 * cover each cell. */
#include "ui/figure-builder.h"

#include "engine/base/i18n.h"

#define MOST_COLUMNS 8 /* of tiles */
#define FADE 0.35      /* of boxes without a number */

enum { IMAGE_PANEL, BARS_PANEL, OBJECTS_PANEL, TILE_PANELS };
enum { TEACHER, STUDENT, ERROR, N_TILE_ROWS };

static const struct {
  const char *probe, *title, *lead;
} tile_rows[] = {
  { "tile_teacher", N_ ("teacher"), NULL },
  { "tile_student", N_ ("student"), NULL },
  { "tile_error", N_ ("difference²"), NULL },
};

typedef struct {
  KdFigureMap boxes, levels, errors, tiles[N_TILE_ROWS];
  int n_all, n, *rows; /* of this image; those that are shown, the largest error first */
  int pool;            /* 0: no tiles */
  int n_columns, columns[MOST_COLUMNS]; /* places among rows */
  int lit;                              /* place among rows; -1: none */
} Regions;

static double
error_of (const Regions *r, int place)
{
  return (double) r->errors.values[r->rows[place]];
}

static KdBox
box_of (const Regions *r, int place)
{
  const float *at = r->boxes.values + 4 * r->rows[place];
  return (KdBox){ (double) at[0], (double) at[1], (double) at[2], (double) at[3] };
}

static int
level_of (const Regions *r, int place)
{
  return (int) r->levels.values[r->rows[place]];
}

/* ---- reading ------------------------------------------------------------------------------------------- */

static bool
read_regions (KdFigureBuilder *b, Regions *r)
{
  KdFigureMap images;
  *r = (Regions){ .lit = -1 };
  if (!kd_figure_read (b, "regions", -1, &r->boxes) ||
      !kd_figure_read (b, "region_image", -1, &images) ||
      !kd_figure_read (b, "region_level", -1, &r->levels) ||
      !kd_figure_read (b, "region_error", -1, &r->errors))
    return false;
  r->rows = kd_figure_keep (b, g_new (int, images.height + 1));
  const int most = b->state->slider < 0 ? images.height : b->state->slider;
  for (int i = 0; i < images.height; i++) {
    const int level = (int) r->levels.values[i];
    if ((int) images.values[i] != kd_figure_image (b) ||
        (b->state->level >= 0 && level != b->state->level) || r->n_all++ >= most)
      continue;
    int at = r->n++;
    for (; at > 0 && r->errors.values[r->rows[at - 1]] < r->errors.values[i]; at--)
      r->rows[at] = r->rows[at - 1];
    r->rows[at] = i;
  }
  bool tiles = true;
  for (int t = 0; t < N_TILE_ROWS; t++)
    tiles = tiles && kd_figure_read (b, tile_rows[t].probe, -1, &r->tiles[t]);
  r->pool = tiles ? (int) lround (sqrt (r->tiles[ERROR].width)) : 0;
  return true;
}

/* The worst ones' tiles; one that is pointed at elsewhere takes the last place. */
static void
choose_columns (const KdFigureBuilder *b, Regions *r)
{
  const KdSheetSpot *spot = &b->state->spot;
  r->n_columns = MIN (r->n, MOST_COLUMNS);
  for (int i = 0; i < r->n_columns; i++)
    r->columns[i] = i;
  const int tile = spot->panel - TILE_PANELS;
  if (spot->panel == IMAGE_PANEL || spot->panel == BARS_PANEL)
    r->lit = spot->item < r->n ? spot->item : -1;
  else if (r->pool && r->n_columns && tile >= 0 && tile < N_TILE_ROWS * r->n_columns)
    r->lit = tile % r->n_columns;
  if (r->lit >= r->n_columns)
    r->columns[r->n_columns - 1] = r->lit;
}

static const char *
region_text (KdFigureBuilder *b, const Regions *r, int place)
{
  const KdBox box = box_of (r, place);
  return kd_figure_text (b, _ ("region %d, %s, %.0f × %.0f px: error %s"), place + 1,
                         kd_figure_level_name (b, level_of (r, place)), box.x2 - box.x1,
                         box.y2 - box.y1, kd_figure_number (b, error_of (r, place)));
}

/* ---- panels --------------------------------------------------------------------------------------------- */

static void
add_image (KdFigureBuilder *b, const Regions *r)
{
  KdSheetBox *boxes = kd_figure_keep (b, g_new0 (KdSheetBox, r->n + b->info->n_truths + 1));
  for (int i = 0; i < r->n; i++) {
    const bool lit = i == r->lit;
    boxes[i] = (KdSheetBox){
      .box = box_of (r, i),
      .color = lit ? (KdColor){ 1, 1, 1 } : (KdColor){ 0.99, 0.72, 0.15 },
      .line_width = lit ? 3.5 : (i < MOST_COLUMNS ? 1.5 : 1),
      .fade = lit || i < MOST_COLUMNS ? 0 : FADE,
      .label = lit || i < MOST_COLUMNS ? kd_figure_text (b, "%d", i + 1) : NULL,
      .corner = KD_CORNER_LOWER_LEFT,
    };
  }
  for (int i = 0; i < b->info->n_truths; i++)
    boxes[r->n + i] = (KdSheetBox){
      .box = b->info->truths[i].box,
      .color = kd_truth_color (),
      .line_width = b->state->spot.panel == OBJECTS_PANEL && b->state->spot.item == i ? 4 : 1.6,
      .dashed = true,
    };
  const KdPanel panel = {
    .kind = KD_PANEL_IMAGE,
    .title = _ ("Regions"),
    .small = true, /* the tiles of what is pointed at must be in sight */
    .caption = r->n < r->n_all ? kd_figure_text (b, _ ("the first %d of %d"), r->n, r->n_all)
                               : kd_figure_text (b, _ ("%d in this image"), r->n),
    .lit = -1,
    .boxes = boxes,
    .n_boxes = r->n + b->info->n_truths,
    .n_pickable = r->n,
  };
  kd_figure_add (b, &panel);
}

static void
add_bars (KdFigureBuilder *b, const Regions *r)
{
  float *values = kd_figure_keep (b, g_new (float, r->n + 1));
  double sum = 0;
  for (int i = 0; i < r->n; i++) {
    values[i] = (float) error_of (r, i);
    sum += error_of (r, i);
  }
  const KdPanel panel = {
    .kind = KD_PANEL_BARS,
    .title = _ ("Error of each region (L2² / values)"),
    .caption =
        r->n ? kd_figure_text (b, _ ("largest %s, mean %s"), kd_figure_number (b, error_of (r, 0)),
                               kd_figure_number (b, sum / r->n))
             : NULL,
    .values = values,
    .width = r->n,
    .height = 1,
    .lit = r->lit,
  };
  kd_figure_add (b, &panel);
}

/* The object that a region overlaps most; as many as there are: it overlaps none. */
static int
object_of (const KdFigureBuilder *b, KdBox box)
{
  int object = b->info->n_truths;
  double most = 0;
  for (int i = 0; i < b->info->n_truths; i++) {
    const double iou = kd_box_iou (b->info->truths[i].box, box);
    if (iou > most) {
      most = iou;
      object = i;
    }
  }
  return object;
}

/* Whose regions make up the loss: an object with many weighs more. */
static void
add_objects (KdFigureBuilder *b, const Regions *r)
{
  const int G = b->info->n_truths;
  float *shares = kd_figure_keep (b, g_new0 (float, G + 1));
  int *counts = kd_figure_keep (b, g_new0 (int, G + 1));
  const char **names = kd_figure_keep (b, g_new0 (const char *, G + 1));
  double sum = 0;
  for (int i = 0; i < r->n; i++)
    sum += error_of (r, i);
  for (int i = 0; i < r->n; i++) {
    const int object = object_of (b, box_of (r, i));
    counts[object]++;
    shares[object] += (float) (sum > 0 ? 100 * error_of (r, i) / sum : 0);
  }
  for (int i = 0; i < G; i++) {
    const char *class = kd_figure_class_name (b, b->info->truths[i].label);
    names[i] = class ? kd_figure_text (b, "%d %s", i + 1, class) : kd_figure_text (b, "%d", i + 1);
  }
  names[G] = C_ ("object", "none");
  const int item = kd_figure_at_spot (b) ? b->state->spot.item : -1;
  const KdPanel panel = {
    .kind = KD_PANEL_BARS,
    .title = _ ("Loss by object, %"),
    .caption = _ ("the object a region overlaps most"),
    .values = shares,
    .width = G + 1,
    .height = 1,
    .names = names,
    .lit = item,
  };
  if (item >= 0 && item <= G)
    b->plot.readout =
        kd_figure_text (b, _ ("%s: %d of %d regions, %s %% of the loss"),
                        item < G ? kd_figure_object_name (b, item) : _ ("regions on no object"),
                        counts[item], r->n, kd_figure_number (b, (double) shares[item]));
  kd_figure_add (b, &panel);
}

/* How many of the regions that are shown cover each cell; the cells of a box as the method counts them. */
static void
count_coverage (const KdFigureBuilder *b, const Regions *r, int level, KdFigureMap *map)
{
  const int probe = kd_picture_find (b->picture, "coverage", level);
  const int stride = b->info->probes[probe].stride;
  memset (map->values, 0, sizeof (float) * (size_t) (map->width * map->height));
  for (int i = 0; i < r->n; i++) {
    const KdBox box = box_of (r, i);
    if (level_of (r, i) != level)
      continue;
    const int left = MIN ((int) (box.x1 / stride), map->width - 1);
    const int top = MIN ((int) (box.y1 / stride), map->height - 1);
    const int right = MIN (MAX ((int) ceil (box.x2 / stride), left + 1), map->width);
    const int bottom = MIN (MAX ((int) ceil (box.y2 / stride), top + 1), map->height);
    for (int y = top; y < bottom; y++)
      for (int x = left; x < right; x++)
        map->values[y * map->width + x] += 1;
  }
}

static void
add_coverage (KdFigureBuilder *b, const Regions *r)
{
  const KdScale scale = kd_figure_scale (b, "coverage", NULL, false); /* of all: steps compare */
  KdFigureMap map;
  for (int l = 0; l < KD_MAX_LEVELS; l++) {
    if (!kd_figure_shows (b, "coverage", l) || !kd_figure_read (b, "coverage", l, &map))
      continue;
    if (r->n < r->n_all)
      count_coverage (b, r, l, &map);
    int n_covered = 0;
    for (int i = 0; i < map.width * map.height; i++)
      n_covered += map.values[i] > 0;
    KdPanel panel = kd_figure_map_panel (
        b, 1 + N_TILE_ROWS, kd_figure_text (b, _ ("%s coverage"), kd_figure_level_name (b, l)),
        &map);
    panel.scale = scale;
    panel.small = true;
    panel.caption = kd_figure_text (b, _ ("%d of %d cells"), n_covered, map.width * map.height);
    if (kd_figure_at_spot (b) && panel.lit >= 0)
      b->plot.readout = kd_figure_text (b, _ ("%s: under %.0f regions"),
                                        kd_figure_cell_name (b, l, &map, panel.lit),
                                        (double) map.values[panel.lit]);
    kd_figure_add (b, &panel);
  }
}

static float
bin_of (const Regions *r, int kind, int place, int bin)
{
  return r->tiles[kind].values[r->rows[place] * r->pool * r->pool + bin];
}

/* Both sides share a scale. */
static KdScale
tile_scale (const Regions *r, int kind)
{
  KdScale scale = { .low = 0, .high = 0 };
  for (int i = 0; i < r->n_columns; i++)
    for (int bin = 0; bin < r->pool * r->pool; bin++)
      for (int t = 0; t < N_TILE_ROWS; t++)
        if ((t == ERROR) == (kind == ERROR))
          scale.high = fmax (scale.high, (double) bin_of (r, t, r->columns[i], bin));
  scale.high = scale.high > 0 ? scale.high : 1;
  return scale;
}

static void
add_tiles (KdFigureBuilder *b, const Regions *r, int kind)
{
  const KdScale scale = tile_scale (r, kind);
  const int first = TILE_PANELS, panel_at = b->state->spot.panel;
  const bool in_tiles = panel_at >= first && panel_at < first + N_TILE_ROWS * r->n_columns;
  for (int i = 0; i < r->n_columns; i++) {
    const int place = r->columns[i], bin = b->state->spot.item;
    const KdPanel panel = {
      .kind = KD_PANEL_MATRIX,
      .row = 1 + kind,
      .title = kd_figure_text (b, "%s%d %s", place == r->lit ? "▸ " : "", place + 1,
                               kd_translated (tile_rows[kind].title)),
      .caption = kind == ERROR
                     ? kd_figure_text (b, "= %s", kd_figure_number (b, error_of (r, place)))
                     : NULL,
      .values = r->tiles[kind].values + r->rows[place] * r->pool * r->pool,
      .width = r->pool,
      .height = r->pool,
      .scale = scale,
      .colormap = kind == ERROR ? KD_COLORMAP_MAGMA : KD_COLORMAP_VIRIDIS,
      .ruled = true,
      .small = true,
      .wordless = true,
      .lit = place == r->lit && in_tiles ? bin : -1,
    };
    if (kd_figure_at_spot (b) && bin >= 0 && bin < r->pool * r->pool)
      b->plot.readout =
          kd_figure_text (b, _ ("%s; bin (%d, %d): teacher %s, student %s, difference² %s"),
                          region_text (b, r, place), bin % r->pool, bin / r->pool,
                          kd_figure_number (b, (double) bin_of (r, TEACHER, place, bin)),
                          kd_figure_number (b, (double) bin_of (r, STUDENT, place, bin)),
                          kd_figure_number (b, (double) bin_of (r, ERROR, place, bin)));
    kd_figure_add (b, &panel);
  }
}

/* ---- the whole -------------------------------------------------------------------------------------------- */

void
kd_figure_build_regions (KdFigureBuilder *b)
{
  Regions r;
  if (!read_regions (b, &r))
    return;
  choose_columns (b, &r);
  b->plot.slider_most = r.n_all;
  b->plot.slider_at = r.n;
  b->plot.plays = true;
  b->plot.slider =
      r.n < r.n_all
          ? kd_figure_text (b, _ ("The first %d of %d regions, in their own order"), r.n, r.n_all)
          : kd_figure_text (b, _ ("All %d regions"), r.n_all);
  double sum = 0, worst = 0;
  for (int i = 0; i < r.n; i++) {
    sum += error_of (&r, i);
    worst += i < MOST_COLUMNS ? error_of (&r, i) : 0;
  }
  if (!r.n)
    g_string_append (b->summary, _ ("No region in this image: nothing is imitated."));
  else
    g_string_append_printf (
        b->summary, _ ("%d regions, numbered by error: the first %d carry %.0f %% of the loss."),
        r.n, r.n_columns, sum > 0 ? 100 * worst / sum : 0);
  if (!r.pool)
    g_string_append (b->summary,
                     _ (" Sampling = crop compares cells as they are: there are no tiles."));
  add_image (b, &r);
  add_bars (b, &r);
  add_objects (b, &r);
  for (int t = 0; r.pool && t < N_TILE_ROWS; t++)
    add_tiles (b, &r, t);
  add_coverage (b, &r);
  if (r.lit >= 0 && !b->plot.readout)
    b->plot.readout = region_text (b, &r, r.lit);
  kd_figure_add_legend (b,
                        _ ("dashed: ground truth; solid: regions, the worst with their numbers"));
  if (r.pool)
    kd_figure_add_legend (
        b, _ ("tiles: mean over channels of |x| and of the squared difference, bin by bin"));
}
