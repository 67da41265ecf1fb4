/* SPDX-License-Identifier: MIT */
#include "ui/knob-panel.h"

#include "engine/base/i18n.h"
#include "ui/knob-row.h"

#define OWN_VALUES _ ("own values")

struct _KdKnobPanel {
  GtkBox parent_instance;
  const KdMethod *method; /* whose rows there are; NULL: none yet */
  GtkWidget *presets;     /* drop-down, or NULL without knobs */
  GtkWidget *list;
  bool showing; /* the drop-down follows the values: nobody chose */
};

G_DEFINE_FINAL_TYPE (KdKnobPanel, kd_knob_panel, GTK_TYPE_BOX)

static guint changed_signal, preset_signal;

static void
on_row_changed (KdKnobRow *row, gpointer data)
{
  g_autofree char *text = kd_knob_row_dup_text (row);
  g_signal_emit (data, changed_signal, 0, kd_knob_row_get_knob (row)->id, text);
}

/* The first row from @widget on; NULL: no more. */
static KdKnobRow *
row_from (GtkWidget *widget)
{
  while (widget && !KD_IS_KNOB_ROW (widget))
    widget = gtk_widget_get_next_sibling (widget);
  return widget ? KD_KNOB_ROW (widget) : NULL;
}

static KdKnobRow *
first_row (const KdKnobPanel *panel)
{
  return row_from (gtk_widget_get_first_child (panel->list));
}

static KdKnobRow *
next_row (KdKnobRow *row)
{
  return row_from (gtk_widget_get_next_sibling (GTK_WIDGET (row)));
}

static void
on_preset (GtkDropDown *presets, GParamSpec *property, gpointer data)
{
  (void) property;
  GtkStringObject *chosen = gtk_drop_down_get_selected_item (presets);
  if (chosen && !KD_KNOB_PANEL (data)->showing &&
      !g_str_equal (gtk_string_object_get_string (chosen), OWN_VALUES))
    g_signal_emit (data, preset_signal, 0, gtk_string_object_get_string (chosen));
}

static bool
same_values (const KdKnobs *a, const KdKnobs *b)
{
  for (int i = 0; i < kd_knobs_count (a); i++) {
    const char *id = kd_knobs_knob (a, i)->id;
    if (kd_knobs_get (a, id) != kd_knobs_get (b, id))
      return false;
  }
  return true;
}

/* The drop-down stands on the preset whose values are in use, or says behind them all that it is none. */
static void
stand_on_preset (KdKnobPanel *panel, const KdKnobs *now)
{
  g_autofree const char **names = kd_method_presets (panel->method);
  guint selected = GTK_INVALID_LIST_POSITION;
  for (guint i = 0; names[i] && selected == GTK_INVALID_LIST_POSITION; i++) {
    KdKnobs *preset = kd_knobs_new (panel->method, names[i], NULL);
    if (same_values (preset, now))
      selected = i;
    kd_knobs_free (preset);
  }
  const guint n = g_strv_length ((char **) names);
  const bool own = selected == GTK_INVALID_LIST_POSITION;
  GtkStringList *list = GTK_STRING_LIST (gtk_drop_down_get_model (GTK_DROP_DOWN (panel->presets)));
  const bool listed = g_list_model_get_n_items (G_LIST_MODEL (list)) > n;
  panel->showing = true;
  if (own && !listed)
    gtk_string_list_append (list, OWN_VALUES);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (panel->presets), own ? n : selected);
  if (!own && listed)
    gtk_string_list_remove (list, n);
  panel->showing = false;
}

static void
add_presets (KdKnobPanel *panel, const KdMethod *method, const KdKnobs *now)
{
  g_autofree const char **names = kd_method_presets (method);
  panel->presets = gtk_drop_down_new_from_strings (names);
  gtk_widget_set_hexpand (panel->presets, TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (panel->presets), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  C_ ("of parameters", "Preset"), -1);
  g_signal_connect (panel->presets, "notify::selected", G_CALLBACK (on_preset), panel);
  stand_on_preset (panel, now);

  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  gtk_widget_set_tooltip_text (
      line,
      _ ("paper: the official values; demo: scaled to these small scenes; others: per detector"));
  gtk_box_append (GTK_BOX (line), gtk_label_new (C_ ("of parameters", "Preset")));
  gtk_box_append (GTK_BOX (line), panel->presets);
  gtk_box_append (GTK_BOX (panel->list), line);
}

static void
rebuild (KdKnobPanel *panel, const KdKnobs *now)
{
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (panel->list)))
    gtk_box_remove (GTK_BOX (panel->list), child);
  panel->presets = NULL;
  panel->method = kd_knobs_method (now);
  if (panel->method->n_knobs == 0) {
    GtkWidget *label =
        gtk_label_new (_ ("The twin learns from the labels alone: there is nothing to set."));
    gtk_label_set_wrap (GTK_LABEL (label), TRUE);
    gtk_label_set_xalign (GTK_LABEL (label), 0);
    gtk_widget_add_css_class (label, "dim-label");
    gtk_box_append (GTK_BOX (panel->list), label);
    return;
  }
  KdKnobs *paper = kd_knobs_new (panel->method, NULL, NULL);
  add_presets (panel, panel->method, now);
  for (int i = 0; i < kd_knobs_count (now); i++) {
    const KdKnob *knob = kd_knobs_knob (now, i);
    if (knob->hidden)
      continue;
    GtkWidget *row =
        kd_knob_row_new (knob, kd_knobs_get (now, knob->id), kd_knobs_get (paper, knob->id));
    g_signal_connect (row, "changed", G_CALLBACK (on_row_changed), panel);
    gtk_box_append (GTK_BOX (panel->list), row);
  }
  kd_knobs_free (paper);
}

void
kd_knob_panel_show (KdKnobPanel *panel, const KdKnobs *values)
{
  g_return_if_fail (KD_IS_KNOB_PANEL (panel));
  if (panel->method != kd_knobs_method (values)) {
    rebuild (panel, values);
    return;
  }
  for (KdKnobRow *row = first_row (panel); row; row = next_row (row))
    kd_knob_row_set_value (row, kd_knobs_get (values, kd_knob_row_get_knob (row)->id));
  if (panel->presets)
    stand_on_preset (panel, values);
}

static void
kd_knob_panel_class_init (KdKnobPanelClass *class)
{
  (void) class;
  changed_signal = g_signal_new ("changed", KD_TYPE_KNOB_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
  preset_signal = g_signal_new ("preset", KD_TYPE_KNOB_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
kd_knob_panel_init (KdKnobPanel *panel)
{
  panel->list = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  gtk_box_append (GTK_BOX (panel), panel->list);
  gtk_widget_set_hexpand (panel->list, TRUE);
}

GtkWidget *
kd_knob_panel_new (void)
{
  return g_object_new (KD_TYPE_KNOB_PANEL, NULL);
}
