/* SPDX-License-Identifier: MIT */
#include "ui/compare-votes.h"

#include "engine/base/i18n.h"
#include "ui/color-bar.h"
#include "ui/compare-layout.h"
#include "ui/map-view.h"

#define PADDING_PX 24 /* around everything */
#define MOST_LINES 4

struct _KdCompareVotes {
  GtkWidget parent_instance;
  GtkWidget *box, *small; /* the grid of small panels */
  GtkWidget *large, *bar, *photo, *panels[KD_MAX_RUNS];
  int n_columns, n_voters, lines;
  int width, height; /* of the room */
};

G_DEFINE_FINAL_TYPE (KdCompareVotes, kd_compare_votes, GTK_TYPE_WIDGET)

/* ---- sizes ------------------------------------------------------------------------------------------ */

static int
columns_of (int n, int lines)
{
  return (n + lines - 1) / lines;
}

/* The side that small panels have on so many lines. */
static int
small_side (int n, int lines, int width, int height)
{
  const int widest = width / columns_of (n, lines) - KD_COMPARE_GAP;
  const int tallest = height / lines - KD_COMPARE_CAPTION_HEIGHT - KD_COMPARE_GAP;
  return MAX (MIN (widest, tallest), KD_COMPARE_SMALLEST);
}

/* The photo, then the runs that are counted; the others have no say. */
static void
place_panels (KdCompareVotes *votes, int lines)
{
  const int n_columns = columns_of (1 + votes->n_voters, lines);
  int place = 1;
  votes->lines = lines;
  for (int c = 0; c < votes->n_columns; c++) {
    if (!gtk_widget_get_visible (votes->panels[c]))
      continue;
    GtkLayoutChild *child = gtk_layout_manager_get_layout_child (
        gtk_widget_get_layout_manager (votes->small), votes->panels[c]);
    gtk_grid_layout_child_set_column (GTK_GRID_LAYOUT_CHILD (child), place % n_columns);
    gtk_grid_layout_child_set_row (GTK_GRID_LAYOUT_CHILD (child), place / n_columns);
    place++;
  }
}

static void
fit (KdCompareVotes *votes)
{
  const int height = votes->height - PADDING_PX;
  const int large = MIN (height - KD_COMPARE_CAPTION_HEIGHT, votes->width * 2 / 5);
  const int room = votes->width - large - KD_COLOR_BAR_WIDTH - PADDING_PX - 2 * KD_COMPARE_GAP;
  const int n = 1 + votes->n_voters;
  int lines = 1;
  for (int more = 2; more <= MIN (MOST_LINES, n); more++) {
    if (small_side (n, more, room, height) > small_side (n, lines, room, height))
      lines = more;
  }
  place_panels (votes, lines);
  const int side = MIN (small_side (n, lines, room, height), MAX (large, KD_COMPARE_SMALLEST));
  kd_map_view_set_side (KD_MAP_VIEW (votes->large), MAX (large, KD_COMPARE_SMALLEST));
  kd_map_view_set_side (KD_MAP_VIEW (votes->photo), side);
  for (int c = 0; c < votes->n_columns; c++)
    kd_map_view_set_side (KD_MAP_VIEW (votes->panels[c]), side);
}

void
kd_compare_votes_fit (KdCompareVotes *votes, int width, int height)
{
  g_return_if_fail (KD_IS_COMPARE_VOTES (votes));
  votes->width = width;
  votes->height = height;
  fit (votes);
}

/* ---- showing ---------------------------------------------------------------------------------------- */

static void
show_large (KdCompareVotes *votes, const KdCompareRows *rows, double threshold, const KdView *view)
{
  const KdComparePlace *place = &rows->consensus;
  const KdScale scale = { .low = 0, .high = MAX (rows->n_voters, 1), .whole = true };
  g_autofree char *title =
      g_strdup_printf (_ ("How many of %d students put more than %g %% of their loss there"),
                       rows->n_voters, 100 * threshold);
  kd_map_view_set_map (KD_MAP_VIEW (votes->large), place->valid ? place->values : NULL,
                       place->width, place->height, &scale, view->colormap);
  kd_map_view_set_title (KD_MAP_VIEW (votes->large), title, title);
  kd_color_bar_set (KD_COLOR_BAR (votes->bar), &scale, view->colormap, "students");
}

static void
show_votes (KdMapView *panel, const KdComparePlace *place, const char *title, const KdView *view)
{
  const KdScale scale = { .low = 0, .high = 1, .whole = true };
  const int n = kd_compare_votes_of (place);
  g_autofree char *text = g_strdup_printf ("%s: %d", title, n);
  g_autofree char *help = g_strdup_printf (_ ("%s is counted for %d of %d cells"), title, n,
                                           place->width * place->height);
  kd_map_view_set_map (panel, place->values, place->width, place->height, &scale, view->colormap);
  kd_map_view_set_title (panel, text, help);
}

void
kd_compare_votes_show (KdCompareVotes *votes,
                       const KdCompareRows *rows,
                       const char *const *titles,
                       const KdPictureInfo *of,
                       double threshold,
                       const KdView *view)
{
  g_return_if_fail (KD_IS_COMPARE_VOTES (votes));
  const int n_truths = view->boxes ? of->n_truths : 0;
  show_large (votes, rows, threshold, view);
  kd_map_view_set_boxes (KD_MAP_VIEW (votes->large), KD_BOXES_TRUTH, of->truths, n_truths,
                         of->image, false, NULL);
  kd_map_view_set_photo (KD_MAP_VIEW (votes->photo), of->rgb, of->image);
  kd_map_view_set_boxes (KD_MAP_VIEW (votes->photo), KD_BOXES_TRUTH, of->truths, of->n_truths,
                         of->image, false, NULL);
  for (int c = 0; c < votes->n_columns; c++) {
    KdMapView *panel = KD_MAP_VIEW (votes->panels[c]);
    gtk_widget_set_visible (GTK_WIDGET (panel), rows->votes[c].valid);
    if (!rows->votes[c].valid)
      continue;
    show_votes (panel, &rows->votes[c], titles[c], view);
    kd_map_view_set_boxes (panel, KD_BOXES_TRUTH, of->truths, n_truths, of->image, false, NULL);
  }
  if (votes->n_voters == rows->n_voters)
    return;
  votes->n_voters = rows->n_voters;
  fit (votes);
}

GtkWidget *
kd_compare_votes_panel (KdCompareVotes *votes, int column)
{
  g_return_val_if_fail (KD_IS_COMPARE_VOTES (votes) && column < votes->n_columns, NULL);
  return column < 0 ? votes->large : votes->panels[column];
}

/* ---- life ------------------------------------------------------------------------------------------- */

static void
kd_compare_votes_dispose (GObject *object)
{
  g_clear_pointer (&KD_COMPARE_VOTES (object)->box, gtk_widget_unparent);
  G_OBJECT_CLASS (kd_compare_votes_parent_class)->dispose (object);
}

static void
kd_compare_votes_class_init (KdCompareVotesClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_compare_votes_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (class), GTK_TYPE_BIN_LAYOUT);
}

static void
kd_compare_votes_init (KdCompareVotes *votes)
{
  votes->box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, KD_COMPARE_GAP);
  gtk_widget_add_css_class (votes->box, "wall");
  gtk_widget_set_parent (votes->box, GTK_WIDGET (votes));
  votes->small = gtk_grid_new ();
  gtk_grid_set_row_spacing (GTK_GRID (votes->small), KD_COMPARE_GAP);
  gtk_grid_set_column_spacing (GTK_GRID (votes->small), KD_COMPARE_GAP);
}

static GtkWidget *
new_panel (KdViewPort *port)
{
  GtkWidget *panel = kd_map_view_new (port);
  gtk_widget_set_valign (panel, GTK_ALIGN_START);
  kd_map_view_set_title (KD_MAP_VIEW (panel), "", "");
  return panel;
}

GtkWidget *
kd_compare_votes_new (KdViewPort *port, int n_columns)
{
  KdCompareVotes *votes = g_object_new (KD_TYPE_COMPARE_VOTES, NULL);
  votes->n_columns = n_columns;
  votes->large = new_panel (port);
  votes->bar = kd_color_bar_new ();
  votes->photo = new_panel (port);
  kd_map_view_set_title (KD_MAP_VIEW (votes->photo), _ ("Image, truth green"),
                         _ ("The image with the boxes of its ground truth"));
  gtk_grid_attach (GTK_GRID (votes->small), votes->photo, 0, 0, 1, 1);
  for (int c = 0; c < n_columns; c++) {
    votes->panels[c] = new_panel (port);
    gtk_grid_attach (GTK_GRID (votes->small), votes->panels[c], 1 + c, 0, 1, 1);
  }
  gtk_box_append (GTK_BOX (votes->box), votes->large);
  gtk_box_append (GTK_BOX (votes->box), votes->bar);
  gtk_box_append (GTK_BOX (votes->box), votes->small);
  return GTK_WIDGET (votes);
}
