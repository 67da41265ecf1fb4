/* SPDX-License-Identifier: MIT */
#include "ui/lesson-before.h"

#include "engine/base/i18n.h"

static KdViewSettings *
settings_of (const KdLessonStage *stage)
{
  return kd_wall_model_get_settings (kd_live_page_get_wall (stage->live));
}

void
kd_lesson_before_keep (KdLessonBefore *before, const KdLessonStage *stage)
{
  kd_lesson_before_clear (before);
  before->session = kd_session_model_get_session (stage->model);
  before->view = *kd_view_settings_get (settings_of (stage));
  before->image = kd_live_page_get_image (stage->live);
  before->figure = g_strdup (kd_live_page_get_figure (stage->live));
  before->selected = kd_session_model_get_selected (stage->model);
  for (int run = 0; run < kd_session_runs (before->session); run++)
    before->knobs[run] = kd_session_run_knobs (before->session, run);
}

static void
put_view_back (const KdLessonBefore *before, const KdLessonStage *stage)
{
  KdView view = *kd_view_settings_get (settings_of (stage));
  view.level = before->view.level;
  view.share = before->view.share;
  view.overlay = before->view.overlay;
  kd_view_settings_set (settings_of (stage), &view);
}

void
kd_lesson_before_put_back (KdLessonBefore *before, const KdLessonStage *stage)
{
  KdSession *session = kd_session_model_get_session (stage->model);
  kd_view_port_clear_pins (kd_live_page_get_port (stage->live));
  kd_live_page_show_figure (stage->live, before->figure);
  kd_live_page_set_image (stage->live, before->image);
  put_view_back (before, stage);
  if (session == before->session) {
    for (int run = 0; run < kd_session_runs (session); run++)
      kd_live_page_put_knobs (stage->live, run, before->knobs[run], _ ("As before the lesson"));
    kd_session_model_select (stage->model, before->selected);
  }
  kd_lesson_before_clear (before);
}

void
kd_lesson_before_clear (KdLessonBefore *before)
{
  for (int run = 0; run < KD_MAX_RUNS; run++)
    g_clear_pointer (&before->knobs[run], kd_knobs_free);
  g_clear_pointer (&before->figure, g_free);
  before->session = NULL;
}
