/* SPDX-License-Identifier: MIT */
#include "ui/dump-checklist.h"

#include "engine/base/i18n.h"

struct _KdDumpChecklist {
  GtkBox parent_instance;
  GtkWidget *expander, *lines;
};

G_DEFINE_FINAL_TYPE (KdDumpChecklist, kd_dump_checklist, GTK_TYPE_BOX)

static void
add_line (KdDumpChecklist *list, const char *mark, const char *text, const char *help, bool dim)
{
  GtkWidget *label = gtk_label_new (NULL);
  g_autofree char *whole = g_strdup_printf ("%s  %s", mark, text);
  gtk_label_set_text (GTK_LABEL (label), whole);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_set_tooltip_text (label, help);
  gtk_widget_add_css_class (label, "caption");
  if (dim)
    gtk_widget_add_css_class (label, "dim-label");
  gtk_box_append (GTK_BOX (list->lines), label);
}

static void
add_item (KdDumpChecklist *list, const KdDumpItem *item)
{
  const bool missing = item->state == KD_DUMP_MISSING, found = item->state == KD_DUMP_FOUND;
  GString *text = g_string_new (item->name);
  if (item->found)
    g_string_append_printf (text, "  %s", item->found);
  if (item->n_not_finite)
    g_string_append_printf (
        text,
        ngettext (", %zu cell is not finite", ", %zu cells are not finite", item->n_not_finite),
        item->n_not_finite);
  if (item->fix && !missing)
    g_string_append_printf (text, "\n%s", item->fix);
  add_line (list,
            missing              ? "–"
            : !found             ? "✗"
            : item->n_not_finite ? "!"
                                 : "✓",
            text->str, item->fix ? item->fix : _ ("As the format wants it"), missing);
  g_string_free (text, TRUE);
}

void
kd_dump_checklist_show (KdDumpChecklist *list, const KdDumpCheck *check)
{
  g_return_if_fail (KD_IS_DUMP_CHECKLIST (list));
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (list->lines)))
    gtk_box_remove (GTK_BOX (list->lines), child);
  int n_found = 0;
  for (int i = 0; i < check->n_items; i++)
    n_found += check->items[i].state == KD_DUMP_FOUND;
  /* What must be mended comes first. */
  for (int wrong = 1; wrong >= 0; wrong--)
    for (int i = 0; i < check->n_items; i++) {
      const KdDumpItem *item = &check->items[i];
      if ((item->state != KD_DUMP_FOUND && item->state != KD_DUMP_MISSING) == wrong)
        add_item (list, item);
    }
  g_autofree char *title =
      check->n_wrong ? g_strdup_printf (_ ("Arrays: %d found, %d wrong"), n_found, check->n_wrong)
                     : g_strdup_printf (_ ("Arrays: %d found"), n_found);
  gtk_expander_set_label (GTK_EXPANDER (list->expander), title);
  gtk_expander_set_expanded (GTK_EXPANDER (list->expander), check->n_wrong > 0);
}

static void
kd_dump_checklist_class_init (KdDumpChecklistClass *class)
{
  (void) class;
}

static void
kd_dump_checklist_init (KdDumpChecklist *list)
{
  gtk_widget_set_name (GTK_WIDGET (list), "arrays");
  list->lines = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  list->expander = gtk_expander_new (C_ ("of a dump", "Arrays"));
  gtk_expander_set_child (GTK_EXPANDER (list->expander), list->lines);
  gtk_widget_set_hexpand (list->expander, TRUE);
  gtk_box_append (GTK_BOX (list), list->expander);
}

GtkWidget *
kd_dump_checklist_new (void)
{
  return g_object_new (KD_TYPE_DUMP_CHECKLIST, NULL);
}
