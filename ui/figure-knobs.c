/* SPDX-License-Identifier: MIT */
#include "ui/figure-knobs.h"

#include "ui/knob-row.h"
#include "ui/wrap-box.h"

struct _KdFigureKnobs {
  GtkBox parent_instance;
  GtkWidget *line;
  const KdFigure *figure; /* whose rows there are; NULL: none */
};

G_DEFINE_FINAL_TYPE (KdFigureKnobs, kd_figure_knobs, GTK_TYPE_BOX)

static guint changed_signal;

static void
on_row_changed (KdKnobRow *row, KdFigureKnobs *rows)
{
  g_autofree char *text = kd_knob_row_dup_text (row);
  g_signal_emit (rows, changed_signal, 0, kd_knob_row_get_knob (row)->id, text);
}

static void
add_row (KdFigureKnobs *rows, const KdKnob *knob, double value, double reference)
{
  GtkWidget *row = kd_knob_row_new (knob, value, reference);
  /* Names are for what points at the sidebar's rows, which are always there. */
  gtk_widget_set_name (row, "figure-knob");
  kd_knob_row_lay_flat (KD_KNOB_ROW (row));
  g_signal_connect (row, "changed", G_CALLBACK (on_row_changed), rows);
  kd_wrap_box_append (KD_WRAP_BOX (rows->line), row);
}

static void
rebuild (KdFigureKnobs *rows, const KdFigure *figure, const KdKnobs *values)
{
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (rows->line)))
    kd_wrap_box_remove (KD_WRAP_BOX (rows->line), child);
  rows->figure = figure;
  if (!figure)
    return;
  const KdMethod *method = kd_knobs_method (values);
  KdKnobs *paper = kd_knobs_new (method, NULL, NULL);
  for (int i = 0; i < KD_FIGURE_MAX_KNOBS && figure->knobs[i]; i++)
    add_row (rows, kd_method_knob (method, figure->knobs[i]),
             kd_knobs_get (values, figure->knobs[i]), kd_knobs_get (paper, figure->knobs[i]));
  kd_knobs_free (paper);
}

/* The figure's rows are of these values' method. */
static bool
belongs (const KdFigure *figure, const KdMethod *method)
{
  return figure >= method->figures && figure < method->figures + method->n_figures;
}

void
kd_figure_knobs_show (KdFigureKnobs *rows, const KdFigure *figure, const KdKnobs *values)
{
  g_return_if_fail (KD_IS_FIGURE_KNOBS (rows));
  if (!values || (figure && !belongs (figure, kd_knobs_method (values))))
    figure = NULL;
  if (figure != rows->figure)
    rebuild (rows, figure, values);
  for (GtkWidget *row = gtk_widget_get_first_child (rows->line); row;
       row = gtk_widget_get_next_sibling (row))
    kd_knob_row_set_value (KD_KNOB_ROW (row),
                           kd_knobs_get (values, kd_knob_row_get_knob (KD_KNOB_ROW (row))->id));
  gtk_widget_set_visible (GTK_WIDGET (rows), figure && figure->knobs[0]);
}

static void
kd_figure_knobs_class_init (KdFigureKnobsClass *class)
{
  changed_signal = g_signal_new ("changed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
}

static void
kd_figure_knobs_init (KdFigureKnobs *rows)
{
  rows->line = kd_wrap_box_new (18, 4);
  gtk_box_append (GTK_BOX (rows), rows->line);
  gtk_widget_set_halign (GTK_WIDGET (rows), GTK_ALIGN_START);
  gtk_widget_set_margin_start (GTK_WIDGET (rows), 12);
  gtk_widget_set_margin_end (GTK_WIDGET (rows), 12);
  gtk_widget_set_visible (GTK_WIDGET (rows), FALSE);
}

GtkWidget *
kd_figure_knobs_new (void)
{
  return g_object_new (KD_TYPE_FIGURE_KNOBS, NULL);
}
