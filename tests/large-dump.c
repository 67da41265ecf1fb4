/* SPDX-License-Identifier: MIT */
#include "tests/large-dump.h"

#include <glib/gstdio.h>

static const float boxes[][4] = { { 5, 9, 60, 64 }, { 30, 3, 120, 62 }, { 2, 40, 50, 110 } };

KdDump *
large_dump_new (int height, int width, int levels, int channels, int n_images)
{
  SyntheticDump config = synthetic_dump_default ();
  config.n_images = n_images;
  config.n_levels = levels;
  config.image = (KdSize){ height, width };
  config.teacher_channels = config.student_channels = channels;
  config.boxes = boxes;
  config.n_boxes = G_N_ELEMENTS (boxes);
  config.n_proposals = 20;
  return synthetic_dump_new (&config);
}

char *
large_dump_write (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("kdscope-XXXXXX", &error);
  char *path = folder ? g_build_filename (folder, "large.npz", NULL) : NULL;
  KdDump *dump = large_dump_new (832, 1344, 4, 256, 4);
  if (!path || !kd_arrays_save (dump->arrays, path, NULL, &error))
    g_error ("%s", error->message);
  synthetic_dump_free (dump);
  return path;
}

void
large_dump_remove (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_remove (path);
  g_rmdir (folder);
}
