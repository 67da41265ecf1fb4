/* SPDX-License-Identifier: MIT */

/*
 * What a person feels: the real window over a training session of two students. Prints a table of what is measured beside its goal: the start,
 * frames while training, what acts take until their result has been painted, drawing alone, resident memory, and how much slower training
 * is than headless with as many workers (half of that measured before the window opens, half after, so that what else the machine does
 * meets both).
 *
 * usage: bench-ui [SECONDS]
 *        bench-ui --frames SECONDS             frames alone, of a full wall while two students train
 *        bench-ui --memory STUDENTS SECONDS     resident MB of a window over so many students after so long
 */
#include "tests/bench-drawing.h"
#include "tests/large-dump.h"
#include "ui/inspect-page.h"
#include "ui/live-page.h"
#include "ui/map-view.h"
#include "ui/probe-panel.h"
#include "ui/renderer.h"
#include "ui/window.h"

#include <glib/gstdio.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 15 /* of each act */
#define SETTLE_S 1.0
#define MEMORY_AFTER_S 40
#define FURTHER_STUDENTS 2

typedef struct {
  GtkApplication *application;
  KdWindow *window;
  KdSessionModel *model;
  double start, first_frame, first_map;
  guint frames; /* painted so far */
  /* While they are measured: */
  bool measuring;
  double last_frame, last_begin;
  GArray *intervals, *works; /* double, ms */
  guint new_pictures;        /* frames with another picture than the one before */
  guint layouts;             /* frames that laid the window out */
  KdSnapshot *painted;       /* owned */
  int changed; /* maps whose values are not those of the picture before; the most so far */
} Bench;

/* ---- numbers ------------------------------------------------------------------------------------------- */

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
    return NAN;
  g_array_sort (values, compare);
  return g_array_index (values, double, (guint) (part * (values->len - 1)));
}

/* @goal: at most; NULL: none. */
static void
print_row (const char *what, double value, const char *unit, const char *goal)
{
  printf ("%-58s %8.*f %-8s%s%s%s\n", what, fabs (value) < 10 ? 2 : 0, value, unit,
          goal ? "goal " : "", goal ? goal : "",
          goal && g_ascii_isdigit (*goal) && !(value <= g_ascii_strtod (goal, NULL)) ? "  missed"
                                                                                     : "");
  fflush (stdout);
}

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

/* Of this thread. */
static double
cpu_s (void)
{
  struct timespec now;
  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec;
}

/* ---- frames -------------------------------------------------------------------------------------------- */

static KdSession *
session_of (const Bench *bench)
{
  return kd_session_model_get_session (bench->model);
}

static KdStatus
status_of (const Bench *bench)
{
  return kd_session_status (session_of (bench));
}

/* How many watched maps have other values in @b than in @a. */
static int
count_changes (KdSession *session, KdSnapshot *a, KdSnapshot *b)
{
  int n_probes, n = 0;
  const KdProbeInfo *probes = kd_session_probes (session, &n_probes);
  for (int i = 0; i < n_probes; i++) {
    KdMap before, after;
    if (!kd_snapshot_map (a, probes[i].id, &before) || !kd_snapshot_map (b, probes[i].id, &after))
      continue;
    bool same = before.height == after.height && before.width == after.width;
    for (int y = 0; same && y < after.height; y++)
      for (int x = 0; same && x < after.width; x++)
        same = kd_map_get (&before, 0, y, x) == kd_map_get (&after, 0, y, x);
    n += !same;
  }
  return n;
}

/* GTK paints in its own handler of "paint", which ran before one of ours would: a frame's work begins here. */
static void
on_before_paint (GdkFrameClock *clock, Bench *bench)
{
  (void) clock;
  bench->last_begin = kd_now_s ();
}

static void
on_layout (GdkFrameClock *clock, Bench *bench)
{
  (void) clock;
  bench->layouts += bench->measuring;
}

static void
on_painted (GdkFrameClock *clock, Bench *bench)
{
  (void) clock;
  const double now = kd_now_s ();
  KdSnapshot *snapshot = kd_session_model_get_snapshot (bench->model);
  bench->frames++;
  if (bench->first_frame == 0)
    bench->first_frame = now;
  if (bench->first_map == 0 && snapshot)
    bench->first_map = now;
  if (bench->measuring) {
    const double interval = 1e3 * (now - bench->last_frame), work = 1e3 * (now - bench->last_begin);
    g_array_append_val (bench->intervals, interval);
    g_array_append_val (bench->works, work);
    bench->new_pictures += snapshot != bench->painted;
  }
  if (snapshot != bench->painted) {
    g_clear_pointer (&bench->painted, kd_snapshot_unref);
    bench->painted = snapshot ? kd_snapshot_ref (snapshot) : NULL;
  }
  bench->last_frame = now;
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
wait_s (double seconds)
{
  const double until = kd_now_s () + seconds;
  while (kd_now_s () < until)
    g_main_context_iteration (NULL, TRUE);
}

/* Frames of @seconds while training, with the caption @title above. Returns steps/s. */
static double
measure_frames (Bench *bench, double seconds, const char *title)
{
  wait_s (SETTLE_S);
  g_array_set_size (bench->intervals, 0);
  g_array_set_size (bench->works, 0);
  bench->new_pictures = bench->layouts = 0;
  KdSnapshot *first = kd_snapshot_ref (bench->painted);
  const double from = kd_now_s (), cpu = cpu_s ();
  const int64_t step = status_of (bench).step;
  bench->measuring = true;
  wait_s (seconds);
  bench->measuring = false;
  const double span = kd_now_s () - from;
  const double steps_per_s = (double) (status_of (bench).step - step) / span;
  const guint frames = bench->intervals->len;
  printf ("-- %s: %d maps change\n", title,
          count_changes (session_of (bench), first, bench->painted));
  kd_snapshot_unref (first);
  print_row ("frame interval, median", percentile (bench->intervals, 0.5), "ms", NULL);
  print_row ("frame interval, 95 %", percentile (bench->intervals, 0.95), "ms", "20");
  print_row ("frame interval, 99 %", percentile (bench->intervals, 0.99), "ms", "33");
  print_row ("layout and painting of a frame, 95 %", percentile (bench->works, 0.95), "ms", NULL);
  print_row ("frames with new maps", 100.0 * bench->new_pictures / frames, "%", NULL);
  print_row ("layouts of the window", bench->layouts / span, "1/s", "1");
  print_row ("the window's thread, of a core", 100 * (cpu_s () - cpu) / span, "%", NULL);
  return steps_per_s;
}

/* ---- acts until their result has been painted ------------------------------------------------------------- */

/* One act: does it, then says whether what it leads to is there. */
typedef struct {
  const char *title, *goal;
  void (*begin) (Bench *bench);
  bool (*done) (Bench *bench);
  void (*rest) (Bench *bench); /* between two of them; NULL: nothing */
} Act;

static struct {
  int64_t step;
  float value;
  int round;
  guint frames;
  char *text;
} before;

static void
act (Bench *bench, const char *name)
{
  g_action_group_activate_action (G_ACTION_GROUP (bench->window), name, NULL);
}

static GtkWidget *
find (GtkWidget *widget, GType type)
{
  GtkWidget *found = g_type_is_a (G_OBJECT_TYPE (widget), type) ? widget : NULL;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child && !found;
       child = gtk_widget_get_next_sibling (child))
    found = find (child, type);
  return found;
}

static void
pause_training (Bench *bench)
{
  kd_session_pause (session_of (bench));
  while (status_of (bench).state != KD_STATE_PAUSED)
    g_main_context_iteration (NULL, TRUE);
  wait_s (0.3);
}

static void
press_play (Bench *bench)
{
  act (bench, "play");
}

static bool
is_paused (Bench *bench)
{
  return status_of (bench).state == KD_STATE_PAUSED;
}

static void
play_a_while (Bench *bench)
{
  kd_session_play (session_of (bench));
  wait_s (0.2);
}

static void
press_step (Bench *bench)
{
  before.step = status_of (bench).step;
  act (bench, "step");
}

static bool
shows_next_step (Bench *bench)
{
  return kd_snapshot_step (kd_session_model_get_snapshot (bench->model)) == before.step + 1;
}

static void
press_back (Bench *bench)
{
  before.step = kd_session_model_get_step (bench->model);
  act (bench, "scrub-back");
}

static bool
shows_earlier_step (Bench *bench)
{
  return kd_snapshot_step (kd_session_model_get_snapshot (bench->model)) < before.step;
}

/* The teacher's attention, which the temperature shapes. */
static float
first_mask_value (Bench *bench)
{
  KdMap map;
  const int probe = kd_session_find_probe (session_of (bench), 1, "spatial_attention_teacher", 0);
  return kd_snapshot_map (kd_session_model_get_snapshot (bench->model), probe, &map)
             ? kd_map_get (&map, 0, 0, 0)
             : NAN;
}

static void
turn_temperature (Bench *bench)
{
  before.value = first_mask_value (bench);
  GtkWidget *page = find (GTK_WIDGET (bench->window), KD_TYPE_LIVE_PAGE);
  kd_live_page_turn (KD_LIVE_PAGE (page), "temp", before.round++ % 2 ? "0.5" : "0.9");
}

static bool
shows_other_masks (Bench *bench)
{
  return first_mask_value (bench) != before.value;
}

/* All that the probe says. */
static void
append_labels (GtkWidget *widget, GString *text)
{
  if (GTK_IS_LABEL (widget))
    g_string_append_printf (text, "%s\n", gtk_label_get_text (GTK_LABEL (widget)));
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    append_labels (child, text);
}

static char *
probe_text (Bench *bench)
{
  GString *text = g_string_new (NULL);
  append_labels (find (GTK_WIDGET (bench->window), KD_TYPE_PROBE_PANEL), text);
  return g_string_free (text, FALSE);
}

static void
point_elsewhere (Bench *bench)
{
  g_free (before.text);
  before.text = probe_text (bench);
  GtkWidget *panel = find (GTK_WIDGET (bench->window), KD_TYPE_MAP_VIEW);
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (panel);
  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++) {
    g_autoptr (GObject) controller = g_list_model_get_item (controllers, i);
    if (GTK_IS_EVENT_CONTROLLER_MOTION (controller))
      g_signal_emit_by_name (controller, "motion", 20.0 + before.round % 12 * 5, 60.0);
  }
  before.round++;
}

static bool
probe_says_more (Bench *bench)
{
  g_autofree char *text = probe_text (bench);
  return !g_str_equal (text, before.text);
}

static void
measure_act (Bench *bench, const Act *what)
{
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (double));
  for (int i = 0; i < ROUNDS; i++) {
    if (what->rest)
      what->rest (bench);
    else
      wait_s (0.05 + 0.007 * i); /* at any place between two frames */
    const double start = kd_now_s ();
    what->begin (bench);
    while (!what->done (bench))
      g_main_context_iteration (NULL, TRUE);
    const guint frames = bench->frames;
    while (bench->frames == frames)
      g_main_context_iteration (NULL, TRUE);
    const double ms = 1e3 * (bench->last_frame - start);
    g_array_append_val (times, ms);
  }
  g_autofree char *worst = g_strdup_printf ("%s, the slowest of %d", what->title, ROUNDS);
  print_row (what->title, percentile (times, 0.5), "ms", what->goal);
  print_row (worst, percentile (times, 1), "ms", what->goal);
}

static void
measure_acts (Bench *bench)
{
  static const Act running[] = { { "pause", "50", press_play, is_paused, play_a_while } };
  static const Act paused[] = {
    { "single step", "150", press_step, shows_next_step, NULL },
    { "scrub by one keyframe", "33", press_back, shows_earlier_step, NULL },
    { "a slider while paused -> new masks", "100", turn_temperature, shows_other_masks, NULL },
    { "pointing -> values of every panel", "next frame", point_elsewhere, probe_says_more, NULL },
  };
  printf ("-- acts, until the result has been painted: median\n");
  measure_act (bench, &running[0]);
  pause_training (bench);
  for (size_t i = 0; i < G_N_ELEMENTS (paused); i++) {
    measure_act (bench, &paused[i]);
    kd_session_model_show (bench->model, -1);
    wait_s (0.3);
  }
  kd_session_play (session_of (bench));
}

/* ---- sessions ------------------------------------------------------------------------------------------- */

typedef struct {
  KdConfig config;
  KdRunConfig runs[1 + FURTHER_STUDENTS + 1];
} Setup;

/* Students on all cores but the window's; AP is not measured, so that steps are what takes the time. */
static void
setup_init (Setup *setup, const char *method, int n_students)
{
  static const char *const others[] = { "fgfi", "defeat" };
  setup->config = kd_config_default ();
  setup->runs[0].knobs = kd_knobs_new (kd_method_find ("none"), NULL, NULL);
  for (int i = 1; i < n_students; i++)
    setup->runs[i].knobs =
        kd_knobs_new (kd_method_find (i == n_students - 1 ? method : others[i - 1]), "demo", NULL);
  setup->config.runs = setup->runs;
  setup->config.n_runs = n_students;
  setup->config.steps = 20000;
  setup->config.eval_every = 0;
  setup->config.threads = MAX (1, (int) g_get_num_processors () - 1);
}

static void
setup_clear (Setup *setup)
{
  for (int i = 0; i < setup->config.n_runs; i++)
    kd_knobs_free ((KdKnobs *) setup->runs[i].knobs);
}

static void
refuse (const GError *error)
{
  fprintf (stderr, "bench-ui: %s\n", error->message);
  exit (EXIT_FAILURE);
}

/* Without a window, after a while to begin. */
static double
headless_steps_per_s (double seconds)
{
  g_autoptr (GError) error = NULL;
  Setup setup = { 0 };
  setup_init (&setup, "fgd", 2);
  KdSession *session = kd_session_new (&setup.config, &error);
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
  setup_clear (&setup);
  return rate;
}

/* ---- the window ------------------------------------------------------------------------------------------ */

static void
open_window (Bench *bench, const char *method, int n_students)
{
  g_autoptr (GError) error = NULL;
  Setup setup = { 0 };
  setup_init (&setup, method, n_students);
  bench->model = kd_session_model_new (&setup.config, &error);
  if (!bench->model)
    refuse (error);
  bench->window = kd_window_new (bench->application, bench->model);
  gtk_window_present (GTK_WINDOW (bench->window));
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (bench->window));
  g_signal_connect (clock, "before-paint", G_CALLBACK (on_before_paint), bench);
  g_signal_connect (clock, "layout", G_CALLBACK (on_layout), bench);
  g_signal_connect (clock, "after-paint", G_CALLBACK (on_painted), bench);
  gtk_widget_add_tick_callback (GTK_WIDGET (bench->window), on_tick, NULL, NULL);
  setup_clear (&setup);
  while (bench->first_map == 0)
    g_main_context_iteration (NULL, TRUE);
}

/* The engine is joined when this returns. */
static void
close_window (Bench *bench)
{
  gtk_window_destroy (GTK_WINDOW (bench->window));
  g_clear_pointer (&bench->painted, kd_snapshot_unref);
  g_object_add_weak_pointer (G_OBJECT (bench->model), (gpointer *) &bench->model);
  g_object_unref (bench->model);
  while (bench->model)
    g_main_context_iteration (NULL, TRUE);
}

/* Another session in the same window. */
static void
train_other (Bench *bench, const char *method)
{
  g_autoptr (GError) error = NULL;
  Setup setup = { 0 };
  setup_init (&setup, method, 2);
  if (!kd_session_model_start (bench->model, &setup.config, &error))
    refuse (error);
  setup_clear (&setup);
  kd_session_model_forget (bench->model);
  while (!kd_session_model_get_snapshot (bench->model))
    g_main_context_iteration (NULL, TRUE);
}

/* A process of its own, so that nothing before is in it. */
static double
memory_of (const char *program, int n_students, double seconds)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *students = g_strdup_printf ("%d", n_students);
  g_autofree char *time = g_strdup_printf ("%g", seconds);
  g_autofree char *out = NULL;
  char *argv[] = { (char *) program, (char *) "--memory", students, time, NULL };
  if (!g_spawn_sync (NULL, argv, NULL, 0, NULL, NULL, &out, NULL, NULL, &error))
    refuse (error);
  return g_ascii_strtod (out, NULL);
}

static void
measure_memory (const char *program, double seconds)
{
  printf ("-- memory, %.0f s after the start\n", seconds);
  const double two = memory_of (program, 2, seconds);
  const double more = memory_of (program, 2 + FURTHER_STUDENTS, seconds);
  print_row ("resident with two students", two, "MB", "300");
  print_row ("resident, each further student", (more - two) / FURTHER_STUDENTS, "MB", "40");
}

static void
measure_drawing (void)
{
  printf ("-- drawing alone: median\n");
  print_row ("24 maps 40x40 -> 220 px", bench_drawing_ms (BENCH_PAINT_MAPS, 0), "ms", "1");
  print_row ("9 curves x 100,000 points, 900x300",
             bench_drawing_ms (BENCH_CURVES, 100000) - bench_drawing_ms (BENCH_EMPTY_CHART, 0),
             "ms", "1");
  print_row ("the same with axes, legend and text", bench_drawing_ms (BENCH_CURVES, 100000), "ms",
             NULL);
  print_row ("the same, 1,000,000 points", bench_drawing_ms (BENCH_CURVES, 1000000), "ms", NULL);
}

/* Turns the main loop until @done says so; returns the longest that it stood still meanwhile, ms. */
static double
turn_until (Bench *bench, bool (*done) (Bench *bench))
{
  double longest = 0, last = kd_now_s ();
  while (!done (bench)) {
    g_main_context_iteration (NULL, TRUE);
    const double now = kd_now_s ();
    longest = fmax (longest, 1e3 * (now - last));
    last = now;
  }
  return longest;
}

static KdInspectPage *
inspect_page (Bench *bench)
{
  return KD_INSPECT_PAGE (find (GTK_WIDGET (bench->window), KD_TYPE_INSPECT_PAGE));
}

static bool
shows_a_dump (Bench *bench)
{
  return kd_wall_model_get_picture (kd_inspect_page_get_wall (inspect_page (bench)));
}

static bool
shows_all_of_it (Bench *bench)
{
  KdInspectModel *model = kd_inspect_page_get_model (inspect_page (bench));
  return kd_inspect_model_get_dump (model) && !kd_inspect_model_is_partial (model);
}

static bool
frame_passed (Bench *bench)
{
  return bench->frames != before.frames;
}

/* A large dump in the same window, while training is paused. */
static void
measure_dump (Bench *bench)
{
  g_autofree char *path = large_dump_write ();
  GStatBuf about;
  g_stat (path, &about);
  pause_training (bench);
  const double start = kd_now_s ();
  kd_window_open (bench->window, path);
  double still = turn_until (bench, shows_a_dump);
  before.frames = bench->frames;
  still = fmax (still, turn_until (bench, frame_passed));
  printf ("-- a dump of %.0f MB\n", (double) about.st_size / 1e6);
  print_row ("opened -> maps of its first image", 1e3 * (bench->last_frame - start), "ms", "1000");
  still = fmax (still, turn_until (bench, shows_all_of_it));
  print_row ("opened -> maps of all images", 1e3 * (kd_now_s () - start), "ms", NULL);
  print_row ("the window stood still meanwhile, at most", still, "ms", "100");
  large_dump_remove (path);
}

static void
measure (Bench *bench, const char *program, double seconds)
{
  const double before_it = headless_steps_per_s (seconds / 2);
  malloc_trim (0); /* what that session left behind is not the window's memory */
  bench->start = kd_now_s ();
  open_window (bench, "fgd", 2);
  printf ("-- the start\n");
  print_row ("first frame", 1e3 * (bench->first_frame - bench->start), "ms", "200");
  print_row ("first live map", 1e3 * (bench->first_map - bench->start), "ms", "1000");
  const double steps_per_s = measure_frames (bench, seconds, "frames while training, a full wall");
  measure_acts (bench);
  train_other (bench, "frs");
  measure_frames (bench, seconds, "frames while training, a smaller wall");
  measure_dump (bench);
  close_window (bench);
  const double headless = 0.5 * (before_it + headless_steps_per_s (seconds / 2));
  printf ("-- training\n");
  print_row ("steps/s with the window", steps_per_s, "", NULL);
  print_row ("steps/s headless, as many threads", headless, "", NULL);
  print_row ("slowed by the window", 100 * (1 - steps_per_s / headless), "%", "5");
  measure_drawing ();
  measure_memory (program, fmin (MEMORY_AFTER_S, 3 * seconds));
}

static void
on_activate (GtkApplication *application, gpointer data)
{
  (void) application;
  (void) data;
}

int
main (int argc, char **argv)
{
  kd_memory_init ();
  const bool memory = argc == 4 && !strcmp (argv[1], "--memory");
  const bool frames = argc == 3 && !strcmp (argv[1], "--frames");
  kd_renderer_choose ();
  g_setenv ("GSETTINGS_BACKEND", "memory", TRUE); /* the same window whoever measures */
  Bench bench = { .intervals = g_array_new (FALSE, FALSE, sizeof (double)),
                  .works = g_array_new (FALSE, FALSE, sizeof (double)) };
  bench.application = GTK_APPLICATION (adw_application_new (NULL, G_APPLICATION_NON_UNIQUE));
  g_signal_connect (bench.application, "activate", G_CALLBACK (on_activate), NULL);
  g_autoptr (GError) error = NULL;
  if (!g_application_register (G_APPLICATION (bench.application), NULL, &error))
    refuse (error);
  if (memory) {
    open_window (&bench, "fgd", atoi (argv[2]));
    wait_s (g_ascii_strtod (argv[3], NULL));
    printf ("%.1f\n", resident_mb ());
    close_window (&bench);
  } else if (frames) {
    open_window (&bench, "fgd", 2);
    measure_frames (&bench, g_ascii_strtod (argv[2], NULL), "frames while training, a full wall");
    close_window (&bench);
  } else {
    measure (&bench, argv[0], argc > 1 ? g_ascii_strtod (argv[1], NULL) : 15);
  }
  g_object_unref (bench.application);
  g_array_unref (bench.intervals);
  g_array_unref (bench.works);
  return 0;
}
