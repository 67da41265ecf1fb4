/* SPDX-License-Identifier: MIT */

/* A large dump's first image, long before the rest of the file is read. */
#include "engine/data/array-file.h"
#include "engine/data/dump-problems.h"

#include <string.h>

typedef struct {
  const char *const *families;
  atomic_int n_images; /* of the file, by its features */
} Peek;

/* Small, and read whatever the method. */
static const char *const always[] = { "image_size", "strides",     "gt_boxes",  "gt_labels",
                                      "gt_image",   "class_names", "proposals", "proposal_image" };

static bool
is_listed (const char *name, const char *const *list, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (strcmp (name, list[i]) == 0)
      return true;
  return false;
}

/* "teacher_feat.2" of "teacher_feat". */
static bool
is_of_family (const char *name, const char *family)
{
  const size_t length = strlen (family);
  return strncmp (name, family, length) == 0 && name[length] == '.';
}

/* @families NULL: all that the format names. */
static bool
is_wanted (const char *name, const char *const *families)
{
  if (!families)
    return kd_dump_format_has (name);
  for (; *families; families++)
    if (is_of_family (name, *families) || strcmp (name, *families) == 0)
      return true;
  return false;
}

static KdWant
want (const char *name, const KdRawArray *raw, void *data)
{
  Peek *peek = data;
  const bool feature = strcmp (name, "teacher_feat.0") == 0 || strcmp (name, "student_feat.0") == 0;
  if (feature && raw->rank == 4)
    atomic_store (&peek->n_images, (int) raw->dims[0]);
  if (strcmp (name, "image") == 0)
    return KD_WANT_FIRST_ROW;
  if (is_listed (name, always, G_N_ELEMENTS (always)) || g_str_has_prefix (name, "param."))
    return KD_WANT_ALL;
  if (!is_wanted (name, peek->families))
    return KD_WANT_NOTHING;
  return g_str_has_prefix (name, "anchors") || strstr (name, "_roi_") ? KD_WANT_ALL
                                                                      : KD_WANT_FIRST_ROW;
}

/* The rows of @from that belong to the first image; NULL: it has not one row for each of @images. */
static KdArray *
first_rows (const KdArray *from, const KdArray *images)
{
  const size_t n_rows = kd_array_count (images);
  if (from->rank < 1 || (size_t) from->dims[0] != n_rows || n_rows == 0)
    return NULL;
  const size_t row = kd_array_count (from) / n_rows * kd_dtype_size (from->dtype);
  int64_t dims[KD_ARRAY_MAX_RANK];
  memcpy (dims, from->dims, sizeof dims);
  dims[0] = 0;
  for (size_t i = 0; i < n_rows; i++)
    dims[0] += kd_array_get (images, i) == 0;
  KdArray *rows = kd_array_new (from->name, from->dtype, from->rank, dims);
  char *to = rows->data;
  for (size_t i = 0; i < n_rows; i++)
    if (kd_array_get (images, i) == 0) {
      memcpy (to, (const char *) from->data + i * row, row);
      to += row;
    }
  return rows;
}

/* Of the arrays with a row an entry of @index, those rows that are the first image's; @index itself comes last. */
static void
keep_first (KdArrays *arrays, const char *index, const char *const *others)
{
  const KdArray *images = kd_arrays_find (arrays, index);
  for (; images && *others; others++) {
    const KdArray *from = kd_arrays_find (arrays, *others);
    KdArray *rows = from ? first_rows (from, images) : NULL;
    if (!rows)
      continue;
    kd_arrays_remove (arrays, *others);
    kd_arrays_add (arrays, rows);
  }
}

KdDumpCheck *
kd_dump_peek (const char *path, const char *const *families, KdReading *reading, GError **error)
{
  g_autoptr (GPtrArray) refused = g_ptr_array_new_with_free_func ((GDestroyNotify) kd_refused_free);
  Peek peek = { .families = families };
  const KdArrayWish wish = { .want = want, .data = &peek, .reading = reading, .refused = refused };
  KdArrays *arrays = kd_arrays_read (path, &wish, error);
  if (!arrays)
    return NULL;
  keep_first (arrays, "gt_image",
              (const char *const[]){ "gt_boxes", "gt_labels", "gt_image", NULL });
  keep_first (arrays, "proposal_image",
              (const char *const[]){ "proposals", "teacher_roi_cls", "student_roi_cls",
                                     "teacher_roi_reg", "student_roi_reg", "proposal_image",
                                     NULL });
  KdDumpCheck *check = kd_dump_check_arrays (path, arrays, refused);
  check->n_file_images = MAX (atomic_load (&peek.n_images), check->dump->n_images);
  return check;
}
