/* SPDX-License-Identifier: MIT */
#include "ui/window-menu.h"

#include "engine/base/i18n.h"
#include "ui/opening.h"

static const struct {
  const char *label, *action;
} entries[] = {
  { N_ ("Open…"), "win.open" },
  { N_ ("Open a folder of runs…"), "win.open-folder" },
  { N_ ("Save a recording…"), "win.save-recording" },
  { N_ ("Export…"), "win.export" },
  { N_ ("Copy as command"), "win.copy-command" },
  { N_ ("Train again from step 0"), "win.restart" },
  { N_ ("Undo"), "win.undo" },
  { N_ ("Redo"), "win.redo" },
  { N_ ("Light or dark"), "win.dark" },
  { N_ ("Full screen"), "win.fullscreen" },
  { N_ ("Preferences"), "win.preferences" },
  { N_ ("Keyboard shortcuts"), "win.shortcuts" },
  { N_ ("Lessons"), "win.lessons" },
  { N_ ("Help"), "win.help" },
  { N_ ("About kdscope"), "app.about" },
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
      g_menu_append_submenu (menu, _ ("Open recent"), recent);
    g_menu_append (menu, kd_translated (entries[i].label), entries[i].action);
  }
  GtkWidget *button = gtk_menu_button_new ();
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (button), "open-menu-symbolic");
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (button), G_MENU_MODEL (menu));
  gtk_menu_button_set_primary (GTK_MENU_BUTTON (button), TRUE);
  gtk_widget_set_tooltip_text (button, _ ("Menu (F10)"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  C_ ("button", "Menu"), -1);
  return button;
}
