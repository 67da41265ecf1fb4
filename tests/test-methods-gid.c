/* SPDX-License-Identifier: MIT */

/* GID's edge cases: which instances there are, their kinds, and what few or no instances leave. */
#include "tests/method-fixture.h"

#include <math.h>
#include <string.h>

static int
instances (const KdInspection *inspection)
{
  return (int) fixture_output (inspection, "map.gi_boxes")->dims[0];
}

static void
make_sides_equal (KdDump *dump)
{
  static const char *const arrays[] = { "feat", "cls", "reg" };
  for (int i = 0; i < 6; i++) {
    g_autofree char *teacher = g_strdup_printf ("teacher_%s.%d", arrays[i / 2], i % 2);
    g_autofree char *student = g_strdup_printf ("student_%s.%d", arrays[i / 2], i % 2);
    fixture_replace (dump, student, synthetic_copy (dump, teacher, student));
  }
}

/* Equal sides: nothing to learn but the entropy of the teacher's scores, which BCE keeps. */
static void
test_equal_sides_leave_the_entropy (void)
{
  KdDump *dump = fixture_dump (NULL, 0);
  make_sides_equal (dump);
  KdInspection *inspection = fixture_inspect (dump, "gid", "min_size", "2", NULL);
  g_assert_cmpint (instances (inspection), >, 2);
  g_assert_cmpfloat (fixture_loss (inspection, "feature"), ==, 0);
  g_assert_cmpfloat (fixture_loss (inspection, "relation"), ==, 0);
  g_assert_cmpfloat (fixture_loss (inspection, "response_reg"), ==, 0);
  g_assert_cmpfloat (fixture_loss (inspection, "response_cls"), >, 0);
  fixture_assert_all (fixture_output (inspection, "map.gi_from_teacher"), 0, 0);
  fixture_assert_all (fixture_output (inspection, "map.gi_box_score"), 0, 0);
  fixture_assert_finite (inspection);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

/* Distances over their mean have no scale. */
static void
test_relations_have_no_scale (void)
{
  KdDump *dump = fixture_dump (NULL, 0);
  KdInspection *one = fixture_inspect (dump, "gid", "min_size", "2", NULL);
  for (int l = 0; l < 2; l++) {
    g_autofree char *name = g_strdup_printf ("student_feat.%d", l);
    KdArray *scaled = synthetic_copy (dump, name, name);
    for (size_t i = 0; i < kd_array_count (scaled); i++)
      ((float *) scaled->data)[i] *= 4;
    fixture_replace (dump, name, scaled);
  }
  KdInspection *four = fixture_inspect (dump, "gid", "min_size", "2", NULL);
  const double relation = fixture_loss (one, "relation");
  g_assert_cmpfloat (relation, >, 0);
  g_assert_cmpfloat_with_epsilon (fixture_loss (four, "relation"), relation, 1e-4 * relation);
  fixture_assert_same (fixture_output (one, "map.relation_student"),
                       fixture_output (four, "map.relation_student"), 1e-5);
  kd_inspection_free (one);
  kd_inspection_free (four);
  synthetic_dump_free (dump);
}

static void
test_two_instances_have_no_relation (void)
{
  KdDump *dump = fixture_dump (NULL, 0);
  for (int k = 1; k <= 2; k++) {
    g_autofree char *topk = g_strdup_printf ("%d", k);
    KdInspection *inspection = fixture_inspect (dump, "gid", "topk", topk, "min_size", "2", NULL);
    g_assert_cmpint (instances (inspection), ==, k);
    g_assert_cmpfloat (fixture_loss (inspection, "relation"), ==, 0);
    g_assert_cmpfloat (fixture_loss (inspection, "feature"), >, 0);
    fixture_assert_all (fixture_output (inspection, "map.relation_teacher"), 0, 0);
    g_assert_cmpuint (kd_array_count (fixture_output (inspection, "map.relation_diff")), ==,
                      (size_t) (k * k));
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

static void
test_no_instances (void)
{
  static const char *const lists[] = { "map.gi_boxes", "map.gi_image", "map.gi_feat_err",
                                       "map.relation_teacher" };
  static const char *const shapes[] = { "[0,4]", "[0]", "[0,10,10]", "[0,0]" };
  static const char *const heads[] = { "teacher_reg.0", "student_reg.0", "teacher_reg.1",
                                       "student_reg.1" };
  KdDump *dump = fixture_dump (NULL, 0);
  for (int i = 0; i < 4; i++)
    set_all (dump, heads[i], -4); /* every box is tiny */
  KdInspection *inspection = fixture_inspect (dump, "gid", NULL);
  g_assert_cmpfloat (fixture_loss (inspection, "total"), ==, 0);
  for (int i = 0; i < 4; i++) {
    g_autofree char *shape = kd_array_shape_to_string (fixture_output (inspection, lists[i]));
    g_assert_cmpstr (shape, ==, shapes[i]);
  }
  fixture_assert_all (fixture_output (inspection, "grad.student_feat.0"), 0, 0);
  fixture_assert_all (fixture_output (inspection, "map.gi_mask.0"), 0, 0);
  g_assert_nonnull (strstr (inspection->note, "there is no instance"));
  fixture_assert_finite (inspection);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

/* Sides must exceed min_size: an anchor's own box of exactly 16 px inside the image. */
static void
test_min_size_is_strict (void)
{
  static const char *const heads[] = { "teacher_reg.0", "student_reg.0" };
  KdDump *dump = fixture_dump (NULL, 0);
  dump->n_levels = 1;
  for (int i = 0; i < 2; i++)
    set_all (dump, heads[i], 0);
  KdInspection *under =
      fixture_inspect (dump, "gid", "min_size", "15.9", "topk", "300", "nms_iou", "0.95", NULL);
  KdInspection *at =
      fixture_inspect (dump, "gid", "min_size", "16", "topk", "300", "nms_iou", "0.95", NULL);
  /* 6x6 of the smallest shape lie inside; the cut ones at the border are narrower */
  g_assert_cmpint (instances (under) - instances (at), ==, 36);
  kd_inspection_free (under);
  kd_inspection_free (at);
  synthetic_dump_free (dump);
}

static void
test_kinds_without_truths_are_negative (void)
{
  const float none[][4] = {
    { -20, 5, 0, 30 },  { 64, 5, 90, 30 },  { 5, 64, 30, 70 },      { 30, 30, 20, 40 },
    { 12, 12, 12, 30 }, { NAN, 5, 30, 30 }, { 5, 5, 30, INFINITY },
  };
  for (int n = 0; n <= 7; n += 7) {
    KdDump *dump = fixture_dump (none, n);
    KdInspection *inspection = fixture_inspect (dump, "gid", "min_size", "2", NULL);
    fixture_assert_all (fixture_output (inspection, "map.gi_kind"), 2, 0);
    KdInspection *negative =
        fixture_inspect (dump, "gid", "min_size", "2", "gi_mode", "negative", NULL);
    KdInspection *positive =
        fixture_inspect (dump, "gid", "min_size", "2", "gi_mode", "positive", NULL);
    g_assert_cmpfloat (fixture_loss (negative, "total"), ==, fixture_loss (inspection, "total"));
    g_assert_cmpint (instances (positive), ==, 0);
    kd_inspection_free (inspection);
    kd_inspection_free (negative);
    kd_inspection_free (positive);
    synthetic_dump_free (dump);
  }
}

/* One truth over the whole image: every instance is an object or lies inside it. */
static void
test_kinds_inside_a_truth (void)
{
  const float all[][4] = { { 0, 0, 64, 64 } };
  KdDump *dump = fixture_dump (all, 1);
  KdInspection *inspection = fixture_inspect (dump, "gid", "min_size", "2", NULL);
  const KdArray *kind = fixture_output (inspection, "map.gi_kind");
  for (size_t i = 0; i < kd_array_count (kind); i++)
    g_assert_cmpfloat (kd_array_get (kind, i), <=, 1);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

/* A NaN outside what is matched drops its candidate and nothing else. */
static void
test_bad_numbers_drop_their_candidate (void)
{
  KdDump *dump = fixture_dump (NULL, 0);
  set_all (dump, "teacher_cls.1", NAN);
  KdInspection *inspection = fixture_inspect (dump, "gid", "min_size", "2", "topk", "3", "match_hi",
                                              "1", "low_quality", "0", NULL);
  const KdArray *anchor = fixture_output (inspection, "map.gi_anchor");
  g_assert_cmpint (instances (inspection), ==, 3);
  for (size_t i = 0; i < 3; i++)
    g_assert_cmpfloat (kd_array_get (anchor, i), <, 192); /* all of level 0 */
  g_assert_true (isfinite (fixture_loss (inspection, "total")));
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

/* The picture of the scores shows it, whichever of the cell's anchors it is. */
static void
test_bad_numbers_show (void)
{
  KdDump *dump = fixture_dump (NULL, 0);
  KdArray *cls = synthetic_copy (dump, "teacher_cls.0", "teacher_cls.0");
  for (int anchor = 0; anchor < 3;
       anchor++) /* channel anchor * 3 + class, [9,8,8]: cells 0, 1, 2 */
    ((float *) cls->data)[anchor * 3 * 64 + anchor] = NAN;
  fixture_replace (dump, "teacher_cls.0", cls);
  KdInspection *inspection = fixture_inspect (dump, "gid", "min_size", "2", NULL);
  const KdArray *score = fixture_output (inspection, "map.gi_score.0");
  for (size_t cell = 0; cell < kd_array_count (score); cell++)
    g_assert_cmpint (isnan (kd_array_get (score, cell)), ==, cell < 3);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_one_level_holds_all (void)
{
  KdDump *dump = fixture_dump (NULL, 0);
  dump->n_levels = 1;
  KdInspection *inspection =
      fixture_inspect (dump, "gid", "min_size", "2", "canonical_size", "8", NULL);
  fixture_assert_all (fixture_output (inspection, "map.gi_level"), 0, 0);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_levels_are_cut_at_both_ends (void)
{
  KdDump *dump = fixture_dump (NULL, 0);
  KdInspection *fine =
      fixture_inspect (dump, "gid", "min_size", "2", "canonical_size", "512", NULL);
  KdInspection *coarse = fixture_inspect (dump, "gid", "min_size", "12", "canonical_size", "8",
                                          "canonical_level", "6", NULL);
  fixture_assert_all (fixture_output (fine, "map.gi_level"), 0, 0);
  fixture_assert_all (fixture_output (coarse, "map.gi_level"), 1, 0);
  kd_inspection_free (fine);
  kd_inspection_free (coarse);
  synthetic_dump_free (dump);
}

static void
test_strides_must_double (void)
{
  KdDump *dump = fixture_dump (NULL, 0);
  dump->strides[1] = 32;
  g_autoptr (GError) error = NULL;
  KdKnobs *knobs = kd_knobs_new (kd_method_find ("gid"), NULL, NULL);
  g_assert_null (kd_inspect (dump, knobs, 1, &error));
  g_assert_cmpstr (error->message, ==,
                   "GID is off: strides must double from level to level, found 32 after 8; leave "
                   "the other levels out");
  kd_knobs_free (knobs);
  synthetic_dump_free (dump);
}

/* One adapter for all levels: a dump lacks it once. */
static void
test_a_lacking_adapter_is_named_once (void)
{
  SyntheticDump config = synthetic_dump_default ();
  KdDump *dump = synthetic_dump_new (&config);
  KdInspection *inspection = fixture_inspect (dump, "gid", "min_size", "2", NULL);
  g_assert_cmpstr (inspection->note, ==,
                   "untrained: param.adapt.weight and 1 more are not in the dump, initial values "
                   "stand in");
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
  g_test_add_func ("/methods/gid/equal-sides-leave-the-entropy",
                   test_equal_sides_leave_the_entropy);
  g_test_add_func ("/methods/gid/relations-have-no-scale", test_relations_have_no_scale);
  g_test_add_func ("/methods/gid/two-instances-have-no-relation",
                   test_two_instances_have_no_relation);
  g_test_add_func ("/methods/gid/no-instances", test_no_instances);
  g_test_add_func ("/methods/gid/min-size-is-strict", test_min_size_is_strict);
  g_test_add_func ("/methods/gid/kinds-without-truths-are-negative",
                   test_kinds_without_truths_are_negative);
  g_test_add_func ("/methods/gid/kinds-inside-a-truth", test_kinds_inside_a_truth);
  g_test_add_func ("/methods/gid/bad-numbers-drop-their-candidate",
                   test_bad_numbers_drop_their_candidate);
  g_test_add_func ("/methods/gid/bad-numbers-show", test_bad_numbers_show);
  g_test_add_func ("/methods/gid/one-level-holds-all", test_one_level_holds_all);
  g_test_add_func ("/methods/gid/levels-are-cut-at-both-ends", test_levels_are_cut_at_both_ends);
  g_test_add_func ("/methods/gid/strides-must-double", test_strides_must_double);
  g_test_add_func ("/methods/gid/a-lacking-adapter-is-named-once",
                   test_a_lacking_adapter_is_named_once);
  return g_test_run ();
}
