/* SPDX-License-Identifier: MIT */
#include "app/cli.h"

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
  { "methods", "list distillation methods and their knobs", cli_methods },
  { "train", "train students in lock-step, one per method", cli_train },
  { "compare", "train methods with several seeds and write a table of the differences",
    cli_compare },
  { "sweep", "train one method at several strengths: AP over the ratio of gradients", cli_sweep },
  { "teacher", "train a teacher and write its weights", cli_teacher },
  { "eval", "measure a checkpoint's AP on held-out scenes", cli_eval },
  { "coco-eval", "measure AP of detections in COCO's format", cli_coco_eval },
  { "dump", "a run's student and teacher on held-out scenes as a feature dump", cli_write_dump },
  { "inspect", "a method's losses, maps and gradients on a feature dump", cli_inspect },
  { "render", "a method's wall of maps as a picture, from a run or a dump", cli_render },
  { "bench", "time training steps, their phases and operations", cli_bench },
};

static void
print_usage (FILE *stream)
{
  fputs ("usage: kdscope-cli COMMAND [OPTIONS] [ARGUMENTS]\n\n", stream);
  for (size_t i = 0; i < G_N_ELEMENTS (commands); i++)
    fprintf (stream, "  %-10s %s\n", commands[i].name, commands[i].summary);
  fputs ("\nkdscope-cli COMMAND --help lists a command's options.\n"
         "Exit codes: 0 done, 1 failed, 2 an option, knob or input that cannot be used.\n",
         stream);
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
  fprintf (stderr, "kdscope-cli: unknown command \"%s\"; kdscope-cli --help lists them\n", argv[1]);
  return CLI_EXIT_USAGE;
}

int
main (int argc, char **argv)
{
  kd_memory_init ();
  setlocale (LC_CTYPE, ""); /* not LC_NUMERIC: numbers that scripts read have a point everywhere */
  setlocale (LC_MESSAGES, "");
  const int code = run (argc, argv);
  if (fflush (stdout) == 0 && !ferror (stdout))
    return code;
  fprintf (stderr, "kdscope-cli: cannot write to standard output: %s\n", g_strerror (errno));
  return CLI_EXIT_FAILED;
}
