/* SPDX-License-Identifier: MIT */
#pragma once

/* KdApplication: one process, its windows, its options. */
#include <adwaita.h>

G_BEGIN_DECLS

#define KD_APPLICATION_ID "org.kdscope.Kdscope"

#define KD_TYPE_APPLICATION (kd_application_get_type ())
G_DECLARE_FINAL_TYPE (KdApplication, kd_application, KD, APPLICATION, AdwApplication)

KdApplication *kd_application_new (void);

G_END_DECLS
