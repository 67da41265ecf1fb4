/* SPDX-License-Identifier: MIT */
#include "engine/data/array-file.h"

#include "engine/base/i18n.h"
#include "engine/data/npy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_MAX_BYTES 1024

/* A file is put together in memory, in a GByteArray. */
#define MAX_SAVED_BYTES ((size_t) 1 << 30)

bool
kd_array_name_check (const char *path, const char *name, GError **error)
{
  if (!*name || strlen (name) > NAME_MAX_BYTES || !g_utf8_validate (name, -1, NULL))
    return kd_data_fail (error, KD_ERROR_FORMAT,
                         _ ("%s: expected array names of 1 to %d bytes of UTF-8, found one of %zu"),
                         path, NAME_MAX_BYTES, strlen (name));
  bool bad = *name == '.' || strstr (name, "..") || strpbrk (name, "/\\:");
  for (const char *c = name; *c; c++)
    bad |= g_ascii_iscntrl (*c);
  if (bad) {
    g_autofree char *shown = g_strescape (name, NULL);
    return kd_data_fail (
        error, KD_ERROR_FORMAT,
        _ ("%s: expected a plain array name such as teacher_feat.0, found \"%s\"; rename it"), path,
        shown);
  }
  return true;
}

/* The first bytes of a regular file; their number, or -1. Opened without waiting, so a pipe cannot hang us. */
static ssize_t
read_start (const char *path, uint8_t *start, size_t size, GError **error)
{
  const int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat status;
  if (fd < 0 || fstat (fd, &status) != 0) {
    kd_data_fail (error, KD_ERROR_FILE, _ ("%s: cannot open: %s"), path, g_strerror (errno));
    if (fd >= 0)
      close (fd);
    return -1;
  }
  ssize_t n = -1;
  if (!S_ISREG (status.st_mode))
    kd_data_fail (error, KD_ERROR_FILE, _ ("%s: expected a file, found %s"), path,
                  S_ISDIR (status.st_mode) ? _ ("a folder") : _ ("something else"));
  else if ((n = read (fd, start, size)) < 0)
    kd_data_fail (error, KD_ERROR_FILE, _ ("%s: cannot read: %s"), path, g_strerror (errno));
  close (fd);
  return n;
}

/* ---- what is wished ------------------------------------------------------------------------------------ */

void
kd_refused_free (KdRefused *refused)
{
  g_free (refused->name);
  g_free (refused->message);
  g_free (refused);
}

bool
kd_array_wish_refuse (const KdArrayWish *wish, const char *path, const char *name, GError **error)
{
  if (!wish->refused || !g_error_matches (*error, KD_ERROR, KD_ERROR_FORMAT))
    return false;
  g_autofree char *prefix = g_strdup_printf ("%s: %s: ", path, name);
  const char *message = (*error)->message;
  KdRefused *refused = g_new (KdRefused, 1);
  refused->name = g_strdup (name);
  refused->message =
      g_strdup (g_str_has_prefix (message, prefix) ? message + strlen (prefix) : message);
  g_ptr_array_add (wish->refused, refused);
  g_clear_error (error);
  return true;
}

bool
kd_reading_advance (KdReading *reading, size_t bytes, GError **error)
{
  if (!reading)
    return true;
  atomic_fetch_add (&reading->done, bytes);
  return !atomic_load (&reading->cancelled) ||
         kd_data_fail (error, KD_ERROR_CANCELLED, _ ("reading was cancelled"));
}

/* ---- files ------------------------------------------------------------------------------------------------ */

KdArrays *
kd_arrays_load (const char *path, GError **error)
{
  const KdArrayWish all = { 0 };
  return kd_arrays_read (path, &all, error);
}

KdArrays *
kd_arrays_read (const char *path, const KdArrayWish *wish, GError **error)
{
  uint8_t start[9] = { 0 };
  const ssize_t n = read_start (path, start, sizeof start, error);
  if (n < 0)
    return NULL;
  if (n >= 4 && (!memcmp (start, "PK\3\4", 4) || !memcmp (start, "PK\5\6", 4)))
    return kd_npz_read (path, wish, error);
  if (n == 9 && start[8] == '{')
    return kd_safetensors_read (path, wish, error);
  if (n == 0)
    kd_data_fail (error, KD_ERROR_FORMAT,
                  _ ("%s: expected a .npz or .safetensors file, found an empty one: what writes it "
                     "has not finished, or failed"),
                  path);
  else if (n >= 6 && !memcmp (start, "\x93NUMPY", 6))
    kd_data_fail (error, KD_ERROR_FORMAT,
                  _ ("%s: expected a .npz or .safetensors file, found a single .npy array; save it "
                     "with numpy.savez"),
                  path);
  else
    kd_data_fail (
        error, KD_ERROR_FORMAT,
        _ ("%s: expected a .npz or .safetensors file, found neither; save arrays with numpy.savez"),
        path);
  return NULL;
}

bool
kd_arrays_save (const KdArrays *arrays,
                const char *path,
                const char *const *metadata,
                GError **error)
{
  size_t total = 0;
  for (int i = 0; i < kd_arrays_count (arrays); i++) {
    const KdArray *array = kd_arrays_at (arrays, i);
    if (!kd_array_name_check (path, array->name, error))
      return false;
    total += kd_array_count (array) * kd_dtype_size (array->dtype);
  }
  if (total > MAX_SAVED_BYTES)
    return kd_data_fail (error, KD_ERROR_FILE,
                         _ ("%s: expected at most %zu bytes of arrays, found %zu"), path,
                         MAX_SAVED_BYTES, total);

  g_autoptr (GByteArray) bytes = NULL;
  if (g_str_has_suffix (path, ".npz") || g_str_has_suffix (path, ".kdrun"))
    bytes = kd_npz_encode (arrays, path, error);
  else if (g_str_has_suffix (path, ".npy") && kd_arrays_count (arrays) == 1)
    bytes = kd_npy_encode (kd_arrays_at (arrays, 0));
  else if (g_str_has_suffix (path, ".npy"))
    kd_data_fail (
        error, KD_ERROR_CONFIG,
        _ ("%s: a .npy file holds one array, found %d: choose one, or a name that ends in "
           ".npz"),
        path, kd_arrays_count (arrays));
  else if (g_str_has_suffix (path, ".safetensors"))
    bytes = kd_safetensors_encode (arrays, metadata);
  else
    kd_data_fail (error, KD_ERROR_CONFIG,
                  _ ("%s: expected a name that ends in .npy, .npz or .safetensors"), path);
  return bytes && kd_file_write_atomic (path, bytes->data, bytes->len, error);
}
