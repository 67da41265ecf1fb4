/* SPDX-License-Identifier: MIT */
#include "ui/wipe-view.h"

#include "engine/base/i18n.h"

#define LINE_PX 2
#define HANDLE_PX 5
#define ARROW_STEP 0.02
#define LARGE_STEP 0.1
#define LABEL_PAD 4

struct _KdWipeView {
  GtkWidget parent_instance;
  KdHeatmap *maps[2];
  bool has[2];
  char *names[2];
  GArray *boxes; /* KdDetection */
  KdSize image;
  int side;
  bool smooth, flickers;
  double position;
};

G_DEFINE_FINAL_TYPE (KdWipeView, kd_wipe_view, GTK_TYPE_WIDGET)

static guint moved_signal;

static void
draw_boxes (KdWipeView *view, cairo_t *cr)
{
  const KdBoxStyle style = { .color = kd_truth_color (), .line_width = 2 };
  if (view->boxes->len && view->image.width > 0)
    kd_boxes_draw (cr, (const KdDetection *) (void *) view->boxes->data, (int) view->boxes->len, 0,
                   0, (double) view->side / view->image.width, &style);
}

static void
draw_half (KdWipeView *view, cairo_t *cr, int which, double from, double to)
{
  const KdRect whole = { 0, 0, view->side, view->side };
  if (to <= from)
    return;
  cairo_save (cr);
  cairo_rectangle (cr, from, 0, to - from, view->side);
  cairo_clip (cr);
  if (view->has[which]) {
    kd_heatmap_draw (view->maps[which], cr, &whole, view->smooth, 1);
    draw_boxes (view, cr);
  } else {
    cairo_set_source_rgba (cr, 0.5, 0.5, 0.5, 0.2);
    cairo_paint (cr);
  }
  cairo_restore (cr);
}

/* White on a dark strip: readable over any colour. Cut where the other's begins. */
static void
draw_name (KdWipeView *view, cairo_t *cr, int which)
{
  if (!view->names[which])
    return;
  g_autofree char *text = view->has[which]
                              ? g_strdup (view->names[which])
                              : g_strdup_printf (_ ("%s: no such map"), view->names[which]);
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (view), text);
  const int most = (view->flickers ? view->side : view->side / 2) - 2 * LABEL_PAD;
  int width, height;
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_START);
  pango_layout_set_width (layout, most * PANGO_SCALE);
  pango_layout_get_pixel_size (layout, &width, &height);
  const double x = which == 0 || view->flickers ? 0 : view->side - width - 2 * LABEL_PAD;
  cairo_set_source_rgba (cr, 0, 0, 0, 0.65);
  cairo_rectangle (cr, x, 0, width + 2 * LABEL_PAD, height + 2);
  cairo_fill (cr);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_move_to (cr, x + LABEL_PAD, 1);
  pango_cairo_show_layout (cr, layout);
}

static void
draw_line (KdWipeView *view, cairo_t *cr)
{
  const double line =
      CLAMP (view->position * view->side, LINE_PX / 2.0, view->side - LINE_PX / 2.0);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_rectangle (cr, line - LINE_PX / 2.0, 0, LINE_PX, view->side);
  cairo_fill (cr);
  /* A handle, to be seen and grasped; dark rims on any colour. */
  cairo_arc (cr, line, view->side / 2.0, HANDLE_PX, 0, 2 * G_PI);
  cairo_fill_preserve (cr);
  cairo_set_source_rgba (cr, 0, 0, 0, 0.65);
  cairo_set_line_width (cr, 1.5);
  cairo_stroke (cr);
}

static void
kd_wipe_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  KdWipeView *view = KD_WIPE_VIEW (widget);
  cairo_t *cr = gtk_snapshot_append_cairo (
      snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) view->side, (float) view->side));
  const double line = view->position * view->side;
  draw_half (view, cr, 0, 0, line);
  draw_half (view, cr, 1, line, view->side);
  if (!view->flickers)
    draw_line (view, cr);
  if (view->position > (view->flickers ? 0.5 : 0))
    draw_name (view, cr, 0);
  if (view->flickers ? view->position <= 0.5 : view->position < 1)
    draw_name (view, cr, 1);
  if (gtk_widget_has_focus (widget))
    gtk_render_focus (gtk_widget_get_style_context (widget), cr, 1, 1, view->side - 2,
                      view->side - 2);
  cairo_destroy (cr);
}

static void
kd_wipe_view_measure (GtkWidget *widget,
                      GtkOrientation orientation,
                      int for_size,
                      int *minimum,
                      int *natural,
                      int *minimum_baseline,
                      int *natural_baseline)
{
  (void) orientation;
  (void) for_size;
  *minimum = *natural = KD_WIPE_VIEW (widget)->side;
  *minimum_baseline = *natural_baseline = -1;
}

static const char *
name_of (const KdWipeView *view, int which)
{
  return view->names[which] ? view->names[which] : "";
}

static void
describe (KdWipeView *view)
{
  const int shown = view->position > 0.5 ? 0 : 1;
  g_autofree char *label = view->flickers
                               ? g_strdup_printf (_ ("%s, flickers with %s"), name_of (view, shown),
                                                  name_of (view, 1 - shown))
                               : g_strdup_printf (_ ("%s left, %s right of the line"),
                                                  name_of (view, 0), name_of (view, 1));
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, view->position,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, 0.0,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, 1.0, -1);
}

static void
ask_for (KdWipeView *view, double position)
{
  g_signal_emit (view, moved_signal, 0, CLAMP (position, 0, 1));
}

static void
on_drag_begin (GtkGestureDrag *drag, double x, double y, gpointer data)
{
  (void) drag;
  (void) y;
  KdWipeView *view = data;
  gtk_widget_grab_focus (data);
  ask_for (view, view->flickers ? view->position <= 0.5 : x / view->side);
}

static void
on_drag_update (GtkGestureDrag *drag, double dx, double dy, gpointer data)
{
  (void) dy;
  KdWipeView *view = data;
  double x, y;
  if (!view->flickers && gtk_gesture_drag_get_start_point (drag, &x, &y))
    ask_for (view, (x + dx) / view->side);
}

static gboolean
on_key (GtkEventControllerKey *keys, guint key, guint code, GdkModifierType state, gpointer data)
{
  (void) keys;
  (void) code;
  KdWipeView *view = data;
  const double step = state & GDK_SHIFT_MASK ? LARGE_STEP : ARROW_STEP;
  if (state & (GDK_CONTROL_MASK | GDK_ALT_MASK))
    return FALSE;
  switch (key) {
  case GDK_KEY_Left: /* the line goes there; of a flicker the run comes that is named there */
    ask_for (view, view->flickers ? 1 : view->position - step);
    return TRUE;
  case GDK_KEY_Right:
    ask_for (view, view->flickers ? 0 : view->position + step);
    return TRUE;
  case GDK_KEY_Home:
    ask_for (view, view->flickers ? 1 : 0);
    return TRUE;
  case GDK_KEY_End:
    ask_for (view, view->flickers ? 0 : 1);
    return TRUE;
  default:
    return FALSE;
  }
}

static void
kd_wipe_view_finalize (GObject *object)
{
  KdWipeView *view = KD_WIPE_VIEW (object);
  for (int i = 0; i < 2; i++) {
    kd_heatmap_free (view->maps[i]);
    g_free (view->names[i]);
  }
  g_array_unref (view->boxes);
  G_OBJECT_CLASS (kd_wipe_view_parent_class)->finalize (object);
}

static void
kd_wipe_view_class_init (KdWipeViewClass *class)
{
  G_OBJECT_CLASS (class)->finalize = kd_wipe_view_finalize;
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  widget_class->snapshot = kd_wipe_view_snapshot;
  widget_class->measure = kd_wipe_view_measure;
  gtk_widget_class_set_css_name (widget_class, "wipeview");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_SLIDER);
  moved_signal = g_signal_new ("moved", KD_TYPE_WIPE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                               G_TYPE_NONE, 1, G_TYPE_DOUBLE);
}

static void
kd_wipe_view_init (KdWipeView *view)
{
  GtkWidget *widget = GTK_WIDGET (view);
  view->side = 200;
  view->boxes = g_array_new (FALSE, FALSE, sizeof (KdDetection));
  view->position = 0.5;
  for (int i = 0; i < 2; i++)
    view->maps[i] = kd_heatmap_new ();
  gtk_widget_set_focusable (widget, TRUE);
  gtk_widget_set_halign (widget, GTK_ALIGN_START);
  GtkGesture *drag = gtk_gesture_drag_new ();
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), view);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), view);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));
  GtkEventController *keys = gtk_event_controller_key_new ();
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), view);
  gtk_widget_add_controller (widget, keys);
}

GtkWidget *
kd_wipe_view_new (bool flickers)
{
  KdWipeView *view = g_object_new (KD_TYPE_WIPE_VIEW, NULL);
  view->flickers = flickers;
  gtk_widget_set_tooltip_text (
      GTK_WIDGET (view), flickers ? _ ("Click (Left, Right) for the other run; hold \\ to see it")
                                  : _ ("Drag the line (Left, Right); hold \\ to flicker"));
  return GTK_WIDGET (view);
}

void
kd_wipe_view_set_map (KdWipeView *view,
                      int which,
                      const char *name,
                      const float *values,
                      int width,
                      int height,
                      const KdScale *scale,
                      KdColormap colormap)
{
  g_return_if_fail (KD_IS_WIPE_VIEW (view) && (which == 0 || which == 1));
  view->has[which] = values != NULL;
  if (values)
    kd_heatmap_set (view->maps[which], values, width, height, scale, colormap);
  if (g_strcmp0 (name, view->names[which]) != 0) {
    g_free (view->names[which]);
    view->names[which] = g_strdup (name);
    describe (view);
  }
  gtk_widget_queue_draw (GTK_WIDGET (view));
}

void
kd_wipe_view_set_smooth (KdWipeView *view, bool smooth)
{
  g_return_if_fail (KD_IS_WIPE_VIEW (view));
  view->smooth = smooth;
  gtk_widget_queue_draw (GTK_WIDGET (view));
}

void
kd_wipe_view_set_boxes (KdWipeView *view, const KdDetection *boxes, int n, KdSize image)
{
  g_return_if_fail (KD_IS_WIPE_VIEW (view));
  g_array_set_size (view->boxes, 0);
  if (n > 0)
    g_array_append_vals (view->boxes, boxes, (guint) n);
  view->image = image;
  gtk_widget_queue_draw (GTK_WIDGET (view));
}

void
kd_wipe_view_set_side (KdWipeView *view, int side_px)
{
  g_return_if_fail (KD_IS_WIPE_VIEW (view) && side_px > 0);
  if (view->side == side_px)
    return;
  view->side = side_px;
  gtk_widget_queue_resize (GTK_WIDGET (view));
}

double
kd_wipe_view_get_position (KdWipeView *view)
{
  g_return_val_if_fail (KD_IS_WIPE_VIEW (view), 0);
  return view->position;
}

void
kd_wipe_view_set_position (KdWipeView *view, double position)
{
  g_return_if_fail (KD_IS_WIPE_VIEW (view));
  view->position = CLAMP (position, 0, 1);
  describe (view);
  gtk_widget_queue_draw (GTK_WIDGET (view));
}
