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

/* CIE L*a*b* (D65) of linear light; people who lack cones first see it through Machado's matrix (2009, severity 1). */
static void
lab_of (KdColor color, const double vision[3][3], double lab[3])
{
  static const double xyz[3][3] = { { 0.4124, 0.3576, 0.1805 },
                                    { 0.2126, 0.7152, 0.0722 },
                                    { 0.0193, 0.1192, 0.9505 } };
  static const double white[3] = { 0.9505, 1, 1.089 };
  const double srgb[3] = { color.red, color.green, color.blue };
  double light[3], seen[3], f[3];
  for (int i = 0; i < 3; i++)
    light[i] = srgb[i] <= 0.04045 ? srgb[i] / 12.92 : pow ((srgb[i] + 0.055) / 1.055, 2.4);
  for (int i = 0; i < 3; i++)
    seen[i] =
        CLAMP (vision[i][0] * light[0] + vision[i][1] * light[1] + vision[i][2] * light[2], 0, 1);
  for (int i = 0; i < 3; i++) {
    const double v = (xyz[i][0] * seen[0] + xyz[i][1] * seen[1] + xyz[i][2] * seen[2]) / white[i];
    f[i] = v > 0.008856 ? cbrt (v) : 7.787 * v + 16.0 / 116;
  }
  lab[0] = 116 * f[1] - 16;
  lab[1] = 500 * (f[0] - f[1]);
  lab[2] = 200 * (f[1] - f[2]);
}

static void
lines_differ (void)
{
  static const struct {
    double matrix[3][3], least;
  } visions[] = {
    { { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } }, 36 },
    { { { 0.152286, 1.052583, -0.204868 }, /* no long cones */
        { 0.114503, 0.786281, 0.099216 },
        { -0.003882, -0.048116, 1.051998 } },
      18 },
    { { { 0.367322, 0.860646, -0.227968 }, /* no middle cones */
        { 0.280085, 0.672501, 0.047413 },
        { -0.011820, 0.042940, 0.968881 } },
      18 },
  };
  for (int dark = 0; dark < 2; dark++)
    for (size_t v = 0; v < G_N_ELEMENTS (visions); v++)
      for (int i = 0; i < 12; i++)
        for (int j = i + 1; j < 12; j++) {
          double a[3], b[3];
          lab_of (kd_series_color (i, dark), visions[v].matrix, a);
          lab_of (kd_series_color (j, dark), visions[v].matrix, b);
          g_assert_cmpfloat (hypot (hypot (a[0] - b[0], a[1] - b[1]), a[2] - b[2]), >=,
                             visions[v].least);
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
