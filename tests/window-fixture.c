/* SPDX-License-Identifier: MIT */
#include "tests/window-fixture.h"

#include "ui/inspect-page.h"
#include "ui/live-page.h"
#include "ui/live-text.h"
#include "ui/map-wall.h"
#include "ui/wall-block.h"

#include "ui/app-settings.h"

KdSession *
session_of (const Opened *opened)
{
  return kd_session_model_get_session (opened->model);
}

/* The views that are not on screen come after the first frame. */
static bool
has_all_views (KdWindow *window)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  collect (GTK_WIDGET (window), KD_TYPE_INSPECT_PAGE, found);
  return found->len == 1;
}

/* A repeating source, so that WAIT_UNTIL wakes up to look again. */
static gboolean
keep_ticking (gpointer data)
{
  (void) data;
  return G_SOURCE_CONTINUE;
}

/* Every window of a test starts as a newcomer's. */
static void
reset_settings (void)
{
  g_autoptr (GSettingsSchema) schema = NULL;
  g_object_get (kd_app_settings (), "settings-schema", &schema, NULL);
  g_auto (GStrv) keys = g_settings_schema_list_keys (schema);
  for (char **key = keys; *key; key++)
    g_settings_reset (kd_app_settings (), *key);
}

Opened
open_window_with (KdKnobs *knobs, bool paused)
{
  reset_settings ();
  return open_window_again (knobs, paused);
}

static Opened
open_with_out (KdKnobs *knobs, bool paused, const char *out)
{
  Opened opened = { 0 };
  g_autoptr (GError) error = NULL;
  fixture_init (&opened.fixture);
  KdConfig config = opened.fixture.config;
  KdRunConfig runs[] = { opened.fixture.runs[0], opened.fixture.runs[1] };
  config.runs = runs;
  if (knobs)
    runs[1].knobs = knobs;
  config.paused = paused;
  config.out = out;
  config.steps = 100000;
  config.eval_every = 0;
  config.keyframe_every = 5;
  opened.model = kd_session_model_new (&config, &error);
  g_assert_no_error (error);
  opened.window = kd_window_new (NULL, opened.model);
  gtk_window_present (GTK_WINDOW (opened.window));
  WAIT_UNTIL (kd_session_model_get_snapshot (opened.model) && has_all_views (opened.window));
  wait_frames (&opened); /* menus ask which monitor the window is on */
  kd_knobs_free (knobs);
  return opened;
}

Opened
open_window_again (KdKnobs *knobs, bool paused)
{
  return open_with_out (knobs, paused, NULL);
}

Opened
open_window_writing (const char *out)
{
  reset_settings ();
  return open_with_out (NULL, true, out);
}

Opened
open_window (bool paused)
{
  return open_window_with (NULL, paused);
}

void
close_window (Opened *opened)
{
  gtk_window_destroy (GTK_WINDOW (opened->window));
  g_object_add_weak_pointer (G_OBJECT (opened->model), (gpointer *) &opened->model);
  KdSessionModel *model = opened->model;
  g_object_unref (model);
  WAIT_UNTIL (!opened->model); /* the window let go, so the engine thread has been joined */
  fixture_clear (&opened->fixture);
}

void
act (const Opened *opened, const char *action)
{
  g_action_group_activate_action (G_ACTION_GROUP (opened->window), action, NULL);
}

void
collect (GtkWidget *widget, GType type, GPtrArray *found)
{
  if (g_type_is_a (G_OBJECT_TYPE (widget), type))
    g_ptr_array_add (found, widget);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    collect (child, type, found);
}

GPtrArray *
all_of (const Opened *opened, GType type)
{
  GPtrArray *found = g_ptr_array_new ();
  collect (GTK_WIDGET (opened->window), type, found);
  return found;
}

GPtrArray *
blocks_in_sight (const Opened *opened)
{
  g_autoptr (GPtrArray) blocks = in_live (opened, KD_TYPE_WALL_BLOCK);
  GPtrArray *seen = g_ptr_array_new ();
  for (guint i = 0; i < blocks->len; i++) {
    GtkWidget *wall = gtk_widget_get_ancestor (blocks->pdata[i], KD_TYPE_MAP_WALL);
    graphene_rect_t place;
    if (gtk_widget_compute_bounds (blocks->pdata[i], wall, &place) && place.origin.y >= 0 &&
        place.origin.y + place.size.height <= gtk_widget_get_height (wall))
      g_ptr_array_add (seen, blocks->pdata[i]);
  }
  return seen;
}

const char *
words_of (GtkWidget *widget)
{
  return GTK_IS_LABEL (widget)      ? gtk_label_get_text (GTK_LABEL (widget))
         : KD_IS_LIVE_TEXT (widget) ? kd_live_text_get (KD_LIVE_TEXT (widget))
                                    : NULL;
}

bool
says (GtkWidget *top, const char *pattern)
{
  const char *words = words_of (top);
  if (words && gtk_widget_get_mapped (top) && g_pattern_match_simple (pattern, words))
    return true;
  for (GtkWidget *child = gtk_widget_get_first_child (top); child;
       child = gtk_widget_get_next_sibling (child))
    if (says (child, pattern))
      return true;
  return false;
}

GPtrArray *
in_live (const Opened *opened, GType type)
{
  g_autoptr (GPtrArray) pages = all_of (opened, KD_TYPE_LIVE_PAGE);
  GPtrArray *found = g_ptr_array_new ();
  collect (pages->pdata[0], type, found);
  return found;
}

bool
press_key (GtkWidget *widget, guint key)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);
  gboolean handled = FALSE;
  for (guint i = 0; !handled && i < g_list_model_get_n_items (controllers); i++) {
    g_autoptr (GObject) controller = g_list_model_get_item (controllers, i);
    if (GTK_IS_EVENT_CONTROLLER_KEY (controller))
      g_signal_emit_by_name (controller, "key-pressed", key, 0u, (GdkModifierType) 0, &handled);
  }
  return handled;
}

cairo_surface_t *
paint (GtkWidget *widget)
{
  const int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width, height);
  GdkPaintable *paintable = gtk_widget_paintable_new (widget);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  gdk_paintable_snapshot (paintable, snapshot, width, height);
  GskRenderNode *node = gtk_snapshot_free_to_node (snapshot);
  cairo_t *cr = cairo_create (surface);
  if (node) {
    gsk_render_node_draw (node, cr);
    gsk_render_node_unref (node);
  }
  cairo_destroy (cr);
  g_object_unref (paintable);
  cairo_surface_flush (surface);
  return surface;
}

static gboolean
set_true (gpointer happened)
{
  *(bool *) happened = true;
  return G_SOURCE_REMOVE;
}

GtkWidget *
named (const Opened *opened, GType type, const char *name)
{
  g_autoptr (GPtrArray) widgets = in_live (opened, type);
  for (guint i = 0; i < widgets->len; i++)
    if (g_str_equal (gtk_widget_get_name (widgets->pdata[i]), name))
      return widgets->pdata[i];
  g_assert_not_reached ();
}

void
wait_frames (const Opened *opened)
{
  bool idle = false; /* what an act has left for later comes first, or it would come after frames */
  g_idle_add (set_true, &idle);
  WAIT_UNTIL (idle);
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (opened->window));
  const gint64 frame = gdk_frame_clock_get_frame_counter (clock);
  gtk_widget_queue_draw (GTK_WIDGET (opened->window));
  while (gdk_frame_clock_get_frame_counter (clock) < frame + 3) {
    gdk_frame_clock_request_phase (clock, GDK_FRAME_CLOCK_PHASE_PAINT);
    g_main_context_iteration (NULL, TRUE);
  }
}

int
count_colors (cairo_surface_t *surface)
{
  g_autoptr (GHashTable) colors = g_hash_table_new (NULL, NULL);
  const int width = cairo_image_surface_get_width (surface);
  for (int y = 0; y < cairo_image_surface_get_height (surface); y++) {
    const uint32_t *row =
        (const uint32_t *) (void *) (cairo_image_surface_get_data (surface) +
                                     y * cairo_image_surface_get_stride (surface));
    for (int x = 0; x < width; x++)
      g_hash_table_add (colors, GUINT_TO_POINTER (row[x]));
  }
  return (int) g_hash_table_size (colors);
}

KdMapView *
find_map (const Opened *opened, const char *name, int level)
{
  const int probe = kd_session_find_probe (
      session_of (opened), kd_session_model_get_selected (opened->model), name, level);
  g_assert_cmpint (probe, >=, 0);
  KdMap map;
  KdSnapshot *snapshot = kd_session_model_get_snapshot (opened->model);
  if (!snapshot || !kd_snapshot_map (snapshot, probe, &map))
    return NULL;
  g_autoptr (GPtrArray) maps = all_of (opened, KD_TYPE_MAP_VIEW);
  for (guint i = 0; i < maps->len; i++) {
    int cell_x, cell_y;
    bool same = true;
    for (int y = 0; same && y < map.height; y++)
      for (int x = 0; same && x < map.width; x++) {
        float value;
        same = kd_map_view_value_at (g_ptr_array_index (maps, i), (x + 0.5) / map.width,
                                     (y + 0.5) / map.height, &cell_x, &cell_y, &value) &&
               cell_x == x && cell_y == y && value == kd_map_get (&map, 0, y, x);
      }
    if (same)
      return g_ptr_array_index (maps, i);
  }
  return NULL;
}

void
window_test_init (int *argc, char ***argv)
{
  g_autoptr (GError) error = NULL;
  gtk_test_init (argc, argv, NULL);
  adw_init ();
  g_assert_true (kd_blas_init (&error));
  g_timeout_add (5, keep_ticking, NULL);
}
