/* SPDX-License-Identifier: MIT */

/* A method's figures in the real window: they are there, draw, follow the pointer, and say what the session's arrays say. */
#include "tests/window-fixture.h"
#include "ui/charts-page.h"
#include "ui/figure-knobs.h"
#include "ui/figure-view.h"
#include "ui/live-page.h"
#include "ui/wall-tabs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static KdPicture *
picture_of (const Opened *opened)
{
  g_autoptr (GPtrArray) pages = all_of (opened, KD_TYPE_LIVE_PAGE);
  return kd_wall_model_get_picture (kd_live_page_get_wall (KD_LIVE_PAGE (pages->pdata[0])));
}

static KdFigureView *
visible_figure (const Opened *opened)
{
  g_autoptr (GPtrArray) views = all_of (opened, KD_TYPE_FIGURE_VIEW);
  for (guint i = 0; i < views->len; i++)
    if (gtk_widget_get_mapped (views->pdata[i]))
      return views->pdata[i];
  return NULL;
}

static GtkWidget *
area_of (KdFigureView *view)
{
  g_autoptr (GPtrArray) areas = g_ptr_array_new ();
  collect (GTK_WIDGET (view), GTK_TYPE_DRAWING_AREA, areas);
  g_assert_cmpuint (areas->len, ==, 1);
  return areas->pdata[0];
}

/* Point at the drawing, from the upper left, until something is read out that begins with @start and has @part in it; NULL: nothing does. */
static const char *
find_readout_of (KdFigureView *view, const char *start, const char *part)
{
  GtkWidget *area = area_of (view);
  for (int y = 3; y < gtk_widget_get_height (area); y += 5)
    for (int x = 3; x < gtk_widget_get_width (area); x += 5) {
      kd_figure_view_point_at (view, x, y);
      const char *readout = kd_figure_view_get_plot (view)->readout;
      if (readout && g_str_has_prefix (readout, start) && strstr (readout, part))
        return readout;
    }
  return NULL;
}

static const char *
find_readout (KdFigureView *view, const char *start)
{
  return find_readout_of (view, start, "");
}

static KdMap
array_of (const Opened *opened, const char *name, int level)
{
  KdMap map;
  const int index = kd_picture_find (picture_of (opened), name, level);
  g_assert_cmpint (index, >=, 0);
  g_assert_true (kd_picture_map (picture_of (opened), index, &map));
  return map;
}

static void
assert_says (const char *readout, const char *label, float value)
{
  char number[32];
  kd_number_format ((double) value, number, sizeof number);
  g_autofree char *expected = g_strdup_printf ("%s%s", label, number);
  if (!strstr (readout, expected))
    g_error ("expected \"%s\" in \"%s\"", expected, readout);
}

/* "P3 cell (4, 7)": the value of map @name there follows @label. */
static void
assert_cell (const Opened *opened, const char *readout, const char *name, const char *label)
{
  int x, y;
  g_assert_nonnull (readout);
  g_assert_cmpint (sscanf (readout, "P3 cell (%d, %d)", &x, &y), ==, 2);
  const KdMap map = array_of (opened, name, 0);
  assert_says (readout, label, kd_map_get (&map, 0, y, x));
}

static void
check_richness (const Opened *opened, KdFigureView *view)
{
  assert_cell (opened, find_readout (view, "P3 cell"), "richness", "richness ");
}

static void
check_pipeline (const Opened *opened, KdFigureView *view)
{
  const char *readout = find_readout (view, "P3 cell");
  assert_cell (opened, readout, "spatial_attention_teacher", "attention ");
  assert_cell (opened, readout, "weight", "= weight ");
  assert_cell (opened, readout, "loss_density", "loss ");
}

/* Enter on a point of the scatter: the cells with both gaps at least as large are chosen, Enter again: none. */
static void
check_brush_by_keys (const Opened *opened, KdFigureView *view)
{
  const KdMap prediction = array_of (opened, "p_dif", 0), feature = array_of (opened, "f_dif", 0);
  const int width = prediction.width, height = prediction.height, cell = 2 * width + 5;
  GtkWidget *area = area_of (view);
  const KdPanel *scatter = &kd_figure_view_get_plot (view)->sheet.panels[3];
  g_assert_cmpint (scatter->kind, ==, KD_PANEL_SCATTER);
  kd_figure_view_point_at (view, -10, -10);
  for (int i = 0; i < 1 + 3 * height + cell; i++) /* through three maps, then point by point */
    g_assert_true (press_key (area, GDK_KEY_Down));
  g_autofree char *name = g_strdup_printf ("P3 cell (%d, %d)", cell % width, cell / width);
  g_assert_true (g_str_has_prefix (kd_figure_view_get_plot (view)->readout, name));
  int n = 0;
  for (int i = 0; i < width * height; i++)
    n += kd_map_get (&prediction, 0, i / width, i % width) >=
             kd_map_get (&prediction, 0, cell / width, cell % width) &&
         kd_map_get (&feature, 0, i / width, i % width) >=
             kd_map_get (&feature, 0, cell / width, cell % width);
  press_key (area, GDK_KEY_Return);
  g_autofree char *expected = g_strdup_printf ("%d cells chosen", n);
  const KdPanel *map = &kd_figure_view_get_plot (view)->sheet.panels[0];
  scatter = &kd_figure_view_get_plot (view)->sheet.panels[3];
  g_assert_true (g_str_has_prefix (scatter->caption, expected));
  for (int i = 0; i < width * height; i++)
    n -= map->marks[i];
  g_assert_cmpint (n, ==, 0);
  press_key (area, GDK_KEY_Return);
  g_assert_null (kd_figure_view_get_plot (view)->sheet.panels[0].marks);
}

static void
check_gaps (const Opened *opened, KdFigureView *view)
{
  const char *readout = find_readout (view, "P3 cell");
  assert_cell (opened, readout, "p_dif", "prediction gap ");
  assert_cell (opened, readout, "pfi", "= weight ");
  check_brush_by_keys (opened, view);
}

static void
check_scores (const Opened *opened, KdFigureView *view)
{
  const char *readout = find_readout (view, "P3 cell");
  assert_cell (opened, readout, "score_student", "student's highest score ");
  assert_cell (opened, readout, "score_teacher", "teacher's ");
  assert_cell (opened, readout, "score_gap", "divergence ");
}

static bool
is_drawn (KdFigureView *view, const char *label)
{
  const KdPanel *image = &kd_figure_view_get_plot (view)->sheet.panels[0];
  for (int i = 0; i < image->n_boxes; i++)
    if (!g_strcmp0 (image->boxes[i].label, label))
      return true;
  return false;
}

/* A line that was chosen keeps its anchor on the image, with both its places, when nothing is pointed at. */
static void
check_kept_line (KdFigureView *view, const char *pointed)
{
  g_autofree char *readout = g_strdup (pointed);
  int teacher, student;
  g_assert_cmpint (sscanf (strstr (readout, "teacher's place "), "teacher's place %d", &teacher),
                   ==, 1);
  g_assert_cmpint (sscanf (strstr (readout, "student's "), "student's %d", &student), ==, 1);
  g_autofree char *label = g_strdup_printf ("%d → %d", teacher, student);
  g_assert_true (press_key (area_of (view), GDK_KEY_Return));
  kd_figure_view_point_at (view, -10, -10);
  g_assert_cmpstr (kd_figure_view_get_plot (view)->readout, ==, readout);
  g_assert_true (is_drawn (view, label));
  kd_figure_view_choose (view, kd_figure_view_get_plot (view)->object);
  g_assert_false (is_drawn (view, label));
  find_readout (view, "anchor at");
  press_key (area_of (view), GDK_KEY_Return);
  press_key (area_of (view), GDK_KEY_Return); /* the second time: let go */
  kd_figure_view_point_at (view, -10, -10);
  g_assert_null (kd_figure_view_get_plot (view)->readout);
  g_assert_false (is_drawn (view, label));
}

static void
check_ranks (const Opened *opened, KdFigureView *view)
{
  const KdMap owners = array_of (opened, "rank_list_gt", -1);
  const KdMap shares = array_of (opened, "rank_list_teacher", -1);
  const int object = kd_figure_view_get_plot (view)->object;
  const char *readout = find_readout (view, "anchor at");
  if (!readout) {
    g_assert_cmpint (kd_picture_info (picture_of (opened))->n_truths, ==, 0);
    return;
  }
  int place;
  const char *teacher = strstr (readout, "teacher's place ");
  g_assert_nonnull (teacher);
  g_assert_cmpint (sscanf (teacher, "teacher's place %d", &place), ==, 1);
  g_autoptr (GArray) own = g_array_new (FALSE, FALSE, sizeof (float));
  for (int i = 0; i < owners.height; i++) {
    const float share = kd_map_get (&shares, 0, i, 0);
    guint at = 0;
    if ((int) kd_map_get (&owners, 0, i, 0) != object)
      continue;
    while (at < own->len && g_array_index (own, float, at) >= share)
      at++;
    g_array_insert_val (own, at, share);
  }
  assert_says (teacher, "with share ", g_array_index (own, float, place - 1));
  check_kept_line (view, readout);
}

static void
check_picks (const Opened *opened, KdFigureView *view)
{
  int place, object;
  const KdMap picks = array_of (opened, "picks", -1);
  const char *readout = find_readout (view, "pick ");
  g_assert_nonnull (readout);
  g_assert_cmpint (sscanf (readout, "pick %d of the object %d", &place, &object), ==, 2);
  const int tower = strstr (readout, "box tower") != NULL;
  for (int i = 0; i < picks.height; i++)
    if ((int) kd_map_get (&picks, 0, i, 0) == object - 1 &&
        (int) kd_map_get (&picks, 0, i, 1) == tower &&
        (int) kd_map_get (&picks, 0, i, 2) == place) {
      assert_says (readout, "quality ", kd_map_get (&picks, 0, i, 7));
      assert_says (readout, "weight ", kd_map_get (&picks, 0, i, 8));
      return;
    }
  g_assert_not_reached ();
}

static void
check_tokens (const Opened *opened, KdFigureView *view)
{
  int token, x, y;
  const char *readout = find_readout (view, "P3 token");
  g_assert_nonnull (readout);
  const char *mask = strstr (readout, "at cell");
  g_assert_nonnull (mask);
  g_assert_cmpint (sscanf (readout, "P3 token %d", &token), ==, 1);
  g_assert_cmpint (sscanf (mask, "at cell (%d, %d)", &x, &y), ==, 2);
  const KdMap masks = array_of (opened, "token_mask_teacher", 0);
  assert_says (readout, "mask ", kd_map_get (&masks, token - 1, y, x));
  const KdMap weights = array_of (opened, "token_weight", 0);
  assert_says (readout, "weight ", kd_map_get (&weights, token - 1, 0, 0));
}

static void
check_anchors (const Opened *opened, KdFigureView *view)
{
  int x, y, shape;
  const char *readout = find_readout_of (view, "P", "anchor shape "); /* not "shapes" of a union */
  const int row = kd_figure_view_get_plot (view)->object;
  g_assert_nonnull (readout);
  const int level = readout[1] - '3';
  g_assert_cmpint (sscanf (readout + 2, " cell (%d, %d), anchor shape %d", &x, &y, &shape), ==, 3);
  const KdMap ious = array_of (opened, "iou_of_box", level);
  const KdMap shapes = array_of (opened, "near_by_anchor", level);
  const int at = ((shape - 1) * shapes.height + y) * shapes.width + x;
  assert_says (readout, "IoU ", kd_map_get (&ious, 0, row, at));
}

/* Max-IoU assignment as the rule is written, without thought of speed: 1 + the object of every anchor, 0 background, -1 ignored. Levels
 * one after another, anchors as kd_anchors_make () gives them. */
static int *
assign_plainly (const KdPictureInfo *info, const KdBox *anchors, int n_anchors)
{
  int *owner = g_new0 (int, n_anchors);
  for (int a = 0; a < n_anchors; a++) {
    double most = 0;
    for (int i = 0; i < info->n_truths; i++) {
      const double iou = kd_box_iou (anchors[a], info->truths[i].box);
      if (iou > most)
        owner[a] = i + 1;
      most = fmax (most, iou);
    }
    if (most < 0.5)
      owner[a] = most >= 0.4 ? -1 : 0;
  }
  for (int i = 0; i < info->n_truths; i++) {
    int best = 0;
    for (int a = 1; a < n_anchors; a++)
      if (kd_box_iou (anchors[a], info->truths[i].box) >
          kd_box_iou (anchors[best], info->truths[i].box))
        best = a;
    if (kd_box_iou (anchors[best], info->truths[i].box) > 0.1)
      owner[best] = i + 1;
  }
  return owner;
}

static void
check_assignment (const Opened *opened, KdFigureView *view)
{
  const KdPictureInfo *info = kd_picture_info (picture_of (opened));
  const KdDetectorConfig config = { .image = info->image,
                                    .anchors = array_of (opened, "owner", 0).channels };
  const int n_anchors = kd_anchor_count (&config);
  g_autofree KdBox *anchors = g_new (KdBox, n_anchors);
  kd_anchors_make (&config, anchors);
  g_autofree int *owner = assign_plainly (info, anchors, n_anchors);
  int counts[64][3] = { { 0 } }, at = 0, n_learning = 0;
  for (int l = 0; l < 3; l++) {
    const KdMap owners = array_of (opened, "owner", l);
    for (int i = 0; i < owners.width * owners.height * owners.channels; i++, at++) {
      const int cell = i / owners.channels;
      g_assert_cmpfloat (
          kd_map_get (&owners, i % owners.channels, cell / owners.width, cell % owners.width), ==,
          (float) owner[at]);
      if (owner[at] > 0) {
        counts[owner[at] - 1][l]++;
        n_learning++;
      }
    }
  }
  g_assert_cmpint (at, ==, n_anchors);
  g_assert_cmpint (n_learning, >=, info->n_truths);
  const KdFigurePlot *plot = kd_figure_view_get_plot (view);
  const KdPanel *matrix = &plot->sheet.panels[1];
  g_assert_cmpint (matrix->kind, ==, KD_PANEL_MATRIX);
  g_assert_cmpint (matrix->height, ==, info->n_truths);
  for (int i = 0; i < info->n_truths * 3; i++)
    g_assert_cmpfloat (matrix->values[i], ==, (float) counts[i / 3][i % 3]);
  /* The pointer on a cell: every anchor of it. */
  int x, y, shape, object;
  const char *readout = find_readout (view, "P3 cell");
  g_assert_nonnull (readout);
  g_assert_cmpint (sscanf (readout, "P3 cell (%d, %d): anchor shape %d", &x, &y, &shape), ==, 3);
  const KdMap p3 = array_of (opened, "owner", 0);
  const int first = owner[(y * p3.width + x) * p3.channels];
  if (sscanf (strstr (readout, "shape 1 "), "shape 1 learns object %d", &object) == 1)
    g_assert_cmpint (object, ==, first);
  else
    g_assert_nonnull (strstr (readout, first < 0 ? "1 is ignored" : "1 is background"));
}

static void
check_regions (const Opened *opened, KdFigureView *view)
{
  int place, x, y;
  const char *readout = find_readout (view, "region ");
  g_assert_nonnull (readout);
  g_assert_cmpint (sscanf (readout, "region %d", &place), ==, 1);
  const KdMap errors = array_of (opened, "region_error", -1);
  g_autoptr (GArray) sorted = g_array_new (FALSE, FALSE, sizeof (float));
  for (int i = 0; i < errors.height; i++) {
    const float error = kd_map_get (&errors, 0, i, 0);
    guint at = 0;
    while (at < sorted->len && g_array_index (sorted, float, at) >= error)
      at++;
    g_array_insert_val (sorted, at, error);
  }
  assert_says (readout, "error ", g_array_index (sorted, float, place - 1));
  readout = find_readout (view, "P3 cell");
  g_assert_cmpint (sscanf (readout, "P3 cell (%d, %d)", &x, &y), ==, 2);
  const KdMap coverage = array_of (opened, "coverage", 0);
  assert_says (readout, "under ", kd_map_get (&coverage, 0, y, x));
}

static GtkWidget *
button_of (KdFigureView *view, const char *icon)
{
  g_autoptr (GPtrArray) buttons = g_ptr_array_new ();
  collect (GTK_WIDGET (view), GTK_TYPE_BUTTON, buttons);
  for (guint i = 0; i < buttons->len; i++)
    if (!g_strcmp0 (gtk_button_get_icon_name (buttons->pdata[i]), icon))
      return buttons->pdata[i];
  return NULL;
}

/* Step on, back and play, each by its button; the text is the candidate's own row. */
static void
check_playing (const Opened *opened, KdFigureView *view)
{
  const KdMap candidates = array_of (opened, "gi_candidates", -1);
  const int most = kd_figure_view_get_plot (view)->slider_most;
  GtkWidget *on = button_of (view, "media-skip-forward-symbolic");
  GtkWidget *back = button_of (view, "media-skip-backward-symbolic");
  GtkWidget *play = button_of (view, "media-playback-start-symbolic");
  g_assert_true (on && back && play);
  g_signal_emit_by_name (on, "clicked");
  g_assert_cmpint (kd_figure_view_get_plot (view)->slider_at, ==, 2);
  assert_says (kd_figure_view_get_plot (view)->slider, "score gap ",
               kd_map_get (&candidates, 0, 1, 5));
  g_signal_emit_by_name (back, "clicked");
  g_assert_cmpint (kd_figure_view_get_plot (view)->slider_at, ==, 1);
  g_signal_emit_by_name (back, "clicked");
  g_assert_false (gtk_widget_get_sensitive (back));
  kd_figure_view_slide (view, most);
  g_assert_false (gtk_widget_get_sensitive (on));
  g_signal_emit_by_name (play, "clicked"); /* at the end: from the start */
  g_assert_cmpint (kd_figure_view_get_plot (view)->slider_at, ==, 0);
  WAIT_UNTIL (kd_figure_view_get_plot (view)->slider_at == MIN (2, most));
  g_signal_emit_by_name (on, "clicked"); /* who steps does not watch any more */
  g_assert_cmpstr (gtk_button_get_icon_name (GTK_BUTTON (play)), ==,
                   "media-playback-start-symbolic");
}

/* The slider plays NMS: after one step a single candidate is seen. */
static void
check_instances (const Opened *opened, KdFigureView *view)
{
  int i, k;
  assert_cell (opened, find_readout (view, "P3 cell"), "gi_score", "anchors ");
  const char *readout = find_readout (view, "instances ");
  if (readout) { /* fewer than two boxes have no relations */
    g_assert_cmpint (sscanf (readout, "instances %d and %d", &i, &k), ==, 2);
    const KdMap student = array_of (opened, "relation_student", -1);
    assert_says (readout, "student ", kd_map_get (&student, 0, i - 1, k - 1));
  }
  g_assert_cmpint (kd_figure_view_get_plot (view)->slider_most, >, 0);
  kd_figure_view_slide (view, 1);
  g_assert_cmpint (kd_figure_view_get_plot (view)->slider_at, ==, 1);
  g_autoptr (GPtrArray) sliders = g_ptr_array_new ();
  collect (GTK_WIDGET (view), GTK_TYPE_SCALE, sliders);
  g_assert_cmpfloat (gtk_range_get_value (sliders->pdata[0]), ==, 1);
  g_assert_true (
      gtk_test_accessible_has_property (sliders->pdata[0], GTK_ACCESSIBLE_PROPERTY_LABEL));
  const KdMap candidates = array_of (opened, "gi_candidates", -1);
  assert_says (kd_figure_view_get_plot (view)->slider, "score gap ",
               kd_map_get (&candidates, 0, 0, 5));
  check_playing (opened, view);
}

/* The drawing takes the focus where it stands, however high it is. */
static void
assert_focus_does_not_scroll (KdFigureView *view)
{
  GtkWidget *scroller = gtk_widget_get_ancestor (area_of (view), GTK_TYPE_SCROLLED_WINDOW);
  GtkAdjustment *rows = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller));
  g_assert_cmpfloat (gtk_adjustment_get_upper (rows), >, gtk_adjustment_get_page_size (rows));
  gtk_widget_grab_focus (area_of (view));
  for (int i = 0; i < 50; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpfloat (gtk_adjustment_get_value (rows), ==, 0);
}

static void
check_split (const Opened *opened, KdFigureView *view)
{
  const char *readout = find_readout (view, "P3 cell");
  assert_cell (opened, readout, "weight", "weight ");
  assert_cell (opened, readout, "contrib", "= loss ");
  g_autoptr (GPtrArray) sliders = g_ptr_array_new ();
  collect (GTK_WIDGET (view), GTK_TYPE_SCALE, sliders);
  gtk_range_set_value (sliders->pdata[0], 80);
  g_assert_cmpint (kd_figure_view_get_plot (view)->slider_at, ==, 80);
  const KdSheet *sheet = &kd_figure_view_get_plot (view)->sheet;
  int n_wiped = 0;
  for (int p = 0; p < sheet->n_panels; p++)
    if (sheet->panels[p].sides) {
      g_assert_cmpfloat_with_epsilon (sheet->panels[p].wipe, 0.8, 1e-9);
      n_wiped++;
    }
  g_assert_cmpint (n_wiped, >=, 3);
  assert_focus_does_not_scroll (view);
}

typedef struct {
  const char *method;
  struct {
    const char *figure;
    void (*check) (const Opened *opened, KdFigureView *view);
  } figures[2];
} Expected;

static void
test_figures_of_a_method (const void *data)
{
  const Expected *expected = data;
  g_autoptr (GError) error = NULL;
  KdKnobs *knobs = kd_knobs_new (kd_method_find (expected->method), "demo", &error);
  g_assert_no_error (error);
  Opened opened = open_window_with (knobs, true);
  kd_session_model_select (opened.model, 1);
  for (int i = 0; i < 2 && expected->figures[i].figure; i++) {
    act (&opened, "figure");
    KdFigureView *view = NULL;
    WAIT_UNTIL ((view = visible_figure (&opened)) && kd_figure_view_get_plot (view) &&
                kd_figure_view_get_plot (view)->sheet.n_panels > 0 &&
                gtk_widget_get_height (area_of (view)) > 100);
    g_assert_cmpstr (kd_figure_view_get_figure (view)->id, ==, expected->figures[i].figure);
    g_assert_true (gtk_test_accessible_has_property (GTK_ACCESSIBLE (area_of (view)),
                                                     GTK_ACCESSIBLE_PROPERTY_LABEL));
    g_assert_true (gtk_widget_get_focusable (area_of (view)));
    wait_frames (&opened);
    int least;
    gtk_widget_measure (named (&opened, KD_TYPE_WALL_TABS, "figures"), GTK_ORIENTATION_HORIZONTAL,
                        -1, &least, NULL, NULL, NULL);
    g_assert_cmpint (least, <=, 520); /* what a sidebar and an open lesson leave of 1024 px */
    cairo_surface_t *surface = paint (area_of (view));
    g_assert_cmpint (count_colors (surface), >, 20);
    cairo_surface_destroy (surface);
    expected->figures[i].check (&opened, view);
  }
  act (&opened, "figure");
  WAIT_UNTIL (!visible_figure (&opened)); /* after the last one the maps */
  close_window (&opened);
}

static void
test_choosing_an_object (void)
{
  Opened opened = open_window_with (kd_knobs_new (kd_method_find ("pgd"), "demo", NULL), true);
  kd_session_model_select (opened.model, 1);
  act (&opened, "figure");
  KdFigureView *view = NULL;
  WAIT_UNTIL ((view = visible_figure (&opened)) && kd_figure_view_get_plot (view) &&
              kd_figure_view_get_plot (view)->object >= 0);
  const int n = kd_picture_info (picture_of (&opened))->n_truths;
  const int other = (kd_figure_view_get_plot (view)->object + 1) % n;
  kd_figure_view_choose (view, other);
  g_assert_cmpint (kd_figure_view_get_plot (view)->object, ==, other);
  g_autoptr (GPtrArray) lists = g_ptr_array_new ();
  collect (GTK_WIDGET (view), GTK_TYPE_DROP_DOWN, lists);
  g_assert_cmpint ((int) gtk_drop_down_get_selected (lists->pdata[0]), ==, other);
  gtk_drop_down_set_selected (lists->pdata[0], 0);
  g_assert_cmpint (kd_figure_view_get_plot (view)->object, ==, 0);
  close_window (&opened);
}

static int
count_dots (KdFigureView *view)
{
  const KdSheet *sheet = &kd_figure_view_get_plot (view)->sheet;
  for (int i = 0; i < sheet->n_panels; i++)
    if (g_str_equal (sheet->panels[i].title, "Class tower, all levels"))
      return sheet->panels[i].n_dots;
  return -1;
}

/* PGD's number of picks, turned above the figure: so many are drawn, the sidebar has the same value, and it can be undone. */
static void
test_turning_a_knob_above_the_figure (void)
{
  Opened opened = open_window_with (kd_knobs_new (kd_method_find ("pgd"), "demo", NULL), true);
  kd_session_model_select (opened.model, 1);
  g_autoptr (GPtrArray) rows = in_live (&opened, KD_TYPE_FIGURE_KNOBS);
  g_assert_cmpuint (rows->len, ==, 1);
  g_assert_false (gtk_widget_get_mapped (rows->pdata[0]));
  act (&opened, "figure");
  KdFigureView *view = NULL;
  WAIT_UNTIL ((view = visible_figure (&opened)) && kd_figure_view_get_plot (view) &&
              count_dots (view) > 2 && gtk_widget_get_mapped (rows->pdata[0]));
  const int before = count_dots (view);
  g_autoptr (GPtrArray) spins = g_ptr_array_new ();
  collect (rows->pdata[0], GTK_TYPE_SPIN_BUTTON, spins);
  g_assert_cmpuint (spins->len, ==, 2);
  gtk_spin_button_set_value (spins->pdata[0], 2);
  WAIT_UNTIL (count_dots (view) == 2);
  KdKnobs *knobs = kd_session_run_knobs (session_of (&opened), 1);
  g_assert_cmpfloat (kd_knobs_get (knobs, "topk"), ==, 2);
  kd_knobs_free (knobs);
  act (&opened, "undo");
  WAIT_UNTIL (count_dots (view) == before);
  g_assert_cmpfloat (gtk_spin_button_get_value (spins->pdata[0]), >, 2);
  act (&opened, "figure");
  WAIT_UNTIL (!gtk_widget_get_mapped (rows->pdata[0]));
  close_window (&opened);
}

/* Who looks at figures goes on looking at figures: at the first of another student's method. */
static void
test_another_student_has_its_own (void)
{
  Opened opened = open_window (true);
  kd_session_model_select (opened.model, 1);
  act (&opened, "figure");
  WAIT_UNTIL (visible_figure (&opened));
  g_assert_cmpstr (kd_figure_view_get_figure (visible_figure (&opened))->id, ==, "pipeline");
  kd_session_model_select (opened.model, 0);
  WAIT_UNTIL (visible_figure (&opened) &&
              g_str_equal (kd_figure_view_get_figure (visible_figure (&opened))->id, "assignment"));
  kd_session_model_select (opened.model, 1);
  WAIT_UNTIL (visible_figure (&opened) &&
              g_str_equal (kd_figure_view_get_figure (visible_figure (&opened))->id, "pipeline"));
  close_window (&opened);
}

/* Beneath a figure, charts fold away in a low window, come when they are called, and are there again with the maps. */
static void
test_a_low_window_is_the_figures (void)
{
  Opened opened = open_window (true);
  GtkWidget *charts = named (&opened, KD_TYPE_CHARTS_PAGE, "charts");
  gtk_window_set_default_size (GTK_WINDOW (opened.window), 1024, 640);
  WAIT_UNTIL (gtk_widget_get_height (GTK_WIDGET (opened.window)) <= 640);
  g_assert_true (gtk_widget_get_visible (charts));
  kd_session_model_select (opened.model, 1);
  act (&opened, "figure");
  WAIT_UNTIL (visible_figure (&opened) && !gtk_widget_get_visible (charts));
  GtkWidget *scroller =
      gtk_widget_get_ancestor (area_of (visible_figure (&opened)), GTK_TYPE_SCROLLED_WINDOW);
  WAIT_UNTIL (gtk_widget_get_height (scroller) > 640 / 2 - 20);
  act (&opened, "charts");
  WAIT_UNTIL (gtk_widget_get_mapped (charts));
  act (&opened, "charts");
  WAIT_UNTIL (!gtk_widget_get_mapped (charts));
  act (&opened, "figure");
  WAIT_UNTIL (!visible_figure (&opened) && gtk_widget_get_mapped (charts));
  close_window (&opened);
}

/* What a figure is turned by never scrolls out of sight, and the bar is seen only where there is more. */
static void
test_controls_stay_in_sight (void)
{
  Opened opened = open_window_with (kd_knobs_new (kd_method_find ("fgfi"), "demo", NULL), true);
  kd_session_model_select (opened.model, 1);
  act (&opened, "figure");
  KdFigureView *view = NULL;
  WAIT_UNTIL ((view = visible_figure (&opened)) && kd_figure_view_get_plot (view) &&
              kd_figure_view_get_plot (view)->slider);
  GtkWidget *scroller = gtk_widget_get_ancestor (area_of (view), GTK_TYPE_SCROLLED_WINDOW);
  g_autoptr (GPtrArray) controls = g_ptr_array_new ();
  collect (GTK_WIDGET (view), GTK_TYPE_SCALE, controls);
  collect (GTK_WIDGET (view), GTK_TYPE_DROP_DOWN, controls);
  g_assert_cmpuint (controls->len, ==, 2);
  for (guint i = 0; i < controls->len; i++)
    g_assert_false (gtk_widget_is_ancestor (controls->pdata[i], scroller));
  GtkAdjustment *rows = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller));
  GtkWidget *bar = gtk_scrolled_window_get_vscrollbar (GTK_SCROLLED_WINDOW (scroller));
  for (int height = 560; height <= 1400; height += 840) {
    gtk_window_set_default_size (GTK_WINDOW (opened.window), 1024, height);
    const bool low = height == 560;
    WAIT_UNTIL ((gtk_widget_get_height (GTK_WIDGET (opened.window)) <= 560) == low &&
                (gtk_adjustment_get_upper (rows) > gtk_adjustment_get_page_size (rows)) == low);
    g_assert_cmpfloat (gtk_widget_get_opacity (bar), ==, low ? 1 : 0);
  }
  close_window (&opened);
}

int
main (int argc, char **argv)
{
  window_test_init (&argc, &argv);
  static const Expected expected[] = {
    { "frs", { { "richness", check_richness } } },
    { "fgd", { { "pipeline", check_pipeline } } },
    { "rm_pfi", { { "ranks", check_ranks }, { "gaps", check_gaps } } },
    { "pgd", { { "picks", check_picks } } },
    { "maskd", { { "tokens", check_tokens } } },
    { "fgfi", { { "anchors", check_anchors } } },
    { "mimic", { { "regions", check_regions } } },
    { "gid", { { "instances", check_instances } } },
    { "defeat", { { "split", check_split } } },
    { "kd", { { "scores", check_scores } } },
    { "none", { { "assignment", check_assignment } } },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (expected); i++) {
    g_autofree char *path =
        g_strdup_printf ("/ui/figures/%s-draws-and-answers", expected[i].method);
    g_test_add_data_func (path, &expected[i], test_figures_of_a_method);
  }
  g_test_add_func ("/ui/figures/choosing-an-object", test_choosing_an_object);
  g_test_add_func ("/ui/figures/turning-a-knob-above-the-figure",
                   test_turning_a_knob_above_the_figure);
  g_test_add_func ("/ui/figures/another-student-has-its-own", test_another_student_has_its_own);
  g_test_add_func ("/ui/figures/a-low-window-is-the-figures", test_a_low_window_is_the_figures);
  g_test_add_func ("/ui/figures/controls-stay-in-sight", test_controls_stay_in_sight);
  return g_test_run ();
}
