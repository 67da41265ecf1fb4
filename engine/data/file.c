/* SPDX-License-Identifier: MIT */
#include "engine/base/i18n.h"
#include "engine/data/data.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

static bool
fail (GError **error, const char *path, const char *what, int code)
{
  g_set_error (error, KD_ERROR, KD_ERROR_FILE, "%s: %s: %s", path, what, g_strerror (code));
  return false;
}

static bool
write_all (int fd, const uint8_t *bytes, size_t size)
{
  while (size > 0) {
    const ssize_t written = write (fd, bytes, size);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return false;
    bytes += written;
    size -= (size_t) written;
  }
  return true;
}

/* A new name lasts through a power cut only once its folder is on the disk too; some file systems cannot
 * sync folders and say EINVAL, which is no reason to call the written file lost. */
static bool
sync_folder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  const int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return false;
  const bool synced = fsync (fd) == 0 || errno == EINVAL;
  const int code = errno;
  close (fd);
  errno = code;
  return synced;
}

bool
kd_file_write_atomic (const char *path, const void *bytes, size_t size, GError **error)
{
  g_autofree char *temporary = g_strconcat (path, ".XXXXXX", NULL);
  const int fd = g_mkstemp_full (temporary, O_WRONLY | O_CLOEXEC, 0666);
  if (fd < 0)
    return fail (error, path, _ ("cannot create a file beside it"), errno);

  int code = write_all (fd, bytes, size) && fsync (fd) == 0 ? 0 : errno;
  if (close (fd) != 0 && code == 0)
    code = errno;
  if (code != 0) {
    g_unlink (temporary);
    return fail (error, path, _ ("cannot write"), code);
  }
  if (g_rename (temporary, path) != 0) {
    code = errno;
    g_unlink (temporary);
    return fail (error, path, _ ("cannot put the finished file in place"), code);
  }
  if (!sync_folder (path))
    return fail (error, path, _ ("cannot sync its folder"), errno);
  return true;
}
