/* SPDX-License-Identifier: MIT */
#include "engine/detector/anchors.h"
#include "engine/detector/nms.h"

struct _KdDetector {
  KdDetectorConfig config;
  KdDetectConfig detect;
  int n_selected;

  /* Of one level: what passes the threshold. [anchors of the largest level * K] */
  double *scores;
  int *places; /* ((y*W+x)*A+a)*K+k */
  int *order;

  /* Of all levels: the best pre_nms of each. */
  KdBox *boxes;
  double *selected_scores;
  int *labels;
  int *selected_order;

  int *keep; /* [max_per_image] */
};

KdDetectConfig
kd_detect_default (void)
{
  return (KdDetectConfig){
    .score_threshold = 0.05, .nms_iou = 0.5, .pre_nms = 1000, .max_per_image = 100
  };
}

KdDetector *
kd_detector_new (const KdDetectorConfig *config, const KdDetectConfig *detect)
{
  g_assert (detect->pre_nms >= 1 && detect->max_per_image >= 1);
  KdDetector *detector = g_new0 (KdDetector, 1);
  detector->config = *config;
  detector->detect = *detect;
  const KdSize finest = kd_level_size (config->image, 0);
  const int n_places = finest.height * finest.width * config->anchors * config->classes;
  detector->scores = g_new (double, n_places);
  detector->places = g_new (int, n_places);
  detector->order = g_new (int, n_places);
  const int n_selected = KD_DETECTOR_LEVELS * MIN (detect->pre_nms, n_places);
  detector->boxes = g_new (KdBox, n_selected);
  detector->selected_scores = g_new (double, n_selected);
  detector->labels = g_new (int, n_selected);
  detector->selected_order = g_new (int, n_selected);
  detector->keep = g_new (int, detect->max_per_image);
  return detector;
}

void
kd_detector_free (KdDetector *detector)
{
  if (!detector)
    return;
  g_free (detector->scores);
  g_free (detector->places);
  g_free (detector->order);
  g_free (detector->boxes);
  g_free (detector->selected_scores);
  g_free (detector->labels);
  g_free (detector->selected_order);
  g_free (detector->keep);
  g_free (detector);
}

/* Scores above the threshold; compared as logits first, so that few need an exponential. */
static int
collect_candidates (KdDetector *detector, const kd_real *logits, int n_places)
{
  const double threshold = detector->detect.score_threshold;
  /* A hair lower than the threshold's logit: the score itself decides. */
  const double low = threshold > 0 ? log (threshold / (1 - threshold)) - 1e-6 : -INFINITY;
  int n = 0;
  for (int i = 0; i < n_places; i++) {
    if (!(logits[i] >= low))
      continue;
    const double score = 1 / (1 + exp (-(double) logits[i]));
    if (score > threshold) {
      detector->scores[n] = score;
      detector->places[n++] = i;
    }
  }
  return n;
}

static void
select_candidate (KdDetector *detector, int l, int candidate, const kd_real *deltas)
{
  const KdDetectorConfig *config = &detector->config;
  const int place = detector->places[candidate];
  const int row = place / config->classes, cell = row / config->anchors;
  const int width = kd_level_size (config->image, l).width;
  const KdBox anchor = kd_anchor_at (l, cell / width, cell % width,
                                     kd_anchor_side (l, row % config->anchors, config->anchors));
  double delta[4];
  for (int j = 0; j < 4; j++)
    delta[j] = deltas[4 * (size_t) row + (size_t) j];
  /* A box at most 1000/16 times its anchor, as in every RetinaNet since Detectron. */
  const KdBox box =
      kd_box_clip (kd_box_decode (anchor, delta, log (1000.0 / 16), false), config->image);
  /* Wholly outside the image, or not a number. */
  if (!(kd_box_area (box) > 0))
    return;
  const int i = detector->n_selected++;
  detector->boxes[i] = box;
  detector->selected_scores[i] = detector->scores[candidate];
  detector->labels[i] = place % config->classes;
}

int
kd_detect (KdDetector *detector, const KdDetectorOutputs *out, int n, KdDetection *detections)
{
  const KdDetectorConfig *config = &detector->config;
  detector->n_selected = 0;
  for (int l = 0; l < out->n_levels; l++) {
    const KdSize size = kd_level_size (config->image, l);
    const int n_rows = size.height * size.width * config->anchors;
    const int n_places = n_rows * config->classes;
    const kd_real *logits = kd_node_value (out->cls[l]) + (size_t) n * (size_t) n_places;
    const kd_real *deltas = kd_node_value (out->reg[l]) + (size_t) n * (size_t) n_rows * 4;
    KdScoreHeap heap;
    kd_score_heap_init (&heap, detector->scores, detector->order,
                        collect_candidates (detector, logits, n_places));
    for (int i = 0; i < detector->detect.pre_nms && heap.n > 0; i++)
      select_candidate (detector, l, kd_score_heap_pop (&heap), deltas);
  }

  const int n_kept =
      kd_nms_by_label (detector->boxes, detector->selected_scores, detector->labels,
                       detector->n_selected, detector->detect.nms_iou,
                       detector->detect.max_per_image, detector->selected_order, detector->keep);
  for (int i = 0; i < n_kept; i++) {
    const int kept = detector->keep[i];
    detections[i] = (KdDetection){ .box = detector->boxes[kept],
                                   .label = detector->labels[kept],
                                   .score = (float) detector->selected_scores[kept] };
  }
  return n_kept;
}
