/* SPDX-License-Identifier: MIT */
#include "ui/figure-view.h"

#include "engine/base/i18n.h"
#include "ui/figure-scroller.h"
#include "ui/widget-color.h"

#include <adwaita.h>
#include <math.h>

/* A figure is read, not watched like a map: ten times a second leaves the frames to the training. */
#define INTERVAL_S 0.1
#define SMALLEST_BRUSH 0.02 /* of a scatter: less is a click, which lets go of it */
#define CLICK_PX 5          /* moved less, it was no drag */
#define BEYOND_ALL 1.01     /* a scatter ends at 1, give or take rounding */
#define SMALLEST_WIDTH 360
#define TWO_LINES_PX 36
#define STEP_MS 700 /* of the slider that plays: time to read what happened */

struct _KdFigureView {
  GtkBox parent_instance;
  KdWallModel *model; /* owned */
  KdViewPort *port;   /* owned */
  const KdFigure *figure;
  GtkWidget *controls, *tools, *objects, *option, *scroller, *area, *readout;
  GtkWidget *steps, *slider, *told; /* the slider's row */
  GtkWidget *play, *back, *on;      /* a figure that plays: its buttons */
  KdFigurePlot *plot;               /* NULL: none yet */
  KdFigureState state;
  KdSheetSpot pressed; /* where a drag began */
  bool showing;        /* the tools follow the plot: nobody chose anything */
  double shown_at;
  guint later;   /* timeout, 0: none */
  guint playing; /* timeout, 0: none */
};

G_DEFINE_FINAL_TYPE (KdFigureView, kd_figure_view, GTK_TYPE_BOX)

/* ---- tools ------------------------------------------------------------------------------------------ */

static void
list_objects (KdFigureView *view)
{
  const KdPictureInfo *info = kd_picture_info (kd_wall_model_get_picture (view->model));
  gtk_widget_set_visible (view->objects, view->plot->has_objects && info->n_truths > 0);
  if (!view->plot->has_objects)
    return;
  GtkStringList *names = gtk_string_list_new (NULL);
  for (int i = 0; i < info->n_truths; i++) {
    const int label = info->truths[i].label;
    const bool named = info->class_names && label >= 0 && label < info->n_classes;
    g_autofree char *name =
        named ? g_strdup_printf (_ ("Object %d: %s"), i + 1, info->class_names[label])
              : g_strdup_printf (_ ("Object %d"), i + 1);
    gtk_string_list_append (names, name);
  }
  GtkStringList *old = GTK_STRING_LIST (gtk_drop_down_get_model (GTK_DROP_DOWN (view->objects)));
  bool same = old && g_list_model_get_n_items (G_LIST_MODEL (old)) == (guint) info->n_truths;
  for (guint i = 0; same && i < (guint) info->n_truths; i++)
    same = g_str_equal (gtk_string_list_get_string (old, i), gtk_string_list_get_string (names, i));
  /* A new model closes an open list, so it is exchanged only when it says something else. */
  if (!same)
    gtk_drop_down_set_model (GTK_DROP_DOWN (view->objects), G_LIST_MODEL (names));
  g_object_unref (names);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (view->objects), view->plot->object < 0
                                                                 ? GTK_INVALID_LIST_POSITION
                                                                 : (guint) view->plot->object);
}

static void
show_tools (KdFigureView *view)
{
  view->showing = true;
  list_objects (view);
  gtk_widget_set_visible (view->option, view->plot->option != NULL);
  if (view->plot->option)
    gtk_check_button_set_label (GTK_CHECK_BUTTON (view->option), view->plot->option);
  const bool tools = view->plot->option || view->plot->has_objects;
  gtk_widget_set_visible (view->tools, tools);
  gtk_widget_set_visible (view->steps, view->plot->slider != NULL);
  gtk_widget_set_visible (view->controls, tools || view->plot->slider);
  if (view->plot->slider) {
    gtk_range_set_range (GTK_RANGE (view->slider), 0, MAX (view->plot->slider_most, 1));
    gtk_range_set_value (GTK_RANGE (view->slider), view->plot->slider_at);
    gtk_label_set_text (GTK_LABEL (view->told), view->plot->slider);
    GtkWidget *const buttons[] = { view->back, view->play, view->on };
    for (size_t i = 0; i < G_N_ELEMENTS (buttons); i++)
      gtk_widget_set_visible (buttons[i], view->plot->plays);
    gtk_widget_set_sensitive (view->back, view->plot->slider_at > 0);
    gtk_widget_set_sensitive (view->on, view->plot->slider_at < view->plot->slider_most);
  }
  view->showing = false;
}

/* ---- drawing ------------------------------------------------------------------------------------------ */

static KdRect
drawing_rect (KdFigureView *view)
{
  return (KdRect){ 0, 0, gtk_widget_get_width (view->area), gtk_widget_get_height (view->area) };
}

/* A context that only measures text. */
static cairo_t *
measuring (void)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_A8, 1, 1);
  cairo_t *cr = cairo_create (surface);
  cairo_surface_destroy (surface);
  return cr;
}

static void
fit_height (KdFigureView *view)
{
  const int width = gtk_widget_get_width (view->area);
  if (!view->plot || !view->scroller || width <= 0)
    return;
  cairo_t *cr = measuring ();
  const double room = gtk_adjustment_get_page_size (
      gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (view->scroller)));
  const int height = (int) kd_sheet_room (cr, &view->plot->sheet, width, room);
  cairo_destroy (cr);
  if (height != gtk_drawing_area_get_content_height (GTK_DRAWING_AREA (view->area)))
    gtk_drawing_area_set_content_height (GTK_DRAWING_AREA (view->area), height);
}

static gboolean
fit_later (gpointer data)
{
  fit_height (data);
  g_object_unref (data);
  return G_SOURCE_REMOVE;
}

/* Not while sizes are being handed out: afterwards. */
static void
fit_soon (KdFigureView *view)
{
  g_idle_add (fit_later, g_object_ref (view));
}

static void
draw (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  KdFigureView *view = data;
  if (!view->plot)
    return;
  KdSheetLook look = kd_sheet_look (adw_style_manager_get_dark (adw_style_manager_get_default ()));
  look.text = kd_widget_text_color (GTK_WIDGET (area));
  kd_sheet_draw (cr, &(KdRect){ 0, 0, width, height }, &view->plot->sheet, &look);
}

/* Draw the model's picture as the state has it. */
static void
update (KdFigureView *view)
{
  KdPicture *picture = kd_wall_model_get_picture (view->model);
  if (!picture)
    return;
  g_clear_pointer (&view->plot, kd_figure_plot_free);
  view->state.level = kd_view_settings_get (kd_wall_model_get_settings (view->model))->level;
  view->plot = kd_figure_plot_new (picture, view->figure, &view->state, false);
  view->state.large = view->plot->large;
  show_tools (view);
  const char *readout = view->plot->readout;
  gtk_label_set_text (GTK_LABEL (view->readout),
                      readout ? readout : _ ("Point at the figure, or move with the arrow keys"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (view->area), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  view->plot->sheet.summary, -1);
  fit_height (view);
  gtk_widget_queue_draw (view->area);
}

static gboolean
update_later (gpointer data)
{
  KdFigureView *view = data;
  view->later = 0;
  view->shown_at = kd_now_s ();
  if (gtk_widget_get_mapped (GTK_WIDGET (view)))
    update (view);
  return G_SOURCE_REMOVE;
}

static void
on_picture (KdFigureView *view)
{
  if (!gtk_widget_get_mapped (GTK_WIDGET (view)) || view->later)
    return;
  const double wait = INTERVAL_S - (kd_now_s () - view->shown_at);
  if (wait > 0) {
    view->later = g_timeout_add ((guint) (1e3 * wait) + 1, update_later, view);
    return;
  }
  view->shown_at = kd_now_s ();
  update (view);
}

/* ---- pointing and choosing ----------------------------------------------------------------------------- */

static KdSheetSpot
spot_at (KdFigureView *view, double x, double y)
{
  const KdRect rect = drawing_rect (view);
  cairo_t *cr = measuring ();
  const KdSheetSpot spot = kd_sheet_spot (cr, &rect, &view->plot->sheet, x, y);
  cairo_destroy (cr);
  return spot;
}

/* The same place of the image is marked in all maps and read by the probe. */
static void
share_spot (KdFigureView *view)
{
  const KdSheet *sheet = &view->plot->sheet;
  const KdSheetSpot *spot = &view->state.spot;
  if (spot->panel >= 0 && sheet->panels[spot->panel].kind <= KD_PANEL_IMAGE && isfinite (spot->x))
    kd_view_port_set_hover (view->port, spot->x / sheet->image.width,
                            spot->y / sheet->image.height);
  else
    kd_view_port_clear_hover (view->port);
}

static void
go_to (KdFigureView *view, const KdSheetSpot *spot)
{
  view->state.spot = *spot;
  share_spot (view);
  update (view);
}

static bool
is_wiped (KdFigureView *view, const KdSheetSpot *spot)
{
  return spot->panel >= 0 && view->plot->sheet.panels[spot->panel].sides;
}

static bool
is_scatter (KdFigureView *view, const KdSheetSpot *spot)
{
  return spot->panel >= 0 && view->plot->sheet.panels[spot->panel].kind == KD_PANEL_SCATTER;
}

/* What a hand can do there: drag the wipe, brush a scatter, click a box or a line. */
static const char *
cursor_at (KdFigureView *view, const KdSheetSpot *spot)
{
  if (is_wiped (view, spot))
    return "col-resize";
  if (is_scatter (view, spot))
    return "crosshair";
  if (spot->panel >= 0 && spot->item >= 0 &&
      view->plot->sheet.panels[spot->panel].kind == KD_PANEL_SLOPES)
    return "pointer";
  return view->plot->has_objects && kd_figure_object_at (kd_wall_model_get_picture (view->model),
                                                         view->plot, spot) >= 0
             ? "pointer"
             : NULL;
}

void
kd_figure_view_point_at (KdFigureView *view, double x, double y)
{
  g_return_if_fail (KD_IS_FIGURE_VIEW (view));
  if (!view->plot)
    return;
  const KdSheetSpot spot = spot_at (view, x, y);
  const KdSheetSpot before = view->state.spot;
  view->state.spot = spot;
  share_spot (view);
  if (spot.panel != before.panel || spot.item != before.item) {
    update (view);
    gtk_widget_set_cursor_from_name (view->area, cursor_at (view, &view->state.spot));
  }
}

static void
on_motion (GtkEventControllerMotion *motion, double x, double y, KdFigureView *view)
{
  (void) motion;
  kd_figure_view_point_at (view, x, y);
}

static void
on_leave (GtkEventControllerMotion *motion, KdFigureView *view)
{
  (void) motion;
  const KdSheetSpot none = { -1, -1, NAN, NAN };
  if (view->plot)
    go_to (view, &none);
}

void
kd_figure_view_choose (KdFigureView *view, int object)
{
  g_return_if_fail (KD_IS_FIGURE_VIEW (view));
  view->state.object = object;
  view->state.kept = -1;
  view->state.spot = (KdSheetSpot){ -1, -1, NAN, NAN };
  update (view);
}

/* The cells whose both gaps are at least those of the point at @spot are brushed, or, the second time, none. */
static bool
brush_from (KdFigureView *view, const KdSheetSpot *spot)
{
  if (spot->panel < 0 || spot->item < 0 || !is_scatter (view, spot))
    return false;
  const KdPanel *panel = &view->plot->sheet.panels[spot->panel];
  KdScale across, up;
  kd_sheet_axes (panel, &across, &up);
  const double x = kd_sheet_along (&across, panel->points[spot->item].x);
  const double y = kd_sheet_along (&up, panel->points[spot->item].y);
  const bool again =
      view->state.brushed == spot->panel && view->state.brush.x == x && view->state.brush.y == y;
  view->state.brushed = again ? -1 : spot->panel;
  view->state.brush =
      again ? (KdRect){ 0, 0, 0, 0 } : (KdRect){ x, y, BEYOND_ALL - x, BEYOND_ALL - y };
  update (view);
  return true;
}

/* A line stays lit, or, the second time, does not. */
static bool
keep_line (KdFigureView *view, const KdSheetSpot *spot)
{
  if (spot->panel < 0 || spot->item < 0 ||
      view->plot->sheet.panels[spot->panel].kind != KD_PANEL_SLOPES)
    return false;
  view->state.kept = view->state.kept == spot->item ? -1 : spot->item;
  update (view);
  return true;
}

static void
choose_at (KdFigureView *view, const KdSheetSpot *spot)
{
  KdPicture *picture = kd_wall_model_get_picture (view->model);
  if (keep_line (view, spot))
    return;
  if (!view->plot->has_objects || !picture)
    return;
  const int object = kd_figure_object_at (picture, view->plot, spot);
  if (object >= 0)
    kd_figure_view_choose (view, object);
}

static gboolean
on_key (
    GtkEventControllerKey *keys, guint key, guint code, GdkModifierType state, KdFigureView *view)
{
  (void) keys;
  (void) code;
  if (!view->plot || state & (GDK_CONTROL_MASK | GDK_ALT_MASK))
    return FALSE;
  if (key == GDK_KEY_Return || key == GDK_KEY_KP_Enter) {
    if (!brush_from (view, &view->state.spot))
      choose_at (view, &view->state.spot);
    return TRUE;
  }
  const int dx = (key == GDK_KEY_Right) - (key == GDK_KEY_Left);
  const int dy = (key == GDK_KEY_Down) - (key == GDK_KEY_Up);
  if (!dx && !dy)
    return FALSE;
  const KdSheetSpot next = kd_sheet_step (&view->plot->sheet, &view->state.spot, dx, dy);
  go_to (view, &next);
  return TRUE;
}

static void
on_drag_begin (GtkGestureDrag *drag, double x, double y, KdFigureView *view)
{
  (void) drag;
  gtk_widget_grab_focus (view->area);
  if (view->plot)
    view->pressed = spot_at (view, x, y);
}

void
kd_figure_view_slide (KdFigureView *view, int to)
{
  g_return_if_fail (KD_IS_FIGURE_VIEW (view));
  view->state.slider = to;
  update (view);
}

static void
on_drag (GtkGestureDrag *drag, double dx, double dy, KdFigureView *view)
{
  double x, y;
  if (!view->plot || !gtk_gesture_drag_get_start_point (drag, &x, &y))
    return;
  if (view->pressed.panel < 0 || view->pressed.panel >= view->plot->sheet.n_panels)
    return;
  const KdRect rect = drawing_rect (view);
  cairo_t *cr = measuring ();
  const KdSheetSpot now =
      kd_sheet_spot_in (cr, &rect, &view->plot->sheet, view->pressed.panel, x + dx, y + dy);
  cairo_destroy (cr);
  if (is_wiped (view, &now))
    kd_figure_view_slide (
        view, (int) lround (view->plot->slider_most * now.x / view->plot->sheet.image.width));
  if (!is_scatter (view, &now))
    return;
  view->state.brushed = now.panel;
  view->state.brush = (KdRect){ MIN (view->pressed.x, now.x), MIN (view->pressed.y, now.y),
                                fabs (view->pressed.x - now.x), fabs (view->pressed.y - now.y) };
  update (view);
}

static void
on_drag_end (GtkGestureDrag *drag, double dx, double dy, KdFigureView *view)
{
  (void) drag;
  if (!view->plot)
    return;
  const bool click = fabs (dx) + fabs (dy) < CLICK_PX;
  if (is_scatter (view, &view->pressed) && (click || view->state.brush.width < SMALLEST_BRUSH ||
                                            view->state.brush.height < SMALLEST_BRUSH)) {
    view->state.brushed = -1;
    view->state.brush = (KdRect){ 0, 0, 0, 0 };
    update (view);
  } else if (click) {
    choose_at (view, &view->pressed);
  }
}

static void
on_object (GtkDropDown *objects, GParamSpec *property, KdFigureView *view)
{
  (void) property;
  const guint chosen = gtk_drop_down_get_selected (objects);
  if (!view->showing && chosen != GTK_INVALID_LIST_POSITION)
    kd_figure_view_choose (view, (int) chosen);
}

static void
on_slider (GtkRange *slider, KdFigureView *view)
{
  if (!view->showing)
    kd_figure_view_slide (view, (int) lround (gtk_range_get_value (slider)));
}

static void
stop_playing (KdFigureView *view)
{
  g_clear_handle_id (&view->playing, g_source_remove);
  gtk_button_set_icon_name (GTK_BUTTON (view->play), "media-playback-start-symbolic");
}

static gboolean
play_on (gpointer data)
{
  KdFigureView *view = data;
  if (!gtk_widget_get_mapped (GTK_WIDGET (view)) || !view->plot ||
      view->plot->slider_at >= view->plot->slider_most) {
    view->playing = 0;
    stop_playing (view);
    return G_SOURCE_REMOVE;
  }
  kd_figure_view_slide (view, view->plot->slider_at + 1);
  return G_SOURCE_CONTINUE;
}

/* From the start if it stands at the end. */
static void
on_play (GtkButton *play, KdFigureView *view)
{
  if (view->playing) {
    stop_playing (view);
    return;
  }
  if (!view->plot)
    return;
  if (view->plot->slider_at >= view->plot->slider_most)
    kd_figure_view_slide (view, 0);
  view->playing = g_timeout_add (STEP_MS, play_on, view);
  gtk_button_set_icon_name (play, "media-playback-pause-symbolic");
}

static void
step_by (KdFigureView *view, int by)
{
  stop_playing (view);
  if (view->plot)
    kd_figure_view_slide (view, CLAMP (view->plot->slider_at + by, 0, view->plot->slider_most));
}

static void
on_back (KdFigureView *view)
{
  step_by (view, -1);
}

static void
on_on (KdFigureView *view)
{
  step_by (view, 1);
}

static void
on_option (GtkCheckButton *option, KdFigureView *view)
{
  if (view->showing)
    return;
  view->state.option = gtk_check_button_get_active (option);
  update (view);
}

/* ---- life ------------------------------------------------------------------------------------------------ */

static void
kd_figure_view_dispose (GObject *object)
{
  KdFigureView *view = KD_FIGURE_VIEW (object);
  if (view->model)
    g_signal_handlers_disconnect_by_data (view->model, view);
  g_clear_handle_id (&view->later, g_source_remove);
  g_clear_handle_id (&view->playing, g_source_remove);
  g_clear_pointer (&view->plot, kd_figure_plot_free);
  g_clear_object (&view->model);
  g_clear_object (&view->port);
  G_OBJECT_CLASS (kd_figure_view_parent_class)->dispose (object);
}

static void
kd_figure_view_class_init (KdFigureViewClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_figure_view_dispose;
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (class), "figureview");
}

static void
add_controllers (KdFigureView *view)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  g_signal_connect (motion, "motion", G_CALLBACK (on_motion), view);
  g_signal_connect (motion, "leave", G_CALLBACK (on_leave), view);
  gtk_widget_add_controller (view->area, motion);
  GtkEventController *keys = gtk_event_controller_key_new ();
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), view);
  gtk_widget_add_controller (view->area, keys);
  GtkGesture *drag = gtk_gesture_drag_new ();
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), view);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag), view);
  g_signal_connect (drag, "drag-end", G_CALLBACK (on_drag_end), view);
  gtk_widget_add_controller (view->area, GTK_EVENT_CONTROLLER (drag));
}

static GtkWidget *
add_button (KdFigureView *view, const char *icon, const char *told)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, told);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, told, -1);
  gtk_box_append (GTK_BOX (view->steps), button);
  return button;
}

static void
add_slider (KdFigureView *view)
{
  view->steps = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 4);
  view->back = add_button (view, "media-skip-backward-symbolic", _ ("One step back"));
  g_signal_connect_swapped (view->back, "clicked", G_CALLBACK (on_back), view);
  view->play = add_button (view, "media-playback-start-symbolic", _ ("Play the steps one by one"));
  g_signal_connect (view->play, "clicked", G_CALLBACK (on_play), view);
  view->on = add_button (view, "media-skip-forward-symbolic", _ ("One step on"));
  g_signal_connect_swapped (view->on, "clicked", G_CALLBACK (on_on), view);
  view->slider = gtk_scale_new_with_range (GTK_ORIENTATION_HORIZONTAL, 0, 1, 1);
  gtk_widget_set_size_request (view->slider, 160, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view->slider), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Step of the figure"), -1);
  g_signal_connect (view->slider, "value-changed", G_CALLBACK (on_slider), view);
  gtk_box_append (GTK_BOX (view->steps), view->slider);
  view->told = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (view->told), 0);
  gtk_label_set_wrap (GTK_LABEL (view->told), TRUE);
  gtk_widget_set_hexpand (view->told, TRUE);
  gtk_widget_set_size_request (view->told, -1, TWO_LINES_PX); /* steps differ: nothing may jump */
  gtk_widget_add_css_class (view->told, "numeric");
  gtk_box_append (GTK_BOX (view->steps), view->told);
}

static void
kd_figure_view_init (KdFigureView *view)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (view), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (view), 4);
  gtk_widget_set_margin_start (GTK_WIDGET (view), 12);
  gtk_widget_set_margin_end (GTK_WIDGET (view), 12);
  gtk_widget_set_margin_top (GTK_WIDGET (view), 2);
  gtk_widget_set_margin_bottom (GTK_WIDGET (view), 4);
  view->state = kd_figure_state_default ();
  view->pressed = view->state.spot;

  view->tools = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  view->objects = gtk_drop_down_new (NULL, NULL);
  gtk_widget_set_tooltip_text (
      view->objects, _ ("The object that the figure is about; a click on its box chooses it, too"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (view->objects), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  C_ ("of a figure", "Object"), -1);
  g_signal_connect (view->objects, "notify::selected", G_CALLBACK (on_object), view);
  gtk_box_append (GTK_BOX (view->tools), view->objects);
  view->option = gtk_check_button_new ();
  gtk_widget_set_visible (view->option, FALSE); /* until a picture says what it switches */
  g_signal_connect (view->option, "toggled", G_CALLBACK (on_option), view);
  gtk_box_append (GTK_BOX (view->tools), view->option);

  add_slider (view);

  view->area = gtk_drawing_area_new ();
  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (view->area), draw, view, NULL);
  gtk_drawing_area_set_content_width (GTK_DRAWING_AREA (view->area), SMALLEST_WIDTH);
  gtk_widget_set_vexpand (view->area, TRUE);
  gtk_widget_set_focusable (view->area, TRUE);
  g_signal_connect_swapped (view->area, "resize", G_CALLBACK (fit_soon), view);
  add_controllers (view);
  g_signal_connect_swapped (view, "map", G_CALLBACK (update), view);

  view->readout = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (view->readout), 0);
  gtk_label_set_wrap (GTK_LABEL (view->readout), TRUE);
  gtk_label_set_lines (GTK_LABEL (view->readout), 2);
  gtk_label_set_ellipsize (GTK_LABEL (view->readout), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (view->readout, "numeric");
}

GtkWidget *
kd_figure_view_new (KdWallModel *model, KdViewPort *port, const KdFigure *figure)
{
  KdFigureView *view = g_object_new (KD_TYPE_FIGURE_VIEW, NULL);
  view->model = g_object_ref (model);
  view->port = g_object_ref (port);
  view->figure = figure;
  GtkWidget *help = gtk_label_new (kd_translated (figure->help));
  gtk_label_set_xalign (GTK_LABEL (help), 0);
  gtk_label_set_wrap (GTK_LABEL (help), TRUE);
  gtk_widget_add_css_class (help, "figure-help");
  /* What to notice and what to turn stay in sight; the drawing scrolls beneath. */
  gtk_box_append (GTK_BOX (view), help);
  view->controls = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  gtk_box_append (GTK_BOX (view->controls), view->tools);
  gtk_box_append (GTK_BOX (view->controls), view->steps);
  gtk_box_append (GTK_BOX (view), view->controls);
  view->scroller = kd_figure_scroller_new (view->area);
  g_signal_connect_object (
      gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (view->scroller)),
      "notify::page-size", G_CALLBACK (fit_soon), view, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (view), view->scroller);
  gtk_box_append (GTK_BOX (view), view->readout);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view->area), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  kd_translated (figure->title), -1);
  g_signal_connect_swapped (model, "changed", G_CALLBACK (on_picture), view);
  return GTK_WIDGET (view);
}

const KdFigure *
kd_figure_view_get_figure (KdFigureView *view)
{
  g_return_val_if_fail (KD_IS_FIGURE_VIEW (view), NULL);
  return view->figure;
}

KdFigurePlot *
kd_figure_view_make_titled (KdFigureView *view)
{
  g_return_val_if_fail (KD_IS_FIGURE_VIEW (view), NULL);
  KdPicture *picture = kd_wall_model_get_picture (view->model);
  KdFigureState state = view->state;
  state.spot = kd_figure_state_default ().spot;
  return picture ? kd_figure_plot_new (picture, view->figure, &state, true) : NULL;
}

const KdFigurePlot *
kd_figure_view_get_plot (KdFigureView *view)
{
  g_return_val_if_fail (KD_IS_FIGURE_VIEW (view), NULL);
  return view->plot;
}
