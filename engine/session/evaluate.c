/* SPDX-License-Identifier: MIT */
#include "engine/session/evaluate.h"

#include "engine/session/inputs.h"
#include "engine/session/pass.h"
#include "engine/session/pinned.h"
#include "engine/session/weights.h"

#include <string.h>

#define BATCH 8

struct _KdEvaluator {
  KdDetectorConfig config;
  KdSceneConfig scene_config;
  KdPool *pool;
  KdParams *params; /* the measured student's weights are copied here: one graph serves all runs */
  KdPass *pass;
  KdInputs *inputs;
  uint8_t *rgb; /* [BATCH,H,W,3] */
  KdSceneTruth truths[BATCH];
  KdScenes
      *scenes[BATCH]; /* one per image of a batch: each is drawn and decoded by whichever worker */
  KdDetector *detectors[BATCH];
  KdDetection detections[BATCH][KD_MAX_DETECTIONS];
  int n_detections[BATCH];
  uint64_t first; /* held-out index of the batch's first scene */
};

KdEvaluator *
kd_evaluator_new (const KdDetectorConfig *config,
                  const KdSceneConfig *scenes,
                  uint64_t seed,
                  KdPool *pool)
{
  KdEvaluator *evaluator = g_new0 (KdEvaluator, 1);
  evaluator->config = *config;
  evaluator->scene_config = *scenes;
  evaluator->pool = pool;
  evaluator->params = kd_params_new ();
  evaluator->pass =
      kd_pass_new ("evaluation", pool, evaluator->params, &evaluator->config, KD_PARAM_DEFAULT,
                   BATCH, KD_NEEDS_TEACHER_CLS | KD_NEEDS_TEACHER_REG);
  evaluator->inputs = kd_inputs_new (BATCH, scenes->size);
  evaluator->rgb =
      g_new0 (uint8_t, BATCH * (size_t) scenes->size.height * (size_t) scenes->size.width * 3);
  const KdDetectConfig detect = kd_detect_default ();
  g_assert (detect.max_per_image <= KD_MAX_DETECTIONS);
  for (int n = 0; n < BATCH; n++) {
    evaluator->scenes[n] = kd_scenes_new (scenes, seed);
    evaluator->detectors[n] = kd_detector_new (&evaluator->config, &detect);
  }
  return evaluator;
}

void
kd_evaluator_free (KdEvaluator *evaluator)
{
  if (!evaluator)
    return;
  for (int n = 0; n < BATCH; n++) {
    kd_scenes_free (evaluator->scenes[n]);
    kd_detector_free (evaluator->detectors[n]);
  }
  kd_inputs_free (evaluator->inputs);
  kd_pass_free (evaluator->pass);
  kd_params_free (evaluator->params);
  g_free (evaluator->rgb);
  g_free (evaluator);
}

size_t
kd_evaluator_bytes (const KdEvaluator *evaluator)
{
  return kd_pass_bytes (evaluator->pass) +
         4 * kd_params_size (evaluator->params) * sizeof (kd_real);
}

static void
draw_scene (void *data, int chunk, void *scratch)
{
  (void) scratch;
  KdEvaluator *evaluator = data;
  const KdSize size = evaluator->scene_config.size;
  const size_t image_bytes = (size_t) size.height * (size_t) size.width * 3;
  kd_scenes_draw (evaluator->scenes[chunk], KD_SPLIT_HELD_OUT, evaluator->first + (uint64_t) chunk,
                  evaluator->rgb + (size_t) chunk * image_bytes, &evaluator->truths[chunk]);
}

static void
detect_image (void *data, int chunk, void *scratch)
{
  (void) scratch;
  KdEvaluator *evaluator = data;
  evaluator->n_detections[chunk] = kd_detect (
      evaluator->detectors[chunk], &evaluator->pass->outputs, chunk, evaluator->detections[chunk]);
}

static void
to_coco (KdBox box, double bbox[4])
{
  bbox[0] = box.x1;
  bbox[1] = box.y1;
  bbox[2] = box.x2 - box.x1;
  bbox[3] = box.y2 - box.y1;
}

static void
add_image (KdCocoEval *eval,
           const KdSceneTruth *truth,
           const KdDetection *detections,
           int n_detections)
{
  KdCocoTruth truths[KD_SCENE_MAX_OBJECTS];
  for (int g = 0; g < truth->n_objects; g++) {
    const KdDetection *object = &truth->objects[g];
    truths[g].area = kd_box_area (object->box);
    truths[g].category = object->label;
    truths[g].crowd = false;
    to_coco (object->box, truths[g].bbox);
  }
  KdCocoDetection found[KD_MAX_DETECTIONS];
  for (int d = 0; d < n_detections; d++) {
    found[d].score = (double) detections[d].score;
    found[d].category = detections[d].label;
    to_coco (detections[d].box, found[d].bbox);
  }
  kd_coco_eval_add_image (eval, truths, truth->n_objects, found, n_detections);
}

static bool
measure_batch (KdEvaluator *evaluator,
               KdParams *params,
               KdCocoEval *eval,
               int n_images,
               const atomic_bool *cancel)
{
  if (params != evaluator->params)
    kd_weights_copy (evaluator->params, params);
  if (!kd_pass_run (evaluator->pass, evaluator->inputs->image, cancel))
    return false;
  kd_parallel_for (evaluator->pool, n_images, detect_image, evaluator);
  for (int n = 0; n < n_images; n++)
    add_image (eval, &evaluator->truths[n], evaluator->detections[n], evaluator->n_detections[n]);
  return true;
}

bool
kd_evaluator_measure (KdEvaluator *evaluator,
                      KdParams *const *params,
                      int n,
                      int n_images,
                      const atomic_bool *cancel,
                      KdProgress progress,
                      void *data,
                      double (*numbers)[KD_COCO_NUMBERS])
{
  int categories[KD_SCENE_CLASSES];
  for (int k = 0; k < KD_SCENE_CLASSES; k++)
    categories[k] = k;
  KdCocoEval *evals[KD_MAX_RUNS];
  g_assert (n <= KD_MAX_RUNS);
  for (int i = 0; i < n; i++)
    evals[i] = kd_coco_eval_new (categories, KD_SCENE_CLASSES);

  bool done = true;
  for (int first = 0; done && first < n_images; first += BATCH) {
    const int count = MIN (BATCH, n_images - first);
    evaluator->first = (uint64_t) first;
    /* A last batch that is not full keeps older images in its tail; they are computed and not counted. */
    kd_parallel_for (evaluator->pool, count, draw_scene, evaluator);
    kd_inputs_fill (evaluator->inputs, evaluator->pool, evaluator->rgb, NULL);
    for (int i = 0; done && i < n; i++)
      done = measure_batch (evaluator, params[i], evals[i], count, cancel);
    if (progress)
      progress (MIN (first + BATCH, n_images), n_images, data);
  }
  for (int i = 0; i < n; i++) {
    if (done)
      kd_coco_eval_numbers (evals[i], numbers[i]);
    kd_coco_eval_free (evals[i]);
  }
  return done;
}

/* ---- a checkpoint from a file ---- */

static bool
load_params (KdParams *params, const char *path, GError **error)
{
  g_autoptr (KdArrays) arrays = kd_arrays_load (path, error);
  return arrays && kd_weights_from_arrays (params, KD_WEIGHTS_VALUE, arrays, path, error);
}

bool
kd_evaluate (const char *checkpoint,
             const KdSceneConfig *scenes,
             uint64_t seed,
             int n_images,
             int threads,
             void (*progress) (int done, int total, void *data),
             void *data,
             double numbers[KD_COCO_NUMBERS],
             GError **error)
{
  KdDetectorConfig config;
  if (!kd_blas_init (error) || !kd_weights_read_config (checkpoint, &config, error))
    return false;
  if (config.classes != KD_SCENE_CLASSES) {
    g_set_error (error, KD_ERROR, KD_ERROR_SCHEMA, "%s: expected %d classes, found %d", checkpoint,
                 KD_SCENE_CLASSES, config.classes);
    return false;
  }
  config.image = scenes->size;
  KdPool *pool = kd_pool_new (threads);
  KdEvaluator *evaluator = kd_evaluator_new (&config, scenes, seed, pool);
  /* The evaluator's own parameters name what the file must hold. */
  const bool ok = load_params (evaluator->params, checkpoint, error);
  if (ok) {
    KdParams *const own[] = { evaluator->params };
    double measured[1][KD_COCO_NUMBERS];
    kd_evaluator_measure (evaluator, own, 1, n_images, NULL, progress, data, measured);
    memcpy (numbers, measured[0], sizeof measured[0]);
  }
  kd_evaluator_free (evaluator);
  kd_pool_free (pool);
  return ok;
}
