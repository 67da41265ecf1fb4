/* SPDX-License-Identifier: MIT */

/*
 * What students cost: resident memory of a headless session of two, three ... students after some steps, each in a process of its
 * own, with pictures taken as a window takes them.
 *
 * usage: bench-memory [STEPS] [STUDENTS]
 *        bench-memory --one STEPS STUDENTS   two numbers: MB resident then, and at most
 */
#include "engine/session/session.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/* In the order in which they are added: first what the window's benchmark has. */
static const char *const methods[] = { "none", "fgd",   "fgfi", "defeat", "mimic", "gid",
                                       "frs",  "maskd", "kd",   "rm_pfi", "pgd" };
#define MAX_STUDENTS ((int) G_N_ELEMENTS (methods))

static void
refuse (const GError *error)
{
  fprintf (stderr, "bench-memory: %s\n", error->message);
  exit (EXIT_FAILURE);
}

/* "VmRSS" or "VmHWM" of this process. */
static double
status_mb (const char *name)
{
  FILE *file = fopen ("/proc/self/status", "r");
  char line[256];
  double mb = 0;
  while (file && fgets (line, sizeof line, file)) {
    if (g_str_has_prefix (line, name))
      mb = g_ascii_strtod (line + strlen (name) + 1, NULL) * 1024e-6;
  }
  if (file)
    fclose (file);
  return mb;
}

static void
train (int64_t steps, int n_students)
{
  g_autoptr (GError) error = NULL;
  KdRunConfig runs[MAX_STUDENTS] = { { 0 } };
  for (int i = 0; i < n_students; i++)
    runs[i].knobs = kd_knobs_new (kd_method_find (methods[i]), i ? "demo" : NULL, &error);
  KdConfig config = kd_config_default ();
  config.runs = runs;
  config.n_runs = n_students;
  config.eval_every = 0;
  config.steps = 20000;
  config.threads = MAX (1, (int) g_get_num_processors () - 1);
  KdSession *session = kd_session_new (&config, &error);
  if (!session)
    refuse (error);
  for (bool seen = false; !seen || kd_session_status (session).step < steps;) {
    kd_session_want_snapshot (session);
    kd_session_wait (session, 0.02);
    KdSnapshot *snapshot = kd_session_take_snapshot (session);
    seen = seen || snapshot;
    if (snapshot)
      kd_snapshot_unref (snapshot);
  }
#ifdef __GLIBC__
  malloc_trim (0);
#endif
  printf ("%.1f %.1f\n", status_mb ("VmRSS"), status_mb ("VmHWM"));
  kd_session_free (session);
  for (int i = 0; i < n_students; i++)
    kd_knobs_free ((KdKnobs *) runs[i].knobs);
}

static void
measure (const char *program, const char *steps, int n_students, double *resident, double *most)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *students = g_strdup_printf ("%d", n_students);
  g_autofree char *out = NULL;
  char *argv[] = { (char *) program, (char *) "--one", (char *) steps, students, NULL };
  if (!g_spawn_sync (NULL, argv, NULL, 0, NULL, NULL, &out, NULL, NULL, &error))
    refuse (error);
  char *end = NULL;
  *resident = g_ascii_strtod (out, &end);
  *most = g_ascii_strtod (end, NULL);
}

int
main (int argc, char **argv)
{
  kd_memory_init ();
  if (argc == 4 && g_str_equal (argv[1], "--one")) {
    train (g_ascii_strtoll (argv[2], NULL, 10), CLAMP (atoi (argv[3]), 2, MAX_STUDENTS));
    return 0;
  }
  const char *steps = argc > 1 ? argv[1] : "50";
  const int n_students = argc > 2 ? CLAMP (atoi (argv[2]), 2, MAX_STUDENTS) : MAX_STUDENTS;
  printf ("%-8s %-8s %12s %12s %12s   (after %s steps, headless)\n", "students", "last",
          "resident MB", "at most MB", "further MB", steps);
  double before = NAN, two = NAN;
  for (int n = 2; n <= n_students; n++) {
    double resident, most;
    measure (argv[0], steps, n, &resident, &most);
    printf ("%-8d %-8s %12.1f %12.1f", n, methods[n - 1], resident, most);
    if (n > 2)
      printf (" %12.1f", resident - before);
    else
      two = resident;
    printf ("\n");
    fflush (stdout);
    before = resident;
  }
  if (n_students > 2)
    printf ("each further student: %.1f MB (goal: 40)\n", (before - two) / (n_students - 2));
  return 0;
}
