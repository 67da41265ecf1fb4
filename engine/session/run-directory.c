/* SPDX-License-Identifier: MIT */
#include "engine/session/run-directory.h"

#include "engine/base/i18n.h"
#include "engine/session/config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LOG_BUFFER 65536

/* A log file and its name for messages. */
typedef struct {
  char *path;
  FILE *file;
} Log;

struct _KdRunDirectory {
  char *path;
  Log series, events;
  int n_columns;
};

static bool
fail (const char *path, const char *what, GError **error)
{
  g_set_error (error, KD_ERROR, KD_ERROR_FILE, "%s: %s: %s", path, what, g_strerror (errno));
  return false;
}

static bool
make_folder (const char *path, const char *name, GError **error)
{
  g_autofree char *folder = g_build_filename (path, name, NULL);
  return g_mkdir_with_parents (folder, 0777) == 0 || fail (folder, _ ("cannot be made"), error);
}

/* ---- logs ---- */

/* Open for appending after @size bytes; what lies behind them was written after the checkpoint. */
static bool
log_open (Log *log, const char *folder, const char *name, int64_t size, GError **error)
{
  log->path = g_build_filename (folder, name, NULL);
  const int fd = open (log->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0)
    return fail (log->path, _ ("cannot be opened"), error);
  log->file = fdopen (fd, "w");
  if (!log->file) {
    fail (log->path, _ ("cannot be opened"), error);
    close (fd);
    return false;
  }
  const off_t length = lseek (fd, 0, SEEK_END);
  if (length < size) {
    g_set_error (
        error, KD_ERROR, KD_ERROR_FORMAT,
        _ ("%s: expected at least the %" PRIi64 " bytes of the checkpoint, found %" PRIi64),
        log->path, size, (int64_t) length);
    return false;
  }
  if (ftruncate (fd, size) != 0 || lseek (fd, size, SEEK_SET) != size)
    return fail (log->path, _ ("cannot be cut back"), error);
  setvbuf (log->file, NULL, _IOFBF, LOG_BUFFER);
  return true;
}

static void
log_close (Log *log)
{
  if (log->file)
    fclose (log->file);
  g_free (log->path);
}

static bool
log_sync (Log *log, int64_t *size, GError **error)
{
  if (fflush (log->file) != 0 || fsync (fileno (log->file)) != 0)
    return fail (log->path, _ ("cannot be written"), error);
  *size = (int64_t) lseek (fileno (log->file), 0, SEEK_CUR);
  return true;
}

/* ---- series.csv ---- */

static char *
header_line (KdSeries *const *columns, int n_columns)
{
  GString *header = g_string_new ("step");
  for (int i = 0; i < n_columns; i++)
    g_string_append_printf (header, ",%s", kd_series_name (columns[i]));
  return g_string_free (header, FALSE);
}

static bool
write_header (Log *log, KdSeries *const *columns, int n_columns, GError **error)
{
  g_autofree char *header = header_line (columns, n_columns);
  fprintf (log->file, "%s\n", header);
  return !ferror (log->file) || fail (log->path, _ ("cannot be written"), error);
}

static bool
bad_row (const char *path, int row, GError **error)
{
  g_set_error (error, KD_ERROR, KD_ERROR_FORMAT, _ ("%s: row %d is damaged or missing"), path, row);
  return false;
}

static bool
read_row (
    const char *path, char *line, int row, KdSeries *const *columns, int n_columns, GError **error)
{
  g_auto (GStrv) cells = g_strsplit (line, ",", -1);
  if (g_strv_length (cells) != (guint) n_columns + 1)
    return bad_row (path, row, error);
  const int64_t step = g_ascii_strtoll (cells[0], NULL, 10);
  if (step != row)
    return bad_row (path, row, error);
  for (int i = 0; i < n_columns; i++) {
    char *end;
    const double value = g_ascii_strtod (cells[i + 1], &end);
    if (*end)
      return bad_row (path, row, error);
    if (end > cells[i + 1])
      kd_series_append (columns[i], step, value);
  }
  return true;
}

static bool
read_rows (
    const char *path, KdSeries *const *columns, int n_columns, int64_t n_rows, GError **error)
{
  g_autofree char *text = NULL;
  if (!g_file_get_contents (path, &text, NULL, error))
    return false;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autofree char *header = header_line (columns, n_columns);
  if (g_strcmp0 (lines[0], header) != 0) {
    g_set_error (error, KD_ERROR, KD_ERROR_FORMAT, _ ("%s: expected the columns %s"), path, header);
    return false;
  }
  int row = 1;
  for (; lines[row] && *lines[row]; row++) {
    if (row > n_rows)
      return bad_row (path, row, error);
    if (!read_row (path, lines[row], row, columns, n_columns, error))
      return false;
  }
  return row > n_rows || bad_row (path, row, error);
}

/* ---- the folder ---- */

KdRunDirectory *
kd_run_directory_open (const char *path,
                       KdSeries *const *columns,
                       int n_columns,
                       const KdLogSizes *resume,
                       GError **error)
{
  const KdLogSizes sizes = resume ? *resume : (KdLogSizes){ 0 };
  KdRunDirectory *directory = g_new0 (KdRunDirectory, 1);
  directory->path = g_strdup (path);
  directory->n_columns = n_columns;
  const bool ok =
      make_folder (path, "checkpoints", error) && make_folder (path, "pictures", error) &&
      log_open (&directory->series, path, "series.csv", sizes.series_bytes, error) &&
      log_open (&directory->events, path, "events.jsonl", sizes.events_bytes, error) &&
      (resume ? read_rows (directory->series.path, columns, n_columns, sizes.rows, error)
              : write_header (&directory->series, columns, n_columns, error));
  if (!ok) {
    kd_run_directory_free (directory);
    return NULL;
  }
  return directory;
}

void
kd_run_directory_free (KdRunDirectory *directory)
{
  if (!directory)
    return;
  log_close (&directory->series);
  log_close (&directory->events);
  g_free (directory->path);
  g_free (directory);
}

const char *
kd_run_directory_path (const KdRunDirectory *directory)
{
  return directory->path;
}

bool
kd_run_directory_append (KdRunDirectory *directory,
                         int64_t step,
                         const double *values,
                         GError **error)
{
  Log *log = &directory->series;
  fprintf (log->file, "%" G_GINT64_FORMAT, step);
  for (int i = 0; i < directory->n_columns; i++) {
    char cell[G_ASCII_DTOSTR_BUF_SIZE] = "";
    if (!isnan (values[i]))
      g_ascii_formatd (cell, sizeof cell, "%.9g", values[i]);
    fputc (',', log->file);
    fputs (cell, log->file);
  }
  fputc ('\n', log->file);
  return !ferror (log->file) || fail (log->path, _ ("cannot be written"), error);
}

bool
kd_run_directory_event (
    KdRunDirectory *directory, int64_t step, const char *kind, const char *text, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  kd_json_add_integer (builder, "step", step);
  kd_json_add_text (builder, "kind", kind);
  kd_json_add_text (builder, "text", text);
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *line = json_to_string (root, FALSE);
  Log *log = &directory->events;
  fprintf (log->file, "%s\n", line);
  return fflush (log->file) == 0 || fail (log->path, _ ("cannot be written"), error);
}

bool
kd_run_directory_flush (KdRunDirectory *directory, GError **error)
{
  return fflush (directory->series.file) == 0 ||
         fail (directory->series.path, _ ("cannot be written"), error);
}

bool
kd_run_directory_sync (KdRunDirectory *directory, KdLogSizes *sizes, GError **error)
{
  return log_sync (&directory->series, &sizes->series_bytes, error) &&
         log_sync (&directory->events, &sizes->events_bytes, error);
}
