/* SPDX-License-Identifier: MIT */

/* Going back in time: recorded keyframes on the wall, flags on the track, a branch and its undo, single phases of a step. */
#include "tests/window-fixture.h"
#include "ui/command-line.h"
#include "ui/knob-row.h"
#include "ui/live-page.h"
#include "ui/run-list.h"
#include "ui/saving.h"
#include "ui/timeline.h"
#include "ui/transport.h"
#include "ui/wall-block.h"

#include <string.h>

static KdTimeline *
timeline_of (const Opened *opened)
{
  g_autoptr (GPtrArray) found = all_of (opened, KD_TYPE_TIMELINE);
  g_assert_cmpuint (found->len, ==, 1);
  return found->pdata[0];
}

static int64_t
last_keyframe (const Opened *opened)
{
  int64_t steps[256];
  const int n = kd_session_keyframes (session_of (opened), steps, G_N_ELEMENTS (steps));
  return n ? steps[n - 1] : -1;
}

/* Trains past two keyframes and pauses; the engine makes a keyframe after its step, so that the last one may come after the pause. */
static Opened
open_with_keyframes (void)
{
  Opened opened = open_window (false);
  const int every = kd_session_config (session_of (&opened))->keyframe_every;
  WAIT_UNTIL (kd_session_keyframes (session_of (&opened), NULL, 0) >= 3);
  act (&opened, "play");
  WAIT_UNTIL (kd_session_status (session_of (&opened)).state == KD_STATE_PAUSED);
  const int64_t step = kd_session_status (session_of (&opened)).step;
  WAIT_UNTIL (last_keyframe (&opened) == step - step % every);
  return opened;
}

static int64_t
step_on_wall (const Opened *opened)
{
  return kd_snapshot_step (kd_session_model_get_snapshot (opened->model));
}

static void
test_scrub (void)
{
  Opened opened = open_with_keyframes ();
  int64_t steps[64];
  const int n = kd_session_keyframes (session_of (&opened), steps, 64);
  WAIT_UNTIL (step_on_wall (&opened) == kd_session_status (session_of (&opened)).step);
  act (&opened, "scrub-back");
  g_assert_cmpint (kd_session_model_get_shown (opened.model), ==, steps[n - 1]);
  g_assert_cmpint (step_on_wall (&opened), ==, steps[n - 1]);
  g_assert_nonnull (find_map (&opened, "pull", 0)); /* the wall shows the keyframe's own numbers */
  act (&opened, "scrub-first");
  g_assert_cmpint (step_on_wall (&opened), ==, steps[0]);
  g_assert_nonnull (find_map (&opened, "pull", 0));
  act (&opened, "scrub-forth");
  g_assert_cmpint (step_on_wall (&opened), ==, steps[1]);
  act (&opened, "scrub-live");
  g_assert_cmpint (kd_session_model_get_shown (opened.model), ==, -1);
  const int64_t now = kd_session_status (session_of (&opened)).step;
  WAIT_UNTIL (step_on_wall (&opened) == now);
  close_window (&opened);
}

/* Bad numbers are told in one sentence, with a way back to the newest keyframe before them. */
static void
test_rewind (void)
{
  Opened opened = open_with_keyframes ();
  KdSession *session = session_of (&opened);
  int64_t steps[64], back = -1;
  const int n = kd_session_keyframes (session, steps, 64);
  const int64_t now = kd_session_status (session).step;
  for (int i = 0; i < n; i++)
    back = steps[i] < now ? steps[i] : back;
  const KdEvent event = { .kind = KD_EVENT_BAD_NUMBERS, .text = "fgd: neck.0 [0,1,2,3] is nan" };
  g_signal_emit_by_name (opened.model, "event", &event);
  g_autoptr (GPtrArray) bars = all_of (&opened, GTK_TYPE_INFO_BAR);
  g_assert_true (gtk_info_bar_get_revealed (bars->pdata[0]));
  g_autofree char *label = g_strdup_printf ("Rewind to step %" G_GINT64_FORMAT, back);
  g_autoptr (GPtrArray) buttons = g_ptr_array_new ();
  collect (bars->pdata[0], GTK_TYPE_BUTTON, buttons);
  g_assert_cmpstr (gtk_button_get_label (buttons->pdata[0]), ==, label);
  gtk_info_bar_response (bars->pdata[0], 0);
  g_assert_false (gtk_info_bar_get_revealed (bars->pdata[0]));
  g_assert_true (session_of (&opened) != session);
  WAIT_UNTIL (kd_session_status (session_of (&opened)).state == KD_STATE_PAUSED);
  g_assert_cmpint (kd_session_status (session_of (&opened)).step, ==, back);
  act (&opened, "undo");
  g_assert_true (session_of (&opened) == session);

  const double clip = kd_session_config (session)->optimizer.clip_norm;
  g_signal_emit_by_name (opened.model, "event", &event);
  g_assert_cmpstr (gtk_button_get_label (buttons->pdata[1]), ==, "Clip gradients and continue");
  gtk_info_bar_response (bars->pdata[0], 1);
  g_assert_true (session_of (&opened) != session);
  g_assert_cmpfloat_with_epsilon (kd_session_config (session_of (&opened))->optimizer.clip_norm,
                                  clip / 10, 1e-12);
  g_autofree char *command = kd_command_of_session (session_of (&opened));
  g_assert_nonnull (strstr (command, " --clip 0.1 "));
  WAIT_UNTIL (kd_session_status (session_of (&opened)).step > back); /* it goes on by itself */
  close_window (&opened);
}

/* What was trained is saved as a recording, which opens again and holds the same keyframes. */
static void
test_save_recording (void)
{
  Opened opened = open_with_keyframes ();
  int64_t before[64], after[64];
  const int n = kd_session_keyframes (session_of (&opened), before, 64);
  g_autofree char *stem = fixture_path (&opened.fixture, "lesson");
  g_autofree char *path = g_strconcat (stem, ".kdrun", NULL);
  kd_saving_save (GTK_WIDGET (opened.window), opened.model, stem);
  kd_window_open (opened.window, path);
  g_assert_true (kd_session_is_recording (session_of (&opened)));
  g_assert_cmpint (kd_session_keyframes (session_of (&opened), after, 64), ==, n);
  g_assert_cmpmem (before, (size_t) n * sizeof *before, after, (size_t) n * sizeof *after);
  close_window (&opened);
}

static void
test_flags (void)
{
  Opened opened = open_with_keyframes ();
  const KdFlag *flags;
  const int before = kd_timeline_flags (timeline_of (&opened), &flags);
  g_autoptr (GError) error = NULL;
  g_assert_true (kd_session_set_knob (session_of (&opened), 1, "temp", "0.75", &error));
  g_assert_no_error (error);
  WAIT_UNTIL (kd_timeline_flags (timeline_of (&opened), &flags) == before + 1);
  const KdFlag *flag = NULL;
  for (int i = 0; i <= before; i++) {
    if (flags[i].kind == KD_EVENT_KNOB)
      flag = &flags[i];
  }
  g_assert_nonnull (flag);
  g_assert_cmpint (flag->step, ==, kd_session_status (session_of (&opened)).step);
  g_assert_nonnull (strstr (flag->text, "0.75"));
  close_window (&opened);
}

/* In the row of the selected student's temperature. */
static double
temperature (const Opened *opened)
{
  g_autoptr (GPtrArray) rows = in_live (opened, KD_TYPE_KNOB_ROW);
  for (guint i = 0; i < rows->len; i++) {
    g_autoptr (GPtrArray) spins = g_ptr_array_new ();
    collect (rows->pdata[i], GTK_TYPE_SPIN_BUTTON, spins);
    if (g_str_equal (kd_knob_row_get_knob (rows->pdata[i])->id, "temp"))
      return gtk_spin_button_get_value (spins->pdata[0]);
  }
  g_assert_not_reached ();
}

static double
temperature_at (const Opened *opened, int64_t step)
{
  KdKnobs *knobs = kd_session_run_knobs_at (session_of (opened), 1, step);
  const double value = kd_knobs_get (knobs, "temp");
  kd_knobs_free (knobs);
  return value;
}

static void
turn (const Opened *opened, const char *temp)
{
  g_autoptr (GPtrArray) pages = all_of (opened, KD_TYPE_LIVE_PAGE);
  kd_live_page_turn (pages->pdata[0], "temp", temp);
}

/* Parameters are those of the keyframe on screen, also in a recording that was saved after they were turned; who turns one is back at
 * what is trained. */
static void
test_parameters_follow (void)
{
  Opened opened = open_with_keyframes ();
  const double first = temperature (&opened);
  const int64_t turned_at = kd_session_status (session_of (&opened)).step;
  int64_t steps[64];
  const int n = kd_session_keyframes (session_of (&opened), steps, 64);
  turn (&opened, "0.75");
  while (kd_session_keyframes (session_of (&opened), NULL, 0) == n) { /* one with the new value */
    const int64_t step = kd_session_status (session_of (&opened)).step;
    act (&opened, "step");
    WAIT_UNTIL (kd_session_status (session_of (&opened)).step > step);
  }
  g_assert_cmpfloat (temperature_at (&opened, turned_at), ==, first);
  g_assert_cmpfloat (temperature_at (&opened, turned_at + 1), ==, 0.75);
  WAIT_UNTIL (temperature (&opened) == 0.75); /* the engine's word of it comes by the main loop */
  act (&opened, "scrub-first");
  g_assert_cmpfloat (temperature (&opened), ==, first);
  act (&opened, "scrub-live");
  g_assert_cmpfloat (temperature (&opened), ==, 0.75);
  act (&opened, "scrub-first");
  turn (&opened, "0.25");
  g_assert_cmpint (kd_session_model_get_shown (opened.model), ==, -1);
  g_assert_cmpfloat (temperature (&opened), ==, 0.25);

  const KdFlag *flags;
  WAIT_UNTIL (kd_timeline_flags (timeline_of (&opened), &flags) >= 2);
  g_autofree char *path = fixture_path (&opened.fixture, "turned.kdrun");
  kd_saving_save (GTK_WIDGET (opened.window), opened.model, path);
  kd_window_open (opened.window, path);
  g_assert_true (kd_session_is_recording (session_of (&opened)));
  WAIT_UNTIL (kd_session_model_get_snapshot (opened.model) && step_on_wall (&opened) == 0);
  WAIT_UNTIL (temperature (&opened) == first);
  act (&opened, "scrub-live");
  WAIT_UNTIL (temperature (&opened) == 0.75); /* 0.25 came after the last keyframe */
  bool flagged = false;
  const int n_flags = kd_timeline_flags (timeline_of (&opened), &flags);
  for (int i = 0; i < n_flags; i++)
    flagged |= flags[i].kind == KD_EVENT_KNOB && flags[i].step == turned_at;
  g_assert_true (flagged);
  close_window (&opened);
}

static void
test_branch (void)
{
  Opened opened = open_with_keyframes ();
  KdSession *first = session_of (&opened);
  const int64_t end = kd_session_status (first).step;
  act (&opened, "branch"); /* nothing is scrubbed to: nothing happens */
  g_assert_true (session_of (&opened) == first);
  act (&opened, "scrub-back");
  const int64_t from = kd_session_model_get_shown (opened.model);
  act (&opened, "branch");
  g_assert_true (session_of (&opened) != first);
  g_assert_cmpint (kd_session_runs (session_of (&opened)), ==, kd_session_runs (first) + 1);
  WAIT_UNTIL (kd_session_status (session_of (&opened)).state == KD_STATE_PAUSED);
  g_assert_cmpint (kd_session_status (session_of (&opened)).step, ==, from);
  act (&opened, "undo");
  g_assert_true (session_of (&opened) == first);
  g_assert_cmpint (kd_session_status (first).step, ==, end);
  act (&opened, "redo");
  g_assert_true (session_of (&opened) != first);
  close_window (&opened);
}

static bool
is_marked (const Opened *opened, const char *row)
{
  g_autoptr (GPtrArray) blocks = in_live (opened, KD_TYPE_WALL_BLOCK);
  g_autofree char *name = g_strconcat ("row-", row, NULL);
  for (guint i = 0; i < blocks->len; i++)
    if (g_str_equal (gtk_widget_get_name (blocks->pdata[i]), name))
      return gtk_widget_has_css_class (blocks->pdata[i], "made-now");
  g_assert_not_reached ();
}

/* Each phase marks the rows that it has made; the update, which ends the step, none. */
static void
test_phases (void)
{
  static const char *const made[] = { "student_feat", "fg_mask", "loss_density", "pull" };
  Opened opened = open_window (true);
  WAIT_UNTIL (kd_session_status (session_of (&opened)).state == KD_STATE_PAUSED);
  WAIT_UNTIL (find_map (&opened, "pull", 0));
  for (KdStepPhase phase = KD_STEP_FORWARD; phase < KD_N_STEP_PHASES; phase++) {
    g_assert_cmpint (kd_session_status (session_of (&opened)).next_phase, ==, phase);
    g_assert_cmpint (kd_session_status (session_of (&opened)).step, ==, 0);
    act (&opened, "step-phase");
    WAIT_UNTIL (kd_session_status (session_of (&opened)).next_phase ==
                (phase + 1) % KD_N_STEP_PHASES);
    for (guint i = 0; i < G_N_ELEMENTS (made); i++)
      WAIT_UNTIL (is_marked (&opened, made[i]) == (i == phase));
  }
  g_assert_cmpint (kd_session_status (session_of (&opened)).step, ==, 1);
  close_window (&opened);
}

/* Is there a student in the list whose numbers begin so? */
static bool
list_says (const Opened *opened, const char *pattern)
{
  g_autoptr (GPtrArray) lists = in_live (opened, KD_TYPE_RUN_LIST);
  return says (lists->pdata[0], pattern);
}

/* Is there a button beside the timeline that says so, to be seen? */
static bool
offers (const Opened *opened, const char *words)
{
  g_autoptr (GPtrArray) buttons = g_ptr_array_new ();
  collect (gtk_widget_get_ancestor (GTK_WIDGET (timeline_of (opened)), KD_TYPE_TRANSPORT),
           GTK_TYPE_BUTTON, buttons);
  for (guint i = 0; i < buttons->len; i++) {
    const char *label = gtk_button_get_label (buttons->pdata[i]);
    if (gtk_widget_get_visible (buttons->pdata[i]) && label && strstr (label, words))
      return true;
  }
  return false;
}

static bool
is_playing (const Opened *opened)
{
  g_autoptr (GPtrArray) buttons = all_of (opened, GTK_TYPE_BUTTON);
  for (guint i = 0; i < buttons->len; i++) {
    if (g_str_equal (gtk_widget_get_name (buttons->pdata[i]), "play"))
      return g_str_has_prefix (gtk_widget_get_tooltip_text (buttons->pdata[i]), "Pause");
  }
  g_assert_not_reached ();
}

/* A recording that waits at its beginning is scrubbed on from there, and no further than to its end. */
static void
test_recording_is_scrubbed (void)
{
  Opened opened = open_window (true);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = kd_recording_find (&error);
  g_assert_no_error (error);
  kd_window_open (opened.window, path);
  WAIT_UNTIL (find_map (&opened, "spatial_attention_teacher", 0));
  int64_t steps[256];
  const int n = kd_session_keyframes (session_of (&opened), steps, G_N_ELEMENTS (steps));
  g_assert_cmpint (n, >, 3);
  g_assert_cmpint (step_on_wall (&opened), ==, steps[0]);
  act (&opened, "scrub-forth");
  WAIT_UNTIL (step_on_wall (&opened) == steps[1]);
  act (&opened, "scrub-back");
  WAIT_UNTIL (step_on_wall (&opened) == steps[0]);
  act (&opened, "scrub-live");
  WAIT_UNTIL (step_on_wall (&opened) == steps[n - 1]);
  act (&opened, "scrub-back");
  WAIT_UNTIL (step_on_wall (&opened) == steps[n - 2]);
  /* It has no live end to come back to and no weights to branch from; what it offers is to train. */
  g_assert_false (offers (&opened, "back to live"));
  g_assert_false (offers (&opened, "Branch here"));
  g_assert_true (offers (&opened, "Train live"));
  /* Playing goes on from where it was scrubbed to; from the end it begins anew. */
  act (&opened, "play");
  WAIT_UNTIL (step_on_wall (&opened) == steps[n - 1]);
  WAIT_UNTIL (!is_playing (&opened));
  act (&opened, "play");
  WAIT_UNTIL (step_on_wall (&opened) == steps[1]);
  close_window (&opened);
}

/* Is there a text under the timeline that says so? */
static bool
transport_says (const Opened *opened, const char *pattern)
{
  return says (gtk_widget_get_ancestor (GTK_WIDGET (timeline_of (opened)), KD_TYPE_TRANSPORT),
               pattern);
}

/* Its image, its parameters and its end are what they are: what cannot be had is not offered, or taken back. */
static void
test_recording_is_as_it_was_made (void)
{
  Opened opened = open_window (true);
  GtkSpinButton *image = GTK_SPIN_BUTTON (named (&opened, GTK_TYPE_SPIN_BUTTON, "image"));
  act (&opened, "next-image");
  g_assert_cmpint (gtk_spin_button_get_value_as_int (image), ==, 1);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = kd_recording_find (&error);
  g_assert_no_error (error);
  kd_window_open (opened.window, path);
  WAIT_UNTIL (transport_says (&opened, "Recording: step 0 of *"));
  g_assert_cmpint (gtk_spin_button_get_value_as_int (image), ==, 0);
  act (&opened, "next-image");
  g_assert_cmpint (gtk_spin_button_get_value_as_int (image), ==, 0);
  g_assert_false (gtk_widget_get_sensitive (GTK_WIDGET (image)));

  KdSession *recording = session_of (&opened);
  g_autoptr (GPtrArray) pages = all_of (&opened, KD_TYPE_LIVE_PAGE);
  KdKnobs *before = kd_session_run_knobs (recording, 1);
  const KdKnob *knob = kd_knobs_knob (before, 0);
  g_autofree char *value = g_strdup_printf ("%g", kd_knobs_get (before, knob->id) / 2);
  kd_live_page_turn (pages->pdata[0], knob->id, value);
  KdKnobs *after = kd_session_run_knobs (recording, 1);
  g_assert_cmpfloat (kd_knobs_get (after, knob->id), ==, kd_knobs_get (before, knob->id));
  g_autoptr (GPtrArray) rows = all_of (&opened, KD_TYPE_KNOB_ROW);
  g_autoptr (GPtrArray) spins = g_ptr_array_new ();
  collect (rows->pdata[0], GTK_TYPE_SPIN_BUTTON, spins);
  g_assert_cmpfloat_with_epsilon (gtk_spin_button_get_value (spins->pdata[0]),
                                  kd_knobs_get (before, knob->id), 1e-6);
  kd_knobs_free (before);
  kd_knobs_free (after);

  g_assert_true (gtk_widget_get_sensitive (named (&opened, GTK_TYPE_BUTTON, "step")));
  act (&opened, "scrub-live");
  WAIT_UNTIL (!gtk_widget_get_sensitive (named (&opened, GTK_TYPE_BUTTON, "step")));
  int64_t steps[256];
  const int n = kd_session_keyframes (recording, steps, G_N_ELEMENTS (steps));
  g_autofree char *where = g_strdup_printf ("Step %" G_GINT64_FORMAT ", recording", steps[n - 1]);
  act (&opened, "view-compare");
  WAIT_UNTIL (says (GTK_WIDGET (opened.window), where));
  act (&opened, "view-live");
  act (&opened, "undo"); /* the edit before the recording: it made none */
  g_assert_false (kd_session_is_recording (session_of (&opened)));
  g_assert_true (gtk_widget_get_sensitive (GTK_WIDGET (image)));
  close_window (&opened);
}

/* The numbers beside the students are those of the keyframe on screen, not of the end. */
static void
test_numbers_follow (void)
{
  Opened opened = open_window (true);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = kd_recording_find (&error);
  g_assert_no_error (error);
  kd_window_open (opened.window, path);
  WAIT_UNTIL (find_map (&opened, "spatial_attention_teacher", 0));
  g_assert_cmpint (step_on_wall (&opened), ==, 0);
  g_assert_true (list_says (&opened, "AP50 not yet measured*"));
  g_assert_false (list_says (&opened, "AP50 –   loss*"));
  KdSession *session = session_of (&opened);
  int n_series;
  const KdSeriesInfo *series = kd_session_series (session, &n_series);
  KdPoint first = { 0, 0 };
  for (int i = 0; i < n_series; i++) {
    if (series[i].run == 0 && g_str_equal (series[i].name, "ap50"))
      kd_session_read_series (session, series[i].id, 0, &first, 1);
  }
  g_assert_cmpint (first.step, >, 0);
  while (step_on_wall (&opened) < first.step) {
    const int64_t before = step_on_wall (&opened);
    act (&opened, "step");
    WAIT_UNTIL (step_on_wall (&opened) > before);
  }
  g_autofree char *expected = g_strdup_printf ("AP50 %.1f %%*", 100 * first.value);
  WAIT_UNTIL (list_says (&opened, expected));
  close_window (&opened);
}

/* The bundled recording plays without an engine, and can be trained live; both can be undone. */
static void
test_recording (void)
{
  Opened opened = open_window (true);
  KdSession *first = session_of (&opened);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = kd_recording_find (&error);
  g_assert_no_error (error);
  kd_window_open (opened.window, path);
  g_assert_true (kd_session_is_recording (session_of (&opened)));
  WAIT_UNTIL (find_map (&opened, "spatial_attention_teacher", 0));
  const int64_t begin = kd_session_status (session_of (&opened)).step;
  act (&opened, "play");
  WAIT_UNTIL (step_on_wall (&opened) > begin);
  act (&opened, "play"); /* pauses */
  const int64_t paused = kd_session_status (session_of (&opened)).step;
  const double until = kd_now_s () + 0.4;
  WAIT_UNTIL (kd_now_s () > until);
  g_assert_cmpint (kd_session_status (session_of (&opened)).step, ==, paused);
  act (&opened, "undo");
  g_assert_true (session_of (&opened) == first);
  close_window (&opened);
}

/* With the knobs as they are, and the work before is an undo away. */
static void
test_restart (void)
{
  Opened opened = open_with_keyframes ();
  KdSession *session = session_of (&opened);
  const int64_t step = kd_session_status (session).step;
  g_autoptr (GError) error = NULL;
  g_assert_true (kd_session_set_knob (session, 1, "temp", "0.75", &error));
  g_assert_no_error (error);
  WAIT_UNTIL (temperature (&opened) == 0.75);
  act (&opened, "restart");
  KdSession *again = session_of (&opened);
  g_assert_true (again != session);
  WAIT_UNTIL (kd_session_status (again).state != KD_STATE_LOADING);
  g_assert_cmpfloat (temperature (&opened), ==, 0.75);
  WAIT_UNTIL (kd_session_keyframes (again, NULL, 0) >= 1);
  int64_t first;
  kd_session_keyframes (again, &first, 1);
  g_assert_cmpint (first, ==, 0);
  act (&opened, "undo");
  g_assert_true (session_of (&opened) == session);
  g_assert_cmpint (kd_session_status (session).step, ==, step);
  close_window (&opened);
}

int
main (int argc, char **argv)
{
  window_test_init (&argc, &argv);
  g_test_add_func ("/ui/timeline/scrub-shows-keyframes", test_scrub);
  g_test_add_func ("/ui/timeline/bad-numbers-offer-a-way-back", test_rewind);
  g_test_add_func ("/ui/timeline/from-step-0-again", test_restart);
  g_test_add_func ("/ui/timeline/recording-is-saved", test_save_recording);
  g_test_add_func ("/ui/timeline/knobs-leave-flags", test_flags);
  g_test_add_func ("/ui/timeline/parameters-follow", test_parameters_follow);
  g_test_add_func ("/ui/timeline/branch-and-undo", test_branch);
  g_test_add_func ("/ui/timeline/numbers-follow", test_numbers_follow);
  g_test_add_func ("/ui/timeline/recording-is-scrubbed", test_recording_is_scrubbed);
  g_test_add_func ("/ui/timeline/recording-plays", test_recording);
  g_test_add_func ("/ui/timeline/recording-is-as-it-was-made", test_recording_is_as_it_was_made);
  g_test_add_func ("/ui/timeline/phase-by-phase", test_phases);
  return g_test_run ();
}
