/* SPDX-License-Identifier: MIT */
#include "app/cli-training.h"

#include "engine/base/i18n.h"

#include <string.h>

/* ---- options ---- */

CliTraining
cli_training_default (void)
{
  return (CliTraining){
    .steps = CLI_NOT_GIVEN,
    .batch = CLI_NOT_GIVEN,
    .threads = CLI_NOT_GIVEN,
    .size = CLI_NOT_GIVEN,
    .final_images = CLI_NOT_GIVEN,
    .checkpoint_every = CLI_NOT_GIVEN,
    .warmup = CLI_NOT_GIVEN,
    .rate = CLI_NOT_GIVEN,
    .clip = CLI_NOT_GIVEN,
    .difficulty = CLI_NOT_GIVEN,
  };
}

void
cli_training_clear (CliTraining *training)
{
  g_free (training->methods);
  g_free (training->preset);
  g_free (training->student);
  g_free (training->teacher);
  g_strfreev (training->set);
}

GArray *
cli_training_entries (CliTraining *training, const GOptionEntry *own)
{
  const GOptionEntry common[] = {
    { "preset", 0, 0, G_OPTION_ARG_STRING, &training->preset,
      N_ ("Their knobs: demo or paper (demo)"), "PRESET" },
    { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &training->set,
      N_ ("Turn a knob, e.g. fgd.alpha=0.002 for every run of fgd, fgd-2.run.scale=0.3 for one "
          "run, "
          "run.ramp=0 for all (repeatable)"),
      "RUN.KNOB=VALUE" },
    { "steps", 0, 0, G_OPTION_ARG_INT64, &training->steps, N_ ("Training steps (3000)"), "N" },
    { "student", 0, 0, G_OPTION_ARG_STRING, &training->student, N_ ("small or tiny (small)"),
      "KIND" },
    { "teacher", 0, 0, G_OPTION_ARG_FILENAME, &training->teacher,
      N_ ("Weights of the teacher (the bundled one)"), "FILE" },
    { "batch", 0, 0, G_OPTION_ARG_INT, &training->batch, N_ ("Scenes a step (8)"), "B" },
    { "threads", 0, 0, G_OPTION_ARG_INT, &training->threads, N_ ("Workers (all cores)"), "T" },
    { "rate", 0, 0, G_OPTION_ARG_DOUBLE, &training->rate, N_ ("Peak learning rate (0.002)"), "LR" },
    { "clip", 0, 0, G_OPTION_ARG_DOUBLE, &training->clip,
      N_ ("Largest norm of the whole gradient (1; 0: any)"), "NORM" },
    { "warmup", 0, 0, G_OPTION_ARG_INT, &training->warmup, N_ ("Warm-up steps (100)"), "N" },
    { "size", 0, 0, G_OPTION_ARG_INT, &training->size,
      N_ ("Side of the scenes, a multiple of 32 (128)"), "PX" },
    { "difficulty", 0, 0, G_OPTION_ARG_DOUBLE, &training->difficulty,
      N_ ("Of the scenes, 0 easy to 1 hard (0.3)"), "D" },
    { "final-images", 0, 0, G_OPTION_ARG_INT, &training->final_images,
      N_ ("Held-out scenes at the end (1000)"), "N" },
    { "checkpoint-every", 0, 0, G_OPTION_ARG_INT, &training->checkpoint_every,
      N_ ("Steps between checkpoints (500; 0: at the end only)"), "N" },
    G_OPTION_ENTRY_NULL,
  };
  GArray *entries = g_array_new (FALSE, FALSE, sizeof (GOptionEntry));
  for (const GOptionEntry *entry = own; entry->long_name; entry++)
    g_array_append_vals (entries, entry, 1);
  return g_array_append_vals (entries, common, G_N_ELEMENTS (common));
}

bool
cli_training_is_resumable (const CliTraining *training)
{
  return !training->methods && !training->preset && !training->student && !training->set &&
         training->batch == CLI_NOT_GIVEN && training->size == CLI_NOT_GIVEN &&
         training->rate == CLI_NOT_GIVEN && training->clip == CLI_NOT_GIVEN &&
         training->difficulty == CLI_NOT_GIVEN && training->warmup == CLI_NOT_GIVEN &&
         training->final_images == CLI_NOT_GIVEN;
}

void
cli_training_apply (const CliTraining *training, KdConfig *config)
{
  if (training->teacher)
    config->teacher = training->teacher;
  if (training->student)
    config->student = training->student;
  if (training->steps != CLI_NOT_GIVEN)
    config->steps = training->steps;
  if (training->batch != CLI_NOT_GIVEN)
    config->batch = training->batch;
  if (training->threads != CLI_NOT_GIVEN)
    config->threads = training->threads;
  if (training->size != CLI_NOT_GIVEN)
    config->scenes.size = (KdSize){ training->size, training->size };
  if (training->difficulty != CLI_NOT_GIVEN)
    config->scenes.difficulty = training->difficulty;
  if (training->rate != CLI_NOT_GIVEN)
    config->rate = training->rate;
  if (training->clip != CLI_NOT_GIVEN)
    config->optimizer.clip_norm = training->clip;
  if (training->warmup != CLI_NOT_GIVEN)
    config->warmup = training->warmup;
  if (training->final_images != CLI_NOT_GIVEN)
    config->final_eval_images = training->final_images;
  if (training->checkpoint_every != CLI_NOT_GIVEN)
    config->checkpoint_every = training->checkpoint_every;
}

/* ---- runs ---- */

static bool
id_is_taken (const CliRuns *runs, const char *id)
{
  for (int i = 0; i < runs->n; i++) {
    if (g_str_equal (runs->runs[i].id, id))
      return true;
  }
  return false;
}

/* "fgd", or "fgd-2" for another run of it; the error is about @word as it was written. */
static const KdMethod *
method_of (const char *word, GError **error)
{
  const char *dash = strrchr (word, '-');
  const bool numbered = dash && dash[1] && strspn (dash + 1, "0123456789") == strlen (dash + 1);
  g_autofree char *base = numbered ? g_strndup (word, (gsize) (dash - word)) : NULL;
  const KdMethod *method = base ? kd_method_find (base) : NULL;
  return method ? method : kd_method_choose (word, error);
}

static bool
add_run (CliRuns *runs, const char *word, const char *preset, GError **error)
{
  const KdMethod *method = method_of (word, error);
  KdKnobs *knobs = method ? kd_knobs_new (method, preset, error) : NULL;
  if (!knobs)
    return false;
  char *id = g_strdup (word);
  for (int i = 2; id_is_taken (runs, id); i++) {
    g_free (id);
    id = g_strdup_printf ("%s-%d", method->id, i);
  }
  runs->runs[runs->n++] = (KdRunConfig){ .id = id, .knobs = knobs };
  return true;
}

/* In the order of the command line: "run.scale=2" for all runs, "fgd.alpha=0.002" for those of a method, "fgd-2.alpha=0.002" for one. */
static bool
apply_set (CliRuns *runs, const char *assignment, GError **error)
{
  const char *dot = strchr (assignment, '.'), *equals = strchr (assignment, '=');
  if (!dot || !equals || equals < dot) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 _ ("--set: expected run.knob=value, found \"%s\""), assignment);
    return false;
  }
  g_autofree char *whose = g_strndup (assignment, (gsize) (dot - assignment));
  const bool of_all = g_str_equal (whose, "run");
  const char *knob = of_all ? assignment : dot + 1;
  g_autofree char *id = g_strndup (knob, (gsize) (equals - knob));
  bool found = false;
  for (int i = 0; i < runs->n; i++) {
    KdKnobs *knobs = (KdKnobs *) runs->runs[i].knobs;
    if (!of_all && !g_str_equal (runs->runs[i].id, whose) &&
        !g_str_equal (kd_knobs_method (knobs)->id, whose))
      continue;
    found = true;
    if (!kd_knobs_set (knobs, id, equals + 1, error))
      return false;
  }
  if (!found)
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, _ ("--set: \"%s\" names none of the --methods"),
                 whose);
  return found;
}

static bool
fill_runs (CliRuns *runs, char **words, const CliTraining *training, GError **error)
{
  const guint n = g_strv_length (words);
  if (n > KD_MAX_RUNS) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, _ ("--methods: expected at most %d, found %u"),
                 KD_MAX_RUNS, n);
    return false;
  }
  for (guint i = 0; i < n; i++) {
    if (!add_run (runs, g_strstrip (words[i]), training->preset ? training->preset : "demo", error))
      return false;
  }
  for (char **set = training->set; set && *set; set++) {
    if (!apply_set (runs, *set, error))
      return false;
  }
  return true;
}

bool
cli_runs_init (CliRuns *runs, const char *methods, const CliTraining *training, GError **error)
{
  *runs = (CliRuns){ 0 };
  g_auto (GStrv) words = g_strsplit (methods, ",", -1);
  if (fill_runs (runs, words, training, error))
    return true;
  cli_runs_clear (runs);
  return false;
}

void
cli_runs_clear (CliRuns *runs)
{
  for (int i = 0; i < runs->n; i++) {
    g_free ((char *) runs->runs[i].id);
    kd_knobs_free ((KdKnobs *) runs->runs[i].knobs);
  }
  runs->n = 0;
}

void
cli_runs_apply (const CliRuns *runs, KdConfig *config)
{
  config->runs = runs->runs;
  config->n_runs = runs->n;
  bool teaches = false;
  for (int i = 0; i < runs->n; i++)
    teaches |= !g_str_equal (kd_knobs_method (runs->runs[i].knobs)->id, "none");
  if (!teaches)
    config->teacher = "";
}
