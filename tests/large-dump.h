/* SPDX-License-Identifier: MIT */
#pragma once

/* Dumps as large as those of real detectors, for benchmarks. */
#include "tests/synthetic-dump.h"

/* Three boxes, 20 proposals. To be freed with synthetic_dump_free (). */
KdDump *large_dump_new (int height, int width, int levels, int channels, int n_images);
/* A .npz of four images of 832x1344 with 256 channels, 191 MB, in a new folder; its path, owned by the caller. Ends the program where that fails. */
char *large_dump_write (void);
/* With its folder. */
void large_dump_remove (const char *path);
