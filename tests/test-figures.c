/* SPDX-License-Identifier: MIT */

/* Figures of methods against what the dump's arrays say, computed anew here. */
#include "tests/figure-fixture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SIDE FIGURE_SIDE

static bool
in_a_box (double x, double y)
{
  for (size_t g = 0; g < G_N_ELEMENTS (figure_boxes); g++)
    if (x >= (double) figure_boxes[g][0] && x <= (double) figure_boxes[g][2] &&
        y >= (double) figure_boxes[g][1] && y <= (double) figure_boxes[g][3])
      return true;
  return false;
}

/* ---- FRS ----------------------------------------------------------------------------------------------- */

static double
largest_score (const FigureCase *c, int cell)
{
  const KdArray *logits = kd_arrays_find (c->dump->arrays, "teacher_cls.0");
  double most = -INFINITY;
  for (size_t k = 0; k < (size_t) logits->dims[1]; k++)
    most = fmax (most, kd_array_get (logits, k * SIDE * SIDE + (size_t) cell));
  return 1 / (1 + exp (-most));
}

static void
test_richness (void)
{
  FigureCase c = figure_case_open ("frs");
  KdFigurePlot *plot = figure_case_plot (&c, "richness");
  const KdPanel *kinds = figure_panel (plot, "P3 against boxes");
  double sum = 0, outside = 0;
  for (int i = 0; i < SIDE * SIDE; i++) {
    const double score = largest_score (&c, i);
    const bool in = in_a_box (8 * (i % SIDE) + 4, 8 * (i / SIDE) + 4);
    sum += score;
    outside += in ? 0 : score;
    g_assert_cmpint ((int) kinds->values[i], ==, score >= 0.3 ? (in ? 1 : 3) : (in ? 2 : 0));
  }
  figure_assert_says (plot->sheet.summary, "P3 %.1f %%", 100 * outside / sum);
  figure_assert_says (kinds->caption, "%.0f %% outside boxes", 100 * outside / sum);
  kd_figure_plot_free (plot);

  char number[32];
  c.state.spot = (KdSheetSpot){ 0, 11, 28, 12 }; /* cell (3, 1) */
  plot = figure_case_plot (&c, "richness");
  kd_number_format (largest_score (&c, 11), number, sizeof number);
  figure_assert_says (plot->readout, "P3 cell (3, 1), richness %s, inside a box:", number);
  g_assert_cmpint (figure_panel (plot, "P3 richness")->lit, ==, 11);
  kd_figure_plot_free (plot);
  figure_case_close (&c);
}

/* Under the pointer: the cell's five best scores in order, a class by its best anchor, from the dump's logits. */
static void
test_best_scores (void)
{
  FigureCase c = figure_case_open ("frs");
  const KdPictureInfo *info = kd_picture_info (c.picture);
  const KdArray *logits = kd_arrays_find (c.dump->arrays, "teacher_cls.0");
  const size_t channels = (size_t) logits->dims[1], cell = 11;
  const size_t classes = info->n_classes > 0 ? (size_t) info->n_classes : channels;
  g_autofree double *scores = g_new0 (double, classes);
  for (size_t k = 0; k < channels; k++)
    scores[k % classes] =
        fmax (scores[k % classes], 1 / (1 + exp (-kd_array_get (logits, k * SIDE * SIDE + cell))));
  g_autoptr (GString) expected = g_string_new (": ");
  for (size_t place = 0; place < MIN (classes, 5); place++) {
    char number[32];
    size_t best = 0;
    for (size_t k = 1; k < classes; k++)
      if (scores[k] > scores[best])
        best = k;
    kd_number_format (scores[best], number, sizeof number);
    if (info->n_classes > 0)
      g_string_append_printf (expected, "%s%s %s", place ? ", " : "", info->class_names[best],
                              number);
    else
      g_string_append_printf (expected, "%schannel %d %s", place ? ", " : "", (int) best, number);
    scores[best] = -1;
  }
  c.state.spot = (KdSheetSpot){ 0, (int) cell, 28, 12 };
  KdFigurePlot *plot = figure_case_plot (&c, "richness");
  g_assert_true (g_str_has_suffix (plot->readout, expected->str));
  kd_figure_plot_free (plot);
  figure_case_close (&c);
}

/* ---- KD -------------------------------------------------------------------------------------------------- */

static double
bce (double logit, double target)
{
  return target * log1p (exp (-logit)) + (1 - target) * log1p (exp (logit));
}

static void
test_scores (void)
{
  FigureCase c = figure_case_open ("kd");
  KdFigurePlot *plot = figure_case_plot (&c, "scores");
  const KdPanel *divergence = figure_panel (plot, "P3 divergence");
  const KdPanel *difference = figure_panel (plot, "P3 difference");
  const KdArray *teacher = kd_arrays_find (c.dump->arrays, "teacher_cls.0");
  const KdArray *student = kd_arrays_find (c.dump->arrays, "student_cls.0");
  double all = 0, outside = 0;
  for (int i = 0; i < SIDE * SIDE; i++) {
    double sum = 0, most[2] = { 0, 0 };
    for (size_t k = 0; k < (size_t) teacher->dims[1]; k++) {
      const double t = kd_array_get (teacher, k * SIDE * SIDE + (size_t) i);
      const double s = kd_array_get (student, k * SIDE * SIDE + (size_t) i);
      const double target = 1 / (1 + exp (-t));
      sum += bce (s, target) - bce (t, target);
      most[0] = fmax (most[0], 1 / (1 + exp (-s)));
      most[1] = fmax (most[1], target);
    }
    g_assert_cmpfloat_with_epsilon ((double) divergence->values[i], sum, 1e-4 * (1 + sum));
    g_assert_cmpfloat_with_epsilon ((double) difference->values[i], most[0] - most[1], 1e-5);
    all += sum;
    outside += in_a_box (8 * (i % SIDE) + 4, 8 * (i / SIDE) + 4) ? 0 : sum;
  }
  figure_assert_says (divergence->caption, "%.0f %% outside boxes", 100 * outside / all);
  figure_assert_says (plot->sheet.summary, "P3 %.0f %%", 100 * outside / all);
  kd_figure_plot_free (plot);
  figure_case_close (&c);
}

/* ---- FGD ----------------------------------------------------------------------------------------------- */

static int
boxes_on (int x, int y)
{
  int n = 0;
  for (size_t g = 0; g < G_N_ELEMENTS (figure_boxes); g++)
    n += x >= (int) floorf (figure_boxes[g][0] / 8) && x <= (int) ceilf (figure_boxes[g][2] / 8) &&
         y >= (int) floorf (figure_boxes[g][1] / 8) && y <= (int) ceilf (figure_boxes[g][3] / 8);
  return n;
}

static void
test_pipeline (void)
{
  FigureCase c = figure_case_open ("fgd");
  KdFigurePlot *plot = figure_case_plot (&c, "pipeline");
  const KdPanel *mask = figure_panel (plot, "P3 scale mask");
  const KdPanel *weight = figure_panel (plot, "P3 weight");
  const KdArray *attention = fixture_output (c.inspection, "map.spatial_attention_teacher.0");
  const KdArray *fg = fixture_output (c.inspection, "map.fg_mask.0");
  const KdArray *bg = fixture_output (c.inspection, "map.bg_mask.0");
  double entropy = 0;
  int overlapping = 0;
  for (int i = 0; i < SIDE * SIDE; i++) {
    const size_t p = (size_t) i;
    const double a = kd_array_get (attention, p);
    g_assert_cmpint (mask->marks[i], ==, boxes_on (i % SIDE, i / SIDE) >= 2);
    overlapping += mask->marks[i];
    g_assert_cmpfloat_with_epsilon ((double) weight->values[i],
                                    a * (1e-3 * kd_array_get (fg, p) + 5e-4 * kd_array_get (bg, p)),
                                    1e-9);
    entropy -= a / (SIDE * SIDE) * log (a / (SIDE * SIDE));
  }
  g_assert_cmpint (overlapping, >, 0);
  figure_assert_says (mask->caption, "%d cells overlap", overlapping);
  figure_assert_says (plot->sheet.summary, "P3 %.1f of 64", exp (entropy));
  g_assert_true (mask->scale.log && weight->scale.log);
  figure_panel (plot, "P4 student");
  kd_figure_plot_free (plot);
  figure_case_close (&c);
}

/* A strip of all channels, the teacher's favourite first. */
static void
test_channels_in_order (void)
{
  FigureCase c = figure_case_open ("fgd");
  KdFigurePlot *plot = figure_case_plot (&c, "pipeline");
  const KdPanel *strip = figure_panel (plot, "P3 channels, by attention");
  const KdArray *attention = fixture_output (c.inspection, "map.channel_attention_teacher.0");
  const int C = strip->width;
  g_assert_cmpint (C, ==, (int) attention->dims[1]);
  c.state.spot = (KdSheetSpot){ (int) (strip - plot->sheet.panels), 1, NAN, NAN };
  double sum = 0;
  for (int i = 0; i < C; i++) {
    g_assert_true (i == 0 || strip->values[i] <= strip->values[i - 1]);
    sum += (double) strip->values[i];
  }
  g_assert_cmpfloat_with_epsilon (sum, C, 1e-4 * C);
  const double second = (double) strip->values[1];
  kd_figure_plot_free (plot);
  plot = figure_case_plot (&c, "pipeline");
  int channel;
  g_assert_nonnull (plot->readout);
  g_assert_cmpint (sscanf (plot->readout, "P3 channel %d: place 2", &channel), ==, 1);
  g_assert_cmpfloat (kd_array_get (attention, (size_t) channel), ==, second);
  kd_figure_plot_free (plot);
  figure_case_close (&c);
}

/* ---- RM and PFI ------------------------------------------------------------------------------------------ */

static void
test_ranks (void)
{
  FigureCase c = figure_case_open ("rm_pfi");
  c.state.object = 1;
  KdFigurePlot *plot = figure_case_plot (&c, "ranks");
  const KdArray *owners = fixture_output (c.inspection, "map.rank_list_gt");
  const KdArray *sides[] = { fixture_output (c.inspection, "map.rank_list_teacher"),
                             fixture_output (c.inspection, "map.rank_list_student") };
  double shares[2][512];
  int n = 0, pairs = 0;
  for (size_t i = 0; i < (size_t) owners->dims[0]; i++)
    if (kd_array_get (owners, i) == 1) {
      shares[0][n] = kd_array_get (sides[0], i);
      shares[1][n++] = kd_array_get (sides[1], i);
    }
  const KdPanel *slopes = figure_panel (plot, "Anchors of object 2");
  g_assert_cmpint (n, >, 1);
  g_assert_cmpint (slopes->n_lines, ==, n);
  for (int i = 0; i < n; i++) {
    int better[2] = { 0, 0 };
    for (int k = 0; k < n; k++)
      for (int side = 0; side < 2; side++)
        better[side] += shares[side][k] > shares[side][i];
    for (int k = 0; k < i; k++)
      pairs += (shares[0][k] - shares[0][i]) * (shares[1][k] - shares[1][i]) < 0;
    g_assert_cmpint (slopes->lines[i].from, ==, better[0]);
    g_assert_cmpint (slopes->lines[i].to, ==, better[1]);
  }
  figure_assert_says (slopes->caption, "%d of %d pairs cross", pairs, n * (n - 1) / 2);
  g_assert_cmpint (plot->object, ==, 1);
  kd_figure_plot_free (plot);
  figure_case_close (&c);
}

static void
test_gaps (void)
{
  FigureCase c = figure_case_open ("rm_pfi");
  c.state.brushed = 3;
  c.state.brush = (KdRect){ 0.5, 0.5, 0.5, 0.5 }; /* the upper right quarter of the scatter */
  KdFigurePlot *plot = figure_case_plot (&c, "gaps");
  const KdArray *gaps[] = { fixture_output (c.inspection, "map.p_dif.0"),
                            fixture_output (c.inspection, "map.f_dif.0") };
  const KdPanel *scatter = figure_panel (plot, "P3 cells");
  const KdPanel *map = figure_panel (plot, "P3 weight");
  g_assert_true (scatter == &plot->sheet.panels[3]);
  double low[2] = { INFINITY, INFINITY }, high[2] = { 0, 0 };
  for (size_t i = 0; i < SIDE * SIDE; i++)
    for (int k = 0; k < 2; k++) {
      low[k] = fmin (low[k], kd_array_get (gaps[k], i) / 1.3);
      high[k] = fmax (high[k], kd_array_get (gaps[k], i) * 1.3);
    }
  int chosen = 0;
  for (size_t i = 0; i < SIDE * SIDE; i++) {
    const double x = kd_array_get (gaps[0], i), y = kd_array_get (gaps[1], i);
    g_assert_cmpfloat_with_epsilon (scatter->points[i].x, x, 1e-6);
    g_assert_cmpfloat_with_epsilon (scatter->points[i].y, y, 1e-6);
    g_assert_cmpfloat_with_epsilon ((double) map->values[i], x * y, 1e-5);
    const bool in = x > sqrt (low[0] * high[0]) && y > sqrt (low[1] * high[1]);
    g_assert_cmpint (map->marks[i], ==, in);
    chosen += in;
  }
  g_assert_cmpint (chosen, >, 0);
  figure_assert_says (scatter->caption, "%d cells chosen", chosen);
  kd_figure_plot_free (plot);
  figure_case_close (&c);
}

/* A point of P3's scatter is cell (6, 3): the other level marks the cell over it, wherever in the scatter the point lies. */
static void
test_a_point_is_a_place (void)
{
  FigureCase c = figure_case_open ("rm_pfi");
  c.state.spot = (KdSheetSpot){ 3, 3 * SIDE + 6, 0.1, 0.9 };
  KdFigurePlot *plot = figure_case_plot (&c, "gaps");
  const KdPanel *coarse = figure_panel (plot, "P4 weight");
  g_assert_cmpint (coarse->width, ==, SIDE / 2);
  g_assert_cmpint (figure_panel (plot, "P3 weight")->lit, ==, 3 * SIDE + 6);
  g_assert_cmpint (coarse->lit, ==, 1 * coarse->width + 3);
  g_assert_true (figure_panel (plot, "P4 cells")->points[1 * coarse->width + 3].lit);
  figure_assert_says (plot->readout, "P3 cell (6, 3): ");
  kd_figure_plot_free (plot);
  c.state.spot.item = -1; /* near no point: nothing is marked */
  plot = figure_case_plot (&c, "gaps");
  g_assert_cmpint (figure_panel (plot, "P4 weight")->lit, ==, -1);
  kd_figure_plot_free (plot);
  figure_case_close (&c);
}

/* ---- PGD ------------------------------------------------------------------------------------------------- */

/* One object, so that the maps say which cells are its own. */
static void
test_picks (void)
{
  FigureCase c = { .dump = fixture_dump (figure_boxes, 1), .state = kd_figure_state_default () };
  c.inspection = fixture_inspect (c.dump, "pgd", "topk", "9", NULL);
  c.picture = kd_picture_of_inspection (c.dump, kd_method_find ("pgd"), c.inspection, 0);
  c.state.option = true;
  KdFigurePlot *plot = figure_case_plot (&c, "picks");
  int used = 0, inside = 0;
  for (int l = 0; l < 2; l++) {
    g_autofree char *cls = g_strdup_printf ("map.importance_cls.%d", l);
    g_autofree char *reg = g_strdup_printf ("map.importance_reg.%d", l);
    g_autofree char *background = g_strdup_printf ("map.background.%d", l);
    g_autofree char *title = g_strdup_printf ("P%d, class tower", 3 + l);
    const KdArray *outside = fixture_output (c.inspection, background);
    const KdPanel *panel = figure_panel (plot, title);
    for (size_t i = 0; i < kd_array_count (outside); i++) {
      const bool in = kd_array_get (outside, i) == 0;
      used += kd_array_get (fixture_output (c.inspection, cls), i) > 0 ||
              kd_array_get (fixture_output (c.inspection, reg), i) > 0;
      inside += in;
      g_assert_cmpint (panel->marks[i], ==, in);
    }
  }
  figure_assert_says (plot->sheet.summary, "object 1 %d of %d (%.0f %%)", used, inside,
                      100.0 * used / inside);
  const KdPanel *image = figure_panel (plot, "Box tower, all levels");
  const KdArray *gaussian = fixture_output (c.inspection, "map.gaussian");
  g_assert_cmpint (image->n_dots, ==, (int) kd_array_get (gaussian, 11));
  double mean = 0;
  for (int i = 0; i < image->n_dots; i++)
    mean += image->dots[i].x / image->n_dots;
  g_assert_cmpfloat_with_epsilon (mean, kd_array_get (gaussian, 6), 1e-4);
  g_assert_cmpfloat_with_epsilon (image->ellipses[0].xx, kd_array_get (gaussian, 8), 1e-4);
  kd_figure_plot_free (plot);
  figure_case_close (&c);
}

/* ---- MasKD ------------------------------------------------------------------------------------------------- */

static void
test_tokens (void)
{
  FigureCase c = figure_case_open ("maskd");
  KdFigurePlot *plot = figure_case_plot (&c, "tokens");
  const KdArray *masks = fixture_output (c.inspection, "map.token_mask_teacher.0");
  const KdArray *overlap = fixture_output (c.inspection, "map.overlap.0");
  const size_t M = (size_t) masks->dims[1], cells = SIDE * SIDE;
  const KdPanel *composite = figure_panel (plot, "P3 strongest");
  for (size_t i = 0; i < cells; i++) {
    size_t best = 0;
    for (size_t k = 1; k < M; k++)
      if (kd_array_get (masks, k * cells + i) > kd_array_get (masks, best * cells + i))
        best = k;
    g_assert_cmpint ((int) composite->values[i], ==, (int) best + 1);
    g_assert_cmpfloat_with_epsilon ((double) composite->strength[i],
                                    kd_array_get (masks, best * cells + i), 1e-6);
  }
  double sum = 0;
  for (size_t i = 0; i < M * M; i++)
    sum += i / M == i % M ? 0 : kd_array_get (overlap, i);
  figure_assert_says (plot->sheet.summary, "P3 %.2f", sum / (double) (M * (M - 1)));
  /* tokens that have not learned are alike */
  figure_assert_says (plot->sheet.alarm, "Collapsed, or not learned yet: %s", "P3");
  kd_figure_plot_free (plot);
  figure_case_close (&c);
}

static int
place_of (const KdFigurePlot *plot, const char *title, int from)
{
  for (int i = from; i < plot->sheet.n_panels; i++)
    if (g_str_equal (plot->sheet.panels[i].title, title))
      return i;
  g_assert_not_reached ();
}

/* A tile that is pointed at is large, and stays so when the pointer goes on to what is large. */
static void
test_pointed_token_is_large (void)
{
  FigureCase c = figure_case_open ("maskd");
  const KdArray *masks = fixture_output (c.inspection, "map.token_mask_teacher.1");
  const KdArray *weights = fixture_output (c.inspection, "map.token_weight.1");
  const size_t cells = (size_t) (masks->dims[2] * masks->dims[3]), token = 2;
  KdFigurePlot *plot = figure_case_plot (&c, "tokens");
  c.state.spot = (KdSheetSpot){ 0, 0, 1, 1 };
  c.state.spot.panel = place_of (plot, "token 3", place_of (plot, "P4 strongest", 0));
  kd_figure_plot_free (plot);
  plot = figure_case_plot (&c, "tokens");
  const int large = plot->large;
  for (int pass = 0; pass < 2; pass++) {
    const KdPanel *mask = &plot->sheet.panels[0];
    char number[32];
    kd_number_format (kd_array_get (weights, token), number, sizeof number);
    g_assert_cmpstr (mask->title, ==, "P4 token 3");
    figure_assert_says (mask->caption, "weight %s", number);
    for (size_t i = 0; i < cells; i++)
      g_assert_cmpfloat_with_epsilon ((double) mask->values[i],
                                      kd_array_get (masks, token * cells + i), 1e-6);
    g_assert_cmpint (figure_panel (plot, "P4 weights")->lit, ==, (int) token);
    kd_figure_plot_free (plot);
    c.state.large = large;
    c.state.spot.panel = 0;
    plot = figure_case_plot (&c, "tokens");
  }
  kd_figure_plot_free (plot);
  figure_case_close (&c);
}

/* In a batch, an object's row in the lists is not its number in the image. */
static void
test_second_image_of_a_batch (void)
{
  SyntheticDump config = synthetic_dump_default ();
  const int images[] = { 0, 1 };
  config.n_images = 2;
  config.boxes = figure_boxes;
  config.box_images = images;
  config.n_boxes = 2;
  KdDump *dump = synthetic_dump_new (&config);
  KdInspection *inspection = fixture_inspect (dump, "pgd", NULL);
  KdPicture *picture = kd_picture_of_inspection (dump, kd_method_find ("pgd"), inspection, 1);
  const KdFigureState state = kd_figure_state_default ();
  const KdFigure *figure = kd_figure_find (kd_method_find ("pgd"), "picks", NULL);
  g_assert_cmpint (kd_picture_info (picture)->n_truths, ==, 1);
  g_assert_cmpint (kd_picture_truth_row (picture, 0), ==, 1);
  g_autoptr (KdFigurePlot) plot = kd_figure_plot_new (picture, figure, &state, false);
  const KdArray *gaussian = fixture_output (inspection, "map.gaussian");
  g_assert_cmpfloat (kd_array_get (gaussian, 12), >, 0);
  g_assert_cmpfloat_with_epsilon (plot->sheet.panels[0].ellipses[0].x, kd_array_get (gaussian, 12),
                                  1e-4);
  kd_picture_unref (picture);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autoptr (GError) error = NULL;
  kd_blas_init (&error);
  g_assert_no_error (error);
  g_test_add_func ("/figures/richness/against-the-boxes", test_richness);
  g_test_add_func ("/figures/richness/best-scores-under-the-pointer", test_best_scores);
  g_test_add_func ("/figures/pipeline/stages-and-overlaps", test_pipeline);
  g_test_add_func ("/figures/ranks/places-and-crossings", test_ranks);
  g_test_add_func ("/figures/gaps/points-are-cells-and-a-brush-marks-them", test_gaps);
  g_test_add_func ("/figures/gaps/a-point-is-a-place", test_a_point_is_a_place);
  g_test_add_func ("/figures/picks/share-of-the-box", test_picks);
  g_test_add_func ("/figures/scores/divergence-and-where-it-lies", test_scores);
  g_test_add_func ("/figures/pipeline/channels-in-order", test_channels_in_order);
  g_test_add_func ("/figures/tokens/the-strongest-and-their-overlap", test_tokens);
  g_test_add_func ("/figures/tokens/the-one-pointed-at-is-large", test_pointed_token_is_large);
  g_test_add_func ("/figures/second-image-of-a-batch", test_second_image_of_a_batch);
  return g_test_run ();
}
