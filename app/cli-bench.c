/* SPDX-License-Identifier: MIT */
#include "app/cli-json.h"
#include "app/cli.h"
#include "engine/base/i18n.h"
#include "engine/session/session.h"

#include <stdio.h>
#include <string.h>

static const char *
kernels_name (KdKernels kernels)
{
  return kernels == KD_KERNELS_PLAIN ? "plain" : "fast";
}

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

/* Of what all workers could reach with the own kernel's peak. */
static double
op_share_of_peak (const KdBenchmark *result, const KdOpTime *op)
{
  return op_gflop_per_s (op) / (result->peak.own * result->threads);
}

static int
compare_ops (gconstpointer a, gconstpointer b)
{
  const double x = op_seconds (a), y = op_seconds (b);
  return (x < y) - (x > y);
}

/* ---- JSON ---- */

static void
put_number (yajl_gen json, const char *name, double value)
{
  cli_json_string (json, name);
  cli_json_number (json, value);
}

static void
put_op (yajl_gen json, const KdBenchmark *result, const KdOpTime *op)
{
  const int64_t steps = result->steps;
  yajl_gen_map_open (json);
  cli_json_string (json, "op");
  cli_json_string (json, op->op);
  put_number (json, "calls_per_step", (double) op->calls / (double) steps);
  put_number (json, "forward_ms", 1e3 * op->forward_s / (double) steps);
  put_number (json, "backward_ms", 1e3 * op->backward_s / (double) steps);
  put_number (json, "gflop_per_s", op_gflop_per_s (op));
  put_number (json, "share_of_peak", op_share_of_peak (result, op));
  yajl_gen_map_close (json);
}

static void
print_json (const KdBenchmark *result)
{
  yajl_gen json = cli_json_new ();
  yajl_gen_map_open (json);
  put_number (json, "steps_per_s", result->steps_per_s);
  put_number (json, "ms_per_step", result->ms_per_step);
  put_number (json, "gflop_per_step", result->gflop_per_step);
  put_number (json, "gflop_per_s", result->gflop_per_step * result->steps_per_s);
  put_number (json, "threads", result->threads);
  put_number (json, "steps", (double) result->steps);
  cli_json_string (json, "kernels");
  cli_json_string (json, kernels_name (result->kernels));
  cli_json_string (json, "peak_gflop_per_s_per_core");
  yajl_gen_map_open (json);
  put_number (json, "own_kernel", result->peak.own);
  put_number (json, "openblas_sgemm_1024", result->peak.blas);
  yajl_gen_map_close (json);
  put_number (json, "gradient_error", result->gradient_error);
  put_number (json, "worst_gradient_error", result->worst_gradient_error);
  cli_json_string (json, "worst_gradient_array");
  cli_json_string (json, result->worst_array);
  cli_json_string (json, "phases");
  yajl_gen_map_open (json);
  Phase phases[N_PHASES];
  list_phases (result, phases);
  for (int i = 0; i < N_PHASES; i++)
    put_number (json, phases[i].name, phases[i].ms);
  yajl_gen_map_close (json);
  cli_json_string (json, "ops");
  yajl_gen_array_open (json);
  for (guint i = 0; i < result->ops->len; i++)
    put_op (json, result, &g_array_index (result->ops, KdOpTime, i));
  yajl_gen_array_close (json);
  put_number (json, "teacher_bytes", (double) result->teacher_bytes);
  put_number (json, "student_bytes", (double) result->student_bytes);
  put_number (json, "pass_bytes", (double) result->pass_bytes);
  put_number (json, "snapshot_bytes", (double) result->snapshot_bytes);
  put_number (json, "total_bytes", (double) result->total_bytes);
  yajl_gen_map_close (json);
  cli_json_print (json);
}

/* ---- tables ---- */

static void
print_table (const KdBenchmark *result)
{
  printf ("%.1f steps/s, %.1f ms a step, %.2f GFLOP a step, %.0f GFLOP/s, %d threads, %s kernels\n",
          result->steps_per_s, result->ms_per_step, result->gflop_per_step,
          result->gflop_per_step * result->steps_per_s, result->threads,
          kernels_name (result->kernels));
  printf ("a core's peak: %.0f GFLOP/s by the own kernel, %.0f by OpenBLAS (sgemm of 1024^3)\n",
          result->peak.own, result->peak.blas);
  printf (
      "gradients of nine first steps, fast against plain kernels: median %.1e, worst %.1e of the "
      "array's largest (%s)\n",
      result->gradient_error, result->worst_gradient_error, result->worst_array);
  printf ("\n%-10s %8s   (medians of %" G_GINT64_FORMAT " steps)\n", "phase", "ms", result->steps);
  Phase phases[N_PHASES];
  list_phases (result, phases);
  for (int i = 0; i < N_PHASES; i++)
    printf ("%-10s %8.2f\n", phases[i].name, phases[i].ms);
  printf ("\n%-20s %8s %10s %10s %9s %8s\n", "op", "calls", "forward ms", "backw. ms", "GFLOP/s",
          "of peak");
  for (guint i = 0; i < result->ops->len; i++) {
    const KdOpTime *op = &g_array_index (result->ops, KdOpTime, i);
    const double steps = (double) result->steps;
    printf ("%-20s %8.0f %10.3f %10.3f", op->op, (double) op->calls / steps,
            1e3 * op->forward_s / steps, 1e3 * op->backward_s / steps);
    if (op_gflop_per_s (op) > 0)
      printf (" %9.1f %7.0f%%", op_gflop_per_s (op), 100 * op_share_of_peak (result, op));
    printf ("\n");
  }
  printf (
      "(GFLOP as direct sums have them: Winograd does with fewer, so that the share may pass 100 "
      "%%)\n\nteacher %.1f MB, a student %.1f MB, passes in turns %.1f MB, snapshots %.1f MB, all "
      "%.1f MB\n",
      1e-6 * (double) result->teacher_bytes, 1e-6 * (double) result->student_bytes,
      1e-6 * (double) result->pass_bytes, 1e-6 * (double) result->snapshot_bytes,
      1e-6 * (double) result->total_bytes);
}

/* ---- what is trained ---- */

/* @n_runs: so many, the methods over and over; 0: each once */
static bool
measure (const char *methods,
         int n_runs,
         KdConfig *config,
         int64_t steps,
         bool one_batch,
         KdBenchmark *result,
         GError **error)
{
  g_auto (GStrv) ids = g_strsplit (methods, ",", -1);
  const int n_ids = (int) g_strv_length (ids), wanted = n_runs > 0 ? n_runs : n_ids;
  KdRunConfig runs[KD_MAX_RUNS] = { 0 };
  KdKnobs *knobs[KD_MAX_RUNS] = { 0 };
  int n = 0;
  bool ok = true;
  if (wanted > KD_MAX_RUNS) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, _ ("--methods: expected at most %d, found %d"),
                 KD_MAX_RUNS, wanted);
    return false;
  }
  for (; ok && n < wanted; n++) {
    const KdMethod *method = kd_method_choose (g_strstrip (ids[n % n_ids]), error);
    knobs[n] = method ? kd_knobs_new (method, "demo", error) : NULL;
    runs[n].knobs = knobs[n];
    ok = knobs[n] != NULL;
  }
  config->runs = runs;
  config->n_runs = n;
  ok = ok && kd_benchmark (config, steps, one_batch, result, error);
  for (int i = 0; i < n && knobs[i]; i++)
    kd_knobs_free (knobs[i]);
  return ok;
}

static bool
choose_kernels (const char *name, GError **error)
{
  if (g_str_equal (name, "fast") || g_str_equal (name, "plain")) {
    kd_kernels_choose (g_str_equal (name, "plain") ? KD_KERNELS_PLAIN : KD_KERNELS_FAST);
    return true;
  }
  g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
               _ ("--kernels: expected fast or plain, found \"%s\""), name);
  return false;
}

int
cli_bench (int argc, char **argv)
{
  gboolean json = FALSE, peer_shape = FALSE;
  int threads = 0, steps = 60, n_runs = 0;
  g_autofree char *methods = NULL, *kernels = NULL;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("Print one JSON object"), NULL },
    { "threads", 0, 0, G_OPTION_ARG_INT, &threads, N_ ("Workers (all cores)"), "T" },
    { "steps", 0, 0, G_OPTION_ARG_INT, &steps, N_ ("Steps to time (60)"), "N" },
    { "methods", 0, 0, G_OPTION_ARG_STRING, &methods, N_ ("Runs to train side by side (none,fgd)"),
      "ID,..." },
    { "runs", 0, 0, G_OPTION_ARG_INT, &n_runs,
      N_ ("So many runs: the methods over and over (each once)"), "R" },
    { "kernels", 0, 0, G_OPTION_ARG_STRING, &kernels,
      N_ ("fast, or plain: direct sums with baseline vectors (fast)"), "KIND" },
    { "peer-shape", 0, 0, G_OPTION_ARG_NONE, &peer_shape,
      N_ ("The yardstick beside PyTorch: one student with FGD and SGD, one batch of 8 images of "
          "128x128"),
      NULL },
    G_OPTION_ENTRY_NULL,
  };
  const int code = cli_parse (&argc, &argv, "",
                              N_ ("Time training steps, their phases and operations"), entries);
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
    g_set_error (&error, KD_ERROR, KD_ERROR_CONFIG, _ ("--steps: expected at least 1, found %d"),
                 steps);
    return cli_fail (error);
  }
  if ((kernels && !choose_kernels (kernels, &error)) ||
      (n_runs != 0 && !cli_check_range ("--runs", n_runs, 1, KD_MAX_RUNS, &error)))
    return cli_refuse (error);
  if (!measure (runs, n_runs, &config, steps, peer_shape, &result, &error))
    return cli_fail (error);
  g_array_sort (result.ops, compare_ops);
  if (json)
    print_json (&result);
  else
    print_table (&result);
  g_array_unref (result.ops);
  return 0;
}
