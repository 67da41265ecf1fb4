/* SPDX-License-Identifier: MIT */

/* KD: the student's scores against the teacher's, cell by cell, what their divergence adds up to, and the doubt that no student undercuts. */
#include "ui/figure-builder.h"

#include "engine/base/i18n.h"

static const struct {
  const char *probe, *title, *lead;
} maps[] = {
  { "score_student", N_ ("student's score"), NULL },
  { "score_teacher", N_ ("teacher's score"), "−" },
  { "score_difference", N_ ("difference"), "=" },
  { "score_gap", N_ ("divergence"), "→" },
  { "entropy_teacher", N_ ("teacher's doubt"), NULL },
};
enum { STUDENT, TEACHER, DIFFERENCE, DIVERGENCE, DOUBT, N_MAPS };

/* A cell belongs to the boxes that its middle lies in. */
static bool
in_a_box (const KdFigureBuilder *b, const KdFigureMap *map, int cell)
{
  const double x = (cell % map->width + 0.5) * b->info->image.width / map->width;
  const double y = ((int) (cell / map->width) + 0.5) * b->info->image.height / map->height;
  for (int i = 0; i < b->info->n_truths; i++) {
    const KdBox *box = &b->info->truths[i].box;
    if (x >= box->x1 && x <= box->x2 && y >= box->y1 && y <= box->y2)
      return true;
  }
  return false;
}

/* How much of a map lies outside every box, 0..1. */
static double
share_outside (const KdFigureBuilder *b, const KdFigureMap *map)
{
  double all = 0, outside = 0;
  for (int i = 0; i < map->width * map->height; i++) {
    all += (double) map->values[i];
    outside += in_a_box (b, map, i) ? 0 : (double) map->values[i];
  }
  return all > 0 ? outside / all : 0;
}

static void
read_out (KdFigureBuilder *b, int level, const KdFigureMap values[N_MAPS])
{
  const int cell = kd_figure_cell (b, values[0].width, values[0].height);
  if (cell < 0)
    return;
  b->plot.readout = kd_figure_text (b,
                                    _ ("%s: student's highest score %s − teacher's %s = %s → "
                                       "divergence %s, all scores; doubt %s"),
                                    kd_figure_cell_name (b, level, &values[0], cell),
                                    kd_figure_number (b, (double) values[STUDENT].values[cell]),
                                    kd_figure_number (b, (double) values[TEACHER].values[cell]),
                                    kd_figure_number (b, (double) values[DIFFERENCE].values[cell]),
                                    kd_figure_number (b, (double) values[DIVERGENCE].values[cell]),
                                    kd_figure_number (b, (double) values[DOUBT].values[cell]));
}

static void
add_level (KdFigureBuilder *b, int level, const KdScale scales[N_MAPS])
{
  KdFigureMap values[N_MAPS];
  for (int m = 0; m < N_MAPS; m++)
    if (!kd_figure_read (b, maps[m].probe, level, &values[m]))
      return;
  const char *name = kd_figure_level_name (b, level);
  const double outside = share_outside (b, &values[DIVERGENCE]);
  for (int m = 0; m < N_MAPS; m++) {
    KdPanel panel = kd_figure_map_panel (
        b, level, kd_figure_text (b, "%s %s", name, kd_translated (maps[m].title)), &values[m]);
    panel.lead = maps[m].lead;
    panel.scale = scales[m];
    panel.colormap = m == DIFFERENCE ? KD_COLORMAP_DIVERGING : KD_COLORMAP_VIRIDIS;
    if (m == DIVERGENCE)
      panel.caption = kd_figure_text (b, _ ("%.0f %% outside boxes"), 100 * outside);
    if (kd_figure_at_spot (b))
      read_out (b, level, values);
    kd_figure_add (b, &panel);
  }
  g_string_append_printf (b->summary, "%s%s %.0f %%", b->summary->len ? ", " : "", name,
                          100 * outside);
}

void
kd_figure_build_scores (KdFigureBuilder *b)
{
  KdScale scales[N_MAPS];
  for (int m = 0; m < N_MAPS; m++)
    scales[m] = kd_figure_scale (b, maps[m].probe, NULL, false);
  scales[STUDENT] = scales[TEACHER] = (KdScale){ .low = 0, .high = 1 };
  scales[DIFFERENCE] = (KdScale){ .low = -1, .high = 1, .centred = true };
  for (int l = 0; l < KD_MAX_LEVELS; l++)
    if (kd_figure_shows (b, maps[0].probe, l))
      add_level (b, l, scales);
  if (!b->panels->len)
    return;
  kd_figure_wrap_summary (b, _ ("Divergence that lies outside every box: %s"));
  kd_figure_add_legend (b, _ ("scores: the highest of a cell's anchors and classes"));
  kd_figure_add_legend (b, _ ("divergence and doubt: summed over all of them"));
}
