/* SPDX-License-Identifier: MIT */
#include "ui/transport.h"

#include "engine/base/i18n.h"
#include "ui/app-settings.h"
#include "ui/live-text.h"
#include "ui/timeline.h"
#include "ui/tooltip.h"

#include <inttypes.h>
#include <math.h>

/* Of a recording, while it plays. */
#define KEYFRAME_MS 150

struct _KdTransport {
  GtkBox parent_instance;
  KdSessionModel *model; /* owned */
  GtkWidget *play, *step, *phase, *speed, *timeline, *branch, *live, *train, *status;
  bool wants_focus; /* once there is something to play */
  guint playing;    /* timeout that shows a recording's next keyframe, 0: none */
};

G_DEFINE_FINAL_TYPE (KdTransport, kd_transport, GTK_TYPE_BOX)

static guint cursor_signal;

static const struct {
  const char *label;
  double steps_per_s; /* 0: as fast as it goes */
} speeds[] = { { N_ ("1 step/s"), 1 },    { N_ ("2 steps/s"), 2 },   { N_ ("5 steps/s"), 5 },
               { N_ ("10 steps/s"), 10 }, { N_ ("20 steps/s"), 20 }, { N_ ("Full speed"), 0 } };

static const char *const phase_names[KD_N_STEP_PHASES] = {
  [KD_STEP_FORWARD] = N_ ("forward"), [KD_STEP_SELECT] = N_ ("select"),
  [KD_STEP_LOSS] = N_ ("loss"),       [KD_STEP_BACKWARD] = N_ ("backward"),
  [KD_STEP_UPDATE] = N_ ("update"),
};

/* What each has left behind, marked on the wall. */
static const char *const made[KD_N_STEP_PHASES] = {
  [KD_STEP_FORWARD] = N_ ("features made"),
  [KD_STEP_SELECT] = N_ ("cells selected"),
  [KD_STEP_LOSS] = N_ ("loss made"),
  [KD_STEP_BACKWARD] = N_ ("gradients made"),
};

static bool
is_running (KdState state)
{
  return state == KD_STATE_RUNNING || state == KD_STATE_LEARNING || state == KD_STATE_EVALUATING;
}

static const char *
state_text (KdState state)
{
  switch (state) {
  case KD_STATE_LOADING:
    return _ ("Loading the teacher");
  case KD_STATE_PAUSED:
    return _ ("Paused");
  case KD_STATE_RUNNING:
    return _ ("Training");
  case KD_STATE_LEARNING:
    return _ ("Learning on the teacher");
  case KD_STATE_EVALUATING:
    return _ ("Measuring AP");
  case KD_STATE_DONE:
    return C_ ("state", "Finished");
  case KD_STATE_BAD_NUMBERS:
    return _ ("Stopped: a number is not finite");
  case KD_STATE_FAILED:
    return _ ("Failed");
  default:
    g_assert_not_reached ();
  }
}

static char *
format_duration (double seconds)
{
  const int whole = (int) ceil (seconds);
  return g_strdup_printf ("%d:%02d", whole / 60, whole % 60);
}

/* Of a recording. */
static bool
is_at_end (KdSession *session)
{
  const int n = kd_session_keyframes (session, NULL, 0);
  g_autofree int64_t *steps = g_new (int64_t, n + 1);
  kd_session_keyframes (session, steps, n);
  return n > 0 && kd_session_status (session).step >= steps[n - 1];
}

static void
set_words (GtkWidget *widget, const char *words)
{
  kd_tooltip_set_rarely (widget, words);
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, words,
                                  -1);
}

/* "Recording: step 280 of 600": it has no live end, trains nothing and needs no threads. */
static void
show_recording (KdTransport *transport, KdSession *session)
{
  const KdStatus status = kd_session_status (session);
  const bool running = transport->playing != 0;
  set_words (transport->play, running ? _ ("Pause (Space)") : _ ("Play the recording (Space)"));
  set_words (transport->step, _ ("Next keyframe (.)"));
  kd_tooltip_set_rarely (transport->speed, _ ("Speed of playing ([ and ])"));
  gtk_widget_set_sensitive (transport->play, TRUE);
  gtk_widget_set_sensitive (transport->step, !running && !is_at_end (session));
  g_autofree char *words =
      g_strdup_printf (running ? _ ("Playing a recording: step %" PRId64 " of %" PRId64)
                               : _ ("Recording: step %" PRId64 " of %" PRId64),
                       status.step, status.steps);
  kd_live_text_set (KD_LIVE_TEXT (transport->status), words);
}

/* Where it stands: "step 412 / 2000", or what is learned first. */
static char *
place_text (KdSession *session, const KdStatus *status, bool running)
{
  if (status->learning < 0 || (!running && status->learned == 0))
    return g_strdup_printf (_ ("step %" PRId64 " / %" PRId64), status->step, status->steps);
  const KdMethod *method = kd_session_run_method (session, status->learning);
  return g_strdup_printf (_ ("%s learns its %s: step %" PRId64 " / %" PRId64), method->title,
                          kd_translated (method->learns), status->learned, status->to_learn);
}

/* Each part a phrase of its own, with room between them. */
static char *
status_text (KdSession *session, const KdStatus *status, bool live, bool running)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (parts, place_text (session, status, running));
  if (running && status->eta_s >= 0) {
    g_autofree char *eta = format_duration (status->eta_s);
    g_ptr_array_add (parts, g_strdup_printf (_ ("%s left"), eta));
  }
  if (!running && status->next_phase != KD_STEP_FORWARD)
    g_ptr_array_add (parts, g_strdup_printf (_ ("%s inside a step: %s, next: %s"),
                                             state_text (status->state),
                                             kd_translated (made[status->next_phase - 1]),
                                             kd_translated (phase_names[status->next_phase])));
  else
    g_ptr_array_add (parts, g_strdup (state_text (status->state)));
  if (running && status->steps_per_s > 0)
    g_ptr_array_add (parts, g_strdup_printf (_ ("%.1f steps/s"), status->steps_per_s));
  if (live) {
    g_ptr_array_add (
        parts, g_strdup_printf (ngettext ("%d thread", "%d threads", (unsigned) status->threads),
                                status->threads));
    g_ptr_array_add (parts, g_strdup_printf (_ ("%.0f MB"), (double) status->bytes / 1e6));
  }
  g_ptr_array_add (parts, NULL);
  return g_strjoinv ("   ", (char **) parts->pdata);
}

static void
show_session (KdTransport *transport, KdSession *session)
{
  const KdStatus status = kd_session_status (session);
  const bool live = status.state != KD_STATE_LOADING && status.state != KD_STATE_FAILED;
  /* Also after bad numbers: a knob may have been turned, and the step is made anew. */
  const bool can_train = live && status.state != KD_STATE_DONE;
  const bool running = is_running (status.state);
  set_words (transport->play, running ? _ ("Pause (Space)") : _ ("Play (Space)"));
  set_words (transport->step, _ ("One step (.)"));
  kd_tooltip_set_rarely (transport->speed, _ ("Speed of training ([ and ])"));
  gtk_widget_set_sensitive (transport->play, can_train);
  gtk_widget_set_sensitive (transport->step, can_train && !running);
  gtk_widget_set_sensitive (transport->phase, can_train && !running);
  g_autofree char *phase = g_strdup_printf (_ ("Next phase of the step: %s (Shift+.)"),
                                            kd_translated (phase_names[status.next_phase]));
  kd_tooltip_set_rarely (transport->phase, phase);

  g_autofree char *words = status_text (session, &status, live, running);
  kd_live_text_set (KD_LIVE_TEXT (transport->status), words);
}

static void
show_status (KdTransport *transport)
{
  KdSession *session = kd_session_model_get_session (transport->model);
  const bool recording = kd_session_is_recording (session);
  const bool running =
      recording ? transport->playing != 0 : is_running (kd_session_status (session).state);
  gtk_widget_set_visible (transport->train, recording);
  gtk_widget_set_visible (transport->phase, !recording);
  const char *icon = running ? "media-playback-pause-symbolic" : "media-playback-start-symbolic";
  if (g_strcmp0 (gtk_button_get_icon_name (GTK_BUTTON (transport->play)), icon) != 0)
    gtk_button_set_icon_name (GTK_BUTTON (transport->play), icon);
  if (recording)
    show_recording (transport, session);
  else
    show_session (transport, session);
  if (transport->wants_focus && gtk_widget_get_sensitive (transport->play))
    kd_transport_focus (transport);
}

static void
show_shown (KdTransport *transport)
{
  KdSession *session = kd_session_model_get_session (transport->model);
  const int64_t shown = kd_session_model_get_shown (transport->model);
  gtk_widget_set_visible (transport->live, shown >= 0); /* never of a recording */
  gtk_widget_set_visible (transport->branch, shown >= 0);
  gtk_widget_set_sensitive (transport->branch,
                            shown >= 0 && kd_session_keyframe_has_weights (session, shown));
  g_autofree char *text = g_strdup_printf (_ ("Step %" PRId64 ": back to live"), shown);
  gtk_button_set_label (GTK_BUTTON (transport->live), text);
}

static void
on_cursor (KdTransport *transport, double step)
{
  g_signal_emit (transport, cursor_signal, 0, step);
}

void
kd_transport_set_cursor (KdTransport *transport, double step)
{
  g_return_if_fail (KD_IS_TRANSPORT (transport));
  kd_timeline_set_cursor (KD_TIMELINE (transport->timeline), step);
}

void
kd_transport_scrub (KdTransport *transport, int places)
{
  g_return_if_fail (KD_IS_TRANSPORT (transport));
  kd_timeline_scrub (KD_TIMELINE (transport->timeline), places);
}

void
kd_transport_step_phase (KdTransport *transport)
{
  g_return_if_fail (KD_IS_TRANSPORT (transport));
  kd_session_step_phase (kd_session_model_get_session (transport->model));
}

/* ---- a recording's keyframes, one after the other ---- */

static double
chosen_speed (KdTransport *transport)
{
  return speeds[gtk_drop_down_get_selected (GTK_DROP_DOWN (transport->speed))].steps_per_s;
}

static gboolean show_next (gpointer data);

/* At the chosen speed, as the steps between two keyframes say. */
static void
show_next_later (KdTransport *transport, int64_t steps)
{
  const double wait_ms =
      chosen_speed (transport) > 0 ? 1e3 * (double) steps / chosen_speed (transport) : 0;
  transport->playing = g_timeout_add (MAX (KEYFRAME_MS, (guint) wait_ms), show_next, transport);
}

static gboolean
show_next (gpointer data)
{
  KdTransport *transport = data;
  KdSession *session = kd_session_model_get_session (transport->model);
  const int64_t before = kd_session_status (session).step;
  kd_session_step_once (session);
  const int64_t steps = kd_session_status (session).step - before;
  transport->playing = 0;
  if (steps > 0)
    show_next_later (transport, steps);
  show_status (transport);
  return G_SOURCE_REMOVE;
}

static void
stop_playing (KdTransport *transport)
{
  g_clear_handle_id (&transport->playing, g_source_remove);
}

/* From the keyframe it is at; from the first one once it has come to its end. */
static void
toggle_recording (KdTransport *transport)
{
  if (transport->playing) {
    stop_playing (transport);
  } else {
    if (is_at_end (kd_session_model_get_session (transport->model)))
      kd_timeline_scrub (KD_TIMELINE (transport->timeline), G_MININT);
    show_next_later (transport, 0);
  }
  show_status (transport);
}

void
kd_transport_focus (KdTransport *transport)
{
  g_return_if_fail (KD_IS_TRANSPORT (transport));
  transport->wants_focus = !gtk_widget_grab_focus (transport->play);
}

void
kd_transport_toggle (KdTransport *transport)
{
  g_return_if_fail (KD_IS_TRANSPORT (transport));
  KdSession *session = kd_session_model_get_session (transport->model);
  /* What holds now, not what was drawn last. */
  if (kd_session_is_recording (session))
    toggle_recording (transport);
  else if (is_running (kd_session_status (session).state))
    kd_session_pause (session);
  else
    kd_session_play (session);
}

void
kd_transport_step (KdTransport *transport)
{
  g_return_if_fail (KD_IS_TRANSPORT (transport));
  kd_session_step_once (kd_session_model_get_session (transport->model));
}

void
kd_transport_change_speed (KdTransport *transport, int places)
{
  g_return_if_fail (KD_IS_TRANSPORT (transport));
  const int now = (int) gtk_drop_down_get_selected (GTK_DROP_DOWN (transport->speed));
  const int next = CLAMP (now + places, 0, (int) G_N_ELEMENTS (speeds) - 1);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (transport->speed), (guint) next);
}

static void
on_speed (KdTransport *transport)
{
  const double steps_per_s = chosen_speed (transport);
  kd_session_set_speed (kd_session_model_get_session (transport->model), steps_per_s);
  if (kd_app_settings ())
    g_settings_set_double (kd_app_settings (), "speed", steps_per_s);
}

/* The place of the speed that was kept; full speed if it is none of the list's. */
static guint
kept_speed (void)
{
  const double kept = kd_app_settings () ? g_settings_get_double (kd_app_settings (), "speed") : 0;
  guint place = 0;
  while (place < G_N_ELEMENTS (speeds) - 1 && speeds[place].steps_per_s != kept)
    place++;
  return place;
}

static void
on_live (KdTransport *transport)
{
  kd_session_model_show (transport->model, -1);
}

/* The speed on the dial holds for the new session, too. */
static void
on_session (KdTransport *transport)
{
  stop_playing (transport);
  on_speed (transport);
  show_status (transport);
  show_shown (transport);
}

static void
kd_transport_dispose (GObject *object)
{
  KdTransport *transport = KD_TRANSPORT (object);
  stop_playing (transport);
  if (transport->model)
    g_signal_handlers_disconnect_by_data (transport->model, transport);
  g_clear_object (&transport->model);
  G_OBJECT_CLASS (kd_transport_parent_class)->dispose (object);
}

static void
kd_transport_class_init (KdTransportClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_transport_dispose;
  cursor_signal = g_signal_new ("cursor", KD_TYPE_TRANSPORT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 1, G_TYPE_DOUBLE);
}

static void
kd_transport_init (KdTransport *transport)
{
  gtk_box_set_spacing (GTK_BOX (transport), 6);
  gtk_widget_add_css_class (GTK_WIDGET (transport), "toolbar");

  transport->play = gtk_button_new ();
  gtk_widget_set_name (transport->play, "play");
  gtk_widget_add_css_class (transport->play, "suggested-action");
  g_signal_connect_swapped (transport->play, "clicked", G_CALLBACK (kd_transport_toggle),
                            transport);
  transport->step = gtk_button_new_from_icon_name ("media-skip-forward-symbolic");
  gtk_widget_set_name (transport->step, "step");
  g_signal_connect_swapped (transport->step, "clicked", G_CALLBACK (kd_transport_step), transport);

  const char *labels[G_N_ELEMENTS (speeds) + 1] = { NULL };
  for (size_t i = 0; i < G_N_ELEMENTS (speeds); i++)
    labels[i] = kd_translated (speeds[i].label);
  transport->speed = gtk_drop_down_new_from_strings (labels);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (transport->speed), kept_speed ());
  gtk_accessible_update_property (GTK_ACCESSIBLE (transport->speed), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  C_ ("of training", "Speed"), -1);
  g_signal_connect_swapped (transport->speed, "notify::selected", G_CALLBACK (on_speed), transport);

  transport->phase = gtk_button_new_from_icon_name ("media-seek-forward-symbolic");
  gtk_accessible_update_property (GTK_ACCESSIBLE (transport->phase), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Next phase"), -1);
  g_signal_connect_swapped (transport->phase, "clicked", G_CALLBACK (kd_transport_step_phase),
                            transport);
  transport->live = gtk_button_new ();
  kd_tooltip_set_rarely (transport->live, _ ("Show what is new (End)"));
  g_signal_connect_swapped (transport->live, "clicked", G_CALLBACK (on_live), transport);
  transport->train = gtk_button_new_with_label (_ ("Train live"));
  kd_tooltip_set_rarely (transport->train, _ ("This is a recording: train the same students now"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (transport->train), "win.train-live");
  transport->branch = gtk_button_new_with_label (_ ("Branch here"));
  kd_tooltip_set_rarely (transport->branch,
                         _ ("Train on from this keyframe with the selected student twice "
                            "(Ctrl+B); only recent keyframes have weights"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (transport->branch), "win.branch");
  transport->status = kd_live_text_new (KD_LIVE_LINE, 0, 0);
  gtk_widget_add_css_class (transport->status, "numeric");
  gtk_widget_add_css_class (transport->status, "caption");
  gtk_widget_add_css_class (transport->status, "dim-label");
}

GtkWidget *
kd_transport_new (KdSessionModel *model)
{
  KdTransport *transport = g_object_new (KD_TYPE_TRANSPORT, NULL);
  transport->model = g_object_ref (model);
  transport->timeline = kd_timeline_new (model);
  gtk_widget_set_name (transport->timeline, "timeline");
  g_signal_connect_swapped (transport->timeline, "cursor", G_CALLBACK (on_cursor), transport);
  GtkWidget *track = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_widget_set_hexpand (track, TRUE);
  gtk_widget_set_valign (track, GTK_ALIGN_CENTER);
  gtk_widget_set_margin_start (transport->status, 8);
  gtk_box_append (GTK_BOX (track), transport->timeline);
  gtk_box_append (GTK_BOX (track), transport->status);
  gtk_box_append (GTK_BOX (transport), transport->play);
  gtk_box_append (GTK_BOX (transport), transport->step);
  gtk_box_append (GTK_BOX (transport), transport->phase);
  gtk_box_append (GTK_BOX (transport), transport->speed);
  gtk_box_append (GTK_BOX (transport), track);
  gtk_box_append (GTK_BOX (transport), transport->branch);
  gtk_box_append (GTK_BOX (transport), transport->live);
  gtk_box_append (GTK_BOX (transport), transport->train);
  g_signal_connect_swapped (model, "shown", G_CALLBACK (show_shown), transport);
  g_signal_connect_swapped (model, "session", G_CALLBACK (on_session), transport);
  g_signal_connect_swapped (model, "status", G_CALLBACK (show_status), transport);
  on_session (transport);
  return GTK_WIDGET (transport);
}
