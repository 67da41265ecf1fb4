/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to render/: what the panels of one sheet share while it is drawn. */
#include "engine/render/text.h"

G_BEGIN_DECLS

typedef struct {
  cairo_t *cr;
  KdText *text;
  const KdSheet *sheet;
  const KdSheetLook *look;
  KdHeatmap *photo; /* NULL: none */
} KdSheetPen;

/* What tells red, and what is lit, in both looks. */
static inline KdColor
kd_sheet_alarm (const KdSheetLook *look)
{
  return look->dark ? (KdColor){ 1, 0.45, 0.4 } : (KdColor){ 0.78, 0.08, 0.1 };
}

#define KD_SHEET_TEXT_PX 11.0
#define KD_SHEET_GAP_PX 10.0
#define KD_SHEET_LEAD_PX 16.0 /* room of a sign before a panel */
#define KD_SHEET_TITLE_PX 15.0
#define KD_SHEET_CAPTION_PX 14.0
#define KD_SHEET_RULE_PX 17.0 /* the scale under a map: colours and both ends */

/* sheet-layout.c: the pictures' places, one a panel, relative to the upper left of the first row; returns the height of all rows.
 * As large as @room's height allows; not smaller than at 0, which is more than there may be. */
double kd_sheet_place (const KdSheet *sheet, double width, double room, KdRect *plots);
/* The room of all rows where their panels are large enough to read, whatever there is. */
double kd_sheet_readable (const KdSheet *sheet, double width);
/* The room of all rows that fill their page best. */
double kd_sheet_fullest (const KdSheet *sheet, double width);

/* sheet-cells.c: maps, classes, the photo and matrices into @plot, with all that lies over them. */
void kd_sheet_draw_cells (KdSheetPen *pen, const KdPanel *panel, const KdRect *plot);
int kd_sheet_cell_at (const KdPanel *panel, double fraction_x, double fraction_y);
/* sheet-plots.c: bars, slopes and scatters. */
void kd_sheet_draw_plot (KdSheetPen *pen, const KdPanel *panel, const KdRect *plot);
/* The nearest bar, line or point within reach; -1: none. @x, @y: in the plot. */
int kd_sheet_plot_at (const KdPanel *panel, const KdRect *plot, double x, double y);
/* The same place as fractions of what a scatter spans, y upwards. */
void kd_sheet_plot_fractions (
    const KdPanel *panel, const KdRect *plot, double x, double y, double *across, double *up);

G_END_DECLS
