/* SPDX-License-Identifier: MIT */
#include "ui/wall-picture.h"

#include <math.h>
#include <string.h>

#define PANEL_PX 160

/* What a row is made of, before it can be handed out as plain arrays. */
typedef struct {
  const KdProbeInfo *info; /* of the first place */
  char *title;
  GArray *cells; /* KdWallCell; its values and caption owned */
  GArray *bars;  /* KdBars, one per place of a row of vectors; values owned */
  KdMapStats stats;
  bool reduced; /* more than one channel became one number a cell */
} Row;

struct _KdWallPicture {
  GPtrArray *rows;   /* Row */
  GPtrArray *memory; /* values and captions */
  GArray *panels;    /* KdWallPanelRow */
  char *title, *subtitle;
  KdWall wall;
};

static void
free_row (void *data)
{
  Row *row = data;
  g_free (row->title);
  g_array_unref (row->cells);
  g_array_unref (row->bars);
  g_free (row);
}

static void *
keep (KdWallPicture *picture, void *memory)
{
  g_ptr_array_add (picture->memory, memory);
  return memory;
}

/* ---- reading maps --------------------------------------------------------------------------------- */

static int
find_probe (const KdWallSource *source, int run, const char *name, int level)
{
  for (int i = 0; i < source->n_probes; i++) {
    const KdProbeInfo *info = &source->probes[i];
    if (info->run == run && info->level == level && !strcmp (info->name, name))
      return i;
  }
  return -1;
}

/* "P3" of stride 8: people count levels by the power of two. Any map of the level knows its stride. */
static char *
level_name (const KdWallSource *source, int level)
{
  for (int i = 0; i < source->n_probes; i++)
    if (source->probes[i].level == level && source->probes[i].stride > 0)
      return g_strdup_printf ("P%d", (int) lround (log2 (source->probes[i].stride)));
  return g_strdup_printf ("level %d", level);
}

/* KD_CHANNELS_MEAN_ABS of a feature, the values of a map. */
static void
add_map (KdWallPicture *picture, Row *row, const char *level, const KdMap *map)
{
  const size_t n = (size_t) map->height * (size_t) map->width;
  float *values = keep (picture, g_new (float, n));
  kd_map_reduce (map, KD_CHANNELS_MEAN_ABS, 0, values);
  row->reduced = map->channels > 1;
  const KdMapStats stats = kd_map_stats (values, n);
  kd_map_stats_join (&row->stats, &stats);

  char low[32], high[32], mean[32];
  kd_number_format (stats.min, low, sizeof low);
  kd_number_format (stats.mean, mean, sizeof mean);
  kd_number_format (stats.max, high, sizeof high);
  g_autofree char *bad =
      stats.n_bad ? g_strdup_printf (", %zu not finite", stats.n_bad) : g_strdup ("");
  const KdWallCell cell = {
    .caption =
        keep (picture, g_strdup_printf ("%s%s: %s … %s … %s%s", level,
                                        row->reduced ? ", mean |x|" : "", low, mean, high, bad)),
    .values = values,
    .width = map->width,
    .height = map->height,
  };
  g_array_append_val (row->cells, cell);
}

static const float *
vector_values (KdWallPicture *picture, const KdMap *map)
{
  float *values = keep (picture, g_new (float, map->channels));
  for (int c = 0; c < map->channels; c++)
    values[c] = kd_map_get (map, c, 0, 0);
  return values;
}

/* ---- rows ------------------------------------------------------------------------------------------- */

static Row *
new_row (KdWallPicture *picture, const KdProbeInfo *info, const char *title)
{
  Row *row = g_new0 (Row, 1);
  row->info = info;
  row->title = g_strdup (title ? title : info->title);
  row->cells = g_array_new (FALSE, TRUE, sizeof (KdWallCell));
  row->bars = g_array_new (FALSE, TRUE, sizeof (KdBars));
  row->stats = kd_map_stats (NULL, 0);
  g_ptr_array_add (picture->rows, row);
  return row;
}

/* One probe over its levels. */
static void
add_map_row (KdWallPicture *picture,
             const KdWallSource *source,
             int run,
             const char *name,
             const char *title)
{
  Row *row = NULL;
  for (int level = 0; level < KD_MAX_LEVELS; level++) {
    const int index = find_probe (source, run, name, level);
    KdMap map;
    if (index < 0 || !source->map (source->data, index, &map))
      continue;
    const KdProbeInfo *info = &source->probes[index];
    if (!row)
      row = new_row (picture, info, title);
    g_autofree char *place = level_name (source, level);
    add_map (picture, row, place, &map);
  }
}

/* Up to two vectors side by side over their levels: a place is a bar chart. */
static void
add_vector_row (KdWallPicture *picture, const KdWallSource *source, const KdWallRow *table)
{
  Row *row = NULL;
  for (int level = 0; level < KD_MAX_LEVELS; level++) {
    KdBars bars = { .sorted = true, .reference = NAN };
    const KdProbeInfo *info = NULL;
    for (int i = 0; i < 2 && table->probes[i]; i++) {
      const int index = find_probe (source, source->run, table->probes[i], level);
      KdMap map;
      if (index < 0 || !source->map (source->data, index, &map))
        continue;
      info = &source->probes[index];
      bars.colors[bars.n_series] = i == 0 ? kd_teacher_color () : kd_student_color ();
      bars.values[bars.n_series++] = vector_values (picture, &map);
      bars.n_values = map.channels;
    }
    if (!info)
      continue;
    if (!row)
      row = new_row (picture, info, table->title);
    g_autofree char *place = level_name (source, level);
    const KdWallCell cell = {
      .caption = keep (picture, g_strdup_printf ("%s, %d values", place, bars.n_values)),
    };
    g_array_append_val (row->cells, cell);
    g_array_append_val (row->bars, bars);
  }
}

static void
add_table_row (KdWallPicture *picture, const KdWallSource *source, const KdWallRow *table)
{
  const int first = find_probe (source, source->run, table->probes[0], 0);
  if (first >= 0 && source->probes[first].kind == KD_PROBE_VECTOR) {
    add_vector_row (picture, source, table);
    return;
  }
  for (size_t i = 0; i < G_N_ELEMENTS (table->probes) && table->probes[i]; i++)
    add_map_row (picture, source, source->run, table->probes[i], NULL);
}

/* ---- scales ------------------------------------------------------------------------------------------ */

static KdScale
row_scale (const Row *row, const KdMapStats *stats)
{
  if (row->info->style == KD_STYLE_BINARY)
    return (KdScale){ .low = 0, .high = 1 };
  return kd_scale_from_stats (stats, row->info->style == KD_STYLE_DIVERGING,
                              row->info->style == KD_STYLE_LOG, true);
}

/* All places of a row, and all rows of a group, share a scale: what looks brighter is more. */
static void
settle_scales (KdWallPicture *picture)
{
  for (guint i = 0; i < picture->rows->len; i++) {
    Row *row = g_ptr_array_index (picture->rows, i);
    KdMapStats joined = row->stats;
    for (guint j = 0; j < picture->rows->len; j++) {
      const Row *other = g_ptr_array_index (picture->rows, j);
      if (j != i && row->info->group && !g_strcmp0 (row->info->group, other->info->group))
        kd_map_stats_join (&joined, &other->stats);
    }
    const KdScale scale = row_scale (row, &joined);
    for (guint k = 0; k < row->cells->len; k++) {
      KdWallCell *cell = &g_array_index (row->cells, KdWallCell, k);
      cell->scale = scale;
      cell->colormap =
          row->info->style == KD_STYLE_DIVERGING ? KD_COLORMAP_DIVERGING : KD_COLORMAP_VIRIDIS;
    }
  }
}

static void
lay_out (KdWallPicture *picture, const KdWallSource *source)
{
  for (guint i = 0; i < picture->rows->len; i++) {
    const Row *row = g_ptr_array_index (picture->rows, i);
    const KdWallPanelRow panel = {
      .title = row->title,
      .n_cells = (int) row->cells->len,
      .cells = (const KdWallCell *) (void *) row->cells->data,
      .unit = row->info->unit,
      .bars = row->bars->len ? (const KdBars *) (void *) row->bars->data : NULL,
    };
    g_array_append_val (picture->panels, panel);
  }
  picture->wall = (KdWall){
    .title = picture->title,
    .subtitle = picture->subtitle,
    .rgb = source->rgb,
    .image = source->image,
    .truths = source->truths,
    .n_truths = source->n_truths,
    .rows = (const KdWallPanelRow *) (void *) picture->panels->data,
    .n_rows = (int) picture->panels->len,
    .panel_px = PANEL_PX,
  };
}

/* ---- the whole ----------------------------------------------------------------------------------------- */

KdWallPicture *
kd_wall_picture_new (const KdWallSource *source)
{
  KdWallPicture *picture = g_new0 (KdWallPicture, 1);
  picture->rows = g_ptr_array_new_with_free_func (free_row);
  picture->memory = g_ptr_array_new_with_free_func (g_free);
  picture->panels = g_array_new (FALSE, TRUE, sizeof (KdWallPanelRow));
  picture->title = g_strdup (source->title);
  picture->subtitle = g_strdup (source->subtitle);
  add_map_row (picture, source, -1, "teacher_feat", "Features, teacher");
  add_map_row (picture, source, source->run, "student_feat", "Features, student");
  for (int i = 0; i < source->method->n_wall; i++)
    add_table_row (picture, source, &source->method->wall[i]);
  add_map_row (picture, source, source->run, "loss_density", NULL);
  add_map_row (picture, source, source->run, "pull", NULL);
  settle_scales (picture);
  lay_out (picture, source);
  return picture;
}

void
kd_wall_picture_free (KdWallPicture *picture)
{
  if (!picture)
    return;
  g_ptr_array_unref (picture->rows);
  g_ptr_array_unref (picture->memory);
  g_array_unref (picture->panels);
  g_free (picture->title);
  g_free (picture->subtitle);
  g_free (picture);
}

static void
draw (cairo_t *cr, KdSize size, void *data)
{
  (void) size;
  kd_wall_draw (cr, data);
}

bool
kd_wall_picture_export (const KdWallPicture *picture, const char *path, GError **error)
{
  KdWall wall = picture->wall;
  const char *const text[] = { "Title", picture->title, "Software", "kdscope", NULL };
  return kd_export_picture (path, kd_wall_size (&wall), draw, &wall, text, error);
}
