/* SPDX-License-Identifier: MIT */

/*
 * What a person feels: the real window over a training session of two students. Prints one JSON object: time to the
 * first frame and to the first live map, frame intervals and paint times while training, resident memory, live maps, steps/s
 * with the window open, and how much slower that is than headless with as many workers (half of it measured before the
 * window opens, half after, so that what else the machine does meets both).
 *
 * usage: bench-ui [SECONDS]
 */
#include "ui/renderer.h"
#include "ui/window.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  GtkApplication *application;
  KdSessionModel *model;
  double start, first_frame, first_map, end;
  double last_frame;
  GArray *intervals; /* double, ms, while training and a map is shown */
  GArray *paints;    /* double, ms, of the same frames */
  double paint_start;
  double steps_per_s; /* with the window */
  int threads;
  double measured_from;
  int64_t measured_step;
  double seconds;
} Bench;

static double
resident_mb (void)
{
  FILE *file = fopen ("/proc/self/statm", "r");
  long total = 0, resident = 0;
  if (!file || fscanf (file, "%ld %ld", &total, &resident) != 2)
    resident = 0;
  if (file)
    fclose (file);
  return (double) resident * 4096 / 1e6;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

static double
percentile (GArray *values, double part)
{
  if (!values->len)
    return -1;
  g_array_sort (values, compare);
  return g_array_index (values, double, (guint) (part * (values->len - 1)));
}

static void
on_paint (GdkFrameClock *clock, Bench *bench)
{
  (void) clock;
  bench->paint_start = kd_now_s ();
}

static void
on_painted (GdkFrameClock *clock, Bench *bench)
{
  (void) clock;
  const double now = kd_now_s ();
  if (bench->first_frame == 0)
    bench->first_frame = now;
  if (bench->first_map == 0 && kd_session_model_get_snapshot (bench->model))
    bench->first_map = now;
  const KdStatus status = kd_session_status (kd_session_model_get_session (bench->model));
  /* The first second after the first map belongs to the start. */
  if (status.state == KD_STATE_RUNNING && bench->first_map > 0 && now > bench->first_map + 1) {
    if (bench->measured_from == 0) {
      bench->measured_from = now;
      bench->measured_step = status.step;
    } else {
      const double interval = 1e3 * (now - bench->last_frame);
      const double paint = 1e3 * (now - bench->paint_start);
      g_array_append_val (bench->intervals, interval);
      g_array_append_val (bench->paints, paint);
    }
  }
  bench->last_frame = now;
  bench->end = now;
}

static int
count_maps (KdSessionModel *model)
{
  const KdSnapshot *snapshot = kd_session_model_get_snapshot (model);
  int n_maps = 0, n_probes;
  const KdProbeInfo *probes = kd_session_probes (kd_session_model_get_session (model), &n_probes);
  for (int i = 0; snapshot && i < n_probes; i++) {
    KdMap map;
    n_maps += kd_snapshot_map (snapshot, probes[i].id, &map);
  }
  return n_maps;
}

static gboolean
on_time (gpointer data)
{
  Bench *bench = data;
  const KdStatus status = kd_session_status (kd_session_model_get_session (bench->model));
  const double span = kd_now_s () - bench->measured_from;
  const double p50 = percentile (bench->intervals, 0.5), p95 = percentile (bench->intervals, 0.95),
               p99 = percentile (bench->intervals, 0.99);
  bench->steps_per_s = (double) (status.step - bench->measured_step) / span;
  bench->threads = status.threads;
  printf ("{\"first_frame_ms\": %.0f, \"first_map_ms\": %.0f, \"frames\": %u, "
          "\"interval_p50_ms\": %.1f, \"interval_p95_ms\": %.1f, \"interval_p99_ms\": %.1f, "
          "\"paint_p50_ms\": %.1f, \"paint_p95_ms\": %.1f, \"live_maps\": %d, "
          "\"resident_mb\": %.0f, ",
          1e3 * (bench->first_frame - bench->start), 1e3 * (bench->first_map - bench->start),
          bench->intervals->len, p50, p95, p99, percentile (bench->paints, 0.5),
          percentile (bench->paints, 0.95), count_maps (bench->model), resident_mb ());
  for (GList *windows = gtk_application_get_windows (bench->application); windows;) {
    GtkWindow *window = windows->data;
    windows = windows->next;
    gtk_window_close (window);
  }
  return G_SOURCE_REMOVE;
}

/* Keeps the frame clock running at the display's rate, as an animated window would. */
static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  (void) clock;
  (void) data;
  gtk_widget_queue_draw (widget);
  return G_SOURCE_CONTINUE;
}

/* Two students on all cores but the window's; AP is not measured, so that steps are what takes the time. */
static KdConfig
make_config (KdRunConfig runs[2])
{
  KdConfig config = kd_config_default ();
  runs[0] = (KdRunConfig){ .knobs = kd_knobs_new (kd_method_find ("none"), NULL, NULL) };
  runs[1] = (KdRunConfig){ .knobs = kd_knobs_new (kd_method_find ("fgd"), "demo", NULL) };
  config.runs = runs;
  config.n_runs = 2;
  config.steps = 20000;
  config.eval_every = 0;
  config.threads = MAX (1, (int) g_get_num_processors () - 1);
  return config;
}

static void
clear_config (const KdRunConfig runs[2])
{
  kd_knobs_free ((KdKnobs *) runs[0].knobs);
  kd_knobs_free ((KdKnobs *) runs[1].knobs);
}

static void
refuse (const GError *error)
{
  fprintf (stderr, "bench-ui: %s\n", error->message);
  exit (EXIT_FAILURE);
}

/* Without a window, after a second to begin. */
static double
headless_steps_per_s (double seconds)
{
  g_autoptr (GError) error = NULL;
  KdRunConfig runs[2];
  const KdConfig config = make_config (runs);
  KdSession *session = kd_session_new (&config, &error);
  if (!session)
    refuse (error);
  while (kd_session_status (session).step < 20)
    kd_session_wait (session, 0.02);
  const double start = kd_now_s ();
  const int64_t first = kd_session_status (session).step;
  while (kd_now_s () < start + seconds)
    kd_session_wait (session, 0.02);
  const double rate = (double) (kd_session_status (session).step - first) / (kd_now_s () - start);
  kd_session_free (session);
  clear_config (runs);
  return rate;
}

static void
on_activate (GtkApplication *application, Bench *bench)
{
  g_autoptr (GError) error = NULL;
  KdRunConfig runs[2];
  const KdConfig config = make_config (runs);
  bench->model = kd_session_model_new (&config, &error);
  if (!bench->model)
    refuse (error);
  KdWindow *window = kd_window_new (application, bench->model);
  gtk_window_present (GTK_WINDOW (window));
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (window));
  g_signal_connect (clock, "paint", G_CALLBACK (on_paint), bench);
  g_signal_connect (clock, "after-paint", G_CALLBACK (on_painted), bench);
  gtk_widget_add_tick_callback (GTK_WIDGET (window), on_tick, NULL, NULL);
  g_timeout_add ((guint) (1e3 * bench->seconds), on_time, bench);
  clear_config (runs);
}

int
main (int argc, char **argv)
{
  kd_memory_init ();
  const double seconds = argc > 1 ? g_ascii_strtod (argv[1], NULL) : 15;
  const double before = headless_steps_per_s (seconds / 2);
  malloc_trim (0); /* what that session left behind is not the window's memory */
  Bench bench = { .start = kd_now_s (), .seconds = seconds };
  kd_renderer_choose ();
  g_setenv ("GSETTINGS_BACKEND", "memory", TRUE); /* the same window whoever measures */
  bench.intervals = g_array_new (FALSE, FALSE, sizeof (double));
  bench.paints = g_array_new (FALSE, FALSE, sizeof (double));
  bench.application = GTK_APPLICATION (adw_application_new (NULL, G_APPLICATION_NON_UNIQUE));
  g_signal_connect (bench.application, "activate", G_CALLBACK (on_activate), &bench);
  const int status = g_application_run (G_APPLICATION (bench.application), 1, argv);
  g_clear_object (&bench.model);
  g_object_unref (bench.application);
  g_array_unref (bench.intervals);
  g_array_unref (bench.paints);
  const double headless = 0.5 * (before + headless_steps_per_s (seconds / 2));
  printf ("\"steps_per_s\": %.1f, \"threads\": %d, \"headless_steps_per_s\": %.1f, "
          "\"slowed_percent\": %.1f}\n",
          bench.steps_per_s, bench.threads, headless, 100 * (1 - bench.steps_per_s / headless));
  return status;
}
