/* SPDX-License-Identifier: MIT */

/* The formula card and the lessons in the real window: what they show is what the model says. */
#include "tests/window-fixture.h"
#include "ui/app-settings.h"
#include "ui/chart-kind.h"
#include "ui/departure-row.h"
#include "ui/knob-panel.h"
#include "ui/lesson-pane.h"
#include "ui/lesson-stage.h"
#include "ui/live-page.h"
#include "ui/method-card.h"
#include "ui/swatch.h"
#include "ui/symbols.h"

#include <adwaita.h>
#include <math.h>
#include <string.h>

/* ---- the formula card ---------------------------------------------------------------------------------- */

static GtkWidget *
only_one (const Opened *opened, GType type)
{
  g_autoptr (GPtrArray) found = in_live (opened, type);
  g_assert_cmpuint (found->len, ==, 1);
  return g_ptr_array_index (found, 0);
}

/* Where the chart of terms puts a term of the selected run: counted from 1 among its series. */
static int
place_in_chart (const Opened *opened, const char *term)
{
  int n, place = 0;
  const KdSeriesInfo *series = kd_session_series (session_of (opened), &n);
  for (int i = 0; i < n; i++) {
    if (series[i].run != kd_session_model_get_selected (opened->model) ||
        !kd_chart_kind_has (KD_CHART_TERMS, &series[i]))
      continue;
    place++;
    if (g_str_equal (strrchr (series[i].name, '.') + 1, term))
      return place;
  }
  return -1;
}

static bool
has_color (GtkWidget *widget, KdColor color)
{
  bool found = false;
  cairo_surface_t *surface = paint (widget);
  for (int y = 0; y < cairo_image_surface_get_height (surface); y++) {
    const uint32_t *row =
        (const uint32_t *) (void *) (cairo_image_surface_get_data (surface) +
                                     y * cairo_image_surface_get_stride (surface));
    for (int x = 0; x < cairo_image_surface_get_width (surface); x++)
      found = found || (abs ((int) (row[x] >> 16 & 0xff) - (int) lround (255 * color.red)) <= 1 &&
                        abs ((int) (row[x] >> 8 & 0xff) - (int) lround (255 * color.green)) <= 1 &&
                        abs ((int) (row[x] & 0xff) - (int) lround (255 * color.blue)) <= 1);
  }
  cairo_surface_destroy (surface);
  return found;
}

static bool
has_probe (const Opened *opened, const char *name)
{
  int n;
  const KdProbeInfo *probes = kd_session_probes (session_of (opened), &n);
  for (int i = 0; i < n; i++) {
    if (g_str_equal (probes[i].name, name))
      return true;
  }
  return false;
}

/* Terms of the snapshot have the colour of their curve, and the number of the snapshot. */
static void
check_term (const Opened *opened, int index, GtkWidget *swatch)
{
  KdMethodCard *card = KD_METHOD_CARD (only_one (opened, KD_TYPE_METHOD_CARD));
  const int run = kd_session_model_get_selected (opened->model);
  const KdSymbol *symbol = &kd_session_run_method (session_of (opened), run)->symbols[index];
  const KdTermStatus *terms;
  const int n = kd_snapshot_terms (kd_session_model_get_snapshot (opened->model), run, &terms);
  for (int i = 0; i < n; i++) {
    if (!g_str_equal (terms[i].id, symbol->term))
      continue;
    char number[32];
    kd_number_format (terms[i].value, number, sizeof number);
    WAIT_UNTIL (g_str_has_prefix (kd_method_card_get_value (card, index), number));
    const int place = place_in_chart (opened, symbol->term);
    g_assert_cmpint (place, ==, i + 1);
    g_assert_true (has_color (swatch, kd_series_color (place, false)));
    return;
  }
  WAIT_UNTIL (g_str_equal (kd_method_card_get_value (card, index), "off"));
}

/* The formula shows what differs, and the switch knows two values of its knob. */
static void
check_departure (const KdMethod *method, int index, KdKnobs *knobs)
{
  const KdDeparture *departure = &method->departures[index];
  g_autofree char *formula = kd_symbol_formula (method, false);
  g_autofree char *mark = kd_symbol_departure (method, index, false);
  g_assert_nonnull (strstr (formula, mark));
  g_assert_true (!departure->mark || g_str_has_prefix (mark, "<u>"));
  g_assert_true (pango_parse_markup (formula, -1, 0, NULL, NULL, NULL, NULL));
  g_assert_cmpint (!departure->paper_value, ==, !departure->code_value);
  g_assert_true (departure->knob || !departure->paper_value);
  g_assert_true (!departure->knob || kd_method_knob (method, departure->knob));
  if (!departure->paper_value)
    return;
  g_assert_true (kd_knobs_set (knobs, departure->knob, departure->paper_value, NULL));
  const double paper = kd_knobs_get (knobs, departure->knob);
  g_assert_true (kd_knobs_set (knobs, departure->knob, departure->code_value, NULL));
  g_assert_cmpfloat (paper, !=, kd_knobs_get (knobs, departure->knob));
}

static void
test_card_tells_every_symbol (gconstpointer data)
{
  const KdMethod *method = data;
  Opened opened = open_window_with (kd_knobs_new (method, "demo", NULL), true);
  GtkWidget *card = only_one (&opened, KD_TYPE_METHOD_CARD);
  KdKnobs *knobs = kd_knobs_new (method, "demo", NULL);
  g_autoptr (GPtrArray) swatches = g_ptr_array_new ();
  collect (card, KD_TYPE_SWATCH, swatches);
  guint n_swatches = 0;
  g_assert_cmpint (method->n_symbols, >, 0);
  g_assert_cmpint (method->n_departures, >, 0);
  wait_frames (&opened);
  for (int i = 0; i < method->n_symbols; i++) {
    const KdSymbol *symbol = &method->symbols[i];
    g_test_message ("%s: %s", method->id, symbol->markup);
    if (symbol->knob) {
      g_autofree char *text = kd_knobs_format (knobs, symbol->knob);
      WAIT_UNTIL (g_str_equal (kd_method_card_get_value (KD_METHOD_CARD (card), i), text));
      continue;
    }
    GtkWidget *swatch = g_ptr_array_index (swatches, n_swatches++);
    if (symbol->term)
      check_term (&opened, i, swatch);
    else if (symbol->probe)
      g_assert_true (has_probe (&opened, symbol->probe));
  }
  g_assert_cmpuint (n_swatches, ==, swatches->len);
  g_assert_cmpuint (n_swatches, <=, 9); /* more would repeat a colour */
  for (int i = 0; i < method->n_departures; i++)
    check_departure (method, i, knobs);
  kd_knobs_free (knobs);
  close_window (&opened);
}

static void
test_card_follows_a_knob (void)
{
  Opened opened = open_window (true);
  KdMethodCard *card = KD_METHOD_CARD (only_one (&opened, KD_TYPE_METHOD_CARD));
  const KdMethod *fgd = kd_method_find ("fgd");
  int temp = 0;
  while (g_strcmp0 (fgd->symbols[temp].knob, "temp") != 0)
    temp++;
  g_assert_cmpstr (kd_method_card_get_value (card, temp), ==, "0.5");
  g_assert_true (kd_session_set_knob (session_of (&opened), 1, "temp", "0.25", NULL));
  WAIT_UNTIL (g_str_equal (kd_method_card_get_value (card, temp), "0.25"));
  close_window (&opened);
}

/* The values of a map of the selected run, one after another. */
static GArray *
values_of (const Opened *opened, const char *name)
{
  KdMap map;
  KdMapView *view = find_map (opened, name, 0);
  g_assert_nonnull (view);
  g_autoptr (GPtrArray) pages = all_of (opened, KD_TYPE_LIVE_PAGE);
  KdPicture *picture = kd_wall_model_get_picture (kd_live_page_get_wall (pages->pdata[0]));
  g_assert_true (kd_picture_map (picture, kd_picture_find (picture, name, 0), &map));
  GArray *values = g_array_new (FALSE, FALSE, sizeof (float));
  for (int y = 0; y < map.height; y++)
    for (int x = 0; x < map.width; x++) {
      const float value = kd_map_get (&map, 0, y, x);
      g_array_append_val (values, value);
    }
  return values;
}

static bool
same_values (const Opened *opened, const char *name, const GArray *as)
{
  g_autoptr (GArray) now = values_of (opened, name);
  return now->len == as->len && !memcmp (now->data, as->data, now->len * sizeof (float));
}

static GtkToggleButton *
find_reading (GtkWidget *row, const char *name)
{
  g_autoptr (GPtrArray) buttons = g_ptr_array_new ();
  collect (row, GTK_TYPE_TOGGLE_BUTTON, buttons);
  for (guint i = 0; i < buttons->len; i++)
    if (!g_strcmp0 (gtk_button_get_label (buttons->pdata[i]), name))
      return buttons->pdata[i];
  g_assert_not_reached ();
}

/* GID's score: the paper's is the largest difference of one class, which is never less than the code's, the difference of the largest. */
static void
test_card_switches_to_the_paper (void)
{
  Opened opened = open_window_with (kd_knobs_new (kd_method_find ("gid"), "demo", NULL), true);
  g_autoptr (GPtrArray) rows = in_live (&opened, KD_TYPE_DEPARTURE_ROW);
  g_assert_cmpint ((int) rows->len, ==, kd_method_find ("gid")->n_departures);
  GtkToggleButton *paper = find_reading (rows->pdata[0], "Paper");
  GtkToggleButton *code = find_reading (rows->pdata[0], "Official code");
  wait_frames (&opened);
  g_assert_true (gtk_toggle_button_get_active (code) && !gtk_toggle_button_get_active (paper));
  g_autoptr (GArray) before = values_of (&opened, "gi_score");

  gtk_toggle_button_set_active (paper, TRUE);
  WAIT_UNTIL (!same_values (&opened, "gi_score", before));
  KdKnobs *knobs = kd_session_run_knobs (session_of (&opened), 1);
  g_autofree char *mode = kd_knobs_format (knobs, "gi_score_mode");
  g_assert_cmpstr (mode, ==, "paper");
  kd_knobs_free (knobs);
  g_autoptr (GArray) after = values_of (&opened, "gi_score");
  for (guint i = 0; i < after->len; i++)
    g_assert_cmpfloat (g_array_index (after, float, i), >=,
                       g_array_index (before, float, i) - 1e-6f);

  g_autoptr (GPtrArray) texts = g_ptr_array_new ();
  collect (rows->pdata[0], GTK_TYPE_LABEL, texts);
  for (guint i = 0; i < texts->len; i++) { /* no "Now neither" */
    const char *text = gtk_label_get_text (texts->pdata[i]);
    g_assert_true (!gtk_widget_get_visible (texts->pdata[i]) || !strstr (text, "neither"));
  }

  act (&opened, "undo");
  WAIT_UNTIL (same_values (&opened, "gi_score", before));
  g_assert_true (gtk_toggle_button_get_active (code) && !gtk_toggle_button_get_active (paper));
  close_window (&opened);
}

/* ---- lessons ------------------------------------------------------------------------------------------- */

#define CARD "[card 1]\ntitle=a\ntext=b\n"
#define HEAD "[lesson]\nid=x\ntitle=t\nabout=a\nminutes=3\nmethods=none;fgd\n"

static void
test_bad_files_get_a_sentence (void)
{
  static const struct {
    const char *data, *says;
  } cases[] = {
    { "hello", "x.ini: expected a key file" },
    { CARD, "x.ini: [lesson] group: expected the group [lesson]" },
    { "[lesson]\nid=x\n", "x.ini: [lesson] title: expected a few words, found nothing" },
    { "[lesson]\nid=x y\ntitle=t\nabout=a\n", "[lesson] id: expected a short name" },
    { "[lesson]\nid=x\ntitle=t\nabout=a\nminutes=soon\n",
      "minutes: expected 1 to 60, found \"soon\"" },
    { "[lesson]\nid=x\ntitle=t\nabout=a\nminutes=3\nmethods=none;fdg\n", "found \"fdg\"" },
    { HEAD, "cards: expected groups [card 1]" },
    { HEAD "[step 1]\n", "[step 1] group: expected a name that begins with card" },
    { HEAD "[card 1]\ntitle=a\n", "[card 1] text: expected text in Pango markup, found nothing" },
    { HEAD "[card 1]\ntitle=a\ntext=<b>b\n", "[card 1] text: expected Pango markup" },
    { HEAD CARD "wait=step > 5\nshow=play\ntask=x < 5\n", "[card 1] task: expected Pango markup" },
    { HEAD CARD "colour=red\n", "[card 1] key: expected one of title" },
    { HEAD CARD "spotlight=nose\n", "spotlight: expected students, play" },
    { HEAD CARD "spotlight=knob-heat\n", "found \"knob-heat\"" },
    { HEAD CARD "task=do\n", "[card 1] wait: expected what the task is checked by" },
    { HEAD CARD "wait=step > 5\n", "[card 1] task: expected what the learner shall do" },
    { HEAD CARD "wait=step > 5\ntask=do\n", "[card 1] show: expected acts" },
    { HEAD CARD "wait=step more 5\n",
      "expected one of < <= > >= = and a number, found \"step more 5\"" },
    { HEAD CARD "wait=mood > 5\n", "expected a quantity: step" },
    { HEAD CARD "wait=knob fgd.heat < 1\n", "expected a knob of fgd" },
    { HEAD CARD "wait=knob fgd.run.heat < 1\n", "expected a knob of fgd" },
    { HEAD CARD "wait=share fgd.heat < 1\n", "expected a term of fgd" },
    { HEAD CARD "wait=scale rows\n", "expected row, group, panel, all or fixed, found" },
    { HEAD CARD "wait=selected frs\n",
      "[card 1] wait: expected a method that is among the lesson's methods, found \"frs\"" },
    { HEAD CARD "do=knob frs.w_cls 1\n", "[card 1] do: expected a method that is among" },
    { HEAD CARD "wait=cells error < 1\n", "expected a probe and a level" },
    { HEAD CARD "do=jump\n", "[card 1] do: expected an act: play" },
    { HEAD CARD "do=knob fgd.temp 99\n",
      "[card 1] do: expected a value that the knob takes (temp: " },
    { HEAD CARD "do=pin 0.5\n", "expected 2 words after \"pin\"" },
    { HEAD CARD "do=pin 0.5 7\n", "expected a number from 0 to 1" },
    { HEAD "[card 1\xff\xfetitle\n", "expected a key file: " },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (kd_lesson_parse ("x.ini", cases[i].data, -1, &error));
    g_test_message ("%s", error->message);
    g_assert_true (g_str_has_prefix (error->message, "x.ini: "));
    g_assert_nonnull (strstr (error->message, cases[i].says));
    g_assert_null (strchr (error->message, '\n'));
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
  }
}

/* Answers what the test says, whatever is asked. */
static bool
answer (void *data, const KdLessonCondition *condition, double *value)
{
  (void) condition;
  *value = *(double *) data;
  return !isinf (*value);
}

static void
test_conditions_compare (void)
{
  static const struct {
    const char *text;
    double below, at, above; /* 1: holds for 1, 2, 3 */
  } cases[] = {
    { "step < 2", 1, 0, 0 },
    { "pins <= 2", 1, 1, 0 },
    { "knob fgd.temp > 2", 0, 0, 1 },
    { "ap50 fgd >= 2", 0, 1, 1 },
    { "image = 2", 0, 1, 0 },
    { "selected frs", 1, 0, 0 },
    { "cells spatial_attention_teacher 1 < 2", 1, 0, 0 },
    { "knob mimic.sample = crop", 1, 0, 0 }, /* the second of its choices */
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    KdLessonCondition condition;
    g_autofree char *expected = NULL;
    g_test_message ("%s", cases[i].text);
    g_assert_true (kd_lesson_condition_parse (cases[i].text, &condition, &expected));
    const double holds[] = { cases[i].below, cases[i].at, cases[i].above };
    for (int v = 0; v < 3; v++) {
      double value = v + 1;
      g_assert_cmpint (kd_lesson_condition_holds (&condition, answer, &value), ==, (int) holds[v]);
    }
    double unknown = INFINITY;
    g_assert_false (kd_lesson_condition_holds (&condition, answer, &unknown));
    unknown = NAN;
    g_assert_false (kd_lesson_condition_holds (&condition, answer, &unknown));
    kd_lesson_condition_clear (&condition);
  }
}

static void
test_half_cells (void)
{
  const float even[] = { 1, 1, 1, 1 }, sharp[] = { 0, 9, 1, 1 }, none[] = { 0, -1, NAN };
  g_assert_cmpint (kd_lesson_half_cells (even, 4), ==, 2);
  g_assert_cmpint (kd_lesson_half_cells (sharp, 4), ==, 1);
  g_assert_cmpint (kd_lesson_half_cells (none, 3), ==, 0);
}

static GtkWidget *
only_one_of_all (const Opened *opened, GType type)
{
  g_autoptr (GPtrArray) found = all_of (opened, type);
  g_assert_cmpuint (found->len, ==, 1);
  return g_ptr_array_index (found, 0);
}

static KdLessonPane *
pane_of (const Opened *opened)
{
  return KD_LESSON_PANE (only_one_of_all (opened, KD_TYPE_LESSON_PANE));
}

/* Another session in the window: the shipped teacher, real scenes, measured early; tokens that learn quickly. */
static void
put_session (Opened *opened, const KdLesson *lesson)
{
  g_autoptr (GError) error = NULL;
  KdConfig config = kd_config_default ();
  KdRunConfig runs[KD_MAX_RUNS] = { 0 };
  for (guint i = 0; i < lesson->methods->len; i++) {
    KdKnobs *knobs = kd_knobs_new (g_ptr_array_index (lesson->methods, i), "demo", NULL);
    if (g_str_equal (kd_knobs_method (knobs)->id, "maskd"))
      g_assert_true (kd_knobs_set (knobs, "learn_steps", "10", NULL));
    runs[i].knobs = knobs;
  }
  config.runs = runs;
  config.n_runs = (int) lesson->methods->len;
  config.batch = 2;
  config.eval_every = 20;
  config.eval_images = 5;
  config.cache = "";
  config.threads = 2;
  config.paused = true;
  g_assert_true (kd_session_model_start (opened->model, &config, &error));
  for (int i = 0; i < config.n_runs; i++)
    kd_knobs_free ((KdKnobs *) runs[i].knobs);
  WAIT_UNTIL (kd_session_model_get_snapshot (opened->model));
}

/* Long enough for the pane to have looked at the model, and for the model to have what the card did. */
static void
wait_looks (void)
{
  const double until = kd_now_s () + 0.7;
  while (kd_now_s () < until)
    g_main_context_iteration (NULL, FALSE);
}

/* px that the views are wider than their room: they would be scrolled sideways. */
static double
overflow_of (const Opened *opened)
{
  g_autoptr (GPtrArray) pages = all_of (opened, KD_TYPE_LIVE_PAGE);
  GtkWidget *scroller = gtk_widget_get_ancestor (pages->pdata[0], GTK_TYPE_SCROLLED_WINDOW);
  GtkAdjustment *across = gtk_scrolled_window_get_hadjustment (GTK_SCROLLED_WINDOW (scroller));
  return gtk_adjustment_get_upper (across) - gtk_adjustment_get_page_size (across);
}

/* Beside an open pane all of the view is in sight in the smallest window; what gave way comes back. */
static void
test_fits_a_small_window (void)
{
  Opened opened = open_window (true);
  gtk_window_set_default_size (GTK_WINDOW (opened.window), 1024, 640);
  g_autoptr (GPtrArray) knobs = in_live (&opened, KD_TYPE_KNOB_PANEL);
  GtkWidget *sidebar = gtk_widget_get_ancestor (knobs->pdata[0], GTK_TYPE_SCROLLED_WINDOW);
  WAIT_UNTIL (gtk_widget_get_width (GTK_WIDGET (opened.window)) <= 1024);
  wait_frames (&opened);
  const int width = gtk_widget_get_width (sidebar);
  act (&opened, "lessons");
  WAIT_UNTIL (gtk_widget_get_mapped (GTK_WIDGET (pane_of (&opened))));
  WAIT_UNTIL (gtk_widget_get_width (sidebar) < width);
  wait_frames (&opened);
  static const char *const views[] = { "view-compare", "view-inspect", "view-live" };
  for (size_t i = 0; i < G_N_ELEMENTS (views); i++) {
    act (&opened, views[i]);
    wait_frames (&opened);
    WAIT_UNTIL (overflow_of (&opened) <= 0);
  }
  act (&opened, "lessons");
  WAIT_UNTIL (gtk_widget_get_width (sidebar) == width);
  close_window (&opened);
}

/* Every card can be finished, by "Show me" if need be, and none is left before the model says so. */
static void
test_lesson_can_be_finished (gconstpointer data)
{
  const KdLesson *lesson = data;
  g_assert_cmpuint (lesson->cards->len, >=, 4);
  g_assert_cmpuint (lesson->cards->len, <=, 8);
  Opened opened = open_window (true);
  if (lesson->methods->len) /* else any students will do */
    put_session (&opened, lesson);
  KdSession *session = session_of (&opened);
  KdLessonPane *pane = pane_of (&opened);
  act (&opened, "lessons");
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (pane)));
  g_assert_true (kd_lesson_pane_begin (pane, lesson->id));
  g_assert_true (session_of (&opened) == session); /* it has what the lesson needs */
  for (guint i = 0; i < lesson->cards->len; i++) {
    const KdLessonCard *card = g_ptr_array_index (lesson->cards, i);
    g_test_message ("%s: %s", lesson->id, card->title);
    g_assert_cmpint (kd_lesson_pane_get_card (pane), ==, (int) i);
    if (card->spotlight)
      WAIT_UNTIL (kd_lesson_pane_get_spotlight (pane));
    if (card->waits->len) {
      wait_looks ();
      g_assert_false (kd_lesson_pane_is_done (pane));
      g_assert_false (kd_lesson_pane_next (pane));
      kd_lesson_pane_show_me (pane);
      WAIT_UNTIL (kd_lesson_pane_is_done (pane));
      kd_session_pause (session);
    }
    g_assert_true (kd_lesson_pane_is_done (pane));
    g_assert_true (kd_lesson_pane_next (pane));
  }
  g_assert_cmpint (kd_lesson_pane_get_card (pane), ==, -1);
  g_autoptr (GVariant) kept = g_settings_get_value (kd_app_settings (), "lessons");
  guint n = 0;
  g_assert_true (g_variant_lookup (kept, lesson->id, "u", &n));
  g_assert_cmpuint (n, ==, lesson->cards->len);
  close_window (&opened);
}

/* The learner's own act counts, by whichever way; half done, the lesson goes on there at the next start. */
static void
test_own_act_counts_and_is_kept (void)
{
  Opened opened = open_window (true);
  KdLessonPane *pane = pane_of (&opened);
  act (&opened, "lessons");
  g_assert_true (kd_lesson_pane_begin (pane, "distillation"));
  g_assert_true (kd_lesson_pane_next (pane));
  g_assert_false (kd_lesson_pane_is_done (pane));
  act (&opened, "student-0");
  WAIT_UNTIL (kd_lesson_pane_is_done (pane));
  close_window (&opened);
  opened = open_window_again (NULL, true);
  pane = pane_of (&opened);
  g_assert_true (kd_lesson_pane_begin (pane, "distillation"));
  g_assert_cmpint (kd_lesson_pane_get_card (pane), ==, 2);
  close_window (&opened);
}

static void
test_other_students_can_be_undone (void)
{
  Opened opened = open_window (true);
  KdSession *before = session_of (&opened);
  KdLessonPane *pane = pane_of (&opened);
  g_assert_true (kd_lesson_pane_begin (pane, "background"));
  KdSession *now = session_of (&opened);
  g_assert_true (now != before);
  g_assert_cmpint (kd_session_runs (now), ==, 2);
  g_assert_cmpstr (kd_session_run_method (now, 1)->id, ==, "defeat");
  act (&opened, "undo");
  g_assert_true (session_of (&opened) == before);
  close_window (&opened);
}

/* A lesson trains students of its own; when it is left, a button brings back those of before. */
static void
test_students_of_before_come_back (void)
{
  Opened opened = open_window (true);
  KdSession *before = session_of (&opened);
  KdLessonPane *pane = pane_of (&opened);
  act (&opened, "lessons");
  g_assert_true (kd_lesson_pane_begin (pane, "background"));
  g_assert_true (session_of (&opened) != before);
  g_assert_true (kd_lesson_pane_begin (pane, "richness")); /* one after another */
  g_autoptr (GPtrArray) buttons = all_of (&opened, GTK_TYPE_BUTTON);
  act (&opened, "lessons");
  GtkWidget *back = NULL;
  for (guint i = 0; i < buttons->len; i++) {
    const char *label = gtk_button_get_label (buttons->pdata[i]);
    if (label && g_str_has_prefix (label, "Back to the students"))
      back = buttons->pdata[i];
  }
  g_assert_nonnull (back);
  g_signal_emit_by_name (back, "clicked");
  g_assert_true (session_of (&opened) == before);
  close_window (&opened);
}

/* What a lesson changes of the view and of the students' knobs is as before when it is left. */
static void
test_leaving_puts_everything_back (void)
{
  Opened opened = open_window (true);
  KdLessonPane *pane = pane_of (&opened);
  KdSession *session = session_of (&opened);
  KdViewSettings *settings = kd_wall_model_get_settings (
      kd_live_page_get_wall (KD_LIVE_PAGE (only_one_of_all (&opened, KD_TYPE_LIVE_PAGE))));
  const KdView before = *kd_view_settings_get (settings);
  g_autofree char *path = fixture_path (&opened.fixture, "own.ini");
  g_assert_true (g_file_set_contents (path,
                                      HEAD "[card 1]\ntitle=a\ntext=b\n"
                                           "do=overlay 0.6; level 0; scale panel; image 2; "
                                           "knob fgd.temp 0.2; figure pipeline; pin 0.5 0.5\n",
                                      -1, NULL));
  kd_window_open_lesson (opened.window, path);
  const KdView during = *kd_view_settings_get (settings);
  g_assert_cmpfloat (during.overlay, !=, before.overlay);
  g_assert_cmpint (during.level, ==, 0);
  KdKnobs *knobs = kd_session_run_knobs (session, 1);
  g_assert_cmpfloat (kd_knobs_get (knobs, "temp"), ==, 0.2);
  kd_knobs_free (knobs);
  g_assert_true (kd_lesson_pane_next (pane)); /* the only card: finished */
  const KdView after = *kd_view_settings_get (settings);
  g_assert_cmpfloat (after.overlay, ==, before.overlay);
  g_assert_cmpint (after.level, ==, before.level);
  g_assert_cmpint (after.share, ==, before.share);
  knobs = kd_session_run_knobs (session, 1);
  g_assert_cmpfloat (kd_knobs_get (knobs, "temp"), ==, 0.5);
  kd_knobs_free (knobs);
  close_window (&opened);
}

static void
test_own_file (void)
{
  Opened opened = open_window (true);
  KdLessonPane *pane = pane_of (&opened);
  g_autofree char *path = fixture_path (&opened.fixture, "own.ini");
  g_assert_true (g_file_set_contents (path, HEAD CARD, -1, NULL));
  kd_window_open_lesson (opened.window, path);
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (pane)));
  g_assert_cmpint (kd_lesson_pane_get_card (pane), ==, 0);
  g_assert_true (g_file_set_contents (path, HEAD "[card 1]\n", -1, NULL));
  kd_window_open_lesson (opened.window, path);
  g_autoptr (GPtrArray) banners = all_of (&opened, GTK_TYPE_INFO_BAR);
  g_assert_true (gtk_info_bar_get_revealed (g_ptr_array_index (banners, 0)));
  g_assert_cmpint (kd_lesson_pane_get_card (pane), ==, 0); /* the one before goes on */
  close_window (&opened);
}

/* FGD's context blocks between networks of 16 channels, by its paper's layers: a 1x1 convolution to 1, one to 8, a norm, one back to
 * 16; three levels, two sides. Channels agree, so that there is no adapter. */
static void
test_parts_have_numbers (void)
{
  Opened opened = open_window (true);
  kd_session_model_select (opened.model, 1);
  GtkWidget *card = only_one (&opened, KD_TYPE_METHOD_CARD);
  const int block = (16 + 1) + (16 * 8 + 8) + 2 * 8 + (8 * 16 + 16);
  char *expected[] = { g_strdup_printf ("context blocks, %d parameters", 6 * block),
                       g_strdup ("adapters, 0 parameters"), NULL };
  for (int i = 0; expected[i]; i++) {
    bool said = false;
    while (!said) {
      g_autoptr (GPtrArray) labels = g_ptr_array_new ();
      collect (card, GTK_TYPE_LABEL, labels);
      for (guint k = 0; k < labels->len; k++)
        said |= g_str_has_prefix (gtk_label_get_text (labels->pdata[k]), expected[i]);
      g_main_context_iteration (NULL, !said);
    }
    g_free (expected[i]);
  }
  close_window (&opened);
}

int
main (int argc, char **argv)
{
  window_test_init (&argc, &argv);
  int n;
  const KdMethod *const *methods = kd_methods (&n);
  for (int i = 0; i < n; i++) {
    g_autofree char *path = g_strconcat ("/ui/card/tells-every-symbol/", methods[i]->id, NULL);
    if (methods[i]->n_phases && !g_str_equal (methods[i]->id, "none"))
      g_test_add_data_func (path, methods[i], test_card_tells_every_symbol);
  }
  g_test_add_func ("/ui/card/follows-a-knob", test_card_follows_a_knob);
  g_test_add_func ("/ui/card/switches-to-the-paper-and-back", test_card_switches_to_the_paper);
  g_test_add_func ("/ui/lessons/bad-files-get-a-sentence", test_bad_files_get_a_sentence);
  g_test_add_func ("/ui/lessons/conditions-compare", test_conditions_compare);
  g_test_add_func ("/ui/lessons/half-of-the-weight", test_half_cells);
  g_autoptr (GPtrArray) lessons = kd_lessons_bundled ();
  g_assert_cmpuint (lessons->len, >=, 5);
  for (guint i = 0; i < lessons->len; i++) {
    const KdLesson *lesson = g_ptr_array_index (lessons, i);
    g_autofree char *path = g_strconcat ("/ui/lessons/can-be-finished/", lesson->id, NULL);
    g_test_add_data_func (path, lesson, test_lesson_can_be_finished);
  }
  g_test_add_func ("/ui/lessons/fits-a-small-window", test_fits_a_small_window);
  g_test_add_func ("/ui/lessons/own-act-counts-and-is-kept", test_own_act_counts_and_is_kept);
  g_test_add_func ("/ui/lessons/other-students-can-be-undone", test_other_students_can_be_undone);
  g_test_add_func ("/ui/lessons/students-of-before-come-back", test_students_of_before_come_back);
  g_test_add_func ("/ui/lessons/leaving-puts-everything-back", test_leaving_puts_everything_back);
  g_test_add_func ("/ui/lessons/own-file", test_own_file);
  g_test_add_func ("/ui/lessons/parts-have-numbers", test_parts_have_numbers);
  return g_test_run ();
}
