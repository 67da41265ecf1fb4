/* SPDX-License-Identifier: MIT */
#include "ui/swatch.h"

#include "engine/render/render.h"

#include <adwaita.h>

#define WIDTH 28
#define HEIGHT 12

struct _KdSwatch {
  GtkWidget parent_instance;
  int index;
};

G_DEFINE_FINAL_TYPE (KdSwatch, kd_swatch, GTK_TYPE_WIDGET)

static void
kd_swatch_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  const int index = KD_SWATCH (widget)->index;
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, WIDTH, HEIGHT));
  const bool dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  const KdColor color = kd_series_color (index, dark);
  int n_dashes;
  const double *dash = kd_series_dash (index, &n_dashes);
  cairo_set_source_rgb (cr, color.red, color.green, color.blue);
  cairo_set_line_width (cr, 3);
  if (dash)
    cairo_set_dash (cr, dash, n_dashes, 0);
  cairo_move_to (cr, 1, HEIGHT / 2.0);
  cairo_line_to (cr, WIDTH - 1, HEIGHT / 2.0);
  cairo_stroke (cr);
  cairo_destroy (cr);
}

static void
kd_swatch_measure (GtkWidget *widget,
                   GtkOrientation orientation,
                   int for_size,
                   int *minimum,
                   int *natural,
                   int *minimum_baseline,
                   int *natural_baseline)
{
  (void) widget;
  (void) for_size;
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? WIDTH : HEIGHT;
  *minimum_baseline = *natural_baseline = -1;
}

static void
kd_swatch_class_init (KdSwatchClass *class)
{
  GTK_WIDGET_CLASS (class)->snapshot = kd_swatch_snapshot;
  GTK_WIDGET_CLASS (class)->measure = kd_swatch_measure;
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (class), GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
kd_swatch_init (KdSwatch *swatch)
{
  gtk_widget_set_valign (GTK_WIDGET (swatch), GTK_ALIGN_CENTER);
}

GtkWidget *
kd_swatch_new (int index)
{
  KdSwatch *swatch = g_object_new (KD_TYPE_SWATCH, NULL);
  swatch->index = index;
  return GTK_WIDGET (swatch);
}

void
kd_swatch_set_index (KdSwatch *swatch, int index)
{
  g_return_if_fail (KD_IS_SWATCH (swatch));
  swatch->index = index;
  gtk_widget_queue_draw (GTK_WIDGET (swatch));
}
