/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * detector: a RetinaNet-like one-stage detector built from tape ops, and what surrounds it: boxes, anchors,
 * assignment, decoding, NMS, COCO's average precision. Functions without a graph may be called from any thread.
 */
#include "engine/tape/tape.h"

G_BEGIN_DECLS

/* ---- boxes (double, xyxy px) --------------------------------------------------------------------- */

double kd_box_area (KdBox box);                /* 0 if reversed */
double kd_box_iou (KdBox a, KdBox b);          /* no +1; 0 where the union is <= 0 */
double kd_box_intersection (KdBox a, KdBox b); /* px^2 */
KdBox kd_box_clip (KdBox box, KdSize image);
/* Deltas dx,dy,dw,dh, means 0, stds 1; dw and dh cut to at most max_log (from below too, if both_ends). */
KdBox kd_box_decode (KdBox anchor, const double delta[4], double max_log, bool both_ends);
void kd_box_encode (KdBox anchor, KdBox box, double delta[4]);

/**
 * kd_nms:
 * @boxes, @scores: [n]; ties in score: lower index first
 * @keep: [at most max_keep], written: indices of kept boxes, best first
 *
 * Greedy: drop a box whose IoU with a kept one is > @iou. @order is scratch for @n ints. Returns the number kept.
 */
int kd_nms (const KdBox *boxes,
            const double *scores,
            int n,
            double iou,
            int max_keep,
            int *order,
            int *keep);

/* The @max best of @n scores, best first, ties by lower index: @best [max]; @order is scratch for @n ints. Returns how many. */
int kd_best_scores (const double *scores, int n, int max, int *order, int *best);

/* ---- the network ----------------------------------------------------------------------------------- */

#define KD_DETECTOR_LEVELS 3 /* P3..P5, strides 8, 16, 32 */
extern const int kd_detector_strides[KD_DETECTOR_LEVELS];

typedef struct {
  const char *id; /* "teacher", "small", "tiny" */
  const char *title;
  int widths[4]; /* stages at strides 4, 8, 16, 32; the stem (stride 2) has widths[0] */
  int blocks[4];
  int fpn;    /* channels of P3..P5 and of the head's towers */
  int towers; /* 3x3 convolutions before each head output */
} KdDetectorKind;

/* The one config table. */
const KdDetectorKind *kd_detector_kinds (int *n_kinds);
const KdDetectorKind *kd_detector_kind_find (const char *id); /* NULL if unknown */

/* The kind whose features have so many channels, in which all kinds differ; NULL: none. */
const KdDetectorKind *kd_detector_kind_of_features (int channels);

/**
 * kd_detector_receptive_box:
 * @level, @x, @y: a cell of the features P3..P5
 *
 * The theoretical receptive field: all pixels from which a path of convolutions and upsampling leads to the cell, the pyramid's
 * top-down path included. Image px, not cut to the image. GroupNorm's mean and variance, which hang on every pixel, do not count.
 */
KdBox kd_detector_receptive_box (const KdDetectorKind *kind, int level, int x, int y);

typedef struct {
  const KdDetectorKind *kind;
  KdSize image; /* multiples of 32 */
  int anchors;  /* per cell: 3 squares, side 2*stride*2^(a/3) */
  int classes;
} KdDetectorConfig;

typedef struct {
  int n_levels;
  KdNode *feature[KD_MAX_LEVELS]; /* [N,C,H,W] neck outputs, fine to coarse */
  KdNode *cls[KD_MAX_LEVELS];     /* [N,A*K,H,W] logits */
  KdNode *reg[KD_MAX_LEVELS];     /* [N,A*4,H,W] deltas */
  KdNode *clsfeat[KD_MAX_LEVELS]; /* [N,C,H,W] after the first convolution and ReLU of each tower */
  KdNode *regfeat[KD_MAX_LEVELS];
} KdDetectorOutputs;

/**
 * kd_detector_build:
 * @image: [N,3,H,W], (rgb/255 - 0.5)/0.25
 * @prefix: of parameter names, e.g. "" or "teacher."
 * @flags: KD_PARAM_FROZEN for a teacher
 *
 * Backbone (residual, GroupNorm: max (1, C/8) groups, eps 1e-5), FPN, shared head. Initial values: He fan-out for convolutions,
 * 0.01 normal for the outputs, class bias -log(99).
 */
void kd_detector_build (KdGraph *g,
                        KdParams *params,
                        const char *prefix,
                        const KdDetectorConfig *config,
                        KdParamFlags flags,
                        KdNode *image,
                        KdDetectorOutputs *out);

/* The head alone on given features (MasKD's masked teacher features); same parameters as the detector of that prefix. */
void kd_detector_build_head (KdGraph *g,
                             KdParams *params,
                             const char *prefix,
                             const KdDetectorConfig *config,
                             KdParamFlags flags,
                             KdNode *const *features,
                             int n_levels,
                             KdDetectorOutputs *out);

/* ---- anchors ---------------------------------------------------------------------------------------- */

/* Number of anchors of all levels, and the anchors: order level, y, x, a. [n] xyxy px. */
int kd_anchor_count (const KdDetectorConfig *config);
void kd_anchors_make (const KdDetectorConfig *config, KdBox *anchors);

/* ---- detection loss ---------------------------------------------------------------------------------- */

/* Ground truth of a batch as graph inputs: capacity rows. */
typedef struct {
  KdNode *boxes;  /* [Gcap,4] xyxy px, live rows */
  KdNode *labels; /* int32 [Gcap] */
  KdNode *images; /* int32 [Gcap]: which image of the batch */
} KdTargets;

/* The three inputs, named gt_boxes, gt_labels, gt_image; no live rows at first. */
KdTargets kd_targets_new (KdGraph *g, int capacity);

typedef struct {
  double positive_iou, negative_iou; /* 0.5, 0.4 */
  double minimum_iou;              /* every box keeps its best anchor if their IoU is > this: 0.1 */
  double focal_alpha, focal_gamma; /* 0.25, 2 */
  double smooth_l1_beta;           /* 1/9 */
} KdDetectionLossConfig;
KdDetectionLossConfig kd_detection_loss_default (void);

/* What an anchor learns: a row of the batch's targets, or one of these. */
#define KD_ANCHOR_BACKGROUND (-1)
#define KD_ANCHOR_IGNORED (-2)

typedef struct {
  KdNode *cls, *reg,
      *total;        /* scalars; each is a sum over the batch / max (1, positives of the batch) */
  KdNode *positives; /* [1,1,1,1]: number of positive anchors */
  KdNode *matched;   /* int32 [N * anchors], order as kd_anchors_make (): see KD_ANCHOR_IGNORED */
  KdNode *cls_target[KD_MAX_LEVELS]; /* [N,A*K,H,W] 0/1 */
} KdDetectionLoss;

/* Max-IoU assignment (host node, phase SELECT), focal and smooth-L1 losses (phase LOSS). Nodes built after it are of phase FORWARD again. */
KdDetectionLoss kd_detection_loss_build (KdGraph *g,
                                         const KdDetectorConfig *config,
                                         const KdDetectionLossConfig *loss,
                                         const KdDetectorOutputs *out,
                                         const KdTargets *targets);

/* ---- detections --------------------------------------------------------------------------------------- */

typedef struct {
  double score_threshold; /* 0.05 */
  double nms_iou;         /* 0.5, per class */
  int pre_nms;            /* best per level before NMS: 1000 */
  int max_per_image;      /* 100 */
} KdDetectConfig;
KdDetectConfig kd_detect_default (void);

/* Workspace for kd_detect (), reusable; one per thread. */
typedef struct _KdDetector KdDetector;
KdDetector *kd_detector_new (const KdDetectorConfig *config, const KdDetectConfig *detect);
void kd_detector_free (KdDetector *detector);
/* Decode image @n of computed outputs; boxes clipped; best first. Returns the number written (<= max_per_image). No allocation. */
int kd_detect (KdDetector *detector, const KdDetectorOutputs *out, int n, KdDetection *detections);

/* ---- COCO average precision ------------------------------------------------------------------------------ */

/* Boxes as in COCO's files, x y w h px: pycocotools computes areas and overlaps from these four numbers, and a width taken
 * back from two corners is another double, which matters exactly at a threshold. */
typedef struct {
  double bbox[4];
  double area; /* COCO's area field (its own number, not always w*h) */
  int category;
  bool crowd;
} KdCocoTruth;

/* Exactly pycocotools' bbox evaluation: 10 IoUs, 101 recall points, areas all/small/medium/large, maxDets 1/10/100, crowds,
 * stable order of equal scores. Its `ignore` field is overwritten by iscrowd, so it is not read. */
typedef struct _KdCocoEval KdCocoEval;
KdCocoEval *kd_coco_eval_new (const int *categories, int n_categories);
void kd_coco_eval_free (KdCocoEval *eval);
typedef struct {
  double bbox[4]; /* x y w h px */
  double score;
  int category;
} KdCocoDetection;
/* Images in the order of pycocotools: ascending id; rows in the order of the files. Arrays borrowed for the call. */
void kd_coco_eval_add_image (KdCocoEval *eval,
                             const KdCocoTruth *truths,
                             int n_truths,
                             const KdCocoDetection *detections,
                             int n_detections);

#define KD_COCO_NUMBERS 12
extern const char
    *const kd_coco_number_names[KD_COCO_NUMBERS]; /* AP AP50 AP75 AP_small ... AR_large */
/* -1 where there is no ground truth, as pycocotools. */
void kd_coco_eval_numbers (KdCocoEval *eval, double numbers[KD_COCO_NUMBERS]);

G_END_DECLS
