/* SPDX-License-Identifier: MIT */
#include "ui/knob-row.h"

#include "engine/base/i18n.h"
#include "ui/tooltip.h"

#include <math.h>

/* Positions of a slider between its ends; 0 is kept for the value 0 of logarithmic knobs that allow it. */
#define SLIDER_STEPS 200
#define FLAT_SLIDER_PX 90

struct _KdKnobRow {
  GtkBox parent_instance;
  const KdKnob *knob;
  double value, reference;
  bool updating; /* we are setting the widgets ourselves */
  GtkWidget *reset, *slider, *spin, *toggle, *choice;
};

G_DEFINE_FINAL_TYPE (KdKnobRow, kd_knob_row, GTK_TYPE_BOX)

static guint changed_signal;

static double
slider_position (const KdKnob *knob, double value)
{
  if (!knob->log)
    return (value - knob->min) / (knob->max - knob->min) * SLIDER_STEPS;
  if (value < knob->min)
    return 0;
  const double part = log (value / knob->min) / log (knob->max / knob->min);
  return knob->zero ? 1 + part * (SLIDER_STEPS - 1) : part * SLIDER_STEPS;
}

/* Rounded to 3 significant digits, so that a dragged value is one that can be said and typed. */
static double
slider_value (const KdKnob *knob, double position)
{
  double value;
  if (!knob->log) {
    value = knob->min + position / SLIDER_STEPS * (knob->max - knob->min);
  } else {
    if (knob->zero && position < 0.5)
      return 0;
    const double part = knob->zero ? (position - 1) / (SLIDER_STEPS - 1) : position / SLIDER_STEPS;
    value = knob->min * pow (knob->max / knob->min, CLAMP (part, 0, 1));
  }
  if (knob->type == KD_KNOB_INT)
    return round (value);
  if (value == 0)
    return 0;
  char text[32];
  g_ascii_formatd (text, sizeof text, "%.3g", value);
  return g_ascii_strtod (text, NULL);
}

static bool
differs (double a, double b)
{
  return fabs (a - b) > 1e-9 * fmax (fabs (a), fabs (b));
}

static void
show_value (KdKnobRow *row)
{
  row->updating = true;
  if (row->slider)
    gtk_range_set_value (GTK_RANGE (row->slider), slider_position (row->knob, row->value));
  if (row->spin)
    gtk_spin_button_set_value (GTK_SPIN_BUTTON (row->spin), row->value);
  if (row->toggle)
    gtk_switch_set_active (GTK_SWITCH (row->toggle), row->value != 0);
  if (row->choice)
    gtk_drop_down_set_selected (GTK_DROP_DOWN (row->choice), (guint) row->value);
  row->updating = false;

  /* The arrow keeps its place when it has nothing to do, so that rows do not jump. */
  const bool away = differs (row->value, row->reference);
  gtk_widget_set_opacity (row->reset, away ? 1 : 0);
  gtk_widget_set_sensitive (row->reset, away);
}

static void
change (KdKnobRow *row, double value)
{
  if (row->updating || !differs (value, row->value))
    return;
  row->value = value;
  show_value (row);
  g_signal_emit (row, changed_signal, 0);
}

static void
on_slider (GtkRange *range, gpointer data)
{
  KdKnobRow *row = data;
  if (!row->updating)
    change (row, slider_value (row->knob, gtk_range_get_value (range)));
}

static void
on_spin (GtkSpinButton *spin, gpointer data)
{
  change (data, gtk_spin_button_get_value (spin));
}

static void
on_toggle (GtkSwitch *toggle, GParamSpec *property, gpointer data)
{
  (void) property;
  change (data, gtk_switch_get_active (toggle) ? 1 : 0);
}

static void
on_choice (GtkDropDown *choice, GParamSpec *property, gpointer data)
{
  (void) property;
  change (data, gtk_drop_down_get_selected (choice));
}

static void
on_reset (GtkButton *button, gpointer data)
{
  (void) button;
  KdKnobRow *row = data;
  change (row, row->reference);
}

/* "5e-06" instead of "0.000005": weights of losses span six decades. */
static void
format_value (const KdKnob *knob, double value, char *text, int size)
{
  if (knob->at_zero && value <= 0)
    g_strlcpy (text, kd_translated (knob->at_zero), (gsize) size);
  else
    g_snprintf (text, (gulong) size, "%.6g", value);
}

static gboolean
format_spin (GtkSpinButton *spin, gpointer data)
{
  const KdKnobRow *row = data;
  char text[32];
  format_value (row->knob, gtk_spin_button_get_value (spin), text, sizeof text);
  if (g_strcmp0 (text, gtk_editable_get_text (GTK_EDITABLE (spin))) != 0)
    gtk_editable_set_text (GTK_EDITABLE (spin), text);
  return TRUE;
}

static int
parse_spin (GtkSpinButton *spin, double *value, gpointer data)
{
  const KdKnob *knob = ((KdKnobRow *) data)->knob;
  const char *text = gtk_editable_get_text (GTK_EDITABLE (spin));
  if (knob->at_zero && g_ascii_strcasecmp (text, kd_translated (knob->at_zero)) == 0) {
    *value = knob->zero ? 0 : knob->min;
    return TRUE;
  }
  char *end, shown[32];
  *value = gtk_adjustment_get_value (gtk_spin_button_get_adjustment (spin));
  format_value (knob, *value, shown, sizeof shown);
  if (g_str_equal (text, shown))
    return TRUE;                  /* nobody typed: digits that are not shown are kept */
  *value = g_strtod (text, &end); /* the locale's point, or a point */
  return end == text || !isfinite (*value) ? GTK_INPUT_ERROR : TRUE;
}

static void
add_number (KdKnobRow *row, GtkWidget *line)
{
  const KdKnob *knob = row->knob;
  row->slider = gtk_scale_new_with_range (GTK_ORIENTATION_HORIZONTAL, 0, SLIDER_STEPS, 1);
  gtk_scale_set_draw_value (GTK_SCALE (row->slider), FALSE);
  gtk_widget_set_hexpand (row->slider, TRUE);
  const double low = knob->zero ? 0 : knob->min;
  const double step = knob->type == KD_KNOB_INT ? 1 : knob->log ? knob->value / 10 : 0.05;
  row->spin = gtk_spin_button_new_with_range (low, knob->max, step > 0 ? step : 0.1);
  gtk_spin_button_set_digits (GTK_SPIN_BUTTON (row->spin), knob->type == KD_KNOB_INT ? 0 : 12);
  gtk_spin_button_set_numeric (GTK_SPIN_BUTTON (row->spin), FALSE); /* "5e-06" has a letter */
  gtk_editable_set_width_chars (GTK_EDITABLE (row->spin), 6);
  g_signal_connect (row->spin, "output", G_CALLBACK (format_spin), row);
  g_signal_connect (row->spin, "input", G_CALLBACK (parse_spin), row);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row->slider), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  kd_translated (knob->label), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  kd_translated (knob->help), -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row->spin), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  kd_translated (knob->label), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  kd_translated (knob->help), -1);
  gtk_box_append (GTK_BOX (line), row->slider);
  gtk_box_append (GTK_BOX (line), row->spin);
  g_signal_connect (row->slider, "value-changed", G_CALLBACK (on_slider), row);
  g_signal_connect (row->spin, "value-changed", G_CALLBACK (on_spin), row);
}

static void
set_reference (KdKnobRow *row, double reference)
{
  row->reference = reference;
  char number[32];
  format_value (row->knob, reference, number, sizeof number);
  g_autofree char *hint = g_strdup_printf (_ ("Back to %s"), number);
  kd_tooltip_set_rarely (row->reset, hint);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row->reset), GTK_ACCESSIBLE_PROPERTY_LABEL, hint,
                                  -1);
  show_value (row);
}

GtkWidget *
kd_knob_row_new (const KdKnob *knob, double value, double reference)
{
  KdKnobRow *row = g_object_new (KD_TYPE_KNOB_ROW, "orientation", GTK_ORIENTATION_VERTICAL, NULL);
  row->knob = knob;
  row->value = value;
  row->reference = reference;
  gtk_widget_set_tooltip_text (GTK_WIDGET (row), kd_translated (knob->help));
  g_autofree char *name = g_strconcat ("knob-", knob->id, NULL);
  gtk_widget_set_name (GTK_WIDGET (row), name);

  GtkWidget *top = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *label = gtk_label_new (kd_translated (knob->label));
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_widget_add_css_class (label, "knob-label");
  row->reset = gtk_button_new_from_icon_name ("edit-undo-symbolic");
  gtk_widget_add_css_class (row->reset, "flat");
  gtk_widget_add_css_class (row->reset, "knob-reset");
  g_signal_connect (row->reset, "clicked", G_CALLBACK (on_reset), row);
  gtk_box_append (GTK_BOX (top), label);
  gtk_box_append (GTK_BOX (row), top);

  if (knob->type == KD_KNOB_SWITCH) {
    row->toggle = gtk_switch_new ();
    gtk_widget_set_valign (row->toggle, GTK_ALIGN_CENTER);
    gtk_accessible_update_property (GTK_ACCESSIBLE (row->toggle), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                    kd_translated (knob->label), -1);
    gtk_box_append (GTK_BOX (top), row->reset);
    gtk_box_append (GTK_BOX (top), row->toggle);
    g_signal_connect (row->toggle, "notify::active", G_CALLBACK (on_toggle), row);
  } else if (knob->type == KD_KNOB_CHOICE) {
    row->choice = gtk_drop_down_new_from_strings ((const char *const *) knob->choices);
    gtk_accessible_update_property (GTK_ACCESSIBLE (row->choice), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                    kd_translated (knob->label), -1);
    gtk_box_append (GTK_BOX (top), row->reset);
    gtk_box_append (GTK_BOX (top), row->choice);
    g_signal_connect (row->choice, "notify::selected", G_CALLBACK (on_choice), row);
  } else {
    GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
    gtk_box_append (GTK_BOX (top), row->reset);
    add_number (row, line);
    gtk_box_append (GTK_BOX (row), line);
  }
  set_reference (row, reference);
  return GTK_WIDGET (row);
}

void
kd_knob_row_lay_flat (KdKnobRow *row)
{
  g_return_if_fail (KD_IS_KNOB_ROW (row));
  gtk_orientable_set_orientation (GTK_ORIENTABLE (row), GTK_ORIENTATION_HORIZONTAL);
  gtk_box_set_spacing (GTK_BOX (row), 6);
  gtk_widget_set_hexpand (gtk_widget_get_first_child (GTK_WIDGET (row)), FALSE);
  if (row->slider)
    gtk_widget_set_size_request (row->slider, FLAT_SLIDER_PX, -1);
  if (row->spin)
    gtk_editable_set_width_chars (GTK_EDITABLE (row->spin), 5);
}

char *
kd_knob_row_dup_text (KdKnobRow *row)
{
  g_return_val_if_fail (KD_IS_KNOB_ROW (row), NULL);
  if (row->knob->type == KD_KNOB_CHOICE)
    return g_strdup (row->knob->choices[(int) row->value]);
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  return g_strdup (g_ascii_dtostr (text, sizeof text, row->value));
}

const KdKnob *
kd_knob_row_get_knob (KdKnobRow *row)
{
  g_return_val_if_fail (KD_IS_KNOB_ROW (row), NULL);
  return row->knob;
}

void
kd_knob_row_set_value (KdKnobRow *row, double value)
{
  g_return_if_fail (KD_IS_KNOB_ROW (row));
  row->value = value;
  show_value (row);
}

static void
kd_knob_row_class_init (KdKnobRowClass *class)
{
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (class), "knobrow");
  changed_signal = g_signal_new ("changed", KD_TYPE_KNOB_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 0);
}

static void
kd_knob_row_init (KdKnobRow *row)
{
  (void) row;
}
