/* SPDX-License-Identifier: MIT */
#include "app/cli-progress.h"
#include "app/cli.h"
#include "engine/base/i18n.h"
#include "engine/session/session.h"

#define AS_TRAINED (-G_MAXDOUBLE) /* a difficulty that was not given */

static void
show_progress (int done, int total, void *data)
{
  cli_progress_show (data, done, total);
}

int
cli_eval (int argc, char **argv)
{
  gboolean json = FALSE;
  int n_images = kd_config_default ().final_eval_images, threads = 0;
  double difficulty = AS_TRAINED;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("Print one JSON object"), NULL },
    { "images", 0, 0, G_OPTION_ARG_INT, &n_images, N_ ("Held-out scenes (1000)"), "N" },
    { "difficulty", 0, 0, G_OPTION_ARG_DOUBLE, &difficulty,
      N_ ("Of the scenes (as it was trained on)"), "D" },
    { "threads", 0, 0, G_OPTION_ARG_INT, &threads, N_ ("Workers (all cores)"), "T" },
    G_OPTION_ENTRY_NULL,
  };
  const int code = cli_parse (&argc, &argv, "CHECKPOINT_OR_RUN",
                              N_ ("The twelve COCO numbers on held-out scenes"), entries);
  if (code >= 0)
    return code;
  g_autoptr (GError) error = NULL;
  if (argc != 2) {
    g_set_error (&error, KD_ERROR, KD_ERROR_CONFIG,
                 _ ("expected one checkpoint or run directory, found %d arguments"), argc - 1);
    return cli_fail (error);
  }
  if (!cli_check_range ("--images", n_images, 1, 1e6, &error) ||
      !cli_check_threads (threads, &error) ||
      (difficulty != AS_TRAINED && !cli_check_range ("--difficulty", difficulty, 0, 1, &error)))
    return cli_fail (error);
  g_autofree char *checkpoint = kd_checkpoint_find (argv[1], &error);
  KdSceneConfig scenes;
  double numbers[KD_COCO_NUMBERS];
  if (!checkpoint || !kd_checkpoint_scenes (checkpoint, &scenes, &error))
    return cli_refuse (error);
  if (difficulty != AS_TRAINED)
    scenes.difficulty = difficulty;
  CliProgress progress = cli_progress_start ("images");
  if (!kd_evaluate (checkpoint, &scenes, KD_HELD_OUT_SEED, n_images, threads, show_progress,
                    &progress, NULL, numbers, &error))
    return cli_fail (error);
  cli_print_coco (numbers, json);
  return 0;
}
