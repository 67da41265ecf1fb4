/* SPDX-License-Identifier: MIT */

/* PFI: prediction gap times feature gap, as maps and as one point a cell. */
#include "ui/figure-builder.h"

#include "engine/base/i18n.h"

static const struct {
  const char *probe, *title, *lead;
} maps[] = {
  { "p_dif", N_ ("prediction gap"), NULL },
  { "f_dif", N_ ("feature gap"), "×" },
  { "pfi", N_ ("weight"), "=" },
};
enum { PREDICTION, FEATURE, PRODUCT, N_MAPS };

static bool
is_brushed (const KdRect *brush, double x, double y)
{
  return x >= brush->x && x <= brush->x + brush->width && y >= brush->y &&
         y <= brush->y + brush->height;
}

/* The points of the cells, and the cells in the brush as marks; returns how many those are. */
static int
add_points (KdFigureBuilder *b, const KdFigureMap level[N_MAPS], KdPanel *scatter, uint8_t *marks)
{
  const int n = level[PREDICTION].width * level[PREDICTION].height;
  KdSheetPoint *points = kd_figure_keep (b, g_new0 (KdSheetPoint, n));
  for (int i = 0; i < n; i++)
    points[i] = (KdSheetPoint){ (double) level[PREDICTION].values[i],
                                (double) level[FEATURE].values[i], i == scatter->lit };
  scatter->points = points;
  scatter->n_points = n;
  if (!(scatter->brush.width > 0))
    return 0;
  KdScale across, up;
  int count = 0;
  kd_sheet_axes (scatter, &across, &up);
  for (int i = 0; i < n; i++) {
    const bool in = is_brushed (&scatter->brush, kd_sheet_along (&across, points[i].x),
                                kd_sheet_along (&up, points[i].y));
    points[i].lit = points[i].lit || in;
    marks[i] = in;
    count += in;
  }
  return count;
}

static const char *
cell_text (KdFigureBuilder *b, int level, const KdFigureMap values[N_MAPS], int cell)
{
  return kd_figure_text (b, _ ("%s: prediction gap %s × feature gap %s = weight %s"),
                         kd_figure_cell_name (b, level, &values[PREDICTION], cell),
                         kd_figure_number (b, (double) values[PREDICTION].values[cell]),
                         kd_figure_number (b, (double) values[FEATURE].values[cell]),
                         kd_figure_number (b, (double) values[PRODUCT].values[cell]));
}

/* How much of the weight the marked cells carry. */
static double
share_of_product (const KdFigureMap *product, const uint8_t *marks)
{
  double sum = 0, marked = 0;
  for (int i = 0; i < product->width * product->height; i++) {
    sum += (double) product->values[i];
    marked += marks[i] ? (double) product->values[i] : 0;
  }
  return sum > 0 ? marked / sum : 0;
}

static double
correlation (const KdFigureMap *a, const KdFigureMap *b)
{
  const int n = a->width * a->height;
  double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
  for (int i = 0; i < n; i++) {
    ma += (double) a->values[i] / n;
    mb += (double) b->values[i] / n;
  }
  for (int i = 0; i < n; i++) {
    const double da = (double) a->values[i] - ma, db = (double) b->values[i] - mb;
    aa += da * da;
    bb += db * db;
    ab += da * db;
  }
  return aa > 0 && bb > 0 ? ab / sqrt (aa * bb) : 0;
}

static void
add_level (KdFigureBuilder *b, int level, const KdScale scales[N_MAPS])
{
  KdFigureMap values[N_MAPS];
  for (int m = 0; m < N_MAPS; m++)
    if (!kd_figure_read (b, maps[m].probe, level, &values[m]))
      return;
  const char *name = kd_figure_level_name (b, level);
  const int first = (int) b->panels->len, own = first + N_MAPS;
  const KdSheetSpot *spot = &b->state->spot;
  const bool pointed = spot->panel >= first && spot->panel <= own;
  int lit = kd_figure_cell (b, values[0].width, values[0].height);
  if (spot->panel == own)
    lit = spot->item;
  uint8_t *marks = kd_figure_keep (b, g_malloc0 ((size_t) (values[0].width * values[0].height)));
  KdPanel scatter = {
    .kind = KD_PANEL_SCATTER,
    .row = level,
    .title = kd_figure_text (b, _ ("%s cells"), name),
    .lit = lit,
    .x_label = _ ("prediction gap"),
    .y_label = _ ("feature gap"),
  };
  if (b->state->brushed == own)
    scatter.brush = b->state->brush;
  const int brushed = add_points (b, values, &scatter, marks);
  for (int m = 0; m < N_MAPS; m++) {
    KdPanel panel = kd_figure_map_panel (
        b, level, kd_figure_text (b, "%s %s", name, kd_translated (maps[m].title)), &values[m]);
    panel.lead = maps[m].lead;
    panel.scale = scales[m];
    panel.lit = lit;
    panel.marks = brushed ? marks : NULL;
    kd_figure_add (b, &panel);
  }
  if (scatter.brush.width > 0)
    scatter.caption = kd_figure_text (b, _ ("%d cells chosen, %.0f %% of the weight"), brushed,
                                      100 * share_of_product (&values[PRODUCT], marks));
  else
    scatter.caption = b->titled ? NULL : _ ("drag, or Enter on a point");
  kd_figure_add (b, &scatter);
  if (pointed && lit >= 0)
    b->plot.readout = cell_text (b, level, values, lit);
  g_string_append_printf (b->summary, "%s%s %.2f", b->summary->len ? ", " : "", name,
                          correlation (&values[PREDICTION], &values[FEATURE]));
}

/* A point's place is that of its cell in the image, not where it lies in the scatter: the other levels mark it, too. */
static KdSheetSpot
spot_on_image (KdFigureBuilder *b)
{
  KdSheetSpot spot = b->state->spot;
  KdFigureMap map;
  if (spot.panel < 0 || spot.panel % (N_MAPS + 1) != N_MAPS)
    return spot;
  int place = spot.panel / (N_MAPS + 1);
  spot.x = spot.y = NAN;
  for (int l = 0; l < KD_MAX_LEVELS && spot.item >= 0; l++)
    if (kd_figure_shows (b, maps[0].probe, l) && place-- == 0 &&
        kd_figure_read (b, maps[0].probe, l, &map)) {
      spot.x = (spot.item % map.width + 0.5) / map.width * b->info->image.width;
      spot.y = ((int) (spot.item / map.width) + 0.5) / map.height * b->info->image.height;
    }
  return spot;
}

void
kd_figure_build_gaps (KdFigureBuilder *b)
{
  KdScale scales[N_MAPS];
  const KdFigureState *given = b->state;
  KdFigureState state = *given;
  state.spot = spot_on_image (b);
  b->state = &state;
  for (int m = 0; m < N_MAPS; m++)
    scales[m] = kd_figure_scale (b, maps[m].probe, NULL, false);
  for (int l = 0; l < KD_MAX_LEVELS; l++)
    if (kd_figure_shows (b, maps[0].probe, l))
      add_level (b, l, scales);
  b->state = given;
  if (!b->panels->len)
    return;
  kd_figure_wrap_summary (b,
                          _ ("Correlation of both gaps over the cells: %s; where it is low, many "
                             "feature gaps change no prediction."));
  kd_figure_add_legend (
      b,
      _ ("one scale a map, over all levels; hatched cells and red points: chosen in the scatter"));
}
