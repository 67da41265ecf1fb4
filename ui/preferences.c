/* SPDX-License-Identifier: MIT */
#include "ui/preferences.h"

#include "engine/base/i18n.h"
#include "ui/app-settings.h"

#include <adwaita.h>

/* ---- rows ---------------------------------------------------------------------------------------------- */

static GtkWidget *
group (AdwPreferencesPage *page, const char *title, const char *description)
{
  GtkWidget *widget = adw_preferences_group_new ();
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (widget), title);
  adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (widget), description);
  adw_preferences_page_add (page, ADW_PREFERENCES_GROUP (widget));
  return widget;
}

static gboolean
place_of_nick (GValue *value, GVariant *variant, gpointer nicks)
{
  const char *nick = g_variant_get_string (variant, NULL);
  for (guint i = 0; ((const char *const *) nicks)[i]; i++)
    if (g_str_equal (((const char *const *) nicks)[i], nick))
      g_value_set_uint (value, i);
  return TRUE;
}

static GVariant *
nick_of_place (const GValue *value, const GVariantType *type, gpointer nicks)
{
  (void) type;
  return g_variant_new_string (((const char *const *) nicks)[g_value_get_uint (value)]);
}

/* A key whose values are @nicks, for people @names; both static and in the same order. */
static void
add_choice (GtkWidget *to,
            const char *key,
            const char *title,
            const char *const *nicks,
            const char *const *names)
{
  GtkWidget *row = adw_combo_row_new ();
  g_autoptr (GtkStringList) model = gtk_string_list_new (names);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_combo_row_set_model (ADW_COMBO_ROW (row), G_LIST_MODEL (model));
  g_settings_bind_with_mapping (kd_app_settings (), key, row, "selected", G_SETTINGS_BIND_DEFAULT,
                                place_of_nick, nick_of_place, (gpointer) nicks, NULL);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (to), row);
}

static GtkWidget *
add_row (GtkWidget *to, const char *title, const char *subtitle, GtkWidget *control)
{
  GtkWidget *row = adw_action_row_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  gtk_widget_set_valign (control, GTK_ALIGN_CENTER);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), control);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), control);
  gtk_accessible_update_property (GTK_ACCESSIBLE (control), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                  -1);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (to), row);
  return row;
}

static void
add_switch (GtkWidget *to, const char *key, const char *title, const char *subtitle)
{
  GtkWidget *control = gtk_switch_new ();
  g_settings_bind (kd_app_settings (), key, control, "active", G_SETTINGS_BIND_DEFAULT);
  add_row (to, title, subtitle, control);
}

static void
add_number (GtkWidget *to,
            const char *key,
            const char *title,
            const char *subtitle,
            double low,
            double high,
            double step)
{
  GtkWidget *control = gtk_spin_button_new_with_range (low, high, step);
  gtk_editable_set_width_chars (GTK_EDITABLE (control), 6);
  g_settings_bind (kd_app_settings (), key,
                   gtk_spin_button_get_adjustment (GTK_SPIN_BUTTON (control)), "value",
                   G_SETTINGS_BIND_DEFAULT);
  add_row (to, title, subtitle, control);
}

/* ---- the folder ------------------------------------------------------------------------------------------ */

static void
show_folder (AdwActionRow *row)
{
  g_autofree char *folder = kd_app_settings_runs_folder ();
  adw_action_row_set_subtitle (row, folder);
}

static void
on_folder (GtkNativeDialog *dialog, int response)
{
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT
                               ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog))
                               : NULL;
  g_autofree char *path = file ? g_file_get_path (file) : NULL;
  if (path)
    g_settings_set_string (kd_app_settings (), "runs-folder", path);
  g_object_unref (dialog);
}

static void
choose_folder (GtkWidget *button)
{
  GtkFileChooserNative *dialog =
      gtk_file_chooser_native_new (_ ("Folder for runs"), GTK_WINDOW (gtk_widget_get_root (button)),
                                   GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, NULL, NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect (dialog, "response", G_CALLBACK (on_folder), NULL);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

static void
add_folder (GtkWidget *to)
{
  GtkWidget *button = gtk_button_new_with_label (_ ("Choose…"));
  g_signal_connect (button, "clicked", G_CALLBACK (choose_folder), NULL);
  GtkWidget *row = add_row (to, _ ("Folder for runs"), "", button);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Choose the folder for runs"), -1);
  show_folder (ADW_ACTION_ROW (row));
  g_signal_connect_object (kd_app_settings (), "changed::runs-folder", G_CALLBACK (show_folder),
                           row, G_CONNECT_SWAPPED);
  g_settings_bind (kd_app_settings (), "keep-runs", row, "sensitive", G_SETTINGS_BIND_GET);
}

/* ---- pages ------------------------------------------------------------------------------------------------ */

static void
fill (AdwPreferencesPage *page)
{
  static const char *const schemes[] = { "follow", "light", "dark", NULL };
  static const char *const scheme_names[] = { N_ ("As the desktop"), N_ ("Light"), N_ ("Dark"),
                                              NULL };
  static const char *const colormaps[] = { "viridis", "cividis", "magma", "grey", NULL };
  static const char *const shares[] = { "row", "group", "panel", "all", NULL };
  static const char *const channels[] = { "mean-abs", "l2", "mean", "max", NULL };
  static const char *share_names[KD_SHARE_FIXED + 1], *channel_names[KD_CHANNELS_ONE + 1];
  for (int i = 0; i < KD_SHARE_FIXED; i++)
    share_names[i] = kd_share_name ((KdShare) i);
  for (int i = 0; i < KD_CHANNELS_ONE; i++)
    channel_names[i] = kd_translated (kd_channel_rule_name ((KdChannelRule) i));

  g_autofree const char **translated = kd_translated_all (scheme_names);
  GtkWidget *look = group (page, _ ("Appearance"), NULL);
  add_choice (look, "color-scheme", _ ("Style"), schemes, translated);

  GtkWidget *maps = group (page, C_ ("tab", "Maps"), _ ("Shown at once"));
  add_choice (maps, "colormap", C_ ("map of", "Colours"), colormaps, colormaps);
  add_choice (maps, "share", _ ("Scale of"), shares, share_names);
  add_choice (maps, "channels", _ ("Channels of a feature"), channels, channel_names);
  add_switch (maps, "boxes", _ ("Boxes on maps"), NULL);
  add_switch (maps, "smooth", _ ("Interpolate cells"),
              _ ("Captions say so; values are those of the cells"));

  GtkWidget *training = group (page, _ ("Training"), _ ("From the next start"));
  add_number (training, "threads", _ ("Workers"), _ ("0: one less than there are cores"), 0, 256,
              1);
  add_number (training, "eval-every", _ ("Steps between measurements of AP"),
              _ ("0: at the end only"), 0, 100000, 50);
  add_switch (training, "keep-runs", _ ("Keep runs"),
              _ ("Each session writes curves and checkpoints to a folder of its own"));
  add_folder (training);
}

GtkWidget *
kd_preferences_new (GtkWindow *parent)
{
  if (!kd_app_settings ())
    return NULL;
  GtkWidget *window = adw_preferences_window_new ();
  gtk_window_set_transient_for (GTK_WINDOW (window), parent);
  gtk_window_set_title (GTK_WINDOW (window), C_ ("window", "Preferences"));
  gtk_window_set_default_size (GTK_WINDOW (window), 600, 720);
  adw_preferences_window_set_search_enabled (ADW_PREFERENCES_WINDOW (window), FALSE);
  GtkWidget *page = adw_preferences_page_new ();
  fill (ADW_PREFERENCES_PAGE (page));
  adw_preferences_window_add (ADW_PREFERENCES_WINDOW (window), ADW_PREFERENCES_PAGE (page));
  return window;
}
