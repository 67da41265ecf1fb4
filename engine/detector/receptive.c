/* SPDX-License-Identifier: MIT */
#include "engine/detector/detector.h"

#include <math.h>

/* Cells or pixels of one axis, both ends included. The network does the same along both axes. */
typedef struct {
  int low, high;
} Interval;

/* What a 3x3 convolution with a padding of 1 reads. */
static Interval
before_convolution (Interval out, int stride)
{
  return (Interval){ out.low * stride - 1, out.high * stride + 1 };
}

/* Skip connections and projections read less than the two convolutions beside them. */
static Interval
before_stage (const KdDetectorKind *kind, int stage, Interval out)
{
  for (; stage >= 0; stage--)
    for (int block = kind->blocks[stage] - 1; block >= 0; block--)
      out = before_convolution (before_convolution (out, 1), block == 0 ? 2 : 1);
  return before_convolution (out, 2); /* the stem */
}

/* A merged cell of the neck is a cell of its stage and, by upsampling, one of the next coarser level. */
static Interval
before_merged (const KdDetectorKind *kind, int level, Interval out)
{
  Interval read = before_stage (kind, level + 1, out);
  if (level + 1 < KD_DETECTOR_LEVELS) {
    const Interval coarse = { (int) floor (out.low / 2.0), (int) floor (out.high / 2.0) };
    const Interval above = before_merged (kind, level + 1, coarse);
    read.low = MIN (read.low, above.low);
    read.high = MAX (read.high, above.high);
  }
  return read;
}

KdBox
kd_detector_receptive_box (const KdDetectorKind *kind, int level, int x, int y)
{
  g_assert (level >= 0 && level < KD_DETECTOR_LEVELS);
  const Interval across = before_merged (kind, level, (Interval){ x - 1, x + 1 });
  const Interval down = before_merged (kind, level, (Interval){ y - 1, y + 1 });
  return (KdBox){ across.low, down.low, across.high + 1, down.high + 1 };
}

const KdDetectorKind *
kd_detector_kind_of_features (int channels)
{
  int n_kinds;
  const KdDetectorKind *kinds = kd_detector_kinds (&n_kinds);
  for (int i = 0; i < n_kinds; i++)
    if (kinds[i].fpn == channels)
      return &kinds[i];
  return NULL;
}
