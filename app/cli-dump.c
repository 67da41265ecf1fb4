/* SPDX-License-Identifier: MIT */
#include "app/cli-dump.h"

#include "app/cli.h"
#include "ui/wall-picture.h"

#include <math.h>
#include <string.h>

/* "alpha=0.002", or as train has it, "fgd.alpha=0.002". */
static bool
set_knob (KdKnobs *knobs, const char *text, GError **error)
{
  const char *method = kd_knobs_method (knobs)->id;
  if (g_str_has_prefix (text, method) && text[strlen (method)] == '.')
    text += strlen (method) + 1;
  const char *equals = strchr (text, '=');
  if (!equals) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, "--set: expected name=value, found \"%s\"",
                 text);
    return false;
  }
  g_autofree char *id = g_strndup (text, (gsize) (equals - text));
  return kd_knobs_set (knobs, id, equals + 1, error);
}

KdKnobs *
cli_dump_knobs (const char *method_id, const char *preset, const char *const *sets, GError **error)
{
  const KdMethod *method = kd_method_choose (method_id, error);
  KdKnobs *knobs = method ? kd_knobs_new (method, preset, error) : NULL;
  if (!knobs)
    return NULL;
  /* A preset's scale balances a training; a dump shows the method's own numbers. */
  bool ok =
      kd_knobs_set (knobs, "run.scale", "1", error) && kd_knobs_set (knobs, "run.ramp", "0", error);
  for (int i = 0; ok && sets && sets[i]; i++)
    ok = set_knob (knobs, sets[i], error);
  if (!ok)
    g_clear_pointer (&knobs, kd_knobs_free);
  return knobs;
}

/* ---- walls ------------------------------------------------------------------------------------------ */

typedef struct {
  const KdInspection *inspection;
  int image;
} Picked;

static bool
read_map (const void *data, int index, KdMap *map)
{
  const Picked *picked = data;
  return kd_inspection_map (picked->inspection, index, picked->image, map);
}

/* The ground truth of one image of the batch: KdDetection. */
static GArray *
truths_of (const KdDump *dump, int image)
{
  GArray *truths = g_array_new (FALSE, FALSE, sizeof (KdDetection));
  const KdArray *boxes = kd_arrays_find (dump->arrays, "gt_boxes");
  const KdArray *labels = kd_arrays_find (dump->arrays, "gt_labels");
  const KdArray *images = kd_arrays_find (dump->arrays, "gt_image");
  for (size_t g = 0; boxes && images && g < (size_t) boxes->dims[0]; g++) {
    double at[4];
    bool finite = (int) kd_array_get (images, g) == image;
    for (size_t i = 0; i < 4; i++) {
      at[i] = kd_array_get (boxes, 4 * g + i);
      finite = finite && isfinite (at[i]);
    }
    const KdDetection truth = {
      .box = { at[0], at[1], at[2], at[3] },
      .label = labels ? (int) kd_array_get (labels, g) : 0,
      .score = 1,
    };
    if (finite)
      g_array_append_val (truths, truth);
  }
  return truths;
}

static const uint8_t *
photo_of (const KdDump *dump, int image)
{
  const KdArray *photo = kd_arrays_find (dump->arrays, "image");
  if (!photo || photo->dtype != KD_DTYPE_U8 || photo->rank != 4)
    return NULL;
  const size_t bytes = (size_t) (photo->dims[1] * photo->dims[2] * photo->dims[3]);
  return (const uint8_t *) photo->data + (size_t) image * bytes;
}

bool
cli_dump_write_wall (const KdDump *dump,
                     const KdMethod *method,
                     const KdInspection *inspection,
                     int image,
                     const char *path,
                     GError **error)
{
  const Picked picked = { inspection, image };
  g_autofree char *name = g_path_get_basename (dump->path);
  g_autofree char *title =
      g_strdup_printf ("%s: %s, image %d of %d", method->title, name, image + 1, dump->n_images);
  g_autoptr (GArray) truths = truths_of (dump, image);
  const KdWallSource source = {
    .method = method,
    .probes = inspection->probes,
    .n_probes = inspection->n_probes,
    .map = read_map,
    .data = &picked,
    .title = title,
    .subtitle = inspection->note,
    .rgb = photo_of (dump, image),
    .image = dump->image,
    .truths = (const KdDetection *) (void *) truths->data,
    .n_truths = (int) truths->len,
  };
  KdWallPicture *picture = kd_wall_picture_new (&source);
  const bool ok = kd_wall_picture_export (picture, path, error);
  kd_wall_picture_free (picture);
  return ok;
}
