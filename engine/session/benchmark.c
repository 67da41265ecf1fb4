/* SPDX-License-Identifier: MIT */
#include "engine/base/i18n.h"
#include "engine/session/accuracy.h"
#include "engine/session/config.h"
#include "engine/session/statistics.h"
#include "engine/session/trainer.h"
#include "engine/session/views.h"

#include <string.h>

#define WARM_UP_STEPS 3
#define MAX_OPS 256

/* One number a step of each part, so that medians can be taken: a background program's burst does not count. */
typedef struct {
  double *data, *teacher, *phases[KD_N_STEP_PHASES], *snapshot, *whole;
  int64_t steps;
} Times;

static void
times_init (Times *times, int64_t steps)
{
  double **const all[] = {
    &times->data,
    &times->teacher,
    &times->snapshot,
    &times->whole,
  };
  times->steps = steps;
  for (size_t i = 0; i < G_N_ELEMENTS (all); i++)
    *all[i] = g_new0 (double, steps);
  for (int phase = 0; phase < KD_N_STEP_PHASES; phase++)
    times->phases[phase] = g_new0 (double, steps);
}

static void
times_clear (Times *times)
{
  g_free (times->data);
  g_free (times->teacher);
  g_free (times->snapshot);
  g_free (times->whole);
  for (int phase = 0; phase < KD_N_STEP_PHASES; phase++)
    g_free (times->phases[phase]);
}

static double
median_ms (double *seconds, int64_t n)
{
  return 1e3 * kd_values_median (seconds, (size_t) n);
}

static double
lap (double *since)
{
  const double now = kd_now_s (), passed = now - *since;
  *since = now;
  return passed;
}

/* ---- what is measured ---- */

static bool
require (KdStepResult result, GError **error)
{
  if (result == KD_STEP_DONE)
    return true;
  g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
               _ ("the benchmark's training met a NaN or infinity; lower the learning rate"));
  return false;
}

/* The step as a session makes it. */
static bool
time_steps (KdTrainer *trainer, Times *times, GError **error)
{
  for (int64_t i = 0; i < times->steps; i++) {
    double clock = kd_now_s ();
    if (!require (kd_trainer_step (trainer, NULL), error))
      return false;
    times->whole[i] = lap (&clock);
  }
  return true;
}

/* The same work with a barrier after each phase. */
static bool
time_phases (KdTrainer *trainer, Times *times, GError **error)
{
  for (int64_t i = 0; i < times->steps; i++) {
    double clock = kd_now_s ();
    kd_trainer_fetch (trainer);
    times->data[i] = lap (&clock);
    kd_trainer_teach (trainer, NULL);
    times->teacher[i] = lap (&clock);
    kd_trainer_students_forward (trainer, NULL);
    times->phases[KD_STEP_FORWARD][i] = lap (&clock);
    for (KdStepPhase phase = KD_STEP_SELECT; phase < KD_N_STEP_PHASES; phase++) {
      if (!require (kd_trainer_phase (trainer, NULL), error))
        return false;
      times->phases[phase][i] = lap (&clock);
    }
  }
  return true;
}

static bool
time_snapshots (KdTrainer *trainer, Times *times, KdBenchmark *result, GError **error)
{
  KdSnapshotPool *pool = kd_snapshot_pool_new ();
  KdViews *views = kd_views_new (trainer, pool, error);
  for (int64_t i = 0; views && i < times->steps; i++) {
    double clock = kd_now_s ();
    kd_snapshot_unref (kd_views_snapshot (views, KD_VIEW_ALL, KD_NORMS_LATEST, NULL));
    times->snapshot[i] = lap (&clock);
  }
  if (views)
    result->snapshot_bytes = kd_views_bytes (views);
  kd_views_free (views);
  kd_snapshot_pool_unref (pool);
  return views != NULL;
}

/* ---- operations ---- */

static void
join_op (GArray *ops, const KdOpTime *time)
{
  for (guint i = 0; i < ops->len; i++) {
    KdOpTime *op = &g_array_index (ops, KdOpTime, i);
    if (!g_str_equal (op->op, time->op))
      continue;
    op->calls += time->calls;
    op->forward_s += time->forward_s;
    op->backward_s += time->backward_s;
    op->forward_flop += time->forward_flop;
    op->backward_flop += time->backward_flop;
    return;
  }
  g_array_append_val (ops, *time);
}

static void
collect_ops (GArray *ops, KdGraph *graph)
{
  KdOpTime times[MAX_OPS];
  const int n = MIN (kd_graph_op_times (graph, times, MAX_OPS), MAX_OPS);
  for (int i = 0; i < n; i++)
    join_op (ops, &times[i]);
  kd_graph_set_profiling (graph, false);
}

static bool
time_ops (KdTrainer *trainer, int64_t steps, GArray *ops, GError **error)
{
  KdPass *batch = trainer->teacher ? trainer->teacher->batch : NULL;
  if (batch)
    kd_graph_set_profiling (batch->graph, true);
  for (int r = 0; r < trainer->n_runs; r++)
    kd_graph_set_profiling (trainer->runs[r]->student->graph, true);
  for (int64_t i = 0; i < steps; i++) {
    if (!require (kd_trainer_step (trainer, NULL), error))
      return false;
  }
  if (batch)
    collect_ops (ops, batch->graph);
  for (int r = 0; r < trainer->n_runs; r++)
    collect_ops (ops, trainer->runs[r]->student->graph);
  return true;
}

/* ---- the result ---- */

static void
describe (const KdTrainer *trainer, KdBenchmark *result)
{
  double flop = 0;
  const KdTeacher *teacher = trainer->teacher;
  if (teacher && teacher->batch) {
    flop += kd_graph_stats (teacher->batch->graph).forward_flop;
    result->teacher_bytes =
        kd_pass_bytes (teacher->batch) + kd_params_size (teacher->params) * sizeof (kd_real);
  }
  for (int r = 0; r < trainer->n_runs; r++) {
    const KdGraphStats stats = kd_graph_stats (trainer->runs[r]->student->graph);
    flop += stats.forward_flop + stats.backward_flop;
    result->student_bytes = MAX (result->student_bytes, kd_run_bytes (trainer->runs[r]));
  }
  result->gflop_per_step = 1e-9 * flop;
  result->pass_bytes = kd_arena_bytes (trainer->arena);
  result->threads = kd_pool_workers (trainer->pool);
  result->total_bytes = kd_trainer_bytes (trainer) + result->snapshot_bytes;
}

static void
summarise (Times *times, KdBenchmark *result)
{
  const int64_t n = times->steps;
  result->steps = n;
  result->ms_per_step = median_ms (times->whole, n);
  result->steps_per_s = 1e3 / result->ms_per_step;
  result->data_ms = median_ms (times->data, n);
  result->teacher_ms = median_ms (times->teacher, n);
  result->forward_ms = median_ms (times->phases[KD_STEP_FORWARD], n);
  result->select_ms = median_ms (times->phases[KD_STEP_SELECT], n);
  result->loss_ms = median_ms (times->phases[KD_STEP_LOSS], n);
  result->backward_ms = median_ms (times->phases[KD_STEP_BACKWARD], n);
  result->update_ms = median_ms (times->phases[KD_STEP_UPDATE], n);
  result->snapshot_ms = median_ms (times->snapshot, n);
}

static bool
measure_accuracy (const KdConfig *config, KdBenchmark *result, GError **error)
{
  KdAccuracy accuracy;
  if (!kd_accuracy_measure (config, &accuracy, error))
    return false;
  result->gradient_error = accuracy.errors[KD_ACCURACY_STEPS / 2];
  result->worst_gradient_error = accuracy.errors[KD_ACCURACY_STEPS - 1];
  g_strlcpy (result->worst_array, accuracy.worst, sizeof result->worst_array);
  return true;
}

bool
kd_benchmark (
    const KdConfig *config, int64_t steps, bool one_batch, KdBenchmark *result, GError **error)
{
  if (!kd_blas_init (error) || !kd_config_check (config, error))
    return false;
  g_return_val_if_fail (steps > 0, false);
  g_autofree char *bundled = config->teacher ? NULL : kd_teacher_find (NULL);
  const char *teacher = config->teacher ? config->teacher : bundled;
  /* Speed does not depend on what the weights are. */
  if (!teacher)
    teacher = KD_TEACHER_UNTRAINED;
  if (!*teacher)
    teacher = NULL;
  KdSavedConfig *saved = kd_saved_config_new (config);
  *result = (KdBenchmark){ .ops = g_array_new (FALSE, FALSE, sizeof (KdOpTime)),
                           .kernels = kd_kernels_chosen (),
                           .peak = kd_peak_measure () };
  KdTrainer *trainer = NULL;
  if (measure_accuracy (kd_saved_config_get (saved), result, error))
    trainer = kd_trainer_new (kd_saved_config_get (saved), teacher, error);
  Times times = { 0 };
  times_init (&times, steps);
  bool ok = trainer != NULL;
  if (ok)
    trainer->one_batch = one_batch;
  for (int i = 0; ok && i < WARM_UP_STEPS; i++)
    ok = require (kd_trainer_step (trainer, NULL), error);
  ok = ok && time_steps (trainer, &times, error) && time_phases (trainer, &times, error) &&
       time_ops (trainer, steps, result->ops, error) &&
       time_snapshots (trainer, &times, result, error);
  if (ok) {
    describe (trainer, result);
    summarise (&times, result);
  } else {
    g_clear_pointer (&result->ops, g_array_unref);
  }
  times_clear (&times);
  kd_trainer_free (trainer);
  kd_saved_config_free (saved);
  return ok;
}
