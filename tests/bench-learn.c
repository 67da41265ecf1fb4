/* SPDX-License-Identifier: MIT */

/*
 * How fast a person sees learning: two students (the twin and FGD) trained headless with the defaults. Prints one JSON object:
 * seconds to a detection loss a third below its start, to AP50 above 5 and 10, and to the end; final AP50 of both.
 *
 * usage: bench-learn [STEPS] [THREADS]
 */
#include "engine/session/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct {
  int id;
  size_t read;
  double first, smooth, last;
} Watched;

static bool
find (KdSession *session, int run, const char *name, Watched *watched)
{
  int n;
  const KdSeriesInfo *series = kd_session_series (session, &n);
  for (int i = 0; i < n; i++) {
    if (series[i].run == run && g_str_equal (series[i].name, name)) {
      *watched = (Watched){ .id = series[i].id };
      return true;
    }
  }
  return false;
}

static void
take (KdSession *session, Watched *watched)
{
  KdPoint point;
  while (kd_session_read_series (session, watched->id, watched->read, &point, 1) == 1) {
    watched->smooth = watched->read ? 0.9 * watched->smooth + 0.1 * point.value : point.value;
    if (watched->read == 0)
      watched->first = point.value;
    watched->last = point.value;
    watched->read++;
  }
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  KdKnobs *none = kd_knobs_new (kd_method_find ("none"), NULL, &error);
  KdKnobs *fgd = kd_knobs_new (kd_method_find ("fgd"), "demo", &error);
  g_assert_no_error (error);
  const KdRunConfig runs[] = { { .knobs = none }, { .knobs = fgd } };
  KdConfig config = kd_config_default ();
  config.steps = argc > 1 ? atoll (argv[1]) : 3000;
  config.threads = argc > 2 ? atoi (argv[2]) : 0;
  config.runs = runs;
  config.n_runs = 2;
  KdSession *session = kd_session_new (&config, &error);
  if (!session) {
    fprintf (stderr, "bench-learn: %s\n", error->message);
    return EXIT_FAILURE;
  }
  const double start = kd_now_s ();
  Watched loss = { 0 }, ap50[2] = { { 0 } };
  bool found = false;
  double fell = -1, above5 = -1, above10 = -1;
  bool ended = false;
  while (!ended) {
    ended = kd_session_wait (session, 0.02);
    if (!found)
      found = find (session, 0, "loss.cls", &loss) && find (session, 0, "ap50", &ap50[0]) &&
              find (session, 1, "ap50", &ap50[1]);
    if (!found)
      continue;
    take (session, &loss);
    take (session, &ap50[0]);
    take (session, &ap50[1]);
    const double now = kd_now_s () - start;
    if (fell < 0 && loss.read > 20 && loss.smooth < loss.first * 2 / 3)
      fell = now;
    const double best = MAX (ap50[0].last, ap50[1].last);
    if (above5 < 0 && best > 0.05)
      above5 = now;
    if (above10 < 0 && best > 0.10)
      above10 = now;
  }
  const KdStatus status = kd_session_status (session);
  printf ("{\"steps\": %" G_GINT64_FORMAT ", \"threads\": %d, \"seconds\": %.1f, "
          "\"loss_fell_by_a_third_s\": %.1f, \"ap50_above_5_s\": %.1f, \"ap50_above_10_s\": %.1f, "
          "\"ap50_none\": %.4f, \"ap50_fgd\": %.4f}\n",
          status.step, status.threads, kd_now_s () - start, fell, above5, above10, ap50[0].last,
          ap50[1].last);
  kd_session_free (session);
  kd_knobs_free (none);
  kd_knobs_free (fgd);
  return status.state == KD_STATE_DONE ? EXIT_SUCCESS : EXIT_FAILURE;
}
