/* SPDX-License-Identifier: MIT */
#include "engine/render/render.h"

#include <math.h>

#define WIDTH 600

static const KdColor red = { 1, 0, 0 }, blue = { 0, 0, 1 }, black = { 0, 0, 0 },
                     white = { 1, 1, 1 };

typedef struct {
  cairo_surface_t *surface;
  int height;
} Picture;

/* Without labels and axis numbers, the plot is all of the width but its margins. */
static Picture
draw (const KdIntervalRow *rows, int n_rows)
{
  const KdIntervals intervals = {
    .rows = rows, .n_rows = n_rows, .text = black, .grid = white, .background = white
  };
  const int height = kd_intervals_size (&intervals).height;
  Picture picture = { cairo_image_surface_create (CAIRO_FORMAT_RGB24, WIDTH, height), height };
  cairo_t *cr = cairo_create (picture.surface);
  const KdRect all = { 0, 0, WIDTH, height };
  kd_intervals_draw (cr, &all, &intervals);
  cairo_destroy (cr);
  return picture;
}

/* Extent of the pixels that are nearly of one colour. */
typedef struct {
  int n, left, right, top, bottom;
  double x; /* their mean */
} Extent;

static Extent
extent_of (const Picture *picture, KdColor color)
{
  Extent extent = { .left = WIDTH, .top = picture->height, .right = -1, .bottom = -1 };
  for (int y = 0; y < picture->height; y++) {
    const uint32_t *row =
        (const uint32_t *) (const void *) (cairo_image_surface_get_data (picture->surface) +
                                           y * cairo_image_surface_get_stride (picture->surface));
    for (int x = 0; x < WIDTH; x++) {
      const double r = (row[x] >> 16 & 0xff) / 255.0, g = (row[x] >> 8 & 0xff) / 255.0;
      const double b = (row[x] & 0xff) / 255.0;
      if (fabs (r - color.red) + fabs (g - color.green) + fabs (b - color.blue) > 0.1)
        continue;
      extent.n++;
      extent.x += x + 0.5;
      extent.left = MIN (extent.left, x);
      extent.right = MAX (extent.right, x);
      extent.top = MIN (extent.top, y);
      extent.bottom = MAX (extent.bottom, y);
    }
  }
  extent.x /= MAX (extent.n, 1);
  return extent;
}

/* The row's mark is as far from the other row's as the values are apart, on one scale. */
static void
marks_lie_where_their_values_are (void)
{
  const KdIntervalRow rows[] = {
    { .label = "", .value = -4, .low = NAN, .high = NAN, .color = red },
    { .label = "", .value = 6, .low = 2, .high = 10, .color = blue },
  };
  const Picture picture = draw (rows, 2);
  const Extent first = extent_of (&picture, red), second = extent_of (&picture, blue);
  g_assert_cmpint (first.n, >, 20);
  g_assert_cmpint (first.bottom, <, second.top);
  /* 8 units are the interval's length, 10 the distance of the means. */
  const double unit = (second.right - second.left) / 8.0;
  g_assert_cmpfloat_with_epsilon (second.x - first.x, 10 * unit, 3);
  /* The mean is in the middle of its interval. */
  g_assert_cmpfloat_with_epsilon (second.x, 0.5 * (second.left + second.right), 1.5);
  /* The line at 0 stands 4 units right of the first mean; black is only there, numbers are below it. */
  const uint32_t *row =
      (const uint32_t *) (const void *) (cairo_image_surface_get_data (picture.surface) +
                                         first.top *
                                             cairo_image_surface_get_stride (picture.surface));
  double darkest = 1, zero = 0;
  for (int x = 0; x < WIDTH; x++) {
    const double grey = (row[x] >> 8 & 0xff) / 255.0;
    if ((row[x] >> 16 & 0xff) == (row[x] & 0xff) && grey < darkest) {
      darkest = grey;
      zero = x + 0.5;
    }
  }
  g_assert_cmpfloat (darkest, <, 0.5);
  g_assert_cmpfloat_with_epsilon (zero - first.x, 4 * unit, 3);
  cairo_surface_destroy (picture.surface);
}

static void
what_is_not_known_is_left_out (void)
{
  const double points[] = { NAN, INFINITY };
  const KdIntervalRow rows[] = {
    { .label = "",
      .value = NAN,
      .low = NAN,
      .high = NAN,
      .points = points,
      .n_points = 2,
      .color = red },
  };
  const Picture picture = draw (rows, 1);
  g_assert_cmpint (extent_of (&picture, red).n, ==, 0);
  g_assert_cmpint (extent_of (&picture, white).n, >, 1000);
  cairo_surface_destroy (picture.surface);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/render/intervals/marks-lie-where-their-values-are",
                   marks_lie_where_their_values_are);
  g_test_add_func ("/render/intervals/what-is-not-known-is-left-out",
                   what_is_not_known_is_left_out);
  return g_test_run ();
}
