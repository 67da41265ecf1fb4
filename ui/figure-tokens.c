/* SPDX-License-Identifier: MIT */

/* MasKD: one token's mask large with its level's overlaps and weights; beneath, a level a row: which token is strongest where, and a tile a token. */
#include "ui/figure-builder.h"

#include "engine/base/i18n.h"

#define TILES_A_ROW 8
#define COLLAPSED 0.9 /* mean overlap of different tokens */
#define ROWS_A_LEVEL 3
#define TOKENS_A_LEVEL 1000 /* more than there are: level and token are one number */

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
             ? kd_figure_text (b, _ ("weight %s"),
                               kd_figure_number (b, (double) level->weights.values[token]))
             : _ ("all weigh alike");
}

/* ---- what is pointed at -------------------------------------------------------------------------------- */

/* Panels of a level's rows: the composite, its tiles, its matrix. */
static int
count_panels (const Level *level)
{
  return 1 + level->n_tokens + (level->overlap.values ? 1 : 0);
}

static int
count_large (const Level *level)
{
  return 1 + (level->overlap.values ? 1 : 0) + (level->weights.values ? 1 : 0);
}

/* The token of panel @panel of a level's rows; -1: none. */
static int
token_in_rows (const KdFigureBuilder *b, const Level *level, int panel)
{
  const int cell = kd_figure_cell (b, level->masks.width, level->masks.height);
  if (panel == 0)
    return cell < 0 ? -1 : strongest (level, cell);
  return panel <= level->n_tokens ? panel - 1 : b->state->spot.item / level->n_tokens;
}

static int
heaviest (const Level *level)
{
  int best = 0;
  for (int i = 1; level->weights.values && i < level->weights.channels; i++)
    if (level->weights.values[i] > level->weights.values[best])
      best = i;
  return best;
}

/* What is pointed at in the rows or the bars, else what was large before, else the first level's heaviest. */
static int
choose_large (KdFigureBuilder *b)
{
  const KdSheetSpot *spot = &b->state->spot;
  Level level;
  int chosen = -1, first = -1;
  for (int l = 0; l < KD_MAX_LEVELS; l++) {
    if (!read_level (b, l, &level))
      continue;
    if (first < 0) {
      first = count_large (&level);
      chosen = l * TOKENS_A_LEVEL + heaviest (&level);
    }
    if (b->state->large / TOKENS_A_LEVEL == l && b->state->large >= 0 &&
        b->state->large % TOKENS_A_LEVEL < level.n_tokens) {
      const bool bars = level.weights.values && spot->panel == count_large (&level) - 1;
      const int token = b->state->large % TOKENS_A_LEVEL;
      chosen = l * TOKENS_A_LEVEL +
               (bars && spot->item >= 0 && spot->item < level.n_tokens ? spot->item : token);
    }
  }
  for (int l = 0, from = first; l < KD_MAX_LEVELS; l++) {
    if (!read_level (b, l, &level))
      continue;
    if (spot->panel >= from && spot->panel < from + count_panels (&level)) {
      const int token = token_in_rows (b, &level, spot->panel - from);
      if (token >= 0)
        return l * TOKENS_A_LEVEL + token;
    }
    from += count_panels (&level);
  }
  return chosen;
}

static void
read_out (KdFigureBuilder *b, const Level *level, int token, int cell)
{
  const char *name = kd_figure_level_name (b, level->level);
  const char *weight = weight_text (b, level, token);
  b->plot.readout =
      cell < 0
          ? kd_figure_text (b, _ ("%s token %d: %s"), name, token + 1, weight)
          : kd_figure_text (b, _ ("%s token %d: %s, mask %s at cell (%d, %d)"), name, token + 1,
                            weight, kd_figure_number (b, mask_of (level, token, cell)),
                            cell % level->masks.width, cell / level->masks.width);
}

static void
read_out_pair (KdFigureBuilder *b, const Level *level)
{
  const int item = b->state->spot.item, M = level->n_tokens;
  if (item >= 0 && item < M * M)
    b->plot.readout = kd_figure_text (
        b, _ ("%s: tokens %d and %d overlap by %s"), kd_figure_level_name (b, level->level),
        item / M + 1, item % M + 1, kd_figure_number (b, (double) level->overlap.values[item]));
}

/* ---- panels -------------------------------------------------------------------------------------------- */

static void
add_mask (KdFigureBuilder *b, int row, const Level *level, int token, const char *title)
{
  KdFigureMap tile = level->masks;
  tile.values += (size_t) token * (size_t) (tile.width * tile.height);
  KdPanel panel = kd_figure_map_panel (b, row, title, &tile);
  panel.scale = (KdScale){ .low = 0, .high = 1 };
  panel.ruled = row == 0;
  /* a small tile has room for the number alone */
  panel.caption = row == 0 || !level->weights.values
                      ? weight_text (b, level, token)
                      : kd_figure_number (b, (double) level->weights.values[token]);
  if (kd_figure_at_spot (b))
    read_out (b, level, token, panel.lit);
  kd_figure_add (b, &panel);
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
      b, row, kd_figure_text (b, _ ("%s strongest"), kd_figure_level_name (b, level->level)),
      &level->masks);
  panel.kind = KD_PANEL_CLASSES;
  panel.values = kinds;
  panel.strength = strength;
  panel.ruled = false;
  panel.caption = level->weights.values ? C_ ("of tokens", "weights:") : NULL;
  if (kd_figure_at_spot (b) && panel.lit >= 0)
    read_out (b, level, strongest (level, panel.lit), panel.lit);
  kd_figure_add (b, &panel);
}

static void
add_matrix (KdFigureBuilder *b, int row, const Level *level)
{
  const KdPanel panel = {
    .kind = KD_PANEL_MATRIX,
    .row = row,
    .title = kd_figure_text (b, row ? _ ("%s Dice") : _ ("%s overlap (Dice)"),
                             kd_figure_level_name (b, level->level)),
    .caption = kd_figure_text (b, row ? _ ("mean %s") : _ ("mean of pairs %s"),
                               kd_figure_number (b, mean_overlap (level))),
    .values = level->overlap.values,
    .width = level->n_tokens,
    .height = level->n_tokens,
    .scale = { .low = 0, .high = 1 },
    .ruled = row == 0,
    .wordless = row > 0,
    .lit = kd_figure_at_spot (b) ? b->state->spot.item : -1,
  };
  if (kd_figure_at_spot (b))
    read_out_pair (b, level);
  kd_figure_add (b, &panel);
}

static void
add_weights (KdFigureBuilder *b, const Level *level, int token)
{
  KdColor *colors = kd_figure_keep (b, g_new (KdColor, level->n_tokens));
  for (int i = 0; i < level->n_tokens; i++)
    colors[i] = token_color (i);
  const KdPanel panel = {
    .kind = KD_PANEL_BARS,
    .title = kd_figure_text (b, _ ("%s weights"), kd_figure_level_name (b, level->level)),
    .caption = _ ("by token, 1 in all"),
    .values = level->weights.values,
    .width = level->n_tokens,
    .height = 1,
    .lit = token,
    .colors = colors,
  };
  if (kd_figure_at_spot (b) && b->state->spot.item >= 0 && b->state->spot.item < level->n_tokens)
    read_out (b, level, b->state->spot.item, -1);
  kd_figure_add (b, &panel);
}

static void
add_large (KdFigureBuilder *b, const Level *level, int token)
{
  add_mask (
      b, 0, level, token,
      kd_figure_text (b, _ ("%s token %d"), kd_figure_level_name (b, level->level), token + 1));
  if (level->overlap.values)
    add_matrix (b, 0, level);
  if (level->weights.values)
    add_weights (b, level, token);
}

static void
add_level (KdFigureBuilder *b, const Level *level)
{
  const int row = 1 + ROWS_A_LEVEL * level->level;
  add_composite (b, row, level);
  for (int i = 0; i < level->n_tokens; i++)
    add_mask (b, row + (1 + i) / TILES_A_ROW, level, i, kd_figure_text (b, _ ("token %d"), i + 1));
  if (level->overlap.values)
    add_matrix (b, row + (1 + level->n_tokens) / TILES_A_ROW, level);
}

/* Tokens that have not learned anything are copies, too. */
static void
tell_overlap (KdFigureBuilder *b, const Level *level, GString *collapsed)
{
  const double overlap = mean_overlap (level);
  if (!isfinite (overlap))
    return;
  const char *name = kd_figure_level_name (b, level->level);
  g_string_append_printf (b->summary, "%s%s %.2f", b->summary->len ? ", " : "", name, overlap);
  if (overlap > COLLAPSED)
    g_string_append_printf (collapsed, "%s%s", collapsed->len ? ", " : "", name);
}

void
kd_figure_build_tokens (KdFigureBuilder *b)
{
  Level level;
  int most = 0;
  g_autoptr (GString) collapsed = g_string_new (NULL);
  b->plot.large = choose_large (b);
  if (b->plot.large >= 0 && read_level (b, b->plot.large / TOKENS_A_LEVEL, &level))
    add_large (b, &level, b->plot.large % TOKENS_A_LEVEL);
  for (int l = 0; l < KD_MAX_LEVELS; l++)
    if (read_level (b, l, &level)) {
      add_level (b, &level);
      tell_overlap (b, &level, collapsed);
      most = MAX (most, level.n_tokens);
    }
  if (b->summary->len)
    kd_figure_wrap_summary (b, _ ("Mean overlap of different tokens (Dice, 1: copies): %s"));
  if (collapsed->len)
    b->plot.sheet.alarm = kd_figure_text (
        b, _ ("Collapsed, or not learned yet: %s. The masks are nearly the same."), collapsed->str);
  for (int i = 0; i < most; i++)
    kd_figure_add_class (b, kd_figure_text (b, _ ("token %d"), i + 1),
                         kd_figure_text (b, "%d", i + 1), token_color (i), KD_PATTERN_PLAIN);
  if (most)
    kd_figure_add_legend (b, _ ("strongest: the paler, the weaker its mask"));
}
