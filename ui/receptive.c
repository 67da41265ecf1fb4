/* SPDX-License-Identifier: MIT */
#include "ui/receptive.h"

#include "engine/base/i18n.h"
#include "ui/view.h"

/* The network of a run that gave the features @name; NULL: unknown. */
static const KdDetectorKind *
network_of (const KdPicture *picture, const char *name, int level)
{
  KdMap map;
  const int probe = kd_picture_find (picture, name, level);
  if (kd_picture_info (picture)->path || level >= KD_DETECTOR_LEVELS || probe < 0 ||
      !kd_picture_map (picture, probe, &map))
    return NULL;
  return kd_detector_kind_of_features (map.channels);
}

bool
kd_receptive_find (const KdPicture *picture, int level, double x, double y, KdReceptive *what)
{
  const KdPictureInfo *info = kd_picture_info (picture);
  const int probe = kd_picture_find (picture, KD_ROW_TEACHER, level);
  if (probe < 0 || info->probes[probe].stride <= 0)
    return false;
  const int stride = info->probes[probe].stride;
  *what = (KdReceptive){
    .x = MIN ((int) (x * info->image.width), info->image.width - 1) / stride,
    .y = MIN ((int) (y * info->image.height), info->image.height - 1) / stride,
    .stride = stride,
  };
  what->cell =
      (KdBox){ what->x * stride, what->y * stride, (what->x + 1) * stride, (what->y + 1) * stride };
  const KdDetectorKind *teacher = network_of (picture, KD_ROW_TEACHER, level);
  const KdDetectorKind *student = network_of (picture, KD_ROW_STUDENT, level);
  what->known = teacher && student;
  if (what->known) {
    what->teacher = kd_detector_receptive_box (teacher, level, what->x, what->y);
    what->student = kd_detector_receptive_box (student, level, what->x, what->y);
  }
  return true;
}

char *
kd_receptive_text (const KdPicture *picture, int level, const KdReceptive *what)
{
  const KdPictureInfo *info = kd_picture_info (picture);
  g_autofree char *name = kd_level_name (info->probes, info->n_probes, level);
  g_autofree char *cell = g_strdup_printf (_ ("%s cell %d, %d: %d × %d px"), name, what->x, what->y,
                                           what->stride, what->stride);
  if (!what->known)
    return g_strdup_printf (_ ("%s\nmore is seen: a dump does\nnot hold its network"), cell);
  const double teacher = what->teacher.x2 - what->teacher.x1;
  const double student = what->student.x2 - what->student.x1;
  return g_strdup_printf (_ ("%s\nteacher sees %.0f px wide\nstudent sees %.0f px wide"), cell,
                          teacher, student);
}
