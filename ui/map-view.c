/* SPDX-License-Identifier: MIT */
#include "ui/map-view.h"

#include "ui/live-text.h"
#include "ui/scrolling.h"
#include "ui/tooltip.h"

#include <adwaita.h>
#include <math.h>

#define CAPTION_GAP 2
#define WHEEL_FACTOR 1.2
/* A press that moves less than this is a click, which pins. */
#define CLICK_PX 4
#define PIN_PX 7.0
/* The value under the pointer: its letters, and the smallest picture that has room for it. */
#define TAG_PX 10.0
#define LEAST_TAGGED_PX 56

typedef struct {
  KdDetection *boxes;
  int n;
  KdSize image;
  bool labels;
  const char *const *names;
} Boxes;

struct _KdMapView {
  GtkWidget parent_instance;
  KdViewPort *port; /* owned */
  GtkWidget *title;
  int side;
  KdHeatmap *map, *photo;
  float *values; /* [height*width], owned; NULL: no map */
  int width, height;
  bool has_photo, smooth;
  KdSize photo_size;
  double overlay;
  Boxes boxes[KD_N_BOX_SOURCES];
  int level; /* -1: none */
  bool has_cell, has_seen;
  KdBox cell, seen;            /* px of the photo */
  double pointer_x, pointer_y; /* where it was last, widget px; -1: elsewhere */
  double drag_x, drag_y;       /* where the last part of a drag ended, widget px */
  KdPin before[KD_MAX_PINS];   /* the pins before the last click */
  int n_before;
  double pinch; /* the pinch's scale at its last event */
};

G_DEFINE_FINAL_TYPE (KdMapView, kd_map_view, GTK_TYPE_WIDGET)

/* ---- geometry -------------------------------------------------------------------------------------- */

/* Width against height: the photo's, else that of the image that boxes are of, else the map's, whose cells are square. */
static double
image_aspect (KdMapView *view)
{
  if (view->has_photo)
    return (double) view->photo_size.width / view->photo_size.height;
  for (int source = 0; source < KD_N_BOX_SOURCES; source++)
    if (view->boxes[source].n)
      return (double) view->boxes[source].image.width / view->boxes[source].image.height;
  return view->values ? (double) view->width / view->height : 1;
}

/* What pictures are drawn in: the image's shape, as large as fits the square below the captions. */
static KdRect
picture_rect (KdMapView *view)
{
  const int width = gtk_widget_get_width (GTK_WIDGET (view));
  const int height = gtk_widget_get_height (GTK_WIDGET (view));
  const double aspect = image_aspect (view);
  const double picture_width = round (view->side * MIN (aspect, 1));
  const double picture_height = round (view->side / MAX (aspect, 1));
  return (KdRect){ .x = floor ((width - picture_width) / 2),
                   .y = height - view->side,
                   .width = picture_width,
                   .height = picture_height };
}

/* Where the whole image lies, zoomed and moved, so that its shown part fills the picture. */
static KdRect
image_rect (KdMapView *view, const KdRect *picture)
{
  const double zoom = kd_view_port_get_zoom (view->port);
  double x, y;
  kd_view_port_get_centre (view->port, &x, &y);
  const double width = picture->width * zoom, height = picture->height * zoom;
  return (KdRect){ .x = picture->x + picture->width / 2 - x * width,
                   .y = picture->y + picture->height / 2 - y * height,
                   .width = width,
                   .height = height };
}

/* Widget px to image fractions; false outside the picture. */
static bool
to_image (KdMapView *view, double px, double py, double *x, double *y)
{
  const KdRect picture = picture_rect (view);
  const KdRect image = image_rect (view, &picture);
  *x = (px - image.x) / image.width;
  *y = (py - image.y) / image.height;
  return px >= picture.x && px < picture.x + picture.width && py >= picture.y &&
         py < picture.y + picture.height;
}

/* ---- drawing ---------------------------------------------------------------------------------------- */

static void
draw_boxes (KdMapView *view, cairo_t *cr, const KdRect *image)
{
  const KdColor colors[KD_N_BOX_SOURCES] = { kd_truth_color (), kd_teacher_color (),
                                             kd_student_color () };
  for (int source = 0; source < KD_N_BOX_SOURCES; source++) {
    const Boxes *boxes = &view->boxes[source];
    if (!boxes->n)
      continue;
    const KdBoxStyle style = { .color = colors[source],
                               .line_width = boxes->labels ? 1.5 : 1,
                               .names = boxes->labels ? boxes->names : NULL,
                               .scores = boxes->labels && source != KD_BOXES_TRUTH };
    kd_boxes_draw (cr, boxes->boxes, boxes->n, image->x, image->y,
                   image->width / boxes->image.width, &style);
  }
}

/* The shared position: a crosshair, and the cell it falls in. */
static void
draw_hover (KdMapView *view, cairo_t *cr, const KdRect *picture, const KdRect *image)
{
  double x, y;
  if (!kd_view_port_get_hover (view->port, &x, &y))
    return;
  const double px = floor (image->x + x * image->width) + 0.5;
  const double py = floor (image->y + y * image->height) + 0.5;
  cairo_set_line_width (cr, 1);
  for (int pass = 0; pass < 2; pass++) { /* a dark line under a light one is seen on every colour */
    cairo_set_source_rgba (cr, pass, pass, pass, pass ? 0.9 : 0.5);
    const double shift = pass ? 0 : 1;
    cairo_move_to (cr, picture->x, py + shift);
    cairo_line_to (cr, picture->x + picture->width, py + shift);
    cairo_move_to (cr, px + shift, picture->y);
    cairo_line_to (cr, px + shift, picture->y + picture->height);
    cairo_stroke (cr);
  }
  if (!view->values)
    return;
  const double cell_w = image->width / view->width, cell_h = image->height / view->height;
  const double left = image->x + fmin (floor (x * view->width), view->width - 1) * cell_w;
  const double top = image->y + fmin (floor (y * view->height), view->height - 1) * cell_h;
  cairo_rectangle (cr, left + 0.5, top + 0.5, cell_w - 1, cell_h - 1);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_stroke (cr);
}

/* The value there, in the corner that is farthest away; cells that print theirs need none. */
static void
draw_value (KdMapView *view, cairo_t *cr, const KdRect *picture, const KdRect *image)
{
  double x, y;
  int cell_x, cell_y;
  float value;
  const bool printed = !view->smooth && image->width / view->width >= KD_PRINTED_CELL_PX;
  if (printed || picture->width < LEAST_TAGGED_PX || !kd_view_port_get_hover (view->port, &x, &y) ||
      !kd_map_view_value_at (view, x, y, &cell_x, &cell_y, &value))
    return;
  char text[32];
  cairo_text_extents_t extents;
  kd_number_format (value, text, sizeof text);
  cairo_select_font_face (cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size (cr, TAG_PX);
  cairo_text_extents (cr, text, &extents);
  const bool right = image->x + x * image->width < picture->x + picture->width / 2;
  const bool below = image->y + y * image->height < picture->y + picture->height / 2;
  const double width = ceil (extents.x_advance) + 6, height = TAG_PX + 5;
  const double left = picture->x + (right ? picture->width - width : 0);
  const double top = picture->y + (below ? picture->height - height : 0);
  cairo_rectangle (cr, left, top, width, height);
  cairo_set_source_rgba (cr, 0, 0, 0, 0.7);
  cairo_fill (cr);
  cairo_move_to (cr, left + 3, top + TAG_PX + 1);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_show_text (cr, text);
}

/* A light line on a dark one, cut to the image and inside it, so that a side at its edge is still seen. */
static void
draw_box_of (KdMapView *view, cairo_t *cr, const KdRect *image, const KdBox *box, bool dashed)
{
  static const double dash[] = { 4, 3 };
  const double width = view->photo_size.width, height = view->photo_size.height;
  const KdBox cut = { MAX (box->x1, 0), MAX (box->y1, 0), MIN (box->x2, width),
                      MIN (box->y2, height) };
  const double scale = image->width / width;
  cairo_rectangle (cr, image->x + cut.x1 * scale + 1, image->y + cut.y1 * scale + 1,
                   (cut.x2 - cut.x1) * scale - 2, (cut.y2 - cut.y1) * scale - 2);
  cairo_set_source_rgb (cr, 0, 0, 0);
  cairo_set_line_width (cr, 2);
  cairo_stroke_preserve (cr);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_set_dash (cr, dash, dashed ? 2 : 0, 0);
  cairo_stroke (cr);
  cairo_set_dash (cr, dash, 0, 0);
}

static void
draw_seen (KdMapView *view, cairo_t *cr, const KdRect *image)
{
  double x, y;
  if (!view->has_photo || !kd_view_port_get_hover (view->port, &x, &y))
    return;
  if (view->has_seen)
    draw_box_of (view, cr, image, &view->seen, true);
  if (view->has_cell)
    draw_box_of (view, cr, image, &view->cell, false);
}

/* Numbered discs, the same in all panels. */
static void
draw_pins (KdMapView *view, cairo_t *cr, const KdRect *image)
{
  KdPin pins[KD_MAX_PINS];
  const int n = kd_view_port_get_pins (view->port, pins);
  cairo_select_font_face (cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD);
  cairo_set_font_size (cr, 1.4 * PIN_PX);
  for (int i = 0; i < n; i++) {
    const double px = image->x + pins[i].x * image->width;
    const double py = image->y + pins[i].y * image->height;
    cairo_new_path (cr);
    cairo_arc (cr, px, py, PIN_PX, 0, 2 * G_PI);
    cairo_set_source_rgb (cr, 1, 1, 1);
    cairo_fill_preserve (cr);
    cairo_set_source_rgb (cr, 0.1, 0.1, 0.1);
    cairo_set_line_width (cr, 1.5);
    cairo_stroke (cr);
    char digit[2] = { (char) ('1' + i), 0 };
    cairo_text_extents_t extents;
    cairo_text_extents (cr, digit, &extents);
    cairo_move_to (cr, px - extents.x_bearing - extents.width / 2,
                   py - extents.y_bearing - extents.height / 2);
    cairo_show_text (cr, digit);
  }
}

static void
draw_empty (KdMapView *view, cairo_t *cr, const KdRect *picture)
{
  GdkRGBA color;
  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (view)), &color);
  color.alpha = 0.08f;
  gdk_cairo_set_source_rgba (cr, &color);
  cairo_rectangle (cr, picture->x, picture->y, picture->width, picture->height);
  cairo_fill (cr);
}

static void
kd_map_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  KdMapView *view = KD_MAP_VIEW (widget);
  GTK_WIDGET_CLASS (kd_map_view_parent_class)->snapshot (widget, snapshot);

  const KdRect picture = picture_rect (view);
  const KdRect image = image_rect (view, &picture);
  cairo_t *cr = gtk_snapshot_append_cairo (
      snapshot, &GRAPHENE_RECT_INIT ((float) picture.x, (float) picture.y, (float) picture.width,
                                     (float) picture.height));
  const bool photo = view->has_photo && (!view->values || view->overlay > 0);
  if (!photo && !view->values)
    draw_empty (view, cr, &picture);
  if (photo)
    kd_heatmap_draw (view->photo, cr, &image, kd_view_port_get_zoom (view->port) < 3, 1);
  if (view->values) {
    kd_heatmap_draw (view->map, cr, &image, view->smooth, view->overlay > 0 ? view->overlay : 1);
  }
  draw_boxes (view, cr, &image);
  if (view->values && !view->smooth)
    kd_heatmap_draw_values (view->map, cr, &image);
  draw_hover (view, cr, &picture, &image);
  draw_value (view, cr, &picture, &image);
  draw_seen (view, cr, &image);
  draw_pins (view, cr, &image);
  cairo_destroy (cr);
}

/* ---- layout: captions on top, the square below --------------------------------------------------------- */

static void
kd_map_view_measure (GtkWidget *widget,
                     GtkOrientation orientation,
                     int for_size,
                     int *minimum,
                     int *natural,
                     int *minimum_baseline,
                     int *natural_baseline)
{
  (void) for_size;
  KdMapView *view = KD_MAP_VIEW (widget);
  int size = view->side;
  if (orientation == GTK_ORIENTATION_VERTICAL) {
    int title;
    gtk_widget_measure (view->title, orientation, -1, NULL, &title, NULL, NULL);
    size += title + CAPTION_GAP;
  }
  *minimum = *natural = size;
  *minimum_baseline = *natural_baseline = -1;
}

static void
kd_map_view_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  (void) height;
  (void) baseline;
  KdMapView *view = KD_MAP_VIEW (widget);
  int title;
  gtk_widget_measure (view->title, GTK_ORIENTATION_VERTICAL, -1, NULL, &title, NULL, NULL);
  gtk_widget_size_allocate (view->title, &(GtkAllocation){ 0, 0, width, title }, -1);
}

/* ---- pointer and keys ------------------------------------------------------------------------------------ */

static void
point_at (KdMapView *view, double x, double y)
{
  if (view->level >= 0)
    kd_view_port_set_level (view->port, view->level);
  kd_view_port_set_hover (view->port, x, y);
}

static void
on_motion (GtkEventControllerMotion *motion, double px, double py, gpointer data)
{
  (void) motion;
  KdMapView *view = data;
  double x, y;
  if (px == view->pointer_x && py == view->pointer_y)
    return; /* GTK asks again after each layout: arrows may have gone on meanwhile */
  view->pointer_x = px;
  view->pointer_y = py;
  if (to_image (view, px, py, &x, &y))
    point_at (view, x, y);
  else
    kd_view_port_clear_hover (view->port);
}

static void
on_leave (GtkEventControllerMotion *motion, gpointer data)
{
  (void) motion;
  KdMapView *view = data;
  view->pointer_x = view->pointer_y = -1;
  kd_view_port_clear_hover (view->port);
}

static gboolean
on_scroll (GtkEventControllerScroll *scroll, double dx, double dy, gpointer data)
{
  (void) dx;
  KdMapView *view = data;
  const GdkModifierType state =
      gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (scroll));
  double x, y;
  if (!(state & GDK_CONTROL_MASK) || !kd_view_port_get_hover (view->port, &x, &y))
    return FALSE; /* a plain wheel scrolls the wall */
  kd_view_port_zoom_at (view->port, pow (WHEEL_FACTOR, -dy), x, y);
  return TRUE;
}

/* Arrows go on from a click. What was clicked stays where it is. */
static void
take_focus (KdMapView *view)
{
  GtkWidget *widget = GTK_WIDGET (view);
  if (!gtk_widget_get_focusable (widget))
    return;
  kd_scrolls_to_focus (widget, false);
  gtk_widget_grab_focus (widget);
  kd_scrolls_to_focus (widget, true);
}

static void
on_drag_begin (GtkGestureDrag *drag, double x, double y, gpointer data)
{
  KdMapView *view = data;
  double image_x, image_y;
  view->drag_x = view->drag_y = 0;
  if (!to_image (view, x, y, &image_x, &image_y)) /* the caption is dragged by others */
    gtk_gesture_set_state (GTK_GESTURE (drag), GTK_EVENT_SEQUENCE_DENIED);
  else
    take_focus (view);
}

static void
on_drag_update (GtkGestureDrag *drag, double dx, double dy, gpointer data)
{
  (void) drag;
  KdMapView *view = data;
  const KdRect picture = picture_rect (view), image = image_rect (view, &picture);
  kd_view_port_move (view->port, (view->drag_x - dx) / image.width,
                     (view->drag_y - dy) / image.height);
  view->drag_x = dx;
  view->drag_y = dy;
}

static void
on_drag_end (GtkGestureDrag *drag, double dx, double dy, gpointer data)
{
  KdMapView *view = data;
  double px, py, x, y;
  if (hypot (dx, dy) < CLICK_PX && gtk_gesture_drag_get_start_point (drag, &px, &py) &&
      to_image (view, px, py, &x, &y)) {
    view->n_before = kd_view_port_get_pins (view->port, view->before);
    kd_view_port_toggle_pin (view->port, x, y);
  }
}

/* The gesture tells the scale since its start; the port wants the change since the last call. */
static void
on_pinch (GtkGestureZoom *gesture, double scale, gpointer data)
{
  KdMapView *view = data;
  double px, py, x, y;
  gtk_gesture_get_bounding_box_center (GTK_GESTURE (gesture), &px, &py);
  to_image (view, px, py, &x, &y);
  kd_view_port_zoom_at (view->port, scale / view->pinch, x, y);
  view->pinch = scale;
}

static void
on_pinch_begin (GtkGesture *gesture, GdkEventSequence *sequence, gpointer data)
{
  (void) gesture;
  (void) sequence;
  KD_MAP_VIEW (data)->pinch = 1;
}

/* Arrows walk the shared position cell by cell. */
static gboolean
on_key (GtkEventControllerKey *keys, guint key, guint code, GdkModifierType state, gpointer data)
{
  (void) keys;
  (void) code;
  KdMapView *view = data;
  const int dx = key == GDK_KEY_Right ? 1 : key == GDK_KEY_Left ? -1 : 0;
  const int dy = key == GDK_KEY_Down ? 1 : key == GDK_KEY_Up ? -1 : 0;
  if ((dx == 0 && dy == 0) || (state & (GDK_CONTROL_MASK | GDK_ALT_MASK)) || !view->values)
    return FALSE;
  double x = 0.5, y = 0.5;
  kd_view_port_get_hover (view->port, &x, &y);
  const double cell_x = CLAMP (floor (x * view->width) + dx, 0, view->width - 1);
  const double cell_y = CLAMP (floor (y * view->height) + dy, 0, view->height - 1);
  point_at (view, (cell_x + 0.5) / view->width, (cell_y + 0.5) / view->height);
  return TRUE;
}

static void
add_controllers (KdMapView *view)
{
  GtkWidget *widget = GTK_WIDGET (view);
  GtkEventController *motion = gtk_event_controller_motion_new ();
  g_signal_connect (motion, "motion", G_CALLBACK (on_motion), view);
  g_signal_connect (motion, "enter", G_CALLBACK (on_motion), view);
  g_signal_connect (motion, "leave", G_CALLBACK (on_leave), view);
  gtk_widget_add_controller (widget, motion);
  GtkEventController *scroll =
      gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);
  g_signal_connect (scroll, "scroll", G_CALLBACK (on_scroll), view);
  gtk_widget_add_controller (widget, scroll);
  GtkGesture *drag = gtk_gesture_drag_new ();
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), view);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), view);
  g_signal_connect (drag, "drag-end", G_CALLBACK (on_drag_end), view);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));
  GtkGesture *pinch = gtk_gesture_zoom_new ();
  g_signal_connect (pinch, "begin", G_CALLBACK (on_pinch_begin), view);
  g_signal_connect (pinch, "scale-changed", G_CALLBACK (on_pinch), view);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (pinch));
  GtkEventController *keys = gtk_event_controller_key_new ();
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), view);
  gtk_widget_add_controller (widget, keys);
}

/* ---- life ---------------------------------------------------------------------------------------------- */

static void
kd_map_view_dispose (GObject *object)
{
  KdMapView *view = KD_MAP_VIEW (object);
  if (view->port)
    g_signal_handlers_disconnect_by_data (view->port, view);
  g_clear_object (&view->port);
  g_clear_pointer (&view->title, gtk_widget_unparent);
  G_OBJECT_CLASS (kd_map_view_parent_class)->dispose (object);
}

static void
kd_map_view_finalize (GObject *object)
{
  KdMapView *view = KD_MAP_VIEW (object);
  kd_heatmap_free (view->map);
  kd_heatmap_free (view->photo);
  g_free (view->values);
  for (int i = 0; i < KD_N_BOX_SOURCES; i++)
    g_free (view->boxes[i].boxes);
  G_OBJECT_CLASS (kd_map_view_parent_class)->finalize (object);
}

static void
kd_map_view_class_init (KdMapViewClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_map_view_dispose;
  G_OBJECT_CLASS (class)->finalize = kd_map_view_finalize;
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  widget_class->snapshot = kd_map_view_snapshot;
  widget_class->measure = kd_map_view_measure;
  widget_class->size_allocate = kd_map_view_size_allocate;
  gtk_widget_class_set_css_name (widget_class, "mapview");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
kd_map_view_init (KdMapView *view)
{
  view->side = 150;
  view->level = -1;
  view->map = kd_heatmap_new ();
  view->photo = kd_heatmap_new ();
  view->title = kd_live_text_new (KD_LIVE_LINE, 0, 0);
  gtk_widget_add_css_class (view->title, "caption");
  gtk_widget_add_css_class (view->title, "numeric");
  gtk_widget_set_parent (view->title, GTK_WIDGET (view));
  gtk_widget_set_focusable (GTK_WIDGET (view), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (view), GTK_OVERFLOW_HIDDEN);
  add_controllers (view);
}

GtkWidget *
kd_map_view_new (KdViewPort *port)
{
  KdMapView *view = g_object_new (KD_TYPE_MAP_VIEW, NULL);
  view->port = g_object_ref (port);
  g_signal_connect_swapped (port, "changed", G_CALLBACK (gtk_widget_queue_draw), view);
  g_signal_connect_swapped (port, "hover", G_CALLBACK (gtk_widget_queue_draw), view);
  g_signal_connect_swapped (port, "pins", G_CALLBACK (gtk_widget_queue_draw), view);
  return GTK_WIDGET (view);
}

/* ---- what is shown --------------------------------------------------------------------------------------- */

void
kd_map_view_set_side (KdMapView *view, int side_px)
{
  g_return_if_fail (KD_IS_MAP_VIEW (view) && side_px > 0);
  if (view->side == side_px)
    return;
  view->side = side_px;
  gtk_widget_queue_resize (GTK_WIDGET (view));
}

GtkWidget *
kd_map_view_get_caption (KdMapView *view)
{
  g_return_val_if_fail (KD_IS_MAP_VIEW (view), NULL);
  return view->title;
}

void
kd_map_view_set_title (KdMapView *view, const char *title, const char *help)
{
  g_return_if_fail (KD_IS_MAP_VIEW (view));
  kd_live_text_set (KD_LIVE_TEXT (view->title), title);
  kd_tooltip_set_live (view->title, help);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, help ? help : "", -1);
}

void
kd_map_view_set_map (KdMapView *view,
                     const float *values,
                     int width,
                     int height,
                     const KdScale *scale,
                     KdColormap colormap)
{
  g_return_if_fail (KD_IS_MAP_VIEW (view));
  if (!values) {
    g_clear_pointer (&view->values, g_free);
  } else {
    const size_t count = (size_t) width * (size_t) height;
    if (!view->values || view->width != width || view->height != height)
      view->values = g_renew (float, view->values, count);
    for (size_t i = 0; i < count; i++)
      view->values[i] = values[i];
    view->width = width;
    view->height = height;
    kd_heatmap_set (view->map, values, width, height, scale, colormap);
  }
  gtk_widget_queue_draw (GTK_WIDGET (view));
}

void
kd_map_view_set_photo (KdMapView *view, const uint8_t *rgb, KdSize size)
{
  g_return_if_fail (KD_IS_MAP_VIEW (view));
  view->has_photo = rgb != NULL;
  view->photo_size = size;
  if (rgb)
    kd_heatmap_set_rgb (view->photo, rgb, size);
  gtk_widget_queue_draw (GTK_WIDGET (view));
}

void
kd_map_view_set_overlay (KdMapView *view, double opacity)
{
  g_return_if_fail (KD_IS_MAP_VIEW (view));
  view->overlay = opacity;
  gtk_widget_queue_draw (GTK_WIDGET (view));
}

void
kd_map_view_set_level (KdMapView *view, int level)
{
  g_return_if_fail (KD_IS_MAP_VIEW (view));
  view->level = level;
}

void
kd_map_view_set_seen (KdMapView *view, const KdBox *cell, const KdBox *seen)
{
  g_return_if_fail (KD_IS_MAP_VIEW (view));
  view->has_cell = cell != NULL;
  view->has_seen = seen != NULL;
  if (cell)
    view->cell = *cell;
  if (seen)
    view->seen = *seen;
  gtk_widget_queue_draw (GTK_WIDGET (view));
}

void
kd_map_view_set_smooth (KdMapView *view, bool smooth)
{
  g_return_if_fail (KD_IS_MAP_VIEW (view));
  view->smooth = smooth;
  gtk_widget_queue_draw (GTK_WIDGET (view));
}

void
kd_map_view_set_boxes (KdMapView *view,
                       KdBoxSource source,
                       const KdDetection *boxes,
                       int n,
                       KdSize image,
                       bool labels,
                       const char *const *names)
{
  g_return_if_fail (KD_IS_MAP_VIEW (view) && source < KD_N_BOX_SOURCES);
  Boxes *shown = &view->boxes[source];
  g_free (shown->boxes);
  *shown = (Boxes){ .boxes = n ? g_memdup2 (boxes, (size_t) n * sizeof *boxes) : NULL,
                    .n = n,
                    .image = image,
                    .labels = labels,
                    .names = names };
  gtk_widget_queue_draw (GTK_WIDGET (view));
}

void
kd_map_view_take_back_click (KdMapView *view)
{
  g_return_if_fail (KD_IS_MAP_VIEW (view));
  kd_view_port_set_pins (view->port, view->before, view->n_before);
}

bool
kd_map_view_value_at (KdMapView *view, double x, double y, int *cell_x, int *cell_y, float *value)
{
  g_return_val_if_fail (KD_IS_MAP_VIEW (view), false);
  if (!view->values || x < 0 || x > 1 || y < 0 || y > 1)
    return false;
  *cell_x = MIN ((int) (x * view->width), view->width - 1);
  *cell_y = MIN ((int) (y * view->height), view->height - 1);
  *value = view->values[(size_t) *cell_y * (size_t) view->width + (size_t) *cell_x];
  return true;
}
