/* SPDX-License-Identifier: MIT */
#include "ui/map-wall.h"

#include "engine/base/i18n.h"
#include "ui/channel-browser.h"
#include "ui/color-bar.h"
#include "ui/photo-block.h"
#include "ui/wall-block.h"

#include <adwaita.h>

#define CAPTION_INTERVAL_S 0.25
/* What the flow box and its style add around a block, and around the wall with its scroll bar. */
#define BLOCK_MARGIN 12
#define WALL_MARGIN 30
#define LINE_GAP 8
#define MOST_ACROSS 12 /* blocks a line */
/* Of the photos, which stand where three levels would. */
#define N_PHOTOS 3
/* Around an enlarged panel: its title, caption and colour bar. */
#define LARGE_MARGIN 90

struct _KdMapWall {
  GtkWidget parent_instance;
  KdWallModel *model; /* owned */
  KdViewPort *port;   /* owned */
  KdEdits *edits;     /* owned */
  GtkWidget *stack, *scroller, *flow;
  GtkWidget *photos;      /* KdPhotoBlock */
  GPtrArray *blocks;      /* KdWallBlock, borrowed */
  GtkWidget *large;       /* KdWallBlock of the enlarged panel alone, borrowed; NULL: none */
  GtkWidget *browser;     /* KdChannelBrowser, borrowed; NULL: not on screen */
  int level;              /* the only one shown; -1: all */
  int phase;              /* whose rows are marked; -1: none */
  int columns;            /* panels of the longest row */
  int side;               /* of a panel now, px */
  guint resize;           /* idle source, 0: none */
  const KdPicture *shown; /* the last one that was; only to be compared */
  double captioned_at;
  guint caption; /* timeout that will bring captions up to date, 0: none */
};

G_DEFINE_FINAL_TYPE (KdMapWall, kd_map_wall, GTK_TYPE_WIDGET)

/* ---- sizes ---------------------------------------------------------------------------------------- */

static void
apply_sizes (KdMapWall *wall)
{
  const int bar = KD_COLOR_BAR_WIDTH + KD_WALL_GAP;
  /* Photos and bars need no colour bar, so they share its room. */
  const int line = wall->columns * (wall->side + KD_WALL_GAP) + bar;
  kd_photo_block_set_side (KD_PHOTO_BLOCK (wall->photos),
                           MIN (wall->side + bar / N_PHOTOS, line / N_PHOTOS - KD_WALL_GAP));
  for (guint i = 0; i < wall->blocks->len; i++)
    kd_wall_block_set_side (g_ptr_array_index (wall->blocks, i), wall->side,
                            wall->side + bar / wall->columns);
  if (wall->large) {
    const int room =
        MIN (gtk_widget_get_width (wall->stack) - bar, gtk_widget_get_height (wall->stack)) -
        LARGE_MARGIN;
    kd_wall_block_set_side (KD_WALL_BLOCK (wall->large), MAX (room, wall->side), room);
  }
}

/* What a line of blocks takes beside its panels' side: captions, by the font, and the gap to the next line. */
static int
above_panel (const KdMapWall *wall)
{
  int most = 0;
  for (guint i = 0; i < wall->blocks->len; i++) {
    GtkWidget *child = gtk_widget_get_parent (g_ptr_array_index (wall->blocks, i));
    int height;
    gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, -1, NULL, &height, NULL, NULL);
    most = MAX (most, height - wall->side);
  }
  return most + LINE_GAP;
}

/* As large as all blocks are seen without scrolling, however many stand in a line. Where that is smaller than @smallest: as many
 * blocks a line as fit at the smallest size, then as large as they still fit. */
static int
side_for_room (const KdMapWall *wall, int width, int height, int smallest)
{
  const int beside = KD_COLOR_BAR_WIDTH + wall->columns * KD_WALL_GAP + BLOCK_MARGIN;
  const int above = above_panel (wall);
  const int room = height - KD_COLOR_BAR_WIDTH / N_PHOTOS; /* photos are larger by that */
  const int n = 1 + (int) wall->blocks->len;
  int largest = 0;
  for (int across = 1; across <= MIN (n, MOST_ACROSS); across++) {
    const int down = (n + across - 1) / across;
    const int side = MIN ((width / across - beside) / wall->columns, room / down - above);
    largest = MAX (largest, side);
  }
  if (largest >= smallest)
    return largest;
  const int blocks = MAX (1, width / (wall->columns * smallest + beside));
  return MAX (smallest, (width / blocks - beside) / wall->columns);
}

static void show (KdMapWall *wall);

static void
on_scrolled (KdMapWall *wall)
{
  for (guint i = 0; i < wall->blocks->len; i++)
    kd_wall_block_scrolled (g_ptr_array_index (wall->blocks, i));
}

static gboolean
fit_width (gpointer data)
{
  KdMapWall *wall = data;
  wall->resize = 0;
  const int width = gtk_widget_get_width (wall->stack) - WALL_MARGIN;
  const KdView *view = kd_view_settings_get (kd_wall_model_get_settings (wall->model));
  const int height = gtk_widget_get_height (wall->stack) - LINE_GAP;
  wall->side = side_for_room (wall, width, height, view->panel_px);
  apply_sizes (wall);
  show (wall); /* labels of boxes depend on the room */
  return G_SOURCE_REMOVE;
}

/* Not while sizes are being handed out: afterwards. */
static void
queue_fit (KdMapWall *wall)
{
  if (!wall->resize)
    wall->resize = g_idle_add (fit_width, wall);
}

/* ---- showing --------------------------------------------------------------------------------------- */

static gboolean
caption_later (gpointer data)
{
  KdMapWall *wall = data;
  wall->caption = 0;
  show (wall);
  return G_SOURCE_REMOVE;
}

/* Maps change at once; numbers follow a few times a second, or they could not be read. What a person changes shows in both. */
static bool
decide_captions (KdMapWall *wall)
{
  const KdPicture *picture = kd_wall_model_get_picture (wall->model);
  const bool due = picture == wall->shown || kd_now_s () - wall->captioned_at >= CAPTION_INTERVAL_S;
  wall->shown = picture;
  if (due)
    wall->captioned_at = kd_now_s ();
  else if (!wall->caption)
    wall->caption = g_timeout_add ((guint) (1e3 * CAPTION_INTERVAL_S), caption_later, wall);
  return due;
}

static void
show (KdMapWall *wall)
{
  if (!kd_wall_model_get_picture (wall->model))
    return;
  const bool captions = decide_captions (wall);
  if (wall->browser) {
    kd_channel_browser_show (KD_CHANNEL_BROWSER (wall->browser));
    return;
  }
  if (wall->large) {
    kd_wall_block_show (KD_WALL_BLOCK (wall->large), captions);
    return;
  }
  kd_photo_block_show (KD_PHOTO_BLOCK (wall->photos), captions);
  for (guint i = 0; i < wall->blocks->len; i++)
    kd_wall_block_show (g_ptr_array_index (wall->blocks, i), captions);
}

static void
show_all_of_it (KdMapWall *wall)
{
  wall->captioned_at = 0;
  show (wall);
}

/* ---- one panel large ---------------------------------------------------------------------------------- */

static gboolean
shrink_now (gpointer wall)
{
  kd_map_wall_shrink (wall);
  return G_SOURCE_REMOVE;
}

static void
shrink_later (KdMapWall *wall)
{
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, shrink_now, g_object_ref (wall), g_object_unref);
}

bool
kd_map_wall_shrink (KdMapWall *wall)
{
  g_return_val_if_fail (KD_IS_MAP_WALL (wall), false);
  GtkWidget *page = wall->browser ? wall->browser : wall->large;
  if (!page)
    return false;
  wall->browser = wall->large = NULL;
  gtk_stack_remove (GTK_STACK (wall->stack), page);
  gtk_stack_set_visible_child (GTK_STACK (wall->stack), wall->scroller);
  show_all_of_it (wall);
  return true;
}

static void
on_large_activated (KdWallBlock *block, int place, gpointer data)
{
  (void) block;
  (void) place;
  kd_map_wall_shrink (data);
}

void
kd_map_wall_enlarge (KdMapWall *wall, int row, int place)
{
  g_return_if_fail (KD_IS_MAP_WALL (wall));
  kd_map_wall_shrink (wall);
  wall->large = kd_wall_block_new (wall->model, wall->port, row, place);
  gtk_widget_set_halign (wall->large, GTK_ALIGN_CENTER);
  gtk_widget_set_valign (wall->large, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (wall->large, _ ("Double click or Escape: back to the wall"));
  g_signal_connect (wall->large, "activated", G_CALLBACK (on_large_activated), wall);
  gtk_stack_add_child (GTK_STACK (wall->stack), wall->large);
  gtk_stack_set_visible_child (GTK_STACK (wall->stack), wall->large);
  apply_sizes (wall);
  show_all_of_it (wall);
}

void
kd_map_wall_browse (KdMapWall *wall)
{
  g_return_if_fail (KD_IS_MAP_WALL (wall));
  const GArray *rows = kd_wall_model_get_rows (wall->model);
  bool features = false;
  for (guint i = 0; i < rows->len; i++)
    features |= g_array_index (rows, KdWallRowData, i).kind == KD_PROBE_FEATURE;
  kd_map_wall_shrink (wall);
  if (!features || !kd_wall_model_get_picture (wall->model))
    return;
  wall->browser = kd_channel_browser_new (wall->model);
  /* The grid is still at work with the click. */
  g_signal_connect_object (wall->browser, "chosen", G_CALLBACK (shrink_later), wall,
                           G_CONNECT_SWAPPED);
  gtk_stack_add_child (GTK_STACK (wall->stack), wall->browser);
  gtk_stack_set_visible_child (GTK_STACK (wall->stack), wall->browser);
  gtk_widget_child_focus (wall->browser, GTK_DIR_TAB_FORWARD);
}

void
kd_map_wall_zoom_cells (KdMapWall *wall, double cell_px)
{
  g_return_if_fail (KD_IS_MAP_WALL (wall));
  const GArray *rows = kd_wall_model_get_rows (wall->model);
  int finest = 0;
  for (guint i = 0; i < rows->len; i++) {
    const KdWallRowData *row = &g_array_index (rows, KdWallRowData, i);
    for (int k = 0; row->kind != KD_PROBE_VECTOR && k < row->n_places; k++)
      finest = MAX (finest, MAX (row->places[k].width, row->places[k].height));
  }
  double x, y;
  kd_view_port_get_centre (wall->port, &x, &y);
  if (finest)
    kd_view_port_zoom_at (wall->port,
                          cell_px * finest / wall->side / kd_view_port_get_zoom (wall->port), x, y);
}

static void
on_activated (KdWallBlock *block, int place, gpointer data)
{
  KdMapWall *wall = data;
  for (guint i = 0; i < wall->blocks->len; i++) {
    if (g_ptr_array_index (wall->blocks, i) == block) {
      kd_map_wall_enlarge (wall, (int) i, place);
      return;
    }
  }
}

/* ---- building ---------------------------------------------------------------------------------------- */

static void
add_block (KdMapWall *wall, GtkWidget *block)
{
  gtk_flow_box_append (GTK_FLOW_BOX (wall->flow), block);
  gtk_widget_set_focusable (gtk_widget_get_parent (block), FALSE);
}

/* The row's place of this level; a row without it shows all it has (-1). */
static int
place_of_level (const KdWallRowData *row, int level)
{
  for (int i = 0; i < row->n_places; i++) {
    if (row->places[i].level == level)
      return i;
  }
  return -1;
}

/* The panel that has the focus, and of which row, to give it back after another layout; NULL: none has. */
static char *
focused_row (KdMapWall *wall, int *place)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (wall));
  GtkWidget *focus = root ? gtk_root_get_focus (root) : NULL;
  for (guint i = 0; focus && i < wall->blocks->len; i++) {
    GtkWidget *block = g_ptr_array_index (wall->blocks, i);
    if (!gtk_widget_is_ancestor (focus, block))
      continue;
    *place = kd_wall_block_spot (KD_WALL_BLOCK (block), focus).place;
    return g_strdup (gtk_widget_get_name (block));
  }
  return NULL;
}

static void
focus_row (KdMapWall *wall, const char *name, int place)
{
  for (guint i = 0; i < wall->blocks->len; i++) {
    GtkWidget *block = g_ptr_array_index (wall->blocks, i);
    if (!g_str_equal (gtk_widget_get_name (block), name))
      continue;
    kd_wall_block_focus (KD_WALL_BLOCK (block), place);
    return;
  }
}

static void
scroll_to (KdMapWall *wall, GtkWidget *block)
{
  GtkAdjustment *down = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (wall->scroller));
  graphene_rect_t place;
  if (gtk_widget_compute_bounds (block, wall->flow, &place))
    gtk_adjustment_clamp_page (down, (double) place.origin.y - LINE_GAP,
                               (double) place.origin.y + (double) place.size.height + LINE_GAP);
}

static void
mark_rows (KdMapWall *wall)
{
  const GArray *rows = kd_wall_model_get_rows (wall->model);
  for (guint i = wall->blocks->len; i-- > 0;) {
    GtkWidget *block = g_ptr_array_index (wall->blocks, i);
    if ((int) g_array_index (rows, KdWallRowData, i).made_in != wall->phase) {
      gtk_widget_remove_css_class (block, "made-now");
      continue;
    }
    gtk_widget_add_css_class (block, "made-now");
    scroll_to (wall, block); /* the first one last */
  }
}

void
kd_map_wall_mark_phase (KdMapWall *wall, int phase)
{
  g_return_if_fail (KD_IS_MAP_WALL (wall));
  if (wall->phase == phase)
    return;
  wall->phase = phase;
  mark_rows (wall);
}

static void
rebuild (KdMapWall *wall)
{
  int place = -1;
  g_autofree char *focused = focused_row (wall, &place);
  kd_map_wall_shrink (wall);
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (wall->flow)))
    gtk_flow_box_remove (GTK_FLOW_BOX (wall->flow), child);
  g_ptr_array_set_size (wall->blocks, 0);

  wall->photos = kd_photo_block_new (wall->model, wall->port);
  add_block (wall, wall->photos);
  const GArray *rows = kd_wall_model_get_rows (wall->model);
  wall->level = kd_view_settings_get (kd_wall_model_get_settings (wall->model))->level;
  wall->columns = 1;
  for (guint i = 0; i < rows->len; i++) {
    const KdWallRowData *row = &g_array_index (rows, KdWallRowData, i);
    GtkWidget *block =
        kd_wall_block_new (wall->model, wall->port, (int) i, place_of_level (row, wall->level));
    g_signal_connect (block, "activated", G_CALLBACK (on_activated), wall);
    g_ptr_array_add (wall->blocks, block);
    add_block (wall, block);
    if (wall->level < 0)
      wall->columns = MAX (wall->columns, row->n_places);
  }
  mark_rows (wall);
  if (focused)
    focus_row (wall, focused, place);
  apply_sizes (wall);
  queue_fit (wall);
  show_all_of_it (wall);
}

static void
on_settings (KdMapWall *wall)
{
  const KdView *view = kd_view_settings_get (kd_wall_model_get_settings (wall->model));
  if (view->level != wall->level)
    rebuild (wall);
  queue_fit (wall);
  wall->captioned_at = 0;
}

/* ---- two panels ---------------------------------------------------------------------------------------- */

typedef struct {
  KdMapWall *wall; /* owned */
  bool swaps;      /* else: subtracts */
  KdWallSpot one, other;
} Pair;

static void
free_pair (gpointer data)
{
  Pair *pair = data;
  g_object_unref (pair->wall);
  g_free (pair);
}

static void
complain (KdMapWall *wall, const char *text)
{
  GtkWidget *overlay = gtk_widget_get_ancestor (GTK_WIDGET (wall), ADW_TYPE_TOAST_OVERLAY);
  g_autofree char *markup = g_markup_escape_text (text, -1);
  if (overlay)
    adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (overlay), adw_toast_new (markup));
}

static gboolean
join_now (gpointer data)
{
  const Pair *pair = data;
  KdMapWall *wall = pair->wall;
  if (!wall->model)
    return G_SOURCE_REMOVE;
  if (pair->swaps) {
    kd_wall_swap (wall->model, wall->edits, &pair->one, &pair->other);
    return G_SOURCE_REMOVE;
  }
  g_autofree char *reason = kd_wall_subtract (wall->model, wall->edits, &pair->one, &pair->other);
  if (reason)
    complain (wall, reason);
  else
    gtk_adjustment_set_value (
        gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (wall->scroller)), 0);
  return G_SOURCE_REMOVE;
}

/* Another layout frees the blocks, and one of them is still at work with the drop or its menu. */
static void
on_pair (GtkWidget *wall, const char *action, GVariant *spots)
{
  Pair *pair = g_new (Pair, 1);
  *pair = (Pair){ .wall = KD_MAP_WALL (g_object_ref (wall)),
                  .swaps = g_str_equal (action, "wall.swap") };
  g_variant_get (spots, "(iiii)", &pair->one.row, &pair->one.place, &pair->other.row,
                 &pair->other.place);
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, join_now, pair, free_pair);
}

static gboolean
restore_now (gpointer data)
{
  KdMapWall *wall = data;
  if (wall->model)
    kd_wall_restore_order (wall->model, wall->edits);
  return G_SOURCE_REMOVE;
}

static void
on_usual_order (GtkWidget *wall, const char *action, GVariant *parameter)
{
  (void) action;
  (void) parameter;
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, restore_now, g_object_ref (wall), g_object_unref);
}

static guint export_signal;

static void
on_export (GtkWidget *wall, const char *action, GVariant *panel)
{
  (void) action;
  int row, place;
  g_variant_get (panel, "(ii)", &row, &place);
  g_signal_emit (wall, export_signal, 0, row, place);
}

/* ---- life ---------------------------------------------------------------------------------------------- */

static void
kd_map_wall_dispose (GObject *object)
{
  KdMapWall *wall = KD_MAP_WALL (object);
  if (wall->model) {
    g_signal_handlers_disconnect_by_data (kd_wall_model_get_settings (wall->model), wall);
    g_signal_handlers_disconnect_by_data (wall->model, wall);
  }
  g_clear_handle_id (&wall->resize, g_source_remove);
  g_clear_handle_id (&wall->caption, g_source_remove);
  g_clear_pointer (&wall->stack, gtk_widget_unparent);
  g_clear_pointer (&wall->blocks, g_ptr_array_unref);
  g_clear_object (&wall->model);
  g_clear_object (&wall->port);
  g_clear_object (&wall->edits);
  G_OBJECT_CLASS (kd_map_wall_parent_class)->dispose (object);
}

static void
kd_map_wall_class_init (KdMapWallClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_map_wall_dispose;
  gtk_widget_class_install_action (GTK_WIDGET_CLASS (class), "wall.export", "(ii)", on_export);
  gtk_widget_class_install_action (GTK_WIDGET_CLASS (class), "wall.swap", "(iiii)", on_pair);
  gtk_widget_class_install_action (GTK_WIDGET_CLASS (class), "wall.subtract", "(iiii)", on_pair);
  gtk_widget_class_install_action (GTK_WIDGET_CLASS (class), "wall.usual-order", NULL,
                                   on_usual_order);
  export_signal = g_signal_new ("export", KD_TYPE_MAP_WALL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 2, G_TYPE_INT, G_TYPE_INT);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (class), GTK_TYPE_BIN_LAYOUT);
}

static void
kd_map_wall_init (KdMapWall *wall)
{
  wall->side = kd_view_default ().panel_px;
  wall->phase = -1;
  wall->blocks = g_ptr_array_new ();
  wall->flow = gtk_flow_box_new ();
  gtk_flow_box_set_selection_mode (GTK_FLOW_BOX (wall->flow), GTK_SELECTION_NONE);
  gtk_flow_box_set_max_children_per_line (GTK_FLOW_BOX (wall->flow), MOST_ACROSS);
  gtk_flow_box_set_row_spacing (GTK_FLOW_BOX (wall->flow), LINE_GAP);
  gtk_flow_box_set_column_spacing (GTK_FLOW_BOX (wall->flow), 6);
  gtk_widget_set_valign (wall->flow, GTK_ALIGN_START);
  gtk_widget_add_css_class (wall->flow, "wall");
  wall->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (wall->scroller), wall->flow);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (wall->scroller), GTK_POLICY_AUTOMATIC,
                                  GTK_POLICY_ALWAYS);
  g_signal_connect_swapped (
      gtk_scrolled_window_get_hadjustment (GTK_SCROLLED_WINDOW (wall->scroller)),
      "notify::page-size", G_CALLBACK (queue_fit), wall);
  g_signal_connect_swapped (
      gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (wall->scroller)),
      "notify::page-size", G_CALLBACK (queue_fit), wall);
  g_signal_connect_swapped (
      gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (wall->scroller)), "value-changed",
      G_CALLBACK (on_scrolled), wall);
  wall->stack = gtk_stack_new ();
  gtk_stack_add_child (GTK_STACK (wall->stack), wall->scroller);
  gtk_widget_set_parent (wall->stack, GTK_WIDGET (wall));
  gtk_widget_set_hexpand (GTK_WIDGET (wall), TRUE);
  gtk_widget_set_vexpand (GTK_WIDGET (wall), TRUE);
}

GtkWidget *
kd_map_wall_new (KdWallModel *model, KdViewPort *port, KdEdits *edits)
{
  KdMapWall *wall = g_object_new (KD_TYPE_MAP_WALL, NULL);
  wall->model = g_object_ref (model);
  wall->port = g_object_ref (port);
  wall->edits = g_object_ref (edits);
  g_signal_connect_swapped (kd_wall_model_get_settings (model), "changed", G_CALLBACK (on_settings),
                            wall);
  g_signal_connect_swapped (model, "layout", G_CALLBACK (rebuild), wall);
  g_signal_connect_swapped (model, "changed", G_CALLBACK (show), wall);
  rebuild (wall);
  return GTK_WIDGET (wall);
}
