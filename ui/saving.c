/* SPDX-License-Identifier: MIT */
#include "ui/saving.h"

#include "engine/base/i18n.h"
#include "ui/exporting.h"
#include "ui/opening.h"

#define ENDING ".kdrun"

typedef struct {
  GtkFileChooserNative *dialog;
  GtkWidget *from; /* weak */
  KdSessionModel *model;
} Saving;

void
kd_saving_save (GtkWidget *from, KdSessionModel *model, const char *path)
{
  g_autofree char *full =
      g_str_has_suffix (path, ENDING) ? g_strdup (path) : g_strconcat (path, ENDING, NULL);
  g_autoptr (GError) error = NULL;
  if (kd_session_save_recording (kd_session_model_get_session (model), full, &error))
    kd_opening_remember (full, KD_FILE_RECORDING);
  kd_exporting_tell (from, full, error);
}

static void
on_response (GtkNativeDialog *dialog, int response, Saving *saving)
{
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT
                               ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog))
                               : NULL;
  g_autofree char *path = file ? g_file_get_path (file) : NULL;
  if (path && saving->from)
    kd_saving_save (saving->from, saving->model, path);
  g_clear_weak_pointer (&saving->from);
  g_object_unref (saving->model);
  g_object_unref (saving->dialog);
  g_free (saving);
}

void
kd_saving_ask (GtkWidget *from, KdSessionModel *model)
{
  KdSession *session = kd_session_model_get_session (model);
  const int run = kd_session_model_get_selected (model);
  g_autofree char *name =
      g_strdup_printf ("%s-step-%" G_GINT64_FORMAT ENDING, kd_session_run_id (session, run),
                       kd_session_status (session).step);
  Saving *saving = g_new0 (Saving, 1);
  saving->dialog = gtk_file_chooser_native_new (
      _ ("Save a recording"), GTK_WINDOW (gtk_widget_get_root (from)), GTK_FILE_CHOOSER_ACTION_SAVE,
      C_ ("button", "Save"), C_ ("button", "Cancel"));
  saving->model = g_object_ref (model);
  g_set_weak_pointer (&saving->from, from);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (saving->dialog), TRUE);
  kd_exporting_begin_in_last_folder (GTK_FILE_CHOOSER (saving->dialog));
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (saving->dialog), name);
  g_signal_connect (saving->dialog, "response", G_CALLBACK (on_response), saving);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (saving->dialog));
}
