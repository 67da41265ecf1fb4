/* SPDX-License-Identifier: MIT */
#include "engine/render/render.h"

#include <math.h>

/* Anchors as published: matplotlib's hex values at 0, 1/4, 1/2, 3/4 and 1; Moreland 2009 gives ends and middle of his map. */
typedef struct {
  KdColormap colormap;
  const char *name;
  int index;
  uint32_t color;
} Anchor;

static const Anchor anchors[] = {
  { KD_COLORMAP_VIRIDIS, "viridis", 0, 0xff440154 },
  { KD_COLORMAP_VIRIDIS, "viridis", 64, 0xff3b528b },
  { KD_COLORMAP_VIRIDIS, "viridis", 128, 0xff21918c },
  { KD_COLORMAP_VIRIDIS, "viridis", 192, 0xff5ec962 },
  { KD_COLORMAP_VIRIDIS, "viridis", 255, 0xfffde725 },
  { KD_COLORMAP_MAGMA, "magma", 0, 0xff000004 },
  { KD_COLORMAP_MAGMA, "magma", 64, 0xff51127c },
  { KD_COLORMAP_MAGMA, "magma", 128, 0xffb73779 },
  { KD_COLORMAP_MAGMA, "magma", 192, 0xfffc8961 },
  { KD_COLORMAP_MAGMA, "magma", 255, 0xfffcfdbf },
  { KD_COLORMAP_CIVIDIS, "cividis", 0, 0xff00224e },
  { KD_COLORMAP_CIVIDIS, "cividis", 128, 0xff7d7c78 },
  { KD_COLORMAP_CIVIDIS, "cividis", 255, 0xfffee838 },
  { KD_COLORMAP_GREY, "grey", 77, 0xff4d4d4d },
  { KD_COLORMAP_DIVERGING, "diverging", 0, 0xff3b4cc0 },
  { KD_COLORMAP_DIVERGING, "diverging", 255, 0xffb40426 },
};

static void
anchors_as_published (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (anchors); i++) {
    KdColormap found;
    g_assert_true (kd_colormap_find (anchors[i].name, &found));
    g_assert_cmpint (found, ==, anchors[i].colormap);
    g_assert_cmpstr (kd_colormap_name (anchors[i].colormap), ==, anchors[i].name);
    g_assert_cmphex (kd_colormap_table (found)[anchors[i].index], ==, anchors[i].color);
  }
  KdColormap unknown;
  g_assert_false (kd_colormap_find ("jet", &unknown));
}

static double
linear (uint32_t pixel, int shift)
{
  const double value = (pixel >> shift & 0xff) / 255.0;
  return value <= 0.04045 ? value / 12.92 : pow ((value + 0.055) / 1.055, 2.4);
}

static double
luminance (uint32_t pixel)
{
  return 0.2126 * linear (pixel, 16) + 0.7152 * linear (pixel, 8) + 0.0722 * linear (pixel, 0);
}

/* What makes a map perceptual: it never gets darker on the way up (a rounding of 1/255 apart). */
static void
lightness_rises (void)
{
  const KdColormap maps[] = { KD_COLORMAP_VIRIDIS, KD_COLORMAP_CIVIDIS, KD_COLORMAP_MAGMA,
                              KD_COLORMAP_GREY };
  for (size_t m = 0; m < G_N_ELEMENTS (maps); m++) {
    const uint32_t *table = kd_colormap_table (maps[m]);
    for (int i = 0; i + 1 < 256; i++) {
      g_assert_cmphex (table[i] >> 24, ==, 0xff);
      g_assert_cmpfloat (luminance (table[i + 1]), >, luminance (table[i]) - 0.004);
    }
  }
}

static void
diverging_is_neutral_at_zero (void)
{
  const uint32_t *table = kd_colormap_table (KD_COLORMAP_DIVERGING);
  for (int i = 127; i <= 128; i++)
    for (int shift = 0; shift <= 16; shift += 8)
      g_assert_cmpint (abs ((int) (table[i] >> shift & 0xff) - 221), <=, 1);
  for (int i = 0; i < 128; i++) {
    g_assert_cmpfloat (luminance (table[i]), <=, luminance (table[127]) + 0.004);
    g_assert_cmpfloat (fabs (luminance (table[i]) - luminance (table[255 - i])), <, 0.12);
  }
}

static uint32_t
pixel_of (KdColor color)
{
  return (uint32_t) lround (color.red * 255) << 16 | (uint32_t) lround (color.green * 255) << 8 |
         (uint32_t) lround (color.blue * 255);
}

static double
contrast (uint32_t a, uint32_t b)
{
  const double lighter = MAX (luminance (a), luminance (b));
  return (lighter + 0.05) / (MIN (luminance (a), luminance (b)) + 0.05);
}

/* WCAG 2.1, 1.4.11: graphical objects against what is beside them. */
static void
lines_stand_out (void)
{
  for (int i = 0; i < 12; i++) {
    g_assert_cmpfloat (contrast (pixel_of (kd_series_color (i, false)), 0xffffff), >=, 3);
    g_assert_cmpfloat (contrast (pixel_of (kd_series_color (i, true)), 0x1e1e1e), >=, 3);
  }
  const KdColor sources[] = { kd_teacher_color (), kd_student_color () };
  for (size_t i = 0; i < G_N_ELEMENTS (sources); i++) {
    g_assert_cmpfloat (contrast (pixel_of (sources[i]), 0xffffff), >=, 3);
    g_assert_cmpfloat (contrast (pixel_of (sources[i]), 0x1e1e1e), >=, 3);
  }
  /* Only ever drawn with a dark rim. */
  g_assert_cmpfloat (contrast (pixel_of (kd_truth_color ()), 0), >=, 7);
}

static void
lines_differ (void)
{
  for (int i = 0; i < 10; i++)
    for (int j = i + 1; j < 10; j++) {
      const uint32_t a = pixel_of (kd_series_color (i, false));
      const uint32_t b = pixel_of (kd_series_color (j, false));
      const int n = abs ((int) (a >> 16) - (int) (b >> 16)) +
                    abs ((int) (a >> 8 & 0xff) - (int) (b >> 8 & 0xff)) +
                    abs ((int) (a & 0xff) - (int) (b & 0xff));
      g_assert_cmpint (n, >, 60);
    }
  int n_dashes;
  g_assert_null (kd_series_dash (0, &n_dashes));
  g_assert_cmpint (n_dashes, ==, 0);
  for (int i = 2; i < 7; i++) {
    int n_next;
    const double *dash = kd_series_dash (i, &n_dashes);
    g_assert_nonnull (dash);
    g_assert_true (dash != kd_series_dash (i + 1, &n_next));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/render/colormap/anchors-as-published", anchors_as_published);
  g_test_add_func ("/render/colormap/lightness-rises", lightness_rises);
  g_test_add_func ("/render/colormap/diverging-is-neutral-at-zero", diverging_is_neutral_at_zero);
  g_test_add_func ("/render/palette/lines-stand-out", lines_stand_out);
  g_test_add_func ("/render/palette/lines-differ", lines_differ);
  return g_test_run ();
}
