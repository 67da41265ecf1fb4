/* SPDX-License-Identifier: MIT */

/* FRS: the teacher's richness as a soft mask, in three kinds of cells against the boxes. */
#include "ui/figure-builder.h"

#include "engine/base/i18n.h"

#define RICH 0.3 /* from here on a cell counts as rich; the specification's two contours */
#define RICH_LOWER 0.05
#define MOST_SCORES 5

enum { NONE, RICH_INSIDE, POOR_INSIDE, RICH_OUTSIDE };

typedef struct {
  const char *name;
  double score;
} Score;

static int
compare_scores (const void *a, const void *b)
{
  const double left = ((const Score *) a)->score, right = ((const Score *) b)->score;
  return left > right ? -1 : left < right;
}

/* A class's score is its best anchor's; without names of classes every channel stands for itself. */
static const char *
best_scores (KdFigureBuilder *b, const KdFigureMap *scores, int cell)
{
  const int classes = b->info->n_classes;
  const bool named = classes > 0 && scores->channels % classes == 0;
  const int n = named ? classes : scores->channels;
  const size_t cells = (size_t) scores->width * (size_t) scores->height;
  g_autofree Score *list = g_new0 (Score, n);
  for (int c = 0; c < scores->channels; c++) {
    Score *score = &list[named ? c % classes : c];
    score->name =
        named ? b->info->class_names[c % classes] : kd_figure_text (b, _ ("channel %d"), c);
    score->score = fmax (score->score, (double) scores->values[(size_t) c * cells + (size_t) cell]);
  }
  qsort (list, (size_t) n, sizeof *list, compare_scores);
  g_autoptr (GString) text = g_string_new (NULL);
  for (int i = 0; i < MIN (n, MOST_SCORES); i++)
    g_string_append_printf (text, "%s%s %s", i ? ", " : "", list[i].name,
                            kd_figure_number (b, list[i].score));
  return kd_figure_text (b, "%s", text->str);
}

static void
read_out (KdFigureBuilder *b, int level, const KdFigureMap *richness, const KdFigureMap *inside)
{
  KdFigureMap scores;
  const int cell = kd_figure_cell (b, richness->width, richness->height);
  if (cell < 0)
    return;
  const char *best =
      kd_figure_read (b, "scores_teacher", level, &scores) ? best_scores (b, &scores, cell) : "";
  const char *told = !inside->values            ? _ ("%s, richness %s: %s")
                     : inside->values[cell] > 0 ? _ ("%s, richness %s, inside a box: %s")
                                                : _ ("%s, richness %s, outside every box: %s");
  b->plot.readout = kd_figure_text (b, told, kd_figure_cell_name (b, level, richness, cell),
                                    kd_figure_number (b, (double) richness->values[cell]), best);
}

/* Returns the share of the weight outside all boxes; the cells' kinds and how strongly they are drawn are written. */
static double
sort_cells (const KdFigureMap *richness,
            const KdFigureMap *inside,
            double rich,
            float *kinds,
            float *strength)
{
  double sum = 0, outside = 0;
  for (int i = 0; i < richness->width * richness->height; i++) {
    const double value = (double) richness->values[i];
    const bool in = inside->values[i] > 0;
    sum += value;
    outside += in ? 0 : value;
    kinds[i] =
        (float) (value >= rich ? (in ? RICH_INSIDE : RICH_OUTSIDE) : (in ? POOR_INSIDE : NONE));
    strength[i] = (float) (value >= rich ? 0.4 + 0.6 * value : 0.25 + 0.35 * (1 - value));
  }
  return sum > 0 ? outside / sum : 0;
}

static void
add_kinds (KdFigureBuilder *b, double rich)
{
  kd_figure_add_class (b, kd_figure_text (b, _ ("rich (score at least %g), inside a box"), rich),
                       NULL, (KdColor){ 0.18, 0.72, 0.5 }, KD_PATTERN_PLAIN);
  kd_figure_add_class (b, _ ("poor, inside a box"), NULL, (KdColor){ 0.4, 0.55, 0.9 },
                       KD_PATTERN_HATCH);
  kd_figure_add_class (b, _ ("rich, outside every box"), NULL, (KdColor){ 0.95, 0.5, 0.1 },
                       KD_PATTERN_DOTS);
}

void
kd_figure_build_richness (KdFigureBuilder *b)
{
  const double rich = b->state->option ? RICH_LOWER : RICH;
  const KdScale whole = { .low = 0, .high = 1 };
  KdFigureMap richness, inside;
  double mean = 0;
  int n = 0;
  b->plot.option = _ ("Rich from 0.05 instead of 0.3");
  for (int l = 0; l < KD_MAX_LEVELS; l++) {
    if (!kd_figure_shows (b, "richness", l) || !kd_figure_read (b, "richness", l, &richness))
      continue;
    kd_figure_read (b, "inside_boxes", l, &inside);
    KdPanel panel = kd_figure_map_panel (
        b, 0, kd_figure_text (b, _ ("%s richness"), kd_figure_level_name (b, l)), &richness);
    panel.scale = whole;
    if (kd_figure_at_spot (b))
      read_out (b, l, &richness, &inside);
    kd_figure_add (b, &panel);
  }
  for (int l = 0; l < KD_MAX_LEVELS; l++) {
    if (!kd_figure_shows (b, "inside_boxes", l) || !kd_figure_read (b, "richness", l, &richness) ||
        !kd_figure_read (b, "inside_boxes", l, &inside))
      continue;
    const size_t cells = (size_t) richness.width * (size_t) richness.height;
    float *kinds = kd_figure_keep (b, g_new (float, cells));
    float *strength = kd_figure_keep (b, g_new (float, cells));
    const double share = sort_cells (&richness, &inside, rich, kinds, strength);
    KdPanel panel = kd_figure_map_panel (
        b, 1, kd_figure_text (b, _ ("%s against boxes"), kd_figure_level_name (b, l)), &richness);
    panel.kind = KD_PANEL_CLASSES;
    panel.values = kinds;
    panel.strength = strength;
    panel.ruled = false;
    panel.caption = kd_figure_text (b, _ ("%.0f %% outside boxes"), 100 * share);
    if (kd_figure_at_spot (b))
      read_out (b, l, &richness, &inside);
    kd_figure_add (b, &panel);
    g_string_append_printf (b->summary, "%s%s %.1f %%", n ? ", " : "", kd_figure_level_name (b, l),
                            100 * share);
    mean += share;
    n++;
  }
  if (n) {
    kd_figure_wrap_summary (b, _ ("Of the mask's weight lies outside any box: %s"));
    if (n > 1)
      g_string_append_printf (b->summary, _ ("; mean of the levels %.1f %%."), 100 * mean / n);
    add_kinds (b, rich);
  } else if (b->panels->len) {
    g_string_append (b->summary, _ ("There are no boxes to compare the richness with."));
  }
}
