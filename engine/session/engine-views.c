/* SPDX-License-Identifier: MIT */
#include "engine/session/engine.h"

/* Looking may take this share of the engine's time while it trains. */
#define VIEW_SHARE 0.03
/* But pictures keep coming: keyframes alone may cost more than that, and a slow view on a busy machine is no reason to stand still. */
#define LONGEST_WAIT_S 0.25
#define MOST_SHARE 0.2
/* Gradient norms cost a backward pass a term: while training they are computed for every fourth view. */
#define VIEWS_PER_NORMS 4

void
kd_engine_publish_probes (KdEngine *engine)
{
  KdProbeList *list = kd_probe_list_copy (kd_views_probes (engine->views));
  pthread_mutex_lock (&engine->session->mutex);
  KdProbeList *earlier = engine->session->offered;
  engine->session->offered = list;
  pthread_mutex_unlock (&engine->session->mutex);
  kd_probe_list_free (earlier);
  kd_engine_tell (engine, KD_EVENT_PROBES, -1, "");
}

/* Looking took from @began_s until now. The longest wait counts from the last picture: keyframes may come faster than that. */
static void
charge_view (KdEngine *engine, double began_s)
{
  const double now = kd_now_s ();
  engine->view_due_s = MIN (MAX (engine->view_due_s, now) + (now - began_s) / VIEW_SHARE,
                            engine->view_made_s + engine->view_longest_s);
}

static void
charge_picture (KdEngine *engine, double began_s)
{
  engine->view_made_s = kd_now_s ();
  engine->view_longest_s = MAX (LONGEST_WAIT_S, (engine->view_made_s - began_s) / MOST_SHARE);
  charge_view (engine, began_s);
}

/* As the maps are thinned, so are the weights that lie on disk. */
static void
record_weights (KdEngine *engine)
{
  KdSession *session = engine->session;
  const KdTrainer *trainer = engine->trainer;
  if (engine->config->maps_only)
    return;
  if (!kd_weight_store_has (session->weights, trainer->step))
    kd_weight_store_add (session->weights,
                         kd_keyframe_weights_new (trainer->step, trainer->runs, trainer->n_runs));
  kd_weight_store_thin (session->weights, session->history);
}

static void
record_keyframe (KdEngine *engine)
{
  const int64_t step = engine->trainer->step;
  const int every = engine->config->keyframe_every;
  if (kd_trainer_learning (engine->trainer) >= 0) /* its pictures are about to change */
    return;
  /* A step being measured has not put its point into the curves yet, which a branch takes along. */
  if (every <= 0 || step % every != 0 || step == engine->last_keyframe || engine->evaluating)
    return;
  const double began_s = kd_now_s ();
  KdSnapshot *snapshot =
      kd_views_snapshot (engine->views, KD_VIEW_ALL, KD_NORMS_FRESH, &engine->session->stop);
  if (!snapshot)
    return;
  kd_history_add (engine->session->history, snapshot, kd_views_probes (engine->views));
  kd_snapshot_unref (snapshot);
  record_weights (engine);
  engine->last_keyframe = step;
  charge_view (engine, began_s);
}

void
kd_engine_look (KdEngine *engine)
{
  KdSession *session = engine->session;
  if (engine->state == KD_STATE_FAILED)
    return;
  record_keyframe (engine);
  const bool due = !engine->running || engine->hurry || kd_now_s () >= engine->view_due_s;
  if (!engine->stale || !due || !engine->wanted)
    return;
  const double began_s = kd_now_s ();
  const bool norms = !engine->running || engine->views_made % VIEWS_PER_NORMS == 0;
  KdSnapshot *snapshot = kd_views_snapshot (
      engine->views, KD_VIEW_WATCHED, norms ? KD_NORMS_FRESH : KD_NORMS_LATEST, &session->stop);
  if (!snapshot)
    return;
  kd_mailbox_put (session->mailbox, snapshot);
  engine->views_made++;
  engine->wanted = engine->stale = engine->hurry = false;
  charge_picture (engine, began_s);
  kd_session_wake (session);
}

size_t
kd_engine_bytes (const KdEngine *engine)
{
  size_t bytes = kd_trainer_bytes (engine->trainer) + kd_history_bytes (engine->session->history) +
                 kd_weight_store_bytes (engine->session->weights);
  return engine->views ? bytes + kd_views_bytes (engine->views) : bytes;
}
