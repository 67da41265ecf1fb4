/* SPDX-License-Identifier: MIT */
#include "app/cli-json.h"
#include "app/cli.h"
#include "engine/base/i18n.h"
#include "engine/session/session.h"

#include <stdio.h>

static const char *
type_name (KdKnobType type)
{
  static const char *const names[] = { "real", "int", "switch", "choice" };
  return names[type];
}

/* ---- JSON ---- */

/* A knob's value in the form that its type has for people: a number, true or false, a choice's name. */
static void
put_value (yajl_gen json, const KdKnob *knob, double value)
{
  if (knob->type == KD_KNOB_SWITCH)
    yajl_gen_bool (json, value != 0);
  else if (knob->type == KD_KNOB_CHOICE)
    cli_json_string (json, knob->choices[(int) value]);
  else
    cli_json_number (json, value);
}

static void
put_text (yajl_gen json, const char *name, const char *text)
{
  cli_json_string (json, name);
  cli_json_string (json, text ? text : "");
}

/* min and max: null where only names can be chosen. */
static void
put_bound (yajl_gen json, const char *name, const KdKnob *knob, double bound)
{
  cli_json_string (json, name);
  if (knob->type == KD_KNOB_REAL || knob->type == KD_KNOB_INT)
    cli_json_number (json, bound);
  else
    yajl_gen_null (json);
}

static void
put_knob (yajl_gen json, const KdKnob *knob)
{
  yajl_gen_map_open (json);
  put_text (json, "id", knob->id);
  put_text (json, "type", type_name (knob->type));
  cli_json_string (json, "default");
  put_value (json, knob, knob->value);
  put_bound (json, "min", knob, knob->min);
  put_bound (json, "max", knob, knob->max);
  cli_json_string (json, "zero"); /* 0 is allowed although it is below min */
  yajl_gen_bool (json, knob->zero);
  cli_json_string (json, "choices");
  yajl_gen_array_open (json);
  for (int i = 0; knob->type == KD_KNOB_CHOICE && knob->choices[i]; i++)
    cli_json_string (json, knob->choices[i]);
  yajl_gen_array_close (json);
  cli_json_string (json, "presets");
  yajl_gen_map_open (json);
  for (int i = 0; i < KD_KNOB_MAX_PRESETS && knob->presets[i].preset; i++) {
    cli_json_string (json, knob->presets[i].preset);
    put_value (json, knob, knob->presets[i].value);
  }
  yajl_gen_map_close (json);
  put_text (json, "help", knob->help);
  cli_json_string (json, "hidden");
  yajl_gen_bool (json, knob->hidden);
  yajl_gen_map_close (json);
}

static void
put_method (yajl_gen json, const KdMethod *method)
{
  yajl_gen_map_open (json);
  put_text (json, "id", method->id);
  put_text (json, "title", method->title);
  put_text (json, "venue", method->venue);
  put_text (json, "paper", method->paper);
  cli_json_string (json, "needs");
  yajl_gen_array_open (json);
  g_autofree const char **needs = kd_needs_names (method->needs);
  for (int i = 0; needs[i]; i++)
    cli_json_string (json, needs[i]);
  yajl_gen_array_close (json);
  cli_json_string (json, "knobs");
  yajl_gen_array_open (json);
  for (int i = 0; i < method->n_knobs; i++)
    put_knob (json, &method->knobs[i]);
  yajl_gen_array_close (json);
  yajl_gen_map_close (json);
}

static void
print_json (const KdMethod *const *methods, int n_methods)
{
  yajl_gen json = cli_json_new ();
  yajl_gen_array_open (json);
  for (int i = 0; i < n_methods; i++)
    put_method (json, methods[i]);
  yajl_gen_array_close (json);
  cli_json_print (json);
}

/* ---- text ---- */

static void
print_knob (const KdKnobs *knobs, const KdKnob *knob)
{
  g_autofree char *value = kd_knobs_format (knobs, knob->id);
  g_autofree char *range = NULL;
  if (knob->type == KD_KNOB_CHOICE)
    range = g_strjoinv (", ", (char **) knob->choices);
  else if (knob->type == KD_KNOB_SWITCH)
    range = g_strdup ("on or off");
  else
    range = g_strdup_printf ("%s%g to %g", knob->zero ? "0 or " : "", knob->min, knob->max);
  printf ("    %-16s %-10s %s; %s%s\n", knob->id, value, range, knob->help,
          knob->hidden ? " (for dumps and tests)" : "");
}

static void
print_method (const KdMethod *method)
{
  printf ("%s: %s%s%s\n", method->id, method->title, *method->venue ? ", " : "", method->venue);
  printf ("  %s\n", method->paper);
  g_autofree const char **needs = kd_needs_names (method->needs);
  g_autofree char *list = g_strjoinv (", ", (char **) needs);
  if (*list)
    printf ("  needs %s\n", list);
  KdKnobs *knobs = kd_knobs_new (method, NULL, NULL);
  for (int i = 0; i < method->n_knobs; i++)
    print_knob (knobs, &method->knobs[i]);
  kd_knobs_free (knobs);
}

int
cli_methods (int argc, char **argv)
{
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("Print a list of JSON objects"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  const int code =
      cli_parse (&argc, &argv, "[METHOD...]", N_ ("Distillation methods and their knobs"), entries);
  if (code >= 0)
    return code;
  int n_methods;
  const KdMethod *const *methods = kd_methods (&n_methods);
  g_autoptr (GPtrArray) chosen = g_ptr_array_new ();
  for (int i = 1; i < argc; i++) {
    g_autoptr (GError) error = NULL;
    const KdMethod *method = kd_method_choose (argv[i], &error);
    if (!method)
      return cli_fail (error);
    g_ptr_array_add (chosen, (void *) method);
  }
  for (int i = 0; argc == 1 && i < n_methods; i++)
    g_ptr_array_add (chosen, (void *) methods[i]);
  if (json) {
    print_json ((const KdMethod *const *) chosen->pdata, (int) chosen->len);
    return 0;
  }
  for (guint i = 0; i < chosen->len; i++)
    print_method (g_ptr_array_index (chosen, i));
  return 0;
}
