/* SPDX-License-Identifier: MIT */
#include "ui/command-line.h"

#include <string.h>

static int
count_differences (const KdKnobs *values, const KdKnobs *from)
{
  int n = 0;
  for (int i = 0; i < kd_knobs_count (values); i++) {
    const char *id = kd_knobs_knob (values, i)->id;
    n += kd_knobs_get (values, id) != kd_knobs_get (from, id);
  }
  return n;
}

/* " --set fgd.temp=0.3" for each knob that @preset would not give. @run NULL: a dump's, which need no run's name. */
static void
append_sets (GString *line, const char *run, const KdKnobs *values, const KdKnobs *preset)
{
  for (int i = 0; i < kd_knobs_count (values); i++) {
    const char *id = kd_knobs_knob (values, i)->id;
    if (kd_knobs_get (values, id) == kd_knobs_get (preset, id))
      continue;
    g_autofree char *text = kd_knobs_format (values, id);
    g_string_append_printf (line, " --set %s%s%s=%s", run ? run : "", run ? "." : "", id, text);
  }
}

/* The preset that leaves the fewest knobs to be set. */
static const char *
nearest_preset (KdSession *session, KdKnobs *const *values, int n)
{
  static const char *const presets[] = { "demo", "paper" };
  int fewest = G_MAXINT;
  const char *nearest = presets[0];
  for (size_t p = 0; p < G_N_ELEMENTS (presets); p++) {
    int differences = 0;
    for (int run = 0; run < n; run++) {
      KdKnobs *from = kd_knobs_new (kd_session_run_method (session, run), presets[p], NULL);
      differences += from ? count_differences (values[run], from) : 0;
      kd_knobs_free (from);
    }
    if (differences < fewest) {
      fewest = differences;
      nearest = presets[p];
    }
  }
  return nearest;
}

static void
append_text (GString *line, const char *option, const char *text)
{
  g_autofree char *quoted = g_shell_quote (text);
  const bool plain = strspn (text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                   "_-./,") == strlen (text);
  g_string_append_printf (line, " %s %s", option, plain ? text : quoted);
}

static void
append_number (GString *line, const char *option, double value, double usual)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  if (value != usual)
    g_string_append_printf (line, " %s %s", option,
                            g_ascii_formatd (text, sizeof text, "%.10g", value));
}

char *
kd_command_of_session (KdSession *session)
{
  const KdConfig *config = kd_session_config (session), usual = kd_config_default ();
  const int n = kd_session_runs (session);
  KdKnobs *values[KD_MAX_RUNS];
  GString *methods = g_string_new (NULL);
  for (int run = 0; run < n; run++) {
    values[run] = kd_session_run_knobs (session, run);
    g_string_append_printf (methods, "%s%s", run ? "," : "",
                            kd_session_run_method (session, run)->id);
  }
  const char *preset = nearest_preset (session, values, n);
  GString *line = g_string_new ("kdscope-cli train");
  append_text (line, "--methods", methods->str);
  append_text (line, "--preset", preset);
  for (int run = 0; run < n; run++) {
    KdKnobs *from = kd_knobs_new (kd_session_run_method (session, run), preset, NULL);
    append_sets (line, kd_session_run_id (session, run), values[run], from);
    kd_knobs_free (from);
    kd_knobs_free (values[run]);
  }
  g_string_append_printf (line, " --steps %" G_GINT64_FORMAT " --seed %" G_GUINT64_FORMAT,
                          config->steps, config->seed);
  append_text (line, "--student", config->student);
  if (config->teacher && *config->teacher)
    append_text (line, "--teacher", config->teacher);
  append_number (line, "--batch", config->batch, usual.batch);
  append_number (line, "--rate", config->rate, usual.rate);
  append_number (line, "--clip", config->optimizer.clip_norm, usual.optimizer.clip_norm);
  append_number (line, "--warmup", config->warmup, usual.warmup);
  append_number (line, "--size", config->scenes.size.width, usual.scenes.size.width);
  append_number (line, "--difficulty", config->scenes.difficulty, usual.scenes.difficulty);
  append_text (line, "--out", "runs/again");
  g_string_free (methods, TRUE);
  return g_string_free (line, FALSE);
}

char *
kd_command_of_dump (const char *path, const KdKnobs *knobs)
{
  const KdMethod *method = kd_knobs_method (knobs);
  KdKnobs *paper = kd_knobs_new (method, NULL, NULL);
  GString *line = g_string_new ("kdscope-cli inspect");
  g_autofree char *quoted = g_shell_quote (path);
  g_string_append_printf (line, " %s --method %s", quoted, method->id);
  append_sets (line, NULL, knobs, paper);
  kd_knobs_free (paper);
  return g_string_free (line, FALSE);
}
