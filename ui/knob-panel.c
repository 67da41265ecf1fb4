/* SPDX-License-Identifier: MIT */
#include "ui/knob-panel.h"

#include "ui/knob-row.h"

struct _KdKnobPanel {
  GtkBox parent_instance;
  KdSessionModel *model; /* owned */
  GtkWidget *presets;    /* drop-down, or NULL without knobs */
  GtkWidget *list;
};

G_DEFINE_FINAL_TYPE (KdKnobPanel, kd_knob_panel, GTK_TYPE_BOX)

static void
on_row_changed (KdKnobRow *row, gpointer data)
{
  const KdKnobPanel *panel = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = kd_knob_row_dup_text (row);
  KdSession *session = kd_session_model_get_session (panel->model);
  const int run = kd_session_model_get_selected (panel->model);
  if (!kd_session_set_knob (session, run, kd_knob_row_get_knob (row)->id, text, &error))
    g_warning ("%s", error->message); /* rows only offer what the table allows */
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
  KdKnobPanel *panel = data;
  const int run = kd_session_model_get_selected (panel->model);
  const KdMethod *method = kd_session_run_method (kd_session_model_get_session (panel->model), run);
  GtkStringObject *chosen = gtk_drop_down_get_selected_item (presets);
  if (!chosen)
    return;
  KdKnobs *values = kd_knobs_new (method, gtk_string_object_get_string (chosen), NULL);
  for (KdKnobRow *row = first_row (panel); row; row = next_row (row)) {
    kd_knob_row_set_value (row, kd_knobs_get (values, kd_knob_row_get_knob (row)->id));
    on_row_changed (row, panel);
  }
  kd_knobs_free (values);
}

/* A method may refuse a value that its table allows: the session takes it back, and so do the rows. */
static void
on_event (KdSessionModel *model, const KdEvent *event, KdKnobPanel *panel)
{
  const int run = kd_session_model_get_selected (model);
  if (event->kind != KD_EVENT_ERROR || event->run != run)
    return;
  KdKnobs *now = kd_session_run_knobs (kd_session_model_get_session (model), run);
  for (KdKnobRow *row = first_row (panel); row; row = next_row (row))
    kd_knob_row_set_value (row, kd_knobs_get (now, kd_knob_row_get_knob (row)->id));
  kd_knobs_free (now);
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

/* A drop-down of the method's presets, standing on the one whose values are in use. */
static void
add_presets (KdKnobPanel *panel, const KdMethod *method, const KdKnobs *now)
{
  g_autofree const char **names = kd_method_presets (method);
  panel->presets = gtk_drop_down_new_from_strings (names);
  guint selected = GTK_INVALID_LIST_POSITION;
  for (guint i = 0; names[i]; i++) {
    KdKnobs *preset = kd_knobs_new (method, names[i], NULL);
    if (selected == GTK_INVALID_LIST_POSITION && same_values (preset, now))
      selected = i;
    kd_knobs_free (preset);
  }
  gtk_drop_down_set_selected (GTK_DROP_DOWN (panel->presets), selected);
  gtk_widget_set_hexpand (panel->presets, TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (panel->presets), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  "Preset", -1);
  g_signal_connect (panel->presets, "notify::selected", G_CALLBACK (on_preset), panel);

  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  gtk_widget_set_tooltip_text (
      line, "paper: the official values; demo: scaled to these small scenes; others: per detector");
  gtk_box_append (GTK_BOX (line), gtk_label_new ("Preset"));
  gtk_box_append (GTK_BOX (line), panel->presets);
  gtk_box_append (GTK_BOX (panel->list), line);
}

static void
rebuild (KdKnobPanel *panel)
{
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (panel->list)))
    gtk_box_remove (GTK_BOX (panel->list), child);
  panel->presets = NULL;

  KdSession *session = kd_session_model_get_session (panel->model);
  const int run = kd_session_model_get_selected (panel->model);
  const KdMethod *method = kd_session_run_method (session, run);
  if (method->n_knobs == 0) {
    GtkWidget *label =
        gtk_label_new ("The twin learns from the labels alone: there is nothing to set.");
    gtk_label_set_wrap (GTK_LABEL (label), TRUE);
    gtk_label_set_xalign (GTK_LABEL (label), 0);
    gtk_widget_add_css_class (label, "dim-label");
    gtk_box_append (GTK_BOX (panel->list), label);
    return;
  }
  KdKnobs *now = kd_session_run_knobs (session, run);
  KdKnobs *paper = kd_knobs_new (method, NULL, NULL);
  add_presets (panel, method, now);
  for (int i = 0; i < kd_knobs_count (now); i++) {
    const KdKnob *knob = kd_knobs_knob (now, i);
    GtkWidget *row =
        kd_knob_row_new (knob, kd_knobs_get (now, knob->id), kd_knobs_get (paper, knob->id));
    g_signal_connect (row, "changed", G_CALLBACK (on_row_changed), panel);
    gtk_box_append (GTK_BOX (panel->list), row);
  }
  kd_knobs_free (paper);
  kd_knobs_free (now);
}

static void
kd_knob_panel_dispose (GObject *object)
{
  KdKnobPanel *panel = KD_KNOB_PANEL (object);
  if (panel->model)
    g_signal_handlers_disconnect_by_data (panel->model, panel);
  g_clear_object (&panel->model);
  G_OBJECT_CLASS (kd_knob_panel_parent_class)->dispose (object);
}

static void
kd_knob_panel_class_init (KdKnobPanelClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_knob_panel_dispose;
}

static void
kd_knob_panel_init (KdKnobPanel *panel)
{
  panel->list = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  gtk_box_append (GTK_BOX (panel), panel->list);
  gtk_widget_set_hexpand (panel->list, TRUE);
}

GtkWidget *
kd_knob_panel_new (KdSessionModel *model)
{
  KdKnobPanel *panel = g_object_new (KD_TYPE_KNOB_PANEL, NULL);
  panel->model = g_object_ref (model);
  g_signal_connect_swapped (model, "selected", G_CALLBACK (rebuild), panel);
  g_signal_connect (model, "event", G_CALLBACK (on_event), panel);
  rebuild (panel);
  return GTK_WIDGET (panel);
}
