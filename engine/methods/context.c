/* SPDX-License-Identifier: MIT */

/*
 * What a method sees while it builds, and what building leaves behind: terms, pictures, knob leaves. Everything that is the same
 * for all papers is done here once: run.scale, loss density, a dump's parameters, names.
 */
#include "engine/base/i18n.h"
#include "engine/methods/method.h"

#include <math.h>
#include <string.h>

/* Deviation of an adapter that starts small, as in the official code of FGFI and DeFeat. */
#define SMALL_START 1e-4

typedef struct {
  char *id;
  KdNode *leaf;
} KnobLeaf;

struct _KdMethodCx {
  KdGraph *graph;
  KdBuild build;
  KdNode *scale, *step; /* leaves: ramped run.scale; the training step */
  GArray *knobs;        /* KnobLeaf */
  GArray *terms;        /* KdTerm */
  GPtrArray *probes;    /* KdProbe, owned */
  GArray *measures;     /* KdMeasure */
  GArray *warnings;     /* KdWarning */
  GString *note;
  GPtrArray *untrained;  /* nodes of the parameters that the dump lacks */
  char *first_untrained; /* the first one's name */
  GError *error;         /* the first thing wrong with the dump's parameters */
};

struct _KdBuilt {
  KdMethodCx cx;
  KdBuiltOutputs outputs;
};

/* ---- inputs ------------------------------------------------------------------------------------- */

KdGraph *
kd_cx_graph (KdMethodCx *cx)
{
  return cx->graph;
}

const KdMethodInputs *
kd_cx_inputs (KdMethodCx *cx)
{
  return cx->build.inputs;
}

int
kd_cx_images (KdMethodCx *cx)
{
  return cx->build.inputs->n_images;
}

int
kd_cx_levels (KdMethodCx *cx)
{
  return cx->build.inputs->n_levels;
}

KdNode *
kd_cx_feature (KdMethodCx *cx, KdSide side, int level)
{
  return cx->build.inputs->feature[side][level];
}

int
kd_cx_channels (KdMethodCx *cx, KdSide side)
{
  return kd_node_shape (cx->build.inputs->feature[side][0]).c;
}

bool
kd_cx_is_dump (KdMethodCx *cx)
{
  return cx->build.given != NULL;
}

int
kd_cx_stage (KdMethodCx *cx)
{
  if (kd_cx_is_dump (cx) && kd_method_knob (cx->build.method, "stage"))
    return kd_knobs_get (cx->build.knobs, "stage") == 1 ? 0 : 1;
  return cx->build.stage;
}

/* ---- knobs -------------------------------------------------------------------------------------- */

static KdNode *
find_knob (const KdMethodCx *cx, const char *id)
{
  for (guint i = 0; i < cx->knobs->len; i++) {
    const KnobLeaf *known = &g_array_index (cx->knobs, KnobLeaf, i);
    if (!strcmp (known->id, id))
      return known->leaf;
  }
  return NULL;
}

KdNode *
kd_cx_knob (KdMethodCx *cx, const char *id)
{
  g_assert (!kd_knobs_is_structural (cx->build.knobs, id));
  KdNode *known = find_knob (cx, id);
  if (known)
    return known;
  const KnobLeaf knob = { g_strdup (id), kd_input (cx->graph, id, KD_SCALAR_SHAPE, KD_TYPE_REAL) };
  g_array_append_val (cx->knobs, knob);
  return knob.leaf;
}

double
kd_cx_structural (KdMethodCx *cx, const char *id)
{
  g_assert (kd_knobs_is_structural (cx->build.knobs, id));
  return kd_knobs_get (cx->build.knobs, id);
}

KdNode *
kd_cx_step (KdMethodCx *cx)
{
  if (!cx->step)
    cx->step = kd_input (cx->graph, "step", KD_SCALAR_SHAPE, KD_TYPE_REAL);
  return cx->step;
}

/* A leaf that compile dropped has no storage: nothing reads it. */
static void
fill (KdNode *leaf, double value)
{
  kd_real *storage = leaf ? kd_node_value (leaf) : NULL;
  if (storage)
    *storage = (kd_real) value;
}

void
kd_built_set_knobs (KdBuilt *built, const KdKnobs *knobs, int64_t step)
{
  const KdMethodCx *cx = &built->cx;
  double scale = kd_knobs_get (knobs, "run.scale");
  double shown_step = (double) step;
  if (step < 0) {
    const bool has_step = kd_method_knob (cx->build.method, "step") != NULL;
    shown_step = has_step ? kd_knobs_get (knobs, "step") : 0;
  } else {
    const double ramp = kd_knobs_get (knobs, "run.ramp");
    if (ramp > 0)
      scale *= fmin (1, ((double) step + 1) / ramp);
  }
  fill (cx->scale, scale);
  fill (cx->step, shown_step);
  for (guint i = 0; i < cx->knobs->len; i++) {
    const KnobLeaf *knob = &g_array_index (cx->knobs, KnobLeaf, i);
    fill (knob->leaf, kd_knobs_get (knobs, knob->id));
  }
}

/* ---- parameters --------------------------------------------------------------------------------- */

const KdArray *
kd_cx_given (KdMethodCx *cx, const char *name)
{
  if (!cx->build.given)
    return NULL;
  g_autofree char *full = g_strconcat ("param.", name, NULL);
  return kd_arrays_find (cx->build.given, full);
}

static void
refuse_shape (KdMethodCx *cx, const KdArray *array, const char *expected)
{
  if (cx->error)
    return;
  g_autofree char *found = kd_array_shape_to_string (array);
  g_set_error (&cx->error, KD_ERROR, KD_ERROR_SCHEMA, _ ("%s: expected %s, found %s"), array->name,
               expected, found);
}

static KdNode *
make_param (
    KdMethodCx *cx, const char *name, KdShape shape, KdAxes axes, KdInit init, KdParamFlags flags)
{
  g_autofree char *full = g_strconcat ("param.", name, NULL);
  g_autofree char *prefix = g_strdup (kd_graph_prefix (cx->graph));
  kd_graph_set_prefix (cx->graph, "");
  KdNode *node = kd_param (cx->graph, cx->build.params, full, shape, axes, init, flags);
  kd_graph_set_prefix (cx->graph, prefix);
  return node;
}

KdNode *
kd_cx_param (
    KdMethodCx *cx, const char *name, KdShape shape, KdAxes axes, KdInit init, KdParamFlags flags)
{
  const KdArray *given = kd_cx_given (cx, name);
  if (given && !kd_array_has_shape (given, shape, axes)) {
    g_autofree char *expected = kd_shape_to_string (shape, axes);
    refuse_shape (cx, given, expected);
  }
  KdNode *node = make_param (cx, name, shape, axes, init, flags);
  /* one that several levels share is lacking once */
  if (!given && kd_cx_is_dump (cx) && !g_ptr_array_find (cx->untrained, node, NULL)) {
    if (!cx->first_untrained)
      cx->first_untrained = g_strdup (name);
    g_ptr_array_add (cx->untrained, node);
  }
  return node;
}

/* Kernel size of a dump's adapter weight [out,in,k,k]; @otherwise after refusing it. */
static int
given_kernel (KdMethodCx *cx, const KdArray *weight, int out, int in, int otherwise)
{
  if (weight->rank == 4 && weight->dims[0] == out && weight->dims[1] == in &&
      weight->dims[2] == weight->dims[3] && weight->dims[2] % 2 == 1 && weight->dims[2] <= 31)
    return (int) weight->dims[2];
  g_autofree char *expected = g_strdup_printf ("[%d,%d,k,k] with an odd k", out, in);
  refuse_shape (cx, weight, expected);
  return otherwise;
}

/* A choice of the method among its structural knobs, if it has it. */
static int
choice_or (KdMethodCx *cx, const char *id, int otherwise)
{
  return kd_method_knob (cx->build.method, id) ? (int) kd_cx_structural (cx, id) : otherwise;
}

KdNode *
kd_cx_adapter (KdMethodCx *cx,
               const char *name,
               KdNode *x,
               int out_channels,
               int kernel,
               bool always,
               const KdInit *weight_init)
{
  const int in_channels = kd_node_shape (x).c;
  g_autofree char *weight_name = g_strconcat (name, ".weight", NULL);
  g_autofree char *bias_name = g_strconcat (name, ".bias", NULL);
  const KdArray *given = kd_cx_given (cx, weight_name);
  if (!given && !always && in_channels == out_channels)
    return x;
  const int size = choice_or (cx, "adapter_kernel", -1);
  if (size >= 0)
    kernel = size == KD_ADAPTER_3X3 ? 3 : 1;
  if (given)
    kernel = given_kernel (cx, given, out_channels, in_channels, kernel);

  const double bound = 1 / sqrt ((double) kernel * kernel * in_channels);
  const KdInit uniform = { KD_INIT_UNIFORM, bound }, small = { KD_INIT_NORMAL, SMALL_START };
  if (!weight_init && choice_or (cx, "adapter_start", KD_ADAPTER_UNIFORM) == KD_ADAPTER_SMALL)
    weight_init = &small;
  KdNode *weight =
      kd_cx_param (cx, weight_name, kd_shape (out_channels, in_channels, kernel, kernel),
                   KD_AXES_NCHW, weight_init ? *weight_init : uniform, KD_PARAM_DEFAULT);
  /* A dump's convolution without a bias has none, which is no lack. */
  KdNode *bias = NULL;
  if (!given || kd_cx_given (cx, bias_name))
    bias = kd_cx_param (cx, bias_name, kd_shape (1, out_channels, 1, 1), KD_AXIS_C, uniform,
                        KD_PARAM_NO_DECAY);
  return kd_conv2d (cx->graph, x, weight, bias, 1, (kernel - 1) / 2);
}

KdNode *
kd_cx_adapted (KdMethodCx *cx, int level, int kernel, const KdInit *weight_init)
{
  KdNode *student = kd_cx_feature (cx, KD_STUDENT, level);
  const int channels = kd_node_shape (kd_cx_feature (cx, KD_TEACHER, level)).c;
  g_autofree char *name = g_strdup_printf ("adapt.%d", level);
  KdNode *adapted =
      kd_cx_adapter (cx, name, student, channels, kernel, !kd_cx_is_dump (cx), weight_init);
  const bool relu = adapted != student && kd_cx_structural (cx, "adapt_relu") > 0;
  return relu ? kd_relu (cx->graph, adapted) : adapted;
}

/* ---- terms, pictures, words ------------------------------------------------------------------------ */

/* Sum of two nodes of which either may be absent. */
static KdNode *
plus (KdGraph *g, KdNode *a, KdNode *b)
{
  return a && b ? kd_add (g, a, b) : a ? a : b;
}

void
kd_cx_term (KdMethodCx *cx, const char *id, KdNode *value, KdNode *const *cells, KdNode *placeless)
{
  KdGraph *g = cx->graph;
  if (!value) {
    value = placeless;
    for (int l = 0; cells && l < kd_cx_levels (cx); l++)
      if (cells[l])
        value = plus (g, value, kd_sum (g, cells[l], KD_AXES_NCHW));
  }
  KdTerm term = { .id = id, .value = kd_mul (g, value, cx->scale) };
  if (cells)
    for (int l = 0; l < kd_cx_levels (cx); l++)
      if (cells[l])
        term.cells[l] = kd_mul (g, cells[l], cx->scale);
  if (placeless)
    term.placeless = kd_mul (g, placeless, cx->scale);
  else if (!cells)
    term.placeless = term.value;
  g_assert (cx->terms->len < KD_MAX_TERMS);
  g_array_append_val (cx->terms, term);
}

void
kd_cx_measure (KdMethodCx *cx, const char *id, KdNode *value)
{
  g_assert (cx->measures->len < KD_MAX_MEASURES);
  const KdMeasure measure = { id, value };
  g_array_append_val (cx->measures, measure);
}

static KdAxes
default_axes (KdProbeKind kind, KdShape shape)
{
  switch (kind) {
  case KD_PROBE_MAP:
    return KD_AXES_NHW;
  case KD_PROBE_FEATURE:
    return KD_AXES_NCHW;
  case KD_PROBE_VECTOR:
  case KD_PROBE_BOXES:
    return KD_AXES_NC;
  case KD_PROBE_MATRIX:
    return shape.h * shape.w == 1 ? KD_AXES_NC : KD_AXES_NHW;
  case KD_PROBE_LIST:
  default:
    return shape.c == 1 ? KD_AXIS_N : KD_AXES_NC;
  }
}

KdProbe *
kd_cx_probe (
    KdMethodCx *cx, KdProbeKind kind, const char *name, const char *title, int level, KdNode *node)
{
  KdProbe *probe = g_new0 (KdProbe, 1);
  *probe = (KdProbe){
    .name = name,
    .title = title,
    .help = "",
    .kind = kind,
    .style = KD_STYLE_SEQUENTIAL,
    .axes = default_axes (kind, kd_node_shape (node)),
    .level = level,
    .unit = "",
    .in_dump = true,
    .node = node,
  };
  g_ptr_array_add (cx->probes, probe);
  return probe;
}

void
kd_cx_warn (KdMethodCx *cx, KdNode *when, const char *text)
{
  const KdWarning warning = { when, text };
  g_array_append_val (cx->warnings, warning);
}

void
kd_cx_note (KdMethodCx *cx, const char *text)
{
  g_string_append_printf (cx->note, "%s%s", cx->note->len ? "; " : "", text);
}

/* ---- building ------------------------------------------------------------------------------------ */

/* Both sides of a level must cover the same cells. */
static bool
check_levels (const KdMethodInputs *inputs, GError **error)
{
  for (int l = 0; l < inputs->n_levels; l++) {
    KdNode *teacher = inputs->feature[KD_TEACHER][l], *student = inputs->feature[KD_STUDENT][l];
    if (!teacher || !student)
      continue;
    const KdShape t = kd_node_shape (teacher), s = kd_node_shape (student);
    if (t.n == s.n && t.h == s.h && t.w == s.w)
      continue;
    g_autofree char *expected = kd_shape_to_string (kd_shape (t.n, s.c, t.h, t.w), KD_AXES_NCHW);
    g_autofree char *found = kd_shape_to_string (s, KD_AXES_NCHW);
    g_set_error (error, KD_ERROR, KD_ERROR_SCHEMA,
                 _ ("student_feat.%d: expected %s like teacher_feat.%d, found %s"), l, expected, l,
                 found);
    return false;
  }
  return true;
}

static bool
check_inputs (const KdBuild *build, GError **error)
{
  /* What is learned on the teacher has no student yet. */
  const bool learning = build->method->n_phases > 1 && !build->given && build->stage == 0;
  g_autofree char *problem = learning ? NULL : kd_method_missing (build->method, build->inputs);
  if (!problem && build->method->unfit)
    problem = build->method->unfit (build->inputs, build->knobs);
  if (problem) {
    g_set_error_literal (error, KD_ERROR, KD_ERROR_SCHEMA, problem);
    return false;
  }
  return check_levels (build->inputs, error);
}

/* The total, and the picture that every method has: each cell's share of it. */
static void
sum_terms (KdMethodCx *cx, KdBuiltOutputs *out)
{
  for (guint i = 0; i < cx->terms->len; i++) {
    const KdTerm *term = &g_array_index (cx->terms, KdTerm, i);
    out->total = plus (cx->graph, out->total, term->value);
    out->placeless = plus (cx->graph, out->placeless, term->placeless);
    for (int l = 0; l < kd_cx_levels (cx); l++)
      out->loss_density[l] = plus (cx->graph, out->loss_density[l], term->cells[l]);
  }
}

/* Say which parameters are not the dump's, and mark the pictures that show it. */
static void
mark_untrained (KdMethodCx *cx)
{
  const int n = (int) cx->untrained->len;
  if (!n)
    return;
  for (guint i = 0; i < cx->probes->len; i++) {
    KdProbe *probe = g_ptr_array_index (cx->probes, i);
    probe->untrained = kd_node_depends_on (probe->node, (KdNode *const *) cx->untrained->pdata, n);
  }
  g_autofree char *others = n > 1 ? g_strdup_printf (" and %d more are", n - 1) : g_strdup (" is");
  g_autofree char *text =
      g_strdup_printf ("untrained: param.%s%s not in the dump, initial values stand in",
                       cx->first_untrained, others);
  kd_cx_note (cx, text);
}

KdBuilt *
kd_method_build (KdGraph *g, const KdBuild *build, GError **error)
{
  if (!check_inputs (build, error))
    return NULL;

  KdBuilt *built = g_new0 (KdBuilt, 1);
  KdMethodCx *cx = &built->cx;
  cx->graph = g;
  cx->build = *build;
  cx->build.knobs = kd_knobs_copy (build->knobs);
  cx->knobs = g_array_new (FALSE, FALSE, sizeof (KnobLeaf));
  cx->terms = g_array_new (FALSE, FALSE, sizeof (KdTerm));
  cx->probes = g_ptr_array_new_with_free_func (g_free);
  cx->measures = g_array_new (FALSE, FALSE, sizeof (KdMeasure));
  cx->warnings = g_array_new (FALSE, FALSE, sizeof (KdWarning));
  cx->untrained = g_ptr_array_new ();
  cx->note = g_string_new (NULL);
  cx->scale = kd_input (g, "run.scale", KD_SCALAR_SHAPE, KD_TYPE_REAL);

  kd_graph_set_phase (g, KD_PHASE_FORWARD);
  build->method->build (cx);
  if (cx->error) {
    g_propagate_error (error, g_steal_pointer (&cx->error));
    kd_built_free (built);
    return NULL;
  }

  kd_graph_set_phase (g, KD_PHASE_LOSS);
  sum_terms (cx, &built->outputs);
  mark_untrained (cx);
  KdBuiltOutputs *out = &built->outputs;
  out->terms = (const KdTerm *) (void *) cx->terms->data;
  out->n_terms = (int) cx->terms->len;
  out->probes = (KdProbe *const *) cx->probes->pdata;
  out->n_probes = (int) cx->probes->len;
  out->measures = (const KdMeasure *) (void *) cx->measures->data;
  out->n_measures = (int) cx->measures->len;
  out->warnings = (const KdWarning *) (void *) cx->warnings->data;
  out->n_warnings = (int) cx->warnings->len;
  out->untrained = cx->untrained->len > 0;
  out->note = cx->note->len ? cx->note->str : NULL;
  return built;
}

void
kd_built_load_given (KdBuilt *built)
{
  KdMethodCx *cx = &built->cx;
  for (int i = 0; cx->build.given && i < kd_params_count (cx->build.params); i++) {
    const KdParam *param = kd_params_at (cx->build.params, i);
    const KdArray *given = kd_arrays_find (cx->build.given, param->name);
    if (given && g_str_has_prefix (param->name, "param."))
      kd_array_to_values (given, param->shape, param->value);
  }
  kd_params_touch (cx->build.params);
}

const KdBuiltOutputs *
kd_built_outputs (const KdBuilt *built)
{
  return &built->outputs;
}

KdNode *
kd_built_knob (const KdBuilt *built, const char *id)
{
  return strcmp (id, "run.scale") ? find_knob (&built->cx, id) : built->cx.scale;
}

void
kd_built_free (KdBuilt *built)
{
  if (!built)
    return;
  KdMethodCx *cx = &built->cx;
  for (guint i = 0; i < cx->knobs->len; i++)
    g_free (g_array_index (cx->knobs, KnobLeaf, i).id);
  g_array_unref (cx->knobs);
  g_array_unref (cx->terms);
  g_ptr_array_unref (cx->probes);
  g_array_unref (cx->measures);
  g_array_unref (cx->warnings);
  g_string_free (cx->note, TRUE);
  kd_knobs_free ((KdKnobs *) cx->build.knobs);
  g_ptr_array_unref (cx->untrained);
  g_free (cx->first_untrained);
  g_free (built);
}
