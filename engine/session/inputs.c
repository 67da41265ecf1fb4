/* SPDX-License-Identifier: MIT */
#include "engine/session/inputs.h"

#include <string.h>

KdInputs *
kd_inputs_new (int n_images, KdSize size)
{
  KdInputs *inputs = g_new0 (KdInputs, 1);
  inputs->n_images = n_images;
  inputs->capacity = n_images * KD_SCENE_MAX_OBJECTS;
  inputs->size = size;
  const size_t pixels = (size_t) n_images * (size_t) size.height * (size_t) size.width;
  inputs->image = g_aligned_alloc0 (pixels * 3, sizeof (kd_real), 64);
  inputs->boxes = g_new0 (kd_real, (size_t) inputs->capacity * 4);
  inputs->labels = g_new0 (int32_t, inputs->capacity);
  inputs->images = g_new0 (int32_t, inputs->capacity);
  return inputs;
}

void
kd_inputs_free (KdInputs *inputs)
{
  if (!inputs)
    return;
  g_aligned_free (inputs->image);
  g_free (inputs->boxes);
  g_free (inputs->labels);
  g_free (inputs->images);
  g_free (inputs);
}

typedef struct {
  KdInputs *inputs;
  const uint8_t *rgb;
} Normalisation;

/* One image a chunk: (rgb/255 - 0.5)/0.25. */
static void
normalise_image (void *data, int chunk, void *scratch)
{
  (void) scratch;
  const Normalisation *job = data;
  const size_t n = (size_t) job->inputs->size.height * (size_t) job->inputs->size.width * 3;
  const uint8_t *rgb = job->rgb + (size_t) chunk * n;
  kd_real *image = job->inputs->image + (size_t) chunk * n;
  for (size_t i = 0; i < n; i++)
    image[i] = ((kd_real) rgb[i] / 255 - (kd_real) 0.5) * 4;
}

void
kd_inputs_fill (KdInputs *inputs, KdPool *pool, const uint8_t *rgb, const KdSceneTruth *truths)
{
  Normalisation job = { inputs, rgb };
  kd_parallel_for (pool, inputs->n_images, normalise_image, &job);
  inputs->n_truths = 0;
  for (int n = 0; truths && n < inputs->n_images; n++) {
    for (int g = 0; g < truths[n].n_objects; g++) {
      const KdDetection *object = &truths[n].objects[g];
      const int row = inputs->n_truths++;
      inputs->boxes[4 * row] = (kd_real) object->box.x1;
      inputs->boxes[4 * row + 1] = (kd_real) object->box.y1;
      inputs->boxes[4 * row + 2] = (kd_real) object->box.x2;
      inputs->boxes[4 * row + 3] = (kd_real) object->box.y2;
      inputs->labels[row] = object->label;
      inputs->images[row] = n;
    }
  }
}

void
kd_inputs_copy_targets (const KdInputs *inputs, const KdTargets *targets)
{
  const size_t rows = (size_t) inputs->n_truths;
  memcpy (kd_node_value (targets->boxes), inputs->boxes, rows * 4 * sizeof (kd_real));
  memcpy (kd_node_ints (targets->labels), inputs->labels, rows * sizeof (int32_t));
  memcpy (kd_node_ints (targets->images), inputs->images, rows * sizeof (int32_t));
  kd_node_set_live_rows (targets->boxes, inputs->n_truths);
  kd_node_set_live_rows (targets->labels, inputs->n_truths);
  kd_node_set_live_rows (targets->images, inputs->n_truths);
}
