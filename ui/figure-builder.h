/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to ui/figure-*.c: how one figure's panels are put together. */
#include "ui/figure.h"

#include <math.h>
#include <string.h>

G_BEGIN_DECLS

typedef struct {
  KdFigurePlot plot;
  KdPicture *picture; /* owned */
  const KdPictureInfo *info;
  const KdFigureState *state; /* while building */
  GArray *panels;             /* KdPanel */
  GArray *classes;            /* KdCellClass */
  GPtrArray *memory, *legend;
  GString *summary;
  bool titled; /* for a file: nobody can click */
} KdFigureBuilder;

/* Values of a probe, channel by channel. */
typedef struct {
  float *values; /* [channels*height*width], owned by the builder */
  int channels, height, width;
} KdFigureMap;

void *kd_figure_keep (KdFigureBuilder *b, void *memory);
const char *kd_figure_text (KdFigureBuilder *b, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* What the summary says so far is put in the place of @format's only %s. */
void kd_figure_wrap_summary (KdFigureBuilder *b, const char *format) G_GNUC_PRINTF (2, 0);
/* False: the picture lacks it. */
bool kd_figure_read (KdFigureBuilder *b, const char *name, int level, KdFigureMap *map);
/* Whether the figure shows this level; the levels that there are have @name. */
bool kd_figure_shows (const KdFigureBuilder *b, const char *name, int level);
const char *kd_figure_level_name (KdFigureBuilder *b, int level);
/* Scale over all levels of @name: what is compared has one scale. */
KdScale kd_figure_scale (KdFigureBuilder *b, const char *name, const char *other, bool log);

/* A map's panel with the truths over it, its cell under the pointer lit. */
KdPanel
kd_figure_map_panel (KdFigureBuilder *b, int row, const char *title, const KdFigureMap *map);
void kd_figure_add (KdFigureBuilder *b, const KdPanel *panel);
void kd_figure_add_class (
    KdFigureBuilder *b, const char *label, const char *sign, KdColor color, KdPattern pattern);
void kd_figure_add_legend (KdFigureBuilder *b, const char *line);
/* The next panel is the one under the pointer. */
bool kd_figure_at_spot (const KdFigureBuilder *b);
/* The spot's cell in a map of this size; -1: none. */
int kd_figure_cell (const KdFigureBuilder *b, int width, int height);
/* "P3 cell (4, 7)" */
const char *kd_figure_cell_name (KdFigureBuilder *b, int level, const KdFigureMap *map, int cell);
const char *kd_figure_class_name (const KdFigureBuilder *b, int label);
/* "object 2 (circle)" */
const char *kd_figure_object_name (KdFigureBuilder *b, int object);
/* All truths; @selected stands out. */
const KdSheetBox *kd_figure_truth_boxes (KdFigureBuilder *b, int selected);
/* Rows of the picture's image in lists of a whole batch are those whose image is this. */
int kd_figure_image (const KdFigureBuilder *b);
/* "1" ... @n */
const char *const *kd_figure_numbers (KdFigureBuilder *b, int n);
/* A number of a list [objects,levels] whose rows are a whole batch's; 0 outside it. */
double kd_figure_entry (const KdFigureMap *list, int row, int level);
/* The chosen object, or the one with the largest sum in such a list; @b has objects. */
int kd_figure_choose_object (const KdFigureBuilder *b, const KdFigureMap *list);
/* Such a list's rows of this image's objects, its largest number the scale's end. The panel's lit entry is the one that is pointed at. */
KdPanel kd_figure_object_matrix (KdFigureBuilder *b, const char *title, const KdFigureMap *list);
/* 3 significant digits, kept. */
const char *kd_figure_number (KdFigureBuilder *b, double value);

void kd_figure_build_richness (KdFigureBuilder *b);
void kd_figure_build_pipeline (KdFigureBuilder *b);
void kd_figure_build_ranks (KdFigureBuilder *b);
void kd_figure_build_gaps (KdFigureBuilder *b);
void kd_figure_build_picks (KdFigureBuilder *b);
void kd_figure_build_tokens (KdFigureBuilder *b);
void kd_figure_build_anchors (KdFigureBuilder *b);
void kd_figure_build_regions (KdFigureBuilder *b);
void kd_figure_build_split (KdFigureBuilder *b);
void kd_figure_build_instances (KdFigureBuilder *b);
void kd_figure_build_scores (KdFigureBuilder *b);
void kd_figure_build_assignment (KdFigureBuilder *b);

G_END_DECLS
