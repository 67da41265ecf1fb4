/* SPDX-License-Identifier: MIT */
#include "app/cli.h"
#include "engine/base/i18n.h"
#include "engine/session/session.h"

#include <stdio.h>

int
cli_write_dump (int argc, char **argv)
{
  g_autofree char *out = NULL;
  int first = 0, images = 2, threads = 0;
  const GOptionEntry entries[] = {
    { "out", 0, 0, G_OPTION_ARG_FILENAME, &out, N_ ("The dump: .npz or .safetensors"), "FILE" },
    { "first", 0, 0, G_OPTION_ARG_INT, &first, N_ ("First held-out scene (0)"), "N" },
    { "images", 0, 0, G_OPTION_ARG_INT, &images, N_ ("How many scenes (2)"), "N" },
    { "threads", 0, 0, G_OPTION_ARG_INT, &threads, N_ ("Workers (all cores)"), "T" },
    G_OPTION_ENTRY_NULL,
  };
  const int code = cli_parse (&argc, &argv, "RUN",
                              N_ ("Write what a run's student and its teacher compute on held-out "
                                  "scenes as a feature dump"),
                              entries);
  if (code >= 0)
    return code;
  g_autoptr (GError) error = NULL;
  if (argc != 2 || !out)
    g_set_error (&error, KD_ERROR, KD_ERROR_CONFIG,
                 _ ("expected one run directory and --out FILE"));
  if (error || !cli_check_range ("--images", images, 1, 64, &error) ||
      !cli_check_range ("--first", first, 0, G_MAXINT, &error) ||
      !cli_check_threads (threads, &error))
    return cli_fail (error);
  if (!kd_run_write_dump (argv[1], (uint64_t) first, images, out, threads, &error))
    return cli_refuse (error);
  printf ("%s: %d scenes from %d on\n", out, images, first);
  return 0;
}
