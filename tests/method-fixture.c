/* SPDX-License-Identifier: MIT */
#include "tests/method-fixture.h"

#include <math.h>
#include <string.h>

KdInspection *
fixture_inspect (const KdDump *dump, const char *method, ...)
{
  g_autoptr (GError) error = NULL;
  KdKnobs *knobs = kd_knobs_new (kd_method_find (method), NULL, &error);
  g_assert_no_error (error);
  va_list list;
  va_start (list, method);
  for (const char *id = va_arg (list, const char *); id; id = va_arg (list, const char *)) {
    kd_knobs_set (knobs, id, va_arg (list, const char *), &error);
    g_assert_no_error (error);
  }
  va_end (list);
  KdInspection *inspection = kd_inspect (dump, knobs, 1, &error);
  g_assert_no_error (error);
  kd_knobs_free (knobs);
  return inspection;
}

const KdArray *
fixture_output (const KdInspection *inspection, const char *name)
{
  const KdArray *array = kd_arrays_find (inspection->outputs, name);
  if (!array)
    g_error ("%s is missing", name);
  return array;
}

double
fixture_loss (const KdInspection *inspection, const char *term)
{
  g_autofree char *name = g_strconcat ("loss.", term, NULL);
  return kd_array_get (fixture_output (inspection, name), 0);
}

KdMap
fixture_picture (const KdInspection *inspection, const char *name, int level, int image)
{
  for (int i = 0; i < inspection->n_probes; i++) {
    KdMap map;
    if (strcmp (inspection->probes[i].name, name) || inspection->probes[i].level != level)
      continue;
    g_assert_true (kd_inspection_map (inspection, i, image, &map));
    return map;
  }
  g_error ("no picture is called %s at level %d", name, level);
}

double
fixture_sum (const KdArray *array)
{
  double total = 0;
  for (size_t i = 0; i < kd_array_count (array); i++)
    total += kd_array_get (array, i);
  return total;
}

void
fixture_assert_all (const KdArray *array, double value, double slack)
{
  for (size_t i = 0; i < kd_array_count (array); i++)
    g_assert_cmpfloat (fabs (kd_array_get (array, i) - value), <=, slack);
}

void
fixture_assert_same (const KdArray *a, const KdArray *b, double slack)
{
  g_assert_cmpuint (kd_array_count (a), ==, kd_array_count (b));
  for (size_t i = 0; i < kd_array_count (a); i++)
    g_assert_cmpfloat (fabs (kd_array_get (a, i) - kd_array_get (b, i)), <=, slack);
}

void
fixture_assert_finite (const KdInspection *inspection)
{
  for (int i = 0; i < kd_arrays_count (inspection->outputs); i++) {
    const KdArray *array = kd_arrays_at (inspection->outputs, i);
    for (size_t k = 0; k < kd_array_count (array); k++)
      if (!isfinite (kd_array_get (array, k)))
        g_error ("%s: entry %zu is not finite", array->name, k);
  }
}

void
fixture_replace (KdDump *dump, const char *name, KdArray *array)
{
  KdArrays *rest = synthetic_without (dump->arrays, name);
  kd_arrays_free (dump->arrays);
  dump->arrays = rest;
  if (array)
    g_assert_true (kd_arrays_add (dump->arrays, array));
}

KdDump *
fixture_dump (const float (*boxes)[4], int n_boxes)
{
  SyntheticDump config = synthetic_dump_default ();
  config.student_channels = config.teacher_channels;
  config.boxes = boxes;
  config.n_boxes = n_boxes;
  return synthetic_dump_new (&config);
}
