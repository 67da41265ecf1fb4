/* SPDX-License-Identifier: MIT */
#include "engine/data/scene-paint.h"

#include <math.h>

/* Quiet colours, so that objects carry the picture; none belongs to a class or to a kind of backdrop. */
typedef struct {
  uint32_t top, low;  /* the far half, downwards: sky or wall */
  uint32_t far, near; /* hills or water; ground or floor */
} Mood;

static const Mood moods[] = {
  { 0x9fd0ec, 0xe8f5fa, 0xb4d9bb, 0x93c795 }, /* noon */
  { 0x6f7db8, 0xf7cdb2, 0x9386b0, 0x6c7a9e }, /* dusk */
  { 0xf3d6a8, 0xfcf2df, 0xe9c898, 0xdbb583 }, /* desert */
  { 0xbfd4e4, 0xf2f7fa, 0xd5e2ea, 0xe9f0f4 }, /* snow */
  { 0x25304e, 0x51628f, 0x31405f, 0x27374b }, /* night */
  { 0xcfe6dc, 0xeaf5ee, 0xb9d6ca, 0xc9b394 }, /* mint */
  { 0xefd3d6, 0xfaecea, 0xd9b7c0, 0xb59a93 }, /* rose */
  { 0xd6d0ea, 0xf1eef8, 0xb8b0d4, 0x9d93b3 }, /* lavender */
  { 0x4d8f9b, 0xa9d5cf, 0x3f7d86, 0x2f6470 }, /* lagoon */
};

typedef struct {
  KdRgb top, low, far, near;
} Tones;

static KdRgb
jitter (uint32_t hex, KdRandom *random)
{
  const double light = kd_random_uniform (random, -0.04, 0.04);
  const KdRgb colour = kd_rgb_hex (hex);
  return (KdRgb){ colour.r + light + kd_random_uniform (random, -0.025, 0.025),
                  colour.g + light + kd_random_uniform (random, -0.025, 0.025),
                  colour.b + light + kd_random_uniform (random, -0.025, 0.025) };
}

/* From @y1 to the bottom, the last colour below @y2: a half-covered row shows this picture's colours only, never those of
 * the one before. */
static void
paint_gradient (cairo_t *cr, KdRgb from, KdRgb to, double y1, double y2, KdSize size)
{
  cairo_pattern_t *pattern = cairo_pattern_create_linear (0, y1, 0, y2);
  cairo_pattern_add_color_stop_rgb (pattern, 0, from.r, from.g, from.b);
  cairo_pattern_add_color_stop_rgb (pattern, 1, to.r, to.g, to.b);
  cairo_set_source (cr, pattern);
  cairo_rectangle (cr, 0, y1, size.width, size.height - y1);
  cairo_fill (cr);
  cairo_pattern_destroy (pattern);
}

/* One smooth ridge from edge to edge, filled down to the bottom. */
static void
paint_ridge (cairo_t *cr, KdRgb colour, double y, double swell, KdSize size, KdRandom *random)
{
  const double width = size.width, bend = kd_random_uniform (random, -1, 1) * swell;
  cairo_move_to (cr, 0, y + kd_random_uniform (random, -0.5, 0.5) * swell);
  cairo_curve_to (cr, width * 0.3, y - bend, width * 0.4, y - bend, width * 0.55, y);
  cairo_curve_to (cr, width * 0.7, y + bend, width * 0.8, y + bend, width, y - bend * 0.4);
  cairo_line_to (cr, width, size.height);
  cairo_line_to (cr, 0, size.height);
  cairo_close_path (cr);
  kd_paint_fill (cr, colour);
}

static void
paint_grass (cairo_t *cr, KdRgb colour, double top, KdSize size, KdRandom *random)
{
  const double blade = 0.024 * size.height;
  for (int i = 0; i < 9; i++) {
    const double x = kd_random_uniform (random, 0, 1) * size.width;
    const double y = kd_random_uniform (random, top, size.height);
    for (int lean = -1; lean <= 1; lean++) {
      cairo_move_to (cr, x - 0.25 * blade, y);
      cairo_line_to (cr, x + 0.6 * lean * blade, y - blade);
      cairo_line_to (cr, x + 0.25 * blade, y);
    }
  }
  kd_paint_fill (cr, colour);
}

static void
paint_meadow (cairo_t *cr, const Tones *t, double horizon, KdSize size, KdRandom *random)
{
  const double height = size.height;
  paint_gradient (cr, t->top, t->low, 0, height, size);
  if (kd_random_uniform (random, 0, 1) < 0.5) {
    const double radius = kd_random_uniform (random, 0.06, 0.11) * height;
    const double x = kd_random_uniform (random, 0.1, 0.9) * size.width;
    kd_paint_ellipse (cr, kd_rgb_shade (t->low, 0.4), x, 0.2 * height, radius, radius);
  }
  paint_ridge (cr, kd_rgb_mix (t->far, t->low, 0.35), horizon - 0.07 * height, 0.1 * height, size,
               random);
  paint_ridge (cr, t->far, horizon + 0.04 * height, 0.08 * height, size, random);
  paint_ridge (cr, t->near, horizon + 0.17 * height, 0.05 * height, size, random);
  paint_grass (cr, kd_rgb_shade (t->near, -0.12), horizon + 0.25 * height, size, random);
}

static void
paint_water (cairo_t *cr, const Tones *t, double horizon, KdSize size, KdRandom *random)
{
  paint_gradient (cr, t->top, t->low, 0, horizon, size);
  const KdRgb water = kd_rgb_mix (t->top, t->far, 0.35);
  paint_gradient (cr, kd_rgb_shade (water, 0.15), kd_rgb_shade (water, -0.22), horizon, size.height,
                  size);
  const KdRgb crest = kd_rgb_shade (water, 0.35);
  for (int i = 0; i < 7; i++) {
    const double near = (i + 0.6) / 7, y = horizon + near * (size.height - horizon);
    const double length = (0.1 + 0.25 * near) * size.width;
    const double x = kd_random_uniform (random, -0.1, 0.95) * size.width;
    kd_paint_ellipse (cr, crest, x, y, length / 2, 0.35 + 0.7 * near);
  }
}

static void
paint_room (cairo_t *cr, const Tones *t, double horizon, KdSize size, KdRandom *random)
{
  paint_gradient (cr, t->low, t->top, 0, horizon, size);
  const int kind = kd_random_int (random, 0, 2);
  const KdRgb paper = kd_rgb_mix (t->top, t->far, 0.35);
  const double pitch = kd_random_uniform (random, 0.1, 0.18) * size.height;
  if (kind == 1)
    for (double x = 0.3 * pitch; x < size.width; x += pitch)
      kd_paint_rect (cr, paper, x, 0, pitch * 0.35, horizon);
  if (kind == 2)
    for (double y = 0.5 * pitch; y < horizon; y += pitch)
      for (double x = 0.5 * pitch; x < size.width; x += pitch)
        kd_path_ellipse (cr, x, y, pitch * 0.13, pitch * 0.13);
  kd_paint_fill (cr, paper);
  paint_gradient (cr, t->near, kd_rgb_shade (t->near, -0.15), horizon, size.height, size);
  kd_paint_rect (cr, kd_rgb_shade (t->low, 0.5), 0, horizon - 0.025 * size.height, size.width,
                 0.03 * size.height);
}

static void
paint_studio (cairo_t *cr, const Tones *t, double horizon, KdSize size, KdRandom *random)
{
  (void) random;
  const double reach = 0.9 * fmax (size.width, size.height);
  cairo_pattern_t *pattern = cairo_pattern_create_radial (0.5 * size.width, 0.6 * horizon, 0,
                                                          0.5 * size.width, 0.6 * horizon, reach);
  cairo_pattern_add_color_stop_rgb (pattern, 0, t->low.r, t->low.g, t->low.b);
  cairo_pattern_add_color_stop_rgb (pattern, 1, t->far.r, t->far.g, t->far.b);
  cairo_set_source (cr, pattern);
  cairo_paint (cr);
  cairo_pattern_destroy (pattern);
}

static void
paint_stripes (cairo_t *cr, const Tones *t, double horizon, KdSize size, KdRandom *random)
{
  (void) horizon;
  const double pitch = kd_random_uniform (random, 0.16, 0.32) * size.height;
  const double slope = kd_random_uniform (random, -0.8, 0.8) * size.height;
  const KdRgb stripe = kd_rgb_mix (t->low, t->top, 0.45);
  paint_gradient (cr, t->low, kd_rgb_mix (t->low, t->top, 0.3), 0, size.height, size);
  for (double x = -size.height; x < size.width + size.height; x += pitch) {
    cairo_move_to (cr, x, 0);
    cairo_line_to (cr, x + pitch / 2, 0);
    cairo_line_to (cr, x + pitch / 2 + slope, size.height);
    cairo_line_to (cr, x + slope, size.height);
    cairo_close_path (cr);
  }
  kd_paint_fill (cr, stripe);
}

void
kd_scene_backdrop (cairo_t *cr, KdSize size, double difficulty, KdRandom *random, KdRgb tones[2])
{
  typedef void (*Painter) (cairo_t *, const Tones *, double, KdSize, KdRandom *);
  static const Painter painters[] = { paint_meadow, paint_water, paint_room, paint_studio,
                                      paint_stripes };
  const Mood *mood = &moods[kd_random_int (random, 0, G_N_ELEMENTS (moods) - 1)];
  const Tones t = { .top = jitter (mood->top, random),
                    .low = jitter (mood->low, random),
                    .far = jitter (mood->far, random),
                    .near = jitter (mood->near, random) };
  const double horizon = kd_random_uniform (random, 0.42, 0.68) * size.height;
  const int kind = kd_random_int (random, 0, G_N_ELEMENTS (painters) - 1);
  painters[kind](cr, &t, horizon, size, random);
  tones[0] = kd_rgb_mix (t.top, t.low, 0.5);
  tones[1] = kind == 3 ? t.far : kind == 4 ? t.low : t.near;

  /* A hard scene's backdrop has spots whose edges are as strong as objects'. */
  const int spots = (int) (fmax (0, difficulty - 0.3) * 20);
  for (int i = 0; i < spots; i++) {
    const KdRgb colour =
        kd_rgb_shade (i % 2 ? t.far : t.top, kd_random_uniform (random, -0.4, 0.5));
    const double x = kd_random_uniform (random, 0, size.width);
    const double y = kd_random_uniform (random, 0, size.height);
    const double r = kd_random_uniform (random, 0.02, 0.12) * size.height;
    kd_path_ellipse (cr, x, y, r, r);
    cairo_set_source_rgba (cr, colour.r, colour.g, colour.b, 0.45);
    cairo_fill (cr);
  }
}
