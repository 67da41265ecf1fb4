/* SPDX-License-Identifier: MIT */
#include "engine/detector/layers.h"

/* FPN (Lin et al., CVPR 2017): 1x1 lateral, nearest upsampling added from the coarser level, 3x3 smoothing. */
void
kd_neck_build (const KdLayers *layers,
               const KdDetectorKind *kind,
               KdNode *const stages[KD_DETECTOR_LEVELS],
               KdNode *features[KD_DETECTOR_LEVELS])
{
  KdNode *coarser = NULL;
  for (int l = KD_DETECTOR_LEVELS - 1; l >= 0; l--) {
    g_autofree char *lateral = g_strdup_printf ("neck.lateral.%d", l);
    g_autofree char *smooth = g_strdup_printf ("neck.smooth.%d", l);
    KdConvolution convolution = {
      .channels = kind->fpn, .kernel = 1, .stride = 1, .has_bias = true
    };
    KdNode *merged = kd_layer_convolution (layers, lateral, stages[l], convolution);
    if (coarser) {
      const KdShape shape = kd_node_shape (merged);
      merged = kd_add (layers->graph, merged,
                       kd_upsample (layers->graph, coarser, (KdSize){ shape.h, shape.w }));
    }
    convolution.kernel = 3;
    features[l] = kd_layer_convolution (layers, smooth, merged, convolution);
    coarser = merged;
  }
}
