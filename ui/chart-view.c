/* SPDX-License-Identifier: MIT */
#include "ui/chart-view.h"

#include "engine/base/i18n.h"
#include "ui/widget-color.h"

#include <math.h>

struct _KdChartView {
  GtkWidget parent_instance;
  char *title, *x_label, *y_label;
  const char *empty;
  GArray *curves; /* KdChartCurve; what they point to is borrowed */
  bool log_x, log_y, titled_above;
  double y_low, y_high, x_low, x_high, cursor, mark;
  double pointer;             /* widget px */
  double drag_low, drag_high; /* the range when a drag began */
  guint turn;                 /* tick that waits for a frame of its own, 0: none */
  /* Curves are drawn into pixels of the screen's own density: render nodes would make paths of them. */
  cairo_surface_t *pixels;
  int pixels_width, pixels_height, pixels_scale;
};

G_DEFINE_FINAL_TYPE (KdChartView, kd_chart_view, GTK_TYPE_WIDGET)

static guint cursor_signal, zoomed_signal;

#define PADDING 6
#define SMALLEST 40
#define KEY_STEP 0.01 /* of the axis, by arrow key */
#define WHEEL_FACTOR 1.25
/* Fewest steps that a zoom shows. */
#define CLOSEST 5

/* Grid lines: a tenth of the text's strength. */
static double
mix (double text, double paper)
{
  return 0.1 * text + 0.9 * paper;
}

static KdChart
describe (KdChartView *view)
{
  const KdColor text = kd_widget_text_color (GTK_WIDGET (view));
  const double paper =
      text.red + text.green + text.blue > 1.5 ? 0.12 : 1; /* light text: dark paper */
  return (
      KdChart){ .curves = (const KdChartCurve *) (void *) view->curves->data,
                .n_curves = (int) view->curves->len,
                .title = view->titled_above ? NULL : kd_translated (view->title),
                .x_label = kd_translated (view->x_label),
                .y_label = kd_translated (view->y_label),
                .empty = kd_translated (view->empty),
                .log_x = view->log_x,
                .log_y = view->log_y,
                .x_min = view->x_low,
                .x_max = view->x_high,
                .y_min = view->y_low,
                .y_max = view->y_high,
                .cursor_x = isnan (view->cursor) ? view->mark : view->cursor,
                .cursor_mark = isnan (view->cursor),
                .text = text,
                .grid = { mix (text.red, paper), mix (text.green, paper), mix (text.blue, paper) },
                .background = { paper, paper, paper },
                .legend = view->curves->len > 1 };
}

static KdRect
inside (KdChartView *view)
{
  return (KdRect){ PADDING, PADDING, gtk_widget_get_width (GTK_WIDGET (view)) - 2 * PADDING,
                   gtk_widget_get_height (GTK_WIDGET (view)) - 2 * PADDING };
}

static void
prepare_pixels (KdChartView *view, int width, int height, int scale)
{
  if (view->pixels && view->pixels_width == width && view->pixels_height == height &&
      view->pixels_scale == scale)
    return;
  g_clear_pointer (&view->pixels, cairo_surface_destroy);
  view->pixels = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width * scale, height * scale);
  cairo_surface_set_device_scale (view->pixels, scale, scale);
  view->pixels_width = width;
  view->pixels_height = height;
  view->pixels_scale = scale;
}

static void
kd_chart_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  KdChartView *view = KD_CHART_VIEW (widget);
  const int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  const KdRect rect = inside (view);
  if (rect.width < SMALLEST || rect.height < SMALLEST)
    return;
  prepare_pixels (view, width, height, gtk_widget_get_scale_factor (widget));
  const KdChart chart = describe (view);
  cairo_t *cr = cairo_create (view->pixels);
  cairo_set_source_rgb (cr, chart.background.red, chart.background.green, chart.background.blue);
  cairo_paint (cr);
  kd_chart_draw (cr, &rect, &chart);
  cairo_destroy (cr);

  cr = gtk_snapshot_append_cairo (snapshot,
                                  &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  cairo_set_source_surface (cr, view->pixels, 0, 0);
  cairo_paint (cr);
  cairo_destroy (cr);
}

/* The values of all curves at the cursor, for those who cannot see the card that the chart draws. */
static char *
readout (KdChartView *view)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < view->curves->len; i++) {
    const KdChartCurve *curve = &g_array_index (view->curves, KdChartCurve, i);
    double x, y;
    if (!kd_curve_at (curve->curve, view->cursor, &x, &y))
      continue;
    char number[32];
    kd_number_format (y, number, sizeof number);
    if (text->len == 0)
      g_string_append_printf (text, "%s %.0f", kd_translated (view->x_label), view->cursor);
    g_string_append_printf (text, "\n%s: %s", curve->label, number);
  }
  return g_string_free (text, FALSE);
}

static void
move_cursor (KdChartView *view, double x)
{
  kd_chart_view_set_cursor (view, x);
  g_autofree char *text = isnan (x) ? NULL : readout (view);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  text ? text : "", -1);
  g_signal_emit (view, cursor_signal, 0, x);
}

/* The plot's inside and its ends on the x axis. */
static void
find_plot (KdChartView *view, KdRect *plot, double *low, double *high)
{
  const KdRect rect = inside (view);
  const KdChart chart = describe (view);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_A8, 1, 1);
  cairo_t *cr = cairo_create (surface); /* text is measured, nothing drawn */
  kd_chart_plot_rect (cr, &rect, &chart, plot, low, high);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
}

/* What the axis shows at widget pixel @px. */
static double
px_to_x (KdChartView *view, double px, double *low, double *high)
{
  KdRect plot;
  find_plot (view, &plot, low, high);
  const double part = (px - plot.x) / plot.width;
  if (part < 0 || part > 1)
    return NAN;
  return view->log_x ? *low * pow (*high / *low, part) : *low + part * (*high - *low);
}

static void
on_motion (GtkEventControllerMotion *motion, double px, double py, gpointer data)
{
  (void) motion;
  (void) py;
  double low, high;
  KD_CHART_VIEW (data)->pointer = px;
  move_cursor (data, px_to_x (data, px, &low, &high));
}

static void
zoom_at (KdChartView *view, double x, double low, double high, double factor)
{
  const double from = fmax (0, x - (x - low) * factor), to = x + (high - x) * factor;
  if (to - from >= CLOSEST)
    g_signal_emit (view, zoomed_signal, 0, from, to);
}

static gboolean
on_scroll (GtkEventControllerScroll *scroll, double dx, double dy, gpointer data)
{
  (void) dx;
  KdChartView *view = data;
  double low, high;
  const double x = px_to_x (view, view->pointer, &low, &high);
  if (!(gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (scroll)) &
        GDK_CONTROL_MASK) ||
      isnan (x))
    return FALSE;
  zoom_at (view, x, low, high, pow (WHEEL_FACTOR, dy));
  return TRUE;
}

static void
on_drag_begin (GtkGestureDrag *drag, double x, double y, gpointer data)
{
  (void) drag;
  (void) x;
  (void) y;
  KdChartView *view = data;
  KdRect plot;
  find_plot (view, &plot, &view->drag_low, &view->drag_high);
}

static void
on_drag_update (GtkGestureDrag *drag, double dx, double dy, gpointer data)
{
  (void) drag;
  (void) dy;
  KdChartView *view = data;
  KdRect plot;
  double low, high;
  find_plot (view, &plot, &low, &high);
  const double moved = -dx / plot.width * (view->drag_high - view->drag_low);
  if (view->drag_low + moved >= 0 && fabs (dx) > 3)
    g_signal_emit (view, zoomed_signal, 0, view->drag_low + moved, view->drag_high + moved);
}

static void
on_pressed (GtkGestureClick *click, int n_press, double x, double y, gpointer data)
{
  (void) click;
  (void) x;
  (void) y;
  if (n_press == 2)
    g_signal_emit (data, zoomed_signal, 0, 0.0, 0.0);
}

/* Walks the crosshair; beyond the ends of a zoomed chart what is shown goes with it. */
static void
walk (KdChartView *view, double step, double low, double high)
{
  const bool zoomed = view->x_high > view->x_low;
  const double to = fmax ((isnan (view->cursor) ? high : view->cursor) + step, 0);
  const double beyond = to > high ? to - high : to < low ? to - low : 0;
  if (zoomed && beyond != 0)
    g_signal_emit (view, zoomed_signal, 0, low + beyond, high + beyond);
  find_plot (view, &(KdRect){ 0 }, &low, &high);
  move_cursor (view, CLAMP (to, low, high));
}

/* Plus and minus zoom at the crosshair, Backspace shows all. */
static bool
change_range (KdChartView *view, guint key, double low, double high)
{
  const double at = isnan (view->cursor) ? (low + high) / 2 : CLAMP (view->cursor, low, high);
  switch (key) {
  case GDK_KEY_plus:
  case GDK_KEY_equal:
  case GDK_KEY_KP_Add:
    zoom_at (view, at, low, high, 1 / WHEEL_FACTOR);
    return true;
  case GDK_KEY_minus:
  case GDK_KEY_KP_Subtract:
    zoom_at (view, at, low, high, WHEEL_FACTOR);
    return true;
  case GDK_KEY_BackSpace:
    g_signal_emit (view, zoomed_signal, 0, 0.0, 0.0);
    return true;
  default:
    return false;
  }
}

/* Arrows walk the crosshair, Home and End take it to the ends, Escape hides it. */
static gboolean
on_key (GtkEventControllerKey *keys, guint key, guint code, GdkModifierType state, gpointer data)
{
  (void) keys;
  (void) code;
  KdChartView *view = data;
  KdRect plot;
  double low, high;
  if (state & (GDK_CONTROL_MASK | GDK_ALT_MASK))
    return FALSE;
  find_plot (view, &plot, &low, &high);
  const double step = KEY_STEP * (high - low) * (state & GDK_SHIFT_MASK ? 10 : 1);
  switch (key) {
  case GDK_KEY_Left:
    walk (view, -step, low, high);
    return TRUE;
  case GDK_KEY_Right:
    walk (view, step, low, high);
    return TRUE;
  case GDK_KEY_Home:
    move_cursor (view, low);
    return TRUE;
  case GDK_KEY_End:
    move_cursor (view, high);
    return TRUE;
  case GDK_KEY_Escape:
    if (isnan (view->cursor))
      return FALSE;
    move_cursor (view, NAN);
    return TRUE;
  default:
    return change_range (view, key, low, high);
  }
}

static void
on_leave (GtkEventControllerMotion *motion, gpointer data)
{
  (void) motion;
  move_cursor (data, NAN);
}

static void
kd_chart_view_finalize (GObject *object)
{
  KdChartView *view = KD_CHART_VIEW (object);
  g_array_unref (view->curves);
  g_clear_pointer (&view->pixels, cairo_surface_destroy);
  g_free (view->title);
  g_free (view->x_label);
  g_free (view->y_label);
  G_OBJECT_CLASS (kd_chart_view_parent_class)->finalize (object);
}

static void
kd_chart_view_class_init (KdChartViewClass *class)
{
  G_OBJECT_CLASS (class)->finalize = kd_chart_view_finalize;
  GTK_WIDGET_CLASS (class)->snapshot = kd_chart_view_snapshot;
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (class), "chartview");
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (class), GTK_ACCESSIBLE_ROLE_IMG);
  cursor_signal = g_signal_new ("cursor", KD_TYPE_CHART_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 1, G_TYPE_DOUBLE);
  zoomed_signal = g_signal_new ("zoomed", KD_TYPE_CHART_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 2, G_TYPE_DOUBLE, G_TYPE_DOUBLE);
}

static void
kd_chart_view_init (KdChartView *view)
{
  view->curves = g_array_new (FALSE, TRUE, sizeof (KdChartCurve));
  view->cursor = view->mark = NAN;
  GtkEventController *motion = gtk_event_controller_motion_new ();
  g_signal_connect (motion, "motion", G_CALLBACK (on_motion), view);
  g_signal_connect (motion, "leave", G_CALLBACK (on_leave), view);
  gtk_widget_add_controller (GTK_WIDGET (view), motion);
  GtkEventController *scroll =
      gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);
  g_signal_connect (scroll, "scroll", G_CALLBACK (on_scroll), view);
  gtk_widget_add_controller (GTK_WIDGET (view), scroll);
  GtkGesture *drag = gtk_gesture_drag_new ();
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), view);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), view);
  gtk_widget_add_controller (GTK_WIDGET (view), GTK_EVENT_CONTROLLER (drag));
  GtkGesture *click = gtk_gesture_click_new ();
  g_signal_connect (click, "pressed", G_CALLBACK (on_pressed), view);
  gtk_widget_add_controller (GTK_WIDGET (view), GTK_EVENT_CONTROLLER (click));
  GtkEventController *keys = gtk_event_controller_key_new ();
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), view);
  gtk_widget_add_controller (GTK_WIDGET (view), keys);
  gtk_widget_set_focusable (GTK_WIDGET (view), TRUE);
}

GtkWidget *
kd_chart_view_new (const char *title, const char *x_label, const char *y_label)
{
  KdChartView *view = g_object_new (KD_TYPE_CHART_VIEW, NULL);
  view->title = g_strdup (title);
  view->x_label = g_strdup (x_label);
  view->y_label = g_strdup (y_label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  kd_translated (title), -1);
  return GTK_WIDGET (view);
}

void
kd_chart_view_set_curves (KdChartView *view, const KdChartCurve *curves, int n_curves)
{
  g_return_if_fail (KD_IS_CHART_VIEW (view));
  g_array_set_size (view->curves, 0);
  if (n_curves)
    g_array_append_vals (view->curves, curves, (guint) n_curves);
  gtk_widget_queue_draw (GTK_WIDGET (view));
}

static gboolean
paint_in_turn (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  (void) data;
  static gint64 taken = -1; /* the last frame in which a chart began */
  const gint64 frame = gdk_frame_clock_get_frame_counter (clock);
  if (frame == taken)
    return G_SOURCE_CONTINUE;
  taken = frame;
  KD_CHART_VIEW (widget)->turn = 0;
  gtk_widget_queue_draw (widget);
  return G_SOURCE_REMOVE;
}

/* What comes while training runs comes to all charts at once; painting them in one frame would take a good part of it. */
static void
wait_for_turn (KdChartView *view)
{
  if (!gtk_widget_get_mapped (GTK_WIDGET (view)))
    gtk_widget_queue_draw (GTK_WIDGET (view));
  else if (!view->turn)
    view->turn = gtk_widget_add_tick_callback (GTK_WIDGET (view), paint_in_turn, NULL, NULL);
}

void
kd_chart_view_refresh (KdChartView *view)
{
  g_return_if_fail (KD_IS_CHART_VIEW (view));
  wait_for_turn (view);
}

void
kd_chart_view_set_titles (KdChartView *view, const char *title, const char *y_label)
{
  g_return_if_fail (KD_IS_CHART_VIEW (view));
  g_free (view->title);
  g_free (view->y_label);
  view->title = g_strdup (title);
  view->y_label = g_strdup (y_label);
  view->titled_above = true;
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  kd_translated (title), -1);
  gtk_widget_queue_draw (GTK_WIDGET (view));
}

void
kd_chart_view_set_empty (KdChartView *view, const char *words)
{
  g_return_if_fail (KD_IS_CHART_VIEW (view));
  view->empty = words;
  gtk_widget_queue_draw (GTK_WIDGET (view));
}

void
kd_chart_view_set_log_x (KdChartView *view, bool log_x)
{
  g_return_if_fail (KD_IS_CHART_VIEW (view));
  view->log_x = log_x;
  gtk_widget_queue_draw (GTK_WIDGET (view));
}

void
kd_chart_view_set_log_y (KdChartView *view, bool log_y)
{
  g_return_if_fail (KD_IS_CHART_VIEW (view));
  view->log_y = log_y;
  gtk_widget_queue_draw (GTK_WIDGET (view));
}

void
kd_chart_view_set_y_range (KdChartView *view, double low, double high)
{
  g_return_if_fail (KD_IS_CHART_VIEW (view));
  if (view->y_low == low && view->y_high == high)
    return;
  view->y_low = low;
  view->y_high = high;
  wait_for_turn (view);
}

void
kd_chart_view_set_x_range (KdChartView *view, double low, double high)
{
  g_return_if_fail (KD_IS_CHART_VIEW (view));
  if (view->x_low == low && view->x_high == high)
    return;
  view->x_low = low;
  view->x_high = high;
  wait_for_turn (view);
}

void
kd_chart_view_set_cursor (KdChartView *view, double x)
{
  g_return_if_fail (KD_IS_CHART_VIEW (view));
  if (view->cursor == x || (isnan (view->cursor) && isnan (x)))
    return;
  view->cursor = x;
  gtk_widget_queue_draw (GTK_WIDGET (view));
}

void
kd_chart_view_set_mark (KdChartView *view, double x)
{
  g_return_if_fail (KD_IS_CHART_VIEW (view));
  if (view->mark == x || (isnan (view->mark) && isnan (x)))
    return;
  view->mark = x;
  gtk_widget_queue_draw (GTK_WIDGET (view));
}

KdChart
kd_chart_view_get_chart (KdChartView *view)
{
  KdChart chart = describe (view);
  chart.title = kd_translated (view->title);
  return chart;
}
