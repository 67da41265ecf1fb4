/* SPDX-License-Identifier: MIT */
#include "engine/session/pass.h"

KdPass *
kd_pass_new (const char *name,
             KdPool *pool,
             KdParams *params,
             const KdDetectorConfig *config,
             KdParamFlags flags,
             int n_images,
             KdNeeds needs)
{
  KdPass *pass = g_new0 (KdPass, 1);
  pass->graph = kd_graph_new (name);
  pass->image = kd_input_bound (pass->graph, "image",
                                kd_shape (n_images, 3, config->image.height, config->image.width));
  kd_detector_build (pass->graph, params, "", config, flags, pass->image, &pass->outputs);

  KdNode *keeps[5 * KD_MAX_LEVELS];
  int n_keeps = 0;
  for (int l = 0; l < pass->outputs.n_levels; l++) {
    if (needs & KD_NEEDS_TEACHER_FEATURE)
      keeps[n_keeps++] = pass->outputs.feature[l];
    if (needs & KD_NEEDS_TEACHER_CLS) {
      keeps[n_keeps++] = pass->outputs.cls[l];
      keeps[n_keeps++] = pass->outputs.clsfeat[l];
    }
    if (needs & KD_NEEDS_TEACHER_REG) {
      keeps[n_keeps++] = pass->outputs.reg[l];
      keeps[n_keeps++] = pass->outputs.regfeat[l];
    }
  }
  const KdCompile what = {
    .keeps = keeps,
    .n_keeps = n_keeps,
    .param_gradients = KD_PARAM_GRADIENTS_NONE,
  };
  kd_graph_compile (pass->graph, pool, &what);
  return pass;
}

void
kd_pass_free (KdPass *pass)
{
  if (!pass)
    return;
  kd_graph_free (pass->graph);
  g_free (pass);
}

bool
kd_pass_run (KdPass *pass, const kd_real *image, const atomic_bool *cancel)
{
  kd_node_bind (pass->image, image);
  return kd_graph_forward (pass->graph, cancel);
}

size_t
kd_pass_bytes (const KdPass *pass)
{
  const KdGraphStats stats = kd_graph_stats (pass->graph);
  return stats.value_bytes + stats.gradient_bytes + stats.workspace_bytes;
}
