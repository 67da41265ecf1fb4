/* SPDX-License-Identifier: MIT */
#include "ui/bars-view.h"

#include "ui/live-text.h"
#include "ui/tooltip.h"
#include "ui/widget-color.h"

#define CAPTION_GAP 2

struct _KdBarsView {
  GtkBox parent_instance;
  GtkWidget *title, *area;
  float *values[2]; /* owned */
  int n_series, n_values;
  bool sorted;
  double reference;
};

G_DEFINE_FINAL_TYPE (KdBarsView, kd_bars_view, GTK_TYPE_BOX)

static void
draw (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  KdBarsView *view = data;
  if (!view->n_values)
    return;
  const KdBars bars = { .values = { view->values[0], view->values[1] },
                        .colors = { kd_teacher_color (), kd_student_color () },
                        .n_series = view->n_series,
                        .n_values = view->n_values,
                        .sorted = view->sorted,
                        .reference = view->reference,
                        .text = kd_widget_text_color (GTK_WIDGET (area)) };
  kd_bars_draw (cr, &(KdRect){ 0, 0, width, height }, &bars);
}

static void
kd_bars_view_finalize (GObject *object)
{
  KdBarsView *view = KD_BARS_VIEW (object);
  g_free (view->values[0]);
  g_free (view->values[1]);
  G_OBJECT_CLASS (kd_bars_view_parent_class)->finalize (object);
}

static void
kd_bars_view_class_init (KdBarsViewClass *class)
{
  G_OBJECT_CLASS (class)->finalize = kd_bars_view_finalize;
  /* A box gives the focus to what is in it, and there is nothing: Tab would not come past it. */
  const GtkWidgetClass *plain = g_type_class_peek (GTK_TYPE_WIDGET);
  GTK_WIDGET_CLASS (class)->focus = plain->focus;
  GTK_WIDGET_CLASS (class)->grab_focus = plain->grab_focus;
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (class), "barsview");
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (class), GTK_ACCESSIBLE_ROLE_IMG);
}

static void
kd_bars_view_init (KdBarsView *view)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (view), GTK_ORIENTATION_VERTICAL);
  view->title = kd_live_text_new (KD_LIVE_LINE, 0, 0);
  gtk_widget_add_css_class (view->title, "caption");
  gtk_widget_add_css_class (view->title, "numeric");
  gtk_box_append (GTK_BOX (view), view->title);
  view->area = gtk_drawing_area_new ();
  gtk_widget_set_margin_top (view->area, CAPTION_GAP);
  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (view->area), draw, view, NULL);
  gtk_box_append (GTK_BOX (view), view->area);
  gtk_widget_set_focusable (GTK_WIDGET (view), TRUE);
}

GtkWidget *
kd_bars_view_new (void)
{
  return g_object_new (KD_TYPE_BARS_VIEW, NULL);
}

void
kd_bars_view_set_side (KdBarsView *view, int width_px, int height_px)
{
  g_return_if_fail (KD_IS_BARS_VIEW (view));
  gtk_widget_set_size_request (view->area, width_px, height_px);
}

GtkWidget *
kd_bars_view_get_caption (KdBarsView *view)
{
  g_return_val_if_fail (KD_IS_BARS_VIEW (view), NULL);
  return view->title;
}

void
kd_bars_view_set_title (KdBarsView *view, const char *title, const char *help)
{
  g_return_if_fail (KD_IS_BARS_VIEW (view));
  kd_live_text_set (KD_LIVE_TEXT (view->title), title);
  kd_tooltip_set_live (GTK_WIDGET (view), help);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, help ? help : "", -1);
}

void
kd_bars_view_set_values (
    KdBarsView *view, const float *const values[2], int n_values, bool sorted, double reference)
{
  g_return_if_fail (KD_IS_BARS_VIEW (view));
  view->n_series = values[1] ? 2 : 1;
  for (int s = 0; s < view->n_series; s++) {
    g_free (view->values[s]);
    view->values[s] = g_memdup2 (values[s], (size_t) n_values * sizeof (float));
  }
  view->n_values = n_values;
  view->sorted = sorted;
  view->reference = reference;
  gtk_widget_queue_draw (view->area);
}
