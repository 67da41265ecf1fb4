/* SPDX-License-Identifier: MIT */
#pragma once

/* What tests of figures share: a method's figure of a dump made in memory. */
#include "tests/method-fixture.h"
#include "ui/figure.h"

#define FIGURE_SIDE 8 /* cells of level 0 of the 64x64 image */
extern const float figure_boxes[2][4];

typedef struct {
  KdDump *dump;
  KdInspection *inspection;
  KdPicture *picture;
  KdFigureState state;
} FigureCase;

/* The dump with both boxes, seen by @method with its default knobs. */
FigureCase figure_case_open (const char *method);
/* The same from a dump (taken) and an inspection of it (taken). */
FigureCase figure_case_of (KdDump *dump, KdInspection *inspection, const char *method);
void figure_case_close (FigureCase *c);

KdFigurePlot *figure_case_plot (const FigureCase *c, const char *figure);
/* Asserted to be there. */
const KdPanel *figure_panel (const KdFigurePlot *plot, const char *title);
void figure_assert_says (const char *text, const char *format, ...) G_GNUC_PRINTF (2, 3);
