/* SPDX-License-Identifier: MIT */
#include "engine/data/data.h"
#include "engine/data/scene-paint.h"

#include <math.h>

/*
 * The eight classes as little illustrations. Each varies in shape within what still reads as the class; details
 * (panes, hubs, gills) are left out below the size at which they would only be noise.
 */

const char *const kd_scene_class_names[KD_SCENE_CLASSES] = { "house", "car",  "boat", "fish",
                                                             "bird",  "tree", "cup",  "flower" };

#define DETAIL_PX 26 /* below: the silhouette and its main marks only */

static bool
chance (KdRandom *random, double probability)
{
  return kd_random_uniform (random, 0, 1) < probability;
}

/* ---- house ---- */

static void
paint_window (cairo_t *cr, const KdSceneColours *c, double size_px, double x, double y, double half)
{
  kd_paint_rect (cr, kd_rgb_shade (c->main, -0.45), x - half - 0.022, y - half - 0.022,
                 2 * half + 0.044, 2 * half + 0.044);
  kd_paint_rect (cr, c->light, x - half, y - half, 2 * half, 2 * half);
  if (size_px < DETAIL_PX)
    return;
  const KdRgb bar = kd_rgb_shade (c->main, -0.45);
  kd_paint_rect (cr, bar, x - 0.011, y - half, 0.022, 2 * half);
  kd_paint_rect (cr, bar, x - half, y - 0.011, 2 * half, 0.022);
}

static void
paint_house (cairo_t *cr, const KdSceneColours *c, double size_px, KdRandom *random)
{
  const double half = kd_random_uniform (random, 0.35, 0.42);
  const bool tall = chance (random, 0.4);
  const double eaves = tall ? -0.16 : kd_random_uniform (random, -0.06, 0.02);
  const double ridge = chance (random, 0.35) ? kd_random_uniform (random, 0.12, 0.24) : 0;
  const double side = chance (random, 0.5) ? 1 : -1;

  kd_paint_rect (cr, kd_rgb_shade (c->second, -0.35), side * 0.27 - 0.06, -0.44, 0.12, 0.3);
  kd_paint_rect (cr, c->accent, side * 0.27 - 0.075, -0.46, 0.15, 0.06);
  kd_paint_rect (cr, c->main, -half, eaves - 0.04, 2 * half, 0.54 - eaves);
  kd_paint_rect (cr, kd_rgb_shade (c->main, -0.3), -half, 0.44, 2 * half, 0.06);
  const double roof[][2] = { { -0.5, eaves }, { -ridge, -0.5 }, { ridge, -0.5 }, { 0.5, eaves } };
  kd_paint_polygon (cr, c->second, 4, roof);
  kd_paint_rect (cr, kd_rgb_shade (c->main, -0.32), -half, eaves, 2 * half, 0.045);

  const double door = -side * kd_random_uniform (random, 0.1, 0.2);
  const double door_top = fmax (eaves + 0.18, 0.12);
  kd_path_round_rect (cr, door - 0.1, door_top, 0.2, 0.5 - door_top, 0.04);
  kd_paint_fill (cr, c->accent);
  if (size_px >= DETAIL_PX)
    kd_paint_ellipse (cr, c->light, door + 0.06, 0.33, 0.02, 0.02);
  paint_window (cr, c, size_px, side * 0.2, 0.24, 0.085);
  if (tall) {
    paint_window (cr, c, size_px, -0.2, -0.01, 0.08);
    paint_window (cr, c, size_px, 0.2, -0.01, 0.08);
  } else if (size_px >= DETAIL_PX) {
    kd_paint_ellipse (cr, kd_rgb_shade (c->second, -0.4), 0, -0.2, 0.085, 0.085);
    kd_paint_ellipse (cr, c->light, 0, -0.2, 0.06, 0.06);
  }
}

/* ---- car: drives to the right ---- */

static void
path_sedan (cairo_t *cr)
{
  cairo_move_to (cr, -0.49, 0.15);
  cairo_curve_to (cr, -0.51, 0.02, -0.5, -0.04, -0.45, -0.05);
  cairo_line_to (cr, -0.33, -0.07);
  cairo_curve_to (cr, -0.26, -0.2, -0.22, -0.25, -0.12, -0.26);
  cairo_line_to (cr, 0.06, -0.26);
  cairo_curve_to (cr, 0.15, -0.25, 0.2, -0.2, 0.27, -0.07);
  cairo_curve_to (cr, 0.42, -0.05, 0.49, -0.02, 0.5, 0.05);
  cairo_line_to (cr, 0.5, 0.15);
  cairo_close_path (cr);
}

static void
path_van (cairo_t *cr)
{
  cairo_move_to (cr, -0.49, 0.15);
  cairo_line_to (cr, -0.49, -0.2);
  cairo_curve_to (cr, -0.49, -0.26, -0.46, -0.27, -0.42, -0.27);
  cairo_line_to (cr, 0.16, -0.27);
  cairo_curve_to (cr, 0.24, -0.26, 0.27, -0.18, 0.32, -0.05);
  cairo_curve_to (cr, 0.44, -0.03, 0.49, 0.0, 0.5, 0.06);
  cairo_line_to (cr, 0.5, 0.15);
  cairo_close_path (cr);
}

static void
paint_car_windows (cairo_t *cr, const KdSceneColours *c, bool van)
{
  const double rear = van ? -0.41 : -0.25, rear_top = van ? -0.41 : -0.17;
  const double post = van ? -0.06 : -0.03;
  const double back[][2] = { { rear, -0.06 }, { rear_top, -0.2 }, { post, -0.2 }, { post, -0.06 } };
  kd_paint_polygon (cr, c->light, 4, back);
  const double nose = van ? 0.25 : 0.19, nose_top = van ? 0.17 : 0.07;
  const double front[][2] = {
    { post + 0.05, -0.06 }, { post + 0.05, -0.2 }, { nose_top, -0.2 }, { nose, -0.06 }
  };
  kd_paint_polygon (cr, c->light, 4, front);
}

static void
paint_wheel (cairo_t *cr, const KdSceneColours *c, double size_px, double x, double radius)
{
  kd_paint_ellipse (cr, kd_rgb_shade (c->main, -0.5), x, 0.13, radius * 1.22, radius * 1.22);
  kd_paint_ellipse (cr, c->dark, x, 0.145, radius, radius);
  kd_paint_ellipse (cr, c->light, x, 0.145, radius * 0.52, radius * 0.52);
  if (size_px >= DETAIL_PX)
    kd_paint_ellipse (cr, c->second, x, 0.145, radius * 0.24, radius * 0.24);
}

static void
paint_car (cairo_t *cr, const KdSceneColours *c, double size_px, KdRandom *random)
{
  const bool van = chance (random, 0.35);
  const double radius = kd_random_uniform (random, 0.105, 0.125);
  if (van)
    path_van (cr);
  else
    path_sedan (cr);
  kd_paint_fill (cr, c->main);
  kd_paint_rect (cr, c->second, -0.49, 0.08, 0.985, 0.075);
  paint_car_windows (cr, c, van);
  paint_wheel (cr, c, size_px, -0.28, radius);
  paint_wheel (cr, c, size_px, 0.29, radius);
  kd_paint_ellipse (cr, c->light, 0.455, 0.025, 0.035, 0.03);
  kd_paint_rect (cr, c->accent, -0.49, -0.01, 0.045, 0.06);
  if (size_px < DETAIL_PX)
    return;
  const KdRgb seam = kd_rgb_shade (c->main, -0.3);
  kd_paint_rect (cr, seam, -0.012, -0.06, 0.014, 0.2);
  kd_paint_rect (cr, seam, 0.04, -0.02, 0.06, 0.018);
}

/* ---- boat: the bow is on the right ---- */

static void
path_hull (cairo_t *cr, double deck)
{
  cairo_move_to (cr, -0.46, deck);
  cairo_line_to (cr, 0.5, deck - 0.03);
  cairo_curve_to (cr, 0.44, 0.34, 0.38, 0.48, 0.26, 0.5);
  cairo_line_to (cr, -0.26, 0.5);
  cairo_curve_to (cr, -0.38, 0.48, -0.43, 0.36, -0.46, deck);
  cairo_close_path (cr);
}

static void
paint_sails (cairo_t *cr, const KdSceneColours *c, double size_px, KdRandom *random)
{
  const double boom = 0.14, foot = kd_random_uniform (random, 0.3, 0.4);
  kd_paint_rect (cr, c->dark, -0.045, -0.5, 0.045, 0.74);
  cairo_move_to (cr, -0.06, -0.42);
  cairo_curve_to (cr, -0.16, -0.2, -foot - 0.06, 0.0, -foot - 0.02, boom);
  cairo_line_to (cr, -0.06, boom);
  cairo_close_path (cr);
  kd_paint_fill (cr, c->second);
  cairo_move_to (cr, 0.015, -0.46);
  cairo_curve_to (cr, 0.22, -0.26, 0.36, -0.04, 0.4, boom);
  cairo_line_to (cr, 0.015, boom);
  cairo_close_path (cr);
  kd_paint_fill (cr, c->light);
  if (size_px >= DETAIL_PX) {
    const double pennant[][2] = { { -0.04, -0.5 }, { -0.2, -0.46 }, { -0.04, -0.42 } };
    kd_paint_polygon (cr, c->accent, 3, pennant);
    kd_paint_line (cr, kd_rgb_shade (c->light, -0.18), 0.016, 0.02, -0.1, 0.3, -0.1);
  }
}

static void
paint_steamer (cairo_t *cr, const KdSceneColours *c, double size_px, KdRandom *random)
{
  const double funnel = kd_random_uniform (random, -0.16, 0.02);
  kd_paint_rect (cr, c->second, funnel, -0.42, 0.16, 0.34);
  kd_paint_rect (cr, c->dark, funnel, -0.42, 0.16, 0.08);
  kd_path_round_rect (cr, -0.3, -0.1, 0.5, 0.34, 0.04);
  kd_paint_fill (cr, c->light);
  kd_paint_rect (cr, kd_rgb_shade (c->light, -0.2), -0.34, -0.12, 0.58, 0.05);
  for (int i = 0; i < 3; i++)
    kd_paint_ellipse (cr, c->dark, -0.2 + 0.15 * i, 0.06, 0.045, 0.045);
  if (size_px >= DETAIL_PX)
    kd_paint_rect (cr, c->dark, 0.33, -0.14, 0.022, 0.36);
}

static void
paint_boat (cairo_t *cr, const KdSceneColours *c, double size_px, KdRandom *random)
{
  const double deck = kd_random_uniform (random, 0.18, 0.24);
  if (chance (random, 0.75))
    paint_sails (cr, c, size_px, random);
  else
    paint_steamer (cr, c, size_px, random);
  path_hull (cr, deck);
  kd_paint_fill (cr, c->main);
  const double gunwale[][2] = {
    { -0.46, deck }, { 0.5, deck - 0.03 }, { 0.485, deck + 0.05 }, { -0.45, deck + 0.06 }
  };
  kd_paint_polygon (cr, c->accent, 4, gunwale);
  if (size_px < DETAIL_PX)
    return;
  for (int i = 0; i < 3; i++)
    kd_paint_ellipse (cr, c->light, -0.2 + 0.2 * i, deck + 0.15, 0.032, 0.032);
}

/* ---- fish: swims to the left ---- */

static void
path_fish (cairo_t *cr, double belly)
{
  cairo_move_to (cr, -0.5, 0.01);
  cairo_curve_to (cr, -0.36, -0.24 * belly, -0.04, -0.36 * belly, 0.29, -0.035);
  cairo_line_to (cr, 0.29, 0.035);
  cairo_curve_to (cr, -0.04, 0.36 * belly, -0.36, 0.26 * belly, -0.5, 0.01);
  cairo_close_path (cr);
}

static void
paint_fins (cairo_t *cr, const KdSceneColours *c, double belly)
{
  cairo_move_to (cr, 0.24, 0);
  cairo_curve_to (cr, 0.34, -0.08, 0.4, -0.22, 0.5, -0.25);
  cairo_curve_to (cr, 0.44, -0.08, 0.44, 0.08, 0.5, 0.25);
  cairo_curve_to (cr, 0.4, 0.22, 0.34, 0.08, 0.24, 0);
  kd_paint_fill (cr, c->second);
  cairo_move_to (cr, -0.22, -0.16 * belly);
  cairo_curve_to (cr, -0.12, -0.36 * belly, 0.02, -0.42 * belly, 0.16, -0.37 * belly);
  cairo_line_to (cr, 0.16, -0.08 * belly);
  cairo_close_path (cr);
  kd_paint_fill (cr, c->second);
  const double pelvic[][2] = { { -0.1, 0.2 * belly },
                               { 0.1, 0.38 * belly },
                               { 0.12, 0.15 * belly } };
  kd_paint_polygon (cr, c->second, 3, pelvic);
}

static void
paint_fish (cairo_t *cr, const KdSceneColours *c, double size_px, KdRandom *random)
{
  const double belly = kd_random_uniform (random, 0.85, 1.15);
  const int bands = kd_random_int (random, 0, 3);
  paint_fins (cr, c, belly);
  path_fish (cr, belly);
  kd_paint_fill (cr, c->main);
  if (bands > 0) {
    cairo_save (cr);
    path_fish (cr, belly);
    cairo_clip (cr);
    for (int i = 0; i < bands; i++)
      kd_paint_rect (cr, c->accent, -0.14 + 0.15 * i, -0.4, 0.075, 0.8);
    cairo_restore (cr);
  }
  kd_paint_ellipse (cr, c->light, -0.33, -0.045, 0.06, 0.06);
  kd_paint_ellipse (cr, c->dark, -0.34, -0.045, 0.034, 0.034);
  if (size_px < DETAIL_PX)
    return;
  cairo_move_to (cr, -0.22, -0.12);
  cairo_curve_to (cr, -0.17, -0.04, -0.17, 0.06, -0.22, 0.13);
  cairo_curve_to (cr, -0.2, 0.06, -0.2, -0.04, -0.22, -0.12);
  kd_paint_fill (cr, kd_rgb_shade (c->main, -0.4));
  const double fin[][2] = { { -0.12, 0.03 }, { 0.04, 0.09 }, { -0.06, 0.14 } };
  kd_paint_polygon (cr, kd_rgb_shade (c->second, -0.2), 3, fin);
}

/* ---- bird: looks to the left ---- */

static void
paint_wing (cairo_t *cr, const KdSceneColours *c, bool flying)
{
  if (flying) {
    cairo_move_to (cr, -0.12, 0.02);
    cairo_curve_to (cr, -0.04, -0.22, 0.1, -0.42, 0.3, -0.5);
    cairo_curve_to (cr, 0.3, -0.3, 0.26, -0.06, 0.16, 0.08);
  } else {
    cairo_move_to (cr, -0.14, -0.02);
    cairo_curve_to (cr, 0.0, -0.12, 0.2, -0.06, 0.38, 0.08);
    cairo_curve_to (cr, 0.22, 0.2, -0.08, 0.22, -0.14, -0.02);
  }
  cairo_close_path (cr);
  kd_paint_fill (cr, c->second);
}

static void
paint_bird (cairo_t *cr, const KdSceneColours *c, double size_px, KdRandom *random)
{
  const bool flying = chance (random, 0.35);
  const double head = kd_random_uniform (random, 0.135, 0.165);
  if (!flying)
    for (int leg = -1; leg <= 1; leg += 2) {
      kd_paint_rect (cr, c->accent, 0.045 * leg - 0.0 + 0.02, 0.22, 0.035, 0.2);
      kd_paint_rect (cr, c->accent, 0.045 * leg - 0.05, 0.39, 0.105, 0.035);
    }
  const double tail[][2] = { { 0.16, 0.0 }, { 0.5, -0.1 }, { 0.48, 0.06 }, { 0.2, 0.17 } };
  kd_paint_polygon (cr, kd_rgb_shade (c->second, -0.15), 4, tail);
  cairo_move_to (cr, -0.36, -0.16);
  cairo_curve_to (cr, -0.4, 0.12, -0.2, 0.28, 0.04, 0.27);
  cairo_curve_to (cr, 0.22, 0.26, 0.3, 0.1, 0.32, 0.02);
  cairo_curve_to (cr, 0.14, -0.08, -0.02, -0.08, -0.1, -0.2);
  cairo_close_path (cr);
  kd_paint_fill (cr, c->main);
  kd_paint_ellipse (cr, c->main, -0.23, -0.18, head, head);
  kd_paint_ellipse (cr, kd_rgb_mix (c->light, c->main, 0.25), -0.17, 0.1, 0.12, 0.11);
  const double beak[][2] = { { -0.35, -0.25 }, { -0.5, -0.16 }, { -0.35, -0.12 } };
  kd_paint_polygon (cr, c->accent, 3, beak);
  paint_wing (cr, c, flying);
  kd_paint_ellipse (cr, c->light, -0.27, -0.21, 0.05, 0.05);
  kd_paint_ellipse (cr, c->dark, -0.28, -0.21, 0.032, 0.032);
  if (size_px < DETAIL_PX || flying)
    return;
  const KdRgb feather = kd_rgb_shade (c->second, -0.3);
  kd_paint_line (cr, feather, 0.016, 0.02, 0.06, 0.24, 0.09);
  kd_paint_line (cr, feather, 0.016, 0.0, 0.1, 0.18, 0.135);
}

/* ---- tree ---- */

static void
paint_conifer (cairo_t *cr, const KdSceneColours *c)
{
  for (int tier = 2; tier >= 0; tier--) {
    const double top = -0.5 + 0.2 * tier, bottom = top + 0.38, half = 0.2 + 0.08 * tier;
    const double points[][2] = { { 0, top },
                                 { half, bottom },
                                 { half * 0.5, bottom - 0.03 },
                                 { -half * 0.5, bottom - 0.03 },
                                 { -half, bottom } };
    kd_paint_polygon (cr, kd_rgb_shade (c->main, tier == 0 ? 0.14 : -0.14 * (tier - 1)), 5, points);
  }
}

static void
paint_canopy (cairo_t *cr, const KdSceneColours *c, KdRandom *random)
{
  static const double puffs[][3] = {
    { -0.2, -0.06, 0.18 }, { 0.2, -0.05, 0.18 }, { -0.13, -0.26, 0.18 },
    { 0.14, -0.27, 0.17 }, { 0.0, -0.12, 0.22 }, { 0.0, -0.33, 0.16 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (puffs); i++) {
    const double radius = puffs[i][2] * kd_random_uniform (random, 0.88, 1.06);
    kd_path_ellipse (cr, puffs[i][0], puffs[i][1], radius, radius);
    cairo_new_sub_path (cr);
  }
  kd_paint_fill (cr, c->main);
  kd_paint_ellipse (cr, kd_rgb_shade (c->main, 0.16), -0.1, -0.27, 0.11, 0.1);
  kd_paint_ellipse (cr, kd_rgb_shade (c->main, -0.16), 0.17, -0.01, 0.12, 0.09);
}

static void
paint_poplar (cairo_t *cr, const KdSceneColours *c)
{
  cairo_move_to (cr, 0, -0.5);
  cairo_curve_to (cr, 0.2, -0.36, 0.32, 0.2, 0, 0.24);
  cairo_curve_to (cr, -0.32, 0.2, -0.2, -0.36, 0, -0.5);
  kd_paint_fill (cr, c->main);
  kd_paint_ellipse (cr, kd_rgb_shade (c->main, 0.15), -0.06, -0.14, 0.06, 0.16);
}

static void
paint_tree (cairo_t *cr, const KdSceneColours *c, double size_px, KdRandom *random)
{
  const double kind = kd_random_uniform (random, 0, 1);
  const double trunk = kd_random_uniform (random, 0.045, 0.065);
  const double points[][2] = {
    { -trunk, 0.0 }, { trunk, 0.0 }, { trunk * 1.6, 0.5 }, { -trunk * 1.6, 0.5 }
  };
  kd_paint_polygon (cr, c->second, 4, points);
  if (kind < 0.3) {
    paint_conifer (cr, c);
    return;
  }
  if (kind < 0.45) {
    paint_poplar (cr, c);
    return;
  }
  const double branch[][2] = { { 0.0, 0.3 }, { 0.16, 0.06 }, { 0.2, 0.08 }, { 0.04, 0.38 } };
  kd_paint_polygon (cr, c->second, 4, branch);
  paint_canopy (cr, c, random);
  if (size_px < DETAIL_PX || !chance (random, 0.5))
    return;
  static const double fruits[][2] = {
    { -0.2, -0.03 }, { 0.03, -0.18 }, { 0.2, -0.2 }, { -0.12, -0.36 }, { 0.08, 0.02 }
  };
  for (size_t i = 0; i < G_N_ELEMENTS (fruits); i++)
    kd_paint_ellipse (cr, c->accent, fruits[i][0], fruits[i][1], 0.035, 0.035);
}

/* ---- cup: the handle is on the right ---- */

static void
path_cup (cairo_t *cr, double foot, bool bowl)
{
  const double x = -0.1, rim = -0.28, base = 0.4;
  cairo_move_to (cr, x - 0.34, rim);
  if (bowl)
    cairo_curve_to (cr, x - 0.34, 0.2, x - 0.24, base - 0.03, x - foot, base);
  else
    cairo_curve_to (cr, x - foot - 0.1, base - 0.02, x - foot - 0.02, base, x - foot + 0.04, base);
  cairo_line_to (cr, x + foot - (bowl ? 0 : 0.04), base);
  if (bowl)
    cairo_curve_to (cr, x + 0.24, base - 0.03, x + 0.34, 0.2, x + 0.34, rim);
  else
    cairo_curve_to (cr, x + foot + 0.02, base, x + foot + 0.1, base - 0.02, x + 0.34, rim);
  cairo_close_path (cr);
}

static void
paint_cup (cairo_t *cr, const KdSceneColours *c, double size_px, KdRandom *random)
{
  const bool bowl = chance (random, 0.4);
  const double foot = bowl ? 0.16 : kd_random_uniform (random, 0.22, 0.28);
  if (chance (random, 0.4)) {
    kd_paint_ellipse (cr, kd_rgb_shade (c->second, -0.2), -0.1, 0.41, 0.4, 0.075);
    kd_paint_ellipse (cr, c->second, -0.1, 0.395, 0.4, 0.06);
  }
  cairo_set_source_rgb (cr, c->main.r * 0.86, c->main.g * 0.86, c->main.b * 0.86);
  cairo_set_line_width (cr, 0.08);
  kd_path_ellipse (cr, 0.26, 0.0, 0.17, 0.18);
  cairo_stroke (cr);
  path_cup (cr, foot, bowl);
  kd_paint_fill (cr, c->main);
  if (chance (random, 0.6)) {
    cairo_save (cr);
    path_cup (cr, foot, bowl);
    cairo_clip (cr);
    kd_paint_rect (cr, c->second, -0.5, -0.04, 0.8, 0.16);
    cairo_restore (cr);
  } else if (size_px >= DETAIL_PX) {
    for (int i = 0; i < 3; i++)
      kd_paint_ellipse (cr, c->second, -0.28 + 0.18 * i, i == 1 ? 0.12 : 0.02, 0.055, 0.055);
  }
  kd_paint_ellipse (cr, kd_rgb_shade (c->main, 0.35), -0.1, -0.28, 0.34, 0.1);
  kd_paint_ellipse (cr, kd_rgb_shade (c->accent, -0.35), -0.1, -0.27, 0.28, 0.07);
}

/* ---- flower ---- */

static void
paint_stem (cairo_t *cr, const KdSceneColours *c, double lean)
{
  cairo_move_to (cr, -0.025, -0.1);
  cairo_curve_to (cr, lean, 0.1, lean, 0.3, -0.03, 0.5);
  cairo_line_to (cr, 0.04, 0.5);
  cairo_curve_to (cr, lean + 0.06, 0.3, lean + 0.06, 0.1, 0.03, -0.1);
  kd_paint_fill (cr, c->second);
  for (int side = -1; side <= 1; side += 2) {
    const double y = 0.36 + 0.05 * side, x = lean * 0.5 + 0.01;
    cairo_move_to (cr, x, y);
    cairo_curve_to (cr, x + 0.05 * side, y - 0.16, x + 0.2 * side, y - 0.2, x + 0.28 * side,
                    y - 0.2);
    cairo_curve_to (cr, x + 0.26 * side, y - 0.06, x + 0.14 * side, y + 0.02, x, y);
    kd_paint_fill (cr, c->second);
  }
}

static void
paint_tulip (cairo_t *cr, const KdSceneColours *c)
{
  cairo_move_to (cr, -0.22, -0.46);
  cairo_curve_to (cr, -0.3, -0.1, -0.16, 0.0, 0, 0);
  cairo_curve_to (cr, 0.16, 0.0, 0.3, -0.1, 0.22, -0.46);
  cairo_line_to (cr, 0.1, -0.3);
  cairo_line_to (cr, 0, -0.5);
  cairo_line_to (cr, -0.1, -0.3);
  cairo_close_path (cr);
  kd_paint_fill (cr, c->main);
  cairo_move_to (cr, 0, -0.5);
  cairo_curve_to (cr, 0.14, -0.3, 0.12, -0.06, 0, 0);
  cairo_curve_to (cr, -0.12, -0.06, -0.14, -0.3, 0, -0.5);
  kd_paint_fill (cr, kd_rgb_shade (c->main, 0.2));
}

static void
paint_daisy (cairo_t *cr, const KdSceneColours *c, double size_px, KdRandom *random)
{
  const double y = -0.2;
  const int petals = kd_random_int (random, 5, 8);
  const double reach = 0.175, turn = kd_random_uniform (random, 0, 2 * G_PI);
  const double width = fmin (0.115, 0.62 / petals);
  cairo_matrix_t upright;
  cairo_get_matrix (cr, &upright);
  cairo_translate (cr, 0, y);
  cairo_rotate (cr, turn);
  for (int i = 0; i < petals; i++) {
    cairo_rotate (cr, 2 * G_PI / petals);
    kd_path_ellipse (cr, reach, 0, 0.125, width);
    kd_paint_fill (cr, i % 2 ? kd_rgb_shade (c->main, 0.12) : c->main);
  }
  cairo_set_matrix (cr, &upright);
  kd_paint_ellipse (cr, kd_rgb_shade (c->accent, -0.3), 0, y + 0.01, 0.105, 0.105);
  kd_paint_ellipse (cr, c->accent, 0, y, 0.095, 0.095);
  if (size_px >= DETAIL_PX)
    kd_paint_ellipse (cr, kd_rgb_shade (c->accent, 0.35), -0.025, y - 0.03, 0.03, 0.03);
}

static void
paint_flower (cairo_t *cr, const KdSceneColours *c, double size_px, KdRandom *random)
{
  paint_stem (cr, c, kd_random_uniform (random, -0.06, 0.03));
  if (chance (random, 0.2))
    paint_tulip (cr, c);
  else
    paint_daisy (cr, c, size_px, random);
}

const KdScenePainter kd_scene_objects[] = {
  { paint_house, 1.0, 1.0, 0.3 }, { paint_car, 1.0, 0.53, 0.5 },    { paint_boat, 0.95, 1.0, 0.4 },
  { paint_fish, 1.0, 0.7, 0.8 },  { paint_bird, 1.0, 0.8, 0.5 },    { paint_tree, 0.75, 1.0, 0.3 },
  { paint_cup, 0.97, 0.85, 0.5 }, { paint_flower, 0.62, 1.0, 0.6 },
};
G_STATIC_ASSERT (G_N_ELEMENTS (kd_scene_objects) == KD_SCENE_CLASSES);
