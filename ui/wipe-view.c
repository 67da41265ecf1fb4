/* SPDX-License-Identifier: MIT */
#include "ui/wipe-view.h"

#include "ui/i18n.h"

#define LINE_PX 2
#define ARROW_STEP 0.05
#define LABEL_PX 11.0

struct _KdWipeView {
  GtkWidget parent_instance;
  KdHeatmap *maps[2];
  bool has[2];
  char *names[2];
  int side;
  double position;
};

G_DEFINE_FINAL_TYPE (KdWipeView, kd_wipe_view, GTK_TYPE_WIDGET)

static void
draw_half (KdWipeView *view, cairo_t *cr, int which, double from, double to)
{
  const KdRect whole = { 0, 0, view->side, view->side };
  if (!view->has[which] || to <= from)
    return;
  cairo_save (cr);
  cairo_rectangle (cr, from, 0, to - from, view->side);
  cairo_clip (cr);
  kd_heatmap_draw (view->maps[which], cr, &whole, false, 1);
  cairo_restore (cr);
}

/* White on a dark strip: readable over any colour. */
static void
draw_name (KdWipeView *view, cairo_t *cr, int which)
{
  cairo_text_extents_t extents;
  cairo_select_font_face (cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD);
  cairo_set_font_size (cr, LABEL_PX);
  if (!view->names[which])
    return;
  cairo_text_extents (cr, view->names[which], &extents);
  const double x = which == 0 ? 4 : view->side - extents.x_advance - 4;
  cairo_set_source_rgba (cr, 0, 0, 0, 0.65);
  cairo_rectangle (cr, x - 4, 0, extents.x_advance + 8, LABEL_PX + 7);
  cairo_fill (cr);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_move_to (cr, x, LABEL_PX + 2);
  cairo_show_text (cr, view->names[which]);
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
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_rectangle (cr, line - LINE_PX / 2.0, 0, LINE_PX, view->side);
  cairo_fill (cr);
  draw_name (view, cr, 0);
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

static void
describe (KdWipeView *view)
{
  g_autofree char *label =
      g_strdup_printf (_ ("%s left, %s right of the line"), view->names[0] ? view->names[0] : "",
                       view->names[1] ? view->names[1] : "");
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, view->position,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, 0.0,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, 1.0, -1);
}

static void
on_drag_begin (GtkGestureDrag *drag, double x, double y, gpointer data)
{
  (void) drag;
  (void) y;
  gtk_widget_grab_focus (data);
  kd_wipe_view_set_position (data, x / KD_WIPE_VIEW (data)->side);
}

static void
on_drag_update (GtkGestureDrag *drag, double dx, double dy, gpointer data)
{
  (void) dy;
  double x, y;
  if (gtk_gesture_drag_get_start_point (drag, &x, &y))
    kd_wipe_view_set_position (data, (x + dx) / KD_WIPE_VIEW (data)->side);
}

static gboolean
on_key (GtkEventControllerKey *keys, guint key, guint code, GdkModifierType state, gpointer data)
{
  (void) keys;
  (void) code;
  (void) state;
  KdWipeView *view = data;
  const int way = key == GDK_KEY_Right ? 1 : key == GDK_KEY_Left ? -1 : 0;
  if (way == 0)
    return FALSE;
  kd_wipe_view_set_position (view, view->position + way * ARROW_STEP);
  return TRUE;
}

static void
kd_wipe_view_finalize (GObject *object)
{
  KdWipeView *view = KD_WIPE_VIEW (object);
  for (int i = 0; i < 2; i++) {
    kd_heatmap_free (view->maps[i]);
    g_free (view->names[i]);
  }
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
}

static void
kd_wipe_view_init (KdWipeView *view)
{
  GtkWidget *widget = GTK_WIDGET (view);
  view->side = 200;
  view->position = 0.5;
  for (int i = 0; i < 2; i++)
    view->maps[i] = kd_heatmap_new ();
  gtk_widget_set_focusable (widget, TRUE);
  gtk_widget_set_halign (widget, GTK_ALIGN_START);
  gtk_widget_set_tooltip_text (widget, _ ("Drag the line (Left, Right); hold \\ to flicker"));
  GtkGesture *drag = gtk_gesture_drag_new ();
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), view);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), view);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));
  GtkEventController *keys = gtk_event_controller_key_new ();
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), view);
  gtk_widget_add_controller (widget, keys);
}

GtkWidget *
kd_wipe_view_new (void)
{
  return g_object_new (KD_TYPE_WIPE_VIEW, NULL);
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
