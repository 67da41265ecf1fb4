/* SPDX-License-Identifier: MIT */
#include "ui/help.h"

#include "engine/base/i18n.h"

#include <adwaita.h>
#include <string.h>

/* ---- from text to widgets -------------------------------------------------------------------------------- */

/* `word` becomes monospaced; the rest is taken as it is. */
static char *
markup_of (const char *line)
{
  g_auto (GStrv) parts = g_strsplit (line, "`", -1);
  GString *markup = g_string_new (NULL);
  for (guint i = 0; parts[i]; i++) {
    g_autofree char *part = g_markup_escape_text (parts[i], -1);
    g_string_append_printf (markup, i % 2 ? "<tt>%s</tt>" : "%s", part);
  }
  return g_string_free (markup, FALSE);
}

static GtkWidget *
text_label (const char *line, const char *css_class)
{
  g_autofree char *markup = markup_of (line);
  GtkWidget *label = gtk_label_new (NULL);
  gtk_label_set_markup (GTK_LABEL (label), markup);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  if (css_class)
    gtk_widget_add_css_class (label, css_class);
  else /* not headings: the first one would have the focus and be selected */
    gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  return label;
}

static GtkWidget *
item (const char *line)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *bullet = gtk_label_new ("•");
  gtk_widget_set_valign (bullet, GTK_ALIGN_START);
  gtk_box_append (GTK_BOX (box), bullet);
  GtkWidget *label = text_label (line, NULL);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_box_append (GTK_BOX (box), label);
  return box;
}

static void
copy_code (GtkButton *button, gpointer code)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (button)), code);
}

/* Code with a button that copies it; scrolls sideways rather than wrap. */
static GtkWidget *
code_block (const char *code)
{
  GtkWidget *label = gtk_label_new (code);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_widget_add_css_class (label, "monospace");
  gtk_widget_set_margin_bottom (label, 8);
  GtkWidget *scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_AUTOMATIC,
                                  GTK_POLICY_NEVER);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), label);
  gtk_widget_set_hexpand (scroller, TRUE);
  GtkWidget *copy = gtk_button_new_from_icon_name ("edit-copy-symbolic");
  gtk_widget_set_valign (copy, GTK_ALIGN_START);
  gtk_widget_add_css_class (copy, "flat");
  gtk_widget_set_tooltip_text (copy, C_ ("button", "Copy"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (copy), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  C_ ("button", "Copy"), -1);
  g_signal_connect_data (copy, "clicked", G_CALLBACK (copy_code), g_strdup (code),
                         (GClosureNotify) (void (*) (void)) g_free, 0);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  gtk_widget_add_css_class (box, "formula");
  gtk_box_append (GTK_BOX (box), scroller);
  gtk_box_append (GTK_BOX (box), copy);
  return box;
}

static void
end_code (GtkBox *page, GString *code)
{
  if (!code->len)
    return;
  g_strchomp (code->str);
  gtk_box_append (page, code_block (code->str));
  g_string_truncate (code, 0);
}

/* One topic's lines, its heading excluded. */
static GtkWidget *
topic_page (const char *title, char **lines, guint n_lines)
{
  GtkWidget *page = gtk_box_new (GTK_ORIENTATION_VERTICAL, 10);
  g_object_set (page, "margin-start", 24, "margin-end", 24, "margin-top", 18, "margin-bottom", 24,
                NULL);
  gtk_box_append (GTK_BOX (page), text_label (title, "title-2"));
  g_autoptr (GString) code = g_string_new (NULL);
  for (guint i = 0; i < n_lines; i++) {
    const char *line = lines[i];
    if (g_str_has_prefix (line, "    ") || (!*line && code->len)) {
      g_string_append_printf (code, "%s\n", *line ? line + 4 : "");
      continue;
    }
    end_code (GTK_BOX (page), code);
    if (g_str_has_prefix (line, "## "))
      gtk_box_append (GTK_BOX (page), text_label (line + 3, "heading"));
    else if (g_str_has_prefix (line, "- "))
      gtk_box_append (GTK_BOX (page), item (line + 2));
    else if (*line)
      gtk_box_append (GTK_BOX (page), text_label (line, NULL));
  }
  end_code (GTK_BOX (page), code);
  GtkWidget *clamp = adw_clamp_new ();
  adw_clamp_set_maximum_size (ADW_CLAMP (clamp), 820);
  adw_clamp_set_child (ADW_CLAMP (clamp), page);
  GtkWidget *scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), clamp);
  return scroller;
}

/* ---- topics ------------------------------------------------------------------------------------------------ */

/* A row of the list carries its stack page's name and its text, folded for the search. */
static void
add_topic (GtkListBox *list, GtkStack *stack, char **lines, guint n_lines)
{
  const char *title = lines[0] + 2;
  gtk_stack_add_named (stack, topic_page (title, lines + 1, n_lines - 1), title);
  GtkWidget *label = gtk_label_new (title);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  g_object_set (label, "margin-top", 8, "margin-bottom", 8, NULL);
  GtkWidget *row = gtk_list_box_row_new ();
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), label);
  GString *all = g_string_new (NULL);
  for (guint i = 0; i < n_lines; i++)
    g_string_append_printf (all, "%s\n", lines[i]);
  g_autofree char *text = g_string_free (all, FALSE);
  g_object_set_data_full (G_OBJECT (row), "text", g_utf8_casefold (text, -1), g_free);
  g_object_set_data_full (G_OBJECT (row), "topic", g_strdup (title), g_free);
  gtk_list_box_append (list, row);
}

/* In the user's language but for code; what a line begins with says what it is. */
static void
translate (char **lines)
{
  static const char *const marks[] = { "# ", "## ", "- " };
  for (char **line = lines; *line; line++) {
    const char *mark = "";
    for (size_t i = 0; i < G_N_ELEMENTS (marks); i++)
      if (g_str_has_prefix (*line, marks[i]))
        mark = marks[i];
    if (g_str_has_prefix (*line, "    "))
      continue;
    char *translated = g_strconcat (mark, kd_translated (*line + strlen (mark)), NULL);
    g_free (*line);
    *line = translated;
  }
}

static void
load_topics (GtkListBox *list, GtkStack *stack)
{
  g_autoptr (GBytes) bytes = g_resources_lookup_data ("/org/kdscope/help/help.txt", 0, NULL);
  g_return_if_fail (bytes);
  g_auto (GStrv) lines = g_strsplit (g_bytes_get_data (bytes, NULL), "\n", -1);
  translate (lines);
  guint start = 0;
  for (guint i = 1; i <= g_strv_length (lines); i++) {
    if (lines[i] && !g_str_has_prefix (lines[i], "# "))
      continue;
    add_topic (list, stack, lines + start, i - start);
    start = i;
  }
}

static void
on_row (GtkListBox *list, GtkListBoxRow *row, GtkStack *stack)
{
  (void) list;
  if (row)
    gtk_stack_set_visible_child_name (stack, g_object_get_data (G_OBJECT (row), "topic"));
}

static gboolean
holds_words (GtkListBoxRow *row, gpointer search)
{
  g_autofree char *wanted = g_utf8_casefold (gtk_editable_get_text (GTK_EDITABLE (search)), -1);
  g_auto (GStrv) words = g_strsplit (g_strstrip (wanted), " ", -1);
  const char *text = g_object_get_data (G_OBJECT (row), "text");
  for (char **word = words; *word; word++)
    if (!strstr (text, *word))
      return FALSE;
  return TRUE;
}

/* The first topic that is left is shown. */
static void
on_search (GtkSearchEntry *search, GtkListBox *list)
{
  (void) search;
  gtk_list_box_invalidate_filter (list);
  GtkListBoxRow *row;
  for (int i = 0; (row = gtk_list_box_get_row_at_index (list, i)); i++)
    if (gtk_widget_get_child_visible (GTK_WIDGET (row))) {
      gtk_list_box_select_row (list, row);
      return;
    }
}

static GtkWidget *
make_topics (GtkWindow *window, GtkStack *stack, const char *topic)
{
  GtkWidget *search = gtk_search_entry_new ();
  gtk_accessible_update_property (GTK_ACCESSIBLE (search), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Search the help"), -1);
  gtk_search_entry_set_key_capture_widget (GTK_SEARCH_ENTRY (search), GTK_WIDGET (window));
  g_object_set (search, "margin-start", 8, "margin-end", 8, "margin-top", 8, "margin-bottom", 8,
                NULL);
  GtkWidget *list = gtk_list_box_new ();
  gtk_widget_add_css_class (list, "navigation-sidebar");
  gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  C_ ("list", "Topics"), -1);
  load_topics (GTK_LIST_BOX (list), stack);
  gtk_list_box_set_filter_func (GTK_LIST_BOX (list), holds_words, search, NULL);
  g_signal_connect (list, "row-selected", G_CALLBACK (on_row), stack);
  g_signal_connect (search, "search-changed", G_CALLBACK (on_search), list);
  GtkListBoxRow *row;
  for (int i = 0; (row = gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), i)); i++)
    if (i == 0 ||
        g_strcmp0 (kd_translated (topic), g_object_get_data (G_OBJECT (row), "topic")) == 0)
      gtk_list_box_select_row (GTK_LIST_BOX (list), row);
  GtkWidget *scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), list);
  gtk_widget_set_vexpand (scroller, TRUE);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_widget_set_size_request (box, 230, -1);
  gtk_widget_add_css_class (box, "sidebar");
  gtk_box_append (GTK_BOX (box), search);
  gtk_box_append (GTK_BOX (box), scroller);
  return box;
}

static gboolean
close_window (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  (void) arguments;
  (void) data;
  gtk_window_close (GTK_WINDOW (widget));
  return TRUE;
}

GtkWidget *
kd_help_new (GtkWindow *parent, const char *topic)
{
  GtkWidget *window = adw_window_new ();
  gtk_window_set_title (GTK_WINDOW (window), C_ ("window", "Help"));
  gtk_window_set_transient_for (GTK_WINDOW (window), parent);
  gtk_window_set_default_size (GTK_WINDOW (window), 1000, 700);
  GtkWidget *stack = gtk_stack_new ();
  gtk_widget_set_hexpand (stack, TRUE);
  GtkWidget *body = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *topics = make_topics (GTK_WINDOW (window), GTK_STACK (stack), topic);
  gtk_box_append (GTK_BOX (body), topics);
  gtk_box_append (GTK_BOX (body), gtk_separator_new (GTK_ORIENTATION_VERTICAL));
  gtk_box_append (GTK_BOX (body), stack);
  gtk_widget_set_vexpand (body, TRUE);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_box_append (GTK_BOX (box), adw_header_bar_new ());
  gtk_box_append (GTK_BOX (box), body);
  adw_window_set_content (ADW_WINDOW (window), box);
  /* The search: a text with the focus would be selected. */
  gtk_widget_grab_focus (gtk_widget_get_first_child (topics));

  GtkEventController *keys = gtk_shortcut_controller_new ();
  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (keys),
      gtk_shortcut_new (gtk_shortcut_trigger_parse_string ("Escape"),
                        gtk_callback_action_new (close_window, NULL, NULL)));
  gtk_widget_add_controller (window, keys);
  return window;
}
