/* SPDX-License-Identifier: MIT */
#include "engine/render/chart-layout.h"
#include "engine/render/curve.h"

#include <math.h>

static const KdColor red = { 1, 0, 0 };

static cairo_surface_t *
canvas_new (int width, int height, cairo_t **cr)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);
  *cr = cairo_create (surface);
  return surface;
}

static uint32_t
pixel_at (cairo_surface_t *surface, int x, int y)
{
  const unsigned char *row =
      cairo_image_surface_get_data (surface) + y * cairo_image_surface_get_stride (surface);
  return ((const uint32_t *) (const void *) row)[x] & 0xffffff;
}

/* How much of a pixel a red pen on black covers. */
static double
coverage_at (cairo_surface_t *surface, int x, int y)
{
  return (pixel_at (surface, x, y) >> 16) / 255.0;
}

/* ---- pyramid and smoothing ---------------------------------------------------------------------------------------- */

static void
ranges_equal_brute_force (void)
{
  KdRandom random = kd_random (11, 1);
  for (int round = 0; round < 20; round++) {
    KdCurve *curve = kd_curve_new ();
    const int n = kd_random_int (&random, 1, 3000);
    g_autofree double *values = g_new (double, n);
    for (int i = 0; i < n; i++) {
      values[i] = kd_random_int (&random, 0, 9) == 0 ? (double) NAN : kd_random_normal (&random);
      kd_curve_append (curve, i, values[i]);
    }
    for (int query = 0; query < 300; query++) {
      const int first = kd_random_int (&random, 0, n), last = kd_random_int (&random, first, n);
      double low = INFINITY, high = -INFINITY;
      for (int i = first; i < last; i++)
        if (!isnan (values[i])) {
          low = MIN (low, values[i]);
          high = MAX (high, values[i]);
        }
      const KdSpan span =
          kd_pyramid_range (kd_curve_values (curve, 0), (size_t) first, (size_t) last);
      g_assert_cmpfloat (span.low, ==, low);
      g_assert_cmpfloat (span.high, ==, high);
    }
    kd_curve_free (curve);
  }
}

/* The weighted mean by its definition, for every point from the start; also when points come between drawings. */
static void
smoothing_follows_the_formula (void)
{
  const double smoothing = 12, decay = 1 - 2 / (smoothing + 1);
  double values[200];
  KdCurve *curve = kd_curve_new ();
  KdRandom random = kd_random (5, 5);
  for (int i = 0; i < 200; i++) {
    values[i] = i % 17 == 3 ? (double) NAN : kd_random_normal (&random);
    kd_curve_append (curve, i, values[i]);
    if (i % 40 == 0)
      kd_curve_values (curve, i % 80 == 0 ? smoothing : 3);
  }
  const KdPyramid *mean = kd_curve_values (curve, smoothing);
  g_assert_cmpuint (mean->n, ==, 200);
  for (int i = 0; i < 200; i++) {
    double sum = 0, weights = 0;
    int age = 0;
    for (int j = i; j >= 0; j--)
      if (!isnan (values[j])) {
        sum += pow (decay, age) * values[j];
        weights += pow (decay, age++);
      }
    if (isnan (values[i]))
      g_assert_true (isnan (mean->values[i]));
    else
      g_assert_cmpfloat_with_epsilon (mean->values[i], sum / weights, 1e-12);
  }
  kd_curve_free (curve);
}

static void
nearest_point (void)
{
  double x, y;
  KdCurve *curve = kd_curve_new ();
  g_assert_false (kd_curve_at (curve, 1, &x, &y));
  kd_curve_append (curve, 10, 1);
  kd_curve_append (curve, 20, 2);
  kd_curve_append (curve, 40, INFINITY);
  const struct {
    double at, x;
  } cases[] = { { -5, 10 }, { 14, 10 }, { 16, 20 }, { 29, 20 }, { 31, 40 }, { 99, 40 } };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_assert_true (kd_curve_at (curve, cases[i].at, &x, &y));
    g_assert_cmpfloat (x, ==, cases[i].x);
  }
  g_assert_false (isfinite (y));
  kd_curve_clear (curve);
  g_assert_cmpuint (kd_curve_count (curve), ==, 0);
  kd_curve_append (curve, 1, 5); /* x may start again */
  g_assert_true (kd_curve_at (curve, 0, &x, &y));
  g_assert_cmpfloat (y, ==, 5);
  kd_curve_free (curve);
}

/* ---- pixels --------------------------------------------------------------------------------------------------- */

/* A noisy curve: in each pixel column the rows from its largest to its smallest value are covered, and no others. */
static void
dense_columns_equal_brute_force (void)
{
  const int width = 300, height = 200, n = 20000;
  const KdAxis x_axis = { .low = 100.37, .high = 19000.37, .origin = 0, .extent = width };
  KdRandom random = kd_random (13, 2);
  for (int log_y = 0; log_y < 2; log_y++) {
    const KdAxis y_axis = {
      .low = 0.01, .high = 100, .origin = height, .extent = -height, .log = log_y
    };
    KdCurve *curve = kd_curve_new ();
    g_autofree double *values = g_new (double, n);
    for (int i = 0; i < n; i++) {
      values[i] = log_y ? pow (10, kd_random_uniform (&random, -1.5, 1.5))
                        : kd_random_uniform (&random, 10, 90 - 40.0 * i / n);
      kd_curve_append (curve, i, values[i]);
    }
    cairo_t *cr;
    cairo_surface_t *surface = canvas_new (width, height, &cr);
    const KdPen pen = { .color = red, .opacity = 1, .width = 1 };
    kd_curve_draw (curve, 0, cr, &x_axis, &y_axis, &pen);
    for (int x = 0; x < width; x++) {
      /* No point lies on a column's edge, where rounding would decide. */
      const double from = 100.37 + 18900.0 * x / width, to = 100.37 + 18900.0 * (x + 1) / width;
      double low = INFINITY, high = -INFINITY;
      for (int i = (int) ceil (from); i < to; i++) {
        low = MIN (low, values[i]);
        high = MAX (high, values[i]);
      }
      const double top = log_y ? height * (1 - log (high / 0.01) / log (1e4))
                               : height * (1 - (high - 0.01) / 99.99);
      const double bottom =
          log_y ? height * (1 - log (low / 0.01) / log (1e4)) : height * (1 - (low - 0.01) / 99.99);
      for (int y = 0; y < height; y++) {
        const double overlap = CLAMP (MIN (bottom + 0.5, y + 1) - MAX (top - 0.5, y), 0, 1);
        g_assert_cmpfloat_with_epsilon (coverage_at (surface, x, y), overlap, 0.01);
      }
    }
    cairo_destroy (cr);
    cairo_surface_destroy (surface);
    kd_curve_free (curve);
  }
}

/* A straight line of slope s and width w covers w*sqrt(1+s^2) of each pixel column that it crosses wholly. */
static void
sparse_lines_have_their_width (void)
{
  const int size = 120;
  const KdAxis x_axis = { .low = 0, .high = 1, .origin = 0, .extent = size };
  const KdAxis y_axis = { .low = 0, .high = 1, .origin = size, .extent = -size };
  const double slopes[] = { 0, 0.1, 0.5, 1, -0.7, 2 };
  for (size_t i = 0; i < G_N_ELEMENTS (slopes); i++) {
    const double slope = slopes[i], reach = slope == 2 ? 0.2 : 0.45;
    cairo_t *cr;
    cairo_surface_t *surface = canvas_new (size, size, &cr);
    KdCurve *curve = kd_curve_new ();
    const KdPen pen = { .color = red, .opacity = 1, .width = 2 };
    kd_curve_append (curve, 0.5 - reach, 0.503 - slope * reach);
    kd_curve_append (curve, 0.5 + reach, 0.503 + slope * reach);
    kd_curve_draw (curve, 0, cr, &x_axis, &y_axis, &pen);
    for (int x = (int) (size * (0.5 - reach)) + 4; x < (int) (size * (0.5 + reach)) - 4; x++) {
      double sum = 0;
      for (int y = 0; y < size; y++)
        sum += coverage_at (surface, x, y);
      g_assert_cmpfloat_with_epsilon (sum, 2 * sqrt (1 + slope * slope),
                                      0.25 * sqrt (1 + slope * slope));
    }
    cairo_destroy (cr);
    cairo_surface_destroy (surface);
    kd_curve_free (curve);
  }
}

static void
gaps_and_dashes_are_left_out (void)
{
  const KdAxis x_axis = { .low = 0, .high = 110, .origin = 0, .extent = 110 };
  const KdAxis y_axis = { .low = 0, .high = 20, .origin = 20, .extent = -20 };
  const double dash[] = { 8, 3 };
  cairo_t *cr;
  cairo_surface_t *surface = canvas_new (110, 40, &cr);
  KdCurve *gap = kd_curve_new (), *flat = kd_curve_new ();
  for (int i = 0; i <= 11; i++)
    kd_curve_append (gap, i * 10, i == 5 ? (double) NAN : 10);
  const KdPen pen = { .color = red, .opacity = 1, .width = 2 };
  kd_curve_draw (gap, 0, cr, &x_axis, &y_axis, &pen);
  for (int x = 0; x < 110; x++)
    if (x != 40) /* the last point before the gap is on this pixel's edge */
      g_assert_cmpfloat_with_epsilon (coverage_at (surface, x, 9), x > 40 && x < 60 ? 0 : 1, 0.01);

  const KdAxis lower = { .low = 0, .high = 20, .origin = 40, .extent = -20 };
  const KdPen dashed = { .color = red, .opacity = 1, .width = 2, .dash = dash, .n_dashes = 2 };
  kd_curve_append (flat, 0, 10);
  kd_curve_append (flat, 110, 10);
  kd_curve_draw (flat, 0, cr, &x_axis, &lower, &dashed);
  double sum = 0;
  for (int x = 0; x < 110; x++)
    sum += coverage_at (surface, x, 29);
  g_assert_cmpfloat_with_epsilon (sum, 110 * 8.0 / 11, 3);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
  kd_curve_free (gap);
  kd_curve_free (flat);
}

/* Nothing may be written outside the plot or the clip, whatever the values. */
static void
curves_stay_in_the_plot (void)
{
  cairo_t *cr;
  cairo_surface_t *surface = canvas_new (100, 100, &cr);
  KdRandom random = kd_random (4, 4);
  KdCurve *curve = kd_curve_new ();
  for (int i = 0; i < 5000; i++)
    kd_curve_append (curve, i, 1000 * kd_random_normal (&random));
  cairo_translate (cr, 5, 3);
  cairo_rectangle (cr, 20, 0, 100, 60);
  cairo_clip (cr);
  const KdPen pen = { .color = red, .opacity = 0.5, .width = 3 };
  for (int n = 4; n <= 5000; n += 4996) {
    const KdAxis x_axis = { .low = 10, .high = n, .origin = 10, .extent = 70 };
    const KdAxis y_axis = { .low = -100, .high = 100, .origin = 80, .extent = -70 };
    kd_curve_draw (curve, 0, cr, &x_axis, &y_axis, &pen);
  }
  for (int y = 0; y < 100; y++)
    for (int x = 0; x < 100; x++)
      if (x < 25 || x >= 85 || y < 13 || y >= 63)
        g_assert_cmphex (pixel_at (surface, x, y), ==, 0);
  g_assert_cmpfloat_with_epsilon (coverage_at (surface, 50, 40), 0.5, 0.01);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
  kd_curve_free (curve);
}

/* ---- layout ------------------------------------------------------------------------------------------------------ */

static KdChart
plain_chart (const KdChartCurve *curves, int n_curves)
{
  return (KdChart){ .curves = curves,
                    .n_curves = n_curves,
                    .title = "Loss",
                    .x_label = "step",
                    .cursor_x = NAN,
                    .text = { 0, 0, 0 },
                    .grid = { 0.9, 0.9, 0.9 },
                    .background = { 1, 1, 1 },
                    .legend = true };
}

static void
legend_entries_do_not_overlap (void)
{
  const char *labels[] = {
    "none", "fgd", "a run with a rather long name", "x", "mimic", "maskd 2"
  };
  KdChartCurve curves[24];
  KdCurve *curve = kd_curve_new ();
  cairo_t *cr;
  cairo_surface_t *surface = canvas_new (10, 10, &cr);
  KdText text;
  kd_text_init (&text, cr, KD_CHART_TEXT_PX);
  for (int i = 0; i < 24; i++)
    curves[i] = (KdChartCurve){ .curve = curve, .label = labels[i % 6] };
  for (int n = 1; n <= 24; n++)
    for (double width = 150; width < 900; width += 50) {
      const KdRect rect = { 7, 9, width, 240 };
      const KdChart chart = plain_chart (curves, n);
      KdChartLayout layout;
      double last_end = layout.legend_x = 0, last_y = 0;
      kd_chart_layout (&rect, &chart, &text, &layout);
      g_assert_cmpfloat (layout.plot.height, >, 0.4 * 240);
      for (int i = 0; i < n; i++) {
        double x, y;
        if (!kd_chart_legend_place (&rect, &chart, &text, &layout, i, &x, &y))
          break;
        g_assert_true (y > last_y || x >= last_end);
        g_assert_cmpfloat (y + KD_CHART_LINE_PX / 2, <=, layout.plot.y);
        last_end = x + KD_LEGEND_SWATCH_PX + kd_text_width (&text, curves[i].label);
        last_y = y;
        g_assert_true (last_end <= rect.x + width || x == rect.x);
      }
    }
  kd_text_clear (&text);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
  kd_curve_free (curve);
}

/* Red of the pixel at a place of the axes. */
static int
red_at (cairo_surface_t *surface, const KdChartLayout *layout, double x, double y)
{
  return (int) (pixel_at (surface, (int) kd_axis_to_px (&layout->x, x),
                          (int) kd_axis_to_px (&layout->y, y)) >>
                16);
}

/* Faint in its curve's colour from its first step to its last, and in sight though the curve runs far below. */
static void
a_band_is_where_others_ran (void)
{
  static const double steps[] = { 20, 60 }, low[] = { 40, 40 }, high[] = { 60, 80 };
  static const KdChartBand band = { steps, low, high, 2 };
  KdCurve *curve = kd_curve_new ();
  for (int x = 0; x <= 100; x++)
    kd_curve_append (curve, x, 1);
  const KdRect rect = { 0, 0, 400, 300 };
  for (int with = 0; with < 2; with++) {
    const KdChartCurve one = { .curve = curve, .label = "a", .band = with ? &band : NULL };
    KdChart chart = plain_chart (&one, 1);
    chart.grid = chart.background;
    cairo_t *cr;
    cairo_surface_t *surface = canvas_new (400, 300, &cr);
    cairo_set_source_rgb (cr, 1, 1, 1);
    cairo_paint (cr);
    KdText text;
    kd_text_init (&text, cr, KD_CHART_TEXT_PX);
    KdChartLayout layout;
    kd_chart_layout (&rect, &chart, &text, &layout);
    kd_text_clear (&text);
    kd_chart_draw (cr, &rect, &chart);
    cairo_surface_flush (surface);
    g_assert_true (with == (layout.y.high >= 80));
    if (with) {
      const int faint = red_at (surface, &layout, 40, 50);
      g_assert_cmpint (faint, <, 255);
      g_assert_cmpint (faint, >, 150);
      g_assert_cmpint (red_at (surface, &layout, 58, 76), ==, faint);
      g_assert_cmpint (red_at (surface, &layout, 22, 76), ==, 255); /* above it there */
      g_assert_cmpint (red_at (surface, &layout, 10, 50), ==, 255); /* before its first step */
      g_assert_cmpint (red_at (surface, &layout, 80, 50), ==, 255); /* after its last */
    }
    cairo_destroy (cr);
    cairo_surface_destroy (surface);
  }
  kd_curve_free (curve);
}

static void
axes_hold_the_data (void)
{
  cairo_t *cr;
  cairo_surface_t *surface = canvas_new (10, 10, &cr);
  KdCurve *curve = kd_curve_new ();
  const KdChartCurve curves[] = { { .curve = curve, .label = "a" } };
  KdChart chart = plain_chart (curves, 1);
  const KdRect rect = { 0, 0, 400, 200 };
  KdRect plot;
  double low, high;
  KdText text;
  KdChartLayout layout;
  kd_text_init (&text, cr, KD_CHART_TEXT_PX);

  kd_chart_layout (&rect, &chart, &text, &layout); /* no point at all */
  g_assert_true (layout.x.high > layout.x.low && layout.y.high > layout.y.low);
  kd_curve_append (curve, 7, 3); /* one: steps and values are seen from 0 on */
  kd_chart_layout (&rect, &chart, &text, &layout);
  g_assert_true (layout.x.low == 0 && layout.x.high == 7 && layout.y.low == 0 && layout.y.high > 3);
  g_assert_cmpint (layout.n_x_ticks, >=, 2);
  chart.log_x = true;
  kd_chart_layout (&rect, &chart, &text, &layout);
  g_assert_true (layout.x.low > 0 && layout.x.low < 7 && layout.x.high == 7);
  chart.log_x = false;
  kd_curve_append (curve, 700, 0.02);
  for (int log_y = 0; log_y < 2; log_y++) {
    chart.log_y = log_y;
    kd_chart_layout (&rect, &chart, &text, &layout);
    g_assert_true (layout.y.low <= 0.02 && layout.y.high >= 3);
    g_assert_true (layout.y.log == (bool) log_y && (!log_y || layout.y.low > 0));
  }
  kd_curve_append (curve, 800, 0); /* cannot be on a log axis */
  kd_chart_layout (&rect, &chart, &text, &layout);
  g_assert_true (layout.y.low > 0 && layout.y.high > 3);
  kd_chart_plot_rect (cr, &rect, &chart, &plot, &low, &high);
  g_assert_true (low == 7 && high == 800);
  g_assert_true (plot.x > 10 && plot.y > 10 && plot.x + plot.width <= 400 &&
                 plot.y + plot.height < 190);
  chart.x_min = 100;
  chart.x_max = 200;
  kd_chart_plot_rect (cr, &rect, &chart, &plot, &low, &high);
  g_assert_true (low == 100 && high == 200);
  kd_text_clear (&text);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
  kd_curve_free (curve);
}

/* However low a chart is, its axis has two numbers. */
static void
low_charts_have_two_ticks (void)
{
  cairo_t *cr;
  cairo_surface_t *surface = canvas_new (10, 10, &cr);
  KdText text;
  KdChartLayout layout;
  KdChart chart = plain_chart (NULL, 0);
  kd_text_init (&text, cr, KD_CHART_TEXT_PX);
  chart.x_max = 600;
  for (chart.y_max = 10; chart.y_max < 100; chart.y_max *= 1.07) {
    kd_chart_layout (&(KdRect){ 0, 0, 300, 95 }, &chart, &text, &layout);
    g_assert_cmpint (layout.n_y_ticks, >=, 2);
    g_assert_cmpfloat (layout.y_ticks[1], <=, chart.y_max);
  }
  kd_text_clear (&text);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
}

static void
tick_labels (void)
{
  const struct {
    double value, step;
    bool log;
    const char *text;
  } cases[] = {
    { 0.5, 0.1, false, "0.5" },    { 1, 0.25, false, "1.0" },
    { 2000, 500, false, "2000" },  { 0.001, 0, true, "0.001" },
    { 2e6, 1e6, false, "2e6" },    { 0, 0.02, false, "0.00" },
    { 3e-6, 1e-6, false, "3e-6" }, { 1000.02, 0.02, false, "1000.02" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    char text[32];
    kd_chart_tick_format (cases[i].value, cases[i].step, cases[i].log, text, sizeof text);
    g_assert_cmpstr (text, ==, cases[i].text);
  }
}

/* The crosshair stands where the plot rectangle says that x is. */
static void
the_crosshair_is_at_its_step (void)
{
  cairo_t *cr;
  cairo_surface_t *surface = canvas_new (400, 200, &cr);
  KdChart chart = plain_chart (NULL, 0);
  KdRect plot;
  double low, high;
  chart.x_max = 1000;
  chart.cursor_x = 730;
  const KdRect rect = { 0, 0, 400, 200 };
  kd_chart_draw (cr, &rect, &chart);
  kd_chart_plot_rect (cr, &rect, &chart, &plot, &low, &high);
  const int expected = (int) (plot.x + plot.width * 0.73);
  const int y = (int) (plot.y + plot.height) - 7; /* below the readout, between grid lines */
  for (int x = (int) plot.x + 2; x < 398; x++)
    if (x == expected)
      g_assert_cmphex (pixel_at (surface, x, y) & 0xff, <, 0x80);
    else
      g_assert_cmphex (pixel_at (surface, x, y) & 0xff, >=, 0xe0);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
}

static int
count_color (cairo_surface_t *surface, int width, int height, uint32_t rgb)
{
  int n = 0;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      n += (pixel_at (surface, x, y) & 0xffffff) == rgb;
  return n;
}

/* The card names all curves, each by a swatch of its colour, however many there are. Curves lie outside the axes: only the card has colours. */
static void
the_card_holds_all_values (void)
{
  static const KdRect rects[] = { { 0, 0, 310, 130 }, { 0, 0, 230, 110 }, { 0, 0, 900, 300 } };
  KdChartCurve curves[12];
  for (int i = 0; i < 12; i++) {
    KdCurve *curve = kd_curve_new ();
    kd_curve_append (curve, 500, 5 + 1000 * i);
    curves[i] = (KdChartCurve){ .curve = curve,
                                .color = { 1, (10 + 10 * i) / 255.0, 0 },
                                .label = "longer-name" };
  }
  for (size_t r = 0; r < G_N_ELEMENTS (rects); r++)
    for (int n = 1; n <= 12; n++)
      for (double cursor = 0; cursor <= 1000; cursor += 250) {
        cairo_t *cr;
        const int width = (int) rects[r].width, height = (int) rects[r].height;
        cairo_surface_t *surface = canvas_new (width, height, &cr);
        KdChart chart = plain_chart (curves, n);
        chart.legend = false;
        chart.x_max = 1000;
        chart.y_max = 1;
        chart.cursor_x = cursor;
        kd_chart_draw (cr, &rects[r], &chart);
        for (int i = 0; i < n; i++)
          g_assert_cmpint (
              count_color (surface, width, height, 0xff0000 | (10 + 10 * (uint32_t) i) << 8), >=,
              20);
        chart.cursor_mark = true; /* without a card */
        kd_chart_draw (cr, &rects[r], &chart);
        g_assert_cmpint (count_color (surface, width, height, 0xff0a00), ==, 0);
        cairo_destroy (cr);
        cairo_surface_destroy (surface);
      }
  for (int i = 0; i < 12; i++)
    kd_curve_free ((KdCurve *) curves[i].curve);
}

/* Why there is nothing is said in the middle, and no longer once there is something. */
static void
an_empty_chart_says_why (void)
{
  KdCurve *curve = kd_curve_new ();
  const KdChartCurve curves[] = { { .curve = curve, .color = red, .label = "a" } };
  const KdRect rect = { 0, 0, 320, 140 };
  int black[3];
  for (int i = 0; i < 3; i++) {
    cairo_t *cr;
    cairo_surface_t *surface = canvas_new (320, 140, &cr);
    KdChart chart = plain_chart (curves, 1);
    chart.empty = i == 0 ? NULL : "Not measured yet";
    chart.grid = chart.background;
    if (i == 2)
      kd_curve_append (curve, 3, 1);
    kd_chart_draw (cr, &rect, &chart);
    black[i] = 0;
    for (int y = 55; y < 95; y++)
      for (int x = 100; x < 240; x++)
        black[i] += (pixel_at (surface, x, y) & 0xff) < 0xa0;
    cairo_destroy (cr);
    cairo_surface_destroy (surface);
  }
  g_assert_cmpint (black[0], ==, 0);
  g_assert_cmpint (black[1], >, 50);
  g_assert_cmpint (black[2], <, 20); /* at most the point */
  kd_curve_free (curve);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/render/curve/ranges-equal-brute-force", ranges_equal_brute_force);
  g_test_add_func ("/render/curve/smoothing-follows-the-formula", smoothing_follows_the_formula);
  g_test_add_func ("/render/curve/nearest-point", nearest_point);
  g_test_add_func ("/render/curve/dense-columns-equal-brute-force",
                   dense_columns_equal_brute_force);
  g_test_add_func ("/render/curve/sparse-lines-have-their-width", sparse_lines_have_their_width);
  g_test_add_func ("/render/curve/gaps-and-dashes-are-left-out", gaps_and_dashes_are_left_out);
  g_test_add_func ("/render/curve/stays-in-the-plot", curves_stay_in_the_plot);
  g_test_add_func ("/render/chart/legend-entries-do-not-overlap", legend_entries_do_not_overlap);
  g_test_add_func ("/render/chart/a-band-is-where-others-ran", a_band_is_where_others_ran);
  g_test_add_func ("/render/chart/axes-hold-the-data", axes_hold_the_data);
  g_test_add_func ("/render/chart/tick-labels", tick_labels);
  g_test_add_func ("/render/chart/crosshair-is-at-its-step", the_crosshair_is_at_its_step);
  g_test_add_func ("/render/chart/card-holds-all-values", the_card_holds_all_values);
  g_test_add_func ("/render/chart/an-empty-one-says-why", an_empty_chart_says_why);
  g_test_add_func ("/render/chart/low-charts-have-two-ticks", low_charts_have_two_ticks);
  return g_test_run ();
}
