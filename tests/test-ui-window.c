/* SPDX-License-Identifier: MIT */

/*
 * The real window over a tiny session, driven by its actions and widgets; asserts on what the model says and on the
 * pixels that are drawn. Runs under a virtual display.
 */
#include "tests/window-fixture.h"
#include "ui/bars-view.h"
#include "ui/chart-view.h"
#include "ui/color-bar.h"
#include "ui/command-line.h"
#include "ui/knob-panel.h"
#include "ui/knob-row.h"
#include "ui/live-page.h"
#include "ui/session-form.h"

#include <math.h>
#include <string.h>

static void
test_learns_and_draws (void)
{
  Opened opened = open_window (false);
  WAIT_UNTIL (kd_session_status (session_of (&opened)).step >= 5);
  wait_frames (&opened);
  g_autoptr (GPtrArray) maps = all_of (&opened, KD_TYPE_MAP_VIEW);
  g_assert_cmpuint (maps->len, >=, 3 + 2 * 3 + 5 * 3); /* photos, features, FGD's own rows */
  g_autoptr (GPtrArray) blocks = blocks_in_sight (&opened);
  g_assert_cmpuint (blocks->len, >=, 3);
  for (guint i = 0; i < blocks->len;
       i++) { /* a mask may be flat, a block with its colour bar is not */
    cairo_surface_t *surface = paint (blocks->pdata[i]);
    g_assert_cmpint (count_colors (surface), >, 100);
    cairo_surface_destroy (surface);
  }
  g_autoptr (GPtrArray) bars = all_of (&opened, KD_TYPE_COLOR_BAR);
  g_assert_cmpuint (bars->len, >=, 7);
  close_window (&opened);
}

static void
test_pause_and_step (void)
{
  Opened opened = open_window (true);
  g_assert_cmpint (kd_session_status (session_of (&opened)).step, ==, 0);
  act (&opened, "step");
  WAIT_UNTIL (kd_session_status (session_of (&opened)).step == 1);
  WAIT_UNTIL (kd_session_status (session_of (&opened)).state == KD_STATE_PAUSED);
  act (&opened, "play");
  WAIT_UNTIL (kd_session_status (session_of (&opened)).step >= 4);
  act (&opened, "play");
  WAIT_UNTIL (kd_session_status (session_of (&opened)).state == KD_STATE_PAUSED);
  const int64_t step = kd_session_status (session_of (&opened)).step;
  const double until = kd_now_s () + 0.3;
  WAIT_UNTIL (kd_now_s () > until);
  g_assert_cmpint (kd_session_status (session_of (&opened)).step, ==, step);
  close_window (&opened);
}

static void
test_knob_changes_maps_while_paused (void)
{
  Opened opened = open_window (true);
  WAIT_UNTIL (find_map (&opened, "spatial_attention_teacher", 0));
  g_autoptr (GPtrArray) rows = in_live (&opened, KD_TYPE_KNOB_ROW);
  KdKnobRow *temperature = NULL;
  for (guint i = 0; i < rows->len; i++) {
    if (g_str_equal (kd_knob_row_get_knob (g_ptr_array_index (rows, i))->id, "temp"))
      temperature = g_ptr_array_index (rows, i);
  }
  g_assert_nonnull (temperature);
  g_autoptr (GPtrArray) spins = g_ptr_array_new ();
  collect (GTK_WIDGET (temperature), GTK_TYPE_SPIN_BUTTON, spins);
  const int probe = kd_session_find_probe (session_of (&opened), 1, "spatial_attention_teacher", 0);
  KdMap map;
  g_assert_true (kd_snapshot_map (kd_session_model_get_snapshot (opened.model), probe, &map));
  const float before = kd_map_get (&map, 0, 0, 0);

  gtk_spin_button_set_value (GTK_SPIN_BUTTON (spins->pdata[0]), 0.1);
  float after = before;
  while (after == before) {
    g_main_context_iteration (NULL, TRUE);
    if (kd_snapshot_map (kd_session_model_get_snapshot (opened.model), probe, &map))
      after = kd_map_get (&map, 0, 0, 0);
  }
  g_assert_cmpint (kd_session_status (session_of (&opened)).step, ==, 0); /* nothing was trained */
  KdKnobs *knobs = kd_session_run_knobs (session_of (&opened), 1);
  g_assert_cmpfloat_with_epsilon (kd_knobs_get (knobs, "temp"), 0.1, 1e-12);
  kd_knobs_free (knobs);

  /* The arrow leads back to the paper's value. */
  g_autoptr (GPtrArray) buttons = g_ptr_array_new ();
  collect (GTK_WIDGET (temperature), GTK_TYPE_BUTTON, buttons);
  g_signal_emit_by_name (buttons->pdata[0], "clicked");
  g_assert_cmpfloat_with_epsilon (gtk_spin_button_get_value (GTK_SPIN_BUTTON (spins->pdata[0])),
                                  0.5, 1e-12);
  close_window (&opened);
}

static bool
shows (GtkWidget *row, const char *text)
{
  g_autofree char *shown = kd_knob_row_dup_text (KD_KNOB_ROW (row));
  return g_str_equal (shown, text);
}

/* What a method refuses is said in the banner, which can be closed, and the row shows what holds. */
static void
test_refused_knob (void)
{
  Opened opened = open_window_with (kd_knobs_new (&fixture_picky, NULL, NULL), true);
  g_autoptr (GPtrArray) rows = in_live (&opened, KD_TYPE_KNOB_ROW);
  GtkWidget *size = g_ptr_array_index (rows, 0);
  g_assert_cmpstr (kd_knob_row_get_knob (KD_KNOB_ROW (size))->id, ==, "size");
  g_autoptr (GPtrArray) spins = g_ptr_array_new ();
  collect (size, GTK_TYPE_SPIN_BUTTON, spins);
  g_autoptr (GPtrArray) banners = all_of (&opened, GTK_TYPE_INFO_BAR);
  GtkInfoBar *banner = g_ptr_array_index (banners, 0);
  g_assert_false (gtk_info_bar_get_revealed (banner));
  gtk_spin_button_set_value (g_ptr_array_index (spins, 0), 7);
  g_assert_true (shows (size, "7"));
  WAIT_UNTIL (gtk_info_bar_get_revealed (banner));
  g_assert_true (shows (size, "1"));
  gtk_info_bar_response (banner, GTK_RESPONSE_CLOSE);
  g_assert_false (gtk_info_bar_get_revealed (banner));
  close_window (&opened);
}

static void
test_hidden_knobs (void)
{
  Opened opened = open_window_with (kd_knobs_new (kd_method_find ("frs"), NULL, NULL), true);
  g_autoptr (GPtrArray) rows = in_live (&opened, KD_TYPE_KNOB_ROW);
  g_assert_cmpuint (
      rows->len, ==,
      6); /* w_feat, w_cls, warm_steps, adapter_start and the run's two, not a dump's step */
  for (guint i = 0; i < rows->len; i++)
    g_assert_cmpstr (kd_knob_row_get_knob (rows->pdata[i])->id, !=, "step");
  close_window (&opened);
}

/* MasKD's tokens, before step 0: the transport says how far, and pausing and going on work as in training. */
static void
test_learning_is_shown (void)
{
  KdKnobs *knobs = kd_knobs_new (kd_method_find ("maskd"), NULL, NULL);
  g_assert_true (kd_knobs_set (knobs, "learn_steps", "5000", NULL));
  Opened opened = open_window_with (knobs, false);
  WAIT_UNTIL (kd_session_status (session_of (&opened)).state == KD_STATE_LEARNING);
  WAIT_UNTIL (says (GTK_WIDGET (opened.window), "MasKD learns its tokens: step *"));
  WAIT_UNTIL (says (GTK_WIDGET (opened.window), "* / 5000*"));
  kd_session_pause (session_of (&opened));
  WAIT_UNTIL (kd_session_status (session_of (&opened)).state == KD_STATE_PAUSED);
  const int64_t learned = kd_session_status (session_of (&opened)).learned;
  kd_session_play (session_of (&opened));
  WAIT_UNTIL (kd_session_status (session_of (&opened)).learned > learned);
  g_assert_cmpint (kd_session_status (session_of (&opened)).step, ==, 0);
  close_window (&opened);
}

static GtkSpinButton *
spin_of (Opened *opened, const char *knob)
{
  g_autoptr (GPtrArray) rows = in_live (opened, KD_TYPE_KNOB_ROW);
  for (guint i = 0; i < rows->len; i++) {
    if (!g_str_equal (kd_knob_row_get_knob (rows->pdata[i])->id, knob))
      continue;
    g_autoptr (GPtrArray) spins = g_ptr_array_new ();
    collect (GTK_WIDGET (rows->pdata[i]), GTK_TYPE_SPIN_BUTTON, spins);
    return spins->pdata[0];
  }
  g_assert_not_reached ();
}

/* Values that are no preset's have a name, too, and only then. */
static void
test_own_values (void)
{
  Opened opened = open_window (true);
  g_autoptr (GPtrArray) pages = all_of (&opened, KD_TYPE_LIVE_PAGE);
  g_autoptr (GPtrArray) panels = in_live (&opened, KD_TYPE_KNOB_PANEL);
  GtkWidget *panel = panels->pdata[0];
  WAIT_UNTIL (says (panel, "paper"));
  kd_live_page_turn (pages->pdata[0], "temp", "0.9");
  WAIT_UNTIL (says (panel, "own values") && !says (panel, "paper"));
  act (&opened, "undo");
  WAIT_UNTIL (says (panel, "paper") && !says (panel, "own values"));
  close_window (&opened);
}

/* FGD's number of levels is -1 for all of them; people read and type the word. */
static void
test_a_value_with_a_name_shows_it (void)
{
  Opened opened = open_window (true);
  GtkSpinButton *spin = spin_of (&opened, "levels");
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (spin)), ==, "all");
  g_assert_cmpfloat (gtk_spin_button_get_value (spin), ==, -1);
  gtk_editable_set_text (GTK_EDITABLE (spin), "2");
  gtk_spin_button_update (spin);
  g_assert_cmpfloat (gtk_spin_button_get_value (spin), ==, 2);
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (spin)), ==, "2");
  gtk_editable_set_text (GTK_EDITABLE (spin), "All");
  gtk_spin_button_update (spin);
  g_assert_cmpfloat (gtk_spin_button_get_value (spin), ==, -1);
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (spin)), ==, "all");
  close_window (&opened);
}

static void
test_small_weights_are_readable (void)
{
  Opened opened = open_window (true);
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (spin_of (&opened, "lambda"))), ==, "5e-06");
  close_window (&opened);
}

static void
test_other_student_other_maps (void)
{
  Opened opened = open_window (true);
  g_autoptr (GPtrArray) lists = in_live (&opened, GTK_TYPE_LIST_BOX);
  g_assert_cmpuint (lists->len, >=, 1);
  GtkListBox *students = lists->pdata[0];
  g_assert_cmpint (kd_session_model_get_selected (opened.model), ==, 1);
  gtk_list_box_select_row (students, gtk_list_box_get_row_at_index (students, 0));
  g_assert_cmpint (kd_session_model_get_selected (opened.model), ==, 0);
  g_autoptr (GPtrArray) rows = in_live (&opened, KD_TYPE_KNOB_ROW);
  g_autoptr (GPtrArray) maps = in_live (&opened, KD_TYPE_MAP_VIEW);
  g_assert_cmpuint (maps->len, ==, 3 + 4 * 3); /* photos, features, the detection loss's anchors */
  WAIT_UNTIL (find_map (&opened, "positives", 0));
  g_assert_cmpuint (rows->len, ==, 0);
  close_window (&opened);
}

static void
test_pinned_image (void)
{
  Opened opened = open_window (true);
  act (&opened, "next-image");
  WAIT_UNTIL (kd_snapshot_image (kd_session_model_get_snapshot (opened.model)) == 1);
  act (&opened, "previous-image");
  WAIT_UNTIL (kd_snapshot_image (kd_session_model_get_snapshot (opened.model)) == 0);
  close_window (&opened);
}

/* Buttons and the like must say what they are to people who do not see the icon. */
static void
test_controls_have_names (void)
{
  Opened opened = open_window (true);
  static const char *const described_by[] = { "label", "tooltip-text" };
  g_autoptr (GPtrArray) buttons = all_of (&opened, GTK_TYPE_BUTTON);
  g_assert_cmpuint (buttons->len, >=, 6);
  for (guint i = 0; i < buttons->len; i++) {
    GtkWidget *button = buttons->pdata[i];
    if (gtk_widget_get_ancestor (button, GTK_TYPE_SPIN_BUTTON) ||
        gtk_widget_get_ancestor (button, GTK_TYPE_DROP_DOWN) ||
        gtk_widget_get_ancestor (button, GTK_TYPE_MENU_BUTTON) ||
        gtk_widget_get_ancestor (button, GTK_TYPE_STACK_SWITCHER) ||
        gtk_widget_get_ancestor (button, GTK_TYPE_INFO_BAR) ||
        gtk_widget_get_ancestor (button, GTK_TYPE_WINDOW_CONTROLS))
      continue; /* the toolkit names these */
    bool named = false;
    for (size_t k = 0; k < G_N_ELEMENTS (described_by); k++) {
      g_autofree char *text = NULL;
      g_object_get (button, described_by[k], &text, NULL);
      named |= text && *text;
    }
    g_assert_true (named);
  }
  g_autoptr (GPtrArray) maps = all_of (&opened, KD_TYPE_MAP_VIEW);
  for (guint i = 0; i < maps->len; i++) {
    g_assert_cmpint (gtk_accessible_get_accessible_role (maps->pdata[i]), ==,
                     GTK_ACCESSIBLE_ROLE_IMG);
    g_assert_true (
        gtk_test_accessible_has_property (maps->pdata[i], GTK_ACCESSIBLE_PROPERTY_LABEL));
  }
  close_window (&opened);
}

/* Another choice of students starts a new session, which can be undone; the command says what is on screen. */
static void
test_new_session (void)
{
  Opened opened = open_window (true);
  KdSession *first = session_of (&opened);
  g_autoptr (GPtrArray) forms = all_of (&opened, KD_TYPE_SESSION_FORM);
  static const char *const chosen[] = { "frs", "kd", NULL };
  kd_session_form_choose (forms->pdata[0], chosen);
  kd_session_form_start (forms->pdata[0]);
  g_assert_true (session_of (&opened) != first);
  g_assert_cmpint (kd_session_runs (session_of (&opened)), ==, 3);
  g_assert_cmpstr (kd_session_run_method (session_of (&opened), 0)->id, ==, "none");
  g_assert_cmpstr (kd_session_run_method (session_of (&opened), 1)->id, ==, "frs");
  g_autoptr (GError) error = NULL;
  g_assert_true (kd_session_set_knob (session_of (&opened), 2, "weight", "0.125", &error));
  g_assert_no_error (error);
  g_autofree char *line = kd_command_of_session (session_of (&opened));
  g_assert_true (g_str_has_prefix (
      line, "kdscope-cli train --methods none,frs,kd --preset demo --set kd.weight=0.125 --steps"));
  act (&opened, "undo");
  g_assert_true (session_of (&opened) == first);
  close_window (&opened);
}

static void
close_at_once (KdSessionModel *model, GtkWindow *window)
{
  g_signal_handlers_disconnect_by_data (model, window);
  gtk_window_destroy (window);
  g_object_unref (model); /* the test's own */
}

/* A listener may close the window in the middle of being told. */
static void
test_closing_while_told (void)
{
  Opened opened = open_window (false);
  g_object_add_weak_pointer (G_OBJECT (opened.model), (gpointer *) &opened.model);
  g_signal_connect (opened.model, "snapshot", G_CALLBACK (close_at_once), opened.window);
  WAIT_UNTIL (!opened.model);
  fixture_clear (&opened.fixture);
}

static void
test_closing_while_training (void)
{
  Opened opened = open_window (false);
  WAIT_UNTIL (kd_session_status (session_of (&opened)).step >= 2);
  const double start = kd_now_s ();
  close_window (&opened);
  g_assert_cmpfloat (kd_now_s () - start, <, 10); /* a hang, not slowness */
}

int
main (int argc, char **argv)
{
  window_test_init (&argc, &argv);
  g_test_add_func ("/ui/window/learns-and-draws", test_learns_and_draws);
  g_test_add_func ("/ui/window/pause-and-step", test_pause_and_step);
  g_test_add_func ("/ui/window/knob-changes-maps-while-paused",
                   test_knob_changes_maps_while_paused);
  g_test_add_func ("/ui/window/refused-knob-is-taken-back", test_refused_knob);
  g_test_add_func ("/ui/window/hidden-knobs-have-no-row", test_hidden_knobs);
  g_test_add_func ("/ui/window/learning-before-step-0-is-shown", test_learning_is_shown);
  g_test_add_func ("/ui/window/small-weights-are-readable", test_small_weights_are_readable);
  g_test_add_func ("/ui/window/own-values-are-no-preset", test_own_values);
  g_test_add_func ("/ui/window/a-value-with-a-name-shows-it", test_a_value_with_a_name_shows_it);
  g_test_add_func ("/ui/window/other-student-other-maps", test_other_student_other_maps);
  g_test_add_func ("/ui/window/pinned-image", test_pinned_image);
  g_test_add_func ("/ui/window/controls-have-names", test_controls_have_names);
  g_test_add_func ("/ui/window/new-session", test_new_session);
  g_test_add_func ("/ui/window/closing-while-training", test_closing_while_training);
  g_test_add_func ("/ui/window/closing-while-told", test_closing_while_told);
  return g_test_run ();
}
