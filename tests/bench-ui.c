/* SPDX-License-Identifier: MIT */

/*
 * What a person feels: the real window over a training session of two students. Prints one JSON object: time to the
 * first frame and to the first live map, frame intervals while training, resident memory, steps/s with the window open.
 *
 * usage: bench-ui [SECONDS]
 */
#include "ui/renderer.h"
#include "ui/window.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  GtkApplication *application;
  KdSessionModel *model;
  double start, first_frame, first_map, end;
  double last_frame;
  GArray *intervals; /* double, ms, while training and a map is shown */
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
      g_array_append_val (bench->intervals, interval);
    }
  }
  bench->last_frame = now;
  bench->end = now;
}

static gboolean
on_time (gpointer data)
{
  Bench *bench = data;
  const KdStatus status = kd_session_status (kd_session_model_get_session (bench->model));
  const double span = kd_now_s () - bench->measured_from;
  const double p50 = percentile (bench->intervals, 0.5), p95 = percentile (bench->intervals, 0.95),
               p99 = percentile (bench->intervals, 0.99);
  printf ("{\"first_frame_ms\": %.0f, \"first_map_ms\": %.0f, \"frames\": %u, \"interval_p50_ms\": "
          "%.1f, "
          "\"interval_p95_ms\": %.1f, \"interval_p99_ms\": %.1f, \"resident_mb\": %.0f, "
          "\"steps_per_s\": %.1f, \"threads\": %d}\n",
          1e3 * (bench->first_frame - bench->start), 1e3 * (bench->first_map - bench->start),
          bench->intervals->len, p50, p95, p99, resident_mb (),
          (double) (status.step - bench->measured_step) / span, status.threads);
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

static void
on_activate (GtkApplication *application, Bench *bench)
{
  g_autoptr (GError) error = NULL;
  KdKnobs *none = kd_knobs_new (kd_method_find ("none"), NULL, NULL);
  KdKnobs *fgd = kd_knobs_new (kd_method_find ("fgd"), "demo", NULL);
  const KdRunConfig runs[] = { { .knobs = none }, { .knobs = fgd } };
  KdConfig config = kd_config_default ();
  config.runs = runs;
  config.n_runs = 2;
  config.threads = MAX (1, (int) g_get_num_processors () - 1);
  bench->model = kd_session_model_new (&config, &error);
  if (!bench->model) {
    fprintf (stderr, "bench-ui: %s\n", error->message);
    exit (EXIT_FAILURE);
  }
  KdWindow *window = kd_window_new (application, bench->model);
  gtk_window_present (GTK_WINDOW (window));
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (window));
  g_signal_connect (clock, "after-paint", G_CALLBACK (on_painted), bench);
  gtk_widget_add_tick_callback (GTK_WIDGET (window), on_tick, NULL, NULL);
  g_timeout_add ((guint) (1e3 * bench->seconds), on_time, bench);
  kd_knobs_free (none);
  kd_knobs_free (fgd);
}

int
main (int argc, char **argv)
{
  Bench bench = { .start = kd_now_s (), .seconds = argc > 1 ? g_ascii_strtod (argv[1], NULL) : 15 };
  kd_renderer_choose ();
  g_setenv ("GSETTINGS_BACKEND", "memory", TRUE); /* the same window whoever measures */
  bench.intervals = g_array_new (FALSE, FALSE, sizeof (double));
  bench.application = GTK_APPLICATION (adw_application_new (NULL, G_APPLICATION_NON_UNIQUE));
  g_signal_connect (bench.application, "activate", G_CALLBACK (on_activate), &bench);
  const int status = g_application_run (G_APPLICATION (bench.application), 1, argv);
  g_clear_object (&bench.model);
  g_object_unref (bench.application);
  g_array_unref (bench.intervals);
  return status;
}
