/* SPDX-License-Identifier: MIT */
#include "engine/session/teacher.h"

#include "engine/base/i18n.h"
#include "engine/session/resource.h"
#include "engine/session/weights.h"

#include <string.h>

#define FILE_NAME "teacher.safetensors"

char *
kd_teacher_find (GError **error)
{
  return kd_resource_find ("teachers/" FILE_NAME,
                           _ ("name one with --teacher or train one with kdscope-cli teacher"),
                           error);
}

/* As `git hash-object` names a file. */
char *
kd_teacher_content_id (const char *path, GError **error)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, NULL);
  if (!file) {
    g_set_error (error, KD_ERROR, KD_ERROR_FILE, _ ("%s: cannot be read"), path);
    return NULL;
  }
  const gsize size = g_mapped_file_get_length (file);
  char header[64];
  const int length = g_snprintf (header, sizeof header, "blob %" G_GSIZE_FORMAT, size);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA1);
  g_checksum_update (checksum, (const guchar *) header, length + 1);
  g_checksum_update (checksum, (const guchar *) g_mapped_file_get_contents (file), (gssize) size);
  return g_strdup (g_checksum_get_string (checksum));
}

/* All outputs; also declares the parameters. */
static KdPass *
pass_of_one (KdTeacher *teacher, KdPool *pool)
{
  return kd_pass_new ("teacher.pinned", pool, teacher->params, &teacher->config, KD_PARAM_FROZEN, 1,
                      KD_NEEDS_OF_TEACHER);
}

static void
make_inputs (KdGraph *g, const char *array, KdNode *const *like, KdNode **inputs, int n_levels)
{
  for (int l = 0; l < n_levels; l++) {
    g_autofree char *name = g_strdup_printf ("%s.%d", array, l);
    inputs[l] = kd_input (g, name, kd_node_shape (like[l]), KD_TYPE_REAL);
  }
}

static void
make_answer (KdTeacher *teacher, const KdDetectorOutputs *like)
{
  KdGraph *g = teacher->answer_graph = kd_graph_new ("teacher.answer");
  KdDetectorOutputs *answer = &teacher->answer;
  const int n_levels = answer->n_levels = like->n_levels;
  make_inputs (g, "teacher_feat", like->feature, answer->feature, n_levels);
  make_inputs (g, "teacher_cls", like->cls, answer->cls, n_levels);
  make_inputs (g, "teacher_reg", like->reg, answer->reg, n_levels);
  make_inputs (g, "teacher_clsfeat", like->clsfeat, answer->clsfeat, n_levels);
  make_inputs (g, "teacher_regfeat", like->regfeat, answer->regfeat, n_levels);
}

static void
copy_values (KdNode *const *from, KdNode *const *to, int n_levels)
{
  for (int l = 0; l < n_levels; l++)
    memcpy (kd_node_value (to[l]), kd_node_value (from[l]),
            kd_shape_count (kd_node_shape (to[l])) * sizeof (kd_real));
}

void
kd_teacher_ask (KdTeacher *teacher, KdPool *pool, const kd_real *image)
{
  KdPass *pass = pass_of_one (teacher, pool);
  const KdDetectorOutputs *out = &pass->outputs, *answer = &teacher->answer;
  kd_pass_run (pass, image, NULL);
  copy_values (out->feature, answer->feature, answer->n_levels);
  copy_values (out->cls, answer->cls, answer->n_levels);
  copy_values (out->reg, answer->reg, answer->n_levels);
  copy_values (out->clsfeat, answer->clsfeat, answer->n_levels);
  copy_values (out->regfeat, answer->regfeat, answer->n_levels);
  kd_pass_free (pass);
}

static KdTeacher *
teacher_new (const KdDetectorConfig *config, KdPool *pool)
{
  KdTeacher *teacher = g_new0 (KdTeacher, 1);
  teacher->config = *config;
  teacher->params = kd_params_new ();
  KdPass *pass = pass_of_one (teacher, pool);
  make_answer (teacher, &pass->outputs);
  kd_pass_free (pass);
  return teacher;
}

KdTeacher *
kd_teacher_load (const char *path, const KdDetectorConfig *config, KdPool *pool, GError **error)
{
  KdDetectorConfig own;
  if (!kd_weights_read_config (path, &own, error))
    return NULL;
  if (own.classes != config->classes || own.anchors != config->anchors) {
    g_set_error (error, KD_ERROR, KD_ERROR_SCHEMA,
                 _ ("%s: expected a detector of %d classes and %d anchors, found %d and %d"), path,
                 config->classes, config->anchors, own.classes, own.anchors);
    return NULL;
  }
  own.image = config->image;
  g_autofree char *id = kd_teacher_content_id (path, error);
  if (!id)
    return NULL;
  g_autoptr (KdArrays) arrays = kd_arrays_load (path, error);
  if (!arrays)
    return NULL;
  KdTeacher *teacher = teacher_new (&own, pool);
  teacher->id = g_steal_pointer (&id);
  if (!kd_weights_from_arrays (teacher->params, KD_WEIGHTS_VALUE, arrays, path, error)) {
    kd_teacher_free (teacher);
    return NULL;
  }
  return teacher;
}

KdTeacher *
kd_teacher_new_untrained (const KdDetectorConfig *config, KdPool *pool)
{
  KdTeacher *teacher = teacher_new (config, pool);
  teacher->id = g_strdup ("untrained");
  kd_params_init (teacher->params, 0);
  return teacher;
}

void
kd_teacher_free (KdTeacher *teacher)
{
  if (!teacher)
    return;
  kd_pass_free (teacher->batch);
  if (teacher->answer_graph)
    kd_graph_free (teacher->answer_graph);
  kd_params_free (teacher->params);
  g_free (teacher->id);
  g_free (teacher);
}

void
kd_teacher_build_batch (KdTeacher *teacher, KdPool *pool, int n_images, KdNeeds needs)
{
  g_clear_pointer (&teacher->batch, kd_pass_free);
  if (needs & KD_NEEDS_OF_TEACHER)
    teacher->batch = kd_pass_new ("teacher", pool, teacher->params, &teacher->config,
                                  KD_PARAM_FROZEN, n_images, needs);
}

KdNode *
kd_teacher_bind (KdGraph *g, const char *array, int level, KdNode *source)
{
  g_autofree char *name = g_strdup_printf ("%s.%d", array, level);
  KdNode *node = kd_input_bound (g, name, kd_node_shape (source));
  kd_node_bind (node, kd_node_value (source));
  return node;
}
