/* SPDX-License-Identifier: MIT */
#include "ui/renderer.h"

#include <glib.h>

void
kd_renderer_choose (void)
{
  if (g_file_test ("/dev/dri", G_FILE_TEST_IS_DIR))
    return;
  g_setenv ("GSK_RENDERER", "cairo", FALSE);
  g_setenv ("GDK_DEBUG", "gl-disable", FALSE);
}
