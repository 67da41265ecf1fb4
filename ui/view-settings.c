/* SPDX-License-Identifier: MIT */
#include "ui/view-settings.h"

struct _KdViewSettings {
  GObject parent_instance;
  KdView view;
};

G_DEFINE_FINAL_TYPE (KdViewSettings, kd_view_settings, G_TYPE_OBJECT)

static guint changed_signal;

static void
kd_view_settings_class_init (KdViewSettingsClass *class)
{
  (void) class;
  changed_signal = g_signal_new ("changed", KD_TYPE_VIEW_SETTINGS, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 0);
}

static void
kd_view_settings_init (KdViewSettings *settings)
{
  settings->view = kd_view_default ();
}

KdViewSettings *
kd_view_settings_new (void)
{
  return g_object_new (KD_TYPE_VIEW_SETTINGS, NULL);
}

const KdView *
kd_view_settings_get (KdViewSettings *settings)
{
  g_return_val_if_fail (KD_IS_VIEW_SETTINGS (settings), NULL);
  return &settings->view;
}

void
kd_view_settings_set (KdViewSettings *settings, const KdView *view)
{
  g_return_if_fail (KD_IS_VIEW_SETTINGS (settings));
  settings->view = *view;
  g_signal_emit (settings, changed_signal, 0);
}
