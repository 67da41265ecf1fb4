/* SPDX-License-Identifier: MIT */
#include "ui/tooltip.h"

#define KEY "kd-tooltip"

static gboolean
on_query (GtkWidget *widget, int x, int y, gboolean by_key, GtkTooltip *tooltip, gpointer data)
{
  (void) x;
  (void) y;
  (void) by_key;
  (void) data;
  const char *text = g_object_get_data (G_OBJECT (widget), KEY);
  gtk_tooltip_set_text (tooltip, text);
  return text != NULL;
}

void
kd_tooltip_set_live (GtkWidget *widget, const char *text)
{
  g_return_if_fail (GTK_IS_WIDGET (widget));
  if (!gtk_widget_get_has_tooltip (widget)) {
    g_signal_connect (widget, "query-tooltip", G_CALLBACK (on_query), NULL);
    gtk_widget_set_has_tooltip (widget, TRUE);
  }
  if (g_strcmp0 (g_object_get_data (G_OBJECT (widget), KEY), text) != 0)
    g_object_set_data_full (G_OBJECT (widget), KEY, g_strdup (text), g_free);
}

void
kd_tooltip_set_rarely (GtkWidget *widget, const char *text)
{
  g_return_if_fail (GTK_IS_WIDGET (widget));
  if (g_strcmp0 (gtk_widget_get_tooltip_text (widget), text) != 0)
    gtk_widget_set_tooltip_text (widget, text);
}
