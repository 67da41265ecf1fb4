/* SPDX-License-Identifier: MIT */
#include "tests/array-bytes.h"

#include <math.h>

static char *folder;

/* An array as text: "teacher_feat.0 f4 2,3,4,5" and its values, repeated to fill it. */
typedef struct {
  const char *name;
  KdDType dtype;
  int rank;
  int64_t dims[4];
  double values[8];
  int n_values; /* 0: zeros */
} Spec;

/* A one-stage dump of two images, two levels, three anchors a cell, four classes. */
// clang-format off
static const Spec good[] = {
  { "image_size", KD_DTYPE_I64, 1, { 2 }, { 64, 96 }, 2 },
  { "strides", KD_DTYPE_I64, 1, { 2 }, { 8, 16 }, 2 },
  { "gt_boxes", KD_DTYPE_F32, 2, { 3, 4 }, { 1, 2, 30, 40 }, 4 },
  { "gt_labels", KD_DTYPE_I64, 1, { 3 }, { 0, 3, 1 }, 3 },
  { "gt_image", KD_DTYPE_I64, 1, { 3 }, { 0, 1, 1 }, 3 },
  { "class_names", KD_DTYPE_U8, 1, { 15 }, { 0 }, 0 },
  { "teacher_feat.0", KD_DTYPE_F32, 4, { 2, 6, 8, 12 }, { .5 }, 1 },
  { "teacher_feat.1", KD_DTYPE_F32, 4, { 2, 6, 4, 6 }, { .5 }, 1 },
  { "student_feat.0", KD_DTYPE_F32, 4, { 2, 5, 8, 12 }, { NAN, 1 }, 2 },
  { "student_feat.1", KD_DTYPE_F32, 4, { 2, 5, 4, 6 }, { INFINITY }, 1 },
  { "teacher_cls.0", KD_DTYPE_F32, 4, { 2, 12, 8, 12 }, { 0 }, 0 },
  { "teacher_cls.1", KD_DTYPE_F32, 4, { 2, 12, 4, 6 }, { 0 }, 0 },
  { "student_cls.0", KD_DTYPE_F32, 4, { 2, 12, 8, 12 }, { 0 }, 0 },
  { "student_cls.1", KD_DTYPE_F32, 4, { 2, 12, 4, 6 }, { 0 }, 0 },
  { "teacher_reg.0", KD_DTYPE_F64, 4, { 2, 12, 8, 12 }, { 0 }, 0 },
  { "teacher_reg.1", KD_DTYPE_F64, 4, { 2, 12, 4, 6 }, { 0 }, 0 },
  { "anchors.0", KD_DTYPE_F32, 2, { 288, 4 }, { 0, 0, 8, 8 }, 4 },
  { "anchors.1", KD_DTYPE_F32, 2, { 72, 4 }, { 0, 0, 16, 16 }, 4 },
  { "task_grad.0", KD_DTYPE_F32, 4, { 2, 6, 8, 12 }, { 0 }, 0 },
  { "task_grad.1", KD_DTYPE_F32, 4, { 2, 6, 4, 6 }, { 0 }, 0 },
  { "param.adapt.0.weight", KD_DTYPE_F32, 4, { 6, 5, 1, 1 }, { 0 }, 0 },
};
// clang-format on

static KdArray *
make (const Spec *spec)
{
  KdArray *array = kd_array_new (spec->name, spec->dtype, spec->rank, spec->dims);
  for (size_t i = 0; spec->n_values && i < kd_array_count (array); i++) {
    const double value = spec->values[i % (size_t) spec->n_values];
    switch (array->dtype) {
    case KD_DTYPE_F32:
      ((float *) array->data)[i] = (float) value;
      break;
    case KD_DTYPE_F64:
      ((double *) array->data)[i] = value;
      break;
    case KD_DTYPE_I64:
      ((int64_t *) array->data)[i] = (int64_t) value;
      break;
    default:
      g_assert_not_reached ();
    }
  }
  if (strcmp (spec->name, "class_names") == 0)
    memcpy (array->data, "cat\ndog\nfox\nhen", MIN (kd_array_count (array), 15));
  return array;
}

/* The good dump, with @changes in place of arrays of the same name or beside them, without those in @absent. */
static KdDump *
open_dump (
    const char *ending, const Spec *changes, int n_changes, const char *absent, GError **error)
{
  g_autoptr (KdArrays) arrays = kd_arrays_new ();
  g_auto (GStrv) left_out = g_strsplit (absent ? absent : "", " ", -1);
  for (int i = 0; i < n_changes; i++)
    kd_arrays_add (arrays, make (&changes[i]));
  for (size_t i = 0; i < G_N_ELEMENTS (good); i++) {
    bool out = g_strv_contains ((const char *const *) left_out, good[i].name);
    for (char **prefix = left_out; *prefix; prefix++)
      out |= g_str_has_suffix (*prefix, "*") &&
             strncmp (good[i].name, *prefix, strlen (*prefix) - 1) == 0;
    if (!out && !kd_arrays_find (arrays, good[i].name))
      kd_arrays_add (arrays, make (&good[i]));
  }
  g_autofree char *path = g_strconcat (folder, "/d", ending, NULL);
  GError *save_error = NULL;
  kd_arrays_save (arrays, path, NULL, &save_error);
  g_assert_no_error (save_error);
  KdDump *dump = kd_dump_open (path, error);
  g_unlink (path);
  return dump;
}

static void
refused (const Spec *changes, int n_changes, const char *absent, const char *sentence)
{
  GError *error = NULL;
  g_autoptr (KdDump) dump = open_dump (".npz", changes, n_changes, absent, &error);
  g_assert_null (dump);
  g_assert_error (error, KD_ERROR, KD_ERROR_SCHEMA);
  g_autofree char *expected = g_strdup_printf ("%s/d.npz: %s", folder, sentence);
  g_assert_cmpstr (error->message, ==, expected);
  g_error_free (error);
}

/* One array in another shape or with other values. */
#define REFUSED(sentence, ...) refused (&(Spec){ __VA_ARGS__ }, 1, NULL, sentence)

static KdDump *
accepted (const char *ending, const Spec *changes, int n_changes, const char *absent)
{
  GError *error = NULL;
  KdDump *dump = open_dump (ending, changes, n_changes, absent, &error);
  g_assert_no_error (error);
  return dump;
}

static void
test_one_stage (const void *ending)
{
  g_autoptr (KdDump) dump = accepted (ending, NULL, 0, NULL);
  g_assert_cmpint (dump->n_images, ==, 2);
  g_assert_cmpint (dump->n_levels, ==, 2);
  g_assert_cmpint (dump->image.height, ==, 64);
  g_assert_cmpint (dump->image.width, ==, 96);
  g_assert_cmpint (dump->strides[0], ==, 8);
  g_assert_cmpint (dump->strides[1], ==, 16);
  g_assert_cmpint (dump->n_truths, ==, 3);
  g_assert_cmpint (dump->n_anchors, ==, 3);
  g_assert_cmpint (dump->n_classes, ==, 4);
  g_assert_false (dump->two_stage);
  g_assert_cmpstr (dump->class_names[0], ==, "cat");
  g_assert_cmpstr (dump->class_names[3], ==, "hen");
  g_assert_null (dump->class_names[4]);
  g_assert_cmpint (kd_arrays_count (dump->arrays), ==, G_N_ELEMENTS (good));
}

/* What is missing is unknown, and only switches off the methods that need it. */
static void
test_missing (void)
{
  g_autoptr (KdDump) least =
      accepted (".npz", NULL, 0,
                "teacher_* student_cls* anchors* image_size strides gt_* class_names task_grad*");
  g_assert_cmpint (least->n_images, ==, 2);
  g_assert_cmpint (least->n_levels, ==, 2);
  g_assert_cmpint (least->image.height, ==, 0);
  g_assert_cmpint (least->strides[0], ==, 0);
  g_assert_cmpint (least->n_truths, ==, 0);
  g_assert_cmpint (least->n_anchors, ==, 0);
  g_assert_cmpint (least->n_classes, ==, 0);
  g_assert_null (least->class_names);

  g_autoptr (KdDump) by_anchors = accepted (".npz", NULL, 0, "teacher_reg*");
  g_assert_cmpint (by_anchors->n_anchors, ==, 3);
  g_assert_cmpint (by_anchors->n_classes, ==, 4);

  refused (
      NULL, 0, "teacher_feat* student_feat*",
      "expected teacher_feat.0 or student_feat.0, the neck's finest output, found neither; save at "
      "least one feature level");
}

static void
test_empty_truth (void)
{
  const Spec changes[] = { { "gt_boxes", KD_DTYPE_F32, 2, { 0, 4 }, { 0 }, 0 },
                           { "gt_labels", KD_DTYPE_I64, 1, { 0 }, { 0 }, 0 },
                           { "gt_image", KD_DTYPE_I64, 1, { 0 }, { 0 }, 0 } };
  g_autoptr (KdDump) dump = accepted (".npz", changes, 3, NULL);
  g_assert_cmpint (dump->n_truths, ==, 0);
}

/* Whole numbers that were stored as floats are what they say. */
static void
test_float_labels (void)
{
  const Spec labels = { "gt_labels", KD_DTYPE_F32, 1, { 3 }, { 0, 3, 1 }, 3 };
  g_autoptr (KdDump) dump = accepted (".npz", &labels, 1, NULL);
  g_assert_cmpint (dump->n_truths, ==, 3);
}

static const Spec two_stage[] = {
  { "proposals", KD_DTYPE_F32, 2, { 5, 4 }, { 0, 0, 9, 9 }, 4 },
  { "proposal_image", KD_DTYPE_I64, 1, { 5 }, { 0, 1 }, 2 },
  { "teacher_roi_cls", KD_DTYPE_F32, 2, { 5, 5 }, { 0 }, 0 },
  { "student_roi_cls", KD_DTYPE_F32, 2, { 5, 5 }, { 0 }, 0 },
  { "teacher_roi_reg", KD_DTYPE_F32, 2, { 5, 4 }, { 0 }, 0 },
  { "teacher_cls.0", KD_DTYPE_F32, 4, { 2, 3, 8, 12 }, { 0 }, 0 },
  { "teacher_cls.1", KD_DTYPE_F32, 4, { 2, 3, 4, 6 }, { 0 }, 0 },
};

/* The RPN knows one class; labels follow the RoI head's. */
static void
test_two_stage (void)
{
  g_autoptr (KdDump) dump = accepted (".npz", two_stage, G_N_ELEMENTS (two_stage), "student_cls*");
  g_assert_true (dump->two_stage);
  g_assert_cmpint (dump->n_classes, ==, 1);

  const Spec *given = two_stage;
  Spec changed[G_N_ELEMENTS (two_stage)];
#define CHANGE(i, sentence, ...)                                                                   \
  G_STMT_START                                                                                     \
  {                                                                                                \
    memcpy (changed, given, sizeof changed);                                                       \
    changed[i] = (Spec){ __VA_ARGS__ };                                                            \
    refused (changed, G_N_ELEMENTS (changed), "student_cls*", sentence);                           \
  }                                                                                                \
  G_STMT_END
  CHANGE (0, "proposals: expected [5,4], found [5,5]", "proposals", KD_DTYPE_F32, 2, { 5, 5 },
          { 0 }, 0);
  CHANGE (1, "proposal_image: expected [5] like proposals, found [4]", "proposal_image",
          KD_DTYPE_I64, 1, { 4 }, { 0 }, 0);
  CHANGE (1,
          "proposal_image: expected 0 to 1, found 2 in row 1; a row names its image of the batch, "
          "counted "
          "from 0",
          "proposal_image", KD_DTYPE_I64, 1, { 5 }, { 0, 2 }, 2);
  CHANGE (2, "teacher_roi_cls: expected [5,5] like proposals, found [6,5]", "teacher_roi_cls",
          KD_DTYPE_F32, 2, { 6, 5 }, { 0 }, 0);
  CHANGE (2, "student_roi_cls: expected [5,4] like teacher_roi_cls, found [5,5]", "teacher_roi_cls",
          KD_DTYPE_F32, 2, { 5, 4 }, { 0 }, 0);
  CHANGE (4, "teacher_roi_reg: expected [5,4] like proposals, found [5,16]", "teacher_roi_reg",
          KD_DTYPE_F32, 2, { 5, 16 }, { 0 }, 0);
  memcpy (changed, given, sizeof changed);
  changed[2].dims[1] = changed[3].dims[1] = 4; /* three classes; gt_labels holds class 3 */
  refused (changed, G_N_ELEMENTS (changed), "student_cls*",
           "gt_labels: expected 0 to 2, found 3 in row 1; classes count from 0 and teacher_roi_cls "
           "has 3");
  changed[2].dims[1] = changed[3].dims[1] = 1;
  refused (changed, G_N_ELEMENTS (changed), "student_cls*",
           "teacher_roi_cls: expected K+1 columns, background last, found 1");
#undef CHANGE
}

static void
test_maps (void)
{
  REFUSED ("student_feat.1: expected [2,5,4,6] like teacher_feat.1, found [2,5,4,7]",
           "student_feat.1", KD_DTYPE_F32, 4, { 2, 5, 4, 7 }, { 0 }, 0);
  REFUSED ("student_feat.0: expected [2,5,8,12] like teacher_feat.0, found [3,5,8,12]",
           "student_feat.0", KD_DTYPE_F32, 4, { 3, 5, 8, 12 }, { 0 }, 0);
  REFUSED ("student_feat.1: expected [2,5,4,6] like student_feat.0, found [2,4,4,6]",
           "student_feat.1", KD_DTYPE_F32, 4, { 2, 4, 4, 6 }, { 0 }, 0);
  REFUSED ("student_feat.0: expected [2,C,8,12] like teacher_feat.0, found [2,5,8]",
           "student_feat.0", KD_DTYPE_F32, 3, { 2, 5, 8 }, { 0 }, 0);
  REFUSED ("teacher_feat.0: expected [N,C,H,W], found []", "teacher_feat.0", KD_DTYPE_F32, 0, { 0 },
           { 0 }, 0);
  REFUSED ("teacher_feat.1: expected [2,6,4,6] like teacher_feat.0, found [1,6,4,6]",
           "teacher_feat.1", KD_DTYPE_F32, 4, { 1, 6, 4, 6 }, { 0 }, 0);
  REFUSED ("teacher_feat.0: expected sizes of at least 1, found [2,0,8,12]", "teacher_feat.0",
           KD_DTYPE_F32, 4, { 2, 0, 8, 12 }, { 0 }, 0);
  REFUSED ("student_cls.1: expected [2,12,4,6] like teacher_cls.1, found [2,8,4,6]",
           "student_cls.1", KD_DTYPE_F32, 4, { 2, 8, 4, 6 }, { 0 }, 0);
  REFUSED ("task_grad.0: expected [2,6,8,12] like teacher_feat.0, found [2,5,8,12]", "task_grad.0",
           KD_DTYPE_F32, 4, { 2, 5, 8, 12 }, { 0 }, 0);
}

static void
test_levels (void)
{
  refused (NULL, 0, "student_feat.1", "student_feat: expected 2 levels like teacher_feat, found 1");
  refused (NULL, 0, "teacher_cls.1 student_cls*",
           "teacher_cls: expected 2 levels like teacher_feat, found 1");
  refused (NULL, 0, "teacher_feat.0",
           "teacher_feat.1: expected teacher_feat.0 as well, found a gap; save every level from 0");
  REFUSED ("teacher_feat.8: expected a level from 0 to 7 after the name, such as teacher_feat.0",
           "teacher_feat.8", KD_DTYPE_F32, 4, { 2, 6, 2, 3 }, { 0 }, 0);
  REFUSED ("student_feat: expected a level from 0 to 7 after the name, such as student_feat.0",
           "student_feat", KD_DTYPE_F32, 4, { 2, 6, 2, 3 }, { 0 }, 0);
  REFUSED ("anchors.00: expected a level from 0 to 7 after the name, such as anchors.0",
           "anchors.00", KD_DTYPE_F32, 2, { 2, 4 }, { 0 }, 0);
}

static void
test_heads (void)
{
  const Spec deltas[] = { { "teacher_reg.0", KD_DTYPE_F32, 4, { 2, 10, 8, 12 }, { 0 }, 0 },
                          { "teacher_reg.1", KD_DTYPE_F32, 4, { 2, 10, 4, 6 }, { 0 }, 0 } };
  refused (deltas, 2, NULL,
           "teacher_reg.0: expected A*4 channels, four deltas an anchor, found 10");
  const Spec logits[] = { { "teacher_cls.0", KD_DTYPE_F32, 4, { 2, 10, 8, 12 }, { 0 }, 0 },
                          { "teacher_cls.1", KD_DTYPE_F32, 4, { 2, 10, 4, 6 }, { 0 }, 0 } };
  refused (logits, 2, "student_cls*",
           "teacher_cls.0: expected A*K channels with 3 anchors a cell, found 10");
  REFUSED ("anchors.1: expected [72,4] like teacher_feat.1's 4x6 cells with 3 anchors each, found "
           "[24,4]",
           "anchors.1", KD_DTYPE_F32, 2, { 24, 4 }, { 0 }, 0);
  REFUSED ("anchors.0: expected [288,4] like teacher_feat.0's 8x12 cells with 3 anchors each, "
           "found [288,5]",
           "anchors.0", KD_DTYPE_F32, 2, { 288, 5 }, { 0 }, 0);
  const Spec odd = { "anchors.0", KD_DTYPE_F32, 2, { 200, 4 }, { 0 }, 0 };
  refused (&odd, 1, "teacher_reg*",
           "anchors.0: expected [192,4] like teacher_feat.0's 8x12 cells with 2 anchors each, "
           "found [200,4]");
}

static void
test_images (void)
{
  const Spec image = { "image", KD_DTYPE_U8, 4, { 2, 64, 96, 3 }, { 0 }, 0 };
  g_autoptr (KdDump) dump = accepted (".safetensors", &image, 1, "image_size");
  g_assert_cmpint (dump->image.height, ==, 64);
  g_assert_cmpint (dump->image.width, ==, 96);

  REFUSED ("image_size: expected 60,96 like image, found 64,96; it is height, width in px", "image",
           KD_DTYPE_U8, 4, { 2, 60, 96, 3 }, { 0 }, 0);
  REFUSED ("image: expected uint8 sRGB, found other numbers; save it as uint8, 0 to 255", "image",
           KD_DTYPE_F32, 4, { 2, 64, 96, 3 }, { 0 }, 0);
  REFUSED ("image: expected [2,3,64,3] like teacher_feat.0, found [2,3,64,96]", "image",
           KD_DTYPE_U8, 4, { 2, 3, 64, 96 }, { 0 }, 0);
  REFUSED ("image: expected sides of 1 to 65535 px, found 0", "image", KD_DTYPE_U8, 4,
           { 2, 0, 96, 3 }, { 0 }, 0);
  REFUSED ("image_size: expected [2], found [3]", "image_size", KD_DTYPE_I64, 1, { 3 }, { 0 }, 0);
  REFUSED ("image_size: expected 1 to 65535, found 0 in row 1; it is height, width in px",
           "image_size", KD_DTYPE_I64, 1, { 2 }, { 64, 0 }, 2);
  REFUSED ("strides: expected [2] like the levels of teacher_feat, found [3]", "strides",
           KD_DTYPE_I64, 1, { 3 }, { 8 }, 1);
  REFUSED ("strides: expected 1 to 65535, found -8 in row 0; it is px a cell, level by level",
           "strides", KD_DTYPE_I64, 1, { 2 }, { -8 }, 1);
}

static void
test_truths (void)
{
  REFUSED ("gt_boxes: expected [R,4], found [0]", "gt_boxes", KD_DTYPE_F32, 1, { 0 }, { 0 }, 0);
  REFUSED ("gt_image: expected [3] like gt_boxes, found [2]", "gt_image", KD_DTYPE_I64, 1, { 2 },
           { 0 }, 0);
  REFUSED ("gt_labels: expected [3] like gt_boxes, found [3,1]", "gt_labels", KD_DTYPE_I64, 2,
           { 3, 1 }, { 0 }, 0);
  REFUSED ("gt_image: expected 0 to 1, found 2 in row 0; a row names its image of the batch, "
           "counted from 0",
           "gt_image", KD_DTYPE_I64, 1, { 3 }, { 2 }, 1);
  REFUSED (
      "gt_labels: expected 0 to 3, found 4 in row 2; classes count from 0 and teacher_cls.0 has 4",
      "gt_labels", KD_DTYPE_I64, 1, { 3 }, { 1, 2, 4 }, 3);
  REFUSED (
      "gt_labels: expected 0 to 3, found -1 in row 0; classes count from 0 and teacher_cls.0 has 4",
      "gt_labels", KD_DTYPE_I64, 1, { 3 }, { -1 }, 1);
  REFUSED ("gt_labels: expected whole numbers, found 1.5 in row 1; save them as integers",
           "gt_labels", KD_DTYPE_F32, 1, { 3 }, { 1, 1.5 }, 2);
  REFUSED ("gt_labels: expected 0 to 3, found nan in row 0; classes count from 0 and teacher_cls.0 "
           "has 4",
           "gt_labels", KD_DTYPE_F32, 1, { 3 }, { NAN }, 1);
}

static void
test_class_names (void)
{
  REFUSED ("class_names: expected 4 names, a line each, as teacher_cls.0 has 4 classes, found 3",
           "class_names", KD_DTYPE_U8, 1, { 11 }, { 0 }, 0);
  static const char not_text[] =
      "class_names: expected UTF-8 text, one name a line, as uint8 or a numpy array "
      "of strings, found something else";
  REFUSED (not_text, "class_names", KD_DTYPE_I64, 1, { 4 }, { 99 }, 1);
  REFUSED (not_text, "class_names", KD_DTYPE_U8, 1, { 16 }, { 0 }, 0); /* a zero byte at the end */
}

/* Mutations of the values and shapes that a container lets through: opened or refused, nothing else. */
static void
test_mutations (void)
{
  KdRandom random = kd_random (4, kd_hash_string ("mutations"));
  int n_opened = 0;
  for (int i = 0; i < 1500; i++) {
    Spec changes[3];
    const int n = kd_random_int (&random, 1, 3);
    for (int k = 0; k < n; k++) {
      changes[k] = good[kd_random_int (&random, 0, G_N_ELEMENTS (good) - 1)];
      const int kind = kd_random_int (&random, 0, 3);
      if (kind == 0)
        changes[k].rank = kd_random_int (&random, 0, 4);
      else if (kind == 1)
        changes[k].dims[kd_random_int (&random, 0, 3)] = kd_random_int (&random, 0, 12);
      else if (kind == 2 && changes[k].dtype != KD_DTYPE_U8)
        changes[k].dtype = kd_random_int (&random, 0, 1) ? KD_DTYPE_F64 : KD_DTYPE_I64;
      else if (changes[k].dtype != KD_DTYPE_U8)
        changes[k].values[changes[k].n_values++ % 8] = kd_random_uniform (&random, -5, 500);
      changes[k].n_values = changes[k].dtype == KD_DTYPE_I64 ? 1 : MIN (changes[k].n_values, 8);
      for (int d = 0; d < 8 && changes[k].dtype == KD_DTYPE_I64; d++)
        changes[k].values[d] = isfinite (changes[k].values[d]) ? changes[k].values[d] : 0;
    }
    GError *error = NULL;
    g_autoptr (KdDump) dump = open_dump (".safetensors", changes, n, NULL, &error);
    g_assert_true ((dump == NULL) == (error != NULL));
    n_opened += dump != NULL;
    g_clear_error (&error);
  }
  g_assert_cmpint (n_opened, >, 30);
  g_assert_cmpint (n_opened, <, 1400);
}

/* ---- the checklist -------------------------------------------------------------------------------------- */

static const KdDumpItem *
item_of (const KdDumpCheck *check, const char *name)
{
  for (int i = 0; i < check->n_items; i++)
    if (strcmp (check->items[i].name, name) == 0)
      return &check->items[i];
  g_error ("the checklist has no %s", name);
}

static KdDumpCheck *
check_arrays (const Spec *changes, int n_changes, const char *absent)
{
  g_autoptr (KdArrays) arrays = kd_arrays_new ();
  for (int i = 0; i < n_changes; i++)
    kd_arrays_add (arrays, make (&changes[i]));
  for (size_t i = 0; i < G_N_ELEMENTS (good); i++)
    if (!kd_arrays_find (arrays, good[i].name) && g_strcmp0 (good[i].name, absent) != 0)
      kd_arrays_add (arrays, make (&good[i]));
  g_autofree char *path = g_build_filename (folder, "check.npz", NULL);
  GError *error = NULL;
  kd_arrays_save (arrays, path, NULL, &error);
  g_assert_no_error (error);
  KdDumpCheck *check = kd_dump_check (path, NULL, &error);
  g_assert_no_error (error);
  g_unlink (path);
  return check;
}

static void
test_checklist_of_a_good_dump (void)
{
  g_autoptr (KdDumpCheck) check = check_arrays (NULL, 0, NULL);
  g_assert_cmpint (check->n_wrong, ==, 0);
  for (size_t i = 0; i < G_N_ELEMENTS (good); i++) {
    const KdDumpItem *item = item_of (check, good[i].name);
    g_assert_cmpint (item->state, ==, KD_DUMP_FOUND);
    g_assert_null (item->fix);
  }
  /* Every other value of level 0's 2*5*8*12 is a NaN, all of level 1's 2*5*4*6 are infinite. */
  g_assert_cmpuint (item_of (check, "student_feat.0")->n_not_finite, ==, 480);
  g_assert_cmpuint (item_of (check, "student_feat.1")->n_not_finite, ==, 240);
  g_assert_cmpuint (item_of (check, "teacher_feat.0")->n_not_finite, ==, 0);
  g_assert_cmpint (item_of (check, "proposals")->state, ==, KD_DUMP_MISSING);
  g_assert_cmpint (check->dump->n_levels, ==, 2);
}

static void
test_checklist_goes_on (void)
{
  const Spec changes[] = {
    { "student_feat.0", KD_DTYPE_F32, 4, { 2, 5, 8, 11 }, { 0 }, 0 },
    { "student_feat.1", KD_DTYPE_F32, 4, { 2, 5, 3, 6 }, { 0 }, 0 },
    { "image", KD_DTYPE_F32, 4, { 2, 64, 96, 3 }, { 0 }, 0 },
    { "gt_labels", KD_DTYPE_I64, 1, { 3 }, { 0, 9, 1 }, 3 },
    { "anchors.1", KD_DTYPE_F32, 2, { 71, 4 }, { 0 }, 0 },
  };
  g_autoptr (KdDumpCheck) check = check_arrays (changes, G_N_ELEMENTS (changes), "strides");
  g_assert_cmpstr (item_of (check, "student_feat.0")->fix, ==,
                   "expected [2,5,8,12] like teacher_feat.0, found [2,5,8,11]");
  g_assert_cmpstr (item_of (check, "student_feat.1")->fix, ==,
                   "expected [2,5,4,6] like teacher_feat.1, found [2,5,3,6]");
  g_assert_cmpint (item_of (check, "student_feat.1")->state, ==, KD_DUMP_WRONG_SHAPE);
  g_assert_cmpint (item_of (check, "image")->state, ==, KD_DUMP_WRONG_TYPE);
  g_assert_cmpint (item_of (check, "gt_labels")->state, ==, KD_DUMP_WRONG_VALUES);
  g_assert_cmpint (item_of (check, "anchors.1")->state, ==, KD_DUMP_WRONG_SHAPE);
  g_assert_cmpint (item_of (check, "anchors.0")->state, ==, KD_DUMP_FOUND);
  g_assert_cmpint (item_of (check, "strides")->state, ==, KD_DUMP_MISSING);
  g_assert_cmpint (check->n_wrong, ==, 5);
  g_assert_null (kd_arrays_find (check->dump->arrays, "student_feat.0"));
  g_assert_nonnull (kd_arrays_find (check->dump->arrays, "teacher_feat.0"));
}

/* Strides that the cells contradict are used, but doubted. */
static void
test_checklist_doubts_strides (void)
{
  const Spec far = { "strides", KD_DTYPE_I64, 1, { 2 }, { 8000, 16000 }, 2 };
  g_autoptr (KdDumpCheck) check = check_arrays (&far, 1, NULL);
  g_assert_cmpint (check->n_wrong, ==, 0);
  g_assert_cmpint (item_of (check, "strides")->state, ==, KD_DUMP_FOUND);
  g_assert_cmpstr (item_of (check, "strides")->fix, ==,
                   "expected about 8 px a cell on level 0, as teacher_feat.0 has 8x12 cells for "
                   "64x96 px, found 8000; boxes would lie on the wrong cells");
}

/* A file's arrays that are good, with one of numbers that are not read, and one whose bytes have changed. */
static char *
write_damaged (void)
{
  Zip zip;
  zip_init (&zip);
  static const char feature[] = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 2, 2)}";
  static const char boxes[] = "{'descr': '>f4', 'fortran_order': False, 'shape': (1, 4)}";
  const float values[4] = { 1, 2, 3, 4 };
  zip_add (&zip, "teacher_feat.0.npy", npy_bytes (1, feature, values, sizeof values));
  zip_add (&zip, "gt_boxes.npy", npy_bytes (1, boxes, values, sizeof values));
  GByteArray *damaged = npy_bytes (1, feature, values, sizeof values);
  const uint32_t crc = crc32_of (damaged->data, damaged->len);
  damaged->data[damaged->len - 1] ^= 1;
  zip_add_as (&zip, "student_feat.0.npy", damaged, 0, crc, damaged->len);
  g_autoptr (GByteArray) bytes = zip_end (&zip);
  char *path = g_build_filename (folder, "damaged.npz", NULL);
  g_assert_true (g_file_set_contents (path, (char *) bytes->data, bytes->len, NULL));
  return path;
}

/* What cannot be read is a line of the list; what can is there. A reader that wants all of it is refused. */
static void
test_checklist_of_damage (void)
{
  g_autofree char *path = write_damaged ();
  g_autoptr (GError) error = NULL;
  g_autoptr (KdDumpCheck) check = kd_dump_check (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (item_of (check, "gt_boxes")->state, ==, KD_DUMP_UNREADABLE);
  g_assert_cmpstr (
      item_of (check, "gt_boxes")->fix, ==,
      "expected little-endian numbers, found big-endian >f4; save it with .astype('<f4')");
  g_assert_cmpint (item_of (check, "student_feat.0")->state, ==, KD_DUMP_UNREADABLE);
  g_assert_nonnull (strstr (item_of (check, "student_feat.0")->fix, "damaged"));
  g_assert_cmpint (item_of (check, "teacher_feat.0")->state, ==, KD_DUMP_FOUND);
  g_assert_cmpint (check->n_wrong, ==, 2);
  g_assert_cmpint (check->dump->n_levels, ==, 1);
  g_assert_null (kd_dump_open (path, &error));
  g_assert_error (error, KD_ERROR, KD_ERROR_FORMAT);
  g_unlink (path);
}

/* ---- large files ------------------------------------------------------------------------------------------ */

/* The good dump with numbers that all differ. */
static char *
write_numbered (const char *ending)
{
  g_autoptr (KdArrays) arrays = kd_arrays_new ();
  for (size_t i = 0; i < G_N_ELEMENTS (good); i++) {
    KdArray *array = make (&good[i]);
    for (size_t k = 0; array->dtype == KD_DTYPE_F32 && k < kd_array_count (array); k++)
      ((float *) array->data)[k] = (float) k;
    kd_arrays_add (arrays, array);
  }
  char *path = g_strconcat (folder, "/peek", ending, NULL);
  GError *error = NULL;
  kd_arrays_save (arrays, path, NULL, &error);
  g_assert_no_error (error);
  return path;
}

/* The first image's rows of every array, of the families that are wanted alone. */
static void
test_peek (const void *ending)
{
  g_autofree char *path = write_numbered (ending);
  GError *error = NULL;
  static const char *const families[] = { "teacher_feat", "student_feat", "anchors", NULL };
  g_autoptr (KdDumpCheck) peek = kd_dump_peek (path, families, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (KdDump) dump = kd_dump_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (peek->n_wrong, ==, 0);
  g_assert_cmpint (peek->n_file_images, ==, 2);
  g_assert_cmpint (peek->dump->n_images, ==, 1);
  g_assert_cmpint (peek->dump->n_levels, ==, 2);
  g_assert_cmpint (peek->dump->n_truths, ==, 1); /* gt_image is 0, 1, 1 */
  g_assert_null (kd_arrays_find (peek->dump->arrays, "teacher_cls.0"));
  static const char *const shared[] = { "teacher_feat.0", "student_feat.1", "anchors.0",
                                        "gt_boxes",       "gt_labels",      "strides" };
  for (size_t i = 0; i < G_N_ELEMENTS (shared); i++) {
    const KdArray *part = kd_arrays_find (peek->dump->arrays, shared[i]);
    const KdArray *whole = kd_arrays_find (dump->arrays, shared[i]);
    g_assert_nonnull (part);
    const size_t bytes = kd_array_count (part) * kd_dtype_size (part->dtype);
    g_assert_cmpmem (part->data, bytes, whole->data, bytes); /* the first image is first */
  }
  g_autoptr (KdDumpCheck) all = kd_dump_peek (path, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (all->dump->n_images, ==, 1);
  for (int i = 0; i < kd_arrays_count (dump->arrays); i++)
    g_assert_nonnull (kd_arrays_find (all->dump->arrays, kd_arrays_at (dump->arrays, i)->name));
  g_unlink (path);
}

/* Whoever waits sees all bytes go by; who has cancelled gets nothing. */
static void
test_progress (const void *ending)
{
  g_autofree char *path = write_numbered (ending);
  g_autoptr (GError) error = NULL;
  KdReading reading = { 0 };
  g_autoptr (KdDumpCheck) check = kd_dump_check (path, &reading, &error);
  g_assert_no_error (error);
  g_assert_nonnull (check);
  g_assert_cmpuint (atomic_load (&reading.total), >, 0);
  g_assert_cmpuint (atomic_load (&reading.done), ==, atomic_load (&reading.total));
  atomic_store (&reading.cancelled, true);
  g_assert_null (kd_dump_check (path, &reading, &error));
  g_assert_error (error, KD_ERROR, KD_ERROR_CANCELLED);
  g_unlink (path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  limit_memory ();
  folder = test_folder ();
  g_test_add_data_func ("/data/dump/one-stage-npz", ".npz", test_one_stage);
  g_test_add_data_func ("/data/dump/one-stage-safetensors", ".safetensors", test_one_stage);
  g_test_add_func ("/data/dump/two-stage", test_two_stage);
  g_test_add_func ("/data/dump/what-may-be-missing", test_missing);
  g_test_add_func ("/data/dump/no-ground-truth", test_empty_truth);
  g_test_add_func ("/data/dump/labels-stored-as-floats", test_float_labels);
  g_test_add_func ("/data/dump/refuses-maps", test_maps);
  g_test_add_func ("/data/dump/refuses-levels", test_levels);
  g_test_add_func ("/data/dump/refuses-heads", test_heads);
  g_test_add_func ("/data/dump/refuses-images-and-strides", test_images);
  g_test_add_func ("/data/dump/refuses-ground-truth", test_truths);
  g_test_add_func ("/data/dump/refuses-class-names", test_class_names);
  g_test_add_func ("/data/dump/checklist/of-a-good-dump-has-no-fixes",
                   test_checklist_of_a_good_dump);
  g_test_add_func ("/data/dump/checklist/goes-on-after-the-first-problem", test_checklist_goes_on);
  g_test_add_func ("/data/dump/checklist/doubts-strides", test_checklist_doubts_strides);
  g_test_add_func ("/data/dump/checklist/lists-what-cannot-be-read", test_checklist_of_damage);
  g_test_add_data_func ("/data/dump/peek/is-the-first-image-of-npz", ".npz", test_peek);
  g_test_add_data_func ("/data/dump/peek/is-the-first-image-of-safetensors", ".safetensors",
                        test_peek);
  g_test_add_data_func ("/data/dump/reading-npz-is-told-and-cancelled", ".npz", test_progress);
  g_test_add_data_func ("/data/dump/reading-safetensors-is-told-and-cancelled", ".safetensors",
                        test_progress);
  g_test_add_func ("/data/dump/survives-mutations", test_mutations);
  const int result = g_test_run ();
  g_rmdir (folder);
  g_free (folder);
  return result;
}
