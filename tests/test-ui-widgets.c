/* SPDX-License-Identifier: MIT */

/* The drawing widgets in a real window: what the model says after pointer and keys, and what the pixels show. */
#include "ui/bars-view.h"
#include "ui/chart-view.h"
#include "ui/color-bar.h"
#include "ui/map-view.h"

#include <adwaita.h>
#include <math.h>

#define SIDE 160

/* ---- a window, its pixels, its events ------------------------------------------------------------------------------ */

typedef struct {
  GtkWidget *window;
  KdViewPort *port;
  GtkWidget *views[2]; /* maps over the same port */
} Fixture;

static gboolean
on_late (gpointer data)
{
  g_error ("%s did not happen in time", (const char *) data);
  return G_SOURCE_REMOVE;
}

static void
wait_for_frame (GtkWidget *widget)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (widget);
  const gint64 wanted = gdk_frame_clock_get_frame_counter (clock) + 2;
  const guint late = g_timeout_add_seconds (20, on_late, (gpointer) "a frame");
  while (gdk_frame_clock_get_frame_counter (clock) < wanted) {
    gdk_frame_clock_request_phase (clock, GDK_FRAME_CLOCK_PHASE_PAINT);
    g_main_context_iteration (NULL, TRUE);
  }
  g_source_remove (late);
}

static GtkWidget *
show_in_window (GtkWidget *const *widgets, int n)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12), *window = gtk_window_new ();
  for (int i = 0; i < n; i++) {
    gtk_widget_set_halign (widgets[i], GTK_ALIGN_START);
    gtk_widget_set_valign (widgets[i], GTK_ALIGN_START);
    gtk_box_append (GTK_BOX (box), widgets[i]);
  }
  gtk_window_set_child (GTK_WINDOW (window), box);
  gtk_window_present (GTK_WINDOW (window));
  wait_for_frame (window);
  return window;
}

/* What the widget draws, without its parents. */
static cairo_surface_t *
picture_of (GtkWidget *widget)
{
  const int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width, height);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  GTK_WIDGET_GET_CLASS (widget)->snapshot (widget, snapshot);
  GskRenderNode *node = gtk_snapshot_free_to_node (snapshot);
  if (node) {
    cairo_t *cr = cairo_create (surface);
    gsk_render_node_draw (node, cr);
    cairo_destroy (cr);
    gsk_render_node_unref (node);
  }
  cairo_surface_flush (surface);
  return surface;
}

static uint32_t
pixel_at (cairo_surface_t *surface, int x, int y)
{
  const unsigned char *row =
      cairo_image_surface_get_data (surface) + y * cairo_image_surface_get_stride (surface);
  return ((const uint32_t *) (const void *) row)[x];
}

/* Of a map view: the pixel at a fraction of its picture, which is the square at the bottom. */
static uint32_t
picture_pixel (GtkWidget *view, double x, double y)
{
  cairo_surface_t *surface = picture_of (view);
  const int left = (gtk_widget_get_width (view) - SIDE) / 2;
  const int top = gtk_widget_get_height (view) - SIDE;
  const uint32_t pixel = pixel_at (surface, left + (int) (x * SIDE), top + (int) (y * SIDE));
  cairo_surface_destroy (surface);
  return pixel;
}

static int
count_pixels (GtkWidget *widget, uint32_t color)
{
  cairo_surface_t *surface = picture_of (widget);
  int n = 0;
  for (int y = 0; y < cairo_image_surface_get_height (surface); y++)
    for (int x = 0; x < cairo_image_surface_get_width (surface); x++)
      n += pixel_at (surface, x, y) == color;
  cairo_surface_destroy (surface);
  return n;
}

static bool
same_picture (cairo_surface_t *a, cairo_surface_t *b)
{
  const int width = cairo_image_surface_get_width (a), height = cairo_image_surface_get_height (a);
  if (width != cairo_image_surface_get_width (b) || height != cairo_image_surface_get_height (b))
    return false;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      if (pixel_at (a, x, y) != pixel_at (b, x, y))
        return false;
  return true;
}

static GtkEventController *
controller_of (GtkWidget *widget, GType type)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);
  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++) {
    g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);
    if (g_type_is_a (G_OBJECT_TYPE (controller), type))
      return controller; /* the widget keeps it */
  }
  g_error ("%s has no %s", G_OBJECT_TYPE_NAME (widget), g_type_name (type));
}

static void
point_at (GtkWidget *widget, double x, double y)
{
  g_signal_emit_by_name (controller_of (widget, GTK_TYPE_EVENT_CONTROLLER_MOTION), "motion", x, y);
}

static bool
press (GtkWidget *widget, guint key)
{
  gboolean handled = FALSE;
  g_signal_emit_by_name (controller_of (widget, GTK_TYPE_EVENT_CONTROLLER_KEY), "key-pressed", key,
                         0u, (GdkModifierType) 0, &handled);
  return handled;
}

/* ---- maps ---------------------------------------------------------------------------------------------------------- */

static const KdScale unit_scale = { .low = 0, .high = 1 };

/* Cell (x,y) of an n x n map has a value of its own. */
static void
show_ramp (GtkWidget *view, int n)
{
  g_autofree float *values = g_new (float, n *n);
  for (int i = 0; i < n * n; i++)
    values[i] = ((float) i + 0.5f) / (float) (n * n);
  kd_map_view_set_map (KD_MAP_VIEW (view), values, n, n, &unit_scale, KD_COLORMAP_VIRIDIS);
}

static uint32_t
ramp_color (int n, int x, int y)
{
  const double value = (y * n + x + 0.5) / (n * n);
  return kd_colormap_table (KD_COLORMAP_VIRIDIS)[MIN ((int) (value * 256), 255)];
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void) data;
  fixture->port = kd_view_port_new ();
  for (int i = 0; i < 2; i++) {
    fixture->views[i] = kd_map_view_new (fixture->port);
    kd_map_view_set_side (KD_MAP_VIEW (fixture->views[i]), SIDE);
    kd_map_view_set_title (KD_MAP_VIEW (fixture->views[i]), "P3", "Attention, teacher");
  }
  show_ramp (fixture->views[0], 16);
  show_ramp (fixture->views[1], 8);
  fixture->window = show_in_window (fixture->views, 2);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void) data;
  gtk_window_destroy (GTK_WINDOW (fixture->window));
  g_clear_object (&fixture->port);
}

static void
cells_have_their_colours (Fixture *fixture, gconstpointer data)
{
  (void) data;
  for (int y = 0; y < 8; y++)
    for (int x = 0; x < 8; x++)
      g_assert_cmphex (picture_pixel (fixture->views[1], (x + 0.5) / 8, (y + 0.5) / 8), ==,
                       ramp_color (8, x, y));
  kd_map_view_set_map (KD_MAP_VIEW (fixture->views[1]), NULL, 0, 0, &unit_scale, KD_COLORMAP_GREY);
  float value;
  int x, y;
  g_assert_cmphex (picture_pixel (fixture->views[1], 0.1, 0.1), !=, ramp_color (8, 0, 0));
  g_assert_false (kd_map_view_value_at (KD_MAP_VIEW (fixture->views[1]), 0.5, 0.5, &x, &y, &value));
}

static void
values_by_place (Fixture *fixture, gconstpointer data)
{
  (void) data;
  KdMapView *view = KD_MAP_VIEW (fixture->views[1]);
  float value;
  int x, y;
  g_assert_true (kd_map_view_value_at (view, 0.99, 0.3, &x, &y, &value));
  g_assert_cmpint (x, ==, 7);
  g_assert_cmpint (y, ==, 2);
  g_assert_cmpfloat ((double) value, ==, (2 * 8 + 7 + 0.5) / 64);
  g_assert_true (kd_map_view_value_at (view, 1, 1, &x, &y, &value));
  g_assert_true (x == 7 && y == 7);
  g_assert_false (kd_map_view_value_at (view, 1.01, 0.5, &x, &y, &value));
}

/* Zoomed by 4 about the centre of a quarter, both levels show the cells that lie there. */
static void
zoom_is_shared (Fixture *fixture, gconstpointer data)
{
  (void) data;
  kd_view_port_zoom_at (fixture->port, 4, 0.75, 0.25);
  g_assert_cmpfloat (kd_view_port_get_zoom (fixture->port), ==, 4);
  for (int i = 0; i < 2; i++) {
    const int n = i == 0 ? 16 : 8;
    for (double shown_x = 0.07; shown_x < 1; shown_x += 0.125)
      for (double shown_y = 0.07; shown_y < 1; shown_y += 0.125) {
        /* (0.75, 0.25) stays where it was: at 3/4 and 1/4 of the picture. */
        const double x = 0.75 + (shown_x - 0.75) / 4, y = 0.25 + (shown_y - 0.25) / 4;
        const uint32_t pixel = picture_pixel (fixture->views[i], shown_x, shown_y);
        g_assert_cmphex (pixel, ==, ramp_color (n, (int) (x * n), (int) (y * n)));
      }
  }
  kd_view_port_reset (fixture->port);
  g_assert_cmphex (picture_pixel (fixture->views[0], 0.01, 0.01), ==, ramp_color (16, 0, 0));
}

static void
dragging_moves_all_views (Fixture *fixture, gconstpointer data)
{
  (void) data;
  double x, y;
  kd_view_port_zoom_at (fixture->port, 2, 0.5, 0.5);
  GtkEventController *drag = controller_of (fixture->views[1], GTK_TYPE_GESTURE_DRAG);
  g_signal_emit_by_name (drag, "drag-begin", 80.0, 80.0);
  g_signal_emit_by_name (drag, "drag-update", 16.0, -8.0);
  g_signal_emit_by_name (drag, "drag-update", 32.0, -16.0);
  kd_view_port_get_centre (fixture->port, &x, &y);
  g_assert_cmpfloat_with_epsilon (x, 0.5 - 32.0 / (2 * SIDE), 1e-9);
  g_assert_cmpfloat_with_epsilon (y, 0.5 + 16.0 / (2 * SIDE), 1e-9);
  g_signal_emit_by_name (drag, "drag-update", 1000.0, 0.0); /* not beyond the image's edge */
  kd_view_port_get_centre (fixture->port, &x, &y);
  g_assert_cmpfloat_with_epsilon (x, 0.25, 1e-9);
}

/* The pointer over one view marks the same image position in the other. */
static void
the_pointer_is_marked_everywhere (Fixture *fixture, gconstpointer data)
{
  (void) data;
  double x, y;
  GtkWidget *view = fixture->views[0];
  cairo_surface_t *before = picture_of (fixture->views[1]);
  g_assert_false (kd_view_port_get_hover (fixture->port, &x, &y));
  const int top = gtk_widget_get_height (view) - SIDE;
  const int left = (gtk_widget_get_width (view) - SIDE) / 2;
  point_at (view, left + 0.25 * SIDE, top + 0.75 * SIDE);
  g_assert_true (kd_view_port_get_hover (fixture->port, &x, &y));
  g_assert_cmpfloat_with_epsilon (x, 0.25, 1e-9);
  g_assert_cmpfloat_with_epsilon (y, 0.75, 1e-9);
  /* A light cross through that place, in both. */
  for (int i = 0; i < 2; i++)
    for (double along = 0.03; along < 1; along += 0.31) {
      g_assert_cmphex (picture_pixel (fixture->views[i], 0.25, along) & 0xff, >, 0xc0);
      g_assert_cmphex (picture_pixel (fixture->views[i], along, 0.75) & 0xff, >, 0xc0);
    }
  point_at (view, left + 0.25 * SIDE, top - 5); /* over the caption */
  g_assert_false (kd_view_port_get_hover (fixture->port, &x, &y));
  cairo_surface_t *after = picture_of (fixture->views[1]);
  g_assert_true (same_picture (before, after));
  cairo_surface_destroy (before);
  cairo_surface_destroy (after);
}

static void
arrows_walk_cell_by_cell (Fixture *fixture, gconstpointer data)
{
  (void) data;
  double x, y;
  kd_view_port_set_hover (fixture->port, 0.5 / 8, 0.5 / 8);
  const struct {
    guint key;
    int x, y;
  } steps[] = { { GDK_KEY_Right, 1, 0 }, { GDK_KEY_Right, 2, 0 }, { GDK_KEY_Down, 2, 1 },
                { GDK_KEY_Left, 1, 1 },  { GDK_KEY_Up, 1, 0 },    { GDK_KEY_Up, 1, 0 } };
  for (size_t i = 0; i < G_N_ELEMENTS (steps); i++) {
    g_assert_true (press (fixture->views[1], steps[i].key));
    g_assert_true (kd_view_port_get_hover (fixture->port, &x, &y));
    g_assert_cmpfloat_with_epsilon (x, (steps[i].x + 0.5) / 8, 1e-9);
    g_assert_cmpfloat_with_epsilon (y, (steps[i].y + 0.5) / 8, 1e-9);
  }
  g_assert_false (press (fixture->views[1], GDK_KEY_a));
}

/* At 20 px a cell is a flat square; at 40 px it has ink in it. */
static void
large_cells_carry_numbers (Fixture *fixture, gconstpointer data)
{
  (void) data;
  GtkWidget *view = fixture->views[1];
  const uint32_t first = ramp_color (8, 0, 0);
  g_assert_cmpint (count_pixels (view, first), ==, 20 * 20);
  kd_view_port_zoom_at (fixture->port, 2, 0, 0);
  const int large = count_pixels (view, first);
  g_assert_cmpint (large, >, 40 * 40 * 6 / 10);
  g_assert_cmpint (large, <, 40 * 40 - 30);
  kd_map_view_set_smooth (KD_MAP_VIEW (view), true); /* no cells, no numbers */
  g_assert_cmpint (count_pixels (view, first), <, 40 * 40 * 6 / 10);
}

static void
the_overlay_shows_the_photo (Fixture *fixture, gconstpointer data)
{
  (void) data;
  GtkWidget *view = fixture->views[1];
  const uint8_t rgb[] = { 255, 0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0 };
  kd_map_view_set_photo (KD_MAP_VIEW (view), rgb, (KdSize){ 2, 2 });
  g_assert_cmphex (picture_pixel (view, 0.03, 0.03), ==, ramp_color (8, 0, 0));
  kd_map_view_set_overlay (KD_MAP_VIEW (view), 0.5);
  const double red = ramp_color (8, 0, 0) >> 16 & 0xff;
  g_assert_cmpfloat_with_epsilon (picture_pixel (view, 0.03, 0.03) >> 16 & 0xff, (red + 255) / 2,
                                  2);
  kd_map_view_set_map (KD_MAP_VIEW (view), NULL, 0, 0, &unit_scale, KD_COLORMAP_GREY);
  g_assert_cmphex (picture_pixel (view, 0.5, 0.5), ==, 0xffff0000);
}

/* A wide image keeps its shape, and a box lies over the cells that it covers in it. */
static void
boxes_follow_the_image (Fixture *fixture, gconstpointer data)
{
  (void) data;
  GtkWidget *view = fixture->views[0];
  float values[8 * 16] = { 0 };
  const KdDetection box = { .box = { 32, 16, 96, 48 }, .score = 1 };
  kd_map_view_set_map (KD_MAP_VIEW (view), values, 16, 8, &unit_scale, KD_COLORMAP_GREY);
  kd_map_view_set_boxes (KD_MAP_VIEW (view), KD_BOXES_TEACHER, &box, 1, (KdSize){ 64, 128 }, false,
                         NULL);
  g_assert_cmphex (picture_pixel (view, 0.5, 0.48), ==, 0xff000000);
  g_assert_cmphex (picture_pixel (view, 0.5, 0.55), ==, 0); /* below the picture */
  const KdColor orange = kd_teacher_color ();
  const uint32_t color = 0xff000000u | (uint32_t) lround (orange.red * 255) << 16 |
                         (uint32_t) lround (orange.green * 255) << 8 |
                         (uint32_t) lround (orange.blue * 255);
  const double half = 0.5 / SIDE;
  g_assert_cmphex (picture_pixel (view, 0.25 + half, 0.25), ==, color); /* left edge */
  g_assert_cmphex (picture_pixel (view, 0.75 - half, 0.25), ==, color); /* right edge */
  g_assert_cmphex (picture_pixel (view, 0.5, 0.125 + half), ==, color); /* top edge */
  g_assert_cmphex (picture_pixel (view, 0.5, 0.375 - half), ==, color); /* bottom edge */
  g_assert_cmphex (picture_pixel (view, 0.5, 0.25), ==, 0xff000000);    /* inside */
  kd_map_view_set_boxes (KD_MAP_VIEW (view), KD_BOXES_TEACHER, NULL, 0, (KdSize){ 64, 128 }, false,
                         NULL);
  g_assert_cmpint (count_pixels (view, color), ==, 0);
}

static void
bad_cells_are_hatched (Fixture *fixture, gconstpointer data)
{
  (void) data;
  float values[4] = { 0, NAN, 1, 0.5f };
  kd_map_view_set_map (KD_MAP_VIEW (fixture->views[0]), values, 2, 2, &unit_scale,
                       KD_COLORMAP_GREY);
  g_assert_cmpint (count_pixels (fixture->views[0], 0xffff00ff), >, SIDE * SIDE / 4 / 3);
}

static void
maps_are_labelled (Fixture *fixture, gconstpointer data)
{
  (void) data;
  gtk_test_accessible_assert_role (fixture->views[0], GTK_ACCESSIBLE_ROLE_IMG);
  gtk_test_accessible_assert_property (fixture->views[0], GTK_ACCESSIBLE_PROPERTY_LABEL, "P3");
  g_assert_true (gtk_widget_get_focusable (fixture->views[0]));
}

/* ---- view port ------------------------------------------------------------------------------------------------------- */

static void
count (int *n)
{
  (*n)++;
}

static void
the_port_stays_in_the_image (void)
{
  g_autoptr (KdViewPort) port = kd_view_port_new ();
  KdRandom random = kd_random (9, 9);
  double x, y;
  for (int i = 0; i < 500; i++) {
    kd_view_port_zoom_at (port, kd_random_uniform (&random, 0.3, 3),
                          kd_random_uniform (&random, 0, 1), kd_random_uniform (&random, 0, 1));
    kd_view_port_move (port, kd_random_uniform (&random, -1, 1),
                       kd_random_uniform (&random, -1, 1));
    const double zoom = kd_view_port_get_zoom (port);
    kd_view_port_get_centre (port, &x, &y);
    g_assert_true (zoom >= 1 && zoom <= 64);
    g_assert_true (x - 0.5 / zoom >= -1e-9 && x + 0.5 / zoom <= 1 + 1e-9);
    g_assert_true (y - 0.5 / zoom >= -1e-9 && y + 0.5 / zoom <= 1 + 1e-9);
  }
}

/* The place that is zoomed at stays where it is on screen. */
static void
zooming_keeps_the_place (void)
{
  g_autoptr (KdViewPort) port = kd_view_port_new ();
  int n_changed = 0, n_hover = 0;
  double x, y;
  g_signal_connect_swapped (port, "changed", G_CALLBACK (count), &n_changed);
  g_signal_connect_swapped (port, "hover", G_CALLBACK (count), &n_hover);
  kd_view_port_zoom_at (port, 2, 0.5, 0.5);
  kd_view_port_get_centre (port, &x, &y);
  const double before = (0.55 - x) * kd_view_port_get_zoom (port);
  kd_view_port_zoom_at (port, 1.7, 0.55, 0.45);
  kd_view_port_get_centre (port, &x, &y);
  g_assert_cmpfloat_with_epsilon ((0.55 - x) * kd_view_port_get_zoom (port), before, 1e-9);
  g_assert_cmpint (n_changed, ==, 2);
  kd_view_port_set_hover (port, 1.5, 0.2);
  g_assert_true (kd_view_port_get_hover (port, &x, &y));
  g_assert_true (x == 1 && y == 0.2);
  kd_view_port_clear_hover (port);
  kd_view_port_clear_hover (port);
  g_assert_false (kd_view_port_get_hover (port, &x, &y));
  g_assert_cmpint (n_hover, ==, 2);
}

/* ---- charts ------------------------------------------------------------------------------------------------------------ */

typedef struct {
  GtkWidget *window, *chart;
  KdCurve *curve;
  double cursor;
  int n_cursors;
} ChartFixture;

static void
on_cursor (GtkWidget *chart, double x, ChartFixture *fixture)
{
  (void) chart;
  fixture->cursor = x;
  fixture->n_cursors++;
}

static void
chart_set_up (ChartFixture *fixture, gconstpointer data)
{
  (void) data;
  fixture->curve = kd_curve_new ();
  for (int step = 0; step <= 1000; step++)
    kd_curve_append (fixture->curve, step, 2 * exp (-step / 200.0) + 0.1);
  const KdChartCurve curves[] = {
    { .curve = fixture->curve, .color = { 1, 0, 0 }, .label = "fgd" }
  };
  fixture->chart = kd_chart_view_new ("Detection loss", "step", NULL);
  gtk_widget_set_size_request (fixture->chart, 400, 200);
  kd_chart_view_set_curves (KD_CHART_VIEW (fixture->chart), curves, 1);
  g_signal_connect (fixture->chart, "cursor", G_CALLBACK (on_cursor), fixture);
  fixture->window = show_in_window (&fixture->chart, 1);
}

static void
chart_tear_down (ChartFixture *fixture, gconstpointer data)
{
  (void) data;
  gtk_window_destroy (GTK_WINDOW (fixture->window));
  kd_curve_free (fixture->curve);
}

static void
a_chart_shows_its_curve (ChartFixture *fixture, gconstpointer data)
{
  (void) data;
  const int n = count_pixels (fixture->chart, 0xffff0000);
  g_assert_cmpint (n, >, 150);
  kd_chart_view_set_curves (KD_CHART_VIEW (fixture->chart), NULL, 0);
  g_assert_cmpint (count_pixels (fixture->chart, 0xffff0000), ==, 0);
}

static void
axes_change_the_picture (ChartFixture *fixture, gconstpointer data)
{
  (void) data;
  KdChartView *chart = KD_CHART_VIEW (fixture->chart);
  cairo_surface_t *pictures[4];
  pictures[0] = picture_of (fixture->chart);
  kd_chart_view_set_log_y (chart, true);
  pictures[1] = picture_of (fixture->chart);
  kd_chart_view_set_x_range (chart, 0, 2000);
  pictures[2] = picture_of (fixture->chart);
  kd_chart_view_set_log_y (chart, false);
  kd_chart_view_set_x_range (chart, 0, 0);
  pictures[3] = picture_of (fixture->chart);
  g_assert_false (same_picture (pictures[0], pictures[1]));
  g_assert_false (same_picture (pictures[1], pictures[2]));
  g_assert_true (same_picture (pictures[0], pictures[3]));
  for (int i = 0; i < 4; i++)
    cairo_surface_destroy (pictures[i]);
}

/* Moving the pointer by a part of the plot moves the crosshair by that part of the axis. */
static void
the_pointer_moves_the_crosshair (ChartFixture *fixture, gconstpointer data)
{
  (void) data;
  point_at (fixture->chart, 150, 100);
  const double first = fixture->cursor;
  point_at (fixture->chart, 250, 100);
  const double second = fixture->cursor;
  point_at (fixture->chart, 350, 100);
  g_assert_cmpint (fixture->n_cursors, ==, 3);
  g_assert_cmpfloat (first, >, 200);
  g_assert_cmpfloat (fixture->cursor, <, 1000);
  g_assert_cmpfloat_with_epsilon (second - first, fixture->cursor - second, 1e-6);
  g_assert_cmpfloat (second - first, >,
                     100 * 1000 / 400.0); /* the plot is narrower than the widget */
  g_signal_emit_by_name (controller_of (fixture->chart, GTK_TYPE_EVENT_CONTROLLER_MOTION), "leave");
  g_assert_true (isnan (fixture->cursor));
  point_at (fixture->chart, 2, 100); /* beside the plot */
  g_assert_true (isnan (fixture->cursor));
}

static void
a_shared_crosshair_does_not_echo (ChartFixture *fixture, gconstpointer data)
{
  (void) data;
  cairo_surface_t *before = picture_of (fixture->chart);
  kd_chart_view_set_cursor (KD_CHART_VIEW (fixture->chart), 500);
  cairo_surface_t *after = picture_of (fixture->chart);
  g_assert_cmpint (fixture->n_cursors, ==, 0);
  g_assert_false (same_picture (before, after));
  cairo_surface_destroy (before);
  cairo_surface_destroy (after);
}

static void
keys_walk_the_crosshair (ChartFixture *fixture, gconstpointer data)
{
  (void) data;
  g_assert_true (press (fixture->chart, GDK_KEY_Home));
  g_assert_cmpfloat (fixture->cursor, ==, 0);
  g_assert_true (press (fixture->chart, GDK_KEY_Right));
  g_assert_cmpfloat_with_epsilon (fixture->cursor, 10, 1e-9);
  g_assert_true (press (fixture->chart, GDK_KEY_End));
  g_assert_cmpfloat (fixture->cursor, ==, 1000);
  g_autofree char *readout = g_strdup_printf ("step 1000\nfgd: %.3f", 0.113); /* by locale */
  gtk_test_accessible_assert_property (fixture->chart, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                       readout);
  g_assert_true (press (fixture->chart, GDK_KEY_Escape));
  g_assert_true (isnan (fixture->cursor));
  g_assert_false (press (fixture->chart, GDK_KEY_Escape)); /* left to the window */
}

/* The brightest and the darkest of a chart's corner pixels: paper. */
static void
the_dark_style_has_dark_paper (ChartFixture *fixture, gconstpointer data)
{
  (void) data;
  AdwStyleManager *manager = adw_style_manager_get_default ();
  for (int dark = 0; dark < 2; dark++) {
    adw_style_manager_set_color_scheme (manager, dark ? ADW_COLOR_SCHEME_FORCE_DARK
                                                      : ADW_COLOR_SCHEME_FORCE_LIGHT);
    wait_for_frame (fixture->window);
    cairo_surface_t *surface = picture_of (fixture->chart);
    const uint32_t paper = pixel_at (surface, 1, 1) & 0xff;
    if (dark)
      g_assert_cmphex (paper, <, 0x40);
    else
      g_assert_cmphex (paper, >, 0xe0);
    cairo_surface_destroy (surface);
  }
  adw_style_manager_set_color_scheme (manager, ADW_COLOR_SCHEME_DEFAULT);
}

/* ---- bars and colour bar ------------------------------------------------------------------------------------------------- */

static uint32_t
opaque (KdColor color)
{
  return 0xff000000u | (uint32_t) lround (color.red * 255) << 16 |
         (uint32_t) lround (color.green * 255) << 8 | (uint32_t) lround (color.blue * 255);
}

/* Teacher's bars have the teacher's colour, and their area is the sum of the values. */
static void
bars_show_both_series (void)
{
  const float teacher[] = { 4, 2, 1, 1 }, student[] = { 2, 2, 2, 2 };
  const float *const both[] = { teacher, student }, *const one[] = { teacher, NULL };
  GtkWidget *view = kd_bars_view_new ();
  kd_bars_view_set_side (KD_BARS_VIEW (view), 200, 160);
  kd_bars_view_set_title (KD_BARS_VIEW (view), "Channel attention", NULL);
  kd_bars_view_set_values (KD_BARS_VIEW (view), both, 4, true, NAN);
  GtkWidget *window = show_in_window (&view, 1);
  const double n_teacher = count_pixels (view, opaque (kd_teacher_color ()));
  const double n_student = count_pixels (view, opaque (kd_student_color ()));
  g_assert_cmpfloat (n_teacher, >, 1000);
  g_assert_cmpfloat_with_epsilon (n_student / n_teacher, 1, 0.1); /* both sum to 8 */
  kd_bars_view_set_values (KD_BARS_VIEW (view), one, 4, true, NAN);
  g_assert_cmpint (count_pixels (view, opaque (kd_student_color ())), ==, 0);
  gtk_test_accessible_assert_role (view, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_test_accessible_assert_property (view, GTK_ACCESSIBLE_PROPERTY_LABEL, "Channel attention");
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
the_colour_bar_says_its_ends (void)
{
  GtkWidget *bar = kd_color_bar_new ();
  gtk_widget_set_size_request (bar, -1, 200);
  kd_color_bar_set (KD_COLOR_BAR (bar), &(KdScale){ .low = -0.25, .high = 0.25, .centred = true },
                    KD_COLORMAP_DIVERGING, "gap");
  GtkWidget *window = show_in_window (&bar, 1);
  const uint32_t *table = kd_colormap_table (KD_COLORMAP_DIVERGING);
  for (int i = 10; i < 246; i += 47) /* fewer pixels than colours: one of two neighbours is there */
    g_assert_cmpint (count_pixels (bar, table[i]) + count_pixels (bar, table[i + 1]), >, 0);
  gtk_test_accessible_assert_property (bar, GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       "Colour bar from -0.25 to 0.25 gap");
  gtk_window_destroy (GTK_WINDOW (window));
}

#define MAP_TEST(name, function) g_test_add (name, Fixture, NULL, set_up, function, tear_down)
#define CHART_TEST(name, function)                                                                 \
  g_test_add (name, ChartFixture, NULL, chart_set_up, function, chart_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (!gtk_init_check ()) {
    g_print ("1..0 # SKIP no display\n");
    return 77;
  }
  adw_init ();
  MAP_TEST ("/ui/map-view/cells-have-their-colours", cells_have_their_colours);
  MAP_TEST ("/ui/map-view/values-by-place", values_by_place);
  MAP_TEST ("/ui/map-view/zoom-is-shared", zoom_is_shared);
  MAP_TEST ("/ui/map-view/dragging-moves-all-views", dragging_moves_all_views);
  MAP_TEST ("/ui/map-view/pointer-is-marked-everywhere", the_pointer_is_marked_everywhere);
  MAP_TEST ("/ui/map-view/arrows-walk-cell-by-cell", arrows_walk_cell_by_cell);
  MAP_TEST ("/ui/map-view/large-cells-carry-numbers", large_cells_carry_numbers);
  MAP_TEST ("/ui/map-view/overlay-shows-the-photo", the_overlay_shows_the_photo);
  MAP_TEST ("/ui/map-view/boxes-follow-the-image", boxes_follow_the_image);
  MAP_TEST ("/ui/map-view/bad-cells-are-hatched", bad_cells_are_hatched);
  MAP_TEST ("/ui/map-view/labelled", maps_are_labelled);
  g_test_add_func ("/ui/view-port/stays-in-the-image", the_port_stays_in_the_image);
  g_test_add_func ("/ui/view-port/zooming-keeps-the-place", zooming_keeps_the_place);
  CHART_TEST ("/ui/chart-view/shows-its-curve", a_chart_shows_its_curve);
  CHART_TEST ("/ui/chart-view/axes-change-the-picture", axes_change_the_picture);
  CHART_TEST ("/ui/chart-view/pointer-moves-the-crosshair", the_pointer_moves_the_crosshair);
  CHART_TEST ("/ui/chart-view/shared-crosshair-does-not-echo", a_shared_crosshair_does_not_echo);
  CHART_TEST ("/ui/chart-view/keys-walk-the-crosshair", keys_walk_the_crosshair);
  CHART_TEST ("/ui/chart-view/dark-style-has-dark-paper", the_dark_style_has_dark_paper);
  g_test_add_func ("/ui/bars-view/shows-both-series", bars_show_both_series);
  g_test_add_func ("/ui/color-bar/says-its-ends", the_colour_bar_says_its_ends);
  return g_test_run ();
}
