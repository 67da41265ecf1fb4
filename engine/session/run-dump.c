/* SPDX-License-Identifier: MIT */

/* A run's student and its teacher on held-out scenes, written as a feature dump: what people make of their own models. */
#include "engine/base/i18n.h"
#include "engine/session/inputs.h"
#include "engine/session/pass.h"
#include "engine/session/resource.h"
#include "engine/session/session-private.h"
#include "engine/session/weights.h"

#include <string.h>

typedef struct {
  KdSavedConfig *saved;
  KdSceneConfig scenes;
  int n_images;
  KdPool *pool;
  KdInputs *inputs;
  uint8_t *rgb; /* [N,H,W,3] */
  KdSceneTruth *truths;
  KdArrays *arrays;
} Writer;

static void
clear_writer (Writer *writer)
{
  kd_saved_config_free (writer->saved);
  kd_inputs_free (writer->inputs);
  g_clear_pointer (&writer->pool, kd_pool_free);
  g_free (writer->rgb);
  g_free (writer->truths);
  g_clear_pointer (&writer->arrays, kd_arrays_free);
}

static void
draw_scenes (Writer *writer, uint64_t first)
{
  const KdSize size = writer->scenes.size;
  const size_t bytes = (size_t) size.height * (size_t) size.width * 3;
  KdScenes *scenes = kd_scenes_new (&writer->scenes, KD_HELD_OUT_SEED);
  writer->rgb = g_new (uint8_t, bytes * (size_t) writer->n_images);
  writer->truths = g_new0 (KdSceneTruth, writer->n_images);
  for (int i = 0; i < writer->n_images; i++)
    kd_scenes_draw (scenes, KD_SPLIT_HELD_OUT, first + (uint64_t) i,
                    writer->rgb + (size_t) i * bytes, &writer->truths[i]);
  kd_scenes_free (scenes);
  writer->inputs = kd_inputs_new (writer->n_images, size);
  kd_inputs_fill (writer->inputs, writer->pool, writer->rgb, NULL);
}

/* "teacher_feat.0" and the like of every level. */
static void
put_maps (Writer *writer, const char *side, const char *what, KdNode *const *levels, int n_levels)
{
  for (int l = 0; l < n_levels; l++) {
    g_autofree char *name = g_strdup_printf ("%s_%s.%d", side, what, l);
    kd_arrays_add (writer->arrays, kd_array_from_values (name, kd_node_shape (levels[l]),
                                                         KD_AXES_NCHW, kd_node_value (levels[l])));
  }
}

/* The network of a checkpoint on all images at once. */
static bool
put_side (Writer *writer, const char *side, const char *checkpoint, GError **error)
{
  KdDetectorConfig config;
  if (!kd_weights_read_config (checkpoint, &config, error))
    return false;
  config.image = writer->scenes.size;
  g_autoptr (KdArrays) weights = kd_arrays_load (checkpoint, error);
  if (!weights)
    return false;
  KdParams *params = kd_params_new ();
  KdPass *pass = kd_pass_new ("dump", writer->pool, params, &config, KD_PARAM_DEFAULT,
                              writer->n_images, KD_NEEDS_OF_TEACHER);
  const bool ok = kd_weights_from_arrays (params, KD_WEIGHTS_VALUE, weights, checkpoint, error) &&
                  kd_pass_run (pass, writer->inputs->image, NULL);
  if (ok) {
    const KdDetectorOutputs *out = &pass->outputs;
    put_maps (writer, side, "feat", out->feature, out->n_levels);
    put_maps (writer, side, "cls", out->cls, out->n_levels);
    put_maps (writer, side, "reg", out->reg, out->n_levels);
    put_maps (writer, side, "clsfeat", out->clsfeat, out->n_levels);
    put_maps (writer, side, "regfeat", out->regfeat, out->n_levels);
  }
  kd_pass_free (pass);
  kd_params_free (params);
  return ok;
}

static KdArray *
put_new (Writer *writer, const char *name, KdDType dtype, int rank, const int64_t *dims)
{
  KdArray *array = kd_array_new (name, dtype, rank, dims);
  kd_arrays_add (writer->arrays, array);
  return array;
}

static void
put_truths (Writer *writer)
{
  int64_t n = 0;
  for (int i = 0; i < writer->n_images; i++)
    n += writer->truths[i].n_objects;
  float *boxes = put_new (writer, "gt_boxes", KD_DTYPE_F32, 2, (int64_t[]){ n, 4 })->data;
  int32_t *labels = put_new (writer, "gt_labels", KD_DTYPE_I32, 1, &n)->data;
  int32_t *images = put_new (writer, "gt_image", KD_DTYPE_I32, 1, &n)->data;
  for (int i = 0; i < writer->n_images; i++)
    for (int k = 0; k < writer->truths[i].n_objects; k++) {
      const KdDetection *truth = &writer->truths[i].objects[k];
      const double corners[] = { truth->box.x1, truth->box.y1, truth->box.x2, truth->box.y2 };
      for (int c = 0; c < 4; c++)
        *boxes++ = (float) corners[c];
      *labels++ = truth->label;
      *images++ = i;
    }
}

static void
put_images (Writer *writer)
{
  const KdSize size = writer->scenes.size;
  const int64_t dims[] = { writer->n_images, size.height, size.width, 3 };
  KdArray *image = put_new (writer, "image", KD_DTYPE_U8, 4, dims);
  memcpy (image->data, writer->rgb, kd_array_count (image));
  const int64_t n_levels = KD_DETECTOR_LEVELS;
  int32_t *strides = put_new (writer, "strides", KD_DTYPE_I32, 1, &n_levels)->data;
  for (int l = 0; l < KD_DETECTOR_LEVELS; l++)
    strides[l] = kd_detector_strides[l];
  GString *names = g_string_new (NULL);
  for (int i = 0; i < KD_SCENE_CLASSES; i++)
    g_string_append_printf (names, "%s%s", i ? "\n" : "", kd_scene_class_names[i]);
  const int64_t length = (int64_t) names->len;
  memcpy (put_new (writer, "class_names", KD_DTYPE_U8, 1, &length)->data, names->str, names->len);
  g_string_free (names, TRUE);
}

static void
put_anchors (Writer *writer, const KdDetectorConfig *config)
{
  g_autofree KdBox *anchors = g_new (KdBox, kd_anchor_count (config));
  kd_anchors_make (config, anchors);
  const KdBox *next = anchors;
  for (int l = 0; l < KD_DETECTOR_LEVELS; l++) {
    const int stride = kd_detector_strides[l];
    const int64_t n = (int64_t) (config->image.height / stride) * (config->image.width / stride) *
                      config->anchors;
    g_autofree char *name = g_strdup_printf ("anchors.%d", l);
    float *values = put_new (writer, name, KD_DTYPE_F32, 2, (int64_t[]){ n, 4 })->data;
    for (int64_t i = 0; i < n; i++, next++) {
      const double corners[] = { next->x1, next->y1, next->x2, next->y2 };
      for (int c = 0; c < 4; c++)
        *values++ = (float) corners[c];
    }
  }
}

/* Adapters and the like of the run's method, so that a dump shows trained ones. */
static void
put_method_params (Writer *writer, const KdArrays *weights)
{
  for (int i = 0; i < kd_arrays_count (weights); i++) {
    const KdArray *from = kd_arrays_at (weights, i);
    if (!g_str_has_prefix (from->name, "param."))
      continue;
    KdArray *array = put_new (writer, from->name, from->dtype, from->rank, from->dims);
    memcpy (array->data, from->data, kd_array_count (from) * kd_dtype_size (from->dtype));
  }
}

static bool
put_networks (Writer *writer, const char *folder, GError **error)
{
  const KdConfig *config = kd_saved_config_get (writer->saved);
  g_autofree char *student = kd_checkpoint_find (folder, error);
  g_autofree char *teacher = NULL;
  if (!student || !kd_session_find_teacher (config, &teacher, error))
    return false;
  if (!teacher) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 _ ("%s: was trained without a teacher, whose features a dump needs"), folder);
    return false;
  }
  KdDetectorConfig shape;
  g_autoptr (KdArrays) weights = kd_arrays_load (student, error);
  if (!weights || !kd_weights_read_config (student, &shape, error) ||
      !put_side (writer, "teacher", teacher, error) ||
      !put_side (writer, "student", student, error))
    return false;
  shape.image = writer->scenes.size;
  put_anchors (writer, &shape);
  put_method_params (writer, weights);
  return true;
}

bool
kd_run_write_dump (
    const char *folder, uint64_t first, int n_images, const char *path, int threads, GError **error)
{
  g_return_val_if_fail (n_images > 0, false);
  Writer writer = { .n_images = n_images };
  bool ok = kd_blas_init (error) && (writer.saved = kd_config_load (folder, error));
  if (ok && kd_saved_config_get (writer.saved)->n_runs != 1) {
    kd_config_refuse_session (kd_saved_config_get (writer.saved), folder, error);
    ok = false;
  }
  if (ok) {
    writer.scenes = kd_saved_config_get (writer.saved)->scenes;
    writer.pool = kd_pool_new (threads > 0 ? threads : (int) g_get_num_processors ());
    writer.arrays = kd_arrays_new ();
    draw_scenes (&writer, first);
    put_images (&writer);
    put_truths (&writer);
    ok = put_networks (&writer, folder, error) && kd_arrays_save (writer.arrays, path, NULL, error);
  }
  clear_writer (&writer);
  return ok;
}

char *
kd_example_find (GError **error)
{
  return kd_resource_find ("examples/example.npz", _ ("make one with kdscope-cli dump"), error);
}
