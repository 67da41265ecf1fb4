/* SPDX-License-Identifier: MIT */

/* Mimic's edge cases: which regions there are, and what each of them adds. */
#include "tests/method-fixture.h"

#include <math.h>
#include <string.h>

/* Adds @amount to every feature of the teacher: the student is then off by a constant. */
static void
shift_student (KdDump *dump, float amount)
{
  for (int l = 0; l < 2; l++) {
    g_autofree char *teacher = g_strdup_printf ("teacher_feat.%d", l);
    g_autofree char *student = g_strdup_printf ("student_feat.%d", l);
    KdArray *shifted = synthetic_copy (dump, teacher, student);
    for (size_t i = 0; i < kd_array_count (shifted); i++)
      ((float *) shifted->data)[i] += amount;
    fixture_replace (dump, student, shifted);
  }
}

static int
regions (const KdInspection *inspection)
{
  return (int) fixture_output (inspection, "map.regions")->dims[0];
}

/* ---- what a region adds -------------------------------------------------------------------------------- */

static void
test_errors_do_not_depend_on_size (void)
{
  const float boxes[][4] = {
    { 9, 9, 14, 15 }, { 8, 8, 40, 48 }, { 0, 0, 64, 64 }, { 3, 5, 60, 9 }
  };
  static const char *const samples[] = { "roialign", "crop" };
  KdDump *dump = fixture_dump (boxes, 4);
  shift_student (dump, 1);
  for (int i = 0; i < 2; i++) {
    KdInspection *inspection =
        fixture_inspect (dump, "mimic", "source", "gt", "sample", samples[i], NULL);
    g_assert_cmpint (regions (inspection), ==, 4);
    fixture_assert_all (fixture_output (inspection, "map.region_error"), 1, 1e-5);
    g_assert_cmpfloat_with_epsilon (fixture_loss (inspection, "feature"), 0.5, 1e-5);
    kd_inspection_free (inspection);
  }
  synthetic_dump_free (dump);
}

static void
test_doubled_regions_change_nothing (void)
{
  const float boxes[][4] = {
    { 9, 9, 34, 25 }, { 8, 8, 40, 48 }, { 9, 9, 34, 25 }, { 8, 8, 40, 48 }
  };
  KdInspection *of[2];
  for (int i = 0; i < 2; i++) {
    KdDump *dump = fixture_dump (boxes, 2 + 2 * i);
    of[i] = fixture_inspect (dump, "mimic", "source", "gt", NULL);
    synthetic_dump_free (dump);
  }
  g_assert_cmpfloat_with_epsilon (fixture_loss (of[0], "total"), fixture_loss (of[1], "total"),
                                  1e-5 * fixture_loss (of[0], "total"));
  g_assert_cmpfloat (2 * fixture_sum (fixture_output (of[0], "map.coverage.0")), ==,
                     fixture_sum (fixture_output (of[1], "map.coverage.0")));
  kd_inspection_free (of[0]);
  kd_inspection_free (of[1]);
}

/* Half a pixel, plainly: one bin, one sample, on a map that rises by 1 a cell: the value is the box's centre in cells less 1/2. */
static void
test_samples_are_half_a_cell_off (void)
{
  const float boxes[][4] = { { 20, 8, 34, 30 } };
  KdDump *dump = fixture_dump (boxes, 1);
  shift_student (dump, 0);
  KdArray *ramp = synthetic_copy (dump, "teacher_feat.0", "student_feat.0");
  for (size_t i = 0; i < kd_array_count (ramp); i++)
    ((float *) ramp->data)[i] += (float) (i % 8);
  fixture_replace (dump, "student_feat.0", ramp);
  KdInspection *inspection =
      fixture_inspect (dump, "mimic", "source", "gt", "pool", "1", "sampling", "1", NULL);
  const double value = 27.0 / 8 - 0.5;
  g_assert_cmpfloat_with_epsilon (kd_array_get (fixture_output (inspection, "map.region_error"), 0),
                                  value * value, 1e-4);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_the_level_rule_has_no_plus_one (void)
{
  /* sides of exactly twice the base and a little less */
  const float boxes[][4] = { { 10, 10, 42, 42 }, { 10, 10, 41.9f, 42 } };
  KdDump *dump = fixture_dump (boxes, 2);
  KdInspection *inspection =
      fixture_inspect (dump, "mimic", "source", "gt", "base_scale", "16", NULL);
  const KdArray *level = fixture_output (inspection, "map.region_level");
  g_assert_cmpfloat (kd_array_get (level, 0), ==, 1);
  g_assert_cmpfloat (kd_array_get (level, 1), ==, 0);
  kd_inspection_free (inspection);
  inspection =
      fixture_inspect (dump, "mimic", "source", "gt", "base_scale", "16", "roi_levels", "1", NULL);
  fixture_assert_all (fixture_output (inspection, "map.region_level"), 0, 0);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

/* ---- which regions there are ----------------------------------------------------------------------------- */

static void
test_boxes_that_are_none_are_dropped (void)
{
  const float boxes[][4] = {
    { -20, 5, -1, 30 },     { 64, 5, 90, 30 },  { 5, 64, 30, 70 },
    { 30, 30, 20, 40 },     { NAN, 5, 30, 30 }, { 5, 5, 30, 5.5f },
    { 5, 5, 30, INFINITY }, { 12, 12, 12, 30 }, { 5, 5, 30, 6 },
  };
  KdDump *dump = fixture_dump (boxes, 9);
  KdInspection *inspection = fixture_inspect (dump, "mimic", "source", "gt", NULL);
  /* a side of exactly min_size stays */
  g_assert_cmpint (regions (inspection), ==, 1);
  kd_inspection_free (inspection);
  inspection = fixture_inspect (dump, "mimic", "source", "gt", "min_size", "1.5", NULL);
  g_assert_cmpint (regions (inspection), ==, 0);
  g_assert_cmpfloat (fixture_loss (inspection, "total"), ==, 0);
  fixture_assert_all (fixture_output (inspection, "grad.student_feat.0"), 0, 0);
  fixture_assert_all (fixture_output (inspection, "map.coverage.0"), 0, 0);
  g_assert_nonnull (strstr (inspection->note, "there is no region"));
  fixture_assert_finite (inspection);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_no_size_is_a_point (void)
{
  const float boxes[][4] = { { 20, 20, 20, 20 } };
  static const char *const samples[] = { "roialign", "crop" };
  KdDump *dump = fixture_dump (boxes, 1);
  for (int i = 0; i < 2; i++) {
    KdInspection *inspection = fixture_inspect (dump, "mimic", "source", "gt", "min_size", "0",
                                                "sample", samples[i], NULL);
    g_assert_cmpint (regions (inspection), ==, 1);
    g_assert_cmpfloat (fixture_loss (inspection, "total"), >, 0);
    g_assert_cmpfloat (fixture_sum (fixture_output (inspection, "map.coverage.0")), ==, 1);
    fixture_assert_finite (inspection);
    kd_inspection_free (inspection);
  }
  synthetic_dump_free (dump);
}

static void
set_all (KdDump *dump, const char *name, float value)
{
  KdArray *array = synthetic_copy (dump, name, name);
  for (size_t i = 0; i < kd_array_count (array); i++)
    ((float *) array->data)[i] = value;
  fixture_replace (dump, name, array);
}

/* All scores equal, no deltas: anchors in their own order, a little of them suppressed by those kept. */
static void
test_ties_go_to_the_lower_index (void)
{
  KdDump *dump = fixture_dump (NULL, 0);
  static const char *const heads[] = { "student_cls.0", "student_reg.0", "student_cls.1",
                                       "student_reg.1" };
  for (int i = 0; i < 4; i++)
    set_all (dump, heads[i], 0);
  KdInspection *inspection = fixture_inspect (dump, "mimic", "num_proposals", "2", NULL);
  const KdArray *boxes = fixture_output (inspection, "map.regions");
  /* all around (4, 4), clipped to sides 12, 14.08 and 16.70: the second overlaps the first by 0.727, the third by 0.516 */
  g_assert_cmpint (regions (inspection), ==, 2);
  g_assert_cmpfloat (kd_array_get (boxes, 2), ==, 12);
  const double half = 8 * pow (2, 2 / 3.0);
  g_assert_cmpfloat_with_epsilon (kd_array_get (boxes, 6), 4 + half, 1e-5);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_a_nan_skips_its_anchor (void)
{
  KdDump *dump = fixture_dump (NULL, 0);
  set_all (dump, "student_cls.0", NAN);
  set_all (dump, "student_reg.1", NAN);
  KdInspection *inspection = fixture_inspect (dump, "mimic", NULL);
  g_assert_cmpint (regions (inspection), ==, 0);
  g_assert_cmpfloat (fixture_loss (inspection, "total"), ==, 0);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_regions_are_listed_by_image (void)
{
  SyntheticDump config = synthetic_dump_default ();
  config.n_images = 3;
  KdDump *dump = synthetic_dump_new (&config);
  KdInspection *inspection = fixture_inspect (dump, "mimic", "num_proposals", "5", NULL);
  const KdArray *image = fixture_output (inspection, "map.region_image");
  g_assert_cmpint (regions (inspection), ==, 15);
  for (size_t i = 0; i < 15; i++)
    g_assert_cmpfloat (kd_array_get (image, i), ==, (double) (i / 5));
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_missing_sources_are_named (void)
{
  KdDump *dump = fixture_dump (NULL, 0);
  g_autoptr (GError) error = NULL;
  KdKnobs *knobs = kd_knobs_new (kd_method_find ("mimic"), NULL, NULL);
  g_assert_true (kd_knobs_set (knobs, "source", "proposals", NULL));
  g_assert_null (kd_inspect (dump, knobs, 1, &error));
  g_assert_error (error, KD_ERROR, KD_ERROR_SCHEMA);
  g_assert_cmpstr (error->message, ==,
                   "Mimic is off: source = proposals, but the dump lacks proposals or "
                   "proposal_image; add them or set another source");
  kd_knobs_free (knobs);
  synthetic_dump_free (dump);
}

/* ---- class scores ------------------------------------------------------------------------------------------ */

static void
test_class_scores_are_an_option (void)
{
  SyntheticDump config = synthetic_dump_default ();
  config.n_proposals = 6;
  KdDump *dump = synthetic_dump_new (&config);
  KdInspection *off = fixture_inspect (dump, "mimic", NULL);
  KdInspection *on = fixture_inspect (dump, "mimic", "logit_weight", "2", NULL);
  g_assert_null (kd_arrays_find (off->outputs, "loss.logit"));
  const KdArray *s = kd_arrays_find (dump->arrays, "student_roi_cls");
  const KdArray *t = kd_arrays_find (dump->arrays, "teacher_roi_cls");
  double sum = 0;
  for (size_t i = 0; i < kd_array_count (s); i++)
    sum += pow (kd_array_get (s, i) - kd_array_get (t, i), 2);
  g_assert_cmpfloat_with_epsilon (fixture_loss (on, "logit"), sum / 6, 1e-5 * sum);
  kd_inspection_free (off);
  kd_inspection_free (on);
  synthetic_dump_free (dump);
}

static void
test_class_scores_of_no_proposals (void)
{
  SyntheticDump config = synthetic_dump_default ();
  config.n_proposals = 6;
  KdDump *dump = synthetic_dump_new (&config);
  static const struct {
    const char *name;
    int columns;
  } rows[] = { { "proposals", 4 }, { "teacher_roi_cls", 4 }, { "student_roi_cls", 4 } };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    fixture_replace (dump, rows[i].name,
                     synthetic_array (rows[i].name, 2, (int64_t[]){ 0, rows[i].columns }, 1));
  fixture_replace (dump, "proposal_image",
                   kd_array_new ("proposal_image", KD_DTYPE_I64, 1, (int64_t[]){ 0 }));
  KdInspection *inspection = fixture_inspect (dump, "mimic", "logit_weight", "2", NULL);
  g_assert_cmpfloat (fixture_loss (inspection, "logit"), ==, 0);
  g_assert_cmpfloat (fixture_loss (inspection, "total"), ==, 0);
  g_assert_cmpint (regions (inspection), ==, 0);
  fixture_assert_finite (inspection);
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
  g_test_add_func ("/methods/mimic/errors-do-not-depend-on-size",
                   test_errors_do_not_depend_on_size);
  g_test_add_func ("/methods/mimic/doubled-regions-change-nothing",
                   test_doubled_regions_change_nothing);
  g_test_add_func ("/methods/mimic/samples-are-half-a-cell-off", test_samples_are_half_a_cell_off);
  g_test_add_func ("/methods/mimic/the-level-rule-has-no-plus-one",
                   test_the_level_rule_has_no_plus_one);
  g_test_add_func ("/methods/mimic/boxes-that-are-none-are-dropped",
                   test_boxes_that_are_none_are_dropped);
  g_test_add_func ("/methods/mimic/no-size-is-a-point", test_no_size_is_a_point);
  g_test_add_func ("/methods/mimic/ties-go-to-the-lower-index", test_ties_go_to_the_lower_index);
  g_test_add_func ("/methods/mimic/a-nan-skips-its-anchor", test_a_nan_skips_its_anchor);
  g_test_add_func ("/methods/mimic/regions-are-listed-by-image", test_regions_are_listed_by_image);
  g_test_add_func ("/methods/mimic/missing-sources-are-named", test_missing_sources_are_named);
  g_test_add_func ("/methods/mimic/class-scores-are-an-option", test_class_scores_are_an_option);
  g_test_add_func ("/methods/mimic/class-scores-of-no-proposals",
                   test_class_scores_of_no_proposals);
  return g_test_run ();
}
