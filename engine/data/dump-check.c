/* SPDX-License-Identifier: MIT */
#include "engine/base/i18n.h"
#include "engine/data/array-file.h"
#include "engine/data/dump-problems.h"

#include <math.h>
#include <string.h>

/* The schema's order; what a missing one is, as the fix. */
// clang-format off
static const struct {
  const char *name;
  bool levels; /* one member a level */
  const char *add;
} schema[] = {
  { "image", false, N_ ("uint8 [N,H,W,3], the pictures as the network saw them") },
  { "image_size", false, N_ ("integers height, width; needed when image is absent") },
  { "strides", false, N_ ("integers [L], px per cell of each level") },
  { "gt_boxes", false, N_ ("[G,4] xyxy px") },
  { "gt_labels", false, N_ ("integers [G], classes from 0") },
  { "gt_image", false, N_ ("integers [G], each box's image of the batch") },
  { "class_names", false, N_ ("text, one name a line; optional") },
  { "teacher_feat", true, N_ ("[N,Ct,H,W], the teacher's neck") },
  { "student_feat", true, N_ ("[N,Cs,H,W], the student's neck") },
  { "teacher_cls", true, N_ ("[N,A*K,H,W], the teacher's class logits") },
  { "student_cls", true, N_ ("[N,A*K,H,W], the student's class logits") },
  { "teacher_reg", true, N_ ("[N,A*4,H,W], the teacher's box deltas") },
  { "student_reg", true, N_ ("[N,A*4,H,W], the student's box deltas") },
  { "anchors", true, N_ ("[H*W*A,4] xyxy px, order y, x, a") },
  { "teacher_clsfeat", true, N_ ("[N,C,H,W]; optional, the neck is used instead") },
  { "student_clsfeat", true, N_ ("[N,C,H,W]; optional, the neck is used instead") },
  { "teacher_regfeat", true, N_ ("[N,C,H,W]; optional, the neck is used instead") },
  { "student_regfeat", true, N_ ("[N,C,H,W]; optional, the neck is used instead") },
  { "task_grad", true, N_ ("[N,Ct,H,W]; only MasKD's learning stage needs it") },
  { "proposals", false, N_ ("[P,4] xyxy px; of two-stage detectors") },
  { "proposal_image", false, N_ ("integers [P]; of two-stage detectors") },
  { "teacher_roi_cls", false, N_ ("[P,K+1] logits, background last; of two-stage detectors") },
  { "student_roi_cls", false, N_ ("[P,K+1] logits, background last; of two-stage detectors") },
  { "teacher_roi_reg", false, N_ ("[P,4] deltas; of two-stage detectors") },
  { "student_roi_reg", false, N_ ("[P,4] deltas; of two-stage detectors") },
};
// clang-format on

bool
kd_dump_format_has (const char *name)
{
  const size_t length = strcspn (name, ".");
  for (size_t s = 0; s < G_N_ELEMENTS (schema); s++)
    if (strlen (schema[s].name) == length && strncmp (schema[s].name, name, length) == 0)
      return schema[s].levels || !name[length];
  return false;
}

static void
clear_item (KdDumpItem *item)
{
  g_free (item->name);
  g_free (item->found);
  g_free (item->fix);
}

static size_t
count_not_finite (const KdArray *array)
{
  const size_t count = kd_array_count (array);
  size_t n = 0;
  if (array->dtype == KD_DTYPE_F32) { /* what large dumps hold: without a call a number */
    const float *values = array->data;
    for (size_t i = 0; i < count; i++)
      n += !isfinite (values[i]);
  } else if (array->dtype == KD_DTYPE_F64) {
    for (size_t i = 0; i < count; i++)
      n += !isfinite (kd_array_get (array, i));
  }
  return n;
}

static void
list (GArray *items, const KdArrays *arrays, const char *name, const char *add)
{
  const KdArray *array = kd_arrays_find (arrays, name);
  KdDumpItem item = { .name = g_strdup (name) };
  if (array) {
    item.found = kd_array_shape_to_string (array);
    item.n_not_finite = count_not_finite (array);
  } else {
    item.state = KD_DUMP_MISSING;
    item.fix = g_strdup_printf (_ ("add %s"), kd_translated (add));
  }
  g_array_append_val (items, item);
}

/* One more than the highest level that any array names, at least 1. */
static int
named_levels (const KdArrays *arrays)
{
  int n = 1;
  for (size_t s = 0; s < G_N_ELEMENTS (schema); s++)
    for (int l = 0; schema[s].levels && l < KD_MAX_LEVELS; l++) {
      g_autofree char *name = g_strdup_printf ("%s.%d", schema[s].name, l);
      n = kd_arrays_find (arrays, name) ? MAX (n, l + 1) : n;
    }
  return n;
}

static GArray *
list_schema (const KdArrays *arrays)
{
  GArray *items = g_array_new (FALSE, FALSE, sizeof (KdDumpItem));
  const int n_levels = named_levels (arrays);
  for (size_t s = 0; s < G_N_ELEMENTS (schema); s++)
    for (int l = 0; l < (schema[s].levels ? n_levels : 1); l++) {
      g_autofree char *name = schema[s].levels ? g_strdup_printf ("%s.%d", schema[s].name, l)
                                               : g_strdup (schema[s].name);
      list (items, arrays, name, schema[s].add);
    }
  return items;
}

static KdDumpItem *
find_item (GArray *items, const char *name)
{
  for (guint i = 0; i < items->len; i++) {
    KdDumpItem *item = &g_array_index (items, KdDumpItem, i);
    if (strcmp (item->name, name) == 0)
      return item;
  }
  return NULL;
}

/* Of a family whose levels are too few or too many, all that are there. */
static void
blame (GArray *items, const KdDumpProblem *problem)
{
  const size_t length = strlen (problem->member);
  bool known = false;
  for (guint i = 0; i < items->len; i++) {
    KdDumpItem *item = &g_array_index (items, KdDumpItem, i);
    const bool is_family = strncmp (item->name, problem->member, length) == 0 &&
                           item->name[length] == '.' && item->state == KD_DUMP_FOUND;
    if (!is_family && strcmp (item->name, problem->member) != 0)
      continue;
    known = true;
    if (item->fix)
      continue;
    item->state = problem->state;
    item->fix = g_strdup (problem->message);
  }
  if (!known) {
    const KdDumpItem item = { .name = g_strdup (problem->member),
                              .state = problem->state,
                              .fix = g_strdup (problem->message) };
    g_array_append_val (items, item);
  }
}

/* Levels of a family count on each other: the rest of a faulty one's is of no use. */
static void
set_aside (KdArrays *arrays, const char *member)
{
  const char *dot = strrchr (member, '.');
  g_autofree char *family = dot ? g_strndup (member, (gsize) (dot - member)) : g_strdup (member);
  kd_arrays_remove (arrays, member);
  for (int l = 0; l < KD_MAX_LEVELS; l++) {
    g_autofree char *name = g_strdup_printf ("%s.%d", family, l);
    kd_arrays_remove (arrays, name);
  }
}

/* Validate, note the problems, go on without their arrays, until the rest is sound. */
static void
judge (KdDump *dump, GArray *items)
{
  for (;;) {
    g_autoptr (GPtrArray) problems =
        g_ptr_array_new_with_free_func ((GDestroyNotify) kd_dump_problem_free);
    KdArrays *arrays = dump->arrays;
    char *path = dump->path;
    g_strfreev (dump->class_names);
    *dump = (KdDump){ .path = path, .arrays = arrays };
    if (kd_dump_validate (dump, problems))
      return;
    for (guint i = 0; i < problems->len; i++) {
      const KdDumpProblem *problem = g_ptr_array_index (problems, i);
      if (!problem->member)
        return; /* no features: their rows say so */
      blame (items, problem);
      set_aside (arrays, problem->member);
    }
  }
}

/* What is in the file, but nobody can use: its place in the list says why, and its family's other levels go. */
static void
list_refused (GArray *items, KdArrays *arrays, const GPtrArray *refused)
{
  for (guint i = 0; i < refused->len; i++) {
    const KdRefused *array = g_ptr_array_index (refused, i);
    KdDumpItem *item = find_item (items, array->name);
    if (!item) {
      const KdDumpItem unknown = { .name = g_strdup (array->name) };
      g_array_append_val (items, unknown);
      item = &g_array_index (items, KdDumpItem, items->len - 1);
    }
    g_free (item->fix);
    item->fix = g_strdup (array->message);
    item->state = KD_DUMP_UNREADABLE;
    set_aside (arrays, array->name);
  }
}

/* Cells and pixels that do not go together; a picture without the network's padding does. */
static bool
is_far (int cells, int px, int stride)
{
  const double expected = ceil ((double) px / stride);
  return cells > 1.5 * expected + 1 || cells < expected / 1.5 - 1;
}

/* Allowed, as methods without boxes do not look at them, but hardly meant. */
static void
doubt_strides (const KdDump *dump, GArray *items)
{
  KdDumpItem *item = find_item (items, "strides");
  for (int l = 0; l < dump->n_levels && !item->fix; l++) {
    g_autofree char *teacher = g_strdup_printf ("teacher_feat.%d", l);
    g_autofree char *student = g_strdup_printf ("student_feat.%d", l);
    const KdArray *map = kd_arrays_find (dump->arrays, teacher);
    map = map ? map : kd_arrays_find (dump->arrays, student);
    const int height = (int) map->dims[2], width = (int) map->dims[3];
    if (dump->strides[l] > 0 && dump->image.height > 0 &&
        (is_far (height, dump->image.height, dump->strides[l]) ||
         is_far (width, dump->image.width, dump->strides[l])))
      item->fix = g_strdup_printf (_ ("expected about %d px a cell on level %d, as %s has %dx%d "
                                      "cells for %dx%d px, found %d; "
                                      "boxes would lie on the wrong cells"),
                                   (dump->image.height + height - 1) / height, l, map->name, height,
                                   width, dump->image.height, dump->image.width, dump->strides[l]);
  }
}

KdDumpCheck *
kd_dump_check_arrays (const char *path, KdArrays *arrays, const GPtrArray *refused)
{
  KdDumpCheck *check = g_new0 (KdDumpCheck, 1);
  check->dump = g_new0 (KdDump, 1);
  check->dump->path = g_strdup (path);
  check->dump->arrays = arrays;
  GArray *items = list_schema (arrays);
  for (int i = 0; i < kd_arrays_count (arrays); i++) {
    const KdArray *array = kd_arrays_at (arrays, i);
    if (!find_item (items, array->name))
      list (items, arrays, array->name, "");
  }
  if (refused)
    list_refused (items, arrays, refused);
  judge (check->dump, items);
  doubt_strides (check->dump, items);
  for (guint i = 0; i < items->len; i++)
    check->n_wrong += g_array_index (items, KdDumpItem, i).state > KD_DUMP_MISSING;
  check->n_items = (int) items->len;
  check->items = (KdDumpItem *) (void *) g_array_free (items, FALSE);
  check->n_file_images = check->dump->n_images;
  return check;
}

KdDumpCheck *
kd_dump_check (const char *path, KdReading *reading, GError **error)
{
  g_autoptr (GPtrArray) refused = g_ptr_array_new_with_free_func ((GDestroyNotify) kd_refused_free);
  const KdArrayWish wish = { .reading = reading, .refused = refused };
  KdArrays *arrays = kd_arrays_read (path, &wish, error);
  return arrays ? kd_dump_check_arrays (path, arrays, refused) : NULL;
}

void
kd_dump_check_free (KdDumpCheck *check)
{
  if (!check)
    return;
  for (int i = 0; i < check->n_items; i++)
    clear_item (&check->items[i]);
  g_free (check->items);
  kd_dump_free (check->dump);
  g_free (check);
}
