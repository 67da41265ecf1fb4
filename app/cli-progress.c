/* SPDX-License-Identifier: MIT */
#include "app/cli-progress.h"

#include "app/cli.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#define REDRAW_S 0.1
#define WIPE "\r\033[K"

CliProgress
cli_progress_start (const char *unit)
{
  return (
      CliProgress){ .unit = unit, .terminal = isatty (STDERR_FILENO) != 0, .start_s = kd_now_s () };
}

void
cli_progress_print_time (double seconds)
{
  const int whole = (int) lround (seconds);
  if (whole >= 3600)
    fprintf (stderr, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
  else
    fprintf (stderr, "%d:%02d", whole / 60, whole % 60);
}

void
cli_progress_show (CliProgress *progress, int done, int total)
{
  const double now = kd_now_s ();
  const bool ended = done >= total;
  if (!progress->terminal || (!ended && now - progress->printed_s < REDRAW_S))
    return;
  progress->printed_s = now;
  fputs (WIPE, stderr);
  if (!ended) {
    fprintf (stderr, "%d/%d %s", done, total, progress->unit);
    if (done > 0) {
      fputs ("  ETA ", stderr);
      cli_progress_print_time ((now - progress->start_s) / done * (total - done));
    }
  }
  fflush (stderr);
}
