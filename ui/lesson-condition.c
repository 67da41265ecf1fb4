/* SPDX-License-Identifier: MIT */
#include "ui/lesson-condition.h"

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
} Argument;

static bool
fail (char **expected, const char *text)
{
  *expected = g_strdup (text);
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
  if (is_knob ? !kd_method_knob (*method, dot + 1) && !g_str_has_prefix (dot + 1, "run.")
              : !has_term (*method, dot + 1)) {
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

/* ---- conditions ---------------------------------------------------------------------------------------- */

static const struct {
  const char *word;
  Argument argument;
  bool alone; /* without a comparison */
} quantities[KD_N_LESSON_QUANTITIES] = {
  [KD_LESSON_STEP] = { "step", NOTHING, false },
  [KD_LESSON_LEARNED] = { "learned", NOTHING, false },
  [KD_LESSON_PINS] = { "pins", NOTHING, false },
  [KD_LESSON_IMAGE] = { "image", NOTHING, false },
  [KD_LESSON_LEVEL] = { "level", NOTHING, false },
  [KD_LESSON_OVERLAY] = { "overlay", NOTHING, false },
  [KD_LESSON_PLAYING] = { "playing", NOTHING, true },
  [KD_LESSON_PAUSED] = { "paused", NOTHING, true },
  [KD_LESSON_SELECTED] = { "selected", METHOD, true },
  [KD_LESSON_FIGURE] = { "figure", FIGURE, true },
  [KD_LESSON_KNOB] = { "knob", KNOB, false },
  [KD_LESSON_SHARE] = { "share", TERM, false },
  [KD_LESSON_TERM] = { "term", TERM, false },
  [KD_LESSON_RATIO] = { "ratio", TERM, false },
  [KD_LESSON_CELLS] = { "cells", PROBE, false },
  [KD_LESSON_MEAN] = { "mean", PROBE, false },
  [KD_LESSON_MAX] = { "max", PROBE, false },
  [KD_LESSON_AP] = { "ap", METHOD, false },
  [KD_LESSON_AP50] = { "ap50", METHOD, false },
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
  case PROBE:
  default:
    break;
  }
  if (!words[0] || !read_number (words[1], &level) || level < 0 || level >= KD_MAX_LEVELS) {
    fail (expected, "a probe and a level, such as spatial_attention_teacher 0");
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
    return fail (
        expected,
        "a quantity: step, learned, pins, image, level, overlay, playing, paused, selected, "
        "figure, knob, share, term, ratio, cells, mean, max, ap, ap50");
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
  [KD_LESSON_DO_UNPIN] = { "unpin", 0 },
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
  switch (act->kind) {
  case KD_LESSON_DO_SELECT:
    return read_method (words[0], &act->method, expected);
  case KD_LESSON_DO_KNOB:
    return read_knob (words, act, expected);
  case KD_LESSON_DO_PRESET:
    return read_preset (words, act, expected);
  case KD_LESSON_DO_IMAGE:
    return (read_number (words[0], &act->x) && act->x >= 0 && act->x == floor (act->x)) ||
           fail (expected, "the number of a scene, from 0");
  case KD_LESSON_DO_LEVEL:
    act->x = -1;
    return g_str_equal (words[0], "all") ||
           (read_number (words[0], &act->x) && act->x >= 0 && act->x < KD_MAX_LEVELS) ||
           fail (expected, "a level from 0, or all");
  case KD_LESSON_DO_FIGURE:
    return read_figure (words[0], &act->name, expected);
  case KD_LESSON_DO_SCALE:
    act->name = g_strdup (words[0]);
    return g_strv_contains ((const char *const[]){ "row", "group", "panel", "all", NULL },
                            words[0]) ||
           fail (expected, "row, group, panel or all");
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
    return fail (expected, "an act: play, pause, step, select, knob, preset, image, level, figure, "
                           "scale, overlay, pin, unpin");
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
