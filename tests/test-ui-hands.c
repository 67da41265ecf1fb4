/* SPDX-License-Identifier: MIT */

/* The real window under a real pointer and real keys, by xdotool: what no action or signal stands for. Skipped where there is none. */
#include "tests/window-fixture.h"
#include "ui/channel-browser.h"
#include "ui/color-bar.h"
#include "ui/compare-grid.h"
#include "ui/compare-rows.h"
#include "ui/figure-view.h"
#include "ui/live-page.h"
#include "ui/map-wall.h"
#include "ui/timeline.h"
#include "ui/view-bar.h"
#include "ui/wall-block.h"
#include "ui/wipe-view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- hands ---------------------------------------------------------------------------------------------- */

/* xdotool with these words, and some frames to take it in. */
static void
hand (const Opened *opened, const char *words)
{
  g_autofree char *line = g_strconcat ("xdotool ", words, NULL);
  g_autoptr (GError) error = NULL;
  int status;
  g_assert_true (g_spawn_command_line_sync (line, NULL, NULL, &status, &error));
  g_assert_cmpint (status, ==, 0);
  wait_frames (opened);
}

/* The pointer to a place of a widget, as parts of its width and height. */
static void
point (const Opened *opened, GtkWidget *widget, double x, double y)
{
  GtkWidget *window = GTK_WIDGET (opened->window);
  graphene_point_t at = GRAPHENE_POINT_INIT ((float) (x * gtk_widget_get_width (widget)),
                                             (float) (y * gtk_widget_get_height (widget)));
  double left, top;
  g_assert_true (gtk_widget_compute_point (widget, window, &at, &at));
  gtk_native_get_surface_transform (GTK_NATIVE (window), &left, &top);
  g_autofree char *words = g_strdup_printf ("mousemove %d %d", (int) ((double) at.x + left),
                                            (int) ((double) at.y + top));
  hand (opened, words);
}

/* A window with the keyboard, at the display's corner. */
static Opened
open_in_hands_with (KdKnobs *knobs)
{
  Opened opened = open_window_with (knobs, true);
  WAIT_UNTIL (find_map (&opened, "pull", 0));
  g_autofree char *name = g_strdup_printf ("kdscope-hands-%d", (int) getpid ());
  gtk_window_set_title (GTK_WINDOW (opened.window), name);
  wait_frames (&opened);
  g_autofree char *words = g_strdup_printf (
      "search --sync --onlyvisible --name %s windowmove %%1 0 0 windowraise %%1 windowfocus %%1",
      name);
  hand (&opened, words);
  WAIT_UNTIL (gtk_window_is_active (GTK_WINDOW (opened.window)));
  wait_frames (&opened);
  return opened;
}

static Opened
open_in_hands (void)
{
  return open_in_hands_with (NULL);
}

static bool
no_hands (void)
{
  g_autofree char *program = g_find_program_in_path ("xdotool");
  if (!program)
    g_test_skip ("xdotool is not installed: there is no hand to move the pointer");
  return !program;
}

/* ---- what there is -------------------------------------------------------------------------------------- */

static KdLivePage *
live_of (const Opened *opened)
{
  g_autoptr (GPtrArray) pages = all_of (opened, KD_TYPE_LIVE_PAGE);
  return pages->pdata[0];
}

static KdViewPort *
port_of (const Opened *opened)
{
  return kd_live_page_get_port (live_of (opened));
}

static const KdView *
view_of (const Opened *opened)
{
  return kd_view_settings_get (
      kd_wall_model_get_settings (kd_live_page_get_wall (live_of (opened))));
}

static GtkWidget *
block_of (const Opened *opened, const char *row)
{
  g_autoptr (GPtrArray) blocks = in_live (opened, KD_TYPE_WALL_BLOCK);
  g_autofree char *name = g_strconcat ("row-", row, NULL);
  for (guint i = 0; i < blocks->len; i++)
    if (g_str_equal (gtk_widget_get_name (blocks->pdata[i]), name))
      return blocks->pdata[i];
  g_assert_not_reached ();
}

static KdMapView *
map_of (const Opened *opened, const char *row, guint place)
{
  g_autoptr (GPtrArray) maps = g_ptr_array_new ();
  collect (block_of (opened, row), KD_TYPE_MAP_VIEW, maps);
  return maps->pdata[place];
}

static const char *
row_name (const Opened *opened, guint index)
{
  const GArray *rows = kd_wall_model_get_rows (kd_live_page_get_wall (live_of (opened)));
  return g_array_index (rows, KdWallRowData, index).name;
}

static guint
visible_maps (const Opened *opened)
{
  g_autoptr (GPtrArray) maps = in_live (opened, KD_TYPE_MAP_VIEW);
  guint n = 0;
  for (guint i = 0; i < maps->len; i++)
    n += gtk_widget_get_mapped (maps->pdata[i]);
  return n;
}

/* Where the probe is, px of the wall's image. */
static void
hover_of (const Opened *opened, double *x, double *y)
{
  g_assert_true (kd_view_port_get_hover (port_of (opened), x, y));
}

/* ---- captions ------------------------------------------------------------------------------------------- */

static void
drag (const Opened *opened, GtkWidget *from, GtkWidget *onto)
{
  point (opened, from, 0.3, 0.5);
  hand (opened, "mousedown 1");
  for (int i = 1; i <= 4; i++) {
    g_autofree char *words = g_strdup_printf ("mousemove_relative -- %d %d", 6, 3);
    hand (opened, words);
  }
  point (opened, onto, 0.3, 0.5);
  hand (opened, "mousemove_relative 2 0");
  hand (opened, "mouseup 1");
  for (int i = 0; i < 5; i++)
    wait_frames (opened);
}

static void
test_captions_are_dragged (void)
{
  if (no_hands ())
    return;
  Opened opened = open_in_hands ();
  g_assert_cmpstr (row_name (&opened, 0), ==, "loss_density");
  drag (&opened, kd_map_view_get_caption (map_of (&opened, "teacher_feat", 0)),
        kd_map_view_get_caption (map_of (&opened, "loss_density", 0)));
  WAIT_UNTIL (g_str_equal (row_name (&opened, 0), "teacher_feat"));
  g_assert_cmpstr (row_name (&opened, 1), ==, "loss_density");
  hand (&opened, "keydown ctrl");
  drag (&opened, kd_map_view_get_caption (map_of (&opened, "loss_density", 1)),
        kd_map_view_get_caption (map_of (&opened, "teacher_feat", 1)));
  hand (&opened, "keyup ctrl");
  WAIT_UNTIL (g_strcmp0 (view_of (&opened)->minuend, "loss_density") == 0);
  g_assert_cmpstr (view_of (&opened)->subtrahend, ==, "teacher_feat");
  g_assert_cmpstr (row_name (&opened, 0), ==, KD_ROW_DIFFERENCE);
  hand (&opened, "key ctrl+z");
  WAIT_UNTIL (!view_of (&opened)->minuend);
  hand (&opened, "key ctrl+z");
  WAIT_UNTIL (g_str_equal (row_name (&opened, 0), "loss_density"));
  close_window (&opened);
}

/* ---- pointing ------------------------------------------------------------------------------------------- */

static void
test_click_pins_and_arrows_go_on (void)
{
  if (no_hands ())
    return;
  Opened opened = open_in_hands ();
  KdMapView *map = map_of (&opened, "loss_density", 0);
  const KdWallPlace *place =
      &g_array_index (kd_wall_model_get_rows (kd_live_page_get_wall (live_of (&opened))),
                      KdWallRowData, 0)
           .places[0];
  double x, y, after_x, after_y;
  KdPin pins[KD_MAX_PINS];
  point (&opened, GTK_WIDGET (map), 0.5, 0.6);
  hover_of (&opened, &x, &y);
  hand (&opened, "click 1");
  g_assert_cmpint (kd_view_port_get_pins (port_of (&opened), pins), ==, 1);
  g_assert_cmpfloat_with_epsilon (pins[0].x, x, 1e-9);
  /* The pointer rests on the map: the arrows still go from cell to cell, and the timeline stays. */
  hand (&opened, "key Right");
  hand (&opened, "key Right");
  hand (&opened, "key Up");
  hover_of (&opened, &after_x, &after_y);
  g_assert_cmpint ((int) (after_x * place->width), ==, (int) (x * place->width) + 2);
  g_assert_cmpint ((int) (after_y * place->height), ==, (int) (y * place->height) - 1);
  hand (&opened, "key p");
  g_assert_cmpint (kd_view_port_get_pins (port_of (&opened), pins), ==, 2);
  g_assert_cmpfloat (pins[1].x, ==, after_x);
  /* Both pins stay where they are when a double click makes the panel large. */
  point (&opened, GTK_WIDGET (map), 0.3, 0.3);
  hand (&opened, "sleep 0.5"); /* else it would be the first click's third */
  hand (&opened, "click --repeat 2 --delay 30 1");
  WAIT_UNTIL (visible_maps (&opened) == 1);
  KdPin now[KD_MAX_PINS];
  g_assert_cmpint (kd_view_port_get_pins (port_of (&opened), now), ==, 2);
  g_assert_cmpmem (now, 2 * sizeof *now, pins, 2 * sizeof *pins);
  hand (&opened, "key Escape");
  WAIT_UNTIL (visible_maps (&opened) > 6);
  hand (&opened, "key shift+p");
  g_assert_cmpint (kd_view_port_get_pins (port_of (&opened), pins), ==, 0);
  close_window (&opened);
}

static void
test_zooms_at_the_pointer (void)
{
  if (no_hands ())
    return;
  Opened opened = open_in_hands ();
  GtkWidget *map = GTK_WIDGET (map_of (&opened, "loss_density", 0));
  double x, y, now_x, now_y, centre_x, centre_y;
  point (&opened, map, 0.7, 0.6);
  hover_of (&opened, &x, &y);
  hand (&opened, "keydown ctrl");
  hand (&opened, "click 4");
  hand (&opened, "click 4");
  hand (&opened, "keyup ctrl");
  g_assert_cmpfloat_with_epsilon (kd_view_port_get_zoom (port_of (&opened)), 1.2 * 1.2, 1e-9);
  hand (&opened, "mousemove_relative 1 0");
  hand (&opened, "mousemove_relative -- -1 0");
  hover_of (&opened, &now_x, &now_y); /* what was under the pointer still is */
  g_assert_cmpfloat_with_epsilon (now_x, x, 1e-6);
  g_assert_cmpfloat_with_epsilon (now_y, y, 1e-6);
  kd_view_port_get_centre (port_of (&opened), &centre_x, &centre_y);
  hand (&opened, "mousedown 1");
  hand (&opened, "mousemove_relative -- -8 0");
  hand (&opened, "mousemove_relative -- -8 0");
  hand (&opened, "mouseup 1");
  kd_view_port_get_centre (port_of (&opened), &now_x, &now_y);
  g_assert_cmpfloat (now_x, >, centre_x);
  KdPin pins[KD_MAX_PINS];
  g_assert_cmpint (kd_view_port_get_pins (port_of (&opened), pins), ==, 0); /* that was no click */
  hand (&opened, "key ctrl+0");
  g_assert_cmpfloat (kd_view_port_get_zoom (port_of (&opened)), ==, 1);
  close_window (&opened);
}

/* ---- time ----------------------------------------------------------------------------------------------- */

static int64_t
step_on_wall (const Opened *opened)
{
  return kd_snapshot_step (kd_session_model_get_snapshot (opened->model));
}

/* A recording goes to the keyframe nearest to the pointer, behind where it is and before. */
static void
test_a_recording_goes_where_pointed (void)
{
  if (no_hands ())
    return;
  Opened opened = open_in_hands ();
  g_autoptr (GError) error = NULL;
  g_autofree char *path = kd_recording_find (&error);
  g_assert_no_error (error);
  kd_window_open (opened.window, path);
  WAIT_UNTIL (kd_session_is_recording (session_of (&opened)));
  wait_frames (&opened);
  g_autoptr (GPtrArray) timelines = all_of (&opened, KD_TYPE_TIMELINE);
  static const double places[] = { 0.25, 0.75, 0.5 };
  const double last = (double) kd_session_status (session_of (&opened)).steps;
  int64_t steps[256];
  const int n = kd_session_keyframes (session_of (&opened), steps, G_N_ELEMENTS (steps));
  for (size_t i = 0; i < G_N_ELEMENTS (places); i++) {
    point (&opened, timelines->pdata[0], places[i], 0.5);
    hand (&opened, "click 1");
    const int64_t step = step_on_wall (&opened);
    g_assert_cmpfloat_with_epsilon ((double) step, places[i] * last,
                                    0.5 * (double) (steps[n / 2] - steps[n / 2 - 1]) + 0.01 * last);
  }
  point (&opened, timelines->pdata[0], 0.5, 0.5);
  hand (&opened, "mousedown 1");
  for (int i = 0; i < 4; i++)
    hand (&opened, "mousemove_relative 60 0");
  hand (&opened, "mouseup 1");
  const int64_t dragged = step_on_wall (&opened);
  g_assert_cmpint (dragged, >, (int64_t) (0.5 * last));
  hand (&opened, "key Left");
  g_assert_cmpint (step_on_wall (&opened), <, dragged);
  hand (&opened, "key Home");
  g_assert_cmpint (step_on_wall (&opened), ==, steps[0]);
  close_window (&opened);
}

/* Space plays at once, whatever the engine is still loading; a step and its phases have keys of their own. */
static void
test_transport_by_keys (void)
{
  if (no_hands ())
    return;
  Opened opened = open_in_hands ();
  KdSession *session = session_of (&opened);
  hand (&opened, "key space");
  WAIT_UNTIL (kd_session_status (session).state == KD_STATE_RUNNING);
  hand (&opened, "key space");
  WAIT_UNTIL (kd_session_status (session).state == KD_STATE_PAUSED);
  const int64_t step = kd_session_status (session).step;
  hand (&opened, "key period");
  WAIT_UNTIL (kd_session_status (session).step == step + 1);
  for (KdStepPhase phase = KD_STEP_FORWARD; phase < KD_N_STEP_PHASES; phase++) {
    g_assert_cmpint (kd_session_status (session).next_phase, ==, phase);
    hand (&opened, "key shift+period");
    WAIT_UNTIL (kd_session_status (session).next_phase == (phase + 1) % KD_N_STEP_PHASES);
  }
  g_assert_cmpint (kd_session_status (session).step, ==, step + 2);
  close_window (&opened);
}

/* ---- scales --------------------------------------------------------------------------------------------- */

static KdScale
first_scale (const Opened *opened)
{
  return g_array_index (kd_wall_model_get_rows (kd_live_page_get_wall (live_of (opened))),
                        KdWallRowData, 0)
      .scale;
}

/* The upper end of a colour bar, held and pulled down: what lies above is clipped; a double click shares the scale again. */
static void
test_a_scale_is_clipped (void)
{
  if (no_hands ())
    return;
  Opened opened = open_in_hands ();
  g_autoptr (GPtrArray) bars = g_ptr_array_new ();
  collect (block_of (&opened, "loss_density"), KD_TYPE_COLOR_BAR, bars);
  const KdScale before = first_scale (&opened);
  const KdShare share = view_of (&opened)->share;
  const int height = gtk_widget_get_height (bars->pdata[0]);
  point (&opened, bars->pdata[0], 0.4, 0.5);
  /* Its colours begin somewhere below its top: pressing every few px, until an end is held. */
  int y = height / 2;
  for (; y > 0 && view_of (&opened)->share != KD_SHARE_FIXED; y -= 3) {
    point (&opened, bars->pdata[0], 0.4, (double) y / height);
    hand (&opened, "mousedown 1");
    hand (&opened, "mousemove_relative 0 8");
    hand (&opened, "mouseup 1");
  }
  g_assert_cmpint (view_of (&opened)->share, ==, KD_SHARE_FIXED);
  const KdScale clipped = first_scale (&opened);
  g_assert_cmpfloat (clipped.high, <, before.high);
  g_assert_cmpfloat (clipped.high, >, 0.3 * before.high);
  g_assert_cmpfloat (clipped.low, ==, before.low);
  hand (&opened, "sleep 0.5");
  point (&opened, bars->pdata[0], 0.4, 0.6);
  hand (&opened, "click --repeat 2 --delay 30 1");
  g_assert_cmpint (view_of (&opened)->share, ==, share);
  g_assert_cmpfloat (first_scale (&opened).high, ==, before.high);
  close_window (&opened);
}

/* ---- figures -------------------------------------------------------------------------------------------- */

static KdFigureView *
figure_of (const Opened *opened, const char *id)
{
  for (int i = 0; i < 3 && !g_str_equal (kd_live_page_get_figure (live_of (opened)), id); i++)
    hand (opened, "key f");
  gtk_window_set_default_size (GTK_WINDOW (opened->window), 1280, 960);
  g_autoptr (GPtrArray) views = all_of (opened, KD_TYPE_FIGURE_VIEW);
  for (guint i = 0; i < views->len; i++)
    if (g_str_equal (kd_figure_view_get_figure (views->pdata[i])->id, id)) {
      WAIT_UNTIL (kd_figure_view_get_plot (views->pdata[i]) &&
                  kd_figure_view_get_plot (views->pdata[i])->sheet.n_panels > 0 &&
                  gtk_widget_get_height (GTK_WIDGET (opened->window)) > 900);
      wait_frames (opened);
      return views->pdata[i];
    }
  g_assert_not_reached ();
}

static GtkWidget *
drawing_of (KdFigureView *view)
{
  g_autoptr (GPtrArray) areas = g_ptr_array_new ();
  collect (GTK_WIDGET (view), GTK_TYPE_DRAWING_AREA, areas);
  return areas->pdata[0];
}

static bool
is_in_panel (KdFigureView *view, cairo_t *cr, int panel, int x, int y)
{
  GtkWidget *area = drawing_of (view);
  const KdRect whole = { 0, 0, gtk_widget_get_width (area), gtk_widget_get_height (area) };
  return kd_sheet_spot (cr, &whole, &kd_figure_view_get_plot (view)->sheet, x, y).panel == panel;
}

/* Where a panel's picture is in the drawing, to the pixel. */
static KdRect
picture_of_panel (KdFigureView *view, int panel)
{
  GtkWidget *area = drawing_of (view);
  cairo_surface_t *nothing = cairo_image_surface_create (CAIRO_FORMAT_A8, 1, 1);
  cairo_t *cr = cairo_create (nothing);
  int x = 0, y = 0;
  while (!is_in_panel (view, cr, panel, x, y)) {
    x += 20;
    if (x >= gtk_widget_get_width (area)) {
      x = 0;
      y += 20;
      g_assert_cmpint (y, <, gtk_widget_get_height (area));
    }
  }
  int left = x, right = x, top = y, bottom = y;
  while (is_in_panel (view, cr, panel, left - 1, y))
    left--;
  while (is_in_panel (view, cr, panel, right, y))
    right++;
  while (is_in_panel (view, cr, panel, x, top - 1))
    top--;
  while (is_in_panel (view, cr, panel, x, bottom))
    bottom++;
  cairo_destroy (cr);
  cairo_surface_destroy (nothing);
  return (KdRect){ left, top, right - left, bottom - top };
}

/* The pointer to a part of that picture, also beyond it. */
static void
point_in (const Opened *opened, KdFigureView *view, const KdRect *picture, double x, double y)
{
  GtkWidget *area = drawing_of (view);
  point (opened, area, (picture->x + x * picture->width) / gtk_widget_get_width (area),
         (picture->y + y * picture->height) / gtk_widget_get_height (area));
}

static uint32_t
pixel_at (cairo_surface_t *surface, double x, double y)
{
  const unsigned char *row =
      cairo_image_surface_get_data (surface) + (int) y * cairo_image_surface_get_stride (surface);
  return ((const uint32_t *) (const void *) row)[(int) x] & 0xffffff;
}

/* DeFeat: the wipe is held and pulled; it stays with the pointer, and at the edge where the pointer is beyond it. */
static void
test_a_figure_is_wiped (void)
{
  if (no_hands ())
    return;
  Opened opened = open_in_hands_with (kd_knobs_new (kd_method_find ("defeat"), "demo", NULL));
  KdFigureView *view = figure_of (&opened, "split");
  int panel = 0;
  while (!kd_figure_view_get_plot (view)->sheet.panels[panel].sides)
    panel++;
  const KdRect picture = picture_of_panel (view, panel);
  const double old_line = picture.x + 0.5 * picture.width, y = picture.y + 0.25 * picture.height;
  g_assert_cmpint (kd_figure_view_get_plot (view)->slider_at, ==, 50);
  cairo_surface_t *before = paint (drawing_of (view));
  g_assert_cmphex (pixel_at (before, old_line, y), ==, 0xffffff);
  point_in (&opened, view, &picture, 0.5, 0.5);
  hand (&opened, "mousedown 1");
  static const double places[][2] = { { 0.75, 75 }, { 1.3, 100 }, { -0.2, 0 }, { 0.25, 25 } };
  for (size_t i = 0; i < G_N_ELEMENTS (places); i++) {
    point_in (&opened, view, &picture, places[i][0], 0.5);
    WAIT_UNTIL (fabs (kd_figure_view_get_plot (view)->slider_at - places[i][1]) <= 2);
  }
  hand (&opened, "mouseup 1");
  const int at = kd_figure_view_get_plot (view)->slider_at;
  point_in (&opened, view, &picture, 0.8, 0.5); /* nothing is held any more */
  g_assert_cmpint (kd_figure_view_get_plot (view)->slider_at, ==, at);
  const KdSheet *sheet = &kd_figure_view_get_plot (view)->sheet;
  for (int p = 0; p < sheet->n_panels; p++)
    if (sheet->panels[p].sides)
      g_assert_cmpfloat_with_epsilon (sheet->panels[p].wipe, at / 100.0, 1e-9);
  cairo_surface_t *after = paint (drawing_of (view));
  g_assert_cmphex (pixel_at (after, picture.x + at / 100.0 * picture.width, y), ==, 0xffffff);
  g_assert_cmphex (pixel_at (after, old_line, y), !=, 0xffffff);
  cairo_surface_destroy (before);
  cairo_surface_destroy (after);
  close_window (&opened);
}

/* 0..1 on a logarithmic axis. */
static double
along_log (const KdScale *axis, double value)
{
  return value > axis->low ? log (value / axis->low) / log (axis->high / axis->low) : 0;
}

static int
count_red (cairo_surface_t *surface, const KdRect *picture)
{
  int n = 0;
  for (int y = 0; y < (int) picture->height; y++)
    for (int x = 0; x < (int) picture->width; x++) {
      const uint32_t pixel = pixel_at (surface, picture->x + x, picture->y + y);
      n += (pixel >> 16) > 150 && (pixel >> 8 & 0xff) < 90 && (pixel & 0xff) < 90;
    }
  return n;
}

/* PFI: a rectangle drawn over the scatter chooses the cells in it, on the maps, too; a click lets go of them. */
static void
test_a_scatter_is_brushed (void)
{
  if (no_hands ())
    return;
  enum { SCATTER = 3 };
  Opened opened = open_in_hands_with (kd_knobs_new (kd_method_find ("rm_pfi"), "demo", NULL));
  KdFigureView *view = figure_of (&opened, "gaps");
  const KdPanel *panel = &kd_figure_view_get_plot (view)->sheet.panels[SCATTER];
  g_assert_cmpint (panel->kind, ==, KD_PANEL_SCATTER);
  const KdRect picture = picture_of_panel (view, SCATTER);
  point (&opened, drawing_of (view), 0.01, 0.01); /* where nothing is lit */
  WAIT_UNTIL (!kd_figure_view_get_plot (view)->readout);
  cairo_surface_t *before = paint (drawing_of (view));
  g_assert_cmpint (count_red (before, &picture), ==, 0);
  point_in (&opened, view, &picture, 0.55, 0.5);
  hand (&opened, "mousedown 1");
  point_in (&opened, view, &picture, 0.8, 0.3);
  point_in (&opened, view, &picture, 1.2, -0.2); /* beyond: as far as it goes */
  WAIT_UNTIL ((panel = &kd_figure_view_get_plot (view)->sheet.panels[SCATTER])->brush.width > 0.3);
  hand (&opened, "mouseup 1");
  panel = &kd_figure_view_get_plot (view)->sheet.panels[SCATTER];
  const KdRect brush = panel->brush;
  g_assert_cmpfloat_with_epsilon (brush.x + brush.width, 1, 1e-9);
  g_assert_cmpfloat_with_epsilon (brush.y + brush.height, 1, 1e-9);
  g_assert_cmpfloat (brush.x, >, 0.1);
  g_assert_cmpfloat (brush.y, >, 0.1);
  KdScale across, up;
  kd_sheet_axes (panel, &across, &up);
  const KdPanel *maps = panel - SCATTER;
  int chosen = 0;
  for (int i = 0; i < panel->n_points; i++) {
    const double x = along_log (&across, (double) maps[0].values[i]),
                 y = along_log (&up, (double) maps[1].values[i]);
    const bool inside = x >= brush.x && y >= brush.y;
    chosen += inside;
    g_assert_cmpint (panel->points[i].lit, ==, inside);
    g_assert_cmpint (maps[2].marks ? maps[2].marks[i] : 0, ==, inside);
  }
  g_assert_cmpint (chosen, >, 0);
  g_assert_cmpint (chosen, <, panel->n_points);
  g_autofree char *told = g_strdup_printf ("%d cells chosen", chosen);
  g_assert_true (g_str_has_prefix (panel->caption, told));
  cairo_surface_t *brushed = paint (drawing_of (view));
  g_assert_cmpint (count_red (brushed, &picture), >, 5 * chosen);
  point_in (&opened, view, &picture, 0.7, 0.4);
  hand (&opened, "click 1");
  WAIT_UNTIL (!(kd_figure_view_get_plot (view)->sheet.panels[SCATTER].brush.width > 0));
  g_assert_null (kd_figure_view_get_plot (view)->sheet.panels[0].marks);
  cairo_surface_t *after = paint (drawing_of (view));
  g_assert_cmpint (count_red (after, &picture), <, 60); /* at most the point at the pointer */
  cairo_surface_destroy (before);
  cairo_surface_destroy (brushed);
  cairo_surface_destroy (after);
  close_window (&opened);
}

/* ---- two runs in one place ------------------------------------------------------------------------------ */

/* Of Compare's rows, looked up anew: the grid may lay its panels out again. NULL: there are not so many. */
static gpointer
wipe_of (const Opened *opened, guint index)
{
  g_autoptr (GPtrArray) wipes = all_of (opened, KD_TYPE_WIPE_VIEW);
  return index < wipes->len ? wipes->pdata[index] : NULL;
}

/* Compare's wipe: one line through all rows' pictures goes with the pointer. */
static void
test_two_runs_are_wiped (void)
{
  if (no_hands ())
    return;
  Opened opened = open_in_hands ();
  hand (&opened, "key alt+2");
  g_autoptr (GPtrArray) grids = all_of (&opened, KD_TYPE_COMPARE_GRID);
  WAIT_UNTIL (gtk_widget_get_mapped (grids->pdata[0]));
  kd_compare_grid_set_mode (grids->pdata[0], KD_COMPARE_WIPE);
  WAIT_UNTIL (wipe_of (&opened, 1) && gtk_widget_get_mapped (wipe_of (&opened, 0)) &&
              gtk_widget_get_width (wipe_of (&opened, 0)) > 40);
  int before;
  do { /* room is shared */
    before = gtk_widget_get_width (wipe_of (&opened, 0));
    wait_frames (&opened);
  } while (before != gtk_widget_get_width (wipe_of (&opened, 0)));
  const double side = gtk_widget_get_width (wipe_of (&opened, 0));
  point (&opened, wipe_of (&opened, 0), 0.5, 0.5);
  hand (&opened, "mousedown 1");
  static const double places[][2] = { { 0.6, 0.6 }, { 1.2, 1 }, { 0.8, 0.8 } };
  for (size_t i = 0; i < G_N_ELEMENTS (places); i++) {
    point (&opened, wipe_of (&opened, 0), places[i][0], 0.5);
    WAIT_UNTIL (fabs (kd_wipe_view_get_position (wipe_of (&opened, 0)) - places[i][1]) <= 2 / side);
    for (guint k = 1; wipe_of (&opened, k); k++)
      g_assert_cmpfloat (kd_wipe_view_get_position (wipe_of (&opened, k)), ==,
                         kd_wipe_view_get_position (wipe_of (&opened, 0)));
  }
  hand (&opened, "mouseup 1");
  wait_frames (&opened);
  const double line = kd_wipe_view_get_position (wipe_of (&opened, 0)) * side;
  cairo_surface_t *surface = paint (wipe_of (&opened, 0));
  g_assert_cmphex (pixel_at (surface, line - 0.5, 0.75 * side), ==, 0xffffff);
  g_assert_cmphex (pixel_at (surface, 0.5 * side, 0.75 * side), !=, 0xffffff);
  cairo_surface_destroy (surface);
  close_window (&opened);
}

/* ---- keys ----------------------------------------------------------------------------------------------- */

/* Each letter changes what it should, and nothing while a number is being typed. */
static void
test_letters (void)
{
  if (no_hands ())
    return;
  Opened opened = open_in_hands ();
  gtk_widget_grab_focus (GTK_WIDGET (map_of (&opened, "loss_density", 0)));
  const KdView first = *view_of (&opened);
  hand (&opened, "key k");
  g_assert_cmpint (view_of (&opened)->colormap, !=, first.colormap);
  hand (&opened, "key s");
  g_assert_cmpint (view_of (&opened)->share, !=, first.share);
  hand (&opened, "key o");
  g_assert_cmpfloat (view_of (&opened)->overlay, >, 0);
  hand (&opened, "key b");
  g_assert_cmpint (view_of (&opened)->boxes, !=, first.boxes);
  hand (&opened, "key d");
  g_assert_nonnull (view_of (&opened)->minuend);
  hand (&opened, "key l");
  g_assert_cmpint (view_of (&opened)->level, ==, 0);
  hand (&opened, "key c");
  g_autoptr (GPtrArray) browsers = in_live (&opened, KD_TYPE_CHANNEL_BROWSER);
  g_assert_cmpuint (browsers->len, ==, 1);
  hand (&opened, "key Escape");

  g_autoptr (GPtrArray) bars = in_live (&opened, KD_TYPE_VIEW_BAR);
  g_autoptr (GPtrArray) entries = g_ptr_array_new ();
  collect (bars->pdata[0], GTK_TYPE_SPIN_BUTTON, entries);
  gtk_widget_grab_focus (entries->pdata[0]);
  wait_frames (&opened);
  const KdView before = *view_of (&opened);
  const int64_t step = kd_session_status (session_of (&opened)).step;
  static const char *const letters[] = { "k", "s", "o",      "b", "d",     "l",           "c",
                                         "p", "r", "period", "f", "space", "bracketleft", "2" };
  for (size_t i = 0; i < G_N_ELEMENTS (letters); i++) {
    g_autofree char *words = g_strconcat ("key ", letters[i], NULL);
    hand (&opened, words);
  }
  for (int i = 0; i < 5; i++)
    wait_frames (&opened);
  g_assert_cmpmem (view_of (&opened), sizeof before, &before, sizeof before);
  g_assert_cmpint (kd_session_status (session_of (&opened)).step, ==, step);
  g_assert_cmpint (kd_session_status (session_of (&opened)).state, ==, KD_STATE_PAUSED);
  g_assert_cmpint (kd_session_model_get_selected (opened.model), ==, 1);
  g_assert_cmpstr (kd_live_page_get_figure (live_of (&opened)), ==, "");
  close_window (&opened);
}

int
main (int argc, char **argv)
{
  window_test_init (&argc, &argv);
  g_test_add_func ("/ui/hands/captions-are-dragged", test_captions_are_dragged);
  g_test_add_func ("/ui/hands/click-pins-and-arrows-go-on", test_click_pins_and_arrows_go_on);
  g_test_add_func ("/ui/hands/zooms-at-the-pointer", test_zooms_at_the_pointer);
  g_test_add_func ("/ui/hands/a-recording-goes-where-pointed", test_a_recording_goes_where_pointed);
  g_test_add_func ("/ui/hands/a-scale-is-clipped", test_a_scale_is_clipped);
  g_test_add_func ("/ui/hands/transport-by-keys", test_transport_by_keys);
  g_test_add_func ("/ui/hands/letters", test_letters);
  g_test_add_func ("/ui/hands/a-figure-is-wiped", test_a_figure_is_wiped);
  g_test_add_func ("/ui/hands/a-scatter-is-brushed", test_a_scatter_is_brushed);
  g_test_add_func ("/ui/hands/two-runs-are-wiped", test_two_runs_are_wiped);
  return g_test_run ();
}
