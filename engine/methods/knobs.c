/* SPDX-License-Identifier: MIT */

/* A run's knob values: the method's own and the two that every run has. */
#include "engine/base/i18n.h"
#include "engine/methods/method.h"

#include <math.h>
#include <string.h>

const char *const kd_adapter_starts[] = { "uniform", "small", NULL };
const char *const kd_adapter_kernels[] = { "1x1", "3x3", NULL };

enum { RUN_SCALE, RUN_RAMP, N_RUN_KNOBS };

static const KdKnob run_knobs[N_RUN_KNOBS] = {
  { .id = "run.scale",
    .label = "Scale",
    .help = "multiplies all terms of the method together; the paper's ratios stay",
    .type = KD_KNOB_REAL,
    .value = 1,
    .min = 1e-6,
    .max = 1e6,
    .log = true,
    .zero = true },
  { .id = "run.ramp",
    .label = "Ramp",
    .help = "steps over which the scale rises from 0, so that early noise of the student is not "
            "distilled",
    .type = KD_KNOB_INT,
    .value = 0,
    .min = 0,
    .max = 1000000 },
};

struct _KdKnobs {
  const KdMethod *method;
  int count;
  double values[]; /* the method's, then the run's */
};

const KdMethod *
kd_knobs_method (const KdKnobs *knobs)
{
  return knobs->method;
}

int
kd_knobs_count (const KdKnobs *knobs)
{
  return knobs->count;
}

const KdKnob *
kd_knobs_knob (const KdKnobs *knobs, int index)
{
  g_assert (index >= 0 && index < knobs->count);
  const int n_own = knobs->method->n_knobs;
  return index < n_own ? &knobs->method->knobs[index] : &run_knobs[index - n_own];
}

static int
find (const KdKnobs *knobs, const char *id)
{
  for (int i = 0; i < knobs->count; i++)
    if (!strcmp (kd_knobs_knob (knobs, i)->id, id))
      return i;
  return -1;
}

static double
preset_value (const KdKnob *knob, const char *preset)
{
  for (int i = 0; i < KD_KNOB_MAX_PRESETS && knob->presets[i].preset; i++)
    if (!strcmp (knob->presets[i].preset, preset))
      return knob->presets[i].value;
  return knob->value;
}

KdKnobs *
kd_knobs_new (const KdMethod *method, const char *preset, GError **error)
{
  if (!preset)
    preset = "paper";
  g_autofree const char **presets = kd_method_presets (method);
  if (!g_strv_contains (presets, preset)) {
    g_autofree char *list = g_strjoinv (", ", (char **) presets);
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, _ ("%s has no preset \"%s\", choose one of: %s"),
                 method->id, preset, list);
    return NULL;
  }

  const int count = method->n_knobs + N_RUN_KNOBS;
  KdKnobs *knobs = g_malloc0 (sizeof *knobs + (size_t) count * sizeof knobs->values[0]);
  knobs->method = method;
  knobs->count = count;
  for (int i = 0; i < count; i++)
    knobs->values[i] = preset_value (kd_knobs_knob (knobs, i), preset);
  if (!strcmp (preset, "demo")) {
    knobs->values[method->n_knobs + RUN_SCALE] = method->demo_scale;
    knobs->values[method->n_knobs + RUN_RAMP] = method->demo_ramp;
  }
  return knobs;
}

KdKnobs *
kd_knobs_copy (const KdKnobs *knobs)
{
  return g_memdup2 (knobs, sizeof *knobs + (size_t) knobs->count * sizeof knobs->values[0]);
}

void
kd_knobs_free (KdKnobs *knobs)
{
  g_free (knobs);
}

double
kd_knobs_get (const KdKnobs *knobs, const char *id)
{
  const int index = find (knobs, id);
  g_assert (index >= 0);
  return knobs->values[index];
}

bool
kd_knobs_is_structural (const KdKnobs *knobs, const char *id)
{
  const int index = find (knobs, id);
  g_assert (index >= 0);
  return kd_knobs_knob (knobs, index)->structural;
}

/* ---- reading values ----------------------------------------------------------------------------- */

static bool
parse_number (const char *text, double *value)
{
  char *end;
  *value = g_ascii_strtod (text, &end);
  return end != text && *end == '\0';
}

static bool
parse_choice (const KdKnob *knob, const char *text, double *value, GError **error)
{
  int n_choices = 0;
  for (; knob->choices[n_choices]; n_choices++)
    if (!strcmp (knob->choices[n_choices], text)) {
      *value = n_choices;
      return true;
    }
  if (parse_number (text, value) && *value >= 0 && *value < n_choices && *value == floor (*value))
    return true;
  g_autofree char *list = g_strjoinv (", ", (char **) knob->choices);
  g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, _ ("%s has no choice \"%s\", choose one of: %s"),
               knob->id, text, list);
  return false;
}

static bool
parse_switch (const KdKnob *knob, const char *text, double *value, GError **error)
{
  const bool on = !strcmp (text, "1") || !strcmp (text, "true");
  if (!on && strcmp (text, "0") && strcmp (text, "false")) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 _ ("%s is a switch: expected 0, 1, true or false, found \"%s\""), knob->id, text);
    return false;
  }
  *value = on;
  return true;
}

static bool
parse_in_range (const KdKnob *knob, const char *text, double *value, GError **error)
{
  if (!parse_number (text, value)) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, _ ("%s: expected a number, found \"%s\""),
                 knob->id, text);
    return false;
  }
  /* Written so that a NaN is out of range too. */
  const bool inside = (*value >= knob->min && *value <= knob->max) || (knob->zero && *value == 0);
  const bool whole = knob->type != KD_KNOB_INT || *value == floor (*value);
  if (!inside || !whole) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 knob->type != KD_KNOB_INT && knob->zero
                     ? _ ("%s: expected 0 or a number from %g to %g, found %s")
                 : knob->type != KD_KNOB_INT ? _ ("%s: expected a number from %g to %g, found %s")
                 : knob->zero ? _ ("%s: expected 0 or a whole number from %g to %g, found %s")
                              : _ ("%s: expected a whole number from %g to %g, found %s"),
                 knob->id, knob->min, knob->max, text);
    return false;
  }
  return true;
}

bool
kd_knobs_set (KdKnobs *knobs, const char *id, const char *text, GError **error)
{
  const int index = find (knobs, id);
  if (index < 0) {
    g_autoptr (GString) list = g_string_new (NULL);
    for (int i = 0; i < knobs->count; i++)
      g_string_append_printf (list, "%s%s", i ? ", " : "", kd_knobs_knob (knobs, i)->id);
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, _ ("%s has no knob \"%s\", choose one of: %s"),
                 knobs->method->id, id, list->str);
    return false;
  }

  const KdKnob *knob = kd_knobs_knob (knobs, index);
  double value;
  bool ok;
  switch (knob->type) {
  case KD_KNOB_CHOICE:
    ok = parse_choice (knob, text, &value, error);
    break;
  case KD_KNOB_SWITCH:
    ok = parse_switch (knob, text, &value, error);
    break;
  case KD_KNOB_REAL:
  case KD_KNOB_INT:
  default:
    ok = parse_in_range (knob, text, &value, error);
    break;
  }
  if (ok)
    knobs->values[index] = value;
  return ok;
}

/* The fewest digits that read back as the same number. */
static char *
format_number (double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  for (int digits = 6; digits <= 17; digits++) {
    char format[8];
    g_snprintf (format, sizeof format, "%%.%dg", digits);
    g_ascii_formatd (text, sizeof text, format, value);
    if (g_ascii_strtod (text, NULL) == value)
      break;
  }
  return g_strdup (text);
}

char *
kd_knobs_format (const KdKnobs *knobs, const char *id)
{
  const int index = find (knobs, id);
  g_assert (index >= 0);
  const KdKnob *knob = kd_knobs_knob (knobs, index);
  if (knob->type == KD_KNOB_CHOICE)
    return g_strdup (knob->choices[(int) knobs->values[index]]);
  return format_number (knobs->values[index]);
}
