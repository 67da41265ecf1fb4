/* SPDX-License-Identifier: MIT */
#include "app/application.h"
#include "engine/base/i18n.h"
#include "engine/session/session.h"
#include "ui/renderer.h"

#include <locale.h>
#include <stdlib.h>

/* --help and --version answer without a display, and while building. */
static bool
needs_window (int argc, char **argv)
{
  for (int i = 1; i < argc; i++) {
    if (g_str_has_prefix (argv[i], "--help") || g_str_equal (argv[i], "-h") ||
        g_str_equal (argv[i], "--version"))
      return false;
  }
  return true;
}

int
main (int argc, char **argv)
{
  kd_memory_init ();
  setlocale (LC_ALL, ""); /* --help is answered before GTK does */
  kd_i18n_init ();
  g_autoptr (GError) error = NULL;
  const bool window = needs_window (argc, argv);
  if (window && !kd_blas_init (&error)) {
    g_printerr ("kdscope: %s\n", error->message);
    return EXIT_FAILURE;
  }
  kd_renderer_choose ();
  if (window && !gtk_init_check ()) {
    g_printerr ("kdscope: %s\n", _ ("there is no display to open a window on; kdscope-cli does the "
                                    "same without one"));
    return EXIT_FAILURE;
  }
  g_autoptr (KdApplication) application = kd_application_new ();
  return kd_application_run (application, argc, argv);
}
