/* SPDX-License-Identifier: MIT */

/* Beginnings and ends: what is refused, how fast a session closes, how it calls its reader, what a step allocates. */
#include "tests/session-fixture.h"

#include <string.h>
#include <time.h>

/* Patient enough for sanitizers on a busy machine; a session that waited for its training would take far longer. */
#define CLOSE_S 5.0

/* ---- closing ---- */

static void
close_after (const KdConfig *config, gulong microseconds)
{
  KdSession *session = fixture_start (config);
  g_usleep (microseconds);
  const double began_s = kd_now_s ();
  kd_session_free (session);
  g_assert_cmpfloat (kd_now_s () - began_s, <, CLOSE_S);
}

static void
test_close (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  fixture.config.steps = 1000000;
  fixture.config.final_eval_images = 100000;
  fixture.config.keyframe_every = 2;
  /* While loading, while training, while measuring AP, while writing. */
  for (int i = 0; i < 12; i++)
    close_after (&fixture.config, (gulong) g_test_rand_int_range (0, 60000));
  fixture.config.eval_every = 1;
  fixture.config.eval_images = 100000;
  close_after (&fixture.config, 100000);
  fixture.config.paused = true;
  close_after (&fixture.config, 50000);
  fixture_clear (&fixture);
}

/* What a reader holds does not die with the session. */
static void
test_snapshot_outlives (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  fixture.config.paused = true;
  KdSession *session = fixture_start (&fixture.config);
  fixture_wait_state (session, KD_STATE_PAUSED);
  const int id = kd_session_find_probe (session, 1, "student_feat", 0);
  kd_session_watch (session, &id, 1);
  KdSnapshot *snapshot = fixture_wait_snapshot (session, 0);
  const KdTermStatus *terms;
  KdMap map;
  KdSize size;
  kd_session_free (session);
  g_assert_true (kd_snapshot_map (snapshot, id, &map));
  g_assert_cmpfloat (kd_map_get (&map, 0, 0, 0), ==, kd_map_get (&map, 0, 0, 0));
  g_assert_cmpint (kd_snapshot_terms (snapshot, 1, &terms), ==, 4);
  g_assert_cmpstr (terms[0].id, ==, "fg");
  g_assert_nonnull (kd_snapshot_rgb (snapshot, &size));
  kd_snapshot_unref (snapshot);
  fixture_clear (&fixture);
}

/* ---- waking ---- */

typedef struct {
  atomic_int calls;
  atomic_bool forbidden;
} Waker;

static void
on_wake (void *data)
{
  Waker *waker = data;
  g_assert_false (atomic_load (&waker->forbidden));
  atomic_fetch_add (&waker->calls, 1);
}

static void
test_wake (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  fixture.config.paused = true;
  KdSession *session = fixture_start (&fixture.config);
  fixture_wait_state (session, KD_STATE_PAUSED);
  KdEvent event;
  while (kd_session_next_event (session, &event))
    continue;
  Waker waker = { 0 };
  kd_session_set_wake (session, on_wake, &waker);
  kd_session_play (session);
  g_assert_true (kd_session_wait (session, 60));
  g_usleep (20000);
  /* Twelve steps and several events, but nothing was taken in between. */
  g_assert_cmpint (atomic_load (&waker.calls), ==, 1);
  kd_snapshot_unref (kd_session_take_snapshot (session));
  kd_session_pin_image (session, 3);
  kd_session_want_snapshot (session);
  for (int i = 0; i < 5000 && atomic_load (&waker.calls) < 2; i++)
    g_usleep (1000);
  g_assert_cmpint (atomic_load (&waker.calls), ==, 2);
  kd_session_set_wake (session, NULL, NULL);
  atomic_store (&waker.forbidden, true);
  while (kd_session_next_event (session, &event))
    continue;
  kd_session_pin_image (session, 4);
  kd_session_want_snapshot (session);
  g_usleep (50000);
  kd_session_free (session);
  fixture_clear (&fixture);
}

/* ---- refusals ---- */

static void
assert_refused (const KdConfig *config, const char *word)
{
  GError *error = NULL;
  g_assert_null (kd_session_new (config, &error));
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, word));
  g_error_free (error);
}

static void
test_refusals (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  KdConfig config = fixture.config;
  config.teacher = "";
  assert_refused (&config, "fgd");
  config = fixture.config;
  config.teacher = "/nowhere/teacher.safetensors";
  assert_refused (&config, "/nowhere/teacher.safetensors");
  config = fixture.config;
  config.student = "gigantic";
  assert_refused (&config, "small");
  config = fixture.config;
  config.scenes.size.width = 100;
  assert_refused (&config, "multiples of 32");
  config = fixture.config;
  config.n_runs = 0;
  assert_refused (&config, "runs");
  config = fixture.config;
  config.batch = 0;
  assert_refused (&config, "batch");
  config = fixture.config;
  config.steps = 0;
  assert_refused (&config, "steps");
  config = fixture.config;
  KdRunConfig runs[] = { { .id = "../elsewhere", .knobs = fixture.none } };
  config.runs = runs;
  config.n_runs = 1;
  assert_refused (&config, "elsewhere");
  fixture_clear (&fixture);
}

static void
test_bad_teacher (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  /* A file that is not a teacher is found while loading. */
  g_assert_true (g_file_set_contents (fixture.teacher, "not a teacher at all", -1, NULL));
  KdSession *session = fixture_start (&fixture.config);
  g_assert_true (kd_session_wait (session, 60));
  g_assert_cmpint (kd_session_status (session).state, ==, KD_STATE_FAILED);
  const KdEvent event = fixture_wait_event (session, KD_EVENT_ERROR);
  g_test_message ("%s", event.text);
  g_assert_nonnull (strstr (event.text, "teacher.safetensors"));
  /* A failed session takes commands without doing anything. */
  int n = 0;
  kd_session_play (session);
  kd_session_want_snapshot (session);
  g_assert_null (kd_session_probes (session, &n));
  g_assert_null (kd_session_series (session, &n));
  g_assert_null (kd_session_take_snapshot (session));
  g_assert_null (kd_session_keyframe (session, 0));
  /* Nor does it turn in circles over them. */
  g_usleep (20000);
  const clock_t before = clock ();
  g_usleep (300000);
  g_assert_cmpfloat ((double) (clock () - before) / CLOCKS_PER_SEC, <, 0.15);
  kd_session_free (session);
  fixture_clear (&fixture);
}

static void
test_teacher_of_environment (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  GError *error = NULL;
  char *folder = fixture_path (&fixture, "teachers");
  char *path = g_build_filename (folder, "teacher.safetensors", NULL);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0777), ==, 0);
  char *before = g_strdup (g_getenv ("KDSCOPE_RESOURCES"));
  g_assert_true (g_file_set_contents (path, "here", -1, NULL));
  g_setenv ("KDSCOPE_RESOURCES", fixture.folder, TRUE);
  char *found = kd_teacher_find (&error);
  g_assert_no_error (error);
  g_assert_cmpstr (found, ==, path);
  if (before)
    g_setenv ("KDSCOPE_RESOURCES", before, TRUE);
  else
    g_unsetenv ("KDSCOPE_RESOURCES");
  g_free (before);
  g_free (found);
  g_free (path);
  g_free (folder);
  fixture_clear (&fixture);
}

/* ---- measuring ---- */

static void
test_benchmark (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  GError *error = NULL;
  KdBenchmark result;
  g_assert_true (kd_benchmark (&fixture.config, 4, false, &result, &error));
  g_assert_no_error (error);
  g_assert_cmpint (result.threads, ==, 2);
  g_assert_cmpint (result.steps, ==, 4);
  g_assert_cmpfloat (result.ms_per_step, >, 0);
  g_assert_cmpfloat_with_epsilon (result.steps_per_s * result.ms_per_step, 1000, 1e-6);
  g_assert_cmpfloat (result.gflop_per_step, >, 0);
  g_assert_cmpfloat (result.forward_ms, >, 0);
  g_assert_cmpfloat (result.backward_ms, >, 0);
  g_assert_cmpfloat (result.teacher_ms, >, 0);
  g_assert_cmpuint (result.student_bytes, >, 0);
  /* The operations' own count is the graphs' count. */
  double flop = 0;
  for (guint i = 0; i < result.ops->len; i++) {
    const KdOpTime *op = &g_array_index (result.ops, KdOpTime, i);
    flop += op->forward_flop + op->backward_flop;
  }
  g_assert_cmpfloat_with_epsilon (1e-9 * flop / 4, result.gflop_per_step,
                                  1e-6 * result.gflop_per_step);
  g_array_unref (result.ops);
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/close/at-any-moment", test_close);
  g_test_add_func ("/session/close/leaves-snapshots-to-their-readers", test_snapshot_outlives);
  g_test_add_func ("/session/wake/once-until-the-next-take", test_wake);
  g_test_add_func ("/session/new/refuses-with-one-sentence", test_refusals);
  g_test_add_func ("/session/load/a-bad-teacher-fails", test_bad_teacher);
  g_test_add_func ("/session/load/finds-the-teacher", test_teacher_of_environment);
  g_test_add_func ("/session/benchmark/adds-up", test_benchmark);
  return g_test_run ();
}
