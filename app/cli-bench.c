/* SPDX-License-Identifier: MIT */
#include "app/cli.h"
#include "engine/session/session.h"

#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>

typedef struct {
  const char *name;
  double ms;
} Phase;

#define N_PHASES 8

static void
list_phases (const KdBenchmark *result, Phase phases[N_PHASES])
{
  const Phase all[N_PHASES] = {
    { "data", result->data_ms },       { "teacher", result->teacher_ms },
    { "forward", result->forward_ms }, { "select", result->select_ms },
    { "loss", result->loss_ms },       { "backward", result->backward_ms },
    { "update", result->update_ms },   { "snapshot", result->snapshot_ms },
  };
  memcpy (phases, all, sizeof all);
}

static double
op_seconds (const KdOpTime *op)
{
  return op->forward_s + op->backward_s;
}

static double
op_gflop_per_s (const KdOpTime *op)
{
  const double seconds = op_seconds (op);
  return seconds > 0 ? 1e-9 * (op->forward_flop + op->backward_flop) / seconds : 0;
}

static int
compare_ops (gconstpointer a, gconstpointer b)
{
  const double x = op_seconds (a), y = op_seconds (b);
  return (x < y) - (x > y);
}

/* ---- JSON ---- */

static void
add_number (JsonBuilder *builder, const char *name, double value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_double_value (builder, value);
}

static void
add_count (JsonBuilder *builder, const char *name, int64_t value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

static void
add_op (JsonBuilder *builder, const KdOpTime *op, int64_t steps)
{
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "op");
  json_builder_add_string_value (builder, op->op);
  add_number (builder, "calls_per_step", (double) op->calls / (double) steps);
  add_number (builder, "forward_ms", 1e3 * op->forward_s / (double) steps);
  add_number (builder, "backward_ms", 1e3 * op->backward_s / (double) steps);
  add_number (builder, "gflop_per_s", op_gflop_per_s (op));
  json_builder_end_object (builder);
}

static void
print_json (const KdBenchmark *result)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  add_number (builder, "steps_per_s", result->steps_per_s);
  add_number (builder, "ms_per_step", result->ms_per_step);
  add_number (builder, "gflop_per_step", result->gflop_per_step);
  add_number (builder, "gflop_per_s", result->gflop_per_step * result->steps_per_s);
  add_count (builder, "threads", result->threads);
  add_count (builder, "steps", result->steps);
  json_builder_set_member_name (builder, "phases");
  json_builder_begin_object (builder);
  Phase phases[N_PHASES];
  list_phases (result, phases);
  for (int i = 0; i < N_PHASES; i++)
    add_number (builder, phases[i].name, phases[i].ms);
  json_builder_end_object (builder);
  json_builder_set_member_name (builder, "ops");
  json_builder_begin_array (builder);
  for (guint i = 0; i < result->ops->len; i++)
    add_op (builder, &g_array_index (result->ops, KdOpTime, i), result->steps);
  json_builder_end_array (builder);
  add_count (builder, "teacher_bytes", (int64_t) result->teacher_bytes);
  add_count (builder, "student_bytes", (int64_t) result->student_bytes);
  add_count (builder, "total_bytes", (int64_t) result->total_bytes);
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = json_to_string (root, TRUE);
  puts (text);
}

/* ---- tables ---- */

static void
print_table (const KdBenchmark *result)
{
  printf ("%.1f steps/s, %.1f ms a step, %.2f GFLOP a step, %.0f GFLOP/s, %d threads\n",
          result->steps_per_s, result->ms_per_step, result->gflop_per_step,
          result->gflop_per_step * result->steps_per_s, result->threads);
  printf ("\n%-10s %8s   (medians of %" G_GINT64_FORMAT " steps)\n", "phase", "ms", result->steps);
  Phase phases[N_PHASES];
  list_phases (result, phases);
  for (int i = 0; i < N_PHASES; i++)
    printf ("%-10s %8.2f\n", phases[i].name, phases[i].ms);
  printf ("\n%-20s %8s %10s %10s %9s\n", "op", "calls", "forward ms", "backw. ms", "GFLOP/s");
  for (guint i = 0; i < result->ops->len; i++) {
    const KdOpTime *op = &g_array_index (result->ops, KdOpTime, i);
    const double steps = (double) result->steps;
    printf ("%-20s %8.0f %10.3f %10.3f %9.1f\n", op->op, (double) op->calls / steps,
            1e3 * op->forward_s / steps, 1e3 * op->backward_s / steps, op_gflop_per_s (op));
  }
  printf ("\nteacher %.1f MB, a student %.1f MB, all %.1f MB\n",
          1e-6 * (double) result->teacher_bytes, 1e-6 * (double) result->student_bytes,
          1e-6 * (double) result->total_bytes);
}

/* ---- what is trained ---- */

static bool
measure (const char *methods, KdConfig *config, int64_t steps, KdBenchmark *result, GError **error)
{
  g_auto (GStrv) ids = g_strsplit (methods, ",", -1);
  KdRunConfig runs[KD_MAX_RUNS] = { 0 };
  KdKnobs *knobs[KD_MAX_RUNS] = { 0 };
  int n = 0;
  bool ok = true;
  for (; ok && ids[n]; n++) {
    const KdMethod *method = n < KD_MAX_RUNS ? kd_method_find (ids[n]) : NULL;
    if (!method) {
      g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                   "--methods: expected up to %d methods, found \"%s\"", KD_MAX_RUNS, ids[n]);
      ok = false;
      break;
    }
    knobs[n] = kd_knobs_new (method, "demo", error);
    runs[n].knobs = knobs[n];
    ok = knobs[n] != NULL;
  }
  config->runs = runs;
  config->n_runs = n;
  ok = ok && kd_benchmark (config, steps, result, error);
  for (int i = 0; i < n && knobs[i]; i++)
    kd_knobs_free (knobs[i]);
  return ok;
}

int
cli_bench (int argc, char **argv)
{
  gboolean json = FALSE, peer_shape = FALSE;
  int threads = 0, steps = 60;
  g_autofree char *methods = NULL;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "Print one JSON object", NULL },
    { "threads", 0, 0, G_OPTION_ARG_INT, &threads, "Workers (all cores)", "T" },
    { "steps", 0, 0, G_OPTION_ARG_INT, &steps, "Steps to time (60)", "N" },
    { "methods", 0, 0, G_OPTION_ARG_STRING, &methods, "Runs to train side by side (none,fgd)",
      "ID,..." },
    { "peer-shape", 0, 0, G_OPTION_ARG_NONE, &peer_shape,
      "The yardstick beside PyTorch: one student with FGD and SGD, batch 8, 128x128", NULL },
    G_OPTION_ENTRY_NULL,
  };
  const int code =
      cli_parse (&argc, &argv, "", "Time training steps, their phases and operations", entries);
  if (code >= 0)
    return code;
  g_autoptr (GError) error = NULL;
  KdConfig config = kd_config_default ();
  config.threads = threads;
  const char *runs = methods ? methods : "none,fgd";
  if (peer_shape) {
    runs = "fgd";
    config.optimizer.kind = KD_OPTIMIZER_SGD;
    config.rate = 1e-2;
  }
  KdBenchmark result;
  if (steps < 1) {
    g_set_error (&error, KD_ERROR, KD_ERROR_CONFIG, "--steps: expected at least 1, found %d",
                 steps);
    return cli_fail (error);
  }
  if (!measure (runs, &config, steps, &result, &error))
    return cli_fail (error);
  g_array_sort (result.ops, compare_ops);
  if (json)
    print_json (&result);
  else
    print_table (&result);
  g_array_unref (result.ops);
  return 0;
}
