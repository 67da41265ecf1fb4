/* SPDX-License-Identifier: MIT */
#pragma once

/* What `inspect` and `render` share: a method's knobs from options, a dump inspected, walls of maps written. */
#include "ui/figure.h"
#include "ui/wall-picture.h"

G_BEGIN_DECLS

/**
 * cli_dump_knobs:
 * @method: NULL: an error that lists the methods
 * @preset: NULL: the paper's
 * @sets: "name=value", NULL-terminated, or NULL
 *
 * Values for an inspection: run.scale 1 and run.ramp 0 whatever the preset, unless set.
 */
KdKnobs *
cli_dump_knobs (const char *method, const char *preset, const char *const *sets, GError **error);

/* As a file, by its ending: a wall of maps, or the method's figure @figure unless that is NULL. */
bool cli_write_picture (KdPicture *picture, const char *figure, const char *path, GError **error);
/* The same of one image of the inspection's maps. @image: of the batch. */
bool cli_dump_write_picture (const KdDump *dump,
                             const KdMethod *method,
                             const KdInspection *inspection,
                             int image,
                             const char *figure,
                             const char *path,
                             GError **error);

G_END_DECLS
