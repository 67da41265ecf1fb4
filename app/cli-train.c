/* SPDX-License-Identifier: MIT */
#include "app/cli-follow.h"
#include "app/cli.h"

#include <stdio.h>
#include <string.h>

typedef struct {
  char *methods, *preset, *student, *teacher, *out, *resume;
  char **set;
  gint64 steps, seed;
  int batch, threads, size, eval_every, eval_images, final_images, checkpoint_every, warmup;
  double rate, difficulty;
} Options;

/* Numbers that were not given stay at this, which nobody means: -1 and NaN are given, and refused. */
#define NOT_GIVEN G_MININT

static Options
options_default (void)
{
  return (Options){
    .steps = NOT_GIVEN,
    .seed = NOT_GIVEN,
    .batch = NOT_GIVEN,
    .threads = NOT_GIVEN,
    .size = NOT_GIVEN,
    .eval_every = NOT_GIVEN,
    .eval_images = NOT_GIVEN,
    .final_images = NOT_GIVEN,
    .checkpoint_every = NOT_GIVEN,
    .warmup = NOT_GIVEN,
    .rate = NOT_GIVEN,
    .difficulty = NOT_GIVEN,
  };
}

/* --balance goes alone too, which GLib knows for callbacks only; and these get no data of ours. */
static double balance = NOT_GIVEN;

static gboolean
parse_balance (const char *option, const char *value, void *data, GError **error)
{
  (void) data;
  char *end = NULL;
  balance = value ? g_ascii_strtod (value, &end) : 1;
  if (value && (end == value || *end)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 "%s: expected a ratio such as 0.5, found \"%s\"", option, value);
    return FALSE;
  }
  return TRUE;
}

static void
options_clear (Options *options)
{
  g_free (options->methods);
  g_free (options->preset);
  g_free (options->student);
  g_free (options->teacher);
  g_free (options->out);
  g_free (options->resume);
  g_strfreev (options->set);
}

/* ---- runs ---- */

static void
knobs_free (void *knobs)
{
  kd_knobs_free (knobs);
}

static GPtrArray *
make_knobs (const char *methods, const char *preset, GError **error)
{
  g_auto (GStrv) ids = g_strsplit (methods, ",", -1);
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (knobs_free);
  for (char **id = ids; *id; id++) {
    const KdMethod *method = kd_method_choose (g_strstrip (*id), error);
    KdKnobs *knobs = method ? kd_knobs_new (method, preset, error) : NULL;
    if (!knobs)
      return NULL;
    g_ptr_array_add (all, knobs);
  }
  return g_steal_pointer (&all);
}

/* "fgd.alpha=0.002" for every run of that method; "run.scale=2" for all. */
static bool
apply_set (GPtrArray *all, const char *assignment, GError **error)
{
  const char *dot = strchr (assignment, '.'), *equals = strchr (assignment, '=');
  if (!dot || !equals || equals < dot) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 "--set: expected method.knob=value, found \"%s\"", assignment);
    return false;
  }
  g_autofree char *method = g_strndup (assignment, (gsize) (dot - assignment));
  const bool of_run = g_str_equal (method, "run");
  g_autofree char *id = of_run ? g_strndup (assignment, (gsize) (equals - assignment))
                               : g_strndup (dot + 1, (gsize) (equals - dot - 1));
  bool found = false;
  for (guint i = 0; i < all->len; i++) {
    KdKnobs *knobs = g_ptr_array_index (all, i);
    if (!of_run && !g_str_equal (kd_knobs_method (knobs)->id, method))
      continue;
    found = true;
    if (!kd_knobs_set (knobs, id, equals + 1, error))
      return false;
  }
  if (!found)
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, "--set: \"%s\" names none of the --methods",
                 method);
  return found;
}

static bool
needs_teacher (const GPtrArray *all)
{
  for (guint i = 0; i < all->len; i++) {
    if (!g_str_equal (kd_knobs_method (g_ptr_array_index (all, i))->id, "none"))
      return true;
  }
  return false;
}

/* ---- configuration ---- */

static void
apply_numbers (const Options *options, KdConfig *config)
{
  if (options->steps != NOT_GIVEN)
    config->steps = options->steps;
  if (options->seed != NOT_GIVEN)
    config->seed = (uint64_t) options->seed;
  if (options->batch != NOT_GIVEN)
    config->batch = options->batch;
  if (options->threads != NOT_GIVEN)
    config->threads = options->threads;
  if (options->size != NOT_GIVEN)
    config->scenes.size = (KdSize){ options->size, options->size };
  if (options->difficulty != NOT_GIVEN)
    config->scenes.difficulty = options->difficulty;
  if (options->rate != NOT_GIVEN)
    config->rate = options->rate;
  if (options->warmup != NOT_GIVEN)
    config->warmup = options->warmup;
  if (options->eval_every != NOT_GIVEN)
    config->eval_every = options->eval_every;
  if (options->eval_images != NOT_GIVEN)
    config->eval_images = options->eval_images;
  if (options->final_images != NOT_GIVEN)
    config->final_eval_images = options->final_images;
  if (options->checkpoint_every != NOT_GIVEN)
    config->checkpoint_every = options->checkpoint_every;
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
start_new (const Options *options, GError **error)
{
  if (!options->out) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 "--out DIR is needed: where the run directories go");
    return NULL;
  }
  g_autoptr (GPtrArray) all = make_knobs (options->methods ? options->methods : "none,fgd",
                                          options->preset ? options->preset : "demo", error);
  if (!all)
    return NULL;
  for (char **set = options->set; set && *set; set++) {
    if (!apply_set (all, *set, error))
      return NULL;
  }
  if (all->len > KD_MAX_RUNS) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, "--methods: expected at most %d, found %u",
                 KD_MAX_RUNS, all->len);
    return NULL;
  }
  KdRunConfig runs[KD_MAX_RUNS] = { 0 };
  for (guint i = 0; i < all->len; i++)
    runs[i].knobs = g_ptr_array_index (all, i);
  if (options->seed != NOT_GIVEN &&
      !cli_check_range ("--seed", (double) options->seed, 0, (double) G_MAXINT64, error))
    return NULL;
  KdConfig config = kd_config_default ();
  config.keyframe_every = 0;
  config.out = options->out;
  config.runs = runs;
  config.n_runs = (int) all->len;
  config.teacher = needs_teacher (all) ? options->teacher : "";
  if (options->student)
    config.student = options->student;
  apply_numbers (options, &config);
  if (balance == NOT_GIVEN)
    return kd_session_new (&config, error);
  if (!cli_check_range ("--balance", balance, 1e-6, 1e6, error))
    return NULL;
  config.paused = true;
  KdSession *session = kd_session_new (&config, error);
  if (session)
    balance_and_play (session);
  return session;
}

/* What was trained is in the folder; only how far and how fast may differ. */
static KdSession *
start_again (const Options *options, GError **error)
{
  const bool free_only = !options->methods && !options->preset && !options->student &&
                         !options->set && !options->out && options->seed == NOT_GIVEN &&
                         options->batch == NOT_GIVEN && options->size == NOT_GIVEN &&
                         options->rate == NOT_GIVEN && options->difficulty == NOT_GIVEN &&
                         options->warmup == NOT_GIVEN && options->eval_every == NOT_GIVEN &&
                         options->eval_images == NOT_GIVEN && options->final_images == NOT_GIVEN &&
                         balance == NOT_GIVEN;
  if (!free_only) {
    g_set_error (
        error, KD_ERROR, KD_ERROR_CONFIG,
        "--resume goes with --steps, --threads, --teacher and --checkpoint-every only: the "
        "rest is in the folder");
    return NULL;
  }
  KdSavedConfig *saved = kd_config_load (options->resume, error);
  if (!saved)
    return NULL;
  KdConfig config = *kd_saved_config_get (saved);
  config.resume = true;
  if (options->teacher)
    config.teacher = options->teacher;
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

int
cli_train (int argc, char **argv)
{
  Options options = options_default ();
  const GOptionEntry entries[] = {
    { "methods", 0, 0, G_OPTION_ARG_STRING, &options.methods,
      "Methods to train side by side (none,fgd)", "ID,..." },
    { "preset", 0, 0, G_OPTION_ARG_STRING, &options.preset, "Their knobs: demo or paper (demo)",
      "PRESET" },
    { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.set,
      "Turn a knob, e.g. fgd.alpha=0.002 (repeatable)", "METHOD.KNOB=VALUE" },
    { "steps", 0, 0, G_OPTION_ARG_INT64, &options.steps, "Training steps (3000)", "N" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &options.seed, "Of initial weights and training scenes (1)",
      "S" },
    { "student", 0, 0, G_OPTION_ARG_STRING, &options.student, "small or tiny (small)", "KIND" },
    { "teacher", 0, 0, G_OPTION_ARG_FILENAME, &options.teacher,
      "Weights of the teacher (the bundled one)", "FILE" },
    { "batch", 0, 0, G_OPTION_ARG_INT, &options.batch, "Scenes a step (8)", "B" },
    { "threads", 0, 0, G_OPTION_ARG_INT, &options.threads, "Workers (all cores)", "T" },
    { "rate", 0, 0, G_OPTION_ARG_DOUBLE, &options.rate, "Peak learning rate (0.002)", "LR" },
    { "warmup", 0, 0, G_OPTION_ARG_INT, &options.warmup, "Warm-up steps (100)", "N" },
    { "size", 0, 0, G_OPTION_ARG_INT, &options.size, "Side of the scenes, a multiple of 32 (128)",
      "PX" },
    { "difficulty", 0, 0, G_OPTION_ARG_DOUBLE, &options.difficulty,
      "Of the scenes, 0 easy to 1 hard", "D" },
    { "eval-every", 0, 0, G_OPTION_ARG_INT, &options.eval_every,
      "Steps between measurements of AP (100; 0: at the end only)", "N" },
    { "eval-images", 0, 0, G_OPTION_ARG_INT, &options.eval_images, "Held-out scenes of each (100)",
      "N" },
    { "final-images", 0, 0, G_OPTION_ARG_INT, &options.final_images,
      "Held-out scenes at the end (1000; 0: as on the way)", "N" },
    { "checkpoint-every", 0, 0, G_OPTION_ARG_INT, &options.checkpoint_every,
      "Steps between checkpoints (500; 0: at the end only)", "N" },
    { "balance", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK,
      (void *) (guintptr) parse_balance,
      "Before the first step, set each run.scale so that the method pulls at the student's "
      "features "
      "this many times as hard as the detection loss (1)",
      "RATIO" },
    { "out", 0, 0, G_OPTION_ARG_FILENAME, &options.out, "Folder for one run directory a method",
      "DIR" },
    { "resume", 0, 0, G_OPTION_ARG_FILENAME, &options.resume,
      "Go on from the last checkpoint in DIR", "DIR" },
    G_OPTION_ENTRY_NULL,
  };
  int code = cli_parse (&argc, &argv, "",
                        "Train students in lock-step, one per method, on the same scenes", entries);
  if (code < 0) {
    g_autoptr (GError) error = NULL;
    KdSession *session =
        options.resume ? start_again (&options, &error) : start_new (&options, &error);
    if (session) {
      code = cli_follow (session);
      print_result (session, options.resume ? options.resume : options.out);
      kd_session_free (session);
    } else {
      /* A folder or teacher that is not there is a request that cannot be met, like an unknown knob. */
      code = cli_refuse (error);
    }
  }
  options_clear (&options);
  return code;
}
