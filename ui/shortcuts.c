/* SPDX-License-Identifier: MIT */
#include "ui/shortcuts.h"

/* In the order of the list; a title begins a group where its row has one. Without keys: by menu or button only. What Shift makes of a key is
 * another one to GTK: of a period, by the layout, ">" or ":". */
static const struct {
  const char *group, *name, *keys, *title;
} acts[] = {
  { "Training", "play", "space", "Play or pause" },
  { NULL, "step", "period", "One step" },
  { NULL, "step-phase", "<Shift>period|greater|colon", "One phase of a step" },
  { NULL, "slower", "bracketleft", "Slower" },
  { NULL, "faster", "bracketright", "Faster" },
  { NULL, "scrub-back", "Left", "One keyframe back" },
  { NULL, "scrub-forth", "Right", "One keyframe forth" },
  { NULL, "scrub-back-ten", "<Shift>Left", "Ten keyframes back" },
  { NULL, "scrub-forth-ten", "<Shift>Right", "Ten keyframes forth" },
  { NULL, "scrub-first", "Home", "First keyframe" },
  { NULL, "scrub-live", "End", "Live" },
  { NULL, "branch", "<Control>b", "Branch from the keyframe" },
  { NULL, "restart", "r", "Train again from step 0" },
  { NULL, "new-session", "<Control>n", "Choose students for a new session" },
  { NULL, "train-live", NULL, NULL },
  { NULL, "balance", NULL, NULL },

  { "Maps", "student-0", "0", NULL },
  { NULL, "student-1", "1", NULL },
  { NULL, "student-2", "2", NULL },
  { NULL, "student-3", "3", NULL },
  { NULL, "student-4", "4", NULL },
  { NULL, "student-5", "5", NULL },
  { NULL, "student-6", "6", NULL },
  { NULL, "student-7", "7", NULL },
  { NULL, "student-8", "8", NULL },
  { NULL, "student-9", "9", NULL },
  { NULL, "next-image", "Page_Down", "Next image" },
  { NULL, "previous-image", "Page_Up", "Previous image" },
  { NULL, "level", "l", "Level" },
  { NULL, "channels", "c", "All channels of a feature" },
  { NULL, "figure", "f", "Next figure of the method, or its maps" },
  { NULL, "difference", "d", "Difference of two rows, or to the first run" },
  { NULL, "share", "s", "Which panels share a scale" },
  { NULL, "colormap", "k", "Colour map" },
  { NULL, "overlay", "o", "Maps over the photo" },
  { NULL, "boxes", "b", "Boxes on maps" },
  { NULL, "pin", "p", "Pin the probe" },
  { NULL, "unpin", "<Shift>p", "Take the pins away" },
  { NULL, "zoom-in", "<Control>plus|<Control>equal|<Control>KP_Add", "Zoom in" },
  { NULL, "zoom-out", "<Control>minus|<Control>KP_Subtract", "Zoom out" },
  { NULL, "zoom-cells", "<Control>1", "A cell of the finest level 16 px wide" },
  { NULL, "fit", "<Control>0", "Fit the image" },
  { NULL, "escape", "Escape", "Back from one large panel" },

  { "Window", "view-live", "<Alt>1", "Live" },
  { NULL, "view-compare", "<Alt>2", "Compare" },
  { NULL, "view-inspect", "<Alt>3", "Inspect" },
  { NULL, "next-view", "<Control>Tab", "Next view" },
  { NULL, "lessons", "<Control>l|<Alt>4", "Lessons" },
  { NULL, "open", "<Control>o", "Open a dump or a recording" },
  { NULL, "open-folder", "<Control><Shift>o", "Open a folder of runs" },
  { NULL, "save-recording", "<Control>s", "Save a recording" },
  { NULL, "export", "<Control>e", "Export what is shown" },
  { NULL, "copy-command", "<Control><Shift>c", "Copy as command" },
  { NULL, "undo", "<Control>z", "Undo" },
  { NULL, "redo", "<Control><Shift>z", "Redo" },
  { NULL, "sidebar", "F9", "Sidebar" },
  { NULL, "probe", "<Shift>F9", "Probe panel" },
  { NULL, "fullscreen", "F11", "Full screen" },
  { NULL, "dark", NULL, NULL },
  { NULL, "preferences", "<Control>comma", "Preferences" },
  { NULL, "help", "F1", "Help" },
  { NULL, "shortcuts", "<Control>question", "Keyboard shortcuts" },
};

/* What GTK and the application do by themselves. */
static const struct {
  const char *keys, *title;
} others[] = {
  { "F10", "Menu" },
  { "0...9", "Show that student" },
  { "Return", "One panel large, and back" },
  { "Menu", "A panel's menu: export, swap places, difference" },
  { "<Control>w", "Close the window" },
  { "<Control>q", "Quit" },
};

/* Single keys act only when no entry has taken them, so they are bubble-phase shortcuts and not accelerators. Others come first: Ctrl+Tab
 * would only move the focus, and a map takes Alt with its arrows. */
static GtkEventController *
controller_of (GtkWidget *window, GtkPropagationPhase phase)
{
  GtkEventController *controller = gtk_shortcut_controller_new ();
  gtk_event_controller_set_propagation_phase (controller, phase);
  gtk_widget_add_controller (window, controller);
  return controller;
}

void
kd_shortcuts_add (GtkWidget *window, KdActHandler handler)
{
  GtkEventController *late = controller_of (window, GTK_PHASE_BUBBLE);
  GtkEventController *early = controller_of (window, GTK_PHASE_CAPTURE);
  for (size_t i = 0; i < G_N_ELEMENTS (acts); i++) {
    g_autoptr (GSimpleAction) action = g_simple_action_new (acts[i].name, NULL);
    g_signal_connect (action, "activate", G_CALLBACK (handler), window);
    g_action_map_add_action (G_ACTION_MAP (window), G_ACTION (action));
    if (!acts[i].keys)
      continue;
    const bool first =
        g_str_has_prefix (acts[i].name, "view-") || g_str_equal (acts[i].name, "next-view");
    g_autofree char *full = g_strconcat ("win.", acts[i].name, NULL);
    gtk_shortcut_controller_add_shortcut (
        GTK_SHORTCUT_CONTROLLER (first ? early : late),
        gtk_shortcut_new (gtk_shortcut_trigger_parse_string (acts[i].keys),
                          gtk_named_action_new (full)));
  }
}

/* ---- the list ------------------------------------------------------------------------------------------ */

/* The first of the keys: the others are the same key elsewhere. */
static void
add_row (GString *text, const char *keys, const char *title)
{
  const char *end = strchr (keys, '|');
  g_autofree char *first = end ? g_strndup (keys, (gsize) (end - keys)) : g_strdup (keys);
  g_autofree char *row = g_markup_printf_escaped (
      "<child><object class='GtkShortcutsShortcut'><property name='accelerator'>%s</property>"
      "<property name='title'>%s</property></object></child>",
      first, title);
  g_string_append (text, row);
}

GtkWindow *
kd_shortcuts_list_new (void)
{
  g_autoptr (GString) text = g_string_new (
      "<interface><object class='GtkShortcutsWindow' id='shortcuts'><property name='modal'>1"
      "</property><child><object class='GtkShortcutsSection'><property name='section-name'>"
      "shortcuts</property>");
  for (size_t i = 0; i < G_N_ELEMENTS (acts); i++) {
    if (acts[i].group)
      g_string_append_printf (text,
                              "%s<child><object class='GtkShortcutsGroup'>"
                              "<property name='title'>%s</property>",
                              i > 0 ? "</object></child>" : "", acts[i].group);
    if (acts[i].title)
      add_row (text, acts[i].keys, acts[i].title);
  }
  for (size_t i = 0; i < G_N_ELEMENTS (others); i++)
    add_row (text, others[i].keys, others[i].title);
  g_string_append (text, "</object></child></object></child></object></interface>");
  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_string (text->str, -1);
  return GTK_WINDOW (gtk_builder_get_object (builder, "shortcuts"));
}
