/* SPDX-License-Identifier: MIT */
#include "ui/app-settings.h"

#include "ui/app-id.h"

#include <adwaita.h>
#include <glib/gstdio.h>

/* ---- the schema ------------------------------------------------------------------------------------ */

/* GLib reads schemas from a folder only, but keeps what it has read: the folder goes at once. */
static GSettingsSchema *
read_schema (GBytes *compiled, GError **error)
{
  g_autofree char *folder = g_dir_make_tmp ("kdscope-XXXXXX", error);
  if (!folder)
    return NULL;
  g_autofree char *path = g_build_filename (folder, "gschemas.compiled", NULL);
  gsize size;
  const char *data = g_bytes_get_data (compiled, &size);
  g_autoptr (GSettingsSchemaSource) source = NULL;
  if (g_file_set_contents (path, data, (gssize) size, error))
    source = g_settings_schema_source_new_from_directory (folder, NULL, TRUE, error);
  g_unlink (path);
  g_rmdir (folder);
  return source ? g_settings_schema_source_lookup (source, KD_APPLICATION_ID, FALSE) : NULL;
}

GSettings *
kd_app_settings (void)
{
  static GSettings *settings;
  static bool tried;
  if (tried)
    return settings;
  tried = true;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) compiled =
      g_resources_lookup_data ("/org/kdscope/gschemas.compiled", 0, &error);
  g_autoptr (GSettingsSchema) schema = compiled ? read_schema (compiled, &error) : NULL;
  if (schema)
    settings = g_settings_new_full (schema, NULL, NULL);
  else
    g_info ("settings are not kept: %s", error ? error->message : "no schema");
  return settings;
}

/* ---- light and dark ---------------------------------------------------------------------------------- */

static gboolean
scheme_of_setting (GValue *value, GVariant *variant, gpointer data)
{
  (void) data;
  const char *nick = g_variant_get_string (variant, NULL);
  g_value_set_enum (value, g_str_equal (nick, "light")  ? ADW_COLOR_SCHEME_FORCE_LIGHT
                           : g_str_equal (nick, "dark") ? ADW_COLOR_SCHEME_FORCE_DARK
                                                        : ADW_COLOR_SCHEME_DEFAULT);
  return TRUE;
}

void
kd_app_settings_keep_style (void)
{
  static bool bound;
  GSettings *settings = kd_app_settings ();
  if (!settings || bound)
    return;
  bound = true;
  g_settings_bind_with_mapping (settings, "color-scheme", adw_style_manager_get_default (),
                                "color-scheme", G_SETTINGS_BIND_GET, scheme_of_setting, NULL, NULL,
                                NULL);
}

/* ---- the window ---------------------------------------------------------------------------------------- */

void
kd_app_settings_keep_window (GtkWindow *window)
{
  GSettings *settings = kd_app_settings ();
  if (!settings)
    return;
  g_settings_bind (settings, "window-width", window, "default-width", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "window-height", window, "default-height", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "maximized", window, "maximized", G_SETTINGS_BIND_DEFAULT);
}

/* ---- how maps are shown -------------------------------------------------------------------------------- */

static void
load_view (KdViewSettings *view)
{
  GSettings *settings = kd_app_settings ();
  KdView now = *kd_view_settings_get (view);
  if (now.channels != KD_CHANNELS_ONE)
    now.channels = (KdChannelRule) g_settings_get_enum (settings, "channels");
  if (now.share != KD_SHARE_FIXED)
    now.share = (KdShare) g_settings_get_enum (settings, "share");
  now.colormap = (KdColormap) g_settings_get_enum (settings, "colormap");
  now.overlay = g_settings_get_double (settings, "overlay");
  now.boxes = g_settings_get_boolean (settings, "boxes");
  now.smooth = g_settings_get_boolean (settings, "smooth");
  now.panel_px = g_settings_get_int (settings, "panel-size");
  kd_view_settings_set (view, &now);
}

/* Only what differs: a slider that is dragged writes one key. */
static void
store_enum (GSettings *settings, const char *key, int value)
{
  if (g_settings_get_enum (settings, key) != value)
    g_settings_set_enum (settings, key, value);
}

static void
store_value (GSettings *settings, const char *key, GVariant *value)
{
  g_autoptr (GVariant) now = g_settings_get_value (settings, key);
  g_autoptr (GVariant) new = g_variant_ref_sink (value);
  if (!g_variant_equal (now, new))
    g_settings_set_value (settings, key, new);
}

static void
store_view (KdViewSettings *view)
{
  GSettings *settings = kd_app_settings ();
  const KdView now = *kd_view_settings_get (view);
  g_signal_handlers_block_matched (settings, G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL, view);
  if (now.channels != KD_CHANNELS_ONE)
    store_enum (settings, "channels", (int) now.channels);
  if (now.share != KD_SHARE_FIXED)
    store_enum (settings, "share", (int) now.share);
  if (now.colormap != KD_COLORMAP_DIVERGING)
    store_enum (settings, "colormap", (int) now.colormap);
  store_value (settings, "overlay", g_variant_new_double (CLAMP (now.overlay, 0, 1)));
  store_value (settings, "boxes", g_variant_new_boolean (now.boxes));
  store_value (settings, "smooth", g_variant_new_boolean (now.smooth));
  store_value (settings, "panel-size", g_variant_new_int32 (CLAMP (now.panel_px, 80, 400)));
  g_signal_handlers_unblock_matched (settings, G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL, view);
}

void
kd_app_settings_keep_view (KdViewSettings *view)
{
  GSettings *settings = kd_app_settings ();
  if (!settings)
    return;
  load_view (view);
  static const char *const keys[] = { "channels", "share",  "colormap",  "overlay",
                                      "boxes",    "smooth", "panel-size" };
  for (size_t i = 0; i < G_N_ELEMENTS (keys); i++) {
    g_autofree char *detailed = g_strconcat ("changed::", keys[i], NULL);
    g_signal_connect_object (settings, detailed, G_CALLBACK (load_view), view, G_CONNECT_SWAPPED);
  }
  g_signal_connect (view, "changed", G_CALLBACK (store_view), NULL);
}

char *
kd_app_settings_runs_folder (void)
{
  g_autofree char *chosen =
      kd_app_settings () ? g_settings_get_string (kd_app_settings (), "runs-folder") : NULL;
  if (chosen && *chosen)
    return g_steal_pointer (&chosen);
  return g_build_filename (g_get_user_data_dir (), "kdscope", "runs", NULL);
}
