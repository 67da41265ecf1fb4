/* SPDX-License-Identifier: MIT */
#include "engine/session/teacher.h"

#include "engine/session/weights.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define FILE_NAME "teacher.safetensors"

char *
kd_teacher_find (GError **error)
{
  const char *override = g_getenv ("KDSCOPE_RESOURCES");
  const char *const folders[] = { override, KDSCOPE_SOURCE_RESOURCES, KDSCOPE_DATADIR };
  for (size_t i = 0; i < G_N_ELEMENTS (folders); i++) {
    if (!folders[i] || !*folders[i])
      continue;
    g_autofree char *path = g_build_filename (folders[i], "teachers", FILE_NAME, NULL);
    if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
      return g_steal_pointer (&path);
  }
  g_set_error (error, KD_ERROR, KD_ERROR_FILE,
               "teachers/" FILE_NAME
               " was not found in %s, %s or %s; name one with --teacher or train "
               "one with kdscope-cli teacher",
               override && *override ? override : "$KDSCOPE_RESOURCES", KDSCOPE_SOURCE_RESOURCES,
               KDSCOPE_DATADIR);
  return NULL;
}

/* As `git hash-object` names a file. */
static char *
content_id (const char *path, GError **error)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, NULL);
  if (!file) {
    g_set_error (error, KD_ERROR, KD_ERROR_FILE, "%s: cannot be read", path);
    return NULL;
  }
  const gsize size = g_mapped_file_get_length (file);
  char header[64];
  const int length = g_snprintf (header, sizeof header, "blob %" G_GSIZE_FORMAT, size);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA1);
  g_checksum_update (checksum, (const guchar *) header, length + 1);
  g_checksum_update (checksum, (const guchar *) g_mapped_file_get_contents (file), (gssize) size);
  return g_strdup (g_checksum_get_string (checksum));
}

static KdTeacher *
teacher_new (const KdDetectorConfig *config, KdPool *pool)
{
  KdTeacher *teacher = g_new0 (KdTeacher, 1);
  teacher->config = *config;
  teacher->params = kd_params_new ();
  teacher->pinned = kd_pass_new ("teacher.pinned", pool, teacher->params, &teacher->config,
                                 KD_PARAM_FROZEN, 1, KD_NEEDS_OF_TEACHER);
  return teacher;
}

KdTeacher *
kd_teacher_load (const char *path, const KdDetectorConfig *config, KdPool *pool, GError **error)
{
  KdDetectorConfig own;
  if (!kd_weights_read_config (path, &own, error))
    return NULL;
  if (own.classes != config->classes || own.anchors != config->anchors) {
    g_set_error (error, KD_ERROR, KD_ERROR_SCHEMA,
                 "%s: expected a detector of %d classes and %d anchors, found %d and %d", path,
                 config->classes, config->anchors, own.classes, own.anchors);
    return NULL;
  }
  own.image = config->image;
  g_autofree char *id = content_id (path, error);
  if (!id)
    return NULL;
  g_autoptr (KdArrays) arrays = kd_arrays_load (path, error);
  if (!arrays)
    return NULL;
  KdTeacher *teacher = teacher_new (&own, pool);
  teacher->id = g_steal_pointer (&id);
  if (!kd_weights_from_arrays (teacher->params, KD_WEIGHTS_VALUE, arrays, path, error)) {
    kd_teacher_free (teacher);
    return NULL;
  }
  return teacher;
}

KdTeacher *
kd_teacher_new_untrained (const KdDetectorConfig *config, KdPool *pool)
{
  KdTeacher *teacher = teacher_new (config, pool);
  teacher->id = g_strdup ("untrained");
  kd_params_init (teacher->params, 0);
  return teacher;
}

void
kd_teacher_free (KdTeacher *teacher)
{
  if (!teacher)
    return;
  kd_pass_free (teacher->batch);
  kd_pass_free (teacher->pinned);
  kd_params_free (teacher->params);
  g_free (teacher->id);
  g_free (teacher);
}

void
kd_teacher_build_batch (KdTeacher *teacher, KdPool *pool, int n_images, KdNeeds needs)
{
  g_clear_pointer (&teacher->batch, kd_pass_free);
  if (needs & KD_NEEDS_OF_TEACHER)
    teacher->batch = kd_pass_new ("teacher", pool, teacher->params, &teacher->config,
                                  KD_PARAM_FROZEN, n_images, needs);
}
