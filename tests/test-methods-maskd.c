/* SPDX-License-Identifier: MIT */

/* MasKD's edge cases: masks that are constant or nothing, tokens in another order, the learning stage with little. */
#include "tests/method-fixture.h"

#include <math.h>
#include <string.h>

enum { C = 6, CELLS = 64, M = 3 };

/* One level, equal channels; the adapter is the identity, so that S is the dump's own. */
static KdDump *
plain_dump (int n_images)
{
  SyntheticDump config = synthetic_dump_default ();
  config.n_images = n_images;
  config.n_levels = 1;
  config.student_channels = config.teacher_channels;
  KdDump *dump = synthetic_dump_new (&config);
  KdArray *weight = synthetic_array ("param.adapt.0.weight", 4, (int64_t[]){ C, C, 1, 1 }, 1);
  KdArray *bias = synthetic_array ("param.adapt.0.bias", 1, (int64_t[]){ C }, 1);
  for (int i = 0; i < C * C; i++)
    ((float *) weight->data)[i] = i / C == i % C ? 1 : 0;
  memset (bias->data, 0, C * sizeof (float));
  fixture_replace (dump, weight->name, weight);
  fixture_replace (dump, bias->name, bias);
  return dump;
}

static void
fill (KdDump *dump, const char *name, float value)
{
  KdArray *array = synthetic_copy (dump, name, name);
  for (size_t i = 0; i < kd_array_count (array); i++)
    ((float *) array->data)[i] = value;
  fixture_replace (dump, name, array);
}

static void
set_tokens (KdDump *dump, int n_tokens)
{
  fixture_replace (dump, "param.token.0",
                   synthetic_array ("param.token.0", 2, (int64_t[]){ n_tokens, C }, 3));
}

/* m = h everywhere: sum h^2 (S-T)^2 / sum h is h times the plain mean, which m instead of m^2 would not give. */
static void
test_a_constant_mask_scales_the_plain_mean (void)
{
  KdDump *dump = plain_dump (2);
  set_tokens (dump, M);
  fill (dump, "param.token.0", 0);
  const KdArray *t = kd_arrays_find (dump->arrays, "teacher_feat.0");
  const KdArray *s = kd_arrays_find (dump->arrays, "student_feat.0");
  double mean = 0;
  for (size_t i = 0; i < kd_array_count (t); i++)
    mean += pow (kd_array_get (s, i) - kd_array_get (t, i), 2) / (double) kd_array_count (t);
  const char *const weighted[] = { "0", "1" };
  for (int i = 0; i < 2; i++) {
    KdInspection *inspection =
        fixture_inspect (dump, "maskd", "weight_mask", weighted[i], "loss_weight", "7", NULL);
    g_assert_cmpfloat_with_epsilon (fixture_loss (inspection, "maskd"), 7 * 0.5 * mean,
                                    1e-5 * mean);
    kd_inspection_free (inspection);
  }
  synthetic_dump_free (dump);
}

static void
test_masks_of_nothing_add_nothing (void)
{
  KdDump *dump = plain_dump (1);
  set_tokens (dump, M);
  fill (dump, "teacher_feat.0", 1);
  fill (dump, "param.token.0", -1000);
  KdInspection *inspection = fixture_inspect (dump, "maskd", NULL);
  fixture_assert_all (fixture_output (inspection, "map.token_mask.0"), 0, 0);
  g_assert_cmpfloat (fixture_loss (inspection, "maskd"), ==, 0);
  fixture_assert_finite (inspection);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_features_of_nothing_make_equal_masks (void)
{
  KdDump *dump = plain_dump (1);
  set_tokens (dump, M);
  fill (dump, "teacher_feat.0", 0);
  KdInspection *inspection = fixture_inspect (dump, "maskd", "stage", "1", NULL);
  fixture_assert_all (fixture_output (inspection, "map.token_mask_teacher.0"), 0.5, 0);
  g_assert_cmpfloat_with_epsilon (fixture_loss (inspection, "dice"), 1, 1e-6);
  fixture_assert_finite (inspection);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_one_token_has_no_pairs (void)
{
  KdDump *dump = plain_dump (2);
  set_tokens (dump, 1);
  KdInspection *inspection = fixture_inspect (dump, "maskd", "stage", "1", NULL);
  g_assert_cmpfloat (fixture_loss (inspection, "dice"), ==, 0);
  fixture_assert_finite (inspection);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_customised_masks_are_no_larger (void)
{
  KdDump *dump = plain_dump (2);
  set_tokens (dump, M);
  KdInspection *inspection = fixture_inspect (dump, "maskd", "custom_mask", "1", NULL);
  const KdArray *teacher = fixture_output (inspection, "map.token_mask_teacher.0");
  const KdArray *student = fixture_output (inspection, "map.token_mask_student.0");
  const KdArray *used = fixture_output (inspection, "map.token_mask.0");
  for (size_t i = 0; i < kd_array_count (used); i++) {
    const double product = kd_array_get (teacher, i) * kd_array_get (student, i);
    g_assert_cmpfloat (kd_array_get (used, i), <=, kd_array_get (teacher, i));
    g_assert_cmpfloat_with_epsilon (kd_array_get (used, i), product, 1e-6);
  }
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

/* Swap the first two rows of a parameter. */
static void
swap_rows (KdDump *dump, const char *name, size_t columns)
{
  KdArray *array = synthetic_copy (dump, name, name);
  float *values = (float *) array->data;
  for (size_t i = 0; i < columns; i++) {
    const float first = values[i];
    values[i] = values[columns + i];
    values[columns + i] = first;
  }
  fixture_replace (dump, name, array);
}

static void
test_the_order_of_tokens_does_not_matter (void)
{
  KdDump *dump = plain_dump (2);
  set_tokens (dump, M);
  const struct {
    const char *name;
    int rank;
    int64_t dims[4];
  } nets[] = { { "param.prob1.0.weight", 4, { C, C, 3, 3 } },
               { "param.prob1.0.bias", 1, { C } },
               { "param.prob2.0.weight", 4, { M, C, 1, 1 } },
               { "param.prob2.0.bias", 1, { M } } };
  for (size_t i = 0; i < G_N_ELEMENTS (nets); i++)
    fixture_replace (dump, nets[i].name,
                     synthetic_array (nets[i].name, nets[i].rank, nets[i].dims, 5));
  KdInspection *before = fixture_inspect (dump, "maskd", NULL);
  const KdArray *shares = fixture_output (before, "map.token_weight.0");
  for (size_t n = 0; n < 2; n++) {
    double sum = 0;
    for (size_t i = 0; i < M; i++)
      sum += kd_array_get (shares, n * M + i);
    g_assert_cmpfloat_with_epsilon (sum, 1, 1e-6);
  }
  swap_rows (dump, "param.token.0", C);
  const KdInspection *by_token = fixture_inspect (dump, "maskd", NULL);
  swap_rows (dump, "param.prob2.0.weight", C);
  swap_rows (dump, "param.prob2.0.bias", 1);
  KdInspection *after = fixture_inspect (dump, "maskd", NULL);
  const double loss = fixture_loss (before, "maskd");
  g_assert_cmpfloat_with_epsilon (fixture_loss (after, "maskd"), loss, 1e-5 * loss);
  /* the tokens alone do change it: the weights follow the masks */
  g_assert_cmpfloat (fabs (fixture_loss (by_token, "maskd") - loss), >, 1e-3 * loss);
  kd_inspection_free (before);
  kd_inspection_free ((KdInspection *) by_token);
  kd_inspection_free (after);
  synthetic_dump_free (dump);
}

/* Scores that are a linear map of T: the probe finds it, and a gate of 1/2 takes away half of the product. */
static void
test_the_probe_finds_a_linear_head (void)
{
  KdDump *dump = plain_dump (2);
  set_tokens (dump, M);
  fill (dump, "param.token.0", 0);
  const KdArray *t = kd_arrays_find (dump->arrays, "teacher_feat.0");
  KdArray *scores = synthetic_copy (dump, "teacher_cls.0", "teacher_cls.0");
  const size_t n_scores = (size_t) scores->dims[1];
  double expected = 0;
  for (size_t n = 0; n < 2; n++)
    for (size_t k = 0; k < n_scores; k++)
      for (size_t p = 0; p < CELLS; p++) {
        double product = 0;
        for (size_t c = 0; c < C; c++)
          product += sin ((double) (1 + k * C + c)) * kd_array_get (t, (n * C + c) * CELLS + p);
        ((float *) scores->data)[(n * n_scores + k) * CELLS + p] = (float) (product - 3);
        expected += 0.25 * product * product / (double) kd_array_count (scores);
      }
  fixture_replace (dump, "teacher_cls.0", scores);
  KdInspection *inspection = fixture_inspect (dump, "maskd", "stage", "1", NULL);
  g_assert_cmpfloat_with_epsilon (fixture_loss (inspection, "task"), expected, 1e-2 * expected);
  g_assert_nonnull (strstr (inspection->note, "probe"));
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_learning_without_a_task_is_refused (void)
{
  KdDump *dump = plain_dump (1);
  fixture_replace (dump, "teacher_cls.0", NULL);
  g_autoptr (GError) error = NULL;
  KdKnobs *knobs = kd_knobs_new (kd_method_find ("maskd"), NULL, &error);
  kd_knobs_set (knobs, "stage", "1", &error);
  g_assert_no_error (error);
  g_assert_null (kd_inspect (dump, knobs, 1, &error));
  g_assert_error (error, KD_ERROR, KD_ERROR_SCHEMA);
  g_assert_nonnull (strstr (error->message, "task_grad and teacher_cls"));
  kd_knobs_free (knobs);
  synthetic_dump_free (dump);
}

static void
test_proposals_without_deltas_drop_the_box_term (void)
{
  SyntheticDump config = synthetic_dump_default ();
  config.n_proposals = 5;
  KdDump *dump = synthetic_dump_new (&config);
  fixture_replace (dump, "teacher_roi_reg", NULL);
  KdInspection *inspection = fixture_inspect (dump, "maskd", NULL);
  g_assert_null (kd_arrays_find (inspection->outputs, "loss.head"));
  g_assert_nonnull (strstr (inspection->note, "teacher_roi_reg"));
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/methods/maskd/a-constant-mask-scales-the-plain-mean",
                   test_a_constant_mask_scales_the_plain_mean);
  g_test_add_func ("/methods/maskd/masks-of-nothing-add-nothing",
                   test_masks_of_nothing_add_nothing);
  g_test_add_func ("/methods/maskd/features-of-nothing-make-equal-masks",
                   test_features_of_nothing_make_equal_masks);
  g_test_add_func ("/methods/maskd/one-token-has-no-pairs", test_one_token_has_no_pairs);
  g_test_add_func ("/methods/maskd/customised-masks-are-no-larger",
                   test_customised_masks_are_no_larger);
  g_test_add_func ("/methods/maskd/the-order-of-tokens-does-not-matter",
                   test_the_order_of_tokens_does_not_matter);
  g_test_add_func ("/methods/maskd/the-probe-finds-a-linear-head",
                   test_the_probe_finds_a_linear_head);
  g_test_add_func ("/methods/maskd/learning-without-a-task-is-refused",
                   test_learning_without_a_task_is_refused);
  g_test_add_func ("/methods/maskd/proposals-without-deltas-drop-the-box-term",
                   test_proposals_without_deltas_drop_the_box_term);
  return g_test_run ();
}
