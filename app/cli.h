/* SPDX-License-Identifier: MIT */
#pragma once

/* The frame of kdscope-cli: its commands, one file each, and what they share. */
#include "engine/detector/detector.h"

#include <glib.h>
#include <stdbool.h>

/* Exit codes besides 0 and 130 (interrupted). */
#define CLI_EXIT_FAILED 1 /* the world's: a file, a full disk, bad numbers */
#define CLI_EXIT_USAGE 2  /* the request's: an option, a knob, an unsuitable dump */

/**
 * cli_parse:
 * @arguments: what follows the options in the usage line, e.g. "DUMP"; "": nothing may
 * @summary: one sentence
 *
 * Parse the options of one command (argv[0] is its name); --help prints them. What is left in argv are its arguments. Returns -1 to go
 * on, else the exit code.
 */
int cli_parse (int *argc,
               char ***argv,
               const char *arguments,
               const char *summary,
               const GOptionEntry *entries);

/* That an option's value is a number from @low to @high. */
bool cli_check_range (const char *option, double value, double low, double high, GError **error);
/* The same for --threads, 0: all cores. */
bool cli_check_threads (int threads, GError **error);

/* "kdscope-cli: <message>" to stderr; returns the exit code for the error. */
int cli_fail (const GError *error);
/* The same for an input that cannot be used, also one that is not there: CLI_EXIT_USAGE whatever the error. */
int cli_refuse (const GError *error);

/* The twelve COCO numbers as a table or as one JSON object. */
void cli_print_coco (const double numbers[KD_COCO_NUMBERS], bool json);

/* The commands: argv[0] is the command's name. Return the exit code. */
int cli_bench (int argc, char **argv);
int cli_coco_eval (int argc, char **argv);
int cli_compare (int argc, char **argv);
int cli_eval (int argc, char **argv);
int cli_inspect (int argc, char **argv);
int cli_methods (int argc, char **argv);
int cli_render (int argc, char **argv);
int cli_sweep (int argc, char **argv);
int cli_teacher (int argc, char **argv);
int cli_train (int argc, char **argv);
int cli_write_dump (int argc, char **argv);
