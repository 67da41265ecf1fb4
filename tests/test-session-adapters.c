/* SPDX-License-Identifier: MIT */

/* How adapters start in training: size and spread of their weights before the first update, as the knobs say. */
#include "tests/session-fixture.h"

#include <math.h>
#include <string.h>

/* The first adapter's weights of a run, at a learning rate of 0; owned by the caller. */
static KdArrays *
train_at_rest (Fixture *fixture, KdKnobs *knobs, const char *out)
{
  g_autoptr (GError) error = NULL;
  fixture->runs[0].knobs = knobs;
  fixture->config.n_runs = 1;
  fixture->config.student = "small";
  fixture->config.steps = 1;
  fixture->config.rate = 0;
  fixture->config.eval_every = 0;
  fixture->config.out = out;
  kd_session_free (fixture_run (&fixture->config));
  g_autofree char *run = g_build_filename (out, kd_knobs_method (knobs)->id, NULL);
  g_autofree char *checkpoint = kd_checkpoint_find (run, &error);
  g_assert_no_error (error);
  KdArrays *arrays = kd_arrays_load (checkpoint, &error);
  g_assert_no_error (error);
  return arrays;
}

static const KdArray *
first_adapter (const KdArrays *arrays)
{
  for (int i = 0; i < kd_arrays_count (arrays); i++) {
    const KdArray *array = kd_arrays_at (arrays, i);
    if (g_str_has_prefix (array->name, "param.adapt") && g_str_has_suffix (array->name, ".weight"))
      return array;
  }
  g_error ("there is no adapter");
}

static void
check (const KdMethod *method, const char *start, const char *kernel)
{
  Fixture fixture;
  fixture_init (&fixture);
  g_autoptr (GError) error = NULL;
  KdKnobs *knobs = kd_knobs_new (method, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (kd_knobs_set (knobs, "adapter_start", start, NULL));
  const bool sized = kd_method_knob (method, "adapter_kernel") != NULL;
  if (sized)
    g_assert_true (kd_knobs_set (knobs, "adapter_kernel", kernel, NULL));
  if (kd_method_knob (method, "learn_steps")) /* what comes first is not the question here */
    g_assert_true (kd_knobs_set (knobs, "learn_steps", "2", NULL));
  fixture.config.final_eval_images = 1;
  g_autofree char *out = fixture_path (&fixture, "out");
  KdArrays *arrays = train_at_rest (&fixture, knobs, out);
  const KdArray *weight = first_adapter (arrays);
  const int side = (int) weight->dims[3];
  if (sized)
    g_assert_cmpint (side, ==, kernel[0] - '0');
  double squares = 0;
  const size_t n = kd_array_count (weight);
  for (size_t i = 0; i < n; i++)
    squares += kd_array_get (weight, i) * kd_array_get (weight, i);
  const double deviation = sqrt (squares / (double) n);
  /* A uniform distribution's deviation is its bound / sqrt 3. */
  const double expected =
      g_str_equal (start, "small") ? 1e-4 : 1 / sqrt (3.0 * side * side * (double) weight->dims[1]);
  g_test_message ("%s %s %s: %g, expected %g", method->id, start, kernel, deviation, expected);
  g_assert_cmpfloat (fabs (deviation / expected - 1), <, 0.1);
  kd_arrays_free (arrays);
  kd_knobs_free (knobs);
  fixture_clear (&fixture);
}

static void
start_as_their_knobs_say (void)
{
  int n = 0, checked = 0;
  const KdMethod *const *methods = kd_methods (&n);
  for (int i = 0; i < n; i++) {
    if (!kd_method_knob (methods[i], "adapter_start"))
      continue;
    check (methods[i], "uniform", "1x1");
    check (methods[i], "small", "3x3");
    checked++;
  }
  g_assert_cmpint (checked, >=, 5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/adapters/start-as-their-knobs-say", start_as_their_knobs_say);
  return g_test_run ();
}
