/* SPDX-License-Identifier: MIT */

/*
 * The real window over a tiny session, driven by its actions and widgets; asserts on what the model says and on the
 * pixels that are drawn. Runs under a virtual display.
 */
#include "tests/session-fixture.h"
#include "ui/bars-view.h"
#include "ui/chart-view.h"
#include "ui/color-bar.h"
#include "ui/knob-row.h"
#include "ui/map-view.h"
#include "ui/window.h"

#include <math.h>
#include <string.h>

typedef struct {
  Fixture fixture;
  KdSessionModel *model;
  KdWindow *window;
} Opened;

static KdSession *
session_of (const Opened *opened)
{
  return kd_session_model_get_session (opened->model);
}

/* Turns the main loop until @done says so; a test that waits for ever is killed by its time limit. */
#define WAIT_UNTIL(done)                                                                           \
  while (!(done))                                                                                  \
  g_main_context_iteration (NULL, TRUE)

/* A repeating source, so that WAIT_UNTIL wakes up to look again. */
static gboolean
keep_ticking (gpointer data)
{
  (void) data;
  return G_SOURCE_CONTINUE;
}

/* @knobs: of the second student, taken; NULL: the fixture's. */
static Opened
open_window_with (KdKnobs *knobs, bool paused)
{
  Opened opened = { 0 };
  g_autoptr (GError) error = NULL;
  fixture_init (&opened.fixture);
  KdConfig config = opened.fixture.config;
  KdRunConfig runs[] = { opened.fixture.runs[0], opened.fixture.runs[1] };
  config.runs = runs;
  if (knobs)
    runs[1].knobs = knobs;
  config.paused = paused;
  config.steps = 100000;
  config.eval_every = 0;
  opened.model = kd_session_model_new (&config, &error);
  g_assert_no_error (error);
  opened.window = kd_window_new (NULL, opened.model);
  gtk_window_present (GTK_WINDOW (opened.window));
  WAIT_UNTIL (kd_session_model_get_snapshot (opened.model));
  kd_knobs_free (knobs);
  return opened;
}

static Opened
open_window (bool paused)
{
  return open_window_with (NULL, paused);
}

static void
close_window (Opened *opened)
{
  gtk_window_destroy (GTK_WINDOW (opened->window));
  g_object_add_weak_pointer (G_OBJECT (opened->model), (gpointer *) &opened->model);
  KdSessionModel *model = opened->model;
  g_object_unref (model);
  WAIT_UNTIL (!opened->model); /* the window let go, so the engine thread has been joined */
  fixture_clear (&opened->fixture);
}

static void
act (const Opened *opened, const char *action)
{
  g_action_group_activate_action (G_ACTION_GROUP (opened->window), action, NULL);
}

/* All widgets of a type below @widget, in order. */
static void
collect (GtkWidget *widget, GType type, GPtrArray *found)
{
  if (g_type_is_a (G_OBJECT_TYPE (widget), type))
    g_ptr_array_add (found, widget);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    collect (child, type, found);
}

static GPtrArray *
all_of (const Opened *opened, GType type)
{
  GPtrArray *found = g_ptr_array_new ();
  collect (GTK_WIDGET (opened->window), type, found);
  return found;
}

/* What a widget draws, as pixels; alive until the surface is destroyed. */
static cairo_surface_t *
paint (GtkWidget *widget)
{
  const int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width, height);
  GdkPaintable *paintable = gtk_widget_paintable_new (widget);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  gdk_paintable_snapshot (paintable, snapshot, width, height);
  GskRenderNode *node = gtk_snapshot_free_to_node (snapshot);
  cairo_t *cr = cairo_create (surface);
  if (node) {
    gsk_render_node_draw (node, cr);
    gsk_render_node_unref (node);
  }
  cairo_destroy (cr);
  g_object_unref (paintable);
  cairo_surface_flush (surface);
  return surface;
}

static int
count_colors (cairo_surface_t *surface)
{
  g_autoptr (GHashTable) colors = g_hash_table_new (NULL, NULL);
  const int width = cairo_image_surface_get_width (surface);
  for (int y = 0; y < cairo_image_surface_get_height (surface); y++) {
    const uint32_t *row =
        (const uint32_t *) (void *) (cairo_image_surface_get_data (surface) +
                                     y * cairo_image_surface_get_stride (surface));
    for (int x = 0; x < width; x++)
      g_hash_table_add (colors, GUINT_TO_POINTER (row[x]));
  }
  return (int) g_hash_table_size (colors);
}

static void
test_learns_and_draws (void)
{
  Opened opened = open_window (false);
  WAIT_UNTIL (kd_session_status (session_of (&opened)).step >= 5);
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (opened.window));
  const gint64 frame = gdk_frame_clock_get_frame_counter (clock);
  WAIT_UNTIL (gdk_frame_clock_get_frame_counter (clock) >= frame + 3);
  g_autoptr (GPtrArray) maps = all_of (&opened, KD_TYPE_MAP_VIEW);
  g_assert_cmpuint (maps->len, >=, 3 + 2 * 3 + 5 * 3); /* photos, features, FGD's own rows */
  int mapped = 0;
  for (guint i = 0; i < maps->len; i++) {
    GtkWidget *map = g_ptr_array_index (maps, i);
    if (!gtk_widget_get_width (map))
      continue;
    cairo_surface_t *surface = paint (map);
    mapped += count_colors (surface) > 8;
    cairo_surface_destroy (surface);
  }
  g_assert_cmpint (mapped, >=, (int) maps->len / 2); /* masks may be flat, most maps are not */
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

/* The first map whose accessible title is a level of @row's block. */
static KdMapView *
find_map (const Opened *opened, const char *name, int level)
{
  const int probe = kd_session_find_probe (
      session_of (opened), kd_session_model_get_selected (opened->model), name, level);
  g_assert_cmpint (probe, >=, 0);
  KdMap map;
  if (!kd_snapshot_map (kd_session_model_get_snapshot (opened->model), probe, &map))
    return NULL;
  g_autoptr (GPtrArray) maps = all_of (opened, KD_TYPE_MAP_VIEW);
  for (guint i = 0; i < maps->len; i++) {
    int cell_x, cell_y;
    bool same = true;
    for (int y = 0; same && y < map.height; y++)
      for (int x = 0; same && x < map.width; x++) {
        float value;
        same = kd_map_view_value_at (g_ptr_array_index (maps, i), (x + 0.5) / map.width,
                                     (y + 0.5) / map.height, &cell_x, &cell_y, &value) &&
               cell_x == x && cell_y == y && value == kd_map_get (&map, 0, y, x);
      }
    if (same)
      return g_ptr_array_index (maps, i);
  }
  return NULL;
}

static void
test_knob_changes_maps_while_paused (void)
{
  Opened opened = open_window (true);
  WAIT_UNTIL (find_map (&opened, "spatial_attention_teacher", 0));
  g_autoptr (GPtrArray) rows = all_of (&opened, KD_TYPE_KNOB_ROW);
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
  g_autoptr (GPtrArray) rows = all_of (&opened, KD_TYPE_KNOB_ROW);
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
test_small_weights_are_readable (void)
{
  Opened opened = open_window (true);
  g_autoptr (GPtrArray) rows = all_of (&opened, KD_TYPE_KNOB_ROW);
  bool seen = false;
  for (guint i = 0; i < rows->len; i++) {
    if (!g_str_equal (kd_knob_row_get_knob (rows->pdata[i])->id, "lambda"))
      continue;
    g_autoptr (GPtrArray) spins = g_ptr_array_new ();
    collect (GTK_WIDGET (rows->pdata[i]), GTK_TYPE_SPIN_BUTTON, spins);
    g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (spins->pdata[0])), ==, "5e-06");
    seen = true;
  }
  g_assert_true (seen);
  close_window (&opened);
}

static void
test_other_student_other_maps (void)
{
  Opened opened = open_window (true);
  g_autoptr (GPtrArray) lists = all_of (&opened, GTK_TYPE_LIST_BOX);
  g_assert_cmpuint (lists->len, >=, 1);
  GtkListBox *students = lists->pdata[0];
  g_assert_cmpint (kd_session_model_get_selected (opened.model), ==, 1);
  gtk_list_box_select_row (students, gtk_list_box_get_row_at_index (students, 0));
  g_assert_cmpint (kd_session_model_get_selected (opened.model), ==, 0);
  g_autoptr (GPtrArray) maps = all_of (&opened, KD_TYPE_MAP_VIEW);
  g_autoptr (GPtrArray) rows = all_of (&opened, KD_TYPE_KNOB_ROW);
  g_assert_cmpuint (maps->len, <, 15); /* the twin has no method's pictures */
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
  g_autoptr (GError) error = NULL;
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  g_assert_true (kd_blas_init (&error));
  g_timeout_add (5, keep_ticking, NULL);
  g_test_add_func ("/ui/window/learns-and-draws", test_learns_and_draws);
  g_test_add_func ("/ui/window/pause-and-step", test_pause_and_step);
  g_test_add_func ("/ui/window/knob-changes-maps-while-paused",
                   test_knob_changes_maps_while_paused);
  g_test_add_func ("/ui/window/refused-knob-is-taken-back", test_refused_knob);
  g_test_add_func ("/ui/window/small-weights-are-readable", test_small_weights_are_readable);
  g_test_add_func ("/ui/window/other-student-other-maps", test_other_student_other_maps);
  g_test_add_func ("/ui/window/pinned-image", test_pinned_image);
  g_test_add_func ("/ui/window/controls-have-names", test_controls_have_names);
  g_test_add_func ("/ui/window/closing-while-training", test_closing_while_training);
  g_test_add_func ("/ui/window/closing-while-told", test_closing_while_told);
  return g_test_run ();
}
