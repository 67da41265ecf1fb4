/* SPDX-License-Identifier: MIT */

/* FGD: how features become loss, a row a level, and the context maps of both networks beneath. */
#include "ui/figure-builder.h"

#include "engine/base/i18n.h"

typedef struct {
  const char *probe, *title, *lead, *unit;
  bool log;
} Stage;

static const Stage stages[] = {
  { "energy_teacher", N_ ("mean |x|"), NULL, "", false },
  { "spatial_attention_teacher", N_ ("attention"), "→", "", false },
  { "fg_mask", N_ ("scale mask"), "×", N_ (" 1/cells"), true },
  { "weight", N_ ("weight"), "=", "", true },
  { "loss_density", N_ ("loss"), "→", "", false },
};
enum { CHANNELS_ROW = KD_MAX_LEVELS, CONTEXTS_ROW };
enum { STAGE_ATTENTION = 1, STAGE_MASK = 2, N_STAGES = G_N_ELEMENTS (stages) };

static double
number_of (KdFigureBuilder *b, const char *name, int level)
{
  KdFigureMap map;
  return kd_figure_read (b, name, level, &map) && map.channels > 0 ? (double) map.values[0] : NAN;
}

/* Cells in which several boxes compete, and the smallest one's weight is taken. */
static int
mark_overlaps (KdFigureBuilder *b, int level, KdPanel *panel)
{
  KdFigureMap count;
  if (!kd_figure_read (b, "boxes_per_cell", level, &count))
    return 0;
  const int cells = count.width * count.height;
  uint8_t *marks = kd_figure_keep (b, g_malloc0 ((size_t) cells));
  int n = 0;
  for (int i = 0; i < cells; i++)
    n += marks[i] = count.values[i] >= 2;
  panel->marks = marks;
  return n;
}

static void
read_out (KdFigureBuilder *b, int level)
{
  KdFigureMap map;
  int cell = -1;
  g_autoptr (GString) text = g_string_new (NULL);
  for (int s = 0; s < N_STAGES; s++) {
    if (!kd_figure_read (b, stages[s].probe, level, &map))
      continue;
    cell = kd_figure_cell (b, map.width, map.height);
    if (cell < 0)
      return;
    if (!text->len)
      g_string_append_printf (text, "%s:", kd_figure_cell_name (b, level, &map, cell));
    g_string_append_printf (text, "%s%s %s %s%s", stages[s].lead ? " " : "",
                            stages[s].lead ? stages[s].lead : "", kd_translated (stages[s].title),
                            kd_figure_number (b, (double) map.values[cell]),
                            kd_translated (stages[s].unit));
    if (s == STAGE_MASK && kd_figure_read (b, "boxes_per_cell", level, &map) &&
        map.values[cell] >= 2)
      g_string_append_printf (text, _ (" (%.0f boxes: the smallest counts)"),
                              (double) map.values[cell]);
  }
  b->plot.readout = kd_figure_text (b, "%s", text->str);
}

static void
add_level (KdFigureBuilder *b, int level, const KdScale scales[N_STAGES])
{
  KdFigureMap map;
  const char *name = kd_figure_level_name (b, level);
  for (int s = 0; s < N_STAGES; s++) {
    if (!kd_figure_read (b, stages[s].probe, level, &map))
      continue;
    KdPanel panel = kd_figure_map_panel (
        b, level, kd_figure_text (b, "%s %s", name, kd_translated (stages[s].title)), &map);
    panel.lead = stages[s].lead;
    panel.scale = scales[s];
    if (s == STAGE_ATTENTION) {
      const double cells = number_of (b, "effective_cells_teacher", level);
      panel.caption = kd_figure_text (b, _ ("≈ %.1f of %d cells"), cells, map.width * map.height);
      g_string_append_printf (b->summary,
                              b->summary->len ? _ (", %s %.1f of %d (student %.1f)")
                                              : _ ("%s %.1f of %d (student %.1f)"),
                              name, cells, map.width * map.height,
                              number_of (b, "effective_cells_student", level));
    }
    if (s == STAGE_MASK) {
      const int n = mark_overlaps (b, level, &panel);
      panel.caption =
          n ? kd_figure_text (b, _ ("%d cells overlap"), n) : _ ("no overlapping boxes");
    }
    if (kd_figure_at_spot (b))
      read_out (b, level);
    kd_figure_add (b, &panel);
  }
}

/* ---- channels ------------------------------------------------------------------------------------------ */

typedef struct {
  int channel;
  float teacher, student;
} Channel;

static int
by_attention (const void *a, const void *b)
{
  const Channel *left = a, *right = b;
  return left->teacher != right->teacher ? (left->teacher < right->teacher ? 1 : -1)
                                         : left->channel - right->channel;
}

/* A vector has no places: its values stand in the teacher's order. */
static void
add_channels (KdFigureBuilder *b, int level, const KdScale *scale)
{
  KdFigureMap teacher, student;
  if (!kd_figure_read (b, "channel_attention_teacher", level, &teacher) ||
      !kd_figure_read (b, "channel_attention_student", level, &student))
    return;
  const int C = teacher.channels;
  Channel *channels = kd_figure_keep (b, g_new (Channel, C + 1));
  float *values = kd_figure_keep (b, g_new (float, C + 1));
  for (int c = 0; c < C; c++)
    channels[c] = (Channel){ c, teacher.values[c], c < student.channels ? student.values[c] : NAN };
  qsort (channels, (size_t) C, sizeof *channels, by_attention);
  for (int c = 0; c < C; c++)
    values[c] = channels[c].teacher;
  const char *name = kd_figure_level_name (b, level);
  const int place = kd_figure_at_spot (b) ? b->state->spot.item : -1;
  const KdPanel panel = {
    .kind = KD_PANEL_BARS,
    .row = CHANNELS_ROW,
    .title = kd_figure_text (b, _ ("%s channels, by attention"), name),
    .caption = kd_figure_text (b, _ ("first of %d: channel %d"), C, channels[0].channel),
    .values = values,
    .width = C,
    .height = 1,
    .scale = { .low = 0, .high = scale->high }, /* bars begin at 0 */
    .lit = place,
    .small = true,
  };
  if (place >= 0 && place < C)
    b->plot.readout = kd_figure_text (
        b, _ ("%s channel %d: place %d of %d, teacher's attention %s (mean 1), student's %s"), name,
        channels[place].channel, place + 1, C,
        kd_figure_number (b, (double) channels[place].teacher),
        kd_figure_number (b, (double) channels[place].student));
  kd_figure_add (b, &panel);
}

/* ---- contexts ------------------------------------------------------------------------------------------ */

static void
add_contexts (KdFigureBuilder *b)
{
  static const char *const names[] = { "context_teacher", "context_student" };
  const KdScale scale = kd_figure_scale (b, names[0], names[1], false);
  KdFigureMap map;
  for (int l = 0; l < KD_MAX_LEVELS; l++)
    for (int side = 0; side < 2; side++) {
      if (!kd_figure_shows (b, names[side], l) || !kd_figure_read (b, names[side], l, &map))
        continue;
      KdPanel panel = kd_figure_map_panel (b, CONTEXTS_ROW,
                                           kd_figure_text (b, "%s %s", kd_figure_level_name (b, l),
                                                           side ? _ ("student") : _ ("teacher")),
                                           &map);
      panel.caption = _ ("context");
      panel.scale = scale;
      const int cell = kd_figure_cell (b, map.width, map.height);
      if (kd_figure_at_spot (b) && cell >= 0)
        b->plot.readout = kd_figure_text (
            b,
            side ? _ ("%s: the student's context is pooled here with %s times the mean weight")
                 : _ ("%s: the teacher's context is pooled here with %s times the mean weight"),
            kd_figure_cell_name (b, l, &map, cell),
            kd_figure_number (b, (double) map.values[cell]));
      kd_figure_add (b, &panel);
    }
}

void
kd_figure_build_pipeline (KdFigureBuilder *b)
{
  KdScale scales[N_STAGES];
  for (int s = 0; s < N_STAGES; s++)
    scales[s] = kd_figure_scale (b, stages[s].probe, NULL, stages[s].log);
  for (int l = 0; l < KD_MAX_LEVELS; l++)
    if (kd_figure_shows (b, "energy_teacher", l))
      add_level (b, l, scales);
  if (!b->panels->len)
    return;
  kd_figure_wrap_summary (b, _ ("Effective number of cells (exp of the attention's entropy; the "
                                "temperature moves it): %s"));
  const KdScale attention = kd_figure_scale (b, "channel_attention_teacher", NULL, false);
  for (int l = 0; l < KD_MAX_LEVELS; l++)
    if (kd_figure_shows (b, "energy_teacher", l))
      add_channels (b, l, &attention);
  add_contexts (b);
  kd_figure_add_legend (
      b, _ ("hatched: several boxes cover the cell, the smallest one's weight is taken"));
  kd_figure_add_legend (b, _ ("one scale a stage, over all levels"));
  kd_figure_add_legend (b,
                        _ ("context: where each network's block pools its vector, 1 is the mean"));
}
