/* SPDX-License-Identifier: MIT */

/* MasKD: a tile a token, which token is strongest where, how much their masks overlap, and what each weighs. */
#include "ui/figure-builder.h"

#define TILES_A_ROW 8
#define COLLAPSED 0.9 /* mean overlap of different tokens */
#define ROWS_A_LEVEL 3

typedef struct {
  KdFigureMap masks, overlap, weights;
  int level, n_tokens;
} Level;

static bool
read_level (KdFigureBuilder *b, int level, Level *to)
{
  *to = (Level){ .level = level };
  if (!kd_figure_shows (b, "token_mask_teacher", level) ||
      !kd_figure_read (b, "token_mask_teacher", level, &to->masks))
    return false;
  to->n_tokens = to->masks.channels;
  kd_figure_read (b, "overlap", level, &to->overlap);
  kd_figure_read (b, "token_weight", level, &to->weights);
  return true;
}

static double
mask_of (const Level *level, int token, int cell)
{
  return (double) level->masks.values[token * level->masks.width * level->masks.height + cell];
}

static int
strongest (const Level *level, int cell)
{
  int best = 0;
  for (int i = 1; i < level->n_tokens; i++)
    if (mask_of (level, i, cell) > mask_of (level, best, cell))
      best = i;
  return best;
}

/* NAN: one token, or no matrix. */
static double
mean_overlap (const Level *level)
{
  double sum = 0;
  const int M = level->n_tokens;
  if (M < 2 || !level->overlap.values)
    return NAN;
  for (int i = 0; i < M * M; i++)
    sum += i / M == i % M ? 0 : (double) level->overlap.values[i];
  return sum / (M * (M - 1));
}

static KdColor
token_color (int token)
{
  return kd_series_color (1 + token, false);
}

static const char *
weight_text (KdFigureBuilder *b, const Level *level, int token)
{
  return level->weights.values && token < level->weights.channels
             ? kd_figure_text (b, "weight %s",
                               kd_figure_number (b, (double) level->weights.values[token]))
             : "all weigh alike";
}

static void
read_out (KdFigureBuilder *b, const Level *level, int token, int cell)
{
  const char *mask = cell < 0
                         ? ""
                         : kd_figure_text (b, ", mask %s at cell (%d, %d)",
                                           kd_figure_number (b, mask_of (level, token, cell)),
                                           cell % level->masks.width, cell / level->masks.width);
  b->plot.readout = kd_figure_text (b, "%s token %d: %s%s", kd_figure_level_name (b, level->level),
                                    token + 1, weight_text (b, level, token), mask);
}

static void
add_composite (KdFigureBuilder *b, int row, const Level *level)
{
  const int cells = level->masks.width * level->masks.height;
  float *kinds = kd_figure_keep (b, g_new (float, cells));
  float *strength = kd_figure_keep (b, g_new (float, cells));
  for (int i = 0; i < cells; i++) {
    const int token = strongest (level, i);
    kinds[i] = (float) (token + 1);
    strength[i] = (float) mask_of (level, token, i);
  }
  KdPanel panel = kd_figure_map_panel (
      b, row, kd_figure_text (b, "%s strongest", kd_figure_level_name (b, level->level)),
      &level->masks);
  panel.kind = KD_PANEL_CLASSES;
  panel.values = kinds;
  panel.strength = strength;
  panel.ruled = false;
  panel.caption = "opacity: its mask";
  kd_figure_add (b, &panel);
}

static void
add_tile (KdFigureBuilder *b, int row, const Level *level, int token)
{
  KdFigureMap tile = level->masks;
  tile.values += (size_t) token * (size_t) (tile.width * tile.height);
  KdPanel panel = kd_figure_map_panel (b, row, kd_figure_text (b, "token %d", token + 1), &tile);
  panel.scale = (KdScale){ .low = 0, .high = 1 };
  panel.ruled = false;
  panel.caption = weight_text (b, level, token);
  kd_figure_add (b, &panel);
}

static void
add_matrix (KdFigureBuilder *b, int row, const Level *level)
{
  const KdPanel panel = {
    .kind = KD_PANEL_MATRIX,
    .row = row,
    .title = kd_figure_text (b, "%s overlap (Dice)", kd_figure_level_name (b, level->level)),
    .caption = kd_figure_text (b, "mean of pairs %s", kd_figure_number (b, mean_overlap (level))),
    .values = level->overlap.values,
    .width = level->n_tokens,
    .height = level->n_tokens,
    .scale = { .low = 0, .high = 1 },
    .ruled = true,
    .lit = kd_figure_at_spot (b) ? b->state->spot.item : -1,
  };
  kd_figure_add (b, &panel);
}

static void
add_weights (KdFigureBuilder *b, int row, const Level *level)
{
  KdColor *colors = kd_figure_keep (b, g_new (KdColor, level->n_tokens));
  for (int i = 0; i < level->n_tokens; i++)
    colors[i] = token_color (i);
  const KdPanel panel = {
    .kind = KD_PANEL_BARS,
    .row = row,
    .title = kd_figure_text (b, "%s weights of the tokens", kd_figure_level_name (b, level->level)),
    .caption = "1 in all",
    .values = level->weights.values,
    .width = level->n_tokens,
    .height = 1,
    .lit = kd_figure_at_spot (b) ? b->state->spot.item : -1,
    .colors = colors,
  };
  kd_figure_add (b, &panel);
}

static void
add_level (KdFigureBuilder *b, const Level *level)
{
  const int first = (int) b->panels->len, row = ROWS_A_LEVEL * level->level;
  add_composite (b, row, level);
  for (int i = 0; i < level->n_tokens; i++)
    add_tile (b, row + (1 + i) / TILES_A_ROW, level, i);
  const int panel = b->state->spot.panel;
  if (panel >= first && panel < (int) b->panels->len) {
    const int cell = kd_figure_cell (b, level->masks.width, level->masks.height);
    const int token =
        panel == first ? (cell < 0 ? -1 : strongest (level, cell)) : panel - first - 1;
    if (token >= 0)
      read_out (b, level, token, cell);
  }
}

static void
compare_tokens (KdFigureBuilder *b, const Level *level)
{
  const int item = b->state->spot.item, M = level->n_tokens;
  const char *name = kd_figure_level_name (b, level->level);
  if (level->overlap.values) {
    if (kd_figure_at_spot (b) && item >= 0 && item < M * M)
      b->plot.readout =
          kd_figure_text (b, "%s: tokens %d and %d overlap by %s", name, item / M + 1, item % M + 1,
                          kd_figure_number (b, (double) level->overlap.values[item]));
    add_matrix (b, ROWS_A_LEVEL * KD_MAX_LEVELS, level);
  }
  if (level->weights.values) {
    if (kd_figure_at_spot (b) && item >= 0 && item < M)
      read_out (b, level, item, -1);
    add_weights (b, ROWS_A_LEVEL * KD_MAX_LEVELS, level);
  }
  const double overlap = mean_overlap (level);
  if (isfinite (overlap))
    g_string_append_printf (b->summary, "%s%s %.2f%s", b->summary->len ? ", " : "",
                            kd_figure_level_name (b, level->level), overlap,
                            overlap > COLLAPSED ? " (collapsed: the tokens are copies)" : "");
}

void
kd_figure_build_tokens (KdFigureBuilder *b)
{
  Level level;
  int most = 0;
  for (int l = 0; l < KD_MAX_LEVELS; l++)
    if (read_level (b, l, &level)) {
      add_level (b, &level);
      most = MAX (most, level.n_tokens);
    }
  for (int l = 0; l < KD_MAX_LEVELS; l++)
    if (read_level (b, l, &level))
      compare_tokens (b, &level);
  if (b->summary->len)
    g_string_prepend (b->summary, "Mean overlap of different tokens (Dice, 1: copies): ");
  for (int i = 0; i < most; i++)
    kd_figure_add_class (b, kd_figure_text (b, "token %d", i + 1), kd_figure_text (b, "%d", i + 1),
                         token_color (i), KD_PATTERN_PLAIN);
}
