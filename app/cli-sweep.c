/* SPDX-License-Identifier: MIT */
#include "app/cli-follow.h"
#include "app/cli-training.h"
#include "app/cli.h"
#include "engine/base/i18n.h"

#include "engine/render/render.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define WIDTH 720
#define HEIGHT 420
#define MARGIN 12

typedef struct {
  CliTraining training;
  char *method, *factors, *out;
  gint64 seed;
} Options;

/* Run 0 is the twin; run i has @factor[i - 1] times the preset's run.scale. */
typedef struct {
  double factor[KD_MAX_RUNS - 1];
  int n;
} Sweep;

/* What came out, a run each; [0]: the twin. */
typedef struct {
  double scale, ap, ap50;
  double
      ratio; /* of gradients, as it was while training: median of what was measured every KD_RATIO_EVERY steps */
} Outcome;

/* ---- what is asked for ------------------------------------------------------------------------------- */

static bool
read_factors (const Options *options, Sweep *sweep, GError **error)
{
  g_auto (GStrv) words =
      g_strsplit (options->factors ? options->factors : "0.03,0.1,0.3,1,3,10", ",", -1);
  for (char **word = words; *word; word++) {
    char *end;
    const double factor = g_ascii_strtod (g_strstrip (*word), &end);
    if (!**word || *end || !(factor >= 1e-6 && factor <= 1e6) || sweep->n == KD_MAX_RUNS - 1) {
      g_set_error (
          error, KD_ERROR, KD_ERROR_CONFIG,
          _ ("--factors: expected up to %d numbers from 1e-6 to 1e6 such as 0.1,1,10, found "
             "\"%s\""),
          KD_MAX_RUNS - 1, *word);
      return false;
    }
    sweep->factor[sweep->n++] = factor;
  }
  return true;
}

/* "none,fgd,fgd,fgd" */
static char *
method_list (const Options *options, const Sweep *sweep)
{
  GString *list = g_string_new ("none");
  for (int i = 0; i < sweep->n; i++)
    g_string_append_printf (list, ",%s", options->method);
  return g_string_free (list, FALSE);
}

static bool
check (const Options *options, GError **error)
{
  if (!options->out || !options->method) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 _ ("--method ID and --out DIR are needed: what is swept, and where its runs go"));
    return false;
  }
  const KdMethod *method = kd_method_choose (options->method, error);
  if (method && g_str_equal (method->id, "none")) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 _ ("--method: none has no terms whose weight could be swept"));
    return false;
  }
  return method &&
         (options->training.final_images == CLI_NOT_GIVEN ||
          cli_check_range ("--final-images", options->training.final_images, 1, 1e6, error));
}

/* ---- what comes out ------------------------------------------------------------------------------------ */

static int
compare_numbers (const void *a, const void *b)
{
  const double *one = a, *other = b;
  return (*one > *other) - (*one < *other);
}

/* NAN: it was never measured. */
static double
median_of_series (KdSession *session, int run, const char *name)
{
  int n = 0;
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (double));
  const KdSeriesInfo *series = kd_session_series (session, &n);
  for (int i = 0; i < n; i++) {
    if (series[i].run != run || strcmp (series[i].name, name) != 0)
      continue;
    KdPoint points[256];
    size_t from = 0, got;
    while ((got = kd_session_read_series (session, i, from, points, G_N_ELEMENTS (points))) > 0) {
      for (size_t k = 0; k < got; k++)
        g_array_append_val (values, points[k].value);
      from += got;
    }
  }
  g_array_sort (values, compare_numbers);
  return values->len ? g_array_index (values, double, values->len / 2) : (double) NAN;
}

static void
read_outcomes (KdSession *session, const char *method, Outcome *outcomes)
{
  g_autofree char *ratio = g_strdup_printf ("ratio.%s.total", method);
  for (int r = 0; r < kd_session_runs (session); r++) {
    KdKnobs *knobs = kd_session_run_knobs (session, r);
    outcomes[r] = (Outcome){ .scale = kd_knobs_get (knobs, "run.scale"),
                             .ap = NAN,
                             .ap50 = NAN,
                             .ratio = median_of_series (session, r, ratio) };
    kd_knobs_free (knobs);
    cli_last_value (session, r, "ap", &outcomes[r].ap);
    cli_last_value (session, r, "ap50", &outcomes[r].ap50);
  }
}

static char *
write_table (const Sweep *sweep, const Outcome *outcomes)
{
  GString *text = g_string_new (NULL);
  g_string_append_printf (text, "%8s %12s %12s %8s %8s %12s\n", "factor", "run.scale", "ratio",
                          "AP", "AP50", "to the twin");
  for (int i = 0; i < sweep->n; i++) {
    const Outcome *run = &outcomes[i + 1];
    g_string_append_printf (text, "%8g %12.4g %12.3g %8.1f %8.1f %+12.1f\n", sweep->factor[i],
                            run->scale, run->ratio, 100 * run->ap, 100 * run->ap50,
                            100 * (run->ap - outcomes[0].ap));
  }
  g_string_append_printf (text, "%8s %12s %12s %8.1f %8.1f\n", "twin", "", "", 100 * outcomes[0].ap,
                          100 * outcomes[0].ap50);
  return g_string_free (text, FALSE);
}

/* One line a run, the twin's first with factor, scale and ratio 0; AP from 0 to 1. */
static char *
write_csv (const Sweep *sweep, const Outcome *outcomes)
{
  GString *text = g_string_new ("factor,scale,ratio,ap,ap50\n");
  for (int i = 0; i <= sweep->n; i++) {
    const Outcome *run = &outcomes[i];
    const double values[] = { i ? sweep->factor[i - 1] : 0, i ? run->scale : 0, i ? run->ratio : 0,
                              run->ap, run->ap50 };
    for (size_t k = 0; k < G_N_ELEMENTS (values); k++) {
      char number[G_ASCII_DTOSTR_BUF_SIZE];
      g_string_append_printf (text, "%s%s", k ? "," : "",
                              g_ascii_dtostr (number, sizeof number, values[k]));
    }
    g_string_append_c (text, '\n');
  }
  return g_string_free (text, FALSE);
}

static void
draw (cairo_t *cr, KdSize size, void *data)
{
  const KdRect inside = { MARGIN, MARGIN, size.width - 2 * MARGIN, size.height - 2 * MARGIN };
  const KdChart *chart = data;
  cairo_set_source_rgb (cr, chart->background.red, chart->background.green, chart->background.blue);
  cairo_paint (cr);
  kd_chart_draw (cr, &inside, chart);
}

/* AP over the ratio, and the twin's as a level line. */
static bool
write_picture (const Options *options,
               const Sweep *sweep,
               const Outcome *outcomes,
               const char *path,
               GError **error)
{
  double points[KD_MAX_RUNS][2], best = 100 * outcomes[0].ap;
  int n = 0;
  for (int i = 1; i <= sweep->n; i++) {
    if (!(outcomes[i].ratio > 0)) /* it has no place on a logarithmic axis */
      continue;
    points[n][0] = outcomes[i].ratio;
    points[n][1] = 100 * outcomes[i].ap;
    best = fmax (best, points[n++][1]);
  }
  if (n == 0) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 _ ("%s: no ratio of gradients was measured, so that nothing can be drawn"), path);
    return false;
  }
  qsort (points, (size_t) n, sizeof points[0], compare_numbers); /* by the ratio, their first */
  KdCurve *swept = kd_curve_new (), *twin = kd_curve_new ();
  for (int i = 0; i < n; i++)
    if (i == 0 || points[i][0] > points[i - 1][0])
      kd_curve_append (swept, points[i][0], points[i][1]);
  kd_curve_append (twin, points[0][0] / 1.4, 100 * outcomes[0].ap);
  kd_curve_append (twin, points[n - 1][0] * 1.4, 100 * outcomes[0].ap);
  const KdMethod *method = kd_method_find (options->method);
  KdChartCurve curves[] = {
    { .curve = twin, .color = kd_series_color (0, false), .label = "No distillation" },
    { .curve = swept,
      .color = kd_series_color (1, false),
      .markers = true,
      .label = method->title },
  };
  curves[0].dash = kd_series_dash (1, &curves[0].n_dashes);
  KdChart chart = {
    .curves = curves,
    .n_curves = G_N_ELEMENTS (curves),
    .title =
        "AP over the ratio of gradients: distillation to detection loss, at the student's features",
    .x_label = "ratio",
    .y_label = "AP, %",
    .log_x = true,
    .x_min = points[0][0] / 1.5,
    .x_max = points[n - 1][0] * 1.5,
    .y_max = fmin (100, fmax (1.15 * best, 1)),
    .cursor_x = NAN,
    .text = { 0.12, 0.12, 0.12 },
    .grid = { 0.88, 0.88, 0.88 },
    .background = { 1, 1, 1 },
    .legend = true,
  };
  const char *const text[] = { "Software", "kdscope " KDSCOPE_VERSION, "Description",
                               "AP over the median ratio of distillation's gradient at the "
                               "student's features to the detection loss's",
                               NULL };
  const bool ok = kd_export_picture (path, (KdSize){ .width = WIDTH, .height = HEIGHT }, draw,
                                     &chart, text, error);
  kd_curve_free (swept);
  kd_curve_free (twin);
  return ok;
}

static bool
write_result (const Options *options, const Sweep *sweep, KdSession *session, GError **error)
{
  Outcome outcomes[KD_MAX_RUNS];
  read_outcomes (session, options->method, outcomes);
  g_autofree char *table = write_table (sweep, outcomes);
  g_autofree char *csv = write_csv (sweep, outcomes);
  g_autofree char *csv_path = g_build_filename (options->out, "sweep.csv", NULL);
  g_autofree char *picture = g_build_filename (options->out, "sweep.png", NULL);
  fputs (table, stdout);
  g_autoptr (GError) problem = NULL;
  if (!g_file_set_contents (csv_path, csv, -1, &problem)) {
    g_set_error_literal (error, KD_ERROR, KD_ERROR_FILE, problem->message);
    return false;
  }
  return write_picture (options, sweep, outcomes, picture, error);
}

/* ---- the command -------------------------------------------------------------------------------------------- */

static bool
scale_runs (CliRuns *runs, const Sweep *sweep, GError **error)
{
  for (int i = 0; i < sweep->n; i++) {
    KdKnobs *knobs = (KdKnobs *) runs->runs[i + 1].knobs;
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_dtostr (number, sizeof number, sweep->factor[i] * kd_knobs_get (knobs, "run.scale"));
    if (!kd_knobs_set (knobs, "run.scale", number, error))
      return false;
  }
  return true;
}

static KdSession *
start (const Options *options, const Sweep *sweep, GError **error)
{
  g_autofree char *methods = method_list (options, sweep);
  CliRuns runs;
  if (!cli_runs_init (&runs, methods, &options->training, error))
    return NULL;
  KdConfig config = kd_config_default ();
  config.eval_every = 0;
  config.keyframe_every = 0;
  config.out = options->out;
  if (options->seed != CLI_NOT_GIVEN)
    config.seed = (uint64_t) options->seed;
  cli_training_apply (&options->training, &config);
  cli_runs_apply (&runs, &config);
  KdSession *session = scale_runs (&runs, sweep, error) ? kd_session_new (&config, error) : NULL;
  cli_runs_clear (&runs);
  return session;
}

static int
run (const Options *options, GError **error)
{
  Sweep sweep = { .n = 0 };
  if (!check (options, error) || !read_factors (options, &sweep, error))
    return CLI_EXIT_USAGE;
  KdSession *session = start (options, &sweep, error);
  if (!session)
    return CLI_EXIT_USAGE;
  int code = cli_follow (session);
  if (code == 0 && !write_result (options, &sweep, session, error))
    code = CLI_EXIT_FAILED;
  kd_session_free (session);
  return code;
}

int
cli_sweep (int argc, char **argv)
{
  Options options = { .training = cli_training_default (), .seed = CLI_NOT_GIVEN };
  const GOptionEntry own[] = {
    { "method", 0, 0, G_OPTION_ARG_STRING, &options.method, N_ ("What is swept, e.g. fgd"), "ID" },
    { "factors", 0, 0, G_OPTION_ARG_STRING, &options.factors,
      N_ ("Of the preset's run.scale, a student each (0.03,0.1,0.3,1,3,10)"), "F,..." },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &options.seed,
      N_ ("Of initial weights and training scenes (1)"), "S" },
    { "out", 0, 0, G_OPTION_ARG_FILENAME, &options.out,
      N_ ("Folder for sweep.csv, sweep.png and a run directory a student"), "DIR" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GArray) entries = cli_training_entries (&options.training, own);
  int code =
      cli_parse (&argc, &argv, "",
                 N_ ("Train one method at several strengths beside its undistilled twin, and show "
                     "AP over the ratio of the gradients"),
                 (const GOptionEntry *) (void *) entries->data);
  if (code < 0) {
    KD_FILE_WORDS; /* pictures and tables have the same bytes in every language */
    g_autoptr (GError) error = NULL;
    code = run (&options, &error);
    if (error)
      code = code == CLI_EXIT_USAGE ? cli_refuse (error) : cli_fail (error);
  }
  cli_training_clear (&options.training);
  g_free (options.method);
  g_free (options.factors);
  g_free (options.out);
  return code;
}
