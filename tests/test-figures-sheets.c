/* SPDX-License-Identifier: MIT */

/* What all figures have in common: they draw, use their room, answer at every place, by pointer and by keys, and go into files. */
#include "tests/figure-fixture.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#define SIDE FIGURE_SIDE

static cairo_surface_t *
paint (const KdFigurePlot *plot, bool dark, double *height)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, 640, 1600);
  cairo_t *cr = cairo_create (surface);
  const KdSheetLook look = kd_sheet_look (dark);
  *height = kd_sheet_height (cr, &plot->sheet, 640);
  g_assert_cmpfloat (*height, <, 1600);
  kd_sheet_draw (cr, &(KdRect){ 0, 0, 640, *height }, &plot->sheet, &look);
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  return surface;
}

static int
differing_pixels (cairo_surface_t *a, cairo_surface_t *b)
{
  int n = 0;
  for (int y = 0; y < 1600; y++) {
    const size_t row = (size_t) y * (size_t) cairo_image_surface_get_stride (a);
    for (size_t x = 0; x < 640; x++)
      n += memcmp (cairo_image_surface_get_data (a) + row + 4 * x,
                   cairo_image_surface_get_data (b) + row + 4 * x, 4) != 0;
  }
  return n;
}

/* Every cell of every map can be pointed at, and lights up there. */
static void
test_every_figure_draws_and_answers (void)
{
  static const char *const figures[][2] = { { "frs", "richness" },  { "fgd", "pipeline" },
                                            { "rm_pfi", "ranks" },  { "rm_pfi", "gaps" },
                                            { "pgd", "picks" },     { "maskd", "tokens" },
                                            { "fgfi", "anchors" },  { "mimic", "regions" },
                                            { "gid", "instances" }, { "defeat", "split" } };
  for (size_t f = 0; f < G_N_ELEMENTS (figures); f++) {
    FigureCase c = figure_case_open (figures[f][0]);
    KdFigurePlot *plot = figure_case_plot (&c, figures[f][1]);
    double height;
    cairo_surface_t *plain = paint (plot, false, &height), *dark = paint (plot, true, &height);
    cairo_surface_t *nothing = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, 640, 1600);
    g_assert_cmpint (differing_pixels (plain, nothing), >, 10000);
    g_assert_cmpint (differing_pixels (plain, dark), >, 200);
    g_autoptr (GHashTable) reached = g_hash_table_new (NULL, NULL);
    cairo_t *cr = cairo_create (nothing);
    KdSheetSpot last = { -1, -1, NAN, NAN };
    for (double y = 0.5; y < height; y += 6)
      for (double x = 0.5; x < 640; x += 6) {
        const KdSheetSpot spot =
            kd_sheet_spot (cr, &(KdRect){ 0, 0, 640, height }, &plot->sheet, x, y);
        if (spot.panel < 0 || spot.item < 0)
          continue;
        last = spot;
        g_hash_table_add (reached, GINT_TO_POINTER (1000 * spot.panel + spot.item));
      }
    for (int i = 0; i < plot->sheet.n_panels; i++)
      if (plot->sheet.panels[i].kind == KD_PANEL_MAP)
        for (int k = 0; k < plot->sheet.panels[i].width * plot->sheet.panels[i].height; k++)
          g_assert_true (g_hash_table_contains (reached, GINT_TO_POINTER (1000 * i + k)));
    kd_figure_plot_free (plot);
    c.state.spot = last;
    plot = figure_case_plot (&c, figures[f][1]);
    g_assert_nonnull (plot->readout);
    cairo_surface_t *lit = paint (plot, false, &height);
    g_assert_cmpint (differing_pixels (plain, lit), >, 0);
    cairo_destroy (cr);
    kd_figure_plot_free (plot);
    cairo_surface_destroy (plain);
    cairo_surface_destroy (dark);
    cairo_surface_destroy (lit);
    cairo_surface_destroy (nothing);
    figure_case_close (&c);
  }
}

/* Px of a @width x @height rectangle in steps of 30 at which there is a panel; the farthest of them is written. */
static int
covered (const KdFigurePlot *plot, double width, double height, double *right, double *bottom)
{
  int n = 0;
  *right = *bottom = 0;
  cairo_surface_t *nothing = cairo_image_surface_create (CAIRO_FORMAT_A8, 1, 1);
  cairo_t *cr = cairo_create (nothing);
  for (double y = 0.5; y < 2 * height; y += 30)
    for (double x = 0.5; x < 2 * width; x += 30) {
      if (kd_sheet_spot (cr, &(KdRect){ 0, 0, width, height }, &plot->sheet, x, y).panel < 0)
        continue;
      n++;
      *right = fmax (*right, x);
      *bottom = fmax (*bottom, y);
    }
  cairo_destroy (cr);
  cairo_surface_destroy (nothing);
  return n;
}

/* A high and wide rectangle is used, none is left; the least height is enough at every width. */
static void
test_panels_use_the_room (void)
{
  static const char *const figures[][2] = {
    { "mimic", "regions" }, { "defeat", "split" }, { "gid", "instances" }, { "frs", "richness" }
  };
  for (size_t f = 0; f < G_N_ELEMENTS (figures); f++) {
    FigureCase c = figure_case_open (figures[f][0]);
    KdFigurePlot *plot = figure_case_plot (&c, figures[f][1]);
    cairo_surface_t *nothing = cairo_image_surface_create (CAIRO_FORMAT_A8, 1, 1);
    cairo_t *cr = cairo_create (nothing);
    double right, bottom;
    for (double width = 400; width < 2000; width += 740) {
      const double least = kd_sheet_height (cr, &plot->sheet, width);
      g_assert_cmpint (covered (plot, width, least, &right, &bottom), >, 0);
      g_assert_cmpfloat (right, <, width);
      g_assert_cmpfloat (bottom, <, least);
    }
    const double least = kd_sheet_height (cr, &plot->sheet, 2000);
    const int before = covered (plot, 2000, least, &right, &bottom);
    const int after = covered (plot, 2000, 2 * least, &right, &bottom);
    g_assert_cmpfloat (right, <, 2000);
    g_assert_cmpfloat (bottom, <, 2 * least);
    g_assert_cmpint (after, >, 5 * before / 4);
    cairo_destroy (cr);
    cairo_surface_destroy (nothing);
    kd_figure_plot_free (plot);
    figure_case_close (&c);
  }
}

/* The leftmost and uppermost place of the panel of this title; false: it is not there. */
static bool
corner_of (
    const KdFigurePlot *plot, double width, double height, const char *title, double corner[2])
{
  cairo_surface_t *nothing = cairo_image_surface_create (CAIRO_FORMAT_A8, 1, 1);
  cairo_t *cr = cairo_create (nothing);
  bool found = false;
  for (double y = 0.5; !found && y < height; y += 8)
    for (double x = 0.5; !found && x < width; x += 8) {
      const int panel =
          kd_sheet_spot (cr, &(KdRect){ 0, 0, width, height }, &plot->sheet, x, y).panel;
      found = panel >= 0 && g_str_equal (plot->sheet.panels[panel].title, title);
      corner[0] = x;
      corner[1] = y;
    }
  cairo_destroy (cr);
  cairo_surface_destroy (nothing);
  return found;
}

/* However wide the window is, a region's tile of the student stands under the teacher's. */
static void
test_alike_rows_stand_together (void)
{
  FigureCase c = figure_case_open ("mimic");
  KdFigurePlot *plot = figure_case_plot (&c, "regions");
  static const KdSize sizes[] = { { .height = 700, .width = 700 },
                                  { .height = 800, .width = 2000 } };
  for (size_t s = 0; s < G_N_ELEMENTS (sizes); s++) {
    double teacher[2], student[2];
    g_assert_true (corner_of (plot, sizes[s].width, sizes[s].height, "2 teacher", teacher));
    g_assert_true (corner_of (plot, sizes[s].width, sizes[s].height, "2 student", student));
    g_assert_cmpfloat (student[0], ==, teacher[0]);
    g_assert_cmpfloat (student[1], >, teacher[1]);
  }
  kd_figure_plot_free (plot);
  figure_case_close (&c);
}

/* Px of panels a page of this height has, as a fraction of it. */
static double
fullness (const KdFigurePlot *plot, double width, double height)
{
  double right, bottom;
  const int n = covered (plot, width, height, &right, &bottom);
  g_assert_cmpfloat (right, <, width);
  g_assert_cmpfloat (bottom, <, height);
  return 900 * n / (width * height);
}

/* A page is never emptier than the least height; DeFeat's three maps a row no longer leave a third of it. */
static void
test_pages_are_full (void)
{
  static const char *const figures[][2] = {
    { "mimic", "regions" }, { "defeat", "split" }, { "gid", "instances" }, { "frs", "richness" }
  };
  cairo_surface_t *nothing = cairo_image_surface_create (CAIRO_FORMAT_A8, 1, 1);
  cairo_t *cr = cairo_create (nothing);
  for (size_t f = 0; f < G_N_ELEMENTS (figures); f++) {
    FigureCase c = figure_case_open (figures[f][0]);
    KdFigurePlot *plot = figure_case_plot (&c, figures[f][1]);
    for (double width = 400; width < 1000; width += 528) {
      const double least = kd_sheet_height (cr, &plot->sheet, width);
      const double page = kd_sheet_page_height (cr, &plot->sheet, width);
      g_assert_cmpfloat (page, >=, least);
      g_assert_cmpfloat (fullness (plot, width, page), >, 0.9 * fullness (plot, width, least));
      if (width == 928 && g_str_equal (figures[f][0], "defeat"))
        g_assert_cmpfloat (fullness (plot, width, page), >, 1.15 * fullness (plot, width, least));
    }
    kd_figure_plot_free (plot);
    figure_case_close (&c);
  }
  cairo_destroy (cr);
  cairo_surface_destroy (nothing);
}

/* Bars, lines and matrices are no places of the image. */
static void
test_only_pictures_have_places (void)
{
  static const char *const figures[][2] = {
    { "mimic", "regions" }, { "defeat", "split" }, { "rm_pfi", "ranks" }, { "fgd", "pipeline" }
  };
  cairo_surface_t *nothing = cairo_image_surface_create (CAIRO_FORMAT_A8, 1, 1);
  cairo_t *cr = cairo_create (nothing);
  for (size_t f = 0; f < G_N_ELEMENTS (figures); f++) {
    FigureCase c = figure_case_open (figures[f][0]);
    KdFigurePlot *plot = figure_case_plot (&c, figures[f][1]);
    const double height = kd_sheet_height (cr, &plot->sheet, 900);
    int n_plots = 0;
    for (double y = 0.5; y < height; y += 20)
      for (double x = 0.5; x < 900; x += 20) {
        const KdSheetSpot spot =
            kd_sheet_spot (cr, &(KdRect){ 0, 0, 900, height }, &plot->sheet, x, y);
        const KdPanelKind kind =
            spot.panel < 0 ? KD_PANEL_MATRIX : plot->sheet.panels[spot.panel].kind;
        g_assert_cmpint (isfinite (spot.x) != 0, ==, kind <= KD_PANEL_IMAGE);
        n_plots += spot.panel >= 0 && kind > KD_PANEL_IMAGE;
      }
    g_assert_cmpint (n_plots, >, 0);
    kd_figure_plot_free (plot);
    figure_case_close (&c);
  }
  cairo_destroy (cr);
  cairo_surface_destroy (nothing);
}

static void
test_keyboard_reaches_every_item (void)
{
  FigureCase c = figure_case_open ("rm_pfi");
  KdFigurePlot *plot = figure_case_plot (&c, "gaps");
  KdSheetSpot spot = { -1, -1, NAN, NAN };
  spot = kd_sheet_step (&plot->sheet, &spot, 1, 0);
  g_assert_cmpint (spot.panel, ==, 0);
  g_assert_cmpint (spot.item, ==, 0);
  spot = kd_sheet_step (&plot->sheet, &spot, 0, 1);
  g_assert_cmpint (spot.item, ==, SIDE);
  g_assert_cmpfloat (spot.x, ==, 4);
  g_assert_cmpfloat (spot.y, ==, 12);
  int n = 0;
  for (KdSheetSpot before = { -2, 0, 0, 0 }; spot.panel != before.panel || spot.item != before.item;
       n++) {
    before = spot;
    spot = kd_sheet_step (&plot->sheet, &spot, 1, 0);
  }
  g_assert_cmpint (spot.panel, ==, plot->sheet.n_panels - 1);
  g_assert_cmpint (spot.item, ==, plot->sheet.panels[spot.panel].n_points - 1);
  kd_figure_plot_free (plot);
  figure_case_close (&c);
}

static void
test_files (void)
{
  FigureCase c = figure_case_open ("pgd");
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("kdscope-figures-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "picks.png", NULL);
  const KdFigure *figure = kd_figure_find (kd_method_find ("pgd"), "picks", &error);
  g_autoptr (KdFigurePlot) plot = kd_figure_plot_new (c.picture, figure, &c.state, true);
  g_assert_true (kd_figure_plot_export (plot, path, &error));
  g_assert_no_error (error);
  cairo_surface_t *image = cairo_image_surface_create_from_png (path);
  g_assert_cmpint (cairo_image_surface_get_width (image), ==, KD_FIGURE_PX);
  cairo_surface_destroy (image);
  g_assert_null (kd_figure_find (kd_method_find ("pgd"), "tokens", &error));
  figure_assert_says (error->message, "PGD has no figure \"tokens\", choose one of: picks");
  g_remove (path);
  g_rmdir (folder);
  figure_case_close (&c);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autoptr (GError) error = NULL;
  kd_blas_init (&error);
  g_assert_no_error (error);
  g_test_add_func ("/figures/every-one-draws-and-answers", test_every_figure_draws_and_answers);
  g_test_add_func ("/figures/panels-use-the-room", test_panels_use_the_room);
  g_test_add_func ("/figures/pages-are-full", test_pages_are_full);
  g_test_add_func ("/figures/only-pictures-have-places", test_only_pictures_have_places);
  g_test_add_func ("/figures/keyboard-reaches-every-item", test_keyboard_reaches_every_item);
  g_test_add_func ("/figures/files", test_files);
  g_test_add_func ("/figures/alike-rows-stand-together", test_alike_rows_stand_together);
  return g_test_run ();
}
