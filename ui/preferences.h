/* SPDX-License-Identifier: MIT */
#pragma once

/* The preferences' window: appearance and maps, which change at once, and what the next session starts with. */
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* NULL if settings cannot be kept. */
GtkWidget *kd_preferences_new (GtkWindow *parent);

G_END_DECLS
