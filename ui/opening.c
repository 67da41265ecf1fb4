/* SPDX-License-Identifier: MIT */
#include "ui/opening.h"

#include "engine/base/i18n.h"

#define MOST_RECENT 8
#define APPLICATION_NAME "kdscope"

static void
open_path (GtkWidget *window, const char *path)
{
  gtk_widget_activate_action (window, "win.open-path", "s", path);
}

/* ---- the file chooser -------------------------------------------------------------------------------- */

static void
add_filter (GtkFileChooser *chooser, const char *name, const char *const *suffixes)
{
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();
  gtk_file_filter_set_name (filter, name);
  for (; *suffixes; suffixes++)
    gtk_file_filter_add_suffix (filter, *suffixes);
  gtk_file_chooser_add_filter (chooser, filter);
}

static void
on_response (GtkNativeDialog *dialog, int response)
{
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT
                               ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog))
                               : NULL;
  g_autofree char *path = file ? g_file_get_path (file) : NULL;
  if (path)
    open_path (GTK_WIDGET (gtk_native_dialog_get_transient_for (dialog)), path);
  g_object_unref (dialog);
}

void
kd_opening_ask (GtkWindow *window, bool folder)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (
      folder ? _ ("Open a folder of runs") : _ ("Open a dump or a recording"), window,
      folder ? GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER : GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  if (!folder) {
    GtkFileChooser *chooser = GTK_FILE_CHOOSER (dialog);
    add_filter (chooser, _ ("Everything kdscope opens"),
                (const char *const[]){ "npz", "safetensors", "kdrun", NULL });
    add_filter (chooser, _ ("Feature dumps"), (const char *const[]){ "npz", "safetensors", NULL });
    add_filter (chooser, _ ("Recordings"), (const char *const[]){ "kdrun", NULL });
  }
  g_signal_connect (dialog, "response", G_CALLBACK (on_response), NULL);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* ---- dropping ------------------------------------------------------------------------------------------ */

static gboolean
on_drop (GtkDropTarget *target, const GValue *value)
{
  GtkWidget *window = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (target));
  for (GSList *file = g_value_get_boxed (value); file; file = file->next) {
    g_autofree char *path = g_file_get_path (file->data);
    if (path)
      open_path (window, path);
  }
  return TRUE;
}

void
kd_opening_accept_drops (GtkWindow *window)
{
  GtkDropTarget *target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);
  g_signal_connect (target, "drop", G_CALLBACK (on_drop), NULL);
  gtk_widget_add_controller (GTK_WIDGET (window), GTK_EVENT_CONTROLLER (target));
}

/* ---- recent ones --------------------------------------------------------------------------------------- */

static int
newer_first (gconstpointer a, gconstpointer b)
{
  return g_date_time_compare (gtk_recent_info_get_modified ((GtkRecentInfo *) b),
                              gtk_recent_info_get_modified ((GtkRecentInfo *) a));
}

static void
fill (GMenu *menu)
{
  g_menu_remove_all (menu);
  GList *infos =
      g_list_sort (gtk_recent_manager_get_items (gtk_recent_manager_get_default ()), newer_first);
  for (GList *i = infos; i && g_menu_model_get_n_items (G_MENU_MODEL (menu)) < MOST_RECENT;
       i = i->next) {
    if (!gtk_recent_info_has_application (i->data, APPLICATION_NAME) ||
        !gtk_recent_info_is_local (i->data) || !gtk_recent_info_exists (i->data))
      continue;
    g_autofree char *path = g_filename_from_uri (gtk_recent_info_get_uri (i->data), NULL, NULL);
    if (!path)
      continue;
    g_autoptr (GMenuItem) item = g_menu_item_new (gtk_recent_info_get_display_name (i->data), NULL);
    g_menu_item_set_action_and_target (item, "win.open-path", "s", path);
    g_menu_append_item (menu, item);
  }
  g_list_free_full (infos, (GDestroyNotify) gtk_recent_info_unref);
}

GMenuModel *
kd_opening_recent_menu (void)
{
  GMenu *menu = g_menu_new ();
  fill (menu);
  g_signal_connect_object (gtk_recent_manager_get_default (), "changed", G_CALLBACK (fill), menu,
                           G_CONNECT_SWAPPED);
  return G_MENU_MODEL (menu);
}

void
kd_opening_remember (const char *path, KdFileKind kind)
{
  g_autofree char *full = g_canonicalize_filename (path, NULL);
  g_autofree char *uri = g_filename_to_uri (full, NULL, NULL);
  char *const mime = kind == KD_FILE_RUN                       ? "inode/directory"
                     : kind == KD_FILE_RECORDING               ? "application/x-kdscope-recording"
                     : g_str_has_suffix (path, ".safetensors") ? "application/x-safetensors"
                                                               : "application/x-npz";
  GtkRecentData data = {
    .mime_type = mime,
    .app_name = APPLICATION_NAME,
    .app_exec = "kdscope %f",
  };
  if (uri)
    gtk_recent_manager_add_full (gtk_recent_manager_get_default (), uri, &data);
}
