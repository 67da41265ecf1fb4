/* SPDX-License-Identifier: MIT */
#include "engine/detector/detector.h"
#include "engine/detector/layers.h"

// clang-format off
static const KdDetectorKind kinds[] = {
  { "teacher", "Teacher", { 32, 64, 128, 256 }, { 2, 2, 2, 2 }, .fpn = 64, .towers = 2 },
  { "small",   "Small",   { 16, 32,  64, 128 }, { 1, 1, 1, 1 }, .fpn = 32, .towers = 2 },
  { "tiny",    "Tiny",    {  8, 16,  32,  64 }, { 1, 1, 1, 1 }, .fpn = 16, .towers = 2 },
};
// clang-format on

const KdDetectorKind *
kd_detector_kinds (int *n_kinds)
{
  *n_kinds = G_N_ELEMENTS (kinds);
  return kinds;
}

const KdDetectorKind *
kd_detector_kind_find (const char *id)
{
  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i].id, id))
      return &kinds[i];
  return NULL;
}

void
kd_detector_build (KdGraph *g,
                   KdParams *params,
                   const char *prefix,
                   const KdDetectorConfig *config,
                   KdParamFlags flags,
                   KdNode *image,
                   KdDetectorOutputs *out)
{
  const KdShape shape = kd_node_shape (image);
  g_assert (shape.c == 3 && shape.h == config->image.height && shape.w == config->image.width);
  g_assert (shape.h % 32 == 0 && shape.w % 32 == 0);

  g_autofree char *outer = g_strdup (kd_graph_prefix (g));
  kd_graph_set_prefix (g, prefix);
  const KdLayers layers = { g, params, flags };
  KdNode *stages[KD_DETECTOR_LEVELS];
  kd_backbone_build (&layers, config->kind, image, stages);
  *out = (KdDetectorOutputs){ .n_levels = KD_DETECTOR_LEVELS };
  kd_neck_build (&layers, config->kind, stages, out->feature);
  kd_head_build (&layers, config, out);
  kd_graph_set_prefix (g, outer);
}

void
kd_detector_build_head (KdGraph *g,
                        KdParams *params,
                        const char *prefix,
                        const KdDetectorConfig *config,
                        KdParamFlags flags,
                        KdNode *const *features,
                        int n_levels,
                        KdDetectorOutputs *out)
{
  g_assert (n_levels >= 1 && n_levels <= KD_MAX_LEVELS);
  g_autofree char *outer = g_strdup (kd_graph_prefix (g));
  kd_graph_set_prefix (g, prefix);
  const KdLayers layers = { g, params, flags };
  *out = (KdDetectorOutputs){ .n_levels = n_levels };
  for (int l = 0; l < n_levels; l++)
    out->feature[l] = features[l];
  kd_head_build (&layers, config, out);
  kd_graph_set_prefix (g, outer);
}
