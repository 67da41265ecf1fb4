/* SPDX-License-Identifier: MIT */
#include "app/cli.h"

#include "engine/base/i18n.h"
#include "engine/session/session.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

typedef struct {
  const char *name, *summary;
  int (*run) (int argc, char **argv);
} Command;

static const Command commands[] = {
  { "methods", N_ ("list distillation methods and their knobs"), cli_methods },
  { "train", N_ ("train students in lock-step, one per method"), cli_train },
  { "compare", N_ ("train methods with several seeds and write a table of the differences"),
    cli_compare },
  { "sweep", N_ ("train one method at several strengths: AP over the ratio of gradients"),
    cli_sweep },
  { "teacher", N_ ("train a teacher and write its weights"), cli_teacher },
  { "eval", N_ ("measure a checkpoint's AP on held-out scenes"), cli_eval },
  { "coco-eval", N_ ("measure AP of detections in COCO's format"), cli_coco_eval },
  { "dump", N_ ("a run's student and teacher on held-out scenes as a feature dump"),
    cli_write_dump },
  { "inspect", N_ ("a method's losses, maps and gradients on a feature dump"), cli_inspect },
  { "render", N_ ("a method's wall of maps as a picture, from a run or a dump"), cli_render },
  { "bench", N_ ("time training steps, their phases and operations"), cli_bench },
};

static void
print_usage (FILE *stream)
{
  fprintf (stream, "%s\n\n", _ ("usage: kdscope-cli COMMAND [OPTIONS] [ARGUMENTS]"));
  for (size_t i = 0; i < G_N_ELEMENTS (commands); i++)
    fprintf (stream, "  %-10s %s\n", commands[i].name, kd_translated (commands[i].summary));
  fprintf (stream, "\n%s\n%s\n", _ ("kdscope-cli COMMAND --help lists a command's options."),
           _ ("Exit codes: 0 done, 1 failed, 2 an option, knob or input that cannot be used."));
}

static int
run (int argc, char **argv)
{
  if (argc < 2) {
    print_usage (stderr);
    return CLI_EXIT_USAGE;
  }
  if (g_strv_contains ((const char *const[]){ "--help", "-h", "help", NULL }, argv[1])) {
    print_usage (stdout);
    return 0;
  }
  if (g_strv_contains ((const char *const[]){ "--version", "version", NULL }, argv[1])) {
    puts ("kdscope-cli " KDSCOPE_VERSION);
    return 0;
  }
  for (size_t i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (argv[1], commands[i].name))
      return commands[i].run (argc - 1, argv + 1);
  fprintf (stderr, "kdscope-cli: ");
  fprintf (stderr, _ ("unknown command \"%s\"; kdscope-cli --help lists them"), argv[1]);
  fputc ('\n', stderr);
  return CLI_EXIT_USAGE;
}

int
main (int argc, char **argv)
{
  kd_memory_init ();
  setlocale (LC_CTYPE, ""); /* not LC_NUMERIC: numbers that scripts read have a point everywhere */
  setlocale (LC_MESSAGES, "");
  kd_i18n_init ();
  const int code = run (argc, argv);
  if (fflush (stdout) == 0 && !ferror (stdout))
    return code;
  fprintf (stderr, "kdscope-cli: cannot write to standard output: %s\n", g_strerror (errno));
  return CLI_EXIT_FAILED;
}
