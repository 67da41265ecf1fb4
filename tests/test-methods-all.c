/* SPDX-License-Identifier: MIT */

/* What every method must keep, found through the table: a new one is tested by being listed. */
#include "engine/session/session.h"
#include "tests/synthetic-dump.h"

#include <math.h>
#include <string.h>

static const float some_boxes[][4] = {
  { 5, 9, 40, 44 }, { 30, 3, 61, 22 }, { 2, 40, 30, 62 }, { 70, 10, 90, 50 }, { 8, 8, 120, 56 },
};
static const int box_images[] = { 0, 1, 1, 0, 1 };

static KdDump *
some_dump (int n_proposals)
{
  SyntheticDump config = synthetic_dump_default ();
  config.n_images = 2;
  config.image = (KdSize){ 64, 128 };
  config.boxes = some_boxes;
  config.box_images = box_images;
  config.n_boxes = G_N_ELEMENTS (some_boxes);
  config.n_proposals = n_proposals;
  return synthetic_dump_new (&config);
}

static KdInspection *
inspect (const KdMethod *method, const KdDump *dump, int threads)
{
  g_autoptr (GError) error = NULL;
  KdKnobs *knobs = kd_knobs_new (method, NULL, &error);
  g_assert_no_error (error);
  KdInspection *inspection = kd_inspect (dump, knobs, threads, &error);
  g_assert_no_error (error);
  kd_knobs_free (knobs);
  return inspection;
}

static double
loss_total (const KdInspection *inspection)
{
  return kd_array_get (kd_arrays_find (inspection->outputs, "loss.total"), 0);
}

static double
sum_of (const KdInspection *inspection, const char *prefix)
{
  double total = 0;
  for (int i = 0; i < kd_arrays_count (inspection->outputs); i++) {
    const KdArray *array = kd_arrays_at (inspection->outputs, i);
    for (size_t k = 0; g_str_has_prefix (array->name, prefix) && k < kd_array_count (array); k++)
      total += kd_array_get (array, k);
  }
  return total;
}

/* The map of all methods, its sum the number in the chart. */
static void
test_loss_density_sums_to_the_loss (const void *data)
{
  const KdMethod *method = data;
  for (int n_proposals = 0; n_proposals <= 20; n_proposals += 20) {
    KdDump *dump = some_dump (n_proposals);
    KdInspection *inspection = inspect (method, dump, 1);
    const double total = loss_total (inspection);
    const double density = sum_of (inspection, "map.loss_density.");
    g_assert_true (isfinite (total));
    g_assert_cmpfloat (fabs (density + inspection->placeless - total), <=, 1e-5 * fabs (total));
    /* the terms themselves add up, loss.total apart */
    g_assert_cmpfloat (fabs (sum_of (inspection, "loss.") - 2 * total), <=, 1e-6 * fabs (total));
    kd_inspection_free (inspection);
    synthetic_dump_free (dump);
  }
}

static void
test_pull_is_the_gradients_length (const void *data)
{
  const KdMethod *method = data;
  KdDump *dump = some_dump (0);
  KdInspection *inspection = inspect (method, dump, 1);
  const KdArray *pull = kd_arrays_find (inspection->outputs, "map.pull.0");
  const KdArray *gradient = kd_arrays_find (inspection->outputs, "grad.student_feat.0");
  g_assert_nonnull (pull);
  const size_t cells = (size_t) (pull->dims[1] * pull->dims[2]);
  for (size_t i = 0; i < kd_array_count (pull); i++) {
    double square = 0;
    for (size_t c = 0; gradient && c < 4; c++)
      square += pow (kd_array_get (gradient, (i / cells * 4 + c) * cells + i % cells), 2);
    const double expected = sqrt (square);
    g_assert_cmpfloat (fabs (kd_array_get (pull, i) - expected), <=, 1e-5 * expected);
  }
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

static void
test_same_bits_for_any_number_of_workers (const void *data)
{
  const KdMethod *method = data;
  KdDump *dump = some_dump (20);
  KdInspection *one = inspect (method, dump, 1), *three = inspect (method, dump, 3);
  g_assert_cmpint (kd_arrays_count (one->outputs), ==, kd_arrays_count (three->outputs));
  for (int i = 0; i < kd_arrays_count (one->outputs); i++) {
    const KdArray *a = kd_arrays_at (one->outputs, i), *b = kd_arrays_at (three->outputs, i);
    g_assert_cmpstr (a->name, ==, b->name);
    g_assert_cmpmem (a->data, kd_array_count (a) * kd_dtype_size (a->dtype), b->data,
                     kd_array_count (b) * kd_dtype_size (b->dtype));
  }
  kd_inspection_free (one);
  kd_inspection_free (three);
  synthetic_dump_free (dump);
}

/* Each picture can be drawn, has a title, and the wall's rows name pictures that exist. */
static void
test_pictures_can_be_drawn (const void *data)
{
  const KdMethod *method = data;
  KdDump *dump = some_dump (20);
  KdInspection *inspection = inspect (method, dump, 1);
  for (int i = 0; i < inspection->n_probes; i++) {
    const KdProbeInfo *probe = &inspection->probes[i];
    g_assert_true (probe->name && probe->title && probe->help && probe->unit);
    KdMap map;
    g_assert_true (kd_inspection_map (inspection, i, 0, &map));
    if (probe->kind == KD_PROBE_MAP) {
      g_assert_cmpint (probe->level, >=, 0);
      g_assert_cmpint (probe->stride, ==, 8 << probe->level);
      g_assert_cmpint (map.channels, ==, 1);
      g_assert_cmpint (map.height, ==, 64 / probe->stride);
      g_assert_cmpint (map.width, ==, 128 / probe->stride);
      g_assert_false (kd_inspection_map (inspection, i, 2, &map));
    }
  }
  /* The twin's are those of the detection loss, which a dump does not have. */
  const bool live_only = method->needs == KD_NEEDS_NOTHING;
  for (int r = 0; r < method->n_wall && !live_only; r++) {
    g_assert_nonnull (method->wall[r].title);
    for (int p = 0; p < 3 && method->wall[r].probes[p]; p++) {
      bool found = false;
      for (int i = 0; i < inspection->n_probes; i++)
        found = found || !strcmp (inspection->probes[i].name, method->wall[r].probes[p]);
      if (!found)
        g_error ("%s: no picture is called %s", method->id, method->wall[r].probes[p]);
    }
  }
  kd_inspection_free (inspection);
  synthetic_dump_free (dump);
}

/* A level may be a single cell: its spreads and softmaxes are of one value. */
static void
test_a_level_of_one_cell (const void *data)
{
  const KdMethod *method = data;
  static const float boxes[][4] = { { 1, 1, 7, 7 } };
  for (int n_boxes = 0; n_boxes <= 1; n_boxes++) {
    SyntheticDump config = synthetic_dump_default ();
    config.n_levels = 1;
    config.image = (KdSize){ 8, 8 };
    config.boxes = boxes;
    config.n_boxes = n_boxes;
    KdDump *dump = synthetic_dump_new (&config);
    KdInspection *inspection = inspect (method, dump, 1);
    for (int i = 0; i < kd_arrays_count (inspection->outputs); i++) {
      const KdArray *array = kd_arrays_at (inspection->outputs, i);
      for (size_t k = 0; k < kd_array_count (array); k++)
        if (!isfinite (kd_array_get (array, k)))
          g_error ("%s is not finite", array->name);
    }
    kd_inspection_free (inspection);
    synthetic_dump_free (dump);
  }
}

/* ---- turning knobs --------------------------------------------------------------------------------------- */

/* All but the gradients, bit for bit. */
static void
assert_same_outputs (const KdInspection *one, const KdInspection *other)
{
  int n_compared = 0;
  for (int i = 0; i < kd_arrays_count (other->outputs); i++) {
    const KdArray *theirs = kd_arrays_at (other->outputs, i);
    if (g_str_has_prefix (theirs->name, "grad."))
      continue;
    const KdArray *ours = kd_arrays_find (one->outputs, theirs->name);
    g_assert_nonnull (ours);
    const size_t bytes = kd_array_count (theirs) * kd_dtype_size (theirs->dtype);
    g_assert_cmpmem (ours->data, kd_array_count (ours) * kd_dtype_size (ours->dtype), theirs->data,
                     bytes);
    n_compared++;
  }
  g_assert_cmpint (n_compared, >, 2);
  g_assert_cmpint (one->n_probes, ==, other->n_probes);
  g_assert_cmpint (one->n_terms, ==, other->n_terms);
  for (int i = 0; i < one->n_terms; i++)
    g_assert_cmpfloat (one->terms[i].gradient_norm, ==, other->terms[i].gradient_norm);
}

static void
assert_as_computed_anew (KdInspector *inspector, const KdDump *dump, const KdKnobs *knobs)
{
  g_autoptr (GError) error = NULL;
  KdInspection *anew = kd_inspect (dump, knobs, 2, &error);
  g_assert_no_error (error);
  KdInspection *kept = kd_inspector_run (inspector, knobs, NULL, &error);
  g_assert_no_error (error);
  assert_same_outputs (kept, anew);
  kd_inspection_free (kept);
  kd_inspection_free (anew);
}

/* Each knob to its other end and back, on a graph that stays: what a graph made for these values says. */
static void
test_a_kept_graph_follows_every_knob (const void *data)
{
  const KdMethod *method = data;
  KdDump *dump = some_dump (20);
  KdKnobs *knobs = kd_knobs_new (method, NULL, NULL);
  KdInspector *inspector = kd_inspector_new (dump, 2);
  assert_as_computed_anew (inspector, dump, knobs);
  for (int i = 0; i < kd_knobs_count (knobs); i++) {
    const KdKnob *knob = kd_knobs_knob (knobs, i);
    if (kd_knobs_is_structural (knobs, knob->id))
      continue;
    g_autofree char *before = kd_knobs_format (knobs, knob->id);
    const double middle =
        knob->type == KD_KNOB_REAL ? (knob->min + kd_knobs_get (knobs, knob->id)) / 2 : knob->min;
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_dtostr (text, sizeof text, middle);
    if (!kd_knobs_set (knobs, knob->id, text, NULL))
      continue;
    assert_as_computed_anew (inspector, dump, knobs);
    g_assert_true (kd_knobs_set (knobs, knob->id, before, NULL));
  }
  assert_as_computed_anew (inspector, dump, knobs);
  kd_inspector_free (inspector);
  kd_knobs_free (knobs);
  synthetic_dump_free (dump);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autoptr (GError) error = NULL;
  kd_blas_init (&error);
  g_assert_no_error (error);
  static const struct {
    const char *name;
    GTestDataFunc func;
  } tests[] = {
    { "loss-density-sums-to-the-loss", test_loss_density_sums_to_the_loss },
    { "pull-is-the-gradients-length", test_pull_is_the_gradients_length },
    { "same-bits-for-any-number-of-workers", test_same_bits_for_any_number_of_workers },
    { "pictures-can-be-drawn", test_pictures_can_be_drawn },
    { "a-level-of-one-cell", test_a_level_of_one_cell },
    { "a-kept-graph-follows-every-knob", test_a_kept_graph_follows_every_knob },
  };
  int n_methods;
  const KdMethod *const *methods = kd_methods (&n_methods);
  for (int m = 0; m < n_methods; m++)
    for (size_t i = 0; i < G_N_ELEMENTS (tests); i++) {
      g_autofree char *path = g_strdup_printf ("/methods/%s/%s", methods[m]->id, tests[i].name);
      g_test_add_data_func (path, methods[m], tests[i].func);
    }
  return g_test_run ();
}
