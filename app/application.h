/* SPDX-License-Identifier: MIT */
#pragma once

/* KdApplication: one process, its windows, its options. */
#include "ui/app-id.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define KD_TYPE_APPLICATION (kd_application_get_type ())
G_DECLARE_FINAL_TYPE (KdApplication, kd_application, KD, APPLICATION, AdwApplication)

KdApplication *kd_application_new (void);
/* g_application_run (), and a failure if no window could be opened. */
int kd_application_run (KdApplication *app, int argc, char **argv);

G_END_DECLS
