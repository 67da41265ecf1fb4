/* SPDX-License-Identifier: MIT */
#include "engine/data/scene-paint.h"

#include <math.h>

/* ---- colours ---- */

KdRgb
kd_rgb_hex (uint32_t hex)
{
  return (KdRgb){ ((hex >> 16) & 255) / 255.0, ((hex >> 8) & 255) / 255.0, (hex & 255) / 255.0 };
}

KdRgb
kd_rgb_mix (KdRgb a, KdRgb b, double share_of_b)
{
  return (KdRgb){ a.r + (b.r - a.r) * share_of_b, a.g + (b.g - a.g) * share_of_b,
                  a.b + (b.b - a.b) * share_of_b };
}

KdRgb
kd_rgb_shade (KdRgb colour, double amount)
{
  const KdRgb white = { 1, 1, 1 }, black = { 0.04, 0.05, 0.12 };
  return amount > 0 ? kd_rgb_mix (colour, white, amount) : kd_rgb_mix (colour, black, -amount);
}

double
kd_rgb_distance (KdRgb a, KdRgb b)
{
  const double r = a.r - b.r, g = a.g - b.g, blue = a.b - b.b;
  return sqrt (0.3 * r * r + 0.5 * g * g + 0.2 * blue * blue);
}

/* One palette for all classes: hues around the circle at about the same strength, and two neutrals. */
static const uint32_t palette[] = {
  0xd8493e, 0xee7f3b, 0xf4c145, 0x8fb94b, 0x4b9b63, 0x2f9a98, 0x4a9bd4,
  0x3c5ba0, 0x7d5bb5, 0xd7679c, 0x95623f, 0xf0dfc0, 0x7c8a99,
};
static const uint32_t darks[] = { 0x2b2f3f, 0x3d2f2a, 0x273a45, 0x3a2a40 };
static const uint32_t lights[] = { 0xfdf8ea, 0xf3f6fb, 0xe4f1fb, 0xfdeedb };

static KdRgb
pick (KdRandom *random, const uint32_t *colours, int count)
{
  return kd_rgb_hex (colours[kd_random_int (random, 0, count - 1)]);
}

/* A colour that differs from @main and, if it can be had in a few tries, from @backdrop. */
static KdRgb
pick_apart (KdRandom *random, KdRgb main, const KdRgb backdrop[2], double contrast)
{
  for (int i = 0;; i++) {
    const KdRgb colour = pick (random, palette, G_N_ELEMENTS (palette));
    if (kd_rgb_distance (colour, main) >= 0.16 &&
        (i >= 8 || (kd_rgb_distance (colour, backdrop[0]) >= contrast &&
                    kd_rgb_distance (colour, backdrop[1]) >= contrast)))
      return colour;
  }
}

KdSceneColours
kd_scene_colours (KdRandom *random, const KdRgb backdrop[2], double contrast)
{
  enum { TRIES = 12 };
  const int count = G_N_ELEMENTS (palette);
  KdSceneColours colours = { 0 };
  /* The best of a few, or the first that is good enough: there is always an answer. */
  double best = -1;
  for (int i = 0; i < TRIES && best < contrast; i++) {
    const KdRgb colour = pick (random, palette, count);
    const double distance =
        fmin (kd_rgb_distance (colour, backdrop[0]), kd_rgb_distance (colour, backdrop[1]));
    if (distance > best) {
      best = distance;
      colours.main = colour;
    }
  }
  colours.second = pick_apart (random, colours.main, backdrop, contrast * 0.6);
  do
    colours.accent = pick (random, palette, count);
  while (kd_rgb_distance (colours.accent, colours.main) < 0.2 ||
         kd_rgb_distance (colours.accent, colours.second) < 0.1);
  colours.dark = pick (random, darks, G_N_ELEMENTS (darks));
  colours.light = pick (random, lights, G_N_ELEMENTS (lights));
  return colours;
}

/* ---- paths ---- */

void
kd_paint_fill (cairo_t *cr, KdRgb colour)
{
  cairo_set_source_rgb (cr, colour.r, colour.g, colour.b);
  cairo_fill (cr);
}

void
kd_paint_polygon (cairo_t *cr, KdRgb colour, int n_points, const double (*points)[2])
{
  for (int i = 0; i < n_points; i++)
    cairo_line_to (cr, points[i][0], points[i][1]);
  cairo_close_path (cr);
  kd_paint_fill (cr, colour);
}

void
kd_paint_rect (cairo_t *cr, KdRgb colour, double x, double y, double width, double height)
{
  cairo_rectangle (cr, x, y, width, height);
  kd_paint_fill (cr, colour);
}

/* Four Bezier quarters: cheaper than an arc under a scaled matrix, and as round to the eye. */
void
kd_path_ellipse (cairo_t *cr, double x, double y, double rx, double ry)
{
  const double kx = 0.5523 * rx, ky = 0.5523 * ry;
  cairo_move_to (cr, x + rx, y);
  cairo_curve_to (cr, x + rx, y + ky, x + kx, y + ry, x, y + ry);
  cairo_curve_to (cr, x - kx, y + ry, x - rx, y + ky, x - rx, y);
  cairo_curve_to (cr, x - rx, y - ky, x - kx, y - ry, x, y - ry);
  cairo_curve_to (cr, x + kx, y - ry, x + rx, y - ky, x + rx, y);
  cairo_close_path (cr);
}

void
kd_paint_ellipse (cairo_t *cr, KdRgb colour, double x, double y, double rx, double ry)
{
  kd_path_ellipse (cr, x, y, rx, ry);
  kd_paint_fill (cr, colour);
}

void
kd_path_round_rect (cairo_t *cr, double x, double y, double width, double height, double radius)
{
  const double right = x + width, bottom = y + height, k = 0.4477 * radius;
  cairo_move_to (cr, x + radius, y);
  cairo_line_to (cr, right - radius, y);
  cairo_curve_to (cr, right - k, y, right, y + k, right, y + radius);
  cairo_line_to (cr, right, bottom - radius);
  cairo_curve_to (cr, right, bottom - k, right - k, bottom, right - radius, bottom);
  cairo_line_to (cr, x + radius, bottom);
  cairo_curve_to (cr, x + k, bottom, x, bottom - k, x, bottom - radius);
  cairo_line_to (cr, x, y + radius);
  cairo_curve_to (cr, x, y + k, x + k, y, x + radius, y);
  cairo_close_path (cr);
}

void
kd_paint_line (cairo_t *cr, KdRgb colour, double width, double x1, double y1, double x2, double y2)
{
  const double length = hypot (x2 - x1, y2 - y1);
  const double nx = (y1 - y2) / length * width / 2, ny = (x2 - x1) / length * width / 2;
  const double corners[][2] = {
    { x1 + nx, y1 + ny }, { x2 + nx, y2 + ny }, { x2 - nx, y2 - ny }, { x1 - nx, y1 - ny }
  };
  kd_paint_polygon (cr, colour, 4, corners);
}
