/* SPDX-License-Identifier: MIT */
#include "ui/lesson-stage.h"

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

static KdPicture *
picture_of (const KdLessonStage *stage)
{
  return kd_wall_model_get_picture (kd_live_page_get_wall (stage->live));
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

/* Of all channels together, one after another. */
static bool
measure_probe (const KdLessonStage *stage, const KdLessonCondition *c, double *value)
{
  KdPicture *picture = picture_of (stage);
  const int index = picture ? kd_picture_find (picture, c->name, c->level) : -1;
  KdMap map;
  if (index < 0 || !kd_picture_map (picture, index, &map))
    return false;
  const size_t cells = (size_t) map.height * (size_t) map.width;
  const size_t n = cells * (size_t) map.channels;
  g_autofree float *values = g_new (float, n);
  for (int k = 0; k < map.channels; k++)
    kd_map_reduce (&map, KD_CHANNELS_ONE, k, values + (size_t) k * cells);
  const KdMapStats stats = kd_map_stats (values, n);
  *value = c->quantity == KD_LESSON_CELLS  ? kd_lesson_half_cells (values, n)
           : c->quantity == KD_LESSON_MEAN ? stats.mean
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
  case KD_LESSON_KNOB:
    return measure_knob (stage, c, value);
  case KD_LESSON_SHARE:
  case KD_LESSON_TERM:
  case KD_LESSON_RATIO:
    return measure_term (stage, c, value);
  case KD_LESSON_CELLS:
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

static KdShare
share_named (const char *name)
{
  return g_str_equal (name, "row")     ? KD_SHARE_ROW
         : g_str_equal (name, "group") ? KD_SHARE_GROUP
         : g_str_equal (name, "panel") ? KD_SHARE_PANEL
                                       : KD_SHARE_ALL;
}

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
    view.share = share_named (act->name);
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
    act_on_run (stage, act);
    break;
  case KD_LESSON_DO_IMAGE:
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
kd_lesson_stage_fits (KdLessonStage *stage, const KdLesson *lesson)
{
  const KdState state = kd_session_status (session_of (stage)).state;
  if (kd_session_is_recording (session_of (stage)) || state == KD_STATE_DONE ||
      state == KD_STATE_FAILED || state == KD_STATE_BAD_NUMBERS)
    return false;
  for (guint i = 0; i < lesson->methods->len; i++) {
    if (run_of (stage, g_ptr_array_index (lesson->methods, i)) < 0)
      return false;
  }
  return true;
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
