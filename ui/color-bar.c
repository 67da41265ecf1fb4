/* SPDX-License-Identifier: MIT */
#include "ui/color-bar.h"

#include "engine/base/i18n.h"
#include "ui/widget-color.h"

#include <math.h>

#define HISTOGRAM_PX 12
#define HANDLE_PX 5.0
/* How near a press must be to an end to take hold of it. */
#define GRIP_PX 12.0
/* One press of an arrow moves an end by this part of the scale. */
#define ARROW_PART 0.05

typedef enum { END_NONE, END_LOW, END_HIGH } End;

struct _KdColorBar {
  GtkWidget parent_instance;
  KdScale scale;
  KdColormap colormap;
  char *unit;
  bool set;
  size_t bins[KD_COLOR_BAR_BINS];
  End held;         /* the handle that is dragged */
  KdScale held_was; /* the scale when it was taken */
};

G_DEFINE_FINAL_TYPE (KdColorBar, kd_color_bar, GTK_TYPE_WIDGET)

static guint moved_signal, reset_signal;

/* Beside the pictures, below the line of their captions. */
static KdRect
place_of (KdColorBar *bar)
{
  return (KdRect){
    .x = HISTOGRAM_PX, .y = 22, .width = 12, .height = gtk_widget_get_height (GTK_WIDGET (bar)) - 28
  };
}

static KdRect
colors_of (KdColorBar *bar)
{
  const KdRect place = place_of (bar);
  return kd_color_bar_rect (&place, bar->unit);
}

/* ---- handles --------------------------------------------------------------------------------------- */

/* The scale @from with one end put to @position 0..1 of it; signed scales stay centred, and an end never passes the other. */
static KdScale
move_end (const KdScale *from, End end, double position)
{
  KdScale scale = *from;
  const double least = 0.02; /* of the scale as it was */
  const double value =
      kd_scale_value (from, end == END_HIGH ? fmax (position, least) : fmin (position, 1 - least));
  if (scale.centred) {
    scale.high = fmax (fabs (value), least * from->high);
    scale.low = -scale.high;
  } else if (end == END_HIGH) {
    scale.high = value;
  } else {
    scale.low = value;
  }
  return scale;
}

static void
on_drag_begin (GtkGestureDrag *drag, double x, double y, gpointer data)
{
  (void) x;
  KdColorBar *bar = data;
  const KdRect colors = colors_of (bar);
  const double to_high = fabs (y - colors.y), to_low = fabs (y - colors.y - colors.height);
  bar->held = fmin (to_high, to_low) > GRIP_PX ? END_NONE : to_high < to_low ? END_HIGH : END_LOW;
  bar->held_was = bar->scale;
  if (bar->held == END_NONE)
    gtk_gesture_set_state (GTK_GESTURE (drag), GTK_EVENT_SEQUENCE_DENIED);
}

static void
on_drag_update (GtkGestureDrag *drag, double dx, double dy, gpointer data)
{
  (void) dx;
  KdColorBar *bar = data;
  double x, y;
  if (bar->held == END_NONE || !gtk_gesture_drag_get_start_point (drag, &x, &y))
    return;
  const KdRect colors = colors_of (bar);
  const double position = 1 - (y + dy - colors.y) / colors.height;
  const KdScale scale = move_end (&bar->held_was, bar->held, position);
  g_signal_emit (bar, moved_signal, 0, &scale);
}

static void
on_pressed (GtkGestureClick *click, int n_press, double x, double y, gpointer data)
{
  (void) click;
  (void) x;
  (void) y;
  if (n_press == 2)
    g_signal_emit (data, reset_signal, 0);
}

/* Up and down move the upper end, with Shift the lower one. */
static gboolean
on_key (GtkEventControllerKey *keys, guint key, guint code, GdkModifierType state, gpointer data)
{
  (void) keys;
  (void) code;
  KdColorBar *bar = data;
  const End end = state & GDK_SHIFT_MASK ? END_LOW : END_HIGH;
  const int up = key == GDK_KEY_Up ? 1 : key == GDK_KEY_Down ? -1 : 0;
  if (up == 0 || !bar->set)
    return FALSE;
  const KdScale scale = move_end (&bar->scale, end, (end == END_HIGH ? 1 : 0) + up * ARROW_PART);
  g_signal_emit (bar, moved_signal, 0, &scale);
  return TRUE;
}

/* ---- drawing ---------------------------------------------------------------------------------------- */

static void
draw_histogram (KdColorBar *bar, cairo_t *cr, const KdRect *colors, KdColor color)
{
  size_t most = 0;
  for (int i = 0; i < KD_COLOR_BAR_BINS; i++)
    most = MAX (most, bar->bins[i]);
  if (most == 0)
    return;
  const double step = colors->height / KD_COLOR_BAR_BINS;
  cairo_set_source_rgba (cr, color.red, color.green, color.blue, 0.45);
  for (int i = 0; i < KD_COLOR_BAR_BINS; i++) {
    /* The root keeps rare values visible beside the many zeros of a mask. */
    const double length = (HISTOGRAM_PX - 2) * sqrt ((double) bar->bins[i] / (double) most);
    cairo_rectangle (cr, colors->x - 1 - length, colors->y + colors->height - (i + 1) * step,
                     length, step);
  }
  cairo_fill (cr);
}

static void
draw_handles (cairo_t *cr, const KdRect *colors, KdColor color)
{
  cairo_set_source_rgb (cr, color.red, color.green, color.blue);
  for (int low = 0; low < 2; low++) {
    const double y = colors->y + (low ? colors->height : 0);
    const double out = low ? HANDLE_PX : -HANDLE_PX;
    cairo_move_to (cr, colors->x + colors->width / 2, y);
    cairo_rel_line_to (cr, -HANDLE_PX, out);
    cairo_rel_line_to (cr, 2 * HANDLE_PX, 0);
    cairo_close_path (cr);
  }
  cairo_fill (cr);
}

static void
kd_color_bar_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  KdColorBar *bar = KD_COLOR_BAR (widget);
  const int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  if (!bar->set || height < 40)
    return;
  cairo_t *cr = gtk_snapshot_append_cairo (
      snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  const KdRect place = place_of (bar), colors = colors_of (bar);
  const KdColor color = kd_widget_text_color (widget);
  draw_histogram (bar, cr, &colors, color);
  kd_color_bar_draw (cr, &place, &bar->scale, bar->colormap, bar->unit, color);
  if (gtk_widget_has_focus (widget) ||
      gtk_widget_get_state_flags (widget) & GTK_STATE_FLAG_PRELIGHT)
    draw_handles (cr, &colors, color);
  cairo_destroy (cr);
}

static void
kd_color_bar_measure (GtkWidget *widget,
                      GtkOrientation orientation,
                      int for_size,
                      int *minimum,
                      int *natural,
                      int *minimum_baseline,
                      int *natural_baseline)
{
  (void) widget;
  (void) for_size;
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? KD_COLOR_BAR_WIDTH : 80;
  *minimum_baseline = *natural_baseline = -1;
}

static void
kd_color_bar_finalize (GObject *object)
{
  g_free (KD_COLOR_BAR (object)->unit);
  G_OBJECT_CLASS (kd_color_bar_parent_class)->finalize (object);
}

static void
kd_color_bar_class_init (KdColorBarClass *class)
{
  G_OBJECT_CLASS (class)->finalize = kd_color_bar_finalize;
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  widget_class->snapshot = kd_color_bar_snapshot;
  widget_class->measure = kd_color_bar_measure;
  gtk_widget_class_set_css_name (widget_class, "colorbar");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  moved_signal = g_signal_new ("moved", KD_TYPE_COLOR_BAR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                               G_TYPE_NONE, 1, G_TYPE_POINTER);
  reset_signal = g_signal_new ("reset", KD_TYPE_COLOR_BAR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                               G_TYPE_NONE, 0);
}

static void
kd_color_bar_init (KdColorBar *bar)
{
  GtkWidget *widget = GTK_WIDGET (bar);
  gtk_widget_set_focusable (widget, TRUE);
  gtk_widget_set_tooltip_text (
      widget, _ ("Drag an end of the colours to clip the scale (arrows; Shift: the "
                 "lower end); double click: back to the shared scale"));
  GtkGesture *drag = gtk_gesture_drag_new ();
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), bar);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), bar);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));
  GtkGesture *click = gtk_gesture_click_new ();
  g_signal_connect (click, "pressed", G_CALLBACK (on_pressed), bar);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (click));
  GtkEventController *keys = gtk_event_controller_key_new ();
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), bar);
  gtk_widget_add_controller (widget, keys);
}

GtkWidget *
kd_color_bar_new (void)
{
  return g_object_new (KD_TYPE_COLOR_BAR, NULL);
}

void
kd_color_bar_set (KdColorBar *bar, const KdScale *scale, KdColormap colormap, const char *unit)
{
  g_return_if_fail (KD_IS_COLOR_BAR (bar));
  bar->scale = *scale;
  bar->colormap = colormap;
  bar->set = true;
  if (g_strcmp0 (bar->unit, unit) != 0) {
    g_free (bar->unit);
    bar->unit = g_strdup (unit);
  }
  char low[32], high[32];
  kd_number_format (scale->low, low, sizeof low);
  kd_number_format (scale->high, high, sizeof high);
  g_autofree char *range =
      g_strdup_printf (_ ("Colour bar from %s to %s %s"), low, high, unit ? unit : "");
  gtk_accessible_update_property (GTK_ACCESSIBLE (bar), GTK_ACCESSIBLE_PROPERTY_LABEL, range, -1);
  gtk_widget_queue_draw (GTK_WIDGET (bar));
}

void
kd_color_bar_set_histogram (KdColorBar *bar, const size_t bins[KD_COLOR_BAR_BINS])
{
  g_return_if_fail (KD_IS_COLOR_BAR (bar));
  for (int i = 0; i < KD_COLOR_BAR_BINS; i++)
    bar->bins[i] = bins[i];
  gtk_widget_queue_draw (GTK_WIDGET (bar));
}
