/* SPDX-License-Identifier: MIT */
#include "engine/session/dump-values.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
  const KdArray *array;
  kd_real *values; /* channels-last */
  size_t n_not_finite;
} Map;

struct _KdDumpValues {
  KdPool *pool;
  GArray *maps;         /* Map */
  GHashTable *pictures; /* KdArray of the dump -> KdArray of KD_DTYPE_F32 */
};

/* ---- life ------------------------------------------------------------------------------------------ */

static void
clear_map (gpointer data)
{
  g_free (((Map *) data)->values);
}

KdDumpValues *
kd_dump_values_new (int threads)
{
  KdDumpValues *values = g_new0 (KdDumpValues, 1);
  values->pool = kd_pool_new (threads);
  values->maps = g_array_new (FALSE, FALSE, sizeof (Map));
  g_array_set_clear_func (values->maps, clear_map);
  values->pictures = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) kd_array_free);
  return values;
}

void
kd_dump_values_free (KdDumpValues *values)
{
  g_array_unref (values->maps);
  g_hash_table_unref (values->pictures);
  kd_pool_free (values->pool);
  g_free (values);
}

KdPool *
kd_dump_values_pool (const KdDumpValues *values)
{
  return values->pool;
}

/* ---- laying out ------------------------------------------------------------------------------------- */

static Map *
find (const KdDumpValues *values, const KdArray *array)
{
  for (guint i = 0; i < values->maps->len; i++) {
    Map *map = &g_array_index (values->maps, Map, i);
    if (map->array == array)
      return map;
  }
  return NULL;
}

static KdShape
shape_of (const KdArray *array)
{
  g_assert (array->rank == 4);
  return kd_shape ((int) array->dims[0], (int) array->dims[1], (int) array->dims[2],
                   (int) array->dims[3]);
}

/* Rows of pixels of one image of one map. */
typedef struct {
  const KdArray *array;
  kd_real *values; /* of the whole array */
  int image, y, n_rows;
  size_t n_not_finite; /* written */
} Piece;

/* Small enough to share a picture's finest level among all workers. */
#define PIECE_VALUES ((size_t) 1 << 18)

static void
cut (const Map *map, GArray *pieces)
{
  const KdShape shape = shape_of (map->array);
  const size_t row = (size_t) shape.c * (size_t) shape.w;
  const int n_rows = (int) CLAMP (PIECE_VALUES / row, 1, (size_t) shape.h);
  for (int n = 0; n < shape.n; n++)
    for (int y = 0; y < shape.h; y += n_rows) {
      const Piece piece = { map->array, map->values, n, y, MIN (n_rows, shape.h - y), 0 };
      g_array_append_val (pieces, piece);
    }
}

static void
lay_out_piece (void *data, int chunk, void *scratch)
{
  (void) scratch;
  Piece *piece = &g_array_index ((GArray *) data, Piece, (guint) chunk);
  const KdShape shape = shape_of (piece->array);
  kd_array_to_value_rows (piece->array, shape, piece->image, piece->y, piece->n_rows,
                          piece->values);
  const size_t row = (size_t) shape.w * (size_t) shape.c;
  const size_t first = ((size_t) piece->image * (size_t) shape.h + (size_t) piece->y) * row;
  for (size_t i = 0; i < (size_t) piece->n_rows * row; i++)
    piece->n_not_finite += !isfinite (piece->values[first + i]);
}

void
kd_dump_values_lay_out (KdDumpValues *values, GPtrArray *arrays)
{
  g_autoptr (GArray) pieces = g_array_new (FALSE, FALSE, sizeof (Piece));
  for (guint i = 0; i < arrays->len; i++) {
    const KdArray *array = arrays->pdata[i];
    if (find (values, array))
      continue;
    const Map map = { array, g_new (kd_real, kd_array_count (array)), 0 };
    g_array_append_val (values->maps, map);
    cut (&map, pieces);
  }
  kd_parallel_for (values->pool, (int) pieces->len, lay_out_piece, pieces);
  for (guint i = 0; i < pieces->len; i++) {
    const Piece *piece = &g_array_index (pieces, Piece, i);
    find (values, piece->array)->n_not_finite += piece->n_not_finite;
  }
}

const kd_real *
kd_dump_values_get (const KdDumpValues *values, const KdArray *array, size_t *n_not_finite)
{
  const Map *map = find (values, array);
  g_assert (map);
  *n_not_finite = map->n_not_finite;
  return map->values;
}

KdArray *
kd_dump_values_picture (KdDumpValues *values, const KdArray *array)
{
  if (array->dtype == KD_DTYPE_F32)
    return (KdArray *) array; /* read only, as all pictures are */
  KdArray *picture = g_hash_table_lookup (values->pictures, array);
  if (!picture) {
    picture = kd_array_new (array->name, KD_DTYPE_F32, array->rank, array->dims);
    for (size_t i = 0; i < kd_array_count (array); i++)
      ((float *) picture->data)[i] = (float) kd_array_get (array, i);
    g_hash_table_insert (values->pictures, (gpointer) array, picture);
  }
  return picture;
}
