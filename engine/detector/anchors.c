/* SPDX-License-Identifier: MIT */
#include "engine/detector/anchors.h"

const int kd_detector_strides[KD_DETECTOR_LEVELS] = { 8, 16, 32 };

int
kd_anchor_count (const KdDetectorConfig *config)
{
  int cells = 0;
  for (int l = 0; l < KD_DETECTOR_LEVELS; l++) {
    const KdSize size = kd_level_size (config->image, l);
    cells += size.height * size.width;
  }
  return cells * config->anchors;
}

void
kd_anchors_make (const KdDetectorConfig *config, KdBox *anchors)
{
  for (int l = 0; l < KD_DETECTOR_LEVELS; l++) {
    const KdSize size = kd_level_size (config->image, l);
    for (int y = 0; y < size.height; y++)
      for (int x = 0; x < size.width; x++)
        for (int a = 0; a < config->anchors; a++)
          *anchors++ = kd_anchor_at (l, y, x, kd_anchor_side (l, a, config->anchors));
  }
}
