/* SPDX-License-Identifier: MIT */
#include "ui/map-wall.h"

#include "ui/bars-view.h"
#include "ui/color-bar.h"
#include "ui/map-view.h"
#include "ui/wall-row.h"

#include <math.h>

/* Detections shown: what a person would call found. */
#define MIN_SCORE 0.3f

struct _KdMapWall {
  GtkWidget parent_instance;
  KdSessionModel *model;    /* owned */
  KdViewSettings *settings; /* owned */
  KdViewPort *port;         /* owned */
  GtkWidget *scroller, *grid;
  GArray *rows;         /* KdWallRowData */
  GPtrArray *panels;    /* GtkWidget, borrowed: KD_ROW_LEVELS a row, NULL for empty places */
  GPtrArray *bars;      /* KdColorBar or NULL, one a row */
  GtkWidget *photos[3]; /* truth, teacher, student */
};

G_DEFINE_FINAL_TYPE (KdMapWall, kd_map_wall, GTK_TYPE_WIDGET)

/* ---- building ------------------------------------------------------------------------------------ */

static const char *const photo_titles[] = { "Image and truth", "Teacher's boxes",
                                            "Student's boxes" };

static void
add_photos (KdMapWall *wall)
{
  for (int i = 0; i < 3; i++) {
    wall->photos[i] = kd_map_view_new (wall->port);
    kd_map_view_set_title (KD_MAP_VIEW (wall->photos[i]), photo_titles[i],
                           i == 0 ? "A held-out scene with its ground truth"
                                  : "Detections with a score of at least 0.3");
    gtk_grid_attach (GTK_GRID (wall->grid), wall->photos[i], i, 0, 1, 1);
  }
}

static void
add_row (KdMapWall *wall, const KdWallRowData *row, int grid_row)
{
  const bool vector = row->kind == KD_PROBE_VECTOR;
  for (int k = 0; k < KD_ROW_LEVELS; k++) {
    GtkWidget *panel = NULL;
    if (k < row->n_places) {
      const KdWallPlace *place = &row->places[k];
      g_autofree char *title = g_strdup_printf ("%s, P%d", row->title, place->level + 3);
      if (vector) {
        panel = kd_bars_view_new ();
        kd_bars_view_set_title (KD_BARS_VIEW (panel), title, row->help);
      } else {
        panel = kd_map_view_new (wall->port);
        kd_map_view_set_title (KD_MAP_VIEW (panel), title, row->help);
      }
      gtk_grid_attach (GTK_GRID (wall->grid), panel, place->level, grid_row, 1, 1);
    }
    g_ptr_array_add (wall->panels, panel);
  }
  GtkWidget *bar = NULL;
  if (!vector) {
    bar = kd_color_bar_new ();
    gtk_grid_attach (GTK_GRID (wall->grid), bar, KD_ROW_LEVELS, grid_row, 1, 1);
  }
  g_ptr_array_add (wall->bars, bar);
}

static void
watch (KdMapWall *wall)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (int));
  for (guint i = 0; i < wall->rows->len; i++) {
    const KdWallRowData *row = &g_array_index (wall->rows, KdWallRowData, i);
    for (int k = 0; k < row->n_places; k++) {
      g_array_append_val (ids, row->places[k].probe);
      if (row->places[k].second >= 0)
        g_array_append_val (ids, row->places[k].second);
    }
  }
  KdSession *session = kd_session_model_get_session (wall->model);
  kd_session_watch (session, (const int *) (void *) ids->data, (int) ids->len);
  kd_session_want_snapshot (session);
}

static void show_snapshot (KdMapWall *wall);

static void
apply_sizes (KdMapWall *wall)
{
  const int side = kd_view_settings_get (wall->settings)->panel_px;
  for (int i = 0; i < 3; i++)
    kd_map_view_set_side (KD_MAP_VIEW (wall->photos[i]), side);
  for (guint i = 0; i < wall->panels->len; i++) {
    GtkWidget *panel = g_ptr_array_index (wall->panels, i);
    if (KD_IS_MAP_VIEW (panel))
      kd_map_view_set_side (KD_MAP_VIEW (panel), side);
    else if (KD_IS_BARS_VIEW (panel))
      kd_bars_view_set_side (KD_BARS_VIEW (panel), side);
  }
}

static void
rebuild (KdMapWall *wall)
{
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (wall->grid)))
    gtk_grid_remove (GTK_GRID (wall->grid), child);
  g_ptr_array_set_size (wall->panels, 0);
  g_ptr_array_set_size (wall->bars, 0);
  g_clear_pointer (&wall->rows, g_array_unref);

  KdSession *session = kd_session_model_get_session (wall->model);
  wall->rows = kd_wall_rows_new (session, kd_session_model_get_selected (wall->model));
  add_photos (wall);
  for (guint i = 0; i < wall->rows->len; i++)
    add_row (wall, &g_array_index (wall->rows, KdWallRowData, i), (int) i + 1);
  apply_sizes (wall);
  watch (wall);
  show_snapshot (wall);
}

/* ---- showing --------------------------------------------------------------------------------------- */

static void
show_boxes (
    KdMapView *view, KdBoxSource source, const KdDetection *boxes, int n, KdSize image, bool labels)
{
  int sure = 0; /* detections come best first */
  while (sure < n && boxes[sure].score >= MIN_SCORE)
    sure++;
  kd_map_view_set_boxes (view, source, boxes, sure, image, labels, kd_scene_class_names);
}

static void
show_photos (KdMapWall *wall, const KdSnapshot *snapshot)
{
  KdSize size;
  const uint8_t *rgb = kd_snapshot_rgb (snapshot, &size);
  const int run = kd_session_model_get_selected (wall->model);
  int n[3];
  const KdDetection *boxes[3] = {
    kd_snapshot_truths (snapshot, &n[0]),
    kd_snapshot_detections (snapshot, -1, &n[1]),
    kd_snapshot_detections (snapshot, run, &n[2]),
  };
  static const KdBoxSource sources[] = { KD_BOXES_TRUTH, KD_BOXES_TEACHER, KD_BOXES_STUDENT };
  for (int i = 0; i < 3; i++) {
    KdMapView *view = KD_MAP_VIEW (wall->photos[i]);
    kd_map_view_set_photo (view, rgb, size);
    show_boxes (view, sources[i], boxes[i], n[i], size, true);
    int sure = 0;
    while (sure < n[i] && boxes[i][sure].score >= MIN_SCORE)
      sure++;
    g_autofree char *caption =
        g_strdup_printf (i == 0 ? "%d object%s" : "%d box%s, score \342\211\245 0.3", sure,
                         sure == 1 ? ""
                         : i == 0  ? "s"
                                   : "es");
    kd_map_view_set_caption (view, caption);
  }
}

static void
show_map (KdMapWall *wall,
          KdMapView *view,
          const KdWallRowData *row,
          const KdWallPlace *place,
          const KdSnapshot *snapshot)
{
  const KdView *how = kd_view_settings_get (wall->settings);
  if (!place->valid) {
    kd_map_view_set_map (view, NULL, 0, 0, NULL, row->colormap);
    return;
  }
  const KdScale scale = kd_wall_place_scale (row, place, how);
  KdSize size;
  const uint8_t *rgb = kd_snapshot_rgb (snapshot, &size);
  if (how->overlay > 0)
    kd_map_view_set_photo (view, rgb, size);
  kd_map_view_set_overlay (view, how->overlay);
  kd_map_view_set_smooth (view, how->smooth);
  kd_map_view_set_map (view, place->values, place->width, place->height, &scale, row->colormap);

  int n;
  const KdDetection *truths = kd_snapshot_truths (snapshot, &n);
  kd_map_view_set_boxes (view, KD_BOXES_TRUTH, truths, how->boxes ? n : 0, size, false,
                         kd_scene_class_names);

  char low[32], mean[32], high[32];
  kd_number_format (place->stats.min, low, sizeof low);
  kd_number_format (place->stats.mean, mean, sizeof mean);
  kd_number_format (place->stats.max, high, sizeof high);
  GString *caption = g_string_new (NULL);
  if (row->reduced)
    g_string_append_printf (caption, "%s, ", kd_channel_rule_name (how->channels));
  g_string_append_printf (caption, "%s \342\200\246 %s \342\200\246 %s", low, mean, high);
  if (place->stats.n_bad)
    g_string_append_printf (caption, ", %zu not finite", place->stats.n_bad);
  if (how->smooth)
    g_string_append (caption, ", interpolated");
  kd_map_view_set_caption (view, caption->str);
  g_string_free (caption, TRUE);
}

static void
show_bars (KdBarsView *view, const KdWallPlace *place)
{
  if (!place->valid)
    return;
  const float *series[2] = { place->values,
                             place->second >= 0 ? place->values + place->width : NULL };
  /* Attention over channels has mean 1. */
  kd_bars_view_set_values (view, series, place->width, true, 1);
  char high[32];
  kd_number_format (place->stats.max, high, sizeof high);
  g_autofree char *caption = g_strdup_printf ("%d channels by teacher, max %s", place->width, high);
  kd_bars_view_set_caption (view, caption);
}

static void
show_snapshot (KdMapWall *wall)
{
  KdSnapshot *snapshot = kd_session_model_get_snapshot (wall->model);
  if (!snapshot || !wall->rows)
    return;
  const KdView *how = kd_view_settings_get (wall->settings);
  kd_wall_rows_update (wall->rows, snapshot, how);
  show_photos (wall, snapshot);
  for (guint i = 0; i < wall->rows->len; i++) {
    const KdWallRowData *row = &g_array_index (wall->rows, KdWallRowData, i);
    for (int k = 0; k < row->n_places; k++) {
      GtkWidget *panel = g_ptr_array_index (wall->panels, i * KD_ROW_LEVELS + (guint) k);
      if (KD_IS_MAP_VIEW (panel))
        show_map (wall, KD_MAP_VIEW (panel), row, &row->places[k], snapshot);
      else
        show_bars (KD_BARS_VIEW (panel), &row->places[k]);
    }
    GtkWidget *bar = g_ptr_array_index (wall->bars, i);
    if (bar) {
      gtk_widget_set_visible (bar, how->share != KD_SHARE_PANEL);
      kd_color_bar_set (KD_COLOR_BAR (bar), &row->scale, row->colormap, row->unit);
    }
  }
}

static void
on_settings (KdMapWall *wall)
{
  apply_sizes (wall);
  show_snapshot (wall);
}

/* ---- life ---------------------------------------------------------------------------------------------- */

static void
kd_map_wall_dispose (GObject *object)
{
  KdMapWall *wall = KD_MAP_WALL (object);
  if (wall->model)
    g_signal_handlers_disconnect_by_data (wall->model, wall);
  if (wall->settings)
    g_signal_handlers_disconnect_by_data (wall->settings, wall);
  g_clear_pointer (&wall->scroller, gtk_widget_unparent);
  g_clear_pointer (&wall->rows, g_array_unref);
  g_clear_pointer (&wall->panels, g_ptr_array_unref);
  g_clear_pointer (&wall->bars, g_ptr_array_unref);
  g_clear_object (&wall->model);
  g_clear_object (&wall->settings);
  g_clear_object (&wall->port);
  G_OBJECT_CLASS (kd_map_wall_parent_class)->dispose (object);
}

static void
kd_map_wall_class_init (KdMapWallClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_map_wall_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (class), GTK_TYPE_BIN_LAYOUT);
}

static void
kd_map_wall_init (KdMapWall *wall)
{
  wall->panels = g_ptr_array_new ();
  wall->bars = g_ptr_array_new ();
  wall->grid = gtk_grid_new ();
  gtk_grid_set_row_spacing (GTK_GRID (wall->grid), 10);
  gtk_grid_set_column_spacing (GTK_GRID (wall->grid), 10);
  gtk_widget_set_halign (wall->grid, GTK_ALIGN_START);
  gtk_widget_set_valign (wall->grid, GTK_ALIGN_START);
  gtk_widget_set_margin_start (wall->grid, 12);
  gtk_widget_set_margin_end (wall->grid, 12);
  gtk_widget_set_margin_top (wall->grid, 10);
  gtk_widget_set_margin_bottom (wall->grid, 10);
  wall->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (wall->scroller), wall->grid);
  gtk_widget_set_parent (wall->scroller, GTK_WIDGET (wall));
  gtk_widget_set_hexpand (GTK_WIDGET (wall), TRUE);
  gtk_widget_set_vexpand (GTK_WIDGET (wall), TRUE);
}

GtkWidget *
kd_map_wall_new (KdSessionModel *model, KdViewSettings *settings, KdViewPort *port)
{
  KdMapWall *wall = g_object_new (KD_TYPE_MAP_WALL, NULL);
  wall->model = g_object_ref (model);
  wall->settings = g_object_ref (settings);
  wall->port = g_object_ref (port);
  g_signal_connect_swapped (model, "probes", G_CALLBACK (rebuild), wall);
  g_signal_connect_swapped (model, "selected", G_CALLBACK (rebuild), wall);
  g_signal_connect_swapped (model, "snapshot", G_CALLBACK (show_snapshot), wall);
  g_signal_connect_swapped (settings, "changed", G_CALLBACK (on_settings), wall);
  rebuild (wall);
  return GTK_WIDGET (wall);
}
