/* SPDX-License-Identifier: MIT */

/* The curves of a run's folder, read as they were written. */
#include "engine/base/i18n.h"
#include "engine/session/json.h"
#include "engine/session/run-directory.h"

#include <math.h>
#include <string.h>

static bool
is_damaged (const char *path, guint row, GError **error)
{
  g_set_error (error, KD_ERROR, KD_ERROR_FORMAT, _ ("%s: row %u is damaged"), path, row);
  return false;
}

static void
make_series (KdRunLog *log, char **columns)
{
  log->n_series = (int) g_strv_length (columns) - 1;
  log->names = g_new0 (char *, log->n_series + 1);
  log->points = g_new0 (GArray *, log->n_series);
  for (int i = 0; i < log->n_series; i++) {
    log->names[i] = g_strdup (columns[i + 1]);
    log->points[i] = g_array_new (FALSE, FALSE, sizeof (KdPoint));
  }
}

static bool
read_row (KdRunLog *log, const char *path, const char *line, guint row, GError **error)
{
  g_auto (GStrv) cells = g_strsplit (line, ",", -1);
  if ((int) g_strv_length (cells) != log->n_series + 1)
    return is_damaged (path, row, error);
  log->step = g_ascii_strtoll (cells[0], NULL, 10);
  for (int i = 0; i < log->n_series; i++) {
    char *end;
    const KdPoint point = { .step = log->step, .value = g_ascii_strtod (cells[i + 1], &end) };
    if (*end)
      return is_damaged (path, row, error);
    if (end > cells[i + 1]) /* an empty cell: not measured at this step */
      g_array_append_val (log->points[i], point);
  }
  return true;
}

static bool
read_series (KdRunLog *log, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "series.csv", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) problem = NULL;
  if (!g_file_get_contents (path, &text, NULL, &problem)) {
    g_set_error (error, KD_ERROR, KD_ERROR_FILE, "%s: %s", path, problem->message);
    return false;
  }
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_auto (GStrv) columns = g_strsplit (lines[0] ? lines[0] : "", ",", -1);
  if (g_strcmp0 (columns[0], "step") != 0) {
    g_set_error (error, KD_ERROR, KD_ERROR_FORMAT,
                 _ ("%s: expected a first line that begins with step, found %.40s"), path,
                 lines[0] ? lines[0] : _ ("nothing"));
    return false;
  }
  make_series (log, columns);
  /* A run in training may be writing its last line. */
  for (guint row = 1; lines[row] && lines[row + 1]; row++) {
    if (!read_row (log, path, lines[row], row, error))
      return false;
  }
  return true;
}

/* Runs of earlier versions do not say it, nor do those too short to tell; lines that cannot be read say nothing either. */
static double
read_speed (const char *folder)
{
  double speed = NAN;
  g_autofree char *path = g_build_filename (folder, "events.jsonl", NULL);
  g_autofree char *text = NULL;
  if (!g_file_get_contents (path, &text, NULL, NULL))
    return NAN;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    g_autoptr (JsonNode) root = json_from_string (lines[i], NULL);
    JsonObject *event = root && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
    const char *said = event ? kd_json_text (event, "text") : NULL;
    if (said && g_strcmp0 (kd_json_text (event, "kind"), KD_SPEED_EVENT) == 0)
      speed = g_ascii_strtod (said, NULL);
  }
  return speed > 0 ? speed : NAN;
}

KdRunLog *
kd_run_log_open (const char *folder, GError **error)
{
  KdRunLog *log = g_new0 (KdRunLog, 1);
  log->saved = kd_config_load (folder, error);
  if (log->saved)
    log->config = kd_saved_config_get (log->saved);
  if (log->saved && log->config->n_runs != 1) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 _ ("%s: expected the folder of one run, found a session of %d"), folder,
                 log->config->n_runs);
  } else if (log->saved && read_series (log, folder, error)) {
    log->steps_per_s = read_speed (folder);
    return log;
  }
  kd_run_log_free (log);
  return NULL;
}

void
kd_run_log_free (KdRunLog *log)
{
  if (!log)
    return;
  for (int i = 0; i < log->n_series; i++)
    g_array_unref (log->points[i]);
  g_free (log->points);
  g_strfreev (log->names);
  kd_saved_config_free (log->saved);
  g_free (log);
}

const GArray *
kd_run_log_find (const KdRunLog *log, const char *name)
{
  for (int i = 0; i < log->n_series; i++) {
    if (!strcmp (log->names[i], name))
      return log->points[i];
  }
  return NULL;
}

char **
kd_run_folders (const char *folder, GError **error)
{
  KdSavedConfig *saved = kd_config_load (folder, error);
  if (!saved)
    return NULL;
  const KdConfig *config = kd_saved_config_get (saved);
  g_autoptr (GStrvBuilder) folders = g_strv_builder_new ();
  g_autofree char *alone = g_build_filename (folder, "run.json", NULL);
  if (g_file_test (alone, G_FILE_TEST_EXISTS)) {
    g_strv_builder_add (folders, folder);
  } else {
    for (int i = 0; i < config->n_runs; i++) {
      g_autofree char *run = g_build_filename (folder, config->runs[i].id, NULL);
      g_strv_builder_add (folders, run);
    }
  }
  kd_saved_config_free (saved);
  return g_strv_builder_end (folders);
}
