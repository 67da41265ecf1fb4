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

/* What to draw and how, as options say it; levels by name or number. */
typedef struct {
  const char *figure; /* the method's own figure instead of a wall; NULL: the wall */
  const char *panel;  /* "attention_t" or "attention_t:P3" alone; NULL: all */
  const char *level;  /* NULL: all */
  GArray *ends;       /* KdWallEnds; NULL: none */
  GStrv order;        /* of rows and levels, by their names; NULL: the usual */
  KdView view;
} CliLook;
CliLook cli_look_default (void);

/* As a file, by its ending. @knobs: what the picture was made with. */
bool cli_write_picture (KdPicture *picture,
                        const CliLook *look,
                        const KdKnobs *knobs,
                        const char *path,
                        GError **error);
/* The same of one image of the inspection's maps. @image: of the batch. */
bool cli_dump_write_picture (const KdDump *dump,
                             const KdKnobs *knobs,
                             const KdInspection *inspection,
                             int image,
                             const CliLook *look,
                             const char *path,
                             GError **error);

G_END_DECLS
