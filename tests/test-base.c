/* SPDX-License-Identifier: MIT */
#include "engine/base/base.h"

#include <math.h>

static void
test_array_order (void)
{
  /* [1,2,2,3] in file order holds 0..11; channels-last memory interleaves the two channels. */
  const int64_t dims[] = { 1, 2, 2, 3 };
  g_autoptr (KdArray) array = kd_array_new ("a", KD_DTYPE_F32, 4, dims);
  for (int i = 0; i < 12; i++)
    ((float *) array->data)[i] = (float) i;
  const KdShape shape = kd_shape (1, 2, 2, 3);
  kd_real values[12];
  kd_array_to_values (array, shape, values);
  const kd_real expected[] = { 0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11 };
  for (int i = 0; i < 12; i++)
    g_assert_true (values[i] == expected[i]);

  g_autoptr (KdArray) back = kd_array_from_values ("b", shape, KD_AXES_NCHW, values);
  for (size_t i = 0; i < 12; i++)
    g_assert_true (kd_array_get (back, i) == (double) i);
}

static void
test_axes_choose_rank (void)
{
  const kd_real values[] = { 1, 2, 3 };
  g_autoptr (KdArray) bias = kd_array_from_values ("b", kd_shape (1, 3, 1, 1), KD_AXIS_C, values);
  g_autoptr (KdArray) norm = kd_array_from_values ("n", kd_shape (1, 3, 1, 1), KD_AXES_CHW, values);
  g_autofree char *bias_shape = kd_array_shape_to_string (bias);
  g_autofree char *norm_shape = kd_array_shape_to_string (norm);
  g_assert_cmpstr (bias_shape, ==, "[3]");
  g_assert_cmpstr (norm_shape, ==, "[3,1,1]");
}

static void
test_names_are_unique (void)
{
  g_autoptr (KdArrays) arrays = kd_arrays_new ();
  const int64_t dims[] = { 2 };
  g_assert_true (kd_arrays_add (arrays, kd_array_new ("x", KD_DTYPE_I64, 1, dims)));
  g_assert_false (kd_arrays_add (arrays, kd_array_new ("x", KD_DTYPE_F32, 0, NULL)));
  g_assert_cmpint (kd_arrays_count (arrays), ==, 1);
  g_assert_nonnull (kd_arrays_find (arrays, "x"));
  g_assert_null (kd_arrays_find (arrays, "y"));
}

static void
test_has_shape (void)
{
  const int64_t dims[] = { 2, 3, 5 };
  g_autoptr (KdArray) array = kd_array_new ("a", KD_DTYPE_F32, 3, dims);
  g_assert_true (kd_array_has_shape (array, kd_shape (2, 1, 3, 5), KD_AXES_NHW));
  g_assert_false (kd_array_has_shape (array, kd_shape (2, 1, 3, 5), KD_AXES_NCHW));
  g_assert_false (kd_array_has_shape (array, kd_shape (2, 1, 5, 3), KD_AXES_NHW));
  g_assert_false (kd_array_has_shape (array, kd_shape (2, 3, 1, 1), KD_AXES_NC));
}

static void
test_random_is_a_function (void)
{
  KdRandom a = kd_random (7, 3), b = kd_random (7, 3), other = kd_random (7, 4);
  g_assert_true (kd_random_u64 (&a) == kd_random_u64 (&b));
  g_assert_true (kd_random_u64 (&a) != kd_random_u64 (&other));
  KdRandom fork = a;
  g_assert_true (kd_random_u64 (&a) == kd_random_u64 (&fork));
}

static void
test_random_moments (void)
{
  KdRandom random = kd_random (1, 1);
  const int count = 200000;
  double sum = 0, square = 0, uniform = 0;
  int low = 0, high = 0;
  for (int i = 0; i < count; i++) {
    const double z = kd_random_normal (&random);
    sum += z;
    square += z * z;
    uniform += kd_random_uniform (&random, -1, 3);
    const int k = kd_random_int (&random, 2, 5);
    g_assert_true (k >= 2 && k <= 5);
    low += k == 2;
    high += k == 5;
  }
  /* Five standard errors of each mean. */
  g_assert_cmpfloat (fabs (sum / count), <, 5 / sqrt (count));
  g_assert_cmpfloat (fabs (square / count - 1), <, 5 * sqrt (2.0 / count));
  g_assert_cmpfloat (fabs (uniform / count - 1), <, 5 * sqrt (16.0 / 12 / count));
  g_assert_cmpfloat (fabs ((double) low / count - 0.25), <, 5 * sqrt (0.1875 / count));
  g_assert_cmpfloat (fabs ((double) high / count - 0.25), <, 5 * sqrt (0.1875 / count));
}

static void
test_errors_are_one_line (void)
{
  g_autoptr (GError) error = NULL;
  kd_error_tidy (NULL);
  kd_error_tidy (&error);
  g_assert_no_error (error);
  g_set_error (&error, KD_ERROR, KD_ERROR_FORMAT, "%s: found \"a\nb\xff\t\"", "h\303\244");
  kd_error_tidy (&error);
  g_assert_error (error, KD_ERROR, KD_ERROR_FORMAT);
  g_assert_cmpstr (error->message, ==, "h\303\244: found \"a b\357\277\275 \"");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/array/file-order-to-channels-last", test_array_order);
  g_test_add_func ("/base/array/axes-choose-rank", test_axes_choose_rank);
  g_test_add_func ("/base/array/has-a-shape-on-axes", test_has_shape);
  g_test_add_func ("/base/arrays/names-are-unique", test_names_are_unique);
  g_test_add_func ("/base/errors/are-one-line-of-text", test_errors_are_one_line);
  g_test_add_func ("/base/random/is-a-function", test_random_is_a_function);
  g_test_add_func ("/base/random/moments", test_random_moments);
  return g_test_run ();
}
