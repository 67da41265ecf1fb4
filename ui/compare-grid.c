/* SPDX-License-Identifier: MIT */
#include "ui/compare-grid.h"

#include "engine/base/i18n.h"
#include "ui/color-bar.h"
#include "ui/compare-layout.h"
#include "ui/compare-pair.h"
#include "ui/compare-votes.h"
#include "ui/exporting.h"
#include "ui/map-view.h"
#include "ui/photo-block.h"
#include "ui/swatch.h"

#include <string.h>

#define CAPTION_INTERVAL_S 0.25
/* A panel's side, px, from which its caption has room for two numbers. */
#define ROOMY_PX 90
#define VOTES_ROW (KD_N_COMPARE_ROWS + 1) /* to export: the one before is the consensus */

struct _KdCompareGrid {
  GtkWidget parent_instance;
  KdCompareSet *set;        /* owned */
  KdViewSettings *settings; /* owned */
  KdViewPort *port;         /* owned */
  KdCompareRows *rows;
  KdCompareMode mode;
  int level, left, right;
  double threshold;
  GtkWidget *scroller;
  /* Borrowed; NULL: not in this mode. */
  GtkWidget *grid;
  GtkWidget *photos[KD_MAX_RUNS], *maps[KD_N_COMPARE_ROWS][KD_MAX_RUNS];
  GtkWidget *bars[KD_N_COMPARE_ROWS], *pair, *votes;
  GtkWidget *consensus, *consensus_bar;
  int n_columns;
  KdCompareLayout layout;
  guint resize; /* idle source, 0: none */
  double captioned_at;
  guint caption; /* timeout until captions may change again, 0: none */
};

G_DEFINE_FINAL_TYPE (KdCompareGrid, kd_compare_grid, GTK_TYPE_WIDGET)

/* ---- sizes ------------------------------------------------------------------------------------------ */

static void rebuild (KdCompareGrid *grid);

static bool
has_consensus (const KdCompareGrid *grid)
{
  return grid->mode == KD_COMPARE_SIDE_BY_SIDE;
}

static KdCompareLayout
fitting_layout (const KdCompareGrid *grid)
{
  return kd_compare_layout_fit (gtk_widget_get_width (grid->scroller),
                                gtk_widget_get_height (grid->scroller), grid->n_columns,
                                has_consensus (grid));
}

static gboolean
fit (gpointer data)
{
  KdCompareGrid *grid = data;
  grid->resize = 0;
  const int width = gtk_widget_get_width (grid->scroller);
  const int height = gtk_widget_get_height (grid->scroller);
  if (grid->pair)
    kd_compare_pair_fit (KD_COMPARE_PAIR (grid->pair), width, height);
  if (grid->votes)
    kd_compare_votes_fit (KD_COMPARE_VOTES (grid->votes), width, height);
  if (!grid->grid)
    return G_SOURCE_REMOVE;
  const KdCompareLayout layout = fitting_layout (grid);
  if (!kd_compare_layout_same_places (&layout, &grid->layout))
    rebuild (grid);
  grid->layout = layout;
  for (int c = 0; c < grid->n_columns; c++) {
    kd_map_view_set_side (KD_MAP_VIEW (grid->photos[c]), layout.side);
    for (int r = 0; r < KD_N_COMPARE_ROWS; r++)
      kd_map_view_set_side (KD_MAP_VIEW (grid->maps[r][c]), layout.side);
  }
  if (grid->consensus)
    kd_map_view_set_side (KD_MAP_VIEW (grid->consensus), layout.side);
  return G_SOURCE_REMOVE;
}

static void
queue_fit (KdCompareGrid *grid)
{
  if (!grid->resize)
    grid->resize = g_idle_add (fit, grid);
}

/* ---- showing ---------------------------------------------------------------------------------------- */

static void
show_photo (KdMapView *view, const KdPictureInfo *info)
{
  int sure = 0;
  while (sure < info->n_student && info->student[sure].score >= KD_MIN_SHOWN_SCORE)
    sure++;
  kd_map_view_set_photo (view, info->rgb, info->image);
  kd_map_view_set_boxes (view, KD_BOXES_TRUTH, info->truths, info->n_truths, info->image, false,
                         NULL);
  kd_map_view_set_boxes (view, KD_BOXES_STUDENT, info->student, sure, info->image, false, NULL);
  /* A dump has no detections; eleven panels in a row have little room for words. */
  g_autofree char *title = info->path ? g_strdup_printf (_ ("%d true"), info->n_truths)
                                      : g_strdup_printf (_ ("%d found"), sure);
  kd_map_view_set_title (view, title,
                         _ ("Detections with a score of at least 0.3 (blue), truth green"));
}

static void
show_place (KdCompareGrid *grid,
            KdMapView *view,
            const KdCompareRow *row,
            const KdComparePlace *place,
            const KdPictureInfo *info,
            bool captions)
{
  const KdView *how = kd_view_settings_get (grid->settings);
  if (!place->valid) {
    kd_map_view_set_map (view, NULL, 0, 0, NULL, row->colormap);
    kd_map_view_set_title (view, _ ("no such map"),
                           _ ("This run has no such map: it learns from labels alone"));
    return;
  }
  kd_map_view_set_smooth (view, how->smooth);
  kd_map_view_set_map (view, place->values, place->width, place->height, &row->scale,
                       row->colormap);
  kd_map_view_set_boxes (view, KD_BOXES_TRUTH, info->truths, how->boxes ? info->n_truths : 0,
                         info->image, false, NULL);
  if (!captions)
    return;
  if (kd_compare_row_subtracts (row, place)) {
    kd_map_view_set_title (view, _ ("subtracted"),
                           _ ("The others show their difference to this one"));
    return;
  }
  char low[32], high[32];
  kd_number_format_short (place->stats.min, low, sizeof low);
  kd_number_format_short (place->stats.max, high, sizeof high);
  g_autofree char *title = grid->layout.side < ROOMY_PX ? g_strdup_printf (_ ("max %s"), high)
                                                        : g_strdup_printf ("%s…%s", low, high);
  kd_map_view_set_title (view, title, row->help);
}

static void
show_pair (KdCompareGrid *grid, const KdPictureInfo *of)
{
  const int columns[2] = { MIN (grid->left, grid->n_columns - 1),
                           MIN (grid->right, grid->n_columns - 1) };
  const char *const titles[2] = { kd_translated (kd_compare_set_at (grid->set, columns[0])->title),
                                  kd_translated (
                                      kd_compare_set_at (grid->set, columns[1])->title) };
  kd_compare_pair_show (KD_COMPARE_PAIR (grid->pair), grid->rows, columns, titles, of,
                        kd_view_settings_get (grid->settings));
}

static void
show_votes (KdCompareGrid *grid, const KdPictureInfo *of)
{
  const char *titles[KD_MAX_RUNS];
  for (int c = 0; c < grid->n_columns; c++)
    titles[c] = kd_compare_set_at (grid->set, c)->title;
  const size_t common = kd_compare_common (titles, grid->n_columns);
  for (int c = 0; c < grid->n_columns; c++)
    titles[c] = kd_translated (titles[c] + common);
  kd_compare_votes_show (KD_COMPARE_VOTES (grid->votes), grid->rows, titles, of, grid->threshold,
                         kd_view_settings_get (grid->settings));
}

static void
show_consensus (KdCompareGrid *grid)
{
  const KdComparePlace *place = &grid->rows->consensus;
  const KdScale scale = { .low = 0, .high = MAX (grid->rows->n_voters, 1), .whole = true };
  const KdColormap colormap = kd_view_settings_get (grid->settings)->colormap;
  kd_map_view_set_map (KD_MAP_VIEW (grid->consensus), place->valid ? place->values : NULL,
                       place->width, place->height, &scale, colormap);
  g_autofree char *title = kd_compare_voters (grid->rows);
  kd_map_view_set_title (KD_MAP_VIEW (grid->consensus), title,
                         _ ("How many students put more than this part of their loss into a cell"));
  kd_color_bar_set (KD_COLOR_BAR (grid->consensus_bar), &scale, colormap, _ ("students"));
}

static gboolean on_captions_due (gpointer data);

static void
show (KdCompareGrid *grid)
{
  KdPicture *pictures[KD_MAX_RUNS];
  const KdPictureInfo *first = NULL;
  for (int c = 0; c < grid->n_columns; c++) {
    pictures[c] = kd_compare_set_at (grid->set, c)->picture;
    if (pictures[c] && !first)
      first = kd_picture_info (pictures[c]);
  }
  if (!first)
    return;
  const bool captions = kd_now_s () - grid->captioned_at >= CAPTION_INTERVAL_S;
  if (captions)
    grid->captioned_at = kd_now_s ();
  else if (!grid->caption) /* what came too soon, and nothing after it, would never be said */
    grid->caption = g_timeout_add ((guint) (1e3 * CAPTION_INTERVAL_S), on_captions_due, grid);
  kd_compare_rows_update (grid->rows, pictures, grid->n_columns, grid->level, grid->mode,
                          grid->threshold, kd_view_settings_get (grid->settings));
  for (int c = 0; c < grid->n_columns; c++) {
    if (grid->photos[c] && pictures[c] && captions)
      show_photo (KD_MAP_VIEW (grid->photos[c]), kd_picture_info (pictures[c]));
  }
  for (int r = 0; r < KD_N_COMPARE_ROWS; r++) {
    const KdCompareRow *row = &grid->rows->rows[r];
    for (int c = 0; c < grid->n_columns; c++) {
      if (grid->maps[r][c])
        show_place (grid, KD_MAP_VIEW (grid->maps[r][c]), row, &row->places[c], first, captions);
    }
    if (grid->bars[r])
      kd_color_bar_set (KD_COLOR_BAR (grid->bars[r]), &row->scale, row->colormap, row->unit);
  }
  if (grid->consensus)
    show_consensus (grid);
  if (grid->pair)
    show_pair (grid, first);
  if (grid->votes)
    show_votes (grid, first);
}

static void
show_at_once (KdCompareGrid *grid)
{
  grid->captioned_at = 0;
  show (grid);
}

static gboolean
on_captions_due (gpointer data)
{
  KdCompareGrid *grid = data;
  grid->caption = 0;
  show_at_once (grid);
  return G_SOURCE_REMOVE;
}

/* ---- building ----------------------------------------------------------------------------------------- */

/* A block: the rows' titles, a panel a student, the colour bar. The names stand above. */
static void
attach (KdCompareGrid *grid, GtkWidget *widget, int row, int column)
{
  const KdCompareSpot spot = kd_compare_layout_spot (&grid->layout, row);
  gtk_grid_attach (GTK_GRID (grid->grid), widget, spot.block * (grid->n_columns + 2) + column,
                   1 + spot.line, 1, 1);
}

static void
add_row_title (KdCompareGrid *grid, const char *text, const char *help, int row)
{
  GtkWidget *label = gtk_label_new (text);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 10);
  gtk_widget_set_size_request (label, KD_COMPARE_TITLE_WIDTH, -1);
  gtk_widget_set_valign (label, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (label, help);
  gtk_widget_add_css_class (label, "block-title");
  attach (grid, label, row, 0);
}

static GtkWidget *
add_panel (KdCompareGrid *grid, int row, int column)
{
  GtkWidget *panel = kd_map_view_new (grid->port);
  kd_map_view_set_title (KD_MAP_VIEW (panel), "", "");
  attach (grid, panel, row, 1 + column);
  return panel;
}

static void
add_menu (GtkWidget *panel, int row, int column)
{
  kd_exporting_add_menu (panel, _ ("Export this panel…"), "compare.export",
                         g_variant_new ("(ii)", row, column), NULL);
}

static GtkWidget *
add_bar (KdCompareGrid *grid, int row, int n_panels)
{
  GtkWidget *bar = kd_color_bar_new ();
  attach (grid, bar, row, 1 + n_panels);
  /* Below other panels it must not widen their column. */
  GtkLayoutChild *place =
      gtk_layout_manager_get_layout_child (gtk_widget_get_layout_manager (grid->grid), bar);
  gtk_grid_layout_child_set_column_span (GTK_GRID_LAYOUT_CHILD (place),
                                         CLAMP (grid->n_columns - n_panels, 1, 2));
  return bar;
}

static void
add_heads (KdCompareGrid *grid, int block)
{
  const char *titles[KD_MAX_RUNS] = { NULL };
  for (int c = 0; c < grid->n_columns; c++)
    titles[c] = kd_compare_set_at (grid->set, c)->title;
  const size_t common = kd_compare_common (titles, grid->n_columns);
  for (int c = 0; c < grid->n_columns; c++) {
    const KdCompareColumn *column = kd_compare_set_at (grid->set, c);
    const char *title = column->title + common;
    if (g_str_equal (title, column->method->id)) /* of a dump, or a run's folder */
      title = column->method->title;
    GtkWidget *label = gtk_label_new (kd_translated (title));
    /* Folders differ at their ends, methods where they begin. */
    gtk_label_set_ellipsize (GTK_LABEL (label), kd_compare_set_is_live (grid->set)
                                                    ? PANGO_ELLIPSIZE_END
                                                    : PANGO_ELLIPSIZE_START);
    gtk_label_set_max_width_chars (GTK_LABEL (label), 1); /* panels say how wide a column is */
    gtk_label_set_xalign (GTK_LABEL (label), 0);
    g_autofree char *whole = g_strdup_printf ("%s: %s", kd_translated (column->title),
                                              kd_translated (column->method->title));
    gtk_widget_set_tooltip_text (label, whole);
    gtk_widget_add_css_class (label, "block-title");
    GtkWidget *swatch = kd_swatch_new (c);
    gtk_widget_set_halign (swatch, GTK_ALIGN_START);
    GtkWidget *head = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
    gtk_box_append (GTK_BOX (head), label);
    gtk_box_append (GTK_BOX (head), swatch);
    gtk_grid_attach (GTK_GRID (grid->grid), head, block * (grid->n_columns + 2) + 1 + c, 0, 1, 1);
  }
}

static void
build_columns (KdCompareGrid *grid)
{
  grid->grid = gtk_grid_new ();
  gtk_grid_set_row_spacing (GTK_GRID (grid->grid), KD_COMPARE_GAP);
  gtk_grid_set_column_spacing (GTK_GRID (grid->grid), KD_COMPARE_GAP);
  gtk_widget_add_css_class (grid->grid, "wall");
  grid->layout = fitting_layout (grid);
  for (int block = 0; block < (grid->layout.aside ? 1 : grid->layout.n_blocks); block++)
    add_heads (grid, block);
  add_row_title (grid, _ ("Image and boxes"), _ ("Truth green, the student's detections blue"), 0);
  for (int c = 0; c < grid->n_columns; c++)
    grid->photos[c] = add_panel (grid, 0, c);
  for (int r = 0; r < KD_N_COMPARE_ROWS; r++) {
    add_row_title (grid, grid->rows->rows[r].title, grid->rows->rows[r].help, 1 + r);
    for (int c = 0; c < grid->n_columns; c++) {
      grid->maps[r][c] = add_panel (grid, 1 + r, c);
      add_menu (grid->maps[r][c], r, c);
    }
    grid->bars[r] = add_bar (grid, 1 + r, grid->n_columns);
  }
  if (!has_consensus (grid))
    return;
  const int row = 1 + KD_N_COMPARE_ROWS;
  add_row_title (grid, C_ ("row", "Consensus"),
                 _ ("How many students put much of their loss into a cell"), row);
  grid->consensus = add_panel (grid, row, 0);
  add_menu (grid->consensus, KD_N_COMPARE_ROWS, -1);
  grid->consensus_bar = add_bar (grid, row, 1);
}

static void
build_pair (KdCompareGrid *grid)
{
  grid->pair = kd_compare_pair_new (grid->rows, grid->mode == KD_COMPARE_FLICKER);
  for (int r = 0; r < KD_N_COMPARE_ROWS; r++)
    add_menu (kd_compare_pair_panel (KD_COMPARE_PAIR (grid->pair), r), r, -1);
}

static void
build_votes (KdCompareGrid *grid)
{
  grid->votes = kd_compare_votes_new (grid->port, grid->n_columns);
  add_menu (kd_compare_votes_panel (KD_COMPARE_VOTES (grid->votes), -1), KD_N_COMPARE_ROWS, -1);
  for (int c = 0; c < grid->n_columns; c++)
    add_menu (kd_compare_votes_panel (KD_COMPARE_VOTES (grid->votes), c), VOTES_ROW, c);
}

static void
forget_widgets (KdCompareGrid *grid)
{
  for (int c = 0; c < KD_MAX_RUNS; c++) {
    grid->photos[c] = NULL;
    for (int r = 0; r < KD_N_COMPARE_ROWS; r++)
      grid->maps[r][c] = NULL;
  }
  for (int r = 0; r < KD_N_COMPARE_ROWS; r++)
    grid->bars[r] = NULL;
  grid->grid = grid->pair = grid->votes = NULL;
  grid->consensus = grid->consensus_bar = NULL;
}

static void
rebuild (KdCompareGrid *grid)
{
  forget_widgets (grid);
  grid->n_columns = kd_compare_set_count (grid->set);
  grid->left = MIN (grid->left, MAX (grid->n_columns - 1, 0));
  grid->right = MIN (grid->right, MAX (grid->n_columns - 1, 0));
  if (grid->mode == KD_COMPARE_WIPE || grid->mode == KD_COMPARE_FLICKER)
    build_pair (grid);
  else if (grid->mode == KD_COMPARE_CONSENSUS)
    build_votes (grid);
  else
    build_columns (grid);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (grid->scroller), grid->pair    ? grid->pair
                                                                       : grid->votes ? grid->votes
                                                                                     : grid->grid);
  queue_fit (grid);
  show_at_once (grid);
}

/* ---- what a person chooses ------------------------------------------------------------------------------ */

const KdCompareRows *
kd_compare_grid_get_rows (KdCompareGrid *grid)
{
  g_return_val_if_fail (KD_IS_COMPARE_GRID (grid), NULL);
  return grid->rows;
}

void
kd_compare_grid_set_level (KdCompareGrid *grid, int level)
{
  g_return_if_fail (KD_IS_COMPARE_GRID (grid));
  grid->level = level;
  show_at_once (grid);
}

void
kd_compare_grid_set_mode (KdCompareGrid *grid, KdCompareMode mode)
{
  g_return_if_fail (KD_IS_COMPARE_GRID (grid));
  grid->mode = mode;
  rebuild (grid);
}

void
kd_compare_grid_set_pair (KdCompareGrid *grid, int left, int right)
{
  g_return_if_fail (KD_IS_COMPARE_GRID (grid));
  grid->left = CLAMP (left, 0, MAX (grid->n_columns - 1, 0));
  grid->right = CLAMP (right, 0, MAX (grid->n_columns - 1, 0));
  show_at_once (grid);
}

void
kd_compare_grid_set_threshold (KdCompareGrid *grid, double threshold)
{
  g_return_if_fail (KD_IS_COMPARE_GRID (grid));
  grid->threshold = threshold;
  show_at_once (grid);
}

void
kd_compare_grid_flick (KdCompareGrid *grid, bool flicked)
{
  g_return_if_fail (KD_IS_COMPARE_GRID (grid));
  if (grid->pair)
    kd_compare_pair_hold (KD_COMPARE_PAIR (grid->pair), flicked);
}

void
kd_compare_grid_set_split (KdCompareGrid *grid, double split)
{
  g_return_if_fail (KD_IS_COMPARE_GRID (grid));
  if (grid->pair)
    kd_compare_pair_set_split (KD_COMPARE_PAIR (grid->pair), split);
}

/* ---- export ----------------------------------------------------------------------------------------------- */

static const char *
name_of_row (KdCompareGrid *grid, int row)
{
  return row < KD_N_COMPARE_ROWS    ? grid->rows->rows[row].name
         : row == KD_N_COMPARE_ROWS ? "consensus"
                                    : "votes";
}

/* The columns that a picture of this mode is about; the number of them, 0: all. */
static int
columns_of (KdCompareGrid *grid, int pair[2])
{
  if (!grid->pair)
    return 0;
  const bool swapped = grid->mode == KD_COMPARE_FLICKER &&
                       kd_compare_pair_get_split (KD_COMPARE_PAIR (grid->pair)) <= 0.5;
  pair[0] = swapped ? grid->right : grid->left;
  pair[1] = swapped ? grid->left : grid->right;
  return 2;
}

KdComparePicture *
kd_compare_grid_picture (KdCompareGrid *grid, int row, int column)
{
  g_return_val_if_fail (KD_IS_COMPARE_GRID (grid), NULL);
  const int n = kd_compare_set_count (grid->set);
  KdCompareSource sources[KD_MAX_RUNS];
  for (int c = 0; c < n; c++) {
    const KdCompareColumn *from = kd_compare_set_at (grid->set, c);
    sources[c] = (KdCompareSource){ from->title, from->picture, from->knobs };
  }
  int columns[2] = { column, column };
  KdComparePart part = { .mode = grid->mode, .level = grid->level, .threshold = grid->threshold };
  part.row = row >= 0 ? name_of_row (grid, row) : NULL;
  part.n_columns = column >= 0 ? 1 : columns_of (grid, columns);
  part.columns = part.n_columns ? columns : NULL;
  if (grid->pair)
    part.split = kd_compare_pair_get_split (KD_COMPARE_PAIR (grid->pair));
  return kd_compare_picture_new (sources, n, kd_view_settings_get (grid->settings), &part, NULL);
}

void
kd_compare_grid_export (KdCompareGrid *grid, int row, int column)
{
  KdComparePicture *picture = kd_compare_grid_picture (grid, row, column);
  if (!picture)
    return;
  static const char *const names[KD_N_COMPARE_MODES] = { "compare", "difference", "wipe", "flicker",
                                                         "consensus" };
  GString *name = g_string_new (row >= KD_N_COMPARE_ROWS ? "compare" : names[grid->mode]);
  if (column >= 0) {
    const char *title = kd_compare_set_at (grid->set, column)->title;
    const char *slash = strrchr (title, '/'); /* of "session/run": a file's name has none */
    g_autofree char *word = g_ascii_strdown (slash ? slash + 1 : title, -1);
    g_string_append_printf (name, "-%s", g_strdelimit (word, " ", '-'));
  }
  if (row >= 0)
    g_string_append_printf (name, "-%s", name_of_row (grid, row));
  kd_exporting_ask_compare (GTK_WIDGET (grid), name->str, picture);
  g_string_free (name, TRUE);
}

static void
on_export (GtkWidget *grid, const char *action, GVariant *panel)
{
  (void) action;
  int row, column;
  g_variant_get (panel, "(ii)", &row, &column);
  kd_compare_grid_export (KD_COMPARE_GRID (grid), row, column);
}

/* ---- life ------------------------------------------------------------------------------------------------ */

static void
kd_compare_grid_dispose (GObject *object)
{
  KdCompareGrid *grid = KD_COMPARE_GRID (object);
  if (grid->set)
    g_signal_handlers_disconnect_by_data (grid->set, grid);
  if (grid->settings)
    g_signal_handlers_disconnect_by_data (grid->settings, grid);
  g_clear_handle_id (&grid->resize, g_source_remove);
  g_clear_handle_id (&grid->caption, g_source_remove);
  g_clear_pointer (&grid->scroller, gtk_widget_unparent);
  g_clear_object (&grid->set);
  g_clear_object (&grid->settings);
  g_clear_object (&grid->port);
  G_OBJECT_CLASS (kd_compare_grid_parent_class)->dispose (object);
}

static void
kd_compare_grid_finalize (GObject *object)
{
  kd_compare_rows_free (KD_COMPARE_GRID (object)->rows);
  G_OBJECT_CLASS (kd_compare_grid_parent_class)->finalize (object);
}

static void
kd_compare_grid_class_init (KdCompareGridClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_compare_grid_dispose;
  G_OBJECT_CLASS (class)->finalize = kd_compare_grid_finalize;
  gtk_widget_class_install_action (GTK_WIDGET_CLASS (class), "compare.export", "(ii)", on_export);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (class), GTK_TYPE_BIN_LAYOUT);
}

static void
kd_compare_grid_init (KdCompareGrid *grid)
{
  grid->rows = kd_compare_rows_new ();
  grid->right = 1;
  grid->threshold = 0.01;
  grid->scroller = gtk_scrolled_window_new ();
  g_signal_connect_swapped (
      gtk_scrolled_window_get_hadjustment (GTK_SCROLLED_WINDOW (grid->scroller)),
      "notify::page-size", G_CALLBACK (queue_fit), grid);
  gtk_widget_set_parent (grid->scroller, GTK_WIDGET (grid));
  gtk_widget_set_hexpand (GTK_WIDGET (grid), TRUE);
  gtk_widget_set_vexpand (GTK_WIDGET (grid), TRUE);
}

GtkWidget *
kd_compare_grid_new (KdCompareSet *set, KdViewSettings *settings, KdViewPort *port)
{
  KdCompareGrid *grid = g_object_new (KD_TYPE_COMPARE_GRID, NULL);
  grid->set = g_object_ref (set);
  grid->settings = g_object_ref (settings);
  grid->port = g_object_ref (port);
  g_signal_connect_swapped (set, "columns", G_CALLBACK (rebuild), grid);
  g_signal_connect_swapped (set, "changed", G_CALLBACK (show), grid);
  g_signal_connect_swapped (settings, "changed", G_CALLBACK (show_at_once), grid);
  rebuild (grid);
  return GTK_WIDGET (grid);
}
