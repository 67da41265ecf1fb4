/* SPDX-License-Identifier: MIT */
#include "engine/data/data.h"
#include "engine/detector/detector.h"

#include <json-glib/json-glib.h>

static const char *cases_dir;

/* The rows of one image, copied out in file order. */
static void
add_image (KdCocoEval *eval, const KdCocoFiles *files, int64_t image_id)
{
  g_autoptr (GArray) truths = g_array_new (FALSE, FALSE, sizeof (KdCocoTruth));
  g_autoptr (GArray) detections = g_array_new (FALSE, FALSE, sizeof (KdCocoDetection));
  for (int i = 0; i < files->n_truths; i++) {
    const KdCocoRow *row = &files->truths[i];
    const double *b = row->bbox;
    const KdCocoTruth truth = {
      { b[0], b[1], b[2], b[3] }, row->area, (int) row->category_id, row->crowd
    };
    if (row->image_id == image_id)
      g_array_append_val (truths, truth);
  }
  for (int i = 0; i < files->n_detections; i++) {
    const KdCocoRow *row = &files->detections[i];
    const double *b = row->bbox;
    const KdCocoDetection detection = { { b[0], b[1], b[2], b[3] },
                                        row->score,
                                        (int) row->category_id };
    if (row->image_id == image_id)
      g_array_append_val (detections, detection);
  }
  kd_coco_eval_add_image (eval, (const KdCocoTruth *) (void *) truths->data, (int) truths->len,
                          (const KdCocoDetection *) (void *) detections->data,
                          (int) detections->len);
}

static void
test_agrees_with_pycocotools (const void *data)
{
  const char *name = data;
  g_autofree char *folder = g_build_filename (cases_dir, name, NULL);
  g_autofree char *truth_path = g_build_filename (folder, "gt.json", NULL);
  g_autofree char *detection_path = g_build_filename (folder, "dt.json", NULL);
  g_autofree char *expected_path = g_build_filename (folder, "expected.json", NULL);

  g_autoptr (GError) error = NULL;
  KdCocoFiles *files = kd_coco_load (truth_path, detection_path, &error);
  g_assert_no_error (error);
  g_autofree int *categories = g_new (int, files->n_categories);
  for (int k = 0; k < files->n_categories; k++)
    categories[k] = (int) files->category_ids[k];
  KdCocoEval *eval = kd_coco_eval_new (categories, files->n_categories);
  for (int n = 0; n < files->n_images; n++)
    add_image (eval, files, files->image_ids[n]);
  double numbers[KD_COCO_NUMBERS];
  kd_coco_eval_numbers (eval, numbers);
  kd_coco_eval_free (eval);
  kd_coco_files_free (files);

  g_autoptr (JsonParser) parser = json_parser_new ();
  json_parser_load_from_file (parser, expected_path, &error);
  g_assert_no_error (error);
  JsonObject *expected = json_node_get_object (json_parser_get_root (parser));
  g_assert_cmpint (json_object_get_size (expected), ==, KD_COCO_NUMBERS);
  for (int i = 0; i < KD_COCO_NUMBERS; i++) {
    g_test_message ("%s: %.15f", kd_coco_number_names[i], numbers[i]);
    g_assert_cmpfloat_with_epsilon (
        numbers[i], json_object_get_double_member (expected, kd_coco_number_names[i]), 1e-12);
  }
}

static void
evaluate_one_image (const KdCocoTruth *truths,
                    int n_truths,
                    const KdCocoDetection *detections,
                    int n_detections,
                    double numbers[KD_COCO_NUMBERS])
{
  KdCocoEval *eval = kd_coco_eval_new ((const int[]){ 9, 4 }, 2);
  kd_coco_eval_add_image (eval, truths, n_truths, detections, n_detections);
  kd_coco_eval_numbers (eval, numbers);
  kd_coco_eval_free (eval);
}

static void
test_without_truth_is_minus_one (void)
{
  double numbers[KD_COCO_NUMBERS];
  const KdCocoDetection detection = { { 0, 0, 10, 10 }, 0.5, 4 };
  evaluate_one_image (NULL, 0, &detection, 1, numbers);
  for (int i = 0; i < KD_COCO_NUMBERS; i++)
    g_assert_cmpfloat (numbers[i], ==, -1);
  evaluate_one_image (NULL, 0, NULL, 0, numbers);
  for (int i = 0; i < KD_COCO_NUMBERS; i++)
    g_assert_cmpfloat (numbers[i], ==, -1);
}

static void
test_false_alarm_halves_precision (void)
{
  /* The better scored box is wrong: precision 1/2 at every recall. IoU 0.8 counts at 0.5, ..., 0.8: 7 of 10 thresholds. */
  const KdCocoTruth truth = { { 10, 10, 50, 40 }, 2000, 9, false };
  const KdCocoDetection detections[] = { { { 10, 10, 40, 40 }, 0.5, 9 },
                                         { { 70, 70, 40, 40 }, 0.9, 9 },
                                         { { 10, 10, 50, 40 }, 1, 5 } };
  double numbers[KD_COCO_NUMBERS];
  evaluate_one_image (&truth, 1, detections, 3, numbers);
  g_assert_cmpfloat_with_epsilon (numbers[0], 0.35, 1e-12);
  g_assert_cmpfloat_with_epsilon (numbers[1], 0.5, 1e-12);
  g_assert_cmpfloat_with_epsilon (numbers[2], 0.5, 1e-12);
  g_assert_cmpfloat (numbers[3], ==, -1);                   /* no small truth */
  g_assert_cmpfloat_with_epsilon (numbers[4], 0.35, 1e-12); /* medium */
  g_assert_cmpfloat (numbers[6], ==, 0); /* the best detection alone finds nothing */
  g_assert_cmpfloat_with_epsilon (numbers[7], 0.7, 1e-12);
}

static void
test_crowd_absorbs_detections (void)
{
  /* Two boxes inside a crowd are neither right nor wrong, the third is right. */
  const KdCocoTruth truths[] = { { { 0, 0, 100, 100 }, 10000, 4, true },
                                 { { 200, 0, 50, 50 }, 2500, 4, false } };
  const KdCocoDetection detections[] = { { { 0, 0, 20, 20 }, 0.9, 4 },
                                         { { 40, 40, 20, 20 }, 0.8, 4 },
                                         { { 200, 0, 50, 50 }, 0.7, 4 } };
  double numbers[KD_COCO_NUMBERS];
  evaluate_one_image (truths, 2, detections, 3, numbers);
  g_assert_cmpfloat_with_epsilon (numbers[0], 1, 1e-12);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  cases_dir = argv[1];
  g_test_add_data_func ("/detector/average-precision/one-image", "one-image",
                        test_agrees_with_pycocotools);
  g_test_add_data_func ("/detector/average-precision/plain", "plain", test_agrees_with_pycocotools);
  g_test_add_data_func ("/detector/average-precision/ties-and-crowds", "ties-and-crowds",
                        test_agrees_with_pycocotools);
  g_test_add_data_func ("/detector/average-precision/many-detections", "many-detections",
                        test_agrees_with_pycocotools);
  g_test_add_func ("/detector/average-precision/without-truth-is-minus-one",
                   test_without_truth_is_minus_one);
  g_test_add_func ("/detector/average-precision/false-alarm-halves-precision",
                   test_false_alarm_halves_precision);
  g_test_add_func ("/detector/average-precision/crowd-absorbs-detections",
                   test_crowd_absorbs_detections);
  return g_test_run ();
}
