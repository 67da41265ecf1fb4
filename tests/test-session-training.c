/* SPDX-License-Identifier: MIT */

/* The lock-step: what every run sees, in which order, with which bits. */
#include "tests/session-fixture.h"

#include <math.h>
#include <string.h>

/* ---- the same for all ---- */

static void
test_twins (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  fixture.runs[1].knobs = fixture.none;
  KdSession *session = fixture_run (&fixture.config);
  g_assert_cmpint (kd_session_runs (session), ==, 2);
  g_assert_cmpstr (kd_session_run_id (session, 0), ==, "none");
  g_assert_cmpstr (kd_session_run_id (session, 1), ==, "none-2");
  fixture_assert_same_series (session, 0, session, 1);
  /* It is training, not standing still. */
  GArray *loss = fixture_series (session, 0, "loss.total");
  g_assert_cmpuint (loss->len, ==, 12);
  g_assert_cmpfloat (g_array_index (loss, KdPoint, 0).value, !=,
                     g_array_index (loss, KdPoint, 1).value);
  g_array_unref (loss);
  kd_session_free (session);
  fixture_clear (&fixture);
}

static void
test_independent_of_others (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  KdSession *both = fixture_run (&fixture.config);
  fixture.config.n_runs = 1;
  KdSession *alone = fixture_run (&fixture.config);
  fixture_assert_same_series (both, 0, alone, 0);
  kd_session_free (both);
  kd_session_free (alone);
  fixture_clear (&fixture);
}

static void
test_any_threads (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  fixture.runs[2].knobs = fixture.fgd;
  fixture.config.n_runs = 3;
  KdSession *sessions[4];
  char *outs[4];
  static const int threads[] = { 1, 2, 3, 4 };
  for (int i = 0; i < 4; i++) {
    char name[16];
    g_snprintf (name, sizeof name, "t%d", threads[i]);
    outs[i] = fixture_path (&fixture, name);
    fixture.config.threads = threads[i];
    fixture.config.out = outs[i];
    sessions[i] = fixture_run (&fixture.config);
    g_assert_cmpint (kd_session_status (sessions[i]).threads, ==, threads[i]);
  }
  for (int i = 1; i < 4; i++) {
    for (int run = 0; run < 3; run++) {
      fixture_assert_same_series (sessions[0], run, sessions[i], run);
      char *mine = g_build_filename (outs[0], kd_session_run_id (sessions[0], run), NULL);
      char *theirs = g_build_filename (outs[i], kd_session_run_id (sessions[i], run), NULL);
      char *a = kd_checkpoint_find (mine, NULL), *b = kd_checkpoint_find (theirs, NULL);
      fixture_assert_same_file (a, b);
      g_free (a);
      g_free (b);
      g_free (mine);
      g_free (theirs);
    }
  }
  for (int i = 0; i < 4; i++) {
    kd_session_free (sessions[i]);
    g_free (outs[i]);
  }
  fixture_clear (&fixture);
}

/* A frozen teacher of features that nobody reads is not run: a session of "none" needs no file. */
static void
test_without_teacher (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  fixture.config.n_runs = 1;
  KdSession *with = fixture_run (&fixture.config);
  fixture.config.teacher = "";
  KdSession *without = fixture_run (&fixture.config);
  fixture_assert_same_series (with, 0, without, 0);
  kd_session_free (with);
  kd_session_free (without);
  fixture_clear (&fixture);
}

/* ---- numbers ---- */

static void
test_learning_rate (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  fixture.config.rate = 0.01;
  KdSession *session = fixture_run (&fixture.config);
  GArray *rates = fixture_series (session, 0, "lr");
  g_assert_cmpuint (rates->len, ==, 12);
  for (int i = 0; i < 12; i++) {
    /* Four steps up, then half a cosine over the eight that are left. */
    const double expected =
        i < 4 ? 0.01 * (i + 1) / 4 : 0.01 * (1 + cos (G_PI * (i - 4) / 8.0)) / 2;
    g_assert_cmpint (g_array_index (rates, KdPoint, i).step, ==, i + 1);
    g_assert_cmpfloat_with_epsilon (g_array_index (rates, KdPoint, i).value, expected, 1e-15);
  }
  g_array_unref (rates);
  kd_session_free (session);
  fixture_clear (&fixture);
}

static void
test_total_is_sum (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  KdSession *session = fixture_run (&fixture.config);
  static const char *const parts[] = {
    "loss.cls", "loss.reg", "loss.fgd.fg", "loss.fgd.bg", "loss.fgd.attention", "loss.fgd.relation",
  };
  GArray *total = fixture_series (session, 1, "loss.total");
  for (guint i = 0; i < total->len; i++) {
    double sum = 0;
    for (size_t part = 0; part < G_N_ELEMENTS (parts); part++) {
      GArray *points = fixture_series (session, 1, parts[part]);
      g_assert_cmpuint (points->len, ==, total->len);
      sum += g_array_index (points, KdPoint, i).value;
      g_array_unref (points);
    }
    const double value = g_array_index (total, KdPoint, i).value;
    g_assert_cmpfloat_with_epsilon (value, sum, 1e-5 * fabs (sum));
  }
  g_array_unref (total);
  kd_session_free (session);
  fixture_clear (&fixture);
}

static void
test_ap_at_fixed_steps (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  KdSession *session = fixture_run (&fixture.config);
  GArray *ap = fixture_series (session, 1, "ap50");
  static const int64_t expected[] = { 5, 10, 12 };
  g_assert_cmpuint (ap->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < ap->len; i++) {
    g_assert_cmpint (g_array_index (ap, KdPoint, i).step, ==, expected[i]);
    g_assert_cmpfloat (g_array_index (ap, KdPoint, i).value, >=, 0);
    g_assert_cmpfloat (g_array_index (ap, KdPoint, i).value, <=, 1);
  }
  g_array_unref (ap);
  kd_session_free (session);
  fixture_clear (&fixture);
}

/* The file's AP, through the public function, is what the session measured at the end. */
static void
test_evaluate_agrees (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  GError *error = NULL;
  char *out = fixture_path (&fixture, "out");
  fixture.config.out = out;
  fixture.config.steps = 60;
  fixture.config.eval_every = 0;
  KdSession *session = fixture_run (&fixture.config);
  char *run = g_build_filename (out, "none", NULL);
  char *checkpoint = kd_checkpoint_find (run, &error);
  g_assert_no_error (error);
  KdSceneConfig scenes;
  g_assert_true (kd_checkpoint_scenes (checkpoint, &scenes, &error));
  g_assert_cmpint (scenes.size.width, ==, 64);
  double numbers[KD_COCO_NUMBERS];
  g_assert_true (kd_evaluate (checkpoint, &scenes, KD_HELD_OUT_SEED, 20, 3, NULL, NULL, NULL,
                              numbers, &error));
  GArray *ap = fixture_series (session, 0, "ap");
  g_assert_cmpuint (ap->len, ==, 1);
  g_assert_cmpfloat (numbers[0], ==, g_array_index (ap, KdPoint, 0).value);
  g_array_unref (ap);
  kd_session_free (session);
  g_free (checkpoint);
  g_free (run);
  g_free (out);
  fixture_clear (&fixture);
}

/* ---- by hand ---- */

static void
test_step_and_pause (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  KdSession *straight = fixture_run (&fixture.config);
  fixture.config.paused = true;
  KdSession *session = fixture_start (&fixture.config);
  fixture_wait_state (session, KD_STATE_PAUSED);
  g_usleep (20000);
  g_assert_cmpint (kd_session_status (session).step, ==, 0);
  for (int step = 1; step <= 3; step++) {
    kd_session_step_once (session);
    fixture_wait_step (session, step);
    g_usleep (5000);
    g_assert_cmpint (kd_session_status (session).step, ==, step);
  }
  g_assert_false (kd_session_wait (session, 0.01));
  kd_session_play (session);
  g_assert_true (kd_session_wait (session, 60));
  for (int run = 0; run < 2; run++)
    fixture_assert_same_series (straight, run, session, run);
  kd_session_free (straight);
  kd_session_free (session);
  fixture_clear (&fixture);
}

static void
wait_phase (KdSession *session, KdStepPhase phase)
{
  const double until_s = kd_now_s () + 60;
  while (kd_session_status (session).next_phase != phase) {
    g_assert_cmpfloat (kd_now_s (), <, until_s);
    g_usleep (500);
  }
}

static void
test_phases (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  KdSession *straight = fixture_run (&fixture.config);
  fixture.config.paused = true;
  KdSession *session = fixture_start (&fixture.config);
  fixture_wait_state (session, KD_STATE_PAUSED);
  for (int step = 0; step < 2; step++) {
    for (int phase = KD_STEP_FORWARD; phase < KD_N_STEP_PHASES; phase++) {
      g_assert_cmpint (kd_session_status (session).next_phase, ==, phase);
      g_assert_cmpint (kd_session_status (session).step, ==, step);
      kd_session_step_phase (session);
      wait_phase (session, (KdStepPhase) ((phase + 1) % KD_N_STEP_PHASES));
    }
    g_assert_cmpint (kd_session_status (session).step, ==, step + 1);
  }
  /* Playing on from the middle of a step finishes that step. */
  kd_session_step_phase (session);
  wait_phase (session, KD_STEP_SELECT);
  kd_session_play (session);
  g_assert_true (kd_session_wait (session, 60));
  for (int run = 0; run < 2; run++)
    fixture_assert_same_series (straight, run, session, run);
  kd_session_free (straight);
  kd_session_free (session);
  fixture_clear (&fixture);
}

static void
test_speed (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  fixture.config.paused = true;
  fixture.config.eval_every = 0;
  KdSession *session = fixture_start (&fixture.config);
  fixture_wait_state (session, KD_STATE_PAUSED);
  kd_session_set_speed (session, 20);
  const double began_s = kd_now_s ();
  kd_session_play (session);
  fixture_wait_step (session, 9);
  /* The ninth step begins eight intervals of 50 ms after the first. */
  g_assert_cmpfloat (kd_now_s () - began_s, >=, 0.39);
  kd_session_free (session);
  fixture_clear (&fixture);
}

/* ---- pausing while AP is measured ---- */

/* A measurement that takes minutes: a pause that waited for its end would run into the fixture's patience. */
static void
test_pause_while_measuring (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  fixture.config.eval_every = 2;
  fixture.config.eval_images = 1000000;
  KdSession *session = fixture_start (&fixture.config);
  fixture_wait_state (session, KD_STATE_EVALUATING);
  for (int i = 0; i < 5; i++) {
    const double asked_s = kd_now_s ();
    kd_session_pause (session);
    fixture_wait_state (session, KD_STATE_PAUSED);
    g_test_message ("paused after %.1f ms", 1e3 * (kd_now_s () - asked_s));
    g_assert_cmpint (kd_session_status (session).step, ==, 2);
    /* At rest: not even a look makes it go on; a picture is there all the same. */
    const int id = kd_session_find_probe (session, 0, "student_feat", 0);
    kd_session_watch (session, &id, 1);
    kd_snapshot_unref (fixture_wait_snapshot (session, 2));
    g_assert_cmpint (kd_session_status (session).state, ==, KD_STATE_PAUSED);
    kd_session_play (session);
    fixture_wait_state (session, KD_STATE_EVALUATING);
  }
  kd_session_free (session);
  fixture_clear (&fixture);
}

/* Paused and played on in the middle of it, the measurement is what it is without; so is what is trained afterwards. */
static void
test_interrupted_measurement (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  fixture.config.eval_images = 150;
  KdSession *straight = fixture_run (&fixture.config);
  KdSession *session = fixture_start (&fixture.config);
  int interrupted = 0;
  while (!kd_session_wait (session, 0.0005)) {
    if (kd_session_status (session).state != KD_STATE_EVALUATING)
      continue;
    kd_session_pause (session);
    while (kd_session_status (session).state == KD_STATE_EVALUATING)
      g_usleep (100);
    interrupted += kd_session_status (session).state == KD_STATE_PAUSED;
    if (interrupted % 3 == 0)
      kd_session_step_once (session);
    kd_session_play (session);
  }
  g_test_message ("interrupted %d times", interrupted);
  g_assert_cmpint (interrupted, >, 2);
  g_assert_cmpint (kd_session_status (session).state, ==, KD_STATE_DONE);
  for (int run = 0; run < 2; run++)
    fixture_assert_same_series (straight, run, session, run);
  kd_session_free (straight);
  kd_session_free (session);
  fixture_clear (&fixture);
}

/* Asked for in the middle of it, a checkpoint waits for the step's row. */
static void
test_checkpoint_while_measuring (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  GError *error = NULL;
  char *out = fixture_path (&fixture, "out");
  fixture.config.out = out;
  fixture.config.eval_every = 2;
  fixture.config.eval_images = 300;
  fixture.config.checkpoint_every = 0;
  KdSession *session = fixture_start (&fixture.config);
  fixture_wait_state (session, KD_STATE_EVALUATING);
  kd_session_pause (session);
  kd_session_checkpoint (session);
  const KdEvent event = fixture_wait_event (session, KD_EVENT_CHECKPOINT);
  fixture_wait_state (session, KD_STATE_PAUSED);
  GArray *ap = fixture_series (session, 0, "ap");
  g_assert_cmpuint (ap->len, ==, event.step / 2);
  g_array_unref (ap);
  kd_session_free (session);
  fixture.config.resume = true;
  kd_session_free (fixture_run (&fixture.config));
  KdSavedConfig *saved = kd_config_load (out, &error);
  g_assert_no_error (error);
  kd_saved_config_free (saved);
  g_free (out);
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/lock-step/twins-are-equal", test_twins);
  g_test_add_func ("/session/lock-step/a-run-does-not-depend-on-others",
                   test_independent_of_others);
  g_test_add_func ("/session/lock-step/same-bits-for-any-threads", test_any_threads);
  g_test_add_func ("/session/lock-step/none-needs-no-teacher", test_without_teacher);
  g_test_add_func ("/session/series/learning-rate-warms-up-and-anneals", test_learning_rate);
  g_test_add_func ("/session/series/total-is-the-sum-of-its-terms", test_total_is_sum);
  g_test_add_func ("/session/series/ap-at-fixed-steps", test_ap_at_fixed_steps);
  g_test_add_func ("/session/evaluate/agrees-with-training", test_evaluate_agrees);
  g_test_add_func ("/session/transport/pause-and-step", test_step_and_pause);
  g_test_add_func ("/session/transport/phases-make-the-same-step", test_phases);
  g_test_add_func ("/session/transport/speed-is-limited", test_speed);
  g_test_add_func ("/session/pause/while-measuring", test_pause_while_measuring);
  g_test_add_func ("/session/pause/measurement-goes-on-where-it-was", test_interrupted_measurement);
  g_test_add_func ("/session/checkpoint/waits-for-the-measurement",
                   test_checkpoint_while_measuring);
  return g_test_run ();
}
