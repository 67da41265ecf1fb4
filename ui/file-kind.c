/* SPDX-License-Identifier: MIT */
#include "ui/file-kind.h"

#include "engine/base/i18n.h"
#include "engine/session/session.h"

#include <stdio.h>
#include <string.h>

static bool
is_run_folder (const char *path)
{
  g_autofree char *session = g_build_filename (path, "session.json", NULL);
  g_autofree char *run = g_build_filename (path, "run.json", NULL);
  return g_file_test (session, G_FILE_TEST_EXISTS) || g_file_test (run, G_FILE_TEST_EXISTS);
}

static KdFileKind
kind_of_folder (const char *path, char **folder, GError **error)
{
  if (is_run_folder (path)) {
    *folder = g_strdup (path);
    return KD_FILE_RUN;
  }
  g_set_error (error, KD_ERROR, KD_ERROR_FORMAT,
               _ ("%s: expected a folder with session.json or run.json as kdscope-cli train --out "
                  "writes it, found neither"),
               path);
  return KD_FILE_UNKNOWN;
}

/* The first bytes of a zip, or of safetensors: the header's length (8 bytes, little-endian) and its brace. */
static KdFileKind
kind_of_content (const char *path, GError **error)
{
  unsigned char head[9] = { 0 };
  FILE *file = fopen (path, "rb");
  if (!file) {
    g_set_error (error, KD_ERROR, KD_ERROR_FILE, _ ("%s: cannot be read"), path);
    return KD_FILE_UNKNOWN;
  }
  const size_t n = fread (head, 1, sizeof head, file);
  fclose (file);
  if (n >= 4 && memcmp (head, "PK\3\4", 4) == 0)
    return g_str_has_suffix (path, ".kdrun") ? KD_FILE_RECORDING : KD_FILE_DUMP;
  if (n == sizeof head && head[8] == '{')
    return KD_FILE_DUMP;
  g_set_error (
      error, KD_ERROR, KD_ERROR_FORMAT,
      _ ("%s: expected a feature dump (.npz, .safetensors), a recording (.kdrun) or a folder "
         "of runs, found none of them"),
      path);
  return KD_FILE_UNKNOWN;
}

KdFileKind
kd_file_kind (const char *path, char **folder, GError **error)
{
  *folder = NULL;
  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    return kind_of_folder (path, folder, error);
  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_set_error (error, KD_ERROR, KD_ERROR_FILE, _ ("%s: there is no such file or folder"), path);
    return KD_FILE_UNKNOWN;
  }
  g_autofree char *name = g_path_get_basename (path);
  if (g_str_equal (name, "session.json") || g_str_equal (name, "run.json")) {
    *folder = g_path_get_dirname (path);
    return KD_FILE_RUN;
  }
  return kind_of_content (path, error);
}
