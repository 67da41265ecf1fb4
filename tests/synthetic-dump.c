/* SPDX-License-Identifier: MIT */
#include "tests/synthetic-dump.h"

#include <math.h>
#include <string.h>

SyntheticDump
synthetic_dump_default (void)
{
  return (SyntheticDump){
    .n_images = 1,
    .n_levels = 2,
    .image = { 64, 64 },
    .teacher_channels = 6,
    .student_channels = 4,
    .anchors = 3,
    .classes = 3,
    .seed = 7,
  };
}

KdArray *
synthetic_array (const char *name, int rank, const int64_t *dims, uint64_t seed)
{
  KdArray *array = kd_array_new (name, KD_DTYPE_F32, rank, dims);
  KdRandom random = kd_random (seed, kd_hash_string (name));
  for (size_t i = 0; i < kd_array_count (array); i++)
    ((float *) array->data)[i] = (float) kd_random_normal (&random);
  return array;
}

static KdArray *
duplicate (const KdArray *array, const char *name)
{
  KdArray *copy = kd_array_new (name, array->dtype, array->rank, array->dims);
  memcpy (copy->data, array->data, kd_array_count (array) * kd_dtype_size (array->dtype));
  return copy;
}

KdArray *
synthetic_copy (const KdDump *dump, const char *from, const char *to)
{
  return duplicate (kd_arrays_find (dump->arrays, from), to);
}

KdArrays *
synthetic_without (const KdArrays *arrays, const char *name)
{
  KdArrays *rest = kd_arrays_new ();
  for (int i = 0; i < kd_arrays_count (arrays); i++) {
    const KdArray *array = kd_arrays_at (arrays, i);
    if (strcmp (array->name, name))
      kd_arrays_add (rest, duplicate (array, array->name));
  }
  return rest;
}

static void
add_indices (KdArrays *arrays, const char *name, const int *values, int n)
{
  KdArray *array = kd_array_new (name, KD_DTYPE_I64, 1, (int64_t[]){ n });
  for (int i = 0; i < n; i++)
    ((int64_t *) array->data)[i] = values[i];
  kd_arrays_add (arrays, array);
}

static void
add_level (KdArrays *arrays, const SyntheticDump *c, int l)
{
  const int stride = 8 << l, H = c->image.height / stride, W = c->image.width / stride;
  const struct {
    const char *name;
    int channels;
  } maps[] = {
    { "teacher_feat", c->teacher_channels },    { "student_feat", c->student_channels },
    { "teacher_cls", c->anchors * c->classes }, { "student_cls", c->anchors * c->classes },
    { "teacher_reg", c->anchors * 4 },          { "student_reg", c->anchors * 4 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (maps); i++) {
    g_autofree char *name = g_strdup_printf ("%s.%d", maps[i].name, l);
    kd_arrays_add (
        arrays,
        synthetic_array (name, 4, (int64_t[]){ c->n_images, maps[i].channels, H, W }, c->seed));
  }

  g_autofree char *name = g_strdup_printf ("anchors.%d", l);
  KdArray *anchors =
      kd_array_new (name, KD_DTYPE_F32, 2, (int64_t[]){ (int64_t) H * W * c->anchors, 4 });
  float *corner = anchors->data;
  for (int y = 0; y < H; y++)
    for (int x = 0; x < W; x++)
      for (int a = 0; a < c->anchors; a++, corner += 4) {
        const double half = stride * pow (2, a / 3.0);
        corner[0] = (float) ((x + 0.5) * stride - half);
        corner[1] = (float) ((y + 0.5) * stride - half);
        corner[2] = (float) ((x + 0.5) * stride + half);
        corner[3] = (float) ((y + 0.5) * stride + half);
      }
  kd_arrays_add (arrays, anchors);
}

static void
add_proposals (KdArrays *arrays, const SyntheticDump *c)
{
  const int P = c->n_proposals;
  KdArray *boxes = kd_array_new ("proposals", KD_DTYPE_F32, 2, (int64_t[]){ P, 4 });
  g_autofree int *images = g_new (int, P);
  KdRandom random = kd_random (c->seed, kd_hash_string ("proposals"));
  for (int i = 0; i < P; i++) {
    float *corner = (float *) boxes->data + (size_t) i * 4;
    corner[0] = (float) kd_random_uniform (&random, 0, c->image.width - 8);
    corner[1] = (float) kd_random_uniform (&random, 0, c->image.height - 8);
    corner[2] = (float) kd_random_uniform (&random, (double) corner[0] + 4, c->image.width);
    corner[3] = (float) kd_random_uniform (&random, (double) corner[1] + 4, c->image.height);
    images[i] = i % c->n_images;
  }
  kd_arrays_add (arrays, boxes);
  add_indices (arrays, "proposal_image", images, P);
  const int64_t cls[] = { P, c->classes + 1 }, reg[] = { P, 4 };
  kd_arrays_add (arrays, synthetic_array ("teacher_roi_cls", 2, cls, c->seed));
  kd_arrays_add (arrays, synthetic_array ("student_roi_cls", 2, cls, c->seed));
  kd_arrays_add (arrays, synthetic_array ("teacher_roi_reg", 2, reg, c->seed));
  kd_arrays_add (arrays, synthetic_array ("student_roi_reg", 2, reg, c->seed));
}

KdDump *
synthetic_dump_new (const SyntheticDump *c)
{
  KdDump *dump = g_new0 (KdDump, 1);
  dump->path = g_strdup ("made in memory");
  dump->arrays = kd_arrays_new ();
  dump->n_images = c->n_images;
  dump->n_levels = c->n_levels;
  dump->image = c->image;
  dump->n_truths = c->n_boxes;
  dump->n_anchors = c->anchors;
  dump->n_classes = c->classes;
  dump->two_stage = c->n_proposals > 0;
  for (int l = 0; l < c->n_levels; l++) {
    dump->strides[l] = 8 << l;
    add_level (dump->arrays, c, l);
  }
  add_indices (dump->arrays, "image_size", (int[]){ c->image.height, c->image.width }, 2);
  add_indices (dump->arrays, "strides", dump->strides, c->n_levels);

  KdArray *boxes = kd_array_new ("gt_boxes", KD_DTYPE_F32, 2, (int64_t[]){ c->n_boxes, 4 });
  g_autofree int *labels = g_new0 (int, c->n_boxes + 1);
  for (int i = 0; i < c->n_boxes; i++) {
    memcpy ((float *) boxes->data + (size_t) i * 4, c->boxes[i], sizeof c->boxes[i]);
    labels[i] = i % c->classes;
  }
  kd_arrays_add (dump->arrays, boxes);
  add_indices (dump->arrays, "gt_labels", labels, c->n_boxes);
  g_autofree int *first_image = g_new0 (int, c->n_boxes + 1);
  add_indices (dump->arrays, "gt_image", c->box_images ? c->box_images : first_image, c->n_boxes);
  if (c->n_proposals)
    add_proposals (dump->arrays, c);
  return dump;
}

void
synthetic_dump_free (KdDump *dump)
{
  kd_arrays_free (dump->arrays);
  g_free (dump->path);
  g_free (dump);
}
