/* SPDX-License-Identifier: MIT */
#include "ui/cut-choice.h"

typedef struct {
  int least, most;
} Room;

static void
set_up (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  (void) factory;
  const Room *room = data;
  GtkWidget *label = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_width_chars (GTK_LABEL (label), room->least);
  gtk_label_set_max_width_chars (GTK_LABEL (label), room->most);
  gtk_list_item_set_child (item, label);
}

static void
bind (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  (void) factory;
  (void) data;
  const char *words = gtk_string_object_get_string (gtk_list_item_get_item (item));
  gtk_label_set_text (GTK_LABEL (gtk_list_item_get_child (item)), words);
  gtk_widget_set_tooltip_text (gtk_list_item_get_child (item), words);
}

static void
free_room (gpointer room, GClosure *closure)
{
  (void) closure;
  g_free (room);
}

void
kd_choice_cut (GtkDropDown *choice, int least, int most)
{
  g_return_if_fail (GTK_IS_DROP_DOWN (choice));
  Room *room = g_new (Room, 1);
  *room = (Room){ least, most };
  gtk_drop_down_set_list_factory (choice, gtk_drop_down_get_factory (choice));
  g_autoptr (GtkListItemFactory) cut = gtk_signal_list_item_factory_new ();
  g_signal_connect_data (cut, "setup", G_CALLBACK (set_up), room, free_room, 0);
  g_signal_connect (cut, "bind", G_CALLBACK (bind), NULL);
  gtk_drop_down_set_factory (choice, cut);
}
