/* SPDX-License-Identifier: MIT */
#include "engine/session/checkpoint.h"

#include "engine/base/i18n.h"
#include "engine/session/config.h"
#include "engine/session/weights.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

/* The one that session.json names and, should its files be damaged, the one before. */
#define CHECKPOINTS_KEPT 2
/* Stands beside the first files of a session until its session.json does. */
#define BEGINNING ".beginning"
#define PREFIX "step-"
#define SUFFIX ".safetensors"

struct _KdFolder {
  KdTrainer *trainer;
  char *path; /* of session.json */
  KdRunDirectory *runs[KD_MAX_RUNS];
};

/* ---- one run's file ---- */

static char *
checkpoint_path (const KdFolder *folder, int run, int64_t step)
{
  g_autofree char *name = g_strdup_printf (PREFIX "%08" G_GINT64_FORMAT SUFFIX, step);
  return g_build_filename (kd_run_directory_path (folder->runs[run]), "checkpoints", name, NULL);
}

static void
add_text (GPtrArray *metadata, const char *key, char *text)
{
  g_ptr_array_add (metadata, g_strdup (key));
  g_ptr_array_add (metadata, text);
}

/* What a reader needs to build the detector and draw its scenes, and where the weights come from. */
static GPtrArray *
describe_run (const KdTrainer *trainer, const KdRun *run)
{
  const KdDetectorConfig *detector = &trainer->detector;
  const KdSceneConfig *scenes = &trainer->config->scenes;
  GPtrArray *metadata = g_ptr_array_new_with_free_func (g_free);
  add_text (metadata, "detector", g_strdup (detector->kind->id));
  add_text (metadata, "image_height", g_strdup_printf ("%d", detector->image.height));
  add_text (metadata, "image_width", g_strdup_printf ("%d", detector->image.width));
  add_text (metadata, "anchors", g_strdup_printf ("%d", detector->anchors));
  add_text (metadata, "classes", g_strdup_printf ("%d", detector->classes));
  add_text (metadata, "difficulty", kd_number_text (scenes->difficulty));
  add_text (metadata, "max_objects", g_strdup_printf ("%d", scenes->max_objects));
  add_text (metadata, "run", g_strdup (run->id));
  add_text (metadata, "method", g_strdup (kd_knobs_method (run->knobs)->id));
  add_text (metadata, "seed", g_strdup_printf ("%" G_GUINT64_FORMAT, trainer->config->seed));
  add_text (metadata, "step", g_strdup_printf ("%" G_GINT64_FORMAT, trainer->step));
  g_ptr_array_add (metadata, NULL);
  return metadata;
}

static bool
save_run (const KdFolder *folder, int run, GError **error)
{
  const KdTrainer *trainer = folder->trainer;
  g_autofree char *path = checkpoint_path (folder, run, trainer->step);
  g_autoptr (GPtrArray) metadata = describe_run (trainer, trainer->runs[run]);
  g_autoptr (KdArrays) arrays = kd_arrays_new ();
  for (int which = 0; which < KD_N_WEIGHTS; which++)
    kd_weights_to_arrays (trainer->runs[run]->params, (KdWeights) which, arrays);
  return kd_arrays_save (arrays, path, (const char *const *) metadata->pdata, error);
}

static bool
load_run (KdFolder *folder, int run, int64_t step, GError **error)
{
  KdParams *params = folder->trainer->runs[run]->params;
  g_autofree char *path = checkpoint_path (folder, run, step);
  g_autoptr (KdArrays) arrays = kd_arrays_load (path, error);
  if (!arrays)
    return false;
  for (int which = 0; which < KD_N_WEIGHTS; which++) {
    if (!kd_weights_from_arrays (params, (KdWeights) which, arrays, path, error))
      return false;
  }
  return true;
}

/* ---- old files ---- */

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

static GPtrArray *
checkpoint_names (const char *folder)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  while (dir && (name = g_dir_read_name (dir))) {
    if (g_str_has_prefix (name, PREFIX) && g_str_has_suffix (name, SUFFIX))
      g_ptr_array_add (names, g_strdup (name));
  }
  /* Steps are written with leading zeros, so the names' order is theirs. */
  g_ptr_array_sort (names, compare_names);
  return names;
}

static void
remove_old (KdFolder *folder, int run)
{
  g_autofree char *path =
      g_build_filename (kd_run_directory_path (folder->runs[run]), "checkpoints", NULL);
  g_autoptr (GPtrArray) names = checkpoint_names (path);
  for (guint i = 0; i + CHECKPOINTS_KEPT < names->len; i++) {
    g_autofree char *old = g_build_filename (path, g_ptr_array_index (names, i), NULL);
    unlink (old);
  }
}

/* What a killed program left: files of later steps, which would pass for newer ones, and half-written ones. */
static void
remove_leftovers (KdFolder *folder, int run, int64_t step)
{
  g_autofree char *path =
      g_build_filename (kd_run_directory_path (folder->runs[run]), "checkpoints", NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;
  while (dir && (name = g_dir_read_name (dir))) {
    if (!g_str_has_prefix (name, PREFIX))
      continue;
    g_autofree char *file = g_build_filename (path, name, NULL);
    if (!g_str_has_suffix (name, SUFFIX) ||
        g_ascii_strtoll (name + strlen (PREFIX), NULL, 10) > step)
      unlink (file);
  }
}

char *
kd_checkpoint_find (const char *checkpoint_or_run, GError **error)
{
  if (g_file_test (checkpoint_or_run, G_FILE_TEST_IS_REGULAR))
    return g_strdup (checkpoint_or_run);
  g_autofree char *folder = g_build_filename (checkpoint_or_run, "checkpoints", NULL);
  g_autoptr (GPtrArray) names = checkpoint_names (folder);
  if (names->len > 0)
    return g_build_filename (folder, g_ptr_array_index (names, names->len - 1), NULL);
  KdSavedConfig *saved = kd_config_load (checkpoint_or_run, NULL);
  if (saved && kd_saved_config_get (saved)->n_runs > 1)
    kd_config_refuse_session (kd_saved_config_get (saved), checkpoint_or_run, error);
  else
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 _ ("%s: expected a .safetensors file or a run's folder with checkpoints"),
                 checkpoint_or_run);
  if (saved)
    kd_saved_config_free (saved);
  return NULL;
}

/* ---- session.json ---- */

/* The configuration with the knobs as they are now. */
static void
write_config (const KdTrainer *trainer, int run, JsonBuilder *builder)
{
  KdRunConfig runs[KD_MAX_RUNS];
  KdConfig config = *trainer->config;
  for (int r = 0; r < trainer->n_runs; r++)
    runs[r] = (KdRunConfig){ trainer->runs[r]->id, trainer->runs[r]->knobs };
  config.runs = runs;
  kd_json_add_text (builder, "program", "kdscope " KDSCOPE_VERSION);
  kd_json_add_text (builder, "teacher_id", trainer->teacher ? trainer->teacher->id : NULL);
  kd_config_write (&config, run, builder);
}

static bool
write_session (const KdFolder *folder, const KdLogSizes *sizes, GError **error)
{
  const KdTrainer *trainer = folder->trainer;
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  kd_json_add_integer (builder, "step", trainer->step);
  write_config (trainer, -1, builder);
  json_builder_set_member_name (builder, "logs");
  json_builder_begin_array (builder);
  for (int r = 0; r < trainer->n_runs; r++) {
    json_builder_begin_object (builder);
    kd_json_add_integer (builder, "series_bytes", sizes[r].series_bytes);
    kd_json_add_integer (builder, "events_bytes", sizes[r].events_bytes);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  return kd_json_save (builder, folder->path, error);
}

static bool
write_run (const KdFolder *folder, int run, GError **error)
{
  g_autofree char *path =
      g_build_filename (kd_run_directory_path (folder->runs[run]), "run.json", NULL);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  write_config (folder->trainer, run, builder);
  json_builder_end_object (builder);
  return kd_json_save (builder, path, error);
}

bool
kd_folder_checkpoint (KdFolder *folder, GError **error)
{
  KdLogSizes sizes[KD_MAX_RUNS];
  for (int r = 0; r < folder->trainer->n_runs; r++) {
    /* At step 0 the seed says it all. */
    if (folder->trainer->step > 0 && !save_run (folder, r, error))
      return false;
    if (!kd_run_directory_sync (folder->runs[r], &sizes[r], error) || !write_run (folder, r, error))
      return false;
  }
  if (!write_session (folder, sizes, error))
    return false;
  for (int r = 0; r < folder->trainer->n_runs; r++)
    remove_old (folder, r);
  return true;
}

/* ---- opening ---- */

static bool
read_logs (
    JsonObject *object, const KdFolder *folder, int64_t step, KdLogSizes *sizes, GError **error)
{
  JsonNode *node = json_object_get_member (object, "logs");
  JsonArray *logs = node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  const int n_runs = folder->trainer->n_runs;
  for (int r = 0; logs && r < n_runs && (guint) r < json_array_get_length (logs); r++) {
    JsonNode *element = json_array_get_element (logs, (guint) r);
    if (!JSON_NODE_HOLDS_OBJECT (element))
      break;
    JsonObject *log = json_node_get_object (element);
    sizes[r].series_bytes = kd_json_integer (log, "series_bytes", -1);
    sizes[r].events_bytes = kd_json_integer (log, "events_bytes", -1);
    sizes[r].rows = step;
    if (sizes[r].series_bytes >= 0 && sizes[r].events_bytes >= 0 && r == n_runs - 1)
      return true;
  }
  g_set_error (error, KD_ERROR, KD_ERROR_FORMAT, _ ("%s: expected the logs' sizes of %d runs"),
               folder->path, n_runs);
  return false;
}

static bool
check_saved (const KdFolder *folder, JsonObject *object, int64_t step, GError **error)
{
  const KdTrainer *trainer = folder->trainer;
  const char *mine = trainer->teacher ? trainer->teacher->id : NULL;
  const char *theirs = kd_json_text (object, "teacher_id");
  if (g_strcmp0 (mine, theirs) != 0) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 _ ("%s: expected the teacher file %s, found %s; name the one it was trained with"),
                 folder->path, theirs ? theirs : _ ("(none)"), mine ? mine : _ ("(none)"));
    return false;
  }
  if (step < 0 || step > trainer->config->steps) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 _ ("%s: is at step %" PRIi64 ", beyond the %" PRIi64 " asked for"), folder->path,
                 step, trainer->config->steps);
    return false;
  }
  return true;
}

static bool
open_runs (KdFolder *folder, const KdLogSizes *sizes, GError **error)
{
  const KdTrainer *trainer = folder->trainer;
  for (int r = 0; r < trainer->n_runs; r++) {
    KdRun *run = trainer->runs[r];
    g_autofree char *path = g_build_filename (trainer->config->out, run->id, NULL);
    folder->runs[r] =
        kd_run_directory_open (path, run->columns, run->n_columns, sizes ? &sizes[r] : NULL, error);
    if (!folder->runs[r])
      return false;
  }
  return true;
}

static bool
resume (KdFolder *folder, GError **error)
{
  KdTrainer *trainer = folder->trainer;
  KdLogSizes sizes[KD_MAX_RUNS];
  JsonObject *object = kd_json_load (folder->path, error);
  const int64_t step = object ? kd_json_integer (object, "step", -1) : -1;
  bool ok = object && check_saved (folder, object, step, error) &&
            read_logs (object, folder, step, sizes, error) && open_runs (folder, sizes, error);
  for (int r = 0; ok && r < trainer->n_runs; r++) {
    ok = step == 0 || load_run (folder, r, step, error);
    if (ok)
      remove_leftovers (folder, r, step);
  }
  if (ok)
    kd_trainer_seek (trainer, step);
  if (object)
    json_object_unref (object);
  return ok;
}

/* Runs without the session.json that they belong to: it was lost, or they were copied here. */
static bool
check_no_runs (const char *out, GError **error)
{
  static const char *const names[] = { "run.json", "series.csv", "checkpoints" };
  g_autoptr (GDir) dir = g_dir_open (out, 0, NULL);
  const char *name;
  while (dir && (name = g_dir_read_name (dir))) {
    for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
      g_autofree char *file = g_build_filename (out, name, names[i], NULL);
      if (!g_file_test (file, G_FILE_TEST_EXISTS))
        continue;
      g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                   _ ("%s: holds a run (%s) but no session.json to resume; move it away or choose "
                      "another folder"),
                   out, name);
      return false;
    }
  }
  return true;
}

/* The curves that a branched run brings along, as rows. */
static bool
write_rows (KdFolder *folder, int run, GError **error)
{
  const KdRun *source = folder->trainer->runs[run];
  size_t next[KD_MAX_COLUMNS] = { 0 };
  for (int64_t step = 1; step <= folder->trainer->step; step++) {
    double values[KD_MAX_COLUMNS];
    for (int i = 0; i < source->n_columns; i++) {
      KdPoint point;
      const bool measured =
          kd_series_read (source->columns[i], next[i], &point, 1) == 1 && point.step == step;
      next[i] += measured ? 1 : 0;
      values[i] = measured ? point.value : NAN;
    }
    if (!kd_run_directory_append (folder->runs[run], step, values, error))
      return false;
  }
  return true;
}

/* Marks a folder whose session.json is not yet written: a program killed here may begin again. */
static bool
mark_beginning (const char *mark, const char *out, GError **error)
{
  if (!g_file_test (mark, G_FILE_TEST_EXISTS) && !check_no_runs (out, error))
    return false;
  const int fd = g_mkdir_with_parents (out, 0777) == 0 ? g_creat (mark, 0666) : -1;
  if (fd < 0) {
    g_set_error (error, KD_ERROR, KD_ERROR_FILE, _ ("%s: cannot be written: %s"), mark,
                 g_strerror (errno));
    return false;
  }
  close (fd);
  return true;
}

static bool
begin (KdFolder *folder, GError **error)
{
  const KdTrainer *trainer = folder->trainer;
  if (g_file_test (folder->path, G_FILE_TEST_EXISTS)) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 _ ("%s: holds a session already; resume it or choose another folder"),
                 trainer->config->out);
    return false;
  }
  g_autofree char *run = g_build_filename (trainer->config->out, "run.json", NULL);
  if (g_file_test (run, G_FILE_TEST_EXISTS)) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, _ ("%s: is a run's folder; choose another"),
                 trainer->config->out);
    return false;
  }
  g_autofree char *mark = g_build_filename (trainer->config->out, BEGINNING, NULL);
  if (!mark_beginning (mark, trainer->config->out, error) || !open_runs (folder, NULL, error))
    return false;
  for (int r = 0; r < trainer->n_runs; r++) {
    remove_leftovers (folder, r, 0);
    if (!write_rows (folder, r, error))
      return false;
  }
  if (!kd_folder_checkpoint (folder, error))
    return false;
  unlink (mark);
  return true;
}

KdFolder *
kd_folder_open (KdTrainer *trainer, GError **error)
{
  KdFolder *folder = g_new0 (KdFolder, 1);
  folder->trainer = trainer;
  folder->path = g_build_filename (trainer->config->out, "session.json", NULL);
  const bool ok = trainer->config->resume ? resume (folder, error) : begin (folder, error);
  if (!ok) {
    kd_folder_free (folder);
    return NULL;
  }
  return folder;
}

void
kd_folder_free (KdFolder *folder)
{
  if (!folder)
    return;
  for (int r = 0; r < KD_MAX_RUNS; r++)
    kd_run_directory_free (folder->runs[r]);
  g_free (folder->path);
  g_free (folder);
}

/* ---- between checkpoints ---- */

bool
kd_folder_append (KdFolder *folder, GError **error)
{
  const KdTrainer *trainer = folder->trainer;
  for (int r = 0; r < trainer->n_runs; r++) {
    if (!kd_run_directory_append (folder->runs[r], trainer->step, trainer->runs[r]->values, error))
      return false;
  }
  return true;
}

bool
kd_folder_event (
    KdFolder *folder, int run, int64_t step, const char *kind, const char *text, GError **error)
{
  return kd_run_directory_event (folder->runs[run], step, kind, text, error);
}

bool
kd_folder_flush (KdFolder *folder, GError **error)
{
  for (int r = 0; r < folder->trainer->n_runs; r++) {
    if (!kd_run_directory_flush (folder->runs[r], error))
      return false;
  }
  return true;
}
