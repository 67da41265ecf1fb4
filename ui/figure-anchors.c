/* SPDX-License-Identifier: MIT */

/* FGFI: one object's IoU with each anchor shape, what exceeds its threshold, the union shape by shape, and which level gives each object
 * cells. */
#include "ui/figure-builder.h"

#include "engine/base/i18n.h"

typedef struct {
  KdFigureMap best, least, cells; /* [G,L] */
  int row;                        /* of the chosen object */
} Objects;

/* One level of the chosen object. */
typedef struct {
  KdFigureMap ious, anchors, mask, count;
  const float *of_object; /* [A,H,W] */
  int level, n_anchors, n_cells;
  double best, least;
} Level;

static bool
read_level (KdFigureBuilder *b, const Objects *objects, int l, Level *to)
{
  *to = (Level){ .level = l };
  if (!kd_figure_shows (b, "iou_of_box", l) || !kd_figure_read (b, "iou_of_box", l, &to->ious) ||
      !kd_figure_read (b, "near_by_anchor", l, &to->anchors) ||
      !kd_figure_read (b, "mask", l, &to->mask) || !kd_figure_read (b, "count", l, &to->count) ||
      objects->row >= to->ious.height)
    return false;
  to->n_anchors = to->anchors.channels;
  to->n_cells = to->anchors.width * to->anchors.height;
  to->of_object = to->ious.values + objects->row * to->ious.width;
  to->best = kd_figure_entry (&objects->best, objects->row, l);
  to->least = kd_figure_entry (&objects->least, objects->row, l);
  return true;
}

static bool
passes (const Level *level, int anchor, int cell)
{
  return level->best > 0 &&
         (double) level->of_object[anchor * level->n_cells + cell] > level->least;
}

/* Of the first @n_shapes. */
static int
count_passing (const Level *level, int n_shapes, int cell)
{
  int n = 0;
  for (int a = 0; a < n_shapes; a++)
    n += passes (level, a, cell);
  return n;
}

/* Shapes of anchors that are united so far: a step each. */
static int
shapes_united (const KdFigureBuilder *b, const Level *level)
{
  return b->state->slider < 0 ? level->n_anchors : MIN (b->state->slider, level->n_anchors);
}

/* The object's cells on all levels that are shown, of the first @n_shapes. */
static int
count_union (KdFigureBuilder *b, const Objects *objects, int n_shapes)
{
  int n = 0;
  Level level;
  for (int l = 0; l < KD_MAX_LEVELS; l++)
    if (read_level (b, objects, l, &level))
      for (int i = 0; i < level.n_cells; i++)
        n += count_passing (&level, MIN (n_shapes, level.n_anchors), i) > 0;
  return n;
}

/* ---- panels -------------------------------------------------------------------------------------------- */

static void
add_image (KdFigureBuilder *b, const Objects *objects)
{
  int n_cells = 0;
  for (int l = 0; l < objects->cells.width; l++)
    n_cells += (int) kd_figure_entry (&objects->cells, objects->row, l);
  const KdPanel panel = {
    .kind = KD_PANEL_IMAGE,
    .title = kd_figure_text (b, _ ("Object %d"), b->plot.object + 1),
    .small = true,
    .caption = n_cells ? kd_figure_text (b, _ ("%d cells on all levels"), n_cells)
                       : _ ("no cell on any level: not imitated"),
    .lit = -1,
    .boxes = kd_figure_truth_boxes (b, b->plot.object),
    .n_boxes = b->info->n_truths,
    .n_pickable = b->info->n_truths,
  };
  if (kd_figure_at_spot (b) && b->state->spot.item >= 0) {
    const int row = kd_picture_truth_row (b->picture, b->state->spot.item);
    int n = 0;
    for (int l = 0; l < objects->cells.width; l++)
      n += (int) kd_figure_entry (&objects->cells, row, l);
    b->plot.readout = kd_figure_text (b,
                                      b->titled || b->state->spot.item == b->plot.object
                                          ? _ ("%s: %d cells")
                                          : _ ("%s: %d cells; click to choose it"),
                                      kd_figure_object_name (b, b->state->spot.item), n);
  }
  kd_figure_add (b, &panel);
}

/* Objects of this image by levels. */
static void
add_matrix (KdFigureBuilder *b, const Objects *objects)
{
  const KdPanel panel = kd_figure_object_matrix (b, _ ("Cells by level"), &objects->cells);
  const int L = panel.width;
  if (panel.lit >= 0) {
    const int row = kd_picture_truth_row (b->picture, panel.lit / L), l = panel.lit % L;
    const double best = kd_figure_entry (&objects->best, row, l);
    b->plot.readout =
        best > 0 ? kd_figure_text (b, _ ("%s on %s: %d cells, best IoU %s, threshold %s"),
                                   kd_figure_object_name (b, panel.lit / L), panel.columns[l],
                                   (int) panel.values[panel.lit], kd_figure_number (b, best),
                                   kd_figure_number (b, kd_figure_entry (&objects->least, row, l)))
                 : kd_figure_text (b, _ ("%s on %s: no cells, it takes no part there"),
                                   kd_figure_object_name (b, panel.lit / L), panel.columns[l]);
  }
  kd_figure_add (b, &panel);
}

static void
read_out (KdFigureBuilder *b, const Level *level, int anchor, int cell)
{
  const double value = (double) level->of_object[anchor * level->n_cells + cell];
  b->plot.readout = kd_figure_text (
      b,
      passes (level, anchor, cell)
          ? _ ("%s, anchor shape %d: IoU %s with object %d, above its threshold %s")
          : _ ("%s, anchor shape %d: IoU %s with object %d, not above its threshold "
               "%s"),
      kd_figure_cell_name (b, level->level, &level->anchors, cell), anchor + 1,
      kd_figure_number (b, value), b->plot.object + 1, kd_figure_number (b, level->least));
}

static void
add_anchor (KdFigureBuilder *b, const Level *level, int anchor, const KdScale *scale)
{
  KdFigureMap map = level->anchors;
  map.values = (float *) level->of_object + anchor * level->n_cells;
  uint8_t *marks = kd_figure_keep (b, g_malloc0 ((size_t) level->n_cells));
  int n = 0;
  for (int i = 0; i < level->n_cells; i++)
    n += marks[i] = passes (level, anchor, i);
  KdPanel panel = kd_figure_map_panel (
      b, 1 + level->level,
      kd_figure_text (b, _ ("%s anchor %d"), kd_figure_level_name (b, level->level), anchor + 1),
      &map);
  panel.lead = anchor ? "∪" : NULL;
  panel.scale = *scale;
  panel.marks = anchor < shapes_united (b, level) ? marks : NULL;
  panel.boxes = kd_figure_truth_boxes (b, b->plot.object);
  panel.caption = panel.marks ? kd_figure_text (b, _ ("%d cells > %.2f"), n, level->least)
                              : _ ("not united yet");
  if (kd_figure_at_spot (b) && panel.lit >= 0)
    read_out (b, level, anchor, panel.lit);
  kd_figure_add (b, &panel);
}

/* The object's cells apart from those of others. */
static void
add_union (KdFigureBuilder *b, const Level *level)
{
  enum { OWN = 1, OTHER = 2 };
  float *kinds = kd_figure_keep (b, g_new0 (float, level->n_cells));
  const int n_shapes = shapes_united (b, level);
  const bool whole = n_shapes == level->n_anchors || !(level->best > 0);
  int n_own = 0, n_all = 0;
  for (int i = 0; i < level->n_cells; i++) {
    const bool own = count_passing (level, n_shapes, i) > 0, any = level->mask.values[i] > 0;
    /* what is the object's alone, but by a later shape, is nobody's yet */
    const bool others =
        any && (whole || (int) level->count.values[i] > count_passing (level, level->n_anchors, i));
    kinds[i] = own ? OWN : (others ? OTHER : 0);
    n_own += own;
    n_all += any;
  }
  KdPanel panel = kd_figure_map_panel (
      b, 1 + (level->best > 0 ? level->level : KD_MAX_LEVELS),
      whole ? kd_figure_text (b, _ ("%s: N = %d"), kd_figure_level_name (b, level->level), n_all)
            : kd_figure_text (b, _ ("%s, %d of %d shapes"), kd_figure_level_name (b, level->level),
                              n_shapes, level->n_anchors),
      &level->mask);
  panel.kind = KD_PANEL_CLASSES;
  panel.lead = level->best > 0 ? "=" : NULL;
  panel.values = kinds;
  panel.ruled = false;
  panel.boxes = kd_figure_truth_boxes (b, b->plot.object);
  panel.caption = level->best > 0
                      ? kd_figure_text (b, _ ("%d of object %d"), n_own, b->plot.object + 1)
                      : kd_figure_text (b, _ ("not object %d's level"), b->plot.object + 1);
  if (kd_figure_at_spot (b) && panel.lit >= 0)
    b->plot.readout = kd_figure_text (
        b,
        _ ("%s: %s, %d of %d anchor shapes pass for object %d; %s pairs of any object and shape"),
        kd_figure_cell_name (b, level->level, &level->mask, panel.lit),
        level->mask.values[panel.lit] > 0 ? _ ("in the region") : _ ("not imitated"),
        count_passing (level, level->n_anchors, panel.lit), level->n_anchors, b->plot.object + 1,
        kd_figure_number (b, (double) level->count.values[panel.lit]));
  kd_figure_add (b, &panel);
}

/* The levels that the object takes part in, step by step, or the regions of the others. */
static void
add_levels (KdFigureBuilder *b, const Objects *objects, const KdScale *scale, bool own)
{
  Level level;
  for (int l = 0; l < KD_MAX_LEVELS; l++) {
    if (!read_level (b, objects, l, &level) || (level.best > 0) != own)
      continue;
    for (int a = 0; own && a < level.n_anchors; a++)
      add_anchor (b, &level, a, scale);
    add_union (b, &level);
  }
}

/* ---- the whole ------------------------------------------------------------------------------------------ */

/* The slider unites one shape after another. */
static void
tell_steps (KdFigureBuilder *b, const Objects *objects)
{
  Level level;
  for (int l = 0; l < KD_MAX_LEVELS; l++)
    if (read_level (b, objects, l, &level) && level.best > 0)
      b->plot.slider_most = MAX (b->plot.slider_most, level.n_anchors);
  if (!b->plot.slider_most)
    return;
  const int most = b->plot.slider_most;
  const int at = b->state->slider < 0 ? most : MIN (b->state->slider, most);
  const int n = count_union (b, objects, at);
  b->plot.slider_at = at;
  b->plot.plays = true;
  b->plot.slider =
      at > 0 ? kd_figure_text (b, _ ("Anchor shape %d of %d adds %d cells: %d in the union"), at,
                               most, n - count_union (b, objects, at - 1), n)
             : kd_figure_text (b, _ ("None of %d anchor shapes united yet"), most);
}

static void
summarise (KdFigureBuilder *b)
{
  KdFigureMap mask;
  for (int l = 0; l < KD_MAX_LEVELS; l++) {
    if (!kd_figure_shows (b, "mask", l) || !kd_figure_read (b, "mask", l, &mask))
      continue;
    int n = 0;
    for (int i = 0; i < mask.width * mask.height; i++)
      n += mask.values[i] > 0;
    g_string_append_printf (b->summary, "%s%s N = %d", b->summary->len ? ", " : "",
                            kd_figure_level_name (b, l), n);
  }
  kd_figure_wrap_summary (b, _ ("Imitated cells of this image: %s"));
}

void
kd_figure_build_anchors (KdFigureBuilder *b)
{
  Objects objects;
  b->plot.has_objects = true;
  if (!b->info->n_truths) {
    g_string_append (b->summary, _ ("No object in this image: nothing is imitated."));
    return;
  }
  if (!kd_figure_read (b, "best_iou_of_box", -1, &objects.best) ||
      !kd_figure_read (b, "threshold_of_box", -1, &objects.least) ||
      !kd_figure_read (b, "cells_of_box", -1, &objects.cells))
    return;
  b->plot.object = kd_figure_choose_object (b, &objects.cells);
  objects.row = kd_picture_truth_row (b->picture, b->plot.object);
  KdScale scale = { .low = 0, .high = 0 };
  for (int l = 0; l < objects.best.width; l++)
    scale.high = fmax (scale.high, kd_figure_entry (&objects.best, objects.row, l));
  scale.high = scale.high > 0 ? scale.high : 1;
  kd_figure_add_class (b, kd_figure_text (b, _ ("region of object %d"), b->plot.object + 1), NULL,
                       (KdColor){ 0.99, 0.72, 0.15 }, KD_PATTERN_PLAIN);
  kd_figure_add_class (b, _ ("region of other objects"), NULL, (KdColor){ 0.35, 0.62, 0.85 },
                       KD_PATTERN_HATCH);
  tell_steps (b, &objects);
  add_image (b, &objects);
  add_matrix (b, &objects);
  summarise (b);
  add_levels (b, &objects, &scale, true);
  add_levels (b, &objects, &scale, false);
  kd_figure_add_legend (b,
                        _ ("colour: IoU of the object with the anchor of that shape at each cell"));
  kd_figure_add_legend (b, _ ("hatched: above the object's threshold (its best IoU times ψ)"));
}
