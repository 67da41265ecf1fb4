/* SPDX-License-Identifier: MIT */
#include "engine/session/session.h"
#include "engine/session/student.h"

#include <string.h>

/* Nothing depends on the image's size but the work, so a small one. */
#define SIDE_PX 64

static size_t
count_named (const KdParams *params, const char *prefix)
{
  size_t count = 0;
  for (int i = 0; i < kd_params_count (params); i++) {
    const KdParam *param = kd_params_at (params, i);
    const bool of_method = g_str_has_prefix (param->name, "param.");
    const bool counts =
        prefix ? of_method && g_str_has_prefix (param->name + strlen ("param."), prefix)
               : !of_method;
    if (counts)
      count += kd_shape_count (param->shape);
  }
  return count;
}

bool
kd_parts_count (const KdKnobs *knobs,
                const KdDetectorKind *student,
                const KdDetectorKind *teacher,
                KdPartCounts *counts)
{
  const KdMethod *method = kd_knobs_method (knobs);
  const KdSize image = { SIDE_PX, SIDE_PX };
  const KdDetectorConfig ours = { student, image, 3, KD_SCENE_CLASSES };
  const KdDetectorConfig theirs = { teacher, image, 3, KD_SCENE_CLASSES };
  KdPool *pool = kd_pool_new (1);
  KdTeacher *source = kd_teacher_new_untrained (&theirs, pool);
  KdParams *params = kd_params_new ();
  const KdStudentConfig config = {
    .name = "parts",
    .pool = pool,
    .params = params,
    .config = &ours,
    .knobs = knobs,
    .teacher = source,
    .source = &source->answer,
    .n_images = 1,
  };
  KdStudent *built = kd_student_new (&config, NULL);
  if (built) {
    counts->student = count_named (params, NULL);
    for (int i = 0; i < MIN (method->n_parts, KD_MAX_PARTS); i++)
      counts->parts[i] = count_named (params, method->parts[i].prefix);
    kd_student_free (built);
  }
  kd_params_free (params);
  kd_teacher_free (source);
  kd_pool_free (pool);
  return built != NULL;
}
