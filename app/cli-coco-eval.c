/* SPDX-License-Identifier: MIT */
#include "app/cli.h"
#include "engine/base/i18n.h"
#include "engine/data/data.h"

#include <stdlib.h>

/* One image's rows in the order of the files. */
typedef struct {
  GArray *truths;     /* KdCocoTruth */
  GArray *detections; /* KdCocoDetection */
} Image;

static int
compare_ids (const void *a, const void *b)
{
  const int64_t left = *(const int64_t *) a, right = *(const int64_t *) b;
  return (left > right) - (left < right);
}

/* The place of @id in ascending @ids; -1: not there. */
static int
find_id (const int64_t *ids, int n_ids, int64_t id)
{
  const int64_t *found = n_ids ? bsearch (&id, ids, (size_t) n_ids, sizeof id, compare_ids) : NULL;
  return found ? (int) (found - ids) : -1;
}

/* Rows of images or categories that the annotations do not list count for nothing, as in pycocotools. */
static void
sort_by_image (const KdCocoFiles *files, Image *images)
{
  for (int i = 0; i < files->n_truths; i++) {
    const KdCocoRow *row = &files->truths[i];
    const int n = find_id (files->image_ids, files->n_images, row->image_id);
    const KdCocoTruth truth = {
      .bbox = { row->bbox[0], row->bbox[1], row->bbox[2], row->bbox[3] },
      .area = row->area,
      .category = find_id (files->category_ids, files->n_categories, row->category_id),
      .crowd = row->crowd,
    };
    if (n >= 0 && truth.category >= 0)
      g_array_append_val (images[n].truths, truth);
  }
  for (int i = 0; i < files->n_detections; i++) {
    const KdCocoRow *row = &files->detections[i];
    const int n = find_id (files->image_ids, files->n_images, row->image_id);
    const KdCocoDetection detection = {
      .bbox = { row->bbox[0], row->bbox[1], row->bbox[2], row->bbox[3] },
      .score = row->score,
      .category = find_id (files->category_ids, files->n_categories, row->category_id),
    };
    if (n >= 0 && detection.category >= 0)
      g_array_append_val (images[n].detections, detection);
  }
}

static void
evaluate (const KdCocoFiles *files, double numbers[KD_COCO_NUMBERS])
{
  g_autofree Image *images = g_new (Image, files->n_images);
  for (int n = 0; n < files->n_images; n++)
    images[n] = (Image){ g_array_new (FALSE, FALSE, sizeof (KdCocoTruth)),
                         g_array_new (FALSE, FALSE, sizeof (KdCocoDetection)) };
  sort_by_image (files, images);

  /* Categories are numbered in the order of their ids, which may be larger than an int. */
  g_autofree int *categories = g_new (int, files->n_categories);
  for (int k = 0; k < files->n_categories; k++)
    categories[k] = k;
  KdCocoEval *eval = kd_coco_eval_new (categories, files->n_categories);
  for (int n = 0; n < files->n_images; n++) {
    kd_coco_eval_add_image (eval, (const KdCocoTruth *) (void *) images[n].truths->data,
                            (int) images[n].truths->len,
                            (const KdCocoDetection *) (void *) images[n].detections->data,
                            (int) images[n].detections->len);
    g_array_unref (images[n].truths);
    g_array_unref (images[n].detections);
  }
  kd_coco_eval_numbers (eval, numbers);
  kd_coco_eval_free (eval);
}

int
cli_coco_eval (int argc, char **argv)
{
  g_autofree char *annotations = NULL, *detections = NULL;
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "annotations", 0, 0, G_OPTION_ARG_FILENAME, &annotations,
      N_ ("Ground truth in COCO's format"), "FILE" },
    { "detections", 0, 0, G_OPTION_ARG_FILENAME, &detections, N_ ("Results in COCO's format"),
      "FILE" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("Print one JSON object"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  const int code =
      cli_parse (&argc, &argv, "", N_ ("The twelve COCO numbers of any detections"), entries);
  if (code >= 0)
    return code;
  g_autoptr (GError) error = NULL;
  if (argc != 1 || !annotations || !detections) {
    g_set_error (
        &error, KD_ERROR, KD_ERROR_CONFIG,
        _ ("coco-eval: expected --annotations FILE and --detections FILE and nothing else"));
    return cli_fail (error);
  }
  KdCocoFiles *files = kd_coco_load (annotations, detections, &error);
  if (!files)
    return cli_refuse (error);
  double numbers[KD_COCO_NUMBERS];
  evaluate (files, numbers);
  kd_coco_files_free (files);
  cli_print_coco (numbers, json);
  return 0;
}
