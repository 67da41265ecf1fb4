/* SPDX-License-Identifier: MIT */
#include "ui/window-menu.h"

#include "ui/opening.h"

static const struct {
  const char *label, *action;
} entries[] = {
  { "Open…", "win.open" },
  { "Open a folder of runs…", "win.open-folder" },
  { "Save a recording…", "win.save-recording" },
  { "Export…", "win.export" },
  { "Copy as command", "win.copy-command" },
  { "Train again from step 0", "win.restart" },
  { "Undo", "win.undo" },
  { "Redo", "win.redo" },
  { "Light or dark", "win.dark" },
  { "Full screen", "win.fullscreen" },
  { "Preferences", "win.preferences" },
  { "Keyboard shortcuts", "win.shortcuts" },
  { "Lessons", "win.lessons" },
  { "Help", "win.help" },
  { "About kdscope", "app.about" },
};

/* Recent files stand below what opens others. */
#define N_BEFORE_RECENT 2

GtkWidget *
kd_window_menu_new (void)
{
  g_autoptr (GMenu) menu = g_menu_new ();
  g_autoptr (GMenuModel) recent = kd_opening_recent_menu ();
  for (size_t i = 0; i < G_N_ELEMENTS (entries); i++) {
    if (i == N_BEFORE_RECENT)
      g_menu_append_submenu (menu, "Open recent", recent);
    g_menu_append (menu, entries[i].label, entries[i].action);
  }
  GtkWidget *button = gtk_menu_button_new ();
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (button), "open-menu-symbolic");
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (button), G_MENU_MODEL (menu));
  gtk_menu_button_set_primary (GTK_MENU_BUTTON (button), TRUE);
  gtk_widget_set_tooltip_text (button, "Menu (F10)");
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, "Menu",
                                  -1);
  return button;
}
