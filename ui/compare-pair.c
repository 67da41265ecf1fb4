/* SPDX-License-Identifier: MIT */
#include "ui/compare-pair.h"

#include "ui/color-bar.h"
#include "ui/compare-layout.h"
#include "ui/wipe-view.h"

#define SMALLEST_PX 160
/* Beside and between the pictures. */
#define MARGINS_PX (4 * KD_COMPARE_GAP)

struct _KdComparePair {
  GtkWidget parent_instance;
  bool flickers, held;
  double split; /* flickering: 1 the first run, 0 the second */
  GtkWidget *grid;
  GtkWidget *views[KD_N_COMPARE_ROWS], *bars[KD_N_COMPARE_ROWS]; /* borrowed */
};

G_DEFINE_FINAL_TYPE (KdComparePair, kd_compare_pair, GTK_TYPE_WIDGET)

double
kd_compare_pair_get_split (KdComparePair *pair)
{
  g_return_val_if_fail (KD_IS_COMPARE_PAIR (pair), 0);
  if (!pair->held)
    return pair->split;
  return pair->flickers ? 1 - pair->split : 0;
}

/* One line for all: what is compared is the same place of every map. */
static void
move_lines (KdComparePair *pair)
{
  for (int r = 0; r < KD_N_COMPARE_ROWS; r++)
    kd_wipe_view_set_position (KD_WIPE_VIEW (pair->views[r]), kd_compare_pair_get_split (pair));
}

void
kd_compare_pair_set_split (KdComparePair *pair, double split)
{
  g_return_if_fail (KD_IS_COMPARE_PAIR (pair));
  pair->split = CLAMP (split, 0, 1);
  move_lines (pair);
}

static void
on_moved (KdWipeView *view, double position, KdComparePair *pair)
{
  (void) view;
  kd_compare_pair_set_split (pair, position);
}

void
kd_compare_pair_hold (KdComparePair *pair, bool held)
{
  g_return_if_fail (KD_IS_COMPARE_PAIR (pair));
  pair->held = held;
  move_lines (pair);
}

void
kd_compare_pair_show (KdComparePair *pair,
                      const KdCompareRows *rows,
                      const int columns[2],
                      const char *const titles[2],
                      const KdPictureInfo *of,
                      const KdView *view)
{
  g_return_if_fail (KD_IS_COMPARE_PAIR (pair));
  for (int r = 0; r < KD_N_COMPARE_ROWS; r++) {
    const KdCompareRow *row = &rows->rows[r];
    KdWipeView *wipe = KD_WIPE_VIEW (pair->views[r]);
    kd_wipe_view_set_smooth (wipe, view->smooth);
    kd_wipe_view_set_boxes (wipe, of->truths, view->boxes ? of->n_truths : 0, of->image);
    for (int side = 0; side < 2; side++) {
      const KdComparePlace *place = &row->places[columns[side]];
      kd_wipe_view_set_map (wipe, side, titles[side], place->valid ? place->values : NULL,
                            place->width, place->height, &row->scale, row->colormap);
    }
    kd_color_bar_set (KD_COLOR_BAR (pair->bars[r]), &row->scale, row->colormap, row->unit);
  }
}

void
kd_compare_pair_fit (KdComparePair *pair, int width, int height)
{
  g_return_if_fail (KD_IS_COMPARE_PAIR (pair));
  const int widest = width / KD_N_COMPARE_ROWS - KD_COLOR_BAR_WIDTH - MARGINS_PX;
  const int tallest = height - KD_COMPARE_CAPTION_HEIGHT - MARGINS_PX;
  for (int r = 0; r < KD_N_COMPARE_ROWS; r++)
    kd_wipe_view_set_side (KD_WIPE_VIEW (pair->views[r]), MAX (MIN (widest, tallest), SMALLEST_PX));
}

GtkWidget *
kd_compare_pair_panel (KdComparePair *pair, int row)
{
  g_return_val_if_fail (KD_IS_COMPARE_PAIR (pair) && row >= 0 && row < KD_N_COMPARE_ROWS, NULL);
  return pair->views[row];
}

static void
kd_compare_pair_dispose (GObject *object)
{
  g_clear_pointer (&KD_COMPARE_PAIR (object)->grid, gtk_widget_unparent);
  G_OBJECT_CLASS (kd_compare_pair_parent_class)->dispose (object);
}

static void
kd_compare_pair_class_init (KdComparePairClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_compare_pair_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (class), GTK_TYPE_BIN_LAYOUT);
}

static void
kd_compare_pair_init (KdComparePair *pair)
{
  pair->split = 0.5;
  pair->grid = gtk_grid_new ();
  gtk_grid_set_row_spacing (GTK_GRID (pair->grid), KD_COMPARE_GAP);
  gtk_grid_set_column_spacing (GTK_GRID (pair->grid), KD_COMPARE_GAP);
  gtk_widget_set_halign (pair->grid, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (pair->grid, "wall");
  gtk_widget_set_parent (pair->grid, GTK_WIDGET (pair));
}

GtkWidget *
kd_compare_pair_new (const KdCompareRows *rows, bool flickers)
{
  KdComparePair *pair = g_object_new (KD_TYPE_COMPARE_PAIR, NULL);
  pair->flickers = flickers;
  if (flickers)
    pair->split = 1;
  for (int r = 0; r < KD_N_COMPARE_ROWS; r++) {
    GtkWidget *title = gtk_label_new (rows->rows[r].title);
    gtk_label_set_xalign (GTK_LABEL (title), 0);
    gtk_widget_set_tooltip_text (title, rows->rows[r].help);
    gtk_widget_add_css_class (title, "block-title");
    gtk_grid_attach (GTK_GRID (pair->grid), title, 2 * r, 0, 1, 1);
    pair->views[r] = kd_wipe_view_new (flickers);
    gtk_widget_set_valign (pair->views[r], GTK_ALIGN_START);
    g_signal_connect (pair->views[r], "moved", G_CALLBACK (on_moved), pair);
    gtk_grid_attach (GTK_GRID (pair->grid), pair->views[r], 2 * r, 1, 1, 1);
    pair->bars[r] = kd_color_bar_new ();
    gtk_grid_attach (GTK_GRID (pair->grid), pair->bars[r], 2 * r + 1, 1, 1, 1);
  }
  move_lines (pair);
  return GTK_WIDGET (pair);
}
