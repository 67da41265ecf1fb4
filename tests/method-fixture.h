/* SPDX-License-Identifier: MIT */
#pragma once

/* What tests of single methods share: a method on a dump made in memory, and looking at what came out. */
#include "engine/session/session.h"
#include "tests/synthetic-dump.h"

/* The method's outputs with the paper's knobs but those that follow: "psi", "0.3", NULL. */
KdInspection *fixture_inspect (const KdDump *dump, const char *method, ...) G_GNUC_NULL_TERMINATED;

/* An output by its name, asserted to be there. */
const KdArray *fixture_output (const KdInspection *inspection, const char *name);
double fixture_loss (const KdInspection *inspection, const char *term);
/* A picture that may be for the screen only; level -1: none. The map lives as long as the inspection. */
KdMap fixture_picture (const KdInspection *inspection, const char *name, int level, int image);

double fixture_sum (const KdArray *array);
void fixture_assert_all (const KdArray *array, double value, double slack);
void fixture_assert_same (const KdArray *a, const KdArray *b, double slack);
void fixture_assert_finite (const KdInspection *inspection);

/* Put @array in the place of the dump's array of that name; NULL: take it away. */
void fixture_replace (KdDump *dump, const char *name, KdArray *array);
/* One 64x64 image with these boxes; equal channels, so that no adapter stands between the sides. */
KdDump *fixture_dump (const float (*boxes)[4], int n_boxes);
