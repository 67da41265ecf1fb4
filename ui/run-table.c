/* SPDX-License-Identifier: MIT */
#include "ui/run-table.h"

#include "engine/base/i18n.h"
#include "ui/exporting.h"
#include "ui/live-text.h"
#include "ui/swatch.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

typedef enum {
  CELL_RUN,
  CELL_SEED,
  CELL_STEP,
  CELL_AP,
  CELL_AP50,
  CELL_BEST,
  CELL_SPEED,
  CELL_KNOBS,
  N_CELLS,
} Cell;

static const struct {
  const char *title, *help;
} cells[N_CELLS] = {
  [CELL_RUN] = { N_ ("Run"), N_ ("Its name; colour and dash as in the charts") },
  [CELL_SEED] = { N_ ("Seed"), N_ ("Of initial weights and training scenes") },
  [CELL_STEP] = { N_ ("Step"), N_ ("Steps trained") },
  [CELL_AP] = { N_ ("AP"), N_ ("Mean over IoU 0.50 to 0.95, last measured, %") },
  [CELL_AP50] = { N_ ("AP50"), N_ ("At an IoU of 0.5, last measured, %") },
  [CELL_BEST] = { N_ ("Best AP50"), N_ ("The highest, and its step") },
  [CELL_SPEED] = { N_ ("Steps/s"), N_ ("Of the whole session, all students together") },
  [CELL_KNOBS] = { N_ ("Differs in"),
                   N_ ("Hyperparameters that are not those of all runs of this method") },
};

typedef struct {
  KdRunTable *table;
  Cell cell;
  GPtrArray *bound; /* GtkListItem, borrowed: those on screen */
} Role;

struct _KdRunTable {
  GtkBox parent_instance;
  Role roles[N_CELLS];
  KdCompareSet *set; /* owned */
  GtkWidget *view;
  GtkColumnViewColumn
      *columns[N_CELLS]; /* borrowed; the last ones are hidden while no run has anything to say */
  GListStore *store;     /* GObject, one a run, with its index as data "index" */
  GtkSortListModel *sorted;
  int sorted_by; /* a Cell that was asked for; -1: none */
  bool descending;
  double told_at;
  guint later; /* timeout that tells what came too soon after, 0: none */
};

#define INTERVAL_S 1.0
#define NOTHING "–"

G_DEFINE_FINAL_TYPE (KdRunTable, kd_run_table, GTK_TYPE_BOX)

static GQuark
index_quark (void)
{
  return g_quark_from_static_string ("kd-run-index");
}

static int
index_of (gpointer item)
{
  return GPOINTER_TO_INT (g_object_get_qdata (item, index_quark ()));
}

/* ---- what cells say ---------------------------------------------------------------------------------- */

static bool
differs (KdCompareSet *set, const KdCompareColumn *column, const char *id)
{
  for (int i = 0; i < kd_compare_set_count (set); i++) {
    const KdCompareColumn *other = kd_compare_set_at (set, i);
    if (other->method == column->method &&
        kd_knobs_get (other->knobs, id) != kd_knobs_get (column->knobs, id))
      return true;
  }
  return false;
}

static char *
knob_text (KdCompareSet *set, const KdCompareColumn *column)
{
  GString *text = g_string_new (NULL);
  for (int i = 0; i < kd_knobs_count (column->knobs); i++) {
    const char *id = kd_knobs_knob (column->knobs, i)->id;
    if (!differs (set, column, id))
      continue;
    g_autofree char *value = kd_knobs_format (column->knobs, id);
    g_autofree char *shown = kd_number_for_people (value);
    g_string_append_printf (text, "%s%s %s", text->len ? "; " : "", id, shown);
  }
  return g_string_free (text, FALSE);
}

/* The number that a cell sorts by; NAN: nothing to say. */
static double
cell_number (KdCompareSet *set, int index, Cell cell)
{
  const KdCompareColumn *column = kd_compare_set_at (set, index);
  int64_t step;
  switch (cell) {
  case CELL_SEED:
    return (double) column->seed;
  case CELL_STEP:
    return (double) column->step;
  case CELL_AP:
    return kd_compare_column_last (column, KD_COLUMN_AP);
  case CELL_AP50:
    return kd_compare_column_last (column, KD_COLUMN_AP50);
  case CELL_BEST:
    return kd_compare_column_best (column, &step);
  case CELL_SPEED:
    return column->steps_per_s > 0 ? column->steps_per_s : NAN;
  default:
    return index;
  }
}

static char *
cell_text (KdCompareSet *set, int index, Cell cell)
{
  const KdCompareColumn *column = kd_compare_set_at (set, index);
  if (cell == CELL_RUN)
    return g_strdup (kd_translated (column->title));
  if (cell == CELL_KNOBS)
    return knob_text (set, column);
  const double number = cell_number (set, index, cell);
  if (isnan (number))
    return g_strdup (NOTHING);
  if (cell == CELL_SEED || cell == CELL_STEP)
    return g_strdup_printf ("%.0f", number);
  if (cell != CELL_BEST)
    return g_strdup_printf ("%.1f", number);
  int64_t step;
  kd_compare_column_best (column, &step);
  return g_strdup_printf (_ ("%.1f at %" PRId64), number, step);
}

/* ---- the view ---------------------------------------------------------------------------------------- */

static bool
is_text (Cell cell)
{
  return cell == CELL_RUN || cell == CELL_KNOBS;
}

static void
setup_cell (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  (void) factory;
  const Role *role = data;
  /* A run has to be told by its name, however narrow the table: it is scrolled then. */
  GtkWidget *label = kd_live_text_new (KD_LIVE_WIDTH, role->cell == CELL_RUN ? 8 : 0,
                                       is_text (role->cell) ? 0 : 1);
  gtk_widget_add_css_class (label, "numeric");
  gtk_widget_set_tooltip_text (label, kd_translated (cells[role->cell].help));
  if (role->cell != CELL_RUN) {
    gtk_list_item_set_child (item, label);
    return;
  }
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  gtk_box_append (GTK_BOX (box), kd_swatch_new (0));
  gtk_box_append (GTK_BOX (box), label);
  gtk_list_item_set_child (item, box);
}

static void
show_cell (const Role *role, GtkListItem *item)
{
  const int index = index_of (gtk_list_item_get_item (item));
  if (index >= kd_compare_set_count (role->table->set))
    return;
  GtkWidget *child = gtk_list_item_get_child (item);
  g_autofree char *text = cell_text (role->table->set, index, role->cell);
  if (role->cell == CELL_RUN) {
    kd_swatch_set_index (KD_SWATCH (gtk_widget_get_first_child (child)), index);
    child = gtk_widget_get_last_child (child);
  }
  kd_live_text_set (KD_LIVE_TEXT (child), text);
}

static void
bind_cell (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  (void) factory;
  const Role *role = data;
  g_ptr_array_add (role->bound, item);
  show_cell (role, item);
}

static void
unbind_cell (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  (void) factory;
  g_ptr_array_remove_fast (((const Role *) data)->bound, item);
}

static int
compare_cells (gconstpointer a, gconstpointer b, gpointer data)
{
  const Role *role = data;
  const int first = index_of ((gpointer) a), second = index_of ((gpointer) b);
  const int n = kd_compare_set_count (role->table->set);
  if (first >= n || second >= n)
    return GTK_ORDERING_EQUAL;
  if (is_text (role->cell)) {
    g_autofree char *one = cell_text (role->table->set, first, role->cell);
    g_autofree char *other = cell_text (role->table->set, second, role->cell);
    return gtk_ordering_from_cmpfunc (g_utf8_collate (one, other));
  }
  const double x = cell_number (role->table->set, first, role->cell);
  const double y = cell_number (role->table->set, second, role->cell);
  if (isnan (x) || isnan (y))
    return isnan (x) == isnan (y) ? GTK_ORDERING_EQUAL
           : isnan (x)            ? GTK_ORDERING_SMALLER
                                  : GTK_ORDERING_LARGER;
  return gtk_ordering_from_cmpfunc ((x > y) - (x < y));
}

static void
add_column (KdRunTable *table, Cell cell)
{
  Role *role = &table->roles[cell];
  *role = (Role){ table, cell, g_ptr_array_new () };
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_signal_connect (factory, "setup", G_CALLBACK (setup_cell), role);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cell), role);
  g_signal_connect (factory, "unbind", G_CALLBACK (unbind_cell), role);
  g_autoptr (GtkColumnViewColumn) column =
      gtk_column_view_column_new (kd_translated (cells[cell].title), factory);
  g_autoptr (GtkSorter) sorter = GTK_SORTER (gtk_custom_sorter_new (compare_cells, role, NULL));
  gtk_column_view_column_set_sorter (column, sorter);
  gtk_column_view_column_set_resizable (column, TRUE);
  gtk_column_view_column_set_expand (column, cell == CELL_KNOBS);
  gtk_column_view_append_column (GTK_COLUMN_VIEW (table->view), column);
  table->columns[cell] = column; /* the view's */
}

/* Heads of numbers stand at the right as they do. GTK has no way to ask for it. */
static void
align_heads (KdRunTable *table)
{
  GtkWidget *heads = gtk_widget_get_first_child (table->view);
  GtkWidget *head = heads ? gtk_widget_get_first_child (heads) : NULL;
  for (int cell = 0; cell < N_CELLS && head; cell++, head = gtk_widget_get_next_sibling (head)) {
    GtkWidget *words = gtk_widget_get_first_child (head);
    if (words && !is_text ((Cell) cell)) {
      gtk_widget_set_halign (words, GTK_ALIGN_END);
      gtk_widget_set_hexpand (words, TRUE);
    }
  }
}

static bool
says_nothing (KdRunTable *table, Cell cell)
{
  for (int i = 0; i < kd_compare_set_count (table->set); i++) {
    g_autofree char *text = cell_text (table->set, i, cell);
    if (*text && !g_str_equal (text, NOTHING))
      return false;
  }
  return true;
}

static void
show_columns (KdRunTable *table)
{
  for (Cell cell = CELL_SPEED; cell < N_CELLS; cell++) /* the others will come */
    gtk_column_view_column_set_visible (table->columns[cell], !says_nothing (table, cell));
}

/* Other runs. */
static void
fill (KdRunTable *table)
{
  const int n = kd_compare_set_count (table->set);
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);
  for (int i = 0; i < n; i++) {
    GObject *item = g_object_new (G_TYPE_OBJECT, NULL);
    g_object_set_qdata (item, index_quark (), GINT_TO_POINTER (i));
    g_ptr_array_add (items, item);
  }
  show_columns (table);
  g_list_store_splice (table->store, 0, g_list_model_get_n_items (G_LIST_MODEL (table->store)),
                       items->pdata, items->len);
}

/* The lines stay, and with them the keyboard's focus; their order follows the numbers. */
static void
tell (KdRunTable *table)
{
  table->told_at = kd_now_s ();
  show_columns (table);
  for (Cell cell = 0; cell < N_CELLS; cell++) {
    const Role *role = &table->roles[cell];
    for (guint i = 0; i < role->bound->len; i++)
      show_cell (role, role->bound->pdata[i]);
  }
  gtk_sorter_changed (gtk_column_view_get_sorter (GTK_COLUMN_VIEW (table->view)),
                      GTK_SORTER_CHANGE_DIFFERENT);
}

static gboolean
tell_later (gpointer data)
{
  KdRunTable *table = data;
  table->later = 0;
  tell (table);
  return G_SOURCE_REMOVE;
}

/* Other numbers: slowly enough to be read, and the last ones always. */
static void
on_changed (KdRunTable *table)
{
  if (kd_now_s () - table->told_at >= INTERVAL_S)
    tell (table);
  else if (!table->later)
    table->later = g_timeout_add ((guint) (1e3 * INTERVAL_S), tell_later, table);
}

char *
kd_run_table_text (KdRunTable *table, int row, const char *column)
{
  g_return_val_if_fail (KD_IS_RUN_TABLE (table), NULL);
  g_autoptr (GObject) item = g_list_model_get_item (G_LIST_MODEL (table->sorted), (guint) row);
  for (Cell cell = 0; item && cell < N_CELLS; cell++) {
    if (g_str_equal (cells[cell].title, column))
      return cell_text (table->set, index_of (item), cell);
  }
  return NULL;
}

/* ---- copying and sorting by keyboard -------------------------------------------------------------------- */

static void
append_field (GString *text, const char *field, bool csv)
{
  if (!csv || !strpbrk (field, ",\"\n")) {
    g_string_append (text, field);
    return;
  }
  g_auto (GStrv) parts = g_strsplit (field, "\"", -1);
  g_autofree char *doubled = g_strjoinv ("\"\"", parts);
  g_string_append_printf (text, "\"%s\"", doubled);
}

/* A number alone, empty where there is none: what other programs read. */
static void
append_number (GString *text, double number)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  if (!isnan (number))
    g_string_append (text, g_ascii_formatd (digits, sizeof digits, "%.9g", number));
}

static void
append_cell (GString *text, KdRunTable *table, int index, Cell cell, bool csv)
{
  const KdCompareColumn *column = kd_compare_set_at (table->set, index);
  if (!csv || is_text (cell)) {
    g_autofree char *words = cell_text (table->set, index, cell);
    append_field (text, words, csv);
    return;
  }
  append_number (text, cell_number (table->set, index, cell));
  if (cell != CELL_BEST)
    return;
  int64_t step;
  g_string_append_c (text, ',');
  append_number (text,
                 isnan (kd_compare_column_best (column, &step)) ? (double) NAN : (double) step);
}

char *
kd_run_table_copy (KdRunTable *table, bool csv)
{
  g_return_val_if_fail (KD_IS_RUN_TABLE (table), NULL);
  KD_FILE_WORDS;
  GString *text = g_string_new (NULL);
  const guint n = g_list_model_get_n_items (G_LIST_MODEL (table->sorted));
  for (guint line = 0; line <= n; line++) {
    g_autoptr (GObject) item =
        line ? g_list_model_get_item (G_LIST_MODEL (table->sorted), line - 1) : NULL;
    for (Cell cell = 0; cell < N_CELLS; cell++) {
      if (!gtk_column_view_column_get_visible (table->columns[cell]))
        continue;
      if (cell > 0)
        g_string_append_c (text, csv ? ',' : '\t');
      if (item)
        append_cell (text, table, index_of (item), cell, csv);
      else
        g_string_append_printf (text, "%s%s", cells[cell].title,
                                csv && cell == CELL_BEST ? ",Best step" : "");
    }
    g_string_append_c (text, '\n');
  }
  return g_string_free (text, FALSE);
}

static void
on_copy (GtkWidget *widget, const char *action, GVariant *parameter)
{
  (void) parameter;
  g_autofree char *text =
      kd_run_table_copy (KD_RUN_TABLE (widget), g_str_equal (action, "table.copy-csv"));
  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), text);
}

/* By the column of this title; once more: the other way round. Numbers begin with the largest. */
static void
on_sort (GtkWidget *widget, const char *action, GVariant *title)
{
  (void) action;
  KdRunTable *table = KD_RUN_TABLE (widget);
  for (Cell cell = 0; cell < N_CELLS; cell++) {
    if (!g_str_equal (cells[cell].title, g_variant_get_string (title, NULL)))
      continue;
    table->descending = table->sorted_by == (int) cell ? !table->descending : !is_text (cell);
    table->sorted_by = (int) cell;
    gtk_column_view_sort_by_column (GTK_COLUMN_VIEW (table->view), table->columns[cell],
                                    table->descending ? GTK_SORT_DESCENDING : GTK_SORT_ASCENDING);
  }
}

/* The menu belongs to the panel's parent, which must know the actions: the table. */
static void
add_menu (GtkWidget *panel)
{
  g_autoptr (GMenu) more = g_menu_new (), by = g_menu_new ();
  g_menu_append (more, _ ("Copy as CSV"), "table.copy-csv");
  for (Cell cell = 0; cell < N_CELLS; cell++) {
    g_autoptr (GMenuItem) item = g_menu_item_new (kd_translated (cells[cell].title), NULL);
    g_menu_item_set_action_and_target (item, "table.sort", "s", cells[cell].title);
    g_menu_append_item (by, item);
  }
  g_menu_append_submenu (more, _ ("Sort by"), G_MENU_MODEL (by));
  kd_exporting_add_menu (panel, _ ("Copy as text"), "table.copy-text", NULL, G_MENU_MODEL (more));
}

static void
kd_run_table_dispose (GObject *object)
{
  KdRunTable *table = KD_RUN_TABLE (object);
  g_clear_handle_id (&table->later, g_source_remove);
  if (table->set)
    g_signal_handlers_disconnect_by_data (table->set, table);
  g_clear_object (&table->sorted);
  g_clear_object (&table->set);
  G_OBJECT_CLASS (kd_run_table_parent_class)->dispose (object);
}

static void
kd_run_table_finalize (GObject *object)
{
  for (Cell cell = 0; cell < N_CELLS; cell++)
    g_clear_pointer (&KD_RUN_TABLE (object)->roles[cell].bound, g_ptr_array_unref);
  G_OBJECT_CLASS (kd_run_table_parent_class)->finalize (object);
}

static void
kd_run_table_class_init (KdRunTableClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_run_table_dispose;
  G_OBJECT_CLASS (class)->finalize = kd_run_table_finalize;
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  gtk_widget_class_install_action (widget_class, "table.copy-text", NULL, on_copy);
  gtk_widget_class_install_action (widget_class, "table.copy-csv", NULL, on_copy);
  gtk_widget_class_install_action (widget_class, "table.sort", "s", on_sort);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_c, GDK_CONTROL_MASK, "table.copy-text",
                                       NULL);
}

static void
kd_run_table_init (KdRunTable *table)
{
  table->sorted_by = -1;
  table->store = g_list_store_new (G_TYPE_OBJECT);
  table->view = gtk_column_view_new (NULL);
  gtk_widget_add_css_class (table->view, "data-table");
  gtk_column_view_set_show_row_separators (GTK_COLUMN_VIEW (table->view), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (table->view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  C_ ("table", "Runs"), -1);
}

GtkWidget *
kd_run_table_new (KdCompareSet *set)
{
  KdRunTable *table = g_object_new (KD_TYPE_RUN_TABLE, NULL);
  table->set = g_object_ref (set);
  for (Cell cell = 0; cell < N_CELLS; cell++)
    add_column (table, cell);
  align_heads (table);
  table->sorted = gtk_sort_list_model_new (
      G_LIST_MODEL (table->store),
      g_object_ref (gtk_column_view_get_sorter (GTK_COLUMN_VIEW (table->view))));
  g_autoptr (GtkSelectionModel) selection =
      GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref (G_LIST_MODEL (table->sorted))));
  gtk_column_view_set_model (GTK_COLUMN_VIEW (table->view), selection);
  GtkWidget *scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), table->view);
  gtk_widget_add_css_class (scroller, "run-table");
  gtk_widget_set_hexpand (scroller, TRUE);
  gtk_widget_set_vexpand (scroller, TRUE);
  gtk_box_append (GTK_BOX (table), scroller);
  add_menu (scroller);
  g_signal_connect_swapped (set, "columns", G_CALLBACK (fill), table);
  g_signal_connect_swapped (set, "changed", G_CALLBACK (on_changed), table);
  fill (table);
  return GTK_WIDGET (table);
}
