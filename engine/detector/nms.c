/* SPDX-License-Identifier: MIT */
#include "engine/detector/nms.h"
#include "engine/detector/overlap.h"

static bool
comes_before (const double *scores, int a, int b)
{
  return scores[a] > scores[b] || (scores[a] == scores[b] && a < b);
}

static void
sift_down (KdScoreHeap *heap, int at)
{
  int *order = heap->order;
  const int index = order[at];
  for (int child = 2 * at + 1; child < heap->n; child = 2 * at + 1) {
    if (child + 1 < heap->n && comes_before (heap->scores, order[child + 1], order[child]))
      child++;
    if (!comes_before (heap->scores, order[child], index))
      break;
    order[at] = order[child];
    at = child;
  }
  order[at] = index;
}

void
kd_score_heap_init (KdScoreHeap *heap, const double *scores, int *order, int n)
{
  *heap = (KdScoreHeap){ scores, order, n };
  for (int i = 0; i < n; i++)
    order[i] = i;
  for (int i = n / 2 - 1; i >= 0; i--)
    sift_down (heap, i);
}

int
kd_score_heap_pop (KdScoreHeap *heap)
{
  const int best = heap->order[0];
  heap->order[0] = heap->order[--heap->n];
  if (heap->n > 0)
    sift_down (heap, 0);
  return best;
}

int
kd_best_scores (const double *scores, int n, int max, int *order, int *best)
{
  KdScoreHeap heap;
  kd_score_heap_init (&heap, scores, order, n);
  int n_best = 0;
  while (heap.n > 0 && n_best < max)
    best[n_best++] = kd_score_heap_pop (&heap);
  return n_best;
}

int
kd_nms_by_label (const KdBox *boxes,
                 const double *scores,
                 const int *labels,
                 int n,
                 double iou,
                 int max_keep,
                 int *order,
                 int *keep)
{
  KdScoreHeap heap;
  kd_score_heap_init (&heap, scores, order, n);
  int n_kept = 0;
  while (heap.n > 0 && n_kept < max_keep) {
    const int candidate = kd_score_heap_pop (&heap);
    bool dropped = false;
    for (int k = 0; k < n_kept && !dropped; k++)
      dropped = (!labels || labels[keep[k]] == labels[candidate]) &&
                kd_overlap_iou (&boxes[keep[k]], &boxes[candidate]) > iou;
    if (!dropped)
      keep[n_kept++] = candidate;
  }
  return n_kept;
}

int
kd_nms (const KdBox *boxes,
        const double *scores,
        int n,
        double iou,
        int max_keep,
        int *order,
        int *keep)
{
  return kd_nms_by_label (boxes, scores, NULL, n, iou, max_keep, order, keep);
}
