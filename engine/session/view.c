/* SPDX-License-Identifier: MIT */
#include "engine/session/view.h"

#include "engine/session/lamp.h"

#include <math.h>
#include <string.h>

struct _KdView {
  KdRun *run;
  KdStudent *student;
  KdDetector *detector;
  KdNode *roots[KD_MAX_STUDENT_ROOTS];
  int n_roots;
  KdNode **keeps; /* scratch for kd_graph_set_wanted () */
  int max_keeps;
  bool wants_pull;
  /* The latest norms, for views that do not compute them. */
  double task_norm, term_norms[KD_MAX_TERMS];
  KdLampReason reasons[KD_MAX_TERMS]; /* of terms without a gradient */
};

/* ---- making ---- */

static int
add_outputs (const KdView *view, KdNode **keeps)
{
  const KdStudent *student = view->student;
  int n = 0;
  for (int l = 0; l < student->outputs.n_levels; l++) {
    keeps[n++] = student->outputs.feature[l];
    keeps[n++] = student->outputs.cls[l];
    keeps[n++] = student->outputs.reg[l];
    if (student->method->loss_density[l])
      keeps[n++] = student->method->loss_density[l];
  }
  if (student->method->placeless)
    keeps[n++] = student->method->placeless;
  for (int i = 0; i < student->method->n_warnings; i++)
    keeps[n++] = student->method->warnings[i].when;
  return n;
}

static void
compile (KdView *view, const KdRunEnvironment *env)
{
  const KdBuiltOutputs *method = view->student->method;
  /* Outputs, and features and densities a second time when they are watched. */
  view->max_keeps = 6 * KD_MAX_LEVELS + 1 + method->n_warnings + method->n_probes;
  view->keeps = g_new (KdNode *, view->max_keeps);
  int n_keeps = add_outputs (view, view->keeps);
  for (int i = 0; i < method->n_probes; i++)
    view->keeps[n_keeps++] = method->probes[i]->node;
  const KdCompile what = {
    .roots = view->roots,
    .n_roots = view->n_roots,
    .keeps = view->keeps,
    .n_keeps = n_keeps,
    .param_gradients = KD_PARAM_GRADIENTS_NONE,
    .arena = env->arena,
  };
  kd_graph_compile (view->student->graph, env->pool, &what);
}

KdView *
kd_view_new (KdRun *run, const KdRunEnvironment *env, GError **error)
{
  g_autofree char *name = g_strdup_printf ("%s.view", run->id);
  const KdStudentConfig config = {
    .name = name,
    .pool = env->pool,
    .params = run->params,
    .config = env->detector,
    .knobs = run->knobs,
    .teacher = env->teacher,
    .source = env->teacher ? &env->teacher->answer : NULL,
    .n_images = 1,
  };
  KdStudent *student = kd_student_new (&config, error);
  if (!student)
    return NULL;
  KdView *view = g_new0 (KdView, 1);
  view->run = run;
  view->student = student;
  /* Parameters are constants here, so a gradient reaches the features only because it is asked for, and ends there. */
  for (int l = 0; l < student->outputs.n_levels; l++)
    kd_node_want_gradient (student->outputs.feature[l]);
  view->n_roots = kd_student_roots (student, view->roots);
  compile (view, env);
  const KdDetectConfig detect = kd_detect_default ();
  view->detector = kd_detector_new (env->detector, &detect);
  view->task_norm = NAN;
  for (int i = 0; i < KD_MAX_TERMS; i++)
    view->term_norms[i] = NAN;
  kd_view_watch (view, NULL, NULL, 0);
  return view;
}

void
kd_view_free (KdView *view)
{
  if (!view)
    return;
  kd_student_free (view->student);
  kd_detector_free (view->detector);
  g_free (view->keeps);
  g_free (view);
}

size_t
kd_view_bytes (const KdView *view)
{
  return kd_student_bytes (view->student);
}

/* ---- probes ---- */

static void
list_level_probe (const KdView *view,
                  KdProbeList *list,
                  const KdProbeInfo *common,
                  int level,
                  KdSourceKind kind,
                  KdNode *node)
{
  KdProbeInfo info = *common;
  info.run = view->run->index;
  info.level = level;
  info.stride = kd_detector_strides[level];
  kd_probe_list_add (list, &info, &(KdProbeSource){ .kind = kind, .node = node });
}

static void
list_method_probe (const KdView *view, KdProbeList *list, const KdProbe *probe)
{
  const KdShape shape = kd_node_shape (probe->node);
  const bool is_map = probe->kind == KD_PROBE_MAP || probe->kind == KD_PROBE_FEATURE;
  const KdProbeInfo info = {
    .run = view->run->index,
    .name = probe->name,
    .title = probe->title,
    .help = probe->help,
    .group = probe->group,
    .unit = probe->unit,
    .kind = probe->kind,
    .style = probe->style,
    .level = probe->level,
    .stride = is_map ? view->student->inputs.image.width / shape.w : 0,
    .made_in = (KdStepPhase) kd_node_phase (probe->node),
  };
  kd_probe_list_add (list, &info, &(KdProbeSource){ KD_SOURCE_NODE, probe->node, probe->square });
}

void
kd_view_list_probes (const KdView *view, KdProbeList *list)
{
  static const KdProbeInfo feature = {
    .name = "student_feat",
    .title = "Features, student",
    .help = "What the student's neck gives its head; distillation pulls it towards the teacher's",
    .group = "features",
    .unit = "",
    .kind = KD_PROBE_FEATURE,
  };
  static const KdProbeInfo density = {
    .name = "loss_density",
    .title = "Loss density",
    .help =
        "Where the method's loss lies: the cells sum to the loss, but for terms without a place",
    .group = "loss_density",
    .unit = "loss",
    .kind = KD_PROBE_MAP,
    .made_in = KD_STEP_LOSS,
  };
  static const KdProbeInfo pull = {
    .name = "pull",
    .title = "Pull",
    .help = "How strongly the method's loss pulls at the student's features in each cell",
    .group = "pull",
    .unit = "",
    .kind = KD_PROBE_MAP,
    .made_in = KD_STEP_BACKWARD,
  };
  const KdStudent *student = view->student;
  const KdBuiltOutputs *method = student->method;
  const int levels = student->outputs.n_levels;
  for (int l = 0; l < levels; l++)
    list_level_probe (view, list, &feature, l, KD_SOURCE_NODE, student->outputs.feature[l]);
  for (int l = 0; l < levels && method->total; l++) {
    if (method->loss_density[l])
      list_level_probe (view, list, &density, l, KD_SOURCE_NODE, method->loss_density[l]);
  }
  for (int l = 0; l < levels && method->total; l++)
    list_level_probe (view, list, &pull, l, KD_SOURCE_PULL, student->outputs.feature[l]);
  for (int i = 0; i < method->n_probes; i++)
    list_method_probe (view, list, method->probes[i]);
}

void
kd_view_watch (KdView *view, const KdProbeList *list, const int *ids, int n_ids)
{
  int n_keeps = add_outputs (view, view->keeps);
  view->wants_pull = false;
  for (int i = 0; i < n_ids; i++) {
    if (list->infos[ids[i]].run != view->run->index)
      continue;
    const KdProbeSource *source = &list->sources[ids[i]];
    if (source->kind == KD_SOURCE_PULL) {
      view->wants_pull = true;
      continue;
    }
    g_assert (n_keeps < view->max_keeps);
    view->keeps[n_keeps++] = source->node;
  }
  kd_graph_set_wanted (view->student->graph, view->roots, view->n_roots, view->keeps, n_keeps);
}

/* ---- running ---- */

static double
gradient_norm (const KdView *view, KdNode *root)
{
  kd_student_backward_to_features (view->student, root);
  return kd_student_feature_gradient_norm (view->student);
}

static void
compute_norms (KdView *view, int64_t step)
{
  const KdBuiltOutputs *method = view->student->method;
  bool all_lit = true;
  view->task_norm = gradient_norm (view, view->student->loss.total);
  for (int i = 0; i < method->n_terms; i++) {
    view->term_norms[i] = gradient_norm (view, method->terms[i].value);
    all_lit = all_lit && view->term_norms[i] > 0;
  }
  if (all_lit)
    return;
  const KdLampSubject subject = kd_lamp_subject (view->student, view->run->knobs, step);
  for (int i = 0; i < method->n_terms; i++) {
    if (!(view->term_norms[i] > 0))
      kd_lamp_explain (&subject, method->terms[i].value, view->term_norms[i], view->reasons[i]);
  }
}

static double
sum_of_density (const KdBuiltOutputs *method, int n_levels)
{
  double sum = 0;
  for (int l = 0; l < n_levels; l++) {
    if (!method->loss_density[l])
      continue;
    const kd_real *values = kd_node_value (method->loss_density[l]);
    const size_t n = kd_shape_count (kd_node_shape (method->loss_density[l]));
    for (size_t i = 0; i < n; i++)
      sum += (double) values[i];
  }
  return sum;
}

static void
fill_picture (KdView *view, KdRunPicture *picture)
{
  const KdStudent *student = view->student;
  const KdBuiltOutputs *method = student->method;
  picture->n_detections = kd_detect (view->detector, &student->outputs, 0, picture->detections);
  picture->n_terms = method->n_terms;
  for (int i = 0; i < picture->n_terms; i++) {
    const double norm = view->term_norms[i];
    picture->terms[i] = (KdTermStatus){
      .id = method->terms[i].id,
      .value = kd_node_scalar (method->terms[i].value),
      .gradient_norm = norm,
      .task_ratio = view->task_norm > 0 ? norm / view->task_norm : NAN,
      .lit = norm > 0,
    };
    if (!picture->terms[i].lit)
      g_strlcpy (picture->terms[i].reason, view->reasons[i], sizeof view->reasons[i]);
  }
  picture->placeless = method->placeless ? kd_node_scalar (method->placeless) : 0;
  picture->total = sum_of_density (method, student->outputs.n_levels) + picture->placeless;
}

bool
kd_view_run (KdView *view,
             const KdInputs *inputs,
             int64_t step,
             KdNorms norms,
             const atomic_bool *cancel,
             KdRunPicture *picture)
{
  KdStudent *student = view->student;
  kd_student_set (student, inputs, view->run->knobs, step);
  if (!kd_graph_forward (student->graph, cancel))
    return false;
  if (norms == KD_NORMS_FRESH)
    compute_norms (view, step);
  /* Last, because the pull is read from the gradients that it leaves. */
  if (view->wants_pull && student->method->total)
    kd_student_backward_to_features (student, student->method->total);
  fill_picture (view, picture);
  return true;
}

/* ---- copying ---- */

size_t
kd_view_probe_capacity (const KdProbeSource *source)
{
  const KdShape shape = kd_node_shape (source->node);
  return source->kind == KD_SOURCE_PULL ? (size_t) shape.h * (size_t) shape.w
                                        : kd_shape_count (shape);
}

static void
copy_pull (const KdProbeInfo *info, const KdNode *feature, KdSnapshot *snapshot)
{
  const KdShape shape = kd_node_shape (feature);
  const kd_real *gradient = kd_node_gradient (feature);
  float *pull = kd_snapshot_add (snapshot, info->id, 1, shape.h, shape.w);
  for (int p = 0; p < shape.h * shape.w; p++) {
    double sum = 0;
    for (int c = 0; gradient && c < shape.c; c++) {
      const double g = (double) gradient[(size_t) p * (size_t) shape.c + (size_t) c];
      sum += g * g;
    }
    pull[p] = (float) sqrt (sum);
  }
}

/* @rows rows of @columns values out of rows of @stride. */
static void
copy_rows (const KdNode *node, int rows, int columns, int stride, float *values)
{
  for (int r = 0; r < rows; r++) {
    const size_t from = (size_t) r * (size_t) stride;
    float *to = values + (size_t) r * (size_t) columns;
    if (kd_node_type (node) == KD_TYPE_INT32) {
      for (int c = 0; c < columns; c++)
        to[c] = (float) kd_node_ints (node)[from + (size_t) c];
    } else {
      memcpy (to, kd_node_value (node) + from, (size_t) columns * sizeof (float));
    }
  }
}

void
kd_view_copy_probe (const KdProbeInfo *info, const KdProbeSource *source, KdSnapshot *snapshot)
{
  const KdNode *node = source->node;
  const KdShape shape = kd_node_shape (node);
  if (source->kind == KD_SOURCE_PULL) {
    copy_pull (info, node, snapshot);
    return;
  }
  const bool rows_of_list = shape.h == 1 && shape.w == 1;
  switch (info->kind) {
  case KD_PROBE_MAP:
  case KD_PROBE_FEATURE:
  case KD_PROBE_VECTOR: {
    float *values = kd_snapshot_add (snapshot, info->id, shape.c, shape.h, shape.w);
    copy_rows (node, shape.h * shape.w, shape.c, shape.c, values);
    return;
  }
  case KD_PROBE_MATRIX:
    if (!rows_of_list) { /* [N,M,M] */
      float *values = kd_snapshot_add (snapshot, info->id, 1, shape.h, shape.w);
      copy_rows (node, shape.h, shape.w, shape.w, values);
      return;
    }
    break;
  default:
    break;
  }
  const int rows = kd_node_live_rows (node);
  const int stride = shape.c * shape.h * shape.w;
  const int columns = source->square ? MIN (rows, shape.c) : stride;
  float *values = kd_snapshot_add (snapshot, info->id, 1, rows, columns);
  copy_rows (node, rows, columns, stride, values);
}
