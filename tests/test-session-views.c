/* SPDX-License-Identifier: MIT */

/* The pinned image: what snapshots and keyframes hold, and that looking changes nothing. */
#include "tests/session-fixture.h"

#include <math.h>
#include <string.h>

static void
watch_all (KdSession *session)
{
  int n = 0;
  kd_session_probes (session, &n);
  g_assert_cmpint (n, >, 10);
  int *ids = g_new (int, n);
  for (int i = 0; i < n; i++)
    ids[i] = i;
  kd_session_watch (session, ids, n);
  g_free (ids);
}

/* Two steps made, then at rest: the ramp is over, the losses are of weights that moved. */
static KdSession *
start_paused (Fixture *fixture)
{
  fixture_init (fixture);
  fixture->config.paused = true;
  KdSession *session = fixture_start (&fixture->config);
  fixture_wait_state (session, KD_STATE_PAUSED);
  for (int step = 1; step <= 2; step++) {
    kd_session_step_once (session);
    fixture_wait_step (session, step);
  }
  watch_all (session);
  return session;
}

static KdMap
find_map (KdSession *session, const KdSnapshot *snapshot, int run, const char *name, int level)
{
  KdMap map;
  const int id = kd_session_find_probe (session, run, name, level);
  g_assert_cmpint (id, >=, 0);
  g_assert_true (kd_snapshot_map (snapshot, id, &map));
  return map;
}

static double
sum_of_map (const KdMap *map, double power)
{
  double sum = 0;
  for (int y = 0; y < map->height; y++) {
    for (int x = 0; x < map->width; x++) {
      for (int c = 0; c < map->channels; c++)
        sum += pow ((double) kd_map_get (map, c, y, x), power);
    }
  }
  return sum;
}

static double
term_value (const KdSnapshot *snapshot, int run, const char *id, KdTermStatus *status)
{
  const KdTermStatus *terms;
  const int n = kd_snapshot_terms (snapshot, run, &terms);
  for (int i = 0; i < n; i++) {
    if (strcmp (terms[i].id, id) == 0) {
      if (status)
        *status = terms[i];
      return terms[i].value;
    }
  }
  g_error ("no term %s", id);
}

/* ---- what there is ---- */

static void
test_probes (void)
{
  Fixture fixture;
  KdSession *session = start_paused (&fixture);
  int n = 0;
  const KdProbeInfo *probes = kd_session_probes (session, &n);
  for (int i = 0; i < n; i++) {
    g_assert_cmpint (probes[i].id, ==, i);
    g_assert_cmpint (
        kd_session_find_probe (session, probes[i].run, probes[i].name, probes[i].level), ==, i);
    g_assert_nonnull (probes[i].title);
  }
  const int feature = kd_session_find_probe (session, 1, "student_feat", 1);
  g_assert_cmpint (probes[feature].stride, ==, 16);
  g_assert_cmpint (probes[feature].kind, ==, KD_PROBE_FEATURE);
  g_assert_cmpint (kd_session_find_probe (session, -1, "teacher_feat", 2), >=, 0);
  g_assert_cmpint (kd_session_find_probe (session, 1, "loss_density", 0), >=, 0);
  g_assert_cmpint (kd_session_find_probe (session, 1, "pull", 0), >=, 0);
  g_assert_cmpint (kd_session_find_probe (session, 1, "fg_mask", 0), >=, 0);
  /* The twin has no distillation to picture. */
  g_assert_cmpint (kd_session_find_probe (session, 0, "loss_density", 0), ==, -1);
  g_assert_cmpint (kd_session_find_probe (session, 0, "pull", 0), ==, -1);
  kd_session_free (session);
  fixture_clear (&fixture);
}

static void
test_shapes (void)
{
  Fixture fixture;
  KdSession *session = start_paused (&fixture);
  KdSnapshot *snapshot = fixture_wait_snapshot (session, 2);
  const KdDetectorKind *tiny = kd_detector_kind_find ("tiny");
  KdMap map = find_map (session, snapshot, 0, "student_feat", 0);
  g_assert_cmpint (map.channels, ==, tiny->fpn);
  g_assert_cmpint (map.height, ==, 8);
  g_assert_cmpint (map.width, ==, 8);
  map = find_map (session, snapshot, -1, "teacher_feat", 2);
  g_assert_cmpint (map.channels, ==, tiny->fpn);
  g_assert_cmpint (map.height, ==, 2);
  map = find_map (session, snapshot, 1, "channel_attention_teacher", 1);
  g_assert_cmpint (map.channels, ==, tiny->fpn);
  g_assert_cmpint (map.height * map.width, ==, 1);
  /* FGD's attention is a distribution times its size, so its mean is 1 (methods' specification). */
  map = find_map (session, snapshot, 1, "spatial_attention_teacher", 0);
  g_assert_cmpfloat_with_epsilon (sum_of_map (&map, 1), 64, 1e-3);
  kd_snapshot_unref (snapshot);
  kd_session_free (session);
  fixture_clear (&fixture);
}

static void
test_watched_only (void)
{
  Fixture fixture;
  KdSession *session = start_paused (&fixture);
  const int ids[] = {
    kd_session_find_probe (session, 1, "fg_mask", 0),
    kd_session_find_probe (session, 1, "fg_mask", 0), /* twice is once */
    -5,
    100000,
  };
  kd_session_watch (session, ids, G_N_ELEMENTS (ids));
  kd_snapshot_unref (fixture_wait_snapshot (session, 2));
  kd_session_watch (session, ids, G_N_ELEMENTS (ids));
  KdSnapshot *snapshot = fixture_wait_snapshot (session, 2);
  KdMap map;
  const KdTermStatus *terms;
  g_assert_true (kd_snapshot_map (snapshot, ids[0], &map));
  g_assert_false (kd_snapshot_map (snapshot, kd_session_find_probe (session, 1, "pull", 0), &map));
  g_assert_cmpint (kd_snapshot_terms (snapshot, 1, &terms), ==, 4);
  g_assert_cmpint (kd_snapshot_terms (snapshot, 0, &terms), ==, 0);
  kd_snapshot_unref (snapshot);
  kd_session_free (session);
  fixture_clear (&fixture);
}

/* ---- what it says ---- */

static void
test_density (void)
{
  Fixture fixture;
  KdSession *session = start_paused (&fixture);
  KdSnapshot *snapshot = fixture_wait_snapshot (session, 2);
  double cells = 0, terms_sum = 0, placeless = 0;
  for (int level = 0; level < 3; level++) {
    const KdMap map = find_map (session, snapshot, 1, "loss_density", level);
    cells += sum_of_map (&map, 1);
  }
  const KdTermStatus *terms;
  const int n = kd_snapshot_terms (snapshot, 1, &terms);
  g_assert_cmpint (n, ==, 4);
  for (int i = 0; i < n; i++)
    terms_sum += terms[i].value;
  const double total = kd_snapshot_total (snapshot, 1, &placeless);
  g_assert_cmpfloat (terms_sum, >, 0);
  g_assert_cmpfloat_with_epsilon (cells + placeless, terms_sum, 1e-5 * terms_sum);
  g_assert_cmpfloat_with_epsilon (total, terms_sum, 1e-5 * terms_sum);
  kd_snapshot_unref (snapshot);
  kd_session_free (session);
  fixture_clear (&fixture);
}

/* With one term left, the pull's norm over all cells is that term's gradient norm. */
static void
test_pull (void)
{
  Fixture fixture;
  KdSession *session = start_paused (&fixture);
  GError *error = NULL;
  static const char *const off[] = { "beta", "gamma", "lambda" };
  for (size_t i = 0; i < G_N_ELEMENTS (off); i++) {
    g_assert_true (kd_session_set_knob (session, 1, off[i], "0", &error));
    fixture_wait_event (session, KD_EVENT_KNOB);
  }
  KdSnapshot *snapshot = fixture_wait_snapshot (session, 2);
  while (term_value (snapshot, 1, "relation", NULL) != 0) {
    kd_snapshot_unref (snapshot);
    snapshot = fixture_wait_snapshot (session, 2);
  }
  double squares = 0;
  for (int level = 0; level < 3; level++) {
    const KdMap map = find_map (session, snapshot, 1, "pull", level);
    squares += sum_of_map (&map, 2);
  }
  KdTermStatus fg, bg;
  term_value (snapshot, 1, "fg", &fg);
  term_value (snapshot, 1, "bg", &bg);
  g_assert_cmpfloat (fg.gradient_norm, >, 0);
  g_assert_cmpfloat (fg.task_ratio, >, 0);
  g_assert_cmpfloat_with_epsilon (sqrt (squares), fg.gradient_norm, 1e-5 * fg.gradient_norm);
  g_assert_cmpfloat (bg.gradient_norm, ==, 0);
  kd_snapshot_unref (snapshot);
  kd_session_free (session);
  fixture_clear (&fixture);
}

static KdSnapshot *
pin (KdSession *session, uint64_t image)
{
  kd_session_pin_image (session, image);
  KdSnapshot *snapshot = fixture_wait_snapshot (session, 2);
  while (kd_snapshot_image (snapshot) != image) {
    kd_snapshot_unref (snapshot);
    snapshot = fixture_wait_snapshot (session, 2);
  }
  return snapshot;
}

static void
test_pinned_image (void)
{
  Fixture fixture;
  KdSession *session = start_paused (&fixture);
  KdSnapshot *first = fixture_wait_snapshot (session, 2);
  g_assert_cmpuint (kd_snapshot_image (first), ==, 0);
  KdSnapshot *snapshot = pin (session, 7);
  KdScenes *scenes = kd_scenes_new (&fixture.config.scenes, KD_HELD_OUT_SEED);
  KdSceneTruth truth;
  uint8_t rgb[64 * 64 * 3];
  kd_scenes_draw (scenes, KD_SPLIT_HELD_OUT, 7, rgb, &truth);
  kd_scenes_free (scenes);
  KdSize size;
  const uint8_t *seen = kd_snapshot_rgb (snapshot, &size);
  g_assert_cmpint (size.width, ==, 64);
  g_assert_cmpmem (seen, sizeof rgb, rgb, sizeof rgb);
  int n = 0;
  const KdDetection *truths = kd_snapshot_truths (snapshot, &n);
  g_assert_cmpint (n, ==, truth.n_objects);
  for (int i = 0; i < n; i++)
    g_assert_cmpfloat (truths[i].box.x1, ==, truth.objects[i].box.x1);
  /* Both networks look at the new image; back at the old one they say what they said before. */
  KdSnapshot *again = pin (session, 0);
  for (int run = -1; run < 2; run++) {
    const char *name = run < 0 ? "teacher_feat" : "student_feat";
    const KdMap a = find_map (session, first, run, name, 0);
    const KdMap b = find_map (session, snapshot, run, name, 0);
    const KdMap c = find_map (session, again, run, name, 0);
    g_assert_cmpfloat (sum_of_map (&a, 2), !=, sum_of_map (&b, 2));
    g_assert_cmpmem (a.data, 64 * sizeof (float), c.data, 64 * sizeof (float));
  }
  g_assert_cmpfloat (kd_snapshot_total (first, 1, NULL), ==, kd_snapshot_total (again, 1, NULL));
  kd_snapshot_unref (first);
  kd_snapshot_unref (again);
  kd_snapshot_unref (snapshot);
  kd_session_free (session);
  fixture_clear (&fixture);
}

/* ---- turning knobs ---- */

static void
test_knob_while_paused (void)
{
  Fixture fixture;
  KdSession *session = start_paused (&fixture);
  GError *error = NULL;
  KdSnapshot *before = fixture_wait_snapshot (session, 2);
  const double alpha = kd_knobs_get (fixture.fgd, "alpha");
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  g_ascii_dtostr (text, sizeof text, 2 * alpha);
  kd_session_want_snapshot (session);
  g_assert_true (kd_session_set_knob (session, 1, "alpha", text, &error));
  const KdEvent event = fixture_wait_event (session, KD_EVENT_KNOB);
  g_assert_cmpint (event.run, ==, 1);
  g_assert_cmpint (event.step, ==, 2);
  g_assert_true (g_str_has_prefix (event.text, "fgd.alpha "));
  KdKnobs *knobs = kd_session_run_knobs (session, 1);
  g_assert_cmpfloat (kd_knobs_get (knobs, "alpha"), ==, 2 * alpha);
  kd_knobs_free (knobs);
  KdSnapshot *after = fixture_wait_snapshot (session, 2);
  while (term_value (after, 1, "fg", NULL) == term_value (before, 1, "fg", NULL)) {
    kd_snapshot_unref (after);
    after = fixture_wait_snapshot (session, 2);
  }
  g_assert_cmpfloat_with_epsilon (term_value (after, 1, "fg", NULL),
                                  2 * term_value (before, 1, "fg", NULL),
                                  1e-5 * term_value (after, 1, "fg", NULL));
  g_assert_cmpfloat (term_value (after, 1, "bg", NULL), ==, term_value (before, 1, "bg", NULL));
  g_assert_cmpint (kd_session_status (session).step, ==, 2);
  kd_snapshot_unref (before);
  kd_snapshot_unref (after);

  g_assert_false (kd_session_set_knob (session, 1, "no-such-knob", "1", &error));
  g_assert_error (error, KD_ERROR, KD_ERROR_CONFIG);
  g_clear_error (&error);
  g_assert_false (kd_session_set_knob (session, 1, "alpha", "-7", &error));
  g_assert_error (error, KD_ERROR, KD_ERROR_CONFIG);
  g_clear_error (&error);
  kd_session_free (session);
  fixture_clear (&fixture);
}

static double
point_value (KdSession *session, int run, const char *name, guint index)
{
  GArray *points = fixture_series (session, run, name);
  g_assert_cmpuint (points->len, >, index);
  const double value = g_array_index (points, KdPoint, index).value;
  g_array_unref (points);
  return value;
}

/* A structural knob rebuilds the run between steps: the student stays what it was, the others notice nothing. */
static void
test_structural_knob (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  KdSession *straight = fixture_run (&fixture.config);
  GError *error = NULL;
  fixture.config.paused = true;
  KdSession *session = fixture_start (&fixture.config);
  fixture_wait_state (session, KD_STATE_PAUSED);
  kd_session_step_once (session);
  fixture_wait_step (session, 1);
  g_assert_true (kd_knobs_is_structural (fixture.fgd, "levels"));
  int n_before = 0, n_after = 0;
  kd_session_probes (session, &n_before);
  fixture_wait_event (session, KD_EVENT_PROBES);
  g_assert_true (kd_session_set_knob (session, 1, "levels", "1", &error));
  fixture_wait_event (session, KD_EVENT_PROBES);
  kd_session_probes (session, &n_after);
  g_assert_cmpint (n_after, <, n_before);
  watch_all (session);
  KdSnapshot *snapshot = fixture_wait_snapshot (session, 1);
  g_assert_cmpfloat (kd_snapshot_total (snapshot, 1, NULL), >, 0);
  kd_snapshot_unref (snapshot);
  kd_session_play (session);
  g_assert_true (kd_session_wait (session, 60));
  fixture_assert_same_series (straight, 0, session, 0);
  /* The step after the rebuild began with the same student; its distillation has one level left of three. */
  for (guint i = 0; i < 2; i++) {
    g_assert_cmpfloat (point_value (straight, 1, "loss.cls", i), ==,
                       point_value (session, 1, "loss.cls", i));
    g_assert_cmpfloat (point_value (straight, 1, "loss.reg", i), ==,
                       point_value (session, 1, "loss.reg", i));
  }
  g_assert_cmpfloat (point_value (straight, 1, "loss.fgd.fg", 1), >,
                     point_value (session, 1, "loss.fgd.fg", 1));
  g_assert_cmpfloat (point_value (straight, 1, "loss.total", 2), !=,
                     point_value (session, 1, "loss.total", 2));
  kd_session_free (straight);
  kd_session_free (session);
  fixture_clear (&fixture);
}

/* ---- a method that refuses a value ---- */

/* One sentence, the value taken back on both sides, and training and looking go on. */
static void
test_refused_knob (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  GError *error = NULL;
  KdKnobs *knobs = kd_knobs_new (&fixture_picky, NULL, &error);
  g_assert_no_error (error);
  fixture.runs[1].knobs = knobs;
  fixture.config.paused = true;
  KdSession *session = fixture_start (&fixture.config);
  fixture_wait_state (session, KD_STATE_PAUSED);
  const int id = kd_session_find_probe (session, 1, "student_feat", 0);
  kd_session_watch (session, &id, 1);
  g_assert_true (kd_session_set_knob (session, 1, "size", "2", &error));
  fixture_wait_event (session, KD_EVENT_KNOB);
  g_assert_true (kd_session_set_knob (session, 1, "size", "4", &error));
  KdEvent event = fixture_wait_event (session, KD_EVENT_ERROR);
  g_assert_cmpint (event.run, ==, 1);
  g_assert_nonnull (strstr (event.text, "too much"));
  g_assert_true (kd_session_set_knob (session, 1, "size", "3", &error));
  event = fixture_wait_event (session, KD_EVENT_ERROR);
  g_assert_nonnull (strstr (event.text, "terms"));
  KdKnobs *now = kd_session_run_knobs (session, 1);
  g_assert_cmpfloat (kd_knobs_get (now, "size"), ==, 2);
  kd_knobs_free (now);
  KdSnapshot *snapshot = fixture_wait_snapshot (session, 0);
  g_assert_cmpfloat (kd_snapshot_total (snapshot, 1, NULL), >, 0);
  kd_snapshot_unref (snapshot);
  kd_session_play (session);
  g_assert_true (kd_session_wait (session, 60));
  g_assert_cmpint (kd_session_status (session).state, ==, KD_STATE_DONE);
  kd_session_free (session);
  kd_knobs_free (knobs);
  fixture_clear (&fixture);
}

/* ---- looking changes nothing ---- */

static void
test_looking_is_harmless (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  fixture.config.steps = 40;
  KdSession *unseen = fixture_run (&fixture.config);
  fixture.config.keyframe_every = 3;
  fixture.config.paused = true;
  KdSession *seen = fixture_start (&fixture.config);
  fixture_wait_state (seen, KD_STATE_PAUSED);
  watch_all (seen);
  kd_session_play (seen);
  int snapshots = 0;
  int64_t last = -1;
  while (!kd_session_wait (seen, 0.001)) {
    kd_session_want_snapshot (seen);
    KdSnapshot *snapshot = kd_session_take_snapshot (seen);
    if (!snapshot)
      continue;
    g_assert_cmpint (kd_snapshot_step (snapshot), >=, last);
    last = kd_snapshot_step (snapshot);
    kd_session_pin_image (seen, (uint64_t) snapshots++);
    kd_snapshot_unref (snapshot);
  }
  g_test_message ("%d snapshots", snapshots);
  g_assert_cmpint (snapshots, >, 3);
  for (int run = 0; run < 2; run++)
    fixture_assert_same_series (unseen, run, seen, run);
  /* All steps made: views still answer. */
  kd_session_pin_image (seen, 1000);
  KdSnapshot *snapshot = fixture_wait_snapshot (seen, 40);
  kd_snapshot_unref (snapshot);
  kd_session_free (unseen);
  kd_session_free (seen);
  fixture_clear (&fixture);
}

/* While nothing changes, nothing is computed: one snapshot, however often one is wanted. */
static void
test_idle_when_nothing_changes (void)
{
  Fixture fixture;
  KdSession *session = start_paused (&fixture);
  kd_snapshot_unref (fixture_wait_snapshot (session, 2));
  /* What was still on its way, on a busy machine too. */
  for (double last_s = kd_now_s (); kd_now_s () - last_s < 0.5; g_usleep (2000)) {
    KdSnapshot *late = kd_session_take_snapshot (session);
    if (late)
      last_s = kd_now_s ();
    kd_snapshot_unref (late);
  }
  for (int i = 0; i < 20; i++) {
    kd_session_want_snapshot (session);
    g_usleep (2000);
    g_assert_null (kd_session_take_snapshot (session));
  }
  kd_session_free (session);
  fixture_clear (&fixture);
}

/* ---- keyframes ---- */

/* All that is not a map: to the bit. */
static void
assert_same_picture (const KdSnapshot *a, const KdSnapshot *b)
{
  KdSize size_a, size_b;
  const uint8_t *rgb_a = kd_snapshot_rgb (a, &size_a), *rgb_b = kd_snapshot_rgb (b, &size_b);
  const size_t rgb_bytes = (size_t) size_b.width * (size_t) size_b.height * 3;
  g_assert_cmpmem (rgb_a, (size_t) size_a.width * (size_t) size_a.height * 3, rgb_b, rgb_bytes);
  int n_a, n_b;
  const KdDetection *boxes_a = kd_snapshot_truths (a, &n_a),
                    *boxes_b = kd_snapshot_truths (b, &n_b);
  g_assert_cmpint (n_a, >, 0);
  g_assert_cmpmem (boxes_a, (size_t) n_a * sizeof *boxes_a, boxes_b,
                   (size_t) n_b * sizeof *boxes_b);
  for (int run = -1; run < 2; run++) {
    boxes_a = kd_snapshot_detections (a, run, &n_a);
    boxes_b = kd_snapshot_detections (b, run, &n_b);
    g_assert_cmpmem (boxes_a, (size_t) n_a * sizeof *boxes_a, boxes_b,
                     (size_t) n_b * sizeof *boxes_b);
  }
  const KdTermStatus *terms_a, *terms_b;
  n_a = kd_snapshot_terms (a, 1, &terms_a);
  n_b = kd_snapshot_terms (b, 1, &terms_b);
  g_assert_cmpint (n_a, ==, 4);
  g_assert_cmpint (n_b, ==, 4);
  for (int i = 0; i < n_a; i++) {
    g_assert_cmpstr (terms_a[i].id, ==, terms_b[i].id);
    g_assert_cmpfloat (terms_a[i].value, ==, terms_b[i].value);
    g_assert_cmpfloat (terms_a[i].gradient_norm, ==, terms_b[i].gradient_norm);
    g_assert_cmpfloat (terms_a[i].task_ratio, ==, terms_b[i].task_ratio);
    g_assert_cmpint (terms_a[i].lit, ==, terms_b[i].lit);
    g_assert_cmpstr (terms_a[i].reason, ==, terms_b[i].reason);
  }
  double placeless_a, placeless_b;
  g_assert_cmpfloat (kd_snapshot_total (a, 1, &placeless_a), ==,
                     kd_snapshot_total (b, 1, &placeless_b));
  g_assert_cmpfloat (placeless_a, ==, placeless_b);
}

static void
test_keyframes (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  fixture.config.keyframe_every = 5;
  fixture.config.paused = true;
  KdSession *session = fixture_start (&fixture.config);
  fixture_wait_state (session, KD_STATE_PAUSED);
  watch_all (session);
  KdSnapshot *live = fixture_wait_snapshot (session, 0);
  kd_session_play (session);
  g_assert_true (kd_session_wait (session, 60));
  int64_t steps[16];
  g_assert_cmpint (kd_session_keyframes (session, steps, G_N_ELEMENTS (steps)), ==, 3);
  for (int i = 0; i < 3; i++)
    g_assert_cmpint (steps[i], ==, 5 * i);
  KdSnapshot *frame = kd_session_keyframe (session, 0);
  g_assert_nonnull (frame);
  g_assert_cmpint (kd_snapshot_step (frame), ==, 0);
  g_assert_cmpuint (kd_snapshot_image (frame), ==, kd_snapshot_image (live));
  g_assert_cmpfloat (kd_snapshot_total (frame, 1, NULL), ==, kd_snapshot_total (live, 1, NULL));
  assert_same_picture (frame, live);
  int n = 0;
  kd_session_probes (session, &n);
  for (int id = 0; id < n; id++) {
    KdMap a, b;
    g_assert_true (kd_snapshot_map (live, id, &a));
    g_assert_true (kd_snapshot_map (frame, id, &b));
    g_assert_cmpint (a.channels, ==, b.channels);
    g_assert_cmpint (a.height, ==, b.height);
    g_assert_cmpint (a.width, ==, b.width);
    const int count = a.channels * a.height * a.width;
    float largest = 0;
    for (int i = 0; i < count; i++)
      largest = MAX (largest, fabsf (a.data[i]));
    for (int i = 0; i < count; i++) /* float16's half unit in the last place */
      g_assert_cmpfloat (fabsf (a.data[i] - b.data[i]), <=, largest * 0x1p-11f);
  }
  g_assert_null (kd_session_keyframe (session, 3));
  kd_snapshot_unref (live);
  kd_snapshot_unref (frame);
  kd_session_free (session);
  fixture_clear (&fixture);
}

static void
wait_keyframes (KdSession *session, const int64_t *expected, int n)
{
  int64_t steps[16] = { 0 };
  const double until_s = kd_now_s () + 60;
  while (kd_session_keyframes (session, steps, G_N_ELEMENTS (steps)) != n) {
    g_assert_cmpfloat (kd_now_s (), <, until_s);
    g_usleep (500);
  }
  g_assert_cmpmem (steps, (size_t) n * sizeof *steps, expected, (size_t) n * sizeof *expected);
}

/* Keyframes after every step cost more than a view may: pictures of later steps come all the same. */
static void
test_views_beside_keyframes (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  fixture.config.keyframe_every = 1;
  fixture.config.steps = 1000000;
  fixture.config.paused = true;
  KdSession *session = fixture_start (&fixture.config);
  fixture_wait_state (session, KD_STATE_PAUSED);
  watch_all (session);
  kd_session_play (session);
  int64_t step = 0;
  for (int i = 0; i < 4; i++) {
    KdSnapshot *snapshot = fixture_wait_snapshot (session, step + 1);
    step = kd_snapshot_step (snapshot);
    kd_snapshot_unref (snapshot);
  }
  g_assert_cmpint (kd_session_status (session).state, !=, KD_STATE_DONE);
  kd_session_free (session);
  fixture_clear (&fixture);
}

/* Each image has its own keyframes; the step at which it is pinned is one of them. */
static void
test_keyframes_of_an_image (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  fixture.config.keyframe_every = 2;
  fixture.config.paused = true;
  KdSession *session = fixture_start (&fixture.config);
  fixture_wait_state (session, KD_STATE_PAUSED);
  static const int64_t steps[] = { 0, 2, 4 };
  for (int64_t step = 1; step <= 2; step++) {
    kd_session_step_once (session);
    fixture_wait_step (session, step);
  }
  wait_keyframes (session, steps, 2);
  kd_session_pin_image (session, 7);
  wait_keyframes (session, steps + 1, 1);
  for (int64_t step = 3; step <= 4; step++) {
    kd_session_step_once (session);
    fixture_wait_step (session, step);
  }
  wait_keyframes (session, steps + 1, 2);
  KdSnapshot *frame = kd_session_keyframe (session, 4);
  g_assert_cmpuint (kd_snapshot_image (frame), ==, 7);
  kd_snapshot_unref (frame);
  g_assert_null (kd_session_keyframe (session, 0));
  kd_session_pin_image (session, 0);
  wait_keyframes (session, steps, 3);
  frame = kd_session_keyframe (session, 2);
  g_assert_cmpuint (kd_snapshot_image (frame), ==, 0);
  kd_snapshot_unref (frame);
  kd_session_free (session);
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/probes/are-listed", test_probes);
  g_test_add_func ("/session/snapshot/shapes", test_shapes);
  g_test_add_func ("/session/snapshot/holds-what-is-watched", test_watched_only);
  g_test_add_func ("/session/snapshot/density-sums-to-the-terms", test_density);
  g_test_add_func ("/session/snapshot/pull-is-the-gradient", test_pull);
  g_test_add_func ("/session/snapshot/pinned-image", test_pinned_image);
  g_test_add_func ("/session/knob/shows-at-once-while-paused", test_knob_while_paused);
  g_test_add_func ("/session/knob/structural-keeps-what-was-learned", test_structural_knob);
  g_test_add_func ("/session/knob/refused-is-taken-back", test_refused_knob);
  g_test_add_func ("/session/view/does-not-change-training", test_looking_is_harmless);
  g_test_add_func ("/session/view/idle-when-nothing-changes", test_idle_when_nothing_changes);
  g_test_add_func ("/session/keyframes/hold-all-maps", test_keyframes);
  g_test_add_func ("/session/keyframes/leave-room-for-views", test_views_beside_keyframes);
  g_test_add_func ("/session/keyframes/belong-to-an-image", test_keyframes_of_an_image);
  return g_test_run ();
}
