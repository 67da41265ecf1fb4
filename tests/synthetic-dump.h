/* SPDX-License-Identifier: MIT */
#pragma once

/* Dumps made in memory, for tests: random features, heads, proposals and given boxes, no file involved. */
#include "engine/data/data.h"

typedef struct {
  int n_images, n_levels;
  KdSize image; /* multiples of the coarsest stride, 8 * 2^(n_levels - 1) */
  int teacher_channels, student_channels;
  int anchors, classes; /* per cell */
  const float (*boxes)[4];
  const int *box_images; /* NULL: all of image 0; labels are box index % classes */
  int n_boxes;
  int n_proposals; /* 0: one-stage */
  uint64_t seed;
} SyntheticDump;

/* One 64x64 image, two levels, 6 teacher and 4 student channels, 3 anchors, 3 classes, no boxes. */
SyntheticDump synthetic_dump_default (void);
KdDump *synthetic_dump_new (const SyntheticDump *config);
void synthetic_dump_free (KdDump *dump);

/* Random float32 array, normal values. */
KdArray *synthetic_array (const char *name, int rank, const int64_t *dims, uint64_t seed);
/* A copy of an array of @dump under another name. */
KdArray *synthetic_copy (const KdDump *dump, const char *from, const char *to);
/* The same arrays without @name. */
KdArrays *synthetic_without (const KdArrays *arrays, const char *name);
