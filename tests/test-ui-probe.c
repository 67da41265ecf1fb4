/* SPDX-License-Identifier: MIT */

/* The probe: values under the pointer and at pinned places, with a width that does not change, and pinned cells over time. */
#include "tests/window-fixture.h"
#include "ui/live-page.h"
#include "ui/live-text.h"
#include "ui/map-wall.h"
#include "ui/pin-trace.h"
#include "ui/probe-panel.h"
#include "ui/wall-block.h"

#include <math.h>
#include <string.h>

static KdLivePage *
live_of (const Opened *opened)
{
  g_autoptr (GPtrArray) pages = all_of (opened, KD_TYPE_LIVE_PAGE);
  return pages->pdata[0];
}

static GtkWidget *
only (const Opened *opened, GType type)
{
  g_autoptr (GPtrArray) found = in_live (opened, type);
  g_assert_cmpuint (found->len, ==, 1);
  return found->pdata[0];
}

static bool
probe_says (const Opened *opened, const char *text)
{
  return says (only (opened, KD_TYPE_PROBE_PANEL), text);
}

/* Whether all of its words are seen. */
static bool
has_room (KdLiveText *text)
{
  g_autoptr (PangoLayout) layout =
      gtk_widget_create_pango_layout (GTK_WIDGET (text), kd_live_text_get (text));
  int width;
  pango_layout_get_pixel_size (layout, &width, NULL);
  return width <= gtk_widget_get_width (GTK_WIDGET (text));
}

static bool
probe_has_blank_line (const Opened *opened)
{
  GtkWidget *probe = only (opened, KD_TYPE_PROBE_PANEL);
  return says (probe, "") || says (probe, "*\n\n*") || says (probe, "*\n");
}

static const KdWallRowData *
row_named (const Opened *opened, const char *name)
{
  const GArray *rows = kd_wall_model_get_rows (kd_live_page_get_wall (live_of (opened)));
  for (guint i = 0; i < rows->len; i++)
    if (g_str_equal (g_array_index (rows, KdWallRowData, i).name, name))
      return &g_array_index (rows, KdWallRowData, i);
  g_assert_not_reached ();
}

/* Nothing is cut off or left blank, pointed at or not; the wall beside it stays as it is with every pin. */
static void
test_keeps_its_width (void)
{
  Opened opened = open_window (true);
  WAIT_UNTIL (find_map (&opened, "pull", 0));
  KdViewPort *port = kd_live_page_get_port (live_of (&opened));
  kd_view_port_clear_hover (port);
  wait_frames (&opened);
  g_assert_false (probe_has_blank_line (&opened));
  char mean[32];
  kd_number_format (row_named (&opened, "pull")->places[0].stats.mean, mean, sizeof mean);
  WAIT_UNTIL (probe_says (&opened, mean));
  g_assert_false (probe_has_blank_line (&opened));

  const int width = gtk_widget_get_width (only (&opened, KD_TYPE_PROBE_PANEL));
  const int wall = gtk_widget_get_width (only (&opened, KD_TYPE_MAP_WALL));
  for (int i = 0; i < KD_MAX_PINS; i++) {
    kd_view_port_toggle_pin (port, 0.2 + 0.2 * i, 0.5);
    kd_view_port_set_hover (port, 0.3, 0.2 * i);
    wait_frames (&opened);
    g_assert_cmpint (gtk_widget_get_width (only (&opened, KD_TYPE_PROBE_PANEL)), ==, width);
    g_assert_cmpint (gtk_widget_get_width (only (&opened, KD_TYPE_MAP_WALL)), ==, wall);
    g_assert_false (probe_has_blank_line (&opened));
  }
  g_assert_true (probe_says (&opened, "pin 4"));
  g_autoptr (GPtrArray) texts = g_ptr_array_new ();
  collect (only (&opened, KD_TYPE_PROBE_PANEL), KD_TYPE_LIVE_TEXT, texts);
  for (guint i = 0; i < texts->len; i++)
    if (gtk_widget_get_mapped (texts->pdata[i]))
      g_assert_true (has_room (texts->pdata[i]));
  close_window (&opened);
}

/* Of the last pixel at the right and below, of each map: red, green and blue added up. */
static void
read_corners (const Opened *opened, const GPtrArray *maps, int *corners)
{
  wait_frames (opened);
  for (guint i = 0; i < maps->len; i++) {
    cairo_surface_t *surface = paint (maps->pdata[i]);
    const int stride = cairo_image_surface_get_stride (surface);
    const uint8_t *last = cairo_image_surface_get_data (surface) +
                          (cairo_image_surface_get_height (surface) - 2) * stride +
                          4 * (cairo_image_surface_get_width (surface) - 2);
    corners[i] = last[0] + last[1] + last[2];
    cairo_surface_destroy (surface);
  }
}

/* Every panel says its value there, on a dark tag in the corner that is farthest away, unless its cells do already. */
static void
test_value_in_every_panel (void)
{
  Opened opened = open_window (true);
  WAIT_UNTIL (find_map (&opened, "pull", 0));
  KdViewPort *port = kd_live_page_get_port (live_of (&opened));
  wait_frames (&opened);
  g_autoptr (GPtrArray) blocks = blocks_in_sight (&opened);
  g_autoptr (GPtrArray) maps = g_ptr_array_new ();
  for (guint i = 0; i < blocks->len; i++)
    collect (blocks->pdata[i], KD_TYPE_MAP_VIEW, maps);
  g_autofree int *plain = g_new (int, maps->len), *near = g_new (int, maps->len);
  g_autofree int *far = g_new (int, maps->len);
  kd_view_port_clear_hover (port);
  read_corners (&opened, maps, plain);
  kd_view_port_set_hover (port, 0.1, 0.1);
  read_corners (&opened, maps, far);
  kd_view_port_set_hover (port, 0.6, 0.6);
  read_corners (&opened, maps, near);
  guint tagged = 0;
  for (guint i = 0; i < maps->len; i++) {
    int cell_x, cell_y;
    float value;
    g_assert_true (kd_map_view_value_at (maps->pdata[i], 1, 1, &cell_x, &cell_y, &value));
    const bool printed = gtk_widget_get_width (maps->pdata[i]) >= KD_PRINTED_CELL_PX * (cell_x + 1);
    tagged += !printed;
    g_assert_cmpint (near[i], ==, plain[i]); /* the tag has made room */
    if (printed)
      g_assert_cmpint (far[i], ==, plain[i]);
    else
      g_assert_cmpint (far[i], <, plain[i]);
  }
  g_assert_cmpuint (tagged, >, 6);
  close_window (&opened);
}

static guint
count_in_sight (const Opened *opened)
{
  g_autoptr (GPtrArray) seen = blocks_in_sight (opened);
  return seen->len;
}

/* In the smallest window the wall has the probe's room, and two blocks a line, until somebody asks for the probe; asked for or hidden, it
 * stays so at every size. */
static void
test_folds_in_a_small_window (void)
{
  Opened opened = open_window (true);
  GtkWindow *window = GTK_WINDOW (opened.window);
  WAIT_UNTIL (find_map (&opened, "pull", 0));
  GtkWidget *probe = only (&opened, KD_TYPE_PROBE_PANEL);
  WAIT_UNTIL (gtk_widget_get_mapped (probe));
  gtk_window_set_default_size (window, 1024, 640);
  WAIT_UNTIL (!gtk_widget_get_mapped (probe) && count_in_sight (&opened) >= 3);
  g_assert_cmpint (gtk_widget_get_width (GTK_WIDGET (window)), <=, 1024);
  act (&opened, "probe");
  WAIT_UNTIL (gtk_widget_get_mapped (probe));
  wait_frames (&opened);
  g_assert_true (gtk_widget_get_mapped (probe));
  g_assert_cmpint (gtk_widget_get_width (GTK_WIDGET (window)), <=, 1024);
  act (&opened, "probe");
  WAIT_UNTIL (!gtk_widget_get_mapped (probe));
  gtk_window_set_default_size (window, 1280, 800);
  WAIT_UNTIL (gtk_widget_get_mapped (probe)); /* hidden where it is by itself: nothing was asked */
  act (&opened, "probe");
  WAIT_UNTIL (!gtk_widget_get_mapped (probe));
  wait_frames (&opened);
  g_assert_false (gtk_widget_get_mapped (probe));
  act (&opened, "probe");
  WAIT_UNTIL (gtk_widget_get_mapped (probe));
  close_window (&opened);
}

static guint
count_keyframes (const Opened *opened)
{
  return (guint) kd_session_keyframes (session_of (opened), NULL, 0);
}

/* A curve a pin through the keyframes, each point the cell's value there, read by hand. */
static void
test_pins_over_time (void)
{
  Opened opened = open_window (true);
  WAIT_UNTIL (find_map (&opened, "pull", 0));
  KdPinTrace *trace = KD_PIN_TRACE (only (&opened, KD_TYPE_PIN_TRACE));
  KdViewPort *port = kd_live_page_get_port (live_of (&opened));
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (trace)));
  for (int64_t step = 1; step <= 12; step++) { /* a keyframe every 5 */
    act (&opened, "step");
    WAIT_UNTIL (kd_session_status (session_of (&opened)).step == step);
  }
  WAIT_UNTIL (count_keyframes (&opened) == 3 &&
              kd_snapshot_step (kd_session_model_get_snapshot (opened.model)) == 12);
  kd_view_port_toggle_pin (port, 0.3, 0.6);
  kd_view_port_toggle_pin (port, 0.8, 0.1);
  kd_pin_trace_show_row (trace, KD_ROW_STUDENT);
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (trace)));
  int64_t steps[3];
  kd_session_keyframes (session_of (&opened), steps, 3);
  const KdPin pins[] = { { 0.3, 0.6 }, { 0.8, 0.1 } };
  for (int pin = 0; pin < 2; pin++) {
    const KdCurve *curve = kd_pin_trace_get_curve (trace, pin);
    g_assert_cmpuint (kd_curve_count (curve), ==, 4); /* and what is on screen */
    for (size_t i = 0; i < 3; i++) {
      KdSnapshot *keyframe = kd_session_keyframe (session_of (&opened), steps[i]);
      KdMap map;
      const int probe = kd_session_find_probe (session_of (&opened), 1, KD_ROW_STUDENT, 0);
      g_assert_true (kd_snapshot_map (keyframe, probe, &map));
      double sum = 0, x, y;
      for (int c = 0; c < map.channels; c++)
        sum += fabs ((double) kd_map_get (&map, c, (int) (pins[pin].y * map.height),
                                          (int) (pins[pin].x * map.width)));
      kd_curve_point (curve, i, &x, &y);
      g_assert_cmpfloat (x, ==, (double) steps[i]);
      g_assert_cmpfloat_with_epsilon (y, sum / map.channels, 1e-5 * (1 + sum));
      kd_snapshot_unref (keyframe);
    }
    double x, y;
    kd_curve_point (curve, 3, &x, &y);
    g_assert_cmpfloat (x, ==, 12);
    int cell_x, cell_y;
    float value;
    g_assert_true (kd_wall_place_value (&row_named (&opened, KD_ROW_STUDENT)->places[0],
                                        pins[pin].x, pins[pin].y, &cell_x, &cell_y, &value));
    g_assert_cmpfloat (y, ==, (double) value);
  }
  /* Time goes on, and the curves with it. */
  act (&opened, "step");
  WAIT_UNTIL (kd_session_status (session_of (&opened)).step == 13);
  double x = 0, y;
  WAIT_UNTIL ((kd_curve_point (kd_pin_trace_get_curve (trace, 0), 3, &x, &y), x == 13));
  kd_view_port_clear_pins (port);
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (trace)));
  close_window (&opened);
}

/* Whether the table says of every map's cell at @x, @y how many of its cells are larger; or what part is not. */
static void
assert_places_in_order (const Opened *opened, double x, double y, bool in_percent)
{
  const GArray *rows = kd_wall_model_get_rows (kd_live_page_get_wall (live_of (opened)));
  int n_read = 0;
  for (guint i = 0; i < rows->len; i++) {
    const KdWallRowData *row = &g_array_index (rows, KdWallRowData, i);
    for (int k = 0; row->kind != KD_PROBE_VECTOR && k < row->n_places; k++) {
      const KdWallPlace *place = &row->places[k];
      int cell_x, cell_y, larger = 0;
      float value;
      if (!kd_wall_place_value (place, x, y, &cell_x, &cell_y, &value) || !isfinite (value))
        continue;
      const int n = place->width * place->height;
      for (int cell = 0; cell < n; cell++)
        larger += place->values[cell] > value;
      g_autofree char *text = in_percent ? g_strdup_printf ("%.1f %%", 100.0 * (n - larger) / n)
                                         : g_strdup_printf ("%d/%d", larger + 1, n);
      g_assert_true (probe_says (opened, text));
      n_read++;
    }
  }
  g_assert_cmpint (n_read, >, 6);
}

static void
test_rank_and_percentile (void)
{
  const double x = 0.6, y = 0.4;
  Opened opened = open_window (true);
  WAIT_UNTIL (find_map (&opened, "pull", 0));
  g_autoptr (GPtrArray) choices = g_ptr_array_new ();
  collect (only (&opened, KD_TYPE_PROBE_PANEL), GTK_TYPE_DROP_DOWN, choices);
  g_assert_cmpuint (choices->len, >=, 1);
  GtkDropDown *reading = choices->pdata[0]; /* value, rank, percentile */
  kd_view_port_set_hover (kd_live_page_get_port (live_of (&opened)), x, y);
  gtk_drop_down_set_selected (reading, 1);
  assert_places_in_order (&opened, x, y, false);
  gtk_drop_down_set_selected (reading, 2);
  assert_places_in_order (&opened, x, y, true);
  close_window (&opened);
}

int
main (int argc, char **argv)
{
  window_test_init (&argc, &argv);
  g_test_add_func ("/ui/probe/keeps-its-width", test_keeps_its_width);
  g_test_add_func ("/ui/probe/pins-over-time", test_pins_over_time);
  g_test_add_func ("/ui/probe/value-in-every-panel", test_value_in_every_panel);
  g_test_add_func ("/ui/probe/rank-and-percentile", test_rank_and_percentile);
  g_test_add_func ("/ui/probe/folds-in-a-small-window", test_folds_in_a_small_window);
  return g_test_run ();
}
