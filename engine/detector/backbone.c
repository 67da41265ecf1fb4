/* SPDX-License-Identifier: MIT */
#include "engine/detector/layers.h"

/* Two 3x3 convolutions and a skip connection, a 1x1 projection where the shape changes (ResNet's basic block). */
static KdNode *
build_block (const KdLayers *layers, const char *name, KdNode *x, int channels, int stride)
{
  g_autofree char *conv1 = g_strdup_printf ("%s.conv1", name);
  g_autofree char *norm1 = g_strdup_printf ("%s.norm1", name);
  g_autofree char *conv2 = g_strdup_printf ("%s.conv2", name);
  g_autofree char *norm2 = g_strdup_printf ("%s.norm2", name);
  g_autofree char *proj = g_strdup_printf ("%s.proj", name);
  g_autofree char *proj_norm = g_strdup_printf ("%s.proj_norm", name);

  KdNode *y = kd_layer_convolution (
      layers, conv1, x, (KdConvolution){ .channels = channels, .kernel = 3, .stride = stride });
  y = kd_layer_norm_relu (layers, norm1, y, NULL, true);
  y = kd_layer_convolution (layers, conv2, y,
                            (KdConvolution){ .channels = channels, .kernel = 3, .stride = 1 });

  KdNode *skip = x;
  if (stride != 1 || kd_node_shape (x).c != channels) {
    skip = kd_layer_convolution (
        layers, proj, x, (KdConvolution){ .channels = channels, .kernel = 1, .stride = stride });
    skip = kd_layer_norm_relu (layers, proj_norm, skip, NULL, false);
  }
  return kd_layer_norm_relu (layers, norm2, y, skip, true);
}

void
kd_backbone_build (const KdLayers *layers,
                   const KdDetectorKind *kind,
                   KdNode *image,
                   KdNode *stages[KD_DETECTOR_LEVELS])
{
  KdNode *x = kd_layer_convolution (
      layers, "stem", image,
      (KdConvolution){ .channels = kind->widths[0], .kernel = 3, .stride = 2 });
  x = kd_layer_norm_relu (layers, "stem_norm", x, NULL, true);
  for (int s = 0; s < 4; s++) {
    for (int b = 0; b < kind->blocks[s]; b++) {
      g_autofree char *name = g_strdup_printf ("stage%d.%d", s + 1, b);
      x = build_block (layers, name, x, kind->widths[s], b == 0 ? 2 : 1);
    }
    if (s > 0)
      stages[s - 1] = x;
  }
}
