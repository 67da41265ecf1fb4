/* SPDX-License-Identifier: MIT */
#include "engine/render/render.h"

#define PANEL 96

static const float values[] = { 0, 0.3f, 0.6f, 1 };

static KdWallCell
plain_cell (double high)
{
  return (KdWallCell){ .caption = "P3, mean |x|",
                       .values = values,
                       .width = 2,
                       .height = 2,
                       .scale = { .low = 0, .high = high },
                       .colormap = KD_COLORMAP_MAGMA };
}

static cairo_surface_t *
draw_wall (const KdWall *wall)
{
  const KdSize size = kd_wall_size (wall);
  cairo_surface_t *surface =
      cairo_image_surface_create (CAIRO_FORMAT_RGB24, size.width, size.height);
  cairo_t *cr = cairo_create (surface);
  kd_wall_draw (cr, wall);
  cairo_destroy (cr);
  return surface;
}

static uint32_t
pixel_at (cairo_surface_t *surface, int x, int y)
{
  const unsigned char *row =
      cairo_image_surface_get_data (surface) + y * cairo_image_surface_get_stride (surface);
  return ((const uint32_t *) (const void *) row)[x] & 0xffffff;
}

static int
count_pixels (cairo_surface_t *surface, uint32_t color)
{
  int n = 0;
  for (int y = 0; y < cairo_image_surface_get_height (surface); y++)
    for (int x = 0; x < cairo_image_surface_get_width (surface); x++)
      n += pixel_at (surface, x, y) == color;
  return n;
}

/* Every cell of every map is on the wall in its colour; what printed values, frames and bars take or add is less than a fifth. */
static void
all_maps_are_there (void)
{
  const KdWallCell cells[] = { plain_cell (1), plain_cell (1), plain_cell (1) };
  const KdWallPanelRow rows[] = {
    { .title = "Attention", .n_cells = 3, .cells = cells },
    { .title = "Loss", .n_cells = 2, .cells = cells, .unit = "%" },
  };
  const KdWall wall = { .title = "FGD", .rows = rows, .n_rows = 2, .panel_px = PANEL };
  cairo_surface_t *surface = draw_wall (&wall);
  for (int i = 0; i < 4; i++) {
    const uint32_t color =
        kd_colormap_table (KD_COLORMAP_MAGMA)[MIN ((int) ((double) values[i] * 256), 255)] &
        0xffffff;
    const double area = 5.0 * PANEL * PANEL / 4;
    g_assert_cmpfloat_with_epsilon (count_pixels (surface, color), area, 0.2 * area);
  }
  cairo_surface_destroy (surface);
}

/* Twenty rows stand in columns: the picture keeps a shape that can be looked at, and no map is lost or cut. */
static void
many_rows_flow_in_columns (void)
{
  const KdWallCell cells[] = { plain_cell (1), plain_cell (1), plain_cell (1) };
  KdWallPanelRow rows[20];
  for (int n = 1; n <= 20; n++) {
    rows[n - 1] = (KdWallPanelRow){ .title = "Attention", .n_cells = 3, .cells = cells };
    const KdWall wall = { .title = "FGD", .rows = rows, .n_rows = n, .panel_px = PANEL };
    const KdSize size = kd_wall_size (&wall);
    g_assert_cmpfloat (size.height, <=, 1.6 * size.width);
    cairo_surface_t *surface = draw_wall (&wall);
    const double area = 3.0 * n * PANEL * PANEL / 4;
    const uint32_t color = kd_colormap_table (KD_COLORMAP_MAGMA)[153] & 0xffffff; /* of 0.6 */
    g_assert_cmpfloat_with_epsilon (count_pixels (surface, color), area, 0.2 * area);
    cairo_surface_destroy (surface);
  }
}

static void
a_shared_scale_has_one_bar (void)
{
  const KdWallCell shared[] = { plain_cell (1), plain_cell (1) };
  const KdWallCell own[] = { plain_cell (1), plain_cell (2) };
  KdWallPanelRow row = { .title = "Attention", .n_cells = 2, .cells = shared };
  const KdWall wall = { .rows = &row, .n_rows = 1, .panel_px = PANEL };
  const int together = kd_wall_size (&wall).width;
  row.cells = own;
  const int apart = kd_wall_size (&wall).width;
  g_assert_cmpint (apart - together, >, 50); /* a second bar */
  g_assert_cmpint (together, >, 2 * PANEL + 50);
}

static void
empty_places_bars_and_photo (void)
{
  uint8_t rgb[8 * 8 * 3];
  for (int i = 0; i < 8 * 8 * 3; i++)
    rgb[i] = (uint8_t) (i % 3 == 0 ? 10 : (i % 3 == 1 ? 200 : 90));
  const float vector[] = { 3, 1, 2 };
  const KdBars bars[] = { { .values = { vector },
                            .colors = { { 1, 0, 0 } },
                            .n_series = 1,
                            .n_values = 3,
                            .text = { 1, 1, 1 } } };
  const KdWallCell empty[] = { { .caption = "P3" } };
  const KdWallPanelRow rows[] = {
    { .title = "Nothing", .n_cells = 1, .cells = empty },
    { .title = "Channels", .n_cells = 1, .cells = empty, .bars = bars },
    { .title = "No levels" },
  };
  const KdWall wall = {
    .rows = rows, .n_rows = 3, .panel_px = PANEL, .rgb = rgb, .image = { 8, 8 }, .dark = true
  };
  cairo_surface_t *surface = draw_wall (&wall);
  g_assert_cmpint (count_pixels (surface, 0x0ac85a), >=, PANEL * PANEL);
  g_assert_cmpint (count_pixels (surface, 0xff0000), >, 500);
  g_assert_cmphex (pixel_at (surface, 1, 1), ==, 0x1e1e1e);
  cairo_surface_destroy (surface);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/render/wall/all-maps-are-there", all_maps_are_there);
  g_test_add_func ("/render/wall/many-rows-flow-in-columns", many_rows_flow_in_columns);
  g_test_add_func ("/render/wall/a-shared-scale-has-one-bar", a_shared_scale_has_one_bar);
  g_test_add_func ("/render/wall/empty-places-bars-and-photo", empty_places_bars_and_photo);
  return g_test_run ();
}
