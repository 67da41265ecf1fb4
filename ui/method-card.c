/* SPDX-License-Identifier: MIT */
#include "ui/method-card.h"

struct _KdMethodCard {
  GtkBox parent_instance;
  const KdMethod *method;
};

G_DEFINE_FINAL_TYPE (KdMethodCard, kd_method_card, GTK_TYPE_BOX)

static GtkWidget *
add_text (KdMethodCard *card, const char *text, bool markup, const char *css_class)
{
  GtkWidget *label = gtk_label_new (NULL);
  if (markup)
    gtk_label_set_markup (GTK_LABEL (label), text);
  else
    gtk_label_set_text (GTK_LABEL (label), text);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_widget_set_focusable (label, FALSE);
  if (css_class)
    gtk_widget_add_css_class (label, css_class);
  gtk_box_append (GTK_BOX (card), label);
  return label;
}

static void
copy_bibtex (GtkButton *button, gpointer data)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (button)), data);
}

void
kd_method_card_show (KdMethodCard *card, const KdMethod *method)
{
  g_return_if_fail (KD_IS_METHOD_CARD (card));
  if (card->method == method)
    return;
  card->method = method;
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (card))))
    gtk_box_remove (GTK_BOX (card), child);

  g_autofree char *heading = method->venue && *method->venue
                                 ? g_strdup_printf ("%s (%s)", method->title, method->venue)
                                 : g_strdup (method->title);
  add_text (card, heading, false, "heading");
  if (method->idea)
    add_text (card, method->idea, false, NULL);
  if (method->formula)
    add_text (card, method->formula, true, "formula");
  if (method->n_parts)
    add_text (card, "Parts", false, "caption-heading");
  for (int i = 0; i < method->n_parts; i++) {
    g_autofree char *part =
        g_markup_printf_escaped ("<b>%s</b>: %s", method->parts[i].name, method->parts[i].role);
    add_text (card, part, true, "caption");
  }
  if (method->paper && *method->paper) {
    add_text (card, "Citation", false, "caption-heading");
    add_text (card, method->paper, false, "caption");
  }
  if (method->bibtex) {
    GtkWidget *copy = gtk_button_new_with_label ("Copy as BibTeX");
    gtk_widget_set_halign (copy, GTK_ALIGN_START);
    g_signal_connect (copy, "clicked", G_CALLBACK (copy_bibtex), (gpointer) method->bibtex);
    gtk_box_append (GTK_BOX (card), copy);
  }
}

static void
kd_method_card_class_init (KdMethodCardClass *class)
{
  (void) class;
}

static void
kd_method_card_init (KdMethodCard *card)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (card), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (card), 6);
}

GtkWidget *
kd_method_card_new (void)
{
  return g_object_new (KD_TYPE_METHOD_CARD, NULL);
}
