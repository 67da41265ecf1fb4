/* SPDX-License-Identifier: MIT */
#include "ui/wall-block.h"

#include "engine/base/i18n.h"
#include "ui/bars-view.h"
#include "ui/color-bar.h"
#include "ui/cut-choice.h"
#include "ui/exporting.h"
#include "ui/map-view.h"
#include "ui/swatch.h"
#include "ui/symbols.h"
#include "ui/wall-drag.h"

#include <string.h>

/* Of a caption's digits; ranges that do not fit above their panel are in the tooltip. */
#define CHAR_PX 7.2

struct _KdWallBlock {
  GtkBox parent_instance;
  KdWallModel *model; /* owned */
  KdViewPort *port;   /* owned */
  int row, first, n;  /* places first..first+n-1 of the row */
  int side;           /* of its panels, px */
  GtkWidget *head, *title, *line, *bar;
  GtkWidget *rows[2];               /* of a difference: GtkDropDown; else NULL */
  GtkWidget *panels[KD_MAX_LEVELS]; /* n, KdMapView or KdBarsView */
  bool unseen;                      /* scrolled out of sight when it was last painted */
};

G_DEFINE_FINAL_TYPE (KdWallBlock, kd_wall_block, GTK_TYPE_BOX)

static guint activated_signal;

static const KdWallRowData *
row_of (const KdWallBlock *block)
{
  return &g_array_index (kd_wall_model_get_rows (block->model), KdWallRowData, block->row);
}

static const KdView *
view_of (const KdWallBlock *block)
{
  return kd_view_settings_get (kd_wall_model_get_settings (block->model));
}

/* ---- captions ------------------------------------------------------------------------------------- */

/* "P3  0.1...1.2": the level, and what is worth saying of the values in it. */
static void
set_panel_title (const KdWallBlock *block, int index, const char *values, const char *help)
{
  const KdWallRowData *row = row_of (block);
  const char *level = row->places[block->first + index].level_name;
  g_autofree char *title = g_strdup_printf ("%s  %s", level, values);
  g_autofree char *whole =
      g_strdup_printf (_ ("%s, level %s\n%s"), row->title, level, help ? help : "");
  GtkWidget *panel = block->panels[index];
  if (KD_IS_MAP_VIEW (panel))
    kd_map_view_set_title (KD_MAP_VIEW (panel), title, whole);
  else
    kd_bars_view_set_title (KD_BARS_VIEW (panel), title, whole);
}

/* Where both ends have no room: how far the values go, to either side. */
static void
format_largest (const KdWallPlace *place, GString *range)
{
  char largest[32];
  const bool is_signed = place->stats.min < 0;
  kd_number_format_short (is_signed ? MAX (-place->stats.min, place->stats.max) : place->stats.max,
                          largest, sizeof largest);
  g_string_printf (range, "%s≤ %s", is_signed ? "|x| " : "", largest);
}

static void
caption_map (const KdWallBlock *block, int index)
{
  const KdWallPlace *place = &row_of (block)->places[block->first + index];
  char low[32], mean[32], high[32];
  GString *range = g_string_new (NULL);
  kd_number_format_short (place->stats.min, low, sizeof low);
  kd_number_format_short (place->stats.max, high, sizeof high);
  const double chars = (double) (strlen (place->level_name) + strlen (low) + strlen (high)) + 3;
  if (chars * CHAR_PX > block->side)
    format_largest (place, range);
  else
    g_string_printf (range, "%s…%s", low, high);
  kd_number_format_short (place->stats.mean, mean, sizeof mean);
  g_autofree char *with_mean = g_strdup_printf (_ (", mean %s"), mean);
  if ((chars + (double) g_utf8_strlen (with_mean, -1)) * CHAR_PX <= block->side)
    g_string_append (range, with_mean);
  kd_number_format (place->stats.min, low, sizeof low);
  kd_number_format (place->stats.mean, mean, sizeof mean);
  kd_number_format (place->stats.max, high, sizeof high);
  GString *help = g_string_new (NULL);
  g_string_printf (help, _ ("%d×%d cells: min %s, mean %s, max %s"), place->width, place->height,
                   low, mean, high);
  if (place->stats.n_bad) {
    g_string_append_printf (range, _ (", %zu bad"), place->stats.n_bad);
    g_string_append_printf (help,
                            ngettext ("\n%zu cell is not finite (hatched), outside the scale",
                                      "\n%zu cells are not finite (hatched), outside the scale",
                                      place->stats.n_bad),
                            place->stats.n_bad);
  }
  set_panel_title (block, index, range->str, help->str);
  g_string_free (range, TRUE);
  g_string_free (help, TRUE);
}

static void
caption_bars (const KdWallBlock *block, int index)
{
  const KdWallPlace *place = &row_of (block)->places[block->first + index];
  char high[32];
  kd_number_format (place->stats.max, high, sizeof high);
  g_autofree char *largest = g_strdup_printf (_ ("max %s"), high);
  g_autofree char *help = g_strdup_printf (_ ("%d channels, sorted by the teacher's: teacher "
                                              "orange, student blue, the line is the mean"),
                                           place->width);
  set_panel_title (block, index, largest, help);
}

/* ---- drawing --------------------------------------------------------------------------------------- */

static void
show_map (const KdWallBlock *block, int index)
{
  const KdWallRowData *row = row_of (block);
  const KdWallPlace *place = &row->places[block->first + index];
  const KdView *how = view_of (block);
  KdMapView *panel = KD_MAP_VIEW (block->panels[index]);
  if (!place->valid) {
    kd_map_view_set_map (panel, NULL, 0, 0, NULL, row->colormap);
    return;
  }
  const KdPictureInfo *info = kd_picture_info (kd_wall_model_get_picture (block->model));
  const KdScale scale = kd_wall_place_scale (row, place, how);
  const bool over_photo = how->overlay > 0 && info->rgb;
  if (over_photo)
    kd_map_view_set_photo (panel, info->rgb, info->image);
  kd_map_view_set_overlay (panel, over_photo ? how->overlay : 0);
  kd_map_view_set_smooth (panel, how->smooth);
  kd_map_view_set_map (panel, place->values, place->width, place->height, &scale, row->colormap);
  kd_map_view_set_boxes (panel, KD_BOXES_TRUTH, info->truths, how->boxes ? info->n_truths : 0,
                         info->image, false, NULL);
}

static void
show_bars (const KdWallBlock *block, int index)
{
  const KdWallRowData *row = row_of (block);
  const KdWallPlace *place = &row->places[block->first + index];
  if (!place->valid)
    return;
  const float *series[2] = { place->values, place->two ? place->values + place->width : NULL };
  /* Attention over channels has mean 1; a signed vector is read from 0. */
  kd_bars_view_set_values (KD_BARS_VIEW (block->panels[index]), series, place->width, true,
                           row->style == KD_STYLE_DIVERGING ? 0 : 1);
}

static void
show_histogram (const KdWallBlock *block, const KdWallRowData *row)
{
  size_t bins[KD_COLOR_BAR_BINS] = { 0 };
  for (int i = 0; i < block->n; i++) {
    const KdWallPlace *place = &row->places[block->first + i];
    if (place->valid)
      kd_scale_histogram (&row->scale, place->values,
                          (size_t) place->width * (size_t) place->height, KD_COLOR_BAR_BINS, bins);
  }
  kd_color_bar_set_histogram (KD_COLOR_BAR (block->bar), bins);
}

void
kd_wall_block_show (KdWallBlock *block, bool captions)
{
  g_return_if_fail (KD_IS_WALL_BLOCK (block));
  const KdWallRowData *row = row_of (block);
  for (int i = 0; i < block->n; i++) {
    const bool map = KD_IS_MAP_VIEW (block->panels[i]);
    if (map)
      show_map (block, i);
    else
      show_bars (block, i);
    if (captions && row->places[block->first + i].valid) {
      if (map)
        caption_map (block, i);
      else
        caption_bars (block, i);
    }
  }
  if (captions) {
    g_autofree char *caption = kd_wall_row_caption (row, view_of (block));
    /* The choices say which rows: what is left is the rule. */
    const char *rule = caption + strlen (row->title);
    gtk_label_set_text (GTK_LABEL (block->title), !block->rows[0]                 ? caption
                                                  : g_str_has_prefix (rule, ", ") ? rule + 2
                                                                                  : rule);
  }
  if (captions && block->bar) {
    gtk_widget_set_visible (block->bar, view_of (block)->share != KD_SHARE_PANEL);
    kd_color_bar_set (KD_COLOR_BAR (block->bar), &row->scale, row->colormap, row->unit);
    show_histogram (block, row);
  }
}

void
kd_wall_block_set_side (KdWallBlock *block, int side, int wide)
{
  g_return_if_fail (KD_IS_WALL_BLOCK (block));
  block->side = side;
  for (int i = 0; i < block->n; i++) {
    GtkWidget *panel = block->panels[i];
    if (KD_IS_MAP_VIEW (panel))
      kd_map_view_set_side (KD_MAP_VIEW (panel), side);
    else
      kd_bars_view_set_side (KD_BARS_VIEW (panel), wide, side);
  }
}

KdWallSpot
kd_wall_block_spot (KdWallBlock *block, GtkWidget *inside)
{
  KdWallSpot spot = { -1, -1 };
  g_return_val_if_fail (KD_IS_WALL_BLOCK (block), spot);
  spot.row = block->row;
  for (int i = 0; inside && i < block->n; i++) {
    if (inside == block->panels[i] || gtk_widget_is_ancestor (inside, block->panels[i]))
      spot.place = block->first + i;
  }
  return spot;
}

void
kd_wall_block_focus (KdWallBlock *block, int place)
{
  g_return_if_fail (KD_IS_WALL_BLOCK (block));
  const int index = CLAMP (place - block->first, 0, block->n - 1);
  gtk_widget_grab_focus (block->panels[index]);
}

char *
kd_wall_block_name (KdWallBlock *block, int place)
{
  g_return_val_if_fail (KD_IS_WALL_BLOCK (block), NULL);
  const KdWallRowData *row = row_of (block);
  return g_strdup_printf ("%s%s%s", row->title, place < 0 ? "" : ", ",
                          place < 0 ? "" : row->places[place].level_name);
}

/* ---- menus ------------------------------------------------------------------------------------------ */

static void
offer (GMenu *menu, const char *label, const char *action, KdWallSpot one, KdWallSpot other)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);
  g_menu_item_set_action_and_target (item, action, "(iiii)", one.row, one.place, other.row,
                                     other.place);
  g_menu_append_item (menu, item);
}

/* What dragging its caption onto another does, for keys: change places with a row or level, or show the difference to a row. */
static GMenuModel *
make_arrange_menu (const KdWallBlock *block, int place)
{
  const GArray *rows = kd_wall_model_get_rows (block->model);
  const KdWallRowData *own = row_of (block);
  const KdWallSpot spot = { block->row, place };
  g_autoptr (GMenu) swaps = g_menu_new ();
  g_autoptr (GMenu) differences = g_menu_new ();
  for (int i = 0; i < (int) rows->len; i++) {
    const KdWallRowData *row = &g_array_index (rows, KdWallRowData, i);
    if (i == block->row)
      continue;
    offer (swaps, row->title, "wall.swap", spot, (KdWallSpot){ i, -1 });
    if (kd_wall_row_subtracts (own) && kd_wall_row_subtracts (row))
      offer (differences, row->title, "wall.subtract", spot, (KdWallSpot){ i, -1 });
  }
  for (int k = 0; own->n_places > 1 && k < own->n_places; k++)
    if (k != place)
      offer (swaps, own->places[k].level_name, "wall.swap", spot, (KdWallSpot){ block->row, k });
  GMenu *menu = g_menu_new ();
  g_menu_append_submenu (menu, _ ("Swap places with"), G_MENU_MODEL (swaps));
  if (kd_wall_row_subtracts (own))
    g_menu_append_submenu (menu, _ ("Show minus"), G_MENU_MODEL (differences));
  if (kd_wall_model_get_order (block->model, kd_wall_model_get_method (block->model)))
    g_menu_append (menu, _ ("Usual order"), "wall.usual-order");
  return G_MENU_MODEL (menu);
}

/* ---- life ------------------------------------------------------------------------------------------- */

static void
on_pressed (GtkGestureClick *gesture, int n_press, double x, double y, gpointer data)
{
  (void) x;
  (void) y;
  KdWallBlock *block = data;
  GtkWidget *panel = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture));
  if (n_press == 2 && KD_IS_MAP_VIEW (panel))
    kd_map_view_take_back_click (KD_MAP_VIEW (panel));
  for (int i = 0; n_press == 2 && i < block->n; i++) {
    if (block->panels[i] == panel)
      g_signal_emit (block, activated_signal, 0, block->first + i);
  }
}

static gboolean
on_key (GtkEventControllerKey *keys, guint key, guint code, GdkModifierType state, gpointer data)
{
  (void) code;
  (void) state;
  KdWallBlock *block = data;
  if (key != GDK_KEY_Return && key != GDK_KEY_KP_Enter)
    return FALSE;
  GtkWidget *panel = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (keys));
  for (int i = 0; i < block->n; i++) {
    if (block->panels[i] == panel)
      g_signal_emit (block, activated_signal, 0, block->first + i);
  }
  return TRUE;
}

static void
on_scale_moved (KdColorBar *bar, const KdScale *scale, KdWallBlock *block)
{
  (void) bar;
  kd_wall_model_fix_scale (block->model, block->row, scale);
}

static void
on_scale_reset (KdColorBar *bar, KdWallBlock *block)
{
  (void) bar;
  KdViewSettings *settings = kd_wall_model_get_settings (block->model);
  KdView view = *kd_view_settings_get (settings);
  view.share = kd_view_default ().share;
  kd_view_settings_set (settings, &view);
}

static void
add_panel (KdWallBlock *block, int index)
{
  const bool vector = row_of (block)->kind == KD_PROBE_VECTOR;
  GtkWidget *panel = vector ? kd_bars_view_new () : kd_map_view_new (block->port);
  block->panels[index] = panel;
  if (!vector)
    kd_map_view_set_level (KD_MAP_VIEW (panel), row_of (block)->places[block->first + index].level);
  gtk_box_append (GTK_BOX (block->line), panel);
  set_panel_title (block, index, "", row_of (block)->help);
  GtkGesture *click = gtk_gesture_click_new ();
  g_signal_connect (click, "pressed", G_CALLBACK (on_pressed), block);
  gtk_widget_add_controller (panel, GTK_EVENT_CONTROLLER (click));
  GtkEventController *keys = gtk_event_controller_key_new ();
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), block);
  gtk_widget_add_controller (panel, keys);
  kd_wall_drag_add_source (vector ? kd_bars_view_get_caption (KD_BARS_VIEW (panel))
                                  : kd_map_view_get_caption (KD_MAP_VIEW (panel)));
  g_autoptr (GMenuModel) arrange = make_arrange_menu (block, block->first + index);
  kd_exporting_add_menu (panel, _ ("Export this panel…"), "wall.export",
                         g_variant_new ("(ii)", block->row, block->first + index), arrange);
}

static void
kd_wall_block_dispose (GObject *object)
{
  KdWallBlock *block = KD_WALL_BLOCK (object);
  g_clear_object (&block->model);
  g_clear_object (&block->port);
  G_OBJECT_CLASS (kd_wall_block_parent_class)->dispose (object);
}

static bool
is_in_sight (GtkWidget *block)
{
  GtkWidget *viewport = gtk_widget_get_ancestor (block, GTK_TYPE_VIEWPORT);
  graphene_rect_t place, sight;
  if (!viewport || !gtk_widget_compute_bounds (block, viewport, &place))
    return true;
  graphene_rect_init (&sight, 0, 0, (float) gtk_widget_get_width (viewport),
                      (float) gtk_widget_get_height (viewport));
  return graphene_rect_intersection (&place, &sight, NULL);
}

/* GTK would paint what is out of sight as well, and only then cut it off: of a long wall that is the most. */
static void
kd_wall_block_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  KD_WALL_BLOCK (widget)->unseen = !is_in_sight (widget);
  if (!KD_WALL_BLOCK (widget)->unseen)
    GTK_WIDGET_CLASS (kd_wall_block_parent_class)->snapshot (widget, snapshot);
}

void
kd_wall_block_scrolled (KdWallBlock *block)
{
  g_return_if_fail (KD_IS_WALL_BLOCK (block));
  if (block->unseen)
    gtk_widget_queue_draw (GTK_WIDGET (block));
}

static void
kd_wall_block_class_init (KdWallBlockClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_wall_block_dispose;
  GTK_WIDGET_CLASS (class)->snapshot = kd_wall_block_snapshot;
  activated_signal = g_signal_new ("activated", KD_TYPE_WALL_BLOCK, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
}

static void
kd_wall_block_init (KdWallBlock *block)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (block), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (block), 2);
  block->title = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (block->title), 0);
  gtk_label_set_ellipsize (GTK_LABEL (block->title), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (block->title, "block-title");
  gtk_widget_add_css_class (GTK_WIDGET (block), "wall-block");
  block->line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, KD_WALL_GAP);
  block->head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  gtk_box_append (GTK_BOX (block->head), block->title);
  gtk_box_append (GTK_BOX (block), block->head);
  gtk_box_append (GTK_BOX (block), block->line);
}

/* ---- the two rows of a difference --------------------------------------------------------------------- */

/* The names of rows that can be subtracted, in the order of the choices. */
static const char *
nth_name (const KdWallBlock *block, guint index)
{
  const GArray *rows = kd_wall_model_get_rows (block->model);
  for (guint i = 0; i < rows->len; i++) {
    const KdWallRowData *row = &g_array_index (rows, KdWallRowData, i);
    if (kd_wall_row_subtracts (row) && index-- == 0)
      return g_intern_string (row->name);
  }
  return NULL;
}

/* Another layout frees this block, which is still at work with the click. */
static gboolean
subtract_now (gpointer data)
{
  KdWallBlock *block = data;
  KdViewSettings *settings = kd_wall_model_get_settings (block->model);
  KdView view = *kd_view_settings_get (settings);
  view.minuend = nth_name (block, gtk_drop_down_get_selected (GTK_DROP_DOWN (block->rows[0])));
  view.subtrahend = nth_name (block, gtk_drop_down_get_selected (GTK_DROP_DOWN (block->rows[1])));
  kd_view_settings_set (settings, &view);
  return G_SOURCE_REMOVE;
}

static void
on_rows_chosen (KdWallBlock *block)
{
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, subtract_now, g_object_ref (block), g_object_unref);
}

static GtkWidget *
make_row_choice (KdWallBlock *block, int side)
{
  const GArray *rows = kd_wall_model_get_rows (block->model);
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);
  guint chosen = 0;
  for (guint i = 0; i < rows->len; i++) {
    const KdWallRowData *row = &g_array_index (rows, KdWallRowData, i);
    if ((int) i == row_of (block)->of[side])
      chosen = g_list_model_get_n_items (G_LIST_MODEL (titles));
    if (kd_wall_row_subtracts (row))
      gtk_string_list_append (titles, row->title);
  }
  static const char *const labels[] = { N_ ("Difference of"), N_ ("minus") };
  GtkWidget *choice = gtk_drop_down_new (g_object_ref (G_LIST_MODEL (titles)), NULL);
  kd_choice_cut (GTK_DROP_DOWN (choice), 7, 7); /* both have half of the head */
  gtk_drop_down_set_selected (GTK_DROP_DOWN (choice), chosen);
  gtk_widget_set_hexpand (choice, TRUE);
  gtk_widget_add_css_class (choice, "chart-choice");
  gtk_accessible_update_property (GTK_ACCESSIBLE (choice), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  kd_translated (labels[side]), -1);
  g_signal_connect_swapped (choice, "notify::selected", G_CALLBACK (on_rows_chosen), block);
  return choice;
}

static void
add_row_choices (KdWallBlock *block)
{
  gtk_label_set_text (GTK_LABEL (block->title), NULL);
  for (int side = 0; side < 2; side++) {
    if (side)
      gtk_box_append (GTK_BOX (block->head), gtk_label_new ("−"));
    block->rows[side] = make_row_choice (block, side);
    gtk_box_append (GTK_BOX (block->head), block->rows[side]);
  }
  gtk_box_reorder_child_after (GTK_BOX (block->head), block->title, block->rows[1]);
}

/* A panel that draws a symbol of the formula has that symbol's colour. */
static void
add_swatch (KdWallBlock *block, const KdWallRowData *row)
{
  const KdMethod *method = kd_wall_model_get_method (block->model);
  const int symbol = kd_symbol_of_probe (method, row->name);
  if (symbol >= 0)
    gtk_box_prepend (GTK_BOX (block->head), kd_swatch_new (kd_symbol_series (method, symbol)));
}

GtkWidget *
kd_wall_block_new (KdWallModel *model, KdViewPort *port, int row, int place)
{
  KdWallBlock *block = g_object_new (KD_TYPE_WALL_BLOCK, NULL);
  block->model = g_object_ref (model);
  block->port = g_object_ref (port);
  block->row = row;
  const KdWallRowData *data = row_of (block);
  block->first = MAX (place, 0);
  block->n = place < 0 ? data->n_places : 1;
  gtk_label_set_text (GTK_LABEL (block->title), data->title);
  const char *drag =
      _ ("Drag onto another panel: both change places; with Ctrl: the difference of the two");
  g_autofree char *help = data->help ? g_strjoin ("\n", data->help, drag, NULL) : g_strdup (drag);
  gtk_widget_set_tooltip_text (block->title, help);
  kd_wall_drag_add_source (block->title);
  kd_wall_drag_add_target (block);
  add_swatch (block, data);
  g_autofree char *name = g_strconcat ("row-", data->name, NULL);
  gtk_widget_set_name (GTK_WIDGET (block), name);
  if (data->of[0] >= 0)
    add_row_choices (block);
  for (int i = 0; i < block->n; i++)
    add_panel (block, i);
  if (data->kind != KD_PROBE_VECTOR) {
    block->bar = kd_color_bar_new ();
    g_signal_connect (block->bar, "moved", G_CALLBACK (on_scale_moved), block);
    g_signal_connect (block->bar, "reset", G_CALLBACK (on_scale_reset), block);
    gtk_box_append (GTK_BOX (block->line), block->bar);
  }
  return GTK_WIDGET (block);
}
