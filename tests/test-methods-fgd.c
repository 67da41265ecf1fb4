/* SPDX-License-Identifier: MIT */

/* FGD's edge cases: what its authors' users ran into, and what must hold whatever the numbers. */
#include "tests/method-fixture.h"

#include <math.h>
#include <string.h>

/* ---- helpers ---------------------------------------------------------------------------------------- */

static KdInspection *
inspect_with (const KdDump *dump, const char *knob, const char *value)
{
  g_autoptr (GError) error = NULL;
  KdKnobs *knobs = kd_knobs_new (kd_method_find ("fgd"), NULL, &error);
  if (knob)
    kd_knobs_set (knobs, knob, value, &error);
  g_assert_no_error (error);
  KdInspection *inspection = kd_inspect (dump, knobs, 1, &error);
  g_assert_no_error (error);
  kd_knobs_free (knobs);
  return inspection;
}

static KdInspection *
inspect (const KdDump *dump)
{
  return inspect_with (dump, NULL, NULL);
}

static const KdArray *
output (const KdInspection *inspection, const char *name)
{
  const KdArray *array = kd_arrays_find (inspection->outputs, name);
  if (!array)
    g_error ("%s is missing", name);
  return array;
}

static double
loss (const KdInspection *inspection, const char *term)
{
  g_autofree char *name = g_strconcat ("loss.", term, NULL);
  return kd_array_get (output (inspection, name), 0);
}

static double
sum (const KdArray *array)
{
  double total = 0;
  for (size_t i = 0; i < kd_array_count (array); i++)
    total += kd_array_get (array, i);
  return total;
}

static void
assert_all (const KdArray *array, double value, double slack)
{
  for (size_t i = 0; i < kd_array_count (array); i++)
    g_assert_cmpfloat (fabs (kd_array_get (array, i) - value), <=, slack);
}

static void
assert_finite (const KdInspection *inspection)
{
  for (int i = 0; i < kd_arrays_count (inspection->outputs); i++) {
    const KdArray *array = kd_arrays_at (inspection->outputs, i);
    for (size_t k = 0; k < kd_array_count (array); k++)
      if (!isfinite (kd_array_get (array, k)))
        g_error ("%s: entry %zu is not finite", array->name, k);
  }
}

static void
assert_same_maps (const KdInspection *a, const KdInspection *b, const char *name)
{
  const KdArray *one = output (a, name), *other = output (b, name);
  for (size_t i = 0; i < kd_array_count (one); i++)
    g_assert_cmpfloat (kd_array_get (one, i), ==, kd_array_get (other, i));
}

static void
replace (KdDump *dump, const char *name, KdArray *array)
{
  KdArrays *rest = synthetic_without (dump->arrays, name);
  kd_arrays_free (dump->arrays);
  dump->arrays = rest;
  if (array)
    g_assert_true (kd_arrays_add (dump->arrays, array));
}

static KdDump *
dump_with_boxes (const float (*boxes)[4], int n_boxes)
{
  SyntheticDump config = synthetic_dump_default ();
  config.boxes = boxes;
  config.n_boxes = n_boxes;
  return synthetic_dump_new (&config);
}

/* Equal channels, so that there is no adapter. */
static KdDump *
dump_without_adapter (const float (*boxes)[4], int n_boxes)
{
  SyntheticDump config = synthetic_dump_default ();
  config.student_channels = config.teacher_channels;
  config.boxes = boxes;
  config.n_boxes = n_boxes;
  return synthetic_dump_new (&config);
}

static const float two_boxes[][4] = { { 5, 9, 40, 44 }, { 30, 3, 61, 22 } };

/* ---- attention ---------------------------------------------------------------------------------------- */

static void
test_attention_means_are_one (void)
{
  SyntheticDump config = synthetic_dump_default ();
  config.n_images = 2;
  config.image = (KdSize){ 64, 96 };
  config.boxes = two_boxes;
  config.n_boxes = 2;
  KdDump *dump = synthetic_dump_new (&config);
  KdInspection *inspection = inspect_with (dump, "temp", "0.1");
  for (int side = 0; side < 2; side++)
    for (int kind = 0; kind < 2; kind++)
      for (int l = 0; l < 2; l++) {
        g_autofree char *name =
            g_strdup_printf ("map.%s_attention_%s.%d", kind ? "channel" : "spatial",
                             side ? "student" : "teacher", l);
        const KdArray *map = output (inspection, name);
        const size_t per_image = kd_array_count (map) / 2;
        for (size_t n = 0; n < 2; n++) {
          double mean = 0;
          for (size_t i = 0; i < per_image; i++)
            mean += kd_array_get (map, n * per_image + i) / (double) per_image;
          g_assert_cmpfloat_with_epsilon (mean, 1, 1e-5);
        }
      }
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_student_never_weighs (void)
{
  KdDump *dump = dump_with_boxes (two_boxes, 2);
  KdInspection *before = inspect (dump);
  replace (dump, "student_feat.0",
           synthetic_array ("student_feat.0", 4, (int64_t[]){ 1, 4, 8, 8 }, 99));
  KdInspection *after = inspect (dump);
  assert_same_maps (before, after, "map.spatial_attention_teacher.0");
  assert_same_maps (before, after, "map.channel_attention_teacher.0");
  assert_same_maps (before, after, "map.weight.0");
  g_assert_cmpfloat (loss (before, "fg"), !=, loss (after, "fg"));
  kd_inspection_free (before);
  kd_inspection_free (after);
  synthetic_dump_free (dump);
}

static void
test_sides_cannot_be_swapped (void)
{
  KdDump *dump = dump_without_adapter (two_boxes, 2);
  KdInspection *before = inspect (dump);
  for (int l = 0; l < 2; l++) {
    g_autofree char *teacher = g_strdup_printf ("teacher_feat.%d", l);
    g_autofree char *student = g_strdup_printf ("student_feat.%d", l);
    KdArray *new_teacher = synthetic_copy (dump, student, teacher);
    KdArray *new_student = synthetic_copy (dump, teacher, student);
    replace (dump, teacher, new_teacher);
    replace (dump, student, new_student);
  }
  KdInspection *after = inspect (dump);
  g_assert_cmpfloat (fabs (loss (before, "fg") - loss (after, "fg")), >,
                     1e-3 * loss (before, "fg"));
  g_assert_cmpfloat (fabs (loss (before, "bg") - loss (after, "bg")), >,
                     1e-3 * loss (before, "bg"));
  g_assert_cmpfloat_with_epsilon (loss (before, "attention"), loss (after, "attention"),
                                  1e-5 * loss (before, "attention"));
  kd_inspection_free (before);
  kd_inspection_free (after);
  synthetic_dump_free (dump);
}

static void
test_a_perfect_student_has_no_loss (void)
{
  KdDump *dump = dump_without_adapter (two_boxes, 2);
  for (int l = 0; l < 2; l++) {
    g_autofree char *teacher = g_strdup_printf ("teacher_feat.%d", l);
    g_autofree char *student = g_strdup_printf ("student_feat.%d", l);
    replace (dump, student, synthetic_copy (dump, teacher, student));
  }
  KdInspection *inspection = inspect (dump);
  g_assert_cmpfloat (loss (inspection, "total"), ==, 0);
  assert_all (output (inspection, "grad.student_feat.0"), 0, 0);
  assert_all (output (inspection, "grad.student_feat.1"), 0, 0);
  assert_all (output (inspection, "map.pull.0"), 0, 0);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

/* ---- lamps --------------------------------------------------------------------------------------------- */

static void
assert_lamp (const KdInspection *inspection, int term, const char *id, const char *reason)
{
  g_assert_cmpint (inspection->n_terms, ==, 4);
  const KdTermStatus *status = &inspection->terms[term];
  g_assert_cmpstr (status->id, ==, id);
  g_assert_cmpstr (status->reason, ==, reason ? reason : "");
  g_assert_cmpint (status->lit, ==, reason == NULL);
  g_assert_cmpint (status->gradient_norm > 0, ==, reason == NULL);
  g_assert_cmpfloat (status->value, ==, loss (inspection, id));
  g_assert_true (isnan (status->task_ratio));
}

static double
norm_of_gradients (const KdInspection *inspection)
{
  double squares = 0;
  for (int l = 0; l < 2; l++) {
    g_autofree char *name = g_strdup_printf ("grad.student_feat.%d", l);
    const KdArray *gradient = output (inspection, name);
    for (size_t i = 0; i < kd_array_count (gradient); i++)
      squares += kd_array_get (gradient, i) * kd_array_get (gradient, i);
  }
  return sqrt (squares);
}

/* One term left: its norm is that of the whole loss's gradient, which comes another way. */
static void
test_lamps_name_the_knob (void)
{
  static const char *const zeros[] = { "alpha", "gamma", "lambda" };
  KdDump *dump = dump_with_boxes (two_boxes, 2);
  g_autoptr (GError) error = NULL;
  KdKnobs *knobs = kd_knobs_new (kd_method_find ("fgd"), NULL, &error);
  for (size_t i = 0; i < G_N_ELEMENTS (zeros); i++)
    g_assert_true (kd_knobs_set (knobs, zeros[i], "0", &error));
  KdInspection *inspection = kd_inspect (dump, knobs, 1, &error);
  g_assert_no_error (error);
  assert_lamp (inspection, 0, "fg", "fgd.alpha is 0");
  assert_lamp (inspection, 1, "bg", NULL);
  assert_lamp (inspection, 2, "attention", "fgd.gamma is 0");
  assert_lamp (inspection, 3, "relation", "fgd.lambda is 0");
  g_assert_cmpfloat_with_epsilon (inspection->terms[1].gradient_norm,
                                  norm_of_gradients (inspection),
                                  1e-6 * inspection->terms[1].gradient_norm);
  kd_knobs_free (knobs);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_lamps_without_objects (void)
{
  KdDump *dump = dump_with_boxes (NULL, 0);
  KdInspection *inspection = inspect (dump);
  assert_lamp (inspection, 0, "fg", "this dump has no object, and the term is about objects");
  assert_lamp (inspection, 1, "bg", NULL);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

/* ---- masks -------------------------------------------------------------------------------------------- */

/* The specification's formula, cell by cell: 1 / (cells, both ends counted) of the smallest box that covers it. */
static double
expected_fg (const float (*boxes)[4], int n_boxes, int y, int x, int H, int W)
{
  double best = 0;
  for (int i = 0; i < n_boxes; i++) {
    const double x1 = fmax (boxes[i][0], 0), y1 = fmax (boxes[i][1], 0);
    const double x2 = fmin (boxes[i][2], 64), y2 = fmin (boxes[i][3], 64);
    const double c0 = floor (x1 * W / 64), c1 = ceil (x2 * W / 64);
    const double r0 = floor (y1 * H / 64), r1 = ceil (y2 * H / 64);
    if (x >= c0 && x <= c1 && y >= r0 && y <= r1)
      best = fmax (best, 1 / ((r1 + 1 - r0) * (c1 + 1 - c0)));
  }
  return best;
}

static void
test_the_smallest_box_wins_an_overlap (void)
{
  /* a large box, a small one inside it, one that sticks out left and above, one that ends on the image's edge */
  const float boxes[][4] = {
    { 4, 4, 60, 60 }, { 20, 18, 30, 31 }, { -30, -9, 12, 15 }, { 40, 50, 64, 64 }
  };
  KdDump *dump = dump_with_boxes (boxes, 4);
  KdInspection *inspection = inspect (dump);
  for (int l = 0; l < 2; l++) {
    g_autofree char *fg_name = g_strdup_printf ("map.fg_mask.%d", l);
    g_autofree char *region_name = g_strdup_printf ("map.region.%d", l);
    g_autofree char *bg_name = g_strdup_printf ("map.bg_mask.%d", l);
    const KdArray *fg = output (inspection, fg_name), *region = output (inspection, region_name);
    const KdArray *bg = output (inspection, bg_name);
    const int side = 8 >> l;
    int n_free = 0;
    for (int i = 0; i < side * side; i++)
      n_free += expected_fg (boxes, 4, i / side, i % side, side, side) == 0;
    for (int i = 0; i < side * side; i++) {
      const double v = expected_fg (boxes, 4, i / side, i % side, side, side);
      g_assert_cmpfloat_with_epsilon (kd_array_get (fg, (size_t) i), v, 1e-7);
      g_assert_cmpfloat (kd_array_get (region, (size_t) i), ==, v > 0);
      g_assert_cmpfloat_with_epsilon (kd_array_get (bg, (size_t) i), v > 0 ? 0 : 1.0 / n_free,
                                      1e-7);
    }
  }
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_every_object_weighs_one (void)
{
  const float boxes[][4] = { { 9, 9, 14, 15 }, { 25, 17, 55, 54 } };
  KdDump *dump = dump_with_boxes (boxes, 2);
  KdInspection *inspection = inspect (dump);
  g_assert_cmpfloat_with_epsilon (sum (output (inspection, "map.fg_mask.0")), 2, 1e-6);
  g_assert_cmpfloat_with_epsilon (sum (output (inspection, "map.bg_mask.0")), 1, 1e-6);
  int seen = 0;
  for (int i = 0; i < inspection->n_probes; i++) {
    KdMap mass;
    if (strcmp (inspection->probes[i].name, "box_mass") || inspection->probes[i].level != 0)
      continue;
    g_assert_true (kd_inspection_map (inspection, i, 0, &mass));
    g_assert_cmpint (mass.height, ==, 2);
    g_assert_cmpfloat_with_epsilon (kd_map_get (&mass, 0, 0, 0), 1, 1e-6);
    g_assert_cmpfloat_with_epsilon (kd_map_get (&mass, 0, 1, 0), 1, 1e-6);
    seen++;
  }
  g_assert_cmpint (seen, ==, 1);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
assert_no_objects (const KdDump *dump)
{
  KdInspection *inspection = inspect (dump);
  assert_all (output (inspection, "map.fg_mask.0"), 0, 0);
  assert_all (output (inspection, "map.region.0"), 0, 0);
  assert_all (output (inspection, "map.bg_mask.0"), 1.0 / 64, 1e-7);
  assert_all (output (inspection, "map.bg_mask.1"), 1.0 / 16, 1e-7);
  g_assert_cmpfloat (loss (inspection, "fg"), ==, 0);
  g_assert_cmpfloat (loss (inspection, "bg"), >, 0);
  assert_finite (inspection);
  kd_inspection_free (inspection);
}

static void
test_no_objects (void)
{
  KdDump *dump = dump_with_boxes (NULL, 0);
  assert_no_objects (dump);
  synthetic_dump_free (dump);
}

static void
test_boxes_that_are_none_are_ignored (void)
{
  const float boxes[][4] = {
    { -20, 5, -1, 30 }, { 5, -9, 30, 0 },       { 64, 5, 90, 30 },        { 5, 64, 30, 70 },
    { 30, 30, 20, 40 }, { 30, 40, 40, 30 },     { 12, 12, 12, 30 },       { NAN, 5, 30, 30 },
    { 5, 5, NAN, 30 },  { 5, 5, 30, INFINITY }, { -INFINITY, 5, 30, 30 },
  };
  KdDump *dump = dump_with_boxes (boxes, G_N_ELEMENTS (boxes));
  assert_no_objects (dump);
  synthetic_dump_free (dump);
}

static void
test_objects_everywhere (void)
{
  const float boxes[][4] = { { 0, 0, 64, 64 } };
  KdDump *dump = dump_with_boxes (boxes, 1);
  KdInspection *inspection = inspect (dump);
  assert_all (output (inspection, "map.bg_mask.0"), 0, 0);
  /* nine cells each way: the column and the row past the map are counted as in the official code */
  assert_all (output (inspection, "map.fg_mask.0"), 1.0 / 81, 1e-8);
  g_assert_cmpfloat (loss (inspection, "bg"), ==, 0);
  assert_finite (inspection);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_boxes_of_one_image_stay_there (void)
{
  SyntheticDump config = synthetic_dump_default ();
  config.n_images = 3;
  config.boxes = two_boxes;
  config.n_boxes = 2;
  config.box_images = (const int[]){ 2, 0 };
  KdDump *dump = synthetic_dump_new (&config);
  KdInspection *inspection = inspect (dump);
  const KdArray *fg = output (inspection, "map.fg_mask.0");
  for (int n = 0; n < 3; n++)
    for (int i = 0; i < 64; i++) {
      const double v = n == 1 ? 0 : expected_fg (&two_boxes[n == 0], 1, i / 8, i % 8, 8, 8);
      g_assert_cmpfloat_with_epsilon (kd_array_get (fg, (size_t) (n * 64 + i)), v, 1e-7);
    }
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

/* ---- shapes and words ------------------------------------------------------------------------------------ */

static void
test_odd_channels_round_down (void)
{
  SyntheticDump config = synthetic_dump_default ();
  config.teacher_channels = 5;
  config.student_channels = 3;
  config.boxes = two_boxes;
  config.n_boxes = 2;
  KdDump *dump = synthetic_dump_new (&config);
  KdInspection *inspection = inspect (dump);
  g_autofree char *down =
      kd_array_shape_to_string (output (inspection, "grad.param.gc_s.0.down.weight"));
  g_assert_cmpstr (down, ==, "[2,5,1,1]");
  assert_finite (inspection);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
assert_refused (const KdDump *dump, const char *message)
{
  g_autoptr (GError) error = NULL;
  KdKnobs *knobs = kd_knobs_new (kd_method_find ("fgd"), NULL, NULL);
  g_assert_null (kd_inspect (dump, knobs, 1, &error));
  g_assert_error (error, KD_ERROR, KD_ERROR_SCHEMA);
  g_assert_cmpstr (error->message, ==, message);
  kd_knobs_free (knobs);
}

static void
test_wrong_shapes_name_the_array (void)
{
  KdDump *dump = dump_with_boxes (two_boxes, 2);
  replace (dump, "student_feat.1",
           synthetic_array ("student_feat.1", 4, (int64_t[]){ 1, 4, 4, 3 }, 1));
  assert_refused (dump, "student_feat.1: expected [1,4,4,4] like teacher_feat.1, found [1,4,4,3]");
  synthetic_dump_free (dump);

  dump = dump_with_boxes (two_boxes, 2);
  kd_arrays_add (dump->arrays,
                 synthetic_array ("param.gc_t.1.up.weight", 4, (int64_t[]){ 6, 2, 1, 1 }, 1));
  assert_refused (dump, "param.gc_t.1.up.weight: expected [6,3,1,1], found [6,2,1,1]");
  synthetic_dump_free (dump);

  dump = dump_with_boxes (two_boxes, 2);
  kd_arrays_add (dump->arrays,
                 synthetic_array ("param.adapt.0.weight", 4, (int64_t[]){ 6, 4, 2, 2 }, 1));
  assert_refused (dump, "param.adapt.0.weight: expected [6,4,k,k] with an odd k, found [6,4,2,2]");
  synthetic_dump_free (dump);
}

static void
test_missing_arrays_switch_it_off (void)
{
  KdDump *dump = dump_with_boxes (two_boxes, 2);
  replace (dump, "teacher_feat.1", NULL);
  replace (dump, "gt_image", NULL);
  assert_refused (dump, "FGD is off: the dump lacks teacher_feat.1, gt_image; add them");
  synthetic_dump_free (dump);
}

static void
test_untrained_parameters_are_noted (void)
{
  KdDump *dump = dump_without_adapter (two_boxes, 2);
  KdInspection *inspection = inspect (dump);
  g_assert_true (inspection->untrained);
  g_assert_cmpstr (inspection->note, ==,
                   "untrained: param.gc_t.0.mask.weight and 31 more are not in the dump, initial "
                   "values stand in");
  /* the context blocks start as the identity */
  assert_all (output (inspection, "map.context_add_teacher.0"), 0, 0);
  assert_all (output (inspection, "map.context_add_student.1"), 0, 0);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static const char *
title_of (const KdInspection *inspection, const char *name)
{
  for (int i = 0; i < inspection->n_probes; i++)
    if (!strcmp (inspection->probes[i].name, name))
      return inspection->probes[i].title;
  g_error ("no picture is called %s", name);
}

/* Only pictures that an absent parameter has a part in say so. */
static void
test_untrained_pictures_are_labelled (void)
{
  KdDump *dump = dump_with_boxes (two_boxes, 2);
  KdInspection *inspection = inspect (dump);
  g_assert_cmpstr (title_of (inspection, "fg_mask"), ==, "Scale mask");
  g_assert_cmpstr (title_of (inspection, "spatial_attention_teacher"), ==, "Attention, teacher");
  g_assert_cmpstr (title_of (inspection, "spatial_attention_student"), ==,
                   "Attention, student (untrained)");
  g_assert_cmpstr (title_of (inspection, "context_teacher"), ==, "Context, teacher (untrained)");
  g_assert_cmpstr (title_of (inspection, "weight"), ==, "Effective weight");
  g_assert_cmpstr (title_of (inspection, "error"), ==, "Focal loss by cell (untrained)");
  g_assert_cmpstr (title_of (inspection, "loss_density"), ==, "Loss density (untrained)");
  g_assert_cmpstr (title_of (inspection, "teacher_feat"), ==, "Features, teacher");
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_bad_numbers_are_counted (void)
{
  KdDump *dump = dump_with_boxes (two_boxes, 2);
  KdArray *feature = synthetic_copy (dump, "teacher_feat.0", "teacher_feat.0");
  ((float *) feature->data)[3] = NAN;
  ((float *) feature->data)[9] = INFINITY;
  replace (dump, "teacher_feat.0", feature);
  KdInspection *inspection = inspect (dump);
  g_assert_true (
      g_str_has_prefix (inspection->note, "teacher_feat.0 holds 2 numbers that are not finite; "));
  g_assert_true (isnan (loss (inspection, "total")));
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

/* ---- knobs ------------------------------------------------------------------------------------------------ */

static void
test_scale_multiplies_every_term (void)
{
  static const char *const terms[] = { "fg", "bg", "attention", "relation", "total" };
  KdDump *dump = dump_with_boxes (two_boxes, 2);
  KdInspection *one = inspect (dump), *ten = inspect_with (dump, "run.scale", "10");
  for (size_t i = 0; i < G_N_ELEMENTS (terms); i++)
    g_assert_cmpfloat_with_epsilon (loss (ten, terms[i]), 10 * loss (one, terms[i]),
                                    1e-5 * loss (ten, terms[i]));
  g_assert_cmpfloat_with_epsilon (ten->placeless, 10 * one->placeless, 1e-5 * ten->placeless);
  kd_inspection_free (one);
  kd_inspection_free (ten);
  synthetic_dump_free (dump);
}

static void
test_levels_limits_them (void)
{
  KdDump *dump = dump_with_boxes (two_boxes, 2);
  KdInspection *first = inspect_with (dump, "levels", "1");
  dump->n_levels = 1;
  KdInspection *only = inspect (dump);
  g_assert_cmpfloat (loss (first, "total"), ==, loss (only, "total"));
  g_assert_null (kd_arrays_find (first->outputs, "map.error.1"));
  assert_all (output (first, "map.loss_density.1"), 0, 0);
  kd_inspection_free (first);
  kd_inspection_free (only);
  synthetic_dump_free (dump);
}

static void
test_per_pixel_divides_a_level (void)
{
  static const char *const terms[] = { "fg", "bg", "attention", "relation" };
  SyntheticDump config = synthetic_dump_default ();
  config.n_levels = 1;
  config.boxes = two_boxes;
  config.n_boxes = 2;
  KdDump *dump = synthetic_dump_new (&config);
  KdInspection *off = inspect (dump), *on = inspect_with (dump, "per_pixel", "1");
  for (size_t i = 0; i < G_N_ELEMENTS (terms); i++)
    g_assert_cmpfloat_with_epsilon (loss (on, terms[i]), loss (off, terms[i]) / 64,
                                    1e-6 * loss (off, terms[i]));
  g_assert_cmpfloat_with_epsilon (sum (output (on, "map.error.0")),
                                  loss (on, "fg") + loss (on, "bg"), 1e-6 * loss (on, "fg"));
  assert_same_maps (off, on, "map.weight.0");
  kd_inspection_free (off);
  kd_inspection_free (on);
  synthetic_dump_free (dump);
}

/* The first stage of the attention's picture is the mean size of the teacher's feature. */
static void
test_energy_to_look_at (void)
{
  KdDump *dump = fixture_dump (NULL, 0);
  KdInspection *inspection = fixture_inspect (dump, "fgd", NULL);
  const KdMap energy = fixture_picture (inspection, "energy_teacher", 1, 0);
  const KdArray *feature = kd_arrays_find (dump->arrays, "teacher_feat.1");
  const size_t cells = (size_t) (feature->dims[2] * feature->dims[3]);
  for (size_t p = 0; p < cells; p++) {
    double sum = 0;
    for (size_t c = 0; c < (size_t) feature->dims[1]; c++)
      sum += fabs (kd_array_get (feature, c * cells + p)) / (double) feature->dims[1];
    g_assert_cmpfloat_with_epsilon (
        (double) kd_map_get (&energy, 0, (int) p / energy.width, (int) p % energy.width), sum,
        1e-5);
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
  g_test_add_func ("/methods/fgd/attention-means-are-one", test_attention_means_are_one);
  g_test_add_func ("/methods/fgd/student-never-weighs", test_student_never_weighs);
  g_test_add_func ("/methods/fgd/sides-cannot-be-swapped", test_sides_cannot_be_swapped);
  g_test_add_func ("/methods/fgd/a-perfect-student-has-no-loss",
                   test_a_perfect_student_has_no_loss);
  g_test_add_func ("/methods/fgd/the-smallest-box-wins-an-overlap",
                   test_the_smallest_box_wins_an_overlap);
  g_test_add_func ("/methods/fgd/every-object-weighs-one", test_every_object_weighs_one);
  g_test_add_func ("/methods/fgd/no-objects", test_no_objects);
  g_test_add_func ("/methods/fgd/boxes-that-are-none-are-ignored",
                   test_boxes_that_are_none_are_ignored);
  g_test_add_func ("/methods/fgd/objects-everywhere", test_objects_everywhere);
  g_test_add_func ("/methods/fgd/boxes-of-one-image-stay-there",
                   test_boxes_of_one_image_stay_there);
  g_test_add_func ("/methods/fgd/odd-channels-round-down", test_odd_channels_round_down);
  g_test_add_func ("/methods/fgd/wrong-shapes-name-the-array", test_wrong_shapes_name_the_array);
  g_test_add_func ("/methods/fgd/missing-arrays-switch-it-off", test_missing_arrays_switch_it_off);
  g_test_add_func ("/methods/fgd/untrained-parameters-are-noted",
                   test_untrained_parameters_are_noted);
  g_test_add_func ("/methods/fgd/untrained-pictures-are-labelled",
                   test_untrained_pictures_are_labelled);
  g_test_add_func ("/methods/fgd/bad-numbers-are-counted", test_bad_numbers_are_counted);
  g_test_add_func ("/methods/fgd/scale-multiplies-every-term", test_scale_multiplies_every_term);
  g_test_add_func ("/methods/fgd/levels-limits-them", test_levels_limits_them);
  g_test_add_func ("/methods/fgd/per-pixel-divides-a-level", test_per_pixel_divides_a_level);
  g_test_add_func ("/methods/fgd/energy-to-look-at", test_energy_to_look_at);
  g_test_add_func ("/methods/fgd/lamps-name-the-knob", test_lamps_name_the_knob);
  g_test_add_func ("/methods/fgd/lamps-without-objects", test_lamps_without_objects);
  return g_test_run ();
}
