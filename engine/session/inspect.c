/* SPDX-License-Identifier: MIT */

/*
 * One method on a dump's arrays, without training: the graph that trains, its inputs bound to arrays instead of networks, run
 * forward and backward once.
 */
#include "engine/base/i18n.h"
#include "engine/session/dump-inputs.h"
#include "engine/session/inspection.h"
#include "engine/session/lamp.h"

#include <math.h>
#include <string.h>

/* Initial values of parameters that a dump lacks: the same in every inspection. */
#define INITIAL_VALUES_SEED 1

struct _KdInspector {
  const KdDump *dump;
  KdDumpValues *values; /* of the dump; a reference */
  KdKnobs *knobs;       /* that the graph was built with; NULL: there is none */
  KdGraph *graph;
  KdParams *params;
  KdDumpInputs bound;
  KdBuilt *built;
  const KdBuiltOutputs *method;
  char *bad_numbers; /* of the dump's arrays; NULL: none */
  KdInspection *inspection;
};

/* ---- running --------------------------------------------------------------------------------------- */

static void
compile (KdInspector *run)
{
  const KdBuiltOutputs *out = run->method;
  g_autoptr (GPtrArray) keeps = g_ptr_array_new ();
  for (int i = 0; i < out->n_probes; i++)
    g_ptr_array_add (keeps, out->probes[i]->node);
  for (int i = 0; i < out->n_terms; i++) {
    if (out->terms[i].placeless)
      g_ptr_array_add (keeps, out->terms[i].placeless);
  }
  for (int i = 0; i < out->n_warnings; i++)
    g_ptr_array_add (keeps, out->warnings[i].when);
  for (int l = 0; l < run->dump->n_levels; l++)
    if (out->loss_density[l])
      g_ptr_array_add (keeps, out->loss_density[l]);
  if (out->placeless)
    g_ptr_array_add (keeps, out->placeless);

  KdNode *roots[1 + KD_MAX_TERMS];
  int n_roots = 0;
  if (out->total)
    roots[n_roots++] = out->total;
  for (int i = 0; i < out->n_terms; i++)
    roots[n_roots++] = out->terms[i].value;
  const KdCompile what = {
    .roots = roots,
    .n_roots = n_roots,
    .keeps = (KdNode *const *) keeps->pdata,
    .n_keeps = (int) keeps->len,
    .param_gradients = KD_PARAM_GRADIENTS_SHARED,
  };
  kd_graph_compile (run->graph, kd_dump_values_pool (run->values), &what);
}

/* The student's arrays that something depends on, features first; how many features. */
static int
student_nodes (const KdInspector *run, GPtrArray *nodes)
{
  int n_features = 0;
  for (int pass = 0; pass < 2; pass++) {
    for (guint i = 0; i < run->bound.feeds->len; i++) {
      const KdDumpFeed *feed = &g_array_index (run->bound.feeds, KdDumpFeed, i);
      const bool is_feature = g_str_has_prefix (feed->array->name, "student_feat.");
      if (feed->student && kd_node_gradient (feed->node) && is_feature == (pass == 0))
        g_ptr_array_add (nodes, feed->node);
    }
    n_features = pass == 0 ? (int) nodes->len : n_features;
  }
  return n_features;
}

static bool
is_cancelled (const atomic_bool *cancel)
{
  return cancel && atomic_load (cancel);
}

/* False: cancelled between two terms. */
static bool
put_terms (KdInspector *run, const KdKnobs *knobs, const atomic_bool *cancel)
{
  g_autoptr (GPtrArray) nodes = g_ptr_array_new ();
  const int n_features = student_nodes (run, nodes);
  const KdLampSubject subject = {
    .graph = run->graph,
    .built = run->built,
    .knobs = knobs,
    .step = -1,
    .student = (KdNode *const *) nodes->pdata,
    .n_student = (int) nodes->len,
    .boxes = run->bound.inputs.targets.boxes,
  };
  for (int i = 0; nodes->len > 0 && i < run->method->n_terms; i++) {
    if (is_cancelled (cancel))
      return false;
    KdNode *term = run->method->terms[i].value;
    KdTermStatus status = { .id = run->method->terms[i].id,
                            .value = kd_node_scalar (term),
                            .task_ratio = NAN };
    status.lit = kd_lamp_is_lit (&subject, term, n_features, &status.gradient_norm);
    if (!status.lit)
      kd_lamp_explain (&subject, term, status.gradient_norm, status.reason);
    kd_inspection_put_term (run->inspection, &status);
  }
  return !is_cancelled (cancel);
}

/* What stays the same whatever the knobs. */
static void
fill (KdInspector *run)
{
  kd_params_layout (run->params);
  kd_params_init (run->params, INITIAL_VALUES_SEED);
  kd_built_load_given (run->built);
  run->bad_numbers = kd_dump_inputs_fill (&run->bound, run->values);
}

/* False: cancelled; the graph is as good as before. */
static bool
evaluate (KdInspector *run, const KdKnobs *knobs, const atomic_bool *cancel)
{
  kd_built_set_knobs (run->built, knobs, -1);
  if (run->bad_numbers)
    kd_inspection_note (run->inspection, run->bad_numbers);
  /* The terms first: the total's gradients are what is left for the arrays. */
  if (!kd_graph_forward (run->graph, cancel) || !put_terms (run, knobs, cancel))
    return false;
  kd_params_zero_gradients (run->params);
  if (run->method->total)
    kd_graph_backward (run->graph, run->method->total, NULL, 0);
  return true;
}

/* ---- nodes to arrays -------------------------------------------------------------------------------- */

/* The rows that count. */
static KdShape
live_shape (const KdNode *node)
{
  KdShape shape = kd_node_shape (node);
  shape.n = kd_node_live_rows (node);
  return shape;
}

/* A relation of live rows to live rows, cut out of its capacity. */
static KdArray *
square_array (const char *name, const KdNode *node)
{
  const size_t capacity = (size_t) kd_node_shape (node).c;
  const int live = kd_node_live_rows (node);
  const KdShape shape = kd_shape (live, live, 1, 1);
  g_autofree kd_real *values = g_new (kd_real, kd_shape_count (shape) + 1);
  for (size_t i = 0; i < (size_t) live; i++)
    memcpy (values + i * (size_t) live, kd_node_value (node) + i * capacity,
            (size_t) live * sizeof (kd_real));
  return kd_array_from_values (name, shape, KD_AXES_NC, values);
}

static KdArray *
index_array (const char *name, const KdNode *node, KdAxes axes)
{
  const KdShape shape = live_shape (node);
  const int64_t dims[] = { shape.n, shape.c };
  g_assert (shape.h == 1 && shape.w == 1 && (axes == KD_AXIS_N || axes == KD_AXES_NC));
  KdArray *array = kd_array_new (name, KD_DTYPE_I64, axes == KD_AXIS_N ? 1 : 2, dims);
  for (size_t i = 0; i < kd_array_count (array); i++)
    ((int64_t *) array->data)[i] = kd_node_ints (node)[i];
  return array;
}

static KdArray *
probe_array (const char *name, const KdProbe *probe)
{
  if (kd_node_type (probe->node) == KD_TYPE_INT32)
    return index_array (name, probe->node, probe->axes);
  if (probe->square)
    return square_array (name, probe->node);
  return kd_array_from_values (name, live_shape (probe->node), probe->axes,
                               kd_node_value (probe->node));
}

/* ---- the method's own ---------------------------------------------------------------------------------- */

static void
put_losses (KdInspector *run)
{
  const KdBuiltOutputs *out = run->method;
  for (int i = 0; i < out->n_terms; i++)
    kd_inspection_put_loss (run->inspection, out->terms[i].id,
                            kd_node_scalar (out->terms[i].value));
  kd_inspection_put_loss (run->inspection, "total", out->total ? kd_node_scalar (out->total) : 0);
}

/* Pixels of the image per cell of a level. */
static int
level_stride (const KdInspector *run, int level)
{
  if (level < 0)
    return 0;
  if (run->dump->strides[level] > 0)
    return run->dump->strides[level];
  const KdNode *feature = run->bound.inputs.feature[KD_TEACHER][level];
  const int width = feature ? kd_node_shape (feature).w : 0;
  return width ? (run->dump->image.width + width - 1) / width : 0;
}

static KdProbeInfo
describe (const KdInspector *run, const KdProbe *probe)
{
  const bool is_map = probe->kind == KD_PROBE_MAP || probe->kind == KD_PROBE_FEATURE;
  const char *title = probe->title;
  if (probe->untrained)
    title = kd_inspection_keep (run->inspection, g_strdup_printf ("%s (untrained)", probe->title));
  return (KdProbeInfo){
    .name = probe->name,
    .title = title,
    .help = probe->help,
    .group = probe->group,
    .unit = probe->unit,
    .kind = probe->kind,
    .style = probe->style,
    .level = probe->level,
    .stride = is_map ? level_stride (run, probe->level) : 0,
  };
}

static void
put_probes (KdInspector *run)
{
  for (int i = 0; i < run->method->n_probes; i++) {
    const KdProbe *probe = run->method->probes[i];
    const char *prefix = probe->bare ? "" : "map.";
    g_autofree char *name = probe->level < 0
                                ? g_strconcat (prefix, probe->name, NULL)
                                : g_strdup_printf ("%s%s.%d", prefix, probe->name, probe->level);
    const KdProbeInfo info = describe (run, probe);
    kd_inspection_put_map (run->inspection, &info, probe_array (name, probe), probe->in_dump);
  }
}

/* ---- the pictures that every method has ----------------------------------------------------------------- */

/* Loss density and what of the loss it does not hold. */
static const char *
density_help (const KdInspector *run)
{
  GString *rest = g_string_new ("each cell's share of the loss");
  const char *separator = "; without a place:";
  for (int i = 0; i < run->method->n_terms; i++) {
    const KdTerm *term = &run->method->terms[i];
    const double value = term->placeless ? kd_node_scalar (term->placeless) : 0;
    if (value == 0)
      continue;
    g_string_append_printf (rest, "%s %s %.4g", separator, term->id, value);
    separator = ",";
  }
  return kd_inspection_keep (run->inspection, g_string_free (rest, FALSE));
}

static void
put_density (KdInspector *run, int level, KdShape cells, const char *help)
{
  const KdNode *node = run->method->loss_density[level];
  g_autofree kd_real *nothing = node ? NULL : g_new0 (kd_real, kd_shape_count (cells));
  g_autofree char *name = g_strdup_printf ("map.loss_density.%d", level);
  const KdProbe probe = { .name = "loss_density",
                          .title = "Loss density",
                          .help = help,
                          .kind = KD_PROBE_MAP,
                          .unit = "",
                          .level = level,
                          .untrained = run->method->untrained };
  const KdProbeInfo info = describe (run, &probe);
  kd_inspection_put_map (
      run->inspection, &info,
      kd_array_from_values (name, cells, KD_AXES_NHW, node ? kd_node_value (node) : nothing), true);
}

/* L2 norm over channels of d loss.total / d student_feat. */
static void
put_pull (KdInspector *run, int level, KdShape cells)
{
  const KdNode *feature = run->bound.inputs.feature[KD_STUDENT][level];
  const size_t C = (size_t) kd_node_shape (feature).c;
  const kd_real *gradient = kd_node_gradient (feature);
  g_autofree kd_real *norm = g_new0 (kd_real, kd_shape_count (cells));
  for (size_t i = 0; gradient && i < kd_shape_count (cells); i++) {
    double sum = 0;
    for (size_t c = 0; c < C; c++)
      sum += (double) gradient[i * C + c] * (double) gradient[i * C + c];
    norm[i] = (kd_real) sqrt (sum);
  }
  g_autofree char *name = g_strdup_printf ("map.pull.%d", level);
  const KdProbe probe = { .name = "pull",
                          .title = "Pull",
                          .help =
                              "length of the loss's gradient at the student's feature: how hard "
                              "each cell is pulled",
                          .kind = KD_PROBE_MAP,
                          .unit = "",
                          .level = level,
                          .untrained = run->method->untrained };
  const KdProbeInfo info = describe (run, &probe);
  kd_inspection_put_map (run->inspection, &info,
                         kd_array_from_values (name, cells, KD_AXES_NHW, norm), true);
}

static void
put_feature (KdInspector *run, KdSide side, int level)
{
  static const char *const names[] = {
    [KD_TEACHER] = "teacher_feat", [KD_STUDENT] = "student_feat"
  };
  g_autofree char *name = g_strdup_printf ("%s.%d", names[side], level);
  const KdArray *array = kd_arrays_find (run->dump->arrays, name);
  if (!array)
    return;
  const KdProbe probe = {
    .name = names[side],
    .title = side == KD_TEACHER ? "Features, teacher" : "Features, student",
    .help = side == KD_TEACHER ? "what the teacher's neck gives its head"
                               : "what the student's neck gives its head, before any adapter",
    .kind = KD_PROBE_FEATURE,
    .group = "features",
    .unit = "",
    .level = level,
  };
  KdProbeInfo info = describe (run, &probe);
  info.run = side == KD_TEACHER ? -1 : 0;
  kd_inspection_put_shared_map (run->inspection, &info,
                                kd_dump_values_picture (run->values, array));
}

static void
put_common (KdInspector *run)
{
  const char *help = density_help (run);
  for (int l = 0; l < run->dump->n_levels; l++) {
    put_feature (run, KD_TEACHER, l);
    put_feature (run, KD_STUDENT, l);
    if (!run->bound.inputs.feature[KD_STUDENT][l])
      continue;
    KdShape cells = kd_node_shape (run->bound.inputs.feature[KD_STUDENT][l]);
    cells.c = 1;
    put_density (run, l, cells, help);
    put_pull (run, l, cells);
  }
}

/* ---- gradients --------------------------------------------------------------------------------------------- */

static bool
all_zero (const kd_real *values, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (values[i] != 0)
      return false;
  return true;
}

static void
put_gradient (KdInspector *run, const char *of, KdShape shape, KdAxes axes, const kd_real *gradient)
{
  g_autofree char *name = g_strconcat ("grad.", of, NULL);
  kd_inspection_put (run->inspection, kd_array_from_values (name, shape, axes, gradient));
}

/* A missing gradient means zero; the features' are always written. */
static void
put_gradients (KdInspector *run)
{
  for (guint i = 0; i < run->bound.feeds->len; i++) {
    const KdDumpFeed *feed = &g_array_index (run->bound.feeds, KdDumpFeed, i);
    const kd_real *gradient = feed->student ? kd_node_gradient (feed->node) : NULL;
    const KdShape shape = live_shape (feed->node);
    const bool is_feature = g_str_has_prefix (feed->array->name, "student_feat.");
    if (gradient && (is_feature || !all_zero (gradient, kd_shape_count (shape))))
      put_gradient (run, feed->array->name, shape, feed->axes, gradient);
  }
  for (int i = 0; i < kd_params_count (run->params); i++) {
    const KdParam *param = kd_params_at (run->params, i);
    if (!(param->flags & KD_PARAM_FROZEN))
      put_gradient (run, param->name, param->shape, param->axes, param->gradient);
  }
}

/* ---- the whole ------------------------------------------------------------------------------------------------ */

static void
collect (KdInspector *run)
{
  const KdBuiltOutputs *out = run->method;
  put_losses (run);
  put_probes (run);
  put_common (run);
  run->inspection->untrained = out->untrained;
  run->inspection->placeless = out->placeless ? kd_node_scalar (out->placeless) : 0;
  if (out->note)
    kd_inspection_note (run->inspection, out->note);
  for (int i = 0; i < out->n_warnings; i++)
    if (kd_node_scalar (out->warnings[i].when) != 0)
      kd_inspection_note (run->inspection, out->warnings[i].text);
}

static void
drop_graph (KdInspector *inspector)
{
  kd_built_free (inspector->built);
  inspector->built = NULL;
  inspector->method = NULL;
  kd_dump_inputs_clear (&inspector->bound);
  g_clear_pointer (&inspector->graph, kd_graph_free);
  g_clear_pointer (&inspector->params, kd_params_free);
  g_clear_pointer (&inspector->knobs, kd_knobs_free);
  g_clear_pointer (&inspector->bad_numbers, g_free);
}

/* The same graph serves: only live knobs differ. */
static bool
fits (const KdInspector *inspector, const KdKnobs *knobs)
{
  if (!inspector->knobs || kd_knobs_method (inspector->knobs) != kd_knobs_method (knobs))
    return false;
  for (int i = 0; i < kd_knobs_count (knobs); i++) {
    const char *id = kd_knobs_knob (knobs, i)->id;
    if (kd_knobs_is_structural (knobs, id) &&
        kd_knobs_get (inspector->knobs, id) != kd_knobs_get (knobs, id))
      return false;
  }
  return true;
}

static bool
build_graph (KdInspector *inspector, const KdKnobs *knobs, GError **error)
{
  drop_graph (inspector);
  inspector->graph = kd_graph_new ("inspect");
  inspector->params = kd_params_new ();
  kd_dump_inputs_init (&inspector->bound, inspector->dump, inspector->graph);
  const KdBuild build = {
    .method = kd_knobs_method (knobs),
    .inputs = &inspector->bound.inputs,
    .knobs = knobs,
    .params = inspector->params,
    .given = inspector->dump->arrays,
  };
  inspector->built = kd_method_build (inspector->graph, &build, error);
  if (!inspector->built) {
    drop_graph (inspector);
    return false;
  }
  inspector->method = kd_built_outputs (inspector->built);
  inspector->knobs = kd_knobs_copy (knobs);
  compile (inspector);
  fill (inspector);
  return true;
}

KdInspector *
kd_inspector_new (const KdDump *dump, int threads)
{
  KdInspector *inspector = g_new0 (KdInspector, 1);
  inspector->dump = dump;
  inspector->values = kd_dump_values_new (threads);
  return inspector;
}

void
kd_inspector_free (KdInspector *inspector)
{
  if (!inspector)
    return;
  drop_graph (inspector);
  kd_dump_values_free (inspector->values);
  g_free (inspector);
}

const KdMethod *
kd_inspector_method (const KdInspector *inspector)
{
  return inspector->knobs ? kd_knobs_method (inspector->knobs) : NULL;
}

bool
kd_inspector_prepare (KdInspector *inspector, const KdKnobs *knobs, GError **error)
{
  return kd_blas_init (error) && (fits (inspector, knobs) || build_graph (inspector, knobs, error));
}

KdInspection *
kd_inspector_run (KdInspector *inspector,
                  const KdKnobs *knobs,
                  const atomic_bool *cancel,
                  GError **error)
{
  if (!kd_inspector_prepare (inspector, knobs, error))
    return NULL;
  inspector->inspection = kd_inspection_new ();
  if (evaluate (inspector, knobs, cancel)) {
    collect (inspector);
    return g_steal_pointer (&inspector->inspection);
  }
  g_clear_pointer (&inspector->inspection, kd_inspection_free);
  g_set_error (error, KD_ERROR, KD_ERROR_CANCELLED, _ ("%s was cancelled"),
               kd_knobs_method (knobs)->title);
  return NULL;
}

KdInspection *
kd_inspect (const KdDump *dump, const KdKnobs *knobs, int threads, GError **error)
{
  g_autoptr (KdInspector) inspector = kd_inspector_new (dump, threads);
  KdInspection *inspection = kd_inspector_run (inspector, knobs, NULL, error);
  if (inspection) {
    inspector->inspection = inspection;
    put_gradients (inspector);
  }
  return inspection;
}
