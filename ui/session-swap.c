/* SPDX-License-Identifier: MIT */
#include "ui/session-swap.h"

#include "engine/base/i18n.h"

#include <inttypes.h>

static void
say (const KdSessionSwap *swap, const char *text)
{
  adw_toast_overlay_add_toast (swap->toasts, adw_toast_new (text));
}

static void
complain (const KdSessionSwap *swap, const char *text)
{
  kd_alarm_say (swap->alarm, text, NULL);
}

static void
swap_sessions (gpointer owner, GVariant *state)
{
  (void) state;
  kd_session_model_swap (KD_SESSION_MODEL (owner));
}

void
kd_session_swap_tell (const KdSessionSwap *swap, const char *text)
{
  AdwToast *told = adw_toast_new (text);
  kd_edits_clear (swap->edits); /* they were about another session */
  adw_toast_set_button_label (told, C_ ("button", "Undo"));
  adw_toast_set_action_name (told, "win.undo");
  adw_toast_overlay_add_toast (swap->toasts, told);
  kd_edits_push (swap->edits, text, NULL, swap_sessions, G_OBJECT (swap->model),
                 g_variant_new_boolean (false), g_variant_new_boolean (true));
}

#define TIGHTER_CLIP                                                                               \
  0.1 /* a gradient that is clipped anew may be this part of what it might be before */
#define CLIP_OF_UNCLIPPED 1 /* the optimizer's own, where nothing was clipped */

/* The newest keyframe before @step that training can go on from; -1: none. */
static int64_t
step_to_go_back_to (KdSession *session, int64_t step)
{
  const int n = kd_session_keyframes (session, NULL, 0);
  g_autofree int64_t *steps = g_new (int64_t, n);
  for (int i = MIN (n, kd_session_keyframes (session, steps, n)); i-- > 0;)
    if (steps[i] < step && kd_session_keyframe_has_weights (session, steps[i]))
      return steps[i];
  return -1;
}

void
kd_session_swap_bad_numbers (const KdSessionSwap *swap, const char *text)
{
  KdSession *session = kd_session_model_get_session (swap->model);
  const int64_t step = step_to_go_back_to (session, kd_session_status (session).step);
  g_autofree char *help = step < 0 ? NULL : g_strdup_printf (_ ("Rewind to step %" PRId64), step);
  kd_alarm_say (
      swap->alarm, text,
      (const char *const[]){ help, help ? _ ("Clip gradients and continue") : NULL, NULL });
}

/* Everything as it was then, knobs too: what was turned since may be why the numbers went bad. */
void
kd_session_swap_go_back (const KdSessionSwap *swap, bool clip)
{
  KdSession *session = kd_session_model_get_session (swap->model);
  const int64_t step = step_to_go_back_to (session, kd_session_status (session).step);
  g_autoptr (GError) error = NULL;
  const double before = kd_session_config (session)->optimizer.clip_norm;
  const double tighter = before > 0 ? TIGHTER_CLIP * before : CLIP_OF_UNCLIPPED;
  KdSession *earlier = kd_session_rewind (session, step, clip ? tighter : 0, &error);
  if (!earlier) {
    complain (swap, error->message);
    return;
  }
  g_autofree char *text =
      clip ? g_strdup_printf (_ ("On from step %" PRId64 ", with gradients clipped to %g"), step,
                              tighter)
           : g_strdup_printf (_ ("Back at step %" PRId64 ", with the parameters of then"), step);
  if (clip)
    kd_session_play (earlier);
  kd_session_model_put (swap->model, earlier);
  kd_session_swap_tell (swap, text);
}

void
kd_session_swap_branch (const KdSessionSwap *swap)
{
  KdSession *session = kd_session_model_get_session (swap->model);
  const int64_t step = kd_session_model_get_shown (swap->model);
  const int run = kd_session_model_get_selected (swap->model);
  if (step < 0) {
    say (swap, kd_session_is_recording (session)
                   ? _ ("A recording holds no weights to branch from: Train live has them")
                   : _ ("Scrub to a keyframe first: the branch starts there"));
    return;
  }
  g_autoptr (GError) error = NULL;
  KdSession *branch = kd_session_branch (session, step, run, NULL, NULL, &error);
  if (!branch) {
    complain (swap, error->message);
    return;
  }
  g_autofree char *text = g_strdup_printf (_ ("Branched at step %" PRId64 ", with %s twice"), step,
                                           kd_session_run_method (session, run)->title);
  kd_session_model_put (swap->model, branch);
  kd_session_swap_tell (swap, text);
}

void
kd_session_swap_start (const KdSessionSwap *swap, const KdConfig *config)
{
  g_autoptr (GError) error = NULL;
  if (!kd_session_model_start (swap->model, config, &error)) {
    complain (swap, error->message);
    return;
  }
  g_autofree char *text = g_strdup_printf (ngettext ("A new session of %d student, from step 0",
                                                     "A new session of %d students, from step 0",
                                                     (unsigned) config->n_runs),
                                           config->n_runs);
  kd_session_swap_tell (swap, text);
}

void
kd_session_swap_restart (const KdSessionSwap *swap)
{
  KdSession *session = kd_session_model_get_session (swap->model);
  g_autoptr (GError) error = NULL;
  KdRunConfig runs[KD_MAX_RUNS] = { 0 };
  KdKnobs *knobs[KD_MAX_RUNS];
  KdConfig config = *kd_session_config (session);
  const int n = kd_session_runs (session);
  for (int i = 0; i < n; i++) {
    runs[i] = config.runs[i];
    runs[i].knobs = knobs[i] = kd_session_run_knobs (session, i);
  }
  config.runs = runs;
  config.out = NULL;
  config.resume = config.paused = false;
  if (kd_session_model_start (swap->model, &config, &error))
    kd_session_swap_tell (swap, _ ("From step 0 again"));
  else
    complain (swap, error->message);
  for (int i = 0; i < n; i++)
    kd_knobs_free (knobs[i]);
}

void
kd_session_swap_train_live (const KdSessionSwap *swap)
{
  KdSession *session = kd_session_model_get_session (swap->model);
  const KdConfig *recorded = kd_session_config (session);
  g_autoptr (GError) error = NULL;
  KdConfig config = kd_config_default ();
  if (!kd_session_is_recording (session)) {
    say (swap, _ ("This session is live already"));
    return;
  }
  config.runs = recorded->runs;
  config.n_runs = recorded->n_runs;
  config.student = recorded->student;
  config.seed = recorded->seed;
  config.threads = MAX (1, (int) g_get_num_processors () - 1);
  if (kd_session_model_start (swap->model, &config, &error))
    kd_session_swap_tell (swap, _ ("Training live, from step 0"));
  else
    complain (swap, error->message);
}
