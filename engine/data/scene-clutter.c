/* SPDX-License-Identifier: MIT */
#include "engine/data/scene-paint.h"

/* Shapes of no class, in the classes' own colours: what a detector must learn to leave alone. */

static void
paint_stone (cairo_t *cr, const KdSceneColours *c, double size_px, KdRandom *random)
{
  (void) size_px;
  const double lean = kd_random_uniform (random, -0.14, 0.14);
  const double outline[][2] = { { -0.5, 0.3 },         { -0.38, -0.02 }, { -0.14 + lean, -0.28 },
                                { 0.2 + lean, -0.22 }, { 0.42, 0.02 },   { 0.5, 0.3 } };
  kd_paint_polygon (cr, c->main, 6, outline);
  const double facet[][2] = { { -0.14 + lean, -0.28 }, { 0.2 + lean, -0.22 }, { 0.02, 0.0 } };
  kd_paint_polygon (cr, kd_rgb_shade (c->main, 0.22), 3, facet);
}

static void
paint_cloud (cairo_t *cr, const KdSceneColours *c, double size_px, KdRandom *random)
{
  (void) size_px;
  const double rise = kd_random_uniform (random, 0.16, 0.24);
  const KdRgb colour = kd_rgb_mix (c->light, c->main, 0.12);
  kd_path_round_rect (cr, -0.5, 0.0, 1.0, 0.22, 0.11);
  kd_paint_fill (cr, colour);
  kd_paint_ellipse (cr, colour, -0.16, 0.0, 0.2, rise);
  kd_paint_ellipse (cr, colour, 0.15, 0.02, 0.18, rise * 0.8);
}

static void
paint_blob (cairo_t *cr, const KdSceneColours *c, double size_px, KdRandom *random)
{
  (void) size_px;
  const double a = kd_random_uniform (random, 0.3, 0.6), b = kd_random_uniform (random, 0.3, 0.6);
  cairo_move_to (cr, -0.48, 0);
  cairo_curve_to (cr, -0.48, -a, 0.1, -b, 0.36, -0.2);
  cairo_curve_to (cr, 0.6, 0.06, 0.4, b, 0.02, 0.34);
  cairo_curve_to (cr, -0.2, 0.28, -0.48, a, -0.48, 0);
  kd_paint_fill (cr, c->main);
}

static void
paint_stick (cairo_t *cr, const KdSceneColours *c, double size_px, KdRandom *random)
{
  (void) size_px;
  const double fork = kd_random_uniform (random, -0.1, 0.15);
  kd_paint_line (cr, c->main, 0.075, -0.5, 0.08, 0.5, -0.08);
  kd_paint_line (cr, c->main, 0.055, fork, 0.0, fork + 0.24, -0.24);
}

static void
paint_crate (cairo_t *cr, const KdSceneColours *c, double size_px, KdRandom *random)
{
  (void) size_px;
  const double half = kd_random_uniform (random, 0.34, 0.42);
  const KdRgb plank = kd_rgb_shade (c->main, -0.25);
  kd_paint_rect (cr, c->main, -0.44, -half, 0.88, 2 * half);
  kd_paint_line (cr, plank, 0.09, -0.4, -half + 0.04, 0.4, half - 0.04);
  kd_paint_rect (cr, plank, -0.44, -half, 0.88, 0.1);
  kd_paint_rect (cr, plank, -0.44, half - 0.1, 0.88, 0.1);
  kd_paint_rect (cr, plank, -0.44, -half, 0.1, 2 * half);
  kd_paint_rect (cr, plank, 0.34, -half, 0.1, 2 * half);
}

static void
paint_ball (cairo_t *cr, const KdSceneColours *c, double size_px, KdRandom *random)
{
  (void) size_px;
  const double width = kd_random_uniform (random, 0.14, 0.24);
  kd_paint_ellipse (cr, c->main, 0, 0, 0.45, 0.45);
  kd_paint_ellipse (cr, c->second, 0, 0, width, 0.45);
  kd_paint_ellipse (cr, kd_rgb_shade (c->main, 0.4), -0.2, -0.22, 0.08, 0.07);
}

const KdScenePainter kd_scene_clutter[] = {
  { paint_stone, 1.0, 0.6, 0.3 }, { paint_cloud, 1.0, 0.46, 0.2 }, { paint_blob, 1.0, 0.8, 3.1 },
  { paint_stick, 1.0, 0.4, 3.1 }, { paint_crate, 0.9, 0.8, 0.6 },  { paint_ball, 0.9, 0.9, 3.1 },
};
G_STATIC_ASSERT (G_N_ELEMENTS (kd_scene_clutter) == KD_SCENE_CLUTTER_KINDS);
