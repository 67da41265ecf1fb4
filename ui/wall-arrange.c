/* SPDX-License-Identifier: MIT */
#include "ui/wall-arrange.h"

#include "engine/base/i18n.h"

static const KdWallRowData *
row_at (KdWallModel *model, int index)
{
  const GArray *rows = kd_wall_model_get_rows (model);
  return index >= 0 && index < (int) rows->len ? &g_array_index (rows, KdWallRowData, index) : NULL;
}

/* ---- order --------------------------------------------------------------------------------------------- */

/* A method and its order: "(sas)"; without names the usual one. */
static GVariant *
order_state (const KdMethod *method, const char *const *names)
{
  static const char *const usual[] = { NULL };
  return g_variant_new ("(s^as)", method->id, names ? names : usual);
}

static void
apply_order (gpointer owner, GVariant *state)
{
  const char *id;
  g_autofree const char **names = NULL;
  g_variant_get (state, "(&s^a&s)", &id, &names);
  kd_wall_model_set_order (owner, kd_method_find (id), names);
}

static void
change_order (KdWallModel *model, KdEdits *edits, const char *label, const char *const *names)
{
  const KdMethod *method = kd_wall_model_get_method (model);
  g_autoptr (GVariant) before =
      g_variant_ref_sink (order_state (method, kd_wall_model_get_order (model, method)));
  g_autoptr (GVariant) after = g_variant_ref_sink (order_state (method, names));
  apply_order (model, after);
  kd_edits_push (edits, label, NULL, apply_order, G_OBJECT (model), before, after);
}

/* What is shown now, all rows and then all levels, as names that outlive the layout; owned by the caller. */
static GPtrArray *
list_names (KdWallModel *model)
{
  const GArray *rows = kd_wall_model_get_rows (model);
  GPtrArray *names = g_ptr_array_new ();
  const KdWallRowData *longest = NULL;
  for (guint i = 0; i < rows->len; i++) {
    const KdWallRowData *row = &g_array_index (rows, KdWallRowData, i);
    g_ptr_array_add (names, (gpointer) g_intern_string (row->name));
    if (!longest || row->n_places > longest->n_places)
      longest = row;
  }
  for (int k = 0; longest && k < longest->n_places; k++)
    g_ptr_array_add (names, (gpointer) g_intern_string (longest->places[k].level_name));
  g_ptr_array_add (names, NULL);
  return names;
}

static void
swap_names (GPtrArray *names, const char *one, const char *other)
{
  guint i, k;
  if (!g_ptr_array_find_with_equal_func (names, one, g_str_equal, &i) ||
      !g_ptr_array_find_with_equal_func (names, other, g_str_equal, &k))
    return;
  gpointer kept = names->pdata[i];
  names->pdata[i] = names->pdata[k];
  names->pdata[k] = kept;
}

void
kd_wall_swap (KdWallModel *model, KdEdits *edits, const KdWallSpot *one, const KdWallSpot *other)
{
  g_return_if_fail (KD_IS_WALL_MODEL (model) && KD_IS_EDITS (edits));
  const KdWallRowData *first = row_at (model, one->row), *second = row_at (model, other->row);
  if (!first || !second)
    return;
  g_autoptr (GPtrArray) names = list_names (model);
  if (one->row != other->row)
    swap_names (names, first->name, second->name);
  else if (one->place >= 0 && other->place >= 0 && one->place != other->place)
    swap_names (names, first->places[one->place].level_name,
                first->places[other->place].level_name);
  else
    return; /* dropped where it was taken */
  change_order (model, edits, _ ("Panels swapped"), (const char *const *) names->pdata);
}

void
kd_wall_restore_order (KdWallModel *model, KdEdits *edits)
{
  g_return_if_fail (KD_IS_WALL_MODEL (model) && KD_IS_EDITS (edits));
  change_order (model, edits, _ ("Usual order of panels"), NULL);
}

/* ---- difference ---------------------------------------------------------------------------------------- */

/* Minuend and subtrahend, "(ss)"; empty: no difference. */
static GVariant *
difference_state (const KdView *view)
{
  return g_variant_new ("(ss)", view->minuend ? view->minuend : "",
                        view->subtrahend ? view->subtrahend : "");
}

static void
apply_difference (gpointer owner, GVariant *state)
{
  const char *minuend, *subtrahend;
  g_variant_get (state, "(&s&s)", &minuend, &subtrahend);
  KdView view = *kd_view_settings_get (owner);
  view.minuend = *minuend ? g_intern_string (minuend) : NULL;
  view.subtrahend = *subtrahend ? g_intern_string (subtrahend) : NULL;
  kd_view_settings_set (owner, &view);
}

/* NULL: it is a map of its own. */
static char *
why_no_map (const KdWallRowData *row)
{
  if (row->kind == KD_PROBE_VECTOR)
    return g_strdup_printf (
        _ ("“%s” has one number a channel: only maps are subtracted cell by cell"), row->title);
  if (!kd_wall_row_subtracts (row))
    return g_strdup (_ ("A difference is not subtracted once more: choose its two rows above it"));
  return NULL;
}

static bool
share_a_level (const KdWallRowData *one, const KdWallRowData *other)
{
  for (int i = 0; i < one->n_places; i++)
    for (int k = 0; k < other->n_places; k++) {
      const KdWallPlace *a = &one->places[i], *b = &other->places[k];
      if (a->level == b->level && a->valid && b->valid && a->width == b->width &&
          a->height == b->height)
        return true;
    }
  return false;
}

/* Why @one minus @other cannot be; NULL: it can. */
static char *
why_not (const KdWallRowData *first,
         const KdWallRowData *second,
         const KdWallSpot *one,
         const KdWallSpot *other)
{
  char *reason = why_no_map (first);
  if (!reason)
    reason = why_no_map (second);
  if (reason)
    return reason;
  if (one->place >= 0 && other->place >= 0) {
    const KdWallPlace *a = &first->places[one->place], *b = &second->places[other->place];
    if (a->level != b->level)
      return g_strdup_printf (_ ("%s has %d×%d cells and %s %d×%d: only panels of one level are "
                                 "subtracted"),
                              a->level_name, a->width, a->height, b->level_name, b->width,
                              b->height);
  }
  return share_a_level (first, second)
             ? NULL
             : g_strdup_printf (_ ("“%s” and “%s” have no level with the same cells"), first->title,
                                second->title);
}

char *
kd_wall_subtract (KdWallModel *model,
                  KdEdits *edits,
                  const KdWallSpot *one,
                  const KdWallSpot *other)
{
  g_return_val_if_fail (KD_IS_WALL_MODEL (model) && KD_IS_EDITS (edits), NULL);
  const KdWallRowData *first = row_at (model, one->row), *second = row_at (model, other->row);
  if (!first || !second || (one->row == other->row && one->place == other->place))
    return NULL;
  char *reason = why_not (first, second, one, other);
  if (reason || first == second)
    return reason;
  KdViewSettings *settings = kd_wall_model_get_settings (model);
  KdView view = *kd_view_settings_get (settings);
  g_autofree char *label = g_strdup_printf ("%s − %s", first->title, second->title);
  g_autoptr (GVariant) before = g_variant_ref_sink (difference_state (&view));
  view.minuend = g_intern_string (first->name);
  view.subtrahend = g_intern_string (second->name);
  g_autoptr (GVariant) after = g_variant_ref_sink (difference_state (&view));
  kd_view_settings_set (settings, &view);
  kd_edits_push (edits, label, NULL, apply_difference, G_OBJECT (settings), before, after);
  return NULL;
}
