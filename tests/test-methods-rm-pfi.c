/* SPDX-License-Identifier: MIT */

/* RM + PFI's edge cases: the order inside an object, assignment of overlapping boxes, equal networks, the three forms. */
#include "tests/method-fixture.h"

#include <math.h>
#include <string.h>

static const float two_boxes[][4] = { { 5, 9, 40, 44 }, { 30, 3, 61, 22 } };

/* ---- the assignment and the ranks, written plainly -------------------------------------------------- */

#define N_ANCHORS (3 * (64 + 16))

typedef struct {
  double anchors[N_ANCHORS][4];
  double teacher[N_ANCHORS], student[N_ANCHORS]; /* logits of one class */
} Flat;

/* Anchors and logits of one class of a one-image dump with two levels, in the order level, y, x, a. */
static Flat
flatten (const KdDump *dump, int label)
{
  Flat flat;
  int r = 0;
  for (int l = 0; l < 2; l++) {
    g_autofree char *anchors = g_strdup_printf ("anchors.%d", l);
    g_autofree char *teacher = g_strdup_printf ("teacher_cls.%d", l);
    g_autofree char *student = g_strdup_printf ("student_cls.%d", l);
    const int cells = l ? 16 : 64;
    for (int i = 0; i < cells * 3; i++, r++) {
      const size_t channel = (size_t) (i % 3 * 3 + label), cell = (size_t) (i / 3);
      const size_t at = channel * (size_t) cells + cell;
      for (size_t j = 0; j < 4; j++)
        flat.anchors[r][j] =
            kd_array_get (kd_arrays_find (dump->arrays, anchors), (size_t) i * 4 + j);
      flat.teacher[r] = kd_array_get (kd_arrays_find (dump->arrays, teacher), at);
      flat.student[r] = kd_array_get (kd_arrays_find (dump->arrays, student), at);
    }
  }
  return flat;
}

static double
iou (const double *a, const float *b)
{
  const double w = fmin (a[2], (double) b[2]) - fmax (a[0], (double) b[0]);
  const double h = fmin (a[3], (double) b[3]) - fmax (a[1], (double) b[1]);
  const double both = fmax (w, 0) * fmax (h, 0);
  const double area = (double) (b[2] - b[0]) * (double) (b[3] - b[1]);
  return both / ((a[2] - a[0]) * (a[3] - a[1]) + area - both);
}

static void
assign (const Flat *flat, const float (*boxes)[4], int n_boxes, double positive, int *own)
{
  for (int r = 0; r < N_ANCHORS; r++) {
    double best = 0;
    own[r] = -1;
    for (int g = 0; g < n_boxes; g++)
      if (iou (flat->anchors[r], boxes[g]) > best) {
        best = iou (flat->anchors[r], boxes[g]);
        own[r] = best >= positive ? g : -1;
      }
    if (best < positive)
      own[r] = -1;
  }
  for (int g = 0; g < n_boxes; g++) {
    double top = 0;
    for (int r = 0; r < N_ANCHORS; r++)
      top = fmax (top, iou (flat->anchors[r], boxes[g]));
    for (int r = 0; r < N_ANCHORS && top > 0; r++)
      if (iou (flat->anchors[r], boxes[g]) >= top - 1e-6)
        own[r] = g;
  }
}

static double
sigmoid (double z)
{
  return 1 / (1 + exp (-z));
}

/* KL of object @g of class @g % 3. */
static double
divergence (const KdDump *dump, const int *own, int g)
{
  const Flat flat = flatten (dump, g % 3);
  double sum_t = 0, sum_s = 0, kl = 0;
  for (int r = 0; r < N_ANCHORS; r++)
    if (own[r] == g) {
      sum_t += exp (sigmoid (flat.teacher[r]));
      sum_s += exp (sigmoid (flat.student[r]));
    }
  for (int r = 0; r < N_ANCHORS; r++)
    if (own[r] == g) {
      const double p = exp (sigmoid (flat.teacher[r])) / sum_t;
      kl += p * log (p / (exp (sigmoid (flat.student[r])) / sum_s));
    }
  return kl;
}

static void
check_ranks (const float (*boxes)[4], int n_boxes)
{
  KdDump *dump = fixture_dump (boxes, n_boxes);
  const Flat flat = flatten (dump, 0);
  int own[N_ANCHORS];
  assign (&flat, boxes, n_boxes, 0.5, own);
  KdInspection *inspection = fixture_inspect (dump, "rm_pfi", NULL);
  const KdArray *of_box = fixture_output (inspection, "map.rank_list_gt");
  const KdArray *anchor = fixture_output (inspection, "map.rank_list_anchor");
  size_t at = 0;
  double sum = 0;
  for (int g = 0; g < n_boxes; g++) {
    for (int r = 0; r < N_ANCHORS; r++)
      if (own[r] == g) {
        g_assert_cmpfloat (kd_array_get (of_box, at), ==, g);
        g_assert_cmpfloat (kd_array_get (anchor, at), ==, r);
        at++;
      }
    const double kl = divergence (dump, own, g);
    g_assert_cmpfloat_with_epsilon (
        kd_array_get (fixture_output (inspection, "map.rank_kl"), (size_t) g), kl, 1e-6);
    sum += kl;
  }
  g_assert_cmpuint (kd_array_count (of_box), ==, at);
  g_assert_cmpfloat_with_epsilon (fixture_loss (inspection, "rm"), 4 * sum / n_boxes, 1e-5);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_ranks_follow_the_assignment (void)
{
  check_ranks (two_boxes, 2);
}

/* The same best anchors twice: the later box has them. */
static void
test_a_later_box_takes_shared_anchors (void)
{
  const float boxes[][4] = { { 16, 16, 48, 48 }, { 17, 17, 47, 47 }, { 15, 15, 49, 49 } };
  check_ranks (boxes, 3);
}

static void
test_a_box_that_sticks_out_keeps_its_anchor (void)
{
  /* wholly outside the image, yet an anchor at the border reaches it */
  const float boxes[][4] = { { -6, 20, -1, 26 }, { 20, 20, 44, 44 } };
  check_ranks (boxes, 2);
}

static void
test_boxes_that_meet_no_anchor_count_but_rank_nothing (void)
{
  const float alone[][4] = { { 5, 9, 40, 44 } };
  const float boxes[][4] = { { 5, 9, 40, 44 },   { 500, 500, 520, 530 }, { 12, 12, 12, 12 },
                             { NAN, 5, 30, 30 }, { 5, 5, 30, INFINITY }, { 40, 30, 20, 10 } };
  KdDump *one = fixture_dump (alone, 1), *many = fixture_dump (boxes, 6);
  KdInspection *a = fixture_inspect (one, "rm_pfi", NULL);
  KdInspection *b = fixture_inspect (many, "rm_pfi", NULL);
  fixture_assert_finite (b);
  g_assert_cmpfloat (fixture_loss (a, "rm"), >, 0);
  g_assert_cmpfloat_with_epsilon (fixture_loss (b, "rm"), fixture_loss (a, "rm") / 6, 1e-7);
  fixture_assert_same (fixture_output (a, "map.rank_list_anchor"),
                       fixture_output (b, "map.rank_list_anchor"), 0);
  for (size_t g = 1; g < 6; g++)
    g_assert_cmpfloat (kd_array_get (fixture_output (b, "map.rank_kl"), g), ==, 0);
  kd_inspection_free (a);
  kd_inspection_free (b);
  synthetic_dump_free (one);
  synthetic_dump_free (many);
}

static void
test_no_objects (void)
{
  KdDump *dump = fixture_dump (NULL, 0);
  KdInspection *inspection = fixture_inspect (dump, "rm_pfi", NULL);
  fixture_assert_finite (inspection);
  g_assert_cmpfloat (fixture_loss (inspection, "rm"), ==, 0);
  g_assert_cmpfloat (fixture_loss (inspection, "pfi"), >, 0);
  g_assert_cmpuint (kd_array_count (fixture_output (inspection, "map.rank_list_gt")), ==, 0);
  g_assert_cmpuint (kd_array_count (fixture_output (inspection, "map.rank_kl")), ==, 0);
  fixture_assert_all (fixture_output (inspection, "map.pos.0"), 0, 0);
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

/* ---- order --------------------------------------------------------------------------------------------- */

/* Student logits of all channels: negated, which turns every order round, or shifted. */
static void
change_logits (KdDump *dump, double factor, double shift)
{
  for (int l = 0; l < 2; l++) {
    g_autofree char *name = g_strdup_printf ("student_cls.%d", l);
    KdArray *array = synthetic_copy (dump, name, name);
    float *values = array->data;
    for (size_t i = 0; i < kd_array_count (array); i++)
      values[i] = (float) (factor * (double) values[i] + shift);
    fixture_replace (dump, name, array);
  }
}

static void
copy_teacher (KdDump *dump, const char *what)
{
  for (int l = 0; l < 2; l++) {
    g_autofree char *from = g_strdup_printf ("teacher_%s.%d", what, l);
    g_autofree char *to = g_strdup_printf ("student_%s.%d", what, l);
    fixture_replace (dump, to, synthetic_copy (dump, from, to));
  }
}

static void
test_a_constant_does_not_matter_to_ranks_of_logits (void)
{
  KdDump *dump = fixture_dump (two_boxes, 2);
  KdInspection *before = fixture_inspect (dump, "rm_pfi", "rm_on", "logit", NULL);
  change_logits (dump, 1, 2);
  KdInspection *after = fixture_inspect (dump, "rm_pfi", "rm_on", "logit", NULL);
  g_assert_cmpfloat (fixture_loss (before, "rm"), >, 0);
  g_assert_cmpfloat_with_epsilon (fixture_loss (before, "rm"), fixture_loss (after, "rm"),
                                  1e-5 * fixture_loss (before, "rm"));
  kd_inspection_free (before);
  kd_inspection_free (after);
  synthetic_dump_free (dump);
}

/* What sorting loses: one object whose anchors' scores are the teacher's in another order. */
static void
test_order_matters_unless_sorted (void)
{
  const float box[][4] = { { 16, 16, 48, 48 } };
  KdDump *dump = fixture_dump (box, 1);
  copy_teacher (dump, "cls");
  KdInspection *equal = fixture_inspect (dump, "rm_pfi", NULL);
  const KdArray *anchor = fixture_output (equal, "map.rank_list_anchor");
  g_assert_cmpuint (kd_array_count (anchor), >=, 2);
  g_assert_cmpfloat (fixture_loss (equal, "rm"), ==, 0);

  /* swap class 0 of the first anchors of two cells */
  size_t at[2];
  int level[2];
  for (size_t i = 0; i < 2; i++) {
    const size_t r = (size_t) kd_array_get (anchor, i);
    level[i] = r >= 192;
    const size_t row = r - (level[i] ? 192 : 0);
    at[i] = row % 3 * 3 * (level[i] ? 16 : 64) + row / 3;
  }
  g_assert_cmpint (level[0], ==, level[1]);
  g_autofree char *name = g_strdup_printf ("student_cls.%d", level[0]);
  KdArray *cls = synthetic_copy (dump, name, name);
  float *values = cls->data;
  const float kept = values[at[0]];
  values[at[0]] = values[at[1]];
  values[at[1]] = kept;
  fixture_replace (dump, name, cls);
  KdInspection *swapped = fixture_inspect (dump, "rm_pfi", NULL);
  KdInspection *sorted = fixture_inspect (dump, "rm_pfi", "rm_sorted", "1", NULL);
  g_assert_cmpfloat (fixture_loss (swapped, "rm"), >, 1e-5);
  g_assert_cmpfloat (fixture_loss (sorted, "rm"), <, 1e-9);
  kd_inspection_free (equal);
  kd_inspection_free (swapped);
  kd_inspection_free (sorted);
  synthetic_dump_free (dump);
}

/* d loss.rm / d logit against a difference quotient, sorted too. */
static void
check_slope (const char *sorted)
{
  const char *knobs[] = { "w_pfi", "0", "rm_on", "logit", "rm_tau", "0.7", "rm_sorted", sorted };
  KdDump *dump = fixture_dump (two_boxes, 2);
#define RANKS(dump)                                                                                \
  fixture_inspect (dump, "rm_pfi", knobs[0], knobs[1], knobs[2], knobs[3], knobs[4], knobs[5],     \
                   knobs[6], knobs[7], NULL)
  KdInspection *here = RANKS (dump);
  const KdArray *gradient = fixture_output (here, "grad.student_cls.0");
  int n_checked = 0;
  for (size_t i = 0; i < kd_array_count (gradient); i++) {
    const double slope = kd_array_get (gradient, i);
    if (fabs (slope) < 0.005)
      continue;
    double loss[2];
    for (int side = 0; side < 2; side++) {
      KdArray *cls = synthetic_copy (dump, "student_cls.0", "student_cls.0");
      const float kept = ((float *) cls->data)[i];
      ((float *) cls->data)[i] = kept + (side ? 0.0078125F : -0.0078125F);
      fixture_replace (dump, "student_cls.0", cls);
      KdInspection *moved = RANKS (dump);
      loss[side] = fixture_loss (moved, "rm");
      kd_inspection_free (moved);
      cls = synthetic_copy (dump, "student_cls.0", "student_cls.0");
      ((float *) cls->data)[i] = kept;
      fixture_replace (dump, "student_cls.0", cls);
    }
    g_assert_cmpfloat_with_epsilon ((loss[1] - loss[0]) / 0.015625, slope, 1e-3);
    n_checked++;
  }
#undef RANKS
  g_assert_cmpint (n_checked, >, 3);
  kd_inspection_free (here);
  synthetic_dump_free (dump);
}

static void
test_slope_of_ranks (void)
{
  check_slope ("0");
}

static void
test_slope_of_sorted_ranks (void)
{
  check_slope ("1");
}

/* ---- both terms ------------------------------------------------------------------------------------------ */

static void
test_a_perfect_student_has_no_loss (void)
{
  static const char *const forms[] = { "norm", "squares", "mean" };
  KdDump *dump = fixture_dump (two_boxes, 2);
  copy_teacher (dump, "feat");
  copy_teacher (dump, "cls");
  for (size_t i = 0; i < G_N_ELEMENTS (forms); i++) {
    KdInspection *inspection = fixture_inspect (dump, "rm_pfi", "pfi_form", forms[i], NULL);
    fixture_assert_finite (inspection);
    g_assert_cmpfloat (fixture_loss (inspection, "total"), ==, 0);
    fixture_assert_all (fixture_output (inspection, "grad.student_feat.0"), 0, 0);
    const KdArray *logits = kd_arrays_find (inspection->outputs, "grad.student_cls.0");
    if (logits)
      fixture_assert_all (logits, 0, 1e-12);
    kd_inspection_free (inspection);
  }
  synthetic_dump_free (dump);
}

static void
test_huge_logits_stay_finite (void)
{
  KdDump *dump = fixture_dump (two_boxes, 2);
  change_logits (dump, 1e4, 0);
  for (int i = 0; i < 4; i++) {
    KdInspection *inspection = fixture_inspect (dump, "rm_pfi", "rm_on", i % 2 ? "1" : "0",
                                                "rm_tau", i / 2 ? "0.05" : "1", NULL);
    fixture_assert_finite (inspection);
    kd_inspection_free (inspection);
  }
  synthetic_dump_free (dump);
}

/* Means over channels, products of one level, the three forms, from the inspection's own gaps. */
static void
test_forms (void)
{
  KdDump *dump = fixture_dump (two_boxes, 2);
  double expected[3] = { 0 };
  KdInspection *norm = fixture_inspect (dump, "rm_pfi", "pfi_form", "norm", NULL);
  for (int l = 0; l < 2; l++) {
    const size_t cells = l ? 16 : 64;
    double squares = 0, sum = 0;
    g_autofree char *map = g_strdup_printf ("map.pfi.%d", l);
    for (size_t i = 0; i < cells; i++) {
      double gaps[2] = { 0 };
      for (int kind = 0; kind < 2; kind++) {
        const size_t channels = kind ? 6 : 9;
        g_autofree char *teacher = g_strdup_printf ("teacher_%s.%d", kind ? "feat" : "cls", l);
        g_autofree char *student = g_strdup_printf ("student_%s.%d", kind ? "feat" : "cls", l);
        for (size_t c = 0; c < channels; c++)
          gaps[kind] +=
              pow (kd_array_get (kd_arrays_find (dump->arrays, teacher), c * cells + i) -
                       kd_array_get (kd_arrays_find (dump->arrays, student), c * cells + i),
                   2) /
              (double) channels;
      }
      const double x = gaps[0] * gaps[1];
      g_assert_cmpfloat_with_epsilon (kd_array_get (fixture_output (norm, map), i), x, 1e-5 * x);
      squares += x * x;
      sum += x;
    }
    expected[0] += 1.5 / 2 * sqrt (squares) / (double) cells;
    expected[1] += 1.5 / 2 * squares / (double) cells;
    expected[2] += 1.5 / 2 * sum / (double) cells;
  }
  KdInspection *by_form[] = { norm, fixture_inspect (dump, "rm_pfi", "pfi_form", "squares", NULL),
                              fixture_inspect (dump, "rm_pfi", "pfi_form", "mean", NULL) };
  for (size_t i = 0; i < 3; i++) {
    g_assert_cmpfloat_with_epsilon (fixture_loss (by_form[i], "pfi"), expected[i],
                                    1e-5 * expected[i]);
    double density = fixture_sum (fixture_output (by_form[i], "map.loss_density.0")) +
                     fixture_sum (fixture_output (by_form[i], "map.loss_density.1"));
    g_assert_cmpfloat_with_epsilon (density, expected[i], 1e-5 * expected[i]);
    kd_inspection_free (by_form[i]);
  }
  synthetic_dump_free (dump);
}

static void
test_weight_only_leaves_the_scores_alone (void)
{
  KdDump *dump = fixture_dump (two_boxes, 2);
  KdInspection *free_p = fixture_inspect (dump, "rm_pfi", "w_rm", "0", "pfi_on", "sigmoid", NULL);
  KdInspection *held =
      fixture_inspect (dump, "rm_pfi", "w_rm", "0", "pfi_on", "sigmoid", "pfi_detach_p", "1", NULL);
  g_assert_nonnull (kd_arrays_find (free_p->outputs, "grad.student_cls.0"));
  g_assert_null (kd_arrays_find (held->outputs, "grad.student_cls.0"));
  fixture_assert_same (fixture_output (free_p, "grad.student_feat.0"),
                       fixture_output (held, "grad.student_feat.0"), 1e-9);
  kd_inspection_free (free_p);
  kd_inspection_free (held);
  synthetic_dump_free (dump);
}

static void
test_thresholds (void)
{
  KdDump *dump = fixture_dump (two_boxes, 2);
  KdInspection *few = fixture_inspect (dump, "rm_pfi", "pos_iou", "0.9", NULL);
  KdInspection *none =
      fixture_inspect (dump, "rm_pfi", "pos_iou", "0.9", "min_pos_iou", "0.9", NULL);
  KdInspection *colours =
      fixture_inspect (dump, "rm_pfi", "pos_iou", "0.9", "neg_iou", "0.1", NULL);
  g_assert_cmpuint (kd_array_count (fixture_output (few, "map.rank_list_gt")), >, 0);
  g_assert_cmpuint (kd_array_count (fixture_output (none, "map.rank_list_gt")), ==, 0);
  fixture_assert_same (fixture_output (few, "loss.total"), fixture_output (colours, "loss.total"),
                       0);
  double ignored[2] = { 0 };
  for (int i = 0; i < 64; i++) {
    KdMap map = fixture_picture (few, "ignored", 0, 0);
    ignored[0] += kd_map_get (&map, 0, i / 8, i % 8);
    map = fixture_picture (colours, "ignored", 0, 0);
    ignored[1] += kd_map_get (&map, 0, i / 8, i % 8);
  }
  g_assert_cmpfloat (ignored[1], >, ignored[0]);
  kd_inspection_free (few);
  kd_inspection_free (none);
  kd_inspection_free (colours);
  synthetic_dump_free (dump);
}

/* The boxes that the picture draws are the anchors' own. */
static void
test_listed_boxes_are_the_anchors (void)
{
  const float boxes[][4] = { { 4, 4, 40, 40 }, { 20, 30, 60, 50 } };
  KdDump *dump = fixture_dump (boxes, 2);
  KdInspection *inspection = fixture_inspect (dump, "rm_pfi", "pos_iou", "0.3", NULL);
  const KdArray *numbers = fixture_output (inspection, "map.rank_list_anchor");
  const KdMap listed = fixture_picture (inspection, "rank_list_box", -1, 0);
  g_assert_cmpint (listed.height, ==, (int) numbers->dims[0]);
  g_assert_cmpint (listed.height, >, 2);
  for (int i = 0; i < listed.height; i++) {
    size_t row = (size_t) kd_array_get (numbers, (size_t) i);
    const KdArray *anchors = kd_arrays_find (dump->arrays, "anchors.0");
    if (row >= (size_t) anchors->dims[0]) {
      row -= (size_t) anchors->dims[0];
      anchors = kd_arrays_find (dump->arrays, "anchors.1");
    }
    for (int k = 0; k < 4; k++)
      g_assert_cmpfloat ((double) kd_map_get (&listed, 0, i, k), ==,
                         kd_array_get (anchors, 4 * row + (size_t) k));
  }
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

/* The arrays of a batch of one image, once and twice. */
static void
test_the_same_image_twice (void)
{
  static const float boxes[][4] = {
    { 5, 9, 40, 44 }, { 30, 3, 61, 22 }, { 2, 40, 30, 62 },
    { 5, 9, 40, 44 }, { 30, 3, 61, 22 }, { 2, 40, 30, 62 },
  };
  static const int images[] = { 0, 0, 0, 1, 1, 1 };
  SyntheticDump config = synthetic_dump_default ();
  config.student_channels = config.teacher_channels;
  config.boxes = boxes;
  config.n_boxes = 3;
  KdDump *once = synthetic_dump_new (&config);
  config.n_boxes = 6;
  config.box_images = images;
  config.n_images = 2;
  KdDump *twice = synthetic_dump_new (&config);
  for (int i = 0; i < kd_arrays_count (once->arrays); i++) {
    const KdArray *one = kd_arrays_at (once->arrays, i);
    if (one->dtype != KD_DTYPE_F32 || one->rank != 4)
      continue;
    KdArray *two = synthetic_copy (twice, one->name, one->name);
    const size_t n_bytes = kd_array_count (one) * sizeof (float);
    memcpy (two->data, one->data, n_bytes);
    memcpy ((char *) two->data + n_bytes, one->data, n_bytes);
    fixture_replace (twice, one->name, two);
  }
  KdInspection *a = fixture_inspect (once, "rm_pfi", NULL);
  KdInspection *b = fixture_inspect (twice, "rm_pfi", NULL);
  static const char *const terms[] = { "rm", "pfi" };
  for (int t = 0; t < 2; t++) {
    const double expected = fixture_loss (a, terms[t]);
    g_assert_cmpfloat (expected, >, 0);
    g_assert_cmpfloat_with_epsilon (fixture_loss (b, terms[t]), expected, 1e-6 * expected);
  }
  kd_inspection_free (a);
  kd_inspection_free (b);
  synthetic_dump_free (once);
  synthetic_dump_free (twice);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autoptr (GError) error = NULL;
  kd_blas_init (&error);
  g_assert_no_error (error);
  g_test_add_func ("/methods/rm_pfi/the-same-image-twice", test_the_same_image_twice);
  g_test_add_func ("/methods/rm_pfi/ranks-follow-the-assignment", test_ranks_follow_the_assignment);
  g_test_add_func ("/methods/rm_pfi/a-later-box-takes-shared-anchors",
                   test_a_later_box_takes_shared_anchors);
  g_test_add_func ("/methods/rm_pfi/a-box-that-sticks-out-keeps-its-anchor",
                   test_a_box_that_sticks_out_keeps_its_anchor);
  g_test_add_func ("/methods/rm_pfi/boxes-that-meet-no-anchor-count-but-rank-nothing",
                   test_boxes_that_meet_no_anchor_count_but_rank_nothing);
  g_test_add_func ("/methods/rm_pfi/no-objects", test_no_objects);
  g_test_add_func ("/methods/rm_pfi/a-constant-does-not-matter-to-ranks-of-logits",
                   test_a_constant_does_not_matter_to_ranks_of_logits);
  g_test_add_func ("/methods/rm_pfi/order-matters-unless-sorted", test_order_matters_unless_sorted);
  g_test_add_func ("/methods/rm_pfi/slope-of-ranks", test_slope_of_ranks);
  g_test_add_func ("/methods/rm_pfi/slope-of-sorted-ranks", test_slope_of_sorted_ranks);
  g_test_add_func ("/methods/rm_pfi/a-perfect-student-has-no-loss",
                   test_a_perfect_student_has_no_loss);
  g_test_add_func ("/methods/rm_pfi/huge-logits-stay-finite", test_huge_logits_stay_finite);
  g_test_add_func ("/methods/rm_pfi/forms", test_forms);
  g_test_add_func ("/methods/rm_pfi/weight-only-leaves-the-scores-alone",
                   test_weight_only_leaves_the_scores_alone);
  g_test_add_func ("/methods/rm_pfi/thresholds", test_thresholds);
  g_test_add_func ("/methods/rm_pfi/listed-boxes-are-the-anchors",
                   test_listed_boxes_are_the_anchors);
  return g_test_run ();
}
