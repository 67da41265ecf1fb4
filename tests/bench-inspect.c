/* SPDX-License-Identifier: MIT */

/*
 * What a person feels who turns a knob of a method on a dump, without the window: milliseconds to compute it with a graph made anew, and with the
 * one that is there; at the size of the demo and of a picture of 1333x800 with 256 channels. And a large file: seconds until the first
 * image has maps, until all of it is checked, and until all images have maps.
 *
 * usage: bench-inspect
 */
#include "engine/session/session.h"
#include "tests/large-dump.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>

#define REPEATS 5

static void
stop (const GError *error)
{
  fprintf (stderr, "bench-inspect: %s\n", error->message);
  exit (EXIT_FAILURE);
}

/* The shortest of several, as other programs only add. */
static double
shortest_ms (const KdDump *dump, const KdKnobs *knobs, KdInspector *kept)
{
  double shortest = G_MAXDOUBLE;
  for (int i = 0; i < REPEATS; i++) {
    g_autoptr (GError) error = NULL;
    const double start = kd_now_s ();
    KdInspector *inspector = kept ? kept : kd_inspector_new (dump, 3);
    KdInspection *inspection = kd_inspector_run (inspector, knobs, NULL, &error);
    if (!inspection)
      stop (error);
    shortest = MIN (shortest, 1e3 * (kd_now_s () - start));
    kd_inspection_free (inspection);
    if (!kept)
      kd_inspector_free (inspector);
  }
  return shortest;
}

static void
bench_knobs (const char *title, KdDump *dump)
{
  int n_methods;
  const KdMethod *const *methods = kd_methods (&n_methods);
  printf ("%s\n  method    anew ms    kept ms\n", title);
  for (int i = 0; i < n_methods; i++) {
    g_autofree char *obstacle = kd_inspect_obstacle (dump, methods[i]);
    if (obstacle)
      continue;
    KdKnobs *knobs = kd_knobs_new (methods[i], NULL, NULL);
    KdInspector *inspector = kd_inspector_new (dump, 3);
    const double anew = shortest_ms (dump, knobs, NULL);
    const double kept = shortest_ms (dump, knobs, inspector);
    printf ("  %-8s %8.1f   %8.1f\n", methods[i]->id, anew, kept);
    kd_inspector_free (inspector);
    kd_knobs_free (knobs);
  }
}

/* The time when it is done. */
static double
run_once (const KdDumpCheck *check, const KdKnobs *knobs)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KdInspector) inspector = kd_inspector_new (check->dump, 3);
  KdInspection *inspection = kd_inspector_run (inspector, knobs, NULL, &error);
  if (!inspection)
    stop (error);
  const double now = kd_now_s ();
  kd_inspection_free (inspection);
  return now;
}

static void
bench_file (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = large_dump_write ();
  GStatBuf about;
  g_stat (path, &about);
  KdKnobs *knobs = kd_knobs_new (kd_method_find ("fgd"), NULL, NULL);
  g_autofree const char **families = kd_needs_names (kd_knobs_method (knobs)->needs);
  const double start = kd_now_s ();
  KdDumpCheck *peek = kd_dump_peek (path, families, NULL, &error);
  if (!peek)
    stop (error);
  const double first = run_once (peek, knobs) - start;
  const double again = kd_now_s ();
  KdDumpCheck *check = kd_dump_check (path, NULL, &error);
  if (!check)
    stop (error);
  const double checked = kd_now_s () - again;
  printf ("a file of %.0f MB: maps of fgd of its first image after %.2f s; all of it checked in "
          "%.2f s, maps of fgd of all %d images in %.2f s\n",
          (double) about.st_size / 1e6, first, checked, check->n_file_images,
          run_once (check, knobs) - again);
  kd_knobs_free (knobs);
  kd_dump_check_free (peek);
  kd_dump_check_free (check);
  large_dump_remove (path);
}

int
main (void)
{
  g_autoptr (GError) error = NULL;
  if (!kd_blas_init (&error))
    stop (error);
  KdDump *dump = large_dump_new (128, 128, 3, 64, 3);
  bench_knobs ("demo: 3 images of 128x128, 64 channels", dump);
  synthetic_dump_free (dump);
  dump = large_dump_new (832, 1344, 4, 256, 1);
  bench_knobs ("1 image of 832x1344, 256 channels", dump);
  synthetic_dump_free (dump);
  bench_file ();
  return EXIT_SUCCESS;
}
