/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdViewSettings: how maps are shown, shared by all panels. Plain properties; "changed" after each change.
 */
#include "ui/view.h"

#include <glib-object.h>

G_BEGIN_DECLS

#define KD_TYPE_VIEW_SETTINGS (kd_view_settings_get_type ())
G_DECLARE_FINAL_TYPE (KdViewSettings, kd_view_settings, KD, VIEW_SETTINGS, GObject)

KdViewSettings *kd_view_settings_new (void);
const KdView *kd_view_settings_get (KdViewSettings *settings);
void kd_view_settings_set (KdViewSettings *settings, const KdView *view);

G_END_DECLS
