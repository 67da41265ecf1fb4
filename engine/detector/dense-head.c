/* SPDX-License-Identifier: MIT */
#include "engine/detector/layers.h"

#include <math.h>

typedef struct {
  const char *id; /* "cls", "reg" */
  int towers;     /* 3x3 convolutions with ReLU */
  int fpn;        /* their channels */
  int outputs;    /* channels of the last convolution */
  double bias;    /* its initial bias */
} Branch;

/* Returns the branch's output; @first: what comes out of its first tower convolution. */
static KdNode *
build_branch (const KdLayers *layers, const Branch *branch, KdNode *feature, KdNode **first)
{
  KdNode *x = feature;
  *first = feature;
  for (int i = 0; i < branch->towers; i++) {
    g_autofree char *name = g_strdup_printf ("head.%s.%d", branch->id, i);
    x = kd_layer_convolution (
        layers, name, x,
        (KdConvolution){ .channels = branch->fpn, .kernel = 3, .stride = 1, .has_bias = true });
    x = kd_relu (layers->graph, x);
    if (i == 0)
      *first = x;
  }
  g_autofree char *name = g_strdup_printf ("head.%s_out", branch->id);
  return kd_layer_convolution (layers, name, x,
                               (KdConvolution){ .channels = branch->outputs,
                                                .kernel = 3,
                                                .stride = 1,
                                                .deviation = 0.01,
                                                .bias = branch->bias,
                                                .has_bias = true });
}

void
kd_head_build (const KdLayers *layers, const KdDetectorConfig *config, KdDetectorOutputs *out)
{
  const KdDetectorKind *kind = config->kind;
  /* A prior of 0.01 for every class keeps the first steps from drowning in background (RetinaNet, 4.1). */
  const Branch cls = { "cls", kind->towers, kind->fpn, config->anchors * config->classes,
                       -log (99) };
  const Branch reg = { "reg", kind->towers, kind->fpn, config->anchors * 4, 0 };
  for (int l = 0; l < out->n_levels; l++) {
    out->cls[l] = build_branch (layers, &cls, out->feature[l], &out->clsfeat[l]);
    out->reg[l] = build_branch (layers, &reg, out->feature[l], &out->regfeat[l]);
  }
}
