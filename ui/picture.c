/* SPDX-License-Identifier: MIT */
#include "ui/picture.h"

#include "engine/base/i18n.h"

#include <math.h>
#include <string.h>

struct _KdPicture {
  KdPictureInfo info;
  KdPictureMap map;
  void *data;
  GDestroyNotify free_data;
};

KdPicture *
kd_picture_new (const KdPictureInfo *info, KdPictureMap map, void *data, GDestroyNotify free_data)
{
  KdPicture *picture = g_atomic_rc_box_new (KdPicture);
  *picture = (KdPicture){ *info, map, data, free_data };
  return picture;
}

KdPicture *
kd_picture_ref (KdPicture *picture)
{
  return g_atomic_rc_box_acquire (picture);
}

static void
clear (gpointer data)
{
  KdPicture *picture = data;
  if (picture->free_data)
    picture->free_data (picture->data);
}

void
kd_picture_unref (KdPicture *picture)
{
  if (picture)
    g_atomic_rc_box_release_full (picture, clear);
}

const KdPictureInfo *
kd_picture_info (const KdPicture *picture)
{
  return &picture->info;
}

bool
kd_picture_map (const KdPicture *picture, int index, KdMap *map)
{
  g_return_val_if_fail (index >= 0 && index < picture->info.n_probes, false);
  return picture->map (picture->data, index, map);
}

int
kd_picture_find (const KdPicture *picture, const char *name, int level)
{
  const KdPictureInfo *info = &picture->info;
  for (int i = 0; i < info->n_probes; i++) {
    const KdProbeInfo *probe = &info->probes[i];
    if ((probe->run == info->run || probe->run == -1) && probe->level == level &&
        !strcmp (probe->name, name))
      return i;
  }
  return -1;
}

int
kd_picture_truth_row (const KdPicture *picture, int truth)
{
  const int *rows = picture->info.truth_rows;
  return rows ? rows[truth] : truth;
}

char *
kd_picture_title (const KdPicture *picture)
{
  const KdPictureInfo *info = &picture->info;
  if (!info->path)
    return g_strdup_printf ("%s: run %s, step %" G_GINT64_FORMAT
                            ", held-out scene %" G_GUINT64_FORMAT,
                            info->method->title, info->run_id, info->step, info->image_index);
  g_autofree char *name = g_path_get_basename (info->path);
  return g_strdup_printf ("%s: %s, image %" G_GUINT64_FORMAT " of %d", info->method->title, name,
                          info->image_index + 1, info->n_images);
}

const char *
kd_picture_remark (const KdPicture *picture)
{
  return picture->info.path ? picture->info.note
                            : _ ("this image alone: terms that are normalised over a batch differ "
                                 "from the curves");
}

char *
kd_level_name (const KdProbeInfo *probes, int n_probes, int level)
{
  for (int i = 0; i < n_probes; i++) {
    if (probes[i].level == level && probes[i].stride > 0)
      return g_strdup_printf ("P%d", (int) lround (log2 (probes[i].stride)));
  }
  return g_strdup_printf ("level %d", level);
}

int
kd_level_find (const KdProbeInfo *probes, int n_probes, const char *name)
{
  for (int i = 0; i < n_probes; i++) {
    g_autofree char *level = kd_level_name (probes, n_probes, probes[i].level);
    g_autofree char *number = g_strdup_printf ("%d", probes[i].level);
    if (probes[i].level >= 0 && (!strcmp (level, name) || !strcmp (number, name)))
      return probes[i].level;
  }
  return -1;
}

/* ---- of a snapshot ---------------------------------------------------------------------------------- */

/* What all snapshots say in the same way; the probes are the caller's. */
static KdPictureInfo
describe (const KdSnapshot *snapshot, int run)
{
  KdPictureInfo info = {
    .run = run,
    .step = kd_snapshot_step (snapshot),
    .class_names = kd_scene_class_names,
    .n_classes = KD_SCENE_CLASSES,
    .image_index = kd_snapshot_image (snapshot),
  };
  info.rgb = kd_snapshot_rgb (snapshot, &info.image);
  info.truths = kd_snapshot_truths (snapshot, &info.n_truths);
  info.teacher = kd_snapshot_detections (snapshot, -1, &info.n_teacher);
  info.student = kd_snapshot_detections (snapshot, run, &info.n_student);
  info.n_terms = kd_snapshot_terms (snapshot, run, &info.terms);
  info.total = kd_snapshot_total (snapshot, run, &info.placeless);
  return info;
}

static bool
snapshot_map (const void *data, int index, KdMap *map)
{
  return kd_snapshot_map (data, index, map);
}

KdPicture *
kd_picture_of_snapshot (KdSession *session, KdSnapshot *snapshot, int run)
{
  KdPictureInfo info = describe (snapshot, run);
  info.method = kd_session_run_method (session, run);
  info.run_id = kd_session_run_id (session, run);
  info.probes = kd_session_probes (session, &info.n_probes);
  return kd_picture_new (&info, snapshot_map, kd_snapshot_ref (snapshot),
                         (GDestroyNotify) kd_snapshot_unref);
}

static bool
run_map (const void *data, int index, KdMap *map)
{
  const KdRunPictures *run = data;
  return kd_snapshot_map (run->snapshot, run->probes[index].id, map);
}

KdPicture *
kd_picture_of_run (const KdRunPictures *run)
{
  KdPictureInfo info = describe (run->snapshot, 0);
  info.method = run->method;
  info.run_id = run->run;
  info.probes = run->probes;
  info.n_probes = run->n_probes;
  return kd_picture_new (&info, run_map, (void *) run, NULL);
}

/* ---- of a dump ----------------------------------------------------------------------------------------- */

/* An inspection, one image of its batch, and what has no place of its own in either. */
typedef struct {
  const KdInspection *inspection;
  int image;
  GArray *truths; /* KdDetection */
  GArray *rows;   /* int: of each in the dump's gt_boxes */
  GArray *terms;  /* KdTermStatus */
} Inspected;

static GArray *
truths_of (const KdDump *dump, int image, GArray *rows)
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
    const int row = (int) g;
    if (!finite)
      continue;
    g_array_append_val (truths, truth);
    g_array_append_val (rows, row);
  }
  return truths;
}

static GArray *
terms_of (const KdInspection *inspection, double *total)
{
  static const char prefix[] = "loss.";
  GArray *terms = g_array_new (FALSE, FALSE, sizeof (KdTermStatus));
  for (int i = 0; i < kd_arrays_count (inspection->outputs); i++) {
    const KdArray *array = kd_arrays_at (inspection->outputs, i);
    if (!g_str_has_prefix (array->name, prefix))
      continue;
    const KdTermStatus term = {
      .id = array->name + strlen (prefix),
      .value = kd_array_get (array, 0),
      .gradient_norm = NAN,
      .task_ratio = NAN,
    };
    if (!strcmp (term.id, "total"))
      *total = term.value;
    else
      g_array_append_val (terms, term);
  }
  return terms;
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

static bool
inspection_map (const void *data, int index, KdMap *map)
{
  const Inspected *inspected = data;
  return kd_inspection_map (inspected->inspection, index, inspected->image, map);
}

static void
free_inspected (gpointer data)
{
  Inspected *inspected = data;
  g_array_unref (inspected->truths);
  g_array_unref (inspected->rows);
  g_array_unref (inspected->terms);
  g_free (inspected);
}

KdPicture *
kd_picture_of_inspection (const KdDump *dump,
                          const KdMethod *method,
                          const KdInspection *inspection,
                          int image)
{
  Inspected *inspected = g_new0 (Inspected, 1);
  inspected->inspection = inspection;
  inspected->image = image;
  inspected->rows = g_array_new (FALSE, FALSE, sizeof (int));
  inspected->truths = truths_of (dump, image, inspected->rows);
  KdPictureInfo info = {
    .method = method,
    .path = dump->path,
    .step = -1,
    .probes = inspection->probes,
    .n_probes = inspection->n_probes,
    .class_names = (const char *const *) dump->class_names,
    .n_classes = dump->class_names ? (int) g_strv_length (dump->class_names) : 0,
    .rgb = photo_of (dump, image),
    .image = dump->image,
    .image_index = (uint64_t) image,
    .n_images = dump->n_images,
    .truths = (const KdDetection *) (void *) inspected->truths->data,
    .n_truths = (int) inspected->truths->len,
    .truth_rows = (const int *) (void *) inspected->rows->data,
    .placeless = inspection->placeless,
    .note = inspection->note,
  };
  inspected->terms = terms_of (inspection, &info.total);
  info.terms = (const KdTermStatus *) (void *) inspected->terms->data;
  info.n_terms = (int) inspected->terms->len;
  return kd_picture_new (&info, inspection_map, inspected, free_inspected);
}
