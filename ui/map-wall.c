/* SPDX-License-Identifier: MIT */
#include "ui/map-wall.h"

#include "ui/bars-view.h"
#include "ui/color-bar.h"
#include "ui/map-view.h"
#include "ui/wall-row.h"

/* Detections shown: what a person would call found. */
#define MIN_SCORE 0.3f
/* Labels of boxes need room. */
#define LABELS_FROM_PX 160
#define PANEL_GAP 6
#define CAPTION_INTERVAL_S 0.25
/* What the flow box and its style add around a block, and around the wall with its scroll bar. */
#define BLOCK_MARGIN 12
#define WALL_MARGIN 30

struct _KdMapWall {
  GtkWidget parent_instance;
  KdSessionModel *model;    /* owned */
  KdViewSettings *settings; /* owned */
  KdViewPort *port;         /* owned */
  GtkWidget *scroller, *flow;
  GArray *rows;         /* KdWallRowData */
  GPtrArray *titles;    /* GtkLabel, one a row */
  GPtrArray *panels;    /* GtkWidget, borrowed: KD_ROW_LEVELS a row, NULL for empty places */
  GPtrArray *bars;      /* KdColorBar or NULL, one a row */
  GtkWidget *photos[3]; /* truth, teacher, student */
  int side;             /* of a panel now, px */
  guint resize;         /* idle source, 0: none */
  bool captioning;      /* captions follow this picture, too */
  double captioned_at;
  guint caption; /* timeout that will bring them up to date, 0: none */
};

G_DEFINE_FINAL_TYPE (KdMapWall, kd_map_wall, GTK_TYPE_WIDGET)

/* ---- building ------------------------------------------------------------------------------------ */

/* A block of the wall: a title over panels side by side. Returns the line that panels are appended to. */
static GtkWidget *
add_block (KdMapWall *wall, const char *title, const char *help, GtkWidget **label_out)
{
  GtkWidget *label = gtk_label_new (title);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (label, "block-title");
  gtk_widget_set_tooltip_text (label, help);
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, PANEL_GAP);
  GtkWidget *block = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  gtk_box_append (GTK_BOX (block), label);
  gtk_box_append (GTK_BOX (block), line);
  gtk_flow_box_append (GTK_FLOW_BOX (wall->flow), block);
  gtk_widget_set_focusable (gtk_widget_get_parent (block), FALSE);
  if (label_out)
    *label_out = label;
  return line;
}

static const char *const photo_titles[] = { "Truth", "Teacher", "Student" };

static void
add_photos (KdMapWall *wall)
{
  GtkWidget *line = add_block (wall, "Image and boxes",
                               "A held-out scene: its ground truth, and what teacher and student "
                               "detect with a score of at least 0.3",
                               NULL);
  for (int i = 0; i < 3; i++) {
    wall->photos[i] = kd_map_view_new (wall->port);
    gtk_box_append (GTK_BOX (line), wall->photos[i]);
  }
}

/* "P3  0.1...1.2": the level, and what is worth saying of the values in it. */
static void
set_panel_title (GtkWidget *panel,
                 const KdWallRowData *row,
                 const KdWallPlace *place,
                 const char *values,
                 const char *help)
{
  g_autofree char *title = g_strdup_printf ("P%d  %s", place->level + 3, values);
  g_autofree char *whole =
      g_strdup_printf ("%s, level P%d\n%s", row->title, place->level + 3, help ? help : "");
  if (KD_IS_MAP_VIEW (panel))
    kd_map_view_set_title (KD_MAP_VIEW (panel), title, whole);
  else
    kd_bars_view_set_title (KD_BARS_VIEW (panel), title, whole);
}

static void
add_row (KdMapWall *wall, const KdWallRowData *row)
{
  GtkWidget *title;
  GtkWidget *line = add_block (wall, row->title, row->help, &title);
  g_ptr_array_add (wall->titles, title);
  for (int k = 0; k < KD_ROW_LEVELS; k++) {
    GtkWidget *panel = NULL;
    if (k < row->n_places) {
      panel = row->kind == KD_PROBE_VECTOR ? kd_bars_view_new () : kd_map_view_new (wall->port);
      gtk_box_append (GTK_BOX (line), panel);
      set_panel_title (panel, row, &row->places[k], "", row->help);
    }
    g_ptr_array_add (wall->panels, panel);
  }
  GtkWidget *bar = NULL;
  if (row->kind != KD_PROBE_VECTOR) {
    bar = kd_color_bar_new ();
    gtk_box_append (GTK_BOX (line), bar);
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
  /* Photos need no colour bar, so they share its room. */
  const int photo = wall->side + (KD_COLOR_BAR_WIDTH + PANEL_GAP) / KD_ROW_LEVELS;
  for (int i = 0; i < 3; i++)
    kd_map_view_set_side (KD_MAP_VIEW (wall->photos[i]), photo);
  for (guint i = 0; i < wall->panels->len; i++) {
    GtkWidget *panel = g_ptr_array_index (wall->panels, i);
    if (KD_IS_MAP_VIEW (panel))
      kd_map_view_set_side (KD_MAP_VIEW (panel), wall->side);
    else if (KD_IS_BARS_VIEW (panel))
      kd_bars_view_set_side (KD_BARS_VIEW (panel), photo, wall->side);
  }
}

/* As many blocks a line as fit at the smallest size, then as large as they still fit. */
static int
side_for_width (int width, int smallest)
{
  const int beside = KD_COLOR_BAR_WIDTH + KD_ROW_LEVELS * PANEL_GAP + BLOCK_MARGIN;
  const int blocks = MAX (1, width / (KD_ROW_LEVELS * smallest + beside));
  return MAX (smallest, (width / blocks - beside) / KD_ROW_LEVELS);
}

static gboolean
fit_width (gpointer data)
{
  KdMapWall *wall = data;
  wall->resize = 0;
  const int width = gtk_widget_get_width (wall->scroller) - WALL_MARGIN;
  const int side = side_for_width (width, kd_view_settings_get (wall->settings)->panel_px);
  if (side != wall->side) {
    wall->side = side;
    apply_sizes (wall);
    show_snapshot (wall); /* labels of boxes depend on the room */
  }
  return G_SOURCE_REMOVE;
}

/* Not while sizes are being handed out: afterwards. */
static void
queue_fit (KdMapWall *wall)
{
  if (!wall->resize)
    wall->resize = g_idle_add (fit_width, wall);
}

static void
rebuild (KdMapWall *wall)
{
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (wall->flow)))
    gtk_flow_box_remove (GTK_FLOW_BOX (wall->flow), child);
  g_ptr_array_set_size (wall->titles, 0);
  g_ptr_array_set_size (wall->panels, 0);
  g_ptr_array_set_size (wall->bars, 0);
  g_clear_pointer (&wall->rows, g_array_unref);

  KdSession *session = kd_session_model_get_session (wall->model);
  wall->rows = kd_wall_rows_new (session, kd_session_model_get_selected (wall->model));
  add_photos (wall);
  for (guint i = 0; i < wall->rows->len; i++)
    add_row (wall, &g_array_index (wall->rows, KdWallRowData, i));
  apply_sizes (wall);
  watch (wall);
  wall->captioned_at = 0;
  show_snapshot (wall);
}

/* ---- showing --------------------------------------------------------------------------------------- */

/* Detections come best first: how many are worth showing. */
static int
count_sure (const KdDetection *boxes, int n)
{
  int sure = 0;
  while (sure < n && boxes[sure].score >= MIN_SCORE)
    sure++;
  return sure;
}

static void
show_photos (KdMapWall *wall, const KdSnapshot *snapshot)
{
  KdSize size;
  const uint8_t *rgb = kd_snapshot_rgb (snapshot, &size);
  int n[3];
  const KdDetection *boxes[3] = {
    kd_snapshot_truths (snapshot, &n[0]),
    kd_snapshot_detections (snapshot, -1, &n[1]),
    kd_snapshot_detections (snapshot, kd_session_model_get_selected (wall->model), &n[2]),
  };
  static const KdBoxSource sources[] = { KD_BOXES_TRUTH, KD_BOXES_TEACHER, KD_BOXES_STUDENT };
  for (int i = 0; i < 3; i++) {
    KdMapView *view = KD_MAP_VIEW (wall->photos[i]);
    const int sure = count_sure (boxes[i], n[i]);
    kd_map_view_set_photo (view, rgb, size);
    kd_map_view_set_boxes (view, sources[i], boxes[i], sure, size, wall->side >= LABELS_FROM_PX,
                           kd_scene_class_names);
    if (!wall->captioning)
      continue;
    g_autofree char *title = g_strdup_printf ("%s: %d", photo_titles[i], sure);
    GString *list = g_string_new (NULL);
    for (int k = 0; k < sure; k++) {
      const KdDetection *box = &boxes[i][k];
      g_string_append_printf (list, "%s%s", k ? "\n" : "", kd_scene_class_names[box->label]);
      if (i > 0)
        g_string_append_printf (list, " %.0f %%", 100 * (double) box->score);
    }
    kd_map_view_set_title (view, title, list->str);
    g_string_free (list, TRUE);
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

  if (!wall->captioning)
    return;
  char low[32], mean[32], high[32];
  kd_number_format (place->stats.min, low, sizeof low);
  kd_number_format (place->stats.mean, mean, sizeof mean);
  kd_number_format (place->stats.max, high, sizeof high);
  g_autofree char *range = g_strdup_printf ("%s\342\200\246%s", low, high);
  GString *help = g_string_new (NULL);
  g_string_printf (help, "%d\303\227%d cells: min %s, mean %s, max %s", place->width, place->height,
                   low, mean, high);
  if (place->stats.n_bad)
    g_string_append_printf (help, "\n%zu cells are not finite", place->stats.n_bad);
  set_panel_title (GTK_WIDGET (view), row, place, range, help->str);
  g_string_free (help, TRUE);
}

/* The channel rule belongs to the picture, and an interpolated one says so. */
static void
show_block_title (KdMapWall *wall, GtkLabel *label, const KdWallRowData *row)
{
  if (!wall->captioning)
    return;
  const KdView *how = kd_view_settings_get (wall->settings);
  GString *text = g_string_new (row->title);
  if (row->reduced)
    g_string_append_printf (text, ", %s", kd_channel_rule_name (how->channels));
  if (how->smooth && row->kind != KD_PROBE_VECTOR)
    g_string_append (text, ", interpolated");
  gtk_label_set_text (label, text->str);
  g_string_free (text, TRUE);
}

static void
show_bars (const KdMapWall *wall,
           KdBarsView *view,
           const KdWallRowData *row,
           const KdWallPlace *place)
{
  if (!place->valid)
    return;
  const float *series[2] = { place->values,
                             place->second >= 0 ? place->values + place->width : NULL };
  /* Attention over channels has mean 1; a signed vector is read from 0. */
  kd_bars_view_set_values (view, series, place->width, true,
                           row->style == KD_STYLE_DIVERGING ? 0 : 1);
  if (!wall->captioning)
    return;
  char high[32];
  kd_number_format (place->stats.max, high, sizeof high);
  g_autofree char *largest = g_strdup_printf ("max %s", high);
  g_autofree char *help = g_strdup_printf (
      "%d channels, sorted by the teacher's: teacher orange, student blue, the line is the mean",
      place->width);
  set_panel_title (GTK_WIDGET (view), row, place, largest, help);
}

static gboolean
caption_later (gpointer data)
{
  KdMapWall *wall = data;
  wall->caption = 0;
  show_snapshot (wall);
  return G_SOURCE_REMOVE;
}

/* Each caption that changes costs a layout of the window, so they follow a few times a second, the maps at once. */
static void
decide_captions (KdMapWall *wall)
{
  wall->captioning = kd_now_s () - wall->captioned_at >= CAPTION_INTERVAL_S;
  if (wall->captioning)
    wall->captioned_at = kd_now_s ();
  else if (!wall->caption)
    wall->caption = g_timeout_add ((guint) (1e3 * CAPTION_INTERVAL_S), caption_later, wall);
}

static void
show_snapshot (KdMapWall *wall)
{
  KdSnapshot *snapshot = kd_session_model_get_snapshot (wall->model);
  if (!snapshot || !wall->rows)
    return;
  decide_captions (wall);
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
        show_bars (wall, KD_BARS_VIEW (panel), row, &row->places[k]);
    }
    show_block_title (wall, g_ptr_array_index (wall->titles, i), row);
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
  queue_fit (wall);
  wall->captioned_at = 0;
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
  g_clear_handle_id (&wall->resize, g_source_remove);
  g_clear_handle_id (&wall->caption, g_source_remove);
  g_clear_pointer (&wall->scroller, gtk_widget_unparent);
  g_clear_pointer (&wall->rows, g_array_unref);
  g_clear_pointer (&wall->titles, g_ptr_array_unref);
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
  wall->side = 92;
  wall->titles = g_ptr_array_new ();
  wall->panels = g_ptr_array_new ();
  wall->bars = g_ptr_array_new ();
  wall->flow = gtk_flow_box_new ();
  gtk_flow_box_set_selection_mode (GTK_FLOW_BOX (wall->flow), GTK_SELECTION_NONE);
  gtk_flow_box_set_max_children_per_line (GTK_FLOW_BOX (wall->flow), 12);
  gtk_flow_box_set_row_spacing (GTK_FLOW_BOX (wall->flow), 8);
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
