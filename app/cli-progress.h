/* SPDX-License-Identifier: MIT */
#pragma once

/* One line on stderr that says how far a command is and how long it will take: on a terminal only. */
#include <stdbool.h>

typedef struct {
  const char *unit; /* "images" */
  bool terminal;
  double start_s, printed_s;
} CliProgress;

CliProgress cli_progress_start (const char *unit);

/* "120/1000 images  ETA 0:12", redrawn now and then; at the end the line is wiped. */
void cli_progress_show (CliProgress *progress, int done, int total);

/* 1:02:03 or 2:03, to stderr. */
void cli_progress_print_time (double seconds);
