/* SPDX-License-Identifier: MIT */
#include "engine/session/weight-store.h"

#include "engine/base/i18n.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <pthread.h>
#include <unistd.h>

/* One step: its weights, or their outline and where in the file the numbers are, counted in steps. */
typedef struct {
  KdKeyframeWeights *weights;
  int64_t slot; /* -1: in memory */
} Kept;

/* The mutex guards the list. Held while the main thread takes a reference or the file is read or written; the history's is taken inside. */
struct _KdWeightStore {
  pthread_mutex_t mutex;
  GArray *steps; /* Kept, ascending; the last ones are in memory */
  GArray *slots; /* bool: taken */
  KdWeightLimits limits;
  char *folder; /* NULL: no file */
  int file;     /* -1: not yet */
};

static void
clear_kept (void *data)
{
  kd_keyframe_weights_unref (((Kept *) data)->weights);
}

KdWeightStore *
kd_weight_store_new (const char *folder, KdWeightLimits limits)
{
  KdWeightStore *store = g_new0 (KdWeightStore, 1);
  pthread_mutex_init (&store->mutex, NULL);
  store->steps = g_array_new (FALSE, FALSE, sizeof (Kept));
  g_array_set_clear_func (store->steps, clear_kept);
  store->slots = g_array_new (FALSE, TRUE, sizeof (bool));
  store->limits = limits;
  store->folder = g_strdup (folder);
  store->file = -1;
  return store;
}

void
kd_weight_store_free (KdWeightStore *store)
{
  if (!store)
    return;
  g_array_unref (store->steps);
  g_array_unref (store->slots);
  if (store->file >= 0)
    close (store->file);
  pthread_mutex_destroy (&store->mutex);
  g_free (store->folder);
  g_free (store);
}

static Kept *
at (const KdWeightStore *store, guint index)
{
  return &g_array_index (store->steps, Kept, index);
}

static int64_t
step_at (const KdWeightStore *store, guint index)
{
  return kd_keyframe_weights_step (at (store, index)->weights);
}

static void
remove_at (KdWeightStore *store, guint index)
{
  const int64_t slot = at (store, index)->slot;
  if (slot >= 0)
    g_array_index (store->slots, bool, slot) = false;
  g_array_remove_index (store->steps, index);
}

/* They are the last ones of the list. */
static guint
count_in_memory (const KdWeightStore *store)
{
  guint n = 0;
  while (n < store->steps->len && at (store, store->steps->len - 1 - n)->slot < 0)
    n++;
  return n;
}

/* ---- the file ---- */

/* Its name is taken away at once: the system frees the file with the process. */
static bool
open_file (KdWeightStore *store)
{
  if (store->file >= 0 || !store->folder)
    return store->file >= 0;
  g_autofree char *path = g_build_filename (store->folder, ".keyframes-XXXXXX", NULL);
  if (g_mkdir_with_parents (store->folder, 0777) == 0)
    store->file = g_mkstemp (path);
  if (store->file < 0) {
    g_clear_pointer (&store->folder, g_free); /* not asked again */
    return false;
  }
  g_unlink (path);
  return true;
}

/* As the maps are: every second one of the older half goes; the first stays while there is a choice. */
static void
halve_older_half (KdWeightStore *store)
{
  const guint n = store->steps->len - count_in_memory (store);
  if (n < 4)
    remove_at (store, 0);
  else
    for (guint i = 1, older = n / 2; i < older; i++, older--)
      remove_at (store, i);
}

static int64_t
free_slot (KdWeightStore *store, size_t bytes)
{
  const guint most = (guint) MAX (store->limits.file_bytes / bytes, 1);
  for (;;) {
    for (guint i = 0; i < store->slots->len; i++) {
      if (!g_array_index (store->slots, bool, i))
        return i;
    }
    if (store->slots->len < most) {
      const bool taken = false;
      g_array_append_val (store->slots, taken);
    } else {
      halve_older_half (store);
    }
  }
}

/* What the system writes and reads in one go may be less than asked for. */
static bool
transfer (KdWeightStore *store, kd_real *values, size_t bytes, int64_t slot, bool writes)
{
  char *at_byte = (char *) values;
  for (size_t done = 0; done < bytes;) {
    const off_t place = (off_t) ((size_t) slot * bytes + done);
    const ssize_t n = writes ? pwrite (store->file, at_byte + done, bytes - done, place)
                             : pread (store->file, at_byte + done, bytes - done, place);
    if (n == 0)
      errno = EIO; /* the file is shorter than it should be */
    if (n <= 0 && errno != EINTR)
      return false;
    done += (size_t) MAX (n, 0);
  }
  return true;
}

/* The oldest one in memory goes to the file, or away: on a full disk its maps stay. */
static void
move_out (KdWeightStore *store)
{
  if (!open_file (store)) {
    remove_at (store, store->steps->len - count_in_memory (store));
    return;
  }
  KdKeyframeWeights *weights = at (store, store->steps->len - count_in_memory (store))->weights;
  size_t bytes = 0;
  kd_real *values = kd_keyframe_weights_values (weights, &bytes);
  const int64_t slot = free_slot (store, bytes);
  const guint index = store->steps->len - count_in_memory (store);
  if (!transfer (store, values, bytes, slot, true)) {
    remove_at (store, index);
    return;
  }
  g_array_index (store->slots, bool, slot) = true;
  *at (store, index) = (Kept){ kd_keyframe_weights_outline (weights), slot };
  kd_keyframe_weights_unref (weights);
}

static KdKeyframeWeights *
read_in (KdWeightStore *store, const Kept *kept, GError **error)
{
  KdKeyframeWeights *weights = kd_keyframe_weights_fill (kept->weights);
  size_t bytes = 0;
  kd_real *values = kd_keyframe_weights_values (weights, &bytes);
  if (transfer (store, values, bytes, kept->slot, false))
    return weights;
  g_set_error (error, KD_ERROR, KD_ERROR_FILE,
               _ ("the weights of step %" PRIi64 " cannot be read: %s"),
               kd_keyframe_weights_step (weights), g_strerror (errno));
  kd_keyframe_weights_unref (weights);
  return NULL;
}

/* ---- steps ---- */

void
kd_weight_store_add (KdWeightStore *store, KdKeyframeWeights *weights)
{
  pthread_mutex_lock (&store->mutex);
  const int64_t step = kd_keyframe_weights_step (weights);
  while (store->steps->len > 0 && step_at (store, store->steps->len - 1) >= step)
    remove_at (store, store->steps->len - 1);
  const Kept kept = { weights, -1 };
  g_array_append_val (store->steps, kept);
  size_t bytes = 0;
  kd_keyframe_weights_values (weights, &bytes);
  const size_t most = MAX (store->limits.memory_bytes / bytes, 1);
  while (count_in_memory (store) > most)
    move_out (store);
  pthread_mutex_unlock (&store->mutex);
}

void
kd_weight_store_thin (KdWeightStore *store, KdHistory *history)
{
  pthread_mutex_lock (&store->mutex);
  for (guint i = store->steps->len; i-- > 0;) {
    if (at (store, i)->slot >= 0 && !kd_history_has_step (history, step_at (store, i)))
      remove_at (store, i);
  }
  pthread_mutex_unlock (&store->mutex);
}

static Kept *
find (const KdWeightStore *store, int64_t step)
{
  for (guint i = 0; i < store->steps->len; i++) {
    if (step_at (store, i) == step)
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

KdKeyframeWeights *
kd_weight_store_get (KdWeightStore *store, int64_t step, GError **error)
{
  KdKeyframeWeights *weights = NULL;
  pthread_mutex_lock (&store->mutex);
  const Kept *kept = find (store, step);
  if (kept)
    weights =
        kept->slot < 0 ? kd_keyframe_weights_ref (kept->weights) : read_in (store, kept, error);
  else
    g_set_error (
        error, KD_ERROR, KD_ERROR_CONFIG,
        _ ("the weights of step %" PRIi64 " are not kept any more; branch from another keyframe"),
        step);
  pthread_mutex_unlock (&store->mutex);
  return weights;
}

size_t
kd_weight_store_bytes (KdWeightStore *store)
{
  size_t bytes = 0;
  pthread_mutex_lock (&store->mutex);
  for (guint i = store->steps->len - count_in_memory (store); i < store->steps->len; i++) {
    size_t of_step = 0;
    kd_keyframe_weights_values (at (store, i)->weights, &of_step);
    bytes += of_step;
  }
  pthread_mutex_unlock (&store->mutex);
  return bytes;
}
