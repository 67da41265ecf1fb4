/* SPDX-License-Identifier: MIT */
#include "engine/detector/detector.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/*
 * The rules are those of pycocotools' cocoeval.py (bbox) and maskApi.c (bbIou), also where they are odd: an image's best 100 detections
 * of a category are matched once; maxDets 1 and 10 are cuts of that list. Thresholds are bits: one number holds a detection's fate at all ten.
 */
#define N_IOUS 10
#define N_RECALLS 101
#define MAX_DETECTIONS 100

typedef enum { AREA_ALL, AREA_SMALL, AREA_MEDIUM, AREA_LARGE, N_AREAS } Area;
static const double area_low[N_AREAS] = { 0, 0, 32 * 32, 96 * 96 };
static const double area_high[N_AREAS] = { 1e10, 32 * 32, 96 * 96, 1e10 };

const char *const kd_coco_number_names[KD_COCO_NUMBERS] = { "AP",       "AP50",      "AP75",
                                                            "AP_small", "AP_medium", "AP_large",
                                                            "AR_1",     "AR_10",     "AR_100",
                                                            "AR_small", "AR_medium", "AR_large" };

/* One detection after matching. */
typedef struct {
  double score;
  int arrival;                                 /* order of stable sorting */
  int rank;                                    /* within its image and category */
  uint16_t matched[N_AREAS], ignored[N_AREAS]; /* a bit for each IoU threshold */
} Judged;

typedef struct {
  GArray *judged;        /* Judged */
  int n_truths[N_AREAS]; /* not ignored */
} Category;

struct _KdCocoEval {
  int *ids; /* ascending */
  Category *categories;
  int n_categories;
  double ious[N_IOUS], recalls[N_RECALLS];
  /* Scratch of one image, grown as needed. */
  GArray *truth_order, *detection_order; /* Placed */
  GArray *overlaps;                      /* double [detections, truths] */
  GArray *truth_columns;                 /* int: ordinary truths first */
  GArray *taken;                         /* uint16_t [truths]: a bit for each threshold */
};

/* A row of one image's arrays and the category it belongs to. */
typedef struct {
  int category; /* index, -1: not evaluated */
  int row;
  double score;
} Placed;

static int
compare_ints (const void *a, const void *b)
{
  const int x = *(const int *) a, y = *(const int *) b;
  return (x > y) - (x < y);
}

/* By category, then best score, then file order. */
static int
compare_placed (const void *a, const void *b)
{
  const Placed *p = a, *q = b;
  if (p->category != q->category)
    return p->category < q->category ? -1 : 1;
  if (p->score != q->score)
    return p->score > q->score ? -1 : 1;
  return (p->row > q->row) - (p->row < q->row);
}

static int
compare_judged (const void *a, const void *b)
{
  const Judged *p = a, *q = b;
  if (p->score != q->score)
    return p->score > q->score ? -1 : 1;
  return (p->arrival > q->arrival) - (p->arrival < q->arrival);
}

/* numpy.linspace to the bit: index * step + low, the last point set. */
static void
linspace (double low, double high, int n, double *points)
{
  const double step = (high - low) / (n - 1);
  for (int i = 0; i < n; i++)
    points[i] = i * step + low;
  points[n - 1] = high;
}

KdCocoEval *
kd_coco_eval_new (const int *categories, int n_categories)
{
  KdCocoEval *eval = g_new0 (KdCocoEval, 1);
  eval->n_categories = n_categories;
  eval->ids = g_memdup2 (categories, sizeof *categories * (size_t) n_categories);
  if (n_categories > 0)
    qsort (eval->ids, (size_t) n_categories, sizeof *eval->ids, compare_ints);
  eval->categories = g_new0 (Category, n_categories);
  for (int k = 0; k < n_categories; k++)
    eval->categories[k].judged = g_array_sized_new (FALSE, FALSE, sizeof (Judged), 64);
  linspace (0.5, 0.95, N_IOUS, eval->ious);
  linspace (0, 1, N_RECALLS, eval->recalls);
  eval->truth_order = g_array_sized_new (FALSE, FALSE, sizeof (Placed), 64);
  eval->detection_order = g_array_sized_new (FALSE, FALSE, sizeof (Placed), 64);
  eval->overlaps = g_array_sized_new (FALSE, FALSE, sizeof (double), 64);
  eval->truth_columns = g_array_sized_new (FALSE, FALSE, sizeof (int), 64);
  eval->taken = g_array_sized_new (FALSE, FALSE, sizeof (uint16_t), 64);
  return eval;
}

void
kd_coco_eval_free (KdCocoEval *eval)
{
  if (!eval)
    return;
  for (int k = 0; k < eval->n_categories; k++)
    g_array_unref (eval->categories[k].judged);
  g_array_unref (eval->truth_order);
  g_array_unref (eval->detection_order);
  g_array_unref (eval->overlaps);
  g_array_unref (eval->truth_columns);
  g_array_unref (eval->taken);
  g_free (eval->categories);
  g_free (eval->ids);
  g_free (eval);
}

static int
category_index (const KdCocoEval *eval, int id)
{
  if (eval->n_categories == 0)
    return -1;
  const int *found = bsearch (&id, eval->ids, (size_t) eval->n_categories, sizeof id, compare_ints);
  return found ? (int) (found - eval->ids) : -1;
}

/* maskApi.c bbIou: against a crowd, the part of the detection that lies in it. */
static double
overlap (const double *d, const double *g, bool crowd)
{
  const double width = fmin (d[2] + d[0], g[2] + g[0]) - fmax (d[0], g[0]);
  if (width <= 0)
    return 0;
  const double height = fmin (d[3] + d[1], g[3] + g[1]) - fmax (d[1], g[1]);
  if (height <= 0)
    return 0;
  const double intersection = width * height, detection_area = d[2] * d[3];
  return intersection / (crowd ? detection_area : detection_area + g[2] * g[3] - intersection);
}

static bool
outside (double area, Area range)
{
  return area < area_low[range] || area > area_high[range];
}

/* What one image holds of one category. */
typedef struct {
  const KdCocoTruth *truths;
  const Placed *truth_rows;
  const KdCocoDetection *detections;
  const Placed *detection_rows;
  int n_truths, n_detections;
  const double *overlaps;
  const int *columns; /* truths, those that are not ignored first */
  int n_ordinary;
  uint16_t *taken;
} Match;

/*
 * The truth that a detection takes at one threshold, as a position in @columns, or -1: the best free one (the last of equals); an
 * ignored one only if no ordinary one fits, and crowds may be taken again.
 */
static int
best_truth (const Match *match, const double *overlaps, double threshold, int t)
{
  double best = fmin (threshold, 1 - 1e-10);
  int found = -1;
  for (int i = 0; i < match->n_truths; i++) {
    const int column = match->columns[i];
    if (match->taken[column] >> t & 1 && !match->truths[match->truth_rows[column].row].crowd)
      continue;
    if (found >= 0 && found < match->n_ordinary && i >= match->n_ordinary)
      break;
    if (overlaps[column] < best)
      continue;
    best = overlaps[column];
    found = i;
  }
  return found;
}

/* evaluateImg () at all thresholds for one area range: sets matched and ignored bits of @judged [n_detections]. */
static void
match_area (const KdCocoEval *eval, const Match *match, Area area, Judged *judged)
{
  for (int i = 0; i < match->n_truths; i++)
    match->taken[i] = 0;
  for (int d = 0; d < match->n_detections; d++) {
    const double *overlaps = match->overlaps + (size_t) d * (size_t) match->n_truths;
    unsigned matched = 0, ignored = 0;
    for (int t = 0; t < N_IOUS; t++) {
      const int i = best_truth (match, overlaps, eval->ious[t], t);
      if (i < 0)
        continue;
      const unsigned bit = 1u << t;
      match->taken[match->columns[i]] |= (uint16_t) bit;
      matched |= bit;
      if (i >= match->n_ordinary)
        ignored |= bit;
    }
    const double *bbox = match->detections[match->detection_rows[d].row].bbox;
    if (outside (bbox[2] * bbox[3], area))
      ignored |= ~matched;
    judged[d].matched[area] = (uint16_t) matched;
    judged[d].ignored[area] = (uint16_t) ignored;
  }
}

/* Truths that count before those that are ignored, else in file order. Returns how many count. */
static int
order_truths (const Match *match, Area area, int *columns)
{
  int n = 0, n_ordinary = 0;
  for (int ignored = 0; ignored < 2; ignored++) {
    for (int i = 0; i < match->n_truths; i++) {
      const KdCocoTruth *truth = &match->truths[match->truth_rows[i].row];
      if ((truth->crowd || outside (truth->area, area)) == (ignored == 1))
        columns[n++] = i;
    }
    if (!ignored)
      n_ordinary = n;
  }
  return n_ordinary;
}

static void
match_category (KdCocoEval *eval, Category *category, Match match)
{
  match.n_detections = MIN (match.n_detections, MAX_DETECTIONS);
  g_array_set_size (eval->overlaps, (guint) (match.n_detections * match.n_truths));
  g_array_set_size (eval->truth_columns, (guint) match.n_truths);
  g_array_set_size (eval->taken, (guint) match.n_truths);
  double *overlaps = (double *) (void *) eval->overlaps->data;
  int *columns = (int *) (void *) eval->truth_columns->data;
  match.overlaps = overlaps;
  match.columns = columns;
  match.taken = (uint16_t *) (void *) eval->taken->data;

  for (int d = 0; d < match.n_detections; d++)
    for (int i = 0; i < match.n_truths; i++) {
      const KdCocoTruth *truth = &match.truths[match.truth_rows[i].row];
      *overlaps++ =
          overlap (match.detections[match.detection_rows[d].row].bbox, truth->bbox, truth->crowd);
    }

  const guint start = category->judged->len;
  g_array_set_size (category->judged, start + (guint) match.n_detections);
  Judged *judged = &g_array_index (category->judged, Judged, start);
  for (int d = 0; d < match.n_detections; d++) {
    judged[d].score = match.detection_rows[d].score;
    judged[d].arrival = (int) start + d;
    judged[d].rank = d;
  }
  for (Area area = 0; area < N_AREAS; area++) {
    match.n_ordinary = order_truths (&match, area, columns);
    match_area (eval, &match, area, judged);
    category->n_truths[area] += match.n_ordinary;
  }
}

static int
run_length (const GArray *rows, guint start, int category)
{
  guint end = start;
  while (end < rows->len && g_array_index (rows, Placed, end).category == category)
    end++;
  return (int) (end - start);
}

void
kd_coco_eval_add_image (KdCocoEval *eval,
                        const KdCocoTruth *truths,
                        int n_truths,
                        const KdCocoDetection *detections,
                        int n_detections)
{
  GArray *truth_order = eval->truth_order, *detection_order = eval->detection_order;
  g_array_set_size (truth_order, 0);
  g_array_set_size (detection_order, 0);
  for (int i = 0; i < n_truths; i++) {
    const Placed placed = { category_index (eval, truths[i].category), i, 0 };
    if (placed.category >= 0)
      g_array_append_val (truth_order, placed);
  }
  for (int i = 0; i < n_detections; i++) {
    const Placed placed = { category_index (eval, detections[i].category), i, detections[i].score };
    if (placed.category >= 0)
      g_array_append_val (detection_order, placed);
  }
  g_array_sort (truth_order, compare_placed);
  g_array_sort (detection_order, compare_placed);

  guint truth = 0, detection = 0;
  for (int k = 0; k < eval->n_categories; k++) {
    const int n_category_truths = run_length (truth_order, truth, k);
    const int n_category_detections = run_length (detection_order, detection, k);
    if (n_category_truths > 0 || n_category_detections > 0)
      match_category (
          eval, &eval->categories[k],
          (Match){ .truths = truths,
                   .truth_rows = (const Placed *) (void *) truth_order->data + truth,
                   .n_truths = n_category_truths,
                   .detections = detections,
                   .detection_rows = (const Placed *) (void *) detection_order->data + detection,
                   .n_detections = n_category_detections });
    truth += (guint) n_category_truths;
    detection += (guint) n_category_detections;
  }
}

/* A mean over what exists; -1 if nothing does. */
typedef struct {
  double sum;
  int n;
} Mean;

static double
mean_value (Mean mean)
{
  return mean.n > 0 ? mean.sum / mean.n : -1;
}

/* Precision at the 101 recalls (accumulate ()): the envelope from the right, then the first point that reaches each recall. */
static double
sum_precision (const KdCocoEval *eval, const double *recall, double *precision, int n)
{
  for (int i = n - 1; i > 0; i--)
    if (precision[i] > precision[i - 1])
      precision[i - 1] = precision[i];
  double sum = 0;
  int at = 0;
  for (int r = 0; r < N_RECALLS; r++) {
    while (at < n && recall[at] < eval->recalls[r])
      at++;
    if (at == n)
      break;
    sum += precision[at];
  }
  return sum;
}

/* One category's curve at one threshold: adds its 101 precisions, and returns the recall it ends with. */
static double
accumulate (const KdCocoEval *eval,
            const Category *category,
            Area area,
            int t,
            int max_detections,
            double *recall,
            double *precision,
            double *precision_sum)
{
  const Judged *judged = (const Judged *) (void *) category->judged->data;
  double true_positives = 0, false_positives = 0;
  int n = 0;
  for (guint i = 0; i < category->judged->len; i++) {
    if (judged[i].rank >= max_detections)
      continue;
    if (!(judged[i].ignored[area] >> t & 1)) {
      if (judged[i].matched[area] >> t & 1)
        true_positives++;
      else
        false_positives++;
    }
    recall[n] = true_positives / category->n_truths[area];
    precision[n++] = true_positives / (false_positives + true_positives + DBL_EPSILON);
  }
  *precision_sum = sum_precision (eval, recall, precision, n);
  return n > 0 ? recall[n - 1] : 0;
}

typedef struct {
  Mean precision[N_IOUS]; /* over categories and recalls */
  Mean recall;            /* over thresholds and categories */
} Summary;

static Summary
summarize (const KdCocoEval *eval, Area area, int max_detections, double *recall, double *precision)
{
  Summary summary = { 0 };
  for (int k = 0; k < eval->n_categories; k++) {
    if (eval->categories[k].n_truths[area] == 0)
      continue;
    for (int t = 0; t < N_IOUS; t++) {
      double precision_sum;
      summary.recall.sum += accumulate (eval, &eval->categories[k], area, t, max_detections, recall,
                                        precision, &precision_sum);
      summary.recall.n++;
      summary.precision[t].sum += precision_sum;
      summary.precision[t].n += N_RECALLS;
    }
  }
  return summary;
}

static double
mean_precision (const Summary *summary)
{
  Mean mean = { 0 };
  for (int t = 0; t < N_IOUS; t++) {
    mean.sum += summary->precision[t].sum;
    mean.n += summary->precision[t].n;
  }
  return mean_value (mean);
}

void
kd_coco_eval_numbers (KdCocoEval *eval, double numbers[KD_COCO_NUMBERS])
{
  guint longest = 0;
  for (int k = 0; k < eval->n_categories; k++) {
    g_array_sort (eval->categories[k].judged, compare_judged);
    longest = MAX (longest, eval->categories[k].judged->len);
  }
  g_autofree double *recall = g_new (double, longest);
  g_autofree double *precision = g_new (double, longest);

  const Summary one = summarize (eval, AREA_ALL, 1, recall, precision);
  const Summary ten = summarize (eval, AREA_ALL, 10, recall, precision);
  Summary areas[N_AREAS];
  for (Area area = 0; area < N_AREAS; area++)
    areas[area] = summarize (eval, area, MAX_DETECTIONS, recall, precision);

  numbers[0] = mean_precision (&areas[AREA_ALL]);
  numbers[1] = mean_value (areas[AREA_ALL].precision[0]);
  numbers[2] = mean_value (areas[AREA_ALL].precision[5]);
  for (Area area = AREA_SMALL; area <= AREA_LARGE; area++) {
    numbers[2 + area] = mean_precision (&areas[area]);
    numbers[8 + area] = mean_value (areas[area].recall);
  }
  numbers[6] = mean_value (one.recall);
  numbers[7] = mean_value (ten.recall);
  numbers[8] = mean_value (areas[AREA_ALL].recall);
}
