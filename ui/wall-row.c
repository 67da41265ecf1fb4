/* SPDX-License-Identifier: MIT */
#include "ui/wall-row.h"

#include "engine/base/i18n.h"

#include <string.h>

static void
clear_row (gpointer data)
{
  KdWallRowData *row = data;
  for (int i = 0; i < KD_MAX_LEVELS; i++)
    g_free (row->places[i].values);
  g_free (row->own_title);
}

/* ---- layout ------------------------------------------------------------------------------------------ */

/* What rows are made from. */
typedef struct {
  GArray *rows;
  const KdProbeInfo *probes;
  int n_probes;
} Layout;

static int
find_probe (const Layout *layout, int run, const char *name, int level)
{
  for (int i = 0; name && i < layout->n_probes; i++) {
    const KdProbeInfo *info = &layout->probes[i];
    if (info->run == run && info->level == level && !strcmp (info->name, name))
      return i;
  }
  return -1;
}

/* The row of one probe over all levels it has; nothing if there is no such probe. */
static void
add_row (const Layout *layout, int run, const char *name, const char *second, const char *title)
{
  KdWallRowData row = { .title = title, .of = { -1, -1 } };
  for (int level = 0; level < KD_MAX_LEVELS; level++) {
    const int index = find_probe (layout, run, name, level);
    if (index < 0)
      continue;
    const KdProbeInfo *info = &layout->probes[index];
    if (row.n_places == 0) {
      row.name = info->name;
      row.title = kd_translated (title ? title : info->title);
      row.help = kd_translated (info->help);
      row.unit = kd_translated (info->unit);
      row.group = info->group ? info->group : info->name;
      row.kind = info->kind;
      row.style = info->style;
      row.made_in = info->made_in;
    }
    KdWallPlace *place = &row.places[row.n_places++];
    *place = (KdWallPlace){
      .probe = index,
      .second = find_probe (layout, run, second, level),
      .level = level,
    };
    g_autofree char *level_name = kd_level_name (layout->probes, layout->n_probes, level);
    g_strlcpy (place->level_name, level_name, sizeof place->level_name);
  }
  if (row.n_places)
    g_array_append_val (layout->rows, row);
}

/* Vectors of one table row (teacher and student) are one picture; maps are one row each. */
static void
add_table_row (const Layout *layout, int run, const KdWallRow *table)
{
  const int first = find_probe (layout, run, table->probes[0], 0);
  if (first >= 0 && layout->probes[first].kind == KD_PROBE_VECTOR) {
    add_row (layout, run, table->probes[0], table->probes[1], table->title);
    return;
  }
  for (size_t i = 0; i < G_N_ELEMENTS (table->probes) && table->probes[i]; i++)
    add_row (layout, run, table->probes[i], NULL, NULL);
}

bool
kd_wall_row_subtracts (const KdWallRowData *row)
{
  return row->kind != KD_PROBE_VECTOR && row->of[0] < 0;
}

static int
find_row (const GArray *rows, const char *name)
{
  for (guint i = 0; i < rows->len; i++) {
    const KdWallRowData *row = &g_array_index (rows, KdWallRowData, i);
    if (kd_wall_row_subtracts (row) && !g_strcmp0 (row->name, name))
      return (int) i;
  }
  return -1;
}

static int
find_place (const KdWallRowData *row, int level)
{
  for (int k = 0; k < row->n_places; k++) {
    if (row->places[k].level == level)
      return k;
  }
  return -1;
}

/* In front of all others: its two rows then stand one further. */
static void
add_difference (GArray *rows, const KdView *view)
{
  int of[2] = { find_row (rows, view->minuend), find_row (rows, view->subtrahend) };
  if (of[0] < 0 || of[1] < 0) {
    of[0] = find_row (rows, KD_ROW_STUDENT);
    of[1] = find_row (rows, KD_ROW_TEACHER);
  }
  if (of[0] < 0 || of[1] < 0)
    return;
  const KdWallRowData *first = &g_array_index (rows, KdWallRowData, of[0]);
  const KdWallRowData *second = &g_array_index (rows, KdWallRowData, of[1]);
  KdWallRowData row = {
    .name = KD_ROW_DIFFERENCE,
    .own_title = g_strdup_printf ("%s − %s", first->title, second->title),
    .help = _ ("Cell by cell, the first row's number minus the second's: red where the first is "
               "larger, blue where it is smaller"),
    .unit = g_strcmp0 (first->unit, second->unit) ? NULL : first->unit,
    .group = KD_ROW_DIFFERENCE,
    .kind = KD_PROBE_MAP,
    .style = KD_STYLE_DIVERGING,
    .made_in = MAX (first->made_in, second->made_in),
    .of = { of[0] + 1, of[1] + 1 },
  };
  row.title = row.own_title;
  for (int k = 0; k < first->n_places; k++) {
    if (find_place (second, first->places[k].level) < 0)
      continue;
    KdWallPlace *place = &row.places[row.n_places++];
    *place = (KdWallPlace){ .probe = -1, .second = -1, .level = first->places[k].level };
    g_strlcpy (place->level_name, first->places[k].level_name, sizeof place->level_name);
  }
  if (row.n_places)
    g_array_prepend_val (rows, row);
  else
    g_free (row.own_title);
}

GArray *
kd_wall_rows_new (
    const KdMethod *method, int run, const KdProbeInfo *probes, int n_probes, const KdView *view)
{
  const Layout layout = { g_array_new (FALSE, TRUE, sizeof (KdWallRowData)), probes, n_probes };
  g_array_set_clear_func (layout.rows, clear_row);
  add_row (&layout, run, "loss_density", NULL, NULL);
  add_row (&layout, -1, KD_ROW_TEACHER, NULL, _ ("Features, teacher"));
  add_row (&layout, run, KD_ROW_STUDENT, NULL, _ ("Features, student"));
  for (int i = 0; i < method->n_wall; i++)
    add_table_row (&layout, run, &method->wall[i]);
  add_row (&layout, run, "pull", NULL, NULL);
  if (view->minuend)
    add_difference (layout.rows, view);
  return layout.rows;
}

/* ---- order -------------------------------------------------------------------------------------------- */

/* @from[i]: the index among @have of what comes to i. Several of one name are taken in their order. */
static void
arrange (const char *const *have, int n, const char *const *names, int *from)
{
  g_autofree int *picked = g_new (int, n + 1);
  g_autofree bool *taken = g_new0 (bool, n + 1);
  int n_picked = 0;
  for (; *names; names++) {
    int i = 0;
    while (i < n && (taken[i] || strcmp (have[i], *names)))
      i++;
    if (i == n)
      continue;
    taken[i] = true;
    picked[n_picked++] = i;
  }
  for (int i = 0, next = 0; i < n; i++)
    from[i] = taken[i] ? picked[next++] : i;
}

static void
arrange_places (KdWallRowData *row, const char *const *names)
{
  int from[KD_MAX_LEVELS];
  const char *have[KD_MAX_LEVELS];
  KdWallPlace before[KD_MAX_LEVELS];
  memcpy (before, row->places, sizeof before);
  for (int k = 0; k < row->n_places; k++)
    have[k] = before[k].level_name;
  arrange (have, row->n_places, names, from);
  for (int k = 0; k < row->n_places; k++)
    row->places[k] = before[from[k]];
}

void
kd_wall_rows_arrange (GArray *rows, const char *const *names)
{
  const int n = (int) rows->len;
  g_autofree int *from = g_new (int, n + 1);
  g_autofree int *to = g_new (int, n + 1);
  g_autofree const char **have = g_new (const char *, n + 1);
  g_autofree KdWallRowData *before = g_memdup2 (rows->data, (size_t) n * sizeof *before);
  for (int i = 0; i < n; i++)
    have[i] = before[i].name;
  arrange (have, n, names, from);
  for (int i = 0; i < n; i++)
    to[from[i]] = i;
  for (int i = 0; i < n; i++) {
    KdWallRowData *row = &g_array_index (rows, KdWallRowData, i);
    *row = before[from[i]];
    for (int side = 0; side < 2; side++)
      row->of[side] = row->of[side] < 0 ? -1 : to[row->of[side]];
    arrange_places (row, names);
  }
}

/* ---- values ------------------------------------------------------------------------------------------- */

static void
make_room (KdWallPlace *place, size_t count)
{
  if (place->capacity >= count)
    return;
  place->values = g_renew (float, place->values, count);
  place->capacity = count;
}

/* A vector's place keeps the second series behind the first. */
static void
read_vector (KdWallPlace *place, const KdPicture *picture, const KdMap *map)
{
  place->width = map->channels;
  place->height = 1;
  make_room (place, 2 * (size_t) map->channels);
  for (int c = 0; c < map->channels; c++)
    place->values[c] = kd_map_get (map, c, 0, 0);
  KdMap second;
  place->two = place->second >= 0 && kd_picture_map (picture, place->second, &second) &&
               second.channels == map->channels;
  for (int c = 0; place->two && c < map->channels; c++)
    place->values[map->channels + c] = kd_map_get (&second, c, 0, 0);
}

static void
read_place (KdWallRowData *row, KdWallPlace *place, const KdPicture *picture, const KdView *view)
{
  KdMap map;
  place->valid = kd_picture_map (picture, place->probe, &map);
  if (!place->valid)
    return;
  if (row->kind == KD_PROBE_VECTOR) {
    read_vector (place, picture, &map);
  } else {
    place->width = map.width;
    place->height = map.height;
    make_room (place, (size_t) map.width * (size_t) map.height);
    row->reduced = map.channels > 1;
    kd_map_reduce (&map, view->channels, MIN (view->channel, map.channels - 1), place->values);
  }
  place->stats = kd_map_stats (place->values, (size_t) place->width * (size_t) place->height);
}

/* What both rows show at a level, of the same number of cells. */
static void
subtract (KdWallPlace *place, const KdWallPlace *first, const KdWallPlace *second)
{
  place->valid = first->valid && second->valid && first->width == second->width &&
                 first->height == second->height;
  if (!place->valid)
    return;
  const size_t count = (size_t) first->width * (size_t) first->height;
  place->width = first->width;
  place->height = first->height;
  make_room (place, count);
  for (size_t i = 0; i < count; i++)
    place->values[i] = first->values[i] - second->values[i];
  place->stats = kd_map_stats (place->values, count);
}

static void
read_difference (GArray *rows, KdWallRowData *row)
{
  const KdWallRowData *first = &g_array_index (rows, KdWallRowData, row->of[0]);
  const KdWallRowData *second = &g_array_index (rows, KdWallRowData, row->of[1]);
  row->reduced = first->reduced || second->reduced;
  for (int k = 0; k < row->n_places; k++) {
    const int level = row->places[k].level;
    subtract (&row->places[k], &first->places[find_place (first, level)],
              &second->places[find_place (second, level)]);
  }
}

/* One cell of a map, of all its channels. */
static KdMap
cell_at (const KdMap *map, double x, double y)
{
  const int cell_x = CLAMP ((int) (x * map->width), 0, map->width - 1);
  const int cell_y = CLAMP ((int) (y * map->height), 0, map->height - 1);
  KdMap cell = *map;
  cell.data += (size_t) cell_y * map->stride_y + (size_t) cell_x * map->stride_x;
  cell.width = cell.height = 1;
  return cell;
}

bool
kd_wall_rows_read (const GArray *rows,
                   int index,
                   int place,
                   const KdPicture *picture,
                   const KdView *view,
                   double x,
                   double y,
                   float *value)
{
  const KdWallRowData *row = &g_array_index (rows, KdWallRowData, index);
  KdMap map;
  if (row->kind == KD_PROBE_VECTOR || place >= row->n_places)
    return false;
  if (row->of[0] < 0) {
    if (!kd_picture_map (picture, row->places[place].probe, &map))
      return false;
    const KdMap cell = cell_at (&map, x, y);
    kd_map_reduce (&cell, view->channels, MIN (view->channel, map.channels - 1), value);
    return true;
  }
  float of[2];
  for (int side = 0; side < 2; side++) {
    const KdWallRowData *one = &g_array_index (rows, KdWallRowData, row->of[side]);
    if (!kd_wall_rows_read (rows, row->of[side], find_place (one, row->places[place].level),
                            picture, view, x, y, &of[side]))
      return false;
  }
  *value = of[0] - of[1];
  return true;
}

/* ---- scales -------------------------------------------------------------------------------------------- */

static bool
is_signed (const KdWallRowData *row, const KdView *view)
{
  return row->style == KD_STYLE_DIVERGING || (row->reduced && (view->channels == KD_CHANNELS_MEAN ||
                                                               view->channels == KD_CHANNELS_ONE));
}

static KdScale
scale_of (const KdWallRowData *row, const KdMapStats *stats, const KdView *view)
{
  if (row->style == KD_STYLE_BINARY)
    return (KdScale){ .low = 0, .high = 1 };
  return kd_scale_from_stats (stats, is_signed (row, view), row->style == KD_STYLE_LOG, true);
}

static bool
share_scale (const KdWallRowData *a, const KdWallRowData *b, const KdView *view)
{
  if (a == b)
    return true;
  if (a->kind == KD_PROBE_VECTOR || b->kind == KD_PROBE_VECTOR)
    return false;
  switch (view->share) {
  case KD_SHARE_GROUP:
  case KD_SHARE_FIXED:
    return a->kind == b->kind && g_strcmp0 (a->group, b->group) == 0;
  case KD_SHARE_ALL:
    return a->style == b->style && is_signed (a, view) == is_signed (b, view);
  default:
    return false;
  }
}

static void
settle_scale (GArray *rows, KdWallRowData *row, const KdView *view)
{
  row->colormap = is_signed (row, view) ? KD_COLORMAP_DIVERGING : view->colormap;
  /* The channels may be reduced otherwise since: what is signed now needs 0 in the middle. */
  if (view->share == KD_SHARE_FIXED && row->fixed && row->scale.centred == is_signed (row, view))
    return;
  KdMapStats joined = kd_map_stats (NULL, 0);
  for (guint j = 0; j < rows->len; j++) {
    const KdWallRowData *other = &g_array_index (rows, KdWallRowData, j);
    for (int k = 0; share_scale (row, other, view) && k < other->n_places; k++) {
      if (other->places[k].valid)
        kd_map_stats_join (&joined, &other->places[k].stats);
    }
  }
  row->scale = scale_of (row, &joined, view);
  row->fixed = view->share == KD_SHARE_FIXED && joined.n_finite > 0;
}

void
kd_wall_rows_update (GArray *rows, const KdPicture *picture, const KdView *view)
{
  for (guint i = 0; i < rows->len; i++) {
    KdWallRowData *row = &g_array_index (rows, KdWallRowData, i);
    for (int k = 0; row->of[0] < 0 && k < row->n_places; k++)
      read_place (row, &row->places[k], picture, view);
  }
  for (guint i = 0; i < rows->len; i++) {
    KdWallRowData *row = &g_array_index (rows, KdWallRowData, i);
    if (row->of[0] >= 0)
      read_difference (rows, row);
  }
  for (guint i = 0; i < rows->len; i++)
    settle_scale (rows, &g_array_index (rows, KdWallRowData, i), view);
}

KdScale
kd_wall_place_scale (const KdWallRowData *row, const KdWallPlace *place, const KdView *view)
{
  return view->share == KD_SHARE_PANEL ? scale_of (row, &place->stats, view) : row->scale;
}

/* ---- words --------------------------------------------------------------------------------------------- */

char *
kd_wall_row_caption (const KdWallRowData *row, const KdView *view)
{
  g_autofree char *rule = row->reduced ? kd_view_channel_text (view) : NULL;
  return g_strconcat (row->title, rule ? ", " : "", rule ? rule : "",
                      view->smooth && row->kind != KD_PROBE_VECTOR ? _ (", interpolated") : "",
                      NULL);
}

bool
kd_wall_place_value (
    const KdWallPlace *place, double x, double y, int *cell_x, int *cell_y, float *value)
{
  if (!place->valid || place->height == 0)
    return false;
  *cell_x = CLAMP ((int) (x * place->width), 0, place->width - 1);
  *cell_y = CLAMP ((int) (y * place->height), 0, place->height - 1);
  *value = place->values[(size_t) *cell_y * (size_t) place->width + (size_t) *cell_x];
  return true;
}
