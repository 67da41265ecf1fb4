/* SPDX-License-Identifier: MIT */

/* Plain distillation against its formula, written plainly. */
#include "tests/method-fixture.h"

#include <math.h>
#include <string.h>

static const float two_boxes[][4] = { { 5, 9, 40, 44 }, { 30, 3, 61, 22 } };

static double
sigmoid (double z)
{
  return 1 / (1 + exp (-z));
}

/* -p ln q - (1 - p) ln (1 - q) */
static double
cross_entropy (double p, double q)
{
  return -p * log (q) - (1 - p) * log (1 - q);
}

static double
iou (const KdArray *anchors, size_t row, const float *b)
{
  double a[4];
  for (size_t j = 0; j < 4; j++)
    a[j] = kd_array_get (anchors, row * 4 + j);
  const double w = fmin (a[2], (double) b[2]) - fmax (a[0], (double) b[0]);
  const double h = fmin (a[3], (double) b[3]) - fmax (a[1], (double) b[1]);
  const double both = fmax (w, 0) * fmax (h, 0);
  const double area = (double) (b[2] - b[0]) * (double) (b[3] - b[1]);
  return both / ((a[2] - a[0]) * (a[3] - a[1]) + area - both);
}

/* Anchors of image @n with an IoU of 0.5 or more, and each box's first best one if that is above 0.1. */
static int
count_positives (const KdDump *dump, const float (*boxes)[4], const int *images, int n_boxes, int n)
{
  bool positive[2][192] = { { false } };
  for (int g = 0; g < n_boxes; g++) {
    double top = 0.1;
    int level = -1;
    size_t best = 0;
    if (images[g] != n)
      continue;
    for (int l = 0; l < 2; l++) {
      g_autofree char *name = g_strdup_printf ("anchors.%d", l);
      const KdArray *anchors = kd_arrays_find (dump->arrays, name);
      for (size_t r = 0; r < (size_t) anchors->dims[0]; r++) {
        const double v = iou (anchors, r, boxes[g]);
        positive[l][r] = positive[l][r] || v >= 0.5;
        if (v > top) {
          top = v;
          level = l;
          best = r;
        }
      }
    }
    if (level >= 0)
      positive[level][best] = true;
  }
  int count = 0;
  for (int l = 0; l < 2; l++)
    for (int r = 0; r < 192; r++)
      count += positive[l][r];
  return count;
}

static double
divergence (const KdDump *dump)
{
  double sum = 0;
  for (int l = 0; l < 2; l++) {
    g_autofree char *teacher = g_strdup_printf ("teacher_cls.%d", l);
    g_autofree char *student = g_strdup_printf ("student_cls.%d", l);
    const KdArray *t = kd_arrays_find (dump->arrays, teacher);
    const KdArray *s = kd_arrays_find (dump->arrays, student);
    for (size_t i = 0; i < kd_array_count (t); i++) {
      const double p = sigmoid (kd_array_get (t, i)), q = sigmoid (kd_array_get (s, i));
      sum += cross_entropy (p, q) - cross_entropy (p, p);
    }
  }
  return sum;
}

static void
test_loss_is_its_formula (void)
{
  const float boxes[][4] = { { 5, 9, 40, 44 }, { 30, 3, 61, 22 }, { 50, 50, 56, 55 } };
  const int images[] = { 1, 0, 1 };
  SyntheticDump config = synthetic_dump_default ();
  config.n_images = 2;
  config.boxes = boxes;
  config.box_images = images;
  config.n_boxes = 3;
  KdDump *dump = synthetic_dump_new (&config);
  const int positives =
      count_positives (dump, boxes, images, 3, 0) + count_positives (dump, boxes, images, 3, 1);
  g_assert_cmpint (positives, >, 3);
  const double expected = divergence (dump) / positives;
  KdInspection *one = fixture_inspect (dump, "kd", NULL);
  KdInspection *three = fixture_inspect (dump, "kd", "weight", "3", NULL);
  g_assert_cmpfloat_with_epsilon (fixture_loss (one, "kd"), expected, 1e-5 * expected);
  g_assert_cmpfloat_with_epsilon (fixture_loss (three, "total"), 3 * expected, 3e-5 * expected);

  /* d loss / d z = weight / positives (sigmoid (z_s) - p_t) */
  const KdArray *gradient = fixture_output (three, "grad.student_cls.1");
  const KdArray *teacher = kd_arrays_find (dump->arrays, "teacher_cls.1");
  const KdArray *student = kd_arrays_find (dump->arrays, "student_cls.1");
  for (size_t i = 0; i < kd_array_count (gradient); i++)
    g_assert_cmpfloat_with_epsilon (
        kd_array_get (gradient, i),
        3.0 / positives *
            (sigmoid (kd_array_get (student, i)) - sigmoid (kd_array_get (teacher, i))),
        1e-6);
  kd_inspection_free (one);
  kd_inspection_free (three);
  synthetic_dump_free (dump);
}

/* Without objects the sum is divided by 1. */
static void
test_no_objects (void)
{
  KdDump *dump = fixture_dump (NULL, 0);
  KdInspection *inspection = fixture_inspect (dump, "kd", NULL);
  const double expected = divergence (dump);
  g_assert_cmpfloat_with_epsilon (fixture_loss (inspection, "kd"), expected, 1e-5 * expected);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_equal_scores_have_no_loss (void)
{
  KdDump *dump = fixture_dump (two_boxes, 2);
  for (int l = 0; l < 2; l++) {
    g_autofree char *teacher = g_strdup_printf ("teacher_cls.%d", l);
    g_autofree char *student = g_strdup_printf ("student_cls.%d", l);
    fixture_replace (dump, student, synthetic_copy (dump, teacher, student));
  }
  KdInspection *inspection = fixture_inspect (dump, "kd", NULL);
  g_assert_cmpfloat (fixture_loss (inspection, "kd"), ==, 0);
  const KdArray *gradient = kd_arrays_find (inspection->outputs, "grad.student_cls.0");
  if (gradient)
    fixture_assert_all (gradient, 0, 1e-7);
  fixture_assert_all (fixture_output (inspection, "map.score_gap.0"), 0, 0);
  g_assert_false (inspection->untrained);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_saturated_logits_stay_finite (void)
{
  KdDump *dump = fixture_dump (two_boxes, 2);
  for (int l = 0; l < 2; l++)
    for (int side = 0; side < 2; side++) {
      g_autofree char *name = g_strdup_printf ("%s_cls.%d", side ? "student" : "teacher", l);
      KdArray *cls = synthetic_copy (dump, name, name);
      for (size_t i = 0; i < kd_array_count (cls); i++)
        ((float *) cls->data)[i] = (i + (size_t) side) % 2 ? 1e4F : -1e4F;
      fixture_replace (dump, name, cls);
    }
  KdInspection *inspection = fixture_inspect (dump, "kd", NULL);
  fixture_assert_finite (inspection);
  /* each of the nine channels is wrong by 1e4 */
  fixture_assert_all (fixture_output (inspection, "map.score_gap.1"), 9e4, 1);
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
  g_test_add_func ("/methods/kd/loss-is-its-formula", test_loss_is_its_formula);
  g_test_add_func ("/methods/kd/no-objects", test_no_objects);
  g_test_add_func ("/methods/kd/equal-scores-have-no-loss", test_equal_scores_have_no_loss);
  g_test_add_func ("/methods/kd/saturated-logits-stay-finite", test_saturated_logits_stay_finite);
  return g_test_run ();
}
