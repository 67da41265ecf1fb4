/* SPDX-License-Identifier: MIT */
#include "ui/wall-model.h"

struct _KdWallModel {
  GObject parent_instance;
  KdViewSettings *settings; /* owned */
  const KdMethod *method;
  int run;
  const KdProbeInfo *probes; /* of the layout, borrowed */
  int n_probes;
  const char *minuend, *subtrahend; /* of the layout's difference */
  KdShare share;                    /* of the scales that were settled last */
  GArray *rows;                     /* KdWallRowData */
  KdPicture *picture;               /* NULL: none yet */
  GHashTable *fixed;                /* row title -> KdScale: fixed scales outlive layouts */
  GHashTable *orders;               /* KdMethod -> GStrv */
};

G_DEFINE_FINAL_TYPE (KdWallModel, kd_wall_model, G_TYPE_OBJECT)

enum { LAYOUT, CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

/* ---- fixed scales ------------------------------------------------------------------------------------ */

static bool
is_fixed (KdWallModel *model)
{
  return kd_view_settings_get (model->settings)->share == KD_SHARE_FIXED;
}

static void
remember_fixed (KdWallModel *model)
{
  for (guint i = 0; i < model->rows->len; i++) {
    const KdWallRowData *row = &g_array_index (model->rows, KdWallRowData, i);
    if (row->fixed)
      g_hash_table_insert (model->fixed, g_strdup (row->title),
                           g_memdup2 (&row->scale, sizeof row->scale));
  }
}

static void
recall_fixed (KdWallModel *model)
{
  for (guint i = 0; i < model->rows->len; i++) {
    KdWallRowData *row = &g_array_index (model->rows, KdWallRowData, i);
    const KdScale *scale = g_hash_table_lookup (model->fixed, row->title);
    row->fixed = scale != NULL;
    if (scale)
      row->scale = *scale;
  }
}

/* Fixed from now on: as they are, but where every panel had its own. */
static void
hold_scales (KdWallModel *model)
{
  for (guint i = 0; model->share != KD_SHARE_PANEL && i < model->rows->len; i++) {
    KdWallRowData *row = &g_array_index (model->rows, KdWallRowData, i);
    for (int k = 0; k < row->n_places; k++)
      row->fixed |= row->places[k].valid && row->places[k].stats.n_finite > 0;
  }
}

void
kd_wall_model_fix_scale (KdWallModel *model, int row, const KdScale *scale)
{
  g_return_if_fail (KD_IS_WALL_MODEL (model) && row >= 0 && row < (int) model->rows->len);
  KdView view = *kd_view_settings_get (model->settings);
  for (guint i = 0; view.share != KD_SHARE_FIXED && i < model->rows->len; i++)
    g_array_index (model->rows, KdWallRowData, i).fixed = true;
  KdWallRowData *moved = &g_array_index (model->rows, KdWallRowData, row);
  moved->scale = *scale;
  moved->fixed = true;
  remember_fixed (model);
  view.share = KD_SHARE_FIXED;
  kd_view_settings_set (model->settings, &view);
}

/* ---- pictures ------------------------------------------------------------------------------------------ */

static void
read_picture (KdWallModel *model)
{
  if (model->picture)
    kd_wall_rows_update (model->rows, model->picture, kd_view_settings_get (model->settings));
  g_signal_emit (model, signals[CHANGED], 0);
}

static void
lay_out (KdWallModel *model)
{
  const KdView *view = kd_view_settings_get (model->settings);
  model->minuend = view->minuend;
  model->subtrahend = view->subtrahend;
  g_array_unref (model->rows);
  model->rows = model->method ? kd_wall_rows_new (model->method, model->run, model->probes,
                                                  model->n_probes, view)
                              : g_array_new (FALSE, TRUE, sizeof (KdWallRowData));
  const char *const *order = kd_wall_model_get_order (model, model->method);
  if (order)
    kd_wall_rows_arrange (model->rows, order);
  recall_fixed (model);
  g_signal_emit (model, signals[LAYOUT], 0);
}

static void
on_settings (KdWallModel *model)
{
  const KdView *view = kd_view_settings_get (model->settings);
  if (view->minuend != model->minuend || view->subtrahend != model->subtrahend)
    lay_out (model);
  if (!is_fixed (model)) {
    g_hash_table_remove_all (model->fixed);
    recall_fixed (model);
  } else if (model->share != KD_SHARE_FIXED) {
    hold_scales (model);
  }
  model->share = view->share;
  read_picture (model);
  if (is_fixed (model))
    remember_fixed (model);
}

void
kd_wall_model_set_layout (
    KdWallModel *model, const KdMethod *method, int run, const KdProbeInfo *probes, int n_probes)
{
  g_return_if_fail (KD_IS_WALL_MODEL (model));
  g_clear_pointer (&model->picture, kd_picture_unref);
  model->method = method;
  model->run = run;
  model->probes = probes;
  model->n_probes = n_probes;
  lay_out (model);
}

void
kd_wall_model_set_picture (KdWallModel *model, KdPicture *picture)
{
  g_return_if_fail (KD_IS_WALL_MODEL (model) && picture);
  kd_picture_ref (picture);
  g_clear_pointer (&model->picture, kd_picture_unref);
  model->picture = picture;
  read_picture (model);
}

const char *const *
kd_wall_model_get_order (KdWallModel *model, const KdMethod *method)
{
  g_return_val_if_fail (KD_IS_WALL_MODEL (model), NULL);
  return g_hash_table_lookup (model->orders, method);
}

void
kd_wall_model_set_order (KdWallModel *model, const KdMethod *method, const char *const *names)
{
  g_return_if_fail (KD_IS_WALL_MODEL (model) && method);
  if (names && *names)
    g_hash_table_insert (model->orders, (gpointer) method, g_strdupv ((char **) names));
  else
    g_hash_table_remove (model->orders, method);
  if (method != model->method)
    return;
  lay_out (model);
  read_picture (model);
}

KdPicture *
kd_wall_model_get_picture (KdWallModel *model)
{
  g_return_val_if_fail (KD_IS_WALL_MODEL (model), NULL);
  return model->picture;
}

const GArray *
kd_wall_model_get_rows (KdWallModel *model)
{
  g_return_val_if_fail (KD_IS_WALL_MODEL (model), NULL);
  return model->rows;
}

const KdMethod *
kd_wall_model_get_method (KdWallModel *model)
{
  g_return_val_if_fail (KD_IS_WALL_MODEL (model), NULL);
  return model->method;
}

KdViewSettings *
kd_wall_model_get_settings (KdWallModel *model)
{
  g_return_val_if_fail (KD_IS_WALL_MODEL (model), NULL);
  return model->settings;
}

/* ---- life ------------------------------------------------------------------------------------------------ */

static void
kd_wall_model_dispose (GObject *object)
{
  KdWallModel *model = KD_WALL_MODEL (object);
  g_clear_pointer (&model->picture, kd_picture_unref);
  g_clear_object (&model->settings);
  G_OBJECT_CLASS (kd_wall_model_parent_class)->dispose (object);
}

static void
kd_wall_model_finalize (GObject *object)
{
  KdWallModel *model = KD_WALL_MODEL (object);
  g_array_unref (model->rows);
  g_hash_table_unref (model->fixed);
  g_hash_table_unref (model->orders);
  G_OBJECT_CLASS (kd_wall_model_parent_class)->finalize (object);
}

static void
kd_wall_model_class_init (KdWallModelClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_wall_model_dispose;
  G_OBJECT_CLASS (class)->finalize = kd_wall_model_finalize;
  signals[LAYOUT] = g_signal_new ("layout", KD_TYPE_WALL_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);
  signals[CHANGED] = g_signal_new ("changed", KD_TYPE_WALL_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
kd_wall_model_init (KdWallModel *model)
{
  model->rows = g_array_new (FALSE, TRUE, sizeof (KdWallRowData));
  model->fixed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  model->orders = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_strfreev);
}

KdWallModel *
kd_wall_model_new (KdViewSettings *settings)
{
  KdWallModel *model = g_object_new (KD_TYPE_WALL_MODEL, NULL);
  model->settings = g_object_ref (settings);
  model->share = kd_view_settings_get (settings)->share;
  g_signal_connect_object (settings, "changed", G_CALLBACK (on_settings), model, G_CONNECT_SWAPPED);
  return model;
}
