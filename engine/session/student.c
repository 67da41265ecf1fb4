/* SPDX-License-Identifier: MIT */
#include "engine/session/student.h"

#include <math.h>

static void
add_teacher (KdStudent *student, const KdStudentConfig *config, KdNeeds needs)
{
  KdMethodInputs *inputs = &student->inputs;
  const KdDetectorOutputs *out = config->source;
  KdGraph *g = student->graph;
  for (int l = 0; l < out->n_levels; l++) {
    if (needs & KD_NEEDS_TEACHER_FEATURE)
      inputs->feature[KD_TEACHER][l] = kd_teacher_bind (g, "teacher_feat", l, out->feature[l]);
    if (needs & KD_NEEDS_TEACHER_CLS) {
      inputs->cls[KD_TEACHER][l] = kd_teacher_bind (g, "teacher_cls", l, out->cls[l]);
      inputs->clsfeat[KD_TEACHER][l] = kd_teacher_bind (g, "teacher_clsfeat", l, out->clsfeat[l]);
    }
    if (needs & KD_NEEDS_TEACHER_REG) {
      inputs->reg[KD_TEACHER][l] = kd_teacher_bind (g, "teacher_reg", l, out->reg[l]);
      inputs->regfeat[KD_TEACHER][l] = kd_teacher_bind (g, "teacher_regfeat", l, out->regfeat[l]);
    }
  }
  inputs->detector_params[KD_TEACHER] = config->teacher->params;
  inputs->detector_prefix[KD_TEACHER] = "";
  inputs->detector_config[KD_TEACHER] = &config->teacher->config;
}

/* Constants [Hl*Wl*A,4] a level, in the order y, x, a. */
static void
add_anchors (KdStudent *student, const KdDetectorConfig *config)
{
  g_autofree KdBox *anchors = g_new (KdBox, kd_anchor_count (config));
  kd_anchors_make (config, anchors);
  const KdBox *next = anchors;
  for (int l = 0; l < student->outputs.n_levels; l++) {
    const KdShape feature = kd_node_shape (student->outputs.feature[l]);
    const int n = feature.h * feature.w * config->anchors;
    g_autofree kd_real *values = g_new (kd_real, (size_t) n * 4);
    for (int a = 0; a < n; a++, next++) {
      values[4 * a] = (kd_real) next->x1;
      values[4 * a + 1] = (kd_real) next->y1;
      values[4 * a + 2] = (kd_real) next->x2;
      values[4 * a + 3] = (kd_real) next->y2;
    }
    g_autofree char *name = g_strdup_printf ("anchors.%d", l);
    student->inputs.anchors[l] = kd_constant (student->graph, name, kd_shape (n, 4, 1, 1), values);
  }
}

static void
add_student (KdStudent *student, const KdStudentConfig *config)
{
  KdMethodInputs *inputs = &student->inputs;
  const KdDetectorOutputs *out = &student->outputs;
  inputs->n_images = config->n_images;
  inputs->n_levels = out->n_levels;
  inputs->image = config->config->image;
  inputs->n_classes = config->config->classes;
  inputs->targets = student->targets;
  for (int l = 0; l < out->n_levels; l++) {
    inputs->strides[l] = kd_detector_strides[l];
    inputs->feature[KD_STUDENT][l] = out->feature[l];
    inputs->cls[KD_STUDENT][l] = out->cls[l];
    inputs->reg[KD_STUDENT][l] = out->reg[l];
    inputs->clsfeat[KD_STUDENT][l] = out->clsfeat[l];
    inputs->regfeat[KD_STUDENT][l] = out->regfeat[l];
  }
  inputs->detector_params[KD_STUDENT] = config->params;
  inputs->detector_prefix[KD_STUDENT] = "";
  inputs->detector_config[KD_STUDENT] = config->config;
}

KdStudent *
kd_student_new (const KdStudentConfig *config, GError **error)
{
  const KdMethod *method = kd_knobs_method (config->knobs);
  const KdDetectorConfig *detector = config->config;
  KdStudent *student = g_new0 (KdStudent, 1);
  KdGraph *g = student->graph = kd_graph_new (config->name);
  student->image = kd_input_bound (
      g, "image", kd_shape (config->n_images, 3, detector->image.height, detector->image.width));
  student->targets = kd_targets_new (g, config->n_images * KD_SCENE_MAX_OBJECTS);
  kd_detector_build (g, config->params, "", detector, KD_PARAM_DEFAULT, student->image,
                     &student->outputs);
  add_student (student, config);
  add_anchors (student, detector);
  if (config->source)
    add_teacher (student, config, method->needs | method->wants);
  const KdDetectionLossConfig loss = kd_detection_loss_default ();
  student->loss =
      kd_detection_loss_build (g, detector, &loss, &student->outputs, &student->targets);
  student->inputs.matched = student->loss.matched;

  const KdBuild build = {
    .method = method,
    .inputs = &student->inputs,
    .knobs = config->knobs,
    .params = config->params,
    .stage = 1,
  };
  kd_graph_set_phase (g, KD_PHASE_FORWARD);
  student->built = kd_method_build (g, &build, error);
  if (!student->built) {
    kd_student_free (student);
    return NULL;
  }
  student->method = kd_built_outputs (student->built);
  kd_graph_set_phase (g, KD_PHASE_LOSS);
  student->total = student->method->total ? kd_add (g, student->loss.total, student->method->total)
                                          : student->loss.total;
  return student;
}

void
kd_student_free (KdStudent *student)
{
  if (!student)
    return;
  if (student->built)
    kd_built_free (student->built);
  kd_graph_free (student->graph);
  g_free (student);
}

void
kd_student_set (KdStudent *student, const KdInputs *inputs, const KdKnobs *knobs, int64_t step)
{
  kd_node_bind (student->image, inputs->image);
  kd_inputs_copy_targets (inputs, &student->targets);
  kd_built_set_knobs (student->built, knobs, step);
}

void
kd_student_backward_to_features (const KdStudent *student, KdNode *root)
{
  kd_graph_backward (student->graph, root, student->outputs.feature, student->outputs.n_levels);
}

double
kd_student_feature_gradient_norm (const KdStudent *student)
{
  double sum = 0;
  for (int l = 0; l < student->outputs.n_levels; l++) {
    const kd_real *gradient = kd_node_gradient (student->outputs.feature[l]);
    const size_t n = kd_shape_count (kd_node_shape (student->outputs.feature[l]));
    for (size_t i = 0; gradient && i < n; i++)
      sum += (double) gradient[i] * (double) gradient[i];
  }
  return sqrt (sum);
}

int
kd_student_roots (const KdStudent *student, KdNode *roots[KD_MAX_STUDENT_ROOTS])
{
  int n = 0;
  roots[n++] = student->total;
  roots[n++] = student->loss.total;
  if (student->method->total)
    roots[n++] = student->method->total;
  for (int i = 0; i < student->method->n_terms; i++)
    roots[n++] = student->method->terms[i].value;
  return n;
}

size_t
kd_student_bytes (const KdStudent *student)
{
  const KdGraphStats stats = kd_graph_stats (student->graph);
  return stats.value_bytes + stats.gradient_bytes + stats.workspace_bytes;
}
