/* SPDX-License-Identifier: MIT */

/*
 * All that the methods' tables and maps say to people, for the catalogues: one line a text, the source that it is from, a tab, the
 * text escaped as in C. Numbers and signs alone are left out.
 */
#include "engine/render/render.h"
#include "tests/session-fixture.h"

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

static void
say_knobs (Texts *texts, const KdMethod *method)
{
  for (int i = 0; i < method->n_knobs; i++) {
    say (texts, method->knobs[i].label);
    say (texts, method->knobs[i].help);
    say (texts, method->knobs[i].at_zero);
  }
  for (int i = 0; i < 2; i++) {
    const KdKnob *common = kd_method_knob (method, i ? "run.ramp" : "run.scale");
    if (common) {
      say (texts, common->label);
      say (texts, common->help);
      say (texts, common->at_zero);
    }
  }
}

static void
say_table (Texts *texts, const KdMethod *method)
{
  if (!method->n_knobs) /* the others have names */
    say (texts, method->title);
  say (texts, method->idea);
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
  for (int i = 0; i < n; i++) {
    say (texts, probes[i].title);
    say (texts, probes[i].help);
    say (texts, probes[i].unit);
  }
  kd_session_free (session);
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
  int n;
  const KdMethod *const *methods = kd_methods (&n);
  for (int i = 0; i < n; i++) {
    g_autofree char *source = g_strdup_printf ("engine/methods/%s.c", methods[i]->id);
    g_strdelimit (source, "_", '-');
    Texts texts = { seen, source };
    say_table (&texts, methods[i]);
    say_maps (&texts, &fixture, methods[i], false);
    say_maps (&texts, &fixture, methods[i], true);
  }
  Texts rules = { seen, "engine/render/map-stats.c" };
  for (KdChannelRule rule = 0; rule <= KD_CHANNELS_ONE; rule++)
    say (&rules, kd_channel_rule_name (rule));
  fixture_clear (&fixture);
  return 0;
}
