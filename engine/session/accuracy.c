/* SPDX-License-Identifier: MIT */
#include "engine/session/accuracy.h"

#include "engine/base/i18n.h"

#include <math.h>
#include <stdlib.h>

/* The gradients stay in the parameters. */
static KdTrainer *
first_step (const KdConfig *config, KdKernels kernels, GError **error)
{
  kd_kernels_choose (kernels);
  KdTrainer *trainer = kd_trainer_new (config, NULL, error);
  if (trainer && kd_trainer_step (trainer, NULL) != KD_STEP_DONE) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 _ ("the first step met a NaN or infinity; lower the learning rate"));
    g_clear_pointer (&trainer, kd_trainer_free);
  }
  return trainer;
}

/* Of the array's largest gradient. */
static double
difference (const KdParam *fast, const KdParam *plain)
{
  double largest = 0, worst = 0;
  for (size_t k = 0; k < kd_shape_count (plain->shape); k++) {
    largest = fmax (largest, fabs ((double) plain->gradient[k]));
    worst = fmax (worst, fabs ((double) fast->gradient[k] - (double) plain->gradient[k]));
  }
  return largest > 0 ? worst / largest : worst;
}

static void
compare (const KdTrainer *fast, const KdTrainer *plain, double *error, const char **worst)
{
  *error = 0;
  for (int r = 0; r < plain->n_runs; r++) {
    const KdParams *params = plain->runs[r]->params;
    for (int i = 0; i < kd_params_count (params); i++) {
      const KdParam *param = kd_params_at (params, i);
      if (param->flags & KD_PARAM_FROZEN)
        continue;
      const double here = difference (kd_params_at (fast->runs[r]->params, i), param);
      if (!(here <= *error)) {
        *error = here;
        *worst = param->name;
      }
    }
  }
}

static bool
compare_first_step (const KdConfig *config, int i, KdAccuracy *accuracy, GError **error)
{
  KdTrainer *plain = first_step (config, KD_KERNELS_PLAIN, error);
  KdTrainer *fast = plain ? first_step (config, KD_KERNELS_FAST, error) : NULL;
  const bool ok = fast != NULL;
  if (ok) {
    double here, largest = 0;
    const char *worst = "";
    for (int k = 0; k < i; k++)
      largest = fmax (largest, accuracy->errors[k]);
    compare (fast, plain, &here, &worst);
    accuracy->errors[i] = here;
    if (!(here <= largest))
      g_strlcpy (accuracy->worst, worst, sizeof accuracy->worst);
  }
  kd_trainer_free (fast);
  kd_trainer_free (plain);
  return ok;
}

static int
compare_doubles (const void *a, const void *b)
{
  const double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

bool
kd_accuracy_measure (const KdConfig *config, KdAccuracy *accuracy, GError **error)
{
  const KdKernels chosen = kd_kernels_chosen ();
  KdKnobs *none = kd_knobs_new (kd_method_find ("none"), NULL, error);
  const KdRunConfig run = { .id = "none", .knobs = none };
  bool ok = none != NULL;
  *accuracy = (KdAccuracy){ 0 };
  for (int i = 0; ok && i < KD_ACCURACY_STEPS; i++) {
    KdConfig other = *config;
    other.runs = &run;
    other.n_runs = 1;
    other.seed = config->seed + (uint64_t) i;
    ok = compare_first_step (&other, i, accuracy, error);
  }
  kd_kernels_choose (chosen);
  kd_knobs_free (none);
  qsort (accuracy->errors, KD_ACCURACY_STEPS, sizeof accuracy->errors[0], compare_doubles);
  return ok;
}
