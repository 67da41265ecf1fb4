/* SPDX-License-Identifier: MIT */
#include "ui/wall-drag.h"

#include "ui/live-text.h"
#include "ui/map-wall.h"

static KdWallBlock *
block_of (GtkWidget *inside)
{
  return KD_WALL_BLOCK (gtk_widget_get_ancestor (inside, KD_TYPE_WALL_BLOCK));
}

/* ---- from ---------------------------------------------------------------------------------------------- */

static GdkContentProvider *
on_prepare (GtkDragSource *source, double x, double y, gpointer data)
{
  (void) x;
  (void) y;
  (void) data;
  GtkWidget *caption = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (source));
  return gdk_content_provider_new_typed (KD_TYPE_LIVE_TEXT, caption);
}

/* The panel's name goes with the pointer. */
static void
on_begin (GtkDragSource *source, GdkDrag *drag, gpointer data)
{
  (void) data;
  GtkWidget *caption = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (source));
  KdWallBlock *block = block_of (caption);
  const KdWallSpot spot = kd_wall_block_spot (block, caption);
  g_autofree char *name = kd_wall_block_name (block, spot.place);
  GtkWidget *label = gtk_label_new (name);
  gtk_widget_add_css_class (label, "dragged-panel");
  gtk_drag_icon_set_child (GTK_DRAG_ICON (gtk_drag_icon_get_for_drag (drag)), label);
}

void
kd_wall_drag_add_source (GtkWidget *caption)
{
  GtkDragSource *source = gtk_drag_source_new ();
  gtk_drag_source_set_actions (source, GDK_ACTION_MOVE | GDK_ACTION_COPY);
  g_signal_connect (source, "prepare", G_CALLBACK (on_prepare), NULL);
  g_signal_connect (source, "drag-begin", G_CALLBACK (on_begin), NULL);
  gtk_widget_add_controller (caption, GTK_EVENT_CONTROLLER (source));
  gtk_widget_set_cursor_from_name (caption, "grab");
}

/* ---- to ------------------------------------------------------------------------------------------------- */

/* With Ctrl nothing but a copy is offered; here that is the difference. */
static GdkDragAction
choose (GtkDropTarget *target, double x, double y, gpointer data)
{
  (void) x;
  (void) y;
  (void) data;
  GdkDrop *drop = gtk_drop_target_get_current_drop (target);
  return drop && gdk_drop_get_actions (drop) & GDK_ACTION_MOVE ? GDK_ACTION_MOVE : GDK_ACTION_COPY;
}

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, gpointer data)
{
  GtkWidget *onto = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (target));
  GtkWidget *caption = g_value_get_object (value);
  KdWallBlock *from = block_of (caption);
  GtkWidget *wall = gtk_widget_get_ancestor (onto, KD_TYPE_MAP_WALL);
  /* The layout may have changed under the drag, or it comes from another window. */
  if (!from || !wall || gtk_widget_get_ancestor (caption, KD_TYPE_MAP_WALL) != wall)
    return FALSE;
  const bool swaps = choose (target, x, y, data) == GDK_ACTION_MOVE;
  const KdWallSpot one = kd_wall_block_spot (from, caption);
  const KdWallSpot other =
      kd_wall_block_spot (KD_WALL_BLOCK (onto), gtk_widget_pick (onto, x, y, GTK_PICK_DEFAULT));
  return gtk_widget_activate_action (onto, swaps ? "wall.swap" : "wall.subtract", "(iiii)", one.row,
                                     one.place, other.row, other.place);
}

void
kd_wall_drag_add_target (KdWallBlock *block)
{
  GtkDropTarget *target =
      gtk_drop_target_new (KD_TYPE_LIVE_TEXT, GDK_ACTION_MOVE | GDK_ACTION_COPY);
  g_signal_connect (target, "enter", G_CALLBACK (choose), NULL);
  g_signal_connect (target, "motion", G_CALLBACK (choose), NULL);
  g_signal_connect (target, "drop", G_CALLBACK (on_drop), NULL);
  gtk_widget_add_controller (GTK_WIDGET (block), GTK_EVENT_CONTROLLER (target));
}
