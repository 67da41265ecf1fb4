/* SPDX-License-Identifier: MIT */
#pragma once

/* A widget's text colour as drawing functions take it. */
#include "engine/render/render.h"

#include <gtk/gtk.h>

static inline KdColor
kd_widget_text_color (GtkWidget *widget)
{
  GdkRGBA color;
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  return (KdColor){ (double) color.red, (double) color.green, (double) color.blue };
}
