/* SPDX-License-Identifier: MIT */

/*
 * All that the methods' tables and maps say to people, for the catalogues: one line a text, the source that it is from, a tab, the
 * text escaped as in C. Numbers and signs alone are left out.
 */
#include "engine/data/data.h"
#include "engine/render/render.h"
#include "tests/session-fixture.h"

#include <pango/pango.h>

typedef struct {
  GHashTable *seen;
  const char *source;
} Texts;

static void
say (Texts *texts, const char *text)
{
  bool words = false;
  for (const char *c = text; c && *c; c++)
    words |= g_ascii_isalpha (*c);
  if (!words || !g_hash_table_add (texts->seen, g_strdup (text)))
    return;
  g_autofree char *escaped = g_strescape (text, NULL);
  g_print ("%s\t%s\n", texts->source, escaped);
}

/* With those that all methods have. */
static void
say_knobs (Texts *texts, const KdMethod *method)
{
  KdKnobs *knobs = kd_knobs_new (method, NULL, NULL);
  for (int i = 0; i < kd_knobs_count (knobs); i++) {
    const KdKnob *knob = kd_knobs_knob (knobs, i);
    say (texts, knob->label);
    say (texts, knob->help);
    say (texts, knob->at_zero);
  }
  kd_knobs_free (knobs);
}

/* Of a formula the lines that have words. */
static void
say_formula (Texts *texts, const char *formula)
{
  g_auto (GStrv) lines = g_strsplit (formula ? formula : "", "\n", -1);
  for (char **line = lines; *line; line++) {
    g_autofree char *plain = NULL;
    if (pango_parse_markup (*line, -1, 0, NULL, &plain, NULL, NULL) &&
        g_regex_match_simple ("(^| )[a-z]{2,}[ :,]|[a-z]{2,}$", plain, 0, 0))
      say (texts, *line);
  }
}

static void
say_table (Texts *texts, const KdMethod *method)
{
  if (!method->n_knobs) /* the others have names */
    say (texts, method->title);
  say (texts, method->idea);
  say_formula (texts, method->formula);
  for (int i = 0; i < method->n_symbols; i++)
    say (texts, method->symbols[i].meaning);
  for (int i = 0; i < method->n_departures; i++) {
    say (texts, method->departures[i].paper);
    say (texts, method->departures[i].code);
    say (texts, method->departures[i].other);
  }
  say (texts, method->learns);
  for (int i = 0; i < method->n_parts; i++) {
    say (texts, method->parts[i].name);
    say (texts, method->parts[i].role);
  }
  for (int i = 0; i < method->n_wall; i++)
    say (texts, method->wall[i].title);
  for (int i = 0; i < method->n_figures; i++) {
    say (texts, method->figures[i].title);
    say (texts, method->figures[i].help);
  }
  say_knobs (texts, method);
}

static void
say_probes (Texts *texts, const KdProbeInfo *probes, int n)
{
  for (int i = 0; i < n; i++) {
    say (texts, probes[i].title);
    if (!probes[i].help || !strstr (probes[i].help, "; without a place:")) /* with numbers in it */
      say (texts, probes[i].help);
    say (texts, probes[i].unit);
  }
}

/* Of each map that a run of @method makes, in its first phase and, with no steps for that, in the second. */
static void
say_maps (Texts *texts, const Fixture *fixture, const KdMethod *method, bool learned)
{
  g_autoptr (GError) error = NULL;
  KdKnobs *knobs = kd_knobs_new (method, NULL, &error);
  g_assert_no_error (error);
  if (learned &&
      !(kd_method_knob (method, "learn_steps") && kd_knobs_set (knobs, "learn_steps", "0", NULL))) {
    kd_knobs_free (knobs);
    return;
  }
  KdRunConfig run = { .knobs = knobs };
  KdConfig config = fixture->config;
  config.runs = &run;
  config.n_runs = 1;
  config.paused = true;
  KdSession *session = fixture_start (&config);
  fixture_wait_state (session, KD_STATE_PAUSED);
  int n;
  const KdProbeInfo *probes = kd_session_probes (session, &n);
  say_probes (texts, probes, n);
  kd_session_free (session);
  kd_knobs_free (knobs);
}

/* Maps of a dump, some of which are told of otherwise. */
static void
say_dump (Texts *texts, const KdDump *dump, const KdMethod *method)
{
  g_autofree char *obstacle = kd_inspect_obstacle (dump, method);
  if (obstacle)
    return;
  g_autoptr (GError) error = NULL;
  KdKnobs *knobs = kd_knobs_new (method, NULL, NULL);
  KdInspection *inspection = kd_inspect (dump, knobs, 1, &error);
  g_assert_no_error (error);
  say_probes (texts, inspection->probes, inspection->n_probes);
  kd_inspection_free (inspection);
  kd_knobs_free (knobs);
}

int
main (void)
{
  g_autoptr (GError) error = NULL;
  kd_memory_init ();
  if (!kd_blas_init (&error))
    g_error ("%s", error->message);
  Fixture fixture;
  fixture_init (&fixture);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *example = kd_example_find (&error);
  KdDump *dump = example ? kd_dump_open (example, &error) : NULL;
  g_assert_no_error (error);
  int n;
  const KdMethod *const *methods = kd_methods (&n);
  for (int i = 0; i < n; i++) {
    g_autofree char *source = g_strdup_printf ("engine/methods/%s.c", methods[i]->id);
    g_strdelimit (source, "_", '-');
    Texts texts = { seen, source };
    say_table (&texts, methods[i]);
    say_maps (&texts, &fixture, methods[i], false);
    say_maps (&texts, &fixture, methods[i], true);
    say_dump (&texts, dump, methods[i]);
  }
  Texts rules = { seen, "engine/render/map-stats.c" };
  for (KdChannelRule rule = 0; rule <= KD_CHANNELS_ONE; rule++)
    say (&rules, kd_channel_rule_name (rule));
  kd_dump_free (dump);
  fixture_clear (&fixture);
  return 0;
}
