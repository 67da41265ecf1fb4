/* SPDX-License-Identifier: MIT */
#include "engine/session/resource.h"

#include "engine/base/base.h"
#include "engine/base/i18n.h"

char *
kd_resource_find (const char *name, const char *otherwise, GError **error)
{
  const char *override = g_getenv ("KDSCOPE_RESOURCES");
  const char *const folders[] = { override, KDSCOPE_SOURCE_RESOURCES, KDSCOPE_DATADIR };
  for (size_t i = 0; i < G_N_ELEMENTS (folders); i++) {
    if (!folders[i] || !*folders[i])
      continue;
    g_autofree char *path = g_build_filename (folders[i], name, NULL);
    if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
      return g_steal_pointer (&path);
  }
  g_set_error (error, KD_ERROR, KD_ERROR_FILE, _ ("%s was not found in %s, %s or %s; %s"), name,
               override && *override ? override : "$KDSCOPE_RESOURCES", KDSCOPE_SOURCE_RESOURCES,
               KDSCOPE_DATADIR, otherwise);
  return NULL;
}
