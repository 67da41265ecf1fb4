/* SPDX-License-Identifier: MIT */
#include "ui/shortcuts.h"

#include "engine/base/i18n.h"

/* In the order of the list; a title begins a group where its row has one. Without keys: by menu or button only. What Shift makes of a key is
 * another one to GTK: of a period, by the layout, ">" or ":". */
static const struct {
  const char *group, *name, *keys, *title;
} acts[] = {
  { N_ ("Training"), "play", "space", N_ ("Play or pause") },
  { NULL, "step", "period", N_ ("One step") },
  { NULL, "step-phase", "<Shift>period|greater|colon", N_ ("One phase of a step") },
  { NULL, "slower", "bracketleft", N_ ("Slower") },
  { NULL, "faster", "bracketright", N_ ("Faster") },
  { NULL, "restart", "r", N_ ("Train again from step 0") },
  { NULL, "new-session", "<Control>n", N_ ("Choose students for a new session") },
  { NULL, "train-live", NULL, NULL },
  { NULL, "balance", NULL, NULL },

  { N_ ("Timeline"), "scrub-back", "Left", N_ ("One keyframe back") },
  { NULL, "scrub-forth", "Right", N_ ("One keyframe forth") },
  { NULL, "scrub-back-ten", "<Shift>Left", N_ ("Ten keyframes back") },
  { NULL, "scrub-forth-ten", "<Shift>Right", N_ ("Ten keyframes forth") },
  { NULL, "scrub-first", "Home", N_ ("First keyframe") },
  { NULL, "scrub-live", "End", N_ ("Live") },
  { NULL, "branch", "<Control>b", N_ ("Branch from the keyframe") },

  { N_ ("Maps"), "student-0", "0", NULL },
  { NULL, "student-1", "1", NULL },
  { NULL, "student-2", "2", NULL },
  { NULL, "student-3", "3", NULL },
  { NULL, "student-4", "4", NULL },
  { NULL, "student-5", "5", NULL },
  { NULL, "student-6", "6", NULL },
  { NULL, "student-7", "7", NULL },
  { NULL, "student-8", "8", NULL },
  { NULL, "student-9", "9", NULL },
  { NULL, "next-image", "Page_Down", N_ ("Next image") },
  { NULL, "previous-image", "Page_Up", N_ ("Previous image") },
  { NULL, "level", "l", N_ ("Level") },
  { NULL, "channels", "c", N_ ("All channels of a feature") },
  { NULL, "figure", "f", N_ ("Next figure of the method, or its maps") },
  { NULL, "difference", "d", N_ ("Difference of two rows, or to the first run") },

  { N_ ("Look of the maps"), "share", "s", N_ ("Which panels share a scale") },
  { NULL, "colormap", "k", N_ ("Colour map") },
  { NULL, "overlay", "o", N_ ("Maps over the photo") },
  { NULL, "boxes", "b", N_ ("Boxes on maps") },
  { NULL, "pin", "p", N_ ("Pin the probe") },
  { NULL, "unpin", "<Shift>p", N_ ("Take the pins away") },
  { NULL, "zoom-in", "<Control>plus|<Control>equal|<Control>KP_Add", N_ ("Zoom in") },
  { NULL, "zoom-out", "<Control>minus|<Control>KP_Subtract", N_ ("Zoom out") },
  { NULL, "zoom-cells", "<Control>1", N_ ("A cell of the finest level 16 px wide") },
  { NULL, "fit", "<Control>0", N_ ("Fit the image") },
  { NULL, "escape", "Escape", N_ ("Back from one large panel") },

  { N_ ("Views"), "view-live", "<Alt>1", N_ ("Live") },
  { NULL, "view-compare", "<Alt>2", N_ ("Compare") },
  { NULL, "view-inspect", "<Alt>3", N_ ("Inspect") },
  { NULL, "next-view", "<Control>Tab", N_ ("Next view") },
  { NULL, "lessons", "<Control>l|<Alt>4", N_ ("Lessons") },
  { NULL, "fullscreen", "F11", N_ ("Full screen") },
  { NULL, "sidebar", "F9", N_ ("Sidebar") },
  { NULL, "probe", "<Shift>F9", N_ ("Probe panel") },
  { NULL, "charts", "<Control>F9", N_ ("Charts below the maps") },

  { N_ ("Files and changes"), "open", "<Control>o", N_ ("Open a dump or a recording") },
  { NULL, "open-folder", "<Control><Shift>o", N_ ("Open a folder of runs") },
  { NULL, "save-recording", "<Control>s", N_ ("Save a recording") },
  { NULL, "export", "<Control>e", N_ ("Export what is shown") },
  { NULL, "copy-command", "<Control><Shift>c", N_ ("Copy as command") },
  { NULL, "undo", "<Control>z", N_ ("Undo") },
  { NULL, "redo", "<Control><Shift>z", N_ ("Redo") },

  { N_ ("Window"), "dark", NULL, NULL },
  { NULL, "preferences", "<Control>comma", N_ ("Preferences") },
  { NULL, "help", "F1", N_ ("Help") },
  { NULL, "shortcuts", "<Control>question", N_ ("Keyboard shortcuts") },
};

/* What GTK and the application do by themselves. */
static const struct {
  const char *group, *keys, *title;
} others[] = {
  { NULL, "F10", N_ ("Menu") }, /* of the window, as the last acts are */
  { NULL, "<Control>w", N_ ("Close the window") },
  { NULL, "<Control>q", N_ ("Quit") },

  { N_ ("Panels and charts"), "0...9", N_ ("Show that student") },
  { NULL, "Return", N_ ("One panel large, and back") },
  { NULL, "Menu", N_ ("A panel's menu: export, swap places, difference") },
  { NULL, "backslash", N_ ("While held: the other of two runs in Compare") },
  { NULL, "plus", N_ ("Zoom into a chart at its crosshair") },
  { NULL, "minus", N_ ("Zoom out of a chart") },
  { NULL, "BackSpace", N_ ("All of a chart") },
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

typedef struct {
  GString *text;
  int groups; /* begun so far */
} List;

/* A page of its own for every two groups, named after the first of them: two columns that fit into the lowest window. GTK's own breaking
 * into pages loses the order of the groups. */
static void
begin_group (List *list, const char *title)
{
  g_autofree char *escaped = g_markup_escape_text (kd_translated (title), -1);
  if (list->groups > 0)
    g_string_append (list->text, "</object></child>");
  if (list->groups > 0 && list->groups % 2 == 0)
    g_string_append (list->text, "</object></child>");
  if (list->groups % 2 == 0)
    g_string_append_printf (list->text,
                            "<child><object class='GtkShortcutsSection'>"
                            "<property name='section-name'>section-%d</property>"
                            "<property name='title'>%s</property>"
                            "<property name='max-height'>12</property>",
                            list->groups / 2, escaped);
  g_string_append_printf (list->text,
                          "<child><object class='GtkShortcutsGroup'>"
                          "<property name='title'>%s</property>",
                          escaped);
  list->groups++;
}

GtkWindow *
kd_shortcuts_list_new (void)
{
  g_autoptr (GString) text = g_string_new (
      "<interface><object class='GtkShortcutsWindow' id='shortcuts'><property name='modal'>1"
      "</property>");
  List list = { text, 0 };
  for (size_t i = 0; i < G_N_ELEMENTS (acts); i++) {
    if (acts[i].group)
      begin_group (&list, acts[i].group);
    if (acts[i].title)
      add_row (text, acts[i].keys, kd_translated (acts[i].title));
  }
  for (size_t i = 0; i < G_N_ELEMENTS (others); i++) {
    if (others[i].group)
      begin_group (&list, others[i].group);
    add_row (text, others[i].keys, kd_translated (others[i].title));
  }
  g_string_append (text, "</object></child></object></child></object></interface>");
  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_string (text->str, -1);
  GtkWindow *window = GTK_WINDOW (gtk_builder_get_object (builder, "shortcuts"));
  g_object_set (window, "section-name", "section-0", NULL); /* which was not there before */
  return window;
}
