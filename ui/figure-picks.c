/* SPDX-License-Identifier: MIT */

/* PGD: the numbered picks of each object on all levels, their Gaussians, and the plain box mask to compare. */
#include "ui/figure-builder.h"

#include "engine/base/i18n.h"

/* Columns of the list "picks", as its help says. */
enum { OBJECT, TOWER, PLACE, LEVEL, CELL, X, Y, QUALITY, WEIGHT };
enum { CLASS, BOX, N_TOWERS };

static const char *const tower_names[] = { N_ ("class tower"), N_ ("box tower") };
static const char *const importances[] = { "importance_cls", "importance_reg" };

typedef struct {
  KdFigureMap picks, gaussians, insides;
  int row; /* of the chosen object */
} Lists;

static double
column (const Lists *lists, int pick, int which)
{
  return (double) lists->picks.values[pick * lists->picks.width + which];
}

static KdColor
tower_color (int tower)
{
  return tower == CLASS ? (KdColor){ 1, 0.72, 0.1 } : (KdColor){ 0.45, 0.8, 1 };
}

/* ---- counting -------------------------------------------------------------------------------------------- */

/* Cells of all levels that one tower, or either (N_TOWERS), takes from the object. */
static int
count_used (const Lists *lists, int row, int tower)
{
  int n = 0;
  for (int i = 0; i < lists->picks.height; i++) {
    bool counts = (int) column (lists, i, OBJECT) == row && column (lists, i, WEIGHT) > 0 &&
                  (tower == N_TOWERS || (int) column (lists, i, TOWER) == tower);
    /* a cell that both towers take counts once */
    for (int k = 0; counts && tower == N_TOWERS && k < i; k++)
      counts = (int) column (lists, k, OBJECT) != row || !(column (lists, k, WEIGHT) > 0) ||
               column (lists, k, LEVEL) != column (lists, i, LEVEL) ||
               column (lists, k, CELL) != column (lists, i, CELL);
    n += counts;
  }
  return n;
}

static int
count_inside (const Lists *lists, int row)
{
  double n = 0;
  for (int l = 0; row < lists->insides.height && l < lists->insides.width; l++)
    n += (double) lists->insides.values[row * lists->insides.width + l];
  return (int) n;
}

/* ---- panels ------------------------------------------------------------------------------------------------ */

static bool
is_pointed_at (const KdFigureBuilder *b, const Lists *lists, int pick, int tower, int level)
{
  const KdSheetSpot *spot = &b->state->spot;
  if (spot->panel < 0 || spot->panel != (int) b->panels->len)
    return false;
  return (int) column (lists, pick, TOWER) == tower &&
         (level < 0 || (int) column (lists, pick, LEVEL) == level);
}

static const char *
pick_text (KdFigureBuilder *b, const Lists *lists, int pick)
{
  const double weight = column (lists, pick, WEIGHT);
  return kd_figure_text (
      b,
      weight > 0
          ? _ ("pick %.0f of the %s, %s: %s, (%.0f, %.0f) px, quality %s, weight %s")
          : _ ("pick %.0f of the %s, %s: %s, (%.0f, %.0f) px, quality %s, weight %s (outside "
               "the box)"),
      column (lists, pick, PLACE), kd_figure_object_name (b, b->plot.object),
      kd_translated (tower_names[(int) column (lists, pick, TOWER)]),
      kd_figure_level_name (b, (int) column (lists, pick, LEVEL)), column (lists, pick, X),
      column (lists, pick, Y), kd_figure_number (b, column (lists, pick, QUALITY)),
      kd_figure_number (b, weight));
}

/* The chosen object's picks with their numbers; those outside the box as rings. */
static void
add_dots (KdFigureBuilder *b, const Lists *lists, int tower, int level, KdPanel *panel)
{
  KdSheetDot *dots = kd_figure_keep (b, g_new0 (KdSheetDot, lists->picks.height + 1));
  int n = 0;
  for (int i = 0; i < lists->picks.height; i++) {
    if ((int) column (lists, i, OBJECT) != lists->row || (int) column (lists, i, TOWER) != tower ||
        (level >= 0 && (int) column (lists, i, LEVEL) != level))
      continue;
    const int place = (int) column (lists, i, PLACE);
    bool lit = false;
    if (is_pointed_at (b, lists, i, tower, level)) {
      KdFigureMap map;
      lit = level < 0
                ? b->state->spot.item == n
                : kd_figure_read (b, importances[tower], level, &map) &&
                      kd_figure_cell (b, map.width, map.height) == (int) column (lists, i, CELL);
      if (lit)
        b->plot.readout = pick_text (b, lists, i);
    }
    dots[n++] = (KdSheetDot){
      .x = column (lists, i, X),
      .y = column (lists, i, Y),
      .color = tower_color (tower),
      /* on the image the first ones only: numbers of thirty picks would cover each other */
      .label = level >= 0 || place <= 3 || lit ? kd_figure_text (b, "%d", place) : NULL,
      .label_only = level >= 0,
      .hollow = !(column (lists, i, WEIGHT) > 0),
      .lit = lit,
    };
  }
  panel->dots = dots;
  panel->n_dots = n;
}

static void
add_ellipses (KdFigureBuilder *b, const Lists *lists, int tower, KdPanel *panel)
{
  KdSheetEllipse *ellipses =
      kd_figure_keep (b, g_new0 (KdSheetEllipse, lists->gaussians.height + 1));
  int n = 0;
  for (int truth = 0; truth < b->info->n_truths; truth++) {
    const int row = kd_picture_truth_row (b->picture, truth);
    const float *fit = lists->gaussians.values + 12 * row + 6 * tower;
    if (row >= lists->gaussians.height || !(fit[5] > 1))
      continue;
    const bool own = row == lists->row;
    ellipses[n++] = (KdSheetEllipse){
      .x = (double) fit[0],
      .y = (double) fit[1],
      .xx = (double) fit[2],
      .xy = (double) fit[3],
      .yy = (double) fit[4],
      .sigmas = own ? 2 : 1,
      .color = own ? tower_color (tower) : (KdColor){ 0.7, 0.7, 0.7 },
      .dashed = !own,
    };
  }
  panel->ellipses = ellipses;
  panel->n_ellipses = n;
}

static void
add_image (KdFigureBuilder *b, const Lists *lists, int tower)
{
  KdPanel panel = {
    .kind = KD_PANEL_IMAGE,
    .row = tower,
    .title = kd_figure_text (b, _ ("%s, all levels"),
                             tower == CLASS ? _ ("Class tower") : _ ("Box tower")),
    .caption = kd_figure_text (b, _ ("%d of %d cells"), count_used (lists, lists->row, tower),
                               count_inside (lists, lists->row)),
    .lit = -1,
    .boxes = kd_figure_truth_boxes (b, b->plot.object),
    .n_boxes = b->info->n_truths,
  };
  add_ellipses (b, lists, tower, &panel);
  add_dots (b, lists, tower, -1, &panel);
  kd_figure_add (b, &panel);
}

/* Cells that a plain box mask would take: all that are no background. */
static void
mark_boxes (KdFigureBuilder *b, int level, KdPanel *panel)
{
  KdFigureMap background;
  if (!b->state->option || !kd_figure_read (b, "background", level, &background))
    return;
  const int n = background.width * background.height;
  uint8_t *marks = kd_figure_keep (b, g_malloc0 ((size_t) n));
  for (int i = 0; i < n; i++)
    marks[i] = background.values[i] == 0;
  panel->marks = marks;
}

static void
add_levels (KdFigureBuilder *b, const Lists *lists, int tower)
{
  KdFigureMap map;
  for (int l = 0; l < KD_MAX_LEVELS; l++) {
    if (!kd_figure_shows (b, importances[tower], l) ||
        !kd_figure_read (b, importances[tower], l, &map))
      continue;
    KdPanel panel = kd_figure_map_panel (b, tower,
                                         kd_figure_text (b, "%s, %s", kd_figure_level_name (b, l),
                                                         kd_translated (tower_names[tower])),
                                         &map);
    panel.scale = (KdScale){ .low = 0, .high = 1 };
    panel.boxes = kd_figure_truth_boxes (b, b->plot.object);
    mark_boxes (b, l, &panel);
    const int cell = panel.lit;
    if (kd_figure_at_spot (b) && cell >= 0)
      b->plot.readout = kd_figure_text (
          b, _ ("%s, %s: importance %s"), kd_figure_cell_name (b, l, &map, cell),
          kd_translated (tower_names[tower]), kd_figure_number (b, (double) map.values[cell]));
    add_dots (b, lists, tower, l, &panel);
    kd_figure_add (b, &panel);
  }
}

/* ---- the whole ---------------------------------------------------------------------------------------------- */

/* The chosen object, or the largest: it has the most to leave out. */
static int
choose_object (const KdFigureBuilder *b, const Lists *lists)
{
  if (b->state->object >= 0 && b->state->object < b->info->n_truths)
    return b->state->object;
  int chosen = 0;
  for (int i = 1; i < b->info->n_truths; i++)
    if (count_inside (lists, kd_picture_truth_row (b->picture, i)) >
        count_inside (lists, kd_picture_truth_row (b->picture, chosen)))
      chosen = i;
  return chosen;
}

static void
summarise (KdFigureBuilder *b, const Lists *lists)
{
  for (int i = 0; i < b->info->n_truths; i++) {
    const int row = kd_picture_truth_row (b->picture, i), inside = count_inside (lists, row);
    const int used = count_used (lists, row, N_TOWERS);
    g_string_append_printf (
        b->summary, i ? _ (", %s %d of %d (%.0f %%)") : _ ("%s %d of %d (%.0f %%)"),
        kd_figure_object_name (b, i), used, inside, inside ? 100.0 * used / inside : 0);
  }
  kd_figure_wrap_summary (b, _ ("Cells of the box used, all levels, either tower: %s"));
}

void
kd_figure_build_picks (KdFigureBuilder *b)
{
  Lists lists;
  b->plot.has_objects = true;
  b->plot.option = _ ("Plain box mask");
  if (!b->info->n_truths) {
    g_string_append (b->summary, _ ("No object in this image: nothing is picked."));
    return;
  }
  if (!kd_figure_read (b, "picks", -1, &lists.picks) ||
      !kd_figure_read (b, "gaussian", -1, &lists.gaussians) ||
      !kd_figure_read (b, "inside_cells", -1, &lists.insides))
    return;
  b->plot.object = choose_object (b, &lists);
  lists.row = kd_picture_truth_row (b->picture, b->plot.object);
  summarise (b, &lists);
  for (int tower = 0; tower < N_TOWERS; tower++) {
    add_image (b, &lists, tower);
    add_levels (b, &lists, tower);
  }
  kd_figure_add_legend (
      b, _ ("numbers: place among the object's picks, 1 the best; specks: no room for theirs"));
  kd_figure_add_legend (b,
                        _ ("rings and pale numbers: outside the box, they only shape the Gaussian "
                           "(ellipses at one and two sigma; dashed: other objects)"));
  if (b->state->option)
    kd_figure_add_legend (b, _ ("hatched: what a plain box mask would take"));
}
