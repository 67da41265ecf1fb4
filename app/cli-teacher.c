/* SPDX-License-Identifier: MIT */
#include "app/cli-follow.h"
#include "app/cli.h"
#include "engine/base/i18n.h"

#include <stdio.h>
#include <string.h>

typedef struct {
  char *out, *command;
  gint64 steps, seed;
  int batch, threads, images;
  double rate, difficulty;
  gboolean resume;
} Options;

/* Training goes on in a folder beside the file, so that a long one can be resumed. */
static char *
training_folder (const char *out)
{
  return g_strconcat (out, ".training", NULL);
}

static KdSession *
start (const Options *options, const char *folder, GError **error)
{
  KdKnobs *knobs = kd_knobs_new (kd_method_find ("none"), NULL, error);
  if (!knobs)
    return NULL;
  const KdRunConfig run = { .id = "teacher", .knobs = knobs };
  KdConfig config = kd_config_default ();
  config.teacher = "";
  config.student = "teacher";
  config.steps = options->steps;
  config.seed = (uint64_t) options->seed;
  config.batch = options->batch;
  config.threads = options->threads;
  config.rate = options->rate;
  config.scenes.difficulty = options->difficulty;
  config.eval_every = 500;
  config.eval_images = 200;
  config.final_eval_images = options->images;
  config.keyframe_every = 0;
  config.out = folder;
  config.resume = options->resume;
  config.runs = &run;
  config.n_runs = 1;
  KdSession *session = kd_session_new (&config, error);
  kd_knobs_free (knobs);
  return session;
}

/* The weights alone: what a checkpoint has besides is for going on with training. */
static KdArrays *
take_weights (const KdArrays *checkpoint)
{
  KdArrays *weights = kd_arrays_new ();
  for (int i = 0; i < kd_arrays_count (checkpoint); i++) {
    const KdArray *array = kd_arrays_at (checkpoint, i);
    if (g_str_has_prefix (array->name, "moment1.") || g_str_has_prefix (array->name, "moment2."))
      continue;
    KdArray *copy = kd_array_new (array->name, array->dtype, array->rank, array->dims);
    memcpy (copy->data, array->data, kd_array_count (array) * kd_dtype_size (array->dtype));
    kd_arrays_add (weights, copy);
  }
  return weights;
}

static void
add_text (GPtrArray *metadata, const char *key, char *text)
{
  g_ptr_array_add (metadata, g_strdup (key));
  g_ptr_array_add (metadata, text);
}

/* What the checkpoint says about itself, the command and what came of it. */
static GPtrArray *
describe (const Options *options,
          const char *checkpoint,
          const double numbers[KD_COCO_NUMBERS],
          GError **error)
{
  static const char *const kept[] = {
    "detector",   "image_height", "image_width", "anchors", "classes",
    "difficulty", "max_objects",  "seed",        "step",
  };
  g_autoptr (GPtrArray) metadata = g_ptr_array_new_with_free_func (g_free);
  for (size_t i = 0; i < G_N_ELEMENTS (kept); i++) {
    GError *problem = NULL;
    char *text = kd_safetensors_metadata (checkpoint, kept[i], &problem);
    if (problem) {
      g_propagate_error (error, problem);
      return NULL;
    }
    if (text)
      add_text (metadata, kept[i], text);
  }
  add_text (metadata, "command", g_strdup (options->command));
  add_text (metadata, "held_out_images", g_strdup_printf ("%d", options->images));
  for (int i = 0; i < KD_COCO_NUMBERS; i++) {
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_formatd (number, sizeof number, "%.4f", numbers[i]);
    add_text (metadata, kd_coco_number_names[i], g_strdup (number));
  }
  g_ptr_array_add (metadata, NULL);
  return g_steal_pointer (&metadata);
}

static bool
write_teacher (const Options *options, const char *folder, GError **error)
{
  g_autofree char *run = g_build_filename (folder, "teacher", NULL);
  g_autofree char *checkpoint = kd_checkpoint_find (run, error);
  KdSceneConfig scenes;
  double numbers[KD_COCO_NUMBERS];
  if (!checkpoint || !kd_checkpoint_scenes (checkpoint, &scenes, error) ||
      !kd_evaluate (checkpoint, &scenes, KD_HELD_OUT_SEED, options->images, options->threads, NULL,
                    NULL, NULL, numbers, error))
    return false;
  g_autoptr (KdArrays) arrays = kd_arrays_load (checkpoint, error);
  if (!arrays)
    return false;
  g_autoptr (KdArrays) weights = take_weights (arrays);
  g_autoptr (GPtrArray) metadata = describe (options, checkpoint, numbers, error);
  if (!metadata ||
      !kd_arrays_save (weights, options->out, (const char *const *) metadata->pdata, error))
    return false;
  printf ("%s: AP %.1f, AP50 %.1f on %d held-out scenes\n", options->out, 100 * numbers[0],
          100 * numbers[1], options->images);
  return true;
}

int
cli_teacher (int argc, char **argv)
{
  const KdConfig defaults = kd_config_default ();
  Options options = {
    .steps = 20000,
    .seed = 1,
    .batch = defaults.batch,
    .images = defaults.final_eval_images,
    .rate = defaults.rate,
    .difficulty = defaults.scenes.difficulty,
  };
  g_autofree char *arguments = g_strjoinv (" ", argv);
  options.command = g_strconcat ("kdscope-cli ", arguments, NULL);
  const GOptionEntry entries[] = {
    { "steps", 0, 0, G_OPTION_ARG_INT64, &options.steps, N_ ("Training steps (20000)"), "N" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &options.seed,
      N_ ("Of initial weights and training scenes (1)"), "S" },
    { "batch", 0, 0, G_OPTION_ARG_INT, &options.batch, N_ ("Scenes a step (8)"), "B" },
    { "rate", 0, 0, G_OPTION_ARG_DOUBLE, &options.rate, N_ ("Peak learning rate (0.002)"), "LR" },
    { "difficulty", 0, 0, G_OPTION_ARG_DOUBLE, &options.difficulty,
      N_ ("Of the scenes, 0 easy to 1 hard"), "D" },
    { "images", 0, 0, G_OPTION_ARG_INT, &options.images,
      N_ ("Held-out scenes to measure the result on (1000)"), "N" },
    { "threads", 0, 0, G_OPTION_ARG_INT, &options.threads, N_ ("Workers (all cores)"), "T" },
    { "out", 0, 0, G_OPTION_ARG_FILENAME, &options.out,
      N_ ("File for the weights; training is kept in FILE.training"), "FILE.safetensors" },
    { "resume", 0, 0, G_OPTION_ARG_NONE, &options.resume,
      N_ ("Go on with the training in FILE.training"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  int code =
      cli_parse (&argc, &argv, "",
                 N_ ("Train a teacher on the built-in scenes and write its weights"), entries);
  g_autoptr (GError) error = NULL;
  if (code < 0 && !options.out) {
    g_set_error (&error, KD_ERROR, KD_ERROR_CONFIG,
                 _ ("--out FILE is needed: where the weights go"));
    code = cli_fail (error);
  }
  /* Said before hours of training, not after. */
  if (code < 0 && !g_str_has_suffix (options.out, ".safetensors")) {
    g_set_error (&error, KD_ERROR, KD_ERROR_CONFIG,
                 _ ("--out: expected a name that ends in .safetensors, found %s"), options.out);
    code = cli_fail (error);
  }
  if (code < 0 &&
      !cli_check_range ("--seed", (double) options.seed, 0, (double) G_MAXINT64, &error))
    code = cli_fail (error);
  if (code < 0) {
    g_autofree char *folder = training_folder (options.out);
    KdSession *session = start (&options, folder, &error);
    if (session) {
      code = cli_follow (session);
      kd_session_free (session);
      if (code == 0 && !write_teacher (&options, folder, &error))
        code = cli_fail (error);
    } else {
      code = cli_fail (error);
    }
  }
  g_free (options.out);
  g_free (options.command);
  return code;
}
