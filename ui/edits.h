/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdEdits: everything a person changed, to be undone and redone in order: knobs, another session, view settings. An edit is two states
 * of one thing and the function that puts the thing into a state. Emits "changed" when undo or redo became possible or not.
 */
#include <glib-object.h>
#include <stdbool.h>

G_BEGIN_DECLS

#define KD_TYPE_EDITS (kd_edits_get_type ())
G_DECLARE_FINAL_TYPE (KdEdits, kd_edits, KD, EDITS, GObject)

typedef void (*KdEditApply) (gpointer owner, GVariant *state);

KdEdits *kd_edits_new (void);
/**
 * kd_edits_push:
 * @label: for people, e.g. "Temperature of FGD"
 * @key: edits of the same key within a second are one (a slider being dragged); NULL: never
 * @owner: kept alive with the edit
 * @before, @after: floating references are taken
 *
 * Record what has just been done (it is not applied again); what had been undone is forgotten. During an undo or redo, nothing is recorded.
 */
void kd_edits_push (KdEdits *edits,
                    const char *label,
                    const char *key,
                    KdEditApply apply,
                    GObject *owner,
                    GVariant *before,
                    GVariant *after);
/* What the next undo or redo would take back; NULL: nothing. */
const char *kd_edits_undo_label (KdEdits *edits);
const char *kd_edits_redo_label (KdEdits *edits);
bool kd_edits_undo (KdEdits *edits);
bool kd_edits_redo (KdEdits *edits);
void kd_edits_clear (KdEdits *edits);

G_END_DECLS
