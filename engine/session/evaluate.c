/* SPDX-License-Identifier: MIT */
#include "engine/session/evaluate.h"

#include "engine/base/i18n.h"
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

  KdCocoEval *evals[KD_MAX_RUNS]; /* of what was begun */
  int n_students, n_images;
  int next_image, next_student; /* of the next slice */
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

static void
drop_evals (KdEvaluator *evaluator)
{
  for (int i = 0; i < evaluator->n_students; i++)
    kd_coco_eval_free (evaluator->evals[i]);
  evaluator->n_students = 0;
}

void
kd_evaluator_free (KdEvaluator *evaluator)
{
  if (!evaluator)
    return;
  drop_evals (evaluator);
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

void
kd_evaluator_begin (KdEvaluator *evaluator, int n_students, int n_images)
{
  g_assert (n_students <= KD_MAX_RUNS);
  int categories[KD_SCENE_CLASSES];
  for (int k = 0; k < KD_SCENE_CLASSES; k++)
    categories[k] = k;
  drop_evals (evaluator);
  for (int i = 0; i < n_students; i++)
    evaluator->evals[i] = kd_coco_eval_new (categories, KD_SCENE_CLASSES);
  evaluator->n_students = n_students;
  evaluator->n_images = n_images;
  evaluator->next_image = evaluator->next_student = 0;
}

/* Drawn once for all students. A last batch that is not full keeps older images in its tail; they are computed and not counted. */
static void
draw_batch (KdEvaluator *evaluator, int count)
{
  evaluator->first = (uint64_t) evaluator->next_image;
  kd_parallel_for (evaluator->pool, count, draw_scene, evaluator);
  kd_inputs_fill (evaluator->inputs, evaluator->pool, evaluator->rgb, NULL);
}

KdSlice
kd_evaluator_go_on (KdEvaluator *evaluator, KdParams *const *params, const atomic_bool *cancel)
{
  const int student = evaluator->next_student;
  const int count = MIN (BATCH, evaluator->n_images - evaluator->next_image);
  if (count > 0 && student == 0)
    draw_batch (evaluator, count);
  if (count > 0 &&
      !measure_batch (evaluator, params[student], evaluator->evals[student], count, cancel))
    return KD_SLICE_CANCELLED;
  if (++evaluator->next_student >= evaluator->n_students) {
    evaluator->next_student = 0;
    evaluator->next_image += count;
  }
  return evaluator->next_image >= evaluator->n_images ? KD_SLICE_LAST : KD_SLICE_MORE;
}

int
kd_evaluator_done (const KdEvaluator *evaluator)
{
  return evaluator->next_image;
}

void
kd_evaluator_finish (KdEvaluator *evaluator, double (*numbers)[KD_COCO_NUMBERS])
{
  for (int i = 0; i < evaluator->n_students; i++)
    kd_coco_eval_numbers (evaluator->evals[i], numbers[i]);
  drop_evals (evaluator);
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
  kd_evaluator_begin (evaluator, n, n_images);
  int told = 0;
  KdSlice slice = n_images > 0 ? KD_SLICE_MORE : KD_SLICE_LAST;
  while (slice == KD_SLICE_MORE) {
    slice = kd_evaluator_go_on (evaluator, params, cancel);
    if (progress && kd_evaluator_done (evaluator) > told) {
      told = kd_evaluator_done (evaluator);
      progress (told, n_images, data);
    }
  }
  if (slice == KD_SLICE_LAST)
    kd_evaluator_finish (evaluator, numbers);
  return slice == KD_SLICE_LAST;
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
             const atomic_bool *cancel,
             double numbers[KD_COCO_NUMBERS],
             GError **error)
{
  KdDetectorConfig config;
  if (!kd_blas_init (error) || !kd_weights_read_config (checkpoint, &config, error))
    return false;
  if (config.classes != KD_SCENE_CLASSES) {
    g_set_error (error, KD_ERROR, KD_ERROR_SCHEMA, _ ("%s: expected %d classes, found %d"),
                 checkpoint, KD_SCENE_CLASSES, config.classes);
    return false;
  }
  config.image = scenes->size;
  KdPool *pool = kd_pool_new (threads);
  KdEvaluator *evaluator = kd_evaluator_new (&config, scenes, seed, pool);
  /* The evaluator's own parameters name what the file must hold. */
  bool ok = load_params (evaluator->params, checkpoint, error);
  if (ok) {
    KdParams *const own[] = { evaluator->params };
    double measured[1][KD_COCO_NUMBERS];
    ok = kd_evaluator_measure (evaluator, own, 1, n_images, cancel, progress, data, measured);
    if (!ok)
      g_set_error (error, KD_ERROR, KD_ERROR_CANCELLED, _ ("%s: measuring was cancelled"),
                   checkpoint);
    else
      memcpy (numbers, measured[0], sizeof measured[0]);
  }
  kd_evaluator_free (evaluator);
  kd_pool_free (pool);
  return ok;
}
