/* SPDX-License-Identifier: MIT */
#include "ui/probe-panel.h"

#include "engine/base/i18n.h"
#include "ui/live-text.h"
#include "ui/pin-trace.h"
#include "ui/receptive.h"
#include "ui/tooltip.h"

#include <math.h>

#define CELL_CHARS 7
/* Values a line: more levels, or pins, go on in the next, so that the panel keeps its width and the wall beside it its layout. */
#define ACROSS 3
/* As many lines as the words for a cell have: what is below must not jump. */
#define NO_CELL _ ("Until then: means of maps\nClick: pin it (up to 4)\nCtrl+wheel: zoom")
#define NO_VALUE "–"

typedef enum { READ_VALUE, READ_RANK, READ_PERCENTILE } Reading;

struct _KdProbePanel {
  GtkBox parent_instance;
  KdWallModel *model; /* owned */
  KdViewPort *port;   /* owned */
  GtkWidget *place, *seen, *grid, *terms, *reading, *level;
  GtkWidget *trace;      /* KdPinTrace; NULL: no time */
  GPtrArray *term_cells; /* KdLiveText, borrowed: N_TERM_COLUMNS a term */
  int n_terms;           /* laid out; -1: nothing yet */
  GPtrArray *cells;      /* KdLiveText, borrowed: columns a row of maps */
  int columns;   /* values a map: levels; with pins: the pointer, then each pin, on one level */
  int n_levels;  /* of the longest row */
  guint refresh; /* timeout after a snapshot, 0: none */
};

G_DEFINE_FINAL_TYPE (KdProbePanel, kd_probe_panel, GTK_TYPE_BOX)

static GtkWidget *
add_label (KdProbePanel *panel, const char *text, int column, int grid_row, float xalign)
{
  /* A fixed width: numbers come and go under the pointer, the wall beside must not jump. */
  GtkWidget *label = kd_live_text_new (KD_LIVE_LINE, CELL_CHARS, xalign);
  kd_live_text_set (KD_LIVE_TEXT (label), text);
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
  gtk_label_set_wrap (GTK_LABEL (title), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (title), ACROSS * CELL_CHARS);
  gtk_widget_add_css_class (title, "caption");
  gtk_widget_add_css_class (title, "dim-label");
  g_autofree char *help = g_strjoin ("\n", row->title, row->help, NULL);
  gtk_widget_set_tooltip_text (title, help);
  gtk_grid_attach (GTK_GRID (panel->grid), title, 0, grid_row, ACROSS, 1);
  for (int k = 0; k < panel->columns; k++)
    g_ptr_array_add (panel->cells,
                     add_label (panel, NO_VALUE, k % ACROSS, grid_row + 1 + k / ACROSS, 1));
}

static void
add_column_titles (KdProbePanel *panel, const KdWallRowData *longest, int n_pins)
{
  for (int k = 0; k < panel->columns; k++) {
    g_autofree char *title = n_pins == 0 ? g_strdup (longest->places[k].level_name)
                             : k == 0    ? g_strdup (_ ("pointer"))
                                         : g_strdup_printf (_ ("pin %d"), k);
    gtk_widget_add_css_class (add_label (panel, title, k % ACROSS, k / ACROSS, 1), "dim-label");
  }
}

static void
offer_levels (KdProbePanel *panel, const KdWallRowData *longest)
{
  const char *names[KD_MAX_LEVELS + 1] = { NULL };
  for (int k = 0; k < longest->n_places; k++)
    names[k] = longest->places[k].level_name;
  g_autoptr (GtkStringList) list = gtk_string_list_new (names);
  gtk_drop_down_set_model (GTK_DROP_DOWN (panel->level), G_LIST_MODEL (list));
  panel->n_levels = longest->n_places;
}

static void
rebuild (KdProbePanel *panel)
{
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (panel->grid)))
    gtk_grid_remove (GTK_GRID (panel->grid), child);
  g_ptr_array_set_size (panel->cells, 0);
  KdPin pins[KD_MAX_PINS];
  const int n_pins = kd_view_port_get_pins (panel->port, pins);
  gtk_widget_set_visible (panel->level, n_pins > 0);

  const KdWallRowData *longest = NULL;
  for (guint i = 0; i < count_rows (panel); i++) {
    if (!longest || row_at (panel, i)->n_places > longest->n_places)
      longest = row_at (panel, i);
  }
  if (!longest)
    return;
  panel->columns = n_pins ? 1 + n_pins : longest->n_places;
  if (panel->n_levels != longest->n_places)
    offer_levels (panel, longest);
  add_column_titles (panel, longest, n_pins);
  const int lines = (panel->columns + ACROSS - 1) / ACROSS;
  int grid_row = lines;
  for (guint i = 0; i < count_rows (panel); i++) {
    if (row_at (panel, i)->kind == KD_PROBE_VECTOR)
      continue;
    add_row (panel, row_at (panel, i), grid_row);
    grid_row += 1 + lines;
  }
  show_values (panel);
}

static void
show_place (KdProbePanel *panel, const KdPicture *picture, bool hovering, double x, double y)
{
  if (!hovering || !picture) {
    gtk_label_set_text (GTK_LABEL (panel->seen), NO_CELL);
    gtk_label_set_text (GTK_LABEL (panel->place), _ ("Point at a map"));
    return;
  }
  const KdSize size = kd_picture_info (picture)->image;
  g_autofree char *text =
      g_strdup_printf (_ ("x %.0f px, y %.0f px"), x * size.width, y * size.height);
  gtk_label_set_text (GTK_LABEL (panel->place), text);
  const int level = kd_view_port_get_level (panel->port);
  KdReceptive what;
  g_autofree char *seen = kd_receptive_find (picture, level, x, y, &what)
                              ? kd_receptive_text (picture, level, &what)
                              : g_strdup (NO_CELL);
  gtk_label_set_text (GTK_LABEL (panel->seen), seen);
}

/* ---- terms --------------------------------------------------------------------------------------------- */

static const struct {
  const char *title, *help;
  int chars; /* of letters, which are wider than digits: room for "0.0058", "100 %", "0.058×" */
} term_columns[] = {
  { N_ ("term"), N_ ("Of the method's loss, on this image alone"), 0 },
  { N_ ("loss"), N_ ("Weighted and scaled, on this image alone"), 6 },
  { N_ ("share"), N_ ("Of the method's loss on this image"), 5 },
  { N_ ("pull"),
    N_ ("Norm of its gradient at the student's features, as a multiple of the detection loss's"),
    6 },
};
#define N_TERM_COLUMNS ((int) G_N_ELEMENTS (term_columns))

static GtkWidget *
add_term_label (KdProbePanel *panel, int column, int line)
{
  /* The first has what the numbers leave of the panel's width. */
  GtkWidget *label = kd_live_text_new (KD_LIVE_LINE, term_columns[column].chars, column ? 1 : 0);
  gtk_widget_set_hexpand (label, column == 0);
  if (line == 0)
    kd_live_text_set (KD_LIVE_TEXT (label), kd_translated (term_columns[column].title));
  gtk_widget_add_css_class (label, "caption");
  gtk_widget_add_css_class (label, "numeric");
  gtk_grid_attach (GTK_GRID (panel->terms), label, column, line, 1, 1);
  return label;
}

/* A head and a line a term; without terms the head alone, which says so. */
static void
lay_terms_out (KdProbePanel *panel, int n_terms)
{
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (panel->terms)))
    gtk_grid_remove (GTK_GRID (panel->terms), child);
  g_ptr_array_set_size (panel->term_cells, 0);
  panel->n_terms = n_terms;
  if (n_terms == 0) {
    GtkWidget *none = gtk_label_new (_ ("None: labels alone"));
    gtk_widget_add_css_class (none, "caption");
    gtk_grid_attach (GTK_GRID (panel->terms), none, 0, 0, 1, 1);
    return;
  }
  for (int column = 0; column < N_TERM_COLUMNS; column++) {
    GtkWidget *head = add_term_label (panel, column, 0);
    gtk_widget_add_css_class (head, "dim-label");
    gtk_widget_set_tooltip_text (head, kd_translated (term_columns[column].help));
  }
  for (int i = 0; i < n_terms; i++)
    for (int column = 0; column < N_TERM_COLUMNS; column++)
      g_ptr_array_add (panel->term_cells, add_term_label (panel, column, i + 1));
}

static void
show_term (KdProbePanel *panel, int line, const KdTermStatus *term, double total)
{
  GtkWidget **cells = (GtkWidget **) &panel->term_cells->pdata[line * N_TERM_COLUMNS];
  char value[32], pull[32] = NO_VALUE, exact[32];
  kd_number_format_short (term->value, value, sizeof value);
  kd_number_format (term->value, exact, sizeof exact);
  g_autofree char *share =
      total > 0 ? g_strdup_printf ("%.0f %%", 100 * term->value / total) : g_strdup (NO_VALUE);
  const bool out = !isnan (term->gradient_norm) && term->gradient_norm == 0;
  g_autoptr (GString) help = g_string_new (NULL);
  g_string_printf (help, "%s: %s", term->id, exact);
  if (out) {
    g_strlcpy (pull, C_ ("pull", "none"), sizeof pull);
    if (*term->reason)
      g_string_append_printf (help, _ ("\nno gradient: %s"), kd_translated (term->reason));
    else
      g_string_append (help, _ ("\nno gradient"));
  } else if (!isnan (term->task_ratio)) {
    kd_number_format (term->task_ratio, exact, sizeof exact);
    g_string_append_printf (help, _ ("\npulls %s× the task"), exact);
    kd_number_format_short (term->task_ratio, exact, sizeof exact);
    g_snprintf (pull, sizeof pull, "%s×", exact);
  }
  const char *texts[N_TERM_COLUMNS] = { term->id, value, share, pull };
  for (int column = 0; column < N_TERM_COLUMNS; column++) {
    kd_live_text_set (KD_LIVE_TEXT (cells[column]), texts[column]);
    kd_tooltip_set_live (cells[column], help->str);
  }
}

/* The terms of the loss on this image, each with the strength of its pull against the detection loss's. */
static void
show_terms (KdProbePanel *panel, const KdPicture *picture)
{
  const KdPictureInfo *info = kd_picture_info (picture);
  double total = 0;
  for (int i = 0; i < info->n_terms; i++)
    total += info->terms[i].value;
  if (info->n_terms != panel->n_terms)
    lay_terms_out (panel, info->n_terms);
  for (int i = 0; i < info->n_terms; i++)
    show_term (panel, i, &info->terms[i], total);
}

/* ---- values -------------------------------------------------------------------------------------------- */

/* "3/256": how many cells of this map are larger, and this one; or the part of cells that are not. */
static void
format_rank (const KdWallPlace *place, float value, Reading reading, char *text, size_t size)
{
  const size_t n = (size_t) place->width * (size_t) place->height;
  size_t larger = 0;
  for (size_t i = 0; i < n; i++)
    larger += place->values[i] > value;
  if (reading == READ_RANK)
    g_snprintf (text, size, "%zu/%zu", larger + 1, n);
  else
    g_snprintf (text, size, "%.1f %%", 100 * (double) (n - larger) / (double) n);
}

/* @at NULL: nowhere, so the whole map's mean. */
static void
read_cell (const KdWallPlace *place, const KdPin *at, Reading reading, char *text, size_t size)
{
  int cell_x, cell_y;
  float value;
  g_strlcpy (text, NO_VALUE, size);
  if (!at) {
    if (place->valid && reading == READ_VALUE)
      kd_number_format (place->stats.mean, text, size);
    return;
  }
  if (!kd_wall_place_value (place, at->x, at->y, &cell_x, &cell_y, &value))
    return;
  if (reading == READ_VALUE || !isfinite (value))
    kd_number_format (value, text, size);
  else
    format_rank (place, value, reading, text, size);
}

static void
show_values (KdProbePanel *panel)
{
  const KdPicture *picture = kd_wall_model_get_picture (panel->model);
  KdPin places[1 + KD_MAX_PINS];
  const int n_pins = kd_view_port_get_pins (panel->port, &places[1]);
  const bool hovering = kd_view_port_get_hover (panel->port, &places[0].x, &places[0].y);
  show_place (panel, picture, hovering, places[0].x, places[0].y);
  if (!picture)
    return;
  show_terms (panel, picture);
  const Reading reading = gtk_drop_down_get_selected (GTK_DROP_DOWN (panel->reading));
  const int level = (int) gtk_drop_down_get_selected (GTK_DROP_DOWN (panel->level));
  if (panel->trace)
    kd_pin_trace_set_place (KD_PIN_TRACE (panel->trace), level);
  guint cell =
      0; /* of those of the last layout: the wall may hear of another one before this panel does, and move the pointer */
  for (guint i = 0; i < count_rows (panel); i++) {
    const KdWallRowData *row = row_at (panel, i);
    for (int k = 0; row->kind != KD_PROBE_VECTOR && k < panel->columns && cell < panel->cells->len;
         k++, cell++) {
      char text[32] = NO_VALUE;
      const int place = n_pins ? level : k;
      const int at = n_pins ? k : 0;
      const bool nowhere = at == 0 && !hovering;
      if (place < row->n_places)
        read_cell (&row->places[place], nowhere ? NULL : &places[at], reading, text, sizeof text);
      GtkWidget *label = g_ptr_array_index (panel->cells, cell);
      kd_live_text_set (KD_LIVE_TEXT (label), text);
      if (nowhere)
        gtk_widget_add_css_class (label, "dim-label");
      else
        gtk_widget_remove_css_class (label, "dim-label");
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
  g_clear_pointer (&panel->term_cells, g_ptr_array_unref);
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
  gtk_orientable_set_orientation (GTK_ORIENTABLE (panel), GTK_ORIENTATION_VERTICAL);
  panel->cells = g_ptr_array_new ();
  panel->place = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (panel->place), 0);
  gtk_label_set_wrap (GTK_LABEL (panel->place), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (panel->place), ACROSS * CELL_CHARS);
  gtk_widget_add_css_class (panel->place, "numeric");
  panel->seen = gtk_label_new (NO_CELL);
  gtk_label_set_xalign (GTK_LABEL (panel->seen), 0);
  gtk_label_set_ellipsize (GTK_LABEL (panel->seen), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (panel->seen), ACROSS * CELL_CHARS);
  gtk_widget_add_css_class (panel->seen, "caption");
  gtk_widget_add_css_class (panel->seen, "numeric");
  gtk_widget_set_tooltip_text (
      panel->seen, _ ("The cell of the map that was pointed at, and how much of the image its "
                      "network's convolutions can see from there (dashed on the photos, cut to the "
                      "image); normalisation, which hangs on every pixel, does not count"));
  panel->terms = gtk_grid_new ();
  gtk_grid_set_column_spacing (GTK_GRID (panel->terms), 5);
  panel->term_cells = g_ptr_array_new ();
  panel->n_terms = -1;
  static const char *const readings[] = { N_ ("value"), N_ ("rank"), N_ ("percentile"), NULL };
  g_autofree const char **translated = kd_translated_all (readings);
  panel->reading = gtk_drop_down_new_from_strings (translated);
  gtk_widget_set_tooltip_text (panel->reading,
                               _ ("What the table says of a cell: its value, its rank among the "
                                  "map's cells, or the part of them that is not larger"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (panel->reading), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  C_ ("of the probe", "Reading"), -1);
  g_signal_connect_swapped (panel->reading, "notify::selected", G_CALLBACK (show_values), panel);
  static const char *const none[] = { NULL };
  panel->level = gtk_drop_down_new_from_strings (none);
  gtk_widget_set_tooltip_text (panel->level, _ ("The level that the pins are read on"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (panel->level), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  C_ ("of the pyramid", "Level"), -1);
  g_signal_connect_swapped (panel->level, "notify::selected", G_CALLBACK (show_values), panel);
  panel->grid = gtk_grid_new ();
  gtk_grid_set_column_homogeneous (GTK_GRID (panel->grid), TRUE);
  gtk_grid_set_column_spacing (GTK_GRID (panel->grid), 20);
  gtk_grid_set_row_spacing (GTK_GRID (panel->grid), 2);

  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8);
  gtk_widget_set_margin_start (box, 10);
  gtk_widget_set_margin_end (box, 10);
  gtk_widget_set_margin_top (box, 10);
  gtk_widget_set_margin_bottom (box, 10);
  section (box, _ ("Terms on this image"));
  gtk_box_append (GTK_BOX (box), panel->terms);
  section (box, C_ ("panel", "Probe"));
  gtk_box_append (GTK_BOX (box), panel->place);
  gtk_box_append (GTK_BOX (box), panel->seen);
  GtkWidget *choices = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  gtk_box_append (GTK_BOX (choices), panel->reading);
  gtk_box_append (GTK_BOX (choices), panel->level);
  gtk_box_append (GTK_BOX (box), choices);
  gtk_box_append (GTK_BOX (box), panel->grid);
  GtkWidget *scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), box);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_widget_set_vexpand (scroller, TRUE);
  gtk_widget_set_hexpand (scroller, TRUE);
  gtk_widget_set_size_request (scroller, 220, -1);
  gtk_box_append (GTK_BOX (panel), scroller);
}

GtkWidget *
kd_probe_panel_new (KdWallModel *model, KdViewPort *port, KdSessionModel *sessions)
{
  KdProbePanel *panel = g_object_new (KD_TYPE_PROBE_PANEL, NULL);
  panel->model = g_object_ref (model);
  panel->port = g_object_ref (port);
  g_signal_connect_swapped (model, "layout", G_CALLBACK (rebuild), panel);
  g_signal_connect_swapped (model, "changed", G_CALLBACK (on_picture), panel);
  g_signal_connect_swapped (port, "hover", G_CALLBACK (show_values), panel);
  g_signal_connect_swapped (port, "pins", G_CALLBACK (rebuild), panel);
  if (sessions) {
    panel->trace = kd_pin_trace_new (sessions, model, port);
    gtk_widget_add_css_class (panel->trace, "pin-trace");
    gtk_box_append (GTK_BOX (panel), panel->trace);
  }
  rebuild (panel);
  return GTK_WIDGET (panel);
}
