/* SPDX-License-Identifier: MIT */
#include "ui/knob-edits.h"

#include "engine/base/i18n.h"

struct _KdKnobEdits {
  GObject parent_instance;
  KdSessionModel *model; /* owned */
  KdEdits *edits;        /* owned */
  KdSession *balancing;  /* asked to find a scale, to compare only; NULL: none */
  int balanced;          /* its run */
  KdKnobs *unbalanced;   /* of that run, before; NULL: none */
};

G_DEFINE_FINAL_TYPE (KdKnobEdits, kd_knob_edits, G_TYPE_OBJECT)

static guint applied_signal, refused_signal;

static KdSession *
session_of (KdKnobEdits *turned)
{
  return kd_session_model_get_session (turned->model);
}

static int
selected_of (KdKnobEdits *turned)
{
  return kd_session_model_get_selected (turned->model);
}

static void
tell (KdKnobEdits *turned)
{
  g_signal_emit (turned, applied_signal, 0);
}

/* Run, and the knobs to set: "(ia{ss})". */
static void
set_knobs (KdKnobEdits *turned, GVariant *state)
{
  int run;
  g_autoptr (GVariantIter) knobs = NULL;
  g_variant_get (state, "(ia{ss})", &run, &knobs);
  const char *id, *text;
  g_autoptr (GError) error = NULL;
  while (g_variant_iter_next (knobs, "{&s&s}", &id, &text)) {
    if (run >= kd_session_runs (session_of (turned)) ||
        !kd_session_set_knob (session_of (turned), run, id, text, &error))
      return; /* another session's knob: nothing to take back here */
  }
  kd_session_model_select (turned->model, run);
}

static void
apply_knobs (gpointer owner, GVariant *state)
{
  set_knobs (owner, state);
  tell (owner);
}

/* The values of @ids that @values holds, as apply_knobs () reads them. */
static GVariant *
knob_state (int run, const KdKnobs *values, const GPtrArray *ids)
{
  GVariantBuilder builder;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  for (guint i = 0; i < ids->len; i++) {
    const char *id = g_ptr_array_index (ids, i);
    g_autofree char *text = kd_knobs_format (values, id);
    g_variant_builder_add (&builder, "{ss}", id, text);
  }
  return g_variant_new ("(ia{ss})", run, &builder);
}

/* What was recorded is as it was made. */
static bool
is_refused (KdKnobEdits *turned)
{
  if (!kd_session_is_recording (session_of (turned)))
    return false;
  g_signal_emit (turned, refused_signal, 0);
  tell (turned);
  return true;
}

/* Everything in which @after differs from what @run has now, as one edit. */
static void
change_knobs (
    KdKnobEdits *turned, int run, const KdKnobs *after, const char *label, const char *key)
{
  if (is_refused (turned))
    return;
  const bool was_back = kd_session_model_get_shown (turned->model) >= 0;
  kd_session_model_show (turned->model, -1); /* what is turned is what is trained now */
  KdKnobs *before = kd_session_run_knobs (session_of (turned), run);
  g_autoptr (GPtrArray) ids = g_ptr_array_new ();
  for (int i = 0; i < kd_knobs_count (before); i++) {
    const char *id = kd_knobs_knob (before, i)->id;
    if (kd_knobs_get (before, id) != kd_knobs_get (after, id))
      g_ptr_array_add (ids, (gpointer) id);
  }
  if (ids->len) {
    g_autoptr (GVariant) state = g_variant_ref_sink (knob_state (run, after, ids));
    set_knobs (turned, state);
    kd_edits_push (turned->edits, label, key, apply_knobs, G_OBJECT (turned),
                   knob_state (run, before, ids), state);
  }
  if (was_back)
    tell (turned);
  kd_knobs_free (before);
}

void
kd_knob_edits_turn (KdKnobEdits *turned, const char *id, const char *text)
{
  g_return_if_fail (KD_IS_KNOB_EDITS (turned));
  g_autoptr (GError) error = NULL;
  KdKnobs *after = kd_session_run_knobs (session_of (turned), selected_of (turned));
  const KdMethod *method = kd_knobs_method (after);
  if (kd_knobs_set (after, id, text, &error)) {
    const KdKnob *knob = kd_method_knob (method, id);
    g_autofree char *label =
        g_strdup_printf (_ ("%s of %s"), knob ? kd_translated (knob->label) : id, method->title);
    g_autofree char *key = g_strdup_printf ("%d.%s", selected_of (turned), id);
    change_knobs (turned, selected_of (turned), after, label, key);
  } else {
    g_warning ("%s", error->message); /* rows only offer what the table allows */
  }
  kd_knobs_free (after);
}

void
kd_knob_edits_choose_preset (KdKnobEdits *turned, const char *name)
{
  g_return_if_fail (KD_IS_KNOB_EDITS (turned));
  const KdMethod *method = kd_session_run_method (session_of (turned), selected_of (turned));
  KdKnobs *after = kd_knobs_new (method, name, NULL);
  g_autofree char *label = g_strdup_printf (_ ("Preset %s of %s"), name, method->title);
  change_knobs (turned, selected_of (turned), after, label, NULL);
  tell (turned);
  kd_knobs_free (after);
}

void
kd_knob_edits_put (KdKnobEdits *turned, int run, const KdKnobs *knobs, const char *label)
{
  g_return_if_fail (KD_IS_KNOB_EDITS (turned));
  const int selected = selected_of (turned);
  change_knobs (turned, run, knobs, label, NULL);
  kd_session_model_select (turned->model, selected);
  tell (turned);
}

/* ---- balance --------------------------------------------------------------------------------------- */

void
kd_knob_edits_balance (KdKnobEdits *turned)
{
  g_return_if_fail (KD_IS_KNOB_EDITS (turned));
  if (is_refused (turned))
    return;
  turned->balancing = session_of (turned);
  turned->balanced = selected_of (turned);
  g_clear_pointer (&turned->unbalanced, kd_knobs_free);
  turned->unbalanced = kd_session_run_knobs (turned->balancing, turned->balanced);
  kd_session_balance (turned->balancing, turned->balanced, 1);
}

static void
push_balance (KdKnobEdits *turned)
{
  static const char *const scale[] = { "run.scale" };
  const GPtrArray ids = { .pdata = (gpointer *) scale, .len = 1 };
  KdKnobs *after = kd_session_run_knobs (session_of (turned), turned->balanced);
  g_autofree char *label = g_strdup_printf (_ ("Balance of %s"), kd_knobs_method (after)->title);
  kd_edits_push (turned->edits, label, NULL, apply_knobs, G_OBJECT (turned),
                 knob_state (turned->balanced, turned->unbalanced, &ids),
                 knob_state (turned->balanced, after, &ids));
  kd_knobs_free (after);
}

/* The engine says when it has found the scale, or why there is none. */
static void
follow_balance (KdKnobEdits *turned, const KdEvent *event)
{
  if (turned->balancing != session_of (turned) || event->run != turned->balanced ||
      (event->kind != KD_EVENT_KNOB && event->kind != KD_EVENT_ERROR))
    return;
  turned->balancing = NULL;
  if (event->kind == KD_EVENT_KNOB)
    push_balance (turned);
}

static void
on_event (KdSessionModel *model, const KdEvent *event, KdKnobEdits *turned)
{
  (void) model;
  follow_balance (turned, event);
}

/* ---- life ---------------------------------------------------------------------------------------------- */

static void
kd_knob_edits_dispose (GObject *object)
{
  KdKnobEdits *turned = KD_KNOB_EDITS (object);
  if (turned->model)
    g_signal_handlers_disconnect_by_data (turned->model, turned);
  g_clear_pointer (&turned->unbalanced, kd_knobs_free);
  g_clear_object (&turned->edits);
  g_clear_object (&turned->model);
  G_OBJECT_CLASS (kd_knob_edits_parent_class)->dispose (object);
}

static void
kd_knob_edits_class_init (KdKnobEditsClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_knob_edits_dispose;
  applied_signal = g_signal_new ("applied", KD_TYPE_KNOB_EDITS, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 0);
  refused_signal = g_signal_new ("refused", KD_TYPE_KNOB_EDITS, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 0);
}

static void
kd_knob_edits_init (KdKnobEdits *turned)
{
  (void) turned;
}

KdKnobEdits *
kd_knob_edits_new (KdSessionModel *model, KdEdits *edits)
{
  KdKnobEdits *turned = g_object_new (KD_TYPE_KNOB_EDITS, NULL);
  turned->model = g_object_ref (model);
  turned->edits = g_object_ref (edits);
  g_signal_connect (model, "event", G_CALLBACK (on_event), turned);
  return turned;
}
