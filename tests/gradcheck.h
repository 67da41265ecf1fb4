/* SPDX-License-Identifier: MIT */
#pragma once

/* Gradients of the tape's operations against central differences, in double: one table entry a case. */
#include "engine/tape/tape.h"

#define KD_GRADIENT_MAX_INPUTS 8

/* Input values are drawn from [low, high), away from the kinks by at least 0.02. */
typedef struct {
  KdShape shape;
  double low, high;
  double kinks[3];
  int n_kinks;
  bool constant; /* has no gradient by definition: a target, a weight */
  bool ints;     /* int32 values in low..high, both ends */
  int live;      /* live rows; 0: all */
} KdGradientInput;

typedef struct {
  const char *op;   /* the KdOp's name */
  const char *what; /* "broadcast-channels"; unique for the op */
  KdGradientInput inputs[KD_GRADIENT_MAX_INPUTS];
  KdNode *(*build) (KdGraph *g, KdNode *const *inputs);
} KdGradientCase;

/*
 * The root is a weighted sum of two nodes built on the same inputs, so that an operation which sets where it should add is
 * caught. Checks values against differences (up to 60 elements of each input), each input's gradient wanted alone, and
 * the same bits with one and with three workers.
 */
void kd_gradient_check (const KdGradientCase *gradient_case);

/* Tables, by who wrote the operations; ended by an entry without op. */
extern const KdGradientCase kd_gradient_cases_core[];
extern const KdGradientCase kd_gradient_cases_networks[];
