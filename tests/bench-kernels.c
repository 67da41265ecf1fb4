/* SPDX-License-Identifier: MIT */

/*
 * Whether training by the fast kernels goes the way of the plain ones: the mean loss of steps 201 to 300 of one run by the fast
 * kernels, among five by the plain ones whose initial weights differ by 1e-6 of themselves. Prints one JSON object; exits
 * with 1 if the fast one lies outside the spread.
 *
 * usage: bench-kernels [STEPS] [THREADS]        (the mean is over the last third)
 */
#include "engine/session/config.h"
#include "engine/session/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { PLAIN_RUNS = 5 };
#define DISTURBANCE 1e-6

static void
disturb (KdParams *params, uint64_t stream)
{
  KdRandom random = kd_random (1, stream);
  for (int i = 0; i < kd_params_count (params); i++) {
    const KdParam *param = kd_params_at (params, i);
    for (size_t k = 0; k < kd_shape_count (param->shape); k++)
      param->value[k] *= (kd_real) (1 + DISTURBANCE * kd_random_normal (&random));
  }
  kd_params_touch (params);
}

/* Mean total loss of the last third. @stream 0: undisturbed weights. */
static double
mean_loss (const KdConfig *config, KdKernels kernels, uint64_t stream)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *bundled = kd_teacher_find (NULL);
  kd_kernels_choose (kernels);
  KdTrainer *trainer = kd_trainer_new (config, bundled ? bundled : KD_TEACHER_UNTRAINED, &error);
  g_assert_no_error (error);
  if (stream > 0)
    disturb (trainer->runs[0]->params, stream);
  double sum = 0;
  const int64_t from = config->steps - config->steps / 3;
  for (int64_t step = 0; step < config->steps; step++) {
    if (kd_trainer_step (trainer, NULL) != KD_STEP_DONE)
      g_error ("step %d met a NaN or infinity", (int) step);
    sum += step >= from ? trainer->runs[0]->values[0] : 0; /* loss.total */
  }
  kd_trainer_free (trainer);
  return sum / (double) (config->steps / 3);
}

int
main (int argc, char **argv)
{
  if (!kd_blas_init (NULL))
    return EXIT_FAILURE;
  KdKnobs *fgd = kd_knobs_new (kd_method_find ("fgd"), "demo", NULL);
  const KdRunConfig run = { .knobs = fgd };
  KdConfig config = kd_config_default ();
  config.runs = &run;
  config.n_runs = 1;
  config.steps = argc > 1 ? atoll (argv[1]) : 300;
  config.threads = argc > 2 ? atoi (argv[2]) : 0;
  KdSavedConfig *saved = kd_saved_config_new (&config);

  const double fast = mean_loss (kd_saved_config_get (saved), KD_KERNELS_FAST, 0);
  double low = INFINITY, high = -INFINITY;
  printf ("{\"fast\": %.6f, \"plain\": [", fast);
  for (int i = 0; i < PLAIN_RUNS; i++) {
    const double plain = mean_loss (kd_saved_config_get (saved), KD_KERNELS_PLAIN, (uint64_t) i);
    low = fmin (low, plain);
    high = fmax (high, plain);
    printf ("%s%.6f", i ? ", " : "", plain);
  }
  const bool inside = fast >= low && fast <= high;
  printf ("], \"low\": %.6f, \"high\": %.6f, \"inside\": %s}\n", low, high,
          inside ? "true" : "false");
  kd_saved_config_free (saved);
  kd_knobs_free (fgd);
  return inside ? EXIT_SUCCESS : EXIT_FAILURE;
}
