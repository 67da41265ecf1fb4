/* SPDX-License-Identifier: MIT */

/* A first phase before step 0, MasKD's tokens, in a session of all methods: what it learns, leaves alone, and finds again. */
#include "tests/session-fixture.h"

#include <math.h>
#include <string.h>

#define LEARNING_STEPS 12

/* Each with its demo preset; MasKD learns for a moment only. */
typedef struct {
  Fixture fixture;
  KdRunConfig runs[KD_MAX_RUNS];
  int n_runs, maskd;
} Everyone;

static KdKnobs *
demo_knobs (const KdMethod *method)
{
  GError *error = NULL;
  KdKnobs *knobs = kd_knobs_new (method, method->n_knobs > 0 ? "demo" : NULL, &error);
  g_assert_no_error (error);
  if (method->n_phases > 1) {
    g_autofree char *steps = g_strdup_printf ("%d", LEARNING_STEPS);
    g_assert_true (kd_knobs_set (knobs, "learn_steps", steps, &error));
  }
  return knobs;
}

static void
everyone_init (Everyone *everyone, const char *const *ids)
{
  memset (everyone, 0, sizeof *everyone);
  fixture_init (&everyone->fixture);
  for (int i = 0; ids[i]; i++) {
    if (g_str_equal (ids[i], "maskd"))
      everyone->maskd = i;
    everyone->runs[everyone->n_runs++].knobs = demo_knobs (kd_method_find (ids[i]));
  }
  KdConfig *config = &everyone->fixture.config;
  config->runs = everyone->runs;
  config->n_runs = everyone->n_runs;
  config->steps = 6;
  config->eval_every = 0;
  config->final_eval_images = 0;
  config->checkpoint_every = 3;
  config->cache = "";
}

static void
everyone_clear (Everyone *everyone)
{
  for (int r = 0; r < everyone->n_runs; r++)
    kd_knobs_free ((KdKnobs *) everyone->runs[r].knobs);
  fixture_clear (&everyone->fixture);
}

static const char *const three[] = { "none", "fgd", "maskd", NULL };
static const char *const eleven[] = { "none", "mimic",  "fgfi", "gid",   "defeat", "frs",
                                      "fgd",  "rm_pfi", "pgd",  "maskd", "kd",     NULL };

/* Steps of both phases made so far. */
static int64_t
steps_made (KdSession *session)
{
  const KdStatus status = kd_session_status (session);
  return status.step + (status.learning < 0 ? LEARNING_STEPS : status.learned);
}

/* One at a time: commands that wait together make one step. */
static void
make_steps (KdSession *session, int n)
{
  fixture_wait_state (session, KD_STATE_PAUSED);
  for (int i = 0; i < n; i++) {
    const int64_t before = steps_made (session);
    kd_session_step_once (session);
    for (int patience = 0; steps_made (session) == before; patience++) {
      g_assert_cmpint (patience, <, 60000);
      g_usleep (1000);
    }
  }
}

static char *
last_checkpoint (const char *out, const char *run)
{
  GError *error = NULL;
  g_autofree char *folder = g_build_filename (out, run, NULL);
  char *path = kd_checkpoint_find (folder, &error);
  g_assert_no_error (error);
  return path;
}

static void
assert_same_end (const char *a, const char *b, const char *run)
{
  g_autofree char *mine = last_checkpoint (a, run), *theirs = last_checkpoint (b, run);
  fixture_assert_same_file (mine, theirs);
}

/* ---- eleven at once ---- */

static void
test_all_methods (void)
{
  Everyone everyone;
  everyone_init (&everyone, eleven);
  KdConfig *config = &everyone.fixture.config;
  g_autofree char *one = fixture_path (&everyone.fixture, "one"),
                  *three_threads = fixture_path (&everyone.fixture, "three");
  config->threads = 1;
  config->out = one;
  KdSession *a = fixture_run (config);
  config->threads = 3;
  config->out = three_threads;
  KdSession *b = fixture_run (config);
  int n_methods;
  kd_methods (&n_methods);
  g_assert_cmpint (n_methods, ==, kd_session_runs (a)); /* none is left out */
  for (int r = 0; r < kd_session_runs (a); r++) {
    g_assert_cmpstr (kd_session_run_id (a, r), ==, eleven[r]);
    fixture_assert_same_series (a, r, b, r);
    assert_same_end (one, three_threads, eleven[r]);
  }
  kd_session_free (a);
  kd_session_free (b);
  everyone_clear (&everyone);
}

/* What lies in the cells and what has no place are the whole, for every method as it trains. */
static void
test_density (void)
{
  Everyone everyone;
  everyone_init (&everyone, eleven);
  KdConfig *config = &everyone.fixture.config;
  KdSession *session = fixture_run (config);
  int ids[KD_MAX_RUNS], n_ids = 0;
  for (int r = 1; r < everyone.n_runs; r++)
    ids[n_ids++] = kd_session_find_probe (session, r, "student_feat", 0);
  kd_session_watch (session, ids, n_ids);
  KdSnapshot *snapshot = fixture_wait_snapshot (session, config->steps);
  for (int r = 1; r < everyone.n_runs; r++) {
    const KdTermStatus *terms;
    const int n_terms = kd_snapshot_terms (snapshot, r, &terms);
    double sum = 0, placeless = 0;
    for (int i = 0; i < n_terms; i++)
      sum += terms[i].value;
    g_test_message ("%s: %g", kd_session_run_id (session, r), sum);
    g_assert_cmpint (n_terms, >, 0);
    g_assert_cmpfloat (fabs (sum), >, 0);
    g_assert_cmpfloat_with_epsilon (kd_snapshot_total (snapshot, r, &placeless), sum,
                                    1e-5 * fabs (sum));
  }
  kd_snapshot_unref (snapshot);
  kd_session_free (session);
  everyone_clear (&everyone);
}

/* ---- what is learned ---- */

static KdArrays *
load (const char *path)
{
  GError *error = NULL;
  KdArrays *arrays = kd_arrays_load (path, &error);
  g_assert_no_error (error);
  return arrays;
}

static double
largest (const KdArray *array)
{
  double most = 0;
  for (size_t i = 0; i < kd_array_count (array); i++)
    most = MAX (most, fabs (kd_array_get (array, i)));
  return most;
}

/* After six steps of the student the tokens are what was learned, to the bit, and have no moments. */
static void
test_frozen (void)
{
  Everyone everyone;
  everyone_init (&everyone, three);
  KdConfig *config = &everyone.fixture.config;
  g_autofree char *out = fixture_path (&everyone.fixture, "out");
  config->out = out;
  kd_session_free (fixture_run (config));
  g_autofree char *learned_path = g_build_filename (out, "maskd", "learned.safetensors", NULL);
  g_autofree char *trained_path = last_checkpoint (out, "maskd");
  g_autoptr (KdArrays) learned = load (learned_path), trained = load (trained_path);
  int n = 0;
  for (int i = 0; i < kd_arrays_count (learned); i++) {
    const KdArray *array = kd_arrays_at (learned, i);
    if (!g_str_has_prefix (array->name, "param."))
      continue;
    const KdArray *frozen = kd_arrays_find (trained, array->name);
    g_autofree char *moment = g_strconcat ("moment1.", array->name, NULL);
    g_assert_nonnull (frozen);
    g_assert_cmpmem (array->data, kd_array_count (array) * sizeof (float), frozen->data,
                     kd_array_count (frozen) * sizeof (float));
    g_assert_cmpfloat (largest (kd_arrays_find (trained, moment)), ==, 0);
    n++;
  }
  g_assert_cmpint (n, ==, 3 * 5); /* levels: tokens, and weight and bias of two convolutions */
  /* Adam's first steps are of the rate's size: far more than the initial deviation of 0.01. */
  g_assert_cmpfloat (largest (kd_arrays_find (learned, "param.token.0")), >, 0.05);
  everyone_clear (&everyone);
}

static void
test_curves (void)
{
  Everyone everyone;
  everyone_init (&everyone, three);
  KdSession *session = fixture_run (&everyone.fixture.config);
  static const char *const names[] = { "tokens.task", "tokens.task_plain", "tokens.dice",
                                       "tokens.entropy" };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    GArray *points = fixture_series (session, everyone.maskd, names[i]);
    g_assert_cmpuint (points->len, ==, LEARNING_STEPS);
    for (guint p = 0; p < points->len; p++) {
      g_assert_cmpint (g_array_index (points, KdPoint, p).step, ==, p + 1);
      g_assert_true (isfinite (g_array_index (points, KdPoint, p).value));
    }
    const double first = g_array_index (points, KdPoint, 0).value;
    if (i == 2) /* three levels of masks that are all about 1/2 */
      g_assert_cmpfloat_with_epsilon (first, 3, 0.05);
    if (i == 3) /* at most that of six equal weights */
      g_assert_cmpfloat (first, <=, log (6) + 1e-6);
    g_array_unref (points);
  }
  kd_session_free (session);
  everyone_clear (&everyone);
}

/* The others' batches, and with them every bit, are those of a session without. */
static void
test_leaves_others_alone (void)
{
  static const char *const two[] = { "none", "fgd", NULL };
  Everyone with, without;
  everyone_init (&with, three);
  everyone_init (&without, two);
  KdSession *a = fixture_run (&with.fixture.config), *b = fixture_run (&without.fixture.config);
  for (int r = 0; r < 2; r++)
    fixture_assert_same_series (a, r, b, r);
  kd_session_free (a);
  kd_session_free (b);
  everyone_clear (&with);
  everyone_clear (&without);
}

/* ---- looking ---- */

static double
change_of_mask (const KdMap *map, const float *before)
{
  double change = 0;
  for (int y = 0; y < map->height; y++)
    for (int x = 0; x < map->width; x++)
      change = MAX (
          change, fabs ((double) kd_map_get (map, 0, y, x) - (double) before[y * map->width + x]));
  return change;
}

/* Single steps learn first; the pinned image's masks change with them. */
static void
test_visible (void)
{
  Everyone everyone;
  everyone_init (&everyone, three);
  everyone.fixture.config.paused = true;
  KdSession *session = fixture_start (&everyone.fixture.config);
  fixture_wait_state (session, KD_STATE_PAUSED);
  const int probe = kd_session_find_probe (session, everyone.maskd, "token_mask_teacher", 0);
  kd_session_watch (session, &probe, 1);
  KdSnapshot *snapshot = fixture_wait_snapshot (session, 0);
  KdMap map;
  g_assert_true (kd_snapshot_map (snapshot, probe, &map));
  g_autofree float *before = g_new (float, (size_t) map.height *(size_t) map.width);
  for (int y = 0; y < map.height; y++)
    for (int x = 0; x < map.width; x++)
      before[y * map.width + x] = kd_map_get (&map, 0, y, x);
  kd_snapshot_unref (snapshot);
  make_steps (session, 3);
  snapshot = fixture_wait_snapshot (session, 0);
  g_assert_true (kd_snapshot_map (snapshot, probe, &map));
  g_assert_cmpfloat (change_of_mask (&map, before), >, 1e-3);
  kd_snapshot_unref (snapshot);
  const KdStatus status = kd_session_status (session);
  g_assert_cmpint (status.learned, ==, 3);
  g_assert_cmpint (status.learning, ==, everyone.maskd);
  g_assert_cmpint (status.to_learn, ==, LEARNING_STEPS);
  g_assert_cmpint (status.step, ==, 0);
  kd_session_free (session);
  everyone_clear (&everyone);
}

/* Three tokens instead of six are learned before the next step, and the student goes on where it was. */
static void
test_knob_learns_anew (void)
{
  Everyone everyone;
  everyone_init (&everyone, three);
  GError *error = NULL;
  KdConfig *config = &everyone.fixture.config;
  g_autofree char *out = fixture_path (&everyone.fixture, "out");
  config->out = out;
  config->paused = true;
  KdSession *session = fixture_start (config);
  make_steps (session, LEARNING_STEPS + 2);
  g_assert_cmpint (kd_session_status (session).learning, ==, -1);
  g_assert_true (kd_session_set_knob (session, everyone.maskd, "tokens", "3", &error));
  kd_session_play (session);
  g_assert_true (kd_session_wait (session, 60));
  g_assert_cmpint (kd_session_status (session).state, ==, KD_STATE_DONE);
  GArray *points = fixture_series (session, everyone.maskd, "tokens.dice");
  g_assert_cmpuint (points->len, ==, 2 * LEARNING_STEPS);
  g_array_unref (points);
  g_autofree char *path = last_checkpoint (out, "maskd");
  g_autoptr (KdArrays) arrays = load (path);
  g_assert_cmpint (kd_arrays_find (arrays, "param.token.0")->dims[0], ==, 3);
  kd_session_free (session);
  everyone_clear (&everyone);
}

/* ---- going on ---- */

static void
test_stopped_while_learning (void)
{
  Everyone everyone;
  everyone_init (&everyone, three);
  KdConfig *config = &everyone.fixture.config;
  g_autofree char *straight = fixture_path (&everyone.fixture, "straight"),
                  *broken = fixture_path (&everyone.fixture, "broken");
  config->out = straight;
  kd_session_free (fixture_run (config));
  config->out = broken;
  config->paused = true;
  KdSession *session = fixture_start (config);
  make_steps (session, 5);
  kd_session_free (session);
  config->resume = true;
  config->paused = false;
  kd_session_free (fixture_run (config));
  for (int r = 0; three[r]; r++)
    assert_same_end (straight, broken, three[r]);
  everyone_clear (&everyone);
}

/* Between checkpoints of the student: the tokens come from the run's folder, with their curves. */
static void
test_stopped_while_training (void)
{
  Everyone everyone;
  everyone_init (&everyone, three);
  KdConfig *config = &everyone.fixture.config;
  g_autofree char *straight = fixture_path (&everyone.fixture, "straight"),
                  *broken = fixture_path (&everyone.fixture, "broken");
  config->out = straight;
  KdSession *whole = fixture_run (config);
  config->out = broken;
  config->paused = true;
  KdSession *session = fixture_start (config);
  make_steps (session, LEARNING_STEPS + 4);
  kd_session_free (session);
  config->resume = true;
  session = fixture_start (config);
  fixture_wait_state (session, KD_STATE_PAUSED);
  g_assert_cmpint (kd_session_status (session).step, ==, 3);
  g_assert_cmpint (kd_session_status (session).learning, ==, -1);
  kd_session_play (session);
  g_assert_true (kd_session_wait (session, 60));
  GArray *a = fixture_series (whole, everyone.maskd, "tokens.task"),
         *b = fixture_series (session, everyone.maskd, "tokens.task");
  g_assert_cmpmem (a->data, a->len * sizeof (KdPoint), b->data, b->len * sizeof (KdPoint));
  g_array_unref (a);
  g_array_unref (b);
  for (int r = 0; three[r]; r++)
    assert_same_end (straight, broken, three[r]);
  kd_session_free (whole);
  kd_session_free (session);
  everyone_clear (&everyone);
}

/* ---- the cache ---- */

static char *
only_file (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_assert_nonnull (dir);
  char *path = g_build_filename (folder, g_dir_read_name (dir), NULL);
  g_assert_null (g_dir_read_name (dir));
  return path;
}

static void
test_cache (void)
{
  Everyone everyone;
  everyone_init (&everyone, three);
  KdConfig *config = &everyone.fixture.config;
  g_autofree char *cache = fixture_path (&everyone.fixture, "cache");
  char *outs[3];
  config->cache = cache;
  for (int i = 0; i < 3; i++) {
    g_autofree char *name = g_strdup_printf ("out-%d", i);
    outs[i] = fixture_path (&everyone.fixture, name);
    config->out = outs[i];
    config->paused = true;
    KdSession *session = fixture_start (config);
    fixture_wait_state (session, KD_STATE_PAUSED);
    /* learned by the first session, found by the second, damaged for the third */
    g_assert_cmpint (kd_session_status (session).learning, ==, i == 1 ? -1 : everyone.maskd);
    if (i == 2) {
      const KdEvent note = fixture_wait_event (session, KD_EVENT_NOTE);
      g_assert_nonnull (strstr (note.text, "learning again"));
    }
    kd_session_play (session);
    g_assert_true (kd_session_wait (session, 60));
    GArray *points = fixture_series (session, everyone.maskd, "tokens.dice");
    g_assert_cmpuint (points->len, ==, LEARNING_STEPS);
    g_array_unref (points);
    kd_session_free (session);
    assert_same_end (outs[0], outs[i], "maskd");
    g_autofree char *file = only_file (cache);
    g_autofree char *bytes = NULL;
    gsize length;
    g_assert_true (g_file_get_contents (file, &bytes, &length, NULL));
    g_assert_true (i != 1 || g_file_set_contents (file, bytes, (gssize) length / 2, NULL));
  }
  /* Another seed's tokens are others. */
  config->seed = 77;
  config->out = NULL;
  KdSession *session = fixture_start (config);
  fixture_wait_state (session, KD_STATE_PAUSED);
  g_assert_cmpint (kd_session_status (session).learning, ==, everyone.maskd);
  kd_session_free (session);
  for (int i = 0; i < 3; i++)
    g_free (outs[i]);
  everyone_clear (&everyone);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/prologue/all-methods-train-together", test_all_methods);
  g_test_add_func ("/session/prologue/density-sums-to-the-terms-of-every-method", test_density);
  g_test_add_func ("/session/prologue/what-was-learned-is-frozen", test_frozen);
  g_test_add_func ("/session/prologue/has-its-own-curves", test_curves);
  g_test_add_func ("/session/prologue/leaves-the-other-runs-alone", test_leaves_others_alone);
  g_test_add_func ("/session/prologue/masks-change-while-it-runs", test_visible);
  g_test_add_func ("/session/prologue/a-turned-knob-learns-anew", test_knob_learns_anew);
  g_test_add_func ("/session/prologue/stopped-while-learning-and-resumed",
                   test_stopped_while_learning);
  g_test_add_func ("/session/prologue/stopped-while-training-and-resumed",
                   test_stopped_while_training);
  g_test_add_func ("/session/prologue/the-cache-is-found-and-checked", test_cache);
  return g_test_run ();
}
