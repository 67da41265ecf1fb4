/* SPDX-License-Identifier: MIT */

/* The wall of maps under a person's hands: one panel large, one level, scales that are clipped, pins, and what can be undone. */
#include "tests/window-fixture.h"
#include "ui/channel-browser.h"
#include "ui/color-bar.h"
#include "ui/knob-row.h"
#include "ui/live-page.h"
#include "ui/map-wall.h"
#include "ui/photo-block.h"
#include "ui/probe-panel.h"
#include "ui/receptive.h"
#include "ui/wall-block.h"

#include <math.h>
#include <string.h>

static KdWallModel *
wall_of (const Opened *opened)
{
  g_autoptr (GPtrArray) pages = all_of (opened, KD_TYPE_LIVE_PAGE);
  return kd_live_page_get_wall (KD_LIVE_PAGE (pages->pdata[0]));
}

static guint
visible_maps (const Opened *opened)
{
  g_autoptr (GPtrArray) maps = all_of (opened, KD_TYPE_MAP_VIEW);
  guint n = 0;
  for (guint i = 0; i < maps->len; i++)
    n += gtk_widget_get_mapped (maps->pdata[i]);
  return n;
}

static const KdWallRowData *
row_named (const Opened *opened, const char *title, int *index)
{
  const GArray *rows = kd_wall_model_get_rows (wall_of (opened));
  for (guint i = 0; i < rows->len; i++) {
    const KdWallRowData *row = &g_array_index (rows, KdWallRowData, i);
    if (g_str_equal (row->title, title)) {
      *index = (int) i;
      return row;
    }
  }
  g_assert_not_reached ();
}

static void
test_one_panel_large (void)
{
  Opened opened = open_window (true);
  WAIT_UNTIL (visible_maps (&opened) > 6 && find_map (&opened, "pull", 0));
  g_autoptr (GPtrArray) walls = all_of (&opened, KD_TYPE_MAP_WALL);
  int row;
  row_named (&opened, "Features, teacher", &row);
  kd_map_wall_enlarge (KD_MAP_WALL (walls->pdata[0]), row, 1);
  WAIT_UNTIL (visible_maps (&opened) == 1);
  g_autoptr (GPtrArray) maps = all_of (&opened, KD_TYPE_MAP_VIEW);
  for (guint i = 0; i < maps->len; i++) {
    int cell_x, cell_y;
    float value;
    if (!gtk_widget_get_mapped (maps->pdata[i]))
      continue;
    g_assert_true (kd_map_view_value_at (maps->pdata[i], 1, 1, &cell_x, &cell_y, &value));
    const KdWallPlace *place = &row_named (&opened, "Features, teacher", &row)->places[1];
    g_assert_cmpint (cell_x, ==, place->width - 1);
    g_assert_cmpfloat (value, ==, place->values[place->width * place->height - 1]);
  }
  act (&opened, "escape");
  WAIT_UNTIL (visible_maps (&opened) > 6);
  close_window (&opened);
}

static void
test_one_level (void)
{
  Opened opened = open_window (true);
  WAIT_UNTIL (find_map (&opened, "spatial_attention_teacher", 1));
  act (&opened, "level"); /* P3 alone */
  WAIT_UNTIL (find_map (&opened, "spatial_attention_teacher", 0));
  g_assert_null (find_map (&opened, "spatial_attention_teacher", 1));
  act (&opened, "level");
  WAIT_UNTIL (find_map (&opened, "spatial_attention_teacher", 1));
  g_assert_null (find_map (&opened, "spatial_attention_teacher", 0));
  close_window (&opened);
}

/* Every panel of a shared scale has the row's; clipped, the row keeps what was set and others keep theirs. */
static void
test_clipped_scale (void)
{
  Opened opened = open_window (true);
  int index, other;
  WAIT_UNTIL (find_map (&opened, "pull", 0));
  const KdWallRowData *row = row_named (&opened, "Features, teacher", &index);
  const KdScale loss = row_named (&opened, "Loss density", &other)->scale;
  const KdScale clipped = { .low = 0.125, .high = 0.5 };
  kd_wall_model_fix_scale (wall_of (&opened), index, &clipped);
  row = row_named (&opened, "Features, teacher", &index);
  g_assert_cmpfloat (row->scale.low, ==, 0.125);
  g_assert_cmpfloat (row->scale.high, ==, 0.5);
  g_assert_cmpfloat (row_named (&opened, "Loss density", &other)->scale.high, ==, loss.high);
  /* Another student's wall has the same row: its fixed scale stays. */
  kd_session_model_select (opened.model, 0);
  WAIT_UNTIL (kd_wall_model_get_picture (wall_of (&opened)));
  row = row_named (&opened, "Features, teacher", &index);
  g_assert_cmpfloat (row->scale.high, ==, 0.5);
  /* Sharing again forgets it. */
  act (&opened, "share");
  row = row_named (&opened, "Features, teacher", &index);
  g_assert_cmpfloat (row->scale.high, !=, 0.5);
  close_window (&opened);
}

static void
choose (const Opened *opened, KdShare share, KdChannelRule channels)
{
  KdViewSettings *settings = kd_wall_model_get_settings (wall_of (opened));
  KdView view = *kd_view_settings_get (settings);
  view.share = share;
  view.channels = channels;
  kd_view_settings_set (settings, &view);
}

static void
assert_scale (const Opened *opened, const char *title, double low, double high)
{
  int index;
  const KdScale scale = row_named (opened, title, &index)->scale;
  g_assert_cmpfloat (scale.low, ==, low);
  g_assert_cmpfloat (scale.high, ==, high);
}

/* Scales hold as they were when they were fixed, whoever shared them and whatever is trained; only what becomes signed gets another, with 0
 * in the middle and the colours for it. */
static void
test_fixed_is_what_was_shown (void)
{
  static const char teacher[] = "Features, teacher", student[] = "Features, student";
  Opened opened = open_window (true);
  int index;
  WAIT_UNTIL (find_map (&opened, "pull", 0));
  choose (&opened, KD_SHARE_ROW, KD_CHANNELS_MEAN_ABS);
  const KdScale own = row_named (&opened, teacher, &index)->scale;
  const KdScale before = row_named (&opened, student, &index)->scale;
  g_assert_cmpfloat (own.high, !=, before.high);
  choose (&opened, KD_SHARE_FIXED, KD_CHANNELS_MEAN_ABS);
  assert_scale (&opened, teacher, own.low, own.high);
  assert_scale (&opened, student, before.low, before.high);
  act (&opened, "step");
  WAIT_UNTIL (kd_session_status (session_of (&opened)).step == 1);
  WAIT_UNTIL (kd_snapshot_step (kd_session_model_get_snapshot (opened.model)) == 1);
  assert_scale (&opened, student, before.low, before.high);

  choose (&opened, KD_SHARE_ALL, KD_CHANNELS_MEAN_ABS);
  const KdScale all = row_named (&opened, teacher, &index)->scale;
  g_assert_cmpfloat (all.high, >, own.high);
  choose (&opened, KD_SHARE_FIXED, KD_CHANNELS_MEAN_ABS);
  assert_scale (&opened, teacher, all.low, all.high);

  choose (&opened, KD_SHARE_FIXED, KD_CHANNELS_ONE);
  const KdWallRowData *row = row_named (&opened, teacher, &index);
  g_assert_cmpint (row->colormap, ==, KD_COLORMAP_DIVERGING);
  g_assert_cmpfloat (row->scale.high, >, 0);
  g_assert_cmpfloat (row->scale.low, ==, -row->scale.high);
  g_assert_cmpint (row_named (&opened, "Loss density", &index)->colormap, !=,
                   KD_COLORMAP_DIVERGING);
  choose (&opened, KD_SHARE_FIXED, KD_CHANNELS_L2);
  row = row_named (&opened, teacher, &index);
  g_assert_cmpint (row->colormap, !=, KD_COLORMAP_DIVERGING);
  g_assert_cmpfloat (row->scale.low, >=, 0);
  close_window (&opened);
}

static void
test_arrows_move_the_ends (void)
{
  Opened opened = open_window (true);
  WAIT_UNTIL (find_map (&opened, "pull", 0));
  g_autoptr (GPtrArray) bars = all_of (&opened, KD_TYPE_COLOR_BAR);
  const GArray *rows = kd_wall_model_get_rows (wall_of (&opened));
  const double high = g_array_index (rows, KdWallRowData, 0).scale.high;
  const KdScale half = { .low = 0, .high = high / 2 };
  g_signal_emit_by_name (bars->pdata[0], "moved", &half);
  g_assert_cmpfloat (g_array_index (rows, KdWallRowData, 0).scale.high, ==, high / 2);
  g_signal_emit_by_name (bars->pdata[0], "reset");
  g_assert_cmpfloat (g_array_index (rows, KdWallRowData, 0).scale.high, ==, high);
  close_window (&opened);
}

/* Maps ten times apart look different when they share a scale, and the same when each has its own. */
static void
test_scales_of_far_apart_maps (void)
{
  float small[4] = { 0, 0.1f, 0.05f, 0.1f }, large[4] = { 0, 1, 0.5f, 1 };
  KdMapStats joined = kd_map_stats (small, 4);
  const KdMapStats own = joined, rest = kd_map_stats (large, 4);
  kd_map_stats_join (&joined, &rest);
  const KdScale shared = kd_scale_from_stats (&joined, false, false, true);
  const KdScale alone = kd_scale_from_stats (&own, false, false, true);
  g_assert_cmpfloat_with_epsilon (kd_scale_position (&shared, 0.1), 0.1, 1e-6);
  g_assert_cmpfloat_with_epsilon (kd_scale_position (&alone, 0.1), 1, 1e-6);
}

static void
test_pins (void)
{
  g_autoptr (KdViewPort) port = kd_view_port_new ();
  KdPin pins[KD_MAX_PINS];
  for (int i = 0; i < KD_MAX_PINS + 1; i++)
    kd_view_port_toggle_pin (port, 0.1 + 0.2 * i, 0.5);
  g_assert_cmpint (kd_view_port_get_pins (port, pins), ==, KD_MAX_PINS);
  g_assert_cmpfloat_with_epsilon (pins[0].x, 0.3, 1e-12); /* the first made room for the fifth */
  kd_view_port_toggle_pin (port, 0.31, 0.5);
  g_assert_cmpint (kd_view_port_get_pins (port, pins), ==, KD_MAX_PINS - 1);
  g_assert_cmpfloat_with_epsilon (pins[0].x, 0.5, 1e-12);
  kd_view_port_clear_pins (port);
  g_assert_cmpint (kd_view_port_get_pins (port, pins), ==, 0);
}

/* A knob's change, and a whole preset, are one edit each. */
static void
test_undo_and_redo (void)
{
  Opened opened = open_window (true);
  g_autoptr (GPtrArray) rows = in_live (&opened, KD_TYPE_KNOB_ROW);
  KdKnobRow *temperature = NULL;
  for (guint i = 0; i < rows->len; i++) {
    if (g_str_equal (kd_knob_row_get_knob (rows->pdata[i])->id, "temp"))
      temperature = rows->pdata[i];
  }
  g_assert_nonnull (temperature);
  g_assert_false (g_action_group_get_action_enabled (G_ACTION_GROUP (opened.window), "undo"));
  g_autoptr (GPtrArray) spins = g_ptr_array_new ();
  collect (GTK_WIDGET (temperature), GTK_TYPE_SPIN_BUTTON, spins);
  gtk_spin_button_set_value (spins->pdata[0], 0.3);
  gtk_spin_button_set_value (spins->pdata[0], 0.2); /* the same drag goes on */
  KdKnobs *knobs = kd_session_run_knobs (session_of (&opened), 1);
  g_assert_cmpfloat_with_epsilon (kd_knobs_get (knobs, "temp"), 0.2, 1e-12);
  kd_knobs_free (knobs);
  act (&opened, "undo");
  knobs = kd_session_run_knobs (session_of (&opened), 1);
  g_assert_cmpfloat_with_epsilon (kd_knobs_get (knobs, "temp"), 0.5, 1e-12);
  kd_knobs_free (knobs);
  g_assert_cmpfloat_with_epsilon (gtk_spin_button_get_value (spins->pdata[0]), 0.5, 1e-12);
  g_assert_false (g_action_group_get_action_enabled (G_ACTION_GROUP (opened.window), "undo"));
  act (&opened, "redo");
  knobs = kd_session_run_knobs (session_of (&opened), 1);
  g_assert_cmpfloat_with_epsilon (kd_knobs_get (knobs, "temp"), 0.2, 1e-12);
  kd_knobs_free (knobs);
  close_window (&opened);
}

/* Another session takes the place of the first, which can be brought back as it was. */
static void
test_sessions_swap (void)
{
  Opened opened = open_window (true);
  act (&opened, "step");
  WAIT_UNTIL (kd_session_status (session_of (&opened)).step == 1);
  KdSession *first = session_of (&opened);
  g_autoptr (GError) error = NULL;
  KdConfig config = *kd_session_config (first);
  config.n_runs = 1;
  config.paused = true;
  g_assert_true (kd_session_model_start (opened.model, &config, &error));
  g_assert_no_error (error);
  g_assert_true (session_of (&opened) != first);
  g_assert_cmpint (kd_session_runs (session_of (&opened)), ==, 1);
  WAIT_UNTIL (kd_wall_model_get_picture (wall_of (&opened)));
  g_assert_cmpint (kd_session_status (session_of (&opened)).step, ==, 0);
  g_assert_true (kd_session_model_swap (opened.model));
  g_assert_true (session_of (&opened) == first);
  WAIT_UNTIL (kd_wall_model_get_picture (wall_of (&opened)));
  g_assert_cmpint (kd_session_status (session_of (&opened)).step, ==, 1);
  kd_session_model_forget (opened.model);
  g_assert_false (kd_session_model_swap (opened.model));
  close_window (&opened);
}

/* Means by hand, in the order that the browser claims. */
static void
test_channels (void)
{
  Opened opened = open_window (true);
  WAIT_UNTIL (find_map (&opened, "pull", 0));
  act (&opened, "channels");
  g_autoptr (GPtrArray) browsers = all_of (&opened, KD_TYPE_CHANNEL_BROWSER);
  g_assert_cmpuint (browsers->len, ==, 1);
  KdChannelBrowser *browser = browsers->pdata[0];
  KdPicture *picture = kd_wall_model_get_picture (wall_of (&opened));
  KdMap map;
  g_assert_true (kd_picture_map (picture, kd_picture_find (picture, "teacher_feat", 0), &map));
  g_assert_cmpint (map.channels, >, 1);
  g_assert_cmpint (kd_channel_browser_at (browser, map.channels - 1), ==, map.channels - 1);
  g_assert_cmpint (kd_channel_browser_at (browser, map.channels), ==, -1);
  kd_channel_browser_sort (browser, KD_CHANNEL_ORDER_ENERGY);
  double before = INFINITY;
  for (int i = 0; i < map.channels; i++) {
    double energy = 0;
    for (int y = 0; y < map.height; y++)
      for (int x = 0; x < map.width; x++)
        energy += fabs ((double) kd_map_get (&map, kd_channel_browser_at (browser, i), y, x));
    g_assert_cmpfloat (energy, <=, before);
    before = energy;
  }

  /* the first one on the wall, and back */
  const int channel = kd_channel_browser_at (browser, 0);
  g_autoptr (GPtrArray) grids = g_ptr_array_new ();
  collect (GTK_WIDGET (browser), GTK_TYPE_FLOW_BOX_CHILD, grids);
  gtk_widget_activate (grids->pdata[0]);
  WAIT_UNTIL (visible_maps (&opened) > 6);
  const KdView *view = kd_view_settings_get (kd_wall_model_get_settings (wall_of (&opened)));
  g_assert_cmpint (view->channels, ==, KD_CHANNELS_ONE);
  g_assert_cmpint (view->channel, ==, channel);
  int row;
  const KdWallPlace *place = &row_named (&opened, "Features, teacher", &row)->places[0];
  g_assert_true (place->values[0] == kd_map_get (&map, channel, 0, 0));

  act (&opened, "channels");
  act (&opened, "escape");
  g_autoptr (GPtrArray) none = all_of (&opened, KD_TYPE_CHANNEL_BROWSER);
  g_assert_cmpuint (none->len, ==, 0);
  close_window (&opened);
}

/* What is under the pointer stays there; without a pointer, the middle does. */
static void
test_zoom_by_keys (void)
{
  g_autoptr (KdViewPort) port = kd_view_port_new ();
  double x, y;
  kd_view_port_set_hover (port, 0.25, 0.75);
  kd_view_port_zoom (port, 2);
  kd_view_port_get_centre (port, &x, &y);
  g_assert_cmpfloat (kd_view_port_get_zoom (port), ==, 2);
  g_assert_cmpfloat (x, ==, 0.375);
  g_assert_cmpfloat (y, ==, 0.625);
  kd_view_port_clear_hover (port);
  kd_view_port_zoom (port, 2);
  kd_view_port_get_centre (port, &x, &y);
  g_assert_cmpfloat (kd_view_port_get_zoom (port), ==, 4);
  g_assert_cmpfloat (x, ==, 0.375);
  g_assert_cmpfloat (y, ==, 0.625);
  kd_view_port_zoom (port, 0.1);
  g_assert_cmpfloat (kd_view_port_get_zoom (port), ==, 1);
}

/* D: the student's row minus the teacher's, around 0; then of two rows that a person chose. */
static void
test_difference (void)
{
  Opened opened = open_window (true);
  WAIT_UNTIL (find_map (&opened, "pull", 0));
  int difference, student, teacher;
  act (&opened, "difference");
  const KdWallRowData *row =
      row_named (&opened, "Features, student − Features, teacher", &difference);
  g_assert_cmpint (difference, ==, 0);
  const KdWallRowData *first = row_named (&opened, "Features, student", &student);
  const KdWallRowData *second = row_named (&opened, "Features, teacher", &teacher);
  double largest = 0;
  for (int k = 0; k < row->n_places; k++) {
    const KdWallPlace *place = &row->places[k];
    g_assert_true (place->valid);
    for (int i = 0; i < place->width * place->height; i++) {
      const float expected = first->places[k].values[i] - second->places[k].values[i];
      g_assert_cmpfloat (place->values[i], ==, expected);
      largest = MAX (largest, fabs ((double) expected));
    }
  }
  g_assert_cmpint (row->colormap, ==, KD_COLORMAP_DIVERGING);
  g_assert_cmpfloat (row->scale.low, ==, -row->scale.high);
  g_assert_cmpfloat (row->scale.high, <=, largest);

  /* The choices above it. */
  wait_frames (&opened);
  g_autoptr (GPtrArray) blocks = in_live (&opened, KD_TYPE_WALL_BLOCK);
  g_autoptr (GPtrArray) choices = g_ptr_array_new ();
  collect (blocks->pdata[0], GTK_TYPE_DROP_DOWN, choices);
  g_assert_cmpuint (choices->len, ==, 2);
  gtk_drop_down_set_selected (choices->pdata[0], 0); /* the first row of the wall */
  WAIT_UNTIL (g_str_has_prefix (
      g_array_index (kd_wall_model_get_rows (wall_of (&opened)), KdWallRowData, 0).title,
      "Loss density − "));
  row = row_named (&opened, "Loss density − Features, teacher", &difference);
  first = row_named (&opened, "Loss density", &student);
  second = row_named (&opened, "Features, teacher", &teacher);
  g_assert_cmpfloat (row->places[0].values[0], ==,
                     first->places[0].values[0] - second->places[0].values[0]);

  act (&opened, "difference");
  g_assert_cmpstr (
      g_array_index (kd_wall_model_get_rows (wall_of (&opened)), KdWallRowData, 0).name, ==,
      "loss_density");
  close_window (&opened);
}

/* Pointing at a cell of a level draws on the photos what that cell has seen: each network's own field. */
static void
test_receptive_boxes (void)
{
  Opened opened = open_window (true);
  KdMapView *map;
  WAIT_UNTIL ((map = find_map (&opened, "pull", 1)));
  KdViewPort *port = kd_live_page_get_port (
      KD_LIVE_PAGE (gtk_widget_get_ancestor (GTK_WIDGET (map), KD_TYPE_LIVE_PAGE)));
  KdReceptive what;
  KdPicture *picture = kd_wall_model_get_picture (wall_of (&opened));
  const KdSize image = kd_picture_info (picture)->image;
  g_assert_true (kd_receptive_find (picture, 1, 0.5, 0.5, &what));
  g_assert_true (what.known);
  g_assert_cmpint (what.stride, ==, 16);
  g_assert_cmpint (what.x, ==, image.width / 32);
  const KdBox teacher =
      kd_detector_receptive_box (kd_detector_kind_find ("tiny"), 1, what.x, what.y);
  const KdBox student = kd_detector_receptive_box (
      kd_detector_kind_find (opened.fixture.config.student), 1, what.x, what.y);
  g_assert_cmpmem (&what.teacher, sizeof teacher, &teacher, sizeof teacher);
  g_assert_cmpmem (&what.student, sizeof student, &student, sizeof student);

  g_autoptr (GPtrArray) blocks = in_live (&opened, KD_TYPE_PHOTO_BLOCK);
  kd_view_port_clear_hover (port);
  wait_frames (&opened);
  cairo_surface_t *before = paint (blocks->pdata[0]);
  gtk_widget_grab_focus (GTK_WIDGET (map));
  kd_view_port_set_level (port, 1);
  kd_view_port_set_hover (port, 0.5, 0.5);
  wait_frames (&opened);
  g_autoptr (GPtrArray) probes = in_live (&opened, KD_TYPE_PROBE_PANEL);
  g_autofree char *text =
      g_strdup_printf ("P4 cell %d, %d: 16 × 16 px\nteacher sees %.0f px wide\n"
                       "student sees %.0f px wide",
                       what.x, what.y, teacher.x2 - teacher.x1, student.x2 - student.x1);
  g_assert_true (says (probes->pdata[0], text));
  cairo_surface_t *after = paint (blocks->pdata[0]);
  const size_t size = (size_t) cairo_image_surface_get_stride (after) *
                      (size_t) cairo_image_surface_get_height (after);
  g_assert_cmpint (
      memcmp (cairo_image_surface_get_data (before), cairo_image_surface_get_data (after), size),
      !=, 0);
  cairo_surface_destroy (before);
  cairo_surface_destroy (after);
  close_window (&opened);
}

/* The side of a map if the wall's blocks stood in the best number of lines, each with what a block takes beside its maps now. */
static double
best_side (GtkWidget *wall, const GPtrArray *blocks)
{
  const int n = (int) blocks->len + 1; /* and the photos */
  double beside = 0, above = 0, best = 0;
  for (guint i = 0; i < blocks->len; i++) {
    GtkWidget *child = gtk_widget_get_parent (blocks->pdata[i]);
    g_autoptr (GPtrArray) maps = g_ptr_array_new ();
    collect (child, KD_TYPE_MAP_VIEW, maps);
    if (!maps->len)
      continue;
    const int side = gtk_widget_get_width (maps->pdata[0]);
    int wide, high;
    gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &wide, NULL, NULL);
    gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, -1, NULL, &high, NULL, NULL);
    beside = MAX (beside, wide - (int) maps->len * side);
    above = MAX (above, high - side);
  }
  for (int across = 1; across <= n; across++) {
    const int down = (n + across - 1) / across;
    const double by_width = (gtk_widget_get_width (wall) / (double) across - beside) / 3;
    const double by_height = gtk_widget_get_height (wall) / (double) down - above;
    best = MAX (best, MIN (by_width, by_height));
  }
  return best;
}

/* All of its maps can be seen, and no other number of lines would show them much larger: gaps, and the photos, which are larger,
 * may cost a seventh. */
static bool
is_filled (GtkWidget *wall)
{
  g_autoptr (GPtrArray) maps = g_ptr_array_new ();
  g_autoptr (GPtrArray) blocks = g_ptr_array_new ();
  collect (wall, KD_TYPE_MAP_VIEW, maps);
  collect (wall, KD_TYPE_WALL_BLOCK, blocks);
  const double best = best_side (wall, blocks);
  for (guint i = 0; i < maps->len; i++) {
    GtkWidget *map = maps->pdata[i];
    graphene_rect_t place;
    if (!gtk_widget_compute_bounds (map, wall, &place) ||
        place.origin.y + place.size.height > gtk_widget_get_height (wall) ||
        gtk_widget_get_width (map) < 0.85 * best)
      return false;
  }
  return maps->len > 0;
}

/* In a large window all rows are seen at once and as large as that allows. */
static void
test_fills_a_large_screen (void)
{
  GdkMonitor *monitor =
      g_list_model_get_item (gdk_display_get_monitors (gdk_display_get_default ()), 0);
  GdkRectangle screen;
  gdk_monitor_get_geometry (monitor, &screen);
  g_object_unref (monitor);
  if (screen.width < 2400 || screen.height < 1300) {
    g_test_skip ("needs a screen of 2400x1300");
    return;
  }
  Opened opened = open_window (true);
  gtk_window_set_default_size (GTK_WINDOW (opened.window), 2400, 1300);
  WAIT_UNTIL (find_map (&opened, "pull", 0));
  g_autoptr (GPtrArray) walls = all_of (&opened, KD_TYPE_MAP_WALL);
  WAIT_UNTIL (gtk_widget_get_width (walls->pdata[0]) > 1500);
  WAIT_UNTIL (is_filled (walls->pdata[0]));
  close_window (&opened);
}

/* The smallest window the design promises to be usable in. */
static void
test_fits_a_small_screen (void)
{
  Opened opened = open_window (true);
  WAIT_UNTIL (find_map (&opened, "pull", 0));
  int least;
  gtk_widget_measure (GTK_WIDGET (opened.window), GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL,
                      NULL, NULL);
  g_assert_cmpint (least, <=, 1024);
  gtk_widget_measure (GTK_WIDGET (opened.window), GTK_ORIENTATION_VERTICAL, -1, &least, NULL, NULL,
                      NULL);
  g_assert_cmpint (least, <=, 640);
  close_window (&opened);
}

static int
colors_of (GtkWidget *widget)
{
  cairo_surface_t *pixels = paint (widget);
  const int n = count_colors (pixels);
  cairo_surface_destroy (pixels);
  return n;
}

/* What is scrolled out of sight costs no painting, and is there as soon as it is scrolled to. */
static void
test_paints_what_is_seen (void)
{
  Opened opened = open_window (true);
  WAIT_UNTIL (find_map (&opened, "pull", 0));
  wait_frames (&opened);
  g_autoptr (GPtrArray) blocks = in_live (&opened, KD_TYPE_WALL_BLOCK);
  GtkWidget *last = blocks->pdata[blocks->len - 1];
  GtkWidget *scroller = gtk_widget_get_ancestor (last, GTK_TYPE_SCROLLED_WINDOW);
  graphene_rect_t place;
  g_assert_true (gtk_widget_compute_bounds (last, scroller, &place));
  g_assert_cmpfloat (place.origin.y, >, gtk_widget_get_height (scroller));
  g_assert_cmpint (colors_of (blocks->pdata[0]), >, 20);
  g_assert_cmpint (colors_of (last), ==, 1);

  GtkAdjustment *down = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller));
  gtk_adjustment_set_value (down, gtk_adjustment_get_upper (down));
  wait_frames (&opened);
  g_assert_cmpint (colors_of (last), >, 20);
  gtk_adjustment_set_value (down, 0);
  wait_frames (&opened);
  g_assert_cmpint (colors_of (blocks->pdata[0]), >, 20);
  close_window (&opened);
}

int
main (int argc, char **argv)
{
  window_test_init (&argc, &argv);
  g_test_add_func ("/ui/wall/one-panel-large", test_one_panel_large);
  g_test_add_func ("/ui/wall/one-level", test_one_level);
  g_test_add_func ("/ui/wall/clipped-scale", test_clipped_scale);
  g_test_add_func ("/ui/wall/fixed-is-what-was-shown", test_fixed_is_what_was_shown);
  g_test_add_func ("/ui/wall/handles-move-the-ends", test_arrows_move_the_ends);
  g_test_add_func ("/ui/wall/far-apart-maps-look-different", test_scales_of_far_apart_maps);
  g_test_add_func ("/ui/wall/fits-a-small-screen", test_fits_a_small_screen);
  g_test_add_func ("/ui/wall/paints-what-is-seen", test_paints_what_is_seen);
  g_test_add_func ("/ui/wall/fills-a-large-screen", test_fills_a_large_screen);
  g_test_add_func ("/ui/wall/difference", test_difference);
  g_test_add_func ("/ui/wall/receptive-boxes", test_receptive_boxes);
  g_test_add_func ("/ui/wall/pins", test_pins);
  g_test_add_func ("/ui/wall/undo-and-redo", test_undo_and_redo);
  g_test_add_func ("/ui/wall/sessions-swap", test_sessions_swap);
  g_test_add_func ("/ui/wall/zoom-by-keys", test_zoom_by_keys);
  g_test_add_func ("/ui/wall/channels", test_channels);
  return g_test_run ();
}
