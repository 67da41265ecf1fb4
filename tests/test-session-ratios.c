/* SPDX-License-Identifier: MIT */

/* How strongly each term pulls at the student, against the detection loss: curves and lamps. */
#include "engine/session/lamp.h"
#include "engine/session/trainer.h"
#include "tests/session-fixture.h"

#include <math.h>
#include <string.h>

static KdTrainer *
make_trainer (Fixture *fixture)
{
  GError *error = NULL;
  fixture->config.steps = 120;
  fixture->runs[0].id = "none";
  fixture->runs[1].id = "fgd";
  g_assert_true (kd_blas_init (&error));
  KdTrainer *trainer = kd_trainer_new (&fixture->config, fixture->teacher, &error);
  g_assert_no_error (error);
  return trainer;
}

/* ---- curves ---- */

/* The whole way down, without stops, and a plain sum. */
static double
plain_norm (const KdStudent *student, KdNode *root)
{
  kd_graph_backward (student->graph, root, NULL, 0);
  double sum = 0;
  for (int l = 0; l < student->outputs.n_levels; l++) {
    const KdShape shape = kd_node_shape (student->outputs.feature[l]);
    const kd_real *gradient = kd_node_gradient (student->outputs.feature[l]);
    for (int i = 0; i < shape.n * shape.h * shape.w * shape.c; i++)
      sum += (double) gradient[i] * (double) gradient[i];
  }
  return sqrt (sum);
}

static void
test_ratios (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  KdTrainer *trainer = make_trainer (&fixture);
  for (int phase = KD_STEP_FORWARD; phase <= KD_STEP_LOSS; phase++)
    g_assert_cmpint (kd_trainer_phase (trainer, NULL), ==, KD_STEP_DONE);
  const KdRun *run = trainer->runs[1];
  const KdBuiltOutputs *method = run->student->method;
  double expected[KD_MAX_TERMS + 1];
  const double task = plain_norm (run->student, run->student->loss.total);
  for (int i = 0; i < method->n_terms; i++)
    expected[i] = plain_norm (run->student, method->terms[i].value) / task;
  expected[method->n_terms] = plain_norm (run->student, method->total) / task;
  g_assert_cmpint (kd_trainer_phase (trainer, NULL), ==, KD_STEP_DONE);
  g_assert_cmpint (method->n_terms, ==, 4);
  for (int i = 0; i <= method->n_terms; i++) {
    g_assert_cmpfloat (expected[i], >, 0);
    g_assert_cmpfloat_with_epsilon (run->ratios[i], expected[i], 1e-9 * expected[i]);
  }
  /* The measuring left the step as it is without: total's gradient is the last one in the nodes. */
  const double left = kd_student_feature_gradient_norm (run->student);
  g_assert_cmpfloat (left, ==, plain_norm (run->student, run->student->total));
  kd_trainer_free (trainer);
  fixture_clear (&fixture);
}

static void
test_columns (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  fixture.config.steps = 101;
  fixture.config.eval_every = 0;
  fixture.config.final_eval_images = 0;
  KdSession *session = fixture_run (&fixture.config);
  static const char *const names[] = {
    "ratio.fgd.fg", "ratio.fgd.bg", "ratio.fgd.attention", "ratio.fgd.relation", "ratio.fgd.total",
  };
  static const int64_t steps[] = { 1, 50, 100 };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    GArray *points = fixture_series (session, 1, names[i]);
    g_assert_cmpuint (points->len, ==, G_N_ELEMENTS (steps));
    for (guint p = 0; p < points->len; p++) {
      g_assert_cmpint (g_array_index (points, KdPoint, p).step, ==, steps[p]);
      g_assert_cmpfloat (g_array_index (points, KdPoint, p).value, >, 0);
    }
    g_array_unref (points);
  }
  int n = 0;
  const KdSeriesInfo *series = kd_session_series (session, &n);
  for (int i = 0; i < n; i++)
    g_assert_false (series[i].run == 0 && g_str_has_prefix (series[i].name, "ratio."));
  kd_session_free (session);
  fixture_clear (&fixture);
}

/* Each size's AP is COCO's: on scenes of 64 px no object is large, so that there is no such number. */
static void
test_ap_of_sizes (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  GError *error = NULL;
  char *out = fixture_path (&fixture, "out");
  fixture.config.out = out;
  fixture.config.steps = 60;
  fixture.config.eval_every = 0;
  KdSession *session = fixture_run (&fixture.config);
  char *run = g_build_filename (out, "fgd", NULL);
  char *checkpoint = kd_checkpoint_find (run, &error);
  g_assert_no_error (error);
  double numbers[KD_COCO_NUMBERS];
  g_assert_true (kd_evaluate (checkpoint, &fixture.config.scenes, KD_HELD_OUT_SEED, 20, 1, NULL,
                              NULL, NULL, numbers, &error));
  static const struct {
    const char *name;
    int number;
  } sizes[] = { { "ap_small", 3 }, { "ap_medium", 4 }, { "ap_large", 5 } };
  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++) {
    GArray *points = fixture_series (session, 1, sizes[i].name);
    const double number = numbers[sizes[i].number];
    g_assert_cmpuint (points->len, ==, number < 0 ? 0 : 1);
    if (number >= 0)
      g_assert_cmpfloat (g_array_index (points, KdPoint, 0).value, ==, number);
    g_array_unref (points);
  }
  g_assert_cmpfloat (numbers[3], >=, 0);
  g_assert_cmpfloat (numbers[5], ==, -1);
  kd_session_free (session);
  g_free (checkpoint);
  g_free (run);
  g_free (out);
  fixture_clear (&fixture);
}

/* ---- lamps ---- */

static void
watch_features (KdSession *session)
{
  const int id = kd_session_find_probe (session, 1, "student_feat", 0);
  g_assert_cmpint (id, >=, 0);
  kd_session_watch (session, &id, 1);
}

static KdTermStatus
term_status (const KdSnapshot *snapshot, const char *id)
{
  const KdTermStatus *terms;
  const int n = kd_snapshot_terms (snapshot, 1, &terms);
  for (int i = 0; i < n; i++) {
    if (strcmp (terms[i].id, id) == 0)
      return terms[i];
  }
  g_error ("no term %s", id);
}

static KdSession *
start_with (Fixture *fixture, const char *method, const char *set[][2], size_t n_set)
{
  GError *error = NULL;
  KdKnobs *knobs = kd_knobs_new (kd_method_find (method), NULL, &error);
  g_assert_no_error (error);
  for (size_t i = 0; i < n_set; i++)
    g_assert_true (kd_knobs_set (knobs, set[i][0], set[i][1], &error));
  fixture->runs[1].knobs = knobs;
  fixture->config.paused = true;
  KdSession *session = fixture_start (&fixture->config);
  kd_knobs_free (knobs);
  fixture_wait_state (session, KD_STATE_PAUSED);
  watch_features (session);
  return session;
}

static void
assert_reason (const KdSnapshot *snapshot, const char *term, const char *reason)
{
  const KdTermStatus status = term_status (snapshot, term);
  g_assert_cmpint (status.lit, ==, reason == NULL);
  g_assert_cmpstr (status.reason, ==, reason ? reason : "");
  g_assert_cmpint (status.gradient_norm > 0, ==, reason == NULL);
}

static void
test_lamps_of_knobs (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  const char *set[][2] = { { "alpha", "0" }, { "lambda", "0" } };
  KdSession *session = start_with (&fixture, "fgd", set, 2);
  KdSnapshot *snapshot = fixture_wait_snapshot (session, 0);
  assert_reason (snapshot, "fg", "fgd.alpha is 0");
  assert_reason (snapshot, "bg", NULL);
  assert_reason (snapshot, "attention", NULL);
  assert_reason (snapshot, "relation", "fgd.lambda is 0");
  kd_snapshot_unref (snapshot);
  GError *error = NULL;
  g_assert_true (kd_session_set_knob (session, 1, "run.scale", "0", &error));
  fixture_wait_event (session, KD_EVENT_KNOB);
  snapshot = fixture_wait_snapshot (session, 0);
  assert_reason (snapshot, "fg", "fgd.alpha and run.scale are 0");
  assert_reason (snapshot, "bg", "run.scale is 0");
  kd_snapshot_unref (snapshot);
  kd_session_free (session);
  fixture_clear (&fixture);
}

/* The training batch with its boxes taken away: masks are empty, the background is the whole image. */
static void
test_lamp_without_objects (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  KdTrainer *trainer = make_trainer (&fixture);
  for (int phase = KD_STEP_FORWARD; phase <= KD_STEP_LOSS; phase++)
    g_assert_cmpint (kd_trainer_phase (trainer, NULL), ==, KD_STEP_DONE);
  const KdRun *run = trainer->runs[1];
  const KdBuiltOutputs *method = run->student->method;
  kd_node_set_live_rows (run->student->targets.boxes, 0);
  kd_graph_forward (run->student->graph, NULL);
  g_assert_cmpstr (method->terms[0].id, ==, "fg");
  g_assert_cmpfloat (plain_norm (run->student, method->terms[0].value), ==, 0);
  g_assert_cmpfloat (plain_norm (run->student, method->terms[1].value), >, 0);
  const double value = kd_node_scalar (method->terms[1].value);
  KdLampReason reason;
  const KdLampSubject subject = kd_lamp_subject (run->student, run->knobs, 0);
  kd_lamp_explain (&subject, method->terms[0].value, 0, reason);
  g_assert_cmpstr (reason, ==, "this image has no object, and the term is about objects");
  kd_lamp_explain (&subject, method->terms[0].value, NAN, reason);
  g_assert_cmpstr (reason, ==, "its gradient is not a number");
  g_assert_cmpfloat (kd_node_scalar (method->terms[1].value), ==, value);
  kd_trainer_free (trainer);
  fixture_clear (&fixture);
}

static void
test_lamp_without_selection (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  /* No box in an image of 64 px has a side of more than 64 px, so that no instance is large enough. */
  const char *set[][2] = { { "min_size", "64" } };
  KdSession *session = start_with (&fixture, "gid", set, 1);
  KdSnapshot *snapshot = fixture_wait_snapshot (session, 0);
  const KdTermStatus status = term_status (snapshot, "feature");
  g_assert_false (status.lit);
  g_test_message ("%s", status.reason);
  g_assert_nonnull (strstr (status.reason, "there is no instance"));
  kd_snapshot_unref (snapshot);
  kd_session_free (session);
  fixture_clear (&fixture);
}

/* ---- balance ---- */

/* Means of both norms over the next batches by hand: a fresh trainer walks through them without an update. */
static double
scale_by_hand (Fixture *fixture, const KdKnobs *knobs, double ratio)
{
  GError *error = NULL;
  KdKnobs *full = kd_knobs_copy (knobs);
  g_assert_true (kd_knobs_set (full, "run.scale", "1", &error));
  g_assert_true (kd_knobs_set (full, "run.ramp", "0", &error));
  double method = 0, task = 0;
  for (int i = 0; i < KD_BALANCE_BATCHES; i++) {
    KdTrainer *trainer = make_trainer (fixture);
    KdStudent *student = trainer->runs[1]->student;
    kd_trainer_seek (trainer, i); /* the initial weights, batch i */
    kd_trainer_fetch (trainer);
    kd_trainer_teach (trainer, NULL);
    kd_student_set (student, trainer->inputs, full, i);
    kd_graph_forward (student->graph, NULL);
    method += plain_norm (student, student->method->total);
    task += plain_norm (student, student->loss.total);
    kd_trainer_free (trainer);
  }
  kd_knobs_free (full);
  return ratio * task / method;
}

static double
scale_of (KdSession *session, int run)
{
  KdKnobs *knobs = kd_session_run_knobs (session, run);
  const double scale = kd_knobs_get (knobs, "run.scale");
  kd_knobs_free (knobs);
  return scale;
}

static void
test_balance (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  GError *error = NULL;
  g_assert_true (kd_knobs_set (fixture.fgd, "run.ramp", "40", &error));
  fixture.config.paused = true;
  fixture.config.steps = 120;
  KdSession *session = fixture_start (&fixture.config);
  fixture_wait_state (session, KD_STATE_PAUSED);
  const double before = scale_of (session, 1);
  kd_session_step_phase (session); /* a step that was begun begins anew */
  kd_session_balance (session, 1, 0.5);
  const KdEvent event = fixture_wait_event (session, KD_EVENT_KNOB);
  const double expected = scale_by_hand (&fixture, fixture.fgd, 0.5);
  g_test_message ("%s, by hand %g", event.text, expected);
  g_assert_cmpint (event.run, ==, 1);
  g_assert_true (g_str_has_prefix (event.text, "run.scale 1 -> "));
  g_assert_cmpfloat_with_epsilon (scale_of (session, 1), expected, 1e-3 * expected);
  g_assert_cmpfloat (scale_of (session, 1), !=, before);
  g_assert_cmpfloat (scale_of (session, 0), ==, 1);
  /* The curve agrees, at this batch and in the ramp's first step. */
  kd_session_step_once (session);
  fixture_wait_step (session, 1);
  GArray *ratio = fixture_series (session, 1, "ratio.fgd.total");
  g_assert_cmpuint (ratio->len, ==, 1);
  const double first = 40 * g_array_index (ratio, KdPoint, 0).value;
  g_assert_cmpfloat (first, >, 0.25);
  g_assert_cmpfloat (first, <, 1);
  g_array_unref (ratio);
  kd_session_free (session);
  fixture_clear (&fixture);
}

/* One sentence instead of a scale; and the scale itself being 0 is no obstacle. */
static void
test_balance_without_gradient (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  const char *set[][2] = {
    { "alpha", "0" }, { "beta", "0" }, { "gamma", "0" }, { "lambda", "0" }, { "run.scale", "0" },
  };
  KdSession *session = start_with (&fixture, "fgd", set, G_N_ELEMENTS (set));
  GError *error = NULL;
  kd_session_balance (session, 1, 1);
  KdEvent event = fixture_wait_event (session, KD_EVENT_ERROR);
  g_assert_cmpint (event.run, ==, 1);
  g_assert_cmpstr (event.text, ==, "fgd: there is no gradient to balance: fgd.alpha is 0");
  g_assert_cmpfloat (scale_of (session, 1), ==, 0);
  kd_session_balance (session, 0, 1);
  event = fixture_wait_event (session, KD_EVENT_ERROR);
  g_assert_cmpstr (event.text, ==, "none: there is nothing to balance: its method has no terms");
  g_assert_true (kd_session_set_knob (session, 1, "alpha", "0.001", &error));
  fixture_wait_event (session, KD_EVENT_KNOB);
  kd_session_balance (session, 1, 1);
  event = fixture_wait_event (session, KD_EVENT_KNOB);
  g_assert_true (g_str_has_prefix (event.text, "run.scale 0 -> "));
  g_assert_cmpfloat (scale_of (session, 1), >, 0);
  kd_session_free (session);
  fixture_clear (&fixture);
}

/* Only the scale is changed: the twin, and the batches, are what they were. */
static void
test_balance_is_harmless (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  KdSession *straight = fixture_run (&fixture.config);
  fixture.config.paused = true;
  KdSession *session = fixture_start (&fixture.config);
  fixture_wait_state (session, KD_STATE_PAUSED);
  for (int64_t step = 1; step <= 3; step++) {
    kd_session_step_once (session);
    fixture_wait_step (session, step);
    kd_session_step_phase (session);
    kd_session_balance (session, 1, 1);
    fixture_wait_event (session, KD_EVENT_KNOB);
  }
  kd_session_play (session);
  g_assert_true (kd_session_wait (session, 60));
  fixture_assert_same_series (straight, 0, session, 0);
  kd_session_free (straight);
  kd_session_free (session);
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/ratios/are-the-plain-gradients", test_ratios);
  g_test_add_func ("/session/ratios/every-fifty-steps", test_columns);
  g_test_add_func ("/session/ap/of-each-size", test_ap_of_sizes);
  g_test_add_func ("/session/lamp/names-the-knob", test_lamps_of_knobs);
  g_test_add_func ("/session/lamp/names-a-lack-of-objects", test_lamp_without_objects);
  g_test_add_func ("/session/lamp/says-what-is-not-selected", test_lamp_without_selection);
  g_test_add_func ("/session/balance/is-the-measured-ratio", test_balance);
  g_test_add_func ("/session/balance/needs-a-gradient", test_balance_without_gradient);
  g_test_add_func ("/session/balance/changes-nothing-else", test_balance_is_harmless);
  return g_test_run ();
}
