/* SPDX-License-Identifier: MIT */

/* FRS's edge cases: the mask's axis and normaliser, saturated logits, a level without richness, the warm-up. */
#include "tests/method-fixture.h"

#include <math.h>
#include <string.h>

static const float one_box[][4] = { { 8, 8, 40, 40 } };

/* Write the dump's array once more with every value given. */
static void
fill (KdDump *dump, const char *name, double value)
{
  KdArray *array = synthetic_copy (dump, name, name);
  for (size_t i = 0; i < kd_array_count (array); i++)
    ((float *) array->data)[i] = (float) value;
  fixture_replace (dump, name, array);
}

static KdDump *
two_images (void)
{
  SyntheticDump config = synthetic_dump_default ();
  config.n_images = 2;
  config.n_levels = 1;
  config.student_channels = config.teacher_channels;
  return synthetic_dump_new (&config);
}

static double
sigmoid (double z)
{
  return 1 / (1 + exp (-z));
}

static double
value_at (const KdDump *dump, const char *name, size_t n, size_t c, size_t cell)
{
  const KdArray *array = kd_arrays_find (dump->arrays, name);
  const size_t cells = (size_t) (array->dims[2] * array->dims[3]);
  return kd_array_get (array, (n * (size_t) array->dims[1] + c) * cells + cell);
}

/* The formula, written plainly: the largest of all channels, the sum over the whole batch. */
static void
test_weight_is_the_largest_score_over_its_sum_in_the_batch (void)
{
  KdDump *dump = two_images ();
  /* images of unequal richness, so that a normaliser per image gives other numbers */
  KdArray *cls = synthetic_copy (dump, "teacher_cls.0", "teacher_cls.0");
  for (size_t i = 0; i < kd_array_count (cls); i++)
    ((float *) cls->data)[i] -= i < kd_array_count (cls) / 2 ? 4 : 0;
  fixture_replace (dump, "teacher_cls.0", cls);

  double mass = 0, feature = 0, score = 0;
  for (size_t n = 0; n < 2; n++)
    for (size_t i = 0; i < 64; i++) {
      double rich = 0, error = 0, entropy = 0;
      for (size_t k = 0; k < 9; k++) {
        const double p = sigmoid (value_at (dump, "teacher_cls.0", n, k, i));
        const double q = sigmoid (value_at (dump, "student_cls.0", n, k, i));
        rich = fmax (rich, p);
        entropy -= p * log (q) + (1 - p) * log (1 - q);
      }
      for (size_t c = 0; c < 6; c++)
        error += pow (value_at (dump, "teacher_feat.0", n, c, i) -
                          value_at (dump, "student_feat.0", n, c, i),
                      2);
      mass += rich;
      feature += rich * error;
      score += rich * entropy;
    }
  KdInspection *inspection = fixture_inspect (dump, "frs", NULL);
  g_assert_cmpfloat_with_epsilon (fixture_loss (inspection, "feature"), 0.005 * feature / mass,
                                  1e-6);
  g_assert_cmpfloat_with_epsilon (fixture_loss (inspection, "cls"), 0.02 * score / mass, 1e-6);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_a_perfect_student_keeps_the_teachers_entropy (void)
{
  KdDump *dump = two_images ();
  fixture_replace (dump, "student_feat.0",
                   synthetic_copy (dump, "teacher_feat.0", "student_feat.0"));
  fixture_replace (dump, "student_cls.0", synthetic_copy (dump, "teacher_cls.0", "student_cls.0"));
  KdInspection *inspection = fixture_inspect (dump, "frs", NULL);
  g_assert_cmpfloat (fixture_loss (inspection, "feature"), ==, 0);
  g_assert_cmpfloat (fixture_loss (inspection, "cls"), >, 0.01);
  fixture_assert_all (fixture_output (inspection, "grad.student_feat.0"), 0, 0);
  const KdArray *gradient = kd_arrays_find (inspection->outputs, "grad.student_cls.0");
  if (gradient)
    fixture_assert_all (gradient, 0, 1e-9);
  fixture_assert_all (fixture_output (inspection, "map.richness_diff.0"), 0, 0);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_a_level_without_richness_has_no_loss (void)
{
  KdDump *dump = fixture_dump (one_box, 1);
  fill (dump, "teacher_cls.0", -200);
  fill (dump, "teacher_cls.1", -200);
  KdInspection *inspection = fixture_inspect (dump, "frs", NULL);
  fixture_assert_finite (inspection);
  g_assert_cmpfloat (fixture_loss (inspection, "total"), ==, 0);
  fixture_assert_all (fixture_output (inspection, "grad.student_feat.0"), 0, 0);
  g_assert_null (kd_arrays_find (inspection->outputs, "grad.student_cls.0"));
  g_assert_nonnull (strstr (inspection->note, "plain imitation"));
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_saturated_logits_cost_their_distance (void)
{
  KdDump *dump = two_images ();
  fill (dump, "teacher_cls.0", -1e4);
  KdArray *cls = synthetic_copy (dump, "teacher_cls.0", "teacher_cls.0");
  for (size_t i = 0; i < kd_array_count (cls); i++)
    if (i / 64 % 9 == 4)
      ((float *) cls->data)[i] = 1e4F;
  fixture_replace (dump, "teacher_cls.0", cls);
  fill (dump, "student_cls.0", 1e4);
  KdInspection *inspection = fixture_inspect (dump, "frs", NULL);
  fixture_assert_finite (inspection);
  fixture_assert_all (fixture_output (inspection, "map.richness.0"), 1, 0);
  /* eight of nine channels are wrong by 1e4 each */
  fixture_assert_all (fixture_output (inspection, "map.cls_err.0"), 8e4, 1);
  g_assert_cmpfloat_with_epsilon (fixture_loss (inspection, "cls"), 0.02 * 8e4, 0.1);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

/* Both sides are all but sure: what is left between them keeps its digits. */
static void
test_small_differences_of_large_scores (void)
{
  KdDump *dump = two_images ();
  fill (dump, "teacher_cls.0", 13);
  fill (dump, "student_cls.0", 12);
  KdInspection *inspection = fixture_inspect (dump, "frs", NULL);
  const double expected = 1 / (1 + exp (-13.0)) - 1 / (1 + exp (-12.0));
  fixture_assert_all (fixture_output (inspection, "map.richness_diff.0"), expected,
                      1e-5 * expected);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_the_warm_up_is_a_straight_line (void)
{
  static const struct {
    const char *step, *warm_steps;
    double warm;
  } cases[] = {
    { "0", "500", 0 }, { "125", "500", 0.25 }, { "500", "500", 1 },
    { "3", "0", 1 },   { "0", "0", 1 },        { "900", "200", 1 },
  };
  KdDump *dump = fixture_dump (one_box, 1);
  KdInspection *full = fixture_inspect (dump, "frs", NULL);
  const double total = fixture_loss (full, "total");
  g_assert_cmpfloat (total, >, 0);
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    KdInspection *inspection = fixture_inspect (dump, "frs", "step", cases[i].step, "warm_steps",
                                                cases[i].warm_steps, NULL);
    g_assert_cmpfloat_with_epsilon (fixture_loss (inspection, "total"), cases[i].warm * total,
                                    1e-6 * total);
    if (cases[i].warm == 0)
      fixture_assert_all (fixture_output (inspection, "grad.student_feat.0"), 0, 0);
    fixture_assert_same (fixture_output (inspection, "map.feat_term.1"),
                         fixture_output (full, "map.feat_term.1"), 0);
    kd_inspection_free (inspection);
  }
  kd_inspection_free (full);
  synthetic_dump_free (dump);
}

static void
test_boxes_weigh_nothing (void)
{
  KdDump *with = fixture_dump (one_box, 1), *without = fixture_dump (NULL, 0);
  KdInspection *a = fixture_inspect (with, "frs", NULL);
  KdInspection *b = fixture_inspect (without, "frs", NULL);
  fixture_assert_same (fixture_output (a, "loss.total"), fixture_output (b, "loss.total"), 0);
  fixture_assert_same (fixture_output (a, "grad.student_feat.1"),
                       fixture_output (b, "grad.student_feat.1"), 0);
  fixture_replace (without, "gt_boxes", NULL);
  KdInspection *c = fixture_inspect (without, "frs", NULL);
  fixture_assert_same (fixture_output (a, "loss.total"), fixture_output (c, "loss.total"), 0);
  kd_inspection_free (a);
  kd_inspection_free (b);
  kd_inspection_free (c);
  synthetic_dump_free (with);
  synthetic_dump_free (without);
}

/* The whole mask inside one box over the whole image: nothing outside, and the picture shows what the box wastes. */
static void
test_disagreement_with_boxes_is_shown (void)
{
  const float everywhere[][4] = { { 0, 0, 64, 64 } };
  KdDump *dump = fixture_dump (everywhere, 1);
  KdInspection *inspection = fixture_inspect (dump, "frs", NULL);
  const KdArray *richness = fixture_output (inspection, "map.richness.0");
  KdMap picture = fixture_picture (inspection, "richness_against_boxes", 0, 0);
  for (int i = 0; i < 64; i++)
    g_assert_cmpfloat_with_epsilon (kd_map_get (&picture, 0, i / 8, i % 8),
                                    kd_array_get (richness, (size_t) i) - 1, 1e-6);
  picture = fixture_picture (inspection, "outside_share", 0, 0);
  g_assert_cmpfloat (kd_map_get (&picture, 0, 0, 0), ==, 0);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);

  dump = fixture_dump (NULL, 0);
  inspection = fixture_inspect (dump, "frs", NULL);
  picture = fixture_picture (inspection, "outside_share", 0, 0);
  g_assert_cmpfloat_with_epsilon (kd_map_get (&picture, 0, 0, 0), 100, 1e-4);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_bad_numbers_show (void)
{
  KdDump *dump = fixture_dump (one_box, 1);
  KdArray *cls = synthetic_copy (dump, "teacher_cls.0", "teacher_cls.0");
  ((float *) cls->data)[70] = NAN;
  fixture_replace (dump, "teacher_cls.0", cls);
  KdInspection *inspection = fixture_inspect (dump, "frs", NULL);
  g_assert_true (isnan (fixture_loss (inspection, "total")));
  g_assert_true (isnan (kd_array_get (fixture_output (inspection, "map.richness.0"), 70 - 64)));
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

/* 3x3 and untrained where the dump has none and the channels differ; the dump's own kernel otherwise. */
static void
test_adapters (void)
{
  SyntheticDump config = synthetic_dump_default ();
  KdDump *dump = synthetic_dump_new (&config);
  KdInspection *inspection = fixture_inspect (dump, "frs", NULL);
  g_assert_true (inspection->untrained);
  g_autofree char *three =
      kd_array_shape_to_string (fixture_output (inspection, "grad.param.adapt.0.weight"));
  g_assert_cmpstr (three, ==, "[6,4,3,3]");
  kd_inspection_free (inspection);

  for (int l = 0; l < 2; l++) {
    g_autofree char *name = g_strdup_printf ("param.adapt.%d.weight", l);
    kd_arrays_add (dump->arrays, synthetic_array (name, 4, (int64_t[]){ 6, 4, 1, 1 }, 3));
  }
  inspection = fixture_inspect (dump, "frs", NULL);
  g_assert_false (inspection->untrained);
  g_autofree char *one =
      kd_array_shape_to_string (fixture_output (inspection, "grad.param.adapt.1.weight"));
  g_assert_cmpstr (one, ==, "[6,4,1,1]");
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_presets_are_the_official_configurations (void)
{
  const struct {
    const char *preset;
    double w_feat, w_cls, warm_steps;
  } rows[] = {
    { "paper", 0.005, 0.02, 500 },
    { "fcos", 0.01, 0.05, 500 },
    { "gfl", 0.1, 0.05, 500 },
    { "two-stage", 0.002, 0.1, 500 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    KdKnobs *knobs = kd_knobs_new (kd_method_find ("frs"), rows[i].preset, NULL);
    g_assert_cmpfloat (kd_knobs_get (knobs, "w_feat"), ==, rows[i].w_feat);
    g_assert_cmpfloat (kd_knobs_get (knobs, "w_cls"), ==, rows[i].w_cls);
    g_assert_cmpfloat (kd_knobs_get (knobs, "warm_steps"), ==, rows[i].warm_steps);
    kd_knobs_free (knobs);
  }
}

/* What the picture of the richness shows: its scores by class and anchor, and the cells of the boxes. */
static void
test_scores_and_boxes_to_look_at (void)
{
  const float boxes[][4] = { { 9, 9, 23, 31 } };
  KdDump *dump = fixture_dump (boxes, 1);
  KdInspection *inspection = fixture_inspect (dump, "frs", NULL);
  const KdMap scores = fixture_picture (inspection, "scores_teacher", 0, 0);
  const KdMap richness = fixture_picture (inspection, "richness", 0, 0);
  const KdMap inside = fixture_picture (inspection, "inside_boxes", 0, 0);
  const KdArray *logits = kd_arrays_find (dump->arrays, "teacher_cls.0");
  g_assert_cmpint (scores.channels, ==, (int) logits->dims[1]);
  for (int y = 0; y < scores.height; y++)
    for (int x = 0; x < scores.width; x++) {
      float most = 0;
      for (int c = 0; c < scores.channels; c++) {
        const size_t at =
            ((size_t) c * (size_t) scores.height + (size_t) y) * (size_t) scores.width + (size_t) x;
        g_assert_cmpfloat_with_epsilon ((double) kd_map_get (&scores, c, y, x),
                                        1 / (1 + exp (-kd_array_get (logits, at))), 1e-6);
        most = MAX (most, kd_map_get (&scores, c, y, x));
      }
      g_assert_cmpfloat (kd_map_get (&richness, 0, y, x), ==, most);
      /* centres at 4, 12, 20, 28 px and so on */
      const bool covered = x >= 1 && x <= 2 && y >= 1 && y <= 3;
      g_assert_cmpfloat (kd_map_get (&inside, 0, y, x), ==, covered ? 1.0f : 0.0f);
    }
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
  g_test_add_func ("/methods/frs/weight-is-the-largest-score-over-its-sum-in-the-batch",
                   test_weight_is_the_largest_score_over_its_sum_in_the_batch);
  g_test_add_func ("/methods/frs/a-perfect-student-keeps-the-teachers-entropy",
                   test_a_perfect_student_keeps_the_teachers_entropy);
  g_test_add_func ("/methods/frs/a-level-without-richness-has-no-loss",
                   test_a_level_without_richness_has_no_loss);
  g_test_add_func ("/methods/frs/saturated-logits-cost-their-distance",
                   test_saturated_logits_cost_their_distance);
  g_test_add_func ("/methods/frs/small-differences-of-large-scores",
                   test_small_differences_of_large_scores);
  g_test_add_func ("/methods/frs/the-warm-up-is-a-straight-line",
                   test_the_warm_up_is_a_straight_line);
  g_test_add_func ("/methods/frs/boxes-weigh-nothing", test_boxes_weigh_nothing);
  g_test_add_func ("/methods/frs/disagreement-with-boxes-is-shown",
                   test_disagreement_with_boxes_is_shown);
  g_test_add_func ("/methods/frs/bad-numbers-show", test_bad_numbers_show);
  g_test_add_func ("/methods/frs/adapters", test_adapters);
  g_test_add_func ("/methods/frs/presets-are-the-official-configurations",
                   test_presets_are_the_official_configurations);
  g_test_add_func ("/methods/frs/scores-and-boxes-to-look-at", test_scores_and_boxes_to_look_at);
  return g_test_run ();
}
