/* SPDX-License-Identifier: MIT */
#include "ui/wall-numbers.h"

#include <string.h>

bool
kd_wall_numbers_handles (const char *path)
{
  static const char *const endings[] = { ".csv", ".npy", ".npz" };
  for (size_t i = 0; i < G_N_ELEMENTS (endings); i++) {
    if (g_str_has_suffix (path, endings[i]))
      return true;
  }
  return false;
}

/* Titles of rules hold no quotes and no line breaks, some hold a "|": no field needs quoting. */
static bool
write_csv (const KdWallNumbers *maps, int n, const char *path, GError **error)
{
  GString *text = g_string_new ("map,level,channels,y,x,value\n");
  for (int i = 0; i < n; i++) {
    const KdWallNumbers *map = &maps[i];
    for (int cell = 0; cell < map->width * map->height; cell++) {
      char number[G_ASCII_DTOSTR_BUF_SIZE];
      g_ascii_formatd (number, sizeof number, "%.9g", (double) map->values[cell]);
      g_string_append_printf (text, "%s,%s,%s,%d,%d,%s\n", map->name, map->level,
                              map->channels ? map->channels : "", cell / map->width,
                              cell % map->width, number);
    }
  }
  const bool ok = kd_file_write_atomic (path, text->str, text->len, error);
  g_string_free (text, TRUE);
  return ok;
}

static bool
write_arrays (const KdWallNumbers *maps, int n, const char *path, GError **error)
{
  g_autoptr (KdArrays) arrays = kd_arrays_new ();
  for (int i = 0; i < n; i++) {
    const KdWallNumbers *map = &maps[i];
    g_autofree char *name = g_strdup_printf ("%s.%s", map->name, map->level);
    KdArray *array = kd_array_new (name, KD_DTYPE_F32, 2, (int64_t[]){ map->height, map->width });
    memcpy (array->data, map->values, (size_t) (map->width * map->height) * sizeof (float));
    kd_arrays_add (arrays, array); /* a map that two rows show is one array */
  }
  return kd_arrays_save (arrays, path, NULL, error);
}

bool
kd_wall_numbers_write (const KdWallNumbers *maps, int n, const char *path, GError **error)
{
  return g_str_has_suffix (path, ".csv") ? write_csv (maps, n, path, error)
                                         : write_arrays (maps, n, path, error);
}
