/* SPDX-License-Identifier: MIT */
#include "ui/symbols.h"

#include "engine/base/i18n.h"

#include <math.h>
#include <string.h>

/* ---- colours ------------------------------------------------------------------------------------------- */

int
kd_symbol_series (const KdMethod *method, int index)
{
  g_return_val_if_fail (index >= 0 && index < method->n_symbols, -1);
  if (method->symbols[index].knob)
    return -1;
  int place = 0;
  for (int i = 0; i <= index; i++)
    place += method->symbols[i].term || method->symbols[i].probe;
  return method->symbols[index].term || method->symbols[index].probe ? place : -1;
}

int
kd_symbol_of_probe (const KdMethod *method, const char *probe)
{
  for (int i = 0; i < method->n_symbols; i++) {
    if (g_strcmp0 (method->symbols[i].probe, probe) == 0 && probe)
      return i;
  }
  return -1;
}

/* Series colours stand out from the background by 3:1, which is enough for a line; small text needs 4.5:1. */
#define TEXT_DARKENING 0.8

char *
kd_symbol_markup (const KdMethod *method, int index, bool dark)
{
  const int series = kd_symbol_series (method, index);
  if (series < 0)
    return g_strdup (method->symbols[index].markup);
  const KdColor color = kd_series_color (series, dark);
  const double by = dark ? 255 : 255 * TEXT_DARKENING;
  return g_strdup_printf ("<span foreground=\"#%02x%02x%02x\" weight=\"bold\">%s</span>",
                          (guint) (color.red * by), (guint) (color.green * by),
                          (guint) (color.blue * by), method->symbols[index].markup);
}

/* A symbol ends where no letter, index or exponent goes on: M is not the beginning of M<sup>fg</sup>. */
static bool
ends_here (const char *text)
{
  return !g_ascii_isalnum (*text) && !g_str_has_prefix (text, "<su");
}

/* The longest coloured symbol that @text begins with; -1: none. */
static int
symbol_at (const KdMethod *method, const char *text)
{
  int longest = -1;
  for (int i = 0; i < method->n_symbols; i++) {
    const char *markup = method->symbols[i].markup;
    if (g_str_has_prefix (text, markup) && ends_here (text + strlen (markup)) &&
        (longest < 0 || strlen (markup) > strlen (method->symbols[longest].markup)))
      longest = i;
  }
  return longest;
}

/* Tags and entities are one piece, characters another. */
static size_t
piece_length (const char *text)
{
  const char *end = *text == '<' ? strchr (text, '>') : *text == '&' ? strchr (text, ';') : NULL;
  return end ? (size_t) (end - text) + 1 : (size_t) (g_utf8_next_char (text) - text);
}

/* Length of what departs from the paper here; 0: nothing, or a symbol of which it is only the beginning. */
static size_t
mark_at (const KdMethod *method, const char *text, size_t symbol)
{
  size_t longest = 0;
  for (int i = 0; i < method->n_departures; i++) {
    const char *mark = method->departures[i].mark;
    const size_t length = mark ? strlen (mark) : 0;
    if (length > longest && length >= symbol && g_str_has_prefix (text, mark) &&
        ends_here (text + length))
      longest = length;
  }
  return longest;
}

/* Colours in the markup @from; what departures name is underlined. */
static char *
paint (const KdMethod *method, const char *from, bool dark)
{
  GString *out = g_string_new (NULL);
  bool in_word = false;
  const char *mark_end = NULL;
  for (const char *at = from; *at;) {
    const int symbol = in_word ? -1 : symbol_at (method, at);
    const size_t length = symbol < 0 ? piece_length (at) : strlen (method->symbols[symbol].markup);
    if (!mark_end && !in_word) {
      const size_t marked = mark_at (method, at, symbol < 0 ? 0 : length);
      mark_end = marked ? at + marked : NULL;
      g_string_append (out, marked ? "<u>" : "");
    }
    if (symbol >= 0) {
      g_autofree char *markup = kd_symbol_markup (method, symbol, dark);
      g_string_append (out, markup);
    } else {
      g_string_append_len (out, at, (gssize) length);
    }
    in_word = symbol < 0 && g_ascii_isalnum (*at);
    at += length;
    if (mark_end && at >= mark_end) {
      g_string_append (out, "</u>");
      mark_end = NULL;
    }
  }
  return g_string_free (out, FALSE);
}

/* Line by line: most have no words. */
static char *
translated_formula (const KdMethod *method)
{
  g_auto (GStrv) lines = g_strsplit (method->formula ? method->formula : "", "\n", -1);
  g_autofree const char **translated = kd_translated_all ((const char *const *) lines);
  return g_strjoinv ("\n", (char **) translated);
}

char *
kd_symbol_formula (const KdMethod *method, bool dark)
{
  g_autofree char *formula = translated_formula (method);
  return paint (method, formula, dark);
}

char *
kd_symbol_departure (const KdMethod *method, int index, bool dark)
{
  g_return_val_if_fail (index >= 0 && index < method->n_departures, NULL);
  const char *mark = method->departures[index].mark;
  return paint (method, mark ? mark : "", dark);
}

/* ---- numbers ------------------------------------------------------------------------------------------- */

const KdTermStatus *
kd_picture_term (KdPicture *picture, const char *id)
{
  const KdPictureInfo *info = kd_picture_info (picture);
  for (int i = 0; i < info->n_terms; i++) {
    if (!strcmp (info->terms[i].id, id))
      return &info->terms[i];
  }
  return NULL;
}

double
kd_picture_term_share (KdPicture *picture, const KdTermStatus *term)
{
  const KdPictureInfo *info = kd_picture_info (picture);
  double sum = 0;
  for (int i = 0; i < info->n_terms; i++)
    sum += fabs (info->terms[i].value);
  return sum > 0 ? fabs (term->value) / sum : NAN;
}

bool
kd_picture_probe_stats (KdPicture *picture, const char *probe, KdMapStats *stats)
{
  bool found = false;
  *stats = kd_map_stats (NULL, 0);
  g_autofree float *values = NULL;
  for (int level = -1; level < KD_MAX_LEVELS; level++) {
    KdMap map;
    const int index = kd_picture_find (picture, probe, level);
    if (index < 0 || !kd_picture_map (picture, index, &map))
      continue;
    found = true;
    /* All channels: a vector's values and every mask of several count. */
    const size_t cells = (size_t) map.height * (size_t) map.width;
    values = g_renew (float, values, cells);
    for (int c = 0; c < map.channels; c++) {
      kd_map_reduce (&map, KD_CHANNELS_ONE, c, values);
      const KdMapStats one = kd_map_stats (values, cells);
      kd_map_stats_join (stats, &one);
    }
  }
  return found && stats->n_finite > 0;
}

static char *
term_value (KdPicture *picture, const char *id, const char *title)
{
  const KdTermStatus *term = kd_picture_term (picture, id);
  if (!term)
    return g_strdup (C_ ("term", "off"));
  char number[32], ratio[32];
  const double share = kd_picture_term_share (picture, term);
  kd_number_format (term->value, number, sizeof number);
  GString *text = g_string_new (number);
  if (!isnan (share))
    g_string_append_printf (text, _ (", %.0f %% of %s"), 100 * share, title);
  if (!isnan (term->task_ratio)) {
    kd_number_format_short (term->task_ratio, ratio, sizeof ratio);
    g_string_append_printf (text, _ (", pulls %s × the task"), ratio);
  }
  return g_string_free (text, FALSE);
}

static char *
probe_value (KdPicture *picture, const char *probe)
{
  KdMapStats stats;
  if (!kd_picture_probe_stats (picture, probe, &stats))
    return g_strdup ("");
  char mean[32], max[32];
  kd_number_format (stats.mean, mean, sizeof mean);
  kd_number_format (stats.max, max, sizeof max);
  return g_strdup_printf (_ ("mean %s, max %s"), mean, max);
}

char *
kd_symbol_value (const KdMethod *method, int index, KdPicture *picture, const KdKnobs *knobs)
{
  g_return_val_if_fail (index >= 0 && index < method->n_symbols, NULL);
  const KdSymbol *symbol = &method->symbols[index];
  if (symbol->knob && knobs && kd_knobs_method (knobs) == method) {
    g_autofree char *written = kd_knobs_format (knobs, symbol->knob);
    return kd_number_for_people (written);
  }
  if (symbol->term && picture)
    return term_value (picture, symbol->term, method->title);
  if (symbol->probe && picture)
    return probe_value (picture, symbol->probe);
  return g_strdup ("");
}
