/* SPDX-License-Identifier: MIT */
#include "ui/figure-scroller.h"

#define SMALLEST_HEIGHT 120

static void
show_bar (GtkAdjustment *adjustment, GtkWidget *bar)
{
  const bool more =
      gtk_adjustment_get_upper (adjustment) > gtk_adjustment_get_page_size (adjustment) + 0.5;
  gtk_widget_set_opacity (bar, more ? 1 : 0);
  gtk_widget_set_can_target (bar, more);
}

GtkWidget *
kd_figure_scroller_new (GtkWidget *drawing)
{
  GtkWidget *widget = gtk_scrolled_window_new ();
  GtkScrolledWindow *scroller = GTK_SCROLLED_WINDOW (widget);
  gtk_scrolled_window_set_child (scroller, drawing);
  /* A click focuses the drawing, which is higher than the window: it must stay under the pointer. */
  gtk_viewport_set_scroll_to_focus (GTK_VIEWPORT (gtk_scrolled_window_get_child (scroller)), FALSE);
  gtk_scrolled_window_set_policy (scroller, GTK_POLICY_AUTOMATIC, GTK_POLICY_ALWAYS);
  gtk_scrolled_window_set_overlay_scrolling (scroller, FALSE);
  gtk_scrolled_window_set_min_content_height (scroller, SMALLEST_HEIGHT);
  gtk_widget_add_css_class (widget, "figure-scroller");
  gtk_widget_set_vexpand (widget, TRUE);
  g_signal_connect_object (gtk_scrolled_window_get_vadjustment (scroller), "changed",
                           G_CALLBACK (show_bar), gtk_scrolled_window_get_vscrollbar (scroller), 0);
  return widget;
}
