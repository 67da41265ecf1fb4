/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Tooltips that change while training goes on. gtk_widget_set_tooltip_text () asks the display where the pointer is, each time: on 54
 * captions that was a tenth of the window's time.
 */
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Asked for when it is shown; gtk_widget_get_tooltip_text () does not know it. @text NULL: none. */
void kd_tooltip_set_live (GtkWidget *widget, const char *text);
/* As GTK's, but nothing is done where @text is the same as before. */
void kd_tooltip_set_rarely (GtkWidget *widget, const char *text);

G_END_DECLS
