/* SPDX-License-Identifier: MIT */
#include "ui/wall-picture.h"

#include "ui/wall-row.h"

#include <math.h>

#define PANEL_PX 160

struct _KdWallPicture {
  KdPicture *picture;
  GArray *rows;      /* KdWallRowData */
  GPtrArray *memory; /* captions, and arrays of cells and bars */
  GArray *panels;    /* KdWallPanelRow */
  char *title;
  KdWall wall;
};

static void *
keep (KdWallPicture *picture, void *memory)
{
  g_ptr_array_add (picture->memory, memory);
  return memory;
}

static KdWallCell
map_cell (KdWallPicture *picture,
          const KdWallRowData *row,
          const KdWallPlace *place,
          const KdView *view)
{
  char low[32], high[32], mean[32];
  kd_number_format (place->stats.min, low, sizeof low);
  kd_number_format (place->stats.mean, mean, sizeof mean);
  kd_number_format (place->stats.max, high, sizeof high);
  g_autofree char *rule = row->reduced ? kd_view_channel_text (view) : NULL;
  g_autofree char *bad =
      place->stats.n_bad ? g_strdup_printf (", %zu not finite", place->stats.n_bad) : g_strdup ("");
  char *caption =
      keep (picture, g_strdup_printf ("%s%s%s: %s … %s … %s%s", place->level_name, rule ? ", " : "",
                                      rule ? rule : "", low, mean, high, bad));
  KdWallCell cell = {
    .caption = caption,
    .values = place->values,
    .width = place->width,
    .height = place->height,
    .scale = kd_wall_place_scale (row, place, view),
    .colormap = row->colormap,
  };
  if (view->boxes) {
    const KdPictureInfo *info = kd_picture_info (picture->picture);
    cell.boxes = info->truths;
    cell.n_boxes = info->n_truths;
  }
  return cell;
}

static KdBars
bars_of (const KdWallRowData *row, const KdWallPlace *place)
{
  return (KdBars){
    .values = { place->values, place->two ? place->values + place->width : NULL },
    .colors = { kd_teacher_color (), kd_student_color () },
    .n_series = place->two ? 2 : 1,
    .n_values = place->width,
    .sorted = true,
    /* Attention over channels has mean 1; a signed vector is read from 0. */
    .reference = row->style == KD_STYLE_DIVERGING ? 0 : 1,
  };
}

static void
add_row (KdWallPicture *picture, const KdWallRowData *row, const KdView *view)
{
  KdWallCell *cells = keep (picture, g_new0 (KdWallCell, row->n_places));
  KdBars *bars =
      row->kind == KD_PROBE_VECTOR ? keep (picture, g_new0 (KdBars, row->n_places)) : NULL;
  int n = 0;
  for (int i = 0; i < row->n_places; i++) {
    const KdWallPlace *place = &row->places[i];
    if (!place->valid)
      continue;
    if (bars) {
      bars[n] = bars_of (row, place);
      cells[n].caption =
          keep (picture, g_strdup_printf ("%s, %d values", place->level_name, place->width));
    } else {
      cells[n] = map_cell (picture, row, place, view);
    }
    n++;
  }
  const KdWallPanelRow panel = {
    .title = row->title,
    .n_cells = n,
    .cells = cells,
    .unit = row->unit,
    .bars = bars,
  };
  if (n)
    g_array_append_val (picture->panels, panel);
}

KdWallPicture *
kd_wall_picture_new (KdPicture *of, const KdView *view)
{
  const KdPictureInfo *info = kd_picture_info (of);
  KdWallPicture *picture = g_new0 (KdWallPicture, 1);
  picture->picture = kd_picture_ref (of);
  picture->rows = kd_wall_rows_new (info->method, info->run, info->probes, info->n_probes);
  picture->memory = g_ptr_array_new_with_free_func (g_free);
  picture->panels = g_array_new (FALSE, TRUE, sizeof (KdWallPanelRow));
  picture->title = kd_picture_title (of);
  kd_wall_rows_update (picture->rows, of, view);
  for (guint i = 0; i < picture->rows->len; i++)
    add_row (picture, &g_array_index (picture->rows, KdWallRowData, i), view);
  picture->wall = (KdWall){
    .title = picture->title,
    .subtitle = kd_picture_remark (of),
    .rgb = info->rgb,
    .image = info->image,
    .truths = info->truths,
    .n_truths = info->n_truths,
    .rows = (const KdWallPanelRow *) (void *) picture->panels->data,
    .n_rows = (int) picture->panels->len,
    .panel_px = PANEL_PX,
  };
  return picture;
}

void
kd_wall_picture_free (KdWallPicture *picture)
{
  if (!picture)
    return;
  g_array_unref (picture->panels);
  g_ptr_array_unref (picture->memory);
  g_array_unref (picture->rows);
  kd_picture_unref (picture->picture);
  g_free (picture->title);
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
