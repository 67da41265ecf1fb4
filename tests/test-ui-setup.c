/* SPDX-License-Identifier: MIT */

/* The card that says whether a session can show anything: the teacher measured like a student, the twin, the terms. */
#include "tests/window-fixture.h"
#include "ui/setup-card.h"

#include <string.h>

static KdSetupCard *
card_of (const Opened *opened)
{
  g_autoptr (GPtrArray) cards = in_live (opened, KD_TYPE_SETUP_CARD);
  g_assert_cmpuint (cards->len, ==, 1);
  return cards->pdata[0];
}

static KdSetupVerdict
verdict_of (const Opened *opened, KdSetupCheck check)
{
  return kd_setup_card_get (card_of (opened), check, NULL);
}

static void
assert_says (const Opened *opened, KdSetupCheck check, const char *words)
{
  const char *sentence;
  kd_setup_card_get (card_of (opened), check, &sentence);
  if (!strstr (sentence, words))
    g_error ("expected \"%s\" in \"%s\"", words, sentence);
}

static GtkButton *
measure_button (const Opened *opened)
{
  return GTK_BUTTON (named (opened, GTK_TYPE_BUTTON, "measure-teacher"));
}

static Opened
open_card (void)
{
  Opened opened = open_window (true);
  gtk_expander_set_expanded (GTK_EXPANDER (named (&opened, GTK_TYPE_EXPANDER, "setup")), TRUE);
  wait_frames (&opened);
  return opened;
}

/* The number is that of the command line's measurement: `kdscope-cli eval TEACHER`. */
static void
test_teacher_is_measured_like_a_student (void)
{
  Opened opened = open_card ();
  g_assert_true (gtk_widget_get_mapped (GTK_WIDGET (measure_button (&opened))));
  g_assert_cmpint (verdict_of (&opened, KD_SETUP_TEACHER), ==, KD_SETUP_UNKNOWN);
  g_assert_cmpint (verdict_of (&opened, KD_SETUP_BETTER), ==, KD_SETUP_UNKNOWN);
  g_signal_emit_by_name (measure_button (&opened), "clicked");
  assert_says (&opened, KD_SETUP_TEACHER, "Measuring");
  WAIT_UNTIL (verdict_of (&opened, KD_SETUP_TEACHER) != KD_SETUP_UNKNOWN);

  const KdConfig *config = kd_session_config (session_of (&opened));
  g_autoptr (GError) error = NULL;
  double numbers[KD_COCO_NUMBERS];
  g_assert_true (kd_evaluate (config->teacher, &config->scenes, KD_HELD_OUT_SEED,
                              config->eval_images, 2, NULL, NULL, NULL, numbers, &error));
  g_assert_no_error (error);
  g_autofree char *expected =
      g_strdup_printf ("AP %.1f %%, AP50 %.1f %% on %d held-out scenes", 100 * numbers[0],
                       100 * numbers[1], config->eval_images);
  assert_says (&opened, KD_SETUP_TEACHER, expected);
  g_assert_cmpint (verdict_of (&opened, KD_SETUP_TEACHER), ==,
                   numbers[1] < 0.1 ? KD_SETUP_BAD : KD_SETUP_GOOD);
  close_window (&opened);
}

static void
test_measuring_can_be_cancelled (void)
{
  Opened opened = open_card ();
  g_signal_emit_by_name (measure_button (&opened), "clicked");
  g_assert_cmpstr (gtk_button_get_label (measure_button (&opened)), ==, "Cancel");
  g_signal_emit_by_name (measure_button (&opened), "clicked");
  g_assert_cmpstr (gtk_button_get_label (measure_button (&opened)), ==, "Measure it now");
  assert_says (&opened, KD_SETUP_TEACHER, "is loaded");
  wait_frames (&opened); /* nor does it come to an end later */
  g_assert_cmpint (verdict_of (&opened, KD_SETUP_TEACHER), ==, KD_SETUP_UNKNOWN);
  close_window (&opened);
}

/* A term whose weight is 0 pulls at nothing, and a session may do without a twin: both are said, with the way out. */
static void
test_what_is_wrong_is_said (void)
{
  g_autoptr (GError) error = NULL;
  Opened opened = open_window (true);
  g_assert_cmpint (verdict_of (&opened, KD_SETUP_TWIN), ==, KD_SETUP_GOOD);
  act (&opened, "step");
  WAIT_UNTIL (verdict_of (&opened, KD_SETUP_PULLS) == KD_SETUP_GOOD);
  g_assert_true (kd_session_set_knob (session_of (&opened), 1, "gamma", "0", &error));
  g_assert_no_error (error);
  WAIT_UNTIL (verdict_of (&opened, KD_SETUP_PULLS) == KD_SETUP_BAD);
  assert_says (&opened, KD_SETUP_PULLS, "FGD");
  assert_says (&opened, KD_SETUP_PULLS, "attention");

  KdConfig config = opened.fixture.config;
  config.runs = opened.fixture.runs + 1;
  config.n_runs = 1;
  config.paused = true;
  g_assert_true (kd_session_model_start (opened.model, &config, &error));
  g_assert_cmpint (verdict_of (&opened, KD_SETUP_TWIN), ==, KD_SETUP_BAD);
  assert_says (&opened, KD_SETUP_TWIN, "Ctrl+N");

  g_autofree char *path = kd_recording_find (&error);
  kd_window_open (opened.window, path);
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (card_of (&opened)))); /* nothing is trained */
  close_window (&opened);
}

int
main (int argc, char **argv)
{
  window_test_init (&argc, &argv);
  g_test_add_func ("/ui/setup/the-teacher-is-measured-like-a-student",
                   test_teacher_is_measured_like_a_student);
  g_test_add_func ("/ui/setup/measuring-can-be-cancelled", test_measuring_can_be_cancelled);
  g_test_add_func ("/ui/setup/what-is-wrong-is-said", test_what_is_wrong_is_said);
  return g_test_run ();
}
