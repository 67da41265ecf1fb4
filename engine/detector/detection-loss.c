/* SPDX-License-Identifier: MIT */
#include "engine/detector/anchors.h"
#include "engine/detector/assign.h"
#include "engine/detector/detector.h"

#include <assert.h>

/* Outputs of the assignment's host node: first those of the batch, then four for every level. */
enum { OUT_POSITIVES, OUT_NORMALIZER, OUT_MATCHED, OUT_BEST_ANCHOR, OUT_LEVELS };
enum { LEVEL_CLS_TARGET, LEVEL_CLS_WEIGHT, LEVEL_REG_TARGET, LEVEL_REG_WEIGHT, N_LEVEL_OUTPUTS };
#define N_OUTPUTS (OUT_LEVELS + N_LEVEL_OUTPUTS * KD_DETECTOR_LEVELS)

typedef struct {
  KdAssignRule rule;
  int n_images, n_classes, n_anchors; /* n_anchors: of all levels */
} AssignJob;

KdTargets
kd_targets_new (KdGraph *g, int capacity)
{
  const KdTargets targets = {
    .boxes = kd_input (g, "gt_boxes", kd_shape (capacity, 4, 1, 1), KD_TYPE_REAL),
    .labels = kd_input (g, "gt_labels", kd_shape (capacity, 1, 1, 1), KD_TYPE_INT32),
    .images = kd_input (g, "gt_image", kd_shape (capacity, 1, 1, 1), KD_TYPE_INT32),
  };
  /* Inputs have live rows from the first time they are set, and that must come before what reads them. */
  kd_node_set_live_rows (targets.boxes, 0);
  kd_node_set_live_rows (targets.labels, 0);
  kd_node_set_live_rows (targets.images, 0);
  return targets;
}

KdDetectionLossConfig
kd_detection_loss_default (void)
{
  return (KdDetectionLossConfig){ .positive_iou = 0.5,
                                  .negative_iou = 0.4,
                                  .minimum_iou = 0.1,
                                  .focal_alpha = 0.25,
                                  .focal_gamma = 2,
                                  .smooth_l1_beta = 1.0 / 9 };
}

/* Deltas to a box of at least 1x1 px, so that the logarithm stays finite. */
static void
encode_target (KdBox anchor, KdBox box, kd_real *target)
{
  const double centre_x = (box.x1 + box.x2) / 2, centre_y = (box.y1 + box.y2) / 2;
  const double width = fmax (1, box.x2 - box.x1), height = fmax (1, box.y2 - box.y1);
  double delta[4];
  kd_box_encode (anchor,
                 (KdBox){ centre_x - width / 2, centre_y - height / 2, centre_x + width / 2,
                          centre_y + height / 2 },
                 delta);
  for (int j = 0; j < 4; j++)
    target[j] = (kd_real) delta[j];
}

/* Targets of one level of one image from its part of the assignment; returns the number of positives. */
static int
write_level (const KdHostCall *call, const AssignJob *job, int l, int n, const int32_t *matched)
{
  kd_real *const *values = call->values + OUT_LEVELS + N_LEVEL_OUTPUTS * l;
  const kd_real *boxes = kd_node_value (call->inputs[0]);
  const int32_t *labels = kd_node_ints (call->inputs[1]);
  const int anchors = job->rule.anchors;
  const KdSize size = kd_level_size (job->rule.image, l);
  size_t row = (size_t) n * (size_t) (size.height * size.width * anchors);
  int positives = 0;
  for (int y = 0; y < size.height; y++)
    for (int x = 0; x < size.width; x++)
      for (int a = 0; a < anchors; a++, row++) {
        const int32_t g = *matched++;
        values[LEVEL_CLS_WEIGHT][row] = g != KD_ANCHOR_IGNORED;
        if (g < 0)
          continue;
        positives++;
        assert (labels[g] >= 0 && labels[g] < job->n_classes);
        values[LEVEL_CLS_TARGET][row * (size_t) job->n_classes + (size_t) labels[g]] = 1;
        values[LEVEL_REG_WEIGHT][row] = 1;
        encode_target (kd_anchor_at (l, y, x, kd_anchor_side (l, a, anchors)),
                       kd_box_of_row (boxes, g), values[LEVEL_REG_TARGET] + 4 * row);
      }
  return positives;
}

static void
assign_batch (const KdHostCall *call, const void *data)
{
  const AssignJob *job = data;
  const int n_boxes = kd_node_live_rows (call->inputs[0]);
  int positives = 0;
  for (int n = 0; n < job->n_images; n++) {
    int32_t *matched = call->ints[OUT_MATCHED] + (size_t) n * (size_t) job->n_anchors;
    kd_assign (&job->rule, kd_node_value (call->inputs[0]), kd_node_ints (call->inputs[2]), n_boxes,
               n, matched, call->ints[OUT_BEST_ANCHOR]);
    for (int l = 0; l < KD_DETECTOR_LEVELS; l++) {
      const KdSize size = kd_level_size (job->rule.image, l);
      positives += write_level (call, job, l, n, matched);
      matched += size.height * size.width * job->rule.anchors;
    }
  }
  *call->values[OUT_POSITIVES] = (kd_real) positives;
  *call->values[OUT_NORMALIZER] = (kd_real) MAX (1, positives);
}

static KdNode *
build_assignment (KdGraph *g,
                  const KdDetectorConfig *config,
                  const KdDetectionLossConfig *loss,
                  const KdTargets *targets,
                  int n_images)
{
  const AssignJob job = {
    .rule = { config->image, config->anchors, loss->positive_iou, loss->negative_iou,
              loss->minimum_iou },
    .n_images = n_images,
    .n_classes = config->classes,
    .n_anchors = kd_anchor_count (config),
  };
  KdHostOutput outputs[N_OUTPUTS] = {
    [OUT_POSITIVES] = { KD_SCALAR_SHAPE, KD_TYPE_REAL, false },
    [OUT_NORMALIZER] = { KD_SCALAR_SHAPE, KD_TYPE_REAL, false },
    [OUT_MATCHED] = { kd_shape (n_images * job.n_anchors, 1, 1, 1), KD_TYPE_INT32, false },
    [OUT_BEST_ANCHOR] = { kd_shape (kd_node_shape (targets->boxes).n, 1, 1, 1), KD_TYPE_INT32,
                          false },
  };
  for (int l = 0; l < KD_DETECTOR_LEVELS; l++) {
    const KdSize size = kd_level_size (config->image, l);
    const int rows = n_images * size.height * size.width * config->anchors;
    KdHostOutput *level = outputs + OUT_LEVELS + N_LEVEL_OUTPUTS * l;
    for (int i = 0; i < N_LEVEL_OUTPUTS; i++)
      level[i] = (KdHostOutput){ kd_shape (rows, 1, 1, 1), KD_TYPE_REAL, false };
    level[LEVEL_CLS_TARGET].shape =
        kd_shape (n_images, config->anchors * config->classes, size.height, size.width);
    level[LEVEL_REG_TARGET].shape.c = 4;
  }
  KdNode *inputs[] = { targets->boxes, targets->labels, targets->images };
  return kd_host (g, "assignment", outputs, N_OUTPUTS, assign_batch, &job, sizeof job, inputs, 3);
}

static KdNode *
level_output (KdNode *assignment, int l, int output)
{
  return kd_host_output (assignment, OUT_LEVELS + N_LEVEL_OUTPUTS * l + output);
}

static KdNode *
build_cls_loss (KdGraph *g,
                const KdDetectorConfig *config,
                const KdDetectionLossConfig *loss,
                KdNode *logits,
                KdNode *assignment,
                int l)
{
  KdNode *target = level_output (assignment, l, LEVEL_CLS_TARGET);
  return kd_focal_bce (
      g, kd_anchor_rows (g, logits, config->classes), kd_anchor_rows (g, target, config->classes),
      level_output (assignment, l, LEVEL_CLS_WEIGHT), loss->focal_alpha, loss->focal_gamma);
}

static KdNode *
build_reg_loss (
    KdGraph *g, const KdDetectionLossConfig *loss, KdNode *deltas, KdNode *assignment, int l)
{
  KdNode *difference =
      kd_sub (g, kd_anchor_rows (g, deltas, 4), level_output (assignment, l, LEVEL_REG_TARGET));
  return kd_sum (g,
                 kd_mul (g, kd_huber (g, difference, loss->smooth_l1_beta),
                         level_output (assignment, l, LEVEL_REG_WEIGHT)),
                 KD_AXES_NCHW);
}

/* cls = sum of focal BCE over anchors that are not ignored, reg = sum of smooth L1 over positives; both / max (1, positives). */
KdDetectionLoss
kd_detection_loss_build (KdGraph *g,
                         const KdDetectorConfig *config,
                         const KdDetectionLossConfig *loss,
                         const KdDetectorOutputs *out,
                         const KdTargets *targets)
{
  g_assert (out->n_levels == KD_DETECTOR_LEVELS);
  kd_graph_set_phase (g, KD_PHASE_SELECT);
  KdNode *assignment = build_assignment (g, config, loss, targets, kd_node_shape (out->cls[0]).n);

  kd_graph_set_phase (g, KD_PHASE_LOSS);
  KdDetectionLoss built = { .positives = kd_host_output (assignment, OUT_POSITIVES),
                            .matched = kd_host_output (assignment, OUT_MATCHED) };
  KdNode *cls = NULL, *reg = NULL;
  for (int l = 0; l < KD_DETECTOR_LEVELS; l++) {
    KdNode *level_cls = build_cls_loss (g, config, loss, out->cls[l], assignment, l);
    KdNode *level_reg = build_reg_loss (g, loss, out->reg[l], assignment, l);
    cls = cls ? kd_add (g, cls, level_cls) : level_cls;
    reg = reg ? kd_add (g, reg, level_reg) : level_reg;
    built.cls_target[l] = level_output (assignment, l, LEVEL_CLS_TARGET);
  }
  KdNode *normalizer = kd_host_output (assignment, OUT_NORMALIZER);
  built.cls = kd_div (g, cls, normalizer);
  built.reg = kd_div (g, reg, normalizer);
  built.total = kd_add (g, built.cls, built.reg);
  kd_graph_set_phase (g, KD_PHASE_FORWARD);
  return built;
}
