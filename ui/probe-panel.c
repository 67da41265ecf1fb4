/* SPDX-License-Identifier: MIT */
#include "ui/probe-panel.h"

#include <math.h>

#define CELL_CHARS 7

struct _KdProbePanel {
  GtkBox parent_instance;
  KdWallModel *model; /* owned */
  KdViewPort *port;   /* owned */
  GtkWidget *place, *grid, *terms;
  GPtrArray *cells; /* GtkLabel, borrowed: one a place of the rows of maps */
  int columns;      /* levels of the longest row */
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

static const KdWallRowData *
row_at (const KdProbePanel *panel, guint index)
{
  return &g_array_index (kd_wall_model_get_rows (panel->model), KdWallRowData, index);
}

static guint
count_rows (const KdProbePanel *panel)
{
  return kd_wall_model_get_rows (panel->model)->len;
}

static void
add_row (KdProbePanel *panel, const KdWallRowData *row, int grid_row)
{
  GtkWidget *title = gtk_label_new (row->title);
  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_label_set_ellipsize (GTK_LABEL (title), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (title), 3 * CELL_CHARS);
  gtk_widget_add_css_class (title, "caption");
  gtk_widget_add_css_class (title, "dim-label");
  gtk_widget_set_tooltip_text (title, row->help);
  gtk_grid_attach (GTK_GRID (panel->grid), title, 0, grid_row, panel->columns, 1);
  for (int k = 0; k < row->n_places; k++)
    g_ptr_array_add (panel->cells, add_label (panel, "", k, grid_row + 1, 1));
}

static void
rebuild (KdProbePanel *panel)
{
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (panel->grid)))
    gtk_grid_remove (GTK_GRID (panel->grid), child);
  g_ptr_array_set_size (panel->cells, 0);

  const KdWallRowData *longest = NULL;
  for (guint i = 0; i < count_rows (panel); i++) {
    if (!longest || row_at (panel, i)->n_places > longest->n_places)
      longest = row_at (panel, i);
  }
  panel->columns = longest ? longest->n_places : 1;
  for (int k = 0; longest && k < longest->n_places; k++)
    gtk_widget_add_css_class (add_label (panel, longest->places[k].level_name, k, 0, 1),
                              "dim-label");
  int grid_row = 1;
  for (guint i = 0; i < count_rows (panel); i++) {
    if (row_at (panel, i)->kind == KD_PROBE_VECTOR)
      continue;
    add_row (panel, row_at (panel, i), grid_row);
    grid_row += 2;
  }
  show_values (panel);
}

static void
show_place (KdProbePanel *panel, const KdPicture *picture, bool hovering, double x, double y)
{
  if (!hovering || !picture) {
    gtk_label_set_text (GTK_LABEL (panel->place), "Point at a map to read its values");
    return;
  }
  const KdSize size = kd_picture_info (picture)->image;
  g_autofree char *text = g_strdup_printf ("x %.0f px, y %.0f px", x * size.width, y * size.height);
  gtk_label_set_text (GTK_LABEL (panel->place), text);
}

static void
append_term (GString *text, const KdTermStatus *term, double total)
{
  char value[32];
  kd_number_format (term->value, value, sizeof value);
  g_string_append_printf (text, "%s%s  %s", text->len ? "\n" : "", term->id, value);
  if (total > 0)
    g_string_append_printf (text, "  (%.0f %%)", 100 * term->value / total);
  if (!isnan (term->gradient_norm) && term->gradient_norm == 0) {
    g_string_append_printf (text, "\n    no gradient");
  } else if (!isnan (term->task_ratio)) {
    char ratio[32];
    kd_number_format (term->task_ratio, ratio, sizeof ratio);
    g_string_append_printf (text, "\n    pulls %s× the task", ratio);
  }
}

/* The terms of the loss on this image, each with the strength of its pull against the detection loss's. */
static void
show_terms (KdProbePanel *panel, const KdPicture *picture)
{
  const KdPictureInfo *info = kd_picture_info (picture);
  if (info->n_terms == 0) {
    gtk_label_set_text (GTK_LABEL (panel->terms), "None: labels alone");
    return;
  }
  double total = 0;
  for (int i = 0; i < info->n_terms; i++)
    total += info->terms[i].value;
  GString *text = g_string_new (NULL);
  for (int i = 0; i < info->n_terms; i++)
    append_term (text, &info->terms[i], total);
  gtk_label_set_text (GTK_LABEL (panel->terms), text->str);
  g_string_free (text, TRUE);
}

static void
show_values (KdProbePanel *panel)
{
  const KdPicture *picture = kd_wall_model_get_picture (panel->model);
  double x, y;
  const bool hovering = kd_view_port_get_hover (panel->port, &x, &y);
  show_place (panel, picture, hovering, x, y);
  if (!picture)
    return;
  show_terms (panel, picture);
  guint cell = 0;
  for (guint i = 0; i < count_rows (panel); i++) {
    const KdWallRowData *row = row_at (panel, i);
    for (int k = 0; row->kind != KD_PROBE_VECTOR && k < row->n_places; k++, cell++) {
      char text[32] = "";
      int cell_x, cell_y;
      float value;
      if (hovering && kd_wall_place_value (&row->places[k], x, y, &cell_x, &cell_y, &value))
        kd_number_format (value, text, sizeof text);
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
on_picture (KdProbePanel *panel)
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
  if (panel->port)
    g_signal_handlers_disconnect_by_data (panel->port, panel);
  g_clear_pointer (&panel->cells, g_ptr_array_unref);
  g_clear_object (&panel->model);
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
  gtk_label_set_max_width_chars (GTK_LABEL (panel->terms), 3 * CELL_CHARS);
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
kd_probe_panel_new (KdWallModel *model, KdViewPort *port)
{
  KdProbePanel *panel = g_object_new (KD_TYPE_PROBE_PANEL, NULL);
  panel->model = g_object_ref (model);
  panel->port = g_object_ref (port);
  g_signal_connect_swapped (model, "layout", G_CALLBACK (rebuild), panel);
  g_signal_connect_swapped (model, "changed", G_CALLBACK (on_picture), panel);
  g_signal_connect_swapped (port, "hover", G_CALLBACK (show_values), panel);
  rebuild (panel);
  return GTK_WIDGET (panel);
}
