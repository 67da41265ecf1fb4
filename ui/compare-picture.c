/* SPDX-License-Identifier: MIT */
#include "ui/compare-picture.h"

#include "engine/base/i18n.h"
#include "ui/wall-numbers.h"
#include "ui/wall-picture.h"

#include <string.h>

#define PANEL_PX 160
/* Of two runs in one place. */
#define PAIR_PX 320
/* Of one map that is exported alone. */
#define LARGE_PX 480
#define N_ROWS (1 + KD_N_COMPARE_ROWS + 1) /* photos, maps, consensus */
#define MOST_TEXT 13                       /* keys and values of the metadata, and the NULL */

struct _KdComparePicture {
  KdPicture *pictures[KD_MAX_RUNS]; /* NULL: none */
  const char *titles[KD_MAX_RUNS];  /* without what all begin with */
  const char *names[KD_MAX_RUNS];   /* of arrays: letters, digits, "-" and "_", all different */
  int n;
  int columns[KD_MAX_RUNS], n_columns; /* those that are drawn */
  KdCompareRows *rows;
  const KdPictureInfo *first; /* of the image */
  const char *level;          /* "P3" */
  const KdView *view;         /* while it is built */
  GPtrArray *memory;          /* words */
  KdWallCell cells[N_ROWS][KD_MAX_RUNS];
  KdWallPanelRow panels[N_ROWS];
  GArray *numbers; /* KdWallNumbers */
  const char *text[MOST_TEXT];
  KdWall wall;
};

static char *
keep (KdComparePicture *picture, char *words)
{
  g_ptr_array_add (picture->memory, words);
  return words;
}

/* ---- titles ----------------------------------------------------------------------------------------- */

char *
kd_compare_title (const char *folder)
{
  g_autofree char *whole = g_canonicalize_filename (folder, NULL);
  g_autofree char *name = g_path_get_basename (whole);
  g_autofree char *parent = g_path_get_dirname (whole);
  g_autofree char *session = g_path_get_basename (parent);
  return g_strdup_printf ("%s/%s", session, name);
}

size_t
kd_compare_common (const char *const *titles, int n)
{
  const char *slash = n ? strrchr (titles[0], '/') : NULL;
  const size_t length = slash ? (size_t) (slash + 1 - titles[0]) : 0;
  for (int i = 1; i < n; i++) {
    if (strncmp (titles[i], titles[0], length) != 0)
      return 0;
  }
  return length;
}

/* What a zip's member may be called anywhere. */
static const char *
name_of (KdComparePicture *picture, int column)
{
  char *name = keep (picture, g_strdup (picture->titles[column]));
  for (char *at = name; *at; at++) {
    if (!g_ascii_isalnum (*at) && *at != '_')
      *at = '-';
  }
  for (int i = 0; i < column; i++) {
    if (!strcmp (picture->names[i], name))
      return keep (picture, g_strdup_printf ("%s-%d", name, column + 1));
  }
  return name;
}

static void
take_sources (KdComparePicture *picture, const KdCompareSource *sources, int n)
{
  const char *titles[KD_MAX_RUNS] = { NULL };
  for (int i = 0; i < n; i++)
    titles[i] = sources[i].title;
  const size_t common = kd_compare_common (titles, n);
  picture->n = n;
  for (int i = 0; i < n; i++) {
    picture->pictures[i] = sources[i].picture ? kd_picture_ref (sources[i].picture) : NULL;
    picture->titles[i] = keep (picture, g_strdup (sources[i].title + common));
    picture->names[i] = name_of (picture, i);
    if (picture->pictures[i] && !picture->first)
      picture->first = kd_picture_info (picture->pictures[i]);
  }
}

static bool
is_of_two (const KdComparePart *part)
{
  return part->mode == KD_COMPARE_WIPE || part->mode == KD_COMPARE_FLICKER;
}

static bool
choose_columns (KdComparePicture *picture, const KdComparePart *part, GError **error)
{
  int pair[2];
  const bool first_pair = is_of_two (part) && !part->columns;
  kd_compare_first_pair (picture->n, pair);
  picture->n_columns = first_pair      ? 2
                       : part->columns ? MIN (part->n_columns, KD_MAX_RUNS)
                                       : picture->n;
  if (is_of_two (part) && picture->n_columns != 2) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 _ ("a wipe and a flicker are of two columns, such as 2,3, found %d"),
                 picture->n_columns);
    return false;
  }
  for (int i = 0; i < picture->n_columns; i++) {
    const int column = first_pair ? pair[i] : part->columns ? part->columns[i] : i;
    if (column < 0 || column >= picture->n) {
      g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, _ ("expected columns 1 to %d, found %d"),
                   picture->n, column + 1);
      return false;
    }
    picture->columns[i] = column;
  }
  return true;
}

/* ---- rows ------------------------------------------------------------------------------------------- */

/* After the rows before; the cells are filled by the caller. */
static void
add_row (KdComparePicture *picture, const char *title, const char *unit, int n_cells)
{
  const int r = picture->wall.n_rows++;
  picture->panels[r] = (KdWallPanelRow){
    .title = title, .unit = unit, .cells = picture->cells[r], .n_cells = n_cells
  };
}

static void
add_photos (KdComparePicture *picture)
{
  KdWallCell *cells = picture->cells[picture->wall.n_rows];
  add_row (picture, "Image and boxes", NULL, picture->n_columns);
  for (int i = 0; i < picture->n_columns; i++) {
    const int column = picture->columns[i];
    if (!picture->pictures[column])
      continue;
    const KdPictureInfo *info = kd_picture_info (picture->pictures[column]);
    int sure = 0;
    while (sure < info->n_student && info->student[sure].score >= KD_MIN_SHOWN_SCORE)
      sure++;
    const char *title = picture->titles[column];
    cells[i] = (KdWallCell){
      .caption = keep (
          picture, info->path ? g_strdup_printf ("%s: %d true", title, info->n_truths)
                              : g_strdup_printf ("%s, step %" G_GINT64_FORMAT ": %d found, %d true",
                                                 title, info->step, sure, info->n_truths)),
      .rgb = info->rgb,
      .boxes = info->truths,
      .n_boxes = info->n_truths,
      .found = info->student,
      .n_found = sure,
    };
  }
}

static void
add_numbers (KdComparePicture *picture,
             const char *name,
             const char *channels,
             const KdComparePlace *place)
{
  const KdWallNumbers map = {
    .name = name,
    .level = picture->level,
    .channels = channels,
    .values = place->values,
    .width = place->width,
    .height = place->height,
  };
  g_array_append_val (picture->numbers, map);
}

/* "FGD: 0.01 … 0.2 … 1.3". Owned by the caller. */
static char *
caption_of (const KdComparePicture *picture, const KdCompareRow *row, int column)
{
  const KdComparePlace *place = &row->places[column];
  const char *title = picture->titles[column];
  if (!place->valid)
    return g_strconcat (title, ": no such map", NULL);
  if (kd_compare_row_subtracts (row, place))
    return g_strconcat (title, ": subtracted", NULL);
  char low[32], high[32], mean[32];
  kd_number_format (place->stats.min, low, sizeof low);
  kd_number_format (place->stats.mean, mean, sizeof mean);
  kd_number_format (place->stats.max, high, sizeof high);
  g_autofree char *bad =
      place->stats.n_bad ? g_strdup_printf (", %zu not finite", place->stats.n_bad) : g_strdup ("");
  return g_strdup_printf ("%s: %s … %s … %s%s", title, low, mean, high, bad);
}

static KdWallCell
map_cell (KdComparePicture *picture, const KdCompareRow *row, int column)
{
  const KdComparePlace *place = &row->places[column];
  const char *caption = keep (picture, caption_of (picture, row, column));
  if (!place->valid)
    return (KdWallCell){ .caption = caption };
  return (KdWallCell){
    .caption = caption,
    .values = place->values,
    .width = place->width,
    .height = place->height,
    .scale = row->scale,
    .colormap = row->colormap,
    .boxes = picture->first->truths,
    .n_boxes = picture->view->boxes ? picture->first->n_truths : 0,
  };
}

/* Two runs in one place: with a line between them, or the first of them alone. */
static KdWallCell
pair_cell (KdComparePicture *picture, const KdCompareRow *row, const KdComparePart *part)
{
  const int left = picture->columns[0], right = picture->columns[1];
  const KdComparePlace *beyond = &row->places[right];
  KdWallCell cell = map_cell (picture, row, left);
  g_autofree char *first = caption_of (picture, row, left);
  g_autofree char *second = caption_of (picture, row, right);
  if (part->mode == KD_COMPARE_FLICKER) {
    cell.caption = keep (picture, g_strdup_printf ("shown %s\nflickers with %s", first, second));
    return cell;
  }
  cell.caption = keep (picture, g_strdup_printf ("left %s\nright %s", first, second));
  cell.wiped = true;
  cell.split = CLAMP (part->split, 0, 1);
  cell.scale = row->scale;
  cell.colormap = row->colormap;
  if (beyond->valid) {
    cell.beyond = beyond->values;
    cell.beyond_width = beyond->width;
    cell.beyond_height = beyond->height;
  }
  return cell;
}

static void
add_maps (KdComparePicture *picture, KdCompareRowKind kind, const KdComparePart *part)
{
  const KdCompareRow *row = &picture->rows->rows[kind];
  const bool difference = part->mode == KD_COMPARE_DIFFERENCE && row->reference >= 0;
  char *rule =
      kind == KD_COMPARE_FEATURES ? keep (picture, kd_view_channel_text (picture->view)) : NULL;
  g_autofree char *less =
      difference ? g_strdup_printf (", less those of %s", picture->titles[row->reference])
                 : g_strdup ("");
  char *title =
      keep (picture, g_strdup_printf ("%s%s%s%s%s", row->title, rule ? ", " : "", rule ? rule : "",
                                      less, picture->view->smooth ? ", interpolated" : ""));
  KdWallCell *cells = picture->cells[picture->wall.n_rows];
  add_row (picture, title, row->unit, is_of_two (part) ? 1 : picture->n_columns);
  if (is_of_two (part))
    cells[0] = pair_cell (picture, row, part);
  /* Of a flicker the other run is not on screen. */
  const int n = part->mode == KD_COMPARE_FLICKER ? 1 : picture->n_columns;
  for (int i = 0; i < n; i++) {
    const int column = picture->columns[i];
    if (!is_of_two (part))
      cells[i] = map_cell (picture, row, column);
    g_autofree char *from = difference ? g_strdup_printf ("%s-less-%s", picture->names[column],
                                                          picture->names[row->reference])
                                       : g_strdup (picture->names[column]);
    if (row->places[column].valid)
      add_numbers (picture, keep (picture, g_strdup_printf ("%s.%s", from, row->name)), rule,
                   &row->places[column]);
  }
}

static void
add_consensus (KdComparePicture *picture, const KdComparePart *part)
{
  const KdComparePlace *place = &picture->rows->consensus;
  if (!place->valid)
    return;
  char *title =
      keep (picture, g_strdup_printf ("Consensus: more than %g %% of a run's loss in the cell",
                                      100 * part->threshold));
  picture->cells[picture->wall.n_rows][0] = (KdWallCell){
    .caption = keep (picture, kd_compare_voters (picture->rows)),
    .values = place->values,
    .width = place->width,
    .height = place->height,
    .scale = { .low = 0, .high = MAX (picture->rows->n_voters, 1), .whole = true },
    .colormap = picture->view->colormap,
  };
  add_row (picture, title, "students", 1);
  add_numbers (picture, "consensus", NULL, place);
}

/* Who is counted where. */
static void
add_votes (KdComparePicture *picture)
{
  KdWallCell *cells = picture->cells[picture->wall.n_rows];
  int n = 0;
  for (int i = 0; i < picture->n_columns; i++) {
    const int column = picture->columns[i];
    const KdComparePlace *votes = &picture->rows->votes[column];
    if (!votes->valid)
      continue;
    cells[n++] = (KdWallCell){
      .caption = keep (picture,
                       g_strdup_printf ("%s: %d of %d cells", picture->titles[column],
                                        kd_compare_votes_of (votes), votes->width * votes->height)),
      .values = votes->values,
      .width = votes->width,
      .height = votes->height,
      .scale = { .low = 0, .high = 1, .whole = true },
      .colormap = picture->view->colormap,
      .boxes = picture->first->truths,
      .n_boxes = picture->view->boxes ? picture->first->n_truths : 0,
    };
    add_numbers (picture, keep (picture, g_strdup_printf ("%s.votes", picture->names[column])),
                 NULL, votes);
  }
  if (n)
    add_row (picture, "Who is counted: 1 in the cells", NULL, n);
}

static bool
is_asked_for (const KdComparePart *part, const char *row)
{
  return !part->row || !strcmp (part->row, row);
}

static bool
add_rows (KdComparePicture *picture, const KdComparePart *part, GError **error)
{
  const bool consensus = part->mode == KD_COMPARE_CONSENSUS;
  if (!part->row && picture->first->rgb && !is_of_two (part) && !consensus)
    add_photos (picture);
  for (int i = 0; i < KD_N_COMPARE_ROWS; i++) {
    if (!consensus && is_asked_for (part, picture->rows->rows[i].name))
      add_maps (picture, i, part);
  }
  if ((consensus || part->mode == KD_COMPARE_SIDE_BY_SIDE) && is_asked_for (part, "consensus"))
    add_consensus (picture, part);
  if (consensus && is_asked_for (part, "votes"))
    add_votes (picture);
  if (picture->numbers->len)
    return true;
  g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
               _ ("expected %s with maps on level %s, found %s without any"),
               consensus ? _ ("consensus or votes")
               : part->mode == KD_COMPARE_SIDE_BY_SIDE
                   ? _ ("student_feat, loss_density, pull or consensus")
                   : _ ("student_feat, loss_density or pull"),
               picture->level, part->row ? part->row : "runs");
  return false;
}

/* ---- words ------------------------------------------------------------------------------------------- */

static char *
title_of (const KdComparePicture *picture)
{
  const KdPictureInfo *info = picture->first;
  if (!info->path)
    return g_strdup_printf ("%d runs, held-out scene %" G_GUINT64_FORMAT ", level %s", picture->n,
                            info->image_index, picture->level);
  g_autofree char *name = g_path_get_basename (info->path);
  return g_strdup_printf ("%d methods, %s, image %" G_GUINT64_FORMAT ", level %s", picture->n, name,
                          info->image_index + 1, picture->level);
}

static void
describe (KdComparePicture *picture, const KdCompareSource *sources, const KdComparePart *part)
{
  static const char *const modes[KD_N_COMPARE_MODES] = { "side by side", "difference to the first",
                                                         "wipe", "flicker", "consensus" };
  g_autofree char *line = part->mode == KD_COMPARE_WIPE
                              ? g_strdup_printf (", line at %g", CLAMP (part->split, 0, 1))
                              : g_strdup ("");
  GString *runs = g_string_new (NULL), *knobs = g_string_new (NULL);
  for (int i = 0; i < picture->n; i++) {
    const KdPictureInfo *info =
        picture->pictures[i] ? kd_picture_info (picture->pictures[i]) : NULL;
    g_autofree char *values =
        sources[i].knobs ? kd_wall_picture_knobs (sources[i].knobs) : g_strdup ("");
    g_string_append_printf (runs, "%s%s", i ? "; " : "", picture->titles[i]);
    if (info && !info->path)
      g_string_append_printf (runs, " step %" G_GINT64_FORMAT, info->step);
    g_string_append_printf (knobs, "%s%s: %s", i ? "; " : "", picture->titles[i], values);
  }
  g_autofree char *channels = kd_view_channel_text (picture->view);
  char *view = g_strdup_printf ("%s%s; channels: %s; colours: %s", modes[part->mode], line,
                                channels, kd_colormap_name (picture->view->colormap));
  const char *const text[] = {
    "Title",
    picture->wall.title,
    "Software",
    "kdscope",
    "Runs",
    keep (picture, g_string_free (runs, FALSE)),
    "Image",
    keep (picture, g_strdup_printf ("%" G_GUINT64_FORMAT, picture->first->image_index)),
    "Parameters",
    keep (picture, g_string_free (knobs, FALSE)),
    "View",
    keep (picture, view),
  };
  G_STATIC_ASSERT (G_N_ELEMENTS (text) < MOST_TEXT);
  memcpy (picture->text, text, sizeof text);
}

/* ---- life --------------------------------------------------------------------------------------------- */

static bool
build (KdComparePicture *picture,
       const KdCompareSource *sources,
       const KdComparePart *part,
       GError **error)
{
  if (!picture->first) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 _ ("expected runs with a picture, found none yet"));
    return false;
  }
  if (!choose_columns (picture, part, error))
    return false;
  picture->level =
      keep (picture, kd_level_name (picture->first->probes, picture->first->n_probes, part->level));
  kd_compare_rows_update (picture->rows, picture->pictures, picture->n, part->level, part->mode,
                          part->threshold, picture->view);
  if (!add_rows (picture, part, error))
    return false;
  picture->wall.title = keep (picture, title_of (picture));
  for (int i = 0; i < picture->n && !picture->first->path;
       i++) { /* notes of dumps are of one method */
    if (picture->pictures[i] && !picture->wall.subtitle)
      picture->wall.subtitle = kd_picture_remark (picture->pictures[i]);
  }
  picture->wall.image = picture->first->image;
  picture->wall.rows = picture->panels;
  picture->wall.panel_px = picture->wall.n_rows == 1 && picture->panels[0].n_cells == 1 ? LARGE_PX
                           : is_of_two (part)                                           ? PAIR_PX
                                                                                        : PANEL_PX;
  picture->wall.smooth = picture->view->smooth;
  describe (picture, sources, part);
  return true;
}

KdComparePicture *
kd_compare_picture_new (const KdCompareSource *sources,
                        int n,
                        const KdView *view,
                        const KdComparePart *part,
                        GError **error)
{
  KD_FILE_WORDS;
  g_return_val_if_fail (n <= KD_MAX_RUNS, NULL);
  g_autoptr (KdComparePicture) picture = g_new0 (KdComparePicture, 1);
  picture->rows = kd_compare_rows_new ();
  picture->memory = g_ptr_array_new_with_free_func (g_free);
  picture->numbers = g_array_new (FALSE, TRUE, sizeof (KdWallNumbers));
  picture->view = view;
  take_sources (picture, sources, n);
  const bool ok = build (picture, sources, part, error);
  picture->view = NULL;
  return ok ? g_steal_pointer (&picture) : NULL;
}

void
kd_compare_picture_free (KdComparePicture *picture)
{
  if (!picture)
    return;
  for (int i = 0; i < picture->n; i++)
    g_clear_pointer (&picture->pictures[i], kd_picture_unref);
  kd_compare_rows_free (picture->rows);
  g_array_unref (picture->numbers);
  g_ptr_array_unref (picture->memory);
  g_free (picture);
}

static void
draw (cairo_t *cr, KdSize size, void *data)
{
  (void) size;
  kd_wall_draw (cr, data);
}

bool
kd_compare_picture_export (const KdComparePicture *picture, const char *path, GError **error)
{
  KD_FILE_WORDS;
  KdWall wall = picture->wall;
  if (kd_wall_numbers_handles (path))
    return kd_wall_numbers_write ((const KdWallNumbers *) (void *) picture->numbers->data,
                                  (int) picture->numbers->len, path, error);
  return kd_export_picture (path, kd_wall_size (&wall), draw, &wall, picture->text, error);
}
