/* SPDX-License-Identifier: MIT */
#include "ui/color-bar.h"

#include "ui/widget-color.h"

struct _KdColorBar {
  GtkWidget parent_instance;
  KdScale scale;
  KdColormap colormap;
  char *unit;
  bool set;
};

G_DEFINE_FINAL_TYPE (KdColorBar, kd_color_bar, GTK_TYPE_WIDGET)

static void
kd_color_bar_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  KdColorBar *bar = KD_COLOR_BAR (widget);
  const int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  if (!bar->set || height < 40)
    return;
  cairo_t *cr = gtk_snapshot_append_cairo (
      snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  /* Beside the pictures, below the line of their captions. */
  const KdRect rect = { .x = 0, .y = 22, .width = 12, .height = height - 28 };
  kd_color_bar_draw (cr, &rect, &bar->scale, bar->colormap, bar->unit,
                     kd_widget_text_color (widget));
  cairo_destroy (cr);
}

static void
kd_color_bar_measure (GtkWidget *widget,
                      GtkOrientation orientation,
                      int for_size,
                      int *minimum,
                      int *natural,
                      int *minimum_baseline,
                      int *natural_baseline)
{
  (void) widget;
  (void) for_size;
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? KD_COLOR_BAR_WIDTH : 80;
  *minimum_baseline = *natural_baseline = -1;
}

static void
kd_color_bar_finalize (GObject *object)
{
  g_free (KD_COLOR_BAR (object)->unit);
  G_OBJECT_CLASS (kd_color_bar_parent_class)->finalize (object);
}

static void
kd_color_bar_class_init (KdColorBarClass *class)
{
  G_OBJECT_CLASS (class)->finalize = kd_color_bar_finalize;
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  widget_class->snapshot = kd_color_bar_snapshot;
  widget_class->measure = kd_color_bar_measure;
  gtk_widget_class_set_css_name (widget_class, "colorbar");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
kd_color_bar_init (KdColorBar *bar)
{
  (void) bar;
}

GtkWidget *
kd_color_bar_new (void)
{
  return g_object_new (KD_TYPE_COLOR_BAR, NULL);
}

void
kd_color_bar_set (KdColorBar *bar, const KdScale *scale, KdColormap colormap, const char *unit)
{
  g_return_if_fail (KD_IS_COLOR_BAR (bar));
  bar->scale = *scale;
  bar->colormap = colormap;
  bar->set = true;
  if (g_strcmp0 (bar->unit, unit) != 0) {
    g_free (bar->unit);
    bar->unit = g_strdup (unit);
  }
  char low[32], high[32];
  kd_number_format (scale->low, low, sizeof low);
  kd_number_format (scale->high, high, sizeof high);
  g_autofree char *range =
      g_strdup_printf ("Colour bar from %s to %s %s", low, high, unit ? unit : "");
  gtk_accessible_update_property (GTK_ACCESSIBLE (bar), GTK_ACCESSIBLE_PROPERTY_LABEL, range, -1);
  gtk_widget_queue_draw (GTK_WIDGET (bar));
}
