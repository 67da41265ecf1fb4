/* SPDX-License-Identifier: MIT */
#include "app/cli-follow.h"
#include "app/cli-table.h"
#include "app/cli-training.h"
#include "app/cli.h"
#include "engine/base/i18n.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MAX_SEEDS 100

typedef struct {
  CliTraining training;
  char *seeds, *out;
} Options;

typedef struct {
  uint64_t values[MAX_SEEDS];
  char *folders[MAX_SEEDS + 1]; /* one a seed, below --out */
  int n;
} Seeds;

/* ---- seeds ---- */

static void
seeds_clear (Seeds *seeds)
{
  for (int i = 0; i < seeds->n; i++)
    g_free (seeds->folders[i]);
}

static bool
add_seed (Seeds *seeds, const char *text, const char *out, GError **error)
{
  guint64 value;
  if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, &value, NULL) ||
      seeds->n == MAX_SEEDS) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 _ ("--seeds: expected up to %d numbers such as 1,2,3, found \"%s\""), MAX_SEEDS,
                 text);
    return false;
  }
  for (int i = 0; i < seeds->n; i++) {
    if (seeds->values[i] == value) {
      g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, _ ("--seeds: %s is there twice"), text);
      return false;
    }
  }
  g_autofree char *name = g_strdup_printf ("seed-%" G_GUINT64_FORMAT, value);
  seeds->values[seeds->n] = value;
  seeds->folders[seeds->n++] = g_build_filename (out, name, NULL);
  return true;
}

static bool
read_seeds (Seeds *seeds, const Options *options, GError **error)
{
  g_auto (GStrv) words = g_strsplit (options->seeds ? options->seeds : "1,2,3,4,5", ",", -1);
  for (char **word = words; *word; word++) {
    if (!add_seed (seeds, g_strstrip (*word), options->out, error))
      return false;
  }
  if (seeds->n == 0)
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, _ ("--seeds: expected at least one number"));
  return seeds->n > 0;
}

/* ---- what is trained ---- */

static char *
all_methods (void)
{
  int n = 0;
  const KdMethod *const *methods = kd_methods (&n);
  GString *list = g_string_new (NULL);
  for (int i = 0; i < n; i++)
    g_string_append_printf (list, "%s%s", i ? "," : "", methods[i]->id);
  return g_string_free (list, FALSE);
}

/* As --methods says, the twin first if it is missing: there is nothing to compare with otherwise. */
static char *
method_list (const char *asked)
{
  if (!asked)
    return all_methods ();
  g_auto (GStrv) words = g_strsplit (asked, ",", -1);
  for (char **word = words; *word; word++) {
    if (g_str_equal (g_strstrip (*word), "none"))
      return g_strdup (asked);
  }
  return g_strconcat ("none,", asked, NULL);
}

/* Read it where it is complete, go on where it was stopped, else start. Returns the exit code. */
static int
train_seed (KdConfig *config, GError **error)
{
  KdTrained trained;
  if (!kd_session_find_trained (config, &trained, error))
    return CLI_EXIT_USAGE;
  if (trained == KD_TRAINED_FULLY) {
    fprintf (stderr, "seed %" G_GUINT64_FORMAT ": trained already, read from %s\n", config->seed,
             config->out);
    return 0;
  }
  fprintf (stderr, "seed %" G_GUINT64_FORMAT ": %s %s\n", config->seed,
           trained == KD_TRAINED_PARTLY ? "going on in" : "training in", config->out);
  config->resume = trained == KD_TRAINED_PARTLY;
  KdSession *session = kd_session_new (config, error);
  if (!session)
    return CLI_EXIT_USAGE;
  const int code = cli_follow (session);
  kd_session_free (session);
  return code;
}

/* ---- the result ---- */

static bool
write_text (const char *folder, const char *name, const char *text, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) problem = NULL;
  if (g_file_set_contents (path, text, -1, &problem))
    return true;
  g_set_error_literal (error, KD_ERROR, KD_ERROR_FILE, problem->message);
  return false;
}

static bool
write_result (const Seeds *seeds, int n, const KdConfig *config, const char *out, GError **error)
{
  KdComparison *comparison = kd_comparison_load ((const char *const *) seeds->folders, n, error);
  if (!comparison)
    return false;
  g_autofree char *table = cli_table_text (comparison, config);
  g_autofree char *csv = cli_table_csv (comparison);
  g_autofree char *picture = g_build_filename (out, "comparison.png", NULL);
  const bool ok = write_text (out, "comparison.txt", table, error) &&
                  write_text (out, "comparison.csv", csv, error) &&
                  cli_table_picture (comparison, config, picture, error);
  if (ok && n == seeds->n)
    fputs (table, stdout);
  kd_comparison_free (comparison);
  return ok;
}

/* The table is written anew after every seed, so that a long comparison can be watched. */
static int
compare (const Options *options, const Seeds *seeds, const CliRuns *runs, GError **error)
{
  for (int i = 0; i < seeds->n; i++) {
    KdConfig config = kd_config_default ();
    config.eval_every = 0;
    config.keyframe_every = 0;
    config.seed = seeds->values[i];
    config.out = seeds->folders[i];
    cli_training_apply (&options->training, &config);
    cli_runs_apply (runs, &config);
    const int code = train_seed (&config, error);
    if (code != 0)
      return code;
    if (!write_result (seeds, i + 1, &config, options->out, error))
      return CLI_EXIT_FAILED;
  }
  return 0;
}

static int
run (const Options *options, Seeds *seeds, GError **error)
{
  if (!options->out) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 _ ("--out DIR is needed: where the seeds' folders and the table go"));
    return CLI_EXIT_USAGE;
  }
  if (options->training.final_images != CLI_NOT_GIVEN &&
      !cli_check_range ("--final-images", options->training.final_images, 1, 1e6, error))
    return CLI_EXIT_USAGE;
  g_autofree char *methods = method_list (options->training.methods);
  CliRuns runs;
  if (!read_seeds (seeds, options, error) ||
      !cli_runs_init (&runs, methods, &options->training, error))
    return CLI_EXIT_USAGE;
  const int code = compare (options, seeds, &runs, error);
  cli_runs_clear (&runs);
  return code;
}

int
cli_compare (int argc, char **argv)
{
  Options options = { .training = cli_training_default () };
  Seeds seeds = { 0 };
  const GOptionEntry own[] = {
    { "seeds", 0, 0, G_OPTION_ARG_STRING, &options.seeds,
      N_ ("Of initial weights and training scenes (1,2,3,4,5)"), "S,..." },
    { "methods", 0, 0, G_OPTION_ARG_STRING, &options.training.methods,
      N_ ("Methods to compare with none, one also twice: fgd,fgd-2 (all)"), "ID,..." },
    { "out", 0, 0, G_OPTION_ARG_FILENAME, &options.out,
      N_ ("Folder for comparison.txt, .csv and .png and a session a seed; seeds that are there "
          "already "
          "are not trained again, one that was interrupted goes on"),
      "DIR" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GArray) entries = cli_training_entries (&options.training, own);
  int code = cli_parse (
      &argc, &argv, "",
      N_ ("Train methods side by side with several seeds and write a table of AP, of "
          "the differences to the undistilled twin (none) and their intervals of 95 percent"),
      (const GOptionEntry *) (void *) entries->data);
  if (code < 0) {
    KD_FILE_WORDS; /* pictures and tables have the same bytes in every language */
    g_autoptr (GError) error = NULL;
    code = run (&options, &seeds, &error);
    if (error)
      code = code == CLI_EXIT_USAGE ? cli_refuse (error) : cli_fail (error);
  }
  seeds_clear (&seeds);
  cli_training_clear (&options.training);
  g_free (options.seeds);
  g_free (options.out);
  return code;
}
