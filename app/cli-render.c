/* SPDX-License-Identifier: MIT */
#include "app/cli-dump.h"
#include "app/cli.h"

#include <stdio.h>

typedef struct {
  char *out, *figure, *method, *preset;
  GStrv sets;
  int image, threads;
} Options;

static int
render_run (const char *folder, const Options *options)
{
  g_autoptr (GError) error = NULL;
  if (options->method || options->preset || options->sets) {
    g_set_error (&error, KD_ERROR, KD_ERROR_CONFIG,
                 "%s is a run, which has its method and knobs: --method, --preset and --set are "
                 "for dumps",
                 folder);
    return cli_fail (error);
  }
  KdRunPictures *run =
      kd_run_pictures_open (folder, (uint64_t) options->image, options->threads, &error);
  if (!run)
    return cli_refuse (error);
  g_autoptr (KdPicture) picture = kd_picture_of_run (run);
  const bool ok = cli_write_picture (picture, options->figure, options->out, &error);
  g_clear_pointer (&picture, kd_picture_unref);
  kd_run_pictures_free (run);
  return ok ? 0 : cli_fail (error);
}

static int
render_dump (const char *path, const Options *options)
{
  g_autoptr (GError) error = NULL;
  KdKnobs *knobs = cli_dump_knobs (options->method, options->preset,
                                   (const char *const *) options->sets, &error);
  if (!knobs)
    return cli_fail (error);
  g_autoptr (KdDump) dump = kd_dump_open (path, &error);
  if (dump && options->image >= dump->n_images)
    g_set_error (&error, KD_ERROR, KD_ERROR_CONFIG, "--image: %s has images 0 to %d, found %d",
                 path, dump->n_images - 1, options->image);
  KdInspection *inspection = NULL;
  if (!error && !(inspection = kd_inspect (dump, knobs, options->threads, &error)))
    g_prefix_error (&error, "%s: ", path);
  int code = 0;
  if (!inspection)
    code = cli_refuse (error);
  else if (!cli_dump_write_picture (dump, kd_knobs_method (knobs), inspection, options->image,
                                    options->figure, options->out, &error))
    code = cli_fail (error);
  kd_inspection_free (inspection);
  kd_knobs_free (knobs);
  return code;
}

static int
render (int argc, char **argv, const Options *options)
{
  g_autoptr (GError) error = NULL;
  if (argc != 2 || !options->out || options->image < 0) {
    g_set_error (&error, KD_ERROR, KD_ERROR_CONFIG,
                 "expected one run directory or dump, --out FILE and an --image of at least 0");
    return cli_fail (error);
  }
  if (!cli_check_threads (options->threads, &error))
    return cli_fail (error);
  if (!g_file_test (argv[1], G_FILE_TEST_EXISTS)) {
    g_set_error (&error, KD_ERROR, KD_ERROR_FILE,
                 "%s: expected a run directory or a dump, found nothing", argv[1]);
    return cli_refuse (error);
  }
  return g_file_test (argv[1], G_FILE_TEST_IS_DIR) ? render_run (argv[1], options)
                                                   : render_dump (argv[1], options);
}

int
cli_render (int argc, char **argv)
{
  Options options = { 0 };
  const GOptionEntry entries[] = {
    { "out", 0, 0, G_OPTION_ARG_FILENAME, &options.out, "The picture: .png, .svg or .pdf", "FILE" },
    { "figure", 0, 0, G_OPTION_ARG_STRING, &options.figure,
      "The method's own figure (such as picks) instead of the wall", "ID" },
    { "image", 0, 0, G_OPTION_ARG_INT, &options.image,
      "Which held-out scene, or image of the dump's batch (0)", "N" },
    { "method", 0, 0, G_OPTION_ARG_STRING, &options.method, "Of a dump: which method", "ID" },
    { "preset", 0, 0, G_OPTION_ARG_STRING, &options.preset,
      "Of a dump: knob values to start from (paper)", "NAME" },
    { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.sets,
      "Of a dump: set a knob; may be given often", "KNOB=VALUE" },
    { "threads", 0, 0, G_OPTION_ARG_INT, &options.threads, "Workers (all cores)", "T" },
    G_OPTION_ENTRY_NULL,
  };
  int code = cli_parse (&argc, &argv, "RUN_OR_DUMP",
                        "A method's wall of maps as a picture, from a run's newest checkpoint or a "
                        "feature dump",
                        entries);
  if (code < 0)
    code = render (argc, argv, &options);
  g_free (options.out);
  g_free (options.figure);
  g_free (options.method);
  g_free (options.preset);
  g_strfreev (options.sets);
  return code;
}
