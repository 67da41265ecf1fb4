/* SPDX-License-Identifier: MIT */
#include "app/cli.h"
#include "engine/base/i18n.h"

#include "app/cli-json.h"

#include <stdio.h>

#define CLI_MAX_THREADS 256 /* as a session's */

int
cli_parse (int *argc,
           char ***argv,
           const char *arguments,
           const char *summary,
           const GOptionEntry *entries)
{
  g_autofree char *name = g_strdup_printf ("kdscope-cli %s", (*argv)[0]);
  g_autoptr (GOptionContext) context = g_option_context_new (arguments);
  g_autoptr (GError) error = NULL;
  g_set_prgname (name);
  g_option_context_set_summary (context, kd_translated (summary));
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_set_help_enabled (context, FALSE);
  for (int i = 1; i < *argc; i++) {
    if (g_str_equal ((*argv)[i], "--"))
      break;
    if (g_str_equal ((*argv)[i], "--help") || g_str_equal ((*argv)[i], "-h")) {
      g_autofree char *help = g_option_context_get_help (context, TRUE, NULL);
      fputs (help, stdout);
      return 0;
    }
  }
  if (g_option_context_parse (context, argc, argv, &error) && *argc > 1 && !*arguments)
    g_set_error (&error, KD_ERROR, KD_ERROR_CONFIG,
                 _ ("expected options only, found \"%s\"; %s --help lists them"), (*argv)[1], name);
  return error ? cli_refuse (error) : -1;
}

bool
cli_check_range (const char *option, double value, double low, double high, GError **error)
{
  if (value >= low && value <= high)
    return true;
  g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, _ ("%s: expected %.10g to %.10g, found %g"),
               option, low, high, value);
  return false;
}

bool
cli_check_threads (int threads, GError **error)
{
  return cli_check_range ("--threads", threads, 0, CLI_MAX_THREADS, error);
}

int
cli_refuse (const GError *error)
{
  cli_fail (error);
  return CLI_EXIT_USAGE;
}

int
cli_fail (const GError *error)
{
  fprintf (stderr, "kdscope-cli: %s\n", error->message);
  const bool usage = error->domain == KD_ERROR &&
                     (error->code == KD_ERROR_CONFIG || error->code == KD_ERROR_SCHEMA ||
                      error->code == KD_ERROR_FORMAT);
  return usage ? CLI_EXIT_USAGE : CLI_EXIT_FAILED;
}

void
cli_print_coco (const double numbers[KD_COCO_NUMBERS], bool json)
{
  if (!json) {
    for (int i = 0; i < KD_COCO_NUMBERS; i++)
      printf ("%-10s %7.4f\n", kd_coco_number_names[i], numbers[i]);
    return;
  }
  yajl_gen object = cli_json_new ();
  yajl_gen_map_open (object);
  for (int i = 0; i < KD_COCO_NUMBERS; i++) {
    cli_json_string (object, kd_coco_number_names[i]);
    cli_json_number (object, numbers[i]);
  }
  yajl_gen_map_close (object);
  cli_json_print (object);
}
