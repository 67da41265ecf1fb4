/* SPDX-License-Identifier: MIT */
#include "engine/session/balance.h"

#include "engine/base/i18n.h"
#include "engine/session/lamp.h"

#include <math.h>

/* Sums over the batches of norms at the student's features. */
typedef struct {
  double method, task;
} Pull;

static KdKnobs *
knobs_at_full_scale (const KdRun *run)
{
  KdKnobs *knobs = kd_knobs_copy (run->knobs);
  kd_knobs_set (knobs, "run.scale", "1", NULL);
  kd_knobs_set (knobs, "run.ramp", "0", NULL);
  return knobs;
}

static double
norm_of (const KdStudent *student, KdNode *root)
{
  kd_student_backward_to_features (student, root);
  return kd_student_feature_gradient_norm (student);
}

/* The batch in the trainer's inputs. */
static bool
add_batch (KdTrainer *trainer,
           KdStudent *student,
           const KdKnobs *knobs,
           int64_t step,
           const atomic_bool *cancel,
           Pull *pull)
{
  kd_student_set (student, trainer->inputs, knobs, step);
  if (!kd_trainer_teach (trainer, cancel) || !kd_graph_forward (student->graph, cancel))
    return false;
  pull->task += norm_of (student, student->loss.total);
  pull->method += norm_of (student, student->method->total);
  return true;
}

/* The batches that training will see next, from a producer of their own. */
static bool
measure (KdTrainer *trainer,
         KdStudent *student,
         const KdKnobs *knobs,
         const atomic_bool *cancel,
         Pull *pull)
{
  const KdConfig *config = trainer->config;
  KdProducer *producer =
      kd_producer_new (&config->scenes, config->seed, config->batch, trainer->step, NULL);
  bool done = true;
  for (int i = 0; done && i < KD_BALANCE_BATCHES; i++) {
    const KdBatch *batch = kd_producer_next (producer, NULL);
    kd_inputs_fill (trainer->inputs, trainer->pool, batch->rgb, batch->truths);
    done = add_batch (trainer, student, knobs, trainer->step + i, cancel, pull);
    kd_producer_done (producer, batch);
  }
  kd_producer_free (producer);
  return done;
}

static void
explain (const KdRun *run, const KdKnobs *knobs, int64_t step, double norm, GError **error)
{
  KdLampReason reason;
  const KdLampSubject subject = kd_lamp_subject (run->student, knobs, step);
  kd_lamp_explain (&subject, run->student->method->terms[0].value, norm, reason);
  g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, _ ("%s: there is no gradient to balance: %s"),
               run->id, kd_translated (reason));
}

bool
kd_balance_find_scale (KdTrainer *trainer,
                       int run,
                       double ratio,
                       const atomic_bool *cancel,
                       double *scale,
                       GError **error)
{
  const KdRun *subject = trainer->runs[run];
  KdStudent *student = subject->student;
  if (!student->method->total) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 _ ("%s: there is nothing to balance: its method has no terms"), subject->id);
    return false;
  }
  Pull pull = { 0 };
  KdKnobs *knobs = knobs_at_full_scale (subject);
  const bool done = measure (trainer, student, knobs, cancel, &pull);
  const bool found = done && pull.method > 0 && pull.task > 0 && isfinite (pull.method + pull.task);
  if (done && !found)
    explain (subject, knobs, trainer->step, pull.method, error);
  if (found)
    *scale = ratio * pull.task / pull.method;
  kd_knobs_free (knobs);
  kd_trainer_repeat_step (trainer);
  return found;
}
