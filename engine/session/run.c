/* SPDX-License-Identifier: MIT */
#include "engine/session/run.h"

#include "engine/session/weights.h"

#include <math.h>

/* ---- building ---- */

static void
compile (KdRun *run, KdPool *pool)
{
  KdStudent *student = run->student;
  KdNode *keeps[2 + KD_MAX_TERMS];
  int n_keeps = 0;
  keeps[n_keeps++] = student->loss.cls;
  keeps[n_keeps++] = student->loss.reg;
  for (int i = 0; i < student->method->n_terms; i++)
    keeps[n_keeps++] = student->method->terms[i].value;
  const KdCompile what = {
    .roots = &student->total,
    .n_roots = 1,
    .keeps = keeps,
    .n_keeps = n_keeps,
    .param_gradients = KD_PARAM_GRADIENTS_SHARED,
  };
  kd_graph_compile (student->graph, pool, &what);
}

static KdStudent *
build (const KdRun *run, KdParams *params, const KdRunEnvironment *env, GError **error)
{
  const KdStudentConfig config = {
    .name = run->id,
    .pool = env->pool,
    .params = params,
    .config = env->detector,
    .knobs = run->knobs,
    .teacher = env->teacher,
    .source = env->teacher && env->teacher->batch ? &env->teacher->batch->outputs : NULL,
    .n_images = env->batch,
  };
  return kd_student_new (&config, error);
}

static void
add_column (KdRun *run, const char *name, size_t capacity)
{
  g_assert (run->n_columns < KD_MAX_COLUMNS);
  run->values[run->n_columns] = NAN;
  run->columns[run->n_columns++] = kd_series_new (name, capacity);
}

/* step,loss.total,loss.cls,loss.reg,loss.<method>.<term>...,grad_norm,lr,ap,ap50 */
static void
add_columns (KdRun *run, size_t capacity)
{
  const KdBuiltOutputs *method = run->student->method;
  add_column (run, "loss.total", capacity);
  add_column (run, "loss.cls", capacity);
  add_column (run, "loss.reg", capacity);
  for (int i = 0; i < method->n_terms; i++) {
    g_autofree char *name =
        g_strdup_printf ("loss.%s.%s", kd_knobs_method (run->knobs)->id, method->terms[i].id);
    run->term_ids[run->n_terms++] = g_strdup (method->terms[i].id);
    add_column (run, name, capacity);
  }
  add_column (run, "grad_norm", capacity);
  add_column (run, "lr", capacity);
  add_column (run, "ap", capacity);
  add_column (run, "ap50", capacity);
}

KdRun *
kd_run_new (
    int index, const char *id, const KdKnobs *knobs, const KdRunEnvironment *env, GError **error)
{
  KdRun *run = g_new0 (KdRun, 1);
  run->index = index;
  run->id = id;
  run->knobs = kd_knobs_copy (knobs);
  run->params = kd_params_new ();
  run->student = build (run, run->params, env, error);
  if (!run->student) {
    kd_run_free (run);
    return NULL;
  }
  compile (run, env->pool);
  kd_params_init (run->params, env->seed);
  add_columns (run, (size_t) env->steps + 1);
  return run;
}

void
kd_run_free (KdRun *run)
{
  if (!run)
    return;
  kd_student_free (run->student);
  kd_params_free (run->params);
  kd_knobs_free (run->knobs);
  for (int i = 0; i < run->n_columns; i++)
    kd_series_free (run->columns[i]);
  for (int i = 0; i < run->n_terms; i++)
    g_free (run->term_ids[i]);
  g_free (run);
}

/* The curves, and the columns of series.csv that a resumed run goes on with, are those of the terms it began with. */
static bool
has_same_terms (const KdRun *run, const KdStudent *student, GError **error)
{
  const KdBuiltOutputs *method = student->method;
  bool same = method->n_terms == run->n_terms;
  for (int i = 0; same && i < run->n_terms; i++)
    same = g_str_equal (method->terms[i].id, run->term_ids[i]);
  if (!same)
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 "%s: this would change which terms the loss has; begin a new session with it",
                 run->id);
  return same;
}

bool
kd_run_rebuild (KdRun *run, const KdRunEnvironment *env, GError **error)
{
  KdParams *params = kd_params_new ();
  KdStudent *student = build (run, params, env, error);
  if (!student || !has_same_terms (run, student, error)) {
    kd_student_free (student);
    kd_params_free (params);
    return false;
  }
  kd_student_free (run->student);
  run->student = student;
  compile (run, env->pool);
  kd_params_init (params, env->seed);
  kd_weights_copy (params, run->params);
  kd_params_free (run->params);
  run->params = params;
  return true;
}

/* ---- a step ---- */

bool
kd_run_forward (KdRun *run, KdPhase phase, const atomic_bool *cancel)
{
  return kd_graph_run_phase (run->student->graph, phase, cancel);
}

void
kd_run_backward (KdRun *run, KdPool *pool)
{
  kd_params_zero_gradients (run->params);
  kd_graph_backward (run->student->graph, run->student->total, NULL, 0);
  run->gradient_norm = kd_params_gradient_norm (run->params, pool);
}

bool
kd_run_is_finite (const KdRun *run)
{
  return isfinite (kd_node_scalar (run->student->total)) && isfinite (run->gradient_norm);
}

void
kd_run_describe_bad (const KdRun *run, char *text, size_t size)
{
  KdNonFinite where;
  if (kd_graph_find_non_finite (run->student->graph, &where))
    g_snprintf (text, size, "%s: %s%s [%d,%d,%d,%d] is %g", run->id,
                where.gradient ? "gradient of " : "", where.name, where.n, where.c, where.y,
                where.x, where.value);
  else
    g_snprintf (text, size, "%s: the gradient's norm is %g", run->id, run->gradient_norm);
}

void
kd_run_update (KdRun *run, KdPool *pool, const KdOptimizer *optimizer, double rate, int64_t step)
{
  kd_optimizer_step (optimizer, run->params, pool, rate, step, run->gradient_norm);
}

/* ---- curves ---- */

void
kd_run_collect (KdRun *run, double rate)
{
  const KdStudent *student = run->student;
  int column = 0;
  run->values[column++] = kd_node_scalar (student->total);
  run->values[column++] = kd_node_scalar (student->loss.cls);
  run->values[column++] = kd_node_scalar (student->loss.reg);
  for (int i = 0; i < run->n_terms; i++)
    run->values[column++] = kd_node_scalar (student->method->terms[i].value);
  run->values[column++] = run->gradient_norm;
  run->values[column++] = rate;
  run->values[column++] = NAN;
  run->values[column++] = NAN;
  g_assert (column == run->n_columns);
}

void
kd_run_set_ap (KdRun *run, double ap, double ap50)
{
  run->values[run->n_columns - 2] = ap;
  run->values[run->n_columns - 1] = ap50;
}

void
kd_run_record (KdRun *run, int64_t step)
{
  for (int i = 0; i < run->n_columns; i++) {
    if (!isnan (run->values[i]))
      kd_series_append (run->columns[i], step, run->values[i]);
  }
}

size_t
kd_run_bytes (const KdRun *run)
{
  return kd_student_bytes (run->student) + 4 * kd_params_size (run->params) * sizeof (kd_real);
}
