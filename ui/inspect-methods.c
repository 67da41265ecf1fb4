/* SPDX-License-Identifier: MIT */
#include "ui/inspect-methods.h"

#include "engine/base/i18n.h"
#include "engine/render/render.h"

struct _KdInspectMethods {
  GtkBox parent_instance;
  KdInspectModel *model; /* owned */
  GtkWidget *list;
  GPtrArray *words; /* GtkLabel, one a method, borrowed */
};

G_DEFINE_FINAL_TYPE (KdInspectMethods, kd_inspect_methods, GTK_TYPE_BOX)

/* The method's remarks, one after another; what names arrays is the engine's. */
static char *
translated_note (const char *note)
{
  if (!note)
    return NULL;
  g_auto (GStrv) remarks = g_strsplit (note, "; ", -1);
  g_autofree const char **translated = kd_translated_all ((const char *const *) remarks);
  return g_strjoinv ("; ", (char **) translated);
}

static void
show_method (KdInspectMethods *self, int index)
{
  GtkLabel *words = g_ptr_array_index (self->words, (guint) index);
  const KdInspection *inspection = kd_inspect_model_get_inspection (self->model, index);
  const char *obstacle = kd_inspect_model_get_obstacle (self->model, index);
  const KdArray *total = inspection ? kd_arrays_find (inspection->outputs, "loss.total") : NULL;
  g_autofree char *text = NULL;
  if (total) {
    char number[32];
    kd_number_format (kd_array_get (total, 0), number, sizeof number);
    text = g_strdup_printf (
        inspection->untrained ? _ ("loss %s, untrained adapter") : _ ("loss %s"), number);
  } else {
    text = g_strdup (obstacle ? obstacle : _ ("computing…"));
  }
  gtk_label_set_text (words, text);
  g_autofree char *note = inspection ? translated_note (inspection->note) : NULL;
  gtk_widget_set_tooltip_text (GTK_WIDGET (words), note ? note : text);
  GtkWidget *row = gtk_widget_get_ancestor (GTK_WIDGET (words), GTK_TYPE_LIST_BOX_ROW);
  if (obstacle)
    gtk_widget_add_css_class (row, "dim-label");
  else
    gtk_widget_remove_css_class (row, "dim-label");
}

static void
show_all_methods (KdInspectMethods *self)
{
  for (int i = 0; i < kd_inspect_model_count (self->model); i++)
    show_method (self, i);
}

static void
on_method (KdInspectModel *model, int index, KdInspectMethods *self)
{
  (void) model;
  show_method (self, index);
}

static void
on_row_selected (GtkListBox *list, GtkListBoxRow *row, KdInspectMethods *self)
{
  (void) list;
  if (row)
    kd_inspect_model_select (self->model, gtk_list_box_row_get_index (row));
}

static void
on_selected (KdInspectMethods *self)
{
  GtkListBox *list = GTK_LIST_BOX (self->list);
  gtk_list_box_select_row (
      list, gtk_list_box_get_row_at_index (list, kd_inspect_model_get_selected (self->model)));
}

static void
add_method (KdInspectMethods *self, const KdMethod *method)
{
  GtkWidget *title = gtk_label_new (kd_translated (method->title));
  gtk_label_set_xalign (GTK_LABEL (title), 0);
  GtkWidget *words = gtk_label_new ("");
  gtk_label_set_xalign (GTK_LABEL (words), 0);
  gtk_label_set_ellipsize (GTK_LABEL (words), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (words, "caption");
  gtk_widget_add_css_class (words, "dim-label");
  gtk_widget_add_css_class (words, "numeric");
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_widget_set_margin_start (box, 6);
  gtk_widget_set_margin_end (box, 6);
  gtk_widget_set_margin_top (box, 3);
  gtk_widget_set_margin_bottom (box, 3);
  gtk_box_append (GTK_BOX (box), title);
  gtk_box_append (GTK_BOX (box), words);
  gtk_list_box_append (GTK_LIST_BOX (self->list), box);
  gtk_accessible_update_property (GTK_ACCESSIBLE (gtk_widget_get_parent (box)),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, kd_translated (method->title), -1);
  g_ptr_array_add (self->words, words);
}

static void
kd_inspect_methods_dispose (GObject *object)
{
  KdInspectMethods *self = KD_INSPECT_METHODS (object);
  if (self->model)
    g_signal_handlers_disconnect_by_data (self->model, self);
  g_clear_object (&self->model);
  g_clear_pointer (&self->words, g_ptr_array_unref);
  G_OBJECT_CLASS (kd_inspect_methods_parent_class)->dispose (object);
}

static void
kd_inspect_methods_class_init (KdInspectMethodsClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_inspect_methods_dispose;
}

static void
kd_inspect_methods_init (KdInspectMethods *self)
{
  gtk_widget_set_name (GTK_WIDGET (self), "methods");
  self->words = g_ptr_array_new ();
  self->list = gtk_list_box_new ();
  gtk_widget_set_hexpand (self->list, TRUE);
  gtk_widget_add_css_class (self->list, "boxed-list");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  C_ ("list", "Methods"), -1);
  gtk_box_append (GTK_BOX (self), self->list);
}

GtkWidget *
kd_inspect_methods_new (KdInspectModel *model)
{
  KdInspectMethods *self = g_object_new (KD_TYPE_INSPECT_METHODS, NULL);
  self->model = g_object_ref (model);
  for (int i = 0; i < kd_inspect_model_count (model); i++)
    add_method (self, kd_inspect_model_get_method (model, i));
  g_signal_connect (self->list, "row-selected", G_CALLBACK (on_row_selected), self);
  g_signal_connect (model, "method", G_CALLBACK (on_method), self);
  g_signal_connect_swapped (model, "dump", G_CALLBACK (show_all_methods), self);
  g_signal_connect_swapped (model, "selected", G_CALLBACK (on_selected), self);
  on_selected (self);
  return GTK_WIDGET (self);
}
