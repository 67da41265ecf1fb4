/* SPDX-License-Identifier: MIT */
#include "engine/session/trainer.h"

#include <math.h>

/* ---- making ---- */

KdRunEnvironment
kd_trainer_environment (const KdTrainer *trainer)
{
  return (KdRunEnvironment){
    .pool = trainer->pool,
    .arena = trainer->arena,
    .detector = &trainer->detector,
    .teacher = trainer->teacher,
    .batch = trainer->config->batch,
    .seed = trainer->config->seed,
    .steps = trainer->config->steps,
  };
}

static KdNeeds
needs_of_all (const KdConfig *config)
{
  KdNeeds needs = KD_NEEDS_NOTHING;
  for (int r = 0; r < config->n_runs; r++) {
    const KdMethod *method = kd_knobs_method (config->runs[r].knobs);
    needs |= method->needs | method->wants;
  }
  return needs & KD_NEEDS_OF_TEACHER;
}

static bool
load_teacher (KdTrainer *trainer, const char *path, GError **error)
{
  if (!path)
    return true;
  if (g_str_equal (path, KD_TEACHER_UNTRAINED)) {
    KdDetectorConfig config = trainer->detector;
    config.kind = kd_detector_kind_find ("teacher");
    trainer->teacher = kd_teacher_new_untrained (&config, trainer->pool);
  } else {
    trainer->teacher = kd_teacher_load (path, &trainer->detector, trainer->pool, error);
  }
  if (!trainer->teacher)
    return false;
  kd_teacher_build_batch (trainer->teacher, trainer->pool, trainer->config->batch,
                          needs_of_all (trainer->config));
  return true;
}

static bool
build_runs (KdTrainer *trainer, GError **error)
{
  const KdConfig *config = trainer->config;
  const KdRunEnvironment env = kd_trainer_environment (trainer);
  for (int r = 0; r < config->n_runs; r++) {
    trainer->runs[r] = kd_run_new (r, config->runs[r].id, config->runs[r].knobs, &env, error);
    if (!trainer->runs[r])
      return false;
    trainer->n_runs++;
    if (kd_knobs_method (config->runs[r].knobs)->n_phases < 2)
      continue;
    trainer->prologues[r] =
        kd_prologue_new (trainer->runs[r], config, trainer->teacher, trainer->pool, error);
    if (!trainer->prologues[r])
      return false;
  }
  return true;
}

KdTrainer *
kd_trainer_new (const KdConfig *config, const char *teacher, GError **error)
{
  KdTrainer *trainer = g_new0 (KdTrainer, 1);
  trainer->config = config;
  trainer->detector = (KdDetectorConfig){
    .kind = kd_detector_kind_find (config->student),
    .image = config->scenes.size,
    .anchors = 3,
    .classes = KD_SCENE_CLASSES,
  };
  trainer->pool = kd_pool_new (config->threads);
  trainer->arena = kd_arena_new (MIN (kd_pool_workers (trainer->pool), config->n_runs));
  trainer->inputs = kd_inputs_new (config->batch, config->scenes.size);
  if (!load_teacher (trainer, teacher, error) || !build_runs (trainer, error)) {
    kd_trainer_free (trainer);
    return NULL;
  }
  kd_trainer_seek (trainer, 0);
  return trainer;
}

static void
drop_producer (KdTrainer *trainer)
{
  if (trainer->batch)
    kd_producer_done (trainer->producer, g_steal_pointer (&trainer->batch));
  g_clear_pointer (&trainer->producer, kd_producer_free);
}

void
kd_trainer_free (KdTrainer *trainer)
{
  if (!trainer)
    return;
  drop_producer (trainer);
  for (int r = 0; r < trainer->n_runs; r++) {
    kd_prologue_free (trainer->prologues[r]);
    kd_run_free (trainer->runs[r]);
  }
  kd_evaluator_free (trainer->evaluator);
  kd_teacher_free (trainer->teacher);
  kd_inputs_free (trainer->inputs);
  kd_arena_free (trainer->arena);
  kd_pool_free (trainer->pool);
  g_free (trainer);
}

static void
split_drawing (void *pool,
               int n_chunks,
               void (*chunk) (void *data, int chunk, void *scratch),
               void *data)
{
  kd_parallel_for (pool, n_chunks, chunk, data);
}

void
kd_trainer_seek (KdTrainer *trainer, int64_t step)
{
  const KdConfig *config = trainer->config;
  drop_producer (trainer);
  trainer->step = step;
  trainer->next_phase = KD_STEP_FORWARD;
  const KdDrawers drawers = { split_drawing, trainer->pool, kd_pool_workers (trainer->pool) };
  const bool own_core = drawers.n < (int) g_get_num_processors ();
  trainer->producer = kd_producer_new (&config->scenes, config->seed, config->batch, step,
                                       own_core ? NULL : &drawers);
}

bool
kd_trainer_rebuild_run (KdTrainer *trainer, int run, GError **error)
{
  const KdRunEnvironment env = kd_trainer_environment (trainer);
  kd_trainer_restart_step (trainer);
  return kd_run_rebuild (trainer->runs[run], &env, error);
}

void
kd_trainer_restart_step (KdTrainer *trainer)
{
  trainer->next_phase = KD_STEP_FORWARD;
}

static void
fill_inputs (KdTrainer *trainer)
{
  kd_inputs_fill (trainer->inputs, trainer->pool, trainer->batch->rgb, trainer->batch->truths);
}

void
kd_trainer_repeat_step (KdTrainer *trainer)
{
  if (trainer->batch)
    fill_inputs (trainer);
  kd_trainer_restart_step (trainer);
}

/* ---- runs over workers ---- */

typedef void (*RunFunc) (KdTrainer *trainer, KdRun *run, void *data);

typedef struct {
  KdTrainer *trainer;
  RunFunc func;
  void *data;
} RunsJob;

static void
run_chunk (void *data, int chunk, void *scratch)
{
  (void) scratch;
  const RunsJob *job = data;
  job->func (job->trainer, job->trainer->runs[chunk], job->data);
}

/*
 * Whole students scale better than split ones, as long as every worker has one: full rounds of runs go to workers. What is left is
 * another round if it keeps more than half of them busy, else its runs go one after another, each split inside its ops.
 * Either way the bits are the same, so the cut may depend on the number of workers.
 */
static void
for_runs (KdTrainer *trainer, RunFunc func, void *data)
{
  const int workers = kd_pool_workers (trainer->pool);
  const int left = trainer->n_runs % workers;
  const int whole = workers > 1 && 2 * left <= workers ? trainer->n_runs - left : trainer->n_runs;
  RunsJob job = { trainer, func, data };
  if (workers > 1 && whole > 1)
    kd_parallel_for (trainer->pool, whole, run_chunk, &job);
  for (int r = workers > 1 && whole > 1 ? whole : 0; r < trainer->n_runs; r++)
    func (trainer, trainer->runs[r], data);
}

/* ---- phases ---- */

typedef struct {
  KdPhase phase;
  const atomic_bool *cancel;
  atomic_bool cancelled;
  double rate;
} StepJob;

static void
set_run (KdTrainer *trainer, KdRun *run)
{
  kd_student_set (run->student, trainer->inputs, run->knobs, trainer->step);
}

static void
forward_run (KdTrainer *trainer, KdRun *run, void *data)
{
  StepJob *job = data;
  if (job->phase == KD_PHASE_FORWARD)
    set_run (trainer, run);
  if (!kd_run_forward (run, job->phase, job->cancel))
    atomic_store (&job->cancelled, true);
}

static void
backward_run (KdTrainer *trainer, KdRun *run, void *data)
{
  (void) data;
  kd_run_backward (run, trainer->pool, trainer->step);
}

/* One run's whole way to its gradient: its values stay in the worker's cache. */
static void
forward_and_backward_run (KdTrainer *trainer, KdRun *run, void *data)
{
  StepJob *job = data;
  set_run (trainer, run);
  if (!kd_graph_forward (run->student->graph, job->cancel))
    atomic_store (&job->cancelled, true);
  else
    kd_run_backward (run, trainer->pool, trainer->step);
}

static void
update_run (KdTrainer *trainer, KdRun *run, void *data)
{
  const StepJob *job = data;
  kd_run_update (run, trainer->pool, &trainer->config->optimizer, job->rate, trainer->step + 1);
}

void
kd_trainer_fetch (KdTrainer *trainer)
{
  if (trainer->batch)
    return;
  trainer->batch = kd_producer_next (trainer->producer, NULL);
  fill_inputs (trainer);
}

bool
kd_trainer_teach (KdTrainer *trainer, const atomic_bool *cancel)
{
  const KdTeacher *teacher = trainer->teacher;
  return !teacher || !teacher->batch ||
         kd_pass_run (teacher->batch, trainer->inputs->image, cancel);
}

static bool
all_finite (const KdTrainer *trainer)
{
  for (int r = 0; r < trainer->n_runs; r++) {
    if (!kd_run_is_finite (trainer->runs[r]))
      return false;
  }
  return true;
}

/* Of the update after @step updates: linear warm-up, then cosine to 0 at config->steps. */
static double
learning_rate (const KdConfig *config, int64_t step)
{
  if (step < config->warmup)
    return config->rate * (double) (step + 1) / config->warmup;
  const double left = (double) (config->steps - config->warmup);
  const double passed = left > 0 ? (double) (step - config->warmup) / left : 1;
  return 0.5 * config->rate * (1 + cos (G_PI * MIN (passed, 1)));
}

static KdStepResult
update (KdTrainer *trainer)
{
  if (!all_finite (trainer))
    return KD_STEP_BAD;
  StepJob job = { .rate = learning_rate (trainer->config, trainer->step) };
  for (int r = 0; r < trainer->n_runs; r++)
    kd_run_collect (trainer->runs[r], job.rate);
  for_runs (trainer, update_run, &job);
  if (!trainer->one_batch)
    kd_producer_done (trainer->producer, g_steal_pointer (&trainer->batch));
  trainer->step++;
  trainer->next_phase = KD_STEP_FORWARD;
  return KD_STEP_DONE;
}

/* next_phase of the students' graphs. */
KdStepResult
kd_trainer_students_forward (KdTrainer *trainer, const atomic_bool *cancel)
{
  StepJob job = { .phase = (KdPhase) trainer->next_phase, .cancel = cancel };
  for_runs (trainer, forward_run, &job);
  if (atomic_load (&job.cancelled))
    return KD_STEP_CANCELLED;
  trainer->next_phase++;
  return KD_STEP_DONE;
}

KdStepResult
kd_trainer_phase (KdTrainer *trainer, const atomic_bool *cancel)
{
  switch (trainer->next_phase) {
  case KD_STEP_FORWARD:
    kd_trainer_fetch (trainer);
    if (!kd_trainer_teach (trainer, cancel))
      return KD_STEP_CANCELLED;
    return kd_trainer_students_forward (trainer, cancel);
  case KD_STEP_SELECT:
  case KD_STEP_LOSS:
    return kd_trainer_students_forward (trainer, cancel);
  case KD_STEP_BACKWARD:
    for_runs (trainer, backward_run, NULL);
    trainer->next_phase = KD_STEP_UPDATE;
    return KD_STEP_DONE;
  default:
    return update (trainer);
  }
}

KdStepResult
kd_trainer_step (KdTrainer *trainer, const atomic_bool *cancel)
{
  if (trainer->next_phase == KD_STEP_FORWARD) {
    StepJob job = { .cancel = cancel };
    kd_trainer_fetch (trainer);
    if (!kd_trainer_teach (trainer, cancel))
      return KD_STEP_CANCELLED;
    for_runs (trainer, forward_and_backward_run, &job);
    if (atomic_load (&job.cancelled))
      return KD_STEP_CANCELLED;
    trainer->next_phase = KD_STEP_UPDATE;
  }
  while (trainer->next_phase < KD_STEP_UPDATE) {
    const KdStepResult result = kd_trainer_phase (trainer, cancel);
    if (result != KD_STEP_DONE)
      return result;
  }
  return update (trainer);
}

/* ---- first phases ---- */

int
kd_trainer_learning (const KdTrainer *trainer)
{
  for (int r = 0; r < trainer->n_runs; r++) {
    if (trainer->prologues[r] && kd_prologue_is_due (trainer->prologues[r]))
      return r;
  }
  return -1;
}

KdPrologueResult
kd_trainer_learn (KdTrainer *trainer, const atomic_bool *cancel)
{
  KdPrologue *prologue = trainer->prologues[kd_trainer_learning (trainer)];
  const KdPrologueResult result = kd_prologue_step (prologue, trainer->inputs, cancel);
  kd_trainer_repeat_step (trainer);
  return result;
}

/* ---- measuring ---- */

void
kd_trainer_begin_evaluation (KdTrainer *trainer, int n_images)
{
  if (!trainer->evaluator)
    trainer->evaluator = kd_evaluator_new (&trainer->detector, &trainer->config->scenes,
                                           KD_HELD_OUT_SEED, trainer->pool);
  kd_evaluator_begin (trainer->evaluator, trainer->n_runs, n_images);
}

KdSlice
kd_trainer_evaluate (KdTrainer *trainer, const atomic_bool *cancel)
{
  KdParams *params[KD_MAX_RUNS];
  for (int r = 0; r < trainer->n_runs; r++) /* asked anew: a run may have been rebuilt */
    params[r] = trainer->runs[r]->params;
  const KdSlice slice = kd_evaluator_go_on (trainer->evaluator, params, cancel);
  if (slice == KD_SLICE_LAST) {
    double numbers[KD_MAX_RUNS][KD_COCO_NUMBERS];
    kd_evaluator_finish (trainer->evaluator, numbers);
    for (int r = 0; r < trainer->n_runs; r++)
      kd_run_set_ap (trainer->runs[r], numbers[r]);
  }
  return slice;
}

size_t
kd_trainer_bytes (const KdTrainer *trainer)
{
  size_t bytes = kd_arena_bytes (trainer->arena);
  if (trainer->evaluator)
    bytes += kd_evaluator_bytes (trainer->evaluator);
  for (int r = 0; r < trainer->n_runs; r++)
    bytes += kd_run_bytes (trainer->runs[r]);
  if (trainer->teacher) {
    bytes += kd_params_size (trainer->teacher->params) * sizeof (kd_real);
    if (trainer->teacher->batch)
      bytes += kd_pass_bytes (trainer->teacher->batch);
  }
  return bytes;
}
