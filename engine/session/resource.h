/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to session/: files that come with the program. */
#include <glib.h>

G_BEGIN_DECLS

/* Below KDSCOPE_RESOURCES, beside the program's sources, or in the install's data folder. @otherwise: what to do if it is in none. */
char *kd_resource_find (const char *name, const char *otherwise, GError **error);

G_END_DECLS
