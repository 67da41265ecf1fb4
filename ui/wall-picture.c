/* SPDX-License-Identifier: MIT */
#include "ui/wall-picture.h"

#include "engine/base/i18n.h"
#include "ui/wall-numbers.h"
#include "ui/wall-row.h"

#include <string.h>

#define PANEL_PX 160
/* Of a panel or row that is exported alone. */
#define LARGE_PX 480
#define MOST_TEXT 20 /* keys and values of the metadata, and the NULL */

struct _KdWallPicture {
  KdPicture *picture;
  GArray *rows;      /* KdWallRowData */
  GPtrArray *memory; /* captions, and arrays of cells and bars */
  GArray *panels;    /* KdWallPanelRow */
  GArray *numbers;   /* KdWallNumbers */
  const char *text[MOST_TEXT];
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
add_numbers (KdWallPicture *picture,
             const KdWallRowData *row,
             const KdWallPlace *place,
             const KdView *view)
{
  KdWallNumbers map = {
    .name = row->name,
    .level = place->level_name,
    .channels = row->reduced ? keep (picture, kd_view_channel_text (view)) : NULL,
    .values = place->values,
    .width = place->width,
    .height = place->height,
  };
  g_array_append_val (picture->numbers, map);
  if (!place->two)
    return;
  map.name = kd_picture_info (picture->picture)->probes[place->second].name;
  map.values += place->width;
  g_array_append_val (picture->numbers, map);
}

static bool
has_level (const KdWallRowData *row, int level)
{
  for (int i = 0; i < row->n_places; i++) {
    if (row->places[i].level == level)
      return true;
  }
  return false;
}

/* Of a row, @level alone if it has that one. */
static void
add_row (KdWallPicture *picture, const KdWallRowData *row, const KdView *view, int level)
{
  KdWallCell *cells = keep (picture, g_new0 (KdWallCell, row->n_places));
  KdBars *bars =
      row->kind == KD_PROBE_VECTOR ? keep (picture, g_new0 (KdBars, row->n_places)) : NULL;
  const bool alone = has_level (row, level);
  int n = 0;
  for (int i = 0; i < row->n_places; i++) {
    const KdWallPlace *place = &row->places[i];
    if (!place->valid || (alone && place->level != level))
      continue;
    if (bars) {
      bars[n] = bars_of (row, place);
      cells[n].caption =
          keep (picture, g_strdup_printf ("%s, %d values", place->level_name, place->width));
    } else {
      cells[n] = map_cell (picture, row, place, view);
    }
    add_numbers (picture, row, place, view);
    n++;
  }
  const KdWallPanelRow panel = {
    .title = view->smooth && !bars
                 ? keep (picture, g_strdup_printf ("%s, interpolated", row->title))
                 : row->title,
    .n_cells = n,
    .cells = cells,
    .unit = row->unit,
    .bars = bars,
  };
  if (n)
    g_array_append_val (picture->panels, panel);
}

static KdWallRowData *
row_at (const KdWallPicture *picture, guint i)
{
  return &g_array_index (picture->rows, KdWallRowData, i);
}

/* A scale that a person put somewhere stays what it is: signed, logarithmic or neither. */
static void
fix_ends (KdWallPicture *picture, const KdWallEnds *ends)
{
  for (guint i = 0; i < picture->rows->len; i++) {
    KdWallRowData *row = row_at (picture, i);
    if (strcmp (row->name, ends->row))
      continue;
    row->scale.low = ends->low;
    row->scale.high = ends->high;
  }
}

/* The rows that are wanted; false with what there is. */
static bool
add_rows (KdWallPicture *picture, const KdView *view, const KdWallPart *part, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);
  for (guint i = 0; i < picture->rows->len; i++) {
    const KdWallRowData *row = row_at (picture, i);
    g_string_append_printf (names, "%s%s", i ? ", " : "", row->name);
    const bool wanted = !part->row || (!strcmp (part->row, row->name) &&
                                       (part->level < 0 || has_level (row, part->level)));
    if (wanted)
      add_row (picture, row, view, part->row && part->level >= 0 ? part->level : view->level);
  }
  if (!part->row || picture->panels->len)
    return true;
  g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
               "expected a row and level of the wall of %s (%s), found %s%s",
               kd_picture_info (picture->picture)->method->title, names->str, part->row,
               part->level < 0 ? "" : " with another level");
  return false;
}

/* ---- metadata --------------------------------------------------------------------------------------- */

static void
say (KdWallPicture *picture, const char *key, char *value)
{
  int n = 0;
  while (picture->text[n])
    n++;
  g_assert (n + 2 < MOST_TEXT);
  picture->text[n] = key;
  picture->text[n + 1] = keep (picture, value);
}

char *
kd_wall_picture_knobs (const KdKnobs *knobs)
{
  GString *text = g_string_new (NULL);
  for (int i = 0; i < kd_knobs_count (knobs); i++) {
    const char *id = kd_knobs_knob (knobs, i)->id;
    g_autofree char *value = kd_knobs_format (knobs, id);
    g_string_append_printf (text, "%s%s=%s", i ? " " : "", id, value);
  }
  return g_string_free (text, FALSE);
}

static void
describe (KdWallPicture *picture, const KdView *view, const KdKnobs *knobs)
{
  const KdPictureInfo *info = kd_picture_info (picture->picture);
  say (picture, "Title", g_strdup (picture->title));
  say (picture, "Software", g_strdup ("kdscope"));
  say (picture, "Method", g_strdup (info->method->id));
  if (info->path) {
    say (picture, "Dump", g_path_get_basename (info->path));
  } else {
    say (picture, "Run", g_strdup (info->run_id));
    say (picture, "Step", g_strdup_printf ("%" G_GINT64_FORMAT, info->step));
  }
  say (picture, "Image", g_strdup_printf ("%" G_GUINT64_FORMAT, info->image_index));
  if (knobs)
    say (picture, "Parameters", kd_wall_picture_knobs (knobs));
  g_autofree char *channels = kd_view_channel_text (view);
  say (picture, "View",
       g_strdup_printf ("channels: %s; one scale for %s; colours: %s", channels,
                        kd_share_name (view->share), kd_colormap_name (view->colormap)));
}

/* ---- life --------------------------------------------------------------------------------------------- */

KdWallPicture *
kd_wall_picture_new (KdPicture *of, const KdView *view, const KdWallPart *part, GError **error)
{
  KD_FILE_WORDS;
  const KdWallPart whole = { .level = -1 };
  part = part ? part : &whole;
  const KdPictureInfo *info = kd_picture_info (of);
  g_autoptr (KdWallPicture) picture = g_new0 (KdWallPicture, 1);
  picture->picture = kd_picture_ref (of);
  picture->rows = kd_wall_rows_new (info->method, info->run, info->probes, info->n_probes, view);
  if (part->order)
    kd_wall_rows_arrange (picture->rows, part->order);
  picture->memory = g_ptr_array_new_with_free_func (g_free);
  picture->panels = g_array_new (FALSE, TRUE, sizeof (KdWallPanelRow));
  picture->numbers = g_array_new (FALSE, TRUE, sizeof (KdWallNumbers));
  picture->title = kd_picture_title (of);
  kd_wall_rows_update (picture->rows, of, view);
  for (int i = 0; view->share == KD_SHARE_FIXED && i < part->n_ends; i++)
    fix_ends (picture, &part->ends[i]);
  if (!add_rows (picture, view, part, error))
    return NULL;
  describe (picture, view, part->knobs);
  picture->wall = (KdWall){
    .title = picture->title,
    .subtitle = kd_picture_remark (of),
    .rgb = part->row ? NULL : info->rgb,
    .image = info->image,
    .truths = info->truths,
    .n_truths = info->n_truths,
    .rows = (const KdWallPanelRow *) (void *) picture->panels->data,
    .n_rows = (int) picture->panels->len,
    .panel_px = part->row ? LARGE_PX : PANEL_PX,
    .under = view->overlay > 0 ? info->rgb : NULL,
    .overlay = view->overlay,
    .smooth = view->smooth,
  };
  return g_steal_pointer (&picture);
}

void
kd_wall_picture_free (KdWallPicture *picture)
{
  if (!picture)
    return;
  g_array_unref (picture->panels);
  g_array_unref (picture->numbers);
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
  KD_FILE_WORDS;
  KdWall wall = picture->wall;
  if (kd_wall_numbers_handles (path))
    return kd_wall_numbers_write ((const KdWallNumbers *) (void *) picture->numbers->data,
                                  (int) picture->numbers->len, path, error);
  return kd_export_picture (path, kd_wall_size (&wall), draw, &wall, picture->text, error);
}
