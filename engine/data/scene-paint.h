/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the drawn scenes share: colours, a few path helpers, and the painters of objects, clutter and backdrops.
 * Private to data.
 */
#include "engine/base/base.h"

#include <cairo.h>

G_BEGIN_DECLS

typedef struct {
  double r, g, b; /* sRGB, 0..1 */
} KdRgb;

KdRgb kd_rgb_hex (uint32_t hex); /* 0xrrggbb */
KdRgb kd_rgb_mix (KdRgb a, KdRgb b, double share_of_b);
KdRgb kd_rgb_shade (KdRgb colour, double amount); /* towards white (> 0) or black (< 0) */
double kd_rgb_distance (KdRgb a, KdRgb b);        /* 0..1, weighted roughly as eyes do */

/* The colours of one object or piece of clutter. All classes draw theirs from one palette. */
typedef struct {
  KdRgb main, second, accent; /* three palette colours */
  KdRgb dark, light;          /* outlines, tyres, eyes; panes, sails, plates */
} KdSceneColours;

/* Colours that stand out from @backdrop by at least @contrast (kd_rgb_distance), if the palette has such. */
KdSceneColours kd_scene_colours (KdRandom *random, const KdRgb backdrop[2], double contrast);

/* ---- paths; they fill with @colour and leave no path behind ---- */

void kd_paint_polygon (cairo_t *cr, KdRgb colour, int n_points, const double (*points)[2]);
void kd_paint_rect (cairo_t *cr, KdRgb colour, double x, double y, double width, double height);
void kd_paint_ellipse (cairo_t *cr, KdRgb colour, double x, double y, double rx, double ry);
void
kd_paint_line (cairo_t *cr, KdRgb colour, double width, double x1, double y1, double x2, double y2);
void kd_paint_fill (cairo_t *cr, KdRgb colour); /* the current path */
void kd_path_ellipse (cairo_t *cr, double x, double y, double rx, double ry);
void
kd_path_round_rect (cairo_t *cr, double x, double y, double width, double height, double radius);

/* ---- painters ---- */

/*
 * One painter draws into the unit box, x and y in -0.5..0.5, y down. @size_px is the longest side in px, so that
 * details too small to see are left out. Its random numbers shape the variation only.
 */
typedef struct {
  void (*paint) (cairo_t *cr, const KdSceneColours *colours, double size_px, KdRandom *random);
  double width, height; /* of the unit box, that the drawing fills */
  double tilt;          /* radians it may lean to either side at difficulty 1 */
} KdScenePainter;

extern const KdScenePainter kd_scene_objects[]; /* KD_SCENE_CLASSES, in the order of their names */
extern const KdScenePainter kd_scene_clutter[];
#define KD_SCENE_CLUTTER_KINDS 6

/* Fills the canvas; @tones becomes the two colours that cover most of it. */
void
kd_scene_backdrop (cairo_t *cr, KdSize size, double difficulty, KdRandom *random, KdRgb tones[2]);

G_END_DECLS
