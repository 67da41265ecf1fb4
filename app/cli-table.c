/* SPDX-License-Identifier: MIT */
#include "app/cli-table.h"

#include "engine/render/render.h"

#include <math.h>
#include <string.h>

/* "student small, 3000 steps, seeds 1 2 3, AP on 1000 held-out scenes" */
static char *
describe (const KdComparison *comparison, const KdConfig *config)
{
  GString *text = g_string_new (NULL);
  g_string_append_printf (text, "student %s, %" G_GINT64_FORMAT " steps, %s", config->student,
                          config->steps, comparison->n_seeds > 1 ? "seeds" : "seed");
  for (int i = 0; i < comparison->n_seeds; i++)
    g_string_append_printf (text, " %" G_GUINT64_FORMAT, comparison->seeds[i]);
  g_string_append_printf (text, ", AP on %d held-out scenes", config->final_eval_images);
  return g_string_free (text, FALSE);
}

/* A difference in points of AP as one decimal shows it, without a minus sign before 0.0. */
static double
points (double difference)
{
  return round (1000 * difference) / 10 + 0.0;
}

/* "+2.4 to +6.1"; "-" without an interval. */
static char *
interval_text (const KdComparisonRow *row)
{
  return isnan (row->low)
             ? g_strdup ("-")
             : g_strdup_printf ("%+.1f to %+.1f", points (row->low), points (row->high));
}

/* ---- text ---- */

static void
append_row (GString *text, const KdComparison *comparison, int index)
{
  const KdComparisonRow *row = &comparison->rows[index];
  g_string_append_printf (text, "%-12s %6.1f %6.1f", row->id, 100 * row->mean_ap,
                          100 * row->mean_ap50);
  if (index != comparison->twin) {
    g_autofree char *interval = interval_text (row);
    g_autofree char *wins = g_strdup_printf ("%d of %d", row->wins, comparison->n_seeds);
    g_string_append_printf (text, " %+11.1f %17s %9s %9.0f %%", points (row->difference), interval,
                            wins, 100 * row->share);
  }
  g_string_append_c (text, '\n');
}

char *
cli_table_text (const KdComparison *comparison, const KdConfig *config)
{
  g_autofree char *what = describe (comparison, config);
  GString *text = g_string_new (what);
  g_string_append_printf (text, "\n\n%-12s %6s %6s %11s %17s %9s %11s\n", "run", "AP", "AP50",
                          "difference", "95 % interval", "wins", "loss share");
  for (int r = 0; r < comparison->n_rows; r++)
    append_row (text, comparison, r);
  g_string_append_printf (
      text,
      "\nMeans over the seeds. difference: of AP to %s with the same seed, with its interval by "
      "Student's t;\nwins: seeds where it is above 0; loss share: distillation's part of the total "
      "loss, median over the steps.\n",
      comparison->rows[comparison->twin].id);
  return g_string_free (text, FALSE);
}

/* ---- CSV ---- */

static void
append_number (GString *text, double value)
{
  char cell[G_ASCII_DTOSTR_BUF_SIZE] = "";
  if (!isnan (value))
    g_ascii_formatd (cell, sizeof cell, "%.9g", value);
  g_string_append_printf (text, ",%s", cell);
}

static void
append_numbers (GString *text, const double *values, int n)
{
  for (int i = 0; i < n; i++)
    append_number (text, values[i]);
}

static void
append_seed_names (GString *text, const KdComparison *comparison, const char *what)
{
  for (int i = 0; i < comparison->n_seeds; i++)
    g_string_append_printf (text, ",%s_seed_%" G_GUINT64_FORMAT, what, comparison->seeds[i]);
}

char *
cli_table_csv (const KdComparison *comparison)
{
  GString *text = g_string_new ("run,method,seeds,ap,ap50,difference,low,high,wins,loss_share");
  append_seed_names (text, comparison, "ap");
  append_seed_names (text, comparison, "ap50");
  append_seed_names (text, comparison, "difference");
  g_string_append_c (text, '\n');
  for (int r = 0; r < comparison->n_rows; r++) {
    const KdComparisonRow *row = &comparison->rows[r];
    g_string_append_printf (text, "%s,%s,%d", row->id, row->method->id, comparison->n_seeds);
    const double means[] = { row->mean_ap, row->mean_ap50, row->difference, row->low, row->high };
    append_numbers (text, means, G_N_ELEMENTS (means));
    g_string_append_printf (text, ",%d", row->wins);
    append_number (text, row->share);
    append_numbers (text, row->ap, comparison->n_seeds);
    append_numbers (text, row->ap50, comparison->n_seeds);
    append_numbers (text, row->differences, comparison->n_seeds);
    g_string_append_c (text, '\n');
  }
  return g_string_free (text, FALSE);
}

/* ---- picture ---- */

/* In points of AP. */
typedef struct {
  KdIntervalRow rows[KD_MAX_RUNS];
  char *notes[KD_MAX_RUNS];
  double *single[KD_MAX_RUNS];
  int n;
} Rows;

static void
add_row (Rows *rows, const KdComparison *comparison, int index)
{
  const KdComparisonRow *run = &comparison->rows[index];
  double *single = rows->single[rows->n] = g_new (double, comparison->n_seeds);
  for (int i = 0; i < comparison->n_seeds; i++)
    single[i] = 100 * run->differences[i];
  char *note = rows->notes[rows->n] = g_strdup_printf (
      "%+.1f  (%d of %d)", points (run->difference), run->wins, comparison->n_seeds);
  rows->rows[rows->n++] = (KdIntervalRow){
    .label = run->id,
    .note = note,
    .value = 100 * run->difference,
    .low = 100 * run->low,
    .high = 100 * run->high,
    .points = single,
    .n_points = comparison->n_seeds,
    .color = kd_series_color (index, false),
  };
}

static void
draw (cairo_t *cr, KdSize size, void *data)
{
  const KdIntervals *intervals = data;
  const KdRect all = { 0, 0, size.width, size.height };
  kd_intervals_draw (cr, &all, intervals);
}

bool
cli_table_picture (const KdComparison *comparison,
                   const KdConfig *config,
                   const char *path,
                   GError **error)
{
  Rows rows = { .n = 0 };
  for (int r = 0; r < comparison->n_rows; r++) {
    if (r != comparison->twin)
      add_row (&rows, comparison, r);
  }
  g_autofree char *what = describe (comparison, config);
  KdIntervals intervals = {
    .rows = rows.rows,
    .n_rows = rows.n,
    .title = "AP against the undistilled twin",
    .subtitle = what,
    .x_label = "difference of AP, paired by seed: mean, 95 % interval (Student's t), single seeds",
    .text = { 0.12, 0.12, 0.12 },
    .grid = { 0.88, 0.88, 0.88 },
    .background = { 1, 1, 1 },
  };
  const char *const text[] = { "Software", "kdscope " KDSCOPE_VERSION, "Description", what, NULL };
  const bool ok =
      kd_export_picture (path, kd_intervals_size (&intervals), draw, &intervals, text, error);
  for (int r = 0; r < rows.n; r++) {
    g_free (rows.notes[r]);
    g_free (rows.single[r]);
  }
  return ok;
}
