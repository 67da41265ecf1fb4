/* SPDX-License-Identifier: MIT */
#include "engine/base/i18n.h"
#include "engine/session/config.h"
#include "engine/session/session-private.h"
#include "engine/session/statistics.h"
#include "engine/session/teacher.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- one run's curves, as they are in its folder ---- */

typedef struct {
  int64_t steps;
  double ap, ap50, share; /* ap: NAN if not measured at the last step */
} Result;

/* What is read of a row, by its columns' names: all other losses are the method's. */
typedef enum { OTHER, TOTAL, TASK, METHOD, AP, AP50, N_MEANINGS } Meaning;

static Meaning
meaning (const char *column)
{
  static const struct {
    const char *column;
    Meaning meaning;
  } known[] = {
    { "loss.total", TOTAL }, { "loss.cls", TASK }, { "loss.reg", TASK }, { "ap", AP },
    { "ap50", AP50 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (known); i++) {
    if (g_str_equal (column, known[i].column))
      return known[i].meaning;
  }
  return g_str_has_prefix (column, "loss.") ? METHOD : OTHER;
}

/* Sums by meaning; NAN where a cell is empty. */
static bool
read_row (char *const *columns, const char *line, double sums[N_MEANINGS])
{
  g_auto (GStrv) cells = g_strsplit (line, ",", -1);
  for (int m = 0; m < N_MEANINGS; m++)
    sums[m] = 0;
  int i = 0;
  for (; columns[i] && cells[i]; i++)
    sums[meaning (columns[i])] += *cells[i] ? g_ascii_strtod (cells[i], NULL) : (double) NAN;
  return !columns[i] && !cells[i];
}

static bool
read_rows (const char *path, char *const *lines, Result *result, GError **error)
{
  g_auto (GStrv) columns = g_strsplit (lines[0] ? lines[0] : "", ",", -1);
  g_autoptr (GArray) shares = g_array_new (FALSE, FALSE, sizeof (double));
  *result = (Result){ .ap = NAN, .ap50 = NAN, .share = NAN };
  for (char *const *line = lines[0] ? lines + 1 : lines; *line; line++) {
    double sums[N_MEANINGS];
    if (!read_row (columns, *line, sums)) {
      g_set_error (error, KD_ERROR, KD_ERROR_FORMAT, _ ("%s: row %u is damaged"), path,
                   shares->len + 1);
      return false;
    }
    const double share = sums[METHOD] / sums[TOTAL];
    g_array_append_val (shares, share);
    result->ap = sums[AP];
    result->ap50 = sums[AP50];
  }
  result->steps = shares->len;
  if (shares->len)
    result->share = kd_values_median ((double *) (void *) shares->data, shares->len);
  return true;
}

static bool
read_result (const char *folder, const char *run, Result *result, GError **error)
{
  g_autofree char *path = g_build_filename (folder, run, "series.csv", NULL);
  g_autofree char *text = NULL;
  GError *problem = NULL;
  if (!g_file_get_contents (path, &text, NULL, &problem)) {
    g_set_error_literal (error, KD_ERROR, KD_ERROR_FILE, problem->message);
    g_error_free (problem);
    return false;
  }
  g_auto (GStrv) lines = g_strsplit (g_strchomp (text), "\n", -1);
  return read_rows (path, lines, result, error);
}

/* ---- what a folder holds ---- */

static void
set_difference (
    GError **error, const char *path, const char *what, const char *theirs, const char *ours)
{
  g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
               _ ("%s: was trained with %s %s, not %s; choose another folder or ask for the same"),
               path, what, theirs, ours);
}

static char *
run_list (const KdConfig *config)
{
  GString *list = g_string_new (NULL);
  for (int r = 0; r < config->n_runs; r++)
    g_string_append_printf (list, "%s%s", r ? "," : "", config->runs[r].id);
  return g_string_free (list, FALSE);
}

static bool
same_knobs (const char *path, const KdRunConfig *ours, const KdRunConfig *theirs, GError **error)
{
  for (int i = 0; i < kd_knobs_count (ours->knobs); i++) {
    const char *id = kd_knobs_knob (ours->knobs, i)->id;
    g_autofree char *mine = kd_knob_text (ours->knobs, id);
    g_autofree char *other = kd_knob_text (theirs->knobs, id);
    if (g_str_equal (mine, other))
      continue;
    g_autofree char *what = g_strdup_printf ("%s.%s", ours->id, id);
    set_difference (error, path, what, other, mine);
    return false;
  }
  return true;
}

static bool
same_runs (const char *path, const KdConfig *ours, const KdConfig *theirs, GError **error)
{
  g_autofree char *mine = run_list (ours), *other = run_list (theirs);
  bool same = g_str_equal (mine, other);
  for (int r = 0; same && r < ours->n_runs; r++)
    same = kd_knobs_method (ours->runs[r].knobs) == kd_knobs_method (theirs->runs[r].knobs);
  if (!same) {
    set_difference (error, path, _ ("the methods"), other, mine);
    return false;
  }
  for (int r = 0; r < ours->n_runs; r++) {
    if (!same_knobs (path, &ours->runs[r], &theirs->runs[r], error))
      return false;
  }
  return true;
}

/* All that changes bits of a training or its final AP, but for runs and teacher. */
static bool
same_training (const char *path, const KdConfig *ours, const KdConfig *theirs, GError **error)
{
  const struct {
    const char *what;
    double ours, theirs;
  } numbers[] = {
    { N_ ("seed"), (double) ours->seed, (double) theirs->seed },
    { N_ ("steps"), (double) ours->steps, (double) theirs->steps },
    { N_ ("batch"), ours->batch, theirs->batch },
    { N_ ("learning rate"), ours->rate, theirs->rate },
    { N_ ("warm-up steps"), ours->warmup, theirs->warmup },
    { N_ ("difficulty"), ours->scenes.difficulty, theirs->scenes.difficulty },
    { N_ ("scene width"), ours->scenes.size.width, theirs->scenes.size.width },
    { N_ ("scene height"), ours->scenes.size.height, theirs->scenes.size.height },
    { N_ ("objects a scene"), ours->scenes.max_objects, theirs->scenes.max_objects },
    { N_ ("final images"), ours->final_eval_images, theirs->final_eval_images },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (numbers); i++) {
    if (numbers[i].ours == numbers[i].theirs)
      continue;
    g_autofree char *mine = kd_number_text (numbers[i].ours);
    g_autofree char *other = kd_number_text (numbers[i].theirs);
    set_difference (error, path, kd_translated (numbers[i].what), other, mine);
    return false;
  }
  if (!g_str_equal (ours->student, theirs->student)) {
    set_difference (error, path, _ ("the student"), theirs->student, ours->student);
    return false;
  }
  return true;
}

static bool
same_teacher (const char *path, const KdConfig *config, JsonObject *object, GError **error)
{
  g_autofree char *file = NULL;
  if (!kd_session_find_teacher (config, &file, error))
    return false;
  g_autofree char *mine = file ? kd_teacher_content_id (file, error) : NULL;
  if (file && !mine)
    return false;
  const char *theirs = kd_json_text (object, "teacher_id");
  if (g_strcmp0 (mine, theirs) == 0)
    return true;
  set_difference (error, path, _ ("the teacher"), theirs ? theirs : _ ("(none)"),
                  mine ? mine : _ ("(none)"));
  return false;
}

static bool
is_complete (const KdConfig *config, JsonObject *object)
{
  bool complete = kd_json_integer (object, "step", -1) == config->steps;
  for (int r = 0; complete && r < config->n_runs; r++) {
    Result result;
    complete = read_result (config->out, config->runs[r].id, &result, NULL) &&
               result.steps == config->steps && !isnan (result.ap);
  }
  return complete;
}

bool
kd_session_find_trained (const KdConfig *config, KdTrained *trained, GError **error)
{
  g_autofree char *path = g_build_filename (config->out, "session.json", NULL);
  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    *trained = KD_TRAINED_NOT;
    return true;
  }
  JsonObject *object = kd_json_load (path, error);
  KdSavedConfig *theirs = object ? kd_config_load (config->out, error) : NULL;
  KdSavedConfig *ours = kd_saved_config_new (config);
  const bool same =
      theirs &&
      same_training (path, kd_saved_config_get (ours), kd_saved_config_get (theirs), error) &&
      same_runs (path, kd_saved_config_get (ours), kd_saved_config_get (theirs), error) &&
      same_teacher (path, config, object, error);
  if (same)
    *trained =
        is_complete (kd_saved_config_get (ours), object) ? KD_TRAINED_FULLY : KD_TRAINED_PARTLY;
  kd_saved_config_free (ours);
  kd_saved_config_free (theirs);
  if (object)
    json_object_unref (object);
  return same;
}

/* ---- the table ---- */

static KdComparison *
comparison_new (const KdConfig *config, int n_seeds)
{
  KdComparison *comparison = g_new0 (KdComparison, 1);
  comparison->n_seeds = n_seeds;
  comparison->seeds = g_new0 (uint64_t, n_seeds);
  comparison->n_rows = config->n_runs;
  comparison->rows = g_new0 (KdComparisonRow, config->n_runs);
  for (int r = 0; r < config->n_runs; r++) {
    KdComparisonRow *row = &comparison->rows[r];
    row->id = g_strdup (config->runs[r].id);
    row->method = kd_knobs_method (config->runs[r].knobs);
    row->ap = g_new0 (double, n_seeds);
    row->ap50 = g_new0 (double, n_seeds);
    row->shares = g_new0 (double, n_seeds);
    row->differences = g_new0 (double, n_seeds);
  }
  return comparison;
}

void
kd_comparison_free (KdComparison *comparison)
{
  if (!comparison)
    return;
  for (int r = 0; r < comparison->n_rows; r++) {
    KdComparisonRow *row = &comparison->rows[r];
    g_free (row->id);
    g_free (row->ap);
    g_free (row->ap50);
    g_free (row->shares);
    g_free (row->differences);
  }
  g_free (comparison->rows);
  g_free (comparison->seeds);
  g_free (comparison);
}

static bool
read_seed (KdComparison *comparison, int seed, const char *folder, GError **error)
{
  KdSavedConfig *saved = kd_config_load (folder, error);
  if (!saved)
    return false;
  const KdConfig *config = kd_saved_config_get (saved);
  bool ok = config->n_runs == comparison->n_rows;
  for (int r = 0; ok && r < config->n_runs; r++)
    ok = g_str_equal (config->runs[r].id, comparison->rows[r].id);
  if (!ok)
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, _ ("%s: holds other runs than the first seed's"),
                 folder);
  comparison->seeds[seed] = config->seed;
  for (int r = 0; ok && r < comparison->n_rows; r++) {
    KdComparisonRow *row = &comparison->rows[r];
    Result result;
    ok = read_result (folder, row->id, &result, error);
    if (ok && (result.steps < config->steps || isnan (result.ap))) {
      g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                   _ ("%s: run %s is not trained to its end: expected AP at step %" PRIi64
                      ", found %" PRIi64 " steps"),
                   folder, row->id, config->steps, result.steps);
      ok = false;
    }
    if (ok) {
      row->ap[seed] = result.ap;
      row->ap50[seed] = result.ap50;
      row->shares[seed] = result.share;
    }
  }
  kd_saved_config_free (saved);
  return ok;
}

static int
find_twin (const KdComparison *comparison)
{
  for (int r = 0; r < comparison->n_rows; r++) {
    if (g_str_equal (comparison->rows[r].method->id, "none"))
      return r;
  }
  return -1;
}

static void
summarize (KdComparison *comparison)
{
  const size_t n = (size_t) comparison->n_seeds;
  const KdComparisonRow *twin = &comparison->rows[comparison->twin];
  for (int r = 0; r < comparison->n_rows; r++) {
    KdComparisonRow *row = &comparison->rows[r];
    row->mean_ap = kd_values_mean (row->ap, n);
    row->mean_ap50 = kd_values_mean (row->ap50, n);
    row->share = kd_values_mean (row->shares, n);
    for (size_t i = 0; i < n; i++) {
      row->differences[i] = row->ap[i] - twin->ap[i];
      row->wins += row->differences[i] > 0;
    }
    row->difference = kd_values_mean (row->differences, n);
    kd_values_interval (row->differences, n, &row->low, &row->high);
  }
}

KdComparison *
kd_comparison_load (const char *const *folders, int n_folders, GError **error)
{
  g_return_val_if_fail (n_folders > 0, NULL);
  KdSavedConfig *first = kd_config_load (folders[0], error);
  if (!first)
    return NULL;
  KdComparison *comparison = comparison_new (kd_saved_config_get (first), n_folders);
  kd_saved_config_free (first);
  bool ok = true;
  comparison->twin = find_twin (comparison);
  if (comparison->twin < 0) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, _ ("%s: expected a run of none to compare with"),
                 folders[0]);
    ok = false;
  }
  for (int i = 0; ok && i < n_folders; i++)
    ok = read_seed (comparison, i, folders[i], error);
  if (ok) {
    summarize (comparison);
    return comparison;
  }
  kd_comparison_free (comparison);
  return NULL;
}
