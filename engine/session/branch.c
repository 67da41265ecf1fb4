/* SPDX-License-Identifier: MIT */
#include "engine/session/branch.h"

#include "engine/base/i18n.h"
#include "engine/session/session-private.h"

#include <string.h>

/* A curve of the other session up to the step. */
typedef struct {
  int run; /* there */
  const char *name;
  GArray *points;
} Curve;

struct _KdBranch {
  KdKeyframeWeights *weights;
  int sources[KD_MAX_RUNS]; /* of each run here: which one it was there */
  char *source_ids[KD_MAX_RUNS];
  int n_runs;
  GArray *curves;
};

static void
clear_curve (void *data)
{
  g_array_unref (((Curve *) data)->points);
}

void
kd_branch_free (KdBranch *branch)
{
  if (!branch)
    return;
  kd_keyframe_weights_unref (branch->weights);
  for (int r = 0; r < branch->n_runs; r++)
    g_free (branch->source_ids[r]);
  g_array_unref (branch->curves);
  g_free (branch);
}

/* ---- taking ---- */

static GArray *
read_curve (KdSession *session, int series, int64_t last_step)
{
  GArray *points = g_array_new (FALSE, FALSE, sizeof (KdPoint));
  KdPoint chunk[256];
  size_t count;
  while ((count = kd_session_read_series (session, series, points->len, chunk,
                                          G_N_ELEMENTS (chunk))) > 0)
    g_array_append_vals (points, chunk, (guint) count);
  while (points->len > 0 && g_array_index (points, KdPoint, points->len - 1).step > last_step)
    g_array_set_size (points, points->len - 1);
  return points;
}

/* Takes @weights. @run: doubled as the last run; -1: none. */
static KdBranch *
branch_new (KdSession *session, KdKeyframeWeights *weights, int run)
{
  KdBranch *branch = g_new0 (KdBranch, 1);
  branch->weights = weights;
  branch->n_runs = session->config->n_runs + (run >= 0 ? 1 : 0);
  for (int r = 0; r < branch->n_runs; r++) {
    branch->sources[r] = r < session->config->n_runs ? r : run;
    branch->source_ids[r] = g_strdup (kd_session_run_id (session, branch->sources[r]));
  }
  branch->curves = g_array_new (FALSE, FALSE, sizeof (Curve));
  g_array_set_clear_func (branch->curves, clear_curve);
  int n_series = 0;
  const KdSeriesInfo *series = kd_session_series (session, &n_series);
  for (int i = 0; i < n_series; i++) {
    const Curve curve = {
      .run = series[i].run,
      .name = g_intern_string (series[i].name),
      .points = read_curve (session, i, kd_keyframe_weights_step (weights)),
    };
    g_array_append_val (branch->curves, curve);
  }
  return branch;
}

/* "fgd-2" doubled is fgd-3, not fgd-2-2. */
static char *
stem_of (const char *id)
{
  const char *dash = strrchr (id, '-');
  const bool numbered =
      dash && dash > id && dash[1] && strspn (dash + 1, "0123456789") == strlen (dash + 1);
  return numbered ? g_strndup (id, (gsize) (dash - id)) : g_strdup (id);
}

static KdSavedConfig *
branch_config (KdSession *session,
               const KdKeyframeWeights *weights,
               int run,
               const KdKnobs *knobs,
               const char *out,
               double clip_norm,
               GError **error)
{
  KdRunConfig runs[KD_MAX_RUNS + 1];
  KdConfig config = *session->config;
  for (int r = 0; r < config.n_runs; r++)
    runs[r] = (KdRunConfig){ session->config->runs[r].id, kd_keyframe_weights_knobs (weights, r) };
  g_autofree char *stem = NULL;
  if (run >= 0) {
    const KdKnobs *own = kd_keyframe_weights_knobs (weights, run);
    const bool same = !knobs || kd_knobs_method (knobs) == kd_knobs_method (own);
    stem = same ? stem_of (runs[run].id) : NULL;
    runs[config.n_runs++] = (KdRunConfig){ stem, knobs ? knobs : own };
  }
  config.runs = runs;
  config.out = out;
  config.resume = false;
  config.paused = true;
  if (clip_norm > 0)
    config.optimizer.clip_norm = clip_norm;
  return kd_config_check (&config, error) ? kd_saved_config_new (&config) : NULL;
}

/* As kd_session_branch () and kd_session_rewind () say. */
static KdSession *
start_branch (KdSession *session,
              int64_t step,
              int run,
              const KdKnobs *knobs,
              const char *out,
              double clip_norm,
              GError **error)
{
  if (session->still) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 _ ("a recording holds maps but no weights to branch from; start a session"));
    return NULL;
  }
  char *teacher = NULL;
  KdKeyframeWeights *weights = kd_weight_store_get (session->weights, step, error);
  if (!weights)
    return NULL;
  KdSavedConfig *saved = branch_config (session, weights, run, knobs, out, clip_norm, error);
  if (!saved || !kd_session_find_teacher (kd_saved_config_get (saved), &teacher, error)) {
    if (saved)
      kd_saved_config_free (saved);
    kd_keyframe_weights_unref (weights);
    return NULL;
  }
  return kd_session_start (saved, teacher, branch_new (session, weights, run), error);
}

KdSession *
kd_session_branch (KdSession *session,
                   int64_t step,
                   int run,
                   const KdKnobs *knobs,
                   const char *out,
                   GError **error)
{
  g_return_val_if_fail (run >= -1 && run < session->config->n_runs, NULL);
  return start_branch (session, step, run, knobs, out, 0, error);
}

KdSession *
kd_session_rewind (KdSession *session, int64_t step, double clip_norm, GError **error)
{
  return start_branch (session, step, -1, NULL, NULL, clip_norm, error);
}

/* ---- giving ---- */

static void
restore_curves (const KdBranch *branch, int source, KdRun *run)
{
  for (int i = 0; i < run->n_columns; i++) {
    for (guint c = 0; c < branch->curves->len; c++) {
      const Curve *curve = &g_array_index (branch->curves, Curve, c);
      if (curve->run != source || strcmp (curve->name, kd_series_name (run->columns[i])) != 0)
        continue;
      for (guint p = 0; p < curve->points->len; p++) {
        const KdPoint point = g_array_index (curve->points, KdPoint, p);
        kd_series_append (run->columns[i], point.step, point.value);
      }
    }
  }
}

void
kd_branch_apply (const KdBranch *branch, KdTrainer *trainer)
{
  for (int r = 0; r < trainer->n_runs; r++) {
    kd_keyframe_weights_restore (branch->weights, branch->sources[r], trainer->runs[r]->params);
    restore_curves (branch, branch->sources[r], trainer->runs[r]);
  }
  kd_trainer_seek (trainer, kd_keyframe_weights_step (branch->weights));
}

char *
kd_branch_describe (const KdBranch *branch, int run)
{
  return g_strdup_printf ("%s at step %" G_GINT64_FORMAT " of another session",
                          branch->source_ids[run], kd_keyframe_weights_step (branch->weights));
}
