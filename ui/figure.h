/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A method's own figure as a sheet of panels: what the window, the command line and exports draw of the same picture in the same
 * state. Plain C without widgets; one file a kind of figure reads the probes.
 */
#include "ui/picture.h"

G_BEGIN_DECLS

/* What a person chose and points at. */
typedef struct {
  int level;        /* the only one; -1: all */
  int object;       /* of the picture's truths; -1: the one that the figure finds most telling */
  bool option;      /* the figure's switch */
  KdSheetSpot spot; /* of the plot that is on screen; panel -1: none */
  int brushed;      /* the panel of the brush; -1: none */
  KdRect brush;     /* in a scatter, as fractions of what it spans */
  int slider;       /* of the figure's slider; -1: where it begins */
  int large; /* what is shown large goes on being so: of the plot before; -1: what is most telling */
  int kept;  /* the line of a slope chart that stays lit when nothing is pointed at; -1: none */
} KdFigureState;
KdFigureState kd_figure_state_default (void);

/* One figure of one picture in one state. Immutable. */
typedef struct {
  KdSheet sheet;
  const char *readout;        /* what is at the spot; NULL: nothing */
  const char *option;         /* what the switch does; NULL: there is none */
  bool has_objects;           /* a box can be chosen */
  int object;                 /* that is shown; -1: none */
  const char *slider;         /* what the slider stands at, for people; NULL: there is none */
  int slider_at, slider_most; /* 0..most */
  bool plays;                 /* the slider's steps tell a story */
  int large;                  /* what was pointed at and is shown large; -1: nothing */
} KdFigurePlot;

/* @titled: with the figure's and the picture's title, for files. Never NULL; without the probes the summary says so. */
KdFigurePlot *kd_figure_plot_new (KdPicture *picture,
                                  const KdFigure *figure,
                                  const KdFigureState *state,
                                  bool titled);
void kd_figure_plot_free (KdFigurePlot *plot);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KdFigurePlot, kd_figure_plot_free)

/* The smallest truth at a spot that lies on the image; -1: none. */
int
kd_figure_object_at (const KdPicture *picture, const KdFigurePlot *plot, const KdSheetSpot *spot);
/* NULL with an error that lists the method's figures. */
const KdFigure *kd_figure_find (const KdMethod *method, const char *id, GError **error);
/* Ids of the probes that a figure of run @run reads, appended to @ids (int). */
void kd_figure_add_probes (
    const KdFigure *figure, int run, const KdProbeInfo *probes, int n_probes, GArray *ids);
/* By the ending .png, .svg or .pdf, KD_FIGURE_PX wide. */
#define KD_FIGURE_PX 960
bool kd_figure_plot_export (const KdFigurePlot *plot, const char *path, GError **error);

G_END_DECLS
