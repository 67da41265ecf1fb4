/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdKnobEdits: what a person turns in the session of a model, to be undone and redone. Signals, without arguments: "applied" (rows show again
 * what the session has) and "refused" (it is a recording, which keeps what it was made with; "applied" follows).
 */
#include "ui/edits.h"
#include "ui/session-model.h"

G_BEGIN_DECLS

#define KD_TYPE_KNOB_EDITS (kd_knob_edits_get_type ())
G_DECLARE_FINAL_TYPE (KdKnobEdits, kd_knob_edits, KD, KNOB_EDITS, GObject)

KdKnobEdits *kd_knob_edits_new (KdSessionModel *model, KdEdits *edits);
/* A knob of the selected run; a slider's values within a second are one edit. */
void kd_knob_edits_turn (KdKnobEdits *turned, const char *id, const char *text);
/* All of a preset, for the selected run. */
void kd_knob_edits_choose_preset (KdKnobEdits *turned, const char *name);
/* Everything in which @run differs from @knobs, of its method, as one edit; @label: static. The selection stays. */
void kd_knob_edits_put (KdKnobEdits *turned, int run, const KdKnobs *knobs, const char *label);
/* Have the engine find the selected run's scale; an edit when it has. */
void kd_knob_edits_balance (KdKnobEdits *turned);

G_END_DECLS
