/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the program keeps between starts, in GSettings: the window's size, how maps are shown, preferences. The schema comes
 * out of the program itself, so that it always fits and a start from the build folder needs nothing.
 */
#include "ui/view-settings.h"

#include <gtk/gtk.h>
#include <stdbool.h>

G_BEGIN_DECLS

/* The one object of the process; borrowed. NULL where no schema can be read (no folder for temporary files): all is as at first then. Keys: resources/share/org.kdscope.Kdscope.gschema.xml. Main thread. */
GSettings *kd_app_settings (void);

/* Light, dark or the desktop's: followed from now on by the whole program. May be called again. */
void kd_app_settings_keep_style (void);
/* Size and maximized state; before the window is shown. */
void kd_app_settings_keep_window (GtkWindow *window);
/* How maps are shown, both ways. What belongs to an instant is not kept: fixed scales, one channel, one level. */
void kd_app_settings_keep_view (KdViewSettings *view);

/* Where run folders go: the preferences' folder, else kdscope/runs among the user's data. Owned by the caller. */
char *kd_app_settings_runs_folder (void);

G_END_DECLS
