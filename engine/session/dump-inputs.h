/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to session/: a dump's arrays as the inputs of a graph. */
#include "engine/session/dump-values.h"

G_BEGIN_DECLS

/* A graph input and the array that fills it. */
typedef struct {
  KdNode *node;
  const KdArray *array; /* of the dump */
  KdAxes axes;
  bool student; /* its gradient is wanted */
  bool bound;   /* reads a dump's values in place */
} KdDumpFeed;

typedef struct {
  KdMethodInputs inputs; /* NULL where the dump has no such array */
  GArray *feeds;         /* KdDumpFeed */
} KdDumpInputs;

/* @dump: validated, borrowed. */
void kd_dump_inputs_init (KdDumpInputs *inputs, const KdDump *dump, KdGraph *graph);
void kd_dump_inputs_clear (KdDumpInputs *inputs);
/* After compile: copy the rows in, point the maps to @values. Returns a sentence about numbers that are not finite, owned by the caller; NULL: all are. */
char *kd_dump_inputs_fill (const KdDumpInputs *inputs, KdDumpValues *values);

G_END_DECLS
