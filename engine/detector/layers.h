/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to detector/: what the backbone, the neck and the head are made of. */
#include "engine/detector/detector.h"

G_BEGIN_DECLS

/* Where layers are built and whose parameters they have. */
typedef struct {
  KdGraph *graph;
  KdParams *params;
  KdParamFlags flags;
} KdLayers;

typedef struct {
  int channels, kernel, stride;
  double deviation; /* of the normal initial weights; 0: He, fan-out */
  double bias;      /* initial value */
  bool has_bias;
} KdConvolution;

/* Padding (kernel - 1)/2; parameters <name>.weight and, if it has one, <name>.bias. */
KdNode *
kd_layer_convolution (const KdLayers *layers, const char *name, KdNode *x, KdConvolution what);

/* GroupNorm with max (1, C/8) groups, then the residual (may be NULL) added, then ReLU if asked. */
KdNode *kd_layer_norm_relu (
    const KdLayers *layers, const char *name, KdNode *x, KdNode *residual, bool relu);

/* Outputs of the stages at strides 8, 16, 32. */
void kd_backbone_build (const KdLayers *layers,
                        const KdDetectorKind *kind,
                        KdNode *image,
                        KdNode *stages[KD_DETECTOR_LEVELS]);

/* FPN: [N,fpn,H,W] at every level. */
void kd_neck_build (const KdLayers *layers,
                    const KdDetectorKind *kind,
                    KdNode *const stages[KD_DETECTOR_LEVELS],
                    KdNode *features[KD_DETECTOR_LEVELS]);

/* One head for all levels: fills out's cls, reg, clsfeat and regfeat from its features. */
void kd_head_build (const KdLayers *layers, const KdDetectorConfig *config, KdDetectorOutputs *out);

G_END_DECLS
