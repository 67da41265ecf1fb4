/* SPDX-License-Identifier: MIT */
#include "ui/wall-row.h"

static void
clear_row (gpointer data)
{
  KdWallRowData *row = data;
  for (int i = 0; i < KD_ROW_LEVELS; i++)
    g_free (row->places[i].values);
}

/* The row of one probe over all levels it has; nothing if the session has no such probe. */
static void
add_row (GArray *rows,
         KdSession *session,
         int run,
         const char *name,
         const char *second,
         const char *title)
{
  int n_probes;
  const KdProbeInfo *probes = kd_session_probes (session, &n_probes);
  KdWallRowData row = { .title = title };
  for (int level = 0; level < KD_ROW_LEVELS; level++) {
    const int id = kd_session_find_probe (session, run, name, level);
    if (id < 0)
      continue;
    const KdProbeInfo *info = &probes[id];
    if (row.n_places == 0) {
      row.title = title ? title : info->title;
      row.help = info->help;
      row.unit = info->unit;
      row.group = info->group ? info->group : info->name;
      row.kind = info->kind;
      row.style = info->style;
    }
    row.places[row.n_places++] = (KdWallPlace){
      .probe = id,
      .second = second ? kd_session_find_probe (session, run, second, level) : -1,
      .level = level,
    };
  }
  if (row.n_places)
    g_array_append_val (rows, row);
}

/* Vectors of one table row (teacher and student) are one picture; maps are one row each. */
static void
add_table_row (GArray *rows, KdSession *session, int run, const KdWallRow *table)
{
  int n_probes;
  const KdProbeInfo *probes = kd_session_probes (session, &n_probes);
  const int first = kd_session_find_probe (session, run, table->probes[0], 0);
  if (first >= 0 && probes[first].kind == KD_PROBE_VECTOR) {
    add_row (rows, session, run, table->probes[0], table->probes[1], table->title);
    return;
  }
  for (size_t i = 0; i < G_N_ELEMENTS (table->probes) && table->probes[i]; i++)
    add_row (rows, session, run, table->probes[i], NULL, NULL);
}

GArray *
kd_wall_rows_new (KdSession *session, int run)
{
  GArray *rows = g_array_new (FALSE, TRUE, sizeof (KdWallRowData));
  g_array_set_clear_func (rows, clear_row);
  const KdMethod *method = kd_session_run_method (session, run);
  add_row (rows, session, run, "loss_density", NULL, NULL);
  add_row (rows, session, -1, "teacher_feat", NULL, "Features, teacher");
  add_row (rows, session, run, "student_feat", NULL, "Features, student");
  for (int i = 0; i < method->n_wall; i++)
    add_table_row (rows, session, run, &method->wall[i]);
  add_row (rows, session, run, "pull", NULL, NULL);
  return rows;
}

static void
read_place (KdWallRowData *row, KdWallPlace *place, const KdSnapshot *snapshot, const KdView *view)
{
  KdMap map;
  place->valid = kd_snapshot_map (snapshot, place->probe, &map);
  if (!place->valid)
    return;
  const bool vector = row->kind == KD_PROBE_VECTOR;
  place->width = vector ? map.channels : map.width;
  place->height = vector ? 1 : map.height;
  const size_t count = (size_t) place->width * (size_t) place->height;
  /* A vector's place keeps the second series behind the first. */
  const size_t needed = vector ? 2 * count : count;
  if (place->capacity < needed) {
    place->values = g_renew (float, place->values, needed);
    place->capacity = needed;
  }
  if (vector) {
    for (int c = 0; c < map.channels; c++)
      place->values[c] = kd_map_get (&map, c, 0, 0);
    KdMap second;
    if (place->second >= 0 && kd_snapshot_map (snapshot, place->second, &second)) {
      for (int c = 0; c < MIN (map.channels, second.channels); c++)
        place->values[(size_t) map.channels + (size_t) c] = kd_map_get (&second, c, 0, 0);
    } else {
      place->second = -1;
    }
  } else {
    row->reduced = map.channels > 1;
    kd_map_reduce (&map, view->channels, 0, place->values);
  }
  place->stats = kd_map_stats (place->values, count);
}

static bool
is_signed (const KdWallRowData *row, const KdView *view)
{
  return row->style == KD_STYLE_DIVERGING || (row->reduced && view->channels == KD_CHANNELS_MEAN);
}

static KdScale
scale_of (const KdWallRowData *row, const KdMapStats *stats, const KdView *view)
{
  if (row->style == KD_STYLE_BINARY)
    return (KdScale){ .low = 0, .high = 1 };
  return kd_scale_from_stats (stats, is_signed (row, view), row->style == KD_STYLE_LOG, true);
}

void
kd_wall_rows_update (GArray *rows, const KdSnapshot *snapshot, const KdView *view)
{
  for (guint i = 0; i < rows->len; i++) {
    KdWallRowData *row = &g_array_index (rows, KdWallRowData, i);
    for (int k = 0; k < row->n_places; k++)
      read_place (row, &row->places[k], snapshot, view);
  }
  for (guint i = 0; i < rows->len; i++) {
    KdWallRowData *row = &g_array_index (rows, KdWallRowData, i);
    KdMapStats joined = kd_map_stats (NULL, 0);
    for (guint j = 0; j < rows->len; j++) {
      const KdWallRowData *other = &g_array_index (rows, KdWallRowData, j);
      const bool alike = j == i || (view->share == KD_SHARE_GROUP && other->kind == row->kind &&
                                    g_strcmp0 (other->group, row->group) == 0);
      for (int k = 0; alike && k < other->n_places; k++) {
        if (other->places[k].valid)
          kd_map_stats_join (&joined, &other->places[k].stats);
      }
    }
    row->colormap = is_signed (row, view) ? KD_COLORMAP_DIVERGING : view->colormap;
    row->scale = scale_of (row, &joined, view);
  }
}

KdScale
kd_wall_place_scale (const KdWallRowData *row, const KdWallPlace *place, const KdView *view)
{
  return view->share == KD_SHARE_PANEL ? scale_of (row, &place->stats, view) : row->scale;
}
