/* SPDX-License-Identifier: MIT */
#include "ui/compare-rows.h"

#include "engine/base/i18n.h"

#include <math.h>

static const struct {
  const char *probe, *title, *help;
} kinds[KD_N_COMPARE_ROWS] = {
  [KD_COMPARE_FEATURES] = { "student_feat", N_ ("Features, student"),
                            N_ ("The neck's output, channels reduced by one rule") },
  [KD_COMPARE_DENSITY] = { "loss_density", N_ ("Loss density"),
                           N_ ("Each cell's share of the run's whole distillation loss on this "
                               "image, "
                               "so that losses of different size can be compared") },
  [KD_COMPARE_PULL] = { "pull", N_ ("Pull"),
                        N_ ("How hard each cell's features are pulled (norm of the gradient), as a "
                            "share of the pull on all cells of all levels") },
};

KdCompareRows *
kd_compare_rows_new (void)
{
  KdCompareRows *rows = g_new0 (KdCompareRows, 1);
  for (int i = 0; i < KD_N_COMPARE_ROWS; i++) {
    rows->rows[i].name = kinds[i].probe;
    rows->rows[i].title = kd_translated (kinds[i].title);
    rows->rows[i].help = kd_translated (kinds[i].help);
  }
  return rows;
}

void
kd_compare_rows_free (KdCompareRows *rows)
{
  if (!rows)
    return;
  for (int i = 0; i < KD_N_COMPARE_ROWS; i++)
    for (int c = 0; c < KD_MAX_RUNS; c++)
      g_free (rows->rows[i].places[c].values);
  for (int c = 0; c < KD_MAX_RUNS; c++)
    g_free (rows->votes[c].values);
  g_free (rows->consensus.values);
  g_free (rows);
}

static size_t
count_of (const KdComparePlace *place)
{
  return (size_t) place->width * (size_t) place->height;
}

static void
make_room (KdComparePlace *place, int width, int height)
{
  if (count_of (place) < (size_t) width * (size_t) height)
    place->values = g_renew (float, place->values, (size_t) width *(size_t) height);
  place->width = width;
  place->height = height;
}

static void
read_place (KdCompareRow *row,
            KdComparePlace *place,
            const KdPicture *picture,
            const char *probe,
            int level,
            const KdView *view)
{
  KdMap map;
  const int index = picture ? kd_picture_find (picture, probe, level) : -1;
  place->valid = index >= 0 && kd_picture_map (picture, index, &map);
  if (!place->valid)
    return;
  row->unit = kd_translated (kd_picture_info (picture)->probes[index].unit);
  make_room (place, map.width, map.height);
  kd_map_reduce (&map, view->channels, MIN (view->channel, map.channels - 1), place->values);
}

static void
subtract_first (KdCompareRow *row, int n)
{
  row->reference = -1;
  for (int c = n - 1; c >= 0; c--) {
    if (row->places[c].valid)
      row->reference = c;
  }
  if (row->reference < 0)
    return;
  const KdComparePlace *first = &row->places[row->reference];
  for (int c = n - 1; c >= 0; c--) { /* itself last: it comes before the others */
    KdComparePlace *place = &row->places[c];
    place->valid = place->valid && first->valid && count_of (place) == count_of (first);
    for (size_t i = 0; place->valid && i < count_of (place); i++)
      place->values[i] -= first->values[i];
  }
}

static void
settle_scale (KdCompareRow *row, int n, bool centred, KdColormap colormap)
{
  KdMapStats joined = kd_map_stats (NULL, 0);
  for (int c = 0; c < n; c++) {
    KdComparePlace *place = &row->places[c];
    if (!place->valid)
      continue;
    place->stats = kd_map_stats (place->values, count_of (place));
    kd_map_stats_join (&joined, &place->stats);
  }
  row->scale = kd_scale_from_stats (&joined, centred, false, true);
  row->colormap = centred ? KD_COLORMAP_DIVERGING : colormap;
}

/* What a row's values are parts of; 0: the values themselves are shown. */
static double
whole_of (const KdPicture *picture, KdCompareRowKind kind)
{
  if (kind == KD_COMPARE_DENSITY)
    return fabs (kd_picture_info (picture)->total);
  double sum = 0;
  for (int level = 0; kind == KD_COMPARE_PULL && level < KD_MAX_LEVELS; level++) {
    KdMap map;
    const int index = kd_picture_find (picture, kinds[kind].probe, level);
    if (index < 0 || !kd_picture_map (picture, index, &map))
      continue;
    for (int y = 0; y < map.height; y++)
      for (int x = 0; x < map.width; x++)
        sum += (double) kd_map_get (&map, 0, y, x);
  }
  return sum;
}

/* Percent of the whole, whatever the size of a method's loss. */
static void
take_shares (KdCompareRow *row,
             KdComparePlace *place,
             const KdPicture *picture,
             KdCompareRowKind kind)
{
  const double whole = place->valid ? whole_of (picture, kind) : 0;
  if (kind == KD_COMPARE_FEATURES)
    return;
  row->unit = "%";
  for (size_t i = 0; place->valid && i < count_of (place); i++)
    place->values[i] = whole > 0 ? (float) (100 * (double) place->values[i] / whole) : 0;
}

/* Votes of one run: cells above the part of its loss. */
static void
vote (KdCompareRows *rows, int column, double part)
{
  const KdComparePlace *density = &rows->rows[KD_COMPARE_DENSITY].places[column];
  KdComparePlace *consensus = &rows->consensus, *votes = &rows->votes[column];
  votes->valid = density->valid;
  if (!density->valid)
    return;
  make_room (votes, density->width, density->height);
  for (size_t i = 0; i < count_of (votes); i++)
    votes->values[i] = (double) density->values[i] > 100 * part;
  if (!consensus->valid) {
    make_room (consensus, density->width, density->height);
    for (size_t i = 0; i < count_of (consensus); i++)
      consensus->values[i] = 0;
    consensus->valid = true;
  }
  rows->n_voters++;
  for (size_t i = 0; count_of (consensus) == count_of (votes) && i < count_of (votes); i++)
    consensus->values[i] += votes->values[i];
}

int
kd_compare_votes_of (const KdComparePlace *votes)
{
  int n = 0;
  for (size_t i = 0; votes->valid && i < count_of (votes); i++)
    n += votes->values[i] > 0;
  return n;
}

void
kd_compare_first_pair (int n_columns, int pair[2])
{
  pair[0] = n_columns > 2 ? 1 : 0;
  pair[1] = CLAMP (n_columns - 1, 0, 2);
}

bool
kd_compare_row_subtracts (const KdCompareRow *row, const KdComparePlace *place)
{
  return row->scale.centred && row->reference >= 0 && place == &row->places[row->reference];
}

char *
kd_compare_voters (const KdCompareRows *rows)
{
  return g_strdup_printf (ngettext ("of %d student", "of %d students", (unsigned) rows->n_voters),
                          rows->n_voters);
}

void
kd_compare_rows_update (KdCompareRows *rows,
                        KdPicture *const *pictures,
                        int n,
                        int level,
                        KdCompareMode mode,
                        double threshold,
                        const KdView *view)
{
  g_return_if_fail (n <= KD_MAX_RUNS);
  rows->n_columns = n;
  for (int i = 0; i < KD_N_COMPARE_ROWS; i++)
    for (int c = 0; c < n; c++) {
      KdComparePlace *place = &rows->rows[i].places[c];
      read_place (&rows->rows[i], place, pictures[c], kinds[i].probe, level, view);
      take_shares (&rows->rows[i], place, pictures[c], i);
    }
  rows->consensus.valid = false;
  rows->n_voters = 0;
  for (int c = 0; c < n; c++)
    vote (rows, c, threshold);
  const bool one = view->channels == KD_CHANNELS_MEAN || view->channels == KD_CHANNELS_ONE;
  for (int i = 0; i < KD_N_COMPARE_ROWS; i++) {
    const bool difference = mode == KD_COMPARE_DIFFERENCE;
    if (difference)
      subtract_first (&rows->rows[i], n);
    settle_scale (&rows->rows[i], n, difference || (one && i == KD_COMPARE_FEATURES),
                  view->colormap);
  }
}
