/* SPDX-License-Identifier: MIT */
#include "ui/figure-builder.h"

#include "engine/base/i18n.h"

KdFigureState
kd_figure_state_default (void)
{
  return (KdFigureState){
    .level = -1,
    .object = -1,
    .spot = { -1, -1, NAN, NAN },
    .brushed = -1,
    .slider = -1,
    .large = -1,
    .kept = -1,
  };
}

/* ---- what builders share -------------------------------------------------------------------------------- */

void *
kd_figure_keep (KdFigureBuilder *b, void *memory)
{
  g_ptr_array_add (b->memory, memory);
  return memory;
}

const char *
kd_figure_text (KdFigureBuilder *b, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return kd_figure_keep (b, text);
}

double
kd_figure_entry (const KdFigureMap *list, int row, int level)
{
  return row < list->height && level < list->width
             ? (double) list->values[row * list->width + level]
             : 0;
}

int
kd_figure_choose_object (const KdFigureBuilder *b, const KdFigureMap *list)
{
  if (b->state->object >= 0 && b->state->object < b->info->n_truths)
    return b->state->object;
  int chosen = 0;
  double most = -1;
  for (int i = 0; i < b->info->n_truths; i++) {
    double n = 0;
    for (int l = 0; l < list->width; l++)
      n += kd_figure_entry (list, kd_picture_truth_row (b->picture, i), l);
    if (n > most) {
      most = n;
      chosen = i;
    }
  }
  return chosen;
}

KdPanel
kd_figure_object_matrix (KdFigureBuilder *b, const char *title, const KdFigureMap *list)
{
  const int n = b->info->n_truths, L = list->width;
  float *values = kd_figure_keep (b, g_new0 (float, n *L + 1));
  const char **columns = kd_figure_keep (b, g_new0 (const char *, L + 1));
  float most = 1;
  for (int i = 0; i < n * L; i++) {
    values[i] = (float) kd_figure_entry (list, kd_picture_truth_row (b->picture, i / L), i % L);
    most = MAX (most, values[i]);
  }
  for (int l = 0; l < L; l++)
    columns[l] = kd_figure_level_name (b, l);
  const int item = kd_figure_at_spot (b) ? b->state->spot.item : -1;
  return (KdPanel){
    .kind = KD_PANEL_MATRIX,
    .title = title,
    .caption = _ ("rows: objects"),
    .values = values,
    .width = L,
    .height = n,
    .scale = { .low = 0, .high = (double) most },
    .colormap = KD_COLORMAP_VIRIDIS,
    .ruled = true,
    .lit = item < n * L ? item : -1,
    .names = kd_figure_numbers (b, n),
    .columns = columns,
  };
}

const char *
kd_figure_number (KdFigureBuilder *b, double value)
{
  char *text = kd_figure_keep (b, g_malloc (32));
  kd_number_format (value, text, 32);
  return text;
}

void
kd_figure_wrap_summary (KdFigureBuilder *b, const char *format)
{
  g_autofree char *inner = g_strdup (b->summary->str);
  g_string_printf (b->summary, format, inner);
}

bool
kd_figure_read (KdFigureBuilder *b, const char *name, int level, KdFigureMap *map)
{
  KdMap source;
  *map = (KdFigureMap){ NULL, 0, 0, 0 };
  const int index = kd_picture_find (b->picture, name, level);
  if (index < 0 || !kd_picture_map (b->picture, index, &source))
    return false;
  const size_t cells = (size_t) source.height * (size_t) source.width;
  map->channels = source.channels;
  map->height = source.height;
  map->width = source.width;
  map->values = kd_figure_keep (b, g_new (float, cells *(size_t) source.channels + 1));
  float *to = map->values;
  for (int c = 0; c < source.channels; c++)
    for (int y = 0; y < source.height; y++)
      for (int x = 0; x < source.width; x++)
        *to++ = kd_map_get (&source, c, y, x);
  return true;
}

bool
kd_figure_shows (const KdFigureBuilder *b, const char *name, int level)
{
  return (b->state->level < 0 || b->state->level == level) &&
         kd_picture_find (b->picture, name, level) >= 0;
}

const char *
kd_figure_level_name (KdFigureBuilder *b, int level)
{
  return kd_figure_keep (b, kd_level_name (b->info->probes, b->info->n_probes, level));
}

static void
join_stats (KdFigureBuilder *b, const char *name, KdMapStats *joined)
{
  KdFigureMap map;
  for (int l = 0; name && l < KD_MAX_LEVELS; l++) {
    if (!kd_figure_read (b, name, l, &map))
      continue;
    const KdMapStats stats =
        kd_map_stats (map.values, (size_t) map.channels * (size_t) map.height * (size_t) map.width);
    kd_map_stats_join (joined, &stats);
  }
}

KdScale
kd_figure_scale (KdFigureBuilder *b, const char *name, const char *other, bool log)
{
  KdMapStats joined = kd_map_stats (NULL, 0);
  join_stats (b, name, &joined);
  join_stats (b, other, &joined);
  return kd_scale_from_stats (&joined, false, log, true);
}

int
kd_figure_cell (const KdFigureBuilder *b, int width, int height)
{
  const KdSheetSpot *spot = &b->state->spot;
  if (spot->panel < 0 || !isfinite (spot->x) || !isfinite (spot->y) || width < 1 || height < 1)
    return -1;
  const int x = CLAMP ((int) (spot->x / b->info->image.width * width), 0, width - 1);
  const int y = CLAMP ((int) (spot->y / b->info->image.height * height), 0, height - 1);
  return y * width + x;
}

KdPanel
kd_figure_map_panel (KdFigureBuilder *b, int row, const char *title, const KdFigureMap *map)
{
  return (KdPanel){
    .kind = KD_PANEL_MAP,
    .row = row,
    .title = title,
    .values = map->values,
    .width = map->width,
    .height = map->height,
    .colormap = KD_COLORMAP_VIRIDIS,
    .ruled = true,
    .lit = kd_figure_cell (b, map->width, map->height),
    .boxes = kd_figure_truth_boxes (b, -1),
    .n_boxes = b->info->n_truths,
  };
}

void
kd_figure_add (KdFigureBuilder *b, const KdPanel *panel)
{
  g_array_append_vals (b->panels, panel, 1);
}

void
kd_figure_add_class (
    KdFigureBuilder *b, const char *label, const char *sign, KdColor color, KdPattern pattern)
{
  const KdCellClass class = { label, sign, color, pattern };
  g_array_append_val (b->classes, class);
}

void
kd_figure_add_legend (KdFigureBuilder *b, const char *line)
{
  g_ptr_array_add (b->legend, (gpointer) line);
}

bool
kd_figure_at_spot (const KdFigureBuilder *b)
{
  return b->state->spot.panel == (int) b->panels->len;
}

const char *
kd_figure_cell_name (KdFigureBuilder *b, int level, const KdFigureMap *map, int cell)
{
  return kd_figure_text (b, _ ("%s cell (%d, %d)"), kd_figure_level_name (b, level),
                         cell % map->width, cell / map->width);
}

const char *
kd_figure_class_name (const KdFigureBuilder *b, int label)
{
  return label >= 0 && label < b->info->n_classes && b->info->class_names
             ? b->info->class_names[label]
             : NULL;
}

const char *
kd_figure_object_name (KdFigureBuilder *b, int object)
{
  const char *class = kd_figure_class_name (b, b->info->truths[object].label);
  return class ? kd_figure_text (b, _ ("object %d (%s)"), object + 1, class)
               : kd_figure_text (b, _ ("object %d"), object + 1);
}

const KdSheetBox *
kd_figure_truth_boxes (KdFigureBuilder *b, int selected)
{
  KdSheetBox *boxes = kd_figure_keep (b, g_new0 (KdSheetBox, b->info->n_truths + 1));
  for (int i = 0; i < b->info->n_truths; i++)
    boxes[i] = (KdSheetBox){
      .box = b->info->truths[i].box,
      .color = kd_truth_color (),
      .line_width = i == selected ? 2.5 : 1,
      .label = selected >= 0 ? kd_figure_text (b, "%d", i + 1) : NULL,
    };
  return boxes;
}

int
kd_figure_image (const KdFigureBuilder *b)
{
  return b->info->path ? (int) b->info->image_index : 0;
}

const char *const *
kd_figure_numbers (KdFigureBuilder *b, int n)
{
  const char **names = kd_figure_keep (b, g_new0 (const char *, n + 1));
  for (int i = 0; i < n; i++)
    names[i] = kd_figure_text (b, "%d", i + 1);
  return names;
}

/* ---- plots ------------------------------------------------------------------------------------------------ */

static void
build (KdFigureBuilder *b, KdFigureKind kind)
{
  switch (kind) {
  case KD_FIGURE_RICHNESS:
    kd_figure_build_richness (b);
    return;
  case KD_FIGURE_PIPELINE:
    kd_figure_build_pipeline (b);
    return;
  case KD_FIGURE_RANKS:
    kd_figure_build_ranks (b);
    return;
  case KD_FIGURE_GAPS:
    kd_figure_build_gaps (b);
    return;
  case KD_FIGURE_PICKS:
    kd_figure_build_picks (b);
    return;
  case KD_FIGURE_TOKENS:
    kd_figure_build_tokens (b);
    return;
  case KD_FIGURE_ANCHORS:
    kd_figure_build_anchors (b);
    return;
  case KD_FIGURE_REGIONS:
    kd_figure_build_regions (b);
    return;
  case KD_FIGURE_SPLIT:
    kd_figure_build_split (b);
    return;
  case KD_FIGURE_INSTANCES:
    kd_figure_build_instances (b);
    return;
  case KD_FIGURE_ASSIGNMENT:
    kd_figure_build_assignment (b);
    return;
  case KD_FIGURE_SCORES:
    kd_figure_build_scores (b);
    return;
  }
}

static KdFigurePlot *
plot_new (KdPicture *picture, const KdFigure *figure, const KdFigureState *state, bool titled)
{
  KdFigureBuilder *b = g_new0 (KdFigureBuilder, 1);
  b->picture = kd_picture_ref (picture);
  b->info = kd_picture_info (picture);
  b->state = state;
  b->titled = titled;
  b->panels = g_array_new (FALSE, TRUE, sizeof (KdPanel));
  b->classes = g_array_new (FALSE, TRUE, sizeof (KdCellClass));
  b->memory = g_ptr_array_new_with_free_func (g_free);
  b->legend = g_ptr_array_new ();
  b->summary = g_string_new (NULL);
  b->plot.object = -1;
  b->plot.large = -1;
  build (b, figure->kind);
  b->state = NULL;
  if (!b->panels->len && !b->summary->len)
    g_string_append (b->summary, _ ("The picture does not hold what this figure draws yet."));
  g_ptr_array_add (b->legend, NULL);
  if (titled) {
    g_autofree char *of = kd_picture_title (picture);
    b->plot.sheet.title = kd_figure_text (b, "%s: %s", of, figure->title);
  }
  b->plot.sheet.summary = b->summary->str;
  b->plot.sheet.rgb = b->info->rgb;
  b->plot.sheet.image = b->info->image;
  b->plot.sheet.panels = (const KdPanel *) (void *) b->panels->data;
  b->plot.sheet.n_panels = (int) b->panels->len;
  b->plot.sheet.classes = (const KdCellClass *) (void *) b->classes->data;
  b->plot.sheet.n_classes = (int) b->classes->len;
  b->plot.sheet.legend = (const char *const *) b->legend->pdata;
  return &b->plot;
}

KdFigurePlot *
kd_figure_plot_new (KdPicture *picture,
                    const KdFigure *figure,
                    const KdFigureState *state,
                    bool titled)
{
  if (!titled)
    return plot_new (picture, figure, state, false);
  KD_FILE_WORDS;
  return plot_new (picture, figure, state, true);
}

void
kd_figure_plot_free (KdFigurePlot *plot)
{
  if (!plot)
    return;
  KdFigureBuilder *b = (KdFigureBuilder *) plot;
  g_array_unref (b->panels);
  g_array_unref (b->classes);
  g_ptr_array_unref (b->memory);
  g_ptr_array_unref (b->legend);
  g_string_free (b->summary, TRUE);
  kd_picture_unref (b->picture);
  g_free (b);
}

int
kd_figure_object_at (const KdPicture *picture, const KdFigurePlot *plot, const KdSheetSpot *spot)
{
  const KdPictureInfo *info = kd_picture_info (picture);
  int smallest = -1;
  double least = INFINITY;
  if (spot->panel < 0 || plot->sheet.panels[spot->panel].kind > KD_PANEL_IMAGE ||
      !isfinite (spot->x))
    return -1;
  for (int i = 0; i < info->n_truths; i++) {
    const KdBox *box = &info->truths[i].box;
    const double area = (box->x2 - box->x1) * (box->y2 - box->y1);
    if (spot->x >= box->x1 && spot->x <= box->x2 && spot->y >= box->y1 && spot->y <= box->y2 &&
        area < least) {
      least = area;
      smallest = i;
    }
  }
  return smallest;
}

/* ---- tables ------------------------------------------------------------------------------------------------- */

const KdFigure *
kd_figure_find (const KdMethod *method, const char *id, GError **error)
{
  g_autoptr (GString) known = g_string_new (NULL);
  for (int i = 0; i < method->n_figures; i++) {
    if (!strcmp (method->figures[i].id, id))
      return &method->figures[i];
    g_string_append_printf (known, "%s%s", i ? ", " : "", method->figures[i].id);
  }
  g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, "%s has no figure \"%s\", %s%s", method->title, id,
               known->len ? "choose one of: " : "it has none", known->str);
  return NULL;
}

void
kd_figure_add_probes (
    const KdFigure *figure, int run, const KdProbeInfo *probes, int n_probes, GArray *ids)
{
  for (size_t k = 0; k < KD_FIGURE_MAX_PROBES && figure->probes[k]; k++)
    for (int i = 0; i < n_probes; i++)
      if (probes[i].run == run && !strcmp (probes[i].name, figure->probes[k]))
        g_array_append_val (ids, probes[i].id);
}

/* ---- files --------------------------------------------------------------------------------------------------- */

#define MARGIN_PX 16.0

static void
draw (cairo_t *cr, KdSize size, void *data)
{
  const KdFigurePlot *plot = data;
  const KdSheetLook look = kd_sheet_look (false);
  cairo_set_source_rgb (cr, look.background.red, look.background.green, look.background.blue);
  cairo_paint (cr);
  const KdRect rect = { MARGIN_PX, MARGIN_PX, size.width - 2 * MARGIN_PX,
                        size.height - 2 * MARGIN_PX };
  kd_sheet_draw (cr, &rect, &plot->sheet, &look);
}

bool
kd_figure_plot_export (const KdFigurePlot *plot, const char *path, GError **error)
{
  KD_FILE_WORDS;
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, 1, 1);
  cairo_t *cr = cairo_create (surface);
  const double height = kd_sheet_page_height (cr, &plot->sheet, KD_FIGURE_PX - 2 * MARGIN_PX);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
  const char *const text[] = { "Title", plot->sheet.title, "Software", "kdscope", NULL };
  const KdSize size = { .height = (int) (height + 2 * MARGIN_PX), .width = KD_FIGURE_PX };
  return kd_export_picture (path, size, draw, (void *) plot, text, error);
}
