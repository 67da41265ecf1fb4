/* SPDX-License-Identifier: MIT */
#include "engine/session/statistics.h"
#include "tests/session-fixture.h"

#include <math.h>
#include <string.h>

/* ---- statistics ---- */

/* Two-sided 95 % and 99 % points of Student's t, as printed in tables (Fisher and Yates). */
static void
limits_are_those_of_the_tables (void)
{
  static const struct {
    int freedom;
    double at_95, at_99;
  } table[] = {
    { 1, 12.706, 63.657 }, { 2, 4.303, 9.925 },   { 3, 3.182, 5.841 },  { 4, 2.776, 4.604 },
    { 5, 2.571, 4.032 },   { 9, 2.262, 3.250 },   { 10, 2.228, 3.169 }, { 30, 2.042, 2.750 },
    { 60, 2.000, 2.660 },  { 120, 1.980, 2.617 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (table); i++) {
    const int freedom = table[i].freedom;
    g_assert_cmpfloat_with_epsilon (kd_student_t_limit (0.95, freedom), table[i].at_95, 0.0005001);
    g_assert_cmpfloat_with_epsilon (kd_student_t_limit (0.99, freedom), table[i].at_99, 0.0005001);
  }
}

/* One and two degrees of freedom have closed forms: 2/pi atan t and t / sqrt (2 + t^2). */
static void
probabilities_have_their_closed_forms (void)
{
  for (double t = 0; t < 20; t += 0.37) {
    g_assert_cmpfloat_with_epsilon (kd_student_t_within (t, 1), 2 / G_PI * atan (t), 1e-14);
    g_assert_cmpfloat_with_epsilon (kd_student_t_within (t, 2), t / sqrt (2 + t * t), 1e-14);
  }
}

/* 1, 2, 3, 4, 5: mean 3, deviation sqrt 2.5, so 3 -+ 2.776445 sqrt (2.5 / 5). */
static void
intervals_follow_the_formula (void)
{
  const double values[] = { 5, 1, 4, 2, 3 };
  double low, high;
  kd_values_interval (values, 5, &low, &high);
  g_assert_cmpfloat_with_epsilon (low, 3 - 2.776445 * sqrt (0.5), 1e-6);
  g_assert_cmpfloat_with_epsilon (high, 3 + 2.776445 * sqrt (0.5), 1e-6);
  kd_values_interval (values, 1, &low, &high);
  g_assert_true (isnan (low) && isnan (high));
}

static void
medians_lie_in_the_middle (void)
{
  double odd[] = { 9, -1, 4 }, even[] = { 9, 1, 4, 3 }, one[] = { 7 };
  g_assert_cmpfloat (kd_values_median (odd, 3), ==, 4);
  g_assert_cmpfloat (kd_values_median (even, 4), ==, 3.5);
  g_assert_cmpfloat (kd_values_median (one, 1), ==, 7);
}

/* ---- folders ---- */

/* The fixture's session, trained with @seed; owned by the caller. */
static char *
train (Fixture *fixture, uint64_t seed)
{
  g_autofree char *name = g_strdup_printf ("seed-%d", (int) seed);
  char *folder = fixture_path (fixture, name);
  fixture->config.out = folder;
  fixture->config.seed = seed;
  kd_session_free (fixture_run (&fixture->config));
  return folder;
}

static double
last_value (GArray *points)
{
  const double value = g_array_index (points, KdPoint, points->len - 1).value;
  g_array_unref (points);
  return value;
}

/* Trained ones are read back as their sessions knew them. */
static void
rows_hold_what_was_measured (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  g_autofree char *folder = fixture_path (&fixture, "out");
  fixture.config.out = folder;
  KdSession *session = fixture_run (&fixture.config);
  g_autoptr (GError) error = NULL;
  KdComparison *comparison = kd_comparison_load ((const char *const *) &folder, 1, &error);
  g_assert_no_error (error);
  g_assert_cmpint (comparison->n_rows, ==, 2);
  g_assert_cmpint (comparison->twin, ==, 0);
  g_assert_cmpuint (comparison->seeds[0], ==, fixture.config.seed);
  for (int r = 0; r < 2; r++) {
    const double ap50 = last_value (fixture_series (session, r, "ap50"));
    g_assert_cmpfloat_with_epsilon (comparison->rows[r].mean_ap50, ap50, 1e-8 * ap50);
    g_assert_true (isnan (comparison->rows[r].low));
  }
  g_assert_cmpfloat (comparison->rows[0].share, ==, 0);
  g_assert_cmpfloat (comparison->rows[1].share, >, 0);
  kd_comparison_free (comparison);
  kd_session_free (session);
  fixture_clear (&fixture);
}

static void
write_series (const char *folder, const char *run, const char *text)
{
  g_autofree char *path = g_build_filename (folder, run, "series.csv", NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* Numbers made up by hand: three steps, two terms, AP at the last step only. */
static void
write_numbers (const char *folder, double twin_ap, double ap)
{
  g_autofree char *twin = g_strdup_printf ("step,loss.total,loss.cls,loss.reg,lr,ap,ap50\n"
                                           "1,3,1,2,0,,\n2,2,1,1,0,0.9,0.9\n3,2,1,1,0,%g,0.5\n",
                                           twin_ap);
  /* Shares 0.5, 0.25, 0.2. */
  g_autofree char *mine =
      g_strdup_printf ("step,loss.total,loss.cls,loss.reg,loss.fgd.fg,loss.fgd.bg,ap,ap50\n"
                       "1,4,1,1,1,1,,\n2,4,1,2,0.5,0.5,,\n3,10,4,4,2,0,%g,0.75\n",
                       ap);
  write_series (folder, "none", twin);
  write_series (folder, "fgd", mine);
}

static void
tables_follow_from_numbers_made_up_by_hand (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  fixture.config.steps = 3;
  char *folders[3];
  static const double twin[] = { 0.50, 0.40, 0.60 }, mine[] = { 0.53, 0.39, 0.64 };
  for (int i = 0; i < 3; i++) {
    folders[i] = train (&fixture, (uint64_t) i + 4);
    write_numbers (folders[i], twin[i], mine[i]);
  }
  g_autoptr (GError) error = NULL;
  KdComparison *comparison = kd_comparison_load ((const char *const *) folders, 3, &error);
  g_assert_no_error (error);
  const KdComparisonRow *none = &comparison->rows[0], *fgd = &comparison->rows[1];
  g_assert_cmpuint (comparison->seeds[2], ==, 6);
  g_assert_cmpfloat_with_epsilon (none->mean_ap, 0.5, 1e-12);
  g_assert_cmpfloat_with_epsilon (fgd->mean_ap, 0.52, 1e-12);
  g_assert_cmpfloat_with_epsilon (fgd->mean_ap50, 0.75, 1e-12);
  /* Differences 0.03, -0.01, 0.04: mean 0.02, deviation sqrt (0.0007). */
  g_assert_cmpfloat_with_epsilon (fgd->difference, 0.02, 1e-12);
  const double reach = 4.302653 * sqrt (0.0007 / 3);
  g_assert_cmpfloat_with_epsilon (fgd->low, 0.02 - reach, 1e-7);
  g_assert_cmpfloat_with_epsilon (fgd->high, 0.02 + reach, 1e-7);
  g_assert_cmpint (fgd->wins, ==, 2);
  g_assert_cmpfloat_with_epsilon (fgd->share, 0.25, 1e-12);
  g_assert_cmpfloat (none->share, ==, 0);
  g_assert_cmpint (none->wins, ==, 0);
  kd_comparison_free (comparison);

  /* AP is missing at the last step; then a row is cut off. */
  write_series (folders[1], "fgd",
                "step,loss.total,loss.cls,loss.reg,ap,ap50\n1,1,1,0,,\n2,1,1,0,,\n3,1,1,0,,\n");
  g_assert_null (kd_comparison_load ((const char *const *) folders, 3, &error));
  g_assert_error (error, KD_ERROR, KD_ERROR_CONFIG);
  g_assert_nonnull (strstr (error->message, "run fgd is not trained to its end"));
  g_clear_error (&error);
  write_series (folders[1], "fgd", "step,loss.total,loss.cls,loss.reg,ap,ap50\n1,1,1,0,,\n2,1\n");
  g_assert_null (kd_comparison_load ((const char *const *) folders, 3, &error));
  g_assert_nonnull (strstr (error->message, "row 2 is damaged"));
  for (int i = 0; i < 3; i++)
    g_free (folders[i]);
  fixture_clear (&fixture);
}

static void
assert_differs (const KdConfig *config, const char *text)
{
  g_autoptr (GError) error = NULL;
  KdTrained trained;
  g_assert_false (kd_session_find_trained (config, &trained, &error));
  g_assert_error (error, KD_ERROR, KD_ERROR_CONFIG);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, text));
}

static KdTrained
find_trained (const KdConfig *config)
{
  g_autoptr (GError) error = NULL;
  KdTrained trained;
  g_assert_true (kd_session_find_trained (config, &trained, &error));
  g_assert_no_error (error);
  return trained;
}

static void
folders_say_how_far_they_are (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  KdConfig *config = &fixture.config;
  g_autofree char *folder = fixture_path (&fixture, "out");
  config->out = folder;
  g_assert_cmpint (find_trained (config), ==, KD_TRAINED_NOT);
  config->paused = true;
  KdSession *session = fixture_start (config);
  fixture_wait_state (session, KD_STATE_PAUSED);
  kd_session_step_once (session);
  fixture_wait_step (session, 1);
  kd_session_free (session);
  g_assert_cmpint (find_trained (config), ==, KD_TRAINED_PARTLY);
  config->paused = false;
  config->resume = true;
  kd_session_free (fixture_run (config));
  g_assert_cmpint (find_trained (config), ==, KD_TRAINED_FULLY);
  /* What does not change the result may differ. */
  config->threads = 1;
  config->checkpoint_every = 7;
  g_assert_cmpint (find_trained (config), ==, KD_TRAINED_FULLY);
  fixture_clear (&fixture);
}

static void
another_training_is_refused_by_its_difference (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  g_autofree char *folder = train (&fixture, 3);
  g_assert_cmpstr (fixture.config.out, ==, folder);
  g_assert_cmpint (find_trained (&fixture.config), ==, KD_TRAINED_FULLY);
  KdConfig config = fixture.config;
  config.steps = 13;
  assert_differs (&config, "was trained with steps 12, not 13");
  config = fixture.config;
  config.seed = 4;
  assert_differs (&config, "seed 3, not 4");
  config = fixture.config;
  config.scenes.difficulty = 0.75;
  assert_differs (&config, "difficulty ");
  config = fixture.config;
  config.student = "small";
  assert_differs (&config, "the student tiny, not small");
  config = fixture.config;
  config.n_runs = 1;
  assert_differs (&config, "the methods none,fgd, not none");
  config = fixture.config;
  kd_knobs_set (fixture.fgd, "temp", "0.75", NULL);
  assert_differs (&config, "fgd.temp 0.5, not 0.75");
  kd_knobs_set (fixture.fgd, "temp", "0.5", NULL);
  g_autofree char *other = fixture_path (&fixture, "other.safetensors");
  g_assert_true (g_file_set_contents (other, "not the same", -1, NULL));
  config.teacher = other;
  assert_differs (&config, "the teacher ");
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/statistics/limits-are-those-of-the-tables",
                   limits_are_those_of_the_tables);
  g_test_add_func ("/session/statistics/probabilities-have-their-closed-forms",
                   probabilities_have_their_closed_forms);
  g_test_add_func ("/session/statistics/intervals-follow-the-formula",
                   intervals_follow_the_formula);
  g_test_add_func ("/session/statistics/medians-lie-in-the-middle", medians_lie_in_the_middle);
  g_test_add_func ("/session/comparison/rows-hold-what-was-measured", rows_hold_what_was_measured);
  g_test_add_func ("/session/comparison/tables-follow-from-numbers-made-up-by-hand",
                   tables_follow_from_numbers_made_up_by_hand);
  g_test_add_func ("/session/comparison/folders-say-how-far-they-are",
                   folders_say_how_far_they_are);
  g_test_add_func ("/session/comparison/another-training-is-refused-by-its-difference",
                   another_training_is_refused_by_its_difference);
  return g_test_run ();
}
