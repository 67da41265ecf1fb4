/* SPDX-License-Identifier: MIT */
#include "ui/departure-row.h"

#include "engine/base/i18n.h"
#include "ui/symbols.h"
#include "ui/wrap-box.h"

#include <adwaita.h>

enum { PAPER, CODE, N_READINGS };

struct _KdDepartureRow {
  GtkBox parent_instance;
  const KdMethod *method;
  int index;
  GtkWidget *mark; /* what differs, as in the formula; NULL: the formula does not show it */
  GtkWidget *switches[N_READINGS]; /* NULL: no knob realises both */
  GtkWidget *texts[N_READINGS];
  GtkWidget
      *hint;    /* which parameter, where none of the readings is one of its values; NULL: none */
  bool showing; /* the switches follow the knob: nobody chose */
};

G_DEFINE_FINAL_TYPE (KdDepartureRow, kd_departure_row, GTK_TYPE_BOX)

static guint changed_signal;

static const KdDeparture *
departure_of (const KdDepartureRow *row)
{
  return &row->method->departures[row->index];
}

static const char *
value_of (const KdDeparture *departure, int reading)
{
  return reading == PAPER ? departure->paper_value : departure->code_value;
}

static const char *
name_of (const KdDeparture *departure, int reading)
{
  return reading == PAPER
             ? _ ("Paper")
             : (departure->other ? kd_translated (departure->other) : _ ("Official code"));
}

/* ---- choosing ------------------------------------------------------------------------------------------ */

static void
on_switch (GtkToggleButton *button, KdDepartureRow *row)
{
  if (row->showing || !gtk_toggle_button_get_active (button))
    return;
  const KdDeparture *departure = departure_of (row);
  const int reading = GTK_WIDGET (button) == row->switches[CODE] ? CODE : PAPER;
  g_signal_emit (row, changed_signal, 0, departure->knob, value_of (departure, reading));
}

/* Whether the knob stands at a reading's value. */
static bool
is_at (const KdKnobs *values, const KdDeparture *departure, int reading)
{
  KdKnobs *there = kd_knobs_copy (values);
  const bool at = kd_knobs_set (there, departure->knob, value_of (departure, reading), NULL) &&
                  kd_knobs_get (there, departure->knob) == kd_knobs_get (values, departure->knob);
  kd_knobs_free (there);
  return at;
}

static void
tell_neither (KdDepartureRow *row, const KdKnobs *values)
{
  const char *id = departure_of (row)->knob;
  g_autofree char *written = kd_knobs_format (values, id);
  g_autofree char *value = kd_number_for_people (written);
  g_autofree char *text =
      g_markup_printf_escaped (_ ("<b>Now neither</b>: “%s” is %s"),
                               kd_translated (kd_method_knob (row->method, id)->label), value);
  gtk_label_set_markup (GTK_LABEL (row->hint), text);
}

void
kd_departure_row_show (KdDepartureRow *row, const KdKnobs *values)
{
  g_return_if_fail (KD_IS_DEPARTURE_ROW (row));
  if (!row->switches[PAPER])
    return;
  bool none = true;
  row->showing = true;
  for (int r = 0; r < N_READINGS; r++) {
    const bool at = is_at (values, departure_of (row), r);
    gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (row->switches[r]), at);
    if (at)
      gtk_widget_remove_css_class (row->texts[r], "dim-label");
    else
      gtk_widget_add_css_class (row->texts[r], "dim-label");
    none = none && !at;
  }
  gtk_widget_set_visible (row->hint, none);
  if (none)
    tell_neither (row, values);
  row->showing = false;
}

/* ---- layout -------------------------------------------------------------------------------------------- */

static void
paint_mark (KdDepartureRow *row)
{
  const bool dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  g_autofree char *markup = kd_symbol_departure (row->method, row->index, dark);
  gtk_label_set_markup (GTK_LABEL (row->mark), markup);
}

static GtkWidget *
make_switches (KdDepartureRow *row)
{
  const KdDeparture *departure = departure_of (row);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  gtk_widget_add_css_class (box, "linked");
  for (int r = 0; r < N_READINGS; r++) {
    GtkWidget *button = gtk_toggle_button_new_with_label (name_of (departure, r));
    const char *text = r == PAPER ? departure->paper : departure->code;
    gtk_widget_add_css_class (button, "reading");
    gtk_label_set_ellipsize (GTK_LABEL (gtk_button_get_child (GTK_BUTTON (button))),
                             PANGO_ELLIPSIZE_END); /* the text beneath says it, too */
    gtk_widget_set_tooltip_text (button, _ ("Compute with this reading; Ctrl+Z goes back"));
    gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                    text, -1);
    if (r)
      gtk_toggle_button_set_group (GTK_TOGGLE_BUTTON (button),
                                   GTK_TOGGLE_BUTTON (row->switches[PAPER]));
    g_signal_connect (button, "toggled", G_CALLBACK (on_switch), row);
    gtk_box_append (GTK_BOX (box), button);
    row->switches[r] = button;
  }
  return box;
}

static void
add_head (KdDepartureRow *row)
{
  const KdDeparture *departure = departure_of (row);
  GtkWidget *head = kd_wrap_box_new (8, 4);
  if (departure->paper_value)
    kd_wrap_box_append (KD_WRAP_BOX (head), make_switches (row));
  if (departure->mark) {
    row->mark = gtk_label_new (NULL);
    gtk_label_set_wrap (GTK_LABEL (row->mark), TRUE);
    paint_mark (row);
    g_signal_connect_object (adw_style_manager_get_default (), "notify::dark",
                             G_CALLBACK (paint_mark), row, G_CONNECT_SWAPPED);
    kd_wrap_box_append (KD_WRAP_BOX (head), row->mark);
  }
  gtk_box_append (GTK_BOX (row), head);
}

static GtkWidget *
make_text (const char *markup)
{
  GtkWidget *label = gtk_label_new (NULL);
  gtk_label_set_markup (GTK_LABEL (label), markup);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "caption");
  return label;
}

static void
add_texts (KdDepartureRow *row)
{
  const KdDeparture *departure = departure_of (row);
  for (int r = 0; r < N_READINGS; r++) {
    g_autofree char *text =
        g_markup_printf_escaped ("<b>%s</b>: %s", name_of (departure, r),
                                 kd_translated (r == PAPER ? departure->paper : departure->code));
    row->texts[r] = make_text (text);
    gtk_box_append (GTK_BOX (row), row->texts[r]);
  }
}

/* Which parameter it is: always where it moves between the readings without being either, else while it stands at neither. */
static void
add_hint (KdDepartureRow *row)
{
  const KdDeparture *departure = departure_of (row);
  if (!departure->knob)
    return;
  g_autofree char *text = g_markup_printf_escaped (
      _ ("<b>Parameter</b>: “%s” above"),
      kd_translated (kd_method_knob (row->method, departure->knob)->label));
  row->hint = make_text (text);
  gtk_widget_set_visible (row->hint, departure->paper_value == NULL);
  gtk_box_append (GTK_BOX (row), row->hint);
}

/* ---- life ---------------------------------------------------------------------------------------------- */

static void
kd_departure_row_class_init (KdDepartureRowClass *class)
{
  changed_signal = g_signal_new ("changed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
}

static void
kd_departure_row_init (KdDepartureRow *row)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (row), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (row), 4);
}

GtkWidget *
kd_departure_row_new (const KdMethod *method, int index)
{
  g_return_val_if_fail (index >= 0 && index < method->n_departures, NULL);
  KdDepartureRow *row = g_object_new (KD_TYPE_DEPARTURE_ROW, NULL);
  row->method = method;
  row->index = index;
  add_head (row);
  add_texts (row);
  add_hint (row);
  return GTK_WIDGET (row);
}
