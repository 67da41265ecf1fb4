/* SPDX-License-Identifier: MIT */
#pragma once

/* The room of a figure's drawing: a shadow and a bar where there is more of it than is in sight. */
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A GtkScrolledWindow; its bar keeps its room, so that a drawing's height never changes its width. */
GtkWidget *kd_figure_scroller_new (GtkWidget *drawing);

G_END_DECLS
