/* SPDX-License-Identifier: MIT */
#include "engine/session/prologue.h"

#include <math.h>
#include <string.h>

/* The cosine's end. */
#define LAST_RATE 1e-6
/* Points a curve has room for: knobs turned on the way learn anew. */
#define SERIES_CAPACITY 100000

/* ---- knobs ---- */

static bool
same_learning (const KdKnobs *a, const KdKnobs *b)
{
  for (int i = 0; i < kd_knobs_count (a); i++) {
    const KdKnob *knob = kd_knobs_knob (a, i);
    if (knob->learning && kd_knobs_get (a, knob->id) != kd_knobs_get (b, knob->id))
      return false;
  }
  return true;
}

bool
kd_prologue_is_due (const KdPrologue *prologue)
{
  return !prologue->learned || !same_learning (prologue->knobs, prologue->run->knobs);
}

/* The scale is the student's: tokens are learned at the paper's weights. */
static void
take_knobs (KdPrologue *prologue)
{
  if (prologue->knobs)
    kd_knobs_free (prologue->knobs);
  prologue->knobs = kd_knobs_copy (prologue->run->knobs);
  kd_knobs_set (prologue->knobs, "run.scale", "1", NULL);
  kd_knobs_set (prologue->knobs, "run.ramp", "0", NULL);
}

/* ---- notes ---- */

void
kd_prologue_add_note (KdPrologue *prologue, const char *text)
{
  char *earlier = prologue->note;
  prologue->note = earlier ? g_strjoin ("; ", earlier, text, NULL) : g_strdup (text);
  g_free (earlier);
}

char *
kd_prologue_take_note (KdPrologue *prologue)
{
  return g_steal_pointer (&prologue->note);
}

/* ---- the graph ---- */

static void
drop_graph (KdPrologue *prologue)
{
  if (prologue->built)
    kd_built_free (g_steal_pointer (&prologue->built));
  g_clear_pointer (&prologue->graph, kd_graph_free);
  g_clear_pointer (&prologue->params, kd_params_free);
  g_clear_pointer (&prologue->producer, kd_producer_free);
  memset (prologue->numbers, 0, sizeof prologue->numbers);
}

static void
drop_curves (KdPrologue *prologue)
{
  for (int i = 0; i < KD_MAX_PROLOGUE_COLUMNS; i++)
    g_clear_pointer (&prologue->curves[i], g_free);
}

/* The teacher's side and the targets. */
static void
fill_inputs (KdPrologue *prologue)
{
  const KdTeacher *teacher = prologue->teacher;
  const KdDetectorOutputs *out = &teacher->batch->outputs;
  KdMethodInputs *inputs = &prologue->inputs;
  *inputs = (KdMethodInputs){
    .n_images = prologue->config->batch,
    .n_levels = out->n_levels,
    .image = teacher->config.image,
    .n_classes = teacher->config.classes,
    .targets = kd_targets_new (prologue->graph, prologue->config->batch * KD_SCENE_MAX_OBJECTS),
    .detector_params[KD_TEACHER] = teacher->params,
    .detector_prefix[KD_TEACHER] = "",
    .detector_config[KD_TEACHER] = &teacher->config,
  };
  for (int l = 0; l < out->n_levels; l++) {
    inputs->strides[l] = kd_detector_strides[l];
    inputs->feature[KD_TEACHER][l] =
        kd_teacher_bind (prologue->graph, "teacher_feat", l, out->feature[l]);
  }
}

static bool
build (KdPrologue *prologue, GError **error)
{
  prologue->graph = kd_graph_new ("prologue");
  prologue->params = kd_params_new ();
  fill_inputs (prologue);
  const KdBuild build = {
    .method = kd_knobs_method (prologue->knobs),
    .inputs = &prologue->inputs,
    .knobs = prologue->knobs,
    .params = prologue->params,
    .stage = 0,
  };
  prologue->built = kd_method_build (prologue->graph, &build, error);
  if (!prologue->built)
    return false;
  const KdBuiltOutputs *out = kd_built_outputs (prologue->built);
  int n = 0;
  for (int i = 0; i < out->n_terms; i++)
    prologue->numbers[n++] = out->terms[i].value;
  for (int i = 0; i < out->n_measures; i++)
    prologue->numbers[n++] = out->measures[i].value;
  prologue->n_columns = n;
  kd_params_layout (prologue->params);
  return true;
}

static void
compile (KdPrologue *prologue)
{
  const KdBuiltOutputs *out = kd_built_outputs (prologue->built);
  g_autofree KdNode **keeps = g_new (KdNode *, prologue->n_columns + out->n_warnings);
  int n_keeps = 0;
  for (int i = 0; i < prologue->n_columns; i++)
    keeps[n_keeps++] = prologue->numbers[i];
  for (int i = 0; i < out->n_warnings; i++)
    keeps[n_keeps++] = out->warnings[i].when;
  const KdCompile what = {
    .roots = &out->total,
    .n_roots = 1,
    .keeps = keeps,
    .n_keeps = n_keeps,
    .param_gradients = KD_PARAM_GRADIENTS_SHARED,
  };
  kd_graph_compile (prologue->graph, prologue->pool, &what);
}

/* ---- what was learned ---- */

/* Values only: moments of frozen parameters stay 0, however they were come by. */
static void
hand_over (KdPrologue *prologue)
{
  KdParams *params = prologue->run->params;
  for (int i = 0; i < kd_params_count (prologue->params); i++) {
    const KdParam *learned = kd_params_at (prologue->params, i);
    const KdParam *frozen = kd_params_find (params, learned->name);
    g_assert (frozen && kd_shape_equal (frozen->shape, learned->shape));
    memcpy (frozen->value, learned->value, kd_shape_count (learned->shape) * sizeof (kd_real));
  }
  kd_params_touch (params);
}

static void
record (KdPrologue *prologue, int64_t step)
{
  if (prologue->recorded >= SERIES_CAPACITY)
    return;
  prologue->recorded++;
  for (int i = 0; i < prologue->n_columns; i++)
    kd_series_append (prologue->columns[i], prologue->recorded, (double) prologue->curves[i][step]);
}

static bool
begin (KdPrologue *prologue, GError **error)
{
  drop_graph (prologue);
  drop_curves (prologue);
  take_knobs (prologue);
  prologue->learned = false;
  prologue->step = 0;
  prologue->steps = (int64_t) kd_knobs_get (prologue->knobs, "learn_steps");
  if (!build (prologue, error))
    return false;
  for (int i = 0; i < prologue->n_columns; i++)
    prologue->curves[i] = g_new0 (kd_real, prologue->steps);
  return true;
}

/* From a file, or ready to be learned. */
static void
find_or_prepare (KdPrologue *prologue)
{
  const KdConfig *config = prologue->config;
  if (kd_prologue_find (prologue)) {
    hand_over (prologue);
    drop_graph (prologue);
    for (int64_t step = 0; step < prologue->steps; step++)
      record (prologue, step);
    drop_curves (prologue);
    prologue->step = prologue->steps;
    prologue->learned = true;
    return;
  }
  compile (prologue);
  kd_params_init (prologue->params, config->seed);
  prologue->producer = kd_producer_new (&config->scenes, config->seed, config->batch, 0, NULL);
}

static void
finish (KdPrologue *prologue)
{
  const KdBuiltOutputs *out = kd_built_outputs (prologue->built);
  g_autofree char *text =
      g_strdup_printf ("%s were learned in %" G_GINT64_FORMAT " steps",
                       kd_knobs_method (prologue->knobs)->learns, prologue->steps);
  kd_prologue_add_note (prologue, text);
  for (int i = 0; i < out->n_warnings; i++) {
    if (kd_node_scalar (out->warnings[i].when) != 0)
      kd_prologue_add_note (prologue, out->warnings[i].text);
  }
  prologue->learned = true;
  kd_prologue_save (prologue);
  drop_graph (prologue);
  drop_curves (prologue);
}

/* ---- life ---- */

static void
add_columns (KdPrologue *prologue)
{
  const KdBuiltOutputs *out = kd_built_outputs (prologue->built);
  for (int i = 0; i < prologue->n_columns; i++) {
    const char *id = i < out->n_terms ? out->terms[i].id : out->measures[i - out->n_terms].id;
    g_autofree char *name =
        g_strdup_printf ("%s.%s", kd_knobs_method (prologue->knobs)->learns, id);
    prologue->columns[i] = kd_series_new (name, SERIES_CAPACITY);
  }
}

KdPrologue *
kd_prologue_new (
    KdRun *run, const KdConfig *config, KdTeacher *teacher, KdPool *pool, GError **error)
{
  KdPrologue *prologue = g_new0 (KdPrologue, 1);
  *prologue = (KdPrologue){ .run = run, .config = config, .teacher = teacher, .pool = pool };
  if (!begin (prologue, error)) {
    kd_prologue_free (prologue);
    return NULL;
  }
  add_columns (prologue);
  find_or_prepare (prologue);
  return prologue;
}

void
kd_prologue_free (KdPrologue *prologue)
{
  if (!prologue)
    return;
  drop_graph (prologue);
  drop_curves (prologue);
  for (int i = 0; i < prologue->n_columns; i++)
    kd_series_free (prologue->columns[i]);
  if (prologue->knobs)
    kd_knobs_free (prologue->knobs);
  g_free (prologue->note);
  g_free (prologue);
}

/* ---- a step ---- */

/* The paper's schedule: cosine from the rate to 1e-6. */
static double
rate_at (const KdPrologue *prologue)
{
  const double rate = kd_knobs_get (prologue->knobs, "learn_rate");
  const double passed = (double) prologue->step / (double) prologue->steps;
  return LAST_RATE + 0.5 * (rate - LAST_RATE) * (1 + cos (G_PI * passed));
}

static void
update (KdPrologue *prologue, double gradient_norm)
{
  KdOptimizer adam = kd_optimizer_default ();
  adam.kind = KD_OPTIMIZER_ADAM;
  adam.weight_decay = kd_knobs_get (prologue->knobs, "learn_decay");
  adam.clip_norm = 0;
  kd_optimizer_step (&adam, prologue->params, prologue->pool, rate_at (prologue),
                     prologue->step + 1, gradient_norm);
}

static bool
run_forward (KdPrologue *prologue, KdInputs *inputs, const atomic_bool *cancel)
{
  const KdBatch *batch = kd_producer_next (prologue->producer, NULL);
  kd_inputs_fill (inputs, prologue->pool, batch->rgb, batch->truths);
  kd_producer_done (prologue->producer, batch);
  if (!kd_pass_run (prologue->teacher->batch, inputs->image, cancel))
    return false;
  kd_inputs_copy_targets (inputs, &prologue->inputs.targets);
  kd_built_set_knobs (prologue->built, prologue->knobs, prologue->step);
  return kd_graph_forward (prologue->graph, cancel);
}

KdPrologueResult
kd_prologue_step (KdPrologue *prologue, KdInputs *inputs, const atomic_bool *cancel)
{
  if (!same_learning (prologue->knobs, prologue->run->knobs)) {
    /* It was built with such knobs when the session began, so it can be built with these. */
    g_autoptr (GError) error = NULL;
    if (!begin (prologue, &error))
      g_error ("%s: %s", prologue->run->id, error->message);
    find_or_prepare (prologue);
    if (prologue->learned)
      return KD_PROLOGUE_DONE;
  }
  if (!run_forward (prologue, inputs, cancel))
    return KD_PROLOGUE_CANCELLED;
  KdNode *total = kd_built_outputs (prologue->built)->total;
  kd_params_zero_gradients (prologue->params);
  kd_graph_backward (prologue->graph, total, NULL, 0);
  const double norm = kd_params_gradient_norm (prologue->params, prologue->pool);
  if (!isfinite (norm) || !isfinite (kd_node_scalar (total)))
    return KD_PROLOGUE_BAD;
  for (int i = 0; i < prologue->n_columns; i++)
    prologue->curves[i][prologue->step] = (kd_real) kd_node_scalar (prologue->numbers[i]);
  record (prologue, prologue->step);
  update (prologue, norm);
  hand_over (prologue);
  if (++prologue->step == prologue->steps)
    finish (prologue);
  return KD_PROLOGUE_DONE;
}

void
kd_prologue_describe_bad (const KdPrologue *prologue, char *text, size_t size)
{
  KdNonFinite where;
  const char *learns = kd_knobs_method (prologue->knobs)->learns;
  if (kd_graph_find_non_finite (prologue->graph, &where))
    g_snprintf (text, size, "%s, learning %s: %s%s [%d,%d,%d,%d] is %g", prologue->run->id, learns,
                where.gradient ? "gradient of " : "", where.name, where.n, where.c, where.y,
                where.x, where.value);
  else
    g_snprintf (text, size, "%s, learning %s: the gradient's norm is not finite", prologue->run->id,
                learns);
}
