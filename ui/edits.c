/* SPDX-License-Identifier: MIT */
#include "ui/edits.h"

#include "engine/session/session.h"

#define SAME_EDIT_S 1.0
#define MOST_EDITS 200

typedef struct {
  char *label, *key;
  KdEditApply apply;
  GObject *owner;
  GVariant *before, *after;
  double at;
} Edit;

struct _KdEdits {
  GObject parent_instance;
  GPtrArray *done; /* Edit, oldest first; the first @n are in effect, the rest undone */
  guint n;
  bool applying;
};

G_DEFINE_FINAL_TYPE (KdEdits, kd_edits, G_TYPE_OBJECT)

static guint changed_signal;

static void
free_edit (gpointer data)
{
  Edit *edit = data;
  g_free (edit->label);
  g_free (edit->key);
  g_object_unref (edit->owner);
  g_variant_unref (edit->before);
  g_variant_unref (edit->after);
  g_free (edit);
}

static void
tell (KdEdits *edits)
{
  g_signal_emit (edits, changed_signal, 0);
}

/* The last edit, if this one goes on with it. */
static Edit *
same_edit (const KdEdits *edits, const char *key)
{
  if (!key || edits->n == 0)
    return NULL;
  Edit *last = g_ptr_array_index (edits->done, edits->n - 1);
  return g_strcmp0 (last->key, key) == 0 && kd_now_s () - last->at < SAME_EDIT_S ? last : NULL;
}

void
kd_edits_push (KdEdits *edits,
               const char *label,
               const char *key,
               KdEditApply apply,
               GObject *owner,
               GVariant *before,
               GVariant *after)
{
  g_return_if_fail (KD_IS_EDITS (edits));
  g_autoptr (GVariant) old = g_variant_ref_sink (before);
  g_autoptr (GVariant) new = g_variant_ref_sink (after);
  if (edits->applying)
    return;
  g_ptr_array_set_size (edits->done, (int) edits->n);
  Edit *last = same_edit (edits, key);
  if (last) {
    g_variant_unref (last->after);
    last->after = g_steal_pointer (&new);
    last->at = kd_now_s ();
  } else {
    Edit *edit = g_new (Edit, 1);
    *edit =
        (Edit){ g_strdup (label),       g_strdup (key),         apply,      g_object_ref (owner),
                g_steal_pointer (&old), g_steal_pointer (&new), kd_now_s () };
    g_ptr_array_add (edits->done, edit);
    if (edits->done->len > MOST_EDITS)
      g_ptr_array_remove_index (edits->done, 0);
    edits->n = edits->done->len;
  }
  tell (edits);
}

const char *
kd_edits_undo_label (KdEdits *edits)
{
  g_return_val_if_fail (KD_IS_EDITS (edits), NULL);
  return edits->n ? ((Edit *) g_ptr_array_index (edits->done, edits->n - 1))->label : NULL;
}

const char *
kd_edits_redo_label (KdEdits *edits)
{
  g_return_val_if_fail (KD_IS_EDITS (edits), NULL);
  return edits->n < edits->done->len ? ((Edit *) g_ptr_array_index (edits->done, edits->n))->label
                                     : NULL;
}

static void
apply (KdEdits *edits, const Edit *edit, GVariant *state)
{
  edits->applying = true;
  edit->apply (edit->owner, state);
  edits->applying = false;
  tell (edits);
}

bool
kd_edits_undo (KdEdits *edits)
{
  g_return_val_if_fail (KD_IS_EDITS (edits), false);
  if (edits->n == 0 || edits->applying)
    return false;
  Edit *edit = g_ptr_array_index (edits->done, --edits->n);
  edit->at = 0; /* a later change is another edit */
  apply (edits, edit, edit->before);
  return true;
}

bool
kd_edits_redo (KdEdits *edits)
{
  g_return_val_if_fail (KD_IS_EDITS (edits), false);
  if (edits->n == edits->done->len || edits->applying)
    return false;
  Edit *edit = g_ptr_array_index (edits->done, edits->n++);
  apply (edits, edit, edit->after);
  return true;
}

void
kd_edits_clear (KdEdits *edits)
{
  g_return_if_fail (KD_IS_EDITS (edits));
  g_ptr_array_set_size (edits->done, 0);
  edits->n = 0;
  tell (edits);
}

static void
kd_edits_finalize (GObject *object)
{
  g_ptr_array_unref (KD_EDITS (object)->done);
  G_OBJECT_CLASS (kd_edits_parent_class)->finalize (object);
}

static void
kd_edits_class_init (KdEditsClass *class)
{
  G_OBJECT_CLASS (class)->finalize = kd_edits_finalize;
  changed_signal = g_signal_new ("changed", KD_TYPE_EDITS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 0);
}

static void
kd_edits_init (KdEdits *edits)
{
  edits->done = g_ptr_array_new_with_free_func (free_edit);
}

KdEdits *
kd_edits_new (void)
{
  return g_object_new (KD_TYPE_EDITS, NULL);
}
