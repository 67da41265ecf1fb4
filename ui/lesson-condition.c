/* SPDX-License-Identifier: MIT */
#include "ui/lesson-condition.h"

#include "engine/base/i18n.h"
#include "ui/view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- words --------------------------------------------------------------------------------------------- */

/* What follows the first word. */
typedef enum {
  NOTHING,
  METHOD, /* fgd */
  KNOB,   /* fgd.temp */
  TERM,   /* fgd.fg */
  PROBE,  /* spatial_attention_teacher 0 */
  FIGURE, /* pipeline */
  SHARE,  /* row */
  CHART,  /* ratios */
  VIEW,   /* inspect */
} Argument;

static const char *const charts[] = {
  [KD_CHART_DETECTION] = "detection", [KD_CHART_TOTAL] = "total",
  [KD_CHART_TERMS] = "terms",         [KD_CHART_SHARES] = "shares",
  [KD_CHART_RATIOS] = "ratios",       [KD_CHART_TOKENS] = "tokens",
  [KD_CHART_GRADIENT] = "gradient",   [KD_CHART_RATE] = "rate",
  [KD_CHART_AP50] = "ap50",           [KD_CHART_AP] = "ap",
  [KD_CHART_AP_SMALL] = "ap_small",   [KD_CHART_AP_MEDIUM] = "ap_medium",
};

static const char *const views[] = { "live", "compare", "inspect" };

static bool
fail (char **expected, const char *text)
{
  *expected = g_strdup (text);
  return false;
}

/* The words of a table whose rows begin with one. */
#define WORDS_OF(table) &(table)[0].word, sizeof (table)[0], G_N_ELEMENTS (table)

static bool
fail_with_words (
    char **expected, const char *text, const char *const *first, size_t stride, size_t n)
{
  GString *all = g_string_new (text);
  for (size_t i = 0; i < n; i++)
    g_string_append_printf (
        all, "%s %s", i ? "," : "",
        *(const char *const *) (const void *) ((const char *) first + i * stride));
  *expected = g_string_free (all, FALSE);
  return false;
}

static char **
split (const char *text)
{
  g_auto (GStrv) raw = g_strsplit_set (text, " \t", -1);
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  for (char **word = raw; *word; word++) {
    if (**word)
      g_strv_builder_add (words, *word);
  }
  return g_strv_builder_end (words);
}

static bool
read_number (const char *word, double *value)
{
  char *end;
  *value = word ? g_ascii_strtod (word, &end) : NAN;
  return word && end != word && !*end && isfinite (*value);
}

static bool
read_method (const char *id, const KdMethod **method, char **expected)
{
  *method = id ? kd_method_find (id) : NULL;
  return *method || fail (expected, "a method's id, such as fgd");
}

bool
kd_lesson_has_knob (const KdMethod *method, const char *id)
{
  KdKnobs *knobs = kd_knobs_new (method, NULL, NULL);
  bool found = false;
  for (int i = 0; i < kd_knobs_count (knobs); i++)
    found = found || g_str_equal (kd_knobs_knob (knobs, i)->id, id);
  kd_knobs_free (knobs);
  return found;
}

static bool
has_term (const KdMethod *method, const char *term)
{
  for (int i = 0; i < method->n_symbols; i++) {
    if (g_strcmp0 (method->symbols[i].term, term) == 0)
      return true;
  }
  return false;
}

static bool
has_figure (const char *id)
{
  int n;
  const KdMethod *const *methods = kd_methods (&n);
  for (int i = 0; i < n; i++)
    for (int f = 0; f < methods[i]->n_figures; f++) {
      if (g_str_equal (methods[i]->figures[f].id, id))
        return true;
    }
  return false;
}

/* "fgd.temp": the method, and what it has under the second name. */
static bool
read_of_method (
    const char *word, bool is_knob, const KdMethod **method, char **name, char **expected)
{
  const char *dot = word ? strchr (word, '.') : NULL;
  if (!dot)
    return fail (expected,
                 is_knob ? "method.knob, such as fgd.temp" : "method.term, such as fgd.fg");
  g_autofree char *id = g_strndup (word, (gsize) (dot - word));
  if (!read_method (id, method, expected))
    return false;
  if (is_knob ? !kd_lesson_has_knob (*method, dot + 1) : !has_term (*method, dot + 1)) {
    *expected = g_strdup_printf ("a %s of %s", is_knob ? "knob" : "term", id);
    return false;
  }
  *name = g_strdup (dot + 1);
  return true;
}

static bool
read_figure (const char *word, char **name, char **expected)
{
  if (!word || (!g_str_equal (word, "maps") && !has_figure (word)))
    return fail (expected, "a figure's id, such as pipeline, or maps");
  *name = g_strdup (g_str_equal (word, "maps") ? "" : word);
  return true;
}

/* Which of @names @word is; -1, with the list of them: none. */
static int
read_name (const char *word, const char *const *names, size_t n, char **expected)
{
  GString *list = g_string_new ("one of");
  for (size_t i = 0; i < n; i++) {
    if (names[i] && g_strcmp0 (word, names[i]) == 0) {
      g_string_free (list, TRUE);
      return (int) i;
    }
    if (names[i])
      g_string_append_printf (list, " %s", names[i]);
  }
  *expected = g_string_free (list, FALSE);
  return -1;
}

static int
read_share (const char *word, char **expected)
{
  KdShare share;
  if (word && kd_share_find (word, &share))
    return (int) share;
  fail (expected, "row, group, panel, all or fixed");
  return -1;
}

/* A level, or "all" of them: -1. */
static bool
read_level (const char *word, double *level)
{
  if (g_strcmp0 (word, "all") == 0) {
    *level = -1;
    return true;
  }
  return read_number (word, level) && *level >= 0 && *level < KD_MAX_LEVELS &&
         *level == floor (*level);
}

/* ---- conditions ---------------------------------------------------------------------------------------- */

static const struct {
  const char *word;
  Argument argument;
  bool alone;      /* without a comparison */
  const char *now; /* how to tell a value; NULL: it is seen in the window */
} quantities[KD_N_LESSON_QUANTITIES] = {
  [KD_LESSON_STEP] = { "step", NOTHING, false, N_ ("step %s") },
  [KD_LESSON_TRAINED] = { "trained", NOTHING, false, N_ ("%s steps") },
  [KD_LESSON_LEARNED] = { "learned", NOTHING, false, N_ ("%s %% learned") },
  [KD_LESSON_PINS] = { "pins", NOTHING, false, N_ ("%s pinned") },
  [KD_LESSON_IMAGE] = { "image", NOTHING, false, NULL },
  [KD_LESSON_LEVEL] = { "level", NOTHING, false, NULL },
  [KD_LESSON_OVERLAY] = { "overlay", NOTHING, false, NULL },
  [KD_LESSON_PLAYING] = { "playing", NOTHING, true, NULL },
  [KD_LESSON_PAUSED] = { "paused", NOTHING, true, NULL },
  [KD_LESSON_SELECTED] = { "selected", METHOD, true, NULL },
  [KD_LESSON_FIGURE] = { "figure", FIGURE, true, NULL },
  [KD_LESSON_SCALE] = { "scale", SHARE, true, NULL },
  [KD_LESSON_CHART] = { "chart", CHART, true, NULL },
  [KD_LESSON_EARLIER] = { "earlier", NOTHING, true, NULL },
  [KD_LESSON_VIEW] = { "view", VIEW, true, NULL },
  [KD_LESSON_DUMP] = { "dump", NOTHING, true, NULL },
  [KD_LESSON_INSPECTED] = { "inspected", METHOD, true, NULL },
  [KD_LESSON_KNOB] = { "knob", KNOB, false, N_ ("now %s") },
  [KD_LESSON_SHARE] = { "share", TERM, false, N_ ("%s %% of the loss") },
  [KD_LESSON_TERM] = { "term", TERM, false, N_ ("now %s") },
  [KD_LESSON_RATIO] = { "ratio", TERM, false, N_ ("pulls %s × the task") },
  [KD_LESSON_CELLS] = { "cells", PROBE, false, N_ ("now %s cells") },
  [KD_LESSON_MARKED] = { "marked", PROBE, false, N_ ("now %s cells") },
  [KD_LESSON_MEAN] = { "mean", PROBE, false, N_ ("mean %s") },
  [KD_LESSON_MAX] = { "max", PROBE, false, N_ ("largest %s") },
  [KD_LESSON_AP] = { "ap", METHOD, false, N_ ("AP %s") },
  [KD_LESSON_AP50] = { "ap50", METHOD, false, N_ ("AP50 %s") },
};

static const char *const signs[] = { "<", "<=", ">", ">=", "=" };

/* Returns the words that the argument took; -1: it is wrong. */
static int
read_argument (char **words, KdLessonCondition *c, char **expected)
{
  double level;
  switch (quantities[c->quantity].argument) {
  case NOTHING:
    return 0;
  case METHOD:
    return read_method (words[0], &c->method, expected) ? 1 : -1;
  case KNOB:
  case TERM:
    return read_of_method (words[0], c->quantity == KD_LESSON_KNOB, &c->method, &c->name, expected)
               ? 1
               : -1;
  case FIGURE:
    return read_figure (words[0], &c->name, expected) ? 1 : -1;
  case SHARE:
    c->level = read_share (words[0], expected);
    return c->level < 0 ? -1 : 1;
  case CHART:
    c->level = read_name (words[0], charts, G_N_ELEMENTS (charts), expected);
    return c->level < 0 ? -1 : 1;
  case VIEW:
    c->name = g_strdup (words[0]);
    return read_name (words[0], views, G_N_ELEMENTS (views), expected) < 0 ? -1 : 1;
  case PROBE:
  default:
    break;
  }
  if (!words[0] || !read_level (words[1], &level)) {
    fail (expected, "a probe and a level or all, such as spatial_attention_teacher 0");
    return -1;
  }
  c->name = g_strdup (words[0]);
  c->level = (int) level;
  return 2;
}

/* A number, or for a knob with choices the name of one. */
static bool
read_value (const char *word, KdLessonCondition *c)
{
  if (read_number (word, &c->value))
    return true;
  if (!word || c->quantity != KD_LESSON_KNOB)
    return false;
  KdKnobs *knobs = kd_knobs_new (c->method, NULL, NULL);
  const bool known = kd_knobs_set (knobs, c->name, word, NULL);
  if (known)
    c->value = kd_knobs_get (knobs, c->name);
  kd_knobs_free (knobs);
  return known;
}

static bool
read_comparison (char **words, KdLessonCondition *c, char **expected)
{
  for (size_t i = 0; words[0] && i < G_N_ELEMENTS (signs); i++) {
    if (!g_str_equal (words[0], signs[i]))
      continue;
    c->comparing = (KdComparing) i;
    if (read_value (words[1], c) && !words[2])
      return true;
  }
  return fail (expected, "one of < <= > >= = and a number");
}

bool
kd_lesson_condition_parse (const char *text, KdLessonCondition *condition, char **expected)
{
  g_auto (GStrv) words = split (text);
  KdLessonCondition c = { .comparing = KD_EQUAL, .value = 1 };
  while (c.quantity < KD_N_LESSON_QUANTITIES &&
         g_strcmp0 (quantities[c.quantity].word, words[0]) != 0)
    c.quantity++;
  if (c.quantity == KD_N_LESSON_QUANTITIES)
    return fail_with_words (expected, "a quantity:", WORDS_OF (quantities));
  const int taken = read_argument (words + 1, &c, expected);
  bool good = taken >= 0;
  if (good && quantities[c.quantity].alone)
    good = !words[1 + taken] || fail (expected, "nothing more after it");
  else if (good)
    good = read_comparison (words + 1 + taken, &c, expected);
  if (!good) {
    kd_lesson_condition_clear (&c);
    return false;
  }
  *condition = c;
  return true;
}

void
kd_lesson_condition_clear (KdLessonCondition *condition)
{
  g_clear_pointer (&condition->name, g_free);
}

bool
kd_lesson_condition_holds (const KdLessonCondition *c, KdLessonMeasure measure, void *data)
{
  double now;
  if (!measure (data, c, &now) || isnan (now))
    return false;
  switch (c->comparing) {
  case KD_BELOW:
    return now < c->value;
  case KD_AT_MOST:
    return now <= c->value;
  case KD_ABOVE:
    return now > c->value;
  case KD_AT_LEAST:
    return now >= c->value;
  case KD_EQUAL:
  default:
    return fabs (now - c->value) <= 1e-9 * fmax (1, fabs (c->value));
  }
}

bool
kd_lesson_condition_is_training (const KdLessonCondition *c)
{
  return c->quantity == KD_LESSON_STEP || c->quantity == KD_LESSON_TRAINED ||
         c->quantity == KD_LESSON_LEARNED || c->quantity == KD_LESSON_AP ||
         c->quantity == KD_LESSON_AP50;
}

char *
kd_lesson_condition_tell (const KdLessonCondition *c, double now)
{
  const bool is_choice = c->quantity == KD_LESSON_KNOB && kd_method_knob (c->method, c->name) &&
                         kd_method_knob (c->method, c->name)->choices; /* its number says nothing */
  if (!quantities[c->quantity].now || is_choice || !isfinite (now))
    return NULL;
  char number[32];
  const double factor = c->quantity == KD_LESSON_SHARE ? 100 : 1;
  if (factor > 1 || kd_lesson_condition_is_training (c))
    g_snprintf (number, sizeof number, "%.0f", floor (factor * now));
  else
    kd_number_format_short (now, number, sizeof number);
  if (c->quantity == KD_LESSON_TRAINED || c->quantity == KD_LESSON_STEP)
    return g_strdup_printf (_ ("%s of %.0f steps"), number, ceil (c->value));
  GString *text = g_string_new (kd_translated (quantities[c->quantity].now));
  g_string_replace (text, "%s", number, 1);
  g_string_replace (text, "%%", "%", 0);
  return g_string_free (text, FALSE);
}

static int
larger_first (const void *a, const void *b)
{
  const float x = *(const float *) a, y = *(const float *) b;
  return (x < y) - (x > y);
}

int
kd_lesson_half_cells (const float *values, size_t n)
{
  g_autofree float *sorted = g_new (float, n ? n : 1);
  double sum = 0, part = 0;
  for (size_t i = 0; i < n; i++) {
    sorted[i] = isfinite (values[i]) && values[i] > 0 ? values[i] : 0;
    sum += (double) sorted[i];
  }
  qsort (sorted, n, sizeof *sorted, larger_first);
  int taken = 0;
  while ((size_t) taken < n && part < sum / 2)
    part += (double) sorted[taken++];
  return taken;
}

/* ---- acts ---------------------------------------------------------------------------------------------- */

static const struct {
  const char *word;
  int n_words; /* after it */
} acts[KD_N_LESSON_ACTS] = {
  [KD_LESSON_DO_PLAY] = { "play", 0 },       [KD_LESSON_DO_PAUSE] = { "pause", 0 },
  [KD_LESSON_DO_STEP] = { "step", 0 },       [KD_LESSON_DO_SELECT] = { "select", 1 },
  [KD_LESSON_DO_KNOB] = { "knob", 2 },       [KD_LESSON_DO_PRESET] = { "preset", 2 },
  [KD_LESSON_DO_IMAGE] = { "image", 1 },     [KD_LESSON_DO_LEVEL] = { "level", 1 },
  [KD_LESSON_DO_FIGURE] = { "figure", 1 },   [KD_LESSON_DO_SCALE] = { "scale", 1 },
  [KD_LESSON_DO_OVERLAY] = { "overlay", 1 }, [KD_LESSON_DO_PIN] = { "pin", 2 },
  [KD_LESSON_DO_UNPIN] = { "unpin", 0 },     [KD_LESSON_DO_BALANCE] = { "balance", 1 },
  [KD_LESSON_DO_CHART] = { "chart", 1 },     [KD_LESSON_DO_FIRST] = { "first", 0 },
  [KD_LESSON_DO_LIVE] = { "live", 0 },       [KD_LESSON_DO_VIEW] = { "view", 1 },
  [KD_LESSON_DO_EXAMPLE] = { "example", 0 }, [KD_LESSON_DO_INSPECT] = { "inspect", 1 },
};

static bool
read_knob (char **words, KdLessonAct *act, char **expected)
{
  if (!read_of_method (words[0], true, &act->method, &act->name, expected))
    return false;
  g_autoptr (GError) error = NULL;
  KdKnobs *knobs = kd_knobs_new (act->method, NULL, NULL);
  const bool fits = kd_knobs_set (knobs, act->name, words[1], &error);
  kd_knobs_free (knobs);
  act->text = g_strdup (words[1]);
  if (!fits)
    *expected = g_strdup_printf ("a value that the knob takes (%s)", error->message);
  return fits;
}

static bool
read_preset (char **words, KdLessonAct *act, char **expected)
{
  if (!read_method (words[0], &act->method, expected))
    return false;
  g_autofree const char **names = kd_method_presets (act->method);
  act->name = g_strdup (words[1]);
  return g_strv_contains (names, words[1]) || fail (expected, "a preset's name, such as demo");
}

static bool
read_fraction (const char *word, double *value, char **expected)
{
  return (read_number (word, value) && *value >= 0 && *value <= 1) ||
         fail (expected, "a number from 0 to 1");
}

static bool
read_act (char **words, KdLessonAct *act, char **expected)
{
  int name;
  switch (act->kind) {
  case KD_LESSON_DO_SELECT:
  case KD_LESSON_DO_BALANCE:
  case KD_LESSON_DO_INSPECT:
    return read_method (words[0], &act->method, expected);
  case KD_LESSON_DO_KNOB:
    return read_knob (words, act, expected);
  case KD_LESSON_DO_PRESET:
    return read_preset (words, act, expected);
  case KD_LESSON_DO_IMAGE:
    return (read_number (words[0], &act->x) && act->x >= 0 && act->x == floor (act->x)) ||
           fail (expected, "the number of a scene, from 0");
  case KD_LESSON_DO_LEVEL:
    return read_level (words[0], &act->x) || fail (expected, "a level from 0, or all");
  case KD_LESSON_DO_FIGURE:
    return read_figure (words[0], &act->name, expected);
  case KD_LESSON_DO_SCALE:
    act->x = name = read_share (words[0], expected);
    return name >= 0;
  case KD_LESSON_DO_CHART:
    act->x = name = read_name (words[0], charts, G_N_ELEMENTS (charts), expected);
    return name >= 0;
  case KD_LESSON_DO_VIEW:
    act->name = g_strdup (words[0]);
    return read_name (words[0], views, G_N_ELEMENTS (views), expected) >= 0;
  case KD_LESSON_DO_OVERLAY:
    return read_fraction (words[0], &act->x, expected);
  case KD_LESSON_DO_PIN:
    return read_fraction (words[0], &act->x, expected) &&
           read_fraction (words[1], &act->y, expected);
  default:
    return true;
  }
}

bool
kd_lesson_act_parse (const char *text, KdLessonAct *act, char **expected)
{
  g_auto (GStrv) words = split (text);
  KdLessonAct a = { 0 };
  while (a.kind < KD_N_LESSON_ACTS && g_strcmp0 (acts[a.kind].word, words[0]) != 0)
    a.kind++;
  if (a.kind == KD_N_LESSON_ACTS)
    return fail_with_words (expected, "an act:", WORDS_OF (acts));
  if ((int) g_strv_length (words) != 1 + acts[a.kind].n_words) {
    *expected = g_strdup_printf ("%d words after \"%s\"", acts[a.kind].n_words, words[0]);
    return false;
  }
  if (!read_act (words + 1, &a, expected)) {
    kd_lesson_act_clear (&a);
    return false;
  }
  *act = a;
  return true;
}

void
kd_lesson_act_clear (KdLessonAct *act)
{
  g_clear_pointer (&act->name, g_free);
  g_clear_pointer (&act->text, g_free);
}
