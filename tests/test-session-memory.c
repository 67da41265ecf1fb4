/* SPDX-License-Identifier: MIT */

/*
 * Students' passes use one arena in turns. What they compute there is what they compute in memory of their own, whatever the pass
 * before left; and a further student costs no more than is promised.
 */
#include "engine/session/trainer.h"
#include "engine/session/views.h"
#include "engine/tape/graph.h"
#include "tests/session-fixture.h"

#include <string.h>

/* What a further student may cost. */
#define STUDENT_BYTES 40e6

/* ---- the same bits ---- */

/* A student of every method. */
static KdTrainer *
make_trainer (Fixture *fixture, int threads)
{
  GError *error = NULL;
  int n_methods;
  const KdMethod *const *methods = kd_methods (&n_methods);
  static KdRunConfig runs[KD_MAX_RUNS];
  g_assert_cmpint (n_methods, <=, KD_MAX_RUNS);
  for (int i = 0; i < n_methods; i++)
    runs[i] = (KdRunConfig){ methods[i]->id, kd_knobs_new (methods[i], "demo", &error) };
  g_assert_no_error (error);
  fixture->config.runs = runs;
  fixture->config.n_runs = n_methods;
  fixture->config.threads = threads;
  g_assert_true (kd_blas_init (&error));
  KdTrainer *trainer = kd_trainer_new (&fixture->config, fixture->teacher, &error);
  g_assert_no_error (error);
  kd_trainer_fetch (trainer);
  g_assert_true (kd_trainer_teach (trainer, NULL));
  return trainer;
}

static void
free_trainer (Fixture *fixture, KdTrainer *trainer)
{
  kd_trainer_free (trainer);
  for (int i = 0; i < fixture->config.n_runs; i++)
    kd_knobs_free ((KdKnobs *) fixture->config.runs[i].knobs);
  fixture_clear (fixture);
}

/* What a pass finds there must not matter. */
static void
fill_with_nan (KdArena *arena)
{
  void *memory = kd_arena_take (arena, true);
  memset (memory, 0xff, kd_arena_bytes (arena));
  kd_arena_give_back (arena, memory, true);
}

static void
go_there_and_back (KdTrainer *trainer, KdRun *run)
{
  kd_student_set (run->student, trainer->inputs, run->knobs, trainer->step);
  g_assert_true (kd_graph_forward (run->student->graph, NULL));
  kd_run_backward (run, trainer->pool, trainer->step);
}

static void
run_chunk (void *data, int chunk, void *scratch)
{
  (void) scratch;
  KdTrainer *trainer = data;
  go_there_and_back (trainer, trainer->runs[chunk]);
}

static void
assert_same (const KdRun *run, const KdRun *expected)
{
  const size_t bytes = kd_params_size (expected->params) * sizeof (kd_real);
  g_assert_cmpmem (kd_params_gradients (run->params), bytes, kd_params_gradients (expected->params),
                   bytes);
  g_assert_true (run->gradient_norm > 0);
  g_assert_cmpmem (run->ratios, sizeof (double) * (size_t) (run->n_terms + 1), expected->ratios,
                   sizeof (double) * (size_t) (run->n_terms + 1));
  g_assert_cmpfloat (kd_node_scalar (run->student->total), ==,
                     kd_node_scalar (expected->student->total));
}

static void
compare_runs (int threads)
{
  Fixture fixture;
  GError *error = NULL;
  fixture_init (&fixture);
  KdTrainer *trainer = make_trainer (&fixture, threads);
  KdRun *expected[KD_MAX_RUNS];
  KdRunEnvironment env = kd_trainer_environment (trainer);
  env.arena = NULL;
  for (int r = 0; r < trainer->n_runs; r++) {
    expected[r] = kd_run_new (r, trainer->runs[r]->id, trainer->runs[r]->knobs, &env, &error);
    g_assert_no_error (error);
    go_there_and_back (trainer, expected[r]);
    /* One after another, each split over the workers. */
    fill_with_nan (trainer->arena);
    go_there_and_back (trainer, trainer->runs[r]);
    assert_same (trainer->runs[r], expected[r]);
    kd_params_zero_gradients (trainer->runs[r]->params);
  }
  /* Each whole on a worker. */
  fill_with_nan (trainer->arena);
  kd_parallel_for (trainer->pool, trainer->n_runs, run_chunk, trainer);
  for (int r = 0; r < trainer->n_runs; r++) {
    assert_same (trainer->runs[r], expected[r]);
    kd_run_free (expected[r]);
  }
  free_trainer (&fixture, trainer);
}

static void
test_same_bits_alone (void)
{
  compare_runs (1);
}

static void
test_same_bits_in_turns (void)
{
  compare_runs (3);
}

/* ---- bytes ---- */

static double
bytes_of (const KdRunConfig *runs, int n_runs)
{
  GError *error = NULL;
  KdConfig config = kd_config_default ();
  config.runs = runs;
  config.n_runs = n_runs;
  config.threads = 3;
  KdTrainer *trainer = kd_trainer_new (&config, KD_TEACHER_UNTRAINED, &error);
  g_assert_no_error (error);
  KdSnapshotPool *pool = kd_snapshot_pool_new ();
  KdViews *views = kd_views_new (trainer, pool, &error);
  g_assert_no_error (error);
  kd_snapshot_unref (kd_views_snapshot (views, KD_VIEW_ALL, KD_NORMS_FRESH, NULL));
  const double bytes = (double) (kd_trainer_bytes (trainer) + kd_views_bytes (views));
  kd_views_free (views);
  kd_snapshot_pool_unref (pool);
  kd_trainer_free (trainer);
  return bytes;
}

/* Networks of the bundled sizes on scenes of the size that the window shows, the students that its benchmark adds. */
static void
test_further_student (void)
{
  static const char *const ids[] = { "none", "fgd", "fgfi", "defeat" };
  GError *error = NULL;
  KdRunConfig runs[G_N_ELEMENTS (ids)];
  g_assert_true (kd_blas_init (&error));
  for (size_t i = 0; i < G_N_ELEMENTS (ids); i++)
    runs[i] = (KdRunConfig){ ids[i], kd_knobs_new (kd_method_find (ids[i]), "demo", &error) };
  g_assert_no_error (error);
  const double further = (bytes_of (runs, 4) - bytes_of (runs, 2)) / 2;
  g_test_message ("%.1f MB", 1e-6 * further);
  g_assert_cmpfloat (further, >, 0);
  g_assert_cmpfloat (further, <=, STUDENT_BYTES);
  for (size_t i = 0; i < G_N_ELEMENTS (ids); i++)
    kd_knobs_free ((KdKnobs *) runs[i].knobs);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/memory/one worker's passes have the bits of memory of their own",
                   test_same_bits_alone);
  g_test_add_func ("/session/memory/passes in turns have the bits of memory of their own",
                   test_same_bits_in_turns);
  g_test_add_func ("/session/memory/a further student costs at most 40 MB", test_further_student);
  return g_test_run ();
}
