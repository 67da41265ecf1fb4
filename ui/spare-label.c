/* SPDX-License-Identifier: MIT */
#include "ui/spare-label.h"

struct _KdSpareLabel {
  GtkWidget parent_instance;
  GtkWidget *label;
};

G_DEFINE_FINAL_TYPE (KdSpareLabel, kd_spare_label, GTK_TYPE_WIDGET)

static void
kd_spare_label_measure (GtkWidget *widget,
                        GtkOrientation orientation,
                        int for_size,
                        int *minimum,
                        int *natural,
                        int *minimum_baseline,
                        int *natural_baseline)
{
  (void) for_size;
  gtk_widget_measure (KD_SPARE_LABEL (widget)->label, orientation, -1, minimum, natural,
                      minimum_baseline, natural_baseline);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *minimum = 0;
}

static void
kd_spare_label_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  GtkWidget *label = KD_SPARE_LABEL (widget)->label;
  int whole;
  gtk_widget_measure (label, GTK_ORIENTATION_HORIZONTAL, -1, &whole, NULL, NULL, NULL);
  gtk_widget_set_child_visible (label, width >= whole);
  if (width >= whole)
    gtk_widget_allocate (label, width, height, baseline, NULL);
}

static void
kd_spare_label_dispose (GObject *object)
{
  g_clear_pointer (&KD_SPARE_LABEL (object)->label, gtk_widget_unparent);
  G_OBJECT_CLASS (kd_spare_label_parent_class)->dispose (object);
}

static void
kd_spare_label_class_init (KdSpareLabelClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  widget_class->measure = kd_spare_label_measure;
  widget_class->size_allocate = kd_spare_label_size_allocate;
  G_OBJECT_CLASS (class)->dispose = kd_spare_label_dispose;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
kd_spare_label_init (KdSpareLabel *spare)
{
  spare->label = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (spare->label), 0);
  gtk_widget_set_parent (spare->label, GTK_WIDGET (spare));
}

GtkWidget *
kd_spare_label_new (const char *text, int gap)
{
  KdSpareLabel *spare = g_object_new (KD_TYPE_SPARE_LABEL, NULL);
  gtk_label_set_text (GTK_LABEL (spare->label), text);
  gtk_widget_set_margin_end (spare->label, gap);
  return GTK_WIDGET (spare);
}
