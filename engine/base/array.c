/* SPDX-License-Identifier: MIT */
#include "engine/base/base.h"

#include <string.h>

struct _KdArrays {
  GPtrArray *list;     /* KdArray, owned */
  GHashTable *by_name; /* borrowed name -> borrowed array */
};

size_t
kd_dtype_size (KdDType dtype)
{
  static const size_t sizes[] = { 4, 8, 4, 8, 1 };
  return sizes[dtype];
}

KdArray *
kd_array_new (const char *name, KdDType dtype, int rank, const int64_t *dims)
{
  g_assert (rank >= 0 && rank <= KD_ARRAY_MAX_RANK);
  KdArray *array = g_new0 (KdArray, 1);
  array->name = g_strdup (name);
  array->dtype = dtype;
  array->rank = rank;
  for (int i = 0; i < rank; i++)
    array->dims[i] = dims[i];
  array->data = g_malloc0_n (MAX (kd_array_count (array), 1), kd_dtype_size (dtype));
  return array;
}

void
kd_array_free (KdArray *array)
{
  if (!array)
    return;
  g_free (array->name);
  g_free (array->data);
  g_free (array);
}

size_t
kd_array_count (const KdArray *array)
{
  size_t count = 1;
  for (int i = 0; i < array->rank; i++)
    count *= (size_t) array->dims[i];
  return count;
}

double
kd_array_get (const KdArray *array, size_t index)
{
  switch (array->dtype) {
  case KD_DTYPE_F32:
    return (double) ((const float *) array->data)[index];
  case KD_DTYPE_F64:
    return ((const double *) array->data)[index];
  case KD_DTYPE_I32:
    return ((const int32_t *) array->data)[index];
  case KD_DTYPE_I64:
    return (double) ((const int64_t *) array->data)[index];
  case KD_DTYPE_U8:
    return ((const uint8_t *) array->data)[index];
  default:
    g_assert_not_reached ();
  }
}

char *
kd_array_shape_to_string (const KdArray *array)
{
  GString *text = g_string_new ("[");
  for (int i = 0; i < array->rank; i++)
    g_string_append_printf (text, "%s%" G_GINT64_FORMAT, i ? "," : "", array->dims[i]);
  g_string_append_c (text, ']');
  return g_string_free (text, FALSE);
}

/* The sizes of @shape on @axes; returns how many. */
static int
file_dims (KdShape shape, KdAxes axes, int64_t dims[4])
{
  const int sizes[] = { shape.n, shape.c, shape.h, shape.w };
  int rank = 0;
  for (int i = 0; i < 4; i++) {
    if (axes & (1 << i))
      dims[rank++] = sizes[i];
  }
  return rank;
}

bool
kd_array_has_shape (const KdArray *array, KdShape shape, KdAxes axes)
{
  int64_t dims[4];
  const int rank = file_dims (shape, axes, dims);
  return array->rank == rank && memcmp (array->dims, dims, (size_t) rank * sizeof *dims) == 0;
}

/* Index in file order [N,C,H,W] of the memory position (n,y,x,c). */
static size_t
file_index (KdShape s, int n, int c, int y, int x)
{
  return (((size_t) n * (size_t) s.c + (size_t) c) * (size_t) s.h + (size_t) y) * (size_t) s.w +
         (size_t) x;
}

KdArray *
kd_array_from_values (const char *name, KdShape shape, KdAxes axes, const kd_real *values)
{
  int64_t dims[4];
  const int rank = file_dims (shape, axes, dims);
  KdArray *array =
      kd_array_new (name, sizeof (kd_real) == 8 ? KD_DTYPE_F64 : KD_DTYPE_F32, rank, dims);
  g_assert (kd_array_count (array) == kd_shape_count (shape)); /* axes left out have size 1 */
  kd_real *out = array->data;
  for (int n = 0; n < shape.n; n++)
    for (int y = 0; y < shape.h; y++)
      for (int x = 0; x < shape.w; x++)
        for (int c = 0; c < shape.c; c++)
          out[file_index (shape, n, c, y, x)] = *values++;
  return array;
}

/* Pixels and channels that a cache holds both as they are read and as they are written. */
#define TILE 16

/* out[p][c] = in[c][p] for @n_pixels of a plane of @plane; both are walked in tiles, as either order alone misses the cache. */
static void
transpose (const float *in, size_t plane, int n_channels, int n_pixels, kd_real *out)
{
  for (int p0 = 0; p0 < n_pixels; p0 += TILE) {
    const int p1 = MIN (p0 + TILE, n_pixels);
    for (int c0 = 0; c0 < n_channels; c0 += TILE) {
      const int c1 = MIN (c0 + TILE, n_channels);
      for (int p = p0; p < p1; p++)
        for (int c = c0; c < c1; c++)
          out[(size_t) p * (size_t) n_channels + (size_t) c] =
              (kd_real) in[(size_t) c * plane + (size_t) p];
    }
  }
}

void
kd_array_to_value_rows (
    const KdArray *array, KdShape shape, int n, int y, int n_rows, kd_real *values)
{
  g_assert (kd_array_count (array) == kd_shape_count (shape));
  const size_t row = (size_t) shape.w * (size_t) shape.c;
  values += ((size_t) n * (size_t) shape.h + (size_t) y) * row;
  if (array->dtype == KD_DTYPE_F32) { /* what large dumps hold */
    transpose ((const float *) array->data + file_index (shape, n, 0, y, 0),
               (size_t) shape.h * (size_t) shape.w, shape.c, n_rows * shape.w, values);
    return;
  }
  for (int i = 0; i < n_rows; i++)
    for (int x = 0; x < shape.w; x++)
      for (int c = 0; c < shape.c; c++)
        *values++ = (kd_real) kd_array_get (array, file_index (shape, n, c, y + i, x));
}

void
kd_array_to_values (const KdArray *array, KdShape shape, kd_real *values)
{
  for (int n = 0; n < shape.n; n++)
    kd_array_to_value_rows (array, shape, n, 0, shape.h, values);
}

KdArrays *
kd_arrays_new (void)
{
  KdArrays *arrays = g_new0 (KdArrays, 1);
  arrays->list = g_ptr_array_new_with_free_func ((GDestroyNotify) kd_array_free);
  arrays->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  return arrays;
}

void
kd_arrays_free (KdArrays *arrays)
{
  if (!arrays)
    return;
  g_hash_table_unref (arrays->by_name);
  g_ptr_array_unref (arrays->list);
  g_free (arrays);
}

bool
kd_arrays_add (KdArrays *arrays, KdArray *array)
{
  if (g_hash_table_contains (arrays->by_name, array->name)) {
    kd_array_free (array);
    return false;
  }
  g_ptr_array_add (arrays->list, array);
  g_hash_table_insert (arrays->by_name, array->name, array);
  return true;
}

const KdArray *
kd_arrays_find (const KdArrays *arrays, const char *name)
{
  return g_hash_table_lookup (arrays->by_name, name);
}

void
kd_arrays_remove (KdArrays *arrays, const char *name)
{
  KdArray *array = g_hash_table_lookup (arrays->by_name, name);
  if (!array)
    return;
  g_hash_table_remove (arrays->by_name, array->name);
  g_ptr_array_remove (arrays->list, array);
}

int
kd_arrays_count (const KdArrays *arrays)
{
  return (int) arrays->list->len;
}

const KdArray *
kd_arrays_at (const KdArrays *arrays, int index)
{
  return g_ptr_array_index (arrays->list, (guint) index);
}
