/* SPDX-License-Identifier: MIT */
#include "ui/lesson-stage.h"

#include "engine/base/i18n.h"
#include "ui/chart-slot.h"
#include "ui/inspect-page.h"
#include "ui/symbols.h"

#include <math.h>
#include <string.h>

static KdSession *
session_of (const KdLessonStage *stage)
{
  return kd_session_model_get_session (stage->model);
}

/* The first run of @method; -1: none. */
static int
run_of (const KdLessonStage *stage, const KdMethod *method)
{
  for (int run = 0; run < kd_session_runs (session_of (stage)); run++) {
    if (kd_session_run_method (session_of (stage), run) == method)
      return run;
  }
  return -1;
}

/* ---- the window's views -------------------------------------------------------------------------------- */

/* The widgets of a type below @root, shown or not. */
static void
collect (GtkWidget *root, GType type, GPtrArray *found)
{
  if (g_type_is_a (G_OBJECT_TYPE (root), type))
    g_ptr_array_add (found, root);
  for (GtkWidget *child = gtk_widget_get_first_child (root); child;
       child = gtk_widget_get_next_sibling (child))
    collect (child, type, found);
}

/* NULL: the window has not made it yet. */
static KdInspectPage *
inspect_of (const KdLessonStage *stage)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  GtkRoot *root = gtk_widget_get_root (stage->anchor);
  if (root)
    collect (GTK_WIDGET (root), KD_TYPE_INSPECT_PAGE, found);
  return found->len ? KD_INSPECT_PAGE (g_ptr_array_index (found, 0)) : NULL;
}

static bool
is_inspecting (const KdLessonStage *stage)
{
  KdInspectPage *inspect = inspect_of (stage);
  return inspect && gtk_widget_get_child_visible (GTK_WIDGET (inspect));
}

static bool
is_shown (const KdLessonStage *stage, const char *view)
{
  const bool live = gtk_widget_get_child_visible (GTK_WIDGET (stage->live));
  return g_str_equal (view, "live")      ? live
         : g_str_equal (view, "inspect") ? is_inspecting (stage)
                                         : !live && !is_inspecting (stage);
}

/* Of the view that is shown. */
static KdPicture *
picture_of (const KdLessonStage *stage)
{
  return kd_wall_model_get_picture (is_inspecting (stage)
                                        ? kd_inspect_page_get_wall (inspect_of (stage))
                                        : kd_live_page_get_wall (stage->live));
}

static GPtrArray *
charts_of (const KdLessonStage *stage)
{
  GPtrArray *found = g_ptr_array_new ();
  collect (GTK_WIDGET (stage->live), KD_TYPE_CHART_SLOT, found);
  return found;
}

/* ---- measuring ----------------------------------------------------------------------------------------- */

static bool
measure_term (const KdLessonStage *stage, const KdLessonCondition *c, double *value)
{
  KdPicture *picture = picture_of (stage);
  const KdTermStatus *term = picture && kd_picture_info (picture)->method == c->method
                                 ? kd_picture_term (picture, c->name)
                                 : NULL;
  if (!term)
    return false;
  *value = c->quantity == KD_LESSON_SHARE   ? kd_picture_term_share (picture, term)
           : c->quantity == KD_LESSON_RATIO ? term->task_ratio
                                            : term->value;
  return true;
}

/* All values of a probe, its levels and channels one after another; empty: there is no such map. */
static GArray *
values_of (KdPicture *picture, const char *name, int level)
{
  GArray *values = g_array_new (FALSE, FALSE, sizeof (float));
  for (int l = level; l < (level < 0 ? KD_MAX_LEVELS : level + 1); l++) {
    const int index = picture ? kd_picture_find (picture, name, l) : -1;
    KdMap map;
    if (index < 0 || !kd_picture_map (picture, index, &map))
      continue;
    const guint cells = (guint) (map.height * map.width);
    for (int k = 0; k < map.channels; k++) {
      g_array_set_size (values, values->len + cells);
      kd_map_reduce (&map, KD_CHANNELS_ONE, k, &g_array_index (values, float, values->len - cells));
    }
  }
  return values;
}

static int
count_marked (const float *values, size_t n)
{
  int marked = 0;
  for (size_t i = 0; i < n; i++)
    marked += values[i] > 0;
  return marked;
}

static bool
measure_probe (const KdLessonStage *stage, const KdLessonCondition *c, double *value)
{
  g_autoptr (GArray) found = values_of (picture_of (stage), c->name, c->level);
  const float *values = (const float *) (const void *) found->data;
  const KdMapStats stats = kd_map_stats (values, found->len);
  *value = c->quantity == KD_LESSON_CELLS    ? kd_lesson_half_cells (values, found->len)
           : c->quantity == KD_LESSON_MARKED ? count_marked (values, found->len)
           : c->quantity == KD_LESSON_MEAN   ? stats.mean
                                             : stats.max;
  return stats.n_finite > 0;
}

static bool
measure_knob (const KdLessonStage *stage, const KdLessonCondition *c, double *value)
{
  const int run = run_of (stage, c->method);
  if (run < 0)
    return false;
  KdKnobs *knobs = kd_session_run_knobs (session_of (stage), run);
  *value = kd_knobs_get (knobs, c->name);
  kd_knobs_free (knobs);
  return true;
}

/* The last point of a series of @method's run, in %. */
static bool
measure_ap (const KdLessonStage *stage, const KdLessonCondition *c, double *value)
{
  const char *name = c->quantity == KD_LESSON_AP ? "ap" : "ap50";
  const int run = run_of (stage, c->method);
  int n;
  const KdSeriesInfo *series = kd_session_series (session_of (stage), &n);
  bool found = false;
  for (int i = 0; i < n; i++) {
    KdPoint point;
    if (series[i].run != run || strcmp (series[i].name, name) != 0)
      continue;
    for (size_t at = 0;
         kd_session_read_series (session_of (stage), series[i].id, at, &point, 1) == 1; at++) {
      *value = 100 * point.value;
      found = true;
    }
  }
  return found;
}

static bool
measure_learned (const KdLessonStage *stage, double *value)
{
  const KdStatus status = kd_session_status (session_of (stage));
  *value = status.learning < 0
               ? 100
               : 100.0 * (double) status.learned / (double) MAX (status.to_learn, 1);
  return status.state != KD_STATE_LOADING;
}

static bool
is_training (const KdLessonStage *stage)
{
  const KdState state = kd_session_status (session_of (stage)).state;
  return state == KD_STATE_RUNNING || state == KD_STATE_LEARNING || state == KD_STATE_EVALUATING;
}

void
kd_lesson_stage_begin (KdLessonStage *stage)
{
  stage->session = session_of (stage);
  stage->step = kd_session_status (stage->session).step;
}

/* Training that is over has been waited for. */
static double
measure_trained (const KdLessonStage *stage)
{
  const KdStatus status = kd_session_status (session_of (stage));
  return status.state == KD_STATE_DONE          ? (double) status.steps
         : session_of (stage) == stage->session ? (double) (status.step - stage->step)
                                                : (double) status.step;
}

static bool
has_chart (const KdLessonStage *stage, int kind)
{
  g_autoptr (GPtrArray) charts = charts_of (stage);
  for (guint i = 0; i < charts->len; i++) {
    if ((int) kd_chart_slot_get_kind (g_ptr_array_index (charts, i)) == kind)
      return true;
  }
  return false;
}

/* Open in Inspect, and this method computed on it; NULL: any. */
static bool
is_inspected (const KdLessonStage *stage, const KdMethod *method)
{
  KdInspectPage *inspect = inspect_of (stage);
  KdInspectModel *model = inspect ? kd_inspect_page_get_model (inspect) : NULL;
  if (!model || !kd_inspect_model_get_dump (model))
    return false;
  const int selected = kd_inspect_model_get_selected (model);
  return !method || (kd_inspect_model_get_method (model, selected) == method &&
                     kd_inspect_model_get_inspection (model, selected));
}

bool
kd_lesson_stage_measure (void *data, const KdLessonCondition *c, double *value)
{
  const KdLessonStage *stage = data;
  KdPin pins[KD_MAX_PINS];
  const KdView *view =
      kd_view_settings_get (kd_wall_model_get_settings (kd_live_page_get_wall (stage->live)));
  switch (c->quantity) {
  case KD_LESSON_STEP:
    *value = (double) kd_session_status (session_of (stage)).step;
    return true;
  case KD_LESSON_TRAINED:
    *value = measure_trained (stage);
    return true;
  case KD_LESSON_LEARNED:
    return measure_learned (stage, value);
  case KD_LESSON_PINS:
    *value = kd_view_port_get_pins (kd_live_page_get_port (stage->live), pins);
    return true;
  case KD_LESSON_IMAGE:
    if (picture_of (stage))
      *value = (double) kd_picture_info (picture_of (stage))->image_index;
    return picture_of (stage) != NULL;
  case KD_LESSON_LEVEL:
    *value = view->level;
    return true;
  case KD_LESSON_OVERLAY:
    *value = view->overlay;
    return true;
  case KD_LESSON_PLAYING:
    *value = is_training (stage);
    return true;
  case KD_LESSON_PAUSED:
    *value = kd_session_status (session_of (stage)).state == KD_STATE_PAUSED;
    return true;
  case KD_LESSON_SELECTED:
    *value = kd_session_run_method (session_of (stage),
                                    kd_session_model_get_selected (stage->model)) == c->method;
    return true;
  case KD_LESSON_FIGURE:
    *value = g_str_equal (kd_live_page_get_figure (stage->live), c->name);
    return true;
  case KD_LESSON_SCALE:
    *value = (int) view->share == c->level;
    return true;
  case KD_LESSON_CHART:
    *value = has_chart (stage, c->level);
    return true;
  case KD_LESSON_EARLIER:
    *value = kd_session_model_get_shown (stage->model) >= 0;
    return true;
  case KD_LESSON_VIEW:
    *value = is_shown (stage, c->name);
    return true;
  case KD_LESSON_DUMP:
  case KD_LESSON_INSPECTED:
    *value = is_inspected (stage, c->method);
    return true;
  case KD_LESSON_KNOB:
    return measure_knob (stage, c, value);
  case KD_LESSON_SHARE:
  case KD_LESSON_TERM:
  case KD_LESSON_RATIO:
    return measure_term (stage, c, value);
  case KD_LESSON_CELLS:
  case KD_LESSON_MARKED:
  case KD_LESSON_MEAN:
  case KD_LESSON_MAX:
    return measure_probe (stage, c, value);
  case KD_LESSON_AP:
  case KD_LESSON_AP50:
    return measure_ap (stage, c, value);
  default:
    return false;
  }
}

bool
kd_lesson_stage_all_hold (KdLessonStage *stage, const GArray *conditions)
{
  for (guint i = 0; i < conditions->len; i++) {
    if (!kd_lesson_condition_holds (&g_array_index (conditions, KdLessonCondition, i),
                                    kd_lesson_stage_measure, stage))
      return false;
  }
  return true;
}

/* ---- acting -------------------------------------------------------------------------------------------- */

static void
change_view (const KdLessonStage *stage, const KdLessonAct *act)
{
  KdViewSettings *settings = kd_wall_model_get_settings (kd_live_page_get_wall (stage->live));
  KdView view = *kd_view_settings_get (settings);
  if (act->kind == KD_LESSON_DO_LEVEL)
    view.level = (int) act->x;
  else if (act->kind == KD_LESSON_DO_OVERLAY)
    view.overlay = act->x;
  else
    view.share = (KdShare) act->x;
  kd_view_settings_set (settings, &view);
}

/* Acts on a run show it first: what changes must be on screen. */
static void
act_on_run (const KdLessonStage *stage, const KdLessonAct *act)
{
  const int run = run_of (stage, act->method);
  if (run < 0)
    return;
  kd_session_model_select (stage->model, run);
  if (act->kind == KD_LESSON_DO_KNOB)
    kd_live_page_turn (stage->live, act->name, act->text);
  else if (act->kind == KD_LESSON_DO_PRESET)
    kd_live_page_choose_preset (stage->live, act->name);
  else if (act->kind == KD_LESSON_DO_BALANCE)
    kd_live_page_balance (stage->live);
}

static void
open_example (const KdLessonStage *stage)
{
  g_autofree char *path = kd_example_find (NULL);
  if (path)
    gtk_widget_activate_action (stage->anchor, "win.open-path", "s", path);
}

static void
inspect_method (const KdLessonStage *stage, const KdMethod *method)
{
  KdInspectPage *inspect = inspect_of (stage);
  KdInspectModel *model = inspect ? kd_inspect_page_get_model (inspect) : NULL;
  for (int i = 0; model && i < kd_inspect_model_count (model); i++) {
    if (kd_inspect_model_get_method (model, i) == method)
      kd_inspect_model_select (model, i);
  }
}

static void
show_chart (const KdLessonStage *stage, KdChartKind kind)
{
  g_autoptr (GPtrArray) charts = charts_of (stage);
  if (charts->len)
    kd_chart_slot_set_kind (g_ptr_array_index (charts, charts->len - 1), kind);
}

static void
show_view (const KdLessonStage *stage, const char *name)
{
  g_autofree char *action = g_strconcat ("win.view-", name, NULL);
  gtk_widget_activate_action (stage->anchor, action, NULL);
}

static void
show_first (const KdLessonStage *stage)
{
  int64_t step;
  if (kd_session_keyframes (session_of (stage), &step, 1) > 0)
    kd_session_model_show (stage->model, step);
}

static void
do_act (const KdLessonStage *stage, const KdLessonAct *act)
{
  switch (act->kind) {
  case KD_LESSON_DO_PLAY:
    kd_session_model_show (stage->model, -1);
    kd_session_play (session_of (stage));
    break;
  case KD_LESSON_DO_PAUSE:
    kd_session_pause (session_of (stage));
    break;
  case KD_LESSON_DO_STEP:
    kd_session_step_once (session_of (stage));
    break;
  case KD_LESSON_DO_SELECT:
  case KD_LESSON_DO_KNOB:
  case KD_LESSON_DO_PRESET:
  case KD_LESSON_DO_BALANCE:
    act_on_run (stage, act);
    break;
  case KD_LESSON_DO_IMAGE:
    if (is_inspecting (stage))
      kd_inspect_page_set_image (inspect_of (stage), (int) act->x);
    else
      kd_live_page_set_image (stage->live, (int) act->x);
    break;
  case KD_LESSON_DO_FIGURE:
    kd_live_page_show_figure (stage->live, act->name);
    break;
  case KD_LESSON_DO_LEVEL:
  case KD_LESSON_DO_SCALE:
  case KD_LESSON_DO_OVERLAY:
    change_view (stage, act);
    break;
  case KD_LESSON_DO_CHART:
    show_chart (stage, (KdChartKind) act->x);
    break;
  case KD_LESSON_DO_FIRST:
    show_first (stage);
    break;
  case KD_LESSON_DO_LIVE:
    kd_session_model_show (stage->model, -1);
    break;
  case KD_LESSON_DO_VIEW:
    show_view (stage, act->name);
    break;
  case KD_LESSON_DO_EXAMPLE:
    open_example (stage);
    break;
  case KD_LESSON_DO_INSPECT:
    inspect_method (stage, act->method);
    break;
  case KD_LESSON_DO_PIN:
    kd_view_port_toggle_pin (kd_live_page_get_port (stage->live), act->x, act->y);
    break;
  case KD_LESSON_DO_UNPIN:
    kd_view_port_clear_pins (kd_live_page_get_port (stage->live));
    break;
  default:
    break;
  }
}

void
kd_lesson_stage_do (KdLessonStage *stage, const GArray *acts)
{
  for (guint i = 0; i < acts->len; i++)
    do_act (stage, &g_array_index (acts, KdLessonAct, i));
}

bool
kd_lesson_stage_has_runs (KdLessonStage *stage, const KdLesson *lesson)
{
  if (lesson->methods->len && kd_session_is_recording (session_of (stage)))
    return false;
  for (guint i = 0; i < lesson->methods->len; i++) {
    if (run_of (stage, g_ptr_array_index (lesson->methods, i)) < 0)
      return false;
  }
  return true;
}

bool
kd_lesson_stage_fits (KdLessonStage *stage, const KdLesson *lesson)
{
  const KdState state = kd_session_status (session_of (stage)).state;
  const bool over =
      state == KD_STATE_DONE || state == KD_STATE_FAILED || state == KD_STATE_BAD_NUMBERS;
  return kd_lesson_stage_has_runs (stage, lesson) && !(over && lesson->methods->len);
}

static bool
is_of_map (KdLessonQuantity quantity)
{
  return quantity == KD_LESSON_CELLS || quantity == KD_LESSON_MARKED ||
         quantity == KD_LESSON_MEAN || quantity == KD_LESSON_MAX;
}

char *
kd_lesson_stage_tell (KdLessonStage *stage, const GArray *conditions)
{
  for (guint i = 0; i < conditions->len; i++) {
    const KdLessonCondition *c = &g_array_index (conditions, KdLessonCondition, i);
    double now;
    if (kd_lesson_condition_holds (c, kd_lesson_stage_measure, stage))
      continue;
    if (kd_lesson_stage_measure (stage, c, &now))
      return kd_lesson_condition_tell (c, now);
    if (c->quantity == KD_LESSON_AP || c->quantity == KD_LESSON_AP50)
      return g_strdup_printf (_ ("%s has not been measured yet"), c->method->title);
    if (is_of_map (c->quantity) && picture_of (stage))
      return g_strdup_printf (_ ("there is no map “%s” at this level"), c->name);
  }
  return NULL;
}

GtkWidget *
kd_lesson_stage_find (GtkWidget *root, const char *name)
{
  if (!gtk_widget_get_visible (root) || !gtk_widget_get_child_visible (root))
    return NULL;
  if (g_str_equal (gtk_widget_get_name (root), name))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child;
       child = gtk_widget_get_next_sibling (child)) {
    GtkWidget *found = kd_lesson_stage_find (child, name);
    if (found)
      return found;
  }
  return NULL;
}
