/* SPDX-License-Identifier: MIT */
#include "app/cli-follow.h"

#include "app/cli-progress.h"
#include "app/cli.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define EXIT_INTERRUPTED 130
/* Seconds between lines where the terminal cannot redraw one. */
#define LINE_S 10.0
#define REDRAW_S 0.1

static volatile sig_atomic_t interrupted;

static void
on_signal (int number)
{
  (void) number;
  interrupted = 1;
}

/* A second signal ends the program at once. */
static void
catch_signals (void)
{
  struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int) SA_RESETHAND };
  sigemptyset (&action.sa_mask);
  sigaction (SIGINT, &action, NULL);
  sigaction (SIGTERM, &action, NULL);
}

typedef struct {
  KdSession *session;
  bool terminal;
  double printed_s;
  int exit_code;
  bool stopping; /* a checkpoint was asked for, then it ends */
  bool saved;
} Follow;

/* ---- numbers ---- */

bool
cli_last_value (KdSession *session, int run, const char *name, double *value)
{
  int n = 0;
  const KdSeriesInfo *series = kd_session_series (session, &n);
  for (int i = 0; i < n; i++) {
    if (series[i].run != run || strcmp (series[i].name, name) != 0)
      continue;
    KdPoint points[256];
    size_t from = 0, count;
    while ((count = kd_session_read_series (session, i, from, points, G_N_ELEMENTS (points))) > 0) {
      *value = points[count - 1].value;
      from += count;
    }
    return from > 0;
  }
  return false;
}

static void
print_runs (KdSession *session)
{
  for (int r = 0; r < kd_session_runs (session); r++) {
    double loss = NAN, ap50 = NAN;
    if (cli_last_value (session, r, "loss.total", &loss))
      fprintf (stderr, "  %s loss %.3f", kd_session_run_id (session, r), loss);
    if (cli_last_value (session, r, "ap50", &ap50))
      fprintf (stderr, " AP50 %.1f", 100 * ap50);
  }
}

static void
print_progress (Follow *follow)
{
  const KdStatus status = kd_session_status (follow->session);
  const double now = kd_now_s ();
  if (status.state == KD_STATE_LOADING || status.state == KD_STATE_FAILED ||
      now - follow->printed_s < (follow->terminal ? REDRAW_S : LINE_S))
    return;
  follow->printed_s = now;
  if (status.state == KD_STATE_LEARNING) {
    fprintf (stderr, "%s%s learns its %s %" G_GINT64_FORMAT "/%" G_GINT64_FORMAT,
             follow->terminal ? "\r\033[K" : "",
             kd_session_run_id (follow->session, status.learning),
             kd_session_run_method (follow->session, status.learning)->learns, status.learned,
             status.to_learn);
    if (status.steps_per_s > 0)
      fprintf (stderr, "  %.1f steps/s", status.steps_per_s);
    fputs (follow->terminal ? "" : "\n", stderr);
    fflush (stderr);
    return;
  }
  fprintf (stderr, "%sstep %" G_GINT64_FORMAT "/%" G_GINT64_FORMAT,
           follow->terminal ? "\r\033[K" : "", status.step, status.steps);
  if (status.steps_per_s > 0)
    fprintf (stderr, "  %.1f steps/s", status.steps_per_s);
  if (status.eta_s >= 0) {
    fputs ("  ETA ", stderr);
    cli_progress_print_time (status.eta_s);
  }
  if (status.state == KD_STATE_EVALUATING)
    fputs ("  measuring AP", stderr);
  print_runs (follow->session);
  fputs (follow->terminal ? "" : "\n", stderr);
  fflush (stderr);
}

/* ---- events ---- */

static void
print_line (const Follow *follow, const char *text)
{
  fprintf (stderr, "%skdscope-cli: %s\n", follow->terminal ? "\r\033[K" : "", text);
}

static void
read_events (Follow *follow)
{
  KdEvent event;
  while (kd_session_next_event (follow->session, &event)) {
    if (event.kind == KD_EVENT_ERROR || event.kind == KD_EVENT_BAD_NUMBERS) {
      print_line (follow, event.text);
      follow->exit_code = event.refused ? CLI_EXIT_USAGE : CLI_EXIT_FAILED;
      follow->saved = follow->stopping;
    }
    if (event.kind == KD_EVENT_KNOB || event.kind == KD_EVENT_NOTE) {
      g_autofree char *line =
          g_strdup_printf ("%s: %s", kd_session_run_id (follow->session, event.run), event.text);
      print_line (follow, line);
    }
    /* One that was due anyway may come first; the one that counts is of the step where it paused. */
    const KdStatus status = kd_session_status (follow->session);
    if (event.kind == KD_EVENT_CHECKPOINT && follow->stopping && status.state == KD_STATE_PAUSED &&
        event.step == status.step)
      follow->saved = true;
  }
}

static void
stop (Follow *follow)
{
  print_line (follow, "interrupted; writing a checkpoint");
  follow->stopping = true;
  follow->exit_code = EXIT_INTERRUPTED;
  kd_session_pause (follow->session);
  kd_session_checkpoint (follow->session);
}

int
cli_follow (KdSession *session)
{
  Follow follow = { .session = session, .terminal = isatty (STDERR_FILENO) != 0 };
  catch_signals ();
  bool ended = false;
  while (!ended && !follow.saved) {
    ended = kd_session_wait (session, REDRAW_S);
    read_events (&follow);
    if (interrupted && !follow.stopping && !ended)
      stop (&follow);
    print_progress (&follow);
  }
  if (follow.terminal && follow.printed_s > 0)
    fputs ("\n", stderr);
  /* It may have come to its end before it could be stopped. */
  if (ended && kd_session_status (session).state == KD_STATE_DONE)
    return 0;
  return ended && follow.exit_code == 0 ? CLI_EXIT_FAILED : follow.exit_code;
}
