/* SPDX-License-Identifier: MIT */

/* Weights of keyframes, and new sessions that begin there. */
#include "engine/session/trainer.h"
#include "engine/session/weight-store.h"
#include "tests/session-fixture.h"

#include <string.h>

#define STEPS 60
#define EVERY 5

/* Keyframes at 0, 5, .. 60; the last eight begin at 25. */
static KdSession *
run_to_end (Fixture *fixture)
{
  fixture->config.steps = STEPS;
  fixture->config.keyframe_every = EVERY;
  fixture->config.eval_every = 10;
  KdSession *session = fixture_run (&fixture->config);
  const double until_s = kd_now_s () + 10;
  while (!kd_session_keyframe_has_weights (session, STEPS)) {
    g_assert_cmpfloat (kd_now_s (), <, until_s);
    g_usleep (1000);
  }
  return session;
}

static KdSession *
branch (KdSession *session, int64_t step, int run, const KdKnobs *knobs, const char *out)
{
  GError *error = NULL;
  KdSession *branched = kd_session_branch (session, step, run, knobs, out, &error);
  g_assert_no_error (error);
  g_assert_nonnull (branched);
  fixture_wait_state (branched, KD_STATE_PAUSED);
  g_assert_cmpint (kd_session_status (branched).step, ==, step);
  return branched;
}

static void
play_to_end (KdSession *session)
{
  kd_session_play (session);
  g_assert_true (kd_session_wait (session, 60));
  g_assert_cmpint (kd_session_status (session).state, ==, KD_STATE_DONE);
}

/* ---- to the bit ---- */

static void
test_unchanged (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  KdSession *session = run_to_end (&fixture);
  KdSession *branched = branch (session, 30, 1, NULL, NULL);
  g_assert_cmpint (kd_session_runs (branched), ==, 3);
  g_assert_cmpstr (kd_session_run_id (branched, 2), ==, "fgd-2");
  /* The past is there before a step is made: thirty of the losses, three of the APs. */
  GArray *loss = fixture_series (branched, 2, "loss.total");
  GArray *ap = fixture_series (branched, 2, "ap");
  g_assert_cmpuint (loss->len, ==, 30);
  g_assert_cmpuint (ap->len, ==, 3);
  g_array_unref (loss);
  g_array_unref (ap);
  play_to_end (branched);
  fixture_assert_same_series (session, 0, branched, 0);
  fixture_assert_same_series (session, 1, branched, 1);
  fixture_assert_same_series (session, 1, branched, 2);
  /* Once more, from the branch; and the session that was branched may go first. */
  kd_session_free (session);
  KdSession *again = branch (branched, 40, 2, NULL, NULL);
  g_assert_cmpstr (kd_session_run_id (again, 3), ==, "fgd-3");
  play_to_end (again);
  fixture_assert_same_series (branched, 2, again, 3);
  fixture_assert_same_series (branched, 0, again, 0);
  kd_session_free (branched);
  kd_session_free (again);
  fixture_clear (&fixture);
}

static double
value_at (KdSession *session, int run, const char *name, int64_t step)
{
  GArray *points = fixture_series (session, run, name);
  double value = 0;
  bool found = false;
  for (guint i = 0; i < points->len; i++) {
    if (g_array_index (points, KdPoint, i).step == step) {
      value = g_array_index (points, KdPoint, i).value;
      found = true;
    }
  }
  g_array_unref (points);
  g_assert_true (found);
  return value;
}

/* The copy goes another way; its source, and the twin, do not notice. */
static void
test_changed (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  GError *error = NULL;
  KdSession *session = run_to_end (&fixture);
  KdKnobs *knobs = kd_session_run_knobs (session, 1);
  g_assert_true (kd_knobs_set (knobs, "run.scale", "3", &error));
  KdSession *branched = branch (session, 30, 1, knobs, NULL);
  kd_knobs_free (knobs);
  play_to_end (branched);
  fixture_assert_same_series (session, 0, branched, 0);
  fixture_assert_same_series (session, 1, branched, 1);
  /* Same weights, same batch: thrice the loss; then they part. */
  const double fg = value_at (session, 1, "loss.fgd.fg", 31);
  g_assert_cmpfloat_with_epsilon (value_at (branched, 2, "loss.fgd.fg", 31), 3 * fg, 1e-5 * fg);
  g_assert_cmpfloat (value_at (branched, 2, "loss.cls", 31), ==,
                     value_at (session, 1, "loss.cls", 31));
  g_assert_cmpfloat (value_at (branched, 2, "loss.cls", 33), !=,
                     value_at (session, 1, "loss.cls", 33));
  kd_session_free (session);
  kd_session_free (branched);
  fixture_clear (&fixture);
}

/* The twin, from step 30 on with a teacher. */
static void
test_other_method (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  GError *error = NULL;
  KdSession *session = run_to_end (&fixture);
  KdKnobs *knobs = kd_knobs_new (kd_method_find ("kd"), NULL, &error);
  g_assert_no_error (error);
  KdSession *branched = branch (session, 30, 0, knobs, NULL);
  kd_knobs_free (knobs);
  g_assert_cmpstr (kd_session_run_id (branched, 2), ==, "kd");
  play_to_end (branched);
  fixture_assert_same_series (session, 0, branched, 0);
  g_assert_cmpfloat (value_at (branched, 2, "loss.cls", 31), ==,
                     value_at (session, 0, "loss.cls", 31));
  g_assert_cmpfloat (value_at (branched, 2, "loss.cls", 40), !=,
                     value_at (session, 0, "loss.cls", 40));
  g_assert_cmpfloat (value_at (branched, 2, "loss.kd.kd", 31), >, 0);
  kd_session_free (session);
  kd_session_free (branched);
  fixture_clear (&fixture);
}

/* A knob that was turned later is as it was then. */
static void
test_knobs_of_then (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  GError *error = NULL;
  fixture.config.paused = true;
  fixture.config.keyframe_every = 2;
  KdSession *session = fixture_start (&fixture.config);
  fixture_wait_state (session, KD_STATE_PAUSED);
  for (int64_t step = 1; step <= 3; step++) {
    kd_session_step_once (session);
    fixture_wait_step (session, step);
  }
  g_assert_true (kd_session_set_knob (session, 1, "levels", "1", &error));
  fixture_wait_event (session, KD_EVENT_KNOB);
  kd_session_step_once (session);
  fixture_wait_step (session, 4);
  while (!kd_session_keyframe_has_weights (session, 4))
    g_usleep (1000);
  static const double levels[] = { 0, 1 };
  for (int i = 0; i < 2; i++) {
    KdSession *branched = branch (session, 2 + 2 * i, 1, NULL, NULL);
    for (int run = 1; run <= 2; run++) {
      KdKnobs *knobs = kd_session_run_knobs (branched, run);
      g_assert_cmpfloat (kd_knobs_get (knobs, "levels"), ==,
                         i == 0 ? kd_knobs_get (fixture.fgd, "levels") : levels[i]);
      kd_knobs_free (knobs);
    }
    kd_session_free (branched);
  }
  kd_session_free (session);
  fixture_clear (&fixture);
}

/* ---- memory and disk ---- */

/* What was read is what was trained: the numbers of the trainer, which does not move on. */
static void
assert_same_weights (KdKeyframeWeights *weights, const KdTrainer *trainer)
{
  if (!weights)
    return;
  KdKeyframeWeights *now = kd_keyframe_weights_new (0, trainer->runs, trainer->n_runs);
  size_t bytes = 0, expected = 0;
  const kd_real *values = kd_keyframe_weights_values (weights, &bytes);
  const kd_real *mine = kd_keyframe_weights_values (now, &expected);
  g_assert_cmpmem (values, bytes, mine, expected);
  kd_keyframe_weights_unref (now);
}

/* As many steps as fit into memory, the newest always; the rest in the file, or away without one. */
static void
test_limits (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  GError *error = NULL;
  fixture.runs[0].id = "none";
  fixture.runs[1].id = "fgd";
  g_assert_true (kd_blas_init (&error));
  KdTrainer *trainer = kd_trainer_new (&fixture.config, fixture.teacher, &error);
  g_assert_no_error (error);
  size_t one = 0;
  for (int r = 0; r < 2; r++) {
    for (int i = 0; i < kd_params_count (trainer->runs[r]->params); i++)
      one +=
          3 * sizeof (float) * kd_shape_count (kd_params_at (trainer->runs[r]->params, i)->shape);
  }
  /* Memory for three, no file; memory for none; a file for eight beside memory for one: when it is full, every second one of the older four goes: 1 and 3, then 2 and 5. */
  static const struct {
    bool file;
    size_t memory, in_file; /* in halves of a step */
    bool kept[12];
    int in_memory;
  } cases[] = {
    { false, 7, 0, { [9] = true, [10] = true, [11] = true }, 3 },
    { false, 0, 0, { [11] = true }, 1 },
    { true, 7, 100, { true, true, true, true, true, true, true, true, true, true, true, true }, 3 },
    { true,
      0,
      17,
      { [0] = true,
        [4] = true,
        [6] = true,
        [7] = true,
        [8] = true,
        [9] = true,
        [10] = true,
        [11] = true },
      1 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    const KdWeightLimits limits = { cases[i].memory * one / 2, cases[i].in_file * one / 2 };
    char *folder = cases[i].file ? fixture_path (&fixture, "kept") : NULL;
    KdWeightStore *store = kd_weight_store_new (folder, limits);
    for (int64_t step = 0; step < 12; step++)
      kd_weight_store_add (store, kd_keyframe_weights_new (step, trainer->runs, 2));
    for (int64_t step = 0; step < 12; step++) {
      g_assert_cmpint (kd_weight_store_has (store, step), ==, cases[i].kept[step]);
      KdKeyframeWeights *weights = kd_weight_store_get (store, step, NULL);
      g_assert_cmpint (weights != NULL, ==, cases[i].kept[step]);
      assert_same_weights (weights, trainer);
      kd_keyframe_weights_unref (weights);
    }
    g_assert_cmpuint (kd_weight_store_bytes (store), ==, (size_t) cases[i].in_memory * one);
    kd_weight_store_free (store);
    g_free (folder);
  }
  kd_trainer_free (trainer);
  fixture_clear (&fixture);
}

static void
assert_same_csv (const char *a, const char *run_a, const char *b, const char *run_b)
{
  char *mine = g_build_filename (a, run_a, "series.csv", NULL);
  char *theirs = g_build_filename (b, run_b, "series.csv", NULL);
  fixture_assert_same_file (mine, theirs);
  g_free (mine);
  g_free (theirs);
}

static char *
last_checkpoint (const char *out, const char *run)
{
  char *folder = g_build_filename (out, run, NULL);
  char *path = kd_checkpoint_find (folder, NULL);
  g_assert_nonnull (path);
  g_free (folder);
  return path;
}

static void
test_any_keyframe (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  char *out = fixture_path (&fixture, "out");
  fixture.config.out = out;
  KdSession *session = run_to_end (&fixture);
  for (int64_t step = 0; step <= STEPS; step += EVERY)
    g_assert_true (kd_session_keyframe_has_weights (session, step));
  char *there = fixture_path (&fixture, "branch");
  KdSession *branched = branch (session, 10, 1, NULL, there);
  play_to_end (branched);
  fixture_assert_same_series (session, 0, branched, 0);
  fixture_assert_same_series (session, 1, branched, 2);
  kd_session_free (branched);
  /* Its folder holds the past too: the same file as if it had been there from the start. */
  assert_same_csv (out, "fgd", there, "fgd-2");
  GError *error = NULL;
  KdSavedConfig *saved = kd_config_load (there, &error);
  g_assert_no_error (error);
  g_assert_cmpint (kd_saved_config_get (saved)->n_runs, ==, 3);
  kd_saved_config_free (saved);
  kd_session_free (session);
  g_free (there);
  g_free (out);
  fixture_clear (&fixture);
}

/* A branch that was killed goes on from its own folder. */
static void
test_resume_of_branch (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  char *out = fixture_path (&fixture, "out"), *there = fixture_path (&fixture, "branch");
  fixture.config.out = out;
  KdSession *session = run_to_end (&fixture);
  KdSession *branched = branch (session, 30, 1, NULL, there);
  kd_session_free (branched); /* at once: what it wrote when it began is all there is */
  GError *error = NULL;
  KdSavedConfig *saved = kd_config_load (there, &error);
  g_assert_no_error (error);
  KdConfig config = *kd_saved_config_get (saved);
  config.resume = true;
  kd_session_free (fixture_run (&config));
  assert_same_csv (out, "none", there, "none");
  assert_same_csv (out, "fgd", there, "fgd");
  assert_same_csv (out, "fgd", there, "fgd-2");
  char *mine = last_checkpoint (out, "fgd"), *theirs = last_checkpoint (there, "fgd");
  fixture_assert_same_file (mine, theirs);
  g_free (mine);
  g_free (theirs);
  kd_saved_config_free (saved);
  kd_session_free (session);
  g_free (there);
  g_free (out);
  fixture_clear (&fixture);
}

static void
test_refusals (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  GError *error = NULL;
  KdRunConfig runs[KD_MAX_RUNS] = { 0 };
  for (int r = 0; r < KD_MAX_RUNS; r++)
    runs[r].knobs = fixture.none;
  fixture.config.runs = runs;
  fixture.config.n_runs = KD_MAX_RUNS;
  fixture.config.keyframe_every = 1;
  fixture.config.paused = true;
  fixture.config.teacher = "";
  KdSession *session = fixture_start (&fixture.config);
  fixture_wait_state (session, KD_STATE_PAUSED);
  while (!kd_session_keyframe_has_weights (session, 0))
    g_usleep (1000);
  g_assert_null (kd_session_branch (session, 0, 0, NULL, NULL, &error));
  g_assert_error (error, KD_ERROR, KD_ERROR_CONFIG);
  g_assert_nonnull (strstr (error->message, "number of runs"));
  g_clear_error (&error);
  KdSession *same = branch (session, 0, -1, NULL, NULL); /* none doubled: a second of the same */
  g_assert_cmpint (kd_session_runs (same), ==, KD_MAX_RUNS);
  kd_session_free (same);
  kd_session_free (session);
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/branch/unchanged-is-the-same-to-the-bit", test_unchanged);
  g_test_add_func ("/session/branch/changed-leaves-the-others", test_changed);
  g_test_add_func ("/session/branch/into-another-method", test_other_method);
  g_test_add_func ("/session/branch/knobs-are-those-of-then", test_knobs_of_then);
  g_test_add_func ("/session/branch/resumes-from-its-folder", test_resume_of_branch);
  g_test_add_func ("/session/branch/refusals", test_refusals);
  g_test_add_func ("/session/keyframe-weights/within-their-limits", test_limits);
  g_test_add_func ("/session/keyframe-weights/any-keyframe-branches", test_any_keyframe);
  return g_test_run ();
}
