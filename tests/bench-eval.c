/* SPDX-License-Identifier: MIT */

/* Time of COCO's twelve numbers for 5,000 images with 100 detections and 7 objects each, 80 categories. Prints one JSON object. */
#include "engine/detector/detector.h"

#include <stdio.h>

enum { N_IMAGES = 5000, N_DETECTIONS = 100, N_TRUTHS = 7, N_CATEGORIES = 80 };

static void
draw_box (KdRandom *random, double bbox[4])
{
  bbox[0] = kd_random_uniform (random, 0, 500);
  bbox[1] = kd_random_uniform (random, 0, 400);
  bbox[2] = kd_random_uniform (random, 4, 140);
  bbox[3] = kd_random_uniform (random, 4, 80);
}

int
main (void)
{
  int categories[N_CATEGORIES];
  for (int i = 0; i < N_CATEGORIES; i++)
    categories[i] = i + 1;
  KdRandom random = kd_random (1, 1);
  const double start = kd_now_s ();
  double drawing = 0;
  KdCocoEval *eval = kd_coco_eval_new (categories, N_CATEGORIES);
  for (int image = 0; image < N_IMAGES; image++) {
    const double before = kd_now_s ();
    KdCocoTruth truths[N_TRUTHS];
    KdCocoDetection detections[N_DETECTIONS];
    for (int i = 0; i < N_TRUTHS; i++) {
      truths[i] = (KdCocoTruth){ .category = kd_random_int (&random, 1, N_CATEGORIES) };
      draw_box (&random, truths[i].bbox);
      truths[i].area = truths[i].bbox[2] * truths[i].bbox[3];
    }
    for (int i = 0; i < N_DETECTIONS; i++) {
      detections[i] = (KdCocoDetection){ .category = truths[i % N_TRUTHS].category,
                                         .score = kd_random_uniform (&random, 0, 1) };
      draw_box (&random, detections[i].bbox);
      for (int k = 0; i % 3 == 0 && k < 4; k++) /* a third of them near an object */
        detections[i].bbox[k] =
            truths[i % N_TRUTHS].bbox[k] * kd_random_uniform (&random, 0.9, 1.1);
    }
    drawing += kd_now_s () - before;
    kd_coco_eval_add_image (eval, truths, N_TRUTHS, detections, N_DETECTIONS);
  }
  double numbers[KD_COCO_NUMBERS];
  kd_coco_eval_numbers (eval, numbers);
  printf ("{\"images\": %d, \"detections_per_image\": %d, \"seconds\": %.2f, \"AP\": %.4f}\n",
          N_IMAGES, N_DETECTIONS, kd_now_s () - start - drawing, numbers[0]);
  kd_coco_eval_free (eval);
  return 0;
}
