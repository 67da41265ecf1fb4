/* SPDX-License-Identifier: MIT */
#include "engine/session/keyframe-weights.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define SUFFIX ".weights"

/* ---- one step ---- */

typedef struct {
  const char *name; /* interned */
  KdShape shape;
  size_t first, count; /* in each of the three blocks */
} KeptParam;

typedef struct {
  KdKnobs *knobs;
  KeptParam *params;
  int n_params;
  size_t n_values, first; /* of a block; where the three begin in the values of all runs */
} KeptRun;

struct _KdKeyframeWeights {
  atomic_int references;
  int64_t step;
  KeptRun runs[KD_MAX_RUNS];
  int n_runs;
  kd_real *values; /* of each run: values, first moments, second moments; NULL: in a file */
  size_t n_values;
};

static void
keep_run (KeptRun *kept, const KdRun *run, size_t first)
{
  const int n = kd_params_count (run->params);
  *kept = (KeptRun){
    .knobs = kd_knobs_copy (run->knobs),
    .params = g_new (KeptParam, n),
    .n_params = n,
    .first = first,
  };
  for (int i = 0; i < n; i++) {
    const KdParam *param = kd_params_at (run->params, i);
    const size_t count = kd_shape_count (param->shape);
    kept->params[i] = (KeptParam){
      g_intern_string (param->name),
      param->shape,
      kept->n_values,
      count,
    };
    kept->n_values += count;
  }
}

static void
copy_run (const KeptRun *kept, const KdRun *run, kd_real *values)
{
  for (int i = 0; i < kept->n_params; i++) {
    const KdParam *param = kd_params_at (run->params, i);
    const kd_real *const blocks[] = { param->value, param->moment1, param->moment2 };
    kd_real *to = values + kept->first + kept->params[i].first;
    for (size_t b = 0; b < G_N_ELEMENTS (blocks); b++)
      memcpy (to + b * kept->n_values, blocks[b], kept->params[i].count * sizeof (kd_real));
  }
}

KdKeyframeWeights *
kd_keyframe_weights_new (int64_t step, KdRun *const *runs, int n_runs)
{
  KdKeyframeWeights *weights = g_new0 (KdKeyframeWeights, 1);
  atomic_init (&weights->references, 1);
  weights->step = step;
  weights->n_runs = n_runs;
  for (int r = 0; r < n_runs; r++) {
    keep_run (&weights->runs[r], runs[r], weights->n_values);
    weights->n_values += 3 * weights->runs[r].n_values;
  }
  weights->values = g_new (kd_real, weights->n_values);
  for (int r = 0; r < n_runs; r++)
    copy_run (&weights->runs[r], runs[r], weights->values);
  return weights;
}

KdKeyframeWeights *
kd_keyframe_weights_ref (KdKeyframeWeights *weights)
{
  atomic_fetch_add_explicit (&weights->references, 1, memory_order_relaxed);
  return weights;
}

void
kd_keyframe_weights_unref (KdKeyframeWeights *weights)
{
  if (!weights || atomic_fetch_sub_explicit (&weights->references, 1, memory_order_acq_rel) > 1)
    return;
  for (int r = 0; r < weights->n_runs; r++) {
    kd_knobs_free (weights->runs[r].knobs);
    g_free (weights->runs[r].params);
  }
  g_free (weights->values);
  g_free (weights);
}

int64_t
kd_keyframe_weights_step (const KdKeyframeWeights *weights)
{
  return weights->step;
}

const KdKnobs *
kd_keyframe_weights_knobs (const KdKeyframeWeights *weights, int run)
{
  g_assert (run >= 0 && run < weights->n_runs);
  return weights->runs[run].knobs;
}

void
kd_keyframe_weights_restore (const KdKeyframeWeights *weights, int run, KdParams *params)
{
  g_assert (run >= 0 && run < weights->n_runs && weights->values);
  const KeptRun *kept = &weights->runs[run];
  for (int i = 0; i < kept->n_params; i++) {
    const KeptParam *source = &kept->params[i];
    const KdParam *param = kd_params_find (params, source->name);
    if (!param || !kd_shape_equal (param->shape, source->shape))
      continue;
    kd_real *const blocks[] = { param->value, param->moment1, param->moment2 };
    const kd_real *from = weights->values + kept->first + source->first;
    for (size_t b = 0; b < G_N_ELEMENTS (blocks); b++)
      memcpy (blocks[b], from + b * kept->n_values, source->count * sizeof (kd_real));
  }
  kd_params_touch (params);
}

/* Names, shapes and knobs without the values, which are read from a file. */
static KdKeyframeWeights *
copy_outline (const KdKeyframeWeights *weights)
{
  KdKeyframeWeights *copy = g_memdup2 (weights, sizeof *weights);
  atomic_init (&copy->references, 1);
  copy->values = NULL;
  for (int r = 0; r < copy->n_runs; r++) {
    KeptRun *run = &copy->runs[r];
    run->knobs = kd_knobs_copy (run->knobs);
    run->params = g_memdup2 (run->params, (gsize) run->n_params * sizeof (KeptParam));
  }
  return copy;
}

/* ---- all steps ---- */

/* The mutex guards the list. Held while the main thread takes a reference or a file is read or written; the history's is taken inside. */
struct _KdWeightStore {
  pthread_mutex_t mutex;
  GPtrArray
      *steps; /* KdKeyframeWeights, ascending; the last ones have values, the rest a file each */
  size_t max_bytes;
  char *folder;
  bool opened; /* the folder is made, and what a killed program left in it is gone */
};

static void
unref_weights (void *weights)
{
  kd_keyframe_weights_unref (weights);
}

KdWeightStore *
kd_weight_store_new (const char *folder, size_t max_bytes)
{
  KdWeightStore *store = g_new0 (KdWeightStore, 1);
  pthread_mutex_init (&store->mutex, NULL);
  store->steps = g_ptr_array_new_with_free_func (unref_weights);
  store->folder = g_strdup (folder);
  store->max_bytes = max_bytes;
  return store;
}

static KdKeyframeWeights *
at (const KdWeightStore *store, guint index)
{
  return g_ptr_array_index (store->steps, index);
}

static char *
file_of (const KdWeightStore *store, int64_t step)
{
  g_autofree char *name = g_strdup_printf ("step-%08" G_GINT64_FORMAT SUFFIX, step);
  return g_build_filename (store->folder, name, NULL);
}

static void
remove_at (KdWeightStore *store, guint index)
{
  if (!at (store, index)->values) {
    g_autofree char *path = file_of (store, at (store, index)->step);
    g_unlink (path);
  }
  g_ptr_array_remove_index (store->steps, index);
}

void
kd_weight_store_free (KdWeightStore *store)
{
  if (!store)
    return;
  while (store->steps->len > 0)
    remove_at (store, store->steps->len - 1);
  if (store->opened)
    g_rmdir (store->folder);
  g_ptr_array_unref (store->steps);
  pthread_mutex_destroy (&store->mutex);
  g_free (store->folder);
  g_free (store);
}

static bool
open_folder (KdWeightStore *store)
{
  if (!store->folder || store->opened)
    return store->opened;
  store->opened = g_mkdir_with_parents (store->folder, 0777) == 0;
  g_autoptr (GDir) dir = g_dir_open (store->folder, 0, NULL);
  const char *name;
  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree char *path = g_build_filename (store->folder, name, NULL);
    if (g_str_has_suffix (name, SUFFIX))
      g_unlink (path);
  }
  return store->opened;
}

/* Not synchronised to the disk: the file is of no use to another process. */
static bool
write_values (KdWeightStore *store, const KdKeyframeWeights *weights)
{
  if (!open_folder (store))
    return false;
  g_autofree char *path = file_of (store, weights->step);
  FILE *file = g_fopen (path, "wb");
  if (!file)
    return false;
  const bool written =
      fwrite (weights->values, sizeof (kd_real), weights->n_values, file) == weights->n_values;
  if (fclose (file) == 0 && written)
    return true;
  g_unlink (path); /* a full disk: the keyframe's maps stay */
  return false;
}

/* The oldest one in memory goes to the folder, or away. */
static void
move_out (KdWeightStore *store, guint index)
{
  if (!write_values (store, at (store, index))) {
    g_ptr_array_remove_index (store->steps, index);
    return;
  }
  KdKeyframeWeights *outline = copy_outline (at (store, index));
  kd_keyframe_weights_unref (at (store, index));
  g_ptr_array_index (store->steps, index) = outline;
}

/* They are the last ones of the list. */
static guint
count_in_memory (const KdWeightStore *store)
{
  guint n = 0;
  while (n < store->steps->len && at (store, store->steps->len - 1 - n)->values)
    n++;
  return n;
}

/* Two at least: the one just made and one to go back to. */
static guint
most_in_memory (const KdWeightStore *store, const KdKeyframeWeights *weights)
{
  const size_t fitting = store->max_bytes / (weights->n_values * sizeof (kd_real));
  return (guint) CLAMP (fitting, 2, KD_KEYFRAME_WEIGHTS_KEPT);
}

void
kd_weight_store_add (KdWeightStore *store, KdKeyframeWeights *weights)
{
  pthread_mutex_lock (&store->mutex);
  while (store->steps->len > 0 && at (store, store->steps->len - 1)->step >= weights->step)
    remove_at (store, store->steps->len - 1);
  g_ptr_array_add (store->steps, weights);
  for (guint kept = count_in_memory (store); kept > most_in_memory (store, weights); kept--)
    move_out (store, store->steps->len - kept);
  pthread_mutex_unlock (&store->mutex);
}

void
kd_weight_store_thin (KdWeightStore *store, KdHistory *history)
{
  pthread_mutex_lock (&store->mutex);
  for (guint i = store->steps->len; i-- > 0;) {
    if (!at (store, i)->values && !kd_history_has_step (history, at (store, i)->step))
      remove_at (store, i);
  }
  pthread_mutex_unlock (&store->mutex);
}

static KdKeyframeWeights *
find (const KdWeightStore *store, int64_t step)
{
  for (guint i = 0; i < store->steps->len; i++) {
    if (at (store, i)->step == step)
      return at (store, i);
  }
  return NULL;
}

bool
kd_weight_store_has (KdWeightStore *store, int64_t step)
{
  pthread_mutex_lock (&store->mutex);
  const bool has = find (store, step) != NULL;
  pthread_mutex_unlock (&store->mutex);
  return has;
}

static KdKeyframeWeights *
read_values (const KdWeightStore *store, const KdKeyframeWeights *outline, GError **error)
{
  g_autofree char *path = file_of (store, outline->step);
  FILE *file = g_fopen (path, "rb");
  if (!file) {
    g_set_error (error, KD_ERROR, KD_ERROR_FILE, "%s: cannot be read: %s", path,
                 g_strerror (errno));
    return NULL;
  }
  KdKeyframeWeights *weights = copy_outline (outline);
  weights->values = g_new (kd_real, weights->n_values + 1);
  /* One more than there should be: a longer file is another one. */
  const size_t n = fread (weights->values, sizeof (kd_real), weights->n_values + 1, file);
  fclose (file);
  if (n == weights->n_values)
    return weights;
  g_set_error (error, KD_ERROR, KD_ERROR_FORMAT, "%s: expected %zu numbers, found %zu%s", path,
               weights->n_values, n, n > weights->n_values ? " or more" : "");
  kd_keyframe_weights_unref (weights);
  return NULL;
}

KdKeyframeWeights *
kd_weight_store_get (KdWeightStore *store, int64_t step, GError **error)
{
  KdKeyframeWeights *weights = NULL;
  pthread_mutex_lock (&store->mutex);
  KdKeyframeWeights *found = find (store, step);
  if (found)
    weights = found->values ? kd_keyframe_weights_ref (found) : read_values (store, found, error);
  else
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 "the weights of step %" G_GINT64_FORMAT
                 " are not kept any more; branch from a later keyframe",
                 step);
  pthread_mutex_unlock (&store->mutex);
  return weights;
}

size_t
kd_weight_store_bytes (KdWeightStore *store)
{
  size_t bytes = 0;
  pthread_mutex_lock (&store->mutex);
  for (guint i = 0; i < store->steps->len; i++) {
    if (at (store, i)->values)
      bytes += at (store, i)->n_values * sizeof (kd_real);
  }
  pthread_mutex_unlock (&store->mutex);
  return bytes;
}
