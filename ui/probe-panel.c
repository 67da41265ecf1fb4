/* SPDX-License-Identifier: MIT */
#include "ui/probe-panel.h"

#include "ui/wall-row.h"

#include <math.h>

#define CELL_CHARS 7

struct _KdProbePanel {
  GtkBox parent_instance;
  KdSessionModel *model;    /* owned */
  KdViewSettings *settings; /* owned */
  KdViewPort *port;         /* owned */
  GtkWidget *place, *grid, *terms;
  GArray *rows;     /* KdWallRowData */
  GPtrArray *cells; /* GtkLabel, borrowed: KD_ROW_LEVELS a row of maps */
  guint refresh;    /* timeout after a snapshot, 0: none */
};

G_DEFINE_FINAL_TYPE (KdProbePanel, kd_probe_panel, GTK_TYPE_BOX)

static GtkWidget *
add_label (KdProbePanel *panel, const char *text, int column, int grid_row, float xalign)
{
  GtkWidget *label = gtk_label_new (text);
  gtk_label_set_xalign (GTK_LABEL (label), xalign);
  /* A fixed width: numbers come and go under the pointer, the wall beside must not jump. */
  gtk_label_set_width_chars (GTK_LABEL (label), CELL_CHARS);
  gtk_label_set_max_width_chars (GTK_LABEL (label), CELL_CHARS);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (label, "caption");
  gtk_widget_add_css_class (label, "numeric");
  gtk_grid_attach (GTK_GRID (panel->grid), label, column, grid_row, 1, 1);
  return label;
}

static void show_values (KdProbePanel *panel);

static void
rebuild (KdProbePanel *panel)
{
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (panel->grid)))
    gtk_grid_remove (GTK_GRID (panel->grid), child);
  g_ptr_array_set_size (panel->cells, 0);
  g_clear_pointer (&panel->rows, g_array_unref);

  KdSession *session = kd_session_model_get_session (panel->model);
  panel->rows = kd_wall_rows_new (session, kd_session_model_get_selected (panel->model));
  for (int level = 0; level < KD_ROW_LEVELS; level++) {
    g_autofree char *name = g_strdup_printf ("P%d", level + 3);
    gtk_widget_add_css_class (add_label (panel, name, level, 0, 1), "dim-label");
  }
  int grid_row = 1;
  for (guint i = 0; i < panel->rows->len; i++) {
    const KdWallRowData *row = &g_array_index (panel->rows, KdWallRowData, i);
    if (row->kind == KD_PROBE_VECTOR)
      continue;
    GtkWidget *title = gtk_label_new (row->title);
    gtk_label_set_xalign (GTK_LABEL (title), 0);
    gtk_label_set_ellipsize (GTK_LABEL (title), PANGO_ELLIPSIZE_END);
    gtk_label_set_max_width_chars (GTK_LABEL (title), KD_ROW_LEVELS * CELL_CHARS);
    gtk_widget_add_css_class (title, "caption");
    gtk_widget_add_css_class (title, "dim-label");
    gtk_widget_set_tooltip_text (title, row->help);
    gtk_grid_attach (GTK_GRID (panel->grid), title, 0, grid_row++, KD_ROW_LEVELS, 1);
    for (int k = 0; k < KD_ROW_LEVELS; k++)
      g_ptr_array_add (panel->cells, add_label (panel, "", k, grid_row, 1));
    grid_row++;
  }
  show_values (panel);
}

static void
show_place (KdProbePanel *panel, const KdSnapshot *snapshot, bool hovering, double x, double y)
{
  if (!hovering || !snapshot) {
    gtk_label_set_text (GTK_LABEL (panel->place), "Point at a map to read its values");
    return;
  }
  KdSize size;
  kd_snapshot_rgb (snapshot, &size);
  g_autofree char *text = g_strdup_printf ("x %.0f px, y %.0f px", x * size.width, y * size.height);
  gtk_label_set_text (GTK_LABEL (panel->place), text);
}

/* The terms of the loss on this image, each with the strength of its pull against the detection loss's. */
static void
show_terms (KdProbePanel *panel, const KdSnapshot *snapshot)
{
  const KdTermStatus *terms;
  const int run = kd_session_model_get_selected (panel->model);
  const int n_terms = kd_snapshot_terms (snapshot, run, &terms);
  if (n_terms == 0) {
    gtk_label_set_text (GTK_LABEL (panel->terms), "None: labels alone");
    return;
  }
  GString *text = g_string_new (NULL);
  double total = 0;
  for (int i = 0; i < n_terms; i++)
    total += terms[i].value;
  for (int i = 0; i < n_terms; i++) {
    char value[32];
    kd_number_format (terms[i].value, value, sizeof value);
    g_string_append_printf (text, "%s%s  %s", i ? "\n" : "", terms[i].id, value);
    if (total > 0)
      g_string_append_printf (text, "  (%.0f %%)", 100 * terms[i].value / total);
    if (!isnan (terms[i].gradient_norm) && terms[i].gradient_norm == 0) {
      g_string_append_printf (text, "\n    no gradient");
    } else if (!isnan (terms[i].task_ratio)) {
      char ratio[32];
      kd_number_format (terms[i].task_ratio, ratio, sizeof ratio);
      g_string_append_printf (text, "\n    pulls %s\303\227 the task", ratio);
    }
  }
  gtk_label_set_text (GTK_LABEL (panel->terms), text->str);
  g_string_free (text, TRUE);
}

static void
show_values (KdProbePanel *panel)
{
  KdSnapshot *snapshot = kd_session_model_get_snapshot (panel->model);
  double x, y;
  const bool hovering = kd_view_port_get_hover (panel->port, &x, &y);
  show_place (panel, snapshot, hovering, x, y);
  if (!snapshot || !panel->rows)
    return;
  kd_wall_rows_update (panel->rows, snapshot, kd_view_settings_get (panel->settings));
  show_terms (panel, snapshot);
  guint cell = 0;
  for (guint i = 0; i < panel->rows->len; i++) {
    const KdWallRowData *row = &g_array_index (panel->rows, KdWallRowData, i);
    if (row->kind == KD_PROBE_VECTOR)
      continue;
    for (int k = 0; k < KD_ROW_LEVELS; k++, cell++) {
      char text[32] = "";
      const KdWallPlace *place = &row->places[k];
      if (hovering && k < row->n_places && place->valid) {
        const int cell_x = MIN ((int) (x * place->width), place->width - 1);
        const int cell_y = MIN ((int) (y * place->height), place->height - 1);
        kd_number_format (place->values[(size_t) cell_y * (size_t) place->width + (size_t) cell_x],
                          text, sizeof text);
      }
      gtk_label_set_text (g_ptr_array_index (panel->cells, cell), text);
    }
  }
}

static gboolean
refresh (gpointer data)
{
  KdProbePanel *panel = data;
  panel->refresh = 0;
  show_values (panel);
  return G_SOURCE_REMOVE;
}

/* Numbers under a resting pointer change as fast as they can be read; under a moving one, at once. */
static void
on_snapshot (KdProbePanel *panel)
{
  if (!panel->refresh)
    panel->refresh = g_timeout_add (200, refresh, panel);
}

static void
kd_probe_panel_dispose (GObject *object)
{
  KdProbePanel *panel = KD_PROBE_PANEL (object);
  g_clear_handle_id (&panel->refresh, g_source_remove);
  if (panel->model)
    g_signal_handlers_disconnect_by_data (panel->model, panel);
  if (panel->settings)
    g_signal_handlers_disconnect_by_data (panel->settings, panel);
  if (panel->port)
    g_signal_handlers_disconnect_by_data (panel->port, panel);
  g_clear_pointer (&panel->rows, g_array_unref);
  g_clear_pointer (&panel->cells, g_ptr_array_unref);
  g_clear_object (&panel->model);
  g_clear_object (&panel->settings);
  g_clear_object (&panel->port);
  G_OBJECT_CLASS (kd_probe_panel_parent_class)->dispose (object);
}

static void
kd_probe_panel_class_init (KdProbePanelClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_probe_panel_dispose;
}

static GtkWidget *
section (GtkWidget *box, const char *title)
{
  GtkWidget *label = gtk_label_new (title);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "heading");
  gtk_box_append (GTK_BOX (box), label);
  return label;
}

static void
kd_probe_panel_init (KdProbePanel *panel)
{
  panel->cells = g_ptr_array_new ();
  panel->place = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (panel->place), 0);
  gtk_label_set_wrap (GTK_LABEL (panel->place), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (panel->place), 3 * CELL_CHARS);
  gtk_widget_add_css_class (panel->place, "numeric");
  panel->terms = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (panel->terms), 0);
  gtk_label_set_ellipsize (GTK_LABEL (panel->terms), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (panel->terms), KD_ROW_LEVELS * CELL_CHARS);
  gtk_widget_add_css_class (panel->terms, "caption");
  gtk_widget_add_css_class (panel->terms, "numeric");
  panel->grid = gtk_grid_new ();
  gtk_grid_set_column_homogeneous (GTK_GRID (panel->grid), TRUE);
  gtk_grid_set_column_spacing (GTK_GRID (panel->grid), 6);

  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8);
  gtk_widget_set_margin_start (box, 10);
  gtk_widget_set_margin_end (box, 10);
  gtk_widget_set_margin_top (box, 10);
  gtk_widget_set_margin_bottom (box, 10);
  section (box, "Terms on this image");
  gtk_box_append (GTK_BOX (box), panel->terms);
  section (box, "Probe");
  gtk_box_append (GTK_BOX (box), panel->place);
  gtk_box_append (GTK_BOX (box), panel->grid);
  GtkWidget *scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), box);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_widget_set_vexpand (scroller, TRUE);
  gtk_widget_set_hexpand (scroller, TRUE);
  gtk_widget_set_size_request (scroller, 180, -1);
  gtk_box_append (GTK_BOX (panel), scroller);
}

GtkWidget *
kd_probe_panel_new (KdSessionModel *model, KdViewSettings *settings, KdViewPort *port)
{
  KdProbePanel *panel = g_object_new (KD_TYPE_PROBE_PANEL, NULL);
  panel->model = g_object_ref (model);
  panel->settings = g_object_ref (settings);
  panel->port = g_object_ref (port);
  g_signal_connect_swapped (model, "probes", G_CALLBACK (rebuild), panel);
  g_signal_connect_swapped (model, "selected", G_CALLBACK (rebuild), panel);
  g_signal_connect_swapped (model, "snapshot", G_CALLBACK (on_snapshot), panel);
  g_signal_connect_swapped (settings, "changed", G_CALLBACK (show_values), panel);
  g_signal_connect_swapped (port, "hover", G_CALLBACK (show_values), panel);
  rebuild (panel);
  return GTK_WIDGET (panel);
}
