/* SPDX-License-Identifier: MIT */
#include "tests/session-fixture.h"

#include "engine/session/weights.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_S 60.0
#define SIZE ((KdSize){ 64, 64 })

/* Any detector kind can teach: the file says which one it is. */
static void
write_teacher (const char *path)
{
  GError *error = NULL;
  const KdDetectorConfig config = { kd_detector_kind_find ("tiny"), SIZE, 3, KD_SCENE_CLASSES };
  KdParams *params = kd_params_new ();
  KdGraph *graph = kd_graph_new ("teacher");
  KdPool *pool = kd_pool_new (1);
  KdNode *image = kd_input (graph, "image", kd_shape (1, 3, SIZE.height, SIZE.width), KD_TYPE_REAL);
  KdDetectorOutputs out;
  kd_detector_build (graph, params, "", &config, KD_PARAM_DEFAULT, image, &out);
  const KdCompile what = { .keeps = out.cls, .n_keeps = out.n_levels };
  kd_graph_compile (graph, pool, &what);
  kd_params_init (params, 99);
  KdArrays *arrays = kd_arrays_new ();
  kd_weights_to_arrays (params, KD_WEIGHTS_VALUE, arrays);
  const char *const metadata[] = {
    "detector", "tiny", "image_height", "64", "image_width", "64", NULL,
  };
  kd_arrays_save (arrays, path, metadata, &error);
  g_assert_no_error (error);
  kd_arrays_free (arrays);
  kd_graph_free (graph);
  kd_params_free (params);
  kd_pool_free (pool);
}

static KdKnobs *
make_knobs (const char *method)
{
  GError *error = NULL;
  KdKnobs *knobs = kd_knobs_new (kd_method_find (method), NULL, &error);
  g_assert_no_error (error);
  return knobs;
}

void
fixture_init (Fixture *fixture)
{
  GError *error = NULL;
  *fixture = (Fixture){ .folder = g_dir_make_tmp ("kdscope-test-XXXXXX", &error) };
  g_assert_no_error (error);
  fixture->teacher = fixture_path (fixture, "teacher.safetensors");
  write_teacher (fixture->teacher);
  fixture->none = make_knobs ("none");
  fixture->fgd = make_knobs ("fgd");
  fixture->runs[0].knobs = fixture->none;
  fixture->runs[1].knobs = fixture->fgd;
  KdConfig *config = &fixture->config;
  *config = kd_config_default ();
  config->teacher = fixture->teacher;
  config->student = "tiny";
  config->scenes.size = SIZE;
  config->batch = 4;
  config->steps = 12;
  config->threads = 2;
  config->warmup = 4;
  config->eval_every = 5;
  config->eval_images = 10;
  config->final_eval_images = 20;
  config->checkpoint_every = 5;
  config->keyframe_every = 0;
  config->cache = "";
  config->runs = fixture->runs;
  config->n_runs = 2;
}

void
fixture_remove (const char *path)
{
  if (g_file_test (path, G_FILE_TEST_IS_DIR) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK)) {
    GDir *dir = g_dir_open (path, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name (dir))) {
      char *below = g_build_filename (path, name, NULL);
      fixture_remove (below);
      g_free (below);
    }
    if (dir)
      g_dir_close (dir);
  }
  remove (path);
}

void
fixture_clear (Fixture *fixture)
{
  fixture_remove (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->teacher);
  kd_knobs_free (fixture->none);
  kd_knobs_free (fixture->fgd);
}

char *
fixture_path (const Fixture *fixture, const char *name)
{
  return g_build_filename (fixture->folder, name, NULL);
}

KdSession *
fixture_start (const KdConfig *config)
{
  GError *error = NULL;
  KdSession *session = kd_session_new (config, &error);
  g_assert_no_error (error);
  return session;
}

KdSession *
fixture_run (const KdConfig *config)
{
  KdSession *session = fixture_start (config);
  g_assert_true (kd_session_wait (session, PATIENCE_S));
  const KdStatus status = kd_session_status (session);
  g_assert_cmpint (status.state, ==, KD_STATE_DONE);
  g_assert_cmpint (status.step, ==, config->steps);
  return session;
}

void
fixture_wait_state (KdSession *session, KdState state)
{
  const double until_s = kd_now_s () + PATIENCE_S;
  while (kd_session_status (session).state != state) {
    g_assert_cmpfloat (kd_now_s (), <, until_s);
    g_usleep (500);
  }
}

void
fixture_wait_step (KdSession *session, int64_t step)
{
  const double until_s = kd_now_s () + PATIENCE_S;
  while (kd_session_status (session).step < step) {
    g_assert_cmpfloat (kd_now_s (), <, until_s);
    g_usleep (500);
  }
}

KdEvent
fixture_wait_event (KdSession *session, KdEventKind kind)
{
  const double until_s = kd_now_s () + PATIENCE_S;
  KdEvent event;
  for (;;) {
    while (kd_session_next_event (session, &event)) {
      if (event.kind == kind)
        return event;
    }
    g_assert_cmpfloat (kd_now_s (), <, until_s);
    g_usleep (500);
  }
}

KdSnapshot *
fixture_wait_snapshot (KdSession *session, int64_t step)
{
  const double until_s = kd_now_s () + PATIENCE_S;
  for (;;) {
    kd_session_want_snapshot (session);
    KdSnapshot *snapshot = kd_session_take_snapshot (session);
    if (snapshot && kd_snapshot_step (snapshot) >= step)
      return snapshot;
    kd_snapshot_unref (snapshot);
    g_assert_cmpfloat (kd_now_s (), <, until_s);
    g_usleep (500);
  }
}

GArray *
fixture_series (KdSession *session, int run, const char *name)
{
  GArray *points = g_array_new (FALSE, FALSE, sizeof (KdPoint));
  int n = 0;
  const KdSeriesInfo *series = kd_session_series (session, &n);
  for (int i = 0; i < n; i++) {
    if (series[i].run != run || strcmp (series[i].name, name) != 0)
      continue;
    KdPoint point;
    while (kd_session_read_series (session, i, points->len, &point, 1) == 1)
      g_array_append_val (points, point);
    return points;
  }
  g_error ("run %d has no series %s", run, name);
}

void
fixture_assert_same_series (KdSession *a, int run_a, KdSession *b, int run_b)
{
  int n = 0, compared = 0;
  const KdSeriesInfo *series = kd_session_series (a, &n);
  for (int i = 0; i < n; i++) {
    if (series[i].run != run_a)
      continue;
    GArray *mine = fixture_series (a, run_a, series[i].name);
    GArray *theirs = fixture_series (b, run_b, series[i].name);
    g_test_message ("%s: %u points", series[i].name, mine->len);
    g_assert_cmpuint (mine->len, ==, theirs->len);
    g_assert_cmpmem (mine->data, mine->len * sizeof (KdPoint), theirs->data,
                     theirs->len * sizeof (KdPoint));
    compared++;
    g_array_unref (mine);
    g_array_unref (theirs);
  }
  g_assert_cmpint (compared, >=, 7);
}

void
fixture_assert_same_file (const char *a, const char *b)
{
  char *x = NULL, *y = NULL;
  gsize length_x = 0, length_y = 0;
  GError *error = NULL;
  g_file_get_contents (a, &x, &length_x, &error);
  g_assert_no_error (error);
  g_file_get_contents (b, &y, &length_y, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (length_x, >, 0);
  g_assert_cmpmem (x, length_x, y, length_y);
  g_free (x);
  g_free (y);
}

/* ---- a method that refuses a value ---- */

static const KdKnob picky_knobs[] = {
  { .id = "size",
    .label = "Size",
    .type = KD_KNOB_INT,
    .value = 1,
    .min = 1,
    .max = 9,
    .structural = true,
    .help = "" },
};

static char *
picky_unfit (const KdMethodInputs *inputs, const KdKnobs *knobs)
{
  (void) inputs;
  return kd_knobs_get (knobs, "size") > 3 ? g_strdup ("size: more than 3 is too much") : NULL;
}

static void
picky_build (KdMethodCx *cx)
{
  KdGraph *g = kd_cx_graph (cx);
  KdNode *squares = kd_square (g, kd_cx_feature (cx, KD_STUDENT, 0));
  const double size = kd_cx_structural (cx, "size");
  KdNode *mean = kd_mean (g, squares, KD_AXES_NCHW);
  kd_cx_term (cx, "norm", kd_scale (g, mean, size), NULL, NULL);
  if (size == 3)
    kd_cx_term (cx, "more", mean, NULL, NULL);
}

const KdMethod fixture_picky = {
  .id = "picky",
  .title = "Picky",
  .venue = "",
  .paper = "",
  .needs = KD_NEEDS_STUDENT_FEATURE,
  .knobs = picky_knobs,
  .n_knobs = G_N_ELEMENTS (picky_knobs),
  .n_phases = 1,
  .demo_scale = 1,
  .unfit = picky_unfit,
  .build = picky_build,
};
