/* SPDX-License-Identifier: MIT */
#include "ui/chart-picture.h"

#include "engine/base/i18n.h"
#include "engine/session/session.h"

#include <math.h>
#include <string.h>

#define WIDTH_PX 960
#define HEIGHT_PX 480
#define MARGIN_PX 16

struct _KdChartPicture {
  KdChart chart;
  KdChartCurve *curves; /* [n_curves], owned with what they point to but their dashes */
  char *title, *x_label, *y_label, *step;
};

KdChartPicture *
kd_chart_picture_new (const KdChart *chart, int64_t step)
{
  KdChartPicture *picture = g_new0 (KdChartPicture, 1);
  picture->chart = *chart;
  picture->curves = g_new0 (KdChartCurve, MAX (1, chart->n_curves));
  for (int i = 0; i < chart->n_curves; i++) {
    const KdCurve *from = chart->curves[i].curve;
    KdCurve *copy = kd_curve_new ();
    for (size_t k = 0; k < kd_curve_count (from); k++) {
      double x, y;
      kd_curve_point (from, k, &x, &y);
      kd_curve_append (copy, x, y);
    }
    picture->curves[i] = chart->curves[i];
    picture->curves[i].curve = copy;
    picture->curves[i].label = g_strdup (chart->curves[i].label);
  }
  picture->chart.curves = picture->curves;
  picture->chart.title = picture->title = g_strdup (chart->title);
  picture->chart.x_label = picture->x_label = g_strdup (chart->x_label);
  picture->chart.y_label = picture->y_label = g_strdup (chart->y_label);
  picture->chart.cursor_x = NAN;
  picture->step = g_strdup_printf ("%" G_GINT64_FORMAT, step);
  return picture;
}

void
kd_chart_picture_free (KdChartPicture *picture)
{
  if (!picture)
    return;
  for (int i = 0; i < picture->chart.n_curves; i++) {
    kd_curve_free ((KdCurve *) picture->curves[i].curve);
    g_free ((char *) picture->curves[i].label);
  }
  g_free (picture->curves);
  g_free (picture->title);
  g_free (picture->x_label);
  g_free (picture->y_label);
  g_free (picture->step);
  g_free (picture);
}

/* ---- numbers ------------------------------------------------------------------------------------------ */

static bool
is_shown (const KdChart *chart, double x)
{
  return chart->x_min >= chart->x_max || (x >= chart->x_min && x <= chart->x_max);
}

/* Rows of x and one value a curve, ascending, of what any curve has: NAN where another has none. */
static GArray *
make_table (const KdChart *chart)
{
  GArray *table = g_array_new (FALSE, FALSE, sizeof (double));
  g_autofree size_t *next = g_new0 (size_t, MAX (1, chart->n_curves));
  for (;;) {
    double least = INFINITY;
    for (int i = 0; i < chart->n_curves; i++) {
      double x, y;
      if (next[i] < kd_curve_count (chart->curves[i].curve)) {
        kd_curve_point (chart->curves[i].curve, next[i], &x, &y);
        least = fmin (least, x);
      }
    }
    if (isinf (least))
      return table;
    const bool shown = is_shown (chart, least);
    if (shown)
      g_array_append_val (table, least);
    for (int i = 0; i < chart->n_curves; i++) {
      double x, y = NAN, value = NAN;
      if (next[i] < kd_curve_count (chart->curves[i].curve)) {
        kd_curve_point (chart->curves[i].curve, next[i], &x, &y);
        if (x <= least) {
          value = y;
          next[i]++;
        }
      }
      if (shown)
        g_array_append_val (table, value);
    }
  }
}

/* A name in a line of CSV: quoted, as some hold a comma. */
static void
append_name (GString *text, const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name ? name : "", "\"", -1);
  g_autofree char *doubled = g_strjoinv ("\"\"", parts);
  g_string_append_printf (text, "\"%s\"", doubled);
}

static bool
write_csv (const KdChart *chart, const GArray *table, const char *path, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const guint columns = (guint) chart->n_curves + 1;
  append_name (text, chart->x_label);
  for (int i = 0; i < chart->n_curves; i++) {
    g_string_append_c (text, ',');
    append_name (text, chart->curves[i].label ? chart->curves[i].label : chart->title);
  }
  g_string_append_c (text, '\n');
  for (guint i = 0; i < table->len; i++) {
    const double value = g_array_index (table, double, i);
    char number[G_ASCII_DTOSTR_BUF_SIZE] = "";
    if (!isnan (value))
      g_ascii_dtostr (number, sizeof number, value);
    g_string_append_printf (text, "%s%c", number, (i + 1) % columns ? ',' : '\n');
  }
  return kd_file_write_atomic (path, text->str, text->len, error);
}

static bool
write_npy (const KdChart *chart, const GArray *table, const char *path, GError **error)
{
  g_autoptr (KdArrays) arrays = kd_arrays_new ();
  const int64_t columns = chart->n_curves + 1;
  KdArray *array =
      kd_array_new ("chart", KD_DTYPE_F64, 2, (int64_t[]){ table->len / columns, columns });
  memcpy (array->data, table->data, table->len * sizeof (double));
  kd_arrays_add (arrays, array);
  return kd_arrays_save (arrays, path, NULL, error);
}

/* ---- pictures ------------------------------------------------------------------------------------------- */

static void
draw (cairo_t *cr, KdSize size, void *data)
{
  const KdChart *chart = data;
  const KdRect rect = { MARGIN_PX, MARGIN_PX, size.width - 2 * MARGIN_PX,
                        size.height - 2 * MARGIN_PX };
  cairo_set_source_rgb (cr, chart->background.red, chart->background.green, chart->background.blue);
  cairo_paint (cr);
  kd_chart_draw (cr, &rect, chart);
}

bool
kd_chart_picture_export (const KdChartPicture *picture, const char *path, GError **error)
{
  KD_FILE_WORDS;
  KdChart chart = picture->chart;
  const bool csv = g_str_has_suffix (path, ".csv");
  if (csv || g_str_has_suffix (path, ".npy")) {
    g_autoptr (GArray) table = make_table (&chart);
    return csv ? write_csv (&chart, table, path, error) : write_npy (&chart, table, path, error);
  }
  const char *const text[] = { "Title", picture->title, "Software", "kdscope",
                               "Step",  picture->step,  NULL };
  return kd_export_picture (path, (KdSize){ .height = HEIGHT_PX, .width = WIDTH_PX }, draw, &chart,
                            text, error);
}
