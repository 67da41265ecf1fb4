/* SPDX-License-Identifier: MIT */
#include "engine/session/knob-log.h"

#include <pthread.h>

struct _KdKnobLog {
  pthread_mutex_t mutex; /* guards the turns; no other lock is taken inside */
  GArray *turns;         /* KdKnobTurn */
};

static void
clear_turn (void *data)
{
  KdKnobTurn *turn = data;
  g_free (turn->id);
  g_free (turn->before);
  g_free (turn->after);
}

KdKnobLog *
kd_knob_log_new (void)
{
  KdKnobLog *log = g_new0 (KdKnobLog, 1);
  pthread_mutex_init (&log->mutex, NULL);
  log->turns = g_array_new (FALSE, FALSE, sizeof (KdKnobTurn));
  g_array_set_clear_func (log->turns, clear_turn);
  return log;
}

void
kd_knob_log_free (KdKnobLog *log)
{
  if (!log)
    return;
  g_array_unref (log->turns);
  pthread_mutex_destroy (&log->mutex);
  g_free (log);
}

void
kd_knob_log_add (
    KdKnobLog *log, int64_t step, int run, const char *id, const char *before, const char *after)
{
  const KdKnobTurn turn = { step, run, g_strdup (id), g_strdup (before), g_strdup (after) };
  pthread_mutex_lock (&log->mutex);
  g_array_append_val (log->turns, turn);
  pthread_mutex_unlock (&log->mutex);
}

void
kd_knob_log_take_back (KdKnobLog *log, int run, int64_t step, KdKnobs *knobs)
{
  pthread_mutex_lock (&log->mutex);
  for (guint i = log->turns->len; i-- > 0;) {
    const KdKnobTurn *turn = &g_array_index (log->turns, KdKnobTurn, i);
    if (turn->run == run && turn->step >= step)
      kd_knobs_set (knobs, turn->id, turn->before, NULL);
  }
  pthread_mutex_unlock (&log->mutex);
}

void
kd_knob_log_write (KdKnobLog *log, JsonBuilder *builder)
{
  json_builder_begin_array (builder);
  pthread_mutex_lock (&log->mutex);
  for (guint i = 0; i < log->turns->len; i++) {
    const KdKnobTurn *turn = &g_array_index (log->turns, KdKnobTurn, i);
    json_builder_begin_object (builder);
    kd_json_add_integer (builder, "step", turn->step);
    kd_json_add_integer (builder, "run", turn->run);
    kd_json_add_text (builder, "id", turn->id);
    kd_json_add_text (builder, "before", turn->before);
    kd_json_add_text (builder, "after", turn->after);
    json_builder_end_object (builder);
  }
  pthread_mutex_unlock (&log->mutex);
  json_builder_end_array (builder);
}

void
kd_knob_log_read (KdKnobLog *log, JsonArray *list, int n_runs)
{
  for (guint i = 0; list && i < json_array_get_length (list); i++) {
    JsonNode *node = json_array_get_element (list, i);
    JsonObject *turn = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
    if (!turn)
      continue;
    const int64_t run = kd_json_integer (turn, "run", -1);
    const char *id = kd_json_text (turn, "id");
    const char *before = kd_json_text (turn, "before"), *after = kd_json_text (turn, "after");
    if (run >= 0 && run < n_runs && id && before && after)
      kd_knob_log_add (log, kd_json_integer (turn, "step", 0), (int) run, id, before, after);
  }
}

int
kd_knob_log_turns (KdKnobLog *log, const KdKnobTurn **turns)
{
  *turns = (const KdKnobTurn *) (void *) log->turns->data;
  return (int) log->turns->len;
}
