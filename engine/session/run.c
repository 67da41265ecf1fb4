/* SPDX-License-Identifier: MIT */
#include "engine/session/run.h"

#include "engine/base/i18n.h"
#include "engine/session/weights.h"

#include <math.h>

/* Which of the twelve COCO numbers are curves. */
static const struct {
  const char *name;
  int number;
} ap_columns[] = {
  { "ap", 0 }, { "ap50", 1 }, { "ap_small", 3 }, { "ap_medium", 4 }, { "ap_large", 5 },
};
#define N_AP_COLUMNS ((int) G_N_ELEMENTS (ap_columns))

/* ---- building ---- */

static void
compile (KdRun *run, const KdRunEnvironment *env)
{
  KdStudent *student = run->student;
  for (int l = 0; l < student->outputs.n_levels; l++) /* for the ratios */
    kd_node_want_gradient (student->outputs.feature[l]);
  KdNode *keeps[] = { student->loss.cls, student->loss.reg };
  KdNode *roots[KD_MAX_STUDENT_ROOTS];
  const KdCompile what = {
    .roots = roots,
    .n_roots = kd_student_roots (student, roots),
    .keeps = keeps,
    .n_keeps = G_N_ELEMENTS (keeps),
    .param_gradients = KD_PARAM_GRADIENTS_SHARED,
    .arena = env->arena,
  };
  kd_graph_compile (student->graph, env->pool, &what);
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

static void
add_term_columns (KdRun *run, const char *prefix, size_t capacity)
{
  for (int i = 0; i < run->n_terms; i++) {
    g_autofree char *name =
        g_strdup_printf ("%s.%s.%s", prefix, kd_knobs_method (run->knobs)->id, run->term_ids[i]);
    add_column (run, name, capacity);
  }
}

/* step,loss.total,loss.cls,loss.reg,loss.<method>.<term>...,grad_norm,lr,ap...,ratio.<method>.<term>...,ratio.<method>.total */
static void
add_columns (KdRun *run, size_t capacity)
{
  const KdBuiltOutputs *method = run->student->method;
  const size_t ratio_capacity = capacity / KD_RATIO_EVERY + 2;
  for (int i = 0; i < method->n_terms; i++)
    run->term_ids[run->n_terms++] = g_strdup (method->terms[i].id);
  add_column (run, "loss.total", capacity);
  add_column (run, "loss.cls", capacity);
  add_column (run, "loss.reg", capacity);
  add_term_columns (run, "loss", capacity);
  add_column (run, "grad_norm", capacity);
  add_column (run, "lr", capacity);
  run->ap_column = run->n_columns;
  for (int i = 0; i < N_AP_COLUMNS; i++)
    add_column (run, ap_columns[i].name, capacity);
  run->ratio_column = run->n_columns;
  add_term_columns (run, "ratio", ratio_capacity);
  if (run->n_terms > 0) {
    g_autofree char *name = g_strdup_printf ("ratio.%s.total", kd_knobs_method (run->knobs)->id);
    add_column (run, name, ratio_capacity);
  }
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
  compile (run, env);
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
                 _ ("%s: this would change which terms the loss has; begin a new session with it"),
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
  compile (run, env);
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

static double
gradient_norm (const KdStudent *student, KdNode *root)
{
  kd_student_backward_to_features (student, root);
  return kd_student_feature_gradient_norm (student);
}

/* How strongly the method pulls at the features, against the detection loss: a backward pass over heads and terms each. */
static void
measure_ratios (KdRun *run)
{
  const KdStudent *student = run->student;
  const double task = gradient_norm (student, student->loss.total);
  for (int i = 0; i < run->n_terms; i++)
    run->ratios[i] = gradient_norm (student, student->method->terms[i].value) / task;
  run->ratios[run->n_terms] = gradient_norm (student, student->method->total) / task;
}

void
kd_run_backward (KdRun *run, KdPool *pool, int64_t step)
{
  for (int i = 0; i <= run->n_terms; i++)
    run->ratios[i] = NAN;
  if (run->n_terms > 0 && (step == 0 || (step + 1) % KD_RATIO_EVERY == 0))
    measure_ratios (
        run); /* first: what a step's backward leaves is looked at when numbers go bad */
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
  for (int i = 0; i < N_AP_COLUMNS; i++)
    run->values[column++] = NAN;
  for (int i = 0; column < run->n_columns; i++)
    run->values[column++] = isfinite (run->ratios[i]) ? run->ratios[i] : NAN;
}

/* COCO's -1: there are no objects of this size. */
void
kd_run_set_ap (KdRun *run, const double numbers[KD_COCO_NUMBERS])
{
  for (int i = 0; i < N_AP_COLUMNS; i++) {
    const double number = numbers[ap_columns[i].number];
    run->values[run->ap_column + i] = number >= 0 ? number : NAN;
  }
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
