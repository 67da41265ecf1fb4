/* SPDX-License-Identifier: MIT */
#include "engine/session/inspection.h"

#include <string.h>

/* What readers of the public struct need besides: one array in file order per probe. */
typedef struct {
  KdInspection inspection;
  GArray *probes; /* KdProbeInfo */
  GArray *terms;  /* KdTermStatus */
  GPtrArray *
      pictures; /* KdArray of KD_DTYPE_F32, borrowed from the outputs, from owned or from the dump */
  GPtrArray *owned; /* KdArray */
  GPtrArray *texts;
} Inspection;

KdInspection *
kd_inspection_new (void)
{
  Inspection *self = g_new0 (Inspection, 1);
  self->inspection.outputs = kd_arrays_new ();
  self->probes = g_array_new (FALSE, FALSE, sizeof (KdProbeInfo));
  self->terms = g_array_new (FALSE, FALSE, sizeof (KdTermStatus));
  self->pictures = g_ptr_array_new ();
  self->owned = g_ptr_array_new_with_free_func ((GDestroyNotify) kd_array_free);
  self->texts = g_ptr_array_new_with_free_func (g_free);
  return &self->inspection;
}

void
kd_inspection_free (KdInspection *inspection)
{
  if (!inspection)
    return;
  Inspection *self = (Inspection *) inspection;
  g_array_unref (self->probes);
  g_array_unref (self->terms);
  g_ptr_array_unref (self->pictures);
  g_ptr_array_unref (self->owned);
  g_ptr_array_unref (self->texts);
  g_free (inspection->note);
  kd_arrays_free (inspection->outputs);
  g_free (self);
}

/* ---- putting together ------------------------------------------------------------------------------ */

const char *
kd_inspection_keep (KdInspection *inspection, char *text)
{
  Inspection *self = (Inspection *) inspection;
  g_ptr_array_add (self->texts, text);
  return text;
}

void
kd_inspection_note (KdInspection *inspection, const char *text)
{
  char *longer =
      inspection->note ? g_strconcat (inspection->note, "; ", text, NULL) : g_strdup (text);
  g_free (inspection->note);
  inspection->note = longer;
}

void
kd_inspection_put (KdInspection *inspection, KdArray *array)
{
  const bool added = kd_arrays_add (inspection->outputs, array);
  g_assert (added);
}

void
kd_inspection_put_loss (KdInspection *inspection, const char *name, double value)
{
  g_autofree char *full = g_strconcat ("loss.", name, NULL);
  KdArray *array = kd_array_new (full, KD_DTYPE_F64, 0, NULL);
  *(double *) array->data = value;
  kd_inspection_put (inspection, array);
}

void
kd_inspection_put_term (KdInspection *inspection, const KdTermStatus *term)
{
  Inspection *self = (Inspection *) inspection;
  g_array_append_val (self->terms, *term);
  inspection->terms = (KdTermStatus *) (void *) self->terms->data;
  inspection->n_terms = (int) self->terms->len;
}

/* Pictures are drawn in single precision; what is not stored so is copied. */
static KdArray *
picture_of (Inspection *self, KdArray *array)
{
  if (array->dtype == KD_DTYPE_F32)
    return array;
  KdArray *picture = kd_array_new (array->name, KD_DTYPE_F32, array->rank, array->dims);
  for (size_t i = 0; i < kd_array_count (array); i++)
    ((float *) picture->data)[i] = (float) kd_array_get (array, i);
  g_ptr_array_add (self->owned, picture);
  return picture;
}

static void
add_picture (Inspection *self, const KdProbeInfo *info, KdArray *array)
{
  g_ptr_array_add (self->pictures, picture_of (self, array));
  KdProbeInfo probe = *info;
  probe.id = (int) self->probes->len;
  g_array_append_val (self->probes, probe);
  self->inspection.probes = (KdProbeInfo *) (void *) self->probes->data;
  self->inspection.n_probes = (int) self->probes->len;
}

void
kd_inspection_put_shared_map (KdInspection *inspection, const KdProbeInfo *info, KdArray *array)
{
  add_picture ((Inspection *) inspection, info, array);
}

void
kd_inspection_put_map (KdInspection *inspection,
                       const KdProbeInfo *info,
                       KdArray *array,
                       bool in_dump)
{
  Inspection *self = (Inspection *) inspection;
  if (in_dump)
    kd_inspection_put (inspection, array);
  else
    g_ptr_array_add (self->owned, array);
  add_picture (self, info, array);
}

/* ---- reading ------------------------------------------------------------------------------------------ */

/* Size of the axis @i counted from the last one, 1 where the array has none. */
static int
size_from_end (const KdArray *array, int i)
{
  return i < array->rank ? (int) array->dims[array->rank - 1 - i] : 1;
}

bool
kd_inspection_map (const KdInspection *inspection, int index, int image, KdMap *map)
{
  const Inspection *self = (const Inspection *) inspection;
  if (index < 0 || index >= inspection->n_probes || image < 0)
    return false;
  const KdArray *array = g_ptr_array_index (self->pictures, (guint) index);
  const KdProbeKind kind = inspection->probes[index].kind;
  /* Lists, boxes and matrices of the whole batch are one picture; the rest has one an image. */
  const bool whole_batch = kind == KD_PROBE_LIST || kind == KD_PROBE_BOXES ||
                           (kind == KD_PROBE_MATRIX && array->rank < 3);
  *map = (KdMap){ .channels = 1, .height = 1, .width = 1 };
  if (whole_batch) {
    image = 0;
    map->height = (int) array->dims[0];
    for (int i = 1; i < array->rank; i++)
      map->width *= (int) array->dims[i]; /* a row of a list is one row of the picture */
  } else if (image >= array->dims[0]) {
    return false;
  } else if (kind == KD_PROBE_VECTOR) {
    map->channels = (int) array->dims[1];
  } else {
    map->width = size_from_end (array, 0);
    map->height = size_from_end (array, 1);
    map->channels = kind == KD_PROBE_FEATURE ? size_from_end (array, 2) : 1;
  }
  map->stride_x = 1;
  map->stride_y = (size_t) map->width;
  map->stride_c = (size_t) map->width * (size_t) map->height;
  map->data = (const float *) array->data + (size_t) image * map->stride_c * (size_t) map->channels;
  return true;
}
