/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * render: pictures of numbers, drawn with Cairo; the window's widgets and the command line's files call the same functions, so
 * that an exported picture has the same bytes from both. No state but caches inside opaque types; a thread per object.
 */
#include "engine/base/base.h"

#include <cairo.h>

G_BEGIN_DECLS

/* ---- colour ---------------------------------------------------------------------------------------------- */

typedef enum {
  KD_COLORMAP_VIRIDIS,
  KD_COLORMAP_CIVIDIS,
  KD_COLORMAP_MAGMA,
  KD_COLORMAP_GREY,
  KD_COLORMAP_DIVERGING, /* blue - neutral - red, for signed data centred on 0 */
  KD_N_COLORMAPS,
} KdColormap;
const char *kd_colormap_name (KdColormap colormap); /* "viridis" */
bool kd_colormap_find (const char *name, KdColormap *colormap);
/* 256 entries of 0xAARRGGBB, opaque. */
const uint32_t *kd_colormap_table (KdColormap colormap);

typedef struct {
  double red, green, blue; /* 0..1 sRGB */
} KdColor;
/* Colour-blind-safe colour and dash pattern of run or method @index (0 = the twin, grey). */
KdColor kd_series_color (int index, bool dark);
const double *kd_series_dash (int index, int *n_dashes); /* NULL: solid */
/* Fixed colours of box sources; the truth's is light and needs the dark rim that kd_boxes_draw () gives it. */
KdColor kd_truth_color (void);
KdColor kd_teacher_color (void);
KdColor kd_student_color (void);

/* ---- scales ------------------------------------------------------------------------------------------------- */

typedef struct {
  double low, high;
  bool log;     /* colours by log (value); needs low > 0 */
  bool centred; /* low = -high: signed data */
  bool whole;   /* counts: no tick between two whole numbers */
} KdScale;

typedef struct {
  double min, max, mean;
  size_t n_finite, n_bad; /* NaN and infinities are counted apart */
  double smallest_positive;
} KdMapStats;

/* How a feature's channels become one number a cell. */
typedef enum {
  KD_CHANNELS_MEAN_ABS,
  KD_CHANNELS_L2,
  KD_CHANNELS_MEAN,
  KD_CHANNELS_MAX,
  KD_CHANNELS_ONE
} KdChannelRule;
const char *
kd_channel_rule_name (KdChannelRule rule); /* "mean |x|", "L2 norm", "mean", "max", "channel" */
/* @out: [height*width]; @channel for KD_CHANNELS_ONE. A one-channel map is copied whatever the rule. */
void kd_map_reduce (const KdMap *map, KdChannelRule rule, int channel, float *out);

KdMapStats kd_map_stats (const float *values, size_t n);
/* One scale for several maps: add stats, then finish. Nice ends are not rounded: the bar shows true numbers. */
void kd_map_stats_join (KdMapStats *into, const KdMapStats *other);
KdScale kd_scale_from_stats (const KdMapStats *stats, bool centred, bool log, bool from_zero);
/* 0..1, clamped; NAN for a value that is not finite. */
double kd_scale_position (const KdScale *scale, double value);
/* The value at @position 0..1 of the bar (beyond it: as the scale goes on). */
double kd_scale_value (const KdScale *scale, double position);
/* Counts of finite @values in @n_bins equal steps of the scale's positions, added to @bins; what lies outside is not counted. */
void
kd_scale_histogram (const KdScale *scale, const float *values, size_t n, int n_bins, size_t *bins);
/* Up to @max ticks inside the scale (1-2-5 steps, or decades); returns how many. */
int kd_scale_ticks (const KdScale *scale, int max, double *ticks);
/* "0.0123", "1.2e-5": 3 significant digits, for captions, ticks, cells. The decimal point is that of the thread's locale. */
void kd_number_format (double value, char *text, size_t size);
/* The same with 2 digits, where there is no room. */
void kd_number_format_short (double value, char *text, size_t size);

/* ---- drawing -------------------------------------------------------------------------------------------------- */

typedef struct {
  double x, y, width, height;
} KdRect;

/* A map's pixels, reused while its values are drawn again and again. */
typedef struct _KdHeatmap KdHeatmap;
KdHeatmap *kd_heatmap_new (void);
void kd_heatmap_free (KdHeatmap *heatmap);
/* Copies and colours: @values [height*width]. Cheap: one pass, no allocation while the size stays. */
void kd_heatmap_set (KdHeatmap *heatmap,
                     const float *values,
                     int width,
                     int height,
                     const KdScale *scale,
                     KdColormap colormap);
/* The photo instead of values: @rgb [H,W,3]. */
void kd_heatmap_set_rgb (KdHeatmap *heatmap, const uint8_t *rgb, KdSize size);
/* Draw all of it into @target (cells as flat squares; @smooth: interpolated). Bad cells are hatched magenta. @opacity 0..1. */
void kd_heatmap_draw (
    KdHeatmap *heatmap, cairo_t *cr, const KdRect *target, bool smooth, double opacity);
/* Values printed in cells when a cell is at least this wide, and high enough for a line: @target as in draw. */
#define KD_PRINTED_CELL_PX 24.0
void kd_heatmap_draw_values (KdHeatmap *heatmap, cairo_t *cr, const KdRect *target);

typedef struct {
  KdColor color;
  bool dashed;
  double line_width;        /* px on screen */
  const char *const *names; /* class names, NULL: no labels */
  bool scores;
  double min_score; /* draw only boxes at least this sure */
} KdBoxStyle;
/* @scale: screen px per image px; @origin: where image (0,0) lies. */
void kd_boxes_draw (cairo_t *cr,
                    const KdDetection *boxes,
                    int n,
                    double origin_x,
                    double origin_y,
                    double scale,
                    const KdBoxStyle *style);

/* Numbered colour bar, vertical, ticks at the right. @text: its colour. Returns the width used. */
double kd_color_bar_draw (cairo_t *cr,
                          const KdRect *rect,
                          const KdScale *scale,
                          KdColormap colormap,
                          const char *unit,
                          KdColor text);

/* Where the colours themselves lie in it, for handles and histograms. */
KdRect kd_color_bar_rect (const KdRect *rect, const char *unit);

/* Bars of a vector, sorted by the first series or in order; up to two series (teacher, student) side by side. */
typedef struct {
  const float *values[2];
  KdColor colors[2];
  int n_series, n_values;
  bool sorted;
  double reference; /* a line, e.g. 1 = mean; NAN: none */
  KdColor text;
} KdBars;
void kd_bars_draw (cairo_t *cr, const KdRect *rect, const KdBars *bars);

/* ---- charts: a min/max pyramid per curve, never a stroke of raw data ------------------------------------------- */

typedef struct _KdCurve KdCurve;
KdCurve *kd_curve_new (void);
void kd_curve_free (KdCurve *curve);
void kd_curve_clear (KdCurve *curve);
void kd_curve_append (KdCurve *curve, double x, double y); /* x ascending; NAN y: a gap */
size_t kd_curve_count (const KdCurve *curve);
/* The point number @index, in the order of x. */
void kd_curve_point (const KdCurve *curve, size_t index, double *x, double *y);
/* Nearest point to @x; false if empty. */
bool kd_curve_at (const KdCurve *curve, double x, double *point_x, double *point_y);

/* What a curve can be compared with: where others ran. */
typedef struct {
  const double *x, *low, *high; /* n each, x ascending, all finite */
  int n;
} KdChartBand;

typedef struct {
  const KdCurve *curve;
  KdColor color;
  const double *dash; /* NULL: solid */
  int n_dashes;
  double
      smoothing; /* 0: raw only; else exponential mean over about this many points, raw drawn faint beneath */
  bool markers; /* few points (AP): dots */
  bool filled;  /* down to the axis; later curves lie over earlier ones */
  const char *label;
  const KdChartBand *band; /* drawn faint beneath, in sight whatever the curve does; NULL: none */
} KdChartCurve;

typedef struct {
  const KdChartCurve *curves;
  int n_curves;
  const char *title, *x_label, *y_label;
  bool log_x, log_y;
  double x_min, x_max; /* equal: from the data */
  double y_min, y_max; /* equal: from the data */
  double cursor_x;     /* crosshair; NAN: none */
  bool cursor_mark;    /* it only marks a place: without its card of values */
  const char *empty;   /* said in the middle while no curve has a point; NULL: nothing */
  KdColor text, grid, background;
  bool legend;
} KdChart;
void kd_chart_draw (cairo_t *cr, const KdRect *rect, const KdChart *chart);
/* The plot's inside, for hit testing: pixel <-> x. */
void kd_chart_plot_rect (cairo_t *cr,
                         const KdRect *rect,
                         const KdChart *chart,
                         KdRect *plot,
                         double *x_min,
                         double *x_max);

/* ---- intervals: what was measured several times, against 0 ------------------------------------------------------ */

typedef struct {
  const char *label;    /* at the left */
  const char *note;     /* at the right; NULL: none */
  double value;         /* a large dot; NAN: none */
  double low, high;     /* a line with ends; NAN: none */
  const double *points; /* single measurements: small dots */
  int n_points;
  KdColor color;
} KdIntervalRow;
typedef struct {
  const KdIntervalRow *rows; /* from the top */
  int n_rows;
  const char *title, *subtitle, *x_label; /* NULL: none */
  KdColor text, grid, background;
} KdIntervals;
KdSize kd_intervals_size (const KdIntervals *intervals);
/* One axis for all rows, with a line at 0. */
void kd_intervals_draw (cairo_t *cr, const KdRect *rect, const KdIntervals *intervals);

/* ---- figures: a method's own picture, as panels on a sheet ---------------------------------------------------- */

typedef struct {
  KdColor text, frame, background;
  bool dark;
} KdSheetLook;
KdSheetLook kd_sheet_look (bool dark);

/* How a kind of cell or line is told apart without colour. */
typedef enum { KD_PATTERN_PLAIN, KD_PATTERN_HATCH, KD_PATTERN_DOTS } KdPattern;

/* One kind of cell: also its line in the legend. */
typedef struct {
  const char *label; /* "rich, outside every box" */
  const char *sign;  /* a letter or digit in the cell where there is room; NULL: none */
  KdColor color;
  KdPattern pattern;
} KdCellClass;

/* Over the picture, in px of the image. */
typedef struct {
  KdBox box;
  KdColor color;
  double line_width;
  bool dashed;
  double fade;       /* 0: not; 1: gone; a faded line has no dark rim */
  const char *label; /* NULL: none */
  enum {
    KD_CORNER_UPPER_LEFT,
    KD_CORNER_LOWER_LEFT,
    KD_CORNER_LOWER_RIGHT
  } corner; /* of the label */
} KdSheetBox;
typedef struct {
  double x, y;
  KdColor color;
  const char *label; /* beside it; NULL: none */
  bool
      label_only; /* small and in its place, for neighbours close by; a speck if an earlier one is there */
  bool hollow; /* a ring instead of a dot; of a label: a pale one */
  bool lit;
} KdSheetDot;
typedef struct {
  double x, y, xx, xy, yy; /* mean and covariance, px */
  int sigmas;              /* drawn at one sigma, or at one and two */
  KdColor color;
  bool dashed;
} KdSheetEllipse;

/* A line from what was dropped to what dropped it. */
typedef struct {
  double x1, y1, x2, y2; /* px of the image; a dot marks the second end */
} KdSheetLink;

/* A line between two ranked columns: places 0 (best) and up. */
typedef struct {
  int from, to;
  double left, right; /* the values that were ranked, printed at the ends */
  bool crossing;      /* red and dashed */
  bool lit;
} KdSheetLine;
typedef struct {
  double x, y;
  bool lit;
} KdSheetPoint;

typedef enum {
  KD_PANEL_MAP,     /* cells coloured by a scale; over the photo where @opacity < 1 */
  KD_PANEL_CLASSES, /* @values: 0 none, else number of a class */
  KD_PANEL_IMAGE,   /* the photo alone */
  KD_PANEL_MATRIX,  /* a map of @width x @height that is not of the image, its numbers printed */
  KD_PANEL_BARS,    /* @values [width], up to @scale's end, or to the largest where that is 0 */
  KD_PANEL_SLOPES,
  KD_PANEL_SCATTER, /* both axes logarithmic; points with a 0 lie on the axis */
} KdPanelKind;

/* Everything is borrowed for the drawing. */
typedef struct {
  KdPanelKind kind;
  int row;             /* panels of one row stand side by side, ascending */
  const char *lead;    /* a sign before it: "×", "→"; NULL: none */
  const char *title;   /* "P3, attention" */
  const char *caption; /* beneath it: "41 of 256 cells"; NULL: none */
  const float *values; /* [height*width] */
  int width, height;
  const float *strength; /* CLASSES: opacity by cell, 0..1; NULL: 1 */
  KdScale scale;
  KdColormap colormap;
  bool ruled;           /* the scale's colours and ends are drawn under it */
  const uint8_t *marks; /* [height*width] cells with a hatch; NULL: none */
  int lit;              /* cell, bar with a rim; -1: none */
  const KdSheetBox *boxes;
  int n_boxes;
  int n_pickable; /* IMAGE: the first so many boxes are its items, not its dots; 0: its dots */
  const KdSheetLink *links;
  int n_links;
  const KdSheetEllipse *ellipses;
  int n_ellipses;
  const KdSheetDot *dots;
  int n_dots;
  const KdSheetLine *lines;
  int n_lines;
  const KdSheetPoint *points;
  int n_points;
  KdRect brush;                  /* SCATTER: fractions of the plot; width 0: none */
  const char *x_label, *y_label; /* SCATTER, SLOPES (left, right) */
  const KdColor *colors;         /* BARS: by bar; NULL: the text's colour */
  const char *const *names;      /* BARS: by bar; NULL: numbers. MATRIX: by row; NULL: none */
  const char *const *columns;    /* MATRIX: by column; NULL: none */
  bool small;                    /* its row is a low one: what comes after matters more */
  bool wordless;                 /* MATRIX: no numbers in the cells */
  const uint8_t
      *sides;  /* MAP: [height*width] 1: seen left of the wipe, 0: right of it; NULL: all */
  double wipe; /* fraction of the width */
} KdPanel;

typedef struct {
  const char *title;   /* NULL: the reader sees it elsewhere */
  const char *summary; /* the numbers that the figure is about; lines separated by \n */
  const char *alarm;   /* beneath it and red: what has gone wrong; NULL: nothing */
  const uint8_t *rgb;  /* [H,W,3]; NULL: no photo */
  KdSize image;
  const KdPanel *panels;
  int n_panels;
  const KdCellClass *classes; /* of all CLASSES panels, from number 1 */
  int n_classes;
  const char *const *legend; /* further lines of the legend, NULL-terminated; NULL: none */
} KdSheet;

/* The least height it takes at this width. In a higher rectangle panels grow as far as they fit. */
double kd_sheet_height (cairo_t *cr, const KdSheet *sheet, double width);
/* What it asks for where @room is in sight: its least height if that fits, else one at which panels are large enough to read. */
double kd_sheet_room (cairo_t *cr, const KdSheet *sheet, double width, double room);
/* From there on up, the height at which panels leave least of a page of this width empty: for files. */
double kd_sheet_page_height (cairo_t *cr, const KdSheet *sheet, double width);
void kd_sheet_draw (cairo_t *cr, const KdRect *rect, const KdSheet *sheet, const KdSheetLook *look);

/* A scatter's axes, and where a value lies on one, 0..1: what brushes are compared with. */
void kd_sheet_axes (const KdPanel *panel, KdScale *across, KdScale *up);
double kd_sheet_along (const KdScale *axis, double value);

/* A place on a sheet. */
typedef struct {
  int panel; /* -1: none */
  int item;  /* cell, dot, bar, line or point; -1: only the panel */
  double x,
      y; /* px of the image; of a scatter: fractions of its plot; of other plots and matrices: NAN */
} KdSheetSpot;
KdSheetSpot
kd_sheet_spot (cairo_t *cr, const KdRect *rect, const KdSheet *sheet, double x, double y);
/* The same of panel @panel, at its edge where the place is beyond it: a drag goes on outside. */
KdSheetSpot kd_sheet_spot_in (
    cairo_t *cr, const KdRect *rect, const KdSheet *sheet, int panel, double x, double y);
/* The next item in this direction, into the next panel at its end: how a keyboard moves. */
KdSheetSpot kd_sheet_step (const KdSheet *sheet, const KdSheetSpot *from, int dx, int dy);

/* ---- export ------------------------------------------------------------------------------------------------------ */

typedef void (*KdDrawFunc) (cairo_t *cr, KdSize size, void *data);
/* By the ending: .png (libpng, text = key, value, ..., NULL as metadata, no date: same bytes again), .svg, .pdf. */
bool kd_export_picture (const char *path,
                        KdSize size,
                        KdDrawFunc draw,
                        void *data,
                        const char *const *text,
                        GError **error);

/* A wall: rows x levels of maps with captions and one colour bar per row; what `kdscope-cli render` and the window's export draw. */
typedef struct {
  const char *caption; /* "Attention, teacher - P3 - mean |x|" */
  const float *values; /* [height*width], NULL: an empty place */
  int width, height;
  KdScale scale;
  KdColormap colormap;
  const float *beyond; /* [beyond_height*beyond_width] right of a wipe's line; @values left of it */
  int beyond_width, beyond_height;
  bool wiped;               /* there is a line, whether or not both sides have a map */
  double split;             /* where it is: fraction of the width */
  const KdDetection *boxes; /* over the map, px of the image; NULL: none */
  int n_boxes;
  const uint8_t *rgb;       /* instead of values: a photo of the wall's image size; NULL: none */
  const KdDetection *found; /* over the photo besides; NULL: none */
  int n_found;
} KdWallCell;
typedef struct {
  const char *title;
  int n_cells;
  const KdWallCell *cells;
  const char *unit;
  const KdBars *bars; /* instead of cells, one per cell place; NULL */
} KdWallPanelRow;
typedef struct {
  const char *title, *subtitle;
  const uint8_t *rgb; /* the photo, first row; NULL: none */
  KdSize image;
  const KdDetection *truths;
  int n_truths;
  const KdWallPanelRow *rows;
  int n_rows;
  int panel_px;         /* side of a panel: 160 */
  const uint8_t *under; /* [H,W,3] the photo beneath all maps; NULL: maps alone */
  double overlay;       /* opacity of maps over it */
  bool smooth;          /* cells interpolated: say so in captions */
  bool dark;
} KdWall;
/* Rows flow in as few columns as keep the picture from being more than 1.6 times as high as wide. */
KdSize kd_wall_size (const KdWall *wall);
void kd_wall_draw (cairo_t *cr, const KdWall *wall);

G_END_DECLS
