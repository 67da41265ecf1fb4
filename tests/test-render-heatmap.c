/* SPDX-License-Identifier: MIT */
#include "engine/render/render.h"

#include <math.h>

#define BACKGROUND 0x123456u

static cairo_surface_t *
canvas_new (int width, int height, cairo_t **cr)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);
  *cr = cairo_create (surface);
  cairo_set_source_rgb (*cr, 0x12 / 255.0, 0x34 / 255.0, 0x56 / 255.0);
  cairo_paint (*cr);
  return surface;
}

static uint32_t
pixel_at (cairo_surface_t *surface, int x, int y)
{
  cairo_surface_flush (surface);
  const unsigned char *row =
      cairo_image_surface_get_data (surface) + y * cairo_image_surface_get_stride (surface);
  return ((const uint32_t *) (const void *) row)[x] & 0xffffff;
}

/* The colour a value must have, from the table and the scale's definition alone. */
static uint32_t
expected_color (KdColormap colormap, const KdScale *scale, float value)
{
  double position = ((double) value - scale->low) / (scale->high - scale->low);
  position = CLAMP (position, 0, 1);
  return kd_colormap_table (colormap)[MIN ((int) (position * 256), 255)] & 0xffffff;
}

static void
cells_are_flat_squares_of_exact_colour (void)
{
  const int cell = 7, left = 3, top = 5;
  const float values[] = { 0, 0.25f, 0.5f, 0.75f, 1, 2, -1, 0.1f, 0.9f, 0.3f, 0.62f, 0.999f };
  const KdScale scale = { .low = 0, .high = 1 };
  for (int colormap = 0; colormap < KD_N_COLORMAPS; colormap++) {
    cairo_t *cr;
    cairo_surface_t *surface = canvas_new (40, 40, &cr);
    KdHeatmap *heatmap = kd_heatmap_new ();
    kd_heatmap_set (heatmap, values, 4, 3, &scale, (KdColormap) colormap);
    kd_heatmap_draw (heatmap, cr, &(KdRect){ left, top, 4 * cell, 3 * cell }, false, 1);
    for (int y = 0; y < 40; y++)
      for (int x = 0; x < 40; x++) {
        const bool inside = x >= left && x < left + 4 * cell && y >= top && y < top + 3 * cell;
        const uint32_t expected =
            inside ? expected_color ((KdColormap) colormap, &scale,
                                     values[(y - top) / cell * 4 + (x - left) / cell])
                   : BACKGROUND;
        g_assert_cmphex (pixel_at (surface, x, y), ==, expected);
      }
    kd_heatmap_free (heatmap);
    cairo_destroy (cr);
    cairo_surface_destroy (surface);
  }
}

/* The same object draws new values, other sizes and the photo. */
static void
a_heatmap_is_used_again (void)
{
  const KdScale scale = { .low = 0, .high = 1 };
  cairo_t *cr;
  cairo_surface_t *surface = canvas_new (8, 8, &cr);
  KdHeatmap *heatmap = kd_heatmap_new ();
  const KdRect all = { 0, 0, 8, 8 };
  kd_heatmap_set (heatmap, (float[]){ 0 }, 1, 1, &scale, KD_COLORMAP_GREY);
  kd_heatmap_draw (heatmap, cr, &all, false, 1);
  g_assert_cmphex (pixel_at (surface, 4, 4), ==, 0);
  kd_heatmap_set (heatmap, (float[]){ 1 }, 1, 1, &scale, KD_COLORMAP_GREY);
  kd_heatmap_draw (heatmap, cr, &all, false, 1);
  g_assert_cmphex (pixel_at (surface, 4, 4), ==, 0xffffff);
  kd_heatmap_set (heatmap, (float[]){ 1, 0 }, 2, 1, &scale, KD_COLORMAP_GREY);
  kd_heatmap_draw (heatmap, cr, &all, false, 1);
  g_assert_cmphex (pixel_at (surface, 3, 4), ==, 0xffffff);
  g_assert_cmphex (pixel_at (surface, 4, 4), ==, 0);
  kd_heatmap_set_rgb (heatmap, (uint8_t[]){ 1, 2, 3, 200, 100, 50 }, (KdSize){ 2, 1 });
  kd_heatmap_draw (heatmap, cr, &all, false, 1);
  g_assert_cmphex (pixel_at (surface, 4, 3), ==, 0x010203);
  g_assert_cmphex (pixel_at (surface, 4, 4), ==, 0xc86432);
  kd_heatmap_free (heatmap);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
}

/* A recorded drawing (what a GTK render node holds) keeps the values it was made with. */
static void
a_recorded_drawing_keeps_its_values (void)
{
  const KdScale scale = { .low = 0, .high = 1 };
  const KdRect all = { 0, 0, 8, 8 };
  KdHeatmap *heatmap = kd_heatmap_new ();
  cairo_surface_t *recording = cairo_recording_surface_create (CAIRO_CONTENT_COLOR_ALPHA,
                                                               &(cairo_rectangle_t){ 0, 0, 8, 8 });
  cairo_t *recorder = cairo_create (recording);
  kd_heatmap_set (heatmap, (float[]){ 1 }, 1, 1, &scale, KD_COLORMAP_GREY);
  kd_heatmap_draw (heatmap, recorder, &all, false, 1);
  kd_heatmap_set (heatmap, (float[]){ 0 }, 1, 1, &scale, KD_COLORMAP_GREY);
  cairo_t *cr;
  cairo_surface_t *surface = canvas_new (8, 8, &cr);
  cairo_set_source_surface (cr, recording, 0, 0);
  cairo_paint (cr);
  g_assert_cmphex (pixel_at (surface, 4, 4), ==, 0xffffff);
  kd_heatmap_free (heatmap);
  cairo_destroy (recorder);
  cairo_surface_destroy (recording);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
}

/* In a bad cell both stripes of the hatch, over the photo too; its neighbours are untouched. */
static void
bad_cells_are_hatched (void)
{
  const KdScale scale = { .low = 0, .high = 1 };
  const float bad[] = { NAN, INFINITY, -INFINITY };
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    for (int overlay = 0; overlay < 2; overlay++) {
      cairo_t *cr;
      int n_magenta = 0, n_dark = 0;
      cairo_surface_t *surface = canvas_new (48, 16, &cr);
      KdHeatmap *heatmap = kd_heatmap_new ();
      kd_heatmap_set (heatmap, (float[]){ 0, bad[i], 1 }, 3, 1, &scale, KD_COLORMAP_GREY);
      kd_heatmap_draw (heatmap, cr, &(KdRect){ 0, 0, 48, 16 }, false, overlay ? 0.5 : 1);
      for (int y = 0; y < 16; y++)
        for (int x = 0; x < 48; x++) {
          const uint32_t pixel = pixel_at (surface, x, y);
          n_magenta += pixel == 0xff00ff;
          n_dark += pixel == 0x1a001a;
          if (x < 16 || x >= 32) {
            g_assert_cmphex (pixel, !=, 0xff00ff);
            if (!overlay)
              g_assert_cmphex (pixel, ==, x < 16 ? 0 : 0xffffff);
          }
        }
      g_assert_cmpint (n_magenta, ==, 16 * 16 / 2);
      g_assert_cmpint (n_dark, ==, 16 * 16 / 2);
      kd_heatmap_free (heatmap);
      cairo_destroy (cr);
      cairo_surface_destroy (surface);
    }
}

static void
overlay_mixes_by_opacity (void)
{
  const KdScale scale = { .low = 0, .high = 1 };
  cairo_t *cr;
  cairo_surface_t *surface = canvas_new (8, 8, &cr);
  KdHeatmap *heatmap = kd_heatmap_new ();
  kd_heatmap_set (heatmap, (float[]){ 1 }, 1, 1, &scale, KD_COLORMAP_GREY);
  kd_heatmap_draw (heatmap, cr, &(KdRect){ 0, 0, 8, 8 }, false, 0.25);
  const uint32_t pixel = pixel_at (surface, 3, 3);
  for (int shift = 0; shift <= 16; shift += 8) {
    const double beneath = BACKGROUND >> shift & 0xff;
    g_assert_cmpfloat_with_epsilon (pixel >> shift & 0xff, 0.25 * 255 + 0.75 * beneath, 1.5);
  }
  kd_heatmap_free (heatmap);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
}

/* Counts pixels of a cell that differ from its colour: ink. */
static int
ink (cairo_surface_t *surface, int x1, int y1, int x2, int y2, uint32_t color)
{
  int n = 0;
  for (int y = y1; y < y2; y++)
    for (int x = x1; x < x2; x++)
      n += pixel_at (surface, x, y) != color;
  return n;
}

/* A number is wide and low: a matrix's cells may be, too. */
static void
values_are_printed_in_large_cells_only (void)
{
  static const struct {
    int width, height;
    bool printed;
  } cells[] = { { 23, 23, false }, { 24, 24, true }, { 36, 15, true }, { 36, 13, false } };
  const KdScale scale = { .low = 0, .high = 1 };
  for (size_t i = 0; i < G_N_ELEMENTS (cells); i++) {
    const int width = cells[i].width, height = cells[i].height;
    cairo_t *cr;
    cairo_surface_t *surface = canvas_new (2 * width, height, &cr);
    KdHeatmap *heatmap = kd_heatmap_new ();
    const KdRect target = { 0, 0, 2 * width, height };
    kd_heatmap_set (heatmap, (float[]){ 0, 1 }, 2, 1, &scale, KD_COLORMAP_GREY);
    kd_heatmap_draw (heatmap, cr, &target, false, 1);
    kd_heatmap_draw_values (heatmap, cr, &target);
    const int on_black = ink (surface, 0, 0, width, height, 0);
    const int on_white = ink (surface, width, 0, 2 * width, height, 0xffffff);
    if (cells[i].printed) {
      g_assert_cmpint (on_black, >, 5); /* light digits on black, dark ones on white */
      g_assert_cmpint (on_white, >, 5);
    } else {
      g_assert_cmpint (on_black + on_white, ==, 0);
    }
    kd_heatmap_free (heatmap);
    cairo_destroy (cr);
    cairo_surface_destroy (surface);
  }
}

static void
box_edges_are_where_the_box_is (void)
{
  cairo_t *cr;
  cairo_surface_t *surface = canvas_new (64, 64, &cr);
  const KdDetection boxes[] = {
    { .box = { 4, 4, 12, 10 }, .score = 0.9f },
    { .box = { 20, 20, 28, 28 }, .score = 0.2f },
  };
  const KdBoxStyle style = { .color = { 1, 0, 0 }, .line_width = 1, .min_score = 0.5 };
  kd_boxes_draw (cr, boxes, 2, 2, 0, 2, &style);
  const int left = 2 + 2 * 4, top = 2 * 4, right = 2 + 2 * 12 - 1, bottom = 2 * 10 - 1;
  for (int x = left; x <= right; x++) {
    g_assert_cmphex (pixel_at (surface, x, top), ==, 0xff0000);
    g_assert_cmphex (pixel_at (surface, x, bottom), ==, 0xff0000);
  }
  for (int y = top; y <= bottom; y++) {
    g_assert_cmphex (pixel_at (surface, left, y), ==, 0xff0000);
    g_assert_cmphex (pixel_at (surface, right, y), ==, 0xff0000);
  }
  g_assert_cmphex (pixel_at (surface, (left + right) / 2, (top + bottom) / 2), ==, BACKGROUND);
  g_assert_cmpint (ink (surface, 40, 38, 64, 64, BACKGROUND), ==, 0); /* too unsure to be drawn */
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
}

/* Bars of known heights: with a scale from 0 to 4 (and its margin) the ink of a bar is proportional to its value. */
static void
bars_are_as_high_as_their_values (void)
{
  const float values[] = { 1, 4, 2 };
  int heights[3];
  for (int sorted = 0; sorted < 2; sorted++) {
    cairo_t *cr;
    cairo_surface_t *surface = canvas_new (240, 220, &cr);
    const KdBars bars = { .values = { values },
                          .colors = { { 1, 0, 0 } },
                          .n_series = 1,
                          .n_values = 3,
                          .sorted = sorted,
                          .reference = NAN,
                          .text = { 1, 1, 1 } };
    kd_bars_draw (cr, &(KdRect){ 0, 0, 240, 220 }, &bars);
    for (int i = 0; i < 3; i++) {
      heights[i] = 0;
      for (int y = 0; y < 220; y++)
        heights[i] += pixel_at (surface, 20 + (2 * i + 1) * 220 / 6, y) == 0xff0000;
    }
    const int *order = sorted ? (int[]){ 1, 2, 0 } : (int[]){ 0, 1, 2 };
    for (int i = 0; i < 3; i++)
      g_assert_cmpfloat_with_epsilon (heights[i],
                                      (double) values[order[i]] / 4 * heights[sorted ? 0 : 1], 2.5);
    g_assert_cmpint (heights[sorted ? 0 : 1], >, 150);
    cairo_destroy (cr);
    cairo_surface_destroy (surface);
  }
}

static void
the_colour_bar_runs_from_low_to_high (void)
{
  cairo_t *cr;
  cairo_surface_t *surface = canvas_new (80, 300, &cr);
  const KdScale scale = { .low = -1, .high = 3 };
  const double width = kd_color_bar_draw (cr, &(KdRect){ 0, 0, 80, 300 }, &scale, KD_COLORMAP_GREY,
                                          NULL, (KdColor){ 1, 1, 1 });
  g_assert_cmpfloat (width, >, 20);
  g_assert_cmpfloat (width, <, 80);
  int last = 256, n_steps = 0;
  for (int y = 10; y < 290; y++) {
    const int grey = (int) (pixel_at (surface, 7, y) & 0xff);
    g_assert_cmpint (grey, <=, last);
    n_steps += grey < last;
    last = grey;
  }
  g_assert_cmpint (n_steps, >, 230);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/render/heatmap/cells-are-flat-squares-of-exact-colour",
                   cells_are_flat_squares_of_exact_colour);
  g_test_add_func ("/render/heatmap/used-again", a_heatmap_is_used_again);
  g_test_add_func ("/render/heatmap/a-recorded-drawing-keeps-its-values",
                   a_recorded_drawing_keeps_its_values);
  g_test_add_func ("/render/heatmap/bad-cells-are-hatched", bad_cells_are_hatched);
  g_test_add_func ("/render/heatmap/overlay-mixes-by-opacity", overlay_mixes_by_opacity);
  g_test_add_func ("/render/heatmap/values-are-printed-in-large-cells-only",
                   values_are_printed_in_large_cells_only);
  g_test_add_func ("/render/boxes/edges-are-where-the-box-is", box_edges_are_where_the_box_is);
  g_test_add_func ("/render/bars/as-high-as-their-values", bars_are_as_high_as_their_values);
  g_test_add_func ("/render/color-bar/runs-from-low-to-high", the_colour_bar_runs_from_low_to_high);
  return g_test_run ();
}
