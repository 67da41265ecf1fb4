/* SPDX-License-Identifier: MIT */
#include "ui/timeline.h"

#include "engine/base/i18n.h"
#include "ui/widget-color.h"

#include <inttypes.h>
#include <math.h>

#define HEIGHT 30
#define TRACK_Y 16.0
#define TRACK_PX 6.0
#define MARGIN 8.0
#define FLAG_PX 4.0
#define TICK_PX 4.0
/* Within this far from a flag, the tooltip is about it. */
#define NEAR_PX 6.0
#define MAX_KEYFRAMES 4096
#define BEST_AP -1

struct _KdTimeline {
  GtkWidget parent_instance;
  KdSessionModel *model; /* owned */
  GArray *flags;         /* KdFlag, ascending */
  int64_t keyframes[MAX_KEYFRAMES];
  int n_keyframes;
  double cursor; /* a step that somebody points at; NAN: none */
};

G_DEFINE_FINAL_TYPE (KdTimeline, kd_timeline, GTK_TYPE_WIDGET)

static guint cursor_signal;

static KdSession *
session_of (KdTimeline *timeline)
{
  return kd_session_model_get_session (timeline->model);
}

/* ---- geometry ---------------------------------------------------------------------------------------- */

static double
step_to_x (KdTimeline *timeline, int64_t step)
{
  const KdStatus status = kd_session_status (session_of (timeline));
  const double width = gtk_widget_get_width (GTK_WIDGET (timeline)) - 2 * MARGIN;
  return MARGIN + width * (double) step / (double) MAX (status.steps, 1);
}

static double
x_to_step (KdTimeline *timeline, double x)
{
  const KdStatus status = kd_session_status (session_of (timeline));
  const double width = gtk_widget_get_width (GTK_WIDGET (timeline)) - 2 * MARGIN;
  return (x - MARGIN) / fmax (width, 1) * (double) status.steps;
}

static int64_t
shown_step (KdTimeline *timeline)
{
  return kd_session_model_get_step (timeline->model);
}

/* ---- scrubbing ---------------------------------------------------------------------------------------- */

static void
read_keyframes (KdTimeline *timeline)
{
  timeline->n_keyframes =
      MIN (kd_session_keyframes (session_of (timeline), timeline->keyframes, MAX_KEYFRAMES),
           MAX_KEYFRAMES);
}

/* The place of the shown keyframe in the list; the number of keyframes: live. A recording is always at one of its keyframes. */
static int
shown_place (KdTimeline *timeline)
{
  const int64_t shown = shown_step (timeline);
  if (!kd_session_model_is_back (timeline->model))
    return timeline->n_keyframes;
  int place = 0;
  while (place < timeline->n_keyframes && timeline->keyframes[place] < shown)
    place++;
  return place;
}

static void
show_place (KdTimeline *timeline, int place)
{
  if (kd_session_is_recording (session_of (timeline)))
    place = MIN (place, timeline->n_keyframes - 1);
  if (place >= timeline->n_keyframes)
    kd_session_model_show (timeline->model, -1);
  else
    kd_session_model_show (timeline->model, timeline->keyframes[place]);
}

void
kd_timeline_scrub (KdTimeline *timeline, int places)
{
  g_return_if_fail (KD_IS_TIMELINE (timeline));
  read_keyframes (timeline);
  const int64_t place = (int64_t) shown_place (timeline) + places;
  show_place (timeline, (int) CLAMP (place, 0, timeline->n_keyframes));
}

/* The keyframe nearest to the pointer; right of what has been trained: live. A recording is there as a whole. */
static void
show_at (KdTimeline *timeline, double x)
{
  read_keyframes (timeline);
  const double step = x_to_step (timeline, x);
  const double now = (double) kd_session_status (session_of (timeline)).step;
  int best = timeline->n_keyframes;
  double distance =
      kd_session_is_recording (session_of (timeline)) ? INFINITY : fabs (fmin (step, now) - now);
  for (int i = 0; i < timeline->n_keyframes; i++) {
    const double away = fabs ((double) timeline->keyframes[i] - step);
    if (away < distance) {
      best = i;
      distance = away;
    }
  }
  show_place (timeline, best);
}

static void
on_drag_begin (GtkGestureDrag *drag, double x, double y, gpointer data)
{
  (void) drag;
  (void) y;
  gtk_widget_grab_focus (data);
  show_at (data, x);
}

static void
on_drag_update (GtkGestureDrag *drag, double dx, double dy, gpointer data)
{
  (void) dy;
  double x, y;
  if (gtk_gesture_drag_get_start_point (drag, &x, &y))
    show_at (data, x + dx);
}

/* Pointing at a step shows it in the charts, too. */
static void
on_motion (GtkEventControllerMotion *motion, double x, double y, gpointer data)
{
  (void) motion;
  (void) y;
  KdTimeline *timeline = data;
  const double last = (double) kd_session_status (session_of (timeline)).steps;
  kd_timeline_set_cursor (timeline, CLAMP (x_to_step (timeline, x), 0, last));
  g_signal_emit (timeline, cursor_signal, 0, timeline->cursor);
}

static void
on_leave (GtkEventControllerMotion *motion, gpointer data)
{
  (void) motion;
  kd_timeline_set_cursor (data, NAN);
  g_signal_emit (data, cursor_signal, 0, (double) NAN);
}

void
kd_timeline_set_cursor (KdTimeline *timeline, double step)
{
  g_return_if_fail (KD_IS_TIMELINE (timeline));
  timeline->cursor = step;
  gtk_widget_queue_draw (GTK_WIDGET (timeline));
}

double
kd_timeline_get_cursor (KdTimeline *timeline)
{
  g_return_val_if_fail (KD_IS_TIMELINE (timeline), NAN);
  return timeline->cursor;
}

/* ---- flags ---------------------------------------------------------------------------------------------- */

static void
add_flag (KdTimeline *timeline, int64_t step, int kind, const char *text)
{
  KdFlag flag = { .step = step, .kind = kind };
  g_strlcpy (flag.text, text, sizeof flag.text);
  guint place = 0;
  while (place < timeline->flags->len &&
         g_array_index (timeline->flags, KdFlag, place).step <= step)
    place++;
  g_array_insert_val (timeline->flags, place, flag);
  gtk_widget_queue_draw (GTK_WIDGET (timeline));
}

static void
on_event (KdSessionModel *model, const KdEvent *event, KdTimeline *timeline)
{
  (void) model;
  if (event->kind == KD_EVENT_KNOB || event->kind == KD_EVENT_BAD_NUMBERS)
    add_flag (timeline, event->step, event->kind, event->text);
}

static int
find_series (KdTimeline *timeline, const char *name)
{
  int n_series;
  const KdSeriesInfo *series = kd_session_series (session_of (timeline), &n_series);
  const int run = kd_session_model_get_selected (timeline->model);
  for (int i = 0; i < n_series; i++) {
    if (series[i].run == run && g_str_equal (series[i].name, name))
      return series[i].id;
  }
  return -1;
}

static void
flag_best (KdTimeline *timeline)
{
  for (guint i = 0; i < timeline->flags->len; i++) {
    if (g_array_index (timeline->flags, KdFlag, i).kind == BEST_AP)
      g_array_remove_index (timeline->flags, i--);
  }
  const int series = find_series (timeline, "ap50");
  KdPoint points[512], best = { .value = -1 };
  size_t got, from = 0;
  while (series >= 0 && (got = kd_session_read_series (session_of (timeline), series, from, points,
                                                       G_N_ELEMENTS (points))) > 0) {
    for (size_t i = 0; i < got; i++)
      best = points[i].value > best.value ? points[i] : best;
    from += got;
  }
  if (best.value < 0)
    return;
  g_autofree char *text = g_strdup_printf (
      _ ("Best AP50 of this student: %.1f %% at step %" PRId64), 100 * best.value, best.step);
  add_flag (timeline, best.step, BEST_AP, text);
}

int
kd_timeline_flags (KdTimeline *timeline, const KdFlag **flags)
{
  g_return_val_if_fail (KD_IS_TIMELINE (timeline), 0);
  *flags = (const KdFlag *) (void *) timeline->flags->data;
  return (int) timeline->flags->len;
}

static gboolean
on_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  (void) y;
  KdTimeline *timeline = KD_TIMELINE (widget);
  for (guint i = 0; !keyboard && i < timeline->flags->len; i++) {
    const KdFlag *flag = &g_array_index (timeline->flags, KdFlag, i);
    if (fabs (step_to_x (timeline, flag->step) - x) > NEAR_PX)
      continue;
    g_autofree char *text = flag->kind == BEST_AP ? g_strdup (flag->text)
                                                  : g_strdup_printf (_ ("Step %" PRId64 ": %s"),
                                                                     flag->step, flag->text);
    gtk_tooltip_set_text (tooltip, text);
    return TRUE;
  }
  gtk_tooltip_set_text (
      tooltip, kd_session_is_recording (session_of (timeline))
                   ? _ ("Drag to a keyframe of this recording (Left, Right; Shift: ten; Home, End)")
                   : _ ("Drag to recorded keyframes (Left, Right; Shift: ten); End: live"));
  return TRUE;
}

/* ---- drawing --------------------------------------------------------------------------------------------- */

static void
bar (cairo_t *cr, double from, double to, KdColor color, double alpha)
{
  if (to <= from)
    return;
  cairo_set_source_rgba (cr, color.red, color.green, color.blue, alpha);
  cairo_rectangle (cr, from, TRACK_Y - TRACK_PX / 2, to - from, TRACK_PX);
  cairo_fill (cr);
}

/* Knobs: a diamond; bad numbers: a cross; best AP50: a star-like triangle. Shapes, so that colour is not all that tells. */
static void
draw_flag (KdTimeline *timeline, cairo_t *cr, const KdFlag *flag, KdColor text)
{
  const double x = step_to_x (timeline, flag->step), y = TRACK_Y - TRACK_PX / 2 - FLAG_PX - 2;
  cairo_new_path (cr);
  cairo_set_source_rgb (cr, text.red, text.green, text.blue);
  if (flag->kind == KD_EVENT_BAD_NUMBERS) {
    cairo_set_source_rgb (cr, 0.8, 0.1, 0.1);
    cairo_set_line_width (cr, 2);
    cairo_move_to (cr, x - FLAG_PX, y - FLAG_PX);
    cairo_line_to (cr, x + FLAG_PX, y + FLAG_PX);
    cairo_move_to (cr, x + FLAG_PX, y - FLAG_PX);
    cairo_line_to (cr, x - FLAG_PX, y + FLAG_PX);
    cairo_stroke (cr);
    return;
  }
  cairo_move_to (cr, x, y - FLAG_PX);
  cairo_line_to (cr, x + FLAG_PX, flag->kind == BEST_AP ? y + FLAG_PX : y);
  if (flag->kind != BEST_AP)
    cairo_line_to (cr, x, y + FLAG_PX);
  cairo_line_to (cr, x - FLAG_PX, flag->kind == BEST_AP ? y + FLAG_PX : y);
  cairo_close_path (cr);
  if (flag->kind == BEST_AP)
    cairo_set_source_rgb (cr, 0.85, 0.6, 0);
  cairo_fill (cr);
}

static void
kd_timeline_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  KdTimeline *timeline = KD_TIMELINE (widget);
  const int width = gtk_widget_get_width (widget);
  cairo_t *cr =
      gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width, HEIGHT));
  const KdColor text = kd_widget_text_color (widget);
  const KdColor accent = kd_student_color ();
  const KdStatus status = kd_session_status (session_of (timeline));
  read_keyframes (timeline);

  bar (cr, MARGIN, width - MARGIN, text, 0.15);
  bar (cr, MARGIN, step_to_x (timeline, status.step), accent, 0.9);
  cairo_set_source_rgba (cr, text.red, text.green, text.blue, 0.55);
  cairo_set_line_width (cr, 1);
  for (int i = 0; i < timeline->n_keyframes; i++) {
    const double x = floor (step_to_x (timeline, timeline->keyframes[i])) + 0.5;
    cairo_move_to (cr, x, TRACK_Y + TRACK_PX / 2 + 1);
    cairo_rel_line_to (cr, 0, TICK_PX);
  }
  cairo_stroke (cr);
  for (guint i = 0; i < timeline->flags->len; i++)
    draw_flag (timeline, cr, &g_array_index (timeline->flags, KdFlag, i), text);

  if (isfinite (timeline->cursor)) {
    const double at = floor (step_to_x (timeline, (int64_t) timeline->cursor)) + 0.5;
    cairo_set_source_rgba (cr, text.red, text.green, text.blue, 0.6);
    cairo_move_to (cr, at, 2);
    cairo_line_to (cr, at, HEIGHT - 2);
    cairo_stroke (cr);
  }

  const double x = step_to_x (timeline, shown_step (timeline));
  cairo_new_path (cr);
  cairo_arc (cr, x, TRACK_Y, TRACK_PX, 0, 2 * G_PI);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_fill_preserve (cr);
  const bool scrubbed = kd_session_model_get_shown (timeline->model) >= 0;
  cairo_set_source_rgb (cr, scrubbed ? 0.85 : accent.red, scrubbed ? 0.4 : accent.green,
                        scrubbed ? 0 : accent.blue);
  cairo_set_line_width (cr, 2.5);
  cairo_stroke (cr);
  if (gtk_widget_has_focus (widget))
    gtk_render_focus (gtk_widget_get_style_context (widget), cr, 1, 1, width - 2, HEIGHT - 2);
  cairo_destroy (cr);
}

static void
kd_timeline_measure (GtkWidget *widget,
                     GtkOrientation orientation,
                     int for_size,
                     int *minimum,
                     int *natural,
                     int *minimum_baseline,
                     int *natural_baseline)
{
  (void) widget;
  (void) for_size;
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 120 : HEIGHT;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 300 : HEIGHT;
  *minimum_baseline = *natural_baseline = -1;
}

/* ---- life -------------------------------------------------------------------------------------------------- */

static void
on_status (KdTimeline *timeline)
{
  const KdStatus status = kd_session_status (session_of (timeline));
  flag_best (timeline);
  g_autofree char *text =
      g_strdup_printf (_ ("Step %" PRId64 " of %" PRId64), shown_step (timeline), status.steps);
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (timeline), GTK_ACCESSIBLE_PROPERTY_LABEL, C_ ("widget", "Timeline"),
      GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, GTK_ACCESSIBLE_PROPERTY_VALUE_NOW,
      (double) shown_step (timeline), GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, 0.0,
      GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, (double) status.steps, -1);
  gtk_widget_queue_draw (GTK_WIDGET (timeline));
}

static void
on_session (KdTimeline *timeline)
{
  g_array_set_size (timeline->flags, 0);
  on_status (timeline);
}

static void
kd_timeline_dispose (GObject *object)
{
  KdTimeline *timeline = KD_TIMELINE (object);
  if (timeline->model)
    g_signal_handlers_disconnect_by_data (timeline->model, timeline);
  g_clear_object (&timeline->model);
  g_clear_pointer (&timeline->flags, g_array_unref);
  G_OBJECT_CLASS (kd_timeline_parent_class)->dispose (object);
}

static void
kd_timeline_class_init (KdTimelineClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_timeline_dispose;
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  widget_class->snapshot = kd_timeline_snapshot;
  widget_class->measure = kd_timeline_measure;
  widget_class->query_tooltip = on_tooltip;
  gtk_widget_class_set_css_name (widget_class, "timeline");
  cursor_signal = g_signal_new ("cursor", KD_TYPE_TIMELINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 1, G_TYPE_DOUBLE);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_SLIDER);
}

static void
kd_timeline_init (KdTimeline *timeline)
{
  GtkWidget *widget = GTK_WIDGET (timeline);
  timeline->flags = g_array_new (FALSE, TRUE, sizeof (KdFlag));
  timeline->cursor = NAN;
  gtk_widget_set_focusable (widget, TRUE);
  gtk_widget_set_has_tooltip (widget, TRUE);
  GtkGesture *drag = gtk_gesture_drag_new ();
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), timeline);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), timeline);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));
  GtkEventController *motion = gtk_event_controller_motion_new ();
  g_signal_connect (motion, "motion", G_CALLBACK (on_motion), timeline);
  g_signal_connect (motion, "leave", G_CALLBACK (on_leave), timeline);
  gtk_widget_add_controller (widget, motion);
}

GtkWidget *
kd_timeline_new (KdSessionModel *model)
{
  KdTimeline *timeline = g_object_new (KD_TYPE_TIMELINE, NULL);
  timeline->model = g_object_ref (model);
  g_signal_connect_swapped (model, "session", G_CALLBACK (on_session), timeline);
  g_signal_connect_swapped (model, "status", G_CALLBACK (on_status), timeline);
  g_signal_connect_swapped (model, "selected", G_CALLBACK (on_status), timeline);
  g_signal_connect_swapped (model, "shown", G_CALLBACK (on_status), timeline);
  g_signal_connect (model, "event", G_CALLBACK (on_event), timeline);
  on_status (timeline);
  return GTK_WIDGET (timeline);
}
