/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Private to session/: one student's graph with its detection loss and its method's terms. The same graph at N = batch trains and at
 * N = 1 is the view of the pinned image; both share the run's parameters.
 */
#include "engine/session/teacher.h"

G_BEGIN_DECLS

typedef struct {
  KdGraph *graph;
  KdNode *image;
  KdTargets targets;
  KdDetectorOutputs outputs;
  KdDetectionLoss loss;
  KdMethodInputs inputs;
  KdBuilt *built;
  const KdBuiltOutputs *method;
  KdNode *total; /* detection loss plus the method's terms */
} KdStudent;

typedef struct {
  const char *name; /* of the graph */
  KdPool *pool;
  KdParams *params;
  const KdDetectorConfig *config;
  const KdKnobs *knobs;
  KdTeacher *teacher;              /* NULL: none */
  const KdDetectorOutputs *source; /* the teacher's outputs to bind; NULL: none */
  int n_images;
} KdStudentConfig;

#define KD_MAX_STUDENT_ROOTS (3 + KD_MAX_TERMS)

/* Builds without compiling: run.c and view.c want different roots. Errors: a method that lacks an input. */
KdStudent *kd_student_new (const KdStudentConfig *config, GError **error);
void kd_student_free (KdStudent *student);
/* Targets, image and the step's knobs; before a run. */
void
kd_student_set (KdStudent *student, const KdInputs *inputs, const KdKnobs *knobs, int64_t step);
/* d @root / d features, and no further down: they are then the features' gradients. @root: one that was compiled. After a forward. */
void kd_student_backward_to_features (const KdStudent *student, KdNode *root);
/* L2 norm over all features of what the latest backward left there. */
double kd_student_feature_gradient_norm (const KdStudent *student);
/* All that may be asked for: the whole, the detection loss, the method's total if it has one, each term. Returns how many. */
int kd_student_roots (const KdStudent *student, KdNode *roots[KD_MAX_STUDENT_ROOTS]);
size_t kd_student_bytes (const KdStudent *student);

G_END_DECLS
