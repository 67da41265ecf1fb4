/* SPDX-License-Identifier: MIT */

/* Figures of methods that choose places: anchors, regions, instances, objects; against the dump's arrays, computed anew here. */
#include "tests/figure-fixture.h"

#include <math.h>

#define SIDE FIGURE_SIDE

static double
iou_of (const KdBox *a, const KdBox *b)
{
  const double w = fmin (a->x2, b->x2) - fmax (a->x1, b->x1);
  const double h = fmin (a->y2, b->y2) - fmax (a->y1, b->y1);
  const double both = fmax (w, 0) * fmax (h, 0);
  return both / ((a->x2 - a->x1) * (a->y2 - a->y1) + (b->x2 - b->x1) * (b->y2 - b->y1) - both);
}

/* ---- FGFI -------------------------------------------------------------------------------------------------- */

static double
iou_with_anchor (const FigureCase *c, int level, int anchor, const float *box)
{
  g_autofree char *name = g_strdup_printf ("anchors.%d", level);
  const KdArray *anchors = kd_arrays_find (c->dump->arrays, name);
  double at[4], both = 1, areas[2] = { 1, 1 };
  for (size_t i = 0; i < 4; i++)
    at[i] = kd_array_get (anchors, 4 * (size_t) anchor + i);
  for (int i = 0; i < 2; i++) {
    const double low = (double) box[i], high = (double) box[i + 2];
    both *= fmax (fmin (high, at[i + 2]) - fmax (low, at[i]), 0);
    areas[0] *= high - low;
    areas[1] *= at[i + 2] - at[i];
  }
  return both / (areas[0] + areas[1] - both);
}

/* Each shape of anchor against its own IoU, half of the object's best as threshold; the union is the first term's mask. */
static void
test_anchors (void)
{
  KdDump *dump = fixture_dump (figure_boxes, 2);
  FigureCase c =
      figure_case_of (dump, fixture_inspect (dump, "fgfi", "iou_plus_one", "0", NULL), "fgfi");
  c.state.object = 1;
  KdFigurePlot *plot = figure_case_plot (&c, "anchors");
  g_assert_cmpint (plot->object, ==, 1);
  double best = 0;
  for (int p = 0; p < 3 * SIDE * SIDE; p++)
    best = fmax (best, iou_with_anchor (&c, 0, p, figure_boxes[1]));
  bool in_union[SIDE * SIDE] = { false };
  int n = 0;
  for (int a = 0; a < 3; a++) {
    g_autofree char *title = g_strdup_printf ("P3 anchor %d", a + 1);
    const KdPanel *panel = figure_panel (plot, title);
    int n_above = 0;
    for (int i = 0; i < SIDE * SIDE; i++) {
      const double iou = iou_with_anchor (&c, 0, 3 * i + a, figure_boxes[1]);
      g_assert_cmpfloat_with_epsilon ((double) panel->values[i], iou, 1e-5);
      g_assert_cmpint (panel->marks[i], ==, iou > best / 2);
      in_union[i] = in_union[i] || iou > best / 2;
      n_above += iou > best / 2;
    }
    figure_assert_says (panel->caption, "%d cells > %.2f", n_above, best / 2);
  }
  const KdArray *mask = fixture_output (c.inspection, "map.mask.0");
  g_autofree char *title = g_strdup_printf ("P3: N = %.0f", fixture_sum (mask));
  const KdPanel *region = figure_panel (plot, title);
  for (int i = 0; i < SIDE * SIDE; i++) {
    n += in_union[i];
    g_assert_cmpint ((int) region->values[i], ==,
                     in_union[i] ? 1 : (kd_array_get (mask, (size_t) i) > 0 ? 2 : 0));
  }
  g_assert_cmpint (n, >, 0);
  const KdPanel *cells = figure_panel (plot, "Cells by level");
  g_assert_cmpint ((int) cells->values[cells->width], ==, n);
  kd_figure_plot_free (plot);
  figure_case_close (&c);
}

/* One shape after another: each step's cells and how many it adds, from the dump's anchors; the last one is the whole. */
static void
test_union_step_by_step (void)
{
  KdDump *dump = fixture_dump (figure_boxes, 2);
  FigureCase c =
      figure_case_of (dump, fixture_inspect (dump, "fgfi", "iou_plus_one", "0", NULL), "fgfi");
  c.state.object = 1;
  c.state.level = 0;
  double best = 0;
  for (int p = 0; p < 3 * SIDE * SIDE; p++)
    best = fmax (best, iou_with_anchor (&c, 0, p, figure_boxes[1]));
  bool in_union[SIDE * SIDE] = { false };
  int n = 0;
  for (int k = 0; k <= 3; k++) {
    int added = 0;
    for (int i = 0; i < SIDE * SIDE && k > 0; i++)
      if (!in_union[i] && iou_with_anchor (&c, 0, 3 * i + k - 1, figure_boxes[1]) > best / 2) {
        in_union[i] = true;
        added++;
      }
    n += added;
    c.state.slider = k;
    KdFigurePlot *plot = figure_case_plot (&c, "anchors");
    g_assert_cmpint (plot->slider_at, ==, k);
    g_assert_cmpint (plot->slider_most, ==, 3);
    if (k > 0)
      figure_assert_says (plot->slider, "shape %d of 3 adds %d cells: %d in the union", k, added,
                          n);
    const KdArray *mask = fixture_output (c.inspection, "map.mask.0");
    g_autofree char *title = k < 3 ? g_strdup_printf ("P3, %d of 3 shapes", k)
                                   : g_strdup_printf ("P3: N = %.0f", fixture_sum (mask));
    const KdPanel *region = figure_panel (plot, title);
    for (int i = 0; i < SIDE * SIDE; i++)
      g_assert_cmpint (region->values[i] == 1, ==, in_union[i]);
    for (int a = 0; a < 3; a++) {
      g_autofree char *anchor = g_strdup_printf ("P3 anchor %d", a + 1);
      g_assert_cmpint (figure_panel (plot, anchor)->marks != NULL, ==, a < k);
    }
    kd_figure_plot_free (plot);
  }
  g_assert_cmpint (n, >, 0);
  figure_case_close (&c);
}

/* ---- Mimic ------------------------------------------------------------------------------------------------- */

/* Pooled tiles, their difference and its mean, from the list of errors that the dump's output has. */
static void
test_regions (void)
{
  KdDump *dump = fixture_dump (figure_boxes, 2);
  FigureCase c =
      figure_case_of (dump, fixture_inspect (dump, "mimic", "num_proposals", "12", NULL), "mimic");
  KdFigurePlot *plot = figure_case_plot (&c, "regions");
  const KdArray *errors = fixture_output (c.inspection, "map.region_error");
  const KdArray *regions = fixture_output (c.inspection, "map.regions");
  const int n = (int) errors->dims[0];
  const KdPanel *bars = figure_panel (plot, "Error of each region (L2² / values)");
  const KdPanel *image = figure_panel (plot, "Regions");
  g_assert_cmpint (n, >, 8);
  g_assert_cmpint (bars->width, ==, n);
  g_assert_cmpint (image->n_pickable, ==, n);
  for (int i = 0; i < n; i++) {
    int larger = 0;
    for (int k = 0; k < n; k++)
      larger += kd_array_get (errors, (size_t) k) > kd_array_get (errors, (size_t) i);
    g_assert_cmpfloat ((double) bars->values[larger], ==, kd_array_get (errors, (size_t) i));
    g_assert_cmpfloat_with_epsilon (image->boxes[larger].box.y2,
                                    kd_array_get (regions, 4 * (size_t) i + 3), 1e-4);
  }
  const KdPanel *tile = figure_panel (plot, "3 difference²");
  double sum = 0;
  for (int i = 0; i < tile->width * tile->height; i++)
    sum += (double) tile->values[i] / (tile->width * tile->height);
  g_assert_cmpfloat_with_epsilon (sum, (double) bars->values[2], 1e-4);
  kd_figure_plot_free (plot);

  c.state.spot = (KdSheetSpot){ 1, 9, NAN, NAN }; /* a bar: its box and its tiles */
  plot = figure_case_plot (&c, "regions");
  g_assert_cmpfloat (figure_panel (plot, "Regions")->boxes[9].line_width, >, 3);
  figure_panel (plot, "▸ 10 teacher");
  figure_assert_says (plot->readout, "region 10, ");
  kd_figure_plot_free (plot);
  figure_case_close (&c);
}

/* So many regions as the slider says, in the order of the dump's list: their cells counted here, their errors by object. */
static void
test_first_regions (void)
{
  KdDump *dump = fixture_dump (figure_boxes, 2);
  FigureCase c =
      figure_case_of (dump, fixture_inspect (dump, "mimic", "num_proposals", "12", NULL), "mimic");
  const KdArray *errors = fixture_output (c.inspection, "map.region_error");
  const KdArray *regions = fixture_output (c.inspection, "map.regions");
  const KdArray *levels = fixture_output (c.inspection, "map.region_level");
  const int n = (int) errors->dims[0];
  for (int k = 0; k <= n; k++) {
    c.state.slider = k;
    KdFigurePlot *plot = figure_case_plot (&c, "regions");
    double counted[SIDE * SIDE] = { 0 }, by_object[3] = { 0 }, sum = 0;
    for (size_t i = 0; i < (size_t) k; i++) {
      double at[4];
      int object = 2;
      for (size_t j = 0; j < 4; j++)
        at[j] = kd_array_get (regions, 4 * i + j);
      const KdBox box = { at[0], at[1], at[2], at[3] };
      double most = 0;
      for (int g = 0; g < 2; g++) {
        const float *gt = figure_boxes[g];
        const KdBox truth = { (double) gt[0], (double) gt[1], (double) gt[2], (double) gt[3] };
        if (iou_of (&truth, &box) > most)
          object = g;
        most = fmax (most, iou_of (&truth, &box));
      }
      by_object[object] += kd_array_get (errors, i);
      sum += kd_array_get (errors, i);
      for (int y = 0; y < SIDE; y++) /* a cell of 8 px that the box reaches into */
        for (int x = 0; x < SIDE; x++)
          counted[y * SIDE + x] += kd_array_get (levels, i) == 0 && 8 * x < at[2] &&
                                   8 * (x + 1) > at[0] && 8 * y < at[3] && 8 * (y + 1) > at[1];
    }
    const KdPanel *coverage = figure_panel (plot, "P3 coverage");
    const KdPanel *objects = figure_panel (plot, "Loss by object, %");
    for (int i = 0; i < SIDE * SIDE; i++)
      g_assert_cmpfloat ((double) coverage->values[i], ==, counted[i]);
    for (int i = 0; i < 3; i++)
      g_assert_cmpfloat_with_epsilon ((double) objects->values[i],
                                      sum > 0 ? 100 * by_object[i] / sum : 0, 1e-3);
    g_assert_cmpint (figure_panel (plot, "Regions")->n_pickable, ==, k);
    g_assert_cmpint (figure_panel (plot, "Error of each region (L2² / values)")->width, ==, k);
    g_assert_cmpint (plot->slider_at, ==, k);
    g_assert_cmpint (plot->slider_most, ==, n);
    kd_figure_plot_free (plot);
  }
  figure_case_close (&c);
}

static void
test_crops_have_no_tiles (void)
{
  KdDump *dump = fixture_dump (figure_boxes, 2);
  FigureCase c = figure_case_of (
      dump, fixture_inspect (dump, "mimic", "source", "gt", "sample", "crop", NULL), "mimic");
  KdFigurePlot *plot = figure_case_plot (&c, "regions");
  figure_assert_says (plot->sheet.summary, "2 regions, numbered by error");
  figure_assert_says (plot->sheet.summary, "there are no tiles");
  g_assert_cmpint (plot->sheet.n_panels, ==, 5);
  kd_figure_plot_free (plot);
  figure_case_close (&c);
}

/* ---- GID --------------------------------------------------------------------------------------------------- */

/* NMS by hand over the figure's candidates keeps the method's instances, and the steps show its course. */
static void
test_instances (void)
{
  KdDump *dump = fixture_dump (figure_boxes, 2);
  FigureCase c = figure_case_of (
      dump, fixture_inspect (dump, "gid", "min_size", "4", "topk", "6", "nms_iou", "0.05", NULL),
      "gid");
  KdFigurePlot *plot = figure_case_plot (&c, "instances");
  const KdArray *instances = fixture_output (c.inspection, "map.gi_boxes");
  const KdPanel *candidates = figure_panel (plot, "Candidates");
  int kept[6], dropped_by[256], n_kept = 0, n = 0;
  for (; n < candidates->n_boxes && n_kept < 6; n++) {
    dropped_by[n] = -1;
    for (int k = 0; k < n_kept && dropped_by[n] < 0; k++)
      if (iou_of (&candidates->boxes[kept[k]].box, &candidates->boxes[n].box) > 0.05)
        dropped_by[n] = kept[k];
    if (dropped_by[n] < 0)
      kept[n_kept++] = n;
  }
  g_assert_cmpint (n_kept, ==, (int) instances->dims[0]);
  g_assert_cmpint (plot->slider_most, ==, n);
  const KdPanel *chosen = figure_panel (plot, "Instances");
  for (int i = 0; i < n_kept; i++) {
    g_assert_cmpfloat (candidates->boxes[kept[i]].box.x1, ==,
                       kd_array_get (instances, 4 * (size_t) i));
    g_assert_cmpfloat (chosen->boxes[i].box.y2, ==, kd_array_get (instances, 4 * (size_t) i + 3));
  }
  kd_figure_plot_free (plot);
  int n_dropped = 0;
  for (int i = 0; i < n; i++) {
    c.state.slider = i + 1;
    plot = figure_case_plot (&c, "instances");
    const KdPanel *nms = figure_panel (plot, "NMS");
    g_assert_cmpint (nms->n_boxes, ==, i + 1);
    g_assert_cmpint (nms->n_links, ==, dropped_by[i] >= 0);
    if (dropped_by[i] >= 0) {
      char iou[32];
      const KdBox *by = &nms->boxes[dropped_by[i]].box, *box = &nms->boxes[i].box;
      kd_number_format (iou_of (by, box), iou, sizeof iou);
      figure_assert_says (plot->slider, "dropped by candidate %d, IoU %s", dropped_by[i] + 1, iou);
      g_assert_cmpfloat_with_epsilon (nms->links[0].x1, (box->x1 + box->x2) / 2, 1e-6);
      g_assert_cmpfloat_with_epsilon (nms->links[0].y2, (by->y1 + by->y2) / 2, 1e-6);
    }
    for (int k = 0; k < i; k++) { /* dropped ones fade away, the longer ago the more */
      g_assert_cmpint (nms->boxes[k].fade > 0, ==, dropped_by[k] >= 0);
      for (int older = 0; older < k; older++)
        g_assert_true (dropped_by[k] < 0 || dropped_by[older] < 0 ||
                       nms->boxes[older].fade >= nms->boxes[k].fade);
    }
    n_dropped += dropped_by[i] >= 0;
    figure_assert_says (nms->caption, "%d kept, %d dropped", i + 1 - n_dropped, n_dropped);
    kd_figure_plot_free (plot);
  }
  g_assert_cmpint (n_dropped, >, 0);
  figure_case_close (&c);
}

static void
test_relations_light_their_boxes (void)
{
  KdDump *dump = fixture_dump (figure_boxes, 2);
  FigureCase c = figure_case_of (
      dump, fixture_inspect (dump, "gid", "min_size", "4", "topk", "6", NULL), "gid");
  const KdArray *teacher = fixture_output (c.inspection, "map.relation_teacher");
  const size_t I = (size_t) teacher->dims[0];
  g_assert_cmpuint (I, >, 4);
  KdFigurePlot *plot = figure_case_plot (&c, "instances");
  const int difference = (int) (figure_panel (plot, "Difference") - plot->sheet.panels);
  g_assert_cmpfloat (figure_panel (plot, "Relations, teacher")->scale.high, ==,
                     figure_panel (plot, "Relations, student")->scale.high);
  kd_figure_plot_free (plot);
  c.state.spot = (KdSheetSpot){ difference, (int) (1 * I + 4), NAN, NAN };
  plot = figure_case_plot (&c, "instances");
  const KdPanel *chosen = figure_panel (plot, "Instances");
  for (int i = 0; i < chosen->n_boxes; i++) {
    g_assert_true ((chosen->boxes[i].line_width > 3) == (i == 1 || i == 4));
    g_assert_true ((chosen->boxes[i].fade > 0) == (i != 1 && i != 4));
  }
  g_assert_cmpint (chosen->n_links, ==, 1);
  g_assert_cmpfloat_with_epsilon (chosen->links[0].x2,
                                  (chosen->boxes[4].box.x1 + chosen->boxes[4].box.x2) / 2, 1e-6);
  /* both are in sight at once */
  g_assert_cmpint (chosen->row, ==, figure_panel (plot, "Difference")->row);
  char number[32];
  kd_number_format (kd_array_get (teacher, 1 * I + 4), number, sizeof number);
  figure_assert_says (plot->readout, "instances 2 and 5: distance over the mean, teacher %s",
                      number);
  kd_figure_plot_free (plot);
  figure_case_close (&c);
}

/* Lists are of the whole batch: each image shows its own rows. */
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
  KdInspection *inspection = fixture_inspect (dump, "gid", "min_size", "4", "topk", "5", NULL);
  const KdArray *of_image = fixture_output (inspection, "map.gi_image");
  const KdArray *boxes = fixture_output (inspection, "map.gi_boxes");
  KdPicture *picture = kd_picture_of_inspection (dump, kd_method_find ("gid"), inspection, 1);
  const KdFigureState state = kd_figure_state_default ();
  const KdFigure *figure = kd_figure_find (kd_method_find ("gid"), "instances", NULL);
  g_autoptr (KdFigurePlot) plot = kd_figure_plot_new (picture, figure, &state, false);
  const KdPanel *candidates = figure_panel (plot, "Candidates");
  const KdPanel *chosen = figure_panel (plot, "Instances");
  int n = 0;
  for (size_t i = 0; i < (size_t) of_image->dims[0]; i++)
    if (kd_array_get (of_image, i) == 1) {
      g_assert_cmpint (n, <, chosen->n_boxes);
      g_assert_cmpfloat (chosen->boxes[n++].box.x1, ==, kd_array_get (boxes, 4 * i));
    }
  g_assert_cmpint (n, >, 0);
  g_assert_cmpint (chosen->n_boxes, ==, n);
  /* the first of the batch is on the other image, the last one on this */
  KdFigureState pointing = state;
  pointing.spot = (KdSheetSpot){ (int) (figure_panel (plot, "Difference") - plot->sheet.panels),
                                 (int) of_image->dims[0] - 1, NAN, NAN };
  g_autoptr (KdFigurePlot) pointed = kd_figure_plot_new (picture, figure, &pointing, false);
  figure_assert_says (pointed->readout,
                      "instances 1 (on image 1) and %d: ", (int) of_image->dims[0]);
  /* the best candidate is always kept */
  g_assert_cmpfloat (candidates->boxes[0].box.x1, ==, chosen->boxes[0].box.x1);
  kd_picture_unref (picture);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

/* ---- DeFeat ------------------------------------------------------------------------------------------------- */

static void
test_split (void)
{
  SyntheticDump config = synthetic_dump_default ();
  config.boxes = figure_boxes;
  config.n_boxes = 2;
  config.n_proposals = 10;
  config.student_channels = config.teacher_channels;
  FigureCase c = { .dump = synthetic_dump_new (&config), .state = kd_figure_state_default () };
  c.inspection = fixture_inspect (c.dump, "defeat", NULL);
  c.picture = kd_picture_of_inspection (c.dump, kd_method_find ("defeat"), c.inspection, 0);
  KdFigurePlot *plot = figure_case_plot (&c, "split");
  const KdPanel *loss = figure_panel (plot, "Loss of the neck");
  g_assert_cmpfloat_with_epsilon ((double) loss->values[0], fixture_loss (c.inspection, "neck_fg"),
                                  1e-5);
  g_assert_cmpfloat_with_epsilon ((double) loss->values[1], fixture_loss (c.inspection, "neck_bg"),
                                  1e-5);
  const KdPanel *weight = figure_panel (plot, "P3 weight");
  const KdArray *fg = fixture_output (c.inspection, "map.fg.0");
  for (size_t i = 0; i < SIDE * SIDE; i++)
    g_assert_cmpint (weight->sides[i], ==, kd_array_get (fg, i) > 0);
  g_assert_cmpfloat (weight->wipe, ==, 0.5);

  /* the proposal that both sides judge most differently, temperatures 1 */
  const KdArray *logits[] = { kd_arrays_find (c.dump->arrays, "teacher_roi_cls"),
                              kd_arrays_find (c.dump->arrays, "student_roi_cls") };
  const size_t K = (size_t) logits[0]->dims[1];
  double most = -1;
  size_t worst = 0;
  for (size_t i = 0; i < 10; i++) {
    double sums[2] = { 0, 0 }, kl = 0;
    for (size_t s = 0; s < 2; s++)
      for (size_t k = 0; k < K; k++)
        sums[s] += exp (kd_array_get (logits[s], i * K + k));
    for (size_t k = 0; k < K; k++) {
      const double q = exp (kd_array_get (logits[0], i * K + k)) / sums[0];
      kl += q * log (q * sums[1] / exp (kd_array_get (logits[1], i * K + k)));
    }
    if (kl > most) {
      most = kl;
      worst = i;
    }
  }
  g_autofree char *title = g_strdup_printf ("Proposal %d softmax, student", (int) worst + 1);
  const KdPanel *student = figure_panel (plot, title);
  double sum = 0;
  for (size_t k = 0; k < K; k++)
    sum += exp (kd_array_get (logits[1], worst * K + k));
  for (size_t k = 0; k < K; k++)
    g_assert_cmpfloat_with_epsilon ((double) student->values[k],
                                    exp (kd_array_get (logits[1], worst * K + k)) / sum, 1e-5);
  g_assert_cmpstr (student->names[K - 1], ==, "none");
  kd_figure_plot_free (plot);
  figure_case_close (&c);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autoptr (GError) error = NULL;
  kd_blas_init (&error);
  g_assert_no_error (error);
  g_test_add_func ("/figures/anchors/above-the-objects-own-threshold", test_anchors);
  g_test_add_func ("/figures/anchors/union-step-by-step", test_union_step_by_step);
  g_test_add_func ("/figures/regions/errors-in-order-and-their-tiles", test_regions);
  g_test_add_func ("/figures/regions/the-first-ones", test_first_regions);
  g_test_add_func ("/figures/regions/crops-have-no-tiles", test_crops_have_no_tiles);
  g_test_add_func ("/figures/instances/nms-step-by-step", test_instances);
  g_test_add_func ("/figures/instances/a-relation-lights-its-boxes",
                   test_relations_light_their_boxes);
  g_test_add_func ("/figures/instances/second-image-of-a-batch", test_second_image_of_a_batch);
  g_test_add_func ("/figures/split/shares-are-the-terms", test_split);
  return g_test_run ();
}
