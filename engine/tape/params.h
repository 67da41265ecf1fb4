/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to tape/: what KdParams holds, for the optimiser. */
#include "engine/tape/tape.h"

G_BEGIN_DECLS

struct _KdParams {
  GPtrArray *list; /* KdParam *, each allocated once: nodes point at them */
  GHashTable *by_name;
  bool laid_out;
  size_t size; /* values in each block */
  kd_real *value, *gradient, *moment1, *moment2;
  uint64_t version;

  /* The blocks cut into pieces of KD_PARAMS_CHUNK values, whatever parameters they hold. */
  int n_chunks;
  int *first_param;  /* per chunk: the first parameter that reaches into it */
  double *chunk_sum; /* per chunk: partial results */
};

/* Values a chunk; a multiple of the alignment of a parameter. */
#define KD_PARAMS_CHUNK 16384

/* Parameter @name, new or (same shape asserted) known. */
KdParam *kd_params_declare (KdParams *params,
                            const char *name,
                            KdShape shape,
                            KdAxes axes,
                            KdInit init,
                            KdParamFlags flags);

G_END_DECLS
