/* SPDX-License-Identifier: MIT */

/* What all students share: which anchors learn which object, on which level, and by how much they overlap it. */
#include "engine/base/i18n.h"
#include "ui/figure-builder.h"

typedef struct {
  KdFigureMap anchors, best; /* [G,L] */
  int row;                   /* of the chosen object */
} Objects;

/* One level. */
typedef struct {
  KdFigureMap owner, by_anchor, positives, overlap;
  int level;
} Level;

enum { OWN = 1, OTHER, IGNORED };

static bool
read_level (KdFigureBuilder *b, int l, Level *to)
{
  to->level = l;
  return kd_figure_shows (b, "owner", l) && kd_figure_read (b, "owner", l, &to->owner) &&
         kd_figure_read (b, "overlap_by_anchor", l, &to->by_anchor) &&
         kd_figure_read (b, "positives", l, &to->positives) &&
         kd_figure_read (b, "overlap", l, &to->overlap);
}

static int
owner_at (const Level *level, int anchor, int cell)
{
  return (int) level->owner.values[anchor * level->owner.width * level->owner.height + cell];
}

static double
overlap_at (const Level *level, int anchor, int cell)
{
  const KdFigureMap *map = &level->by_anchor;
  return (double) map->values[anchor * map->width * map->height + cell];
}

/* The object of this image whose row in the batch it is; -1: none. */
static int
object_of_row (const KdFigureBuilder *b, int row)
{
  for (int i = 0; i < b->info->n_truths; i++)
    if (kd_picture_truth_row (b->picture, i) == row)
      return i;
  return -1;
}

static int
anchors_of (const KdFigureBuilder *b, const Objects *objects, int object)
{
  int n = 0;
  for (int l = 0; l < objects->anchors.width; l++)
    n += (int) kd_figure_entry (&objects->anchors, kd_picture_truth_row (b->picture, object), l);
  return n;
}

/* ---- panels -------------------------------------------------------------------------------------------- */

static void
add_image (KdFigureBuilder *b, const Objects *objects)
{
  const int n = anchors_of (b, objects, b->plot.object);
  const KdPanel panel = {
    .kind = KD_PANEL_IMAGE,
    .title = kd_figure_text (b, _ ("Object %d"), b->plot.object + 1),
    .caption =
        n ? kd_figure_text (b, _ ("%d anchors learn it"), n) : _ ("no anchor: nothing learns it"),
    .lit = -1,
    .boxes = kd_figure_truth_boxes (b, b->plot.object),
    .n_boxes = b->info->n_truths,
    .n_pickable = b->info->n_truths,
  };
  const int item = kd_figure_at_spot (b) ? b->state->spot.item : -1;
  if (item >= 0)
    b->plot.readout = kd_figure_text (
        b,
        b->titled || item == b->plot.object ? _ ("%s: %d anchors")
                                            : _ ("%s: %d anchors; click to choose it"),
        kd_figure_object_name (b, item), anchors_of (b, objects, item));
  kd_figure_add (b, &panel);
}

static void
add_matrix (KdFigureBuilder *b, const Objects *objects)
{
  const KdPanel panel = kd_figure_object_matrix (b, _ ("Anchors by level"), &objects->anchors);
  if (panel.lit >= 0) {
    const int object = panel.lit / panel.width, l = panel.lit % panel.width;
    b->plot.readout = kd_figure_text (
        b, _ ("%s on %s: %d anchors learn it, best overlap %s"), kd_figure_object_name (b, object),
        panel.columns[l], (int) panel.values[panel.lit],
        kd_figure_number (
            b, kd_figure_entry (&objects->best, kd_picture_truth_row (b->picture, object), l)));
  }
  kd_figure_add (b, &panel);
}

/* "P3 cell (4, 7): anchor shape 1 learns object 2, IoU 0.61; anchor shape 2 is ignored, IoU 0.44" */
static const char *
tell_cell (KdFigureBuilder *b, const Level *level, int cell)
{
  g_autoptr (GString) text =
      g_string_new (kd_figure_cell_name (b, level->level, &level->positives, cell));
  for (int a = 0; a < level->owner.channels; a++) {
    const int owner = owner_at (level, a, cell);
    const char *iou = kd_figure_number (b, overlap_at (level, a, cell));
    g_string_append (text, a ? "; " : ": ");
    if (owner > 0)
      g_string_append_printf (text, _ ("anchor shape %d learns object %d, IoU %s"), a + 1,
                              object_of_row (b, owner - 1) + 1, iou);
    else
      g_string_append_printf (text,
                              owner < 0 ? _ ("anchor shape %d is ignored, IoU %s")
                                        : _ ("anchor shape %d is background, IoU %s"),
                              a + 1, iou);
  }
  return kd_figure_text (b, "%s", text->str);
}

static int
class_of_cell (const Level *level, const Objects *objects, int cell)
{
  int class = 0;
  for (int a = 0; a < level->owner.channels; a++) {
    const int owner = owner_at (level, a, cell);
    if (owner == objects->row + 1)
      return OWN;
    if (owner > 0)
      class = OTHER;
    else if (owner < 0 && !class)
      class = IGNORED;
  }
  return class;
}

static void
add_owners (KdFigureBuilder *b, const Objects *objects, const Level *level)
{
  const int n_cells = level->positives.width * level->positives.height;
  float *classes = kd_figure_keep (b, g_new0 (float, n_cells));
  int n = 0;
  for (int i = 0; i < n_cells; i++) {
    classes[i] = (float) class_of_cell (level, objects, i);
    n += (int) level->positives.values[i];
  }
  KdPanel panel = kd_figure_map_panel (
      b, 0,
      kd_figure_text (b, _ ("%s, %d anchors learn"), kd_figure_level_name (b, level->level), n),
      &level->positives);
  panel.kind = KD_PANEL_CLASSES;
  panel.values = classes;
  panel.ruled = false;
  panel.boxes = kd_figure_truth_boxes (b, b->plot.object);
  panel.caption = kd_figure_text (
      b, _ ("%d of object %d"),
      (int) kd_figure_entry (&objects->anchors, objects->row, level->level), b->plot.object + 1);
  if (kd_figure_at_spot (b) && panel.lit >= 0)
    b->plot.readout = tell_cell (b, level, panel.lit);
  kd_figure_add (b, &panel);
}

static void
add_overlap (KdFigureBuilder *b, const Objects *objects, const Level *level)
{
  const int n_cells = level->overlap.width * level->overlap.height;
  uint8_t *marks = kd_figure_keep (b, g_malloc0 ((size_t) n_cells));
  for (int i = 0; i < n_cells; i++)
    marks[i] = level->positives.values[i] > 0;
  KdPanel panel = kd_figure_map_panel (
      b, 1, kd_figure_text (b, _ ("%s, best overlap"), kd_figure_level_name (b, level->level)),
      &level->overlap);
  panel.scale = (KdScale){ .low = 0, .high = 1 };
  panel.marks = marks;
  panel.boxes = kd_figure_truth_boxes (b, b->plot.object);
  panel.caption = kd_figure_text (
      b, _ ("object %d: at most %s"), b->plot.object + 1,
      kd_figure_number (b, kd_figure_entry (&objects->best, objects->row, level->level)));
  if (kd_figure_at_spot (b) && panel.lit >= 0)
    b->plot.readout = tell_cell (b, level, panel.lit);
  kd_figure_add (b, &panel);
}

/* ---- the whole ------------------------------------------------------------------------------------------ */

static void
summarise (KdFigureBuilder *b, const Objects *objects)
{
  for (int l = 0; l < objects->anchors.width; l++) {
    int n = 0;
    for (int i = 0; i < b->info->n_truths; i++)
      n += (int) kd_figure_entry (&objects->anchors, kd_picture_truth_row (b->picture, i), l);
    g_string_append_printf (b->summary, "%s%s %d", b->summary->len ? ", " : "",
                            kd_figure_level_name (b, l), n);
  }
  kd_figure_wrap_summary (b, _ ("Anchors that learn an object of this image: %s"));
}

/* The rule in words, with the numbers that training uses. */
static void
add_rule (KdFigureBuilder *b)
{
  const KdDetectionLossConfig rule = kd_detection_loss_default ();
  kd_figure_add_legend (
      b, kd_figure_text (b,
                         _ ("an anchor learns the object that it overlaps most, from IoU %.1f on; "
                            "from %.1f it is ignored, below it is background"),
                         rule.positive_iou, rule.negative_iou));
  kd_figure_add_legend (
      b, kd_figure_text (b, _ ("every object keeps its best anchor if their IoU exceeds %.1f"),
                         rule.minimum_iou));
  kd_figure_add_legend (b, _ ("hatched: cells with an anchor that learns an object"));
}

void
kd_figure_build_assignment (KdFigureBuilder *b)
{
  Objects objects;
  b->plot.has_objects = true;
  if (!b->info->n_truths) {
    g_string_append (b->summary, _ ("No object in this image: every anchor learns background."));
    return;
  }
  if (!kd_figure_read (b, "anchors_of_box", -1, &objects.anchors) ||
      !kd_figure_read (b, "best_of_box", -1, &objects.best))
    return;
  b->plot.object = kd_figure_choose_object (b, &objects.anchors);
  objects.row = kd_picture_truth_row (b->picture, b->plot.object);
  kd_figure_add_class (b, kd_figure_text (b, _ ("learns object %d"), b->plot.object + 1), NULL,
                       (KdColor){ 0.99, 0.72, 0.15 }, KD_PATTERN_PLAIN);
  kd_figure_add_class (b, _ ("learns another object"), NULL, (KdColor){ 0.35, 0.62, 0.85 },
                       KD_PATTERN_HATCH);
  kd_figure_add_class (b, _ ("ignored"), NULL, (KdColor){ 0.6, 0.6, 0.6 }, KD_PATTERN_DOTS);
  add_image (b, &objects);
  add_matrix (b, &objects);
  summarise (b, &objects);
  Level level;
  for (int l = 0; l < KD_MAX_LEVELS; l++)
    if (read_level (b, l, &level))
      add_owners (b, &objects, &level);
  for (int l = 0; l < KD_MAX_LEVELS; l++)
    if (read_level (b, l, &level))
      add_overlap (b, &objects, &level);
  add_rule (b);
}
