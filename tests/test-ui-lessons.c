/* SPDX-License-Identifier: MIT */

/* The formula card and the lessons in the real window: what they show is what the model says. */
#include "tests/window-fixture.h"
#include "ui/chart-kind.h"
#include "ui/method-card.h"
#include "ui/swatch.h"

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
    g_assert_true (!method->departures[i].knob ||
                   kd_method_knob (method, method->departures[i].knob));
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
  return g_test_run ();
}
