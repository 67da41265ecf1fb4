/* SPDX-License-Identifier: MIT */
#include "ui/reading-row.h"

#include "engine/base/i18n.h"

struct _KdReadingRow {
  GtkBox parent_instance;
  KdInspectModel *model; /* owned */
  GtkWidget *bar, *button;
};

G_DEFINE_FINAL_TYPE (KdReadingRow, kd_reading_row, GTK_TYPE_BOX)

static void
show (KdReadingRow *row)
{
  const double progress = kd_inspect_model_get_progress (row->model);
  const bool reading = progress >= 0;
  gtk_widget_set_visible (GTK_WIDGET (row), reading || kd_inspect_model_is_partial (row->model));
  g_autofree char *words = reading
                               ? g_strdup_printf (_ ("Reading all of it: %.0f %%"), 100 * progress)
                               : g_strdup (_ ("Only the first image was read"));
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (row->bar), reading ? progress : 0);
  gtk_progress_bar_set_text (GTK_PROGRESS_BAR (row->bar), words);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row->bar), GTK_ACCESSIBLE_PROPERTY_LABEL, words,
                                  -1);
  gtk_button_set_label (GTK_BUTTON (row->button), reading ? _ ("Stop") : _ ("Read all of it"));
}

static void
on_clicked (KdReadingRow *row)
{
  if (kd_inspect_model_get_progress (row->model) >= 0)
    kd_inspect_model_stop (row->model);
  else
    kd_inspect_model_read_all (row->model);
}

static void
kd_reading_row_dispose (GObject *object)
{
  KdReadingRow *row = KD_READING_ROW (object);
  if (row->model)
    g_signal_handlers_disconnect_by_data (row->model, row);
  g_clear_object (&row->model);
  G_OBJECT_CLASS (kd_reading_row_parent_class)->dispose (object);
}

static void
kd_reading_row_class_init (KdReadingRowClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_reading_row_dispose;
}

static void
kd_reading_row_init (KdReadingRow *row)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (row), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (row), 6);
  row->bar = gtk_progress_bar_new ();
  gtk_progress_bar_set_show_text (GTK_PROGRESS_BAR (row->bar), TRUE);
  row->button = gtk_button_new ();
  gtk_widget_set_halign (row->button, GTK_ALIGN_START);
  g_signal_connect_swapped (row->button, "clicked", G_CALLBACK (on_clicked), row);
  gtk_box_append (GTK_BOX (row), row->bar);
  gtk_box_append (GTK_BOX (row), row->button);
}

GtkWidget *
kd_reading_row_new (KdInspectModel *model)
{
  KdReadingRow *row = g_object_new (KD_TYPE_READING_ROW, NULL);
  row->model = g_object_ref (model);
  g_signal_connect_swapped (model, "reading", G_CALLBACK (show), row);
  g_signal_connect_swapped (model, "dump", G_CALLBACK (show), row);
  show (row);
  return GTK_WIDGET (row);
}
