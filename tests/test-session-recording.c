/* SPDX-License-Identifier: MIT */

/* Recordings: a session's keyframes in a file, and the session that shows them. */
#include "tests/session-fixture.h"

#include <math.h>
#include <string.h>

#define STEPS 12
#define EVERY 3
#define KEYFRAMES 5

static KdSession *
run_to_end (Fixture *fixture)
{
  GError *error = NULL;
  fixture->config.keyframe_every = EVERY;
  fixture->config.maps_only = true;
  /* A lamp that is out is recorded with its reason. */
  g_assert_true (kd_knobs_set (fixture->fgd, "lambda", "0", &error));
  KdSession *session = fixture_run (&fixture->config);
  const double until_s = kd_now_s () + 60;
  while (kd_session_keyframes (session, NULL, 0) < KEYFRAMES) {
    g_assert_cmpfloat (kd_now_s (), <, until_s);
    g_usleep (1000);
  }
  return session;
}

static char *
record (Fixture *fixture, KdSession *session)
{
  GError *error = NULL;
  char *path = fixture_path (fixture, "test.kdrun");
  g_assert_true (kd_session_save_recording (session, path, &error));
  g_assert_no_error (error);
  return path;
}

static KdSession *
open_recording (const char *path)
{
  GError *error = NULL;
  KdSession *session = kd_session_new_for_recording (path, &error);
  g_assert_no_error (error);
  g_assert_nonnull (session);
  return session;
}

/* ---- what comes back ---- */

static void
assert_same_maps (KdSession *a, const KdSnapshot *frame_a, KdSession *b, const KdSnapshot *frame_b)
{
  int n, m;
  const KdProbeInfo *probes = kd_session_probes (a, &n);
  const KdProbeInfo *others = kd_session_probes (b, &m);
  g_assert_cmpint (n, ==, m);
  for (int i = 0; i < n; i++) {
    g_assert_cmpstr (probes[i].name, ==, others[i].name);
    g_assert_cmpstr (probes[i].title, ==, others[i].title);
    g_assert_cmpstr (probes[i].help, ==, others[i].help);
    g_assert_cmpstr (probes[i].group, ==, others[i].group);
    g_assert_cmpstr (probes[i].unit, ==, others[i].unit);
    g_assert_cmpint (probes[i].run, ==, others[i].run);
    g_assert_cmpint (probes[i].kind, ==, others[i].kind);
    g_assert_cmpint (probes[i].style, ==, others[i].style);
    g_assert_cmpint (probes[i].level, ==, others[i].level);
    g_assert_cmpint (probes[i].stride, ==, others[i].stride);
    KdMap x, y;
    g_assert_true (kd_snapshot_map (frame_a, i, &x));
    g_assert_true (kd_snapshot_map (frame_b, i, &y));
    g_assert_cmpint (x.channels, ==, y.channels);
    g_assert_cmpint (x.height, ==, y.height);
    g_assert_cmpint (x.width, ==, y.width);
    const int count = x.channels * x.height * x.width;
    float largest = 0;
    for (int v = 0; v < count; v++)
      largest = MAX (largest, fabsf (x.data[v]));
    /* A run's maps are float16 already, and stay to the bit; the teacher's become so here. */
    for (int v = 0; v < count; v++)
      g_assert_cmpfloat (fabsf (x.data[v] - y.data[v]), <=,
                         probes[i].run < 0 ? largest * 0x1p-11f : 0);
  }
}

static void
assert_same_boxes (const KdDetection *a, int n_a, const KdDetection *b, int n_b)
{
  g_assert_cmpint (n_a, ==, n_b);
  for (int i = 0; i < n_a; i++) {
    g_assert_cmpfloat ((float) a[i].box.x1, ==, (float) b[i].box.x1);
    g_assert_cmpfloat ((float) a[i].box.y2, ==, (float) b[i].box.y2);
    g_assert_cmpint (a[i].label, ==, b[i].label);
    g_assert_cmpfloat (a[i].score, ==, b[i].score);
  }
}

static void
assert_same_numbers (const KdSnapshot *a, const KdSnapshot *b)
{
  KdSize size_a, size_b;
  const uint8_t *rgb_a = kd_snapshot_rgb (a, &size_a), *rgb_b = kd_snapshot_rgb (b, &size_b);
  g_assert_cmpmem (rgb_a, (size_t) (size_a.width * size_a.height * 3), rgb_b,
                   (size_t) (size_b.width * size_b.height * 3));
  g_assert_cmpuint (kd_snapshot_image (a), ==, kd_snapshot_image (b));
  int n, m;
  const KdDetection *x = kd_snapshot_truths (a, &n), *y = kd_snapshot_truths (b, &m);
  assert_same_boxes (x, n, y, m);
  for (int run = -1; run < 2; run++) {
    x = kd_snapshot_detections (a, run, &n);
    y = kd_snapshot_detections (b, run, &m);
    assert_same_boxes (x, n, y, m);
  }
  const KdTermStatus *s, *t;
  n = kd_snapshot_terms (a, 1, &s);
  m = kd_snapshot_terms (b, 1, &t);
  g_assert_cmpint (n, ==, 4);
  g_assert_cmpint (m, ==, 4);
  for (int i = 0; i < n; i++) {
    g_assert_cmpstr (s[i].id, ==, t[i].id);
    g_assert_cmpstr (s[i].reason, ==, t[i].reason);
    g_assert_cmpint (s[i].lit, ==, t[i].lit);
    g_assert_cmpfloat (s[i].value, ==, t[i].value);
    g_assert_cmpfloat (s[i].gradient_norm, ==, t[i].gradient_norm);
    g_assert_cmpfloat (s[i].task_ratio, ==, t[i].task_ratio);
  }
  g_assert_cmpstr (t[3].id, ==, "relation");
  g_assert_cmpstr (t[3].reason, ==, "fgd.lambda is 0");
  double placeless_a, placeless_b;
  g_assert_cmpfloat (kd_snapshot_total (a, 1, &placeless_a), ==,
                     kd_snapshot_total (b, 1, &placeless_b));
  g_assert_cmpfloat (placeless_a, ==, placeless_b);
}

static void
test_round_trip (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  KdSession *session = run_to_end (&fixture);
  char *path = record (&fixture, session);
  KdSession *shown = open_recording (path);
  g_assert_true (kd_session_is_recording (shown));
  g_assert_false (kd_session_is_recording (session));
  g_assert_cmpint (kd_session_runs (shown), ==, 2);
  for (int run = 0; run < 2; run++) {
    g_assert_cmpstr (kd_session_run_id (shown, run), ==, kd_session_run_id (session, run));
    g_assert_true (kd_session_run_method (shown, run) == kd_session_run_method (session, run));
  }
  KdKnobs *knobs = kd_session_run_knobs (shown, 1);
  g_assert_cmpfloat (kd_knobs_get (knobs, "lambda"), ==, 0);
  g_assert_cmpfloat (kd_knobs_get (knobs, "alpha"), ==, kd_knobs_get (fixture.fgd, "alpha"));
  kd_knobs_free (knobs);
  int64_t mine[8], theirs[8];
  g_assert_cmpint (kd_session_keyframes (session, mine, 8), ==, KEYFRAMES);
  g_assert_cmpint (kd_session_keyframes (shown, theirs, 8), ==, KEYFRAMES);
  for (int i = 0; i < KEYFRAMES; i++) {
    g_assert_cmpint (theirs[i], ==, EVERY * i);
    KdSnapshot *a = kd_session_keyframe (session, mine[i]);
    KdSnapshot *b = kd_session_keyframe (shown, theirs[i]);
    g_assert_cmpint (kd_snapshot_step (b), ==, mine[i]);
    assert_same_maps (session, a, shown, b);
    assert_same_numbers (a, b);
    kd_snapshot_unref (a);
    kd_snapshot_unref (b);
  }
  /* Curves: the same points, in single precision. */
  int n, m;
  const KdSeriesInfo *series = kd_session_series (session, &n);
  kd_session_series (shown, &m);
  g_assert_cmpint (n, ==, m);
  for (int i = 0; i < n; i++) {
    GArray *x = fixture_series (session, series[i].run, series[i].name);
    GArray *y = fixture_series (shown, series[i].run, series[i].name);
    g_assert_cmpuint (x->len, ==, y->len);
    for (guint p = 0; p < x->len; p++) {
      const KdPoint a = g_array_index (x, KdPoint, p), b = g_array_index (y, KdPoint, p);
      g_assert_cmpint (a.step, ==, b.step);
      g_assert_cmpfloat ((float) a.value, ==, (float) b.value);
    }
    g_array_unref (x);
    g_array_unref (y);
  }
  kd_session_free (session);
  kd_session_free (shown);
  g_free (path);
  fixture_clear (&fixture);
}

/* ---- a session that only shows ---- */

static void
count_wake (void *data)
{
  ++*(int *) data;
}

static void
test_doors (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  GError *error = NULL;
  KdSession *session = run_to_end (&fixture);
  char *path = record (&fixture, session);
  kd_session_free (session);
  KdSession *shown = open_recording (path);
  KdStatus status = kd_session_status (shown);
  g_assert_cmpint (status.state, ==, KD_STATE_PAUSED);
  g_assert_cmpint (status.step, ==, 0);
  g_assert_cmpint (status.steps, ==, STEPS);
  fixture_wait_event (shown, KD_EVENT_PROBES);
  fixture_wait_event (shown, KD_EVENT_STATE);
  int wakes = 0;
  kd_session_set_wake (shown, count_wake, &wakes);
  const int id = kd_session_find_probe (shown, 1, "fg_mask", 0);
  kd_session_watch (shown, &id, 1);
  kd_session_want_snapshot (shown);
  g_assert_cmpint (wakes, ==, 1);
  KdSnapshot *snapshot = kd_session_take_snapshot (shown);
  g_assert_nonnull (snapshot);
  g_assert_cmpint (kd_snapshot_step (snapshot), ==, 0);
  /* A snapshot outlives the session, as a live one does. */
  kd_session_want_snapshot (shown);
  g_assert_null (kd_session_take_snapshot (shown));
  for (int i = 1; i <= KEYFRAMES; i++) {
    kd_session_step_once (shown);
    kd_session_want_snapshot (shown);
    KdSnapshot *next = kd_session_take_snapshot (shown);
    g_assert_cmpint (next != NULL, ==, i < KEYFRAMES);
    g_assert_cmpint (kd_session_status (shown).step, ==, EVERY * MIN (i, KEYFRAMES - 1));
    kd_snapshot_unref (next);
  }
  /* What a recording cannot do. */
  kd_session_play (shown);
  kd_session_pause (shown);
  kd_session_step_phase (shown);
  kd_session_set_speed (shown, 3);
  kd_session_checkpoint (shown);
  kd_session_balance (shown, 1, 1);
  kd_session_pin_image (shown, 5);
  g_assert_cmpint (kd_session_keyframes (shown, NULL, 0), ==, KEYFRAMES);
  g_assert_false (kd_session_set_knob (shown, 1, "alpha", "1", &error));
  g_assert_error (error, KD_ERROR, KD_ERROR_CONFIG);
  g_assert_nonnull (strstr (error->message, "a recording only shows"));
  g_clear_error (&error);
  g_assert_null (kd_session_branch (shown, 0, 1, NULL, NULL, &error));
  g_assert_error (error, KD_ERROR, KD_ERROR_CONFIG);
  g_clear_error (&error);
  g_assert_false (kd_session_keyframe_has_weights (shown, 0));
  g_assert_true (kd_session_wait (shown, -1));
  /* Recorded once more it is the same file. */
  char *again = fixture_path (&fixture, "again.kdrun");
  g_assert_true (kd_session_save_recording (shown, again, &error));
  KdSession *third = open_recording (again);
  KdSnapshot *a = kd_session_keyframe (shown, 6), *b = kd_session_keyframe (third, 6);
  assert_same_maps (shown, a, third, b);
  assert_same_numbers (a, b);
  kd_snapshot_unref (a);
  kd_snapshot_unref (b);
  kd_session_free (third);
  kd_session_free (shown);
  KdSize size;
  g_assert_nonnull (kd_snapshot_rgb (snapshot, &size));
  const KdTermStatus *terms;
  g_assert_cmpint (kd_snapshot_terms (snapshot, 1, &terms), ==, 4);
  g_assert_cmpstr (terms[0].id, ==, "fg");
  kd_snapshot_unref (snapshot);
  g_free (again);
  g_free (path);
  fixture_clear (&fixture);
}

static void
test_nothing_to_record (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  GError *error = NULL;
  KdSession *session = fixture_run (&fixture.config); /* no keyframes */
  char *path = fixture_path (&fixture, "test.kdrun");
  g_assert_false (kd_session_save_recording (session, path, &error));
  g_assert_error (error, KD_ERROR, KD_ERROR_CONFIG);
  g_assert_nonnull (strstr (error->message, "no keyframe"));
  g_clear_error (&error);
  g_assert_false (kd_session_save_recording (session, "/nowhere/test.npz", &error));
  g_assert_nonnull (strstr (error->message, ".kdrun"));
  g_clear_error (&error);
  kd_session_free (session);
  g_free (path);
  fixture_clear (&fixture);
}

/* The one that comes with the program: small, and what its README says. */
static void
test_bundled (void)
{
  GError *error = NULL;
  char *path = kd_recording_find (&error), *bytes = NULL;
  gsize size = 0;
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  g_assert_cmpuint (size, <, 4000000);
  KdSession *shown = open_recording (path);
  g_assert_cmpint (kd_session_keyframes (shown, NULL, 0), ==, 61);
  g_assert_cmpint (kd_session_status (shown).steps, ==, 600);
  g_assert_cmpstr (kd_session_run_method (shown, 0)->id, ==, "none");
  g_assert_cmpstr (kd_session_run_method (shown, 1)->id, ==, "fgd");
  KdSnapshot *frame = kd_session_keyframe (shown, 600);
  int n = 0;
  kd_snapshot_truths (frame, &n);
  g_assert_cmpint (n, >, 0);
  kd_snapshot_detections (frame, 1, &n);
  g_assert_cmpint (n, >, 0);
  /* The map of the loss sums to what is reported, within what float16 keeps. */
  double sum = 0, placeless = 0;
  for (int level = 0; level < 3; level++) {
    KdMap map;
    g_assert_true (
        kd_snapshot_map (frame, kd_session_find_probe (shown, 1, "loss_density", level), &map));
    for (int i = 0; i < map.height * map.width; i++)
      sum += (double) map.data[i];
  }
  const double total = kd_snapshot_total (frame, 1, &placeless);
  g_assert_cmpfloat_with_epsilon (sum + placeless, total, 1e-3 * total);
  kd_snapshot_unref (frame);
  GArray *ap = fixture_series (shown, 1, "ap50");
  g_assert_cmpuint (ap->len, ==, 6);
  g_array_unref (ap);
  kd_session_free (shown);
  g_free (bytes);
  g_free (path);
}

/* ---- damage ---- */

/* One sentence with the file's name, or, where nothing that counts was hit, a recording. Returns whether it was refused. */
static bool
refuses (const char *path)
{
  GError *error = NULL;
  KdSession *session = kd_session_new_for_recording (path, &error);
  g_assert_cmpint (session != NULL, ==, error == NULL);
  if (session) {
    kd_session_free (session);
    return false;
  }
  g_assert_true (error->domain == KD_ERROR);
  g_assert_true (g_str_has_prefix (error->message, path));
  g_assert_null (strchr (error->message, '\n'));
  g_error_free (error);
  return true;
}

static void
test_damage (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  KdSession *session = run_to_end (&fixture);
  char *path = record (&fixture, session), *bytes = NULL;
  kd_session_free (session);
  gsize size = 0;
  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  char *damaged = fixture_path (&fixture, "damaged.kdrun");
  for (gsize length = 0; length < size; length += 1000) {
    g_assert_true (g_file_set_contents (damaged, bytes, (gssize) length, NULL));
    g_assert_true (refuses (damaged));
  }
  KdRandom random = { .seed = 7 };
  int refused = 0;
  for (int i = 0; i < 300; i++) {
    const int at = kd_random_int (&random, 0, (int) size - 1);
    const char before = bytes[at];
    bytes[at] ^= (char) (1 << kd_random_int (&random, 0, 7));
    g_assert_true (g_file_set_contents (damaged, bytes, (gssize) size, NULL));
    refused += refuses (damaged);
    bytes[at] = before;
  }
  g_test_message ("%d of 300 flipped bits refused", refused);
  g_assert_cmpint (refused, >, 200);
  g_free (damaged);
  g_free (bytes);
  g_free (path);
  fixture_clear (&fixture);
}

/* The container is whole and what is in it is not: every array missing, of another shape, filled with nonsense. */
static void
test_nonsense (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  GError *error = NULL;
  KdSession *session = run_to_end (&fixture);
  char *path = record (&fixture, session);
  kd_session_free (session);
  KdArrays *arrays = kd_arrays_load (path, &error);
  g_assert_no_error (error);
  char *damaged = fixture_path (&fixture, "damaged.kdrun");
  KdRandom random = { .seed = 11 };
  int refused = 0, tried = 0;
  for (int victim = 0; victim < kd_arrays_count (arrays); victim++) {
    const char *name = kd_arrays_at (arrays, victim)->name;
    if (g_str_has_prefix (name, "values.") && victim % 7 != 0)
      continue; /* there are many of these */
    for (int way = 0; way < 4; way++) {
      KdArrays *changed = kd_arrays_new ();
      for (int i = 0; i < kd_arrays_count (arrays); i++) {
        const KdArray *array = kd_arrays_at (arrays, i);
        int64_t dims[KD_ARRAY_MAX_RANK];
        memcpy (dims, array->dims, sizeof dims);
        if (i == victim && way == 0)
          continue;
        if (i == victim && way == 1)
          dims[array->rank - 1]++;
        if (i == victim && way == 2)
          dims[0] = dims[0] / 2;
        KdArray *copy = kd_array_new (array->name, array->dtype, array->rank, dims);
        const size_t unit = array->dtype == KD_DTYPE_U8 ? 1 : array->dtype == KD_DTYPE_F32 ? 4 : 8;
        const size_t n = MIN (kd_array_count (copy), kd_array_count (array)) * unit;
        if (n > 0)
          memcpy (copy->data, array->data, n);
        for (size_t b = 0; i == victim && way == 3 && b < n; b++)
          ((uint8_t *) copy->data)[b] = (uint8_t) kd_random_int (&random, 0, 255);
        g_assert_true (kd_arrays_add (changed, copy));
      }
      g_assert_true (kd_arrays_save (changed, damaged, NULL, &error));
      g_assert_no_error (error);
      tried++;
      refused += refuses (damaged);
      kd_arrays_free (changed);
    }
  }
  g_test_message ("%d of %d refused", refused, tried);
  g_assert_cmpint (2 * refused, >, tried); /* noise for maps and photos is a picture too */
  kd_arrays_free (arrays);
  g_free (damaged);
  g_free (path);
  fixture_clear (&fixture);
}

/* A header changed here and there: a sentence each, whatever it says. */
static void
test_headers (void)
{
  static const char *const changes[][2] = {
    { "kdscope recording", "kdscope something" },
    { "\"version\" : 1", "\"version\" : 2" },
    { "\"method\" : \"fgd\"", "\"method\" : \"fdg\"" },
    { "\"run\" : 1", "\"run\" : 7" },
    { "\"level\" : 2", "\"level\" : 99" },
    { "\"kind\" : 1", "\"kind\" : 77" },
    { "\"style\" : 0", "\"style\" : -4" },
    { "\"width\" : 64", "\"width\" : 96" },
    { "\"probes\" :", "\"sensors\" :" },
    { "\"terms\" :", "\"notions\" :" },
    { "\"fgd\"", "\"fgd" },
    { "\"program\" :", "\"x\" : [[[[[[[[[[[[[[[[[[[[[[" },
    { "\"steps\" : 12", "\"steps\" : 4" },
    { "\"alpha\" : \"", "\"alpha\" : \"-" },
  };
  Fixture fixture;
  fixture_init (&fixture);
  GError *error = NULL;
  KdSession *session = run_to_end (&fixture);
  char *path = record (&fixture, session);
  kd_session_free (session);
  KdArrays *arrays = kd_arrays_load (path, &error);
  g_assert_no_error (error);
  const KdArray *header = kd_arrays_find (arrays, "header");
  char *text = g_strndup (header->data, kd_array_count (header));
  char *damaged = fixture_path (&fixture, "damaged.kdrun");
  for (size_t i = 0; i < G_N_ELEMENTS (changes); i++) {
    char **parts = g_strsplit (text, changes[i][0], 2);
    g_test_message ("%s", changes[i][1]);
    g_assert_cmpuint (g_strv_length (parts), ==, 2);
    char *other = g_strjoinv (changes[i][1], parts);
    KdArrays *changed = kd_arrays_new ();
    for (int a = 0; a < kd_arrays_count (arrays); a++) {
      const KdArray *array = kd_arrays_at (arrays, a);
      const bool is_header = array == header;
      const int64_t length = (int64_t) strlen (other);
      KdArray *copy = kd_array_new (array->name, array->dtype, is_header ? 1 : array->rank,
                                    is_header ? &length : array->dims);
      const size_t unit = array->dtype == KD_DTYPE_U8 ? 1 : array->dtype == KD_DTYPE_F32 ? 4 : 8;
      const size_t n = kd_array_count (copy) * unit;
      if (n > 0)
        memcpy (copy->data, is_header ? (const void *) other : array->data, n);
      kd_arrays_add (changed, copy);
    }
    g_assert_true (kd_arrays_save (changed, damaged, NULL, &error));
    g_assert_true (refuses (damaged));
    kd_arrays_free (changed);
    g_free (other);
    g_strfreev (parts);
  }
  kd_arrays_free (arrays);
  g_free (text);
  g_free (damaged);
  g_free (path);
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/recording/round-trip", test_round_trip);
  g_test_add_func ("/session/recording/doors", test_doors);
  g_test_add_func ("/session/recording/nothing-to-record", test_nothing_to_record);
  g_test_add_func ("/session/recording/bundled", test_bundled);
  g_test_add_func ("/session/recording/damaged-files", test_damage);
  g_test_add_func ("/session/recording/nonsense-inside", test_nonsense);
  g_test_add_func ("/session/recording/headers-that-lie", test_headers);
  return g_test_run ();
}
