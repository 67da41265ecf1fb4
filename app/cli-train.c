/* SPDX-License-Identifier: MIT */
#include "app/cli-follow.h"
#include "app/cli-training.h"
#include "app/cli.h"
#include "engine/base/i18n.h"

#include <stdio.h>
#include <string.h>

typedef struct {
  CliTraining training;
  char *out, *resume, *record;
  gint64 seed;
  int eval_every, eval_images;
  gboolean no_cache;
} Options;

/* --balance goes alone too, which GLib knows for callbacks only; and these get no data of ours. */
static double balance = CLI_NOT_GIVEN;

static gboolean
parse_balance (const char *option, const char *value, void *data, GError **error)
{
  (void) data;
  char *end = NULL;
  balance = value ? g_ascii_strtod (value, &end) : 1;
  if (value && (end == value || *end)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 _ ("%s: expected a ratio such as 0.5, found \"%s\""), option, value);
    return FALSE;
  }
  return TRUE;
}

/* ---- configuration ---- */

static void
apply_numbers (const Options *options, KdConfig *config)
{
  cli_training_apply (&options->training, config);
  if (options->seed != CLI_NOT_GIVEN)
    config->seed = (uint64_t) options->seed;
  if (options->eval_every != CLI_NOT_GIVEN)
    config->eval_every = options->eval_every;
  if (options->eval_images != CLI_NOT_GIVEN)
    config->eval_images = options->eval_images;
}

/* Of a recording: sixty keyframes on the way, and the first one. */
static int
keyframe_every (int64_t steps)
{
  return (int) ((steps + 59) / 60);
}

/* Commands are obeyed in their order: the scales are found before the first step. */
static void
balance_and_play (KdSession *session)
{
  for (int r = 0; r < kd_session_runs (session); r++) {
    if (!g_str_equal (kd_session_run_method (session, r)->id, "none"))
      kd_session_balance (session, r, balance);
  }
  kd_session_play (session);
}

static KdSession *
start_runs (const Options *options, const CliRuns *runs, GError **error)
{
  KdConfig config = kd_config_default ();
  config.keyframe_every = 0;
  config.out = options->out;
  config.cache = options->no_cache ? "" : NULL;
  config.maps_only = true;
  apply_numbers (options, &config);
  cli_runs_apply (runs, &config);
  if (options->record)
    config.keyframe_every = keyframe_every (config.steps);
  if (balance == CLI_NOT_GIVEN)
    return kd_session_new (&config, error);
  if (!cli_check_range ("--balance", balance, 1e-6, 1e6, error))
    return NULL;
  config.paused = true;
  KdSession *session = kd_session_new (&config, error);
  if (session)
    balance_and_play (session);
  return session;
}

static KdSession *
start_new (const Options *options, GError **error)
{
  const CliTraining *training = &options->training;
  if (!options->out) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 _ ("--out DIR is needed: where the run directories go"));
    return NULL;
  }
  if (options->record && !g_str_has_suffix (options->record, ".kdrun")) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 _ ("--record: expected a name that ends in .kdrun, found %s"), options->record);
    return NULL;
  }
  if (options->seed != CLI_NOT_GIVEN &&
      !cli_check_range ("--seed", (double) options->seed, 0, (double) G_MAXINT64, error))
    return NULL;
  CliRuns runs;
  if (!cli_runs_init (&runs, training->methods ? training->methods : "none,fgd", training, error))
    return NULL;
  KdSession *session = start_runs (options, &runs, error);
  cli_runs_clear (&runs);
  return session;
}

/* What was trained is in the folder; only how far and how fast may differ. */
static KdSession *
start_again (const Options *options, GError **error)
{
  const bool free_only = cli_training_is_resumable (&options->training) && !options->out &&
                         options->seed == CLI_NOT_GIVEN && options->eval_every == CLI_NOT_GIVEN &&
                         options->eval_images == CLI_NOT_GIVEN && balance == CLI_NOT_GIVEN &&
                         !options->record;
  if (!free_only) {
    g_set_error (
        error, KD_ERROR, KD_ERROR_CONFIG,
        _ ("--resume goes with --steps, --threads, --teacher and --checkpoint-every only: the "
           "rest is in the folder"));
    return NULL;
  }
  KdSavedConfig *saved = kd_config_load (options->resume, error);
  if (!saved)
    return NULL;
  KdConfig config = *kd_saved_config_get (saved);
  config.resume = true;
  config.cache = options->no_cache ? "" : NULL;
  apply_numbers (options, &config);
  KdSession *session = kd_session_new (&config, error);
  kd_saved_config_free (saved);
  return session;
}

/* ---- the result ---- */

static void
print_result (KdSession *session, const char *out)
{
  const KdStatus status = kd_session_status (session);
  for (int r = 0; status.state != KD_STATE_FAILED && r < kd_session_runs (session); r++) {
    const char *id = kd_session_run_id (session, r);
    double ap, ap50;
    printf ("%s: step %" G_GINT64_FORMAT, id, status.step);
    if (cli_last_value (session, r, "ap", &ap) && cli_last_value (session, r, "ap50", &ap50))
      printf (", AP %.1f, AP50 %.1f", 100 * ap, 100 * ap50);
    printf (", %s/%s\n", out, id);
  }
}

/* The engine looks at the image after the step that makes it: the last keyframe may be under way. */
static bool
save_recording (KdSession *session, const char *path, GError **error)
{
  const KdStatus status = kd_session_status (session);
  const int every = keyframe_every (status.steps);
  const double until_s = kd_now_s () + 10;
  const int wanted = (int) (status.step / every) + 1;
  while (kd_session_keyframes (session, NULL, 0) < wanted && kd_now_s () < until_s)
    g_usleep (1000);
  return kd_session_save_recording (session, path, error);
}

int
cli_train (int argc, char **argv)
{
  Options options = {
    .training = cli_training_default (),
    .seed = CLI_NOT_GIVEN,
    .eval_every = CLI_NOT_GIVEN,
    .eval_images = CLI_NOT_GIVEN,
  };
  const GOptionEntry own[] = {
    { "methods", 0, 0, G_OPTION_ARG_STRING, &options.training.methods,
      N_ ("Methods to train side by side, one also twice: fgd,fgd-2 (none,fgd)"), "ID,..." },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &options.seed,
      N_ ("Of initial weights and training scenes (1)"), "S" },
    { "eval-every", 0, 0, G_OPTION_ARG_INT, &options.eval_every,
      N_ ("Steps between measurements of AP (100; 0: at the end only)"), "N" },
    { "eval-images", 0, 0, G_OPTION_ARG_INT, &options.eval_images,
      N_ ("Held-out scenes of each (100)"), "N" },
    { "balance", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK,
      (void *) (guintptr) parse_balance,
      N_ ("Before the first step, set each run.scale so that the method pulls at the student's "
          "features this many times as hard as the detection loss (1); fresh adapters pull weakly, "
          "so that FGD's scale comes out far too large: see sweep"),
      "RATIO" },
    { "no-cache", 0, 0, G_OPTION_ARG_NONE, &options.no_cache,
      N_ ("Learn what comes before step 0 (MasKD's tokens) anew, and keep none of it for later"),
      NULL },
    { "record", 0, 0, G_OPTION_ARG_FILENAME, &options.record,
      N_ ("Write keyframes of the first held-out scene, sixty on the way, for the window to open"),
      "FILE.kdrun" },
    { "out", 0, 0, G_OPTION_ARG_FILENAME, &options.out,
      N_ ("Folder for one run directory a method"), "DIR" },
    { "resume", 0, 0, G_OPTION_ARG_FILENAME, &options.resume,
      N_ ("Go on from the last checkpoint in DIR"), "DIR" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GArray) entries = cli_training_entries (&options.training, own);
  int code = cli_parse (&argc, &argv, "",
                        N_ ("Train students in lock-step, one per method, on the same scenes"),
                        (const GOptionEntry *) (void *) entries->data);
  if (code < 0) {
    g_autoptr (GError) error = NULL;
    KdSession *session =
        options.resume ? start_again (&options, &error) : start_new (&options, &error);
    if (session) {
      code = cli_follow (session);
      if (code == 0 && options.record && !save_recording (session, options.record, &error))
        code = cli_fail (error);
      print_result (session, options.resume ? options.resume : options.out);
      kd_session_free (session);
    } else {
      /* A folder or teacher that is not there is a request that cannot be met, like an unknown knob. */
      code = cli_refuse (error);
    }
  }
  cli_training_clear (&options.training);
  g_free (options.out);
  g_free (options.record);
  g_free (options.resume);
  return code;
}
