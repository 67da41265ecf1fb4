/* SPDX-License-Identifier: MIT */
#include "ui/session-model.h"

#include <stdatomic.h>

struct _KdSessionModel {
  GObject parent_instance;
  KdSession *session;
  KdSession *parked; /* paused, for swapping back; NULL: none */
  KdSnapshot *snapshot;
  KdSnapshot
      *newest; /* while a keyframe is shown: the live one from before; the engine makes each once */
  int selected;
  int64_t shown;       /* the keyframe that is shown; -1: live */
  atomic_bool pending; /* a take is queued on the main loop; set by the engine thread */
  double told_at;      /* when "series" and "status" were last emitted */
  KdState told;        /* the state then */
  guint tell;          /* timeout that will, 0: none */
};

G_DEFINE_FINAL_TYPE (KdSessionModel, kd_session_model, G_TYPE_OBJECT)

enum { SNAPSHOT, SERIES, STATUS, PROBES, EVENT, SELECTED, SESSION, SHOWN, N_SIGNALS };
static guint signals[N_SIGNALS];

/* At 50 steps a second nobody could read the numbers. */
#define TELL_INTERVAL_S 0.2
/* Curves and numbers are drawn in another frame than maps: either takes a good part of one. */
#define AFTER_MAPS_S 0.02

static void
tell (KdSessionModel *model)
{
  g_clear_handle_id (&model->tell, g_source_remove);
  model->told_at = kd_now_s ();
  model->told = kd_session_status (model->session).state;
  g_signal_emit (model, signals[SERIES], 0);
  g_signal_emit (model, signals[STATUS], 0);
}

static gboolean
tell_later (gpointer data)
{
  g_autoptr (KdSessionModel) model = g_object_ref (data);
  model->tell = 0;
  tell (model);
  return G_SOURCE_REMOVE;
}

/* Takes the reference. */
static void
put_snapshot (KdSessionModel *model, KdSnapshot *snapshot)
{
  g_clear_pointer (&model->snapshot, kd_snapshot_unref);
  model->snapshot = snapshot;
  g_signal_emit (model, signals[SNAPSHOT], 0);
}

static gboolean
take_all (gpointer data)
{
  /* A listener may close the window, which lets go of the model. */
  g_autoptr (KdSessionModel) model = g_object_ref (data);
  atomic_store (&model->pending, false);

  KdEvent event;
  bool happened = false;
  while (kd_session_next_event (model->session, &event)) {
    happened = true;
    if (event.kind == KD_EVENT_PROBES)
      g_signal_emit (model, signals[PROBES], 0);
    g_signal_emit (model, signals[EVENT], 0, &event);
  }
  KdSnapshot *snapshot = model->shown < 0 ? kd_session_take_snapshot (model->session) : NULL;
  if (snapshot) {
    put_snapshot (model, snapshot);
    kd_session_want_snapshot (model->session);
  }
  const bool due = kd_now_s () - model->told_at >= TELL_INTERVAL_S;
  if (kd_session_status (model->session).state != model->told)
    happened = true; /* who has paused sees it at once */
  if (happened || (due && !snapshot))
    tell (model);
  else if (!model->tell)
    model->tell =
        g_timeout_add ((guint) (1e3 * (due ? AFTER_MAPS_S : TELL_INTERVAL_S)), tell_later, model);
  return G_SOURCE_REMOVE;
}

/* Engine thread. */
static void
wake (void *data)
{
  KdSessionModel *model = data;
  if (atomic_exchange (&model->pending, true))
    return;
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, take_all, model, NULL);
}

static void
kd_session_model_dispose (GObject *object)
{
  KdSessionModel *model = KD_SESSION_MODEL (object);
  /* Joins the engine threads: after this no wake can come, so a queued take can be removed for good. */
  g_clear_pointer (&model->session, kd_session_free);
  g_clear_pointer (&model->parked, kd_session_free);
  g_clear_handle_id (&model->tell, g_source_remove);
  while (g_idle_remove_by_data (model))
    ;
  g_clear_pointer (&model->snapshot, kd_snapshot_unref);
  g_clear_pointer (&model->newest, kd_snapshot_unref);
  G_OBJECT_CLASS (kd_session_model_parent_class)->dispose (object);
}

static guint
add_signal (const char *name, int n_arguments, GType type)
{
  return g_signal_new (name, KD_TYPE_SESSION_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                       G_TYPE_NONE, (guint) n_arguments, type);
}

static void
kd_session_model_class_init (KdSessionModelClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_session_model_dispose;
  signals[SNAPSHOT] = add_signal ("snapshot", 0, G_TYPE_NONE);
  signals[SERIES] = add_signal ("series", 0, G_TYPE_NONE);
  signals[STATUS] = add_signal ("status", 0, G_TYPE_NONE);
  signals[PROBES] = add_signal ("probes", 0, G_TYPE_NONE);
  signals[EVENT] = add_signal ("event", 1, G_TYPE_POINTER);
  signals[SELECTED] = add_signal ("selected", 0, G_TYPE_NONE);
  signals[SESSION] = add_signal ("session", 0, G_TYPE_NONE);
  signals[SHOWN] = add_signal ("shown", 0, G_TYPE_NONE);
}

static void
kd_session_model_init (KdSessionModel *model)
{
  atomic_init (&model->pending, false);
}

/* Listen to the session that is in place now. */
static void
attach (KdSessionModel *model)
{
  model->selected = kd_session_runs (model->session) - 1;
  model->shown = -1;
  kd_session_set_wake (model->session, wake, model);
  kd_session_want_snapshot (model->session);
  wake (model); /* what came before we listened */
}

KdSessionModel *
kd_session_model_new_for (KdSession *session)
{
  KdSessionModel *model = g_object_new (KD_TYPE_SESSION_MODEL, NULL);
  model->session = session;
  attach (model);
  return model;
}

/* Under a window. */
static KdSession *
make_session (const KdConfig *config, GError **error)
{
  KdConfig own = *config;
  own.gives_way = true;
  return kd_session_new (&own, error);
}

KdSessionModel *
kd_session_model_new (const KdConfig *config, GError **error)
{
  KdSession *session = make_session (config, error);
  return session ? kd_session_model_new_for (session) : NULL;
}

/* The old session's pictures and wake-ups end here; it stays as it is, paused. */
static void
put_in_place (KdSessionModel *model, KdSession *session)
{
  kd_session_pause (model->session);
  kd_session_set_wake (model->session, NULL, NULL);
  g_clear_pointer (&model->snapshot, kd_snapshot_unref);
  g_clear_pointer (&model->newest, kd_snapshot_unref);
  model->parked = model->session;
  model->session = session;
  attach (model);
  g_signal_emit (model, signals[SESSION], 0);
}

void
kd_session_model_put (KdSessionModel *model, KdSession *session)
{
  g_return_if_fail (KD_IS_SESSION_MODEL (model));
  KdSession *forgotten = g_steal_pointer (&model->parked);
  put_in_place (model, session);
  g_clear_pointer (&forgotten, kd_session_free);
}

bool
kd_session_model_start (KdSessionModel *model, const KdConfig *config, GError **error)
{
  g_return_val_if_fail (KD_IS_SESSION_MODEL (model), false);
  KdSession *session = make_session (config, error);
  if (session)
    kd_session_model_put (model, session);
  return session != NULL;
}

bool
kd_session_model_swap (KdSessionModel *model)
{
  g_return_val_if_fail (KD_IS_SESSION_MODEL (model), false);
  if (!model->parked)
    return false;
  put_in_place (model, g_steal_pointer (&model->parked));
  return true;
}

void
kd_session_model_forget (KdSessionModel *model)
{
  g_return_if_fail (KD_IS_SESSION_MODEL (model));
  g_clear_pointer (&model->parked, kd_session_free);
}

KdSession *
kd_session_model_get_session (KdSessionModel *model)
{
  g_return_val_if_fail (KD_IS_SESSION_MODEL (model), NULL);
  return model->session;
}

KdSnapshot *
kd_session_model_get_snapshot (KdSessionModel *model)
{
  g_return_val_if_fail (KD_IS_SESSION_MODEL (model), NULL);
  return model->snapshot;
}

/* A recording has no "now" to come back to: it stands at one of its keyframes. */
static bool
go_to (KdSessionModel *model, int64_t step)
{
  if (kd_session_status (model->session).step == step)
    return true;
  if (!kd_session_seek (model->session, step))
    return false;
  g_signal_emit (model, signals[SHOWN], 0);
  KdSnapshot *snapshot = kd_session_take_snapshot (model->session);
  if (snapshot)
    put_snapshot (model, snapshot);
  tell (model);
  return true;
}

bool
kd_session_model_show (KdSessionModel *model, int64_t step)
{
  g_return_val_if_fail (KD_IS_SESSION_MODEL (model), false);
  if (kd_session_is_recording (model->session))
    return step < 0 || go_to (model, step);
  if (step == model->shown)
    return true;
  KdSnapshot *keyframe = step >= 0 ? kd_session_keyframe (model->session, step) : NULL;
  if (step >= 0 && !keyframe)
    return false;
  if (model->shown < 0 && model->snapshot)
    model->newest = kd_snapshot_ref (model->snapshot);
  model->shown = step;
  g_signal_emit (model, signals[SHOWN], 0);
  if (keyframe)
    put_snapshot (model, keyframe);
  else {
    KdSnapshot *came = kd_session_take_snapshot (model->session);
    if (came)
      g_clear_pointer (&model->newest, kd_snapshot_unref);
    if (came || model->newest)
      put_snapshot (model, came ? came : g_steal_pointer (&model->newest));
    kd_session_want_snapshot (model->session);
  }
  return true;
}

int64_t
kd_session_model_get_shown (KdSessionModel *model)
{
  g_return_val_if_fail (KD_IS_SESSION_MODEL (model), -1);
  return model->shown;
}

int64_t
kd_session_model_get_step (KdSessionModel *model)
{
  g_return_val_if_fail (KD_IS_SESSION_MODEL (model), 0);
  return model->shown >= 0 ? model->shown : kd_session_status (model->session).step;
}

bool
kd_session_model_is_back (KdSessionModel *model)
{
  g_return_val_if_fail (KD_IS_SESSION_MODEL (model), false);
  return model->shown >= 0 || kd_session_is_recording (model->session);
}

int
kd_session_model_get_only_image (KdSessionModel *model)
{
  g_return_val_if_fail (KD_IS_SESSION_MODEL (model), -1);
  int64_t first = 0;
  KdSnapshot *keyframe = kd_session_is_recording (model->session) &&
                                 kd_session_keyframes (model->session, &first, 1) > 0
                             ? kd_session_keyframe (model->session, first)
                             : NULL;
  const int image = keyframe ? (int) kd_snapshot_image (keyframe) : -1;
  kd_snapshot_unref (keyframe);
  return image;
}

int
kd_session_model_get_selected (KdSessionModel *model)
{
  g_return_val_if_fail (KD_IS_SESSION_MODEL (model), 0);
  return model->selected;
}

void
kd_session_model_select (KdSessionModel *model, int run)
{
  g_return_if_fail (KD_IS_SESSION_MODEL (model));
  if (model->selected == run)
    return;
  model->selected = run;
  g_signal_emit (model, signals[SELECTED], 0);
}
